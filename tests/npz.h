/* A folder for the files of a test, and .npy and .npz files in it. */
#ifndef LS_TESTS_NPZ_H
#define LS_TESTS_NPZ_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline const char *
npz_folder (void)
{
  static char folder[] = "/tmp/litesmith-npz-XXXXXX";
  static int is_made;

  if (!is_made && mkdtemp (folder) == NULL)
    abort ();
  is_made = 1;
  return folder;
}

/* "folder/name"; one of a few buffers in turn. */
static inline const char *
npz_path (const char *name)
{
  static char paths[8][300];
  static unsigned next;
  char *path = paths[next++ % 8];

  snprintf (path, sizeof paths[0], "%s/%s", npz_folder (), name);
  return path;
}

/* Takes away the folder with everything in it; folders in it are one deep. */
static inline void
npz_remove (const char *path)
{
  DIR *folder = opendir (path);
  const struct dirent *entry;

  while (folder != NULL && (entry = readdir (folder)) != NULL)
    {
      char inner[900];

      if (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0)
        continue;
      snprintf (inner, sizeof inner, "%.600s/%s", path, entry->d_name);
      if (unlink (inner) != 0)
        npz_remove (inner);
    }
  if (folder != NULL)
    closedir (folder);
  rmdir (path);
}

static inline void
npz_write_bytes (const char *path, const void *data, size_t size)
{
  FILE *file = fopen (path, "wb");

  if (file == NULL || fwrite (data, 1, size, file) != size || fclose (file) != 0)
    abort ();
}

/* The bytes of an .npy; @descr "<f4", @shape "2, 3" or "2,". */
static inline size_t
npz_npy (uint8_t *out, const char *descr, const char *shape, const void *data, size_t size)
{
  char text[256];
  size_t length = (size_t) snprintf (
    text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }\n", descr, shape);

  memcpy (out, "\x93NUMPY\1\0", 8);
  out[8] = (uint8_t) length;
  out[9] = 0;
  memcpy (out + 10, text, length);
  memcpy (out + 10 + length, data, size);
  return 10 + length + size;
}

typedef struct
{
  const char *name, *descr, *shape;
  const void *data;
  size_t size;
} NpzArray;

static inline uint32_t
npz_crc (const uint8_t *data, size_t size)
{
  uint32_t crc = UINT32_MAX;

  for (size_t i = 0; i < size; i++)
    {
      crc ^= data[i];
      for (int k = 0; k < 8; k++)
        crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
    }
  return ~crc;
}

static inline uint8_t *
npz_put (uint8_t *at, uint32_t value, int n_bytes)
{
  for (int i = 0; i < n_bytes; i++)
    *at++ = (uint8_t) (value >> 8 * i);
  return at;
}

/* What a local header and an entry of the directory share. */
static inline uint8_t *
npz_put_entry (uint8_t *at, const char *name, uint32_t crc, size_t size)
{
  at = npz_put (at, 20, 2);
  at = npz_put (at, 0, 4); /* flags, stored as it is */
  at = npz_put (at, 0x00210000, 4);
  at = npz_put (at, crc, 4);
  at = npz_put (at, (uint32_t) size, 4);
  at = npz_put (at, (uint32_t) size, 4);
  at = npz_put (at, (uint32_t) strlen (name) + 4, 2);
  return npz_put (at, 0, 2);
}

static inline void
npz_write (const char *path, const NpzArray *arrays, int count)
{
  uint8_t directory[2048], *entry = directory;
  size_t room = sizeof directory + 512, most = 0;

  for (int i = 0; i < count; i++)
    {
      room += arrays[i].size + 512;
      most = arrays[i].size > most ? arrays[i].size : most;
    }

  uint8_t *file = calloc (1, room), *at = file, *npy = calloc (1, most + 512);

  for (int i = 0; i < count; i++)
    {
      const NpzArray *a = &arrays[i];
      size_t size = npz_npy (npy, a->descr, a->shape, a->data, a->size);
      uint32_t offset = (uint32_t) (at - file), crc = npz_crc (npy, size);

      at = npz_put_entry (npz_put (at, 0x04034b50, 4), a->name, crc, size);
      at += sprintf ((char *) at, "%s.npy", a->name);
      memcpy (at, npy, size);
      at += size;
      entry = npz_put_entry (npz_put (npz_put (entry, 0x02014b50, 4), 20, 2), a->name, crc, size);
      entry = npz_put (npz_put (npz_put (npz_put (entry, 0, 4), 0, 2), 0, 4), offset, 4);
      entry += sprintf ((char *) entry, "%s.npy", a->name);
    }

  uint32_t offset = (uint32_t) (at - file), size = (uint32_t) (entry - directory);

  memcpy (at, directory, size);
  at = npz_put (npz_put (at + size, 0x06054b50, 4), 0, 4);
  at = npz_put (npz_put (at, (uint32_t) count, 2), (uint32_t) count, 2);
  at = npz_put (npz_put (npz_put (at, size, 4), offset, 4), 0, 2);
  npz_write_bytes (path, file, (size_t) (at - file));
  free (npy);
  free (file);
}

#endif
