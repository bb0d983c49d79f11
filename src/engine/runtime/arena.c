#include "runtime/arena.h"

#include <stdlib.h>
#include <string.h>

#include "base/size.h"

enum
{
  MOST_VISITS = 100000000 /* of neighbours, in one plan: some tenths of a second */
};

/* A piece and what it is sorted by. */
typedef struct
{
  size_t key;
  uint32_t piece;
} Key;

/*
 * The pieces that are placed, found by time: a tree over all pieces in the order of `first`, whose
 * nodes know the greatest `last` of the placed ones below. So neighbours in time are found without
 * a look at the others.
 */
typedef struct
{
  LsLifetime *pieces;
  uint32_t count, n_leaves; /* n_leaves: a power of two */
  Key *by_first, *by_size;
  uint32_t *leaf;  /* of a piece */
  int64_t *latest; /* by tree node, 1 is the root; -1: nothing placed */
  Key *found;      /* the neighbours of a piece */
  uint32_t n_found, most_found;
  Key *placed; /* all placed pieces, the first n_sorted by offset */
  uint32_t n_placed, n_sorted;
  size_t n_visits, end; /* of all placed pieces */
} Index;

static int
compare_keys (const void *a, const void *b)
{
  const Key *x = a, *y = b;

  if (x->key != y->key)
    return x->key < y->key ? -1 : 1;
  return x->piece < y->piece ? -1 : x->piece > y->piece;
}

static void
index_clear (Index *index)
{
  free (index->by_first);
  free (index->by_size);
  free (index->leaf);
  free (index->latest);
  free (index->found);
  free (index->placed);
}

static bool
index_init (Index *index, LsLifetime *pieces, uint32_t count)
{
  *index = (Index){ .pieces = pieces, .count = count, .n_leaves = 1 };
  while (index->n_leaves < count)
    index->n_leaves *= 2;
  index->by_first = malloc (count * sizeof *index->by_first);
  index->by_size = malloc (count * sizeof *index->by_size);
  index->found = malloc (count * sizeof *index->found);
  index->placed = malloc (count * sizeof *index->placed);
  index->leaf = malloc (count * sizeof *index->leaf);
  index->latest = malloc (2 * (size_t) index->n_leaves * sizeof *index->latest);
  if (index->by_first == NULL || index->by_size == NULL || index->found == NULL
      || index->placed == NULL || index->leaf == NULL || index->latest == NULL)
    return false;
  for (uint32_t i = 0; i < count; i++)
    {
      index->by_first[i] = (Key){ pieces[i].first, i };
      index->by_size[i] = (Key){ SIZE_MAX - pieces[i].size, i };
    }
  qsort (index->by_first, count, sizeof (Key), compare_keys);
  qsort (index->by_size, count, sizeof (Key), compare_keys);
  for (uint32_t i = 0; i < count; i++)
    index->leaf[index->by_first[i].piece] = i;
  for (size_t i = 0; i < 2 * (size_t) index->n_leaves; i++)
    index->latest[i] = -1;
  return true;
}

static void
index_add (Index *index, uint32_t piece)
{
  int64_t last = index->pieces[piece].last;

  index->placed[index->n_placed++] = (Key){ index->pieces[piece].offset, piece };
  for (size_t node = (size_t) index->n_leaves + index->leaf[piece];
       node > 0 && index->latest[node] < last; node /= 2)
    index->latest[node] = last;
}

/* Sorts what was placed since the last time in. What was found is lost. */
static void
sort_placed (Index *index)
{
  const uint32_t n_new = index->n_placed - index->n_sorted;
  Key *new = index->found, *end = index->placed + index->n_placed;

  memcpy (new, index->placed + index->n_sorted, n_new * sizeof *new);
  qsort (new, n_new, sizeof *new, compare_keys);
  for (uint32_t i = index->n_sorted, k = n_new; k > 0;)
    if (i > 0 && compare_keys (&index->placed[i - 1], &new[k - 1]) > 0)
      *--end = index->placed[--i];
    else
      *--end = new[--k];
  index->n_sorted = index->n_placed;
}

/* Collects the placed pieces under a node that live when @piece does, until there are too many.
 * The depth of the recursion is that of the tree. */
static void
collect (Index *index, size_t node, size_t begin, size_t n_below, const LsLifetime *piece)
{
  if (index->n_found > index->most_found || index->latest[node] < (int64_t) piece->first
      || begin >= index->count || index->by_first[begin].key > piece->last)
    return;
  if (n_below == 1)
    {
      uint32_t found = index->by_first[begin].piece;

      index->found[index->n_found++] = (Key){ index->pieces[found].offset, found };
      return;
    }
  collect (index, 2 * node, begin, n_below / 2, piece);
  collect (index, 2 * node + 1, begin + n_below / 2, n_below / 2, piece);
}

/* The offset of the smallest gap between the neighbours that takes the piece. */
static size_t
best_gap (const Key *neighbours, uint32_t count, const LsLifetime *pieces, const LsLifetime *piece)
{
  size_t end = 0, best = SIZE_MAX, best_size = SIZE_MAX;

  for (uint32_t i = 0; i < count; i++)
    {
      const LsLifetime *other = &pieces[neighbours[i].piece];

      if (other->first > piece->last || other->last < piece->first)
        continue;
      if (other->offset > end && other->offset - end >= piece->size
          && other->offset - end < best_size)
        {
          best = end;
          best_size = other->offset - end;
        }
      if (other->offset + other->size > end)
        end = other->offset + other->size;
    }
  return best != SIZE_MAX ? best : end;
}

static size_t
place (Index *index, const LsLifetime *piece)
{
  if (index->n_visits > MOST_VISITS) /* a graph in which everything lives at once */
    return index->end;
  index->n_found = 0;
  index->most_found = index->n_placed / 8;
  collect (index, 1, 0, index->n_leaves, piece);
  index->n_visits += index->n_found;
  if (index->n_found > index->most_found)
    { /* so many that a look at all is quicker than sorting */
      index->n_visits += index->n_placed;
      sort_placed (index);
      return best_gap (index->placed, index->n_placed, index->pieces, piece);
    }
  qsort (index->found, index->n_found, sizeof (Key), compare_keys);
  return best_gap (index->found, index->n_found, index->pieces, piece);
}

bool
ls_arena_plan (LsLifetime *pieces, uint32_t count, size_t alignment, size_t *total)
{
  Index index;
  bool is_good = true;

  *total = 0;
  for (uint32_t i = 0; i < count; i++)
    {
      size_t rounded;

      if (!ls_add (&rounded, pieces[i].size, alignment - 1))
        return false;
      pieces[i].size = rounded & ~(alignment - 1);
    }
  if (count == 0)
    return true;
  is_good = index_init (&index, pieces, count);
  for (uint32_t i = 0; is_good && i < count; i++)
    {
      LsLifetime *piece = &pieces[index.by_size[i].piece];
      size_t end;

      piece->offset = place (&index, piece);
      is_good = ls_add (&end, piece->offset, piece->size);
      if (is_good && end > index.end)
        index.end = end;
      index_add (&index, index.by_size[i].piece);
    }
  *total = index.end;
  index_clear (&index);
  return is_good;
}
