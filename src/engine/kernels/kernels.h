/*
 * The fast inner loops behind the operators: written once over a small vector layer (simd.h),
 * compiled for each instruction set, and chosen once by what the processor has.
 *
 * They know nothing of models: matrices are pointers and strides, in elements. What the names say:
 * `m` rows (pixels, batch), `n` columns (output channels), `k` depth (taps × input channels).
 */
#ifndef LS_KERNELS_KERNELS_H
#define LS_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How an int32 accumulator becomes an 8- or 16-bit output: FIDELITY's double rounding, by column.
 * No accumulator may overflow when it is shifted left or gets its half.
 */
typedef struct
{
  const int32_t *multipliers; /* n, in [2^30, 2^31) or 0 */
  const int32_t *lefts;       /* n shifts before the product; NULL: none */
  const int32_t *rights;      /* n shifts after it */
  const int32_t *halves;      /* n: 2^(right − 1), or 0 where right is 0 */
  int32_t zero_point, low, high;
  const float *scales; /* n, or NULL; with them one rounding in float takes the place of all that */
} LsRequant;

/*
 * A row of A in pieces: piece l of row r is the `length` elements from at[l] + r · stride on. NULL
 * is a piece of zeros. A matrix has one line; a convolution has one for each row of its filter, and
 * neighbouring pixels' lines overlap in the image.
 */
typedef struct
{
  size_t n, length, stride;
  const void *const *at;
} LsLines;

enum
{
  LS_DW_TAPS = 256 /* of a depthwise filter, at most */
};

/* A run of neighbouring output pixels of a depthwise convolution that see the same taps. */
typedef struct
{
  size_t channels, taps, n;
  const void *const *rows; /* each tap's row for the first pixel; NULL: outside the image */
  size_t step;             /* elements from one pixel's row to the next one's */
  size_t out_stride, acc_stride;
} LsDwRun;

typedef struct
{
  const char *isa;

  /*
   * Float: C[m][n] = clamp (bias[n] + Σ A[m][k] · B[k][n]). B is packed once by `f32_pack`, its k
   * the lines one after another.
   */
  size_t f32_nr; /* columns of a panel: packed B has n rounded up to it */
  void (*f32_gemm) (size_t m, size_t n, const LsLines *lines, const float *packed, float *c,
                    size_t c_stride, float low, float high);

  /*
   * Integers: int16 × int16 → int32, depth in pairs. A holds (x − zero point) as int16; a line of
   * odd length is read one element over its end, which counts as 0 × whatever stands there. B is
   * packed once by `s16_pack`. One kernel serves int8, uint8, int4, hybrid and, over short depths,
   * int16.
   */
  size_t s16_nr;
  void (*s16_gemm) (size_t m, size_t n, const LsLines *lines, const int16_t *packed, int32_t *c,
                    size_t c_stride);
  /* One row of accumulators to outputs. */
  void (*requant_s8) (size_t n, const int32_t *acc, const LsRequant *requant, int8_t *out);
  void (*requant_u8) (size_t n, const int32_t *acc, const LsRequant *requant, uint8_t *out);
  void (*requant_s16) (size_t n, const int32_t *acc, const LsRequant *requant, int16_t *out);
  /* out[i] = x[i] − zero_point */
  void (*widen_s8) (size_t n, const int8_t *x, int32_t zero_point, int16_t *out);
  void (*widen_u8) (size_t n, const uint8_t *x, int32_t zero_point, int16_t *out);

  /*
   * Depthwise: for each pixel of the run and each channel, bias + Σ over taps of x[tap][channel] ·
   * w[tap][channel]; clamped, or as the sum. Weights are taps × channels.
   */
  void (*f32_dw) (const LsDwRun *run, const float *weights, const float *bias, float *out,
                  float low, float high);
  void (*s16_dw) (const LsDwRun *run, const int16_t *weights, const int32_t *bias, int32_t *acc);
} LsKernels;

/* The kernels of this machine. LITESMITH_ISA in the environment asks for a lesser set. */
const LsKernels *ls_kernels (void);

/* ---- Packing (the same for all instruction sets but for the panel's width)
 * ------------------------- */

/* Floats of packed B; 0: too large. */
size_t ls_f32_packed_count (const LsKernels *kernels, size_t n, size_t k);
/*
 * B given by columns: column j is b + j · column_stride, its k elements step apart. @bias: n floats
 * or NULL. Layout: for each panel, nr biases, then k rows of nr. @packed holds zeros, which stay
 * where there is no column.
 */
void ls_f32_pack (const LsKernels *kernels, size_t n, size_t k, const float *b,
                  size_t column_stride, size_t step, const float *bias, float *packed);

/* int16s of packed B of @lines lines of @k each; 0: too large. */
size_t ls_s16_packed_count (const LsKernels *kernels, size_t n, size_t lines, size_t k);
/* Elements k to k + count - 1 of column @n of B, without their zero point. */
typedef void (*LsReadWeights) (const void *b, size_t k, size_t n, size_t count, int16_t *out);
/*
 * B's k are the lines one after another. Layout: for each panel nr int32 biases, then for each line
 * ⌈k/2⌉ rows of nr pairs. @packed holds zeros.
 */
void ls_s16_pack (const LsKernels *kernels, size_t n, size_t lines, size_t k, LsReadWeights read,
                  const void *b, const int32_t *bias, int16_t *packed);

#endif
