/* Multiply-adds of one operator, from the shapes that the file states. */
#include "model/model.h"

#include "base/size.h"

static const LsTensor *
tensor_at (const LsSubgraph *subgraph, const int32_t *indices, uint32_t count, uint32_t index)
{
  if (index >= count || indices[index] < 0 || (uint32_t) indices[index] >= subgraph->n_tensors)
    return NULL;
  return &subgraph->tensors[indices[index]];
}

static const LsTensor *
input (const LsSubgraph *subgraph, const LsOperator *op, uint32_t index)
{
  return tensor_at (subgraph, op->inputs, op->n_inputs, index);
}

/* Saturates; an open dimension (0 or less) counts as one. */
static uint64_t
product (uint64_t start, const LsTensor *tensor, int32_t begin, int32_t end)
{
  for (int32_t i = begin; tensor != NULL && i < end && i < tensor->rank; i++)
    if (tensor->dims[i] > 1 && __builtin_mul_overflow (start, (uint64_t) tensor->dims[i], &start))
      return UINT64_MAX;
  return tensor != NULL ? start : 0;
}

static uint64_t
times (uint64_t a, uint64_t b)
{
  uint64_t c;

  return __builtin_mul_overflow (a, b, &c) ? UINT64_MAX : c;
}

static int32_t
dim (const LsTensor *tensor, int32_t from_end)
{
  if (tensor == NULL || tensor->rank < from_end)
    return 1;
  return tensor->dims[tensor->rank - from_end] > 1 ? tensor->dims[tensor->rank - from_end] : 1;
}

/* Every output element sums over the weights of one output channel, which stand first. */
static uint64_t
macs_of_conv (const LsSubgraph *subgraph, const LsOperator *op)
{
  const LsTensor *output = tensor_at (subgraph, op->outputs, op->n_outputs, 0);
  const LsTensor *weights = input (subgraph, op, 1);

  return product (product (1, weights, 1, INT32_MAX), output, 0, INT32_MAX);
}

/* Weights are 1 × height × width × channels: one product for each place of the window. */
static uint64_t
macs_of_depthwise (const LsSubgraph *subgraph, const LsOperator *op)
{
  const LsTensor *output = tensor_at (subgraph, op->outputs, op->n_outputs, 0);
  const LsTensor *weights = input (subgraph, op, 1);

  return product (product (1, weights, 1, 3), output, 0, INT32_MAX);
}

/* Weights are depth × height × width × in × out. */
static uint64_t
macs_of_conv_3d (const LsSubgraph *subgraph, const LsOperator *op)
{
  const LsTensor *output = tensor_at (subgraph, op->outputs, op->n_outputs, 0);
  const LsTensor *weights = input (subgraph, op, 1);

  return product (product (1, weights, 0, 4), output, 0, INT32_MAX);
}

/* Every input element goes to each place of the window of each output channel. */
static uint64_t
macs_of_transpose_conv (const LsSubgraph *subgraph, const LsOperator *op)
{
  const LsTensor *weights = input (subgraph, op, 1);

  return product (product (1, weights, 0, 3), input (subgraph, op, 2), 0, INT32_MAX);
}

static uint64_t
macs_of_transpose_conv_3d (const LsSubgraph *subgraph, const LsOperator *op)
{
  const LsTensor *weights = input (subgraph, op, 1);

  return product (product (1, weights, 0, 4), input (subgraph, op, 2), 0, INT32_MAX);
}

static uint64_t
macs_of_fully_connected (const LsSubgraph *subgraph, const LsOperator *op)
{
  const LsTensor *in = input (subgraph, op, 0);
  const LsTensor *weights = input (subgraph, op, 1);
  uint64_t elements = product (1, in, 0, INT32_MAX);

  return times (elements / (uint64_t) dim (weights, 1) > 0 ? elements : (uint64_t) dim (weights, 1),
                (uint64_t) dim (weights, 2));
}

static uint64_t
macs_of_batch_matmul (const LsSubgraph *subgraph, const LsOperator *op)
{
  const LsTensor *output = tensor_at (subgraph, op->outputs, op->n_outputs, 0);
  const LsTensor *a = input (subgraph, op, 0);
  int32_t depth = dim (a, ls_attr_int (op, "adj_x", 0) ? 2 : 1);

  return times (product (1, output, 0, INT32_MAX), (uint64_t) depth);
}

/* Recurrent cells: each step multiplies all weight matrices (operands of rank 2 that are not the
 * input) once for each row of the batch. */
static uint64_t
macs_of_recurrent (const LsSubgraph *subgraph, const LsOperator *op)
{
  const LsTensor *in = input (subgraph, op, 0);
  uint64_t rows = product (1, in, 0, in != NULL ? in->rank - 1 : 0), weights = 0;

  for (uint32_t i = 1; i < op->n_inputs; i++)
    {
      const LsTensor *w = input (subgraph, op, i);
      uint64_t count = w != NULL && w->rank == 2 && !w->is_variable ? product (1, w, 0, 2) : 0;

      weights = __builtin_add_overflow (weights, count, &weights) ? UINT64_MAX : weights;
    }
  return times (rows, weights);
}

static const struct
{
  int kind;
  uint64_t (*macs) (const LsSubgraph *subgraph, const LsOperator *op);
} rules[] = {
  { LS_OP_CONV_2D, macs_of_conv },
  { LS_OP_DEPTHWISE_CONV_2D, macs_of_depthwise },
  { LS_OP_FULLY_CONNECTED, macs_of_fully_connected },
  { LS_OP_TRANSPOSE_CONV, macs_of_transpose_conv },
  { LS_OP_CONV_3D, macs_of_conv_3d },
  { LS_OP_CONV_3D_TRANSPOSE, macs_of_transpose_conv_3d },
  { LS_OP_BATCH_MATMUL, macs_of_batch_matmul },
  { LS_OP_LSTM, macs_of_recurrent },
  { LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM, macs_of_recurrent },
  { LS_OP_BIDIRECTIONAL_SEQUENCE_LSTM, macs_of_recurrent },
  { LS_OP_RNN, macs_of_recurrent },
  { LS_OP_UNIDIRECTIONAL_SEQUENCE_RNN, macs_of_recurrent },
  { LS_OP_BIDIRECTIONAL_SEQUENCE_RNN, macs_of_recurrent },
  { LS_OP_SVDF, macs_of_recurrent },
};

uint64_t
ls_op_macs (const LsSubgraph *subgraph, const LsOperator *op)
{
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
    if (rules[i].kind == op->kind)
      return rules[i].macs (subgraph, op);
  return 0;
}
