/*
 * Rewrites tensors and operators after a plan.
 *
 * A float tensor may be wanted in two forms, float and integer. The form that its producer makes
 * (the model's own ports: that which was asked for) keeps the tensor's index and name; the other is
 * a twin behind a QUANTIZE or DEQUANTIZE.
 */
#include "convert/quantize/quantize.h"

#include <math.h>

#include "convert/constants.h"
#include "convert/edges.h"
#include "convert/quantize/cells.h"
#include "convert/quantize/tables.h"
#include "convert/quantized.h"

/* A tensor in another scale, or other integers, than its own. */
typedef struct
{
  int32_t twin;
  int32_t next; /* of the same tensor; -1: none */
  LsType type;
  LsGrid grid;
} Rescaled;

typedef struct
{
  LsPlan *plan;
  LsModel *model;
  uint32_t graph;
  int32_t *integer, *real; /* by tensor: its two forms; -1: not made */
  bool *owns_integer;      /* by tensor: the integer form has the tensor's own index */
  int32_t n_rescaled;
  Rescaled *rescaled;
  int32_t *first_rescaled; /* by tensor; -1: none */
  uint32_t at;             /* index of the operator in work */
  LsLaterCasts later;
} Work;

static LsTensor *
tensor_of (const Work *work, int32_t t)
{
  return ls_model_tensor (work->model, work->graph, (uint32_t) t);
}

static bool
set_grid_of (Work *work, int32_t t, LsType type, LsGrid grid)
{
  const LsQuantization *quant
    = ls_quantization_new (work->model, 1, &grid.scale, &grid.zero_point, 0);
  LsTensor *tensor = tensor_of (work, t);

  tensor->type = type;
  tensor->quant = quant;
  return quant != NULL;
}

static bool
set_grid (Work *work, int32_t t, LsGrid grid)
{
  return set_grid_of (work, t, work->plan->type, grid);
}

/* ---- Forms --------------------------------------------------------------------------------------
 */

/* Whether the producer makes integers: an operator, or whoever fills an input. */
static bool
is_made_integer (const LsPlan *plan, uint32_t t)
{
  int32_t producer = plan->uses.producer[t];

  return producer >= 0 ? plan->ops[producer] == LS_PLAN_INTEGER
                       : plan->is_input[t] && !plan->has_float_ports && plan->ranges[t] != NULL;
}

/* Ports keep their index: what stands there is what was asked for. */
static bool
is_owned_by_integer (const LsPlan *plan, uint32_t t)
{
  bool is_port = plan->is_input[t] || plan->uses.is_graph_output[t];

  if (is_port && plan->ranges[t] != NULL)
    return !plan->has_float_ports;
  return is_made_integer (plan, t);
}

/* An input that nobody reads as integers, or a value that nobody calibrated, stays as it is. */
static LsStatus
choose_forms (Work *work, LsError *error)
{
  const LsPlan *plan = work->plan;

  for (uint32_t t = 0; t < plan->n_tensors; t++)
    {
      work->integer[t] = work->real[t] = work->first_rescaled[t] = -1;
      if (!ls_plan_is_activation (plan, (int32_t) t))
        continue;
      work->owns_integer[t] = is_owned_by_integer (plan, t);
      if (work->owns_integer[t])
        work->integer[t] = (int32_t) t;
      else
        work->real[t] = (int32_t) t;
    }
  /* Types change only now: until here "float" meant the model's own floats. */
  for (uint32_t t = 0; t < plan->n_tensors; t++)
    if (work->owns_integer[t] && !set_grid (work, (int32_t) t, plan->grids[t]))
      return ls_fail_no_memory (error, "quantization", 0);
  return LS_OK;
}

/* An activation of the plan. */
static bool
has_forms (const Work *work, int32_t t)
{
  return t >= 0 && (work->integer[t] >= 0 || work->real[t] >= 0);
}

/* The form that is made by nobody yet: a twin. Gives it or -1. */
static int32_t
make_twin (Work *work, uint32_t t, bool is_integer)
{
  int twin
    = ls_twin_tensor (work->model, work->graph, (int32_t) t, is_integer ? "integers" : "float");

  if (twin < 0)
    return -1;

  LsTensor *tensor = tensor_of (work, twin);

  tensor->type = LS_TYPE_FLOAT32;
  tensor->quant = NULL;
  if (is_integer && !set_grid (work, twin, work->plan->grids[t]))
    return -1;
  (is_integer ? work->integer : work->real)[t] = twin;
  return twin;
}

static bool
insert_cast (Work *work, uint32_t at, bool to_integer, int32_t from, int32_t to)
{
  return ls_cast_later (work->model, &work->later, at,
                        to_integer ? LS_OP_QUANTIZE : LS_OP_DEQUANTIZE, from, to);
}

/* The wanted form of an activation, made before the operator in work if need be; -1: no memory. */
static int32_t
form_of (Work *work, uint32_t t, bool is_integer)
{
  int32_t form = (is_integer ? work->integer : work->real)[t];
  int32_t other = (is_integer ? work->real : work->integer)[t];

  if (form >= 0)
    return form;
  form = make_twin (work, t, is_integer);
  return form >= 0 && insert_cast (work, work->at, is_integer, other, form) ? form : -1;
}

/* Makes a twin of a tensor with a grid of its own, to be found again; -1: out of memory. */
static int32_t
add_rescaled (Work *work, int32_t t, LsType type, LsGrid grid)
{
  int twin = ls_twin_tensor (work->model, work->graph, t, "rescaled");
  Rescaled *list = realloc (work->rescaled, ((size_t) work->n_rescaled + 1) * sizeof *list);

  if (list != NULL)
    work->rescaled = list;
  if (twin < 0 || list == NULL || !set_grid_of (work, twin, type, grid))
    return -1;
  list[work->n_rescaled] = (Rescaled){ twin, work->first_rescaled[t], type, grid };
  work->first_rescaled[t] = work->n_rescaled++;
  return twin;
}

/* The integers of a tensor in another scale. */
static int32_t
rescale (Work *work, uint32_t t, LsType type, LsGrid grid)
{
  for (int32_t i = work->first_rescaled[t]; i >= 0; i = work->rescaled[i].next)
    if (work->rescaled[i].type == type && ls_grid_is_same (work->rescaled[i].grid, grid))
      return work->rescaled[i].twin;

  int32_t from = form_of (work, t, true);
  int32_t twin = from < 0 ? -1 : add_rescaled (work, (int32_t) t, type, grid);

  return twin >= 0 && insert_cast (work, work->at, true, from, twin) ? twin : -1;
}

/* ---- Operands -----------------------------------------------------------------------------------
 */

static LsOperator *
op_of (const Work *work)
{
  return ls_model_op (work->model, work->graph, work->at);
}

/* The operator in work, as it was planned. */
typedef struct
{
  const LsOperator *original;
  bool is_integer;
  LsQuantRule rule;
  LsType ends; /* of an integer operator: the plan's type, or what the kernel has instead */
} Task;

/* The grid that an operand has to have, whatever it holds; false: its own will do. */
static bool
prescribed_grid (const Work *work, const Task *task, bool is_constant, LsGrid *out)
{
  const LsPlan *plan = work->plan;
  const LsOperator *op = task->original;

  if (task->rule == LS_QUANT_SAME && op->n_outputs > 0 && has_forms (work, op->outputs[0]))
    {
      *out = ls_plan_grid_in (plan, op->outputs[0], task->ends);
      return true;
    }
  /* Activations of 8 bits may be compared in two scales, which were not put together then. */
  return task->rule == LS_QUANT_ALIKE && (is_constant || task->ends == LS_TYPE_INT16)
         && ls_plan_grid_alike (plan, op, task->ends, out);
}

static void
span_of (const LsConstant *constant, double *low, double *high)
{
  *low = *high = 0;
  for (size_t i = 0; i < constant->count; i++)
    {
      *low = fmin (*low, constant->values[i]);
      *high = fmax (*high, constant->values[i]);
    }
}

/* The type and grid of a constant that is no weight: its own span, or what the others have. */
static LsStatus
quantize_constant (Work *work, const Task *task, uint32_t slot, LsError *error)
{
  const int kind = task->original->kind;
  LsType type = task->ends;
  LsConstant constant;
  LsGrid grid;
  double low, high;
  int32_t t = task->original->inputs[slot];
  int twin = ls_twin_tensor (work->model, work->graph, t, "integers");

  if (twin < 0 || !ls_op_set_input (work->model, op_of (work), slot, twin))
    return ls_fail_no_memory (error, "a constant", 0);
  LS_TRY (ls_constant_read (work->model, work->graph, (uint32_t) t, -1, &constant, error));

  bool is_weights
    = (kind == LS_OP_BATCH_MATMUL && slot == 1) || (kind == LS_OP_PRELU && type == LS_TYPE_INT16);

  if (is_weights)
    {
      type = LS_TYPE_INT8;
      ls_constant_symmetric_scales (&constant, &grid.scale);
      grid.zero_point = 0;
    }
  else if (!prescribed_grid (work, task, true, &grid))
    {
      span_of (&constant, &low, &high);
      ls_grid_of_range (type, low, high, &grid.scale, &grid.zero_point);
    }

  LsStatus status = ls_constant_store (work->model, work->graph, (uint32_t) twin, &constant, type,
                                       &grid.scale, is_weights ? NULL : &grid.zero_point, error);

  ls_constant_clear (&constant);
  return status;
}

static bool
is_mac_constant (const LsOperator *op, uint32_t slot)
{
  LsMacSlots mac;

  return ls_op_mac_slots (op, &mac) && (slot == mac.weights || slot == mac.bias);
}

/* The integers that an integer operator reads of an activation; -1: no memory. */
static int32_t
integers_of (Work *work, const Task *task, int32_t t)
{
  const LsPlan *plan = work->plan;
  LsGrid grid;

  if (!prescribed_grid (work, task, false, &grid))
    grid = ls_plan_grid_in (plan, t, task->ends);
  if (task->ends == plan->type && ls_grid_is_same (grid, plan->grids[t]))
    return form_of (work, (uint32_t) t, true);
  return rescale (work, (uint32_t) t, task->ends, grid);
}

static LsStatus
rewrite_operand (Work *work, const Task *task, uint32_t slot, LsError *error)
{
  int32_t t = task->original->inputs[slot], form;

  if (t < 0)
    return LS_OK;
  if (!has_forms (work, t))
    {
      const LsTensor *tensor = tensor_of (work, t);

      if (task->is_integer && tensor->type == LS_TYPE_FLOAT32
          && !is_mac_constant (task->original, slot))
        return quantize_constant (work, task, slot, error);
      return LS_OK;
    }
  form = task->is_integer ? integers_of (work, task, t) : form_of (work, (uint32_t) t, false);
  if (form < 0 || !ls_op_set_input (work->model, op_of (work), slot, form))
    return ls_fail_no_memory (error, "an operand", 0);
  return LS_OK;
}

/* ---- Results ------------------------------------------------------------------------------------
 */

/* The output as the operator makes it: where others want it otherwise, a cast follows. */
static bool
rewrite_output_in (Work *work, uint32_t slot, LsType type, LsGrid grid)
{
  const LsPlan *plan = work->plan;
  int32_t t = op_of (work)->outputs[slot];
  bool is_usual = plan->type == type && ls_grid_is_same (plan->grids[t], grid);
  int32_t integer = work->integer[t] == t ? t : make_twin (work, (uint32_t) t, true);
  int32_t made = is_usual || integer < 0 ? integer : add_rescaled (work, t, type, grid);

  return made >= 0 && ls_op_set_output (work->model, op_of (work), slot, made)
         && (is_usual || insert_cast (work, work->at + 1, true, made, integer))
         && (integer == t || insert_cast (work, work->at + 1, false, integer, t));
}

/* An output whose index is for the other form: the operator writes a twin, and a cast follows. */
static LsStatus
rewrite_result (Work *work, const Task *task, uint32_t slot, LsError *error)
{
  int32_t t = op_of (work)->outputs[slot];
  LsGrid grid;

  if (!has_forms (work, t))
    return LS_OK;
  if (task->is_integer)
    {
      if (task->ends == work->plan->type || !ls_quant_fixed_grid (task->rule, task->ends, &grid))
        grid = ls_plan_grid_in (work->plan, t, task->ends);
      return rewrite_output_in (work, slot, task->ends, grid)
               ? LS_OK
               : ls_fail_no_memory (error, "a result", 0);
    }
  if (work->real[t] == t)
    return LS_OK;

  int32_t twin = make_twin (work, (uint32_t) t, false);

  if (twin < 0 || !ls_op_set_output (work->model, op_of (work), slot, twin)
      || !insert_cast (work, work->at + 1, true, twin, t))
    return ls_fail_no_memory (error, "a result", 0);
  return LS_OK;
}

/* ---- Operators with a state --------------------------------------------------------------------
 */

/* Its ends are int8, whatever the plan's type is. */
static LsStatus
rewrite_cell (Work *work, const Task *task, LsError *error)
{
  const LsOperator *original = task->original;
  LsCell cell = { .plan = work->plan,
                  .model = work->model,
                  .graph = work->graph,
                  .at = work->at,
                  .original = original,
                  .in = ls_plan_grid_in (work->plan, original->inputs[0], task->ends),
                  .out = ls_plan_cell_output (work->plan, original) };
  int32_t in = integers_of (work, task, original->inputs[0]);

  if (in < 0 || !ls_op_set_input (work->model, op_of (work), 0, in)
      || !rewrite_output_in (work, 0, task->ends, cell.out))
    return ls_fail_no_memory (error, "an operand", 0);
  return ls_plan_quantize_cell (&cell, error);
}

/* int16 sums count in powers of two unless told otherwise (add.cc, sub.cc). */
static bool
set_options (Work *work)
{
  LsOperator *op = op_of (work);

  if (op->kind != LS_OP_ADD && op->kind != LS_OP_SUB)
    return true;
  return ls_op_set_int (work->model, op, "pot_scale_int16", 0);
}

static LsStatus
look_up (Work *work, const Task *task, LsError *error)
{
  const LsRange *range = work->plan->ranges[task->original->inputs[0]];
  const LsTable table
    = { .least = range != NULL ? range->min : 0,
        .graph = work->graph,
        .at = work->at,
        .later = &work->later,
        .type = task->ends,
        .in = ls_plan_grid_in (work->plan, task->original->inputs[0], task->ends),
        .out = ls_plan_grid_in (work->plan, task->original->outputs[0], task->ends) };

  return ls_table_replace (work->model, &table, error);
}

static LsStatus
rewrite_op (Work *work, uint32_t index, LsError *error)
{
  const LsOperator original = *op_of (work);
  Task task = { .original = &original,
                .is_integer = work->plan->ops[index] == LS_PLAN_INTEGER,
                .ends = work->plan->type };

  if (task.is_integer)
    ls_quant_rule_between (original.kind, work->plan->type, &task.rule, &task.ends);
  if (task.is_integer && task.rule == LS_QUANT_FREE && original.n_inputs == 1
      && original.inputs[0] >= 0
      && ls_table_is_better (&original, task.ends,
                             ls_plan_grid_in (work->plan, original.inputs[0], task.ends),
                             work->plan->ranges[original.inputs[0]]))
    task.rule = LS_QUANT_TABLE;
  if (task.rule == LS_QUANT_CELL)
    return rewrite_cell (work, &task, error);
  for (uint32_t k = 0; k < original.n_inputs; k++)
    LS_TRY (rewrite_operand (work, &task, k, error));
  if (task.rule == LS_QUANT_TABLE)
    LS_TRY (look_up (work, &task, error));
  for (uint32_t k = 0; k < original.n_outputs; k++)
    LS_TRY (rewrite_result (work, &task, k, error));
  if (task.is_integer && task.rule == LS_QUANT_MAC)
    LS_TRY (ls_plan_quantize_mac (work->plan, &original, work->at, error));
  if (task.is_integer && task.ends == LS_TYPE_INT16 && !set_options (work))
    return ls_fail_no_memory (error, "an option", 0);
  return LS_OK;
}

static LsStatus
apply (Work *work, LsError *error)
{
  const LsPlan *plan = work->plan;

  LS_TRY (choose_forms (work, error));
  for (uint32_t i = 0; i < plan->n_ops; i++, work->at++)
    {
      if (plan->ops[i] != LS_PLAN_NEUTRAL)
        LS_TRY (rewrite_op (work, i, error));
      if (!ls_tick (plan->context->progress, (double) i / plan->n_ops, "quantize"))
        return ls_fail_cancelled (error);
    }
  if (!ls_insert_casts (work->model, work->graph, &work->later))
    return ls_fail_no_memory (error, "QUANTIZE", 0);
  return LS_OK;
}

LsStatus
ls_plan_apply (LsPlan *plan, LsError *error)
{
  Work work = { .plan = plan, .model = plan->model, .graph = plan->graph };
  size_t n = (size_t) plan->n_tensors + 1;
  LsStatus status;

  work.integer = malloc (n * sizeof *work.integer);
  work.real = malloc (n * sizeof *work.real);
  work.owns_integer = calloc (n, sizeof *work.owns_integer);
  work.first_rescaled = malloc (n * sizeof *work.first_rescaled);
  if (work.integer == NULL || work.real == NULL || work.owns_integer == NULL
      || work.first_rescaled == NULL)
    status = ls_fail_no_memory (error, "quantize", n);
  else
    status = apply (&work, error);
  free (work.integer);
  free (work.real);
  free (work.owns_integer);
  free (work.rescaled);
  free (work.first_rescaled);
  return status;
}
