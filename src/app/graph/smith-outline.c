#include "smith-outline.h"
#include "smith-engine-figures.h"
#include "smith-hit-list.h"
#include "smith-outline-row.h"

#include <glib/gi18n.h>

struct _SmithOutline
{
  GtkWidget parent_instance;

  GtkWidget *box, *subgraph_box, *stack, *list;
  GtkDropDown *subgraphs;
  GtkEditable *search;
  GtkLabel *count;
  GtkSingleSelection *selection;
  SmithHitList *hits;

  SmithDocument *document;
  gboolean is_syncing; /* the selection follows the document, not the other way round */
};

G_DEFINE_FINAL_TYPE (SmithOutline, smith_outline, GTK_TYPE_WIDGET)

/* ---- Rows -------------------------------------------------------------------------------------
 */

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  gtk_list_item_set_child (item, smith_outline_row_new ());
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer data)
{
  SmithHitItem *item = SMITH_HIT_ITEM (gtk_list_item_get_item (list_item));

  smith_outline_row_show (SMITH_OUTLINE_ROW (gtk_list_item_get_child (list_item)),
                          smith_hit_item_get_net (item), smith_hit_item_get_hit (item));
}

/* ---- Selection --------------------------------------------------------------------------------
 */

static void
pick_hit (SmithOutline *self, guint position)
{
  g_autoptr (SmithHitItem) item = NULL;
  SmithHit hit;

  item = g_list_model_get_item (G_LIST_MODEL (self->hits), position);
  if (item == NULL)
    return;
  hit = smith_hit_item_get_hit (item);
  smith_document_pick (self->document, hit.is_tensor ? SMITH_PICK_TENSOR : SMITH_PICK_OP, hit.index,
                       TRUE);
}

static void
selected_cb (SmithOutline *self)
{
  guint position = gtk_single_selection_get_selected (self->selection);

  if (!self->is_syncing && position != GTK_INVALID_LIST_POSITION)
    pick_hit (self, position);
}

static void
activate_cb (SmithOutline *self, guint position)
{
  pick_hit (self, position);
  gtk_widget_activate_action (GTK_WIDGET (self), "doc.focus-inspector", NULL);
}

/* Selects the row of the document's selection, when it is listed. */
static void
sync_selection (SmithOutline *self)
{
  SmithPick pick = smith_document_get_pick (self->document);
  SmithHit hit = { pick.kind == SMITH_PICK_TENSOR, pick.index };
  int position = -1;

  if (pick.kind == SMITH_PICK_OP || pick.kind == SMITH_PICK_TENSOR)
    position = smith_hit_list_find (self->hits, hit);
  self->is_syncing = TRUE;
  gtk_single_selection_set_selected (self->selection,
                                     position < 0 ? GTK_INVALID_LIST_POSITION : (guint) position);
  self->is_syncing = FALSE;
  if (position >= 0)
    gtk_widget_activate_action (self->list, "list.scroll-to-item", "u", (guint) position);
}

/* ---- Search -----------------------------------------------------------------------------------
 */

static gboolean
figure_cb (gpointer data, gboolean is_tensor, int index, const char *name, double *value)
{
  SmithOutline *self = data;

  return smith_engine_figure (smith_document_get_model (self->document),
                              smith_document_get_subgraph (self->document), is_tensor, index, name,
                              value);
}

static void
update_hits (SmithOutline *self)
{
  SmithNet *net = self->document != NULL ? smith_document_get_net (self->document) : NULL;
  const char *query = gtk_editable_get_text (self->search);
  g_autofree char *count = NULL;
  GArray *hits;

  if (net == NULL)
    return;
  hits = smith_search (net, query, figure_cb, self);
  count = query[0] == '\0'
            ? g_strdup_printf (ngettext ("%u operator", "%u operators", hits->len), hits->len)
            : g_strdup_printf (ngettext ("%u result", "%u results", hits->len), hits->len);
  gtk_label_set_label (self->count, count);
  gtk_widget_set_visible (GTK_WIDGET (self->count), hits->len > 0);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), hits->len > 0 ? "list" : "none");
  self->is_syncing = TRUE;
  smith_hit_list_set (self->hits, net, hits);
  self->is_syncing = FALSE;
  sync_selection (self);
}

/* Tab leaves the list, as it leaves every other: GTK 4.8 would stop at each of its rows. */
static gboolean
list_key_cb (SmithOutline *self, guint key, guint code, GdkModifierType state)
{
  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return FALSE;
  if (key == GDK_KEY_Tab)
    gtk_widget_activate_action (GTK_WIDGET (self), "doc.focus-graph", NULL);
  else if (key == GDK_KEY_ISO_Left_Tab)
    gtk_widget_grab_focus (GTK_WIDGET (self->search));
  else
    return FALSE;
  return TRUE;
}

static void
search_activate_cb (SmithOutline *self)
{
  pick_hit (self, 0);
}

static void
search_stop_cb (SmithOutline *self)
{
  gtk_editable_set_text (self->search, "");
  gtk_widget_activate_action (GTK_WIDGET (self), "doc.focus-graph", NULL);
}

void
smith_outline_start_search (SmithOutline *self)
{
  g_return_if_fail (SMITH_IS_OUTLINE (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->search));
  gtk_editable_select_region (self->search, 0, -1);
}

void
smith_outline_step (SmithOutline *self, int step)
{
  guint count, position;

  g_return_if_fail (SMITH_IS_OUTLINE (self));

  smith_hit_list_show_all (self->hits);
  count = g_list_model_get_n_items (G_LIST_MODEL (self->hits));
  if (count == 0)
    return;
  position = gtk_single_selection_get_selected (self->selection);
  if (position == GTK_INVALID_LIST_POSITION)
    position = step > 0 ? 0 : count - 1;
  else
    position = (position + (guint) ((int) count + step)) % count;
  pick_hit (self, position);
}

/* ---- Subgraphs --------------------------------------------------------------------------------
 */

static void
fill_subgraphs (SmithOutline *self)
{
  SmithModel *model = smith_document_get_model (self->document);
  unsigned n = smith_model_get_n_subgraphs (model);
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  gtk_widget_set_visible (self->subgraph_box, n > 1);
  if (n < 2)
    return;
  for (unsigned i = 0; i < n; i++)
    {
      SmithNet *net = smith_model_get_net (model, i);
      g_autofree char *text = g_strdup_printf (
        /* Translators: name of a subgraph and how many operators it has. */
        ngettext ("%s · %u operator", "%s · %u operators", net != NULL ? net->n_ops : 0),
        net != NULL && net->name[0] != '\0' ? net->name : _ ("Subgraph"),
        net != NULL ? net->n_ops : 0);

      gtk_string_list_append (names, text);
    }
  self->is_syncing = TRUE;
  gtk_drop_down_set_model (self->subgraphs, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->subgraphs, smith_document_get_subgraph (self->document));
  self->is_syncing = FALSE;
}

static void
subgraph_cb (SmithOutline *self)
{
  guint selected = gtk_drop_down_get_selected (self->subgraphs);

  if (!self->is_syncing && self->document != NULL && selected != GTK_INVALID_LIST_POSITION)
    smith_document_set_subgraph (self->document, selected);
}

static void
graph_changed_cb (SmithOutline *self)
{
  self->is_syncing = TRUE;
  gtk_drop_down_set_selected (self->subgraphs, smith_document_get_subgraph (self->document));
  self->is_syncing = FALSE;
  update_hits (self);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
forget_document (SmithOutline *self)
{
  if (self->document == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->document, self);
  g_clear_object (&self->document);
}

static void
smith_outline_dispose (GObject *object)
{
  SmithOutline *self = SMITH_OUTLINE (object);

  forget_document (self);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_OUTLINE);
  g_clear_object (&self->hits);

  G_OBJECT_CLASS (smith_outline_parent_class)->dispose (object);
}

static void
smith_outline_class_init (SmithOutlineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_outline_dispose;
  gtk_widget_class_set_css_name (widget_class, "outline");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-outline.ui");
  gtk_widget_class_bind_template_child (widget_class, SmithOutline, box);
  gtk_widget_class_bind_template_child (widget_class, SmithOutline, subgraph_box);
  gtk_widget_class_bind_template_child (widget_class, SmithOutline, stack);
  gtk_widget_class_bind_template_child (widget_class, SmithOutline, list);
  gtk_widget_class_bind_template_child (widget_class, SmithOutline, subgraphs);
  gtk_widget_class_bind_template_child (widget_class, SmithOutline, search);
  gtk_widget_class_bind_template_child (widget_class, SmithOutline, count);
  gtk_widget_class_bind_template_child (widget_class, SmithOutline, selection);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, bind_cb);
  gtk_widget_class_bind_template_callback (widget_class, selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, update_hits);
  gtk_widget_class_bind_template_callback (widget_class, search_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_stop_cb);
  gtk_widget_class_bind_template_callback (widget_class, subgraph_cb);
}

static void
smith_outline_init (SmithOutline *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (list_key_cb), self);
  gtk_widget_add_controller (self->list, keys);
  self->hits = smith_hit_list_new ();
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (self->hits));
}

void
smith_outline_set_document (SmithOutline *self, SmithDocument *document)
{
  g_return_if_fail (SMITH_IS_OUTLINE (self));

  forget_document (self);
  self->document = g_object_ref (document);
  g_signal_connect_swapped (document, "picked", G_CALLBACK (sync_selection), self);
  g_signal_connect_swapped (document, "graph-changed", G_CALLBACK (graph_changed_cb), self);
  fill_subgraphs (self);
  update_hits (self);
}
