/* .npz: an archive of .npy files. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/zip.h"
#include "formats/npy/npy.h"

/* Length of an entry's name without ".npy"; 0 when it has no such ending. */
static size_t
stem (const char *name)
{
  size_t length = strlen (name);

  return length > 4 && strcmp (name + length - 4, ".npy") == 0 ? length - 4 : 0;
}

static LsStatus
open_archive (const char *path, LsMapping *file, LsZip *zip, LsError *error)
{
  LS_TRY (ls_file_map (path, file, error));

  LsStatus status = ls_zip_probe (file->data, file->size)
                      ? ls_zip_open (file->data, file->size, zip, error)
                      : ls_fail (error, LS_E_FORMAT, 0, "is no .npz archive");

  if (status != LS_OK)
    ls_file_unmap (file);
  return status;
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
  LsMapping file;
  LsZip zip;

  *names = NULL;
  *count = 0;
  LS_TRY (open_archive (path, &file, &zip, error));

  LsStatus status = list_names (&zip, names, count, error);

  if (status != LS_OK)
    {
      ls_npz_list_free (*names, *count);
      *names = NULL;
      *count = 0;
    }
  ls_zip_close (&zip);
  ls_file_unmap (&file);
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
load (const LsZip *zip, const char *name, LsArray *out, LsError *error)
{
  for (uint32_t i = 0; i < zip->n_entries; i++)
    {
      const LsZipEntry *entry = &zip->entries[i];
      size_t length = stem (entry->name);
      LsBytes bytes;
      void *owned;

      if (length == 0 || strlen (name) != length || strncmp (entry->name, name, length) != 0)
        continue;
      LS_TRY (ls_zip_read (entry, &bytes, &owned, error));

      LsStatus status = ls_npy_parse (bytes.data, bytes.size, out, error);

      free (owned);
      return status;
    }
  return ls_fail (error, LS_E_USAGE, -1, "has no array called \"%s\"", name);
}

LsStatus
ls_npz_load (const char *path, const char *name, LsArray *out, LsError *error)
{
  LsMapping file;
  LsZip zip;

  *out = (LsArray){ 0 };
  LS_TRY (open_archive (path, &file, &zip, error));

  LsStatus status = load (&zip, name, out, error);

  ls_zip_close (&zip);
  ls_file_unmap (&file);
  return status;
}
