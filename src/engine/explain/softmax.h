/* Operators on rows: the last dimension. */
#ifndef LS_EXPLAIN_SOFTMAX_H
#define LS_EXPLAIN_SOFTMAX_H

#include "explain/explain.h"

/* The element's row as taps. */
LsStatus ls_explain_row (LsExplainer *e, LsError *error);
/* Which tap is the element itself. */
int32_t ls_explain_row_place (const LsExplainer *e);

/* softmax_int16.c */
void ls_explain_softmax_int16 (LsExplainer *e, float beta);

#endif
