/* POW. Sources: tflite/kernels/pow.cc, internal/optimized/optimized_ops.h (BroadcastPow4D,
 * IntegerExponentPow), internal/reference/reference_ops.h (Pow). */
#include "ops/binary.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum
{
  BLOCK = 256
};

/* x^exponent by squaring, exponent >= 1. What is beyond the range of floats becomes the largest one
 * and not infinity. */
static void
integer_power (const float *x, float *y, size_t n, uint32_t exponent)
{
  memcpy (y, x, n * sizeof *y);
  for (int bit = 30 - __builtin_clz (exponent); bit >= 0; bit--)
    {
      const bool is_odd = exponent >> bit & 1;

      LS_SIMD
      for (size_t i = 0; i < n; i++)
        {
          float square = ls_clamp_f32 (y[i] * y[i], (LsFloatRange){ -FLT_MAX, FLT_MAX });
          float product = ls_clamp_f32 (x[i] * square, (LsFloatRange){ -FLT_MAX, FLT_MAX });

          y[i] = is_odd ? product : square;
        }
    }
}

/* The whole number >= 1 that all of a scalar exponent's elements are nearly raised to; else 0. */
static uint32_t
whole_exponent (const LsBinary *binary, float exponent)
{
  const float epsilon = 1e-5f;
  float whole = roundf (exponent);

  if (!binary->is_scalar_power || !(fabsf (exponent - whole) < epsilon) || whole < 1.0f
      || whole >= 0x1p31f)
    return 0;
  return (uint32_t) whole;
}

static bool
pow_FLOAT32 (const LsBinary *s, const void *in_a, size_t step_a, const void *in_b, size_t step_b,
             void *out, size_t n)
{
  const float *a = in_a, *b = in_b;
  float *y = out, x[BLOCK];
  uint32_t exponent = whole_exponent (s, b[0]);

  if (exponent == 0 || step_a == 0)
    {
      for (size_t i = 0; i < n; i++)
        y[i] = powf (a[i * step_a], b[i * step_b]);
      return true;
    }
  for (size_t at = 0; at < n; at += BLOCK)
    {
      size_t count = n - at < BLOCK ? n - at : BLOCK;

      memcpy (x, a + at, count * sizeof *x);
      integer_power (x, y + at, count, exponent);
    }
  return true;
}

LS_BINARY_LOOP (pow_FLOAT64, double, double, double, , pow (a, b))

/* x^exponent in wrapping arithmetic. */
static int32_t
wrapping_power (int32_t x, uint32_t exponent)
{
  uint32_t y = 1, square = (uint32_t) x;

  for (; exponent > 0; exponent >>= 1, square *= square)
    if (exponent & 1)
      y *= square;
  return (int32_t) y;
}

/* By way of double; what does not fit is the least integer. */
static int32_t
real_power (int32_t x, int32_t exponent)
{
  double y = pow (x, exponent);

  return y >= -2147483648.0 && y < 2147483648.0 ? (int32_t) y : INT32_MIN;
}

LS_BINARY_LOOP (pow_INT32, int32_t, int32_t, int32_t, ,
                (is_bad |= b < 0,
                 s->is_scalar_power &&b > 0 ? wrapping_power (a, (uint32_t) b) : real_power (a, b)))

LsStatus
ls_plan_pow (LsNode *node, LsBinary *binary, LsError *error)
{
  static const LsBinaryLoop loops[LS_N_TYPES] = {
    [LS_TYPE_FLOAT32] = pow_FLOAT32,
    [LS_TYPE_FLOAT64] = pow_FLOAT64,
    [LS_TYPE_INT32] = pow_INT32,
  };

  binary->is_scalar_power = !binary->plan.is_same && node->in[1]->count == 1;
  binary->complaint = "an integer is raised to a negative power";
  binary->cost = LS_COST_FUNCTION;
  return ls_binary_choose_same (node, binary, loops, error);
}
