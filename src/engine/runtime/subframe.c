/* Running subgraphs on behalf of control-flow operators. */
#include "runtime/runtime.h"

#include "runtime/clock.h"

uint32_t
ls_node_n_subgraphs (const LsNode *node)
{
  return node->frame->session->model->n_graphs;
}

const LsSubgraph *
ls_node_subgraph (const LsNode *node, int64_t subgraph)
{
  return subgraph >= 0 && subgraph < (int64_t) ls_node_n_subgraphs (node)
           ? ls_model_subgraph (node->frame->session->model, (uint32_t) subgraph)
           : NULL;
}

/* Few subgraphs that call each other several times can ask for more frames than any memory holds.
 */
static bool
may_add_frame (const LsNode *node, int subgraph, LsError *error)
{
  LsSession *session = node->frame->session;
  uint64_t n_slots = session->n_slots + session->model->graphs[subgraph]->view.n_tensors;

  if (node->frame->depth + 1 >= LS_MAX_DEPTH)
    {
      ls_node_unsupported (node, error, "subgraphs call each other more than %d deep",
                           LS_MAX_DEPTH);
      return false;
    }
  if (session->n_frames >= LS_MAX_FRAMES || n_slots > LS_MAX_SLOTS)
    {
      ls_node_unsupported (node, error, "the calls of subgraphs come to more than %u instances",
                           session->n_frames);
      return false;
    }
  session->n_frames++;
  session->n_slots = n_slots;
  return true;
}

LsFrame *
ls_node_subframe (LsNode *node, int subgraph, LsError *error)
{
  LsStep *step = ls_step (node);
  LsFrame *frame = node->frame;
  uint32_t n_graphs = frame->session->model->n_graphs;

  if (subgraph < 0 || (uint32_t) subgraph >= n_graphs)
    {
      ls_node_invalid (node, error, "it calls subgraph %d, but there are %u", subgraph, n_graphs);
      return NULL;
    }
  for (LsFrame *known = step->frames; known != NULL; known = known->next)
    if (known->index == (uint32_t) subgraph)
      return known;

  LsFrame *made = NULL;

  if (may_add_frame (node, subgraph, error)
      && ls_frame_new (frame->session, (uint32_t) subgraph, frame->depth + 1, -1, &made, error)
           == LS_OK)
    {
      made->next = step->frames;
      step->frames = made;
    }
  return made;
}

uint32_t
ls_frame_n_inputs (const LsFrame *frame)
{
  return frame->graph->n_inputs;
}

uint32_t
ls_frame_n_outputs (const LsFrame *frame)
{
  return frame->graph->n_outputs;
}

const LsValue *
ls_frame_input (const LsFrame *frame, uint32_t index)
{
  return &ls_slot (frame, frame->graph->inputs[index])->value;
}

const LsValue *
ls_frame_output (const LsFrame *frame, uint32_t index)
{
  return &ls_slot (frame, frame->graph->outputs[index])->value;
}

LsStatus
ls_frame_set_input (LsFrame *frame, uint32_t index, const LsValue *value, LsError *error)
{
  LsSlot *slot = ls_slot (frame, frame->graph->inputs[index]);

  if (value->type != slot->value.type)
    return ls_fail (error, LS_E_INVALID, -1, "input %u of subgraph %u is %s, not %s", index,
                    frame->index, ls_type_name (slot->value.type), ls_type_name (value->type));
  return ls_slot_set (frame, slot, value->rank, value->dims, value->data, value->n_bytes, error);
}

LsStatus
ls_frame_prepare (LsFrame *frame, LsError *error)
{
  return frame->is_planned ? LS_OK : ls_frame_plan (frame, error);
}

LsStatus
ls_frame_run (LsFrame *frame, LsError *error)
{
  const LsSession *session = frame->session;

  LS_TRY (ls_frame_prepare (frame, error));
  if (session->watcher.see != NULL)
    session->watcher.see (session->watcher.data, frame, NULL);
  for (uint32_t i = 0; i < frame->n_order; i++)
    {
      if (atomic_load_explicit (&session->is_cancelled, memory_order_relaxed))
        return ls_fail_cancelled (error);

      LsStep *step = frame->order[i];
      uint64_t began = session->options.profile ? ls_now_ns () : 0;

      LS_TRY (ls_step_run (step, error));
      if (session->options.profile)
        step->last_ns = ls_now_ns () - began;
      if (session->watcher.see != NULL)
        session->watcher.see (session->watcher.data, frame, step);
    }
  return LS_OK;
}
