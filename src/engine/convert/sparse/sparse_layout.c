/*
 * The rules are those of model/sparsity.c. A level lists all its indices (dense), or for each
 * position of the level above the indices where anything follows (CSR). How many positions a list
 * has does not depend on the other levels: it is the number of branches with something in them.
 */
#include "convert/sparse/sparse_layout.h"

#include <string.h>

#include "base/size.h"

/* The tree of levels over a dense array. */
typedef struct
{
  const LsDense *dense;
  int n_outer, n_levels;
  int32_t limit[LS_SPARSE_LEVELS];
  size_t stride[LS_SPARSE_LEVELS]; /* elements between neighbours */
  int axis[LS_SPARSE_LEVELS];
  bool *is_full[LS_SPARSE_RANK + 1]; /* by depth, then by branch: something is in it */
  size_t n_full[LS_SPARSE_RANK + 1], n_branches[LS_SPARSE_RANK + 1];
} Tree;

bool
ls_block_size (LsSparseBlock block, int32_t *rows, int32_t *columns)
{
  static const uint8_t sizes[][2] = {
    [LS_BLOCK_AUTO] = { 0, 0 },  [LS_BLOCK_1X1] = { 1, 1 }, [LS_BLOCK_1X4] = { 1, 4 },
    [LS_BLOCK_1X16] = { 1, 16 }, [LS_BLOCK_4X4] = { 4, 4 }, [LS_BLOCK_16X1] = { 16, 1 },
  };

  *rows = sizes[block][0];
  *columns = sizes[block][1];
  return *rows > 0;
}

/* ---- The tree -----------------------------------------------------------------------------------
 */

static void
tree_clear (Tree *tree)
{
  for (int i = 0; i <= tree->n_outer; i++)
    free (tree->is_full[i]);
}

static int32_t
block_along (const LsSparseLayout *layout, int axis, int rank)
{
  return axis == 0 ? layout->rows : axis == rank - 1 ? layout->columns : 1;
}

static bool
set_levels (Tree *tree, const LsSparseLayout *layout)
{
  const LsDense *dense = tree->dense;
  size_t strides[LS_SPARSE_RANK];

  strides[dense->rank - 1] = 1;
  for (int i = dense->rank - 1; i > 0; i--)
    strides[i - 1] = strides[i] * (size_t) dense->dims[i];
  for (int i = 0; i < dense->rank; i++)
    {
      const int axis = layout->order[i];
      const int32_t block = block_along (layout, axis, dense->rank);

      if (dense->dims[axis] % block != 0)
        return false;
      tree->axis[i] = axis;
      tree->limit[i] = dense->dims[axis] / block;
      tree->stride[i] = strides[axis] * (size_t) block;
    }
  tree->n_outer = tree->n_levels = dense->rank;
  for (int axis = 0; axis < dense->rank; axis += dense->rank - 1)
    if (block_along (layout, axis, dense->rank) > 1)
      {
        tree->axis[tree->n_levels] = axis;
        tree->limit[tree->n_levels] = block_along (layout, axis, dense->rank);
        tree->stride[tree->n_levels++] = strides[axis];
      }
  return true;
}

static bool
is_zero (const LsDense *dense, size_t element)
{
  for (size_t i = 0; i < dense->size; i++)
    if (dense->data[element * dense->size + i] != 0)
      return false;
  return true;
}

/* Notes which branches have something in them. Depth is bounded by LS_SPARSE_LEVELS. */
static bool
look (Tree *tree, int depth, size_t branch, size_t element)
{
  bool is_full = depth == tree->n_levels && !is_zero (tree->dense, element);

  for (int32_t i = 0; depth < tree->n_levels && i < tree->limit[depth]; i++)
    {
      size_t next = branch * (size_t) tree->limit[depth] + (size_t) i;

      is_full |= look (tree, depth + 1, next, element + (size_t) i * tree->stride[depth]);
    }
  if (depth <= tree->n_outer)
    {
      tree->is_full[depth][branch] = is_full;
      tree->n_full[depth] += is_full;
    }
  return is_full;
}

/* tree_clear() also after a failure. */
static bool
tree_grow (Tree *tree, const LsDense *dense, const LsSparseLayout *layout)
{
  size_t n = 1;

  *tree = (Tree){ .dense = dense };
  if (!set_levels (tree, layout))
    return false;
  for (int i = 0; i <= tree->n_outer; i++)
    {
      tree->n_branches[i] = n;
      tree->is_full[i] = malloc (n);
      if (tree->is_full[i] == NULL)
        return false;
      n *= i < tree->n_outer ? (size_t) tree->limit[i] : 1;
    }
  look (tree, 0, 0, 0);
  return true;
}

/* ---- What it costs ------------------------------------------------------------------------------
 */

static uint8_t
width_of (size_t highest)
{
  return highest <= UINT8_MAX ? 1 : highest <= UINT16_MAX ? 2 : 4;
}

static uint64_t
cost (const Tree *tree, unsigned is_csr)
{
  uint64_t positions = 1, bytes = 0;

  for (int i = 0; i < tree->n_outer; i++)
    {
      if ((is_csr >> i & 1) == 0)
        {
          positions *= (uint64_t) tree->limit[i];
          continue;
        }

      const size_t n = tree->n_full[i + 1];

      bytes += (positions + 1) * width_of (n) + n * width_of ((size_t) tree->limit[i] - 1);
      positions = n;
    }
  for (int i = tree->n_outer; i < tree->n_levels; i++)
    positions *= (uint64_t) tree->limit[i];
  return bytes + positions * tree->dense->size;
}

/* Orders to try: number 0 is the natural one; then one dimension goes to the end, or to the start.
 */
static bool
set_order (LsSparseLayout *layout, int rank, int number)
{
  const int moved = (number - 1) / 2;
  const bool goes_first = (number - 1) % 2 == 1;
  int n = 0;

  if (number > 2 * rank)
    return false;
  if (number > 0 && goes_first)
    layout->order[n++] = moved;
  for (int i = 0; i < rank; i++)
    if (number == 0 || i != moved)
      layout->order[n++] = i;
  if (number > 0 && !goes_first)
    layout->order[n++] = moved;
  return true;
}

/* FULLY_CONNECTED wants rows in order and one list a row. */
static unsigned
first_format (bool is_plain)
{
  return is_plain ? 2 : 1;
}

bool
ls_sparse_layout_find (const LsDense *dense, int32_t rows, int32_t columns, bool is_plain,
                       LsSparseLayout *out)
{
  LsSparseLayout layout = { .rows = rows, .columns = columns };
  const unsigned n_formats = is_plain ? 3 : 1u << dense->rank;

  out->bytes = UINT64_MAX;
  for (int number = 0; set_order (&layout, dense->rank, number) && !(is_plain && number > 0);
       number++)
    {
      Tree tree;
      bool is_grown = tree_grow (&tree, dense, &layout);

      for (unsigned format = first_format (is_plain); is_grown && format < n_formats; format++)
        {
          layout.is_csr = format;
          layout.bytes = cost (&tree, format);
          if (layout.bytes < out->bytes)
            *out = layout;
        }
      tree_clear (&tree);
    }
  return out->bytes != UINT64_MAX;
}

/* ---- Storing ------------------------------------------------------------------------------------
 */

typedef struct
{
  const Tree *tree;
  unsigned is_csr;
  int32_t *segments[LS_SPARSE_LEVELS], *indices[LS_SPARSE_LEVELS];
  uint32_t n_segments[LS_SPARSE_LEVELS], n_indices[LS_SPARSE_LEVELS];
  uint8_t *values;
  size_t n_values;
} Writer;

/* Everything below one position. */
static void
put (Writer *writer, int level, size_t branch, size_t element)
{
  const Tree *tree = writer->tree;
  const bool is_list
    = level < LS_SPARSE_RANK && level < tree->n_outer && (writer->is_csr >> level & 1) != 0;

  if (level == tree->n_levels)
    {
      memcpy (writer->values + writer->n_values++ * tree->dense->size,
              tree->dense->data + element * tree->dense->size, tree->dense->size);
      return;
    }
  for (int32_t i = 0; i < tree->limit[level]; i++)
    {
      size_t next = branch * (size_t) tree->limit[level] + (size_t) i;

      if (is_list && !tree->is_full[level + 1][next])
        continue;
      if (is_list)
        writer->indices[level][writer->n_indices[level]++] = i;
      put (writer, level + 1, next, element + (size_t) i * tree->stride[level]);
    }
  if (is_list)
    writer->segments[level][writer->n_segments[level]++] = (int32_t) writer->n_indices[level];
}

/* Room for the lists, which begin with a 0; gives the number of values, or 0: out of memory. */
static size_t
reserve (LsModel *model, Writer *writer)
{
  const Tree *tree = writer->tree;
  size_t positions = 1;

  for (int i = 0; i < tree->n_levels; i++)
    {
      if (i >= tree->n_outer || (writer->is_csr >> i & 1) == 0)
        {
          positions *= (size_t) tree->limit[i];
          continue;
        }
      writer->segments[i] = ls_model_alloc (model, positions + 1, sizeof (int32_t));
      writer->indices[i] = ls_model_alloc (model, tree->n_full[i + 1] + 1, sizeof (int32_t));
      if (writer->segments[i] == NULL || writer->indices[i] == NULL)
        return 0;
      writer->segments[i][writer->n_segments[i]++] = 0;
      positions = tree->n_full[i + 1];
    }
  writer->values = malloc (positions * tree->dense->size + 1);
  return writer->values != NULL ? positions + 1 : 0;
}

static const LsSparsity *
describe (LsModel *model, const Writer *writer)
{
  const Tree *tree = writer->tree;
  const int n_blocks = tree->n_levels - tree->n_outer;
  LsSparsity *sparsity = ls_model_alloc (model, 1, sizeof *sparsity);
  LsSparseDim *dims = ls_model_alloc (model, (size_t) tree->n_levels, sizeof *dims);
  int32_t order[LS_SPARSE_LEVELS];

  if (sparsity == NULL || dims == NULL)
    return NULL;
  for (int i = 0; i < tree->n_levels; i++)
    {
      order[i] = i < tree->n_outer ? tree->axis[i] : i;
      if (writer->segments[i] == NULL)
        dims[i] = (LsSparseDim){ .format = LS_DIM_DENSE, .dense_size = tree->limit[i] };
      else
        dims[i] = (LsSparseDim){ .format = LS_DIM_SPARSE_CSR,
                                 .n_segments = writer->n_segments[i],
                                 .n_indices = writer->n_indices[i],
                                 .segments = writer->segments[i],
                                 .indices = writer->indices[i],
                                 .segments_width = width_of (writer->n_indices[i]),
                                 .indices_width = width_of ((size_t) tree->limit[i] - 1) };
    }
  *sparsity = (LsSparsity){
    .n_traversal = (uint32_t) tree->n_levels,
    .n_block_map = (uint32_t) n_blocks,
    .n_dims = (uint32_t) tree->n_levels,
    .traversal_order = ls_model_ints (model, order, (uint32_t) tree->n_levels),
    .block_map = ls_model_ints (model, tree->axis + tree->n_outer, (uint32_t) n_blocks),
    .dims = dims,
  };
  return sparsity->traversal_order != NULL && (n_blocks == 0 || sparsity->block_map != NULL)
           ? sparsity
           : NULL;
}

LsStatus
ls_sparse_layout_store (LsModel *model, const LsDense *dense, const LsSparseLayout *layout,
                        const LsSparsity **sparsity, uint8_t **values, size_t *n_bytes,
                        LsError *error)
{
  Tree tree;
  Writer writer = { .tree = &tree, .is_csr = layout->is_csr };

  *sparsity = NULL;
  if (tree_grow (&tree, dense, layout) && reserve (model, &writer) > 0)
    {
      put (&writer, 0, 0, 0);
      *sparsity = describe (model, &writer);
    }
  tree_clear (&tree);
  *values = writer.values;
  *n_bytes = writer.n_values * dense->size;
  if (*sparsity != NULL)
    return LS_OK;
  free (writer.values);
  *values = NULL;
  return ls_fail_no_memory (error, "sparse weights", 0);
}

uint64_t
ls_sparsity_bytes (const LsSparsity *sparsity)
{
  uint64_t bytes = 0;

  for (uint32_t i = 0; i < sparsity->n_dims; i++)
    bytes += (uint64_t) sparsity->dims[i].n_segments * sparsity->dims[i].segments_width
             + (uint64_t) sparsity->dims[i].n_indices * sparsity->dims[i].indices_width;
  return bytes;
}
