/*
 * Operators with a state: LSTM of one direction, with 8-bit ends and a cell state of 16 bits, and
 * SVDF. Their integer kernels take int8 alone; in models of other integers casts stand around them.
 */
#ifndef LS_CONVERT_QUANTIZE_CELLS_H
#define LS_CONVERT_QUANTIZE_CELLS_H

#include "convert/constants.h"
#include "convert/quantize/quantize.h"
#include "ops/op.h"

/* Operands of LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM: where each group begins. */
enum
{
  LS_LSTM_X,
  LS_LSTM_INPUT_WEIGHTS,
  LS_LSTM_RECURRENT_WEIGHTS = 5,
  LS_LSTM_PEEPHOLES = 9, /* the cell gate has none */
  LS_LSTM_BIASES = 12,
  LS_LSTM_PROJECTION = 16,
  LS_LSTM_PROJECTION_BIAS,
  LS_LSTM_OUTPUT_STATE,
  LS_LSTM_CELL_STATE,
  LS_LSTM_NORMS
};

/* LSTM of one direction in its full form, with 20 or 24 operands. */
bool ls_op_is_lstm (const LsOperator *op);
/* The name under which the range of a value inside is known: "OUTPUT/input_to_input_intermediate".
 * From malloc; NULL: out of memory. */
char *ls_lstm_inner_name (const LsSubgraph *graph, const LsOperator *op, LsInner inner);

/* An operator in work. Its ends have their grids. */
typedef struct
{
  LsPlan *plan;
  LsModel *model;
  uint32_t graph, at;
  const LsOperator *original; /* as it was planned */
  LsGrid in, out;             /* of input 0 and output 0 */
} LsCell;

/* Whether the kernels can compute the operator (of rule CELL) with integers, as far as its operands
 * and the ranges say. */
bool ls_plan_fits_cell (const LsPlan *plan, const LsOperator *op);
bool ls_plan_fits_lstm (const LsPlan *plan, const LsOperator *op);
bool ls_plan_fits_svdf (const LsPlan *plan, const LsOperator *op);
/* The grid that the operator wants its output in. */
LsGrid ls_plan_cell_output (const LsPlan *plan, const LsOperator *op);
/* Quantizes what is not the operator's input and output. */
LsStatus ls_plan_quantize_cell (const LsCell *cell, LsError *error);
LsStatus ls_cell_quantize_lstm (const LsCell *cell, LsError *error);
LsStatus ls_cell_quantize_svdf (const LsCell *cell, LsError *error);

/* The tensor of an operand; -1: there is none. */
int32_t ls_op_operand (const LsOperator *op, uint32_t slot);
/* A float constant of the model. */
bool ls_plan_is_weights (const LsPlan *plan, const LsOperator *op, uint32_t slot);
/* A float variable of this operator alone, whose range is known. */
bool ls_plan_is_state (const LsPlan *plan, const LsOperator *op, uint32_t slot);
/* The largest magnitude in a range: all that was seen, unless somebody chose the ends. */
double ls_range_peak (const LsRange *range);

/* All values of a constant operand. Freed with ls_constant_clear(). */
LsStatus ls_cell_read (const LsCell *cell, uint32_t slot, LsConstant *out, LsError *error);
/* Makes the operand a constant of integers around 0. */
LsStatus ls_cell_store (const LsCell *cell, uint32_t slot, const LsConstant *constant, LsType type,
                        double scale, LsError *error);
/* Gives a state its integers. */
LsStatus ls_cell_set_state (const LsCell *cell, uint32_t slot, LsType type, LsGrid grid,
                            LsError *error);

#endif
