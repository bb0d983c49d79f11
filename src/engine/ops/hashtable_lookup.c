/*
 * HASHTABLE_LOOKUP: keys to find [n], the table's keys [m] in ascending order, its values [m, ...]
 * → values [n, ...], zeros (or empty strings) where there are none, and hits [n].
 *
 * Source: tflite/kernels/hashtable_lookup.cc.
 */
#include "base/strings.h"
#include "ops/shape.h"

#include <string.h>

/* The row of @key, or -1. Differences wrap, as in the reference's comparison. */
static int64_t
find (const LsValue *keys, int32_t key)
{
  const int32_t *k = keys->data;
  size_t low = 0, high = keys->count;

  while (low < high)
    {
      const size_t middle = (low + high) / 2;
      const int32_t difference = (int32_t) ((uint32_t) key - (uint32_t) k[middle]);

      if (difference == 0)
        return (int64_t) middle;
      if (difference < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return -1;
}

static LsStatus
rows_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *values = node->in[2];
  const int32_t *wanted = node->in[0]->data;
  const size_t size
    = ls_dims_product (values->dims, 1, values->rank) * ls_element_size (values->type);
  unsigned char *out = node->out[0]->data;
  uint8_t *hits = node->out[1]->data;

  for (size_t i = begin; i < end; i++)
    {
      const int64_t row = find (node->in[1], wanted[i]);

      hits[i] = row >= 0;
      if (row >= 0)
        memcpy (out + i * size, (const unsigned char *) values->data + (size_t) row * size, size);
      else
        memset (out + i * size, 0, size);
    }
  return LS_OK;
}

static LsStatus
strings_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *values = node->in[2], *wanted = node->in[0];
  uint8_t *hits = node->out[1]->data;
  LsStringsBuilder builder = { .max_bytes = ls_node_max_strings (node) };
  LsStrings strings;
  size_t size;

  if (!ls_strings_open (values->data, values->n_bytes, &strings))
    return ls_node_fail (node, LS_E_INVALID, "the table's strings are damaged");
  for (size_t i = 0; i < wanted->count; i++)
    {
      const int64_t row = find (node->in[1], ((const int32_t *) wanted->data)[i]);

      hits[i] = row >= 0;
      ls_strings_add (&builder,
                      row >= 0 ? ls_strings_get (&strings, (size_t) row) : (LsBytes){ NULL, 0 });
    }

  void *data = ls_strings_finish (&builder, &size);

  if (data == NULL)
    return ls_node_fail (node, LS_E_NO_MEMORY, "out of memory for %zu strings", wanted->count);
  return ls_node_take_output (node, 0, 1, wanted->dims, data, size);
}

static LsStatus
lookup_prepare (LsNode *node, LsError *error)
{
  int32_t dims[LS_MAX_RANK];

  LS_TRY (ls_node_arity (node, 3, 3, 2, error));

  const LsValue *wanted = node->in[0], *keys = node->in[1], *values = node->in[2];

  LS_TRY (ls_node_types (node, wanted, "the keys to find", LS_BIT (INT32), error));
  LS_TRY (ls_node_types (node, keys, "the table's keys", LS_BIT (INT32), error));
  LS_TRY (ls_node_types (node, node->out[1], "the hits", LS_BIT (UINT8), error));
  LS_TRY (ls_node_same_type (node, values, node->out[0], error));
  LS_TRY (ls_node_rank (node, wanted, "the keys to find", 1, 1, error));
  LS_TRY (ls_node_rank (node, keys, "the table's keys", 1, 1, error));
  LS_TRY (ls_node_rank (node, values, "the table's values", 1,
                        values->type == LS_TYPE_STRING ? 1 : LS_MAX_RANK, error));
  if (keys->dims[0] != values->dims[0])
    return ls_node_invalid (node, error, "the table has %d keys for values of shape %s",
                            keys->dims[0], LS_SHAPE (values));
  LS_TRY (ls_node_output_like (node, 1, wanted, error));
  if (values->type == LS_TYPE_STRING)
    {
      ls_node_output_dynamic (node, 0);
      ls_node_phase (node, strings_run, 1, 1);
      return LS_OK;
    }
  LS_TRY (ls_node_types (node, values, "the table's values", LS_BITS_WHOLE, error));
  memcpy (dims, values->dims, sizeof dims);
  dims[0] = wanted->dims[0];
  LS_TRY (ls_node_output (node, 0, values->rank, dims, error));
  ls_node_phase (node, rows_run, wanted->count, 64);
  return LS_OK;
}

const LsOp ls_op_hashtable_lookup = { .prepare = lookup_prepare,
                                      .max_version = 1,
                                      .types = "int32 keys; values of every type, strings" };
