/* Every instruction set that this machine can run gives what plain loops give. */
#include "kernels/kernels.h"

#include <math.h>

#include "base/cpu.h"
#include "kernels/table.h"
#include "ops/fixed_point.h"
#include "test.h"

static uint32_t seed = 1;

static int32_t
any (int32_t low, int32_t high)
{
  seed = seed * 1664525u + 1013904223u;
  return low + (int32_t) ((uint64_t) (seed >> 4) * (uint64_t) ((int64_t) high - low + 1) >> 28);
}

static const LsKernels *tables[8];
static unsigned n_tables;

static void
find_tables (void)
{
  tables[n_tables++] = &ls_kernels_scalar;
#if defined(__x86_64__)
  if (ls_isa () >= LS_ISA_AVX2)
    tables[n_tables++] = &ls_kernels_avx2;
  if (ls_isa () >= LS_ISA_AVX512)
    tables[n_tables++] = &ls_kernels_avx512;
  if (ls_isa () >= LS_ISA_AVX512VNNI)
    tables[n_tables++] = &ls_kernels_avx512vnni;
#elif defined(__aarch64__)
  tables[n_tables++] = &ls_kernels_neon;
#endif
}

static bool
f32_gemm_agrees (const LsKernels *kernels, size_t m, size_t n, size_t k)
{
  float *a = calloc (m * k, sizeof *a), *b = calloc (n * k, sizeof *b),
        *bias = calloc (n, sizeof *bias);
  float *c = calloc (m * n + 1, sizeof *c);
  float *packed = calloc (ls_f32_packed_count (kernels, n, k), sizeof *packed);
  bool is_good = true;

  for (size_t i = 0; i < m * k; i++)
    a[i] = (float) any (-1000, 1000) / 1000;
  for (size_t i = 0; i < n * k; i++)
    b[i] = (float) any (-1000, 1000) / 1000;
  for (size_t i = 0; i < n; i++)
    bias[i] = (float) any (-100, 100);
  c[m * n] = 77;
  ls_f32_pack (kernels, n, k, b, k, 1, bias, packed);
  kernels->f32_gemm (m, n, k, a, k, packed, c, n, -20, 50);
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++)
      {
        double sum = bias[j];

        for (size_t t = 0; t < k; t++)
          sum += (double) a[i * k + t] * b[j * k + t];
        sum = sum < -20 ? -20 : sum > 50 ? 50 : sum;
        is_good = is_good && fabs (sum - c[i * n + j]) < 1e-3;
      }
  is_good = is_good && c[m * n] == 77;
  free (a), free (b), free (bias), free (c), free (packed);
  return is_good;
}

static void
float_products_agree (void)
{
  for (unsigned t = 0; t < n_tables; t++)
    for (int i = 0; i < 60; i++)
      CHECK (f32_gemm_agrees (tables[t], (size_t) any (1, 40), (size_t) any (1, 70),
                              (size_t) any (1, 50)));
}

static int16_t
get_b (const void *b, size_t k, size_t n)
{
  return ((const int16_t *) b)[n * 1000 + k];
}

static bool
s16_gemm_agrees (const LsKernels *kernels, size_t m, size_t n, size_t k)
{
  size_t stride = (k + 1) / 2 * 2;
  int16_t *a = calloc (m * stride, sizeof *a), *b = calloc (n * 1000, sizeof *b);
  int32_t *bias = calloc (n, sizeof *bias), *c = calloc (m * n + 1, sizeof *c);
  int16_t *packed = calloc (ls_s16_packed_count (kernels, n, k), sizeof *packed);
  bool is_good = true;

  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < k; j++)
      a[i * stride + j] = (int16_t) any (-255, 255);
  for (size_t i = 0; i < n * 1000; i++)
    b[i] = (int16_t) any (-255, 255);
  for (size_t i = 0; i < n; i++)
    bias[i] = any (-100000, 100000);
  c[m * n] = 77;
  ls_s16_pack (kernels, n, k, get_b, b, bias, packed);
  kernels->s16_gemm (m, n, k, a, stride, packed, c, n);
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++)
      {
        int32_t sum = bias[j];

        for (size_t t = 0; t < k; t++)
          sum += a[i * stride + t] * b[j * 1000 + t];
        is_good = is_good && sum == c[i * n + j];
      }
  is_good = is_good && c[m * n] == 77;
  free (a), free (b), free (bias), free (c), free (packed);
  return is_good;
}

static void
integer_products_agree (void)
{
  for (unsigned t = 0; t < n_tables; t++)
    for (int i = 0; i < 60; i++)
      CHECK (s16_gemm_agrees (tables[t], (size_t) any (1, 40), (size_t) any (1, 70),
                              (size_t) any (1, 50)));
}

/* Every output of both roundings is the reference's, for shifts in both directions. */
static void
requantization_is_the_reference (void)
{
  enum
  {
    N = 77
  };
  int32_t acc[N], multipliers[N], shifts[N];
  LsRequant requant = { multipliers, shifts, -3, -128, 127 };
  int8_t out[N];

  for (unsigned t = 0; t < n_tables; t++)
    for (int round = 0; round < 2000; round++)
      {
        int wrong = 0;

        for (int i = 0; i < N; i++)
          {
            multipliers[i] = any (1 << 30, INT32_MAX);
            shifts[i] = any (-20, 3);
            acc[i] = shifts[i] > 0 ? any (-1000, 1000) : any (-(1 << 29), 1 << 29) >> any (0, 24);
          }
        tables[t]->requant_s8 (N, acc, &requant, out);
        for (int i = 0; i < N; i++)
          {
            LsMultiplier m = { multipliers[i], shifts[i] };

            wrong += out[i] != ls_clamp_i32 (ls_mbqm (acc[i], m) - 3, -128, 127);
          }
        CHECK (wrong == 0);
      }
}

static void
depthwise_agrees (void)
{
  enum
  {
    CHANNELS = 37,
    TAPS = 9
  };
  float x[TAPS][CHANNELS], w[TAPS * CHANNELS], bias[CHANNELS], out[CHANNELS];
  int16_t xi[TAPS][CHANNELS], wi[TAPS * CHANNELS];
  int32_t biasi[CHANNELS], acc[CHANNELS];
  const float *rows[TAPS];
  const int16_t *rowsi[TAPS];

  for (int t = 0; t < TAPS; t++)
    for (int c = 0; c < CHANNELS; c++)
      {
        xi[t][c] = (int16_t) any (-255, 255);
        wi[t * CHANNELS + c] = (int16_t) any (-255, 255);
        x[t][c] = xi[t][c];
        w[t * CHANNELS + c] = wi[t * CHANNELS + c];
        biasi[c] = any (-100, 100);
        bias[c] = (float) biasi[c];
        rows[t] = t == 4 || t == 7 ? NULL : x[t];
        rowsi[t] = t == 4 || t == 7 ? NULL : xi[t];
      }
  for (unsigned k = 0; k < n_tables; k++)
    {
      tables[k]->f32_dw (CHANNELS, TAPS, rows, w, bias, out, -1e9f, 1e9f);
      tables[k]->s16_dw (CHANNELS, TAPS, rowsi, wi, biasi, acc);
      for (int c = 0; c < CHANNELS; c++)
        {
          int32_t sum = biasi[c];

          for (int t = 0; t < TAPS; t++)
            sum += rowsi[t] != NULL ? xi[t][c] * wi[t * CHANNELS + c] : 0;
          CHECK (acc[c] == sum);
          CHECK (out[c] == (float) sum);
        }
    }
}

int
main (void)
{
  find_tables ();
  RUN (float_products_agree);
  RUN (integer_products_agree);
  RUN (requantization_is_the_reference);
  RUN (depthwise_agrees);
  return done ();
}
