/* litesmith convert */
#include "cli.h"

#include <string.h>

static const CliOption options[] = {
  { "to", '\0', "TYPE",
    "float32: a clean float model, dense and dequantized; float16: the same with float16 "
    "constants; dynamic: with int8 weights; dense: only what is sparse becomes dense. "
    "Without it the model is written as it is, in the format of OUT.",
    "keep float32 float16 dynamic dense" },
  { "keep-names", '\0', NULL, "Keeps the names of tensors as they are.", NULL },
  { "report", '\0', "FILE", "Writes what each pass did as JSON.", NULL },
  { "in-place", '\0', NULL, "Lets OUT be IN itself.", NULL },
  CLI_JSON_OPTION,
  CLI_OPTIONS_END,
};

static const LsTo targets[]
  = { LS_TO_KEEP, LS_TO_FLOAT32, LS_TO_FLOAT16, LS_TO_DYNAMIC, LS_TO_DENSE };

static int
write_report (const CliArgs *args, const LsConvertReport *report, FILE *stream)
{
  CliJson *json = cli_json_new ();

  cli_json_open (json, NULL, '{');
  cli_json_string (json, "model", args->positional[0]);
  cli_json_string (json, "output", args->positional[1]);
  cli_json_string (json, "to", cli_value (args, "to", "keep"));
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
  return cli_json_finish (json, stream);
}

static int
save_report (const CliArgs *args, const LsConvertReport *report, const char *path)
{
  CliFile file;

  if (!cli_file_open (&file, path))
    return CLI_FAILED;
  write_report (args, report, file.stream);
  return cli_file_commit (&file);
}

static void
print_text (const LsConvertReport *report)
{
  char a[CLI_NUMBER_SIZE], b[CLI_NUMBER_SIZE];

  for (uint32_t i = 0; i < report->n_passes; i++)
    if (report->passes[i].n_changed > 0)
      printf ("%-16s %s\n", report->passes[i].pass, report->passes[i].message);
  for (uint32_t i = 0; i < report->n_notes; i++)
    {
      CLI_FREE char *note = cli_clean (report->notes[i], 600);

      printf ("note             %s\n", note);
    }
  printf ("%u operators → %u; constants %s → %s\n", report->n_ops_before, report->n_ops_after,
          cli_format_bytes (report->bytes_before, a), cli_format_bytes (report->bytes_after, b));
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

static int
finish (const CliArgs *args, const LsModel *model, const LsConvertReport *report)
{
  LsError error = { 0 };
  const char *path = cli_value (args, "report", NULL);

  LsStatus status = save (model, args->positional[1], &error);

  if (status == LS_E_USAGE)
    return cli_usage_error (args, "%s", error.message);
  if (status != LS_OK)
    return cli_fail (args->positional[0], model, &error);
  if (path != NULL && save_report (args, report, path) != CLI_DONE)
    return CLI_FAILED;
  if (cli_has (args, "json"))
    return write_report (args, report, stdout);
  print_text (report);
  return CLI_DONE;
}

static int
run (const CliArgs *args)
{
  int to = cli_word (args, "to");
  LsConvertReport report;
  LsError error = { 0 };
  CliProgress progress;
  LsModel *converted;

  if (to < 0 || !cli_may_write (args, args->positional[0], args->positional[1]))
    return CLI_USAGE;

  CLI_MODEL LsModel *model = cli_open (args->positional[0]);
  const LsConvertOptions convert
    = { .to = targets[to], .keep_names = cli_has (args, "keep-names") };

  if (model == NULL)
    return CLI_FAILED;
  cli_progress_begin (&progress);

  LsStatus result = ls_convert (model, &convert, &progress.progress, &converted, &report, &error);

  cli_progress_end (&progress);
  if (result != LS_OK)
    return cli_fail (args->positional[0], model, &error);

  int status = finish (args, converted, &report);

  ls_convert_report_clear (&report);
  ls_model_free (converted);
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
    "  litesmith convert quantized.tflite float.tflite --to float32 --report report.json\n",
  .run = run,
};
