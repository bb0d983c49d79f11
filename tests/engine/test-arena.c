/* Laying out memory by lifetime. */
#include "base/random.h"
#include "runtime/arena.h"
#include "test.h"

static bool
overlap (const LsLifetime *a, const LsLifetime *b)
{
  return a->first <= b->last && b->first <= a->last && a->offset < b->offset + b->size
         && b->offset < a->offset + a->size;
}

static uint32_t
below (uint64_t *state, uint32_t end)
{
  return (uint32_t) (ls_random_next (state) % end);
}

static void
pieces_of_one_time_never_overlap (void)
{
  enum
  {
    MOST = 120
  };
  LsLifetime pieces[MOST];
  uint64_t state = 7;

  for (int round = 0; round < 300; round++)
    {
      uint32_t n = 1 + below (&state, MOST);
      size_t total, busiest = 0;

      for (uint32_t i = 0; i < n; i++)
        {
          pieces[i] = (LsLifetime){ .size = below (&state, 4) == 0 ? 0 : below (&state, 5000),
                                    .first = below (&state, 60) };
          pieces[i].last = pieces[i].first + below (&state, below (&state, 8) == 0 ? 60 : 4);
        }
      CHECK (ls_arena_plan (pieces, n, 64, &total));
      for (uint32_t i = 0; i < n; i++)
        {
          CHECK (pieces[i].offset % 64 == 0 && pieces[i].offset + pieces[i].size <= total);
          for (uint32_t k = 0; k < i; k++)
            CHECK (!overlap (&pieces[i], &pieces[k]));
        }
      for (uint32_t t = 0; t < 120; t++)
        {
          size_t now = 0;

          for (uint32_t i = 0; i < n; i++)
            if (pieces[i].first <= t && t <= pieces[i].last)
              now += pieces[i].size;
          if (now > busiest)
            busiest = now;
        }
      CHECK (total >= busiest && total <= busiest * 2);
    }
}

static void
chain_needs_its_two_largest_neighbours (void)
{
  LsLifetime pieces[] = { { 640, 0, 1, 0 }, { 1280, 1, 2, 0 }, { 64, 2, 3, 0 }, { 640, 3, 4, 0 } };
  size_t total;

  CHECK (ls_arena_plan (pieces, 4, 64, &total));
  CHECK (total == 1920);
}

static void
sizes_that_overflow_are_refused (void)
{
  LsLifetime pieces[] = { { SIZE_MAX - 63, 0, 1, 0 }, { SIZE_MAX - 127, 0, 1, 0 } };
  size_t total;

  CHECK (!ls_arena_plan (pieces, 2, 64, &total));
  pieces[0].size = SIZE_MAX;
  CHECK (!ls_arena_plan (pieces, 1, 64, &total));
}

static void
nothing_takes_no_memory (void)
{
  LsLifetime piece = { 0, 3, 3, 0 };
  size_t total = 1;

  CHECK (ls_arena_plan (NULL, 0, 64, &total) && total == 0);
  CHECK (ls_arena_plan (&piece, 1, 64, &total) && total == 0);
}

int
main (void)
{
  RUN (pieces_of_one_time_never_overlap);
  RUN (chain_needs_its_two_largest_neighbours);
  RUN (sizes_that_overflow_are_refused);
  RUN (nothing_takes_no_memory);
  return done ();
}
