/*
 * SOFTMAX over the last dimension: exponentials of the differences from the row's largest element,
 * in floats, or in fixed point from 8 bits (16 bits: softmax_int16.c).
 *
 * Sources: tflite/kernels/activations.cc (SoftmaxPrepare), internal/reference/softmax.h,
 * internal/quantization_util.cc (PreprocessSoftmaxScaling), gemmlowp fixedpoint.h.
 */
#include "explain/softmax.h"
#include "ops/fixed_math.h"

#include <float.h>
#include <math.h>

LsStatus
ls_explain_row (LsExplainer *e, LsError *error)
{
  const LsValue *x = e->node->in[0];
  const int32_t depth = x->dims[x->rank - 1];
  int32_t at[LS_MAX_RANK];

  if (depth > LS_EXPLAIN_MAX_TAPS)
    return ls_explain_unsupported (e, error, "rows of %d elements", depth);
  for (int i = 0; i < x->rank; i++)
    at[i] = e->at[i];
  e->out->x_operand = ls_explain_operand (e, "input", x, 0);
  for (int32_t i = 0; i < depth; i++)
    {
      at[x->rank - 1] = i;
      ls_explain_tap_at (e, x, at);
    }
  return ls_explain_check_taps (e, error);
}

int32_t
ls_explain_row_place (const LsExplainer *e)
{
  return e->at[e->node->in[0]->rank - 1];
}

/* Without rounding. */
static double
real_softmax (const LsExplainer *e, double beta)
{
  const LsValue *x = e->node->in[0];
  const LsExplainTap *taps = e->out->taps;
  double largest = -INFINITY, sum = 0;

  for (uint32_t i = 0; i < e->out->n_taps; i++)
    largest = fmax (largest, ls_explain_real (x, 0, taps[i].x));
  for (uint32_t i = 0; i < e->out->n_taps; i++)
    sum += exp ((ls_explain_real (x, 0, taps[i].x) - largest) * beta);
  return exp ((ls_explain_real (x, 0, taps[ls_explain_row_place (e)].x) - largest) * beta) / sum;
}

static void
in_floats (LsExplainer *e, float beta)
{
  LsExplainTap *taps = e->out->taps;
  float largest = -FLT_MAX, sum = 0;

  e->out->arithmetic = "Float.";
  e->out->product_title = "exp";
  for (uint32_t i = 0; i < e->out->n_taps; i++)
    largest = (float) taps[i].x > largest ? (float) taps[i].x : largest;
  for (uint32_t i = 0; i < e->out->n_taps; i++)
    {
      const float value = expf (((float) taps[i].x - largest) * beta);

      taps[i].product = (double) value;
      sum += value;
    }
  e->magnitude = 1 / (double) sum; /* the largest output */
  ls_explain_loop_real (e, LS_EXPLAIN_F32, "largest", "of the row", "-0x1.fffffep127f",
                        "largest = x[i] > largest ? x[i] : largest", (double) largest);
  ls_explain_loop_real (e, LS_EXPLAIN_F32, "sum", "of all exponentials", "0",
                        "sum += expf ((x[i] - largest) * beta)", (double) sum);

  const int32_t place = ls_explain_row_place (e);
  const float mine = ls_explain_f32 (e, "mine", "the element's own",
                                     ls_explain_text (e, "expf ((x[%d] - largest) * beta)", place),
                                     (float) taps[place].product);

  ls_explain_store_float (e, "mine / sum", mine / sum);
}

/* ---- 8 bits ------------------------------------------------------------------------------------
 */

static const char functions[]
  = "/* exp (a) in Q0.31 for a <= 0 in Q5.26: a Taylor series for the part in [-1/4, 0), times\n"
    " * exp (-2^k) for each higher bit. */\n"
    "static inline int32_t\n"
    "fixed_exp (int32_t a)\n"
    "{\n"
    "  static const int32_t factors[]\n"
    "    = { 1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242 };\n"
    "  const int32_t part = (a & 0xffffff) - 0x1000000;\n"
    "  const uint32_t rest = (uint32_t) part - (uint32_t) a;\n"
    "  const int32_t x = fixed_scale (part, 5) + (1 << 28), x2 = srdhm (x, x);\n"
    "  const int32_t x3 = srdhm (x2, x), x4 = srdhm (x2, x2);\n"
    "  const int32_t tail = rdbpot (srdhm (rdbpot (x4, 2) + x3, 715827883) + x2, 1);\n"
    "  int32_t result = 1895147668 + srdhm (1895147668, x + tail);\n"
    "\n"
    "  for (int k = 0; k < 7; k++)\n"
    "    if (rest >> (24 + k) & 1)\n"
    "      result = srdhm (result, factors[k]);\n"
    "  return a == 0 ? INT32_MAX : result;\n"
    "}\n"
    "\n"
    "/* Of a difference from the largest: 0 when it is too far away to count. */\n"
    "static inline int32_t\n"
    "exp_of (int32_t difference, int32_t multiplier, int32_t shift, int32_t diff_min)\n"
    "{\n"
    "  return difference < diff_min ? 0 : fixed_exp (srdhm (difference << shift, multiplier));\n"
    "}\n";

typedef struct
{
  LsMultiplier multiplier;
  int32_t diff_min, largest;
} Scaling;

static int32_t
exp_of (const Scaling *s, int32_t x)
{
  const int32_t difference = x - s->largest;

  return difference < s->diff_min ? 0 : ls_fixed_exp (ls_mbqm (difference, s->multiplier), 5);
}

static Scaling
scale_differences (LsExplainer *e, float beta)
{
  const LsValue *in = e->node->in[0];
  const double product = (double) beta * (double) in->scale * 0x1p26;
  Scaling s = { .largest = in->type == LS_TYPE_INT8 ? INT8_MIN : 0 };
  const char *start = ls_explain_text (e, "%d", s.largest);

  ls_explain_f32 (e, "input_scale", "scale of the input", NULL, in->scale);

  const double real = ls_explain_f64 (e, "real_multiplier", "differences in Q5.26",
                                      "fmin ((double) beta * input_scale * 0x1p26, "
                                      "2147483647.0)",
                                      fmin (product, 2147483647.0));

  s.multiplier = ls_explain_multiplier (e, "", "real_multiplier", real);
  s.diff_min = ls_explain_i32 (e, "diff_min", "differences below it count as 0",
                               "-(int32_t) floor (31.0 * 0x1p26 / ldexp (1.0, shift))",
                               -(int32_t) floor (31.0 * 0x1p26 / ldexp (1.0, s.multiplier.shift)));
  for (uint32_t i = 0; i < e->out->n_taps; i++)
    s.largest = e->out->taps[i].x > s.largest ? (int32_t) e->out->taps[i].x : s.largest;
  ls_explain_loop_int (e, LS_EXPLAIN_I32, "largest", "of the row", start,
                       "largest = x[i] > largest ? x[i] : largest", s.largest);
  return s;
}

static void
in_fixed_point (LsExplainer *e, float beta)
{
  const LsType type = e->node->out[0]->type;
  const int bits = type == LS_TYPE_INT16 ? 16 : 8;
  const int32_t low = type == LS_TYPE_UINT8 ? 0 : type == LS_TYPE_INT8 ? INT8_MIN : INT16_MIN;
  uint32_t sum = 0;

  e->out->arithmetic = "8 bits: exponentials in fixed point, the reciprocal of their sum by Newton "
                       "and Raphson.";
  e->out->functions = functions;
  e->out->a_title = "x - largest";
  e->out->product_title = "exp in Q12.19";

  const Scaling s = scale_differences (e, beta);

  for (uint32_t i = 0; i < e->out->n_taps; i++)
    {
      LsExplainTap *tap = &e->out->taps[i];

      tap->a = tap->x - s.largest;
      tap->product = ls_rdbpot (exp_of (&s, (int32_t) tap->x), 12);
      sum += (uint32_t) (int32_t) tap->product;
    }
  ls_explain_loop_int (e, LS_EXPLAIN_I32, "sum", "of the exponentials, in Q12.19", "0",
                       "sum += rdbpot (exp_of (x[i] - largest, multiplier, shift, diff_min), 12)",
                       (int32_t) sum);

  const int headroom = ls_explain_i32 (e, "headroom", "zero bits above its highest",
                                       "leading_zeros (sum)", sum == 0 ? 32 : __builtin_clz (sum));
  const int32_t above
    = ls_explain_i32 (e, "above", "what its mantissa has above 1, in Q0.31",
                      "(int32_t) (((uint32_t) sum << headroom) - (UINT32_C (1) << 31))",
                      (int32_t) ((headroom >= 32 ? 0 : sum << headroom) - (UINT32_C (1) << 31)));
  const int32_t reciprocal
    = ls_explain_i32 (e, "reciprocal", "1 / (1 + above), in Q0.31", "reciprocal_1p (above)",
                      ls_fixed_reciprocal_1p (above));
  const int32_t place = ls_explain_row_place (e);
  const int32_t mine = ls_explain_i32 (
    e, "mine", "the element's own exponential, in Q0.31",
    ls_explain_text (e, "exp_of (x[%d] - largest, multiplier, shift, diff_min)", place),
    exp_of (&s, (int32_t) e->out->taps[place].x));
  const int32_t product
    = ls_explain_i32 (e, "product", "", "srdhm (reciprocal, mine)", ls_srdhm (reciprocal, mine));
  const int32_t scaled
    = ls_explain_i32 (e, "scaled", "in steps of the output",
                      ls_explain_text (e, "rdbpot (product, 12 - headroom + 31 - %d)", bits),
                      ls_rdbpot (product, 12 - headroom + 31 - bits));

  ls_explain_store (e,
                    ls_explain_i32 (e, "raised", "from the least number of the type",
                                    ls_explain_text (e, "scaled + %d", low), scaled + low),
                    low, low + (1 << bits) - 1);
}

LsStatus
ls_explain_softmax (LsExplainer *e, LsError *error)
{
  const LsType type = e->node->in[0]->type;
  const float beta = (float) ls_attr_float (e->node->def, "beta", 0.0);

  LS_TRY (ls_explain_row (e, error));
  e->out->float_value = real_softmax (e, (double) beta);
  ls_explain_f32 (e, "beta", "the option beta", NULL, beta);
  if (type == LS_TYPE_FLOAT32)
    in_floats (e, beta);
  else if (type == LS_TYPE_INT16)
    ls_explain_softmax_int16 (e, beta);
  else if (type == LS_TYPE_INT8 || type == LS_TYPE_UINT8)
    in_fixed_point (e, beta);
  else
    return ls_explain_unsupported (e, error, "%s", ls_type_name (type));
  return LS_OK;
}
