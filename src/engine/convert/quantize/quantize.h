/*
 * Integers instead of floats: first a plan (which operators, which scales), then the tensors and
 * operators are rewritten after it.
 */
#ifndef LS_CONVERT_QUANTIZE_H
#define LS_CONVERT_QUANTIZE_H

#include "convert/pass.h"
#include "convert/quantize/rounding.h"

typedef enum
{
  LS_QUANT_FREE,
  LS_QUANT_SAME,
  LS_QUANT_ALIKE,
  LS_QUANT_UNIT,
  LS_QUANT_SIGNED_UNIT,
  LS_QUANT_LOG_UNIT,
  LS_QUANT_MAC,
  LS_QUANT_CELL,
  LS_QUANT_TABLE,
  LS_QUANT_SHAPE
} LsQuantRule; /* quantize.def says what they mean */

/* False: LiteRT has no kernel for that operator with activations of that type. */
bool ls_quant_rule (int kind, LsType type, LsQuantRule *out);
/* The same in a model whose activations are of @type: @ends is that type, or the 8-bit one that the
 * kernel has instead, with casts around the operator. */
bool ls_quant_rule_between (int kind, LsType type, LsQuantRule *out, LsType *ends);

typedef struct
{
  float scale;
  int64_t zero_point;
} LsGrid;

/* What LiteRT asks of the ends of operators that hand values on: equal scales and zero points
 * (concatenation.cc, pad.cc). */
bool ls_grid_is_same (LsGrid a, LsGrid b);

/* The output's grid where the rule prescribes it. */
bool ls_quant_fixed_grid (LsQuantRule rule, LsType type, LsGrid *out);

/* False: operators call the subgraph in a way that leaves it in float. @is_body: of a loop or a
 * branch. */
bool ls_quant_takes_graph (const LsModel *model, uint32_t graph, bool *is_body);

typedef enum
{
  LS_PLAN_NEUTRAL, /* reads and writes no float values */
  LS_PLAN_FLOAT,
  LS_PLAN_INTEGER
} LsPlanOp;

/* Why an operator stays in float. */
typedef enum
{
  LS_WHY_ASKED,
  LS_WHY_NO_KERNEL,
  LS_WHY_COUNTER,
  LS_WHY_UNSEEN,
  LS_WHY_FORM,
  LS_WHY_DIVISOR,
  LS_WHY_BETWEEN
} LsPlanWhy;

typedef struct
{
  LsPassContext *context;
  LsModel *model;
  uint32_t graph, n_tensors, n_ops; /* as they were when the plan was made */
  LsType type;                      /* of activations */
  LsUses uses;
  LsPlanOp *ops;             /* by operator */
  LsPlanWhy *why;            /* by operator: of those in float */
  const LsRange **ranges;    /* by tensor; NULL: none */
  uint32_t *parent;          /* by tensor: one scale for all that have one root */
  uint32_t *next;            /* by tensor: of the same scale, in a ring */
  bool *is_fixed, *is_input; /* by root; by tensor */
  double *low, *high;        /* by root */
  LsGrid *grids;             /* by tensor, in the end */
  bool is_body;              /* of a loop or a branch */
  bool has_float_ports;      /* what goes in and out of the graph stays float */
  LsRounding *rounding;      /* of weights; NULL: each to the nearest */
} LsPlan;

/* Chooses the operators. @is_body: of a loop or a branch. ls_plan_clear() also after a failure. */
LsStatus ls_plan_init (LsPlan *plan, LsPassContext *context, uint32_t graph, LsType type,
                       bool is_body, LsError *error);
/* float_notes.c: tells the person which operators stay in float. */
LsStatus ls_plan_note_floats (const LsPlan *plan, LsError *error);
/* Chooses the scales. */
void ls_plan_scales (LsPlan *plan);
/* Rounds the weights over the samples, where that is wanted. @rounding: to be cleared by the caller
 * after ls_plan_apply(), also after a failure. */
LsStatus ls_plan_round (LsPlan *plan, LsRounding *rounding, LsError *error);
/* Rewrites the model after the plan. */
LsStatus ls_plan_apply (LsPlan *plan, LsError *error);
void ls_plan_clear (LsPlan *plan);

/* The range of that name, if it can be used; NULL: none. */
const LsRange *ls_plan_find_range (const LsPlan *plan, const char *name);
/* Its ends are all that is known: somebody chose them, or nothing was seen. */
bool ls_range_is_chosen (const LsRange *range);
/* The grid of an activation in a type of 8 bits or the plan's own: after ls_plan_scales(). */
LsGrid ls_plan_grid_in (const LsPlan *plan, int32_t tensor, LsType type);
/* The grid in which an operator of rule ALIKE compares: the coarsest of its inputs', in that type.
 * False: no input is an activation. */
bool ls_plan_grid_alike (const LsPlan *plan, const LsOperator *op, LsType type, LsGrid *out);
/* A float tensor that is computed: an activation. */
bool ls_plan_is_activation (const LsPlan *plan, int32_t tensor);
/* Whether two tensors were given one scale. */
bool ls_plan_is_alike (const LsPlan *plan, int32_t a, int32_t b);

/* Quantizes weights and bias of an operator of products, which stands at @at by now and whose ends
 * have their grids. @original: the operator as it was planned. */
LsStatus ls_plan_quantize_mac (LsPlan *plan, const LsOperator *original, uint32_t at,
                               LsError *error);

#endif
