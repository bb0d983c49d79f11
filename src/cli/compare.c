/* litesmith compare */
#include "run.h"

#include <math.h>
#include <string.h>

static const CliOption options[] = {
  { "input", 'i', "NAME=FILE", "Feeds an input of MODEL-A; the others are filled from the seed.",
    NULL },
  { "seed", '\0', "N", "Fills inputs that are not given (default 0).", NULL },
  { "threads", 't', "N", "Threads to compute with (default 1).", NULL },
  { "calibration", '\0', "PATH",
    "Compares over samples: a .npz file, or a folder of .npz, .npy, pictures or raw bytes, for "
    "MODEL-A. Tells also how often both choose the same class.",
    NULL },
  { "max-samples", '\0', "N", "Takes no more of them than that, evenly spread.", NULL },
  { "mean", '\0', "X[,Y,Z]", "Subtracted from pictures, on 0…255; for red, green, blue.", NULL },
  { "std", '\0', "X[,Y,Z]", "Divides pictures after the mean.", NULL },
  { "resize", '\0', "HOW", "How pictures get the input's size.", "crop stretch pad" },
  { "bgr", '\0', NULL, "Swaps red and blue of pictures.", NULL },
  { "sort", '\0', "HOW",
    "Order of the tensors: the culprits first, whose layers add the most noise themselves "
    "(default); least SQNR, greatest error, most values at the ends of their type; or that of the "
    "graph, as JSON has it unless told.",
    "culprits sqnr error saturated graph" },
  { "report", '\0', "FILE",
    "Writes the comparison with pictures as one page (.html), as Markdown (.md), or as JSON.",
    NULL },
  { "outputs", '\0', NULL, "Shows the outputs alone.", NULL },
  { "tolerance", '\0', "X",
    "Exit status 1 when an output differs by more than X times its largest magnitude.", NULL },
  CLI_MEMORY_OPTION,
  CLI_JSON_OPTION,
  CLI_OPTIONS_END,
};

typedef struct
{
  LsModel *a, *b;
  LsSamples *samples; /* or NULL: the inputs below */
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
load_input (const CliArgs *args, const LsModel *model, const LsImageOptions *image, LsArray *inputs,
            const char *text)
{
  LsError error = { 0 };
  RunInput input = { 0 };
  bool is_good = run_parse_input (text, false, &input) && input.name != NULL;
  CLI_FREE char *name = (char *) input.name;
  uint32_t index;
  LsPort port;

  if (!is_good)
    cli_usage_error (args, "--input takes NAME=FILE, not \"%s\"", text);
  else if (!find_port (ls_model_subgraph (model, 0), name, &index, &port))
    cli_message ("%s: there is no input \"%s\"", args->positional[0], name);
  else if (run_load_input (model, input.path, index, &port, image, &inputs[index], &error) != LS_OK)
    cli_fail (input.path, NULL, &error);
  else
    return true;
  return false;
}

bool
cli_load_inputs (const CliArgs *args, const LsModel *model, const LsImageOptions *image,
                 LsArray *inputs)
{
  const char *text;
  bool is_good = true;

  for (int cursor = 0; is_good && (text = cli_next (args, "input", &cursor)) != NULL;)
    is_good = load_input (args, model, image, inputs, text);
  return is_good;
}

static bool
load_inputs (const CliArgs *args, const LsImageOptions *image, Pair *pair)
{
  pair->n_inputs = ls_model_subgraph (pair->a, 0)->n_inputs;
  pair->inputs = cli_alloc (pair->n_inputs, sizeof *pair->inputs);
  return cli_load_inputs (args, pair->a, image, pair->inputs);
}

static void
pair_clear (Pair *pair)
{
  for (uint32_t i = 0; i < pair->n_inputs; i++)
    ls_array_clear (&pair->inputs[i]);
  free (pair->inputs);
  ls_samples_free (pair->samples);
  ls_model_free (pair->a);
  ls_model_free (pair->b);
}

/* ---- The report ------------------------------------------------------------------------------ */

static void
put_bins (CliJson *json, const char *key, const uint64_t bins[LS_COMPARE_BINS])
{
  cli_json_open_row (json, key, '[');
  for (int i = 0; i < LS_COMPARE_BINS; i++)
    cli_json_uint (json, NULL, bins[i]);
  cli_json_close (json);
}

static void
put_layer (CliJson *json, const LsComparedLayer *layer)
{
  if (layer == NULL)
    return;
  cli_json_real (json, "own_sqnr_db", layer->sqnr_db);
  cli_json_real (json, "own_max_abs", layer->max_abs);
  cli_json_real (json, "own_mean_abs", layer->mean_abs);
  cli_json_real (json, "min_a", layer->min_a);
  cli_json_real (json, "max_a", layer->max_a);
  cli_json_real (json, "min_b", layer->min_b);
  cli_json_real (json, "max_b", layer->max_b);
  cli_json_open (json, "histogram", '{');
  cli_json_real (json, "low", layer->low);
  cli_json_real (json, "high", layer->high);
  put_bins (json, "a", layer->bins_a);
  put_bins (json, "b", layer->bins_b);
  cli_json_close (json);
}

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
      cli_json_errors (json, tensor);
      cli_json_uint (json, "operator", tensor->op);
      cli_json_string (json, "kind", tensor->kind);
      cli_json_real (json, "saturated", tensor->saturated);
      put_layer (json, tensor->layer);
      cli_json_close (json);
    }
  cli_json_close (json);
  cli_json_uint (json, "samples", comparison->n_samples);
  cli_json_open (json, "agreement", '[');
  for (uint32_t i = 0; i < comparison->n_agreements; i++)
    {
      const LsAgreement *agreement = &comparison->agreements[i];

      cli_json_open (json, NULL, '{');
      cli_json_uint (json, "output", agreement->output);
      cli_json_string (json, "name", agreement->name);
      cli_json_uint (json, "classes", agreement->n_classes);
      cli_json_uint (json, "samples", agreement->n_samples);
      cli_json_real (json, "top1", agreement->top1);
      cli_json_real (json, "top5", agreement->top5);
      cli_json_close (json);
    }
  return cli_json_finish (json, stdout);
}

static void
print_agreements (const LsComparison *comparison)
{
  if (comparison->n_samples < 2)
    return;
  printf ("%u samples\n", comparison->n_samples);
  for (uint32_t i = 0; i < comparison->n_agreements; i++)
    {
      const LsAgreement *agreement = &comparison->agreements[i];
      CLI_FREE char *name = cli_clean (agreement->name, 60);

      printf ("%s: the same best of %u classes in %.1f %%, among the best five in %.1f %%\n", name,
              agreement->n_classes, 100 * agreement->top1, 100 * agreement->top5);
    }
}

static void
add_db (CliTable *table, double db)
{
  if (isnan (db))
    cli_table_add (table, "%s", "?");
  else if (isinf (db))
    cli_table_add (table, db > 0 ? "equal" : "not finite");
  else
    cli_table_add (table, "%.2f", db);
}

static void
add_tensor (CliTable *table, const LsComparedTensor *tensor)
{
  CLI_FREE char *name = cli_clean (tensor->name_a, 60);

  cli_table_add (table, "%d", tensor->tensor_a);
  cli_table_add (table, "%s", name);
  cli_table_add (table, "%s", tensor->kind);
  cli_table_add (table, "%s", tensor->is_output ? "output" : "");
  add_db (table, tensor->layer != NULL ? tensor->layer->sqnr_db : (double) NAN);
  add_db (table, tensor->sqnr_db);
  cli_table_add (table, "%.6f", tensor->cosine);
  cli_table_add (table, "%.4g", tensor->max_abs);
  cli_table_add (table, "%.4g", tensor->mean_abs);
  cli_table_add (table, "%.4g", tensor->max_magnitude);
  if (tensor->saturated > 0)
    cli_table_add (table, "%.2f %%", 100 * tensor->saturated);
  else
    cli_table_add (table, "%s", "");
}

static int
print_text (const CliArgs *args, const LsComparison *comparison)
{
  CliTable *table = cli_table_new ("rlllrrrrrrr");
  static const char *const heads[]
    = { "#",      "tensor",  "operator", "",        "own dB", "SQNR dB",
        "cosine", "max abs", "mean abs", "largest", "at ends" };

  for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
    cli_table_add (table, "%s", heads[i]);
  for (uint32_t i = 0; i < comparison->n_tensors; i++)
    if (!cli_has (args, "outputs") || comparison->tensors[i].is_output)
      add_tensor (table, &comparison->tensors[i]);
  cli_table_print (table, stdout);
  cli_table_free (table);
  puts (
    "own dB: what a layer adds itself, when the layers of both models are given the same values.");
  if (!cli_has (args, "input") && !cli_has (args, "calibration"))
    puts (
      "The inputs are random, and may lie far outside of what the models are for: --calibration "
      "or --input give figures that count.");
  print_agreements (comparison);
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

/* ---- Comparing ------------------------------------------------------------------------------- */

/* Of a layer that could not be measured the whole error counts. */
static double
own_sqnr (const LsComparedTensor *tensor)
{
  return tensor->layer == NULL || isnan (tensor->layer->sqnr_db) ? tensor->sqnr_db
                                                                 : tensor->layer->sqnr_db;
}

static int
by_sqnr (const void *a, const void *b)
{
  const LsComparedTensor *x = a, *y = b;

  return (x->sqnr_db > y->sqnr_db) - (x->sqnr_db < y->sqnr_db);
}

static int
by_own_sqnr (const void *a, const void *b)
{
  const double x = own_sqnr (a), y = own_sqnr (b);

  return x != y ? (x > y) - (x < y) : by_sqnr (a, b);
}

/* Of the largest value, so that tensors of different sizes stand side by side. */
static int
by_error (const void *a, const void *b)
{
  const LsComparedTensor *x = a, *y = b;
  double error_x = x->max_abs / fmax (x->max_magnitude, 1e-30);
  double error_y = y->max_abs / fmax (y->max_magnitude, 1e-30);

  return (error_x < error_y) - (error_x > error_y);
}

static int
by_saturation (const void *a, const void *b)
{
  const LsComparedTensor *x = a, *y = b;

  return (x->saturated < y->saturated) - (x->saturated > y->saturated);
}

typedef struct
{
  uint64_t seed, threads, max_samples;
  double tolerance;
  int sort;
  LsImageOptions image;
} Wishes;

static LsStatus
compare_pair (const Pair *pair, const Wishes *wishes, LsComparison *out, LsError *error)
{
  CliProgress progress;
  LsStatus status;

  cli_progress_begin (&progress);
  status = ls_compare_layers (pair->a, pair->b, pair->samples, (uint32_t) wishes->max_samples,
                              pair->inputs, pair->n_inputs, wishes->seed,
                              (uint32_t) wishes->threads, &progress.progress, out, error);
  cli_progress_end (&progress);
  return status;
}

static int
save_report (const CliArgs *args, const Pair *pair, const LsComparison *comparison)
{
  const char *path = cli_value (args, "report", NULL);
  CLI_FREE char *command = cli_command_line (args);
  const LsQuantizeReport all = { .source = pair->a,
                                 .result = pair->b,
                                 .source_name = args->positional[0],
                                 .result_name = args->positional[1],
                                 .command = command,
                                 .comparison = comparison };
  LsError error = { 0 };

  if (path == NULL || ls_quantize_report_save (&all, path, &error) == LS_OK)
    return CLI_DONE;
  return cli_fail (path, NULL, &error);
}

static int
compare (const CliArgs *args, Pair *pair, const Wishes *wishes)
{
  static int (*const orders[]) (const void *, const void *)
    = { by_own_sqnr, by_sqnr, by_error, by_saturation, NULL };
  LsComparison comparison;
  LsError error = { 0 };

  if (compare_pair (pair, wishes, &comparison, &error) != LS_OK)
    return cli_fail (args->positional[0], pair->a, &error);

  int status = save_report (args, pair, &comparison);
  const bool is_sorted = !cli_has (args, "json") || cli_has (args, "sort");

  if (is_sorted && orders[wishes->sort] != NULL && comparison.n_tensors > 0)
    qsort (comparison.tensors, comparison.n_tensors, sizeof *comparison.tensors,
           orders[wishes->sort]);
  if (status == CLI_DONE)
    status = report (args, &comparison, wishes->tolerance);

  ls_comparison_clear (&comparison);
  return status;
}

/* The samples, where they are asked for. False after a message. */
static bool
open_samples (const CliArgs *args, const Wishes *wishes, Pair *pair)
{
  const char *path = cli_value (args, "calibration", NULL);
  LsError error = { 0 };

  if (path == NULL)
    return true;
  if (ls_samples_open (pair->a, path, &wishes->image, &pair->samples, &error) != LS_OK)
    {
      cli_fail (path, NULL, &error);
      return false;
    }
  if (ls_samples_note (pair->samples) != NULL)
    cli_message ("%s: %s", path, ls_samples_note (pair->samples));
  return true;
}

static int
run (const CliArgs *args)
{
  Wishes wishes = { .threads = 1, .tolerance = -1, .sort = cli_word (args, "sort") };
  Pair pair = { 0 };
  int status = CLI_FAILED;

  if (wishes.sort < 0 || !cli_uint (args, "seed", 0, UINT64_MAX, &wishes.seed)
      || !cli_uint (args, "threads", 1, 1024, &wishes.threads)
      || !cli_uint (args, "max-samples", 1, UINT32_MAX, &wishes.max_samples)
      || !cli_real (args, "tolerance", 0, 1e300, &wishes.tolerance)
      || !cli_image_options (args, &wishes.image))
    return CLI_USAGE;
  if (cli_has (args, "calibration") && cli_has (args, "input"))
    return cli_usage_error (args, "--calibration gives all inputs: --input has no place beside it");
  pair.a = cli_open (args->positional[0]);
  pair.b = pair.a != NULL ? cli_open (args->positional[1]) : NULL;
  if (pair.b != NULL && load_inputs (args, &wishes.image, &pair)
      && open_samples (args, &wishes, &pair))
    status = compare (args, &pair, &wishes);
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
  = "Tensors are paired by name, or by their operators where those are the same in both; outputs "
    "by position. Errors are of real values, so a "
    "quantized model can be held against its float original. What a layer adds itself is found by "
    "giving each operator of MODEL-A the values that MODEL-B's had.\n",
  .examples
  = "  litesmith compare float.tflite int8.tflite\n"
    "  litesmith compare float.tflite int8.tflite --calibration pictures/ --report errors.html\n"
    "  litesmith compare a.tflite b.tflite --outputs --tolerance 1e-5\n",
  .run = run,
};
