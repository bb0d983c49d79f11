/* The report as Markdown. */
#include "convert/report/report.h"

/* Text inside a cell: what Markdown or HTML would take for its own is escaped, and it stays one
 * line. */
static void
put (FILE *file, const char *text)
{
  for (; text != NULL && *text != '\0'; text++)
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

static const LsReportForm form = {
  .put = put,
  .heading = "\n## ",
  .end_heading = "\n\n",
  .text = "",
  .end_text = "\n\n",
  .list = "",
  .item = "- ",
  .end_item = "\n",
  .end_list = "",
  .strong = "**",
  .end_strong = "**",
  .table = "",
  .title = "| ",
  .figure_title = "| ",
  .end_title = " ",
  .rule = "| --- ",
  .figure_rule = "| ---: ",
  .end_rules = "|\n",
  .row = "",
  .cell = "| ",
  .figure = "| ",
  .end_cell = " ",
  .end_row = "|\n",
  .end_table = "\n",
};

/* Inside of an indented block nothing is escaped; it stays one line. */
static void
put_plain (FILE *file, const char *text)
{
  for (; text != NULL && *text != '\0'; text++)
    putc ((unsigned char) *text < 0x20 || *text == 0x7f ? ' ' : *text, file);
}

static const LsReportForm code_form = { .put = put_plain, .code = "\n    ", .end_code = "\n" };

void
ls_report_markdown (const LsReportFacts *facts, FILE *file)
{
  const LsQuantizeReport *report = facts->report;

  fputs ("# ", file);
  put (file, report->source_name != NULL ? ls_report_file_name (report->source_name) : "model");
  if (report->to != NULL)
    fprintf (file, " → %s\n", report->to);
  else
    {
      fputs (" against ", file);
      put (file, report->result_name != NULL ? ls_report_file_name (report->result_name) : "model");
      putc ('\n', file);
    }
  if (report->result_name != NULL && report->to != NULL)
    {
      fputs ("\nWritten to ", file);
      put (file, report->result_name);
      fputs (".\n", file);
    }
  ls_report_put_command (&code_form, file, facts);
  if (report->convert != NULL)
    {
      char before[LS_REPORT_NUMBER], after[LS_REPORT_NUMBER];

      fprintf (file, "\n%u operators became %u, constants of %s became %s.\n",
               report->convert->n_ops_before, report->convert->n_ops_after,
               ls_report_bytes (report->convert->bytes_before, before),
               ls_report_bytes (report->convert->bytes_after, after));
      ls_report_put_conversion (&form, file, report->convert);
    }
  if (report->comparison != NULL)
    ls_report_put_outputs (&form, file, report->comparison);
  ls_report_put_culprits (&form, file, facts);
  ls_report_put_float_ops (&form, file, facts);
  ls_report_put_kinds (&form, file, facts);
  ls_report_put_targets (&form, file, facts);
  ls_report_put_tensors (&form, file, facts);
}
