#include "formats/npy/header.h"

#include <string.h>

#include "base/error.h"

/* What is left of the header's text. */
typedef struct
{
  const char *at, *end;
} Text;

static void
skip_space (Text *text)
{
  while (text->at < text->end && strchr (" \t\r\n", *text->at) != NULL && *text->at != '\0')
    text->at++;
}

/* Takes @c if it comes next. */
static bool
take (Text *text, char c)
{
  skip_space (text);
  if (text->at == text->end || *text->at != c)
    return false;
  text->at++;
  return true;
}

/* Takes a quoted string without escapes. */
static bool
take_string (Text *text, char *out, size_t size)
{
  char quote = take (text, '\'') ? '\'' : take (text, '"') ? '"' : '\0';

  if (quote == '\0')
    return false;

  const char *close = memchr (text->at, quote, (size_t) (text->end - text->at));

  if (close == NULL || (size_t) (close - text->at) >= size)
    return false;
  memcpy (out, text->at, (size_t) (close - text->at));
  out[close - text->at] = '\0';
  text->at = close + 1;
  return true;
}

static bool
take_word (Text *text, const char *word)
{
  size_t length = strlen (word);

  skip_space (text);
  if ((size_t) (text->end - text->at) < length || memcmp (text->at, word, length) != 0)
    return false;
  text->at += length;
  return true;
}

/* A whole number that is not negative; too large ones stick at INT64_MAX. */
static bool
take_number (Text *text, int64_t *out)
{
  const char *begin;
  int64_t value = 0;

  skip_space (text);
  for (begin = text->at; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++)
    if (__builtin_mul_overflow (value, 10, &value)
        || __builtin_add_overflow (value, *text->at - '0', &value))
      value = INT64_MAX / 10;
  if (text->at == begin)
    return false;
  take_word (text, "L"); /* Python 2 wrote long integers so */
  *out = value;
  return true;
}

static LsStatus
take_shape (Text *text, LsNpyHeader *out, LsError *error)
{
  if (!take (text, '('))
    return ls_fail (error, LS_E_FORMAT, -1, "the shape in the .npy header is no tuple");
  for (out->rank = 0; !take (text, ')'); out->rank++)
    {
      int64_t value;

      if (!take_number (text, &value))
        return ls_fail (error, LS_E_FORMAT, -1, "the shape in the .npy header is no list of sizes");
      if (out->rank == LS_MAX_RANK)
        return ls_fail (error, LS_E_UNSUPPORTED, -1, "the array has more than %d dimensions",
                        LS_MAX_RANK);
      if (value > INT32_MAX)
        return ls_fail (error, LS_E_UNSUPPORTED, -1, "dimension %d of the array is too large",
                        out->rank);
      out->dims[out->rank] = (int32_t) value;
      if (!take (text, ',') && !(skip_space (text), text->at < text->end && *text->at == ')'))
        return ls_fail (error, LS_E_FORMAT, -1, "the shape in the .npy header does not end");
    }
  return LS_OK;
}

static const struct
{
  char kind;
  uint8_t size; /* 0: any */
  uint8_t type;
} types[] = {
  { 'b', 1, LS_TYPE_BOOL },      { 'i', 1, LS_TYPE_INT8 },        { 'i', 2, LS_TYPE_INT16 },
  { 'i', 4, LS_TYPE_INT32 },     { 'i', 8, LS_TYPE_INT64 },       { 'u', 1, LS_TYPE_UINT8 },
  { 'u', 2, LS_TYPE_UINT16 },    { 'u', 4, LS_TYPE_UINT32 },      { 'u', 8, LS_TYPE_UINT64 },
  { 'f', 2, LS_TYPE_FLOAT16 },   { 'f', 4, LS_TYPE_FLOAT32 },     { 'f', 8, LS_TYPE_FLOAT64 },
  { 'c', 8, LS_TYPE_COMPLEX64 }, { 'c', 16, LS_TYPE_COMPLEX128 }, { 'S', 0, LS_TYPE_STRING },
  { 'U', 0, LS_TYPE_STRING },    { 'V', 2, LS_TYPE_BFLOAT16 }, /* how ml_dtypes saves it */
};

/* "<f4": byte order, kind, size of an element (of a character for 'U'). */
static LsStatus
parse_type (const char *descr, LsNpyHeader *out, LsError *error)
{
  int64_t size = 1;
  Text text = { descr + 1, descr + strlen (descr) };

  if (strchr ("<>|=", descr[0]) != NULL && descr[0] != '\0' && descr[1] != '\0')
    {
      out->is_big_endian = descr[0] == '>';
      out->kind = *text.at++;
      if (take_number (&text, &size) && text.at == text.end && size <= INT32_MAX)
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
          if (types[i].kind == out->kind && (types[i].size == 0 || types[i].size == size))
            {
              out->item_size = (size_t) size * (out->kind == 'U' ? 4 : 1);
              out->type = types[i].type;
              return LS_OK;
            }
    }
  if (out->kind == 'O')
    return ls_fail (error, LS_E_UNSUPPORTED, -1, "the array holds Python objects, not numbers");
  return ls_fail (error, LS_E_UNSUPPORTED, -1, "arrays of type '%.32s' are not read", descr);
}

static LsStatus
take_entry (Text *text, LsNpyHeader *out, unsigned *seen, LsError *error)
{
  char key[32], descr[64];

  if (!take_string (text, key, sizeof key) || !take (text, ':'))
    return ls_fail (error, LS_E_FORMAT, -1, "the .npy header is no dictionary");
  if (strcmp (key, "descr") == 0)
    {
      *seen |= 1;
      if (!take_string (text, descr, sizeof descr))
        return ls_fail (error, LS_E_UNSUPPORTED, -1, "arrays of records are not read");
      return parse_type (descr, out, error);
    }
  if (strcmp (key, "fortran_order") == 0)
    {
      *seen |= 2;
      out->is_fortran = take_word (text, "True");
      if (out->is_fortran || take_word (text, "False"))
        return LS_OK;
    }
  if (strcmp (key, "shape") == 0)
    {
      *seen |= 4;
      return take_shape (text, out, error);
    }
  return ls_fail (error, LS_E_FORMAT, -1, "the .npy header has an unreadable entry '%s'", key);
}

LsStatus
ls_npy_header_parse (const uint8_t *data, size_t size, LsNpyHeader *out, LsError *error)
{
  unsigned seen = 0;

  *out = (LsNpyHeader){ 0 };
  if (size < 12)
    return ls_fail (error, LS_E_FORMAT, (int64_t) size, "the .npy file ends inside its header");

  size_t begin = data[6] == 1 ? 10 : 12;
  size_t length = data[8] | (size_t) data[9] << 8;

  if (data[6] < 1 || data[6] > 3)
    return ls_fail (error, LS_E_UNSUPPORTED, 6, "version %u of .npy is not known", data[6]);
  if (data[6] > 1)
    length |= (size_t) data[10] << 16 | (size_t) data[11] << 24;
  if (length > size - begin)
    return ls_fail (error, LS_E_FORMAT, (int64_t) size, "the .npy file ends inside its header");

  Text text = { (const char *) data + begin, (const char *) data + begin + length };

  if (!take (&text, '{'))
    return ls_fail (error, LS_E_FORMAT, (int64_t) begin, "the .npy header is no dictionary");
  while (!take (&text, '}'))
    {
      LS_TRY (take_entry (&text, out, &seen, error));
      take (&text, ',');
    }
  if (seen != 7)
    return ls_fail (error, LS_E_FORMAT, (int64_t) begin,
                    "the .npy header lacks descr, fortran_order or shape");
  out->data_offset = begin + length;
  return LS_OK;
}
