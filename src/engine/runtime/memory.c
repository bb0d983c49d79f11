/*
 * Where the values of a planned frame live.
 *
 * What the steps of the order compute shares one arena by lifetime; so does scratch memory. Views
 * and in-place operators put their output where their input is. Inputs, variables, constants and
 * what has its size only at run time have memory of their own. With `trace` nothing is shared.
 */
#include "runtime/runtime.h"

#include "runtime/arena.h"

/* The layout in the making. Pieces are numbered; slots and steps point at them. */
typedef struct
{
  LsFrame *frame;
  LsLifetime *pieces;
  uint32_t n_pieces;
} Layout;

/* Computed, of a size that is known now. */
static bool
lives_in_arena (const LsFrame *frame, const LsSlot *slot)
{
  return slot->producer >= 0 && !slot->is_late && !frame->steps[slot->producer].is_folded
         && ls_type_bits (slot->value.type) > 0;
}

/* Notes for each slot the last step that reads it; the end for what is read after the run. */
static void
find_last_readers (LsFrame *frame)
{
  for (uint32_t i = 0; i < frame->graph->n_tensors; i++)
    {
      frame->slots[i].piece = -1;
      frame->slots[i].view_of = NULL;
      frame->slots[i].last_reader = 0;
    }
  for (uint32_t i = 0; i < frame->n_order; i++)
    for (uint32_t k = 0; k < frame->order[i]->node.n_in; k++)
      if (frame->order[i]->node.in[k] != NULL)
        ((LsSlot *) frame->order[i]->node.in[k])->last_reader = i;
  for (uint32_t i = 0; i < frame->n_outputs; i++)
    ls_slot (frame, frame->outputs[i])->last_reader = frame->n_order;
}

static void
join (Layout *layout, LsSlot *out, int64_t piece)
{
  out->piece = piece;
  if (layout->pieces[piece].last < out->last_reader)
    layout->pieces[piece].last = out->last_reader;
}

/* Whether the step may write its output over its first input. */
static bool
may_overwrite (const Layout *layout, const LsNode *node, uint32_t i)
{
  const LsSlot *in = (const LsSlot *) node->in[0];

  if (in->piece < 0 || layout->pieces[in->piece].last != i)
    return false;
  for (uint32_t k = 1; k < node->n_in; k++)
    if (node->in[k] != NULL && ((const LsSlot *) node->in[k])->piece == in->piece)
      return false;
  return true;
}

/* Puts output 0 where input 0 is, if the operator can do with that. */
static bool
share (Layout *layout, const LsNode *node, uint32_t i)
{
  LsSlot *out = (LsSlot *) node->out[0];
  LsSlot *in = node->n_in > 0 ? (LsSlot *) node->in[0] : NULL;

  if (in == NULL || in->value.n_bytes != out->value.n_bytes || in->is_late)
    return false;
  if ((node->op->flags & LS_OP_VIEW) != 0)
    {
      if (in->piece >= 0)
        {
          join (layout, out, in->piece);
          return true;
        }
      out->view_of = in->view_of != NULL ? in->view_of : in;
      if (out->view_of->role == LS_ROLE_CONSTANT || out->view_of->role == LS_ROLE_INPUT
          || out->view_of->value.is_constant)
        return true;
      out->view_of = NULL;
      return false;
    }
  if ((node->op->flags & LS_OP_IN_PLACE) == 0 || !may_overwrite (layout, node, i))
    return false;
  join (layout, out, in->piece);
  return true;
}

static int64_t
add_piece (Layout *layout, size_t size, uint32_t first, uint32_t last)
{
  layout->pieces[layout->n_pieces] = (LsLifetime){ size, first, last, 0 };
  return layout->n_pieces++;
}

static LsStatus
add_step (Layout *layout, uint32_t i, LsError *error)
{
  LsStep *step = layout->frame->order[i];
  LsNode *node = &step->node;
  bool keeps_all = layout->frame->session->options.trace;
  size_t scratch;

  step->scratch_piece = -1;
  if (step->is_late)
    return LS_OK;
  for (uint32_t k = 0; k < node->n_out; k++)
    {
      LsSlot *out = (LsSlot *) node->out[k];

      if (!lives_in_arena (layout->frame, out))
        continue;
      ls_slot_release (out);
      if (k == 0 && !keeps_all && share (layout, node, i))
        continue;
      out->piece
        = add_piece (layout, out->value.n_bytes, i, out->last_reader > i ? out->last_reader : i);
    }
  LS_TRY (ls_step_scratch_size (step, &scratch, error));
  if (scratch > 0)
    step->scratch_piece = add_piece (layout, scratch, i, i);
  return LS_OK;
}

/* One place after the other: everything is kept. */
static bool
lay_in_a_row (Layout *layout, size_t *total)
{
  *total = 0;
  for (uint32_t i = 0; i < layout->n_pieces; i++)
    {
      LsLifetime *piece = &layout->pieces[i];

      piece->offset = *total;
      if (!ls_add (total, *total, piece->size) || !ls_add (total, *total, LS_ALIGNMENT - 1))
        return false;
      *total &= ~(size_t) (LS_ALIGNMENT - 1);
    }
  return true;
}

static LsStatus
reserve_arena (LsFrame *frame, size_t size, LsError *error)
{
  LsBudget *budget = &frame->session->budget;
  size_t rounded = ls_align (size + 1);

  if (frame->arena != NULL && frame->arena_capacity >= rounded
      && frame->arena_capacity / 4 <= rounded)
    return LS_OK;
  free (frame->arena);
  ls_budget_give (budget, frame->arena_capacity);
  frame->arena = NULL;
  frame->arena_capacity = 0;
  LS_TRY (ls_budget_take (budget, rounded, "the tensors between operators", error));
  frame->arena = aligned_alloc (LS_ALIGNMENT, rounded);
  if (frame->arena == NULL)
    {
      ls_budget_give (budget, rounded);
      return ls_fail_no_memory (error, "the tensors between operators", size);
    }
  frame->arena_capacity = rounded;
  return LS_OK;
}

static void
set_pointers (const Layout *layout)
{
  LsFrame *frame = layout->frame;

  for (uint32_t i = 0; i < frame->n_order; i++)
    {
      LsStep *step = frame->order[i];

      if (step->is_late)
        continue;
      for (uint32_t k = 0; k < step->node.n_out; k++)
        {
          LsSlot *out = (LsSlot *) step->node.out[k];

          if (out->piece >= 0)
            out->value.data = frame->arena + layout->pieces[out->piece].offset;
          else if (out->view_of != NULL)
            out->value.data = out->view_of->value.data;
        }
      ls_step_release_scratch (step);
      if (step->scratch_piece >= 0)
        step->node.scratch = frame->arena + layout->pieces[step->scratch_piece].offset;
    }
}

LsStatus
ls_frame_lay_out (LsFrame *frame, LsError *error)
{
  size_t most = (size_t) frame->graph->n_tensors + frame->n_order + 1, total;
  LS_FREE LsLifetime *pieces = calloc (most, sizeof *pieces);
  Layout layout = { frame, pieces, 0 };

  if (pieces == NULL)
    return ls_fail_no_memory (error, "the plan", most * sizeof *pieces);
  find_last_readers (frame);
  for (uint32_t i = 0; i < frame->n_order; i++)
    LS_TRY (add_step (&layout, i, error));
  if (!(frame->session->options.trace
          ? lay_in_a_row (&layout, &total)
          : ls_arena_plan (pieces, layout.n_pieces, LS_ALIGNMENT, &total))
      || total > PTRDIFF_MAX / 2)
    return ls_fail_no_memory (error, "the tensors between operators", SIZE_MAX);
  LS_TRY (reserve_arena (frame, total, error));
  frame->arena_size = total;
  set_pointers (&layout);
  return LS_OK;
}
