/*
 * RELU and its like go into the operator before them: one rounding less, and the integers span what
 * is left of the values.
 */
#include "convert/pass.h"

#include "convert/edges.h"
#include "convert/parts.h"

/* By kind: the number of the schema's ActivationFunctionType. */
static const struct
{
  int kind, activation;
} activations[] = {
  { LS_OP_RELU, 1 },
  { LS_OP_RELU_N1_TO_1, 2 },
  { LS_OP_RELU6, 3 },
};

static int
activation_of (const LsOperator *op)
{
  for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
    if (activations[i].kind == op->kind)
      return activations[i].activation;
  return 0;
}

/* Operators whose kernels clamp their results, for floats and for integers. */
static bool
can_clamp (int kind)
{
  static const int kinds[] = { LS_OP_ADD,
                               LS_OP_SUB,
                               LS_OP_MUL,
                               LS_OP_DIV,
                               LS_OP_CONV_2D,
                               LS_OP_DEPTHWISE_CONV_2D,
                               LS_OP_FULLY_CONNECTED,
                               LS_OP_TRANSPOSE_CONV,
                               LS_OP_AVERAGE_POOL_2D,
                               LS_OP_MAX_POOL_2D };

  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (kinds[i] == kind)
      return true;
  return false;
}

/* The operator before, when it may take the activation in; else -1. */
static int32_t
host_of (const LsSubgraph *graph, const LsUses *uses, const LsOperator *op)
{
  int32_t in = op->n_inputs == 1 ? op->inputs[0] : -1;
  int32_t producer = in >= 0 ? uses->producer[in] : -1;

  if (producer < 0 || uses->is_graph_output[in] || uses->first[in + 1] - uses->first[in] != 1
      || graph->tensors[in].type != LS_TYPE_FLOAT32)
    return -1;

  const LsOperator *host = &graph->ops[producer];

  return can_clamp (host->kind) && host->n_outputs == 1
             && ls_op_attr (host, "fused_activation_function") != NULL
             && ls_attr_int (host, "fused_activation_function", 0) == 0
           ? producer
           : -1;
}

static LsStatus
fuse_graph (LsModel *model, uint32_t g, const LsUses *uses, bool *dead, uint32_t *n, LsError *error)
{
  const LsSubgraph *graph = &model->graphs[g]->view;

  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      int activation = activation_of (&graph->ops[i]);
      int32_t host = activation != 0 ? host_of (graph, uses, &graph->ops[i]) : -1;

      if (host < 0)
        continue;

      LsOperator *op = ls_model_op (model, g, (uint32_t) host);

      if (!ls_op_set_output (model, op, 0, graph->ops[i].outputs[0])
          || !ls_op_set_int (model, op, "fused_activation_function", activation))
        return ls_fail_no_memory (error, "an activation", 0);
      dead[i] = true;
      ++*n;
    }
  ls_model_remove_ops (model, g, dead);
  return LS_OK;
}

static LsStatus
fuse_activation_run (LsPassContext *context, LsError *error)
{
  LsModel *model = context->model;
  uint32_t n = 0;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    {
      LsUses uses;
      LS_FREE bool *dead = calloc ((size_t) model->graphs[g]->view.n_ops + 1, sizeof *dead);

      if (dead == NULL || !ls_uses_init (&uses, &model->graphs[g]->view))
        return ls_fail_no_memory (error, "fuse-activation", 0);

      LsStatus status = fuse_graph (model, g, &uses, dead, &n, error);

      ls_uses_clear (&uses);
      LS_TRY (status);
    }
  if (n == 0)
    return LS_OK;
  return ls_pass_report (context, "fuse-activation", n, error, "%u %s", n,
                         ls_words (n, "activation went into the operator before it",
                                   "activations went into the operators before them"));
}

const LsPass ls_pass_fuse_activation = { "fuse-activation", fuse_activation_run };
