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
  const void *line = a;

  kernels->f32_gemm (m, n, &(LsLines){ 1, k, k, &line }, packed, c, n, -20, 50);
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

static void
read_b (const void *b, size_t k, size_t n, size_t count, int16_t *out)
{
  memcpy (out, (const int16_t *) b + n * 1000 + k, count * sizeof *out);
}

/* Rows in three lines a row apart; the second line counts as zeros when @has_gap. */
static bool
s16_gemm_agrees (const LsKernels *kernels, size_t m, size_t n, size_t k, bool has_gap)
{
  enum
  {
    LINES = 3
  };
  const size_t stride = k + 2, depth = LINES * k;
  int16_t *a = calloc ((m + LINES) * stride, sizeof *a), *b = calloc (n * 1000, sizeof *b);
  int32_t *bias = calloc (n, sizeof *bias), *c = calloc (m * n + 1, sizeof *c);
  int16_t *packed = calloc (ls_s16_packed_count (kernels, n, LINES, k), sizeof *packed);
  const void *at[LINES] = { a, has_gap ? NULL : a + stride, a + 2 * stride };
  bool is_good = true;

  for (size_t i = 0; i < (m + LINES) * stride; i++)
    a[i] = (int16_t) any (-255, 255);
  for (size_t i = 0; i < n * 1000; i++)
    b[i] = (int16_t) any (-255, 255);
  for (size_t i = 0; i < n; i++)
    bias[i] = any (-100000, 100000);
  c[m * n] = 77;
  ls_s16_pack (kernels, n, LINES, k, read_b, b, bias, packed);
  kernels->s16_gemm (m, n, &(LsLines){ LINES, k, stride, at }, packed, c, n);
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++)
      {
        int32_t sum = bias[j];

        for (size_t t = 0; t < depth; t++)
          if (!has_gap || t / k != 1)
            sum += a[(i + t / k) * stride + t % k] * b[j * 1000 + t];
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
                              (size_t) any (1, 50), i % 3 == 0));
}

enum
{
  N_SUMS = 145
};

/* Sums, multipliers and shifts that a layer could have. */
static void
draw_requant (int32_t *acc, int32_t *m, int32_t *left, int32_t *right, int32_t *half)
{
  for (int i = 0; i < N_SUMS; i++)
    {
      const int shift = any (-20, 3);

      m[i] = any (1 << 30, INT32_MAX);
      left[i] = shift > 0 ? shift : 0;
      right[i] = shift < 0 ? -shift : 0;
      half[i] = shift < 0 ? 1 << (-shift - 1) : 0;
      acc[i] = shift > 0 ? any (-1000, 1000) : any (-(1 << 29), 1 << 29) >> any (0, 24);
    }
}

/* Every output of both roundings is the reference's, for shifts in both directions. */
static void
requantization_is_the_reference (void)
{
  int32_t acc[N_SUMS], m[N_SUMS], left[N_SUMS], right[N_SUMS], half[N_SUMS];
  LsRequant q8 = { m, left, right, half, -3, -120, 127, NULL },
            qu8 = { m, left, right, half, 9, 3, 250, NULL },
            q16 = { m, left, right, half, 0, -32768, 32767, NULL };
  int8_t s8[N_SUMS];
  uint8_t u8[N_SUMS];
  int16_t s16[N_SUMS];

  for (unsigned t = 0; t < n_tables; t++)
    for (int round = 0; round < 2000; round++)
      {
        int wrong = 0;

        draw_requant (acc, m, left, right, half);
        tables[t]->requant_s8 (N_SUMS, acc, &q8, s8);
        tables[t]->requant_u8 (N_SUMS, acc, &qu8, u8);
        tables[t]->requant_s16 (N_SUMS, acc, &q16, s16);
        for (int i = 0; i < N_SUMS; i++)
          {
            const int32_t x = ls_mbqm (acc[i], (LsMultiplier){ m[i], left[i] - right[i] });

            wrong += s8[i] != ls_clamp_i32 (x - 3, -120, 127);
            wrong += u8[i] != ls_clamp_i32 (x + 9, 3, 250);
            wrong += s16[i] != ls_clamp_i32 (x, -32768, 32767);
          }
        CHECK (wrong == 0);
      }
}

/* With one rounding in float an output is at most one step away. */
static void
fast_requantization_is_one_step_away (void)
{
  int32_t acc[N_SUMS], m[N_SUMS], left[N_SUMS], right[N_SUMS], half[N_SUMS];
  float scales[N_SUMS];
  LsRequant exact8 = { m, left, right, half, -3, -120, 127, NULL },
            exact16 = { m, left, right, half, 0, -32768, 32767, NULL };
  LsRequant fast8 = exact8, fast16 = exact16;
  int8_t a8[N_SUMS], b8[N_SUMS];
  int16_t a16[N_SUMS], b16[N_SUMS];

  fast8.scales = fast16.scales = scales;
  for (unsigned t = 0; t < n_tables; t++)
    for (int round = 0; round < 500; round++)
      {
        int wrong = 0, other = 0;

        draw_requant (acc, m, left, right, half);
        for (int i = 0; i < N_SUMS; i++)
          scales[i] = ldexpf ((float) m[i], left[i] - right[i] - 31);
        tables[t]->requant_s8 (N_SUMS, acc, &exact8, a8);
        tables[t]->requant_s8 (N_SUMS, acc, &fast8, b8);
        tables[t]->requant_s16 (N_SUMS, acc, &exact16, a16);
        tables[t]->requant_s16 (N_SUMS, acc, &fast16, b16);
        for (int i = 0; i < N_SUMS; i++)
          {
            wrong += abs (a8[i] - b8[i]) > 1 || abs (a16[i] - b16[i]) > 1;
            other += a8[i] != b8[i];
          }
        CHECK (wrong == 0 && other < N_SUMS / 8);
      }
}

/* Inputs without their zero point, of every length and beginning anywhere. */
static void
widening_agrees (void)
{
  static uint8_t x[N_SUMS];
  static int16_t s8[N_SUMS + 1], u8[N_SUMS + 1];

  for (unsigned t = 0; t < n_tables; t++)
    for (int n = 0; n < N_SUMS; n++)
      {
        const int32_t zero_point = any (-128, 255);
        const uint8_t *from = x + any (0, N_SUMS - n);
        int wrong = 0;

        for (int i = 0; i < N_SUMS; i++)
          x[i] = (uint8_t) any (0, 255);
        s8[n] = u8[n] = 77;
        tables[t]->widen_s8 ((size_t) n, (const int8_t *) from, zero_point, s8);
        tables[t]->widen_u8 ((size_t) n, from, zero_point, u8);
        for (int i = 0; i < n; i++)
          wrong += s8[i] != (int8_t) from[i] - zero_point || u8[i] != from[i] - zero_point;
        CHECK (wrong == 0 && s8[n] == 77 && u8[n] == 77);
      }
}

enum
{
  CHANNELS = 77,
  MAX_TAPS = 30,
  PIXELS = 5
};

/* Taps that begin one pixel after another in one image, as those of a filter do. */
static int
wrong_depthwise (const LsKernels *kernels, size_t taps)
{
  static float x[(MAX_TAPS + PIXELS) * CHANNELS], w[MAX_TAPS * CHANNELS], out[PIXELS * CHANNELS];
  static int16_t xi[(MAX_TAPS + PIXELS) * CHANNELS], wi[MAX_TAPS * CHANNELS];
  static int32_t acc[PIXELS * CHANNELS];
  float bias[CHANNELS];
  int32_t biasi[CHANNELS];
  const void *rows[MAX_TAPS], *rowsi[MAX_TAPS];
  LsDwRun run = { CHANNELS, taps, PIXELS, rows, CHANNELS, CHANNELS, CHANNELS };
  LsDwRun runi = { CHANNELS, taps, PIXELS, rowsi, CHANNELS, CHANNELS, CHANNELS };
  int wrong = 0;

  for (size_t i = 0; i < (taps + PIXELS) * CHANNELS; i++)
    x[i] = xi[i] = (int16_t) any (-255, 255);
  for (size_t i = 0; i < taps * CHANNELS; i++)
    w[i] = wi[i] = (int16_t) any (-255, 255);
  for (int c = 0; c < CHANNELS; c++)
    bias[c] = (float) (biasi[c] = any (-100, 100));
  for (size_t t = 0; t < taps; t++)
    {
      rows[t] = t % 4 == 3 ? NULL : x + t * CHANNELS;
      rowsi[t] = t % 4 == 3 ? NULL : xi + t * CHANNELS;
    }
  kernels->f32_dw (&run, w, bias, out, -1e9f, 1e9f);
  kernels->s16_dw (&runi, wi, biasi, acc);
  for (size_t i = 0; i < PIXELS * CHANNELS; i++)
    {
      const size_t c = i % CHANNELS;
      int32_t sum = biasi[c];

      for (size_t t = 0; t < taps; t++)
        sum += t % 4 == 3 ? 0 : xi[t * CHANNELS + i] * wi[t * CHANNELS + c];
      wrong += acc[i] != sum || out[i] != (float) sum;
    }
  return wrong;
}

static void
depthwise_agrees (void)
{
  for (unsigned k = 0; k < n_tables; k++)
    for (size_t taps = 1; taps <= MAX_TAPS; taps++)
      CHECK (wrong_depthwise (tables[k], taps) == 0);
}

int
main (void)
{
  find_tables ();
  RUN (float_products_agree);
  RUN (integer_products_agree);
  RUN (requantization_is_the_reference);
  RUN (fast_requantization_is_one_step_away);
  RUN (widening_agrees);
  RUN (depthwise_agrees);
  return done ();
}
