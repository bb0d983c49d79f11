#include "convert/quantized.h"

#include <math.h>
#include <string.h>

bool
ls_tensor_is_quantized (const LsTensor *tensor)
{
  const LsQuantization *quant = tensor->quant;

  if (quant == NULL || !ls_type_is_integer (tensor->type))
    return false;
  if (quant->details == LS_QUANT_DETAILS_BLOCKWISE)
    return true;
  if (quant->n_scales == 0)
    return false;
  for (uint32_t i = 0; i < quant->n_scales; i++)
    if (!(quant->scales[i] > 0.0f) || !isfinite (quant->scales[i]))
      return false;
  return true;
}

/* Bit k: operand k is an index. Sources: the inputs as tflite/kernels/ reads them. */
static const struct
{
  int kind;
  unsigned slots;
} index_operands[] = {
  { LS_OP_RESHAPE, 1u << 1 },
  { LS_OP_TRANSPOSE, 1u << 1 },
  { LS_OP_PAD, 1u << 1 },
  { LS_OP_PADV2, 1u << 1 },
  { LS_OP_MIRROR_PAD, 1u << 1 },
  { LS_OP_SLICE, 3u << 1 },
  { LS_OP_STRIDED_SLICE, 7u << 1 },
  { LS_OP_GATHER, 1u << 1 },
  { LS_OP_GATHER_ND, 1u << 1 },
  { LS_OP_SCATTER_ND, 1u << 0 | 1u << 2 },
  { LS_OP_MEAN, 1u << 1 },
  { LS_OP_SUM, 1u << 1 },
  { LS_OP_REDUCE_MAX, 1u << 1 },
  { LS_OP_REDUCE_MIN, 1u << 1 },
  { LS_OP_REDUCE_PROD, 1u << 1 },
  { LS_OP_REDUCE_ANY, 1u << 1 },
  { LS_OP_REDUCE_ALL, 1u << 1 },
  { LS_OP_ARG_MAX, 1u << 1 },
  { LS_OP_ARG_MIN, 1u << 1 },
  { LS_OP_SPLIT, 1u << 0 },
  { LS_OP_SPLIT_V, 3u << 1 },
  { LS_OP_TILE, 1u << 1 },
  { LS_OP_EXPAND_DIMS, 1u << 1 },
  { LS_OP_FILL, 1u << 0 },
  { LS_OP_BROADCAST_TO, 1u << 1 },
  { LS_OP_RESIZE_BILINEAR, 1u << 1 },
  { LS_OP_RESIZE_NEAREST_NEIGHBOR, 1u << 1 },
  { LS_OP_TRANSPOSE_CONV, 1u << 0 },
  { LS_OP_CONV_3D_TRANSPOSE, 1u << 0 },
  { LS_OP_TOPK_V2, 1u << 1 },
  { LS_OP_ONE_HOT, 3u << 0 },
  { LS_OP_REVERSE_V2, 1u << 1 },
  { LS_OP_REVERSE_SEQUENCE, 1u << 1 },
  { LS_OP_CUMSUM, 1u << 1 },
  { LS_OP_EMBEDDING_LOOKUP, 1u << 0 },
  { LS_OP_EMBEDDING_LOOKUP_SPARSE, 7u << 0 },
  { LS_OP_BATCH_TO_SPACE_ND, 3u << 1 },
  { LS_OP_SPACE_TO_BATCH_ND, 3u << 1 },
  { LS_OP_SEGMENT_SUM, 1u << 1 },
  { LS_OP_UNSORTED_SEGMENT_SUM, 3u << 1 },
  { LS_OP_UNSORTED_SEGMENT_MAX, 3u << 1 },
  { LS_OP_UNSORTED_SEGMENT_MIN, 3u << 1 },
  { LS_OP_UNSORTED_SEGMENT_PROD, 3u << 1 },
  { LS_OP_DYNAMIC_UPDATE_SLICE, 1u << 2 },
  { LS_OP_SPARSE_TO_DENSE, 3u << 0 },
  { LS_OP_SELECT, 1u << 0 },
  { LS_OP_SELECT_V2, 1u << 0 },
  { LS_OP_NON_MAX_SUPPRESSION_V4, 1u << 2 },
  { LS_OP_NON_MAX_SUPPRESSION_V5, 1u << 2 },
};

bool
ls_operand_is_index (const LsOperator *op, uint32_t slot)
{
  for (size_t i = 0; i < sizeof index_operands / sizeof *index_operands; i++)
    if (index_operands[i].kind == op->kind)
      return slot < 32 && (index_operands[i].slots >> slot & 1) != 0;
  return false;
}

static const int integer_readers[] = {
  LS_OP_CAST,           LS_OP_BITCAST,           LS_OP_BITWISE_XOR,
  LS_OP_RIGHT_SHIFT,    LS_OP_DELEGATE,          LS_OP_STABLEHLO_AND,
  LS_OP_STABLEHLO_OR,   LS_OP_STABLEHLO_CONVERT, LS_OP_STABLEHLO_SHIFT_LEFT,
  LS_OP_HASHTABLE_FIND, LS_OP_HASHTABLE_IMPORT,  LS_OP_STABLEHLO_CUSTOM_CALL,
};

/* Custom operators that take float where they take integers, or float alone. */
static const char *const float_customs[] = {
  "TFLite_Detection_PostProcess", "Convolution2DTransposeBias",
  "MaxPoolingWithArgmax2D",       "MaxUnpooling2D",
  "TransformTensorBilinear",      "TransformLandmarks",
  "Landmarks2TransformMatrix",
};

bool
ls_op_reads_integers (const LsOperator *op)
{
  for (size_t i = 0; i < sizeof integer_readers / sizeof *integer_readers; i++)
    if (op->kind == integer_readers[i])
      return true;
  if (op->kind != LS_OP_CUSTOM)
    return false;
  for (size_t i = 0; i < sizeof float_customs / sizeof *float_customs; i++)
    if (op->custom_code != NULL && strcmp (op->custom_code, float_customs[i]) == 0)
      return false;
  return true;
}

bool
ls_op_mac_slots (const LsOperator *op, LsMacSlots *out)
{
  switch (op->kind)
    {
    case LS_OP_CONV_2D:
    case LS_OP_DEPTHWISE_CONV_2D:
    case LS_OP_FULLY_CONNECTED:
    case LS_OP_CONV_3D:
      *out = (LsMacSlots){ 0, 1, 2 };
      return op->n_inputs >= 2;
    case LS_OP_TRANSPOSE_CONV:
    case LS_OP_CONV_3D_TRANSPOSE:
      *out = (LsMacSlots){ 2, 1, 3 };
      return op->n_inputs >= 3;
    default:
      return false;
    }
}

/* ---- Spreading --------------------------------------------------------------------------------
 */

/* True when something was given. */
static bool
share (LsModel *model, uint32_t graph_a, int32_t a, uint32_t graph_b, int32_t b)
{
  if (a < 0 || b < 0 || graph_a >= model->n_graphs || graph_b >= model->n_graphs
      || (uint32_t) a >= model->graphs[graph_a]->view.n_tensors
      || (uint32_t) b >= model->graphs[graph_b]->view.n_tensors)
    return false;

  LsTensor *x = ls_model_tensor (model, graph_a, (uint32_t) a);
  LsTensor *y = ls_model_tensor (model, graph_b, (uint32_t) b);

  if (x->type != y->type || ls_tensor_is_quantized (x) == ls_tensor_is_quantized (y))
    return false;
  if (ls_tensor_is_quantized (x))
    y->quant = x->quant;
  else
    x->quant = y->quant;
  return true;
}

/* Ports of the subgraph called by an operator against its own operands from @first on. */
static bool
share_ports (LsModel *model, uint32_t graph, const LsOperator *op, int64_t callee, uint32_t first,
             bool has_results)
{
  if (callee < 0 || callee >= model->n_graphs)
    return false;

  const LsSubgraph *inner = &model->graphs[callee]->view;
  bool is_changed = false;

  for (uint32_t i = 0; i < inner->n_inputs && first + i < op->n_inputs; i++)
    is_changed |= share (model, graph, op->inputs[first + i], (uint32_t) callee, inner->inputs[i]);
  for (uint32_t i = 0; has_results && i < inner->n_outputs && i < op->n_outputs; i++)
    is_changed |= share (model, graph, op->outputs[i], (uint32_t) callee, inner->outputs[i]);
  return is_changed;
}

static bool
share_calls (LsModel *model, uint32_t graph, const LsOperator *op)
{
  bool is_changed;

  switch (op->kind)
    {
    case LS_OP_IF:
      is_changed
        = share_ports (model, graph, op, ls_attr_int (op, "then_subgraph_index", -1), 1, true);
      is_changed
        |= share_ports (model, graph, op, ls_attr_int (op, "else_subgraph_index", -1), 1, true);
      return is_changed;
    case LS_OP_WHILE:
    case LS_OP_STABLEHLO_WHILE:
      is_changed
        = share_ports (model, graph, op, ls_attr_int (op, "cond_subgraph_index", -1), 0, false);
      is_changed
        |= share_ports (model, graph, op, ls_attr_int (op, "body_subgraph_index", -1), 0, true);
      return is_changed;
    case LS_OP_CALL:
      return share_ports (model, graph, op, ls_attr_int (op, "subgraph", -1), 0, true);
    case LS_OP_STABLEHLO_COMPOSITE:
      return share_ports (model, graph, op, ls_attr_int (op, "decomposition_subgraph_index", -1), 0,
                          true);
    default:
      return false;
    }
}

bool
ls_op_hands_on (const LsOperator *op)
{
  static const int kinds[] = {
    LS_OP_RESHAPE,
    LS_OP_SQUEEZE,
    LS_OP_EXPAND_DIMS,
    LS_OP_TRANSPOSE,
    LS_OP_MAX_POOL_2D,
    LS_OP_AVERAGE_POOL_2D,
    LS_OP_PAD,
    LS_OP_MIRROR_PAD,
    LS_OP_SLICE,
    LS_OP_STRIDED_SLICE,
    LS_OP_GATHER,
    LS_OP_GATHER_ND,
    LS_OP_SPACE_TO_DEPTH,
    LS_OP_DEPTH_TO_SPACE,
    LS_OP_BATCH_TO_SPACE_ND,
    LS_OP_RESIZE_BILINEAR,
    LS_OP_SPACE_TO_BATCH_ND,
    LS_OP_RESIZE_NEAREST_NEIGHBOR,
    LS_OP_SPLIT,
    LS_OP_SPLIT_V,
    LS_OP_UNPACK,
    LS_OP_PACK,
    LS_OP_CONCATENATION,
    LS_OP_TILE,
    LS_OP_REVERSE_V2,
    LS_OP_BROADCAST_TO,
  };

  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (kinds[i] == op->kind)
      return true;
  return false;
}

static bool
share_ends (LsModel *model, uint32_t graph, const LsOperator *op)
{
  bool is_changed = false;

  for (uint32_t k = 0; ls_op_hands_on (op) && k < op->n_inputs; k++)
    for (uint32_t i = 0; !ls_operand_is_index (op, k) && i < op->n_outputs; i++)
      is_changed |= share (model, graph, op->inputs[k], graph, op->outputs[i]);
  return is_changed;
}

/* The tensor of a variable's value that an operator reads or writes, or -1. */
static int32_t
variable_value (const LsOperator *op)
{
  if (op->kind == LS_OP_READ_VARIABLE && op->n_outputs == 1)
    return op->outputs[0];
  if (op->kind == LS_OP_ASSIGN_VARIABLE && op->n_inputs == 2)
    return op->inputs[1];
  return -1;
}

/* Fills in, by tensor, the names of the variables that handles stand for. */
static void
name_handles (const LsSubgraph *graph, const char **names)
{
  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];
      const LsAttr *name = op->kind == LS_OP_VAR_HANDLE ? ls_op_attr (op, "shared_name") : NULL;

      if (name != NULL && op->n_outputs > 0 && op->outputs[0] >= 0)
        names[op->outputs[0]] = name->text;
    }
}

typedef struct
{
  const char *name;
  uint32_t graph;
  int32_t tensor;
} VariableUse;

static int
compare_uses (const void *a, const void *b)
{
  return strcmp (((const VariableUse *) a)->name, ((const VariableUse *) b)->name);
}

/* Appends the uses in one subgraph; false: out of memory. */
static bool
list_uses (const LsModel *model, uint32_t g, VariableUse *uses, size_t *n)
{
  const LsSubgraph *graph = &model->graphs[g]->view;
  LS_FREE const char **names = calloc ((size_t) graph->n_tensors + 1, sizeof *names);

  if (names == NULL)
    return false;
  name_handles (graph, names);
  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];
      const int32_t value = variable_value (op);

      if (value >= 0 && op->n_inputs > 0 && op->inputs[0] >= 0 && names[op->inputs[0]] != NULL)
        uses[(*n)++] = (VariableUse){ names[op->inputs[0]], g, value };
    }
  return true;
}

/* Lists every read and write of a named variable, those of one name together; NULL: out of memory.
 */
static VariableUse *
list_variables (const LsModel *model, size_t *count)
{
  size_t n = 0, n_ops = 0;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      n_ops += variable_value (&model->graphs[g]->view.ops[i]) >= 0;

  VariableUse *uses = malloc ((n_ops + 1) * sizeof *uses);

  for (uint32_t g = 0; uses != NULL && g < model->n_graphs; g++)
    if (!list_uses (model, g, uses, &n))
      {
        free (uses);
        return NULL;
      }
  if (n > 0)
    qsort (uses, n, sizeof *uses, compare_uses);
  *count = n;
  return uses;
}

/* Neighbours in the list share; forth and back, so that one round is enough for a name. */
static bool
share_variables (LsModel *model, const VariableUse *uses, size_t n)
{
  bool is_changed = false;

  for (size_t step = 2; step < 2 * n; step++)
    {
      const size_t i = step <= n ? step - 1 : 2 * n - step;

      if (strcmp (uses[i].name, uses[i - 1].name) == 0)
        is_changed
          |= share (model, uses[i].graph, uses[i].tensor, uses[i - 1].graph, uses[i - 1].tensor);
    }
  return is_changed;
}

static bool
share_in_graph (LsModel *model, uint32_t g)
{
  const uint32_t n_ops = model->graphs[g]->view.n_ops;
  bool is_changed = false;

  /* Forth and back: chains would else take a round for each of their operators. */
  for (uint64_t step = 0; step < 2 * (uint64_t) n_ops; step++)
    {
      const LsOperator *op
        = &model->graphs[g]->view.ops[step < n_ops ? step : 2 * n_ops - 1 - step];

      is_changed |= share_calls (model, g, op);
      is_changed |= share_ends (model, g, op);
    }
  return is_changed;
}

bool
ls_spread_quantization (LsModel *model)
{
  size_t n;
  LS_FREE VariableUse *uses = list_variables (model, &n);
  bool is_changed = uses != NULL;

  /* Each round gives at least one tensor a quantization that it keeps. */
  while (is_changed)
    {
      is_changed = share_variables (model, uses, n);
      for (uint32_t g = 0; g < model->n_graphs; g++)
        is_changed |= share_in_graph (model, g);
    }
  return uses != NULL;
}
