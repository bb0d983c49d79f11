#include "ops/philox.h"

#include "base/half.h"

#include <string.h>

void
ls_philox_block (const uint32_t key[2], const uint32_t counter[4], uint32_t out[4])
{
  uint32_t k0 = key[0], k1 = key[1], c[4];

  memcpy (c, counter, sizeof c);
  for (int round = 0; round < 10; round++)
    {
      uint64_t a = UINT64_C (0xD2511F53) * c[0], b = UINT64_C (0xCD9E8D57) * c[2];

      c[0] = (uint32_t) (b >> 32) ^ c[1] ^ k0;
      c[1] = (uint32_t) b;
      c[2] = (uint32_t) (a >> 32) ^ c[3] ^ k1;
      c[3] = (uint32_t) a;
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
  memcpy (out, c, sizeof c);
}

void
ls_philox_skip (LsPhilox *state, uint64_t count)
{
  uint64_t low = (uint64_t) state->counter[1] << 32 | state->counter[0], sum = low + count;

  state->counter[0] = (uint32_t) sum;
  state->counter[1] = (uint32_t) (sum >> 32);
  if (sum < low && ++state->counter[2] == 0)
    state->counter[3]++;
}

void
ls_philox_next (LsPhilox *state, uint32_t out[4])
{
  ls_philox_block (state->key, state->counter, out);
  ls_philox_skip (state, 1);
}

void
ls_threefry_block (const uint32_t key[2], const uint32_t counter[2], uint32_t out[2])
{
  static const int rotations[2][4] = { { 13, 15, 26, 6 }, { 17, 29, 16, 24 } };
  const uint32_t keys[3] = { key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDA };
  uint32_t x = counter[0] + key[0], y = counter[1] + key[1];

  for (uint32_t i = 0; i < 5; i++)
    {
      for (int j = 0; j < 4; j++)
        {
          int by = rotations[i % 2][j];

          x += y;
          y = (y << by | y >> (32 - by)) ^ x;
        }
      x += keys[(i + 1) % 3];
      y += keys[(i + 2) % 3] + i + 1;
    }
  out[0] = x;
  out[1] = y;
}

float
ls_random_float (uint32_t bits)
{
  return ls_float_from_bits (UINT32_C (127) << 23 | (bits & 0x7fffff)) - 1.0f;
}

double
ls_random_double (uint32_t high, uint32_t low)
{
  uint64_t bits = UINT64_C (1023) << 52 | (uint64_t) (high & 0xfffff) << 32 | low;
  double value;

  memcpy (&value, &bits, sizeof value);
  return value - 1.0;
}
