/* litesmith check */
#include "describe.h"

#include <string.h>

static const CliOption options[] = {
  { "target", '\0', "NAME",
    "Also tells which operators would not run on this accelerator, and why: imx8mp-npu, imx93-npu, "
    "litert, litert-micro.",
    "imx8mp-npu imx93-npu litert litert-micro" },
  { "all", '\0', NULL, "Shows every note, also those of the same kind.", NULL },
  CLI_MEMORY_OPTION,
  CLI_JSON_OPTION,
  CLI_OPTIONS_END,
};

static const char *const severities[] = { "info", "warning", "error" };

static void
json_finding (CliJson *json, const LsFinding *finding)
{
  cli_json_open (json, NULL, '{');
  cli_json_string (json, "id", finding->id);
  cli_json_string (json, "severity", severities[finding->severity]);
  if (finding->subgraph >= 0)
    cli_json_int (json, "subgraph", finding->subgraph);
  if (finding->op >= 0)
    cli_json_int (json, "operator", finding->op);
  if (finding->tensor >= 0)
    cli_json_int (json, "tensor", finding->tensor);
  cli_json_string (json, "message", finding->message);
  cli_json_bool (json, "repairable", finding->is_repairable);
  if (finding->remedy != NULL)
    cli_json_string (json, "remedy", finding->remedy);
  if (finding->source != NULL)
    cli_json_string (json, "source", finding->source);
  cli_json_close (json);
}

static int
print_json (const CliArgs *args, const LsReport *report)
{
  CliJson *json = cli_json_new ();
  const char *target = cli_value (args, "target", NULL);

  cli_json_open (json, NULL, '{');
  cli_json_string (json, "model", args->positional[0]);
  cli_json_open (json, "diagnostics", '[');
  for (uint32_t i = 0; i < report->n_findings; i++)
    json_finding (json, &report->findings[i]);
  cli_json_close (json);
  if (target != NULL)
    json_target (json, target, report);
  return cli_json_finish (json, stdout);
}

/* How many notes of one kind are shown without --all. */
enum
{
  MAX_ALIKE = 3
};

/* How many findings in front of this one have its id. */
static uint32_t
count_alike (const LsReport *report, uint32_t index)
{
  uint32_t count = 0;

  for (uint32_t i = 0; i < index && count <= MAX_ALIKE; i++)
    count += strcmp (report->findings[i].id, report->findings[index].id) == 0;
  return count;
}

/* Where a finding is, with names. */
static char *
place_of (const LsModel *model, const LsFinding *finding)
{
  const LsSubgraph *subgraph
    = finding->subgraph >= 0 ? ls_model_subgraph (model, (uint32_t) finding->subgraph) : NULL;
  CLI_FREE char *op = NULL, *tensor = NULL;

  if (subgraph != NULL && finding->op >= 0 && (uint32_t) finding->op < subgraph->n_ops)
    op = cli_printf ("operator %d %s", finding->op, ls_op_kind_text (&subgraph->ops[finding->op]));
  if (subgraph != NULL && finding->tensor >= 0 && (uint32_t) finding->tensor < subgraph->n_tensors)
    tensor = cli_printf ("tensor %d \"%.80s\"", finding->tensor,
                         subgraph->tensors[finding->tensor].name);
  return cli_printf ("%s%s%s", op != NULL ? op : "", op != NULL && tensor != NULL ? ", " : "",
                     tensor != NULL ? tensor : "");
}

static void
print_finding (const LsModel *model, const LsFinding *finding)
{
  CLI_FREE char *place = place_of (model, finding);
  CLI_FREE char *clean = cli_clean (place, 300);
  CLI_FREE char *message = cli_clean (finding->message, 600);

  printf ("%-7s  %s%s%s\n         %s\n", severities[finding->severity], finding->id,
          clean[0] != '\0' ? "  " : "", clean, message);
  if (finding->is_repairable && finding->remedy != NULL)
    printf ("         repair: %s\n", finding->remedy);
}

static int
print_text (const CliArgs *args, const LsModel *model, const LsReport *report)
{
  uint32_t counts[3] = { 0, 0, 0 }, n_repairable = 0, n_hidden = 0;
  const char *target = cli_value (args, "target", NULL);

  /* The gravest first; the order of the file within. */
  for (int severity = LS_SEVERITY_ERROR; severity >= LS_SEVERITY_INFO; severity--)
    for (uint32_t i = 0; i < report->n_findings; i++)
      if ((int) report->findings[i].severity == severity)
        {
          bool is_shown = severity > LS_SEVERITY_INFO || cli_has (args, "all")
                          || count_alike (report, i) < MAX_ALIKE;

          if (is_shown)
            print_finding (model, &report->findings[i]);
          n_hidden += !is_shown;
          counts[severity]++;
          n_repairable += report->findings[i].is_repairable;
        }
  if (n_hidden > 0)
    printf ("… and %u more notes of the same kinds (--all shows them)\n", n_hidden);
  if (target != NULL && report->n_ops > 0)
    printf ("%u of %u operators run on %s, in %u %s: %.1f %% of the multiply-adds\n",
            count_on_target (report), report->n_ops, target, report->n_partitions,
            report->n_partitions == 1 ? "piece" : "pieces", 100 * report->mac_share);
  printf ("%u %s, %u %s, %u %s; litesmith repair can mend %u\n", counts[LS_SEVERITY_ERROR],
          counts[LS_SEVERITY_ERROR] == 1 ? "error" : "errors", counts[LS_SEVERITY_WARNING],
          counts[LS_SEVERITY_WARNING] == 1 ? "warning" : "warnings", counts[LS_SEVERITY_INFO],
          counts[LS_SEVERITY_INFO] == 1 ? "note" : "notes", n_repairable);
  return CLI_DONE;
}

/* What keeps the plan from being looked at to its end, though it need not be the file's fault. */
static const LsFinding *
find_unknown (const LsReport *report)
{
  for (uint32_t i = 0; i < report->n_findings; i++)
    if (strcmp (report->findings[i].id, "unknown-operator") == 0)
      return &report->findings[i];
  return NULL;
}

static int
run (const CliArgs *args)
{
  LsReport report;
  LsError error = { 0 };

  if (cli_word (args, "target") < 0)
    return CLI_USAGE;

  CLI_MODEL LsModel *model = cli_open (args->positional[0]);

  if (model == NULL)
    return CLI_FAILED;
  if (ls_check (model, cli_value (args, "target", NULL), &report, &error) != LS_OK)
    return cli_fail (args->positional[0], model, &error);

  int status
    = cli_has (args, "json") ? print_json (args, &report) : print_text (args, model, &report);

  const LsFinding *unknown = find_unknown (&report);

  if (unknown != NULL && status == CLI_DONE)
    {
      CLI_FREE char *clean = cli_clean (unknown->message, 600);

      fflush (stdout);
      cli_message ("%s: %s", args->positional[0], clean);
      status = CLI_FAILED;
    }
  ls_report_clear (&report);
  return status;
}

const CliCommand cli_check_command = {
  .name = "check",
  .arguments = "MODEL",
  .summary = "Tell what is wrong with a model, and where accelerators give up.",
  .min_args = 1,
  .max_args = 1,
  .options = options,
  .text = "Errors: the reference runtime refuses the file, or computes with other numbers than it "
          "states. Warnings: it runs, but something reads it wrongly. The exit status is 0 when it "
          "could look, whatever it found, and 1 when it could not: the file cannot be read, or "
          "has a custom operator that is not known, so that it cannot be run at all.\n",
  .examples = "  litesmith check model.tflite\n"
              "  litesmith check --target imx93-npu model.tflite\n",
  .run = run,
};
