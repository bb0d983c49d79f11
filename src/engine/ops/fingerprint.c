/* Source of the algorithm: farmhash, namespace farmhashna (Hash64); its constants are primes. */
#include "ops/fingerprint.h"

#include <string.h>

#define K0 UINT64_C (0xc3a5c85c97cb3127)
#define K1 UINT64_C (0xb492b66fbe98f273)
#define K2 UINT64_C (0x9ae16a3b2f90404f)

static uint64_t
fetch64 (const uint8_t *p)
{
  uint64_t value = 0;

  for (int i = 7; i >= 0; i--)
    value = value << 8 | p[i];
  return value;
}

static uint64_t
fetch32 (const uint8_t *p)
{
  return p[0] | (uint64_t) p[1] << 8 | (uint64_t) p[2] << 16 | (uint64_t) p[3] << 24;
}

static uint64_t
rotate (uint64_t x, int by)
{
  return x >> by | x << (64 - by);
}

static uint64_t
mix (uint64_t x)
{
  return x ^ x >> 47;
}

static uint64_t
join (uint64_t u, uint64_t v, uint64_t factor)
{
  const uint64_t a = mix ((u ^ v) * factor);

  return mix ((v ^ a) * factor) * factor;
}

static uint64_t
hash_to_16 (const uint8_t *s, size_t n)
{
  const uint64_t factor = K2 + n * 2;

  if (n >= 8)
    {
      const uint64_t a = fetch64 (s) + K2, b = fetch64 (s + n - 8);

      return join (rotate (b, 37) * factor + a, (rotate (a, 25) + b) * factor, factor);
    }
  if (n >= 4)
    return join (n + (fetch32 (s) << 3), fetch32 (s + n - 4), factor);
  if (n > 0)
    {
      const uint32_t y = s[0] + ((uint32_t) s[n / 2] << 8);
      const uint32_t z = (uint32_t) n + ((uint32_t) s[n - 1] << 2);

      return mix (y * K2 ^ z * K0) * K2;
    }
  return K2;
}

static uint64_t
hash_to_32 (const uint8_t *s, size_t n)
{
  const uint64_t factor = K2 + n * 2;
  const uint64_t a = fetch64 (s) * K1, b = fetch64 (s + 8);
  const uint64_t c = fetch64 (s + n - 8) * factor, d = fetch64 (s + n - 16) * K2;

  return join (rotate (a + b, 43) + rotate (c, 30) + d, a + rotate (b + K2, 18) + c, factor);
}

static uint64_t
hash_to_64 (const uint8_t *s, size_t n)
{
  const uint64_t factor = K2 + n * 2;
  const uint64_t a = fetch64 (s) * K2, b = fetch64 (s + 8);
  const uint64_t c = fetch64 (s + n - 8) * factor, d = fetch64 (s + n - 16) * K2;
  const uint64_t y = rotate (a + b, 43) + rotate (c, 30) + d;
  const uint64_t z = join (y, a + rotate (b + K2, 18) + c, factor);
  const uint64_t e = fetch64 (s + 16) * factor, f = fetch64 (s + 24);
  const uint64_t g = (y + fetch64 (s + n - 32)) * factor;
  const uint64_t h = (z + fetch64 (s + n - 24)) * factor;

  return join (rotate (e + f, 43) + rotate (g, 30) + h, e + rotate (f + a, 18) + g, factor);
}

typedef struct
{
  uint64_t first, second;
} Pair;

static Pair
weak_hash_32 (const uint8_t *s, uint64_t a, uint64_t b)
{
  const uint64_t w = fetch64 (s), z = fetch64 (s + 24);

  a += w;
  b = rotate (b + a + z, 21);

  const uint64_t c = a;

  a += fetch64 (s + 8) + fetch64 (s + 16);
  b += rotate (a, 44);
  return (Pair){ a + z, b + c };
}

typedef struct
{
  uint64_t x, y, z;
  Pair v, w;
} State;

/* One round over 64 bytes. @last: what the last round weighs in differently. */
static void
take_64 (State *t, const uint8_t *s, uint64_t factor, uint64_t last)
{
  t->x = rotate (t->x + t->y + t->v.first + fetch64 (s + 8), 37) * factor;
  t->y = rotate (t->y + t->v.second + fetch64 (s + 48), 42) * factor;
  t->x ^= t->w.second * last;
  t->y += t->v.first * last + fetch64 (s + 40);
  t->z = rotate (t->z + t->w.first, 33) * factor;
  t->v = weak_hash_32 (s, t->v.second * factor, t->x + t->w.first);
  t->w = weak_hash_32 (s + 32, t->z + t->w.second, t->y + fetch64 (s + 16));

  const uint64_t swapped = t->x;

  t->x = t->z;
  t->z = swapped;
}

uint64_t
ls_fingerprint64 (const void *data, size_t size)
{
  enum
  {
    SEED = 81
  };
  const uint8_t *s = data;
  State t = { 0 };

  if (size <= 16)
    return hash_to_16 (s, size);
  if (size <= 32)
    return hash_to_32 (s, size);
  if (size <= 64)
    return hash_to_64 (s, size);

  const uint8_t *end = s + (size - 1) / 64 * 64;

  t.y = SEED * K1 + 113;
  t.z = mix (t.y * K2 + 113) * K2;
  t.x = SEED * K2 + fetch64 (s);
  for (; s != end; s += 64)
    take_64 (&t, s, K1, 1);

  const uint64_t factor = K1 + ((t.z & 0xff) << 1);

  t.w.first += (size - 1) & 63;
  t.v.first += t.w.first;
  t.w.first += t.v.first;
  take_64 (&t, end + ((size - 1) & 63) - 63, factor, 9);
  return join (join (t.v.first, t.w.first, factor) + mix (t.y) * K0 + t.z,
               join (t.v.second, t.w.second, factor) + t.x, factor);
}
