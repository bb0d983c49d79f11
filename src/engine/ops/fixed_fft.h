/*
 * Fourier transforms of real numbers in fixed point of 16 or 32 bits, in the very arithmetic of
 * KISS FFT (kiss_fft.c, kiss_fftr.c, _kiss_fft_guts.h with FIXED_POINT), which TensorFlow Lite
 * Micro's Signal operators use. Each stage divides by its radix, so results are those of the
 * transform over the number of points.
 */
#ifndef LS_OPS_FIXED_FFT_H
#define LS_OPS_FIXED_FFT_H

#include "ops/fft.h"

typedef struct
{
  int32_t re, im;
} LsFixed;

typedef struct
{
  bool is_inverse;
  unsigned bits; /* 16 or 32 */
  size_t n;      /* complex points: half of the real ones */
  int n_factors;
  size_t factors[LS_FFT_MAX_FACTORS];
  LsFixed *twiddles; /* n */
  LsFixed *halves;   /* n/2: between the complex and the real transform */
} LsFixedFft;

/* For @n real points, an even number. Memory comes from the node. */
LsStatus ls_fixed_fft_init (LsFixedFft *fft, LsNode *node, size_t n, unsigned bits, bool is_inverse,
                            LsError *error);
/* Complex numbers of scratch memory. */
size_t ls_fixed_fft_scratch (size_t n);
/* @in: n real numbers, as n/2 pairs; @out: n/2 + 1 complex ones. */
void ls_fixed_rfft (const LsFixedFft *fft, const LsFixed *in, LsFixed *out, LsFixed *scratch);
/* The other way round; the transform is inverse. */
void ls_fixed_irfft (const LsFixedFft *fft, const LsFixed *in, LsFixed *out, LsFixed *scratch);

#endif
