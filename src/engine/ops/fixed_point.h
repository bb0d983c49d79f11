/*
 * The integer arithmetic of LiteRT's reference kernels (FIDELITY: double rounding).
 *
 * Sources: tflite/kernels/internal/quantization_util.cc, common.cc; gemmlowp fixedpoint.h.
 */
#ifndef LS_OPS_FIXED_POINT_H
#define LS_OPS_FIXED_POINT_H

#include "kernels/rescale.h"

#include <math.h>
#include <stdint.h>

/* real ≈ multiplier × 2^(shift - 31), multiplier in [2^30, 2^31). */
typedef struct
{
  int32_t multiplier;
  int shift; /* positive: left */
} LsMultiplier;

/* QuantizeMultiplier (quantization_util.cc). What is no number, or infinite, gives 0. */
static inline LsMultiplier
ls_quantize_multiplier (double real)
{
  int shift;

  if (real == 0.0 || !isfinite (real))
    return (LsMultiplier){ 0, 0 };

  double fraction = frexp (real, &shift);
  int64_t m = (int64_t) round (fraction * 2147483648.0);

  if (m == (INT64_C (1) << 31))
    {
      m /= 2;
      shift++;
    }
  if (shift < -31)
    return (LsMultiplier){ 0, 0 };
  return (LsMultiplier){ (int32_t) m, shift };
}

/* SaturatingRoundingDoublingHighMul: floor ((a × b + 2^30) / 2^31) in effect. */
static inline int32_t
ls_srdhm (int32_t a, int32_t b)
{
  if (a == INT32_MIN && b == INT32_MIN)
    return INT32_MAX;

  int64_t ab = (int64_t) a * b;
  int64_t nudge = ab >= 0 ? (INT64_C (1) << 30) : 1 - (INT64_C (1) << 30);

  return (int32_t) ((ab + nudge) / (INT64_C (1) << 31));
}

/* RoundingDivideByPOT: half away from zero. The reference states no result for exponents outside
 * 0 … 31; here they give what it leaves on x86, where shifts count modulo the width. */
static inline int32_t
ls_rdbpot (int32_t x, int exponent)
{
  int32_t mask = (int32_t) (uint32_t) ((UINT64_C (1) << (exponent & 63)) - 1);
  int32_t remainder = x & mask;
  int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);

  return (x >> (exponent & 31)) + (remainder > threshold ? 1 : 0);
}

/* MultiplyByQuantizedMultiplier of an int32 accumulator. Shifts to the left lose what leaves the
 * 32 bits, and count modulo 32, as the reference does on the common processors. */
static inline int32_t
ls_mbqm (int32_t x, LsMultiplier m)
{
  int left = m.shift > 0 ? m.shift & 31 : 0, right = m.shift > 0 ? 0 : -m.shift;

  return ls_rdbpot (ls_srdhm ((int32_t) ((uint32_t) x << left), m.multiplier), right);
}

/* Shifts to the right by fewer than 0 or more than 31 leave the sign, as vector instructions do. */
static inline LsRescale
ls_rescale_shifts (int32_t multiplier, int left, int right)
{
  return (LsRescale){ multiplier, (int32_t) (uint32_t) ((UINT64_C (1) << (right & 63)) - 1),
                      left & 31, right < 0 || right > 31 ? 31 : right };
}

static inline LsRescale
ls_rescale_from (LsMultiplier m)
{
  return ls_rescale_shifts (m.multiplier, m.shift > 0 ? m.shift : 0, m.shift > 0 ? 0 : -m.shift);
}

/* MultiplyByQuantizedMultiplierSmallerThanOneExp: all shifting is to the right, also for the
 * multipliers above 1 that it is not made for. */
static inline LsRescale
ls_rescale_below_one (LsMultiplier m)
{
  return ls_rescale_shifts (m.multiplier, 0, -m.shift);
}

/* MultiplyByQuantizedMultiplier of an int64 accumulator (16-bit activations). The reference states
 * no result for shifts above 14 and products above 63 bits; here shifts are taken modulo 64 and
 * products wrap, as x86 has it. */
static inline int32_t
ls_mbqm64 (int64_t x, LsMultiplier m)
{
  int32_t reduced = m.multiplier < 0x7fff0000 ? (m.multiplier + (1 << 15)) >> 16 : 0x7fff;
  int total_shift = 15 - m.shift;
  uint64_t half = UINT64_C (1) << ((total_shift - 1) & 63);
  int64_t product = (int64_t) ((uint64_t) x * (uint64_t) (int64_t) reduced + half);

  return (int32_t) (product >> (total_shift & 63));
}

static inline int32_t
ls_clamp_i32 (int32_t x, int32_t low, int32_t high)
{
  return x < low ? low : x > high ? high : x;
}

#endif
