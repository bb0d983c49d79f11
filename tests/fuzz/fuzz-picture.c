/*
 * Bytes as a picture (PNG, JPEG, BMP, PNM), decoded and made an input of several shapes; and its
 * pixels written as PNG, which must read back as they are.
 */
#include "fuzz.h"

#include "base/file.h"
#include "fixtures.h"
#include "formats/image/image.h"
#include "model/array.h"

enum
{
  MAX_WRITTEN = 1 << 16 /* pixels */
};

static const LsArray wants[] = {
  { .type = LS_TYPE_FLOAT32, .rank = 4, .dims = { 1, 7, 5, 3 } },
  { .type = LS_TYPE_UINT8, .rank = 4, .dims = { 1, 1, 6, 6 } },
  { .type = LS_TYPE_INT8, .rank = 3, .dims = { 9, -1, 1 } },
};

static const LsResize ways[] = { LS_RESIZE_PAD, LS_RESIZE_CROP, LS_RESIZE_STRETCH };

static void
write_and_read (const LsPixels *pixels)
{
  const size_t n_bytes = (size_t) pixels->width * pixels->height * (pixels->is_grey ? 1 : 3);
  const char *path = fixture_path (".png");
  LsMapping file;
  LsPixels again = { 0 };
  LsError error = { 0 };

  if (ls_png_save (path, pixels->pixels, pixels->width, pixels->height, pixels->is_grey ? 1 : 3,
                   &error)
      != LS_OK)
    {
      fuzz_expect_sentence (&error);
      return;
    }
  if (ls_file_map (path, &file, &error) != LS_OK
      || ls_image_decode (file.data, file.size, &again, &error) != LS_OK)
    fuzz_fail (error.message);
  if (again.width != pixels->width || again.height != pixels->height
      || again.is_grey != pixels->is_grey || memcmp (again.pixels, pixels->pixels, n_bytes) != 0)
    fuzz_fail ("the picture that was written is another");
  ls_pixels_clear (&again);
  ls_file_unmap (&file);
  unlink (path);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (!ls_image_probe (data, size))
    return 0;
  for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
    {
      const LsImageOptions options = { .resize = ways[i], .bgr = i == 0 };
      LsArray array = { 0 };
      LsError error = { 0 };

      if (ls_image_load (data, size, &wants[i], &options, &array, &error) == LS_OK)
        fuzz_walk_array (&array);
      else if (array.data != NULL)
        fuzz_fail ("an error that leaves an array");
      else
        fuzz_expect_sentence (&error);
      ls_array_clear (&array);
    }

  LsPixels pixels = { 0 };
  LsError error = { 0 };

  if (ls_image_decode (data, size, &pixels, &error) == LS_OK
      && (size_t) pixels.width * pixels.height <= MAX_WRITTEN)
    write_and_read (&pixels);
  ls_pixels_clear (&pixels);
  return 0;
}
