/* Opening by content: archives that hold a model, and files that are something else. */
#include "fixtures.h"
#include "test.h"

#include <unistd.h>

#include "base/error.h"

/* y = RELU (x). */
static LsModel *
small_model (void)
{
  LsModel *model = fixture_model ();
  const int32_t dims[] = { 1, 4 };
  const float data[] = { 1, 2, 3, 4 };
  const int c = fixture_constant (model, "c", LS_TYPE_FLOAT32, 2, dims, data, sizeof data);
  const int y = fixture_tensor (model, "y", LS_TYPE_FLOAT32, 2, dims);

  fixture_op (model, LS_OP_RELU, NULL, (int32_t[]){ c }, 1, (int32_t[]){ y }, 1);
  fixture_ports (model, c, y);
  return model;
}

static uint32_t
crc_of (const unsigned char *bytes, size_t size)
{
  uint32_t crc = 0xffffffff;

  for (size_t i = 0; i < size; i++)
    {
      crc ^= bytes[i];
      for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
  return ~crc;
}

typedef struct
{
  unsigned char bytes[8192];
  size_t size, directory_size;
  unsigned char directory[512];
  int n_entries;
} Archive;

static void
put (unsigned char *at, uint32_t value, int n_bytes)
{
  memcpy (at, &value, (size_t) n_bytes);
}

static void
add_entry (Archive *a, const char *name, const void *data, size_t size)
{
  unsigned char *local = a->bytes + a->size, *central = a->directory + a->directory_size;
  const uint32_t length = (uint32_t) strlen (name), crc = crc_of (data, size);

  memcpy (central, "PK\1\2", 4);
  put (central + 16, crc, 4);
  put (central + 20, (uint32_t) size, 4);
  put (central + 24, (uint32_t) size, 4);
  put (central + 28, length, 2);
  put (central + 42, (uint32_t) a->size, 4);
  memcpy (central + 46, name, length);
  a->directory_size += 46 + length;

  memcpy (local, "PK\3\4", 4);
  put (local + 14, crc, 4);
  put (local + 18, (uint32_t) size, 4);
  put (local + 22, (uint32_t) size, 4);
  put (local + 26, length, 2);
  memcpy (local + 30, name, length);
  memcpy (local + 30 + length, data, size);
  a->size += 30 + length + size;
  a->n_entries++;
}

static void
end_archive (Archive *a)
{
  unsigned char *end = a->bytes + a->size + a->directory_size;

  memcpy (a->bytes + a->size, a->directory, a->directory_size);
  memcpy (end, "PK\5\6", 4);
  put (end + 8, (uint32_t) a->n_entries, 2);
  put (end + 10, (uint32_t) a->n_entries, 2);
  put (end + 12, (uint32_t) a->directory_size, 4);
  put (end + 16, (uint32_t) a->size, 4);
  a->size += a->directory_size + 22;
}

static void
the_first_model_of_an_archive_is_read (void)
{
  LsModel *model = small_model (), *read;
  LsError error = { 0 };
  size_t size;
  unsigned char *bytes = fixture_bytes (model, ".tflite", &size);
  Archive *a = calloc (1, sizeof *a);

  a->size = 2; /* as some writers do */
  add_entry (a, "labels.txt", "cat\ndog\n", 8);
  add_entry (a, "first.tflite", bytes, size);
  add_entry (a, "second.tflite", bytes, size);
  end_archive (a);
  CHECK (ls_model_parse (a->bytes, a->size, &read, &error) == LS_OK);
  CHECK (read != NULL && strstr (ls_model_format (read), "first.tflite") != NULL);
  CHECK (read != NULL && strstr (ls_model_format (read), "2 models") != NULL);
  CHECK (read != NULL && read->locate == NULL);
  if (read != NULL)
    CHECK (memcmp (a->bytes + read->buffers[1].file_offset, read->buffers[1].data, 16) == 0);
  ls_model_free (read);

  a->bytes[2 + 30 + 10 + 8 + 30 + 12 + size - 1] ^= 1; /* the last byte of the first model */
  CHECK (ls_model_parse (a->bytes, a->size, &read, &error) == LS_E_FORMAT);
  for (size_t n = 0; n < a->size; n++)
    {
      CHECK (ls_model_parse (a->bytes, n, &read, &error) != LS_OK && error.message[0] != '\0');
      ls_model_free (read);
    }
  free (a);
  free (bytes);
  ls_model_free (model);
}

static void
write_archive (const char *path, const Archive *a)
{
  FILE *file = fopen (path, "wb");

  CHECK (file != NULL && fwrite (a->bytes, 1, a->size, file) == a->size);
  if (file != NULL)
    fclose (file);
}

static void
every_model_of_an_archive_can_be_read (void)
{
  char path[] = "/tmp/litesmith-open-XXXXXX", member[100];
  LsModel *model = small_model (), *read;
  LsError error = { 0 };
  size_t size;
  unsigned char *bytes = fixture_bytes (model, ".tflite", &size);
  Archive *inner = calloc (1, sizeof *inner), *outer = calloc (1, sizeof *outer);
  char **names;
  uint32_t count;

  add_entry (inner, "deep.tflite", bytes, size);
  end_archive (inner);
  add_entry (outer, "labels.txt", "cat\ndog\n", 8);
  add_entry (outer, "first.tflite", bytes, size);
  add_entry (outer, "inner.task", inner->bytes, inner->size);
  add_entry (outer, "last.tflite", bytes, size);
  end_archive (outer);
  close (mkstemp (path));
  write_archive (path, outer);

  CHECK (ls_archive_models (path, &names, &count, &error) == LS_OK && count == 3);
  CHECK (count == 3 && strcmp (names[1], "inner.task!deep.tflite") == 0);
  for (uint32_t i = 0; i < count; i++)
    {
      snprintf (member, sizeof member, "%s!%s", path, names[i]);
      CHECK (ls_model_open (member, &read, &error) == LS_OK);
      CHECK (read != NULL && strstr (ls_model_format (read), names[i]) != NULL);
      CHECK (read != NULL && read->content.size == size);
      ls_model_free (read);
    }
  ls_npz_list_free (names, count);
  snprintf (member, sizeof member, "%s!none.tflite", path);
  CHECK (ls_model_open (member, &read, &error) == LS_E_USAGE);
  CHECK (strstr (error.message, "none.tflite") != NULL
         && strstr (error.message, "last.tflite") != NULL);

  /* What looks like an archive inside and is none holds nothing. */
  outer->bytes[30 + 10 + 8 + 30 + 12 + size + 30 + 10 + inner->size - 22] ^= 1;
  write_archive (path, outer);
  CHECK (ls_archive_models (path, &names, &count, &error) == LS_OK && count == 2);
  ls_npz_list_free (names, count);

  /* A model is no archive. */
  FILE *file = fopen (path, "wb");

  CHECK (fwrite (bytes, 1, size, file) == size);
  fclose (file);
  CHECK (ls_archive_models (path, &names, &count, &error) == LS_OK && count == 0);
  snprintf (member, sizeof member, "%s!first.tflite", path);
  CHECK (ls_model_open (member, &read, &error) == LS_E_USAGE);
  CHECK (strstr (error.message, "no archive") != NULL);
  remove (path);
  free (inner);
  free (outer);
  free (bytes);
  ls_model_free (model);
}

static void
an_archive_without_a_model_says_what_it_holds (void)
{
  Archive *a = calloc (1, sizeof *a);
  LsModel *read;
  LsError error = { 0 };

  add_entry (a, "labels.txt", "cat\ndog\n", 8);
  end_archive (a);
  CHECK (ls_model_parse (a->bytes, a->size, &read, &error) == LS_E_UNSUPPORTED);
  CHECK (strstr (error.message, "labels.txt") != NULL);
  free (a);
}

static void
other_files_are_named (void)
{
  static const struct
  {
    const char *bytes;
    size_t size;
    const char *word;
  } cases[] = {
    { "\x08\x07\x12\x02tf\x3a\x02\x0a\x00", 12, "ONNX" },
    { "\x08\x01\x12\x06\x0a\x04\x12\x02hi", 10, "SavedModel" },
    { "\x0a\x0a\x0a\x01x\x12\x05"
      "Const",
      12, "GraphDef" },
    { "\x89HDF\r\n\x1a\n....", 12, "Keras" },
    { "<!DOCTYPE html>", 15, "web page" },
    { "version https://git-lfs.github.com/spec/v1\n", 43, "Git LFS" },
    { "just some words", 15, "text" },
    { "\x14\0\0\0TFL2\0\0\0\0\0\0\0\0", 16, "identifier" },
    { "PK\3\4..................", 22, "archive" },
  };

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      LsModel *read;
      LsError error = { 0 };

      CHECK (ls_model_parse (cases[i].bytes, cases[i].size, &read, &error) != LS_OK);
      CHECK (strstr (error.message, cases[i].word) != NULL);
      if (strstr (error.message, cases[i].word) == NULL)
        printf ("# %s\n", error.message);
    }
}

static void
a_foreign_identifier_is_refused (void)
{
  LsModel *model = small_model (), *read;
  LsError error = { 0 };
  size_t size;
  unsigned char *bytes = fixture_bytes (model, ".tflite", &size);

  memcpy (bytes + 4, "TFL2", 4);
  CHECK (ls_model_parse (bytes, size, &read, &error) == LS_E_FORMAT);
  CHECK (strstr (error.message, "TFL2") != NULL);
  free (bytes);
  ls_model_free (model);
}

static void
a_loaded_model_outlives_its_file (void)
{
  LsModel *model = small_model (), *loaded;
  char path[] = "/tmp/ls-test-load-XXXXXX";
  size_t size, size_again;
  unsigned char *bytes = fixture_bytes (model, ".tflite", &size), *again;
  const int fd = mkstemp (path);

  CHECK (fd >= 0 && write (fd, bytes, size) == (ssize_t) size);
  CHECK (ls_model_load (path, &loaded, NULL) == LS_OK);
  CHECK (ftruncate (fd, 0) == 0);
  again = fixture_bytes (loaded, ".tflite", &size_again);
  CHECK (size_again == size && memcmp (again, bytes, size) == 0);
  ls_model_free (loaded);
  CHECK (ls_model_load (path, &loaded, NULL) == LS_E_FORMAT); /* empty now */
  close (fd);
  unlink (path);
  CHECK (ls_model_load (path, &loaded, NULL) == LS_E_IO && loaded == NULL);
  CHECK (ls_model_load ("/tmp", &loaded, NULL) == LS_E_IO);
  free (again);
  free (bytes);
  ls_model_free (model);
}

int
main (void)
{
  RUN (the_first_model_of_an_archive_is_read);
  RUN (every_model_of_an_archive_can_be_read);
  RUN (an_archive_without_a_model_says_what_it_holds);
  RUN (other_files_are_named);
  RUN (a_foreign_identifier_is_refused);
  RUN (a_loaded_model_outlives_its_file);
  return done ();
}
