/* Integers and 16-bit floats to float32: DEQUANTIZE, NumericVerify. */
#ifndef LS_OPS_DEQUANTIZE_H
#define LS_OPS_DEQUANTIZE_H

#include "ops/channels.h"

typedef struct LsDequantize LsDequantize;
/* Elements [begin, end) of a tensor at @x to @y[0 … end - begin). */
typedef void (*LsDequantizeFn) (const LsDequantize *dequantize, const void *x, size_t begin,
                                size_t end, float *y);

struct LsDequantize
{
  LsDequantizeFn fn;
  LsChannels channels;
};

LsStatus ls_dequantize_init (LsDequantize *dequantize, LsNode *node, const LsValue *value,
                             LsError *error);

#endif
