/* Conversions of the sample models: what goes, what stays, and that the numbers are the same. */
#include <math.h>

#include "convert/parts.h"
#include "graph.h"
#include "samples.h"

static LsModel *
convert (const LsModel *model, LsTo to)
{
  LsConvertOptions options = { .to = to };
  LsConvertReport report;
  LsModel *out = NULL;
  LsError error = { 0 };

  if (ls_convert (model, &options, NULL, &out, &report, &error) != LS_OK)
    printf ("# %s\n", error.message);
  CHECK (out != NULL);
  ls_convert_report_clear (&report);
  return out;
}

static unsigned
count_tensors_but (const LsModel *model, LsType type)
{
  unsigned n = 0;

  for (uint32_t i = 0; i < ls_model_subgraph (model, 0)->n_tensors; i++)
    n += ls_model_subgraph (model, 0)->tensors[i].type != type
         && ls_model_subgraph (model, 0)->tensors[i].type != LS_TYPE_INT32;
  return n;
}

/* SQNR in dB of the last output of B against A's, on the same seed. */
static double
compare (const LsModel *a, const LsModel *b)
{
  LsArray input = { .type = LS_TYPE_FLOAT32, .rank = 4, .dims = { 1, 8, 8, 1 } };
  float values[64];
  LsComparison comparison;
  LsError error = { 0 };
  double worst = INFINITY;

  for (int i = 0; i < 64; i++)
    values[i] = (float) (i * 37 % 17) / 16;
  input.data = values;
  input.n_bytes = sizeof values;
  if (ls_compare (a, b, &input, 1, 0, 1, NULL, &comparison, &error) != LS_OK)
    {
      printf ("# %s\n", error.message);
      CHECK (false);
      return -1;
    }
  for (uint32_t i = 0; i < comparison.n_tensors; i++)
    if (comparison.tensors[i].is_output && comparison.tensors[i].sqnr_db < worst)
      worst = comparison.tensors[i].sqnr_db;
  CHECK (comparison.n_tensors > 0);
  ls_comparison_clear (&comparison);
  return worst;
}

static void
sparse_float16_becomes_plain_float32 (void)
{
  LsModel *model = open_sample ("digits-sparse-float16.tflite"), *out;

  CHECK (count_ops (model, LS_OP_DENSIFY) == 3 && count_ops (model, LS_OP_DEQUANTIZE) == 5);
  out = convert (model, LS_TO_FLOAT32);
  CHECK (count_ops (out, LS_OP_DENSIFY) == 0 && count_ops (out, LS_OP_DEQUANTIZE) == 0);
  CHECK (ls_model_subgraph (out, 0)->n_ops == 8);
  CHECK (count_tensors_but (out, LS_TYPE_FLOAT32) == 0);
  CHECK (compare (model, out) > 100);
  ls_model_free (out);
  ls_model_free (model);
}

static void
dense_takes_out_densify_alone (void)
{
  LsModel *model = open_sample ("digits-sparse-float16.tflite"),
          *out = convert (model, LS_TO_DENSE);

  CHECK (count_ops (out, LS_OP_DENSIFY) == 0 && count_ops (out, LS_OP_DEQUANTIZE) == 5);
  CHECK (compare (model, out) > 100);
  ls_model_free (out);
  ls_model_free (model);
}

static void
becomes_float (const char *name)
{
  LsModel *model = open_sample (name), *out = convert (model, LS_TO_FLOAT32);

  CHECK (count_tensors_but (out, LS_TYPE_FLOAT32) == 0);
  CHECK (count_ops (out, LS_OP_QUANTIZE) + count_ops (out, LS_OP_DEQUANTIZE) == 0);
  CHECK (compare (model, out) > 20);
  CHECK_STR (ls_model_signature (out, 0)->key, ls_model_signature (model, 0)->key);
  ls_model_free (out);
  ls_model_free (model);
}

static void
int8_becomes_float32 (void)
{
  becomes_float ("digits-int8.tflite");
}

static void
uint8_becomes_float32 (void)
{
  becomes_float ("digits-uint8.tflite");
}

static unsigned
count_constants (const LsModel *model, LsType type)
{
  const LsSubgraph *graph = ls_model_subgraph (model, 0);
  unsigned n = 0;

  for (uint32_t i = 0; i < graph->n_tensors; i++)
    n += graph->tensors[i].type == type && ls_tensor_is_constant (model, &graph->tensors[i]);
  return n;
}

static void
float16_keeps_biases_and_the_numbers (void)
{
  LsModel *model = open_sample ("digits.tflite"), *out = convert (model, LS_TO_FLOAT16), *back;

  CHECK (count_constants (out, LS_TYPE_FLOAT16) == count_ops (out, LS_OP_DEQUANTIZE));
  CHECK (count_constants (out, LS_TYPE_FLOAT16) == 5);
  CHECK (compare (model, out) > 60);
  back = convert (out, LS_TO_FLOAT32);
  CHECK (count_constants (back, LS_TYPE_FLOAT16) == 0 && compare (out, back) > 100);
  ls_model_free (back);
  ls_model_free (out);
  ls_model_free (model);
}

static void
dynamic_takes_large_weights_alone (void)
{
  LsModel *model = open_sample ("digits.tflite"), *out = convert (model, LS_TO_DYNAMIC);
  const LsSubgraph *graph = ls_model_subgraph (out, 0);

  for (uint32_t i = 0; i < graph->n_tensors; i++)
    if (graph->tensors[i].type == LS_TYPE_INT8)
      CHECK (ls_tensor_data (out, &graph->tensors[i]).size >= 1024);
  CHECK (count_constants (out, LS_TYPE_INT8) >= 1);
  CHECK (compare (model, out) > 35);
  ls_model_free (out);
  ls_model_free (model);
}

/* Found by mutation: one byte for each element was read as four. */
static void
integers_without_scale_are_widened (void)
{
  static const char text[]
    = "{\"version\": 3, \"operator_codes\": [{\"builtin_code\": \"DEQUANTIZE\", "
      "\"deprecated_builtin_code\": 6}], \"subgraphs\": [{\"tensors\": ["
      "{\"shape\": [4], \"type\": \"INT8\", \"buffer\": 1, \"name\": \"w\"}, "
      "{\"shape\": [4], \"type\": \"FLOAT32\", \"name\": \"y\"}], "
      "\"inputs\": [], \"outputs\": [1], \"operators\": [{\"inputs\": [0], "
      "\"outputs\": [1]}]}], \"buffers\": [{}, {\"data\": [1, 2, 3, 255]}]}";
  static const float wanted[] = { 1, 2, 3, -1 };
  LsModel *model, *out;
  LsError error = { 0 };

  CHECK (ls_model_parse (text, sizeof text - 1, &model, &error) == LS_OK);
  out = convert (model, LS_TO_FLOAT32);

  const LsSubgraph *graph = ls_model_subgraph (out, 0);
  LsBytes data = ls_tensor_data (out, &graph->tensors[graph->outputs[0]]);

  CHECK (data.size == sizeof wanted && memcmp (data.data, wanted, sizeof wanted) == 0);
  ls_model_free (out);
  ls_model_free (model);
}

static bool
cancel_at_once (void *data, double fraction, const char *what)
{
  return false;
}

static int32_t
version_of (const LsModel *model, int kind)
{
  const LsSubgraph *graph = ls_model_subgraph (model, 0);

  for (uint32_t i = 0; i < graph->n_ops; i++)
    if (graph->ops[i].kind == kind)
      return graph->ops[i].version;
  return -1;
}

/* A FULLY_CONNECTED without bias would be written as version 6 today; version 1 runs as well, and
 * a conversion that leaves the operator in float has nothing to say about it. */
static void
versions_of_untouched_operators_stay (void)
{
  static const float weights[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
  static const LsTo to[] = { LS_TO_FLOAT32, LS_TO_FLOAT16 };
  LsModel *model = graph_new (), *out;
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 4));
  int32_t w = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (2, 4), weights, sizeof weights);
  int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 2));

  graph_op (model, 0, LS_OP_FULLY_CONNECTED, TENSORS (x, w), TENSORS (y));
  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  for (size_t i = 0; i < sizeof to / sizeof *to; i++)
    {
      out = convert (model, to[i]);
      CHECK (version_of (out, LS_OP_FULLY_CONNECTED) == 1);
      ls_model_free (out);
    }
  ls_model_free (model);
}

static void
cancelled_conversion_gives_nothing (void)
{
  LsModel *model = open_sample ("digits-int8.tflite"), *out;
  LsConvertOptions options = { .to = LS_TO_FLOAT32 };
  LsProgress progress = { cancel_at_once, NULL };
  LsError error = { 0 };

  CHECK (ls_convert (model, &options, &progress, &out, NULL, &error) == LS_E_CANCELLED);
  CHECK (out == NULL);
  ls_model_free (model);
}

/* Two tensors of one name: the second gets its own unless names are kept. */
static void
names_are_kept_on_request (void)
{
  LsModel *model = open_sample ("digits.tflite");
  LsConvertOptions options = { .to = LS_TO_FLOAT32 };

  ls_model_tensor (model, 0, 1)->name = ls_model_tensor (model, 0, 0)->name;
  for (int kept = 0; kept < 2; kept++)
    {
      options.keep_names = kept;

      LsModel *out = convert_with (model, &options);
      const LsTensor *tensors = ls_model_subgraph (out, 0)->tensors;

      CHECK ((strcmp (tensors[0].name, tensors[1].name) == 0) == kept);
      ls_model_free (out);
    }
  ls_model_free (model);
}

static void
parts_of_a_sentence_fit_their_counts (void)
{
  LsParts parts = { "" };

  ls_parts_add (&parts, 0, "operator", "operators");
  CHECK (strcmp (parts.text, "") == 0);
  ls_parts_add (&parts, 1, "tensor", "tensors");
  ls_parts_add (&parts, 0, "operator", "operators");
  ls_parts_add (&parts, 2, "buffer", "buffers");
  CHECK (strcmp (parts.text, "1 tensor, 2 buffers") == 0);
  for (int i = 0; i < 100; i++)
    ls_parts_add (&parts, UINT64_MAX, "tensor", "tensors");
  CHECK (strlen (parts.text) == LS_PARTS_TEXT - 1);
}

int
main (int argc, char **argv)
{
  samples = argc > 1 ? argv[1] : "data/samples";
  RUN (sparse_float16_becomes_plain_float32);
  RUN (dense_takes_out_densify_alone);
  RUN (int8_becomes_float32);
  RUN (uint8_becomes_float32);
  RUN (float16_keeps_biases_and_the_numbers);
  RUN (dynamic_takes_large_weights_alone);
  RUN (integers_without_scale_are_widened);
  RUN (versions_of_untouched_operators_stay);
  RUN (cancelled_conversion_gives_nothing);
  RUN (names_are_kept_on_request);
  RUN (parts_of_a_sentence_fit_their_counts);
  return done ();
}
