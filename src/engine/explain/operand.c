/* The tensors that take part: their elements, places and scales. */
#include "explain/explain.h"

#include <string.h>

#include "base/half.h"
#include "base/packed.h"

static bool
is_quantized (const LsValue *value)
{
  return value->quant != NULL && value->quant->n_scales > 0;
}

float
ls_explain_scale (const LsValue *value, size_t channel)
{
  const LsQuantization *quant = value->quant;

  if (!is_quantized (value))
    return 0;
  return quant->scales[quant->n_scales > 1 && channel < quant->n_scales ? channel : 0];
}

static int64_t
zero_point (const LsValue *value, size_t channel)
{
  const LsQuantization *quant = value->quant;

  if (quant == NULL || quant->n_zero_points == 0)
    return 0;
  return quant
    ->zero_points[quant->n_zero_points > 1 && channel < quant->n_zero_points ? channel : 0];
}

int
ls_explain_operand (LsExplainer *e, const char *role, const LsValue *value, size_t channel)
{
  LsExplanation *out = e->out;

  if (out->n_operands == LS_EXPLAIN_MAX_OPERANDS)
    return -1;

  LsExplainOperand *operand = &out->operands[out->n_operands];

  *operand = (LsExplainOperand){ .role = role,
                                 .tensor = value->index,
                                 .name = ls_explain_text (e, "%s", value->tensor->name),
                                 .type = value->type,
                                 .rank = value->rank,
                                 .is_quantized = is_quantized (value),
                                 .scale = ls_explain_scale (value, channel),
                                 .zero_point = zero_point (value, channel) };
  memcpy (operand->dims, value->dims, (size_t) value->rank * sizeof *operand->dims);
  return (int) out->n_operands++;
}

int64_t
ls_explain_get_int (const LsValue *value, size_t index)
{
  const unsigned bits = ls_type_bits (value->type);

  if (bits < 8 && value->type == LS_TYPE_UINT4)
    return ls_packed_get (value->data, bits, index);
  if (bits < 8)
    return ls_packed_get_signed (value->data, bits, index);
  switch ((int) value->type)
    {
    case LS_TYPE_INT8:
      return ((const int8_t *) value->data)[index];
    case LS_TYPE_INT16:
      return ((const int16_t *) value->data)[index];
    case LS_TYPE_INT32:
      return ((const int32_t *) value->data)[index];
    case LS_TYPE_INT64:
      return ((const int64_t *) value->data)[index];
    case LS_TYPE_UINT16:
      return ((const uint16_t *) value->data)[index];
    case LS_TYPE_UINT32:
      return ((const uint32_t *) value->data)[index];
    case LS_TYPE_UINT64:
      return (int64_t) ((const uint64_t *) value->data)[index];
    default:
      return ((const uint8_t *) value->data)[index];
    }
}

double
ls_explain_get (const LsValue *value, size_t index)
{
  if (value->type == LS_TYPE_FLOAT32)
    return (double) ((const float *) value->data)[index];
  if (value->type == LS_TYPE_FLOAT64)
    return ((const double *) value->data)[index];
  if (value->type == LS_TYPE_FLOAT16)
    return (double) ls_half_to_float (((const uint16_t *) value->data)[index]);
  if (value->type == LS_TYPE_BFLOAT16)
    return (double) ls_bfloat16_to_float (((const uint16_t *) value->data)[index]);
  return (double) ls_explain_get_int (value, index);
}

size_t
ls_explain_index (const LsValue *value, const int32_t *at)
{
  size_t index = 0;

  for (int i = 0; i < value->rank; i++)
    index = index * (size_t) value->dims[i] + (size_t) at[i];
  return index;
}

void
ls_explain_place (const LsValue *value, size_t index, int32_t at[LS_MAX_RANK])
{
  for (int i = value->rank - 1; i >= 0; i--)
    {
      at[i] = (int32_t) (index % (size_t) value->dims[i]);
      index /= (size_t) value->dims[i];
    }
}

double
ls_explain_real (const LsValue *value, size_t channel, double stored)
{
  if (!is_quantized (value) || !ls_type_is_integer (value->type))
    return stored;
  return (stored - (double) zero_point (value, channel))
         * (double) ls_explain_scale (value, channel);
}

double
ls_explain_read (LsExplainer *e, const char *id, const LsValue *value, size_t index)
{
  const double stored = ls_explain_get (value, index);
  const char *label = ls_explain_text (e, "element %zu of %.100s", index, value->tensor->name);

  if (ls_type_is_float (value->type))
    ls_explain_f32 (e, id, label, NULL, (float) stored);
  else if (ls_type_bits (value->type) > 32)
    ls_explain_i64 (e, id, label, NULL, ls_explain_get_int (value, index));
  else
    ls_explain_i32 (e, id, label, NULL, (int32_t) stored);
  return stored;
}

void
ls_explain_tap_at (LsExplainer *e, const LsValue *value, const int32_t *at)
{
  LsExplainTap tap = { .x = ls_explain_get (value, ls_explain_index (value, at)) };

  memcpy (tap.x_at, at, (size_t) value->rank * sizeof *at);
  ls_explain_tap (e, &tap);
}

LsStatus
ls_explain_check_taps (const LsExplainer *e, LsError *error)
{
  if (e->is_out_of_memory)
    return ls_fail_no_memory (error, "an explanation", e->out->n_taps * sizeof *e->out->taps);
  if (e->out->n_taps == 0)
    return ls_explain_unsupported (e, error, "nothing that goes into this element");
  return LS_OK;
}

size_t
ls_explain_broadcast (const LsExplainer *e, const LsValue *value)
{
  const int ahead = e->node->out[0]->rank - value->rank;
  size_t index = 0;

  for (int i = 0; i < value->rank; i++)
    index = index * (size_t) value->dims[i]
            + (value->dims[i] == 1 || i + ahead < 0 ? 0 : (size_t) e->at[i + ahead]);
  return index;
}
