/* DEQUANTIZE of a constant (float16 or quantized weights) becomes a float32 constant. */
#include "convert/constants.h"
#include "convert/parts.h"
#include "convert/pass.h"

static bool
is_foldable (const LsModel *model, const LsSubgraph *graph, const LsOperator *op)
{
  return op->kind == LS_OP_DEQUANTIZE && op->n_inputs == 1 && op->n_outputs == 1
         && op->inputs[0] >= 0 && op->outputs[0] >= 0
         && graph->tensors[op->outputs[0]].type == LS_TYPE_FLOAT32
         && ls_tensor_is_constant (model, &graph->tensors[op->inputs[0]]);
}

static LsStatus
fold (LsPassContext *context, uint32_t g, const LsOperator *op, LsError *error)
{
  LsModel *model = context->model;
  uint32_t from = (uint32_t) op->inputs[0], to = (uint32_t) op->outputs[0];
  LsArray real;

  LS_TRY (ls_constant_floats (model, g, from, &real, error));

  LsStatus status = ls_pass_set_float (context, g, to, real.data, ls_array_count (&real), error);
  LsTensor *tensor = ls_model_tensor (model, g, to);

  /* The shape of the constant is the truth; that of an output is what a writer inferred. */
  tensor->rank = ls_model_tensor (model, g, from)->rank;
  tensor->dims = ls_model_tensor (model, g, from)->dims;
  tensor->signature_rank = -1;
  ls_array_clear (&real);
  return status;
}

static LsStatus
fold_dequantize_run (LsPassContext *context, LsError *error)
{
  LsModel *model = context->model;
  uint32_t n = 0;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    {
      const LsSubgraph *graph = &model->graphs[g]->view;
      LS_FREE bool *dead = calloc ((size_t) graph->n_ops + 1, sizeof *dead);

      if (dead == NULL)
        return ls_fail_no_memory (error, "fold-dequantize", graph->n_ops);
      for (uint32_t i = 0; i < graph->n_ops; i++)
        if (is_foldable (model, graph, &graph->ops[i]))
          {
            LS_TRY (fold (context, g, &graph->ops[i], error));
            dead[i] = true;
            n++;
          }
      ls_model_remove_ops (model, g, dead);
    }
  if (n == 0)
    return LS_OK;
  return ls_pass_report (context, "fold-dequantize", n, error, "%u %s", n,
                         ls_words (n, "DEQUANTIZE of a constant became a float32 weight",
                                   "DEQUANTIZE of constants became float32 weights"));
}

const LsPass ls_pass_fold_dequantize = { "fold-dequantize", fold_dequantize_run };
