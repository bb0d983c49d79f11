/* The loops of unary.def over float64. */
#include "ops/unary.h"

/* Keeps NaN. */
static inline double
clamp_f64 (double x, double low, double high)
{
  x = x < low ? low : x;
  return x > high ? high : x;
}

static inline double
gelu_tanh_f64 (double x)
{
  return 0.5 * x * (1.0 + tanh (M_2_SQRTPI * M_SQRT1_2 * (x + 0.044715 * x * x * x)));
}

#define DEFINE_LOOP(name, expression)                                                              \
  bool name (const LsUnary *s, const void *in, void *out, size_t n)                                \
  {                                                                                                \
    const double *xs = in;                                                                         \
    double *ys = out;                                                                              \
                                                                                                   \
    (void) s;                                                                                      \
    LS_SIMD                                                                                        \
    for (size_t i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        double x = xs[i];                                                                          \
                                                                                                   \
        ys[i] = expression;                                                                        \
      }                                                                                            \
    return true;                                                                                   \
  }

#define UNARY(NAME, stem, version, cost, f64, plan, types) DEFINE_LOOP (ls_unary_##stem##_f64, f64)
#include "ops/unary.def"
#undef UNARY
