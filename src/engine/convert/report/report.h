/* What the reports of a conversion show, gathered once for all forms. */
#ifndef LS_CONVERT_REPORT_H
#define LS_CONVERT_REPORT_H

#include "litesmith.h"

/* A computed tensor of the result. */
typedef struct
{
  const LsTensor *tensor;
  uint32_t subgraph, index;
  int op; /* of the subgraph, that writes it; -1: an input */
  const char *kind;
  const LsRange *range;             /* NULL: it was not calibrated */
  const LsComparedTensor *compared; /* NULL: it was not measured */
} LsReportTensor;

/* An operator of the result that works on floats where integers were asked for. */
typedef struct
{
  uint32_t subgraph, op;
  const char *kind, *name;
} LsReportOp;

/* How often a kind of operator stands in the source and in the result. */
typedef struct
{
  const char *kind;
  uint32_t before, after;
} LsReportKind;

typedef struct
{
  const char *name;
  bool is_known; /* false: it could not be checked */
  uint32_t n_errors, n_warnings, n_partitions;
  double mac_share;
} LsReportTarget;

typedef struct
{
  const LsQuantizeReport *report;
  LsRanges *ranges; /* bound to the result */
  bool has_layers;  /* the comparison looked into layers */
  uint32_t n_tensors, n_float_ops, n_kinds, n_targets;
  LsReportTensor *tensors; /* in the order of the graph */
  LsReportOp *float_ops;
  LsReportKind *kinds; /* most frequent first */
  LsReportTarget *targets;
  double mean_sqnr; /* of the outputs that were measured and differ; NAN: none */
} LsReportFacts;

LsStatus ls_report_facts (const LsQuantizeReport *report, LsReportFacts *out, LsError *error);
void ls_report_facts_clear (LsReportFacts *facts);

/* ---- Sections that the page and the Markdown file share ---- */

/* The marks of a form: each string stands before or behind what it names. */
typedef struct
{
  void (*put) (FILE *file,
               const char *text); /* escapes it and keeps it on its line; NULL: nothing */
  const char *heading, *end_heading;
  const char *code, *end_code; /* a line to type */
  const char *text, *end_text; /* a paragraph */
  const char *list, *item, *end_item, *end_list;
  const char *strong, *end_strong;
  /* A table's first row has the titles, then come its rules; a figure is a cell of numbers. */
  const char *table, *title, *figure_title, *end_title, *rule, *figure_rule, *end_rules;
  const char *row, *cell, *figure, *end_cell, *end_row, *end_table;
} LsReportForm;

/* A column of a table; the last has no title. */
typedef struct
{
  const char *title;
  bool is_figure;
} LsReportColumn;

void ls_report_put_command (const LsReportForm *form, FILE *file, const LsReportFacts *facts);
void ls_report_put_conversion (const LsReportForm *form, FILE *file,
                               const LsConvertReport *convert);
/* Whether it is worth telling how often both choose the same: of one sample it is not. */
bool ls_report_has_classes (const LsComparison *comparison);
void ls_report_put_outputs (const LsReportForm *form, FILE *file, const LsComparison *comparison);
void ls_report_put_culprits (const LsReportForm *form, FILE *file, const LsReportFacts *facts);
void ls_report_put_float_ops (const LsReportForm *form, FILE *file, const LsReportFacts *facts);
void ls_report_put_targets (const LsReportForm *form, FILE *file, const LsReportFacts *facts);
void ls_report_put_kinds (const LsReportForm *form, FILE *file, const LsReportFacts *facts);
void ls_report_put_tensors (const LsReportForm *form, FILE *file, const LsReportFacts *facts);

void ls_report_json (const LsReportFacts *facts, FILE *file);
void ls_report_markdown (const LsReportFacts *facts, FILE *file);
void ls_report_html (const LsReportFacts *facts, FILE *file);

/* "12.3 kB"; returns @out. */
enum
{
  LS_REPORT_NUMBER = 40
};
const char *ls_report_bytes (uint64_t n_bytes, char out[LS_REPORT_NUMBER]);
/* Decibels with one digit, "equal" without error, "–" when unknown. */
const char *ls_report_db (const LsComparedTensor *compared, char out[LS_REPORT_NUMBER]);
/* The same of what the layer adds itself. */
const char *ls_report_own_db (const LsComparedTensor *compared, char out[LS_REPORT_NUMBER]);
/* What a comparison is sorted by: the noise that a layer adds, or where that is not known, has. */
double ls_report_culpability (const LsComparedTensor *compared);

/* The real numbers at the ends of a tensor's integers; false: it has none. */
bool ls_report_ends (const LsTensor *tensor, double *low, double *high);
/* Why a layer adds what it adds, in a few words; "" when that is not known. Returns @out. */
enum
{
  LS_REPORT_CAUSE = 120
};
const char *ls_report_cause (const LsReportTensor *tensor, char out[LS_REPORT_CAUSE]);

/* Names that converters glue together with ";": the first of them, its end where it is longer than
 * @max bytes. Returns @out. */
enum
{
  LS_REPORT_NAME = 120
};
const char *ls_report_short_name (const char *name, size_t max, char out[LS_REPORT_NAME]);
/* The last part of a path. */
const char *ls_report_file_name (const char *path);

/* ---- Pictures of the page, as SVG ---- */

/* Escapes text for HTML; NULL: nothing. */
void ls_report_put_html (FILE *file, const char *text);
void ls_report_put_errors (FILE *file, const LsReportFacts *facts);
void ls_report_put_kind_bars (FILE *file, const LsReportFacts *facts);
void ls_report_put_spreads (FILE *file, const LsReportFacts *facts);

#endif
