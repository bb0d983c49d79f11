/*
 * The innermost loops of products of matrices: one row of the left operand with some channels of
 * the right one, added to accumulators. The weights stand either channel by channel ("nk", a
 * channel's weights next to each other) or depth by depth ("kn", neighbouring channels next to each
 * other).
 *
 * 32-bit sums wrap around as the reference's do on common machines. Float sums are made in several
 * partial sums where the weights are nk, in order where they are kn.
 */
#ifndef LS_OPS_DOT_H
#define LS_OPS_DOT_H

#include <stddef.h>
#include <stdint.h>

/*
 * acc[j] += sum over i of x[i] × weight (i, j), for @n channels and depth @k.
 *
 * @stride: elements from a channel to the next (nk), or from a depth to the next (kn)
 */
#define LS_DOT_ARGS(X, W, Acc)                                                                     \
  const X *restrict x, const W *restrict w, size_t k, size_t stride, size_t n, Acc *restrict acc

void ls_dot_nk_f32 (LS_DOT_ARGS (float, float, float));
void ls_dot_nk_i8 (LS_DOT_ARGS (int16_t, int8_t, uint32_t));
void ls_dot_nk_u8 (LS_DOT_ARGS (int16_t, uint8_t, uint32_t));
void ls_dot_nk_i8_wide (LS_DOT_ARGS (int16_t, int8_t, int64_t));
void ls_dot_nk_i16_wide (LS_DOT_ARGS (int16_t, int16_t, int64_t));

void ls_dot_kn_f32 (LS_DOT_ARGS (float, float, float));
void ls_dot_kn_i8 (LS_DOT_ARGS (int16_t, int8_t, uint32_t));
void ls_dot_kn_i8_wide (LS_DOT_ARGS (int16_t, int8_t, int64_t));
void ls_dot_kn_i16_wide (LS_DOT_ARGS (int16_t, int16_t, int64_t));

/* Sum of a row. */
int64_t ls_row_sum (const int16_t *x, size_t n);

#endif
