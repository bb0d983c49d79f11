/* LOGICAL_NOT. Source: tflite/kernels/elementwise.cc. */
#include "ops/elementwise.h"
#include "ops/shape.h"

static LsStatus
logical_not_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const uint8_t *x = node->in[0]->data;
  uint8_t *y = node->out[0]->data;

  LS_SIMD
  for (size_t i = begin; i < end; i++)
    y[i] = x[i] == 0;
  return LS_OK;
}

static LsStatus
logical_not_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_types (node, node->in[0], "the input", LS_BIT (BOOL), error));
  LS_TRY (ls_node_same_type (node, node->in[0], node->out[0], error));
  LS_TRY (ls_node_output_like (node, 0, node->in[0], error));
  ls_node_phase (node, logical_not_run, node->in[0]->count, ls_element_grain (LS_COST_MOVE));
  return LS_OK;
}

const LsOp ls_op_logical_not = { logical_not_prepare, LS_OP_IN_PLACE, 1, "bool" };
