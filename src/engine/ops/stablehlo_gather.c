/*
 * STABLEHLO_GATHER: slices of the operand at places that index vectors name, moved so that they lie
 * inside. See the specification of StableHLO, and stablehlo_gather.cc.
 */
#include <inttypes.h>

#include "ops/shape.h"
#include "ops/strided_copy.h"

typedef struct
{
  size_t size;  /* bytes of an element */
  LsCopy slice; /* from the first possible place to the first place of the result */
  /* Index vectors: along which dimensions of the indices they are counted, and where those stand in
   * the result. */
  int n_batch;
  int32_t batch[LS_MAX_RANK];
  ptrdiff_t index_strides[LS_MAX_RANK], result_strides[LS_MAX_RANK];
  int n_vector; /* elements of a vector, `vector_stride` apart */
  ptrdiff_t vector_stride;
  ptrdiff_t operand_strides[LS_MAX_RANK]; /* of the dimension that an element names */
  int32_t last[LS_MAX_RANK];              /* the last place along it at which the slice is inside */
} Gather;

/* Unit u is one index vector. */
static LsStatus
run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Gather *g = node->state;

  for (size_t u = begin; u < end; u++)
    {
      size_t rest = u;
      ptrdiff_t at = 0, from = 0, to = 0;

      for (int i = g->n_batch - 1; i >= 0; i--)
        {
          const ptrdiff_t index = (ptrdiff_t) (rest % (size_t) g->batch[i]);

          rest /= (size_t) g->batch[i];
          at += index * g->index_strides[i];
          to += index * g->result_strides[i];
        }
      for (int k = 0; k < g->n_vector; k++)
        {
          const int64_t start = ls_value_int (node->in[1], (size_t) (at + k * g->vector_stride));

          from += (ptrdiff_t) (start < 0            ? 0
                               : start < g->last[k] ? start
                                                    : g->last[k])
                  * g->operand_strides[k];
        }
      ls_copy_run (&g->slice, (const uint8_t *) node->in[0]->data + from * (ptrdiff_t) g->size,
                   (uint8_t *) node->out[0]->data + to * (ptrdiff_t) g->size, 0, g->slice.n_units);
    }
  return LS_OK;
}

typedef struct
{
  LsList offset_dims, collapsed, start_map, sizes;
  int64_t vector_dim;
} Options;

static LsStatus
read_options (const LsNode *node, Options *o, LsError *error)
{
  const LsValue *operand = node->in[0], *indices = node->in[1];
  bool fits;

  LS_TRY (ls_node_attr_list (node, "offset_dims", &o->offset_dims, error));
  LS_TRY (ls_node_attr_list (node, "collapsed_slice_dims", &o->collapsed, error));
  LS_TRY (ls_node_attr_list (node, "start_index_map", &o->start_map, error));
  LS_TRY (ls_node_attr_list (node, "slice_sizes", &o->sizes, error));
  o->vector_dim = ls_attr_int (node->def, "index_vector_dim", 0);
  fits = o->sizes.n == operand->rank && o->vector_dim >= 0 && o->vector_dim <= indices->rank
         && o->offset_dims.n + o->collapsed.n == operand->rank;
  for (int i = 0; fits && i < o->sizes.n; i++)
    fits = o->sizes.at[i] >= 0 && o->sizes.at[i] <= operand->dims[i];
  for (int k = 0; fits && k < o->start_map.n; k++)
    fits = o->start_map.at[k] >= 0 && o->start_map.at[k] < operand->rank;
  for (int k = 0; fits && k < o->collapsed.n; k++)
    fits = o->collapsed.at[k] >= 0 && o->collapsed.at[k] < operand->rank;
  if (fits && o->start_map.n == (o->vector_dim == indices->rank ? 1 : indices->dims[o->vector_dim]))
    return LS_OK;
  return ls_node_invalid (node, error,
                          "the dimensions of its options do not fit an operand of"
                          " shape %s and indices of shape %s",
                          LS_SHAPE (operand), LS_SHAPE (indices));
}

/* The shape of the result, and which of its dimensions are of the slice (index of the operand's
 * dimension) or of the batch (minus one minus the index of the indices' dimension). */
static LsStatus
find_shape (const LsNode *node, const Options *o, int32_t dims[LS_MAX_RANK],
            int sources[LS_MAX_RANK], int *rank, LsError *error)
{
  const LsValue *operand = node->in[0], *indices = node->in[1];
  int slice = 0, batch = 0;

  *rank = o->offset_dims.n + indices->rank - (o->vector_dim < indices->rank ? 1 : 0);
  if (*rank > LS_MAX_RANK)
    return ls_node_unsupported (node, error, "a result of %d dimensions", *rank);
  for (int i = 0; i < *rank; i++)
    if (ls_list_has (&o->offset_dims, i))
      {
        while (slice < operand->rank && ls_list_has (&o->collapsed, slice))
          slice++;
        if (slice == operand->rank)
          return ls_node_invalid (node, error, "too many offset dimensions");
        dims[i] = (int32_t) o->sizes.at[slice];
        sources[i] = slice++;
      }
    else
      {
        batch += batch == o->vector_dim ? 1 : 0;
        if (batch >= indices->rank)
          return ls_node_invalid (node, error, "an offset dimension is outside the result");
        dims[i] = indices->dims[batch];
        sources[i] = -1 - batch++;
      }
  return LS_OK;
}

static void
plan (const LsNode *node, Gather *g, const Options *o, const int32_t *dims, const int *sources,
      int rank)
{
  const LsValue *operand = node->in[0], *indices = node->in[1];
  ptrdiff_t from[LS_MAX_RANK], to[LS_MAX_RANK], at[LS_MAX_RANK];
  LsBox box = { 0 };

  ls_dense_strides (operand->dims, operand->rank, from);
  ls_dense_strides (indices->dims, indices->rank, at);
  ls_dense_strides (dims, rank, to);
  for (int i = 0; i < rank; i++)
    if (sources[i] >= 0)
      ls_box_add (&box, (size_t) dims[i], from[sources[i]], to[i]);
    else
      {
        g->batch[g->n_batch] = dims[i];
        g->index_strides[g->n_batch] = at[-1 - sources[i]];
        g->result_strides[g->n_batch++] = to[i];
      }
  ls_copy_plan (&g->slice, &box, g->size);
  g->n_vector = o->start_map.n;
  g->vector_stride = o->vector_dim < indices->rank ? at[o->vector_dim] : 0;
  for (int k = 0; k < g->n_vector; k++)
    {
      const int d = (int) o->start_map.at[k];

      g->operand_strides[k] = from[d];
      g->last[k] = operand->dims[d] - (int32_t) o->sizes.at[d];
    }
}

static LsStatus
prepare (LsNode *node, LsError *error)
{
  Options o;
  int32_t dims[LS_MAX_RANK];
  int sources[LS_MAX_RANK], rank = 0;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *operand = node->in[0], *out = node->out[0];

  LS_TRY (ls_node_types (node, operand, "the operand", LS_BITS_WHOLE, error));
  LS_TRY (ls_node_same_type (node, operand, out, error));
  LS_TRY (ls_node_types (node, node->in[1], "the indices", LS_BIT (INT32) | LS_BIT (INT64), error));
  LS_TRY (read_options (node, &o, error));
  LS_TRY (find_shape (node, &o, dims, sources, &rank, error));
  LS_TRY (ls_node_output (node, 0, rank, dims, error));

  Gather *g = ls_node_alloc (node, 1, sizeof *g, error);

  if (g == NULL)
    return LS_E_NO_MEMORY;
  node->state = g;
  g->size = ls_element_size (operand->type);
  plan (node, g, &o, dims, sources, rank);
  if (out->count > 0)
    ls_node_phase (node, run, ls_dims_product (g->batch, 0, g->n_batch),
                   ls_grain (g->slice.n_units * g->slice.unit_bytes));
  return LS_OK;
}

const LsOp ls_op_stablehlo_gather = { prepare, 0, 1, "all of whole bytes" };
