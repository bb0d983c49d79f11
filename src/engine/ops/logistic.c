/*
 * LOGISTIC and TANH of quantized numbers. 8 bits: a table of the real function. 16 bits: between
 * 256 points of the logistic curve, tanh (x) being 2 × logistic (2x) - 1.
 *
 * Sources: tflite/kernels/activations.cc (TanhPrepare, SigmoidPrepare),
 * internal/reference/integer_ops/logistic.h, tanh.h, internal/common.h (sigmoid_table_uint16).
 */
#include "ops/fixed_math.h"
#include "ops/unary.h"

enum
{
  N_POINTS = 256,
  POINTS_PER_UNIT = 24
};

static double
logistic_point (double index)
{
  return 65536.0 / (1.0 + exp (-index / POINTS_PER_UNIT));
}

/* logistic (i / 24) in 0.16, raised by half the error of the straight line to the next point; the
 * last one is saturated. */
static void
fill_points (uint16_t points[N_POINTS])
{
  for (int i = 0; i < N_POINTS - 1; i++)
    {
      double value = logistic_point (i), line = (value + logistic_point (i + 1)) / 2;

      points[i] = (uint16_t) round (value - (line - logistic_point (i + 0.5)) / 2);
    }
  points[N_POINTS - 1] = UINT16_MAX;
}

/* Puts an input on the grid of 1 / (3 × 4096): @largest_shift says which power-of-two scales
 * (2^-12 for 0, and 2^-11 for 1) keep their own, exact form. */
static void
plan_grid (LsUnary *unary, int largest_shift)
{
  const int fractional_bits = 12;
  int log2;
  bool is_power = ls_exact_log2 (unary->in_scale, &log2);
  int shift = fractional_bits + log2;
  double multiplier = (double) unary->in_scale * 4096.0 * 3.0;

  unary->plain = (LsMultiplier){ 3 << (shift & 1), 0 };
  if (is_power && shift >= 0 && shift <= largest_shift)
    return;
  for (shift = 0; multiplier <= 32767.0 / 2.0 && shift <= 30; shift++)
    multiplier *= 2.0;
  unary->plain.multiplier = multiplier < 2147483648.0 ? (int32_t) multiplier : INT32_MIN;
  unary->plain.shift = shift;
}

static inline int32_t
to_grid (const LsUnary *unary, int16_t x)
{
  int shift = unary->plain.shift;
  uint32_t half = shift > 0 ? UINT32_C (1) << (shift - 1) : 0;

  return (int32_t) ((uint32_t) x * (uint32_t) unary->plain.multiplier + half) >> shift;
}

static bool
run_logistic_int16 (const LsUnary *unary, const void *in, void *out, size_t n)
{
  const int16_t *xs = in;
  int16_t *ys = out;

  for (size_t i = 0; i < n; i++)
    {
      int32_t x = to_grid (unary, xs[i]);
      uint32_t size = x < 0 ? 0 - (uint32_t) x : (uint32_t) x, index = size >> 9, y = 0x7fff << 10;

      if (index < N_POINTS - 1)
        {
          uint32_t a = unary->points[index], b = unary->points[index + 1];

          y = (a << 9) + (size & 0x1ff) * (b - a);
        }
      y = x >= 0 ? y + (1 << 9) : (1 << 25) - y + (1 << 9) - 1;
      ys[i] = (int16_t) (y >> 10);
    }
  return true;
}

static bool
run_tanh_int16 (const LsUnary *unary, const void *in, void *out, size_t n)
{
  const int16_t *xs = in;
  int16_t *ys = out;

  for (size_t i = 0; i < n; i++)
    {
      int32_t x = to_grid (unary, xs[i]), y = 0xffff << 8;
      uint32_t size = x < 0 ? 0 - (uint32_t) x : (uint32_t) x, index = size >> 8;

      if (index < N_POINTS - 1)
        {
          uint32_t a = unary->points[index], b = unary->points[index + 1];

          y = (int32_t) ((a << 8) + (size & 0xff) * (b - a));
        }
      y = x >= 0 ? y - (1 << 23) + (1 << 7) : -y + (1 << 23) + (1 << 7) - 1;
      ys[i] = (int16_t) (y >> 8);
    }
  return true;
}

static float
logistic_real (float x, const void *params)
{
  return 1.0f / (1.0f + expf (-x));
}

static float
tanh_real (float x, const void *params)
{
  return tanhf (x);
}

/* The 16-bit forms know only the output scale 2^-15. */
static LsStatus
check_output_scale (const LsNode *node, LsError *error)
{
  int log2;

  if (ls_exact_log2 (node->out[0]->scale, &log2) && log2 == -15)
    return LS_OK;
  return ls_node_invalid (node, error, "the scale of INT16 output has to be 1/32768, it is %g",
                          (double) node->out[0]->scale);
}

static LsStatus
plan (LsNode *node, LsUnary *unary, LsRealFn real, LsUnaryLoop int16_loop, int largest_shift,
      LsError *error)
{
  if (node->in[0]->type != LS_TYPE_INT16)
    return ls_unary_plan_real (node, unary, real, NULL, error);
  LS_TRY (ls_unary_scales (node, unary, error));
  LS_TRY (ls_unary_symmetric (node, error));
  LS_TRY (check_output_scale (node, error));
  fill_points (unary->points);
  plan_grid (unary, largest_shift);
  unary->loop = int16_loop;
  unary->cost = LS_COST_RESCALE;
  return LS_OK;
}

LsStatus
ls_plan_logistic (LsNode *node, LsUnary *unary, LsError *error)
{
  return plan (node, unary, logistic_real, run_logistic_int16, 0, error);
}

LsStatus
ls_plan_tanh (LsNode *node, LsUnary *unary, LsError *error)
{
  return plan (node, unary, tanh_real, run_tanh_int16, 1, error);
}
