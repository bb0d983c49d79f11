#include "test.h"

#include "ops/broadcast.h"

/* The runtime has them; only nodes need them. */
__attribute__ ((weak)) LsStatus
ls_node_invalid (const LsNode *node, LsError *error, const char *format, ...)
{
  return LS_E_INVALID;
}

__attribute__ ((weak)) LsStatus
ls_node_unsupported (const LsNode *node, LsError *error, const char *format, ...)
{
  return LS_E_UNSUPPORTED;
}

/* Walks @plan over [begin, end) and compares with the index arithmetic of the rule. */
static bool
walk_is_right (const LsBroadcast *plan, const int *ranks, const int32_t *const *dims, size_t begin,
               size_t end)
{
  size_t at = begin;

  for (LsRun r = ls_run_begin (plan, begin, end); r.length > 0; ls_run_next (&r))
    for (size_t k = 0; k < r.length; k++, at++)
      {
        if (r.out + k != at)
          return false;
        for (uint32_t i = 0; i < plan->n_in; i++)
          {
            size_t rest = at, want = 0, pitch = 1;

            for (int axis = plan->rank - 1; axis >= 0; axis--)
              {
                int own = axis - (plan->rank - ranks[i]);
                size_t index = rest % (size_t) plan->dims[axis];

                rest /= (size_t) plan->dims[axis];
                if (own < 0)
                  continue;
                want += dims[i][own] == 1 ? 0 : index * pitch;
                pitch *= (size_t) dims[i][own];
              }
            if (r.in[i] + k * r.step[i] != want)
              return false;
          }
      }
  return at == (end > begin ? end : begin);
}

static uint32_t seed = 1;

static uint32_t
dice (uint32_t sides)
{
  seed = seed * 1664525u + 1013904223u;
  return (seed >> 16) % sides;
}

static void
random_walks_follow_the_rule (void)
{
  for (int round = 0; round < 3000; round++)
    {
      int32_t out[LS_MAX_RANK], in[3][LS_MAX_RANK];
      const int32_t *dims[3] = { in[0], in[1], in[2] };
      int rank = (int) dice (LS_MAX_RANK + 1), ranks[3];
      uint32_t n_in = 1 + dice (3);
      LsBroadcast plan;

      for (int axis = 0; axis < rank; axis++)
        out[axis] = (int32_t) (1 + dice (3));
      for (uint32_t i = 0; i < n_in; i++)
        {
          ranks[i] = i == 0 ? rank : (int) dice ((uint32_t) rank + 1);
          for (int axis = 0; axis < ranks[i]; axis++)
            in[i][axis] = dice (2) ? out[axis + rank - ranks[i]] : 1;
        }
      CHECK (ls_broadcast_plan (&plan, n_in, ranks, dims, NULL));
      CHECK (walk_is_right (&plan, ranks, dims, 0, plan.count));
      size_t begin = dice ((uint32_t) plan.count), end = dice ((uint32_t) plan.count + 1);
      CHECK (walk_is_right (&plan, ranks, dims, begin, end));
    }
}

static void
equal_shapes_are_one_run (void)
{
  const int32_t dims[] = { 2, 3, 4 };
  const int32_t *all[] = { dims, dims };
  const int ranks[] = { 3, 3 };
  LsBroadcast plan;

  CHECK (ls_broadcast_plan (&plan, 2, ranks, all, NULL));
  CHECK (plan.is_same && plan.n_levels == 1 && plan.sizes[0] == 24 && plan.count == 24);
}

static void
bias_is_runs_of_channels (void)
{
  const int32_t image[] = { 1, 5, 7, 16 }, bias[] = { 16 }, scalar[] = { 1 };
  const int32_t *all[] = { image, bias, scalar };
  const int ranks[] = { 4, 1, 0 };
  LsBroadcast plan;

  CHECK (ls_broadcast_plan (&plan, 3, ranks, all, NULL));
  CHECK (!plan.is_same && plan.n_levels == 2 && plan.sizes[0] == 35 && plan.sizes[1] == 16);
  CHECK (plan.strides[1][1] == 1 && plan.strides[1][0] == 0 && plan.strides[2][1] == 0);
}

static void
shapes_that_do_not_fit_are_named (void)
{
  const int32_t a[] = { 2, 3 }, b[] = { 1, 1 }, c[] = { 4, 3 };
  const int32_t *all[] = { a, b, c };
  const int ranks[] = { 2, 2, 2 };
  uint32_t clash[2];
  LsBroadcast plan;

  CHECK (!ls_broadcast_plan (&plan, 3, ranks, all, clash));
  CHECK (clash[0] == 0 && clash[1] == 2);
}

static void
zero_stretches_one (void)
{
  const int32_t a[] = { 0, 3 }, b[] = { 1, 3 };
  const int32_t *all[] = { a, b };
  const int ranks[] = { 2, 2 };
  LsBroadcast plan;

  CHECK (ls_broadcast_plan (&plan, 2, ranks, all, NULL));
  CHECK (plan.count == 0 && plan.dims[0] == 0 && plan.dims[1] == 3);
  CHECK (ls_run_begin (&plan, 0, 0).length == 0);
}

static void
too_many_elements_are_refused (void)
{
  const int32_t a[] = { 1 << 30, 1, 1 << 30, 1 }, b[] = { 1, 1 << 30, 1, 1 << 30 };
  const int32_t *all[] = { a, b };
  const int ranks[] = { 4, 4 };
  LsBroadcast plan;

  CHECK (!ls_broadcast_plan (&plan, 2, ranks, all, NULL));
}

int
main (void)
{
  RUN (random_walks_follow_the_rule);
  RUN (equal_shapes_are_one_run);
  RUN (bias_is_runs_of_channels);
  RUN (shapes_that_do_not_fit_are_named);
  RUN (zero_stretches_one);
  RUN (too_many_elements_are_refused);
  return done ();
}
