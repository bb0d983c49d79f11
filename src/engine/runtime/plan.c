/*
 * Planning a frame: shapes, folded constants, which steps run.
 *
 * Planning again is cheap. Every slot has a stamp, which grows when its shape or known value
 * changes; a step is prepared again only when an input is younger than its last prepare().
 */
#include "base/file.h"
#include "runtime/runtime.h"

/* Whether an input's shape is known only at run time. */
static bool
has_late_input (const LsStep *step)
{
  for (uint32_t i = 0; i < step->node.n_in; i++)
    if (step->node.in[i] != NULL && ((const LsSlot *) step->node.in[i])->is_late)
      return true;
  return false;
}

/* Whether prepare() gave the values of all outputs. */
static bool
is_answered (const LsStep *step)
{
  for (uint32_t i = 0; i < step->node.n_out; i++)
    if (!step->node.out[i]->is_known)
      return false;
  return step->node.n_out > 0;
}

static bool
has_constant_inputs (const LsStep *step)
{
  for (uint32_t i = 0; i < step->node.n_in; i++)
    if (step->node.in[i] != NULL && !step->node.in[i]->is_constant)
      return false;
  return true;
}

/* Whether the inputs will be the same however the frame is planned. */
static bool
has_pure_inputs (const LsStep *step)
{
  const LsFrame *frame = step->node.frame;

  for (uint32_t i = 0; i < step->node.n_in; i++)
    {
      const LsSlot *slot = (const LsSlot *) step->node.in[i];

      if (slot != NULL && slot->role != LS_ROLE_CONSTANT
          && (slot->producer < 0 || !frame->steps[slot->producer].is_pure))
        return false;
    }
  return true;
}

/* Makes a step's outputs constants when that can be done now. When a run fails the step stays,
 * and the run of the session tells. */
static LsStatus
fold (LsStep *step, LsError *error)
{
  bool is_stateful = (step->node.op->flags & LS_OP_STATEFUL) != 0;

  if (step->is_late)
    return LS_OK;
  if (!is_answered (step))
    {
      if (is_stateful || !has_constant_inputs (step))
        return LS_OK;
      LS_TRY (ls_step_reserve (step, error));
      if (ls_step_run (step, NULL) != LS_OK)
        {
          step->node.frame->session->run_error = (LsError){ 0 };
          return LS_OK;
        }
      ls_step_release_scratch (step);
    }
  step->is_folded = true;
  step->is_pure = has_pure_inputs (step);
  for (uint32_t i = 0; i < step->node.n_out; i++)
    step->node.out[i]->is_constant = step->node.out[i]->is_known = true;
  return LS_OK;
}

/* Notes what became of an output, and touches it when that is new. */
static void
settle_output (LsStep *step, uint32_t index)
{
  LsSlot *slot = (LsSlot *) step->node.out[index];
  bool is_late = step->has_late_input || slot->value.is_dynamic;

  if (slot->is_late != is_late || slot->was_constant || slot->value.is_constant)
    ls_slot_touch (step->node.frame, slot);
  slot->is_late = slot->value.is_dynamic = is_late;
  slot->was_constant = slot->value.is_constant;
}

static bool
is_in_mapping (const LsModel *model, const LsValue *value)
{
  const uint8_t *data = value->data;

  return model->is_mapped && data >= model->file.data && value->n_bytes <= model->file.size
         && (size_t) (data - model->file.data) <= model->file.size - value->n_bytes;
}

/* Weights that a step has packed, or folded into others, need not stay in memory as the file has
 * them. Who reads them all the same gets them back from the file. */
static void
forget_originals (const LsStep *step)
{
  const LsModel *model = step->node.frame->session->model;

  for (uint32_t i = 0; i < step->node.n_in; i++)
    {
      LsSlot *slot = (LsSlot *) step->node.in[i];

      if (slot == NULL || slot->role != LS_ROLE_CONSTANT || slot->own != NULL)
        continue;
      slot->is_packed = step->is_folded || step->n_block_bytes >= slot->value.n_bytes / 2;
      if (slot->is_packed && slot->value.n_bytes >= LS_WORTH_FORGETTING
          && is_in_mapping (model, &slot->value))
        ls_file_forget (slot->value.data, slot->value.n_bytes);
    }
}

static LsStatus
plan_step (LsStep *step, LsError *error)
{
  LsNode *node = &step->node;
  bool has_late = has_late_input (step);

  if (step->is_prepared && step->has_late_input == has_late
      && (has_late || ls_step_is_current (step)))
    return LS_OK;
  step->has_late_input = step->is_late = has_late;
  step->is_prepared = step->is_folded = step->is_pure = false;
  for (uint32_t i = 0; i < node->n_out; i++)
    node->out[i]->is_constant = node->out[i]->is_dynamic = false;
  if (!has_late)
    {
      LS_TRY (ls_step_prepare (step, error));
      step->is_late = step->needs_data = step->is_dynamic;
      LS_TRY (fold (step, error));
      forget_originals (step);
    }
  for (uint32_t i = 0; i < node->n_out; i++)
    settle_output (step, i);
  step->is_prepared = true;
  return LS_OK;
}

/* Somebody may ask for any value. */
static bool
keeps_values (const LsFrame *frame)
{
  return frame->session->options.trace || frame->session->watcher.see != NULL;
}

/* The steps that run: not the folded ones, and not those that nobody reads from. */
static void
choose_order (LsFrame *frame)
{
  bool keeps_all = keeps_values (frame);
  uint32_t n = 0;

  for (uint32_t i = 0; i < frame->graph->n_tensors; i++)
    frame->slots[i].is_wanted = false;
  for (uint32_t i = 0; i < frame->n_outputs; i++)
    ls_slot (frame, frame->outputs[i])->is_wanted = true;
  for (uint32_t i = frame->n_steps; i-- > 0;)
    {
      LsStep *step = &frame->steps[i];
      bool runs = keeps_all || (step->node.op->flags & LS_OP_STATEFUL) != 0;

      for (uint32_t k = 0; k < step->node.n_out; k++)
        runs |= ((LsSlot *) step->node.out[k])->is_wanted;
      if (!runs || step->is_folded)
        continue;
      for (uint32_t k = 0; k < step->node.n_in; k++)
        if (step->node.in[k] != NULL)
          ((LsSlot *) step->node.in[k])->is_wanted = true;
      frame->order[frame->n_steps - ++n] = step; /* from the end */
    }
  frame->n_order = n;
  for (uint32_t i = 0; i < n; i++)
    frame->order[i] = frame->order[frame->n_steps - n + i];
}

/* Frees constants that only led to other constants, and will not be asked for again. */
static void
free_intermediates (LsFrame *frame)
{
  for (uint32_t i = 0; i < frame->n_steps; i++)
    for (uint32_t k = 0; !frame->steps[i].is_pure && k < frame->steps[i].node.n_in; k++)
      if (frame->steps[i].node.in[k] != NULL)
        ((LsSlot *) frame->steps[i].node.in[k])->is_wanted = true;
  for (uint32_t i = 0; i < frame->graph->n_tensors; i++)
    {
      LsSlot *slot = &frame->slots[i];

      if (slot->producer >= 0 && frame->steps[slot->producer].is_pure && !slot->is_wanted)
        ls_slot_release (slot);
    }
}

LsStatus
ls_frame_plan (LsFrame *frame, LsError *error)
{
  frame->is_planned = false;
  for (uint32_t i = 0; i < frame->n_steps; i++)
    LS_TRY (plan_step (&frame->steps[i], error));
  choose_order (frame);
  if (!keeps_values (frame))
    free_intermediates (frame);
  LS_TRY (ls_frame_lay_out (frame, error));
  frame->is_planned = true;
  return LS_OK;
}
