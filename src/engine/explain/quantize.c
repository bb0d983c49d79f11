/*
 * QUANTIZE (floats to integers, integers to integers of another scale) and DEQUANTIZE.
 *
 * Sources: tflite/kernels/internal/reference/quantize.h, requantize.h, dequantize.h.
 */
#include "explain/explain.h"
#include "ops/elementwise.h"

#include <math.h>

/* The channel of an element of a value, along the axis of its scales. */
static size_t
channel_of (const LsValue *value, size_t index)
{
  const LsQuantization *quant = value->quant;
  size_t inner = 1;

  if (quant == NULL || quant->n_scales < 2)
    return 0;
  for (int i = quant->axis + 1; i < value->rank; i++)
    inner *= (size_t) value->dims[i];
  return index / inner % quant->n_scales;
}

static int32_t
zero_of (const LsValue *value, size_t channel)
{
  const LsQuantization *quant = value->quant;

  if (quant == NULL || quant->n_zero_points == 0)
    return 0;
  return (int32_t) quant->zero_points[quant->n_zero_points > 1 ? channel : 0];
}

static int32_t
round_to_int32 (double x)
{
  x = round (x);
  return x > -2147483649.0 && x < 2147483648.0 ? (int32_t) x : INT32_MIN;
}

static LsStatus
from_float (LsExplainer *e)
{
  const LsValue *y = e->node->out[0];
  const size_t channel = channel_of (y, e->element);
  const float scale = ls_explain_scale (y, channel);
  int32_t low, high;

  e->channel = channel;
  e->out->arithmetic = "A float is divided by the scale and rounded half away from zero.";
  ls_explain_f32 (e, "output_scale", "scale of the output, of this channel", NULL, scale);

  const float x = (float) ls_explain_read (e, "a", e->node->in[0], e->element);
  const float steps
    = ls_explain_f32 (e, "steps", "in steps of the output", "a / output_scale", x / scale);

  ls_integer_range (y->type, &low, &high);
  ls_explain_raise (e,
                    ls_explain_i32 (e, "scaled", "rounded", "round_to_int32 ((double) steps)",
                                    round_to_int32 ((double) steps)),
                    zero_of (y, channel), low, high);
  return LS_OK;
}

LsStatus
ls_explain_quantize (LsExplainer *e, LsError *error)
{
  const LsValue *x = e->node->in[0], *y = e->node->out[0];

  (void) error;
  ls_explain_operand (e, "a", x, 0);
  e->out->float_value = ls_explain_real (x, 0, ls_explain_get (x, e->element));
  if (x->type == LS_TYPE_FLOAT32)
    return from_float (e);
  e->out->arithmetic = "Integers are rescaled in fixed point with two roundings.";

  const int32_t less = ls_explain_difference (e);
  const double real
    = ls_explain_f64 (e, "real_multiplier", "the two scales", "(double) input_scale / output_scale",
                      (double) x->scale / (double) y->scale);

  ls_explain_raise_to_type (
    e,
    ls_explain_mbqm (e, "", "scaled", "RoundingDivideByPOT: in steps of the output", "difference",
                     less, ls_explain_multiplier (e, "", "real_multiplier", real)));
  return LS_OK;
}

LsStatus
ls_explain_dequantize (LsExplainer *e, LsError *error)
{
  const LsValue *x = e->node->in[0];
  const size_t channel = channel_of (x, e->element);
  const double a = ls_explain_get (x, e->element);

  (void) error;
  ls_explain_operand (e, "a", x, channel);
  e->out->float_value = ls_explain_real (x, channel, a);
  if (ls_type_is_float (x->type))
    {
      e->out->arithmetic = "A float of 16 bits is widened.";
      ls_explain_f32 (e, "a", "element of the input", NULL, (float) a);
      ls_explain_store_float (e, "a", (float) a);
      return LS_OK;
    }

  const float scale = ls_explain_f32 (e, "input_scale", "scale of the input, of this channel", NULL,
                                      ls_explain_scale (x, channel));
  const int32_t zero
    = ls_explain_i32 (e, "input_zero_point", "zero point of the input", NULL, zero_of (x, channel));

  e->out->arithmetic = "The difference from the zero point times the scale.";
  ls_explain_read (e, "a", x, e->element);
  if (x->type == LS_TYPE_INT32)
    ls_explain_store_float (e, "(float) ((double) input_scale * ((int64_t) a - input_zero_point))",
                            (float) ((double) scale * (a - zero)));
  else
    ls_explain_store_float (e, "input_scale * (float) (a - input_zero_point)",
                            scale * (float) ((int32_t) a - zero));
  return LS_OK;
}
