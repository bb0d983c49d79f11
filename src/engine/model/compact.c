/* Taking out what nothing refers to, and numbering the rest anew. */
#include "model/model.h"

#include <string.h>

/* Marks the tensors of a subgraph that somebody names. */
static void
mark_list (bool *used, const int32_t *list, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    if (list[i] >= 0)
      used[list[i]] = true;
}

static void
mark_tensors (const LsModel *model, uint32_t graph, bool *used)
{
  const LsSubgraph *view = &model->graphs[graph]->view;

  mark_list (used, view->inputs, view->n_inputs);
  mark_list (used, view->outputs, view->n_outputs);
  for (uint32_t i = 0; i < view->n_ops; i++)
    {
      mark_list (used, view->ops[i].inputs, view->ops[i].n_inputs);
      mark_list (used, view->ops[i].outputs, view->ops[i].n_outputs);
      mark_list (used, view->ops[i].intermediates, view->ops[i].n_intermediates);
    }
  for (uint32_t i = 0; i < model->n_signatures; i++)
    {
      const LsSignature *s = &model->signatures[i];

      if (s->subgraph != graph)
        continue;
      for (uint32_t k = 0; k < s->n_inputs; k++)
        used[s->inputs[k].tensor] = true;
      for (uint32_t k = 0; k < s->n_outputs; k++)
        used[s->outputs[k].tensor] = true;
    }
  for (uint32_t t = 0; t < view->n_tensors; t++)
    {
      const LsQuantization *quant = view->tensors[t].quant;

      if (quant == NULL || !ls_quantization_has_blocks (quant))
        continue;
      mark_list (used, &quant->block_scales, 1);
      mark_list (used, &quant->block_zero_points, 1);
    }
}

static const int32_t *
renumber (LsModel *model, const int32_t *list, uint32_t count, const int32_t *map)
{
  int32_t *copy = ls_store_copy (model->store, list, count * sizeof *list);

  for (uint32_t i = 0; copy != NULL && i < count; i++)
    if (copy[i] >= 0)
      copy[i] = map[copy[i]];
  return copy;
}

static bool
renumber_ports (LsModel *model, uint32_t graph, const int32_t *map)
{
  LsSignature *signatures
    = ls_store_copy (model->store, model->signatures, model->n_signatures * sizeof *signatures);

  for (uint32_t i = 0; signatures != NULL && i < model->n_signatures; i++)
    {
      LsSignature *s = &signatures[i];

      if (s->subgraph != graph)
        continue;

      LsSignaturePort *in = ls_store_copy (model->store, s->inputs, s->n_inputs * sizeof *in);
      LsSignaturePort *out = ls_store_copy (model->store, s->outputs, s->n_outputs * sizeof *out);

      if (in == NULL || out == NULL)
        return false;
      for (uint32_t k = 0; k < s->n_inputs; k++)
        in[k].tensor = (uint32_t) map[in[k].tensor];
      for (uint32_t k = 0; k < s->n_outputs; k++)
        out[k].tensor = (uint32_t) map[out[k].tensor];
      s->inputs = in;
      s->outputs = out;
    }
  if (signatures == NULL)
    return false;
  model->signatures = signatures;
  return true;
}

static bool
renumber_ops (LsModel *model, uint32_t graph, const int32_t *map)
{
  for (uint32_t i = 0; i < model->graphs[graph]->view.n_ops; i++)
    {
      LsOperator *op = ls_model_op (model, graph, i);

      op->inputs = renumber (model, op->inputs, op->n_inputs, map);
      op->outputs = renumber (model, op->outputs, op->n_outputs, map);
      op->intermediates = renumber (model, op->intermediates, op->n_intermediates, map);
      if (op->inputs == NULL || op->outputs == NULL || op->intermediates == NULL)
        return false;
    }
  return true;
}

static bool
renumber_blocks (LsModel *model, uint32_t graph, const int32_t *map)
{
  for (uint32_t t = 0; t < model->graphs[graph]->view.n_tensors; t++)
    {
      LsTensor *tensor = ls_model_tensor (model, graph, t);

      if (tensor->quant == NULL || !ls_quantization_has_blocks (tensor->quant))
        continue;

      LsQuantization *quant = ls_store_copy (model->store, tensor->quant, sizeof *quant);

      if (quant == NULL)
        return false;
      if (quant->block_scales >= 0)
        quant->block_scales = map[quant->block_scales];
      if (quant->block_zero_points >= 0)
        quant->block_zero_points = map[quant->block_zero_points];
      tensor->quant = quant;
    }
  return true;
}

static bool
compact_tensors (LsModel *model, uint32_t graph, uint32_t *removed)
{
  LsSubgraph *view = &model->graphs[graph]->view;
  LS_FREE bool *used = calloc ((size_t) view->n_tensors + 1, sizeof *used);
  LS_FREE int32_t *map = malloc (((size_t) view->n_tensors + 1) * sizeof *map);
  LsTensor *tensors = (LsTensor *) view->tensors;
  uint32_t n = 0;

  if (used == NULL || map == NULL)
    return false;
  mark_tensors (model, graph, used);
  for (uint32_t t = 0; t < view->n_tensors; t++)
    {
      map[t] = used[t] ? (int32_t) n : -1;
      if (used[t])
        tensors[n++] = tensors[t];
    }
  if (n == view->n_tensors)
    return true;
  *removed += view->n_tensors - n;
  view->n_tensors = n;
  view->inputs = renumber (model, view->inputs, view->n_inputs, map);
  view->outputs = renumber (model, view->outputs, view->n_outputs, map);
  return view->inputs != NULL && view->outputs != NULL && renumber_ops (model, graph, map)
         && renumber_ports (model, graph, map) && renumber_blocks (model, graph, map);
}

static bool
compact_buffers (LsModel *model, uint32_t *removed)
{
  LS_FREE bool *used = calloc ((size_t) model->n_buffers + 1, sizeof *used);
  LS_FREE uint32_t *map = calloc ((size_t) model->n_buffers + 1, sizeof *map);
  LsMetadata *metadata
    = ls_store_copy (model->store, model->metadata, model->n_metadata * sizeof *metadata);
  uint32_t n = 0;

  if (used == NULL || map == NULL || metadata == NULL)
    return false;
  used[0] = true; /* by the format's habit the empty one */
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t t = 0; t < model->graphs[g]->view.n_tensors; t++)
      used[model->graphs[g]->view.tensors[t].buffer] = true;
  for (uint32_t i = 0; i < model->n_metadata; i++)
    used[metadata[i].buffer] = true;
  for (uint32_t i = 0; i < model->n_buffers; i++)
    if (used[i])
      {
        map[i] = n;
        model->buffers[n++] = model->buffers[i];
      }
  *removed += model->n_buffers - n;
  model->n_buffers = n;
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t t = 0; t < model->graphs[g]->view.n_tensors; t++)
      {
        LsTensor *tensor = ls_model_tensor (model, g, t);

        tensor->buffer = map[tensor->buffer];
      }
  for (uint32_t i = 0; i < model->n_metadata; i++)
    metadata[i].buffer = map[metadata[i].buffer];
  model->metadata = metadata;
  return true;
}

static bool
compact_codes (LsModel *model, uint32_t *removed)
{
  LS_FREE bool *used = calloc ((size_t) model->n_codes + 1, sizeof *used);
  LS_FREE uint32_t *map = calloc ((size_t) model->n_codes + 1, sizeof *map);
  uint32_t n = 0;

  if (used == NULL || map == NULL)
    return false;
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      used[model->graphs[g]->view.ops[i].code_index] = true;
  for (uint32_t i = 0; i < model->n_codes; i++)
    if (used[i])
      {
        map[i] = n;
        model->codes[n++] = model->codes[i];
      }
  *removed += model->n_codes - n;
  model->n_codes = n;
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      {
        LsOperator *op = ls_model_op (model, g, i);

        op->code_index = map[op->code_index];
      }
  return true;
}

bool
ls_model_compact (LsModel *model, uint32_t *n_tensors, uint32_t *n_buffers, uint32_t *n_codes)
{
  uint32_t tensors = 0, buffers = 0, codes = 0;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    if (!compact_tensors (model, g, &tensors))
      return false;
  if (!compact_buffers (model, &buffers) || !compact_codes (model, &codes))
    return false;
  model->locate = NULL; /* records no longer stand where they stood in the file */
  if (n_tensors != NULL)
    *n_tensors = tensors;
  if (n_buffers != NULL)
    *n_buffers = buffers;
  if (n_codes != NULL)
    *n_codes = codes;
  return true;
}
