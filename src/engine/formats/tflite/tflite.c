/* The .tflite format: what it is called and how it is told. */
#include "formats/format.h"

#include <string.h>

#include "formats/tflite/appended.h"
#include "formats/tflite/bridge.h"

static bool
has_identifier (LsBytes file)
{
  return file.size >= 8 && memcmp (file.data + 4, "TFL3", 4) == 0;
}

static bool
tflite_probe (LsBytes file)
{
  return has_identifier (file) || ls_tflite_verify (file.data, file.size);
}

static LsStatus
tflite_read (LsBytes file, LsModel *model, LsError *error)
{
  if (!has_identifier (file))
    return ls_fail (
      error, LS_E_FORMAT, 4,
      "has the tables of a .tflite file, but its identifier is \"%.4s\", not \"TFL3\"",
      (const char *) file.data + 4);
  LS_TRY (ls_tflite_read (file.data, file.size, model, error));
  model->locate = ls_tflite_locate;
  model->locate_data = file.data;
  return LS_OK;
}

static LsStatus
tflite_write (const LsModel *model, LsWriter *writer, LsError *error)
{
  uint64_t n_written;

  LS_TRY (ls_tflite_write (model, writer, &n_written, error));
  if (model->appended.size == 0)
    return LS_OK;
  return ls_appended_write (model->appended, n_written, writer, error);
}

const LsFormat ls_format_tflite = {
  .name = "tflite",
  .endings = ".tflite .tfl .lite .bin",
  .probe = tflite_probe,
  .read = tflite_read,
  .write = tflite_write,
};
