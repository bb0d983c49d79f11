/* LOCAL_RESPONSE_NORMALIZATION: x × (bias + alpha × sum of squares of its neighbours)^-beta along
 * the last dimension, the neighbours being channels c - radius … c + radius. Source:
 * tflite/kernels/local_response_norm.cc, internal/optimized/optimized_ops.h (the reference leaves
 * out c + radius). */
#include "ops/rows.h"
#include "ops/shape.h"

#include <math.h>

typedef struct
{
  size_t radius;
  float bias, alpha, beta;
} Normalization;

static void
row_f32 (const void *state, const void *in, void *out, size_t depth)
{
  const Normalization *n = state;
  const float *x = in;
  float *y = out;

  for (size_t c = 0; c < depth; c++)
    {
      const size_t begin = c < n->radius ? 0 : c - n->radius,
                   end = depth - c <= n->radius ? depth : c + n->radius + 1;
      float sum = 0.0f;

      for (size_t i = begin; i < end; i++)
        sum += x[i] * x[i];
      y[c] = x[c] * powf (n->bias + n->alpha * sum, -n->beta);
    }
}

static LsStatus
local_response_prepare (LsNode *node, LsError *error)
{
  const int64_t radius = ls_attr_int (node->def, "radius", 0);

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_types (node, node->in[0], "the input", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_same_type (node, node->in[0], node->out[0], error));
  LS_TRY (ls_node_rank (node, node->in[0], "the input", 4, 4, error));
  if (radius < 0)
    return ls_node_invalid (node, error, "the radius is %lld", (long long) radius);

  Normalization *n = ls_node_alloc (node, 1, sizeof *n, error);

  if (n == NULL)
    return LS_E_NO_MEMORY;
  *n = (Normalization){ (size_t) radius, (float) ls_attr_float (node->def, "bias", 0.0),
                        (float) ls_attr_float (node->def, "alpha", 0.0),
                        (float) ls_attr_float (node->def, "beta", 0.0) };
  return ls_rows_prepare (node, row_f32, n, error);
}

const LsOp ls_op_local_response_normalization = { local_response_prepare, 0, 1, "float32" };
