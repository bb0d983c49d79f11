#include "ops/dot.h"

/* These loops are made for vectors, which gcc uses freely only at this level. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

enum
{
  LANES = 8, /* partial sums of a channel */
  WIDE = 32  /* neighbouring channels at a time */
};

/* Four channels of float weights at once, in LANES partial sums each. */
static void
dot4_f32 (const float *restrict x, const float *restrict w, size_t k, size_t stride,
          float *restrict acc)
{
  float s[4][LANES] = { { 0 } };
  float tail[4] = { 0 };
  size_t i = 0;

  for (; i + LANES <= k; i += LANES)
    for (size_t l = 0; l < LANES; l++)
      {
        const float v = x[i + l];

        s[0][l] += v * w[i + l];
        s[1][l] += v * w[stride + i + l];
        s[2][l] += v * w[2 * stride + i + l];
        s[3][l] += v * w[3 * stride + i + l];
      }
  for (; i < k; i++)
    for (size_t c = 0; c < 4; c++)
      tail[c] += x[i] * w[c * stride + i];
  for (size_t c = 0; c < 4; c++)
    {
      for (size_t width = LANES / 2; width > 0; width /= 2)
        for (size_t l = 0; l < width; l++)
          s[c][l] += s[c][l + width];
      acc[c] += s[c][0] + tail[c];
    }
}

static float
dot1_f32 (const float *restrict x, const float *restrict w, size_t k)
{
  float s[LANES] = { 0 }, tail = 0;
  size_t i = 0;

  for (; i + LANES <= k; i += LANES)
    for (size_t l = 0; l < LANES; l++)
      s[l] += x[i + l] * w[i + l];
  for (; i < k; i++)
    tail += x[i] * w[i];
  for (size_t width = LANES / 2; width > 0; width /= 2)
    for (size_t l = 0; l < width; l++)
      s[l] += s[l + width];
  return s[0] + tail;
}

void
ls_dot_nk_f32 (LS_DOT_ARGS (float, float, float))
{
  size_t j = 0;

  for (; j + 4 <= n; j += 4)
    dot4_f32 (x, w + j * stride, k, stride, acc + j);
  for (; j < n; j++)
    acc[j] += dot1_f32 (x, w + j * stride, k);
}

/* One channel after the other; integer sums may be made in any order. */
#define DEFINE_NK(name, X, W, Acc, Product)                                                        \
  void name (LS_DOT_ARGS (X, W, Acc))                                                              \
  {                                                                                                \
    for (size_t j = 0; j < n; j++, w += stride)                                                    \
      {                                                                                            \
        Acc sum = 0;                                                                               \
                                                                                                   \
        for (size_t i = 0; i < k; i++)                                                             \
          sum += (Acc) ((Product) x[i] * (Product) w[i]);                                          \
        acc[j] += sum;                                                                             \
      }                                                                                            \
  }

DEFINE_NK (ls_dot_nk_i8, int16_t, int8_t, uint32_t, int32_t)
DEFINE_NK (ls_dot_nk_u8, int16_t, uint8_t, uint32_t, int32_t)
DEFINE_NK (ls_dot_nk_i8_wide, int16_t, int8_t, int64_t, int32_t)
DEFINE_NK (ls_dot_nk_i16_wide, int16_t, int16_t, int64_t, int32_t)

/* WIDE neighbouring channels at a time, kept in registers over the whole depth. */
#define DEFINE_KN(name, X, W, Acc, Product)                                                        \
  static void name##_some (LS_DOT_ARGS (X, W, Acc))                                                \
  {                                                                                                \
    for (size_t i = 0; i < k; i++)                                                                 \
      for (size_t j = 0; j < n; j++)                                                               \
        acc[j] += (Acc) ((Product) x[i] * (Product) w[i * stride + j]);                            \
  }                                                                                                \
                                                                                                   \
  void name (LS_DOT_ARGS (X, W, Acc))                                                              \
  {                                                                                                \
    size_t begin = 0;                                                                              \
                                                                                                   \
    for (; begin + WIDE <= n; begin += WIDE)                                                       \
      {                                                                                            \
        Acc s[WIDE];                                                                               \
                                                                                                   \
        for (size_t j = 0; j < WIDE; j++)                                                          \
          s[j] = acc[begin + j];                                                                   \
        for (size_t i = 0; i < k; i++)                                                             \
          for (size_t j = 0; j < WIDE; j++)                                                        \
            s[j] += (Acc) ((Product) x[i] * (Product) w[i * stride + begin + j]);                  \
        for (size_t j = 0; j < WIDE; j++)                                                          \
          acc[begin + j] = s[j];                                                                   \
      }                                                                                            \
    name##_some (x, w + begin, k, stride, n - begin, acc + begin);                                 \
  }

DEFINE_KN (ls_dot_kn_f32, float, float, float, float)
DEFINE_KN (ls_dot_kn_i8, int16_t, int8_t, uint32_t, int32_t)
DEFINE_KN (ls_dot_kn_i8_wide, int16_t, int8_t, int64_t, int32_t)
DEFINE_KN (ls_dot_kn_i16_wide, int16_t, int16_t, int64_t, int32_t)

int64_t
ls_row_sum (const int16_t *x, size_t n)
{
  int64_t sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += x[i];
  return sum;
}
