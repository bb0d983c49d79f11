/*
 * DENSIFY: a sparse constant as a dense tensor. It is done once, when the model is planned.
 *
 * Source: tflite/kernels/densify.cc. What is not stored is 0, not the zero point.
 */
#include <string.h>

#include "model/sparsity.h"
#include "ops/shape.h"

static LsStatus
densify_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  const LsValue *in = node->in[0];
  LsError why = { 0 };

  LS_TRY (ls_node_same_type (node, in, node->out[0], error));
  if (!in->is_constant || in->tensor->sparsity == NULL)
    return ls_node_invalid (node, error, "its input is no sparse constant");
  LS_TRY (ls_node_output_like (node, 0, in, error));

  void *dense = ls_node_output_known (node, 0, error);

  if (dense == NULL)
    return LS_E_NO_MEMORY;
  if (!in->is_sparse)
    { /* another operator reads it as well, so that it is dense already */
      memcpy (dense, in->data, in->n_bytes);
      return LS_OK;
    }
  if (ls_sparse_to_dense (in->tensor->sparsity, in->dims, in->rank, ls_type_bits (in->type),
                          in->data, in->n_bytes, dense, node->out[0]->n_bytes, &why)
      != LS_OK)
    return ls_node_invalid (node, error, "%s", why.message);
  return LS_OK;
}

const LsOp ls_op_densify
  = { .prepare = densify_prepare, .max_version = 1, .types = "every type of fixed size" };
