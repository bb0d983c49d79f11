/* Source of the layout: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.3. */
#include "base/zip.h"

#include <stdlib.h>
#include <string.h>
#ifdef LS_HAVE_ZLIB
#include <zlib.h>
#endif

#include "base/auto.h"
#include "base/error.h"

enum
{
  LOCAL_SIZE = 30,
  CENTRAL_SIZE = 46,
  END_SIZE = 22,
  END64_LOCATOR_SIZE = 20,
  END64_SIZE = 56,
  MAX_COMMENT = 65535,
  METHOD_STORED = 0,
  METHOD_DEFLATED = 8
};

static uint32_t
u16 (const uint8_t *at)
{
  return at[0] | (uint32_t) at[1] << 8;
}

static uint32_t
u32 (const uint8_t *at)
{
  return u16 (at) | u16 (at + 2) << 16;
}

static uint64_t
u64 (const uint8_t *at)
{
  return u32 (at) | (uint64_t) u32 (at + 4) << 32;
}

bool
ls_zip_probe (const void *data, size_t size)
{
  return size >= END_SIZE && (memcmp (data, "PK\3\4", 4) == 0 || memcmp (data, "PK\5\6", 4) == 0);
}

/* What the end record says, in 64 bits. */
typedef struct
{
  uint64_t n_entries, directory_size, directory_offset, end; /* end: of the directory */
} End;

/* Takes the larger record where one stands in front. */
static void
read_end64 (const uint8_t *data, size_t at, End *out)
{
  if (at < END64_LOCATOR_SIZE + END64_SIZE
      || memcmp (data + at - END64_LOCATOR_SIZE, "PK\6\7", 4) != 0)
    return;

  const uint8_t *record = data + at - END64_LOCATOR_SIZE - END64_SIZE;

  if (memcmp (record, "PK\6\6", 4) != 0)
    return;
  out->n_entries = u64 (record + 32);
  out->directory_size = u64 (record + 40);
  out->directory_offset = u64 (record + 48);
  out->end = at - END64_LOCATOR_SIZE - END64_SIZE;
}

static bool
find_end (const uint8_t *data, size_t size, End *out)
{
  for (size_t back = END_SIZE; back <= size && back <= END_SIZE + MAX_COMMENT; back++)
    {
      size_t at = size - back;

      if (data[at] != 'P' || memcmp (data + at, "PK\5\6", 4) != 0
          || u16 (data + at + 20) + END_SIZE != back)
        continue;
      *out = (End){ u16 (data + at + 10), u32 (data + at + 12), u32 (data + at + 16), at };
      read_end64 (data, at, out);
      return true;
    }
  return false;
}

/* Sizes that do not fit 32 bits stand in an extra field, in a fixed order. */
static void
read_extra (const uint8_t *extra, size_t size, uint64_t *unpacked, uint64_t *packed,
            uint64_t *offset)
{
  uint64_t *const wide[] = { unpacked, packed, offset };

  while (size >= 4)
    {
      uint32_t id = u16 (extra);
      size_t length = u16 (extra + 2), at = 4;

      if (length > size - 4)
        return;
      for (int i = 0; id == 1 && i < 3; i++)
        if (*wide[i] == UINT32_MAX && at + 8 <= 4 + length)
          {
            *wide[i] = u64 (extra + at);
            at += 8;
          }
      extra += 4 + length;
      size -= 4 + length;
    }
}

/* One record of the directory; @record holds @left bytes. Gives its size; 0 with @error filled. */
static size_t
read_entry (const uint8_t *data, size_t size, const LsZip *zip, const uint8_t *record, size_t left,
            LsZipEntry *out, LsError *error)
{
  int64_t place = record - data;

  if (left < CENTRAL_SIZE || memcmp (record, "PK\1\2", 4) != 0)
    return ls_fail (error, LS_E_FORMAT, place, "the archive's directory is damaged"), 0;

  size_t name_size = u16 (record + 28), extra_size = u16 (record + 30);
  size_t total = CENTRAL_SIZE + name_size + extra_size + u16 (record + 32);
  uint32_t method = u16 (record + 10);
  uint64_t packed = u32 (record + 20), offset = u32 (record + 42);

  if (total > left)
    return ls_fail (error, LS_E_FORMAT, place, "the archive's directory is damaged"), 0;
  out->size = u32 (record + 24);
  out->crc = u32 (record + 16);
  out->is_deflated = method == METHOD_DEFLATED;
  out->name = strndup ((const char *) record + CENTRAL_SIZE, name_size);
  if (out->name == NULL)
    return ls_fail_no_memory (error, "an archive's directory", name_size), 0;
  read_extra (record + CENTRAL_SIZE + name_size, extra_size, &out->size, &packed, &offset);
  if ((method != METHOD_STORED && method != METHOD_DEFLATED) || (u16 (record + 8) & 1) != 0)
    return ls_fail (error, LS_E_UNSUPPORTED, place,
                    "\"%.80s\" in the archive is encrypted or packed by method %u", out->name,
                    method),
           0;
  /* Deflate never packs 1032 bytes into less than one. */
  if (out->is_deflated ? out->size / 1032 > packed : out->size != packed)
    return ls_fail (error, LS_E_FORMAT, place, "\"%.80s\" in the archive has a false size",
                    out->name),
           0;

  const uint64_t before = size - zip->begin;
  const uint8_t *local = data + zip->begin + offset;

  if (offset > before || before - offset < LOCAL_SIZE || memcmp (local, "PK\3\4", 4) != 0)
    return ls_fail (error, LS_E_FORMAT, place, "\"%.80s\" is not in the archive", out->name), 0;

  uint64_t head = LOCAL_SIZE + (uint64_t) u16 (local + 26) + u16 (local + 28);

  if (before - offset < head || before - offset - head < packed)
    return ls_fail (error, LS_E_FORMAT, place, "the archive ends inside \"%.80s\"", out->name), 0;
  out->packed = (LsBytes){ local + head, (size_t) packed };
  return total;
}

static LsStatus
read_directory (const uint8_t *data, size_t size, const End *end, LsZip *out, LsError *error)
{
  const uint8_t *record = data + end->end - end->directory_size;
  size_t left = end->directory_size;

  for (uint64_t i = 0; i < end->n_entries; i++)
    {
      size_t taken
        = read_entry (data, size, out, record, left, &out->entries[out->n_entries++], error);

      if (taken == 0)
        return error != NULL ? error->status : LS_E_FORMAT;
      record += taken;
      left -= taken;
    }
  return LS_OK;
}

LsStatus
ls_zip_open (const void *data, size_t size, LsZip *out, LsError *error)
{
  End end;

  *out = (LsZip){ 0 };
  if (!find_end (data, size, &end))
    return ls_fail (error, LS_E_FORMAT, (int64_t) size, "the archive has no directory at its end");
  if (end.directory_size > end.end || end.directory_offset > end.end - end.directory_size
      || end.n_entries > end.directory_size / CENTRAL_SIZE)
    return ls_fail (error, LS_E_FORMAT, (int64_t) end.end, "the archive's directory is damaged");
  out->begin = end.end - end.directory_size - end.directory_offset;
  out->entries = calloc (end.n_entries > 0 ? end.n_entries : 1, sizeof *out->entries);
  if (out->entries == NULL)
    return ls_fail_no_memory (error, "an archive's directory", end.n_entries);

  LsStatus status = read_directory (data, size, &end, out, error);

  if (status != LS_OK)
    ls_zip_close (out);
  return status;
}

void
ls_zip_close (LsZip *zip)
{
  for (uint32_t i = 0; i < zip->n_entries; i++)
    free (zip->entries[i].name);
  free (zip->entries);
  *zip = (LsZip){ 0 };
}

const LsZipEntry *
ls_zip_find (const LsZip *zip, const char *name)
{
  for (uint32_t i = 0; i < zip->n_entries; i++)
    if (strcmp (zip->entries[i].name, name) == 0)
      return &zip->entries[i];
  return NULL;
}

#ifdef LS_HAVE_ZLIB
/* zlib counts in 32 bits: input and output go in pieces. */
static bool
inflate_all (const LsZipEntry *entry, uint8_t *out)
{
  enum
  {
    PIECE = 1 << 30
  };
  z_stream stream = { .next_in = (Bytef *) entry->packed.data, .next_out = out };
  size_t left_in = entry->packed.size, left_out = entry->size;
  int code = Z_OK;

  if (inflateInit2 (&stream, -MAX_WBITS) != Z_OK)
    return false;
  while (code == Z_OK)
    {
      uInt in = left_in < PIECE ? (uInt) left_in : PIECE;
      uInt room = left_out < PIECE ? (uInt) left_out : PIECE;

      stream.avail_in = in;
      stream.avail_out = room;
      code = inflate (&stream, Z_NO_FLUSH);
      left_in -= in - stream.avail_in;
      left_out -= room - stream.avail_out;
    }
  inflateEnd (&stream);
  return code == Z_STREAM_END && left_out == 0;
}

static bool
is_whole (const LsZipEntry *entry, const uint8_t *data)
{
  return crc32_z (crc32_z (0, NULL, 0), data, entry->size) == entry->crc;
}

static size_t
inflate_begin (const LsZipEntry *entry, uint8_t *out, size_t size)
{
  z_stream stream = { .next_in = (Bytef *) entry->packed.data, .next_out = out };
  int code;

  if (size > UINT32_MAX / 2 || inflateInit2 (&stream, -MAX_WBITS) != Z_OK)
    return 0;
  stream.avail_in
    = entry->packed.size < UINT32_MAX / 2 ? (uInt) entry->packed.size : UINT32_MAX / 2;
  stream.avail_out = (uInt) size;
  code = inflate (&stream, Z_SYNC_FLUSH);
  inflateEnd (&stream);
  return code == Z_OK || code == Z_STREAM_END ? size - stream.avail_out : 0;
}

static LsStatus
unpack (const LsZipEntry *entry, void **owned, LsError *error)
{
  *owned = malloc (entry->size > 0 ? entry->size : 1);
  if (*owned == NULL)
    return ls_fail_no_memory (error, "a packed file", entry->size);
  if (inflate_all (entry, *owned))
    return LS_OK;
  free (ls_steal (owned));
  return ls_fail (error, LS_E_FORMAT, -1, "\"%.80s\" in the archive is damaged", entry->name);
}
#else
static size_t
inflate_begin (const LsZipEntry *entry, uint8_t *out, size_t size)
{
  return 0;
}

static bool
is_whole (const LsZipEntry *entry, const uint8_t *data)
{
  return true;
}

static LsStatus
unpack (const LsZipEntry *entry, void **owned, LsError *error)
{
  return ls_fail (error, LS_E_UNSUPPORTED, -1,
                  "\"%.80s\" in the archive is compressed, which this build cannot read (no zlib)",
                  entry->name);
}
#endif

LsStatus
ls_zip_read (const LsZipEntry *entry, LsBytes *out, void **owned, LsError *error)
{
  *owned = NULL;
  *out = entry->packed;
  if (entry->is_deflated)
    {
      LS_TRY (unpack (entry, owned, error));
      *out = (LsBytes){ *owned, entry->size };
    }
  if (is_whole (entry, out->data))
    return LS_OK;
  free (ls_steal (owned));
  return ls_fail (error, LS_E_FORMAT, -1,
                  "\"%.80s\" in the archive is damaged: its checksum differs", entry->name);
}

size_t
ls_zip_peek (const LsZipEntry *entry, void *out, size_t size)
{
  const size_t n = entry->packed.size < size ? entry->packed.size : size;

  if (entry->is_deflated)
    return inflate_begin (entry, out, size);
  if (n > 0)
    memcpy (out, entry->packed.data, n);
  return n;
}
