/*
 * Functions of fixed-point numbers in 32 bits, as the reference kernels of LiteRT compute them.
 *
 * A number in Qn.m has n integer bits and m = 31 - n fractional bits: value = raw / 2^m. Sources:
 * gemmlowp fixedpoint.h; tflite/kernels/internal/common.h, quantization_util.cc.
 */
#ifndef LS_OPS_FIXED_MATH_H
#define LS_OPS_FIXED_MATH_H

#include "ops/fixed_point.h"

#include <stdbool.h>

/* x × 2^exponent: to the left saturating, to the right rounding. */
int32_t ls_fixed_scale (int32_t x, int exponent);
/* exp (a) in Q0.31 for a <= 0 in Qn.m with 0 < n <= 5 integer bits. */
int32_t ls_fixed_exp (int32_t a, int integer_bits);
/* 1 / (1 + x) in Q0.31 for x of [0, 1) in Q0.31. */
int32_t ls_fixed_reciprocal_1p (int32_t x);
/* 1 / x for x > 0 with @integer_bits, as a number of Q0.31 to be shifted right by *shift. */
int32_t ls_fixed_reciprocal (int32_t x, int integer_bits, int *shift);
/* 1 / sqrt (x) of an integer; 0 counts as 1. */
LsMultiplier ls_fixed_inv_sqrt (int32_t x);
/* log (x) in Q5.26 for x >= 1 in Q12.19. */
int32_t ls_fixed_log (int32_t x);

/* How an 8-bit (log-)softmax scales differences from the row's maximum, which are <= 0, to Q5.26
 * (PreprocessSoftmaxScaling). */
typedef struct
{
  LsMultiplier input; /* shift >= 0 */
  int32_t diff_min;   /* differences below it are too far away to count */
} LsSoftmaxScaling;

/* False when scale × beta is so small or odd that the reference would stop. */
bool ls_softmax_scaling (LsSoftmaxScaling *scaling, double beta, double input_scale);

/* log2 (x) rounded; false when x is not nearly a power of two (CheckedLog2). */
bool ls_exact_log2 (float x, int *log2);

#endif
