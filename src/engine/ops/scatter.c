/* SCATTER_ND, SPARSE_TO_DENSE, ONE_HOT: values put where indices say. */
#include <inttypes.h>
#include <string.h>

#include "ops/shape.h"

enum
{
  CHUNK = 64 * 1024 /* bytes in a unit of clearing */
};

static const unsigned index_types = LS_BIT (INT32) | LS_BIT (INT64);

/* Where a tuple of @n indices points, in elements; false with the node's error when outside. */
static bool
locate (LsNode *node, const LsValue *indices, size_t tuple, int n, const ptrdiff_t *strides,
        size_t *out)
{
  const LsValue *target = node->out[0];

  *out = 0;
  for (int i = 0; i < n; i++)
    {
      const int64_t index = ls_value_int (indices, tuple * (size_t) n + (size_t) i);

      if (index < 0 || index >= target->dims[i])
        {
          ls_node_fail (node, LS_E_INVALID, "index %zu is %" PRId64 " along dimension %d of %s",
                        tuple, index, i, LS_SHAPE (target));
          return false;
        }
      *out += (size_t) (index * strides[i]);
    }
  return true;
}

/* ---- SCATTER_ND ------------------------------------------------------------------------------
 */

/* y[i] += x[i]; integers wrap, bools are or'ed. */
typedef void (*Add) (void *y, const void *x, size_t n);

#define ADD(name, type)                                                                            \
  static void add_##name (void *y, const void *x, size_t n)                                        \
  {                                                                                                \
    for (size_t i = 0; i < n; i++)                                                                 \
      ((type *) y)[i] = (type) (((type *) y)[i] + ((const type *) x)[i]);                          \
  }

ADD (f32, float)
ADD (f64, double)
ADD (i8, uint8_t)
ADD (i16, uint16_t)
ADD (i32, uint32_t)
ADD (i64, uint64_t)

static void
add_bool (void *y, const void *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ((uint8_t *) y)[i] |= ((const uint8_t *) x)[i];
}

static const Add adders[LS_N_TYPES] = {
  [LS_TYPE_FLOAT32] = add_f32, [LS_TYPE_FLOAT64] = add_f64, [LS_TYPE_BOOL] = add_bool,
  [LS_TYPE_INT8] = add_i8,     [LS_TYPE_UINT8] = add_i8,    [LS_TYPE_INT16] = add_i16,
  [LS_TYPE_UINT16] = add_i16,  [LS_TYPE_INT32] = add_i32,   [LS_TYPE_UINT32] = add_i32,
  [LS_TYPE_INT64] = add_i64,   [LS_TYPE_UINT64] = add_i64,
};

typedef struct
{
  int n;              /* indices in a tuple */
  size_t tuples, row; /* row: elements that a tuple names */
  size_t element_size;
  ptrdiff_t strides[LS_MAX_RANK];
  Add add;
} Scatter;

static LsStatus
clear_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const size_t first = begin * CHUNK, left = node->out[0]->n_bytes - first;

  memset ((uint8_t *) node->out[0]->data + first, 0,
          left < (end - begin) * CHUNK ? left : (end - begin) * CHUNK);
  return LS_OK;
}

/* Tuples may name the same row, so one thread goes through all of them. */
static LsStatus
scatter_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Scatter *s = node->state;
  const uint8_t *x = node->in[1]->data;
  uint8_t *y = node->out[0]->data;

  for (size_t i = 0; i < s->tuples; i++)
    {
      size_t at;

      if (!locate (node, node->in[0], i, s->n, s->strides, &at))
        return LS_E_INVALID;
      s->add (y + at * s->element_size, x + i * s->row * s->element_size, s->row);
    }
  return LS_OK;
}

/* The updates have the shape of the indices without the last dimension, then that of a row. */
static LsStatus
check_updates (const LsNode *node, const int32_t *dims, int rank, LsError *error)
{
  const LsValue *indices = node->in[0], *updates = node->in[1];
  const int outer = indices->rank - 1, n = indices->dims[outer];
  bool fits = n <= rank && updates->rank == outer + rank - n;

  for (int i = 0; fits && i < outer; i++)
    fits = updates->dims[i] == indices->dims[i];
  for (int i = n; fits && i < rank; i++)
    fits = updates->dims[outer + i - n] == dims[i];
  if (fits)
    return LS_OK;
  return ls_node_invalid (node, error, "indices of shape %s with updates of shape %s into %s",
                          LS_SHAPE (indices), LS_SHAPE (updates), LS_DIMS (dims, rank));
}

static LsStatus
scatter_nd_prepare (LsNode *node, LsError *error)
{
  LsList list;
  int32_t dims[LS_MAX_RANK];

  LS_TRY (ls_node_arity (node, 3, 3, 1, error));

  const LsValue *indices = node->in[0], *updates = node->in[1], *out = node->out[0];

  LS_TRY (ls_node_types (node, indices, "the indices", index_types, error));
  LS_TRY (ls_node_rank (node, indices, "the indices", 1, LS_MAX_RANK, error));
  LS_TRY (ls_node_same_type (node, updates, out, error));
  if (updates->type >= LS_N_TYPES || adders[updates->type] == NULL)
    return ls_node_types (node, updates, "updates", 0, error);
  if (!ls_input_known (node, 2))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_list (node, 2, &list, error));
  LS_TRY (ls_node_dims (node, &list, dims, error));
  LS_TRY (check_updates (node, dims, list.n, error));
  LS_TRY (ls_node_output (node, 0, list.n, dims, error));

  Scatter *s = ls_node_alloc (node, 1, sizeof *s, error);

  if (s == NULL)
    return LS_E_NO_MEMORY;
  node->state = s;
  s->n = indices->dims[indices->rank - 1];
  s->tuples = ls_dims_product (indices->dims, 0, indices->rank - 1);
  s->row = ls_dims_product (dims, s->n, list.n);
  s->element_size = ls_element_size (out->type);
  s->add = adders[updates->type];
  ls_dense_strides (dims, list.n, s->strides);
  if (out->n_bytes > 0)
    ls_node_phase (node, clear_run, (out->n_bytes + CHUNK - 1) / CHUNK, 1);
  ls_node_phase (node, scatter_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_scatter_nd
  = { scatter_nd_prepare, 0, 1, "float32, float64, integers of 8 to 64 bits, bool" };

/* ---- SPARSE_TO_DENSE -------------------------------------------------------------------------
 */

static LsStatus
sparse_to_dense_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Scatter *s = node->state;
  const LsValue *values = node->in[2], *out = node->out[0];
  const size_t size = s->element_size, step = values->rank == 0 ? 0 : size;
  const uint8_t *otherwise = node->in[3]->data;
  uint8_t *y = out->data;

  for (size_t i = 0; i < out->count; i++)
    memcpy (y + i * size, otherwise, size);
  for (size_t i = 0; i < s->tuples; i++)
    {
      size_t at;

      if (!locate (node, node->in[0], i, s->n, s->strides, &at))
        return LS_E_INVALID;
      memcpy (y + at * size, (const uint8_t *) values->data + i * step, size);
    }
  return LS_OK;
}

static LsStatus
sparse_to_dense_prepare (LsNode *node, LsError *error)
{
  LsList list;
  int32_t dims[LS_MAX_RANK];

  LS_TRY (ls_node_arity (node, 4, 4, 1, error));

  const LsValue *indices = node->in[0], *values = node->in[2], *otherwise = node->in[3];

  LS_TRY (ls_node_types (node, indices, "the indices", index_types, error));
  LS_TRY (ls_node_rank (node, indices, "the indices", 0, 2, error));
  LS_TRY (ls_node_types (node, values, "values", LS_BITS_WHOLE, error));
  LS_TRY (ls_node_same_type (node, values, otherwise, error));
  LS_TRY (ls_node_same_type (node, values, node->out[0], error));
  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_list (node, 1, &list, error));
  LS_TRY (ls_node_dims (node, &list, dims, error));

  const int n = indices->rank < 2 ? 1 : indices->dims[1];
  const size_t tuples = indices->rank < 2 ? indices->count : (size_t) indices->dims[0];

  if (n != list.n || otherwise->count != 1 || (values->rank > 0 && values->count != tuples))
    return ls_node_invalid (node, error, "indices of shape %s with values of shape %s into %s",
                            LS_SHAPE (indices), LS_SHAPE (values), LS_DIMS (dims, list.n));
  LS_TRY (ls_node_output (node, 0, list.n, dims, error));

  Scatter *s = ls_node_alloc (node, 1, sizeof *s, error);

  if (s == NULL)
    return LS_E_NO_MEMORY;
  node->state = s;
  s->n = n;
  s->tuples = tuples;
  s->element_size = ls_element_size (values->type);
  ls_dense_strides (dims, list.n, s->strides);
  ls_node_phase (node, sparse_to_dense_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_sparse_to_dense = { sparse_to_dense_prepare, 0, 3, "all but strings" };

/* ---- ONE_HOT ---------------------------------------------------------------------------------
 */

/* The indices as [outer, inner], the output as [outer, depth, inner]. */
typedef struct
{
  size_t depth, inner, size;
} OneHot;

/* Unit u is block u of `depth * inner` elements. */
static LsStatus
one_hot_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const OneHot *h = node->state;
  const LsValue *indices = node->in[0];
  const uint8_t *on = node->in[2]->data, *off = node->in[3]->data;
  uint8_t *y = node->out[0]->data;

  for (size_t u = begin; u < end; u++)
    {
      uint8_t *block = y + u * h->depth * h->inner * h->size;

      for (size_t i = 0; i < h->depth * h->inner; i++)
        memcpy (block + i * h->size, off, h->size);
      for (size_t k = 0; k < h->inner; k++)
        {
          const int32_t index = (int32_t) ls_value_int (indices, u * h->inner + k);

          if (index >= 0 && (size_t) index < h->depth)
            memcpy (block + ((size_t) index * h->inner + k) * h->size, on, h->size);
        }
    }
  return LS_OK;
}

static LsStatus
one_hot_prepare (LsNode *node, LsError *error)
{
  int64_t depth = 0;
  int axis = 0;
  int32_t dims[LS_MAX_RANK];

  LS_TRY (ls_node_arity (node, 4, 4, 1, error));

  const LsValue *indices = node->in[0], *on = node->in[2], *off = node->in[3];

  LS_TRY (ls_node_types (node, indices, "the indices", index_types, error));
  LS_TRY (ls_node_types (node, on, "the values", LS_BITS_WHOLE, error));
  LS_TRY (ls_node_same_type (node, on, off, error));
  LS_TRY (ls_node_same_type (node, on, node->out[0], error));
  LS_TRY (ls_node_rank (node, indices, "the indices", 0, LS_MAX_RANK - 1, error));
  if (on->count != 1 || off->count != 1)
    return ls_node_invalid (node, error, "on and off of shapes %s and %s", LS_SHAPE (on),
                            LS_SHAPE (off));
  LS_TRY (
    ls_node_axis (node, ls_attr_int (node->def, "axis", -1), indices->rank + 1, &axis, error));
  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_scalar (node, 1, &depth, error));
  if (depth < 0 || depth > INT32_MAX)
    return ls_node_invalid (node, error, "a depth of %" PRId64, depth);
  for (int i = 0; i <= indices->rank; i++)
    dims[i] = i == axis ? (int32_t) depth : indices->dims[i - (i > axis)];
  LS_TRY (ls_node_output (node, 0, indices->rank + 1, dims, error));

  OneHot *h = ls_node_alloc (node, 1, sizeof *h, error);

  if (h == NULL)
    return LS_E_NO_MEMORY;
  node->state = h;
  h->depth = (size_t) depth;
  h->inner = ls_dims_product (indices->dims, axis, indices->rank);
  h->size = ls_element_size (on->type);
  if (node->out[0]->count > 0)
    ls_node_phase (node, one_hot_run, ls_dims_product (dims, 0, axis),
                   ls_grain (h->depth * h->inner * h->size));
  return LS_OK;
}

const LsOp ls_op_one_hot = { one_hot_prepare, 0, 1, "all but strings" };
