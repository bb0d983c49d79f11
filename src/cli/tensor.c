/* litesmith tensor */
#include "describe.h"

#include <math.h>
#include <string.h>

static const CliOption options[] = {
  { "subgraph", '\0', "N", "The subgraph that the tensor belongs to (default 0).", NULL },
  { "output", 'o', "FILE.npy",
    "Saves the constant data: dense real numbers, or with --raw as stored.", NULL },
  { "raw", '\0', NULL,
    "Shows and saves the elements as stored: integers of a quantized tensor, the values alone of a "
    "sparse one.",
    NULL },
  { "values", '\0', "N", "How many values to show (default 64).", NULL },
  CLI_JSON_OPTION,
  CLI_OPTIONS_END,
};

typedef struct
{
  const char *path;
  const LsModel *model;
  const LsSubgraph *subgraph;
  uint32_t graph, index;
  const LsTensor *tensor;
  bool is_raw, has_data;
  uint64_t n_values;
  LsArray array; /* decoded, when has_data */
  LsStats stats;
} View;

/* ---- Values ---------------------------------------------------------------------------------- */

/* One element in words; complex ones with both parts. */
static const char *
format_value (const LsArray *array, size_t index, char out[2 * CLI_NUMBER_SIZE])
{
  char imaginary[CLI_NUMBER_SIZE];
  LsArray parts = *array;
  bool is_double = array->type == LS_TYPE_COMPLEX128 || array->type == LS_TYPE_FLOAT64;

  if (array->type != LS_TYPE_COMPLEX64 && array->type != LS_TYPE_COMPLEX128)
    return ls_type_is_float (array->type) && !is_double
             ? cli_format_float ((float) ls_array_get (array, index), out)
             : cli_format_double (ls_array_get (array, index), out);
  parts.type = is_double ? LS_TYPE_FLOAT64 : LS_TYPE_FLOAT32;
  cli_format_double (ls_array_get (&parts, 2 * index), out);
  cli_format_double (ls_array_get (&parts, 2 * index + 1), imaginary);
  snprintf (out + strlen (out), 2 * CLI_NUMBER_SIZE - strlen (out), "%s%si",
            imaginary[0] == '-' ? "" : "+", imaginary);
  return out;
}

/* A string element, from malloc; not NUL-terminated ones become so. */
static char *
string_value (const LsArray *array, size_t index)
{
  int32_t ends[2];

  memcpy (ends, (const char *) array->data + (index + 1) * 4, sizeof ends);
  return cli_printf ("%.*s", ends[1] - ends[0], (const char *) array->data + ends[0]);
}

static bool
is_string (const LsArray *array)
{
  return array->type == LS_TYPE_STRING;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void
json_values (CliJson *json, const View *view)
{
  size_t count = ls_array_count (&view->array);
  char text[2 * CLI_NUMBER_SIZE];

  if (count > view->n_values)
    count = (size_t) view->n_values;
  cli_json_open_row (json, "values", '[');
  for (size_t i = 0; i < count; i++)
    if (is_string (&view->array))
      {
        CLI_FREE char *value = string_value (&view->array, i);

        cli_json_string (json, NULL, value);
      }
    else if (view->array.type == LS_TYPE_COMPLEX64 || view->array.type == LS_TYPE_COMPLEX128)
      cli_json_string (json, NULL, format_value (&view->array, i, text));
    else if (ls_type_is_float (view->array.type) && view->array.type != LS_TYPE_FLOAT64)
      cli_json_float (json, NULL, (float) ls_array_get (&view->array, i));
    else
      cli_json_real (json, NULL, ls_array_get (&view->array, i));
  cli_json_close (json);
}

static void
json_stats (CliJson *json, const View *view)
{
  const LsStats *stats = &view->stats;

  cli_json_open (json, "statistics", '{');
  cli_json_string (json, "of", view->is_raw ? "stored" : "real");
  cli_json_string (json, "type", ls_type_name (view->array.type));
  cli_json_uint (json, "count", stats->count);
  cli_json_uint (json, "zeros", stats->n_zero);
  cli_json_uint (json, "nan", stats->n_nan);
  cli_json_uint (json, "infinite", stats->n_inf);
  cli_json_real (json, "min", stats->min);
  cli_json_real (json, "max", stats->max);
  cli_json_real (json, "mean", stats->mean);
  cli_json_real (json, "stddev", stats->stddev);
  cli_json_open (json, "histogram", '{');
  cli_json_real (json, "low", stats->low);
  cli_json_real (json, "high", stats->high);
  cli_json_open_row (json, "bins", '[');
  for (int i = 0; i < LS_HISTOGRAM_BINS; i++)
    cli_json_uint (json, NULL, stats->bins[i]);
  cli_json_close (json);
  cli_json_close (json);
  cli_json_close (json);
}

static void
json_readers (CliJson *json, const View *view)
{
  cli_json_int (json, "producer", ls_subgraph_producer (view->subgraph, (int) view->index));
  cli_json_open_row (json, "consumers", '[');
  for (uint32_t i = 0; i < view->subgraph->n_ops; i++)
    for (uint32_t k = 0; k < view->subgraph->ops[i].n_inputs; k++)
      if (view->subgraph->ops[i].inputs[k] == (int32_t) view->index)
        {
          cli_json_uint (json, NULL, i);
          break;
        }
  cli_json_close (json);
}

static int
print_json (const View *view)
{
  CliJson *json = cli_json_new ();

  json_tensor_open (json, NULL, view->model, view->graph, view->index);
  cli_json_uint (json, "subgraph", view->graph);
  json_readers (json, view);
  json_sparsity (json, "sparsity", view->model, view->graph, view->index);
  if (view->has_data)
    {
      if (!is_string (&view->array))
        json_stats (json, view);
      json_values (json, view);
    }
  return cli_json_finish (json, stdout);
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void
print_sparsity (const View *view)
{
  const LsSparsity *sparsity = view->tensor->sparsity;
  LsSparsityInfo info;
  LsError error = { 0 };
  char a[CLI_NUMBER_SIZE], b[CLI_NUMBER_SIZE], c[CLI_NUMBER_SIZE];

  if (sparsity == NULL)
    return;
  printf ("Sparsity      stored in the order");
  for (uint32_t i = 0; i < sparsity->n_traversal; i++)
    printf (" %d", sparsity->traversal_order[i]);
  for (uint32_t i = 0; i < sparsity->n_block_map; i++)
    printf ("%s %d", i == 0 ? ", blocks of dimension" : "", sparsity->block_map[i]);
  putchar ('\n');
  for (uint32_t i = 0; i < sparsity->n_dims; i++)
    {
      const LsSparseDim *dim = &sparsity->dims[i];

      if (dim->format == LS_DIM_SPARSE_CSR)
        printf ("  level %u     compressed: %u segments (%u bytes each), %u indices (%u)\n", i,
                dim->n_segments, dim->segments_width, dim->n_indices, dim->indices_width);
      else
        printf ("  level %u     dense, size %d\n", i, dim->dense_size);
    }
  if (ls_tensor_sparsity_info (view->model, view->graph, view->index, &info, &error) == LS_OK)
    printf ("  %.1f %% of %s elements are not stored; %s instead of %s\n", 100 * info.zero_share,
            cli_format_count (info.n_elements, a), cli_format_bytes (info.stored_bytes, b),
            cli_format_bytes (info.dense_bytes, c));
}

/* Bars of one character for each bin, in eight heights a line. */
static void
print_histogram (const LsStats *stats)
{
  enum
  {
    LINES = 4
  };
  static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
  uint64_t most = 0;

  for (int i = 0; i < LS_HISTOGRAM_BINS; i++)
    most = stats->bins[i] > most ? stats->bins[i] : most;
  if (most == 0 || stats->low == stats->high)
    return;
  putchar ('\n');
  for (int line = LINES - 1; line >= 0; line--)
    {
      printf ("  ");
      for (int i = 0; i < LS_HISTOGRAM_BINS; i++)
        {
          double height = (double) stats->bins[i] / (double) most * LINES * 8;
          /* What is there at all shows. */
          int eighths = stats->bins[i] > 0 && height < 1 ? 1 : (int) height;
          int here = eighths - line * 8;

          fputs (blocks[here < 0 ? 0 : here > 8 ? 8 : here], stdout);
        }
      putchar ('\n');
    }
  printf ("  %-32.6g%32.6g\n", stats->low, stats->high);
}

static void
print_values (const View *view)
{
  size_t count = ls_array_count (&view->array), shown = count;
  char text[2 * CLI_NUMBER_SIZE];
  int32_t last = view->array.rank > 0 ? view->array.dims[view->array.rank - 1] : 1;
  size_t row = last > 1 ? (size_t) last : 8;

  if (shown > view->n_values)
    shown = (size_t) view->n_values;
  if (shown == 0)
    return;
  putchar ('\n');
  for (size_t i = 0; i < shown; i++)
    {
      /* A line for each row of the last dimension, and one for each eight values of a long one. */
      bool is_end = (i + 1) % row == 0 || (i % row + 1) % 8 == 0;

      if (is_string (&view->array))
        {
          CLI_FREE char *value = string_value (&view->array, i);
          CLI_FREE char *clean = cli_clean (value, 200);

          printf ("  \"%s\"\n", clean);
        }
      else
        printf ("%*s%s", 14, format_value (&view->array, i, text),
                is_end || i + 1 == shown ? "\n" : " ");
    }
  if (shown < count)
    printf ("  … and %zu more (see --values, -o)\n", count - shown);
}

static void
print_users (const View *view)
{
  int producer = ls_subgraph_producer (view->subgraph, (int) view->index);
  int n_shown = 0;

  if (producer >= 0)
    {
      CLI_FREE char *kind = cli_clean (ls_op_kind_text (&view->subgraph->ops[producer]), 60);

      printf ("Written by    operator %d %s\n", producer, kind);
    }
  for (uint32_t i = 0; i < view->subgraph->n_ops && n_shown < 10; i++)
    for (uint32_t k = 0; k < view->subgraph->ops[i].n_inputs; k++)
      if (view->subgraph->ops[i].inputs[k] == (int32_t) view->index)
        {
          CLI_FREE char *kind = cli_clean (ls_op_kind_text (&view->subgraph->ops[i]), 60);

          printf ("%-13s operator %u %s, input %u\n", n_shown++ == 0 ? "Read by" : "", i, kind, k);
        }
}

static int
print_text (const View *view)
{
  const LsTensor *tensor = view->tensor;
  CLI_FREE char *dims = cli_format_dims (tensor->dims, tensor->rank);
  CLI_FREE char *quant = describe_quantization (tensor->quant);
  CLI_FREE char *name = cli_clean (tensor->name, 200);
  char size[CLI_NUMBER_SIZE];

  printf ("Tensor        %u \"%s\" of subgraph %u\n", view->index, name, view->graph);
  printf ("Type          %s, %s%s\n", ls_type_name (tensor->type), dims,
          tensor->is_variable ? ", a variable" : "");
  if (tensor->signature_rank >= 0)
    {
      CLI_FREE char *open = cli_format_dims (tensor->signature, tensor->signature_rank);

      printf ("Signature     %s\n", open);
    }
  printf ("Quantization  %s\n", quant);
  if (view->has_data)
    printf ("Constant      %s in buffer %u\n",
            cli_format_bytes (ls_tensor_data (view->model, tensor).size, size), tensor->buffer);
  print_users (view);
  print_sparsity (view);
  if (!view->has_data)
    return CLI_DONE;
  if (!is_string (&view->array))
    {
      const LsStats *stats = &view->stats;

      printf ("%-13s %g … %g, mean %g, standard deviation %g\n", view->is_raw ? "Stored" : "Range",
              stats->min, stats->max, stats->mean, stats->stddev);
      printf ("Zeros         %.1f %%%s\n",
              stats->count > 0 ? 100.0 * (double) stats->n_zero / (double) stats->count : 0.0,
              stats->n_nan > 0 ? ", and it holds NaN" : "");
      print_histogram (stats);
    }
  print_values (view);
  return CLI_DONE;
}

/* ---- The command ----------------------------------------------------------------------------- */

/* Finds the tensor; CLI_FAILED after a message. */
static int
find (const CliArgs *args, View *view, uint64_t graph)
{
  LsError error;
  const char *name = args->positional[1];

  view->subgraph = graph <= UINT32_MAX ? ls_model_subgraph (view->model, (uint32_t) graph) : NULL;
  if (view->subgraph == NULL)
    {
      cli_set_error (&error, LS_E_USAGE, "the model has no subgraph %llu: there are %u",
                     (unsigned long long) graph, ls_model_n_subgraphs (view->model));
      return cli_fail (view->path, view->model, &error);
    }

  int index = ls_subgraph_find_tensor (view->subgraph, name);

  if (index < 0)
    {
      cli_set_error (&error, LS_E_USAGE,
                     "there is no tensor \"%.100s\" among the %u of subgraph %llu", name,
                     view->subgraph->n_tensors, (unsigned long long) graph);
      return cli_fail (view->path, view->model, &error);
    }
  view->graph = (uint32_t) graph;
  view->index = (uint32_t) index;
  view->tensor = &view->subgraph->tensors[index];
  view->has_data = ls_tensor_is_constant (view->model, view->tensor);
  return CLI_DONE;
}

/* Decodes and saves as the options say, and shows the rest. */
static int
show (const CliArgs *args, View *view)
{
  LsError error = { 0 };
  const char *output = cli_value (args, "output", NULL);
  LsDecode how = view->is_raw ? LS_DECODE_STORED : LS_DECODE_REAL;

  if (output != NULL || view->has_data)
    {
      if (ls_tensor_decode (view->model, view->graph, view->index, how, &view->array, &error)
          != LS_OK)
        return cli_fail (view->path, view->model, &error);
      ls_array_stats (&view->array, &view->stats);
    }
  if (output != NULL && ls_array_save (output, &view->array, &error) != LS_OK)
    return cli_fail (view->path, view->model, &error);
  if (cli_has (args, "json"))
    return print_json (view);
  return output == NULL ? print_text (view) : CLI_DONE;
}

static int
run (const CliArgs *args)
{
  uint64_t graph = 0;
  View view = { .path = args->positional[0], .n_values = 64, .is_raw = cli_has (args, "raw") };

  if (!cli_uint (args, "subgraph", 0, UINT32_MAX, &graph)
      || !cli_uint (args, "values", 0, UINT64_MAX, &view.n_values)
      || !cli_may_write (args, view.path, cli_value (args, "output", "")))
    return CLI_USAGE;

  CLI_MODEL LsModel *model = cli_open (view.path);

  if (model == NULL)
    return CLI_FAILED;
  view.model = model;

  int status = find (args, &view, graph);

  if (status == CLI_DONE)
    status = show (args, &view);
  ls_array_clear (&view.array);
  return status;
}

const CliCommand cli_tensor_command = {
  .name = "tensor",
  .arguments = "MODEL NAME-OR-INDEX",
  .summary = "Show one tensor: shape, quantization, sparsity, range, histogram, values.",
  .min_args = 2,
  .max_args = 2,
  .options = options,
  .examples = "  litesmith tensor model.tflite conv1/weights\n"
              "  litesmith tensor model.tflite 17 -o weights.npy\n"
              "  litesmith tensor model.tflite 17 --raw -o stored.npy\n",
  .run = run,
};
