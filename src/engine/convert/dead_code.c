/* Takes out operators whose results nobody reads, then tensors, buffers and codes without a use. */
#include "convert/pass.h"

#include <stdio.h>
#include <string.h>

#include "convert/parts.h"

/*
 * An operator that changes something beyond its outputs (a variable, a table, another subgraph that
 * may do so) is alive without readers.
 */
static bool
has_effect (const LsOperator *op)
{
  switch (op->kind)
    {
    case LS_OP_ASSIGN_VARIABLE:
    case LS_OP_HASHTABLE_IMPORT:
    case LS_OP_CALL_ONCE:
    case LS_OP_CALL:
    case LS_OP_IF:
    case LS_OP_WHILE:
    case LS_OP_STABLEHLO_WHILE:
    case LS_OP_STABLEHLO_CASE:
    case LS_OP_STABLEHLO_COMPOSITE:
    case LS_OP_STABLEHLO_CUSTOM_CALL:
    case LS_OP_CUSTOM:
    case LS_OP_DELEGATE:
      return true;
    default:
      return op->n_outputs == 0;
    }
}

/* Marks what is alive from the end to the beginning; gives how many are dead. */
static uint32_t
mark_dead (const LsModel *model, const LsSubgraph *graph, bool *wanted, bool *dead)
{
  uint32_t n_dead = 0;

  for (uint32_t i = 0; i < graph->n_outputs; i++)
    if (graph->outputs[i] >= 0)
      wanted[graph->outputs[i]] = true;
  for (uint32_t i = 0; i < model->n_signatures; i++)
    for (uint32_t k = 0; k < model->signatures[i].n_outputs; k++)
      if (ls_model_subgraph (model, model->signatures[i].subgraph) == graph)
        wanted[model->signatures[i].outputs[k].tensor] = true;
  for (uint32_t i = graph->n_ops; i-- > 0;)
    {
      const LsOperator *op = &graph->ops[i];
      bool is_alive = has_effect (op);

      for (uint32_t k = 0; k < op->n_outputs && !is_alive; k++)
        is_alive = op->outputs[k] >= 0 && wanted[op->outputs[k]];
      for (uint32_t k = 0; k < op->n_inputs && !is_alive; k++)
        is_alive = op->inputs[k] >= 0 && graph->tensors[op->inputs[k]].is_variable;
      dead[i] = !is_alive;
      n_dead += !is_alive;
      for (uint32_t k = 0; k < op->n_inputs && is_alive; k++)
        if (op->inputs[k] >= 0)
          wanted[op->inputs[k]] = true;
    }
  return n_dead;
}

static LsStatus
dead_code_run (LsPassContext *context, LsError *error)
{
  LsModel *model = context->model;
  uint32_t n_ops = 0, n_tensors, n_buffers, n_codes;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    {
      const LsSubgraph *graph = &model->graphs[g]->view;
      LS_FREE bool *wanted = calloc ((size_t) graph->n_tensors + 1, sizeof *wanted);
      LS_FREE bool *dead = calloc ((size_t) graph->n_ops + 1, sizeof *dead);

      if (wanted == NULL || dead == NULL)
        return ls_fail_no_memory (error, "dead-code", graph->n_tensors);
      n_ops += mark_dead (model, graph, wanted, dead);
      ls_model_remove_ops (model, g, dead);
    }
  if (!ls_model_compact (model, &n_tensors, &n_buffers, &n_codes))
    return ls_fail_no_memory (error, "dead-code", 0);
  if (n_ops + n_tensors + n_buffers + n_codes == 0)
    return LS_OK;

  LsParts parts = { "" };

  ls_parts_add (&parts, n_ops, "operator", "operators");
  ls_parts_add (&parts, n_tensors, "tensor", "tensors");
  ls_parts_add (&parts, n_buffers, "buffer", "buffers");
  ls_parts_add (&parts, n_codes, "operator code", "operator codes");
  return ls_pass_report (context, "dead-code", n_ops + n_tensors + n_buffers + n_codes, error,
                         "taken out, because nothing uses them: %s", parts.text);
}

const LsPass ls_pass_dead_code = { "dead-code", dead_code_run };
