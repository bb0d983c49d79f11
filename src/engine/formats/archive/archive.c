/*
 * ZIP archives that hold .tflite models, as MediaPipe's .task files do, also inside one another.
 * The first model is read, or the one that was asked for.
 */
#include "formats/format.h"

#include <string.h>

#include "base/zip.h"

enum
{
  ALIGNMENT = 16,
  MAX_DEPTH = 3,      /* archives inside archives */
  MAX_INSIDE = 64,    /* of them that are looked into */
  MAX_GROWTH = 64,    /* bytes that are unpacked for that, for each of the file */
  MAX_MODELS = 10000, /* that are told of one archive */
  NAMES_SIZE = 400    /* of a list in a sentence */
};

/* What is looked for in an archive, and what was found on the way. */
typedef struct
{
  LsBytes file;
  LsModel *model;     /* to be filled; NULL: the names are wanted */
  const char *wanted; /* NULL: the first */
  bool is_read;
  uint32_t which; /* of the models */
  uint32_t n_models;
  char **names; /* of the models */
  uint32_t n_inside;
  uint64_t n_unpacked;
} Search;

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
has_ending (const char *name, const char *const *endings)
{
  const char *ending = strrchr (name, '.');

  for (int i = 0; ending != NULL && endings[i] != NULL; i++)
    if (strcasecmp (ending, endings[i]) == 0)
      return true;
  return false;
}

static bool
is_model (const LsZipEntry *entry)
{
  static const char *const endings[] = { ".tflite", ".tfl", NULL };

  return entry->is_deflated ? has_ending (entry->name, endings)
                            : ls_format_tflite.probe (entry->packed);
}

static bool
is_archive (const LsZipEntry *entry)
{
  static const char *const endings[] = { ".task", ".zip", NULL };

  return entry->is_deflated ? has_ending (entry->name, endings)
                            : ls_zip_probe (entry->packed.data, entry->packed.size);
}

/* Appends to a list of names, as far as it has room. */
static void
add_name (char *list, size_t size, const char *name)
{
  const size_t at = strlen (list);

  snprintf (list + at, size - at, "%s%s", at > 0 ? ", " : "", name);
}

static void
list_models (const Search *search, char names[NAMES_SIZE])
{
  names[0] = '\0';
  for (uint32_t i = 0; i < search->n_models; i++)
    add_name (names, NAMES_SIZE, search->names[i]);
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

/* ---- One entry ------------------------------------------------------------------------------- */

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

/* Where the entry's bytes stand in the file; -1: they are packed, or inside something packed. */
static int64_t
position_of (const Search *search, const LsZipEntry *entry)
{
  const uintptr_t begin = (uintptr_t) search->file.data, at = (uintptr_t) entry->packed.data;

  return !entry->is_deflated && at >= begin && at - begin <= search->file.size
           ? (int64_t) (at - begin)
           : -1;
}

static LsStatus
read_entry (Search *search, const LsZipEntry *entry, LsError *error)
{
  LsModel *model = search->model;
  const int64_t position = position_of (search, entry);
  LsBytes bytes;

  LS_TRY (load_entry (entry, model, &bytes, error));
  if (!ls_format_tflite.probe (bytes))
    return ls_fail (error, LS_E_FORMAT, position, "holds \"%.80s\", which is not a model",
                    entry->name);

  const LsStatus status = ls_format_tflite.read (bytes, model, error);

  if (status != LS_OK && error != NULL && error->offset >= 0)
    error->offset = position < 0 ? -1 : error->offset + position;
  model->content = bytes;
  /* The archive holds a checksum of the entry: its bytes are not to be patched. */
  model->locate = NULL;
  for (uint32_t i = 0; i < model->n_buffers; i++)
    if (model->buffers[i].file_offset != 0)
      model->buffers[i].file_offset
        = position < 0 ? 0 : model->buffers[i].file_offset + (uint64_t) position;
  return status;
}

static bool
note_model (Search *search, const char *name)
{
  char **names = realloc (search->names, ((size_t) search->n_models + 1) * sizeof *names);

  if (names != NULL)
    search->names = names;
  if (names == NULL || (names[search->n_models] = strdup (name)) == NULL)
    return false;
  search->n_models++;
  return true;
}

/* Its whole name, or the name that it has in its own archive. */
static bool
is_wanted (const Search *search, const char *name, const LsZipEntry *entry)
{
  return search->wanted == NULL || strcmp (search->wanted, name) == 0
         || strcmp (search->wanted, entry->name) == 0;
}

/* ---- Archives in archives -------------------------------------------------------------------- */

static LsStatus search_archive (Search *search, LsBytes bytes, const char *prefix, unsigned depth,
                                LsError *error);

/* What cannot be opened holds nothing. */
static LsStatus
search_inside (Search *search, const LsZipEntry *entry, const char *name, unsigned depth,
               LsError *error)
{
  const bool was_read = search->is_read;
  LS_FREE void *owned = NULL;
  LsStatus status;
  LsBytes bytes;
  LsZip zip;

  search->n_unpacked += entry->is_deflated ? entry->size : 0;
  if (search->n_inside++ >= MAX_INSIDE || search->n_unpacked / MAX_GROWTH > search->file.size
      || ls_zip_read (entry, &bytes, &owned, NULL) != LS_OK
      || ls_zip_open (bytes.data, bytes.size, &zip, NULL) != LS_OK)
    return LS_OK;
  ls_zip_close (&zip);
  status = search_archive (search, bytes, name, depth + 1, error);
  if (search->is_read && !was_read && owned != NULL
      && ls_store_on_free (search->model->store, free, ls_steal (&owned)) != 0)
    return ls_fail_no_memory (error, entry->name, bytes.size);
  return status;
}

static LsStatus
visit (Search *search, const LsZipEntry *entry, const char *prefix, unsigned depth, LsError *error)
{
  LS_FREE char *name = NULL;

  if (asprintf (&name, "%s%s%s", prefix, prefix[0] != '\0' ? "!" : "", entry->name) < 0)
    {
      name = NULL;
      return ls_fail_no_memory (error, "a name", strlen (entry->name));
    }
  if (!is_model (entry))
    return is_archive (entry) && depth < MAX_DEPTH
             ? search_inside (search, entry, name, depth, error)
             : LS_OK;
  if (search->n_models == MAX_MODELS)
    return LS_OK;
  if (!note_model (search, name))
    return ls_fail_no_memory (error, "a name", strlen (name));
  if (search->model == NULL || search->is_read || !is_wanted (search, name, entry))
    return LS_OK;
  search->is_read = true;
  search->which = search->n_models;
  return read_entry (search, entry, error);
}

static LsStatus
search_archive (Search *search, LsBytes bytes, const char *prefix, unsigned depth, LsError *error)
{
  LsStatus status = LS_OK;
  LsZip zip;

  LS_TRY (ls_zip_open (bytes.data, bytes.size, &zip, error));
  for (uint32_t i = 0; i < zip.n_entries && status == LS_OK; i++)
    status = visit (search, &zip.entries[i], prefix, depth, error);
  if (status == LS_OK && depth == 0 && search->n_models == 0 && search->model != NULL)
    status = fail_no_model (&zip, error);
  ls_zip_close (&zip);
  return status;
}

static void
search_clear (Search *search)
{
  for (uint32_t i = 0; i < search->n_models; i++)
    free (search->names[i]);
  free (search->names);
}

/* ---- The format ------------------------------------------------------------------------------ */

static LsStatus
describe (const Search *search, LsError *error)
{
  const char *name = search->names[search->which - 1];
  char names[NAMES_SIZE], text[NAMES_SIZE + 300];

  list_models (search, names);
  if (search->n_models == 1)
    snprintf (text, sizeof text, "task archive (%.150s)", name);
  else if (search->which == 1)
    snprintf (text, sizeof text, "task archive (%.150s, the first of %u models: %s)", name,
              search->n_models, names);
  else
    snprintf (text, sizeof text, "task archive (%.150s, number %u of %u models: %s)", name,
              search->which, search->n_models, names);
  search->model->format = ls_model_strdup (search->model, text);
  return search->model->format != NULL ? LS_OK : ls_fail_no_memory (error, "a name", strlen (text));
}

static LsStatus
archive_read (LsBytes file, LsModel *model, LsError *error)
{
  Search search = { .file = file, .model = model, .wanted = model->member };
  LsStatus status = search_archive (&search, file, "", 0, error);
  char names[NAMES_SIZE];

  if (status == LS_OK && !search.is_read)
    {
      list_models (&search, names);
      status = ls_fail (error, LS_E_USAGE, -1, "holds no model \"%.120s\", but %s", model->member,
                        names);
    }
  else if (status == LS_OK)
    status = describe (&search, error);
  search_clear (&search);
  return status;
}

const LsFormat ls_format_archive = {
  .name = "task archive",
  .endings = "",
  .probe = archive_probe,
  .read = archive_read,
};

LsStatus
ls_archive_models (const char *path, char ***names, uint32_t *count, LsError *error)
{
  LsMapping mapping;
  LsStatus status = LS_OK;

  *names = NULL;
  *count = 0;
  LS_TRY (ls_file_map (path, &mapping, error));

  Search search = { .file = { mapping.data, mapping.size } };

  if (archive_probe (search.file))
    status = search_archive (&search, search.file, "", 0, error);
  ls_file_unmap (&mapping);
  if (status != LS_OK)
    {
      search_clear (&search);
      return status;
    }
  *names = search.names;
  *count = search.n_models;
  return LS_OK;
}
