/* What constants that carry a shape must say when the shapes around them change. */
#include <inttypes.h>

#include "base/error.h"
#include "convert/edit_shapes.h"

static const LsShape *
input_before (const LsShapeCase *c, uint32_t slot)
{
  return &c->before[c->graph->ops[c->op].inputs[slot]];
}

static const LsShape *
input_after (const LsShapeCase *c, uint32_t slot)
{
  return &c->after[c->graph->ops[c->op].inputs[slot]];
}

/* ---- RESHAPE --------------------------------------------------------------------------------- */

/* A run of dimensions of the input and one of the output that hold the same elements. */
typedef struct
{
  int in, n_in, out, n_out;
} Group;

static int64_t
product (const int32_t *dims, int count)
{
  int64_t result = 1;

  for (int i = 0; i < count; i++)
    result *= dims[i];
  return result;
}

/* The next group from the ends of @group on; false: there is none. */
static bool
next_group (const LsShape *in, const LsShape *out, Group *group)
{
  int64_t a = 1, b = 1;

  group->in += group->n_in;
  group->out += group->n_out;
  group->n_in = group->in < in->rank;
  group->n_out = group->out < out->rank;
  if (group->n_in > 0)
    a = in->dims[group->in];
  if (group->n_out > 0)
    b = out->dims[group->out];
  while (a != b)
    if (a < b && group->in + group->n_in < in->rank)
      a *= in->dims[group->in + group->n_in++];
    else if (group->out + group->n_out < out->rank)
      b *= out->dims[group->out + group->n_out++];
    else if (group->in + group->n_in < in->rank)
      a *= in->dims[group->in + group->n_in++];
    else
      return false;
  return true;
}

/* Product of the last dimensions of the group that stay as they are. */
static int64_t
unchanged_tail (const Group *group, const LsShape *before, const LsShape *after)
{
  int64_t result = 1;

  for (int i = group->n_in; i-- > 0 && before->dims[group->in + i] == after->dims[group->in + i];)
    result *= before->dims[group->in + i];
  return result;
}

/* A run that only drops dimensions of size 1, one of which grows: it was no part of the meaning. */
static bool
squeezes_growing (const Group *group, const LsShape *before, const LsShape *after)
{
  int n_real = 0;
  bool grows = false;

  for (int i = group->in; i < group->in + group->n_in; i++)
    {
      n_real += before->dims[i] != 1;
      grows |= before->dims[i] == 1 && after->dims[i] != 1;
    }
  return group->n_out == 1 && group->n_in > 1 && n_real <= 1 && grows;
}

/*
 * The output's dimensions of a group whose input changed: all of it goes into the outermost one, if
 * the others are carved from dimensions that stay.
 */
static bool
reshape_group (const LsShapeCase *c, const Group *group, const LsShape *before,
               const LsShape *after, const LsShape *out, int32_t *want)
{
  const int64_t had = product (before->dims + group->in, group->n_in),
                total = product (after->dims + group->in, group->n_in);
  int outer = group->out;

  if (total == had)
    return true; /* the same elements in another order of sizes: they stay together */
  if (c->only_batch && group->out == 0 && group->n_out > 0 && out->dims[0] == c->batch_before
      && total * c->batch_before == had * c->batch_after)
    { /* a batch that stood among other dimensions is one of its own again */
      want[0] = c->batch_after;
      return true;
    }
  if (group->n_out == 0)
    return total == 1;
  if (squeezes_growing (group, before, after) && !c->only_batch)
    return false;
  while (outer < group->out + group->n_out - 1 && out->dims[outer] == 1)
    outer++;

  const int64_t rest = product (out->dims + group->out, group->n_out) / out->dims[outer];

  if (total % rest != 0 || total / rest > INT32_MAX)
    return false;
  want[outer] = (int32_t) (total / rest);
  return rest == 1 || c->only_batch || unchanged_tail (group, before, after) % rest == 0;
}

static bool
has_zero (const LsShape *shape)
{
  for (int i = 0; i < shape->rank; i++)
    if (shape->dims[i] <= 0)
      return true;
  return false;
}

static LsStatus
adapt_reshape (const LsShapeCase *c, int64_t *values, uint32_t count)
{
  const LsShape *before = input_before (c, 0), *after = input_after (c, 0);
  const LsShape *out = &c->before[c->graph->ops[c->op].outputs[0]];
  int32_t want[LS_MAX_RANK];
  Group group = { 0 };

  if (before->rank < 0 || after->rank != before->rank || out->rank != (int) count
      || has_zero (before) || has_zero (out) || has_zero (after))
    return LS_OK;
  for (int i = 0; i < out->rank; i++)
    want[i] = out->dims[i];
  while (group.in + group.n_in < before->rank || group.out + group.n_out < out->rank)
    if (!next_group (before, out, &group) || !reshape_group (c, &group, before, after, out, want))
      return ls_fail (c->error, LS_E_INVALID, -1,
                      "it is not plain which of the dimensions that it makes grows with its input");
  for (uint32_t i = 0; i < count; i++)
    if (values[i] != -1)
      values[i] = want[i];
  return LS_OK;
}

/* ---- RESIZE_BILINEAR, RESIZE_NEAREST_NEIGHBOR ------------------------------------------------ */

/* Height and width that all earlier tensors have by now which had that height and width; false:
 * there are none, or they differ. */
static bool
find_same_size (const LsShapeCase *c, const int64_t *size, int32_t *found)
{
  bool is_found = false;

  for (uint32_t i = 0; i < c->op + c->graph->n_inputs; i++)
    {
      const int32_t t = i < c->op
                          ? (c->graph->ops[i].n_outputs > 0 ? c->graph->ops[i].outputs[0] : -1)
                          : c->graph->inputs[i - c->op];
      const LsShape *before = t >= 0 ? &c->before[t] : NULL, *after = t >= 0 ? &c->after[t] : NULL;

      if (before == NULL || before->rank != 4 || after->rank != 4 || before->dims[1] != size[0]
          || before->dims[2] != size[1])
        continue;
      if (is_found && (after->dims[1] != found[0] || after->dims[2] != found[1]))
        return false;
      found[0] = after->dims[1];
      found[1] = after->dims[2];
      is_found = true;
    }
  return is_found;
}

/* A whole-numbered factor up or down stays what it is. */
static bool
scale_size (int64_t *size, int32_t before, int32_t after)
{
  if (before <= 0 || *size <= 0)
    return false;
  if (*size % before == 0)
    *size = *size / before * after;
  else if (before % *size == 0 && after % (before / *size) == 0)
    *size = after / (before / *size);
  else
    return before == after;
  return *size <= INT32_MAX;
}

static LsStatus
adapt_resize (const LsShapeCase *c, int64_t *values, uint32_t count)
{
  const LsShape *before = input_before (c, 0), *after = input_after (c, 0);
  int32_t found[2] = { 0 };

  if (count != 2 || before->rank != 4 || after->rank != 4)
    return LS_OK;
  if (find_same_size (c, values, found))
    {
      values[0] = found[0];
      values[1] = found[1];
      return LS_OK;
    }
  if (before->dims[1] == after->dims[1] && before->dims[2] == after->dims[2])
    return LS_OK;
  if (scale_size (&values[0], before->dims[1], after->dims[1])
      && scale_size (&values[1], before->dims[2], after->dims[2]))
    return LS_OK;
  return ls_fail (c->error, LS_E_INVALID, -1,
                  "it resizes %" PRId32 "×%" PRId32 " to %" PRId64 "×%" PRId64
                  ", and it is not plain what %" PRId32 "×%" PRId32 " is to become",
                  before->dims[1], before->dims[2], values[0], values[1], after->dims[1],
                  after->dims[2]);
}

/* ---- SLICE, STRIDED_SLICE, TRANSPOSE_CONV, BROADCAST_TO ---------------------------------------
 */

static LsStatus
fail_part (const LsShapeCase *c, uint32_t dim, int64_t size, int32_t of)
{
  return ls_fail (c->error, LS_E_INVALID, -1,
                  "it takes %" PRId64 " of the %" PRId32 " elements of dimension %" PRIu32
                  ", which changes",
                  size, of, dim);
}

/* What was taken to the end still is; what was the first element still is. The start is not at
 * hand here: a part that ends elsewhere cannot be told. */
static LsStatus
adapt_slice (const LsShapeCase *c, int64_t *values, uint32_t count)
{
  const LsShape *before = input_before (c, 0), *after = input_after (c, 0);

  for (uint32_t i = 0; i < count && (int) i < before->rank && before->rank == after->rank; i++)
    {
      if (values[i] == -1 || values[i] == 1 || before->dims[i] == after->dims[i])
        continue;
      if (values[i] != before->dims[i])
        return fail_part (c, i, values[i], before->dims[i]);
      values[i] = after->dims[i];
    }
  return LS_OK;
}

static LsStatus
adapt_strided_slice (const LsShapeCase *c, int64_t *values, uint32_t count)
{
  const LsOperator *op = &c->graph->ops[c->op];
  const LsShape *before = input_before (c, 0), *after = input_after (c, 0);
  const int64_t ignored = ls_attr_int (op, "end_mask", 0) | ls_attr_int (op, "shrink_axis_mask", 0);

  if (ls_attr_int (op, "ellipsis_mask", 0) != 0 || ls_attr_int (op, "new_axis_mask", 0) != 0)
    return LS_OK;
  for (uint32_t i = 0; i < count && (int) i < before->rank && before->rank == after->rank; i++)
    {
      if ((ignored >> i & 1) != 0 || values[i] <= 1 || values[i] > before->dims[i]
          || before->dims[i] == after->dims[i])
        continue;
      if (values[i] != before->dims[i])
        return fail_part (c, i, values[i], before->dims[i]);
      values[i] = after->dims[i];
    }
  return LS_OK;
}

/* Each further row of the input makes `stride` further rows of the output. */
static LsStatus
adapt_transpose_conv (const LsShapeCase *c, int64_t *values, uint32_t count)
{
  const LsOperator *op = &c->graph->ops[c->op];
  const LsShape *before = input_before (c, 2), *after = input_after (c, 2);

  if (count != 4 || before->rank != 4 || after->rank != 4)
    return LS_OK;
  values[0] += after->dims[0] - before->dims[0];
  values[1] += (after->dims[1] - before->dims[1]) * ls_attr_int (op, "stride_h", 1);
  values[2] += (after->dims[2] - before->dims[2]) * ls_attr_int (op, "stride_w", 1);
  return LS_OK;
}

/* Dimensions that the input has already follow it. */
static LsStatus
adapt_broadcast (const LsShapeCase *c, int64_t *values, uint32_t count)
{
  const LsShape *before = input_before (c, 0), *after = input_after (c, 0);

  for (int i = 1; i <= before->rank && before->rank == after->rank && i <= (int) count; i++)
    if (values[(int) count - i] == before->dims[before->rank - i]
        && before->dims[before->rank - i] != 1)
      values[(int) count - i] = after->dims[after->rank - i];
  return LS_OK;
}

/* ---- The table ------------------------------------------------------------------------------- */

static const struct
{
  LsOpKind kind;
  int operand;
  LsStatus (*adapt) (const LsShapeCase *shapes, int64_t *values, uint32_t count);
} rules[] = {
  { LS_OP_RESHAPE, 1, adapt_reshape },
  { LS_OP_RESIZE_BILINEAR, 1, adapt_resize },
  { LS_OP_RESIZE_NEAREST_NEIGHBOR, 1, adapt_resize },
  { LS_OP_SLICE, 2, adapt_slice },
  { LS_OP_STRIDED_SLICE, 2, adapt_strided_slice },
  { LS_OP_TRANSPOSE_CONV, 0, adapt_transpose_conv },
  { LS_OP_BROADCAST_TO, 1, adapt_broadcast },
};

enum
{
  N_RULES = sizeof rules / sizeof *rules
};

int
ls_shape_operand (const LsOperator *op)
{
  for (int i = 0; i < N_RULES; i++)
    if ((int) rules[i].kind == op->kind)
      return rules[i].operand;
  return -1;
}

LsStatus
ls_shape_adapt (const LsShapeCase *shapes, int64_t *values, uint32_t count)
{
  for (int i = 0; i < N_RULES; i++)
    if ((int) rules[i].kind == shapes->graph->ops[shapes->op].kind)
      return rules[i].adapt (shapes, values, count);
  return LS_OK;
}

/* A window over the whole picture stays one. */
bool
ls_shape_window (const LsShapeCase *shapes, int32_t window[2])
{
  const LsOperator *op = &shapes->graph->ops[shapes->op];

  if (op->kind != LS_OP_AVERAGE_POOL_2D && op->kind != LS_OP_MAX_POOL_2D
      && op->kind != LS_OP_L2_POOL_2D)
    return false;

  const LsShape *before = input_before (shapes, 0), *after = input_after (shapes, 0);
  const LsShape *out = &shapes->before[op->outputs[0]];

  if (before->rank != 4 || after->rank != 4 || out->rank != 4 || out->dims[1] != 1
      || out->dims[2] != 1 || ls_attr_int (op, "filter_height", 0) != before->dims[1]
      || ls_attr_int (op, "filter_width", 0) != before->dims[2])
    return false;
  window[0] = after->dims[1];
  window[1] = after->dims[2];
  return window[0] != before->dims[1] || window[1] != before->dims[2];
}

/* FULLY_CONNECTED takes what is more than its weights have columns for as further rows. */
LsStatus
ls_shape_check (const LsShapeCase *shapes)
{
  const LsOperator *op = &shapes->graph->ops[shapes->op];

  if (op->kind != LS_OP_FULLY_CONNECTED || op->n_inputs < 2 || op->inputs[1] < 0)
    return LS_OK;

  const LsShape *before = input_before (shapes, 0), *after = input_after (shapes, 0);
  const LsShape *weights = input_before (shapes, 1);
  const bool is_row
    = before->rank > 0 && weights->rank == 2 && before->dims[before->rank - 1] == weights->dims[1];
  const int first = is_row && before->rank == after->rank ? before->rank - 1 : 1;

  if (before->rank < 0 || after->rank < 0)
    return LS_OK;

  const int64_t had
    = product (before->dims + first, before->rank > first ? before->rank - first : 0),
    has = product (after->dims + first, after->rank > first ? after->rank - first : 0);

  if (had == has)
    return LS_OK;
  return ls_fail (shapes->error, LS_E_INVALID, -1,
                  "its weights are for %" PRId64 " values, and its input would have %" PRId64, had,
                  has);
}
