/* Says which operators stay in float and why, by kind. */
#include "convert/quantize/quantize.h"

#include <stdlib.h>
#include <string.h>

#include "convert/parts.h"

static const char *const reasons[] = {
  [LS_WHY_ASKED] = "asked for",
  [LS_WHY_NO_KERNEL] = "LiteRT has no kernel with these integers",
  [LS_WHY_COUNTER] = "rounding would stop a loop from counting or summing up",
  [LS_WHY_UNSEEN] = "not seen by the calibration",
  [LS_WHY_FORM] = "a form that LiteRT does not run on integers",
  [LS_WHY_DIVISOR] = "the divisor comes near 0",
  [LS_WHY_BETWEEN] = "between operators in float",
};

/* Operators of one kind that stay for one reason. */
typedef struct
{
  const char *kind;
  LsPlanWhy why;
  uint32_t first, count;
} Group;

static int
compare_groups (const void *a, const void *b)
{
  const Group *x = a, *y = b;
  const int order = strcmp (x->kind, y->kind);

  if (order != 0)
    return order;
  return x->why != y->why ? (int) x->why - (int) y->why
                          : (x->first > y->first) - (x->first < y->first);
}

static int
compare_firsts (const void *a, const void *b)
{
  const Group *x = a, *y = b;

  return (x->first > y->first) - (x->first < y->first);
}

/* Adds up those that are alike, and leaves them in the order of the graph; gives how many are left.
 */
static uint32_t
sum_up (Group *groups, uint32_t count)
{
  uint32_t n = 0;

  qsort (groups, count, sizeof *groups, compare_groups);
  for (uint32_t i = 0; i < count; i++)
    if (n > 0 && groups[n - 1].why == groups[i].why
        && strcmp (groups[n - 1].kind, groups[i].kind) == 0)
      groups[n - 1].count++;
    else
      groups[n++] = groups[i];
  qsort (groups, n, sizeof *groups, compare_firsts);
  return n;
}

LsStatus
ls_plan_note_floats (const LsPlan *plan, LsError *error)
{
  const LsSubgraph *graph = &plan->model->graphs[plan->graph]->view;
  LS_FREE Group *groups = malloc (((size_t) plan->n_ops + 1) * sizeof *groups);
  uint32_t count = 0;

  if (groups == NULL)
    return ls_fail_no_memory (error, "operators", plan->n_ops * sizeof *groups);
  for (uint32_t i = 0; i < plan->n_ops; i++)
    if (plan->ops[i] == LS_PLAN_FLOAT)
      groups[count++] = (Group){ ls_op_kind_text (&graph->ops[i]), plan->why[i], i, 1 };
  count = sum_up (groups, count);
  for (uint32_t i = 0; i < count; i++)
    LS_TRY (
      ls_pass_note (plan->context, error, "%u %s %s in float (the first is %s): %s",
                    groups[i].count, groups[i].kind, ls_words (groups[i].count, "stays", "stay"),
                    ls_op_name (graph, &graph->ops[groups[i].first]), reasons[groups[i].why]));
  return LS_OK;
}
