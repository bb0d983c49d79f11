/* From the model to a file: the format is told by the ending. */
#include "formats/format.h"

#include <string.h>

LsStatus
ls_model_save_check (const char *path, LsError *error)
{
  char endings[128];

  if (ls_format_for (path) != NULL)
    return LS_OK;
  ls_format_list_endings (endings, sizeof endings);
  return ls_fail (error, LS_E_USAGE, -1, "cannot write %s: its name must end in one of %s", path,
                  endings);
}

LsStatus
ls_model_save (const LsModel *model, const char *path, LsError *error)
{
  LsWriter *writer;

  LS_TRY (ls_model_save_check (path, error));

  const LsFormat *format = ls_format_for (path);

  LS_TRY (ls_writer_open (path, &writer, error));

  LsStatus status = format->write (model, writer, error);

  if (status == LS_OK)
    return ls_writer_commit (writer, error);
  ls_writer_abort (writer);
  return status;
}
