#include "convert/requantize/requantize.h"

#include <stdio.h>
#include <string.h>

#include "convert/constants.h"
#include "convert/edges.h"
#include "convert/parts.h"
#include "convert/quantized.h"

/* ---- Which models -------------------------------------------------------------------------------
 */

static bool
is_narrow (const LsTensor *tensor)
{
  return (tensor->type == LS_TYPE_INT8 || tensor->type == LS_TYPE_UINT8)
         && ls_tensor_is_quantized (tensor);
}

/* 8 or 16 bits wide, as is asked for, with scales. */
static bool
is_value (const LsSubgraph *graph, int32_t t, bool is_wide)
{
  if (t < 0)
    return false;
  return is_wide
           ? graph->tensors[t].type == LS_TYPE_INT16 && ls_tensor_is_quantized (&graph->tensors[t])
           : is_narrow (&graph->tensors[t]);
}

/* Whether an operator other than a cast computes with quantized values of that width. */
static bool
computes (const LsModel *model, bool is_wide)
{
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      {
        const LsSubgraph *graph = &model->graphs[g]->view;
        const LsOperator *op = &graph->ops[i];
        bool reads = false, writes = false;

        for (uint32_t k = 0; k < op->n_inputs; k++)
          reads |= is_value (graph, op->inputs[k], is_wide)
                   && !ls_tensor_is_constant (model, &graph->tensors[op->inputs[k]]);
        for (uint32_t k = 0; k < op->n_outputs; k++)
          writes |= is_value (graph, op->outputs[k], is_wide);
        if (op->kind == LS_OP_QUANTIZE || op->kind == LS_OP_DEQUANTIZE || !reads)
          continue;
        if (!is_wide || (writes && ls_requantize_takes (op, LS_TYPE_INT8)))
          return true;
      }
  return false;
}

static bool
has_channels (const LsModel *model)
{
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t t = 0; t < model->graphs[g]->view.n_tensors; t++)
      {
        const LsTensor *tensor = &model->graphs[g]->view.tensors[t];

        if (is_narrow (tensor) && tensor->quant->n_scales > 1)
          return true;
      }
  return false;
}

bool
ls_requantize_merges (const LsModel *model, const LsConvertOptions *options)
{
  bool wants_one = options->to == LS_TO_UINT8 ? options->granularity != LS_GRANULARITY_PER_CHANNEL
                                              : options->granularity == LS_GRANULARITY_PER_TENSOR;

  return wants_one && has_channels (model);
}

bool
ls_requantize_is_direct (const LsModel *model, const LsConvertOptions *options)
{
  bool is_wide = computes (model, true);

  if ((options->to != LS_TO_INT8 && options->to != LS_TO_UINT8)
      || !(is_wide || computes (model, false)))
    return false;
  /* With data to learn from, what cannot be exact gets better numbers through the float model. */
  return (options->samples == NULL && options->ranges == NULL)
         || !(is_wide || ls_requantize_merges (model, options));
}

/* ---- Which operators and tensors ----------------------------------------------------------------
 */

static const LsSubgraph *
graph_of (const LsRequantize *work)
{
  return &work->model->graphs[work->graph]->view;
}

/* Its values can be told in the new type: 8 bits, or 16 that become narrow, and one scale. */
static bool
is_candidate (const LsRequantize *work, const LsTensor *tensor)
{
  return tensor->type != work->to
         && (is_narrow (tensor) || (work->narrows && tensor->type == LS_TYPE_INT16))
         && ls_tensor_is_quantized (tensor) && tensor->quant->n_scales == 1
         && tensor->quant->details != LS_QUANT_DETAILS_BLOCKWISE && !tensor->is_variable;
}

static bool
are_weights (const LsRequantize *work, const LsTensor *tensor)
{
  return (is_narrow (tensor) || tensor->type == LS_TYPE_INT4) && ls_tensor_is_quantized (tensor)
         && tensor->quant->details != LS_QUANT_DETAILS_BLOCKWISE
         && ls_tensor_is_constant (work->model, tensor);
}

/* Operands that are neither values nor numbers of that operator's own. */
static bool
is_special (const LsRequantize *work, const LsOperator *op, uint32_t slot)
{
  LsMacSlots mac;

  if (ls_operand_is_index (op, slot))
    return true;
  if (!ls_op_mac_slots (op, &mac) || (slot != mac.weights && slot != mac.bias))
    return false;
  return slot == mac.bias || work->is_weights[op->inputs[slot]];
}

static void
mark_weights (LsRequantize *work)
{
  const LsSubgraph *graph = graph_of (work);

  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];
      LsMacSlots mac;

      if (ls_op_mac_slots (op, &mac) && op->inputs[mac.weights] >= 0
          && are_weights (work, &graph->tensors[op->inputs[mac.weights]]))
        work->is_weights[op->inputs[mac.weights]] = true;
    }
}

/* A quantized operand that no kernel takes in the new type beside the others. */
static bool
is_obstacle (const LsRequantize *work, const LsTensor *tensor)
{
  if (!ls_tensor_is_quantized (tensor) || tensor->type == work->to)
    return false;
  return !is_candidate (work, tensor)
         && (is_narrow (tensor) || work->to == LS_TYPE_UINT8 || tensor->is_variable
             || tensor->quant->details == LS_QUANT_DETAILS_BLOCKWISE);
}

static bool
has_obstacle (const LsRequantize *work, const LsOperator *op)
{
  const LsSubgraph *graph = graph_of (work);

  if (ls_attr_int (op, "weights_format", 0) != 0) /* shuffled: uint8 alone */
    return true;
  for (uint32_t k = 0; k < op->n_inputs; k++)
    if (op->inputs[k] >= 0 && !is_special (work, op, k)
        && is_obstacle (work, &graph->tensors[op->inputs[k]]))
      return true;
  for (uint32_t k = 0; k < op->n_outputs; k++)
    if (op->outputs[k] >= 0 && is_obstacle (work, &graph->tensors[op->outputs[k]]))
      return true;
  return false;
}

static bool
is_cast (const LsOperator *op)
{
  return op->kind == LS_OP_QUANTIZE || op->kind == LS_OP_DEQUANTIZE;
}

static void
choose_operators (LsRequantize *work)
{
  const LsSubgraph *graph = graph_of (work);

  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];

      work->stays[i] = (work->is_edge_only && !is_cast (op)) || !ls_requantize_takes (op, work->to)
                       || has_obstacle (work, op);
    }
}

static bool
has_changing_reader (const LsRequantize *work, uint32_t t)
{
  for (uint32_t k = work->uses.first[t]; k < work->uses.first[t + 1]; k++)
    if (!work->stays[work->uses.consumers[k]])
      return true;
  return false;
}

static void
choose_tensors (LsRequantize *work)
{
  const LsSubgraph *graph = graph_of (work);

  for (uint32_t t = 0; t < work->n_first; t++)
    {
      int32_t producer = work->uses.producer[t];

      work->changes[t]
        = is_candidate (work, &graph->tensors[t]) && !work->is_weights[t]
          && (work->uses.is_graph_output[t] || work->uses.is_graph_input[t]
              || (producer >= 0 && !work->stays[producer]) || has_changing_reader (work, t));
    }
  for (uint32_t i = 0; i < graph->n_ops; i++)
    for (uint32_t k = 0; k < graph->ops[i].n_inputs; k++)
      if (graph->ops[i].inputs[k] >= 0 && is_special (work, &graph->ops[i], k))
        work->changes[graph->ops[i].inputs[k]] = false;
}

/* ---- Between the types --------------------------------------------------------------------------
 */

/* The value of a tensor in its old type; made when new. -1: out of memory. */
static int32_t
twin_of (LsRequantize *work, int32_t t, bool *is_new)
{
  static const char *const names[]
    = { [LS_TYPE_INT8] = "int8", [LS_TYPE_UINT8] = "uint8", [LS_TYPE_INT16] = "int16" };

  *is_new = work->twins[t] < 0;
  if (*is_new)
    work->twins[t]
      = ls_twin_tensor (work->model, work->graph, t, names[graph_of (work)->tensors[t].type]);
  return work->twins[t];
}

/* Inputs of an operator that stays: those that change come through a QUANTIZE before it. */
static bool
cast_inputs (LsRequantize *work, uint32_t at)
{
  LsModel *model = work->model;

  for (uint32_t k = 0; k < ls_model_op (model, work->graph, at)->n_inputs; k++)
    {
      int32_t t = ls_model_op (model, work->graph, at)->inputs[k];
      bool is_new;

      if (t < 0 || (uint32_t) t >= work->n_first || !work->changes[t])
        continue;

      int32_t twin = twin_of (work, t, &is_new);

      if (twin < 0 || !ls_op_set_input (model, ls_model_op (model, work->graph, at), k, twin))
        return false;
      if (!is_new || ls_tensor_is_constant (model, &graph_of (work)->tensors[t]))
        continue;
      work->n_casts++;
      if (!ls_cast_later (model, &work->later, at, LS_OP_QUANTIZE, t, twin))
        return false;
    }
  return true;
}

static bool
cast_outputs (LsRequantize *work, uint32_t at)
{
  LsModel *model = work->model;

  for (uint32_t k = 0; k < ls_model_op (model, work->graph, at)->n_outputs; k++)
    {
      int32_t t = ls_model_op (model, work->graph, at)->outputs[k];
      bool is_new;

      if (t < 0 || (uint32_t) t >= work->n_first || !work->changes[t])
        continue;

      int32_t twin = twin_of (work, t, &is_new);

      work->n_casts++;
      if (twin < 0 || !ls_op_set_output (model, ls_model_op (model, work->graph, at), k, twin)
          || !ls_cast_later (model, &work->later, at + 1, LS_OP_QUANTIZE, twin, t))
        return false;
    }
  return true;
}

/* CONCATENATION rescales uint8 by itself, but takes int8 on one grid alone (concatenation.cc). */
static bool
align_inputs (LsRequantize *work, uint32_t at)
{
  LsModel *model = work->model;
  const LsOperator *op = ls_model_op (model, work->graph, at);
  const LsQuantization *wanted = op->kind == LS_OP_CONCATENATION && work->to == LS_TYPE_INT8
                                     && op->n_outputs > 0 && op->outputs[0] >= 0
                                   ? work->grids[op->outputs[0]]
                                   : NULL;

  for (uint32_t k = 0; wanted != NULL && k < op->n_inputs; k++)
    {
      int32_t t = op->inputs[k];
      const LsQuantization *grid = t >= 0 && (uint32_t) t < work->n_first ? work->grids[t] : NULL;

      if (grid == NULL
          || (grid->scales[0] == wanted->scales[0]
              && grid->zero_points[0] == wanted->zero_points[0]))
        continue;

      int twin = ls_twin_tensor (model, work->graph, t, "rescaled");

      if (twin < 0 || !ls_op_set_input (model, ls_model_op (model, work->graph, at), k, twin)
          || !ls_cast_later (model, &work->later, at, LS_OP_QUANTIZE, t, twin))
        return false;

      LsTensor *tensor = ls_model_tensor (model, work->graph, (uint32_t) twin);

      tensor->type = work->to;
      tensor->quant = wanted;
      tensor->buffer = 0;
      work->n_casts++;
      op = ls_model_op (model, work->graph, at);
    }
  return true;
}

static bool
touches (const LsRequantize *work, const LsOperator *op)
{
  for (uint32_t k = 0; k < op->n_inputs; k++)
    if (op->inputs[k] >= 0 && (uint32_t) op->inputs[k] < work->n_first
        && work->changes[op->inputs[k]])
      return true;
  for (uint32_t k = 0; k < op->n_outputs; k++)
    if (op->outputs[k] >= 0 && (uint32_t) op->outputs[k] < work->n_first
        && work->changes[op->outputs[k]])
      return true;
  return false;
}

/* Whether no operator of its kind stands before: one note is enough. */
static bool
is_first_of_kind (const LsSubgraph *graph, uint32_t at)
{
  uint32_t first = 0;

  while (strcmp (ls_op_kind_text (&graph->ops[first]), ls_op_kind_text (&graph->ops[at])) != 0)
    first++;
  return first == at;
}

static LsStatus
cast_operators (LsRequantize *work, LsError *error)
{
  for (uint32_t i = 0; i < graph_of (work)->n_ops; i++)
    {
      const LsOperator *op = ls_model_op (work->model, work->graph, i);

      if (!touches (work, op))
        continue;
      if (!work->stays[i])
        {
          work->n_rounding += ls_requantize_rounds (op);
          if (!align_inputs (work, i))
            return ls_fail_no_memory (error, "QUANTIZE", 0);
          continue;
        }
      if (!work->is_edge_only && is_first_of_kind (graph_of (work), i))
        LS_TRY (ls_pass_note (work->context, error,
                              "%s keeps its type between QUANTIZE operators: there is no kernel of "
                              "%s for it",
                              ls_op_kind_text (op), ls_type_name (work->to)));
      if (!cast_inputs (work, i) || !cast_outputs (work, i))
        return ls_fail_no_memory (error, "QUANTIZE", 0);
    }
  if (!ls_insert_casts (work->model, work->graph, &work->later))
    return ls_fail_no_memory (error, "QUANTIZE", 0);
  return LS_OK;
}

/* ---- The new type -------------------------------------------------------------------------------
 */

static LsStatus
change_constant (LsRequantize *work, uint32_t t, LsError *error)
{
  const LsQuantization *grid = work->grids[t];
  LsConstant constant;

  LS_TRY (ls_constant_read (work->model, work->graph, t, -1, &constant, error));

  LsStatus status = ls_constant_store (work->model, work->graph, t, &constant, work->to,
                                       grid->scales, grid->zero_points, error);

  ls_constant_clear (&constant);
  return status;
}

static LsStatus
change_tensors (LsRequantize *work, LsError *error)
{
  for (uint32_t t = 0; t < work->n_first; t++)
    {
      if (!work->changes[t])
        continue;

      LsTensor *tensor = ls_model_tensor (work->model, work->graph, t);

      if (ls_tensor_is_constant (work->model, tensor))
        LS_TRY (change_constant (work, t, error));
      tensor = ls_model_tensor (work->model, work->graph, t);
      tensor->type = work->to;
      tensor->quant = work->grids[t];
      work->n_tensors++;
    }
  return LS_OK;
}

static LsStatus
requantize_graph (LsRequantize *work, LsError *error)
{
  mark_weights (work);
  choose_operators (work);
  choose_tensors (work);
  if (!ls_requantize_grids (work))
    return ls_fail_no_memory (error, "scales", work->n_first);
  LS_TRY (ls_requantize_weights (work, error));
  LS_TRY (cast_operators (work, error));
  return change_tensors (work, error);
}

/* Gives the arrays of one subgraph and does it. */
static LsStatus
requantize_with_arrays (LsRequantize *work, LsError *error)
{
  const size_t n_tensors = (size_t) work->n_first + 1, n_ops = (size_t) graph_of (work)->n_ops + 1;
  LS_FREE bool *stays = calloc (n_ops, sizeof *stays);
  LS_FREE bool *changes = calloc (n_tensors, sizeof *changes);
  LS_FREE bool *is_weights = calloc (n_tensors, sizeof *is_weights);
  LS_FREE const LsQuantization **grids = calloc (n_tensors, sizeof *grids);
  LS_FREE int32_t *twins = malloc (n_tensors * sizeof *twins);

  if (stays == NULL || changes == NULL || is_weights == NULL || grids == NULL || twins == NULL)
    return ls_fail_no_memory (error, "requantize", n_tensors);
  memset (twins, 0xff, n_tensors * sizeof *twins);
  work->stays = stays;
  work->changes = changes;
  work->is_weights = is_weights;
  work->grids = grids;
  work->twins = twins;
  return requantize_graph (work, error);
}

/* ---- The pass -----------------------------------------------------------------------------------
 */

/* uint8 kernels know no scales by channel. Who insists on them gets uint8 at the edges, and the
 * same bytes out as before. */
static bool
wants_edges_only (const LsPassContext *context)
{
  return context->options->to == LS_TO_UINT8
         && context->options->granularity == LS_GRANULARITY_PER_CHANNEL
         && has_channels (context->model);
}

static LsStatus
tell (const LsRequantize *work, LsError *error)
{
  if (work->n_merged > 0)
    LS_TRY (ls_pass_note (work->context, error, "%u %s rounded to one: compare the outputs%s",
                          work->n_merged,
                          ls_words (work->n_merged, "weight had a scale for each channel and was",
                                    "weights had a scale for each channel and were"),
                          work->to == LS_TYPE_UINT8
                            ? ", or keep the channels with --granularity per-channel, which gives "
                              "uint8 at the edges alone"
                            : ""));
  else if (work->n_rounding > 0 && !work->narrows)
    LS_TRY (ls_pass_note (
      work->context, error, "%u %s otherwise in %s and may differ by one step", work->n_rounding,
      ls_words (work->n_rounding, "operator (convolution, average, interpolation) rounds",
                "operators (convolutions, averages, interpolations) round"),
      ls_type_name (work->to)));
  if (work->n_tensors + work->n_weights + work->n_biases == 0)
    return ls_pass_note (work->context, error, "everything is %s already", ls_type_name (work->to));

  LsParts parts = { "" };
  char words[64];

  snprintf (words, sizeof words, "%s became %s",
            ls_words (work->n_tensors, "activation", "activations"), ls_type_name (work->to));
  ls_parts_add (&parts, work->n_tensors, words, words);
  ls_parts_add (&parts, work->n_weights, "weight was stored anew", "weights were stored anew");
  ls_parts_add (&parts, work->n_biases, "bias was stored anew", "biases were stored anew");
  ls_parts_add (&parts, work->n_casts, "QUANTIZE was put between types",
                "QUANTIZE operators were put between types");
  return ls_pass_report (work->context, "requantize",
                         work->n_tensors + work->n_weights + work->n_biases, error, "%s",
                         parts.text);
}

/* One type for all subgraphs. */
static LsStatus
requantize_to (LsRequantize *work, LsError *error)
{
  LsModel *model = work->model;
  LS_FREE bool *is_called = ls_graphs_called (model);

  if (is_called == NULL)
    return ls_fail_no_memory (error, "requantize", model->n_graphs);
  for (uint32_t g = 0; g < model->n_graphs; g++)
    {
      /* Between operators and the subgraphs that they call nothing may come. */
      if (work->is_edge_only && is_called[g])
        continue;
      work->graph = g;
      work->n_first = model->graphs[g]->view.n_tensors;
      if (!ls_uses_init (&work->uses, &model->graphs[g]->view))
        return ls_fail_no_memory (error, "requantize", work->n_first);

      LsStatus status = requantize_with_arrays (work, error);

      ls_uses_clear (&work->uses);
      if (status != LS_OK)
        return status;
      if (!ls_tick (work->context->progress, (double) g / model->n_graphs, "requantize"))
        return ls_fail_cancelled (error);
    }
  return tell (work, error);
}

static LsStatus
requantize_run (LsPassContext *context, LsError *error)
{
  const bool is_uint8 = context->options->to == LS_TO_UINT8;
  LsRequantize work = { .context = context,
                        .model = context->model,
                        .to = LS_TYPE_INT8,
                        .narrows = computes (context->model, true) };

  if (!ls_spread_quantization (context->model))
    return ls_fail_no_memory (error, "requantize", 0);
  /* QUANTIZE knows no way between int16 and uint8 (quantize.cc): first to int8. */
  if (!is_uint8 || work.narrows)
    LS_TRY (requantize_to (&work, error));
  if (!is_uint8)
    return LS_OK;
  work = (LsRequantize){ .context = context,
                         .model = context->model,
                         .to = LS_TYPE_UINT8,
                         .is_edge_only = wants_edges_only (context) };
  return requantize_to (&work, error);
}

const LsPass ls_pass_requantize = { "requantize", requantize_run };
