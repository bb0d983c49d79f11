/* What operators ask of the runtime for their own node. */
#include "runtime/runtime.h"

#include <stdarg.h>
#include <string.h>

/* Stands in front of the memory, which begins at the next multiple of the alignment. */
struct LsBlock
{
  LsBlock *next;
};

void *
ls_node_alloc (LsNode *node, size_t count, size_t size, LsError *error)
{
  LsStep *step = ls_step (node);
  LsBudget *budget = &node->frame->session->budget;
  const char *what = ls_op_kind_text (node->def);
  size_t n_bytes, total;

  if (!ls_mul (&n_bytes, count, size) || !ls_add (&total, n_bytes, sizeof (LsBlock) + LS_ALIGNMENT))
    {
      ls_fail_no_memory (error, what, SIZE_MAX);
      return NULL;
    }

  if (ls_budget_take (budget, n_bytes, what, error) != LS_OK)
    return NULL;

  LsBlock *block = calloc (1, total);

  if (block == NULL)
    {
      ls_budget_give (budget, n_bytes);
      ls_fail_no_memory (error, what, n_bytes);
      return NULL;
    }
  block->next = step->blocks;
  step->blocks = block;
  step->n_block_bytes += n_bytes;

  uintptr_t bytes = (uintptr_t) (block + 1) + LS_ALIGNMENT - 1;

  return (void *) (bytes & ~(uintptr_t) (LS_ALIGNMENT - 1));
}

void
ls_step_clear (LsStep *step)
{
  LsNode *node = &step->node;

  for (LsBlock *block = step->blocks, *next; block != NULL; block = next)
    {
      next = block->next;
      free (block);
    }
  if (step->blocks != NULL)
    ls_budget_give (&node->frame->session->budget, step->n_block_bytes);
  step->blocks = NULL;
  step->n_block_bytes = 0;
  step->is_dynamic = false;
  node->state = NULL;
  node->kernel = NULL;
  node->n_phases = 0;
  node->scratch_size = node->thread_scratch_size = 0;
}

LsStatus
ls_node_output (LsNode *node, uint32_t out, int rank, const int32_t *dims, LsError *error)
{
  node->out[out]->is_dynamic = false;
  return ls_slot_shape (node->frame, (LsSlot *) node->out[out], rank, dims, error);
}

LsStatus
ls_node_output_like (LsNode *node, uint32_t out, const LsValue *like, LsError *error)
{
  return ls_node_output (node, out, like->rank, like->dims, error);
}

LsStatus
ls_node_output_type (LsNode *node, uint32_t out, LsType type, LsError *error)
{
  LsValue *value = node->out[out];
  int32_t dims[LS_MAX_RANK];

  if (value->type == type)
    return LS_OK;
  value->type = type;
  memcpy (dims, value->dims, sizeof dims);
  LS_TRY (ls_value_shape (value, value->rank, dims, error));
  ls_slot_touch (node->frame, (LsSlot *) value);
  return LS_OK;
}

void
ls_node_output_dynamic (LsNode *node, uint32_t out)
{
  node->out[out]->is_dynamic = true;
  ls_step (node)->is_dynamic = true;
}

void *
ls_node_output_known (LsNode *node, uint32_t out, LsError *error)
{
  LsSlot *slot = (LsSlot *) node->out[out];

  if (ls_slot_reserve (slot, slot->value.n_bytes, error) != LS_OK)
    return NULL;
  slot->value.is_known = true;
  return slot->value.data;
}

void
ls_node_phase (LsNode *node, LsRunFn run, size_t n_items, size_t grain)
{
  if (node->n_phases < LS_MAX_PHASES)
    node->phases[node->n_phases++] = (LsPhase){ run, n_items, grain > 0 ? grain : 1 };
}

void
ls_node_want_scratch (LsNode *node, size_t shared, size_t per_thread)
{
  node->scratch_size = shared;
  node->thread_scratch_size = per_thread;
}

/* "operator 12 CONV_2D (name)", with the subgraph where it is not the first. */
static void
describe (const LsStep *step, char *text, size_t size)
{
  const LsFrame *frame = step->node.frame;
  const LsOperator *def = step->node.def;
  int n = snprintf (text, size, "operator %u %s (%.100s)", step->op, ls_op_kind_text (def),
                    ls_op_name (frame->graph, def));

  if (frame->index > 0 && n > 0 && (size_t) n < size)
    snprintf (text + n, size - (size_t) n, " of subgraph %u", frame->index);
}

void
ls_step_blame (const LsStep *step, LsError *error)
{
  char what[200];
  char message[sizeof error->message];

  if (error == NULL || error->op >= 0)
    return;
  describe (step, what, sizeof what);
  memcpy (message, error->message, sizeof message);

  LsStatus status = error->status;
  int tensor = error->tensor;

  ls_fail (error, status, error->offset, "%s: %s", what, message);
  error->tensor = tensor;
  ls_error_place (error, (int) step->node.frame->index, (int) step->op, -1);
}

static LsStatus
fail_with_args (const LsNode *node, LsError *error, LsStatus status, const char *format,
                va_list args)
{
  char message[sizeof error->message];

  vsnprintf (message, sizeof message, format, args);
  ls_fail (error, status, -1, "%s", message);
  ls_step_blame (ls_step (node), error);
  return status;
}

LsStatus
ls_node_unsupported (const LsNode *node, LsError *error, const char *format, ...)
{
  va_list args;

  va_start (args, format);

  LsStatus status = fail_with_args (node, error, LS_E_UNSUPPORTED, format, args);

  va_end (args);
  return status;
}

LsStatus
ls_node_invalid (const LsNode *node, LsError *error, const char *format, ...)
{
  va_list args;

  va_start (args, format);

  LsStatus status = fail_with_args (node, error, LS_E_INVALID, format, args);

  va_end (args);
  return status;
}

LsStatus
ls_node_arity (const LsNode *node, uint32_t min_in, uint32_t max_in, uint32_t n_out, LsError *error)
{
  if (node->n_in < min_in || node->n_in > max_in)
    return min_in == max_in
             ? ls_node_invalid (node, error, "it has %u inputs instead of %u", node->n_in, min_in)
             : ls_node_invalid (node, error, "it has %u inputs instead of %u to %u", node->n_in,
                                min_in, max_in);
  if (node->n_out != n_out)
    return ls_node_invalid (node, error, "it has %u outputs instead of %u", node->n_out, n_out);
  for (uint32_t i = 0; i < min_in; i++)
    if (node->in[i] == NULL)
      return ls_node_invalid (node, error, "input %u is absent", i);
  return LS_OK;
}

LsStatus
ls_node_constant (LsNode *node, int32_t tensor, const LsValue **out, LsError *error)
{
  LsStatus status = ls_frame_constant (node->frame, tensor, out, error);

  if (status != LS_OK)
    ls_step_blame (ls_step (node), error);
  return status;
}

void *
ls_node_thread_scratch (const LsNode *node, unsigned thread)
{
  return (unsigned char *) node->scratch + ls_step (node)->scratch_stride * thread
         + ls_align (node->scratch_size);
}

/* ---- In run() -------------------------------------------------------------------------------- */

LsStatus
ls_node_resize_output (LsNode *node, uint32_t out, int rank, const int32_t *dims)
{
  LsSlot *slot = (LsSlot *) node->out[out];
  LsError error = { 0 };
  LsStatus status = ls_slot_shape (node->frame, slot, rank, dims, &error);

  if (status == LS_OK)
    status = ls_slot_reserve (slot, slot->value.n_bytes, &error);
  return status == LS_OK ? LS_OK : ls_node_fail_with (node, &error);
}

LsStatus
ls_node_take_output (LsNode *node, uint32_t out, int rank, const int32_t *dims, void *data,
                     size_t n_bytes)
{
  LsSlot *slot = (LsSlot *) node->out[out];
  LsError error = { 0 };
  LsStatus status = ls_slot_shape (node->frame, slot, rank, dims, &error);

  /* What is freed with the old value may be taken again. */
  if (status == LS_OK && n_bytes > slot->own_size)
    status = ls_budget_take (slot->budget, n_bytes - slot->own_size, "its strings", &error);
  if (status != LS_OK)
    {
      free (data);
      return ls_node_fail_with (node, &error);
    }
  if (n_bytes > slot->own_size)
    ls_budget_give (slot->budget, n_bytes - slot->own_size);
  ls_slot_take (slot, data, n_bytes);
  return LS_OK;
}

LsStatus
ls_node_fail_with (LsNode *node, const LsError *error)
{
  LsSession *session = node->frame->session;
  LsStatus status = error->status;

  pthread_mutex_lock (&session->error_lock);
  if (session->run_error.status == LS_OK)
    {
      session->run_error = *error;
      ls_step_blame (ls_step (node), &session->run_error);
    }
  pthread_mutex_unlock (&session->error_lock);
  return status;
}

LsStatus
ls_node_fail (LsNode *node, LsStatus status, const char *format, ...)
{
  char message[sizeof ((LsError *) NULL)->message];
  LsError error = { 0 };
  va_list args;

  va_start (args, format);
  vsnprintf (message, sizeof message, format, args);
  va_end (args);
  ls_fail (&error, status, -1, "%s", message);
  return ls_node_fail_with (node, &error);
}

size_t
ls_node_max_strings (const LsNode *node)
{
  return ls_budget_for_strings (&node->frame->session->budget);
}

bool
ls_node_is_cancelled (const LsNode *node)
{
  return atomic_load_explicit (&node->frame->session->is_cancelled, memory_order_relaxed);
}

bool
ls_node_is_watched (const LsNode *node)
{
  return node->frame->session->watcher.see_inner != NULL;
}

void
ls_node_show (const LsNode *node, LsInner inner, const float *values, size_t count)
{
  const LsWatcher *watcher = &node->frame->session->watcher;

  if (watcher->see_inner != NULL)
    watcher->see_inner (watcher->data, node, inner, values, count);
}

uint64_t
ls_node_seed (const LsNode *node)
{
  return node->frame->session->options.seed;
}
