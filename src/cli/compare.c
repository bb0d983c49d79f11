/* litesmith compare */
#include "run.h"

#include <math.h>
#include <string.h>

static const CliOption options[] = {
  { "input", 'i', "NAME=FILE", "Feeds an input of MODEL-A; the others are filled from the seed.",
    NULL },
  { "seed", '\0', "N", "Fills inputs that are not given (default 0).", NULL },
  { "threads", 't', "N", "Threads to compute with (default 1).", NULL },
  { "outputs", '\0', NULL, "Shows the outputs alone.", NULL },
  { "tolerance", '\0', "X",
    "Exit status 1 when an output differs by more than X times its largest magnitude.", NULL },
  CLI_JSON_OPTION,
  CLI_OPTIONS_END,
};

typedef struct
{
  LsModel *a, *b;
  uint32_t n_inputs;
  LsArray *inputs;
} Pair;

/* The input of that name or position as a port; false: there is none. */
static bool
find_port (const LsSubgraph *subgraph, const char *name, uint32_t *index, LsPort *out)
{
  char *end;
  unsigned long position = strtoul (name, &end, 10);
  bool is_number = *name >= '0' && *name <= '9' && *end == '\0';

  for (uint32_t i = 0; i < subgraph->n_inputs; i++)
    {
      const LsTensor *tensor = &subgraph->tensors[subgraph->inputs[i]];

      if (strcmp (tensor->name, name) != 0 && !(is_number && position == i))
        continue;
      *index = i;
      *out = (LsPort){ .name = tensor->name,
                       .tensor = subgraph->inputs[i],
                       .type = tensor->type,
                       .rank = tensor->rank < LS_MAX_RANK ? tensor->rank : LS_MAX_RANK,
                       .quant = tensor->quant };
      for (int k = 0; k < out->rank; k++)
        out->dims[k] = tensor->dims[k];
      return true;
    }
  return false;
}

/* One --input; false after a message. */
static bool
load_input (const CliArgs *args, Pair *pair, const char *text)
{
  static const LsImageOptions image = { LS_RESIZE_CROP, false, false, { 0 }, { 255, 255, 255 } };
  LsError error = { 0 };
  RunInput input = { 0 };
  bool is_good = run_parse_input (text, false, &input) && input.name != NULL;
  CLI_FREE char *name = (char *) input.name;
  uint32_t index;
  LsPort port;

  if (!is_good)
    cli_usage_error (args, "--input takes NAME=FILE, not \"%s\"", text);
  else if (!find_port (ls_model_subgraph (pair->a, 0), name, &index, &port))
    cli_message ("%s: there is no input \"%s\"", args->positional[0], name);
  else if (run_load_input (pair->a, input.path, index, &port, &image, &pair->inputs[index], &error)
           != LS_OK)
    cli_fail (input.path, NULL, &error);
  else
    return true;
  return false;
}

/* Inputs of the first model: those that files give; the others stay without data. */
static bool
load_inputs (const CliArgs *args, Pair *pair)
{
  const char *text;
  bool is_good = true;

  pair->n_inputs = ls_model_subgraph (pair->a, 0)->n_inputs;
  pair->inputs = cli_alloc (pair->n_inputs, sizeof *pair->inputs);
  for (int cursor = 0; is_good && (text = cli_next (args, "input", &cursor)) != NULL;)
    is_good = load_input (args, pair, text);
  return is_good;
}

static void
pair_clear (Pair *pair)
{
  for (uint32_t i = 0; i < pair->n_inputs; i++)
    ls_array_clear (&pair->inputs[i]);
  free (pair->inputs);
  ls_model_free (pair->a);
  ls_model_free (pair->b);
}

/* ---- The report ------------------------------------------------------------------------------ */

static int
print_json (const CliArgs *args, const LsComparison *comparison)
{
  CliJson *json = cli_json_new ();

  cli_json_open (json, NULL, '{');
  cli_json_string (json, "model_a", args->positional[0]);
  cli_json_string (json, "model_b", args->positional[1]);
  cli_json_open (json, "tensors", '[');
  for (uint32_t i = 0; i < comparison->n_tensors; i++)
    {
      const LsComparedTensor *tensor = &comparison->tensors[i];

      if (cli_has (args, "outputs") && !tensor->is_output)
        continue;
      cli_json_open (json, NULL, '{');
      cli_json_string (json, "name_a", tensor->name_a);
      cli_json_string (json, "name_b", tensor->name_b);
      cli_json_int (json, "tensor_a", tensor->tensor_a);
      cli_json_int (json, "tensor_b", tensor->tensor_b);
      cli_json_bool (json, "output", tensor->is_output);
      cli_json_uint (json, "count", tensor->count);
      cli_json_real (json, "max_abs", tensor->max_abs);
      cli_json_real (json, "mean_abs", tensor->mean_abs);
      cli_json_real (json, "sqnr_db", tensor->sqnr_db);
      cli_json_real (json, "cosine", tensor->cosine);
      cli_json_real (json, "max_magnitude", tensor->max_magnitude);
      cli_json_close (json);
    }
  return cli_json_finish (json, stdout);
}

static int
print_text (const CliArgs *args, const LsComparison *comparison)
{
  CliTable *table = cli_table_new ("rllrrrrr");
  static const char *const heads[]
    = { "#", "tensor", "", "max abs", "mean abs", "SQNR dB", "cosine", "largest" };

  for (int i = 0; i < 8; i++)
    cli_table_add (table, "%s", heads[i]);
  for (uint32_t i = 0; i < comparison->n_tensors; i++)
    {
      const LsComparedTensor *tensor = &comparison->tensors[i];

      if (cli_has (args, "outputs") && !tensor->is_output)
        continue;

      CLI_FREE char *name = cli_clean (tensor->name_a, 60);

      cli_table_add (table, "%d", tensor->tensor_a);
      cli_table_add (table, "%s", name);
      cli_table_add (table, "%s", tensor->is_output ? "output" : "");
      cli_table_add (table, "%.4g", tensor->max_abs);
      cli_table_add (table, "%.4g", tensor->mean_abs);
      if (isinf (tensor->sqnr_db))
        cli_table_add (table, "equal");
      else
        cli_table_add (table, "%.2f", tensor->sqnr_db);
      cli_table_add (table, "%.6f", tensor->cosine);
      cli_table_add (table, "%.4g", tensor->max_magnitude);
    }
  cli_table_print (table, stdout);
  cli_table_free (table);
  return CLI_DONE;
}

/* The first output over the tolerance, or NULL. */
static const LsComparedTensor *
first_off (const LsComparison *comparison, double tolerance)
{
  for (uint32_t i = 0; i < comparison->n_tensors; i++)
    {
      const LsComparedTensor *tensor = &comparison->tensors[i];

      if (tensor->is_output && !(tensor->max_abs <= tolerance * tensor->max_magnitude))
        return tensor;
    }
  return NULL;
}

static int
report (const CliArgs *args, const LsComparison *comparison, double tolerance)
{
  int status
    = cli_has (args, "json") ? print_json (args, comparison) : print_text (args, comparison);
  const LsComparedTensor *off
    = tolerance >= 0 && status == CLI_DONE ? first_off (comparison, tolerance) : NULL;

  if (off == NULL)
    return status;
  cli_message ("%s: output \"%s\" differs by %g, more than %g times its largest magnitude %g",
               args->positional[1], off->name_b, off->max_abs, tolerance, off->max_magnitude);
  return CLI_FAILED;
}

static int
compare (const CliArgs *args, Pair *pair, uint64_t seed, uint32_t n_threads, double tolerance)
{
  CliProgress progress;
  LsComparison comparison;
  LsError error = { 0 };

  cli_progress_begin (&progress);

  LsStatus result = ls_compare (pair->a, pair->b, pair->inputs, pair->n_inputs, seed, n_threads,
                                &progress.progress, &comparison, &error);

  cli_progress_end (&progress);
  if (result != LS_OK)
    return cli_fail (args->positional[0], pair->a, &error);

  int status = report (args, &comparison, tolerance);

  ls_comparison_clear (&comparison);
  return status;
}

static int
run (const CliArgs *args)
{
  uint64_t seed = 0, threads = 1;
  double tolerance = -1;
  Pair pair = { 0 };
  int status = CLI_FAILED;

  if (!cli_uint (args, "seed", 0, UINT64_MAX, &seed)
      || !cli_uint (args, "threads", 1, 1024, &threads)
      || !cli_real (args, "tolerance", 0, 1e300, &tolerance))
    return CLI_USAGE;
  pair.a = cli_open (args->positional[0]);
  pair.b = pair.a != NULL ? cli_open (args->positional[1]) : NULL;
  if (pair.b != NULL && load_inputs (args, &pair))
    status = compare (args, &pair, seed, (uint32_t) threads, tolerance);
  pair_clear (&pair);
  return status;
}

const CliCommand cli_compare_command = {
  .name = "compare",
  .arguments = "MODEL-A MODEL-B",
  .summary = "Run two models on the same inputs and tell how far their tensors differ.",
  .min_args = 2,
  .max_args = 2,
  .options = options,
  .text
  = "Tensors are paired by name, outputs by position as well. Errors are of real values, so a "
    "quantized model can be held against its float original.\n",
  .examples = "  litesmith compare float.tflite int8.tflite\n"
              "  litesmith compare a.tflite b.tflite --outputs --tolerance 1e-5\n",
  .run = run,
};
