/*
 * From one integer type to another without the float model: int8 ↔ uint8 by moving zero points by
 * 128, 16-bit activations to 8 bits, weights from a scale for each channel to one for all.
 */
#ifndef LS_CONVERT_REQUANTIZE_H
#define LS_CONVERT_REQUANTIZE_H

#include "convert/edges.h"
#include "convert/pass.h"

/* One subgraph at work. The arrays are as long as the subgraph was at first. */
typedef struct
{
  LsPassContext *context;
  LsModel *model;
  uint32_t graph;
  LsType to;
  bool narrows;      /* activations of int16 become 8 bits wide, too */
  bool is_edge_only; /* operators stay, inputs and outputs of the graph change */
  uint32_t n_first;  /* tensors at first */
  bool *stays;       /* by operator: it goes on in its own type */
  bool *changes;     /* by tensor: it takes the new type */
  bool *is_weights;  /* by tensor: constant weights or a bias, which their operator changes */
  const LsQuantization **grids; /* by tensor: its new quantization, where it changes */
  int32_t *twins;               /* by tensor: the same value in the old type, or -1 */
  LsUses uses;
  LsLaterCasts later;
  uint32_t n_tensors, n_weights, n_biases, n_casts, n_rounding, n_merged;
} LsRequantize;

/* What is known of an operator and the type: see ops.c. */
bool ls_requantize_takes (const LsOperator *op, LsType type);
/* The 8-bit kernels round otherwise than each other: up to one step of difference. */
bool ls_requantize_rounds (const LsOperator *op);

/* Fills `grids` for everything in `changes`; false: out of memory. */
bool ls_requantize_grids (LsRequantize *work);

/* Weights and biases of operators that do not stay. */
LsStatus ls_requantize_weights (LsRequantize *work, LsError *error);

#endif
