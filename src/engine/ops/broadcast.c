#include "ops/broadcast.h"

#include "ops/shape.h"

/* Size of an input along a dimension of the output; 1 where the input has none. */
static int32_t
aligned_dim (int rank, const int32_t *dims, int out_rank, int axis)
{
  int at = axis - (out_rank - rank);

  return at < 0 ? 1 : dims[at];
}

/* Works out one dimension of the output. A dimension of 0 stretches a 1 to 0. */
static bool
join_axis (LsBroadcast *plan, int axis, const int *ranks, const int32_t *const *dims,
           uint32_t clash[2])
{
  uint32_t by = 0;
  int32_t size = 1;

  for (uint32_t i = 0; i < plan->n_in; i++)
    {
      int32_t dim = aligned_dim (ranks[i], dims[i], plan->rank, axis);

      if (size != 1 && dim != 1 && dim != size)
        {
          if (clash != NULL)
            {
              clash[0] = by;
              clash[1] = i;
            }
          return false;
        }
      if (dim != 1)
        {
          size = dim;
          by = i;
        }
    }
  plan->dims[axis] = size;
  return true;
}

/* Adds a dimension outside the levels that are there (level 0 is the run while this goes on), or
 * widens the outermost of them when every input walks on in the same way. */
static void
add_level (LsBroadcast *plan, size_t size, const size_t *strides)
{
  int top = plan->n_levels - 1;
  bool merges = true;

  for (uint32_t i = 0; i < plan->n_in; i++)
    merges = merges && strides[i] == plan->sizes[top] * plan->strides[i][top];
  if (merges)
    {
      plan->sizes[top] *= size;
      return;
    }
  plan->sizes[plan->n_levels] = size;
  for (uint32_t i = 0; i < plan->n_in; i++)
    plan->strides[i][plan->n_levels] = strides[i];
  plan->n_levels++;
}

static void
swap (size_t *a, size_t *b)
{
  size_t c = *a;

  *a = *b;
  *b = c;
}

/* Turns the levels round: outermost first. */
static void
reverse_levels (LsBroadcast *plan)
{
  for (int a = 0, b = plan->n_levels - 1; a < b; a++, b--)
    {
      swap (&plan->sizes[a], &plan->sizes[b]);
      for (uint32_t i = 0; i < plan->n_in; i++)
        swap (&plan->strides[i][a], &plan->strides[i][b]);
    }
}

static void
make_levels (LsBroadcast *plan, const int *ranks, const int32_t *const *dims)
{
  size_t pitch[LS_BROADCAST_INPUTS] = { 1, 1, 1 };

  for (int axis = plan->rank - 1; axis >= 0; axis--)
    {
      size_t strides[LS_BROADCAST_INPUTS] = { 0 };

      if (plan->dims[axis] == 1)
        continue;
      for (uint32_t i = 0; i < plan->n_in; i++)
        {
          int32_t dim = aligned_dim (ranks[i], dims[i], plan->rank, axis);

          strides[i] = dim == 1 ? 0 : pitch[i];
          pitch[i] *= (size_t) dim;
        }
      if (plan->n_levels > 0)
        add_level (plan, (size_t) plan->dims[axis], strides);
      else
        {
          plan->n_levels = 1;
          plan->sizes[0] = (size_t) plan->dims[axis];
          for (uint32_t i = 0; i < plan->n_in; i++)
            plan->strides[i][0] = strides[i];
        }
    }
  if (plan->n_levels == 0)
    {
      plan->n_levels = 1;
      plan->sizes[0] = 1;
    }
  reverse_levels (plan);
}

bool
ls_broadcast_plan (LsBroadcast *plan, uint32_t n_in, const int *ranks, const int32_t *const *dims,
                   uint32_t clash[2])
{
  size_t bytes;

  *plan = (LsBroadcast){ .n_in = n_in, .is_same = true };
  if (clash != NULL)
    clash[0] = clash[1] = 0;
  for (uint32_t i = 0; i < n_in; i++)
    if (ranks[i] > plan->rank)
      plan->rank = ranks[i];
  for (int axis = 0; axis < plan->rank; axis++)
    if (!join_axis (plan, axis, ranks, dims, clash))
      return false;
  if (!ls_count (&plan->count, plan->dims, plan->rank) || !ls_mul (&bytes, plan->count, 16))
    return false;
  for (uint32_t i = 0; i < n_in; i++)
    for (int axis = 0; axis < plan->rank; axis++)
      if (ranks[i] != plan->rank || dims[i][axis] != plan->dims[axis])
        plan->is_same = false;
  if (plan->count > 0)
    make_levels (plan, ranks, dims);
  return true;
}

LsStatus
ls_broadcast_node (LsBroadcast *plan, const LsNode *node, uint32_t n_in, LsError *error)
{
  int ranks[LS_BROADCAST_INPUTS];
  const int32_t *dims[LS_BROADCAST_INPUTS];
  uint32_t clash[2];

  for (uint32_t i = 0; i < n_in; i++)
    {
      ranks[i] = node->in[i]->rank;
      dims[i] = node->in[i]->dims;
    }
  if (ls_broadcast_plan (plan, n_in, ranks, dims, clash))
    return LS_OK;
  if (clash[0] == clash[1])
    return ls_node_invalid (node, error, "the shapes of the inputs stretch to too many elements");
  return ls_node_invalid (node, error, "input %u %s and input %u %s do not broadcast", clash[0],
                          LS_SHAPE (node->in[clash[0]]), clash[1], LS_SHAPE (node->in[clash[1]]));
}

LsRun
ls_run_begin (const LsBroadcast *plan, size_t begin, size_t end)
{
  LsRun run = { .plan = plan, .out = begin, .end = end };
  int last = plan->n_levels - 1;
  size_t rest = begin, left;

  if (begin >= end)
    return run;
  for (int level = last; level >= 0; level--)
    {
      run.index[level] = rest % plan->sizes[level];
      rest /= plan->sizes[level];
      for (uint32_t i = 0; i < plan->n_in; i++)
        run.in[i] += run.index[level] * plan->strides[i][level];
    }
  for (uint32_t i = 0; i < plan->n_in; i++)
    run.step[i] = plan->strides[i][last];
  left = plan->sizes[last] - run.index[last];
  run.length = left < end - begin ? left : end - begin;
  return run;
}

void
ls_run_next (LsRun *run)
{
  const LsBroadcast *plan = run->plan;
  int last = plan->n_levels - 1;
  size_t left;

  run->out += run->length;
  left = run->end - run->out;
  if (left == 0)
    {
      run->length = 0;
      return;
    }
  /* Back to the beginning of the run that just ended, then one on in the next dimension out. */
  for (uint32_t i = 0; i < plan->n_in; i++)
    run->in[i] -= run->index[last] * run->step[i];
  run->index[last] = 0;
  for (int level = last - 1; level >= 0; level--)
    {
      run->index[level]++;
      for (uint32_t i = 0; i < plan->n_in; i++)
        run->in[i] += plan->strides[i][level];
      if (run->index[level] < plan->sizes[level])
        break;
      for (uint32_t i = 0; i < plan->n_in; i++)
        run->in[i] -= run->index[level] * plan->strides[i][level];
      run->index[level] = 0;
    }
  run->length = left < plan->sizes[last] ? left : plan->sizes[last];
}
