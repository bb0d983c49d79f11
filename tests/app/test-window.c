/* The window on a screen of its own: opens, shows a sample, keeps it when a later open fails. */
#include "graph/smith-graph-view.h"
#include "help/smith-operators-window.h"
#include "inspect/smith-explain-panel.h"
#include "inspect/smith-inspector.h"
#include "smith-application.h"
#include "smith-document-view.h"
#include "smith-progress.h"
#include "window-fixture.h"

static void
window_opens_and_closes (void)
{
  SmithWindow *window = window_new ();

  g_assert_null (smith_window_get_view (window));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
sample_is_drawn (void)
{
  SmithWindow *window = window_new ();
  SmithGraphView *view;

  window_open_sample (window, "digits-int8.tflite");
  view = SMITH_GRAPH_VIEW (find_widget (GTK_WIDGET (window), SMITH_TYPE_GRAPH_VIEW));
  WAIT_FOR (smith_graph_view_get_scene (view) != NULL);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (view));
  g_assert_cmpuint (smith_graph_view_get_scene (view)->n_boxes, >, 5);
  gtk_test_accessible_assert_role (view, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Every operator and tensor in turn: the inspector has something to say of each. */
static void
everything_can_be_inspected (void)
{
  SmithWindow *window = window_new ();
  SmithDocument *document;
  SmithNet *net;

  document = smith_document_view_get_document (
    window_open_sample (window, "digits-sparse-float16.tflite"));
  net = smith_document_get_net (document);
  for (uint32_t i = 0; i < net->n_ops; i++)
    {
      smith_document_pick (document, SMITH_PICK_OP, (int) i, TRUE);
      settle (20);
    }
  for (uint32_t t = 0; t < net->n_tensors; t++)
    {
      smith_document_pick (document, SMITH_PICK_TENSOR, (int) t, TRUE);
      settle (60);
    }
  smith_document_go (document, -1);
  g_assert_cmpint (smith_document_get_pick (document).index, ==, (int) net->n_tensors - 2);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* A row of the inspector that leads to another selection is gone afterwards; the keyboard is not.
 */
static void
focus_outlives_the_rows_it_was_on (void)
{
  SmithWindow *window = window_new ();
  SmithDocument *document;
  GtkWidget *inspector, *focus;

  document = smith_document_view_get_document (window_open_sample (window, "digits.tflite"));
  smith_document_pick (document, SMITH_PICK_OP, 0, TRUE);
  inspector = find_widget (GTK_WIDGET (window), SMITH_TYPE_INSPECTOR);
  WAIT_FOR (find_widget (inspector, GTK_TYPE_LIST_BOX_ROW) != NULL);
  gtk_widget_grab_focus (find_widget (inspector, GTK_TYPE_LIST_BOX_ROW));
  g_assert_nonnull (gtk_window_get_focus (GTK_WINDOW (window)));
  smith_document_pick (document, SMITH_PICK_TENSOR, 1, TRUE);
  settle (200);
  focus = gtk_window_get_focus (GTK_WINDOW (window));
  g_assert_true (focus == NULL || gtk_widget_get_root (focus) == GTK_ROOT (window));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Tab comes out of the inspector again: nothing in it takes a focus that it cannot have. */
static void
tab_leaves_the_inspector (void)
{
  SmithWindow *window = window_new ();
  GtkWidget *inspector, *focus;
  int n = 0;

  window_open_sample (window, "digits.tflite");
  inspector = find_widget (GTK_WIDGET (window), SMITH_TYPE_INSPECTOR);
  WAIT_FOR (find_widget (inspector, GTK_TYPE_LIST_BOX_ROW) != NULL);
  gtk_widget_grab_focus (find_widget (inspector, GTK_TYPE_LIST_BOX_ROW));
  focus = gtk_window_get_focus (GTK_WINDOW (window));
  g_assert_true (gtk_widget_is_ancestor (focus, inspector));
  for (; n < 100 && gtk_widget_is_ancestor (focus, inspector); n++)
    {
      gtk_widget_child_focus (GTK_WIDGET (window), GTK_DIR_TAB_FORWARD);
      focus = gtk_window_get_focus (GTK_WINDOW (window));
    }
  g_assert_cmpint (n, <, 100);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* What the panel says of an element is what the engine computed, for every operator it offers. */
static void
elements_are_explained (void)
{
  SmithWindow *window = window_new ();
  SmithDocument *document;
  GtkWidget *panel;
  unsigned n_explained = 0;

  document = smith_document_view_get_document (window_open_sample (window, "digits-int8.tflite"));
  panel = find_widget (GTK_WIDGET (window), SMITH_TYPE_EXPLAIN_PANEL);
  for (uint32_t i = 0; i < smith_document_get_net (document)->n_ops; i++)
    {
      smith_document_pick (document, SMITH_PICK_OP, (int) i, TRUE);
      settle (300);
      if (!gtk_widget_get_visible (panel))
        continue;
      press (panel, "Explain");
      WAIT_FOR (find_button (panel, "Save Explanation") != NULL);
      n_explained++;
    }
  g_assert_cmpuint (n_explained, >, 0);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
dragged_cb (GObject *provider, GAsyncResult *result, gpointer data)
{
  g_assert_true (
    gdk_content_provider_write_mime_type_finish (GDK_CONTENT_PROVIDER (provider), result, NULL));
  *(gboolean *) data = TRUE;
}

/* Drags @button as far as the pointer would: who takes the drop gets the URI of a file with
 * something in it. */
static void
drag_out (GtkWidget *button, const char *ending)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (button);
  g_autoptr (GOutputStream) stream = g_memory_output_stream_new_resizable ();
  g_autoptr (GdkContentProvider) provider = NULL;
  g_autofree char *uri = NULL, *path = NULL, *contents = NULL;
  gboolean is_done = FALSE;
  size_t size;

  for (guint i = 0; i < g_list_model_get_n_items (controllers) && provider == NULL; i++)
    {
      g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_DRAG_SOURCE (controller))
        g_signal_emit_by_name (controller, "prepare", 1.0, 1.0, &provider);
    }
  g_assert_nonnull (provider);
  gdk_content_provider_write_mime_type_async (provider, "text/uri-list", stream, 0, NULL,
                                              dragged_cb, &is_done);
  WAIT_FOR (is_done);
  uri = g_strndup (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (stream)),
                   g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (stream)));
  g_assert_true (g_str_has_suffix (uri, "\r\n"));
  g_strchomp (uri);
  g_assert_true (g_str_has_suffix (uri, ending));
  path = g_filename_from_uri (uri, NULL, NULL);
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_cmpuint (size, >, 100);
}

static GtkWidget *
find_action (GtkWidget *root, const char *action)
{
  GtkWidget *found = NULL;

  if (GTK_IS_BUTTON (root)
      && g_strcmp0 (gtk_actionable_get_action_name (GTK_ACTIONABLE (root)), action) == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_action (child, action);
  return found;
}

static void
files_can_be_dragged_out (void)
{
  SmithWindow *window = window_new ();
  SmithDocument *document;

  document = smith_document_view_get_document (window_open_sample (window, "digits.tflite"));
  for (int t = 0; find_button (GTK_WIDGET (window), "Save Tensor") == NULL; t++)
    {
      smith_document_pick (document, SMITH_PICK_TENSOR, t, TRUE);
      settle (300);
    }
  drag_out (find_button (GTK_WIDGET (window), "Save Tensor"), ".npy");
  drag_out (find_action (GTK_WIDGET (window), "doc.export-graph"), ".svg");
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
failed_open_keeps_what_was_open (void)
{
  SmithWindow *window = window_new ();
  g_autoptr (GFile) good = sample ("digits.tflite");
  g_autoptr (GFile) bad = sample ("README.md");
  GtkWidget *revealer;

  smith_window_open (window, good);
  WAIT_FOR (smith_window_get_view (window) != NULL);
  revealer = find_widget (GTK_WIDGET (window), GTK_TYPE_REVEALER);
  smith_window_open (window, bad);
  WAIT_FOR (gtk_widget_get_visible (revealer));
  g_assert_nonnull (smith_window_get_view (window));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* The work goes on while its page and window are gone: its result is nobody's. */
static void
closing_forgets_what_is_under_way (void)
{
  SmithWindow *window = window_new ();
  GtkWidget *progress;

  window_open_sample (window, "digits.tflite");
  smith_window_show_page (window, "benchmark");
  progress = find_widget (GTK_WIDGET (window), SMITH_TYPE_PROGRESS);
  press (GTK_WIDGET (window), "Start");
  g_assert_true (smith_progress_is_active (SMITH_PROGRESS (progress)));
  gtk_window_destroy (GTK_WINDOW (window));
  settle (500);
}

static void
benchmark_shows_its_results (void)
{
  SmithWindow *window = window_new ();
  GtkWidget *export;

  window_open_sample (window, "digits.tflite");
  smith_window_show_page (window, "benchmark");
  export = find_button (GTK_WIDGET (window), "Export");
  g_assert_false (gtk_widget_get_sensitive (export));
  press (GTK_WIDGET (window), "Start");
  WAIT_FOR (gtk_widget_get_sensitive (export));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* "<Control>1...7" stands for seven of them. */
static gboolean
is_told (const char *overlay, const char *accel)
{
  g_autofree char *text = g_markup_escape_text (accel, -1);
  g_autofree char *range = g_strdup_printf ("%.*s1...7<", (int) strlen (text) - 1, text);
  const char *place = strstr (overlay, text);

  if (g_ascii_isdigit (accel[strlen (accel) - 1]) && strstr (overlay, range) != NULL)
    return TRUE;
  for (; place != NULL; place = strstr (place + 1, text))
    if ((place[-1] == '>' || place[-1] == ' ')
        && (place[strlen (text)] == '<' || place[strlen (text)] == ' '))
      return TRUE;
  return FALSE;
}

/* The first shortcut of every action stands in the shortcuts window. */
static void
shortcuts_are_told (void)
{
  g_autoptr (SmithApplication) application = smith_application_new ();
  g_autoptr (GBytes) bytes = g_resources_lookup_data (
    "/io/github/litesmith/Litesmith/gtk/help-overlay.ui", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autofree char *overlay = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_auto (GStrv) actions = NULL;

  g_assert_true (g_application_register (G_APPLICATION (application), NULL, NULL));
  actions = gtk_application_list_action_descriptions (GTK_APPLICATION (application));
  g_assert_cmpuint (g_strv_length (actions), >, 25);
  for (char **action = actions; *action != NULL; action++)
    {
      g_auto (GStrv) accels
        = gtk_application_get_accels_for_action (GTK_APPLICATION (application), *action);

      if (!is_told (overlay, accels[0]))
        g_error ("%s of %s is in no line of the shortcuts window", accels[0], *action);
    }
}

/* Control+Return does what the page is for. */
static void
keys_start_what_the_page_does (void)
{
  static const char *const pages[] = { "benchmark", "run", "convert", "compare", "check" };
  SmithWindow *window = window_new ();
  GtkWidget *export;

  window_open_sample (window, "digits.tflite");
  for (size_t i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      smith_window_show_page (window, pages[i]);
      gtk_widget_activate_action (GTK_WIDGET (window), "doc.page-save", NULL);
    }
  smith_window_show_page (window, "benchmark");
  settle (300);
  export = find_button (GTK_WIDGET (window), "Export");
  gtk_widget_activate_action (GTK_WIDGET (window), "doc.page-start", NULL);
  WAIT_FOR (gtk_widget_get_sensitive (export));
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
operators_can_be_searched (void)
{
  SmithWindow *window = window_new ();
  SmithOperatorsWindow *operators = NULL;
  g_autoptr (GListModel) toplevels = NULL;
  GtkWidget *entry;
  unsigned all;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.operators", NULL);
  toplevels = g_object_ref (gtk_window_get_toplevels ());
  for (guint i = 0; i < g_list_model_get_n_items (toplevels); i++)
    {
      g_autoptr (GtkWidget) top = g_list_model_get_item (toplevels, i);

      if (SMITH_IS_OPERATORS_WINDOW (top))
        operators = SMITH_OPERATORS_WINDOW (top);
    }
  g_assert_nonnull (operators);
  all = smith_operators_window_n_listed (operators);
  g_assert_cmpuint (all, >, 150);
  entry = find_widget (GTK_WIDGET (operators), GTK_TYPE_SEARCH_ENTRY);
  gtk_editable_set_text (GTK_EDITABLE (entry), "conv_2d int8");
  WAIT_FOR (smith_operators_window_n_listed (operators) < all);
  g_assert_cmpuint (smith_operators_window_n_listed (operators), >, 0);
  gtk_editable_set_text (GTK_EDITABLE (entry), "no such operator");
  WAIT_FOR (smith_operators_window_n_listed (operators) == 0);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  if (!window_test_init (&argc, &argv))
    return 0;
  g_test_add_func ("/window/opens_and_closes", window_opens_and_closes);
  g_test_add_func ("/window/sample_is_drawn", sample_is_drawn);
  g_test_add_func ("/window/everything_can_be_inspected", everything_can_be_inspected);
  g_test_add_func ("/window/focus_outlives_the_rows_it_was_on", focus_outlives_the_rows_it_was_on);
  g_test_add_func ("/window/tab_leaves_the_inspector", tab_leaves_the_inspector);
  g_test_add_func ("/window/elements_are_explained", elements_are_explained);
  g_test_add_func ("/window/files_can_be_dragged_out", files_can_be_dragged_out);
  g_test_add_func ("/window/failed_open_keeps_what_was_open", failed_open_keeps_what_was_open);
  g_test_add_func ("/window/closing_forgets_what_is_under_way", closing_forgets_what_is_under_way);
  g_test_add_func ("/window/benchmark_shows_its_results", benchmark_shows_its_results);
  g_test_add_func ("/window/operators_can_be_searched", operators_can_be_searched);
  g_test_add_func ("/window/shortcuts_are_told", shortcuts_are_told);
  g_test_add_func ("/window/keys_start_what_the_page_does", keys_start_what_the_page_does);
  return g_test_run ();
}
