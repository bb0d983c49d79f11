/*
 * A fully quantized or hybrid model becomes a float32 one: weights and biases take their real
 * values, activations become float32, QUANTIZE and DEQUANTIZE go.
 *
 * Two things that integers do without saying are said in the float model: a bias counts in steps of
 * input scale × weight scale, whatever its own scale says (kernel_util.cc), and values below the
 * lowest integer are cut off, which is RELU where that integer stands for 0 and RELU6 where the
 * range is 0…6.
 */
#include "convert/pass.h"

#include <math.h>
#include <string.h>

#include "base/size.h"
#include "convert/constants.h"
#include "convert/edges.h"
#include "convert/parts.h"
#include "convert/quantized.h"

typedef struct
{
  LsPassContext *context;
  LsModel *model;
  uint32_t graph;
  bool *becomes_float; /* by tensor, as many as the subgraph had at first */
  uint32_t n_first;    /* tensors at first; those behind are ours */
  uint32_t n_constants, n_activations, n_removed, n_clamped, n_kept;
  LsLaterCasts later;
} Work;

enum
{
  RELU = 1, /* ActivationFunctionType */
  RELU6 = 3
};

/* ---- Which tensors ------------------------------------------------------------------------------
 */

static bool
is_bias_of_quantized (const Work *work, const LsOperator *op, uint32_t slot)
{
  const LsSubgraph *graph = &work->model->graphs[work->graph]->view;
  LsMacSlots mac;

  if (!ls_op_mac_slots (op, &mac) || slot != mac.bias || op->inputs[mac.input] < 0
      || op->inputs[mac.weights] < 0)
    return false;
  return ls_tensor_is_quantized (&graph->tensors[op->inputs[mac.input]])
         && ls_tensor_is_quantized (&graph->tensors[op->inputs[mac.weights]]);
}

static void
choose_tensors (Work *work)
{
  const LsSubgraph *graph = &work->model->graphs[work->graph]->view;

  for (uint32_t t = 0; t < graph->n_tensors; t++)
    work->becomes_float[t] = ls_tensor_is_quantized (&graph->tensors[t]);
  for (uint32_t i = 0; i < graph->n_ops; i++)
    for (uint32_t k = 0; k < graph->ops[i].n_inputs; k++)
      {
        int32_t t = graph->ops[i].inputs[k];

        if (t < 0)
          continue;
        if (ls_operand_is_index (&graph->ops[i], k))
          work->becomes_float[t] = false;
        else if (is_bias_of_quantized (work, &graph->ops[i], k))
          work->becomes_float[t] = true;
      }
}

/* ---- Constants ----------------------------------------------------------------------------------
 */

/* In hybrid operators LiteRT reads weights of type UINT8 as int8 bytes times the scale. */
static bool
is_hybrid_uint8 (const LsSubgraph *graph, const LsTensor *tensor, const LsOperator *reader)
{
  return tensor->type == LS_TYPE_UINT8 && reader != NULL && reader->n_inputs > 1
         && reader->inputs[0] >= 0 && graph->tensors[reader->inputs[0]].type == LS_TYPE_FLOAT32
         && (ls_op_attr (reader, "asymmetric_quantize_inputs") != NULL
             || reader->kind == LS_OP_CONV_2D || reader->kind == LS_OP_DEPTHWISE_CONV_2D);
}

static LsStatus
decode_hybrid_uint8 (Work *work, uint32_t t, LsError *error)
{
  const LsTensor *tensor = ls_model_tensor (work->model, work->graph, t);
  LsBytes data = ls_tensor_data (work->model, tensor);
  LS_FREE float *values = malloc ((data.size + 1) * sizeof *values);

  if (values == NULL)
    return ls_fail_no_memory (error, tensor->name, data.size);
  for (size_t i = 0; i < data.size; i++)
    values[i] = (float) (int8_t) data.data[i] * tensor->quant->scales[0];
  return ls_pass_set_float (work->context, work->graph, t, values, data.size, error);
}

static LsStatus
decode_constant (Work *work, uint32_t t, const LsOperator *reader, LsError *error)
{
  const LsSubgraph *graph = &work->model->graphs[work->graph]->view;
  LsArray real;

  work->n_constants++;
  if (is_hybrid_uint8 (graph, &graph->tensors[t], reader))
    return decode_hybrid_uint8 (work, t, error);
  LS_TRY (ls_constant_floats (work->model, work->graph, t, &real, error));

  LsStatus status
    = ls_pass_set_float (work->context, work->graph, t, real.data, ls_array_count (&real), error);

  ls_array_clear (&real);
  return status;
}

/* The bias as the runtime reads it: integer × (input scale × weight scale of its channel). */
static LsStatus
decode_bias (Work *work, const LsOperator *op, const LsMacSlots *mac, LsError *error)
{
  LsModel *model = work->model;
  uint32_t t = (uint32_t) op->inputs[mac->bias];
  const LsTensor *bias = ls_model_tensor (model, work->graph, t);
  const LsTensor *input = ls_model_tensor (model, work->graph, (uint32_t) op->inputs[mac->input]);
  const LsQuantization *weights
    = ls_model_tensor (model, work->graph, (uint32_t) op->inputs[mac->weights])->quant;
  LsBytes data = ls_tensor_data (model, bias);
  size_t size = bias->type == LS_TYPE_INT64 ? 8 : 4, count = data.size / size;
  LS_FREE float *values = malloc ((count + 1) * sizeof *values);
  double worst = 0;

  if (values == NULL)
    return ls_fail_no_memory (error, bias->name, count);
  for (size_t i = 0; i < count; i++)
    {
      int64_t q = 0;
      int32_t q32;
      float of_weights = weights->scales[weights->n_scales == count ? i : 0];
      double scale = (double) input->quant->scales[0] * of_weights;

      if (size == 8)
        memcpy (&q, data.data + i * 8, 8);
      else
        {
          memcpy (&q32, data.data + i * 4, 4);
          q = q32;
        }
      values[i] = (float) ((double) q * scale);
      if (bias->quant != NULL && bias->quant->n_scales > 0)
        {
          double stated = bias->quant->scales[bias->quant->n_scales == count ? i : 0];

          worst = fmax (worst, fabs (stated - scale) / scale);
        }
    }
  if (worst > 1e-3)
    LS_TRY (
      ls_pass_note (work->context, error,
                    "bias %s states a scale that is %.3g %% off input scale × weight scale; it was "
                    "read as the runtime reads it",
                    bias->name, worst * 100));
  work->n_constants++;
  return ls_pass_set_float (work->context, work->graph, t, values, count, error);
}

static bool
is_integer_constant (const Work *work, int32_t t)
{
  const LsTensor *tensor = ls_model_tensor (work->model, work->graph, (uint32_t) t);

  return (uint32_t) t < work->n_first && work->becomes_float[t] && tensor->type != LS_TYPE_FLOAT32
         && ls_tensor_is_constant (work->model, tensor);
}

/* A constant that operators read as integers and others as reals must be two. */
static LsStatus
decode_biases (Work *work, LsError *error)
{
  const LsSubgraph *graph = &work->model->graphs[work->graph]->view;

  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];
      LsMacSlots mac;

      if (!ls_op_mac_slots (op, &mac) || mac.bias >= op->n_inputs || op->inputs[mac.bias] < 0
          || !is_integer_constant (work, op->inputs[mac.bias])
          || !is_bias_of_quantized (work, op, mac.bias))
        continue;

      LsType type = graph->tensors[op->inputs[mac.bias]].type;
      const LsQuantization *weights = graph->tensors[op->inputs[mac.weights]].quant;

      if ((type == LS_TYPE_INT32 || type == LS_TYPE_INT64) && weights->n_scales > 0)
        LS_TRY (decode_bias (work, op, &mac, error));
    }
  return LS_OK;
}

static LsStatus
decode_constants (Work *work, LsError *error)
{
  const LsSubgraph *graph = &work->model->graphs[work->graph]->view;

  LS_TRY (decode_biases (work, error));
  for (uint32_t i = 0; i < graph->n_ops; i++)
    for (uint32_t k = 0; k < graph->ops[i].n_inputs; k++)
      {
        int32_t t = graph->ops[i].inputs[k];

        if (t >= 0 && is_integer_constant (work, t))
          LS_TRY (decode_constant (work, (uint32_t) t, &graph->ops[i], error));
      }
  for (uint32_t i = 0; i < graph->n_outputs; i++)
    if (is_integer_constant (work, graph->outputs[i]))
      LS_TRY (decode_constant (work, (uint32_t) graph->outputs[i], NULL, error));
  return LS_OK;
}

/* ---- Operators that need the integers
 * ---------------------------------------------------------------- */

/* Puts QUANTIZE before and DEQUANTIZE behind the operator. */
static LsStatus
keep_integers (Work *work, uint32_t at, LsError *error)
{
  LsModel *model = work->model;
  bool is_touched = false;

  for (uint32_t k = 0; k < ls_model_op (model, work->graph, at)->n_inputs; k++)
    {
      int32_t t = ls_model_op (model, work->graph, at)->inputs[k];

      if (t < 0 || (uint32_t) t >= work->n_first || !work->becomes_float[t])
        continue;

      bool is_constant = is_integer_constant (work, t);
      int copy = ls_twin_tensor (model, work->graph, t, "integers");

      is_touched = true;
      if (copy < 0 || !ls_op_set_input (model, ls_model_op (model, work->graph, at), k, copy)
          || (!is_constant && !ls_cast_later (model, &work->later, at, LS_OP_QUANTIZE, t, copy)))
        return ls_fail_no_memory (error, "QUANTIZE", 0);
    }

  LsOperator *op = ls_model_op (model, work->graph, at);
  int32_t *outputs = ls_store_copy (model->store, op->outputs, op->n_outputs * sizeof *outputs);
  const uint32_t n_outputs = op->n_outputs;

  if (outputs == NULL)
    return ls_fail_no_memory (error, "DEQUANTIZE", 0);
  for (uint32_t k = 0; k < n_outputs; k++)
    {
      int32_t t = outputs[k];

      if (t < 0 || (uint32_t) t >= work->n_first || !work->becomes_float[t])
        continue;
      is_touched = true;
      outputs[k] = ls_twin_tensor (model, work->graph, t, "integers");
      if (outputs[k] < 0
          || !ls_cast_later (model, &work->later, at + 1, LS_OP_DEQUANTIZE, outputs[k], t))
        return ls_fail_no_memory (error, "DEQUANTIZE", 0);
    }
  op->outputs = outputs;
  if (!is_touched)
    return LS_OK;
  work->n_kept++;
  return ls_pass_note (
    work->context, error,
    "operator %s (%s) reads integers: it keeps them between QUANTIZE and DEQUANTIZE",
    ls_op_kind_text (op), ls_op_name (&model->graphs[work->graph]->view, op));
}

/* ---- Operators
 * ---------------------------------------------------------------------------------------- */

static int64_t
lowest_integer (LsType type)
{
  return type == LS_TYPE_INT8 ? -128 : type == LS_TYPE_UINT8 ? 0 : INT64_MIN;
}

/* Says by a fused activation what the integer output cut off by itself. */
static bool
say_clamp (Work *work, LsOperator *op)
{
  const LsTensor *out = op->n_outputs > 0 && op->outputs[0] >= 0
                          ? ls_model_tensor (work->model, work->graph, (uint32_t) op->outputs[0])
                          : NULL;
  LsMacSlots mac;
  bool is_arithmetic = ls_op_mac_slots (op, &mac) || op->kind == LS_OP_ADD || op->kind == LS_OP_SUB
                       || op->kind == LS_OP_MUL || op->kind == LS_OP_DIV;

  if (out == NULL || !is_arithmetic || !ls_tensor_is_quantized (out)
      || ls_op_attr (op, "fused_activation_function") == NULL
      || ls_attr_int (op, "fused_activation_function", 0) != 0 || out->quant->n_scales != 1
      || out->quant->n_zero_points < 1 || out->quant->zero_points[0] != lowest_integer (out->type))
    return true;

  float scale = out->quant->scales[0];
  bool is_six = fabs (255.0 * scale - 6.0) <= 0.5 * scale;

  work->n_clamped++;
  return ls_op_set_int (work->model, op, "fused_activation_function", is_six ? RELU6 : RELU);
}

/* Options that speak of integers go back to what they are in a float model. */
static bool
clear_options (Work *work, LsOperator *op)
{
  static const char *const names[]
    = { "asymmetric_quantize_inputs", "quantized_bias_type", "pot_scale_int16" };

  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (ls_attr_int (op, names[i], 0) != 0 && !ls_op_set_int (work->model, op, names[i], 0))
      return false;
  return true;
}

static bool
touches (const Work *work, const int32_t *list, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    if (list[i] >= 0 && (uint32_t) list[i] < work->n_first && work->becomes_float[list[i]])
      return true;
  return false;
}

static LsStatus
rewrite_operators (Work *work, LsError *error)
{
  LsModel *model = work->model;

  for (uint32_t i = 0; i < model->graphs[work->graph]->view.n_ops; i++)
    {
      LsOperator *op = ls_model_op (model, work->graph, i);

      if (ls_op_reads_integers (op))
        {
          LS_TRY (keep_integers (work, i, error));
          continue;
        }
      if (!touches (work, op->inputs, op->n_inputs) && !touches (work, op->outputs, op->n_outputs))
        continue;
      if (!say_clamp (work, op) || !clear_options (work, op))
        return ls_fail_no_memory (error, "an option", 0);
      op->n_intermediates = 0; /* an integer LSTM's: scales of values inside */
    }
  if (!ls_insert_casts (model, work->graph, &work->later))
    return ls_fail_no_memory (error, "QUANTIZE", 0);
  return LS_OK;
}

static void
retype_activations (Work *work)
{
  for (uint32_t t = 0; t < work->n_first; t++)
    {
      LsTensor *tensor = ls_model_tensor (work->model, work->graph, t);

      if (!work->becomes_float[t] || tensor->type == LS_TYPE_FLOAT32)
        continue;
      tensor->type = LS_TYPE_FLOAT32;
      tensor->quant = NULL;
      work->n_activations++;
    }
}

static LsStatus
remove_casts (Work *work, LsError *error)
{
  LsModel *model = work->model;
  const LsSubgraph *graph = &model->graphs[work->graph]->view;
  LS_FREE bool *dead = calloc ((size_t) graph->n_ops + 1, sizeof *dead);
  LsBypass bypass;
  bool is_good = true;

  if (dead == NULL || !ls_bypass_begin (&bypass, model, work->graph))
    return ls_fail_no_memory (error, "dequantize", graph->n_ops);
  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];
      bool is_cast = op->kind == LS_OP_QUANTIZE || op->kind == LS_OP_DEQUANTIZE;

      if (is_cast && op->n_inputs == 1 && op->n_outputs == 1 && op->inputs[0] >= 0
          && op->outputs[0] >= 0 && graph->tensors[op->inputs[0]].type == LS_TYPE_FLOAT32
          && graph->tensors[op->outputs[0]].type == LS_TYPE_FLOAT32)
        {
          int result = ls_bypass_op (&bypass, op);

          is_good &= result >= 0;
          dead[i] = result > 0;
          work->n_removed += result > 0;
        }
      /* What compares quantized with float values has nothing left to compare. */
      if (op->kind == LS_OP_CUSTOM && op->custom_code != NULL
          && strcmp (op->custom_code, "NumericVerify") == 0)
        dead[i] = true;
    }
  if (!ls_bypass_end (&bypass) || !is_good)
    return ls_fail_no_memory (error, "dequantize", 0);
  ls_model_remove_ops (model, work->graph, dead);
  return LS_OK;
}

/* A cast that had to stay between two float tensors is a copy: RESHAPE to the same shape. */
static LsStatus
replace_left_casts (Work *work, LsError *error)
{
  LsModel *model = work->model;
  const LsSubgraph *graph = &model->graphs[work->graph]->view;

  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      LsOperator *op = ls_model_op (model, work->graph, i);
      bool is_cast = op->kind == LS_OP_QUANTIZE || op->kind == LS_OP_DEQUANTIZE;

      if (!is_cast || op->n_inputs != 1 || op->inputs[0] < 0 || op->outputs[0] < 0
          || graph->tensors[op->inputs[0]].type != LS_TYPE_FLOAT32
          || graph->tensors[op->outputs[0]].type != LS_TYPE_FLOAT32)
        continue;

      /* ABS and RELU would change values; ADD of nothing is no operator: a sum over no axis is the
       * identity. */
      const LsTensor *like = &graph->tensors[op->outputs[0]];
      int64_t shape[LS_MAX_RANK];
      int code = ls_model_ensure_code (model, LS_OP_RESHAPE, NULL, 1);

      if (like->rank > LS_MAX_RANK || code < 0)
        return ls_fail_no_memory (error, "RESHAPE", 0);
      for (int32_t d = 0; d < like->rank; d++)
        shape[d] = like->dims[d];
      op->kind = LS_OP_RESHAPE;
      op->version = 1;
      op->code_index = (uint32_t) code;
      op->options_type = "ReshapeOptions";
      op->n_attrs = 0;
      if (!ls_op_set_ints (model, op, "new_shape", shape, (uint32_t) like->rank))
        return ls_fail_no_memory (error, "RESHAPE", 0);
    }
  return LS_OK;
}

static LsStatus
dequantize_graph (Work *work, LsError *error)
{
  LS_TRY (rewrite_operators (work, error));
  LS_TRY (decode_constants (work, error));
  retype_activations (work);
  LS_TRY (remove_casts (work, error));
  return replace_left_casts (work, error);
}

static LsStatus
dequantize_run (LsPassContext *context, LsError *error)
{
  LsModel *model = context->model;
  Work work = { .context = context, .model = model };

  if (!ls_spread_quantization (model))
    return ls_fail_no_memory (error, "dequantize", 0);
  for (uint32_t g = 0; g < model->n_graphs; g++)
    {
      work.graph = g;
      work.n_first = model->graphs[g]->view.n_tensors;
      LS_FREE bool *becomes_float = calloc ((size_t) work.n_first + 1, sizeof *becomes_float);

      if (becomes_float == NULL)
        return ls_fail_no_memory (error, "dequantize", work.n_first);
      work.becomes_float = becomes_float;
      choose_tensors (&work);
      LS_TRY (dequantize_graph (&work, error));
      if (!ls_tick (context->progress, (double) g / model->n_graphs, "dequantize"))
        return ls_fail_cancelled (error);
    }
  if (work.n_constants + work.n_activations + work.n_removed == 0)
    return LS_OK;

  LsParts parts = { "" };

  ls_parts_add (&parts, work.n_constants, "weight or bias took its real values",
                "weights and biases took their real values");
  ls_parts_add (&parts, work.n_activations, "activation became float32",
                "activations became float32");
  ls_parts_add (&parts, work.n_removed, "QUANTIZE or DEQUANTIZE went",
                "QUANTIZE and DEQUANTIZE operators went");
  ls_parts_add (&parts, work.n_clamped, "cut-off at 0 became RELU or RELU6",
                "cut-offs at 0 became RELU or RELU6");
  return ls_pass_report (context, "dequantize",
                         work.n_constants + work.n_activations + work.n_removed, error, "%s",
                         parts.text);
}

const LsPass ls_pass_dequantize = { "dequantize", dequantize_run };
