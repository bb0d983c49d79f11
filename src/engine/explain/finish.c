/*
 * What families share: multipliers in fixed point, clamps, and the stored result.
 *
 * Sources: tflite/kernels/internal/common.cc (MultiplyByQuantizedMultiplier), quantization_util.cc
 * (QuantizeMultiplier), kernel_util.cc (CalculateActivationRangeQuantized).
 */
#include "explain/explain.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "ops/elementwise.h"

LsStatus
ls_explain_unsupported (const LsExplainer *e, LsError *error, const char *format, ...)
{
  char message[sizeof error->message];
  va_list args;

  va_start (args, format);
  vsnprintf (message, sizeof message, format, args);
  va_end (args);
  return ls_fail (error, LS_E_UNSUPPORTED, -1, "%s cannot be explained with %s",
                  ls_op_kind_text (e->node->def), message);
}

LsMultiplier
ls_explain_multiplier (LsExplainer *e, const char *prefix, const char *real_id, double real)
{
  const LsMultiplier m = ls_quantize_multiplier (real);

  ls_explain_i32 (e, ls_explain_text (e, "%smultiplier", prefix),
                  "the multiplier's 31 bits: between 2^30 and 2^31",
                  ls_explain_text (e, "multiplier_of (%s)", real_id), m.multiplier);
  ls_explain_i32 (e, ls_explain_text (e, "%sshift", prefix),
                  "its power of two: to the left when positive",
                  ls_explain_text (e, "shift_of (%s)", real_id), m.shift);
  return m;
}

static int32_t
mbqm (LsExplainer *e, const char *prefix, const char *id, const char *label, const char *x_id,
      int32_t x, LsMultiplier m, int left, int right)
{
  const char *from = x_id;

  if (left > 0)
    {
      from = ls_explain_text (e, "%sshifted", prefix);
      x = ls_explain_i32 (e, from, "to the left first", ls_explain_text (e, "%s << %d", x_id, left),
                          (int32_t) ((uint32_t) x << left));
    }

  const int32_t high = ls_explain_i32 (
    e, ls_explain_text (e, "%shigh", prefix),
    "SaturatingRoundingDoublingHighMul: (a × b + 2^30) / 2^31",
    ls_explain_text (e, "srdhm (%s, %smultiplier)", from, prefix), ls_srdhm (x, m.multiplier));

  return ls_explain_i32 (e, id, label, ls_explain_text (e, "rdbpot (%shigh, %d)", prefix, right),
                         ls_rdbpot (high, right));
}

int32_t
ls_explain_mbqm (LsExplainer *e, const char *prefix, const char *id, const char *label,
                 const char *x_id, int32_t x, LsMultiplier m)
{
  return mbqm (e, prefix, id, label, x_id, x, m, m.shift > 0 ? m.shift & 31 : 0,
               m.shift > 0 ? 0 : -m.shift);
}

int32_t
ls_explain_mbqm_below_one (LsExplainer *e, const char *prefix, const char *id, const char *label,
                           const char *x_id, int32_t x, LsMultiplier m)
{
  return mbqm (e, prefix, id, label, x_id, x, m, 0, -m.shift);
}

void
ls_explain_store_plain (LsExplainer *e, const char *formula, int64_t value)
{
  LsExplanation *out = e->out;
  const bool is_wide = value != (int32_t) value;

  if (is_wide)
    ls_explain_i64 (e, "output", "the stored integer", formula, value);
  else
    ls_explain_i32 (e, "output", "the stored integer", formula, (int32_t) value);
  if (out->n_steps > 0)
    out->steps[out->n_steps - 1].kind = LS_EXPLAIN_RESULT;
  out->is_integer = true;
  out->stored = value;
  out->value = ls_explain_real (e->node->out[0], e->channel, (double) value);
}

void
ls_explain_store (LsExplainer *e, int32_t raised, int32_t low, int32_t high)
{
  ls_explain_i32 (e, "activation_min", "the least that is stored", NULL, low);
  ls_explain_i32 (e, "activation_max", "the largest that is stored", NULL, high);
  e->out->is_saturated = raised < low || raised > high;
  ls_explain_store_plain (e, "clamp (raised, activation_min, activation_max)",
                          ls_clamp_i32 (raised, low, high));
}

int32_t
ls_explain_difference (LsExplainer *e)
{
  const LsValue *x = e->node->in[0], *y = e->node->out[0];

  ls_explain_f32 (e, "input_scale", "scale of the input", NULL, x->scale);
  ls_explain_f32 (e, "output_scale", "scale of the output", NULL, y->scale);
  ls_explain_i32 (e, "input_zero_point", "zero point of the input", NULL, x->zero_point);

  const int32_t a = (int32_t) ls_explain_read (e, "a", x, e->element);

  return ls_explain_i32 (e, "difference", "without the zero point", "a - input_zero_point",
                         (int32_t) ((uint32_t) a - (uint32_t) x->zero_point));
}

void
ls_explain_raise (LsExplainer *e, int32_t scaled, int32_t zero_point, int32_t low, int32_t high)
{
  ls_explain_i32 (e, "output_zero_point", "zero point of the output", NULL, zero_point);
  ls_explain_store (e,
                    ls_explain_i32 (e, "raised", "on the output's zero point",
                                    "scaled + output_zero_point",
                                    (int32_t) ((uint32_t) scaled + (uint32_t) zero_point)),
                    low, high);
}

void
ls_explain_raise_to_type (LsExplainer *e, int32_t scaled)
{
  int32_t low, high;

  ls_integer_range (e->node->out[0]->type, &low, &high);
  ls_explain_raise (e, scaled, e->node->out[0]->zero_point, low, high);
}

LsStatus
ls_explain_finish (LsExplainer *e, int32_t scaled, LsError *error)
{
  const LsValue *y = e->node->out[0];
  LsActivation activation;
  LsIntRange range;

  LS_TRY (ls_node_activation (e->node, &activation, error));
  LS_TRY (ls_activation_int_range (e->node, y, activation, &range, error));
  ls_explain_raise (e, scaled, y->zero_point, range.min, range.max);
  return LS_OK;
}

void
ls_explain_store_float (LsExplainer *e, const char *formula, float value)
{
  LsExplanation *out = e->out;

  ls_explain_f32 (e, "output", "the stored number", formula, value);
  if (out->n_steps > 0)
    out->steps[out->n_steps - 1].kind = LS_EXPLAIN_RESULT;
  out->value = (double) value;
}

LsStatus
ls_explain_finish_float (LsExplainer *e, const char *id, float value, LsError *error)
{
  LsActivation activation;

  LS_TRY (ls_node_activation (e->node, &activation, error));
  if ((activation == LS_ACTIVATION_NONE && !isinf (value)) || activation > LS_ACTIVATION_RELU6)
    {
      if (activation == LS_ACTIVATION_TANH)
        ls_explain_store_float (e, ls_explain_text (e, "tanhf (%s)", id), tanhf (value));
      else if (activation == LS_ACTIVATION_SIGN_BIT)
        ls_explain_store_float (e, ls_explain_text (e, "signbit (%s) ? 1.0f : 0.0f", id),
                                signbit (value) ? 1.0f : 0.0f);
      else
        ls_explain_store_float (e, id, value);
      return LS_OK;
    }

  const LsFloatRange range = ls_activation_float_range (activation);

  ls_explain_f32 (e, "activation_min", "the least that the activation lets through", NULL,
                  range.min);
  ls_explain_f32 (e, "activation_max", "the largest", NULL, range.max);
  e->out->is_saturated = value < range.min || value > range.max;
  ls_explain_store_float (
    e,
    ls_explain_text (
      e, "%s < activation_min ? activation_min : activation_max < %s ? activation_max : %s", id, id,
      id),
    ls_clamp_f32 (value, range));
  return LS_OK;
}

LsStatus
ls_explain_float_value (LsExplainer *e, double value, LsError *error)
{
  LsActivation activation;

  LS_TRY (ls_node_activation (e->node, &activation, error));

  const LsFloatRange range = ls_activation_float_range (activation);

  if (activation == LS_ACTIVATION_TANH)
    value = tanh (value);
  else if (activation == LS_ACTIVATION_SIGN_BIT)
    value = signbit (value) ? 1 : 0;
  else if (activation != LS_ACTIVATION_NONE)
    value = fmin (fmax (value, (double) range.min), (double) range.max);
  e->out->float_value = value;
  return LS_OK;
}
