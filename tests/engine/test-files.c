/* Files are replaced whole; what is no file is written to, and a link keeps leading where it did.
 */
#include "base/file.h"
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/litesmith-files-XXXXXX";

static const char *
path_of (const char *name)
{
  static char paths[4][256];
  static int next;
  char *path = paths[next++ % 4];

  snprintf (path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

static bool
write_text (const char *path, const char *text)
{
  LsWriter *writer;

  return ls_writer_open (path, &writer, NULL) == LS_OK
         && ls_writer_write (writer, text, strlen (text), NULL) == LS_OK
         && ls_writer_commit (writer, NULL) == LS_OK;
}

static bool
holds (const char *path, const char *text)
{
  LsMapping file;

  if (ls_file_map (path, &file, NULL) != LS_OK)
    return false;

  bool is_so = file.size == strlen (text) && memcmp (file.data, text, file.size) == 0;

  ls_file_unmap (&file);
  return is_so;
}

static void
what_stands_there_keeps_its_rights (void)
{
  struct stat info;
  const char *path = path_of ("private");

  CHECK (write_text (path, "one") && chmod (path, 0600) == 0);
  CHECK (write_text (path, "two") && holds (path, "two"));
  CHECK (stat (path, &info) == 0 && (info.st_mode & 0777) == 0600);
}

static void
links_lead_where_they_did (void)
{
  struct stat info;
  const char *path = path_of ("link"), *target = path_of ("target");

  CHECK (write_text (target, "one") && symlink ("target", path) == 0);
  CHECK (write_text (path, "two") && holds (target, "two"));
  CHECK (lstat (path, &info) == 0 && S_ISLNK (info.st_mode));
}

static void
pipes_are_written_to_and_stay (void)
{
  struct stat info;
  char text[8] = "";
  LsWriter *writer;
  LsError error = { 0 };
  const char *path = path_of ("pipe");

  CHECK (mkfifo (path, 0600) == 0);
  CHECK (ls_writer_open (path, &writer, &error) == LS_E_IO && error.message[0] != '\0');

  int fd = open (path, O_RDWR | O_CLOEXEC);

  CHECK (fd >= 0 && write_text (path, "text"));
  CHECK (read (fd, text, sizeof text) == 4 && strcmp (text, "text") == 0);
  CHECK (lstat (path, &info) == 0 && S_ISFIFO (info.st_mode));
  close (fd);
}

static void
given_up_files_leave_nothing (void)
{
  LsWriter *writer;
  const char *path = path_of ("given-up");

  CHECK (ls_writer_open (path, &writer, NULL) == LS_OK);
  ls_writer_abort (writer);
  CHECK (access (path, F_OK) != 0);
  CHECK (ls_writer_open (folder, &writer, NULL) == LS_E_IO);
  CHECK (ls_writer_open (path_of ("no/such"), &writer, NULL) == LS_E_IO);
}

/* Fails when a temporary file was left. */
static void
nothing_is_left (void)
{
  static const char *const names[] = { "private", "link", "target", "pipe" };

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    unlink (path_of (names[i]));
  CHECK (rmdir (folder) == 0);
}

int
main (void)
{
  if (mkdtemp (folder) == NULL)
    return 1;
  RUN (what_stands_there_keeps_its_rights);
  RUN (links_lead_where_they_did);
  RUN (pipes_are_written_to_and_stay);
  RUN (given_up_files_leave_nothing);
  RUN (nothing_is_left);
  return done ();
}
