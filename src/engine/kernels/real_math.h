/*
 * Real functions in float32 without branches and without calls, so that a compiler can compute
 * several at a time. Errors stay under 3e-7 of the result; NaN, infinities, overflow and
 * subnormal results are as the C library's.
 *
 * Polynomials: Cephes (expf, tanhf); Numerical Recipes (erfcc).
 */
#ifndef LS_KERNELS_REAL_MATH_H
#define LS_KERNELS_REAL_MATH_H

#include "base/half.h"

#include <math.h>

/* 2^k for -126 <= k <= 127. */
static inline float
ls_pow2_f32 (int32_t k)
{
  return ls_float_from_bits ((uint32_t) (k + 127) << 23);
}

/* exp (r) - 1 - r for |r| <= ln 2 / 2. */
static inline float
ls_exp_tail_f32 (float r)
{
  float p = 1.9875691500e-4f;

  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return p * (r * r);
}

static inline float
ls_exp_f32 (float x)
{
  /* Adding 1.5 × 2^23 rounds to an integer and leaves it in the low bits. */
  const float to_int = 12582912.0f;
  float c = x < -110.0f ? -110.0f : x;

  c = c > 89.0f ? 89.0f : c;

  float shifted = c * 1.44269504f + to_int, n = shifted - to_int;
  float r = (c - n * 0.693359375f) + n * 2.12194440e-4f;
  /* In two halves: 2^n alone may be too large or too small for a float. */
  uint32_t k = ls_float_bits (shifted) - 0x4b400000u;
  int32_t half = (int32_t) k >> 1, rest = (int32_t) (k - (uint32_t) half);

  return (ls_exp_tail_f32 (r) + r + 1.0f) * ls_float_from_bits ((uint32_t) (half + 127) << 23)
         * ls_float_from_bits ((uint32_t) (rest + 127) << 23);
}

/* exp (x) - 1. */
static inline float
ls_expm1_f32 (float x)
{
  float near = ls_exp_tail_f32 (x) + x, far = ls_exp_f32 (x) - 1.0f;

  return fabsf (x) < 0.34f ? near : far;
}

static inline float
ls_logistic_f32 (float x)
{
  float e = ls_exp_f32 (-fabsf (x)), p = 1.0f / (1.0f + e);

  return x < 0.0f ? e * p : p;
}

static inline float
ls_tanh_f32 (float x)
{
  float a = fabsf (x), z = x * x;
  float far = 1.0f - 2.0f / (ls_exp_f32 (a + a) + 1.0f);
  float p = -5.70498872745e-3f;

  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  p = p * z * x + x;
  return a < 0.625f ? p : x < 0.0f ? -far : far;
}

/* 1 - erf (x). */
static inline float
ls_erfc_f32 (float x)
{
  float a = fabsf (x), t = 1.0f / (1.0f + 0.5f * a);
  float p = 0.17087277f;

  p = p * t - 0.82215223f;
  p = p * t + 1.48851587f;
  p = p * t - 1.13520398f;
  p = p * t + 0.27886807f;
  p = p * t - 0.18628806f;
  p = p * t + 0.09678418f;
  p = p * t + 0.37409196f;
  p = p * t + 1.00002368f;
  p = p * t - 1.26551223f;
  p = t * ls_exp_f32 (p - a * a);
  return x < 0.0f ? 2.0f - p : p;
}

#endif
