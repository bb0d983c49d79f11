#include "formats/json/write.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "formats/json/fields.h"
#include "formats/schema.h"

enum
{
  ITEMS_A_LINE = 16,
  BYTES_A_LINE = 32
};

typedef struct
{
  FILE *file;
  int depth;
  LsError *error;
} Out;

/* ---- Pieces ---------------------------------------------------------------------------------- */

static void
put (Out *out, const char *text)
{
  fputs (text, out->file);
}

static void
new_line (Out *out)
{
  putc ('\n', out->file);
  for (int i = 0; i < out->depth; i++)
    put (out, "  ");
}

static void
open_bracket (Out *out, char bracket)
{
  putc (bracket, out->file);
  out->depth++;
}

static void
close_bracket (Out *out, char bracket)
{
  out->depth--;
  new_line (out);
  putc (bracket, out->file);
}

/* A name and its colon, behind a comma where one is due. */
static void
put_key (Out *out, const char *key, bool *is_first)
{
  if (!*is_first)
    putc (',', out->file);
  *is_first = false;
  new_line (out);
  fprintf (out->file, "\"%s\": ", key);
}

static void
put_string (Out *out, const char *text)
{
  ls_json_put_string (out->file, text);
}

/* The shortest decimal that reads back as the same float. JSON has no infinities: they are text,
 * which flatc reads as well. */
static void
put_float (Out *out, float value)
{
  char text[32];

  if (!isfinite (value))
    {
      put (out, isnan (value) ? "\"nan\"" : value > 0 ? "\"inf\"" : "\"-inf\"");
      return;
    }
  for (int digits = 6; digits <= 9; digits++)
    {
      snprintf (text, sizeof text, "%.*g", digits, (double) value);
      if (strtof (text, NULL) == value)
        break;
    }
  put (out, text);
}

static void
put_enum (Out *out, const char *name, int64_t value)
{
  if (name != NULL)
    put_string (out, name);
  else
    fprintf (out->file, "%lld", (long long) value);
}

/* Writes @count items by @put_item, some on a line. */
static void
put_items (Out *out, const void *items, uint32_t count,
           void (*put_item) (Out *out, const void *items, uint32_t index))
{
  const bool is_long = count > ITEMS_A_LINE;

  putc ('[', out->file);
  out->depth++;
  for (uint32_t i = 0; i < count; i++)
    {
      if (i > 0)
        put (out, is_long && i % ITEMS_A_LINE == 0 ? "," : ", ");
      if (is_long && i % ITEMS_A_LINE == 0)
        new_line (out);
      put_item (out, items, i);
    }
  out->depth--;
  if (is_long)
    new_line (out);
  putc (']', out->file);
}

static void
put_int_item (Out *out, const void *items, uint32_t index)
{
  fprintf (out->file, "%d", ((const int32_t *) items)[index]);
}

static void
put_long_item (Out *out, const void *items, uint32_t index)
{
  fprintf (out->file, "%lld", (long long) ((const int64_t *) items)[index]);
}

static void
put_float_item (Out *out, const void *items, uint32_t index)
{
  put_float (out, ((const float *) items)[index]);
}

static void
put_bool_item (Out *out, const void *items, uint32_t index)
{
  put (out, ((const bool *) items)[index] ? "true" : "false");
}

/* Weights: most of the file, so without a call a number. */
static void
put_bytes (Out *out, const uint8_t *bytes, size_t size)
{
  char line[BYTES_A_LINE * 4];

  putc ('[', out->file);
  out->depth++;
  for (size_t i = 0; i < size; i += BYTES_A_LINE)
    {
      char *at = line;

      new_line (out);
      for (size_t k = i; k < size && k < i + BYTES_A_LINE; k++)
        {
          const unsigned byte = bytes[k];

          if (byte >= 100)
            *at++ = (char) ('0' + byte / 100);
          if (byte >= 10)
            *at++ = (char) ('0' + byte / 10 % 10);
          *at++ = (char) ('0' + byte % 10);
          if (k + 1 < size)
            *at++ = ',';
        }
      fwrite (line, 1, (size_t) (at - line), out->file);
    }
  out->depth--;
  if (size > 0)
    new_line (out);
  putc (']', out->file);
}

/* ---- Options --------------------------------------------------------------------------------- */

static void
put_attr_list (Out *out, const LsOptionField *field, const LsAttr *attr)
{
  if (attr->kind == LS_ATTR_BYTES)
    put_bytes (out, attr->bytes.data, attr->bytes.size);
  else if (attr->kind == LS_ATTR_FLOATS)
    put_items (out, attr->floats, attr->count, put_float_item);
  else if (field->attr.is_enum)
    {
      putc ('[', out->file);
      for (uint32_t i = 0; i < attr->count; i++)
        {
          put (out, i > 0 ? ", " : "");
          put_enum (out, ls_schema_enum_text (field, attr->ints[i]), attr->ints[i]);
        }
      putc (']', out->file);
    }
  else
    put_items (out, attr->ints, attr->count, put_long_item);
}

/* Lists and texts that the file does not state are left out; numbers are written with their
 * defaults. */
static void
put_attr (Out *out, const LsOptionField *field, const LsAttr *attr, bool *is_first)
{
  const bool is_number = !field->is_vector && field->stored != LS_STORED_STRING;

  if (field->is_deprecated || (!is_number && !attr->is_set))
    return;
  put_key (out, attr->name, is_first);
  if (field->is_vector)
    put_attr_list (out, field, attr);
  else if (field->stored == LS_STORED_STRING)
    put_string (out, attr->text != NULL ? attr->text : "");
  else if (field->stored == LS_STORED_FLOAT32 || field->stored == LS_STORED_FLOAT64)
    put_float (out, (float) (attr->kind == LS_ATTR_INT ? (double) attr->i : attr->f));
  else if (field->stored == LS_STORED_BOOL)
    put (out, attr->i != 0 ? "true" : "false");
  else
    put_enum (out, ls_schema_enum_text (field, attr->i), attr->i);
}

static LsStatus
put_options (Out *out, const LsJsonField *field, const LsOperator *op, bool *is_first)
{
  const LsOptionTable *table
    = op->options_type != NULL ? ls_schema_options_by_name (op->options_type) : NULL;
  const bool is_here = table != NULL && table->which == field->which;
  char key[64];
  bool is_first_option = true;

  if (table == NULL && op->options_type != NULL)
    return ls_fail (out->error, LS_E_UNSUPPORTED, -1,
                    "operator %.80s has options of type %s, which cannot be written as JSON",
                    ls_op_kind_text (op), op->options_type);
  ls_json_type_key (field->key, key, sizeof key);
  put_key (out, key, is_first);
  put_string (out, is_here ? table->name : "NONE");
  if (!is_here)
    return LS_OK;
  put_key (out, field->key, is_first);
  open_bracket (out, '{');
  for (uint32_t i = 0; i < table->n_fields; i++)
    {
      const LsAttr *attr = ls_op_attr (op, table->fields[i].attr.name);

      put_attr (out, &table->fields[i], attr != NULL ? attr : &table->fields[i].attr,
                &is_first_option);
    }
  close_bracket (out, '}');
  return LS_OK;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static LsStatus put_table (Out *out, const LsJsonTable *table, const void *record);

static int64_t
load_int (const void *place, size_t width)
{
  uint8_t small;
  int32_t value;

  if (width == 1)
    {
      memcpy (&small, place, 1);
      return small;
    }
  memcpy (&value, place, sizeof value);
  return value;
}

static const void *
load_pointer (const void *place)
{
  const void *pointer;

  memcpy (&pointer, place, sizeof pointer);
  return pointer;
}

static LsStatus
put_union (Out *out, const LsJsonField *field, const void *record, bool *is_first)
{
  const LsJsonUnion *u = field->choice;
  const int64_t chosen = load_int ((const char *) record + u->offset, u->width);
  int i = 0;
  char key[64];

  while (u->choices[i].name != NULL && u->choices[i].value != chosen)
    i++;
  ls_json_type_key (field->key, key, sizeof key);
  put_key (out, key, is_first);
  put_string (out, u->choices[i].name != NULL ? u->choices[i].name : "NONE");
  if (u->choices[i].name == NULL)
    return LS_OK;
  put_key (out, field->key, is_first);
  return put_table (out, u->choices[i].table, record);
}

static LsStatus
put_tables (Out *out, const LsJsonTable *table, const void *records, uint32_t count)
{
  open_bracket (out, '[');
  for (uint32_t i = 0; i < count; i++)
    {
      if (i > 0)
        putc (',', out->file);
      new_line (out);
      LS_TRY (put_table (out, table, (const char *) records + i * table->size));
    }
  close_bracket (out, ']');
  return LS_OK;
}

static LsStatus
put_graphs (Out *out, const LsModel *model)
{
  open_bracket (out, '[');
  for (uint32_t i = 0; i < model->n_graphs; i++)
    {
      if (i > 0)
        putc (',', out->file);
      new_line (out);
      LS_TRY (put_table (out, &ls_json_subgraph, &model->graphs[i]->view));
    }
  close_bracket (out, ']');
  return LS_OK;
}

static void
put_list (Out *out, LsJsonFieldKind kind, const void *items, uint32_t count)
{
  if (kind == LS_JSON_FIELD_FLOATS)
    put_items (out, items, count, put_float_item);
  else if (kind == LS_JSON_FIELD_LONGS)
    put_items (out, items, count, put_long_item);
  else if (kind == LS_JSON_FIELD_BOOLS)
    put_items (out, items, count, put_bool_item);
  else
    put_items (out, items, count, put_int_item);
}

/* A field that is one number or word. */
static void
put_scalar (Out *out, const LsJsonField *field, const void *place)
{
  uint64_t wide;

  switch ((int) field->kind)
    {
    case LS_JSON_FIELD_INT:
      fprintf (out->file, "%d", (int) load_int (place, 4));
      break;
    case LS_JSON_FIELD_UINT:
      fprintf (out->file, "%u", (unsigned) load_int (place, 4));
      break;
    case LS_JSON_FIELD_UINT64:
      memcpy (&wide, place, sizeof wide);
      fprintf (out->file, "%llu", (unsigned long long) wide);
      break;
    case LS_JSON_FIELD_BOOL:
      put (out, load_int (place, 1) != 0 ? "true" : "false");
      break;
    case LS_JSON_FIELD_ENUM:
      put_enum (out, field->name_of ((int) load_int (place, 4)), load_int (place, 4));
      break;
    default:
      put (out, "0"); /* LS_JSON_FIELD_OUTSIDE */
      break;
    }
}

/* A field that may be absent. */
static LsStatus
put_compound (Out *out, const LsJsonField *field, const void *record, bool *is_first)
{
  const void *place = (const char *) record + field->offset;
  const LsBuffer *buffer = record;
  LsBytes bytes;

  if (field->kind == LS_JSON_FIELD_TEXT || field->kind == LS_JSON_FIELD_TABLE)
    {
      const void *pointer = load_pointer (place);

      if (pointer == NULL || pointer == ls_no_text)
        return LS_OK;
      put_key (out, field->key, is_first);
      if (field->kind == LS_JSON_FIELD_TABLE)
        return put_table (out, field->table, pointer);
      put_string (out, pointer);
      return LS_OK;
    }
  if (field->kind == LS_JSON_FIELD_DATA)
    bytes = (LsBytes){ buffer->data, buffer->size };
  else
    memcpy (&bytes, place, sizeof bytes);
  if (bytes.data == NULL)
    return LS_OK;
  put_key (out, field->key, is_first);
  put_bytes (out, bytes.data, bytes.size);
  return LS_OK;
}

static LsStatus
put_many (Out *out, const LsJsonField *field, const void *record, bool *is_first)
{
  const int64_t count = load_int ((const char *) record + field->count_offset, 4);
  const void *items = load_pointer ((const char *) record + field->offset);

  if (count < 0 || (count == 0 && !field->is_stated))
    return LS_OK;
  put_key (out, field->key, is_first);
  if (field->kind == LS_JSON_FIELD_TABLES)
    return put_tables (out, field->table, items, (uint32_t) count);
  put_list (out, field->kind, items, (uint32_t) count);
  return LS_OK;
}

static LsStatus
put_field (Out *out, const LsJsonField *field, const void *record, bool *is_first)
{
  switch ((int) field->kind)
    {
    case LS_JSON_FIELD_INT:
    case LS_JSON_FIELD_UINT:
    case LS_JSON_FIELD_UINT64:
    case LS_JSON_FIELD_BOOL:
    case LS_JSON_FIELD_ENUM:
    case LS_JSON_FIELD_OUTSIDE:
      put_key (out, field->key, is_first);
      put_scalar (out, field, (const char *) record + field->offset);
      return LS_OK;
    case LS_JSON_FIELD_TEXT:
    case LS_JSON_FIELD_BYTES:
    case LS_JSON_FIELD_DATA:
    case LS_JSON_FIELD_TABLE:
      return put_compound (out, field, record, is_first);
    case LS_JSON_FIELD_INTS:
    case LS_JSON_FIELD_LONGS:
    case LS_JSON_FIELD_FLOATS:
    case LS_JSON_FIELD_BOOLS:
    case LS_JSON_FIELD_TABLES:
      return put_many (out, field, record, is_first);
    case LS_JSON_FIELD_GRAPHS:
      put_key (out, field->key, is_first);
      return put_graphs (out, record);
    case LS_JSON_FIELD_UNION:
      return put_union (out, field, record, is_first);
    case LS_JSON_FIELD_OPTIONS:
      return put_options (out, field, record, is_first);
    }
  return LS_OK;
}

static LsStatus
put_table (Out *out, const LsJsonTable *table, const void *record)
{
  bool is_first = true;

  open_bracket (out, '{');
  for (uint32_t i = 0; i < table->n_fields; i++)
    LS_TRY (put_field (out, &table->fields[i], record, &is_first));
  close_bracket (out, '}');
  return LS_OK;
}

LsStatus
ls_json_write_model (const LsModel *model, LsWriter *writer, LsError *error)
{
  Out out = { .file = ls_writer_file (writer), .error = error };
  /* Numbers have a decimal point, whatever the user's language says. */
  const locale_t plain = newlocale (LC_ALL_MASK, "C", (locale_t) 0);
  const locale_t before = uselocale (plain);
  LsStatus status;

  status = put_table (&out, &ls_json_model, model);
  putc ('\n', out.file);
  uselocale (before);
  if (plain != (locale_t) 0)
    freelocale (plain);
  return status;
}
