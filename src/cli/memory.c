/* Memory and names of files. */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* ---- Files of our own ------------------------------------------------------------------------ */

bool
cli_file_open (CliFile *file, const char *path)
{
  file->path = path;
  file->beside = cli_printf ("%s.XXXXXX", path);

  int fd = mkostemp (file->beside, O_CLOEXEC);

  file->stream = fd >= 0 ? fdopen (fd, "w") : NULL;
  if (file->stream != NULL)
    return true;
  cli_message ("%s: cannot be written: %s", path, strerror (errno));
  if (fd >= 0)
    {
      close (fd);
      unlink (file->beside);
    }
  free (file->beside);
  return false;
}

int
cli_file_commit (CliFile *file)
{
  mode_t mask = umask (0);
  bool is_good = fflush (file->stream) == 0 && !ferror (file->stream);

  umask (mask);
  /* mkostemp made it private; a report is as readable as any other file. */
  is_good = fchmod (fileno (file->stream), 0666 & ~mask) == 0 && is_good;
  is_good = fclose (file->stream) == 0 && is_good;
  is_good = is_good && rename (file->beside, file->path) == 0;
  if (!is_good)
    {
      cli_message ("%s: cannot be written: %s", file->path, strerror (errno));
      unlink (file->beside);
    }
  free (file->beside);
  return is_good ? CLI_DONE : CLI_FAILED;
}
