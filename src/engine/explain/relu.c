/*
 * RELU and its bounded kin, LEAKY_RELU and PRELU.
 *
 * Sources: tflite/kernels/activations.cc (QuantizedReluX, PreluPrepare),
 * internal/reference/reference_ops.h (ReluX), leaky_relu.h, prelu.h.
 */
#include "explain/explain.h"
#include "ops/elementwise.h"

#include <math.h>

static bool
is_float (const LsExplainer *e)
{
  return e->node->in[0]->type == LS_TYPE_FLOAT32;
}

static int32_t
rescale (LsExplainer *e, const char *real_formula, const char *x_id, int32_t x, double real)
{
  e->out->arithmetic = "Integers are rescaled in fixed point with two roundings.";
  ls_explain_f64 (e, "real_multiplier", "computed in floats", real_formula, real);
  return ls_explain_mbqm (e, "", "scaled", "RoundingDivideByPOT: in steps of the output", x_id, x,
                          ls_explain_multiplier (e, "", "real_multiplier", real));
}

/* ---- RELU -------------------------------------------------------------------------------------
 */

static int32_t
bound_of (const LsValue *y, float bound)
{
  const float q = roundf (bound / y->scale);
  const int32_t steps = q >= -0x1p31f && q < 0x1p31f ? (int32_t) q : INT32_MIN;

  return (int32_t) ((uint32_t) y->zero_point + (uint32_t) steps);
}

static LsStatus
explain_relu (LsExplainer *e, float min, float max, LsError *error)
{
  const LsValue *x = e->node->in[0], *y = e->node->out[0];
  const double real = ls_explain_real (x, 0, ls_explain_get (x, e->element));
  int32_t low, high;

  ls_explain_operand (e, "a", x, 0);
  e->out->float_value = fmin (fmax (real, (double) min), (double) max);
  if (is_float (e))
    {
      const float a = (float) ls_explain_read (e, "a", x, e->element);

      e->out->arithmetic = "Float.";
      ls_explain_f32 (e, "activation_min", "the least that is let through", NULL, min);
      ls_explain_f32 (e, "activation_max", "the largest", NULL, max);
      ls_explain_store_float (
        e, "a < activation_min ? activation_min : a > activation_max ? activation_max : a",
        a < min   ? min
        : a > max ? max
                  : a);
      return LS_OK;
    }
  if (!ls_stands_for_reals (x))
    return ls_explain_unsupported (e, error, "%s", ls_type_name (x->type));
  ls_integer_range (y->type, &low, &high);
  low = bound_of (y, min) > low ? bound_of (y, min) : low;
  if (!isinf (max))
    high = bound_of (y, max) < high ? bound_of (y, max) : high;

  const int32_t difference = ls_explain_difference (e);

  ls_explain_raise (e,
                    rescale (e, "(double) (input_scale / output_scale)", "difference", difference,
                             (double) (x->scale / y->scale)),
                    y->zero_point, low, high);
  return LS_OK;
}

LsStatus
ls_explain_relu (LsExplainer *e, LsError *error)
{
  return explain_relu (e, 0, INFINITY, error);
}

LsStatus
ls_explain_relu6 (LsExplainer *e, LsError *error)
{
  return explain_relu (e, 0, 6, error);
}

LsStatus
ls_explain_relu_0_to_1 (LsExplainer *e, LsError *error)
{
  return explain_relu (e, 0, 1, error);
}

LsStatus
ls_explain_relu_n1_to_1 (LsExplainer *e, LsError *error)
{
  return explain_relu (e, -1, 1, error);
}

/* ---- LEAKY_RELU, PRELU -------------------------------------------------------------------------
 */

static int32_t
leaky (LsExplainer *e, int32_t difference, float alpha)
{
  const float in = e->node->in[0]->scale, out = e->node->out[0]->scale;
  LsMultiplier m;

  e->out->arithmetic = "Integers are rescaled in fixed point with two roundings.";
  ls_explain_f32 (e, "alpha", "slope below 0", NULL, alpha);
  if (difference >= 0)
    return rescale (e, "(double) (input_scale / output_scale)", "difference", difference,
                    (double) (in / out));

  const double real
    = ls_explain_f64 (e, "real_multiplier", "below 0; computed in floats",
                      "(double) (input_scale * alpha / output_scale)", (double) (in * alpha / out));

  m = ls_quantize_multiplier (real);
  if (m.multiplier >= 0)
    return ls_explain_mbqm (e, "", "scaled", "RoundingDivideByPOT: in steps of the output",
                            "difference", difference,
                            ls_explain_multiplier (e, "", "real_multiplier", real));
  ls_explain_f64 (e, "size", "its magnitude: the sign comes last", "-real_multiplier", -real);

  const int32_t rescaled
    = ls_explain_mbqm (e, "", "rescaled", "RoundingDivideByPOT: in steps of the output",
                       "difference", difference, ls_explain_multiplier (e, "", "size", -real));

  return ls_explain_i32 (e, "scaled", "with the sign", "-rescaled", -rescaled);
}

LsStatus
ls_explain_leaky_relu (LsExplainer *e, LsError *error)
{
  const LsValue *x = e->node->in[0];
  const float alpha = (float) ls_attr_float (e->node->def, "alpha", 0.0);
  const double real = ls_explain_real (x, 0, ls_explain_get (x, e->element));

  ls_explain_operand (e, "a", x, 0);
  e->out->float_value = real > 0 ? real : real * (double) alpha;
  if (is_float (e))
    {
      const float a = (float) ls_explain_read (e, "a", x, e->element);

      e->out->arithmetic = "Float.";
      ls_explain_f32 (e, "alpha", "slope below 0", NULL, alpha);
      ls_explain_store_float (e, "a > 0 ? a : a * alpha", a > 0 ? a : a * alpha);
      return LS_OK;
    }
  if (!ls_stands_for_reals (x))
    return ls_explain_unsupported (e, error, "%s", ls_type_name (x->type));

  const int32_t difference = ls_explain_difference (e);

  ls_explain_raise_to_type (e, leaky (e, difference, alpha));
  return LS_OK;
}

static int32_t
quantized_prelu (LsExplainer *e, const LsValue *alpha, size_t at)
{
  const float in = e->node->in[0]->scale, out = e->node->out[0]->scale;
  const int32_t difference = ls_explain_difference (e);

  if (difference >= 0)
    return rescale (e, "(double) (input_scale / output_scale)", "difference", difference,
                    (double) (in / out));
  ls_explain_f32 (e, "alpha_scale", "scale of the slope", NULL, alpha->scale);
  ls_explain_i32 (e, "alpha_zero_point", "zero point of the slope", NULL, alpha->zero_point);

  const int32_t slope = (int32_t) ls_explain_read (e, "alpha", alpha, at);
  const int32_t product
    = ls_explain_i32 (e, "product", "below 0", "difference * (alpha - alpha_zero_point)",
                      (int32_t) ((uint32_t) difference * (uint32_t) (slope - alpha->zero_point)));

  return rescale (e, "(double) (input_scale * alpha_scale / output_scale)", "product", product,
                  (double) (in * alpha->scale / out));
}

LsStatus
ls_explain_prelu (LsExplainer *e, LsError *error)
{
  const LsValue *x = e->node->in[0], *alpha = e->node->in[1];
  const size_t at = ls_explain_broadcast (e, alpha);
  const double real = ls_explain_real (x, 0, ls_explain_get (x, e->element));

  ls_explain_operand (e, "a", x, 0);
  ls_explain_operand (e, "alpha", alpha, 0);
  e->out->float_value
    = real >= 0 ? real : real * ls_explain_real (alpha, 0, ls_explain_get (alpha, at));
  if (is_float (e))
    {
      const float a = (float) ls_explain_read (e, "a", x, e->element),
                  slope = (float) ls_explain_read (e, "alpha", alpha, at);

      e->out->arithmetic = "Float.";
      ls_explain_store_float (e, "a >= 0 ? a : a * alpha", a >= 0 ? a : a * slope);
      return LS_OK;
    }
  if (!ls_stands_for_reals (x))
    return ls_explain_unsupported (e, error, "%s", ls_type_name (x->type));
  return ls_explain_finish (e, quantized_prelu (e, alpha, at), error);
}
