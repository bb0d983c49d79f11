/* litesmith diff: what differs in a large model, by kind of operator. */
#include "diff.h"

#include <string.h>

enum
{
  MANY = 40, /* differences, from which on a table says more than the list alone */
  NAME_CHARS = 40
};

typedef struct
{
  const char *name;
  uint32_t n_both, n_a, n_b, n_changed;
} Kind;

typedef struct
{
  Kind *items;
  uint32_t n;
} Kinds;

static Kind *
kind_of (Kinds *kinds, const char *name)
{
  for (uint32_t i = 0; i < kinds->n; i++)
    if (strcmp (kinds->items[i].name, name) == 0)
      return &kinds->items[i];
  kinds->items[kinds->n] = (Kind){ .name = name };
  return &kinds->items[kinds->n++];
}

static const char *
name_of (const LsModel *model, int subgraph, int op)
{
  return ls_op_kind_text (&ls_model_subgraph (model, (uint32_t) subgraph)->ops[op]);
}

static void
count_graph (const LsDiffGraph *graph, const LsModel *a, const LsModel *b, Kinds *kinds)
{
  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsDiffPair *pair = &graph->ops[i];
      Kind *kind = kind_of (kinds, pair->a >= 0 ? name_of (a, graph->subgraph_a, pair->a)
                                                : name_of (b, graph->subgraph_b, pair->b));

      kind->n_both += pair->a >= 0 && pair->b >= 0;
      kind->n_a += pair->b < 0;
      kind->n_b += pair->a < 0;
      kind->n_changed += pair->a >= 0 && pair->b >= 0 && pair->is_changed;
    }
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

  CLI_FREE Kind *items = cli_alloc (n_ops, sizeof *items);
  Kinds kinds = { items, 0 };
  CliTable *table = cli_table_new ("lrrrr");

  for (uint32_t i = 0; i < diff->n_graphs; i++)
    count_graph (&diff->graphs[i], a, b, &kinds);
  cli_table_add (table, "operator");
  cli_table_add (table, "in both");
  cli_table_add (table, "changed");
  cli_table_add (table, "only in A");
  cli_table_add (table, "only in B");
  for (uint32_t i = 0; i < kinds.n; i++)
    add_kind (table, &kinds.items[i]);
  cli_table_print (table, stdout);
  cli_table_free (table);
  putchar ('\n');
}
