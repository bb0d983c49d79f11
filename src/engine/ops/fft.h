/*
 * Discrete Fourier transforms in double precision, of any length: mixed radix 4, 2 and whatever
 * prime factors remain.
 */
#ifndef LS_OPS_FFT_H
#define LS_OPS_FFT_H

#include "ops/op.h"

enum
{
  LS_FFT_MAX_FACTORS = 64,
  LS_FFT_MAX_PRIME = 1009 /* lengths with larger prime factors are refused */
};

typedef struct
{
  size_t n;
  double *twiddles; /* exp (-2πi k / n), n complex numbers */
  int n_factors;
  size_t factors[LS_FFT_MAX_FACTORS];
} LsFft;

/* A real transform of n points is a complex one of n/2 where n is even. */
typedef struct
{
  size_t n;
  LsFft complex;
  double *twiddles; /* exp (-2πi k / n), n/4 + 1 of them; for even n */
} LsRfft;

/* The factors of the stages of a transform of n > 0 points, first stage first. */
LsStatus ls_fft_factors (const LsNode *node, size_t n, size_t factors[LS_FFT_MAX_FACTORS],
                         int *n_factors, LsError *error);
/* Memory comes from the node. @n > 0 */
LsStatus ls_fft_init (LsFft *fft, LsNode *node, size_t n, LsError *error);
LsStatus ls_rfft_init (LsRfft *rfft, LsNode *node, size_t n, LsError *error);

/* Doubles of scratch memory for one transform; SIZE_MAX: too many. */
size_t ls_rfft_scratch (size_t n);
/* out[k] = Σ in[j] exp (-2πi jk / n); complex numbers as pairs; @in and @out are different.
 * @scratch: 2n doubles */
void ls_fft (const LsFft *fft, const double *in, double *out, double *scratch);
/* The first n/2 + 1 complex numbers of the transform of n real ones. @scratch: ls_rfft_scratch() */
void ls_rfft (const LsRfft *rfft, const double *in, double *out, double *scratch);
/* Back, not divided by n, for an even n; the imaginary parts of the first and the last number do
 * not count. */
void ls_irfft (const LsRfft *rfft, const double *in, double *out, double *scratch);

#endif
