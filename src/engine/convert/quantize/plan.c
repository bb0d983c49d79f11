/* Which operators become integer ones, and with which scales. */
#include "convert/quantize/quantize.h"

#include <math.h>
#include <string.h>

#include "convert/constants.h"
#include "convert/quantize/cells.h"
#include "convert/quantized.h"
#include "model/edit.h"

/* ---- Operators ----------------------------------------------------------------------------------
 */

static const LsSubgraph *
graph_of (const LsPlan *plan)
{
  return &plan->model->graphs[plan->graph]->view;
}

static bool
is_float (const LsPlan *plan, int32_t t)
{
  return t >= 0 && graph_of (plan)->tensors[t].type == LS_TYPE_FLOAT32;
}

bool
ls_plan_is_activation (const LsPlan *plan, int32_t t)
{
  return is_float (plan, t) && !ls_tensor_is_constant (plan->model, &graph_of (plan)->tensors[t]);
}

static bool
is_constant (const LsPlan *plan, int32_t t)
{
  return t >= 0 && ls_tensor_is_constant (plan->model, &graph_of (plan)->tensors[t]);
}

/* Every activation of the operator was seen by the calibration. */
static bool
has_ranges (const LsPlan *plan, const int32_t *list, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    if (ls_plan_is_activation (plan, list[i])
        && (plan->ranges[list[i]] == NULL || graph_of (plan)->tensors[list[i]].is_variable))
      return false;
  return true;
}

/* Rules of single operators beyond their types. */
static bool
is_fit (const LsPlan *plan, const LsOperator *op, LsQuantRule rule, LsType ends)
{
  LsMacSlots mac;

  if (rule == LS_QUANT_MAC)
    return ls_op_mac_slots (op, &mac) && is_constant (plan, op->inputs[mac.weights])
           && (mac.bias >= op->n_inputs || op->inputs[mac.bias] < 0
               || is_constant (plan, op->inputs[mac.bias]));
  if (rule == LS_QUANT_CELL)
    return ls_plan_fits_cell (plan, op);
  if (rule == LS_QUANT_TABLE)
    return op->n_inputs == 1 && op->n_outputs == 1 && ls_plan_is_activation (plan, op->inputs[0])
           && ls_plan_is_activation (plan, op->outputs[0]);
  /* Beside int16 the slopes are int8, as constants alone can be. */
  if (op->kind == LS_OP_PRELU)
    return op->n_inputs == 2 && (ends != LS_TYPE_INT16 || is_constant (plan, op->inputs[1]));
  if (op->kind == LS_OP_DIV && op->n_inputs == 2)
    {
      /* The kernel divides integers: the divisor may not become 0. */
      const LsRange *divisor = op->inputs[1] >= 0 ? plan->ranges[op->inputs[1]] : NULL;

      return divisor != NULL && (divisor->low > 0.02 * divisor->high);
    }
  return true;
}

static bool
is_looped (const LsPlan *plan)
{
  for (uint32_t g = 0; g < plan->model->n_graphs; g++)
    for (uint32_t i = 0; i < plan->model->graphs[g]->view.n_ops; i++)
      if (plan->model->graphs[g]->view.ops[i].kind == LS_OP_WHILE
          && ls_op_names_subgraph (&plan->model->graphs[g]->view.ops[i], plan->graph))
        return true;
  return false;
}

/* What a loop adds to a value that goes round with it may be less than a step: rounded each time,
 * it never grows, or its error does. */
static bool
is_running_sum (const LsPlan *plan, const LsOperator *op)
{
  const LsSubgraph *graph = graph_of (plan);

  if (op->kind != LS_OP_ADD && op->kind != LS_OP_SUB)
    return false;
  for (uint32_t i = 0; i < graph->n_outputs && i < graph->n_inputs; i++)
    for (uint32_t k = 0; k < op->n_inputs; k++)
      if (graph->outputs[i] == op->outputs[0] && graph->inputs[i] == op->inputs[k])
        return is_looped (plan);
  return false;
}

/* A loop's float counter, which decides how often it runs, may not be rounded. */
static bool
is_counter (const LsPlan *plan, const LsOperator *op)
{
  bool is_one = true;

  if (!plan->is_body || op->n_outputs == 0 || op->outputs[0] < 0)
    return false;
  if (is_running_sum (plan, op))
    return true;
  for (int d = 0; d < graph_of (plan)->tensors[op->outputs[0]].rank; d++)
    is_one = is_one && graph_of (plan)->tensors[op->outputs[0]].dims[d] == 1;
  return is_one;
}

/* Whether the operator may compute with integers; @why: what speaks against it. */
static bool
may_be_integer (const LsPlan *plan, uint32_t index, LsQuantRule rule, LsType ends, LsPlanWhy *why)
{
  const LsOperator *op = &graph_of (plan)->ops[index];

  /* What else a cell reads are its weights and states. */
  if (is_counter (plan, op))
    *why = LS_WHY_COUNTER;
  else if (!has_ranges (plan, op->inputs, rule == LS_QUANT_CELL ? 1 : op->n_inputs)
           || !has_ranges (plan, op->outputs, op->n_outputs))
    *why = LS_WHY_UNSEEN;
  else if (!is_fit (plan, op, rule, ends))
    *why = op->kind == LS_OP_DIV ? LS_WHY_DIVISOR : LS_WHY_FORM;
  else
    return true;
  return false;
}

static LsPlanOp
state_of (const LsPlan *plan, uint32_t index, LsPlanWhy *why)
{
  const LsOperator *op = &graph_of (plan)->ops[index];
  bool touches_floats = false;
  LsQuantRule rule;
  LsType ends;

  for (uint32_t k = 0; k < op->n_inputs; k++)
    touches_floats |= is_float (plan, op->inputs[k]);
  for (uint32_t k = 0; k < op->n_outputs; k++)
    touches_floats |= is_float (plan, op->outputs[k]);
  if (!touches_floats)
    return LS_PLAN_NEUTRAL;
  *why = LS_WHY_ASKED;
  if (ls_pass_keeps_float (plan->context, plan->graph, index))
    return LS_PLAN_FLOAT;
  *why = LS_WHY_NO_KERNEL;
  if (!ls_quant_rule_between (op->kind, plan->type, &rule, &ends))
    return LS_PLAN_FLOAT;
  if (rule == LS_QUANT_SHAPE)
    return LS_PLAN_NEUTRAL;
  return may_be_integer (plan, index, rule, ends, why) ? LS_PLAN_INTEGER : LS_PLAN_FLOAT;
}

static bool
is_port_integer (const LsPlan *plan)
{
  return !plan->has_float_ports;
}

/* Whether a tensor comes from integers or goes to integers. */
static bool
touches_integers (const LsPlan *plan, int32_t t)
{
  const LsUses *uses = &plan->uses;
  int32_t producer = uses->producer[t];

  if (producer >= 0 && plan->ops[producer] == LS_PLAN_INTEGER)
    return true;
  if ((plan->is_input[t] || uses->is_graph_output[t]) && is_port_integer (plan))
    return true;
  return false;
}

static bool
feeds_integers (const LsPlan *plan, int32_t t)
{
  const LsUses *uses = &plan->uses;

  for (uint32_t u = uses->first[t]; u < uses->first[t + 1]; u++)
    if (plan->ops[uses->consumers[u]] == LS_PLAN_INTEGER)
      return true;
  return uses->is_graph_output[t] && is_port_integer (plan);
}

/* Moving values between float operators is done in float. */
static bool
is_island (const LsPlan *plan, const LsOperator *op)
{
  LsQuantRule rule;
  LsType ends;

  if (!ls_quant_rule_between (op->kind, plan->type, &rule, &ends) || rule != LS_QUANT_SAME)
    return false;
  for (uint32_t k = 0; k < op->n_inputs; k++)
    if (ls_plan_is_activation (plan, op->inputs[k]) && touches_integers (plan, op->inputs[k]))
      return false;
  for (uint32_t k = 0; k < op->n_outputs; k++)
    if (ls_plan_is_activation (plan, op->outputs[k]) && feeds_integers (plan, op->outputs[k]))
      return false;
  return true;
}

/* What stands in int8 in a uint8 model, for each value that is uint8: who asks for uint8 has little
 * else, and with more of them it would be an int8 model. */
static const double most_in_int8 = 0.1;

static bool
stands_in (const LsPlan *plan, uint32_t index)
{
  LsQuantRule rule;
  LsType ends;

  return plan->ops[index] == LS_PLAN_INTEGER
         && ls_quant_rule_between (graph_of (plan)->ops[index].kind, plan->type, &rule, &ends)
         && ends != plan->type;
}

/* States inside of operators do not count. */
static uint32_t
count_activations (const LsPlan *plan, const int32_t *list, uint32_t count)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < count; i++)
    n += ls_plan_is_activation (plan, list[i]) && !graph_of (plan)->tensors[list[i]].is_variable;
  return n;
}

/* Leaves those in float that have no uint8 kernel, unless they are few. */
static void
leave_strangers (LsPlan *plan)
{
  const LsSubgraph *graph = graph_of (plan);
  uint32_t n_own = count_activations (plan, graph->inputs, graph->n_inputs), n_int8 = 0;

  if (plan->type != LS_TYPE_UINT8)
    return;
  for (uint32_t i = 0; i < plan->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];
      const uint32_t n_made = count_activations (plan, op->outputs, op->n_outputs);

      n_own += plan->ops[i] == LS_PLAN_INTEGER ? n_made : 0;
      if (stands_in (plan, i))
        n_int8 += n_made + count_activations (plan, op->inputs, op->n_inputs);
    }
  for (uint32_t i = 0; i < plan->n_ops && n_int8 > most_in_int8 * n_own; i++)
    if (stands_in (plan, i))
      {
        plan->ops[i] = LS_PLAN_FLOAT;
        plan->why[i] = LS_WHY_NO_KERNEL;
      }
}

static void
choose_operators (LsPlan *plan)
{
  bool is_changed = true;

  for (uint32_t i = 0; i < plan->n_ops; i++)
    plan->ops[i] = state_of (plan, i, &plan->why[i]);
  leave_strangers (plan);
  while (is_changed)
    {
      is_changed = false;
      for (uint32_t i = 0; i < plan->n_ops; i++)
        if (plan->ops[i] == LS_PLAN_INTEGER && is_island (plan, &graph_of (plan)->ops[i]))
          {
            plan->ops[i] = LS_PLAN_FLOAT;
            plan->why[i] = LS_WHY_BETWEEN;
            is_changed = true;
          }
    }
}

/* ---- The plan -----------------------------------------------------------------------------------
 */

/* Ranges belong to names: the passes before may have renumbered the tensors. */
static const LsRange *
find_range (const LsRanges *ranges, uint32_t graph, uint32_t t, const char *name)
{
  const LsRange *range = ls_ranges_find (ranges, graph, t);

  if (range == NULL || range->name == NULL || strcmp (range->name, name) != 0)
    {
      range = NULL;
      for (uint32_t i = 0; i < ranges->n_ranges && range == NULL; i++)
        if (ranges->ranges[i].subgraph == graph && ranges->ranges[i].name != NULL
            && strcmp (ranges->ranges[i].name, name) == 0)
          range = &ranges->ranges[i];
    }
  if (range == NULL || range->count == 0 || !isfinite (range->low) || !isfinite (range->high)
      || range->low > range->high)
    return NULL;
  return range;
}

const LsRange *
ls_plan_find_range (const LsPlan *plan, const char *name)
{
  return find_range (plan->context->ranges, plan->graph, UINT32_MAX, name);
}

bool
ls_range_is_chosen (const LsRange *range)
{
  return range->by_hand || range->min > range->max || (range->min == 0 && range->max == 0);
}

LsGrid
ls_plan_grid_in (const LsPlan *plan, int32_t t, LsType type)
{
  LsGrid grid = plan->grids[t];
  const LsRange *range = plan->ranges[t];

  if (plan->type == type)
    return grid;
  if (plan->type != LS_TYPE_INT16)
    grid.zero_point += type == LS_TYPE_UINT8 ? 128 : -128;
  if (plan->type != LS_TYPE_INT16 || range == NULL)
    return grid;

  /* 16 bits were given room beyond what was seen, for which 8 have none. */
  bool is_chosen = ls_range_is_chosen (range);

  ls_grid_of_activation (type, is_chosen ? range->low : range->min,
                         is_chosen ? range->high : range->max, &grid.scale, &grid.zero_point);
  return grid;
}

bool
ls_plan_grid_alike (const LsPlan *plan, const LsOperator *op, LsType type, LsGrid *out)
{
  bool is_found = false;

  for (uint32_t k = 0; k < op->n_inputs; k++)
    if (op->inputs[k] >= 0 && plan->ranges[op->inputs[k]] != NULL)
      {
        const LsGrid grid = ls_plan_grid_in (plan, op->inputs[k], type);

        if (!is_found || grid.scale > out->scale)
          *out = grid;
        is_found = true;
      }
  return is_found;
}

/* Of a tensor without elements, which no sample can fill. */
static const LsRange of_nothing = { 0 };

static bool
is_empty (const LsTensor *tensor)
{
  for (int d = 0; d < tensor->rank; d++)
    if (tensor->dims[d] == 0)
      return true;
  return false;
}

LsStatus
ls_plan_init (LsPlan *plan, LsPassContext *context, uint32_t graph, LsType type, bool is_body,
              LsError *error)
{
  const LsSubgraph *view = &context->model->graphs[graph]->view;
  size_t n = (size_t) view->n_tensors + 1;

  *plan = (LsPlan){ .context = context,
                    .model = context->model,
                    .graph = graph,
                    .n_tensors = view->n_tensors,
                    .n_ops = view->n_ops,
                    .type = type,
                    .is_body = is_body,
                    .has_float_ports = is_body || context->options->float_io };
  plan->ops = calloc ((size_t) view->n_ops + 1, sizeof *plan->ops);
  plan->why = calloc ((size_t) view->n_ops + 1, sizeof *plan->why);
  plan->ranges = calloc (n, sizeof *plan->ranges);
  plan->parent = calloc (n, sizeof *plan->parent);
  plan->next = calloc (n, sizeof *plan->next);
  plan->is_fixed = calloc (n, sizeof *plan->is_fixed);
  plan->is_input = calloc (n, sizeof *plan->is_input);
  plan->low = calloc (n, sizeof *plan->low);
  plan->high = calloc (n, sizeof *plan->high);
  plan->grids = calloc (n, sizeof *plan->grids);
  if (plan->ops == NULL || plan->why == NULL || plan->ranges == NULL || plan->parent == NULL
      || plan->next == NULL || plan->is_fixed == NULL || plan->is_input == NULL || plan->low == NULL
      || plan->high == NULL || plan->grids == NULL || !ls_uses_init (&plan->uses, view))
    return ls_fail_no_memory (error, "a plan", n * sizeof *plan->grids);
  for (uint32_t i = 0; i < view->n_inputs; i++)
    if (view->inputs[i] >= 0)
      plan->is_input[view->inputs[i]] = true;
  for (uint32_t t = 0; t < view->n_tensors; t++)
    if (ls_plan_is_activation (plan, (int32_t) t))
      {
        plan->ranges[t] = find_range (context->ranges, graph, t, view->tensors[t].name);
        if (plan->ranges[t] == NULL && !is_body && is_empty (&view->tensors[t]))
          plan->ranges[t] = &of_nothing;
      }
  choose_operators (plan);
  return LS_OK;
}

void
ls_plan_clear (LsPlan *plan)
{
  ls_uses_clear (&plan->uses);
  free (plan->ops);
  free (plan->why);
  free (plan->ranges);
  free (plan->parent);
  free (plan->next);
  free (plan->is_fixed);
  free (plan->is_input);
  free (plan->low);
  free (plan->high);
  free (plan->grids);
  *plan = (LsPlan){ 0 };
}
