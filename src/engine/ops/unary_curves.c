/* Real functions of quantized numbers: EXP, LOG, SQRT, RSQRT, ELU, GELU. Sources:
 * tflite/kernels/elementwise.cc, exp.cc, activations.cc, internal/reference/gelu.h. */
#include "ops/fixed_math.h"
#include "ops/unary.h"

static float
exp_real (float x, const void *params)
{
  return expf (x);
}

/* In 8 bits EXP saturates where other functions wrap; @params: a value beyond the output type. */
static float
exp_saturating (float x, const void *params)
{
  const float *beyond = params;
  float y = expf (x);

  return y > *beyond ? *beyond : y;
}

static float
elu_real (float x, const void *params)
{
  return x < 0.0f ? expm1f (x) : x;
}

static float
gelu_real (float x, const void *params)
{
  return 0.5f * x * erfcf (x * (float) -M_SQRT1_2);
}

static float
gelu_tanh_real (float x, const void *params)
{
  const float root = (float) (M_2_SQRTPI * M_SQRT1_2);

  return 0.5f * x * (1.0f + tanhf (root * (x + 0.044715f * x * x * x)));
}

/* Below its domain LOG gives the least number of the output type. */
static float
log_real (float x, const void *params)
{
  const float *least = params;

  return x <= 0.0f ? *least : logf (x);
}

/* At 0 RSQRT gives the largest number of the output type. */
static float
rsqrt_real (float x, const void *params)
{
  const float *largest = params;

  return x <= 0.0f ? *largest : 1.0f / sqrtf (x);
}

LsStatus
ls_plan_exp (LsNode *node, LsUnary *unary, LsError *error)
{
  const float beyond = 1e6f * node->out[0]->scale;

  if (node->in[0]->type != LS_TYPE_INT16)
    return ls_unary_plan_real (node, unary, exp_saturating, &beyond, error);
  LS_TRY (ls_unary_symmetric (node, error));
  return ls_unary_plan_real (node, unary, exp_real, NULL, error);
}

LsStatus
ls_plan_log (LsNode *node, LsUnary *unary, LsError *error)
{
  LS_TRY (ls_unary_scales (node, unary, error));
  if (node->in[0]->type == LS_TYPE_INT16)
    LS_TRY (ls_unary_symmetric (node, error));

  float least = (float) (unary->params.low - unary->params.zero_y) * unary->out_scale;

  return ls_unary_plan_real (node, unary, log_real, &least, error);
}

LsStatus
ls_plan_elu (LsNode *node, LsUnary *unary, LsError *error)
{
  return ls_unary_plan_real (node, unary, elu_real, NULL, error);
}

LsStatus
ls_plan_gelu (LsNode *node, LsUnary *unary, LsError *error)
{
  return ls_unary_plan_real (node, unary, unary->is_approximate ? gelu_tanh_real : gelu_real, NULL,
                             error);
}

/* In 8 bits 1 / sqrt is computed in fixed point, with 20 bits behind the point. */
static int32_t
rsqrt_rule (const LsUnary *unary, int32_t x)
{
  const int extra_bits = 20;
  int32_t value = x - unary->params.zero_a;

  if (value <= 0)
    return unary->params.high;

  LsMultiplier root = ls_fixed_inv_sqrt (value), out = unary->plain;

  root.shift += extra_bits;
  out.shift -= extra_bits;
  return ls_clamp_i32 (ls_mbqm (ls_mbqm (1, root), out) + unary->params.zero_y, unary->params.low,
                       unary->params.high);
}

/* Rounds towards zero, as the reference does. */
static inline int32_t
sqrt_rule (const LsUnary *unary, int32_t x)
{
  float real = unary->in_scale * (float) (x - unary->params.zero_a);
  int32_t result = ls_int_from_float (sqrtf (real) / unary->out_scale);

  return ls_clamp_i32 ((int32_t) ((uint32_t) result + (uint32_t) unary->params.zero_y),
                       unary->params.low, unary->params.high);
}

static bool
run_sqrt_int16 (const LsUnary *unary, const void *in, void *out, size_t n)
{
  const int16_t *x = in;
  int16_t *y = out;

  for (size_t i = 0; i < n; i++)
    {
      if (x[i] < 0)
        return false;
      y[i] = (int16_t) sqrt_rule (unary, x[i]);
    }
  return true;
}

/* Everything below the input's zero point is outside the domain of a root. */
static void
forbid_negatives (const LsNode *node, LsUnary *unary)
{
  int32_t low, high;

  ls_integer_range (node->in[0]->type, &low, &high);
  for (int32_t x = low; x <= high && x < unary->params.zero_a; x++)
    unary->is_outside[(uint8_t) x] = true;
  unary->complaint = "the root of a negative number is asked for";
}

LsStatus
ls_plan_sqrt (LsNode *node, LsUnary *unary, LsError *error)
{
  LS_TRY (ls_unary_scales (node, unary, error));
  unary->complaint = "the root of a negative number is asked for";
  if (node->in[0]->type == LS_TYPE_INT16)
    {
      unary->loop = run_sqrt_int16;
      unary->cost = LS_COST_RESCALE;
      return ls_unary_symmetric (node, error);
    }
  if (node->in[0]->type != LS_TYPE_INT8 && node->in[0]->type != LS_TYPE_UINT8)
    return ls_unary_unsupported (node, error);
  forbid_negatives (node, unary);
  ls_unary_tabulate (node, unary, sqrt_rule);
  return LS_OK;
}

LsStatus
ls_plan_rsqrt (LsNode *node, LsUnary *unary, LsError *error)
{
  LS_TRY (ls_unary_scales (node, unary, error));
  unary->complaint = "the root of a negative number is asked for";
  if (node->in[0]->type == LS_TYPE_INT16)
    {
      float largest = (float) INT16_MAX * unary->out_scale;

      LS_TRY (ls_unary_symmetric (node, error));
      return ls_unary_plan_real (node, unary, rsqrt_real, &largest, error);
    }
  if (node->in[0]->type != LS_TYPE_INT8 && node->in[0]->type != LS_TYPE_UINT8)
    return ls_unary_unsupported (node, error);
  unary->plain
    = ls_quantize_multiplier (1.0 / (double) (sqrtf (unary->in_scale) * unary->out_scale));
  forbid_negatives (node, unary);
  ls_unary_tabulate (node, unary, rsqrt_rule);
  return LS_OK;
}
