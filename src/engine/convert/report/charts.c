/* Bars of the page: errors by layer, and operators by kind. */
#include <math.h>

#include "convert/report/report.h"

enum
{
  BAR_HEIGHT = 14,
  BAR_LEFT = 370, /* of the bars, behind their names */
  BAR_WIDTH = 480,
  LABEL_BYTES = 53,
  BEST_DB = 60 /* where a bar of decibels is full */
};

static void
begin_bars (FILE *file, uint32_t count)
{
  fprintf (file, "<svg viewBox=\"0 0 %d %u\" width=\"100%%\" role=\"img\">\n",
           BAR_LEFT + BAR_WIDTH + 110, count * (BAR_HEIGHT + 4) + 4);
}

static void
put_bar (FILE *file, uint32_t row, double part, const char *color, int offset, int height)
{
  fprintf (file, "<rect x=\"%d\" y=\"%u\" width=\"%.1f\" height=\"%d\" fill=\"var(--%s)\"/>",
           BAR_LEFT, row * (BAR_HEIGHT + 4) + 2 + (uint32_t) offset, fmax (part * BAR_WIDTH, 1),
           height, color);
}

static uint32_t
base_line (uint32_t row)
{
  return row * (BAR_HEIGHT + 4) + BAR_HEIGHT - 1;
}

/* @op: its number, or -1. */
static void
put_label (FILE *file, uint32_t row, int op, const char *text)
{
  char name[LS_REPORT_NAME];

  fprintf (file, "<text x=\"%d\" y=\"%u\" text-anchor=\"end\">", BAR_LEFT - 6, base_line (row));
  if (op >= 0)
    fprintf (file, "%d ", op);
  ls_report_put_html (file, ls_report_short_name (text, LABEL_BYTES, name));
  fputs ("</text>", file);
}

static const char *
color_of (double db)
{
  return db < 10 ? "bad" : db < 20 ? "warn" : "bar";
}

static double
part_of (double db)
{
  return fmin (fmax (db / BEST_DB, 0), 1);
}

static void
put_tip (FILE *file, const LsReportTensor *tensor)
{
  char cause[LS_REPORT_CAUSE];

  fprintf (file, "<title>%d ", tensor->op);
  ls_report_put_html (file, tensor->kind);
  fputs (" ", file);
  ls_report_put_html (file, tensor->tensor->name);
  fprintf (file, ": largest error %.4g, cosine %.5f, %.2f %% at the ends%s",
           tensor->compared->max_abs, tensor->compared->cosine, 100 * tensor->compared->saturated,
           ls_report_cause (tensor, cause)[0] != '\0' ? "; " : "");
  ls_report_put_html (file, cause);
  fputs ("</title>", file);
}

/* Above, what the layer adds; below, where it stands. */
static void
put_error (FILE *file, uint32_t row, const LsReportTensor *tensor)
{
  const LsComparedTensor *compared = tensor->compared;
  const bool has_own = compared->layer != NULL && !isnan (compared->layer->sqnr_db);
  const double own = has_own ? compared->layer->sqnr_db : compared->sqnr_db;
  const double part = part_of (compared->sqnr_db), own_part = part_of (own);
  char db[LS_REPORT_NUMBER], own_db[LS_REPORT_NUMBER];

  fputs ("<g>", file);
  put_tip (file, tensor);
  put_label (file, row, tensor->op, tensor->tensor->name);
  put_bar (file, row, own_part, color_of (own), 0, has_own ? BAR_HEIGHT / 2 : BAR_HEIGHT);
  if (has_own)
    put_bar (file, row, part, "soft", BAR_HEIGHT / 2, BAR_HEIGHT / 2 - 1);
  fprintf (file, "<text x=\"%.0f\" y=\"%u\">%s", BAR_LEFT + fmax (part, own_part) * BAR_WIDTH + 5,
           base_line (row), ls_report_db (compared, db));
  if (has_own)
    fprintf (file, ", adds %s", own < INFINITY ? ls_report_own_db (compared, own_db) : "none");
  fputs ("</text></g>\n", file);
}

void
ls_report_put_errors (FILE *file, const LsReportFacts *facts)
{
  uint32_t n = 0, row = 0;

  for (uint32_t i = 0; i < facts->n_tensors; i++)
    n += facts->tensors[i].compared != NULL;
  if (n == 0)
    return;
  fprintf (file,
           "<h2>Error by layer</h2>\n<p class=\"soft\">Signal to noise in dB, in the order of the "
           "graph; a full bar is %d dB or more, shorter is worse. %s</p>\n",
           BEST_DB,
           facts->has_layers ? "Coloured, above: what the layer adds itself. Grey, below: where it "
                               "stands, with what came before it."
                             : "");
  begin_bars (file, n);
  for (uint32_t i = 0; i < facts->n_tensors; i++)
    if (facts->tensors[i].compared != NULL)
      put_error (file, row++, &facts->tensors[i]);
  fputs ("</svg>\n", file);
}

void
ls_report_put_kind_bars (FILE *file, const LsReportFacts *facts)
{
  uint32_t most = 1;

  fputs ("<h2>Operators by type</h2>\n<p class=\"soft\">Above: ", file);
  fputs (facts->report->to != NULL ? "before. Below: after.</p>\n"
                                   : "the first model. Below: the second.</p>\n",
         file);
  for (uint32_t i = 0; i < facts->n_kinds; i++)
    {
      most = facts->kinds[i].before > most ? facts->kinds[i].before : most;
      most = facts->kinds[i].after > most ? facts->kinds[i].after : most;
    }
  begin_bars (file, facts->n_kinds);
  for (uint32_t i = 0; i < facts->n_kinds; i++)
    {
      const LsReportKind *kind = &facts->kinds[i];
      double before = (double) kind->before / most, after = (double) kind->after / most;

      put_label (file, i, -1, kind->kind);
      put_bar (file, i, before, "soft", 0, BAR_HEIGHT / 2 - 1);
      put_bar (file, i, after, "bar", BAR_HEIGHT / 2, BAR_HEIGHT / 2);
      fprintf (file, "<text x=\"%.0f\" y=\"%u\">%u → %u</text>\n",
               BAR_LEFT + fmax (before, after) * BAR_WIDTH + 5, base_line (i), kind->before,
               kind->after);
    }
  fputs ("</svg>\n", file);
}
