#include "ops/hybrid.h"

#include <math.h>
#include <string.h>

#include "kernels/elements.h"
#include "kernels/rows.h"

typedef struct
{
  float min, max;
} Extent;

static Extent
extent_of (const float *x, size_t n)
{
  const LsRowKernels *kernels = ls_row_kernels ();
  Extent e = { x[0], x[0] };

  kernels->accumulate[LS_ACC_MIN_F32].row (&e.min, x + 1, n - 1);
  kernels->accumulate[LS_ACC_MAX_F32].row (&e.max, x + 1, n - 1);
  return e;
}

/* round (@zero_point + @x × @factor), half away from zero, not under @low. A value that int32
 * cannot hold, NaN among them, becomes the lowest as the x86 conversion to INT32_MIN has it. */
static void
scale_and_round (const float *x, size_t n, float factor, float zero_point, int32_t low, int8_t *q)
{
  enum
  {
    BLOCK = 256
  };
  const LsElementParams scaling = { .min = -INFINITY, .max = INFINITY };
  const LsElementParams rounding = { .alpha = zero_point, .low = low, .high = 127 };
  float block[BLOCK];

  for (size_t at = 0; at < n; at += BLOCK)
    {
      const size_t count = n - at < BLOCK ? n - at : BLOCK;

      ls_elements ()->mul_f32 (&scaling, x + at, 1, &factor, 0, block, count);
      ls_elements ()->round_to_int8 (&rounding, block, q + at, count);
    }
}

static LsRowScale
quantize_symmetric (const float *x, size_t n, int8_t *q)
{
  Extent e = extent_of (x, n);
  float low = fabsf (e.min), high = fabsf (e.max), range = low < high ? high : low;

  if (range == 0)
    {
      memset (q, 0, n);
      return (LsRowScale){ 1, 0 };
    }
  scale_and_round (x, n, 127 / range, 0.0f, -127, q);
  return (LsRowScale){ range / 127, 0 };
}

/* The zero point is computed from the end of the range that gives the smaller rounding error. */
static int32_t
nudged_zero_point (double low, double high, double scale)
{
  double from_low = -128 - low / scale, from_high = 127 - high / scale;
  double zero_point = 128 + fabs (low / scale) < 127 + fabs (high / scale) ? from_low : from_high;

  if (zero_point <= -128)
    return -128;
  return zero_point >= 127 ? 127 : (int32_t) round (zero_point);
}

static LsRowScale
quantize_asymmetric (const float *x, size_t n, int8_t *q)
{
  Extent e = extent_of (x, n);
  float low = e.min < 0 ? e.min : 0, high = e.max > 0 ? e.max : 0;

  if (low == high)
    {
      memset (q, 0, n);
      return (LsRowScale){ 1, 0 };
    }

  /* LiteRT takes the difference in float, and goes on in double: measured on the binary. */
  float range = high - low;
  double scale = (double) range / 255;
  LsRowScale row = { (float) scale, nudged_zero_point (low, high, scale) };

  scale_and_round (x, n, 1.0f / row.scale, (float) row.zero_point, -128, q);
  return row;
}

LsRowScale
ls_quantize_row (const float *x, size_t n, bool is_asymmetric, int8_t *q)
{
  if (n == 0)
    return (LsRowScale){ 1, 0 };
  return is_asymmetric ? quantize_asymmetric (x, n, q) : quantize_symmetric (x, n, q);
}

bool
ls_is_zero_row (const float *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (x[i] != 0)
      return false;
  return true;
}

int32_t
ls_sum_i8 (const int8_t *a, size_t n)
{
  uint32_t sum = 0;

  ls_row_kernels ()->accumulate[LS_ACC_SUM_I8].row (&sum, a, n);
  return (int32_t) sum;
}
