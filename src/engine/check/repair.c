/*
 * Mending by changing only the bytes concerned.
 *
 * From the first operator to the last, looking again after each change: an output that takes its
 * input's scale again also ends the mismatch of the operator behind it. The model as mended so far
 * is a clone whose records change in step with the bytes.
 */
#include "check/mender.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "check/fixes.h"
#include "check/inspect.h"
#include "model/history.h"

static const LsMend menders[LS_N_RULES] = {
  [LS_RULE_BIAS_SCALE_MISMATCH] = ls_mend_bias_scale,
  [LS_RULE_BIAS_ZERO_POINT] = ls_mend_zero_points,
  [LS_RULE_BIAS_TYPE] = ls_mend_bias_type,
  [LS_RULE_WEIGHT_ZERO_POINT] = ls_mend_zero_points,
  [LS_RULE_INT16_ZERO_POINT] = ls_mend_zero_points,
  [LS_RULE_SCALE_INVALID] = ls_mend_scale,
  [LS_RULE_ZERO_POINT_RANGE] = ls_mend_zero_points,
  [LS_RULE_QUANTIZED_DIMENSION] = ls_mend_axis,
  [LS_RULE_SOFTMAX_OUTPUT_RANGE] = ls_mend_range,
  [LS_RULE_LOGISTIC_OUTPUT_RANGE] = ls_mend_range,
  [LS_RULE_TANH_OUTPUT_RANGE] = ls_mend_range,
  [LS_RULE_L2_NORM_OUTPUT_RANGE] = ls_mend_range,
  [LS_RULE_LOG_SOFTMAX_OUTPUT_RANGE] = ls_mend_range,
  [LS_RULE_PASSTHROUGH_SCALE_MISMATCH] = ls_mend_passthrough,
  [LS_RULE_OPERATOR_VERSION] = ls_mend_version,
  [LS_RULE_OPERATOR_CODE_MISMATCH] = ls_mend_code,
  [LS_RULE_SIGNATURE_PORT] = ls_mend_signature,
  [LS_RULE_SCALE_COUNT] = ls_mend_scale_count,
  [LS_RULE_ZERO_POINT_COUNT] = ls_mend_zero_point_count,
  [LS_RULE_BUFFER_MISALIGNED] = ls_mend_alignment,
  [LS_RULE_BUFFER_TOO_LONG] = ls_mend_length,
};

/* ---- Which findings
 * ---------------------------------------------------------------------------------------- */

/* The place of a finding among those that were left: where it is, or where it may be put. */
static uint32_t *
left_slot (const LsMender *mender, const char *id, int subgraph, int op, int tensor)
{
  const int32_t place[] = { subgraph, op, tensor };
  uint32_t i = (uint32_t) ls_hash (ls_hash_text (LS_HASH_INIT, id), place, sizeof place)
               & (mender->n_left_slots - 1);

  for (;; i = (i + 1) & (mender->n_left_slots - 1))
    {
      uint32_t *slot = &mender->left_slots[i];
      const LsLeft *left = *slot > 0 ? &mender->out->left[*slot - 1] : NULL;

      if (left == NULL
          || (strcmp (left->id, id) == 0 && left->subgraph == subgraph && left->op == op
              && left->tensor == tensor))
        return slot;
    }
}

/* Room for one more, and twice as many slots. */
static bool
grow_left (LsMender *mender)
{
  LsRepair *out = mender->out;

  if (out->n_left < mender->n_left_slots / 2)
    return true;

  const uint32_t n_slots = mender->n_left_slots > 0 ? mender->n_left_slots * 2 : 32;
  LsLeft *larger = realloc (out->left, n_slots / 2 * sizeof *larger);
  uint32_t *slots = calloc (n_slots, sizeof *slots);

  if (larger != NULL)
    out->left = larger;
  if (larger == NULL || slots == NULL)
    {
      free (slots);
      return false;
    }
  free (mender->left_slots);
  mender->left_slots = slots;
  mender->n_left_slots = n_slots;
  for (uint32_t i = 0; i < out->n_left; i++)
    *left_slot (mender, larger[i].id, larger[i].subgraph, larger[i].op, larger[i].tensor) = i + 1;
  return true;
}

static LsStatus
leave (LsMender *mender, const LsFinding *finding, const char *reason, LsError *error)
{
  LsRepair *out = mender->out;

  if (!grow_left (mender))
    return ls_fail_no_memory (error, "a repair", out->n_left * sizeof *out->left);

  uint32_t *slot = left_slot (mender, finding->id, finding->subgraph, finding->op, finding->tensor);

  if (*slot > 0)
    return LS_OK;

  char *message = strdup (reason);

  if (message == NULL)
    return ls_fail_no_memory (error, "a repair", strlen (reason));
  out->left[out->n_left++]
    = (LsLeft){ finding->id, finding->subgraph, finding->op, finding->tensor, message, false };
  *slot = out->n_left;
  return LS_OK;
}

/* Tries to mend one finding; *mended tells whether bytes changed. */
static LsStatus
mend_one (LsMender *mender, const LsFinding *finding, const char *way, bool *mended, LsError *error)
{
  int rule = ls_rule_of (finding->id);

  *mended = false;
  mender->finding = finding;
  snprintf (mender->reason, sizeof mender->reason, "%s",
            rule >= 0 && menders[rule] != NULL && !mender->may_rewrite
              ? "the file has no bytes for it: it is left at a default, or a vector would have to "
                "grow or to shrink"
              : finding->remedy);
  if (finding->is_repairable && rule >= 0 && menders[rule] != NULL)
    *mended = menders[rule](mender, finding, way);
  if (mender->is_out_of_memory)
    return ls_fail_no_memory (error, "a repair", 0);
  return *mended ? LS_OK : leave (mender, finding, mender->reason, error);
}

typedef void (*Look) (LsCheck *check, uint32_t graph, uint32_t op);

static void
look_at_model (LsCheck *check, uint32_t graph, uint32_t op)
{
  ls_check_model (check);
}

typedef struct
{
  const char *const *texts;
  uint32_t n;
} Fixes;

/* Of a finding about one port or one operator code: it stands whatever becomes of others. */
static bool
is_by_itself (const LsFinding *finding)
{
  const int rule = ls_rule_of (finding->id);

  return rule == LS_RULE_SIGNATURE_PORT || rule == LS_RULE_OPERATOR_CODE_MISMATCH;
}

/* Findings of the whole model that stand beside one another and concern one tensor may depend on
 * one another; those of different tensors do not. */
static bool
is_same_tensor (const LsFinding *a, const LsFinding *b)
{
  return a->subgraph == b->subgraph && a->tensor == b->tensor;
}

/* Mends what one look has found: the first finding of an operator, as the others may have come of
 * it, or one of each tensor. *mended tells whether there is anything to look at again. */
static LsStatus
mend_found (LsMender *mender, const LsReport *report, bool is_model, const Fixes *fixes,
            bool *mended, LsError *error)
{
  const LsFinding *last = NULL;

  *mended = false;
  for (uint32_t i = 0; i < report->n_findings && (last == NULL || is_model); i++)
    {
      const LsFinding *finding = &report->findings[i];
      const char *way;
      bool is_mended = false;

      if ((last != NULL && is_same_tensor (last, finding) && !is_by_itself (finding))
          || !ls_fix_wants (fixes->texts, fixes->n, finding, &way))
        continue;
      LS_TRY (mend_one (mender, finding, way, &is_mended, error));
      if (is_mended)
        last = finding;
    }
  *mended = last != NULL;
  return LS_OK;
}

/*
 * Looks, mends what is wanted and was not left before, and looks again until there is nothing. Each
 * round ends one finding for good, so the number of rounds is bounded by findings; the limit is for
 * rules that fight.
 */
static LsStatus
mend_place (LsMender *mender, Look look, uint32_t graph, uint32_t op, const Fixes *fixes,
            LsError *error)
{
  bool is_done = false;

  for (unsigned round = 0; !is_done && round < 1000; round++)
    {
      LsReport report = { 0 };
      LsStatus status;
      bool mended;

      mender->check = (LsCheck){ mender->model, &report, false, mender->may_rewrite };
      look (&mender->check, graph, op);
      status = mend_found (mender, &report, look == look_at_model, fixes, &mended, error);
      is_done = !mended;
      if (mender->check.is_out_of_memory)
        status = ls_fail_no_memory (error, "the findings", 0);
      ls_report_clear (&report);
      LS_TRY (status);
    }
  return LS_OK;
}

static int
by_offset (const void *a, const void *b)
{
  const LsChange *x = a, *y = b;

  return (x->offset > y->offset) - (x->offset < y->offset);
}

static void
change_clear (LsChange *change)
{
  free (change->before);
  free (change->after);
  free (change->text);
}

/* Takes out ranges that came back to what they were. */
static void
drop_idle (LsRepair *repair)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < repair->n_changes; i++)
    {
      LsChange *change = &repair->changes[i];

      if (change->length > 0 && memcmp (change->before, change->after, change->length) == 0)
        change_clear (change);
      else
        repair->changes[n++] = *change;
    }
  repair->n_changes = n;
  if (n > 1)
    qsort (repair->changes, n, sizeof *repair->changes, by_offset);
}

/* Leaves the table of what was left. */
static LsStatus
mend_all_places (LsMender *mender, const Fixes *fixes, LsError *error)
{
  LsModel *model = mender->model;
  LsStatus status = LS_OK;

  for (uint32_t g = 0; status == LS_OK && g < model->n_graphs; g++)
    for (uint32_t i = 0; status == LS_OK && i < model->graphs[g]->view.n_ops; i++)
      status = mend_place (mender, ls_check_op, g, i, fixes, error);
  if (status == LS_OK)
    status = mend_place (mender, look_at_model, 0, 0, fixes, error);
  free (mender->slots);
  free (mender->n_readers);
  mender->n_readers = NULL;
  if (status == LS_OK)
    return LS_OK;
  free (mender->left_slots);
  mender->left_slots = NULL;
  ls_repair_clear (mender->out);
  return status;
}

static LsStatus
mend_all (LsMender *mender, const Fixes *fixes, LsError *error)
{
  LS_TRY (mend_all_places (mender, fixes, error));
  free (mender->left_slots);
  mender->left_slots = NULL;
  return LS_OK;
}

/* What keeps the mended model from running, where no error that has a name of its own is left. */
static LsStatus
leave_what_cannot_run (LsMender *mender, const Fixes *fixes, LsError *error)
{
  LsReport report = { 0 };
  LsStatus status = LS_OK;
  const char *way;

  for (uint32_t i = 0; i < mender->out->n_left; i++)
    if (ls_rules[ls_rule_of (mender->out->left[i].id)].severity == LS_SEVERITY_ERROR)
      return LS_OK;
  mender->check = (LsCheck){ mender->model, &report, false, mender->may_rewrite };
  ls_inspect_runs.look_at_model (&mender->check);
  for (uint32_t i = 0; status == LS_OK && i < report.n_findings; i++)
    if (ls_fix_wants (fixes->texts, fixes->n, &report.findings[i], &way))
      status = leave (mender, &report.findings[i], report.findings[i].message, error);
  ls_report_clear (&report);
  return status;
}

static LsStatus
mend_anew (const LsModel *model, const Fixes *fixes, LsModel **mended, LsRepair *notes,
           LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) copy = ls_model_clone (model);
  LsMender mender = { .model = copy, .out = notes, .may_rewrite = true };

  *notes = (LsRepair){ 0 };
  *mended = NULL;
  if (copy == NULL)
    return ls_fail_no_memory (error, "a copy of the model", 0);
  LS_TRY (ls_fixes_check (fixes->texts, fixes->n, error));
  LS_TRY (mend_all_places (&mender, fixes, error));

  const LsStatus status = leave_what_cannot_run (&mender, fixes, error);

  free (mender.left_slots);
  if (status == LS_OK)
    *mended = ls_steal (&copy);
  else
    ls_repair_clear (notes);
  return status;
}

LsStatus
ls_repair_rewrite (const LsModel *model, const char *const *fixes, uint32_t n_fixes,
                   LsModel **mended, LsRepair *notes, LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) copy = NULL;
  LsStatus status;

  *mended = NULL;
  LS_TRY (mend_anew (model, &(Fixes){ fixes, n_fixes }, &copy, notes, error));
  status = ls_fixes_note_idle (model, fixes, n_fixes, notes, error);
  if (status == LS_OK)
    *mended = ls_steal (&copy);
  else
    ls_repair_clear (notes);
  return status;
}

LsStatus
ls_edit_repair (LsModel *model, const char *const *fixes, uint32_t n_fixes, LsRepair *notes,
                LsError *error)
{
  LsMender mender = { .model = model, .out = notes, .may_rewrite = true };
  LsStatus status;

  *notes = (LsRepair){ 0 };
  LS_TRY (ls_fixes_check (fixes, n_fixes, error));
  if (!ls_history_begin (model))
    return ls_fail_no_memory (error, "a step", 0);
  status = mend_all (&mender, &(Fixes){ fixes, n_fixes }, error);
  if (status != LS_OK || notes->n_changes == 0)
    ls_history_cancel (model);
  else
    model->locate = NULL; /* what the file says is no longer what the model says */
  return status;
}

/* Of what the bytes cannot mend: whether a file written anew can, and else why not. */
static LsStatus
look_further (LsMender *mender, const LsModel *model, const Fixes *fixes, LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) mended = NULL;
  LsRepair *out = mender->out, notes;

  if (out->n_left == 0)
    return LS_OK;
  LS_TRY (mend_anew (model, fixes, &mended, &notes, error));
  for (uint32_t i = 0; i < out->n_left; i++)
    out->left[i].is_rewritable = true;
  for (uint32_t i = 0; i < notes.n_left; i++)
    {
      LsLeft *still = &notes.left[i];
      const uint32_t left
        = *left_slot (mender, still->id, still->subgraph, still->op, still->tensor);

      if (left == 0)
        continue;

      char *shorter = out->left[left - 1].message;

      out->left[left - 1].is_rewritable = false;
      out->left[left - 1].message = still->message;
      still->message = shorter;
    }
  ls_repair_clear (&notes);
  return LS_OK;
}

LsStatus
ls_repair_plan (const LsModel *model, const char *const *fixes, uint32_t n_fixes, LsRepair *out,
                LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) copy = ls_model_clone (model);
  LsMender mender = { .model = copy, .out = out };
  const Fixes wanted = { fixes, n_fixes };

  *out = (LsRepair){ 0 };
  if (copy == NULL)
    return ls_fail_no_memory (error, "a copy of the model", 0);
  LS_TRY (ls_fixes_check (fixes, n_fixes, error));
  LS_TRY (mend_all_places (&mender, &wanted, error));
  drop_idle (out);

  LsStatus status = leave_what_cannot_run (&mender, &wanted, error);

  if (status == LS_OK)
    status = look_further (&mender, model, &wanted, error);
  if (status == LS_OK)
    status = ls_fixes_note_idle (model, fixes, n_fixes, out, error);
  free (mender.left_slots);
  if (status != LS_OK)
    ls_repair_clear (out);
  return status;
}

/* The file with the changes made. */
static LsStatus
apply_changes (LsBytes file, const LsRepair *repair, uint8_t *mended, LsError *error)
{
  uint64_t at = 0;

  memcpy (mended, file.data, file.size);
  for (uint32_t i = 0; i < repair->n_changes; i++)
    {
      const LsChange *change = &repair->changes[i];

      if (change->offset < at || change->offset > file.size
          || change->length > file.size - change->offset)
        return ls_fail (error, LS_E_INVALID, (int64_t) change->offset,
                        "the changes overlap or leave the file");
      memcpy (mended + change->offset, change->after, change->length);
      at = change->offset + change->length;
    }
  return LS_OK;
}

/* In a damaged file two parts may lie on the same bytes, and mending one spoil the other. */
static LsStatus
read_again (const LsModel *model, const uint8_t *mended, size_t size, LsError *error)
{
  LsModel *again;
  LsError cause = { .offset = -1 };
  /* An archive has checksums of its own, which only its writer can mend. */
  const LsStatus status = model->content.data == model->file.data
                            ? ls_model_parse (mended, size, &again, &cause)
                            : LS_E_USAGE;

  if (status == LS_OK)
    ls_model_free (again);
  if (status == LS_OK || status == LS_E_USAGE)
    return LS_OK;
  return ls_fail (error, status, cause.offset,
                  "parts of the file lie on the same bytes; with one of them mended it %.300s",
                  cause.message);
}

LsStatus
ls_repair_write (const LsModel *model, const LsRepair *repair, const char *path, LsError *error)
{
  LsBytes file = ls_model_file (model);
  LS_FREE uint8_t *mended = NULL;
  LsWriter *writer;

  if (file.size == 0)
    return ls_fail (error, LS_E_UNSUPPORTED, -1,
                    "the model did not come from a file: there are no bytes to mend");
  mended = malloc (file.size);
  if (mended == NULL)
    return ls_fail_no_memory (error, "the mended file", file.size);
  LS_TRY (apply_changes (file, repair, mended, error));
  if (repair->n_changes > 0)
    LS_TRY (read_again (model, mended, file.size, error));
  LS_TRY (ls_writer_open (path, &writer, error));

  const LsStatus status = ls_writer_write (writer, mended, file.size, error);

  if (status != LS_OK)
    {
      ls_writer_abort (writer);
      return status;
    }
  return ls_writer_commit (writer, error);
}

void
ls_repair_clear (LsRepair *repair)
{
  for (uint32_t i = 0; i < repair->n_changes; i++)
    change_clear (&repair->changes[i]);
  for (uint32_t i = 0; i < repair->n_left; i++)
    free (repair->left[i].message);
  for (uint32_t i = 0; i < repair->n_notes; i++)
    free (repair->notes[i]);
  free (repair->changes);
  free (repair->left);
  free (repair->notes);
  *repair = (LsRepair){ 0 };
}
