/*
 * Operator versions: what types and options ask for at least.
 * Source: tflite/converter/tools/versioning/op_version.cc (2026-08).
 */
#include "model/versions.h"

/* By type of the first data operand; 0: version 1 will do. `data` is that operand. */
/* DEPTH_TO_SPACE and TILE of int8 have a version of their own there, which LiteRT's reference
 * kernels are not registered for (register_ref.cc) though they compute it; no kernel looks at the
 * number. */
static const struct
{
  int kind;
  uint8_t data, of_int8, of_int16;
} versions[] = {
  { LS_OP_ABS, 0, 2, 3 },
  { LS_OP_ADD, 0, 2, 3 },
  { LS_OP_ARG_MAX, 0, 2, 0 },
  { LS_OP_ARG_MIN, 0, 2, 0 },
  { LS_OP_AVERAGE_POOL_2D, 0, 2, 3 },
  { LS_OP_BATCH_MATMUL, 0, 2, 3 },
  { LS_OP_BATCH_TO_SPACE_ND, 0, 2, 4 },
  { LS_OP_BROADCAST_TO, 0, 3, 3 },
  { LS_OP_CONCATENATION, 0, 2, 3 },
  { LS_OP_CONV_2D, 0, 3, 4 },
  { LS_OP_DEPTHWISE_CONV_2D, 0, 3, 5 },
  { LS_OP_DEQUANTIZE, 0, 2, 3 },
  { LS_OP_DYNAMIC_UPDATE_SLICE, 0, 0, 4 },
  { LS_OP_EQUAL, 0, 2, 5 },
  { LS_OP_EXP, 0, 2, 2 },
  { LS_OP_FLOOR_DIV, 0, 3, 3 },
  { LS_OP_FLOOR_MOD, 0, 2, 2 },
  { LS_OP_FULLY_CONNECTED, 0, 4, 7 },
  { LS_OP_GATHER, 0, 2, 4 },
  { LS_OP_GATHER_ND, 0, 0, 3 },
  { LS_OP_GELU, 0, 2, 0 },
  { LS_OP_GREATER, 0, 2, 0 },
  { LS_OP_GREATER_EQUAL, 0, 2, 3 },
  { LS_OP_L2_NORMALIZATION, 0, 2, 0 },
  { LS_OP_LEAKY_RELU, 0, 0, 2 },
  { LS_OP_LESS, 0, 2, 3 },
  { LS_OP_LESS_EQUAL, 0, 2, 0 },
  { LS_OP_LOG, 0, 2, 2 },
  { LS_OP_LOGISTIC, 0, 2, 3 },
  { LS_OP_LOG_SOFTMAX, 0, 2, 0 },
  { LS_OP_MAXIMUM, 0, 2, 4 },
  { LS_OP_MAX_POOL_2D, 0, 2, 3 },
  { LS_OP_MEAN, 0, 2, 3 },
  { LS_OP_MINIMUM, 0, 2, 4 },
  { LS_OP_MIRROR_PAD, 0, 2, 3 },
  { LS_OP_MUL, 0, 2, 4 },
  { LS_OP_NOT_EQUAL, 0, 2, 4 },
  { LS_OP_PACK, 0, 2, 3 },
  { LS_OP_PAD, 0, 2, 3 },
  { LS_OP_PADV2, 0, 2, 3 },
  { LS_OP_REDUCE_MAX, 0, 2, 3 },
  { LS_OP_REDUCE_MIN, 0, 2, 3 },
  { LS_OP_REDUCE_PROD, 0, 2, 2 },
  { LS_OP_RELU, 0, 2, 3 },
  { LS_OP_RELU6, 0, 2, 3 },
  { LS_OP_RESIZE_BILINEAR, 0, 2, 4 },
  { LS_OP_RESIZE_NEAREST_NEIGHBOR, 0, 2, 4 },
  { LS_OP_REVERSE_V2, 0, 3, 0 },
  { LS_OP_RSQRT, 0, 2, 3 },
  { LS_OP_SELECT, 1, 2, 0 },
  { LS_OP_SLICE, 0, 2, 4 },
  { LS_OP_SOFTMAX, 0, 2, 3 },
  { LS_OP_SPACE_TO_BATCH_ND, 0, 2, 4 },
  { LS_OP_SPACE_TO_DEPTH, 0, 2, 0 },
  { LS_OP_SPLIT, 1, 2, 4 },
  { LS_OP_SPLIT_V, 0, 2, 0 },
  { LS_OP_SQRT, 0, 2, 2 },
  { LS_OP_SQUARED_DIFFERENCE, 0, 2, 0 },
  { LS_OP_STRIDED_SLICE, 0, 2, 0 },
  { LS_OP_SUB, 0, 2, 5 },
  { LS_OP_SUM, 0, 2, 0 },
  { LS_OP_SVDF, 0, 3, 0 },
  { LS_OP_TANH, 0, 2, 3 },
  { LS_OP_TOPK_V2, 0, 2, 0 },
  { LS_OP_TRANSPOSE, 0, 2, 5 },
  { LS_OP_TRANSPOSE_CONV, 2, 2, 2 },
  { LS_OP_UNPACK, 0, 2, 4 },
};

static LsType
type_of (const LsSubgraph *graph, const int32_t *list, uint32_t count, uint32_t slot)
{
  return slot < count && list[slot] >= 0 && (uint32_t) list[slot] < graph->n_tensors
           ? graph->tensors[list[slot]].type
           : LS_N_TYPES;
}

static int
at_least (int a, int b)
{
  return a > b ? a : b;
}

/* What options and the types of weights ask for; 1 when nothing. */
int
ls_op_version_by_options (const LsSubgraph *graph, const LsOperator *op)
{
  LsType data = type_of (graph, op->inputs, op->n_inputs, 0);
  LsType weights = type_of (graph, op->inputs, op->n_inputs, 1);
  bool is_hybrid = data == LS_TYPE_FLOAT32 && weights == LS_TYPE_INT8;
  /* Float data with weights of 4 bits got no version of its own. */
  bool is_int4 = data == LS_TYPE_INT8 && weights == LS_TYPE_INT4;

  switch (op->kind)
    {
    case LS_OP_CONV_2D:
      return is_hybrid ? 2 : is_int4 ? 7 : 1;
    case LS_OP_DEPTHWISE_CONV_2D:
      return is_hybrid ? 4 : is_int4 ? 7 : 1;
    case LS_OP_FULLY_CONNECTED:
      return weights == LS_TYPE_INT2                            ? 14
             : data == LS_TYPE_INT16 && weights == LS_TYPE_INT4 ? 13
             : is_int4                                          ? 10
             : is_hybrid                                        ? 3
                                                                : 1;
    case LS_OP_TRANSPOSE_CONV:
      return op->n_inputs == 4 && op->inputs[3] >= 0 ? 3 : 1;
    case LS_OP_RESIZE_BILINEAR:
    case LS_OP_RESIZE_NEAREST_NEIGHBOR:
      return ls_attr_int (op, "half_pixel_centers", 0) != 0 ? 3 : 1;
    default:
      return 1;
    }
}

int
ls_op_version_by_types (const LsSubgraph *graph, const LsOperator *op)
{
  for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
    {
      if (versions[i].kind != op->kind)
        continue;

      LsType type = type_of (graph, op->inputs, op->n_inputs, versions[i].data);

      return type == LS_TYPE_INT8    ? at_least (versions[i].of_int8, 1)
             : type == LS_TYPE_INT16 ? at_least (versions[i].of_int16, 1)
                                     : 1;
    }
  return 1;
}

/* Versions of hybrid operators (float32 with int8 weights): with symmetric and with asymmetric
 * inputs, and with one scale for each channel. */
static const struct
{
  int kind;
  uint8_t symmetric, asymmetric, per_channel;
} hybrids[] = {
  { LS_OP_CONV_2D, 2, 2, 5 },
  { LS_OP_DEPTHWISE_CONV_2D, 4, 4, 6 },
  { LS_OP_FULLY_CONNECTED, 3, 9, 12 },
  { LS_OP_BATCH_MATMUL, 1, 4, 4 },
  { LS_OP_EMBEDDING_LOOKUP, 1, 1, 4 },
  { LS_OP_LSTM, 3, 4, 4 },
  { LS_OP_SVDF, 2, 4, 4 },
  { LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM, 2, 3, 3 },
  { LS_OP_BIDIRECTIONAL_SEQUENCE_LSTM, 2, 3, 3 },
  { LS_OP_UNIDIRECTIONAL_SEQUENCE_RNN, 2, 3, 3 },
  { LS_OP_BIDIRECTIONAL_SEQUENCE_RNN, 2, 3, 3 },
  { LS_OP_RNN, 2, 3, 3 },
};

static int
version_of_hybrid (const LsSubgraph *graph, const LsOperator *op)
{
  const LsQuantization *weights
    = op->n_inputs > 1 && op->inputs[1] >= 0 ? graph->tensors[op->inputs[1]].quant : NULL;
  bool is_hybrid = type_of (graph, op->inputs, op->n_inputs, 1) == LS_TYPE_INT8
                   && type_of (graph, op->outputs, op->n_outputs, 0) == LS_TYPE_FLOAT32;

  for (size_t i = 0; is_hybrid && i < sizeof hybrids / sizeof *hybrids; i++)
    if (hybrids[i].kind == op->kind)
      return weights != NULL && weights->n_scales > 1                 ? hybrids[i].per_channel
             : ls_attr_int (op, "asymmetric_quantize_inputs", 0) != 0 ? hybrids[i].asymmetric
                                                                      : hybrids[i].symmetric;
  return 1;
}

/* What converters write besides, though no runtime minds its absence. */
static int
version_by_habit (const LsSubgraph *graph, const LsOperator *op)
{
  LsType in = type_of (graph, op->inputs, op->n_inputs, 0);
  LsType out = type_of (graph, op->outputs, op->n_outputs, 0);

  switch (op->kind)
    {
    case LS_OP_FULLY_CONNECTED:
      return op->n_inputs == 2 ? 6 : ls_attr_int (op, "keep_num_dims", 0) != 0 ? 5 : 1;
    case LS_OP_QUANTIZE:
      return out == LS_TYPE_INT16 ? 2 : 1;
    case LS_OP_DEQUANTIZE:
      return in == LS_TYPE_FLOAT16 ? 3 : 1;
    default:
      return 1;
    }
}

int
ls_op_version (const LsSubgraph *graph, const LsOperator *op)
{
  int of_options = at_least (ls_op_version_by_options (graph, op), version_of_hybrid (graph, op));
  int of_types = ls_op_version_by_types (graph, op);

  return at_least (at_least (of_options, of_types), version_by_habit (graph, op));
}

/*
 * Converters of the years between often wrote the version of int8 for int16, and every runtime
 * takes that. Version 1 is from before any signed integers.
 */
bool
ls_op_version_is_low (const LsSubgraph *graph, const LsOperator *op)
{
  return op->kind != LS_OP_CUSTOM
         && (op->version < ls_op_version_by_options (graph, op)
             || (op->version == 1 && ls_op_version_by_types (graph, op) > 1));
}
