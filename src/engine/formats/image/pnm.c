/* Binary PGM and PPM. Source: Netpbm's pgm(5) and ppm(5). */
#include <string.h>

#include "base/error.h"
#include "formats/image/image.h"

static bool
is_space (uint8_t c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
pnm_probe (const uint8_t *data, size_t size)
{
  return size >= 8 && data[0] == 'P' && (data[1] == '5' || data[1] == '6')
         && (is_space (data[2]) || data[2] == '#');
}

/* A number behind blanks and comments; UINT32_MAX when there is none. */
static uint32_t
take_number (const uint8_t *data, size_t size, size_t *at)
{
  uint32_t value = 0;
  size_t n_digits = 0;

  while (*at < size && (is_space (data[*at]) || data[*at] == '#'))
    if (data[(*at)++] == '#')
      while (*at < size && data[*at] != '\n')
        ++*at;
  for (; *at < size && data[*at] >= '0' && data[*at] <= '9' && n_digits < 9; n_digits++)
    value = value * 10 + data[(*at)++] - '0';
  return n_digits > 0 ? value : UINT32_MAX;
}

static LsStatus
pnm_decode (const uint8_t *data, size_t size, LsPixels *out, LsError *error)
{
  size_t at = 2;
  uint32_t width = take_number (data, size, &at), height = take_number (data, size, &at);
  uint32_t largest = take_number (data, size, &at);
  unsigned n_bytes = largest > 255 ? 2 : 1;

  if (largest < 1 || largest > 65535 || at >= size || !is_space (data[at]))
    return ls_fail (error, LS_E_FORMAT, (int64_t) at, "the header of the %s is damaged",
                    data[1] == '5' ? "PGM" : "PPM");
  at++;
  LS_TRY (ls_pixels_init (out, width, height, data[1] == '5', error));

  size_t count = (size_t) width * height * (out->is_grey ? 1 : 3);

  if (count > (size - at) / n_bytes)
    return ls_fail (error, LS_E_FORMAT, (int64_t) size, "the picture ends inside its pixels");
  for (size_t i = 0; i < count; i++)
    {
      const uint8_t *p = data + at + i * n_bytes;
      uint32_t value = n_bytes == 2 ? (uint32_t) p[0] << 8 | p[1] : p[0];

      value = value < largest ? value : largest;
      out->pixels[i] = (uint8_t) (largest == 255 ? value : (value * 255 + largest / 2) / largest);
    }
  return LS_OK;
}

const LsImageFormat ls_image_pnm = { "PNM", pnm_probe, pnm_decode };
