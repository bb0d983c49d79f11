/* PRELU: x where x >= 0, else x × alpha; alpha broadcasts to x. Sources:
 * tflite/kernels/activations.cc (PreluPrepare), internal/reference/prelu.h. */
#include "ops/binary.h"
#include "ops/shape.h"

/* `y` rescales what stays as it is, `a` what is multiplied. */
static inline int32_t
rule (int32_t x, int32_t alpha, LsBinaryQuant q)
{
  int32_t negative = (int32_t) ((uint32_t) x * (uint32_t) alpha);
  int32_t y = x >= 0 ? ls_rescale (x, q.y) : ls_rescale (negative, q.a);

  return ls_clamp_i32 ((int32_t) ((uint32_t) y + (uint32_t) q.zero_y), q.low, q.high);
}

#define SETUP const LsBinaryQuant q = s->quant
#define DEFINE_QUANTIZED(name, T, Alpha)                                                           \
  LS_BINARY_LOOP (name, T, Alpha, T, SETUP, rule (a - q.zero_a, b - q.zero_b, q))
DEFINE_QUANTIZED (prelu_INT8, int8_t, int8_t)
DEFINE_QUANTIZED (prelu_UINT8, uint8_t, uint8_t)
DEFINE_QUANTIZED (prelu_INT16, int16_t, int8_t)
LS_BINARY_LOOP (prelu_FLOAT32, float, float, float, , a >= 0.0f ? a : a * b)
LS_BINARY_LOOP (prelu_FLOAT64, double, double, double, , a >= 0.0 ? a : a * b)

static LsStatus
plan_quantized (LsNode *node, LsBinary *binary, LsError *error)
{
  static const LsBinaryLoop loops[LS_N_TYPES] = {
    [LS_TYPE_INT8] = prelu_INT8,
    [LS_TYPE_UINT8] = prelu_UINT8,
    [LS_TYPE_INT16] = prelu_INT16,
  };
  const LsValue *x = node->in[0], *alpha = node->in[1], *y = node->out[0];
  const LsType alpha_type = x->type == LS_TYPE_INT16 ? LS_TYPE_INT8 : x->type;

  LS_TRY (ls_node_same_type (node, x, y, error));
  if (alpha->type != alpha_type)
    return ls_binary_unsupported (node, error);
  LS_TRY (ls_binary_quantized (node, binary, error));
  binary->quant.y = ls_rescale_from (ls_quantize_multiplier ((double) (x->scale / y->scale)));
  binary->quant.a
    = ls_rescale_from (ls_quantize_multiplier ((double) (x->scale * alpha->scale / y->scale)));
  binary->loop = loops[x->type];
  return LS_OK;
}

LsStatus
ls_plan_prelu (LsNode *node, LsBinary *binary, LsError *error)
{
  static const LsBinaryLoop loops[LS_N_TYPES]
    = { [LS_TYPE_FLOAT32] = prelu_FLOAT32, [LS_TYPE_FLOAT64] = prelu_FLOAT64 };
  const LsValue *x = node->in[0];

  if (binary->plan.rank != x->rank || binary->plan.count != x->count)
    return ls_node_invalid (node, error, "alpha %s is larger than the input %s",
                            LS_SHAPE (node->in[1]), LS_SHAPE (x));
  if (ls_stands_for_reals (x))
    return plan_quantized (node, binary, error);
  return ls_binary_choose_same (node, binary, loops, error);
}
