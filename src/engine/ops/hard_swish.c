/* HARD_SWISH of quantized numbers, in 16-bit fixed point. Sources:
 * tflite/kernels/activations.cc (HardSwishPrepare), internal/reference/hard_swish.h. */
#include "ops/fixed16.h"
#include "ops/unary.h"

/* A multiplier in 16 bits: value × 2^(exponent - 15). */
typedef struct
{
  int16_t value;
  int exponent;
} Multiplier16;

static Multiplier16
multiplier16 (float real)
{
  LsMultiplier m = ls_quantize_multiplier ((double) real);
  int32_t half = 1 << 15;

  return (Multiplier16){ m.multiplier >= INT32_MAX - half ? INT16_MAX
                                                          : (int16_t) ((m.multiplier + half) >> 16),
                         m.shift };
}

static int16_t
shift_left (int16_t x, int amount)
{
  int64_t result = (int64_t) x * (INT64_C (1) << amount);

  return (int16_t) (result > INT16_MAX ? INT16_MAX : result < INT16_MIN ? INT16_MIN : result);
}

/* Doubling high product that rounds towards zero. */
static int16_t
high_product (int16_t a, int16_t b)
{
  if (a == INT16_MIN && b == INT16_MIN)
    return INT16_MAX;
  return (int16_t) (a * b / (1 << 15));
}

/* (x + 3) / 6 within [0, 1], in Q0.15; @x: input × 2^7. */
static int16_t
relu_part (int16_t x, Multiplier16 m)
{
  if (m.exponent > 0)
    x = shift_left (x, m.exponent - 1);
  x = ls_fixed16_mul (x, m.value);
  if (m.exponent > 0)
    x = shift_left (x, 1);
  else if (m.exponent < 0)
    x = ls_fixed16_rdbpot (x, -m.exponent);
  return (int16_t) ((x + (1 << 15)) >> 1);
}

static int32_t
rule (const LsUnary *unary, int32_t stored)
{
  const float fine = 1.0f / 128.0f * unary->in_scale;
  const Multiplier16 output = multiplier16 (fine / unary->out_scale),
                     reluish = multiplier16 (fine / (3.0f / 32768.0f));
  int16_t x = (int16_t) ((stored - unary->params.zero_a) * (1 << 7));
  int16_t y = high_product (relu_part (x, reluish), ls_fixed16_mul (x, output.value));

  y = (int16_t) (ls_fixed16_rdbpot (y, -output.exponent) + unary->params.zero_y);
  return ls_clamp_i32 (y, unary->params.low, unary->params.high);
}

LsStatus
ls_plan_hard_swish (LsNode *node, LsUnary *unary, LsError *error)
{
  if (node->in[0]->type != LS_TYPE_INT8 && node->in[0]->type != LS_TYPE_UINT8)
    return ls_unary_unsupported (node, error);
  LS_TRY (ls_unary_scales (node, unary, error));
  if (multiplier16 (1.0f / 128.0f * unary->in_scale / unary->out_scale).exponent > 0)
    return ls_node_invalid (node, error, "the output's scale %g is too small beside the input's %g",
                            (double) unary->out_scale, (double) unary->in_scale);
  ls_unary_tabulate (node, unary, rule);
  return LS_OK;
}
