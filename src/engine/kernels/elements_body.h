/* The loops of elements.h. A file for each instruction set defines ELEMENTS, the table's name. */
#include "kernels/elements.h"

#include "base/half.h"
#include "base/loop.h"
#include "kernels/real_math.h"

#include <math.h>
#include <string.h>

static inline float
clamp (float x, float min, float max)
{
  x = x < min ? min : x;
  return max < x ? max : x;
}

/* NaN becomes the lower bound. */
static inline float
bound (float x, float min, float max)
{
  x = max < x ? max : x;
  return min < x ? x : min;
}

static inline float
gelu_tanh (float x)
{
  return 0.5f * x * (1.0f + ls_tanh_f32 (0.7978845608f * (x + 0.044715f * x * x * x)));
}

static inline int32_t
wrap_add (int32_t a, int32_t b)
{
  return (int32_t) ((uint32_t) a + (uint32_t) b);
}

/* Puts a result at the output's zero point and within its bounds. */
static inline int32_t
saturate (int32_t x, LsElementParams p)
{
  x = wrap_add (x, p.zero_y);
  x = x < p.low ? p.low : x;
  return x > p.high ? p.high : x;
}

static inline int32_t
finish (int32_t x, LsElementParams p)
{
  return saturate (ls_rescale (x, p.y), p);
}

/* `y` rescales what stays as it is, `a` what is multiplied with alpha. */
static inline int32_t
leaky_relu (int32_t x, LsElementParams p)
{
  int32_t kept = ls_rescale (x, p.y), scaled = ls_rescale (x, p.a) * p.sign;

  return saturate (x >= 0 ? kept : scaled, p);
}

static inline int32_t
prelu (int32_t x, int32_t alpha, LsElementParams p)
{
  int32_t product = (int32_t) ((uint32_t) x * (uint32_t) alpha);
  int32_t kept = ls_rescale (x, p.y), scaled = ls_rescale (product, p.a);

  return saturate (x >= 0 ? kept : scaled, p);
}

/* Steps of alpha, within [min, max]. */
static inline int32_t
weight (float x, LsElementParams p)
{
  return ls_round_away (x == x ? clamp (x / p.alpha, p.min, p.max) : 0.0f);
}

/* Both inputs of a sum on their common scale. */
#define COMMON_A ls_rescale ((int32_t) ((uint32_t) (a - p.zero_a) << p.left_shift), p.a)
#define COMMON_B ls_rescale ((int32_t) ((uint32_t) (b - p.zero_b) << p.left_shift), p.b)

#define FOR_EACH(load, Y, expression)                                                              \
  {                                                                                                \
    LS_SIMD                                                                                        \
    for (size_t i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        load;                                                                                      \
        y[i] = (Y) (expression);                                                                   \
      }                                                                                            \
  }
#define UNARY_KERNEL(name, X, Y, expression)                                                       \
  static void name (const LsElementParams *params, const void *in, void *out, size_t n)            \
  {                                                                                                \
    const LsElementParams p = *params;                                                             \
    const X *xs = in;                                                                              \
    Y *y = out;                                                                                    \
                                                                                                   \
    (void) p;                                                                                      \
    FOR_EACH (const X x = xs[i], Y, expression)                                                    \
  }
#define BINARY_KERNEL(name, A, B, Y, expression)                                                   \
  static void name (const LsElementParams *params, const void *in_a, size_t step_a,                \
                    const void *in_b, size_t step_b, void *out, size_t n)                          \
  {                                                                                                \
    const LsElementParams p = *params;                                                             \
    const A *as = in_a;                                                                            \
    const B *bs = in_b;                                                                            \
    Y *y = out;                                                                                    \
                                                                                                   \
    (void) p;                                                                                      \
    if (step_a != 0 && step_b != 0)                                                                \
      FOR_EACH (const A a = as[i]; const B b = bs[i], Y, expression)                               \
    else if (step_a != 0)                                                                          \
      {                                                                                            \
        const B b = *bs;                                                                           \
                                                                                                   \
        FOR_EACH (const A a = as[i], Y, expression)                                                \
      }                                                                                            \
    else                                                                                           \
      {                                                                                            \
        const A a = *as;                                                                           \
                                                                                                   \
        FOR_EACH (const B b = bs[i * step_b], Y, expression)                                       \
      }                                                                                            \
  }
#include "kernels/elements.def"
#undef UNARY_KERNEL
#undef BINARY_KERNEL

static void
select_1 (const uint8_t *condition, const void *in_a, const void *in_b, void *out, size_t n)
{
  const uint8_t *a = in_a, *b = in_b;
  uint8_t *y = out;

  FOR_EACH (, uint8_t, condition[i] ? a[i] : b[i])
}

static void
select_4 (const uint8_t *condition, const void *in_a, const void *in_b, void *out, size_t n)
{
  const uint32_t *a = in_a, *b = in_b;
  uint32_t *y = out;

  FOR_EACH (, uint32_t, condition[i] ? a[i] : b[i])
}

/* In partial sums, the way that vectors add up. */
static float
exps_f32 (const float *x, float *y, size_t n, float max, float beta)
{
  enum
  {
    LANES = 16
  };
  float sums[LANES] = { 0 }, sum = 0.0f;
  size_t at = 0;

  FOR_EACH (, float, ls_exp_f32 ((x[i] - max) * beta))
  for (; at + LANES <= n; at += LANES)
    for (size_t lane = 0; lane < LANES; lane++)
      sums[lane] += y[at + lane];
  for (; at < n; at++)
    sums[0] += y[at];
  for (size_t lane = 0; lane < LANES; lane++)
    sum += sums[lane];
  return sum;
}

#include "kernels/elements_look_up.h"

const LsElements ELEMENTS = {
#define UNARY_KERNEL(name, X, Y, expression) .name = name,
#define BINARY_KERNEL(name, A, B, Y, expression) .name = name,
#include "kernels/elements.def"
#undef UNARY_KERNEL
#undef BINARY_KERNEL
  .look_up = look_up,
  .float_from_half = float_from_half,
  .half_from_float = half_from_float,
  .select_1 = select_1,
  .select_4 = select_4,
  .exps_f32 = exps_f32,
};
