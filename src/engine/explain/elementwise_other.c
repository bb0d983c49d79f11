/*
 * DIV, SQUARED_DIFFERENCE, MAXIMUM and MINIMUM: two elements.
 *
 * Sources: tflite/kernels/div.cc, squared_difference.cc, maximum_minimum.cc,
 * internal/reference/div.h.
 */
#include "explain/elementwise.h"
#include "ops/elementwise.h"
#include "ops/fixed_math.h"

#include <math.h>

static double
real_of (const LsValue *value, size_t at)
{
  return ls_explain_real (value, 0, ls_explain_get (value, at));
}

/* ---- MAXIMUM, MINIMUM --------------------------------------------------------------------------
 */

static LsStatus
explain_extreme (LsExplainer *e, bool is_maximum, LsError *error)
{
  const LsExplainPair pair = ls_explain_pair (e, is_maximum ? '>' : '<');
  const char *formula = is_maximum ? "a > b ? a : b" : "a < b ? a : b";
  const double a = ls_explain_read (e, "a", pair.a, pair.at_a),
               b = ls_explain_read (e, "b", pair.b, pair.at_b);
  const double result = is_maximum ? (a > b ? a : b) : (a < b ? a : b);
  const double real_a = real_of (pair.a, pair.at_a), real_b = real_of (pair.b, pair.at_b);

  if (pair.a->type != LS_TYPE_FLOAT32 && ls_type_bits (pair.a->type) > 32)
    return ls_explain_unsupported (e, error, "%s", ls_type_name (pair.a->type));
  e->out->float_value = is_maximum ? fmax (real_a, real_b) : fmin (real_a, real_b);
  e->out->arithmetic = "What is stored is compared: nothing is rescaled.";
  if (ls_type_is_float (pair.a->type) && pair.a->type != LS_TYPE_FLOAT32)
    return ls_explain_unsupported (e, error, "%s", ls_type_name (pair.a->type));
  if (pair.a->type == LS_TYPE_FLOAT32)
    ls_explain_store_float (e, formula, (float) result);
  else
    ls_explain_store_plain (e, formula, (int64_t) result);
  return LS_OK;
}

LsStatus
ls_explain_maximum (LsExplainer *e, LsError *error)
{
  return explain_extreme (e, true, error);
}

LsStatus
ls_explain_minimum (LsExplainer *e, LsError *error)
{
  return explain_extreme (e, false, error);
}

/* ---- SQUARED_DIFFERENCE ------------------------------------------------------------------------
 */

LsStatus
ls_explain_squared_difference (LsExplainer *e, LsError *error)
{
  const LsExplainPair pair = ls_explain_pair (e, '-');
  const double distance = real_of (pair.a, pair.at_a) - real_of (pair.b, pair.at_b);
  int32_t a, b;

  e->out->float_value = distance * distance;
  if (pair.a->type == LS_TYPE_FLOAT32)
    {
      const float x = (float) ls_explain_read (e, "a", pair.a, pair.at_a),
                  y = (float) ls_explain_read (e, "b", pair.b, pair.at_b);

      e->out->arithmetic = "Float.";
      ls_explain_store_float (e, "(a - b) * (a - b)", (x - y) * (x - y));
      return LS_OK;
    }
  if (!ls_stands_for_reals (pair.a))
    return ls_explain_unsupported (e, error, "%s without a scale", ls_type_name (pair.a->type));
  e->out->arithmetic
    = "Quantized: both inputs are put on twice the larger scale, and the square of "
      "their difference on the output's.";
  ls_explain_pair_scales (e, &pair);

  const double twice = ls_explain_pair_common (e, &pair, 7, &a, &b);
  const uint32_t difference
    = (uint32_t) ls_explain_i32 (e, "difference", "on the common scale", "a_common - b_common",
                                 (int32_t) ((uint32_t) a - (uint32_t) b));
  const int32_t square = ls_explain_i32 (e, "square", "", "difference * difference",
                                         (int32_t) (difference * difference));
  const double real
    = ls_explain_f64 (e, "real_multiplier", "from the common scale's square to the output's scale",
                      "twice_larger * twice_larger / (double) ((float) (1 << 14) * output_scale)",
                      twice * twice / (double) ((float) (1 << 14) * e->node->out[0]->scale));

  return ls_explain_finish (
    e,
    ls_explain_mbqm_below_one (e, "", "scaled", "RoundingDivideByPOT: in steps of the output",
                               "square", square,
                               ls_explain_multiplier (e, "", "real_multiplier", real)),
    error);
}

/* ---- DIV ---------------------------------------------------------------------------------------
 */

static const char functions[] = "/* Bits that repeat the sign, beside the one that is needed. */\n"
                                "static inline int32_t\n"
                                "sign_bits (int32_t x)\n"
                                "{\n"
                                "  int32_t n = 0;\n"
                                "\n"
                                "  for (; n < 31 && (x >> (30 - n)) == (x >> 31); n++)\n"
                                "    ;\n"
                                "  return n;\n"
                                "}\n";

/* 1 / b, as a number of Q0.31 and a shift to the right. */
static int32_t
invert (LsExplainer *e, int32_t b, int32_t *shift)
{
  const int32_t zeros = ls_explain_i32 (e, "zeros", "bits above the highest of the divisor",
                                        "leading_zeros (divisor)", __builtin_clz ((uint32_t) b));
  const int32_t above
    = ls_explain_i32 (e, "above", "what its mantissa has above 1, in Q0.31",
                      "(int32_t) (((uint32_t) divisor << zeros) - (UINT32_C (1) << 31))",
                      (int32_t) (((uint32_t) b << zeros) - (UINT32_C (1) << 31)));

  *shift = 31 - zeros;
  return ls_explain_i32 (e, "inverse", "1 / (1 + above), in Q0.31", "reciprocal_1p (above)",
                         ls_fixed_reciprocal_1p (above));
}

static LsStatus
quantized_quotient (LsExplainer *e, const LsExplainPair *pair, LsError *error)
{
  const float y = e->node->out[0]->scale;
  int32_t a = (int32_t) ls_explain_get_int (pair->a, pair->at_a) - pair->a->zero_point,
          b = (int32_t) ls_explain_get_int (pair->b, pair->at_b) - pair->b->zero_point, shift;
  const char *minus = b < 0 ? "-" : "";

  if (b == 0)
    return ls_explain_unsupported (e, error, "a divisor of 0");
  e->out->arithmetic = "Quantized quotient: the reciprocal by Newton and Raphson, rescaled by the "
                       "three scales in one.";
  e->out->functions = functions;
  ls_explain_pair_scales (e, pair);
  a = ls_explain_i32 (e, "dividend", "without the zero point; the divisor is made positive",
                      ls_explain_text (e, "%s(a - a_zero_point)", minus), b < 0 ? -a : a);
  b = ls_explain_i32 (e, "divisor", "without the zero point",
                      ls_explain_text (e, "%s(b - b_zero_point)", minus), b < 0 ? -b : b);

  const int32_t inverse = invert (e, b, &shift);
  const int32_t room = ls_explain_i32 (e, "room", "bits that the dividend leaves free",
                                       "sign_bits (dividend)", a == 0 ? 31 : __builtin_clrsb (a));
  const int32_t quotient = ls_explain_i32 (e, "quotient", "", "srdhm (dividend << room, inverse)",
                                           ls_srdhm ((int32_t) ((uint32_t) a << room), inverse));
  const double real = ls_explain_f64 (e, "real_multiplier", "computed in floats",
                                      "(double) (a_scale / (b_scale * output_scale))",
                                      (double) (pair->a->scale / (pair->b->scale * y)));
  const LsMultiplier m = ls_explain_multiplier (e, "", "real_multiplier", real);
  const int32_t right = ls_explain_i32 (e, "right_shift", "of all together",
                                        "31 - zeros + room - shift", shift + room - m.shift);
  const int32_t high = ls_explain_i32 (e, "high", "", "srdhm (quotient, multiplier)",
                                       ls_srdhm (quotient, m.multiplier));

  return ls_explain_finish (e,
                            ls_explain_i32 (e, "scaled", "in steps of the output",
                                            "rdbpot (high, right_shift)", ls_rdbpot (high, right)),
                            error);
}

LsStatus
ls_explain_div (LsExplainer *e, LsError *error)
{
  const LsExplainPair pair = ls_explain_pair (e, '/');

  LS_TRY (
    ls_explain_float_value (e, real_of (pair.a, pair.at_a) / real_of (pair.b, pair.at_b), error));
  if (pair.a->type == LS_TYPE_FLOAT32)
    {
      const float a = (float) ls_explain_read (e, "a", pair.a, pair.at_a),
                  b = (float) ls_explain_read (e, "b", pair.b, pair.at_b);

      e->out->arithmetic = "Float.";
      return ls_explain_finish_float (e, "quotient",
                                      ls_explain_f32 (e, "quotient", "", "a / b", a / b), error);
    }
  if (!ls_stands_for_reals (pair.a))
    return ls_explain_unsupported (e, error, "%s without a scale", ls_type_name (pair.a->type));
  return quantized_quotient (e, &pair, error);
}
