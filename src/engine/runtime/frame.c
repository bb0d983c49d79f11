/* Frames: instances of subgraphs, before planning. */
#include "runtime/runtime.h"

#include <float.h>
#include <string.h>

#include "base/strings.h"
#include "model/sparsity.h"

/* Marks the operators to run: all of them, or what @until needs. State is kept up to date, so
 * stateful operators before the last needed one stay. */
static uint32_t
mark_needed (const LsSubgraph *graph, int until, bool *needed)
{
  LS_FREE bool *wanted = calloc ((size_t) graph->n_tensors + 1, sizeof *wanted);
  uint32_t count = 0;
  bool is_before = false;

  if (wanted == NULL)
    return UINT32_MAX;
  wanted[until] = true;
  for (uint32_t i = graph->n_ops; i-- > 0;)
    {
      const LsOperator *op = &graph->ops[i];
      const LsOp *known = ls_op_find (op->kind, op->custom_code);

      needed[i] = is_before && known != NULL && (known->flags & LS_OP_STATEFUL) != 0;
      for (uint32_t k = 0; k < op->n_outputs; k++)
        if (op->outputs[k] >= 0 && (uint32_t) op->outputs[k] < graph->n_tensors)
          needed[i] |= wanted[op->outputs[k]];
      if (!needed[i])
        continue;
      is_before = true;
      count++;
      for (uint32_t k = 0; k < op->n_inputs; k++)
        if (op->inputs[k] >= 0 && (uint32_t) op->inputs[k] < graph->n_tensors)
          wanted[op->inputs[k]] = true;
    }
  return count;
}

static void
value_init (LsValue *value, const LsTensor *tensor, uint32_t index)
{
  value->type = tensor->type;
  value->tensor = tensor;
  value->index = (int) index;
  value->quant = tensor->quant;
  if (tensor->quant != NULL && tensor->quant->n_scales > 0)
    value->scale = tensor->quant->scales[0];
  if (tensor->quant != NULL && tensor->quant->n_zero_points > 0)
    value->zero_point = (int32_t) tensor->quant->zero_points[0];
  value->is_variable = tensor->is_variable;
  ls_value_shape (value, 0, NULL, NULL);
}

/* Every scale is a number from 0 up. */
static LsStatus
check_scales (const LsTensor *tensor, LsError *error)
{
  const LsQuantization *quant = tensor->quant;

  for (uint32_t i = 0; i < quant->n_scales; i++)
    if (!(quant->scales[i] >= 0.0f && quant->scales[i] <= FLT_MAX))
      return ls_fail (error, LS_E_INVALID, -1, "tensor %s has a scale of %g", tensor->name,
                      quant->scales[i]);
  return LS_OK;
}

/* Every zero point is a value of the tensor's type. */
static LsStatus
check_zero_points (const LsTensor *tensor, LsError *error)
{
  const LsQuantization *quant = tensor->quant;
  const unsigned bits = ls_type_bits (tensor->type);
  const int64_t low = tensor->type == LS_TYPE_UINT8 ? 0 : -(INT64_C (1) << (bits - 1)),
                high = low + (INT64_C (1) << bits) - 1;

  for (uint32_t i = 0; i < quant->n_zero_points; i++)
    if (quant->zero_points[i] < low || quant->zero_points[i] > high)
      return ls_fail (error, LS_E_INVALID, -1, "tensor %s has the zero point %lld, outside %s",
                      tensor->name, (long long) quant->zero_points[i], ls_type_name (tensor->type));
  return LS_OK;
}

/*
 * Quantization that no kernel could compute with, and that LiteRT refuses too
 * (interpreter_builder.cc ParseQuantization). Scales of 32- and 64-bit integers are biases', which
 * are read without them.
 */
static LsStatus
check_quantization (const LsTensor *tensor, LsError *error)
{
  const LsQuantization *quant = tensor->quant;
  const bool is_read = tensor->type == LS_TYPE_INT8 || tensor->type == LS_TYPE_INT16
                       || tensor->type == LS_TYPE_UINT8;

  if (quant == NULL || quant->n_scales == 0)
    return LS_OK;
  if (quant->n_scales > 1 && (quant->axis < 0 || quant->axis >= tensor->rank))
    return ls_fail (error, LS_E_INVALID, -1, "tensor %s is quantized along dimension %d and has %d",
                    tensor->name, quant->axis, tensor->rank);
  if (!is_read)
    return LS_OK;
  LS_TRY (check_scales (tensor, error));
  return check_zero_points (tensor, error);
}

/* Open dimensions are taken as 1 until somebody says otherwise. */
static LsStatus
shape_from_file (LsValue *value, LsError *error)
{
  int32_t dims[LS_MAX_RANK] = { 0 };

  for (int i = 0; i < value->tensor->rank && i < LS_MAX_RANK; i++)
    dims[i] = value->tensor->dims[i] < 0 ? 1 : value->tensor->dims[i];
  return ls_value_shape (value, value->tensor->rank, dims, error);
}

/* Notes which tensors are read by others than DENSIFY, which takes sparse values as stored. */
static void
find_dense_readers (LsFrame *frame)
{
  const LsSubgraph *graph = frame->graph;

  for (uint32_t i = 0; i < graph->n_ops; i++)
    for (uint32_t k = 0; graph->ops[i].kind != LS_OP_DENSIFY && k < graph->ops[i].n_inputs; k++)
      if (graph->ops[i].inputs[k] >= 0 && (uint32_t) graph->ops[i].inputs[k] < graph->n_tensors)
        ls_slot (frame, graph->ops[i].inputs[k])->is_read_dense = true;
  for (uint32_t i = 0; i < graph->n_outputs; i++)
    if (graph->outputs[i] >= 0 && (uint32_t) graph->outputs[i] < graph->n_tensors)
      ls_slot (frame, graph->outputs[i])->is_read_dense = true;
}

/* A sparse constant that is read like any other is made dense. */
static LsStatus
sparse_init (LsSlot *slot, LsBytes bytes, LsError *error)
{
  LsValue *value = &slot->value;

  value->is_sparse = !slot->is_read_dense;
  if (value->is_sparse)
    {
      value->n_bytes = bytes.size;
      value->data = (void *) bytes.data;
      return LS_OK;
    }
  LS_TRY (ls_slot_reserve (slot, value->n_bytes, error));
  return ls_sparse_to_dense (value->tensor->sparsity, value->dims, value->rank,
                             ls_type_bits (value->type), bytes.data, bytes.size, value->data,
                             value->n_bytes, error);
}

static LsStatus
constant_init (LsFrame *frame, LsSlot *slot, LsError *error)
{
  LsValue *value = &slot->value;
  LsBytes bytes = ls_tensor_data (frame->session->model, value->tensor);
  unsigned align = ls_type_bits (value->type) / 8;
  LsStrings strings;

  if (value->type == LS_TYPE_STRING)
    {
      if (!ls_strings_open (bytes.data, bytes.size, &strings) || strings.count != value->count)
        return ls_fail (error, LS_E_INVALID, -1,
                        "constant tensor %d (%s) is not a packed buffer of %zu strings",
                        value->index, value->tensor->name, value->count);
      value->n_bytes = bytes.size;
    }
  else if (value->tensor->sparsity == NULL && bytes.size < value->n_bytes)
    return ls_fail (error, LS_E_INVALID, -1,
                    "constant tensor %d (%s) has %zu bytes, but its shape and type %s take %zu",
                    value->index, value->tensor->name, bytes.size, ls_type_name (value->type),
                    value->n_bytes);
  slot->role = LS_ROLE_CONSTANT;
  value->is_constant = value->is_known = true;
  if (value->tensor->sparsity != NULL && value->type != LS_TYPE_STRING)
    return sparse_init (slot, bytes, error);
  if (bytes.size > 0 && (align <= 1 || (uintptr_t) bytes.data % (align > 8 ? 8 : align) == 0))
    {
      value->data = (void *) bytes.data;
      return LS_OK;
    }
  LS_TRY (ls_slot_reserve (slot, value->n_bytes, error));
  if (value->n_bytes > 0)
    memcpy (value->data, bytes.data, value->n_bytes);
  return LS_OK;
}

/* Decides who gives a tensor its value, at its first use. */
static LsStatus
slot_init (LsFrame *frame, int32_t tensor, LsError *error)
{
  LsSlot *slot = ls_slot (frame, tensor);
  const LsTensor *t = slot->value.tensor;
  bool is_computed = slot->role == LS_ROLE_STEP || slot->role == LS_ROLE_INPUT;

  if (slot->role == LS_ROLE_CONSTANT || slot->role == LS_ROLE_VARIABLE)
    return LS_OK;
  if ((unsigned) t->type >= LS_N_TYPES)
    return ls_fail (error, LS_E_UNSUPPORTED, -1, "tensor %d (%s) has the unknown type %d", tensor,
                    t->name, (int) t->type);
  if (slot->role == LS_ROLE_STEP && shape_from_file (&slot->value, NULL) != LS_OK)
    return LS_OK; /* prepare() will say it */
  LS_TRY (shape_from_file (&slot->value, error));
  if (is_computed)
    return LS_OK;
  if (t->is_variable)
    {
      slot->role = LS_ROLE_VARIABLE;
      return LS_OK;
    }
  if (ls_tensor_is_constant (frame->session->model, t) || slot->value.count == 0)
    return constant_init (frame, slot, error);
  return ls_fail (error, LS_E_INVALID, -1, "nothing computes tensor %d (%s)", tensor, t->name);
}

LsStatus
ls_frame_constant (LsFrame *frame, int32_t tensor, const LsValue **out, LsError *error)
{
  if (tensor < 0 || (uint32_t) tensor >= frame->graph->n_tensors)
    return ls_fail (error, LS_E_INVALID, -1, "it refers to tensor %d, but there are %u tensors",
                    tensor, frame->graph->n_tensors);

  LsSlot *slot = ls_slot (frame, tensor);

  if (slot->role == LS_ROLE_NONE)
    LS_TRY (slot_init (frame, tensor, error));
  if (slot->role != LS_ROLE_CONSTANT)
    return ls_fail (error, LS_E_INVALID, -1, "it refers to tensor %d (%s), which is no constant",
                    tensor, slot->value.tensor->name);
  *out = &slot->value;
  return LS_OK;
}

static LsStatus
bind (LsFrame *frame, const char *what, const int32_t *tensors, uint32_t count, LsValue **out,
      LsError *error)
{
  for (uint32_t i = 0; i < count; i++)
    {
      int32_t tensor = tensors[i];

      if (tensor < -1 || tensor >= (int64_t) frame->graph->n_tensors)
        return ls_fail (error, LS_E_INVALID, -1, "%s %u is tensor %d, but there are %u tensors",
                        what, i, tensor, frame->graph->n_tensors);
      out[i] = tensor < 0 ? NULL : &ls_slot (frame, tensor)->value;
    }
  return LS_OK;
}

static LsStatus
step_outputs (LsFrame *frame, LsStep *step, LsError *error)
{
  const LsOperator *def = step->node.def;

  for (uint32_t k = 0; k < def->n_outputs; k++)
    {
      if (step->node.out[k] == NULL)
        return ls_fail (error, LS_E_INVALID, -1, "output %u is absent", k);

      LsSlot *slot = ls_slot (frame, def->outputs[k]);

      if (slot->role != LS_ROLE_NONE
          || ls_tensor_is_constant (frame->session->model, slot->value.tensor))
        return ls_fail (error, LS_E_INVALID, -1, "output %u is tensor %d (%s), which is %s", k,
                        def->outputs[k], slot->value.tensor->name,
                        slot->role == LS_ROLE_STEP    ? "written by another operator, too"
                        : slot->role == LS_ROLE_INPUT ? "an input of the graph"
                                                      : "a constant");
      slot->role = LS_ROLE_STEP;
      slot->producer = (int32_t) (step - frame->steps);
      LS_TRY (slot_init (frame, def->outputs[k], error));
    }
  return LS_OK;
}

/* No kernel: what a person can do about it depends on whose operator it is. */
static LsStatus
fail_foreign (const LsOperator *def, LsError *error)
{
  const char *what = def->kind == LS_OP_CUSTOM ? ls_op_foreign (def->custom_code) : NULL;

  return ls_fail (error, LS_E_UNSUPPORTED, -1,
                  "Litesmith has no kernel for it%s%s; only what comes before it can be run",
                  what != NULL ? ", " : "", what != NULL ? what : "");
}

static LsStatus
step_init (LsFrame *frame, LsStep *step, LsValue **pointers, LsError *error)
{
  const LsOperator *def = &frame->graph->ops[step->op];
  LsNode *node = &step->node;

  node->def = def;
  node->op = ls_op_find (def->kind, def->custom_code);
  node->n_in = def->n_inputs;
  node->n_out = def->n_outputs;
  node->n_mid = def->n_intermediates;
  node->in = pointers;
  node->out = node->in + node->n_in;
  node->mid = node->out + node->n_out;
  node->mode = frame->session->options.mode;
  node->n_threads = frame->session->options.n_threads;
  node->frame = frame;
  if (node->op == NULL)
    return fail_foreign (def, error);
  LS_TRY (bind (frame, "input", def->inputs, def->n_inputs, node->in, error));
  LS_TRY (bind (frame, "output", def->outputs, def->n_outputs, node->out, error));
  LS_TRY (bind (frame, "intermediate", def->intermediates, def->n_intermediates, node->mid, error));
  for (uint32_t k = 0; k < def->n_inputs; k++)
    if (def->inputs[k] >= 0)
      LS_TRY (slot_init (frame, def->inputs[k], error));
  return step_outputs (frame, step, error);
}

static LsStatus
steps_init (LsFrame *frame, const bool *needed, LsError *error)
{
  size_t n_pointers = 0;

  for (uint32_t i = 0; i < frame->graph->n_ops; i++)
    if (needed[i])
      {
        const LsOperator *op = &frame->graph->ops[i];

        n_pointers += (size_t) op->n_inputs + op->n_outputs + op->n_intermediates;
      }
  frame->steps = calloc ((size_t) frame->n_steps + 1, sizeof *frame->steps);
  frame->order = calloc ((size_t) frame->n_steps + 1, sizeof *frame->order);
  frame->pointers = calloc (n_pointers + 1, sizeof *frame->pointers);
  if (frame->steps == NULL || frame->order == NULL || frame->pointers == NULL)
    return ls_fail_no_memory (error, "a subgraph", frame->n_steps * sizeof *frame->steps);

  LsValue **pointers = frame->pointers;

  for (uint32_t i = 0, k = 0; i < frame->graph->n_ops; i++)
    if (needed[i])
      {
        LsStep *step = &frame->steps[k++];

        step->op = i;

        LsError own = { 0 };
        LsStatus status = step_init (frame, step, pointers, &own);

        if (status != LS_OK)
          {
            ls_step_blame (step, &own);
            if (error != NULL)
              *error = own;
            return status;
          }
        pointers += step->node.n_in + step->node.n_out + step->node.n_mid;
      }
  return LS_OK;
}

static LsStatus
ports_init (LsFrame *frame, LsError *error)
{
  const LsSubgraph *graph = frame->graph;

  for (uint32_t i = 0; i < graph->n_inputs + graph->n_outputs; i++)
    {
      bool is_input = i < graph->n_inputs;
      int32_t tensor = is_input ? graph->inputs[i] : graph->outputs[i - graph->n_inputs];

      if (tensor < 0 || (uint32_t) tensor >= graph->n_tensors)
        return ls_fail (error, LS_E_INVALID, -1, "%s %u of the graph is tensor %d of %u",
                        is_input ? "input" : "output", is_input ? i : i - graph->n_inputs, tensor,
                        graph->n_tensors);
      if (is_input)
        ls_slot (frame, tensor)->role = LS_ROLE_INPUT;
    }
  for (uint32_t i = 0; i < graph->n_inputs; i++)
    LS_TRY (slot_init (frame, graph->inputs[i], error));
  return LS_OK;
}

/* Memory of inputs, zeroed, or as the file has them. */
static LsStatus
inputs_init (LsFrame *frame, LsError *error)
{
  for (uint32_t i = 0; i < frame->graph->n_inputs; i++)
    {
      LsSlot *slot = ls_slot (frame, frame->graph->inputs[i]);
      LsBytes bytes = ls_tensor_data (frame->session->model, slot->value.tensor);

      LS_TRY (ls_slot_zero (slot, error));
      /* Real zeros, as LiteRT has them for int8 alone (core/api/tensor_utils.cc). */
      if (slot->value.type == LS_TYPE_INT8)
        memset (slot->value.data, slot->value.zero_point, slot->value.n_bytes);
      if (bytes.size > 0 && bytes.size == slot->value.n_bytes)
        memcpy (slot->value.data, bytes.data, bytes.size);
    }
  return LS_OK;
}

static LsStatus
frame_init (LsFrame *frame, int until, LsError *error)
{
  const LsSubgraph *graph = frame->graph;
  LS_FREE bool *needed = malloc ((size_t) graph->n_ops + 1);

  frame->slots = calloc ((size_t) graph->n_tensors + 1, sizeof *frame->slots);
  if (needed == NULL || frame->slots == NULL)
    return ls_fail_no_memory (error, "a subgraph", graph->n_tensors * sizeof *frame->slots);
  for (uint32_t i = 0; i < graph->n_tensors; i++)
    {
      frame->slots[i].producer = -1;
      frame->slots[i].budget = &frame->session->budget;
      value_init (&frame->slots[i].value, &graph->tensors[i], i);
      LS_TRY (check_quantization (&graph->tensors[i], error));
    }
  find_dense_readers (frame);
  memset (needed, true, graph->n_ops);
  frame->n_steps = until < 0 ? graph->n_ops : mark_needed (graph, until, needed);
  if (frame->n_steps == UINT32_MAX)
    return ls_fail_no_memory (error, "a subgraph", graph->n_tensors);
  LS_TRY (ports_init (frame, error));
  LS_TRY (steps_init (frame, needed, error));
  LS_TRY (inputs_init (frame, error));
  frame->until = until;
  frame->outputs = until >= 0 ? &frame->until : graph->outputs;
  frame->n_outputs = until >= 0 ? 1 : graph->n_outputs;
  for (uint32_t i = 0; i < frame->n_outputs; i++)
    LS_TRY (slot_init (frame, frame->outputs[i], error));
  return LS_OK;
}

LsStatus
ls_frame_new (LsSession *session, uint32_t subgraph, uint32_t depth, int until, LsFrame **out,
              LsError *error)
{
  LsFrame *frame = calloc (1, sizeof *frame);

  *out = NULL;
  if (frame == NULL)
    return ls_fail_no_memory (error, "a subgraph", sizeof *frame);
  frame->session = session;
  frame->index = subgraph;
  frame->depth = depth;
  frame->graph = ls_model_subgraph (session->model, subgraph);

  LsStatus status = frame_init (frame, until, error);

  if (status == LS_OK)
    status = ls_frame_reset (frame, error);
  if (status != LS_OK)
    {
      ls_error_place (error, (int) subgraph, -1, -1);
      ls_frame_free (frame);
      return status;
    }
  *out = frame;
  return LS_OK;
}

void
ls_frame_free (LsFrame *frame)
{
  if (frame == NULL)
    return;
  for (uint32_t i = 0; frame->steps != NULL && i < frame->n_steps; i++)
    ls_step_free (&frame->steps[i]);
  for (uint32_t i = 0; frame->slots != NULL && i < frame->graph->n_tensors; i++)
    ls_slot_release (&frame->slots[i]);
  free (frame->steps);
  free (frame->arena);
  ls_budget_give (&frame->session->budget, frame->arena_capacity);
  free (frame->order);
  free (frame->pointers);
  free (frame->slots);
  free (frame);
}

LsStatus
ls_frame_reset (LsFrame *frame, LsError *error)
{
  frame->is_planned = false; /* operators start anew */
  for (uint32_t i = 0; i < frame->n_steps; i++)
    {
      LsStep *step = &frame->steps[i];

      for (LsFrame *inner = step->frames; inner != NULL; inner = inner->next)
        LS_TRY (ls_frame_reset (inner, error));
      if (step->is_pure)
        continue;
      step->is_prepared = false;
      step->stamp = 0;
    }
  for (uint32_t i = 0; i < frame->graph->n_tensors; i++)
    {
      LsSlot *slot = &frame->slots[i];
      LsBytes bytes = ls_tensor_data (frame->session->model, slot->value.tensor);

      if (slot->role != LS_ROLE_VARIABLE)
        continue;
      LS_TRY (ls_slot_zero (slot, error));
      /* Real zeros, as LiteRT has them for int8 alone (core/api/tensor_utils.cc). */
      if (slot->value.type == LS_TYPE_INT8)
        memset (slot->value.data, slot->value.zero_point, slot->value.n_bytes);
      if (bytes.size > 0 && bytes.size >= slot->value.n_bytes)
        memcpy (slot->value.data, bytes.data, slot->value.n_bytes);
    }
  return LS_OK;
}
