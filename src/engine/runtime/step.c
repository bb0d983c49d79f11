/* Preparing and running one operator. */
#include "runtime/runtime.h"

void
ls_step_free (LsStep *step)
{
  ls_step_clear (step);
  ls_step_release_scratch (step);
  for (LsFrame *frame = step->frames, *next; frame != NULL; frame = next)
    {
      next = frame->next;
      ls_frame_free (frame);
    }
}

/* ---- Preparing ------------------------------------------------------------------------------- */

/* Data that is not known yet is out of sight in prepare(): nobody can come to rely on what a
 * former run left there. */
static void
hide_data (LsNode *node)
{
  for (uint32_t i = 0; i < node->n_in; i++)
    if (node->in[i] != NULL && !node->in[i]->is_known && node->in[i]->data != NULL)
      {
        ((LsSlot *) node->in[i])->hidden = node->in[i]->data;
        node->in[i]->data = NULL;
      }
}

static void
show_data (LsNode *node)
{
  for (uint32_t i = 0; i < node->n_in; i++)
    {
      LsSlot *slot = (LsSlot *) node->in[i];

      if (slot == NULL || slot->hidden == NULL)
        continue;
      slot->value.data = slot->hidden;
      slot->hidden = NULL;
    }
}

LsStatus
ls_step_prepare (LsStep *step, LsError *error)
{
  LsError own = { 0 };

  ls_step_clear (step);
  step->stamp = step->node.frame->session->stamp;
  for (uint32_t i = 0; i < step->node.n_out; i++)
    step->node.out[i]->is_known = false;
  hide_data (&step->node);

  LsStatus status = step->node.op->prepare (&step->node, &own);

  show_data (&step->node);
  if (status == LS_OK)
    return LS_OK;
  if (own.status == LS_OK)
    ls_fail (&own, status, -1, "it cannot be prepared");
  ls_step_blame (step, &own);
  if (error != NULL)
    *error = own;
  step->stamp = 0;
  return status;
}

bool
ls_step_is_current (const LsStep *step)
{
  for (uint32_t i = 0; i < step->node.n_in; i++)
    if (step->node.in[i] != NULL && ((const LsSlot *) step->node.in[i])->stamp > step->stamp)
      return false;
  return true;
}

LsStatus
ls_step_scratch_size (LsStep *step, size_t *out, LsError *error)
{
  const LsNode *node = &step->node;

  if (node->scratch_size > PTRDIFF_MAX / 2 || node->thread_scratch_size > PTRDIFF_MAX / 2)
    return ls_fail_no_memory (error, "scratch memory", SIZE_MAX);
  step->scratch_stride = ls_align (node->thread_scratch_size);
  if (!ls_mul (out, step->scratch_stride, node->n_threads)
      || !ls_add (out, *out, ls_align (node->scratch_size)))
    return ls_fail_no_memory (error, "scratch memory", SIZE_MAX);
  return LS_OK;
}

void
ls_step_release_scratch (LsStep *step)
{
  if (step->own_scratch == NULL)
    return;
  free (step->own_scratch);
  ls_budget_give (&step->node.frame->session->budget, step->own_scratch_size);
  step->own_scratch = step->node.scratch = NULL;
}

static LsStatus
reserve (LsStep *step, LsError *error)
{
  LsNode *node = &step->node;
  LsBudget *budget = &node->frame->session->budget;
  size_t size = 0;

  for (uint32_t i = 0; i < node->n_out; i++)
    if (!node->out[i]->is_dynamic && ls_type_bits (node->out[i]->type) > 0)
      LS_TRY (ls_slot_reserve ((LsSlot *) node->out[i], node->out[i]->n_bytes, error));
  ls_step_release_scratch (step);
  LS_TRY (ls_step_scratch_size (step, &size, error));
  if (size == 0)
    return LS_OK;
  LS_TRY (ls_budget_take (budget, size, "scratch memory", error));
  step->own_scratch = aligned_alloc (LS_ALIGNMENT, size);
  step->own_scratch_size = size;
  node->scratch = step->own_scratch;
  if (node->scratch != NULL)
    return LS_OK;
  ls_budget_give (budget, size);
  return ls_fail_no_memory (error, "scratch memory", size);
}

LsStatus
ls_step_reserve (LsStep *step, LsError *error)
{
  const LsStatus status = reserve (step, error);

  if (status != LS_OK)
    ls_step_blame (step, error);
  return status;
}

/* ---- Preparing late -------------------------------------------------------------------------- */

/* Just before a step runs the shapes of its inputs are known, and if @with_data their values. */
static LsStatus
prepare_now (LsStep *step, bool with_data, LsError *error)
{
  LsNode *node = &step->node;

  for (uint32_t i = 0; i < node->n_in; i++)
    if (node->in[i] != NULL)
      {
        node->in[i]->is_known = with_data || node->in[i]->is_constant;
        node->in[i]->is_dynamic = false;
      }
  for (uint32_t i = 0; i < node->n_out; i++)
    node->out[i]->is_dynamic = false;

  LsStatus status = ls_step_prepare (step, error);

  if (status == LS_OK && (with_data || !step->is_dynamic))
    status = ls_step_reserve (step, error);
  for (uint32_t i = 0; i < node->n_in; i++)
    if (node->in[i] != NULL)
      {
        node->in[i]->is_known = node->in[i]->is_constant;
        node->in[i]->is_dynamic = ((const LsSlot *) node->in[i])->is_late;
      }
  for (uint32_t i = 0; i < node->n_out; i++)
    node->out[i]->is_dynamic = ((const LsSlot *) node->out[i])->is_late;
  return status;
}

/* Where the outputs' shapes follow from the inputs' shapes alone, one prepare() does for all runs
 * until those change; only where they depend on data every run needs one. */
static LsStatus
prepare_late (LsStep *step, LsError *error)
{
  if (!step->needs_data && ls_step_is_current (step))
    return LS_OK;
  if (!step->needs_data && prepare_now (step, false, NULL) == LS_OK && !step->is_dynamic)
    return LS_OK;
  step->needs_data = true;
  return prepare_now (step, true, error);
}

/* ---- Running --------------------------------------------------------------------------------- */

/* The error of a run: what the operator recorded, or at least its status. */
static LsStatus
run_failed (LsStep *step, LsStatus status, LsError *error)
{
  LsSession *session = step->node.frame->session;

  if (error == NULL)
    return status;
  if (status == LS_E_CANCELLED)
    return ls_fail_cancelled (error);
  if (session->run_error.status != LS_OK)
    *error = session->run_error;
  else
    ls_fail (error, status, -1, "%s", ls_status_name (status));
  ls_step_blame (step, error);
  return status;
}

/* A phase that several threads work on. */
typedef struct
{
  LsNode *node;
  LsRunFn run;
  atomic_int status; /* of the first that failed */
} SharedPhase;

static void
run_units (void *data, size_t begin, size_t end, unsigned thread)
{
  SharedPhase *shared = data;

  if (atomic_load_explicit (&shared->status, memory_order_relaxed) != LS_OK)
    return;

  int status = ls_node_is_cancelled (shared->node) ? LS_E_CANCELLED
                                                   : shared->run (shared->node, begin, end, thread);

  if (status != LS_OK)
    {
      int none = LS_OK;

      atomic_compare_exchange_strong (&shared->status, &none, status);
    }
}

/* Threads get no less than two portions between them, or it is not worth waking one. */
static LsStatus
run_phase (LsNode *node, const LsPhase *phase, LsPool *pool)
{
  if (pool == NULL || phase->n_items < 2 * phase->grain)
    return phase->n_items > 0 ? phase->run (node, 0, phase->n_items, 0) : LS_OK;

  SharedPhase shared = { .node = node, .run = phase->run };

  ls_pool_run (pool, run_units, &shared, phase->n_items, phase->grain);
  return (LsStatus) atomic_load_explicit (&shared.status, memory_order_relaxed);
}

LsStatus
ls_step_run (LsStep *step, LsError *error)
{
  LsNode *node = &step->node;

  if (step->is_late)
    LS_TRY (prepare_late (step, error));
  for (unsigned i = 0; i < node->n_phases; i++)
    {
      LsStatus status = run_phase (node, &node->phases[i], node->frame->session->pool);

      if (status != LS_OK)
        return run_failed (step, status, error);
    }
  return LS_OK;
}
