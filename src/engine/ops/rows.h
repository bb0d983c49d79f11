/* Operators on the rows of the last dimension: SOFTMAX, LOG_SOFTMAX, L2_NORMALIZATION … */
#ifndef LS_OPS_ROWS_H
#define LS_OPS_ROWS_H

#include "kernels/elements.h"
#include "ops/elementwise.h"
#include "ops/fixed_math.h"

/* Computes a row of @depth elements; depth >= 1. A function that reads x[i] only before it writes
 * y[i] works in place. */
typedef void (*LsRowFn) (const void *state, const void *x, void *y, size_t depth);

/* Plans the output as the input's shape (rank >= 1), and one phase over its rows; the node's state
 * is taken. */
LsStatus ls_rows_prepare (LsNode *node, LsRowFn row, const void *state, LsError *error);

/* The largest element, at least -FLT_MAX; NaN is passed over. */
float ls_row_max_f32 (const float *x, size_t n);
/* For kernels whose clamp is not wanted. */
extern const LsElementParams ls_unclamped;

/* exp of the differences 0 … -255 from a row's maximum, by their size; 0 where they are below
 * diff_min. */
typedef struct
{
  int32_t q0[256];  /* in Q0.31 */
  int32_t q12[256]; /* in Q12.19, to be summed */
} LsFixedExps;

void ls_fixed_exps (LsFixedExps *exps, const LsSoftmaxScaling *scaling);

#endif
