/* FULLY_CONNECTED and BATCH_MATMUL: a row times a column. */
#include "explain/products.h"

#include <string.h>

static LsScaleRule
dense_rule (const LsValue *weights)
{
  const bool is_per_channel = weights->quant != NULL && weights->quant->n_scales > 1;

  if (weights->tensor->sparsity == NULL && weights->type != LS_TYPE_INT16)
    return LS_SCALE_DOUBLE;
  return is_per_channel ? LS_SCALE_PER_CHANNEL : LS_SCALE_PER_TENSOR;
}

LsStatus
ls_explain_fully_connected (LsExplainer *e, LsError *error)
{
  enum
  {
    VECTOR = 16
  };
  const LsNode *node = e->node;
  const LsValue *in = node->in[0], *weights = node->in[1];
  const size_t channels = (size_t) weights->dims[0], depth = (size_t) weights->dims[1];
  const size_t row = e->element / channels, channel = e->element % channels;
  const bool is_blockwise
    = weights->quant != NULL && weights->quant->details == LS_QUANT_DETAILS_BLOCKWISE;
  LsExplainProducts p
    = { .in = in,
        .weights = weights,
        .bias = node->n_in > 2 ? node->in[2] : NULL,
        .channel = channel,
        .rule = dense_rule (weights),
        .ignores_weight_zero = weights->quant != NULL && weights->quant->n_scales > 1,
        .row_begin = row * depth,
        .row_length = depth,
        .row_step = 1,
        .is_asymmetric = is_blockwise || ls_attr_int (node->def, "asymmetric_quantize_inputs", 0),
        .n_minding = weights->is_constant && !is_blockwise ? depth / VECTOR * VECTOR : 0 };

  if (ls_attr_int (node->def, "weights_format", 0) == 1)
    return ls_explain_unsupported (e, error, "shuffled weights");
  if (depth == 0)
    return ls_explain_unsupported (e, error, "weights that have no depth");
  LS_TRY (ls_explain_products_begin (e, &p, depth, error));
  for (size_t i = 0; i < depth; i++)
    {
      int32_t x_at[LS_MAX_RANK] = { 0 };

      ls_explain_place (in, row * depth + i, x_at);
      ls_explain_product (e, &p, x_at, (int32_t[]){ (int32_t) channel, (int32_t) i });
    }
  return ls_explain_products_end (e, &p, error);
}

/* The place in an operand of BATCH_MATMUL for the output's place: leading dimensions broadcast. */
static void
place_matrix (const LsExplainer *e, const LsValue *value, int32_t at[LS_MAX_RANK])
{
  const int ahead = e->node->out[0]->rank - value->rank;

  for (int i = 0; i < value->rank - 2; i++)
    at[i] = value->dims[i] == 1 ? 0 : e->at[i + ahead];
}

/* Hybrid: the row of the left matrix. */
static void
set_row (LsExplainProducts *p, const int32_t *x_at, bool is_adjoint)
{
  const LsValue *in = p->in;
  int32_t begin[LS_MAX_RANK] = { 0 };
  const int depth = in->rank - (is_adjoint ? 2 : 1);

  memcpy (begin, x_at, (size_t) in->rank * sizeof *begin);
  begin[depth] = 0;
  p->row_begin = ls_explain_index (in, begin);
  p->row_length = (size_t) in->dims[depth];
  p->row_step = is_adjoint ? (size_t) in->dims[in->rank - 1] : 1;
}

LsStatus
ls_explain_batch_matmul (LsExplainer *e, LsError *error)
{
  const LsNode *node = e->node;
  const LsValue *x = node->in[0], *y = node->in[1], *out = node->out[0];
  const bool adj_x = ls_attr_int (node->def, "adj_x", 0),
             adj_y = ls_attr_int (node->def, "adj_y", 0);
  const int32_t row = e->at[out->rank - 2], column = e->at[out->rank - 1];
  const int32_t depth = x->dims[x->rank - (adj_x ? 2 : 1)];
  const LsScaleRule rule = out->type == LS_TYPE_INT32 ? LS_SCALE_NONE : LS_SCALE_PER_TENSOR;
  LsExplainProducts p
    = { .in = x,
        .weights = y,
        .channel = (size_t) column,
        .rule = rule,
        .ignores_zeros = rule == LS_SCALE_NONE,
        .has_tensor_scale_only = true,
        .is_asymmetric = ls_attr_int (node->def, "asymmetric_quantize_inputs", 0) };
  int32_t x_at[LS_MAX_RANK] = { 0 }, y_at[LS_MAX_RANK] = { 0 };

  place_matrix (e, x, x_at);
  place_matrix (e, y, y_at);
  x_at[x->rank - (adj_x ? 1 : 2)] = row;
  y_at[y->rank - (adj_y ? 2 : 1)] = column;
  set_row (&p, x_at, adj_x);
  LS_TRY (ls_explain_products_begin (e, &p, (size_t) depth, error));
  for (int32_t i = 0; i < depth; i++)
    {
      x_at[x->rank - (adj_x ? 2 : 1)] = i;
      y_at[y->rank - (adj_y ? 1 : 2)] = i;
      ls_explain_product (e, &p, x_at, y_at);
    }
  return ls_explain_products_end (e, &p, error);
}
