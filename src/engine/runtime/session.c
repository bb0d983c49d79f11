/* Sessions: the public face of the runtime. */
#include "runtime/runtime.h"

#include <string.h>

/* The subgraph to run; -1 with @error filled. */
static int
choose_subgraph (LsSession *session, const LsSignature **signature, LsError *error)
{
  const LsSessionOptions *options = &session->options;
  const LsModel *model = session->model;

  *signature = NULL;
  for (uint32_t i = 0; options->signature != NULL && i < model->n_signatures; i++)
    if (strcmp (model->signatures[i].key, options->signature) == 0)
      *signature = &model->signatures[i];
  if (options->signature != NULL && *signature == NULL)
    {
      ls_fail (error, LS_E_USAGE, -1, "the model has no signature %s", options->signature);
      return -1;
    }

  uint32_t subgraph = *signature != NULL ? (*signature)->subgraph : options->subgraph;

  if (subgraph >= model->n_graphs)
    {
      ls_fail (error, LS_E_USAGE, -1, "the model has no subgraph %u: there are %u", subgraph,
               model->n_graphs);
      return -1;
    }
  return (int) subgraph;
}

/* The ports in the subgraph's own order, under the names of the signature. */
static LsSignaturePort *
make_ports (const LsSubgraph *graph, const int32_t *tensors, uint32_t count,
            const LsSignaturePort *named, uint32_t n_named)
{
  LsSignaturePort *ports = calloc ((size_t) count + 1, sizeof *ports);

  for (uint32_t i = 0; ports != NULL && i < count; i++)
    {
      ports[i] = (LsSignaturePort){ graph->tensors[tensors[i]].name, (uint32_t) tensors[i] };
      for (uint32_t k = 0; k < n_named; k++)
        if (named[k].tensor == (uint32_t) tensors[i])
          ports[i].name = named[k].name;
    }
  return ports;
}

static LsStatus
ports_init (LsSession *session, const LsSignature *signature, LsError *error)
{
  const LsFrame *frame = session->frame;
  const LsSubgraph *graph = frame->graph;

  session->n_inputs = graph->n_inputs;
  session->n_outputs = frame->n_outputs;
  session->inputs = make_ports (graph, graph->inputs, graph->n_inputs,
                                signature != NULL ? signature->inputs : NULL,
                                signature != NULL ? signature->n_inputs : 0);
  session->outputs = make_ports (graph, frame->outputs, session->n_outputs,
                                 signature != NULL ? signature->outputs : NULL,
                                 signature != NULL ? signature->n_outputs : 0);
  if (session->inputs == NULL || session->outputs == NULL)
    return ls_fail_no_memory (error, "a session", sizeof *session->inputs);
  return LS_OK;
}

/* Whether an input's shape may only be known once it is set. */
static bool
has_open_inputs (const LsSession *session)
{
  for (uint32_t i = 0; i < session->n_inputs; i++)
    {
      const LsTensor *tensor = &session->frame->graph->tensors[session->inputs[i].tensor];

      for (int32_t k = 0; k < tensor->rank; k++)
        if (tensor->dims[k] <= 0)
          return true;
      for (int32_t k = 0; k < tensor->signature_rank; k++)
        if (tensor->signature[k] <= 0)
          return true;
    }
  return false;
}

static LsStatus
session_init (LsSession *session, LsError *error)
{
  const LsSignature *signature;
  int subgraph = choose_subgraph (session, &signature, error);

  if (subgraph < 0)
    return LS_E_USAGE;

  const LsSubgraph *graph = ls_model_subgraph (session->model, (uint32_t) subgraph);

  if (session->options.until < -1 || session->options.until >= (int64_t) graph->n_tensors)
    return ls_fail (error, LS_E_USAGE, -1, "there is no tensor %d: the subgraph has %u",
                    session->options.until, graph->n_tensors);
  LS_TRY (
    ls_frame_new (session, (uint32_t) subgraph, 0, session->options.until, &session->frame, error));
  LS_TRY (ports_init (session, signature, error));

  LsError own = { 0 };
  LsStatus status = ls_frame_plan (session->frame, &own);

  if (status != LS_OK && (!has_open_inputs (session) || status == LS_E_NO_MEMORY))
    {
      if (error != NULL)
        *error = own;
      return status;
    }
  return LS_OK;
}

LsStatus
ls_session_new_watched (const LsModel *model, const LsSessionOptions *options,
                        const LsWatcher *watcher, LsSession **out, LsError *error)
{
  static const LsSessionOptions defaults = LS_SESSION_OPTIONS_INIT;
  LS_AUTO (LsSession, ls_session_free) session = calloc (1, sizeof *session);

  *out = NULL;
  if (session == NULL)
    return ls_fail_no_memory (error, "a session", sizeof *session);
  pthread_mutex_init (&session->error_lock, NULL);
  session->options = options != NULL ? *options : defaults;
  if (watcher != NULL)
    session->watcher = *watcher;
  if (session->options.n_threads == 0)
    session->options.n_threads = 1;
  session->model = ls_model_clone (model);
  if (session->model == NULL)
    return ls_fail_no_memory (error, "a session", sizeof *model);
  session->resources.budget = &session->budget;
  ls_budget_init (&session->budget, session->model, session->options.trace);
  if (session->options.n_threads > 1)
    {
      session->pool = ls_pool_new (session->options.n_threads);
      if (session->pool == NULL)
        return ls_fail_no_memory (error, "threads", session->options.n_threads);
      session->options.n_threads = ls_pool_n_threads (session->pool);
    }
  LS_TRY (session_init (session, error));
  *out = ls_steal (&session);
  return LS_OK;
}

LsStatus
ls_session_new (const LsModel *model, const LsSessionOptions *options, LsSession **out,
                LsError *error)
{
  return ls_session_new_watched (model, options, NULL, out, error);
}

void
ls_session_free (LsSession *session)
{
  if (session == NULL)
    return;
  ls_frame_free (session->frame);
  ls_resources_free (&session->resources);
  ls_pool_free (session->pool);
  free (session->inputs);
  free (session->outputs);
  ls_model_free (session->model);
  pthread_mutex_destroy (&session->error_lock);
  free (session);
}

uint32_t
ls_session_n_inputs (const LsSession *session)
{
  return session->n_inputs;
}

uint32_t
ls_session_n_outputs (const LsSession *session)
{
  return session->n_outputs;
}

static bool
port (const LsSession *session, const LsSignaturePort *ports, uint32_t count, uint32_t index,
      LsPort *out)
{
  if (index >= count)
    return false;

  const LsValue *value = &session->frame->slots[ports[index].tensor].value;

  *out = (LsPort){ .name = ports[index].name,
                   .tensor = (int) ports[index].tensor,
                   .type = value->type,
                   .rank = value->rank,
                   .quant = value->quant };
  memcpy (out->dims, value->dims, (size_t) value->rank * sizeof *out->dims);
  return true;
}

bool
ls_session_input (const LsSession *session, uint32_t index, LsPort *out)
{
  return port (session, session->inputs, session->n_inputs, index, out);
}

bool
ls_session_output (const LsSession *session, uint32_t index, LsPort *out)
{
  return port (session, session->outputs, session->n_outputs, index, out);
}

LsStatus
ls_session_set_input (LsSession *session, uint32_t index, const LsArray *array, LsError *error)
{
  if (index >= session->n_inputs)
    return ls_fail (error, LS_E_USAGE, -1, "there is no input %u: the model has %u", index,
                    session->n_inputs);

  LsSlot *slot = ls_slot (session->frame, (int32_t) session->inputs[index].tensor);

  if (array->type != slot->value.type)
    return ls_fail (error, LS_E_INVALID, -1, "input %u (%s) is %s, but the array is %s", index,
                    session->inputs[index].name, ls_type_name (slot->value.type),
                    ls_type_name (array->type));
  session->is_computed = false;
  return ls_slot_set (session->frame, slot, array->rank, array->dims, array->data, array->n_bytes,
                      error);
}

LsStatus
ls_session_run (LsSession *session, LsError *error)
{
  LsFrame *frame = session->frame;

  atomic_store (&session->is_cancelled, false);
  session->run_error = (LsError){ 0 };
  session->is_computed = false;
  if (!frame->is_planned)
    LS_TRY (ls_frame_plan (frame, error));
  LS_TRY (ls_frame_run (frame, error));
  session->is_computed = true;
  return LS_OK;
}

void
ls_session_cancel (LsSession *session)
{
  atomic_store (&session->is_cancelled, true);
}

LsStatus
ls_session_reset (LsSession *session, LsError *error)
{
  session->is_computed = false;
  ls_resources_reset (&session->resources);
  return ls_frame_reset (session->frame, error);
}

static LsStatus
view_value (const LsValue *value, LsArray *view, LsError *error)
{
  *view = (LsArray){
    .type = value->type, .rank = value->rank, .data = value->data, .n_bytes = value->n_bytes
  };
  memcpy (view->dims, value->dims, (size_t) value->rank * sizeof *view->dims);
  if (value->data == NULL)
    return ls_fail (error, LS_E_USAGE, -1, "tensor %d (%s) was not computed", value->index,
                    value->tensor->name);
  return LS_OK;
}

LsStatus
ls_session_get_output (const LsSession *session, uint32_t index, LsArray *view, LsError *error)
{
  if (index >= session->n_outputs)
    return ls_fail (error, LS_E_USAGE, -1, "there is no output %u: the model has %u", index,
                    session->n_outputs);
  return view_value (&session->frame->slots[session->outputs[index].tensor].value, view, error);
}

LsStatus
ls_session_get_tensor (const LsSession *session, uint32_t tensor, LsArray *view, LsError *error)
{
  if (tensor >= session->frame->graph->n_tensors)
    return ls_fail (error, LS_E_USAGE, -1, "there is no tensor %u: the subgraph has %u", tensor,
                    session->frame->graph->n_tensors);
  return view_value (&session->frame->slots[tensor].value, view, error);
}

uint32_t
ls_session_n_steps (const LsSession *session)
{
  return session->frame->n_order;
}

static uint64_t
bytes_moved (const LsNode *node)
{
  uint64_t n_bytes = 0;

  for (uint32_t i = 0; i < node->n_in; i++)
    n_bytes += node->in[i] != NULL ? node->in[i]->n_bytes : 0;
  for (uint32_t i = 0; i < node->n_out; i++)
    n_bytes += node->out[i]->n_bytes;
  return n_bytes;
}

bool
ls_session_step (const LsSession *session, uint32_t index, LsStepInfo *out)
{
  if (index >= session->frame->n_order)
    return false;

  const LsStep *step = session->frame->order[index];
  const LsSubgraph *graph = session->frame->graph;

  *out = (LsStepInfo){ .op = step->op,
                       .kind = ls_op_kind_text (step->node.def),
                       .name = ls_op_name (graph, step->node.def),
                       .kernel = step->node.kernel != NULL ? step->node.kernel : "reference",
                       .macs = ls_op_macs (graph, step->node.def),
                       .bytes = bytes_moved (&step->node),
                       .last_us = (double) step->last_ns / 1e3 };
  return true;
}

/* Sums a number up over a frame and those inside it. */
static size_t
sum_frames (const LsFrame *frame, size_t (*of) (const LsFrame *frame))
{
  size_t n_bytes = of (frame);

  for (uint32_t i = 0; i < frame->n_steps; i++)
    for (const LsFrame *inner = frame->steps[i].frames; inner != NULL; inner = inner->next)
      n_bytes += sum_frames (inner, of);
  return n_bytes;
}

static size_t
arena_bytes (const LsFrame *frame)
{
  return frame->arena_size;
}

static size_t
weights_bytes (const LsFrame *frame)
{
  size_t n_bytes = 0;

  for (uint32_t i = 0; i < frame->graph->n_tensors; i++)
    if (frame->slots[i].value.is_constant && frame->slots[i].value.data != NULL
        && !frame->slots[i].is_packed)
      n_bytes += frame->slots[i].value.n_bytes;
  for (uint32_t i = 0; i < frame->n_steps; i++)
    n_bytes += frame->steps[i].n_block_bytes;
  return n_bytes;
}

size_t
ls_session_arena_bytes (const LsSession *session)
{
  return sum_frames (session->frame, arena_bytes);
}

size_t
ls_session_weights_bytes (const LsSession *session)
{
  return sum_frames (session->frame, weights_bytes);
}
