/* Our matrix products against OpenBLAS, at sizes where a mistake in blocking would show. */
#include "kernels/kernels.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "test.h"

static float
next_value (uint32_t *state)
{
  *state = *state * 1664525u + 1013904223u;
  return (float) (int32_t) *state / 2147483648.0f;
}

static float *
values (size_t count, uint32_t *state)
{
  float *list = calloc (count, sizeof *list);

  for (size_t i = 0; list != NULL && i < count; i++)
    list[i] = next_value (state);
  return list;
}

/* Both sum k products of numbers below 1 in some order: they differ by no more than k roundings. */
static bool
agrees (const LsKernels *kernels, size_t m, size_t n, size_t k)
{
  uint32_t state = (uint32_t) (m * 31 + n * 7 + k);
  float *a = values (m * k, &state), *b = values (n * k, &state), *bias = values (n, &state);
  float *ours = calloc (m * n, sizeof *ours), *theirs = calloc (m * n, sizeof *theirs);
  float *packed = calloc (ls_f32_packed_count (kernels, n, k), sizeof *packed);
  double worst = 0;

  ls_f32_pack (kernels, n, k, b, k, 1, bias, packed);
  const void *line = a;

  kernels->f32_gemm (m, n, &(LsLines){ 1, k, k, &line }, packed, ours, n, -INFINITY, INFINITY);
  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasTrans, (int) m, (int) n, (int) k, 1, a, (int) k, b,
               (int) k, 0, theirs, (int) n);
  for (size_t i = 0; i < m * n; i++)
    worst = fmax (worst, fabs ((double) ours[i] - theirs[i] - bias[i % n]));
  free (a), free (b), free (bias), free (ours), free (theirs), free (packed);
  if (worst > (double) k * 1.2e-7)
    printf ("# %zu x %zu x %zu: off by %g\n", m, n, k, worst);
  return worst <= (double) k * 1.2e-7;
}

static void
products_agree (void)
{
  static const size_t sizes[][3] = {
    { 1, 1, 1 },      { 1, 1000, 1280 }, { 3136, 64, 27 }, { 196, 320, 960 },
    { 49, 512, 511 }, { 7, 17, 2304 },   { 513, 33, 129 }, { 100, 96, 576 },
  };

  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    CHECK (agrees (ls_kernels (), sizes[i][0], sizes[i][1], sizes[i][2]));
}

int
main (void)
{
  RUN (products_agree);
  return done ();
}
