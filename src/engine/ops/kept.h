/*
 * Memory of one node that keeps its content from run to run, and over prepare(), until the session
 * is reset. Each instance of a subgraph has its own.
 */
#ifndef LS_OPS_KEPT_H
#define LS_OPS_KEPT_H

#include "ops/op.h"

typedef struct
{
  int32_t id;
  size_t n_bytes;
} LsKept;

/* In prepare(): how much. Memory of another size begins anew. */
LsStatus ls_kept_init (LsKept *kept, LsNode *node, size_t count, size_t size, LsError *error);
/* In run(), from a phase of one item. Zeroed when it is new, which *@is_new tells; NULL when there
 * is no memory, which is then the node's error. */
void *ls_kept_open (const LsKept *kept, LsNode *node, bool *is_new);

#endif
