/*
 * Operators that run other subgraphs: IF, WHILE, STABLEHLO_CASE, STABLEHLO_WHILE,
 * STABLEHLO_COMPOSITE, CALL, CALL_ONCE.
 *
 * prepare() passes the shapes on to the subgraphs. When all that may run agree on the shape of an
 * output, that is the operator's, too; else it is known only once one of them has run. Sources:
 * tflite/kernels/if.cc, while.cc, stablehlo_case.cc, stablehlo_composite.cc, call_once.cc.
 */
#include "ops/op.h"
#include "ops/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Passing values -------------------------------------------------------------------------- */

static LsStatus
check_ports (const LsNode *node, const LsFrame *frame, uint32_t n_in, uint32_t n_out,
             LsError *error)
{
  if (ls_frame_n_inputs (frame) != n_in || ls_frame_n_outputs (frame) != n_out)
    return ls_node_invalid (
      node, error, "it calls a subgraph of %u inputs and %u outputs with %u inputs and %u outputs",
      ls_frame_n_inputs (frame), ls_frame_n_outputs (frame), n_in, n_out);
  return LS_OK;
}

/* Gives the frame the shapes of the node's inputs from @first on, and the values that are known. */
static LsStatus
pass_shapes (const LsNode *node, LsFrame *frame, uint32_t first, LsError *error)
{
  for (uint32_t i = first; i < node->n_in; i++)
    {
      if (node->in[i] == NULL)
        return ls_node_invalid (node, error, "input %u is absent", i);

      LsValue value = *node->in[i];

      if (!value.is_known)
        value.data = NULL;
      LS_TRY (ls_frame_set_input (frame, i - first, &value, error));
    }
  return ls_frame_prepare (frame, error);
}

static LsStatus
pass_values (LsNode *node, LsFrame *frame, uint32_t first)
{
  LsError error = { 0 };

  for (uint32_t i = first; i < node->n_in; i++)
    if (ls_frame_set_input (frame, i - first, node->in[i], &error) != LS_OK)
      return ls_node_fail_with (node, &error);
  return LS_OK;
}

static LsStatus
run_frame (LsNode *node, LsFrame *frame)
{
  LsError error = { 0 };

  return ls_frame_run (frame, &error) == LS_OK ? LS_OK : ls_node_fail_with (node, &error);
}

/* A copy of a value whose size nobody knows beforehand. */
static LsStatus
take_copy (LsNode *node, uint32_t index, const LsValue *value)
{
  void *copy = malloc (value->n_bytes > 0 ? value->n_bytes : 1);

  if (copy == NULL)
    return ls_node_fail (node, LS_E_NO_MEMORY, "there is no memory for output %u", index);
  if (value->n_bytes > 0)
    memcpy (copy, value->data, value->n_bytes);
  return ls_node_take_output (node, index, value->rank, value->dims, copy, value->n_bytes);
}

static LsStatus
give_output (LsNode *node, uint32_t index, const LsValue *value)
{
  LsValue *out = node->out[index];

  if (out->type == LS_TYPE_STRING)
    return take_copy (node, index, value);
  if (out->is_dynamic)
    {
      LsStatus status = ls_node_resize_output (node, index, value->rank, value->dims);

      if (status != LS_OK)
        return status;
    }
  if (out->n_bytes != value->n_bytes)
    return ls_node_fail (node, LS_E_INVALID, "output %u has %zu bytes, not %zu as planned", index,
                         value->n_bytes, out->n_bytes);
  if (value->n_bytes > 0)
    memcpy (out->data, value->data, value->n_bytes);
  return LS_OK;
}

/* ---- Calling one of several subgraphs -------------------------------------------------------- */

typedef struct
{
  uint32_t first; /* of the inputs that are passed on; those before choose the subgraph */
  uint32_t n_frames;
  LsFrame **frames;
} Call;

static LsStatus
check_output_types (const LsNode *node, const LsFrame *frame, LsError *error)
{
  for (uint32_t i = 0; i < node->n_out; i++)
    if (ls_frame_output (frame, i)->type != node->out[i]->type)
      return ls_node_invalid (node, error, "output %u is %s, but %s in the subgraph", i,
                              ls_type_name (node->out[i]->type),
                              ls_type_name (ls_frame_output (frame, i)->type));
  return LS_OK;
}

/* The shape of an output when it is the same whichever subgraph runs; else NULL. */
static const LsValue *
common_shape (const Call *call, uint32_t out)
{
  const LsValue *first = ls_frame_output (call->frames[0], out);

  for (uint32_t i = 0; i < call->n_frames; i++)
    {
      const LsValue *value = ls_frame_output (call->frames[i], out);

      if (value->is_dynamic || value->type == LS_TYPE_STRING || !ls_same_dims (value, first))
        return NULL;
    }
  return first;
}

static LsStatus
call_plan (LsNode *node, Call *call, LsRunFn run, LsError *error)
{
  for (uint32_t i = 0; i < call->n_frames; i++)
    {
      LS_TRY (check_ports (node, call->frames[i], node->n_in - call->first, node->n_out, error));
      LS_TRY (check_output_types (node, call->frames[i], error));
      LS_TRY (pass_shapes (node, call->frames[i], call->first, error));
    }
  for (uint32_t i = 0; i < node->n_out; i++)
    {
      const LsValue *shape = common_shape (call, i);

      if (shape != NULL)
        LS_TRY (ls_node_output_like (node, i, shape, error));
      else
        ls_node_output_dynamic (node, i);
    }
  ls_node_phase (node, run, 1, 1);
  return LS_OK;
}

static LsStatus
call_run (LsNode *node, LsFrame *frame)
{
  const Call *call = node->state;
  LsStatus status = pass_values (node, frame, call->first);

  if (status == LS_OK)
    status = run_frame (node, frame);
  for (uint32_t i = 0; status == LS_OK && i < node->n_out; i++)
    status = give_output (node, i, ls_frame_output (frame, i));
  return status;
}

static Call *
call_new (LsNode *node, uint32_t first, uint32_t n_frames, LsError *error)
{
  Call *call = ls_node_alloc (node, 1, sizeof *call, error);

  if (call == NULL)
    return NULL;
  *call = (Call){ .first = first, .n_frames = n_frames };
  call->frames = ls_node_alloc (node, n_frames, sizeof *call->frames, error);
  node->state = call;
  return call->frames != NULL ? call : NULL;
}

static LsStatus
open_subgraph (LsNode *node, int64_t subgraph, LsFrame **out, LsError *error)
{
  *out
    = ls_node_subframe (node, subgraph >= 0 && subgraph <= INT32_MAX ? (int) subgraph : -1, error);
  if (*out != NULL)
    return LS_OK;
  return error != NULL && error->status != LS_OK ? error->status : LS_E_INVALID;
}

static LsStatus
check_choice (const LsNode *node, LsType type, LsError *error)
{
  if (node->n_in == 0 || node->in[0] == NULL)
    return ls_node_invalid (node, error, "the input that chooses the subgraph is absent");
  if (node->in[0]->type != type || node->in[0]->count != 1)
    return ls_node_invalid (node, error,
                            "the input that chooses the subgraph is %s of shape %s, "
                            "but must be one %s",
                            ls_type_name (node->in[0]->type), LS_SHAPE (node->in[0]),
                            ls_type_name (type));
  return LS_OK;
}

/* ---- IF -------------------------------------------------------------------------------------- */

static LsStatus
if_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Call *call = node->state;

  return call_run (node, call->frames[*(const uint8_t *) node->in[0]->data != 0 ? 0 : 1]);
}

static LsStatus
if_prepare (LsNode *node, LsError *error)
{
  static const char *const names[] = { "then_subgraph_index", "else_subgraph_index" };

  LS_TRY (check_choice (node, LS_TYPE_BOOL, error));

  Call *call = call_new (node, 1, 2, error);

  if (call == NULL)
    return LS_E_NO_MEMORY;
  for (int i = 0; i < 2; i++)
    LS_TRY (open_subgraph (node, ls_attr_int (node->def, names[i], -1), &call->frames[i], error));
  return call_plan (node, call, if_run, error);
}

/* ---- STABLEHLO_CASE -------------------------------------------------------------------------- */

/* An index that is out of range means the last branch. */
static LsStatus
case_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Call *call = node->state;
  int32_t index = *(const int32_t *) node->in[0]->data;
  uint32_t last = call->n_frames - 1;

  return call_run (node,
                   call->frames[index < 0 || (uint32_t) index > last ? last : (uint32_t) index]);
}

static LsStatus
case_prepare (LsNode *node, LsError *error)
{
  const LsAttr *branches = ls_op_attr (node->def, "branch_subgraph_indices");

  LS_TRY (check_choice (node, LS_TYPE_INT32, error));
  if (branches == NULL || branches->kind != LS_ATTR_INTS || branches->count == 0)
    return ls_node_invalid (node, error, "there are no branches to choose from");

  Call *call = call_new (node, 1, branches->count, error);

  if (call == NULL)
    return LS_E_NO_MEMORY;
  for (uint32_t i = 0; i < branches->count; i++)
    LS_TRY (open_subgraph (node, branches->ints[i], &call->frames[i], error));
  return call_plan (node, call, case_run, error);
}

/* ---- CALL and STABLEHLO_COMPOSITE ------------------------------------------------------------ */

static LsStatus
single_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Call *call = node->state;

  return call_run (node, call->frames[0]);
}

static LsStatus
single_prepare (LsNode *node, const char *attribute, LsError *error)
{
  Call *call = call_new (node, 0, 1, error);

  if (call == NULL)
    return LS_E_NO_MEMORY;
  LS_TRY (open_subgraph (node, ls_attr_int (node->def, attribute, -1), &call->frames[0], error));
  return call_plan (node, call, single_run, error);
}

static LsStatus
call_prepare (LsNode *node, LsError *error)
{
  return single_prepare (node, "subgraph", error);
}

static LsStatus
composite_prepare (LsNode *node, LsError *error)
{
  return single_prepare (node, "decomposition_subgraph_index", error);
}

/* ---- WHILE ----------------------------------------------------------------------------------- */

typedef struct
{
  LsFrame *condition, *body;
} While;

/* The body hands the value on as it is. */
static bool
is_invariant (const While *loop, uint32_t i)
{
  return ls_frame_output (loop->body, i) == ls_frame_input (loop->body, i);
}

/* Between turns the newest values are in the inputs of the condition: the body's outputs may be
 * its own inputs in another order. */
static LsStatus
turn (const While *loop, uint32_t n, bool is_first, LsError *error)
{
  for (uint32_t i = 0; i < n; i++)
    if (is_first || !is_invariant (loop, i))
      LS_TRY (ls_frame_set_input (loop->body, i, ls_frame_input (loop->condition, i), error));
  LS_TRY (ls_frame_run (loop->body, error));
  for (uint32_t i = 0; i < n; i++)
    if (!is_invariant (loop, i))
      LS_TRY (ls_frame_set_input (loop->condition, i, ls_frame_output (loop->body, i), error));
  return LS_OK;
}

static LsStatus
goes_on (const While *loop, bool *out, LsError *error)
{
  LS_TRY (ls_frame_run (loop->condition, error));

  const LsValue *value = ls_frame_output (loop->condition, 0);

  if (value->type != LS_TYPE_BOOL || value->count != 1)
    return ls_fail (error, LS_E_INVALID, -1, "the condition gives %zu elements of %s, not one BOOL",
                    value->count, ls_type_name (value->type));
  *out = *(const uint8_t *) value->data != 0;
  return LS_OK;
}

static LsStatus
loop_all (LsNode *node, const While *loop, LsError *error)
{
  for (bool is_first = true;; is_first = false)
    {
      bool more = false;

      if (ls_node_is_cancelled (node))
        return ls_fail_cancelled (error);
      LS_TRY (goes_on (loop, &more, error));
      if (!more)
        return LS_OK;
      LS_TRY (turn (loop, node->n_in, is_first, error));
    }
}

static LsStatus
while_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const While *loop = node->state;
  LsError error = { 0 };
  LsStatus status = pass_values (node, loop->condition, 0);

  if (status == LS_OK && loop_all (node, loop, &error) != LS_OK)
    status = ls_node_fail_with (node, &error);
  for (uint32_t i = 0; status == LS_OK && i < node->n_out; i++)
    status = give_output (node, i, ls_frame_input (loop->condition, i));
  return status;
}

/* One element stays one element, whether it is written as a scalar or a list. */
static bool
keeps_shape (const LsValue *before, const LsValue *after)
{
  return ls_same_dims (before, after)
         || (before->rank <= 1 && after->rank <= 1 && before->count == 1 && after->count == 1);
}

/* The shapes are known when the body keeps them all. */
static bool
has_fixed_shapes (const LsNode *node, const While *loop)
{
  for (uint32_t i = 0; i < node->n_in; i++)
    {
      const LsValue *before = ls_frame_input (loop->body, i),
                    *after = ls_frame_output (loop->body, i);

      if (after->is_dynamic || after->type == LS_TYPE_STRING || !keeps_shape (before, after))
        return false;
    }
  return true;
}

static LsStatus
check_loop (const LsNode *node, const While *loop, LsError *error)
{
  LS_TRY (check_ports (node, loop->condition, node->n_in, 1, error));
  LS_TRY (check_ports (node, loop->body, node->n_in, node->n_in, error));
  LS_TRY (check_output_types (node, loop->body, error));
  for (uint32_t i = 0; i < node->n_in; i++)
    if (ls_frame_input (loop->body, i)->type != ls_frame_output (loop->body, i)->type)
      return ls_node_invalid (node, error, "the body turns input %u from %s into %s", i,
                              ls_type_name (ls_frame_input (loop->body, i)->type),
                              ls_type_name (ls_frame_output (loop->body, i)->type));
  return LS_OK;
}

static LsStatus
while_prepare (LsNode *node, LsError *error)
{
  int64_t condition = ls_attr_int (node->def, "cond_subgraph_index", -1),
          body = ls_attr_int (node->def, "body_subgraph_index", -1);
  While *loop = ls_node_alloc (node, 1, sizeof *loop, error);

  if (loop == NULL)
    return LS_E_NO_MEMORY;
  node->state = loop;
  if (node->n_in != node->n_out || condition == body)
    return ls_node_invalid (node, error,
                            "it has %u inputs and %u outputs, and subgraphs %lld and %lld",
                            node->n_in, node->n_out, (long long) condition, (long long) body);
  LS_TRY (open_subgraph (node, condition, &loop->condition, error));
  LS_TRY (open_subgraph (node, body, &loop->body, error));
  LS_TRY (check_loop (node, loop, error));
  LS_TRY (pass_shapes (node, loop->condition, 0, error));
  LS_TRY (pass_shapes (node, loop->body, 0, error));

  bool is_fixed = has_fixed_shapes (node, loop);

  for (uint32_t i = 0; i < node->n_out; i++)
    if (is_fixed)
      LS_TRY (ls_node_output_like (node, i, ls_frame_output (loop->body, i), error));
    else
      ls_node_output_dynamic (node, i);
  ls_node_phase (node, while_run, 1, 1);
  return LS_OK;
}

/* ---- CALL_ONCE ------------------------------------------------------------------------------- */

typedef struct
{
  LsFrame *frame;
  int32_t id; /* of the resource that says whether the subgraph has run in this session */
} Once;

static LsStatus
once_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Once *once = node->state;
  LsResource *done = ls_node_resource (node, once->id);

  if (done == NULL || done->is_set)
    return LS_OK;

  LsStatus status = run_frame (node, once->frame);

  /* The call may have made resources, and so moved this one. */
  done = ls_node_resource (node, once->id);
  if (status == LS_OK && done != NULL)
    done->is_set = true;
  return status;
}

static LsStatus
once_prepare (LsNode *node, LsError *error)
{
  int64_t subgraph = ls_attr_int (node->def, "init_subgraph_index", -1);
  Once *once = ls_node_alloc (node, 1, sizeof *once, error);
  char name[24];

  if (once == NULL)
    return LS_E_NO_MEMORY;
  node->state = once;
  LS_TRY (ls_node_arity (node, 0, 0, 0, error));
  LS_TRY (open_subgraph (node, subgraph, &once->frame, error));
  LS_TRY (check_ports (node, once->frame, 0, 0, error));
  snprintf (name, sizeof name, "%lld", (long long) subgraph);
  once->id = ls_node_resource_id (node, "\1CALL_ONCE", name, error);
  if (once->id < 0)
    return LS_E_NO_MEMORY;
  ls_node_phase (node, once_run, 1, 1);
  return LS_OK;
}

#define CONTROL_FLOW(stem, prepare_function)                                                       \
  const LsOp ls_op_##stem = {                                                                      \
    .prepare = prepare_function,                                                                   \
    .flags = LS_OP_STATEFUL,                                                                       \
    .max_version = 1,                                                                              \
    .types = "any",                                                                                \
  };

CONTROL_FLOW (call, call_prepare)
CONTROL_FLOW (call_once, once_prepare)
CONTROL_FLOW (if, if_prepare)
CONTROL_FLOW (stablehlo_case, case_prepare)
CONTROL_FLOW (stablehlo_composite, composite_prepare)
CONTROL_FLOW (stablehlo_while, while_prepare)
CONTROL_FLOW (while, while_prepare)
