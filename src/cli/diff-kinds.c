/* litesmith diff: what differs in a large model, by kind of operator. */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

enum
{
  MANY = 40, /* differences, from which on a table says more than the list alone */
  NAME_CHARS = 40
};

typedef struct
{
  const char *name;
  uint32_t first; /* place of the first of them */
  uint32_t n_both, n_a, n_b, n_changed;
} Kind;

static const char *
name_of (const LsModel *model, int subgraph, int op)
{
  return ls_op_kind_text (&ls_model_subgraph (model, (uint32_t) subgraph)->ops[op]);
}

/* One record for each pair, which those of one name become in the end. */
static uint32_t
list_graph (const LsDiffGraph *graph, const LsModel *a, const LsModel *b, uint32_t first,
            Kind *kinds)
{
  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsDiffPair *pair = &graph->ops[i];
      bool is_in_both = pair->a >= 0 && pair->b >= 0;

      kinds[first + i] = (Kind){ .name = pair->a >= 0 ? name_of (a, graph->subgraph_a, pair->a)
                                                      : name_of (b, graph->subgraph_b, pair->b),
                                 .first = first + i,
                                 .n_both = is_in_both,
                                 .n_a = pair->b < 0,
                                 .n_b = pair->a < 0,
                                 .n_changed = is_in_both && pair->is_changed };
    }
  return graph->n_ops;
}

static int
compare_names (const void *a, const void *b)
{
  const Kind *x = a, *y = b;
  int order = strcmp (x->name, y->name);

  return order != 0 ? order : (x->first > y->first) - (x->first < y->first);
}

static int
compare_firsts (const void *a, const void *b)
{
  const Kind *x = a, *y = b;

  return (x->first > y->first) - (x->first < y->first);
}

/* Adds up those of one name, and leaves them in the order of the graph; gives how many are left. */
static uint32_t
sum_up (Kind *kinds, uint32_t count)
{
  uint32_t n = 0;

  qsort (kinds, count, sizeof *kinds, compare_names);
  for (uint32_t i = 0; i < count; i++)
    if (n > 0 && strcmp (kinds[n - 1].name, kinds[i].name) == 0)
      {
        kinds[n - 1].n_both += kinds[i].n_both;
        kinds[n - 1].n_a += kinds[i].n_a;
        kinds[n - 1].n_b += kinds[i].n_b;
        kinds[n - 1].n_changed += kinds[i].n_changed;
      }
    else
      kinds[n++] = kinds[i];
  qsort (kinds, n, sizeof *kinds, compare_firsts);
  return n;
}

static void
add_kind (CliTable *table, const Kind *kind)
{
  CLI_FREE char *name = cli_clean (kind->name, NAME_CHARS);

  if (kind->n_a == 0 && kind->n_b == 0 && kind->n_changed == 0)
    return;
  cli_table_add (table, "%s", name);
  cli_table_add (table, "%u", kind->n_both);
  cli_table_add (table, "%u", kind->n_changed);
  cli_table_add (table, "%u", kind->n_a);
  cli_table_add (table, "%u", kind->n_b);
}

void
cli_diff_print_kinds (const LsDiff *diff, const LsModel *a, const LsModel *b)
{
  uint32_t n_ops = 0;

  for (uint32_t i = 0; i < diff->n_graphs; i++)
    n_ops += diff->graphs[i].n_ops;
  if (diff->n_entries < MANY || n_ops == 0)
    return;

  CLI_FREE Kind *kinds = cli_alloc (n_ops, sizeof *kinds);
  CliTable *table = cli_table_new ("lrrrr");

  n_ops = 0;
  for (uint32_t i = 0; i < diff->n_graphs; i++)
    n_ops += list_graph (&diff->graphs[i], a, b, n_ops, kinds);
  cli_table_add (table, "operator");
  cli_table_add (table, "in both");
  cli_table_add (table, "changed");
  cli_table_add (table, "only in A");
  cli_table_add (table, "only in B");
  for (uint32_t i = 0, n = sum_up (kinds, n_ops); i < n; i++)
    add_kind (table, &kinds[i]);
  cli_table_print (table, stdout);
  cli_table_free (table);
  putchar ('\n');
}
