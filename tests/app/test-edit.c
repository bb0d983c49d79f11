/* Edits in the window: done, undone, saved, and asked about before they are lost. */
#include "edit/smith-edit-dialog.h"
#include "smith-document-view.h"
#include "smith-engine-edit.h"
#include "smith-engine-save.h"
#include "samples-fixture.h"

typedef struct
{
  SmithWindow *window;
  SmithDocumentView *view;
  SmithDocument *document;
  SmithModel *model;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->window = window_new ();
  g_object_add_weak_pointer (G_OBJECT (f->window), (gpointer *) &f->window);
  f->view = window_open_sample (f->window, "digits.tflite");
  f->document = smith_document_view_get_document (f->view);
  f->model = smith_document_get_model (f->document);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  if (f->window != NULL)
    gtk_window_destroy (GTK_WINDOW (f->window));
}

static void
rename_to (Fixture *f, const char *name)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (smith_engine_rename_tensor (f->model, 0, 0, name, &error));
  g_assert_no_error (error);
}

static gboolean
has_title (Fixture *f, const char *title)
{
  return g_str_equal (gtk_window_get_title (GTK_WINDOW (f->window)), title);
}

static void
names_change_back_and_forth (Fixture *f, gconstpointer data)
{
  g_autofree char *old = g_strdup (smith_engine_tensor_name (f->model, 0, 0));
  GActionGroup *actions = smith_document_view_get_actions (f->view);

  smith_document_pick (f->document, SMITH_PICK_TENSOR, 0, TRUE);
  g_assert_false (g_action_group_get_action_enabled (actions, "undo"));
  rename_to (f, "pixels");
  g_assert_cmpstr (smith_document_get_net (f->document)->tensors[0].name, ==, "pixels");
  g_assert_cmpint (smith_document_get_pick (f->document).index, ==, 0);
  g_assert_true (has_title (f, "• digits.tflite"));
  g_action_group_activate_action (actions, "undo", NULL);
  g_assert_cmpstr (smith_engine_tensor_name (f->model, 0, 0), ==, old);
  g_assert_true (has_title (f, "digits.tflite"));
  g_assert_true (g_action_group_get_action_enabled (actions, "redo"));
  g_action_group_activate_action (actions, "redo", NULL);
  g_assert_cmpstr (smith_engine_tensor_name (f->model, 0, 0), ==, "pixels");
  settle (200);
}

/* Up to the first operator's output, and back. */
static void
cuts_can_be_undone (Fixture *f, gconstpointer data)
{
  GActionGroup *actions = smith_document_view_get_actions (f->view);
  unsigned n_ops = smith_document_get_net (f->document)->n_ops;
  int first = smith_document_get_net (f->document)->ops[0].outputs[0];

  g_assert_cmpuint (n_ops, >, 1);
  g_assert_false (g_action_group_get_action_enabled (actions, "cut-until"));
  smith_document_pick (f->document, SMITH_PICK_TENSOR, first, TRUE);
  g_action_group_activate_action (actions, "cut-until", NULL);
  g_assert_cmpuint (smith_document_get_net (f->document)->n_ops, ==, 1);
  g_assert_cmpint (smith_document_get_pick (f->document).kind, ==, SMITH_PICK_NOTHING);
  settle (300);
  g_action_group_activate_action (actions, "undo", NULL);
  g_assert_cmpuint (smith_document_get_net (f->document)->n_ops, ==, n_ops);
  smith_document_pick (f->document, SMITH_PICK_TENSOR, first, TRUE);
  g_action_group_activate_action (actions, "cut-from", NULL);
  g_assert_cmpuint (smith_document_get_net (f->document)->n_ops, ==, n_ops - 1);
  settle (300);
}

static void
no_name_and_taken_names_are_refused (Fixture *f, gconstpointer data)
{
  g_autofree char *other = g_strdup (smith_engine_tensor_name (f->model, 0, 1));
  g_autoptr (GError) taken = NULL, empty = NULL;

  g_assert_false (smith_engine_rename_tensor (f->model, 0, 0, other, &taken));
  g_assert_nonnull (taken);
  g_assert_false (smith_engine_rename_tensor (f->model, 0, 0, "", &empty));
  g_assert_nonnull (empty);
  g_assert_false (smith_model_is_modified (f->model));
}

/* What was saved and then undone is a change; once another edit stands there, for good. */
static void
saved_is_a_place_among_the_edits (Fixture *f, gconstpointer data)
{
  g_autoptr (GFile) file = g_file_new_build_filename (g_get_tmp_dir (), "saved.tflite", NULL);
  int step;

  rename_to (f, "pixels");
  step = smith_model_get_step (f->model);
  rename_to (f, "dots");
  smith_model_saved (f->model, file, step);
  g_assert_true (smith_model_is_modified (f->model));
  smith_engine_undo (f->model, -1);
  g_assert_false (smith_model_is_modified (f->model));
  g_assert_true (has_title (f, "saved.tflite"));
  smith_engine_undo (f->model, -1);
  g_assert_true (smith_model_is_modified (f->model));
  rename_to (f, "points");
  g_assert_true (smith_model_is_modified (f->model));
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (smith_engine_save_finish (result, &error));
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

static void
saving_writes_the_edits (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = g_dir_make_tmp ("litesmith-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "edited.tflite", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  gboolean is_saved = FALSE;
  SmithDocumentView *again;

  rename_to (f, "pixels");
  smith_engine_save_async (f->model, file, saved_cb, &is_saved);
  WAIT_FOR (is_saved);
  g_assert_false (smith_model_is_modified (f->model));
  gtk_window_close (GTK_WINDOW (f->window));
  settle (100);
  g_assert_null (f->window);

  f->window = window_new ();
  g_object_add_weak_pointer (G_OBJECT (f->window), (gpointer *) &f->window);
  smith_window_open (f->window, file);
  WAIT_FOR (smith_window_get_view (f->window) != NULL);
  again = smith_window_get_view (f->window);
  g_assert_cmpstr (
    smith_document_get_net (smith_document_view_get_document (again))->tensors[0].name, ==,
    "pixels");
  g_remove (path);
  g_rmdir (dir);
}

static char *
first_shape (Fixture *f)
{
  g_autoptr (GPtrArray) shapes = smith_engine_input_shapes (f->model, 0);

  return g_strdup (shapes->pdata[1]);
}

/* Each is one step, whatever it changes, and one that fails is none. */
static void
typed_edits_can_be_undone (Fixture *f, gconstpointer data)
{
  static const char *const four[] = { "4x8x8x1", NULL }, *const none[] = { "four", NULL };
  unsigned n_ops = smith_document_get_net (f->document)->n_ops;
  g_autoptr (GError) error = NULL, no_shape = NULL, no_tensor = NULL, no_ends = NULL;
  g_autofree char *before = first_shape (f), *notes = NULL, *cut_notes = NULL, *after = NULL;
  g_autofree char *restored = NULL;

  g_assert_true (smith_engine_set_shapes (f->model, 0, four, &notes, &error));
  after = first_shape (f);
  g_assert_cmpstr (after, ==, "4x8x8x1");
  g_assert_true (smith_engine_drop_postprocess (f->model, 0, &cut_notes, &error));
  g_assert_cmpuint (smith_document_get_net (f->document)->n_ops, <, n_ops);
  g_assert_cmpstr (cut_notes, !=, "");
  g_assert_true (smith_engine_set_metadata (f->model, "author", "A Person", &error));
  g_assert_true (smith_engine_set_op_version (f->model, "CONV_2D", 5, NULL, &error));
  g_assert_cmpint (smith_engine_op_version (f->model, "CONV_2D"), ==, 5);
  g_assert_no_error (error);

  g_assert_false (smith_engine_set_shapes (f->model, 0, none, NULL, &no_shape));
  g_assert_false (smith_engine_cut (f->model, 0, "nothing_called_so", "", NULL, &no_tensor));
  g_assert_false (smith_engine_cut (f->model, 0, " ", "", NULL, &no_ends));
  g_assert_nonnull (no_shape);
  g_assert_nonnull (no_tensor);
  g_assert_nonnull (no_ends);
  for (int i = 0; i < 4; i++)
    smith_engine_undo (f->model, -1);
  g_assert_false (smith_engine_can_undo (f->model, -1));
  g_assert_cmpuint (smith_document_get_net (f->document)->n_ops, ==, n_ops);
  restored = first_shape (f);
  g_assert_cmpstr (restored, ==, before);
}

static GtkWidget *
find_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (SMITH_IS_EDIT_DIALOG (window))
        return window;
    }
  return NULL;
}

static void
the_dialog_takes_post_processing_out_and_back (Fixture *f, gconstpointer data)
{
  unsigned n_ops = smith_document_get_net (f->document)->n_ops;

  g_action_group_activate_action (smith_document_view_get_actions (f->view), "edit", NULL);
  settle (100);
  g_assert_nonnull (find_dialog ());
  press (find_dialog (), "Take Out");
  g_assert_cmpuint (smith_document_get_net (f->document)->n_ops, <, n_ops);
  press (find_dialog (), "Cut"); /* says what is missing, and does nothing */
  smith_engine_undo (f->model, -1);
  g_assert_cmpuint (smith_document_get_net (f->document)->n_ops, ==, n_ops);
  gtk_window_destroy (GTK_WINDOW (find_dialog ()));
  settle (100);
}

static GtkWidget *
find_row (GtkWidget *root, const char *title)
{
  GtkWidget *found = NULL;

  if (ADW_IS_ENTRY_ROW (root)
      && g_str_equal (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (root)), title))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_row (child, title);
  return found;
}

static void
enter (const char *title, const char *text)
{
  GtkWidget *row = find_row (find_dialog (), title);

  gtk_editable_set_text (GTK_EDITABLE (row), text);
  g_signal_emit_by_name (row, "entry-activated");
}

static void
enter_in_the_dialog_does_what_its_button_does (Fixture *f, gconstpointer data)
{
  unsigned n_ops = smith_document_get_net (f->document)->n_ops;
  g_autofree char *name = g_strdup (smith_engine_tensor_name (f->model, 0, 0));

  g_action_group_activate_action (smith_document_view_get_actions (f->view), "edit", NULL);
  settle (100);
  gtk_editable_set_text (GTK_EDITABLE (find_row (find_dialog (), "Old Name")), name);
  enter ("New Name", "pixels");
  g_assert_cmpstr (smith_engine_tensor_name (f->model, 0, 0), ==, "pixels");
  enter ("Outputs Until", smith_document_get_net (f->document)->tensors[0].name); /* refused */
  g_assert_cmpuint (smith_document_get_net (f->document)->n_ops, ==, n_ops);
  gtk_editable_set_text (GTK_EDITABLE (find_row (find_dialog (), "Entry")), "origin");
  enter ("Text", "a test");
  smith_engine_undo (f->model, -1);
  smith_engine_undo (f->model, -1);
  g_assert_false (smith_engine_can_undo (f->model, -1));
  gtk_window_destroy (GTK_WINDOW (find_dialog ()));
  settle (100);
}

static GtkFileChooser *
find_chooser (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (GTK_IS_FILE_CHOOSER_DIALOG (window) && gtk_widget_get_mapped (window))
        return GTK_FILE_CHOOSER (window);
    }
  return NULL;
}

/* Asks where to save, and waits until the dialog lists @dir. */
static GtkFileChooser *
ask_and_see (SmithDocumentView *view, const char *dir)
{
  g_autoptr (GFile) begun = NULL;
  g_autofree char *path = NULL;

  smith_document_view_save (view, FALSE);
  WAIT_FOR (find_chooser () != NULL);
  settle (300);
  begun = gtk_file_chooser_get_current_folder (find_chooser ());
  path = g_file_get_path (begun);
  g_assert_cmpstr (path, ==, dir);
  return find_chooser ();
}

/* Not in the folder that the program was started in; and then where it went the last time. */
static void
saving_begins_beside_the_model (Fixture *f, gconstpointer data)
{
  g_autofree char *dir = g_dir_make_tmp ("litesmith-XXXXXX", NULL);
  g_autofree char *other = g_dir_make_tmp ("litesmith-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (other, "copy.tflite", NULL);
  g_autoptr (GFile) model = g_file_new_build_filename (dir, "digits-int8.tflite", NULL);
  g_autoptr (GFile) target = g_file_new_for_path (path), folder = g_file_new_for_path (other);
  GtkFileChooser *chooser;

  copy_sample ("digits-int8.tflite", dir);
  smith_window_open (f->window, model);
  WAIT_FOR (has_title (f, "digits-int8.tflite"));
  chooser = ask_and_see (smith_window_get_view (f->window), dir);
  gtk_file_chooser_set_current_folder (chooser, folder, NULL);
  settle (200);
  gtk_file_chooser_set_current_name (chooser, "copy.tflite");
  gtk_dialog_response (GTK_DIALOG (chooser), GTK_RESPONSE_ACCEPT);
  WAIT_FOR (g_file_query_exists (target, NULL));
  settle (200);
  chooser = ask_and_see (smith_window_get_view (f->window), other);
  gtk_dialog_response (GTK_DIALOG (chooser), GTK_RESPONSE_CANCEL);
  WAIT_FOR (find_chooser () == NULL);
  remove_tree (dir);
  remove_tree (other);
}

static void
save_and_wait (SmithModel *model, GFile *file)
{
  gboolean is_saved = FALSE;

  smith_engine_save_async (model, file, saved_cb, &is_saved);
  WAIT_FOR (is_saved);
}

/* As the tool that made it does when it writes it again. */
static void
a_file_cut_short_while_open_hurts_nothing (Fixture *f, gconstpointer data)
{
  static const char *const pages[] = { "check", "convert", "run", "graph" };
  g_autofree char *dir = g_dir_make_tmp ("litesmith-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "digits-int8.tflite", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFile) first = g_file_new_build_filename (dir, "first.tflite", NULL);
  g_autoptr (GFile) second = g_file_new_build_filename (dir, "second.tflite", NULL);
  g_autoptr (SmithModel) model = NULL;
  g_autoptr (GBytes) was = NULL, is = NULL;

  copy_sample ("digits-int8.tflite", dir);
  smith_window_open (f->window, file);
  WAIT_FOR (has_title (f, "digits-int8.tflite"));
  model = view_take_model (smith_window_get_view (f->window));
  save_and_wait (model, first);
  g_assert_true (g_file_set_contents_full (path, "", 0, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      smith_window_show_page (f->window, pages[i]);
      gtk_widget_activate_action (GTK_WIDGET (smith_window_get_view (f->window)), "doc.page-start",
                                  NULL);
      settle (100);
    }
  save_and_wait (model, second);
  was = g_file_load_bytes (first, NULL, NULL, NULL);
  is = g_file_load_bytes (second, NULL, NULL, NULL);
  g_assert_true (g_bytes_equal (was, is));
  remove_tree (dir);
}

static GtkWindow *
find_question (Fixture *f)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (ADW_IS_MESSAGE_DIALOG (window)
          && gtk_window_get_transient_for (window) == GTK_WINDOW (f->window))
        return window;
    }
  return NULL;
}

static void
answer (Fixture *f, const char *response)
{
  GtkWindow *question = find_question (f);

  adw_message_dialog_response (ADW_MESSAGE_DIALOG (question), response);
  gtk_window_destroy (question);
}

static void
closing_asks_while_there_are_edits (Fixture *f, gconstpointer data)
{
  rename_to (f, "pixels");
  gtk_window_close (GTK_WINDOW (f->window));
  settle (100);
  g_assert_nonnull (f->window);
  g_assert_nonnull (find_question (f));
  answer (f, "cancel");
  settle (100);
  g_assert_nonnull (f->window);
  gtk_window_close (GTK_WINDOW (f->window));
  settle (100);
  answer (f, "discard");
  settle (200);
  g_assert_null (f->window);
}

static void
closing_a_tab_asks_as_well (Fixture *f, gconstpointer data)
{
  rename_to (f, "pixels");
  gtk_widget_activate_action (GTK_WIDGET (f->window), "win.close-tab", NULL);
  settle (100);
  g_assert_nonnull (smith_window_get_view (f->window));
  answer (f, "discard");
  settle (200);
  g_assert_null (smith_window_get_view (f->window));
}

#define ADD(name) g_test_add ("/edit/" #name, Fixture, NULL, set_up, name, tear_down)

int
main (int argc, char **argv)
{
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP there is no display\n");
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  ADD (names_change_back_and_forth);
  ADD (cuts_can_be_undone);
  ADD (typed_edits_can_be_undone);
  ADD (the_dialog_takes_post_processing_out_and_back);
  ADD (enter_in_the_dialog_does_what_its_button_does);
  ADD (no_name_and_taken_names_are_refused);
  ADD (saved_is_a_place_among_the_edits);
  ADD (saving_writes_the_edits);
  ADD (saving_begins_beside_the_model);
  ADD (a_file_cut_short_while_open_hurts_nothing);
  ADD (closing_asks_while_there_are_edits);
  ADD (closing_a_tab_asks_as_well);
  return g_test_run ();
}
