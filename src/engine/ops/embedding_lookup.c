/*
 * EMBEDDING_LOOKUP: ids [n], table [rows, ...] → [n, ...]. A quantized table may give floats: with
 * one scale, a scale for each row, or one for each block of a row.
 *
 * Source: tflite/kernels/embedding_lookup.cc.
 */
#include "base/half.h"
#include "base/packed.h"
#include "ops/shape.h"

#include <string.h>

typedef struct
{
  size_t length;   /* elements of a row */
  size_t row_size; /* bytes, when rows are copied */
  bool is_dequantized;
  size_t block;                /* elements that share a scale */
  const LsValue *block_scales; /* float16 or float32; NULL: scales by row */
} Lookup;

static int8_t
element (const LsValue *table, size_t index)
{
  const unsigned bits = ls_type_bits (table->type);

  if (bits < 8)
    return ls_packed_get_signed (table->data, bits, index);
  /* The reference reads the bytes of unsigned tables as signed. */
  return ((const int8_t *) table->data)[index];
}

static float
scale_of (const LsNode *node, const Lookup *lookup, size_t row, size_t i)
{
  const LsQuantization *quant = node->in[1]->quant;
  const LsValue *scales = lookup->block_scales;
  const size_t at = row * (lookup->length / lookup->block) + i / lookup->block;

  if (scales == NULL)
    return quant->scales[quant->n_scales > 1 ? row : 0];
  return scales->type == LS_TYPE_FLOAT16 ? ls_half_to_float (((const uint16_t *) scales->data)[at])
                                         : ((const float *) scales->data)[at];
}

static void
dequantize_row (const LsNode *node, const Lookup *lookup, size_t row, size_t at)
{
  const LsValue *table = node->in[1], *out = node->out[0];
  const unsigned bits = ls_type_bits (table->type);
  size_t first = row * lookup->length;

  /* The reference takes packed rows from the byte in which they begin, also inside of it. */
  if (bits < 8)
    first -= first % (8 / bits);
  for (size_t i = 0; i < lookup->length; i++)
    {
      const float value = (float) element (table, first + i) * scale_of (node, lookup, row, i);

      if (out->type == LS_TYPE_FLOAT16)
        ((uint16_t *) out->data)[at * lookup->length + i] = ls_half_from_float (value);
      else
        ((float *) out->data)[at * lookup->length + i] = value;
    }
}

static LsStatus
lookup_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Lookup *lookup = node->state;
  const int32_t *ids = node->in[0]->data;
  const LsValue *table = node->in[1];

  for (size_t i = begin; i < end; i++)
    {
      const int32_t row = ids[i];

      if (row < 0 || row >= table->dims[0])
        return ls_node_fail (node, LS_E_INVALID, "id %zu is %d, the table has %d rows", i, row,
                             table->dims[0]);
      if (lookup->is_dequantized)
        dequantize_row (node, lookup, (size_t) row, i);
      else
        memcpy ((unsigned char *) node->out[0]->data + i * lookup->row_size,
                (const unsigned char *) table->data + (size_t) row * lookup->row_size,
                lookup->row_size);
    }
  return LS_OK;
}

static LsStatus
init_blocks (LsNode *node, Lookup *lookup, LsError *error)
{
  const LsQuantization *quant = node->in[1]->quant;
  const LsValue *scales;

  if (quant->block_size <= 0 || lookup->length % (size_t) quant->block_size != 0)
    return ls_node_invalid (node, error, "blocks of %d do not divide rows of %zu",
                            quant->block_size, lookup->length);
  lookup->block = (size_t) quant->block_size;
  LS_TRY (ls_node_constant (node, quant->block_scales, &scales, error));
  LS_TRY (ls_node_types (node, scales, "the scales of the blocks",
                         LS_BIT (FLOAT16) | LS_BIT (FLOAT32), error));
  if (scales->count != (size_t) node->in[1]->dims[0] * (lookup->length / lookup->block))
    return ls_node_invalid (node, error, "%zu scales for %d rows of %zu blocks", scales->count,
                            node->in[1]->dims[0], lookup->length / lookup->block);
  lookup->block_scales = scales;
  return LS_OK;
}

static LsStatus
init_scales (LsNode *node, Lookup *lookup, LsError *error)
{
  const LsValue *table = node->in[1];
  const LsQuantization *quant = table->quant;

  LS_TRY (ls_node_types (node, table, "the table",
                         LS_BIT (INT8) | LS_BIT (UINT8) | LS_BIT (INT4) | LS_BIT (INT2), error));
  LS_TRY (
    ls_node_types (node, node->out[0], "the output", LS_BIT (FLOAT32) | LS_BIT (FLOAT16), error));
  lookup->block = lookup->length > 0 ? lookup->length : 1;
  if (quant != NULL && quant->details == LS_QUANT_DETAILS_BLOCKWISE)
    return init_blocks (node, lookup, error);
  if (quant == NULL || quant->n_scales == 0)
    return ls_node_invalid (node, error, "the %s table has no scale", ls_type_name (table->type));
  if (quant->n_scales > 1 && quant->n_scales != (uint32_t) table->dims[0])
    return ls_node_invalid (node, error, "the table has %d rows and %u scales", table->dims[0],
                            quant->n_scales);
  if (table->zero_point != 0)
    return ls_node_unsupported (node, error, "a table with zero point %d", table->zero_point);
  return LS_OK;
}

static LsStatus
lookup_prepare (LsNode *node, LsError *error)
{
  int32_t dims[LS_MAX_RANK];

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *ids = node->in[0], *table = node->in[1];

  LS_TRY (ls_node_types (node, ids, "the ids", LS_BIT (INT32), error));
  LS_TRY (ls_node_rank (node, ids, "the ids", 1, 1, error));
  LS_TRY (ls_node_rank (node, table, "the table", 2, LS_MAX_RANK, error));
  memcpy (dims, table->dims, sizeof dims);
  dims[0] = ids->dims[0];
  LS_TRY (ls_node_output (node, 0, table->rank, dims, error));

  Lookup *lookup = ls_node_alloc (node, 1, sizeof *lookup, error);

  if (lookup == NULL)
    return LS_E_NO_MEMORY;
  node->state = lookup;
  lookup->length = ls_dims_product (table->dims, 1, table->rank);
  lookup->is_dequantized = table->type != node->out[0]->type;
  if (lookup->is_dequantized)
    LS_TRY (init_scales (node, lookup, error));
  else
    LS_TRY (ls_node_types (node, table, "the table", LS_BITS_WHOLE, error));
  lookup->row_size = lookup->length * ls_element_size (table->type);
  ls_node_phase (node, lookup_run, ids->count, ls_grain (lookup->length * sizeof (float)));
  return LS_OK;
}

const LsOp ls_op_embedding_lookup
  = { .prepare = lookup_prepare,
      .max_version = 5,
      .types = "every type of whole bytes; int8, uint8, int4, int2 (by row, in blocks) to float32 "
               "and float16" };
