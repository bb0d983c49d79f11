/* SLICE, STRIDED_SLICE: a window of the input. */
#include <inttypes.h>

#include "ops/moves.h"
#include "ops/shape.h"

/* Copies the window into output 0, which is stated and has its elements in the window's order. */
static LsStatus
copy_window (LsNode *node, const int32_t *dims, int rank, const int32_t *start, const int32_t *step,
             const int32_t *count, LsError *error)
{
  LsMoves *moves;
  LsBox box;

  LS_TRY (ls_moves_begin (node, 0, 1, 1, &moves, error));
  ls_box_windows (&box, rank, count, (LsWindowOf){ dims, start, step },
                  (LsWindowOf){ count, NULL, NULL });
  ls_moves_add (moves, 0, 0, &box);
  ls_moves_end (node);
  return LS_OK;
}

/* ---- SLICE -----------------------------------------------------------------------------------
 */

static LsStatus
slice_prepare (LsNode *node, LsError *error)
{
  LsList begin, size;
  int32_t start[LS_MAX_RANK], count[LS_MAX_RANK];

  LS_TRY (ls_node_arity (node, 3, 3, 1, error));

  const LsValue *in = node->in[0];

  if (!ls_input_known (node, 1) || !ls_input_known (node, 2))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_list (node, 1, &begin, error));
  LS_TRY (ls_node_list (node, 2, &size, error));
  if (begin.n != in->rank || size.n != in->rank)
    return ls_node_invalid (node, error, "%d begins and %d sizes for an input of shape %s", begin.n,
                            size.n, LS_SHAPE (in));
  for (int i = 0; i < in->rank; i++)
    {
      int64_t from = begin.at[i], n = size.at[i];

      if (from < 0 || from > in->dims[i] || n < -1 || n > in->dims[i] - from)
        return ls_node_invalid (
          node, error, "begin %" PRId64 " and size %" PRId64 " do not fit dimension %d of %s", from,
          n, i, LS_SHAPE (in));
      start[i] = (int32_t) from;
      count[i] = n == -1 ? in->dims[i] - start[i] : (int32_t) n;
    }
  LS_TRY (ls_node_output (node, 0, in->rank, count, error));
  return copy_window (node, in->dims, in->rank, start, NULL, count, error);
}

const LsOp ls_op_slice = { slice_prepare, 0, 8, "all" };

/* ---- STRIDED_SLICE ---------------------------------------------------------------------------
 */

enum
{
  MAX_AXES = 2 * LS_MAX_RANK /* of the input and of its new axes */
};

/* What is taken along one axis of the input, new axes included. */
typedef struct
{
  int32_t dim, start, step, count;
  bool is_shrunk; /* the axis goes */
} Axis;

typedef struct
{
  LsList begin, end, strides;
  uint32_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_mask;
  bool is_offset; /* `end` counts from `begin` */
} Spec;

static LsStatus
read_spec (const LsNode *node, Spec *spec, LsError *error)
{
  LS_TRY (ls_node_list (node, 1, &spec->begin, error));
  LS_TRY (ls_node_list (node, 2, &spec->end, error));
  LS_TRY (ls_node_list (node, 3, &spec->strides, error));
  if (spec->begin.n != spec->end.n || spec->begin.n != spec->strides.n)
    return ls_node_invalid (node, error, "%d begins, %d ends and %d strides", spec->begin.n,
                            spec->end.n, spec->strides.n);
  spec->begin_mask = (uint32_t) ls_attr_int (node->def, "begin_mask", 0);
  spec->end_mask = (uint32_t) ls_attr_int (node->def, "end_mask", 0);
  spec->ellipsis_mask = (uint32_t) ls_attr_int (node->def, "ellipsis_mask", 0);
  spec->new_axis_mask = (uint32_t) ls_attr_int (node->def, "new_axis_mask", 0);
  spec->shrink_mask = (uint32_t) ls_attr_int (node->def, "shrink_axis_mask", 0);
  spec->is_offset = ls_attr_int (node->def, "offset", 0) != 0;
  return LS_OK;
}

static int64_t
clamp (int64_t value, int64_t low, int64_t high)
{
  return value < low ? low : value > high ? high : value;
}

/* How many steps lead from 0 to before @length. */
static int64_t
steps (int64_t length, int64_t step)
{
  if (length == 0 || (length < 0) != (step < 0))
    return 0;
  return step > 0 ? (length - 1) / step + 1 : (length + 1) / step + 1;
}

/* Fills an axis from entry @k of the specification (reference/strided_slice.h: StartForAxis,
 * EndForAxis; strided_slice.cc: ResizeOutputTensor). */
static LsStatus
read_entry (const LsNode *node, const Spec *spec, int k, Axis *axis, LsError *error)
{
  const uint32_t bit = 1u << k;
  const int64_t step = spec->strides.at[k], dim = axis->dim;
  const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? dim : dim - 1;

  if (step == 0 || step <= INT32_MIN || step > INT32_MAX)
    return ls_node_invalid (node, error, "stride %d is %" PRId64, k, step);

  int64_t start = spec->begin.at[k], end = spec->end.at[k];

  start = clamp (start < 0 ? start + dim : start, low, high);
  if ((spec->begin_mask & bit) != 0)
    start = step > 0 ? 0 : dim - 1;
  axis->step = (int32_t) step;
  axis->start = (int32_t) start;
  if ((spec->shrink_mask & bit) != 0)
    {
      axis->is_shrunk = true;
      axis->count = 1;
      if (step > 0 && start < dim)
        return LS_OK;
      return ls_node_invalid (
        node, error, "index %" PRId64 " with stride %" PRId64 " is outside a dimension of %" PRId64,
        spec->begin.at[k], step, dim);
    }

  int64_t wanted = end;

  end += spec->is_offset ? start : 0;
  end = clamp (end < 0 ? end + dim : end, low, high);
  if ((spec->end_mask & bit) != 0)
    end = step > 0 ? dim : -1;
  axis->count = (int32_t) steps (end - start, step);
  if (spec->is_offset && axis->count != steps (wanted, step))
    return ls_node_invalid (
      node, error, "%" PRId64 " elements from %" PRId64 " are not in a dimension of %" PRId64,
      wanted, start, dim);
  return LS_OK;
}

/* Expands ellipsis and new axes. LiteRT lets an ellipsis stand for one dimension at least, and then
 * leaves out the entries for which no dimension is left; so do we. */
static LsStatus
read_axes (const LsNode *node, const Spec *spec, Axis *axes, int *n_axes, LsError *error)
{
  const LsValue *in = node->in[0];
  int n_new = 0, d = 0, entry = 0;
  bool has_ellipsis = false;

  for (int k = 0; k < spec->begin.n; k++)
    n_new += (spec->new_axis_mask & ~spec->ellipsis_mask) >> k & 1;
  if (in->rank + n_new > MAX_AXES)
    return ls_node_unsupported (node, error, "%d new axes", n_new);
  for (int i = 0; i < in->rank + n_new; entry++)
    {
      const uint32_t bit = entry < spec->begin.n ? 1u << entry : 0;
      const bool is_ellipsis = (spec->ellipsis_mask & bit) != 0 && !has_ellipsis;

      if (is_ellipsis || bit == 0)
        {
          int whole = is_ellipsis ? 1 + n_new + in->rank - spec->begin.n : in->rank;

          has_ellipsis |= is_ellipsis;
          for (whole = whole < 1 ? 1 : whole; whole > 0 && d < in->rank; whole--, d++)
            axes[i++] = (Axis){ in->dims[d], 0, 1, in->dims[d], false };
        }
      else if ((spec->new_axis_mask & bit) != 0)
        axes[i++] = (Axis){ 1, 0, 1, 1, false };
      else if (d == in->rank)
        return ls_node_invalid (node, error, "%d indices for %s", spec->begin.n, LS_SHAPE (in));
      else
        {
          axes[i] = (Axis){ .dim = in->dims[d++] };
          LS_TRY (read_entry (node, spec, entry, &axes[i++], error));
        }
    }
  if (!has_ellipsis && spec->begin.n > in->rank + n_new)
    return ls_node_invalid (node, error, "%d indices for %s", spec->begin.n, LS_SHAPE (in));
  *n_axes = in->rank + n_new;
  return LS_OK;
}

static LsStatus
strided_slice_prepare (LsNode *node, LsError *error)
{
  Spec spec;
  Axis axes[MAX_AXES];
  int n_axes = 0, rank = 0, n = 0;
  int32_t dims[LS_MAX_RANK], start[LS_MAX_RANK], step[LS_MAX_RANK], count[LS_MAX_RANK],
    out[MAX_AXES];

  LS_TRY (ls_node_arity (node, 4, 4, 1, error));
  if (!ls_input_known (node, 1) || !ls_input_known (node, 2) || !ls_input_known (node, 3))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (read_spec (node, &spec, error));
  LS_TRY (read_axes (node, &spec, axes, &n_axes, error));
  for (int i = 0; i < n_axes; i++)
    if (!axes[i].is_shrunk)
      out[rank++] = axes[i].count;
  if (rank > LS_MAX_RANK)
    return ls_node_unsupported (node, error, "a result of %d dimensions", rank);
  /* Without axes of one element, all new ones among them, no more are left than the input has. */
  for (int i = 0; i < n_axes; i++)
    if (axes[i].dim != 1 || axes[i].count != 1)
      {
        dims[n] = axes[i].dim;
        start[n] = axes[i].start;
        step[n] = axes[i].step;
        count[n++] = axes[i].count;
      }
  LS_TRY (ls_node_output (node, 0, rank, out, error));
  return copy_window (node, dims, n, start, step, count, error);
}

const LsOp ls_op_strided_slice = { strided_slice_prepare, 0, 8, "all" };
