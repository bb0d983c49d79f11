/* Two models in the window: values, structure, and one pair's histogram. */
#include "samples-fixture.h"
#include "compare-page/smith-compare-page.h"
#include "compare-page/smith-diff-view.h"
#include "smith-document-view.h"
#include "smith-engine-compare.h"
#include "smith-engine-convert.h"
#include "window-fixture.h"

#include <math.h>

typedef struct
{
  SmithWindow *window;
  SmithModel *model;
  SmithFeed feed;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->feed = (SmithFeed){ .seed = 1 };
  f->window = window_new ();
  f->model = view_take_model (window_open_sample (f->window, "digits.tflite"));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (f->window));
  settle (100);
  g_object_unref (f->model);
}

typedef struct
{
  SmithComparison *comparison;
  SmithPairHistogram *histogram;
  gboolean is_saved;
  GError *error;
} Answer;

static void
compared_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->comparison = smith_engine_compare_finish (result, &answer->error);
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->histogram = smith_engine_pair_finish (result, &answer->error);
}

static SmithComparison *
compare_with (Fixture *f, const char *name)
{
  g_autoptr (GFile) file = sample (name);
  g_autoptr (SmithWork) work = smith_work_new ();
  Answer answer = { 0 };

  smith_engine_compare_async (f->model, file, &f->feed, 1, work, compared_cb, &answer);
  WAIT_FOR (answer.comparison != NULL || answer.error != NULL);
  g_assert_no_error (answer.error);
  return answer.comparison;
}

static void
a_model_is_itself (Fixture *f, gconstpointer data)
{
  SmithComparison *c = compare_with (f, "digits.tflite");

  g_assert_cmpuint (c->differences->len, ==, 0);
  g_assert_cmpuint (c->pairs->len, >, 0);
  for (guint i = 0; i < c->pairs->len; i++)
    g_assert_true (isinf (((SmithPair *) c->pairs->pdata[i])->sqnr_db));
  smith_comparison_free (c);
}

static void
outputs_then_the_farthest_first (Fixture *f, gconstpointer data)
{
  SmithComparison *c = compare_with (f, "digits-int8.tflite");
  double last = -INFINITY;

  g_assert_cmpuint (c->differences->len, >, 0);
  g_assert_cmpstr (c->counts, !=, "");
  g_assert_true (((SmithPair *) c->pairs->pdata[0])->is_output);
  for (guint i = 0; i < c->pairs->len; i++)
    {
      const SmithPair *pair = c->pairs->pdata[i];

      if (pair->is_output || isnan (pair->sqnr_db))
        continue;
      g_assert_cmpfloat (pair->sqnr_db, >=, last);
      last = pair->sqnr_db;
    }
  smith_comparison_free (c);
}

static double
sum (const double *bins)
{
  double sum = 0;

  for (int i = 0; i < SMITH_PAIR_BINS; i++)
    sum += bins[i];
  return sum;
}

static void
a_pair_is_counted_in_both (Fixture *f, gconstpointer data)
{
  SmithComparison *c = compare_with (f, "digits-int8.tflite");
  g_autoptr (GFile) file = sample ("digits-int8.tflite");
  Answer answer = { 0 };

  smith_engine_pair_async (f->model, file, c->pairs->pdata[0], &f->feed, counted_cb, &answer);
  WAIT_FOR (answer.histogram != NULL || answer.error != NULL);
  g_assert_no_error (answer.error);
  g_assert_cmpfloat (answer.histogram->low, <, answer.histogram->high);
  g_assert_cmpfloat (sum (answer.histogram->a), >, 0);
  g_assert_cmpfloat (sum (answer.histogram->a), ==, sum (answer.histogram->b));
  g_free (answer.histogram);
  smith_comparison_free (c);
}

/* Three digits: both models agree on them, and a pair is counted on the first. */
static void
samples_tell_of_classes (Fixture *f, gconstpointer data)
{
  g_autoptr (GFile) file = sample ("digits-int8.tflite");
  g_autofree char *dir = g_dir_make_tmp ("litesmith-XXXXXX", NULL);
  const SmithPictures pictures = { .std = { 255, 255, 255 } };
  Answer answer = { 0 };
  SmithComparison *c;

  copy_sample ("digit-0.png", dir);
  copy_sample ("digit-2.png", dir);
  copy_sample ("digit-5.png", dir);
  f->feed.samples = dir;
  c = compare_with (f, "digits-int8.tflite");
  g_assert_cmpuint (c->n_samples, ==, 3);
  g_assert_cmpuint (c->agreements->len, ==, 1);
  g_assert_cmpfloat (((SmithAgreement *) c->agreements->pdata[0])->top1, ==, 1);
  smith_engine_pair_async (f->model, file, c->pairs->pdata[0], &f->feed, counted_cb, &answer);
  WAIT_FOR (answer.histogram != NULL || answer.error != NULL);
  g_assert_no_error (answer.error);
  g_assert_cmpfloat (sum (answer.histogram->a), ==, sum (answer.histogram->b));
  g_free (answer.histogram);
  smith_comparison_free (c);
  smith_engine_set_pictures (f->model, &pictures);
  c = compare_with (f, "digits-int8.tflite");
  g_assert_false (c->has_note);
  g_assert_cmpuint (c->n_samples, ==, 3);
  smith_comparison_free (c);
  remove_tree (dir);
}

static void
the_order_is_a_choice (Fixture *f, gconstpointer data)
{
  SmithComparison *c = compare_with (f, "digits-int8.tflite");
  SmithPair **pairs = (SmithPair **) c->pairs->pdata;

  smith_comparison_sort (c, SMITH_PAIRS_BY_OWN);
  g_assert_true (isfinite (pairs[0]->own_db));
  for (guint i = 1; i < c->pairs->len; i++)
    g_assert_true (!isfinite (pairs[i]->own_db) || pairs[i - 1]->own_db <= pairs[i]->own_db);
  smith_comparison_sort (c, SMITH_PAIRS_BY_GRAPH);
  for (guint i = 1; i < c->pairs->len; i++)
    g_assert_cmpuint (pairs[i - 1]->place, <, pairs[i]->place);
  smith_comparison_sort (c, SMITH_PAIRS_BY_ENDS);
  for (guint i = 1; i < c->pairs->len; i++)
    g_assert_cmpfloat (pairs[i - 1]->saturated, >=, pairs[i]->saturated);
  smith_comparison_sort (c, SMITH_PAIRS_BY_ERROR);
  for (guint i = 1; i < c->pairs->len; i++)
    g_assert_cmpfloat (pairs[i - 1]->max_abs * pairs[i]->max_magnitude, >=,
                       pairs[i]->max_abs * pairs[i - 1]->max_magnitude * (1 - 1e-9));
  smith_comparison_free (c);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->is_saved = smith_evidence_save_finish (result, &answer->error);
}

static void
a_report_is_one_file (Fixture *f, gconstpointer data)
{
  SmithComparison *c = compare_with (f, "digits-int8.tflite");
  g_autofree char *dir = g_dir_make_tmp ("litesmith-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "report.html", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *text = NULL;
  Answer answer = { 0 };

  smith_evidence_save_async (c->evidence, file, saved_cb, &answer);
  smith_comparison_free (c); /* the report needs it no more */
  WAIT_FOR (answer.is_saved || answer.error != NULL);
  g_assert_no_error (answer.error);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "digits-int8.tflite"));
  g_assert_null (strstr (text, "src=\"http"));
  remove_tree (dir);
}

static SmithDiffView *
diff_view (Fixture *f)
{
  return (SmithDiffView *) find_widget (GTK_WIDGET (f->window), SMITH_TYPE_DIFF_VIEW);
}

/* What is selected on one side is selected on the other; filters take rows away. */
static void
side_by_side_has_one_selection (Fixture *f, gconstpointer data)
{
  g_autoptr (GFile) file = sample ("digits-int8.tflite");
  SmithDocumentView *view = smith_window_get_view (f->window);
  SmithDocument *document = smith_document_view_get_document (view), *other;
  const SmithNet *net;
  g_autofree char *uri = g_file_get_uri (file);
  SmithPick pick;

  g_action_group_activate_action (smith_document_view_get_actions (view), "compare-with",
                                  g_variant_new ("(ssb)", uri, "", TRUE));
  WAIT_FOR (diff_view (f) != NULL && smith_diff_view_get_other (diff_view (f)) != NULL);
  other = smith_diff_view_get_other (diff_view (f));
  smith_document_pick (document, SMITH_PICK_OP, 0, TRUE);
  pick = smith_document_get_pick (other);
  net = smith_document_get_net (other);
  g_assert_cmpint (pick.kind, ==, SMITH_PICK_OP);
  g_assert_cmpstr (net->ops[pick.index].kind, ==, smith_document_get_net (document)->ops[0].kind);
  for (uint32_t i = 0; i < net->n_ops; i++)
    if (g_str_equal (net->ops[i].kind, "SOFTMAX"))
      smith_document_pick (other, SMITH_PICK_OP, (int) i, TRUE);
  pick = smith_document_get_pick (document);
  g_assert_cmpint (pick.kind, ==, SMITH_PICK_OP);
  g_assert_cmpstr (smith_document_get_net (document)->ops[pick.index].kind, ==, "SOFTMAX");
  settle (300);
}

/* The list of tensors, which has the greatest number of rows. */
static GtkListBox *
tensor_list (GtkWidget *root)
{
  if (GTK_IS_LIST_BOX (root) && gtk_list_box_get_row_at_index (GTK_LIST_BOX (root), 3) != NULL)
    return GTK_LIST_BOX (root);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkListBox *found = gtk_widget_get_mapped (child) ? tensor_list (child) : NULL;

      if (found != NULL)
        return found;
    }
  return NULL;
}

static GtkEventController *
key_controller (GtkWidget *widget)
{
  g_autoptr (GListModel) all = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (all); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (all, i);

      if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
        return controller;
    }
  return NULL;
}

/* Tab comes to the list of tensors once and leaves it, and comes back to the row that is selected;
 * arrows walk the rows. */
static void
the_list_is_one_stop (Fixture *f, gconstpointer data)
{
  GtkWindow *window = GTK_WINDOW (f->window);
  g_autoptr (GFile) file = sample ("digits-int8.tflite");
  g_autofree char *uri = g_file_get_uri (file);
  GtkWidget *page, *list;
  gboolean is_handled = FALSE;

  g_action_group_activate_action (
    smith_document_view_get_actions (smith_window_get_view (f->window)), "compare-with",
    g_variant_new ("(ssb)", uri, "", TRUE));
  WAIT_FOR (diff_view (f) != NULL && smith_diff_view_get_other (diff_view (f)) != NULL);
  g_signal_emit_by_name (diff_view (f), "back");
  page = gtk_widget_get_ancestor (GTK_WIDGET (diff_view (f)), SMITH_TYPE_COMPARE_PAGE);
  smith_window_show_page (f->window, "compare");
  WAIT_FOR (tensor_list (page) != NULL);
  list = GTK_WIDGET (tensor_list (page));
  gtk_widget_grab_focus (GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 0)));
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (window), list));
  gtk_widget_child_focus (GTK_WIDGET (window), GTK_DIR_DOWN);
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (window), list));
  g_signal_emit_by_name (key_controller (list), "key-pressed", GDK_KEY_Tab, 0, 0, &is_handled);
  g_assert_true (is_handled);
  g_assert_false (gtk_widget_is_ancestor (gtk_window_get_focus (window), list));
  gtk_widget_child_focus (GTK_WIDGET (window), GTK_DIR_TAB_BACKWARD);
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (window), list));
  g_signal_emit_by_name (key_controller (list), "key-pressed", GDK_KEY_ISO_Left_Tab, 0, 0,
                         &is_handled);
  g_assert_false (gtk_widget_is_ancestor (gtk_window_get_focus (window), list));
}

#define ADD(name) g_test_add ("/compare/" #name, Fixture, NULL, set_up, name, tear_down)

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
  ADD (a_model_is_itself);
  ADD (outputs_then_the_farthest_first);
  ADD (a_pair_is_counted_in_both);
  ADD (side_by_side_has_one_selection);
  ADD (the_list_is_one_stop);
  ADD (samples_tell_of_classes);
  ADD (the_order_is_a_choice);
  ADD (a_report_is_one_file);
  return g_test_run ();
}
