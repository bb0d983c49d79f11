#include "smith-inspector.h"
#include "smith-engine-inspect.h"
#include "smith-explain-panel.h"
#include "smith-rename.h"
#include "smith-rows.h"
#include "smith-tensor-actions.h"
#include "smith-tensor-panel.h"
#include "smith-tooltip.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _SmithInspector
{
  GtkWidget parent_instance;

  GtkLabel *title, *subtitle;
  GtkBox *groups;
  GtkWidget *scroller, *unfold, *rename_button, *cut_box;
  SmithRename *rename;
  SmithTensorPanel *panel;
  SmithExplainPanel *explain;
  SmithTensorActions *actions;
  SmithDocument *document;
  guint refresh, deadline;
  gboolean wants_explanation; /* of what is selected, when it is shown */
  unsigned rename_wait;       /* frames until the popover; 0: none is to come */
};

G_DEFINE_FINAL_TYPE (SmithInspector, smith_inspector, GTK_TYPE_WIDGET)

/* ---- Rows -------------------------------------------------------------------------------------
 */

enum
{
  DEADLINE_MS = 250,
  FRAMES_TO_SCROLL = 2, /* in the first, the button comes to its place */
  MAX_WHOLE_TITLE = 28  /* letters: a longer title is shortened, as values are */
};

static GtkWidget *
label_new (const char *text, const char *css_class, gboolean is_value)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), is_value ? 1 : 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

/* "weights       model/dense/MatMul": two labels in a line; what has to be short is the value. */
static GtkWidget *
first_line (const SmithFact *fact)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *title = label_new (fact->title, "dim-label", FALSE);
  GtkWidget *value = label_new (fact->value, NULL, TRUE);

  if (g_utf8_strlen (fact->title, -1) <= MAX_WHOLE_TITLE)
    gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_NONE);
  smith_tooltip_when_cut (GTK_LABEL (title));
  gtk_box_append (GTK_BOX (box), title);
  gtk_widget_set_hexpand (value, TRUE);
  if (fact->whole != NULL)
    smith_tooltip_set (value, fact->whole);
  else
    smith_tooltip_when_cut (GTK_LABEL (value));
  gtk_box_append (GTK_BOX (box), value);
  return box;
}

/* A second line below, and an arrow where the row leads somewhere. */
static GtkWidget *
row_content (const SmithFact *fact)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 1);
  GtkWidget *first = first_line (fact);

  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (texts), first);
  if (fact->detail != NULL)
    {
      GtkWidget *detail = label_new (fact->detail, "caption", FALSE);

      gtk_label_set_wrap (GTK_LABEL (detail), TRUE);
      gtk_label_set_ellipsize (GTK_LABEL (detail), PANGO_ELLIPSIZE_NONE);
      gtk_widget_add_css_class (detail, "dim-label");
      gtk_box_append (GTK_BOX (texts), detail);
    }
  gtk_box_append (GTK_BOX (box), texts);
  if (fact->tensor >= 0 || fact->op >= 0)
    {
      GtkWidget *arrow = gtk_image_new_from_icon_name ("go-next-symbolic");

      gtk_widget_add_css_class (arrow, "dim-label");
      gtk_box_append (GTK_BOX (box), arrow);
    }
  return box;
}

static GtkWidget *
row_new (const SmithFact *fact)
{
  GtkWidget *row = gtk_list_box_row_new ();
  gboolean is_link = fact->tensor >= 0 || fact->op >= 0;

  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), row_content (fact));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), is_link);
  gtk_list_box_row_set_selectable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, is_link);
  gtk_widget_add_css_class (row, "fact");
  g_object_set_data (G_OBJECT (row), "tensor", GINT_TO_POINTER (fact->tensor + 1));
  g_object_set_data (G_OBJECT (row), "op", GINT_TO_POINTER (fact->op + 1));
  return row;
}

static void
row_activated_cb (SmithInspector *self, GtkListBoxRow *row)
{
  int tensor = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (row), "tensor")) - 1;
  int op = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (row), "op")) - 1;

  if (tensor >= 0)
    smith_document_pick (self->document, SMITH_PICK_TENSOR, tensor, TRUE);
  else if (op >= 0)
    smith_document_pick (self->document, SMITH_PICK_OP, op, TRUE);
}

static GtkWidget *
list_new (SmithInspector *self, const SmithFactGroup *group)
{
  GtkWidget *list = gtk_list_box_new ();

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_widget_add_css_class (list, "facts");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  group->title, -1);
  g_signal_connect_swapped (list, "row-activated", G_CALLBACK (row_activated_cb), self);
  for (guint i = 0; i < group->facts->len; i++)
    gtk_list_box_append (GTK_LIST_BOX (list), row_new (group->facts->pdata[i]));
  return list;
}

/* Short facts that lead nowhere: a line for each. Their texts are for the pointer to select; a
 * label that may be selected and not focused would say that it took the focus, and Tab would end
 * there. */
static GtkWidget *
table_new (const SmithFactGroup *group)
{
  GtkWidget *table = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);

  gtk_widget_add_css_class (table, "card");
  gtk_widget_add_css_class (table, "facts");
  for (guint i = 0; i < group->facts->len; i++)
    {
      GtkWidget *line = first_line (group->facts->pdata[i]);
      GtkWidget *value = gtk_widget_get_last_child (line);

      gtk_label_set_selectable (GTK_LABEL (value), TRUE);
      gtk_widget_set_can_focus (value, FALSE);
      gtk_box_append (GTK_BOX (table), line);
    }
  return table;
}

static gboolean
is_table (const SmithFactGroup *group)
{
  for (guint i = 0; i < group->facts->len; i++)
    {
      const SmithFact *fact = group->facts->pdata[i];

      if (fact->detail != NULL || fact->tensor >= 0 || fact->op >= 0)
        return FALSE;
    }
  return TRUE;
}

static void
add_group (SmithInspector *self, const SmithFactGroup *group)
{
  gtk_box_append (self->groups, label_new (group->title, "heading", FALSE));
  gtk_box_append (self->groups, is_table (group) ? table_new (group) : list_new (self, group));
}

/* ---- Content ----------------------------------------------------------------------------------
 */

static gboolean
is_computed (SmithInspector *self, SmithPick pick)
{
  SmithNet *net = smith_document_get_net (self->document);

  return pick.kind == SMITH_PICK_TENSOR && net != NULL && net->tensors[pick.index].producer >= 0;
}

static void
forget_refresh (SmithInspector *self)
{
  g_clear_handle_id (&self->refresh, g_source_remove);
  g_clear_handle_id (&self->deadline, g_source_remove);
}

static gboolean
refresh_cb (gpointer data)
{
  SmithInspector *self = data;
  SmithPick pick = smith_document_get_pick (self->document);
  g_autoptr (SmithFacts) facts = smith_engine_facts (self->document);
  GtkWidget *child;

  gboolean had_focus = smith_take_focus_from (GTK_WIDGET (self->groups));

  forget_refresh (self);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->groups))) != NULL)
    gtk_box_remove (self->groups, child);
  gtk_label_set_label (self->title, facts->title);
  gtk_label_set_label (self->subtitle, facts->subtitle);
  gtk_widget_set_visible (GTK_WIDGET (self->subtitle),
                          facts->subtitle != NULL && facts->subtitle[0] != '\0');
  gtk_widget_set_visible (self->unfold, pick.kind == SMITH_PICK_GROUP);
  gtk_widget_set_visible (self->rename_button, pick.kind == SMITH_PICK_TENSOR);
  gtk_widget_set_visible (self->cut_box, is_computed (self, pick));
  for (guint i = 0; i < facts->groups->len; i++)
    add_group (self, facts->groups->pdata[i]);
  if (pick.kind == SMITH_PICK_TENSOR)
    smith_tensor_panel_show (self->panel, smith_document_get_model (self->document),
                             smith_document_get_subgraph (self->document), pick.index);
  else
    smith_tensor_panel_clear (self->panel);
  smith_explain_panel_update (self->explain, self->document);
  smith_tensor_actions_set_inspected (self->actions, self->document);
  if (had_focus)
    gtk_widget_child_focus (GTK_WIDGET (self->groups), GTK_DIR_TAB_FORWARD);
  gtk_adjustment_set_value (
    gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller)), 0);
  if (self->wants_explanation)
    smith_explain_panel_start (self->explain);
  self->wants_explanation = FALSE;
  return G_SOURCE_REMOVE;
}

/* After the next frame, so that a walk with the arrow keys stays quick. While something moves,
 * frames that take long leave no time for what waits for them: then the deadline counts. */
static void
queue_refresh (SmithInspector *self)
{
  if (self->refresh != 0)
    return;
  self->refresh = g_idle_add_full (G_PRIORITY_LOW, refresh_cb, self, NULL);
  self->deadline = g_timeout_add (DEADLINE_MS, refresh_cb, self);
}

void
smith_inspector_explain (SmithInspector *self)
{
  g_return_if_fail (SMITH_IS_INSPECTOR (self));

  self->wants_explanation = TRUE;
  queue_refresh (self);
}

static void
unfold_cb (SmithInspector *self)
{
  SmithPick pick = smith_document_get_pick (self->document);

  if (pick.kind == SMITH_PICK_GROUP)
    smith_document_toggle_group (self->document, pick.index);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_inspector_dispose (GObject *object)
{
  SmithInspector *self = SMITH_INSPECTOR (object);

  forget_refresh (self);
  if (self->document != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->document, self);
      g_clear_object (&self->document);
    }
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_INSPECTOR);

  G_OBJECT_CLASS (smith_inspector_parent_class)->dispose (object);
}

static void
smith_inspector_class_init (SmithInspectorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_TENSOR_PANEL);
  g_type_ensure (SMITH_TYPE_EXPLAIN_PANEL);
  g_type_ensure (SMITH_TYPE_RENAME);
  g_type_ensure (SMITH_TYPE_TENSOR_ACTIONS);
  G_OBJECT_CLASS (klass)->dispose = smith_inspector_dispose;
  gtk_widget_class_set_css_name (widget_class, "inspector");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-inspector.ui");
  gtk_widget_class_bind_template_child (widget_class, SmithInspector, title);
  gtk_widget_class_bind_template_child (widget_class, SmithInspector, subtitle);
  gtk_widget_class_bind_template_child (widget_class, SmithInspector, groups);
  gtk_widget_class_bind_template_child (widget_class, SmithInspector, scroller);
  gtk_widget_class_bind_template_child (widget_class, SmithInspector, unfold);
  gtk_widget_class_bind_template_child (widget_class, SmithInspector, panel);
  gtk_widget_class_bind_template_child (widget_class, SmithInspector, explain);
  gtk_widget_class_bind_template_child (widget_class, SmithInspector, actions);
  gtk_widget_class_bind_template_child (widget_class, SmithInspector, rename_button);
  gtk_widget_class_bind_template_child (widget_class, SmithInspector, rename);
  gtk_widget_class_bind_template_child (widget_class, SmithInspector, cut_box);
  gtk_widget_class_bind_template_callback (widget_class, unfold_cb);
}

static void
smith_inspector_init (SmithInspector *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
smith_inspector_set_document (SmithInspector *self, SmithDocument *document)
{
  g_return_if_fail (SMITH_IS_INSPECTOR (self));

  self->document = g_object_ref (document);
  smith_rename_set_document (self->rename, document);
  g_signal_connect_swapped (document, "picked", G_CALLBACK (queue_refresh), self);
  queue_refresh (self);
}

/* A popover over a button that is scrolled away has no room to be in: first comes the button. */
static gboolean
rename_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  SmithInspector *self = SMITH_INSPECTOR (widget);

  if (--self->rename_wait > 0)
    return G_SOURCE_CONTINUE;
  gtk_menu_button_popup (GTK_MENU_BUTTON (self->rename_button));
  return G_SOURCE_REMOVE;
}

void
smith_inspector_rename (SmithInspector *self)
{
  g_return_if_fail (SMITH_IS_INSPECTOR (self));

  if (smith_document_get_pick (self->document).kind != SMITH_PICK_TENSOR || self->rename_wait > 0)
    return;
  gtk_adjustment_set_value (
    gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scroller)), 0);
  self->rename_wait = FRAMES_TO_SCROLL;
  gtk_widget_add_tick_callback (GTK_WIDGET (self), rename_cb, NULL, NULL);
}
