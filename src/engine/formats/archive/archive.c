/* ZIP archives that hold .tflite models, as MediaPipe's .task files do: the first model is read. */
#include "formats/format.h"

#include <string.h>

#include "base/zip.h"

enum
{
  ALIGNMENT = 16
};

static bool
archive_probe (LsBytes file)
{
  LsZip zip;

  if (ls_zip_probe (file.data, file.size))
    return true;
  /* Some writers leave a few bytes in front. */
  if (ls_zip_open (file.data, file.size, &zip, NULL) != LS_OK)
    return false;

  const bool has_entries = zip.n_entries > 0;

  ls_zip_close (&zip);
  return has_entries;
}

static bool
is_model (const LsZipEntry *entry)
{
  const char *ending = strrchr (entry->name, '.');

  if (!entry->is_deflated)
    return ls_format_tflite.probe (entry->packed);
  return ending != NULL && (strcmp (ending, ".tflite") == 0 || strcmp (ending, ".tfl") == 0);
}

/* Appends to a list of names, as far as it has room. */
static void
add_name (char *list, size_t size, const char *name)
{
  const size_t at = strlen (list);

  snprintf (list + at, size - at, "%s%s", at > 0 ? ", " : "", name);
}

static LsStatus
fail_no_model (const LsZip *zip, LsError *error)
{
  char names[200] = "";

  for (uint32_t i = 0; i < zip->n_entries; i++)
    add_name (names, sizeof names, zip->entries[i].name);
  if (ls_zip_find (zip, "model.weights.h5") != NULL)
    return ls_fail (error, LS_E_UNSUPPORTED, 0,
                    "is a Keras model, a format that is not supported: export it as .tflite");
  for (uint32_t i = 0; i < zip->n_entries; i++)
    if (strstr (zip->entries[i].name, "data.pkl") != NULL)
      return ls_fail (error, LS_E_UNSUPPORTED, 0,
                      "is a PyTorch model, a format that is not supported: export it as .tflite");
  return ls_fail (error, LS_E_UNSUPPORTED, 0,
                  "is a zip archive without a .tflite model; it holds %s",
                  zip->n_entries > 0 ? names : "nothing");
}

/* The entry's bytes where the model can read them in place. */
static LsStatus
load_entry (const LsZipEntry *entry, LsModel *model, LsBytes *out, LsError *error)
{
  void *owned;

  LS_TRY (ls_zip_read (entry, out, &owned, error));
  if (owned != NULL && ls_store_on_free (model->store, free, owned) != 0)
    return ls_fail_no_memory (error, entry->name, out->size);
  if ((uintptr_t) out->data % ALIGNMENT == 0)
    return LS_OK;

  const uint8_t *copy = ls_store_copy (model->store, out->data, out->size);

  if (copy == NULL)
    return ls_fail_no_memory (error, entry->name, out->size);
  out->data = copy;
  return LS_OK;
}

static LsStatus
read_entry (const LsZipEntry *entry, LsBytes file, LsModel *model, LsError *error)
{
  const uint64_t position = (uint64_t) (entry->packed.data - file.data);
  LsBytes bytes;

  LS_TRY (load_entry (entry, model, &bytes, error));
  if (!ls_format_tflite.probe (bytes))
    return ls_fail (error, LS_E_FORMAT, (int64_t) position, "holds \"%.80s\", which is not a model",
                    entry->name);

  const LsStatus status = ls_format_tflite.read (bytes, model, error);

  if (status != LS_OK && error != NULL && error->offset >= 0)
    error->offset = entry->is_deflated ? -1 : error->offset + (int64_t) position;
  /* The archive holds a checksum of the entry: its bytes are not to be patched. */
  model->locate = NULL;
  for (uint32_t i = 0; i < model->n_buffers; i++)
    if (model->buffers[i].file_offset != 0)
      model->buffers[i].file_offset
        = entry->is_deflated ? 0 : model->buffers[i].file_offset + position;
  return status;
}

static LsStatus
describe (const LsZip *zip, const LsZipEntry *first, LsModel *model, LsError *error)
{
  char names[400] = "", text[600];
  int n = 0;

  for (uint32_t i = 0; i < zip->n_entries; i++)
    if (is_model (&zip->entries[i]))
      {
        add_name (names, sizeof names, zip->entries[i].name);
        n++;
      }
  if (n > 1)
    snprintf (text, sizeof text, "task archive (%.150s, the first of %d models: %s)", first->name,
              n, names);
  else
    snprintf (text, sizeof text, "task archive (%.150s)", first->name);
  model->format = ls_model_strdup (model, text);
  return model->format != NULL ? LS_OK : ls_fail_no_memory (error, "a name", strlen (text));
}

static LsStatus
archive_read (LsBytes file, LsModel *model, LsError *error)
{
  LsZip zip;
  uint32_t i = 0;

  LS_TRY (ls_zip_open (file.data, file.size, &zip, error));
  while (i < zip.n_entries && !is_model (&zip.entries[i]))
    i++;

  LsStatus status;

  if (i == zip.n_entries)
    status = fail_no_model (&zip, error);
  else
    {
      status = read_entry (&zip.entries[i], file, model, error);
      if (status == LS_OK)
        status = describe (&zip, &zip.entries[i], model, error);
    }
  ls_zip_close (&zip);
  return status;
}

const LsFormat ls_format_archive = {
  .name = "task archive",
  .endings = "",
  .probe = archive_probe,
  .read = archive_read,
};
