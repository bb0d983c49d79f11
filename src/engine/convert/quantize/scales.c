/* The scales of a plan: which tensors share one, and what each spans. */
#include "convert/quantize/quantize.h"

#include <math.h>

#include "convert/constants.h"

static const LsSubgraph *
graph_of (const LsPlan *plan)
{
  return &plan->model->graphs[plan->graph]->view;
}

/* The way there is made short for the next who asks. */
static uint32_t
root_of (const LsPlan *plan, uint32_t t)
{
  uint32_t *parent = plan->parent;

  while (parent[t] != t)
    {
      parent[t] = parent[parent[t]];
      t = parent[t];
    }
  return t;
}

bool
ls_plan_is_alike (const LsPlan *plan, int32_t a, int32_t b)
{
  return root_of (plan, (uint32_t) a) == root_of (plan, (uint32_t) b);
}

bool
ls_grid_is_same (LsGrid a, LsGrid b)
{
  return a.scale == b.scale && a.zero_point == b.zero_point;
}

/* False when both have prescribed scales that differ. */
static bool
join (LsPlan *plan, uint32_t a, uint32_t b)
{
  a = root_of (plan, a);
  b = root_of (plan, b);
  if (a == b)
    return true;
  if (plan->is_fixed[b])
    {
      uint32_t swap = a;

      a = b;
      b = swap;
    }
  if (plan->is_fixed[a] && plan->is_fixed[b] && !ls_grid_is_same (plan->grids[a], plan->grids[b]))
    return false;
  plan->parent[b] = a;

  /* Two rings become one. */
  uint32_t next = plan->next[a];

  plan->next[a] = plan->next[b];
  plan->next[b] = next;
  plan->low[a] = fmin (plan->low[a], plan->low[b]);
  plan->high[a] = fmax (plan->high[a], plan->high[b]);
  return true;
}

/* Gives each activation its range, and prescribed scales. */
static void
begin_scales (LsPlan *plan)
{
  for (uint32_t t = 0; t < plan->n_tensors; t++)
    {
      const LsRange *range = plan->ranges[t];

      plan->parent[t] = plan->next[t] = t;
      plan->low[t] = range != NULL ? fmin (range->low, 0) : 0;
      plan->high[t] = range != NULL ? fmax (range->high, 0) : 0;
    }
  for (uint32_t i = 0; i < plan->n_ops; i++)
    {
      const LsOperator *op = &graph_of (plan)->ops[i];
      LsQuantRule rule;
      LsType ends;
      LsGrid grid;

      /* What comes out of 8 bits into 16 goes through a QUANTIZE, and is free there. */
      if (plan->ops[i] != LS_PLAN_INTEGER
          || !ls_quant_rule_between (op->kind, plan->type, &rule, &ends)
          || (ends != plan->type && plan->type == LS_TYPE_INT16)
          || !ls_quant_fixed_grid (rule, plan->type, &grid) || op->n_outputs == 0
          || op->outputs[0] < 0)
        continue;
      plan->is_fixed[op->outputs[0]] = true;
      plan->grids[op->outputs[0]] = grid;
    }
}

static uint32_t
count_activations (const LsPlan *plan, const LsOperator *op)
{
  uint32_t n = 0;

  for (uint32_t k = 0; k < op->n_inputs; k++)
    n += ls_plan_is_activation (plan, op->inputs[k]);
  return n;
}

static bool
has_rule (const LsPlan *plan, uint32_t index, LsQuantRule wanted)
{
  LsQuantRule rule;
  LsType ends;

  return plan->ops[index] == LS_PLAN_INTEGER
         && ls_quant_rule_between (graph_of (plan)->ops[index].kind, plan->type, &rule, &ends)
         && rule == wanted;
}

static bool
hands_on (const LsPlan *plan, uint32_t index, bool several)
{
  const LsOperator *op = &graph_of (plan)->ops[index];

  return has_rule (plan, index, LS_QUANT_SAME) && op->n_outputs > 0 && op->outputs[0] >= 0
         && (count_activations (plan, op) > 1) == several;
}

static bool
is_wanted_beside (const LsPlan *plan, uint32_t t, uint32_t op)
{
  const LsUses *uses = &plan->uses;

  if (!ls_plan_is_activation (plan, (int32_t) t))
    return false;
  if (uses->is_graph_output[t])
    return true;
  for (uint32_t u = uses->first[t]; u < uses->first[t + 1]; u++)
    if (uses->consumers[u] != op && !hands_on (plan, uses->consumers[u], false))
      return true;
  return false;
}

/* Whether a reader outside of @op wants the values of @root's class as fine as they are. */
static bool
is_wanted_elsewhere (const LsPlan *plan, uint32_t root, uint32_t op)
{
  uint32_t t = root;

  do
    {
      if (is_wanted_beside (plan, t, op))
        return true;
      t = plan->next[t];
    }
  while (t != root);
  return false;
}

/* Times a range may grow where the alternative is a QUANTIZE, which doubles the noise of rounding:
 * that is 3 dB, and 1.4 times the step as well. */
static const double little_wider = 1.25;

enum
{
  WIDE = 2 /* times a range may grow without asking who else reads it */
};

/* An input of CONCATENATION and the like takes the output's scale, unless that makes it too coarse
 * for its other readers: then it is requantized on the way. */
static void
join_input (LsPlan *plan, uint32_t op, uint32_t in, uint32_t out)
{
  uint32_t a = root_of (plan, in), b = root_of (plan, out);

  if (a == b)
    return;
  if (plan->is_fixed[a] || plan->is_fixed[b])
    {
      if (plan->is_fixed[a] && plan->is_fixed[b])
        join (plan, a, b);
      return;
    }

  double own = plan->high[a] - plan->low[a];
  double both = fmax (plan->high[a], plan->high[b]) - fmin (plan->low[a], plan->low[b]);
  double output = plan->high[b] - plan->low[b];

  /* The output may not lose for an input that reaches far beyond it (MAXIMUM, SELECT); a little
   * costs less than another rounding on the way. */
  if (both > little_wider * output)
    return;
  if (both <= WIDE * own || !is_wanted_elsewhere (plan, a, op))
    join (plan, a, b);
}

static void
join_handed_on (LsPlan *plan, uint32_t index, bool several)
{
  const LsOperator *op = &graph_of (plan)->ops[index];
  uint32_t out = (uint32_t) op->outputs[0];

  for (uint32_t k = 1; k < op->n_outputs; k++)
    if (ls_plan_is_activation (plan, op->outputs[k]))
      join (plan, (uint32_t) op->outputs[k], out);
  for (uint32_t k = 0; k < op->n_inputs; k++)
    {
      if (!ls_plan_is_activation (plan, op->inputs[k]))
        continue;
      if (several)
        join_input (plan, index, (uint32_t) op->inputs[k], out);
      else
        join (plan, (uint32_t) op->inputs[k], out);
    }
}

/* ---- Constants beside activations ---------------------------------------------------------------
 */

/* The least and greatest value of a float constant; false: it is none, or has no values. */
static bool
span_of_constant (const LsPlan *plan, int32_t t, double *low, double *high)
{
  LsArray array;
  size_t n = 1;

  if (t < 0 || graph_of (plan)->tensors[t].type != LS_TYPE_FLOAT32
      || !ls_tensor_is_constant (plan->model, &graph_of (plan)->tensors[t])
      || ls_constant_floats (plan->model, plan->graph, (uint32_t) t, &array, NULL) != LS_OK)
    return false;
  for (int d = 0; d < array.rank; d++)
    n *= (size_t) array.dims[d];

  const float *values = array.data;

  *low = *high = n > 0 ? values[0] : 0;
  for (size_t i = 1; i < n; i++)
    {
      *low = fmin (*low, values[i]);
      *high = fmax (*high, values[i]);
    }
  ls_array_clear (&array);
  return n > 0 && isfinite (*low) && isfinite (*high);
}

/* Rows of a table that no sample looked up are there all the same. */
static void
widen_by_table (LsPlan *plan, const LsOperator *op)
{
  const uint32_t table = op->kind == LS_OP_EMBEDDING_LOOKUP ? 1 : 0;
  const LsRange *range = op->outputs[0] >= 0 ? plan->ranges[op->outputs[0]] : NULL;
  double low, high;

  if ((op->kind != LS_OP_EMBEDDING_LOOKUP && op->kind != LS_OP_GATHER
       && op->kind != LS_OP_GATHER_ND)
      || range == NULL || range->by_hand || table >= op->n_inputs
      || !span_of_constant (plan, op->inputs[table], &low, &high))
    return;

  const uint32_t root = root_of (plan, (uint32_t) op->outputs[0]);

  if (low < range->min)
    plan->low[root] = fmin (plan->low[root], low);
  if (high > range->max)
    plan->high[root] = fmax (plan->high[root], high);
}

/* As far beyond the values that a constant is compared with as it is told from them. */
static const double beyond = 1.0 / 64;

static void
widen_by_threshold (LsPlan *plan, uint32_t root, int32_t constant)
{
  const double span = plan->high[root] - plan->low[root];
  double low, high;

  if (plan->is_fixed[root] || !span_of_constant (plan, constant, &low, &high))
    return;
  plan->high[root] = fmax (plan->high[root], fmin (high, plan->high[root] + span * beyond));
  plan->low[root] = fmin (plan->low[root], fmax (low, plan->low[root] - span * beyond));
}

/* What is compared shares a scale, where that makes neither much coarser: equal values are then
 * equal integers. Beside int16 the kernels know no other way (comparisons.cc). */
static void
join_alike (LsPlan *plan, uint32_t index)
{
  const LsOperator *op = &graph_of (plan)->ops[index];
  uint32_t first = UINT32_MAX;

  for (uint32_t k = 0; k < op->n_inputs; k++)
    {
      if (!ls_plan_is_activation (plan, op->inputs[k]))
        continue;

      const uint32_t own = root_of (plan, (uint32_t) op->inputs[k]);

      if (first == UINT32_MAX)
        {
          first = own;
          continue;
        }

      const double both
        = fmax (plan->high[first], plan->high[own]) - fmin (plan->low[first], plan->low[own]);

      if (plan->is_fixed[first] == plan->is_fixed[own]
          && both <= WIDE * (plan->high[first] - plan->low[first])
          && both <= WIDE * (plan->high[own] - plan->low[own]))
        join (plan, first, own);
    }
  for (uint32_t k = 0; k < op->n_inputs && first != UINT32_MAX; k++)
    widen_by_threshold (plan, root_of (plan, first), op->inputs[k]);
}

void
ls_plan_scales (LsPlan *plan)
{
  begin_scales (plan);
  for (uint32_t i = 0; i < plan->n_ops; i++)
    if (has_rule (plan, i, LS_QUANT_SAME) && graph_of (plan)->ops[i].n_outputs > 0)
      widen_by_table (plan, &graph_of (plan)->ops[i]);
  for (uint32_t i = 0; i < plan->n_ops; i++)
    if (hands_on (plan, i, false))
      join_handed_on (plan, i, false);
  for (uint32_t i = 0; i < plan->n_ops; i++)
    if (hands_on (plan, i, true))
      {
        const LsOperator *op = &graph_of (plan)->ops[i];
        bool is_all_fixed = true;

        for (uint32_t k = 0; k < op->n_inputs; k++)
          is_all_fixed = is_all_fixed
                         && (!ls_plan_is_activation (plan, op->inputs[k])
                             || plan->is_fixed[root_of (plan, (uint32_t) op->inputs[k])]);
        if (is_all_fixed)
          for (uint32_t k = 0; k < op->n_inputs; k++)
            if (ls_plan_is_activation (plan, op->inputs[k]))
              join (plan, (uint32_t) op->inputs[k], (uint32_t) op->outputs[0]);
        join_handed_on (plan, i, true);
      }
  for (uint32_t i = 0; i < plan->n_ops; i++)
    if (has_rule (plan, i, LS_QUANT_ALIKE))
      join_alike (plan, i);
  for (uint32_t t = 0; t < plan->n_tensors; t++)
    {
      uint32_t root = root_of (plan, t);

      if (plan->is_fixed[root])
        plan->grids[t] = plan->grids[root];
      else
        ls_grid_of_activation (plan->type, plan->low[root], plan->high[root], &plan->grids[t].scale,
                               &plan->grids[t].zero_point);
    }
}
