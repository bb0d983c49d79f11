/* litesmith diff */
#include "diff.h"

#include <string.h>
#include <unistd.h>

static const CliOption options[] = {
  { "weights", '\0', NULL, "Shows the constants alone.", NULL },
  { "skip-values", '\0', NULL,
    "Counts the bytes of constants that differ, and leaves out how far their values are apart.",
    NULL },
  { "max", '\0', "N", "Shows N differences at most (default 200; with --json all of them).", NULL },
  CLI_JSON_OPTION,
  CLI_OPTIONS_END,
};

enum
{
  NAME_CHARS = 80,
  TEXT_CHARS = 300,
  DEFAULT_MAX = 200
};

typedef struct
{
  const CliArgs *args;
  const LsModel *a, *b;
  const LsDiff *diff;
  bool is_colored;
  uint64_t max;
} Report;

static bool
is_shown (const Report *report, const LsDiffEntry *entry)
{
  return !cli_has (report->args, "weights") || entry->category == LS_DIFF_WEIGHTS;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void
json_index (CliJson *json, const char *key, int index)
{
  if (index >= 0)
    cli_json_int (json, key, index);
}

static void
json_entry (CliJson *json, const LsDiffEntry *entry)
{
  cli_json_open (json, NULL, '{');
  cli_json_string (json, "category", ls_diff_category_name (entry->category));
  cli_json_string (json, "kind", entry->kind);
  json_index (json, "subgraph_a", entry->subgraph_a);
  json_index (json, "subgraph_b", entry->subgraph_b);
  json_index (json, "operator_a", entry->op_a);
  json_index (json, "operator_b", entry->op_b);
  json_index (json, "tensor_a", entry->tensor_a);
  json_index (json, "tensor_b", entry->tensor_b);
  if (entry->field != NULL)
    {
      cli_json_string (json, "field", entry->field);
      cli_json_string (json, "before", entry->before);
      cli_json_string (json, "after", entry->after);
    }
  if (entry->weights.n_bytes > 0)
    {
      cli_json_uint (json, "bytes", entry->weights.n_bytes);
      cli_json_uint (json, "bytes_differing", entry->weights.n_differing);
    }
  if (entry->weights.n_values > 0)
    {
      cli_json_uint (json, "values", entry->weights.n_values);
      cli_json_real (json, "max_abs", entry->weights.max_abs);
      cli_json_real (json, "max_magnitude", entry->weights.max_magnitude);
      cli_json_real (json, "sqnr_db", entry->weights.sqnr_db);
    }
  cli_json_string (json, "text", entry->text);
  cli_json_close (json);
}

/* [[a, b], …] on one line; null for what a model lacks. */
static void
json_pairs (CliJson *json, const char *key, const LsDiffPair *pairs, uint32_t count)
{
  cli_json_open_row (json, key, '[');
  for (uint32_t i = 0; i < count; i++)
    {
      const int ends[] = { pairs[i].a, pairs[i].b };

      cli_json_open_row (json, NULL, '[');
      for (int k = 0; k < 2; k++)
        if (ends[k] >= 0)
          cli_json_int (json, NULL, ends[k]);
        else
          cli_json_string (json, NULL, NULL);
      cli_json_close (json);
    }
  cli_json_close (json);
}

static void
json_graphs (CliJson *json, const LsDiff *diff)
{
  cli_json_open (json, "subgraphs", '[');
  for (uint32_t i = 0; i < diff->n_graphs; i++)
    {
      const LsDiffGraph *graph = &diff->graphs[i];

      cli_json_open (json, NULL, '{');
      json_index (json, "subgraph_a", graph->subgraph_a);
      json_index (json, "subgraph_b", graph->subgraph_b);
      json_pairs (json, "operators", graph->ops, graph->n_ops);
      json_pairs (json, "tensors", graph->tensors, graph->n_tensors);
      cli_json_close (json);
    }
  cli_json_close (json);
}

static int
print_json (const Report *report)
{
  const LsDiff *diff = report->diff;
  CliJson *json = cli_json_new ();
  uint64_t shown = 0;

  cli_json_open (json, NULL, '{');
  cli_json_string (json, "model_a", report->args->positional[0]);
  cli_json_string (json, "model_b", report->args->positional[1]);
  cli_json_bool (json, "same", diff->n_entries == 0);
  cli_json_uint (json, "differences_total", diff->n_entries);
  cli_json_open (json, "counts", '{');
  for (int i = 0; i < LS_N_DIFF_CATEGORIES; i++)
    cli_json_uint (json, ls_diff_category_name ((LsDiffCategory) i), diff->counts[i]);
  cli_json_close (json);
  cli_json_uint (json, "operators_paired", diff->n_paired);
  cli_json_uint (json, "operators_added", diff->n_added);
  cli_json_uint (json, "operators_removed", diff->n_removed);
  cli_json_open (json, "differences", '[');
  for (uint32_t i = 0; i < diff->n_entries && shown < report->max; i++)
    if (is_shown (report, &diff->entries[i]))
      {
        json_entry (json, &diff->entries[i]);
        shown++;
      }
  cli_json_close (json);
  json_graphs (json, diff);
  return cli_json_finish (json, stdout);
}

/* ---- Text ------------------------------------------------------------------------------------ */

static bool
same_group (const LsDiffEntry *a, const LsDiffEntry *b)
{
  return a->subgraph_a == b->subgraph_a && a->subgraph_b == b->subgraph_b && a->op_a == b->op_a
         && a->op_b == b->op_b;
}

/* " 3 CONV_2D "conv1"". */
static void
print_operator (const LsModel *model, int subgraph, int index)
{
  const LsSubgraph *graph = ls_model_subgraph (model, (uint32_t) subgraph);
  const LsOperator *op = &graph->ops[index];
  CLI_FREE char *kind = cli_clean (ls_op_kind_text (op), NAME_CHARS);
  CLI_FREE char *name = cli_clean (ls_op_name (graph, op), NAME_CHARS);

  printf (" %d %s \"%s\"", index, kind, name);
}

/* What a group of entries concerns, before what is said of it. */
static void
print_subject (const Report *report, const LsDiffEntry *entry)
{
  const int subgraph = entry->subgraph_a >= 0 ? entry->subgraph_a : entry->subgraph_b;

  if (subgraph > 0)
    printf (" subgraph %d:", subgraph);
  if (entry->op_a >= 0)
    print_operator (report->a, entry->subgraph_a, entry->op_a);
  else if (entry->op_b >= 0)
    print_operator (report->b, entry->subgraph_b, entry->op_b);
  else
    fputs (subgraph < 0 ? " model" : " inputs and outputs", stdout);
  if (entry->op_a >= 0 && entry->op_b >= 0 && entry->op_a != entry->op_b)
    printf (" (%d in B)", entry->op_b);
}

/* "~ 3 CONV_2D "conv1" (4 in B)". */
static void
print_head (const Report *report, const LsDiffEntry *entry)
{
  const bool is_added = entry->op_a < 0 && entry->op_b >= 0,
             is_removed = entry->op_a >= 0 && entry->op_b < 0;

  if (report->is_colored)
    printf ("\033[%sm", is_added ? "32" : is_removed ? "31" : "33");
  putchar (is_added ? '+' : is_removed ? '-' : '~');
  print_subject (report, entry);
  if (report->is_colored)
    fputs ("\033[0m", stdout);
}

/* Length of the name with which two lines begin; 0: they begin in different ways. */
static size_t
shared_name (const char *a, const char *b)
{
  const char *end = a[0] == '"' ? strstr (a, "\": ") : NULL;
  const size_t length = end != NULL ? (size_t) (end - a) + 3 : 0;

  return strncmp (a, b, length) == 0 ? length : 0;
}

/* One line; what concerns the tensor of the line before goes on there. */
static void
print_entry (const LsDiffEntry *entry, const LsDiffEntry *before)
{
  const bool is_alone = (entry->op_a < 0) != (entry->op_b < 0) && entry->tensor_a < 0;
  const bool is_same
    = before != NULL && entry->tensor_a >= 0 && entry->tensor_a == before->tensor_a;
  const size_t skipped = is_same ? shared_name (before->text, entry->text) : 0;
  CLI_FREE char *clean = cli_clean (entry->text + skipped, TEXT_CHARS);

  if (is_alone)
    printf (": %s", clean);
  else
    printf ("%s%s", skipped > 0 ? "; " : "\n    ", clean);
}

static void
print_summary (const Report *report, uint32_t n_shown, uint32_t n_left)
{
  const LsDiff *diff = report->diff;

  if (n_left > 0)
    printf ("… and %u more (--max)\n", n_left);
  if (diff->n_entries == 0)
    {
      printf ("no difference in %u operators\n", diff->n_paired);
      return;
    }
  if (n_shown > 0)
    putchar ('\n');
  if (!cli_has (report->args, "weights"))
    cli_diff_print_kinds (diff, report->a, report->b);
  printf ("%u operators in both, %u only in A, %u only in B; %u difference%s:", diff->n_paired,
          diff->n_removed, diff->n_added, diff->n_entries, diff->n_entries == 1 ? "" : "s");
  for (int i = 0, n = 0; i < LS_N_DIFF_CATEGORIES; i++)
    if (diff->counts[i] > 0)
      printf ("%s %u %s", n++ > 0 ? "," : "", diff->counts[i],
              ls_diff_category_name ((LsDiffCategory) i));
  putchar ('\n');
}

static int
print_text (const Report *report)
{
  const LsDiff *diff = report->diff;
  const LsDiffEntry *before = NULL;
  uint32_t n_shown = 0, n_left = 0;

  for (uint32_t i = 0; i < diff->n_entries; i++)
    {
      const LsDiffEntry *entry = &diff->entries[i];

      if (!is_shown (report, entry))
        continue;
      if (n_shown == report->max)
        {
          n_left++;
          continue;
        }

      const bool is_new = before == NULL || !same_group (before, entry);

      if (is_new && before != NULL)
        putchar ('\n');
      if (is_new)
        print_head (report, entry);
      print_entry (entry, is_new ? NULL : before);
      before = entry;
      n_shown++;
    }
  if (before != NULL)
    putchar ('\n');
  print_summary (report, n_shown, n_left);
  return CLI_DONE;
}

/* ---- The command ----------------------------------------------------------------------------- */

static int
compare (const CliArgs *args, const LsModel *a, const LsModel *b, uint64_t max)
{
  const LsDiffOptions how = { .skip_values = cli_has (args, "skip-values") };
  LsError error = { 0 };
  CliProgress progress;
  LsDiff diff;

  cli_progress_begin (&progress);

  LsStatus result = ls_diff (a, b, &how, &progress.progress, &diff, &error);

  cli_progress_end (&progress);
  if (result != LS_OK)
    return cli_fail (args->positional[0], a, &error);

  const Report report
    = { args, a, b, &diff, isatty (STDOUT_FILENO) && getenv ("NO_COLOR") == NULL, max };
  int status = cli_has (args, "json") ? print_json (&report) : print_text (&report);

  /* As of diff(1): 1 says that there is a difference. */
  if (status == CLI_DONE
      && (cli_has (args, "weights") ? diff.counts[LS_DIFF_WEIGHTS] : diff.n_entries) > 0)
    status = CLI_FAILED;
  ls_diff_clear (&diff);
  return status;
}

static int
run (const CliArgs *args)
{
  uint64_t max = cli_has (args, "json") ? UINT64_MAX : DEFAULT_MAX;

  if (!cli_uint (args, "max", 0, UINT32_MAX, &max))
    return CLI_USAGE;

  CLI_MODEL LsModel *a = cli_open (args->positional[0]);
  CLI_MODEL LsModel *b = a != NULL ? cli_open (args->positional[1]) : NULL;

  return b != NULL ? compare (args, a, b, max) : CLI_FAILED;
}

const CliCommand cli_diff_command = {
  .name = "diff",
  .arguments = "MODEL-A MODEL-B",
  .summary = "Tell what differs between two models: graph, options, quantization, weights.",
  .min_args = 2,
  .max_args = 2,
  .options = options,
  .text
  = "Nothing is run: compare does that. Operators are paired by their kind and the name of their "
    "output, then by order, kind and shapes, so that one that was put in or taken out shows as "
    "such, also between a model and what a conversion made of it.\n\n"
    "Exit status 0 when the models are the same, 1 when they differ (or one cannot be read).\n",
  .examples = "  litesmith diff model.tflite repaired.tflite\n"
              "  litesmith diff float.tflite int8.tflite --weights\n",
  .run = run,
};
