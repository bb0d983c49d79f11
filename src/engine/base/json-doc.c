/* A whole JSON document in memory, for small files: lists of inputs, settings. */
#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/store.h"

struct LsJson
{
  LsJsonKind kind;
  uint32_t count;      /* of an array or object */
  const char *key;     /* in an object */
  const char *string;  /* LS_JSON_STRING */
  const LsJson *items; /* `count` of them */
  double number;
};

struct LsJsonDoc
{
  LsStore *store;
  const LsJson *root;
};

LS_DEFINE_AUTO (LsJsonDoc, ls_json_free)

/* Values whose container has not ended yet, innermost last. */
typedef struct
{
  LsJsonReader reader;
  LsStore *store;
  LsJson *values;
  size_t n_values, capacity;
  size_t first[LS_JSON_MAX_DEPTH]; /* by level: where its values begin */
} Builder;

static LsJson *
push (Builder *b)
{
  if (b->n_values == b->capacity)
    {
      const size_t wanted = b->capacity < 16 ? 16 : b->capacity * 2;
      LsJson *larger = realloc (b->values, wanted * sizeof *larger);

      if (larger == NULL)
        return NULL;
      b->values = larger;
      b->capacity = wanted;
    }
  b->values[b->n_values] = (LsJson){ .number = NAN };
  return &b->values[b->n_values++];
}

static char *
copy_string (Builder *b)
{
  char *copy = ls_store_alloc (b->store, b->reader.length + 1);

  if (copy != NULL)
    ls_json_unescape (&b->reader, copy);
  return copy;
}

/* Moves the values of the level that has ended into the store, below their container. */
static bool
close_level (Builder *b)
{
  const size_t first = b->first[b->reader.depth], n = b->n_values - first;
  LsJson *container = &b->values[first - 1];

  container->items = ls_store_copy (b->store, b->values + first, n * sizeof *b->values);
  container->count = (uint32_t) n;
  b->n_values = first;
  return container->items != NULL;
}

/* The value that a token begins or is; false: out of memory. */
static bool
add_value (Builder *b, LsJsonToken token, const char *key)
{
  static const LsJsonKind kinds[] = {
    [LS_JSON_TOKEN_OBJECT] = LS_JSON_OBJECT, [LS_JSON_TOKEN_ARRAY] = LS_JSON_ARRAY,
    [LS_JSON_TOKEN_STRING] = LS_JSON_STRING, [LS_JSON_TOKEN_NUMBER] = LS_JSON_NUMBER,
    [LS_JSON_TOKEN_TRUE] = LS_JSON_TRUE,     [LS_JSON_TOKEN_FALSE] = LS_JSON_FALSE,
    [LS_JSON_TOKEN_NULL] = LS_JSON_NULL,
  };
  LsJson *value = push (b);

  if (value == NULL)
    return false;
  value->kind = kinds[token];
  value->key = key;
  if (token == LS_JSON_TOKEN_NUMBER)
    value->number = ls_json_double (&b->reader);
  if (token == LS_JSON_TOKEN_STRING && (value->string = copy_string (b)) == NULL)
    return false;
  if (token == LS_JSON_TOKEN_OBJECT || token == LS_JSON_TOKEN_ARRAY)
    b->first[b->reader.depth - 1] = b->n_values;
  return true;
}

static LsStatus
build (Builder *b)
{
  const char *key = NULL;
  LsJsonToken token = LS_JSON_TOKEN_NULL;

  while (true)
    {
      LS_TRY (ls_json_next (&b->reader, &token));
      if (token == LS_JSON_TOKEN_END)
        return LS_OK;

      bool is_good;

      if (token == LS_JSON_TOKEN_KEY)
        {
          key = copy_string (b);
          is_good = key != NULL;
        }
      else if (token == LS_JSON_TOKEN_OBJECT_END || token == LS_JSON_TOKEN_ARRAY_END)
        is_good = close_level (b);
      else
        {
          is_good = add_value (b, token, key);
          key = NULL;
        }
      if (!is_good)
        return ls_fail_no_memory (b->reader.error, "a JSON document", b->reader.size);
    }
}

LsStatus
ls_json_parse (const char *text, size_t size, LsJsonDoc **out, LsError *error)
{
  LS_AUTO (LsJsonDoc, ls_json_free) doc = calloc (1, sizeof *doc);
  Builder b = { .store = ls_store_new (NULL) };

  *out = NULL;
  if (doc != NULL)
    doc->store = b.store;
  if (doc == NULL || b.store == NULL)
    {
      if (doc == NULL)
        ls_store_unref (b.store);
      return ls_fail_no_memory (error, "a JSON document", size);
    }
  ls_json_reader_init (&b.reader, text, size, error);

  LsStatus status = build (&b);

  if (status == LS_OK)
    {
      doc->root = ls_store_copy (b.store, b.values, sizeof *b.values);
      if (doc->root == NULL)
        status = ls_fail_no_memory (error, "a JSON document", size);
    }
  free (b.values);
  if (status == LS_OK)
    *out = ls_steal (&doc);
  return status;
}

void
ls_json_free (LsJsonDoc *doc)
{
  if (doc == NULL)
    return;
  ls_store_unref (doc->store);
  free (doc);
}

const LsJson *
ls_json_root (const LsJsonDoc *doc)
{
  return doc->root;
}

LsJsonKind
ls_json_kind (const LsJson *value)
{
  return value != NULL ? value->kind : LS_JSON_NULL;
}

uint32_t
ls_json_count (const LsJson *value)
{
  return value != NULL ? value->count : 0;
}

const LsJson *
ls_json_at (const LsJson *value, uint32_t index)
{
  return index < ls_json_count (value) ? &value->items[index] : NULL;
}

const char *
ls_json_key (const LsJson *object, uint32_t index)
{
  return index < ls_json_count (object) ? object->items[index].key : NULL;
}

const LsJson *
ls_json_get (const LsJson *object, const char *key)
{
  for (uint32_t i = 0; i < ls_json_count (object); i++)
    if (object->items[i].key != NULL && strcmp (object->items[i].key, key) == 0)
      return &object->items[i];
  return NULL;
}

const char *
ls_json_string (const LsJson *value)
{
  return value != NULL ? value->string : NULL;
}

double
ls_json_number (const LsJson *value, double otherwise)
{
  return ls_json_kind (value) == LS_JSON_NUMBER ? value->number : otherwise;
}
