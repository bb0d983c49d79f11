/* The loops of unary.def over floats. */
#include "ops/real_math.h"
#include "ops/unary.h"

/* Keeps NaN. */
static inline float
clamp_f32 (float x, float low, float high)
{
  x = x < low ? low : x;
  return x > high ? high : x;
}

static inline double
clamp_f64 (double x, double low, double high)
{
  x = x < low ? low : x;
  return x > high ? high : x;
}

static inline float
gelu_tanh (float x)
{
  return 0.5f * x * (1.0f + ls_tanh_f32 (0.7978845608f * (x + 0.044715f * x * x * x)));
}

static inline float
gelu_erf (float x)
{
  return 0.5f * x * ls_erfc_f32 (x * -0.70710678f);
}

static inline double
gelu_tanh_f64 (double x)
{
  return 0.5 * x * (1.0 + tanh (M_2_SQRTPI * M_SQRT1_2 * (x + 0.044715 * x * x * x)));
}

#define DEFINE_LOOP(name, Real, expression)                                                        \
  bool name (const LsUnary *s, const void *in, void *out, size_t n)                                \
  {                                                                                                \
    const Real *xs = in;                                                                           \
    Real *ys = out;                                                                                \
                                                                                                   \
    (void) s;                                                                                      \
    LS_SIMD                                                                                        \
    for (size_t i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        Real x = xs[i];                                                                            \
                                                                                                   \
        ys[i] = expression;                                                                        \
      }                                                                                            \
    return true;                                                                                   \
  }

#define UNARY(NAME, stem, version, cost, f32, f64, plan, types)                                    \
  DEFINE_LOOP (ls_unary_##stem##_f32, float, f32)                                                  \
  DEFINE_LOOP (ls_unary_##stem##_f64, double, f64)
#include "ops/unary.def"
#undef UNARY
