/* Edits of names and versions, and what all edits share. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "model/edit.h"
#include "model/channel_factors.h"
#include "model/history.h"
#include "model/validate.h"

enum
{
  SHOWN_NAMES = 3, /* in an error */
  MAX_NAME = 4000  /* bytes of a name that a pattern makes */
};

/* ---- What edits share ------------------------------------------------------------------------ */

LsStatus
ls_edit_note (LsEditReport *report, LsError *error, const char *format, ...)
{
  va_list args;
  char *text;

  if (report == NULL)
    return LS_OK;
  va_start (args, format);
  if (vasprintf (&text, format, args) < 0)
    text = NULL;
  va_end (args);

  char **notes = realloc (report->notes, ((size_t) report->n_notes + 1) * sizeof *notes);

  if (notes != NULL)
    report->notes = notes;
  if (text == NULL || notes == NULL)
    {
      free (text);
      return ls_fail_no_memory (error, "a report", report->n_notes);
    }
  notes[report->n_notes++] = text;
  return LS_OK;
}

void
ls_edit_report_clear (LsEditReport *report)
{
  for (uint32_t i = 0; i < report->n_notes; i++)
    free (report->notes[i]);
  free (report->notes);
  *report = (LsEditReport){ 0 };
}

LsStatus
ls_edit_end (LsModel *model, LsStatus status, LsError *error)
{
  if (status == LS_OK)
    status = ls_model_validate (model, error);
  /* They stand in the metadata under the names of tensors. */
  if (status == LS_OK && !ls_channel_factors_save (model))
    status = ls_fail_no_memory (error, "the factors of channels", 0);
  if (status != LS_OK)
    ls_history_cancel (model);
  return status;
}

LsStatus
ls_edit_check_subgraph (const LsModel *model, uint32_t subgraph, LsError *error)
{
  if (subgraph < model->n_graphs)
    return LS_OK;
  return ls_fail (error, LS_E_USAGE, -1, "there is no subgraph %" PRIu32 ": the model has %" PRIu32,
                  subgraph, model->n_graphs);
}

/* ---- Patterns -------------------------------------------------------------------------------- */

/* Whether @text is what @pattern says, in which * stands for anything and ? for one byte. */
static bool
matches (const char *pattern, const char *text)
{
  const char *star = NULL, *resume = NULL;

  while (*text != '\0')
    if (*pattern == '*')
      {
        star = ++pattern;
        resume = text;
      }
    else if (*pattern == '?' || (*pattern != '\0' && *pattern == *text))
      {
        pattern++;
        text++;
      }
    else if (star != NULL)
      { /* the last * takes one more */
        pattern = star;
        text = ++resume;
      }
    else
      return false;
  while (*pattern == '*')
    pattern++;
  return *pattern == '\0';
}

/* "17" as an index; UINT32_MAX: it is none. */
static uint32_t
parse_index (const char *text, uint32_t count)
{
  char *end;
  const unsigned long index = strtoul (text, &end, 10);

  return *text >= '0' && *text <= '9' && *end == '\0' && index < count ? (uint32_t) index
                                                                       : UINT32_MAX;
}

static void
append_name (char *list, size_t size, const char *name, uint32_t index)
{
  const size_t at = strlen (list);

  snprintf (list + at, size - at, "%s%" PRIu32 " \"%.60s\"", at > 0 ? ", " : "", index, name);
}

/* Names that hold what was asked for, or are held in it, in a sentence. */
static LsStatus
fail_not_found (const LsSubgraph *graph, uint32_t subgraph, const char *pattern, LsError *error)
{
  char near[300] = "";
  uint32_t n = 0;

  for (uint32_t i = 0; i < graph->n_tensors && n < SHOWN_NAMES; i++)
    if (graph->tensors[i].name[0] != '\0'
        && (strcasestr (graph->tensors[i].name, pattern) != NULL
            || (strlen (graph->tensors[i].name) > 3
                && strcasestr (pattern, graph->tensors[i].name) != NULL)))
      {
        append_name (near, sizeof near, graph->tensors[i].name, i);
        n++;
      }
  return ls_fail (error, LS_E_USAGE, -1, "there is no tensor \"%.80s\" in subgraph %" PRIu32 "%s%s",
                  pattern, subgraph, n > 0 ? "; near it are " : "", near);
}

LsStatus
ls_edit_find_tensor (const LsModel *model, uint32_t subgraph, const char *pattern, uint32_t *out,
                     LsError *error)
{
  LS_TRY (ls_edit_check_subgraph (model, subgraph, error));

  const LsSubgraph *graph = &model->graphs[subgraph]->view;
  char found[300] = "";
  uint32_t n = 0;

  for (int pass = 0; pass < 2 && n == 0; pass++) /* the name itself goes before what it matches */
    for (uint32_t i = 0; i < graph->n_tensors; i++)
      if (pass == 0 ? strcmp (graph->tensors[i].name, pattern) == 0
                    : matches (pattern, graph->tensors[i].name))
        {
          if (n == 0)
            *out = i;
          if (n < SHOWN_NAMES)
            append_name (found, sizeof found, graph->tensors[i].name, i);
          n++;
        }
  if (n > 1)
    return ls_fail (error, LS_E_USAGE, -1,
                    "\"%.80s\" stands for %" PRIu32 " tensors (%s%s): name one, or give its index",
                    pattern, n, found, n > SHOWN_NAMES ? ", …" : "");
  if (n == 1)
    return LS_OK;
  *out = parse_index (pattern, graph->n_tensors);
  return *out != UINT32_MAX ? LS_OK : fail_not_found (graph, subgraph, pattern, error);
}

/* ---- Renaming -------------------------------------------------------------------------------- */

typedef struct
{
  LsModel *model;
  uint32_t subgraph;
  const char *from, *to;
  const char *star_from, *star_to; /* the one * in each; NULL: a plain name */
  uint32_t n_tensors, n_ports, n_keys;
  LsError *error;
} Rename;

static LsStatus
rename_init (Rename *rename)
{
  rename->star_from = strchr (rename->from, '*');
  rename->star_to = strchr (rename->to, '*');
  if (rename->to[0] == '\0')
    return ls_fail (rename->error, LS_E_USAGE, -1, "\"%.80s\" cannot get an empty name",
                    rename->from);
  if ((rename->star_from == NULL) != (rename->star_to == NULL)
      || (rename->star_from != NULL
          && (strchr (rename->star_from + 1, '*') != NULL
              || strchr (rename->star_to + 1, '*') != NULL)))
    { /* a name may have a * in it: then it must be somebody's */
      rename->star_from = rename->star_to = NULL;
      if (strchr (rename->to, '*') != NULL && strchr (rename->from, '*') != NULL)
        return ls_fail (rename->error, LS_E_USAGE, -1,
                        "\"%.80s\" and \"%.80s\" need one * each, or none", rename->from,
                        rename->to);
    }
  return LS_OK;
}

/* The new name of what is called @name, in the model's store; @name itself when it stays so. NULL:
 * out of memory. */
static const char *
new_name (const Rename *rename, const char *name)
{
  if (rename->star_from == NULL)
    return strcmp (name, rename->from) == 0 ? ls_model_strdup (rename->model, rename->to) : name;

  const size_t before = (size_t) (rename->star_from - rename->from);
  const char *behind = rename->star_from + 1;
  const size_t length = strlen (name), after = strlen (behind);

  if (length < before + after || length > MAX_NAME || strncmp (name, rename->from, before) != 0
      || strcmp (name + length - after, behind) != 0)
    return name;

  LS_FREE char *text = NULL;

  if (asprintf (&text, "%.*s%.*s%s", (int) (rename->star_to - rename->to), rename->to,
                (int) (length - before - after), name + before, rename->star_to + 1)
      < 0)
    {
      text = NULL;
      return NULL;
    }
  return ls_model_strdup (rename->model, text);
}

static int
by_text (const void *x, const void *y)
{
  return strcmp (*(const char *const *) x, *(const char *const *) y);
}

/* Fails when one of the new names stands for two tensors. */
static LsStatus
check_tensor_names (const Rename *rename, const bool *is_new)
{
  const LsSubgraph *graph = &rename->model->graphs[rename->subgraph]->view;
  LS_FREE const char **names = malloc (((size_t) graph->n_tensors + 1) * sizeof *names);

  if (names == NULL)
    return ls_fail_no_memory (rename->error, "names", graph->n_tensors);
  for (uint32_t i = 0; i < graph->n_tensors; i++)
    names[i] = graph->tensors[i].name;
  qsort (names, graph->n_tensors, sizeof *names, by_text);
  for (uint32_t i = 0; i < graph->n_tensors; i++)
    {
      const char *name = graph->tensors[i].name;
      const char **at
        = is_new[i] ? bsearch (&name, names, graph->n_tensors, sizeof *names, by_text) : NULL;

      if (at != NULL
          && ((at > names && strcmp (at[-1], name) == 0)
              || (at + 1 < names + graph->n_tensors && strcmp (at[1], name) == 0)))
        return ls_fail (rename->error, LS_E_INVALID, -1, "two tensors would be called \"%.120s\"",
                        name);
    }
  return LS_OK;
}

static LsStatus
rename_tensors (Rename *rename)
{
  LsModel *model = rename->model;
  const LsSubgraph *graph = &model->graphs[rename->subgraph]->view;
  LS_FREE bool *is_new = calloc ((size_t) graph->n_tensors + 1, sizeof *is_new);

  if (is_new == NULL)
    return ls_fail_no_memory (rename->error, "names", graph->n_tensors);
  for (uint32_t i = 0; i < graph->n_tensors; i++)
    {
      const char *name = new_name (rename, graph->tensors[i].name);

      if (name == NULL)
        return ls_fail_no_memory (rename->error, "a name", MAX_NAME);
      is_new[i] = name != graph->tensors[i].name;
      rename->n_tensors += is_new[i];
      ls_model_tensor (model, rename->subgraph, i)->name = name;
    }

  const uint32_t index = rename->n_tensors == 0 && rename->star_from == NULL
                           ? parse_index (rename->from, graph->n_tensors)
                           : UINT32_MAX;

  if (index != UINT32_MAX)
    {
      const char *name = ls_model_strdup (model, rename->to);

      if (name == NULL)
        return ls_fail_no_memory (rename->error, "a name", strlen (rename->to));
      ls_model_tensor (model, rename->subgraph, index)->name = name;
      is_new[index] = true;
      rename->n_tensors = 1;
    }
  return check_tensor_names (rename, is_new);
}

/* Gives @ports anew where a name changes. */
static LsStatus
rename_ports (Rename *rename, const LsSignaturePort **ports, uint32_t count, const char *key)
{
  LsSignaturePort *copy = ls_store_copy (rename->model->store, *ports, count * sizeof *copy);

  if (copy == NULL)
    return ls_fail_no_memory (rename->error, "a signature", count * sizeof *copy);
  for (uint32_t i = 0; i < count; i++)
    {
      const char *name = new_name (rename, copy[i].name);

      if (name == NULL)
        return ls_fail_no_memory (rename->error, "a name", MAX_NAME);
      rename->n_ports += name != copy[i].name;
      for (uint32_t k = 0; k < count && name != copy[i].name; k++)
        if (k != i && strcmp (copy[k].name, name) == 0)
          return ls_fail (rename->error, LS_E_INVALID, -1,
                          "two ports of signature \"%.80s\" would be called \"%.80s\"", key, name);
      copy[i].name = name;
    }
  *ports = copy;
  return LS_OK;
}

static LsStatus
rename_signatures (Rename *rename)
{
  LsModel *model = rename->model;
  LsSignature *signatures
    = ls_store_copy (model->store, model->signatures, model->n_signatures * sizeof *signatures);

  if (signatures == NULL)
    return ls_fail_no_memory (rename->error, "signatures", model->n_signatures);
  for (uint32_t i = 0; i < model->n_signatures; i++)
    {
      LsSignature *s = &signatures[i];
      const char *key = new_name (rename, s->key);

      if (key == NULL)
        return ls_fail_no_memory (rename->error, "a name", MAX_NAME);
      for (uint32_t k = 0; k < model->n_signatures && key != s->key; k++)
        if (k != i && strcmp (signatures[k].key, key) == 0)
          return ls_fail (rename->error, LS_E_INVALID, -1,
                          "two signatures would be called \"%.120s\"", key);
      rename->n_keys += key != s->key;
      s->key = key;
      if (s->subgraph != rename->subgraph)
        continue;
      LS_TRY (rename_ports (rename, &s->inputs, s->n_inputs, key));
      LS_TRY (rename_ports (rename, &s->outputs, s->n_outputs, key));
    }
  model->signatures = signatures;
  return LS_OK;
}

static LsStatus
rename_run (Rename *rename, LsEditReport *report)
{
  LS_TRY (rename_tensors (rename));
  LS_TRY (rename_signatures (rename));
  if (rename->n_tensors + rename->n_ports + rename->n_keys == 0)
    return ls_fail (rename->error, LS_E_USAGE, -1,
                    "there is no tensor of subgraph %" PRIu32
                    ", no port and no signature \"%.120s\" to rename",
                    rename->subgraph, rename->from);
  return ls_edit_note (report, rename->error,
                       "\"%.120s\" is now \"%.120s\": %" PRIu32 " tensors, %" PRIu32
                       " ports of signatures, %" PRIu32 " signatures",
                       rename->from, rename->to, rename->n_tensors, rename->n_ports,
                       rename->n_keys);
}

LsStatus
ls_edit_rename (LsModel *model, uint32_t subgraph, const char *from, const char *to,
                LsEditReport *report, LsError *error)
{
  Rename rename = { .model = model, .subgraph = subgraph, .from = from, .to = to, .error = error };

  LS_TRY (ls_edit_check_subgraph (model, subgraph, error));
  LS_TRY (rename_init (&rename));
  if (!ls_history_begin (model))
    return ls_fail_no_memory (error, "a step to be undone", 0);
  return ls_edit_end (model, rename_run (&rename, report), error);
}

/* ---- Versions -------------------------------------------------------------------------------- */

static LsStatus
set_op_version (LsModel *model, const char *kind, int32_t version, LsEditReport *report,
                LsError *error)
{
  uint32_t n = 0;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      {
        LsOperator *op = ls_model_op (model, g, i);

        if (strcasecmp (ls_op_kind_text (op), kind) != 0)
          continue;

        const int code = ls_model_ensure_code (model, op->kind, op->custom_code, version);

        if (code < 0)
          return ls_fail_no_memory (error, "an operator code", sizeof (LsOpCode));
        op->version = version;
        op->code_index = (uint32_t) code;
        n++;
      }
  if (n == 0)
    return ls_fail (error, LS_E_USAGE, -1, "the model has no operator \"%.80s\"", kind);
  if (!ls_model_compact (model, NULL, NULL, NULL))
    return ls_fail_no_memory (error, "the operator codes", model->n_codes);
  return ls_edit_note (report, error, "%" PRIu32 " operators %s have version %" PRId32 " now", n,
                       kind, version);
}

LsStatus
ls_edit_set_op_version (LsModel *model, const char *kind, int32_t version, LsEditReport *report,
                        LsError *error)
{
  if (version < 1)
    return ls_fail (error, LS_E_USAGE, -1, "versions of operators begin at 1, not %" PRId32,
                    version);
  if (!ls_history_begin (model))
    return ls_fail_no_memory (error, "a step to be undone", 0);
  return ls_edit_end (model, set_op_version (model, kind, version, report, error), error);
}
