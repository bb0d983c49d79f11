/* Conversions: which passes in which order, and the report of what they did. */
#include "convert/pass.h"
#include "convert/sparse/sparse_layout.h"
#include "convert/target.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/quantize/search.h"
#include "convert/quantize/usable.h"
#include "convert/requantize/merge.h"
#include "model/channel_factors.h"

LS_DEFINE_AUTO (LsSamples, ls_samples_free)

/* What makes a plain float32 model of any. */
#define CLEAN_PASSES                                                                               \
  &ls_pass_densify, &ls_pass_fold_dequantize, &ls_pass_dequantize, &ls_pass_legalize,              \
    &ls_pass_dead_code, &ls_pass_rename

static const LsPass *const to_float32[] = { CLEAN_PASSES, &ls_pass_versions, NULL };
static const LsPass *const to_float16[]
  = { CLEAN_PASSES, &ls_pass_float16, &ls_pass_share, &ls_pass_dead_code, &ls_pass_versions, NULL };
static const LsPass *const to_dynamic[]
  = { CLEAN_PASSES,   &ls_pass_fuse_activation, &ls_pass_fold_scales, &ls_pass_dynamic,
      &ls_pass_share, &ls_pass_dead_code,       &ls_pass_versions,    NULL };
static const LsPass *const to_weights[] = { CLEAN_PASSES,
                                            &ls_pass_fold_scales,
                                            &ls_pass_weights,
                                            &ls_pass_share,
                                            &ls_pass_dead_code,
                                            &ls_pass_versions,
                                            NULL };
static const LsPass *const to_integers[] = {
  CLEAN_PASSES,       &ls_pass_directions, &ls_pass_fuse_activation, &ls_pass_fold_scales,
  &ls_pass_dead_code, &ls_pass_rename,     &ls_pass_calibrate,       &ls_pass_masks,
  &ls_pass_choose,    &ls_pass_equalize,   &ls_pass_quantize,        &ls_pass_share,
  &ls_pass_dead_code, &ls_pass_rename,     &ls_pass_versions,        NULL,
};
static const LsPass *const to_dense[] = { &ls_pass_densify, &ls_pass_dead_code, NULL };
static const LsPass *const to_requantized[] = {
  &ls_pass_densify,   &ls_pass_requantize, &ls_pass_edges,
  &ls_pass_dead_code, &ls_pass_versions,   NULL,
};
static const LsPass *const to_keep[] = { NULL };
/* Behind any of them, when asked for. */
static const LsPass *const to_sparse[]
  = { &ls_pass_sparsify, &ls_pass_dead_code, &ls_pass_versions, NULL };

/* By LsTo; NULL: not in this build. */
static const LsPass *const *const conversions[] = {
  [LS_TO_KEEP] = to_keep,        [LS_TO_FLOAT32] = to_float32, [LS_TO_FLOAT16] = to_float16,
  [LS_TO_DYNAMIC] = to_dynamic,  [LS_TO_INT8] = to_integers,   [LS_TO_UINT8] = to_integers,
  [LS_TO_INT16X8] = to_integers, [LS_TO_DENSE] = to_dense,     [LS_TO_WEIGHTS] = to_weights,
};

static const LsPass *const *
passes_of (LsTo to)
{
  return (size_t) to < sizeof conversions / sizeof *conversions ? conversions[to] : NULL;
}

bool
ls_convert_available (LsTo to, const char **why)
{
  bool is_there = passes_of (to) != NULL;

  if (why != NULL)
    *why = is_there ? NULL : "there is no such conversion";
  return is_there;
}

/* Appends formatted text to a growing list; false: out of memory. */
static char *
format_text (const char *format, va_list args)
{
  char *text;

  return vasprintf (&text, format, args) < 0 ? NULL : text;
}

LsStatus
ls_pass_report (LsPassContext *context, const char *pass, uint32_t n_changed, LsError *error,
                const char *format, ...)
{
  LsConvertReport *report = context->report;
  va_list args;

  va_start (args, format);
  LS_FREE char *text = format_text (format, args);
  va_end (args);

  LsPassReport *list = realloc (report->passes, (report->n_passes + 1) * sizeof *list);

  if (list != NULL)
    report->passes = list;
  if (text == NULL || list == NULL)
    return ls_fail_no_memory (error, "a report", sizeof *list);
  list[report->n_passes++] = (LsPassReport){ pass, n_changed, ls_steal (&text) };
  return LS_OK;
}

LsStatus
ls_pass_note (LsPassContext *context, LsError *error, const char *format, ...)
{
  LsConvertReport *report = context->report;
  va_list args;

  va_start (args, format);
  LS_FREE char *text = format_text (format, args);
  va_end (args);

  char **notes = realloc (report->notes, (report->n_notes + 1) * sizeof *notes);

  if (notes != NULL)
    report->notes = notes;
  if (text == NULL || notes == NULL)
    return ls_fail_no_memory (error, "a report", sizeof *notes);
  notes[report->n_notes++] = ls_steal (&text);
  return LS_OK;
}

LsStatus
ls_pass_set_float (LsPassContext *context, uint32_t graph, uint32_t tensor, const float *values,
                   size_t count, LsError *error)
{
  LsTensor *t = ls_model_tensor (context->model, graph, tensor);

  if (!ls_tensor_set_data (context->model, t, values, count * sizeof *values))
    return ls_fail_no_memory (error, t->name, count * sizeof *values);
  t->type = LS_TYPE_FLOAT32;
  t->quant = NULL;
  t->sparsity = NULL;
  return LS_OK;
}

/* * stands for any text, ? for any character. */
static bool
matches (const char *pattern, const char *text)
{
  const char *star = NULL, *resume = NULL;

  while (*text != '\0')
    if (*pattern == '*')
      {
        star = pattern++;
        resume = text;
      }
    else if (*pattern == '?' || *pattern == *text)
      {
        pattern++;
        text++;
      }
    else if (star != NULL)
      {
        pattern = star + 1;
        text = ++resume;
      }
    else
      return false;
  while (*pattern == '*')
    pattern++;
  return *pattern == '\0';
}

bool
ls_pass_keeps_float (const LsPassContext *context, uint32_t graph, uint32_t op)
{
  const LsSubgraph *view = &context->model->graphs[graph]->view;

  for (uint32_t i = 0; i < context->options->n_keep; i++)
    if (matches (context->options->keep_float[i], ls_op_name (view, &view->ops[op]))
        || matches (context->options->keep_float[i], ls_op_kind_text (&view->ops[op])))
      return true;
  return false;
}

static bool
fits_some (const char *pattern, const LsModel *model)
{
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      {
        const LsSubgraph *view = &model->graphs[g]->view;

        if (matches (pattern, ls_op_name (view, &view->ops[i]))
            || matches (pattern, ls_op_kind_text (&view->ops[i])))
          return true;
      }
  return false;
}

/* Patterns that fit nothing, neither by the names of the source nor by the cleaned ones. */
static LsStatus
note_idle_patterns (const LsModel *source, LsPassContext *context, LsError *error)
{
  const LsConvertOptions *options = context->options;

  for (uint32_t i = 0; i < options->n_keep; i++)
    if (!fits_some (options->keep_float[i], source)
        && !fits_some (options->keep_float[i], context->model))
      LS_TRY (ls_pass_note (context, error,
                            "none is left in float as \"%s\": no operator has that name or kind",
                            options->keep_float[i]));
  return LS_OK;
}

static void
count_model (const LsModel *model, uint32_t *n_ops, uint64_t *bytes)
{
  *n_ops = 0;
  *bytes = 0;
  for (uint32_t i = 0; i < model->n_graphs; i++)
    {
      const LsSubgraph *graph = &model->graphs[i]->view;

      *n_ops += graph->n_ops;
      for (uint32_t t = 0; t < graph->n_tensors; t++)
        if (graph->tensors[t].sparsity != NULL)
          *bytes += ls_sparsity_bytes (graph->tensors[t].sparsity);
    }
  for (uint32_t i = 0; i < model->n_buffers; i++)
    *bytes += model->buffers[i].size;
}

static LsStatus
run_passes (LsPassContext *context, const LsPass *const *passes, LsError *error)
{
  uint32_t n = 0;

  while (passes[n] != NULL)
    n++;
  for (uint32_t i = 0; i < n; i++)
    {
      if (!ls_tick (context->progress, (double) i / n, passes[i]->name))
        return ls_fail_cancelled (error);
      if (passes[i] != &ls_pass_rename || !context->options->keep_names)
        LS_TRY (passes[i]->run (context, error));
    }
  if (!ls_tick (context->progress, 1.0, "done"))
    return ls_fail_cancelled (error);
  return LS_OK;
}

static LsStatus
convert_by (const LsModel *model, const LsConvertOptions *options, const LsModel *grids,
            LsChosen *chosen, const LsProgress *progress, LsModel **out, LsConvertReport *report,
            LsError *error)
{
  const LsPass *const *passes
    = ls_requantize_is_direct (model, options) ? to_requantized : passes_of (options->to);
  LsConvertReport own = { 0 };
  const char *why;

  *out = NULL;
  if (report != NULL)
    *report = own;
  if (passes == NULL && !ls_convert_available (options->to, &why))
    return ls_fail (error, LS_E_UNSUPPORTED, -1, "%s", why);

  LS_AUTO (LsModel, ls_model_free) copy = ls_model_clone (model);

  if (copy == NULL)
    return ls_fail_no_memory (error, "a copy of the model", 0);
  count_model (copy, &own.n_ops_before, &own.bytes_before);

  LsPassContext context = { .model = copy,
                            .source = model,
                            .options = options,
                            .progress = progress,
                            .report = &own,
                            .grids = grids };

  if (chosen != NULL)
    context.chosen = *chosen;

  LsStatus status = run_passes (&context, passes, error);

  if (status == LS_OK && options->sparsify)
    status = run_passes (&context, to_sparse, error);
  if (status == LS_OK && passes != to_keep && !ls_channel_factors_save (copy))
    status = ls_fail_no_memory (error, "the factors of channels", 0);
  ls_ranges_free (context.equalized_ranges);
  own.ranges = context.own_ranges;
  if (chosen != NULL)
    *chosen = context.chosen;
  count_model (copy, &own.n_ops_after, &own.bytes_after);
  if (status == LS_OK)
    *out = ls_steal (&copy);
  if (report != NULL && status == LS_OK)
    *report = own;
  else
    ls_convert_report_clear (&own);
  return status;
}

LsStatus
ls_convert_with_grids (const LsModel *model, const LsConvertOptions *options, const LsModel *grids,
                       const LsProgress *progress, LsModel **out, LsConvertReport *report,
                       LsError *error)
{
  return convert_by (model, options, grids, NULL, progress, out, report, error);
}

LsStatus
ls_convert_once (const LsModel *model, const LsConvertOptions *options, LsChosen *chosen,
                 const LsProgress *progress, LsModel **out, LsConvertReport *report, LsError *error)
{
  return ls_merge_is_wanted (model, options)
           ? ls_convert_merged (model, options, progress, out, report, error)
           : convert_by (model, options, NULL, chosen, progress, out, report, error);
}

LsStatus
ls_convert (const LsModel *model, const LsConvertOptions *asked, const LsProgress *progress,
            LsModel **out, LsConvertReport *report, LsError *error)
{
  LsConvertOptions options = *asked;
  LsConvertReport own = { 0 };
  LS_AUTO (LsModel, ls_model_free) result = NULL;

  LS_AUTO (LsSamples, ls_samples_free) usable = NULL;
  char left_out[LS_USABLE_NOTE] = "";

  *out = NULL;
  if (report != NULL)
    *report = own;
  LS_TRY (ls_convert_options_for_target (&options, error));
  if (options.samples != NULL)
    LS_TRY (ls_samples_usable (options.samples, progress, &usable, left_out, error));
  if (usable != NULL)
    options.samples = usable;

  LsStatus status = ls_search_is_wanted (&options)
                      ? ls_convert_search (model, &options, progress, &result, &own, error)
                      : ls_convert_once (model, &options, NULL, progress, &result, &own, error);

  LsPassContext context = { .model = result, .options = &options, .report = &own };

  if (status == LS_OK && left_out[0] != '\0')
    status = ls_pass_note (&context, error, "%s", left_out);
  if (status == LS_OK)
    status = note_idle_patterns (model, &context, error);
  if (status == LS_OK && options.target != NULL)
    status = ls_convert_check_target (result, &options, &own, error);
  if (status == LS_OK)
    *out = ls_steal (&result);
  if (status == LS_OK && report != NULL)
    *report = own;
  else
    ls_convert_report_clear (&own);
  return status;
}

const char *
ls_gain_name (LsGainKind kind)
{
  static const char *const names[LS_N_GAINS]
    = { "bias-correction", "equalization", "adaptive-rounding" };

  return kind < LS_N_GAINS ? names[kind] : NULL;
}

const char *
ls_gain_text (const LsConvertReport *report, LsGainKind kind, char out[LS_GAIN_TEXT])
{
  const LsGain *gain = &report->gains[kind];

  if (!report->has_gains || gain->n_samples == 0)
    return NULL;
  snprintf (out, LS_GAIN_TEXT, "%s is %s: %.1f dB without, %.1f dB with, on %u %s",
            ls_gain_name (kind), gain->is_used ? "used" : "not used", gain->without_db,
            gain->with_db, gain->n_samples, gain->n_samples == 1 ? "sample" : "samples");
  return out;
}

void
ls_convert_report_clear (LsConvertReport *report)
{
  for (uint32_t i = 0; i < report->n_passes; i++)
    free (report->passes[i].message);
  for (uint32_t i = 0; i < report->n_notes; i++)
    free (report->notes[i]);
  free (report->passes);
  free (report->notes);
  ls_ranges_free (report->ranges);
  *report = (LsConvertReport){ 0 };
}
