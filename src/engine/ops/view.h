/* Operators whose output holds the bytes of their first input under another shape. */
#ifndef LS_OPS_VIEW_H
#define LS_OPS_VIEW_H

#include "ops/op.h"

/* Adds the phase that copies the bytes of input 0 to output 0 when they do not share memory. The
 * output is stated, and has the input's type. */
LsStatus ls_view_phase (LsNode *node, LsError *error);

#endif
