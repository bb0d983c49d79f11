/*
 * Operators of one input whose elements are computed one by one.
 *
 * unary.def lists them. Floats of every width run the same real function (16-bit ones by way of
 * float32); integers run what the operator's planner chooses: a table of 256 bytes that is exact by
 * construction, a curve of 513 points, or a rule of its own.
 */
#ifndef LS_OPS_UNARY_H
#define LS_OPS_UNARY_H

#include "kernels/elements.h"
#include "ops/elementwise.h"
#include "ops/fixed_point.h"
#include "ops/lut.h"

typedef struct LsUnary LsUnary;

/* False: an element is outside the function's domain (LsUnary.complaint says so). In place when
 * @x == @y. */
typedef bool (*LsUnaryLoop) (const LsUnary *unary, const void *x, void *y, size_t n);

typedef struct
{
  size_t f32; /* where in LsElements the kernel of float32 stands */
  LsUnaryLoop f64;
  /* Chooses the loop of an integer type, or fails; NULL: no integers. */
  LsStatus (*plan_integers) (LsNode *node, LsUnary *unary, LsError *error);
  size_t cost;
} LsUnaryKind;

struct LsUnary
{
  const LsUnaryKind *kind;
  LsUnaryLoop loop;
  LsUnaryKernel kernel; /* of `loop` = ls_unary_run_kernel, and of 16-bit floats */
  LsElementParams params;
  size_t in_size, out_size; /* bytes of an element */
  size_t cost;
  const char *complaint;
  bool is_approximate; /* GELU */
  /* Integers. */
  float in_scale, out_scale;
  LsMultiplier plain;
  bool is_outside[LS_LUT8_SIZE]; /* by stored byte: not in the domain */
  uint8_t table[LS_LUT8_SIZE];
  uint16_t points[LS_LUT8_SIZE]; /* 16-bit LOGISTIC and TANH */
  int16_t curve[LS_LUT16_SIZE];
};

/* The loops of float64: unary_double.c. */
#define UNARY(NAME, stem, version, cost, f64, plan, types)                                         \
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

bool ls_unary_run_kernel (const LsUnary *unary, const void *x, void *y, size_t n);

/* For planners: checks the scales of input and output, and takes them over. */
LsStatus ls_unary_scales (LsNode *node, LsUnary *unary, LsError *error);
/* Fails because both zero points have to be 0 (16-bit types). */
LsStatus ls_unary_symmetric (const LsNode *node, LsError *error);
LsStatus ls_unary_unsupported (const LsNode *node, LsError *error);
/* Runs @rule for every value of the 8-bit input type, makes the table, and chooses its loop. */
void ls_unary_tabulate (LsNode *node, LsUnary *unary,
                        int32_t (*rule) (const LsUnary *unary, int32_t x));
/* Takes a kernel from int16 to int16 as it is, and makes the table of an 8-bit type by running it
 * for every value. */
LsStatus ls_unary_use_kernel (LsNode *node, LsUnary *unary, LsUnaryKernel kernel, LsError *error);
/* Chooses the table (8 bits) or the curve (16 bits) of a real function. */
LsStatus ls_unary_plan_real (LsNode *node, LsUnary *unary, LsRealFn fn, const void *params,
                             LsError *error);

#endif
