#include "formats/npy/npy.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/size.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "formats/npy/header.h"

enum
{
  MAX_EMPTY = 1 << 16 /* strings of width 0, of which a file of any size can state any number */
};

bool
ls_npy_probe (const void *data, size_t size)
{
  return size >= 6 && memcmp (data, "\x93NUMPY", 6) == 0;
}

/* Copies one element, turning its parts round when the file is big-endian. */
static void
copy_element (const LsNpyHeader *header, const uint8_t *from, uint8_t *to)
{
  size_t part = header->kind == 'c'   ? header->item_size / 2
                : header->kind == 'U' ? 4
                                      : header->item_size;

  if (!header->is_big_endian || header->kind == 'S')
    {
      memcpy (to, from, header->item_size);
      return;
    }
  for (size_t begin = 0; begin < header->item_size; begin += part)
    for (size_t i = 0; i < part; i++)
      to[begin + i] = from[begin + part - 1 - i];
}

/* Where the element at @index in C order stands when the first dimension runs fastest. */
static size_t
fortran_index (const LsNpyHeader *header, size_t index)
{
  size_t coordinates[LS_MAX_RANK], at = 0;

  for (int i = header->rank - 1; i >= 0; i--)
    {
      coordinates[i] = index % (size_t) header->dims[i];
      index /= (size_t) header->dims[i];
    }
  for (int i = header->rank - 1; i >= 0; i--)
    at = at * (size_t) header->dims[i] + coordinates[i];
  return at;
}

/* @count elements of the file from the one called @first in C order, little-endian. */
static void
copy_elements (const LsNpyHeader *header, const uint8_t *data, size_t first, size_t count,
               uint8_t *out)
{
  if (!header->is_fortran && !header->is_big_endian)
    {
      memcpy (out, data + first * header->item_size, count * header->item_size);
      return;
    }
  for (size_t i = 0; i < count; i++)
    {
      size_t at = header->is_fortran ? fortran_index (header, first + i) : first + i;

      copy_element (header, data + at * header->item_size, out + i * header->item_size);
    }
}

/* UCS-4 text in place to UTF-8, which is never longer. */
static size_t
narrow_text (uint8_t *text, size_t n_bytes)
{
  size_t at = 0;

  for (size_t i = 0; i + 4 <= n_bytes; i += 4)
    {
      uint32_t c;

      memcpy (&c, text + i, 4);
      at += ls_utf8_put ((char *) text + at, c);
    }
  return at;
}

/* Fixed-width text to packed strings: the padding of NULs at the end goes. */
static LsStatus
pack_strings (const LsNpyHeader *header, uint8_t *text, size_t count, LsArray *out, LsError *error)
{
  LsStringsBuilder builder = { 0 };

  for (size_t i = 0; i < count; i++)
    {
      uint8_t *begin = text + i * header->item_size;
      size_t length
        = header->kind == 'U' ? narrow_text (begin, header->item_size) : header->item_size;

      while (length > 0 && begin[length - 1] == '\0')
        length--;
      ls_strings_add (&builder, (LsBytes){ begin, length });
    }
  out->data = ls_strings_finish (&builder, &out->n_bytes);
  return out->data != NULL ? LS_OK : ls_fail_no_memory (error, "strings", count);
}

static LsStatus
read_elements (const LsNpyHeader *header, const uint8_t *data, size_t first, size_t count,
               LsArray *out, LsError *error)
{
  size_t n_bytes = count * header->item_size; /* no more than there is in the file */
  LS_FREE uint8_t *elements = malloc (n_bytes > 0 ? n_bytes : 1);

  if (elements == NULL)
    return ls_fail_no_memory (error, "an array", n_bytes);
  if (n_bytes > 0)
    copy_elements (header, data, first, count, elements);
  if (header->type == LS_TYPE_STRING)
    return pack_strings (header, elements, count, out, error);
  if (header->type == LS_TYPE_BOOL)
    for (size_t i = 0; i < count; i++)
      elements[i] = elements[i] != 0;
  out->n_bytes = n_bytes;
  out->data = ls_steal (&elements);
  return LS_OK;
}

/* The header, the elements that it states, and their bytes. */
static LsStatus
take_header (const void *data, size_t size, LsNpyHeader *header, size_t *count, size_t *n_bytes,
             LsError *error)
{
  if (!ls_npy_probe (data, size))
    return ls_fail (error, LS_E_FORMAT, 0, "is no .npy file");
  LS_TRY (ls_npy_header_parse (data, size, header, error));
  /* Strings of width 0 take no bytes, so their number is bounded here. */
  if (!ls_count (count, header->dims, header->rank) || *count > INT64_MAX / 16
      || !ls_mul (n_bytes, *count, header->item_size)
      || (header->item_size == 0 && *count > MAX_EMPTY))
    return ls_fail (error, LS_E_FORMAT, -1, "the shape in the .npy header is too large");
  return LS_OK;
}

LsStatus
ls_npy_file_size (const void *data, size_t size, uint64_t *out, LsError *error)
{
  LsNpyHeader header;
  size_t count = 0, n_bytes = 0;

  LS_TRY (take_header (data, size, &header, &count, &n_bytes, error));
  *out = (uint64_t) header.data_offset + n_bytes;
  return LS_OK;
}

/* The header of a file that holds all the elements that it states. */
static LsStatus
check (const void *data, size_t size, LsNpyHeader *header, size_t *count, LsError *error)
{
  size_t n_bytes = 0;

  LS_TRY (take_header (data, size, header, count, &n_bytes, error));
  if (n_bytes > size - header->data_offset)
    return ls_fail (error, LS_E_FORMAT, (int64_t) size,
                    "the .npy file ends inside its data: %zu bytes are needed, %zu are there",
                    n_bytes, size - header->data_offset);
  return LS_OK;
}

static LsStatus
read_part (const LsNpyHeader *header, const void *data, size_t first, size_t count, LsArray *out,
           LsError *error)
{
  LsStatus status = read_elements (header, (const uint8_t *) data + header->data_offset, first,
                                   count, out, error);

  if (status != LS_OK)
    ls_array_clear (out);
  return status;
}

/* Gives @out type and shape, and no data. */
static LsStatus
parse_header (const void *data, size_t size, LsNpyHeader *header, size_t *count, LsArray *out,
              LsError *error)
{
  *out = (LsArray){ 0 };
  LS_TRY (check (data, size, header, count, error));
  out->type = header->type;
  out->rank = header->rank;
  memcpy (out->dims, header->dims, sizeof out->dims);
  return LS_OK;
}

LsStatus
ls_npy_shape (const void *data, size_t size, LsArray *out, LsError *error)
{
  LsNpyHeader header;
  size_t count;

  return parse_header (data, size, &header, &count, out, error);
}

LsStatus
ls_npy_parse (const void *data, size_t size, LsArray *out, LsError *error)
{
  LsNpyHeader header;
  size_t count;

  LS_TRY (parse_header (data, size, &header, &count, out, error));
  return read_part (&header, data, 0, count, out, error);
}

LsStatus
ls_npy_parse_at (const void *data, size_t size, uint32_t index, LsArray *out, LsError *error)
{
  LsNpyHeader header;
  size_t count;

  *out = (LsArray){ 0 };
  LS_TRY (check (data, size, &header, &count, error));
  if (header.rank == 0 || (int64_t) index >= header.dims[0])
    return ls_fail (error, LS_E_USAGE, -1, "the array has no element %u along its first axis",
                    index);
  count /= (size_t) header.dims[0];
  out->type = header.type;
  out->rank = header.rank - 1;
  memcpy (out->dims, header.dims + 1, (size_t) out->rank * sizeof *out->dims);
  return read_part (&header, data, index * count, count, out, error);
}
