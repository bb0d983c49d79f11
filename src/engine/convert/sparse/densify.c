/* Sparse constants become dense ones, and DENSIFY goes. */
#include "convert/pass.h"

#include "convert/parts.h"

/* Makes one sparse constant dense in its own type. */
static LsStatus
densify_tensor (LsPassContext *context, uint32_t g, uint32_t t, uint64_t *saved, LsError *error)
{
  LsModel *model = context->model;
  LsTensor *tensor = ls_model_tensor (model, g, t);
  uint64_t before = ls_tensor_data (model, tensor).size;
  LsArray dense;

  LS_TRY (ls_tensor_decode (model, g, t, LS_DECODE_DENSE, &dense, error));

  bool is_set = ls_tensor_set_data (model, tensor, dense.data, dense.n_bytes);

  *saved += dense.n_bytes - (dense.n_bytes < before ? dense.n_bytes : before);
  ls_array_clear (&dense);
  tensor->sparsity = NULL;
  return is_set ? LS_OK : ls_fail_no_memory (error, tensor->name, dense.n_bytes);
}

/* DENSIFY of what is dense by now is its input. Gives how many went, or -1: out of memory. */
static int64_t
remove_densify (LsModel *model, uint32_t g)
{
  const LsSubgraph *graph = &model->graphs[g]->view;
  LS_FREE bool *dead = calloc ((size_t) graph->n_ops + 1, sizeof *dead);
  LS_FREE int32_t *becomes = ls_model_same_tensors (model, g);
  int64_t n = 0;

  if (dead == NULL || becomes == NULL)
    return -1;
  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];

      if (op->kind != LS_OP_DENSIFY || op->n_inputs != 1 || op->n_outputs != 1 || op->inputs[0] < 0
          || op->outputs[0] < 0
          || !ls_tensor_is_constant (model, &graph->tensors[becomes[op->inputs[0]]]))
        continue;
      becomes[op->outputs[0]] = becomes[op->inputs[0]];
      dead[i] = true;
      n++;
    }
  if (!ls_model_replace_uses (model, g, becomes))
    return -1;
  ls_model_remove_ops (model, g, dead);
  return n;
}

static LsStatus
densify_run (LsPassContext *context, LsError *error)
{
  LsModel *model = context->model;
  uint32_t n_tensors = 0, n_ops = 0;
  uint64_t grown = 0;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    {
      for (uint32_t t = 0; t < model->graphs[g]->view.n_tensors; t++)
        {
          const LsTensor *tensor = &model->graphs[g]->view.tensors[t];

          if (tensor->sparsity == NULL || !ls_tensor_is_constant (model, tensor))
            continue;
          LS_TRY (densify_tensor (context, g, t, &grown, error));
          n_tensors++;
        }

      int64_t n = remove_densify (model, g);

      if (n < 0)
        return ls_fail_no_memory (error, "densify", 0);
      n_ops += (uint32_t) n;
    }
  if (n_tensors + n_ops == 0)
    return LS_OK;

  LsParts parts = { "" };

  ls_parts_add (&parts, n_tensors, "sparse tensor was made dense",
                "sparse tensors were made dense");
  ls_parts_add (&parts, n_ops, "DENSIFY operator was taken out",
                "DENSIFY operators were taken out");
  return ls_pass_report (context, "densify", n_tensors + n_ops, error, "%s; %.1f kB more",
                         parts.text, (double) grown / 1e3);
}

const LsPass ls_pass_densify = { "densify", densify_run };
