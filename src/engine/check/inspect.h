/* Looking at one operator, or at all that belongs to no operator; for ls_check() and for repair. */
#ifndef LS_CHECK_INSPECT_H
#define LS_CHECK_INSPECT_H

#include "check/rule.h"

void ls_check_op (LsCheck *check, uint32_t graph, uint32_t op);
void ls_check_model (LsCheck *check);
/* Plans a run of the first subgraph, as far as its shapes are known. */
LsStatus ls_check_plan (const LsModel *model, LsError *error);

#endif
