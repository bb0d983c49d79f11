/*
 * Counter-based random numbers: Philox and Threefry.
 *
 * Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). The way the
 * state is seeded and moves on is TensorFlow's (tsl/lib/random/philox_random.h).
 */
#ifndef LS_OPS_PHILOX_H
#define LS_OPS_PHILOX_H

#include <stdint.h>

typedef struct
{
  uint32_t counter[4], key[2];
} LsPhilox;

static inline LsPhilox
ls_philox_seeded (uint64_t low, uint64_t high)
{
  return (LsPhilox){ { 0, 0, (uint32_t) high, (uint32_t) (high >> 32) },
                     { (uint32_t) low, (uint32_t) (low >> 32) } };
}

/* Ten rounds on a counter. */
void ls_philox_block (const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]);
/* The numbers of the present counter, which then moves on by one. */
void ls_philox_next (LsPhilox *state, uint32_t out[4]);
/* Moves the counter on. */
void ls_philox_skip (LsPhilox *state, uint64_t count);
/* Twenty rounds of Threefry on a counter. */
void ls_threefry_block (const uint32_t key[2], const uint32_t counter[2], uint32_t out[2]);

/* Uniform in [0, 1): 23 bits, 52 bits. */
float ls_random_float (uint32_t bits);
double ls_random_double (uint32_t high, uint32_t low);

#endif
