/*
 * Sums of products: convolutions and products of matrices in floats, integers and hybrid
 * arithmetic (ops/mac.h says what goes together).
 *
 * A family fills the struct, calls begin, gives the taps one by one, and calls end.
 */
#ifndef LS_EXPLAIN_PRODUCTS_H
#define LS_EXPLAIN_PRODUCTS_H

#include "explain/explain.h"
#include "ops/mac.h"

typedef struct
{
  const LsValue *in, *weights, *bias; /* bias NULL: none */
  size_t channel;                     /* of the weights' scales and the bias */
  LsScaleRule rule;
  bool has_tensor_scale_only;
  bool ignores_weight_zero, ignores_zeros; /* zero points that the reference does not look at */
  /* Hybrid: the elements of the input that share one scale. */
  size_t row_begin, row_length, row_step;
  bool is_asymmetric;
  /* Hybrid: of the first so many taps of each row of weights, those of -128 count as the
   * reference's kernels for x86 have it. */
  size_t n_minding;

  LsMacKind kind; /* from here on by begin */
  int32_t x_zero, w_zero;
  size_t block;
  float inverse, row_scale;
  int32_t row_zero;
  int64_t sum, minima;
  float float_sum;
  double real_sum;
  LsFloatRange row;
} LsExplainProducts;

LsStatus ls_explain_products_begin (LsExplainer *e, LsExplainProducts *p, size_t n_taps,
                                    LsError *error);
/* @x_at may lie outside the input: padding. */
void ls_explain_product (LsExplainer *e, LsExplainProducts *p, const int32_t *x_at,
                         const int32_t *w_at);
LsStatus ls_explain_products_end (LsExplainer *e, LsExplainProducts *p, LsError *error);

/* products_hybrid.c */
void ls_explain_quantize_row (LsExplainer *e, LsExplainProducts *p);
/* The byte of a float of the row. */
int32_t ls_explain_quantized (const LsExplainProducts *p, float x);
LsStatus ls_explain_hybrid_end (LsExplainer *e, LsExplainProducts *p, LsError *error);
/* The scale of the block of depth @tap, from the tensor that holds them. */
LsStatus ls_explain_block_scale (const LsExplainer *e, const LsExplainProducts *p, size_t block,
                                 float *out, LsError *error);

#endif
