/* Bytes as arrays: .npy, or an archive of them, read and walked. */
#include "fuzz.h"

#include "formats/npy/npy.h"

static void
read_npy (const void *data, size_t size)
{
  LsArray array = { 0 };
  LsError error = { 0 };

  if (ls_npy_parse (data, size, &array, &error) == LS_OK)
    fuzz_walk_array (&array);
  else
    fuzz_expect_sentence (&error);
  ls_array_clear (&array);
  if (ls_npy_parse_at (data, size, 1, &array, &error) == LS_OK)
    fuzz_walk_array (&array);
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

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (ls_npy_probe (data, size))
    read_npy (data, size);
  else
    read_archive (data, size);
  return 0;
}
