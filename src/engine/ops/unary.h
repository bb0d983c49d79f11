/*
 * Operators of one input whose elements are computed one by one.
 *
 * unary.def lists them. Floats of every width run the same real function (16-bit ones by way of
 * float32); integers run what the operator's planner chooses: a table of 256 bytes that is exact by
 * construction, a curve of 513 points, or a rule of its own.
 */
#ifndef LS_OPS_UNARY_H
#define LS_OPS_UNARY_H

#include "ops/elementwise.h"
#include "ops/fixed_point.h"
#include "ops/lut.h"

typedef struct LsUnary LsUnary;

/* False: an element is outside the function's domain (LsUnary.complaint says so). In place when
 * @x == @y. */
typedef bool (*LsUnaryLoop) (const LsUnary *unary, const void *x, void *y, size_t n);

typedef struct
{
  /* Loops over float and double. */
  LsUnaryLoop f32, f64;
  /* Chooses the loop of an integer type, or fails; NULL: no integers. */
  LsStatus (*plan_integers) (LsNode *node, LsUnary *unary, LsError *error);
  size_t cost;
} LsUnaryKind;

struct LsUnary
{
  const LsUnaryKind *kind;
  LsUnaryLoop loop;
  size_t in_size, out_size; /* bytes of an element */
  size_t cost;
  const char *complaint;
  bool is_approximate; /* GELU */
  float alpha;         /* LEAKY_RELU */
  /* Integers. */
  int32_t in_zero, out_zero, low, high;
  float in_scale, out_scale;
  LsMultiplier plain;
  LsRescale rescale, negative_rescale;
  bool flips_negative;
  bool is_outside[LS_LUT8_SIZE]; /* by stored byte: not in the domain */
  uint8_t table[LS_LUT8_SIZE];
  uint16_t points[LS_LUT8_SIZE]; /* 16-bit LOGISTIC and TANH */
  int16_t curve[LS_LUT16_SIZE];
};

/* Real functions for tables, and the loops of floats, by operator: unary_float.c. */
#define UNARY(NAME, stem, version, cost, f32, f64, plan, types)                                    \
  bool ls_unary_##stem##_f32 (const LsUnary *unary, const void *x, void *y, size_t n);             \
  bool ls_unary_##stem##_f64 (const LsUnary *unary, const void *x, void *y, size_t n);
#include "ops/unary.def"
#undef UNARY

/* Planners of integers. */
LsStatus ls_plan_abs (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_neg (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_sign (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_square (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_exp (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_log (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_sqrt (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_rsqrt (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_elu (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_gelu (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_logistic (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_tanh (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_hard_swish (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_leaky_relu (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_relu (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_relu6 (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_relu_0_to_1 (LsNode *node, LsUnary *unary, LsError *error);
LsStatus ls_plan_relu_n1_to_1 (LsNode *node, LsUnary *unary, LsError *error);

/* For planners: checks the scales of input and output, and takes them over. */
LsStatus ls_unary_scales (LsNode *node, LsUnary *unary, LsError *error);
/* Fails because both zero points have to be 0 (16-bit types). */
LsStatus ls_unary_symmetric (const LsNode *node, LsError *error);
LsStatus ls_unary_unsupported (const LsNode *node, LsError *error);
/* Runs @rule for every value of the 8-bit input type, makes the table, and chooses its loop. */
void ls_unary_tabulate (LsNode *node, LsUnary *unary,
                        int32_t (*rule) (const LsUnary *unary, int32_t x));
/* Chooses the table (8 bits) or the curve (16 bits) of a real function. */
LsStatus ls_unary_plan_real (LsNode *node, LsUnary *unary, LsRealFn fn, const void *params,
                             LsError *error);

#endif
