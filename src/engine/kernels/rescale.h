/* Arithmetic of quantized numbers without branches, which compilers turn into vector code. */
#ifndef LS_KERNELS_RESCALE_H
#define LS_KERNELS_RESCALE_H

#include <math.h>
#include <stdint.h>

/* A multiplier of LiteRT's reference made ready for loops (ops/fixed_point.h makes it). */
typedef struct
{
  int32_t multiplier, mask;
  int left, right;
} LsRescale;

/* MultiplyByQuantizedMultiplier: x × multiplier / 2^31 rounded half up, then divided by 2^right and
 * rounded half away from zero. */
static inline int32_t
ls_rescale (int32_t x, LsRescale r)
{
  int64_t product = (int64_t) (int32_t) ((uint32_t) x << r.left) * r.multiplier;
  int32_t high = (int32_t) (uint32_t) (((uint64_t) product + (UINT64_C (1) << 30)) >> 31);
  int32_t threshold = (r.mask >> 1) - (high >> 31);

  return (high >> r.right) + ((high & r.mask) > threshold);
}

/* Float to int as the common processors do it when the value does not fit, or is no number: the
 * least integer. C leaves this open, and LiteRT's results show it. */
static inline int32_t
ls_int_from_float (float x)
{
  return x >= -0x1p31f && x < 0x1p31f ? (int32_t) x : INT32_MIN;
}

/* Rounds half away from zero, and converts as ls_int_from_float() does, in masks that compilers
 * turn into vector code. What is left of a float behind its integer part is exact, and so is its
 * double.
 */
static inline int32_t
ls_round_away (float x)
{
  const int32_t fits = -(int32_t) (fabsf (x) < 0x1p31f);
  union
  {
    float f;
    int32_t bits;
  } kept = { x };

  kept.bits &= fits;

  const int32_t whole = (int32_t) kept.f;
  const int32_t rounded = whole + (int32_t) (2.0f * (kept.f - (float) whole));

  return (rounded & fits) | (INT32_MIN & ~fits);
}

#endif
