#include "convert/requantize/merge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "convert/constants.h"
#include "convert/quantized.h"
#include "convert/quantize/search.h"
#include "convert/requantize/made_samples.h"
#include "convert/requantize/requantize.h"

LS_DEFINE_AUTO (LsSamples, ls_samples_free)

/* What the longer way must be better by to be taken, in dB: the samples are made up. */
static const double least_gain = 0.5;

/* ---- Ranges ------------------------------------------------------------------------------------
 */

static const LsTensor *
find_tensor (const LsModel *model, const LsRange *range)
{
  const LsSubgraph *graph = ls_model_subgraph (model, range->subgraph);

  for (uint32_t t = 0; graph != NULL && t < graph->n_tensors; t++)
    if (strcmp (graph->tensors[t].name, range->name) == 0)
      return &graph->tensors[t];
  return NULL;
}

static void
take_grid (LsRange *range, const LsTensor *tensor)
{
  const LsQuantization *quant = tensor->quant;
  double zero = quant->n_zero_points > 0 ? (double) quant->zero_points[0] : 0;
  double low = (ls_type_lowest (tensor->type) - zero) * quant->scales[0];
  double high = (ls_type_highest (tensor->type) - zero) * quant->scales[0];
  double seen = fmax (fabs (range->min), fabs (range->max));
  double gain = seen > 0 ? fmax (fmax (fabs (low), fabs (high)) / seen, 1) : 1;

  for (uint32_t c = 0; range->channel_low != NULL && c < range->n_channels; c++)
    range->channel_low[c] = fmax (range->channel_low[c] * gain, low);
  for (uint32_t c = 0; range->channel_high != NULL && c < range->n_channels; c++)
    range->channel_high[c] = fmin (range->channel_high[c] * gain, high);
  range->min = range->low = range->average_min = low;
  range->max = range->high = range->average_max = high;
  free (range->bins);
  range->bins = NULL;
}

void
ls_ranges_take_grids (LsRanges *ranges, const LsModel *model)
{
  for (uint32_t i = 0; i < ranges->n_ranges; i++)
    {
      const LsTensor *tensor = find_tensor (model, &ranges->ranges[i]);

      if (tensor != NULL && ls_tensor_is_quantized (tensor) && tensor->quant->n_scales == 1
          && (tensor->type == LS_TYPE_INT8 || tensor->type == LS_TYPE_UINT8
              || tensor->type == LS_TYPE_INT16))
        take_grid (&ranges->ranges[i], tensor);
    }
}

/* ---- Which is better ---------------------------------------------------------------------------
 */

/* Operators that make floats: integers were asked for. */
static uint32_t
count_floats (const LsModel *model)
{
  uint32_t n = 0;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      {
        const LsOperator *op = &model->graphs[g]->view.ops[i];

        for (uint32_t k = 0; k < op->n_outputs; k++)
          n += op->outputs[k] >= 0
               && model->graphs[g]->view.tensors[op->outputs[k]].type == LS_TYPE_FLOAT32;
      }
  return n;
}

/* Behind the logits errors tell little: a few samples with a class that is all but sure. */
static int32_t
logits_of (const LsSubgraph *graph, const LsUses *uses, int32_t t)
{
  for (uint32_t step = 0; t >= 0 && uses->producer[t] >= 0 && step < graph->n_ops; step++)
    {
      const LsOperator *op = &graph->ops[uses->producer[t]];

      if (op->n_inputs == 0 || op->inputs[0] < 0)
        break;
      if (op->kind != LS_OP_SOFTMAX && op->kind != LS_OP_LOGISTIC && op->kind != LS_OP_LOG_SOFTMAX
          && op->kind != LS_OP_QUANTIZE && op->kind != LS_OP_DEQUANTIZE && op->kind != LS_OP_RESHAPE
          && op->kind != LS_OP_SQUEEZE)
        break;
      t = op->inputs[0];
    }
  return t;
}

/* A copy that gives its logits; NULL: out of memory. */
static LsModel *
cut (const LsModel *model)
{
  LsModel *copy = ls_model_clone (model);
  const LsSubgraph *graph = &model->graphs[0]->view;
  LS_FREE int32_t *outputs = calloc ((size_t) graph->n_outputs + 1, sizeof *outputs);
  LsUses uses;

  if (copy == NULL || outputs == NULL || !ls_uses_init (&uses, graph))
    {
      ls_model_free (copy);
      return NULL;
    }
  for (uint32_t i = 0; i < graph->n_outputs; i++)
    outputs[i] = logits_of (graph, &uses, graph->outputs[i]);
  ls_uses_clear (&uses);
  if (ls_model_set_ports (copy, 0, graph->inputs, graph->n_inputs, outputs, graph->n_outputs))
    return copy;
  ls_model_free (copy);
  return NULL;
}

static LsStatus
measure (const LsYardstick *yardstick, const LsModel *twin, double *db, LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) copy = cut (twin);
  LsMeasured measured;

  if (copy == NULL)
    return ls_fail_no_memory (error, "a copy of the model", 0);
  LS_TRY (ls_yardstick_measure (yardstick, copy, &measured, error));
  *db = measured.all;
  return LS_OK;
}

/* Signal against noise of both twins' outputs in dB. */
static LsStatus
measure_both (const LsModel *model, const LsModel *plain, const LsModel *twin,
              const LsSamples *samples, double *before, double *after, LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) copy = cut (model);
  LS_AUTO (LsYardstick, ls_yardstick_free) yardstick = NULL;

  if (copy == NULL)
    return ls_fail_no_memory (error, "a copy of the model", 0);
  LS_TRY (ls_yardstick_new (copy, samples, &yardstick, error));
  LS_TRY (measure (yardstick, plain, before, error));
  return measure (yardstick, twin, after, error);
}

/* Gives the twin by way of the float model if it is better than @plain, else NULL. */
static LsStatus
find_better (const LsModel *model, const LsModel *plain, const LsConvertOptions *options,
             const LsProgress *progress, LsModel **out, LsConvertReport *report, double *before,
             double *after, LsError *error)
{
  LS_AUTO (LsSamples, ls_samples_free) samples = NULL;
  LS_AUTO (LsModel, ls_model_free) twin = NULL;
  LsConvertOptions own = *options;

  LS_TRY (ls_make_samples (model, &samples, error));
  if (samples == NULL)
    return LS_OK;
  own.samples = samples;
  LS_TRY (ls_convert_with_grids (model, &own, model, progress, &twin, report, error));
  if (count_floats (twin) > count_floats (plain))
    return LS_OK;
  LS_TRY (measure_both (model, plain, twin, samples, before, after, error));
  if (*after > *before + least_gain)
    *out = ls_steal (&twin);
  return LS_OK;
}

/* ---- Both ways ---------------------------------------------------------------------------------
 */

static LsStatus
note_gain (LsConvertReport *report, LsType type, double before, double after, LsError *error)
{
  LsPassContext context = { .report = report };

  return ls_pass_note (&context, error,
                       "weights with a scale for each channel became %s with one: channels were "
                       "made alike over patterns that were made up, which have %.1f dB instead of "
                       "%.1f; compare the outputs, or convert with --calibration",
                       ls_type_name (type), after, before);
}

bool
ls_merge_is_wanted (const LsModel *model, const LsConvertOptions *options)
{
  return options->samples == NULL && options->ranges == NULL
         && ls_requantize_is_direct (model, options) && ls_requantize_merges (model, options);
}

LsStatus
ls_convert_merged (const LsModel *model, const LsConvertOptions *options,
                   const LsProgress *progress, LsModel **out, LsConvertReport *report,
                   LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) better = NULL;
  LsConvertReport longer = { 0 };
  LsError own = { 0 };
  double before = 0, after = 0;

  LS_TRY (ls_convert_with_grids (model, options, NULL, progress, out, report, error));

  LsStatus status
    = find_better (model, *out, options, progress, &better, &longer, &before, &after, &own);

  if (status == LS_OK && better != NULL)
    status = note_gain (&longer, options->to == LS_TO_UINT8 ? LS_TYPE_UINT8 : LS_TYPE_INT8, before,
                        after, &own);
  if (status == LS_OK && better != NULL)
    {
      ls_model_free (*out);
      *out = ls_steal (&better);
      if (report != NULL)
        {
          ls_convert_report_clear (report);
          *report = longer;
          return LS_OK;
        }
    }
  ls_convert_report_clear (&longer);
  /* What cannot be made float, or run, stays rounded; but nobody goes on who was stopped. */
  if (status != LS_E_CANCELLED)
    return LS_OK;
  ls_model_free (*out);
  *out = NULL;
  if (report != NULL)
    ls_convert_report_clear (report);
  if (error != NULL)
    *error = own;
  return status;
}
