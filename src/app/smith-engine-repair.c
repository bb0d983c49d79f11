#include "smith-engine-repair.h"
#include "smith-engine-compare.h"
#include "smith-engine.h"

#include <glib/gi18n.h>

/* ---- What is asked for ------------------------------------------------------------------------
 */

typedef struct
{
  char **fixes;
  char *path; /* to write to, or the input to run on; NULL: none */
  uint64_t seed;
  gboolean is_anew; /* the file is not to be patched, but written */
  SmithWork *work;
} Order;

static void
order_free (Order *order)
{
  g_strfreev (order->fixes);
  g_free (order->path);
  g_clear_pointer (&order->work, smith_work_unref);
  g_free (order);
}

static Order *
order_new (char **fixes, char *take_path)
{
  Order *order = g_new0 (Order, 1);

  order->fixes = g_strdupv (fixes);
  order->path = take_path;
  return order;
}

static const char *const *
texts (const Order *order)
{
  return (const char *const *) order->fixes;
}

static uint32_t
n_texts (const Order *order)
{
  return order->fixes != NULL ? g_strv_length (order->fixes) : 0;
}

static void
append_index (GString *text, int index)
{
  if (index >= 0)
    g_string_append_printf (text, "%d", index);
  else
    g_string_append_c (text, '-');
}

char *
smith_fix_text (const char *id, const char *way, int subgraph, int op, int tensor)
{
  GString *text = g_string_new (id);

  if (way != NULL)
    g_string_append_printf (text, ":%s", way);
  g_string_append_c (text, '@');
  append_index (text, subgraph);
  g_string_append_c (text, '/');
  append_index (text, op);
  g_string_append_c (text, '/');
  append_index (text, tensor);
  return g_string_free (text, FALSE);
}

/* ---- What would be written --------------------------------------------------------------------
 */

static void
change_free (SmithByteChange *change)
{
  g_free (change->id);
  g_free (change->text);
  g_clear_pointer (&change->before, g_bytes_unref);
  g_clear_pointer (&change->after, g_bytes_unref);
  g_free (change);
}

static void
left_free (SmithLeft *left)
{
  g_free (left->id);
  g_free (left->message);
  g_free (left);
}

void
smith_mending_free (SmithMending *mending)
{
  g_ptr_array_unref (mending->changes);
  g_ptr_array_unref (mending->left);
  g_free (mending);
}

static SmithByteChange *
change_from (const LsChange *from)
{
  SmithByteChange *change = g_new0 (SmithByteChange, 1);

  change->id = g_strdup (from->id);
  change->text = g_strdup (from->text);
  change->subgraph = from->subgraph;
  change->op = from->op;
  change->tensor = from->tensor;
  change->offset = from->offset;
  change->before = g_bytes_new (from->before, from->length);
  change->after = g_bytes_new (from->after, from->length);
  return change;
}

static SmithLeft *
left_from (const LsLeft *from)
{
  SmithLeft *left = g_new0 (SmithLeft, 1);

  left->id = g_strdup (from->id);
  left->message = g_strdup (from->message);
  left->subgraph = from->subgraph;
  left->op = from->op;
  left->tensor = from->tensor;
  left->is_rewritable = from->is_rewritable;
  return left;
}

static LsStatus
plan_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const Order *order = data;
  LsRepair repair = { 0 };
  LsStatus status = ls_repair_plan (model, texts (order), n_texts (order), &repair, error);
  SmithMending *mending;

  if (status != LS_OK)
    return status;
  mending = g_new0 (SmithMending, 1);
  mending->file_size = ls_model_file_size (model);
  mending->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) change_free);
  mending->left = g_ptr_array_new_with_free_func ((GDestroyNotify) left_free);
  for (uint32_t i = 0; i < repair.n_changes; i++)
    {
      g_ptr_array_add (mending->changes, change_from (&repair.changes[i]));
      for (uint32_t k = 0; k < repair.changes[i].length; k++)
        mending->n_bytes += repair.changes[i].before[k] != repair.changes[i].after[k];
    }
  for (uint32_t i = 0; i < repair.n_left; i++)
    g_ptr_array_add (mending->left, left_from (&repair.left[i]));
  ls_repair_clear (&repair);
  *out = mending;
  return LS_OK;
}

void
smith_engine_plan_mending_async (SmithModel *model, char **fixes, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data)
{
  smith_engine_start_cancellable (model, plan_job, order_new (fixes, NULL),
                                  (GDestroyNotify) order_free, (GDestroyNotify) smith_mending_free,
                                  cancellable, callback, data);
}

SmithMending *
smith_engine_plan_mending_finish (GAsyncResult *result, GError **error)
{
  return smith_engine_finish (result, error);
}

/* ---- What it does -----------------------------------------------------------------------------
 */

void
smith_mend_effect_free (SmithMendEffect *effect)
{
  g_free (effect->before_problem);
  g_free (effect->after_problem);
  g_ptr_array_unref (effect->outputs);
  g_free (effect);
}

/* The file for the first input; the others are random. */
static LsStatus
load_input (const LsModel *model, const char *path, LsArray *out, LsError *error)
{
  const LsImageOptions image = { .resize = LS_RESIZE_CROP };
  const LsSubgraph *graph = ls_model_subgraph (model, 0);
  const LsTensor *tensor;
  LsArray want = { 0 };

  if (path == NULL || graph == NULL || graph->n_inputs == 0)
    return LS_OK;
  tensor = &graph->tensors[graph->inputs[0]];
  want.type = tensor->type;
  want.rank = MIN (tensor->rank, LS_MAX_RANK);
  for (int i = 0; i < want.rank; i++)
    want.dims[i] = tensor->dims[i];
  return ls_array_load (path, &want, &image, out, error);
}

static LsStatus
effect_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const Order *order = data;
  SmithTicker ticker = { order->work->cancellable, &order->work->permille, NULL };
  LsProgress progress = smith_ticker_progress (&ticker);
  LsRepair repair = { 0 };
  LsRepairEffect found = { 0 };
  LsArray input = { 0 };
  LsStatus status = load_input (model, order->path, &input, error);

  if (status == LS_OK)
    status = ls_repair_plan (model, texts (order), n_texts (order), &repair, error);
  if (status == LS_OK)
    status = ls_repair_compare (model, &repair, &input, order->path != NULL, order->seed, 1,
                                &progress, &found, error);
  ls_array_clear (&input);
  ls_repair_clear (&repair);
  if (status == LS_OK)
    {
      SmithMendEffect *effect = g_new0 (SmithMendEffect, 1);

      effect->before_problem = g_strdup (found.before_problem);
      effect->after_problem = g_strdup (found.after_problem);
      effect->outputs = smith_pairs_from (&found.outputs);
      *out = effect;
    }
  ls_repair_effect_clear (&found);
  return status;
}

void
smith_engine_mend_effect_async (SmithModel *model, char **fixes, const char *input, uint64_t seed,
                                SmithWork *work, GAsyncReadyCallback callback, gpointer data)
{
  Order *order = order_new (fixes, g_strdup (input));

  order->seed = seed;
  order->work = smith_work_ref (work);
  smith_engine_start (model, effect_job, order, (GDestroyNotify) order_free,
                      (GDestroyNotify) smith_mend_effect_free, callback, data);
}

SmithMendEffect *
smith_engine_mend_effect_finish (GAsyncResult *result, GError **error)
{
  return smith_engine_finish (result, error);
}

/* ---- Doing it ---------------------------------------------------------------------------------
 */

static LsStatus
write_anew (const LsModel *model, const Order *order, LsError *error)
{
  LsModel *mended = NULL;
  LsRepair notes = { 0 };
  LsStatus status
    = ls_repair_rewrite (model, texts (order), n_texts (order), &mended, &notes, error);

  if (status == LS_OK)
    status = ls_model_save (mended, order->path, error);
  ls_repair_clear (&notes);
  ls_model_free (mended);
  return status;
}

static LsStatus
write_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const Order *order = data;
  LsRepair repair = { 0 };
  LsStatus status;

  *out = NULL;
  if (order->is_anew)
    return write_anew (model, order, error);
  status = ls_repair_plan (model, texts (order), n_texts (order), &repair, error);
  if (status == LS_OK)
    status = ls_repair_write (model, &repair, order->path, error);
  ls_repair_clear (&repair);
  return status;
}

void
smith_engine_repair_async (SmithModel *model, char **fixes, GFile *file,
                           GAsyncReadyCallback callback, gpointer data)
{
  Order *order;

  if (smith_model_get_file (model) != NULL && g_file_equal (file, smith_model_get_file (model)))
    {
      g_autoptr (GTask) task = g_task_new (model, NULL, callback, data);

      g_task_return_new_error (task, SMITH_ERROR, LS_E_USAGE, "%s",
                               _ ("The original stays as it is: choose another name."));
      return;
    }
  order = order_new (fixes, g_file_get_path (file));
  order->is_anew = smith_model_is_modified (model);
  smith_engine_start (model, write_job, order, (GDestroyNotify) order_free, NULL, callback, data);
}

gboolean
smith_engine_repair_finish (GAsyncResult *result, GError **error)
{
  GError *own = NULL;

  smith_engine_finish (result, &own);
  if (own == NULL)
    return TRUE;
  g_propagate_error (error, own);
  return FALSE;
}

gboolean
smith_engine_mend (SmithModel *model, char **fixes, GError **error)
{
  LsRepair notes = { 0 };
  LsError cause = { 0 };
  LsStatus status = ls_edit_repair (smith_model_peek_mutable (model), (const char *const *) fixes,
                                    fixes != NULL ? g_strv_length (fixes) : 0, &notes, &cause);
  gboolean is_changed = notes.n_changes > 0;

  ls_repair_clear (&notes);
  if (status != LS_OK)
    {
      smith_set_error (error, &cause);
      return FALSE;
    }
  if (is_changed)
    smith_model_stepped (model, 1, TRUE);
  return TRUE;
}
