/* Operator versions of the TFLite schema: the least that types and options ask for. */
#ifndef LS_MODEL_VERSIONS_H
#define LS_MODEL_VERSIONS_H

#include "model/model.h"

/* By options and by the types of weights; 1 when nothing. */
int ls_op_version_by_options (const LsSubgraph *graph, const LsOperator *op);
/* By the type of the data. */
int ls_op_version_by_types (const LsSubgraph *graph, const LsOperator *op);
/* The version that a converter writes: never less than the other two. */
int ls_op_version (const LsSubgraph *graph, const LsOperator *op);
/* Whether the version that an operator states is one that a runtime may read it wrongly by. */
bool ls_op_version_is_low (const LsSubgraph *graph, const LsOperator *op);

#endif
