/*
 * LSTM with integers, of the form 8x8_16: weights int8, gates and cell state int16, biases int32.
 *
 * Sources: tflite/converter/tools/optimize/operator_property.cc (which scales follow from which),
 * tflite/kernels/unidirectional_sequence_lstm.cc (PopulateQuantizedLstmParams8x8_16) and
 * lstm_eval.cc (what the kernel takes for granted).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "convert/edges.h"
#include "convert/quantize/cells.h"

enum
{
  N_GATES = 4,
  CELL_GATE = 2,
  LAST_GATE = 3,
  TANH = 4, /* ActivationFunctionType of the schema; the integer kernel has no other */
  /* The cell state's scale is a power of two between these (ls_fixed16_tanh has 0 to 6 integer
   * bits). */
  LEAST_CELL_LOG2 = -15,
  MOST_CELL_LOG2 = -9,
  LN_MEAN_BITS = 10 /* of the fraction of a normalized gate */
};

/* Gates without normalization (Q3.12). */
static const double gate_scale = 0x1p-12;
/* Integers of a bias stay below: room for the sum of products in 32 bits. */
static const double most_bias = 0x1p29;
/* As far as unseen values may go beyond those seen where 16 bits have room to spare. */
static const double headroom = 2;

/* ---- What fits ---------------------------------------------------------------------------------
 */

bool
ls_op_is_lstm (const LsOperator *op)
{
  bool is_full = op->kind == LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM
                 || (op->kind == LS_OP_LSTM && ls_attr_int (op, "kernel_type", 0) == 0);

  return is_full && (op->n_inputs == 20 || op->n_inputs == 24) && op->n_outputs == 1;
}

char *
ls_lstm_inner_name (const LsSubgraph *graph, const LsOperator *op, LsInner inner)
{
  static const char *const names[LS_N_INTERMEDIATES]
    = { "input_to_input_intermediate", "input_to_forget_intermediate", "input_to_cell_intermediate",
        "input_to_output_intermediate", "effective_hidden_scale_intermediate" };
  const char *output = op->outputs[0] >= 0 ? graph->tensors[op->outputs[0]].name : "";
  size_t size = strlen (output) + strlen (names[inner]) + 2;
  char *name = malloc (size);

  if (name != NULL)
    snprintf (name, size, "%s/%s", output, names[inner]);
  return name;
}

static const LsRange *
inner_range (const LsPlan *plan, const LsOperator *op, LsInner inner)
{
  char *name = ls_lstm_inner_name (&plan->model->graphs[plan->graph]->view, op, inner);
  const LsRange *range = name != NULL ? ls_plan_find_range (plan, name) : NULL;

  free (name);
  return range;
}

static bool
has (const LsOperator *op, uint32_t slot)
{
  return ls_op_operand (op, slot) >= 0;
}

/* The peephole has no slot of the cell gate. */
static uint32_t
peephole_slot (uint32_t gate)
{
  return LS_LSTM_PEEPHOLES + gate - (gate > CELL_GATE);
}

static bool
has_gate (const LsOperator *op, uint32_t gate)
{
  return has (op, LS_LSTM_INPUT_WEIGHTS + gate);
}

static bool
fits_gate (const LsPlan *plan, const LsOperator *op, uint32_t gate)
{
  const uint32_t recurrent = LS_LSTM_RECURRENT_WEIGHTS + gate;
  const LsTensor *tensors = plan->model->graphs[plan->graph]->view.tensors;

  if (!has_gate (op, gate))
    return gate == 0; /* coupled to the forget gate */
  if (!ls_plan_is_weights (plan, op, LS_LSTM_INPUT_WEIGHTS + gate)
      || !ls_plan_is_weights (plan, op, recurrent) || tensors[op->inputs[recurrent]].rank != 2
      || !ls_plan_is_weights (plan, op, LS_LSTM_BIASES + gate))
    return false;
  if (gate != CELL_GATE && has (op, peephole_slot (gate))
      && !ls_plan_is_weights (plan, op, peephole_slot (gate)))
    return false;
  if (!has (op, LS_LSTM_NORMS + gate))
    return true;
  return ls_plan_is_weights (plan, op, LS_LSTM_NORMS + gate)
         && inner_range (plan, op, (LsInner) gate) != NULL;
}

bool
ls_plan_fits_lstm (const LsPlan *plan, const LsOperator *op)
{
  if (!ls_op_is_lstm (op) || ls_attr_int (op, "fused_activation_function", 0) != TANH
      || !ls_plan_is_state (plan, op, LS_LSTM_OUTPUT_STATE)
      || !ls_plan_is_state (plan, op, LS_LSTM_CELL_STATE))
    return false;
  for (uint32_t gate = 0; gate < N_GATES; gate++)
    if (!fits_gate (plan, op, gate))
      return false;
  for (uint32_t slot = LS_LSTM_PROJECTION; slot <= LS_LSTM_PROJECTION_BIAS; slot++)
    if (has (op, slot) && !ls_plan_is_weights (plan, op, slot))
      return false;

  const LsTensor *tensors = plan->model->graphs[plan->graph]->view.tensors;
  const LsTensor *recurrent = &tensors[op->inputs[LS_LSTM_RECURRENT_WEIGHTS + LAST_GATE]];

  /* The integer kernel walks peepholes n_output at a time over n_cell cells (lstm_eval.cc,
   * CalculateLstmGateInteger8x8_16), where these differ it computes something else; and it projects
   * into scratch memory of n_cell values. */
  return recurrent->dims[1] <= recurrent->dims[0]
         && (!has (op, peephole_slot (LAST_GATE)) || recurrent->dims[0] == recurrent->dims[1]);
}

/* ---- Gates -------------------------------------------------------------------------------------
 */

typedef struct
{
  const LsCell *cell;
  uint32_t gate;
  LsConstant input, recurrent, bias;
  float input_scale, recurrent_scale;
} Gate;

static double
peak_of (const LsConstant *constant)
{
  float peak = 0;

  ls_constant_largest (constant, &peak);
  return peak;
}

/* What rounding the weights moves on average: error × mean, for each row. */
static void
take_back (LsConstant *bias, const LsConstant *weights, double scale, const LsRange *range)
{
  size_t n = range != NULL && range->channel_mean != NULL ? range->n_channels : 0;

  if (n == 0 || weights->count != bias->count * n)
    return;
  for (size_t row = 0; row < bias->count; row++)
    {
      double moved = 0;

      for (size_t i = 0; i < n; i++)
        {
          double w = weights->values[row * n + i];

          moved += (round (w / scale) * scale - w) * range->channel_mean[i];
        }
      bias->values[row] -= (float) moved;
    }
}

static LsStatus
store_plain_bias (Gate *gate, LsError *error)
{
  const LsCell *cell = gate->cell;
  const LsPlan *plan = cell->plan;
  double least = peak_of (&gate->bias) / (cell->in.scale * most_bias);

  if (gate->input_scale < least)
    gate->input_scale = (float) least;
  take_back (&gate->bias, &gate->input, gate->input_scale,
             plan->ranges[cell->original->inputs[LS_LSTM_X]]);
  take_back (&gate->bias, &gate->recurrent, gate->recurrent_scale,
             plan->ranges[cell->original->outputs[0]]);
  return ls_cell_store (cell, LS_LSTM_BIASES + gate->gate, &gate->bias, LS_TYPE_INT32,
                        cell->in.scale * gate->input_scale, error);
}

/* Normalized values count in 2^-10: weights of 16 bits and the bias must fit beside them. A row of
 * n values has none beyond the root of n. */
static LsStatus
store_norm (Gate *gate, LsError *error)
{
  const LsCell *cell = gate->cell;
  const double unit = ldexp (1, -LN_MEAN_BITS);
  LsConstant norm;

  LS_TRY (ls_cell_read (cell, LS_LSTM_NORMS + gate->gate, &norm, error));

  double peak = peak_of (&norm), largest = peak * sqrt ((double) norm.count);
  double scale = fmax (peak / 32767, largest / unit / (2 * most_bias));

  scale = (float) fmax (fmax (scale, peak_of (&gate->bias) / unit / most_bias), 0x1p-60);

  LsStatus status
    = ls_cell_store (cell, LS_LSTM_NORMS + gate->gate, &norm, LS_TYPE_INT16, scale, error);

  ls_constant_clear (&norm);
  LS_TRY (status);
  return ls_cell_store (cell, LS_LSTM_BIASES + gate->gate, &gate->bias, LS_TYPE_INT32, scale * unit,
                        error);
}

static LsStatus
store_peephole (const LsCell *cell, uint32_t slot, LsError *error)
{
  LsConstant peephole;

  LS_TRY (ls_cell_read (cell, slot, &peephole, error));

  LsStatus status = ls_cell_store (cell, slot, &peephole, LS_TYPE_INT16,
                                   fmax (peak_of (&peephole) / 32767, 0x1p-60), error);

  ls_constant_clear (&peephole);
  return status;
}

static LsStatus
store_gate (Gate *gate, LsError *error)
{
  const LsCell *cell = gate->cell;
  uint32_t input = LS_LSTM_INPUT_WEIGHTS + gate->gate,
           recurrent = LS_LSTM_RECURRENT_WEIGHTS + gate->gate;

  LS_TRY (ls_cell_read (cell, input, &gate->input, error));
  LS_TRY (ls_cell_read (cell, recurrent, &gate->recurrent, error));
  LS_TRY (ls_cell_read (cell, LS_LSTM_BIASES + gate->gate, &gate->bias, error));
  LS_TRY (ls_constant_fit_scales (&gate->input, true, &gate->input_scale, error));
  LS_TRY (ls_constant_fit_scales (&gate->recurrent, true, &gate->recurrent_scale, error));
  LS_TRY (has (cell->original, LS_LSTM_NORMS + gate->gate) ? store_norm (gate, error)
                                                           : store_plain_bias (gate, error));
  LS_TRY (ls_cell_store (cell, input, &gate->input, LS_TYPE_INT8, gate->input_scale, error));
  LS_TRY (
    ls_cell_store (cell, recurrent, &gate->recurrent, LS_TYPE_INT8, gate->recurrent_scale, error));
  if (gate->gate != CELL_GATE && has (cell->original, peephole_slot (gate->gate)))
    return store_peephole (cell, peephole_slot (gate->gate), error);
  return LS_OK;
}

static LsStatus
quantize_gate (const LsCell *cell, uint32_t which, LsError *error)
{
  Gate gate = { .cell = cell, .gate = which };
  LsStatus status = has_gate (cell->original, which) ? store_gate (&gate, error) : LS_OK;

  ls_constant_clear (&gate.input);
  ls_constant_clear (&gate.recurrent);
  ls_constant_clear (&gate.bias);
  return status;
}

/* ---- The rest ----------------------------------------------------------------------------------
 */

/* What goes into the projection is around 0: the kernel takes a zero point for its opposite. */
static LsGrid
hidden_grid (const LsCell *cell)
{
  const LsRange *range = inner_range (cell->plan, cell->original, LS_INNER_HIDDEN);

  if (!has (cell->original, LS_LSTM_PROJECTION))
    return cell->out;
  return (LsGrid){ (float) (fmax (range != NULL ? ls_range_peak (range) : 1, 0x1p-20) / 127), 0 };
}

static LsStatus
quantize_projection (const LsCell *cell, double hidden_scale, LsError *error)
{
  LsConstant weights, bias = { 0 };
  float scale = 1;

  LS_TRY (ls_cell_read (cell, LS_LSTM_PROJECTION, &weights, error));

  LsStatus status = ls_constant_fit_scales (&weights, false, &scale, error);

  if (status == LS_OK && has (cell->original, LS_LSTM_PROJECTION_BIAS))
    status = ls_cell_read (cell, LS_LSTM_PROJECTION_BIAS, &bias, error);
  scale = fmaxf (scale, (float) (peak_of (&bias) / (hidden_scale * most_bias)));
  if (status == LS_OK && bias.values != NULL)
    status = ls_cell_store (cell, LS_LSTM_PROJECTION_BIAS, &bias, LS_TYPE_INT32,
                            hidden_scale * scale, error);
  if (status == LS_OK)
    status = ls_cell_store (cell, LS_LSTM_PROJECTION, &weights, LS_TYPE_INT8, scale, error);
  ls_constant_clear (&weights);
  ls_constant_clear (&bias);
  return status;
}

static LsStatus
quantize_states (const LsCell *cell, LsError *error)
{
  const LsRange *range = cell->plan->ranges[cell->original->inputs[LS_LSTM_CELL_STATE]];
  double log2_peak = ceil (log2 (fmax (ls_range_peak (range), 0x1p-20))) - 15;
  int exponent = (int) fmin (fmax (log2_peak, LEAST_CELL_LOG2), MOST_CELL_LOG2);
  LsGrid grid = { ldexpf (1, exponent), 0 };

  LS_TRY (ls_cell_set_state (cell, LS_LSTM_CELL_STATE, LS_TYPE_INT16, grid, error));
  return ls_cell_set_state (cell, LS_LSTM_OUTPUT_STATE, LS_TYPE_INT8, cell->out, error);
}

static int32_t
add_intermediate (const LsCell *cell, LsInner inner, LsGrid grid)
{
  LsModel *model = cell->model;
  char *name = ls_lstm_inner_name (&model->graphs[cell->graph]->view, cell->original, inner);
  LsTensor tensor = { .type = inner == LS_INNER_HIDDEN ? LS_TYPE_INT8 : LS_TYPE_INT16,
                      .has_rank = true,
                      .signature_rank = -1 };

  tensor.name = name != NULL ? ls_model_strdup (model, name) : NULL;
  tensor.quant = ls_quantization_new (model, 1, &grid.scale, &grid.zero_point, 0);
  free (name);
  return tensor.name != NULL && tensor.quant != NULL
           ? ls_model_add_tensor (model, cell->graph, &tensor)
           : -1;
}

/* They hold nothing: it is their scales that the kernel reads. */
static LsStatus
add_intermediates (const LsCell *cell, LsGrid hidden, LsError *error)
{
  int32_t tensors[LS_N_INTERMEDIATES];

  for (uint32_t i = 0; i < LS_N_INTERMEDIATES; i++)
    {
      LsGrid grid = { (float) gate_scale, 0 };

      if (i == LS_INNER_HIDDEN)
        grid = hidden;
      else if (has (cell->original, LS_LSTM_NORMS + i))
        grid.scale = (float) (fmax (headroom
                                      * ls_range_peak (
                                        inner_range (cell->plan, cell->original, (LsInner) i)),
                                    0x1p-20)
                              / 32767);
      tensors[i] = add_intermediate (cell, (LsInner) i, grid);
      if (tensors[i] < 0)
        return ls_fail_no_memory (error, "intermediate tensors", 0);
    }

  LsOperator *op = ls_model_op (cell->model, cell->graph, cell->at);

  op->intermediates = ls_model_ints (cell->model, tensors, LS_N_INTERMEDIATES);
  op->n_intermediates = LS_N_INTERMEDIATES;
  return op->intermediates != NULL ? LS_OK : ls_fail_no_memory (error, "an operator", 0);
}

LsStatus
ls_cell_quantize_lstm (const LsCell *cell, LsError *error)
{
  LsGrid hidden = hidden_grid (cell);

  for (uint32_t gate = 0; gate < N_GATES; gate++)
    LS_TRY (quantize_gate (cell, gate, error));
  if (has (cell->original, LS_LSTM_PROJECTION))
    LS_TRY (quantize_projection (cell, hidden.scale, error));
  LS_TRY (quantize_states (cell, error));
  LS_TRY (add_intermediates (cell, hidden, error));

  /* The kernel clips around 0 instead of around the zero point; the output's grid, which ends where
   * the clipped values of the samples did, does the same. */
  LsOperator *op = ls_model_op (cell->model, cell->graph, cell->at);

  if (ls_attr_float (op, "proj_clip", 0) > 0 && !ls_op_set_float (cell->model, op, "proj_clip", 0))
    return ls_fail_no_memory (error, "an option", 0);
  return LS_OK;
}
