/* Converting from the window: samples, what would be done, doing it, and stopping it. */
#include "convert-page/smith-convert-options.h"
#include "convert-page/smith-convert-page.h"
#include "convert-page/smith-culprits.h"
#include "inspect/smith-inspector.h"
#include "smith-document-view.h"
#include "convert-fixture.h"
#include "smith-engine-convert.h"
#include "smith-popovers.h"
#include "window-fixture.h"

#include <glib/gstdio.h>

typedef struct
{
  SmithConversion *conversion;
  SmithSamples *samples;
  GError *error;
} Answer;

static void
converted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->conversion = smith_engine_convert_finish (result, &answer->error);
}

static void
samples_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->samples = smith_engine_samples_finish (result, &answer->error);
}

static void
samples_are_counted (Fixture *f, gconstpointer data)
{
  Answer good = { 0 }, bad = { 0 };

  smith_engine_samples_async (f->model, &f->choice, samples_cb, &good);
  WAIT_FOR (good.samples != NULL || good.error != NULL);
  g_assert_no_error (good.error);
  g_assert_cmpuint (good.samples->count, ==, 3);
  smith_samples_free (good.samples);

  f->choice.samples = f->dir; /* has a folder in it, and no sample */
  smith_engine_samples_async (f->model, &f->choice, samples_cb, &bad);
  WAIT_FOR (bad.samples != NULL || bad.error != NULL);
  g_assert_nonnull (bad.error);
  g_clear_error (&bad.error);
}

static void
a_plan_needs_no_samples (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Answer answer = { 0 };

  f->choice.samples = NULL;
  smith_engine_plan_async (f->model, &f->choice, cancellable, converted_cb, &answer);
  WAIT_FOR (answer.conversion != NULL || answer.error != NULL);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.conversion->passes->len, >, 0);
  g_assert_null (answer.conversion->floats);
  g_assert_cmpuint (answer.conversion->bytes_after, <, answer.conversion->bytes_before);
  smith_conversion_free (answer.conversion);
}

/* Operators that were asked for stay in float, and the plan says which. */
static void
a_plan_names_what_stays_float (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  char *patterns[] = { (char *) "FULLY_CONNECTED", NULL };
  Answer answer = { 0 };

  f->choice.keep_float = patterns;
  smith_engine_plan_async (f->model, &f->choice, cancellable, converted_cb, &answer);
  WAIT_FOR (answer.conversion != NULL || answer.error != NULL);
  g_assert_no_error (answer.error);
  g_assert_nonnull (answer.conversion->floats);
  g_assert_nonnull (strstr (answer.conversion->floats, "FULLY_CONNECTED"));
  smith_conversion_free (answer.conversion);
}

static void
integers_are_measured_by_layer (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "out.tflite", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (SmithWork) work = smith_work_new ();
  Answer answer = { 0 };
  const SmithLayerError *first, *last;

  smith_engine_convert_async (f->model, &f->choice, file, work, converted_cb, &answer);
  WAIT_FOR (answer.conversion != NULL || answer.error != NULL);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.conversion->n_compared, ==, 3);
  g_assert_cmpfloat (answer.conversion->cosine, >, 0.9);
  g_assert_cmpuint (answer.conversion->layers->len, >, 2);
  first = answer.conversion->layers->pdata[0];
  last = answer.conversion->layers->pdata[answer.conversion->layers->len - 1];
  g_assert_cmpfloat (first->sqnr_db, <=, last->sqnr_db);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  smith_conversion_free (answer.conversion);
}

/* What was measured is told of each improvement, and of what is off nothing. */
static void
gains_are_told (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "gains.tflite", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (SmithWork) work = smith_work_new ();
  Answer answer = { 0 };
  const SmithGain *gains;

  f->choice.bias_correction = 2;   /* on */
  f->choice.equalization = 1;      /* off */
  f->choice.adaptive_rounding = 2; /* on */
  smith_engine_convert_async (f->model, &f->choice, file, work, converted_cb, &answer);
  WAIT_FOR (answer.conversion != NULL || answer.error != NULL);
  g_assert_no_error (answer.error);
  gains = answer.conversion->gains;
  g_assert_true (gains[0].is_told);
  g_assert_true (gains[0].is_used);
  g_assert_false (gains[1].is_told);
  g_assert_true (gains[2].is_told);
  smith_conversion_free (answer.conversion);
}

/* A model of integers has its scales: it becomes another one without data, but not a wider one. */
static void
integers_need_no_samples (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "other.tflite", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (SmithWork) work = smith_work_new ();
  SmithWindow *other = window_new ();
  g_autoptr (SmithModel) integers
    = view_take_model (window_open_sample (other, "digits-int8.tflite"));
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Answer plan = { 0 }, answer = { 0 };

  g_assert_true (smith_engine_needs_calibration (f->model, "uint8"));
  g_assert_false (smith_engine_needs_calibration (integers, "uint8"));
  g_assert_true (smith_engine_needs_calibration (integers, "int16x8"));
  f->choice.type = "uint8";
  f->choice.samples = NULL;
  smith_engine_plan_async (integers, &f->choice, cancellable, converted_cb, &plan);
  smith_engine_convert_async (integers, &f->choice, file, work, converted_cb, &answer);
  WAIT_FOR ((plan.conversion != NULL || plan.error != NULL)
            && (answer.conversion != NULL || answer.error != NULL));
  g_assert_no_error (plan.error);
  g_assert_no_error (answer.error);
  smith_conversion_free (plan.conversion);
  smith_conversion_free (answer.conversion);
  gtk_window_destroy (GTK_WINDOW (other));
}

static void
a_cancelled_conversion_leaves_nothing (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "never.tflite", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (SmithWork) work = smith_work_new ();
  Answer answer = { 0 };

  smith_engine_convert_async (f->model, &f->choice, file, work, converted_cb, &answer);
  g_cancellable_cancel (work->cancellable);
  WAIT_FOR (answer.conversion != NULL || answer.error != NULL);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&answer.error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* float32 can begin at once; integers wait for samples. */
static void
the_page_asks_for_samples (Fixture *f, gconstpointer data)
{
  SmithConvertOptions *options;
  GtkDropDown *type;
  GtkWidget *convert;

  smith_window_show_page (f->window, "convert");
  options
    = SMITH_CONVERT_OPTIONS (find_widget (GTK_WIDGET (f->window), SMITH_TYPE_CONVERT_OPTIONS));
  type = GTK_DROP_DOWN (find_widget (GTK_WIDGET (options), GTK_TYPE_DROP_DOWN));
  convert = find_button (gtk_widget_get_ancestor (GTK_WIDGET (options), ADW_TYPE_CLAMP), "Convert");
  g_assert_true (gtk_widget_get_sensitive (convert));
  g_assert_null (find_button (GTK_WIDGET (options), "Calibration Folder"));
  gtk_drop_down_set_selected (type, 3);
  g_assert_false (gtk_widget_get_sensitive (convert));
  g_assert_nonnull (find_button (GTK_WIDGET (options), "Calibration Folder"));
  settle (600);
}

/* As the command has it: an NPU asked for first gets int8. What is to stay in float makes integers
 * of the rest; a name that has what parts patterns still fits. */
static void
the_page_makes_integers_when_asked (Fixture *f, gconstpointer data)
{
  SmithConvertOptions *options;
  GtkDropDown *type, *target;
  SmithChoice *choice;

  smith_window_show_page (f->window, "convert");
  options
    = SMITH_CONVERT_OPTIONS (find_widget (GTK_WIDGET (f->window), SMITH_TYPE_CONVERT_OPTIONS));
  type = GTK_DROP_DOWN (find_widget (GTK_WIDGET (options), GTK_TYPE_DROP_DOWN));
  target = GTK_DROP_DOWN (
    gtk_widget_get_template_child (GTK_WIDGET (options), SMITH_TYPE_CONVERT_OPTIONS, "target"));
  gtk_drop_down_set_selected (target, 1);
  choice = smith_convert_options_get (options);
  g_assert_cmpstr (choice->type, ==, "int8");
  g_assert_cmpstr (choice->target, ==, "imx8mp-npu");
  smith_choice_free (choice);

  gtk_drop_down_set_selected (target, 0);
  gtk_drop_down_set_selected (type, 0);
  g_assert_true (smith_convert_options_keep_float (options, "head/a b,c"));
  g_assert_false (smith_convert_options_keep_float (options, "head/a b,c"));
  g_assert_true (smith_convert_options_keep_float (options, "SOFTMAX"));
  choice = smith_convert_options_get (options);
  g_assert_cmpstr (choice->type, ==, "int8");
  g_assert_null (choice->target);
  g_assert_cmpuint (g_strv_length (choice->keep_float), ==, 2);
  g_assert_cmpstr (choice->keep_float[0], ==, "head/a?b?c");
  g_assert_cmpstr (choice->keep_float[1], ==, "SOFTMAX");
  smith_choice_free (choice);
  settle (800);
}

static SmithConversion *
convert_to (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->dir, name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (SmithWork) work = smith_work_new ();
  Answer answer = { 0 };

  smith_engine_convert_async (f->model, &f->choice, file, work, converted_cb, &answer);
  WAIT_FOR (answer.conversion != NULL || answer.error != NULL);
  g_assert_no_error (answer.error);
  return answer.conversion;
}

static void
assert_kept (Fixture *f, const char *pattern)
{
  GtkWidget *options = find_widget (GTK_WIDGET (f->window), SMITH_TYPE_CONVERT_OPTIONS);
  SmithChoice *choice = smith_convert_options_get (SMITH_CONVERT_OPTIONS (options));

  g_assert_cmpstr (choice->type, ==, "int8");
  g_assert_true (g_strv_contains ((const char *const *) choice->keep_float, pattern));
  smith_choice_free (choice);
}

/* The worst layer is selected, and its operator stays in float with one click. */
static void
a_culprit_stays_in_float (Fixture *f, gconstpointer data)
{
  SmithDocument *document = smith_document_view_get_document (smith_window_get_view (f->window));
  SmithConversion *conversion = convert_to (f, "worst.tflite");
  const SmithLayerError *worst = conversion->layers->pdata[0];
  const SmithNet *net = smith_model_get_net (f->model, 0);
  GtkWidget *culprits;

  smith_window_show_page (f->window, "convert");
  culprits = find_widget (GTK_WIDGET (f->window), SMITH_TYPE_CULPRITS);
  smith_culprits_show (SMITH_CULPRITS (culprits), document, conversion);
  g_assert_nonnull (find_button (culprits, "Explain"));
  g_assert_nonnull (find_button (culprits, "Range"));
  press (culprits, "Keep in Float");
  assert_kept (f, net->ops[net->tensors[worst->tensor].producer].name);
  smith_culprits_show (SMITH_CULPRITS (culprits), document, conversion); /* rows go, buttons stay */
  g_assert_nonnull (find_button (culprits, "Keep in Float"));
  settle (800);
  gtk_window_destroy (GTK_WINDOW (f->window));
  settle (100);
  smith_conversion_free (conversion);
  f->window = window_new ();
}

/* A report that begins below the edge comes into view. */
static void
a_report_is_seen (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "seen.tflite", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GtkWidget *page, *scroller, *report;
  GtkAdjustment *adjustment;
  double x, y;

  smith_window_show_page (f->window, "convert");
  page = find_widget (GTK_WIDGET (f->window), SMITH_TYPE_CONVERT_PAGE);
  scroller = GTK_WIDGET (gtk_widget_get_template_child (page, SMITH_TYPE_CONVERT_PAGE, "scroller"));
  report = GTK_WIDGET (gtk_widget_get_template_child (page, SMITH_TYPE_CONVERT_PAGE, "report"));
  gtk_widget_set_valign (scroller, GTK_ALIGN_START); /* as on a low screen */
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (scroller), 300);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (find_widget (page, GTK_TYPE_DROP_DOWN)), 2);
  adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  settle (800);
  smith_convert_page_start (SMITH_CONVERT_PAGE (page), file);
  WAIT_FOR (gtk_adjustment_get_value (adjustment) > 0);
  g_assert_true (gtk_widget_translate_coordinates (report, scroller, 0, 0, &x, &y));
  g_assert_cmpfloat (y, >=, 0);
  g_assert_cmpfloat (y, <, 200);
}

/* On the graph: an operator that is selected, and its arithmetic; a constant has no range. */
static void
the_inspector_leads_on (Fixture *f, gconstpointer data)
{
  SmithDocumentView *view = smith_window_get_view (f->window);
  SmithDocument *document = smith_document_view_get_document (view);
  GtkWidget *inspector = find_widget (GTK_WIDGET (view), SMITH_TYPE_INSPECTOR);
  const SmithNet *net;

  WAIT_FOR (smith_document_get_net (document) != NULL);
  net = smith_document_get_net (document);
  smith_document_pick (document, SMITH_PICK_OP, 0, TRUE);
  WAIT_FOR (find_button (inspector, "Keep in Float") != NULL);
  press (inspector, "Keep in Float");
  assert_kept (f, net->ops[0].name);
  g_assert_null (find_button (inspector, "Save Explanation"));
  gtk_widget_activate_action (GTK_WIDGET (view), "doc.explain", NULL);
  WAIT_FOR (find_button (inspector, "Save Explanation") != NULL);
  for (unsigned i = 0; i < net->n_tensors; i++)
    if (net->tensors[i].is_constant)
      smith_document_pick (document, SMITH_PICK_TENSOR, (int) i, TRUE);
  WAIT_FOR (find_button (inspector, "Keep in Float") == NULL);
  g_assert_null (find_button (inspector, "Range"));
  settle (800);
}

/* With a surface it would take the next click at its place: see smith-popovers.c. */
static void
a_closed_list_of_types_has_no_surface (Fixture *f, gconstpointer data)
{
  GtkWidget *options, *type, *popover;

  smith_window_show_page (f->window, "convert");
  options = find_widget (GTK_WIDGET (f->window), SMITH_TYPE_CONVERT_OPTIONS);
  type = find_widget (options, GTK_TYPE_DROP_DOWN);
  WAIT_FOR (gtk_widget_get_mapped (type));
  popover = find_widget (type, GTK_TYPE_POPOVER);
  for (int i = 0; i < 2; i++)
    {
      gtk_popover_popup (GTK_POPOVER (popover));
      WAIT_FOR (gtk_widget_get_mapped (popover));
      gtk_popover_popdown (GTK_POPOVER (popover));
      WAIT_FOR (!gtk_widget_get_realized (popover));
    }
}

#define ADD(name) g_test_add ("/convert/" #name, Fixture, NULL, set_up, name, tear_down)

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
  ADD (samples_are_counted);
  ADD (a_plan_needs_no_samples);
  ADD (a_plan_names_what_stays_float);
  ADD (integers_are_measured_by_layer);
  ADD (gains_are_told);
  ADD (integers_need_no_samples);
  ADD (a_cancelled_conversion_leaves_nothing);
  ADD (the_page_asks_for_samples);
  ADD (the_page_makes_integers_when_asked);
  ADD (a_culprit_stays_in_float);
  ADD (a_report_is_seen);
  ADD (the_inspector_leads_on);
  smith_popovers_mend ();
  ADD (a_closed_list_of_types_has_no_surface);
  return g_test_run ();
}
