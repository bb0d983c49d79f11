/*
 * Copying boxes of elements between two layouts: the one mechanism behind TRANSPOSE, SLICE, PAD,
 * CONCATENATION, TILE, BROADCAST_TO and their kin.
 *
 * A box has up to LS_COPY_RANK dimensions; each has a stride on both sides. Planning drops what is
 * no dimension, joins neighbours that are contiguous on both sides, takes contiguous runs as one
 * element, and picks an inner loop: memory copies, fixed-size moves, fills, or tiles of a
 * transpose.
 */
#ifndef LS_OPS_STRIDED_COPY_H
#define LS_OPS_STRIDED_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <string.h>

enum
{
  LS_COPY_RANK = 16
};

/* Strides and offsets in elements. Those of `from` may be 0 (repeat) or negative (reverse); those
 * of `to` are positive and no two elements of the box share a place there. */
typedef struct
{
  int rank;
  size_t dims[LS_COPY_RANK];
  ptrdiff_t from[LS_COPY_RANK], to[LS_COPY_RANK];
  ptrdiff_t from_offset, to_offset;
} LsBox;

/* memcpy() that is a load and a store for the sizes of single elements. */
static inline void
ls_copy_few (void *to, const void *from, size_t n_bytes)
{
  switch (n_bytes)
    {
    case 1:
      memcpy (to, from, 1);
      break;
    case 2:
      memcpy (to, from, 2);
      break;
    case 3:
      memcpy (to, from, 3);
      break;
    case 4:
      memcpy (to, from, 4);
      break;
    case 8:
      memcpy (to, from, 8);
      break;
    case 12:
      memcpy (to, from, 12);
      break;
    case 16:
      memcpy (to, from, 16);
      break;
    default:
      memcpy (to, from, n_bytes);
    }
}

/* A planned box. Everything in bytes but the counts. */
typedef struct LsCopy LsCopy;
typedef void (*LsCopyKernel) (const LsCopy *copy, const uint8_t *from, uint8_t *to, size_t m);

struct LsCopy
{
  int rank; /* of the dimensions around the plane */
  size_t dims[LS_COPY_RANK];
  ptrdiff_t from[LS_COPY_RANK], to[LS_COPY_RANK];
  ptrdiff_t from_offset, to_offset;
  size_t m, n, run; /* the plane: m rows of n elements of `run` bytes */
  ptrdiff_t m_from, m_to, n_from, n_to;
  size_t strip, n_strips; /* rows in a unit of work, units in a plane */
  LsCopyKernel kernel;
  size_t n_units, unit_bytes;
};

/* Adds a dimension inside those that the box has. */
static inline void
ls_box_add (LsBox *box, size_t dim, ptrdiff_t from, ptrdiff_t to)
{
  box->dims[box->rank] = dim;
  box->from[box->rank] = from;
  box->to[box->rank] = to;
  box->rank++;
}

/* A window into a dense array: where it begins and how far apart its elements are along each
 * dimension. NULL: at 0, neighbours. */
typedef struct
{
  const int32_t *dims;
  const int32_t *start, *step;
} LsWindowOf;

/* The box of @count elements along each of @rank dimensions (up to 8) from one window to another.
 */
void ls_box_windows (LsBox *box, int rank, const int32_t *count, LsWindowOf from, LsWindowOf to);
/* The same with one element repeated all over: @to is filled. */
void ls_box_fill (LsBox *box, int rank, const int32_t *count, LsWindowOf to);

/* @size: bytes of an element, 1 to 16. */
void ls_copy_plan (LsCopy *copy, const LsBox *box, size_t size);
/* Does units [begin, end) of copy->n_units. */
void ls_copy_run (const LsCopy *copy, const void *from, void *to, size_t begin, size_t end);
/* True when the box is one run of bytes at the same place on both sides. */
bool ls_copy_is_plain (const LsCopy *copy);

#endif
