/* Two models in the window: values, structure, and one pair's histogram. */
#include "smith-document-view.h"
#include "smith-engine-compare.h"
#include "window-fixture.h"

#include <math.h>

typedef struct
{
  SmithWindow *window;
  SmithModel *model;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GFile) file = sample ("digits.tflite");

  f->window = window_new ();
  smith_window_open (f->window, file);
  WAIT_FOR (smith_window_get_view (f->window) != NULL);
  f->model = g_object_ref (smith_document_get_model (
    smith_document_view_get_document (smith_window_get_view (f->window))));
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

  smith_engine_compare_async (f->model, file, 1, 1, work, compared_cb, &answer);
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

  smith_engine_pair_async (f->model, file, c->pairs->pdata[0], 1, counted_cb, &answer);
  WAIT_FOR (answer.histogram != NULL || answer.error != NULL);
  g_assert_no_error (answer.error);
  g_assert_cmpfloat (answer.histogram->low, <, answer.histogram->high);
  g_assert_cmpfloat (sum (answer.histogram->a), >, 0);
  g_assert_cmpfloat (sum (answer.histogram->a), ==, sum (answer.histogram->b));
  g_free (answer.histogram);
  smith_comparison_free (c);
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
  return g_test_run ();
}
