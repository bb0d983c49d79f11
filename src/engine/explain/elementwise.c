/*
 * ADD, SUB and MUL: two elements.
 *
 * Sources: tflite/kernels/add.cc, sub.cc, mul.cc, internal/reference/integer_ops/add.h, mul.h,
 * internal/reference/mul.h (16 bits to 8).
 */
#include "explain/elementwise.h"
#include "ops/elementwise.h"
#include "ops/fixed_math.h"

#include <math.h>

LsExplainPair
ls_explain_pair (LsExplainer *e, char sign)
{
  const LsNode *node = e->node;
  const LsExplainPair pair = { .a = node->in[0],
                               .b = node->in[1],
                               .at_a = ls_explain_broadcast (e, node->in[0]),
                               .at_b = ls_explain_broadcast (e, node->in[1]),
                               .sign = sign };

  ls_explain_operand (e, "a", pair.a, 0);
  ls_explain_operand (e, "b", pair.b, 0);
  return pair;
}

static double
real_result (const LsExplainPair *pair)
{
  const double a = ls_explain_real (pair->a, 0, ls_explain_get (pair->a, pair->at_a)),
               b = ls_explain_real (pair->b, 0, ls_explain_get (pair->b, pair->at_b));

  return pair->sign == '+' ? a + b : pair->sign == '-' ? a - b : a * b;
}

/* ---- Quantized sums ----------------------------------------------------------------------------
 */

/* An input on the common scale, with @left_shift bits behind the point. */
static int32_t
common (LsExplainer *e, const LsExplainPair *pair, bool is_b, double twice, int left_shift)
{
  const LsValue *value = is_b ? pair->b : pair->a;
  const char *name = is_b ? "b" : "a";
  const char *raised_id = ls_explain_text (e, "%s_raised", name);
  const char *real_id = ls_explain_text (e, "%s_real", name);
  const int32_t x
    = (int32_t) ls_explain_get_int (value, is_b ? pair->at_b : pair->at_a) - value->zero_point;
  const int32_t raised
    = ls_explain_i32 (e, raised_id, "with bits behind the point",
                      ls_explain_text (e, "(%s - %s_zero_point) << %d", name, name, left_shift),
                      (int32_t) ((uint32_t) x << left_shift));
  const double real = ls_explain_f64 (e, real_id, "its scale in the common one",
                                      ls_explain_text (e, "(double) %s_scale / twice_larger", name),
                                      (double) value->scale / twice);
  const char *prefix = ls_explain_text (e, "%s_", name);

  return ls_explain_mbqm_below_one (e, prefix, ls_explain_text (e, "%s_common", name),
                                    "on the common scale", raised_id, raised,
                                    ls_explain_multiplier (e, prefix, real_id, real));
}

void
ls_explain_pair_scales (LsExplainer *e, const LsExplainPair *pair)
{
  ls_explain_f32 (e, "a_scale", "scale of a", NULL, pair->a->scale);
  ls_explain_f32 (e, "b_scale", "scale of b", NULL, pair->b->scale);
  ls_explain_f32 (e, "output_scale", "scale of the output", NULL, e->node->out[0]->scale);
  ls_explain_i32 (e, "a_zero_point", "zero point of a", NULL, pair->a->zero_point);
  ls_explain_i32 (e, "b_zero_point", "zero point of b", NULL, pair->b->zero_point);
  ls_explain_read (e, "a", pair->a, pair->at_a);
  ls_explain_read (e, "b", pair->b, pair->at_b);
}

double
ls_explain_pair_common (LsExplainer *e, const LsExplainPair *pair, int left_shift, int32_t *a,
                        int32_t *b)
{
  const double twice = ls_explain_f64 (e, "twice_larger", "the common scale",
                                       "(double) (2 * fmaxf (a_scale, b_scale))",
                                       (double) (2 * fmaxf (pair->a->scale, pair->b->scale)));

  *a = common (e, pair, false, twice, left_shift);
  *b = common (e, pair, true, twice, left_shift);
  return twice;
}

static LsStatus
quantized_sum (LsExplainer *e, const LsExplainPair *pair, LsError *error)
{
  const int left_shift = pair->a->type == LS_TYPE_INT16 ? 15 : 20;
  int32_t a, b;

  e->out->arithmetic = "Quantized sum: both inputs are put on twice the larger scale, and their "
                       "sum on the output's.";
  ls_explain_pair_scales (e, pair);

  const double twice = ls_explain_pair_common (e, pair, left_shift, &a, &b);
  const int32_t sum = ls_explain_i32 (
    e, "sum", pair->sign == '+' ? "the sum" : "the difference",
    pair->sign == '+' ? "a_common + b_common" : "a_common - b_common",
    (int32_t) ((uint32_t) a + (pair->sign == '+' ? (uint32_t) b : 0 - (uint32_t) b)));
  const double real = ls_explain_f64 (
    e, "real_multiplier", "from the common scale to the output's",
    ls_explain_text (e, "twice_larger / (double) ((float) (1 << %d) * output_scale)", left_shift),
    twice / (double) ((float) (1 << left_shift) * e->node->out[0]->scale));
  const int32_t scaled = ls_explain_mbqm_below_one (
    e, "", "scaled", "RoundingDivideByPOT: in steps of the output", "sum", sum,
    ls_explain_multiplier (e, "", "real_multiplier", real));

  return ls_explain_finish (e, scaled, error);
}

/* int16 with power-of-two scales: one input is shifted to the output's scale. */
static bool
has_powers (const LsExplainer *e, const LsExplainPair *pair, int *a, int *b)
{
  int y;

  if (pair->a->type != LS_TYPE_INT16 || ls_attr_int (e->node->def, "pot_scale_int16", 1) == 0
      || !ls_exact_log2 (pair->a->scale, a) || !ls_exact_log2 (pair->b->scale, b)
      || !ls_exact_log2 (e->node->out[0]->scale, &y))
    return false;
  *a = y - *a;
  *b = y - *b;
  return true;
}

static LsStatus
sum_of_powers (LsExplainer *e, const LsExplainPair *pair, int shift_a, int shift_b, LsError *error)
{
  LsActivation activation;
  LsIntRange range;

  if (shift_a > 15 || shift_b > 15)
    return ls_explain_unsupported (e, error, "scales that are 2^%d and 2^%d apart", shift_a,
                                   shift_b);
  LS_TRY (ls_node_activation (e->node, &activation, error));
  LS_TRY (ls_activation_int_range (e->node, e->node->out[0], activation, &range, error));
  e->out->arithmetic = "16 bits with scales that are powers of two: one input is shifted, and the "
                       "sum saturates.";

  const int32_t a = (int32_t) ls_explain_read (e, "a", pair->a, pair->at_a),
                b = (int32_t) ls_explain_read (e, "b", pair->b, pair->at_b);
  const int32_t part_a
    = ls_explain_i32 (e, "a_part", "in steps of the output",
                      ls_explain_text (e, "rdbpot (a, %d)", shift_a), ls_rdbpot (a, shift_a)),
    part_b
    = ls_explain_i32 (e, "b_part", "in steps of the output",
                      ls_explain_text (e, "rdbpot (b, %d)", shift_b), ls_rdbpot (b, shift_b));

  if (pair->sign == '-')
    ls_explain_i32 (e, "raised", "the difference", "a_part - b_part", part_a - part_b);
  else
    ls_explain_i32 (e, "raised", "the sum, saturated", "clamp (a_part + b_part, -32768, 32767)",
                    ls_clamp_i32 (part_a + part_b, INT16_MIN, INT16_MAX));
  ls_explain_store (
    e, pair->sign == '-' ? part_a - part_b : ls_clamp_i32 (part_a + part_b, INT16_MIN, INT16_MAX),
    range.min, range.max);
  return LS_OK;
}

/* ---- Quantized products ------------------------------------------------------------------------
 */

static LsStatus
quantized_product (LsExplainer *e, const LsExplainPair *pair, LsError *error)
{
  const float y = e->node->out[0]->scale;

  e->out->arithmetic = "Quantized product: rescaled by the three scales in one.";
  ls_explain_pair_scales (e, pair);

  const int32_t a = (int32_t) ls_explain_get_int (pair->a, pair->at_a) - pair->a->zero_point,
                b = (int32_t) ls_explain_get_int (pair->b, pair->at_b) - pair->b->zero_point;
  const int32_t product = ls_explain_i32 (e, "product", "without the zero points",
                                          "(a - a_zero_point) * (b - b_zero_point)",
                                          (int32_t) ((uint32_t) a * (uint32_t) b));
  const double real = ls_explain_f64 (e, "real_multiplier", "computed in floats",
                                      "(double) (a_scale * b_scale / output_scale)",
                                      (double) (pair->a->scale * pair->b->scale / y));
  const int32_t scaled
    = ls_explain_mbqm (e, "", "scaled", "RoundingDivideByPOT: in steps of the output", "product",
                       product, ls_explain_multiplier (e, "", "real_multiplier", real));

  return ls_explain_finish (e, scaled, error);
}

/* int16 × int16 to 8 bits: numbers in Q0.15, whatever their scales. */
static LsStatus
narrowing_product (LsExplainer *e, const LsExplainPair *pair, LsError *error)
{
  e->out->arithmetic = "16 bits to 8: a product of numbers in Q0.15 in steps of 1/128; the scales "
                       "are not looked at.";

  const int32_t a = (int32_t) ls_explain_read (e, "a", pair->a, pair->at_a),
                b = (int32_t) ls_explain_read (e, "b", pair->b, pair->at_b);
  const int32_t ab = ls_explain_i32 (e, "product", "in Q0.30", "a * b", a * b);
  const int32_t high = ls_explain_i32 (
    e, "high", "in Q0.15, rounded; the two least numbers saturate",
    "a == -32768 && b == -32768 ? 32767 : (product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / "
    "(1 << 15)",
    a == INT16_MIN && b == INT16_MIN ? INT16_MAX
                                     : (ab + (ab >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15));

  return ls_explain_finish (
    e, ls_explain_i32 (e, "scaled", "in steps of 1/128", "rdbpot (high, 8)", ls_rdbpot (high, 8)),
    error);
}

/* ---- Plain numbers -----------------------------------------------------------------------------
 */

static const char *
plain_formula (char sign)
{
  return sign == '+' ? "a + b" : sign == '-' ? "a - b" : "a * b";
}

static LsStatus
float_result (LsExplainer *e, const LsExplainPair *pair, LsError *error)
{
  const float a = (float) ls_explain_read (e, "a", pair->a, pair->at_a),
              b = (float) ls_explain_read (e, "b", pair->b, pair->at_b);

  e->out->arithmetic = "Float.";
  return ls_explain_finish_float (e, "result",
                                  ls_explain_f32 (e, "result", "of the two",
                                                  plain_formula (pair->sign),
                                                  pair->sign == '+'   ? a + b
                                                  : pair->sign == '-' ? a - b
                                                                      : a * b),
                                  error);
}

static LsStatus
plain_integer (LsExplainer *e, const LsExplainPair *pair, LsError *error)
{
  const int64_t a = (int64_t) ls_explain_read (e, "a", pair->a, pair->at_a),
                b = (int64_t) ls_explain_read (e, "b", pair->b, pair->at_b);
  const uint32_t u = (uint32_t) a, v = (uint32_t) b;
  const int32_t result = (int32_t) (pair->sign == '+' ? u + v : pair->sign == '-' ? u - v : u * v);
  LsActivation activation;

  LS_TRY (ls_node_activation (e->node, &activation, error));
  if (pair->a->type != LS_TYPE_INT32 || activation != LS_ACTIVATION_NONE)
    return ls_explain_unsupported (e, error, "%s without a scale%s", ls_type_name (pair->a->type),
                                   activation != LS_ACTIVATION_NONE ? " and an activation" : "");
  e->out->arithmetic = "Plain integers, which wrap around.";
  ls_explain_store_plain (e, plain_formula (pair->sign), result);
  return LS_OK;
}

static LsStatus
explain (LsExplainer *e, char sign, LsError *error)
{
  const LsExplainPair pair = ls_explain_pair (e, sign);
  const LsType y = e->node->out[0]->type;
  int shift_a, shift_b;

  LS_TRY (ls_explain_float_value (e, real_result (&pair), error));
  if (pair.a->type == LS_TYPE_FLOAT32)
    return float_result (e, &pair, error);
  if (!ls_stands_for_reals (sign == '*' ? e->node->out[0] : pair.a))
    return plain_integer (e, &pair, error);
  if (sign != '*')
    return has_powers (e, &pair, &shift_a, &shift_b)
             ? sum_of_powers (e, &pair, shift_a, shift_b, error)
             : quantized_sum (e, &pair, error);
  return pair.a->type == LS_TYPE_INT16 && y != LS_TYPE_INT16 ? narrowing_product (e, &pair, error)
                                                             : quantized_product (e, &pair, error);
}

LsStatus
ls_explain_add (LsExplainer *e, LsError *error)
{
  return explain (e, '+', error);
}

LsStatus
ls_explain_sub (LsExplainer *e, LsError *error)
{
  return explain (e, '-', error);
}

LsStatus
ls_explain_mul (LsExplainer *e, LsError *error)
{
  return explain (e, '*', error);
}
