#include "smith-engine-report-private.h"
#include "smith-engine-ranges-private.h"

struct _SmithEvidence
{
  LsModel *source, *result;
  char *source_name, *result_name;
  const char *to;
  gboolean has_convert, has_comparison;
  LsConvertReport convert;
  LsComparison comparison;
};

static void
evidence_clear (gpointer data)
{
  SmithEvidence *self = data;

  ls_model_free (self->source);
  ls_model_free (self->result);
  g_free (self->source_name);
  g_free (self->result_name);
  ls_convert_report_clear (&self->convert);
  ls_comparison_clear (&self->comparison);
}

SmithEvidence *
smith_evidence_ref (SmithEvidence *evidence)
{
  return g_atomic_rc_box_acquire (evidence);
}

void
smith_evidence_unref (SmithEvidence *evidence)
{
  g_atomic_rc_box_release_full (evidence, evidence_clear);
}

SmithEvidence *
smith_evidence_new_take (const SmithFindings *findings)
{
  SmithEvidence *self = g_atomic_rc_box_new0 (SmithEvidence);

  self->source = ls_model_clone (findings->source);
  self->result = findings->result;
  self->source_name = g_strdup (findings->source_name);
  self->result_name = g_strdup (findings->result_name);
  self->to = findings->to;
  if (findings->convert != NULL)
    {
      self->has_convert = TRUE;
      self->convert = *findings->convert;
      *findings->convert = (LsConvertReport){ 0 };
    }
  if (findings->comparison != NULL)
    {
      self->has_comparison = TRUE;
      self->comparison = *findings->comparison;
      *findings->comparison = (LsComparison){ 0 };
    }
  if (self->source == NULL)
    g_clear_pointer (&self, smith_evidence_unref);
  return self;
}

SmithRanges *
smith_evidence_ranges (SmithEvidence *evidence)
{
  LsRanges *copy
    = evidence->convert.ranges != NULL ? smith_copy_ranges (evidence->convert.ranges) : NULL;

  return copy != NULL ? smith_ranges_new_take (copy) : NULL;
}

/* ---- Saving -----------------------------------------------------------------------------------
 */

static void
save_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  SmithEvidence *self = data;
  const char *path = g_object_get_data (G_OBJECT (task), "path");
  const LsQuantizeReport report = {
    .source = self->source,
    .result = self->result,
    .source_name = self->source_name,
    .result_name = self->result_name,
    .to = self->to,
    .convert = self->has_convert ? &self->convert : NULL,
    .ranges = self->convert.ranges,
    .comparison = self->has_comparison ? &self->comparison : NULL,
  };
  LsError cause = { 0 };
  GError *error = NULL;

  if (ls_quantize_report_save (&report, path, &cause) == LS_OK)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  smith_set_error (&error, &cause);
  g_task_return_error (task, error);
}

void
smith_evidence_save_async (SmithEvidence *evidence, GFile *file, GAsyncReadyCallback callback,
                           gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);

  g_object_set_data_full (G_OBJECT (task), "path", g_file_get_path (file), g_free);
  g_task_set_task_data (task, smith_evidence_ref (evidence), (GDestroyNotify) smith_evidence_unref);
  g_task_run_in_thread (task, save_worker);
}

gboolean
smith_evidence_save_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
