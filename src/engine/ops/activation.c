#include "ops/activation.h"

#include <float.h>
#include <math.h>

#include "kernels/elements.h"

LsStatus
ls_node_activation (const LsNode *node, LsActivation *out, LsError *error)
{
  int64_t value = ls_attr_int (node->def, "fused_activation_function", LS_ACTIVATION_NONE);

  if (value < LS_ACTIVATION_NONE || value > LS_ACTIVATION_SIGN_BIT)
    return ls_node_invalid (node, error, "fused activation %lld is unknown", (long long) value);
  *out = (LsActivation) value;
  return LS_OK;
}

/* What RELU6 and the like clamp to; infinite where they do not. */
static const struct
{
  float min, max;
} bounds[] = {
  [LS_ACTIVATION_NONE] = { -INFINITY, INFINITY },
  [LS_ACTIVATION_RELU] = { 0.0f, INFINITY },
  [LS_ACTIVATION_RELU_N1_TO_1] = { -1.0f, 1.0f },
  [LS_ACTIVATION_RELU6] = { 0.0f, 6.0f },
  [LS_ACTIVATION_TANH] = { -INFINITY, INFINITY },
  [LS_ACTIVATION_SIGN_BIT] = { -INFINITY, INFINITY },
};

LsFloatRange
ls_activation_float_range (LsActivation activation)
{
  LsFloatRange range = { bounds[activation].min, bounds[activation].max };

  if (isinf (range.min))
    range.min = -FLT_MAX;
  if (isinf (range.max))
    range.max = FLT_MAX;
  return range;
}

static bool
type_range (LsType type, LsIntRange *range)
{
  if (type == LS_TYPE_UINT8)
    *range = (LsIntRange){ 0, UINT8_MAX };
  else if (type == LS_TYPE_INT8)
    *range = (LsIntRange){ INT8_MIN, INT8_MAX };
  else if (type == LS_TYPE_INT16)
    *range = (LsIntRange){ INT16_MIN, INT16_MAX };
  else
    return false;
  return true;
}

/* zero point + round (@bound / scale) in float, as the reference has it; *out is left alone when
 * there is no bound. False: it does not fit an int32. */
static bool
quantize_bound (float bound, const LsValue *value, int64_t *out)
{
  if (isinf (bound))
    return true;

  float q = roundf (bound / value->scale);

  if (!(q >= -2147483648.0f && q < 2147483648.0f))
    return false;
  *out = (int64_t) value->zero_point + (int64_t) q;
  return true;
}

LsStatus
ls_activation_int_range (const LsNode *node, const LsValue *out, LsActivation activation,
                         LsIntRange *range, LsError *error)
{
  int64_t low = INT64_MIN, high = INT64_MAX;

  if (!type_range (out->type, range))
    return ls_node_unsupported (node, error, "a fused activation of %s output",
                                ls_type_name (out->type));
  if (!quantize_bound (bounds[activation].min, out, &low)
      || !quantize_bound (bounds[activation].max, out, &high))
    return ls_node_invalid (node, error, "the output's scale %g is too small for its activation",
                            (double) out->scale);
  if (high < range->max)
    range->max = (int32_t) (high < INT32_MIN ? INT32_MIN : high);
  if (low > range->min)
    range->min = (int32_t) (low > INT32_MAX ? INT32_MAX : low);
  /* The reference raises first and lowers then: bounds that cross leave the upper one. */
  if (range->min > range->max)
    range->min = range->max;
  return LS_OK;
}

float
ls_activate (LsActivation activation, float x)
{
  if (activation == LS_ACTIVATION_TANH)
    return tanhf (x);
  if (activation == LS_ACTIVATION_SIGN_BIT)
    return signbit (x) ? 1.0f : 0.0f;

  /* Upper bound first, and the bound when they do not compare: so NaN becomes the lower one. */
  if (!isinf (bounds[activation].max) && bounds[activation].max < x)
    x = bounds[activation].max;
  if (!isinf (bounds[activation].min) && !(bounds[activation].min < x))
    x = bounds[activation].min;
  return x;
}

void
ls_activate_row (LsActivation activation, float *y, size_t n)
{
  const LsElementParams params = { .min = bounds[activation].min, .max = bounds[activation].max };

  if (activation == LS_ACTIVATION_TANH || activation == LS_ACTIVATION_SIGN_BIT
      || isinf (params.min))
    for (size_t i = 0; i < n; i++)
      y[i] = ls_activate (activation, y[i]);
  else
    ls_elements ()->bound_f32 (&params, y, y, n);
}
