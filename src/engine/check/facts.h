/* Questions that the rules of several targets ask of an operator in subgraph 0. */
#ifndef LS_CHECK_FACTS_H
#define LS_CHECK_FACTS_H

#include "check/rule.h"

/* Calls @is_good for every tensor that the operator reads or writes; gives the first one that is
 * not, or NULL. */
typedef bool (*LsTensorTest) (const LsModel *model, const LsTensor *tensor);
const LsTensor *ls_first_bad (const LsCheck *check, const LsOperator *op, LsTensorTest is_good);

bool ls_kind_is_among (const LsOperator *op, const int *kinds, size_t n_kinds);
bool ls_operand_is_constant (const LsCheck *check, const LsOperator *op, uint32_t slot);
/* More than one scale. */
bool ls_is_per_channel (const LsTensor *tensor);
/* A shape that is not stated, or that the signature leaves open. */
bool ls_is_dynamic (const LsTensor *tensor);

#endif
