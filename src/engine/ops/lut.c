#include "ops/lut.h"

#include "ops/fixed_point.h"

void
ls_lut8_fill (uint8_t lut[LS_LUT8_SIZE], const LsValue *in, const LsValue *out, LsRealFn fn,
              const void *params)
{
  const float inverse = 1.0f / out->scale;
  const int32_t low = in->type == LS_TYPE_INT8 ? INT8_MIN : 0,
                high = in->type == LS_TYPE_INT8 ? INT8_MAX : UINT8_MAX;

  for (int32_t stored = low; stored <= high; stored++)
    {
      float real = in->scale * (float) (stored - in->zero_point);
      float rounded = roundf (fn (real, params) * inverse);
      int32_t result = ls_int_from_float (rounded + (float) out->zero_point);

      lut[(uint8_t) stored] = (uint8_t) ls_clamp_i32 (result, low, high);
    }
}

/* The float and the double form of the same table: at each step the value, corrected by half the
 * error that the straight line makes in the middle of the step. */
#define DEFINE_FILL16(name, Real, round_fn, Fn, CALL)                                              \
  static void name (int16_t *lut, Real in_scale, int32_t in_zero, Real out_scale,                  \
                    int32_t out_zero, Fn fn, const void *params)                                   \
  {                                                                                                \
    const int steps = LS_LUT16_SIZE - 1;                                                           \
    const Real in_min = in_scale * (Real) (INT16_MIN - in_zero),                                   \
               in_max = in_scale * (Real) (INT16_MAX - in_zero),                                   \
               out_min = out_scale * (Real) (INT16_MIN - out_zero),                                \
               out_max = out_scale * (Real) (INT16_MAX - out_zero);                                \
    const Real step = (in_max - in_min) / (Real) steps, half_step = step / 2;                      \
    const Real inverse = (Real) 65536 / (out_max - out_min);                                       \
                                                                                                   \
    for (int i = 0; i <= steps; i++)                                                               \
      {                                                                                            \
        Real value = CALL (i < steps ? in_min + (Real) i * step : in_max);                         \
        Real sample = round_fn (value * inverse), bias = 0;                                        \
                                                                                                   \
        if (i < steps)                                                                             \
          {                                                                                        \
            Real next = CALL (in_min + (Real) (i + 1) * step);                                     \
            Real middle = CALL (in_min + (Real) i * step + half_step);                             \
            Real line = round_fn ((next * inverse + round_fn (value * inverse)) / 2);              \
                                                                                                   \
            bias = round_fn ((line - round_fn (middle * inverse)) / 2);                            \
          }                                                                                        \
        lut[i] = to_int16 ((double) (sample - bias));                                              \
      }                                                                                            \
  }

/* What is no number becomes the least one: std::max (NaN, min) keeps NaN, and the conversion then
 * leaves 0 in the low half. */
static int16_t
to_int16 (double x)
{
  if (isnan (x))
    return 0;
  return (int16_t) (x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x);
}

#define CALL_FLOAT(x) fn (x, params)
#define CALL_DOUBLE(x) fn (x)
typedef double (*DoubleFn) (double x);
DEFINE_FILL16 (fill16_float, float, roundf, LsRealFn, CALL_FLOAT)
DEFINE_FILL16 (fill16_double, double, round, DoubleFn, CALL_DOUBLE)

void
ls_lut16_fill (int16_t lut[LS_LUT16_SIZE], const LsValue *in, const LsValue *out, LsRealFn fn,
               const void *params)
{
  fill16_float (lut, in->scale, in->zero_point, out->scale, out->zero_point, fn, params);
}

void
ls_lut16_fill_double (int16_t lut[LS_LUT16_SIZE], double in_scale, int32_t in_zero,
                      double out_scale, int32_t out_zero, double (*fn) (double x))
{
  fill16_double (lut, in_scale, in_zero, out_scale, out_zero, fn, NULL);
}
