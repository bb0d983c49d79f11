/* Checked arithmetic: no product reaches malloc, mmap or a loop bound unchecked. */
#ifndef LS_BASE_SIZE_H
#define LS_BASE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False, and *out undefined, when the result does not fit. */
static inline bool
ls_mul (size_t *out, size_t a, size_t b)
{
  return !__builtin_mul_overflow (a, b, out);
}

static inline bool
ls_add (size_t *out, size_t a, size_t b)
{
  return !__builtin_add_overflow (a, b, out);
}

/* Product of @rank dimensions; false when one is negative or the product overflows. */
static inline bool
ls_count (size_t *out, const int32_t *dims, int rank)
{
  size_t n = 1;

  for (int i = 0; i < rank; i++)
    if (dims[i] < 0 || !ls_mul (&n, n, (size_t) dims[i]))
      return false;
  *out = n;
  return true;
}

/* Bytes of @count elements of @bits each, packed; false on overflow. */
static inline bool
ls_packed_size (size_t *out, size_t count, unsigned bits)
{
  size_t n_bits;

  if (!ls_mul (&n_bits, count, bits) || !ls_add (&n_bits, n_bits, 7))
    return false;
  *out = n_bits / 8;
  return true;
}

#endif
