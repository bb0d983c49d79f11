/* RELU and its bounded kin, and LEAKY_RELU, of quantized numbers. Sources:
 * tflite/kernels/activations.cc (QuantizedReluX), internal/reference/reference_ops.h (ReluX),
 * internal/reference/leaky_relu.h. */
#include "ops/unary.h"

/* A bound in the output's steps. */
static int32_t
quantize_bound (const LsUnary *unary, float bound)
{
  return (int32_t) ((uint32_t) unary->params.zero_y
                    + (uint32_t) ls_int_from_float (roundf (bound / unary->out_scale)));
}

/* @max: INFINITY for none. */
static LsStatus
plan (LsNode *node, LsUnary *unary, float min, float max, LsError *error)
{
  LS_TRY (ls_unary_scales (node, unary, error));
  unary->params.y
    = ls_rescale_from (ls_quantize_multiplier ((double) (unary->in_scale / unary->out_scale)));

  int32_t low = quantize_bound (unary, min);

  unary->params.low = low > unary->params.low ? low : unary->params.low;
  if (!isinf (max))
    {
      int32_t high = quantize_bound (unary, max);

      unary->params.high = high < unary->params.high ? high : unary->params.high;
    }
  return ls_unary_use_kernel (node, unary, ls_elements ()->rescale_int16, error);
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
    = ls_quantize_multiplier ((double) (unary->in_scale * unary->params.alpha / unary->out_scale));

  unary->params.y = ls_rescale_from (ls_quantize_multiplier ((double) identity));
  unary->params.sign = alpha.multiplier < 0 ? -1 : 1;
  if (alpha.multiplier < 0)
    alpha.multiplier = (int32_t) (0 - (uint32_t) alpha.multiplier);
  unary->params.a = ls_rescale_from (alpha);
  return ls_unary_use_kernel (node, unary, ls_elements ()->leaky_relu_int16, error);
}
