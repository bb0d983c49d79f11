/* GATHER, GATHER_ND: rows of the input, picked by index. */
#include <inttypes.h>
#include <string.h>

#include "ops/plain.h"
#include "ops/shape.h"
#include "ops/strided_copy.h"

static const unsigned index_types
  = LS_BIT (INT8) | LS_BIT (UINT8) | LS_BIT (INT16) | LS_BIT (INT32) | LS_BIT (INT64);

/* ---- GATHER ----------------------------------------------------------------------------------
 */

/* The input as [batches, outer, dim, inner], the indices as [batches, n], the output as [batches,
 * outer, n, inner]. */
typedef struct
{
  LsPlain plain; /* first: see plain.h */
  size_t outer, dim, n, inner;
} Gather;

/* Unit u is one row of `inner` elements of the output. */
static LsStatus
gather_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Gather *g = node->state;
  const LsValue *indices = node->in[1];
  const size_t row = g->inner * g->plain.size;
  const uint8_t *in = ls_plain_in (node, 0);
  uint8_t *out = ls_plain_out (node, 0);

  for (size_t u = begin; u < end; u++)
    {
      const size_t outer = u / g->n, at = outer / g->outer * g->n + u % g->n;
      const int64_t index = ls_value_int (indices, at);

      if (index < 0 || (uint64_t) index >= g->dim)
        return ls_node_fail (node, LS_E_INVALID,
                             "index %zu is %" PRId64 ", but the dimension has %zu elements", at,
                             index, g->dim);
      ls_copy_few (out + u * row, in + (outer * g->dim + (size_t) index) * row, row);
    }
  return LS_OK;
}

/* The shape of the output, and where the axis and the batches stand. */
static LsStatus
gather_shape (const LsNode *node, int *axis, int *batches, int32_t dims[LS_MAX_RANK], int *rank,
              LsError *error)
{
  const LsValue *in = node->in[0], *indices = node->in[1];
  int64_t n_batches = ls_attr_int (node->def, "batch_dims", 0);
  int n = 0;

  LS_TRY (ls_node_axis (node, ls_attr_int (node->def, "axis", 0), in->rank, axis, error));
  n_batches += n_batches < 0 ? indices->rank : 0;
  if (n_batches < 0 || n_batches > *axis || n_batches > indices->rank)
    return ls_node_invalid (node, error,
                            "%" PRId64 " batch dimensions of %s at axis %d with"
                            " indices of shape %s",
                            n_batches, LS_SHAPE (in), *axis, LS_SHAPE (indices));
  *batches = (int) n_batches;
  for (int i = 0; i < *batches; i++)
    if (in->dims[i] != indices->dims[i])
      return ls_node_invalid (node, error, "batch dimension %d of %s and of the indices %s", i,
                              LS_SHAPE (in), LS_SHAPE (indices));
  *rank = in->rank + indices->rank - 1 - *batches;
  if (*rank > LS_MAX_RANK)
    return ls_node_unsupported (node, error, "a result of %d dimensions", *rank);
  for (int i = 0; i < *axis; i++)
    dims[n++] = in->dims[i];
  for (int i = *batches; i < indices->rank; i++)
    dims[n++] = indices->dims[i];
  for (int i = *axis + 1; i < in->rank; i++)
    dims[n++] = in->dims[i];
  return LS_OK;
}

static LsStatus
gather_prepare (LsNode *node, LsError *error)
{
  int axis = 0, batches = 0, rank = 0;
  int32_t dims[LS_MAX_RANK];

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0], *indices = node->in[1];

  LS_TRY (ls_node_types (node, indices, "the indices", index_types, error));
  LS_TRY (gather_shape (node, &axis, &batches, dims, &rank, error));
  LS_TRY (ls_node_output (node, 0, rank, dims, error));

  Gather *g = ls_node_alloc (node, 1, sizeof *g, error);

  if (g == NULL)
    return LS_E_NO_MEMORY;
  node->state = g;
  g->outer = ls_dims_product (in->dims, batches, axis);
  g->dim = (size_t) in->dims[axis];
  g->n = ls_dims_product (indices->dims, batches, indices->rank);
  g->inner = ls_dims_product (in->dims, axis + 1, in->rank);
  LS_TRY (ls_plain_begin (node, &g->plain, 0, 1, error));
  if (node->out[0]->count > 0)
    ls_node_phase (node, gather_run, node->out[0]->count / g->inner,
                   ls_grain (g->inner * g->plain.size));
  ls_plain_end (node);
  return LS_OK;
}

const LsOp ls_op_gather = { gather_prepare, 0, 8, "all" };

/* ---- GATHER_ND -------------------------------------------------------------------------------
 */

typedef struct
{
  LsPlain plain; /* first: see plain.h */
  int n;         /* how many dimensions an index names */
  size_t inner;
  ptrdiff_t strides[LS_MAX_RANK];
} GatherNd;

static LsStatus
gather_nd_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const GatherNd *g = node->state;
  const LsValue *value = node->in[0], *indices = node->in[1];
  const size_t row = g->inner * g->plain.size;
  const uint8_t *in = ls_plain_in (node, 0);
  uint8_t *out = ls_plain_out (node, 0);

  for (size_t u = begin; u < end; u++)
    {
      size_t from = 0;

      for (int i = 0; i < g->n; i++)
        {
          const int64_t index = ls_value_int (indices, u * (size_t) g->n + (size_t) i);

          if (index < 0 || index >= value->dims[i])
            return ls_node_fail (node, LS_E_INVALID,
                                 "index %zu is %" PRId64 " along dimension %d of %s", u, index, i,
                                 LS_SHAPE (value));
          from += (size_t) (index * g->strides[i]);
        }
      ls_copy_few (out + u * row, in + from * g->plain.size, row);
    }
  return LS_OK;
}

static LsStatus
gather_nd_prepare (LsNode *node, LsError *error)
{
  int32_t dims[LS_MAX_RANK];
  int rank = 0;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0], *indices = node->in[1];

  LS_TRY (ls_node_types (node, indices, "the indices", index_types, error));
  LS_TRY (ls_node_rank (node, indices, "the indices", 1, LS_MAX_RANK, error));

  const int n = indices->dims[indices->rank - 1];

  if (n > in->rank)
    return ls_node_invalid (node, error, "indices of %d numbers into an input of shape %s", n,
                            LS_SHAPE (in));
  if (indices->rank - 1 + in->rank - n > LS_MAX_RANK)
    return ls_node_unsupported (node, error, "a result of %d dimensions",
                                indices->rank - 1 + in->rank - n);
  for (int i = 0; i < indices->rank - 1; i++)
    dims[rank++] = indices->dims[i];
  for (int i = n; i < in->rank; i++)
    dims[rank++] = in->dims[i];
  LS_TRY (ls_node_output (node, 0, rank, dims, error));

  GatherNd *g = ls_node_alloc (node, 1, sizeof *g, error);

  if (g == NULL)
    return LS_E_NO_MEMORY;
  node->state = g;
  g->n = n;
  g->inner = ls_dims_product (in->dims, n, in->rank);
  ls_dense_strides (in->dims, in->rank, g->strides);
  LS_TRY (ls_plain_begin (node, &g->plain, 0, 1, error));
  if (node->out[0]->count > 0)
    ls_node_phase (node, gather_nd_run, node->out[0]->count / g->inner,
                   ls_grain (g->inner * g->plain.size));
  ls_plain_end (node);
  return LS_OK;
}

const LsOp ls_op_gather_nd = { gather_nd_prepare, 0, 6, "all" };
