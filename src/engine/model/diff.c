/* The differ's frame: pairs subgraphs, compares what belongs to the whole model, keeps the report.
 */
#include "model/diff.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/names.h"

static const char *const category_names[] = {
  [LS_DIFF_STRUCTURE] = "structure", [LS_DIFF_ATTRIBUTE] = "attribute",
  [LS_DIFF_VERSION] = "version",     [LS_DIFF_TYPE] = "type",
  [LS_DIFF_SHAPE] = "shape",         [LS_DIFF_QUANTIZATION] = "quantization",
  [LS_DIFF_WEIGHTS] = "weights",     [LS_DIFF_NAME] = "name",
  [LS_DIFF_PORT] = "port",           [LS_DIFF_SIGNATURE] = "signature",
  [LS_DIFF_METADATA] = "metadata",
};

_Static_assert(sizeof category_names / sizeof *category_names == LS_N_DIFF_CATEGORIES,
               "every category has a name");

const char *
ls_diff_category_name (LsDiffCategory category)
{
  return (unsigned) category < LS_N_DIFF_CATEGORIES ? category_names[category] : NULL;
}

/* ---- The report ------------------------------------------------------------------------------ */

LsStatus
ls_diff_no_memory (LsDiffer *differ)
{
  return ls_fail_no_memory (differ->error, "the differences", differ->out->n_entries);
}

const char *
ls_diff_real (float value, char out[LS_DIFF_NUMBER])
{
  for (int digits = 6; digits <= 9; digits++)
    {
      snprintf (out, LS_DIFF_NUMBER, "%.*g", digits, (double) value);
      if (strtof (out, NULL) == value)
        break;
    }
  return out;
}

const char *
ls_diff_name (const char *name, char out[LS_DIFF_NAME_SIZE])
{
  static const char ellipsis[] = "…";
  size_t length = strcspn (name, ";");

  if (name[length] == '\0' && length < LS_DIFF_NAME_SIZE)
    return name;
  if (length > LS_DIFF_NAME_SIZE - sizeof ellipsis)
    length = LS_DIFF_NAME_SIZE - sizeof ellipsis;
  while (length > 0 && ((unsigned char) name[length] & 0xc0) == 0x80)
    length--; /* no half characters */
  memcpy (out, name, length);
  memcpy (out + length, ellipsis, sizeof ellipsis);
  return out;
}

void
ls_diff_put_tensors (LsDiffEntry *entry, const LsDiffSides *sides, char *field, int32_t a,
                     int32_t b)
{
  entry->field = field;
  entry->tensor_a = a;
  entry->tensor_b = b;
  entry->before = a >= 0 ? (char *) sides->a->tensors[a].name : NULL;
  entry->after = b >= 0 ? (char *) sides->b->tensors[b].name : NULL;
}

LsStatus
ls_diff_add_only (const LsDiffSides *sides, const LsDiffEntry *entry)
{
  const bool is_in_a = entry->before != NULL;
  char name[LS_DIFF_NAME_SIZE];

  return ls_diff_add (sides->differ, entry, "%s \"%s\" only in %s", entry->field,
                      ls_diff_name (is_in_a ? entry->before : entry->after, name),
                      is_in_a ? "A" : "B");
}

LsDiffEntry
ls_diff_entry (const LsDiffSides *sides, LsDiffCategory category, const char *kind)
{
  return (LsDiffEntry){ .category = category,
                        .kind = kind,
                        .subgraph_a = sides != NULL ? sides->index_a : -1,
                        .subgraph_b = sides != NULL ? sides->index_b : -1,
                        .op_a = -1,
                        .op_b = -1,
                        .tensor_a = -1,
                        .tensor_b = -1 };
}

static void
entry_clear (LsDiffEntry *entry)
{
  free (entry->field);
  free (entry->before);
  free (entry->after);
  free (entry->text);
}

/* False: out of memory. NULL stays NULL. */
static bool
copy_text (char **text)
{
  if (*text == NULL)
    return true;
  *text = strdup (*text);
  return *text != NULL;
}

LsStatus
ls_diff_add (LsDiffer *differ, const LsDiffEntry *prototype, const char *format, ...)
{
  LsDiff *out = differ->out;
  LsDiffEntry entry = *prototype;
  bool is_good = true;
  va_list args;

  if (out->n_entries == differ->cap_entries)
    {
      const size_t cap = differ->cap_entries < 64 ? 64 : (size_t) differ->cap_entries * 2;
      LsDiffEntry *larger = realloc (out->entries, cap * sizeof *larger);

      if (larger == NULL || cap > UINT32_MAX)
        return ls_diff_no_memory (differ);
      out->entries = larger;
      differ->cap_entries = (uint32_t) cap;
    }
  va_start (args, format);
  if (vasprintf (&entry.text, format, args) < 0)
    entry.text = NULL;
  va_end (args);
  is_good = entry.text != NULL;
  is_good &= copy_text (&entry.field);
  is_good &= copy_text (&entry.before);
  is_good &= copy_text (&entry.after);
  if (!is_good)
    {
      entry_clear (&entry);
      return ls_diff_no_memory (differ);
    }
  out->counts[entry.category]++;
  out->entries[out->n_entries++] = entry;
  return LS_OK;
}

void
ls_diff_clear (LsDiff *diff)
{
  for (uint32_t i = 0; i < diff->n_entries; i++)
    entry_clear (&diff->entries[i]);
  free (diff->entries);
  for (uint32_t i = 0; i < diff->n_graphs; i++)
    {
      free (diff->graphs[i].ops);
      free (diff->graphs[i].tensors);
    }
  free (diff->graphs);
  *diff = (LsDiff){ 0 };
}

/* ---- The whole model ------------------------------------------------------------------------- */

static LsStatus
add_text (LsDiffer *differ, LsDiffCategory category, const char *kind, const char *field,
          const char *before, const char *after)
{
  LsDiffEntry entry = ls_diff_entry (NULL, category, kind);

  entry.field = (char *) field;
  entry.before = (char *) before;
  entry.after = (char *) after;
  if (before != NULL && after != NULL)
    return ls_diff_add (differ, &entry, "%s \"%.100s\" → \"%.100s\"", field, before, after);
  return ls_diff_add (differ, &entry, "%s \"%.100s\" only in %s", field,
                      before != NULL ? before : after, before != NULL ? "A" : "B");
}

static LsStatus
diff_metadata_entry (LsDiffer *differ, const LsMetadata *a, const LsMetadata *b)
{
  const LsBytes x = ls_model_buffer (differ->a, a->buffer);
  const LsBytes y = ls_model_buffer (differ->b, b->buffer);
  LsDiffEntry entry = ls_diff_entry (NULL, LS_DIFF_METADATA, "metadata-changed");

  if (x.size == y.size && (x.size == 0 || memcmp (x.data, y.data, x.size) == 0))
    return LS_OK;
  entry.field = (char *) a->name;
  return ls_diff_add (differ, &entry, "metadata \"%.100s\" differs (%zu and %zu bytes)", a->name,
                      x.size, y.size);
}

/* The entries that one model has and the other has not, or has otherwise. */
static LsStatus
diff_entries_of (LsDiffer *differ, const LsModel *these, const LsModel *those, bool is_added)
{
  LsNames names;
  LsStatus status = LS_OK;

  if (!ls_names_init (&names, those->metadata, those->n_metadata, sizeof (LsMetadata),
                      offsetof (LsMetadata, name)))
    return ls_fail_no_memory (differ->error, "the names", those->n_metadata);
  for (uint32_t i = 0; status == LS_OK && i < these->n_metadata; i++)
    {
      const char *name = these->metadata[i].name;
      const int64_t other = ls_names_find (&names, name);

      if (other < 0)
        status
          = add_text (differ, LS_DIFF_METADATA, is_added ? "metadata-added" : "metadata-removed",
                      "metadata", is_added ? NULL : name, is_added ? name : NULL);
      else if (!is_added)
        status = diff_metadata_entry (differ, &these->metadata[i], &those->metadata[other]);
    }
  ls_names_clear (&names);
  return status;
}

static LsStatus
diff_entries (LsDiffer *differ)
{
  LS_TRY (diff_entries_of (differ, differ->a, differ->b, false));
  return diff_entries_of (differ, differ->b, differ->a, true);
}

static LsStatus
diff_metadata (LsDiffer *differ)
{
  const LsModel *a = differ->a, *b = differ->b;
  char before[LS_DIFF_NUMBER], after[LS_DIFF_NUMBER];

  if (strcmp (a->description, b->description) != 0)
    LS_TRY (add_text (differ, LS_DIFF_METADATA, "description-changed", "description",
                      a->description, b->description));
  if (a->version != b->version)
    {
      snprintf (before, sizeof before, "%" PRIu32, a->version);
      snprintf (after, sizeof after, "%" PRIu32, b->version);
      LS_TRY (add_text (differ, LS_DIFF_METADATA, "schema-version-changed", "schema version",
                        before, after));
    }
  return diff_entries (differ);
}

/* ---- Signatures ------------------------------------------------------------------------------ */

/* The ports that one list has and the other has not. */
static LsStatus
diff_ports_of (LsDiffer *differ, const LsSignature *signature, const char *what, bool is_added,
               const LsSignaturePort *these, uint32_t n_these, const LsSignaturePort *those,
               uint32_t n_those)
{
  LsNames names;
  LsStatus status = LS_OK;

  if (!ls_names_init (&names, those, n_those, sizeof *those, offsetof (LsSignaturePort, name)))
    return ls_fail_no_memory (differ->error, "the names", n_those);
  for (uint32_t i = 0; status == LS_OK && i < n_these; i++)
    {
      LsDiffEntry entry = ls_diff_entry (
        NULL, LS_DIFF_SIGNATURE, is_added ? "signature-port-added" : "signature-port-removed");

      if (ls_names_find (&names, these[i].name) >= 0)
        continue;
      entry.field = (char *) signature->key;
      entry.before = is_added ? NULL : (char *) these[i].name;
      entry.after = is_added ? (char *) these[i].name : NULL;
      status = ls_diff_add (differ, &entry, "signature \"%.100s\": %s \"%.100s\" only in %s",
                            signature->key, what, these[i].name, is_added ? "B" : "A");
    }
  ls_names_clear (&names);
  return status;
}

static LsStatus
diff_signature (LsDiffer *differ, const LsSignature *a, const LsSignature *b)
{
  LS_TRY (
    diff_ports_of (differ, a, "input", false, a->inputs, a->n_inputs, b->inputs, b->n_inputs));
  LS_TRY (diff_ports_of (differ, a, "input", true, b->inputs, b->n_inputs, a->inputs, a->n_inputs));
  LS_TRY (
    diff_ports_of (differ, a, "output", false, a->outputs, a->n_outputs, b->outputs, b->n_outputs));
  return diff_ports_of (differ, a, "output", true, b->outputs, b->n_outputs, a->outputs,
                        a->n_outputs);
}

static LsStatus
diff_signatures_of (LsDiffer *differ, const LsModel *these, const LsModel *those, bool is_added)
{
  LsNames keys;
  LsStatus status = LS_OK;

  if (!ls_names_init (&keys, those->signatures, those->n_signatures, sizeof (LsSignature),
                      offsetof (LsSignature, key)))
    return ls_fail_no_memory (differ->error, "the names", those->n_signatures);
  for (uint32_t i = 0; status == LS_OK && i < these->n_signatures; i++)
    {
      const char *key = these->signatures[i].key;
      const int64_t other = ls_names_find (&keys, key);

      if (other < 0)
        status
          = add_text (differ, LS_DIFF_SIGNATURE, is_added ? "signature-added" : "signature-removed",
                      "signature", is_added ? NULL : key, is_added ? key : NULL);
      else if (!is_added)
        status = diff_signature (differ, &these->signatures[i], &those->signatures[other]);
    }
  ls_names_clear (&keys);
  return status;
}

static LsStatus
diff_signatures (LsDiffer *differ)
{
  LS_TRY (diff_signatures_of (differ, differ->a, differ->b, false));
  return diff_signatures_of (differ, differ->b, differ->a, true);
}

LsStatus
ls_diff (const LsModel *a, const LsModel *b, const LsDiffOptions *options,
         const LsProgress *progress, LsDiff *out, LsError *error)
{
  LsDiffer differ = { .a = a, .b = b, .progress = progress, .out = out, .error = error };
  LsStatus status;

  *out = (LsDiff){ 0 };
  if (options != NULL)
    differ.options = *options;
  status = diff_metadata (&differ);
  if (status == LS_OK)
    status = diff_signatures (&differ);
  if (status == LS_OK)
    status = ls_diff_graphs (&differ);
  if (status != LS_OK)
    ls_diff_clear (out);
  return status;
}
