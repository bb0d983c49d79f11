/*
 * Lookup tables that live as long as the session: HASHTABLE, HASHTABLE_IMPORT, HASHTABLE_FIND,
 * HASHTABLE_SIZE. Keys and values are int64 and text, either way round.
 *
 * A table is filled once; it is kept sorted and searched by halving. Sources:
 * tflite/kernels/hashtable*.cc, experimental/resource/static_hashtable.cc.
 */
#include "base/strings.h"
#include "ops/op.h"
#include "ops/resource.h"
#include "ops/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  int64_t number;
  LsBytes text; /* in the table's own bytes */
  size_t order; /* as imported */
} Entry;

typedef struct
{
  LsType key_type; /* INT64 or STRING; the values have the other one */
  bool is_filled;
  size_t count;
  Entry *entries;
  uint8_t *bytes; /* of all texts */
} Table;

static void
table_free (void *data)
{
  Table *table = data;

  free (table->entries);
  free (table->bytes);
  free (table);
}

/* The keys of int64 tables are numbers, those of text tables are texts. */
static int
compare_numbers (const Entry *a, const Entry *b)
{
  return (a->number > b->number) - (a->number < b->number);
}

static int
compare_texts (const Entry *a, const Entry *b)
{
  size_t n = a->text.size < b->text.size ? a->text.size : b->text.size;
  int order = n > 0 ? memcmp (a->text.data, b->text.data, n) : 0;

  return order != 0 ? order : (a->text.size > b->text.size) - (a->text.size < b->text.size);
}

static int
by_order (const Entry *a, const Entry *b)
{
  return (a->order > b->order) - (a->order < b->order);
}

static int
sort_numbers (const void *a, const void *b)
{
  int order = compare_numbers (a, b);

  return order != 0 ? order : by_order (a, b);
}

static int
sort_texts (const void *a, const void *b)
{
  int order = compare_texts (a, b);

  return order != 0 ? order : by_order (a, b);
}

static const Entry *
table_find (const Table *table, const Entry *key)
{
  size_t low = 0, high = table->count;

  while (low < high)
    {
      size_t middle = low + (high - low) / 2;
      const Entry *entry = &table->entries[middle];
      int order = table->key_type == LS_TYPE_INT64 ? compare_numbers (key, entry)
                                                   : compare_texts (key, entry);

      if (order == 0)
        return entry;
      if (order < 0)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}

/* Of equal keys the first one stays. */
static void
table_sort (Table *table)
{
  bool is_number = table->key_type == LS_TYPE_INT64;
  size_t n = 0;

  qsort (table->entries, table->count, sizeof *table->entries,
         is_number ? sort_numbers : sort_texts);
  for (size_t i = 0; i < table->count; i++)
    {
      const Entry *entry = &table->entries[i], *last = n > 0 ? &table->entries[n - 1] : NULL;

      if (last != NULL
          && (is_number ? compare_numbers (last, entry) : compare_texts (last, entry)) == 0)
        continue;
      table->entries[n++] = *entry;
    }
  table->count = n;
}

static LsStatus
table_fill (LsNode *node, Table *table, const LsValue *keys, const LsValue *values)
{
  bool is_number = keys->type == LS_TYPE_INT64;
  const LsValue *numbers = is_number ? keys : values, *texts = is_number ? values : keys;
  LsStrings strings;

  if (!ls_strings_open (texts->data, texts->n_bytes, &strings) || strings.count != numbers->count)
    return ls_node_fail (node, LS_E_INVALID, "there are %zu numbers, but %zu texts", numbers->count,
                         strings.count);
  table->entries = calloc (strings.count + 1, sizeof *table->entries);
  table->bytes = malloc (texts->n_bytes + 1);
  if (table->entries == NULL || table->bytes == NULL)
    return ls_node_fail (node, LS_E_NO_MEMORY, "there is no memory for a table of %zu entries",
                         strings.count);
  if (texts->n_bytes > 0)
    memcpy (table->bytes, texts->data, texts->n_bytes);
  ls_strings_open (table->bytes, texts->n_bytes, &strings);
  for (size_t i = 0; i < strings.count; i++)
    table->entries[i]
      = (Entry){ ((const int64_t *) numbers->data)[i], ls_strings_get (&strings, i), i };
  table->count = strings.count;
  table->is_filled = true;
  table_sort (table);
  return LS_OK;
}

/* ---- HASHTABLE ------------------------------------------------------------------------------- */

static LsStatus
hashtable_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  int32_t id = *(const int32_t *) node->state;
  LsResource *resource = ls_node_resource (node, id);

  memcpy (node->out[0]->data, &id, sizeof id);
  if (resource == NULL || resource->table != NULL)
    return LS_OK;

  Table *table = calloc (1, sizeof *table);

  if (table == NULL)
    return ls_node_fail (node, LS_E_NO_MEMORY, "there is no memory for a table");
  table->key_type = (LsType) ls_attr_int (node->def, "key_dtype", LS_TYPE_INT64);
  resource->table = table;
  resource->free_table = table_free;
  return LS_OK;
}

static LsStatus
hashtable_prepare (LsNode *node, LsError *error)
{
  int64_t key = ls_attr_int (node->def, "key_dtype", 0),
          value = ls_attr_int (node->def, "value_dtype", 0);
  char name[24];

  LS_TRY (ls_node_arity (node, 0, 0, 1, error));
  if (!(key == LS_TYPE_INT64 && value == LS_TYPE_STRING)
      && !(key == LS_TYPE_STRING && value == LS_TYPE_INT64))
    return ls_node_unsupported (node, error, "a table from %s to %s", ls_type_name ((LsType) key),
                                ls_type_name ((LsType) value));
  snprintf (name, sizeof name, "%lld", (long long) ls_attr_int (node->def, "table_id", 0));

  int32_t *id = ls_node_alloc (node, 1, sizeof *id, error);

  if (id == NULL)
    return LS_E_NO_MEMORY;
  *id = ls_node_resource_id (node, "\1HASHTABLE", name, error);
  node->state = id;
  if (*id < 0)
    return LS_E_NO_MEMORY;
  LS_TRY (ls_node_types (node, node->out[0], "the handle", LS_BIT_HANDLE, error));
  LS_TRY (ls_node_output (node, 0, 1, (const int32_t[]){ 1 }, error));
  ls_node_phase (node, hashtable_run, 1, 1);
  return LS_OK;
}

/* ---- The others ------------------------------------------------------------------------------ */

/* The table of a handle whose keys have the type. */
static Table *
open_table (LsNode *node, LsType key_type)
{
  LsResource *resource = ls_node_opened (node, 0);
  Table *table = resource != NULL ? resource->table : NULL;

  if (table == NULL || resource->free_table != table_free)
    {
      ls_node_fail (node, LS_E_INVALID, "the handle is not that of a table");
      return NULL;
    }
  if (key_type != LS_TYPE_RESOURCE && key_type != table->key_type)
    {
      ls_node_fail (node, LS_E_INVALID, "the keys of the table are %s, not %s",
                    ls_type_name (table->key_type), ls_type_name (key_type));
      return NULL;
    }
  return table;
}

static LsStatus
check_pair (const LsNode *node, const LsValue *keys, const LsValue *values, LsError *error)
{
  if ((keys->type == LS_TYPE_INT64 && values->type == LS_TYPE_STRING)
      || (keys->type == LS_TYPE_STRING && values->type == LS_TYPE_INT64))
    return LS_OK;
  return ls_node_unsupported (node, error, "keys of %s with values of %s",
                              ls_type_name (keys->type), ls_type_name (values->type));
}

static LsStatus
import_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  Table *table = open_table (node, node->in[1]->type);

  if (table == NULL)
    return LS_E_INVALID;
  if (table->is_filled)
    return LS_OK;

  const LsValue *keys = node->in[1], *values = node->in[2];

  LS_TRY (ls_node_count_resource (node, ls_node_opened (node, 0),
                                  keys->n_bytes + values->n_bytes
                                    + keys->count * sizeof *table->entries));
  return table_fill (node, table, keys, values);
}

static LsStatus
import_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 3, 3, 0, error));
  LS_TRY (ls_node_handle (node, 0, error));
  LS_TRY (check_pair (node, node->in[1], node->in[2], error));
  if (!ls_same_dims (node->in[1], node->in[2]))
    return ls_node_invalid (node, error, "the keys have the shape %s, the values %s",
                            LS_SHAPE (node->in[1]), LS_SHAPE (node->in[2]));
  ls_node_phase (node, import_run, 1, 1);
  return LS_OK;
}

static LsStatus
find_texts (LsNode *node, const Table *table)
{
  const LsValue *keys = node->in[1], *otherwise = node->in[2];
  LsStringsBuilder builder = { .max_bytes = ls_node_max_strings (node) };
  LsStrings defaults;
  size_t n_bytes;

  if (!ls_strings_open (otherwise->data, otherwise->n_bytes, &defaults) || defaults.count == 0)
    return ls_node_fail (node, LS_E_INVALID, "there is no default value");
  for (size_t i = 0; i < keys->count; i++)
    {
      const Entry *found
        = table_find (table, &(Entry){ .number = ((const int64_t *) keys->data)[i] });

      ls_strings_add (&builder, found != NULL ? found->text : ls_strings_get (&defaults, 0));
    }

  void *packed = ls_strings_finish (&builder, &n_bytes);

  if (packed == NULL)
    return ls_node_fail (node, LS_E_NO_MEMORY, "there is no memory for %zu texts", keys->count);
  return ls_node_take_output (node, 0, keys->rank, keys->dims, packed, n_bytes);
}

static LsStatus
find_numbers (LsNode *node, const Table *table)
{
  const LsValue *keys = node->in[1];
  LsStrings strings;
  int64_t *out = node->out[0]->data;

  if (!ls_strings_open (keys->data, keys->n_bytes, &strings) || strings.count != keys->count)
    return ls_node_fail (node, LS_E_INVALID, "the keys are not %zu texts", keys->count);
  for (size_t i = 0; i < keys->count; i++)
    {
      const Entry *found = table_find (table, &(Entry){ .text = ls_strings_get (&strings, i) });

      out[i] = found != NULL ? found->number : *(const int64_t *) node->in[2]->data;
    }
  return LS_OK;
}

static LsStatus
find_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Table *table = open_table (node, node->in[1]->type);

  if (table == NULL)
    return LS_E_INVALID;
  if (!table->is_filled)
    return ls_node_fail (node, LS_E_INVALID, "the table was not filled before it is searched");
  return table->key_type == LS_TYPE_INT64 ? find_texts (node, table) : find_numbers (node, table);
}

static LsStatus
find_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 3, 3, 1, error));
  LS_TRY (ls_node_handle (node, 0, error));
  LS_TRY (check_pair (node, node->in[1], node->out[0], error));
  LS_TRY (ls_node_same_type (node, node->in[2], node->out[0], error));
  if (node->in[2]->count == 0)
    return ls_node_invalid (node, error, "there is no default value");
  LS_TRY (ls_node_output_like (node, 0, node->in[1], error));
  if (node->out[0]->type == LS_TYPE_STRING)
    ls_node_output_dynamic (node, 0);
  ls_node_phase (node, find_run, 1, 1);
  return LS_OK;
}

static LsStatus
size_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Table *table = open_table (node, LS_TYPE_RESOURCE);

  if (table == NULL)
    return LS_E_INVALID;
  *(int64_t *) node->out[0]->data = (int64_t) table->count;
  return LS_OK;
}

static LsStatus
size_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_handle (node, 0, error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (INT64), error));
  LS_TRY (ls_node_output (node, 0, 1, (const int32_t[]){ 1 }, error));
  ls_node_phase (node, size_run, 1, 1);
  return LS_OK;
}

#define TABLE_OP(stem, prepare_function)                                                           \
  const LsOp ls_op_##stem = {                                                                      \
    .prepare = prepare_function,                                                                   \
    .flags = LS_OP_STATEFUL,                                                                       \
    .max_version = 1,                                                                              \
    .types = "int64 to string, string to int64",                                                   \
  };

TABLE_OP (hashtable, hashtable_prepare)
TABLE_OP (hashtable_find, find_prepare)
TABLE_OP (hashtable_import, import_prepare)
TABLE_OP (hashtable_size, size_prepare)
