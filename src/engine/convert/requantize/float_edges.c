/*
 * The inputs and outputs of a model of integers: float32 with a QUANTIZE behind and a DEQUANTIZE
 * before, or the integers themselves; and QUANTIZE operators that change nothing.
 */
#include "convert/edges.h"
#include "convert/pass.h"
#include "convert/quantized.h"

typedef struct
{
  LsModel *model;
  uint32_t graph;
  uint32_t n_added, n_removed, n_idle;
} Edges;

static const LsSubgraph *
graph_of (const Edges *edges)
{
  return &edges->model->graphs[edges->graph]->view;
}

bool
ls_graph_is_called (const LsModel *model, uint32_t graph)
{
  static const char *const names[] = { "then_subgraph_index",
                                       "else_subgraph_index",
                                       "cond_subgraph_index",
                                       "body_subgraph_index",
                                       "init_subgraph_index",
                                       "decomposition_subgraph_index",
                                       "subgraph",
                                       "body_subgraph_indices" };

  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (ls_attr_int (&model->graphs[g]->view.ops[i], names[k], -1) == (int64_t) graph)
          return true;
  return false;
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

/* Makes every operator that reads one tensor read another. */
static bool
move_readers (Edges *edges, int32_t from, int32_t to)
{
  for (uint32_t i = 0; i < graph_of (edges)->n_ops; i++)
    for (uint32_t k = 0; k < graph_of (edges)->ops[i].n_inputs; k++)
      if (graph_of (edges)->ops[i].inputs[k] == from
          && !ls_op_set_input (edges->model, ls_model_op (edges->model, edges->graph, i), k, to))
        return false;
  return true;
}

/* Makes an input or output of the graph float32; the integers go on in a twin. */
static bool
add_edge (Edges *edges, int32_t t, bool is_input)
{
  LsModel *model = edges->model;
  const LsTensor *tensor = ls_model_tensor (model, edges->graph, (uint32_t) t);

  if (!is_integer_value (tensor) || tensor->is_variable
      || (!is_input && ls_subgraph_producer (graph_of (edges), t) < 0))
    return true;

  int twin = ls_twin_tensor (model, edges->graph, t, "quantized");

  if (twin < 0 || !move_readers (edges, t, twin)
      || (!is_input && !ls_redirect_producer (model, edges->graph, t, twin)))
    return false;

  LsTensor *edge = ls_model_tensor (model, edges->graph, (uint32_t) t);

  edge->type = LS_TYPE_FLOAT32;
  edge->quant = NULL;
  edges->n_added++;
  return is_input ? ls_insert_cast (model, edges->graph, 0, LS_OP_QUANTIZE, t, twin)
                  : ls_insert_cast (model, edges->graph, graph_of (edges)->n_ops, LS_OP_DEQUANTIZE,
                                    twin, t);
}

static bool
add_edges (Edges *edges)
{
  for (uint32_t i = 0; i < graph_of (edges)->n_inputs; i++)
    if (graph_of (edges)->inputs[i] >= 0 && !add_edge (edges, graph_of (edges)->inputs[i], true))
      return false;
  for (uint32_t i = 0; i < graph_of (edges)->n_outputs; i++)
    if (graph_of (edges)->outputs[i] >= 0 && !add_edge (edges, graph_of (edges)->outputs[i], false))
      return false;
  return true;
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

  for (uint32_t i = 0; i < graph->n_ops; i++)
    for (uint32_t k = 0; k < graph->ops[i].n_inputs; k++)
      {
        const LsOperator *op = &graph->ops[i];

        if (op->inputs[k] != t)
          continue;
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
        = t >= 0 && graph->tensors[t].type == LS_TYPE_FLOAT32 && !ls_is_port (graph, t, false)
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

  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];

      if (op->kind != LS_OP_DEQUANTIZE || op->n_inputs != 1 || op->n_outputs != 1
          || op->inputs[0] < 0 || op->outputs[0] < 0)
        continue;

      const LsTensor *integers = &graph->tensors[op->inputs[0]];

      if (!is_integer_value (integers) || ls_tensor_is_constant (edges->model, integers)
          || !ls_is_port (graph, op->outputs[0], false)
          || ls_subgraph_consumer (graph, op->outputs[0]) >= 0
          || ls_is_port (graph, op->inputs[0], true) || ls_is_port (graph, op->inputs[0], false))
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

  for (uint32_t i = 0; dead != NULL && i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];

      if ((op->kind != LS_OP_QUANTIZE && op->kind != LS_OP_DEQUANTIZE) || op->n_inputs != 1
          || op->n_outputs != 1 || op->inputs[0] < 0 || op->outputs[0] < 0
          || !is_same_grid (&graph->tensors[op->inputs[0]], &graph->tensors[op->outputs[0]]))
        continue;

      int result = ls_bypass_op (edges->model, edges->graph, op);

      if (result < 0)
        return false;
      dead[i] = result > 0;
      edges->n_idle += result > 0;
    }
  if (dead != NULL)
    ls_model_remove_ops (edges->model, edges->graph, dead);
  return dead != NULL;
}

/* ---- The pass -----------------------------------------------------------------------------------
 */

static LsStatus
edges_run (LsPassContext *context, LsError *error)
{
  Edges edges = { .model = context->model };

  for (uint32_t g = 0; g < context->model->n_graphs; g++)
    {
      const bool is_called = ls_graph_is_called (context->model, g);

      edges.graph = g;
      if (!is_called && !context->options->float_io)
        {
          strip_inputs (&edges);
          strip_outputs (&edges);
        }
      if (!remove_idle (&edges)
          || (!is_called && context->options->float_io && !add_edges (&edges)))
        return ls_fail_no_memory (error, "edges", 0);
    }
  if (edges.n_added + edges.n_removed + edges.n_idle == 0)
    return LS_OK;
  return ls_pass_report (context, "edges", edges.n_added + edges.n_removed + edges.n_idle, error,
                         "%u inputs and outputs became float32, %u integers; %u QUANTIZE operators "
                         "that change nothing were taken out",
                         edges.n_added, edges.n_removed, edges.n_idle);
}

const LsPass ls_pass_edges = { "edges", edges_run };
