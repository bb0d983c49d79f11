/* Before a conversion: what its samples are, and what it would do. */
#include "smith-engine-convert-private.h"

#include <math.h>

/* ---- Samples ----------------------------------------------------------------------------------
 */

gboolean
smith_engine_pictures (SmithModel *model, SmithPictures *pictures, gboolean *is_stated)
{
  const LsModel *m = smith_model_peek (model);
  const LsSubgraph *s = ls_model_subgraph (m, 0);
  const LsTensor *input = s != NULL && s->n_inputs == 1 ? &s->tensors[s->inputs[0]] : NULL;
  LsPortCard card = { 0 };

  *pictures = (SmithPictures){ .std = { 255, 255, 255 } };
  *is_stated = FALSE;
  if (input == NULL || input->rank != 4
      || (input->dims[3] != 1 && input->dims[3] != 3 && input->dims[1] != 1 && input->dims[1] != 3))
    return FALSE;
  if (ls_port_card (m, false, 0, &card, NULL) == LS_OK && card.has_normalization)
    {
      *is_stated = TRUE;
      memcpy (pictures->mean, card.mean, sizeof pictures->mean);
      memcpy (pictures->std, card.std, sizeof pictures->std);
    }
  ls_port_card_clear (&card);
  return TRUE;
}

void
smith_samples_free (SmithSamples *samples)
{
  g_free (samples->note);
  g_free (samples);
}

static LsStatus
samples_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const SmithChoice *choice = data;
  LsImageOptions image = smith_choice_image (choice);
  LsSamples *samples = NULL;
  SmithSamples *found;
  LsStatus status = ls_samples_open (model, choice->samples, &image, &samples, error);

  if (status != LS_OK)
    return status;
  found = g_new0 (SmithSamples, 1);
  found->count = ls_samples_count (samples);
  found->note = g_strdup (ls_samples_note (samples));
  ls_samples_free (samples);
  *out = found;
  return LS_OK;
}

void
smith_engine_samples_async (SmithModel *model, const SmithChoice *choice,
                            GAsyncReadyCallback callback, gpointer data)
{
  smith_engine_start (model, samples_job, smith_choice_copy (choice),
                      (GDestroyNotify) smith_choice_free, (GDestroyNotify) smith_samples_free,
                      callback, data);
}

SmithSamples *
smith_engine_samples_finish (GAsyncResult *result, GError **error)
{
  return smith_engine_finish (result, error);
}

/* ---- The trial --------------------------------------------------------------------------------
 */

/* Every float tensor from -1 to 1: enough to see which operators become integers. */
static LsRanges *
assumed_ranges (const LsModel *model)
{
  LsRanges *ranges = calloc (1, sizeof *ranges);
  size_t n = 0;

  for (uint32_t g = 0; g < ls_model_n_subgraphs (model); g++)
    n += ls_model_subgraph (model, g)->n_tensors;
  if (ranges != NULL)
    ranges->ranges = calloc (n + 1, sizeof *ranges->ranges);
  if (ranges == NULL || ranges->ranges == NULL)
    return ranges;
  ranges->n_samples = 1;
  for (uint32_t g = 0; g < ls_model_n_subgraphs (model); g++)
    {
      const LsSubgraph *s = ls_model_subgraph (model, g);

      for (uint32_t t = 0; t < s->n_tensors; t++)
        if (s->tensors[t].type == LS_TYPE_FLOAT32 && !ls_tensor_is_constant (model, &s->tensors[t]))
          ranges->ranges[ranges->n_ranges++] = (LsRange){ .subgraph = g,
                                                          .tensor = t,
                                                          .name = strdup (s->tensors[t].name),
                                                          .min = -1,
                                                          .max = 1,
                                                          .low = -1,
                                                          .high = 1,
                                                          .count = 1,
                                                          .average_min = -1,
                                                          .average_max = 1 };
    }
  return ranges;
}

typedef struct
{
  SmithChoice *choice;
  GCancellable *cancellable;
} Trial;

static void
trial_free (Trial *trial)
{
  smith_choice_free (trial->choice);
  g_object_unref (trial->cancellable);
  g_free (trial);
}

static void
take_strings (GPtrArray *to, GPtrArray *from)
{
  for (guint i = 0; i < from->len; i++)
    g_ptr_array_insert (to, (int) i, g_strdup (from->pdata[i]));
}

/* Integers are made of a clean float model: ranges belong to its tensors, not to the source's. */
static LsStatus
try_integers (const LsModel *model, LsConvertOptions *options, const LsProgress *progress,
              SmithConversion **out, LsError *error)
{
  const LsConvertOptions clean_options = { .to = LS_TO_FLOAT32 };
  LsConvertReport clean_report = { 0 }, report = { 0 };
  LsModel *clean = NULL, *converted = NULL;
  LsRanges *ranges = NULL;
  LsStatus status = ls_convert (model, &clean_options, progress, &clean, &clean_report, error);

  if (status == LS_OK)
    {
      options->ranges = ranges = assumed_ranges (clean);
      status = ls_convert (clean, options, progress, &converted, &report, error);
    }
  if (status == LS_OK)
    {
      g_autoptr (GPtrArray) cleaned = NULL;
      SmithConversion *before = smith_conversion_new (&clean_report, clean);

      cleaned = g_ptr_array_ref (before->passes);
      *out = smith_conversion_new (&report, converted);
      (*out)->n_ops_before = before->n_ops_before;
      (*out)->bytes_before = before->bytes_before;
      take_strings ((*out)->passes, cleaned);
      smith_conversion_free (before);
    }
  ls_ranges_free (ranges);
  ls_convert_report_clear (&clean_report);
  ls_convert_report_clear (&report);
  ls_model_free (clean);
  ls_model_free (converted);
  return status;
}

static LsStatus
try_floats (const LsModel *model, const LsConvertOptions *options, const LsProgress *progress,
            SmithConversion **out, LsError *error)
{
  LsConvertReport report = { 0 };
  LsModel *converted = NULL;
  LsStatus status = ls_convert (model, options, progress, &converted, &report, error);

  if (status == LS_OK)
    *out = smith_conversion_new (&report, converted);
  ls_convert_report_clear (&report);
  ls_model_free (converted);
  return status;
}

static LsStatus
trial_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const Trial *trial = data;
  SmithTicker ticker = { trial->cancellable, NULL, NULL };
  LsProgress progress = smith_ticker_progress (&ticker);
  LsConvertOptions options = smith_choice_options (trial->choice);
  SmithConversion *conversion = NULL;
  LsStatus status = smith_model_needs_ranges (model, trial->choice->type)
                      ? try_integers (model, &options, &progress, &conversion, error)
                      : try_floats (model, &options, &progress, &conversion, error);

  *out = conversion;
  return status;
}

void
smith_engine_plan_async (SmithModel *model, const SmithChoice *choice, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer data)
{
  Trial *trial = g_new0 (Trial, 1);

  trial->choice = smith_choice_copy (choice);
  trial->choice->improves = FALSE; /* it takes long, and what it does depends on the samples */
  trial->choice->min_sqnr = 0;
  trial->cancellable = g_object_ref (cancellable);
  smith_engine_start (model, trial_job, trial, (GDestroyNotify) trial_free,
                      (GDestroyNotify) smith_conversion_free, callback, data);
}
