/* PNG through libpng, without its colour management: numbers are taken as they stand. */
#include "formats/image/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"

static bool
png_probe (const uint8_t *data, size_t size)
{
  return size >= 8 && memcmp (data, "\x89PNG\r\n\x1a\n", 8) == 0;
}

#ifdef LS_HAVE_PNG
#include <png.h>

typedef struct
{
  const uint8_t *data;
  size_t size, at;
  char message[160];
} Source;

static void
read_bytes (png_structp png, png_bytep out, size_t count)
{
  Source *source = png_get_io_ptr (png);

  if (count > source->size - source->at)
    png_error (png, "it ends too early");
  memcpy (out, source->data + source->at, count);
  source->at += count;
}

static void
take_error (png_structp png, png_const_charp message)
{
  Source *source = png_get_error_ptr (png);

  snprintf (source->message, sizeof source->message, "%s", message);
  png_longjmp (png, 1);
}

static void
ignore_warning (png_structp png, png_const_charp message)
{
  (void) png;
  (void) message;
}

/* Everything as grey or RGB, with alpha where there is any, 8 bits. Gives the number of passes. */
static int
set_transforms (png_structp png, png_infop info)
{
  png_set_expand (png);
  png_set_strip_16 (png);

  int n_passes = png_set_interlace_handling (png);

  png_read_update_info (png, info);
  return n_passes;
}

/* One row: alpha over black. */
static void
flatten (const uint8_t *row, int channels, uint32_t width, uint8_t *out)
{
  int colors = channels > 2 ? 3 : 1;

  for (uint32_t x = 0; x < width; x++)
    {
      const uint8_t *p = row + (size_t) x * (size_t) channels;
      uint32_t alpha = channels == colors ? 255 : p[colors];

      for (int c = 0; c < colors; c++)
        *out++ = (uint8_t) ((p[c] * alpha + 127) / 255);
    }
}

/* Reads behind setjmp: what it changes lives in @out and @rows. */
static LsStatus
read_picture (png_structp png, png_infop info, LsPixels *out, uint8_t **rows, LsError *error)
{
  png_read_info (png, info);

  int n_passes = set_transforms (png, info);
  uint32_t width = png_get_image_width (png, info), height = png_get_image_height (png, info);
  int channels = png_get_channels (png, info);
  size_t stride = png_get_rowbytes (png, info), step = stride;

  LS_TRY (ls_pixels_init (out, width, height, channels < 3, error));
  /* Only interlaced pictures come in pieces of rows, and are needed as a whole. */
  if (n_passes == 1)
    step = 0;
  *rows = calloc (n_passes == 1 ? 1 : height, stride);
  if (*rows == NULL)
    return ls_fail_no_memory (error, "a picture", stride);
  for (int pass = 0; pass < n_passes; pass++)
    for (uint32_t y = 0; y < height; y++)
      {
        uint8_t *row = *rows + y * step;

        png_read_row (png, row, NULL);
        if (pass == n_passes - 1)
          flatten (row, channels, width, out->pixels + (size_t) y * width * (out->is_grey ? 1 : 3));
      }
  png_read_end (png, NULL);
  return LS_OK;
}

static LsStatus
png_decode (const uint8_t *data, size_t size, LsPixels *out, LsError *error)
{
  Source source = { data, size, 0, "" };
  uint8_t *volatile rows = NULL;
  png_structp png
    = png_create_read_struct (PNG_LIBPNG_VER_STRING, &source, take_error, ignore_warning);
  png_infop info = png != NULL ? png_create_info_struct (png) : NULL;
  LsStatus status;

  if (info == NULL)
    {
      png_destroy_read_struct (&png, NULL, NULL);
      return ls_fail_no_memory (error, "a picture", size);
    }
  if (setjmp (png_jmpbuf (png)) != 0)
    status
      = ls_fail (error, LS_E_FORMAT, (int64_t) source.at, "the PNG is damaged: %s", source.message);
  else
    {
      png_set_read_fn (png, &source, read_bytes);
      /* As many pixels as we decode at all; libpng's own limit of chunks stays. */
      png_set_user_limits (png, LS_MAX_PIXELS, LS_MAX_PIXELS);
      status = read_picture (png, info, out, (uint8_t **) &rows, error);
    }
  free (rows);
  png_destroy_read_struct (&png, &info, NULL);
  return status;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void
write_bytes (png_structp png, png_bytep data, size_t count)
{
  if (fwrite (data, 1, count, png_get_io_ptr (png)) != count)
    png_error (png, "the disk is full");
}

static void
flush_bytes (png_structp png)
{
  (void) png;
}

static LsStatus
write_picture (FILE *file, const uint8_t *pixels, uint32_t width, uint32_t height,
               uint32_t channels, LsError *error)
{
  static const int types[]
    = { 0, PNG_COLOR_TYPE_GRAY, 0, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA };
  Source source = { .message = "" };
  png_structp png
    = png_create_write_struct (PNG_LIBPNG_VER_STRING, &source, take_error, ignore_warning);
  png_infop info = png != NULL ? png_create_info_struct (png) : NULL;
  LsStatus status = LS_OK;

  if (info == NULL)
    {
      png_destroy_write_struct (&png, NULL);
      return ls_fail_no_memory (error, "a picture", width);
    }
  if (setjmp (png_jmpbuf (png)) != 0)
    status = ls_fail (error, LS_E_IO, -1, "the picture cannot be written: %s", source.message);
  else
    {
      png_set_write_fn (png, file, write_bytes, flush_bytes);
      png_set_IHDR (png, info, width, height, 8, types[channels], PNG_INTERLACE_NONE,
                    PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
      png_write_info (png, info);
      for (uint32_t y = 0; y < height; y++)
        png_write_row (png, pixels + (size_t) y * width * channels);
      png_write_end (png, NULL);
    }
  png_destroy_write_struct (&png, &info);
  return status;
}
#else
static LsStatus
png_decode (const uint8_t *data, size_t size, LsPixels *out, LsError *error)
{
  return ls_fail (error, LS_E_UNSUPPORTED, -1,
                  "is a PNG, which this build cannot read (no libpng)");
}

static LsStatus
write_picture (FILE *file, const uint8_t *pixels, uint32_t width, uint32_t height,
               uint32_t channels, LsError *error)
{
  return ls_fail (error, LS_E_UNSUPPORTED, -1, "this build cannot write PNG (no libpng)");
}
#endif

const LsImageFormat ls_image_png = { "PNG", png_probe, png_decode };

LsStatus
ls_png_save (const char *path, const uint8_t *pixels, uint32_t width, uint32_t height,
             uint32_t channels, LsError *error)
{
  LsWriter *writer;

  if ((channels != 1 && channels != 3 && channels != 4) || width == 0 || height == 0)
    return ls_fail (error, LS_E_USAGE, -1, "a PNG of %u × %u with %u channels cannot be written",
                    width, height, channels);
  LS_TRY (ls_writer_open (path, &writer, error));

  LsStatus status = write_picture (ls_writer_file (writer), pixels, width, height, channels, error);

  if (status == LS_OK)
    return ls_writer_commit (writer, error);
  ls_writer_abort (writer);
  return status;
}
