#include "ops/kept.h"

#include <stdio.h>
#include <stdlib.h>

/* What the resource holds: the size, then the memory. */
typedef struct
{
  size_t n_bytes;
  _Alignas(max_align_t) uint8_t bytes[];
} Block;

LsStatus
ls_kept_init (LsKept *kept, LsNode *node, size_t count, size_t size, LsError *error)
{
  char name[64];
  size_t all;

  if (!ls_mul (&kept->n_bytes, count, size) || !ls_add (&all, kept->n_bytes, sizeof (Block)))
    return ls_node_invalid (node, error, "its state has too many elements");
  /* No model can say this name: it begins with a control character. */
  snprintf (name, sizeof name, "%p %p", (const void *) node->frame, (const void *) node->def);
  kept->id = ls_node_resource_id (node, "\1node", name, error);
  return kept->id < 0 ? LS_E_NO_MEMORY : LS_OK;
}

void *
ls_kept_open (const LsKept *kept, LsNode *node, bool *is_new)
{
  LsResource *resource = ls_node_resource (node, kept->id);
  Block *block = resource != NULL ? resource->table : NULL;

  *is_new = block == NULL || block->n_bytes != kept->n_bytes;
  if (!*is_new)
    return block->bytes;
  if (resource != NULL)
    {
      free (block);
      resource->free_table = free;
      resource->table = NULL;
      if (ls_node_count_resource (node, resource, kept->n_bytes) != LS_OK)
        return NULL;
      resource->table = block = calloc (1, sizeof *block + kept->n_bytes);
    }
  if (block == NULL)
    {
      ls_node_fail (node, LS_E_NO_MEMORY, "no memory for a state of %zu bytes", kept->n_bytes);
      return NULL;
    }
  block->n_bytes = kept->n_bytes;
  return block->bytes;
}
