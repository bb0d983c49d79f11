/* What tells two operators apart: kind, version, options, and which tensors they read. */
#include "model/diff.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum
{
  SHOWN_VALUES = 8 /* of a list, in a text */
};

typedef struct
{
  LsDiffSides *sides;
  const LsOperator *a, *b;
  LsDiffEntry place; /* with both operators in it */
} Pair;

/* ---- Only one of the models has it ----------------------------------------------------------- */

static LsStatus
add_alone (LsDiffSides *sides, bool is_added, uint32_t index)
{
  const LsSubgraph *graph = is_added ? sides->b : sides->a;
  const LsOperator *op = &graph->ops[index];
  LsDiffEntry entry
    = ls_diff_entry (sides, LS_DIFF_STRUCTURE, is_added ? "operator-added" : "operator-removed");

  entry.op_a = is_added ? -1 : (int) index;
  entry.op_b = is_added ? (int) index : -1;
  entry.field = "operator";
  entry.before = is_added ? NULL : (char *) ls_op_kind_text (op);
  entry.after = is_added ? (char *) ls_op_kind_text (op) : NULL;

  const int32_t from = op->n_inputs > 0 ? op->inputs[0] : -1;

  if (from < 0)
    return ls_diff_add (sides->differ, &entry, "only in %s", is_added ? "B" : "A");

  char name[LS_DIFF_NAME_SIZE];

  return ls_diff_add (sides->differ, &entry, "only in %s, reads \"%s\"", is_added ? "B" : "A",
                      ls_diff_name (graph->tensors[from].name, name));
}

/* ---- Options --------------------------------------------------------------------------------- */

static bool
same_attr (const LsAttr *a, const LsAttr *b)
{
  if (a->kind != b->kind)
    return false;
  switch (a->kind)
    {
    case LS_ATTR_INT:
      return a->i == b->i;
    case LS_ATTR_FLOAT:
      return a->f == b->f || (isnan (a->f) && isnan (b->f));
    case LS_ATTR_STRING:
      return strcmp (a->text != NULL ? a->text : "", b->text != NULL ? b->text : "") == 0;
    case LS_ATTR_BYTES:
      return a->bytes.size == b->bytes.size
             && (a->bytes.size == 0 || memcmp (a->bytes.data, b->bytes.data, a->bytes.size) == 0);
    case LS_ATTR_INTS:
      return a->count == b->count
             && (a->count == 0 || memcmp (a->ints, b->ints, a->count * sizeof *a->ints) == 0);
    case LS_ATTR_FLOATS:
      return a->count == b->count
             && (a->count == 0 || memcmp (a->floats, b->floats, a->count * sizeof *a->floats) == 0);
    }
  return false;
}

static void
put_list (FILE *out, const LsAttr *attr)
{
  char text[LS_DIFF_NUMBER];

  putc ('[', out);
  for (uint32_t i = 0; i < attr->count && i < SHOWN_VALUES; i++)
    if (attr->kind == LS_ATTR_INTS)
      fprintf (out, "%s%" PRId64, i > 0 ? ", " : "", attr->ints[i]);
    else
      fprintf (out, "%s%s", i > 0 ? ", " : "", ls_diff_real (attr->floats[i], text));
  fputs (attr->count > SHOWN_VALUES ? ", …]" : "]", out);
}

/* A value as text, from malloc; NULL: out of memory. */
static char *
attr_text (const LsAttr *attr)
{
  char *text = NULL, number[LS_DIFF_NUMBER];
  size_t size;
  FILE *out = open_memstream (&text, &size);

  if (out == NULL)
    return NULL;
  switch (attr->kind)
    {
    case LS_ATTR_INT:
      if (attr->text != NULL)
        fputs (attr->text, out);
      else if (attr->is_bool)
        fputs (attr->i != 0 ? "true" : "false", out);
      else
        fprintf (out, "%" PRId64, attr->i);
      break;
    case LS_ATTR_FLOAT:
      fputs (ls_diff_real ((float) attr->f, number), out);
      break;
    case LS_ATTR_STRING:
      fprintf (out, "\"%.200s\"", attr->text != NULL ? attr->text : "");
      break;
    case LS_ATTR_BYTES:
      fprintf (out, "%zu bytes", attr->bytes.size);
      break;
    case LS_ATTR_INTS:
    case LS_ATTR_FLOATS:
      put_list (out, attr);
    }
  if (fclose (out) == 0)
    return text;
  free (text);
  return NULL;
}

static LsStatus
add_attr (const Pair *pair, const LsAttr *a, const LsAttr *b)
{
  LsDiffer *differ = pair->sides->differ;
  LS_FREE char *before = a != NULL ? attr_text (a) : NULL;
  LS_FREE char *after = b != NULL ? attr_text (b) : NULL;
  LsDiffEntry entry = pair->place;

  if ((a != NULL && before == NULL) || (b != NULL && after == NULL))
    return ls_diff_no_memory (differ);
  entry.category = LS_DIFF_ATTRIBUTE;
  entry.kind = b == NULL   ? "attribute-removed"
               : a == NULL ? "attribute-added"
                           : "attribute-changed";
  entry.field = (char *) (a != NULL ? a : b)->name;
  entry.before = before;
  entry.after = after;
  return ls_diff_add (differ, &entry, "%s: %s → %s", entry.field,
                      before != NULL ? before : "absent", after != NULL ? after : "absent");
}

static LsStatus
compare_attrs (const Pair *pair)
{
  for (uint32_t i = 0; i < pair->a->n_attrs; i++)
    {
      const LsAttr *a = &pair->a->attrs[i], *b = ls_op_attr (pair->b, a->name);

      /* A field that only one schema or options table has matters where it was given. */
      if (b == NULL ? a->is_set : !same_attr (a, b))
        LS_TRY (add_attr (pair, a, b));
    }
  for (uint32_t i = 0; i < pair->b->n_attrs; i++)
    {
      const LsAttr *b = &pair->b->attrs[i];

      if (b->is_set && ls_op_attr (pair->a, b->name) == NULL)
        LS_TRY (add_attr (pair, NULL, b));
    }
  return LS_OK;
}

static LsStatus
compare_custom (const Pair *pair)
{
  const LsBytes a = pair->a->custom_options, b = pair->b->custom_options;
  char before[LS_DIFF_NUMBER], after[LS_DIFF_NUMBER];
  LsDiffEntry entry = pair->place;

  if (a.size == b.size && (a.size == 0 || memcmp (a.data, b.data, a.size) == 0))
    return LS_OK;
  snprintf (before, sizeof before, "%zu bytes", a.size);
  snprintf (after, sizeof after, "%zu bytes", b.size);
  entry.category = LS_DIFF_ATTRIBUTE;
  entry.kind = "custom-options-changed";
  entry.field = "custom_options";
  entry.before = before;
  entry.after = after;
  return ls_diff_add (pair->sides->differ, &entry, "custom options differ: %s → %s", before, after);
}

/* ---- Kind, version --------------------------------------------------------------------------- */

static LsStatus
compare_kind (const Pair *pair)
{
  LsDiffer *differ = pair->sides->differ;
  char before[LS_DIFF_NUMBER], after[LS_DIFF_NUMBER];
  LsDiffEntry entry = pair->place;

  if (strcmp (ls_op_kind_text (pair->a), ls_op_kind_text (pair->b)) != 0)
    {
      entry.kind = "operator-kind-changed";
      entry.field = "kind";
      entry.before = (char *) ls_op_kind_text (pair->a);
      entry.after = (char *) ls_op_kind_text (pair->b);
      return ls_diff_add (differ, &entry, "is %s, was %s", entry.after, entry.before);
    }
  if (pair->a->version == pair->b->version)
    return LS_OK;
  snprintf (before, sizeof before, "%" PRId32, pair->a->version);
  snprintf (after, sizeof after, "%" PRId32, pair->b->version);
  entry.category = LS_DIFF_VERSION;
  entry.kind = "version-changed";
  entry.field = "version";
  entry.before = before;
  entry.after = after;
  return ls_diff_add (differ, &entry, "version %s → %s", before, after);
}

/* ---- Edges ----------------------------------------------------------------------------------- */

/* Another operand is no news where an operator in front of it was put in or taken out, or where
 * two constants hold the same. */
static bool
is_explained (const LsDiffSides *sides, int32_t a, int32_t b)
{
  const int32_t maker_a = sides->uses_a.producer[a], maker_b = sides->uses_b.producer[b];

  return sides->tensor_b[a] == b || (maker_a >= 0 && sides->op_b[maker_a] < 0)
         || (maker_b >= 0 && sides->op_a[maker_b] < 0) || ls_diff_same_bytes (sides, a, b);
}

static LsStatus
compare_edge (const Pair *pair, const char *what, uint32_t slot, int32_t a, int32_t b)
{
  const LsDiffSides *sides = pair->sides;
  LsDiffEntry entry = pair->place;
  char field[LS_DIFF_NUMBER], before[LS_DIFF_NAME_SIZE], after[LS_DIFF_NAME_SIZE];

  if ((a < 0 && b < 0) || (a >= 0 && b >= 0 && is_explained (sides, a, b)))
    return LS_OK;
  snprintf (field, sizeof field, "%s %u", what, slot);
  entry.kind = a < 0 ? "operand-added" : b < 0 ? "operand-removed" : "operand-changed";
  ls_diff_put_tensors (&entry, sides, field, a, b);
  if (a < 0 || b < 0)
    return ls_diff_add_only (sides, &entry);
  return ls_diff_add (sides->differ, &entry, "%s is \"%s\", was \"%s\"", field,
                      ls_diff_name (entry.after, after), ls_diff_name (entry.before, before));
}

static LsStatus
compare_edges (const Pair *pair, const char *what, const int32_t *a, uint32_t n_a, const int32_t *b,
               uint32_t n_b)
{
  for (uint32_t i = 0; i < n_a || i < n_b; i++)
    LS_TRY (compare_edge (pair, what, i, i < n_a ? a[i] : -1, i < n_b ? b[i] : -1));
  return LS_OK;
}

static LsStatus
compare_ops (LsDiffSides *sides, uint32_t a, uint32_t b)
{
  Pair pair = { sides, &sides->a->ops[a], &sides->b->ops[b],
                ls_diff_entry (sides, LS_DIFF_STRUCTURE, NULL) };

  pair.place.op_a = (int) a;
  pair.place.op_b = (int) b;
  LS_TRY (compare_kind (&pair));
  LS_TRY (compare_attrs (&pair));
  LS_TRY (compare_custom (&pair));
  LS_TRY (compare_edges (&pair, "input", pair.a->inputs, pair.a->n_inputs, pair.b->inputs,
                         pair.b->n_inputs));
  return compare_edges (&pair, "output", pair.a->outputs, pair.a->n_outputs, pair.b->outputs,
                        pair.b->n_outputs);
}

LsStatus
ls_diff_ops (LsDiffSides *sides)
{
  LsDiff *out = sides->differ->out;

  for (uint32_t i = 0; i < sides->a->n_ops; i++)
    if (sides->op_b[i] >= 0)
      {
        out->n_paired++;
        LS_TRY (compare_ops (sides, i, (uint32_t) sides->op_b[i]));
      }
    else
      {
        out->n_removed++;
        LS_TRY (add_alone (sides, false, i));
      }
  for (uint32_t i = 0; i < sides->b->n_ops; i++)
    if (sides->op_a[i] < 0)
      {
        out->n_added++;
        LS_TRY (add_alone (sides, true, i));
      }
  return LS_OK;
}
