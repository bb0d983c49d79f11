/*
 * MUL, ADD, SUB and DIV with a constant for each channel, as batch normalization leaves them, go
 * into the products before them. What has no product before it, but multiplies and adds, becomes a
 * depthwise convolution of one tap: in integers that is one rounding instead of two, and each
 * channel has a scale of its own.
 */
#include "convert/pass.h"

#include <math.h>
#include <string.h>

#include "convert/constants.h"
#include "convert/edges.h"
#include "convert/parts.h"
#include "convert/quantized.h"

typedef struct
{
  LsPassContext *context;
  LsModel *model;
  uint32_t graph, n_folded, n_joined;
  LsUses uses;
  bool *dead;
} Work;

/* y = factor × x + term, by channel (or one for all). */
typedef struct
{
  int32_t x;
  uint32_t n_channels;
  double *factor, *term; /* owned */
} Affine;

static const LsSubgraph *
graph_of (const Work *work)
{
  return &work->model->graphs[work->graph]->view;
}

static void
affine_clear (Affine *affine)
{
  free (affine->factor);
  free (affine->term);
}

static bool
is_constant (const Work *work, int32_t t)
{
  return t >= 0 && graph_of (work)->tensors[t].type == LS_TYPE_FLOAT32
         && ls_tensor_is_constant (work->model, &graph_of (work)->tensors[t]);
}

static bool
have_same_dims (const LsTensor *a, const LsTensor *b)
{
  return a->rank == b->rank && a->rank > 0
         && memcmp (a->dims, b->dims, (size_t) a->rank * sizeof *a->dims) == 0;
}

/* A constant that is one number, or one for each index of the last dimension. */
static bool
is_by_channel (const LsTensor *constant, const LsTensor *x)
{
  for (int32_t d = 0; d + 1 < constant->rank; d++)
    if (constant->dims[d] != 1)
      return false;
  return constant->rank <= x->rank
         && (constant->rank == 0 || constant->dims[constant->rank - 1] == 1
             || constant->dims[constant->rank - 1] == x->dims[x->rank - 1]);
}

static void
set_affine (Affine *affine, int kind, bool is_constant_first, const LsConstant *constant)
{
  for (uint32_t c = 0; c < affine->n_channels; c++)
    {
      double value = constant->values[constant->count == 1 ? 0 : c];

      affine->factor[c] = 1;
      affine->term[c] = 0;
      if (kind == LS_OP_MUL)
        affine->factor[c] = value;
      else if (kind == LS_OP_DIV)
        affine->factor[c] = 1 / value;
      else if (kind == LS_OP_ADD)
        affine->term[c] = value;
      else
        {
          affine->factor[c] = is_constant_first ? -1 : 1;
          affine->term[c] = is_constant_first ? value : -value;
        }
    }
}

/* Whether the operator is arithmetic with a constant by channel, and which operand that is. */
static bool
is_affine (const Work *work, const LsOperator *op, bool *is_constant_first)
{
  static const int kinds[] = { LS_OP_MUL, LS_OP_ADD, LS_OP_SUB, LS_OP_DIV };
  const LsSubgraph *graph = graph_of (work);
  bool is_arithmetic = false;

  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    is_arithmetic |= kinds[i] == op->kind;
  if (!is_arithmetic || op->n_inputs != 2 || op->inputs[0] < 0 || op->inputs[1] < 0)
    return false;
  *is_constant_first = is_constant (work, op->inputs[0]);
  if (*is_constant_first == is_constant (work, op->inputs[1])
      || (*is_constant_first && op->kind == LS_OP_DIV))
    return false;

  const LsTensor *c = &graph->tensors[op->inputs[*is_constant_first ? 0 : 1]];
  const LsTensor *x = &graph->tensors[op->inputs[*is_constant_first ? 1 : 0]];

  return x->type == LS_TYPE_FLOAT32 && have_same_dims (x, &graph->tensors[op->outputs[0]])
         && is_by_channel (c, x) && x->dims[x->rank - 1] > 0;
}

/* Fills @out, which is to be cleared, when the operator is such arithmetic. */
static LsStatus
read_affine (const Work *work, const LsOperator *op, bool *is_one, Affine *out, LsError *error)
{
  LsConstant constant;
  bool is_first;

  *out = (Affine){ .x = -1 };
  *is_one = is_affine (work, op, &is_first);
  if (!*is_one)
    return LS_OK;

  const LsTensor *x = &graph_of (work)->tensors[op->inputs[is_first ? 1 : 0]];

  LS_TRY (ls_constant_read (work->model, work->graph, (uint32_t) op->inputs[is_first ? 0 : 1], -1,
                            &constant, error));
  out->x = op->inputs[is_first ? 1 : 0];
  out->n_channels = (uint32_t) x->dims[x->rank - 1];
  out->factor = calloc (out->n_channels, sizeof *out->factor);
  out->term = calloc (out->n_channels, sizeof *out->term);
  *is_one = out->factor != NULL && out->term != NULL
            && (constant.count == 1 || constant.count == out->n_channels);
  if (*is_one)
    set_affine (out, op->kind, is_first, &constant);
  for (uint32_t k = 0; *is_one && k < out->n_channels; k++)
    *is_one = isfinite (out->factor[k]) && isfinite (out->term[k]);
  ls_constant_clear (&constant);
  return out->factor == NULL || out->term == NULL ? ls_fail_no_memory (error, "a fold", 0) : LS_OK;
}

/* Whether nobody else reads the tensor. */
static bool
is_private (const Work *work, int32_t t)
{
  return work->uses.first[t + 1] - work->uses.first[t] == 1 && !work->uses.is_graph_output[t];
}

static bool
has_no_activation (const LsOperator *op)
{
  return ls_attr_int (op, "fused_activation_function", 0) == 0;
}

/* ---- Into products ------------------------------------------------------------------------------
 */

/* A new tensor of float32 with the values; -1: out of memory. */
static int32_t
new_constant (Work *work, int32_t like, const LsConstant *constant, LsError *error)
{
  int twin = ls_twin_tensor (work->model, work->graph, like, "folded");

  return twin >= 0
             && ls_pass_set_float (work->context, work->graph, (uint32_t) twin, constant->values,
                                   constant->count, error)
                  == LS_OK
           ? twin
           : -1;
}

static LsStatus
scale_weights (Work *work, uint32_t host, const LsMacSlots *mac, const Affine *affine,
               LsError *error)
{
  LsOperator *op = ls_model_op (work->model, work->graph, host);
  int32_t axis = op->kind == LS_OP_DEPTHWISE_CONV_2D ? 3 : 0, t = op->inputs[mac->weights];
  LsConstant weights;

  LS_TRY (ls_constant_read (work->model, work->graph, (uint32_t) t, axis, &weights, error));
  for (size_t i = 0; i < weights.count; i++)
    weights.values[i]
      = (float) (weights.values[i] * affine->factor[i / weights.inner % weights.n_channels]);

  int32_t twin = new_constant (work, t, &weights, error);

  ls_constant_clear (&weights);
  return twin >= 0
             && ls_op_set_input (work->model, ls_model_op (work->model, work->graph, host),
                                 mac->weights, twin)
           ? LS_OK
           : ls_fail_no_memory (error, "weights", 0);
}

static LsStatus
shift_bias (Work *work, uint32_t host, const LsMacSlots *mac, const Affine *affine, LsError *error)
{
  int32_t t = ls_model_op (work->model, work->graph, host)->inputs[mac->bias];
  LsConstant bias;

  LS_TRY (ls_constant_read (work->model, work->graph, (uint32_t) t, 0, &bias, error));
  for (size_t c = 0; c < bias.count && c < affine->n_channels; c++)
    bias.values[c] = (float) (bias.values[c] * affine->factor[c] + affine->term[c]);

  int32_t twin = new_constant (work, t, &bias, error);

  ls_constant_clear (&bias);
  return twin >= 0
             && ls_op_set_input (work->model, ls_model_op (work->model, work->graph, host),
                                 mac->bias, twin)
           ? LS_OK
           : ls_fail_no_memory (error, "a bias", 0);
}

/* The product that may take the arithmetic in, or -1. */
static int32_t
host_of (const Work *work, const Affine *affine, LsMacSlots *mac)
{
  const LsSubgraph *graph = graph_of (work);
  int32_t producer = work->uses.producer[affine->x];

  if (producer < 0 || !is_private (work, affine->x))
    return -1;

  const LsOperator *host = &graph->ops[producer];

  if (!ls_op_mac_slots (host, mac) || !has_no_activation (host) || mac->bias >= host->n_inputs
      || !is_constant (work, host->inputs[mac->weights])
      || !is_constant (work, host->inputs[mac->bias]))
    return -1;

  const LsTensor *weights = &graph->tensors[host->inputs[mac->weights]];
  const LsTensor *bias = &graph->tensors[host->inputs[mac->bias]];
  int32_t axis = host->kind == LS_OP_DEPTHWISE_CONV_2D ? 3 : 0;
  bool is_2d = host->kind != LS_OP_CONV_3D && host->kind != LS_OP_CONV_3D_TRANSPOSE;

  return is_2d && weights->rank > axis && weights->dims[axis] == (int32_t) affine->n_channels
             && bias->rank == 1 && bias->dims[0] == (int32_t) affine->n_channels
           ? producer
           : -1;
}

static LsStatus
fold_into (Work *work, uint32_t host, const LsMacSlots *mac, uint32_t index, const Affine *affine,
           LsError *error)
{
  LS_TRY (scale_weights (work, host, mac, affine, error));
  LS_TRY (shift_bias (work, host, mac, affine, error));

  const LsOperator *op = &graph_of (work)->ops[index];
  LsOperator *product = ls_model_op (work->model, work->graph, host);
  int64_t activation = ls_attr_int (op, "fused_activation_function", 0);

  work->uses.producer[op->outputs[0]] = (int32_t) host;
  work->dead[index] = true;
  work->n_folded++;
  if (!ls_op_set_output (work->model, product, 0, op->outputs[0])
      || (activation != 0
          && !ls_op_set_int (work->model, product, "fused_activation_function", activation)))
    return ls_fail_no_memory (error, "a fold", 0);
  return LS_OK;
}

/* ---- Into a depthwise convolution ---------------------------------------------------------------
 */

static int32_t
add_values (Work *work, const char *suffix, int32_t like, const double *values, uint32_t count,
            int32_t rank, LsError *error)
{
  int twin = ls_twin_tensor (work->model, work->graph, like, suffix);
  LS_FREE float *floats = malloc ((size_t) count * sizeof *floats);
  int32_t dims[4] = { 1, 1, 1, (int32_t) count };

  if (twin < 0 || floats == NULL)
    return -1;
  for (uint32_t c = 0; c < count; c++)
    floats[c] = (float) values[c];

  LsTensor *tensor = ls_model_tensor (work->model, work->graph, (uint32_t) twin);

  tensor->rank = rank;
  tensor->dims = ls_model_ints (work->model, dims + 4 - rank, (uint32_t) rank);
  tensor->signature_rank = -1;
  tensor->is_variable = false;
  return tensor->dims != NULL
             && ls_pass_set_float (work->context, work->graph, (uint32_t) twin, floats, count,
                                   error)
                  == LS_OK
           ? twin
           : -1;
}

static bool
become_depthwise (Work *work, LsOperator *op)
{
  int code = ls_model_ensure_code (work->model, LS_OP_DEPTHWISE_CONV_2D, NULL, 1);
  int64_t activation = ls_attr_int (op, "fused_activation_function", 0);

  op->kind = LS_OP_DEPTHWISE_CONV_2D;
  op->version = 1;
  op->code_index = (uint32_t) code;
  op->options_type = "DepthwiseConv2DOptions";
  op->n_attrs = 0;
  return code >= 0 && ls_op_set_int (work->model, op, "padding", 1)
         && ls_op_set_int (work->model, op, "stride_w", 1)
         && ls_op_set_int (work->model, op, "stride_h", 1)
         && ls_op_set_int (work->model, op, "depth_multiplier", 1)
         && ls_op_set_int (work->model, op, "fused_activation_function", activation)
         && ls_op_set_int (work->model, op, "dilation_w_factor", 1)
         && ls_op_set_int (work->model, op, "dilation_h_factor", 1);
}

/* MUL by a constant whose only reader adds one: both become one convolution. */
static LsStatus
join_pair (Work *work, uint32_t index, const Affine *first, LsError *error)
{
  const LsSubgraph *graph = graph_of (work);
  int32_t y = graph->ops[index].outputs[0];
  uint32_t next = work->uses.consumers[work->uses.first[y]];
  Affine second;
  bool is_one;

  if (!is_private (work, y) || graph->tensors[y].rank != 4
      || !has_no_activation (&graph->ops[index]))
    return LS_OK;

  LsStatus status = read_affine (work, &graph->ops[next], &is_one, &second, error);

  if (status == LS_OK && is_one && second.x == y)
    {
      for (uint32_t c = 0; c < second.n_channels; c++)
        {
          second.term[c] += second.factor[c] * first->term[c];
          second.factor[c] *= first->factor[c];
        }

      int32_t bias = add_values (work, "term", y, second.term, second.n_channels, 1, error);
      int32_t weights = add_values (work, "factor", y, second.factor, second.n_channels, 4, error);
      LsOperator *op = ls_model_op (work->model, work->graph, next);
      const int32_t inputs[] = { first->x, weights, bias };

      op->inputs = ls_model_ints (work->model, inputs, 3);
      op->n_inputs = 3;
      work->dead[index] = true;
      work->n_joined++;
      if (bias < 0 || weights < 0 || op->inputs == NULL || !become_depthwise (work, op))
        status = ls_fail_no_memory (error, "a convolution", 0);
    }
  affine_clear (&second);
  return status;
}

static LsStatus
fold_op (Work *work, uint32_t index, LsError *error)
{
  LsMacSlots mac;
  Affine affine;
  bool is_one;
  LsStatus status = read_affine (work, &graph_of (work)->ops[index], &is_one, &affine, error);

  if (status == LS_OK && is_one)
    {
      int32_t host = host_of (work, &affine, &mac);

      if (host >= 0)
        status = fold_into (work, (uint32_t) host, &mac, index, &affine, error);
      else
        status = join_pair (work, index, &affine, error);
    }
  affine_clear (&affine);
  return status;
}

static LsStatus
fold_graph (Work *work, LsError *error)
{
  uint32_t n_ops = graph_of (work)->n_ops;

  for (uint32_t i = 0; i < n_ops; i++)
    if (!work->dead[i])
      LS_TRY (fold_op (work, i, error));
  ls_model_remove_ops (work->model, work->graph, work->dead);
  return LS_OK;
}

static LsStatus
fold_scales_run (LsPassContext *context, LsError *error)
{
  Work work = { .context = context, .model = context->model };

  for (work.graph = 0; work.graph < context->model->n_graphs; work.graph++)
    {
      LS_FREE bool *dead = calloc ((size_t) graph_of (&work)->n_ops + 1, sizeof *dead);

      work.dead = dead;
      if (dead == NULL || !ls_uses_init (&work.uses, graph_of (&work)))
        return ls_fail_no_memory (error, "fold-scales", 0);

      LsStatus status = fold_graph (&work, error);

      ls_uses_clear (&work.uses);
      LS_TRY (status);
    }
  if (work.n_folded + work.n_joined == 0)
    return LS_OK;

  LsParts parts = { "" };

  ls_parts_add (&parts, work.n_folded, "factor or term went into weights and bias",
                "factors and terms went into weights and biases");
  ls_parts_add (&parts, work.n_joined, "pair of factor and term became a convolution of one tap",
                "pairs of factor and term became convolutions of one tap");
  return ls_pass_report (context, "fold-scales", work.n_folded + 2 * work.n_joined, error, "%s",
                         parts.text);
}

const LsPass ls_pass_fold_scales = { "fold-scales", fold_scales_run };
