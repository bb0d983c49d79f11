/* TILE, BROADCAST_TO: the input several times. */
#include <inttypes.h>
#include <string.h>

#include "ops/moves.h"
#include "ops/shape.h"

static LsStatus
tile_prepare (LsNode *node, LsError *error)
{
  LsList times;
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
  LS_TRY (ls_node_list (node, 1, &times, error));
  if (times.n != in->rank)
    return ls_node_invalid (node, error, "%d multiples for an input of shape %s", times.n,
                            LS_SHAPE (in));
  for (int i = 0; i < in->rank; i++)
    {
      int64_t product;

      if (times.at[i] < 0 || __builtin_mul_overflow (times.at[i], in->dims[i], &product)
          || product > INT32_MAX || times.at[i] > INT32_MAX)
        return ls_node_invalid (node, error, "dimension %d of %s times %" PRId64, i, LS_SHAPE (in),
                                times.at[i]);
      dims[i] = (int32_t) product;
    }
  LS_TRY (ls_node_output (node, 0, in->rank, dims, error));
  LS_TRY (ls_moves_begin (node, 0, 1, 1, &moves, error));
  ls_dense_strides (in->dims, in->rank, from);
  ls_dense_strides (dims, in->rank, to);
  for (int i = 0; i < in->rank; i++)
    {
      ls_box_add (&box, (size_t) times.at[i], 0, to[i] * in->dims[i]);
      ls_box_add (&box, (size_t) in->dims[i], from[i], to[i]);
    }
  ls_moves_add (moves, 0, 0, &box);
  ls_moves_end (node);
  return LS_OK;
}

const LsOp ls_op_tile = { tile_prepare, 0, 3, "all" };

static LsStatus
broadcast_to_prepare (LsNode *node, LsError *error)
{
  LsList list;
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
  LS_TRY (ls_node_list (node, 1, &list, error));
  LS_TRY (ls_node_dims (node, &list, dims, error));

  const int extra = list.n - in->rank; /* dimensions that the input lacks */
  bool fits = extra >= 0;

  for (int i = 0; fits && i < in->rank; i++)
    fits = in->dims[i] == 1 || in->dims[i] == dims[i + extra];
  if (!fits)
    return ls_node_invalid (node, error, "%s cannot be broadcast to %s", LS_SHAPE (in),
                            LS_DIMS (dims, list.n));
  LS_TRY (ls_node_output (node, 0, list.n, dims, error));
  LS_TRY (ls_moves_begin (node, 0, 1, 1, &moves, error));
  ls_dense_strides (in->dims, in->rank, from);
  ls_dense_strides (dims, list.n, to);
  for (int i = 0; i < list.n; i++)
    ls_box_add (&box, (size_t) dims[i], i < extra || in->dims[i - extra] == 1 ? 0 : from[i - extra],
                to[i]);
  ls_moves_add (moves, 0, 0, &box);
  ls_moves_end (node);
  return LS_OK;
}

const LsOp ls_op_broadcast_to = { broadcast_to_prepare, 0, 4, "all" };
