/*
 * The inputs and outputs of a model of integers: float32 with a QUANTIZE behind and a DEQUANTIZE
 * before, or the integers themselves; and QUANTIZE operators that change nothing.
 */
#include "convert/edges.h"
#include "convert/parts.h"
#include "convert/pass.h"
#include "convert/quantized.h"

typedef struct
{
  LsModel *model;
  uint32_t graph;
  LsUses uses;      /* as the subgraph comes */
  int32_t *becomes; /* by tensor: what its readers read */
  LsLaterCasts later;
  uint32_t n_added, n_removed, n_idle;
} Edges;

static const LsSubgraph *
graph_of (const Edges *edges)
{
  return &edges->model->graphs[edges->graph]->view;
}

bool *
ls_graphs_called (const LsModel *model)
{
  static const char *const names[] = { "then_subgraph_index",
                                       "else_subgraph_index",
                                       "cond_subgraph_index",
                                       "body_subgraph_index",
                                       "init_subgraph_index",
                                       "decomposition_subgraph_index",
                                       "subgraph",
                                       "body_subgraph_indices" };
  bool *is_called = calloc ((size_t) model->n_graphs + 1, sizeof *is_called);

  for (uint32_t g = 0; is_called != NULL && g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        {
          const int64_t called = ls_attr_int (&model->graphs[g]->view.ops[i], names[k], -1);

          if (called >= 0 && called < (int64_t) model->n_graphs)
            is_called[called] = true;
        }
  return is_called;
}

/* One scale, 8 or 16 bits: what QUANTIZE and DEQUANTIZE of LiteRT take. */
static bool
is_integer_value (const LsTensor *tensor)
{
  return (tensor->type == LS_TYPE_INT8 || tensor->type == LS_TYPE_UINT8
          || tensor->type == LS_TYPE_INT16)
         && ls_tensor_is_quantized (tensor) && tensor->quant->n_scales == 1;
}

/* ---- Float edges ------------------------------------------------------------------------------
 */

/* Makes an operator write another tensor. */
static bool
write_instead (Edges *edges, uint32_t op, int32_t from, int32_t to)
{
  LsOperator *writer = ls_model_op (edges->model, edges->graph, op);

  for (uint32_t k = 0; k < writer->n_outputs; k++)
    if (writer->outputs[k] == from)
      return ls_op_set_output (edges->model, writer, k, to);
  return true;
}

/* Makes an input or output of the graph float32; the integers go on in a twin. */
static bool
add_edge (Edges *edges, int32_t t, bool is_input)
{
  LsModel *model = edges->model;
  const LsTensor *tensor = ls_model_tensor (model, edges->graph, (uint32_t) t);
  const int32_t producer = edges->uses.producer[t];

  if (!is_integer_value (tensor) || tensor->is_variable || (!is_input && producer < 0))
    return true;

  const int twin = ls_twin_tensor (model, edges->graph, t, "quantized");

  if (twin < 0 || (!is_input && !write_instead (edges, (uint32_t) producer, t, twin)))
    return false;
  edges->becomes[t] = twin;

  LsTensor *edge = ls_model_tensor (model, edges->graph, (uint32_t) t);

  edge->type = LS_TYPE_FLOAT32;
  edge->quant = NULL;
  edges->n_added++;
  return is_input ? ls_cast_later (model, &edges->later, 0, LS_OP_QUANTIZE, t, twin)
                  : ls_cast_later (model, &edges->later, graph_of (edges)->n_ops, LS_OP_DEQUANTIZE,
                                   twin, t);
}

static bool
add_edges (Edges *edges)
{
  const uint32_t n_inputs = graph_of (edges)->n_inputs, n_outputs = graph_of (edges)->n_outputs;
  LS_FREE int32_t *becomes = ls_model_same_tensors (edges->model, edges->graph);

  edges->becomes = becomes;
  edges->later = (LsLaterCasts){ 0 };
  if (becomes == NULL)
    return false;
  for (uint32_t i = 0; i < n_inputs; i++)
    if (graph_of (edges)->inputs[i] >= 0 && !add_edge (edges, graph_of (edges)->inputs[i], true))
      return false;
  for (uint32_t i = 0; i < n_outputs; i++)
    if (graph_of (edges)->outputs[i] >= 0 && !add_edge (edges, graph_of (edges)->outputs[i], false))
      return false;
  return ls_model_replace_inputs (edges->model, edges->graph, becomes)
         && ls_insert_casts (edges->model, edges->graph, &edges->later);
}

/* ---- Integer edges ----------------------------------------------------------------------------
 */

static bool
is_same_grid (const LsTensor *a, const LsTensor *b)
{
  const LsQuantization *p = a->quant, *q = b->quant;

  if (a->type != b->type || p == NULL || q == NULL || p->n_scales != 1 || q->n_scales != 1
      || p->scales[0] != q->scales[0])
    return false;
  return (p->n_zero_points > 0 ? p->zero_points[0] : 0)
         == (q->n_zero_points > 0 ? q->zero_points[0] : 0);
}

/* The integers of a float input that nobody reads but QUANTIZE operators of one grid; else NULL. */
static const LsTensor *
quantized_input (const Edges *edges, int32_t t)
{
  const LsSubgraph *graph = graph_of (edges);
  const LsTensor *found = NULL;

  for (uint32_t i = edges->uses.first[t]; i < edges->uses.first[t + 1]; i++)
    {
      const LsOperator *op = &graph->ops[edges->uses.consumers[i]];

      if (op->kind != LS_OP_QUANTIZE || op->n_outputs != 1 || op->outputs[0] < 0
          || !is_integer_value (&graph->tensors[op->outputs[0]])
          || (found != NULL && !is_same_grid (found, &graph->tensors[op->outputs[0]])))
        return NULL;
      found = &graph->tensors[op->outputs[0]];
    }
  return found;
}

static void
strip_inputs (Edges *edges)
{
  const LsSubgraph *graph = graph_of (edges);

  for (uint32_t i = 0; i < graph->n_inputs; i++)
    {
      int32_t t = graph->inputs[i];
      const LsTensor *integers
        = t >= 0 && graph->tensors[t].type == LS_TYPE_FLOAT32 && !edges->uses.is_graph_output[t]
            ? quantized_input (edges, t)
            : NULL;

      if (integers == NULL)
        continue;

      LsTensor *edge = ls_model_tensor (edges->model, edges->graph, (uint32_t) t);

      edge->type = integers->type;
      edge->quant = integers->quant;
      edges->n_removed++;
    }
}

/* A DEQUANTIZE that writes an output of the graph and nothing else gives the integers out. */
static void
strip_outputs (Edges *edges)
{
  const LsSubgraph *graph = graph_of (edges);
  const LsUses *uses = &edges->uses;

  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];

      if (op->kind != LS_OP_DEQUANTIZE || op->n_inputs != 1 || op->n_outputs != 1
          || op->inputs[0] < 0 || op->outputs[0] < 0)
        continue;

      const LsTensor *integers = &graph->tensors[op->inputs[0]];

      if (!is_integer_value (integers) || ls_tensor_is_constant (edges->model, integers)
          || !uses->is_graph_output[op->outputs[0]]
          || uses->first[op->outputs[0]] < uses->first[op->outputs[0] + 1]
          || uses->is_graph_input[op->inputs[0]] || uses->is_graph_output[op->inputs[0]])
        continue;

      LsTensor *edge = ls_model_tensor (edges->model, edges->graph, (uint32_t) op->outputs[0]);

      edge->type = integers->type;
      edge->quant = integers->quant;
      edges->n_removed++;
    }
}

/* Takes out casts between tensors of one type, scale and zero point. */
static bool
remove_idle (Edges *edges)
{
  const LsSubgraph *graph = graph_of (edges);
  LS_FREE bool *dead = calloc ((size_t) graph->n_ops + 1, sizeof *dead);

  LsBypass bypass;
  bool is_good = dead != NULL && ls_bypass_begin (&bypass, edges->model, edges->graph);

  if (!is_good)
    return false;
  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];

      if ((op->kind != LS_OP_QUANTIZE && op->kind != LS_OP_DEQUANTIZE) || op->n_inputs != 1
          || op->n_outputs != 1 || op->inputs[0] < 0 || op->outputs[0] < 0
          || !is_same_grid (&graph->tensors[op->inputs[0]], &graph->tensors[op->outputs[0]]))
        continue;

      int result = ls_bypass_op (&bypass, op);

      is_good &= result >= 0;
      dead[i] = result > 0;
      edges->n_idle += result > 0;
    }
  is_good &= ls_bypass_end (&bypass);
  ls_model_remove_ops (edges->model, edges->graph, dead);
  return is_good;
}

/* ---- The pass -----------------------------------------------------------------------------------
 */

static bool
graph_edges (Edges *edges, bool is_called, bool float_io)
{
  if (!ls_uses_init (&edges->uses, graph_of (edges)))
    return false;
  if (!is_called && !float_io)
    {
      strip_inputs (edges);
      strip_outputs (edges);
    }

  const bool is_good = remove_idle (edges);

  ls_uses_clear (&edges->uses);
  if (!is_good || is_called || !float_io)
    return is_good;
  if (!ls_uses_init (&edges->uses, graph_of (edges)))
    return false;

  const bool is_added = add_edges (edges);

  ls_uses_clear (&edges->uses);
  return is_added;
}

static LsStatus
edges_run (LsPassContext *context, LsError *error)
{
  Edges edges = { .model = context->model };
  LS_FREE bool *is_called = ls_graphs_called (context->model);

  if (is_called == NULL)
    return ls_fail_no_memory (error, "edges", 0);
  for (uint32_t g = 0; g < context->model->n_graphs; g++)
    {
      edges.graph = g;
      if (!graph_edges (&edges, is_called[g], context->options->float_io))
        return ls_fail_no_memory (error, "edges", 0);
    }
  if (edges.n_added + edges.n_removed + edges.n_idle == 0)
    return LS_OK;

  LsParts parts = { "" };

  ls_parts_add (&parts, edges.n_added, "input or output became float32",
                "inputs and outputs became float32");
  ls_parts_add (&parts, edges.n_removed, "input or output became an integer",
                "inputs and outputs became integers");
  ls_parts_add (&parts, edges.n_idle, "QUANTIZE that changes nothing was taken out",
                "QUANTIZE operators that change nothing were taken out");
  return ls_pass_report (context, "edges", edges.n_added + edges.n_removed + edges.n_idle, error,
                         "%s", parts.text);
}

const LsPass ls_pass_edges = { "edges", edges_run };
