#include "smith-operators-window.h"
#include "smith-engine-operators.h"
#include "smith-rows.h"

#include <glib/gi18n.h>
#include <string.h>

struct _SmithOperatorsWindow
{
  AdwWindow parent_instance;

  GtkSearchEntry *search;
  GtkListView *list;
  GtkStack *stack;
  GtkLabel *count;

  GtkFilterListModel *listed;
  GtkFilter *filter;
};

G_DEFINE_FINAL_TYPE (SmithOperatorsWindow, smith_operators_window, ADW_TYPE_WINDOW)

/* ---- Rows -------------------------------------------------------------------------------------
 */

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *version = smith_text_new (NULL, TRUE);

  gtk_label_set_wrap (GTK_LABEL (version), FALSE);
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (texts), smith_text_new (NULL, FALSE));
  gtk_box_append (GTK_BOX (texts), smith_text_new (NULL, TRUE));
  gtk_box_append (GTK_BOX (box), texts);
  gtk_box_append (GTK_BOX (box), version);
  gtk_list_item_set_activatable (item, FALSE);
  gtk_list_item_set_child (item, box);
}

static char *
version_text (SmithOperator *op)
{
  int version = smith_operator_get_version (op);

  if (smith_operator_is_custom (op))
    return g_strdup (_ ("custom"));
  /* Translators: of an operator. */
  return version > 0 ? g_strdup_printf (_ ("up to version %d"), version) : g_strdup ("");
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
  SmithOperator *op = gtk_list_item_get_item (item);
  GtkWidget *texts = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  GtkWidget *name = gtk_widget_get_first_child (texts);
  GtkWidget *types = gtk_widget_get_next_sibling (name);
  g_autofree char *version = version_text (op);

  gtk_label_set_label (GTK_LABEL (name), smith_operator_get_name (op));
  gtk_label_set_label (GTK_LABEL (types), smith_operator_can_run (op)
                                            ? smith_operator_get_types (op)
                                            : _ ("is shown and converted, and does not run here"));
  gtk_label_set_label (GTK_LABEL (gtk_widget_get_next_sibling (texts)), version);
}

/* ---- Search -----------------------------------------------------------------------------------
 */

/* Every word stands in the name or among the types. */
static gboolean
matches (gpointer item, gpointer data)
{
  SmithOperatorsWindow *self = data;
  g_autofree char *text
    = g_strconcat (smith_operator_get_name (item), " ", smith_operator_get_types (item), NULL);
  g_autofree char *folded = g_utf8_casefold (text, -1);
  g_autofree char *wanted
    = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search)), -1);
  g_auto (GStrv) words = g_strsplit (wanted, " ", -1);

  for (char **word = words; *word != NULL; word++)
    if (strstr (folded, *word) == NULL)
      return FALSE;
  return TRUE;
}

static void
update (SmithOperatorsWindow *self)
{
  guint n_listed = g_list_model_get_n_items (G_LIST_MODEL (self->listed)), n_run = 0;
  g_autofree char *text = NULL;

  for (guint i = 0; i < n_listed; i++)
    {
      g_autoptr (SmithOperator) op = g_list_model_get_item (G_LIST_MODEL (self->listed), i);

      n_run += smith_operator_can_run (op);
    }
  /* Translators: of the operators that are listed. */
  text = g_strdup_printf (ngettext ("%u of %u operator runs", "%u of %u operators run", n_listed),
                          n_run, n_listed);
  gtk_label_set_label (self->count, text);
  gtk_stack_set_visible_child_name (self->stack, n_listed > 0 ? "list" : "nothing");
}

static void
search_cb (SmithOperatorsWindow *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update (self);
}

/* Escape empties the search first, and closes then. */
static void
stop_cb (SmithOperatorsWindow *self)
{
  if (gtk_editable_get_text (GTK_EDITABLE (self->search))[0] != '\0')
    gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  else
    gtk_window_close (GTK_WINDOW (self));
}

unsigned
smith_operators_window_n_listed (SmithOperatorsWindow *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->listed));
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_operators_window_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), SMITH_TYPE_OPERATORS_WINDOW);

  G_OBJECT_CLASS (smith_operators_window_parent_class)->dispose (object);
}

static void
smith_operators_window_class_init (SmithOperatorsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_operators_window_dispose;
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-operators-window.ui");
  gtk_widget_class_bind_template_child (widget_class, SmithOperatorsWindow, search);
  gtk_widget_class_bind_template_child (widget_class, SmithOperatorsWindow, list);
  gtk_widget_class_bind_template_child (widget_class, SmithOperatorsWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, SmithOperatorsWindow, count);
  gtk_widget_class_bind_template_callback (widget_class, search_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
smith_operators_window_init (SmithOperatorsWindow *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkNoSelection) selection = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  smith_list_is_one_stop (GTK_WIDGET (self->list));
  self->filter = GTK_FILTER (gtk_custom_filter_new (matches, self, NULL));
  self->listed = gtk_filter_list_model_new (smith_engine_operators (), self->filter);
  selection = gtk_no_selection_new (G_LIST_MODEL (self->listed));
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));
  g_object_unref (factory);
  update (self);
}

void
smith_operators_window_show (GtkWindow *parent)
{
  SmithOperatorsWindow *self
    = g_object_new (SMITH_TYPE_OPERATORS_WINDOW, "transient-for", parent, NULL);

  gtk_widget_grab_focus (GTK_WIDGET (self->search));
  gtk_window_present (GTK_WINDOW (self));
}
