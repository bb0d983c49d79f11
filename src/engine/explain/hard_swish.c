/*
 * HARD_SWISH: x × relu6 (x + 3) / 6, of 8 bits in 16-bit fixed point.
 *
 * Sources: tflite/kernels/activations.cc (HardSwishPrepare), internal/reference/hard_swish.h.
 */
#include "explain/explain.h"
#include "ops/elementwise.h"
#include "ops/fixed16.h"

#include <math.h>

static const char functions[]
  = "/* (a * b) / 2^15, rounded; the two least numbers saturate. */\n"
    "static inline int32_t\n"
    "high16 (int32_t a, int32_t b)\n"
    "{\n"
    "  const int32_t ab = a * b;\n"
    "\n"
    "  if (a == -32768 && b == -32768)\n"
    "    return 32767;\n"
    "  return (ab + (ab >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15);\n"
    "}\n"
    "\n"
    "/* x / 2^exponent, half away from zero, in 16 bits. */\n"
    "static inline int32_t\n"
    "rdbpot16 (int32_t x, int exponent)\n"
    "{\n"
    "  const int16_t mask = (int16_t) (uint16_t) ((UINT64_C (1) << (exponent & 63)) - 1);\n"
    "\n"
    "  return (int16_t) ((x >> (exponent & 31)) + ((int16_t) (x & mask) > (mask >> 1) + (x < "
    "0)));\n"
    "}\n";

static int16_t
multiplier16 (int32_t multiplier)
{
  return multiplier >= INT32_MAX - (1 << 15) ? INT16_MAX
                                             : (int16_t) ((multiplier + (1 << 15)) >> 16);
}

/* A real number as 16 bits and an exponent. */
static LsMultiplier
explain_multiplier16 (LsExplainer *e, const char *prefix, const char *label, const char *formula,
                      double real)
{
  const char *id = ls_explain_text (e, "%sreal", prefix);

  ls_explain_f64 (e, id, label, formula, real);

  LsMultiplier m = ls_explain_multiplier (e, prefix, id, real);

  m.multiplier = ls_explain_i32 (
    e, ls_explain_text (e, "%s16", prefix), "the multiplier rounded to 16 bits",
    ls_explain_text (e, "%smultiplier >= 0x7fff7fff ? 32767 : (%smultiplier + 0x8000) >> 16",
                     prefix, prefix),
    multiplier16 (m.multiplier));
  return m;
}

static int32_t
saturate16 (int64_t x)
{
  return (int32_t) (x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x);
}

/* (x + 3) / 6 within [0, 1], in Q0.15. */
static int32_t
gate_of (LsExplainer *e, int32_t x, LsMultiplier m)
{
  const char *from = "fine";

  if (m.shift > 0)
    {
      x = ls_explain_i32 (
        e, "gate_shifted", "to the left, saturating: all but one bit",
        ls_explain_text (e, "clamp (fine * (1 << %d), -32768, 32767)", m.shift - 1),
        saturate16 ((int64_t) x * (INT64_C (1) << (m.shift - 1))));
      from = "gate_shifted";
    }
  x = ls_explain_i32 (e, "gate_high", "in steps of 3 / 32768",
                      ls_explain_text (e, "high16 (%s, reluish_16)", from),
                      ls_fixed16_mul ((int16_t) x, (int16_t) m.multiplier));
  from = "gate_high";
  if (m.shift > 0)
    {
      x = ls_explain_i32 (e, "gate_doubled", "the last bit", "clamp (gate_high * 2, -32768, 32767)",
                          saturate16 ((int64_t) x * 2));
      from = "gate_doubled";
    }
  else if (m.shift < 0)
    {
      x = ls_explain_i32 (e, "gate_divided", "to the right, rounding",
                          ls_explain_text (e, "rdbpot16 (gate_high, %d)", -m.shift),
                          ls_fixed16_rdbpot ((int16_t) x, -m.shift));
      from = "gate_divided";
    }
  return ls_explain_i32 (e, "gate", "(x + 3) / 6 within [0, 1], in Q0.15",
                         ls_explain_text (e, "(%s + (1 << 15)) >> 1", from), (x + (1 << 15)) >> 1);
}

static void
in_fixed_point (LsExplainer *e)
{
  const LsValue *x = e->node->in[0], *y = e->node->out[0];
  const float fine = 1.0f / 128.0f * x->scale;
  int32_t low, high;

  e->out->arithmetic = "8 bits: in 16-bit fixed point; the last product rounds towards zero.";
  e->out->functions = functions;
  ls_explain_f32 (e, "input_scale", "scale of the input", NULL, x->scale);
  ls_explain_f32 (e, "output_scale", "scale of the output", NULL, y->scale);
  ls_explain_f32 (e, "fine_scale", "with 7 bits more", "1.0f / 128.0f * input_scale", fine);
  ls_explain_i32 (e, "input_zero_point", "zero point of the input", NULL, x->zero_point);
  ls_explain_i32 (e, "output_zero_point", "zero point of the output", NULL, y->zero_point);

  const int32_t a = (int32_t) ls_explain_read (e, "a", x, e->element);
  const LsMultiplier output
    = explain_multiplier16 (e, "output_", "to the output's scale",
                            "(double) (fine_scale / output_scale)", (double) (fine / y->scale)),
    reluish = explain_multiplier16 (e, "reluish_", "to steps of 3 / 32768",
                                    "(double) (fine_scale / (3.0f / 32768.0f))",
                                    (double) (fine / (3.0f / 32768.0f)));
  const int32_t moved = ls_explain_i32 (e, "fine", "without the zero point, 7 bits more",
                                        "(int16_t) ((a - input_zero_point) * (1 << 7))",
                                        (int16_t) ((a - x->zero_point) * (1 << 7)));
  const int32_t value
    = ls_explain_i32 (e, "value", "on the output's scale", "high16 (fine, output_16)",
                      ls_fixed16_mul ((int16_t) moved, (int16_t) output.multiplier));
  const int32_t gate = gate_of (e, moved, reluish);
  const int32_t product = ls_explain_i32 (e, "product", "cut off towards zero",
                                          "gate * value / (1 << 15)", gate * value / (1 << 15));
  const int32_t raised = ls_explain_i32 (
    e, "raised", "the bits of the output's multiplier, and its zero point",
    "(int16_t) (rdbpot16 (product, -output_shift) + output_zero_point)",
    (int16_t) (ls_fixed16_rdbpot ((int16_t) product, -output.shift) + y->zero_point));

  ls_integer_range (y->type, &low, &high);
  ls_explain_store (e, raised, low, high);
}

LsStatus
ls_explain_hard_swish (LsExplainer *e, LsError *error)
{
  const LsValue *x = e->node->in[0];
  const double real = ls_explain_real (x, 0, ls_explain_get (x, e->element));

  ls_explain_operand (e, "a", x, 0);
  e->out->float_value = real * fmin (fmax (real + 3, 0), 6) / 6;
  if (x->type == LS_TYPE_FLOAT32)
    {
      const float a = (float) ls_explain_read (e, "a", x, e->element);

      e->out->arithmetic = "Float.";
      ls_explain_store_float (e, "a * fminf (fmaxf (a + 3, 0), 6) / 6",
                              a * fminf (fmaxf (a + 3, 0), 6) / 6);
      return LS_OK;
    }
  if (x->type != LS_TYPE_INT8 && x->type != LS_TYPE_UINT8)
    return ls_explain_unsupported (e, error, "%s", ls_type_name (x->type));
  in_fixed_point (e);
  return LS_OK;
}
