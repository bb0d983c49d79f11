/* Uncompressed BMP of 8 (palette), 24 or 32 bits. Source: the BITMAPINFOHEADER of Windows. */
#include <string.h>

#include "base/error.h"
#include "formats/image/image.h"

static uint32_t
u16 (const uint8_t *at)
{
  return at[0] | (uint32_t) at[1] << 8;
}

static uint32_t
u32 (const uint8_t *at)
{
  return u16 (at) | u16 (at + 2) << 16;
}

enum
{
  FILE_HEADER = 14,
  INFO_HEADER = 40,
  COMPRESSION_NONE = 0,
  COMPRESSION_BITFIELDS = 3 /* read as the usual order of blue, green, red, unused */
};

static bool
bmp_probe (const uint8_t *data, size_t size)
{
  return size >= FILE_HEADER + INFO_HEADER && data[0] == 'B' && data[1] == 'M'
         && u32 (data + FILE_HEADER) >= INFO_HEADER && u32 (data + FILE_HEADER) <= 124;
}

static void
copy_row (const uint8_t *row, const uint8_t *palette, uint32_t n_colors, uint32_t bits,
          uint32_t width, uint8_t *out)
{
  static const uint8_t black[4];

  for (uint32_t x = 0; x < width; x++)
    {
      const uint8_t *p = bits == 8 ? (row[x] < n_colors ? palette + 4 * row[x] : black)
                                   : row + (size_t) x * (bits / 8);

      out[3 * (size_t) x] = p[2];
      out[3 * (size_t) x + 1] = p[1];
      out[3 * (size_t) x + 2] = p[0];
    }
}

static LsStatus
bmp_decode (const uint8_t *data, size_t size, LsPixels *out, LsError *error)
{
  const uint8_t *info = data + FILE_HEADER;
  uint32_t begin = u32 (data + 10), info_size = u32 (info), width = u32 (info + 4);
  uint32_t bits = u16 (info + 14), compression = u32 (info + 16);
  int32_t signed_height = (int32_t) u32 (info + 8);
  bool is_top_down = signed_height < 0;
  uint32_t height = is_top_down ? 0u - (uint32_t) signed_height : (uint32_t) signed_height;
  size_t palette_size = size - FILE_HEADER > info_size ? size - FILE_HEADER - info_size : 0;

  if ((bits != 8 && bits != 24 && bits != 32)
      || (compression != COMPRESSION_NONE && !(compression == COMPRESSION_BITFIELDS && bits == 32)))
    return ls_fail (error, LS_E_UNSUPPORTED, -1, "is a BMP of %u bits, compression %u: not read",
                    bits, compression);
  LS_TRY (ls_pixels_init (out, width, height, false, error));

  size_t stride = ((size_t) width * bits + 31) / 32 * 4;

  if (begin > size || stride > (size - begin) / height)
    return ls_fail (error, LS_E_FORMAT, (int64_t) size, "the BMP ends inside its pixels");
  for (uint32_t y = 0; y < height; y++)
    copy_row (data + begin + (size_t) (is_top_down ? y : height - 1 - y) * stride, info + info_size,
              palette_size / 4 < 256 ? (uint32_t) (palette_size / 4) : 256, bits, width,
              out->pixels + (size_t) y * width * 3);
  return LS_OK;
}

const LsImageFormat ls_image_bmp = { "BMP", bmp_probe, bmp_decode };
