#include "formats/image/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/size.h"
#include "model/array.h"

static const LsImageFormat *const formats[]
  = { &ls_image_png, &ls_image_jpeg, &ls_image_bmp, &ls_image_pnm };

static const LsImageFormat *
find_format (const void *data, size_t size)
{
  for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
    if (formats[i]->probe (data, size))
      return formats[i];
  return NULL;
}

bool
ls_image_probe (const void *data, size_t size)
{
  return find_format (data, size) != NULL;
}

LsStatus
ls_pixels_init (LsPixels *pixels, uint32_t width, uint32_t height, bool is_grey, LsError *error)
{
  size_t count, n_bytes;

  *pixels = (LsPixels){ width, height, is_grey, NULL };
  if (width == 0 || height == 0 || !ls_mul (&count, width, height) || count > LS_MAX_PIXELS
      || !ls_mul (&n_bytes, count, is_grey ? 1 : 3))
    return ls_fail (error, LS_E_UNSUPPORTED, -1,
                    "the picture is %u × %u: of 1 to %d pixels are decoded", width, height,
                    LS_MAX_PIXELS);
  pixels->pixels = calloc (n_bytes, 1);
  return pixels->pixels != NULL ? LS_OK : ls_fail_no_memory (error, "a picture", n_bytes);
}

void
ls_pixels_clear (LsPixels *pixels)
{
  free (pixels->pixels);
  *pixels = (LsPixels){ 0 };
}

LsStatus
ls_pixels_to_grey (LsPixels *pixels, LsError *error)
{
  LsPixels grey;
  size_t count = (size_t) pixels->width * pixels->height;

  if (pixels->is_grey)
    return LS_OK;
  LS_TRY (ls_pixels_init (&grey, pixels->width, pixels->height, true, error));
  for (size_t i = 0; i < count; i++)
    {
      const uint8_t *p = &pixels->pixels[3 * i];

      /* 0.299, 0.587, 0.114 in 16 bits. */
      grey.pixels[i] = (uint8_t) ((p[0] * 19595u + p[1] * 38470u + p[2] * 7471u + 0x8000u) >> 16);
    }
  ls_pixels_clear (pixels);
  *pixels = grey;
  return LS_OK;
}

LsStatus
ls_image_decode (const void *data, size_t size, LsPixels *out, LsError *error)
{
  const LsImageFormat *format = find_format (data, size);

  *out = (LsPixels){ 0 };
  if (format == NULL)
    return ls_fail (error, LS_E_FORMAT, 0, "is no PNG, JPEG, BMP, PPM or PGM picture");

  LsStatus status = format->decode (data, size, out, error);

  if (status != LS_OK)
    ls_pixels_clear (out);
  return status;
}

/* ---- As the input of a model ----------------------------------------------------------------- */

/* Which dimension is what; open ones take the picture's size. */
typedef struct
{
  uint32_t width, height, channels;
  bool is_planar; /* 1 × channels × height × width */
} Layout;

static bool
are_channels (int32_t dim)
{
  return dim == 1 || dim == 3;
}

static LsStatus
find_layout (const LsArray *want, const LsPixels *pixels, LsArray *shape, Layout *out,
             LsError *error)
{
  int first = want->rank == 4 ? 1 : 0;
  const int32_t *dims = want->dims + first;
  bool is_planar = !are_channels (dims[2]);
  int row = first + (is_planar ? 1 : 0);

  *shape = *want;
  if ((want->rank != 3 && want->rank != 4) || (want->rank == 4 && want->dims[0] > 1))
    return ls_fail (error, LS_E_INVALID, -1,
                    "is a picture, but the input has %d dimensions%s: one picture needs 3 or 4",
                    want->rank, want->rank == 4 ? " and a batch of more than one" : "");
  if (is_planar && !are_channels (dims[0]))
    return ls_fail (error, LS_E_INVALID, -1,
                    "is a picture, but the input has %d channels: 1 or 3 are needed", dims[2]);
  if (want->rank == 4)
    shape->dims[0] = 1;
  if (shape->dims[row] <= 0)
    shape->dims[row] = (int32_t) pixels->height;
  if (shape->dims[row + 1] <= 0)
    shape->dims[row + 1] = (int32_t) pixels->width;
  *out = (Layout){ .width = (uint32_t) shape->dims[row + 1],
                   .height = (uint32_t) shape->dims[row],
                   .channels = (uint32_t) dims[is_planar ? 0 : 2],
                   .is_planar = is_planar };
  return LS_OK;
}

/* Stores resampled values of one channel, normalised; false when one does not fit. */
static bool
store_channel (const float *values, const Layout *layout, uint32_t channel, uint32_t color,
               const LsImageOptions *options, LsArray *out)
{
  size_t n = (size_t) layout->width * layout->height;
  bool is_float = ls_type_is_float (out->type);
  /* A model that takes bytes takes the picture's own; signed ones the same less 128. */
  float mean = options->has_mean_std ? options->mean[color] : 0;
  float std = options->has_mean_std ? options->std[color] : is_float ? 255 : 1;
  float shift = !options->has_mean_std && out->type == LS_TYPE_INT8 ? 128 : 0;

  for (size_t i = 0; i < n; i++)
    {
      size_t at = layout->is_planar ? channel * n + i : i * layout->channels + channel;
      float value = (values[i] - mean) / std;

      if (!ls_array_put_real (out, at, is_float ? value : nearbyintf (value) - shift))
        return false;
    }
  return true;
}

static LsStatus
fill (const LsPixels *pixels, const Layout *layout, const LsImageOptions *options, LsArray *out,
      LsError *error)
{
  LS_FREE float *values = malloc (((size_t) layout->width * layout->height + 1) * sizeof *values);

  if (values == NULL)
    return ls_fail_no_memory (error, "a picture", out->n_bytes);
  for (uint32_t c = 0; c < layout->channels; c++)
    {
      uint32_t color = options->bgr && layout->channels == 3 ? 2 - c : c;

      ls_image_resize (pixels, color, options->resize, layout->width, layout->height, values);
      if (!store_channel (values, layout, c, color, options, out))
        return ls_fail (error, LS_E_INVALID, -1, "the picture's values do not fit the %s input",
                        ls_type_name (out->type));
    }
  return LS_OK;
}

LsStatus
ls_image_load (const void *data, size_t size, const LsArray *want, const LsImageOptions *options,
               LsArray *out, LsError *error)
{
  static const LsImageOptions defaults = { .resize = LS_RESIZE_CROP };
  LsPixels pixels;
  LsArray shape;
  Layout layout = { 0 };

  *out = (LsArray){ 0 };
  LS_TRY (ls_image_decode (data, size, &pixels, error));

  LsStatus status = find_layout (want, &pixels, &shape, &layout, error);

  if (status == LS_OK)
    status = ls_array_init (out, want->type, shape.rank, shape.dims, error);
  if (status == LS_OK && layout.channels == 1 && !pixels.is_grey)
    status = ls_pixels_to_grey (&pixels, error);
  if (status == LS_OK)
    status = fill (&pixels, &layout, options != NULL ? options : &defaults, out, error);
  if (status != LS_OK)
    ls_array_clear (out);
  ls_pixels_clear (&pixels);
  return status;
}
