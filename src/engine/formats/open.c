/* From a file or memory to a model: the format is told by the content. */
#include "formats/format.h"

#include <string.h>

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
  model->file = file;

  const LsFormat *format = ls_format_of (file);

  if (format == NULL)
    return ls_foreign_fail (file, error);
  model->format = format->name;
  LS_TRY (format->read (file, model, error));
  return ls_model_validate (model, error);
}

LsStatus
ls_model_open (const char *path, LsModel **out, LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) model = ls_model_new ();
  LsMapping *mapping = calloc (1, sizeof *mapping);

  *out = NULL;
  if (model == NULL || mapping == NULL)
    {
      free (mapping);
      return ls_fail_no_memory (error, "a model", sizeof *model);
    }

  LsStatus status = ls_file_map (path, mapping, error);

  if (status != LS_OK)
    {
      free (mapping);
      return status;
    }
  model->path = ls_model_strdup (model, path);
  if (ls_store_on_free (model->store, release_mapping, mapping) != 0 || model->path == NULL)
    return ls_fail_no_memory (error, "a file name", strlen (path));
  model->is_mapped = true;
  LS_TRY (read_file (model, (LsBytes){ mapping->data, mapping->size }, error));
  *out = ls_steal (&model);
  return LS_OK;
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
