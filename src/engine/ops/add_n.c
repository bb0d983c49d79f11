/* ADD_N: the sum of inputs of one shape. Integers wrap. Source: tflite/kernels/add_n.cc,
 * internal/optimized/optimized_ops.h (AddN). */
#include "ops/elementwise.h"
#include "ops/shape.h"

#include <string.h>

typedef void (*Loop) (const void *x, void *y, size_t n);

#define DEFINE_LOOP(name, T, U)                                                                    \
  static void name (const void *in, void *out, size_t n)                                           \
  {                                                                                                \
    const T *x = in;                                                                               \
    T *y = out;                                                                                    \
                                                                                                   \
    LS_SIMD                                                                                        \
    for (size_t i = 0; i < n; i++)                                                                 \
      y[i] = (T) ((U) y[i] + (U) x[i]);                                                            \
  }
DEFINE_LOOP (add_float32, float, float)
DEFINE_LOOP (add_float64, double, double)
DEFINE_LOOP (add_int32, int32_t, uint32_t)
DEFINE_LOOP (add_int64, int64_t, uint64_t)

static const Loop loops[LS_N_TYPES] = {
  [LS_TYPE_FLOAT32] = add_float32,
  [LS_TYPE_FLOAT64] = add_float64,
  [LS_TYPE_INT32] = add_int32,
  [LS_TYPE_INT64] = add_int64,
};

static LsStatus
add_n_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const size_t size = ls_element_size (node->out[0]->type);
  const Loop loop = loops[node->out[0]->type];
  uint8_t *y = (uint8_t *) node->out[0]->data + begin * size;

  if (node->out[0]->data != node->in[0]->data)
    memcpy (y, (const uint8_t *) node->in[0]->data + begin * size, (end - begin) * size);
  for (uint32_t i = 1; i < node->n_in; i++)
    loop ((const uint8_t *) node->in[i]->data + begin * size, y, end - begin);
  return LS_OK;
}

static LsStatus
add_n_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, UINT32_MAX, 1, error));
  for (uint32_t i = 0; i < node->n_in; i++)
    {
      LS_TRY (ls_node_same_type (node, node->in[i], node->out[0], error));
      if (!ls_same_dims (node->in[i], node->in[0]))
        return ls_node_invalid (node, error, "input %u is %s, and input 0 is %s", i,
                                LS_SHAPE (node->in[i]), LS_SHAPE (node->in[0]));
    }
  if (loops[node->out[0]->type] == NULL)
    return ls_node_unsupported (node, error, "type %s", ls_type_name (node->out[0]->type));
  LS_TRY (ls_node_output_like (node, 0, node->in[0], error));
  ls_node_phase (node, add_n_run, node->in[0]->count, ls_element_grain (node->n_in));
  return LS_OK;
}

const LsOp ls_op_add_n = { add_n_prepare, 0, 1, "float32, float64, int32, int64" };
