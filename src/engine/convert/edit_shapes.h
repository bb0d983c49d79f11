/* Other shapes for inputs: what the inference and the rules for single
 * operators share. */
#ifndef LS_CONVERT_EDIT_SHAPES_H
#define LS_CONVERT_EDIT_SHAPES_H

#include "model/model.h"
#include "runtime/runtime.h"

/* Shape of a tensor; rank -1: not known before the model runs. */
typedef struct
{
  int rank;
  int32_t dims[LS_MAX_RANK];
} LsShape;

/* A change of shapes on its way. */
typedef struct
{
  LsModel *model;
  uint32_t subgraph;
  const LsEditShape *shapes;
  uint32_t n_shapes;
  LsShape *before, *after; /* by tensor */
  uint32_t n_tensors;
  int32_t *original; /* by operator: the constant that others read, too, of which it has a copy */
  bool has_open, only_batch;
  int32_t batch_before, batch_after; /* with only_batch */
  LsSession *session;
  LsEditReport *report;
  LsError *error;
} LsReshape;

static inline const LsSubgraph *
ls_reshape_graph (const LsReshape *r)
{
  return &r->model->graphs[r->subgraph]->view;
}

/* shape_constants.c */

/* Gives every operator a constant of its own where it carries a shape, so that
 * each can be changed; and takes those back that were not. */
LsStatus ls_reshape_split (LsReshape *r);
LsStatus ls_reshape_join (LsReshape *r);
/* Adapts one operator, in the model and in the session; *is_changed when it had
 * to change. */
LsStatus ls_reshape_adapt (LsReshape *r, uint32_t op, bool *is_changed);
/* Puts the operator in front of what went wrong. */
LsStatus ls_reshape_blame (const LsReshape *r, uint32_t op, const LsError *cause);

/* shape_operands.c */

/* An operator whose operand may carry a shape. */
typedef struct
{
  const LsSubgraph *graph;
  uint32_t op;
  const LsShape *before, *after; /* by tensor; `after` of what stands behind `op` says nothing */
  bool only_batch;               /* nothing but the first dimension of inputs changes: this one */
  int32_t batch_before, batch_after;
  LsError *error;
} LsShapeCase;

/* The operand of an operator that carries a shape; -1: none does. */
int ls_shape_operand (const LsOperator *op);
/*
 * What a constant operand must say after the change.
 *
 * @values: as it stands, changed in place; @count: of them
 *
 * LS_E_INVALID: that cannot be told; the error says why, without the operator's
 * name.
 */
LsStatus ls_shape_adapt (const LsShapeCase *shapes, int64_t *values, uint32_t count);

/* Whether a pooling's window must be another one, and which: height and width. */
bool ls_shape_window (const LsShapeCase *shapes, int32_t window[2]);
/* Operators that take any shape, and mean something else by it: fails when that
 * would happen. */
LsStatus ls_shape_check (const LsShapeCase *shapes);

#endif
