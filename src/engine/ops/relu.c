/* RELU and its bounded kin, and LEAKY_RELU, of quantized numbers. Sources:
 * tflite/kernels/activations.cc (QuantizedReluX), internal/reference/reference_ops.h (ReluX),
 * internal/reference/leaky_relu.h. */
#include "ops/unary.h"

static inline int32_t
relu_rule (const LsUnary *unary, int32_t x)
{
  int32_t y = unary->out_zero + ls_rescale (x - unary->in_zero, unary->rescale);

  y = y < unary->low ? unary->low : y;
  return y > unary->high ? unary->high : y;
}

static inline int32_t
leaky_rule (const LsUnary *unary, int32_t x)
{
  int32_t value = x - unary->in_zero, down = ls_rescale (value, unary->negative_rescale);
  int32_t y
    = value >= 0 ? ls_rescale (value, unary->rescale) : (unary->flips_negative ? -down : down);

  return ls_clamp_i32 (y + unary->out_zero, unary->low, unary->high);
}

#define DEFINE_INT16(name, rule)                                                                   \
  static bool name (const LsUnary *unary, const void *in, void *out, size_t n)                     \
  {                                                                                                \
    const LsUnary s = *unary;                                                                      \
    const int16_t *x = in;                                                                         \
    int16_t *y = out;                                                                              \
                                                                                                   \
    LS_SIMD                                                                                        \
    for (size_t i = 0; i < n; i++)                                                                 \
      y[i] = (int16_t) rule (&s, x[i]);                                                            \
    return true;                                                                                   \
  }

DEFINE_INT16 (run_relu_int16, relu_rule)
DEFINE_INT16 (run_leaky_int16, leaky_rule)

static LsStatus
choose (LsNode *node, LsUnary *unary, int32_t (*rule) (const LsUnary *unary, int32_t x),
        LsUnaryLoop int16_loop, LsError *error)
{
  switch ((int) node->in[0]->type)
    {
    case LS_TYPE_INT8:
    case LS_TYPE_UINT8:
      ls_unary_tabulate (node, unary, rule);
      return LS_OK;
    case LS_TYPE_INT16:
      unary->loop = int16_loop;
      unary->cost = LS_COST_RESCALE;
      return ls_unary_symmetric (node, error);
    default:
      return ls_unary_unsupported (node, error);
    }
}

/* A bound in the output's steps. */
static int32_t
quantize_bound (const LsUnary *unary, float bound)
{
  return (int32_t) ((uint32_t) unary->out_zero
                    + (uint32_t) ls_int_from_float (roundf (bound / unary->out_scale)));
}

/* @max: INFINITY for none. */
static LsStatus
plan (LsNode *node, LsUnary *unary, float min, float max, LsError *error)
{
  LS_TRY (ls_unary_scales (node, unary, error));
  unary->rescale
    = ls_rescale_from (ls_quantize_multiplier ((double) (unary->in_scale / unary->out_scale)));

  int32_t low = quantize_bound (unary, min);

  unary->low = low > unary->low ? low : unary->low;
  if (!isinf (max))
    {
      int32_t high = quantize_bound (unary, max);

      unary->high = high < unary->high ? high : unary->high;
    }
  return choose (node, unary, relu_rule, run_relu_int16, error);
}

LsStatus
ls_plan_relu (LsNode *node, LsUnary *unary, LsError *error)
{
  return plan (node, unary, 0.0f, INFINITY, error);
}

LsStatus
ls_plan_relu6 (LsNode *node, LsUnary *unary, LsError *error)
{
  return plan (node, unary, 0.0f, 6.0f, error);
}

LsStatus
ls_plan_relu_0_to_1 (LsNode *node, LsUnary *unary, LsError *error)
{
  return plan (node, unary, 0.0f, 1.0f, error);
}

LsStatus
ls_plan_relu_n1_to_1 (LsNode *node, LsUnary *unary, LsError *error)
{
  return plan (node, unary, -1.0f, 1.0f, error);
}

LsStatus
ls_plan_leaky_relu (LsNode *node, LsUnary *unary, LsError *error)
{
  LS_TRY (ls_unary_scales (node, unary, error));

  float identity = unary->in_scale / unary->out_scale;
  LsMultiplier alpha
    = ls_quantize_multiplier ((double) (unary->in_scale * unary->alpha / unary->out_scale));

  unary->rescale = ls_rescale_from (ls_quantize_multiplier ((double) identity));
  unary->flips_negative = alpha.multiplier < 0;
  if (unary->flips_negative)
    alpha.multiplier = (int32_t) (0 - (uint32_t) alpha.multiplier);
  unary->negative_rescale = ls_rescale_from (alpha);
  return choose (node, unary, leaky_rule, run_leaky_int16, error);
}
