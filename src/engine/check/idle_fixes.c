/* Fixes that fit no finding: a misspelt place would otherwise end in silence. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "check/fixes.h"
#include "check/rule.h"

enum
{
  MAX_LISTED = 6,
  TEXT_SIZE = 500
};

typedef struct
{
  char text[TEXT_SIZE];
  size_t length;
} Sentence;

static void append (Sentence *sentence, const char *format, ...) LS_PRINTF (2, 3);

static void
append (Sentence *sentence, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  vsnprintf (sentence->text + sentence->length, TEXT_SIZE - sentence->length, format, args);
  va_end (args);
  sentence->length += strlen (sentence->text + sentence->length);
}

/* "0/1/5", with "-" for what the finding does not have. */
static void
append_place (Sentence *sentence, const LsFinding *finding)
{
  const int places[] = { finding->subgraph, finding->op, finding->tensor };

  for (int i = 0; i < 3; i++)
    if (places[i] >= 0)
      append (sentence, "%s%d", i > 0 ? "/" : "", places[i]);
    else
      append (sentence, "%s-", i > 0 ? "/" : "");
}

/* Where the finding of that id is; how many there are. */
static uint32_t
append_places (Sentence *sentence, const LsReport *report, const char *id)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < report->n_findings; i++)
    {
      if (strcmp (report->findings[i].id, id) != 0 || n++ >= MAX_LISTED)
        continue;
      append (sentence, n == 1 ? "; it is at " : ", ");
      append_place (sentence, &report->findings[i]);
    }
  if (n > MAX_LISTED)
    append (sentence, " and %u more places", n - MAX_LISTED);
  return n;
}

/* Each id that was found, with how often. */
static void
append_ids (Sentence *sentence, const LsReport *report)
{
  uint32_t counts[LS_N_RULES] = { 0 }, n_ids = 0;

  for (uint32_t i = 0; i < report->n_findings; i++)
    counts[ls_rule_of (report->findings[i].id)]++;
  for (int rule = 0; rule < LS_N_RULES; rule++)
    {
      if (counts[rule] == 0 || n_ids++ >= MAX_LISTED)
        continue;
      append (sentence, "%s%s", n_ids == 1 ? "; found: " : ", ", ls_rules[rule].id);
      if (counts[rule] > 1)
        append (sentence, " (%u)", counts[rule]);
    }
  if (n_ids > MAX_LISTED)
    append (sentence, " and %u more kinds", n_ids - MAX_LISTED);
  if (n_ids == 0)
    append (sentence, "; nothing was found");
}

/* Whether a fix has found what it speaks of, among what was found first or came up while mending.
 */
static bool
is_idle (const char *fix, const LsReport *report, const LsRepair *repair)
{
  bool fits = false;

  for (uint32_t i = 0; !fits && i < report->n_findings; i++)
    fits = ls_fix_fits (fix, &report->findings[i]);
  for (uint32_t i = 0; !fits && i < repair->n_changes; i++)
    {
      const LsChange *change = &repair->changes[i];

      fits = ls_fix_fits (fix, &(LsFinding){ .id = change->id,
                                             .severity = LS_SEVERITY_ERROR,
                                             .subgraph = change->subgraph,
                                             .op = change->op,
                                             .tensor = change->tensor });
    }
  return !fits;
}

static LsStatus
note (LsRepair *out, const char *fix, const LsReport *report, LsError *error)
{
  char **notes = realloc (out->notes, (out->n_notes + 1) * sizeof *notes);
  const size_t id_length = strcspn (fix, ":@");
  LS_FREE char *id = strndup (fix, id_length);
  Sentence sentence = { .length = 0 };

  if (notes != NULL)
    out->notes = notes;
  if (notes == NULL || id == NULL)
    return ls_fail_no_memory (error, "a repair", 0);
  append (&sentence, "%.100s fits no finding", fix);
  if (append_places (&sentence, report, id) == 0)
    append_ids (&sentence, report);
  notes[out->n_notes] = strdup (sentence.text);
  if (notes[out->n_notes] == NULL)
    return ls_fail_no_memory (error, "a repair", TEXT_SIZE);
  out->n_notes++;
  return LS_OK;
}

LsStatus
ls_fixes_note_idle (const LsModel *model, const char *const *fixes, uint32_t n_fixes, LsRepair *out,
                    LsError *error)
{
  LsReport report;
  LsStatus status;

  if (fixes == NULL || n_fixes == 0)
    return LS_OK;
  status = ls_check (model, NULL, &report, error);
  for (uint32_t i = 0; status == LS_OK && i < n_fixes; i++)
    if (strcmp (fixes[i], "all") != 0 && is_idle (fixes[i], &report, out))
      status = note (out, fixes[i], &report, error);
  ls_report_clear (&report);
  return status;
}
