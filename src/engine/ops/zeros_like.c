/* ZEROS_LIKE: stored zeros, whatever the quantization. Source: tflite/kernels/zeros_like.cc. */
#include "ops/shape.h"

#include <string.h>

static LsStatus
zeros_like_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  memset ((uint8_t *) node->out[0]->data + begin, 0, end - begin);
  return LS_OK;
}

static LsStatus
zeros_like_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_same_type (node, node->in[0], node->out[0], error));
  LS_TRY (ls_node_types (node, node->in[0], "the input", LS_BITS_WHOLE | LS_BITS_PACKED, error));
  LS_TRY (ls_node_output_like (node, 0, node->in[0], error));
  ls_node_phase (node, zeros_like_run, node->in[0]->n_bytes, ls_grain (1));
  return LS_OK;
}

const LsOp ls_op_zeros_like = { zeros_like_prepare, 0, 1, "every numeric type" };
