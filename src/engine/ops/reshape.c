/* RESHAPE, SQUEEZE, EXPAND_DIMS: the same elements under another shape. */
#include <inttypes.h>
#include <string.h>

#include "ops/shape.h"
#include "ops/view.h"

static LsStatus
finish (LsNode *node, int rank, const int32_t *dims, LsError *error)
{
  LS_TRY (ls_node_output (node, 0, rank, dims, error));
  return ls_view_phase (node, error);
}

/* A shape operand counts only when it is a vector; else the option does, where [0] is the way in
 * which old converters wrote a scalar (reshape.cc: GetOutputShapeFromParam). */
static LsStatus
reshape_prepare (LsNode *node, LsError *error)
{
  LsList list;
  int32_t dims[LS_MAX_RANK];

  LS_TRY (ls_node_arity (node, 1, 2, 1, error));
  if (node->n_in == 2 && node->in[1] != NULL && node->in[1]->rank == 1)
    {
      if (!ls_input_known (node, 1))
        {
          ls_node_output_dynamic (node, 0);
          return LS_OK;
        }
      LS_TRY (ls_node_list (node, 1, &list, error));
    }
  else
    {
      LS_TRY (ls_node_attr_list (node, "new_shape", &list, error));
      list.n = list.n == 1 && list.at[0] == 0 ? 0 : list.n;
    }
  LS_TRY (ls_node_resolve_dims (node, &list, node->in[0], dims, error));
  return finish (node, list.n, dims, error);
}

const LsOp ls_op_reshape = { reshape_prepare, LS_OP_VIEW, 1, "all" };

static LsStatus
squeeze_prepare (LsNode *node, LsError *error)
{
  LsList list;
  bool is_dropped[LS_MAX_RANK];
  int32_t dims[LS_MAX_RANK];
  int rank = 0;

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  const LsValue *in = node->in[0];

  LS_TRY (ls_node_attr_list (node, "squeeze_dims", &list, error));
  LS_TRY (ls_node_axes (node, &list, in->rank, is_dropped, error));
  for (int i = 0; i < in->rank; i++)
    {
      if (is_dropped[i] && in->dims[i] != 1)
        return ls_node_invalid (node, error, "dimension %d of %s is %" PRId32 ", not 1", i,
                                LS_SHAPE (in), in->dims[i]);
      if (list.n == 0 ? in->dims[i] != 1 : !is_dropped[i])
        dims[rank++] = in->dims[i];
    }
  return finish (node, rank, dims, error);
}

const LsOp ls_op_squeeze = { squeeze_prepare, LS_OP_VIEW, 2, "all" };

static LsStatus
expand_dims_prepare (LsNode *node, LsError *error)
{
  int64_t value;
  int axis = 0;
  int32_t dims[LS_MAX_RANK];

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0];

  LS_TRY (ls_node_same_quant (node, in, node->out[0], error));
  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_scalar (node, 1, &value, error));
  LS_TRY (ls_node_axis (node, value, in->rank + 1, &axis, error));
  if (in->rank == LS_MAX_RANK)
    return ls_node_unsupported (node, error, "%s would get more than %d dimensions", LS_SHAPE (in),
                                LS_MAX_RANK);
  for (int i = 0; i <= in->rank; i++)
    dims[i] = i == axis ? 1 : in->dims[i - (i > axis)];
  return finish (node, in->rank + 1, dims, error);
}

const LsOp ls_op_expand_dims = { expand_dims_prepare, LS_OP_VIEW, 1, "all" };
