#include "ops/flexmap.h"

#include <string.h>

/* Type numbers of the form. */
enum
{
  FLEX_NULL = 0,
  FLEX_INT = 1,
  FLEX_UINT = 2,
  FLEX_FLOAT = 3,
  FLEX_KEY = 4,
  FLEX_STRING = 5,
  FLEX_INDIRECT_INT = 6,
  FLEX_INDIRECT_UINT = 7,
  FLEX_INDIRECT_FLOAT = 8,
  FLEX_MAP = 9,
  FLEX_VECTOR = 10,
  FLEX_VECTOR_INT = 11,
  FLEX_VECTOR_STRING = 15,
  FLEX_VECTOR_INT2 = 16,
  FLEX_VECTOR_FLOAT4 = 24,
  FLEX_BLOB = 25,
  FLEX_BOOL = 26,
  FLEX_VECTOR_BOOL = 36
};

static const LsFlex nothing;

/* True when [at, at + size) lies in the buffer. */
static bool
fits (LsBytes buffer, size_t at, size_t size)
{
  return at <= buffer.size && size <= buffer.size - at;
}

static uint64_t
number_at (LsBytes buffer, size_t at, unsigned width)
{
  uint64_t number = 0;

  for (unsigned i = 0; i < width; i++)
    number |= (uint64_t) buffer.data[at + i] << 8 * i;
  return number;
}

static LsFlex
value_at (LsBytes buffer, size_t at, unsigned width, uint8_t packed_type)
{
  if (width == 0 || width > 8 || (width & (width - 1)) != 0 || !fits (buffer, at, width))
    return nothing;
  return (LsFlex){ buffer, at, width, 1u << (packed_type & 3), packed_type >> 2 };
}

LsFlex
ls_flex_root (LsBytes buffer)
{
  if (buffer.data == NULL || buffer.size < 3)
    return nothing;

  unsigned width = buffer.data[buffer.size - 1];

  if (width > buffer.size - 2)
    return nothing;
  return value_at (buffer, buffer.size - 2 - width, width, buffer.data[buffer.size - 2]);
}

bool
ls_flex_is_null (LsFlex value)
{
  return value.width == 0 || value.type == FLEX_NULL;
}

/* Follows the offset (backwards, as all of them are) that stands at @at. */
static bool
follow (LsBytes buffer, size_t at, unsigned width, size_t *target)
{
  uint64_t offset = number_at (buffer, at, width);

  if (offset > at)
    return false;
  *target = at - (size_t) offset;
  return true;
}

static bool
is_fixed_vector (unsigned type)
{
  return type >= FLEX_VECTOR_INT2 && type <= FLEX_VECTOR_FLOAT4;
}

static bool
is_typed_vector (unsigned type)
{
  return (type >= FLEX_VECTOR_INT && type <= FLEX_VECTOR_STRING) || type == FLEX_VECTOR_BOOL;
}

static bool
has_type_bytes (unsigned type)
{
  return type == FLEX_MAP || type == FLEX_VECTOR;
}

/* Where the elements of a vector begin and how many there are, all inside the buffer. */
static bool
open_vector (LsFlex value, size_t *begin, size_t *count)
{
  if (value.width == 0 || !follow (value.buffer, value.at, value.width, begin))
    return false;
  if (is_fixed_vector (value.type))
    {
      *count = (value.type - FLEX_VECTOR_INT2) / 3 + 2;
      return fits (value.buffer, *begin, *count * value.child);
    }
  if ((!has_type_bytes (value.type) && !is_typed_vector (value.type)) || *begin < value.child)
    return false;

  uint64_t stored = number_at (value.buffer, *begin - value.child, value.child);
  size_t each = value.child + (has_type_bytes (value.type) ? 1 : 0);

  if (*begin > value.buffer.size || stored > (value.buffer.size - *begin) / each)
    return false;
  *count = (size_t) stored;
  return true;
}

size_t
ls_flex_count (LsFlex value)
{
  size_t begin, count;

  return open_vector (value, &begin, &count) ? count : 0;
}

static unsigned
element_type (unsigned vector_type)
{
  if (vector_type == FLEX_VECTOR_BOOL)
    return FLEX_BOOL;
  if (is_fixed_vector (vector_type))
    return (vector_type - FLEX_VECTOR_INT2) % 3 + FLEX_INT;
  return vector_type - FLEX_VECTOR_INT + FLEX_INT;
}

LsFlex
ls_flex_at (LsFlex vector, size_t index)
{
  size_t begin, count;

  if (!open_vector (vector, &begin, &count) || index >= count)
    return nothing;

  size_t at = begin + index * vector.child;

  if (has_type_bytes (vector.type))
    return value_at (vector.buffer, at, vector.child,
                     vector.buffer.data[begin + count * vector.child + index]);
  return (LsFlex){ vector.buffer, at, vector.child, 1, element_type (vector.type) };
}

/* A key's text up to its final 0, which must come before the buffer's end. */
static bool
key_is (LsBytes buffer, size_t at, const char *key)
{
  size_t length = strlen (key);

  return fits (buffer, at, length + 1) && memcmp (buffer.data + at, key, length + 1) == 0;
}

LsFlex
ls_flex_get (LsFlex map, const char *key)
{
  size_t begin, count, keys;

  if (map.type != FLEX_MAP || !open_vector (map, &begin, &count) || begin < 3 * (size_t) map.child)
    return nothing;

  /* In front of the values: the offset to the keys, the width of the keys, the number of values. */
  size_t keys_field = begin - 3 * (size_t) map.child;
  uint64_t keys_width = number_at (map.buffer, keys_field + map.child, map.child);

  if (keys_width == 0 || keys_width > 8 || !follow (map.buffer, keys_field, map.child, &keys)
      || count > (map.buffer.size - keys) / keys_width)
    return nothing;
  for (size_t i = 0; i < count; i++)
    {
      size_t text;

      if (follow (map.buffer, keys + i * keys_width, (unsigned) keys_width, &text)
          && key_is (map.buffer, text, key))
        return ls_flex_at (map, i);
    }
  return nothing;
}

static int64_t
signed_at (LsBytes buffer, size_t at, unsigned width)
{
  unsigned unused = 64 - 8 * width;

  return (int64_t) (number_at (buffer, at, width) << unused) >> unused;
}

static double
float_at (LsBytes buffer, size_t at, unsigned width)
{
  if (width == 8)
    {
      double value;

      memcpy (&value, buffer.data + at, sizeof value);
      return value;
    }
  if (width == 4)
    {
      float value;

      memcpy (&value, buffer.data + at, sizeof value);
      return value;
    }
  return 0;
}

/* Replaces an indirect number by the number itself. */
static LsFlex
direct (LsFlex value)
{
  size_t at;

  if (value.width == 0 || value.type < FLEX_INDIRECT_INT || value.type > FLEX_INDIRECT_FLOAT)
    return value;
  if (!follow (value.buffer, value.at, value.width, &at) || !fits (value.buffer, at, value.child))
    return nothing;
  return (LsFlex){ value.buffer, at, value.child, 1, value.type - FLEX_INDIRECT_INT + FLEX_INT };
}

int64_t
ls_flex_int (LsFlex value, int64_t otherwise)
{
  LsFlex v = direct (value);

  if (v.width == 0)
    return otherwise;
  if (v.type == FLEX_INT)
    return signed_at (v.buffer, v.at, v.width);
  if (v.type == FLEX_UINT || v.type == FLEX_BOOL)
    return (int64_t) number_at (v.buffer, v.at, v.width);
  if (v.type == FLEX_FLOAT)
    {
      double real = float_at (v.buffer, v.at, v.width);

      return real >= -0x1p63 && real < 0x1p63 ? (int64_t) real : otherwise;
    }
  return otherwise;
}

double
ls_flex_float (LsFlex value, double otherwise)
{
  LsFlex v = direct (value);

  if (v.width == 0)
    return otherwise;
  if (v.type == FLEX_FLOAT)
    return float_at (v.buffer, v.at, v.width);
  if (v.type == FLEX_INT)
    return (double) signed_at (v.buffer, v.at, v.width);
  if (v.type == FLEX_UINT || v.type == FLEX_BOOL)
    return (double) number_at (v.buffer, v.at, v.width);
  return otherwise;
}

bool
ls_flex_bool (LsFlex value, bool otherwise)
{
  return ls_flex_float (value, otherwise ? 1 : 0) != 0;
}

LsBytes
ls_flex_bytes (LsFlex value)
{
  const LsBytes none = { NULL, 0 };
  size_t at;

  if (value.width == 0 || !follow (value.buffer, value.at, value.width, &at))
    return none;
  if (value.type == FLEX_KEY)
    {
      const uint8_t *end = at < value.buffer.size
                             ? memchr (value.buffer.data + at, 0, value.buffer.size - at)
                             : NULL;

      return end == NULL
               ? none
               : (LsBytes){ value.buffer.data + at, (size_t) (end - value.buffer.data) - at };
    }
  if ((value.type != FLEX_STRING && value.type != FLEX_BLOB) || at < value.child)
    return none;

  uint64_t size = number_at (value.buffer, at - value.child, value.child);

  if (size > value.buffer.size || !fits (value.buffer, at, (size_t) size))
    return none;
  return (LsBytes){ value.buffer.data + at, (size_t) size };
}

int64_t
ls_flexmap_int (LsBytes options, const char *key, int64_t otherwise)
{
  return ls_flex_int (ls_flex_get (ls_flex_root (options), key), otherwise);
}

double
ls_flexmap_float (LsBytes options, const char *key, double otherwise)
{
  return ls_flex_float (ls_flex_get (ls_flex_root (options), key), otherwise);
}

bool
ls_flexmap_bool (LsBytes options, const char *key, bool otherwise)
{
  return ls_flex_bool (ls_flex_get (ls_flex_root (options), key), otherwise);
}

LsBytes
ls_flexmap_bytes (LsBytes options, const char *key)
{
  return ls_flex_bytes (ls_flex_get (ls_flex_root (options), key));
}
