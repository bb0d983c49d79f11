/* The loops of resize.h. A file for each instruction set defines RESIZE, the table's name. */
#include "kernels/resize.h"

#define BLEND(name, type, sum_type)                                                                \
  static void blend_##name (sum_type *restrict t, const type *restrict a, const type *restrict b,  \
                            size_t n, const sum_type weights[2])                                   \
  {                                                                                                \
    const sum_type first = weights[0], second = weights[1];                                        \
                                                                                                   \
    for (size_t i = 0; i < n; i++)                                                                 \
      t[i] = (sum_type) a[i] * first + (sum_type) b[i] * second;                                   \
  }

BLEND (f32, float, float)
BLEND (i8, int8_t, int32_t)
BLEND (i16, int16_t, int32_t)

static inline float
end_f32 (float sum)
{
  return sum;
}

static inline int8_t
end_i8 (int32_t sum)
{
  return (int8_t) ((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
}

static inline int16_t
end_i16 (int64_t sum)
{
  return (int16_t) ((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
}

#define STRETCH(name, type, row_type, sum_type, weights)                                           \
  static inline __attribute__ ((always_inline)) void positions_##name (                            \
    type *restrict y, const row_type *restrict t, const LsStretch *x, size_t n, size_t channels)   \
  {                                                                                                \
    for (size_t i = 0; i < n; i++, y += channels)                                                  \
      {                                                                                            \
        const row_type *restrict a = t + x[i].at[0], *restrict b = t + x[i].at[1];                 \
        const sum_type first = x[i].weights[0], second = x[i].weights[1];                          \
                                                                                                   \
        for (size_t c = 0; c < channels; c++)                                                      \
          y[c] = end_##name ((sum_type) a[c] * first + (sum_type) b[c] * second);                  \
      }                                                                                            \
  }                                                                                                \
                                                                                                   \
  /* Few channels are no loop. */                                                                  \
  static void stretch_##name (type *y, const row_type *t, const LsStretch *x, size_t n,            \
                              size_t channels)                                                     \
  {                                                                                                \
    switch (channels)                                                                              \
      {                                                                                            \
      case 1:                                                                                      \
        positions_##name (y, t, x, n, 1);                                                          \
        break;                                                                                     \
      case 2:                                                                                      \
        positions_##name (y, t, x, n, 2);                                                          \
        break;                                                                                     \
      case 3:                                                                                      \
        positions_##name (y, t, x, n, 3);                                                          \
        break;                                                                                     \
      default:                                                                                     \
        positions_##name (y, t, x, n, channels);                                                   \
      }                                                                                            \
  }

STRETCH (f32, float, float, float, weights)
STRETCH (i8, int8_t, int32_t, int32_t, weights_10)
STRETCH (i16, int16_t, int32_t, int64_t, weights_10)

const LsResizeKernels RESIZE = {
  .blend_f32 = blend_f32,
  .blend_i8 = blend_i8,
  .blend_i16 = blend_i16,
  .stretch_f32 = stretch_f32,
  .stretch_i8 = stretch_i8,
  .stretch_i16 = stretch_i16,
};
