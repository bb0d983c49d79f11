/* The model as JSON: what flatc prints of a .tflite file, and reads. */
#include "formats/format.h"

#include <string.h>

#include "formats/json/read.h"
#include "formats/json/write.h"

/* JSON begins with a bracket, behind space and a byte order mark. */
static bool
json_probe (LsBytes file)
{
  size_t at = file.size >= 3 && memcmp (file.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

  while (at < file.size && memchr (" \t\r\n", file.data[at], 4) != NULL)
    at++;
  return at < file.size && (file.data[at] == '{' || file.data[at] == '[');
}

const LsFormat ls_format_json = {
  .name = "json",
  .endings = ".json",
  .probe = json_probe,
  .read = ls_json_read_model,
  .write = ls_json_write_model,
};
