/* TRANSPOSE: dimension i of the output is dimension perm[i] of the input. */
#include <inttypes.h>

#include "ops/moves.h"
#include "ops/shape.h"

/* Every dimension must be there once: a repeated one would reach beyond the input. */
static LsStatus
read_permutation (const LsNode *node, int rank, int perm[LS_MAX_RANK], LsError *error)
{
  LsList list;
  bool is_taken[LS_MAX_RANK] = { false };

  LS_TRY (ls_node_list (node, 1, &list, error));
  if (list.n != rank)
    return ls_node_invalid (node, error, "a permutation of %d for an input of %d dimensions",
                            list.n, rank);
  for (int i = 0; i < rank; i++)
    {
      LS_TRY (ls_node_axis (node, list.at[i], rank, &perm[i], error));
      if (is_taken[perm[i]])
        return ls_node_invalid (node, error, "the permutation has dimension %d twice", perm[i]);
      is_taken[perm[i]] = true;
    }
  return LS_OK;
}

static LsStatus
prepare (LsNode *node, LsError *error)
{
  int perm[LS_MAX_RANK];
  int32_t dims[LS_MAX_RANK];
  ptrdiff_t from[LS_MAX_RANK], to[LS_MAX_RANK];
  LsBox box = { 0 };
  LsMoves *moves;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0];

  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (read_permutation (node, in->rank, perm, error));
  for (int i = 0; i < in->rank; i++)
    dims[i] = in->dims[perm[i]];
  LS_TRY (ls_node_output (node, 0, in->rank, dims, error));
  LS_TRY (ls_moves_begin (node, 0, 1, 1, &moves, error));
  ls_dense_strides (in->dims, in->rank, from);
  ls_dense_strides (dims, in->rank, to);
  for (int i = 0; i < in->rank; i++)
    ls_box_add (&box, (size_t) dims[i], from[perm[i]], to[i]);
  ls_moves_add (moves, 0, 0, &box);
  ls_moves_end (node);
  return LS_OK;
}

const LsOp ls_op_transpose = { prepare, 0, 9, "all" };
