/* What kind of work an operator does: for colours, legends and groups. */
#include <string.h>

#include "litesmith.h"

static const struct
{
  const char *name, *color;
} families[LS_N_FAMILIES] = {
  [LS_FAMILY_CONVOLUTION] = { "Convolution", "#1c60b8" },
  [LS_FAMILY_MATRIX] = { "Matrix product", "#6a3d9a" },
  [LS_FAMILY_POOLING] = { "Pooling", "#20744a" },
  [LS_FAMILY_ACTIVATION] = { "Activation", "#ab2f3b" },
  [LS_FAMILY_ARITHMETIC] = { "Arithmetic", "#0f7080" },
  [LS_FAMILY_SHAPE] = { "Shape and selection", "#5d6470" },
  [LS_FAMILY_REDUCTION] = { "Reduction", "#7d5a36" },
  [LS_FAMILY_NORMALIZATION] = { "Normalization", "#646a14" },
  [LS_FAMILY_QUANTIZATION] = { "Quantization and type", "#a8560c" },
  [LS_FAMILY_RECURRENT] = { "Recurrent", "#8e3585" },
  [LS_FAMILY_CONTROL] = { "Control and state", "#3c4a66" },
  [LS_FAMILY_CUSTOM] = { "Custom operator", "#b0246a" },
  [LS_FAMILY_OTHER] = { "Other", "#66666b" },
};

/* The first part that stands in the operator's name decides. */
static const struct
{
  const char *part;
  LsFamily family;
} parts[] = {
  { "LSTM", LS_FAMILY_RECURRENT },
  { "RNN", LS_FAMILY_RECURRENT },
  { "SVDF", LS_FAMILY_RECURRENT },
  { "GRU", LS_FAMILY_RECURRENT },
  { "NORMALIZATION", LS_FAMILY_NORMALIZATION },
  { "L2_NORM", LS_FAMILY_NORMALIZATION },
  { "SOFTMAX", LS_FAMILY_ACTIVATION },
  { "POOL", LS_FAMILY_POOLING },
  { "REDUCE", LS_FAMILY_REDUCTION },
  { "CONV", LS_FAMILY_CONVOLUTION },
  { "FULLY_CONNECTED", LS_FAMILY_MATRIX },
  { "MATMUL", LS_FAMILY_MATRIX },
  { "DOT_GENERAL", LS_FAMILY_MATRIX },
  { "QUANTIZE", LS_FAMILY_QUANTIZATION },
  { "CAST", LS_FAMILY_QUANTIZATION },
  { "DENSIFY", LS_FAMILY_QUANTIZATION },
  { "RELU", LS_FAMILY_ACTIVATION },
  { "ELU", LS_FAMILY_ACTIVATION },
  { "LOGISTIC", LS_FAMILY_ACTIVATION },
  { "TANH", LS_FAMILY_ACTIVATION },
  { "SWISH", LS_FAMILY_ACTIVATION },
  { "WHILE", LS_FAMILY_CONTROL },
  { "CALL", LS_FAMILY_CONTROL },
  { "VAR", LS_FAMILY_CONTROL },
  { "HASHTABLE", LS_FAMILY_CONTROL },
  { "COMPOSITE", LS_FAMILY_CONTROL },
  { "ARG_M", LS_FAMILY_REDUCTION },
  { "MEAN", LS_FAMILY_REDUCTION },
  { "CUMSUM", LS_FAMILY_REDUCTION },
  { "SEGMENT", LS_FAMILY_REDUCTION },
  { "TOPK", LS_FAMILY_REDUCTION },
  { "BATCH_TO", LS_FAMILY_SHAPE },
  { "BROADCAST", LS_FAMILY_SHAPE },
  { "CONCAT", LS_FAMILY_SHAPE },
  { "DEPTH_TO", LS_FAMILY_SHAPE },
  { "DIMS", LS_FAMILY_SHAPE },
  { "EMBEDDING", LS_FAMILY_SHAPE },
  { "FILL", LS_FAMILY_SHAPE },
  { "GATHER", LS_FAMILY_SHAPE },
  { "ONE_HOT", LS_FAMILY_SHAPE },
  { "PACK", LS_FAMILY_SHAPE },
  { "PAD", LS_FAMILY_SHAPE },
  { "RANGE", LS_FAMILY_SHAPE },
  { "RANK", LS_FAMILY_SHAPE },
  { "RESIZE", LS_FAMILY_SHAPE },
  { "REVERSE", LS_FAMILY_SHAPE },
  { "SCATTER", LS_FAMILY_SHAPE },
  { "SHAPE", LS_FAMILY_SHAPE },
  { "SLICE", LS_FAMILY_SHAPE },
  { "SPACE_TO", LS_FAMILY_SHAPE },
  { "SPLIT", LS_FAMILY_SHAPE },
  { "SQUEEZE", LS_FAMILY_SHAPE },
  { "TILE", LS_FAMILY_SHAPE },
  { "TRANSPOSE", LS_FAMILY_SHAPE },
  { "SUM", LS_FAMILY_REDUCTION },
  { "ADD", LS_FAMILY_ARITHMETIC },
  { "SUB", LS_FAMILY_ARITHMETIC },
  { "MUL", LS_FAMILY_ARITHMETIC },
  { "DIV", LS_FAMILY_ARITHMETIC },
  { "MOD", LS_FAMILY_ARITHMETIC },
  { "SQRT", LS_FAMILY_ARITHMETIC },
  { "SQUARE", LS_FAMILY_ARITHMETIC },
  { "POW", LS_FAMILY_ARITHMETIC },
  { "EXP", LS_FAMILY_ARITHMETIC },
  { "LOG", LS_FAMILY_ARITHMETIC },
  { "SIN", LS_FAMILY_ARITHMETIC },
  { "COS", LS_FAMILY_ARITHMETIC },
  { "ATAN", LS_FAMILY_ARITHMETIC },
  { "ABS", LS_FAMILY_ARITHMETIC },
  { "NEG", LS_FAMILY_ARITHMETIC },
  { "SIGN", LS_FAMILY_ARITHMETIC },
  { "FLOOR", LS_FAMILY_ARITHMETIC },
  { "CEIL", LS_FAMILY_ARITHMETIC },
  { "ROUND", LS_FAMILY_ARITHMETIC },
  { "MAXIMUM", LS_FAMILY_ARITHMETIC },
  { "MINIMUM", LS_FAMILY_ARITHMETIC },
  { "EQUAL", LS_FAMILY_ARITHMETIC },
  { "GREATER", LS_FAMILY_ARITHMETIC },
  { "LESS", LS_FAMILY_ARITHMETIC },
  { "SELECT", LS_FAMILY_ARITHMETIC },
  { "WHERE", LS_FAMILY_ARITHMETIC },
  { "BITWISE", LS_FAMILY_ARITHMETIC },
  { "SHIFT", LS_FAMILY_ARITHMETIC },
};

LsFamily
ls_op_family (const LsOperator *op)
{
  if (op->kind == LS_OP_CUSTOM)
    return LS_FAMILY_CUSTOM;
  if (op->kind == LS_OP_IF)
    return LS_FAMILY_CONTROL;

  const char *name = ls_op_kind_name (op->kind);

  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    if (strstr (name, parts[i].part) != NULL)
      return parts[i].family;
  return LS_FAMILY_OTHER;
}

const char *
ls_family_name (LsFamily family)
{
  return families[family].name;
}

const char *
ls_family_color (LsFamily family)
{
  return families[family].color;
}
