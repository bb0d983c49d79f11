#include "base/strings.h"

#include "base/size.h"

#include <stdlib.h>
#include <string.h>

static uint32_t
word_at (const uint8_t *data, size_t index)
{
  uint32_t word;

  memcpy (&word, data + 4 * index, sizeof word);
  return word;
}

bool
ls_strings_open (const void *data, size_t n_bytes, LsStrings *out)
{
  *out = (LsStrings){ data, 0 };
  if (n_bytes == 0)
    return true;
  if (n_bytes < 8)
    return n_bytes >= 4 && word_at (data, 0) == 0;

  size_t count = word_at (data, 0);

  if (count > n_bytes / 4 - 2)
    return count == 0;

  size_t before = 4 * (count + 2);

  for (size_t i = 0; i <= count; i++)
    {
      size_t offset = word_at (data, i + 1);

      if (offset < before || offset > n_bytes)
        return false;
      before = offset;
    }
  out->count = count;
  return true;
}

LsBytes
ls_strings_get (const LsStrings *strings, size_t index)
{
  if (index >= strings->count)
    return (LsBytes){ NULL, 0 };

  size_t begin = word_at (strings->data, index + 1), end = word_at (strings->data, index + 2);

  return (LsBytes){ strings->data + begin, end - begin };
}

bool
ls_strings_equal (LsBytes a, LsBytes b)
{
  return a.size == b.size && (a.size == 0 || memcmp (a.data, b.data, a.size) == 0);
}

/* Room for @more further units of @size in a growing array; NULL: out of memory. */
static void *
grown (void *array, size_t used, size_t more, size_t size, size_t *cap)
{
  size_t want, n_bytes;

  if (!ls_add (&want, used, more))
    return NULL;
  if (want <= *cap && array != NULL)
    return array;
  want = want < 16 ? 16 : want + want / 2;
  if (!ls_mul (&n_bytes, want, size))
    return NULL;

  void *larger = realloc (array, n_bytes);

  if (larger != NULL)
    *cap = want;
  return larger;
}

void
ls_strings_add (LsStringsBuilder *builder, LsBytes text)
{
  const size_t max_bytes = builder->max_bytes > 0 ? builder->max_bytes : INT32_MAX;
  size_t n_bytes = builder->n_bytes + (builder->count + 1) * (4 + sizeof *builder->ends);

  if (builder->has_failed || !ls_add (&n_bytes, n_bytes, text.size) || n_bytes > max_bytes)
    {
      builder->has_failed = true;
      return;
    }

  uint8_t *bytes = grown (builder->bytes, builder->n_bytes, text.size, 1, &builder->cap_bytes);

  if (bytes != NULL)
    builder->bytes = bytes;

  size_t *ends = grown (builder->ends, builder->count, 1, sizeof *ends, &builder->cap_count);

  if (ends != NULL)
    builder->ends = ends;
  if (bytes == NULL || ends == NULL)
    {
      builder->has_failed = true;
      return;
    }
  if (text.size > 0)
    memcpy (bytes + builder->n_bytes, text.data, text.size);
  builder->n_bytes += text.size;
  ends[builder->count++] = builder->n_bytes;
}

static void *
packed (const LsStringsBuilder *builder, size_t *n_bytes)
{
  size_t header, size;

  if (builder->has_failed || !ls_add (&header, builder->count, 2) || !ls_mul (&header, header, 4)
      || !ls_add (&size, header, builder->n_bytes) || size > INT32_MAX)
    return NULL;

  uint8_t *data = malloc (size);

  if (data == NULL)
    return NULL;

  int32_t count = (int32_t) builder->count;
  int32_t offset = (int32_t) header;

  memcpy (data, &count, 4);
  memcpy (data + 4, &offset, 4);
  for (size_t i = 0; i < builder->count; i++)
    {
      offset = (int32_t) (header + builder->ends[i]);
      memcpy (data + 4 * (i + 2), &offset, 4);
    }
  if (builder->n_bytes > 0)
    memcpy (data + header, builder->bytes, builder->n_bytes);
  *n_bytes = size;
  return data;
}

void *
ls_strings_finish (LsStringsBuilder *builder, size_t *n_bytes)
{
  void *data = packed (builder, n_bytes);

  if (data == NULL)
    *n_bytes = 0;
  ls_strings_builder_clear (builder);
  return data;
}

void
ls_strings_builder_clear (LsStringsBuilder *builder)
{
  free (builder->bytes);
  free (builder->ends);
  *builder = (LsStringsBuilder){ 0 };
}
