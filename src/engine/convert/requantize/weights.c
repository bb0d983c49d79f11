/*
 * Weights and biases of operators that take another type.
 *
 * uint8 kernels know one scale and one zero point for all weights; int8 convolutions want zero
 * point 0, and take a scale for each channel (conv.cc, depthwise_conv.cc). A bias counts in steps
 * of input scale × weight scale (kernel_util.cc) and is rescaled where that product changes.
 */
#include "convert/constants.h"
#include "convert/edges.h"
#include "convert/quantized.h"
#include "convert/requantize/requantize.h"

#include <math.h>
#include <string.h>

/* Weights at work: the integers without their zero points, and the scales before and after. */
typedef struct
{
  LsConstant real;
  float *before, *after; /* by channel of `real` */
  int64_t zero_point;
  bool is_rescaled;
} Weights;

static void
weights_clear (Weights *weights)
{
  ls_constant_clear (&weights->real);
  free (weights->before);
  free (weights->after);
}

/* The dimension of the output channels (quantized_dimension as LiteRT wants it). */
static int32_t
channel_axis (const LsOperator *op)
{
  return op->kind == LS_OP_DEPTHWISE_CONV_2D ? 3 : 0;
}

static bool
wants_channels (const LsRequantize *work, const LsOperator *op)
{
  if (work->to == LS_TYPE_UINT8 || work->context->options->granularity == LS_GRANULARITY_PER_TENSOR)
    return false;
  return op->kind != LS_OP_FULLY_CONNECTED
         || work->context->options->granularity == LS_GRANULARITY_PER_CHANNEL;
}

/* ---- Scales -------------------------------------------------------------------------------------
 */

/* Whether the integers fit the new type as they are, with one scale and the zero point moved. */
static bool
is_shift_enough (const LsRequantize *work, const LsTensor *tensor)
{
  const LsQuantization *quant = tensor->quant;
  int64_t zero = quant->n_zero_points > 0 ? quant->zero_points[0] : 0;

  if (quant->n_scales != 1)
    return false;
  if (work->to == LS_TYPE_UINT8)
    return true;
  return zero == (tensor->type == LS_TYPE_UINT8 ? 128 : 0);
}

/* Scales of int8 weights around 0. Those that hold a channel's integers already stay, so that as
 * many channels as can be keep their bytes. */
static void
symmetric_scales (Weights *weights, bool keeps_scale)
{
  const LsConstant *real = &weights->real;

  ls_constant_symmetric_scales (real, weights->after);
  for (uint32_t c = 0; keeps_scale && c < real->n_channels; c++)
    if (weights->after[c] < weights->before[c])
      weights->after[c] = weights->before[c];
  weights->zero_point = 0;
}

/* uint8 weights over their range; integers of one scale that fit beside 128 keep their scale. */
static void
asymmetric_scale (Weights *weights, bool keeps_scale)
{
  double low = 0, high = 0;

  for (size_t i = 0; i < weights->real.count; i++)
    {
      low = fmin (low, weights->real.values[i]);
      high = fmax (high, weights->real.values[i]);
    }
  weights->after[0] = weights->before[0];
  weights->zero_point = 128;
  if (!keeps_scale || low < -128.0 * weights->before[0] || high > 127.0 * weights->before[0])
    ls_grid_of_range (LS_TYPE_UINT8, low, high, &weights->after[0], &weights->zero_point);
}

static LsStatus
read_weights (LsRequantize *work, const LsOperator *op, uint32_t t, Weights *out, LsError *error)
{
  const LsQuantization *quant = ls_model_tensor (work->model, work->graph, t)->quant;
  const int32_t axis = wants_channels (work, op) ? channel_axis (op) : -1;

  LS_TRY (ls_constant_read (work->model, work->graph, t, axis, &out->real, error));
  out->before = calloc (out->real.n_channels, sizeof *out->before);
  out->after = calloc (out->real.n_channels, sizeof *out->after);
  if (out->before == NULL || out->after == NULL)
    return ls_fail_no_memory (error, "scales", out->real.n_channels);
  for (uint32_t c = 0; c < out->real.n_channels; c++)
    out->before[c] = quant->scales[quant->n_scales == out->real.n_channels ? c : 0];
  return LS_OK;
}

/* One quantization for int8 and uint8 alike: only the zero point and the bytes' top bits differ. */
static LsStatus
shift_weights (LsRequantize *work, uint32_t t, LsError *error)
{
  LsTensor *tensor = ls_model_tensor (work->model, work->graph, t);
  LsBytes data = ls_tensor_data (work->model, tensor);
  int64_t zero = tensor->quant->n_zero_points > 0 ? tensor->quant->zero_points[0] : 0;
  LS_FREE uint8_t *bytes = malloc (data.size + 1);

  if (bytes == NULL)
    return ls_fail_no_memory (error, tensor->name, data.size);
  for (size_t i = 0; i < data.size; i++)
    bytes[i] = data.data[i] ^ 0x80;
  zero += work->to == LS_TYPE_UINT8 ? 128 : -128;
  tensor->type = work->to;
  tensor->quant = ls_quantization_new (work->model, 1, tensor->quant->scales, &zero, 0);
  if (tensor->quant == NULL || !ls_tensor_set_data (work->model, tensor, bytes, data.size))
    return ls_fail_no_memory (error, tensor->name, data.size);
  return LS_OK;
}

/* Rounds the real weights to new scales. */
static LsStatus
rescale_weights (LsRequantize *work, const LsOperator *op, uint32_t t, LsError *error)
{
  const LsTensor *tensor = ls_model_tensor (work->model, work->graph, t);
  const bool keeps_scale = tensor->quant->n_scales == 1;

  work->n_merged += !keeps_scale && !wants_channels (work, op);

  Weights weights = { 0 };
  LsStatus status = read_weights (work, op, t, &weights, error);

  if (status == LS_OK)
    {
      LS_FREE int64_t *zeros = calloc (weights.real.n_channels, sizeof *zeros);

      if (work->to == LS_TYPE_UINT8)
        asymmetric_scale (&weights, keeps_scale);
      else
        symmetric_scales (&weights, keeps_scale);
      if (zeros != NULL && weights.real.n_channels == 1)
        zeros[0] = weights.zero_point;
      status = zeros == NULL ? ls_fail_no_memory (error, "zero points", weights.real.n_channels)
                             : ls_constant_store (work->model, work->graph, t, &weights.real,
                                                  work->to, weights.after,
                                                  work->to == LS_TYPE_UINT8 ? zeros : NULL, error);
    }
  weights_clear (&weights);
  return status;
}

/* Whether the weights are as they should be. */
static bool
is_done (const LsRequantize *work, const LsTensor *tensor)
{
  const LsQuantization *quant = tensor->quant;

  if (tensor->type != work->to)
    return tensor->type == LS_TYPE_INT4 && work->to == LS_TYPE_INT8
           && (quant->n_scales == 1
               || work->context->options->granularity != LS_GRANULARITY_PER_TENSOR);
  if (work->to == LS_TYPE_UINT8)
    return quant->n_scales == 1;
  for (uint32_t i = 0; i < quant->n_zero_points; i++)
    if (quant->zero_points[i] != 0)
      return false;
  return quant->n_scales == 1 || work->context->options->granularity != LS_GRANULARITY_PER_TENSOR;
}

static LsStatus
change_weights (LsRequantize *work, const LsOperator *op, uint32_t t, LsError *error)
{
  const LsTensor *tensor = ls_model_tensor (work->model, work->graph, t);

  work->n_weights++;
  if (tensor->type != work->to && ls_type_bits (tensor->type) == 8
      && is_shift_enough (work, tensor))
    return shift_weights (work, t, error);
  return rescale_weights (work, op, t, error);
}

/* ---- Biases -------------------------------------------------------------------------------------
 */

typedef struct
{
  double input_before, input_after;
  const LsQuantization *before, *after; /* of the weights */
} Product;

static float
scale_of (const LsQuantization *quant, size_t channel)
{
  return quant->scales[quant->n_scales > 1 && channel < quant->n_scales ? channel : 0];
}

static int64_t
read_integer (const LsTensor *bias, LsBytes data, size_t index)
{
  int64_t wide;
  int32_t narrow;

  if (bias->type == LS_TYPE_INT64)
    {
      memcpy (&wide, data.data + index * 8, 8);
      return wide;
    }
  memcpy (&narrow, data.data + index * 4, 4);
  return narrow;
}

static bool
is_same_product (const Product *product, size_t count)
{
  if (product->input_before != product->input_after)
    return false;
  for (size_t i = 0; i < count; i++)
    if (scale_of (product->before, i) != scale_of (product->after, i))
      return false;
  return true;
}

/* Rounds the bias to steps of the new product; says how many entries left the range of int32. */
static LsStatus
rescale_bias (LsRequantize *work, uint32_t t, const Product *product, LsError *error)
{
  LsModel *model = work->model;
  LsTensor *bias = ls_model_tensor (model, work->graph, t);
  LsBytes data = ls_tensor_data (model, bias);
  const size_t count = data.size / (bias->type == LS_TYPE_INT64 ? 8 : 4);
  const uint32_t n_scales = product->after->n_scales;
  LS_FREE int32_t *values = malloc ((count + 1) * sizeof *values);
  LS_FREE float *scales = malloc ((n_scales + 1) * sizeof *scales);
  size_t n_cut = 0;

  if (values == NULL || scales == NULL)
    return ls_fail_no_memory (error, bias->name, count);
  for (size_t i = 0; i < count; i++)
    {
      double real = (double) read_integer (bias, data, i) * product->input_before
                    * scale_of (product->before, i);
      double q = round (real / (product->input_after * scale_of (product->after, i)));

      n_cut += fabs (q) > INT32_MAX;
      values[i] = (int32_t) fmin (fmax (q, -INT32_MAX), INT32_MAX);
    }
  for (uint32_t c = 0; c < n_scales; c++)
    scales[c] = (float) (product->input_after * product->after->scales[c]);
  bias->type = LS_TYPE_INT32;
  bias->quant = ls_quantization_new (model, n_scales, scales, NULL, 0);
  if (bias->quant == NULL || !ls_tensor_set_data (model, bias, values, count * sizeof *values))
    return ls_fail_no_memory (error, bias->name, count);
  work->n_biases++;
  if (n_cut == 0)
    return LS_OK;
  return ls_pass_note (work->context, error, "%zu entries of bias %s were cut off at 32 bits",
                       n_cut, bias->name);
}

/* The operand as a tensor of the operator's own: a twin when others read it, too. -1: no memory. */
static int32_t
own_operand (LsRequantize *work, uint32_t op, uint32_t slot)
{
  LsOperator *record = ls_model_op (work->model, work->graph, op);
  int32_t t = record->inputs[slot];

  if (work->uses.first[t + 1] - work->uses.first[t] <= 1 && !work->uses.is_graph_output[t])
    return t;

  int twin = ls_twin_tensor (work->model, work->graph, t, "requantized");

  return twin >= 0
             && ls_op_set_input (work->model, ls_model_op (work->model, work->graph, op), slot,
                                 twin)
           ? twin
           : -1;
}

static LsStatus
change_bias (LsRequantize *work, uint32_t op, uint32_t slot, const Product *product, LsError *error)
{
  const LsOperator *record = ls_model_op (work->model, work->graph, op);

  if (slot >= record->n_inputs || record->inputs[slot] < 0)
    return LS_OK;

  const LsTensor *bias
    = ls_model_tensor (work->model, work->graph, (uint32_t) record->inputs[slot]);
  const size_t count = ls_tensor_data (work->model, bias).size / 4;

  if (!ls_tensor_is_constant (work->model, bias)
      || (bias->type != LS_TYPE_INT32 && bias->type != LS_TYPE_INT64)
      || (is_same_product (product, count) && bias->type == LS_TYPE_INT32))
    return LS_OK;

  int32_t own = own_operand (work, op, slot);

  if (own < 0)
    return ls_fail_no_memory (error, "a bias", 0);
  return rescale_bias (work, (uint32_t) own, product, error);
}

/* ---- Operators ----------------------------------------------------------------------------------
 */

static bool
is_ours (const LsRequantize *work, const LsOperator *op, const LsMacSlots *mac)
{
  const LsSubgraph *graph = &work->model->graphs[work->graph]->view;
  int32_t input = op->inputs[mac->input], weights = op->inputs[mac->weights];

  return input >= 0 && weights >= 0 && ls_tensor_is_quantized (&graph->tensors[input])
         && graph->tensors[input].quant->n_scales > 0 && work->is_weights[weights];
}

static LsStatus
change_operator (LsRequantize *work, uint32_t i, const LsMacSlots *mac, LsError *error)
{
  const LsOperator *op = ls_model_op (work->model, work->graph, i);
  const int32_t input = op->inputs[mac->input];
  int32_t weights = op->inputs[mac->weights];
  const LsTensor *tensor = ls_model_tensor (work->model, work->graph, (uint32_t) weights);
  Product product = {
    ls_model_tensor (work->model, work->graph, (uint32_t) input)->quant->scales[0],
    0,
    tensor->quant,
    NULL,
  };

  product.input_after
    = work->grids[input] != NULL ? work->grids[input]->scales[0] : product.input_before;
  if (!is_done (work, tensor))
    {
      weights = own_operand (work, i, mac->weights);
      if (weights < 0)
        return ls_fail_no_memory (error, "weights", 0);
      op = ls_model_op (work->model, work->graph, i);
      LS_TRY (change_weights (work, op, (uint32_t) weights, error));
    }
  product.after = ls_model_tensor (work->model, work->graph, (uint32_t) weights)->quant;
  return change_bias (work, i, mac->bias, &product, error);
}

LsStatus
ls_requantize_weights (LsRequantize *work, LsError *error)
{
  const LsSubgraph *graph = &work->model->graphs[work->graph]->view;

  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      LsMacSlots mac;

      if (!work->stays[i] && ls_op_mac_slots (&graph->ops[i], &mac)
          && is_ours (work, &graph->ops[i], &mac))
        LS_TRY (change_operator (work, i, &mac, error));
    }
  return LS_OK;
}
