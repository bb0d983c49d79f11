/*
 * Functions of quantized numbers as tables, made by running the real function at every step.
 *
 * Source: tflite/kernels/internal/common.h (LUTPopulate, LUTLookup).
 */
#ifndef LS_OPS_LUT_H
#define LS_OPS_LUT_H

#include "ops/op.h"

enum
{
  LS_LUT8_SIZE = 256,
  LS_LUT16_SIZE = 513 /* every 128th value of an int16, and one more: between them it is a line */
};

typedef float (*LsRealFn) (float x, const void *params);

/* Fills a table of bytes that is indexed with the stored byte. Both values are INT8, or both UINT8,
 * and have a scale. */
void ls_lut8_fill (uint8_t lut[LS_LUT8_SIZE], const LsValue *in, const LsValue *out, LsRealFn fn,
                   const void *params);
void ls_lut16_fill (int16_t lut[LS_LUT16_SIZE], const LsValue *in, const LsValue *out, LsRealFn fn,
                    const void *params);
/* The same in double, for functions that an operator uses inside itself. */
void ls_lut16_fill_double (int16_t lut[LS_LUT16_SIZE], double in_scale, int32_t in_zero,
                           double out_scale, int32_t out_zero, double (*fn) (double x));

static inline int16_t
ls_lut16_at (const int16_t *lut, int16_t x)
{
  int index = 256 + (x >> 7);
  int16_t base = lut[index], slope = (int16_t) (lut[index + 1] - base);

  return (int16_t) (base + ((slope * (x & 0x7f) + 64) >> 7));
}

#endif
