/* Bytes as a picture (PNG, JPEG, BMP, PNM), decoded and made an input of several shapes. */
#include "fuzz.h"

#include "formats/image/image.h"
#include "model/array.h"

static const LsArray wants[] = {
  { .type = LS_TYPE_FLOAT32, .rank = 4, .dims = { 1, 7, 5, 3 } },
  { .type = LS_TYPE_UINT8, .rank = 4, .dims = { 1, 1, 6, 6 } },
  { .type = LS_TYPE_INT8, .rank = 3, .dims = { 9, -1, 1 } },
};

static const LsResize ways[] = { LS_RESIZE_PAD, LS_RESIZE_CROP, LS_RESIZE_STRETCH };

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
  return 0;
}
