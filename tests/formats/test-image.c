/* Pictures as inputs. */
#include "test.h"

#include <unistd.h>

#include "formats/image/image.h"
#include "litesmith.h"

/* 2 × 2: red, green, blue, white. */
static const uint8_t ppm[] = "P6\n# a comment\n2 2\n255\n"
                             "\xff\x00\x00\x00\xff\x00\x00\x00\xff\xff\xff\xff";

enum
{
  PPM_SIZE = sizeof ppm - 1
};

static LsArray
wanted (LsType type, int32_t a, int32_t b, int32_t c, int32_t d)
{
  return (LsArray){ .type = type, .rank = 4, .dims = { a, b, c, d } };
}

static void
float_input_goes_from_0_to_1 (void)
{
  LsArray want = wanted (LS_TYPE_FLOAT32, 1, 2, 2, 3), array;
  static const double expected[] = { 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1 };

  CHECK (ls_image_load (ppm, PPM_SIZE, &want, NULL, &array, NULL) == LS_OK);
  for (size_t i = 0; i < 12; i++)
    CHECK (ls_array_get (&array, i) == expected[i]);
  ls_array_clear (&array);
}

static void
open_dimensions_take_the_size_of_the_picture (void)
{
  LsArray want = wanted (LS_TYPE_UINT8, -1, -1, -1, 3), array;

  CHECK (ls_image_load (ppm, PPM_SIZE, &want, NULL, &array, NULL) == LS_OK);
  CHECK (array.dims[0] == 1 && array.dims[1] == 2 && array.dims[2] == 2);
  CHECK (ls_array_get (&array, 0) == 255);
  ls_array_clear (&array);
}

static void
bgr_swaps_colours_with_their_means (void)
{
  LsArray want = wanted (LS_TYPE_FLOAT32, 1, 2, 2, 3), array;
  LsImageOptions options
    = { .bgr = true, .has_mean_std = true, .mean = { 1, 2, 3 }, .std = { 1, 1, 1 } };

  CHECK (ls_image_load (ppm, PPM_SIZE, &want, &options, &array, NULL) == LS_OK);
  CHECK (ls_array_get (&array, 0) == -3 && ls_array_get (&array, 2) == 254);
  ls_array_clear (&array);
}

static void
channels_in_the_second_place_are_planes (void)
{
  LsArray want = wanted (LS_TYPE_INT8, 1, 3, 2, 2), array;

  CHECK (ls_image_load (ppm, PPM_SIZE, &want, NULL, &array, NULL) == LS_OK);
  CHECK (ls_array_get (&array, 0) == 127 && ls_array_get (&array, 1) == -128);
  CHECK (ls_array_get (&array, 4) == -128 && ls_array_get (&array, 5) == 127);
  ls_array_clear (&array);
}

static void
one_channel_takes_the_luminance (void)
{
  LsArray want = wanted (LS_TYPE_UINT8, 1, 2, 2, 1), array;

  CHECK (ls_image_load (ppm, PPM_SIZE, &want, NULL, &array, NULL) == LS_OK);
  CHECK (ls_array_get (&array, 0) == 76 && ls_array_get (&array, 1) == 150);
  CHECK (ls_array_get (&array, 2) == 29 && ls_array_get (&array, 3) == 255);
  ls_array_clear (&array);
}

/* A 4 × 2 picture of grey columns into 2 × 2. */
static void
resizing_crops_stretches_and_pads (void)
{
  uint8_t grey[] = { 0, 40, 80, 120, 0, 40, 80, 120 };
  LsPixels pixels = { 4, 2, true, grey };
  float out[4];

  ls_image_resize (&pixels, 0, LS_RESIZE_CROP, 2, 2, out);
  CHECK (out[0] == 40 && out[1] == 80);
  ls_image_resize (&pixels, 0, LS_RESIZE_STRETCH, 2, 2, out);
  CHECK (out[0] == 20 && out[1] == 100);
  ls_image_resize (&pixels, 0, LS_RESIZE_PAD, 2, 2, out);
  CHECK (out[0] == 20 && out[1] == 100 && out[2] == 0 && out[3] == 0);
}

static void
bmp_stands_on_its_head (void)
{
  uint8_t file[54 + 8]
    = { 'B', 'M', [10] = 54, [14] = 40, [18] = 1, [22] = 2, [26] = 1, [28] = 24 };
  LsPixels pixels;

  file[54] = 10;     /* blue of the lower pixel */
  file[58 + 2] = 20; /* red of the upper one */
  CHECK (ls_image_decode (file, sizeof file, &pixels, NULL) == LS_OK);
  CHECK (pixels.width == 1 && pixels.height == 2);
  CHECK (pixels.pixels[0] == 20 && pixels.pixels[5] == 10);
  ls_pixels_clear (&pixels);
  CHECK (ls_image_decode (file, sizeof file - 1, &pixels, NULL) == LS_E_FORMAT);
}

#ifdef LS_HAVE_PNG
static size_t
read_back (const char *path, uint8_t *out, size_t size)
{
  FILE *file = fopen (path, "r");
  size_t n = file != NULL ? fread (out, 1, size, file) : 0;

  if (file != NULL)
    fclose (file);
  unlink (path);
  return n;
}

static void
png_comes_back_with_alpha_over_black (void)
{
  static const uint8_t pixels[] = { 200, 100, 50, 255, 200, 100, 50, 0 };
  char path[64];
  uint8_t file[4096];
  LsPixels decoded;

  snprintf (path, sizeof path, "/tmp/litesmith-%ld.png", (long) getpid ());
  CHECK (ls_png_save (path, pixels, 2, 1, 4, NULL) == LS_OK);

  size_t size = read_back (path, file, sizeof file);

  CHECK (ls_image_decode (file, size, &decoded, NULL) == LS_OK);
  CHECK (!decoded.is_grey && decoded.width == 2 && decoded.height == 1);
  CHECK (memcmp (decoded.pixels, "\xc8\x64\x32\0\0\0", 6) == 0);
  ls_pixels_clear (&decoded);

  /* Cut or changed anywhere it is read or refused with a sentence. */
  for (size_t n = 0; n < size; n++)
    {
      LsError error = { 0 };

      file[n] ^= 0x55;
      if (ls_image_decode (file, size, &decoded, &error) == LS_OK)
        ls_pixels_clear (&decoded);
      else
        CHECK (error.message[0] != '\0');
      file[n] ^= 0x55;
      CHECK (n == 0 || ls_image_decode (file, n, &decoded, &error) != LS_OK);
    }
}
#endif

static void
inputs_that_are_no_picture_are_refused (void)
{
  static const LsArray wants[] = {
    { .type = LS_TYPE_FLOAT32, .rank = 2, .dims = { 1, 10 } },
    { .type = LS_TYPE_FLOAT32, .rank = 4, .dims = { 8, 2, 2, 3 } },
    { .type = LS_TYPE_FLOAT32, .rank = 4, .dims = { 1, 2, 2, 7 } },
  };
  LsArray array;

  for (size_t i = 0; i < sizeof wants / sizeof wants[0]; i++)
    {
      LsError error = { 0 };

      CHECK (ls_image_load (ppm, PPM_SIZE, &wants[i], NULL, &array, &error) == LS_E_INVALID);
      CHECK (error.message[0] != '\0' && array.data == NULL);
    }
}

#ifdef LS_HAVE_JPEG
/* 8 × 8 of four inks, as Adobe's programs store them: no cyan, all magenta, half yellow, no black
 * (PIL.Image.new ("CMYK", (8, 8), (0, 255, 128, 0)), quality 50). */
static const char inks[]
  = "\xff\xd8\xff\xee\x00\x0e\x41\x64\x6f\x62\x65\x00\x64\x00\x00\x00\x00\x00\xff\xdb\x00\x43\x00"
    "\x10\x0b\x0c\x0e\x0c\x0a\x10\x0e\x0d\x0e\x12\x11\x10\x13\x18\x28\x1a\x18\x16\x16\x18\x31\x23"
    "\x25\x1d\x28\x3a\x33\x3d\x3c\x39\x33\x38\x37\x40\x48\x5c\x4e\x40\x44\x57\x45\x37\x38\x50\x6d"
    "\x51\x57\x5f\x62\x67\x68\x67\x3e\x4d\x71\x79\x70\x64\x78\x5c\x65\x67\x63\xff\xc0\x00\x14\x08"
    "\x00\x08\x00\x08\x04\x43\x11\x00\x4d\x11\x00\x59\x11\x00\x4b\x11\x00\xff\xc4\x00\x15\x00\x01"
    "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07\x01\xff\xc4\x00\x14\x10\x01"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xda\x00\x0e\x04\x43\x00"
    "\x4d\x00\x59\x00\x4b\x00\x00\x3f\x00\x40\x1f\xa1\x01\xff\xd9";

static void
inks_become_colours (void)
{
  LsArray want = wanted (LS_TYPE_UINT8, 1, 8, 8, 3), array;
  static const double expected[] = { 255, 0, 126 };

  CHECK (ls_image_load (inks, sizeof inks - 1, &want, NULL, &array, NULL) == LS_OK);
  for (size_t i = 0; i < 8 * 8 * 3; i++)
    CHECK (ls_array_get (&array, i) == expected[i % 3]);
  ls_array_clear (&array);
  for (size_t size = 0; size < sizeof inks - 1; size++)
    CHECK (ls_image_load (inks, size, &want, NULL, &array, NULL) == LS_E_FORMAT);
}
#endif

int
main (void)
{
  RUN (float_input_goes_from_0_to_1);
  RUN (open_dimensions_take_the_size_of_the_picture);
  RUN (bgr_swaps_colours_with_their_means);
  RUN (channels_in_the_second_place_are_planes);
  RUN (one_channel_takes_the_luminance);
  RUN (resizing_crops_stretches_and_pads);
  RUN (bmp_stands_on_its_head);
#ifdef LS_HAVE_PNG
  RUN (png_comes_back_with_alpha_over_black);
#endif
#ifdef LS_HAVE_JPEG
  RUN (inks_become_colours);
#endif
  RUN (inputs_that_are_no_picture_are_refused);
  return done ();
}
