/*
 * EMBEDDING_LOOKUP: a row of a table, as it is stored or made float.
 *
 * Source: tflite/kernels/embedding_lookup.cc.
 */
#include "explain/taps.h"

#include <string.h>

/* The scale of an element of a row. */
static LsStatus
scale_of (const LsExplainer *e, size_t row, size_t element, float *out, LsError *error)
{
  const LsValue *table = e->node->in[1];
  const LsQuantization *quant = table->quant;
  const LsValue *scales;

  *out = ls_explain_scale (table, row);
  if (quant == NULL || (quant->details != LS_QUANT_DETAILS_BLOCKWISE && quant->n_scales == 0))
    return ls_explain_unsupported (e, error, "a table without a scale");
  if (quant->details != LS_QUANT_DETAILS_BLOCKWISE)
    return LS_OK;
  if (quant->block_size <= 0)
    return ls_explain_unsupported (e, error, "blocks of %d", quant->block_size);

  const size_t length = table->count / (size_t) table->dims[0], block = (size_t) quant->block_size;

  LS_TRY (ls_node_constant ((LsNode *) e->node, quant->block_scales, &scales, error));
  *out = (float) ls_explain_get (scales, row * (length / block) + element % length / block);
  return LS_OK;
}

LsStatus
ls_explain_embedding_lookup (LsExplainer *e, LsError *error)
{
  const LsValue *ids = e->node->in[0], *table = e->node->in[1], *y = e->node->out[0];
  const size_t row = (size_t) ls_explain_get_int (ids, (size_t) e->at[0]);
  const unsigned bits = ls_type_bits (table->type);
  int32_t at[LS_MAX_RANK];
  float scale = 0;

  memcpy (at, e->at, sizeof at);
  at[0] = (int32_t) row;
  if (table->type == y->type)
    return ls_explain_take (e, table, at, error);
  if (y->type != LS_TYPE_FLOAT32)
    return ls_explain_unsupported (e, error, "an output of %s", ls_type_name (y->type));

  const size_t length = table->count / (size_t) table->dims[0],
               element = ls_explain_index (table, at);

  if (bits < 8 && row * length % (8 / bits) != 0)
    return ls_explain_unsupported (e, error, "rows that begin inside of a byte");
  LS_TRY (scale_of (e, row, element, &scale, error));
  e->out->arithmetic = "An integer of the table times the scale of its row or block.";
  ls_explain_operand (e, "ids", ids, 0);
  ls_explain_operand (e, "table", table, row);

  const int32_t stored = (int32_t) ls_explain_get_int (table, element);
  /* The reference takes the bytes of unsigned tables as signed. */
  const int32_t a
    = ls_explain_i32 (e, "a", ls_explain_text (e, "element %zu of the table", element), NULL,
                      table->type == LS_TYPE_UINT8 ? (int8_t) stored : stored);

  ls_explain_f32 (e, "scale", "of its row, or block", NULL, scale);
  e->out->float_value = (double) a * (double) scale;
  ls_explain_store_float (e, "(float) a * scale", (float) a * scale);
  return LS_OK;
}

/* The first input where the condition holds, else the second. */
LsStatus
ls_explain_select (LsExplainer *e, LsError *error)
{
  const LsNode *node = e->node;
  const LsValue *condition = node->in[0];
  const bool is_by_row = node->def->kind == LS_OP_SELECT && condition->rank == 1
                         && node->out[0]->rank > 1 && condition->count > 1;
  const size_t index = is_by_row ? (size_t) e->at[0] : ls_explain_broadcast (e, condition);
  const bool is_first = ls_explain_get_int (condition, index) != 0;
  const LsValue *value = node->in[is_first ? 1 : 2];
  int32_t at[LS_MAX_RANK] = { 0 };

  ls_explain_operand (e, "condition", condition, 0);
  ls_explain_place (value, ls_explain_broadcast (e, value), at);
  return ls_explain_take (e, value, at, error);
}
