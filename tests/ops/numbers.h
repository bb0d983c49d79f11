/* Numbers for tests that are the same on every machine. */
#ifndef LS_TESTS_NUMBERS_H
#define LS_TESTS_NUMBERS_H

#include <stdint.h>

/* The next one, 24 bits. */
static inline uint32_t
next_number (uint32_t *state)
{
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

static inline int
next_int (uint32_t *state, int low, int high)
{
  return low + (int) (next_number (state) % (uint32_t) (high - low + 1));
}

/* In [-1, 1). */
static inline float
next_float (uint32_t *state)
{
  return (float) next_number (state) / 8388608.0f - 1.0f;
}

#endif
