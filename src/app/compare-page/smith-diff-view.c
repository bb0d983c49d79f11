#include "smith-diff-view.h"
#include "graph/smith-graph-view.h"
#include "graph/smith-scene.h"
#include "smith-rows.h"
#include "smith-tooltip.h"

#include <glib/gi18n.h>
#include <string.h>

enum
{
  MAX_ROWS = 400,
  MAX_LINES = 6, /* of one operator's differences */
  N_FILTERS = 5
};

/* Which categories of the engine a filter lets through. */
static const char *const categories[N_FILTERS][4] = {
  { "structure", "port", "shape", NULL },    { "attribute", "version", NULL },
  { "quantization", "type", NULL },          { "weights", NULL },
  { "metadata", "signature", "name", NULL },
};

struct _SmithDiffView
{
  GtkWidget parent_instance;

  GtkWidget *box, *place_a, *place_b;
  GtkLabel *title_a, *title_b, *counts;
  GtkListBox *list;
  GtkToggleButton *structure, *attributes, *quantization, *weights, *metadata;

  SmithGraphView *view_a, *view_b;
  SmithDocument *document; /* of the window */
  SmithDocument *a, *b;    /* of this view, with a selection of their own */
  const SmithComparison *comparison;
  gboolean is_syncing;
};

G_DEFINE_FINAL_TYPE (SmithDiffView, smith_diff_view, GTK_TYPE_WIDGET)

static guint back_signal;

/* ---- Filters ----------------------------------------------------------------------------------
 */

static gboolean
is_let_through (SmithDiffView *self, const SmithDifference *d)
{
  GtkToggleButton *const filters[N_FILTERS]
    = { self->structure, self->attributes, self->quantization, self->weights, self->metadata };

  for (int f = 0; f < N_FILTERS; f++)
    if (gtk_toggle_button_get_active (filters[f]) && g_strv_contains (categories[f], d->category))
      return TRUE;
  return FALSE;
}

/* ---- One selection ----------------------------------------------------------------------------
 */

/* What the other model has in its place; FALSE: nothing. */
static gboolean
find_partner (SmithDiffView *self, gboolean is_from_a, unsigned subgraph, SmithPick pick,
              unsigned *other_subgraph, int *other_index)
{
  const GArray *pairs = self->comparison->places;

  for (guint i = 0; i < pairs->len; i++)
    {
      const SmithPlacePair *pair = &g_array_index (pairs, SmithPlacePair, i);
      int own_graph = is_from_a ? pair->subgraph_a : pair->subgraph_b;
      int own = is_from_a ? pair->a : pair->b;

      if (pair->is_op != (pick.kind == SMITH_PICK_OP) || own_graph != (int) subgraph
          || own != pick.index)
        continue;
      *other_subgraph = (unsigned) (is_from_a ? pair->subgraph_b : pair->subgraph_a);
      *other_index = is_from_a ? pair->b : pair->a;
      return *other_index >= 0;
    }
  return FALSE;
}

static gboolean
row_is_of (GtkListBoxRow *row, gboolean is_from_a, unsigned subgraph, int op)
{
  const SmithDifference *d = g_object_get_data (G_OBJECT (row), "difference");
  int graph = is_from_a ? d->subgraph : d->subgraph_b;

  return graph == (int) subgraph && (is_from_a ? d->op : d->op_b) == op;
}

static void
select_row_of (SmithDiffView *self, gboolean is_from_a, unsigned subgraph, SmithPick pick)
{
  GtkListBoxRow *row;

  if (pick.kind != SMITH_PICK_OP)
    return;
  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    if (row_is_of (row, is_from_a, subgraph, pick.index))
      {
        gtk_list_box_select_row (self->list, row);
        return;
      }
  gtk_list_box_unselect_all (self->list);
}

/* Selected on one side: the same on the other, in the list and in the window. */
static void
follow (SmithDiffView *self, gboolean is_from_a)
{
  SmithDocument *own = is_from_a ? self->a : self->b, *other = is_from_a ? self->b : self->a;
  SmithPick pick;
  unsigned subgraph, other_subgraph;
  int index;

  if (self->is_syncing || own == NULL)
    return;
  pick = smith_document_get_pick (own);
  subgraph = smith_document_get_subgraph (own);
  if (pick.kind != SMITH_PICK_OP && pick.kind != SMITH_PICK_TENSOR)
    return;
  self->is_syncing = TRUE;
  if (find_partner (self, is_from_a, subgraph, pick, &other_subgraph, &index))
    smith_document_pick_in (other, other_subgraph, pick.kind, index);
  else
    smith_document_pick (other, SMITH_PICK_NOTHING, -1, FALSE);
  select_row_of (self, is_from_a, subgraph, pick);
  if (smith_document_get_pick (self->a).kind != SMITH_PICK_NOTHING)
    smith_document_pick_in (self->document, smith_document_get_subgraph (self->a),
                            smith_document_get_pick (self->a).kind,
                            smith_document_get_pick (self->a).index);
  smith_graph_view_show_pick (is_from_a ? self->view_b : self->view_a);
  self->is_syncing = FALSE;
}

static void
picked_a_cb (SmithDiffView *self)
{
  follow (self, TRUE);
}

static void
picked_b_cb (SmithDiffView *self)
{
  follow (self, FALSE);
}

/* Selected elsewhere in the window. */
static void
picked_outside_cb (SmithDiffView *self)
{
  SmithPick pick = smith_document_get_pick (self->document);

  if (self->is_syncing || self->a == NULL
      || (pick.kind != SMITH_PICK_OP && pick.kind != SMITH_PICK_TENSOR))
    return;
  smith_document_pick_in (self->a, smith_document_get_subgraph (self->document), pick.kind,
                          pick.index);
  smith_graph_view_show_pick (self->view_a);
}

static void
selected_cb (SmithDiffView *self, GtkListBoxRow *row)
{
  const SmithDifference *d = row != NULL ? g_object_get_data (G_OBJECT (row), "difference") : NULL;

  if (d == NULL || self->is_syncing)
    return;
  if (d->op >= 0)
    {
      smith_document_pick_in (self->a, (unsigned) d->subgraph, SMITH_PICK_OP, d->op);
      smith_graph_view_show_pick (self->view_a);
    }
  else if (d->op_b >= 0)
    {
      smith_document_pick_in (self->b, (unsigned) d->subgraph_b, SMITH_PICK_OP, d->op_b);
      smith_graph_view_show_pick (self->view_b);
    }
}

/* ---- Rows -------------------------------------------------------------------------------------
 */

/* Of no operator: about an input or an output, not about the model as a whole. */
static gboolean
is_of_port (const SmithDifference *d)
{
  return d->op < 0 && d->op_b < 0 && (d->tensor >= 0 || g_str_equal (d->category, "port"));
}

static gboolean
is_same_place (const SmithDifference *x, const SmithDifference *y)
{
  return x->subgraph == y->subgraph && x->subgraph_b == y->subgraph_b && x->op == y->op
         && x->op_b == y->op_b && is_of_port (x) == is_of_port (y);
}

/* "3 · CONV_2D · conv1" of one side; an em dash when it has none. */
static GtkWidget *
side_new (SmithDocument *document, int subgraph, int op)
{
  const SmithNet *net
    = subgraph >= 0 ? smith_model_get_net (smith_document_get_model (document), (unsigned) subgraph)
                    : NULL;
  g_autofree char *text = NULL, *name = NULL;
  GtkWidget *label;

  if (net != NULL && op >= 0 && (uint32_t) op < net->n_ops)
    {
      name = smith_tidy_name (smith_net_short_name (net, net->ops[op].name));
      text = g_strdup_printf ("%d · %s · %s", op, net->ops[op].kind, name);
    }
  label = smith_text_new (text != NULL ? text : "—", FALSE);
  gtk_label_set_wrap (GTK_LABEL (label), FALSE);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  if (text == NULL)
    gtk_widget_add_css_class (label, "dim-label");
  else
    smith_tooltip_set (label, net->ops[op].name);
  return label;
}

/* What a mark says, and its colour. */
static GtkWidget *
mark_new (const SmithDifference *d)
{
  gboolean is_op = d->op >= 0 || d->op_b >= 0;
  const char *text = !is_op ? "≠" : d->op_b < 0 ? "−" : d->op < 0 ? "+" : "~";
  const char *says = is_of_port (d) ? _ ("Inputs and outputs")
                     : !is_op       ? _ ("Of the whole model")
                     : d->op_b < 0  ? _ ("Only in the first model")
                     : d->op < 0    ? _ ("Only in the second model")
                                    : _ ("In both, and different");
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_width_chars (GTK_LABEL (label), 2);
  gtk_widget_add_css_class (label, "diff-mark");
  gtk_widget_add_css_class (label, is_op && d->op_b < 0 ? "error"
                                   : is_op && d->op < 0 ? "success"
                                                        : "warning");
  gtk_widget_set_tooltip_text (label, says);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_LABEL, says, -1);
  return label;
}

static GtkWidget *
row_new (SmithDiffView *self, const SmithDifference *d, const char *texts)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  GtkWidget *sides = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);

  gtk_box_set_homogeneous (GTK_BOX (sides), TRUE);
  gtk_widget_set_hexpand (sides, TRUE);
  gtk_box_append (GTK_BOX (line), mark_new (d));
  if (d->op >= 0 || d->op_b >= 0)
    {
      gtk_box_append (GTK_BOX (sides), side_new (self->a, d->subgraph, d->op));
      gtk_box_append (GTK_BOX (sides), side_new (self->b, d->subgraph_b, d->op_b));
    }
  else
    gtk_box_append (
      GTK_BOX (sides),
      smith_text_new (is_of_port (d) ? _ ("Inputs and outputs") : _ ("The whole model"), FALSE));
  gtk_box_append (GTK_BOX (line), sides);
  gtk_box_append (GTK_BOX (box), line);
  gtk_box_append (GTK_BOX (box), smith_text_new (texts, TRUE));
  gtk_widget_add_css_class (row, "line");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data (G_OBJECT (row), "difference", (gpointer) d);
  return row;
}

/* The differences from @first on that are of one place, as lines; gives where the next begins. */
static guint
gather (SmithDiffView *self, guint first, GString *texts)
{
  GPtrArray *all = self->comparison->differences;
  guint i, n = 0;

  for (i = first; i < all->len && is_same_place (all->pdata[first], all->pdata[i]); i++)
    {
      const SmithDifference *d = all->pdata[i];

      if (!is_let_through (self, d))
        continue;
      if (n < MAX_LINES)
        g_string_append_printf (texts, "%s%s", n > 0 ? "\n" : "", d->text);
      n++;
    }
  if (n > MAX_LINES)
    {
      g_string_append_c (texts, '\n');
      g_string_append_printf (texts, ngettext ("and %u more", "and %u more", n - MAX_LINES),
                              n - MAX_LINES);
    }
  return i;
}

static void
fill_list (SmithDiffView *self)
{
  GPtrArray *all;
  unsigned n_rows = 0, n_left = 0;

  if (self->comparison == NULL)
    return;
  all = self->comparison->differences;
  self->is_syncing = TRUE;
  smith_list_clear (self->list);
  for (guint i = 0; i < all->len;)
    {
      g_autoptr (GString) texts = g_string_new (NULL);
      const SmithDifference *d = all->pdata[i];

      i = gather (self, i, texts);
      if (texts->len == 0)
        continue;
      if (n_rows++ < MAX_ROWS)
        gtk_list_box_append (self->list, row_new (self, d, texts->str));
      else
        n_left++;
    }
  self->is_syncing = FALSE;
  if (n_left > 0)
    {
      g_autofree char *text
        = g_strdup_printf (ngettext ("and %u more", "and %u more", n_left), n_left);
      GtkWidget *row = smith_row_new (text, NULL, NULL);

      g_object_set_data (G_OBJECT (row), "difference", all->pdata[0]);
      gtk_widget_set_sensitive (row, FALSE);
      gtk_list_box_append (self->list, row);
    }
}

static void
filter_cb (SmithDiffView *self)
{
  fill_list (self);
}

/* ---- On the graphs ----------------------------------------------------------------------------
 */

static void
paint_one (SmithOverlay *overlay, int op, float heat, const char *text)
{
  if (op < 0 || (uint32_t) op >= overlay->n_ops || overlay->heat[op] >= heat)
    return;
  overlay->heat[op] = heat;
  g_free (overlay->texts[op]);
  overlay->texts[op] = g_strdup (text);
}

/* Operators that differ, and those that only this model has. */
static void
paint (SmithDiffView *self, SmithDocument *document, gboolean is_a)
{
  const SmithNet *net = smith_document_get_net (document);
  SmithOverlay *overlay;

  if (net == NULL)
    return;
  overlay = g_new0 (SmithOverlay, 1);
  overlay->name = g_strdup (_ ("Differences"));
  overlay->n_ops = net->n_ops;
  overlay->heat = g_new (float, (size_t) net->n_ops + 1);
  overlay->texts = g_new0 (char *, (size_t) net->n_ops + 1);
  for (uint32_t i = 0; i < net->n_ops; i++)
    overlay->heat[i] = -1;
  for (guint i = 0; i < self->comparison->differences->len; i++)
    {
      const SmithDifference *d = self->comparison->differences->pdata[i];
      int own = is_a ? d->op : d->op_b, other = is_a ? d->op_b : d->op;

      if ((is_a ? d->subgraph : d->subgraph_b) != 0)
        continue;
      if (other < 0)
        paint_one (overlay, own, 1, is_a ? "−" : "+");
      else
        paint_one (overlay, own, 0.4F, "~");
    }
  smith_document_take_overlay (document, overlay);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
drop (SmithDocument **document, gpointer self)
{
  if (*document != NULL)
    g_signal_handlers_disconnect_by_data (*document, self);
  g_clear_object (document);
}

void
smith_diff_view_clear (SmithDiffView *self)
{
  g_return_if_fail (SMITH_IS_DIFF_VIEW (self));

  self->is_syncing = TRUE;
  if (self->list != NULL)
    smith_list_clear (self->list);
  self->is_syncing = FALSE;
  if (self->view_a != NULL)
    {
      smith_graph_view_set_document (self->view_a, NULL);
      smith_graph_view_set_document (self->view_b, NULL);
    }
  drop (&self->document, self);
  drop (&self->a, self);
  drop (&self->b, self);
  self->comparison = NULL;
}

void
smith_diff_view_show (SmithDiffView *self, SmithDocument *document, SmithModel *other,
                      const SmithComparison *comparison)
{
  SmithModel *model;

  g_return_if_fail (SMITH_IS_DIFF_VIEW (self));

  smith_diff_view_clear (self);
  model = smith_document_get_model (document);
  self->comparison = comparison;
  self->document = g_object_ref (document);
  self->a = smith_document_new (model);
  self->b = smith_document_new (other);
  paint (self, self->a, TRUE);
  paint (self, self->b, FALSE);
  gtk_label_set_label (self->title_a, smith_model_get_title (model));
  gtk_label_set_label (self->title_b, smith_model_get_title (other));
  gtk_label_set_label (self->counts, comparison->counts);
  smith_graph_view_set_document (self->view_a, self->a);
  smith_graph_view_set_document (self->view_b, self->b);
  g_signal_connect_swapped (self->a, "picked", G_CALLBACK (picked_a_cb), self);
  g_signal_connect_swapped (self->b, "picked", G_CALLBACK (picked_b_cb), self);
  g_signal_connect_swapped (document, "picked", G_CALLBACK (picked_outside_cb), self);
  fill_list (self);
}

SmithDocument *
smith_diff_view_get_other (SmithDiffView *self)
{
  return self->b;
}

static void
back_cb (SmithDiffView *self)
{
  g_signal_emit (self, back_signal, 0);
}

static void
smith_diff_view_dispose (GObject *object)
{
  SmithDiffView *self = SMITH_DIFF_VIEW (object);

  smith_diff_view_clear (self);
  self->view_a = NULL;
  self->view_b = NULL;
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_DIFF_VIEW);

  G_OBJECT_CLASS (smith_diff_view_parent_class)->dispose (object);
}

#define BIND(name) gtk_widget_class_bind_template_child (widget_class, SmithDiffView, name)

static void
smith_diff_view_class_init (SmithDiffViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_diff_view_dispose;
  back_signal = g_signal_new ("back", SMITH_TYPE_DIFF_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                              G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-diff-view.ui");
  BIND (box);
  BIND (place_a);
  BIND (place_b);
  BIND (title_a);
  BIND (title_b);
  BIND (counts);
  BIND (list);
  BIND (structure);
  BIND (attributes);
  BIND (quantization);
  BIND (weights);
  BIND (metadata);
  gtk_widget_class_bind_template_callback (widget_class, back_cb);
  gtk_widget_class_bind_template_callback (widget_class, filter_cb);
  gtk_widget_class_bind_template_callback (widget_class, selected_cb);
}

static SmithGraphView *
add_view (GtkWidget *place)
{
  GtkWidget *view = smith_graph_view_new ();

  gtk_widget_set_hexpand (view, TRUE);
  gtk_widget_set_vexpand (view, TRUE);
  gtk_box_append (GTK_BOX (place), view);
  return SMITH_GRAPH_VIEW (view);
}

static void
smith_diff_view_init (SmithDiffView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  smith_list_is_one_stop (GTK_WIDGET (self->list));
  self->view_a = add_view (self->place_a);
  self->view_b = add_view (self->place_b);
}
