/*
 * Loops over elements of one or two inputs, compiled for each instruction set.
 *
 * elements.def lists them. All of them work in place: element i of the output depends on elements i
 * of the inputs alone.
 */
#ifndef LS_KERNELS_ELEMENTS_H
#define LS_KERNELS_ELEMENTS_H

#include "kernels/rescale.h"

#include <stdbool.h>
#include <stddef.h>

/* What loops may need beside their elements. */
typedef struct
{
  float min, max;    /* clamp of floats; NaN passes */
  float alpha;       /* LEAKY_RELU; the scale of QUANTIZE and DEQUANTIZE */
  int32_t low, high; /* clamp of quantized integers */
  int32_t zero_a, zero_b, zero_y;
  int32_t sign;   /* -1: what `a` rescales is negated */
  int left_shift; /* of both inputs, before they are put on a common scale */
  LsRescale a, b, y;
} LsElementParams;

typedef void (*LsUnaryKernel) (const LsElementParams *params, const void *x, void *y, size_t n);
/* A step of 0 repeats the one element at @a or @b, else steps are 1. */
typedef void (*LsBinaryKernel) (const LsElementParams *params, const void *a, size_t step_a,
                                const void *b, size_t step_b, void *y, size_t n);

typedef struct
{
#define UNARY_KERNEL(name, X, Y, expression) LsUnaryKernel name;
#define BINARY_KERNEL(name, A, B, Y, expression) LsBinaryKernel name;
#include "kernels/elements.def"
#undef UNARY_KERNEL
#undef BINARY_KERNEL
  /* y[i] = table[x[i]] */
  void (*look_up) (const uint8_t table[256], const uint8_t *x, uint8_t *y, size_t n);
  void (*float_from_half) (const uint16_t *x, float *y, size_t n);
  void (*half_from_float) (const float *x, uint16_t *y, size_t n);
  /* y[i] = condition[i] ? a[i] : b[i] for elements of 1 and 4 bytes. */
  void (*select_1) (const uint8_t *condition, const void *a, const void *b, void *y, size_t n);
  void (*select_4) (const uint8_t *condition, const void *a, const void *b, void *y, size_t n);
  /* y[i] = exp ((x[i] - max) × beta); gives their sum. */
  float (*exps_f32) (const float *x, float *y, size_t n, float max, float beta);
} LsElements;

/* Those of this machine. */
const LsElements *ls_elements (void);

/* The tables of all instruction sets; only those of the machine's own family are built. */
extern const LsElements ls_elements_scalar, ls_elements_avx2, ls_elements_avx512,
  ls_elements_avx512vnni, ls_elements_neon;

#endif
