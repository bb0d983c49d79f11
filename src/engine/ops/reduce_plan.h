/*
 * The walk of a reduction: dimensions of 1 dropped, neighbours of the same fate merged, so that
 * what is left is columns that are kept (sums of rows) or runs that become one element.
 */
#ifndef LS_OPS_REDUCE_PLAN_H
#define LS_OPS_REDUCE_PLAN_H

#include "ops/op.h"

enum
{
  LS_REDUCE_BLOCK = 512 /* columns of a unit of work at most */
};

/* Strides in elements. */
typedef struct
{
  int n_kept, n_reduced; /* outer dimensions */
  size_t kept[LS_MAX_RANK], reduced[LS_MAX_RANK];
  size_t kept_strides[LS_MAX_RANK], reduced_strides[LS_MAX_RANK];
  size_t columns;          /* contiguous elements that are kept; 1 for runs */
  size_t rows, row_stride; /* innermost reduced dimension; a run has a row_stride of 1 */
  bool is_run;
  size_t block, n_blocks; /* columns are cut into blocks */
  size_t n_units;         /* blocks of all kept rows */
  size_t count;           /* elements that become one */
} LsReducePlan;

/* One visit: x[i * stride + j] for @rows rows and @n columns. */
typedef void (*LsReduceVisit) (void *context, const void *x, size_t rows, size_t stride, size_t n);

/* @n_threads: the blocks are cut finer when there would be too few units. */
void ls_reduce_plan (LsReducePlan *plan, const int32_t *dims, int rank,
                     const bool is_reduced[LS_MAX_RANK], unsigned n_threads);
/* Where unit @unit begins in the output, and how many elements it has there. */
size_t ls_reduce_unit (const LsReducePlan *plan, size_t unit, size_t *n);
/* Visits everything that goes into a unit, in the order of memory. @x: the input's first element,
 * @size bytes each. */
void ls_reduce_walk (const LsReducePlan *plan, size_t unit, const void *x, size_t size,
                     LsReduceVisit visit, void *context);

#endif
