/* What a page and a Markdown file say alike: lists and tables, each form with its own marks. */
#include "convert/report/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* A cell of figures that need no escaping. */
static void __attribute__ ((format (printf, 3, 4)))
put_figure (const LsReportForm *form, FILE *file, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  fputs (form->figure, file);
  vfprintf (file, format, args);
  fputs (form->end_cell, file);
  va_end (args);
}

static void
put_name (const LsReportForm *form, FILE *file, const char *text)
{
  fputs (form->cell, file);
  form->put (file, text);
  fputs (form->end_cell, file);
}

static void
put_heading (const LsReportForm *form, FILE *file, const char *text)
{
  fputs (form->heading, file);
  form->put (file, text);
  fputs (form->end_heading, file);
}

static void
begin_table (const LsReportForm *form, FILE *file, const LsReportColumn *columns)
{
  fputs (form->table, file);
  fputs (form->row, file);
  for (const LsReportColumn *column = columns; column->title != NULL; column++)
    {
      fputs (column->is_figure ? form->figure_title : form->title, file);
      form->put (file, column->title);
      fputs (form->end_title, file);
    }
  fputs (form->end_row, file);
  for (const LsReportColumn *column = columns; column->title != NULL; column++)
    fputs (column->is_figure ? form->figure_rule : form->rule, file);
  fputs (form->end_rules, file);
}

/* ---- Sections -------------------------------------------------------------------------------- */

void
ls_report_put_conversion (const LsReportForm *form, FILE *file, const LsConvertReport *convert)
{
  put_heading (form, file, "What was done");
  fputs (form->list, file);
  for (uint32_t i = 0; i < convert->n_passes; i++)
    {
      if (convert->passes[i].n_changed == 0)
        continue;
      fputs (form->item, file);
      fputs (form->strong, file);
      form->put (file, convert->passes[i].pass);
      fputs (form->end_strong, file);
      fputs (": ", file);
      form->put (file, convert->passes[i].message);
      fputs (form->end_item, file);
    }
  for (int i = 0; i < LS_N_GAINS; i++)
    {
      char text[LS_GAIN_TEXT];

      if (ls_gain_text (convert, (LsGainKind) i, text) == NULL)
        continue;
      fputs (form->item, file);
      fputs ("Gain: ", file);
      form->put (file, text);
      fputs (form->end_item, file);
    }
  for (uint32_t i = 0; i < convert->n_notes; i++)
    {
      fputs (form->item, file);
      fputs ("Note: ", file);
      form->put (file, convert->notes[i]);
      fputs (form->end_item, file);
    }
  fputs (form->end_list, file);
}

bool
ls_report_has_classes (const LsComparison *comparison)
{
  return comparison != NULL && comparison->n_agreements > 0 && comparison->n_samples > 1;
}

static void
put_agreements (const LsReportForm *form, FILE *file, const LsComparison *comparison)
{
  static const LsReportColumn columns[]
    = { { "classes of output", false }, { "classes", true }, { "same best class", true },
        { "among the best 5", true },   { "samples", true }, { NULL, false } };

  begin_table (form, file, columns);
  for (uint32_t i = 0; i < comparison->n_agreements; i++)
    {
      const LsAgreement *agreement = &comparison->agreements[i];

      fputs (form->row, file);
      put_name (form, file, agreement->name);
      put_figure (form, file, "%u", agreement->n_classes);
      put_figure (form, file, "%.1f %%", 100 * agreement->top1);
      put_figure (form, file, "%.1f %%", 100 * agreement->top5);
      put_figure (form, file, "%u", agreement->n_samples);
      fputs (form->end_row, file);
    }
  fputs (form->end_table, file);
}

void
ls_report_put_outputs (const LsReportForm *form, FILE *file, const LsComparison *comparison)
{
  static const LsReportColumn columns[]
    = { { "output", false },       { "SQNR dB", true },    { "cosine", true },
        { "largest error", true }, { "mean error", true }, { NULL, false } };
  char text[LS_REPORT_NUMBER];

  snprintf (text, sizeof text, comparison->n_samples == 1 ? "Outputs" : "Outputs over %u samples",
            comparison->n_samples);
  put_heading (form, file, text);
  begin_table (form, file, columns);
  for (uint32_t i = 0; i < comparison->n_tensors; i++)
    {
      const LsComparedTensor *tensor = &comparison->tensors[i];

      if (!tensor->is_output)
        continue;
      fputs (form->row, file);
      put_name (form, file, tensor->name_a);
      put_figure (form, file, "%s", ls_report_db (tensor, text));
      put_figure (form, file, "%.5f", tensor->cosine);
      put_figure (form, file, "%.4g", tensor->max_abs);
      put_figure (form, file, "%.4g", tensor->mean_abs);
      fputs (form->end_row, file);
    }
  fputs (form->end_table, file);
  if (ls_report_has_classes (comparison))
    put_agreements (form, file, comparison);
}

static int
compare_culprits (const void *a, const void *b)
{
  const LsComparedTensor *x = (*(const LsReportTensor *const *) a)->compared;
  const LsComparedTensor *y = (*(const LsReportTensor *const *) b)->compared;
  const double own_x = ls_report_culpability (x), own_y = ls_report_culpability (y);

  return own_x != own_y ? (own_x > own_y) - (own_x < own_y)
                        : (x->sqnr_db > y->sqnr_db) - (x->sqnr_db < y->sqnr_db);
}

/* The tensors that were measured and differ, the culprits first; NULL: no memory for a list that a
 * report can do without. */
static const LsReportTensor **
sort_culprits (const LsReportFacts *facts, uint32_t *n)
{
  const LsReportTensor **culprits = calloc ((size_t) facts->n_tensors + 1, sizeof *culprits);

  *n = 0;
  for (uint32_t i = 0; culprits != NULL && i < facts->n_tensors; i++)
    if (facts->tensors[i].compared != NULL && facts->tensors[i].op >= 0
        && ls_report_culpability (facts->tensors[i].compared) < INFINITY)
      culprits[(*n)++] = &facts->tensors[i];
  if (*n > 0)
    qsort (culprits, *n, sizeof *culprits, compare_culprits);
  return culprits;
}

static void
put_culprit (const LsReportForm *form, FILE *file, const LsReportTensor *tensor)
{
  char text[LS_REPORT_NUMBER], cause[LS_REPORT_CAUSE], name[LS_REPORT_NAME];

  fputs (form->row, file);
  put_figure (form, file, "%d", tensor->op);
  put_name (form, file, tensor->kind);
  put_name (form, file, ls_report_short_name (tensor->tensor->name, 60, name));
  put_figure (form, file, "%s", ls_report_own_db (tensor->compared, text));
  put_figure (form, file, "%s", ls_report_db (tensor->compared, text));
  put_figure (form, file, "%.2f %%", 100 * tensor->compared->saturated);
  put_name (form, file, ls_report_cause (tensor, cause));
  fputs (form->end_row, file);
}

void
ls_report_put_culprits (const LsReportForm *form, FILE *file, const LsReportFacts *facts)
{
  static const LsReportColumn columns[] = { { "#", true },
                                            { "operator", false },
                                            { "output", false },
                                            { "adds, dB", true },
                                            { "stands at, dB", true },
                                            { "at the ends", true },
                                            { "mostly by", false },
                                            { NULL, false } };
  enum
  {
    SHOWN = 20
  };
  uint32_t n;
  const LsReportTensor **culprits = sort_culprits (facts, &n);

  if (n > 0)
    {
      put_heading (form, file, "Where the error comes from");
      fputs (form->text, file);
      form->put (file, facts->has_layers
                         ? "Operators that add the most noise first. Adds: signal to noise of the "
                           "operator alone, when both models' operators are given the same values. "
                           "Stands at: with what came before it. Less is worse."
                         : "Least signal to noise first.");
      if (n > SHOWN)
        fprintf (file, " %d of %u are shown.", SHOWN, n);
      fputs (form->end_text, file);
      begin_table (form, file, columns);
    }
  for (uint32_t i = 0; i < n && i < SHOWN; i++)
    put_culprit (form, file, culprits[i]);
  if (n > 0)
    fputs (form->end_table, file);
  free (culprits);
}

/* The operators of one kind on a line, from the @first of them. */
static void
put_float_kind (const LsReportForm *form, FILE *file, const LsReportFacts *facts, uint32_t first)
{
  enum
  {
    SHOWN = 12
  };
  const char *kind = facts->float_ops[first].kind;
  uint32_t n = 0;

  fputs (form->item, file);
  fputs (form->strong, file);
  form->put (file, kind);
  fputs (form->end_strong, file);
  for (uint32_t i = first; i < facts->n_float_ops; i++)
    {
      char name[LS_REPORT_NAME];

      if (strcmp (facts->float_ops[i].kind, kind) != 0 || n++ >= SHOWN)
        continue;
      fprintf (file, "%s %u ", n == 1 ? ":" : ",", facts->float_ops[i].op);
      form->put (file, ls_report_short_name (facts->float_ops[i].name, 40, name));
    }
  if (n > SHOWN)
    fprintf (file, " and %u more", n - SHOWN);
  fputs (form->end_item, file);
}

void
ls_report_put_float_ops (const LsReportForm *form, FILE *file, const LsReportFacts *facts)
{
  if (facts->n_float_ops == 0)
    return;
  put_heading (form, file, "Operators that compute with floats");
  fputs (form->list, file);
  for (uint32_t i = 0; i < facts->n_float_ops; i++)
    {
      uint32_t first = 0;

      while (strcmp (facts->float_ops[first].kind, facts->float_ops[i].kind) != 0)
        first++;
      if (first == i)
        put_float_kind (form, file, facts, i);
    }
  fputs (form->end_list, file);
}

void
ls_report_put_command (const LsReportForm *form, FILE *file, const LsReportFacts *facts)
{
  if (facts->report->command == NULL)
    return;
  fputs (form->code, file);
  form->put (file, facts->report->command);
  fputs (form->end_code, file);
}

void
ls_report_put_targets (const LsReportForm *form, FILE *file, const LsReportFacts *facts)
{
  static const LsReportColumn columns[]
    = { { "target", false },    { "errors", true },
        { "warnings", true },   { "multiply-adds on the accelerator", true },
        { "partitions", true }, { NULL, false } };

  put_heading (form, file, "Targets");
  begin_table (form, file, columns);
  for (uint32_t i = 0; i < facts->n_targets; i++)
    {
      const LsReportTarget *target = &facts->targets[i];

      if (!target->is_known)
        continue;
      fputs (form->row, file);
      put_name (form, file, target->name);
      put_figure (form, file, "%u", target->n_errors);
      put_figure (form, file, "%u", target->n_warnings);
      put_figure (form, file, "%.0f %%", 100 * target->mac_share);
      put_figure (form, file, "%u", target->n_partitions);
      fputs (form->end_row, file);
    }
  fputs (form->end_table, file);
}

void
ls_report_put_kinds (const LsReportForm *form, FILE *file, const LsReportFacts *facts)
{
  static const LsReportColumn columns[]
    = { { "operator", false }, { "before", true }, { "after", true }, { NULL, false } };

  put_heading (form, file, "Operators by type");
  begin_table (form, file, columns);
  for (uint32_t i = 0; i < facts->n_kinds; i++)
    {
      fputs (form->row, file);
      put_name (form, file, facts->kinds[i].kind);
      put_figure (form, file, "%u", facts->kinds[i].before);
      put_figure (form, file, "%u", facts->kinds[i].after);
      fputs (form->end_row, file);
    }
  fputs (form->end_table, file);
}

static void
put_tensor (const LsReportForm *form, FILE *file, const LsReportTensor *tensor)
{
  const LsQuantization *quant = tensor->tensor->quant;
  bool has_scale = quant != NULL && quant->n_scales > 0;
  char db[LS_REPORT_NUMBER];

  fputs (form->row, file);
  put_name (form, file, tensor->tensor->name);
  put_name (form, file, ls_type_name (tensor->tensor->type));
  if (tensor->range != NULL)
    put_figure (form, file, "%.4g … %.4g", tensor->range->min, tensor->range->max);
  else if (tensor->compared != NULL && tensor->compared->layer != NULL)
    put_figure (form, file, "%.4g … %.4g", tensor->compared->layer->min_a,
                tensor->compared->layer->max_a);
  else
    put_figure (form, file, "–");
  if (has_scale)
    put_figure (form, file, "%.6g", (double) quant->scales[0]);
  else
    put_figure (form, file, "–");
  if (has_scale)
    put_figure (form, file, "%lld",
                quant->n_zero_points > 0 ? (long long) quant->zero_points[0] : 0LL);
  else
    put_figure (form, file, "–");
  put_figure (form, file, "%s", ls_report_own_db (tensor->compared, db));
  put_figure (form, file, "%s", ls_report_db (tensor->compared, db));
  fputs (form->end_row, file);
}

void
ls_report_put_tensors (const LsReportForm *form, FILE *file, const LsReportFacts *facts)
{
  static const LsReportColumn columns[]
    = { { "tensor", false },    { "type", false },    { "seen", true },          { "scale", true },
        { "zero point", true }, { "adds, dB", true }, { "stands at, dB", true }, { NULL, false } };

  put_heading (form, file, "Tensors");
  begin_table (form, file, columns);
  for (uint32_t i = 0; i < facts->n_tensors; i++)
    put_tensor (form, file, &facts->tensors[i]);
  fputs (form->end_table, file);
}
