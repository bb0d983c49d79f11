/*
 * LOGISTIC and TANH of 16 bits: between 256 points of the logistic curve, tanh (x) being
 * 2 × logistic (2x) - 1.
 *
 * Sources: tflite/kernels/activations.cc (SigmoidPrepare, TanhPrepare),
 * internal/reference/integer_ops/logistic.h, tanh.h, internal/common.h (sigmoid_table_uint16).
 */
#include "explain/curve.h"
#include "ops/fixed_math.h"

#include <math.h>
#include <stdlib.h>

static const char functions[]
  = "/* logistic (i / 24) in 0.16, raised by half of what the line to the next is wrong by. */\n"
    "static inline int32_t\n"
    "point (int i)\n"
    "{\n"
    "  const double a = 65536 / (1 + exp (-i / 24.0)), b = 65536 / (1 + exp (-(i + 1) / 24.0));\n"
    "  const double middle = 65536 / (1 + exp (-(i + 0.5) / 24));\n"
    "\n"
    "  return i >= 255 ? 65535 : (int32_t) round (a - ((a + b) / 2 - middle) / 2);\n"
    "}\n";

static int32_t
point (int i)
{
  const double a = 65536 / (1 + exp (-i / 24.0)), b = 65536 / (1 + exp (-(i + 1) / 24.0));
  const double middle = 65536 / (1 + exp (-(i + 0.5) / 24));

  return i >= 255 ? 65535 : (int32_t) round (a - ((a + b) / 2 - middle) / 2);
}

/* The input on the grid of 1 / (3 × 4096): power-of-two scales up to @largest keep their own form.
 */
static int32_t
to_grid (LsExplainer *e, int largest)
{
  const LsValue *x = e->node->in[0];
  double real = (double) x->scale * 4096.0 * 3.0;
  int log2, shift = 0;
  int32_t multiplier;

  ls_explain_f32 (e, "input_scale", "scale of the input", NULL, x->scale);

  const int32_t a = (int32_t) ls_explain_read (e, "a", x, e->element);

  if (ls_exact_log2 (x->scale, &log2) && 12 + log2 >= 0 && 12 + log2 <= largest)
    multiplier = ls_explain_i32 (e, "multiplier", "of a scale that is a power of two", NULL,
                                 3 << (12 + log2));
  else
    {
      for (; real <= 32767.0 / 2.0 && shift <= 30; shift++)
        real *= 2.0;
      multiplier = ls_explain_i32 (
        e, "multiplier", "input_scale × 4096 × 3, doubled until it fills 15 bits",
        ls_explain_text (e, "(int32_t) ldexp ((double) input_scale * 4096.0 * 3.0, %d)", shift),
        real < 2147483648.0 ? (int32_t) real : INT32_MIN);
    }
  ls_explain_i32 (e, "shift", "how often it was doubled", NULL, shift);

  const uint32_t half = shift > 0 ? UINT32_C (1) << (shift - 1) : 0;

  return ls_explain_i32 (e, "grid", "on the grid of 1 / 12288",
                         "(a * multiplier + (shift > 0 ? 1 << (shift - 1) : 0)) >> shift",
                         (int32_t) ((uint32_t) a * (uint32_t) multiplier + half) >> shift);
}

/* Between two points, with @bits behind the point of the index. */
static int32_t
interpolate (LsExplainer *e, int32_t grid, int bits, const char *beyond_text, int32_t beyond)
{
  const uint32_t size = grid < 0 ? 0 - (uint32_t) grid : (uint32_t) grid;
  const uint32_t index = size >> bits;

  ls_explain_i32 (e, "size", "the curve is known for positive numbers", "grid < 0 ? -grid : grid",
                  (int32_t) size);
  ls_explain_i32 (e, "index", "the point below", ls_explain_text (e, "size >> %d", bits),
                  (int32_t) index);
  if (index >= 255)
    return ls_explain_i32 (e, "line", "beyond the curve", beyond_text, beyond);
  e->out->functions = functions;

  const uint32_t a
    = (uint32_t) ls_explain_i32 (e, "base", "its value", "point (index)", point ((int) index)),
    b = (uint32_t) ls_explain_i32 (e, "next", "the next point's", "point (index + 1)",
                                   point ((int) index + 1));
  const uint32_t mask = (1u << bits) - 1;

  return ls_explain_i32 (
    e, "line", "on the line between them",
    ls_explain_text (e, "(base << %d) + (size & %u) * (next - base)", bits, mask),
    (int32_t) ((a << bits) + (size & mask) * (b - a)));
}

static void
begin (LsExplainer *e)
{
  ls_explain_operand (e, "a", e->node->in[0], 0);
  e->out->arithmetic = "16 bits: on the straight line between two of 256 points of the logistic "
                       "curve.";
}

LsStatus
ls_explain_logistic_int16 (LsExplainer *e)
{
  const LsValue *x = e->node->in[0];
  const double real = ls_explain_real (x, 0, ls_explain_get (x, e->element));

  begin (e);
  e->out->float_value = 1 / (1 + exp (-real));

  const int32_t grid = to_grid (e, 0);
  const int32_t line = interpolate (e, grid, 9, "0x7fff << 10", 0x7fff << 10);

  ls_explain_store_plain (e,
                          "(grid >= 0 ? line + (1 << 9) : (1 << 25) - line + (1 << 9) - 1) >> 10",
                          (grid >= 0 ? line + (1 << 9) : (1 << 25) - line + (1 << 9) - 1) >> 10);
  return LS_OK;
}

LsStatus
ls_explain_tanh_int16 (LsExplainer *e)
{
  const LsValue *x = e->node->in[0];

  begin (e);
  e->out->float_value = tanh (ls_explain_real (x, 0, ls_explain_get (x, e->element)));

  const int32_t grid = to_grid (e, 1);
  const int32_t line = interpolate (e, grid, 8, "0xffff << 8", 0xffff << 8);

  ls_explain_store_plain (
    e, "(grid >= 0 ? line - (1 << 23) + (1 << 7) : -line + (1 << 23) + (1 << 7) - 1) >> 8",
    (grid >= 0 ? line - (1 << 23) + (1 << 7) : -line + (1 << 23) + (1 << 7) - 1) >> 8);
  return LS_OK;
}
