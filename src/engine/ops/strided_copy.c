#include "ops/strided_copy.h"

#include <string.h>

enum
{
  LONG_RUN = 4096,    /* bytes from which a run is cut into units by itself */
  UNIT_BYTES = 16384, /* wanted size of a unit */
  TILE = 32 /* elements on a side of a transposed tile: two of them stay in the L1 cache */
};

/* ---- Inner loops: m rows of n elements --------------------------------------------------------
 */

static void
copy_bytes (const LsCopy *c, const uint8_t *from, uint8_t *to, size_t m)
{
  memcpy (to, from, m);
}

typedef struct
{
  size_t m, n;
  ptrdiff_t m_from, m_to, n_from, n_to;
} Plane;

/* The loops of m rows; rows of one element are one row of m. */
static inline Plane
plane_of (const LsCopy *c, size_t m)
{
  if (c->n == 1)
    return (Plane){ 1, m, 0, 0, c->m_from, c->m_to };
  return (Plane){ m, c->n, c->m_from, c->m_to, c->n_from, c->n_to };
}

static void
copy_runs (const LsCopy *c, const uint8_t *from, uint8_t *to, size_t m)
{
  const Plane p = plane_of (c, m);

  for (size_t i = 0; i < p.m; i++, from += p.m_from, to += p.m_to)
    for (size_t j = 0; j < p.n; j++)
      memcpy (to + (ptrdiff_t) j * p.n_to, from + (ptrdiff_t) j * p.n_from, c->run);
}

/* Runs of a size that the compiler knows become loads and stores. */
#define COPY_FIXED(size)                                                                           \
  static void copy_##size (const LsCopy *c, const uint8_t *from, uint8_t *to, size_t m)            \
  {                                                                                                \
    const Plane p = plane_of (c, m);                                                               \
                                                                                                   \
    for (size_t i = 0; i < p.m; i++, from += p.m_from, to += p.m_to)                               \
      {                                                                                            \
        const uint8_t *f = from;                                                                   \
        uint8_t *t = to;                                                                           \
                                                                                                   \
        for (size_t j = 0; j < p.n; j++, f += p.n_from, t += p.n_to)                               \
          memcpy (t, f, size);                                                                     \
      }                                                                                            \
  }

COPY_FIXED (1)
COPY_FIXED (2)
COPY_FIXED (3)
COPY_FIXED (4)
COPY_FIXED (6)
COPY_FIXED (8)
COPY_FIXED (12)
COPY_FIXED (16)
COPY_FIXED (24)
COPY_FIXED (32)
COPY_FIXED (64)

/* n times the same element, side by side. */
static void
fill_any (const LsCopy *c, const uint8_t *from, uint8_t *to, size_t m)
{
  const Plane p = plane_of (c, m);
  const size_t total = p.n * c->run;

  for (size_t i = 0; i < p.m; i++, from += p.m_from, to += p.m_to)
    {
      size_t done = c->run;

      memcpy (to, from, done);
      for (; done <= total - done; done *= 2)
        memcpy (to + done, to, done);
      memcpy (to + done, to, total - done);
    }
}

static void
fill_1 (const LsCopy *c, const uint8_t *from, uint8_t *to, size_t m)
{
  const Plane p = plane_of (c, m);

  for (size_t i = 0; i < p.m; i++, from += p.m_from, to += p.m_to)
    memset (to, *from, p.n);
}

/* Elements of which a whole number fill 16 bytes. */
static void
fill_pattern (const LsCopy *c, const uint8_t *from, uint8_t *to, size_t m)
{
  const Plane p = plane_of (c, m);
  const size_t total = p.n * c->run;

  for (size_t i = 0; i < p.m; i++, from += p.m_from, to += p.m_to)
    {
      uint8_t pattern[16];
      size_t done = 0;

      for (size_t k = 0; k < sizeof pattern; k += c->run)
        memcpy (pattern + k, from, c->run);
      for (; done + 64 <= total; done += 64)
        {
          memcpy (to + done, pattern, 16);
          memcpy (to + done + 16, pattern, 16);
          memcpy (to + done + 32, pattern, 16);
          memcpy (to + done + 48, pattern, 16);
        }
      for (; done < total; done += c->run)
        memcpy (to + done, from, c->run);
    }
}

/*
 * Tiles of a transpose: rows lie along memory in `from`, columns in `to`. A block of as many rows
 * as a vector has lanes is turned by log2 (lanes) rounds of interleaving vector i with i + lanes /
 * 2; what is left over goes element by element.
 */
#define SHUFFLE_LOW_1 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define SHUFFLE_HIGH_1 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#define SHUFFLE_LOW_2 0, 8, 1, 9, 2, 10, 3, 11
#define SHUFFLE_HIGH_2 4, 12, 5, 13, 6, 14, 7, 15
#define SHUFFLE_LOW_4 0, 4, 1, 5
#define SHUFFLE_HIGH_4 2, 6, 3, 7
#define SHUFFLE_LOW_8 0, 2
#define SHUFFLE_HIGH_8 1, 3

#ifdef __clang__
#define INTERLEAVE(type, a, b, ...) __builtin_shufflevector (a, b, __VA_ARGS__)
#else
#define INTERLEAVE(type, a, b, ...) __builtin_shuffle (a, b, (type){ __VA_ARGS__ })
#endif

#define TRANSPOSE(size, bits)                                                                      \
  typedef uint##bits##_t Vector##size __attribute__ ((vector_size (16)));                          \
                                                                                                   \
  static inline void turn_##size (const uint8_t *from, ptrdiff_t n_from, uint8_t *to,              \
                                  ptrdiff_t m_to)                                                  \
  {                                                                                                \
    enum                                                                                           \
    {                                                                                              \
      LANES = 16 / size                                                                            \
    };                                                                                             \
    Vector##size a[LANES], b[LANES];                                                               \
                                                                                                   \
    for (int i = 0; i < LANES; i++)                                                                \
      memcpy (&a[i], from + i * n_from, 16);                                                       \
    for (int round = 1; round < LANES; round *= 2)                                                 \
      {                                                                                            \
        for (int i = 0; i < LANES / 2; i++)                                                        \
          {                                                                                        \
            b[2 * i] = INTERLEAVE (Vector##size, a[i], a[i + LANES / 2], SHUFFLE_LOW_##size);      \
            b[2 * i + 1] = INTERLEAVE (Vector##size, a[i], a[i + LANES / 2], SHUFFLE_HIGH_##size); \
          }                                                                                        \
        memcpy (a, b, sizeof a);                                                                   \
      }                                                                                            \
    for (int i = 0; i < LANES; i++)                                                                \
      memcpy (to + i * m_to, &a[i], 16);                                                           \
  }                                                                                                \
                                                                                                   \
  static inline void turn_rest_##size (const uint8_t *from, ptrdiff_t n_from, uint8_t *to,         \
                                       ptrdiff_t m_to, size_t m, size_t n)                         \
  {                                                                                                \
    for (size_t j = 0; j < n; j++)                                                                 \
      for (size_t i = 0; i < m; i++)                                                               \
        memcpy (to + (ptrdiff_t) i * m_to + j * size, from + (ptrdiff_t) j * n_from + i * size,    \
                size);                                                                             \
  }                                                                                                \
                                                                                                   \
  static void tile_##size (const uint8_t *from, ptrdiff_t n_from, uint8_t *to, ptrdiff_t m_to,     \
                           size_t m, size_t n)                                                     \
  {                                                                                                \
    const size_t lanes = 16 / size, m_whole = m - m % lanes, n_whole = n - n % lanes;              \
                                                                                                   \
    for (size_t i = 0; i < m_whole; i += lanes)                                                    \
      for (size_t j = 0; j < n_whole; j += lanes)                                                  \
        turn_##size (from + (ptrdiff_t) j * n_from + i * size, n_from,                             \
                     to + (ptrdiff_t) i * m_to + j * size, m_to);                                  \
    turn_rest_##size (from + (ptrdiff_t) n_whole * n_from, n_from, to + n_whole * size, m_to,      \
                      m_whole, n - n_whole);                                                       \
    turn_rest_##size (from + m_whole * size, n_from, to + (ptrdiff_t) m_whole * m_to, m_to,        \
                      m - m_whole, n);                                                             \
  }                                                                                                \
                                                                                                   \
  static void transpose_##size (const LsCopy *c, const uint8_t *from, uint8_t *to, size_t m)       \
  {                                                                                                \
    for (size_t i = 0; i < m; i += TILE)                                                           \
      for (size_t j = 0; j < c->n; j += TILE)                                                      \
        tile_##size (from + (ptrdiff_t) j * c->n_from + i * size, c->n_from,                       \
                     to + (ptrdiff_t) i * c->m_to + j * size, c->m_to,                             \
                     m - i < TILE ? m - i : TILE, c->n - j < TILE ? c->n - j : TILE);              \
  }

TRANSPOSE (1, 8)
TRANSPOSE (2, 16)
TRANSPOSE (4, 32)
TRANSPOSE (8, 64)

/* ---- Boxes ------------------------------------------------------------------------------------
 */

/* Strides of a window, outermost first; returns its offset. Beside a dimension of 0 the products
 * may wrap, and nothing is copied. */
static ptrdiff_t
window_strides (const LsWindowOf *window, int rank, ptrdiff_t *strides)
{
  size_t stride = 1, offset = 0;

  for (int i = rank - 1; i >= 0; i--)
    {
      size_t step = window->step == NULL ? 1 : (size_t) (ptrdiff_t) window->step[i];
      size_t start = window->start == NULL ? 0 : (size_t) (ptrdiff_t) window->start[i];

      strides[i] = (ptrdiff_t) (stride * step);
      offset += stride * start;
      stride *= (size_t) window->dims[i];
    }
  return (ptrdiff_t) offset;
}

void
ls_box_fill (LsBox *box, int rank, const int32_t *count, LsWindowOf to)
{
  *box = (LsBox){ .rank = rank };
  box->to_offset = window_strides (&to, rank, box->to);
  for (int i = 0; i < rank; i++)
    box->dims[i] = (size_t) count[i];
}

void
ls_box_windows (LsBox *box, int rank, const int32_t *count, LsWindowOf from, LsWindowOf to)
{
  ls_box_fill (box, rank, count, to);
  box->from_offset = window_strides (&from, rank, box->from);
}

/* ---- Planning --------------------------------------------------------------------------------
 */

typedef struct
{
  size_t run;
  LsCopyKernel kernel;
} KernelBySize;

static const KernelBySize copies[] = {
  { 1, copy_1 },   { 2, copy_2 },   { 3, copy_3 },   { 4, copy_4 },
  { 6, copy_6 },   { 8, copy_8 },   { 12, copy_12 }, { 16, copy_16 },
  { 24, copy_24 }, { 32, copy_32 }, { 64, copy_64 },
};
static const KernelBySize fills[] = {
  { 1, fill_1 }, { 2, fill_pattern }, { 4, fill_pattern }, { 8, fill_pattern }, { 16, fill_pattern }
};
static const KernelBySize transposes[]
  = { { 1, transpose_1 }, { 2, transpose_2 }, { 4, transpose_4 }, { 8, transpose_8 } };

#define KERNEL(table, run, otherwise)                                                              \
  kernel_by_size (table, sizeof (table) / sizeof (table)[0], run, otherwise)

static LsCopyKernel
kernel_by_size (const KernelBySize *table, size_t n, size_t run, LsCopyKernel otherwise)
{
  for (size_t i = 0; i < n; i++)
    if (table[i].run == run)
      return table[i].kernel;
  return otherwise;
}

static void
drop (LsCopy *c, int dim)
{
  for (int i = dim; i + 1 < c->rank; i++)
    {
      c->dims[i] = c->dims[i + 1];
      c->from[i] = c->from[i + 1];
      c->to[i] = c->to[i + 1];
    }
  c->rank--;
}

/* Outermost first by where they are written; insertion keeps it short. */
static void
sort_by_destination (LsCopy *c)
{
  for (int i = 1; i < c->rank; i++)
    for (int j = i; j > 0 && c->to[j - 1] < c->to[j]; j--)
      {
        size_t dim = c->dims[j];
        ptrdiff_t from = c->from[j], to = c->to[j];

        c->dims[j] = c->dims[j - 1], c->from[j] = c->from[j - 1], c->to[j] = c->to[j - 1];
        c->dims[j - 1] = dim, c->from[j - 1] = from, c->to[j - 1] = to;
      }
}

static void
join_neighbours (LsCopy *c)
{
  for (int i = c->rank - 1; i > 0; i--)
    if (c->from[i - 1] == c->from[i] * (ptrdiff_t) c->dims[i]
        && c->to[i - 1] == c->to[i] * (ptrdiff_t) c->dims[i])
      {
        c->dims[i] *= c->dims[i - 1];
        drop (c, i - 1);
      }
}

/* Takes a dimension out to be the rows of the plane. */
static void
take_rows (LsCopy *c, int dim)
{
  c->m = c->dims[dim];
  c->m_from = c->from[dim];
  c->m_to = c->to[dim];
  drop (c, dim);
}

/* A dimension that lies along memory in `from` while the innermost one lies so in `to`; -1: none.
 */
static int
transposed_dim (const LsCopy *c)
{
  if (c->n_to != (ptrdiff_t) c->run || KERNEL (transposes, c->run, NULL) == NULL)
    return -1;
  for (int i = 0; i < c->rank; i++)
    if (c->from[i] == (ptrdiff_t) c->run && c->dims[i] > 1)
      return i;
  return -1;
}

static void
choose_plane (LsCopy *c)
{
  c->m = c->n = 1;
  if (c->run >= LONG_RUN)
    {
      c->m = c->run;
      c->m_from = c->m_to = 1;
      c->run = 1;
      c->kernel = copy_bytes;
      return;
    }
  if (c->rank > 0)
    {
      int last = --c->rank;

      c->n = c->dims[last];
      c->n_from = c->from[last];
      c->n_to = c->to[last];
    }

  int turned = transposed_dim (c);

  if (turned >= 0)
    {
      take_rows (c, turned);
      c->kernel = KERNEL (transposes, c->run, NULL);
      return;
    }
  c->kernel = c->n_from == 0 && c->n > 1 && c->n_to == (ptrdiff_t) c->run
                ? KERNEL (fills, c->run, fill_any)
                : KERNEL (copies, c->run, copy_runs);
  if (c->rank > 0)
    {
      take_rows (c, c->rank - 1);
      return;
    }
  c->m = c->n; /* one row: its elements are cut into units */
  c->m_from = c->n_from;
  c->m_to = c->n_to;
  c->n = 1;
}

void
ls_copy_plan (LsCopy *copy, const LsBox *box, size_t size)
{
  LsCopy c = { .run = size,
               .from_offset = box->from_offset * (ptrdiff_t) size,
               .to_offset = box->to_offset * (ptrdiff_t) size };
  size_t planes = 1;

  for (int i = 0; i < box->rank; i++)
    {
      planes = box->dims[i] == 0 ? 0 : planes;
      if (box->dims[i] == 1)
        continue;
      c.dims[c.rank] = box->dims[i];
      c.from[c.rank] = box->from[i] * (ptrdiff_t) size;
      c.to[c.rank++] = box->to[i] * (ptrdiff_t) size;
    }
  if (planes == 0)
    {
      *copy = (LsCopy){ .kernel = copy_bytes, .strip = 1 };
      return;
    }
  sort_by_destination (&c);
  join_neighbours (&c);
  if (c.rank > 0 && c.from[c.rank - 1] == (ptrdiff_t) size && c.to[c.rank - 1] == (ptrdiff_t) size)
    c.run = c.dims[--c.rank] * size;
  choose_plane (&c);
  for (int i = 0; i < c.rank; i++)
    planes *= c.dims[i];

  size_t row_bytes = c.n * c.run;

  c.strip = row_bytes >= UNIT_BYTES ? 1 : UNIT_BYTES / row_bytes;
  if (c.kernel == KERNEL (transposes, c.run, NULL))
    c.strip = (c.strip + TILE - 1) / TILE * TILE;
  c.n_strips = (c.m + c.strip - 1) / c.strip;
  c.n_units = planes * c.n_strips;
  c.unit_bytes = (c.strip < c.m ? c.strip : c.m) * row_bytes;
  *copy = c;
}

bool
ls_copy_is_plain (const LsCopy *copy)
{
  bool is_run = copy->rank == 0 && (copy->kernel == copy_bytes || (copy->m == 1 && copy->n == 1));

  return copy->n_units == 0 || (is_run && copy->from_offset == copy->to_offset);
}

/* ---- Running ---------------------------------------------------------------------------------
 */

void
ls_copy_run (const LsCopy *copy, const void *from, void *to, size_t begin, size_t end)
{
  if (begin >= end)
    return;

  size_t index[LS_COPY_RANK], rest = begin / copy->n_strips, strip = begin % copy->n_strips;
  const uint8_t *f = (const uint8_t *) from + copy->from_offset;
  uint8_t *t = (uint8_t *) to + copy->to_offset;

  for (int i = copy->rank - 1; i >= 0; i--)
    {
      index[i] = rest % copy->dims[i];
      rest /= copy->dims[i];
      f += (ptrdiff_t) index[i] * copy->from[i];
      t += (ptrdiff_t) index[i] * copy->to[i];
    }
  while (true)
    {
      size_t strips = copy->n_strips - strip, row = strip * copy->strip;

      strips = strips < end - begin ? strips : end - begin;

      size_t rows = strips * copy->strip;

      rows = rows < copy->m - row ? rows : copy->m - row;
      copy->kernel (copy, f + (ptrdiff_t) row * copy->m_from, t + (ptrdiff_t) row * copy->m_to,
                    rows);
      begin += strips;
      if (begin >= end)
        return;
      strip = 0;
      for (int i = copy->rank - 1; i >= 0; i--)
        {
          f += copy->from[i];
          t += copy->to[i];
          if (++index[i] < copy->dims[i])
            break;
          f -= (ptrdiff_t) copy->dims[i] * copy->from[i];
          t -= (ptrdiff_t) copy->dims[i] * copy->to[i];
          index[i] = 0;
        }
    }
}
