/*
 * Loops over rows of elements that reductions and pools share, compiled for each instruction set as
 * in kernels.h.
 */
#ifndef LS_KERNELS_ROWS_H
#define LS_KERNELS_ROWS_H

#include <stddef.h>
#include <stdint.h>

/* What is accumulated, from which type: rows.def. */
typedef enum
{
#define ACCUMULATE(NAME, type, acc_type, start, expression, join) LS_ACC_##NAME,
#include "kernels/rows.def"
#undef ACCUMULATE
  LS_N_ACCUMULATES
} LsAccumulateKind;

typedef struct
{
  uint8_t x_size, acc_size; /* bytes of an element and of an accumulator */
  /* acc[j] = f (acc[j], x[i][j]) for n columns of rows that are `stride` elements apart; each
   * column goes from the first row to the last. */
  void (*columns) (void *acc, const void *x, size_t rows, size_t stride, size_t n);
  /* *acc = f (*acc, x[0], …, x[n - 1]), in any order. */
  void (*row) (void *acc, const void *x, size_t n);
} LsAccumulate;

enum
{
  LS_SCALE_LANES = 16,
  LS_PRODUCT_ROWS = 8
};

typedef struct
{
  LsAccumulate accumulate[LS_N_ACCUMULATES];
  /* Sums to averages, half away from zero, within [low, high]. */
  void (*average_f32) (float *y, const float *sum, size_t n, float count, float low, float high);
  void (*average_i8) (int8_t *y, const int32_t *sum, size_t n, int32_t count, int32_t low,
                      int32_t high);
  void (*average_u8) (uint8_t *y, const int32_t *sum, size_t n, int32_t count, int32_t low,
                      int32_t high);
  void (*average_i16) (int16_t *y, const int32_t *sum, size_t n, int32_t count, int32_t low,
                       int32_t high);
  /* In place, within [low, high]; NaN stays. */
  void (*clamp_f32) (float *y, size_t n, float low, float high);
  void (*clamp_i8) (int8_t *y, size_t n, int8_t low, int8_t high);
  void (*clamp_u8) (uint8_t *y, size_t n, uint8_t low, uint8_t high);
  void (*clamp_i16) (int16_t *y, size_t n, int16_t low, int16_t high);
  /* The least, the greatest and the sum of each of @n columns of rows that follow one another, in
   * addition to what is there. What is no number makes the sum none, and no more. */
  void (*span_f32) (float *low, float *high, double *sum, const float *x, size_t rows, size_t n);
  /* What is lost when values go to whole multiples of each of @n_scales (a multiple of
   * LS_SCALE_LANES): the sum of the errors' squares, and their sum. */
  void (*rounding_errors_f32) (float *squares, float *sums, const float *x, size_t n,
                               const float *scales, size_t n_scales);
  /* y[l][k] += Σ a[r][l] · x[r][k] for LS_PRODUCT_ROWS rows @stride apart, @lines of y @y_stride
   * apart and n columns. */
  void (*add_products_f32) (float *y, size_t y_stride, size_t lines, const float *a, const float *x,
                            size_t stride, size_t n);
  /* y[k] += a · x[k] */
  void (*add_scaled_f32) (float *y, float a, const float *x, size_t n);
  /* Σ x[k] · y[k], in any order. */
  float (*dot_f32) (const float *x, const float *y, size_t n);
  /* y[i] = x[i] · factor − first, cut off, but no more than @last. */
  void (*place_f32) (int32_t *y, const float *x, size_t n, double factor, double first,
                     int32_t last);
} LsRowKernels;

/* Those of this machine. */
const LsRowKernels *ls_row_kernels (void);

extern const LsRowKernels ls_rows_scalar, ls_rows_avx2, ls_rows_avx512, ls_rows_avx512vnni,
  ls_rows_neon;

#endif
