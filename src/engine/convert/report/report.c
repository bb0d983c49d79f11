/* Reports of conversions: gathering what they show, and which form a file takes. */
#include "convert/report/report.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/file.h"
#include "convert/quantize/ranges.h"

/* ---- Facts ----------------------------------------------------------------------------------- */

static const LsComparedTensor *
find_compared (const LsComparison *comparison, uint32_t tensor)
{
  for (uint32_t i = 0; comparison != NULL && i < comparison->n_tensors; i++)
    if (comparison->tensors[i].tensor_b == (int) tensor)
      return &comparison->tensors[i];
  return NULL;
}

static void
add_tensor (LsReportFacts *facts, uint32_t graph, int32_t tensor, int op)
{
  const LsModel *model = facts->report->result;
  const LsSubgraph *subgraph = ls_model_subgraph (model, graph);

  if (tensor < 0 || (uint32_t) tensor >= subgraph->n_tensors)
    return;

  const LsTensor *t = &subgraph->tensors[tensor];

  if (t->type == LS_TYPE_INT32 || t->type == LS_TYPE_INT64 || t->type == LS_TYPE_BOOL)
    return;
  facts->tensors[facts->n_tensors++] = (LsReportTensor){
    .tensor = t,
    .subgraph = graph,
    .index = (uint32_t) tensor,
    .op = op,
    .kind = op >= 0 ? ls_op_kind_text (&subgraph->ops[op]) : "input",
    .range = ls_ranges_find (facts->ranges, graph, (uint32_t) tensor),
    .compared = graph == 0 ? find_compared (facts->report->comparison, (uint32_t) tensor) : NULL,
  };
}

static bool
is_float (const LsSubgraph *graph, const int32_t *tensors, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    if (tensors[i] >= 0 && (uint32_t) tensors[i] < graph->n_tensors
        && ls_type_is_float (graph->tensors[tensors[i]].type))
      return true;
  return false;
}

/* Edges between floats and integers are not counted. */
static bool
works_on_floats (const LsSubgraph *graph, const LsOperator *op)
{
  return op->kind != LS_OP_QUANTIZE && op->kind != LS_OP_DEQUANTIZE
         && (is_float (graph, op->outputs, op->n_outputs)
             || is_float (graph, op->inputs, op->n_inputs));
}

static void
gather_graph (LsReportFacts *facts, uint32_t graph, bool wants_integers)
{
  const LsSubgraph *subgraph = ls_model_subgraph (facts->report->result, graph);

  for (uint32_t i = 0; i < subgraph->n_inputs; i++)
    add_tensor (facts, graph, subgraph->inputs[i], -1);
  for (uint32_t i = 0; i < subgraph->n_ops; i++)
    {
      const LsOperator *op = &subgraph->ops[i];

      for (uint32_t k = 0; k < op->n_outputs; k++)
        add_tensor (facts, graph, op->outputs[k], (int) i);
      if (wants_integers && works_on_floats (subgraph, op))
        facts->float_ops[facts->n_float_ops++]
          = (LsReportOp){ graph, i, ls_op_kind_text (op), ls_op_name (subgraph, op) };
    }
}

/* One record for each operator, which those of one name become in the end. */
static void
list_kinds (LsReportFacts *facts, const LsModel *model, bool is_after)
{
  for (uint32_t g = 0; g < ls_model_n_subgraphs (model); g++)
    for (uint32_t i = 0; i < ls_model_subgraph (model, g)->n_ops; i++)
      facts->kinds[facts->n_kinds++]
        = (LsReportKind){ .kind = ls_op_kind_text (&ls_model_subgraph (model, g)->ops[i]),
                          .before = !is_after,
                          .after = is_after };
}

static int
compare_names (const void *a, const void *b)
{
  const LsReportKind *x = a, *y = b;

  return strcmp (x->kind, y->kind);
}

static int
compare_kinds (const void *a, const void *b)
{
  const LsReportKind *x = a, *y = b;
  uint32_t most_x = x->before > x->after ? x->before : x->after;
  uint32_t most_y = y->before > y->after ? y->before : y->after;

  return most_x != most_y ? (most_x < most_y ? 1 : -1) : strcmp (x->kind, y->kind);
}

static void
count_kinds (LsReportFacts *facts)
{
  uint32_t n = 0;

  list_kinds (facts, facts->report->source, false);
  list_kinds (facts, facts->report->result, true);
  qsort (facts->kinds, facts->n_kinds, sizeof *facts->kinds, compare_names);
  for (uint32_t i = 0; i < facts->n_kinds; i++)
    if (n > 0 && strcmp (facts->kinds[n - 1].kind, facts->kinds[i].kind) == 0)
      {
        facts->kinds[n - 1].before += facts->kinds[i].before;
        facts->kinds[n - 1].after += facts->kinds[i].after;
      }
    else
      facts->kinds[n++] = facts->kinds[i];
  facts->n_kinds = n;
  qsort (facts->kinds, n, sizeof *facts->kinds, compare_kinds);
}

/* A target that cannot be checked is left as unknown. */
static void
check_targets (LsReportFacts *facts)
{
  for (uint32_t i = 0; i < facts->n_targets; i++)
    {
      LsReportTarget *target = &facts->targets[i];
      LsReport found;

      target->name = ls_target_name (i);
      if (ls_check (facts->report->result, target->name, &found, NULL) != LS_OK)
        continue;
      target->is_known = true;
      target->n_partitions = found.n_partitions;
      target->mac_share = found.mac_share;
      for (uint32_t k = 0; k < found.n_findings; k++)
        {
          target->n_errors += found.findings[k].severity == LS_SEVERITY_ERROR;
          target->n_warnings += found.findings[k].severity == LS_SEVERITY_WARNING;
        }
      ls_report_clear (&found);
    }
}

static double
mean_sqnr (const LsComparison *comparison)
{
  double sum = 0;
  uint32_t n = 0;

  for (uint32_t i = 0; comparison != NULL && i < comparison->n_tensors; i++)
    if (comparison->tensors[i].is_output && isfinite (comparison->tensors[i].sqnr_db))
      {
        sum += comparison->tensors[i].sqnr_db;
        n++;
      }
  return n > 0 ? sum / n : NAN;
}

static LsStatus
reserve (LsReportFacts *facts, LsError *error)
{
  const LsModel *models[] = { facts->report->source, facts->report->result };
  size_t n_values = 1, n_ops = 1;

  for (int m = 0; m < 2; m++)
    for (uint32_t g = 0; g < ls_model_n_subgraphs (models[m]); g++)
      {
        const LsSubgraph *graph = ls_model_subgraph (models[m], g);

        n_ops += graph->n_ops;
        n_values += graph->n_inputs;
        for (uint32_t i = 0; i < graph->n_ops; i++)
          n_values += graph->ops[i].n_outputs;
      }
  facts->n_targets = ls_target_count ();
  facts->tensors = calloc (n_values, sizeof *facts->tensors);
  facts->float_ops = calloc (n_ops, sizeof *facts->float_ops);
  facts->kinds = calloc (n_ops, sizeof *facts->kinds);
  facts->targets = calloc ((size_t) facts->n_targets + 1, sizeof *facts->targets);
  if (facts->tensors == NULL || facts->float_ops == NULL || facts->kinds == NULL
      || facts->targets == NULL)
    return ls_fail_no_memory (error, "the report", n_values * sizeof *facts->tensors);
  return LS_OK;
}

/* Whether floats in a model are the exception. */
static bool
is_mostly_integer (const LsModel *model)
{
  const LsSubgraph *graph = ls_model_subgraph (model, 0);
  uint32_t n_floats = 0, n_integers = 0;

  for (uint32_t i = 0; graph != NULL && i < graph->n_ops; i++)
    {
      const int32_t y = graph->ops[i].n_outputs > 0 ? graph->ops[i].outputs[0] : -1;

      if (y < 0 || (uint32_t) y >= graph->n_tensors)
        continue;
      n_floats += ls_type_is_float (graph->tensors[y].type);
      n_integers += ls_type_bits (graph->tensors[y].type) <= 16 && graph->tensors[y].quant != NULL;
    }
  return n_integers > n_floats;
}

LsStatus
ls_report_facts (const LsQuantizeReport *report, LsReportFacts *out, LsError *error)
{
  static const char *const integers[] = { "int8", "uint8", "int16x8" };
  bool wants_integers = report->to == NULL && is_mostly_integer (report->result);

  *out = (LsReportFacts){ .report = report };
  for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++)
    wants_integers |= report->to != NULL && strcmp (report->to, integers[i]) == 0;
  LS_TRY (reserve (out, error));
  if (report->ranges != NULL)
    LS_TRY (ls_ranges_copy_for (report->ranges, report->result, &out->ranges, error));
  for (uint32_t g = 0; g < ls_model_n_subgraphs (report->result); g++)
    gather_graph (out, g, wants_integers);
  count_kinds (out);
  check_targets (out);
  out->mean_sqnr = mean_sqnr (report->comparison);
  for (uint32_t i = 0; report->comparison != NULL && i < report->comparison->n_tensors; i++)
    out->has_layers |= report->comparison->tensors[i].layer != NULL;
  return LS_OK;
}

void
ls_report_facts_clear (LsReportFacts *facts)
{
  ls_ranges_free (facts->ranges);
  free (facts->tensors);
  free (facts->float_ops);
  free (facts->kinds);
  free (facts->targets);
}

/* ---- Text ------------------------------------------------------------------------------------ */

const char *
ls_report_bytes (uint64_t n_bytes, char out[LS_REPORT_NUMBER])
{
  static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
  double value = (double) n_bytes;
  int unit = 0;

  while (value >= 1000 && unit < 4)
    {
      value /= 1000;
      unit++;
    }
  snprintf (out, LS_REPORT_NUMBER, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return out;
}

static const char *
put_db (double db, char out[LS_REPORT_NUMBER])
{
  if (isnan (db))
    snprintf (out, LS_REPORT_NUMBER, "–");
  else if (isinf (db))
    snprintf (out, LS_REPORT_NUMBER, "%s", db > 0 ? "equal" : "not finite");
  else
    snprintf (out, LS_REPORT_NUMBER, "%.1f", db);
  return out;
}

const char *
ls_report_db (const LsComparedTensor *compared, char out[LS_REPORT_NUMBER])
{
  return put_db (compared != NULL ? compared->sqnr_db : (double) NAN, out);
}

const char *
ls_report_own_db (const LsComparedTensor *compared, char out[LS_REPORT_NUMBER])
{
  const bool has_own = compared != NULL && compared->layer != NULL;

  return put_db (has_own ? compared->layer->sqnr_db : (double) NAN, out);
}

const char *
ls_report_short_name (const char *name, size_t max, char out[LS_REPORT_NAME])
{
  const size_t room = max < LS_REPORT_NAME - 8 ? max : LS_REPORT_NAME - 8;
  const size_t length = strcspn (name, ";");
  const char *begin = length > room ? name + length - room : name;

  while (((unsigned char) *begin & 0xc0) == 0x80)
    begin++;
  snprintf (out, LS_REPORT_NAME, "%s%.*s%s", begin > name ? "…" : "", (int) (name + length - begin),
            begin, name[length] != '\0' ? "…" : "");
  return out;
}

const char *
ls_report_file_name (const char *path)
{
  const char *slash = path != NULL ? strrchr (path, '/') : NULL;

  return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* ---- The file -------------------------------------------------------------------------------- */

LsStatus
ls_quantize_report_save (const LsQuantizeReport *report, const char *path, LsError *error)
{
  const char *dot = strrchr (path, '.');
  bool is_page = dot != NULL && (strcasecmp (dot, ".html") == 0 || strcasecmp (dot, ".htm") == 0);
  bool is_markdown = dot != NULL && strcasecmp (dot, ".md") == 0;
  LsReportFacts facts;
  LsWriter *writer;
  LsStatus status = ls_report_facts (report, &facts, error);

  if (status == LS_OK)
    status = ls_writer_open (path, &writer, error);
  if (status == LS_OK)
    {
      /* Numbers have a point whatever the person's language. */
      locale_t plain = newlocale (LC_NUMERIC_MASK, "C", (locale_t) 0);
      locale_t before = plain != (locale_t) 0 ? uselocale (plain) : (locale_t) 0;

      (is_page       ? ls_report_html
       : is_markdown ? ls_report_markdown
                     : ls_report_json) (&facts, ls_writer_file (writer));
      if (plain != (locale_t) 0)
        {
          uselocale (before);
          freelocale (plain);
        }
      status = ls_writer_commit (writer, error);
    }
  ls_report_facts_clear (&facts);
  return status;
}
