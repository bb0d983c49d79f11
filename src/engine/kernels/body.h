/*
 * The kernels themselves. A file for each instruction set defines KERNELS (the table's name), ISA
 * (its text), MR_F32 and MR_S16 (rows of a tile), and includes this with its own -m flags.
 */
#include "kernels/kernels.h"
#include "kernels/simd.h"

enum
{
  NV = 2, /* vectors across a tile */
  NR = NV * VL,
  DW_PAIRS = 13 /* of taps: a filter of 5 × 5 */
};

/* ---- Float
 * ------------------------------------------------------------------------------------------- */

/* Writes up to nv × VL values of a row, clamped. */
static inline __attribute__ ((always_inline)) void
f32_store (float *c, const vf *acc, int nv, size_t n, vf low, vf high)
{
  float tail[NR];

  if (n >= (size_t) nv * VL)
    {
      for (int v = 0; v < nv; v++)
        STORE (c + v * VL, vf_clamp (acc[v], low, high));
      return;
    }
  for (int v = 0; v < nv; v++)
    STORE (tail + v * VL, vf_clamp (acc[v], low, high));
  memcpy (c, tail, n * sizeof *c);
}

/*
 * One tile of `rows` rows from element @at of each line on, and `nv` vectors of columns. Both are
 * constants when inlined; as many rows as fill the registers.
 */
static inline __attribute__ ((always_inline)) void
f32_tile (int rows, int nv, size_t n, const LsLines *lines, size_t at, const float *panel, float *c,
          size_t c_stride, vf low, vf high)
{
  vf acc[NV * MR_F32][NV];
  const float *b = panel + NR;

  for (int r = 0; r < rows; r++)
    for (int v = 0; v < nv; v++)
      acc[r][v] = LOAD (vf, panel + v * VL);
  for (size_t l = 0; l < lines->n; l++)
    {
      const float *a = lines->at[l];

      if (a == NULL)
        {
          b += lines->length * NR;
          continue;
        }
      a += at;
      for (size_t i = 0; i < lines->length; i++, b += NR)
        {
          vf columns[NV];

          for (int v = 0; v < nv; v++)
            columns[v] = LOAD (vf, b + v * VL);
          for (int r = 0; r < rows; r++)
            for (int v = 0; v < nv; v++)
              acc[r][v] += a[(size_t) r * lines->stride + i] * columns[v];
        }
    }
  for (int r = 0; r < rows; r++)
    f32_store (c + (size_t) r * c_stride, acc[r], nv, n, low, high);
}

/* All rows of a panel: whole tiles, then half ones, then single rows. Few shapes, since each is
 * unrolled. */
static inline __attribute__ ((always_inline)) void
f32_panel (int rows, int nv, size_t m, size_t n, const LsLines *lines, const float *panel, float *c,
           size_t c_stride, vf low, vf high)
{
  const size_t whole = (size_t) rows, half = (size_t) rows / 2;
  size_t i = 0;

  for (; i + whole <= m; i += whole)
    f32_tile (rows, nv, n, lines, i * lines->stride, panel, c + i * c_stride, c_stride, low, high);
  for (; i + half <= m; i += half)
    f32_tile (rows / 2, nv, n, lines, i * lines->stride, panel, c + i * c_stride, c_stride, low,
              high);
  for (; i < m; i++)
    f32_tile (1, nv, n, lines, i * lines->stride, panel, c + i * c_stride, c_stride, low, high);
}

static void
f32_gemm (size_t m, size_t n, const LsLines *lines, const float *packed, float *c, size_t c_stride,
          float low, float high)
{
  const vf vlow = vf_set (low), vhigh = vf_set (high);

  /* A panel of B stays in the cache while all rows go past it. */
  for (size_t j = 0; j < n; j += NR, packed += NR * (lines->n * lines->length + 1))
    if (n - j > VL)
      f32_panel (MR_F32, NV, m, n - j < NR ? n - j : NR, lines, packed, c + j, c_stride, vlow,
                 vhigh);
    else
      f32_panel (NV * MR_F32, 1, m, n - j, lines, packed, c + j, c_stride, vlow, vhigh);
}

/*
 * One vector of channels, all pixels of a run: the weights of `taps` (a constant when inlined, and
 * then kept in registers) taps are read once.
 */
static inline __attribute__ ((always_inline)) void
f32_dw_channels (size_t taps, const LsDwRun *run, const float *const *x, const float *const *w,
                 size_t c, vf bias, float *out, vf low, vf high)
{
  for (size_t p = 0; p < run->n; p++, out += run->out_stride)
    {
      vf acc = bias;

      for (size_t t = 0; t < taps; t++)
        acc += LOAD (vf, x[t] + p * run->step + c) * LOAD (vf, w[t] + c);
      STORE (out, vf_clamp (acc, low, high));
    }
}

static void
f32_dw_rest (size_t taps, const LsDwRun *run, const float *const *x, const float *const *w,
             size_t c, float bias, float *out, float low, float high)
{
  for (size_t p = 0; p < run->n; p++, out += run->out_stride)
    {
      float acc = bias;

      for (size_t t = 0; t < taps; t++)
        acc += x[t][p * run->step + c] * w[t][c];
      acc = acc < low ? low : acc;
      *out = acc > high ? high : acc;
    }
}

/* The taps inside the image alone: their rows and weights. Gives how many. */
static size_t
f32_dw_taps (const LsDwRun *run, const float *weights, const float **x, const float **w)
{
  size_t n = 0;

  for (size_t t = 0; t < run->taps; t++)
    if (run->rows[t] != NULL)
      {
        x[n] = run->rows[t];
        w[n++] = weights + t * run->channels;
      }
  return n;
}

static void
f32_dw (const LsDwRun *run, const float *weights, const float *bias, float *out, float low,
        float high)
{
  const vf vlow = vf_set (low), vhigh = vf_set (high);
  const float *x[LS_DW_TAPS], *w[LS_DW_TAPS];
  const size_t taps = f32_dw_taps (run, weights, x, w);
  size_t c = 0;

  for (; c + VL <= run->channels; c += VL)
    if (taps == 9)
      f32_dw_channels (9, run, x, w, c, LOAD (vf, bias + c), out + c, vlow, vhigh);
    else
      f32_dw_channels (taps, run, x, w, c, LOAD (vf, bias + c), out + c, vlow, vhigh);
  for (; c < run->channels; c++)
    f32_dw_rest (taps, run, x, w, c, bias[c], out + c, low, high);
}

/* ---- Integers
 * ------------------------------------------------------------------------------------------ */

static inline __attribute__ ((always_inline)) void
s16_tile (int rows, int nv, size_t n, const LsLines *lines, size_t at, const int16_t *panel,
          int32_t *c, size_t c_stride)
{
  const size_t pairs = (lines->length + 1) / 2;
  vi acc[NV * MR_S16][NV];
  const int16_t *b = panel + 2 * NR;

  for (int r = 0; r < rows; r++)
    for (int v = 0; v < nv; v++)
      acc[r][v] = LOAD (vi, panel + 2 * v * VL);
  for (size_t l = 0; l < lines->n; l++)
    {
      const int16_t *a = lines->at[l];

      if (a == NULL)
        {
          b += pairs * 2 * NR;
          continue;
        }
      a += at;
#pragma GCC unroll 4
      for (size_t i = 0; i < pairs; i++, b += 2 * NR)
        {
          vh columns[NV];

          for (int v = 0; v < nv; v++)
            columns[v] = LOAD (vh, b + 2 * v * VL);
          for (int r = 0; r < rows; r++)
            {
              vh x = pair_set (a + (size_t) r * lines->stride + 2 * i);

              for (int v = 0; v < nv; v++)
                acc[r][v] = dot2 (acc[r][v], x, columns[v]);
            }
        }
    }
  for (int r = 0; r < rows; r++)
    {
      int32_t tail[NR];

      for (int v = 0; v < nv; v++)
        STORE (tail + v * VL, acc[r][v]);
      memcpy (c + (size_t) r * c_stride, tail, n * sizeof *c);
    }
}

static inline __attribute__ ((always_inline)) void
s16_panel (int rows, int nv, size_t m, size_t n, const LsLines *lines, const int16_t *panel,
           int32_t *c, size_t c_stride)
{
  const size_t whole = (size_t) rows, half = (size_t) rows / 2;
  size_t i = 0;

  for (; i + whole <= m; i += whole)
    s16_tile (rows, nv, n, lines, i * lines->stride, panel, c + i * c_stride, c_stride);
  for (; i + half <= m; i += half)
    s16_tile (rows / 2, nv, n, lines, i * lines->stride, panel, c + i * c_stride, c_stride);
  for (; i < m; i++)
    s16_tile (1, nv, n, lines, i * lines->stride, panel, c + i * c_stride, c_stride);
}

static void
s16_gemm (size_t m, size_t n, const LsLines *lines, const int16_t *packed, int32_t *c,
          size_t c_stride)
{
  const size_t pairs = lines->n * ((lines->length + 1) / 2);

  for (size_t j = 0; j < n; j += NR, packed += 2 * NR * (pairs + 1))
    if (n - j > VL)
      s16_panel (MR_S16, NV, m, n - j < NR ? n - j : NR, lines, packed, c + j, c_stride);
    else
      s16_panel (NV * MR_S16, 1, m, n - j, lines, packed, c + j, c_stride);
}

/*
 * Taps two by two: rows, and weights laid for `mac2`. An odd one out is paired with zeros, whose
 * row is its own.
 */
typedef struct
{
  const int16_t *x[LS_DW_TAPS + 1], *w[LS_DW_TAPS + 1];
  size_t n_pairs;
} DwPairs;

static const int16_t dw_zeros[2 * VL];

static void
s16_dw_pairs (const LsDwRun *run, const int16_t *weights, DwPairs *pairs)
{
  size_t n = 0;

  for (size_t t = 0; t < run->taps; t++)
    if (run->rows[t] != NULL)
      {
        pairs->x[n] = run->rows[t];
        pairs->w[n++] = weights + t * run->channels;
      }
  if (n % 2 != 0)
    {
      pairs->x[n] = pairs->x[n - 1];
      pairs->w[n++] = NULL;
    }
  pairs->n_pairs = n / 2;
}

/* 2 × VL channels of all pixels of a run. `n_pairs` is a constant when inlined. */
static inline __attribute__ ((always_inline)) void
s16_dw_channels (size_t n_pairs, const LsDwRun *run, const DwPairs *pairs, size_t c,
                 const int32_t *bias, int32_t *acc)
{
  vh first[DW_PAIRS], second[DW_PAIRS];
  vi low_bias = LOAD (vi, bias + c), high_bias = LOAD (vi, bias + c + VL);

  mac2_split (&low_bias, &high_bias);
  for (size_t t = 0; t < n_pairs; t++)
    {
      const int16_t *w = pairs->w[2 * t + 1];

      mac2_weights (LOAD (vh, pairs->w[2 * t] + c), LOAD (vh, w != NULL ? w + c : dw_zeros),
                    &first[t], &second[t]);
    }
  for (size_t p = 0; p < run->n; p++, acc += run->acc_stride)
    {
      vi low = low_bias, high = high_bias;

      for (size_t t = 0; t < n_pairs; t++)
        mac2 (&low, &high, LOAD (vh, pairs->x[2 * t] + p * run->step + c),
              LOAD (vh, pairs->x[2 * t + 1] + p * run->step + c), first[t], second[t]);
      mac2_join (&low, &high);
      STORE (acc + c, low);
      STORE (acc + c + VL, high);
    }
}

static void
s16_dw_rest (const LsDwRun *run, const int16_t *weights, size_t c, int32_t bias, int32_t *acc)
{
  for (size_t p = 0; p < run->n; p++, acc += run->acc_stride)
    {
      int32_t sum = bias;

      for (size_t t = 0; t < run->taps; t++)
        {
          const int16_t *x = run->rows[t];

          sum += x != NULL ? x[p * run->step + c] * weights[t * run->channels + c] : 0;
        }
      acc[c] = sum;
    }
}

static void
s16_dw (const LsDwRun *run, const int16_t *weights, const int32_t *bias, int32_t *acc)
{
  DwPairs pairs;
  size_t c = 0;

  s16_dw_pairs (run, weights, &pairs);
  if (pairs.n_pairs == 5)
    for (; c + 2 * VL <= run->channels; c += 2 * VL)
      s16_dw_channels (5, run, &pairs, c, bias, acc);
  else if (pairs.n_pairs <= DW_PAIRS)
    for (; c + 2 * VL <= run->channels; c += 2 * VL)
      s16_dw_channels (pairs.n_pairs, run, &pairs, c, bias, acc);
  for (; c < run->channels; c++)
    s16_dw_rest (run, weights, c, bias[c], acc);
}

/* ---- Requantization -------------------------------------------------------------------------- */

/*
 * Double rounding of VL accumulators: multiply high with rounding, then shift right, half away from
 * zero. Nothing overflows: who prepares the arrays has looked at the largest sums.
 */
static inline vi
requant (vi acc, vi multiplier, vi right, vi half)
{
  const vi x = high_mul (acc, multiplier);

  return shift_right (x + half + ((half > vi_set (0)) & (x >> 31)), right);
}

/*
 * One rounding, half to even, of a product in float: LS_MODE_FAST, as XNNPACK has it. Between the
 * bounds of an output the sum with 1.5 · 2^23 has the rounded number in its lowest bits.
 */
static inline vi
requant_fast (vi acc, vf scale, const LsRequant *q)
{
  const float magic = 0x1.8p23f;
  const vf x
    = vf_clamp (__builtin_convertvector(acc, vf) * scale, vf_set ((float) (q->low - q->zero_point)),
                vf_set ((float) (q->high - q->zero_point)));
  int32_t bits;

  memcpy (&bits, &magic, sizeof bits);
  return (vi) (x + vf_set (magic)) - vi_set (bits - q->zero_point);
}

static inline vi
requant_at (const int32_t *acc, const LsRequant *q, size_t i)
{
  vi x = LOAD (vi, acc + i);

  if (q->scales != NULL)
    return requant_fast (x, LOAD (vf, q->scales + i), q);
  if (q->lefts != NULL)
    x = shift_left (x, LOAD (vi, q->lefts + i));
  return requant (x, LOAD (vi, q->multipliers + i), LOAD (vi, q->rights + i),
                  LOAD (vi, q->halves + i))
         + vi_set (q->zero_point);
}

/* The lanes that are left, copied into full vectors. */
static void
requant_rest (const int32_t *acc, const LsRequant *q, size_t i, size_t n, int32_t *out)
{
  int32_t a[VL] = { 0 }, m[VL] = { 0 }, l[VL] = { 0 }, r[VL] = { 0 }, h[VL] = { 0 };
  float scales[VL] = { 0 };
  const LsRequant part = { m,       q->lefts != NULL ? l : NULL,      r, h, q->zero_point, q->low,
                           q->high, q->scales != NULL ? scales : NULL };

  memcpy (a, acc + i, n * sizeof *a);
  memcpy (m, q->multipliers + i, n * sizeof *m);
  memcpy (r, q->rights + i, n * sizeof *r);
  memcpy (h, q->halves + i, n * sizeof *h);
  if (q->lefts != NULL)
    memcpy (l, q->lefts + i, n * sizeof *l);
  if (q->scales != NULL)
    memcpy (scales, q->scales + i, n * sizeof *scales);
  STORE (out, vi_clamp (requant_at (a, &part, 0), vi_set (q->low), vi_set (q->high)));
}

/* Lane by lane. */
#define PICK(V, mask, a, b) (((V) (mask) & (a)) | (~(V) (mask) & (b)))

/* Saturating when narrowing is clamping to the type's ends: what is left to clamp is within them.
 */
#define REQUANT(name, T, V, narrow, one)                                                           \
  static void name (size_t n, const int32_t *acc, const LsRequant *q, T *out)                      \
  {                                                                                                \
    const V low = (T) q->low - (V){ 0 }, high = (T) q->high - (V){ 0 };                            \
    const size_t step = sizeof (V) / sizeof (T);                                                   \
    size_t i = 0;                                                                                  \
                                                                                                   \
    for (; i + step <= n; i += step)                                                               \
      {                                                                                            \
        V x = narrow (acc, q, i);                                                                  \
                                                                                                   \
        x = PICK (V, x < low, low, x);                                                             \
        STORE (out + i, PICK (V, x > high, high, x));                                              \
      }                                                                                            \
    for (; i + VL <= n; i += VL)                                                                   \
      {                                                                                            \
        const vi x = vi_clamp (requant_at (acc, q, i), vi_set (q->low), vi_set (q->high));         \
                                                                                                   \
        one (x, out + i);                                                                          \
      }                                                                                            \
    if (i < n)                                                                                     \
      {                                                                                            \
        const size_t left = n - i;                                                                 \
        int32_t last[VL];                                                                          \
                                                                                                   \
        requant_rest (acc, q, i, left, last);                                                      \
        for (size_t k = 0; k < left; k++)                                                          \
          out[i + k] = (T) last[k];                                                                \
      }                                                                                            \
  }

#define FOUR(narrow)                                                                               \
  narrow (requant_at (acc, q, i), requant_at (acc, q, i + VL), requant_at (acc, q, i + 2 * VL),    \
          requant_at (acc, q, i + 3 * VL))

static inline vb
four_s8 (const int32_t *acc, const LsRequant *q, size_t i)
{
  return FOUR (narrow_s8);
}

static inline vub
four_u8 (const int32_t *acc, const LsRequant *q, size_t i)
{
  return FOUR (narrow_u8);
}

static inline vh
two_s16 (const int32_t *acc, const LsRequant *q, size_t i)
{
  return narrow_s16 (requant_at (acc, q, i), requant_at (acc, q, i + VL));
}

static inline void
one_s8 (vi x, int8_t *out)
{
  const vb narrow = narrow_s8 (x, x, x, x);

  memcpy (out, &narrow, VL);
}

static inline void
one_u8 (vi x, uint8_t *out)
{
  const vub narrow = narrow_u8 (x, x, x, x);

  memcpy (out, &narrow, VL);
}

static inline void
one_s16 (vi x, int16_t *out)
{
  const vh narrow = narrow_s16 (x, x);

  memcpy (out, &narrow, 2 * VL);
}

REQUANT (requant_s8, int8_t, vb, four_s8, one_s8)
REQUANT (requant_u8, uint8_t, vub, four_u8, one_u8)
REQUANT (requant_s16, int16_t, vh, two_s16, one_s16)

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
