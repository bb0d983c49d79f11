/*
 * SOFTMAX over the last dimension.
 *
 * Floats: exponentials of the differences from the row's maximum. 8 bits: the same in fixed point,
 * with the 256 exponentials in a table (into int8, uint8 or int16). 16 bits: two curves of 513
 * points. Sources: tflite/kernels/activations.cc (SoftmaxPrepare), internal/reference/softmax.h.
 */
#include "ops/rows.h"

#include "base/half.h"
#include "ops/fixed_math.h"
#include "ops/lut.h"
#include "kernels/real_math.h"
#include "ops/shape.h"

#include <float.h>

typedef struct
{
  float beta;
  LsSoftmaxScaling scaling; /* 8 bits; of 16 bits the multiplier */
  LsFixedExps exps;
  int16_t exp_curve[LS_LUT16_SIZE], reciprocal_curve[LS_LUT16_SIZE];
} Softmax;

static void
row_f32 (const void *state, const void *in, void *out, size_t depth)
{
  const float *x = in;
  float *y = out, max = ls_row_max_f32 (x, depth);
  const float sum = ls_elements ()->exps_f32 (x, y, depth, max, ((const Softmax *) state)->beta);

  ls_elements ()->div_f32 (&ls_unclamped, y, 1, &sum, 0, y, depth);
}

static void
row_f64 (const void *state, const void *in, void *out, size_t depth)
{
  const double beta = (double) ((const Softmax *) state)->beta, *x = in;
  double *y = out, max = -DBL_MAX, sum = 0;

  for (size_t i = 0; i < depth; i++)
    max = max < x[i] ? x[i] : max;
  for (size_t i = 0; i < depth; i++)
    sum += y[i] = exp ((x[i] - max) * beta);
  for (size_t i = 0; i < depth; i++)
    y[i] /= sum;
}

/* The exponentials are rounded to 16 bits before they are divided, their sum is not. */
#define DEFINE_NARROW(name, widen, narrow, lowest)                                                 \
  static void name (const void *state, const void *in, void *out, size_t depth)                    \
  {                                                                                                \
    const float beta = ((const Softmax *) state)->beta;                                            \
    const uint16_t *x = in;                                                                        \
    uint16_t *y = out;                                                                             \
    float max = lowest, sum = 0.0f;                                                                \
                                                                                                   \
    for (size_t i = 0; i < depth; i++)                                                             \
      max = max < widen (x[i]) ? widen (x[i]) : max;                                               \
    for (size_t i = 0; i < depth; i++)                                                             \
      {                                                                                            \
        float e = ls_exp_f32 ((widen (x[i]) - max) * beta);                                        \
                                                                                                   \
        y[i] = narrow (e);                                                                         \
        sum += e;                                                                                  \
      }                                                                                            \
    for (size_t i = 0; i < depth; i++)                                                             \
      y[i] = narrow (widen (y[i]) / sum);                                                          \
  }
DEFINE_NARROW (row_f16, ls_half_to_float, ls_half_from_float, -65504.0f)
DEFINE_NARROW (row_bf16, ls_bfloat16_to_float, ls_bfloat16_from_float, -0x1.fep127f)

#define DEFINE_8_BIT(name, In, Out, out_bits, in_min, out_min, out_max)                            \
  static void name (const void *state, const void *in, void *out, size_t depth)                    \
  {                                                                                                \
    const Softmax *s = state;                                                                      \
    const In *x = in;                                                                              \
    Out *y = out;                                                                                  \
    int32_t max = in_min;                                                                          \
    uint32_t sum = 0;                                                                              \
    int shift;                                                                                     \
                                                                                                   \
    for (size_t i = 0; i < depth; i++)                                                             \
      max = x[i] > max ? x[i] : max;                                                               \
    for (size_t i = 0; i < depth; i++)                                                             \
      sum += (uint32_t) s->exps.q12[max - x[i]];                                                   \
                                                                                                   \
    const int32_t scale = ls_fixed_reciprocal ((int32_t) sum, 12, &shift);                         \
                                                                                                   \
    shift += 31 - out_bits;                                                                        \
    for (size_t i = 0; i < depth; i++)                                                             \
      {                                                                                            \
        const int32_t e = s->exps.q0[max - x[i]];                                                  \
                                                                                                   \
        y[i] = (Out) ls_clamp_i32 (ls_rdbpot (ls_srdhm (scale, e), shift) + out_min, out_min,      \
                                   out_max);                                                       \
      }                                                                                            \
  }
DEFINE_8_BIT (row_int8, int8_t, int8_t, 8, INT8_MIN, INT8_MIN, INT8_MAX)
DEFINE_8_BIT (row_uint8, uint8_t, uint8_t, 8, 0, 0, UINT8_MAX)
DEFINE_8_BIT (row_int8_to_int16, int8_t, int16_t, 16, INT8_MIN, INT16_MIN, INT16_MAX)
DEFINE_8_BIT (row_uint8_to_int16, uint8_t, int16_t, 16, 0, INT16_MIN, INT16_MAX)

static int16_t
saturate16 (int32_t x)
{
  return (int16_t) ls_clamp_i32 (x, INT16_MIN, INT16_MAX);
}

static void
row_int16 (const void *state, const void *in, void *out, size_t depth)
{
  const Softmax *s = state;
  const int16_t *x = in;
  int16_t *y = out;
  int32_t max = INT16_MIN, sum = 0;

  for (size_t i = 0; i < depth; i++)
    max = x[i] > max ? x[i] : max;
  for (size_t i = 0; i < depth; i++)
    {
      /* -65535 … 0 stand for -10 … 0; the curve wants them around 0. */
      int32_t difference = ls_mbqm (x[i] - max, s->scaling.input);

      y[i] = ls_lut16_at (s->exp_curve, saturate16 ((int32_t) ((uint32_t) difference + INT16_MAX)));
      sum = (int32_t) ((uint32_t) sum + (uint32_t) (int32_t) y[i]);
    }

  /* 1 / sum through 1 / (1 + x), x being what the sum's mantissa has above 1. */
  const int headroom = sum == 0 ? 32 : __builtin_clz ((uint32_t) sum);
  const int32_t shifted
    = (int32_t) ((int64_t) (((uint64_t) (int64_t) sum << (headroom - 1)) + (1 << 13)) >> 14);
  const int32_t reciprocal
    = ls_lut16_at (s->reciprocal_curve, saturate16 (shifted - (1 << 15) - (1 << 16)));
  const int right = 31 - headroom;
  const int64_t half = INT64_C (1) << ((right - 1) & 31);

  for (size_t i = 0; i < depth; i++)
    y[i] = (int16_t) ls_clamp_i32 ((int32_t) (((int64_t) y[i] * reciprocal + half) >> (right & 63)),
                                   0, INT16_MAX);
}

static double
one_over_one_plus (double x)
{
  return 1.0 / (1.0 + x);
}

/* Fails unless the output has the quantization that the arithmetic is made for. */
static LsStatus
check_output (const LsNode *node, double scale, int32_t zero_point, LsError *error)
{
  const LsValue *y = node->out[0];

  if (y->zero_point == zero_point && fabs ((double) y->scale - scale) <= 0.001 * scale)
    return LS_OK;
  return ls_node_invalid (
    node, error, "%s output has to have the scale 1/%g and the zero point %d, not %g, %d",
    ls_type_name (y->type), 1.0 / scale, zero_point, (double) y->scale, y->zero_point);
}

static LsStatus
plan_int16 (LsNode *node, Softmax *s, LsError *error)
{
  const LsValue *x = node->in[0];
  const double range = 65535.0;

  LS_TRY (ls_node_scale (node, x, "the input", error));
  LS_TRY (check_output (node, 1.0 / 32768.0, 0, error));
  if (x->zero_point != 0)
    return ls_node_invalid (node, error, "the zero point of INT16 has to be 0, it is %d",
                            x->zero_point);
  ls_lut16_fill_double (s->exp_curve, 10.0 / range, INT16_MAX, 2.0 / range, 0, exp);
  ls_lut16_fill_double (s->reciprocal_curve, 1.0 / range, INT16_MIN, 2.0 / range, 0,
                        one_over_one_plus);
  s->scaling.input = ls_quantize_multiplier ((double) (x->scale * s->beta) / (10.0 / 65535.0));
  return LS_OK;
}

static LsStatus
plan_8_bits (LsNode *node, Softmax *s, LsError *error)
{
  const LsValue *x = node->in[0], *y = node->out[0];

  LS_TRY (ls_node_scale (node, x, "the input", error));
  if (x->type == LS_TYPE_INT8 && y->type == LS_TYPE_INT8)
    LS_TRY (check_output (node, 1.0 / 256.0, INT8_MIN, error));
  if (!ls_softmax_scaling (&s->scaling, (double) s->beta, (double) x->scale))
    return ls_node_invalid (node, error, "the input's scale %g and beta %g are too small",
                            (double) x->scale, (double) s->beta);
  ls_fixed_exps (&s->exps, &s->scaling);
  return LS_OK;
}

static LsStatus
plan (LsNode *node, Softmax *s, LsRowFn *row, LsError *error)
{
  static const struct
  {
    LsType in, out;
    LsRowFn row;
    LsStatus (*plan) (LsNode *node, Softmax *s, LsError *error);
  } kinds[] = {
    { LS_TYPE_FLOAT32, LS_TYPE_FLOAT32, row_f32, NULL },
    { LS_TYPE_FLOAT16, LS_TYPE_FLOAT16, row_f16, NULL },
    { LS_TYPE_BFLOAT16, LS_TYPE_BFLOAT16, row_bf16, NULL },
    { LS_TYPE_FLOAT64, LS_TYPE_FLOAT64, row_f64, NULL },
    { LS_TYPE_INT8, LS_TYPE_INT8, row_int8, plan_8_bits },
    { LS_TYPE_UINT8, LS_TYPE_UINT8, row_uint8, plan_8_bits },
    { LS_TYPE_INT8, LS_TYPE_INT16, row_int8_to_int16, plan_8_bits },
    { LS_TYPE_UINT8, LS_TYPE_INT16, row_uint8_to_int16, plan_8_bits },
    { LS_TYPE_INT16, LS_TYPE_INT16, row_int16, plan_int16 },
  };

  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (kinds[i].in == node->in[0]->type && kinds[i].out == node->out[0]->type)
      {
        *row = kinds[i].row;
        return kinds[i].plan != NULL ? kinds[i].plan (node, s, error) : LS_OK;
      }
  return ls_node_unsupported (node, error, "%s to %s", ls_type_name (node->in[0]->type),
                              ls_type_name (node->out[0]->type));
}

static LsStatus
softmax_prepare (LsNode *node, LsError *error)
{
  LsRowFn row = NULL;

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  Softmax *s = ls_node_alloc (node, 1, sizeof *s, error);

  if (s == NULL)
    return LS_E_NO_MEMORY;
  s->beta = (float) ls_attr_float (node->def, "beta", 0.0);
  LS_TRY (plan (node, s, &row, error));
  return ls_rows_prepare (node, row, s, error);
}

/* In place: each pass over a row reads an element before it writes that one. */
const LsOp ls_op_softmax
  = { softmax_prepare, LS_OP_IN_PLACE, 4,
      "float32, float16, bfloat16, float64, int8, uint8, int16, int8 and uint8 to int16" };
