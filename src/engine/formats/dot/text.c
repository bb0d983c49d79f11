/* Text in pictures: how wide it is, and how it is written so that nothing in it is markup. */
#include "formats/dot/picture.h"

#include <string.h>

#include "base/utf8.h"

/* Thousandths of the font's size, for the characters from space to tilde. */
static const uint16_t widths[] = {
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
  556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
  611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
  667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
  222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584,
};
_Static_assert(sizeof widths / sizeof widths[0] == '~' - ' ' + 1, "one for each character");

float
ls_text_width (const char *text, size_t max_chars, float font_size)
{
  uint64_t sum = 0;
  size_t left = strlen (text);

  for (size_t n_chars = 0; left > 0; n_chars++)
    {
      size_t n = ls_utf8_length (text, left);

      if (n_chars == max_chars)
        {
          sum += 1000; /* the ellipsis */
          break;
        }

      uint32_t c = n > 0 ? ls_utf8_get (text, n) : 0xfffd;

      /* East Asian characters are as wide as the font is high. */
      sum += c >= ' ' && c <= '~' ? widths[c - ' '] : c >= 0x1100 ? 1000 : 600;
      n = n > 0 ? n : 1;
      text += n;
      left -= n;
    }
  return (float) sum * font_size / 1000;
}

/* XML 1.0, section 2.2; and the marks that turn the direction of what follows. */
static bool
is_allowed (uint32_t c)
{
  return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && !(c >= 0x202a && c <= 0x202e)
         && !(c >= 0x2066 && c <= 0x2069) && c != 0xfffe && c != 0xffff;
}

void
ls_xml_text (FILE *file, const char *text, size_t max_chars)
{
  static const struct
  {
    char c;
    const char *entity;
  } entities[] = {
    { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" },
  };
  size_t left = strlen (text);

  for (size_t n_chars = 0; left > 0; n_chars++)
    {
      size_t n = ls_utf8_length (text, left);
      const char *entity = NULL;

      if (n_chars == max_chars)
        {
          fputs ("…", file);
          return;
        }
      if (n == 0 || !is_allowed (ls_utf8_get (text, n)))
        entity = "\xef\xbf\xbd";
      for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++)
        if (entities[i].c == *text)
          entity = entities[i].entity;
      if (entity != NULL)
        fputs (entity, file);
      else
        fwrite (text, 1, n, file);
      n = n > 0 ? n : 1;
      text += n;
      left -= n;
    }
}
