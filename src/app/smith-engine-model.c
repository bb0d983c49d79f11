#include "smith-engine.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

enum
{
  COPY_MAX_BYTES = 1 << 29
};

struct _SmithModel
{
  GObject parent_instance;

  LsModel *model;
  GFile *file;
  char *path, *title, *summary;
  SmithNet **nets; /* of each subgraph; NULL: not built yet */
  unsigned n_nets;
  SmithFrozen *frozen;  /* NULL: not asked for since the last edit */
  int step, saved_step; /* edits done; at which of them the file stands, -1: at none */
};

G_DEFINE_FINAL_TYPE (SmithModel, smith_model, G_TYPE_OBJECT)
G_DEFINE_QUARK (smith - error, smith_error)

enum
{
  CHANGED,
  SAVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

void
smith_set_error (GError **error, const LsError *cause)
{
  if (cause->status == LS_E_CANCELLED)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"));
  else if (cause->offset >= 0 && strstr (cause->message, "at byte") == NULL)
    /* Translators: the engine's sentence (English), then where in the file. */
    g_set_error (error, SMITH_ERROR, (int) cause->status, _ ("%s (at byte %lld)"), cause->message,
                 (long long) cause->offset);
  else
    g_set_error_literal (error, SMITH_ERROR, (int) cause->status, cause->message);
}

static bool
tick_cb (void *data, double fraction, const char *what)
{
  SmithTicker *ticker = data;

  if (ticker->permille != NULL)
    g_atomic_int_set (ticker->permille, fraction < 0 ? -1 : (int) (fraction * 1000));
  if (ticker->what != NULL && what != NULL)
    g_atomic_pointer_set (ticker->what, g_intern_string (what));
  return !g_cancellable_is_cancelled (ticker->cancellable);
}

LsProgress
smith_ticker_progress (SmithTicker *ticker)
{
  return (LsProgress){ tick_cb, ticker };
}

/* ---- Summary ----------------------------------------------------------------------------------
 */

static char *
format_text (const LsModel *model)
{
  const char *format = ls_model_format (model);

  return g_str_equal (format, "tflite") ? g_strdup ("TFLite") : g_strdup (format);
}

static char *
summary_text (const LsModel *model)
{
  LsSummary summary = { 0 };
  g_autofree char *format = format_text (model);
  g_autofree char *parameters = NULL, *macs = NULL, *size = NULL, *operators = NULL;
  char *text;

  if (ls_model_summarize (model, &summary, NULL) != LS_OK)
    return g_steal_pointer (&format);
  parameters = smith_count_text (summary.n_parameters);
  macs = smith_count_text (summary.macs);
  size = g_format_size (ls_model_file_size (model));
  operators
    = g_strdup_printf (ngettext ("%u operator", "%u operators", summary.n_ops), summary.n_ops);
  /* Translators: format, number scheme ("full int8"), size, "31 operators", then counts such as
   * "1.2 M". */
  text = g_strdup_printf (_ ("%1$s · %2$s · %3$s · %4$s · %5$s parameters · %6$s MACs"), format,
                          summary.scheme, size, operators, parameters, macs);
  ls_summary_clear (&summary);
  return text;
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
forget_nets (SmithModel *self)
{
  for (unsigned i = 0; i < self->n_nets; i++)
    g_clear_pointer (&self->nets[i], smith_net_unref);
}

static void
smith_model_finalize (GObject *object)
{
  SmithModel *self = SMITH_MODEL (object);

  g_clear_pointer (&self->frozen, smith_frozen_unref);
  forget_nets (self);
  g_free (self->nets);
  g_free (self->path);
  g_free (self->title);
  g_free (self->summary);
  g_clear_object (&self->file);
  ls_model_free (self->model);

  G_OBJECT_CLASS (smith_model_parent_class)->finalize (object);
}

static void
smith_model_class_init (SmithModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = smith_model_finalize;

  signals[CHANGED] = g_signal_new ("changed", SMITH_TYPE_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[SAVED] = g_signal_new ("saved", SMITH_TYPE_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
}

static void
smith_model_init (SmithModel *self)
{
}

static void
set_file (SmithModel *self, GFile *file)
{
  g_set_object (&self->file, file);
  g_free (self->path);
  self->path = g_file_get_path (file);
  g_free (self->title);
  self->title = g_file_get_basename (file);
}

SmithModel *
smith_model_new_take (LsModel *take, GFile *file)
{
  SmithModel *self = g_object_new (SMITH_TYPE_MODEL, NULL);

  self->model = take;
  self->n_nets = ls_model_n_subgraphs (take);
  self->nets = g_new0 (SmithNet *, self->n_nets + 1);
  self->summary = summary_text (take);
  if (file != NULL)
    set_file (self, file);
  return self;
}

const LsModel *
smith_model_peek (SmithModel *self)
{
  return self->model;
}

LsModel *
smith_model_peek_mutable (SmithModel *self)
{
  return self->model;
}

static void
frozen_clear (SmithFrozen *frozen)
{
  ls_model_free (frozen->model);
}

void
smith_frozen_unref (SmithFrozen *frozen)
{
  g_atomic_rc_box_release_full (frozen, (GDestroyNotify) frozen_clear);
}

SmithFrozen *
smith_model_freeze (SmithModel *self)
{
  g_return_val_if_fail (SMITH_IS_MODEL (self), NULL);

  if (self->frozen == NULL)
    {
      self->frozen = g_atomic_rc_box_new0 (SmithFrozen);
      self->frozen->model = ls_model_clone (self->model);
    }
  return g_atomic_rc_box_acquire (self->frozen);
}

LsStatus
smith_frozen_get (const SmithFrozen *frozen, const LsModel **model, LsError *error)
{
  *model = frozen->model;
  if (frozen->model != NULL)
    return LS_OK;
  *error = (LsError){ .status = LS_E_NO_MEMORY, .offset = -1 };
  g_strlcpy (error->message, "there is not enough memory for a copy of the model",
             sizeof error->message);
  return LS_E_NO_MEMORY;
}

GFile *
smith_model_get_file (SmithModel *self)
{
  return self->file;
}

const char *
smith_model_get_path (SmithModel *self)
{
  return self->path != NULL ? self->path : "";
}

const char *
smith_model_get_title (SmithModel *self)
{
  return self->title != NULL ? self->title : _ ("Untitled");
}

const char *
smith_model_get_summary (SmithModel *self)
{
  return self->summary;
}

unsigned
smith_model_get_n_subgraphs (SmithModel *self)
{
  return self->n_nets;
}

SmithNet *
smith_model_get_net (SmithModel *self, unsigned subgraph)
{
  g_return_val_if_fail (SMITH_IS_MODEL (self), NULL);

  if (subgraph >= self->n_nets)
    return NULL;
  if (self->nets[subgraph] == NULL)
    self->nets[subgraph] = smith_net_from_model (self->model, subgraph);
  return self->nets[subgraph];
}

/* ---- Edits ------------------------------------------------------------------------------------
 */

void
smith_model_stepped (SmithModel *self, int steps, gboolean is_new)
{
  g_return_if_fail (SMITH_IS_MODEL (self));

  if (is_new && self->saved_step > self->step)
    self->saved_step = -1; /* what the file has was undone, and can be done again no more */
  self->step += steps;
  g_clear_pointer (&self->frozen, smith_frozen_unref);
  forget_nets (self);
  g_free (self->nets);
  self->n_nets = ls_model_n_subgraphs (self->model);
  self->nets = g_new0 (SmithNet *, self->n_nets + 1);
  g_free (self->summary);
  self->summary = summary_text (self->model);
  g_signal_emit (self, signals[CHANGED], 0);
}

gboolean
smith_model_is_modified (SmithModel *self)
{
  return self->step != self->saved_step;
}

int
smith_model_get_step (SmithModel *self)
{
  return self->step;
}

void
smith_model_saved (SmithModel *self, GFile *file, int step)
{
  g_return_if_fail (SMITH_IS_MODEL (self));

  set_file (self, file);
  self->saved_step = step;
  g_signal_emit (self, signals[SAVED], 0);
}

/* ---- Opening ----------------------------------------------------------------------------------
 */

LsStatus
smith_load_model (const char *path, LsModel **model, LsError *error)
{
  GStatBuf info;

  if (g_stat (path, &info) == 0 && info.st_size > COPY_MAX_BYTES)
    return ls_model_open (path, model, error);
  return ls_model_load (path, model, error);
}

static void
open_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GFile *file = data;
  g_autofree char *path = g_file_get_path (file);
  GError *error = NULL;
  LsError cause = { 0 };
  LsModel *model = NULL;
  SmithModel *self;

  if (path == NULL)
    {
      g_task_return_new_error (task, SMITH_ERROR, LS_E_IO, "%s",
                               _ ("Only files of this computer can be opened."));
      return;
    }
  if (smith_load_model (path, &model, &cause) != LS_OK)
    {
      smith_set_error (&error, &cause);
      g_task_return_error (task, error);
      return;
    }
  self = smith_model_new_take (model, file);
  smith_model_get_net (self, 0);
  g_task_return_pointer (task, self, g_object_unref);
}

void
smith_model_open_async (GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_task_data (task, g_object_ref (file), g_object_unref);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, open_worker);
}

SmithModel *
smith_model_open_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
