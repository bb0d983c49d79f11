/* Ranges in the window: calibrated, changed by hand, saved, loaded, and converted with. */
#include "convert-page/smith-convert-options.h"
#include "convert-page/smith-range-view.h"
#include "convert-page/smith-ranges-window.h"
#include "convert-fixture.h"
#include "smith-document-view.h"

#include <math.h>

typedef struct
{
  SmithRanges *ranges;
  SmithConversion *conversion;
  GError *error;
} Answer;

static void
ranges_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->ranges = smith_engine_ranges_finish (result, &answer->error);
}

static void
converted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->conversion = smith_engine_convert_finish (result, &answer->error);
}

static SmithRanges *
calibrate (Fixture *f)
{
  g_autoptr (SmithWork) work = smith_work_new ();
  Answer answer = { 0 };

  smith_engine_calibrate_async (f->model, &f->choice, work, ranges_cb, &answer);
  WAIT_FOR (answer.ranges != NULL || answer.error != NULL);
  g_assert_no_error (answer.error);
  return answer.ranges;
}

static SmithConversion *
convert (Fixture *f)
{
  g_autofree char *path = g_build_filename (f->dir, "out.tflite", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (SmithWork) work = smith_work_new ();
  Answer answer = { 0 };

  smith_engine_convert_async (f->model, &f->choice, file, work, converted_cb, &answer);
  WAIT_FOR (answer.conversion != NULL || answer.error != NULL);
  g_assert_no_error (answer.error);
  return answer.conversion;
}

static void
ends_can_be_moved_and_put_back (Fixture *f, gconstpointer data)
{
  g_autoptr (SmithRanges) ranges = calibrate (f);
  SmithRange range = smith_ranges_get (ranges, 0), moved;
  double bins[64], sum = 0;

  g_assert_cmpuint (smith_ranges_count (ranges), >, 2);
  g_assert_cmpuint (smith_ranges_n_samples (ranges), ==, 3);
  g_assert_cmpuint (smith_ranges_n_by_hand (ranges), ==, 0);
  g_assert_true (smith_ranges_bins (ranges, 0, range.min - 1, range.max + 1, bins, 64));
  for (int i = 0; i < 64; i++)
    sum += bins[i];
  g_assert_cmpfloat (sum, >=, 64); /* 8 × 8 pixels at least */

  g_assert_true (smith_ranges_set (ranges, 0, range.min, (range.min + range.max) / 2));
  moved = smith_ranges_get (ranges, 0);
  g_assert_true (moved.by_hand);
  g_assert_cmpfloat (moved.clipped, >, 0.01);
  g_assert_cmpfloat (moved.clipped, <, 1);
  g_assert_false (smith_ranges_set (ranges, 0, 1, 1));
  g_assert_false (smith_ranges_set (ranges, 0, NAN, 1));
  smith_ranges_observe (ranges, 0, 1, 8);
  moved = smith_ranges_get (ranges, 0);
  g_assert_cmpfloat (moved.high, ==, moved.max);
  smith_ranges_reset (ranges, 0);
  moved = smith_ranges_get (ranges, 0);
  g_assert_false (moved.by_hand);
  g_assert_cmpfloat (moved.high, ==, range.high);
}

static void
a_file_keeps_what_a_person_set (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->dir, "ranges.json", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (SmithRanges) ranges = calibrate (f);
  g_autoptr (GError) error = NULL;
  Answer answer = { 0 };

  smith_ranges_set (ranges, 1, -0.5, 0.25);
  g_assert_true (smith_ranges_save (ranges, path, &error));
  smith_engine_load_ranges_async (f->model, file, ranges_cb, &answer);
  WAIT_FOR (answer.ranges != NULL || answer.error != NULL);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (smith_ranges_count (answer.ranges), ==, smith_ranges_count (ranges));
  g_assert_cmpuint (smith_ranges_n_by_hand (answer.ranges), ==, 1);
  smith_ranges_unref (answer.ranges);
}

/* A range that is far too narrow makes the result worse; the report's ranges are those given. */
static void
the_conversion_takes_them (Fixture *f, gconstpointer data)
{
  g_autoptr (SmithRanges) ranges = calibrate (f), used = NULL;
  SmithConversion *good = convert (f), *bad;

  for (unsigned i = 0; i < smith_ranges_count (ranges); i++)
    {
      const SmithRange range = smith_ranges_get (ranges, i);

      smith_ranges_set (ranges, i, range.low - 1e-6, range.low + 0.02 * (range.high - range.low));
    }
  f->choice.ranges = ranges;
  bad = convert (f);
  g_assert_cmpfloat (bad->sqnr_db, <, good->sqnr_db - 3);
  used = smith_evidence_ranges (bad->evidence);
  g_assert_nonnull (used);
  g_assert_cmpuint (smith_ranges_n_by_hand (used), ==, smith_ranges_count (ranges));
  smith_conversion_free (good);
  smith_conversion_free (bad);
  f->choice.ranges = NULL;
}

static void
no_samples_are_needed (Fixture *f, gconstpointer data)
{
  g_autoptr (SmithRanges) ranges = calibrate (f);
  SmithConversion *c;

  f->choice.samples = NULL;
  f->choice.ranges = ranges;
  c = convert (f);
  g_assert_cmpuint (c->n_compared, ==, 0);
  g_assert_null (c->floats);
  smith_conversion_free (c);
  f->choice.ranges = NULL;
}

static void
quantize_cb (SmithRangesWindow *window, gpointer data)
{
  *(gboolean *) data = TRUE;
}

static void
the_window_changes_a_copy (Fixture *f, gconstpointer data)
{
  g_autoptr (SmithRanges) ranges = calibrate (f), changed = NULL;
  SmithRangesWindow *window = smith_ranges_window_new (GTK_WINDOW (f->window), f->model, ranges, 8);
  GtkWidget *view;
  gboolean is_asked = FALSE;

  g_signal_connect (window, "quantize", G_CALLBACK (quantize_cb), &is_asked);
  gtk_window_present (GTK_WINDOW (window));
  g_assert_null (smith_ranges_window_get_changed (window));
  view = find_widget (GTK_WIDGET (window), SMITH_TYPE_RANGE_VIEW);
  WAIT_FOR (gtk_widget_get_width (view) > 0);
  g_signal_emit_by_name (view, "moved", -0.125, 0.375);
  changed = smith_ranges_window_get_changed (window);
  g_assert_nonnull (changed);
  g_assert_cmpuint (smith_ranges_n_by_hand (changed), ==, 1);
  g_assert_cmpfloat (smith_ranges_get (changed, 0).low, ==, -0.125);
  g_assert_cmpuint (smith_ranges_n_by_hand (ranges), ==, 0);
  g_signal_emit_by_name (find_button (GTK_WIDGET (window), "Quantize Again"), "clicked");
  g_assert_true (is_asked);
  gtk_window_destroy (GTK_WINDOW (window));
  settle (50);
}

static void
kept_ranges_complete_the_options (Fixture *f, gconstpointer data)
{
  g_autoptr (SmithRanges) ranges = calibrate (f);
  SmithConvertOptions *options;
  SmithChoice *choice;
  const char *why;

  smith_window_show_page (f->window, "convert");
  options
    = SMITH_CONVERT_OPTIONS (find_widget (GTK_WIDGET (f->window), SMITH_TYPE_CONVERT_OPTIONS));
  gtk_drop_down_set_selected (
    GTK_DROP_DOWN (find_widget (GTK_WIDGET (options), GTK_TYPE_DROP_DOWN)), 3);
  g_assert_false (smith_convert_options_are_complete (options, &why));
  smith_convert_options_set_ranges (options, ranges);
  g_assert_true (smith_convert_options_are_complete (options, &why));
  choice = smith_convert_options_get (options);
  g_assert_true (choice->ranges == ranges);
  smith_choice_free (choice);
  smith_convert_options_set_ranges (options, NULL);
  g_assert_false (smith_convert_options_are_complete (options, &why));
  settle (900);
}

#define ADD(name) g_test_add ("/ranges/" #name, Fixture, NULL, set_up, name, tear_down)

int
main (int argc, char **argv)
{
  if (!window_test_init (&argc, &argv))
    return 0;
  ADD (ends_can_be_moved_and_put_back);
  ADD (a_file_keeps_what_a_person_set);
  ADD (the_conversion_takes_them);
  ADD (no_samples_are_needed);
  ADD (the_window_changes_a_copy);
  ADD (kept_ranges_complete_the_options);
  return g_test_run ();
}
