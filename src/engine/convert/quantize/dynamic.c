/*
 * Dynamic range: weights become int8, activations stay float32 and are quantized by the kernels as
 * they run. Only where LiteRT has such a (hybrid) kernel, and only for weights of a size at which
 * it pays (1,024 elements, as TFLiteConverter has it).
 */
#include "convert/pass.h"

#include "convert/constants.h"

enum
{
  LEAST_COUNT = 1024,
  NO_AXIS = -1
};

/* Operators with a hybrid kernel: which operands are weights, and the dimension of their channels.
 * Sources: conv.cc, depthwise_conv.cc, fully_connected.cc, transpose_conv.cc, batch_matmul.cc,
 * embedding_lookup.cc, svdf.cc, lstm.cc and its relatives, basic_rnn.cc. */
static const struct
{
  int kind;
  uint64_t slots;
  int32_t axis;
} hybrids[] = {
  { LS_OP_CONV_2D, 1u << 1, 0 },
  { LS_OP_DEPTHWISE_CONV_2D, 1u << 1, 3 },
  { LS_OP_FULLY_CONNECTED, 1u << 1, 0 },
  { LS_OP_TRANSPOSE_CONV, 1u << 1, 0 },
  { LS_OP_BATCH_MATMUL, 1u << 1, NO_AXIS },
  { LS_OP_EMBEDDING_LOOKUP, 1u << 1, 0 },
  { LS_OP_SVDF, 1u << 1, NO_AXIS },
  { LS_OP_RNN, 3u << 1, NO_AXIS },
  { LS_OP_UNIDIRECTIONAL_SEQUENCE_RNN, 3u << 1, NO_AXIS },
  /* weights of inputs, states, peepholes, and the projection's */
  { LS_OP_LSTM, 0x7ffu << 1 | 1u << 16, NO_AXIS },
  { LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM, 0x7ffu << 1 | 1u << 16, NO_AXIS },
};

typedef struct
{
  LsPassContext *context;
  uint32_t graph, n_weights, n_ops;
  int32_t *axis_of; /* by tensor: the axis it was quantized along; -2: not */
} Work;

static bool
is_float_constant (const LsModel *model, const LsSubgraph *graph, int32_t t)
{
  return t >= 0 && graph->tensors[t].type == LS_TYPE_FLOAT32 && !graph->tensors[t].is_variable
         && ls_tensor_is_constant (model, &graph->tensors[t]);
}

/* Whether every reader of the tensor is a hybrid operator that takes it in the same way. */
static bool
is_read_alike (const LsSubgraph *graph, int32_t t, int kind, uint64_t slots)
{
  for (uint32_t i = 0; i < graph->n_ops; i++)
    for (uint32_t k = 0; k < graph->ops[i].n_inputs; k++)
      if (graph->ops[i].inputs[k] == t
          && (graph->ops[i].kind != kind || k >= 64 || (slots >> k & 1) == 0))
        return false;
  return true;
}

/* All weights of the operator are constants that may become integers; counts the elements of the
 * largest. */
static bool
may_be_hybrid (const LsModel *model, const LsSubgraph *graph, const LsOperator *op, uint64_t slots,
               uint64_t *count)
{
  *count = 0;
  if (op->n_inputs < 2
      || (op->inputs[0] >= 0 && graph->tensors[op->inputs[0]].type != LS_TYPE_FLOAT32
          && op->kind != LS_OP_TRANSPOSE_CONV && op->kind != LS_OP_EMBEDDING_LOOKUP))
    return false;
  for (uint32_t k = 0; k < op->n_inputs && k < 64; k++)
    {
      int32_t t = op->inputs[k];

      if ((slots >> k & 1) == 0 || t < 0)
        continue;
      if (!is_float_constant (model, graph, t) || !is_read_alike (graph, t, op->kind, slots))
        return false;

      uint64_t elements = ls_tensor_data (model, &graph->tensors[t]).size / sizeof (float);

      *count = elements > *count ? elements : *count;
    }
  return *count > 0;
}

static LsStatus
quantize_weights (Work *work, uint32_t t, int32_t axis, LsError *error)
{
  LsModel *model = work->context->model;
  LsConstant constant;

  if (work->axis_of[t] != -2)
    return LS_OK; /* shared weights */
  if (work->context->options->granularity == LS_GRANULARITY_PER_TENSOR)
    axis = NO_AXIS;
  LS_TRY (ls_constant_read (model, work->graph, t, axis, &constant, error));

  LS_FREE float *scales = malloc (constant.n_channels * sizeof *scales);
  LsStatus status
    = scales == NULL ? ls_fail_no_memory (error, "scales", constant.n_channels) : LS_OK;

  if (status == LS_OK)
    {
      status = ls_constant_fit_scales (&constant, scales, error);
    }
  if (status == LS_OK)
    {
      status
        = ls_constant_store (model, work->graph, t, &constant, LS_TYPE_INT8, scales, NULL, error);
    }
  ls_constant_clear (&constant);
  work->axis_of[t] = axis;
  work->n_weights++;
  return status;
}

static LsStatus
make_hybrid (Work *work, uint32_t index, uint64_t slots, int32_t axis, LsError *error)
{
  LsModel *model = work->context->model;
  LsOperator *op = ls_model_op (model, work->graph, index);

  for (uint32_t k = 0; k < op->n_inputs && k < 64; k++)
    if ((slots >> k & 1) != 0 && op->inputs[k] >= 0)
      LS_TRY (quantize_weights (work, (uint32_t) op->inputs[k], axis, error));
  work->n_ops++;
  /* The kernels span each row from its least to its greatest value: one bit more after RELU. */
  if (ls_op_attr (op, "asymmetric_quantize_inputs") != NULL
      && !ls_op_set_int (model, op, "asymmetric_quantize_inputs", 1))
    return ls_fail_no_memory (error, "an option", 0);
  return LS_OK;
}

static LsStatus
quantize_graph (Work *work, uint64_t least, LsError *error)
{
  LsModel *model = work->context->model;
  const LsSubgraph *graph = &model->graphs[work->graph]->view;
  LS_FREE int32_t *axis_of = malloc (((size_t) graph->n_tensors + 1) * sizeof *axis_of);

  if (axis_of == NULL)
    return ls_fail_no_memory (error, "dynamic", graph->n_tensors);
  for (uint32_t t = 0; t < graph->n_tensors; t++)
    axis_of[t] = -2;
  work->axis_of = axis_of;
  for (uint32_t i = 0; i < graph->n_ops; i++)
    for (size_t h = 0; h < sizeof hybrids / sizeof *hybrids; h++)
      {
        uint64_t count;

        if (graph->ops[i].kind != hybrids[h].kind
            || ls_pass_keeps_float (work->context, work->graph, i)
            || !may_be_hybrid (model, graph, &graph->ops[i], hybrids[h].slots, &count)
            || count < least)
          continue;
        LS_TRY (make_hybrid (work, i, hybrids[h].slots, hybrids[h].axis, error));
      }
  return LS_OK;
}

static LsStatus
dynamic_run (LsPassContext *context, LsError *error)
{
  Work work = { .context = context };

  /* A model of small weights alone gets what it asked for all the same. */
  for (uint64_t least = LEAST_COUNT; work.n_ops == 0; least = 0)
    {
      for (work.graph = 0; work.graph < context->model->n_graphs; work.graph++)
        LS_TRY (quantize_graph (&work, least, error));
      if (least == 0)
        break;
    }
  if (work.n_ops == 0)
    LS_TRY (ls_pass_note (context, error,
                          "nothing became int8: no operator has constant weights and a kernel "
                          "for float activations with integer weights"));
  return ls_pass_report (context, "dynamic", work.n_weights, error,
                         "%u weights of %u operators became int8; activations stay float32",
                         work.n_weights, work.n_ops);
}

const LsPass ls_pass_dynamic = { "dynamic", dynamic_run };
