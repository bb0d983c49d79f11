/* .npz: an archive of .npy files. */
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "formats/npy/npy.h"

enum
{
  HEADER_SIZE = 4096,    /* more than any array of numbers needs */
  MAX_UNPACKED = 1 << 30 /* of an array: deflate packs 1,000 to 1 */
};

/* Length of an entry's name without ".npy"; 0 when it has no such ending. */
static size_t
stem (const char *name)
{
  size_t length = strlen (name);

  return length > 4 && strcmp (name + length - 4, ".npy") == 0 ? length - 4 : 0;
}

LsStatus
ls_npz_open (const char *path, LsNpz *out, LsError *error)
{
  LS_TRY (ls_file_map (path, &out->file, error));

  LsStatus status = ls_zip_probe (out->file.data, out->file.size)
                      ? ls_zip_open (out->file.data, out->file.size, &out->zip, error)
                      : ls_fail (error, LS_E_FORMAT, 0, "is no .npz archive");

  if (status != LS_OK)
    ls_file_unmap (&out->file);
  return status;
}

void
ls_npz_close (LsNpz *npz)
{
  ls_zip_close (&npz->zip);
  ls_file_unmap (&npz->file);
}

const LsZipEntry *
ls_npz_find (const LsNpz *npz, const char *name)
{
  for (uint32_t i = 0; i < npz->zip.n_entries; i++)
    {
      const LsZipEntry *entry = &npz->zip.entries[i];
      size_t length = stem (entry->name);

      if (length > 0 && strlen (name) == length && strncmp (entry->name, name, length) == 0)
        return entry;
    }
  return NULL;
}

LsStatus
ls_npz_read (const LsZipEntry *entry, LsBytes *out, void **owned, LsError *error)
{
  uint8_t begin[HEADER_SIZE];
  uint64_t stated;

  *owned = NULL;
  if (!entry->is_deflated)
    return ls_zip_read (entry, out, owned, error);
  LS_TRY (ls_npy_file_size (begin, ls_zip_peek (entry, begin, sizeof begin), &stated, error));
  if (stated != entry->size)
    return ls_fail (error, LS_E_FORMAT, -1,
                    "\"%.80s\" in the archive has %llu bytes where its header states %llu",
                    entry->name, (unsigned long long) entry->size, (unsigned long long) stated);
  if (entry->size > MAX_UNPACKED)
    return ls_fail (
      error, LS_E_UNSUPPORTED, -1,
      "\"%.80s\" in the archive has %.1f GB when it is unpacked, and at most %.1f are: "
      "saved without compression (numpy.savez), it may have any size",
      entry->name, (double) entry->size / 1e9, (double) MAX_UNPACKED / 1e9);
  return ls_zip_read (entry, out, owned, error);
}

static LsStatus
list_names (const LsZip *zip, char ***names, uint32_t *count, LsError *error)
{
  *names = calloc ((size_t) zip->n_entries + 1, sizeof **names);
  if (*names == NULL)
    return ls_fail_no_memory (error, "names", zip->n_entries);
  for (uint32_t i = 0; i < zip->n_entries; i++)
    {
      size_t length = stem (zip->entries[i].name);

      if (length == 0)
        continue;
      (*names)[*count] = strndup (zip->entries[i].name, length);
      if ((*names)[(*count)++] == NULL)
        return ls_fail_no_memory (error, "a name", length);
    }
  return LS_OK;
}

LsStatus
ls_npz_list (const char *path, char ***names, uint32_t *count, LsError *error)
{
  LsNpz npz;

  *names = NULL;
  *count = 0;
  LS_TRY (ls_npz_open (path, &npz, error));

  LsStatus status = list_names (&npz.zip, names, count, error);

  if (status != LS_OK)
    {
      ls_npz_list_free (*names, *count);
      *names = NULL;
      *count = 0;
    }
  ls_npz_close (&npz);
  return status;
}

void
ls_npz_list_free (char **names, uint32_t count)
{
  for (uint32_t i = 0; names != NULL && i < count; i++)
    free (names[i]);
  free (names);
}

static LsStatus
load (const LsNpz *npz, const char *name, LsArray *out, LsError *error)
{
  const LsZipEntry *entry = ls_npz_find (npz, name);
  LS_FREE void *owned = NULL;
  LsBytes bytes;

  if (entry == NULL)
    return ls_fail (error, LS_E_USAGE, -1, "has no array called \"%s\"", name);
  LS_TRY (ls_npz_read (entry, &bytes, &owned, error));
  return ls_npy_parse (bytes.data, bytes.size, out, error);
}

LsStatus
ls_npz_load (const char *path, const char *name, LsArray *out, LsError *error)
{
  LsNpz npz;

  *out = (LsArray){ 0 };
  LS_TRY (ls_npz_open (path, &npz, error));

  LsStatus status = load (&npz, name, out, error);

  ls_npz_close (&npz);
  return status;
}
