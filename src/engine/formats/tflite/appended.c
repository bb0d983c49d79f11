/* Source of the layout: PKWARE's APPNOTE.TXT, sections 4.3.12 and 4.3.16. */
#include "formats/tflite/appended.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"

enum
{
  CENTRAL_SIZE = 46,
  CENTRAL_LOCAL_OFFSET = 42,
  END_SIZE = 22,
  MAX_COMMENT = 65535
};

static uint32_t
get (const uint8_t *at, int n_bytes)
{
  uint32_t value = 0;

  memcpy (&value, at, (size_t) n_bytes);
  return value;
}

/* Place of the archive's end record; SIZE_MAX: there is none. */
static size_t
find_end (LsBytes bytes)
{
  for (size_t back = END_SIZE; back <= bytes.size && back <= END_SIZE + MAX_COMMENT; back++)
    {
      const size_t at = bytes.size - back;

      if (memcmp (bytes.data + at, "PK\5\6", 4) == 0
          && get (bytes.data + at + 20, 2) + END_SIZE == back)
        return at;
    }
  return SIZE_MAX;
}

/* Adds @shift to a 32-bit offset that is not the mark of a 64-bit one. */
static void
shift_offset (uint8_t *at, uint32_t shift)
{
  const uint32_t value = get (at, 4);
  const uint32_t moved = value + shift;

  if (value != UINT32_MAX)
    memcpy (at, &moved, sizeof moved);
}

/* Moves the offsets of the directory that ends at @end. */
static void
relocate (uint8_t *bytes, size_t end, uint64_t position)
{
  const uint32_t size = get (bytes + end + 12, 4), offset = get (bytes + end + 16, 4);

  if (size > end || offset == UINT32_MAX)
    return;

  /* Where the directory would stand if offsets counted from the archive's start. */
  const size_t directory = end - size;

  if (offset <= directory)
    return; /* they do, and stay right wherever the archive goes */

  const uint32_t shift = (uint32_t) position - (uint32_t) (offset - directory);

  for (size_t at = directory; at + CENTRAL_SIZE <= end && memcmp (bytes + at, "PK\1\2", 4) == 0;)
    {
      shift_offset (bytes + at + CENTRAL_LOCAL_OFFSET, shift);
      at += CENTRAL_SIZE + get (bytes + at + 28, 2) + get (bytes + at + 30, 2)
            + get (bytes + at + 32, 2);
    }
  shift_offset (bytes + end + 16, shift);
}

LsStatus
ls_appended_write (LsBytes appended, uint64_t position, LsWriter *writer, LsError *error)
{
  const size_t end = find_end (appended);

  if (end == SIZE_MAX)
    return ls_writer_write (writer, appended.data, appended.size, error);

  LS_FREE uint8_t *copy = malloc (appended.size);

  if (copy == NULL)
    return ls_fail_no_memory (error, "the archive behind the model", appended.size);
  memcpy (copy, appended.data, appended.size);
  relocate (copy, end, position);
  return ls_writer_write (writer, copy, appended.size, error);
}
