/*
 * Masks of attention: −1e9 or the like, added to or chosen instead of what goes into a SOFTMAX, so
 * that nothing is left of it. No integers span that and tell scores apart. Behind SOFTMAX all that
 * is far enough below the scores is the same 0, so the constant goes no farther than it must, and
 * with it the ranges.
 */
#include <math.h>
#include <stdlib.h>

#include "convert/constants.h"
#include "convert/edges.h"
#include "convert/parts.h"
#include "convert/quantize/quantize.h"

/* e to the minus that is nothing beside 1, for 8 bits; LiteRT's kernel of int16 knows no less. */
static const double nothing_left = 10;
/* A constant below that is a mask, if it is also below all that the scores span. */
static const double masks_from = -100;

typedef struct
{
  LsPassContext *context;
  uint32_t graph, n_changed;
  LsUses uses;
} Work;

static const LsSubgraph *
graph_of (const Work *work)
{
  return &work->context->model->graphs[work->graph]->view;
}

static bool
is_constant (const Work *work, int32_t t)
{
  return t >= 0 && graph_of (work)->tensors[t].type == LS_TYPE_FLOAT32
         && ls_tensor_is_constant (work->context->model, &graph_of (work)->tensors[t]);
}

/* What was seen of a tensor; NULL: nothing, or somebody chose its ends. */
static LsRange *
range_of (const Work *work, int32_t t)
{
  const LsRange *range
    = t >= 0 ? ls_ranges_find (work->context->own_ranges, work->graph, (uint32_t) t) : NULL;

  /* The list is ours. */
  return range == NULL || range->count == 0 || range->by_hand || !isfinite (range->min)
             || !isfinite (range->max)
           ? NULL
           : (LsRange *) range;
}

/* No observer may choose from a histogram that is all mask. */
static void
raise_low (LsRange *range, double low)
{
  range->min = fmin (fmax (range->min, low), range->max);
  range->low = range->min;
  range->high = range->max;
  range->by_hand = true;
  free (range->bins);
  range->bins = NULL;
}

/* Values seen are the least or the greatest one alone, as of booleans; those at the ends may stand
 * in two bins. */
static bool
is_of_two_values (const LsRange *range)
{
  uint64_t between = 0;

  for (uint32_t i = 2; range->bins != NULL && i + 2 < LS_RANGE_BINS; i++)
    between += range->bins[i];
  return range->bins != NULL && between == 0;
}

/* Whether nobody but SOFTMAX reads a tensor. @margin: below the greatest, where nothing is left. */
static bool
is_logits (const Work *work, int32_t t, double *margin)
{
  const LsUses *uses = &work->uses;

  *margin = 0;
  if (t < 0 || uses->is_graph_output[t] || uses->first[t] == uses->first[t + 1])
    return false;
  for (uint32_t u = uses->first[t]; u < uses->first[t + 1]; u++)
    {
      const LsOperator *op = &graph_of (work)->ops[uses->consumers[u]];
      const double beta = ls_attr_float (op, "beta", 1);

      if (op->kind != LS_OP_SOFTMAX || !(beta > 0))
        return false;
      *margin = fmax (*margin, nothing_left / beta);
    }
  return true;
}

/* The scores that operand @slot of an addition hides: the range of the other; NULL: it does not go
 * into SOFTMAX alone, or nothing is known. @out: of the sum. */
static const LsRange *
scores_beside (const Work *work, uint32_t index, uint32_t slot, LsRange **out, double *margin)
{
  const LsOperator *op = &graph_of (work)->ops[index];

  if (op->kind != LS_OP_ADD || op->n_inputs != 2 || op->n_outputs != 1
      || ls_attr_int (op, "fused_activation_function", 0) != 0
      || !is_logits (work, op->outputs[0], margin))
    return NULL;
  *out = range_of (work, op->outputs[0]);
  return *out != NULL && !is_constant (work, op->inputs[1 - slot])
           ? range_of (work, op->inputs[1 - slot])
           : NULL;
}

/* ---- Constants ------------------------------------------------------------------------------- */

/* Gives one operand a constant of its own; false: out of memory. */
static bool
store (Work *work, uint32_t index, uint32_t slot, const LsConstant *constant)
{
  LsModel *model = work->context->model;
  int twin = ls_twin_tensor (model, work->graph, graph_of (work)->ops[index].inputs[slot], "mask");

  work->n_changed++;
  return twin >= 0
         && ls_tensor_set_data (model, ls_model_tensor (model, work->graph, (uint32_t) twin),
                                constant->values, constant->count * sizeof *constant->values)
         && ls_op_set_input (model, ls_model_op (model, work->graph, index), slot, twin);
}

/* The least value, and the least of those that hide nothing. */
static void
find_mask (const LsConstant *constant, double *least, double *least_open)
{
  *least = *least_open = 0;
  for (size_t i = 0; i < constant->count; i++)
    *least = fmin (*least, constant->values[i]);
  for (size_t i = 0; i < constant->count; i++)
    if (constant->values[i] > *least / 2)
      *least_open = fmin (*least_open, constant->values[i]);
}

/* A constant that is added. */
static LsStatus
narrow_added (Work *work, uint32_t index, uint32_t slot, LsError *error)
{
  double margin, least, open;
  LsRange *logits;
  const LsRange *scores = scores_beside (work, index, slot, &logits, &margin);
  LsConstant constant;
  bool is_done = true;

  if (scores == NULL)
    return LS_OK;
  LS_TRY (ls_constant_read (work->context->model, work->graph,
                            (uint32_t) graph_of (work)->ops[index].inputs[slot], -1, &constant,
                            error));
  find_mask (&constant, &least, &open);

  const double floor = open - (scores->max - scores->min) - margin;

  if (least < masks_from && least < 2 * floor)
    {
      for (size_t i = 0; i < constant.count; i++)
        constant.values[i] = fmaxf (constant.values[i], (float) floor);
      is_done = store (work, index, slot, &constant);
      raise_low (logits, scores->min + open - margin);
    }
  ls_constant_clear (&constant);
  return is_done ? LS_OK : ls_fail_no_memory (error, "a mask", 0);
}

/* A constant that stands instead of scores. */
static LsStatus
narrow_chosen (Work *work, uint32_t index, uint32_t slot, LsError *error)
{
  const LsOperator *op = &graph_of (work)->ops[index];
  const LsRange *scores = range_of (work, op->inputs[3 - slot]);
  LsRange *logits = range_of (work, op->outputs[0]);
  LsConstant constant;
  double margin;
  float greatest = -INFINITY;
  bool is_done = true;

  if (scores == NULL || logits == NULL || !is_logits (work, op->outputs[0], &margin))
    return LS_OK;
  LS_TRY (ls_constant_read (work->context->model, work->graph, (uint32_t) op->inputs[slot], -1,
                            &constant, error));
  for (size_t i = 0; i < constant.count; i++)
    greatest = fmaxf (greatest, constant.values[i]);

  const double floor = scores->min - margin;

  if (greatest < masks_from && greatest < 2 * floor)
    {
      for (size_t i = 0; i < constant.count; i++)
        constant.values[i] = (float) floor;
      is_done = store (work, index, slot, &constant);
      raise_low (logits, floor);
    }
  ls_constant_clear (&constant);
  return is_done ? LS_OK : ls_fail_no_memory (error, "a mask", 0);
}

/* ---- Products -------------------------------------------------------------------------------- */

/* How low a computed mask has to go for all that add it; 0: not all who read it do. */
static double
floor_of (const Work *work, int32_t mask)
{
  const LsUses *uses = &work->uses;
  double floor = 0, margin;

  if (uses->is_graph_output[mask])
    return 0;
  for (uint32_t u = uses->first[mask]; u < uses->first[mask + 1]; u++)
    {
      const LsOperator *op = &graph_of (work)->ops[uses->consumers[u]];
      LsRange *logits;
      const LsRange *scores
        = op->n_inputs == 2
            ? scores_beside (work, uses->consumers[u], op->inputs[1] == mask, &logits, &margin)
            : NULL;

      if (scores == NULL)
        return 0;
      floor = fmin (floor, scores->min - scores->max - margin);
    }
  return floor;
}

static void
raise_sums (const Work *work, int32_t mask)
{
  const LsUses *uses = &work->uses;

  for (uint32_t u = uses->first[mask]; u < uses->first[mask + 1]; u++)
    {
      const LsOperator *op = &graph_of (work)->ops[uses->consumers[u]];
      LsRange *logits;
      double margin;
      const LsRange *scores
        = scores_beside (work, uses->consumers[u], op->inputs[1] == mask, &logits, &margin);

      if (scores != NULL)
        raise_low (logits, scores->min - margin);
    }
}

/* A constant times what is 0 or 1, which scores are added to. */
static LsStatus
narrow_product (Work *work, uint32_t index, uint32_t slot, LsError *error)
{
  const LsOperator *op = &graph_of (work)->ops[index];
  const int32_t out = op->outputs[0];
  const LsRange *flags = range_of (work, op->inputs[1 - slot]);
  LsRange *mask = range_of (work, out);
  const double floor = mask != NULL && flags != NULL ? floor_of (work, out) : 0;
  LsConstant constant;

  if (floor == 0 || mask->min > masks_from || mask->min > 2 * floor || mask->max > 0
      || !is_of_two_values (flags))
    return LS_OK;
  LS_TRY (ls_constant_read (work->context->model, work->graph, (uint32_t) op->inputs[slot], -1,
                            &constant, error));
  for (size_t i = 0; i < constant.count; i++)
    constant.values[i] = (float) (constant.values[i] * (floor / mask->min));

  const bool is_done = store (work, index, slot, &constant);

  ls_constant_clear (&constant);
  raise_sums (work, out);
  raise_low (mask, floor);
  return is_done ? LS_OK : ls_fail_no_memory (error, "a mask", 0);
}

/* ---- Operators ------------------------------------------------------------------------------- */

static LsStatus
narrow (Work *work, uint32_t index, LsError *error)
{
  const LsOperator *op = &graph_of (work)->ops[index];
  const bool is_select = op->kind == LS_OP_SELECT || op->kind == LS_OP_SELECT_V2;
  const uint32_t first = is_select ? 1 : 0;

  if ((!is_select && op->kind != LS_OP_ADD && op->kind != LS_OP_MUL) || op->n_inputs != first + 2
      || op->n_outputs != 1 || op->outputs[0] < 0)
    return LS_OK;
  for (uint32_t slot = first; slot < first + 2; slot++)
    if (is_constant (work, op->inputs[slot]))
      return is_select               ? narrow_chosen (work, index, slot, error)
             : op->kind == LS_OP_ADD ? narrow_added (work, index, slot, error)
                                     : narrow_product (work, index, slot, error);
  return LS_OK;
}

static LsStatus
narrow_graph (Work *work, LsError *error)
{
  const uint32_t n_ops = graph_of (work)->n_ops;

  for (uint32_t i = 0; i < n_ops; i++)
    LS_TRY (narrow (work, i, error));
  return LS_OK;
}

static LsStatus
masks_run (LsPassContext *context, LsError *error)
{
  Work work = { .context = context };
  bool is_body;

  for (; context->own_ranges != NULL && work.graph < context->model->n_graphs; work.graph++)
    {
      if (!ls_quant_takes_graph (context->model, work.graph, &is_body))
        continue;
      if (!ls_uses_init (&work.uses, graph_of (&work)))
        return ls_fail_no_memory (error, "masks", 0);

      const LsStatus status = narrow_graph (&work, error);

      ls_uses_clear (&work.uses);
      LS_TRY (status);
    }
  if (work.n_changed == 0)
    return LS_OK;
  return ls_pass_report (context, "masks", work.n_changed, error, "%u %s no lower than needed",
                         work.n_changed,
                         ls_words (work.n_changed, "mask of SOFTMAX goes", "masks of SOFTMAX go"));
}

const LsPass ls_pass_masks = { "masks", masks_run };
