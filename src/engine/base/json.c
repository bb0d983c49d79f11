#include "base/json.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/utf8.h"

/* What may come next. */
enum
{
  A_VALUE,
  A_VALUE_OR_END, /* behind [ */
  A_KEY,
  A_KEY_OR_END, /* behind { */
  A_COMMA_OR_END,
  THE_END
};

void
ls_json_reader_init (LsJsonReader *reader, const char *text, size_t size, LsError *error)
{
  /* An empty file has no bytes to point at. */
  *reader = (LsJsonReader){
    .text = text != NULL ? text : "", .size = size, .error = error, .expects = A_VALUE
  };
  if (size >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    reader->at = 3; /* a byte order mark, which some editors write */
  reader->start = reader->text + reader->at;
}

LsStatus
ls_json_fail (LsJsonReader *reader, const char *format, ...)
{
  const size_t offset = (size_t) (reader->start - reader->text);
  size_t line = 1;
  char why[256];
  va_list args;

  for (size_t i = 0; i < offset; i++)
    line += reader->text[i] == '\n';
  va_start (args, format);
  vsnprintf (why, sizeof why, format, args);
  va_end (args);
  return ls_fail (reader->error, LS_E_FORMAT, (int64_t) offset,
                  "is no JSON that can be read: line %zu, byte %zu: %s", line, offset, why);
}

/* ---- Strings --------------------------------------------------------------------------------- */

static int
hex_digit (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/* The four digits behind \u, or -1. */
static int32_t
hex4 (const char *text, const char *end)
{
  int32_t value = 0;

  if (end - text < 4)
    return -1;
  for (int i = 0; i < 4; i++)
    {
      const int digit = hex_digit (text[i]);

      if (digit < 0)
        return -1;
      value = value << 4 | digit;
    }
  return value;
}

/* Checks the escape at the reader's place and passes it. */
static LsStatus
scan_escape (LsJsonReader *r)
{
  const char *at = r->text + r->at + 1, *end = r->text + r->size;
  const char c = at < end ? *at : '\0';

  r->has_escapes = true;
  if (c == 'u' && hex4 (at + 1, end) >= 0)
    r->at += 6;
  else if (c != '\0' && strchr ("\"\\/bfnrt", c) != NULL)
    r->at += 2;
  else
    return ls_json_fail (r, "a backslash in a string is followed by no escape");
  return LS_OK;
}

/* From behind the opening quote to behind the closing one. */
static LsStatus
scan_string (LsJsonReader *r)
{
  r->at++;
  r->start = r->text + r->at;
  r->has_escapes = false;
  while (r->at < r->size)
    {
      const unsigned char c = (unsigned char) r->text[r->at];

      if (c == '"')
        {
          r->length = (size_t) (r->text + r->at++ - r->start);
          return LS_OK;
        }
      if (c == '\\')
        {
          LS_TRY (scan_escape (r));
          continue;
        }

      const size_t n = ls_utf8_length (r->text + r->at, r->size - r->at);

      if (c < 0x20 || n == 0)
        return ls_json_fail (r, "a string holds the byte 0x%02x, which is %s", c,
                             c < 0x20 ? "a control character" : "no UTF-8");
      r->at += n;
    }
  return ls_json_fail (r, "a string has no closing quote");
}

/* Decodes \uXXXX, or a pair of them; moves @at behind it. No more bytes than the escape has. */
static size_t
put_code (char *out, const char **at, const char *end)
{
  const int32_t first = hex4 (*at + 2, end);
  const bool is_pair
    = first >= 0xd800 && first < 0xdc00 && end - *at >= 12 && (*at)[6] == '\\' && (*at)[7] == 'u';
  const int32_t second = is_pair ? hex4 (*at + 8, end) : -1;

  if (second >= 0xdc00 && second < 0xe000)
    {
      *at += 12;
      return ls_utf8_put (out, 0x10000 + ((uint32_t) (first - 0xd800) << 10)
                                 + (uint32_t) (second - 0xdc00));
    }
  *at += 6;
  if (first >= 0xdc80 && first <= 0xdcff)
    {
      *out = (char) (first - 0xdc00);
      return 1;
    }
  return ls_utf8_put (out, first >= 0xd800 && first < 0xe000 ? 0xfffd : (uint32_t) first);
}

size_t
ls_json_unescape (const LsJsonReader *reader, char *out)
{
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  const char *at = reader->start, *end = at + reader->length;
  char *to_at = out;

  while (at < end)
    {
      if (*at != '\\')
        *to_at++ = *at++;
      else if (at[1] == 'u')
        to_at += put_code (to_at, &at, end);
      else
        {
          *to_at++ = to[strchr (from, at[1]) - from];
          at += 2;
        }
    }
  *to_at = '\0';
  return (size_t) (to_at - out);
}

bool
ls_json_is (const LsJsonReader *reader, const char *text)
{
  return !reader->has_escapes && strlen (text) == reader->length
         && memcmp (reader->start, text, reader->length) == 0;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static size_t
count_digits (const LsJsonReader *r, size_t at)
{
  size_t n = 0;

  while (at + n < r->size && r->text[at + n] >= '0' && r->text[at + n] <= '9')
    n++;
  return n;
}

static bool
has_word (const LsJsonReader *r, size_t at, const char *word)
{
  const size_t n = strlen (word);

  return r->size - at >= n && memcmp (r->text + at, word, n) == 0;
}

/* Passes digits, at least one; false: there is none. */
static bool
pass_digits (const LsJsonReader *r, size_t *at)
{
  const size_t n = count_digits (r, *at);

  *at += n;
  return n > 0;
}

/* Whether one of two characters stands at @at. */
static bool
has_one_of (const LsJsonReader *r, size_t at, char a, char b)
{
  return at < r->size && (r->text[at] == a || r->text[at] == b);
}

/* Passes a number by the grammar; false: there is none. */
static bool
scan_number (LsJsonReader *r)
{
  size_t at = r->at + (r->text[r->at] == '-');

  if (r->allows_nan && at < r->size && (has_word (r, at, "nan") || has_word (r, at, "inf")))
    {
      r->at = at + (has_word (r, at, "infinity") ? 8 : 3);
      return true;
    }
  if (has_one_of (r, at, '0', '0') && count_digits (r, at) > 1)
    return false;
  if (!pass_digits (r, &at))
    return false;
  if (has_one_of (r, at, '.', '.') && (at++, !pass_digits (r, &at)))
    return false;
  if (has_one_of (r, at, 'e', 'E'))
    {
      at++;
      at += has_one_of (r, at, '+', '-');
      if (!pass_digits (r, &at))
        return false;
    }
  r->at = at;
  return true;
}

bool
ls_json_uint (const LsJsonReader *reader, uint64_t *out)
{
  uint64_t value = 0;

  if (reader->length == 0)
    return false;
  for (size_t i = 0; i < reader->length; i++)
    {
      const char c = reader->start[i];

      if (c < '0' || c > '9' || __builtin_mul_overflow (value, 10, &value)
          || __builtin_add_overflow (value, (uint64_t) (c - '0'), &value))
        return false;
    }
  *out = value;
  return true;
}

bool
ls_json_int (const LsJsonReader *reader, int64_t *out)
{
  LsJsonReader digits = *reader;
  const bool is_negative = reader->length > 0 && reader->start[0] == '-';
  uint64_t magnitude;

  digits.start += is_negative;
  digits.length -= is_negative;
  if (!ls_json_uint (&digits, &magnitude)
      || magnitude > (uint64_t) INT64_MAX + (uint64_t) is_negative)
    return false;
  *out = is_negative ? (int64_t) (0 - magnitude) : (int64_t) magnitude;
  return true;
}

/* The decimal point of JSON is a point, whatever the user's language says. */
static locale_t c_locale;

static void
make_locale (void)
{
  c_locale = newlocale (LC_ALL_MASK, "C", (locale_t) 0);
}

double
ls_json_double (const LsJsonReader *reader)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  char text[64];
  LS_FREE char *long_text = NULL;
  char *copy = text;

  pthread_once (&once, make_locale);
  if (reader->length >= sizeof text)
    copy = long_text = malloc (reader->length + 1);
  if (copy == NULL)
    return NAN;
  memcpy (copy, reader->start, reader->length);
  copy[reader->length] = '\0';
  return c_locale != (locale_t) 0 ? strtod_l (copy, NULL, c_locale) : strtod (copy, NULL);
}

/* ---- The grammar ----------------------------------------------------------------------------- */

static void
skip_space (LsJsonReader *r)
{
  while (r->at < r->size && memchr (" \t\r\n", r->text[r->at], 4) != NULL)
    r->at++;
  r->start = r->text + r->at;
  r->length = 0;
}

/* What may follow a value that has ended. */
static void
after_value (LsJsonReader *r)
{
  r->expects = r->depth == 0 ? THE_END : A_COMMA_OR_END;
}

static LsStatus
open_level (LsJsonReader *r, bool is_object)
{
  if (r->depth == LS_JSON_MAX_DEPTH)
    return ls_json_fail (r, "brackets are nested more than %d deep", LS_JSON_MAX_DEPTH);
  r->is_object[r->depth++] = is_object;
  r->expects = is_object ? A_KEY_OR_END : A_VALUE_OR_END;
  r->at++;
  return LS_OK;
}

static LsStatus
scan_word (LsJsonReader *r, LsJsonToken *token)
{
  static const struct
  {
    const char *word;
    LsJsonToken token;
  } words[] = { { "true", LS_JSON_TOKEN_TRUE },
                { "false", LS_JSON_TOKEN_FALSE },
                { "null", LS_JSON_TOKEN_NULL } };

  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (has_word (r, r->at, words[i].word))
      {
        r->at += strlen (words[i].word);
        *token = words[i].token;
        after_value (r);
        return LS_OK;
      }
  if (!scan_number (r))
    return ls_json_fail (r, "a value is expected");
  r->length = (size_t) (r->text + r->at - r->start);
  *token = LS_JSON_TOKEN_NUMBER;
  after_value (r);
  return LS_OK;
}

static LsStatus
scan_value (LsJsonReader *r, LsJsonToken *token)
{
  switch (r->text[r->at])
    {
    case '{':
      *token = LS_JSON_TOKEN_OBJECT;
      return open_level (r, true);
    case '[':
      *token = LS_JSON_TOKEN_ARRAY;
      return open_level (r, false);
    case '"':
      LS_TRY (scan_string (r));
      *token = LS_JSON_TOKEN_STRING;
      after_value (r);
      return LS_OK;
    default:
      return scan_word (r, token);
    }
}

/* Behind { or a comma: a key and its colon. */
static LsStatus
scan_key (LsJsonReader *r)
{
  if (r->text[r->at] != '"')
    return ls_json_fail (r, "a key in quotes is expected");
  LS_TRY (scan_string (r));

  const char *start = r->start;
  const size_t length = r->length;

  skip_space (r);
  if (r->at == r->size || r->text[r->at] != ':')
    return ls_json_fail (r, "a colon is expected");
  r->at++;
  r->start = start;
  r->length = length;
  r->expects = A_VALUE;
  return LS_OK;
}

/* The bracket that ends the innermost level, if it stands here. */
static bool
scan_end (LsJsonReader *r, LsJsonToken *token)
{
  const bool is_object = r->is_object[r->depth - 1];

  if (r->text[r->at] != (is_object ? '}' : ']'))
    return false;
  *token = is_object ? LS_JSON_TOKEN_OBJECT_END : LS_JSON_TOKEN_ARRAY_END;
  r->at++;
  r->depth--;
  after_value (r);
  return true;
}

LsStatus
ls_json_next (LsJsonReader *r, LsJsonToken *token)
{
  skip_space (r);
  if (r->expects == THE_END)
    {
      *token = LS_JSON_TOKEN_END;
      return r->at == r->size ? LS_OK : ls_json_fail (r, "the end is expected");
    }
  if (r->at < r->size && r->expects == A_COMMA_OR_END)
    {
      if (scan_end (r, token))
        return LS_OK;
      if (r->text[r->at] != ',')
        return ls_json_fail (r, "a comma or a closing bracket is expected");
      r->at++;
      r->expects = r->is_object[r->depth - 1] ? A_KEY : A_VALUE;
      skip_space (r);
    }
  if (r->at == r->size)
    return ls_json_fail (r, "the text ends inside of a value");
  if ((r->expects == A_KEY_OR_END || r->expects == A_VALUE_OR_END) && scan_end (r, token))
    return LS_OK;
  if (r->expects == A_VALUE || r->expects == A_VALUE_OR_END)
    return scan_value (r, token);
  *token = LS_JSON_TOKEN_KEY;
  return scan_key (r);
}

/* ---- Long arrays ----------------------------------------------------------------------------- */

size_t
ls_json_count_items (const LsJsonReader *reader)
{
  const char *at = reader->text + reader->at;
  const char *end = memchr (at, ']', reader->size - reader->at);
  size_t n = 1;

  if (end == NULL)
    end = reader->text + reader->size;
  for (; at < end; at++)
    n += *at == ',';
  return n;
}

/* One number from 0 to 255, and the spaces on both sides; false: there is none. */
static bool
scan_byte (LsJsonReader *r, uint8_t *out)
{
  unsigned value = 0;
  size_t n = 0;

  skip_space (r);
  while (r->at < r->size && (unsigned) (r->text[r->at] - '0') < 10 && n < 4)
    {
      value = value * 10 + (unsigned) (r->text[r->at++] - '0');
      n++;
    }
  if (n == 0 || value > 255 || (n > 1 && r->text[r->at - n] == '0'))
    return false;
  *out = (uint8_t) value;
  if (r->at < r->size && r->text[r->at] != ',' && r->text[r->at] != ']')
    skip_space (r);
  return r->at < r->size;
}

LsStatus
ls_json_bytes (LsJsonReader *r, uint8_t *out, size_t *count)
{
  LsJsonToken token;

  *count = 0;
  skip_space (r);
  if (r->at < r->size && scan_end (r, &token))
    return LS_OK;
  while (scan_byte (r, &out[*count]))
    {
      ++*count;
      if (scan_end (r, &token))
        return LS_OK;
      if (r->text[r->at++] != ',')
        break;
    }
  return ls_json_fail (r, "a list of numbers from 0 to 255 is expected");
}

LsStatus
ls_json_skip (LsJsonReader *reader, LsJsonToken token)
{
  const uint32_t depth = reader->depth;

  if (token != LS_JSON_TOKEN_OBJECT && token != LS_JSON_TOKEN_ARRAY)
    return LS_OK;
  while (reader->depth >= depth)
    LS_TRY (ls_json_next (reader, &token));
  return LS_OK;
}
