/*
 * ABS, SQRT and RSQRT.
 *
 * Sources: tflite/kernels/elementwise.cc, internal/quantization_util.cc
 * (GetInvSqrtQuantizedMultiplierExp).
 */
#include "explain/curve.h"
#include "ops/elementwise.h"
#include "ops/fixed_math.h"

#include <math.h>

/* A float input, or the refusal of a type without arithmetic; true when that was all. */
static bool
is_simple (LsExplainer *e, const char *formula, float (*f) (float), LsStatus *status,
           LsError *error)
{
  const LsValue *x = e->node->in[0];

  ls_explain_operand (e, "a", x, 0);
  *status = LS_OK;
  if (ls_stands_for_reals (x))
    return false;
  if (x->type != LS_TYPE_FLOAT32)
    {
      *status = ls_explain_unsupported (e, error, "%s without a scale", ls_type_name (x->type));
      return true;
    }
  e->out->arithmetic = "Float.";
  ls_explain_store_float (e, formula, f ((float) ls_explain_read (e, "a", x, e->element)));
  return true;
}

static double
real_input (const LsExplainer *e)
{
  const LsValue *x = e->node->in[0];

  return ls_explain_real (x, 0, ls_explain_get (x, e->element));
}

LsStatus
ls_explain_abs (LsExplainer *e, LsError *error)
{
  const LsValue *x = e->node->in[0], *y = e->node->out[0];
  LsStatus status;

  e->out->float_value = fabs (real_input (e));
  if (is_simple (e, "fabsf (a)", fabsf, &status, error))
    return status;
  e->out->arithmetic = "The magnitude, rescaled in fixed point when the scales differ.";

  const int32_t difference = ls_explain_difference (e);
  const int32_t size
    = ls_explain_i32 (e, "size", "the magnitude", "difference < 0 ? -difference : difference",
                      difference < 0 ? -difference : difference);

  if (x->scale == y->scale)
    {
      ls_explain_raise_to_type (e,
                                ls_explain_i32 (e, "scaled", "the scales are equal", "size", size));
      return LS_OK;
    }

  const double real
    = ls_explain_f64 (e, "real_multiplier", "computed in floats",
                      "(double) (input_scale / output_scale)", (double) (x->scale / y->scale));

  ls_explain_raise_to_type (
    e, ls_explain_mbqm (e, "", "scaled", "RoundingDivideByPOT: in steps of the output", "size",
                        size, ls_explain_multiplier (e, "", "real_multiplier", real)));
  return LS_OK;
}

static int32_t
int_from_float (float x)
{
  return x >= -0x1p31f && x < 0x1p31f ? (int32_t) x : INT32_MIN;
}

LsStatus
ls_explain_sqrt (LsExplainer *e, LsError *error)
{
  const LsValue *x = e->node->in[0], *y = e->node->out[0];
  LsStatus status;

  e->out->float_value = sqrt (real_input (e));
  if (is_simple (e, "sqrtf (a)", sqrtf, &status, error))
    return status;
  e->out->arithmetic = "The root in floats, cut off towards zero.";

  const int32_t difference = ls_explain_difference (e);
  const float real
    = ls_explain_f32 (e, "real", "what it stands for", "input_scale * (float) difference",
                      x->scale * (float) difference);

  ls_explain_raise_to_type (e, ls_explain_i32 (e, "scaled", "in steps of the output, cut off",
                                               "from_float (sqrtf (real) / output_scale)",
                                               int_from_float (sqrtf (real) / y->scale)));
  return LS_OK;
}

static float
rsqrt_f (float x)
{
  return 1.0f / sqrtf (x);
}

static float
rsqrt_limited (float x, float limit)
{
  return x <= 0 ? limit : 1.0f / sqrtf (x);
}

static double
rsqrt_d (double x)
{
  return 1 / sqrt (x);
}

static void
rsqrt_8_bits (LsExplainer *e)
{
  const LsValue *x = e->node->in[0], *y = e->node->out[0];
  const int32_t difference = ls_explain_difference (e);
  int32_t low, high;

  e->out->arithmetic = "8 bits: the inverse root in fixed point, with 20 bits behind the point.";
  ls_integer_range (y->type, &low, &high);
  if (difference <= 0)
    {
      ls_explain_i32 (e, "largest", "of the output's type: at 0", NULL, high);
      ls_explain_store_plain (e, "largest", high);
      return;
    }

  LsMultiplier root = ls_fixed_inv_sqrt (difference);

  ls_explain_i32 (e, "root_multiplier", "1 / sqrt: 31 bits", "inv_sqrt_multiplier (difference)",
                  root.multiplier);
  root.shift = ls_explain_i32 (e, "root_shift", "its power of two, and 20 bits",
                               "inv_sqrt_shift (difference) + 20", root.shift + 20);
  ls_explain_i32 (e, "one", "", "1", 1);

  const int32_t fine
    = ls_explain_mbqm (e, "root_", "fine", "with 20 bits behind the point", "one", 1, root);
  const double real = ls_explain_f64 (e, "real_multiplier", "to the output's scale",
                                      "1.0 / (double) (sqrtf (input_scale) * output_scale)",
                                      1.0 / (double) (sqrtf (x->scale) * y->scale));
  LsMultiplier m = ls_explain_multiplier (e, "exact_", "real_multiplier", real);

  ls_explain_i32 (e, "multiplier", "the same", "exact_multiplier", m.multiplier);
  m.shift = ls_explain_i32 (e, "shift", "without the 20 bits", "exact_shift - 20", m.shift - 20);
  ls_explain_raise_to_type (
    e, ls_explain_mbqm (e, "", "scaled", "in steps of the output", "fine", fine, m));
}

LsStatus
ls_explain_rsqrt (LsExplainer *e, LsError *error)
{
  static const LsExplainCurve curve
    = { "real <= 0 ? limit : 1.0f / sqrtf (real)", rsqrt_limited, rsqrt_d };
  const LsValue *x = e->node->in[0], *y = e->node->out[0];
  LsStatus status;

  if (x->type == LS_TYPE_INT16 && ls_stands_for_reals (x))
    return ls_explain_curve (e, &curve, (float) INT16_MAX * y->scale, error);
  e->out->float_value = rsqrt_d (real_input (e));
  if (is_simple (e, "1.0f / sqrtf (a)", rsqrt_f, &status, error))
    return status;
  rsqrt_8_bits (e);
  return LS_OK;
}
