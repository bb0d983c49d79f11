/* The loops of rows.h. A file for each instruction set defines ROWS, the table's name. */
#include "kernels/rows.h"
#include "kernels/simd.h"

#include <math.h>
#include <string.h>

enum
{
  ROW_LANES = 32, /* accumulators side by side along a row */
  PRODUCT_LINES = 4,
  NV_PRODUCTS = 2,
  SPAN_ROWS = 64 /* that floats take up before doubles do: they lose nothing that counts */
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

/* A vector of columns, SPAN_ROWS rows at most. */
static inline void
span_vector (float *low, float *high, double *sum, const float *x, size_t rows, size_t n)
{
  vf least = LOAD (vf, low), most = LOAD (vf, high), part = vf_set (0);

  for (size_t i = 0; i < rows; i++)
    {
      const vf row = LOAD (vf, x + i * n);

      least = vf_min (row, least);
      most = vf_max (row, most);
      part += row;
    }
  STORE (low, least);
  STORE (high, most);
  for (int k = 0; k < VL; k++)
    sum[k] += part[k];
}

static void
span_column (float *low, float *high, double *sum, const float *x, size_t rows, size_t n)
{
  float part = 0;

  for (size_t i = 0; i < rows; i++)
    {
      const float value = x[i * n];

      *low = value < *low ? value : *low;
      *high = value > *high ? value : *high;
      part += value;
    }
  *sum += part;
}

static void
span_f32 (float *low, float *high, double *sum, const float *x, size_t rows, size_t n)
{
  for (size_t i = 0; i < rows; i += SPAN_ROWS)
    {
      const size_t some = rows - i < SPAN_ROWS ? rows - i : SPAN_ROWS;
      size_t j = 0;

      for (; j + VL <= n; j += VL)
        span_vector (low + j, high + j, sum + j, x + i * n + j, some, n);
      for (; j < n; j++)
        span_column (low + j, high + j, sum + j, x + i * n + j, some, n);
    }
}

/* A float of 1.5 · 2^23 has no bits behind the point: adding and subtracting it rounds to the
 * nearest integer, ties to even. */
static inline vf
rounding_error (vf x, vf scale, vf inverse)
{
  const vf rounder = vf_set (0x1.8p23f);

  return x - ((x * inverse + rounder) - rounder) * scale;
}

/* Of few values: a vector of scales at a time. */
static void
rounding_errors_of_few (float *squares, float *sums, const float *x, size_t n, const float *scales)
{
  const vf scale = LOAD (vf, scales), inverse = 1.0f / scale;
  vf square = vf_set (0), sum = vf_set (0);

  for (size_t i = 0; i < n; i++)
    {
      const vf error = rounding_error (vf_set (x[i]), scale, inverse);

      square += error * error;
      sum += error;
    }
  STORE (squares, square);
  STORE (sums, sum);
}

static void
rounding_errors_of_many (float *squares, float *sums, const float *x, size_t n, float scale)
{
  const vf step = vf_set (scale), inverse = 1.0f / step;
  vf square = vf_set (0), sum = vf_set (0);
  size_t i = 0;

  for (; i < n; i += VL)
    {
      float rest[VL] = { 0 };
      vf error;

      if (n - i < VL)
        memcpy (rest, x + i, (n - i) * sizeof *rest);
      error = rounding_error (LOAD (vf, n - i < VL ? rest : x + i), step, inverse);
      square += error * error;
      sum += error;
    }
  *squares = *sums = 0;
  for (int k = 0; k < VL; k++)
    {
      *squares += square[k];
      *sums += sum[k];
    }
}

static void
rounding_errors_f32 (float *squares, float *sums, const float *x, size_t n, const float *scales,
                     size_t n_scales)
{
  for (size_t s = 0; n < 2 * VL && s < n_scales; s += VL)
    rounding_errors_of_few (squares + s, sums + s, x, n, scales + s);
  for (size_t s = 0; n >= 2 * VL && s < n_scales; s++)
    rounding_errors_of_many (squares + s, sums + s, x, n, scales[s]);
}

/* @nv vectors of columns of @lines, both constants when inlined. */
static inline __attribute__ ((always_inline)) void
add_product_vectors (float *y, size_t y_stride, size_t lines, int nv, const float *a,
                     const float *x, size_t stride)
{
  vf sums[PRODUCT_LINES][NV_PRODUCTS];

  for (size_t l = 0; l < lines; l++)
    for (int v = 0; v < nv; v++)
      sums[l][v] = LOAD (vf, y + l * y_stride + v * VL);
      /* Unrolled, the addresses alone would fill the registers. */
#pragma GCC unroll 1
  for (size_t r = 0; r < LS_PRODUCT_ROWS; r++, a += stride, x += stride)
    {
      vf columns[NV_PRODUCTS];

      for (int v = 0; v < nv; v++)
        columns[v] = LOAD (vf, x + v * VL);
      for (size_t l = 0; l < lines; l++)
        for (int v = 0; v < nv; v++)
          sums[l][v] += a[l] * columns[v];
    }
  for (size_t l = 0; l < lines; l++)
    for (int v = 0; v < nv; v++)
      STORE (y + l * y_stride + v * VL, sums[l][v]);
}

static inline __attribute__ ((always_inline)) void
add_products (float *y, size_t y_stride, size_t lines, const float *a, const float *x,
              size_t stride, size_t n)
{
  size_t k = 0;

  for (; k + NV_PRODUCTS * VL <= n; k += NV_PRODUCTS * VL)
    add_product_vectors (y + k, y_stride, lines, NV_PRODUCTS, a, x + k, stride);
  for (; k + VL <= n; k += VL)
    add_product_vectors (y + k, y_stride, lines, 1, a, x + k, stride);
  for (size_t l = 0; l < lines; l++)
    for (size_t j = k; j < n; j++)
      for (size_t r = 0; r < LS_PRODUCT_ROWS; r++)
        y[l * y_stride + j] += a[r * stride + l] * x[r * stride + j];
}

static void
add_products_f32 (float *y, size_t y_stride, size_t lines, const float *a, const float *x,
                  size_t stride, size_t n)
{
  size_t l = 0;

  for (; l + PRODUCT_LINES <= lines; l += PRODUCT_LINES)
    add_products (y + l * y_stride, y_stride, PRODUCT_LINES, a + l, x, stride, n);
  for (; l < lines; l++)
    add_products (y + l * y_stride, y_stride, 1, a + l, x, stride, n);
}

static void
add_scaled_f32 (float *restrict y, float a, const float *restrict x, size_t n)
{
  for (size_t k = 0; k < n; k++)
    y[k] += a * x[k];
}

static float
dot_f32 (const float *x, const float *y, size_t n)
{
  vf parts[4] = { { 0 } };
  float sum = 0;
  size_t k = 0;

  for (; k + 4 * VL <= n; k += 4 * VL)
    for (size_t p = 0; p < 4; p++)
      parts[p] += LOAD (vf, x + k + p * VL) * LOAD (vf, y + k + p * VL);
  for (; k < n; k++)
    sum += x[k] * y[k];
  parts[0] += parts[1] + parts[2] + parts[3];
  for (int i = 0; i < VL; i++)
    sum += parts[0][i];
  return sum;
}

static void
place_f32 (int32_t *restrict y, const float *restrict x, size_t n, double factor, double first,
           int32_t last)
{
  for (size_t i = 0; i < n; i++)
    {
      const int32_t at = (int32_t) (x[i] * factor - first);

      y[i] = at < last ? at : last;
    }
}

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
  .span_f32 = span_f32,
  .rounding_errors_f32 = rounding_errors_f32,
  .add_products_f32 = add_products_f32,
  .add_scaled_f32 = add_scaled_f32,
  .dot_f32 = dot_f32,
  .place_f32 = place_f32,
};
