/* litesmith repair */
#include "run.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static const CliOption options[] = {
  { "fix", '\0', "ID[:WAY][@PLACE]",
    "Mends this alone; may be given again. Without it everything repairable is mended that is an "
    "error or a warning (\"all\"). WAY is leave, or of bias-scale-mismatch keep-values or "
    "keep-integers; PLACE is an operator, or SUBGRAPH/OPERATOR/TENSOR.",
    NULL },
  { "rewrite", '\0', NULL,
    "Writes the file anew instead of changing bytes: mends also what a vector must grow for, or "
    "what the file leaves at a default.",
    NULL },
  { "compare", '\0', NULL,
    "Runs the model as it is and as mended on the same inputs, and tells how far the outputs are "
    "apart.",
    NULL },
  { "input", 'i', "NAME=FILE", "Feeds an input of --compare; the others are random.", NULL },
  { "seed", '\0', "N", "Fills inputs that are not given (default 0).", NULL },
  { "in-place", '\0', NULL, "Lets OUT be MODEL itself.", NULL },
  CLI_MEMORY_OPTION,
  CLI_JSON_OPTION,
  CLI_OPTIONS_END,
};

enum
{
  MAX_BYTES = 16 /* of a change that are shown as text */
};

static void
json_bytes (CliJson *json, const char *key, const uint8_t *bytes, uint32_t length)
{
  CLI_FREE char *text = cli_alloc ((size_t) length * 2 + 1, 1);

  for (uint32_t i = 0; i < length; i++)
    snprintf (text + 2 * (size_t) i, 3, "%02x", bytes[i]);
  cli_json_string (json, key, text);
}

static void
json_place (CliJson *json, int subgraph, int op, int tensor)
{
  if (subgraph >= 0)
    cli_json_int (json, "subgraph", subgraph);
  if (op >= 0)
    cli_json_int (json, "operator", op);
  if (tensor >= 0)
    cli_json_int (json, "tensor", tensor);
}

/* A repair, and what it does to the outputs. */
typedef struct
{
  const CliArgs *args;
  LsRepair repair;
  LsModel *rewritten;    /* with --rewrite */
  LsRepairEffect effect; /* with --compare */
} Mending;

static void
json_change (CliJson *json, const LsChange *change)
{
  cli_json_open (json, NULL, '{');
  cli_json_string (json, "id", change->id);
  json_place (json, change->subgraph, change->op, change->tensor);
  if (change->length > 0)
    {
      cli_json_uint (json, "offset", change->offset);
      cli_json_uint (json, "length", change->length);
      json_bytes (json, "before", change->before, change->length);
      json_bytes (json, "after", change->after, change->length);
    }
  cli_json_string (json, "text", change->text);
  cli_json_close (json);
}

static void
json_effect (CliJson *json, const LsRepairEffect *effect)
{
  cli_json_open (json, "effect", '{');
  cli_json_string (json, "before_problem", effect->before_problem);
  cli_json_string (json, "after_problem", effect->after_problem);
  cli_json_open (json, "outputs", '[');
  for (uint32_t i = 0; i < effect->outputs.n_tensors; i++)
    {
      const LsComparedTensor *tensor = &effect->outputs.tensors[i];

      cli_json_open (json, NULL, '{');
      cli_json_string (json, "name", tensor->name_a);
      cli_json_int (json, "tensor", tensor->tensor_a);
      cli_json_errors (json, tensor);
      cli_json_close (json);
    }
  cli_json_close (json);
  cli_json_close (json);
}

static int
print_json (const Mending *mending)
{
  const LsRepair *repair = &mending->repair;
  CliJson *json = cli_json_new ();

  cli_json_open (json, NULL, '{');
  cli_json_open (json, "changes", '[');
  for (uint32_t i = 0; i < repair->n_changes; i++)
    json_change (json, &repair->changes[i]);
  cli_json_close (json);
  cli_json_open (json, "left", '[');
  for (uint32_t i = 0; i < repair->n_left; i++)
    {
      cli_json_open (json, NULL, '{');
      cli_json_string (json, "id", repair->left[i].id);
      json_place (json, repair->left[i].subgraph, repair->left[i].op, repair->left[i].tensor);
      cli_json_string (json, "message", repair->left[i].message);
      cli_json_bool (json, "rewritable", repair->left[i].is_rewritable);
      cli_json_close (json);
    }
  cli_json_close (json);
  cli_json_open (json, "notes", '[');
  for (uint32_t i = 0; i < repair->n_notes; i++)
    cli_json_string (json, NULL, repair->notes[i]);
  cli_json_close (json);
  cli_json_bool (json, "rewritten", mending->rewritten != NULL);
  if (cli_has (mending->args, "compare"))
    json_effect (json, &mending->effect);
  return cli_json_finish (json, stdout);
}

/* Bytes in hexadecimal; those that differ from @others are bold on a terminal. */
static void
print_bytes (const uint8_t *bytes, const uint8_t *others, uint32_t length, const char *color)
{
  for (uint32_t i = 0; i < length && i < MAX_BYTES; i++)
    if (color != NULL && bytes[i] != others[i])
      printf (" \033[1;%sm%02x\033[0m", color, bytes[i]);
    else
      printf (" %02x", bytes[i]);
  if (length > MAX_BYTES)
    printf (" … %u more", length - MAX_BYTES);
}

static void
print_change (const LsChange *change)
{
  const bool is_colored = isatty (STDOUT_FILENO) && getenv ("NO_COLOR") == NULL;
  CLI_FREE char *text = cli_clean (change->text != NULL ? change->text : "", 300);

  if (change->length == 0)
    {
      printf ("%s: %s\n", change->id, text);
      return;
    }
  printf ("%s: bytes %llu to %llu: %s\n", change->id, (unsigned long long) change->offset,
          (unsigned long long) (change->offset + change->length - 1), text);
  printf ("  %08llx ", (unsigned long long) change->offset);
  print_bytes (change->before, change->after, change->length, is_colored ? "31" : NULL);
  fputs (" →", stdout);
  print_bytes (change->after, change->before, change->length, is_colored ? "32" : NULL);
  putchar ('\n');
}

static void
print_problem (const char *what, const char *problem)
{
  CLI_FREE char *text = problem != NULL ? cli_clean (problem, 300) : NULL;

  if (text != NULL)
    printf ("%s cannot be run: %s\n", what, text);
}

static void
print_effect (const LsRepairEffect *effect)
{
  CliTable *table = cli_table_new ("lrrrr");

  print_problem ("the model as it is", effect->before_problem);
  print_problem ("the mended model", effect->after_problem);
  cli_table_add (table, "output, before and after");
  cli_table_add (table, "max abs");
  cli_table_add (table, "mean abs");
  cli_table_add (table, "SQNR dB");
  cli_table_add (table, "cosine");
  for (uint32_t i = 0; i < effect->outputs.n_tensors; i++)
    {
      const LsComparedTensor *tensor = &effect->outputs.tensors[i];
      CLI_FREE char *name = cli_clean (tensor->name_a, 60);

      cli_table_add (table, "%s", name);
      cli_table_add (table, "%.4g", tensor->max_abs);
      cli_table_add (table, "%.4g", tensor->mean_abs);
      if (isinf (tensor->sqnr_db))
        cli_table_add (table, "equal");
      else
        cli_table_add (table, "%.2f", tensor->sqnr_db);
      cli_table_add (table, "%.6f", tensor->cosine);
    }
  if (effect->outputs.n_tensors > 0)
    cli_table_print (table, stdout);
  cli_table_free (table);
}

static int
print_text (const Mending *mending)
{
  const LsRepair *repair = &mending->repair;
  uint32_t n_rewritable = 0;

  for (uint32_t i = 0; i < repair->n_changes; i++)
    print_change (&repair->changes[i]);
  for (uint32_t i = 0; i < repair->n_left; i++)
    {
      CLI_FREE char *text = cli_clean (repair->left[i].message, 300);

      printf ("left: %s: %s\n", repair->left[i].id, text);
      n_rewritable += repair->left[i].is_rewritable;
    }
  printf ("%u %s changed, %u findings left\n", repair->n_changes,
          mending->rewritten != NULL ? "values" : "byte ranges", repair->n_left);
  if (n_rewritable > 0)
    printf ("--rewrite mends %u of them\n", n_rewritable);
  if (cli_has (mending->args, "compare"))
    print_effect (&mending->effect);
  return CLI_DONE;
}

/* ---- Work ------------------------------------------------------------------------------------ */

static LsStatus
compare_outputs (const LsModel *model, const LsArray *inputs, uint64_t seed, Mending *mending,
                 LsError *error)
{
  CliProgress progress;
  LsStatus status;

  if (!cli_has (mending->args, "compare"))
    return LS_OK;
  cli_progress_begin (&progress);
  if (mending->rewritten != NULL)
    status = ls_repair_compare_rewritten (model, mending->rewritten, inputs,
                                          ls_model_subgraph (model, 0)->n_inputs, seed, 1,
                                          &progress.progress, &mending->effect, error);
  else
    status
      = ls_repair_compare (model, &mending->repair, inputs, ls_model_subgraph (model, 0)->n_inputs,
                           seed, 1, &progress.progress, &mending->effect, error);
  cli_progress_end (&progress);
  return status;
}

static LsStatus
plan_and_write (const LsModel *model, const char *const *fixes, uint32_t n_fixes, Mending *mending,
                LsError *error)
{
  const char *out = mending->args->positional[1];
  LsStatus status;

  if (cli_has (mending->args, "rewrite"))
    {
      status
        = ls_repair_rewrite (model, fixes, n_fixes, &mending->rewritten, &mending->repair, error);
      return status == LS_OK ? ls_model_save (mending->rewritten, out, error) : status;
    }
  status = ls_repair_plan (model, fixes, n_fixes, &mending->repair, error);
  return status == LS_OK ? ls_repair_write (model, &mending->repair, out, error) : status;
}

static int
mend (const CliArgs *args, const LsModel *model, const char *const *fixes, uint32_t n_fixes,
      const LsArray *inputs, uint64_t seed)
{
  Mending mending = { .args = args };
  LsError error = { 0 };
  LsStatus result = plan_and_write (model, fixes, n_fixes, &mending, &error);
  int status;

  if (result == LS_OK)
    result = compare_outputs (model, inputs, seed, &mending, &error);
  for (uint32_t i = 0; result == LS_OK && i < mending.repair.n_notes; i++)
    cli_message ("%s", mending.repair.notes[i]);
  if (result == LS_E_USAGE)
    status = cli_usage_error (args, "%s", error.message);
  else if (result != LS_OK)
    status = cli_fail (args->positional[0], model, &error);
  else
    status = cli_has (args, "json") ? print_json (&mending) : print_text (&mending);
  ls_repair_clear (&mending.repair);
  ls_repair_effect_clear (&mending.effect);
  ls_model_free (mending.rewritten);
  return status;
}

static int
run (const CliArgs *args)
{
  CLI_FREE const char **fixes = cli_alloc ((size_t) args->n_given + 1, sizeof *fixes);
  uint32_t n_fixes = 0;
  static const LsImageOptions image = { LS_RESIZE_CROP, false, false, { 0 }, { 255, 255, 255 } };
  uint64_t seed = 0;
  const char *fix;

  for (int cursor = 0; (fix = cli_next (args, "fix", &cursor)) != NULL;)
    fixes[n_fixes++] = fix;
  if (!cli_uint (args, "seed", 0, UINT64_MAX, &seed)
      || !cli_may_write (args, args->positional[0], args->positional[1]))
    return CLI_USAGE;

  CLI_MODEL LsModel *model = cli_open (args->positional[0]);

  if (model == NULL)
    return CLI_FAILED;

  uint32_t n_inputs = ls_model_subgraph (model, 0)->n_inputs;
  CLI_FREE LsArray *inputs = cli_alloc ((size_t) n_inputs + 1, sizeof *inputs);
  int status = CLI_FAILED;

  if (cli_load_inputs (args, model, &image, inputs))
    status = mend (args, model, n_fixes > 0 ? fixes : NULL, n_fixes, inputs, seed);
  for (uint32_t i = 0; i < n_inputs; i++)
    ls_array_clear (&inputs[i]);
  return status;
}

const CliCommand cli_repair_command = {
  .name = "repair",
  .arguments = "MODEL OUT",
  .summary = "Mend what can be mended by changing only the bytes concerned.",
  .min_args = 2,
  .max_args = 2,
  .options = options,
  .text = "OUT has the length of MODEL, and every byte outside the reported ranges is the same. "
          "What check reports and how each is mended: litesmith check.\n"
          "A --fix that fits no finding is told on standard error, with what was found; the exit "
          "status stays 0, since a sound model needs no mending.\n"
          "A bias scale that is not input scale times weight scale can be mended in two ways. "
          "keep-values (default) rescales the integers: right when they were computed with the "
          "scale that the file states. keep-integers writes the scale alone: right when only the "
          "scale was damaged. --compare shows what either does to the outputs.\n",
  .examples
  = "  litesmith repair model.tflite mended.tflite\n"
    "  litesmith repair --fix bias-scale-mismatch:keep-integers model.tflite out.tflite\n"
    "  litesmith repair --fix all --fix bias-scale-mismatch:leave@7 --compare model.tflite "
    "out.tflite\n",
  .run = run,
};
