/*
 * What operators on single elements share: loops that become vector code, and how much work one
 * thread takes.
 */
#ifndef LS_OPS_ELEMENTWISE_H
#define LS_OPS_ELEMENTWISE_H

#include "base/loop.h"
#include "ops/op.h"

/* Rough cost of one element, in nanoseconds on a slow core. */
enum
{
  LS_COST_MOVE = 1,      /* table look-up, addition */
  LS_COST_RESCALE = 4,   /* integer rescaling */
  LS_COST_FUNCTION = 16, /* exponential, logarithm, power */
};

/* Elements that are worth handing to another thread: some 20 microseconds of work. */
size_t ls_element_grain (size_t cost);

/* Fails unless the value has a scale that is a positive number. */
LsStatus ls_node_scale (const LsNode *node, const LsValue *value, const char *what, LsError *error);
/* True when the model quantizes the value. */
static inline bool
ls_is_quantized (const LsValue *value)
{
  return value->quant != NULL && value->quant->n_scales > 0;
}
/* 8-bit and 16-bit integers with a scale stand for reals. */
static inline bool
ls_stands_for_reals (const LsValue *value)
{
  return ls_is_quantized (value)
         && (value->type == LS_TYPE_INT8 || value->type == LS_TYPE_UINT8
             || value->type == LS_TYPE_INT16);
}
/* Least and largest number of an integer type of up to 32 bits, UINT32 excepted. */
void ls_integer_range (LsType type, int32_t *low, int32_t *high);

#endif
