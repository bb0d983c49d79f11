#include "quantize.h"

#include <math.h>
#include <string.h>

#include "run.h"

static bool
is_integer (LsTo to)
{
  return to == LS_TO_INT8 || to == LS_TO_UINT8 || to == LS_TO_INT16X8;
}

static bool
has_integer_weights (LsTo to)
{
  return is_integer (to) || to == LS_TO_DYNAMIC || to == LS_TO_WEIGHTS;
}

/* ---- What an option is for ------------------------------------------------------------------- */

typedef enum
{
  FOR_INTEGERS, /* of activations */
  FOR_WEIGHTS,  /* that are integers */
  FOR_FEW_BITS, /* of weights: int8, dynamic, weight-only */
  FOR_BLOCKS    /* of weights: dynamic, weight-only */
} Purpose;

static const struct
{
  const char *option;
  Purpose purpose;
  const char *idle; /* the value that asks for nothing, or NULL */
} purposes[] = {
  { "observer", FOR_INTEGERS, "auto" },
  { "percentile", FOR_INTEGERS, NULL },
  { "bias-correction", FOR_INTEGERS, "off" },
  { "equalization", FOR_INTEGERS, "off" },
  { "min-sqnr", FOR_INTEGERS, "0" },
  { "granularity", FOR_WEIGHTS, "default" },
  { "adaptive-rounding", FOR_WEIGHTS, "off" },
  { "keep-float", FOR_WEIGHTS, NULL },
  { "auto", FOR_WEIGHTS, NULL },
  { "weight-bits", FOR_FEW_BITS, "8" },
  { "weight-block", FOR_BLOCKS, "none" },
};

static bool
has_purpose (Purpose purpose, LsTo to)
{
  const bool is_float = to == LS_TO_DYNAMIC || to == LS_TO_WEIGHTS;

  return purpose == FOR_INTEGERS   ? is_integer (to)
         : purpose == FOR_WEIGHTS  ? has_integer_weights (to)
         : purpose == FOR_FEW_BITS ? is_float || to == LS_TO_INT8
                                   : is_float;
}

/* Says which options do nothing with that type: somebody hoped for something. */
static void
tell_idle (const CliArgs *args, LsTo to)
{
  for (size_t i = 0; i < sizeof purposes / sizeof purposes[0]; i++)
    {
      const char *value = cli_value (args, purposes[i].option, NULL);

      if (value == NULL || has_purpose (purposes[i].purpose, to)
          || (purposes[i].idle != NULL && strcmp (value, purposes[i].idle) == 0)
          || strcmp (value, "auto") == 0)
        continue;
      cli_message ("--%s is ignored: it is %s, which --to %s does not make", purposes[i].option,
                   purposes[i].purpose == FOR_INTEGERS   ? "for activations that are integers"
                   : purposes[i].purpose == FOR_WEIGHTS  ? "for weights that are integers"
                   : purposes[i].purpose == FOR_FEW_BITS ? "for weights of fewer bits than 8"
                                                         : "for blocks of weights in float models",
                   cli_value (args, "to", "keep"));
    }
}

/* Options that contradict each other. */
static int
check_pairs (const CliArgs *args, const CliQuantize *quantize)
{
  const char *observer = cli_value (args, "observer", "auto");
  const char *bits = cli_value (args, "weight-bits", "4");
  const bool has_ranges_alone = quantize->ranges_path != NULL && quantize->samples_path == NULL;

  if (strcmp (cli_value (args, "weight-block", "none"), "none") != 0 && strcmp (bits, "4") != 0)
    return cli_usage_error (args, "--weight-block is for 4 bits, not --weight-bits %s", bits);
  if (cli_has (args, "min-sqnr") && has_ranges_alone)
    return cli_usage_error (args, "--min-sqnr needs samples: --calibration gives ranges alone");
  if (cli_has (args, "percentile") && strcmp (observer, "percentile") != 0
      && strcmp (observer, "auto") != 0)
    cli_message ("--percentile is ignored: --observer %s keeps no share of the values", observer);
  if (has_ranges_alone && cli_has (args, "auto"))
    cli_message ("--auto is ignored: it needs samples, and --calibration gives ranges alone");
  if (quantize->samples_path == NULL && has_integer_weights (quantize->convert.to)
      && strcmp (cli_value (args, "adaptive-rounding", "auto"), "on") == 0)
    cli_message ("--adaptive-rounding is ignored: it needs samples (--calibration)");
  return CLI_DONE;
}

/* Integer weights alone need data only to be rounded with it. */
static bool
rounds_with_data (const CliArgs *args, LsTo to)
{
  const char *rounding = cli_value (args, "adaptive-rounding", "auto");

  return (to == LS_TO_DYNAMIC || to == LS_TO_WEIGHTS)
         && (strcmp (rounding, "on") == 0
             || (strcmp (rounding, "auto") == 0 && cli_has (args, "auto")));
}

/* Ranges are told from samples by their ending. */
static int
take_paths (const CliArgs *args, LsTo to, CliQuantize *out)
{
  const char *path;

  for (int cursor = 0; (path = cli_next (args, "calibration", &cursor)) != NULL;)
    {
      char ending[16];

      cli_ending (path, ending);

      const char **place = strcmp (ending, "json") == 0 ? &out->ranges_path : &out->samples_path;

      if (*place != NULL)
        return cli_usage_error (args, "--calibration takes %s once: %s and %s",
                                place == &out->ranges_path ? "ranges" : "samples", *place, path);
      *place = path;
    }
  if (is_integer (to) || rounds_with_data (args, to)
      || (out->ranges_path == NULL && out->samples_path == NULL))
    return CLI_DONE;
  cli_message ("--calibration is ignored: --to %s needs no data", cli_value (args, "to", "keep"));
  out->ranges_path = out->samples_path = NULL;
  return CLI_DONE;
}

static void
take_patterns (const CliArgs *args, CliQuantize *out)
{
  const char *pattern;

  for (int cursor = 0; (pattern = cli_next (args, "keep-float", &cursor)) != NULL;)
    {
      out->keep_float = cli_grow (out->keep_float, out->convert.n_keep, sizeof *out->keep_float);
      out->keep_float[out->convert.n_keep++] = pattern;
    }
  out->convert.keep_float = out->keep_float;
}

/* What makes the numbers better, each where it does, never or always. */
static int
take_choices (const CliArgs *args, LsConvertOptions *out)
{
  int rounding = cli_word (args, "adaptive-rounding"), bias = cli_word (args, "bias-correction");
  int equalization = cli_word (args, "equalization");

  if (rounding < 0 || bias < 0 || equalization < 0)
    return CLI_USAGE;
  out->adaptive_rounding = (LsChoice) rounding;
  out->bias_correction = (LsChoice) bias;
  out->equalization = (LsChoice) equalization;
  return CLI_DONE;
}

/* Scales, bits and blocks of weights. */
static int
take_weights (const CliArgs *args, LsConvertOptions *out)
{
  static const uint32_t widths[] = { 8, 4, 2 };
  int bits = cli_word (args, "weight-bits"), block = cli_word (args, "weight-block");
  int granularity = cli_word (args, "granularity");

  if (bits < 0 || block < 0 || granularity < 0)
    return CLI_USAGE;
  if (!has_purpose (FOR_BLOCKS, out->to))
    block = 0;
  out->weight_bits = block > 0 ? 4 : has_purpose (FOR_FEW_BITS, out->to) ? widths[bits] : 8;
  out->weight_block = block > 0 ? 16U << block : 0;
  out->granularity = (LsGranularity) granularity;
  return take_choices (args, out);
}

int
cli_quantize_parse (const CliArgs *args, LsTo to, CliQuantize *out)
{
  int io = cli_word (args, "io"), observer = cli_word (args, "observer");
  double percentile = 0, min_sqnr = 0;
  uint64_t threads = 0;

  *out = (CliQuantize){ .convert = { .to = to, .keep_names = cli_has (args, "keep-names") } };
  if (io < 0 || observer < 0 || !cli_real (args, "percentile", 50, 100, &percentile)
      || !cli_real (args, "min-sqnr", 0, 200, &min_sqnr)
      || !cli_uint (args, "threads", 1, 1024, &threads) || !cli_image_options (args, &out->image))
    return CLI_USAGE;
  out->convert.float_io = io == 1;
  out->convert.min_sqnr = min_sqnr;
  out->convert.target = cli_has (args, "target") ? cli_value (args, "target", NULL) : NULL;
  out->convert.improve = cli_has (args, "auto");
  out->convert.calibrate = (LsCalibrateOptions){ .observer = (LsObserver) observer,
                                                 .percentile = percentile / 100,
                                                 .n_threads = (uint32_t) threads,
                                                 .bits = to == LS_TO_INT16X8 ? 16 : 8 };
  out->observes_again = cli_has (args, "observer") || cli_has (args, "percentile");
  /* A share of the values is kept by one observer alone. */
  if (cli_has (args, "percentile") && observer == 0)
    out->convert.calibrate.observer = LS_OBSERVE_PERCENTILE;
  take_patterns (args, out);

  int status = take_paths (args, to, out);

  if (status == CLI_DONE)
    status = take_weights (args, &out->convert);
  if (status == CLI_DONE)
    status = check_pairs (args, out);
  if (status == CLI_DONE)
    tell_idle (args, to);
  return status;
}

/* "NAME=LOW:HIGH": names may hold either sign, so the last ones count. */
static int
set_range (const CliArgs *args, const char *text, LsRanges *ranges)
{
  const char *equals = strrchr (text, '=');
  char *end, *last;
  double low = equals != NULL ? strtod (equals + 1, &end) : 0;
  bool is_good = equals != NULL && end > equals + 1 && *end == ':';
  double high = is_good ? strtod (end + 1, &last) : 0;
  bool is_found = false;

  if (!is_good || last == end + 1 || *last != '\0' || !isfinite (low) || !isfinite (high)
      || low >= high)
    return cli_usage_error (args, "--range takes NAME=LOW:HIGH, not \"%s\"", text);
  for (uint32_t i = 0; i < ranges->n_ranges; i++)
    {
      LsRange *range = &ranges->ranges[i];

      if (strncmp (range->name, text, (size_t) (equals - text)) != 0
          || range->name[equals - text] != '\0')
        continue;
      range->low = low;
      range->high = high;
      range->by_hand = is_found = true;
    }
  if (is_found)
    return CLI_DONE;
  cli_message ("--range: there is no range of \"%.*s\"", (int) (equals - text), text);
  return CLI_FAILED;
}

static int
set_ranges (const CliArgs *args, CliQuantize *quantize)
{
  const char *text;
  int status = CLI_DONE;

  if (cli_has (args, "range") && quantize->ranges == NULL)
    return cli_usage_error (args,
                            "--range changes a file of ranges, which --calibration must give");
  for (int cursor = 0; status == CLI_DONE && (text = cli_next (args, "range", &cursor)) != NULL;)
    status = set_range (args, text, quantize->ranges);
  return status;
}

int
cli_quantize_open (const CliArgs *args, const LsModel *model, CliQuantize *quantize)
{
  LsError error = { 0 };

  if (quantize->samples_path != NULL
      && ls_samples_open (model, quantize->samples_path, &quantize->image, &quantize->samples,
                          &error)
           != LS_OK)
    return cli_fail (quantize->samples_path, NULL, &error);
  if (quantize->ranges_path != NULL
      && ls_ranges_load (model, quantize->ranges_path, &quantize->ranges, &error) != LS_OK)
    return cli_fail (quantize->ranges_path, NULL, &error);
  if (quantize->ranges != NULL && quantize->observes_again)
    ls_ranges_observe (quantize->ranges, &quantize->convert.calibrate);
  if (quantize->samples != NULL && ls_samples_note (quantize->samples) != NULL)
    cli_message ("%s: %s", quantize->samples_path, ls_samples_note (quantize->samples));
  quantize->convert.samples = quantize->samples;
  quantize->convert.ranges = quantize->ranges;
  return set_ranges (args, quantize);
}

int
cli_quantize_save (const CliArgs *args, const LsConvertReport *report)
{
  const char *path = cli_value (args, "save-ranges", NULL);
  LsError error = { 0 };

  if (path == NULL)
    return CLI_DONE;
  if (report->ranges == NULL)
    {
      cli_message ("%s: there are no ranges to write: nothing was calibrated", path);
      return CLI_FAILED;
    }
  return ls_ranges_save (report->ranges, path, &error) == LS_OK ? CLI_DONE
                                                                : cli_fail (path, NULL, &error);
}

int
cli_quantize_fail (const CliQuantize *quantize, const char *file, const LsModel *model,
                   const LsError *error)
{
  const char *path = quantize->samples_path;

  if (path == NULL || strncmp (error->message, path, strlen (path)) != 0)
    return cli_fail (file, model, error);

  CLI_FREE char *text = cli_error_text ("", NULL, error);

  cli_message ("%s", text + strlen (": "));
  return CLI_FAILED;
}

void
cli_quantize_clear (CliQuantize *quantize)
{
  ls_samples_free (quantize->samples);
  ls_ranges_free (quantize->ranges);
  free (quantize->keep_float);
}
