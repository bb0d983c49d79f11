/* The report as JSON. */
#include <math.h>

#include "base/json.h"
#include "convert/report/report.h"

/* Behind a comma where one is due: @at is how many came before. */
static void
put_separator (FILE *file, uint32_t at)
{
  fputs (at > 0 ? ",\n  " : "\n  ", file);
}

static void
put_text (FILE *file, const char *key, const char *text)
{
  fprintf (file, "\"%s\": ", key);
  if (text != NULL)
    ls_json_put_string (file, text);
  else
    fputs ("null", file);
}

static void
put_real (FILE *file, const char *key, double value)
{
  fprintf (file, ", \"%s\": ", key);
  ls_json_put_number (file, value);
}

static void
put_gains (FILE *file, const LsConvertReport *convert)
{
  static const char *const choices[] = { "auto", "off", "on" };

  fputs (" \"gains\": [", file);
  for (int i = 0; i < LS_N_GAINS; i++)
    {
      const LsGain *gain = &convert->gains[i];

      put_separator (file, (uint32_t) i);
      putc ('{', file);
      put_text (file, "name", ls_gain_name ((LsGainKind) i));
      fputs (", ", file);
      put_text (file, "choice", choices[gain->choice]);
      fprintf (file, ", \"used\": %s, \"samples\": %u", gain->is_used ? "true" : "false",
               gain->n_samples);
      if (gain->n_samples > 0)
        {
          put_real (file, "without_db", gain->without_db);
          put_real (file, "with_db", gain->with_db);
        }
      putc ('}', file);
    }
  fputs ("],\n", file);
}

static void
put_conversion (FILE *file, const LsConvertReport *convert)
{
  fprintf (file, " \"operators_before\": %u,\n \"operators_after\": %u,\n", convert->n_ops_before,
           convert->n_ops_after);
  fprintf (file, " \"constant_bytes_before\": %llu,\n \"constant_bytes_after\": %llu,\n",
           (unsigned long long) convert->bytes_before, (unsigned long long) convert->bytes_after);
  fputs (" \"passes\": [", file);
  for (uint32_t i = 0; i < convert->n_passes; i++)
    {
      put_separator (file, i);
      putc ('{', file);
      put_text (file, "pass", convert->passes[i].pass);
      fprintf (file, ", \"changed\": %u, ", convert->passes[i].n_changed);
      put_text (file, "message", convert->passes[i].message);
      putc ('}', file);
    }
  fputs ("],\n", file);
  if (convert->has_gains)
    put_gains (file, convert);
  fputs (" \"notes\": [", file);
  for (uint32_t i = 0; i < convert->n_notes; i++)
    {
      put_separator (file, i);
      ls_json_put_string (file, convert->notes[i]);
    }
  fputs ("],\n", file);
}

static void
put_quantization (FILE *file, const LsQuantization *quant)
{
  if (quant == NULL || quant->n_scales == 0)
    return;
  put_real (file, "scale", quant->scales[0]);
  fprintf (file, ", \"zero_point\": %lld",
           quant->n_zero_points > 0 ? (long long) quant->zero_points[0] : 0LL);
}

static void
put_tensor (FILE *file, const LsReportTensor *tensor)
{
  putc ('{', file);
  put_text (file, "name", tensor->tensor->name);
  fprintf (file, ", \"subgraph\": %u, \"tensor\": %u, ", tensor->subgraph, tensor->index);
  put_text (file, "operator", tensor->kind);
  fputs (", ", file);
  put_text (file, "type", ls_type_name (tensor->tensor->type));
  if (tensor->range != NULL)
    {
      put_real (file, "min", tensor->range->min);
      put_real (file, "max", tensor->range->max);
      put_real (file, "low", tensor->range->low);
      put_real (file, "high", tensor->range->high);
    }
  put_quantization (file, tensor->tensor->quant);
  if (tensor->compared != NULL && tensor->compared->layer != NULL)
    {
      const LsComparedLayer *layer = tensor->compared->layer;
      char cause[LS_REPORT_CAUSE];

      put_real (file, "own_sqnr_db", layer->sqnr_db);
      put_real (file, "own_max_abs", layer->max_abs);
      put_real (file, "own_mean_abs", layer->mean_abs);
      fputs (", ", file);
      put_text (file, "cause", ls_report_cause (tensor, cause));
    }
  if (tensor->compared != NULL)
    {
      put_real (file, "sqnr_db", tensor->compared->sqnr_db);
      put_real (file, "cosine", tensor->compared->cosine);
      put_real (file, "max_abs", tensor->compared->max_abs);
      put_real (file, "mean_abs", tensor->compared->mean_abs);
      put_real (file, "saturated", tensor->compared->saturated);
    }
  putc ('}', file);
}

static void
put_float_ops (FILE *file, const LsReportFacts *facts)
{
  fputs (" \"float_operators\": [", file);
  for (uint32_t i = 0; i < facts->n_float_ops; i++)
    {
      const LsReportOp *op = &facts->float_ops[i];

      put_separator (file, i);
      fprintf (file, "{\"subgraph\": %u, \"operator\": %u, ", op->subgraph, op->op);
      put_text (file, "kind", op->kind);
      fputs (", ", file);
      put_text (file, "name", op->name);
      putc ('}', file);
    }
  fputs ("],\n", file);
}

static void
put_targets (FILE *file, const LsReportFacts *facts)
{
  fputs (" \"targets\": [", file);
  for (uint32_t i = 0, n = 0; i < facts->n_targets; i++)
    {
      const LsReportTarget *target = &facts->targets[i];

      if (!target->is_known)
        continue;
      put_separator (file, n++);
      putc ('{', file);
      put_text (file, "target", target->name);
      fprintf (file, ", \"errors\": %u, \"warnings\": %u, \"partitions\": %u", target->n_errors,
               target->n_warnings, target->n_partitions);
      put_real (file, "mac_share", target->mac_share);
      putc ('}', file);
    }
  fputs ("],\n", file);
}

static void
put_agreements (FILE *file, const LsComparison *comparison)
{
  fprintf (file, " \"measured_samples\": %u,\n \"agreement\": [", comparison->n_samples);
  for (uint32_t i = 0; i < comparison->n_agreements; i++)
    {
      const LsAgreement *agreement = &comparison->agreements[i];

      put_separator (file, i);
      fprintf (file, "{\"output\": %u, ", agreement->output);
      put_text (file, "name", agreement->name);
      fprintf (file, ", \"classes\": %u", agreement->n_classes);
      put_real (file, "top1", agreement->top1);
      put_real (file, "top5", agreement->top5);
      putc ('}', file);
    }
  fputs ("],\n", file);
}

void
ls_report_json (const LsReportFacts *facts, FILE *file)
{
  const LsQuantizeReport *report = facts->report;

  fputs ("{\n ", file);
  put_text (file, "model", report->source_name);
  fputs (",\n ", file);
  put_text (file, "output", report->result_name);
  fputs (",\n ", file);
  put_text (file, "to", report->to);
  fputs (",\n ", file);
  put_text (file, "command", report->command);
  fputs (",\n", file);
  if (report->convert != NULL)
    put_conversion (file, report->convert);
  if (report->ranges != NULL)
    fprintf (file, " \"calibration_samples\": %u,\n", report->ranges->n_samples);
  if (isfinite (facts->mean_sqnr))
    {
      fputs (" \"mean_sqnr_db\": ", file);
      ls_json_put_number (file, facts->mean_sqnr);
      fputs (",\n", file);
    }
  if (report->comparison != NULL)
    put_agreements (file, report->comparison);
  put_float_ops (file, facts);
  put_targets (file, facts);
  fputs (" \"tensors\": [", file);
  for (uint32_t i = 0; i < facts->n_tensors; i++)
    {
      put_separator (file, i);
      put_tensor (file, &facts->tensors[i]);
    }
  fputs ("]\n}\n", file);
}
