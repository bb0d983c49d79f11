#include "smith-document.h"
#include "graph/smith-scene.h"

#include <glib/gi18n.h>
#include <math.h>

enum
{
  MAX_HISTORY = 200
};

typedef struct
{
  unsigned subgraph;
  SmithPick pick;
} Place;

struct _SmithDocument
{
  GObject parent_instance;

  SmithModel *model;
  SmithNet *net;
  SmithFold *fold;
  unsigned subgraph;
  SmithPick pick;
  GArray *history; /* Place */
  int place;       /* where in the history we are; -1: nowhere */
  uint8_t *marks;
  size_t n_marks;
  size_t *first_mark; /* of each subgraph, and the end */
  SmithOverlay *overlay;
};

G_DEFINE_FINAL_TYPE (SmithDocument, smith_document, G_TYPE_OBJECT)

enum
{
  PICKED,
  GRAPH_CHANGED,
  MARKED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* ---- Overlays ---------------------------------------------------------------------------------
 */

void
smith_overlay_free (SmithOverlay *overlay)
{
  for (uint32_t i = 0; i < overlay->n_ops; i++)
    g_free (overlay->texts[i]);
  g_free (overlay->texts);
  g_free (overlay->heat);
  g_free (overlay->name);
  g_free (overlay);
}

SmithOverlay *
smith_overlay_new (const char *name, const double *values, uint32_t n_ops,
                   char *(*format) (double value, double share))
{
  SmithOverlay *overlay = g_new0 (SmithOverlay, 1);
  double sum = 0, most = 0;

  for (uint32_t i = 0; i < n_ops; i++)
    if (isfinite (values[i]) && values[i] > 0)
      {
        sum += values[i];
        most = MAX (most, values[i]);
      }
  overlay->name = g_strdup (name);
  overlay->n_ops = n_ops;
  overlay->heat = g_new0 (float, (size_t) n_ops + 1);
  overlay->texts = g_new0 (char *, (size_t) n_ops + 1);
  for (uint32_t i = 0; i < n_ops; i++)
    {
      overlay->heat[i] = values[i] > 0 && most > 0 ? (float) sqrt (values[i] / most) : -1;
      if (values[i] > 0)
        overlay->texts[i] = format (values[i], values[i] / sum);
    }
  return overlay;
}

static char *
macs_text (double value, double share)
{
  g_autofree char *count = smith_count_text ((uint64_t) value);

  return g_strdup_printf ("%s · %.1f %%", count, 100 * share);
}

SmithOverlay *
smith_overlay_of_macs (const SmithNet *net)
{
  g_autofree double *values = g_new0 (double, (size_t) net->n_ops + 1);

  for (uint32_t i = 0; i < net->n_ops; i++)
    values[i] = (double) net->ops[i].macs;
  return smith_overlay_new (_ ("Multiply-adds"), values, net->n_ops, macs_text);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static gboolean exists (SmithDocument *self, SmithPickKind kind, int index);

static void
load_subgraph (SmithDocument *self, unsigned subgraph)
{
  SmithNet *net = smith_model_get_net (self->model, subgraph);

  g_clear_pointer (&self->net, smith_net_unref);
  g_clear_pointer (&self->fold, smith_fold_unref);
  self->subgraph = subgraph;
  if (net == NULL)
    return;
  self->net = smith_net_ref (net);
  self->fold = smith_fold_new (net);
}

/* Scopes that were open before an edit are so after it. */
static void
keep_folds (SmithFold *fold, const SmithFold *before)
{
  g_autoptr (GHashTable) open = g_hash_table_new (g_str_hash, g_str_equal);

  for (uint32_t i = 0; i < before->n_groups; i++)
    g_hash_table_insert (open, (gpointer) before->groups[i].path,
                         GINT_TO_POINTER (before->groups[i].is_open + 1));
  for (uint32_t i = 0; i < fold->n_groups; i++)
    {
      int was = GPOINTER_TO_INT (g_hash_table_lookup (open, fold->groups[i].path));

      if (was > 0)
        fold->groups[i].is_open = was - 1;
    }
}

/* Marks belong to operators by their place: with others than before they say nothing. */
static void
forget_marks_of_others (SmithDocument *self)
{
  g_clear_pointer (&self->first_mark, g_free);
  if (self->marks != NULL && smith_document_n_marks (self) != self->n_marks)
    g_clear_pointer (&self->marks, g_free);
}

static void
model_changed_cb (SmithDocument *self)
{
  SmithPick pick = self->pick;
  g_autoptr (SmithFold) fold = self->fold != NULL ? smith_fold_ref (self->fold) : NULL;
  g_autoptr (SmithNet) net = self->net != NULL ? smith_net_ref (self->net) : NULL;

  if (self->subgraph >= smith_model_get_n_subgraphs (self->model))
    self->subgraph = 0;
  load_subgraph (self, self->subgraph);
  if (fold != NULL && self->fold != NULL)
    keep_folds (self->fold, fold);
  forget_marks_of_others (self);
  if (net != NULL && self->net != NULL
      && (net->n_ops != self->net->n_ops || net->n_tensors != self->net->n_tensors))
    { /* numbers mean other tensors and operators now */
      g_array_set_size (self->history, 0);
      self->place = -1;
      pick = (SmithPick){ SMITH_PICK_NOTHING, -1 };
    }
  if (pick.kind == SMITH_PICK_GROUP || !exists (self, pick.kind, pick.index))
    pick = (SmithPick){ SMITH_PICK_NOTHING, -1 };
  self->pick = pick;
  g_signal_emit (self, signals[GRAPH_CHANGED], 0);
  g_signal_emit (self, signals[PICKED], 0);
}

static void
smith_document_finalize (GObject *object)
{
  SmithDocument *self = SMITH_DOCUMENT (object);

  g_signal_handlers_disconnect_by_func (self->model, model_changed_cb, self);
  g_clear_pointer (&self->net, smith_net_unref);
  g_clear_pointer (&self->fold, smith_fold_unref);
  g_clear_pointer (&self->overlay, smith_overlay_free);
  g_array_unref (self->history);
  g_free (self->marks);
  g_free (self->first_mark);
  g_clear_object (&self->model);

  G_OBJECT_CLASS (smith_document_parent_class)->finalize (object);
}

static void
smith_document_class_init (SmithDocumentClass *klass)
{
  static const char *const names[N_SIGNALS] = { "picked", "graph-changed", "marked" };

  G_OBJECT_CLASS (klass)->finalize = smith_document_finalize;
  for (int i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], SMITH_TYPE_DOCUMENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 0);
}

static void
smith_document_init (SmithDocument *self)
{
  self->history = g_array_new (FALSE, FALSE, sizeof (Place));
  self->place = -1;
  self->pick = (SmithPick){ SMITH_PICK_NOTHING, -1 };
}

SmithDocument *
smith_document_new (SmithModel *model)
{
  SmithDocument *self = g_object_new (SMITH_TYPE_DOCUMENT, NULL);

  self->model = g_object_ref (model);
  g_signal_connect_swapped (model, "changed", G_CALLBACK (model_changed_cb), self);
  load_subgraph (self, 0);
  return self;
}

SmithModel *
smith_document_get_model (SmithDocument *self)
{
  return self->model;
}

SmithNet *
smith_document_get_net (SmithDocument *self)
{
  return self->net;
}

SmithFold *
smith_document_get_fold (SmithDocument *self)
{
  return self->fold;
}

unsigned
smith_document_get_subgraph (SmithDocument *self)
{
  return self->subgraph;
}

/* ---- Selection --------------------------------------------------------------------------------
 */

SmithPick
smith_document_get_pick (SmithDocument *self)
{
  return self->pick;
}

static void
remember (SmithDocument *self)
{
  Place place = { self->subgraph, self->pick };

  if (self->pick.kind == SMITH_PICK_NOTHING)
    return;
  g_array_set_size (self->history, (unsigned) (self->place + 1));
  if (self->history->len >= MAX_HISTORY)
    g_array_remove_index (self->history, 0);
  g_array_append_val (self->history, place);
  self->place = (int) self->history->len - 1;
}

static gboolean
exists (SmithDocument *self, SmithPickKind kind, int index)
{
  if (kind == SMITH_PICK_NOTHING)
    return TRUE;
  if (self->net == NULL || index < 0)
    return FALSE;
  return (uint32_t) index < (kind == SMITH_PICK_OP       ? self->net->n_ops
                             : kind == SMITH_PICK_TENSOR ? self->net->n_tensors
                                                         : self->fold->n_groups);
}

/* The operator that has to be seen for a selection to be seen; -1: none. */
static int
op_of_pick (SmithDocument *self, SmithPickKind kind, int index)
{
  int op = -1;

  if (kind == SMITH_PICK_OP)
    op = index;
  else if (kind == SMITH_PICK_TENSOR)
    {
      op = self->net->tensors[index].producer;
      if (op < 0 && self->net->first_consumer[index] < self->net->first_consumer[index + 1])
        op = (int) self->net->consumers[self->net->first_consumer[index]];
    }
  return op >= 0 ? smith_net_drawn_op (self->net, op) : -1;
}

static void
set_pick (SmithDocument *self, SmithPickKind kind, int index, gboolean reveals)
{
  int op;

  self->pick = (SmithPick){ kind, kind == SMITH_PICK_NOTHING ? -1 : index };
  op = reveals && self->net != NULL ? op_of_pick (self, kind, index) : -1;
  if (op >= 0 && smith_fold_reveal (self->fold, op))
    g_signal_emit (self, signals[GRAPH_CHANGED], 0);
  g_signal_emit (self, signals[PICKED], 0);
}

void
smith_document_pick (SmithDocument *self, SmithPickKind kind, int index, gboolean reveals)
{
  g_return_if_fail (SMITH_IS_DOCUMENT (self));

  if (!exists (self, kind, index)
      || (self->pick.kind == kind && (self->pick.index == index || kind == SMITH_PICK_NOTHING)))
    return;
  self->pick = (SmithPick){ kind, index };
  remember (self);
  set_pick (self, kind, index, reveals);
}

void
smith_document_set_subgraph (SmithDocument *self, unsigned subgraph)
{
  g_return_if_fail (SMITH_IS_DOCUMENT (self));

  if (subgraph == self->subgraph || subgraph >= smith_model_get_n_subgraphs (self->model))
    return;
  load_subgraph (self, subgraph);
  self->pick = (SmithPick){ SMITH_PICK_NOTHING, -1 };
  g_signal_emit (self, signals[GRAPH_CHANGED], 0);
  g_signal_emit (self, signals[PICKED], 0);
}

void
smith_document_pick_in (SmithDocument *self, unsigned subgraph, SmithPickKind kind, int index)
{
  smith_document_set_subgraph (self, subgraph);
  if (self->subgraph == subgraph)
    smith_document_pick (self, kind, index, TRUE);
}

gboolean
smith_document_can_go (SmithDocument *self, int steps)
{
  int place = self->place + steps;

  return place >= 0 && place < (int) self->history->len;
}

void
smith_document_go (SmithDocument *self, int steps)
{
  Place place;

  if (!smith_document_can_go (self, steps))
    return;
  self->place += steps;
  place = g_array_index (self->history, Place, self->place);
  smith_document_set_subgraph (self, place.subgraph);
  if (exists (self, place.pick.kind, place.pick.index))
    set_pick (self, place.pick.kind, place.pick.index, TRUE);
}

/* ---- Folding ----------------------------------------------------------------------------------
 */

void
smith_document_toggle_group (SmithDocument *self, int group)
{
  g_return_if_fail (SMITH_IS_DOCUMENT (self));

  if (!exists (self, SMITH_PICK_GROUP, group))
    return;

  SmithGroup *g = &self->fold->groups[group];

  g->is_open = !g->is_open;
  self->pick = g->is_open ? (SmithPick){ SMITH_PICK_OP, (int) g->first_op }
                          : (SmithPick){ SMITH_PICK_GROUP, group };
  g_signal_emit (self, signals[GRAPH_CHANGED], 0);
  g_signal_emit (self, signals[PICKED], 0);
}

void
smith_document_fold_all (SmithDocument *self, gboolean is_open)
{
  g_return_if_fail (SMITH_IS_DOCUMENT (self));

  if (self->fold == NULL)
    return;
  smith_fold_set_all (self->fold, is_open);
  if (self->pick.kind == SMITH_PICK_GROUP)
    self->pick = (SmithPick){ SMITH_PICK_NOTHING, -1 };
  g_signal_emit (self, signals[GRAPH_CHANGED], 0);
  g_signal_emit (self, signals[PICKED], 0);
}

/* ---- Marks ------------------------------------------------------------------------------------
 */

static void
ensure_mark_places (SmithDocument *self)
{
  unsigned n = smith_model_get_n_subgraphs (self->model);

  if (self->first_mark != NULL)
    return;
  self->first_mark = g_new0 (size_t, n + 1);
  for (unsigned i = 0; i < n; i++)
    {
      const SmithNet *net = smith_model_get_net (self->model, i);

      self->first_mark[i + 1] = self->first_mark[i] + (net != NULL ? net->n_ops : 0);
    }
}

size_t
smith_document_n_marks (SmithDocument *self)
{
  ensure_mark_places (self);
  return self->first_mark[smith_model_get_n_subgraphs (self->model)];
}

size_t
smith_document_mark_place (SmithDocument *self, unsigned subgraph, int op)
{
  ensure_mark_places (self);
  return self->first_mark[subgraph] + (size_t) op;
}

SmithMark
smith_document_get_mark (SmithDocument *self, int op)
{
  if (self->marks == NULL || op < 0)
    return SMITH_MARK_NONE;
  return (SmithMark) self->marks[smith_document_mark_place (self, self->subgraph, op)];
}

gboolean
smith_document_has_marks (SmithDocument *self)
{
  return self->marks != NULL;
}

void
smith_document_take_marks (SmithDocument *self, uint8_t *take_marks)
{
  g_free (self->marks);
  self->marks = take_marks;
  self->n_marks = smith_document_n_marks (self);
  g_signal_emit (self, signals[MARKED], 0);
}

const SmithOverlay *
smith_document_get_overlay (SmithDocument *self)
{
  return self->net != NULL && self->overlay != NULL && self->overlay->n_ops == self->net->n_ops
           ? self->overlay
           : NULL;
}

void
smith_document_take_overlay (SmithDocument *self, SmithOverlay *take_overlay)
{
  g_clear_pointer (&self->overlay, smith_overlay_free);
  self->overlay = take_overlay;
  g_signal_emit (self, signals[MARKED], 0);
}
