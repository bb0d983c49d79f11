#include "describe.h"

#include <string.h>

/* Range of floats in words. */
static char *
describe_scales (const float *values, uint32_t count)
{
  char low[CLI_NUMBER_SIZE], high[CLI_NUMBER_SIZE];
  float smallest = values[0], largest = values[0];

  for (uint32_t i = 1; i < count; i++)
    {
      smallest = values[i] < smallest ? values[i] : smallest;
      largest = values[i] > largest ? values[i] : largest;
    }
  cli_format_float (smallest, low);
  if (count == 1)
    return cli_printf ("scale %s", low);
  return cli_printf ("%u scales from %s to %s", count, low, cli_format_float (largest, high));
}

static char *
describe_zero_points (const int64_t *values, uint32_t count)
{
  int64_t low = count > 0 ? values[0] : 0, high = low;

  for (uint32_t i = 1; i < count; i++)
    {
      low = values[i] < low ? values[i] : low;
      high = values[i] > high ? values[i] : high;
    }
  if (low == high)
    return cli_printf ("zero point %lld", (long long) low);
  return cli_printf ("zero points from %lld to %lld", (long long) low, (long long) high);
}

char *
describe_quantization (const LsQuantization *quant)
{
  if (quant == NULL)
    return cli_strdup ("none");
  if (quant->details == LS_QUANT_DETAILS_BLOCKWISE)
    return cli_printf ("blockwise: %d elements of the last dimension share a scale of tensor %d",
                       quant->block_size, quant->block_scales);
  if (quant->n_scales == 0)
    return cli_strdup (quant->details == LS_QUANT_DETAILS_CUSTOM ? "custom"
                       : quant->n_min > 0                        ? "none, but a range"
                                                                 : "none");

  CLI_FREE char *scales = describe_scales (quant->scales, quant->n_scales);
  CLI_FREE char *zeros = describe_zero_points (quant->zero_points, quant->n_zero_points);

  if (quant->n_scales == 1)
    return cli_printf ("per tensor: %s, %s", scales, zeros);
  return cli_printf ("per channel along dimension %d: %s, %s", quant->axis, scales, zeros);
}

static void
json_floats (CliJson *json, const char *key, const float *values, uint32_t count)
{
  if (count == 0)
    return;
  cli_json_open_row (json, key, '[');
  for (uint32_t i = 0; i < count; i++)
    cli_json_float (json, NULL, values[i]);
  cli_json_close (json);
}

void
json_quantization (CliJson *json, const char *key, const LsQuantization *quant)
{
  static const char *const details[] = { NULL, "custom", "blockwise", "multi-axis" };

  if (quant == NULL || (quant->n_scales == 0 && quant->n_min == 0 && quant->details == 0))
    {
      cli_json_string (json, key, NULL);
      return;
    }
  cli_json_open (json, key, '{');
  cli_json_string (json, "kind",
                   details[quant->details] != NULL ? details[quant->details]
                   : quant->n_scales > 1           ? "per-channel"
                   : quant->n_scales == 1          ? "per-tensor"
                                                   : "range");
  json_floats (json, "scales", quant->scales, quant->n_scales);
  if (quant->n_zero_points > 0)
    {
      cli_json_open_row (json, "zero_points", '[');
      for (uint32_t i = 0; i < quant->n_zero_points; i++)
        cli_json_int (json, NULL, quant->zero_points[i]);
      cli_json_close (json);
    }
  json_floats (json, "min", quant->min, quant->n_min);
  json_floats (json, "max", quant->max, quant->n_max);
  if (quant->n_scales > 1)
    cli_json_int (json, "quantized_dimension", quant->axis);
  if (quant->details == LS_QUANT_DETAILS_BLOCKWISE)
    {
      cli_json_int (json, "block_size", quant->block_size);
      cli_json_int (json, "scales_tensor", quant->block_scales);
      cli_json_int (json, "zero_points_tensor", quant->block_zero_points);
    }
  if (quant->n_axes > 0)
    cli_json_dims (json, "axes", quant->axes, quant->n_axes);
  if (quant->custom.size > 0)
    cli_json_uint (json, "custom_bytes", quant->custom.size);
  cli_json_close (json);
}

static void
json_sparsity_info (CliJson *json, const LsModel *model, uint32_t subgraph, uint32_t tensor)
{
  LsSparsityInfo info;
  LsError error = { 0 };

  if (ls_tensor_sparsity_info (model, subgraph, tensor, &info, &error) != LS_OK)
    {
      cli_json_string (json, "error", error.message);
      return;
    }
  cli_json_uint (json, "elements", info.n_elements);
  cli_json_uint (json, "stored", info.n_stored);
  cli_json_real (json, "zero_share", info.zero_share);
  cli_json_uint (json, "blocks", info.n_blocks);
  cli_json_uint (json, "block_elements", info.block_elements);
  cli_json_uint (json, "dense_bytes", info.dense_bytes);
  cli_json_uint (json, "stored_bytes", info.stored_bytes);
  cli_json_int (json, "saved_bytes", (int64_t) info.dense_bytes - (int64_t) info.stored_bytes);
}

void
json_sparsity (CliJson *json, const char *key, const LsModel *model, uint32_t subgraph,
               uint32_t tensor)
{
  const LsSparsity *sparsity = ls_model_subgraph (model, subgraph)->tensors[tensor].sparsity;

  if (sparsity == NULL)
    {
      cli_json_string (json, key, NULL);
      return;
    }
  cli_json_open (json, key, '{');
  cli_json_dims (json, "traversal_order", sparsity->traversal_order, sparsity->n_traversal);
  cli_json_dims (json, "block_map", sparsity->block_map, sparsity->n_block_map);
  cli_json_open (json, "dimensions", '[');
  for (uint32_t i = 0; i < sparsity->n_dims; i++)
    {
      const LsSparseDim *dim = &sparsity->dims[i];

      cli_json_open_row (json, NULL, '{');
      cli_json_string (json, "format", dim->format == LS_DIM_SPARSE_CSR ? "SPARSE_CSR" : "DENSE");
      if (dim->format == LS_DIM_SPARSE_CSR)
        {
          cli_json_uint (json, "segments", dim->n_segments);
          cli_json_uint (json, "indices", dim->n_indices);
          cli_json_uint (json, "segments_width", dim->segments_width);
          cli_json_uint (json, "indices_width", dim->indices_width);
        }
      else
        cli_json_int (json, "size", dim->dense_size);
      cli_json_close (json);
    }
  cli_json_close (json);
  json_sparsity_info (json, model, subgraph, tensor);
  cli_json_close (json);
}

void
json_tensor_open (CliJson *json, const char *key, const LsModel *model, uint32_t subgraph,
                  uint32_t tensor)
{
  const LsTensor *record = &ls_model_subgraph (model, subgraph)->tensors[tensor];

  cli_json_open (json, key, '{');
  cli_json_uint (json, "index", tensor);
  cli_json_string (json, "name", record->name);
  cli_json_string (json, "type", ls_type_name (record->type));
  cli_json_dims (json, "shape", record->dims, record->rank);
  if (record->signature_rank >= 0)
    cli_json_dims (json, "shape_signature", record->signature, record->signature_rank);
  cli_json_bool (json, "constant", ls_tensor_is_constant (model, record));
  if (record->is_variable)
    cli_json_bool (json, "variable", true);
  cli_json_uint (json, "buffer", record->buffer);
  cli_json_uint (json, "bytes", ls_tensor_data (model, record).size);
  json_quantization (json, "quantization", record->quant);
}

/* ---- Operators ------------------------------------------------------------------------------- */

static void
json_attr (CliJson *json, const LsAttr *attr)
{
  switch (attr->kind)
    {
    case LS_ATTR_INT:
      if (attr->is_bool)
        cli_json_bool (json, attr->name, attr->i != 0);
      else if (attr->is_enum && attr->text != NULL)
        cli_json_string (json, attr->name, attr->text);
      else
        cli_json_int (json, attr->name, attr->i);
      break;
    case LS_ATTR_FLOAT:
      cli_json_real (json, attr->name, attr->f);
      break;
    case LS_ATTR_STRING:
      cli_json_string (json, attr->name, attr->text);
      break;
    case LS_ATTR_BYTES:
      cli_json_open_row (json, attr->name, '[');
      for (size_t i = 0; i < attr->bytes.size; i++)
        cli_json_uint (json, NULL, attr->bytes.data[i]);
      cli_json_close (json);
      break;
    case LS_ATTR_INTS:
      cli_json_open_row (json, attr->name, '[');
      for (uint32_t i = 0; i < attr->count; i++)
        cli_json_int (json, NULL, attr->ints[i]);
      cli_json_close (json);
      break;
    case LS_ATTR_FLOATS:
      json_floats (json, attr->name, attr->floats, attr->count);
      break;
    }
}

void
json_attrs (CliJson *json, const char *key, const LsOperator *op)
{
  cli_json_open_row (json, key, '{');
  for (uint32_t i = 0; i < op->n_attrs; i++)
    json_attr (json, &op->attrs[i]);
  cli_json_close (json);
}

static char *
describe_attr (const LsAttr *attr)
{
  char number[CLI_NUMBER_SIZE];

  switch (attr->kind)
    {
    case LS_ATTR_INT:
      if (attr->is_bool)
        return cli_printf ("%s", attr->i != 0 ? "true" : "false");
      if (attr->is_enum && attr->text != NULL)
        return cli_strdup (attr->text);
      return cli_printf ("%lld", (long long) attr->i);
    case LS_ATTR_FLOAT:
      return cli_strdup (cli_format_float ((float) attr->f, number));
    case LS_ATTR_STRING:
      return cli_printf ("\"%s\"", attr->text != NULL ? attr->text : "");
    case LS_ATTR_BYTES:
      return cli_printf ("%zu bytes", attr->bytes.size);
    case LS_ATTR_INTS:
      if (attr->count == 1)
        return cli_printf ("[%lld]", (long long) attr->ints[0]);
      return cli_printf ("%u integers", attr->count);
    case LS_ATTR_FLOATS:
      return cli_printf ("%u floats", attr->count);
    }
  return cli_strdup ("");
}

char *
describe_attrs (const LsOperator *op)
{
  char *text = cli_strdup ("");

  for (uint32_t i = 0; i < op->n_attrs; i++)
    {
      const LsAttr *attr = &op->attrs[i];

      if (!attr->is_set)
        continue;

      CLI_FREE char *value = describe_attr (attr);
      char *longer = cli_printf ("%s%s%s=%s", text, text[0] != '\0' ? " " : "", attr->name, value);

      free (text);
      text = longer;
    }
  return text;
}

char *
describe_operand (const LsSubgraph *subgraph, int32_t tensor)
{
  if (tensor < 0 || (uint32_t) tensor >= subgraph->n_tensors)
    return cli_strdup ("—");

  CLI_FREE char *dims
    = cli_format_dims (subgraph->tensors[tensor].dims, subgraph->tensors[tensor].rank);

  return cli_printf ("%s %s", dims, ls_type_name (subgraph->tensors[tensor].type));
}

uint32_t
count_on_target (const LsReport *report)
{
  uint32_t count = 0;

  for (uint32_t i = 0; report->on_accelerator != NULL && i < report->n_ops; i++)
    count += report->on_accelerator[i];
  return count;
}

void
json_target (CliJson *json, const char *name, const LsReport *report)
{
  cli_json_open (json, "target", '{');
  cli_json_string (json, "name", name);
  cli_json_uint (json, "operators", report->n_ops);
  cli_json_uint (json, "on_accelerator", count_on_target (report));
  cli_json_uint (json, "partitions", report->n_partitions);
  cli_json_real (json, "mac_share", report->mac_share);
  cli_json_open_row (json, "elsewhere", '[');
  for (uint32_t i = 0; report->on_accelerator != NULL && i < report->n_ops; i++)
    if (!report->on_accelerator[i])
      cli_json_uint (json, NULL, i);
  cli_json_close (json);
  cli_json_close (json);
}
