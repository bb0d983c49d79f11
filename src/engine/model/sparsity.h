/* Sparse tensors: from the stored levels (dense and CSR, blocks, any order) to a dense array. */
#ifndef LS_MODEL_SPARSITY_H
#define LS_MODEL_SPARSITY_H

#include "litesmith.h"

/*
 * Checks the levels against the shape and counts the values that they say are stored.
 *
 * Refused: more than LS_MAX_RANK dimensions, orders that are no permutation, levels larger than
 * their dimension, segments that do not fit their parent level or that go backwards, indices
 * outside.
 */
LsStatus ls_sparse_count (const LsSparsity *sparsity, const int32_t *dims, int rank,
                          size_t *n_values, LsError *error);

/*
 * Writes the dense array; elements that are not stored become 0.
 *
 * @bits:        of one element, as ls_type_bits(); below 8 both sides are packed low bits first
 * @values:      the stored elements, @values_size bytes (more than needed is fine)
 * @dense:       room for the dense array, @dense_size bytes (exactly the array's)
 */
LsStatus ls_sparse_to_dense (const LsSparsity *sparsity, const int32_t *dims, int rank,
                             unsigned bits, const void *values, size_t values_size, void *dense,
                             size_t dense_size, LsError *error);

#endif
