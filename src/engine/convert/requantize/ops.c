/* Which operators go on in another 8-bit type, and which of them give the same numbers there. */
#include "convert/quantize/quantize.h"
#include "convert/requantize/requantize.h"

/* Beside the operators that compute (quantize.def): they hand values of any type on. */
static const int plumbing[] = {
  LS_OP_ASSIGN_VARIABLE,
  LS_OP_CALL,
  LS_OP_CALL_ONCE,
  LS_OP_DEQUANTIZE,
  LS_OP_FILL,
  LS_OP_IF,
  LS_OP_QUANTIZE,
  LS_OP_READ_VARIABLE,
  LS_OP_RELU_0_TO_1,
  LS_OP_REVERSE_V2,
  LS_OP_SHAPE,
  LS_OP_TOPK_V2,
  LS_OP_STABLEHLO_COMPOSITE,
  LS_OP_WHILE,
};

/* The uint8 kernel divides, interpolates or adds by another formula than the int8 one: averages of
 * negative numbers, interpolation in float, multipliers from the float32 product of the scales. */
static const int rounding[] = {
  LS_OP_AVERAGE_POOL_2D, LS_OP_CONV_2D, LS_OP_DEPTHWISE_CONV_2D, LS_OP_L2_NORMALIZATION,
  LS_OP_LOG_SOFTMAX,     LS_OP_MEAN,    LS_OP_RESIZE_BILINEAR,   LS_OP_TRANSPOSE_CONV,
};

/* FILL has no uint8 kernel (fill.cc); those of the others leave the zero point out of account where
 * many elements are reduced (reduce.cc). */
static const int int8_only[] = { LS_OP_FILL, LS_OP_SUM, LS_OP_REDUCE_PROD };

#define HAS(list, kind) has (list, sizeof (list) / sizeof *(list), kind)

static bool
has (const int *list, size_t count, int kind)
{
  for (size_t i = 0; i < count; i++)
    if (list[i] == kind)
      return true;
  return false;
}

bool
ls_requantize_takes (const LsOperator *op, LsType type)
{
  LsQuantRule rule;

  if (type == LS_TYPE_UINT8 && HAS (int8_only, op->kind))
    return false;
  if (HAS (plumbing, op->kind))
    return true;
  /* Those with a state are int8 in models of any integers. */
  return ls_quant_rule (op->kind, type, &rule) && rule != LS_QUANT_CELL && rule != LS_QUANT_TABLE;
}

bool
ls_requantize_rounds (const LsOperator *op)
{
  return HAS (rounding, op->kind);
}
