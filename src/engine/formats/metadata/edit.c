/*
 * Setting texts of the metadata. The table that holds them is written anew in front of the old
 * FlatBuffer, which stays as it is, byte for byte, and to which the new table's other fields lead:
 * offsets in a FlatBuffer point forwards only.
 *
 * Source: tflite-support, metadata_schema.fbs; the FlatBuffers documentation, "FlatBuffer
 * Internals".
 */
#include "model/edit.h"

#include <inttypes.h>
#include <string.h>

#include "base/size.h"
#include "formats/metadata/table.h"
#include "model/history.h"

static const char *const fields[]
  = { "name", "description", "version", NULL /* subgraphs */, "author", "license", NULL, NULL };

enum
{
  N_FIELDS = sizeof fields / sizeof *fields,
  KNOWN_LATER = 64, /* fields that a newer schema may have and that are looked for */
  VTABLE_AT = 8,    /* behind the root's offset and the identifier */
  VTABLE_SIZE = 4 + 2 * N_FIELDS,
  TABLE_AT = VTABLE_AT + VTABLE_SIZE,
  TABLE_SIZE = 4 + 4 * N_FIELDS,
  ALIGNMENT = 16
};

#define ENTRY "TFLITE_METADATA"

_Static_assert(TABLE_AT % 4 == 0, "tables stand at multiples of four");

static int
field_of (const char *key)
{
  for (int i = 0; i < N_FIELDS; i++)
    if (fields[i] != NULL && strcmp (fields[i], key) == 0)
      return i;
  return -1;
}

static void
put32 (uint8_t *at, uint32_t value)
{
  memcpy (at, &value, sizeof value);
}

static void
put16 (uint8_t *at, uint16_t value)
{
  memcpy (at, &value, sizeof value);
}

static size_t
aligned (size_t size, size_t alignment)
{
  return (size + alignment - 1) / alignment * alignment;
}

/* Room of a text with its length and its end. */
static size_t
text_room (const char *text)
{
  return text[0] != '\0' ? aligned (4 + strlen (text) + 1, 4) : 0;
}

/* The new FlatBuffer in the model's store: a head with one text, then the old one. Empty: out of
 * memory. */
static LsBytes
make_buffer (LsModel *model, LsBytes old, const LsFlatTable *root, int field, const char *text)
{
  const size_t text_at = TABLE_AT + TABLE_SIZE;
  const size_t old_at = aligned (text_at + text_room (text), ALIGNMENT);
  size_t size;

  if (!ls_add (&size, old_at, old.size) || size > INT32_MAX)
    return (LsBytes){ NULL, 0 };

  uint8_t *bytes = ls_model_alloc (model, size, 1);

  if (bytes == NULL)
    return (LsBytes){ NULL, 0 };
  put32 (bytes, TABLE_AT);
  memcpy (bytes + 4, "M001", 4);
  put16 (bytes + VTABLE_AT, VTABLE_SIZE);
  put16 (bytes + VTABLE_AT + 2, TABLE_SIZE);
  put32 (bytes + TABLE_AT, VTABLE_SIZE); /* how far the vtable stands in front */
  for (int i = 0; i < N_FIELDS; i++)
    {
      const uint32_t at = (uint32_t) (TABLE_AT + 4 + 4 * i);
      const uint32_t old_target = ls_flat_table (root, (uint32_t) i).at;
      const size_t target = i == field        ? (text[0] != '\0' ? text_at : 0)
                            : old_target != 0 ? old_at + old_target
                                              : 0;

      if (target == 0)
        continue;
      put16 (bytes + VTABLE_AT + 4 + 2 * i, (uint16_t) (4 + 4 * i));
      put32 (bytes + at, (uint32_t) (target - at));
    }
  if (text[0] != '\0')
    {
      put32 (bytes + text_at, (uint32_t) strlen (text));
      memcpy (bytes + text_at + 4, text, strlen (text));
    }
  if (old.size > 0)
    memcpy (bytes + old_at, old.data, old.size);
  return (LsBytes){ bytes, size };
}

/* Position of an entry; n_metadata when there is none. */
static uint32_t
find_entry (const LsModel *model, const char *name)
{
  uint32_t i = 0;

  while (i < model->n_metadata && strcmp (model->metadata[i].name, name) != 0)
    i++;
  return i;
}

/* Gives an entry these bytes; empty ones take it out. */
static LsStatus
set_entry (LsModel *model, const char *name, LsBytes bytes, LsError *error)
{
  LsMetadata *list = ls_model_alloc (model, (size_t) model->n_metadata + 1, sizeof *list);
  const uint32_t at = find_entry (model, name);
  uint32_t n = 0;

  if (list == NULL)
    return ls_fail_no_memory (error, "metadata", model->n_metadata);
  for (uint32_t i = 0; i < model->n_metadata; i++)
    if (i != at || bytes.size > 0)
      list[n++] = model->metadata[i];
  if (bytes.size > 0)
    {
      const int buffer = ls_model_add_buffer (model, bytes.data, bytes.size);
      const char *copy = ls_model_strdup (model, name);

      if (buffer < 0 || copy == NULL)
        return ls_fail_no_memory (error, "metadata", bytes.size);
      list[at] = (LsMetadata){ copy, (uint32_t) buffer };
      n += at == model->n_metadata;
    }
  model->metadata = list;
  model->n_metadata = n;
  if (!ls_model_compact (model, NULL, NULL, NULL))
    return ls_fail_no_memory (error, "metadata", bytes.size);
  return LS_OK;
}

static LsStatus
set_field (LsModel *model, int field, const char *text, LsError *error)
{
  const uint32_t at = find_entry (model, ENTRY);
  LsBytes old = { NULL, 0 };
  LsFlatTable root = { old, 0 };

  if (at < model->n_metadata)
    {
      old = ls_model_buffer (model, model->metadata[at].buffer);
      root = ls_flat_root (old, "M001");
      if (root.at == 0)
        return ls_fail (error, LS_E_FORMAT, -1,
                        "the TFLite Metadata of the model is damaged: its %s cannot be set",
                        fields[field]);
    }
  else if (text[0] == '\0')
    return LS_OK;
  for (uint32_t i = N_FIELDS; i < KNOWN_LATER; i++)
    if (ls_flat_table (&root, i).at != 0)
      return ls_fail (error, LS_E_UNSUPPORTED, -1,
                      "the TFLite Metadata of the model has field %" PRIu32
                      " of a newer schema, which would be lost",
                      i);

  const LsBytes bytes = make_buffer (model, old, &root, field, text);

  if (bytes.size == 0)
    return ls_fail_no_memory (error, "metadata", old.size);
  return set_entry (model, ENTRY, bytes, error);
}

LsStatus
ls_edit_set_metadata (LsModel *model, const char *key, const char *text, LsError *error)
{
  const int field = field_of (key);
  const char *value = text != NULL ? text : "";

  if (key[0] == '\0' || (field < 0 && strcmp (key, ENTRY) == 0))
    return ls_fail (error, LS_E_USAGE, -1, "\"%.80s\" is no key of metadata that holds a text",
                    key);
  if (!ls_history_begin (model))
    return ls_fail_no_memory (error, "a step to be undone", 0);
  if (field >= 0)
    return ls_edit_end (model, set_field (model, field, value, error), error);

  const char *copy = ls_model_strdup (model, value);
  const LsStatus status
    = copy != NULL
        ? set_entry (model, key, (LsBytes){ (const uint8_t *) copy, strlen (copy) }, error)
        : ls_fail_no_memory (error, "metadata", strlen (value));

  return ls_edit_end (model, status, error);
}
