/* The .tflite format: what it is called and how it is told. */
#include "formats/format.h"

#include <string.h>

#include "formats/tflite/appended.h"
#include "formats/tflite/bridge.h"

static bool
tflite_probe (LsBytes file)
{
  return file.size >= 8 && memcmp (file.data + 4, "TFL3", 4) == 0;
}

static LsStatus
tflite_read (LsBytes file, LsModel *model, LsError *error)
{
  return ls_tflite_read (file.data, file.size, 0, model, error);
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
