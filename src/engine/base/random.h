/* Numbers from a seed: splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", 2014), which is the same everywhere. */
#ifndef LS_BASE_RANDOM_H
#define LS_BASE_RANDOM_H

#include <stdint.h>

/* @state: begins as the seed */
static inline uint64_t
ls_random_next (uint64_t *state)
{
  uint64_t z = *state += UINT64_C (0x9e3779b97f4a7c15);

  z = (z ^ z >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C (0x94d049bb133111eb);
  return z ^ z >> 31;
}

/* Uniform in [-1, 1), a multiple of 2^-23. */
static inline float
ls_random_float (uint64_t *state)
{
  return (float) (ls_random_next (state) >> 40) * 0x1p-23f - 1.0f;
}

#endif
