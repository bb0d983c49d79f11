/*
 * Weights and biases of the operators of products.
 *
 * Weights: int8 around 0, one scale for each output channel where LiteRT knows it; uint8 with one
 * scale and zero point. Bias: int32 (int64 beside int16 activations) in steps of input scale ×
 * weight scale. Channels whose weights are tiny beside their bias get a wider scale: the bias must
 * fit, and the multiplier of the sums must be one that the kernels can hold.
 */
#include "convert/quantize/quantize.h"

#include <math.h>
#include <string.h>

#include "base/size.h"
#include "convert/quantize/bias_correction.h"
#include "convert/constants.h"
#include "convert/edges.h"
#include "convert/quantized.h"
#include "convert/target.h"

/* Integers of a bias stay below: room for the sum of products in 32 bits. */
static const double largest_bias = 0x1p29;
/* Sums are worth at least that share of an output step: XNNPACK and the kernels of int16 hold no
 * less, and weights that small change no output. */
static const double least_multiplier = 0x1p-22;

typedef struct
{
  LsPlan *plan;
  LsModel *model;
  uint32_t graph, at;
  LsMacSlots slots;
  double in_scale, out_scale;
  LsConstant weights, bias; /* bias.values == NULL: none */
  float *scales;            /* of the weights */
  int64_t zero_point;
} Mac;

static LsOperator *
op_of (const Mac *mac)
{
  return ls_model_op (mac->model, mac->graph, mac->at);
}

static const LsTensor *
operand (const Mac *mac, uint32_t slot)
{
  return ls_model_tensor (mac->model, mac->graph, (uint32_t) op_of (mac)->inputs[slot]);
}

static bool
has_bias (const Mac *mac)
{
  const LsOperator *op = op_of (mac);

  return mac->slots.bias < op->n_inputs && op->inputs[mac->slots.bias] >= 0;
}

static int32_t
axis_of (const Mac *mac)
{
  bool is_per_tensor = mac->plan->type == LS_TYPE_UINT8
                       || ls_convert_is_per_tensor (mac->plan->context->options, op_of (mac)->kind);

  return is_per_tensor ? -1 : op_of (mac)->kind == LS_OP_DEPTHWISE_CONV_2D ? 3 : 0;
}

/* LiteRT runs 4 bits beside int8 in these, and 2 bits in FULLY_CONNECTED. */
static LsType
weight_type (const Mac *mac)
{
  const uint32_t bits = mac->plan->context->options->weight_bits;
  const int kind = op_of (mac)->kind;
  const bool is_dense = kind == LS_OP_FULLY_CONNECTED;
  const bool is_narrow = is_dense || kind == LS_OP_CONV_2D || kind == LS_OP_DEPTHWISE_CONV_2D;

  if (mac->plan->type == LS_TYPE_UINT8)
    return LS_TYPE_UINT8;
  if (mac->plan->type != LS_TYPE_INT8 || !is_narrow || bits == 0 || bits > 4)
    return LS_TYPE_INT8;
  return bits == 2 && is_dense ? LS_TYPE_INT2 : LS_TYPE_INT4;
}

static double
bias_of (const Mac *mac, uint32_t channel)
{
  double largest = 0;

  if (mac->bias.values == NULL)
    return 0;
  if (mac->weights.n_channels > 1)
    return channel < mac->bias.count ? fabs (mac->bias.values[channel]) : 0;
  for (size_t i = 0; i < mac->bias.count; i++)
    largest = fmax (largest, fabs (mac->bias.values[i]));
  return largest;
}

static void
widen_scales (Mac *mac)
{
  for (uint32_t c = 0; c < mac->weights.n_channels; c++)
    {
      double of_bias = bias_of (mac, c) / (mac->in_scale * largest_bias);
      double of_multiplier = least_multiplier * mac->out_scale / mac->in_scale;
      double least = fmax (of_bias, of_multiplier);

      if (mac->scales[c] < least)
        mac->scales[c] = (float) least;
    }
}

static LsStatus
choose_scales (Mac *mac, LsError *error)
{
  double low = 0, high = 0;

  if (mac->plan->type != LS_TYPE_UINT8)
    {
      bool is_corrected = mac->plan->context->chosen.corrects_bias;

      LS_TRY (weight_type (mac) == LS_TYPE_INT8
                ? ls_constant_fit_scales (&mac->weights, is_corrected, mac->scales, error)
                : ls_constant_weight_scales (&mac->weights, weight_type (mac), mac->scales, error));
      widen_scales (mac);
      return LS_OK;
    }
  for (size_t i = 0; i < mac->weights.count; i++)
    {
      low = fmin (low, mac->weights.values[i]);
      high = fmax (high, mac->weights.values[i]);
    }
  ls_grid_of_range (LS_TYPE_UINT8, low, high, &mac->scales[0], &mac->zero_point);

  float before = mac->scales[0];

  widen_scales (mac);
  if (mac->scales[0] != before)
    ls_grid_of_range (LS_TYPE_UINT8, -128 * mac->scales[0], 127 * mac->scales[0], &mac->scales[0],
                      &mac->zero_point);
  return LS_OK;
}

/* A twin of a constant for this operator alone; -1: out of memory. */
static int32_t
own_constant (Mac *mac, uint32_t slot)
{
  int twin = ls_twin_tensor (mac->model, mac->graph, op_of (mac)->inputs[slot], "integers");

  return twin >= 0 && ls_op_set_input (mac->model, op_of (mac), slot, twin) ? twin : -1;
}

/* A bias of zeros where there was none, to be corrected. */
static LsStatus
add_bias (Mac *mac, uint32_t count, LsError *error)
{
  LsOperator *op = op_of (mac);
  int32_t dims = (int32_t) count, inputs[4] = { -1, -1, -1, -1 };
  LsTensor bias = *operand (mac, mac->slots.weights);
  char *name = NULL;

  if (asprintf (&name, "%s/bias", bias.name) < 0)
    return ls_fail_no_memory (error, "a bias", 0);
  bias.name = ls_model_strdup (mac->model, name);
  free (name);
  bias.rank = 1;
  bias.dims = ls_model_ints (mac->model, &dims, 1);
  bias.signature_rank = -1;
  bias.quant = NULL;
  bias.type = LS_TYPE_FLOAT32;
  mac->bias = (LsConstant){ .values = calloc ((size_t) count + 1, sizeof (float)),
                            .count = count,
                            .inner = 1,
                            .n_channels = count,
                            .axis = 0 };

  int tensor = bias.name != NULL && bias.dims != NULL
                 ? ls_model_add_tensor (mac->model, mac->graph, &bias)
                 : -1;

  op = op_of (mac);
  for (uint32_t k = 0; k < op->n_inputs && k < 4; k++)
    inputs[k] = op->inputs[k];
  inputs[mac->slots.bias] = tensor;
  op->n_inputs = op->n_inputs > mac->slots.bias ? op->n_inputs : mac->slots.bias + 1;
  op->inputs = ls_model_ints (mac->model, inputs, op->n_inputs);
  return mac->bias.values != NULL && tensor >= 0 && op->inputs != NULL
           ? LS_OK
           : ls_fail_no_memory (error, "a bias", count);
}

static LsStatus
store_bias (Mac *mac, LsError *error)
{
  uint32_t n = mac->weights.n_channels;
  LS_FREE float *scales = malloc ((size_t) n * sizeof *scales);
  int32_t twin = own_constant (mac, mac->slots.bias);

  if (scales == NULL || twin < 0)
    return ls_fail_no_memory (error, "a bias", n);
  for (uint32_t c = 0; c < n; c++)
    scales[c] = (float) (mac->in_scale * mac->scales[c]);
  mac->bias.axis = n > 1 ? 0 : -1;
  mac->bias.n_channels = n;
  mac->bias.inner = n > 1 ? 1 : mac->bias.count;
  return ls_constant_store (mac->model, mac->graph, (uint32_t) twin, &mac->bias,
                            mac->plan->type == LS_TYPE_INT16 ? LS_TYPE_INT64 : LS_TYPE_INT32,
                            scales, NULL, error);
}

static bool
is_corrected (const LsPlan *plan, const LsRange *range)
{
  return plan->context->chosen.corrects_bias && range != NULL && range->n_channels > 0
         && range->channel_mean != NULL;
}

/* What rounding the weights moves on average is taken back through the bias. */
static LsStatus
correct_bias (Mac *mac, const LsOperator *original, int32_t weights, LsError *error)
{
  const LsRange *range = mac->plan->ranges[original->inputs[mac->slots.input]];
  LsArray real;

  if (!is_corrected (mac->plan, range))
    return LS_OK;
  LS_TRY (
    ls_tensor_decode (mac->model, mac->graph, (uint32_t) weights, LS_DECODE_REAL, &real, error));

  LsBiasShift shift
    = { .op = op_of (mac),
        .input = operand (mac, mac->slots.input),
        .output = ls_model_tensor (mac->model, mac->graph, (uint32_t) op_of (mac)->outputs[0]),
        .weights = operand (mac, mac->slots.weights),
        .before = mac->weights.values,
        .after = real.data,
        .means = range->channel_mean,
        .n_means = range->n_channels };
  double *moved = ls_bias_shift (&shift);
  LsStatus status = LS_OK;

  if (moved != NULL && mac->bias.values == NULL)
    status = add_bias (mac, shift.n_channels, error);
  for (uint32_t c = 0;
       status == LS_OK && moved != NULL && c < shift.n_channels && c < mac->bias.count; c++)
    mac->bias.values[c] -= (float) moved[c];
  free (moved);
  ls_array_clear (&real);
  return status;
}

/* Reads weights and bias, and chooses the scales. */
static LsStatus
read_constants (Mac *mac, LsError *error)
{
  LsOperator *op = op_of (mac);

  LS_TRY (ls_constant_read (mac->model, mac->graph, (uint32_t) op->inputs[mac->slots.weights],
                            axis_of (mac), &mac->weights, error));
  if (has_bias (mac))
    LS_TRY (ls_constant_read (mac->model, mac->graph, (uint32_t) op->inputs[mac->slots.bias], 0,
                              &mac->bias, error));
  mac->scales = malloc ((size_t) mac->weights.n_channels * sizeof *mac->scales);
  if (mac->scales == NULL)
    return ls_fail_no_memory (error, "weights", mac->weights.count);
  return choose_scales (mac, error);
}

static LsStatus
quantize (Mac *mac, const LsOperator *original, LsError *error)
{
  LS_TRY (read_constants (mac, error));

  int32_t twin = own_constant (mac, mac->slots.weights);

  if (twin < 0)
    return ls_fail_no_memory (error, "weights", mac->weights.count);

  bool is_unsigned = mac->plan->type == LS_TYPE_UINT8;

  LsConstant stored = mac->weights;
  const float *rounded
    = ls_rounding_values (mac->plan->rounding, original->inputs[mac->slots.weights]);

  if (rounded != NULL)
    stored.values = (float *) rounded;
  LS_TRY (ls_constant_store (mac->model, mac->graph, (uint32_t) twin, &stored, weight_type (mac),
                             mac->scales, is_unsigned ? &mac->zero_point : NULL, error));
  LS_TRY (correct_bias (mac, original, twin, error));
  return mac->bias.values != NULL ? store_bias (mac, error) : LS_OK;
}

static void
mac_clear (Mac *mac)
{
  ls_constant_clear (&mac->weights);
  ls_constant_clear (&mac->bias);
  free (mac->scales);
}

LsStatus
ls_plan_quantize_mac (LsPlan *plan, const LsOperator *original, uint32_t at, LsError *error)
{
  Mac mac = { .plan = plan, .model = plan->model, .graph = plan->graph, .at = at };

  ls_op_mac_slots (op_of (&mac), &mac.slots);
  mac.in_scale = operand (&mac, mac.slots.input)->quant->scales[0];
  mac.out_scale = ls_model_tensor (plan->model, plan->graph, (uint32_t) op_of (&mac)->outputs[0])
                    ->quant->scales[0];

  LsStatus status = quantize (&mac, original, error);

  mac_clear (&mac);
  return status;
}

/* The scales are those that ls_plan_quantize_mac() will choose: the grids are the same. */
static LsStatus
add_rounding (LsPlan *plan, uint32_t at, LsError *error)
{
  Mac mac = { .plan = plan, .model = plan->model, .graph = plan->graph, .at = at };
  const LsOperator *op = op_of (&mac);

  if (!ls_op_mac_slots (op, &mac.slots))
    return LS_OK;
  mac.in_scale = plan->grids[op->inputs[mac.slots.input]].scale;
  mac.out_scale = plan->grids[op->outputs[0]].scale;

  const LsRange *range = plan->ranges[op->inputs[mac.slots.input]];
  LsStatus status = read_constants (&mac, error);

  if (status == LS_OK)
    status = ls_rounding_add (
      plan->rounding, at, mac.slots.weights, &mac.weights, weight_type (&mac), mac.scales,
      plan->type == LS_TYPE_UINT8 ? &mac.zero_point : NULL, is_corrected (plan, range), error);
  mac_clear (&mac);
  return status;
}

LsStatus
ls_plan_round (LsPlan *plan, LsRounding *rounding, LsError *error)
{
  *rounding = (LsRounding){ .context = plan->context, .graph = plan->graph };
  if (!ls_rounding_is_wanted (plan->context))
    return LS_OK;
  plan->rounding = rounding;
  for (uint32_t i = 0; i < plan->n_ops; i++)
    if (plan->ops[i] == LS_PLAN_INTEGER)
      LS_TRY (add_rounding (plan, i, error));
  return rounding->n > 0 ? ls_rounding_run (rounding, error) : LS_OK;
}
