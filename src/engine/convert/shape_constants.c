/* The constants and options that carry a shape: read, made each operator's own,
 * changed. */
#include "convert/edit_shapes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/edit.h"

enum
{
  TEXT_SIZE = 120
};

/* ---- What an operator states
 * -------------------------------------------------------------------------------
 */

/* The values of a constant vector of int32 or int64; false: it is none of at
 * most LS_MAX_RANK. */
static bool
read_values (const LsReshape *r, int32_t tensor, int64_t *values, uint32_t *count)
{
  const LsTensor *t = tensor >= 0 ? &ls_reshape_graph (r)->tensors[tensor] : NULL;
  const LsBytes bytes = t != NULL ? ls_tensor_data (r->model, t) : (LsBytes){ NULL, 0 };
  const size_t size = t != NULL && t->type == LS_TYPE_INT64 ? 8 : 4;

  if (bytes.size == 0 || t->sparsity != NULL
      || (t->type != LS_TYPE_INT32 && t->type != LS_TYPE_INT64) || bytes.size % size != 0
      || bytes.size / size > LS_MAX_RANK)
    return false;
  *count = (uint32_t) (bytes.size / size);
  for (uint32_t i = 0; i < *count; i++)
    {
      int32_t narrow;

      memcpy (size == 8 ? (void *) &values[i] : (void *) &narrow, bytes.data + i * size, size);
      if (size == 4)
        values[i] = narrow;
    }
  return true;
}

/* The shape that an operator states: in an operand, or in the options of an old
 * RESHAPE. */
static bool
read_stated (const LsReshape *r, const LsOperator *op, int64_t *values, uint32_t *count)
{
  const int slot = ls_shape_operand (op);
  const LsAttr *attr = ls_op_attr (op, "new_shape");

  if (slot < 0)
    return false;
  if ((uint32_t) slot < op->n_inputs)
    return read_values (r, op->inputs[slot], values, count);
  if (attr == NULL || attr->kind != LS_ATTR_INTS || attr->count > LS_MAX_RANK)
    return false;
  *count = attr->count;
  for (uint32_t i = 0; i < attr->count; i++)
    values[i] = attr->ints[i];
  return true;
}

/* The operator reads no one else's constant: ls_reshape_split(). */
static LsStatus
write_tensor (LsReshape *r, uint32_t op, uint32_t slot, const int64_t *values, uint32_t count)
{
  const int32_t index = ls_reshape_graph (r)->ops[op].inputs[slot];
  LsTensor *tensor = ls_model_tensor (r->model, r->subgraph, (uint32_t) index);
  LsSlot *in_session = ls_slot (r->session->frame, index);
  int32_t narrow[LS_MAX_RANK];
  const bool is_wide = tensor->type == LS_TYPE_INT64;

  for (uint32_t i = 0; i < count; i++)
    narrow[i] = (int32_t) values[i];
  if (!ls_tensor_set_data (r->model, tensor, is_wide ? (const void *) values : narrow,
                           count * (is_wide ? sizeof *values : sizeof *narrow)))
    return ls_fail_no_memory (r->error, "a shape", count);
  r->original[op] = -1;
  in_session->value.data = (void *) ls_tensor_data (r->model, tensor).data;
  ls_slot_touch (r->session->frame, in_session);
  return LS_OK;
}

/* The session prepares the operator again, with its new options. */
static void
hand_over_attrs (LsReshape *r, uint32_t op)
{
  const LsOperator *from = &ls_reshape_graph (r)->ops[op];
  LsOperator *to = ls_model_op (r->session->model, r->subgraph, op);

  to->attrs = from->attrs;
  to->n_attrs = from->n_attrs;
  r->session->frame->steps[op].is_prepared = false;
}

static LsStatus
write_stated (LsReshape *r, uint32_t op, const int64_t *values, uint32_t count)
{
  LsOperator *o = ls_model_op (r->model, r->subgraph, op);
  const int slot = ls_shape_operand (o);
  const LsAttr *attr = ls_op_attr (o, "new_shape");

  if (attr != NULL && attr->kind == LS_ATTR_INTS && attr->count == count
      && !ls_op_set_ints (r->model, o, "new_shape", values, count))
    return ls_fail_no_memory (r->error, "a shape", count);
  hand_over_attrs (r, op);
  return (uint32_t) slot < o->n_inputs ? write_tensor (r, op, (uint32_t) slot, values, count)
                                       : LS_OK;
}

static void
put_values (char out[TEXT_SIZE], const int64_t *values, uint32_t count)
{
  size_t at = (size_t) snprintf (out, TEXT_SIZE, "[");

  for (uint32_t i = 0; i < count && at < TEXT_SIZE - 24; i++)
    at += (size_t) snprintf (out + at, TEXT_SIZE - at, "%s%" PRId64, i > 0 ? ", " : "", values[i]);
  snprintf (out + at, TEXT_SIZE - at, "]");
}

LsStatus
ls_reshape_blame (const LsReshape *r, uint32_t op, const LsError *cause)
{
  const LsOperator *o = &ls_reshape_graph (r)->ops[op];

  ls_fail (r->error, LS_E_INVALID, -1,
           "operator %" PRIu32 " %.60s \"%.80s\" cannot follow the new shapes: %.180s", op,
           ls_op_kind_text (o), ls_op_name (ls_reshape_graph (r), o), cause->message);
  ls_error_place (r->error, (int) r->subgraph, (int) op, -1);
  return LS_E_INVALID;
}

/* With open dimensions what changes must be left to the runtime: one -1, and
 * only in RESHAPE. */
static LsStatus
leave_open (const LsReshape *r, uint32_t op, const int64_t *was, int64_t *values, uint32_t count)
{
  LsError cause = { .message = "its constant operand cannot leave more than one dimension open" };
  uint32_t n_open = 0;

  for (uint32_t i = 0; i < count; i++)
    {
      if (values[i] != was[i])
        values[i] = -1;
      n_open += values[i] == -1;
    }
  if (n_open > 1 || ls_reshape_graph (r)->ops[op].kind != LS_OP_RESHAPE)
    return ls_reshape_blame (r, op, &cause);
  return LS_OK;
}

static LsStatus
adapt_window (LsReshape *r, const LsShapeCase *shapes, bool *is_changed)
{
  LsOperator *op = ls_model_op (r->model, r->subgraph, shapes->op);
  int32_t window[2];

  if (!ls_shape_window (shapes, window))
    return LS_OK;
  *is_changed = true;
  LS_TRY (ls_edit_note (r->report, r->error,
                        "operator %" PRIu32 " %s \"%.100s\": window %" PRId64 "×%" PRId64
                        " → %" PRId32 "×%" PRId32,
                        shapes->op, ls_op_kind_text (op), ls_op_name (ls_reshape_graph (r), op),
                        ls_attr_int (op, "filter_height", 0), ls_attr_int (op, "filter_width", 0),
                        window[0], window[1]));
  if (!ls_op_set_int (r->model, op, "filter_height", window[0])
      || !ls_op_set_int (r->model, op, "filter_width", window[1]))
    return ls_fail_no_memory (r->error, "an option", sizeof window);
  hand_over_attrs (r, shapes->op);
  return LS_OK;
}

LsStatus
ls_reshape_adapt (LsReshape *r, uint32_t op, bool *is_changed)
{
  const LsOperator *o = &ls_reshape_graph (r)->ops[op];
  int64_t values[LS_MAX_RANK], was[LS_MAX_RANK] = { 0 };
  char before[TEXT_SIZE], after[TEXT_SIZE];
  LsError cause = { 0 };
  uint32_t count = 0;
  LsShapeCase shapes = { .graph = ls_reshape_graph (r),
                         .op = op,
                         .before = r->before,
                         .after = r->after,
                         .only_batch = r->only_batch,
                         .batch_before = r->batch_before,
                         .batch_after = r->batch_after,
                         .error = &cause };

  *is_changed = false;
  if (ls_shape_check (&shapes) != LS_OK)
    return ls_reshape_blame (r, op, &cause);
  LS_TRY (adapt_window (r, &shapes, is_changed));
  if (!read_stated (r, o, was, &count))
    return LS_OK;
  memcpy (values, was, sizeof values);
  if (ls_shape_adapt (&shapes, values, count) != LS_OK)
    return ls_reshape_blame (r, op, &cause);
  if (memcmp (values, was, count * sizeof *values) == 0)
    return LS_OK;
  if (r->has_open)
    LS_TRY (leave_open (r, op, was, values, count));
  *is_changed = true;
  put_values (before, was, count);
  put_values (after, values, count);
  LS_TRY (ls_edit_note (r->report, r->error, "operator %" PRIu32 " %s \"%.100s\": %s → %s", op,
                        ls_op_kind_text (o), ls_op_name (ls_reshape_graph (r), o), before, after));
  return write_stated (r, op, values, count);
}

/* ---- One constant for each operator
 * ---------------------------------------------------------- */

static LsStatus
split_operand (LsReshape *r, uint32_t op, uint32_t slot)
{
  const int32_t tensor = ls_reshape_graph (r)->ops[op].inputs[slot];
  LsTensor copy = ls_reshape_graph (r)->tensors[tensor];
  LS_FREE char *name = NULL;

  if (asprintf (&name, "%.200s_%" PRIu32, copy.name, op) < 0)
    name = NULL;
  copy.name = name != NULL ? ls_model_strdup (r->model, name) : NULL;

  const int index = copy.name != NULL ? ls_model_add_tensor (r->model, r->subgraph, &copy) : -1;

  if (index < 0
      || !ls_op_set_input (r->model, ls_model_op (r->model, r->subgraph, op), slot, index))
    return ls_fail_no_memory (r->error, "a shape", sizeof copy);
  r->original[op] = tensor;
  return LS_OK;
}

LsStatus
ls_reshape_split (LsReshape *r)
{
  const uint32_t n_tensors = ls_reshape_graph (r)->n_tensors, n_ops = ls_reshape_graph (r)->n_ops;
  LS_FREE uint32_t *n_readers = calloc ((size_t) n_tensors + 1, sizeof *n_readers);
  int64_t values[LS_MAX_RANK];
  uint32_t count;

  if (n_readers == NULL)
    return ls_fail_no_memory (r->error, "shapes", n_tensors);
  for (uint32_t i = 0; i < n_ops; i++)
    {
      const LsOperator *op = &ls_reshape_graph (r)->ops[i];

      r->original[i] = -1;
      for (uint32_t k = 0; k < op->n_inputs; k++)
        if (op->inputs[k] >= 0)
          n_readers[op->inputs[k]]++;
    }
  for (uint32_t i = 0; i < n_ops; i++)
    {
      const LsOperator *op = &ls_reshape_graph (r)->ops[i];
      const int slot = ls_shape_operand (op);

      if (slot >= 0 && (uint32_t) slot < op->n_inputs && op->inputs[slot] >= 0
          && n_readers[op->inputs[slot]] > 1 && read_values (r, op->inputs[slot], values, &count))
        LS_TRY (split_operand (r, i, (uint32_t) slot));
    }
  return LS_OK;
}

LsStatus
ls_reshape_join (LsReshape *r)
{
  for (uint32_t i = 0; i < ls_reshape_graph (r)->n_ops; i++)
    {
      LsOperator *op = ls_model_op (r->model, r->subgraph, i);

      if (r->original[i] >= 0
          && !ls_op_set_input (r->model, op, (uint32_t) ls_shape_operand (op), r->original[i]))
        return ls_fail_no_memory (r->error, "a shape", 0);
    }
  return LS_OK;
}
