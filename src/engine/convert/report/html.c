/* The report as one page: everything inside, drawings as SVG, nothing from elsewhere. */
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "convert/report/report.h"

enum
{
  BAR_HEIGHT = 14,
  BAR_LEFT = 290, /* of the bars, behind their names */
  BAR_WIDTH = 420,
  LABEL_CHARS = 42,
  BEST_DB = 60, /* where a bar of decibels is full */
  PLOT_WIDTH = 260,
  PLOT_HEIGHT = 80,
  PLOT_BINS = 64
};

static const char style[]
  = ":root{color-scheme:light dark;--ink:#1d1d1f;--paper:#fff;--line:#d8d8dc;--soft:#6a6a70;"
    "--bar:#1c71d8;--good:#26a269;--warn:#c88800;--bad:#c01c28}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#eee;--paper:#1e1e20;--line:#444449;"
    "--soft:#a5a5ab;--bar:#78aeed;--good:#57e389;--warn:#f8e45c;--bad:#ff7b63}}\n"
    "body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:1080px;margin:2em auto;padding:0 1.2em}\n"
    "h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}\n"
    "table{border-collapse:collapse;font-size:.9em}th,td{padding:.25em .8em;text-align:left;"
    "border-bottom:1px solid var(--line)}td.n,th.n{text-align:right;"
    "font-variant-numeric:tabular-nums}\n"
    ".cards{display:flex;flex-wrap:wrap;gap:.8em}.card{border:1px solid var(--line);"
    "border-radius:10px;padding:.6em 1em}.card b{display:block;font-size:1.25em}\n"
    ".plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:.8em}"
    "figure{margin:0;border:1px solid var(--line);border-radius:10px;padding:.5em .6em}"
    "figcaption{font-size:.8em;overflow-wrap:anywhere}.soft{color:var(--soft)}\n"
    "svg text{fill:currentColor;font-size:11px}svg .h{fill:var(--bar)}svg .cut{stroke:var(--bad);"
    "stroke-width:1.5;stroke-dasharray:4 2}svg .zero{stroke:var(--soft);stroke-width:1}\n";

/* ---- Text ------------------------------------------------------------------------------------ */

/* At most @max characters, and an ellipsis where that cuts. */
static void
put_some (FILE *file, const char *text, size_t max)
{
  for (size_t chars = 0; *text != '\0'; chars++)
    {
      size_t n = ls_utf8_length (text, strnlen (text, 4));

      if (chars == max)
        {
          fputs ("…", file);
          return;
        }
      if (n == 0 || (unsigned char) *text < 0x20 || *text == 0x7f)
        fputs ("\xef\xbf\xbd", file);
      else if (*text == '<')
        fputs ("&lt;", file);
      else if (*text == '>')
        fputs ("&gt;", file);
      else if (*text == '&')
        fputs ("&amp;", file);
      else if (*text == '"')
        fputs ("&quot;", file);
      else
        fwrite (text, 1, n, file);
      text += n > 0 ? n : 1;
    }
}

static void
put (FILE *file, const char *text)
{
  put_some (file, text != NULL ? text : "", SIZE_MAX);
}

/* ---- What was done --------------------------------------------------------------------------- */

static void
put_cards (FILE *file, const LsReportFacts *facts)
{
  const LsConvertReport *convert = facts->report->convert;
  const LsComparison *comparison = facts->report->comparison;
  char before[LS_REPORT_NUMBER], after[LS_REPORT_NUMBER];

  fputs ("<div class=\"cards\">\n", file);
  if (convert != NULL)
    fprintf (file,
             "<div class=\"card\"><b>%u → %u</b>operators</div>\n"
             "<div class=\"card\"><b>%s → %s</b>constants</div>\n",
             convert->n_ops_before, convert->n_ops_after,
             ls_report_bytes (convert->bytes_before, before),
             ls_report_bytes (convert->bytes_after, after));
  if (isfinite (facts->mean_sqnr))
    fprintf (file, "<div class=\"card\"><b>%.1f dB</b>SQNR of the outputs, mean</div>\n",
             facts->mean_sqnr);
  for (uint32_t i = 0; comparison != NULL && i < comparison->n_agreements; i++)
    fprintf (file, "<div class=\"card\"><b>%.1f %%</b>same best class of %u (output %u)</div>\n",
             100 * comparison->agreements[i].top1, comparison->agreements[i].n_classes,
             comparison->agreements[i].output);
  fprintf (file, "<div class=\"card\"><b>%u</b>operators left in float</div>\n</div>\n",
           facts->n_float_ops);
}

static const LsReportForm form = {
  .put = put,
  .heading = "<h2>",
  .end_heading = "</h2>\n",
  .list = "<ul>\n",
  .item = "<li>",
  .end_item = "</li>\n",
  .end_list = "</ul>\n",
  .strong = "<b>",
  .end_strong = "</b>",
  .table = "<table>\n",
  .title = "<th>",
  .figure_title = "<th class=\"n\">",
  .end_title = "</th>",
  .rule = "",
  .figure_rule = "",
  .end_rules = "",
  .row = "<tr>",
  .cell = "<td>",
  .figure = "<td class=\"n\">",
  .end_cell = "</td>",
  .end_row = "</tr>\n",
  .end_table = "</table>\n",
};

/* ---- Bars ------------------------------------------------------------------------------------ */

static void
begin_bars (FILE *file, uint32_t count)
{
  fprintf (file, "<svg viewBox=\"0 0 %d %u\" width=\"100%%\" role=\"img\">\n",
           BAR_LEFT + BAR_WIDTH + 90, count * (BAR_HEIGHT + 4) + 4);
}

static void
put_bar (FILE *file, uint32_t row, double part, const char *color, int offset, int height)
{
  fprintf (file, "<rect x=\"%d\" y=\"%u\" width=\"%.1f\" height=\"%d\" fill=\"var(--%s)\"/>",
           BAR_LEFT, row * (BAR_HEIGHT + 4) + 2 + (uint32_t) offset, fmax (part * BAR_WIDTH, 1),
           height, color);
}

static void
put_label (FILE *file, uint32_t row, const char *text)
{
  fprintf (file, "<text x=\"%d\" y=\"%u\" text-anchor=\"end\">", BAR_LEFT - 6,
           row * (BAR_HEIGHT + 4) + BAR_HEIGHT - 1);
  put_some (file, text, LABEL_CHARS);
  fputs ("</text>", file);
}

static const char *
color_of (double db)
{
  return db < 10 ? "bad" : db < 20 ? "warn" : "bar";
}

static void
put_errors (FILE *file, const LsReportFacts *facts)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < facts->n_tensors; i++)
    n += facts->tensors[i].compared != NULL;
  if (n == 0)
    return;
  fprintf (file,
           "<h2>Error by layer</h2>\n<p class=\"soft\">Signal against the noise of quantization in "
           "dB, in the order of the graph; a full bar is %d dB or more. Shorter is worse.</p>\n",
           BEST_DB);
  begin_bars (file, n);
  for (uint32_t i = 0, row = 0; i < facts->n_tensors; i++)
    {
      const LsReportTensor *tensor = &facts->tensors[i];
      char text[LS_REPORT_NUMBER];

      if (tensor->compared == NULL)
        continue;

      double db = tensor->compared->sqnr_db;
      double part = fmin (fmax (db / BEST_DB, 0), 1);

      fputs ("<g><title>", file);
      put (file, tensor->kind);
      fputs (" ", file);
      put (file, tensor->tensor->name);
      fprintf (file, ": largest error %.4g, cosine %.5f, %.2f %% at the ends</title>",
               tensor->compared->max_abs, tensor->compared->cosine,
               100 * tensor->compared->saturated);
      put_label (file, row, tensor->tensor->name);
      put_bar (file, row, part, color_of (db), 0, BAR_HEIGHT);
      fprintf (file, "<text x=\"%.0f\" y=\"%u\">%s</text></g>\n", BAR_LEFT + part * BAR_WIDTH + 5,
               row * (BAR_HEIGHT + 4) + BAR_HEIGHT - 1, ls_report_db (tensor->compared, text));
      row++;
    }
  fputs ("</svg>\n", file);
}

static void
put_kinds (FILE *file, const LsReportFacts *facts)
{
  uint32_t most = 1;

  fputs ("<h2>Operators by type</h2>\n<p class=\"soft\">Above: before. Below: after.</p>\n", file);
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

      put_label (file, i, kind->kind);
      put_bar (file, i, before, "soft", 0, BAR_HEIGHT / 2 - 1);
      put_bar (file, i, after, "bar", BAR_HEIGHT / 2, BAR_HEIGHT / 2);
      fprintf (file, "<text x=\"%.0f\" y=\"%u\">%u → %u</text>\n",
               BAR_LEFT + fmax (before, after) * BAR_WIDTH + 5,
               i * (BAR_HEIGHT + 4) + BAR_HEIGHT - 1, kind->before, kind->after);
    }
  fputs ("</svg>\n", file);
}

/* ---- Histograms ------------------------------------------------------------------------------ */

/* The real numbers at the ends of a tensor's integers; false: it has none. */
static bool
integer_ends (const LsTensor *tensor, double *low, double *high)
{
  const LsQuantization *quant = tensor->quant;
  int bits = (int) ls_type_bits (tensor->type);

  if (quant == NULL || quant->n_scales != 1 || bits < 8 || bits > 16
      || !ls_type_is_integer (tensor->type))
    return false;

  double zero = quant->n_zero_points > 0 ? (double) quant->zero_points[0] : 0;
  double least = tensor->type == LS_TYPE_UINT8 ? 0 : -ldexp (1, bits - 1);

  *low = (least - zero) * quant->scales[0];
  *high = (least + ldexp (1, bits) - 1 - zero) * quant->scales[0];
  return true;
}

static double
place_of (const LsRange *range, double value)
{
  double width = range->max - range->min;
  double at = width > 0 ? (value - range->min) / width : 0.5;

  return fmin (fmax (at, 0), 1) * PLOT_WIDTH;
}

static void
put_line (FILE *file, const LsRange *range, double value, const char *look)
{
  double x = place_of (range, value);

  fprintf (file, "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\"/>", look, x, x,
           PLOT_HEIGHT);
}

/* Heights are of the logarithm: tails would not be seen otherwise. */
static void
put_histogram (FILE *file, const LsReportTensor *tensor)
{
  const LsRange *range = tensor->range;
  double sums[PLOT_BINS] = { 0 }, most = 1, low, high;

  for (int i = 0; i < LS_RANGE_BINS; i++)
    sums[i * PLOT_BINS / LS_RANGE_BINS] += (double) range->bins[i];
  for (int i = 0; i < PLOT_BINS; i++)
    most = fmax (most, log1p (sums[i]));
  fprintf (file, "<svg viewBox=\"0 0 %d %d\" width=\"100%%\"><path class=\"h\" d=\"", PLOT_WIDTH,
           PLOT_HEIGHT + 2);
  for (int i = 0; i < PLOT_BINS; i++)
    if (sums[i] > 0)
      fprintf (file, "M%.1f %dv%.1fh%.1fv%.1fz", (double) i * PLOT_WIDTH / PLOT_BINS, PLOT_HEIGHT,
               -PLOT_HEIGHT * log1p (sums[i]) / most, (double) PLOT_WIDTH / PLOT_BINS,
               PLOT_HEIGHT * log1p (sums[i]) / most);
  fputs ("\"/>", file);
  if (range->min < 0 && range->max > 0)
    put_line (file, range, 0, "zero");
  if (integer_ends (tensor->tensor, &low, &high))
    {
      put_line (file, range, low, "cut");
      put_line (file, range, high, "cut");
    }
  fputs ("</svg>", file);
}

static void
put_range (FILE *file, const LsReportTensor *tensor)
{
  const LsQuantization *quant = tensor->tensor->quant;
  const LsRange *range = tensor->range;

  fputs ("<figure>", file);
  put_histogram (file, tensor);
  fputs ("<figcaption>", file);
  put_some (file, tensor->tensor->name, 120);
  fprintf (file, "<br><span class=\"soft\">%.4g … %.4g", range->min, range->max);
  if (quant != NULL && quant->n_scales > 0)
    fprintf (file, ", %s, scale %.4g, zero point %lld", ls_type_name (tensor->tensor->type),
             (double) quant->scales[0],
             quant->n_zero_points > 0 ? (long long) quant->zero_points[0] : 0LL);
  if (tensor->compared != NULL && isfinite (tensor->compared->sqnr_db))
    fprintf (file, ", %.1f dB", tensor->compared->sqnr_db);
  fputs ("</span></figcaption></figure>\n", file);
}

static void
put_ranges (FILE *file, const LsReportFacts *facts)
{
  bool has_begun = false;

  for (uint32_t i = 0; i < facts->n_tensors; i++)
    {
      const LsReportTensor *tensor = &facts->tensors[i];

      if (tensor->range == NULL || tensor->range->bins == NULL)
        continue;
      if (!has_begun)
        fprintf (
          file,
          "<h2>Ranges over %u samples</h2>\n<p class=\"soft\">How often each value was seen, "
          "on a logarithmic scale, from the least to the greatest. Dashed lines: the ends of "
          "the integers.</p>\n<div class=\"plots\">\n",
          facts->report->ranges->n_samples);
      has_begun = true;
      put_range (file, tensor);
    }
  if (has_begun)
    fputs ("</div>\n", file);
}

void
ls_report_html (const LsReportFacts *facts, FILE *file)
{
  const LsQuantizeReport *report = facts->report;

  fputs ("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
         file);
  put (file, report->source_name);
  fprintf (file, "</title>\n<style>%s</style></head>\n<body>\n<h1>", style);
  put (file, report->source_name);
  fputs (" → ", file);
  put (file, report->to);
  fputs ("</h1>\n<p class=\"soft\">", file);
  put (file, report->result_name);
  fprintf (file, " – made by Litesmith %s</p>\n", ls_version ());
  put_cards (file, facts);
  if (report->convert != NULL)
    ls_report_put_conversion (&form, file, report->convert);
  if (report->comparison != NULL)
    ls_report_put_outputs (&form, file, report->comparison);
  ls_report_put_float_ops (&form, file, facts);
  put_errors (file, facts);
  ls_report_put_worst (&form, file, facts);
  put_kinds (file, facts);
  ls_report_put_targets (&form, file, facts);
  put_ranges (file, facts);
  ls_report_put_tensors (&form, file, facts);
  fputs ("</body></html>\n", file);
}
