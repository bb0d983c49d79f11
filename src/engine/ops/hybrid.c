#include "ops/hybrid.h"

#include <math.h>
#include <string.h>

typedef struct
{
  float min, max;
} Extent;

static Extent
extent_of (const float *x, size_t n)
{
  Extent e = { x[0], x[0] };

  for (size_t i = 1; i < n; i++)
    {
      e.min = x[i] < e.min ? x[i] : e.min;
      e.max = e.max < x[i] ? x[i] : e.max;
    }
  return e;
}

/* A value that int32 cannot hold, NaN among them, becomes INT32_MIN as the x86 conversion has it.
 */
static int8_t
to_int8 (float rounded, int32_t low)
{
  int32_t q = rounded >= -0x1p31f && rounded < 0x1p31f ? (int32_t) rounded : INT32_MIN;

  return (int8_t) (q < low ? low : q > 127 ? 127 : q);
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

  const float inverse = 127 / range;

  for (size_t i = 0; i < n; i++)
    q[i] = to_int8 (roundf (x[i] * inverse), -127);
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
  const float inverse = 1.0f / row.scale, zero_point = (float) row.zero_point;

  for (size_t i = 0; i < n; i++)
    q[i] = to_int8 (roundf (zero_point + x[i] * inverse), -128);
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
  int32_t sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += a[i];
  return sum;
}
