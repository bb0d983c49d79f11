/* Conversions that are tried in several ways: never worse, always the same, and as good as asked.
 */
#include "test.h"

#include <math.h>

#include "convert/quantize/search.h"
#include "npz.h"

static const char *folder; /* of the sample models */
static LsModel *source;
static LsSamples *samples;

static void
open_all (void)
{
  static float digits[12][64];
  char path[1000];

  for (int i = 0; i < 12 * 64; i++)
    digits[i / 64][i % 64] = (float) ((i * 7 + i / 64 * 5) % 17) / 16;
  npz_write (npz_path ("s.npz"), &(NpzArray){ "in_0", "<f4", "12, 8, 8, 1", digits, sizeof digits },
             1);
  snprintf (path, sizeof path, "%s/digits.tflite", folder);
  CHECK (ls_model_open (path, &source, NULL) == LS_OK);
  CHECK (ls_samples_open (source, npz_path ("s.npz"), NULL, &samples, NULL) == LS_OK);
}

/* Converts, and measures what came out; gives the message of the pass of that name in @message. */
static double
convert (bool improve, double min_sqnr, const char *pass, char message[200], uint32_t *n_changed)
{
  LsConvertOptions options
    = { .to = LS_TO_INT8, .samples = samples, .improve = improve, .min_sqnr = min_sqnr };
  LS_AUTO (LsYardstick, ls_yardstick_free) yardstick = NULL;
  LsConvertReport report = { 0 };
  LsModel *model = NULL;
  LsError error = { 0 };
  LsMeasured measured = { 0 };

  message[0] = '\0';
  *n_changed = 0;
  if (ls_convert (source, &options, NULL, &model, &report, &error) != LS_OK
      || ls_yardstick_new (source, samples, &yardstick, &error) != LS_OK
      || ls_yardstick_measure (yardstick, model, &measured, &error) != LS_OK)
    printf ("# %s\n", error.message);
  CHECK (model != NULL && report.ranges != NULL);
  for (uint32_t i = 0; i < report.n_passes; i++)
    if (strcmp (report.passes[i].pass, pass) == 0)
      {
        snprintf (message, 200, "%s", report.passes[i].message);
        *n_changed = report.passes[i].n_changed;
      }
  ls_convert_report_clear (&report);
  ls_model_free (model);
  return measured.all;
}

static void
search_is_never_worse_and_repeats (void)
{
  char message[200], again[200];
  uint32_t n;
  double plain = convert (false, 0, "search", message, &n);

  CHECK (message[0] == '\0' && plain > 10);

  double searched = convert (true, 0, "search", message, &n);

  CHECK (searched >= plain && n > 2 && strstr (message, "12 samples") != NULL);
  CHECK (convert (true, 0, "search", again, &n) == searched);
  CHECK_STR (message, again);
}

static void
floats_stay_until_it_is_good_enough (void)
{
  char message[200];
  uint32_t n;
  double plain = convert (false, 0, "keep-float", message, &n);
  /* More than some 42 dB are not to be had: inputs and outputs stay integers. */
  double better = convert (false, plain + 1, "keep-float", message, &n);

  CHECK (better >= plain + 1 && n > 0);
  CHECK (strstr (message, "stay in float") != NULL);
  CHECK (convert (false, plain - 1, "keep-float", message, &n) == plain && n == 0);
}

/* What was asked for is done, and what it brought is told where it was measured. */
static void
gains_are_told (void)
{
  static const LsChoice choices[] = { LS_CHOICE_AUTO, LS_CHOICE_OFF, LS_CHOICE_ON };

  for (int i = 0; i < 3; i++)
    {
      LsConvertOptions options = { .to = LS_TO_INT8,
                                   .samples = samples,
                                   .bias_correction = choices[i],
                                   .equalization = choices[i],
                                   .adaptive_rounding = choices[i] };
      LsConvertReport report = { 0 };
      LsModel *model = NULL;
      char text[LS_GAIN_TEXT];

      CHECK (ls_convert (source, &options, NULL, &model, &report, NULL) == LS_OK);
      CHECK (report.has_gains);
      for (int k = 0; k < LS_N_GAINS; k++)
        {
          const LsGain *gain = &report.gains[k];
          bool is_told = ls_gain_text (&report, (LsGainKind) k, text) != NULL;

          CHECK (gain->choice == choices[i]);
          CHECK (choices[i] == LS_CHOICE_AUTO || gain->is_used == (choices[i] == LS_CHOICE_ON));
          CHECK (choices[i] == LS_CHOICE_AUTO || is_told == (choices[i] == LS_CHOICE_ON));
          CHECK (!is_told || (gain->with_db > 5 && gain->without_db > 5));
          CHECK (!is_told || strncmp (text, ls_gain_name ((LsGainKind) k), 4) == 0);
        }
      ls_convert_report_clear (&report);
      ls_model_free (model);
    }
}

static bool
stop_soon (void *data, double fraction, const char *what)
{
  (void) fraction, (void) what;
  return ++*(int *) data < 3;
}

static void
search_is_cancelled (void)
{
  LsConvertOptions options = { .to = LS_TO_INT8, .samples = samples, .improve = true };
  int n = 0;
  LsProgress progress = { stop_soon, &n };
  LsModel *model;
  LsError error = { 0 };

  CHECK (ls_convert (source, &options, &progress, &model, NULL, &error) == LS_E_CANCELLED);
  CHECK (model == NULL);
}

/* A sample of no numbers is named, and all is as if it was not there. */
static void
samples_without_numbers_count_for_nothing (void)
{
  static float digits[13][64];
  LsSamples *spoiled;
  LsConvertReport reports[2] = { { 0 } };
  LsModel *models[2] = { NULL };

  for (int i = 0, k = 0; i < 13; i++)
    for (int j = 0; j < 64; j++)
      digits[i][j] = i == 3 ? NAN : (float) ((k++ * 7 + (i - (i > 3)) * 5) % 17) / 16;
  npz_write (npz_path ("n.npz"), &(NpzArray){ "in_0", "<f4", "13, 8, 8, 1", digits, sizeof digits },
             1);
  CHECK (ls_samples_open (source, npz_path ("n.npz"), NULL, &spoiled, NULL) == LS_OK);
  for (int i = 0; i < 2; i++)
    {
      LsConvertOptions options = { .to = LS_TO_INT8, .samples = i > 0 ? spoiled : samples };

      CHECK (ls_convert (source, &options, NULL, &models[i], &reports[i], NULL) == LS_OK);
    }
  CHECK (reports[0].ranges->n_samples == 12 && reports[1].ranges->n_samples == 12);
  for (uint32_t i = 0; i < reports[0].ranges->n_ranges; i++)
    CHECK (reports[0].ranges->ranges[i].low == reports[1].ranges->ranges[i].low
           && reports[0].ranges->ranges[i].high == reports[1].ranges->ranges[i].high);
  CHECK (reports[0].gains[LS_GAIN_EQUALIZATION].without_db
         == reports[1].gains[LS_GAIN_EQUALIZATION].without_db);
  CHECK (reports[1].n_notes == reports[0].n_notes + 1);
  CHECK (strstr (reports[1].notes[reports[1].n_notes - 1], "1 of 13 samples is left out") != NULL
         && strstr (reports[1].notes[reports[1].n_notes - 1], "sample 3") != NULL);

  LsComparison comparison;

  CHECK (ls_compare_samples (source, models[1], spoiled, 0, 1, NULL, &comparison, NULL) == LS_OK);
  CHECK (comparison.n_samples == 12);
  ls_comparison_clear (&comparison);
  for (int i = 0; i < 2; i++)
    {
      ls_convert_report_clear (&reports[i]);
      ls_model_free (models[i]);
    }
  ls_samples_free (spoiled);
}

int
main (int argc, char **argv)
{
  if (argc < 2)
    return 2;
  folder = argv[1];
  open_all ();
  RUN (search_is_never_worse_and_repeats);
  RUN (gains_are_told);
  RUN (floats_stay_until_it_is_good_enough);
  RUN (search_is_cancelled);
  RUN (samples_without_numbers_count_for_nothing);
  ls_samples_free (samples);
  ls_model_free (source);
  npz_remove (npz_folder ());
  return done ();
}
