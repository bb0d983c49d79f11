/* The loops of bilinear resizing: two rows blended, then stretched. As in kernels.h, compiled for
 * each instruction set. */
#ifndef LS_KERNELS_RESIZE_H
#define LS_KERNELS_RESIZE_H

#include <stddef.h>
#include <stdint.h>

/* One output position: two neighbours in the row, as elements, and how much of each. */
typedef struct
{
  size_t at[2];
  float weights[2];
  int32_t weights_10[2]; /* in units of 2^-10 */
} LsStretch;

typedef struct
{
  /* t[i] = a[i] * weights[0] + b[i] * weights[1] */
  void (*blend_f32) (float *t, const float *a, const float *b, size_t n, const float weights[2]);
  void (*blend_i8) (int32_t *t, const int8_t *a, const int8_t *b, size_t n,
                    const int32_t weights[2]);
  void (*blend_i16) (int32_t *t, const int16_t *a, const int16_t *b, size_t n,
                     const int32_t weights[2]);
  /* y[i * channels + c] = t[at[0] + c] * weights[0] + t[at[1] + c] * weights[1] for each position
   * i; integers divided by 2^20, half away from zero. */
  void (*stretch_f32) (float *y, const float *t, const LsStretch *x, size_t n, size_t channels);
  void (*stretch_i8) (int8_t *y, const int32_t *t, const LsStretch *x, size_t n, size_t channels);
  void (*stretch_i16) (int16_t *y, const int32_t *t, const LsStretch *x, size_t n, size_t channels);
} LsResizeKernels;

/* Those of this machine. */
const LsResizeKernels *ls_resize_kernels (void);

extern const LsResizeKernels ls_resize_scalar, ls_resize_avx2, ls_resize_avx512,
  ls_resize_avx512vnni, ls_resize_neon;

#endif
