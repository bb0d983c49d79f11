#include "ops/reduce_plan.h"

#include "ops/shape.h"

enum
{
  LEAST_BLOCK = 64 /* columns under which another thread does not pay */
};

typedef struct
{
  size_t dim, stride;
  bool is_reduced;
} Group;

/* Merges dimensions; outermost first. */
static int
group_dims (const int32_t *dims, int rank, const bool *is_reduced, Group *groups)
{
  size_t stride = 1;
  int n = 0;

  for (int i = 0; i < rank; i++)
    {
      if (dims[i] == 1)
        continue;
      if (n > 0 && groups[n - 1].is_reduced == is_reduced[i])
        groups[n - 1].dim *= (size_t) dims[i];
      else
        groups[n++] = (Group){ (size_t) dims[i], 1, is_reduced[i] };
    }
  for (int i = n - 1; i >= 0; i--)
    {
      groups[i].stride = stride;
      stride *= groups[i].dim;
    }
  return n;
}

/* Blocks are even, and finer when the kept rows alone would not keep all threads busy. */
static size_t
choose_block (size_t columns, size_t n_rows, unsigned n_threads)
{
  size_t block = LS_REDUCE_BLOCK;

  if (n_threads > 1 && n_rows < n_threads)
    {
      block = (columns / (2 * n_threads) + 15) / 16 * 16;
      block = block < LEAST_BLOCK ? LEAST_BLOCK : block > LS_REDUCE_BLOCK ? LS_REDUCE_BLOCK : block;
    }
  return block;
}

void
ls_reduce_plan (LsReducePlan *plan, const int32_t *dims, int rank,
                const bool is_reduced[LS_MAX_RANK], unsigned n_threads)
{
  Group groups[LS_MAX_RANK];
  int n = group_dims (dims, rank, is_reduced, groups);
  size_t n_rows = 1;

  *plan = (LsReducePlan){ .columns = 1, .rows = 1, .row_stride = 1, .is_run = true, .count = 1 };
  for (int i = 0; i < n; i++)
    if (groups[i].is_reduced)
      plan->count *= groups[i].dim;
  if (n > 0 && !groups[n - 1].is_reduced)
    {
      plan->columns = groups[--n].dim;
      plan->is_run = false;
    }
  if (n > 0 && groups[n - 1].is_reduced)
    {
      plan->rows = groups[--n].dim;
      plan->row_stride = groups[n].stride;
    }
  for (int i = 0; i < n; i++)
    if (groups[i].is_reduced)
      {
        plan->reduced[plan->n_reduced] = groups[i].dim;
        plan->reduced_strides[plan->n_reduced++] = groups[i].stride;
      }
    else
      {
        plan->kept[plan->n_kept] = groups[i].dim;
        plan->kept_strides[plan->n_kept++] = groups[i].stride;
        n_rows *= groups[i].dim;
      }
  plan->block = choose_block (plan->columns, n_rows, n_threads);
  plan->n_blocks = (plan->columns + plan->block - 1) / plan->block;
  plan->n_units = n_rows * plan->n_blocks;
}

size_t
ls_reduce_unit (const LsReducePlan *plan, size_t unit, size_t *n)
{
  const size_t first = unit % plan->n_blocks * plan->block, left = plan->columns - first;

  *n = left < plan->block ? left : plan->block;
  return unit / plan->n_blocks * plan->columns + first;
}

void
ls_reduce_walk (const LsReducePlan *plan, size_t unit, const void *x, size_t size,
                LsReduceVisit visit, void *context)
{
  size_t index[LS_MAX_RANK] = { 0 }, rest = unit / plan->n_blocks;
  size_t offset = unit % plan->n_blocks * plan->block, n;

  ls_reduce_unit (plan, unit, &n);
  for (int i = plan->n_kept - 1; i >= 0; i--)
    {
      offset += rest % plan->kept[i] * plan->kept_strides[i];
      rest /= plan->kept[i];
    }
  for (bool is_over = false; !is_over;)
    {
      visit (context, (const uint8_t *) x + offset * size, plan->rows, plan->row_stride, n);
      is_over = true;
      for (int i = plan->n_reduced - 1; i >= 0 && is_over; i--)
        {
          offset += plan->reduced_strides[i];
          is_over = ++index[i] == plan->reduced[i];
          if (is_over)
            {
              offset -= plan->reduced[i] * plan->reduced_strides[i];
              index[i] = 0;
            }
        }
    }
}
