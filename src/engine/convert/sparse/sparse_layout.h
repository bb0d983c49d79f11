/* How a dense constant can be stored sparsely, what each way costs, and the storing. */
#ifndef LS_CONVERT_SPARSE_LAYOUT_H
#define LS_CONVERT_SPARSE_LAYOUT_H

#include "model/model.h"

enum
{
  LS_SPARSE_RANK = 4,                   /* dimensions of a tensor at most */
  LS_SPARSE_LEVELS = LS_SPARSE_RANK + 2 /* and of blocks along two of them */
};

/* A dense constant of whole bytes. Zero is what has no bit set: −0.0 is stored. */
typedef struct
{
  const uint8_t *data;
  size_t size; /* bytes of an element */
  int rank;    /* 2 … LS_SPARSE_RANK */
  int32_t dims[LS_SPARSE_RANK];
} LsDense;

/* A way to store: blocks of rows × columns along the first and the last dimension. */
typedef struct
{
  int32_t rows, columns;
  int order[LS_SPARSE_RANK]; /* of the dimensions */
  unsigned is_csr;           /* bit i: level i lists what is there */
  uint64_t bytes;            /* of values, segments and indices */
} LsSparseLayout;

/* The size of a block; false for LS_BLOCK_AUTO. */
bool ls_block_size (LsSparseBlock block, int32_t *rows, int32_t *columns);

/*
 * Finds the layout of fewest bytes with such blocks. @is_plain: rows one after the other, each with
 * a list of the blocks that are there, which is what FULLY_CONNECTED takes as it is. False when the
 * blocks do not fit the shape, or out of memory.
 */
bool ls_sparse_layout_find (const LsDense *dense, int32_t rows, int32_t columns, bool is_plain,
                            LsSparseLayout *out);

/* Makes the values (from malloc) and, in the model's store, the levels. */
LsStatus ls_sparse_layout_store (LsModel *model, const LsDense *dense, const LsSparseLayout *layout,
                                 const LsSparsity **sparsity, uint8_t **values, size_t *n_bytes,
                                 LsError *error);

/* Bytes of segments and indices. */
uint64_t ls_sparsity_bytes (const LsSparsity *sparsity);

#endif
