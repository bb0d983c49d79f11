/* What a mending function may do: each change goes into the list of bytes and into the model's
 * records. */
#include "check/mender.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const LsCheck *
ls_mender_check (const LsMender *mender)
{
  return &mender->check;
}

uint32_t
ls_mender_n_readers (LsMender *mender, uint32_t buffer)
{
  const LsModel *model = mender->model;

  if (mender->n_readers == NULL)
    mender->n_readers = calloc ((size_t) model->n_buffers + 1, sizeof *mender->n_readers);
  else
    return mender->n_readers[buffer];
  if (mender->n_readers == NULL)
    {
      mender->is_out_of_memory = true;
      return 0;
    }
  for (uint32_t g = 0; g < model->n_graphs; g++)
    {
      const LsSubgraph *graph = &model->graphs[g]->view;

      for (uint32_t i = 0; i < graph->n_ops; i++)
        for (uint32_t k = 0; k < graph->ops[i].n_inputs; k++)
          if (graph->ops[i].inputs[k] >= 0)
            mender->n_readers[graph->tensors[graph->ops[i].inputs[k]].buffer]++;
    }
  return mender->n_readers[buffer];
}

bool
ls_mender_leave (LsMender *mender, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  vsnprintf (mender->reason, sizeof mender->reason, format, args);
  va_end (args);
  return false;
}

/* ---- Bytes
 * --------------------------------------------------------------------------------------------- */

static bool
no_memory (LsMender *mender)
{
  mender->is_out_of_memory = true;
  return ls_mender_leave (mender, "not enough memory");
}

/* The slot of an offset: that of its change, or the empty one where it would go. */
static uint32_t *
slot_of (const LsMender *mender, uint64_t offset)
{
  uint32_t i = (uint32_t) (offset * UINT64_C (0x9e3779b97f4a7c15) >> 32) & (mender->n_slots - 1);

  while (mender->slots[i] != 0 && mender->out->changes[mender->slots[i] - 1].offset != offset)
    i = (i + 1) & (mender->n_slots - 1);
  return &mender->slots[i];
}

/* Room for a change that has no place in the file. */
static LsChange *
add_note (LsMender *mender)
{
  LsRepair *out = mender->out;

  if (out->n_changes == mender->cap_changes)
    {
      uint32_t capacity = mender->cap_changes == 0 ? 16 : mender->cap_changes * 2;
      LsChange *larger = realloc (out->changes, capacity * sizeof *larger);

      if (larger == NULL)
        return NULL;
      out->changes = larger;
      mender->cap_changes = capacity;
    }
  out->changes[out->n_changes] = (LsChange){ 0 };
  return &out->changes[out->n_changes++];
}

static LsChange *
change_at (LsMender *mender, uint64_t offset, uint32_t length)
{
  uint32_t found = mender->n_slots > 0 ? *slot_of (mender, offset) : 0;

  return found > 0 && mender->out->changes[found - 1].length == length
           ? &mender->out->changes[found - 1]
           : NULL;
}

/* Room for twice as many changes, and the hash anew. */
static bool
grow_changes (LsMender *mender)
{
  uint32_t capacity = mender->cap_changes == 0 ? 16 : mender->cap_changes * 2;
  LsChange *larger = realloc (mender->out->changes, capacity * sizeof *larger);
  uint32_t *slots = calloc ((size_t) capacity * 2, sizeof *slots);

  if (larger != NULL)
    mender->out->changes = larger;
  if (larger == NULL || slots == NULL)
    {
      free (slots);
      return false;
    }
  free (mender->slots);
  mender->slots = slots;
  mender->n_slots = capacity * 2;
  mender->cap_changes = capacity;
  for (uint32_t i = 0; i < mender->out->n_changes; i++)
    *slot_of (mender, larger[i].offset) = i + 1;
  return true;
}

static LsChange *
add_change (LsMender *mender, uint64_t offset, uint32_t length)
{
  LsRepair *out = mender->out;

  if (out->n_changes == mender->cap_changes && !grow_changes (mender))
    return NULL;

  LsChange *change = &out->changes[out->n_changes];

  *slot_of (mender, offset) = out->n_changes + 1;

  *change = (LsChange){ .offset = offset, .length = length };
  change->before = malloc (length);
  change->after = malloc (length);
  out->n_changes++;
  if (change->before == NULL || change->after == NULL)
    return NULL;
  memcpy (change->before, ls_model_file (mender->model).data + offset, length);
  return change;
}

/* Says of a change what it mends, with a line for people. */
static bool
describe (LsMender *mender, LsChange *change, const char *format, va_list args)
{
  char *text = NULL;

  change->id = mender->finding->id;
  change->subgraph = mender->finding->subgraph;
  change->op = mender->finding->op;
  change->tensor = mender->finding->tensor;
  if (vasprintf (&text, format, args) < 0)
    text = NULL;
  free (change->text);
  change->text = text;
  return text != NULL || no_memory (mender);
}

/* Notes a change of the records alone. */
static bool note (LsMender *mender, const char *format, ...) LS_PRINTF (2, 3);

static bool
note (LsMender *mender, const char *format, ...)
{
  LsChange *change = add_note (mender);
  va_list args;

  if (change == NULL)
    return no_memory (mender);
  va_start (args, format);

  bool is_done = describe (mender, change, format, args);

  va_end (args);
  return is_done;
}

/* The change of these bytes, new or noted before; NULL: it is left. */
static LsChange *
find_change (LsMender *mender, LsField field, uint32_t graph, uint32_t index, uint32_t element,
             uint64_t skip, uint32_t length)
{
  const LsModel *model = mender->model;
  uint64_t offset, size;

  if (model->locate == NULL || !model->locate (model, field, graph, index, element, &offset, &size))
    {
      ls_mender_leave (mender, "the value is not stored in the file (it is left at the schema's "
                               "default), and bytes cannot be put in between");
      return NULL;
    }
  if (skip > size || length > size - skip || offset + skip > ls_model_file_size (model)
      || length > ls_model_file_size (model) - (offset + skip))
    {
      ls_mender_leave (mender, "the value lies outside the file");
      return NULL;
    }

  LsChange *change = change_at (mender, offset + skip, length);

  if (change == NULL && (change = add_change (mender, offset + skip, length)) == NULL)
    no_memory (mender);
  return change;
}

/* Notes new bytes of a field, with a line for people. */
static bool patch (LsMender *mender, LsField field, uint32_t graph, uint32_t index,
                   uint32_t element, uint64_t skip, const void *bytes, uint32_t length,
                   const char *format, ...) LS_PRINTF (9, 10);

static bool
patch (LsMender *mender, LsField field, uint32_t graph, uint32_t index, uint32_t element,
       uint64_t skip, const void *bytes, uint32_t length, const char *format, ...)
{
  LsChange *change = mender->may_rewrite
                       ? add_note (mender)
                       : find_change (mender, field, graph, index, element, skip, length);
  va_list args;

  if (change == NULL)
    return mender->may_rewrite && no_memory (mender);
  if (!mender->may_rewrite)
    memcpy (change->after, bytes, length);
  va_start (args, format);

  bool is_done = describe (mender, change, format, args);

  va_end (args);
  return is_done;
}

/* ---- Fields
 * ---------------------------------------------------------------------------------------------- */

/* A copy of a tensor's quantization that may be written to; NULL: out of memory. */
static LsQuantization *
own_quantization (LsMender *mender, uint32_t graph, uint32_t tensor)
{
  LsTensor *t = ls_model_tensor (mender->model, graph, tensor);
  LsStore *store = mender->model->store;

  if (t->quant != NULL && t->quant == mender->own)
    return (LsQuantization *) t->quant;

  static const LsQuantization none;
  LsQuantization *quant = ls_store_copy (store, t->quant != NULL ? t->quant : &none, sizeof *quant);

  if (quant == NULL)
    return NULL;
  if (quant->n_scales > 0)
    quant->scales = ls_store_copy (store, quant->scales, quant->n_scales * sizeof *quant->scales);
  if (quant->n_zero_points > 0)
    quant->zero_points = ls_store_copy (store, quant->zero_points,
                                        quant->n_zero_points * sizeof *quant->zero_points);
  if ((quant->n_scales > 0 && quant->scales == NULL)
      || (quant->n_zero_points > 0 && quant->zero_points == NULL))
    return NULL;
  t->quant = quant;
  mender->own = quant;
  return quant;
}

bool
ls_mender_scale (LsMender *mender, uint32_t graph, uint32_t tensor, uint32_t element, float value)
{
  const LsTensor *t = ls_model_tensor (mender->model, graph, tensor);
  float was = t->quant->scales[element];

  if (!patch (mender, LS_FIELD_SCALE, graph, tensor, element, 0, &value, sizeof value,
              "scale %u of %s: %.9g → %.9g", element, t->name, was, value))
    return false;

  LsQuantization *quant = own_quantization (mender, graph, tensor);

  if (quant == NULL)
    return no_memory (mender);
  ((float *) quant->scales)[element] = value;
  return true;
}

bool
ls_mender_zero_point (LsMender *mender, uint32_t graph, uint32_t tensor, uint32_t element,
                      int64_t value)
{
  const LsTensor *t = ls_model_tensor (mender->model, graph, tensor);

  if (element >= ls_n_zero_points (t) && !mender->may_rewrite)
    return ls_mender_leave (
      mender, "%s has no zero point in the file, and a vector cannot grow in place", t->name);
  if (element >= ls_n_zero_points (t)
      && !ls_mender_zero_point_count (mender, graph, tensor, element + 1))
    return false;
  if (!patch (mender, LS_FIELD_ZERO_POINT, graph, tensor, element, 0, &value, sizeof value,
              "zero point %u of %s: %lld → %lld", element, t->name,
              (long long) t->quant->zero_points[element], (long long) value))
    return false;

  LsQuantization *quant = own_quantization (mender, graph, tensor);

  if (quant == NULL)
    return no_memory (mender);
  ((int64_t *) quant->zero_points)[element] = value;
  return true;
}

bool
ls_mender_axis (LsMender *mender, uint32_t graph, uint32_t tensor, int32_t value)
{
  const LsTensor *t = ls_model_tensor (mender->model, graph, tensor);

  if (!patch (mender, LS_FIELD_QUANTIZED_DIM, graph, tensor, 0, 0, &value, sizeof value,
              "quantized dimension of %s: %d → %d", t->name, t->quant->axis, value))
    return false;

  LsQuantization *quant = own_quantization (mender, graph, tensor);

  if (quant == NULL)
    return no_memory (mender);
  quant->axis = value;
  return true;
}

bool
ls_mender_type (LsMender *mender, uint32_t graph, uint32_t tensor, LsType type)
{
  LsTensor *t = ls_model_tensor (mender->model, graph, tensor);
  int8_t byte = (int8_t) type;

  if (!patch (mender, LS_FIELD_TENSOR_TYPE, graph, tensor, 0, 0, &byte, 1, "type of %s: %s → %s",
              t->name, ls_type_name (t->type), ls_type_name (type)))
    return false;
  t->type = type;
  return true;
}

bool
ls_mender_integer (LsMender *mender, uint32_t graph, uint32_t tensor, uint32_t element,
                   int64_t value)
{
  LsTensor *t = ls_model_tensor (mender->model, graph, tensor);
  uint32_t size = t->type == LS_TYPE_INT64 ? 8 : 4;
  int32_t narrow = (int32_t) value;
  const void *bytes = size == 8 ? (const void *) &value : &narrow;
  LsBuffer *buffer = &mender->model->buffers[t->buffer];
  bool is_own = buffer->data == mender->own_data;
  int32_t was_narrow;
  int64_t was = 0;

  memcpy (&was, buffer->data + (size_t) element * size, size);
  memcpy (&was_narrow, &was, sizeof was_narrow);
  was = size == 8 ? was : was_narrow;

  if (!patch (mender, LS_FIELD_BUFFER_DATA, graph, tensor, 0, (uint64_t) element * size, bytes,
              size, "integer %u of %s: %lld → %lld", element, t->name, (long long) was,
              (long long) value))
    return false;
  if (!is_own)
    {
      void *copy = ls_store_copy (mender->model->store, buffer->data, buffer->size);

      if (copy == NULL)
        return no_memory (mender);
      buffer->data = copy;
      buffer->file_offset = 0;
      mender->own_data = copy;
    }
  memcpy ((uint8_t *) buffer->data + (size_t) element * size, bytes, size);
  return true;
}

bool
ls_mender_scales (LsMender *mender, uint32_t graph, uint32_t tensor, const float *scales,
                  uint32_t count, int64_t zero_point)
{
  const LsTensor *t = ls_model_tensor (mender->model, graph, tensor);
  int64_t *zeros = ls_model_alloc (mender->model, count, sizeof *zeros);
  const float *copy = ls_store_copy (mender->model->store, scales, count * sizeof *scales);

  if (!mender->may_rewrite)
    return ls_mender_leave (mender, "a vector cannot grow in place");
  if (zeros == NULL || copy == NULL)
    return no_memory (mender);
  for (uint32_t i = 0; i < count; i++)
    zeros[i] = zero_point;
  if (!note (mender, "%s: %u %s and %u zero points → %u and %u, from %.9g and %lld on", t->name,
             ls_n_scales (t), ls_n_scales (t) == 1 ? "scale" : "scales", ls_n_zero_points (t),
             count, count, scales[0], (long long) zero_point))
    return false;

  LsQuantization *quant = own_quantization (mender, graph, tensor);

  if (quant == NULL)
    return no_memory (mender);
  quant->scales = copy;
  quant->n_scales = count;
  quant->zero_points = zeros;
  quant->n_zero_points = count;
  return true;
}

bool
ls_mender_zero_point_count (LsMender *mender, uint32_t graph, uint32_t tensor, uint32_t count)
{
  const LsTensor *t = ls_model_tensor (mender->model, graph, tensor);
  int64_t *zeros = ls_model_alloc (mender->model, count, sizeof *zeros);
  uint32_t was = ls_n_zero_points (t);

  if (!mender->may_rewrite)
    return ls_mender_leave (mender, "a vector cannot grow in place");
  if (zeros == NULL)
    return no_memory (mender);
  for (uint32_t i = 0; i < count; i++)
    zeros[i] = was > 0 ? t->quant->zero_points[0] : 0;
  if (!note (mender, "zero points of %s: %u → %u", t->name, was, count))
    return false;

  LsQuantization *quant = own_quantization (mender, graph, tensor);

  if (quant == NULL)
    return no_memory (mender);
  quant->zero_points = zeros;
  quant->n_zero_points = count;
  return true;
}

bool
ls_mender_alignment (LsMender *mender)
{
  LsModel *model = mender->model;

  if (!mender->may_rewrite)
    return ls_mender_leave (mender, "what lies in between would have to move");
  for (uint32_t i = 0; i < model->n_buffers; i++)
    model->buffers[i].file_offset = 0;
  return note (mender, "the data of constants are put where their types want them");
}

bool
ls_mender_buffer_size (LsMender *mender, uint32_t buffer, size_t size)
{
  LsBuffer *b = &mender->model->buffers[buffer];

  if (!mender->may_rewrite)
    return ls_mender_leave (mender, "what is behind it would have to move");
  if (!note (mender, "buffer %u: %llu bytes → %zu", buffer, (unsigned long long) b->size, size))
    return false;
  b->size = size;
  return true;
}

bool
ls_mender_version (LsMender *mender, uint32_t code, int32_t version)
{
  LsModel *model = mender->model;

  if (!patch (mender, LS_FIELD_CODE_VERSION, 0, code, 0, 0, &version, sizeof version,
              "version of operator code %u: %d → %d", code, model->codes[code].version, version))
    return false;
  model->codes[code].version = version;
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      if (model->graphs[g]->view.ops[i].code_index == code)
        ls_model_op (model, g, i)->version = version;
  return true;
}

bool
ls_mender_op_version (LsMender *mender, uint32_t graph, uint32_t op, int32_t version)
{
  LsOperator *o = ls_model_op (mender->model, graph, op);
  const int code = mender->may_rewrite
                     ? ls_model_ensure_code (mender->model, o->kind, o->custom_code, version)
                     : -1;

  if (!mender->may_rewrite)
    return ls_mender_leave (mender, "operators of one code have one version");
  if (code < 0)
    return no_memory (mender);
  if (!note (mender, "version of operator %u %s: %d → %d", op, ls_op_kind_text (o), o->version,
             version))
    return false;
  o->code_index = (uint32_t) code;
  o->version = version;
  return true;
}

bool
ls_mender_deprecated_code (LsMender *mender, uint32_t code, int8_t value)
{
  LsOpCode *c = &mender->model->codes[code];

  if (!patch (mender, LS_FIELD_CODE_DEPRECATED, 0, code, 0, 0, &value, 1,
              "byte-sized operator code %u: %d → %d", code, c->deprecated_code, value))
    return false;
  c->deprecated_code = value;
  return true;
}

bool
ls_mender_port (LsMender *mender, uint32_t signature, bool is_input, uint32_t port, uint32_t tensor)
{
  LsModel *model = mender->model;
  LsSignature *signatures
    = mender->has_own_signatures
        ? (LsSignature *) model->signatures
        : ls_store_copy (model->store, model->signatures, model->n_signatures * sizeof *signatures);

  if (signatures == NULL)
    return no_memory (mender);
  model->signatures = signatures;
  mender->has_own_signatures = true;

  LsSignature *s = &signatures[signature];
  const LsSignaturePort *from = is_input ? s->inputs : s->outputs;
  uint32_t n = is_input ? s->n_inputs : s->n_outputs;
  LsSignaturePort *ports = from == mender->own_ports
                             ? (LsSignaturePort *) from
                             : ls_store_copy (model->store, from, n * sizeof *ports);

  if (ports == NULL)
    return no_memory (mender);
  if (!patch (mender, is_input ? LS_FIELD_SIGNATURE_INPUT : LS_FIELD_SIGNATURE_OUTPUT, 0, signature,
              port, 0, &tensor, sizeof tensor, "port %s of signature %s: tensor %u → %u",
              from[port].name, s->key, from[port].tensor, tensor))
    return false;
  mender->own_ports = ports;
  ports[port].tensor = tensor;
  if (is_input)
    s->inputs = ports;
  else
    s->outputs = ports;
  return true;
}
