/* Boxes of every kind against a copy that goes element by element. */
#include "test.h"

#include "ops/strided_copy.h"

enum
{
  SPACE = 1 << 16 /* bytes on either side */
};

static uint32_t state = 1;

static uint32_t
pick (uint32_t n)
{
  state = state * 1664525u + 1013904223u;
  return (state >> 8) % n;
}

static void
copy_naively (const LsBox *box, size_t size, const uint8_t *from, uint8_t *to)
{
  size_t count = 1;

  for (int i = 0; i < box->rank; i++)
    count *= box->dims[i];
  for (size_t k = 0; k < count; k++)
    {
      ptrdiff_t f = box->from_offset, t = box->to_offset;
      size_t rest = k;

      for (int i = box->rank - 1; i >= 0; i--)
        {
          f += (ptrdiff_t) (rest % box->dims[i]) * box->from[i];
          t += (ptrdiff_t) (rest % box->dims[i]) * box->to[i];
          rest /= box->dims[i];
        }
      memcpy (to + t * (ptrdiff_t) size, from + f * (ptrdiff_t) size, size);
    }
}

/* Plans a box and copies it in pieces of random size; compares with the naive copy. */
static void
check_box (const LsBox *box, size_t size)
{
  static uint8_t from[SPACE], to[SPACE], expected[SPACE];
  LsCopy copy;

  for (size_t i = 0; i < SPACE; i++)
    from[i] = (uint8_t) pick (256);
  memset (to, 0xee, SPACE);
  memset (expected, 0xee, SPACE);
  ls_copy_plan (&copy, box, size);
  for (size_t begin = 0; begin < copy.n_units;)
    {
      size_t end = begin + 1 + pick (5);

      end = end < copy.n_units ? end : copy.n_units;
      ls_copy_run (&copy, from, to, begin, end);
      begin = end;
    }
  copy_naively (box, size, from, expected);
  CHECK (memcmp (to, expected, SPACE) == 0);
}

static const size_t sizes[] = { 1, 2, 4, 8, 16, 3 };

/* A dense destination in a random order of the source's dimensions, which may be repeated, cut,
 * strided or reversed. */
static void
random_boxes_are_copied (void)
{
  for (int round = 0; round < 4000; round++)
    {
      size_t size = sizes[pick (6)], room = SPACE / size / 2;
      LsBox box = { .rank = (int) pick (7) };
      ptrdiff_t from = 1, to = 1, low = 0;
      int order[LS_COPY_RANK];

      for (int i = 0; i < box.rank; i++)
        order[i] = i;
      for (int i = box.rank - 1; i > 0; i--)
        {
          int j = (int) pick ((uint32_t) i + 1), swap = order[i];

          order[i] = order[j];
          order[j] = swap;
        }
      for (int k = 0; k < box.rank; k++)
        {
          uint32_t most = room / (size_t) (to > from ? to : from) < 70
                            ? (uint32_t) (room / (size_t) (to > from ? to : from))
                            : 70;

          box.dims[k] = most < 2 ? 1
                                 : 1
                                     + pick (pick (3) == 0 ? most - 1
                                             : most < 5    ? most - 1
                                                           : 4);
          box.to[k] = to;
          to *= (ptrdiff_t) box.dims[k];
          to += pick (4) == 0 && (size_t) to * 2 < room ? pick (3) : 0;
          from = from > to ? from : to;
        }
      from = 1;
      for (int k = 0; k < box.rank; k++)
        {
          int i = order[k];
          uint32_t way = pick (8);

          box.from[i] = way == 0 ? 0 : way == 1 ? -from : from;
          low += box.from[i] < 0 ? box.from[i] * (ptrdiff_t) (box.dims[i] - 1) : 0;
          if (way != 0)
            from *= (ptrdiff_t) box.dims[i];
          from += way == 2 && (size_t) from * 2 < room ? 1 : 0;
        }
      box.from_offset = -low;
      CHECK ((size_t) from <= room * 2 && (size_t) to <= room * 2);
      check_box (&box, size);
    }
}

static void
transposes_of_all_sizes_are_exact (void)
{
  for (size_t s = 0; s < 5; s++)
    for (size_t m = 1; m < 80; m += 1 + m / 9)
      for (size_t n = 1; n < 50; n += 1 + n / 7)
        {
          LsBox box = { 0 };

          ls_box_add (&box, m, 1, (ptrdiff_t) n);
          ls_box_add (&box, n, (ptrdiff_t) m, 1);
          if (m * n * sizes[s] <= SPACE)
            check_box (&box, sizes[s]);
        }
}

static void
long_runs_are_cut_into_units (void)
{
  LsBox box = { 0 };
  LsCopy copy;

  ls_box_add (&box, 50, 1000, 1000);
  ls_box_add (&box, 1000, 1, 1);
  ls_copy_plan (&copy, &box, 1);
  CHECK (copy.n_units > 1 && ls_copy_is_plain (&copy));
  check_box (&box, 1);

  LsBox fill = { 0 };

  ls_box_add (&fill, 60000, 0, 1);
  ls_copy_plan (&copy, &fill, 1);
  CHECK (copy.n_units > 1 && !ls_copy_is_plain (&copy));
  check_box (&fill, 1);
}

static void
an_empty_box_has_no_units (void)
{
  LsBox box = { 0 };
  LsCopy copy;

  ls_box_add (&box, 5, 0, 0);
  ls_box_add (&box, 0, 1, 1);
  ls_copy_plan (&copy, &box, 4);
  CHECK (copy.n_units == 0);
  ls_copy_run (&copy, NULL, NULL, 0, 0);
}

int
main (void)
{
  RUN (random_boxes_are_copied);
  RUN (transposes_of_all_sizes_are_exact);
  RUN (long_runs_are_cut_into_units);
  RUN (an_empty_box_has_no_units);
  return done ();
}
