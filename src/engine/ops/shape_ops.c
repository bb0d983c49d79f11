/* SHAPE, RANK, BROADCAST_ARGS, FILL, RANGE: shapes as values, and values from shapes. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "ops/moves.h"
#include "ops/shape.h"

/* Writes an element of an INT32 or INT64 array. */
static void
put_int (LsType type, void *data, size_t index, int64_t value)
{
  if (type == LS_TYPE_INT64)
    ((int64_t *) data)[index] = value;
  else
    ((int32_t *) data)[index] = (int32_t) value;
}

static const unsigned ints = LS_BIT (INT32) | LS_BIT (INT64);

static LsStatus
shape_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  const LsValue *in = node->in[0];

  LS_TRY (ls_node_types (node, node->out[0], "the output", ints, error));
  LS_TRY (ls_node_output (node, 0, 1, &in->rank, error));

  void *data = ls_node_output_known (node, 0, error);

  if (data == NULL)
    return LS_E_NO_MEMORY;
  for (int i = 0; i < in->rank; i++)
    put_int (node->out[0]->type, data, (size_t) i, in->dims[i]);
  return LS_OK;
}

const LsOp ls_op_shape = { shape_prepare, 0, 1, "all" };

static LsStatus
rank_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", ints, error));
  LS_TRY (ls_node_output (node, 0, 0, NULL, error));

  void *data = ls_node_output_known (node, 0, error);

  if (data == NULL)
    return LS_E_NO_MEMORY;
  put_int (node->out[0]->type, data, 0, node->in[0]->rank);
  return LS_OK;
}

const LsOp ls_op_rank = { rank_prepare, 0, 1, "all" };

/* ---- BROADCAST_ARGS --------------------------------------------------------------------------
 */

static LsStatus
broadcast_args_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *a = node->in[0], *b = node->in[1], *out = node->out[0];

  for (size_t i = 0; i < out->count; i++)
    {
      const size_t skip_a = out->count - a->count, skip_b = out->count - b->count;
      const int64_t da = i < skip_a ? 1 : ls_value_int (a, i - skip_a);
      const int64_t db = i < skip_b ? 1 : ls_value_int (b, i - skip_b);

      if (da != db && da != 1 && db != 1)
        return ls_node_fail (node, LS_E_INVALID,
                             "dimensions %" PRId64 " and %" PRId64 " do not broadcast", da, db);
      put_int (out->type, out->data, i, da == 1 ? db : da);
    }
  return LS_OK;
}

static LsStatus
broadcast_args_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *a = node->in[0], *b = node->in[1];

  LS_TRY (ls_node_types (node, a, "input 0", ints, error));
  LS_TRY (ls_node_same_type (node, a, b, error));
  LS_TRY (ls_node_same_type (node, a, node->out[0], error));
  LS_TRY (ls_node_rank (node, a, "input 0", 1, 1, error));
  LS_TRY (ls_node_rank (node, b, "input 1", 1, 1, error));
  LS_TRY (ls_node_output_like (node, 0, a->count > b->count ? a : b, error));
  ls_node_phase (node, broadcast_args_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_broadcast_args = { broadcast_args_prepare, 0, 1, "int32, int64" };

/* ---- FILL ------------------------------------------------------------------------------------
 */

static LsStatus
fill_prepare (LsNode *node, LsError *error)
{
  LsList list;
  int32_t dims[LS_MAX_RANK];
  LsBox box;
  LsMoves *moves;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *value = node->in[1];

  if (value->count != 1)
    return ls_node_invalid (node, error, "the value to fill with has shape %s", LS_SHAPE (value));
  LS_TRY (ls_node_same_quant (node, value, node->out[0], error));
  if (!ls_input_known (node, 0))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_list (node, 0, &list, error));
  LS_TRY (ls_node_dims (node, &list, dims, error));
  LS_TRY (ls_node_output (node, 0, list.n, dims, error));
  LS_TRY (ls_moves_begin (node, 1, 1, 1, &moves, error));
  ls_box_fill (&box, list.n, dims, (LsWindowOf){ dims, NULL, NULL });
  ls_moves_add (moves, 1, 0, &box);
  ls_moves_end (node);
  return LS_OK;
}

const LsOp ls_op_fill = { fill_prepare, 0, 5, "all" };

/* ---- RANGE -----------------------------------------------------------------------------------
 */

/* The elements follow from adding up, as in range.cc: CalculateRange, so the order matters. */
static LsStatus
range_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *out = node->out[0];

  if (out->type == LS_TYPE_FLOAT32)
    {
      float value = *(const float *) node->in[0]->data;

      for (size_t i = 0; i < out->count; i++, value += *(const float *) node->in[2]->data)
        ((float *) out->data)[i] = value;
      return LS_OK;
    }

  uint64_t value = (uint64_t) ls_value_int (node->in[0], 0);
  const uint64_t delta = (uint64_t) ls_value_int (node->in[2], 0);

  for (size_t i = 0; i < out->count; i++, value += delta)
    put_int (out->type, out->data, i, (int64_t) value);
  return LS_OK;
}

static LsStatus
range_count (const LsNode *node, int32_t *out, LsError *error)
{
  double start = 0, limit = 0, delta = 0, count = -1;

  if (node->out[0]->type == LS_TYPE_FLOAT32)
    {
      const float s = *(const float *) node->in[0]->data, l = *(const float *) node->in[1]->data,
                  d = *(const float *) node->in[2]->data;

      start = s, limit = l, delta = d;
      if ((s >= l && d < 0) || (s <= l && d > 0))
        count = ceilf (fabsf ((l - s) / d));
    }
  else
    {
      const int64_t s = ls_value_int (node->in[0], 0), l = ls_value_int (node->in[1], 0),
                    d = ls_value_int (node->in[2], 0);
      const uint64_t length = s > l ? (uint64_t) s - (uint64_t) l : (uint64_t) l - (uint64_t) s;
      const uint64_t step = d < 0 ? -(uint64_t) d : (uint64_t) d;

      start = (double) s, limit = (double) l, delta = (double) d;
      if ((s >= l && d < 0) || (s <= l && d > 0))
        count = (double) (length / step + (length % step != 0));
    }
  if (!(count >= 0 && count <= INT32_MAX))
    return ls_node_invalid (node, error, "a range from %g to %g in steps of %g", start, limit,
                            delta);
  *out = (int32_t) count;
  return LS_OK;
}

static LsStatus
range_prepare (LsNode *node, LsError *error)
{
  int32_t count = 0;

  LS_TRY (ls_node_arity (node, 3, 3, 1, error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", ints | LS_BIT (FLOAT32), error));
  for (uint32_t i = 0; i < 3; i++)
    {
      LS_TRY (ls_node_same_type (node, node->in[i], node->out[0], error));
      if (node->in[i]->count != 1)
        return ls_node_invalid (node, error, "input %u has shape %s, but a scalar is needed", i,
                                LS_SHAPE (node->in[i]));
    }
  if (!ls_input_known (node, 0) || !ls_input_known (node, 1) || !ls_input_known (node, 2))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (range_count (node, &count, error));
  LS_TRY (ls_node_output (node, 0, 1, &count, error));
  ls_node_phase (node, range_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_range = { range_prepare, 0, 2, "float32, int32, int64" };
