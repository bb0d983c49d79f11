#include "smith-document-view.h"
#include "bench-page/smith-bench-page.h"
#include "check-page/smith-check-page.h"
#include "compare-page/smith-compare-page.h"
#include "convert-page/smith-convert-page.h"
#include "edit/smith-edit-dialog.h"
#include "graph/smith-graph-page.h"
#include "inspect/smith-inspector.h"
#include "run-page/smith-run-page.h"
#include "smith-engine-edit.h"
#include "smith-engine-save.h"
#include "smith-files.h"
#include "smith-flap.h"
#include "smith-settings.h"

#include <adwaita.h>
#include <glib/gi18n.h>

struct _SmithDocumentView
{
  GtkWidget parent_instance;

  AdwFlap *flap;
  GtkStack *stack;
  SmithInspector *inspector;

  SmithDocument *document;
  GSimpleActionGroup *actions;
  GtkWidget *graph_page;
  gboolean wants_inspector; /* on the pages that have it */
  gboolean closes;          /* once it is saved */
};

G_DEFINE_FINAL_TYPE (SmithDocumentView, smith_document_view, GTK_TYPE_WIDGET)

/* ---- Pages ------------------------------------------------------------------------------------
 */

static const struct
{
  const char *name;
  GtkWidget *(*create) (SmithDocument *document);
  gboolean has_inspector;
} pages[] = {
  { "graph", smith_graph_page_new, TRUE },      { "check", smith_check_page_new, TRUE },
  { "convert", smith_convert_page_new, FALSE }, { "run", smith_run_page_new, FALSE },
  { "benchmark", smith_bench_page_new, TRUE },  { "compare", smith_compare_page_new, TRUE },
};

static void update_actions (SmithDocumentView *self);

static gboolean
has_inspector (const char *page)
{
  for (size_t i = 0; i < G_N_ELEMENTS (pages); i++)
    if (g_str_equal (pages[i].name, page))
      return pages[i].has_inspector;
  return FALSE;
}

static GtkWidget *
ensure_page (SmithDocumentView *self, const char *name)
{
  GtkWidget *page = gtk_stack_get_child_by_name (self->stack, name);

  for (size_t i = 0; page == NULL && i < G_N_ELEMENTS (pages); i++)
    if (g_str_equal (pages[i].name, name))
      {
        page = pages[i].create (self->document);
        gtk_stack_add_named (self->stack, page, name);
        if (g_str_equal (name, "graph"))
          self->graph_page = page;
      }
  return page;
}

/* A page that was shown keeps its size in GTK 4.8: hidden, it is gone for screen readers too. */
static void
hide_others (SmithDocumentView *self, GtkWidget *shown)
{
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->stack)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    gtk_widget_set_visible (child, child == shown);
}

static void
update_inspector (SmithDocumentView *self)
{
  const char *page = gtk_stack_get_visible_child_name (self->stack);
  gboolean is_offered = page != NULL && has_inspector (page);
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), "show-inspector");

  gtk_widget_set_visible (GTK_WIDGET (self->inspector), is_offered);
  smith_flap_reveal (self->flap, is_offered && self->wants_inspector);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), is_offered);
  update_actions (self);
}

void
smith_document_view_show_page (SmithDocumentView *self, const char *name)
{
  GtkWidget *page;

  g_return_if_fail (SMITH_IS_DOCUMENT_VIEW (self));

  page = ensure_page (self, name);
  if (page == NULL)
    return;
  gtk_widget_set_visible (page, TRUE);
  gtk_stack_set_visible_child (self->stack, page);
  hide_others (self, page);
  update_inspector (self);
}

void
smith_document_view_bench_on (SmithDocumentView *self, unsigned device)
{
  g_return_if_fail (SMITH_IS_DOCUMENT_VIEW (self));

  smith_bench_page_start_on (SMITH_BENCH_PAGE (ensure_page (self, "benchmark")), device);
}

/* ---- Actions ----------------------------------------------------------------------------------
 */

static void
back_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  smith_document_go (SMITH_DOCUMENT_VIEW (data)->document, -1);
}

static void
forward_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  smith_document_go (SMITH_DOCUMENT_VIEW (data)->document, 1);
}

static void
show_inspector_cb (GSimpleAction *action, GVariant *value, gpointer data)
{
  SmithDocumentView *self = data;

  self->wants_inspector = g_variant_get_boolean (value);
  g_simple_action_set_state (action, value);
  smith_settings_set_boolean ("show-inspector", self->wants_inspector);
  update_inspector (self);
}

static void
reveal_changed_cb (SmithDocumentView *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), "show-inspector");
  gboolean is_shown = adw_flap_get_reveal_flap (self->flap);
  const char *page = gtk_stack_get_visible_child_name (self->stack);

  if (page == NULL || !has_inspector (page))
    return;
  self->wants_inspector = is_shown;
  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (is_shown));
}

static void
focus_inspector_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithDocumentView *self = data;

  smith_flap_reveal (self->flap, TRUE);
  gtk_widget_child_focus (GTK_WIDGET (self->inspector), GTK_DIR_TAB_FORWARD);
}

static void
focus_graph_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithDocumentView *self = data;

  if (self->graph_page != NULL && gtk_widget_get_visible (self->graph_page))
    smith_graph_page_focus_graph (SMITH_GRAPH_PAGE (self->graph_page));
}

/* Keys of the graph work wherever the focus is: they are handed on to its page. */
static void
forward_to_graph_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithDocumentView *self = data;
  const char *name = g_action_get_name (G_ACTION (action));
  g_autofree char *full = g_strconcat ("graph.", name, NULL);

  if (self->graph_page == NULL || !gtk_widget_get_mapped (self->graph_page))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.page", "s", "graph");
  gtk_widget_activate_action (self->graph_page, full, NULL);
}

static void
step_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithDocumentView *self = data;

  if (self->graph_page != NULL)
    gtk_widget_activate_action (self->graph_page, "graph.step", "i",
                                g_variant_get_int32 (parameter));
}

static GtkWidget *
find_named (GtkWidget *widget, const char *name)
{
  GtkWidget *found = g_str_equal (gtk_widget_get_name (widget), name) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_named (child, name);
  return found;
}

/* A page's template names the buttons that the keys press as the actions are named. */
static void
press_on_page_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithDocumentView *self = data;
  GtkWidget *page = gtk_stack_get_visible_child (self->stack);
  GtkWidget *button = find_named (page, g_action_get_name (G_ACTION (action)));

  if (button != NULL && gtk_widget_get_mapped (button) && gtk_widget_is_sensitive (button))
    gtk_widget_activate (button);
}

static void
show_in_graph_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_widget_activate_action (GTK_WIDGET (data), "win.page", "s", "graph");
}

/* The model and another file, on a folder or a file of samples (or ""), or side by side. */
static void
compare_with_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithDocumentView *self = data;
  g_autoptr (GFile) file = NULL;
  const char *uri, *samples;
  gboolean has_sides;

  g_variant_get (parameter, "(&s&sb)", &uri, &samples, &has_sides);
  file = g_file_new_for_uri (uri);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.page", "s", "compare");
  smith_compare_page_start_with (SMITH_COMPARE_PAGE (ensure_page (self, "compare")), file,
                                 samples[0] != '\0' ? samples : NULL, has_sides);
}

/* Where the person is, so that several culprits can be kept one after the other. */
static void
keep_float_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  smith_convert_page_keep_float (SMITH_CONVERT_PAGE (ensure_page (data, "convert")),
                                 g_variant_get_string (parameter, NULL));
}

static void
show_range_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_widget_activate_action (GTK_WIDGET (data), "win.page", "s", "convert");
  smith_convert_page_show_range (SMITH_CONVERT_PAGE (ensure_page (data, "convert")),
                                 g_variant_get_string (parameter, NULL));
}

/* The operator that is selected: beside what is shown, or on the graph. */
static void
explain_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithDocumentView *self = data;

  if (!has_inspector (gtk_stack_get_visible_child_name (self->stack)))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.page", "s", "graph");
  smith_flap_reveal (self->flap, TRUE);
  smith_inspector_explain (self->inspector);
}

/* ---- Saving -----------------------------------------------------------------------------------
 */

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithDocumentView) self = data;
  g_autoptr (GError) error = NULL;

  if (smith_engine_write_finish (result, &error))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Saved"));
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.error", "(ss)",
                                _ ("The file could not be saved"), error->message);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SmithDocumentView) self = data;
  g_autoptr (GError) error = NULL;

  if (!smith_engine_save_finish (result, &error))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.error", "(ss)",
                                _ ("The file could not be saved"), error->message);
  else if (self->closes)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.close-saved", NULL);
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Saved"));
}

static void
save_chosen_cb (GFile *file, gpointer data)
{
  SmithDocumentView *self = data;

  smith_engine_save_async (smith_document_get_model (self->document), file, saved_cb,
                           g_object_ref (self));
}

static void
export_chosen_cb (GFile *file, gpointer data)
{
  SmithDocumentView *self = data;

  smith_engine_export_graph_async (smith_document_get_model (self->document),
                                   smith_document_get_subgraph (self->document), file, written_cb,
                                   g_object_ref (self));
}

/* Another name than the source's, so that nothing is lost by accident. */
static char *
suggested_name (SmithModel *model)
{
  const char *title = smith_model_get_title (model);
  gboolean is_other = smith_model_is_modified (model) && strstr (title, "-edited") == NULL;

  return smith_derived_name (title, is_other ? "-edited" : "", ".tflite");
}

void
smith_document_view_save (SmithDocumentView *self, gboolean closes)
{
  SmithModel *model;
  g_autofree char *name = NULL;

  g_return_if_fail (SMITH_IS_DOCUMENT_VIEW (self));

  model = smith_document_get_model (self->document);
  name = suggested_name (model);
  self->closes = closes;
  smith_choose_target (self, _ ("Save As"), SMITH_FILES_SAVED_MODELS, name, save_chosen_cb);
}

static void
save_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  smith_document_view_save (data, FALSE);
}

static void
rename_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithDocumentView *self = data;

  smith_flap_reveal (self->flap, TRUE);
  smith_inspector_rename (self->inspector);
}

/* Before or after the tensor that is selected. */
static void
cut_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithDocumentView *self = data;
  SmithModel *model = smith_document_get_model (self->document);
  unsigned subgraph = smith_document_get_subgraph (self->document);
  SmithPick pick = smith_document_get_pick (self->document);
  gboolean is_until = g_str_equal (g_action_get_name (G_ACTION (action)), "cut-until");
  g_autoptr (GError) error = NULL;

  if (pick.kind != SMITH_PICK_TENSOR)
    return;
  if (is_until ? smith_engine_cut_until (model, subgraph, pick.index, &error)
               : smith_engine_cut_from (model, subgraph, pick.index, &error))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s",
                                _ ("Cut. Undo brings the rest back."));
  else
    gtk_widget_activate_action (GTK_WIDGET (self), "win.error", "(ss)",
                                _ ("The model cannot be cut here"), error->message);
}

static void
edit_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithDocumentView *self = data;

  smith_edit_dialog_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->document);
}

static gboolean
can_cut (SmithDocumentView *self)
{
  SmithPick pick = smith_document_get_pick (self->document);
  SmithNet *net = smith_document_get_net (self->document);

  return pick.kind == SMITH_PICK_TENSOR && net != NULL && !net->tensors[pick.index].is_constant
         && net->tensors[pick.index].producer >= 0;
}

/* A file that was written where there was none goes again. */
static void
unwrite_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_uri (g_variant_get_string (parameter, NULL));
  g_autoptr (GError) error = NULL;

  if (g_file_delete (file, NULL, &error))
    gtk_widget_activate_action (GTK_WIDGET (data), "win.toast", "s",
                                _ ("Taken back: the file is gone again"));
  else
    gtk_widget_activate_action (GTK_WIDGET (data), "win.error", "(ss)",
                                _ ("The file could not be taken back"), error->message);
}

static void
export_graph_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithDocumentView *self = data;
  g_autofree char *name
    = g_strconcat (smith_model_get_title (smith_document_get_model (self->document)), ".svg", NULL);

  smith_choose_target (self, _ ("Export the Graph"), SMITH_FILES_PICTURES, name, export_chosen_cb);
}

static void
undo_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SmithDocumentView *self = data;

  smith_engine_undo (smith_document_get_model (self->document),
                     g_str_equal (g_action_get_name (G_ACTION (action)), "undo") ? -1 : 1);
}

static void
set_enabled (SmithDocumentView *self, const char *name, gboolean is_enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), is_enabled);
}

static void
update_actions (SmithDocumentView *self)
{
  SmithModel *model;

  if (self->document == NULL)
    return;
  model = smith_document_get_model (self->document);
  set_enabled (self, "back", smith_document_can_go (self->document, -1));
  set_enabled (self, "forward", smith_document_can_go (self->document, 1));
  set_enabled (self, "rename",
               smith_document_get_pick (self->document).kind == SMITH_PICK_TENSOR
                 && gtk_widget_get_visible (GTK_WIDGET (self->inspector)));
  set_enabled (self, "cut-until", can_cut (self));
  set_enabled (self, "cut-from", can_cut (self));
  set_enabled (self, "undo", smith_engine_can_undo (model, -1));
  set_enabled (self, "redo", smith_engine_can_undo (model, 1));
}

static void
add_actions (SmithDocumentView *self)
{
  static const GActionEntry entries[] = {
    { .name = "back", .activate = back_cb },
    { .name = "forward", .activate = forward_cb },
    { .name = "show-inspector", .state = "true", .change_state = show_inspector_cb },
    { .name = "focus-inspector", .activate = focus_inspector_cb },
    { .name = "focus-graph", .activate = focus_graph_cb },
    { .name = "search", .activate = forward_to_graph_cb },
    { .name = "zoom-in", .activate = forward_to_graph_cb },
    { .name = "zoom-out", .activate = forward_to_graph_cb },
    { .name = "zoom-fit", .activate = forward_to_graph_cb },
    { .name = "zoom-one", .activate = forward_to_graph_cb },
    { .name = "toggle-layers", .activate = forward_to_graph_cb },
    { .name = "toggle-legend", .activate = forward_to_graph_cb },
    { .name = "toggle-minimap", .activate = forward_to_graph_cb },
    { .name = "fold-all", .activate = forward_to_graph_cb },
    { .name = "unfold-all", .activate = forward_to_graph_cb },
    { .name = "page-start", .activate = press_on_page_cb },
    { .name = "page-save", .activate = press_on_page_cb },
    { .name = "step", .parameter_type = "i", .activate = step_cb },
    { .name = "show-in-graph", .activate = show_in_graph_cb },
    { .name = "compare-with", .parameter_type = "(ssb)", .activate = compare_with_cb },
    { .name = "keep-float", .parameter_type = "s", .activate = keep_float_cb },
    { .name = "show-range", .parameter_type = "s", .activate = show_range_cb },
    { .name = "explain", .activate = explain_cb },
    { .name = "save", .activate = save_cb },
    { .name = "export-graph", .activate = export_graph_cb },
    { .name = "rename", .activate = rename_cb },
    { .name = "edit", .activate = edit_cb },
    { .name = "cut-until", .activate = cut_cb },
    { .name = "cut-from", .activate = cut_cb },
    { .name = "unwrite", .parameter_type = "s", .activate = unwrite_cb },
    { .name = "undo", .activate = undo_cb },
    { .name = "redo", .activate = undo_cb },
  };

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_document_view_dispose (GObject *object)
{
  SmithDocumentView *self = SMITH_DOCUMENT_VIEW (object);

  if (self->document != NULL)
    g_signal_handlers_disconnect_by_data (self->document, self);
  gtk_widget_dispose_template (GTK_WIDGET (self), SMITH_TYPE_DOCUMENT_VIEW);
  self->graph_page = NULL;
  g_clear_object (&self->document);
  g_clear_object (&self->actions);

  G_OBJECT_CLASS (smith_document_view_parent_class)->dispose (object);
}

static void
smith_document_view_class_init (SmithDocumentViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (SMITH_TYPE_INSPECTOR);
  G_OBJECT_CLASS (klass)->dispose = smith_document_view_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
    widget_class, "/io/github/litesmith/Litesmith/ui/smith-document-view.ui");
  gtk_widget_class_bind_template_child (widget_class, SmithDocumentView, flap);
  gtk_widget_class_bind_template_child (widget_class, SmithDocumentView, stack);
  gtk_widget_class_bind_template_child (widget_class, SmithDocumentView, inspector);
  gtk_widget_class_bind_template_callback (widget_class, reveal_changed_cb);
}

static void
smith_document_view_init (SmithDocumentView *self)
{
  add_actions (self);
  gtk_widget_init_template (GTK_WIDGET (self));
  self->wants_inspector = smith_settings_get_boolean ("show-inspector", TRUE);
  g_action_group_change_action_state (G_ACTION_GROUP (self->actions), "show-inspector",
                                      g_variant_new_boolean (self->wants_inspector));
}

SmithDocumentView *
smith_document_view_new (SmithModel *model)
{
  SmithDocumentView *self = g_object_new (SMITH_TYPE_DOCUMENT_VIEW, NULL);

  self->document = smith_document_new (model);
  g_signal_connect_swapped (self->document, "picked", G_CALLBACK (update_actions), self);
  smith_inspector_set_document (self->inspector, self->document);
  smith_document_view_show_page (self, "graph");
  update_actions (self);
  return self;
}

SmithDocument *
smith_document_view_get_document (SmithDocumentView *self)
{
  return self->document;
}

GActionGroup *
smith_document_view_get_actions (SmithDocumentView *self)
{
  return G_ACTION_GROUP (self->actions);
}
