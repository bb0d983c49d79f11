/* litesmith convert */
#include "describe.h"
#include "quantize.h"

#include <string.h>
#include <sys/stat.h>

static const CliOption options[] = {
  { "to", '\0', "TYPE",
    "float32: a clean float model, dense and dequantized; float16: the same with float16 "
    "constants; dynamic: with int8 weights; weight-only: with int8 weights behind DEQUANTIZE; "
    "int8, uint8, int16x8: integers throughout, with "
    "--calibration; dense: only what is sparse becomes dense. "
    "Without it the model is written as it is, in the format of OUT.",
    "keep float32 float16 dynamic int8 uint8 int16x8 dense weight-only" },
  { "keep-names", '\0', NULL, "Keeps names of tensors that are empty or not unique.", NULL },
  { "report", '\0', "FILE",
    "Writes what was done, as JSON, or as a page of its own by the ending: .html, .md. For "
    "integers also the range, the scale and the error of each tensor.",
    NULL },
  CLI_QUANTIZE_OPTIONS,
  { "sparsify", '\0', NULL,
    "Stores weights with zeros sparsely: as FULLY_CONNECTED takes them, else with DENSIFY.", NULL },
  { "block", '\0', "SIZE", "Blocks of sparse weights, rows x columns.",
    "auto 1x1 1x4 1x16 4x4 16x1" },
  { "min-saving", '\0', "SHARE", "Of a tensor's bytes, for it to become sparse (default 0.1).",
    NULL },
  { "dry-run", '\0', NULL, "Tells what would be done, and writes nothing to OUT.", NULL },
  { "in-place", '\0', NULL, "Lets OUT be IN itself.", NULL },
  CLI_MEMORY_OPTION,
  CLI_JSON_OPTION,
  CLI_OPTIONS_END,
};

static const LsTo targets[]
  = { LS_TO_KEEP,  LS_TO_FLOAT32, LS_TO_FLOAT16, LS_TO_DYNAMIC, LS_TO_INT8,
      LS_TO_UINT8, LS_TO_INT16X8, LS_TO_DENSE,   LS_TO_WEIGHTS };

/* Without --to an NPU gets integers. */
static bool
is_for_npu (const CliArgs *args)
{
  const char *target = cli_value (args, "target", "");

  return !cli_has (args, "to")
         && (strcmp (target, "imx8mp-npu") == 0 || strcmp (target, "imx93-npu") == 0);
}

static const char *
to_text (const CliArgs *args)
{
  return cli_value (args, "to", is_for_npu (args) ? "int8" : "keep");
}

static const char *const choices[] = { "auto", "off", "on" };

static void
put_gains (CliJson *json, const LsConvertReport *report)
{
  cli_json_open (json, "gains", '[');
  for (int i = 0; i < LS_N_GAINS; i++)
    {
      const LsGain *gain = &report->gains[i];

      cli_json_open (json, NULL, '{');
      cli_json_string (json, "name", ls_gain_name ((LsGainKind) i));
      cli_json_string (json, "choice", choices[gain->choice]);
      cli_json_bool (json, "used", gain->is_used);
      cli_json_uint (json, "samples", gain->n_samples);
      if (gain->n_samples > 0)
        {
          cli_json_real (json, "without_db", gain->without_db);
          cli_json_real (json, "with_db", gain->with_db);
        }
      cli_json_close (json);
    }
  cli_json_close (json);
}

/* What the check says of the result. */
static void
put_target (const CliArgs *args, const LsModel *converted, CliJson *json)
{
  const char *target = cli_value (args, "target", NULL);
  LsReport found;

  if (target == NULL || ls_check (converted, target, &found, NULL) != LS_OK)
    return;
  json_target (json, target, &found);
  ls_report_clear (&found);
}

static int
write_report (const CliArgs *args, const LsModel *converted, const LsConvertReport *report)
{
  CliJson *json = cli_json_new ();

  cli_json_open (json, NULL, '{');
  cli_json_string (json, "model", args->positional[0]);
  cli_json_string (json, "output", args->positional[1]);
  cli_json_string (json, "to", to_text (args));
  cli_json_uint (json, "operators_before", report->n_ops_before);
  cli_json_uint (json, "operators_after", report->n_ops_after);
  cli_json_uint (json, "constant_bytes_before", report->bytes_before);
  cli_json_uint (json, "constant_bytes_after", report->bytes_after);
  cli_json_open (json, "passes", '[');
  for (uint32_t i = 0; i < report->n_passes; i++)
    {
      cli_json_open (json, NULL, '{');
      cli_json_string (json, "pass", report->passes[i].pass);
      cli_json_uint (json, "changed", report->passes[i].n_changed);
      cli_json_string (json, "message", report->passes[i].message);
      cli_json_close (json);
    }
  cli_json_close (json);
  cli_json_open (json, "notes", '[');
  for (uint32_t i = 0; i < report->n_notes; i++)
    cli_json_string (json, NULL, report->notes[i]);
  cli_json_close (json);
  if (report->has_gains)
    put_gains (json, report);
  put_target (args, converted, json);
  return cli_json_finish (json, stdout);
}

enum
{
  MEASURED_SAMPLES = 16 /* at most, for the errors in a report */
};

/* Errors of each tensor over the samples. False after a message. */
static bool
measure (const CliArgs *args, const CliQuantize *quantize, const LsModel *model,
         const LsModel *converted, LsComparison *out)
{
  CliProgress progress;
  LsError error = { 0 };

  *out = (LsComparison){ 0 };
  if (quantize->samples == NULL || !cli_has (args, "report"))
    return true;
  cli_progress_begin (&progress);

  LsStatus status = ls_compare_layers (model, converted, quantize->samples, MEASURED_SAMPLES, NULL,
                                       0, 0, 1, &progress.progress, out, &error);

  cli_progress_end (&progress);
  if (status != LS_OK)
    cli_quantize_fail (quantize, args->positional[1], converted, &error);
  return status == LS_OK;
}

static int
save_report (const CliArgs *args, const CliQuantize *quantize, const LsModel *model,
             const LsModel *converted, const LsConvertReport *report,
             const LsComparison *comparison)
{
  const char *path = cli_value (args, "report", NULL);
  CLI_FREE char *command = cli_command_line (args);
  LsError error = { 0 };

  if (path == NULL)
    return CLI_DONE;

  const LsQuantizeReport all = { .source = model,
                                 .result = converted,
                                 .source_name = args->positional[0],
                                 .result_name = args->positional[1],
                                 .to = to_text (args),
                                 .command = command,
                                 .convert = report,
                                 .ranges = report->ranges,
                                 .comparison = quantize->samples != NULL ? comparison : NULL };

  return ls_quantize_report_save (&all, path, &error) == LS_OK ? CLI_DONE
                                                               : cli_fail (path, NULL, &error);
}

/* What each improvement brought, where it was measured. */
static void
print_gains (const LsConvertReport *report)
{
  for (int i = 0; i < LS_N_GAINS; i++)
    {
      char text[LS_GAIN_TEXT];

      if (ls_gain_text (report, (LsGainKind) i, text) != NULL)
        printf ("gain             %s\n", text);
    }
}

static void
print_text (const LsConvertReport *report)
{
  char a[CLI_NUMBER_SIZE], b[CLI_NUMBER_SIZE];

  for (uint32_t i = 0; i < report->n_passes; i++)
    if (report->passes[i].n_changed > 0)
      printf ("%-16s %s\n", report->passes[i].pass, report->passes[i].message);
  print_gains (report);
  for (uint32_t i = 0; i < report->n_notes; i++)
    {
      CLI_FREE char *note = cli_clean (report->notes[i], 600);

      printf ("note             %s\n", note);
    }
  printf ("%u operators → %u; constants %s → %s\n", report->n_ops_before, report->n_ops_after,
          cli_format_bytes (report->bytes_before, a), cli_format_bytes (report->bytes_after, b));
}

extern const CliCommand cli_compare_command;

/* What is asked next: how far the outputs are off. */
static void
print_next (const CliArgs *args, const CliQuantize *quantize)
{
  static const char *const shared = " mean std resize bgr ";
  CLI_FREE CliGiven *given = cli_alloc ((size_t) args->n_given + 1, sizeof *given);
  CliArgs next = { .command = &cli_compare_command,
                   .positional = args->positional,
                   .n_positional = 2,
                   .given = given };

  for (int i = 0; i < args->n_given; i++)
    {
      const CliGiven *one = &args->given[i];
      CLI_FREE char *word = cli_printf (" %s ", one->option->name);

      if (strstr (shared, word) != NULL || one->value == quantize->samples_path)
        given[next.n_given++] = *one;
    }

  CLI_FREE char *line = cli_command_line (&next);
  CLI_FREE char *clean = cli_clean (line, 1600);

  printf ("layer by layer: %s --sort sqnr\n", clean);
}

/* What was written, and how large it is. */
static void
print_result (const CliArgs *args, const CliQuantize *quantize, const LsModel *model)
{
  char before[CLI_NUMBER_SIZE], after[CLI_NUMBER_SIZE], ending[16];
  struct stat info;

  cli_ending (args->positional[1], ending);
  if (cli_has (args, "dry-run") || cli_is_drawing (ending)
      || stat (args->positional[1], &info) != 0)
    return;

  CLI_FREE char *name = cli_clean (args->positional[1], 200);

  printf ("%s: %s, the source %s\n", name, cli_format_bytes ((uint64_t) info.st_size, after),
          cli_format_bytes (ls_model_file_size (model), before));
  if (quantize->samples_path != NULL)
    print_next (args, quantize);
}

/* Pictures of the graph are drawn, everything else is a model. */
static LsStatus
save (const LsModel *model, const char *path, LsError *error)
{
  char ending[16];

  cli_ending (path, ending);
  if (cli_is_drawing (ending))
    return ls_graph_save (model, 0, path, NULL, error);
  return ls_model_save (model, path, error);
}

/* The model last: where it is, the rest is, too. */
static int
save_all (const CliArgs *args, const CliQuantize *quantize, const LsModel *model,
          const LsModel *converted, const LsConvertReport *report)
{
  LsError error = { 0 };
  LsComparison comparison;

  if (!measure (args, quantize, model, converted, &comparison))
    return CLI_FAILED;

  int status = cli_quantize_save (args, report);

  if (status == CLI_DONE)
    status = save_report (args, quantize, model, converted, report, &comparison);
  ls_comparison_clear (&comparison);
  if (status != CLI_DONE || cli_has (args, "dry-run"))
    return status;
  return save (converted, args->positional[1], &error) == LS_OK
           ? CLI_DONE
           : cli_fail (args->positional[0], converted, &error);
}

static int
finish (const CliArgs *args, const CliQuantize *quantize, const LsModel *model,
        const LsModel *converted, const LsConvertReport *report)
{
  const int status = save_all (args, quantize, model, converted, report);

  if (status != CLI_DONE)
    return status;
  if (cli_has (args, "json"))
    return write_report (args, converted, report);
  print_text (report);
  print_result (args, quantize, model);
  return CLI_DONE;
}

static int
convert (const CliArgs *args, const CliQuantize *quantize, const LsModel *model)
{
  LsConvertReport report;
  LsError error = { 0 };
  CliProgress progress;
  LsModel *converted;

  cli_progress_begin (&progress);

  LsStatus result
    = ls_convert (model, &quantize->convert, &progress.progress, &converted, &report, &error);

  cli_progress_end (&progress);
  /* A model of integers needs no data to become another one. */
  if (result == LS_E_USAGE && quantize->samples == NULL && quantize->ranges == NULL)
    return cli_usage_error (args, "--to %s needs --calibration PATH: %s", to_text (args),
                            error.message);
  if (result != LS_OK)
    return cli_quantize_fail (quantize, args->positional[0], model, &error);

  int status = finish (args, quantize, model, converted, &report);

  ls_convert_report_clear (&report);
  ls_model_free (converted);
  return status;
}

static int
parse_sparse (const CliArgs *args, LsConvertOptions *out)
{
  const int block = cli_word (args, "block");

  out->sparsify = cli_has (args, "sparsify");
  out->block = (LsSparseBlock) block;
  if (!out->sparsify && (cli_has (args, "block") || cli_has (args, "min-saving")))
    cli_message ("--%s is ignored without --sparsify",
                 cli_has (args, "block") ? "block" : "min-saving");
  return block >= 0 && cli_real (args, "min-saving", 0, 1, &out->min_saving) ? CLI_DONE : CLI_USAGE;
}

/* What would be found out behind minutes of work is found out first. */
static int
check_outputs (const CliArgs *args)
{
  const char *out = args->positional[1];
  const char *const outputs[]
    = { cli_has (args, "dry-run") ? NULL : out, cli_value (args, "report", NULL),
        cli_value (args, "save-ranges", NULL) };
  char ending[16];
  LsError error = { 0 };

  if (!cli_may_write (args, args->positional[0], out))
    return CLI_USAGE;
  cli_ending (out, ending);
  if (!cli_is_drawing (ending) && ls_model_save_check (out, &error) != LS_OK)
    return cli_usage_error (args, "%s", error.message);
  return cli_outputs_ready (args, "calibration", outputs, 3);
}

static int
run (const CliArgs *args)
{
  int to = cli_word (args, "to"), target = cli_word (args, "target");
  CliQuantize quantize = { 0 };
  const char *why;
  int status = to < 0 || target < 0 ? CLI_USAGE : check_outputs (args);

  if (status == CLI_DONE)
    status = cli_quantize_parse (args, is_for_npu (args) ? LS_TO_INT8 : targets[to], &quantize);
  if (status == CLI_DONE)
    status = parse_sparse (args, &quantize.convert);

  CLI_MODEL LsModel *model = status == CLI_DONE ? cli_open (args->positional[0]) : NULL;

  if (status == CLI_DONE && model == NULL)
    status = CLI_FAILED;
  if (status == CLI_DONE && !ls_convert_available (targets[to], &why))
    {
      cli_message ("%s: %s", args->positional[0], why);
      status = CLI_FAILED;
    }
  if (status == CLI_DONE)
    status = cli_quantize_open (args, model, &quantize);
  if (status == CLI_DONE)
    status = convert (args, &quantize, model);
  cli_quantize_clear (&quantize);
  return status;
}

const CliCommand cli_convert_command = {
  .name = "convert",
  .arguments = "IN OUT",
  .summary = "Convert a model to another type of numbers or another format.",
  .min_args = 2,
  .max_args = 2,
  .options = options,
  .text = "The format of OUT follows its ending: .tflite, .json, or the graph as .dot, .svg, .png, "
          ".pdf. "
          "OUT appears whole or not at all.\n",
  .examples
  = "  litesmith convert sparse.tflite dense.tflite --to dense\n"
    "  litesmith convert pruned.tflite sparse.tflite --sparsify\n"
    "  litesmith convert quantized.tflite float.tflite --to float32 --report report.json\n"
    "  litesmith convert float.tflite int8.tflite --to int8 --calibration pictures/ --report "
    "r.html\n"
    "  litesmith convert int8.tflite uint8.tflite --to uint8\n"
    "  litesmith convert float.tflite npu.tflite --target imx93-npu --calibration pictures/\n",
  .run = run,
};
