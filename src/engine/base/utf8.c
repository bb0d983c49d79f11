#include "base/utf8.h"

size_t
ls_utf8_length (const char *text, size_t size)
{
  const unsigned char *s = (const unsigned char *) text;
  const size_t n = s[0] < 0x80                    ? 1
                   : s[0] >= 0xc2 && s[0] <= 0xdf ? 2
                   : s[0] >= 0xe0 && s[0] <= 0xef ? 3
                   : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4
                                                  : 0;

  if (n == 0 || n > size)
    return 0;
  for (size_t i = 1; i < n; i++)
    if ((s[i] & 0xc0) != 0x80)
      return 0;
  if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)
      || (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
    return 0; /* overlong, a surrogate, or past U+10FFFF */
  return n;
}

uint32_t
ls_utf8_get (const char *text, size_t length)
{
  uint32_t c = length == 1 ? (unsigned char) text[0] : (unsigned char) text[0] & (0x7fu >> length);

  for (size_t i = 1; i < length; i++)
    c = c << 6 | ((unsigned char) text[i] & 0x3f);
  return c;
}

size_t
ls_utf8_put (char *out, uint32_t c)
{
  if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
    c = 0xfffd;
  if (c < 0x80)
    {
      out[0] = (char) c;
      return 1;
    }

  size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

  /* The first byte has n ones on top; the others carry six bits each. */
  for (size_t i = n; i-- > 1; c >>= 6)
    out[i] = (char) (0x80 | (c & 0x3f));
  out[0] = (char) (0xf00u >> n | c);
  return n;
}
