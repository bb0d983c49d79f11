/* Preparing and running one operator. */
#include "runtime/runtime.h"

#include <string.h>

void
ls_step_free (LsStep *step)
{
  ls_step_clear (step);
  free (step->node.scratch);
  for (uint32_t i = 0; step->frames != NULL && i < step->node.frame->session->model->n_graphs; i++)
    ls_frame_free (step->frames[i]);
  free (step->frames);
}

LsStatus
ls_step_prepare (LsStep *step, LsError *error)
{
  LsError own = { 0 };

  ls_step_clear (step);
  for (uint32_t i = 0; i < step->node.n_out; i++)
    step->node.out[i]->is_known = false;

  LsStatus status = step->node.op->prepare (&step->node, &own);

  if (status == LS_OK)
    return LS_OK;
  own.op = own.status == LS_OK ? -1 : own.op;
  if (own.status == LS_OK)
    ls_fail (&own, status, -1, "it cannot be prepared");
  ls_step_blame (step, &own);
  if (error != NULL)
    *error = own;
  return status;
}

LsStatus
ls_step_reserve (LsStep *step, LsError *error)
{
  LsNode *node = &step->node;
  size_t total;

  for (uint32_t i = 0; i < node->n_out; i++)
    if (!node->out[i]->is_dynamic && ls_type_bits (node->out[i]->type) > 0)
      LS_TRY (ls_slot_reserve ((LsSlot *) node->out[i], node->out[i]->n_bytes, error));
  step->scratch_stride = ls_align (node->thread_scratch_size);
  if (!ls_mul (&total, step->scratch_stride, node->n_threads)
      || !ls_add (&total, total, ls_align (node->scratch_size)))
    return ls_fail_no_memory (error, "scratch memory", SIZE_MAX);
  free (node->scratch);
  node->scratch = NULL;
  if (total == 0)
    return LS_OK;
  node->scratch = ls_memory_is_plausible (total) ? aligned_alloc (LS_ALIGNMENT, total) : NULL;
  return node->scratch != NULL ? LS_OK : ls_fail_no_memory (error, "scratch memory", total);
}

/* What an operator sees of its inputs just before it runs: everything. */
static void
show_inputs (LsNode *node, bool is_late)
{
  for (uint32_t i = 0; i < node->n_in; i++)
    if (node->in[i] != NULL)
      {
        const LsSlot *slot = (const LsSlot *) node->in[i];

        node->in[i]->is_known = is_late || node->in[i]->is_constant;
        node->in[i]->is_dynamic = !is_late && slot->is_late;
      }
}

/* Prepares a step with the values of all its inputs at hand. */
static LsStatus
prepare_late (LsStep *step, LsError *error)
{
  LsNode *node = &step->node;

  show_inputs (node, true);

  LsStatus status = ls_step_prepare (step, error);

  if (status == LS_OK)
    status = ls_step_reserve (step, error);
  show_inputs (node, false);
  for (uint32_t i = 0; i < node->n_out; i++)
    node->out[i]->is_dynamic = true;
  return status;
}

/* The error of a run: what the operator recorded, or at least its status. */
static LsStatus
run_failed (LsStep *step, LsStatus status, LsError *error)
{
  LsSession *session = step->node.frame->session;

  if (error == NULL)
    return status;
  if (session->run_error.status != LS_OK)
    *error = session->run_error;
  else
    ls_fail (error, status, -1, "%s", ls_status_name (status));
  ls_step_blame (step, error);
  return status;
}

LsStatus
ls_step_run (LsStep *step, LsError *error)
{
  LsNode *node = &step->node;

  if (step->is_late)
    LS_TRY (prepare_late (step, error));
  for (unsigned i = 0; i < node->n_phases; i++)
    {
      LsPhase *phase = &node->phases[i];
      LsStatus status = phase->run (node, 0, phase->n_items, 0);

      if (status != LS_OK)
        return run_failed (step, status, error);
    }
  return LS_OK;
}
