/* Bilinear, half-pixel centres, edges clamped, no antialiasing. */
#include <math.h>
#include <string.h>

#include "formats/image/image.h"

/* The part of the picture that is taken, and where it goes. */
typedef struct
{
  uint32_t x, y, width, height;
  uint32_t to_x, to_y, to_width, to_height;
} Cut;

static uint32_t
scaled (uint32_t length, uint32_t by, uint32_t from)
{
  uint64_t value = ((uint64_t) length * by * 2 + from) / ((uint64_t) from * 2);

  return value > 0 ? (uint32_t) value : 1;
}

static Cut
cut_for (const LsPixels *pixels, LsResize how, uint32_t width, uint32_t height)
{
  Cut cut = { 0, 0, pixels->width, pixels->height, 0, 0, width, height };
  bool is_wider = (uint64_t) pixels->width * height > (uint64_t) pixels->height * width;

  if (how == LS_RESIZE_CROP && is_wider)
    cut.width = scaled (pixels->height, width, height);
  else if (how == LS_RESIZE_CROP)
    cut.height = scaled (pixels->width, height, width);
  else if (how == LS_RESIZE_PAD && is_wider)
    cut.to_height = scaled (pixels->height, width, pixels->width);
  else if (how == LS_RESIZE_PAD)
    cut.to_width = scaled (pixels->width, height, pixels->height);
  /* Rounding must not go past the edge. */
  cut.width = cut.width < pixels->width ? cut.width : pixels->width;
  cut.height = cut.height < pixels->height ? cut.height : pixels->height;
  cut.to_width = cut.to_width < width ? cut.to_width : width;
  cut.to_height = cut.to_height < height ? cut.to_height : height;
  cut.x = (pixels->width - cut.width) / 2;
  cut.y = (pixels->height - cut.height) / 2;
  cut.to_x = (width - cut.to_width) / 2;
  cut.to_y = (height - cut.to_height) / 2;
  return cut;
}

/* The two neighbours of a new centre and how much the second counts. */
static float
neighbours (uint32_t index, uint32_t old_size, uint32_t new_size, uint32_t *low, uint32_t *high)
{
  double at = ((double) index + 0.5) * old_size / new_size - 0.5;

  at = at < 0 ? 0 : at > old_size - 1 ? old_size - 1 : at;
  *low = (uint32_t) at;
  *high = *low + 1 < old_size ? *low + 1 : *low;
  return (float) (at - *low);
}

static float
pixel (const LsPixels *pixels, const Cut *cut, unsigned channel, uint32_t x, uint32_t y)
{
  size_t at = (size_t) (cut->y + y) * pixels->width + cut->x + x;

  return pixels->pixels[pixels->is_grey ? at : 3 * at + channel];
}

void
ls_image_resize (const LsPixels *pixels, unsigned channel, LsResize how, uint32_t out_width,
                 uint32_t out_height, float *out)
{
  const Cut cut = cut_for (pixels, how, out_width, out_height);

  memset (out, 0, (size_t) out_width * out_height * sizeof *out);
  for (uint32_t y = 0; y < cut.to_height; y++)
    {
      uint32_t y0, y1;
      float fy = neighbours (y, cut.height, cut.to_height, &y0, &y1);
      float *row = out + (size_t) (cut.to_y + y) * out_width + cut.to_x;

      for (uint32_t x = 0; x < cut.to_width; x++)
        {
          uint32_t x0, x1;
          float fx = neighbours (x, cut.width, cut.to_width, &x0, &x1);
          float left = pixel (pixels, &cut, channel, x0, y0) * (1 - fy)
                       + pixel (pixels, &cut, channel, x0, y1) * fy;
          float right = pixel (pixels, &cut, channel, x1, y0) * (1 - fy)
                        + pixel (pixels, &cut, channel, x1, y1) * fy;

          row[x] = left * (1 - fx) + right * fx;
        }
    }
}
