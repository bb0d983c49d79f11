/*
 * Setting texts of the metadata. The table that holds them is written anew in front of the old
 * FlatBuffer, which stays as it is, byte for byte, and to which the new table's other fields lead:
 * offsets in a FlatBuffer point forwards only.
 *
 * Source: tflite-support, metadata_schema.fbs; the FlatBuffers documentation, "FlatBuffer
 * Internals".
 */
#include "formats/metadata/edit.h"

#include <inttypes.h>
#include <string.h>

#include "base/size.h"
#include "model/edit.h"
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
  PAYLOAD_AT = TABLE_AT + TABLE_SIZE,
  ALIGNMENT = 16
};

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

size_t
ls_metadata_distance (size_t payload)
{
  return aligned (PAYLOAD_AT + payload, ALIGNMENT) - PAYLOAD_AT;
}

/* The new FlatBuffer in the model's store: a head with the payload, then the old one. Empty: out of
 * memory. */
static LsBytes
make_buffer (LsModel *model, LsBytes old, const LsFlatTable *root, uint32_t field, LsBytes payload)
{
  const size_t old_at = PAYLOAD_AT + ls_metadata_distance (payload.size);
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
  for (uint32_t i = 0; i < N_FIELDS; i++)
    {
      const uint32_t at = TABLE_AT + 4 + 4 * i, old_target = ls_flat_table (root, i).at;
      const size_t target = i == field        ? (payload.size > 0 ? PAYLOAD_AT : 0)
                            : old_target != 0 ? old_at + old_target
                                              : 0;

      if (target == 0)
        continue;
      put16 (bytes + VTABLE_AT + 4 + 2 * i, (uint16_t) (4 + 4 * i));
      put32 (bytes + at, (uint32_t) (target - at));
    }
  if (payload.size > 0)
    memcpy (bytes + PAYLOAD_AT, payload.data, payload.size);
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

LsStatus
ls_metadata_replace (LsModel *model, uint32_t field, LsBytes payload, LsError *error)
{
  const uint32_t at = find_entry (model, LS_METADATA_ENTRY);
  LsBytes old = { NULL, 0 };
  LsFlatTable root = { old, 0 };

  if (at < model->n_metadata)
    {
      old = ls_model_buffer (model, model->metadata[at].buffer);
      root = ls_flat_root (old, "M001");
      if (root.at == 0)
        return ls_fail (error, LS_E_FORMAT, -1,
                        "the TFLite Metadata of the model is damaged: it cannot be changed");
    }
  else if (payload.size == 0)
    return LS_OK;
  for (uint32_t i = N_FIELDS; i < KNOWN_LATER; i++)
    if (ls_flat_table (&root, i).at != 0)
      return ls_fail (error, LS_E_UNSUPPORTED, -1,
                      "the TFLite Metadata of the model has field %" PRIu32
                      " of a newer schema, which would be lost",
                      i);

  const LsBytes bytes = make_buffer (model, old, &root, field, payload);

  if (bytes.size == 0)
    return ls_fail_no_memory (error, "metadata", old.size);
  return set_entry (model, LS_METADATA_ENTRY, bytes, error);
}

/* A text as a FlatBuffer holds it: length, bytes, an end. */
static LsStatus
set_field (LsModel *model, uint32_t field, const char *text, LsError *error)
{
  const size_t length = strlen (text);
  const size_t size = length > 0 ? aligned (4 + length + 1, 4) : 0;
  uint8_t *bytes = ls_model_alloc (model, size + 4, 1);

  if (bytes == NULL || length > INT32_MAX)
    return ls_fail_no_memory (error, "metadata", length);
  put32 (bytes, (uint32_t) length);
  memcpy (bytes + 4, text, length); /* none when there is no text: the field goes */
  return ls_metadata_replace (model, field, (LsBytes){ bytes, size }, error);
}

LsStatus
ls_edit_set_metadata (LsModel *model, const char *key, const char *text, LsError *error)
{
  const int field = field_of (key);
  const char *value = text != NULL ? text : "";

  if (key[0] == '\0' || (field < 0 && strcmp (key, LS_METADATA_ENTRY) == 0))
    return ls_fail (error, LS_E_USAGE, -1, "\"%.80s\" is no key of metadata that holds a text",
                    key);
  if (!ls_history_begin (model))
    return ls_fail_no_memory (error, "a step to be undone", 0);
  if (field >= 0)
    return ls_edit_end (model, set_field (model, (uint32_t) field, value, error), error);

  const char *copy = ls_model_strdup (model, value);
  const LsStatus status
    = copy != NULL
        ? set_entry (model, key, (LsBytes){ (const uint8_t *) copy, strlen (copy) }, error)
        : ls_fail_no_memory (error, "metadata", strlen (value));

  return ls_edit_end (model, status, error);
}
