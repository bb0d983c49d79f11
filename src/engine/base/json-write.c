#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

void
ls_json_put_string (FILE *file, const char *text)
{
  putc ('"', file);
  for (const char *at = text; *at != '\0';)
    {
      const unsigned char c = (unsigned char) *at;
      const size_t n = ls_utf8_length (at, strnlen (at, 4));

      if (n == 0)
        fprintf (file, "\\udc%02x", c);
      else if (c == '"' || c == '\\')
        fprintf (file, "\\%c", c);
      else if (c < 0x20 || c == 0x7f)
        fprintf (file, "\\u%04x", c);
      else
        fwrite (at, 1, n, file);
      at += n > 0 ? n : 1;
    }
  putc ('"', file);
}

void
ls_json_put_number (FILE *file, double value)
{
  char text[40];

  if (!isfinite (value))
    {
      fputs (isnan (value) ? "\"nan\"" : value > 0 ? "\"inf\"" : "\"-inf\"", file);
      return;
    }
  for (int digits = 6; digits <= 17; digits++)
    {
      snprintf (text, sizeof text, "%.*g", digits, value);
      if (strtod (text, NULL) == value)
        break;
    }
  for (char *at = text; *at != '\0'; at++)
    putc (strchr ("0123456789+-e", *at) != NULL ? *at : '.', file);
}
