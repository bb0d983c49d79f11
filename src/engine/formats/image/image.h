/* Pictures as inputs: decoded to 8 bits, resized, normalised. */
#ifndef LS_FORMATS_IMAGE_IMAGE_H
#define LS_FORMATS_IMAGE_IMAGE_H

#include "litesmith.h"

/* 8-bit pixels, rows packed. */
typedef struct
{
  uint32_t width, height;
  bool is_grey; /* one byte a pixel, else red, green, blue */
  uint8_t *pixels;
} LsPixels;

enum
{
  LS_MAX_PIXELS = 1 << 26 /* of a picture that is decoded */
};

/* Room for width × height pixels. */
LsStatus ls_pixels_init (LsPixels *pixels, uint32_t width, uint32_t height, bool is_grey,
                         LsError *error);
void ls_pixels_clear (LsPixels *pixels);
/* Luminance of ITU-R BT.601. */
LsStatus ls_pixels_to_grey (LsPixels *pixels, LsError *error);

/* A file format: alpha lies over black. */
typedef struct
{
  const char *name;
  bool (*probe) (const uint8_t *data, size_t size);
  LsStatus (*decode) (const uint8_t *data, size_t size, LsPixels *out, LsError *error);
} LsImageFormat;

extern const LsImageFormat ls_image_bmp, ls_image_jpeg, ls_image_png, ls_image_pnm;

/* True when the bytes begin as a PNG, JPEG, BMP or PNM does. */
bool ls_image_probe (const void *data, size_t size);
LsStatus ls_image_decode (const void *data, size_t size, LsPixels *out, LsError *error);
/* A picture as an array of the type and shape of @want: rank 4 (or 3, without batch) with 1 or 3
 * channels at the end, or in the second place when it stands so. */
LsStatus ls_image_load (const void *data, size_t size, const LsArray *want,
                        const LsImageOptions *options, LsArray *out, LsError *error);

/* Resamples one channel of interleaved pixels with bilinear weights at half-pixel centres, edges
 * clamped; @out has out_width × out_height floats. */
void ls_image_resize (const LsPixels *pixels, unsigned channel, LsResize how, uint32_t out_width,
                      uint32_t out_height, float *out);

#endif
