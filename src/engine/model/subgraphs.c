/* Subgraphs that other subgraphs' operators name: IF, WHILE, CALL_ONCE and their kin. */
#include <stdlib.h>
#include <string.h>

#include "model/edit.h"

/* By the schema: then_subgraph_index, branch_subgraph_indices, called_computations, … */
static bool
names_subgraphs (const LsAttr *attr)
{
  return (attr->kind == LS_ATTR_INT || attr->kind == LS_ATTR_INTS)
         && (strstr (attr->name, "subgraph") != NULL
             || strcmp (attr->name, "called_computations") == 0);
}

static uint32_t
count_of (const LsAttr *attr)
{
  return attr->kind == LS_ATTR_INT ? 1 : attr->count;
}

static int64_t
index_of (const LsAttr *attr, uint32_t i)
{
  return attr->kind == LS_ATTR_INT ? attr->i : attr->ints[i];
}

/* Calls @use for every subgraph that an operator names. */
static void
mark_named (const LsModel *model, const LsOperator *op, bool *named)
{
  for (uint32_t k = 0; k < op->n_attrs; k++)
    for (uint32_t i = 0; names_subgraphs (&op->attrs[k]) && i < count_of (&op->attrs[k]); i++)
      {
        const int64_t index = index_of (&op->attrs[k], i);

        if (index >= 0 && index < model->n_graphs)
          named[index] = true;
      }
}

bool
ls_op_names_subgraph (const LsOperator *op, uint32_t graph)
{
  for (uint32_t k = 0; k < op->n_attrs; k++)
    for (uint32_t i = 0; names_subgraphs (&op->attrs[k]) && i < count_of (&op->attrs[k]); i++)
      if (index_of (&op->attrs[k], i) == (int64_t) graph)
        return true;
  return false;
}

bool *
ls_subgraphs_named (const LsModel *model)
{
  bool *named = calloc ((size_t) model->n_graphs + 1, sizeof *named);

  for (uint32_t g = 0; named != NULL && g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      mark_named (model, &model->graphs[g]->view.ops[i], named);
  return named;
}

/* What is alive: where somebody may enter, and what is named from there on. */
static bool *
find_alive (const LsModel *model, const bool *before)
{
  bool *alive = calloc ((size_t) model->n_graphs + 1, sizeof *alive);
  LS_FREE bool *seen = calloc ((size_t) model->n_graphs + 1, sizeof *seen);
  bool is_new = true;

  if (alive == NULL || seen == NULL)
    {
      free (alive);
      return NULL;
    }
  for (uint32_t g = 0; g < model->n_graphs; g++)
    alive[g] = g == 0 || !before[g];
  for (uint32_t i = 0; i < model->n_signatures; i++)
    alive[model->signatures[i].subgraph] = true;
  while (is_new)
    {
      is_new = false;
      for (uint32_t g = 0; g < model->n_graphs; g++)
        {
          if (!alive[g] || seen[g])
            continue;
          seen[g] = is_new = true;
          for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
            mark_named (model, &model->graphs[g]->view.ops[i], alive);
        }
    }
  return alive;
}

static bool
renumber_attr (LsModel *model, LsOperator *op, uint32_t which, const uint32_t *map)
{
  const LsAttr *attr = &op->attrs[which];
  const char *name = attr->name;
  LS_FREE int64_t *values = malloc (((size_t) count_of (attr) + 1) * sizeof *values);

  if (values == NULL)
    return false;
  for (uint32_t i = 0; i < count_of (attr); i++)
    {
      values[i] = index_of (attr, i);
      if (values[i] >= 0 && values[i] < model->n_graphs)
        values[i] = map[values[i]];
    }
  return attr->kind == LS_ATTR_INT ? ls_op_set_int (model, op, name, values[0])
                                   : ls_op_set_ints (model, op, name, values, attr->count);
}

static bool
renumber_ops (LsModel *model, uint32_t graph, const uint32_t *map)
{
  for (uint32_t i = 0; i < model->graphs[graph]->view.n_ops; i++)
    {
      LsOperator *op = ls_model_op (model, graph, i);

      for (uint32_t k = 0; k < op->n_attrs; k++)
        if (op->attrs[k].is_set && names_subgraphs (&op->attrs[k])
            && !renumber_attr (model, op, k, map))
          return false;
    }
  return true;
}

static bool
renumber (LsModel *model, const uint32_t *map)
{
  LsSignature *signatures
    = ls_store_copy (model->store, model->signatures, model->n_signatures * sizeof *signatures);

  if (signatures == NULL)
    return false;
  for (uint32_t i = 0; i < model->n_signatures; i++)
    signatures[i].subgraph = map[signatures[i].subgraph];
  model->signatures = signatures;
  for (uint32_t g = 0; g < model->n_graphs; g++)
    if (map[g] != UINT32_MAX && !renumber_ops (model, g, map))
      return false;
  return true;
}

static void
drop (LsModel *model, const bool *alive)
{
  uint32_t n = 0;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    if (alive[g])
      model->graphs[n++] = model->graphs[g];
    else
      {
        free ((void *) model->graphs[g]->view.tensors);
        free ((void *) model->graphs[g]->view.ops);
        free (model->graphs[g]);
      }
  model->n_graphs = n;
}

LsStatus
ls_subgraphs_drop_dead (LsModel *model, const bool *before, uint32_t *n_dropped, LsError *error)
{
  LS_FREE bool *alive = find_alive (model, before);
  LS_FREE uint32_t *map = malloc (((size_t) model->n_graphs + 1) * sizeof *map);
  uint32_t n = 0;

  *n_dropped = 0;
  if (alive == NULL || map == NULL)
    return ls_fail_no_memory (error, "subgraphs", model->n_graphs);
  for (uint32_t g = 0; g < model->n_graphs; g++)
    map[g] = alive[g] ? n++ : UINT32_MAX;
  *n_dropped = model->n_graphs - n;
  if (*n_dropped == 0)
    return LS_OK;
  if (!renumber (model, map))
    return ls_fail_no_memory (error, "subgraphs", model->n_graphs);
  drop (model, alive);
  return LS_OK;
}
