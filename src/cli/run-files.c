#include "run.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
remember (char ***list, size_t *count, const char *path)
{
  *list = cli_grow (*list, *count, sizeof **list);
  (*list)[(*count)++] = cli_strdup (path);
}

LsStatus
run_make_folder (RunFiles *made, const char *path, LsError *error)
{
  CLI_FREE char *part = cli_strdup (path);

  for (size_t i = 1; i <= strlen (path); i++)
    {
      if (path[i] != '/' && path[i] != '\0')
        continue;
      part[i] = '\0';
      if (mkdir (part, 0777) == 0)
        remember (&made->folders, &made->n_folders, part);
      else if (errno != EEXIST)
        return cli_set_error (error, LS_E_IO, "the folder %s cannot be made: %s", part,
                              strerror (errno));
      part[i] = path[i];
    }

  struct stat info;

  if (stat (path, &info) != 0 || !S_ISDIR (info.st_mode))
    return cli_set_error (error, LS_E_IO, "%s is no folder", path);
  return LS_OK;
}

LsStatus
run_save (RunFiles *made, const char *folder, const char *name, const LsArray *array,
          LsError *error)
{
  CLI_FREE char *path = cli_path (folder, name);
  LsStatus status = ls_array_save (path, array, error);

  if (status == LS_OK)
    remember (&made->files, &made->n_files, path);
  return status;
}

LsStatus
run_save_json (RunFiles *made, const char *folder, const char *name, CliJson *json, LsError *error)
{
  CLI_FREE char *path = cli_path (folder, name);
  CLI_FREE char *beside = cli_printf ("%s.%ld", path, (long) getpid ());
  FILE *file = fopen (beside, "w");
  bool is_good = file != NULL;

  if (file == NULL)
    cli_json_free (json);
  else
    {
      is_good = cli_json_finish (json, file) == CLI_DONE;
      is_good = fclose (file) == 0 && is_good;
    }
  if (is_good && rename (beside, path) == 0)
    {
      remember (&made->files, &made->n_files, path);
      return LS_OK;
    }
  cli_set_error (error, LS_E_IO, "cannot write %s: %s", path, strerror (errno));
  unlink (beside);
  return LS_E_IO;
}

void
run_files_undo (RunFiles *made)
{
  for (size_t i = made->n_files; i > 0; i--)
    unlink (made->files[i - 1]);
  for (size_t i = made->n_folders; i > 0; i--)
    rmdir (made->folders[i - 1]);
  run_files_clear (made);
}

void
run_files_clear (RunFiles *made)
{
  for (size_t i = 0; i < made->n_files; i++)
    free (made->files[i]);
  for (size_t i = 0; i < made->n_folders; i++)
    free (made->folders[i]);
  free (made->files);
  free (made->folders);
  *made = (RunFiles){ 0 };
}
