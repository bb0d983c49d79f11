/*
 * Giving inputs other shapes. The runtime infers all shapes again; where a constant carries a
 * shape, the rules of shape_operands.c say what it must be, from the first operator to the last.
 */
#include "convert/edit_shapes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "model/edit.h"
#include "model/history.h"
#include "runtime/runtime.h"

enum
{
  PROBE = 2, /* what an open dimension is while one looks which others follow it */
  TEXT_SIZE = 120
};

typedef struct
{
  LsModel *model;
  uint32_t subgraph;
  const LsEditShape *shapes;
  uint32_t n_shapes;
  LsShape *before, *after; /* by tensor */
  uint32_t n_before;       /* tensors that there were at first */
  bool has_open, only_batch;
  LsSession *session;
  LsEditReport *report;
  LsError *error;
} Reshape;

static const LsSubgraph *
graph_of (const Reshape *r)
{
  return &r->model->graphs[r->subgraph]->view;
}

/* ---- Planning -------------------------------------------------------------------------------- */

/* A session for a copy of the model whose inputs are open, so that it is made even when it cannot
 * be planned yet. */
static LsStatus
begin_session (Reshape *r)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LS_AUTO (LsModel, ls_model_free) trial = ls_model_clone (r->model);

  ls_session_free (r->session);
  r->session = NULL;
  if (trial == NULL)
    return ls_fail_no_memory (r->error, "a copy of the model", 0);
  for (uint32_t i = 0; i < graph_of (r)->n_inputs; i++)
    {
      LsTensor *tensor = ls_model_tensor (trial, r->subgraph, (uint32_t) graph_of (r)->inputs[i]);
      int32_t *open = ls_model_alloc (trial, (size_t) tensor->rank + 1, sizeof *open);

      if (open == NULL)
        return ls_fail_no_memory (r->error, "a shape", 0);
      for (int32_t k = 0; k < tensor->rank; k++)
        open[k] = -1;
      tensor->signature_rank = tensor->rank;
      tensor->signature = open;
    }
  options.subgraph = r->subgraph;
  return ls_session_new (trial, &options, &r->session, r->error);
}

static bool
is_known (const Reshape *r, int32_t tensor)
{
  const LsSlot *slot = ls_slot (r->session->frame, tensor);

  return !slot->is_late
         && (slot->producer < 0 || r->session->frame->steps[slot->producer].is_prepared);
}

static void
read_shapes (const Reshape *r, LsShape *out)
{
  for (uint32_t t = 0; t < r->n_before; t++)
    {
      const LsValue *value = &ls_slot (r->session->frame, (int32_t) t)->value;

      out[t] = (LsShape){ .rank = -1 };
      if (!is_known (r, (int32_t) t))
        continue;
      out[t].rank = value->rank;
      memcpy (out[t].dims, value->dims, (size_t) value->rank * sizeof *value->dims);
    }
}

/* ---- Constants ------------------------------------------------------------------------------- */

/* The values of a constant vector of int32 or int64; false: it is none of at most LS_MAX_RANK. */
static bool
read_values (const Reshape *r, int32_t tensor, int64_t *values, uint32_t *count)
{
  const LsTensor *t = tensor >= 0 ? &graph_of (r)->tensors[tensor] : NULL;
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

/* The shape that an operator states: in an operand, or in the options of an old RESHAPE. */
static bool
read_stated (const Reshape *r, const LsOperator *op, int64_t *values, uint32_t *count)
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

static bool
is_read_elsewhere (const Reshape *r, uint32_t op, int32_t tensor)
{
  for (uint32_t i = 0; i < graph_of (r)->n_ops; i++)
    for (uint32_t k = 0; i != op && k < graph_of (r)->ops[i].n_inputs; k++)
      if (graph_of (r)->ops[i].inputs[k] == tensor)
        return true;
  return false;
}

/* A constant that others read, too, stays: the operator gets one of its own. */
static LsStatus
write_tensor (Reshape *r, uint32_t op, uint32_t slot, const int64_t *values, uint32_t count)
{
  const int32_t tensor = graph_of (r)->ops[op].inputs[slot];
  LsTensor copy = graph_of (r)->tensors[tensor];
  int32_t narrow[LS_MAX_RANK];
  const bool is_wide = copy.type == LS_TYPE_INT64;

  for (uint32_t i = 0; i < count; i++)
    narrow[i] = (int32_t) values[i];
  if (!ls_tensor_set_data (r->model, &copy, is_wide ? (const void *) values : narrow,
                           count * (is_wide ? sizeof *values : sizeof *narrow)))
    return ls_fail_no_memory (r->error, "a shape", count);
  if (!is_read_elsewhere (r, op, tensor))
    {
      *ls_model_tensor (r->model, r->subgraph, (uint32_t) tensor) = copy;
      return LS_OK;
    }

  LS_FREE char *name = NULL;

  if (asprintf (&name, "%.200s_%" PRIu32, copy.name, op) < 0)
    name = NULL;
  copy.name = name != NULL ? ls_model_strdup (r->model, name) : NULL;

  const int index = copy.name != NULL ? ls_model_add_tensor (r->model, r->subgraph, &copy) : -1;

  if (index < 0
      || !ls_op_set_input (r->model, ls_model_op (r->model, r->subgraph, op), slot, index))
    return ls_fail_no_memory (r->error, "a shape", count);
  return LS_OK;
}

static LsStatus
write_stated (Reshape *r, uint32_t op, const int64_t *values, uint32_t count)
{
  LsOperator *o = ls_model_op (r->model, r->subgraph, op);
  const int slot = ls_shape_operand (o);
  const LsAttr *attr = ls_op_attr (o, "new_shape");

  if (attr != NULL && attr->kind == LS_ATTR_INTS && attr->count == count
      && !ls_op_set_ints (r->model, o, "new_shape", values, count))
    return ls_fail_no_memory (r->error, "a shape", count);
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

/* Puts the operator in front of what went wrong. */
static LsStatus
blame (const Reshape *r, uint32_t op, const LsError *cause)
{
  const LsOperator *o = &graph_of (r)->ops[op];

  ls_fail (r->error, LS_E_INVALID, -1,
           "operator %" PRIu32 " %.60s \"%.80s\" cannot follow the new shapes: %.180s", op,
           ls_op_kind_text (o), ls_op_name (graph_of (r), o), cause->message);
  ls_error_place (r->error, (int) r->subgraph, (int) op, -1);
  return LS_E_INVALID;
}

/* With open dimensions what changes must be left to the runtime: one -1, and only in RESHAPE. */
static LsStatus
leave_open (const Reshape *r, uint32_t op, const int64_t *was, int64_t *values, uint32_t count)
{
  LsError cause = { .message = "its constant operand cannot leave more than one dimension open" };
  uint32_t n_open = 0;

  for (uint32_t i = 0; i < count; i++)
    {
      if (values[i] != was[i])
        values[i] = -1;
      n_open += values[i] == -1;
    }
  if (n_open > 1 || graph_of (r)->ops[op].kind != LS_OP_RESHAPE)
    return blame (r, op, &cause);
  return LS_OK;
}

static LsStatus
adapt_window (Reshape *r, const LsShapeCase *shapes, bool *is_changed)
{
  LsOperator *op = ls_model_op (r->model, r->subgraph, shapes->op);
  int32_t window[2];

  if (!ls_shape_window (shapes, window))
    return LS_OK;
  *is_changed = true;
  LS_TRY (ls_edit_note (r->report, r->error,
                        "operator %" PRIu32 " %s \"%.100s\": window %" PRId64 "×%" PRId64
                        " → %" PRId32 "×%" PRId32,
                        shapes->op, ls_op_kind_text (op), ls_op_name (graph_of (r), op),
                        ls_attr_int (op, "filter_height", 0), ls_attr_int (op, "filter_width", 0),
                        window[0], window[1]));
  if (!ls_op_set_int (r->model, op, "filter_height", window[0])
      || !ls_op_set_int (r->model, op, "filter_width", window[1]))
    return ls_fail_no_memory (r->error, "an option", sizeof window);
  return LS_OK;
}

/* Adapts one operator; *is_changed when its constant had to change. */
static LsStatus
adapt_op (Reshape *r, uint32_t op, bool *is_changed)
{
  const LsOperator *o = &graph_of (r)->ops[op];
  int64_t values[LS_MAX_RANK], was[LS_MAX_RANK] = { 0 };
  char before[TEXT_SIZE], after[TEXT_SIZE];
  LsError cause = { 0 };
  uint32_t count = 0;
  LsShapeCase shapes = { graph_of (r), op, r->before, r->after, r->only_batch, &cause };

  *is_changed = false;
  if (ls_shape_check (&shapes) != LS_OK)
    return blame (r, op, &cause);
  LS_TRY (adapt_window (r, &shapes, is_changed));
  if (!read_stated (r, o, was, &count))
    return LS_OK;
  memcpy (values, was, sizeof values);
  if (ls_shape_adapt (&shapes, values, count) != LS_OK)
    return blame (r, op, &cause);
  if (memcmp (values, was, count * sizeof *values) == 0)
    return LS_OK;
  if (r->has_open)
    LS_TRY (leave_open (r, op, was, values, count));
  *is_changed = true;
  put_values (before, was, count);
  put_values (after, values, count);
  LS_TRY (ls_edit_note (r->report, r->error, "operator %" PRIu32 " %s \"%.100s\": %s → %s", op,
                        ls_op_kind_text (o), ls_op_name (graph_of (r), o), before, after));
  return write_stated (r, op, values, count);
}

/* A shape without elements where there was one with some: the input is too small. */
static LsStatus
check_empty (Reshape *r)
{
  for (uint32_t i = 0; i < graph_of (r)->n_ops; i++)
    for (uint32_t k = 0; k < graph_of (r)->ops[i].n_outputs; k++)
      {
        const LsShape *before = &r->before[graph_of (r)->ops[i].outputs[k]];
        const LsShape *after = &r->after[graph_of (r)->ops[i].outputs[k]];
        LsError cause = { .message = "nothing would be left for its output" };
        size_t had, has;

        if (before->rank >= 0 && after->rank >= 0 && ls_count (&had, before->dims, before->rank)
            && ls_count (&has, after->dims, after->rank) && had > 0 && has == 0)
          return blame (r, i, &cause);
      }
  return LS_OK;
}

/* ---- From the first operator to the last ----------------------------------------------------- */

/* Whether the shapes that an operator reads are those that it will read. */
static bool
has_settled_inputs (const Reshape *r, const LsOperator *op, const bool *is_dirty)
{
  for (uint32_t k = 0; k < op->n_inputs; k++)
    if (op->inputs[k] >= 0
        && ((uint32_t) op->inputs[k] >= r->n_before || is_dirty[op->inputs[k]]
            || r->after[op->inputs[k]].rank < 0))
      return false;
  return true;
}

/* Adapts all operators whose inputs are settled; gives how many that changed. */
static LsStatus
adapt_settled (Reshape *r, bool *is_adapted, uint32_t *n_changed)
{
  LS_FREE bool *is_dirty = calloc ((size_t) r->n_before + 1, sizeof *is_dirty);

  if (is_dirty == NULL)
    return ls_fail_no_memory (r->error, "shapes", r->n_before);
  *n_changed = 0;
  for (uint32_t i = 0; i < graph_of (r)->n_ops; i++)
    {
      const LsOperator *op = &graph_of (r)->ops[i];
      bool is_changed = false, is_settled = is_adapted[i] || has_settled_inputs (r, op, is_dirty);

      if (is_settled && !is_adapted[i])
        {
          LS_TRY (adapt_op (r, i, &is_changed));
          is_adapted[i] = true;
          *n_changed += is_changed;
        }
      op = &graph_of (r)->ops[i];
      for (uint32_t k = 0; k < op->n_outputs && (is_changed || !is_settled); k++)
        is_dirty[op->outputs[k]] = true;
    }
  return LS_OK;
}

/* Plans and adapts in turns until both have nothing to say. */
static LsStatus
infer (Reshape *r)
{
  LS_FREE bool *is_adapted = calloc ((size_t) graph_of (r)->n_ops + 1, sizeof *is_adapted);
  LsError cause = { 0 };
  uint32_t n_changed = 1;
  LsStatus status = LS_OK;

  if (is_adapted == NULL)
    return ls_fail_no_memory (r->error, "shapes", graph_of (r)->n_ops);
  while (n_changed > 0)
    {
      LS_TRY (begin_session (r));
      cause = (LsError){ 0 };
      status = ls_frame_plan (r->session->frame, &cause);
      read_shapes (r, r->after);
      LS_TRY (adapt_settled (r, is_adapted, &n_changed));
    }
  LS_TRY (check_empty (r));
  if (status != LS_OK && r->error != NULL)
    *r->error = cause;
  return status;
}

/* ---- The inputs ------------------------------------------------------------------------------ */

static LsStatus
set_input (Reshape *r, const LsEditShape *shape, int32_t open)
{
  const LsSubgraph *graph = graph_of (r);

  if (shape->input >= graph->n_inputs || shape->rank < 0 || shape->rank > LS_MAX_RANK)
    return ls_fail (r->error, LS_E_USAGE, -1,
                    "there is no input %" PRIu32 ": the model has %" PRIu32, shape->input,
                    graph->n_inputs);

  LsTensor *tensor
    = ls_model_tensor (r->model, r->subgraph, (uint32_t) graph->inputs[shape->input]);
  int32_t dims[LS_MAX_RANK];
  size_t count;

  for (int i = 0; i < shape->rank; i++)
    dims[i] = shape->dims[i] == -1 ? open : shape->dims[i];
  if (!ls_count (&count, dims, shape->rank) || count == 0)
    return ls_fail (r->error, LS_E_INVALID, -1, "the shape for input \"%.120s\" is no shape",
                    tensor->name);
  tensor->dims = ls_model_ints (r->model, dims, (uint32_t) shape->rank);
  if (tensor->dims == NULL)
    return ls_fail_no_memory (r->error, "a shape", sizeof dims);
  tensor->rank = shape->rank;
  tensor->signature_rank = -1;
  tensor->signature = NULL;
  return LS_OK;
}

/* States of as many rows as the batch had have as many as it has. */
static LsStatus
set_states (Reshape *r, int32_t before, int32_t after)
{
  for (uint32_t t = 0; t < r->n_before; t++)
    {
      LsTensor *tensor = ls_model_tensor (r->model, r->subgraph, t);

      if (!tensor->is_variable || tensor->rank < 1 || r->before[t].rank != tensor->rank
          || r->before[t].dims[0] != before)
        continue;

      int32_t *dims
        = ls_store_copy (r->model->store, tensor->dims, (size_t) tensor->rank * sizeof *dims);

      if (dims == NULL)
        return ls_fail_no_memory (r->error, "a shape", sizeof *dims);
      dims[0] = after;
      tensor->dims = dims;
    }
  return LS_OK;
}

static LsStatus
set_inputs (Reshape *r, int32_t open)
{
  for (uint32_t i = 0; i < r->n_shapes; i++)
    {
      LS_TRY (set_input (r, &r->shapes[i], open));

      const int32_t t = graph_of (r)->inputs[r->shapes[i].input];
      const LsTensor *tensor = &graph_of (r)->tensors[t];
      const LsShape *was = &r->before[t];

      if (was->rank == tensor->rank && was->rank > 0 && was->dims[0] != tensor->dims[0])
        LS_TRY (set_states (r, was->dims[0], tensor->dims[0]));
      r->only_batch &= was->rank == tensor->rank;
      for (int k = 1; k < was->rank && k < tensor->rank; k++)
        r->only_batch &= was->dims[k] == tensor->dims[k];
    }
  return LS_OK;
}

/* ---- The result ------------------------------------------------------------------------------ */

/* @probed: the shapes with open dimensions at PROBE; NULL: there are none */
static LsStatus
store_shape (Reshape *r, uint32_t tensor, const LsShape *probed)
{
  LsTensor *t = ls_model_tensor (r->model, r->subgraph, tensor);
  const LsShape *shape = &r->after[tensor];
  int32_t signature[LS_MAX_RANK];
  bool is_open = false;

  if (shape->rank < 0 || ls_tensor_is_constant (r->model, t))
    return LS_OK;
  t->dims = ls_model_ints (r->model, shape->dims, (uint32_t) shape->rank);
  t->rank = shape->rank;
  for (int i = 0; i < shape->rank; i++)
    {
      const bool follows
        = probed != NULL && probed->rank == shape->rank && probed->dims[i] != shape->dims[i];

      signature[i] = follows ? -1 : shape->dims[i];
      is_open |= follows;
    }
  t->signature_rank = is_open ? shape->rank : -1;
  t->signature = is_open ? ls_model_ints (r->model, signature, (uint32_t) shape->rank) : NULL;
  if (t->dims == NULL || (is_open && t->signature == NULL))
    return ls_fail_no_memory (r->error, "a shape", sizeof signature);
  return LS_OK;
}

static LsStatus
store_shapes (Reshape *r, const LsShape *probed)
{
  uint32_t n_late = 0;

  for (uint32_t t = 0; t < r->n_before; t++)
    {
      n_late += r->after[t].rank < 0;
      LS_TRY (store_shape (r, t, probed != NULL ? &probed[t] : NULL));
    }
  if (!ls_model_compact (r->model, NULL, NULL, NULL))
    return ls_fail_no_memory (r->error, "shapes", r->n_before);
  if (n_late > 0)
    LS_TRY (ls_edit_note (r->report, r->error,
                          "%" PRIu32 " tensors have shapes that only a run tells: they were left",
                          n_late));
  return LS_OK;
}

static LsStatus
run (Reshape *r)
{
  LS_FREE LsShape *probed = NULL;

  LS_TRY (begin_session (r));
  LS_TRY (ls_frame_plan (r->session->frame, r->error));
  read_shapes (r, r->before);
  LS_TRY (set_inputs (r, PROBE));
  LS_TRY (infer (r));
  if (!r->has_open)
    return store_shapes (r, NULL);
  probed = malloc (((size_t) r->n_before + 1) * sizeof *probed);
  if (probed == NULL)
    return ls_fail_no_memory (r->error, "shapes", r->n_before);
  memcpy (probed, r->after, r->n_before * sizeof *probed);
  LS_TRY (set_inputs (r, 1));
  LS_TRY (begin_session (r));
  LS_TRY (ls_frame_plan (r->session->frame, r->error));
  read_shapes (r, r->after);
  return store_shapes (r, probed);
}

LsStatus
ls_edit_set_shapes (LsModel *model, uint32_t subgraph, const LsEditShape *shapes, uint32_t n_shapes,
                    LsEditReport *report, LsError *error)
{
  LS_TRY (ls_edit_check_subgraph (model, subgraph, error));

  const uint32_t n = model->graphs[subgraph]->view.n_tensors;
  LS_FREE LsShape *known = malloc (((size_t) n + 1) * 2 * sizeof *known);
  Reshape r = { .model = model,
                .subgraph = subgraph,
                .shapes = shapes,
                .n_shapes = n_shapes,
                .before = known,
                .after = known + n + 1,
                .n_before = n,
                .only_batch = true,
                .report = report,
                .error = error };

  for (uint32_t i = 0; i < n_shapes; i++)
    for (int k = 0; k < shapes[i].rank && k < LS_MAX_RANK; k++)
      r.has_open |= shapes[i].dims[k] == -1;
  if (known == NULL || !ls_history_begin (model))
    return ls_fail_no_memory (error, "shapes", n);

  const LsStatus status = ls_edit_end (model, run (&r), error);

  ls_session_free (r.session);
  return status;
}
