/* Writes .npy, version 1: what numpy has no type for is stored in the nearest that it has. */
#include "formats/npy/npy.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/packed.h"
#include "base/size.h"
#include "base/strings.h"

/* How each type stands in the file. BFLOAT16 and FLOAT8 keep their bits; types under one byte take
 * one byte an element. */
static const char *const descriptions[LS_N_TYPES] = {
  [LS_TYPE_FLOAT32] = "<f4",  [LS_TYPE_FLOAT16] = "<f2",       [LS_TYPE_INT32] = "<i4",
  [LS_TYPE_UINT8] = "|u1",    [LS_TYPE_INT64] = "<i8",         [LS_TYPE_BOOL] = "|b1",
  [LS_TYPE_INT16] = "<i2",    [LS_TYPE_COMPLEX64] = "<c8",     [LS_TYPE_INT8] = "|i1",
  [LS_TYPE_FLOAT64] = "<f8",  [LS_TYPE_COMPLEX128] = "<c16",   [LS_TYPE_UINT64] = "<u8",
  [LS_TYPE_RESOURCE] = "<i4", [LS_TYPE_UINT32] = "<u4",        [LS_TYPE_UINT16] = "<u2",
  [LS_TYPE_INT4] = "|i1",     [LS_TYPE_BFLOAT16] = "<u2",      [LS_TYPE_INT2] = "|i1",
  [LS_TYPE_UINT4] = "|u1",    [LS_TYPE_FLOAT8_E4M3FN] = "|u1", [LS_TYPE_FLOAT8_E5M2] = "|u1",
};

static LsStatus
write_header (LsWriter *writer, const LsArray *array, const char *description, LsError *error)
{
  char text[256], header[320];
  int length = snprintf (text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                         description);

  for (int i = 0; i < array->rank; i++)
    length += snprintf (text + length, sizeof text - (size_t) length,
                        array->rank == 1 ? "%d," : "%d, ", array->dims[i]);
  if (array->rank > 1)
    length -= 2;
  length += snprintf (text + length, sizeof text - (size_t) length, "), }");

  /* The data begins at a multiple of 64, after a line feed. */
  int total = (10 + length + 1 + 63) / 64 * 64;
  int padded = total - 10 - 1;

  memcpy (header, "\x93NUMPY\1\0", 8);
  header[8] = (char) ((padded + 1) & 0xff);
  header[9] = (char) ((padded + 1) >> 8);
  snprintf (header + 10, sizeof header - 10, "%-*s\n", padded, text);
  return ls_writer_write (writer, header, (size_t) total, error);
}

static LsStatus
write_strings (LsWriter *writer, const LsArray *array, LsError *error)
{
  char description[32];
  size_t width = 1, count = ls_array_count (array);
  LsStrings strings;

  if (!ls_strings_open (array->data, array->n_bytes, &strings) || strings.count != count)
    return ls_fail (error, LS_E_INVALID, -1, "the strings do not fit their shape of %zu", count);
  for (size_t i = 0; i < count; i++)
    {
      size_t size = ls_strings_get (&strings, i).size;

      width = size > width ? size : width;
    }

  LS_FREE char *padded = malloc (width);

  if (padded == NULL)
    return ls_fail_no_memory (error, "a string", width);
  snprintf (description, sizeof description, "|S%zu", width);
  LS_TRY (write_header (writer, array, description, error));
  for (size_t i = 0; i < count; i++)
    {
      LsBytes text = ls_strings_get (&strings, i);

      memset (padded, 0, width);
      if (text.size > 0)
        memcpy (padded, text.data, text.size);
      LS_TRY (ls_writer_write (writer, padded, width, error));
    }
  return LS_OK;
}

/* One byte an element. */
static LsStatus
write_unpacked (LsWriter *writer, const LsArray *array, LsError *error)
{
  uint8_t bytes[4096];
  size_t count = ls_array_count (array);
  unsigned bits = ls_type_bits (array->type);

  for (size_t begin = 0; begin < count; begin += sizeof bytes)
    {
      size_t n = count - begin < sizeof bytes ? count - begin : sizeof bytes;

      for (size_t i = 0; i < n; i++)
        bytes[i] = array->type == LS_TYPE_UINT4
                     ? (uint8_t) ls_packed_get (array->data, bits, begin + i)
                     : (uint8_t) ls_packed_get_signed (array->data, bits, begin + i);
      LS_TRY (ls_writer_write (writer, bytes, n, error));
    }
  return LS_OK;
}

static LsStatus
write_array (LsWriter *writer, const LsArray *array, LsError *error)
{
  size_t count, n_bytes;
  unsigned bits = ls_type_bits (array->type);

  if (array->rank < 0 || array->rank > LS_MAX_RANK || !ls_count (&count, array->dims, array->rank))
    return ls_fail (error, LS_E_INVALID, -1, "the array has no proper shape");
  if (array->type == LS_TYPE_STRING)
    return write_strings (writer, array, error);
  if ((unsigned) array->type >= LS_N_TYPES || descriptions[array->type] == NULL)
    return ls_fail (error, LS_E_UNSUPPORTED, -1, "a value of type %s cannot be written as .npy",
                    ls_type_name (array->type));
  if (!ls_packed_size (&n_bytes, count, bits) || n_bytes > array->n_bytes)
    return ls_fail (error, LS_E_INVALID, -1, "the array has fewer bytes than its shape needs");
  LS_TRY (write_header (writer, array, descriptions[array->type], error));
  return bits < 8 ? write_unpacked (writer, array, error)
                  : ls_writer_write (writer, array->data, n_bytes, error);
}

LsStatus
ls_array_save (const char *path, const LsArray *array, LsError *error)
{
  LsWriter *writer;

  LS_TRY (ls_writer_open (path, &writer, error));

  LsStatus status = write_array (writer, array, error);

  if (status == LS_OK)
    return ls_writer_commit (writer, error);
  ls_writer_abort (writer);
  return status;
}
