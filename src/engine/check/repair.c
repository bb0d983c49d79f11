/*
 * Mending by changing only the bytes concerned.
 *
 * From the first operator to the last, looking again after each change: an output that takes its
 * input's scale again also ends the mismatch of the operator behind it. The model as mended so far
 * is a clone whose records change in step with the bytes.
 */
#include "check/rule.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "check/inspect.h"

static const LsMend menders[LS_N_RULES] = {
  [LS_RULE_BIAS_SCALE_MISMATCH] = ls_mend_bias_scale,
  [LS_RULE_BIAS_ZERO_POINT] = ls_mend_zero_points,
  [LS_RULE_BIAS_TYPE] = ls_mend_bias_type,
  [LS_RULE_WEIGHT_ZERO_POINT] = ls_mend_zero_points,
  [LS_RULE_INT16_ZERO_POINT] = ls_mend_zero_points,
  [LS_RULE_SCALE_INVALID] = ls_mend_scale,
  [LS_RULE_ZERO_POINT_RANGE] = ls_mend_zero_points,
  [LS_RULE_QUANTIZED_DIMENSION] = ls_mend_axis,
  [LS_RULE_SOFTMAX_OUTPUT_RANGE] = ls_mend_range,
  [LS_RULE_LOGISTIC_OUTPUT_RANGE] = ls_mend_range,
  [LS_RULE_TANH_OUTPUT_RANGE] = ls_mend_range,
  [LS_RULE_L2_NORM_OUTPUT_RANGE] = ls_mend_range,
  [LS_RULE_LOG_SOFTMAX_OUTPUT_RANGE] = ls_mend_range,
  [LS_RULE_PASSTHROUGH_SCALE_MISMATCH] = ls_mend_passthrough,
  [LS_RULE_OPERATOR_VERSION] = ls_mend_version,
  [LS_RULE_OPERATOR_CODE_MISMATCH] = ls_mend_code,
  [LS_RULE_SIGNATURE_PORT] = ls_mend_signature,
};

struct LsMender
{
  LsModel *model; /* as mended so far */
  LsCheck check;  /* over that model */
  LsRepair *out;
  const LsFinding *finding;
  uint32_t cap_changes;
  uint32_t *slots; /* open hash of offset → change + 1; n_slots is a power of two */
  uint32_t n_slots;
  const LsQuantization *own; /* made by us: may be written to */
  char reason[200];
  bool is_out_of_memory;
};

const LsCheck *
ls_mender_check (const LsMender *mender)
{
  return &mender->check;
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

/* Notes new bytes of a field, with a line for people. */
static bool patch (LsMender *mender, LsField field, uint32_t graph, uint32_t index,
                   uint32_t element, uint64_t skip, const void *bytes, uint32_t length,
                   const char *format, ...) LS_PRINTF (9, 10);

static bool
patch (LsMender *mender, LsField field, uint32_t graph, uint32_t index, uint32_t element,
       uint64_t skip, const void *bytes, uint32_t length, const char *format, ...)
{
  const LsModel *model = mender->model;
  uint64_t offset, size;

  if (model->locate == NULL || !model->locate (model, field, graph, index, element, &offset, &size))
    return ls_mender_leave (
      mender, "the value is not stored in the file (it is left at the schema's default); "
              "a conversion writes it");
  if (skip > size || length > size - skip || offset + skip > ls_model_file_size (model)
      || length > ls_model_file_size (model) - (offset + skip))
    return ls_mender_leave (mender, "the value lies outside the file");

  LsChange *change = change_at (mender, offset + skip, length);

  if (change == NULL && (change = add_change (mender, offset + skip, length)) == NULL)
    return no_memory (mender);
  memcpy (change->after, bytes, length);
  change->id = mender->finding->id;
  change->subgraph = mender->finding->subgraph;
  change->op = mender->finding->op;
  change->tensor = mender->finding->tensor;

  va_list args;
  char *text = NULL;

  va_start (args, format);
  if (vasprintf (&text, format, args) < 0)
    text = NULL;
  va_end (args);
  free (change->text);
  change->text = text;
  return text != NULL || no_memory (mender);
}

/* ---- Fields
 * ---------------------------------------------------------------------------------------------- */

/* A copy of a tensor's quantization that may be written to; NULL: out of memory. */
static LsQuantization *
own_quantization (LsMender *mender, uint32_t graph, uint32_t tensor)
{
  LsTensor *t = ls_model_tensor (mender->model, graph, tensor);
  LsStore *store = mender->model->store;

  if (t->quant == mender->own)
    return (LsQuantization *) t->quant;

  LsQuantization *quant = t->quant != NULL ? ls_store_copy (store, t->quant, sizeof *quant) : NULL;

  if (quant == NULL)
    return NULL;
  quant->scales = ls_store_copy (store, quant->scales, quant->n_scales * sizeof *quant->scales);
  quant->zero_points
    = ls_store_copy (store, quant->zero_points, quant->n_zero_points * sizeof *quant->zero_points);
  if (quant->scales == NULL || quant->zero_points == NULL)
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

  if (element >= ls_n_zero_points (t))
    return ls_mender_leave (
      mender,
      "%s has no zero point in the file, and a vector cannot grow in place; a "
      "conversion writes it",
      t->name);
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
  bool is_own = buffer->file_offset == 0; /* copied by an earlier element */

  if (!patch (mender, LS_FIELD_BUFFER_DATA, graph, tensor, 0, (uint64_t) element * size, bytes,
              size, "integer %u of %s → %lld", element, t->name, (long long) value))
    return false;
  if (!is_own)
    {
      void *copy = ls_store_copy (mender->model->store, buffer->data, buffer->size);

      if (copy == NULL)
        return no_memory (mender);
      buffer->data = copy;
      buffer->file_offset = 0;
    }
  memcpy ((uint8_t *) buffer->data + (size_t) element * size, bytes, size);
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
    = ls_store_copy (model->store, model->signatures, model->n_signatures * sizeof *signatures);

  if (signatures == NULL)
    return no_memory (mender);

  LsSignature *s = &signatures[signature];
  const LsSignaturePort *from = is_input ? s->inputs : s->outputs;
  uint32_t n = is_input ? s->n_inputs : s->n_outputs;
  LsSignaturePort *ports = ls_store_copy (model->store, from, n * sizeof *ports);

  if (ports == NULL)
    return no_memory (mender);
  if (!patch (mender, is_input ? LS_FIELD_SIGNATURE_INPUT : LS_FIELD_SIGNATURE_OUTPUT, 0, signature,
              port, 0, &tensor, sizeof tensor, "port %s of signature %s: tensor %u → %u",
              from[port].name, s->key, from[port].tensor, tensor))
    return false;
  ports[port].tensor = tensor;
  if (is_input)
    s->inputs = ports;
  else
    s->outputs = ports;
  model->signatures = signatures;
  return true;
}

/* ---- Which findings
 * ---------------------------------------------------------------------------------------- */

/* Whether a finding is to be mended, and the way that was asked for ("" for the default). */
static bool
is_wanted (const LsFinding *finding, const char *const *fixes, uint32_t n_fixes, const char **way)
{
  size_t length = strlen (finding->id);

  *way = NULL;
  if (fixes == NULL || n_fixes == 0)
    return finding->severity != LS_SEVERITY_INFO;
  for (uint32_t i = 0; i < n_fixes; i++)
    if (strncmp (fixes[i], finding->id, length) == 0
        && (fixes[i][length] == '\0' || fixes[i][length] == ':'))
      {
        if (fixes[i][length] == ':')
          *way = fixes[i] + length + 1;
        return true;
      }
  return false;
}

static int
rule_of (const char *id)
{
  for (int i = 0; i < LS_N_RULES; i++)
    if (strcmp (ls_rules[i].id, id) == 0)
      return i;
  return -1;
}

static bool
is_same (const LsFinding *a, const LsFinding *b)
{
  return strcmp (a->id, b->id) == 0 && a->subgraph == b->subgraph && a->op == b->op
         && a->tensor == b->tensor;
}

static LsStatus
leave (LsMender *mender, const LsFinding *finding, const char *reason, LsError *error)
{
  LsRepair *out = mender->out;

  for (uint32_t i = 0; i < out->n_left; i++)
    if (is_same (&(LsFinding){ .id = out->left[i].id,
                               .subgraph = out->left[i].subgraph,
                               .op = out->left[i].op,
                               .tensor = out->left[i].tensor },
                 finding))
      return LS_OK;

  LsLeft *left = realloc (out->left, (out->n_left + 1) * sizeof *left);
  char *message = strdup (reason);

  if (left != NULL)
    out->left = left;
  if (left == NULL || message == NULL)
    {
      free (message);
      return ls_fail_no_memory (error, "a repair", sizeof *left);
    }
  left[out->n_left++]
    = (LsLeft){ finding->id, finding->subgraph, finding->op, finding->tensor, message };
  return LS_OK;
}

/* Tries to mend one finding; *mended tells whether bytes changed. */
static LsStatus
mend_one (LsMender *mender, const LsFinding *finding, const char *way, bool *mended, LsError *error)
{
  int rule = rule_of (finding->id);

  *mended = false;
  mender->finding = finding;
  snprintf (mender->reason, sizeof mender->reason, "%s", finding->remedy);
  if (finding->is_repairable && rule >= 0 && menders[rule] != NULL)
    *mended = menders[rule](mender, finding, way);
  if (mender->is_out_of_memory)
    return ls_fail_no_memory (error, "a repair", 0);
  return *mended ? LS_OK : leave (mender, finding, mender->reason, error);
}

typedef void (*Look) (LsCheck *check, uint32_t graph, uint32_t op);

static void
look_at_model (LsCheck *check, uint32_t graph, uint32_t op)
{
  ls_check_model (check);
}

/*
 * Looks, mends the first finding that is wanted and was not left before, and looks again until
 * there is none. Each round ends one finding for good, so the number of rounds is bounded by
 * findings; the limit is for rules that fight.
 */
static LsStatus
mend_place (LsMender *mender, Look look, uint32_t graph, uint32_t op, const char *const *fixes,
            uint32_t n_fixes, LsError *error)
{
  bool is_done = false;

  for (unsigned round = 0; !is_done && round < 1000; round++)
    {
      LsReport report = { 0 };
      LsStatus status = LS_OK;

      is_done = true;
      mender->check = (LsCheck){ mender->model, &report, false };
      look (&mender->check, graph, op);
      for (uint32_t i = 0; status == LS_OK && is_done && i < report.n_findings; i++)
        {
          const char *way;
          bool mended = false;

          if (is_wanted (&report.findings[i], fixes, n_fixes, &way))
            status = mend_one (mender, &report.findings[i], way, &mended, error);
          is_done = !mended;
        }
      if (mender->check.is_out_of_memory)
        status = ls_fail_no_memory (error, "the findings", 0);
      ls_report_clear (&report);
      LS_TRY (status);
    }
  return LS_OK;
}

static int
by_offset (const void *a, const void *b)
{
  const LsChange *x = a, *y = b;

  return (x->offset > y->offset) - (x->offset < y->offset);
}

static void
change_clear (LsChange *change)
{
  free (change->before);
  free (change->after);
  free (change->text);
}

/* Takes out ranges that came back to what they were. */
static void
drop_idle (LsRepair *repair)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < repair->n_changes; i++)
    {
      LsChange *change = &repair->changes[i];

      if (memcmp (change->before, change->after, change->length) == 0)
        change_clear (change);
      else
        repair->changes[n++] = *change;
    }
  repair->n_changes = n;
  if (n > 1)
    qsort (repair->changes, n, sizeof *repair->changes, by_offset);
}

static LsStatus
check_fixes (const char *const *fixes, uint32_t n_fixes, LsError *error)
{
  for (uint32_t i = 0; fixes != NULL && i < n_fixes; i++)
    {
      char id[64];
      size_t length = strcspn (fixes[i], ":");
      const char *way = fixes[i][length] == ':' ? fixes[i] + length + 1 : NULL;

      snprintf (id, sizeof id, "%.*s", (int) length, fixes[i]);
      if (rule_of (id) < 0)
        return ls_fail (error, LS_E_USAGE, -1, "there is no diagnostic %s", id);
      if (way != NULL
          && (strcmp (id, "bias-scale-mismatch") != 0
              || (strcmp (way, "keep-integers") != 0 && strcmp (way, "keep-values") != 0)))
        return ls_fail (
          error, LS_E_USAGE, -1,
          "%s cannot be mended in the way %s; bias-scale-mismatch has keep-values and "
          "keep-integers",
          id, way);
    }
  return LS_OK;
}

LsStatus
ls_repair_plan (const LsModel *model, const char *const *fixes, uint32_t n_fixes, LsRepair *out,
                LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) copy = ls_model_clone (model);
  LsMender mender = { .model = copy, .out = out };
  LsStatus status = LS_OK;

  *out = (LsRepair){ 0 };
  if (copy == NULL)
    return ls_fail_no_memory (error, "a copy of the model", 0);
  LS_TRY (check_fixes (fixes, n_fixes, error));
  for (uint32_t g = 0; status == LS_OK && g < copy->n_graphs; g++)
    for (uint32_t i = 0; status == LS_OK && i < copy->graphs[g]->view.n_ops; i++)
      status = mend_place (&mender, ls_check_op, g, i, fixes, n_fixes, error);
  if (status == LS_OK)
    status = mend_place (&mender, look_at_model, 0, 0, fixes, n_fixes, error);
  free (mender.slots);
  if (status != LS_OK)
    {
      ls_repair_clear (out);
      return status;
    }
  drop_idle (out);
  return LS_OK;
}

LsStatus
ls_repair_write (const LsModel *model, const LsRepair *repair, const char *path, LsError *error)
{
  LsBytes file = ls_model_file (model);
  uint64_t at = 0;
  LsWriter *writer;
  LsStatus status = LS_OK;

  if (file.size == 0)
    return ls_fail (error, LS_E_UNSUPPORTED, -1,
                    "the model did not come from a file: there are no bytes to mend");
  LS_TRY (ls_writer_open (path, &writer, error));
  for (uint32_t i = 0; status == LS_OK && i < repair->n_changes; i++)
    {
      const LsChange *change = &repair->changes[i];

      if (change->offset < at || change->offset > file.size
          || change->length > file.size - change->offset)
        status = ls_fail (error, LS_E_INVALID, (int64_t) change->offset,
                          "the changes overlap or leave the file");
      if (status == LS_OK)
        status = ls_writer_write (writer, file.data + at, change->offset - at, error);
      if (status == LS_OK)
        status = ls_writer_write (writer, change->after, change->length, error);
      at = change->offset + change->length;
    }
  if (status == LS_OK)
    status = ls_writer_write (writer, file.data + at, file.size - at, error);
  if (status != LS_OK)
    {
      ls_writer_abort (writer);
      return status;
    }
  return ls_writer_commit (writer, error);
}

void
ls_repair_clear (LsRepair *repair)
{
  for (uint32_t i = 0; i < repair->n_changes; i++)
    change_clear (&repair->changes[i]);
  for (uint32_t i = 0; i < repair->n_left; i++)
    free (repair->left[i].message);
  free (repair->changes);
  free (repair->left);
  *repair = (LsRepair){ 0 };
}
