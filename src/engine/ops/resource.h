/* Handles of resources, as tensors carry them: the number of the resource in one int32. */
#ifndef LS_OPS_RESOURCE_H
#define LS_OPS_RESOURCE_H

#include "ops/op.h"
#include "ops/shape.h"

#define LS_BIT_HANDLE (LS_BIT (RESOURCE) | LS_BIT (INT32))

/* In prepare(): fails unless the input is a handle. */
LsStatus ls_node_handle (const LsNode *node, uint32_t in, LsError *error);
/* In run(): the resource that the input names; NULL when there is none. */
LsResource *ls_node_opened (LsNode *node, uint32_t in);

#endif
