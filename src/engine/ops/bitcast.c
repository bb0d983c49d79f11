/* BITCAST: the same bytes under another type; the last dimension makes up for another width.
 * Source: tflite/kernels/bitcast.cc. */
#include "ops/op.h"
#include "ops/shape.h"

#include <string.h>

static LsStatus
bitcast_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  if (node->out[0]->data != node->in[0]->data)
    memcpy ((uint8_t *) node->out[0]->data + begin, (uint8_t *) node->in[0]->data + begin,
            end - begin);
  return LS_OK;
}

static LsStatus
bitcast_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  const LsValue *x = node->in[0];
  const size_t from = ls_element_size (x->type), to = ls_element_size (node->out[0]->type);
  int32_t dims[LS_MAX_RANK + 1];
  int rank = x->rank;

  if (from == 0 || to == 0)
    return ls_node_unsupported (node, error, "%s to %s", ls_type_name (x->type),
                                ls_type_name (node->out[0]->type));
  memcpy (dims, x->dims, (size_t) rank * sizeof *dims);
  if (from > to)
    dims[rank++] = (int32_t) (from / to);
  else if (from < to)
    {
      if (rank == 0 || (size_t) dims[rank - 1] != to / from)
        return ls_node_invalid (node, error, "the last dimension of %s has to be %zu to become %s",
                                LS_SHAPE (x), to / from, ls_type_name (node->out[0]->type));
      rank--;
    }
  if (rank > LS_MAX_RANK)
    return ls_node_unsupported (node, error, "more than %d dimensions", LS_MAX_RANK);
  LS_TRY (ls_node_output (node, 0, rank, dims, error));
  ls_node_phase (node, bitcast_run, x->n_bytes, ls_grain (1));
  return LS_OK;
}

const LsOp ls_op_bitcast = { bitcast_prepare, LS_OP_VIEW, 1, "types of whole bytes" };
