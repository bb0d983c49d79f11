/*
 * i.MX8M Plus: the VX delegate on the VeriSilicon NPU.
 * Sources: the delegate's op_map.cc and op_status.md (2023-11).
 */
#include "check/facts.h"
#include "check/target.h"

#define FAIL(...) (snprintf (why, why_size, __VA_ARGS__), false)

/* In the order of the schema; op_status.md says "yes" for these. */
static const int supported[] = {
  LS_OP_ADD,
  LS_OP_AVERAGE_POOL_2D,
  LS_OP_CONCATENATION,
  LS_OP_CONV_2D,
  LS_OP_DEPTHWISE_CONV_2D,
  LS_OP_DEPTH_TO_SPACE,
  LS_OP_DEQUANTIZE,
  LS_OP_EMBEDDING_LOOKUP,
  LS_OP_FLOOR,
  LS_OP_FULLY_CONNECTED,
  LS_OP_HASHTABLE_LOOKUP,
  LS_OP_L2_NORMALIZATION,
  LS_OP_LOCAL_RESPONSE_NORMALIZATION,
  LS_OP_LOGISTIC,
  LS_OP_MAX_POOL_2D,
  LS_OP_MUL,
  LS_OP_RELU,
  LS_OP_RELU_N1_TO_1,
  LS_OP_RELU6,
  LS_OP_RESHAPE,
  LS_OP_RESIZE_BILINEAR,
  LS_OP_RNN,
  LS_OP_SOFTMAX,
  LS_OP_SPACE_TO_DEPTH,
  LS_OP_TANH,
  LS_OP_PAD,
  LS_OP_UNIDIRECTIONAL_SEQUENCE_RNN,
  LS_OP_GATHER,
  LS_OP_BATCH_TO_SPACE_ND,
  LS_OP_SPACE_TO_BATCH_ND,
  LS_OP_TRANSPOSE,
  LS_OP_MEAN,
  LS_OP_SUB,
  LS_OP_DIV,
  LS_OP_SQUEEZE,
  LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM,
  LS_OP_STRIDED_SLICE,
  LS_OP_BIDIRECTIONAL_SEQUENCE_RNN,
  LS_OP_EXP,
  LS_OP_SPLIT,
  LS_OP_BIDIRECTIONAL_SEQUENCE_LSTM,
  LS_OP_PRELU,
  LS_OP_MAXIMUM,
  LS_OP_ARG_MAX,
  LS_OP_MINIMUM,
  LS_OP_LESS,
  LS_OP_NEG,
  LS_OP_GREATER,
  LS_OP_GREATER_EQUAL,
  LS_OP_LESS_EQUAL,
  LS_OP_SELECT,
  LS_OP_SLICE,
  LS_OP_SIN,
  LS_OP_TRANSPOSE_CONV,
  LS_OP_EXPAND_DIMS,
  LS_OP_EQUAL,
  LS_OP_NOT_EQUAL,
  LS_OP_LOG,
  LS_OP_SUM,
  LS_OP_SQRT,
  LS_OP_RSQRT,
  LS_OP_SHAPE,
  LS_OP_POW,
  LS_OP_ARG_MIN,
  LS_OP_REDUCE_PROD,
  LS_OP_REDUCE_MAX,
  LS_OP_PACK,
  LS_OP_LOGICAL_OR,
  LS_OP_ONE_HOT,
  LS_OP_LOGICAL_AND,
  LS_OP_LOGICAL_NOT,
  LS_OP_UNPACK,
  LS_OP_REDUCE_MIN,
  LS_OP_FLOOR_DIV,
  LS_OP_REDUCE_ANY,
  LS_OP_SQUARE,
  LS_OP_RESIZE_NEAREST_NEIGHBOR,
  LS_OP_LEAKY_RELU,
  LS_OP_ABS,
  LS_OP_SPLIT_V,
  LS_OP_REVERSE_V2,
  LS_OP_ADD_N,
  LS_OP_GATHER_ND,
  LS_OP_COS,
  LS_OP_ELU,
  LS_OP_QUANTIZE,
  LS_OP_HARD_SWISH,
  LS_OP_SELECT_V2,
  LS_OP_BATCH_MATMUL,
  LS_OP_CONV_3D,
  LS_OP_GELU,
};

static bool
op_is_supported (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  return ls_kind_is_among (op, supported, sizeof supported / sizeof *supported)
         || FAIL ("the delegate has no such operator");
}

static bool
type_is_good (const LsModel *model, const LsTensor *tensor)
{
  return tensor->type != LS_TYPE_INT64 && tensor->type != LS_TYPE_STRING;
}

static bool
types_are_supported (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *bad = ls_first_bad (check, op, type_is_good);

  if (bad != NULL)
    return FAIL ("tensor %.60s is %s", bad->name, ls_type_name (bad->type));
  for (uint32_t i = 0; i < op->n_outputs; i++)
    {
      const LsTensor *out = ls_check_output (check, 0, op, i);

      if (out != NULL && out->type == LS_TYPE_INT16)
        return FAIL ("output %.60s is INT16", out->name);
    }
  return true;
}

static bool
rank_is_good (const LsModel *model, const LsTensor *tensor)
{
  return tensor->rank <= 6;
}

static bool
ranks_are_small (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *bad = ls_first_bad (check, op, rank_is_good);

  return bad == NULL || FAIL ("tensor %.60s has %d dimensions, more than 6", bad->name, bad->rank);
}

static bool
dims_are_good (const LsModel *model, const LsTensor *tensor)
{
  for (int32_t i = 0; i < tensor->rank; i++)
    if (tensor->dims[i] == 0 || tensor->dims[i] > 65535)
      return false;
  return true;
}

static bool
dims_are_in_range (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *bad = ls_first_bad (check, op, dims_are_good);

  return bad == NULL || FAIL ("tensor %.60s has a dimension of 0 or more than 65535", bad->name);
}

static bool
is_weighted (const LsOperator *op)
{
  return op->kind == LS_OP_CONV_2D || op->kind == LS_OP_DEPTHWISE_CONV_2D
         || op->kind == LS_OP_FULLY_CONNECTED;
}

static bool
is_not_hybrid (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *in = ls_check_input (check, 0, op, 0),
                 *weights = ls_check_input (check, 0, op, 1);

  return !is_weighted (op) || in == NULL || weights == NULL || !ls_type_is_float (in->type)
         || !ls_type_is_integer (weights->type)
         || FAIL ("%s input with %s weights (dynamic range)", ls_type_name (in->type),
                  ls_type_name (weights->type));
}

static bool
weights_are_plain (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *weights = ls_check_input (check, 0, op, 1),
                 *in = ls_check_input (check, 0, op, 0);

  if (op->kind != LS_OP_FULLY_CONNECTED || weights == NULL || in == NULL)
    return true;
  if (ls_attr_int (op, "weights_format", 0) != 0)
    return FAIL ("its weights are shuffled (4x16)");
  return (weights->type != LS_TYPE_INT16 && in->type != LS_TYPE_INT16)
         || FAIL ("it computes in INT16");
}

/* Operand that gives a shape, by kind. */
static bool
shape_operand (const LsOperator *op, uint32_t *slot)
{
  switch (op->kind)
    {
    case LS_OP_RESHAPE:
    case LS_OP_PAD:
    case LS_OP_TRANSPOSE:
      *slot = 1;
      return op->n_inputs > 1;
    case LS_OP_SPLIT:
      *slot = 0;
      return true;
    default:
      return false;
    }
}

static bool
shapes_are_constant (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  uint32_t slot;

  return !shape_operand (op, &slot) || ls_operand_is_constant (check, op, slot)
         || FAIL ("its shape operand is computed");
}

static bool
dequantize_is_plain (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *in = ls_check_input (check, 0, op, 0);

  if (op->kind != LS_OP_DEQUANTIZE || in == NULL)
    return true;
  if (ls_is_per_channel (in))
    return FAIL ("it is per channel");
  return (in->type != LS_TYPE_INT16 && in->type != LS_TYPE_FLOAT16)
         || FAIL ("it reads %s", ls_type_name (in->type));
}

static bool
quantize_is_plain (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *in = ls_check_input (check, 0, op, 0), *out = ls_check_output (check, 0, op, 0);

  return op->kind != LS_OP_QUANTIZE || in == NULL || out == NULL || out->type != LS_TYPE_INT8
         || (in->type != LS_TYPE_INT32 && in->type != LS_TYPE_INT16)
         || FAIL ("it goes from %s to INT8", ls_type_name (in->type));
}

static bool
slice_is_plain (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  if (op->kind != LS_OP_STRIDED_SLICE)
    return true;
  for (uint32_t i = 1; i < 4; i++)
    if (!ls_operand_is_constant (check, op, i))
      return FAIL ("its operand %u is computed", i);
  if (ls_attr_int (op, "ellipsis_mask", 0) != 0)
    return FAIL ("it has an ellipsis mask");
  return ls_attr_int (op, "new_axis_mask", 0) == 0 || FAIL ("it has a new-axis mask");
}

static bool
pack_is_plain (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *in = ls_check_input (check, 0, op, 0);

  if (op->kind != LS_OP_PACK || in == NULL)
    return true;
  if (in->type == LS_TYPE_INT32)
    return FAIL ("it packs INT32");
  return in->rank != 1 || (in->type != LS_TYPE_INT8 && in->type != LS_TYPE_UINT8)
         || FAIL ("it packs %s of rank 1", ls_type_name (in->type));
}

static bool
weights_are_per_tensor (const LsCheck *check, const LsOperator *op, char *why, size_t why_size)
{
  const LsTensor *weights = ls_check_input (check, 0, op, 1);

  return (!is_weighted (op) && op->kind != LS_OP_TRANSPOSE_CONV) || !ls_is_per_channel (weights)
         || FAIL (
           "its weights are per channel (%u scales), which is many times slower than per tensor",
           ls_n_scales (weights));
}

static const char source[] = "VX delegate op_map.cc";

static const LsTargetRule rules[] = {
  { "vx-op-unsupported", LS_SEVERITY_INFO, true, op_is_supported, "VX delegate op_status.md" },
  { "vx-type-unsupported", LS_SEVERITY_INFO, true, types_are_supported, source },
  { "vx-rank", LS_SEVERITY_INFO, true, ranks_are_small, source },
  { "vx-dimension", LS_SEVERITY_INFO, true, dims_are_in_range, source },
  { "vx-hybrid", LS_SEVERITY_INFO, true, is_not_hybrid, source },
  { "vx-weights-format", LS_SEVERITY_INFO, true, weights_are_plain, source },
  { "vx-dynamic-shape", LS_SEVERITY_INFO, true, shapes_are_constant, source },
  { "vx-dequantize", LS_SEVERITY_INFO, true, dequantize_is_plain, source },
  { "vx-quantize", LS_SEVERITY_INFO, true, quantize_is_plain, source },
  { "vx-strided-slice", LS_SEVERITY_INFO, true, slice_is_plain, source },
  { "vx-pack", LS_SEVERITY_INFO, true, pack_is_plain, source },
  { "vx-per-channel", LS_SEVERITY_WARNING, false, weights_are_per_tensor,
    "OpenCV #21372, TIM-VX #121" },
};

const LsTarget ls_target_imx8mp_npu
  = { "imx8mp-npu", "NPU of the i.MX8M Plus", rules, sizeof rules / sizeof *rules };
