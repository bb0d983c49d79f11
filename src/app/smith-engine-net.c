/* From a subgraph of the engine to the plain values that are drawn, listed and searched. */
#include "smith-engine.h"

#include <string.h>

enum
{
  MAX_SHOWN_VALUES = 4 /* a constant with more elements shows its shape */
};

char *
smith_shape_text (const int32_t *dims, int rank)
{
  GString *text = g_string_new (NULL);

  for (int i = 0; i < rank; i++)
    {
      if (i > 0)
        g_string_append (text, "×");
      if (dims[i] < 0)
        g_string_append_c (text, '?');
      else
        g_string_append_printf (text, "%d", (int) dims[i]);
    }
  return g_string_free (text, FALSE);
}

_Static_assert((int) SMITH_N_FAMILIES == (int) LS_N_FAMILIES
                 && (int) SMITH_FAMILY_OTHER == (int) LS_FAMILY_OTHER
                 && (int) SMITH_FAMILY_QUANTIZATION == (int) LS_FAMILY_QUANTIZATION,
               "the window's families are the engine's");

const char *
smith_family_color (SmithFamily family)
{
  return ls_family_color ((LsFamily) family);
}

const char *
smith_type_short (LsType type)
{
  static const char *const names[LS_N_TYPES] = {
    [LS_TYPE_FLOAT32] = "f32",      [LS_TYPE_FLOAT16] = "f16",       [LS_TYPE_INT32] = "i32",
    [LS_TYPE_UINT8] = "u8",         [LS_TYPE_INT64] = "i64",         [LS_TYPE_STRING] = "str",
    [LS_TYPE_BOOL] = "bool",        [LS_TYPE_INT16] = "i16",         [LS_TYPE_COMPLEX64] = "c64",
    [LS_TYPE_INT8] = "i8",          [LS_TYPE_FLOAT64] = "f64",       [LS_TYPE_COMPLEX128] = "c128",
    [LS_TYPE_UINT64] = "u64",       [LS_TYPE_RESOURCE] = "res",      [LS_TYPE_VARIANT] = "var",
    [LS_TYPE_UINT32] = "u32",       [LS_TYPE_UINT16] = "u16",        [LS_TYPE_INT4] = "i4",
    [LS_TYPE_BFLOAT16] = "bf16",    [LS_TYPE_INT2] = "i2",           [LS_TYPE_UINT4] = "u4",
    [LS_TYPE_FLOAT8_E4M3FN] = "f8", [LS_TYPE_FLOAT8_E5M2] = "f8e5m2"
  };

  return (unsigned) type < LS_N_TYPES ? names[type] : "?";
}

static const char *
keep (SmithNet *net, const char *text)
{
  return g_string_chunk_insert_const (net->texts, text);
}

/* ---- Tensors ----------------------------------------------------------------------------------
 */

static gboolean
is_quantized (const LsTensor *tensor)
{
  return tensor->quant != NULL
         && (tensor->quant->n_scales > 0 || tensor->quant->details != LS_QUANT_DETAILS_NONE);
}

static char *
chip_text (const LsTensor *tensor)
{
  const char *type = smith_type_short (tensor->type);
  const char *quant = "";

  if (tensor->quant != NULL && tensor->quant->details == LS_QUANT_DETAILS_BLOCKWISE)
    quant = "·blk";
  else if (tensor->quant != NULL && tensor->quant->n_scales > 1)
    quant = "·ch";
  return g_strconcat (type, quant, NULL);
}

static uint64_t
count_elements (const LsTensor *tensor)
{
  uint64_t count = 1;

  for (int32_t i = 0; i < tensor->rank; i++)
    if (tensor->dims[i] < 0 || __builtin_mul_overflow (count, (uint64_t) tensor->dims[i], &count))
      return 0;
  return count;
}

/* A few numbers say more than their shape. */
static char *
value_text (const LsTensor *tensor, LsBytes data, uint64_t count)
{
  LsArray array = { .type = tensor->type, .rank = 1, .dims = { (int32_t) count } };
  GString *text;

  if (count == 0 || count > MAX_SHOWN_VALUES || tensor->sparsity != NULL || is_quantized (tensor)
      || ls_type_bits (tensor->type) < 8 || data.size * 8 != count * ls_type_bits (tensor->type))
    return NULL;
  array.data = (void *) data.data;
  array.n_bytes = data.size;
  text = g_string_new ("");
  for (uint64_t i = 0; i < count; i++)
    g_string_append_printf (text, "%s%.6g", i > 0 ? ", " : "", ls_array_get (&array, (size_t) i));
  return g_string_free (text, FALSE);
}

static void
fill_tensor (SmithNet *net, const LsModel *model, const LsTensor *from, SmithNetTensor *to)
{
  g_autofree char *shape = smith_shape_text (from->dims, from->rank);
  g_autofree char *chip = chip_text (from);
  LsBytes data = ls_tensor_data (model, from);

  to->name = g_string_chunk_insert (net->texts, from->name);
  to->type = keep (net, ls_type_name (from->type));
  to->shape = keep (net, shape);
  to->chip = keep (net, chip);
  to->is_constant = ls_tensor_is_constant (model, from);
  to->is_sparse = from->sparsity != NULL;
  to->is_variable = from->is_variable;
  to->is_quantized = is_quantized (from);
  to->is_per_channel = from->quant != NULL && from->quant->n_scales > 1;
  if (!to->is_constant)
    return;

  g_autofree char *value = NULL;

  to->n_bytes = data.size;
  to->n_elements = count_elements (from);
  value = value_text (from, data, to->n_elements);
  if (value != NULL)
    to->value = keep (net, value);
}

static void
fill_sparsity (SmithNet *net, const LsModel *model, unsigned subgraph)
{
  for (uint32_t t = 0; t < net->n_tensors; t++)
    {
      LsSparsityInfo info;

      if (net->tensors[t].is_sparse
          && ls_tensor_sparsity_info (model, subgraph, t, &info, NULL) == LS_OK)
        net->tensors[t].zero_share = (float) info.zero_share;
    }
}

/* ---- Operators --------------------------------------------------------------------------------
 */

/* The enum's value of a fused activation, "" when there is none. */
static const char *
activation_of (const LsOperator *op)
{
  const LsAttr *attr = ls_op_attr (op, "fused_activation_function");

  return attr != NULL && attr->i != 0 && attr->text != NULL ? attr->text : NULL;
}

static int32_t *
copy_indices (int32_t **next, const int32_t *from, uint32_t count)
{
  int32_t *to = *next;

  if (count > 0)
    memcpy (to, from, sizeof *to * count);
  *next += count;
  return to;
}

static void
fill_op (SmithNet *net, const LsSubgraph *subgraph, const LsOperator *from, SmithNetOp *to,
         int32_t **numbers)
{
  const char *activation = activation_of (from);

  to->kind = keep (net, ls_op_kind_text (from));
  to->name = g_string_chunk_insert (net->texts, ls_op_name (subgraph, from));
  to->activation = activation != NULL ? keep (net, activation) : NULL;
  to->family = (SmithFamily) ls_op_family (from);
  to->n_inputs = from->n_inputs;
  to->inputs = copy_indices (numbers, from->inputs, from->n_inputs);
  to->n_outputs = from->n_outputs;
  to->outputs = copy_indices (numbers, from->outputs, from->n_outputs);
  to->macs = ls_op_macs (subgraph, from);
}

static uint32_t
count_numbers (const LsSubgraph *subgraph)
{
  uint32_t count = subgraph->n_inputs + subgraph->n_outputs;

  for (uint32_t i = 0; i < subgraph->n_ops; i++)
    count += subgraph->ops[i].n_inputs + subgraph->ops[i].n_outputs;
  return count;
}

SmithNet *
smith_net_from_model (const LsModel *model, unsigned subgraph_index)
{
  const LsSubgraph *subgraph = ls_model_subgraph (model, subgraph_index);
  SmithNet *net;
  int32_t *numbers;

  if (subgraph == NULL)
    return NULL;
  net = smith_net_new (subgraph->n_ops, subgraph->n_tensors, count_numbers (subgraph));
  numbers = net->numbers;
  net->name = keep (net, subgraph->name);
  net->index = subgraph_index;
  net->n_inputs = subgraph->n_inputs;
  net->inputs = copy_indices (&numbers, subgraph->inputs, subgraph->n_inputs);
  net->n_outputs = subgraph->n_outputs;
  net->outputs = copy_indices (&numbers, subgraph->outputs, subgraph->n_outputs);
  for (uint32_t t = 0; t < net->n_tensors; t++)
    fill_tensor (net, model, &subgraph->tensors[t], &net->tensors[t]);
  for (uint32_t i = 0; i < net->n_ops; i++)
    fill_op (net, subgraph, &subgraph->ops[i], &net->ops[i], &numbers);
  fill_sparsity (net, model, subgraph_index);
  smith_net_link (net);
  return net;
}
