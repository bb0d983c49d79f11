/* What a repair does to the outputs: the model as it is and as mended, on the same inputs. */
#include <stdlib.h>
#include <string.h>

#include "check/inspect.h"

/* The file as the repair would write it; NULL: out of memory, or the changes leave the file. */
static uint8_t *
mended_bytes (const LsModel *model, const LsRepair *repair)
{
  LsBytes file = ls_model_file (model);
  uint8_t *bytes = malloc (file.size + 1);

  if (bytes == NULL)
    return NULL;
  memcpy (bytes, file.data, file.size);
  for (uint32_t i = 0; i < repair->n_changes; i++)
    {
      const LsChange *change = &repair->changes[i];

      if (change->offset > file.size || change->length > file.size - change->offset)
        {
          free (bytes);
          return NULL;
        }
      memcpy (bytes + change->offset, change->after, change->length);
    }
  return bytes;
}

/* Why a model cannot run, from malloc; NULL: it can, or there is no memory to say it. */
static char *
why_not (const LsModel *model)
{
  LsError error = { 0 };

  return ls_check_plan (model, &error) == LS_OK ? NULL : strdup (error.message);
}

static void
tensor_clear (LsComparedTensor *tensor)
{
  free (tensor->name_a);
  free (tensor->name_b);
}

static void
keep_outputs (LsComparison *comparison)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < comparison->n_tensors; i++)
    if (comparison->tensors[i].is_output)
      comparison->tensors[n++] = comparison->tensors[i];
    else
      tensor_clear (&comparison->tensors[i]);
  comparison->n_tensors = n;
}

typedef struct
{
  const LsArray *inputs;
  uint32_t n_inputs, n_threads;
  uint64_t seed;
  const LsProgress *progress;
} Run;

/* Runs one model on the inputs; why it cannot, from malloc, or NULL when it can. */
static char *
why_not_run (const LsModel *model, const Run *run)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session = NULL;
  LsError error = { 0 };
  LsStatus status;

  options.n_threads = run->n_threads;
  status = ls_session_new (model, &options, &session, &error);
  for (uint32_t i = 0; status == LS_OK && i < ls_session_n_inputs (session); i++)
    status = i < run->n_inputs && run->inputs[i].data != NULL
               ? ls_session_set_input (session, i, &run->inputs[i], &error)
               : ls_session_fill_input (session, i, run->seed + i, &error);
  if (status == LS_OK)
    status = ls_session_run (session, &error);
  ls_session_free (session);
  return status != LS_OK ? strdup (error.message) : NULL;
}

/* Of what went wrong while both ran: each model is asked alone, and when both can run, the mended
 * one no longer has the outputs of the other. */
static LsStatus
blame (const LsModel *model, const LsModel *mended, const Run *run, const LsError *cause,
       LsRepairEffect *out, LsError *error)
{
  out->before_problem = why_not_run (model, run);
  out->after_problem = why_not_run (mended, run);
  if (out->before_problem == NULL && out->after_problem == NULL)
    out->after_problem = strdup (cause->message);
  return out->before_problem != NULL || out->after_problem != NULL
           ? LS_OK
           : ls_fail_no_memory (error, "a message", 0);
}

static LsStatus
run_both (const LsModel *model, const LsModel *mended, const Run *run, LsRepairEffect *out,
          LsError *error)
{
  LsError cause = { 0 };
  LsStatus status;

  out->before_problem = why_not (model);
  out->after_problem = why_not (mended);
  if (out->before_problem != NULL || out->after_problem != NULL)
    return LS_OK;
  status = ls_compare (model, mended, run->inputs, run->n_inputs, run->seed, run->n_threads,
                       run->progress, &out->outputs, &cause);
  if (status == LS_OK)
    {
      keep_outputs (&out->outputs);
      return LS_OK;
    }
  out->outputs = (LsComparison){ 0 };
  if (status != LS_E_CANCELLED && status != LS_E_NO_MEMORY)
    return blame (model, mended, run, &cause, out, error);
  *error = cause;
  return status;
}

LsStatus
ls_repair_compare_rewritten (const LsModel *model, const LsModel *mended, const LsArray *inputs,
                             uint32_t n_inputs, uint64_t seed, uint32_t n_threads,
                             const LsProgress *progress, LsRepairEffect *out, LsError *error)
{
  const Run run = { inputs, n_inputs, n_threads, seed, progress };
  LsError own = { 0 };
  LsStatus status;

  *out = (LsRepairEffect){ 0 };
  status = run_both (model, mended, &run, out, error != NULL ? error : &own);
  if (status != LS_OK)
    ls_repair_effect_clear (out);
  return status;
}

LsStatus
ls_repair_compare (const LsModel *model, const LsRepair *repair, const LsArray *inputs,
                   uint32_t n_inputs, uint64_t seed, uint32_t n_threads, const LsProgress *progress,
                   LsRepairEffect *out, LsError *error)
{
  LS_FREE uint8_t *bytes = mended_bytes (model, repair);
  LS_AUTO (LsModel, ls_model_free) mended = NULL;

  *out = (LsRepairEffect){ 0 };
  if (bytes == NULL)
    return ls_fail_no_memory (error, "a mended copy", ls_model_file (model).size);
  LS_TRY (ls_model_parse (bytes, ls_model_file (model).size, &mended, error));
  return ls_repair_compare_rewritten (model, mended, inputs, n_inputs, seed, n_threads, progress,
                                      out, error);
}

void
ls_repair_effect_clear (LsRepairEffect *effect)
{
  free (effect->before_problem);
  free (effect->after_problem);
  ls_comparison_clear (&effect->outputs);
  *effect = (LsRepairEffect){ 0 };
}
