/* Memory, names of files, and opening models. */
#include "cli.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

int
cli_no_memory (void)
{
  cli_message ("out of memory");
  return CLI_FAILED;
}

static void *
checked (void *memory)
{
  if (memory == NULL)
    exit (cli_no_memory ());
  return memory;
}

void *
cli_alloc (size_t count, size_t size)
{
  return checked (calloc (count > 0 ? count : 1, size > 0 ? size : 1));
}

void *
cli_grow (void *array, size_t count, size_t size)
{
  /* Room doubles at powers of two. */
  if ((count & (count - 1)) != 0)
    return array;
  return checked (reallocarray (array, count > 0 ? 2 * count : 1, size));
}

char *
cli_strdup (const char *text)
{
  return checked (strdup (text));
}

char *
cli_printf (const char *format, ...)
{
  va_list values;
  char *text;

  va_start (values, format);
  if (vasprintf (&text, format, values) < 0)
    text = NULL;
  va_end (values);
  return checked (text);
}

char *
cli_path (const char *folder, const char *name)
{
  size_t length = strlen (folder);

  return cli_printf ("%s%s%s", folder, length > 0 && folder[length - 1] == '/' ? "" : "/", name);
}

void
cli_ending (const char *path, char out[16])
{
  const char *slash = strrchr (path, '/'), *dot = strrchr (path, '.');

  out[0] = '\0';
  if (dot == NULL || (slash != NULL && dot < slash) || strlen (dot + 1) >= 16)
    return;
  for (size_t i = 0; i <= strlen (dot + 1); i++)
    out[i] = (char) tolower ((unsigned char) dot[1 + i]);
}

LsModel *
cli_open (const char *path)
{
  LsModel *model;
  LsError error = { 0 };

  if (ls_model_open (path, &model, &error) != LS_OK)
    {
      cli_fail (path, NULL, &error);
      return NULL;
    }
  return model;
}
