/*
 * ADD, SUB, MUL and SQUARED_DIFFERENCE of quantized integers.
 *
 * Sources: tflite/kernels/add.cc, sub.cc, mul.cc, squared_difference.cc, internal/reference/add.h,
 * sub.h, mul.h, internal/reference/integer_ops/add.h, mul.h.
 */
#include "ops/arithmetic.h"
#include "ops/fixed16.h"
#include "ops/fixed_math.h"

#include <math.h>

#define SETUP const LsElementParams q = s->params
/* Both inputs on their common scale. */
#define COMMON_A ls_rescale ((int32_t) ((uint32_t) (a - q.zero_a) << q.left_shift), q.a)
#define COMMON_B ls_rescale ((int32_t) ((uint32_t) (b - q.zero_b) << q.left_shift), q.b)

static inline int32_t
wrap_add (int32_t a, int32_t b)
{
  return (int32_t) ((uint32_t) a + (uint32_t) b);
}

static inline int32_t
finish (int32_t x, LsElementParams q)
{
  return ls_clamp_i32 (wrap_add (ls_rescale (x, q.y), q.zero_y), q.low, q.high);
}

static inline int32_t
square (int32_t x)
{
  return (int32_t) ((uint32_t) x * (uint32_t) x);
}

/* Product of two numbers in Q0.15, in steps of 1/128 (the scales are not looked at). */
static inline int32_t
product_q7 (int16_t a, int16_t b, LsElementParams q)
{
  int16_t y = ls_fixed16_rdbpot (ls_fixed16_mul (a, b), 8);

  return ls_clamp_i32 (y, q.low - q.zero_y, q.high - q.zero_y) + q.zero_y;
}

#define KERNELS(op)                                                                                \
  LS_KERNEL_LOOP (op##_INT8, op##_int8)                                                            \
  LS_KERNEL_LOOP (op##_UINT8, op##_uint8)                                                          \
  LS_KERNEL_LOOP (op##_INT16, op##_int16)
KERNELS (add)
KERNELS (sub)
KERNELS (mul)

#define DEFINE_SQUARED_DIFFERENCE(TYPE, T)                                                         \
  LS_BINARY_LOOP (squared_difference_##TYPE, T, T, T, SETUP,                                       \
                  finish (square (wrap_add (COMMON_A, -COMMON_B)), q))
DEFINE_SQUARED_DIFFERENCE (INT8, int8_t)
DEFINE_SQUARED_DIFFERENCE (UINT8, uint8_t)
LS_BINARY_LOOP (mul_to_INT8, int16_t, int16_t, int8_t, SETUP, product_q7 (a, b, q))
LS_BINARY_LOOP (mul_to_UINT8, int16_t, int16_t, uint8_t, SETUP, product_q7 (a, b, q))
/* Power-of-two scales: each input is shifted to the output's, and the sum saturates. */
LS_BINARY_LOOP (add_powers, int16_t, int16_t, int16_t, SETUP,
                ls_clamp_i32 (ls_fixed16_add (ls_fixed16_rdbpot (a, q.a.right),
                                              ls_fixed16_rdbpot (b, q.b.right)),
                              q.low, q.high))
LS_BINARY_LOOP (sub_powers, int16_t, int16_t, int16_t, SETUP,
                ls_clamp_i32 (ls_rdbpot (a, q.a.right) - ls_rdbpot (b, q.b.right), q.low, q.high))

#define TABLE(op)                                                                                  \
  static const LsBinaryLoop op##_loops[LS_N_TYPES]                                                 \
    = { [LS_TYPE_INT8] = op##_INT8, [LS_TYPE_UINT8] = op##_UINT8, [LS_TYPE_INT16] = op##_INT16 }
TABLE (add);
TABLE (sub);
TABLE (mul);
static const LsBinaryLoop squared_difference_loops[LS_N_TYPES] = {
  [LS_TYPE_INT8] = squared_difference_INT8,
  [LS_TYPE_UINT8] = squared_difference_UINT8,
};

/* Puts both inputs on twice the larger of their scales, with @left_shift bits behind the point.
 * @real_y: what takes the result from there to the output's scale. */
static void
common_scale (const LsNode *node, LsBinary *binary, int left_shift, double real_y)
{
  float a = node->in[0]->scale, b = node->in[1]->scale;
  double common = (double) (2 * fmaxf (a, b));

  binary->params.left_shift = left_shift;
  binary->params.a = ls_rescale_below_one (ls_quantize_multiplier ((double) a / common));
  binary->params.b = ls_rescale_below_one (ls_quantize_multiplier ((double) b / common));
  binary->params.y = ls_rescale_below_one (ls_quantize_multiplier (real_y));
}

static LsStatus
need_symmetry (const LsNode *node, LsError *error)
{
  if (node->in[0]->zero_point == 0 && node->in[1]->zero_point == 0 && node->out[0]->zero_point == 0)
    return LS_OK;
  return ls_node_invalid (node, error, "zero points of INT16 have to be 0, they are %d, %d and %d",
                          node->in[0]->zero_point, node->in[1]->zero_point,
                          node->out[0]->zero_point);
}

/* True when the int16 form for power-of-two scales is to be used; the shifts go into quant. */
static LsStatus
plan_powers (LsNode *node, LsBinary *binary, bool *is_used, LsError *error)
{
  int a, b, y;

  *is_used = ls_attr_int (node->def, "pot_scale_int16", 1) != 0
             && ls_exact_log2 (node->in[0]->scale, &a) && ls_exact_log2 (node->in[1]->scale, &b)
             && ls_exact_log2 (node->out[0]->scale, &y);
  if (!*is_used)
    return LS_OK;
  if ((a != y && b != y) || a > y || b > y)
    return ls_node_invalid (node, error,
                            "with power-of-two scales one input has to have the output's scale, "
                            "and none a larger one: they are 2^%d, 2^%d and 2^%d",
                            a, b, y);
  binary->params.a.right = y - a;
  binary->params.b.right = y - b;
  return LS_OK;
}

LsStatus
ls_plan_quantized_sum (LsNode *node, LsBinary *binary, bool is_difference, LsError *error)
{
  const bool is_wide = node->in[0]->type == LS_TYPE_INT16;
  const int left_shift = is_wide ? 15 : 20;
  bool has_powers = false;

  LS_TRY (ls_binary_quantized (node, binary, error));
  if (is_wide)
    {
      LS_TRY (need_symmetry (node, error));
      LS_TRY (plan_powers (node, binary, &has_powers, error));
    }
  LS_TRY (ls_binary_choose_same (node, binary, is_difference ? sub_loops : add_loops, error));
  if (has_powers)
    {
      binary->loop = is_difference ? sub_powers : add_powers;
      return LS_OK;
    }

  double common = (double) (2 * fmaxf (node->in[0]->scale, node->in[1]->scale));

  common_scale (node, binary, left_shift,
                common / (double) ((float) (1 << left_shift) * node->out[0]->scale));
  return LS_OK;
}

LsStatus
ls_plan_quantized_squared_difference (LsNode *node, LsBinary *binary, LsError *error)
{
  const int left_shift = 7;

  LS_TRY (ls_binary_quantized (node, binary, error));
  LS_TRY (ls_binary_choose_same (node, binary, squared_difference_loops, error));

  double common = (double) (2 * fmaxf (node->in[0]->scale, node->in[1]->scale));

  common_scale (node, binary, left_shift,
                common * common / (double) ((float) (1 << (2 * left_shift)) * node->out[0]->scale));
  return LS_OK;
}

LsStatus
ls_plan_quantized_mul (LsNode *node, LsBinary *binary, LsError *error)
{
  const LsValue *a = node->in[0], *b = node->in[1], *y = node->out[0];
  const bool is_narrowing = a->type == LS_TYPE_INT16 && b->type == LS_TYPE_INT16
                            && (y->type == LS_TYPE_INT8 || y->type == LS_TYPE_UINT8);

  LS_TRY (ls_binary_quantized (node, binary, error));
  if (is_narrowing)
    {
      binary->loop = y->type == LS_TYPE_INT8 ? mul_to_INT8 : mul_to_UINT8;
      return LS_OK;
    }
  if (a->type == LS_TYPE_INT16)
    LS_TRY (need_symmetry (node, error));
  binary->params.y
    = ls_rescale_from (ls_quantize_multiplier ((double) (a->scale * b->scale / y->scale)));
  return ls_binary_choose_same (node, binary, mul_loops, error);
}
