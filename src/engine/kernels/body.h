/*
 * The kernels themselves. A file for each instruction set defines KERNELS (the table's name), ISA
 * (its text), MR_F32 and MR_S16 (rows of a tile), and includes this with its own -m flags.
 */
#include "kernels/kernels.h"
#include "kernels/simd.h"

enum
{
  NV = 2, /* vectors across a tile */
  NR = NV * VL
};

/* ---- Float
 * ------------------------------------------------------------------------------------------- */

/* Writes up to NR values of a row, clamped. */
static inline void
f32_store (float *c, const vf *acc, size_t n, vf low, vf high)
{
  float tail[NR];

  if (n >= NR)
    {
      for (int v = 0; v < NV; v++)
        STORE (c + v * VL, vf_clamp (acc[v], low, high));
      return;
    }
  for (int v = 0; v < NV; v++)
    STORE (tail + v * VL, vf_clamp (acc[v], low, high));
  memcpy (c, tail, n * sizeof *c);
}

/* One tile of `rows` (a constant when inlined) rows and NR columns. */
static inline __attribute__ ((always_inline)) void
f32_tile (int rows, size_t n, size_t k, const float *a, size_t a_stride, const float *panel,
          float *c, size_t c_stride, vf low, vf high)
{
  vf acc[MR_F32][NV];
  const float *b = panel + NR;

  for (int r = 0; r < rows; r++)
    for (int v = 0; v < NV; v++)
      acc[r][v] = LOAD (vf, panel + v * VL);
  for (size_t i = 0; i < k; i++, b += NR)
    {
      vf columns[NV];

      for (int v = 0; v < NV; v++)
        columns[v] = LOAD (vf, b + v * VL);
      for (int r = 0; r < rows; r++)
        for (int v = 0; v < NV; v++)
          acc[r][v] += a[(size_t) r * a_stride + i] * columns[v];
    }
  for (int r = 0; r < rows; r++)
    f32_store (c + (size_t) r * c_stride, acc[r], n, low, high);
}

static void
f32_gemm (size_t m, size_t n, size_t k, const float *a, size_t a_stride, const float *packed,
          float *c, size_t c_stride, float low, float high)
{
  const vf vlow = vf_set (low), vhigh = vf_set (high);

  /* A panel of B stays in the cache while all rows go past it. */
  for (size_t j = 0; j < n; j += NR, packed += NR * (k + 1))
    {
      size_t width = n - j < NR ? n - j : NR, i = 0;

      /* Whole tiles, then half ones, then single rows: few shapes, since each is unrolled. */
      for (; i + MR_F32 <= m; i += MR_F32)
        f32_tile (MR_F32, width, k, a + i * a_stride, a_stride, packed, c + i * c_stride + j,
                  c_stride, vlow, vhigh);
      for (; i + MR_F32 / 2 <= m; i += MR_F32 / 2)
        f32_tile (MR_F32 / 2, width, k, a + i * a_stride, a_stride, packed, c + i * c_stride + j,
                  c_stride, vlow, vhigh);
      for (; i < m; i++)
        f32_tile (1, width, k, a + i * a_stride, a_stride, packed, c + i * c_stride + j, c_stride,
                  vlow, vhigh);
    }
}

static void
f32_dw (size_t channels, size_t taps, const float *const *rows, const float *weights,
        const float *bias, float *out, float low, float high)
{
  size_t c = 0;

  for (; c + VL <= channels; c += VL)
    {
      vf acc = LOAD (vf, bias + c);

      for (size_t t = 0; t < taps; t++)
        if (rows[t] != NULL)
          acc += LOAD (vf, rows[t] + c) * LOAD (vf, weights + t * channels + c);
      STORE (out + c, vf_clamp (acc, vf_set (low), vf_set (high)));
    }
  for (; c < channels; c++)
    {
      float acc = bias[c];

      for (size_t t = 0; t < taps; t++)
        if (rows[t] != NULL)
          acc += rows[t][c] * weights[t * channels + c];
      acc = acc < low ? low : acc;
      out[c] = acc > high ? high : acc;
    }
}

/* ---- Integers
 * ------------------------------------------------------------------------------------------ */

static inline __attribute__ ((always_inline)) void
s16_tile (int rows, size_t n, size_t pairs, const int16_t *a, size_t a_stride, const int16_t *panel,
          int32_t *c, size_t c_stride)
{
  vi acc[MR_S16][NV];
  const int16_t *b = panel + 2 * NR;

  for (int r = 0; r < rows; r++)
    for (int v = 0; v < NV; v++)
      acc[r][v] = LOAD (vi, panel + 2 * v * VL);
  for (size_t i = 0; i < pairs; i++, b += 2 * NR)
    {
      vh columns[NV];

      for (int v = 0; v < NV; v++)
        columns[v] = LOAD (vh, b + 2 * v * VL);
      for (int r = 0; r < rows; r++)
        {
          vh x = pair_set (a + (size_t) r * a_stride + 2 * i);

          for (int v = 0; v < NV; v++)
            acc[r][v] = dot2 (acc[r][v], x, columns[v]);
        }
    }
  for (int r = 0; r < rows; r++)
    {
      int32_t tail[NR];

      for (int v = 0; v < NV; v++)
        STORE (tail + v * VL, acc[r][v]);
      memcpy (c + (size_t) r * c_stride, tail, n * sizeof *c);
    }
}

static void
s16_gemm (size_t m, size_t n, size_t k, const int16_t *a, size_t a_stride, const int16_t *packed,
          int32_t *c, size_t c_stride)
{
  const size_t pairs = (k + 1) / 2;

  for (size_t j = 0; j < n; j += NR, packed += 2 * NR * (pairs + 1))
    {
      size_t width = n - j < NR ? n - j : NR, i = 0;

      /* Whole tiles, then half ones, then single rows: few shapes, since each is unrolled. */
      for (; i + MR_S16 <= m; i += MR_S16)
        s16_tile (MR_S16, width, pairs, a + i * a_stride, a_stride, packed, c + i * c_stride + j,
                  c_stride);
      for (; i + MR_S16 / 2 <= m; i += MR_S16 / 2)
        s16_tile (MR_S16 / 2, width, pairs, a + i * a_stride, a_stride, packed,
                  c + i * c_stride + j, c_stride);
      for (; i < m; i++)
        s16_tile (1, width, pairs, a + i * a_stride, a_stride, packed, c + i * c_stride + j,
                  c_stride);
    }
}

static void
s16_dw (size_t channels, size_t taps, const int16_t *const *rows, const int16_t *weights,
        const int32_t *bias, int32_t *acc)
{
  size_t c = 0;

  for (; c + 2 * VL <= channels; c += 2 * VL)
    {
      vi low = LOAD (vi, bias + c), high = LOAD (vi, bias + c + VL);

      for (size_t t = 0; t < taps; t++)
        {
          const int16_t *x = rows[t], *w = weights + t * channels + c;

          if (x == NULL)
            continue;
          low += __builtin_convertvector(LOAD (vhh, x + c), vi)
                 * __builtin_convertvector(LOAD (vhh, w), vi);
          high += __builtin_convertvector(LOAD (vhh, x + c + VL), vi)
                  * __builtin_convertvector(LOAD (vhh, w + VL), vi);
        }
      STORE (acc + c, low);
      STORE (acc + c + VL, high);
    }
  for (; c < channels; c++)
    {
      int32_t sum = bias[c];

      for (size_t t = 0; t < taps; t++)
        sum += rows[t] != NULL ? rows[t][c] * weights[t * channels + c] : 0;
      acc[c] = sum;
    }
}

/* Double rounding of VL accumulators: multiply high with rounding, then shift right, half away from
 * zero. */
static inline vi
requant (vi acc, vi multiplier, vi shift)
{
  const vi zero = vi_set (0);
  vi left = (shift > zero) & shift, right = (shift < zero) & -shift;
  vi x = high_mul (shift_left (acc, left), multiplier);
  vi is_right = right > zero;
  vi half = is_right & shift_left (vi_set (1), vi_clamp (right - 1, zero, vi_set (31)));
  vi nudge = is_right & (x >> 31);

  return shift_right (x + half + nudge, right);
}

static inline vi
requant_at (const int32_t *acc, const LsRequant *q, size_t i)
{
  vi x = requant (LOAD (vi, acc + i), LOAD (vi, q->multipliers + i), LOAD (vi, q->shifts + i));

  return vi_clamp (x + q->zero_point, vi_set (q->low), vi_set (q->high));
}

/* The same for the lanes that are left: copied into full vectors. */
static inline vi
requant_tail (const int32_t *acc, const LsRequant *q, size_t i, size_t n)
{
  int32_t a[VL] = { 0 }, m[VL] = { 0 }, s[VL] = { 0 };
  LsRequant part = { m, s, q->zero_point, q->low, q->high };

  memcpy (a, acc + i, n * sizeof *a);
  memcpy (m, q->multipliers + i, n * sizeof *m);
  memcpy (s, q->shifts + i, n * sizeof *s);
  return requant_at (a, &part, 0);
}

#define REQUANT(name, T, V)                                                                        \
  static void name (size_t n, const int32_t *acc, const LsRequant *q, T *out)                      \
  {                                                                                                \
    size_t i = 0;                                                                                  \
                                                                                                   \
    for (; i + VL <= n; i += VL)                                                                   \
      STORE (out + i, __builtin_convertvector(requant_at (acc, q, i), V));                         \
    if (i < n)                                                                                     \
      {                                                                                            \
        V last = __builtin_convertvector(requant_tail (acc, q, i, n - i), V);                      \
                                                                                                   \
        memcpy (out + i, &last, (n - i) * sizeof *out);                                            \
      }                                                                                            \
  }

REQUANT (requant_s8, int8_t, vbq)
REQUANT (requant_u8, uint8_t, vubq)
REQUANT (requant_s16, int16_t, vhh)

static void
widen_s8 (size_t n, const int8_t *x, int32_t zero_point, int16_t *out)
{
  for (size_t i = 0; i < n; i++)
    out[i] = (int16_t) (x[i] - zero_point);
}

static void
widen_u8 (size_t n, const uint8_t *x, int32_t zero_point, int16_t *out)
{
  for (size_t i = 0; i < n; i++)
    out[i] = (int16_t) (x[i] - zero_point);
}

const LsKernels KERNELS = {
  .isa = ISA,
  .f32_nr = NR,
  .f32_gemm = f32_gemm,
  .s16_nr = NR,
  .s16_gemm = s16_gemm,
  .requant_s8 = requant_s8,
  .requant_u8 = requant_u8,
  .requant_s16 = requant_s16,
  .widen_s8 = widen_s8,
  .widen_u8 = widen_u8,
  .f32_dw = f32_dw,
  .s16_dw = s16_dw,
};
