/* What a command writes: never over what it reads, and known to be possible before long work. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The same file under two names, links included. */
static bool
is_same_file (const char *a, const char *b)
{
  struct stat x, y;

  return stat (a, &x) == 0 && stat (b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The folder of a file, and its name in there. */
static char *
split_path (const char *path, const char **name)
{
  const char *slash = strrchr (path, '/');

  *name = slash != NULL ? slash + 1 : path;
  if (slash == NULL)
    return cli_strdup (".");
  return cli_printf ("%.*s", slash == path ? 1 : (int) (slash - path), path);
}

/* Also of files that are not there yet. Devices may be written to any number of times. */
static bool
is_same_place (const char *a, const char *b)
{
  const char *name_a, *name_b;
  CLI_FREE char *folder_a = split_path (a, &name_a), *folder_b = split_path (b, &name_b);
  struct stat info;

  if (stat (a, &info) == 0)
    return S_ISREG (info.st_mode) && is_same_file (a, b);
  return strcmp (name_a, name_b) == 0 && is_same_file (folder_a, folder_b);
}

bool
cli_may_write (const CliArgs *args, const char *in, const char *out)
{
  bool is_offered = false;

  for (int i = 0; args->command->options[i].name != NULL; i++)
    is_offered |= strcmp (args->command->options[i].name, "in-place") == 0;
  if (!is_same_file (in, out) || cli_has (args, "in-place"))
    return true;
  cli_usage_error (args, "%s is the model itself%s", out,
                   is_offered ? "; --in-place allows that" : "");
  return false;
}

/* Why the file cannot be written, or NULL. It is made in its folder and then renamed. */
static const char *
why_not (const char *path)
{
  CLI_FREE char *real = realpath (path, NULL);
  const char *name;
  CLI_FREE char *folder = split_path (real != NULL ? real : path, &name);
  struct stat info;
  bool is_there = stat (path, &info) == 0;

  if (is_there && S_ISDIR (info.st_mode))
    return "it is a folder";
  if (is_there && access (path, W_OK) != 0)
    return strerror (errno);
  if (is_there && !S_ISREG (info.st_mode))
    return NULL;
  if (stat (folder, &info) == 0 && !S_ISDIR (info.st_mode))
    return strerror (ENOTDIR);
  return access (folder, W_OK | X_OK) != 0 ? strerror (errno) : NULL;
}

/* Whether @out is none of the files that are read. */
static bool
is_no_input (const CliArgs *args, const char *inputs, const char *out)
{
  const char *path;

  for (int cursor = 0; (path = cli_next (args, inputs, &cursor)) != NULL;)
    if (is_same_file (path, out))
      {
        cli_usage_error (args, "%s is what --%s reads", out, inputs);
        return false;
      }
  return true;
}

int
cli_outputs_ready (const CliArgs *args, const char *inputs, const char *const *outputs,
                   uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    {
      if (outputs[i] == NULL)
        continue;
      if (i > 0 && is_same_file (args->positional[0], outputs[i]))
        return cli_usage_error (args, "%s is the model itself", outputs[i]);
      if (!is_no_input (args, inputs, outputs[i]))
        return CLI_USAGE;
      for (uint32_t k = 0; k < i; k++)
        if (outputs[k] != NULL && is_same_place (outputs[k], outputs[i]))
          return cli_usage_error (args, "%s would be written twice", outputs[i]);

      const char *why = why_not (outputs[i]);

      if (why != NULL)
        {
          cli_message ("%s: cannot be written: %s", outputs[i], why);
          return CLI_FAILED;
        }
    }
  return CLI_DONE;
}

/* ---- Files of our own ------------------------------------------------------------------------ */

bool
cli_file_open (CliFile *file, const char *path)
{
  struct stat info;
  bool is_device = stat (path, &info) == 0 && !S_ISREG (info.st_mode);

  file->path = path;
  file->beside = is_device ? NULL : cli_printf ("%s.XXXXXX", path);

  int fd = is_device ? open (path, O_WRONLY | O_CLOEXEC) : mkostemp (file->beside, O_CLOEXEC);

  file->stream = fd >= 0 ? fdopen (fd, "w") : NULL;
  if (file->stream != NULL)
    return true;
  cli_message ("%s: cannot be written: %s", path, strerror (errno));
  if (fd >= 0)
    close (fd);
  if (fd >= 0 && file->beside != NULL)
    unlink (file->beside);
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
  if (file->beside != NULL)
    is_good = fchmod (fileno (file->stream), 0666 & ~mask) == 0 && is_good;
  is_good = fclose (file->stream) == 0 && is_good;
  is_good = is_good && (file->beside == NULL || rename (file->beside, file->path) == 0);
  if (!is_good)
    {
      cli_message ("%s: cannot be written: %s", file->path, strerror (errno));
      if (file->beside != NULL)
        unlink (file->beside);
    }
  free (file->beside);
  return is_good ? CLI_DONE : CLI_FAILED;
}
