#include "ops/heap.h"

#include <string.h>

/* Raises @value from the hole at @at, not above @top. */
static void
raise_from (int32_t *heap, size_t at, size_t top, int32_t value, LsBelow is_below,
            const void *context)
{
  while (at > top && is_below (context, heap[(at - 1) / 2], value))
    {
      heap[at] = heap[(at - 1) / 2];
      at = (at - 1) / 2;
    }
  heap[at] = value;
}

/* Fills the hole at @at of a heap of @n with @value. */
static void
fill_hole (int32_t *heap, size_t at, size_t n, int32_t value, LsBelow is_below, const void *context)
{
  const size_t top = at;

  while (2 * at + 2 < n)
    {
      const size_t right = 2 * at + 2;
      const size_t child = is_below (context, heap[right], heap[right - 1]) ? right - 1 : right;

      heap[at] = heap[child];
      at = child;
    }
  if (2 * at + 2 == n)
    {
      heap[at] = heap[n - 1];
      at = n - 1;
    }
  raise_from (heap, at, top, value, is_below, context);
}

void
ls_heap_push (int32_t *heap, size_t n, LsBelow is_below, const void *context)
{
  raise_from (heap, n - 1, 0, heap[n - 1], is_below, context);
}

int32_t
ls_heap_replace (int32_t *heap, size_t n, int32_t value, LsBelow is_below, const void *context)
{
  const int32_t top = heap[0];

  fill_hole (heap, 0, n, value, is_below, context);
  return top;
}

void
ls_heap_pop (int32_t *heap, size_t n, LsBelow is_below, const void *context)
{
  if (n > 1)
    heap[n - 1] = ls_heap_replace (heap, n - 1, heap[n - 1], is_below, context);
}

void
ls_heap_make (int32_t *heap, size_t n, LsBelow is_below, const void *context)
{
  for (size_t i = n / 2; i-- > 0;)
    fill_hole (heap, i, n, heap[i], is_below, context);
}

void
ls_heap_sort (int32_t *heap, size_t n, LsBelow is_below, const void *context)
{
  for (; n > 1; n--)
    ls_heap_pop (heap, n, is_below, context);
}

void
ls_sort_by_score (int32_t *order, int32_t *spare, size_t n, const float *scores)
{
  for (size_t width = 1; width < n; width *= 2)
    {
      for (size_t low = 0; low < n; low += 2 * width)
        {
          const size_t middle = low + width < n ? low + width : n,
                       high = low + 2 * width < n ? low + 2 * width : n;

          for (size_t i = low, a = low, b = middle; i < high; i++)
            spare[i] = b == high || (a < middle && !(scores[order[b]] > scores[order[a]]))
                         ? order[a++]
                         : order[b++];
        }
      memcpy (order, spare, n * sizeof *order);
    }
}
