/*
 * Source of the rules: the schema's comments on SparsityParameters, and LiteRT's
 * kernels/internal/utils/sparsity_format_converter.cc. A position of the last level is the index of
 * a stored value; a dense element's place is the sum over the levels of index × stride.
 */
#include "model/sparsity.h"

#include <string.h>

#include "base/error.h"
#include "base/size.h"

enum
{
  MAX_LEVELS = 2 * LS_MAX_RANK
};

typedef struct
{
  const LsSparseDim *dim;
  size_t stride; /* dense elements between neighbours of this level */
  size_t limit;  /* indices lie below */
} Level;

typedef struct
{
  Level levels[MAX_LEVELS];
  int n_levels;
  size_t n_values, n_dense;
  unsigned bits;
  const uint8_t *values;
  uint8_t *dense;
} Layout;

/* The order must be a permutation of the dimensions and the block dimensions behind them. */
static LsStatus
check_order (const LsSparsity *s, int rank, LsError *error)
{
  uint32_t seen = 0;

  for (uint32_t i = 0; i < s->n_traversal; i++)
    {
      const int32_t d = s->traversal_order[i];

      if (d < 0 || d >= (int32_t) s->n_traversal || (seen >> d & 1))
        return ls_fail (error, LS_E_FORMAT, -1,
                        "sparsity: entry %u of the traversal order is %d, which is out of range or "
                        "there twice",
                        i, d);
      seen |= UINT32_C (1) << d;
    }
  seen = 0;
  for (uint32_t i = 0; i < s->n_block_map; i++)
    {
      const int32_t d = s->block_map[i];

      if (d < 0 || d >= rank || (seen >> d & 1))
        return ls_fail (error, LS_E_FORMAT, -1,
                        "sparsity: entry %u of the block map is %d, which is out of range or there "
                        "twice",
                        i, d);
      seen |= UINT32_C (1) << d;
    }
  return LS_OK;
}

static LsStatus
check_counts (const LsSparsity *s, int rank, LsError *error)
{
  if (rank < 1 || rank > LS_MAX_RANK)
    return ls_fail (error, LS_E_UNSUPPORTED, -1, "sparsity: a sparse tensor of rank %d", rank);
  if (s->n_block_map > (uint32_t) rank || s->n_traversal != (uint32_t) rank + s->n_block_map
      || s->n_dims != s->n_traversal)
    return ls_fail (error, LS_E_FORMAT, -1,
                    "sparsity: rank %d with %u block dimensions has %u entries in the traversal "
                    "order and %u levels",
                    rank, s->n_block_map, s->n_traversal, s->n_dims);
  return check_order (s, rank, error);
}

/* Sizes of the blocks by dimension (1: not blocked); the tensor's own strides. */
static LsStatus
find_blocks (const LsSparsity *s, const int32_t *dims, int rank, size_t *blocks, LsError *error)
{
  for (int i = 0; i < rank; i++)
    blocks[i] = 1;
  for (uint32_t level = 0; level < s->n_dims; level++)
    {
      const LsSparseDim *dim = &s->dims[level];

      if (s->traversal_order[level] < rank)
        continue;

      const int32_t axis = s->block_map[s->traversal_order[level] - rank];

      if (dim->dense_size < 1 || dims[axis] % dim->dense_size != 0)
        return ls_fail (error, LS_E_FORMAT, -1,
                        "sparsity: blocks of %d along dimension %d, which has %d elements",
                        dim->dense_size, axis, dims[axis]);
      blocks[axis] = (size_t) dim->dense_size;
    }
  return LS_OK;
}

/* Segments and indices of a CSR level whose parent has @parents positions. */
static LsStatus
check_csr (const Level *level, int number, size_t parents, LsError *error)
{
  const LsSparseDim *dim = level->dim;

  if (dim->n_segments == 0 || dim->n_segments - 1 != parents)
    return ls_fail (error, LS_E_FORMAT, -1,
                    "sparsity: level %d has %u segment bounds, %zu are needed", number,
                    dim->n_segments, parents + 1);
  if (dim->segments[0] != 0 || dim->segments[parents] != (int64_t) dim->n_indices)
    return ls_fail (error, LS_E_FORMAT, -1,
                    "sparsity: the segments of level %d go from %d to %d, with %u indices", number,
                    dim->segments[0], dim->segments[parents], dim->n_indices);
  for (size_t i = 0; i < parents; i++)
    if (dim->segments[i] > dim->segments[i + 1])
      return ls_fail (error, LS_E_FORMAT, -1,
                      "sparsity: segment %zu of level %d ends at %d before its start at %d", i,
                      number, dim->segments[i + 1], dim->segments[i]);
  for (uint32_t i = 0; i < dim->n_indices; i++)
    if (dim->indices[i] < 0 || (size_t) dim->indices[i] >= level->limit)
      return ls_fail (error, LS_E_FORMAT, -1,
                      "sparsity: index %u of level %d is %d, the dimension has %zu", i, number,
                      dim->indices[i], level->limit);
  return LS_OK;
}

/* Walks down the levels, counting positions. */
static LsStatus
check_levels (Layout *layout, LsError *error)
{
  size_t positions = 1;

  for (int i = 0; i < layout->n_levels; i++)
    {
      const Level *level = &layout->levels[i];

      if (level->dim->format == LS_DIM_SPARSE_CSR)
        {
          LS_TRY (check_csr (level, i, positions, error));
          positions = level->dim->n_indices;
          continue;
        }
      if (level->dim->dense_size < 0 || (size_t) level->dim->dense_size != level->limit)
        return ls_fail (error, LS_E_FORMAT, -1,
                        "sparsity: level %d has %d elements, its dimension %zu", i,
                        level->dim->dense_size, level->limit);
      if (!ls_mul (&positions, positions, (size_t) level->dim->dense_size))
        return ls_fail (error, LS_E_FORMAT, -1, "sparsity: level %d has too many positions", i);
    }
  layout->n_values = positions;
  return LS_OK;
}

static LsStatus
plan (Layout *layout, const LsSparsity *s, const int32_t *dims, int rank, LsError *error)
{
  size_t strides[LS_MAX_RANK], blocks[LS_MAX_RANK];

  LS_TRY (check_counts (s, rank, error));
  if (!ls_count (&layout->n_dense, dims, rank))
    return ls_fail (error, LS_E_INVALID, -1, "sparsity: the dense tensor is too large");
  if (layout->n_dense == 0)
    return LS_OK;

  strides[rank - 1] = 1;
  for (int i = rank - 1; i > 0; i--)
    strides[i - 1] = strides[i] * (size_t) dims[i];
  LS_TRY (find_blocks (s, dims, rank, blocks, error));

  layout->n_levels = (int) s->n_dims;
  for (int i = 0; i < layout->n_levels; i++)
    {
      const int32_t d = s->traversal_order[i];
      const int32_t axis = d < rank ? d : s->block_map[d - rank];
      const size_t block = blocks[axis];

      layout->levels[i] = (Level){ .dim = &s->dims[i],
                                   .stride = d < rank ? strides[axis] * block : strides[axis],
                                   .limit = d < rank ? (size_t) dims[axis] / block : block };
    }
  return check_levels (layout, error);
}

static void
copy_element (const Layout *layout, size_t value, size_t element)
{
  const unsigned bits = layout->bits;

  if (bits >= 8)
    {
      const size_t size = bits / 8;

      memcpy (layout->dense + element * size, layout->values + value * size, size);
      return;
    }

  const unsigned from = (unsigned) (value * bits % 8), to = (unsigned) (element * bits % 8);
  const unsigned mask = (1u << bits) - 1;
  const unsigned x = layout->values[value * bits / 8] >> from & mask;

  layout->dense[element * bits / 8] |= (uint8_t) (x << to);
}

/* Everything below position @parent of the level above; @element: where its index 0 lies. */
static void
fill (const Layout *layout, int number, size_t parent, size_t element)
{
  const Level *level = &layout->levels[number];
  const LsSparseDim *dim = level->dim;
  const bool is_csr = dim->format == LS_DIM_SPARSE_CSR;
  const bool is_last = number + 1 == layout->n_levels;
  const size_t n = is_csr ? 0 : (size_t) dim->dense_size;
  const size_t begin = is_csr ? (size_t) dim->segments[parent] : parent * n;
  const size_t end = is_csr ? (size_t) dim->segments[parent + 1] : begin + n;

  for (size_t i = begin; i < end; i++)
    {
      const size_t index = is_csr ? (size_t) dim->indices[i] : i - begin;
      const size_t at = element + index * level->stride;

      if (is_last)
        copy_element (layout, i, at);
      else
        fill (layout, number + 1, i, at);
    }
}

LsStatus
ls_sparse_count (const LsSparsity *sparsity, const int32_t *dims, int rank, size_t *n_values,
                 LsError *error)
{
  Layout layout = { 0 };

  LS_TRY (plan (&layout, sparsity, dims, rank, error));
  *n_values = layout.n_values;
  return LS_OK;
}

LsStatus
ls_sparse_to_dense (const LsSparsity *sparsity, const int32_t *dims, int rank, unsigned bits,
                    const void *values, size_t values_size, void *dense, size_t dense_size,
                    LsError *error)
{
  Layout layout = { .bits = bits, .values = values, .dense = dense };
  size_t size;

  if (bits == 0)
    return ls_fail (error, LS_E_UNSUPPORTED, -1, "sparsity: elements of no fixed size");
  LS_TRY (plan (&layout, sparsity, dims, rank, error));
  if (!ls_packed_size (&size, layout.n_dense, bits) || size != dense_size)
    return ls_fail (error, LS_E_INVALID, -1,
                    "sparsity: %zu bytes for a dense tensor of %zu elements of %u bits", dense_size,
                    layout.n_dense, bits);
  if (!ls_packed_size (&size, layout.n_values, bits) || size > values_size)
    return ls_fail (error, LS_E_FORMAT, -1,
                    "sparsity: %zu values of %u bits are stored in only %zu bytes", layout.n_values,
                    bits, values_size);
  if (dense_size > 0)
    memset (dense, 0, dense_size);
  if (layout.n_dense > 0)
    fill (&layout, 0, 0, 0);
  return LS_OK;
}
