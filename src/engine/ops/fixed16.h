/*
 * Logistic and tanh in 16-bit fixed point, as the integer LSTM computes them.
 *
 * Source: gemmlowp fixedpoint/fixedpoint.h (logistic, tanh, exp_on_negative_values).
 */
#ifndef LS_OPS_FIXED16_H
#define LS_OPS_FIXED16_H

#include <stdint.h>

/* 1 / (1 + exp (-x)): x has 3 integer bits (x / 4096), the result none (y / 32768). */
int16_t ls_fixed16_logistic (int16_t x);
/* tanh (x): x has @integer_bits integer bits, 0 to 6; the result none. */
int16_t ls_fixed16_tanh (int16_t x, int integer_bits);

/* (a × b) / 2^15, rounded to nearest, saturating. */
static inline int16_t
ls_fixed16_mul (int16_t a, int16_t b)
{
  if (a == INT16_MIN && b == INT16_MIN)
    return INT16_MAX;

  int32_t ab = a * b;
  int32_t nudge = ab >= 0 ? 1 << 14 : 1 - (1 << 14);

  return (int16_t) ((ab + nudge) / (1 << 15));
}

static inline int16_t
ls_fixed16_add (int16_t a, int16_t b)
{
  int32_t sum = a + b;

  return (int16_t) (sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
}

/* RoundingDivideByPOT of an int16, whose mask has 16 bits, too: beyond 15 it leaves 1 or -1. */
static inline int16_t
ls_fixed16_rdbpot (int16_t x, int exponent)
{
  int16_t mask = (int16_t) (uint16_t) ((UINT64_C (1) << (exponent & 63)) - 1), rest = x & mask;
  int threshold = (mask >> 1) + (x < 0 ? 1 : 0);

  return (int16_t) ((x >> (exponent & 31)) + (rest > threshold ? 1 : 0));
}

/* x × 2^exponent; to the left saturating, to the right rounding half away from zero. */
int16_t ls_fixed16_shift (int16_t x, int exponent);

#endif
