/* What the replacements of operators share. */
#ifndef LS_CONVERT_LEGALIZE_H
#define LS_CONVERT_LEGALIZE_H

#include "convert/edges.h"
#include "convert/pass.h"

typedef struct
{
  LsPassContext *context;
  LsModel *model;
  uint32_t graph, n_changed;
  LsLaterCasts later; /* operators that go before others */
  LsTo to;
} LsLegalize;

/* An attribute of an operator that is made. */
typedef struct
{
  const char *name;
  int64_t value;
} LsLegalizeOption;

const LsSubgraph *ls_legalize_graph (const LsLegalize *work);
LsOperator *ls_legalize_op (const LsLegalize *work, uint32_t index);
/* Makes the operator another kind without attributes; false: out of memory. */
bool ls_legalize_become (LsLegalize *work, uint32_t index, int kind, const char *options);
bool ls_legalize_set_inputs (LsLegalize *work, uint32_t index, const int32_t *inputs,
                             uint32_t count);
/* A constant vector; -1: out of memory. */
int32_t ls_legalize_constant (LsLegalize *work, const char *name, LsType type, const void *values,
                              int32_t count);

/* Replaces the operator where integers of the wanted type ask for it. */
LsStatus ls_legalize_for_integers (LsLegalize *work, uint32_t index, LsError *error);

#endif
