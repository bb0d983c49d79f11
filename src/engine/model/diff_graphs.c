/* Two subgraphs: their ports, and the order in which people read what was found. */
#include "model/diff.h"

#include <stdlib.h>
#include <string.h>

/* ---- Ports ----------------------------------------------------------------------------------- */

static LsStatus
add_port (LsDiffSides *sides, const char *what, uint32_t index, int32_t a, int32_t b)
{
  LsDiffEntry entry = ls_diff_entry (sides, LS_DIFF_PORT, "port-changed");
  char field[LS_DIFF_NUMBER], before[LS_DIFF_NAME_SIZE], after[LS_DIFF_NAME_SIZE];

  snprintf (field, sizeof field, "%s %u", what, index);
  entry.kind = a < 0 ? "port-added" : b < 0 ? "port-removed" : "port-changed";
  ls_diff_put_tensors (&entry, sides, field, a, b);
  if (a < 0 || b < 0)
    return ls_diff_add_only (sides, &entry);
  return ls_diff_add (sides->differ, &entry, "%s is \"%s\" %s, was \"%s\" %s", field,
                      ls_diff_name (entry.after, after), ls_type_name (sides->b->tensors[b].type),
                      ls_diff_name (entry.before, before),
                      ls_type_name (sides->a->tensors[a].type));
}

/* Who only looks at the model from outside sees the same port. */
static bool
looks_same (const LsTensor *a, const LsTensor *b)
{
  return strcmp (a->name, b->name) == 0 && a->type == b->type && a->rank == b->rank
         && (a->rank <= 0 || memcmp (a->dims, b->dims, (size_t) a->rank * sizeof *a->dims) == 0);
}

static LsStatus
diff_ports (LsDiffSides *sides, const char *what, const int32_t *a, uint32_t n_a, const int32_t *b,
            uint32_t n_b)
{
  for (uint32_t i = 0; i < n_a || i < n_b; i++)
    {
      const int32_t x = i < n_a ? a[i] : -1, y = i < n_b ? b[i] : -1;

      if (x < 0 || y < 0
          || (sides->tensor_b[x] != y
              && !looks_same (&sides->a->tensors[x], &sides->b->tensors[y])))
        LS_TRY (add_port (sides, what, i, x, y));
    }
  return LS_OK;
}

/* ---- Reading order --------------------------------------------------------------------------- */

/* The operators of both in one list: partners side by side, the others where they stand between
 * them. */
static void
list_ops (const LsDiffSides *sides, LsDiffGraph *graph)
{
  uint32_t next = 0; /* of B */

  for (uint32_t i = 0; i < sides->a->n_ops; i++)
    {
      const int32_t b = sides->op_b[i];

      for (; b >= 0 && next < (uint32_t) b; next++)
        if (sides->op_a[next] < 0)
          graph->ops[graph->n_ops++] = (LsDiffPair){ -1, (int) next, true };
      graph->ops[graph->n_ops++] = (LsDiffPair){ (int) i, b, b < 0 };
    }
  for (; next < sides->b->n_ops; next++)
    if (sides->op_a[next] < 0)
      graph->ops[graph->n_ops++] = (LsDiffPair){ -1, (int) next, true };
}

static void
list_tensors (const LsDiffSides *sides, LsDiffGraph *graph)
{
  for (uint32_t i = 0; i < sides->a->n_tensors; i++)
    graph->tensors[graph->n_tensors++]
      = (LsDiffPair){ (int) i, sides->tensor_b[i], sides->tensor_b[i] < 0 };
  for (uint32_t i = 0; i < sides->b->n_tensors; i++)
    if (sides->tensor_a[i] < 0)
      graph->tensors[graph->n_tensors++] = (LsDiffPair){ -1, (int) i, true };
}

typedef struct
{
  uint32_t place, entry;
} Ordered;

static int
by_place (const void *x, const void *y)
{
  const Ordered *a = x, *b = y;

  return a->place != b->place ? (a->place > b->place) - (a->place < b->place)
                              : (a->entry > b->entry) - (a->entry < b->entry);
}

/* Puts the entries from @first on into the order of the list of operators, and marks the pairs that
 * they concern. */
static LsStatus
order_entries (const LsDiffSides *sides, LsDiffGraph *graph, uint32_t first)
{
  LsDiff *out = sides->differ->out;
  const uint32_t n = out->n_entries - first;
  LS_FREE uint32_t *place_a = calloc ((size_t) sides->a->n_ops + 1, sizeof *place_a);
  LS_FREE uint32_t *place_b = calloc ((size_t) sides->b->n_ops + 1, sizeof *place_b);
  LS_FREE Ordered *order = malloc (((size_t) n + 1) * sizeof *order);
  LS_FREE LsDiffEntry *copy = malloc (((size_t) n + 1) * sizeof *copy);

  if (place_a == NULL || place_b == NULL || order == NULL || copy == NULL)
    return ls_diff_no_memory (sides->differ);
  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      if (graph->ops[i].a >= 0)
        place_a[graph->ops[i].a] = i + 1;
      if (graph->ops[i].b >= 0)
        place_b[graph->ops[i].b] = i + 1;
    }
  for (uint32_t i = 0; i < n; i++)
    {
      const LsDiffEntry *entry = &out->entries[first + i];
      const uint32_t place = entry->op_a >= 0   ? place_a[entry->op_a]
                             : entry->op_b >= 0 ? place_b[entry->op_b]
                                                : 0;

      order[i] = (Ordered){ place, i };
      copy[i] = *entry;
      if (place > 0)
        graph->ops[place - 1].is_changed = true;
      if (entry->tensor_a >= 0) /* A's tensors come first in the list, each in its place */
        graph->tensors[entry->tensor_a].is_changed = true;
    }
  qsort (order, n, sizeof *order, by_place);
  for (uint32_t i = 0; i < n; i++)
    out->entries[first + i] = copy[order[i].entry];
  return LS_OK;
}

/* ---- Two subgraphs --------------------------------------------------------------------------- */

static LsStatus
compare_sides (LsDiffSides *sides, LsDiffGraph *graph)
{
  const LsSubgraph *a = sides->a, *b = sides->b;
  const uint32_t first = sides->differ->out->n_entries;

  LS_TRY (ls_diff_pair_ops (sides));
  ls_diff_pair_tensors (sides);
  if (strcmp (a->name, b->name) != 0)
    {
      LsDiffEntry entry = ls_diff_entry (sides, LS_DIFF_NAME, "subgraph-renamed");

      entry.field = "subgraph";
      entry.before = (char *) a->name;
      entry.after = (char *) b->name;
      LS_TRY (ls_diff_add (sides->differ, &entry, "subgraph \"%.100s\" is called \"%.100s\"",
                           a->name, b->name));
    }
  LS_TRY (diff_ports (sides, "input", a->inputs, a->n_inputs, b->inputs, b->n_inputs));
  LS_TRY (diff_ports (sides, "output", a->outputs, a->n_outputs, b->outputs, b->n_outputs));
  LS_TRY (ls_diff_ops (sides));
  LS_TRY (ls_diff_tensors (sides));
  list_ops (sides, graph);
  list_tensors (sides, graph);
  return order_entries (sides, graph, first);
}

static LsStatus
diff_pair (LsDiffer *differ, uint32_t index, LsDiffGraph *graph)
{
  const LsSubgraph *a = ls_model_subgraph (differ->a, index);
  const LsSubgraph *b = ls_model_subgraph (differ->b, index);
  const size_t n_ops = (size_t) a->n_ops + b->n_ops + 1;
  const size_t n_tensors = (size_t) a->n_tensors + b->n_tensors + 1;
  LS_FREE int32_t *partners = malloc ((n_ops + n_tensors) * sizeof *partners);
  LsDiffSides sides = { .differ = differ, .a = a, .b = b };
  LsStatus status;

  graph->ops = malloc (n_ops * sizeof *graph->ops);
  graph->tensors = malloc (n_tensors * sizeof *graph->tensors);
  if (partners == NULL || graph->ops == NULL || graph->tensors == NULL
      || !ls_uses_init (&sides.uses_a, a))
    return ls_diff_no_memory (differ);
  if (!ls_uses_init (&sides.uses_b, b))
    {
      ls_uses_clear (&sides.uses_a);
      return ls_diff_no_memory (differ);
    }
  memset (partners, 0xff, (n_ops + n_tensors) * sizeof *partners);
  sides.index_a = sides.index_b = (int) index;
  sides.op_b = partners;
  sides.op_a = partners + a->n_ops;
  sides.tensor_b = partners + n_ops;
  sides.tensor_a = partners + n_ops + a->n_tensors;
  status = compare_sides (&sides, graph);
  ls_uses_clear (&sides.uses_a);
  ls_uses_clear (&sides.uses_b);
  return status;
}

static LsStatus
add_lone_graph (LsDiffer *differ, uint32_t index, LsDiffGraph *graph)
{
  const LsSubgraph *a = ls_model_subgraph (differ->a, index);
  const LsSubgraph *b = ls_model_subgraph (differ->b, index);
  LsDiffEntry entry
    = ls_diff_entry (NULL, LS_DIFF_STRUCTURE, a == NULL ? "subgraph-added" : "subgraph-removed");

  entry.subgraph_a = graph->subgraph_a = a != NULL ? (int) index : -1;
  entry.subgraph_b = graph->subgraph_b = b != NULL ? (int) index : -1;
  return ls_diff_add (differ, &entry, "subgraph %u \"%.100s\" with %u operators only in %s", index,
                      (a != NULL ? a : b)->name, (a != NULL ? a : b)->n_ops, a != NULL ? "A" : "B");
}

LsStatus
ls_diff_graphs (LsDiffer *differ)
{
  LsDiff *out = differ->out;
  const uint32_t n_a = differ->a->n_graphs, n_b = differ->b->n_graphs, n = n_a > n_b ? n_a : n_b;

  out->graphs = calloc ((size_t) n + 1, sizeof *out->graphs);
  if (out->graphs == NULL)
    return ls_diff_no_memory (differ);
  out->n_graphs = n;
  for (uint32_t i = 0; i < n; i++)
    {
      out->graphs[i].subgraph_a = out->graphs[i].subgraph_b = (int) i;
      if (i < n_a && i < n_b)
        LS_TRY (diff_pair (differ, i, &out->graphs[i]));
      else
        LS_TRY (add_lone_graph (differ, i, &out->graphs[i]));
    }
  return LS_OK;
}
