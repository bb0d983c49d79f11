/* The loops of rows.h. A file for each instruction set defines ROWS, the table's name. */
#include "kernels/rows.h"

#include <string.h>

enum
{
  ROW_LANES = 32 /* accumulators side by side along a row */
};

#define ACCUMULATE(NAME, type, acc_type, start, expression, join)                                  \
  static void columns_##NAME (void *restrict acc, const void *restrict data, size_t rows,          \
                              size_t stride, size_t n)                                             \
  {                                                                                                \
    acc_type *restrict y = acc;                                                                    \
                                                                                                   \
    for (size_t i = 0; i < rows; i++)                                                              \
      {                                                                                            \
        const type *restrict row = (const type *) data + i * stride;                               \
                                                                                                   \
        for (size_t j = 0; j < n; j++)                                                             \
          {                                                                                        \
            const type x = row[j];                                                                 \
            const acc_type a = y[j];                                                               \
                                                                                                   \
            y[j] = expression;                                                                     \
          }                                                                                        \
      }                                                                                            \
  }                                                                                                \
                                                                                                   \
  static inline acc_type next_##NAME (acc_type a, type x)                                          \
  {                                                                                                \
    return expression;                                                                             \
  }                                                                                                \
                                                                                                   \
  static inline acc_type join_##NAME (acc_type a, acc_type x)                                      \
  {                                                                                                \
    return join;                                                                                   \
  }                                                                                                \
                                                                                                   \
  static void row_##NAME (void *restrict acc, const void *restrict data, size_t n)                 \
  {                                                                                                \
    const type *restrict x = data;                                                                 \
    acc_type a = *(acc_type *) acc;                                                                \
    size_t i = 0;                                                                                  \
                                                                                                   \
    if (n >= 2 * ROW_LANES)                                                                        \
      {                                                                                            \
        acc_type part[ROW_LANES];                                                                  \
                                                                                                   \
        for (int l = 0; l < ROW_LANES; l++)                                                        \
          part[l] = start;                                                                         \
        for (; i + ROW_LANES <= n; i += ROW_LANES)                                                 \
          for (int l = 0; l < ROW_LANES; l++)                                                      \
            part[l] = next_##NAME (part[l], x[i + (size_t) l]);                                    \
        for (int l = 0; l < ROW_LANES; l++)                                                        \
          a = join_##NAME (a, part[l]);                                                            \
      }                                                                                            \
    for (; i < n; i++)                                                                             \
      a = next_##NAME (a, x[i]);                                                                   \
    *(acc_type *) acc = a;                                                                         \
  }
#include "kernels/rows.def"
#undef ACCUMULATE

static inline float
clamp_one_f32 (float x, float low, float high)
{
  x = x < low ? low : x;
  return high < x ? high : x;
}

static void
average_f32 (float *restrict y, const float *restrict sum, size_t n, float count, float low,
             float high)
{
  for (size_t i = 0; i < n; i++)
    y[i] = clamp_one_f32 (sum[i] / count, low, high);
}

static void
clamp_f32 (float *y, size_t n, float low, float high)
{
  for (size_t i = 0; i < n; i++)
    y[i] = clamp_one_f32 (y[i], low, high);
}

/* The quotient of two integers of less than 2^53, cut off, is the integer quotient when it is small
 * (here 17 bits): it is further from the next integer than rounding goes. */
#define INTEGERS(name, type)                                                                       \
  static void average_##name (type *restrict y, const int32_t *restrict sum, size_t n,             \
                              int32_t count, int32_t low, int32_t high)                            \
  {                                                                                                \
    const double divisor = count, half = count / 2;                                                \
                                                                                                   \
    for (size_t i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        const double nudged = sum[i] + (sum[i] > 0 ? half : -half);                                \
        int32_t x = (int32_t) (nudged / divisor);                                                  \
                                                                                                   \
        x = x < low ? low : x;                                                                     \
        y[i] = (type) (x > high ? high : x);                                                       \
      }                                                                                            \
  }                                                                                                \
                                                                                                   \
  static void clamp_##name (type *y, size_t n, type low, type high)                                \
  {                                                                                                \
    for (size_t i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        const type x = y[i] < low ? low : y[i];                                                    \
                                                                                                   \
        y[i] = x > high ? high : x;                                                                \
      }                                                                                            \
  }

INTEGERS (i8, int8_t)
INTEGERS (u8, uint8_t)
INTEGERS (i16, int16_t)

const LsRowKernels ROWS = {
  .accumulate = {
#define ACCUMULATE(NAME, type, acc_type, start, expression, join)                                  \
  [LS_ACC_##NAME] = { sizeof (type), sizeof (acc_type), columns_##NAME, row_##NAME },
#include "kernels/rows.def"
#undef ACCUMULATE
  },
  .average_f32 = average_f32,
  .average_i8 = average_i8,
  .average_u8 = average_u8,
  .average_i16 = average_i16,
  .clamp_f32 = clamp_f32,
  .clamp_i8 = clamp_i8,
  .clamp_u8 = clamp_u8,
  .clamp_i16 = clamp_i16,
};
