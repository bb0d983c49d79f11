/*
 * Operator versions: what types and options ask for at least.
 * Source: tflite/converter/tools/versioning/op_version.cc (2026-08).
 */
#include "check/rule.h"

/* By type of the first data operand; 0: version 1 will do. `data` is that operand. */
static const struct
{
  int kind;
  uint8_t data, of_int8, of_int16;
} versions[] = {
  { LS_OP_ADD, 0, 2, 3 },
  { LS_OP_AVERAGE_POOL_2D, 0, 2, 3 },
  { LS_OP_BATCH_MATMUL, 0, 2, 3 },
  { LS_OP_BATCH_TO_SPACE_ND, 0, 2, 4 },
  { LS_OP_CONCATENATION, 0, 2, 3 },
  { LS_OP_CONV_2D, 0, 3, 4 },
  { LS_OP_DEPTHWISE_CONV_2D, 0, 3, 5 },
  { LS_OP_DEPTH_TO_SPACE, 0, 2, 0 },
  { LS_OP_DEQUANTIZE, 0, 2, 3 },
  { LS_OP_EQUAL, 0, 2, 5 },
  { LS_OP_FLOOR_DIV, 0, 3, 3 },
  { LS_OP_FLOOR_MOD, 0, 2, 2 },
  { LS_OP_FULLY_CONNECTED, 0, 4, 7 },
  { LS_OP_GATHER, 0, 2, 4 },
  { LS_OP_GATHER_ND, 0, 0, 3 },
  { LS_OP_GREATER, 0, 2, 0 },
  { LS_OP_GREATER_EQUAL, 0, 2, 0 },
  { LS_OP_L2_NORMALIZATION, 0, 2, 0 },
  { LS_OP_LEAKY_RELU, 0, 0, 2 },
  { LS_OP_LESS, 0, 2, 0 },
  { LS_OP_LESS_EQUAL, 0, 2, 0 },
  { LS_OP_LOGISTIC, 0, 2, 3 },
  { LS_OP_LOG_SOFTMAX, 0, 2, 0 },
  { LS_OP_MAXIMUM, 0, 2, 4 },
  { LS_OP_MAX_POOL_2D, 0, 2, 3 },
  { LS_OP_MEAN, 0, 2, 3 },
  { LS_OP_MINIMUM, 0, 2, 4 },
  { LS_OP_MIRROR_PAD, 0, 2, 3 },
  { LS_OP_MUL, 0, 2, 4 },
  { LS_OP_NOT_EQUAL, 0, 2, 4 },
  { LS_OP_PACK, 0, 2, 3 },
  { LS_OP_PAD, 0, 2, 3 },
  { LS_OP_PADV2, 0, 2, 3 },
  { LS_OP_REDUCE_MAX, 0, 2, 3 },
  { LS_OP_REDUCE_MIN, 0, 2, 3 },
  { LS_OP_RELU, 0, 2, 3 },
  { LS_OP_RELU6, 0, 2, 3 },
  { LS_OP_RESIZE_BILINEAR, 0, 2, 4 },
  { LS_OP_RESIZE_NEAREST_NEIGHBOR, 0, 2, 4 },
  { LS_OP_REVERSE_V2, 0, 3, 0 },
  { LS_OP_RSQRT, 0, 2, 3 },
  { LS_OP_SLICE, 0, 2, 4 },
  { LS_OP_SOFTMAX, 0, 2, 3 },
  { LS_OP_SPACE_TO_BATCH_ND, 0, 2, 4 },
  { LS_OP_SPACE_TO_DEPTH, 0, 2, 0 },
  { LS_OP_SPLIT, 1, 2, 4 },
  { LS_OP_SPLIT_V, 0, 2, 0 },
  { LS_OP_STRIDED_SLICE, 0, 2, 0 },
  { LS_OP_SUB, 0, 2, 5 },
  { LS_OP_SUM, 0, 2, 0 },
  { LS_OP_SVDF, 0, 3, 0 },
  { LS_OP_TANH, 0, 2, 3 },
  { LS_OP_TILE, 0, 3, 0 },
  { LS_OP_TOPK_V2, 0, 2, 0 },
  { LS_OP_TRANSPOSE, 0, 2, 5 },
  { LS_OP_TRANSPOSE_CONV, 2, 2, 2 },
  { LS_OP_UNPACK, 0, 2, 4 },
};

static LsType
type_of (const LsSubgraph *graph, const int32_t *list, uint32_t count, uint32_t slot)
{
  return slot < count && list[slot] >= 0 && (uint32_t) list[slot] < graph->n_tensors
           ? graph->tensors[list[slot]].type
           : LS_N_TYPES;
}

static int
at_least (int a, int b)
{
  return a > b ? a : b;
}

/* What options and the types of weights ask for; 1 when nothing. */
static int
needed_by_options (const LsSubgraph *graph, const LsOperator *op)
{
  LsType data = type_of (graph, op->inputs, op->n_inputs, 0);
  LsType weights = type_of (graph, op->inputs, op->n_inputs, 1);
  bool is_hybrid = data == LS_TYPE_FLOAT32 && weights == LS_TYPE_INT8;

  switch (op->kind)
    {
    case LS_OP_CONV_2D:
      return is_hybrid ? 2 : weights == LS_TYPE_INT4 ? 7 : 1;
    case LS_OP_DEPTHWISE_CONV_2D:
      return is_hybrid ? 4 : weights == LS_TYPE_INT4 ? 7 : 1;
    case LS_OP_FULLY_CONNECTED:
      return is_hybrid ? 3 : weights == LS_TYPE_INT4 ? 10 : 1;
    case LS_OP_TRANSPOSE_CONV:
      return op->n_inputs == 4 && op->inputs[3] >= 0 ? 3 : 1;
    case LS_OP_RESIZE_BILINEAR:
    case LS_OP_RESIZE_NEAREST_NEIGHBOR:
      return ls_attr_int (op, "half_pixel_centers", 0) != 0 ? 3 : 1;
    default:
      return 1;
    }
}

static int
needed_by_types (const LsSubgraph *graph, const LsOperator *op)
{
  for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
    {
      if (versions[i].kind != op->kind)
        continue;

      LsType type = type_of (graph, op->inputs, op->n_inputs, versions[i].data);

      return type == LS_TYPE_INT8    ? at_least (versions[i].of_int8, 1)
             : type == LS_TYPE_INT16 ? at_least (versions[i].of_int16, 1)
                                     : 1;
    }
  return 1;
}

int
ls_needed_version (const LsModel *model, uint32_t graph, const LsOperator *op)
{
  const LsSubgraph *g = &model->graphs[graph]->view;

  return at_least (needed_by_options (g, op), needed_by_types (g, op));
}

/*
 * Converters of the years between often wrote the version of int8 for int16, and every runtime
 * takes that. Version 1 is from before any signed integers: that is worth a word.
 */
static void
look_at_op (LsCheck *check, uint32_t graph, uint32_t index)
{
  const LsSubgraph *g = &check->model->graphs[graph]->view;
  const LsOperator *op = &g->ops[index];

  if (op->version < needed_by_options (g, op) || (op->version == 1 && needed_by_types (g, op) > 1))
    ls_check_add (check, LS_RULE_OPERATOR_VERSION, (int) graph, (int) index, -1,
                  ls_check_is_stored (check, LS_FIELD_CODE_VERSION, graph, op->code_index, 0),
                  "%s says version %d, but its types and options need version %d",
                  ls_op_kind_text (op), op->version, ls_needed_version (check->model, graph, op));
}

const LsInspector ls_inspect_versions = { look_at_op, NULL };

/* Operators share a code: the version must do for all of them. */
bool
ls_mend_version (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsModel *model = ls_mender_check (mender)->model;
  uint32_t code = model->graphs[finding->subgraph]->view.ops[finding->op].code_index;
  int needed = 1;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      if (model->graphs[g]->view.ops[i].code_index == code)
        needed = at_least (needed, ls_needed_version (model, g, &model->graphs[g]->view.ops[i]));
  return ls_mender_version (mender, code, needed);
}
