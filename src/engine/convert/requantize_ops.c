/* Which operators have kernels for 8-bit types, and which kernels agree. */
#include "convert/quantized.h"
#include "convert/requantize.h"

enum
{
  INT8 = 1,
  UINT8 = 2,
  BOTH = 3,
  ROUNDS = 4
};

/* Source: the types that tflite/kernels/ take in prepare and run. ROUNDS: the uint8 kernel divides
 * or interpolates by another formula than the int8 one (averages of negative numbers, float
 * interpolation, multipliers from the float32 product of the scales). */
static const struct
{
  int kind, takes;
} table[] = {
  { LS_OP_ABS, INT8 },
  { LS_OP_ADD, BOTH },
  { LS_OP_ARG_MAX, BOTH },
  { LS_OP_ARG_MIN, BOTH },
  { LS_OP_ASSIGN_VARIABLE, BOTH },
  { LS_OP_AVERAGE_POOL_2D, BOTH | ROUNDS },
  { LS_OP_BATCH_MATMUL, INT8 },
  { LS_OP_BATCH_TO_SPACE_ND, BOTH },
  { LS_OP_BROADCAST_TO, BOTH },
  { LS_OP_CALL, BOTH },
  { LS_OP_CALL_ONCE, BOTH },
  { LS_OP_CONCATENATION, BOTH },
  { LS_OP_CONV_2D, BOTH | ROUNDS },
  { LS_OP_DEPTHWISE_CONV_2D, BOTH | ROUNDS },
  { LS_OP_DEPTH_TO_SPACE, BOTH },
  { LS_OP_DEQUANTIZE, BOTH },
  { LS_OP_DYNAMIC_UPDATE_SLICE, INT8 },
  { LS_OP_EQUAL, BOTH },
  { LS_OP_EXP, INT8 },
  { LS_OP_EXPAND_DIMS, BOTH },
  { LS_OP_FILL, INT8 },
  { LS_OP_FULLY_CONNECTED, BOTH },
  { LS_OP_GATHER, BOTH },
  { LS_OP_GATHER_ND, BOTH },
  { LS_OP_GELU, BOTH },
  { LS_OP_GREATER, BOTH },
  { LS_OP_GREATER_EQUAL, BOTH },
  { LS_OP_HARD_SWISH, BOTH },
  { LS_OP_IF, BOTH },
  { LS_OP_L2_NORMALIZATION, BOTH | ROUNDS },
  { LS_OP_LEAKY_RELU, BOTH },
  { LS_OP_LESS, BOTH },
  { LS_OP_LESS_EQUAL, BOTH },
  { LS_OP_LOGISTIC, BOTH },
  { LS_OP_LOG_SOFTMAX, BOTH | ROUNDS },
  { LS_OP_MAXIMUM, BOTH },
  { LS_OP_MAX_POOL_2D, BOTH },
  { LS_OP_MEAN, BOTH | ROUNDS },
  { LS_OP_MINIMUM, BOTH },
  { LS_OP_MIRROR_PAD, BOTH },
  { LS_OP_MUL, BOTH },
  { LS_OP_NEG, INT8 },
  { LS_OP_NOT_EQUAL, BOTH },
  { LS_OP_PACK, BOTH },
  { LS_OP_PAD, BOTH },
  { LS_OP_PADV2, BOTH },
  { LS_OP_PRELU, BOTH },
  { LS_OP_QUANTIZE, BOTH },
  { LS_OP_READ_VARIABLE, BOTH },
  { LS_OP_REDUCE_MAX, BOTH },
  { LS_OP_REDUCE_MIN, BOTH },
  { LS_OP_RELU, BOTH },
  { LS_OP_RELU6, BOTH },
  { LS_OP_RELU_N1_TO_1, BOTH },
  { LS_OP_RESHAPE, BOTH },
  { LS_OP_RESIZE_BILINEAR, BOTH | ROUNDS },
  { LS_OP_RESIZE_NEAREST_NEIGHBOR, BOTH },
  { LS_OP_REVERSE_V2, BOTH },
  { LS_OP_RSQRT, INT8 },
  { LS_OP_SELECT, BOTH },
  { LS_OP_SELECT_V2, BOTH },
  { LS_OP_SHAPE, BOTH },
  { LS_OP_SLICE, BOTH },
  { LS_OP_SOFTMAX, BOTH },
  { LS_OP_SPACE_TO_BATCH_ND, BOTH },
  { LS_OP_SPACE_TO_DEPTH, BOTH },
  { LS_OP_SPLIT, BOTH },
  { LS_OP_SPLIT_V, BOTH },
  { LS_OP_SQRT, INT8 },
  { LS_OP_SQUARED_DIFFERENCE, INT8 },
  { LS_OP_SQUEEZE, BOTH },
  { LS_OP_STRIDED_SLICE, BOTH },
  { LS_OP_SUB, BOTH },
  { LS_OP_SUM, INT8 },
  { LS_OP_TANH, BOTH },
  { LS_OP_TILE, BOTH },
  { LS_OP_TOPK_V2, BOTH },
  { LS_OP_TRANSPOSE, BOTH },
  { LS_OP_TRANSPOSE_CONV, BOTH | ROUNDS },
  { LS_OP_UNPACK, BOTH },
  { LS_OP_WHILE, BOTH },
};

static int
look_up (const LsOperator *op)
{
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (table[i].kind == op->kind)
      return table[i].takes;
  return 0;
}

bool
ls_requantize_takes (const LsOperator *op, LsType type)
{
  return (look_up (op) & (type == LS_TYPE_UINT8 ? UINT8 : INT8)) != 0;
}

bool
ls_requantize_rounds (const LsOperator *op)
{
  return (look_up (op) & ROUNDS) != 0;
}
