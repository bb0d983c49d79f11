#include "formats/json/values.h"

#include <math.h>

#include "base/error.h"

LsStatus
ls_json_want (LsJsonIn *in, LsJsonToken token, LsJsonToken wanted, const char *what)
{
  return token == wanted ? LS_OK : ls_json_fail (&in->reader, "%s is expected", what);
}

LsStatus
ls_json_read_int (LsJsonIn *in, LsJsonToken token, int64_t low, int64_t high, int64_t *out)
{
  LS_TRY (ls_json_want (in, token, LS_JSON_TOKEN_NUMBER, "a number"));
  if (!ls_json_int (&in->reader, out) || *out < low || *out > high)
    return ls_json_fail (&in->reader, "an integer from %lld to %lld is expected", (long long) low,
                         (long long) high);
  return LS_OK;
}

LsStatus
ls_json_read_uint64 (LsJsonIn *in, LsJsonToken token, uint64_t *out)
{
  LS_TRY (ls_json_want (in, token, LS_JSON_TOKEN_NUMBER, "a number"));
  if (!ls_json_uint (&in->reader, out))
    return ls_json_fail (&in->reader, "an integer from 0 to 18446744073709551615 is expected");
  return LS_OK;
}

LsStatus
ls_json_read_bool (LsJsonIn *in, LsJsonToken token, bool *out)
{
  int64_t number;

  if (token == LS_JSON_TOKEN_TRUE || token == LS_JSON_TOKEN_FALSE)
    {
      *out = token == LS_JSON_TOKEN_TRUE;
      return LS_OK;
    }
  if (token != LS_JSON_TOKEN_NUMBER)
    return ls_json_fail (&in->reader, "true or false is expected");
  LS_TRY (ls_json_read_int (in, token, 0, 1, &number));
  *out = number != 0;
  return LS_OK;
}

LsStatus
ls_json_read_double (LsJsonIn *in, LsJsonToken token, double *out)
{
  static const struct
  {
    const char *text;
    double value;
  } words[] = { { "nan", NAN }, { "inf", INFINITY }, { "-inf", -INFINITY } };

  for (int i = 0; token == LS_JSON_TOKEN_STRING && i < 3; i++)
    if (ls_json_is (&in->reader, words[i].text))
      {
        *out = words[i].value;
        return LS_OK;
      }
  LS_TRY (ls_json_want (in, token, LS_JSON_TOKEN_NUMBER, "a number"));
  *out = ls_json_double (&in->reader);
  return LS_OK;
}

LsStatus
ls_json_read_text (LsJsonIn *in, LsJsonToken token, const char **out)
{
  LS_TRY (ls_json_want (in, token, LS_JSON_TOKEN_STRING, "a text"));

  char *copy = ls_model_alloc (in->model, in->reader.length + 1, 1);

  if (copy == NULL)
    return ls_fail_no_memory (in->reader.error, "a text", in->reader.length);
  ls_json_unescape (&in->reader, copy);
  *out = copy;
  return LS_OK;
}

LsStatus
ls_json_read_bytes (LsJsonIn *in, LsJsonToken token, LsBytes *out)
{
  LS_TRY (ls_json_want (in, token, LS_JSON_TOKEN_ARRAY, "a list of bytes"));

  const size_t room = ls_json_count_items (&in->reader);
  uint8_t *bytes = ls_model_alloc (in->model, room, 1);

  if (bytes == NULL)
    return ls_fail_no_memory (in->reader.error, "a list of bytes", room);
  LS_TRY (ls_json_bytes (&in->reader, bytes, &out->size));
  out->data = bytes;
  return LS_OK;
}

LsStatus
ls_json_read_list (LsJsonIn *in, LsJsonToken token, size_t size, LsJsonItem item, const void *data,
                   const void **out, uint32_t *count)
{
  LS_TRY (ls_json_want (in, token, LS_JSON_TOKEN_ARRAY, "a list"));

  const size_t room = ls_json_count_items (&in->reader);
  char *items = room < INT32_MAX ? ls_model_alloc (in->model, room, size) : NULL;

  if (items == NULL)
    return ls_fail_no_memory (in->reader.error, "a list", room);
  for (*count = 0;; ++*count)
    {
      LS_TRY (ls_json_next (&in->reader, &token));
      if (token == LS_JSON_TOKEN_ARRAY_END)
        break;
      LS_TRY (item (in, token, items + *count * size, data));
    }
  *out = items;
  return LS_OK;
}

LsStatus
ls_json_int32_item (LsJsonIn *in, LsJsonToken token, void *place, const void *data)
{
  int64_t value;

  (void) data;
  LS_TRY (ls_json_read_int (in, token, INT32_MIN, INT32_MAX, &value));
  *(int32_t *) place = (int32_t) value;
  return LS_OK;
}

LsStatus
ls_json_int64_item (LsJsonIn *in, LsJsonToken token, void *place, const void *data)
{
  (void) data;
  return ls_json_read_int (in, token, INT64_MIN, INT64_MAX, place);
}

LsStatus
ls_json_float_item (LsJsonIn *in, LsJsonToken token, void *place, const void *data)
{
  double value;

  (void) data;
  LS_TRY (ls_json_read_double (in, token, &value));
  *(float *) place = (float) value;
  return LS_OK;
}

LsStatus
ls_json_bool_item (LsJsonIn *in, LsJsonToken token, void *place, const void *data)
{
  (void) data;
  return ls_json_read_bool (in, token, place);
}
