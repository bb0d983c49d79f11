/*
 * What a tensor's own record must say: scales, zero points, quantized dimension, names.
 *
 * Sources: tflite/core/interpreter_builder.cc ParseQuantization; tflite/kernels/conv.cc,
 * depthwise_conv.cc, fully_connected.cc; the 8-bit quantization specification.
 */
#include "check/rule.h"

#include <stdlib.h>
#include <string.h>

#include "base/names.h"

static const char *
rank_text (const LsTensor *tensor, char *text, size_t size)
{
  snprintf (text, size, "rank %d", tensor->rank);
  return text;
}

/* ---- Weights, seen from their operator ----------------------------------------------------------
 */

static bool
is_signed_weight (LsType type)
{
  return type == LS_TYPE_INT8 || type == LS_TYPE_INT4 || type == LS_TYPE_INT2;
}

static void
look_at_weights (LsCheck *check, uint32_t graph, uint32_t index)
{
  const LsOperator *op = &check->model->graphs[graph]->view.ops[index];
  LsWeighted slots;

  if (!ls_check_weighted (op, &slots))
    return;

  const LsTensor *weights = ls_check_input (check, graph, op, slots.weights);
  int tensor = (int) op->inputs[slots.weights];

  if (weights == NULL || weights->quant == NULL)
    return;
  for (uint32_t i = 0; is_signed_weight (weights->type) && i < ls_n_zero_points (weights); i++)
    if (weights->quant->zero_points[i] != 0)
      {
        ls_check_add (
          check, LS_RULE_WEIGHT_ZERO_POINT, (int) graph, (int) index, tensor,
          ls_check_is_stored (check, LS_FIELD_ZERO_POINT, graph, (uint32_t) tensor, i),
          "%s: %s weights %s have the zero point %lld, but signed weights are symmetric (0)",
          ls_op_kind_text (op), ls_type_name (weights->type), weights->name,
          (long long) weights->quant->zero_points[i]);
        break;
      }
  if (ls_n_scales (weights) > 1 && weights->quant->axis != slots.channel_axis)
    ls_check_add (
      check, LS_RULE_QUANTIZED_DIMENSION, (int) graph, (int) index, tensor,
      ls_check_is_stored (check, LS_FIELD_QUANTIZED_DIM, graph, (uint32_t) tensor, 0),
      "%s: the quantized dimension of weights %s is %d, but their channels are dimension %d",
      ls_op_kind_text (op), weights->name, weights->quant->axis, slots.channel_axis);
}

const LsInspector ls_inspect_weights = { look_at_weights, NULL };

/* ---- Tensors by themselves
 * ------------------------------------------------------------------------ */

typedef enum
{
  ROLE_OTHER,
  ROLE_WEIGHTS, /* signed weights: symmetric, and the operator speaks of their dimension */
  ROLE_BIAS
} Role;

typedef struct
{
  Role role;
  bool is_used;
  bool has_fixed_range; /* the runtime prescribes scale and zero point */
} Known;

/* What one operator says of the tensors that it names. */
static void
learn_from_op (const LsSubgraph *g, const LsOperator *op, Known *known)
{
  LsWeighted slots;
  bool is_weighted = ls_check_weighted (op, &slots);

  for (uint32_t k = 0; k < op->n_inputs; k++)
    {
      if (op->inputs[k] < 0)
        continue;
      known[op->inputs[k]].is_used = true;
      if (is_weighted && k == slots.weights)
        known[op->inputs[k]].role = ROLE_WEIGHTS;
      if (is_weighted && k == slots.bias)
        known[op->inputs[k]].role = ROLE_BIAS;
    }
  for (uint32_t k = 0; k < op->n_outputs; k++)
    {
      LsFixedRange range;

      if (op->outputs[k] < 0)
        continue;
      known[op->outputs[k]].is_used = true;
      known[op->outputs[k]].has_fixed_range
        |= ls_fixed_range (op, g->tensors[op->outputs[k]].type, &range);
    }
}

static void
mark_used (Known *known, const int32_t *list, uint32_t count, uint32_t n_tensors)
{
  for (uint32_t i = 0; i < count; i++)
    if (list[i] >= 0 && (uint32_t) list[i] < n_tensors)
      known[list[i]].is_used = true;
}

static void
learn (const LsCheck *check, uint32_t graph, Known *known)
{
  const LsSubgraph *g = &check->model->graphs[graph]->view;

  for (uint32_t i = 0; i < g->n_ops; i++)
    {
      learn_from_op (g, &g->ops[i], known);
      mark_used (known, g->ops[i].intermediates, g->ops[i].n_intermediates, g->n_tensors);
    }
  mark_used (known, g->inputs, g->n_inputs, g->n_tensors);
  mark_used (known, g->outputs, g->n_outputs, g->n_tensors);
  for (uint32_t t = 0; t < g->n_tensors; t++)
    {
      const LsQuantization *quant = g->tensors[t].quant;

      if (quant == NULL || quant->details != LS_QUANT_DETAILS_BLOCKWISE)
        continue;
      mark_used (known, &quant->block_scales, 1, g->n_tensors);
      mark_used (known, &quant->block_zero_points, 1, g->n_tensors);
    }
}

static void
look_at_scales (LsCheck *check, int graph, int index, const LsTensor *tensor, const Known *known)
{
  const LsQuantization *quant = tensor->quant;
  char text[32], own[16];
  const char *name = ls_check_name (tensor, index, own);

  for (uint32_t i = 0; i < quant->n_scales; i++)
    if (!ls_scale_is_valid (quant->scales[i]))
      {
        ls_check_add (check, LS_RULE_SCALE_INVALID, graph, -1, index,
                      known->role == ROLE_BIAS || known->has_fixed_range,
                      "tensor %s: scale %u is %g; a scale is a positive number", name, i,
                      quant->scales[i]);
        break;
      }
  if (quant->n_scales <= 1)
    return;
  if (quant->axis < 0 || quant->axis >= tensor->rank)
    {
      if (known->role != ROLE_WEIGHTS)
        ls_check_add (check, LS_RULE_QUANTIZED_DIMENSION, graph, -1, index, false,
                      "tensor %s: the quantized dimension is %d, but the tensor has %s", name,
                      quant->axis, rank_text (tensor, text, sizeof text));
    }
  else if ((uint32_t) tensor->dims[quant->axis] != quant->n_scales)
    ls_check_add (check, LS_RULE_SCALE_COUNT, graph, -1, index, check->may_rewrite,
                  "tensor %s: %u scales for %d channels (dimension %d)", name, quant->n_scales,
                  tensor->dims[quant->axis], quant->axis);
}

static void
look_at_zero_points (LsCheck *check, int graph, int index, const LsTensor *tensor,
                     const Known *known)
{
  const LsQuantization *quant = tensor->quant;
  bool is_symmetric = known->role == ROLE_BIAS || tensor->type == LS_TYPE_INT16
                      || (known->role == ROLE_WEIGHTS && is_signed_weight (tensor->type));
  char own[16];
  const char *name = ls_check_name (tensor, index, own);
  int64_t low, high;

  if (quant->n_zero_points != quant->n_scales)
    ls_check_add (check, LS_RULE_ZERO_POINT_COUNT, graph, -1, index, check->may_rewrite,
                  "tensor %s: %u zero %s for %u %s", name, quant->n_zero_points,
                  quant->n_zero_points == 1 ? "point" : "points", quant->n_scales,
                  quant->n_scales == 1 ? "scale" : "scales");
  for (uint32_t i = 0; ls_integer_limits (tensor->type, &low, &high) && i < quant->n_zero_points;
       i++)
    {
      int64_t zero = quant->zero_points[i];
      bool is_stored
        = ls_check_is_stored (check, LS_FIELD_ZERO_POINT, (uint32_t) graph, (uint32_t) index, i);

      if (zero < low || zero > high)
        {
          ls_check_add (
            check, LS_RULE_ZERO_POINT_RANGE, graph, -1, index, is_symmetric && is_stored,
            "tensor %s: zero point %lld is outside %s (%lld to %lld)", name, (long long) zero,
            ls_type_name (tensor->type), (long long) low, (long long) high);
          break;
        }
      if (tensor->type == LS_TYPE_INT16 && zero != 0)
        {
          ls_check_add (check, LS_RULE_INT16_ZERO_POINT, graph, -1, index, is_stored,
                        "tensor %s: the zero point of INT16 is %lld and must be 0", name,
                        (long long) zero);
          break;
        }
    }
}

static void
look_at_names (LsCheck *check, uint32_t graph)
{
  const LsSubgraph *g = &check->model->graphs[graph]->view;
  LsNames names;

  if (!ls_names_init (&names, g->tensors, g->n_tensors, sizeof (LsTensor),
                      offsetof (LsTensor, name)))
    {
      check->is_out_of_memory = true;
      return;
    }
  for (size_t i = 1; i < names.count; i++)
    {
      const LsName *name = &names.sorted[i];

      if (name->text[0] != '\0' && strcmp (name[-1].text, name->text) == 0)
        ls_check_add (check, LS_RULE_TENSOR_NAME_DUPLICATE, (int) graph, -1, (int) name->index,
                      false, "tensors %zu and %zu are both called %s", name[-1].index, name->index,
                      name->text);
    }
  ls_names_clear (&names);
}

static void
look_at_tensors (LsCheck *check)
{
  for (uint32_t graph = 0; graph < check->model->n_graphs; graph++)
    {
      const LsSubgraph *g = &check->model->graphs[graph]->view;
      LS_FREE Known *known = calloc ((size_t) g->n_tensors + 1, sizeof *known);

      if (known == NULL)
        {
          check->is_out_of_memory = true;
          return;
        }
      learn (check, graph, known);
      for (uint32_t t = 0; t < g->n_tensors; t++)
        {
          const LsTensor *tensor = &g->tensors[t];

          if (tensor->quant != NULL && tensor->quant->n_scales > 0)
            {
              look_at_scales (check, (int) graph, (int) t, tensor, &known[t]);
              look_at_zero_points (check, (int) graph, (int) t, tensor, &known[t]);
            }
          if (!known[t].is_used)
            ls_check_add (check, LS_RULE_TENSOR_UNUSED, (int) graph, -1, (int) t, false,
                          "tensor %s is neither read nor written by any operator", tensor->name);
        }
      look_at_names (check, graph);
    }
}

const LsInspector ls_inspect_tensors = { NULL, look_at_tensors };

/* ---- Mending
 * ----------------------------------------------------------------------------------------- */

bool
ls_mend_zero_points (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsCheck *check = ls_mender_check (mender);
  uint32_t graph = (uint32_t) finding->subgraph, index = (uint32_t) finding->tensor;

  for (uint32_t i = 0; i < ls_n_zero_points (ls_check_tensor (check, graph, (int32_t) index)); i++)
    if (ls_check_tensor (check, graph, (int32_t) index)->quant->zero_points[i] != 0
        && !ls_mender_zero_point (mender, graph, index, i, 0))
      return false;
  return true;
}

bool
ls_mend_axis (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsCheck *check = ls_mender_check (mender);
  LsWeighted slots;

  if (finding->op < 0
      || !ls_check_weighted (&check->model->graphs[finding->subgraph]->view.ops[finding->op],
                             &slots))
    return ls_mender_leave (mender, "no operator says which dimension is quantized");
  return ls_mender_axis (mender, (uint32_t) finding->subgraph, (uint32_t) finding->tensor,
                         slots.channel_axis);
}

/* A scale that cannot be is mended where another rule gives it. */
bool
ls_mend_scale (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsModel *model = ls_mender_check (mender)->model;
  const LsSubgraph *g = &model->graphs[finding->subgraph]->view;
  LsFinding at_op = *finding;

  for (uint32_t i = 0; i < g->n_ops; i++)
    {
      const LsOperator *op = &g->ops[i];
      LsFixedRange range;
      LsWeighted slots;

      at_op.op = (int) i;
      if (ls_check_weighted (op, &slots) && slots.bias < op->n_inputs
          && op->inputs[slots.bias] == finding->tensor)
        return ls_mend_bias_scale (mender, &at_op, "keep-integers");
      if (op->n_outputs > 0 && op->outputs[0] == finding->tensor
          && ls_fixed_range (op, g->tensors[finding->tensor].type, &range))
        return ls_mend_range (mender, &at_op, way);
    }
  return ls_mender_leave (mender, "no rule says what the scale of %s should be",
                          g->tensors[finding->tensor].name);
}
