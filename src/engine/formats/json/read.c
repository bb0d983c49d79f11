#include "formats/json/read.h"

#include <stdlib.h>
#include <string.h>

#include "formats/json/fields.h"
#include "formats/json/options.h"
#include "model/validate.h"

enum
{
  MAX_UNIONS = 2 /* in one table */
};

/* A union's value and type stand side by side, in either order: the value is read when its object
 * has ended. */
typedef struct
{
  const LsJsonField *field;
  bool has_value;
  LsJsonReader value; /* in front of it */
  char type[48];
} Pending;

static LsStatus read_table (LsJsonIn *in, LsJsonToken token, const LsJsonTable *table,
                            void *record);

static void
store (void *record, size_t offset, const void *value, size_t size)
{
  memcpy ((char *) record + offset, value, size);
}

/* ---- Records --------------------------------------------------------------------------------- */

typedef struct
{
  char *records;
  uint32_t count, capacity;
} Growing;

static bool
add_record (Growing *g, const LsJsonTable *table)
{
  if (g->count == g->capacity)
    {
      const uint32_t wanted = g->capacity < 8 ? 8 : g->capacity * 2;
      char *larger
        = wanted > g->capacity ? realloc (g->records, (size_t) wanted * table->size) : NULL;

      if (larger == NULL)
        return false;
      g->records = larger;
      g->capacity = wanted;
    }
  memcpy (g->records + (size_t) g->count * table->size, table->initial, table->size);
  return true;
}

static LsStatus
grow_tables (LsJsonIn *in, const LsJsonTable *table, Growing *g)
{
  LsJsonToken token;

  while (true)
    {
      LS_TRY (ls_json_next (&in->reader, &token));
      if (token == LS_JSON_TOKEN_ARRAY_END)
        return LS_OK;
      if (!add_record (g, table))
        return ls_fail_no_memory (in->reader.error, table->name, g->count * table->size);
      LS_TRY (read_table (in, token, table, g->records + (size_t) g->count * table->size));
      g->count++;
    }
}

static LsStatus
read_tables (LsJsonIn *in, LsJsonToken token, const LsJsonField *field, void *record)
{
  Growing g = { 0 };
  void *records;

  LS_TRY (ls_json_want (in, token, LS_JSON_TOKEN_ARRAY, "a list of objects"));

  LsStatus status = grow_tables (in, field->table, &g);

  if (status == LS_OK && field->is_heap)
    { /* a key that is there twice */
      memcpy (&records, (char *) record + field->offset, sizeof records);
      free (records);
      records = ls_steal (&g.records);
    }
  else if (status == LS_OK)
    {
      records = ls_store_copy (in->model->store, g.records, g.count * field->table->size);
      if (records == NULL)
        status = ls_fail_no_memory (in->reader.error, field->key, g.count * field->table->size);
    }
  free (g.records);
  if (status != LS_OK)
    return status;
  store (record, field->offset, &records, sizeof records);
  store (record, field->count_offset, &g.count, sizeof g.count);
  return LS_OK;
}

static LsStatus
read_graphs (LsJsonIn *in, LsJsonToken token)
{
  LS_TRY (ls_json_want (in, token, LS_JSON_TOKEN_ARRAY, "a list of objects"));
  while (true)
    {
      LS_TRY (ls_json_next (&in->reader, &token));
      if (token == LS_JSON_TOKEN_ARRAY_END)
        return LS_OK;

      const int index = ls_model_add_graph (in->model, ls_no_text);

      if (index < 0)
        return ls_fail_no_memory (in->reader.error, "a subgraph", sizeof (LsGraph));

      LsGraph *graph = in->model->graphs[index];

      LS_TRY (read_table (in, token, &ls_json_subgraph, &graph->view));
      graph->cap_tensors = graph->view.n_tensors;
      graph->cap_ops = graph->view.n_ops;
    }
}

static LsStatus
read_pointer (LsJsonIn *in, LsJsonToken token, const LsJsonField *field, void *record)
{
  void *made = ls_model_alloc (in->model, 1, field->table->size);

  if (made == NULL)
    return ls_fail_no_memory (in->reader.error, field->key, field->table->size);
  memcpy (made, field->table->initial, field->table->size);
  LS_TRY (read_table (in, token, field->table, made));
  store (record, field->offset, &made, sizeof made);
  return LS_OK;
}

/* ---- Fields ---------------------------------------------------------------------------------- */

static LsStatus
read_list (LsJsonIn *in, LsJsonToken token, const LsJsonField *field, void *record)
{
  const bool is_wide = field->kind == LS_JSON_FIELD_LONGS,
             is_bool = field->kind == LS_JSON_FIELD_BOOLS,
             is_float = field->kind == LS_JSON_FIELD_FLOATS;
  const size_t size = is_wide ? sizeof (int64_t) : is_bool ? sizeof (bool) : sizeof (int32_t);
  const void *items;
  uint32_t count;

  LS_TRY (ls_json_read_list (in, token, size,
                             is_wide    ? ls_json_int64_item
                             : is_bool  ? ls_json_bool_item
                             : is_float ? ls_json_float_item
                                        : ls_json_int32_item,
                             NULL, &items, &count));
  store (record, field->offset, &items, sizeof items);
  store (record, field->count_offset, &count, sizeof count);
  return LS_OK;
}

static LsStatus
read_number (LsJsonIn *in, LsJsonToken token, const LsJsonField *field, void *record)
{
  int64_t low = field->low, high = field->high, value;

  if (high == 0)
    {
      low = field->kind == LS_JSON_FIELD_UINT ? 0 : INT32_MIN;
      high = field->kind == LS_JSON_FIELD_UINT ? UINT32_MAX : INT32_MAX;
    }
  LS_TRY (ls_json_read_int (in, token, low, high, &value));

  const uint32_t narrow = (uint32_t) value;

  store (record, field->offset, &narrow, sizeof narrow);
  return LS_OK;
}

static LsStatus
read_enum (LsJsonIn *in, LsJsonToken token, const LsJsonField *field, void *record)
{
  if (token != LS_JSON_TOKEN_STRING)
    return read_number (in, token, field, record);
  for (int32_t value = 0; value < field->n_names; value++)
    if (ls_json_is (&in->reader, field->name_of (value)))
      {
        store (record, field->offset, &value, sizeof value);
        return LS_OK;
      }
  return ls_json_fail (&in->reader, "the type of %s has no value of this name", field->key);
}

static LsStatus
read_outside (LsJsonIn *in, LsJsonToken token, const LsJsonField *field)
{
  uint64_t value;

  LS_TRY (ls_json_read_uint64 (in, token, &value));
  if (value > 1) /* 0 and 1 stand for none */
    return ls_json_fail (&in->reader, "%s places bytes outside of the JSON, where there are none",
                         field->key);
  return LS_OK;
}

static LsStatus
read_small (LsJsonIn *in, LsJsonToken token, const LsJsonField *field, void *record)
{
  bool flag;
  uint64_t wide;
  const char *text;
  LsBytes bytes;

  if (field->kind == LS_JSON_FIELD_BOOL)
    {
      LS_TRY (ls_json_read_bool (in, token, &flag));
      store (record, field->offset, &flag, sizeof flag);
    }
  else if (field->kind == LS_JSON_FIELD_UINT64)
    {
      LS_TRY (ls_json_read_uint64 (in, token, &wide));
      store (record, field->offset, &wide, sizeof wide);
    }
  else if (field->kind == LS_JSON_FIELD_TEXT)
    {
      LS_TRY (ls_json_read_text (in, token, &text));
      store (record, field->offset, &text, sizeof text);
    }
  else
    {
      LS_TRY (ls_json_read_bytes (in, token, &bytes));
      if (field->kind == LS_JSON_FIELD_BYTES)
        store (record, field->offset, &bytes, sizeof bytes);
      else
        *(LsBuffer *) record = (LsBuffer){ .data = bytes.data, .size = bytes.size };
    }
  return LS_OK;
}

static LsStatus
read_field (LsJsonIn *in, LsJsonToken token, const LsJsonField *field, void *record)
{
  switch (field->kind)
    {
    case LS_JSON_FIELD_INT:
    case LS_JSON_FIELD_UINT:
      return read_number (in, token, field, record);
    case LS_JSON_FIELD_ENUM:
      return read_enum (in, token, field, record);
    case LS_JSON_FIELD_BOOL:
    case LS_JSON_FIELD_UINT64:
    case LS_JSON_FIELD_TEXT:
    case LS_JSON_FIELD_BYTES:
    case LS_JSON_FIELD_DATA:
      return read_small (in, token, field, record);
    case LS_JSON_FIELD_INTS:
    case LS_JSON_FIELD_LONGS:
    case LS_JSON_FIELD_FLOATS:
    case LS_JSON_FIELD_BOOLS:
      return read_list (in, token, field, record);
    case LS_JSON_FIELD_OUTSIDE:
      return read_outside (in, token, field);
    case LS_JSON_FIELD_TABLE:
      return read_pointer (in, token, field, record);
    case LS_JSON_FIELD_TABLES:
      return read_tables (in, token, field, record);
    case LS_JSON_FIELD_GRAPHS:
      return read_graphs (in, token);
    case LS_JSON_FIELD_UNION:
    case LS_JSON_FIELD_OPTIONS:
      break; /* see Pending */
    }
  return LS_OK;
}

/* ---- Unions ---------------------------------------------------------------------------------- */

static LsStatus
read_chosen (LsJsonIn *in, LsJsonToken token, const LsJsonField *field, const char *type,
             void *record)
{
  const LsJsonUnion *u = field->choice;
  int i = 0;

  while (u->choices[i].name != NULL && strcmp (u->choices[i].name, type) != 0)
    i++;
  if (u->choices[i].name == NULL)
    return ls_json_fail (&in->reader, "%s cannot be of type %s", field->key, type);

  const uint8_t small = (uint8_t) u->choices[i].value;
  const int32_t number = u->choices[i].value;

  store (record, u->offset, u->width == 1 ? (const void *) &small : &number, u->width);
  return read_table (in, token, u->choices[i].table, record);
}

static LsStatus
read_option_table (LsJsonIn *in, LsJsonToken token, const LsJsonField *field, const char *type,
                   LsOperator *op)
{
  const LsOptionTable *table = ls_schema_options_by_name (type);

  if (table == NULL || table->which != field->which)
    return ls_json_fail (&in->reader, "%s cannot be of type %s", field->key, type);
  if (op->options_type != NULL)
    return ls_json_fail (&in->reader, "an operator has options of two kinds at once");
  LS_TRY (ls_json_want (in, token, LS_JSON_TOKEN_OBJECT, "an object"));
  return ls_json_read_options (in, table, op);
}

/* Goes back to the values of unions, whose types are known now. */
static LsStatus
read_pending (LsJsonIn *in, const Pending *pending, void *record)
{
  for (int i = 0; i < MAX_UNIONS; i++)
    {
      const LsJsonField *field = pending[i].field;
      const LsJsonReader after = in->reader;
      LsJsonToken token;

      if (!pending[i].has_value || pending[i].type[0] == '\0'
          || strcmp (pending[i].type, "NONE") == 0)
        continue;
      in->reader = pending[i].value;
      LS_TRY (ls_json_next (&in->reader, &token));
      if (token == LS_JSON_TOKEN_NULL)
        ;
      else if (field->kind == LS_JSON_FIELD_UNION)
        LS_TRY (read_chosen (in, token, field, pending[i].type, record));
      else
        LS_TRY (read_option_table (in, token, field, pending[i].type, record));
      in->reader = after;
    }
  return LS_OK;
}

/* Notes the type or the value of a union; @is_known: whether the key was one of these. */
static LsStatus
note_union (LsJsonIn *in, Pending *pending, bool *is_known)
{
  char key[64];
  LsJsonToken token;

  *is_known = false;
  for (int i = 0; i < MAX_UNIONS && pending[i].field != NULL && !*is_known; i++)
    {
      Pending *p = &pending[i];

      ls_json_type_key (p->field->key, key, sizeof key);

      const bool is_type = ls_json_is (&in->reader, key);

      if (!is_type && !ls_json_is (&in->reader, p->field->key))
        continue;
      *is_known = true;
      if (!is_type)
        {
          p->has_value = true;
          p->value = in->reader;
        }
      LS_TRY (ls_json_next (&in->reader, &token));
      if (!is_type)
        LS_TRY (ls_json_skip (&in->reader, token));
      else if (token != LS_JSON_TOKEN_STRING || in->reader.length >= sizeof p->type)
        return ls_json_fail (&in->reader, "the name of a table is expected");
      else
        ls_json_unescape (&in->reader, p->type);
    }
  return LS_OK;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static const LsJsonField *
find_field (const LsJsonIn *in, const LsJsonTable *table)
{
  for (uint32_t i = 0; i < table->n_fields; i++)
    if (ls_json_is (&in->reader, table->fields[i].key))
      return &table->fields[i];
  return NULL;
}

static LsStatus
read_table (LsJsonIn *in, LsJsonToken token, const LsJsonTable *table, void *record)
{
  Pending pending[MAX_UNIONS];
  int n_unions = 0;

  LS_TRY (ls_json_want (in, token, LS_JSON_TOKEN_OBJECT, "an object"));
  for (int i = 0; i < MAX_UNIONS; i++)
    {
      pending[i].field = NULL;
      pending[i].has_value = false;
      pending[i].type[0] = '\0';
    }
  for (uint32_t i = 0; i < table->n_fields && n_unions < MAX_UNIONS; i++)
    if (table->fields[i].kind == LS_JSON_FIELD_UNION
        || table->fields[i].kind == LS_JSON_FIELD_OPTIONS)
      pending[n_unions++].field = &table->fields[i];
  while (true)
    {
      bool is_union;

      LS_TRY (ls_json_next (&in->reader, &token));
      if (token == LS_JSON_TOKEN_OBJECT_END)
        return read_pending (in, pending, record);
      LS_TRY (note_union (in, pending, &is_union));
      if (is_union)
        continue;

      const LsJsonField *field = find_field (in, table);

      LS_TRY (ls_json_next (&in->reader, &token));
      if (field == NULL || token == LS_JSON_TOKEN_NULL)
        LS_TRY (ls_json_skip (&in->reader, token));
      else
        LS_TRY (read_field (in, token, field, record));
    }
}

static LsStatus
read_document (LsJsonIn *in)
{
  LsModel *model = in->model;
  LsJsonToken token;
  LsStatus status;

  LS_TRY (ls_json_next (&in->reader, &token));
  status = read_table (in, token, &ls_json_model, model);
  /* also on error: the arrays are as long as they are */
  model->cap_codes = model->n_codes;
  model->cap_buffers = model->n_buffers;
  if (status != LS_OK)
    return status;
  LS_TRY (ls_json_next (&in->reader, &token));
  if (model->n_buffers == 0 && ls_model_add_buffer (model, NULL, 0) < 0)
    return ls_fail_no_memory (in->reader.error, "a buffer", sizeof (LsBuffer));
  for (uint32_t i = 0; i < model->n_codes; i++)
    {
      LsOpCode *code = &model->codes[i];

      code->kind
        = code->wide_code > code->deprecated_code ? code->wide_code : code->deprecated_code;
    }
  return ls_model_resolve_codes (model, in->reader.error);
}

LsStatus
ls_json_read_model (LsBytes file, LsModel *model, LsError *error)
{
  LsJsonIn in = { .model = model };

  ls_json_reader_init (&in.reader, (const char *) file.data, file.size, error);
  in.reader.allows_nan = true;
  return read_document (&in);
}
