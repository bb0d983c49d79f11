/* From a file or memory to a model: the format is told by the content. */
#include "formats/format.h"

#include <string.h>
#include <unistd.h>

#include "model/channel_factors.h"
#include "model/validate.h"

enum
{
  ALIGNMENT = 16 /* of memory that formats read in place */
};

static void
release_mapping (void *data)
{
  ls_file_unmap (data);
  free (data);
}

static LsStatus
read_file (LsModel *model, LsBytes file, LsError *error)
{
  if (file.size == 0)
    return ls_fail (error, LS_E_FORMAT, 0, "is empty: a model has at least 8 bytes");
  model->file = model->content = file;

  const LsFormat *format = ls_format_of (file);

  if (format == NULL)
    return ls_foreign_fail (file, error);
  if (model->member != NULL && format != &ls_format_archive)
    return ls_fail (error, LS_E_USAGE, -1, "is no archive: there is no \"%.120s\" in it",
                    model->member);
  model->format = format->name;
  LS_TRY (format->read (file, model, error));
  LS_TRY (ls_model_validate (model, error));
  ls_channel_factors_load (model);
  return LS_OK;
}

/* "FILE!NAME" is a model in an archive, where there is a FILE and no file of the whole name. */
static LsStatus
split_member (LsModel *model, const char *path, const char **file, LsError *error)
{
  *file = path;
  if (strchr (path, '!') == NULL || access (path, F_OK) == 0)
    return LS_OK;
  for (const char *at = strchr (path, '!'); at != NULL; at = strchr (at + 1, '!'))
    {
      char *front = ls_store_strndup (model->store, path, (size_t) (at - path));

      if (front == NULL)
        return ls_fail_no_memory (error, "a file name", strlen (path));
      if (at == path || access (front, F_OK) != 0)
        continue;
      *file = front;
      model->member = ls_model_strdup (model, at + 1);
      return model->member != NULL ? LS_OK
                                   : ls_fail_no_memory (error, "a file name", strlen (path));
    }
  return LS_OK;
}

typedef LsStatus (*LsTake) (const char *path, LsMapping *out, LsError *error);

static LsStatus
open_with (LsTake take, const char *path, LsModel **out, LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) model = ls_model_new ();
  LsMapping *mapping = calloc (1, sizeof *mapping);

  *out = NULL;
  if (model == NULL || mapping == NULL)
    {
      free (mapping);
      return ls_fail_no_memory (error, "a model", sizeof *model);
    }

  const char *file;
  LsStatus status = split_member (model, path, &file, error);

  if (status == LS_OK)
    status = take (file, mapping, error);

  if (status != LS_OK)
    {
      free (mapping);
      return status;
    }
  model->path = ls_model_strdup (model, path);
  if (ls_store_on_free (model->store, release_mapping, mapping) != 0 || model->path == NULL)
    return ls_fail_no_memory (error, "a file name", strlen (path));
  model->is_mapped = take == ls_file_map;
  LS_TRY (read_file (model, (LsBytes){ mapping->data, mapping->size }, error));
  *out = ls_steal (&model);
  return LS_OK;
}

LsStatus
ls_model_open (const char *path, LsModel **out, LsError *error)
{
  return open_with (ls_file_map, path, out, error);
}

LsStatus
ls_model_load (const char *path, LsModel **out, LsError *error)
{
  return open_with (ls_file_copy, path, out, error);
}

LsStatus
ls_model_parse (const void *data, size_t size, LsModel **out, LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) model = ls_model_new ();
  LsBytes file = { data, size };

  *out = NULL;
  if (model == NULL)
    return ls_fail_no_memory (error, "a model", sizeof *model);
  if ((uintptr_t) data % ALIGNMENT != 0)
    {
      file.data = ls_store_copy (model->store, data, size);
      if (file.data == NULL)
        return ls_fail_no_memory (error, "an aligned copy of the model", size);
    }
  LS_TRY (read_file (model, file, error));
  *out = ls_steal (&model);
  return LS_OK;
}
