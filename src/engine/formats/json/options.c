#include "formats/json/options.h"

#include <string.h>

#include "base/error.h"

/* A number, or the name of an enum's value. */
static LsStatus
read_enum (LsJsonIn *in, LsJsonToken token, const LsOptionField *field, int64_t *out)
{
  char name[64];

  if (token != LS_JSON_TOKEN_STRING)
    return ls_json_read_int (in, token, INT64_MIN, INT64_MAX, out);
  if (in->reader.length < sizeof name)
    {
      ls_json_unescape (&in->reader, name);
      if (ls_schema_enum_parse (field, name, out))
        return LS_OK;
    }
  return ls_json_fail (&in->reader, "the type of %s has no value of this name", field->attr.name);
}

static LsStatus
enum_item (LsJsonIn *in, LsJsonToken token, void *place, const void *data)
{
  return read_enum (in, token, data, place);
}

static LsStatus
wide_bool_item (LsJsonIn *in, LsJsonToken token, void *place, const void *data)
{
  bool value;

  (void) data;
  LS_TRY (ls_json_read_bool (in, token, &value));
  *(int64_t *) place = value;
  return LS_OK;
}

static LsStatus
read_list (LsJsonIn *in, LsJsonToken token, const LsOptionField *field, LsAttr *attr)
{
  if (attr->kind == LS_ATTR_BYTES)
    return ls_json_read_bytes (in, token, &attr->bytes);
  if (attr->kind == LS_ATTR_FLOATS)
    return ls_json_read_list (in, token, sizeof (float), ls_json_float_item, NULL,
                              (const void **) &attr->floats, &attr->count);
  return ls_json_read_list (in, token, sizeof (int64_t),
                            attr->is_bool   ? wide_bool_item
                            : attr->is_enum ? enum_item
                                            : ls_json_int64_item,
                            field, (const void **) &attr->ints, &attr->count);
}

/* What a field can hold, by its stored type. */
static LsStatus
read_integer (LsJsonIn *in, LsJsonToken token, const LsOptionField *field, LsAttr *attr)
{
  static const struct
  {
    int64_t low, high;
  } ranges[] = {
    [LS_STORED_INT8] = { INT8_MIN, INT8_MAX },    [LS_STORED_UINT8] = { 0, UINT8_MAX },
    [LS_STORED_INT16] = { INT16_MIN, INT16_MAX }, [LS_STORED_UINT16] = { 0, UINT16_MAX },
    [LS_STORED_INT32] = { INT32_MIN, INT32_MAX }, [LS_STORED_UINT32] = { 0, UINT32_MAX },
    [LS_STORED_INT64] = { INT64_MIN, INT64_MAX }, [LS_STORED_UINT64] = { 0, INT64_MAX },
  };
  bool flag;

  if (attr->is_bool)
    {
      LS_TRY (ls_json_read_bool (in, token, &flag));
      attr->i = flag;
      return LS_OK;
    }
  LS_TRY (read_enum (in, token, field, &attr->i));
  if (attr->i < ranges[field->stored].low || attr->i > ranges[field->stored].high)
    return ls_json_fail (&in->reader, "an integer from %lld to %lld is expected",
                         (long long) ranges[field->stored].low,
                         (long long) ranges[field->stored].high);
  attr->text = ls_schema_enum_text (field, attr->i);
  return LS_OK;
}

static LsStatus
read_value (LsJsonIn *in, LsJsonToken token, const LsOptionField *field, LsAttr *attr)
{
  attr->is_set = true;
  if (field->is_vector)
    return read_list (in, token, field, attr);
  if (attr->kind == LS_ATTR_STRING)
    return ls_json_read_text (in, token, &attr->text);
  if (attr->kind == LS_ATTR_FLOAT)
    {
      LS_TRY (ls_json_read_double (in, token, &attr->f));
      attr->f = (double) (float) attr->f;
      attr->is_set = memcmp (&attr->f, &field->attr.f, sizeof attr->f) != 0;
      return LS_OK;
    }
  /* Defaults are written out in JSON; the model tells them from what is set. */
  LS_TRY (read_integer (in, token, field, attr));
  attr->is_set = attr->i != field->attr.i;
  return LS_OK;
}

LsStatus
ls_json_read_options (LsJsonIn *in, const LsOptionTable *table, LsOperator *op)
{
  LsAttr *attrs = ls_model_alloc (in->model, table->n_fields, sizeof *attrs);
  LsJsonToken token;

  if (attrs == NULL)
    return ls_fail_no_memory (in->reader.error, "options", table->n_fields * sizeof *attrs);
  for (uint32_t i = 0; i < table->n_fields; i++)
    attrs[i] = table->fields[i].attr;
  while (true)
    {
      uint32_t i = 0;

      LS_TRY (ls_json_next (&in->reader, &token));
      if (token == LS_JSON_TOKEN_OBJECT_END)
        break;
      while (i < table->n_fields && !ls_json_is (&in->reader, attrs[i].name))
        i++;
      LS_TRY (ls_json_next (&in->reader, &token));
      if (i == table->n_fields || token == LS_JSON_TOKEN_NULL)
        LS_TRY (ls_json_skip (&in->reader, token));
      else
        LS_TRY (read_value (in, token, &table->fields[i], &attrs[i]));
    }
  op->options_type = table->name;
  op->attrs = attrs;
  op->n_attrs = table->n_fields;
  return LS_OK;
}
