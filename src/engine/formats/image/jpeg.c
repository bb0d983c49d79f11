/* JPEG through libjpeg. */
#include "formats/image/image.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

static bool
jpeg_probe (const uint8_t *data, size_t size)
{
  return size >= 3 && memcmp (data, "\xff\xd8\xff", 3) == 0;
}

#ifdef LS_HAVE_JPEG
#include <setjmp.h>

#include <jpeglib.h>

typedef struct
{
  struct jpeg_error_mgr base; /* first: libjpeg knows only this */
  jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
} Failure;

static void
take_error (j_common_ptr jpeg)
{
  Failure *failure = (Failure *) jpeg->err;

  jpeg->err->format_message (jpeg, failure->message);
  longjmp (failure->jump, 1);
}

static void
ignore_message (j_common_ptr jpeg)
{
  (void) jpeg;
}

/* A file that ends too early gives grey below: better refused than looked at. */
static void
count_warning (j_common_ptr jpeg, int level)
{
  if (level < 0)
    jpeg->err->num_warnings++;
}

/* Four inks at a pixel to three colours. Adobe's programs store how much ink is left out, and
 * mark the file; without the mark it is taken as most programs take it. */
static void
mix_inks (const uint8_t *inks, bool is_inverted, uint32_t width, uint8_t *out)
{
  const uint8_t flip = is_inverted ? 0 : 255;

  for (uint32_t x = 0; x < width; x++)
    for (int c = 0; c < 3; c++)
      out[3 * (size_t) x + (size_t) c]
        = (uint8_t) (((inks[4 * (size_t) x + (size_t) c] ^ flip) * (inks[4 * (size_t) x + 3] ^ flip)
                      + 127)
                     / 255);
}

/* libjpeg makes no RGB of inks. The line is its own and goes with it. */
static void
read_inks (struct jpeg_decompress_struct *jpeg, LsPixels *out)
{
  JSAMPARRAY row = jpeg->mem->alloc_sarray ((j_common_ptr) jpeg, JPOOL_IMAGE, out->width * 4, 1);

  while (jpeg->output_scanline < jpeg->output_height)
    {
      uint8_t *to = out->pixels + (size_t) jpeg->output_scanline * out->width * 3;

      jpeg_read_scanlines (jpeg, row, 1);
      mix_inks (row[0], jpeg->saw_Adobe_marker, out->width, to);
    }
}

static LsStatus
read_picture (struct jpeg_decompress_struct *jpeg, LsPixels *out, LsError *error)
{
  jpeg_read_header (jpeg, TRUE);

  bool is_grey = jpeg->jpeg_color_space == JCS_GRAYSCALE;
  bool is_inks = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;

  jpeg->out_color_space = is_grey ? JCS_GRAYSCALE : is_inks ? JCS_CMYK : JCS_RGB;
  LS_TRY (ls_pixels_init (out, jpeg->image_width, jpeg->image_height, is_grey, error));
  jpeg_start_decompress (jpeg);
  if (is_inks)
    read_inks (jpeg, out);
  while (jpeg->output_scanline < jpeg->output_height)
    {
      JSAMPROW row = out->pixels + (size_t) jpeg->output_scanline * out->width * (is_grey ? 1 : 3);

      jpeg_read_scanlines (jpeg, &row, 1);
    }
  if (jpeg->err->num_warnings > 0)
    return ls_fail (error, LS_E_FORMAT, -1, "the JPEG is damaged or ends too early");
  jpeg_finish_decompress (jpeg);
  return LS_OK;
}

static LsStatus
jpeg_decode (const uint8_t *data, size_t size, LsPixels *out, LsError *error)
{
  struct jpeg_decompress_struct jpeg;
  Failure failure;
  LsStatus status;

  memset (&jpeg, 0, sizeof jpeg);
  jpeg.err = jpeg_std_error (&failure.base);
  failure.base.error_exit = take_error;
  failure.base.output_message = ignore_message;
  failure.base.emit_message = count_warning;
  if (setjmp (failure.jump) != 0)
    status = ls_fail (error, LS_E_FORMAT, -1, "the JPEG is damaged: %s", failure.message);
  else
    {
      jpeg_create_decompress (&jpeg);
      jpeg_mem_src (&jpeg, data, size);
      status = read_picture (&jpeg, out, error);
    }
  jpeg_destroy_decompress (&jpeg);
  return status;
}
#else
static LsStatus
jpeg_decode (const uint8_t *data, size_t size, LsPixels *out, LsError *error)
{
  return ls_fail (error, LS_E_UNSUPPORTED, -1,
                  "is a JPEG, which this build cannot read (no libjpeg)");
}
#endif

const LsImageFormat ls_image_jpeg = { "JPEG", jpeg_probe, jpeg_decode };
