/* Bytes as an input of a model: .npy, .npz or a picture, read and walked. */
#include "fuzz.h"

#include "formats/image/image.h"
#include "formats/npy/npy.h"

static void
expect_sentence (const LsArray *array, const LsError *error)
{
  if (array->data != NULL || error->status == LS_OK || error->message[0] == '\0')
    fuzz_fail ("an error without a sentence");
}

static double
walk (const LsArray *array)
{
  const size_t count = ls_array_count (array);
  double sum = 0;

  if (array->type == LS_TYPE_STRING)
    return array->n_bytes > 0 ? ((const uint8_t *) array->data)[array->n_bytes - 1] : 0;
  for (size_t i = 0; i < count; i += 1 + count / 64)
    sum += ls_array_get (array, i);
  return sum;
}

static void
read_npy (const void *data, size_t size)
{
  LsArray array = { 0 };
  LsError error = { 0 };

  if (ls_npy_parse (data, size, &array, &error) == LS_OK)
    walk (&array);
  else
    expect_sentence (&array, &error);
  ls_array_clear (&array);
  if (ls_npy_parse_at (data, size, 1, &array, &error) == LS_OK)
    walk (&array);
  ls_array_clear (&array);
}

static void
read_archive (const uint8_t *data, size_t size)
{
  LsZip zip;
  LsError error = { 0 };

  if (ls_zip_open (data, size, &zip, &error) != LS_OK)
    return;
  for (uint32_t i = 0; i < zip.n_entries; i++)
    {
      LsBytes bytes;
      void *owned = NULL;

      if (ls_zip_read (&zip.entries[i], &bytes, &owned, &error) == LS_OK
          && ls_npy_probe (bytes.data, bytes.size))
        read_npy (bytes.data, bytes.size);
      free (owned);
    }
  ls_zip_close (&zip);
}

static void
read_picture (const uint8_t *data, size_t size)
{
  static const LsArray wants[] = {
    { .type = LS_TYPE_FLOAT32, .rank = 4, .dims = { 1, 7, 5, 3 } },
    { .type = LS_TYPE_UINT8, .rank = 4, .dims = { 1, 1, 6, 6 } },
  };

  for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
    {
      const LsImageOptions options = { .resize = i == 0 ? LS_RESIZE_PAD : LS_RESIZE_CROP };
      LsArray array = { 0 };
      LsError error = { 0 };

      if (ls_image_load (data, size, &wants[i], &options, &array, &error) == LS_OK)
        walk (&array);
      else
        expect_sentence (&array, &error);
      ls_array_clear (&array);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (ls_npy_probe (data, size))
    read_npy (data, size);
  else if (ls_zip_probe (data, size))
    read_archive (data, size);
  else if (ls_image_probe (data, size))
    read_picture (data, size);
  return 0;
}
