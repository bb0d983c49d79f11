/* PRELU: x where x >= 0, else x × alpha; alpha broadcasts to x. Sources:
 * tflite/kernels/activations.cc (PreluPrepare), internal/reference/prelu.h. */
#include "ops/binary.h"
#include "ops/shape.h"

LS_KERNEL_LOOP (prelu_INT8, prelu_int8)
LS_KERNEL_LOOP (prelu_UINT8, prelu_uint8)
LS_KERNEL_LOOP (prelu_INT16, prelu_int16)
LS_KERNEL_LOOP (prelu_FLOAT32, prelu_f32)
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
  binary->params.y = ls_rescale_from (ls_quantize_multiplier ((double) (x->scale / y->scale)));
  binary->params.a
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
