/* Elements of less than a byte: packed low bits first, each array on whole bytes. */
#ifndef LS_BASE_PACKED_H
#define LS_BASE_PACKED_H

#include <stddef.h>
#include <stdint.h>

/* Element @index of an array of @bits (1, 2 or 4) each, unsigned. */
static inline unsigned
ls_packed_get (const void *packed, unsigned bits, size_t index)
{
  const size_t per_byte = 8 / bits;
  const unsigned shift = (unsigned) (index % per_byte) * bits;

  return ((const uint8_t *) packed)[index / per_byte] >> shift & ((1u << bits) - 1);
}

/* The same as two's complement. */
static inline int8_t
ls_packed_get_signed (const void *packed, unsigned bits, size_t index)
{
  const int half = 1 << (bits - 1);

  return (int8_t) (((int) ls_packed_get (packed, bits, index) ^ half) - half);
}

/* Stores the low bits of @value. */
static inline void
ls_packed_put (void *packed, unsigned bits, size_t index, unsigned value)
{
  const size_t per_byte = 8 / bits;
  const unsigned shift = (unsigned) (index % per_byte) * bits, mask = (1u << bits) - 1;
  uint8_t *byte = (uint8_t *) packed + index / per_byte;

  *byte = (uint8_t) ((*byte & ~(mask << shift)) | (value & mask) << shift);
}

/* Elements [first, first + count) as two's complement. */
static inline void
ls_unpack_signed (const void *packed, unsigned bits, size_t first, size_t count, int8_t *out)
{
  for (size_t i = 0; i < count; i++)
    out[i] = ls_packed_get_signed (packed, bits, first + i);
}

#endif
