/*
 * SOFTMAX of 16 bits: exponentials and 1 / (1 + x) from curves of 513 points.
 *
 * Sources: tflite/kernels/internal/reference/softmax.h (SoftmaxInt16), internal/common.h
 * (LUTPopulate in double, LUTLookup).
 */
#include "explain/softmax.h"

#include <math.h>

static const char functions[]
  = "static inline double\n"
    "one_over_one_plus (double x)\n"
    "{\n"
    "  return 1 / (1 + x);\n"
    "}\n"
    "\n"
    "/* Point i of 513 on [low, high]: the value in steps of 2 / 65535, less half of what the "
    "line\n"
    " * to the next is wrong by. */\n"
    "static inline int32_t\n"
    "point (double (*f) (double), double low, double high, double inverse, int i)\n"
    "{\n"
    "  const double step = (high - low) / 512;\n"
    "  const double value = f (i < 512 ? low + i * step : high);\n"
    "  const double next = f (low + (i + 1) * step), middle = f (low + i * step + step / 2);\n"
    "  const double line = round ((next * inverse + round (value * inverse)) / 2);\n"
    "  const double bias = i < 512 ? round ((line - round (middle * inverse)) / 2) : 0;\n"
    "\n"
    "  return (int32_t) fmin (fmax (round (value * inverse) - bias, -32768.0), 32767.0);\n"
    "}\n"
    "\n"
    "static inline int32_t\n"
    "between (double (*f) (double), double low, double high, double inverse, int32_t x)\n"
    "{\n"
    "  const int i = 256 + (x >> 7);\n"
    "  const int32_t base = point (f, low, high, inverse, i);\n"
    "  const int32_t slope = (int16_t) (point (f, low, high, inverse, i + 1) - base);\n"
    "\n"
    "  return (int16_t) (base + ((slope * (x & 0x7f) + 64) >> 7));\n"
    "}\n"
    "\n"
    "static inline int32_t\n"
    "mbqm (int32_t x, int32_t multiplier, int32_t shift)\n"
    "{\n"
    "  return rdbpot (srdhm (shift > 0 ? x << shift : x, multiplier), shift > 0 ? 0 : -shift);\n"
    "}\n"
    "\n"
    "/* Of a difference from the largest: -65535 ... 0 stand for -10 ... 0. */\n"
    "static inline int32_t\n"
    "exp_of (int32_t difference, int32_t multiplier, int32_t shift)\n"
    "{\n"
    "  const double low = 10.0 / 65535 * -65535, high = 0;\n"
    "\n"
    "  difference = clamp (mbqm (difference, multiplier, shift) + 32767, -32768, 32767);\n"
    "  return between (exp, low, high, 65536 / (2.0 / 65535 * 32767 - 2.0 / 65535 * -32768),\n"
    "                  difference);\n"
    "}\n"
    "\n"
    "static inline int32_t\n"
    "reciprocal_of (int32_t x)\n"
    "{\n"
    "  return between (one_over_one_plus, 0, 1.0 / 65535 * 65535,\n"
    "                  65536 / (2.0 / 65535 * 32767 - 2.0 / 65535 * -32768), x);\n"
    "}\n";

static double
one_over_one_plus (double x)
{
  return 1 / (1 + x);
}

static int32_t
point (double (*f) (double), double low, double high, double inverse, int i)
{
  const double step = (high - low) / 512;
  const double value = f (i < 512 ? low + i * step : high);
  const double next = f (low + (i + 1) * step), middle = f (low + i * step + step / 2);
  const double line = round ((next * inverse + round (value * inverse)) / 2);
  const double bias = i < 512 ? round ((line - round (middle * inverse)) / 2) : 0;

  return (int32_t) fmin (fmax (round (value * inverse) - bias, -32768.0), 32767.0);
}

static int32_t
between (double (*f) (double), double low, double high, int32_t x)
{
  const double inverse = 65536 / (2.0 / 65535 * 32767 - 2.0 / 65535 * -32768);
  const int i = 256 + (x >> 7);
  const int32_t base = point (f, low, high, inverse, i);
  const int32_t slope = (int16_t) (point (f, low, high, inverse, i + 1) - base);

  return (int16_t) (base + ((slope * (x & 0x7f) + 64) >> 7));
}

static int32_t
exp_of (int32_t difference, LsMultiplier m)
{
  const int32_t moved = (int32_t) ((uint32_t) ls_mbqm (difference, m) + INT16_MAX);

  return between (exp, 10.0 / 65535 * -65535, 0, ls_clamp_i32 (moved, INT16_MIN, INT16_MAX));
}

static int32_t
sum_row (LsExplainer *e, LsMultiplier m, int32_t *largest)
{
  int32_t sum = 0;

  *largest = INT16_MIN;
  for (uint32_t i = 0; i < e->out->n_taps; i++)
    *largest = e->out->taps[i].x > *largest ? (int32_t) e->out->taps[i].x : *largest;
  for (uint32_t i = 0; i < e->out->n_taps; i++)
    {
      LsExplainTap *tap = &e->out->taps[i];

      tap->a = tap->x - *largest;
      tap->product = exp_of ((int32_t) tap->a, m);
      sum = (int32_t) ((uint32_t) sum + (uint32_t) (int32_t) tap->product);
    }
  ls_explain_loop_int (e, LS_EXPLAIN_I32, "largest", "of the row", "-32768",
                       "largest = x[i] > largest ? x[i] : largest", *largest);
  ls_explain_loop_int (e, LS_EXPLAIN_I32, "sum", "of the exponentials, in Q16.15", "0",
                       "sum += exp_of (x[i] - largest, multiplier, shift)", sum);
  return sum;
}

/* 1 / sum through 1 / (1 + x), x being what its mantissa has above 1. */
static int32_t
reciprocal_of (LsExplainer *e, int32_t sum, int headroom)
{
  const int32_t shifted = ls_explain_i32 (
    e, "mantissa", "with 16 bits behind the point, rounded",
    "(int32_t) ((((int64_t) sum << (headroom - 1)) + (1 << 13)) >> 14)",
    (int32_t) ((int64_t) (((uint64_t) (int64_t) sum << (headroom - 1)) + (1 << 13)) >> 14));
  const int32_t above = ls_explain_i32 (
    e, "above", "what it has above 1", "clamp (mantissa - (1 << 15) - (1 << 16), -32768, 32767)",
    ls_clamp_i32 (shifted - (1 << 15) - (1 << 16), INT16_MIN, INT16_MAX));

  return ls_explain_i32 (e, "reciprocal", "1 / (1 + above)", "reciprocal_of (above)",
                         between (one_over_one_plus, 0, 1.0 / 65535 * 65535, above));
}

void
ls_explain_softmax_int16 (LsExplainer *e, float beta)
{
  const float scale
    = ls_explain_f32 (e, "input_scale", "scale of the input", NULL, e->node->in[0]->scale);
  const int32_t place = ls_explain_row_place (e);
  int32_t largest;

  e->out->arithmetic = "16 bits: exponentials and 1 / (1 + x) from curves of 513 points.";
  e->out->functions = functions;
  e->out->a_title = "x - largest";
  e->out->product_title = "exp in Q0.15";

  const double real = ls_explain_f64 (e, "real_multiplier", "10 is 65535 steps",
                                      "(double) (input_scale * beta) / (10.0 / 65535.0)",
                                      (double) (scale * beta) / (10.0 / 65535.0));
  const LsMultiplier m = ls_explain_multiplier (e, "", "real_multiplier", real);
  const int32_t sum = sum_row (e, m, &largest);
  const int headroom
    = ls_explain_i32 (e, "headroom", "zero bits above its highest", "leading_zeros (sum)",
                      sum == 0 ? 32 : __builtin_clz ((uint32_t) sum));
  const int32_t reciprocal = reciprocal_of (e, sum, headroom);
  const int32_t mine
    = ls_explain_i32 (e, "mine", "the element's own exponential",
                      ls_explain_text (e, "exp_of (x[%d] - largest, multiplier, shift)", place),
                      exp_of ((int32_t) e->out->taps[place].a, m));
  const int right = ls_explain_i32 (e, "right_shift", "back by the bits of the sum",
                                    "31 - headroom", 31 - headroom);
  const int64_t product
    = ls_explain_i64 (e, "product", "with one half of the last place",
                      "(int64_t) mine * reciprocal + (INT64_C (1) << ((right_shift - 1) & 31))",
                      (int64_t) mine * reciprocal + (INT64_C (1) << ((right - 1) & 31)));

  ls_explain_store (e,
                    ls_explain_i32 (e, "raised", "in steps of the output",
                                    "(int32_t) (product >> (right_shift & 63))",
                                    (int32_t) (product >> (right & 63))),
                    0, INT16_MAX);
}
