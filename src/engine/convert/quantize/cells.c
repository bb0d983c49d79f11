#include "convert/quantize/cells.h"

#include <math.h>

#include "convert/edges.h"

int32_t
ls_op_operand (const LsOperator *op, uint32_t slot)
{
  return slot < op->n_inputs ? op->inputs[slot] : -1;
}

static const LsTensor *
tensor_of (const LsPlan *plan, int32_t t)
{
  return &plan->model->graphs[plan->graph]->view.tensors[t];
}

bool
ls_plan_is_weights (const LsPlan *plan, const LsOperator *op, uint32_t slot)
{
  int32_t t = ls_op_operand (op, slot);

  return t >= 0 && tensor_of (plan, t)->type == LS_TYPE_FLOAT32
         && ls_tensor_is_constant (plan->model, tensor_of (plan, t));
}

bool
ls_plan_is_state (const LsPlan *plan, const LsOperator *op, uint32_t slot)
{
  int32_t t = ls_op_operand (op, slot);

  return t >= 0 && tensor_of (plan, t)->type == LS_TYPE_FLOAT32 && tensor_of (plan, t)->is_variable
         && plan->ranges[t] != NULL && plan->uses.first[t + 1] - plan->uses.first[t] == 1
         && plan->uses.producer[t] < 0 && !plan->is_input[t] && !plan->uses.is_graph_output[t];
}

double
ls_range_peak (const LsRange *range)
{
  bool is_chosen = ls_range_is_chosen (range);
  double low = is_chosen ? range->low : range->min, high = is_chosen ? range->high : range->max;

  return fmax (fabs (low), fabs (high));
}

bool
ls_plan_fits_cell (const LsPlan *plan, const LsOperator *op)
{
  if (op->n_inputs == 0 || op->n_outputs == 0 || !ls_plan_is_activation (plan, op->inputs[0])
      || !ls_plan_is_activation (plan, op->outputs[0]))
    return false;
  return op->kind == LS_OP_SVDF ? ls_plan_fits_svdf (plan, op) : ls_plan_fits_lstm (plan, op);
}

LsGrid
ls_plan_cell_output (const LsPlan *plan, const LsOperator *op)
{
  LsGrid grid = ls_plan_grid_in (plan, op->outputs[0], LS_TYPE_INT8);
  int32_t lowest = ls_type_lowest (LS_TYPE_INT8), highest = ls_type_highest (LS_TYPE_INT8);

  if (op->kind != LS_OP_SVDF || grid.zero_point == lowest)
    return grid;

  /* What is below 0 is cut off by the end of the grid alone (svdf.cc). */
  double high = grid.scale * (double) (highest - grid.zero_point);

  ls_grid_of_activation (LS_TYPE_INT8, 0, high, &grid.scale, &grid.zero_point);
  return grid;
}

LsStatus
ls_plan_quantize_cell (const LsCell *cell, LsError *error)
{
  return cell->original->kind == LS_OP_SVDF ? ls_cell_quantize_svdf (cell, error)
                                            : ls_cell_quantize_lstm (cell, error);
}

LsStatus
ls_cell_read (const LsCell *cell, uint32_t slot, LsConstant *out, LsError *error)
{
  return ls_constant_read (cell->model, cell->graph,
                           (uint32_t) ls_op_operand (cell->original, slot), -1, out, error);
}

LsStatus
ls_cell_store (const LsCell *cell, uint32_t slot, const LsConstant *constant, LsType type,
               double scale, LsError *error)
{
  float step = (float) scale;
  int twin
    = ls_twin_tensor (cell->model, cell->graph, ls_op_operand (cell->original, slot), "integers");
  LsOperator *op = ls_model_op (cell->model, cell->graph, cell->at);

  if (twin < 0 || !ls_op_set_input (cell->model, op, slot, twin))
    return ls_fail_no_memory (error, "weights", constant->count);
  return ls_constant_store (cell->model, cell->graph, (uint32_t) twin, constant, type, &step, NULL,
                            error);
}

LsStatus
ls_cell_set_state (const LsCell *cell, uint32_t slot, LsType type, LsGrid grid, LsError *error)
{
  const LsQuantization *quant
    = ls_quantization_new (cell->model, 1, &grid.scale, &grid.zero_point, 0);
  LsTensor *state
    = ls_model_tensor (cell->model, cell->graph, (uint32_t) ls_op_operand (cell->original, slot));

  state->type = type;
  state->quant = quant;
  return quant != NULL ? LS_OK : ls_fail_no_memory (error, "a state", 0);
}
