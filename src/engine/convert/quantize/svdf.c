/*
 * SVDF with integers: weights of features int8, those of time and the state int16, bias int32 at
 * their product's scale. Sources: tflite/kernels/svdf.cc, internal/reference/svdf.h.
 */
#include <math.h>
#include <string.h>

#include "convert/quantize/cells.h"

enum
{
  FEATURE = 1,
  TIME,
  BIAS,
  STATE,
  N_OPERANDS,
  RELU = 1 /* ActivationFunctionType of the schema; the integer kernel takes no other */
};

/* Ranges may have come from a file, so that nobody has run the operator. */
static bool
fits_together (const LsPlan *plan, const LsOperator *op)
{
  const LsTensor *tensors = plan->model->graphs[plan->graph]->view.tensors,
                 *feature = &tensors[op->inputs[FEATURE]], *time = &tensors[op->inputs[TIME]];
  int64_t rank = ls_attr_int (op, "rank", 0);

  return feature->rank == 2 && time->rank == 2 && feature->dims[0] == time->dims[0] && rank > 0
         && feature->dims[0] % rank == 0;
}

bool
ls_plan_fits_svdf (const LsPlan *plan, const LsOperator *op)
{
  return op->n_inputs == N_OPERANDS && op->n_outputs == 1
         && ls_attr_int (op, "fused_activation_function", 0) == RELU
         && ls_plan_is_weights (plan, op, FEATURE) && ls_plan_is_weights (plan, op, TIME)
         && (op->inputs[BIAS] < 0 || ls_plan_is_weights (plan, op, BIAS))
         && ls_plan_is_state (plan, op, STATE) && fits_together (plan, op);
}

/* 10 bits of the time weights leave 6 of the 32 for adding up (operator_property.cc). */
static const double most_time = 511, most_state = 32767, most_sum = 0x1p31 - 0x1p16;

/* The least scale of the time weights: neither they nor the sum of a unit may run over, whatever
 * the state holds. */
static double
time_scale (const LsConstant *time, const LsConstant *bias, size_t n_units, double state_scale)
{
  size_t n = n_units > 0 ? time->count / n_units : 0;
  float peak = 0;

  ls_constant_largest (time, &peak);

  double scale = fmax (peak / most_time, 0x1p-60);

  for (size_t unit = 0; unit < n_units; unit++)
    {
      double sum = unit < bias->count ? fabs ((double) bias->values[unit]) / state_scale : 0;

      for (size_t i = 0; i < n; i++)
        sum += fabs ((double) time->values[unit * n + i]) * most_state;
      scale = fmax (scale, sum / most_sum);
    }
  return scale;
}

static LsStatus
store_feature (const LsCell *cell, LsError *error)
{
  LsConstant feature;
  float scale;

  LS_TRY (ls_cell_read (cell, FEATURE, &feature, error));

  LsStatus status = ls_constant_fit_scales (&feature, false, &scale, error);

  if (status == LS_OK)
    status = ls_cell_store (cell, FEATURE, &feature, LS_TYPE_INT8, scale, error);
  ls_constant_clear (&feature);
  return status;
}

static LsStatus
store_time (const LsCell *cell, const LsConstant *bias, double state_scale, LsError *error)
{
  LsConstant time;
  const LsTensor *filters = ls_model_tensor (cell->model, cell->graph,
                                             (uint32_t) ls_op_operand (cell->original, FEATURE));
  size_t n_units = (size_t) (filters->dims[0] / ls_attr_int (cell->original, "rank", 1));

  LS_TRY (ls_cell_read (cell, TIME, &time, error));

  double scale = time_scale (&time, bias, n_units, state_scale);
  LsStatus status = ls_cell_store (cell, TIME, &time, LS_TYPE_INT16, scale, error);

  if (status == LS_OK && bias->values != NULL)
    status = ls_cell_store (cell, BIAS, bias, LS_TYPE_INT32, (float) scale * state_scale, error);
  ls_constant_clear (&time);
  return status;
}

LsStatus
ls_cell_quantize_svdf (const LsCell *cell, LsError *error)
{
  const LsRange *range = cell->plan->ranges[ls_op_operand (cell->original, STATE)];
  LsConstant bias = { 0 };
  LsGrid grid;

  /* Twice what was seen: 16 bits have room to spare. */
  ls_grid_of_activation (LS_TYPE_INT16, 0, 2 * ls_range_peak (range), &grid.scale,
                         &grid.zero_point);
  LS_TRY (ls_cell_set_state (cell, STATE, LS_TYPE_INT16, grid, error));
  LS_TRY (store_feature (cell, error));
  if (ls_op_operand (cell->original, BIAS) >= 0)
    LS_TRY (ls_cell_read (cell, BIAS, &bias, error));

  LsStatus status = store_time (cell, &bias, grid.scale, error);

  ls_constant_clear (&bias);
  return status;
}
