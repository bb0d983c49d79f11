/* SPLIT, SPLIT_V, UNPACK: one input cut along an axis into the outputs. */
#include <inttypes.h>
#include <string.h>

#include "ops/moves.h"
#include "ops/shape.h"

static void
all_dynamic (LsNode *node)
{
  for (uint32_t i = 0; i < node->n_out; i++)
    ls_node_output_dynamic (node, i);
}

/* Cuts input @in along @axis: output i takes sizes[i]; with @is_dropped the axis itself goes. */
static LsStatus
cut (LsNode *node, uint32_t in, int axis, const int32_t *sizes, bool is_dropped, LsError *error)
{
  const LsValue *value = node->in[in];
  const int rank = value->rank;
  int32_t start[LS_MAX_RANK] = { 0 }, dims[LS_MAX_RANK], kept[LS_MAX_RANK];
  LsMoves *moves;

  memcpy (dims, value->dims, sizeof dims);
  for (uint32_t i = 0; i < node->n_out; i++)
    {
      int n = 0;

      dims[axis] = sizes[i];
      for (int d = 0; d < rank; d++)
        if (!is_dropped || d != axis)
          kept[n++] = dims[d];
      LS_TRY (ls_node_output (node, i, n, kept, error));
    }
  LS_TRY (ls_moves_begin (node, in, 1, node->n_out, &moves, error));
  for (uint32_t i = 0; i < node->n_out; i++)
    {
      LsBox box;

      dims[axis] = sizes[i];
      ls_box_windows (&box, rank, dims, (LsWindowOf){ value->dims, start, NULL },
                      (LsWindowOf){ dims, NULL, NULL });
      ls_moves_add (moves, in, i, &box);
      start[axis] += sizes[i];
    }
  ls_moves_end (node);
  return LS_OK;
}

static LsStatus
even_sizes (LsNode *node, int32_t dim, int32_t **out, LsError *error)
{
  if (node->n_out == 0 || dim % (int64_t) node->n_out != 0)
    return ls_node_invalid (node, error, "%" PRId32 " elements cannot be split into %u equal parts",
                            dim, node->n_out);
  *out = ls_node_alloc (node, node->n_out, sizeof **out, error);
  if (*out == NULL)
    return LS_E_NO_MEMORY;
  for (uint32_t i = 0; i < node->n_out; i++)
    (*out)[i] = dim / (int32_t) node->n_out;
  return LS_OK;
}

/* The number of parts that the options state, when they do, must be that of the outputs (split.cc,
 * split_v.cc, unpack.cc). */
static LsStatus
check_parts (const LsNode *node, const char *name, LsError *error)
{
  const LsAttr *attr = ls_op_attr (node->def, name);

  if (attr == NULL || attr->i == (int64_t) node->n_out)
    return LS_OK;
  return ls_node_invalid (node, error, "%s is %" PRId64 ", but there are %u outputs", name, attr->i,
                          node->n_out);
}

static LsStatus
split_prepare (LsNode *node, LsError *error)
{
  int64_t value;
  int axis = 0;
  int32_t *sizes = NULL;

  LS_TRY (ls_node_arity (node, 2, 2, node->n_out, error));
  LS_TRY (check_parts (node, "num_splits", error));
  if (!ls_input_known (node, 0))
    {
      all_dynamic (node);
      return LS_OK;
    }
  LS_TRY (ls_node_scalar (node, 0, &value, error));
  LS_TRY (ls_node_axis (node, value, node->in[1]->rank, &axis, error));
  LS_TRY (even_sizes (node, node->in[1]->dims[axis], &sizes, error));
  return cut (node, 1, axis, sizes, false, error);
}

const LsOp ls_op_split = { split_prepare, 0, 5, "all" };

/* The sizes that input 1 states, one of which may be -1: what is left. */
static LsStatus
read_sizes (LsNode *node, int32_t dim, int32_t **out, LsError *error)
{
  const LsValue *value = node->in[1];
  int64_t sum = 0;
  int32_t *sizes, *open = NULL;

  if (value->count != node->n_out)
    return ls_node_invalid (node, error, "%zu sizes for %u outputs", value->count, node->n_out);
  sizes = ls_node_alloc (node, node->n_out, sizeof *sizes, error);
  if (sizes == NULL)
    return LS_E_NO_MEMORY;
  for (uint32_t i = 0; i < node->n_out; i++)
    {
      int64_t size = ls_value_int (value, i);

      if (size < -1 || size > dim || (size == -1 && open != NULL))
        return ls_node_invalid (node, error, "size %u is %" PRId64 " of %" PRId32 " elements", i,
                                size, dim);
      if (size == -1)
        open = &sizes[i];
      sizes[i] = size == -1 ? 0 : (int32_t) size;
      sum += sizes[i];
    }
  if (open != NULL && sum <= dim)
    *open = dim - (int32_t) sum;
  else if (sum != dim)
    return ls_node_invalid (
      node, error, "the sizes sum up to %" PRId64 " instead of %" PRId32 " elements", sum, dim);
  *out = sizes;
  return LS_OK;
}

static LsStatus
split_v_prepare (LsNode *node, LsError *error)
{
  int64_t value;
  int axis = 0;
  int32_t *sizes = NULL;

  LS_TRY (ls_node_arity (node, 3, 3, node->n_out, error));
  LS_TRY (check_parts (node, "num_splits", error));
  if (!ls_input_known (node, 1) || !ls_input_known (node, 2))
    {
      all_dynamic (node);
      return LS_OK;
    }
  LS_TRY (ls_node_types (node, node->in[1], "the sizes", LS_BIT (INT32) | LS_BIT (INT64), error));
  LS_TRY (ls_node_scalar (node, 2, &value, error));
  LS_TRY (ls_node_axis (node, value, node->in[0]->rank, &axis, error));
  LS_TRY (read_sizes (node, node->in[0]->dims[axis], &sizes, error));
  return cut (node, 0, axis, sizes, false, error);
}

const LsOp ls_op_split_v = { split_v_prepare, 0, 3, "all" };

static LsStatus
unpack_prepare (LsNode *node, LsError *error)
{
  int axis = 0;
  int32_t *sizes = NULL;

  LS_TRY (ls_node_arity (node, 1, 1, node->n_out, error));
  LS_TRY (check_parts (node, "num", error));

  const LsValue *in = node->in[0];

  LS_TRY (ls_node_axis (node, ls_attr_int (node->def, "axis", 0), in->rank, &axis, error));
  if ((int64_t) node->n_out != in->dims[axis])
    return ls_node_invalid (node, error, "%u outputs for dimension %d of %s", node->n_out, axis,
                            LS_SHAPE (in));
  if (node->n_out == 0)
    return LS_OK;
  LS_TRY (even_sizes (node, in->dims[axis], &sizes, error));
  return cut (node, 0, axis, sizes, true, error);
}

const LsOp ls_op_unpack = { unpack_prepare, 0, 6, "all" };
