/* ABS, NEG, SIGN and SQUARE of integers: plain ones by arithmetic that wraps, quantized ones by
 * table or rule. Sources: tflite/kernels/elementwise.cc, neg.cc, sign.cc. */
#include "ops/unary.h"

#define DEFINE_LOOP(name, Int, Unsigned, expression)                                               \
  static bool name (const LsUnary *s, const void *in, void *out, size_t n)                         \
  {                                                                                                \
    const Int *xs = in;                                                                            \
    Int *ys = out;                                                                                 \
                                                                                                   \
    (void) s;                                                                                      \
    LS_SIMD                                                                                        \
    for (size_t i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        Int x = xs[i];                                                                             \
        Unsigned u = (Unsigned) x;                                                                 \
                                                                                                   \
        (void) u;                                                                                  \
        ys[i] = (Int) (expression);                                                                \
      }                                                                                            \
    return true;                                                                                   \
  }

/* `x` is the element, `u` the same without sign in at least 32 bits. */
#define DEFINE_LOOPS(name, expression)                                                             \
  DEFINE_LOOP (name##_int8, int8_t, uint32_t, expression)                                          \
  DEFINE_LOOP (name##_int16, int16_t, uint32_t, expression)                                        \
  DEFINE_LOOP (name##_int32, int32_t, uint32_t, expression)                                        \
  DEFINE_LOOP (name##_int64, int64_t, uint64_t, expression)                                        \
  static LsStatus plan_##name (const LsNode *node, LsUnary *unary, LsError *error)                 \
  {                                                                                                \
    static const LsUnaryLoop loops[LS_N_TYPES] = {                                                 \
      [LS_TYPE_INT8] = name##_int8,                                                                \
      [LS_TYPE_INT16] = name##_int16,                                                              \
      [LS_TYPE_INT32] = name##_int32,                                                              \
      [LS_TYPE_INT64] = name##_int64,                                                              \
    };                                                                                             \
                                                                                                   \
    unary->loop = loops[node->in[0]->type];                                                        \
    return unary->loop != NULL ? LS_OK : ls_unary_unsupported (node, error);                       \
  }

DEFINE_LOOPS (abs, x < 0 ? 0 - u : u)
DEFINE_LOOPS (neg, 0 - u)
DEFINE_LOOPS (sign, (x > 0) - (x < 0))
DEFINE_LOOPS (square, u *u)

/* |x - zero point|, rescaled unless the scales are equal. */
static inline int32_t
abs_rule (const LsUnary *unary, int32_t x)
{
  int32_t value = x - unary->params.zero_a;

  value = value < 0 ? -value : value;
  if (unary->in_scale != unary->out_scale)
    value = ls_rescale (value, unary->params.y);
  return ls_clamp_i32 (value + unary->params.zero_y, unary->params.low, unary->params.high);
}

static bool
abs_quantized_int16 (const LsUnary *unary, const void *in, void *out, size_t n)
{
  const int16_t *x = in;
  int16_t *y = out;

  LS_SIMD
  for (size_t i = 0; i < n; i++)
    y[i] = (int16_t) abs_rule (unary, x[i]);
  return true;
}

LsStatus
ls_plan_abs (LsNode *node, LsUnary *unary, LsError *error)
{
  LsType type = node->in[0]->type;

  if (!ls_is_quantized (node->in[0])
      || (type != LS_TYPE_INT8 && type != LS_TYPE_UINT8 && type != LS_TYPE_INT16))
    return plan_abs (node, unary, error);
  LS_TRY (ls_unary_scales (node, unary, error));
  unary->params.y
    = ls_rescale_from (ls_quantize_multiplier ((double) (unary->in_scale / unary->out_scale)));
  if (type == LS_TYPE_INT16)
    {
      LS_TRY (ls_unary_symmetric (node, error));
      unary->loop = abs_quantized_int16;
      unary->cost = LS_COST_RESCALE;
    }
  else
    ls_unary_tabulate (node, unary, abs_rule);
  return LS_OK;
}

/* The stored number is negated, whatever its quantization. */
LsStatus
ls_plan_neg (LsNode *node, LsUnary *unary, LsError *error)
{
  return plan_neg (node, unary, error);
}

static float
sign_real (float x, const void *params)
{
  return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f;
}

/* A scale does not change the sign of an int32 that has no zero point: sign.cc looks at neither. */
LsStatus
ls_plan_sign (LsNode *node, LsUnary *unary, LsError *error)
{
  if (ls_is_quantized (node->in[0]) && node->in[0]->type != LS_TYPE_INT32)
    return ls_unary_plan_real (node, unary, sign_real, NULL, error);
  return plan_sign (node, unary, error);
}

static float
square_real (float x, const void *params)
{
  return x * x;
}

LsStatus
ls_plan_square (LsNode *node, LsUnary *unary, LsError *error)
{
  if (ls_is_quantized (node->in[0]))
    return ls_unary_plan_real (node, unary, square_real, NULL, error);
  return plan_square (node, unary, error);
}
