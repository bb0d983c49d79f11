#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* @fd: open for reading, the caller's on LS_OK. */
static LsStatus
open_regular (const char *path, int *fd, size_t *size, LsError *error)
{
  struct stat info;

  /* O_NONBLOCK: opening a pipe that nobody writes to must not hang. */
  *fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (*fd < 0)
    return ls_fail (error, LS_E_IO, -1, "cannot be opened: %s", strerror (errno));
  if (fstat (*fd, &info) != 0 || !S_ISREG (info.st_mode))
    {
      close (*fd);
      return ls_fail (error, LS_E_IO, -1, "cannot be opened: it is %s, not a file",
                      S_ISDIR (info.st_mode) ? "a folder" : "a pipe or device");
    }
  *size = (size_t) info.st_size;
  return LS_OK;
}

LsStatus
ls_file_map (const char *path, LsMapping *out, LsError *error)
{
  int fd;
  size_t size;

  *out = (LsMapping){ NULL, 0 };
  LS_TRY (open_regular (path, &fd, &size, error));
  if (size > 0)
    {
      void *data = mmap (NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

      if (data == MAP_FAILED)
        {
          close (fd);
          return ls_fail (error, LS_E_IO, -1, "cannot be read: %s", strerror (errno));
        }
      *out = (LsMapping){ data, size };
    }
  close (fd);
  return LS_OK;
}

/* As many bytes as there are, at most @size. */
static LsStatus
read_bytes (int fd, uint8_t *data, size_t size, size_t *n_read, LsError *error)
{
  ssize_t n = 1;

  for (*n_read = 0; *n_read < size && n != 0; *n_read += n > 0 ? (size_t) n : 0)
    {
      n = read (fd, data + *n_read, size - *n_read);
      if (n < 0 && errno != EINTR)
        return ls_fail (error, LS_E_IO, -1, "cannot be read: %s", strerror (errno));
    }
  return LS_OK;
}

LsStatus
ls_file_copy (const char *path, LsMapping *out, LsError *error)
{
  int fd;
  size_t size, n_read = 0;
  LsStatus status = LS_OK;

  *out = (LsMapping){ NULL, 0 };
  LS_TRY (open_regular (path, &fd, &size, error));
  if (size > 0)
    {
      void *data = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

      if (data == MAP_FAILED)
        status = ls_fail_no_memory (error, "a copy of the file", size);
      else
        {
          *out = (LsMapping){ data, size };
          status = read_bytes (fd, data, size, &n_read, error);
        }
      if (status == LS_OK && n_read < size)
        status = ls_fail (error, LS_E_IO, -1, "was cut short while it was read");
      if (status != LS_OK)
        ls_file_unmap (out);
    }
  close (fd);
  return status;
}

void
ls_file_unmap (LsMapping *mapping)
{
  if (mapping->data != NULL)
    munmap ((void *) mapping->data, mapping->size);
  *mapping = (LsMapping){ NULL, 0 };
}

void
ls_file_forget (const void *data, size_t size)
{
  long page = sysconf (_SC_PAGESIZE);
  uintptr_t begin = (uintptr_t) data, end = begin + size;

  if (page <= 0)
    return;
  begin = (begin + (uintptr_t) page - 1) & ~((uintptr_t) page - 1);
  end &= ~((uintptr_t) page - 1);
  if (begin < end)
    madvise ((void *) begin, end - begin, MADV_DONTNEED);
}

struct LsWriter
{
  char *path, *temporary; /* temporary: NULL when a device or pipe is written to as it is */
  FILE *file;
};

static void
writer_free (LsWriter *writer)
{
  if (writer->file != NULL)
    fclose (writer->file);
  free (writer->path);
  free (writer->temporary);
  free (writer);
}

/* A device must not be replaced by a file. One that nobody reads from must not hang. */
static int
open_device (LsWriter *writer)
{
  int fd = open (writer->path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);

  if (fd >= 0)
    fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) & ~O_NONBLOCK);
  return fd;
}

/* A file beside its place. What stands there keeps its rights, and a link still leads to it. */
static int
open_temporary (LsWriter *writer, const struct stat *there)
{
  char *target = there != NULL ? realpath (writer->path, NULL) : NULL;

  if (target != NULL)
    {
      free (writer->path);
      writer->path = target;
    }
  if (asprintf (&writer->temporary, "%s.XXXXXX", writer->path) < 0)
    {
      writer->temporary = NULL;
      errno = ENOMEM;
      return -1;
    }

  int fd = mkostemp (writer->temporary, O_CLOEXEC);

  if (fd >= 0)
    {
      mode_t mask = umask (0);

      umask (mask);
      fchmod (fd, there != NULL ? there->st_mode & 0777 : 0666 & ~mask);
    }
  return fd;
}

LsStatus
ls_writer_open (const char *path, LsWriter **out, LsError *error)
{
  LsWriter *writer = calloc (1, sizeof *writer);
  struct stat info;
  bool is_there = stat (path, &info) == 0;

  *out = NULL;
  if (writer == NULL || (writer->path = strdup (path)) == NULL)
    {
      free (writer);
      return ls_fail_no_memory (error, "a file name", strlen (path));
    }
  if (is_there && S_ISDIR (info.st_mode))
    {
      writer_free (writer);
      return ls_fail (error, LS_E_IO, -1, "cannot write %s: it is a folder", path);
    }

  int fd = is_there && !S_ISREG (info.st_mode) ? open_device (writer)
                                               : open_temporary (writer, is_there ? &info : NULL);

  writer->file = fd >= 0 ? fdopen (fd, "wb") : NULL;
  if (writer->file == NULL)
    {
      LsStatus status = ls_fail (error, LS_E_IO, -1, "cannot write %s: %s", path, strerror (errno));

      if (fd >= 0)
        close (fd);
      if (fd >= 0 && writer->temporary != NULL)
        unlink (writer->temporary);
      writer_free (writer);
      return status;
    }
  *out = writer;
  return LS_OK;
}

LsStatus
ls_writer_write (LsWriter *writer, const void *data, size_t size, LsError *error)
{
  if (size > 0 && fwrite (data, 1, size, writer->file) != size)
    return ls_fail (error, LS_E_IO, -1, "cannot write %s: %s", writer->path, strerror (errno));
  return LS_OK;
}

FILE *
ls_writer_file (LsWriter *writer)
{
  return writer->file;
}

LsStatus
ls_writer_commit (LsWriter *writer, LsError *error)
{
  LsStatus status = LS_OK;
  bool is_bad = ferror (writer->file) != 0;

  errno = is_bad ? EIO : 0;
  is_bad |= fclose (writer->file) != 0;
  writer->file = NULL;
  if (is_bad || (writer->temporary != NULL && rename (writer->temporary, writer->path) != 0))
    {
      status = ls_fail (error, LS_E_IO, -1, "cannot write %s: %s", writer->path, strerror (errno));
      if (writer->temporary != NULL)
        unlink (writer->temporary);
    }
  writer_free (writer);
  return status;
}

void
ls_writer_abort (LsWriter *writer)
{
  if (writer == NULL)
    return;
  if (writer->temporary != NULL)
    unlink (writer->temporary);
  writer_free (writer);
}
