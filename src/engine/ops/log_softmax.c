/*
 * LOG_SOFTMAX over the last dimension.
 *
 * Sources: tflite/kernels/activations.cc (LogSoftmaxPrepare), internal/reference/log_softmax.h,
 * internal/reference/integer_ops/log_softmax.h, internal/quantization_util.cc.
 */
#include "ops/rows.h"

#include "ops/shape.h"

#include <math.h>

typedef struct
{
  LsSoftmaxScaling scaling;
  LsFixedExps exps;
  LsMultiplier reverse; /* from Q5.26 back to steps of the input */
} LogSoftmax;

static void
row_f32 (const void *state, const void *in, void *out, size_t depth)
{
  const float *x = in;
  float *y = out, max = ls_row_max_f32 (x, depth);
  const float log_sum = logf (ls_elements ()->exps_f32 (x, y, depth, max, 1.0f));

  ls_elements ()->sub_f32 (&ls_unclamped, x, 1, &max, 0, y, depth);
  ls_elements ()->sub_f32 (&ls_unclamped, y, 1, &log_sum, 0, y, depth);
}

static int32_t
wrap_sub (int32_t a, int32_t b)
{
  return (int32_t) ((uint32_t) a - (uint32_t) b);
}

/* Outputs are steps of 1/16 below @zero_point, the largest number of the type. */
static inline int32_t
log_of (const LogSoftmax *s, int32_t difference, int32_t log_sum)
{
  const int to_q4 = 31 - 5 - 4;

  return ls_rdbpot (wrap_sub (ls_mbqm (difference, s->scaling.input), log_sum), to_q4);
}

#define DEFINE_8_BIT(name, T, min, max_value)                                                      \
  static void name (const void *state, const void *in, void *out, size_t depth)                    \
  {                                                                                                \
    const LogSoftmax *s = state;                                                                   \
    const T *x = in;                                                                               \
    T *y = out;                                                                                    \
    int32_t max = min, least;                                                                      \
    uint32_t sum = 0;                                                                              \
                                                                                                   \
    for (size_t i = 0; i < depth; i++)                                                             \
      max = x[i] > max ? x[i] : max;                                                               \
    for (size_t i = 0; i < depth; i++)                                                             \
      sum += (uint32_t) s->exps.q12[max - x[i]];                                                   \
                                                                                                   \
    const int32_t log_sum = ls_fixed_log ((int32_t) sum);                                          \
                                                                                                   \
    least = ls_mbqm (wrap_sub (log_sum, INT32_MIN), s->reverse);                                   \
    least = least < s->scaling.diff_min - 1 ? s->scaling.diff_min - 1 : least;                     \
    for (size_t i = 0; i < depth; i++)                                                             \
      {                                                                                            \
        const int32_t difference = x[i] - max;                                                     \
                                                                                                   \
        y[i] = (T) (difference > least                                                             \
                      ? ls_clamp_i32 (log_of (s, difference, log_sum) + max_value, min, max_value) \
                      : min);                                                                      \
      }                                                                                            \
  }
DEFINE_8_BIT (row_int8, int8_t, INT8_MIN, INT8_MAX)
DEFINE_8_BIT (row_uint8, uint8_t, 0, UINT8_MAX)

static LsStatus
plan_8_bits (LsNode *node, LogSoftmax *s, LsError *error)
{
  const LsValue *x = node->in[0], *y = node->out[0];
  const int32_t zero_point = x->type == LS_TYPE_INT8 ? INT8_MAX : UINT8_MAX;

  LS_TRY (ls_node_scale (node, x, "the input", error));
  if (y->scale != 16.0f / 256.0f || y->zero_point != zero_point)
    return ls_node_invalid (
      node, error, "%s output has to have the scale 1/16 and the zero point %d, not %g, %d",
      ls_type_name (y->type), zero_point, (double) y->scale, y->zero_point);
  if (!ls_softmax_scaling (&s->scaling, 1.0, (double) x->scale))
    return ls_node_invalid (node, error, "the input's scale %g is too small", (double) x->scale);
  s->reverse = ls_quantize_multiplier (ldexp (1.0, 31 - s->scaling.input.shift)
                                       / (double) s->scaling.input.multiplier);
  ls_fixed_exps (&s->exps, &s->scaling);
  return LS_OK;
}

static LsStatus
log_softmax_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_same_type (node, node->in[0], node->out[0], error));

  const LsType type = node->in[0]->type;
  LogSoftmax *s = ls_node_alloc (node, 1, sizeof *s, error);

  if (s == NULL)
    return LS_E_NO_MEMORY;
  if (type == LS_TYPE_FLOAT32)
    return ls_rows_prepare (node, row_f32, s, error);
  if (type != LS_TYPE_INT8 && type != LS_TYPE_UINT8)
    return ls_node_unsupported (node, error, "type %s", ls_type_name (type));
  LS_TRY (plan_8_bits (node, s, error));
  return ls_rows_prepare (node, type == LS_TYPE_INT8 ? row_int8 : row_uint8, s, error);
}

const LsOp ls_op_log_softmax = { log_softmax_prepare, 0, 2, "float32, int8, uint8" };
