/* The report as one page: everything inside, drawings as SVG, nothing from elsewhere. */
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "convert/report/report.h"

static const char style[]
  = ":root{--ink:#1d1d1f;--paper:#fff;--line:#d8d8dc;--soft:#6a6a70;--faint:#c9c9cf;"
    "--code:#f3f3f5;--bar:#1c71d8;--warn:#b87400;--bad:#c01c28}\n"
    "@media screen{:root{color-scheme:light dark}}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--ink:#eee;--paper:#1e1e20;"
    "--line:#444449;--soft:#a5a5ab;--faint:#55555b;--code:#2a2a2d;--bar:#78aeed;--warn:#e5a50a;"
    "--bad:#ff7b63}}\n"
    "@media print{body{max-width:none!important;margin:0!important;font-size:10pt}"
    "figure,tr,li,.card{break-inside:avoid}h2{break-after:avoid}}\n"
    "body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:1160px;margin:2em auto;padding:0 1.2em}\n"
    "h1{font-size:1.5em;overflow-wrap:anywhere}h2{font-size:1.15em;margin-top:2em}\n"
    "table{border-collapse:collapse;font-size:.9em;margin-bottom:1em}th,td{padding:.25em .7em;"
    "text-align:left;border-bottom:1px solid var(--line);vertical-align:top;"
    "overflow-wrap:break-word;max-width:34em}td.n,th.n{text-align:right;font-variant-numeric:"
    "tabular-nums;"
    "white-space:nowrap}\n"
    "pre{background:var(--code);border-radius:8px;padding:.6em .9em;white-space:pre-wrap;"
    "overflow-wrap:anywhere;font-size:.85em}\n"
    ".cards{display:flex;flex-wrap:wrap;gap:.8em}.card{border:1px solid var(--line);"
    "border-radius:10px;padding:.6em 1em}.card b{display:block;font-size:1.25em}\n"
    ".plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:.8em}"
    "figure{margin:0;border:1px solid var(--line);border-radius:10px;padding:.5em .6em}"
    "figcaption{font-size:.8em;overflow-wrap:anywhere}.soft{color:var(--soft)}\n"
    "svg text{fill:currentColor;font-size:11px}svg .h{fill:var(--faint)}svg .b{fill:none;"
    "stroke:var(--bar);stroke-width:1.5}svg .cut{stroke:var(--bad);stroke-width:1.5;"
    "stroke-dasharray:4 2}svg .zero{stroke:var(--soft);stroke-width:1}\n";

/* ---- Text ------------------------------------------------------------------------------------ */

void
ls_report_put_html (FILE *file, const char *text)
{
  while (text != NULL && *text != '\0')
    {
      size_t n = ls_utf8_length (text, strnlen (text, 4));

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

/* ---- What was done --------------------------------------------------------------------------- */

static void
put_file_sizes (FILE *file, const LsQuantizeReport *report)
{
  const uint64_t a = ls_model_file_size (report->source), b = ls_model_file_size (report->result);
  char before[LS_REPORT_NUMBER], after[LS_REPORT_NUMBER];

  if (report->convert == NULL && a > 0 && b > 0)
    fprintf (file, "<div class=\"card\"><b>%s, %s</b>the files</div>\n",
             ls_report_bytes (a, before), ls_report_bytes (b, after));
}

static void
put_cards (FILE *file, const LsReportFacts *facts)
{
  const LsConvertReport *convert = facts->report->convert;
  const LsComparison *comparison = facts->report->comparison;
  char before[LS_REPORT_NUMBER], after[LS_REPORT_NUMBER];

  fputs ("<div class=\"cards\">\n", file);
  put_file_sizes (file, facts->report);
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
  for (uint32_t i = 0; ls_report_has_classes (comparison) && i < comparison->n_agreements; i++)
    fprintf (file, "<div class=\"card\"><b>%.1f %%</b>same best class of %u (output %u)</div>\n",
             100 * comparison->agreements[i].top1, comparison->agreements[i].n_classes,
             comparison->agreements[i].output);
  if (facts->report->to != NULL)
    fprintf (file, "<div class=\"card\"><b>%u</b>operators left in float</div>\n",
             facts->n_float_ops);
  fputs ("</div>\n", file);
}

static const LsReportForm form = {
  .put = ls_report_put_html,
  .code = "<pre>",
  .end_code = "</pre>\n",
  .text = "<p class=\"soft\">",
  .end_text = "</p>\n",
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

static void
put_title (FILE *file, const LsQuantizeReport *report)
{
  ls_report_put_html (file, ls_report_file_name (report->source_name));
  fputs (report->to != NULL ? " → " : " against ", file);
  ls_report_put_html (file,
                      report->to != NULL ? report->to : ls_report_file_name (report->result_name));
}

static void
put_head (FILE *file, const LsReportFacts *facts)
{
  const LsQuantizeReport *report = facts->report;

  fputs ("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
         file);
  put_title (file, report);
  fprintf (file, "</title>\n<style>%s</style></head>\n<body>\n<h1>", style);
  put_title (file, report);
  fputs ("</h1>\n<p class=\"soft\">", file);
  ls_report_put_html (file, report->source_name);
  fputs (report->to != NULL ? " became " : " and ", file);
  ls_report_put_html (file, report->result_name);
  fprintf (file, " – told by Litesmith %s</p>\n", ls_version ());
  ls_report_put_command (&form, file, facts);
}

void
ls_report_html (const LsReportFacts *facts, FILE *file)
{
  const LsQuantizeReport *report = facts->report;

  put_head (file, facts);
  put_cards (file, facts);
  if (report->convert != NULL)
    ls_report_put_conversion (&form, file, report->convert);
  ls_report_put_float_ops (&form, file, facts);
  if (report->comparison != NULL)
    ls_report_put_outputs (&form, file, report->comparison);
  ls_report_put_culprits (&form, file, facts);
  ls_report_put_errors (file, facts);
  ls_report_put_kind_bars (file, facts);
  ls_report_put_targets (&form, file, facts);
  ls_report_put_spreads (file, facts);
  ls_report_put_tensors (&form, file, facts);
  fputs ("</body></html>\n", file);
}
