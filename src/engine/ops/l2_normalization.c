/* L2_NORMALIZATION over the last dimension. Sources: tflite/kernels/l2norm.cc,
 * internal/reference/l2normalization.h, internal/reference/integer_ops/l2normalization.h. */
#include "kernels/rows.h"
#include "ops/activation.h"
#include "ops/rows.h"
#include "ops/shape.h"

#include <math.h>

typedef struct
{
  int32_t zero_point;
} Normalization;

static void
row_f32 (const void *state, const void *in, void *out, size_t depth)
{
  const float epsilon = 1e-6f;
  float sum = 0.0f, norm;

  ls_row_kernels ()->accumulate[LS_ACC_SQUARES_F32].row (&sum, in, depth);
  norm = sqrtf (sum);
  norm = norm < epsilon ? epsilon : norm;
  ls_elements ()->div_f32 (&ls_unclamped, in, 1, &norm, 0, out, depth);
}

/* Outputs are steps of 1/128; uint8 rounds a product that is 128 times as large, int8 the product
 * with a multiplier that is. */
#define DEFINE_8_BIT(name, T, rescale, zero, min, max)                                             \
  static void name (const void *state, const void *in, void *out, size_t depth)                    \
  {                                                                                                \
    const int32_t zero_point = ((const Normalization *) state)->zero_point;                        \
    const T *x = in;                                                                               \
    T *y = out;                                                                                    \
    uint32_t sum = 0;                                                                              \
                                                                                                   \
    for (size_t i = 0; i < depth; i++)                                                             \
      sum += (uint32_t) ((x[i] - zero_point) * (x[i] - zero_point));                               \
                                                                                                   \
    const LsMultiplier inverse = ls_fixed_inv_sqrt ((int32_t) sum);                                \
                                                                                                   \
    for (size_t i = 0; i < depth; i++)                                                             \
      y[i] = (T) ls_clamp_i32 (zero + rescale (x[i] - zero_point, inverse), min, max);             \
  }

static inline int32_t
rescale_uint8 (int32_t difference, LsMultiplier inverse)
{
  return ls_rdbpot (ls_srdhm (128 * difference, inverse.multiplier), -inverse.shift);
}

static inline int32_t
rescale_int8 (int32_t difference, LsMultiplier inverse)
{
  inverse.shift += 7;
  return ls_mbqm (difference, inverse);
}

DEFINE_8_BIT (row_int8, int8_t, rescale_int8, 0, INT8_MIN, INT8_MAX)
DEFINE_8_BIT (row_uint8, uint8_t, rescale_uint8, 128, 0, UINT8_MAX)

static LsStatus
plan_8_bits (LsNode *node, Normalization *n, LsError *error)
{
  const LsValue *x = node->in[0], *y = node->out[0];
  const int32_t zero_point = x->type == LS_TYPE_INT8 ? 0 : 128;

  LS_TRY (ls_node_scale (node, x, "the input", error));
  if (y->scale != 1.0f / 128.0f || y->zero_point != zero_point)
    return ls_node_invalid (
      node, error, "%s output has to have the scale 1/128 and the zero point %d, not %g, %d",
      ls_type_name (y->type), zero_point, (double) y->scale, y->zero_point);
  n->zero_point = x->zero_point;
  return LS_OK;
}

static LsStatus
l2_normalization_prepare (LsNode *node, LsError *error)
{
  LsActivation activation;

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_same_type (node, node->in[0], node->out[0], error));
  LS_TRY (ls_node_activation (node, &activation, error));
  if (activation != LS_ACTIVATION_NONE)
    return ls_node_unsupported (node, error, "a fused activation");

  const LsType type = node->in[0]->type;
  Normalization *n = ls_node_alloc (node, 1, sizeof *n, error);

  if (n == NULL)
    return LS_E_NO_MEMORY;
  if (type == LS_TYPE_FLOAT32)
    return ls_rows_prepare (node, row_f32, n, error);
  if (type != LS_TYPE_INT8 && type != LS_TYPE_UINT8)
    return ls_node_unsupported (node, error, "type %s", ls_type_name (type));
  LS_TRY (plan_8_bits (node, n, error));
  return ls_rows_prepare (node, type == LS_TYPE_INT8 ? row_int8 : row_uint8, n, error);
}

const LsOp ls_op_l2_normalization
  = { l2_normalization_prepare, LS_OP_IN_PLACE, 2, "float32, int8, uint8" };
