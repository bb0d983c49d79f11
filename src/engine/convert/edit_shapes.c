/*
 * Giving inputs other shapes. The runtime infers all shapes again; where a
 * constant carries a shape, the rules of shape_operands.c say what it must be,
 * from the first operator to the last.
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
  PROBE = 2 /* what an open dimension is while one looks which others follow it */
};

/* ---- Planning
 * --------------------------------------------------------------------------------
 */

/* A session for a copy of the model whose inputs are open, so that it is made
 * even when it cannot be planned yet. */
static LsStatus
begin_session (LsReshape *r)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LS_AUTO (LsModel, ls_model_free) trial = ls_model_clone (r->model);

  ls_session_free (r->session);
  r->session = NULL;
  if (trial == NULL)
    return ls_fail_no_memory (r->error, "a copy of the model", 0);
  for (uint32_t i = 0; i < ls_reshape_graph (r)->n_inputs; i++)
    {
      LsTensor *tensor
        = ls_model_tensor (trial, r->subgraph, (uint32_t) ls_reshape_graph (r)->inputs[i]);
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

/* The first step that could not be planned: what those behind it say is of
 * before. */
static int64_t
find_stop (const LsFrame *frame)
{
  int64_t i = 0;

  while (i < frame->n_steps && frame->steps[i].is_prepared)
    i++;
  return i;
}

static void
read_shapes (const LsReshape *r, LsShape *out)
{
  const int64_t stop = find_stop (r->session->frame);

  for (uint32_t t = 0; t < r->n_tensors; t++)
    {
      const LsSlot *slot = ls_slot (r->session->frame, (int32_t) t);
      const LsValue *value = &slot->value;

      out[t] = (LsShape){ .rank = -1 };
      if (slot->is_late || slot->producer >= stop)
        continue;
      out[t].rank = value->rank;
      memcpy (out[t].dims, value->dims, (size_t) value->rank * sizeof *value->dims);
    }
}

/* A shape without elements where there was one with some: the input is too
 * small. */
static LsStatus
check_empty (LsReshape *r)
{
  for (uint32_t i = 0; i < ls_reshape_graph (r)->n_ops; i++)
    for (uint32_t k = 0; k < ls_reshape_graph (r)->ops[i].n_outputs; k++)
      {
        const LsShape *before = &r->before[ls_reshape_graph (r)->ops[i].outputs[k]];
        const LsShape *after = &r->after[ls_reshape_graph (r)->ops[i].outputs[k]];
        LsError cause = { .message = "nothing would be left for its output" };
        size_t had, has;

        if (before->rank >= 0 && after->rank >= 0 && ls_count (&had, before->dims, before->rank)
            && ls_count (&has, after->dims, after->rank) && had > 0 && has == 0)
          return ls_reshape_blame (r, i, &cause);
      }
  return LS_OK;
}

/* ---- From the first operator to the last
 * ----------------------------------------------------- */

/* Whether the shapes that an operator reads are those that it will read. */
static bool
has_settled_inputs (const LsReshape *r, const LsOperator *op, const bool *is_dirty)
{
  for (uint32_t k = 0; k < op->n_inputs; k++)
    if (op->inputs[k] >= 0 && (is_dirty[op->inputs[k]] || r->after[op->inputs[k]].rank < 0))
      return false;
  return true;
}

/* Adapts all operators whose inputs are settled; gives how many that changed. */
static LsStatus
adapt_settled (LsReshape *r, bool *is_adapted, uint32_t *n_changed)
{
  LS_FREE bool *is_dirty = calloc ((size_t) r->n_tensors + 1, sizeof *is_dirty);

  if (is_dirty == NULL)
    return ls_fail_no_memory (r->error, "shapes", r->n_tensors);
  *n_changed = 0;
  for (uint32_t i = 0; i < ls_reshape_graph (r)->n_ops; i++)
    {
      const LsOperator *op = &ls_reshape_graph (r)->ops[i];
      bool is_changed = false, is_settled = is_adapted[i] || has_settled_inputs (r, op, is_dirty);

      if (is_settled && !is_adapted[i])
        {
          LS_TRY (ls_reshape_adapt (r, i, &is_changed));
          is_adapted[i] = true;
          *n_changed += is_changed;
        }
      op = &ls_reshape_graph (r)->ops[i];
      for (uint32_t k = 0; k < op->n_outputs && (is_changed || !is_settled); k++)
        is_dirty[op->outputs[k]] = true;
    }
  return LS_OK;
}

/* Plans and adapts in turns until both have nothing to say. */
static LsStatus
infer (LsReshape *r)
{
  LS_FREE bool *is_adapted = calloc ((size_t) ls_reshape_graph (r)->n_ops + 1, sizeof *is_adapted);
  LsError cause = { 0 };
  uint32_t n_changed = 1;
  LsStatus status = LS_OK;

  if (is_adapted == NULL)
    return ls_fail_no_memory (r->error, "shapes", ls_reshape_graph (r)->n_ops);
  LS_TRY (begin_session (r));
  while (n_changed > 0)
    {
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

/* ---- The inputs
 * ------------------------------------------------------------------------------
 */

static LsStatus
set_input (LsReshape *r, const LsEditShape *shape, int32_t open)
{
  const LsSubgraph *graph = ls_reshape_graph (r);

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
set_states (LsReshape *r, int32_t before, int32_t after)
{
  for (uint32_t t = 0; t < r->n_tensors; t++)
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
set_inputs (LsReshape *r, int32_t open)
{
  for (uint32_t i = 0; i < r->n_shapes; i++)
    {
      LS_TRY (set_input (r, &r->shapes[i], open));

      const int32_t t = ls_reshape_graph (r)->inputs[r->shapes[i].input];
      const LsTensor *tensor = &ls_reshape_graph (r)->tensors[t];
      const LsShape *was = &r->before[t];

      if (was->rank == tensor->rank && was->rank > 0 && was->dims[0] != tensor->dims[0])
        LS_TRY (set_states (r, was->dims[0], tensor->dims[0]));
      r->only_batch &= was->rank == tensor->rank && was->rank > 0
                       && (i == 0 || was->dims[0] == r->batch_before);
      r->batch_before = was->rank > 0 ? was->dims[0] : 0;
      r->batch_after = tensor->rank > 0 ? tensor->dims[0] : 0;
      for (int k = 1; k < was->rank && k < tensor->rank; k++)
        r->only_batch &= was->dims[k] == tensor->dims[k];
    }
  return LS_OK;
}

/* ---- The result
 * ------------------------------------------------------------------------------
 */

/* @probed: the shapes with open dimensions at PROBE; NULL: there are none */
static LsStatus
store_shape (LsReshape *r, uint32_t tensor, const LsShape *probed)
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
store_shapes (LsReshape *r, const LsShape *probed)
{
  uint32_t n_late = 0;

  for (uint32_t t = 0; t < r->n_tensors; t++)
    {
      n_late += r->after[t].rank < 0;
      LS_TRY (store_shape (r, t, probed != NULL ? &probed[t] : NULL));
    }
  LS_TRY (ls_reshape_join (r));
  if (!ls_model_compact (r->model, NULL, NULL, NULL))
    return ls_fail_no_memory (r->error, "shapes", r->n_tensors);
  if (n_late > 0)
    LS_TRY (ls_edit_note (r->report, r->error,
                          "%" PRIu32 " tensors have shapes that only a run tells: they were left",
                          n_late));
  return LS_OK;
}

static LsStatus
reshape (LsReshape *r)
{
  LS_FREE LsShape *probed = NULL;

  LS_TRY (begin_session (r));
  LS_TRY (ls_frame_plan (r->session->frame, r->error));
  read_shapes (r, r->before);
  LS_TRY (set_inputs (r, PROBE));
  LS_TRY (infer (r));
  if (!r->has_open)
    return store_shapes (r, NULL);
  probed = malloc (((size_t) r->n_tensors + 1) * sizeof *probed);
  if (probed == NULL)
    return ls_fail_no_memory (r->error, "shapes", r->n_tensors);
  memcpy (probed, r->after, r->n_tensors * sizeof *probed);
  LS_TRY (set_inputs (r, 1));
  LS_TRY (begin_session (r));
  LS_TRY (ls_frame_plan (r->session->frame, r->error));
  read_shapes (r, r->after);
  return store_shapes (r, probed);
}

/* Works inside a step that was begun. */
static LsStatus
run (LsReshape *r)
{
  LS_FREE int32_t *original
    = malloc (((size_t) ls_reshape_graph (r)->n_ops + 1) * sizeof *original);

  r->original = original;
  if (original == NULL)
    return ls_fail_no_memory (r->error, "shapes", ls_reshape_graph (r)->n_ops);
  LS_TRY (ls_reshape_split (r));
  r->n_tensors = ls_reshape_graph (r)->n_tensors;

  LS_FREE LsShape *known = malloc (((size_t) r->n_tensors + 1) * 2 * sizeof *known);

  if (known == NULL)
    return ls_fail_no_memory (r->error, "shapes", r->n_tensors);
  r->before = known;
  r->after = known + r->n_tensors + 1;

  const LsStatus status = reshape (r);

  ls_session_free (r->session);
  return status;
}

LsStatus
ls_edit_set_shapes (LsModel *model, uint32_t subgraph, const LsEditShape *shapes, uint32_t n_shapes,
                    LsEditReport *report, LsError *error)
{
  LsReshape r = { .model = model,
                  .subgraph = subgraph,
                  .shapes = shapes,
                  .n_shapes = n_shapes,
                  .only_batch = true,
                  .report = report,
                  .error = error };

  LS_TRY (ls_edit_check_subgraph (model, subgraph, error));
  for (uint32_t i = 0; i < n_shapes; i++)
    for (int k = 0; k < shapes[i].rank && k < LS_MAX_RANK; k++)
      r.has_open |= shapes[i].dims[k] == -1;
  if (!ls_history_begin (model))
    return ls_fail_no_memory (error, "a step to be undone", 0);
  return ls_edit_end (model, run (&r), error);
}
