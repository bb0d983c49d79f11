/*
 * A binary heap of int32 numbers. Which of two equals comes first hangs on how the heap is mended;
 * this one sinks the hole to the bottom and then raises the element, as C++ standard libraries do,
 * whose order the reference kernels show. And a sort that keeps the order of equals.
 */
#ifndef LS_OPS_HEAP_H
#define LS_OPS_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when @a goes below @b: the top of the heap is below nothing. */
typedef bool (*LsBelow) (const void *context, int32_t a, int32_t b);

/* Adds heap[n - 1] to the heap of n - 1 before it. */
void ls_heap_push (int32_t *heap, size_t n, LsBelow is_below, const void *context);
/* Takes the top off: it is moved to heap[n - 1], and the n - 1 before it are a heap. */
void ls_heap_pop (int32_t *heap, size_t n, LsBelow is_below, const void *context);
/* Puts @value in the place of the top, which is returned. */
int32_t ls_heap_replace (int32_t *heap, size_t n, int32_t value, LsBelow is_below,
                         const void *context);
void ls_heap_make (int32_t *heap, size_t n, LsBelow is_below, const void *context);
/* Makes a heap an array in which nothing stands after what is below it. */
void ls_heap_sort (int32_t *heap, size_t n, LsBelow is_below, const void *context);

/* Sorts @n indices by descending score, equals as they come; @spare: room for as many. */
void ls_sort_by_score (int32_t *order, int32_t *spare, size_t n, const float *scores);

#endif
