/* From one integer type to another: what is exact is exact, and what is not is near. */
#include <math.h>
#include <string.h>

#include "samples.h"

static LsModel *
convert (const LsModel *model, LsTo to, LsGranularity granularity, bool float_io)
{
  LsConvertOptions options = { .to = to, .granularity = granularity, .float_io = float_io };

  return convert_with (model, &options);
}

static unsigned
count_channels (const LsModel *model)
{
  unsigned n = 0;

  for (uint32_t i = 0; i < ls_model_subgraph (model, 0)->n_tensors; i++)
    {
      const LsQuantization *quant = ls_model_subgraph (model, 0)->tensors[i].quant;

      n += quant != NULL && quant->n_scales > 1;
    }
  return n;
}

/* SQNR in dB on some seeds, the lowest: of the tensor of that name, or of all outputs. */
static double
compare_tensor (const LsModel *a, const LsModel *b, const char *name)
{
  double worst = INFINITY;

  for (uint64_t seed = 0; seed < 4; seed++)
    {
      LsArray input = { 0 };
      LsComparison comparison;
      LsError error = { 0 };

      if (ls_compare (a, b, &input, 1, seed, 1, NULL, &comparison, &error) != LS_OK)
        {
          printf ("# %s\n", error.message);
          CHECK (false);
          return -1;
        }
      for (uint32_t i = 0; i < comparison.n_tensors; i++)
        if ((name == NULL ? comparison.tensors[i].is_output
                          : strcmp (comparison.tensors[i].name_a, name) == 0)
            && comparison.tensors[i].sqnr_db < worst)
          worst = comparison.tensors[i].sqnr_db;
      ls_comparison_clear (&comparison);
    }
  return worst;
}

static double
compare (const LsModel *a, const LsModel *b)
{
  return compare_tensor (a, b, NULL);
}

static void
uint8_edges_give_the_same_numbers (void)
{
  LsModel *model = open_sample ("digits-int8.tflite"),
          *out = convert (model, LS_TO_UINT8, LS_GRANULARITY_PER_CHANNEL, false);
  const LsSubgraph *graph = ls_model_subgraph (out, 0);
  const LsTensor *in = &graph->tensors[graph->inputs[0]];

  CHECK (in->type == LS_TYPE_UINT8 && in->quant->zero_points[0] == 0);
  CHECK (count_ops (out, LS_OP_QUANTIZE) == 2 && count_channels (out) > 0);
  CHECK (isinf (compare (model, out)));
  ls_model_free (out);
  ls_model_free (model);
}

static void
uint8_throughout_has_one_scale_a_tensor (void)
{
  LsModel *model = open_sample ("digits-int8.tflite"),
          *out = convert (model, LS_TO_UINT8, LS_GRANULARITY_DEFAULT, false);

  CHECK (count_type (out, LS_TYPE_INT8) == 0 && count_channels (out) == 0);
  CHECK (ls_model_subgraph (out, 0)->n_ops == ls_model_subgraph (model, 0)->n_ops);
  CHECK (compare_tensor (model, out, "dense") > 25);
  ls_model_free (out);
  ls_model_free (model);
}

static void
int8_from_uint8_is_symmetric (void)
{
  LsModel *model = open_sample ("digits-uint8.tflite"),
          *out = convert (model, LS_TO_INT8, LS_GRANULARITY_DEFAULT, false);
  const LsSubgraph *graph = ls_model_subgraph (out, 0);

  CHECK (count_type (out, LS_TYPE_UINT8) == 0);
  for (uint32_t i = 0; i < graph->n_tensors; i++)
    if (graph->tensors[i].type == LS_TYPE_INT8 && ls_tensor_is_constant (out, &graph->tensors[i]))
      CHECK (graph->tensors[i].quant->zero_points[0] == 0);
  CHECK (compare_tensor (model, out, "dense") > 25);
  ls_model_free (out);
  ls_model_free (model);
}

static void
channels_become_one_scale (void)
{
  LsModel *model = open_sample ("digits-int8.tflite"),
          *out = convert (model, LS_TO_INT8, LS_GRANULARITY_PER_TENSOR, false);

  CHECK (count_channels (model) > 0 && count_channels (out) == 0);
  CHECK (compare_tensor (model, out, "dense") > 25);
  ls_model_free (out);
  ls_model_free (model);
}

static void
float_edges_come_and_go (void)
{
  LsModel *model = open_sample ("digits-int8.tflite"),
          *out = convert (model, LS_TO_INT8, LS_GRANULARITY_DEFAULT, true), *back;
  const LsSubgraph *graph = ls_model_subgraph (out, 0);

  CHECK (graph->tensors[graph->inputs[0]].type == LS_TYPE_FLOAT32);
  CHECK (graph->tensors[graph->outputs[0]].type == LS_TYPE_FLOAT32);
  CHECK_STR (graph->tensors[graph->inputs[0]].name, "image");
  CHECK (count_ops (out, LS_OP_QUANTIZE) == 1 && count_ops (out, LS_OP_DEQUANTIZE) == 1);
  back = convert (out, LS_TO_INT8, LS_GRANULARITY_DEFAULT, false);
  CHECK (ls_model_subgraph (back, 0)->n_ops == ls_model_subgraph (model, 0)->n_ops);
  CHECK (isinf (compare (model, back)));
  ls_model_free (back);
  ls_model_free (out);
  ls_model_free (model);
}

/* ---- Small models -------------------------------------------------------------------------------
 */

static const LsQuantization *
grid (LsModel *model, float scale, int64_t zero)
{
  LsQuantization *quant = ls_model_alloc (model, 1, sizeof *quant);
  float *s = ls_model_alloc (model, 1, sizeof *s);
  int64_t *z = ls_model_alloc (model, 1, sizeof *z);

  *s = scale;
  *z = zero;
  *quant = (LsQuantization){ .n_scales = 1, .n_zero_points = 1, .scales = s, .zero_points = z };
  return quant;
}

static int32_t
tensor (LsModel *model, const char *name, LsType type, int32_t n, float scale, int64_t zero)
{
  const int32_t dims[] = { 1, n };
  const LsTensor record = { .name = name,
                            .type = type,
                            .rank = 2,
                            .dims = ls_model_ints (model, dims, 2),
                            .signature_rank = -1,
                            .has_rank = true,
                            .quant = scale > 0 ? grid (model, scale, zero) : NULL };

  return ls_model_add_tensor (model, 0, &record);
}

static void
add_operator (LsModel *model, int kind, const int32_t *inputs, uint32_t n_inputs, int32_t output)
{
  LsOperator op = { .kind = kind, .version = 1, .n_inputs = n_inputs, .n_outputs = 1 };

  op.inputs = ls_model_ints (model, inputs, n_inputs);
  op.outputs = ls_model_ints (model, &output, 1);
  op.intermediates = op.outputs;
  op.debug_metadata_index = -1;
  op.code_index = (uint32_t) ls_model_ensure_code (model, kind, NULL, 1);
  CHECK (ls_model_insert_op (model, 0, ls_model_subgraph (model, 0)->n_ops, &op) >= 0);
}

static LsModel *
begin (void)
{
  LsModel *model = ls_model_new ();

  CHECK (model != NULL && ls_model_add_graph (model, "main") == 0);
  return model;
}

static const int8_t weights[] = { -128, -1, 0, 1, 64, 127, 3, -77 };

/* A FULLY_CONNECTED of one scale, then what uint8 has no kernel for. */
static LsModel *
fully_connected_and_exp (int64_t zero_point)
{
  static const int32_t bias[] = { 100, -200 }, dims[] = { 2, 4 };
  LsModel *model = begin ();
  const int32_t x = tensor (model, "x", LS_TYPE_INT8, 4, 0.02f, -5);
  const int32_t w = tensor (model, "w", LS_TYPE_INT8, 8, 0.01f, zero_point);
  const int32_t b = tensor (model, "b", LS_TYPE_INT32, 2, 0.0002f, 0);
  const int32_t y = tensor (model, "y", LS_TYPE_INT8, 2, 0.04f, 7);
  const int32_t z = tensor (model, "z", LS_TYPE_INT8, 2, 0.08f, -128);

  ls_model_tensor (model, 0, (uint32_t) w)->dims = ls_model_ints (model, dims, 2);
  ls_model_tensor (model, 0, (uint32_t) b)->rank = 1;
  ls_model_tensor (model, 0, (uint32_t) b)->dims = ls_model_ints (model, dims, 1);
  CHECK (ls_tensor_set_data (model, ls_model_tensor (model, 0, (uint32_t) w), weights, 8));
  CHECK (ls_tensor_set_data (model, ls_model_tensor (model, 0, (uint32_t) b), bias, 8));
  add_operator (model, LS_OP_FULLY_CONNECTED, (const int32_t[]){ x, w, b }, 3, y);
  add_operator (model, LS_OP_EXP, &y, 1, z);
  CHECK (ls_model_set_ports (model, 0, &x, 1, &z, 1));
  return model;
}

static void
one_scale_is_moved_exactly_and_back (void)
{
  LsModel *model = fully_connected_and_exp (0);
  LsModel *out = convert (model, LS_TO_UINT8, LS_GRANULARITY_DEFAULT, false), *back;

  CHECK (count_ops (out, LS_OP_QUANTIZE) == 2); /* around EXP */
  CHECK (isinf (compare (model, out)));
  back = convert (out, LS_TO_INT8, LS_GRANULARITY_DEFAULT, false);
  CHECK (count_ops (back, LS_OP_QUANTIZE) == 0 && isinf (compare (model, back)));

  const LsSubgraph *graph = ls_model_subgraph (back, 0);
  LsBytes data = ls_tensor_data (back, &graph->tensors[graph->ops[0].inputs[1]]);

  CHECK (data.size == 8 && memcmp (data.data, weights, 8) == 0);
  ls_model_free (back);
  ls_model_free (out);
  ls_model_free (model);
}

/* NPUs and int8 kernels want weights around 0. */
static void
skewed_weights_become_symmetric (void)
{
  LsModel *model = fully_connected_and_exp (20),
          *out = convert (model, LS_TO_INT8, LS_GRANULARITY_DEFAULT, false);
  const LsSubgraph *graph = ls_model_subgraph (out, 0);
  const LsQuantization *quant = graph->tensors[graph->ops[0].inputs[1]].quant;

  CHECK (quant->zero_points[0] == 0 && fabs (quant->scales[0] - 1.48 / 127) < 1e-6);
  CHECK (compare (model, out) > 25);
  ls_model_free (out);
  ls_model_free (model);
}

static void
sixteen_bits_become_eight (void)
{
  LsModel *model = begin (), *out;
  const int32_t x = tensor (model, "x", LS_TYPE_INT16, 64, 0.0001f, 0);
  const int32_t r = tensor (model, "r", LS_TYPE_INT16, 64, 0.0001f, 0);
  const int32_t y = tensor (model, "y", LS_TYPE_INT16, 64, 1.0f / 32768, 0);

  add_operator (model, LS_OP_LEAKY_RELU, &x, 1, r);
  add_operator (model, LS_OP_LOGISTIC, &r, 1, y);
  CHECK (ls_model_set_ports (model, 0, &x, 1, &y, 1));
  out = convert (model, LS_TO_INT8, LS_GRANULARITY_DEFAULT, false);
  CHECK (count_type (out, LS_TYPE_INT16) == 0 && count_type (out, LS_TYPE_INT8) == 3);

  const LsSubgraph *graph = ls_model_subgraph (out, 0);
  const LsQuantization *in = graph->tensors[graph->inputs[0]].quant,
                       *last = graph->tensors[graph->outputs[0]].quant;

  CHECK (fabs (in->scales[0] - 3.2767 / 127) < 1e-6 && in->zero_points[0] == 0);
  CHECK (last->scales[0] == 1.0f / 256 && last->zero_points[0] == -128);
  CHECK (compare (model, out) > 35);
  ls_model_free (out);
  ls_model_free (model);
}

int
main (int argc, char **argv)
{
  samples = argc > 1 ? argv[1] : "data/samples";
  RUN (uint8_edges_give_the_same_numbers);
  RUN (uint8_throughout_has_one_scale_a_tensor);
  RUN (int8_from_uint8_is_symmetric);
  RUN (channels_become_one_scale);
  RUN (float_edges_come_and_go);
  RUN (one_scale_is_moved_exactly_and_back);
  RUN (skewed_weights_become_symmetric);
  RUN (sixteen_bits_become_eight);
  return done ();
}
