/*
 * Operators that are a real function of one element: LOGISTIC, TANH, EXP, LOG, ELU, GELU, SQUARE.
 * Of 8 bits the reference makes a table of 256 bytes with the function itself; of 16 bits one of
 * 513 points, and goes straight between them (LOGISTIC and TANH of 16 bits: curve_logistic.c).
 *
 * Sources: tflite/kernels/internal/common.h (LUTPopulate, LUTLookup), activations.cc,
 * elementwise.cc, exp.cc.
 */
#include "explain/curve.h"

#include <math.h>

#include "ops/elementwise.h"

/* ---- The functions: the same in C, in float and in double --------------------------------------
 */

static float
logistic_f (float x, float p)
{
  return 1.0f / (1.0f + expf (-x));
}

static double
logistic_d (double x)
{
  return 1 / (1 + exp (-x));
}

static float
tanh_f (float x, float p)
{
  return tanhf (x);
}

static float
exp_f (float x, float p)
{
  return expf (x) > p ? p : expf (x);
}

static float
log_f (float x, float p)
{
  return x <= 0 ? p : logf (x);
}

static float
elu_f (float x, float p)
{
  return x < 0 ? expm1f (x) : x;
}

static double
elu_d (double x)
{
  return x < 0 ? expm1 (x) : x;
}

static float
gelu_f (float x, float p)
{
  return 0.5f * x * erfcf (x * -0.70710678f);
}

static float
gelu_tanh_f (float x, float p)
{
  return 0.5f * x * (1.0f + tanhf (0.7978845608f * (x + 0.044715f * x * x * x)));
}

static double
gelu_d (double x)
{
  return 0.5 * x * erfc (-x * M_SQRT1_2);
}

static float
square_f (float x, float p)
{
  return x * x;
}

static double
square_d (double x)
{
  return x * x;
}

static const LsExplainCurve curves[] = {
  { "1.0f / (1.0f + expf (-real))", logistic_f, logistic_d },
  { "tanhf (real)", tanh_f, tanh },
  { "expf (real) > limit ? limit : expf (real)", exp_f, exp },
  { "real <= 0 ? limit : logf (real)", log_f, log },
  { "real < 0 ? expm1f (real) : real", elu_f, elu_d },
  { "0.5f * real * erfcf (real * -0.70710678f)", gelu_f, gelu_d },
  { "0.5f * real * (1.0f + tanhf (0.7978845608f * (real + 0.044715f * real * real * real)))",
    gelu_tanh_f, gelu_d },
  { "real * real", square_f, square_d },
};

enum
{
  LOGISTIC,
  TANH,
  EXP,
  LOG,
  ELU,
  GELU,
  GELU_TANH,
  SQUARE
};

/* ---- 8 bits ------------------------------------------------------------------------------------
 */

static int32_t
int_from_float (float x)
{
  return x >= -0x1p31f && x < 0x1p31f ? (int32_t) x : INT32_MIN;
}

static void
give_scales (LsExplainer *e)
{
  const LsValue *x = e->node->in[0], *y = e->node->out[0];

  ls_explain_f32 (e, "input_scale", "scale of the input", NULL, x->scale);
  ls_explain_i32 (e, "input_zero_point", "zero point of the input", NULL, x->zero_point);
  ls_explain_f32 (e, "output_scale", "scale of the output", NULL, y->scale);
  ls_explain_i32 (e, "output_zero_point", "zero point of the output", NULL, y->zero_point);
}

static void
by_table (LsExplainer *e, const LsExplainCurve *curve, float limit)
{
  const LsValue *x = e->node->in[0], *y = e->node->out[0];
  int32_t low, high;

  e->out->arithmetic = "One of the 256 entries of a table, which is made in floats.";
  give_scales (e);

  const int32_t a = (int32_t) ls_explain_read (e, "a", x, e->element);
  const float real = ls_explain_f32 (e, "real", "what it stands for",
                                     "input_scale * (float) (a - input_zero_point)",
                                     x->scale * (float) (a - x->zero_point));
  const float value
    = ls_explain_f32 (e, "value", "of the function", curve->formula, curve->f (real, limit));
  const float inverse
    = ls_explain_f32 (e, "inverse", "of the scale", "1.0f / output_scale", 1.0f / y->scale);
  const float scaled = ls_explain_f32 (e, "scaled", "in steps of the output, half away from zero",
                                       "roundf (value * inverse)", roundf (value * inverse));
  const int32_t raised = ls_explain_i32 (e, "raised", "on the output's zero point",
                                         "from_float (scaled + (float) output_zero_point)",
                                         int_from_float (scaled + (float) y->zero_point));

  ls_integer_range (y->type, &low, &high);
  ls_explain_store (e, raised, low, high);
}

/* ---- 16 bits -----------------------------------------------------------------------------------
 */

static int16_t
to_int16 (float x)
{
  return (int16_t) (isnan (x) ? 0 : x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x);
}

/* Point @i of the table: the value, less half of what the straight line to the next is wrong by
 * in the middle. */
static int16_t
point (const LsExplainCurve *curve, float limit, float x_min, float x_max, float step,
       float inverse, int i)
{
  const float value
    = i < 512 ? curve->f (x_min + (float) i * step, limit) : curve->f (x_max, limit);
  const float sample = roundf (value * inverse);

  if (i == 512)
    return to_int16 (sample);

  const float next = curve->f (x_min + (float) (i + 1) * step, limit),
              middle = curve->f (x_min + (float) i * step + step / 2, limit);
  const float line = roundf ((next * inverse + roundf (value * inverse)) / 2);

  return to_int16 (sample - roundf ((line - roundf (middle * inverse)) / 2));
}

static const char *
point_functions (LsExplainer *e, const LsExplainCurve *curve, float limit)
{
  return ls_explain_text (
    e,
    "static inline float\nfunction (float real)\n{\n  const float limit = %s;\n\n  (void) limit;\n"
    "  return %s;\n}\n\n"
    "/* Of 513 points: the value, less half of what the line to the next is wrong by. */\n"
    "static inline int32_t\n"
    "point (int i, float x_min, float x_max, float step, float inverse)\n{\n"
    "  const float value = function (i < 512 ? x_min + (float) i * step : x_max);\n"
    "  const float next = function (x_min + (float) (i + 1) * step);\n"
    "  const float middle = function (x_min + (float) i * step + step / 2);\n"
    "  const float line = roundf ((next * inverse + roundf (value * inverse)) / 2);\n"
    "  const float bias = i < 512 ? roundf ((line - roundf (middle * inverse)) / 2) : 0;\n"
    "  const float y = roundf (value * inverse) - bias;\n\n"
    "  return isnan (y) ? 0 : (int32_t) fminf (fmaxf (y, -32768.0f), 32767.0f);\n}\n",
    isinf (limit) ? "INFINITY" : ls_explain_text (e, "%af", (double) limit), curve->formula);
}

static void
by_points (LsExplainer *e, const LsExplainCurve *curve, float limit)
{
  const LsValue *x = e->node->in[0], *y = e->node->out[0];
  const float out_min = y->scale * (float) (INT16_MIN - y->zero_point),
              out_max = y->scale * (float) (INT16_MAX - y->zero_point);

  e->out->arithmetic = "On the straight line between two of 513 points, which are made in floats.";
  e->out->functions = point_functions (e, curve, limit);
  give_scales (e);

  const float x_min
    = ls_explain_f32 (e, "x_min", "at point 0", "input_scale * (float) (-32768 - input_zero_point)",
                      x->scale * (float) (INT16_MIN - x->zero_point)),
    x_max = ls_explain_f32 (e, "x_max", "at point 512",
                            "input_scale * (float) (32767 - input_zero_point)",
                            x->scale * (float) (INT16_MAX - x->zero_point));
  const float step = ls_explain_f32 (e, "step", "from point to point", "(x_max - x_min) / 512",
                                     (x_max - x_min) / 512);
  const float inverse = ls_explain_f32 (
    e, "inverse", "steps of the output in 1",
    "65536 / (output_scale * (float) (32767 - output_zero_point) - output_scale * (float) (-32768 "
    "- output_zero_point))",
    65536 / (out_max - out_min));
  const int32_t a = (int32_t) ls_explain_read (e, "a", x, e->element);
  const int32_t index
    = ls_explain_i32 (e, "index", "the point below", "256 + (a >> 7)", 256 + (a >> 7));
  const int32_t base
    = ls_explain_i32 (e, "base", "its value", "point (index, x_min, x_max, step, inverse)",
                      point (curve, limit, x_min, x_max, step, inverse, index)),
    next = ls_explain_i32 (e, "next", "the next point's",
                           "point (index + 1, x_min, x_max, step, inverse)",
                           point (curve, limit, x_min, x_max, step, inverse, index + 1));
  const int32_t slope = ls_explain_i32 (e, "slope", "between them", "(int16_t) (next - base)",
                                        (int16_t) (next - base));

  ls_explain_store_plain (e, "(int16_t) (base + ((slope * (a & 0x7f) + 64) >> 7))",
                          (int16_t) (base + ((slope * (a & 0x7f) + 64) >> 7)));
}

/* ------------------------------------------------------------------------------------------------
 */

LsStatus
ls_explain_curve (LsExplainer *e, const LsExplainCurve *curve, float limit, LsError *error)
{
  const LsValue *x = e->node->in[0];
  const double real = ls_explain_real (x, 0, ls_explain_get (x, e->element));

  ls_explain_operand (e, "a", x, 0);
  e->out->float_value = curve->d (real);
  if (x->type == LS_TYPE_FLOAT32)
    {
      const float a = (float) ls_explain_get (x, e->element);

      e->out->arithmetic = "Float.";
      ls_explain_f32 (e, "real", "element of the input", NULL, a);
      ls_explain_f32 (e, "limit", "none", NULL, limit);
      ls_explain_store_float (e, curve->formula, curve->f (a, limit));
      return LS_OK;
    }
  if (!ls_stands_for_reals (x))
    return ls_explain_unsupported (e, error, "%s", ls_type_name (x->type));
  if (x->type == LS_TYPE_INT16)
    by_points (e, curve, limit);
  else
    {
      ls_explain_f32 (e, "limit", "where the function ends", NULL, limit);
      by_table (e, curve, limit);
    }
  return LS_OK;
}

static bool
is_int16 (const LsExplainer *e)
{
  return e->node->in[0]->type == LS_TYPE_INT16;
}

LsStatus
ls_explain_logistic (LsExplainer *e, LsError *error)
{
  return is_int16 (e) ? ls_explain_logistic_int16 (e)
                      : ls_explain_curve (e, &curves[LOGISTIC], 0, error);
}

LsStatus
ls_explain_tanh (LsExplainer *e, LsError *error)
{
  return is_int16 (e) ? ls_explain_tanh_int16 (e) : ls_explain_curve (e, &curves[TANH], 0, error);
}

/* In 8 bits EXP ends at a value beyond the output's type. */
LsStatus
ls_explain_exp (LsExplainer *e, LsError *error)
{
  const LsValue *y = e->node->out[0];
  const bool is_limited = y->type == LS_TYPE_INT8 || y->type == LS_TYPE_UINT8;

  return ls_explain_curve (e, &curves[EXP], is_limited ? 1e6f * y->scale : INFINITY, error);
}

/* Outside its domain LOG of integers gives the least number of the output's type. */
LsStatus
ls_explain_log (LsExplainer *e, LsError *error)
{
  const LsValue *x = e->node->in[0], *y = e->node->out[0];
  int32_t low, high;

  if (x->type == LS_TYPE_FLOAT32)
    return ls_explain_curve (e, &curves[LOG], ls_explain_get (x, e->element) == 0 ? -INFINITY : NAN,
                             error);
  ls_integer_range (y->type, &low, &high);
  return ls_explain_curve (e, &curves[LOG], (float) (low - y->zero_point) * y->scale, error);
}

LsStatus
ls_explain_elu (LsExplainer *e, LsError *error)
{
  return ls_explain_curve (e, &curves[ELU], 0, error);
}

LsStatus
ls_explain_gelu (LsExplainer *e, LsError *error)
{
  const bool is_approximate = ls_attr_int (e->node->def, "approximate", 0) != 0;

  return ls_explain_curve (e, &curves[is_approximate ? GELU_TANH : GELU], 0, error);
}

LsStatus
ls_explain_square (LsExplainer *e, LsError *error)
{
  return ls_explain_curve (e, &curves[SQUARE], 0, error);
}
