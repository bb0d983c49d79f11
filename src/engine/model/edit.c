/* Changes to a model's records. What a record points at is made anew, never written to. */
#include "model/model.h"

#include <string.h>

#include "base/size.h"
#include "model/history.h"

LsGraph *
ls_model_graph (LsModel *model, uint32_t graph)
{
  return model->graphs[graph];
}

LsTensor *
ls_model_tensor (LsModel *model, uint32_t graph, uint32_t tensor)
{
  return (LsTensor *) &model->graphs[graph]->view.tensors[tensor];
}

LsOperator *
ls_model_op (LsModel *model, uint32_t graph, uint32_t op)
{
  return (LsOperator *) &model->graphs[graph]->view.ops[op];
}

bool
ls_op_set_input (LsModel *model, LsOperator *op, uint32_t slot, int32_t tensor)
{
  int32_t *inputs = ls_store_copy (model->store, op->inputs, op->n_inputs * sizeof *inputs);

  if (inputs == NULL)
    return false;
  inputs[slot] = tensor;
  op->inputs = inputs;
  return true;
}

/* Gives @list with every tensor replaced; the list itself when none is; NULL: out of memory. */
static const int32_t *
replace_in (LsModel *model, const int32_t *list, uint32_t count, const int32_t *becomes)
{
  int32_t *copy = NULL;

  for (uint32_t i = 0; i < count; i++)
    {
      if (list[i] < 0 || becomes[list[i]] == list[i])
        continue;
      if (copy == NULL && (copy = ls_store_copy (model->store, list, count * sizeof *list)) == NULL)
        return NULL;
      copy[i] = becomes[list[i]];
    }
  return copy != NULL ? copy : list;
}

static bool
replace_in_signatures (LsModel *model, uint32_t graph, const int32_t *becomes)
{
  LsSignature *signatures
    = ls_store_copy (model->store, model->signatures, model->n_signatures * sizeof *signatures);

  if (signatures == NULL)
    return false;
  for (uint32_t i = 0; i < model->n_signatures; i++)
    {
      LsSignature *s = &signatures[i];

      if (s->subgraph != graph)
        continue;

      LsSignaturePort *outputs
        = ls_store_copy (model->store, s->outputs, s->n_outputs * sizeof *outputs);

      if (outputs == NULL)
        return false;
      for (uint32_t k = 0; k < s->n_outputs; k++)
        outputs[k].tensor = (uint32_t) becomes[outputs[k].tensor];
      s->outputs = outputs;
    }
  model->signatures = signatures;
  return true;
}

bool
ls_model_replace_inputs (LsModel *model, uint32_t graph, const int32_t *becomes)
{
  for (uint32_t i = 0; i < model->graphs[graph]->view.n_ops; i++)
    {
      LsOperator *op = ls_model_op (model, graph, i);
      const int32_t *inputs = replace_in (model, op->inputs, op->n_inputs, becomes);

      if (inputs == NULL)
        return false;
      op->inputs = inputs;
    }
  return true;
}

bool
ls_model_replace_uses (LsModel *model, uint32_t graph, const int32_t *becomes)
{
  LsSubgraph *view = &model->graphs[graph]->view;

  if (!ls_model_replace_inputs (model, graph, becomes))
    return false;

  const int32_t *outputs = replace_in (model, view->outputs, view->n_outputs, becomes);

  if (outputs == NULL)
    return false;
  if (outputs == view->outputs)
    return true;
  view->outputs = outputs;
  return replace_in_signatures (model, graph, becomes);
}

int32_t *
ls_model_same_tensors (const LsModel *model, uint32_t graph)
{
  const uint32_t count = model->graphs[graph]->view.n_tensors;
  int32_t *becomes = malloc (((size_t) count + 1) * sizeof *becomes);

  for (uint32_t t = 0; becomes != NULL && t < count; t++)
    becomes[t] = (int32_t) t;
  return becomes;
}

void
ls_model_remove_ops (LsModel *model, uint32_t graph, const bool *dead)
{
  LsSubgraph *view = &model->graphs[graph]->view;
  LsOperator *ops = (LsOperator *) view->ops;
  uint32_t n = 0;

  for (uint32_t i = 0; i < view->n_ops; i++)
    if (!dead[i])
      ops[n++] = ops[i];
  view->n_ops = n;
}

static bool
set_attr (LsModel *model, LsOperator *op, const LsAttr *value)
{
  LsAttr *attrs = ls_model_alloc (model, (size_t) op->n_attrs + 1, sizeof *attrs);
  uint32_t at = 0;

  if (attrs == NULL)
    return false;
  if (op->n_attrs > 0)
    memcpy (attrs, op->attrs, op->n_attrs * sizeof *attrs);
  while (at < op->n_attrs && strcmp (attrs[at].name, value->name) != 0)
    at++;

  LsAttr *attr = &attrs[at];

  if (at == op->n_attrs)
    {
      *attr = *value;
      attr->name = ls_model_strdup (model, value->name);
      op->n_attrs++;
    }
  else
    { /* what the schema says of the field stays */
      attr->i = value->i;
      attr->f = value->f;
      attr->count = value->count;
      attr->ints = value->ints;
      attr->text = NULL; /* of an enum: the writer and ls_op_attr_text() know the number alone */
    }
  attr->is_set = true;
  op->attrs = attrs;
  return attr->name != NULL;
}

bool
ls_op_set_int (LsModel *model, LsOperator *op, const char *name, int64_t value)
{
  return set_attr (model, op, &(LsAttr){ .name = name, .kind = LS_ATTR_INT, .i = value });
}

bool
ls_op_set_float (LsModel *model, LsOperator *op, const char *name, double value)
{
  return set_attr (model, op, &(LsAttr){ .name = name, .kind = LS_ATTR_FLOAT, .f = value });
}

bool
ls_op_set_ints (LsModel *model, LsOperator *op, const char *name, const int64_t *values,
                uint32_t count)
{
  const int64_t *copy = ls_store_copy (model->store, values, count * sizeof *values);

  return copy != NULL
         && set_attr (
           model, op,
           &(LsAttr){ .name = name, .kind = LS_ATTR_INTS, .count = count, .ints = copy });
}

bool
ls_tensor_set_data (LsModel *model, LsTensor *tensor, const void *data, uint64_t size)
{
  void *copy = ls_store_copy (model->store, data, size);
  int buffer = copy != NULL ? ls_model_add_buffer (model, copy, size) : -1;

  if (buffer < 0)
    return false;
  tensor->buffer = (uint32_t) buffer;
  tensor->external_buffer = 0;
  return true;
}

LsStatus
ls_edit_rename_tensor (LsModel *model, uint32_t subgraph, uint32_t tensor, const char *name,
                       LsError *error)
{
  if (subgraph >= model->n_graphs || tensor >= model->graphs[subgraph]->view.n_tensors)
    return ls_fail (error, LS_E_USAGE, -1, "there is no tensor %u in subgraph %u", tensor,
                    subgraph);

  const char *copy = ls_model_strdup (model, name);

  if (copy == NULL || !ls_history_begin (model))
    return ls_fail_no_memory (error, "a name", strlen (name));
  ls_model_tensor (model, subgraph, tensor)->name = copy;
  return LS_OK;
}

LsStatus
ls_edit_set_description (LsModel *model, const char *text, LsError *error)
{
  const char *copy = ls_model_strdup (model, text);

  if (copy == NULL || !ls_history_begin (model))
    return ls_fail_no_memory (error, "a description", strlen (text));
  model->description = copy;
  return LS_OK;
}

/* ---- Uses -------------------------------------------------------------------------------------
 */

bool
ls_uses_init (LsUses *uses, const LsSubgraph *subgraph)
{
  size_t n = subgraph->n_tensors, n_reads = 0;

  for (uint32_t i = 0; i < subgraph->n_ops; i++)
    n_reads += subgraph->ops[i].n_inputs;
  uses->producer = malloc ((n + 1) * sizeof *uses->producer);
  uses->first = calloc (n + 2, sizeof *uses->first);
  uses->consumers = malloc ((n_reads + 1) * sizeof *uses->consumers);
  uses->is_graph_input = calloc (n + 1, sizeof *uses->is_graph_input);
  uses->is_graph_output = calloc (n + 1, sizeof *uses->is_graph_output);
  if (uses->producer == NULL || uses->first == NULL || uses->consumers == NULL
      || uses->is_graph_input == NULL || uses->is_graph_output == NULL)
    {
      ls_uses_clear (uses);
      return false;
    }

  memset (uses->producer, 0xff, (n + 1) * sizeof *uses->producer);
  for (uint32_t i = 0; i < subgraph->n_ops; i++)
    {
      const LsOperator *op = &subgraph->ops[i];

      for (uint32_t k = 0; k < op->n_outputs; k++)
        if (op->outputs[k] >= 0)
          uses->producer[op->outputs[k]] = (int32_t) i;
      for (uint32_t k = 0; k < op->n_inputs; k++)
        if (op->inputs[k] >= 0)
          uses->first[op->inputs[k] + 2]++;
    }
  for (size_t t = 2; t <= n; t++)
    uses->first[t] += uses->first[t - 1];
  /* first[t + 1] is where t's list goes on growing; at the end it is where t + 1's begins */
  for (uint32_t i = 0; i < subgraph->n_ops; i++)
    for (uint32_t k = 0; k < subgraph->ops[i].n_inputs; k++)
      if (subgraph->ops[i].inputs[k] >= 0)
        uses->consumers[uses->first[subgraph->ops[i].inputs[k] + 1]++] = i;
  for (uint32_t k = 0; k < subgraph->n_inputs; k++)
    if (subgraph->inputs[k] >= 0)
      uses->is_graph_input[subgraph->inputs[k]] = true;
  for (uint32_t k = 0; k < subgraph->n_outputs; k++)
    if (subgraph->outputs[k] >= 0)
      uses->is_graph_output[subgraph->outputs[k]] = true;
  return true;
}

void
ls_uses_clear (LsUses *uses)
{
  free (uses->producer);
  free (uses->first);
  free (uses->consumers);
  free (uses->is_graph_input);
  free (uses->is_graph_output);
  *uses = (LsUses){ 0 };
}
