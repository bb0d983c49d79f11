/* Planning a frame: shapes, folded constants, memory. */
#include "runtime/runtime.h"

#include <string.h>

/* Whether the shapes of all inputs are known before the run. */
static bool
has_late_input (const LsStep *step)
{
  for (uint32_t i = 0; i < step->node.n_in; i++)
    if (step->node.in[i] != NULL && step->node.in[i]->is_dynamic)
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
can_fold (const LsStep *step)
{
  if (step->is_late || step->is_dynamic || (step->node.op->flags & LS_OP_STATEFUL) != 0)
    return false;
  for (uint32_t i = 0; i < step->node.n_in; i++)
    if (step->node.in[i] != NULL && !step->node.in[i]->is_constant)
      return false;
  return true;
}

/* Runs a step whose inputs are all constants. When that fails, the step stays, and the run tells.
 */
static bool
fold (LsStep *step)
{
  if (!is_answered (step) && ls_step_run (step, NULL) != LS_OK)
    {
      step->node.frame->session->run_error = (LsError){ 0 };
      return false;
    }
  for (uint32_t i = 0; i < step->node.n_out; i++)
    step->node.out[i]->is_constant = step->node.out[i]->is_known = true;
  return true;
}

static LsStatus
plan_step (LsStep *step, LsError *error)
{
  LsNode *node = &step->node;

  step->is_folded = false;
  for (uint32_t i = 0; i < node->n_out; i++)
    node->out[i]->is_constant = node->out[i]->is_known = node->out[i]->is_dynamic = false;
  step->is_late = has_late_input (step);
  if (!step->is_late)
    {
      LS_TRY (ls_step_prepare (step, error));
      step->is_late = step->is_dynamic;
    }
  for (uint32_t i = 0; i < node->n_out; i++)
    {
      LsSlot *slot = (LsSlot *) node->out[i];

      slot->value.is_dynamic |= step->is_late && !step->is_dynamic;
      slot->is_late = slot->value.is_dynamic;
    }
  if (step->is_late)
    return LS_OK;
  LS_TRY (ls_step_reserve (step, error));
  step->is_folded = (is_answered (step) || can_fold (step)) && fold (step);
  return LS_OK;
}

LsStatus
ls_frame_plan (LsFrame *frame, LsError *error)
{
  frame->n_order = 0;
  for (uint32_t i = 0; i < frame->n_steps; i++)
    {
      LsStep *step = &frame->steps[i];

      LS_TRY (plan_step (step, error));
      if (!step->is_folded)
        frame->order[frame->n_order++] = step;
    }
  frame->is_planned = true;
  return LS_OK;
}
