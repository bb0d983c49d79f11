/* Integer models: the rules of LiteRT's quantization specification, and that the numbers stay. */
#include <math.h>
#include <string.h>

#include "convert/pass.h"
#include "samples.h"

enum
{
  N_PIXELS = 64,
  N_INPUTS = 12,
  MAX_TENSORS = 40,
  MAX_CHANNELS = 600
};

static void
fill_input (LsArray *input, float *values, int seed)
{
  *input = (LsArray){ .type = LS_TYPE_FLOAT32,
                      .rank = 4,
                      .dims = { 1, 8, 8, 1 },
                      .data = values,
                      .n_bytes = N_PIXELS * sizeof *values };
  for (int i = 0; i < N_PIXELS; i++)
    values[i] = (float) ((i * (37 + seed) + seed * 5) % 17) / 16;
}

/* Ranges of a float model over a few inputs, as a calibration would find them. */
static LsRanges
watch (const LsModel *model, LsRange *list)
{
  LsRanges ranges = { .n_samples = N_INPUTS, .ranges = list };
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  const LsSubgraph *graph = ls_model_subgraph (model, 0);
  LsSession *session;
  LsError error = { 0 };

  options.trace = true;
  CHECK (graph->n_tensors <= MAX_TENSORS);
  CHECK (ls_session_new (model, &options, &session, &error) == LS_OK);
  for (uint32_t t = 0; t < graph->n_tensors; t++)
    if (!ls_tensor_is_constant (model, &graph->tensors[t]))
      list[ranges.n_ranges++] = (LsRange){ .tensor = t, .name = (char *) graph->tensors[t].name };
  for (int seed = 0; seed < N_INPUTS; seed++)
    {
      float values[N_PIXELS];
      LsArray input, view;

      fill_input (&input, values, seed);
      CHECK (ls_session_set_input (session, 0, &input, &error) == LS_OK);
      CHECK (ls_session_run (session, &error) == LS_OK);
      for (uint32_t i = 0; i < ranges.n_ranges; i++)
        {
          CHECK (ls_session_get_tensor (session, list[i].tensor, &view, &error) == LS_OK);
          for (size_t k = 0; k < ls_array_count (&view); k++)
            {
              list[i].low = fmin (list[i].low, ls_array_get (&view, k));
              list[i].high = fmax (list[i].high, ls_array_get (&view, k));
              list[i].count++;
            }
        }
    }
  ls_session_free (session);
  return ranges;
}

/* The ends of each channel, as a calibration would find them; at most MAX_CHANNELS of them. */
static void
watch_channels (const LsModel *model, const LsRanges *ranges, double (*ends)[3][MAX_CHANNELS])
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session;
  LsError error = { 0 };
  float values[N_PIXELS];
  LsArray input, view;

  options.trace = true;
  fill_input (&input, values, 0);
  CHECK (ls_session_new (model, &options, &session, &error) == LS_OK);
  CHECK (ls_session_set_input (session, 0, &input, &error) == LS_OK);
  CHECK (ls_session_run (session, &error) == LS_OK);
  for (uint32_t i = 0; i < ranges->n_ranges; i++)
    {
      LsRange *range = &ranges->ranges[i];

      CHECK (ls_session_get_tensor (session, range->tensor, &view, &error) == LS_OK);
      range->n_channels = (uint32_t) view.dims[view.rank - 1];
      CHECK (range->n_channels <= MAX_CHANNELS);
      range->min = range->low;
      range->max = range->high;
      range->channel_low = ends[i][0];
      range->channel_high = ends[i][1];
      for (size_t k = 0; k < ls_array_count (&view); k++)
        {
          uint32_t c = (uint32_t) (k % range->n_channels);

          range->channel_low[c] = fmin (range->channel_low[c], ls_array_get (&view, k));
          range->channel_high[c] = fmax (range->channel_high[c], ls_array_get (&view, k));
        }
    }
  ls_session_free (session);
}

static LsModel *
quantize (const LsModel *model, LsConvertOptions options)
{
  LsRange list[MAX_TENSORS] = { 0 };
  LsRanges ranges = watch (model, list);
  LsModel *out = NULL;
  LsError error = { 0 };

  options.ranges = &ranges;
  if (ls_convert (model, &options, NULL, &out, NULL, &error) != LS_OK)
    printf ("# %s\n", error.message);
  CHECK (out != NULL);
  return out;
}

/* The worst SQNR of the outputs, or of all layers, over inputs that were not watched. */
static double
compare_layers (const LsModel *a, const LsModel *b, bool outputs_only)
{
  double worst = INFINITY;

  for (int seed = 100; seed < 104; seed++)
    {
      float values[N_PIXELS];
      LsArray input;
      LsComparison comparison;
      LsError error = { 0 };

      fill_input (&input, values, seed);
      CHECK (ls_compare (a, b, &input, 1, 0, 1, NULL, &comparison, &error) == LS_OK);
      for (uint32_t i = 0; i < comparison.n_tensors; i++)
        if (comparison.tensors[i].is_output || !outputs_only)
          worst = fmin (worst, comparison.tensors[i].sqnr_db);
      ls_comparison_clear (&comparison);
    }
  return worst;
}

static double
compare (const LsModel *a, const LsModel *b)
{
  return compare_layers (a, b, true);
}

/* No error and no warning; that is, also, it runs. */
static bool
is_clean (const LsModel *model)
{
  LsReport report;
  LsError error = { 0 };
  bool is_clean = ls_check (model, NULL, &report, &error) == LS_OK;

  for (uint32_t i = 0; is_clean && i < report.n_findings; i++)
    if (report.findings[i].severity != LS_SEVERITY_INFO)
      {
        printf ("# %s: %s\n", report.findings[i].id, report.findings[i].message);
        is_clean = false;
      }
  ls_report_clear (&report);
  return is_clean;
}

static void
integers_have_no_float (LsTo to, LsType type, double least_db)
{
  LsModel *model = open_sample ("digits.tflite"),
          *out = quantize (model, (LsConvertOptions){ .to = to });
  const LsSubgraph *graph = ls_model_subgraph (out, 0);

  CHECK (count_type (out, LS_TYPE_FLOAT32) == 0);
  CHECK (count_type (out, type) >= graph->n_ops);
  CHECK (count_ops (out, LS_OP_QUANTIZE) + count_ops (out, LS_OP_DEQUANTIZE) == 0);
  CHECK (graph->tensors[graph->inputs[0]].type == type);
  CHECK (graph->tensors[graph->outputs[0]].type == type);
  CHECK (is_clean (out));

  double db = compare (model, out);

  printf ("# %.1f dB\n", db);
  CHECK (db > least_db);
  ls_model_free (out);
  ls_model_free (model);
}

static void
int8_is_whole (void)
{
  integers_have_no_float (LS_TO_INT8, LS_TYPE_INT8, 25);
}

static void
uint8_is_uint8_inside (void)
{
  integers_have_no_float (LS_TO_UINT8, LS_TYPE_UINT8, 20);
}

static void
int16x8_is_whole (void)
{
  integers_have_no_float (LS_TO_INT16X8, LS_TYPE_INT16, 30);
}

static void
scales_follow_the_specification (void)
{
  LsModel *model = open_sample ("digits.tflite"),
          *out = quantize (model, (LsConvertOptions){ .to = LS_TO_INT8 });
  const LsSubgraph *graph = ls_model_subgraph (out, 0);

  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];
      const LsQuantization *to = graph->tensors[op->outputs[0]].quant;

      if (op->kind == LS_OP_SOFTMAX)
        CHECK (to->scales[0] == 1.0f / 256 && to->zero_points[0] == -128);
      if (op->kind == LS_OP_MAX_POOL_2D || op->kind == LS_OP_RESHAPE)
        CHECK (to->scales[0] == graph->tensors[op->inputs[0]].quant->scales[0]);
      if (op->kind == LS_OP_CONV_2D)
        CHECK (graph->tensors[op->inputs[1]].quant->n_scales
               == (uint32_t) graph->tensors[op->inputs[1]].dims[0]);
    }
  ls_model_free (out);
  ls_model_free (model);
}

static void
per_tensor_weights_have_one_scale (void)
{
  const LsConvertOptions options = { .to = LS_TO_INT8, .granularity = LS_GRANULARITY_PER_TENSOR };
  LsModel *model = open_sample ("digits.tflite"), *out = quantize (model, options);
  const LsSubgraph *graph = ls_model_subgraph (out, 0);

  for (uint32_t t = 0; t < graph->n_tensors; t++)
    CHECK (graph->tensors[t].quant == NULL || graph->tensors[t].quant->n_scales <= 1);
  CHECK (is_clean (out) && compare (model, out) > 15);
  ls_model_free (out);
  ls_model_free (model);
}

static void
float_edges_and_kept_operators (void)
{
  const char *kept[] = { "SOFT*" };
  const LsConvertOptions options
    = { .to = LS_TO_INT8, .float_io = true, .n_keep = 1, .keep_float = kept };
  LsModel *model = open_sample ("digits.tflite"), *out = quantize (model, options);
  const LsSubgraph *graph = ls_model_subgraph (out, 0);

  CHECK (graph->tensors[graph->inputs[0]].type == LS_TYPE_FLOAT32);
  CHECK (graph->tensors[graph->outputs[0]].type == LS_TYPE_FLOAT32);
  CHECK (count_ops (out, LS_OP_QUANTIZE) == 1 && count_ops (out, LS_OP_DEQUANTIZE) == 1);
  CHECK (count_ops (out, LS_OP_SOFTMAX) == 1);
  CHECK (is_clean (out) && compare (model, out) > 25);
  ls_model_free (out);
  ls_model_free (model);
}

/* One note for each kind and reason, in the order of the graph. */
static void
floats_say_why (void)
{
  const char *kept[] = { "SOFTMAX", "CONV_2D" };
  LsModel *model = open_sample ("digits.tflite"), *out = NULL;
  LsRange list[MAX_TENSORS] = { 0 };
  LsRanges ranges = watch (model, list);
  const LsConvertOptions options
    = { .to = LS_TO_INT8, .ranges = &ranges, .n_keep = 2, .keep_float = kept };
  LsConvertReport report;
  LsError error = { 0 };
  static const char *const due[]
    = { "3 CONV_2D stay in float (the first is conv1): asked for",
        "1 MAX_POOL_2D stays in float (the first is pool): between operators in float",
        "1 SOFTMAX stays in float (the first is probabilities): asked for" };
  uint32_t n = 0;

  CHECK (ls_convert (model, &options, NULL, &out, &report, &error) == LS_OK);
  for (uint32_t i = 0; i < report.n_notes; i++)
    if (strstr (report.notes[i], "in float (the first is") != NULL)
      {
        printf ("# %s\n", report.notes[i]);
        CHECK (n < 3 && strcmp (report.notes[i], due[n]) == 0);
        n++;
      }
  CHECK (n == 3);
  ls_convert_report_clear (&report);
  ls_model_free (out);
  ls_model_free (model);
}

static bool
has_factors (const LsModel *model)
{
  for (uint32_t t = 0; t < ls_model_subgraph (model, 0)->n_tensors; t++)
    if (ls_model_subgraph (model, 0)->tensors[t].channel_factors != NULL)
      return true;
  return false;
}

static void
equalizing_keeps_the_function (void)
{
  static double ends[MAX_TENSORS][3][MAX_CHANNELS];
  LsModel *model = open_sample ("digits.tflite"), *copy = ls_model_clone (model);
  LsRange list[MAX_TENSORS] = { 0 };
  LsRanges ranges = watch (model, list);
  LsConvertReport report = { 0 };
  const LsConvertOptions options = { .to = LS_TO_INT8 };
  LsPassContext context = { .model = copy,
                            .options = &options,
                            .report = &report,
                            .ranges = &ranges,
                            .chosen = { .equalize = LS_EQUALIZE_ALL } };
  LsError error = { 0 };

  watch_channels (model, &ranges, ends);
  CHECK (ls_pass_equalize.run (&context, &error) == LS_OK);
  CHECK (report.n_passes == 1 && report.passes[0].n_changed > 0);
  CHECK (compare (model, copy) > 80);
  /* Also inside, where channels are larger now: a comparison takes the factors back. */
  CHECK (has_factors (copy) && compare_layers (model, copy, false) > 80);
  ls_ranges_free (context.equalized_ranges);
  ls_convert_report_clear (&report);
  ls_model_free (copy);
  ls_model_free (model);
}

/* ---- Small models
 * --------------------------------------------------------------------------------
 */

static int32_t
add_tensor (LsModel *model, const char *name, int32_t channels, const float *values)
{
  const int32_t dims[] = { 1, 8, 8, channels };
  LsTensor tensor = { .name = name, .has_rank = true, .signature_rank = -1 };

  tensor.rank = values != NULL ? 1 : 4;
  tensor.dims = ls_model_ints (model, values != NULL ? &channels : dims, (uint32_t) tensor.rank);
  if (values != NULL)
    CHECK (ls_tensor_set_data (model, &tensor, values, (uint64_t) channels * sizeof *values));
  return ls_model_add_tensor (model, 0, &tensor);
}

static void
add_op (LsModel *model, int kind, const char *options, int32_t a, int32_t b, int32_t out)
{
  const int32_t inputs[] = { a, b };
  LsOperator op = { .kind = kind, .version = 1, .n_outputs = 1, .debug_metadata_index = -1 };

  op.n_inputs = b >= 0 ? 2 : 1;
  op.inputs = op.intermediates = ls_model_ints (model, inputs, op.n_inputs);
  op.outputs = ls_model_ints (model, &out, 1);
  op.code_index = (uint32_t) ls_model_ensure_code (model, kind, NULL, 1);
  op.options_type = options;
  if (options != NULL && strcmp (options, "ConcatenationOptions") == 0)
    CHECK (ls_op_set_int (model, &op, "axis", 3));
  if (options != NULL)
    CHECK (ls_op_set_int (model, &op, "fused_activation_function", 0));
  CHECK (ls_model_insert_op (model, 0, model->graphs[0]->view.n_ops, &op) >= 0);
}

/* x → MUL → ADD → RELU → NEG: y; CONCATENATION of LOGISTIC (x) and y. */
static LsModel *
build_chain (void)
{
  static const float factors[] = { 2.5f, -0.01f }, terms[] = { -1, 0.02f };
  LsModel *model = ls_model_new ();
  int32_t x, f, t, product, sum, relu, negative, sigmoid, out;

  CHECK (ls_model_add_graph (model, "main") == 0);
  x = add_tensor (model, "x", 1, NULL);
  f = add_tensor (model, "f", 2, factors);
  t = add_tensor (model, "t", 2, terms);
  int32_t wide = add_tensor (model, "wide", 2, NULL);
  product = add_tensor (model, "product", 2, NULL);
  sum = add_tensor (model, "sum", 2, NULL);
  relu = add_tensor (model, "relu", 2, NULL);
  negative = add_tensor (model, "negative", 2, NULL);
  sigmoid = add_tensor (model, "sigmoid", 1, NULL);
  out = add_tensor (model, "out", 3, NULL);
  add_op (model, LS_OP_CONCATENATION, "ConcatenationOptions", x, x, wide);
  add_op (model, LS_OP_MUL, "MulOptions", wide, f, product);
  add_op (model, LS_OP_ADD, "AddOptions", product, t, sum);
  add_op (model, LS_OP_RELU, NULL, sum, -1, relu);
  add_op (model, LS_OP_NEG, NULL, relu, -1, negative);
  add_op (model, LS_OP_LOGISTIC, NULL, x, -1, sigmoid);
  add_op (model, LS_OP_CONCATENATION, "ConcatenationOptions", sigmoid, negative, out);
  CHECK (ls_model_set_ports (model, 0, &x, 1, &out, 1));
  return model;
}

static void
chain_of_small_operators (LsTo to, double least_db)
{
  LsModel *model = build_chain (), *out = quantize (model, (LsConvertOptions){ .to = to });

  CHECK (count_type (out, LS_TYPE_FLOAT32) == 0);
  CHECK (count_ops (out, LS_OP_DEPTHWISE_CONV_2D) == 1 && count_ops (out, LS_OP_RELU) == 0);
  CHECK (count_ops (out, LS_OP_NEG) == 0);
  /* 0…1 in prescribed steps cannot share the scale of −1.5…0: one of the two is rescaled. */
  CHECK (count_ops (out, LS_OP_QUANTIZE) >= 1);
  CHECK (is_clean (out));

  double db = compare (model, out);

  printf ("# %.1f dB\n", db);
  CHECK (db > least_db);
  ls_model_free (out);
  ls_model_free (model);
}

static void
factors_activations_and_signs_are_folded (void)
{
  chain_of_small_operators (LS_TO_INT8, 30);
  chain_of_small_operators (LS_TO_UINT8, 30);
  chain_of_small_operators (LS_TO_INT16X8, 40);
}

static void
nothing_to_calibrate_with_is_an_error (void)
{
  LsModel *model = open_sample ("digits.tflite"), *out;
  LsError error = { 0 };

  CHECK (ls_convert (model, &(LsConvertOptions){ .to = LS_TO_INT8 }, NULL, &out, NULL, &error)
         == LS_E_USAGE);
  CHECK (out == NULL && error.message[0] != '\0');
  ls_model_free (model);
}

int
main (int argc, char **argv)
{
  samples = argc > 1 ? argv[1] : "data/samples";
  RUN (int8_is_whole);
  RUN (uint8_is_uint8_inside);
  RUN (int16x8_is_whole);
  RUN (scales_follow_the_specification);
  RUN (per_tensor_weights_have_one_scale);
  RUN (float_edges_and_kept_operators);
  RUN (floats_say_why);
  RUN (equalizing_keeps_the_function);
  RUN (factors_activations_and_signs_are_folded);
  RUN (nothing_to_calibrate_with_is_an_error);
  return done ();
}
