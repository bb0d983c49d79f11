/* The table of formats: one line each, in the order in which they are tried. */
#include "formats/format.h"

#include <string.h>
#include <strings.h>

static const LsFormat *const formats[] = {
  &ls_format_tflite,
  &ls_format_archive,
  &ls_format_json,
};

enum
{
  N_FORMATS = sizeof formats / sizeof formats[0]
};

const LsFormat *
ls_format_of (LsBytes file)
{
  for (int i = 0; i < N_FORMATS; i++)
    if (formats[i]->probe (file))
      return formats[i];
  return NULL;
}

/* Whether a blank-separated list holds the word. */
static bool
has_ending (const char *list, const char *ending)
{
  const size_t length = strlen (ending);

  for (const char *at = list; *at != '\0';)
    {
      const size_t n = strcspn (at, " ");

      if (n == length && strncasecmp (at, ending, n) == 0)
        return true;
      at += n;
      at += *at == ' ';
    }
  return false;
}

const LsFormat *
ls_format_for (const char *path)
{
  const char *slash = strrchr (path, '/');
  const char *ending = strrchr (slash != NULL ? slash : path, '.');

  for (int i = 0; ending != NULL && i < N_FORMATS; i++)
    if (formats[i]->write != NULL && has_ending (formats[i]->endings, ending))
      return formats[i];
  return NULL;
}

void
ls_format_list_endings (char *out, size_t size)
{
  size_t at = 0;

  *out = '\0';
  for (int i = 0; i < N_FORMATS && at < size; i++)
    if (formats[i]->write != NULL)
      at += (size_t) snprintf (out + at, size - at, "%s%s", at > 0 ? " " : "", formats[i]->endings);
}
