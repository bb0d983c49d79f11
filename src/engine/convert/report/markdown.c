/* The report as Markdown. */
#include <math.h>
#include <stdlib.h>

#include "convert/report/report.h"

enum
{
  WORST = 20 /* tensors that are listed as culprits */
};

/* Text inside a cell: what Markdown or HTML would take for its own is escaped, and it stays one
 * line. */
static void
put_cell (FILE *file, const char *text)
{
  for (; *text != '\0'; text++)
    {
      unsigned char c = (unsigned char) *text;

      if (c < 0x20 || c == 0x7f)
        putc (' ', file);
      else if (c == '<')
        fputs ("&lt;", file);
      else if (c == '&')
        fputs ("&amp;", file);
      else
        fprintf (
          file,
          c == '|' || c == '`' || c == '*' || c == '_' || c == '[' || c == '\\' ? "\\%c" : "%c", c);
    }
}

static void
put_conversion (FILE *file, const LsConvertReport *convert)
{
  char before[LS_REPORT_NUMBER], after[LS_REPORT_NUMBER];

  fprintf (file, "\n%u operators became %u, constants of %s became %s.\n", convert->n_ops_before,
           convert->n_ops_after, ls_report_bytes (convert->bytes_before, before),
           ls_report_bytes (convert->bytes_after, after));
  fputs ("\n## What was done\n\n", file);
  for (uint32_t i = 0; i < convert->n_passes; i++)
    if (convert->passes[i].n_changed > 0)
      {
        fprintf (file, "- **%s**: ", convert->passes[i].pass);
        put_cell (file, convert->passes[i].message);
        putc ('\n', file);
      }
  for (uint32_t i = 0; i < convert->n_notes; i++)
    {
      fputs ("- Note: ", file);
      put_cell (file, convert->notes[i]);
      putc ('\n', file);
    }
}

static void
put_agreements (FILE *file, const LsComparison *comparison)
{
  fprintf (file,
           "\n## Outputs over %u samples\n\n| output | SQNR dB | cosine | largest error |\n"
           "| --- | ---: | ---: | ---: |\n",
           comparison->n_samples);
  for (uint32_t i = 0; i < comparison->n_tensors; i++)
    {
      const LsComparedTensor *tensor = &comparison->tensors[i];
      char db[LS_REPORT_NUMBER];

      if (!tensor->is_output)
        continue;
      fputs ("| ", file);
      put_cell (file, tensor->name_a);
      fprintf (file, " | %s | %.5f | %.4g |\n", ls_report_db (tensor, db), tensor->cosine,
               tensor->max_abs);
    }
  for (uint32_t i = 0; i < comparison->n_agreements; i++)
    {
      const LsAgreement *agreement = &comparison->agreements[i];

      putc ('\n', file);
      put_cell (file, agreement->name);
      fprintf (file,
               ": the same best class of %u in %.1f %% of %u samples, among the best five in "
               "%.1f %%.\n",
               agreement->n_classes, 100 * agreement->top1, agreement->n_samples,
               100 * agreement->top5);
    }
}

static int
compare_errors (const void *a, const void *b)
{
  double x = (*(const LsReportTensor *const *) a)->compared->sqnr_db;
  double y = (*(const LsReportTensor *const *) b)->compared->sqnr_db;

  return (x > y) - (x < y);
}

static void
put_worst (FILE *file, const LsReportFacts *facts)
{
  const LsReportTensor **worst = calloc ((size_t) facts->n_tensors + 1, sizeof *worst);
  uint32_t n = 0;

  for (uint32_t i = 0; worst != NULL && i < facts->n_tensors; i++)
    if (facts->tensors[i].compared != NULL)
      worst[n++] = &facts->tensors[i];
  if (n > 0)
    {
      qsort (worst, n, sizeof *worst, compare_errors);
      fputs ("\n## The greatest errors\n\n| tensor | operator | SQNR dB | at the ends |\n"
             "| --- | --- | ---: | ---: |\n",
             file);
    }
  for (uint32_t i = 0; i < n && i < WORST; i++)
    {
      char db[LS_REPORT_NUMBER];

      fputs ("| ", file);
      put_cell (file, worst[i]->tensor->name);
      fputs (" | ", file);
      put_cell (file, worst[i]->kind);
      fprintf (file, " | %s | %.2f %% |\n", ls_report_db (worst[i]->compared, db),
               100 * worst[i]->compared->saturated);
    }
  free (worst);
}

static void
put_tensors (FILE *file, const LsReportFacts *facts)
{
  fputs ("\n## Tensors\n\n| tensor | type | seen | scale | zero point | SQNR dB |\n"
         "| --- | --- | --- | ---: | ---: | ---: |\n",
         file);
  for (uint32_t i = 0; i < facts->n_tensors; i++)
    {
      const LsReportTensor *tensor = &facts->tensors[i];
      const LsQuantization *quant = tensor->tensor->quant;
      char db[LS_REPORT_NUMBER];

      fputs ("| ", file);
      put_cell (file, tensor->tensor->name);
      fprintf (file, " | %s | ", ls_type_name (tensor->tensor->type));
      if (tensor->range != NULL)
        fprintf (file, "%.4g … %.4g", tensor->range->min, tensor->range->max);
      if (quant != NULL && quant->n_scales > 0)
        fprintf (file, " | %.6g | %lld", (double) quant->scales[0],
                 quant->n_zero_points > 0 ? (long long) quant->zero_points[0] : 0LL);
      else
        fputs (" | | ", file);
      fprintf (file, " | %s |\n", ls_report_db (tensor->compared, db));
    }
}

static void
put_counts (FILE *file, const LsReportFacts *facts)
{
  fputs ("\n## Operators\n\n| kind | before | after |\n| --- | ---: | ---: |\n", file);
  for (uint32_t i = 0; i < facts->n_kinds; i++)
    {
      fputs ("| ", file);
      put_cell (file, facts->kinds[i].kind);
      fprintf (file, " | %u | %u |\n", facts->kinds[i].before, facts->kinds[i].after);
    }
  if (facts->n_float_ops > 0)
    fputs ("\nOperators that stayed in float:\n\n", file);
  for (uint32_t i = 0; i < facts->n_float_ops; i++)
    {
      fprintf (file, "- %u ", facts->float_ops[i].op);
      put_cell (file, facts->float_ops[i].kind);
      fputs (": ", file);
      put_cell (file, facts->float_ops[i].name);
      putc ('\n', file);
    }
  fputs ("\n## Targets\n\n| target | errors | warnings | multiply-adds on the accelerator |\n"
         "| --- | ---: | ---: | ---: |\n",
         file);
  for (uint32_t i = 0; i < facts->n_targets; i++)
    if (facts->targets[i].is_known)
      fprintf (file, "| %s | %u | %u | %.0f %% |\n", facts->targets[i].name,
               facts->targets[i].n_errors, facts->targets[i].n_warnings,
               100 * facts->targets[i].mac_share);
}

void
ls_report_markdown (const LsReportFacts *facts, FILE *file)
{
  const LsQuantizeReport *report = facts->report;

  fputs ("# ", file);
  put_cell (file, report->source_name != NULL ? report->source_name : "model");
  fprintf (file, " → %s\n", report->to != NULL ? report->to : "");
  if (report->result_name != NULL)
    {
      fputs ("\nWritten to ", file);
      put_cell (file, report->result_name);
      fputs (".\n", file);
    }
  if (report->convert != NULL)
    put_conversion (file, report->convert);
  if (report->comparison != NULL)
    put_agreements (file, report->comparison);
  put_worst (file, facts);
  put_counts (file, facts);
  put_tensors (file, facts);
}
