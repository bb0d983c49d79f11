/* Laying out memory whose pieces live at different times. */
#ifndef LS_RUNTIME_ARENA_H
#define LS_RUNTIME_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct
{
  size_t size;          /* bytes */
  uint32_t first, last; /* steps in which it is needed, both included */
  size_t offset;        /* out: a multiple of the alignment */
} LsLifetime;

/*
 * Gives every piece a place such that pieces that live at the same time do not overlap.
 *
 * @alignment: a power of two
 * @total: bytes in all
 *
 * The largest come first, each into the smallest gap that it fits (the greedy-by-size planner of
 * Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020). False:
 * out of memory, or more bytes than can be counted.
 */
bool ls_arena_plan (LsLifetime *pieces, uint32_t count, size_t alignment, size_t *total);

#endif
