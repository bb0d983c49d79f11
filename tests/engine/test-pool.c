/* Threads that share out a loop. */
#include <stdatomic.h>
#include <time.h>

#include "base/pool.h"
#include "test.h"

enum
{
  MOST = 5000
};

typedef struct
{
  atomic_uchar hits[MOST];
  atomic_uint at_once[8], n_wrong;
} Loop;

static void
hit (void *data, size_t begin, size_t end, unsigned thread)
{
  Loop *loop = data;

  if (thread >= 8 || atomic_fetch_add (&loop->at_once[thread], 1) != 0)
    atomic_fetch_add (&loop->n_wrong, 1);
  for (size_t i = begin; i < end; i++)
    atomic_fetch_add (&loop->hits[i], 1);
  if (thread < 8)
    atomic_fetch_sub (&loop->at_once[thread], 1);
}

static bool
is_covered_once (LsPool *pool, size_t n_items, size_t grain)
{
  static Loop loop;

  memset (&loop, 0, sizeof loop);
  ls_pool_run (pool, hit, &loop, n_items, grain);
  for (size_t i = 0; i < MOST; i++)
    if (loop.hits[i] != (i < n_items))
      return false;
  return loop.n_wrong == 0;
}

static void
every_unit_is_done_once (void)
{
  static const size_t counts[] = { 0, 1, 2, 3, 7, 64, 1000, MOST }, grains[] = { 0, 1, 3, 100 };

  for (unsigned n_threads = 0; n_threads <= 4; n_threads++)
    {
      LsPool *pool = ls_pool_new (n_threads);

      for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t k = 0; k < sizeof grains / sizeof *grains; k++)
          CHECK (is_covered_once (pool, counts[i], grains[k]));
      ls_pool_free (pool);
    }
}

static void
many_short_loops_in_a_row (void)
{
  LsPool *pool = ls_pool_new (3);
  bool is_good = true;

  for (int i = 0; i < 2000; i++)
    is_good &= is_covered_once (pool, 20, 1);
  CHECK (is_good);
  ls_pool_free (pool);
}

static void
sleeping_workers_wake_up (void)
{
  LsPool *pool = ls_pool_new (3);
  const struct timespec nap = { 0, 3000000 };

  for (int i = 0; i < 20; i++)
    {
      nanosleep (&nap, NULL);
      CHECK (is_covered_once (pool, 500, 1));
    }
  ls_pool_free (pool);
}

static void
pool_that_never_ran_is_freed (void)
{
  ls_pool_free (ls_pool_new (4));
  ls_pool_free (NULL);
}

int
main (void)
{
  RUN (every_unit_is_done_once);
  RUN (many_short_loops_in_a_row);
  RUN (sleeping_workers_wake_up);
  RUN (pool_that_never_ran_is_freed);
  return done ();
}
