/*
 * i.MX93: the Ethos-U65 by Vela.
 * Source: nxp-imx/ethos-u-vela SUPPORTED_OPS.md (3.6 to 3.10).
 */
#include "check/facts.h"
#include "check/target.h"

#include <string.h>

#define FAIL(...) (snprintf (why, why_size, __VA_ARGS__), false)

static const int supported[] = {
  LS_OP_ABS,
  LS_OP_ADD,
  LS_OP_ARG_MAX,
  LS_OP_AVERAGE_POOL_2D,
  LS_OP_CONCATENATION,
  LS_OP_CONV_2D,
  LS_OP_DEPTHWISE_CONV_2D,
  LS_OP_EXP,
  LS_OP_EXPAND_DIMS,
  LS_OP_FULLY_CONNECTED,
  LS_OP_HARD_SWISH,
  LS_OP_LEAKY_RELU,
  LS_OP_LOGISTIC,
  LS_OP_MAXIMUM,
  LS_OP_MAX_POOL_2D,
  LS_OP_MEAN,
  LS_OP_MINIMUM,
  LS_OP_MIRROR_PAD,
  LS_OP_MUL,
  LS_OP_PACK,
  LS_OP_PAD,
  LS_OP_PRELU,
  LS_OP_QUANTIZE,
  LS_OP_RELU,
  LS_OP_RELU6,
  LS_OP_RELU_0_TO_1,
  LS_OP_RELU_N1_TO_1,
  LS_OP_RESHAPE,
  LS_OP_RESIZE_BILINEAR,
  LS_OP_RESIZE_NEAREST_NEIGHBOR,
  LS_OP_RSQRT,
  LS_OP_SHAPE,
  LS_OP_SLICE,
  LS_OP_SOFTMAX,
  LS_OP_SPLIT,
  LS_OP_SPLIT_V,
  LS_OP_SQUARED_DIFFERENCE,
  LS_OP_SQUEEZE,
  LS_OP_STRIDED_SLICE,
  LS_OP_SUB,
  LS_OP_TANH,
  LS_OP_TRANSPOSE,
  LS_OP_TRANSPOSE_CONV,
  LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM,
  LS_OP_UNPACK,
};

/* Operators that may have int32 tensors as data, and those that may have another batch than 1. */
static const int with_int32[] = { LS_OP_ADD, LS_OP_MUL, LS_OP_SHAPE, LS_OP_SUB, LS_OP_ARG_MAX };
static const int with_batch[] = {
  LS_OP_FULLY_CONNECTED, LS_OP_RESHAPE, LS_OP_SHAPE,     LS_OP_SLICE,
  LS_OP_SOFTMAX,         LS_OP_SPLIT,   LS_OP_SPLIT_V,   LS_OP_SQUEEZE,
  LS_OP_STRIDED_SLICE,   LS_OP_UNPACK,  LS_OP_TRANSPOSE,
};
static const int with_axis[] = { LS_OP_CONV_2D, LS_OP_DEPTHWISE_CONV_2D, LS_OP_TRANSPOSE_CONV };

#define AMONG(op, list) ls_kind_is_among (op, list, sizeof list / sizeof *list)

static bool
op_is_supported (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  if (op->kind == LS_OP_CUSTOM && op->custom_code != NULL
      && strcmp (op->custom_code, "ethos-u") == 0)
    return true; /* compiled for it already */
  return AMONG (op, supported) || FAIL ("Vela takes no such operator");
}

/* The tensor that an operator computes on: not a shape, an axis, a bias. */
static bool
is_data (const LsCheck *check, const LsOperator *op, uint32_t slot)
{
  const LsTensor *tensor = ls_check_input (check, 0, op, slot);
  LsWeighted slots;

  if (tensor == NULL)
    return false;
  if (ls_check_weighted (op, &slots))
    return slot == slots.input || slot == slots.weights;
  if (op->kind == LS_OP_SPLIT)
    return slot == 1;
  return slot == 0
         || (op->kind != LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM
             && !(ls_tensor_is_constant (check->model, tensor) && tensor->type == LS_TYPE_INT32));
}

static bool
type_is_good (const LsOperator *op, const LsTensor *tensor)
{
  return tensor->type == LS_TYPE_INT8 || tensor->type == LS_TYPE_UINT8
         || tensor->type == LS_TYPE_INT16
         || (tensor->type == LS_TYPE_INT32 && AMONG (op, with_int32))
         || (tensor->type == LS_TYPE_INT64 && op->kind == LS_OP_ARG_MAX);
}

static bool
types_are_supported (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  for (uint32_t i = 0; i < op->n_inputs; i++)
    if (is_data (check, op, i) && !type_is_good (op, ls_check_input (check, 0, op, i)))
      return FAIL ("input %.60s is %s", ls_check_input (check, 0, op, i)->name,
                   ls_type_name (ls_check_input (check, 0, op, i)->type));
  for (uint32_t i = 0; i < op->n_outputs; i++)
    {
      const LsTensor *out = ls_check_output (check, 0, op, i);

      if (out != NULL && !type_is_good (op, out))
        return FAIL ("output %.60s is %s", out->name, ls_type_name (out->type));
    }
  return true;
}

static bool
is_quantized (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  if (op->kind == LS_OP_SHAPE)
    return true;
  for (uint32_t i = 0; i < op->n_inputs; i++)
    if (is_data (check, op, i) && ls_n_scales (ls_check_input (check, 0, op, i)) == 0)
      return FAIL ("input %.60s has no quantization parameters",
                   ls_check_input (check, 0, op, i)->name);
  for (uint32_t i = 0; i < op->n_outputs; i++)
    {
      const LsTensor *out = ls_check_output (check, 0, op, i);

      if (out != NULL && op->kind != LS_OP_ARG_MAX && ls_n_scales (out) == 0)
        return FAIL ("output %.60s has no quantization parameters", out->name);
    }
  return true;
}

static bool
rank_is_good (const LsModel *model, const LsTensor *tensor)
{
  return tensor->rank <= 4;
}

static bool
ranks_are_small (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *bad = ls_first_bad (check, op, rank_is_good);

  return bad == NULL || FAIL ("tensor %.60s has %d dimensions, more than 4", bad->name, bad->rank);
}

static bool
batch_is_one (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  LsWeighted slots = { 0 };
  uint32_t slot = ls_check_weighted (op, &slots) ? slots.input : op->kind == LS_OP_SPLIT ? 1 : 0;
  const LsTensor *in = ls_check_input (check, 0, op, slot);

  return AMONG (op, with_batch) || in == NULL || in->rank != 4 || in->dims[0] == 1
         || FAIL ("the batch of %.60s is %d, not 1", in->name, in->dims[0]);
}

static bool
dims_are_good (const LsModel *model, const LsTensor *tensor)
{
  for (int32_t i = 0; i < tensor->rank; i++)
    if (tensor->dims[i] < 1 || tensor->dims[i] > 65535)
      return false;
  return true;
}

static bool
dims_are_in_range (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *bad = ls_first_bad (check, op, dims_are_good);

  return bad == NULL || FAIL ("tensor %.60s has a dimension outside 1 to 65535", bad->name);
}

static bool
axis_is_allowed (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  for (uint32_t i = 0; !AMONG (op, with_axis) && i < op->n_inputs; i++)
    if (is_data (check, op, i) && ls_is_per_channel (ls_check_input (check, 0, op, i)))
      return FAIL ("%.60s is quantized per channel, which only CONV_2D, DEPTHWISE_CONV_2D and "
                   "TRANSPOSE_CONV may be",
                   ls_check_input (check, 0, op, i)->name);
  return true;
}

static bool
depth_is_small (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *in = ls_check_input (check, 0, op, 0);

  return op->kind != LS_OP_ARG_MAX || in == NULL || in->rank == 0 || in->dims[in->rank - 1] <= 127
         || FAIL ("it searches %d channels, more than 127", in->dims[in->rank - 1]);
}

static bool
is_static (const LsModel *model, const LsTensor *tensor)
{
  return !ls_is_dynamic (tensor);
}

static bool
shapes_are_static (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *bad = op->kind == LS_OP_QUANTIZE ? NULL : ls_first_bad (check, op, is_static);

  return bad == NULL || FAIL ("the shape of %.60s is open", bad->name);
}

static const char source[] = "ethos-u-vela SUPPORTED_OPS.md";

static const LsTargetRule rules[] = {
  { "ethosu-op-unsupported", LS_SEVERITY_INFO, true, op_is_supported, source },
  { "ethosu-type", LS_SEVERITY_INFO, true, types_are_supported, source },
  { "ethosu-unquantized", LS_SEVERITY_INFO, true, is_quantized, source },
  { "ethosu-dynamic-shape", LS_SEVERITY_INFO, true, shapes_are_static, source },
  { "ethosu-rank", LS_SEVERITY_INFO, true, ranks_are_small, source },
  { "ethosu-batch", LS_SEVERITY_INFO, true, batch_is_one, source },
  { "ethosu-dimension", LS_SEVERITY_INFO, true, dims_are_in_range, source },
  { "ethosu-per-axis", LS_SEVERITY_INFO, true, axis_is_allowed, source },
  { "ethosu-arg-max-depth", LS_SEVERITY_INFO, true, depth_is_small, source },
};

const LsTarget ls_target_imx93_npu
  = { "imx93-npu", "Ethos-U65 of the i.MX93", rules, sizeof rules / sizeof *rules };
