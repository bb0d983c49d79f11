#include "model/validate.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "base/size.h"
#include "model/sparsity.h"

/* What is known of each tensor while the operators are walked in their order. */
enum
{
  IS_READY = 1,    /* has a value before the first operator, or was written */
  IS_CONSTANT = 2, /* must not be written */
  IS_WRITTEN = 4
};

typedef struct
{
  const LsModel *model;
  const LsSubgraph *graph;
  uint32_t index;        /* of the subgraph */
  uint8_t *state;        /* by tensor */
  bool *is_string_sound; /* by buffer */
  LsError *error;
} Check;

static LsStatus LS_PRINTF (3, 4)
  fail_tensor (const Check *check, uint32_t tensor, const char *format, ...)
{
  char text[256];
  va_list args;

  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  ls_fail (check->error, LS_E_INVALID, -1, "tensor %u (%.80s) of subgraph %u %s", tensor,
           check->graph->tensors[tensor].name, check->index, text);
  ls_error_place (check->error, (int) check->index, -1, (int) tensor);
  return LS_E_INVALID;
}

static LsStatus LS_PRINTF (3, 4) fail_op (const Check *check, uint32_t op, const char *format, ...)
{
  char text[256];
  va_list args;

  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  ls_fail (check->error, LS_E_INVALID, -1, "operator %u (%.60s) of subgraph %u %s", op,
           ls_op_kind_text (&check->graph->ops[op]), check->index, text);
  ls_error_place (check->error, (int) check->index, (int) op, -1);
  return LS_E_INVALID;
}

static LsStatus
fail_model (LsError *error, const char *what, uint32_t index, const char *of, uint32_t value,
            uint32_t count)
{
  return ls_fail (error, LS_E_INVALID, -1, "%s %u names %s %u, which is out of the range of %u",
                  what, index, of, value, count);
}

/* ---- Tensors --------------------------------------------------------------------------------- */

static int32_t
string_entry (LsBytes bytes, size_t index)
{
  int32_t value;

  memcpy (&value, bytes.data + index * sizeof value, sizeof value);
  return value;
}

/* TFLite's packed strings: count, count + 1 offsets from the start, bytes. */
static LsStatus
check_strings (const Check *check, uint32_t tensor, LsBytes bytes, size_t n_elements)
{
  const int32_t count = bytes.size >= sizeof count ? string_entry (bytes, 0) : -1;

  if (count < 0 || bytes.size / sizeof count < 2 || (size_t) count > bytes.size / sizeof count - 2)
    return fail_tensor (check, tensor, "is a string tensor that states %d strings in %zu bytes",
                        count, bytes.size);
  if ((size_t) count != n_elements)
    return fail_tensor (check, tensor, "has %d strings for a shape of %zu elements", count,
                        n_elements);

  const uint32_t buffer = check->graph->tensors[tensor].buffer;

  if (check->is_string_sound[buffer])
    return LS_OK;

  int64_t before = ((int64_t) count + 2) * (int64_t) sizeof count;

  for (int32_t i = 0; i <= count; i++)
    {
      const int32_t offset = string_entry (bytes, (size_t) i + 1);

      if (offset < before || (uint64_t) offset > bytes.size)
        return fail_tensor (check, tensor, "has string %d at offset %d, outside its %zu bytes", i,
                            offset, bytes.size);
      before = offset;
    }
  check->is_string_sound[buffer] = true;
  return LS_OK;
}

/* A sparse constant: its levels must agree with the shape and with the bytes stored. */
static LsStatus
check_sparse (const Check *check, uint32_t index)
{
  const LsTensor *tensor = &check->graph->tensors[index];
  const size_t size = ls_tensor_data (check->model, tensor).size;
  LsError why = { 0 };
  size_t n_values = 0, due = 0;

  if (ls_sparse_count (tensor->sparsity, tensor->dims, tensor->rank, &n_values, &why) != LS_OK)
    return fail_tensor (check, index, "cannot be made dense: %s", why.message);
  if (!ls_packed_size (&due, n_values, ls_type_bits (tensor->type)) || due != size)
    return fail_tensor (check, index,
                        "has a sparsity that states %zu values, %zu bytes of type %s, but its "
                        "buffer %u has %zu bytes",
                        n_values, due, ls_type_name (tensor->type), tensor->buffer, size);
  return LS_OK;
}

static LsStatus
check_constant (const Check *check, uint32_t index, size_t n_elements)
{
  const LsTensor *tensor = &check->graph->tensors[index];
  const LsBytes bytes = ls_tensor_data (check->model, tensor);
  const unsigned bits = ls_type_bits (tensor->type);
  size_t due;

  if (tensor->sparsity != NULL)
    return check_sparse (check, index);
  if (tensor->type == LS_TYPE_STRING && bytes.size > 0)
    return check_strings (check, index, bytes, n_elements);
  if (bits != 0 && !ls_packed_size (&due, n_elements, bits))
    return fail_tensor (check, index, "has a shape whose size in bytes overflows");
  if (bytes.size > 0 && bits != 0 && (due > bytes.size || due == 0))
    return fail_tensor (check, index,
                        "has %zu elements of type %s, %zu bytes, but its buffer %u has %zu bytes",
                        n_elements, ls_type_name (tensor->type), due, tensor->buffer, bytes.size);
  return LS_OK;
}

/* Scales and zero points of blocks stand in other tensors. */
static LsStatus
check_blocks (const Check *check, uint32_t index, const LsQuantization *quant)
{
  const int64_t n = check->graph->n_tensors;

  if (!ls_quantization_has_blocks (quant))
    return LS_OK;
  if (quant->block_scales < -1 || quant->block_scales >= n || quant->block_zero_points < -1
      || quant->block_zero_points >= n)
    return fail_tensor (
      check, index,
      "has block quantization whose scales (%d) or zero points (%d) are out of the "
      "range of the %u tensors",
      quant->block_scales, quant->block_zero_points, check->graph->n_tensors);
  return LS_OK;
}

static LsStatus
check_tensor (const Check *check, uint32_t index)
{
  const LsTensor *tensor = &check->graph->tensors[index];
  size_t n_elements;

  if (tensor->rank < 0 || tensor->rank > LS_MAX_STATED_RANK)
    return fail_tensor (check, index, "has a shape of %d dimensions; at most %d are read",
                        tensor->rank, LS_MAX_STATED_RANK);
  for (int d = 0; d < tensor->rank; d++)
    if (tensor->dims[d] < 0)
      return fail_tensor (check, index, "has the size %d in dimension %d of its shape",
                          tensor->dims[d], d);
  if (!ls_count (&n_elements, tensor->dims, tensor->rank) || n_elements > SIZE_MAX / 16)
    return fail_tensor (check, index, "has a shape whose number of elements overflows");
  if (tensor->buffer >= check->model->n_buffers)
    return fail_tensor (check, index, "names buffer %u, which is out of the range of %u",
                        tensor->buffer, check->model->n_buffers);
  if (tensor->quant != NULL)
    LS_TRY (check_blocks (check, index, tensor->quant));
  LS_TRY (check_constant (check, index, n_elements));
  if (ls_tensor_is_constant (check->model, tensor) || tensor->external_buffer != 0)
    check->state[index] = IS_READY | IS_CONSTANT;
  else if (n_elements == 0 || tensor->is_variable)
    check->state[index] = IS_READY;
  return LS_OK;
}

/* ---- Operators ------------------------------------------------------------------------------- */

static LsStatus
check_list (const Check *check, uint32_t op, const char *what, const int32_t *list, uint32_t count,
            int32_t lowest)
{
  for (uint32_t k = 0; k < count; k++)
    if (list[k] < lowest || (list[k] >= 0 && (uint32_t) list[k] >= check->graph->n_tensors))
      return fail_op (check, op,
                      "has tensor index %d as %s %u, which is out of the range of %u tensors",
                      list[k], what, k, check->graph->n_tensors);
  return LS_OK;
}

/* An operator reads what has no value yet: says why. */
static LsStatus
fail_order (const Check *check, uint32_t op, uint32_t tensor)
{
  const char *name = check->graph->tensors[tensor].name;
  const int producer = ls_subgraph_producer (check->graph, (int) tensor);

  if (producer == (int) op)
    return fail_op (check, op, "reads its own output, tensor %u (%.80s)", tensor, name);
  if (producer >= 0)
    return fail_op (check, op, "reads tensor %u (%.80s) before operator %d produces it", tensor,
                    name, producer);
  return fail_op (check, op,
                  "reads tensor %u (%.80s), which has no data and is not produced by any operator",
                  tensor, name);
}

static LsStatus
check_op (const Check *check, uint32_t index)
{
  const LsOperator *op = &check->graph->ops[index];

  LS_TRY (check_list (check, index, "input", op->inputs, op->n_inputs, -1));
  LS_TRY (check_list (check, index, "output", op->outputs, op->n_outputs, 0));
  LS_TRY (check_list (check, index, "intermediate", op->intermediates, op->n_intermediates, -1));
  for (uint32_t k = 0; k < op->n_inputs; k++)
    if (op->inputs[k] >= 0 && !(check->state[op->inputs[k]] & IS_READY))
      return fail_order (check, index, (uint32_t) op->inputs[k]);
  for (uint32_t k = 0; k < op->n_outputs; k++)
    {
      const uint32_t t = (uint32_t) op->outputs[k];

      if (check->state[t] & IS_CONSTANT)
        return fail_op (check, index, "has the constant tensor %u (%.80s) as output", t,
                        check->graph->tensors[t].name);
      if (check->state[t] & IS_WRITTEN)
        return fail_op (check, index, "writes tensor %u (%.80s), which operator %d produced", t,
                        check->graph->tensors[t].name,
                        ls_subgraph_producer (check->graph, (int) t));
      check->state[t] |= IS_READY | IS_WRITTEN;
    }
  return LS_OK;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static LsStatus
check_ports (const Check *check, const char *what, const int32_t *ports, uint32_t count)
{
  for (uint32_t k = 0; k < count; k++)
    if (ports[k] < 0 || (uint32_t) ports[k] >= check->graph->n_tensors)
      return ls_fail (check->error, LS_E_INVALID, -1,
                      "%s %u of subgraph %u is tensor %d, which is out of the range of %u tensors",
                      what, k, check->index, ports[k], check->graph->n_tensors);
  return LS_OK;
}

static LsStatus
check_graph (Check *check)
{
  const LsSubgraph *graph = check->graph;

  LS_TRY (check_ports (check, "input", graph->inputs, graph->n_inputs));
  LS_TRY (check_ports (check, "output", graph->outputs, graph->n_outputs));
  for (uint32_t t = 0; t < graph->n_tensors; t++)
    LS_TRY (check_tensor (check, t));
  for (uint32_t k = 0; k < graph->n_inputs; k++)
    check->state[graph->inputs[k]] |= IS_READY;
  for (uint32_t i = 0; i < graph->n_ops; i++)
    LS_TRY (check_op (check, i));
  for (uint32_t k = 0; k < graph->n_outputs; k++)
    if (!(check->state[graph->outputs[k]] & IS_READY))
      return fail_tensor (check, (uint32_t) graph->outputs[k],
                          "is output %u, but is not produced by any operator", k);
  return LS_OK;
}

static LsStatus
check_signature (const LsModel *model, uint32_t index, LsError *error)
{
  const LsSignature *s = &model->signatures[index];

  if (s->subgraph >= model->n_graphs)
    return fail_model (error, "signature", index, "subgraph", s->subgraph, model->n_graphs);

  const uint32_t n = model->graphs[s->subgraph]->view.n_tensors;

  for (uint32_t k = 0; k < s->n_inputs; k++)
    if (s->inputs[k].tensor >= n)
      return fail_model (error, "signature", index, "input tensor", s->inputs[k].tensor, n);
  for (uint32_t k = 0; k < s->n_outputs; k++)
    if (s->outputs[k].tensor >= n)
      return fail_model (error, "signature", index, "output tensor", s->outputs[k].tensor, n);
  return LS_OK;
}

static LsStatus
check_model (const LsModel *model, LsError *error)
{
  if (model->version > LS_SCHEMA_VERSION)
    return ls_fail (error, LS_E_UNSUPPORTED, -1,
                    "states version %u of the TFLite schema; versions up to %d are known",
                    model->version, LS_SCHEMA_VERSION);
  if (model->n_graphs == 0)
    return ls_fail (error, LS_E_INVALID, -1, "is empty: it has no subgraph");
  for (uint32_t i = 0; i < model->n_signatures; i++)
    LS_TRY (check_signature (model, i, error));
  for (uint32_t i = 0; i < model->n_metadata; i++)
    if (model->metadata[i].buffer >= model->n_buffers)
      return fail_model (error, "metadata", i, "buffer", model->metadata[i].buffer,
                         model->n_buffers);
  return LS_OK;
}

LsStatus
ls_model_validate (const LsModel *model, LsError *error)
{
  LS_FREE bool *is_string_sound = calloc ((size_t) model->n_buffers + 1, 1);
  Check check = { .model = model, .is_string_sound = is_string_sound, .error = error };

  LS_TRY (check_model (model, error));
  for (uint32_t g = 0; g < model->n_graphs; g++)
    {
      const size_t n = (size_t) model->graphs[g]->view.n_tensors + 1;
      LS_FREE uint8_t *state = calloc (n, 1);

      if (state == NULL || is_string_sound == NULL)
        return ls_fail_no_memory (error, "checking the model", n);
      check.graph = &model->graphs[g]->view;
      check.index = g;
      check.state = state;
      LS_TRY (check_graph (&check));
    }
  return LS_OK;
}

LsStatus
ls_model_resolve_codes (LsModel *model, LsError *error)
{
  for (uint32_t i = 0; i < model->n_codes; i++)
    if (model->codes[i].kind == LS_OP_CUSTOM && model->codes[i].custom_code == NULL)
      model->codes[i].custom_code = ls_no_text;
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      {
        LsOperator *op = ls_model_op (model, g, i);

        if (op->code_index >= model->n_codes)
          {
            ls_fail (error, LS_E_INVALID, -1,
                     "operator %u of subgraph %u has operator code index %u, which is out of the "
                     "range of %u codes (opcode_index)",
                     i, g, op->code_index, model->n_codes);
            ls_error_place (error, (int) g, (int) i, -1);
            return LS_E_INVALID;
          }

        const LsOpCode *code = &model->codes[op->code_index];

        op->kind = code->kind;
        op->version = code->version;
        op->custom_code = code->kind == LS_OP_CUSTOM ? code->custom_code : NULL;
      }
  return LS_OK;
}
