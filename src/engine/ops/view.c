#include "ops/view.h"

#include <stdlib.h>
#include <string.h>

#include "ops/shape.h"

enum
{
  CHUNK = 64 * 1024 /* bytes in a unit of work */
};

static LsStatus
view_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *in = node->in[0], *out = node->out[0];
  const size_t first = begin * CHUNK, left = in->n_bytes - first;

  if (out->data != in->data)
    memcpy ((uint8_t *) out->data + first, (const uint8_t *) in->data + first,
            left < (end - begin) * CHUNK ? left : (end - begin) * CHUNK);
  return LS_OK;
}

/* Strings: how many bytes there are is known only now. */
static LsStatus
view_strings_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *in = node->in[0], *out = node->out[0];
  int32_t dims[LS_MAX_RANK];

  if (out->data == in->data)
    return LS_OK;

  void *copy = malloc (in->n_bytes > 0 ? in->n_bytes : 1);

  if (copy == NULL)
    return ls_node_fail (node, LS_E_NO_MEMORY, "no memory for %zu bytes", in->n_bytes);
  if (in->n_bytes > 0)
    memcpy (copy, in->data, in->n_bytes);
  memcpy (dims, out->dims, sizeof dims);
  return ls_node_take_output (node, 0, out->rank, dims, copy, in->n_bytes);
}

LsStatus
ls_view_phase (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_same_type (node, node->in[0], node->out[0], error));
  if (node->in[0]->type == LS_TYPE_STRING)
    ls_node_phase (node, view_strings_run, 1, 1);
  else if (node->in[0]->n_bytes > 0)
    ls_node_phase (node, view_run, node->in[0]->n_bytes / CHUNK + 1, 1);
  return LS_OK;
}
