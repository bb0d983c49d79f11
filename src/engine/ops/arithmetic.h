/* What the planners of arithmetic share. */
#ifndef LS_OPS_ARITHMETIC_H
#define LS_OPS_ARITHMETIC_H

#include "ops/binary.h"

/* The fused activation as a range of the plain output type. */
LsStatus ls_plain_activation (LsNode *node, LsBinary *binary, LsError *error);

/* Quantized: arithmetic_quantized.c, div.c.
 * ADD and SUB (@is_difference). */
LsStatus ls_plan_quantized_sum (LsNode *node, LsBinary *binary, bool is_difference, LsError *error);
LsStatus ls_plan_quantized_mul (LsNode *node, LsBinary *binary, LsError *error);
LsStatus ls_plan_quantized_squared_difference (LsNode *node, LsBinary *binary, LsError *error);

#endif
