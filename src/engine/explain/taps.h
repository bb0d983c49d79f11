/* Taps that several families gather. */
#ifndef LS_EXPLAIN_TAPS_H
#define LS_EXPLAIN_TAPS_H

#include "explain/explain.h"

/* All places of input 0 that the output's place stands for, when the axes in input 1 are reduced.
 */
LsStatus ls_explain_reduced_taps (LsExplainer *e, LsError *error);

/* The result is an element of @value as it is stored. */
LsStatus ls_explain_take (LsExplainer *e, const LsValue *value, const int32_t *at, LsError *error);

#endif
