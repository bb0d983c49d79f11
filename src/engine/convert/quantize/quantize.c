/* The pass that turns a calibrated float model into an integer one. */
#include "convert/quantize/quantize.h"

#include <stdio.h>
#include <string.h>

#include "convert/quantized.h"
#include "convert/quantize/cells.h"
#include "convert/quantize/headroom.h"
#include "convert/quantize/ranges.h"
#include "convert/requantize/merge.h"
#include "model/edit.h"

static LsType
type_of (LsTo to)
{
  return to == LS_TO_UINT8 ? LS_TYPE_UINT8 : to == LS_TO_INT16X8 ? LS_TYPE_INT16 : LS_TYPE_INT8;
}

/*
 * What the ports of a subgraph belong to. Bodies of loops and branches keep float ports, which are
 * the callers', and compute with integers between them. What else is called (conditions of loops,
 * which may never end when they are rounded, decompositions, regions of reductions) stays as it is.
 */
typedef enum
{
  CALLED_BY_NOBODY,
  CALLED_FOR_WORK,
  CALLED_OTHERWISE
} CalledBy;

static CalledBy
called_by (const LsModel *model, uint32_t graph)
{
  CalledBy by = CALLED_BY_NOBODY;

  for (uint32_t g = 0; graph > 0 && g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      {
        const LsOperator *op = &model->graphs[g]->view.ops[i];

        if (!ls_op_names_subgraph (op, graph))
          continue;
        if ((op->kind != LS_OP_WHILE && op->kind != LS_OP_IF && op->kind != LS_OP_STABLEHLO_CASE)
            || ls_attr_int (op, "cond_subgraph_index", -1) == (int64_t) graph)
          return CALLED_OTHERWISE;
        by = CALLED_FOR_WORK;
      }
  return by;
}

bool
ls_quant_takes_graph (const LsModel *model, uint32_t graph, bool *is_body)
{
  const CalledBy by = called_by (model, graph);

  *is_body = by == CALLED_FOR_WORK;
  return by != CALLED_OTHERWISE;
}

/* 16 bits were asked for, and some operators read and write 8. */
static LsStatus
note_narrow (const LsPlan *plan, LsError *error)
{
  const LsSubgraph *graph = &plan->model->graphs[plan->graph]->view;
  uint32_t n = 0, first = 0;
  LsQuantRule rule;
  LsType ends;

  for (uint32_t i = plan->n_ops; plan->type == LS_TYPE_INT16 && i-- > 0;)
    if (plan->ops[i] == LS_PLAN_INTEGER
        && ls_quant_rule_between (graph->ops[i].kind, plan->type, &rule, &ends)
        && ends != plan->type)
      {
        n++;
        first = i;
      }
  if (n == 0)
    return LS_OK;
  return ls_pass_note (plan->context, error,
                       "%u operators have int8 inputs and outputs (the first is %s): LiteRT has no "
                       "kernel with int16 ones; gates and states have 16 bits",
                       n, ls_op_name (graph, &graph->ops[first]));
}

static LsStatus
quantize_graph (LsPassContext *context, uint32_t graph, bool is_body, uint32_t *n_integer,
                uint32_t *n_float, LsError *error)
{
  LsPlan plan;
  LsRounding rounding = { 0 };
  LsStatus status
    = ls_plan_init (&plan, context, graph, type_of (context->options->to), is_body, error);

  if (status == LS_OK)
    {
      for (uint32_t i = 0; i < plan.n_ops; i++)
        {
          *n_integer += plan.ops[i] == LS_PLAN_INTEGER;
          *n_float += plan.ops[i] == LS_PLAN_FLOAT;
        }
      status = ls_plan_note_floats (&plan, error);
      if (status == LS_OK)
        status = note_narrow (&plan, error);
    }
  if (status == LS_OK)
    {
      ls_plan_scales (&plan);
      status = ls_plan_round (&plan, &rounding, error);
    }
  if (status == LS_OK)
    status = ls_plan_apply (&plan, error);
  ls_rounding_clear (&rounding);
  ls_plan_clear (&plan);
  return status;
}

static LsStatus
quantize_run (LsPassContext *context, LsError *error)
{
  uint32_t n_integer = 0, n_float = 0, n_called = 0;

  for (uint32_t g = 0; g < context->model->n_graphs; g++)
    {
      bool is_body, is_taken = ls_quant_takes_graph (context->model, g, &is_body);

      n_called += !is_taken;
      if (is_taken)
        LS_TRY (quantize_graph (context, g, is_body, &n_integer, &n_float, error));
    }
  if (n_called > 0)
    LS_TRY (ls_pass_note (context, error,
                          "%u subgraphs that operators call stay in float (conditions, "
                          "decompositions)",
                          n_called));
  if (n_float == 0)
    return ls_pass_report (context, "quantize", n_integer, error,
                           "all %u operators compute with integers", n_integer);
  return ls_pass_report (context, "quantize", n_integer, error,
                         "%u operators compute with integers, %u with floats", n_integer, n_float);
}

enum
{
  LEFT_OUT_TEXT = 200,
  LEFT_OUT_NAMED = 8
};

/* Names the samples that were no good. */
static LsStatus
note_left_out (LsPassContext *context, LsError *error)
{
  const LsRanges *ranges = context->ranges;
  char list[LEFT_OUT_TEXT] = "";
  size_t length = 0;

  if (ranges->n_left_out == 0)
    return LS_OK;
  for (uint32_t i = 0; i < ranges->n_left_out && i < LEFT_OUT_NAMED; i++)
    length += (size_t) snprintf (list + length, sizeof list - length, "%s%u", i > 0 ? ", " : "",
                                 ranges->left_out[i]);
  return ls_pass_note (context, error, "%u of %u samples %s left out (%s%s), counted from 0: %s",
                       ranges->n_left_out, ranges->n_left_out + ranges->n_samples,
                       ranges->n_left_out == 1 ? "is" : "are", list,
                       ranges->n_left_out > LEFT_OUT_NAMED ? ", …" : "", ranges->left_out_why);
}

/* Whether the range is of what an operator holds inside. */
static bool
is_inner (const LsModel *model, const LsRange *range)
{
  const LsSubgraph *graph = ls_model_subgraph (model, range->subgraph);
  bool is_one = false;

  for (uint32_t i = 0; graph != NULL && i < graph->n_ops && !is_one; i++)
    for (int k = 0; ls_op_is_lstm (&graph->ops[i]) && k < LS_N_INTERMEDIATES; k++)
      {
        LS_FREE char *name = ls_lstm_inner_name (graph, &graph->ops[i], (LsInner) k);

        is_one |= name != NULL && strcmp (name, range->name) == 0;
      }
  return is_one;
}

/* Ends that were chosen for eight bits are no good for sixteen, nor the other way. */
static void
fit_bits (LsRanges *ranges, const LsPassContext *context)
{
  LsCalibrateOptions calibrate = context->options->calibrate;

  calibrate.bits = context->options->to == LS_TO_INT16X8 ? 16 : 8;
  if (ranges->bits == calibrate.bits || ranges->bits == 0)
    return;
  ls_ranges_observe (ranges, &calibrate);
  if (calibrate.observer == LS_OBSERVE_AUTO)
    ls_ranges_leave_room (ranges, context->model, calibrate.bits);
}

/* Ranges of another model, or of names that were mistyped, do nothing. */
static LsStatus
note_strangers (LsPassContext *context, LsError *error)
{
  const LsRanges *ranges = context->ranges;
  const char *first = NULL;
  uint32_t n = 0;

  for (uint32_t i = 0; i < ranges->n_ranges; i++)
    if (ranges->ranges[i].tensor == UINT32_MAX && !is_inner (context->model, &ranges->ranges[i])
        && n++ == 0)
      first = ranges->ranges[i].name;
  if (n == 0)
    return LS_OK;
  return ls_pass_note (context, error,
                       "%u of %u ranges %s of no tensor that the model has (the first is %s)", n,
                       ranges->n_ranges, n == 1 ? "is" : "are", first);
}

/* Ranges that were given are taken; else the samples are run. */
static LsStatus
calibrate_run (LsPassContext *context, LsError *error)
{
  const LsConvertOptions *options = context->options;
  LsCalibrateOptions calibrate = options->calibrate;

  if (options->ranges != NULL)
    {
      LS_TRY (ls_ranges_copy_for (options->ranges, context->model, &context->own_ranges, error));
      context->ranges = context->own_ranges;
      fit_bits (context->own_ranges, context);
      return note_strangers (context, error);
    }
  if (options->samples == NULL || ls_samples_count (options->samples) == 0)
    return ls_fail (error, LS_E_USAGE, -1,
                    "integers need samples, or ranges that were found with samples");
  if (calibrate.bits == 0)
    calibrate.bits = options->to == LS_TO_INT16X8 ? 16 : 8;
  LS_TRY (ls_calibrate (context->model, options->samples, &calibrate, context->progress,
                        &context->own_ranges, error));
  if (context->grids != NULL)
    ls_ranges_take_grids (context->own_ranges, context->grids);
  context->ranges = context->own_ranges;
  LS_TRY (note_left_out (context, error));
  return ls_pass_report (context, "calibrate", context->ranges->n_ranges, error,
                         "%u tensors were watched over %u samples", context->ranges->n_ranges,
                         context->ranges->n_samples);
}

const LsPass ls_pass_calibrate = { "calibrate", calibrate_run };

const LsPass ls_pass_quantize = { "quantize", quantize_run };
