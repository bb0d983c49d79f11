/* Real functions of one element. */
#ifndef LS_EXPLAIN_CURVE_H
#define LS_EXPLAIN_CURVE_H

#include "explain/explain.h"

typedef struct
{
  const char *formula; /* in C, of the float `real` and the constant `limit` */
  float (*f) (float x, float limit);
  double (*d) (double x);
} LsExplainCurve;

/* @limit: what the function gives where it would leave its domain or the output's type. */
LsStatus ls_explain_curve (LsExplainer *e, const LsExplainCurve *curve, float limit,
                           LsError *error);

/* curve_logistic.c */
LsStatus ls_explain_logistic_int16 (LsExplainer *e);
LsStatus ls_explain_tanh_int16 (LsExplainer *e);

#endif
