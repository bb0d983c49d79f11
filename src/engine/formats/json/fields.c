/* The tables. Order and names are those of the TFLite schema. */
#include "formats/json/fields.h"

#define FIELD(name, KIND, Record, member)                                                          \
  {                                                                                                \
    .key = name, .kind = LS_JSON_FIELD_##KIND, .offset = offsetof (Record, member)                 \
  }
#define LIST(name, KIND, Record, member, count)                                                    \
  {                                                                                                \
    .key = name, .kind = LS_JSON_FIELD_##KIND, .offset = offsetof (Record, member),                \
    .count_offset = offsetof (Record, count)                                                       \
  }
#define TABLE(Record, stem, default_record)                                                        \
  {                                                                                                \
#stem, sizeof(Record), default_record,                                                         \
      sizeof stem##_fields / sizeof stem##_fields[0], stem##_fields                                \
  }

static const char *
type_name (int value)
{
  return value >= 0 && value < LS_N_TYPES ? ls_type_name ((LsType) value) : NULL;
}

static const char *
operator_name (int value)
{
  return value >= 0 && value < LS_N_BUILTIN ? ls_op_kind_name (value) : NULL;
}

static const char *
dimension_name (int value)
{
  return value == LS_DIM_DENSE ? "DENSE" : value == LS_DIM_SPARSE_CSR ? "SPARSE_CSR" : NULL;
}

static const char *
custom_format_name (int value)
{
  return value == 0 ? "FLEXBUFFERS" : NULL;
}

/* ---- Quantization ---------------------------------------------------------------------------- */

static const LsJsonField custom_fields[] = {
  FIELD ("custom", BYTES, LsQuantization, custom),
};
static const LsJsonField blockwise_fields[] = {
  FIELD ("scales", INT, LsQuantization, block_scales),
  FIELD ("zero_points", INT, LsQuantization, block_zero_points),
  FIELD ("block_size", INT, LsQuantization, block_size),
};
static const LsJsonField multi_axis_fields[] = {
  FIELD ("scales", INT, LsQuantization, block_scales),
  FIELD ("zero_points", INT, LsQuantization, block_zero_points),
  FIELD ("block_size", INT, LsQuantization, block_size),
  LIST ("quantized_dimensions", INTS, LsQuantization, axes, n_axes),
};
static const LsJsonTable custom_table = TABLE (LsQuantization, custom, NULL),
                         blockwise_table = TABLE (LsQuantization, blockwise, NULL),
                         multi_axis_table = TABLE (LsQuantization, multi_axis, NULL);
static const LsJsonUnion details = {
  offsetof (LsQuantization, details),
  sizeof (LsQuantDetails),
  { { LS_QUANT_DETAILS_CUSTOM, "CustomQuantization", &custom_table },
    { LS_QUANT_DETAILS_BLOCKWISE, "BlockwiseQuantization", &blockwise_table },
    { LS_QUANT_DETAILS_MULTI_AXIS, "MultiAxisQuantization", &multi_axis_table } },
};
static const LsJsonField quantization_fields[] = {
  LIST ("min", FLOATS, LsQuantization, min, n_min),
  LIST ("max", FLOATS, LsQuantization, max, n_max),
  LIST ("scale", FLOATS, LsQuantization, scales, n_scales),
  LIST ("zero_point", LONGS, LsQuantization, zero_points, n_zero_points),
  { .key = "details", .kind = LS_JSON_FIELD_UNION, .choice = &details },
  FIELD ("quantized_dimension", INT, LsQuantization, axis),
};
static const LsQuantization quantization_default;
static const LsJsonTable quantization_table
  = TABLE (LsQuantization, quantization, &quantization_default);

/* ---- Sparsity -------------------------------------------------------------------------------- */

static const LsJsonField segments_fields[]
  = { LIST ("values", INTS, LsSparseDim, segments, n_segments) };
static const LsJsonField indices_fields[]
  = { LIST ("values", INTS, LsSparseDim, indices, n_indices) };
static const LsJsonTable segments_table = TABLE (LsSparseDim, segments, NULL),
                         indices_table = TABLE (LsSparseDim, indices, NULL);

#define VECTORS(member, table)                                                                     \
  {                                                                                                \
    offsetof (LsSparseDim, member), 1,                                                             \
    {                                                                                              \
      { 4, "Int32Vector", &table }, { 2, "Uint16Vector", &table }, { 1, "Uint8Vector", &table },   \
    }                                                                                              \
  }
static const LsJsonUnion segments_union = VECTORS (segments_width, segments_table),
                         indices_union = VECTORS (indices_width, indices_table);

static const LsJsonField dimension_fields[] = {
  { "format", LS_JSON_FIELD_ENUM, offsetof (LsSparseDim, format), .name_of = dimension_name,
    .n_names = 2, .high = LS_DIM_SPARSE_CSR },
  FIELD ("dense_size", INT, LsSparseDim, dense_size),
  { .key = "array_segments", .kind = LS_JSON_FIELD_UNION, .choice = &segments_union },
  { .key = "array_indices", .kind = LS_JSON_FIELD_UNION, .choice = &indices_union },
};
static const LsSparseDim dimension_default;
static const LsJsonTable dimension_table = TABLE (LsSparseDim, dimension, &dimension_default);

static const LsJsonField sparsity_fields[] = {
  LIST ("traversal_order", INTS, LsSparsity, traversal_order, n_traversal),
  LIST ("block_map", INTS, LsSparsity, block_map, n_block_map),
  { "dim_metadata", LS_JSON_FIELD_TABLES, offsetof (LsSparsity, dims),
    offsetof (LsSparsity, n_dims), .table = &dimension_table },
};
static const LsSparsity sparsity_default;
static const LsJsonTable sparsity_table = TABLE (LsSparsity, sparsity, &sparsity_default);

/* ---- Tensors --------------------------------------------------------------------------------- */

static const LsJsonField variant_fields[] = {
  LIST ("shape", INTS, LsVariantType, dims, rank),
  { "type", LS_JSON_FIELD_ENUM, offsetof (LsVariantType, type), .name_of = type_name,
    .n_names = LS_N_TYPES, .low = INT8_MIN, .high = INT8_MAX },
  FIELD ("has_rank", BOOL, LsVariantType, has_rank),
};
static const LsVariantType variant_default;
static const LsJsonTable variant_table = TABLE (LsVariantType, variant, &variant_default);

static const LsJsonField tensor_fields[] = {
  { "shape", LS_JSON_FIELD_INTS, offsetof (LsTensor, dims), offsetof (LsTensor, rank),
    .is_stated = true },
  { "type", LS_JSON_FIELD_ENUM, offsetof (LsTensor, type), .name_of = type_name,
    .n_names = LS_N_TYPES, .low = INT8_MIN, .high = INT8_MAX },
  FIELD ("buffer", UINT, LsTensor, buffer),
  FIELD ("name", TEXT, LsTensor, name),
  { "quantization", LS_JSON_FIELD_TABLE, offsetof (LsTensor, quant), .table = &quantization_table },
  FIELD ("is_variable", BOOL, LsTensor, is_variable),
  { "sparsity", LS_JSON_FIELD_TABLE, offsetof (LsTensor, sparsity), .table = &sparsity_table },
  { "shape_signature", LS_JSON_FIELD_INTS, offsetof (LsTensor, signature),
    offsetof (LsTensor, signature_rank), .is_stated = true },
  FIELD ("has_rank", BOOL, LsTensor, has_rank),
  { "variant_tensors", LS_JSON_FIELD_TABLES, offsetof (LsTensor, variants),
    offsetof (LsTensor, n_variants), .table = &variant_table },
  FIELD ("external_buffer", UINT, LsTensor, external_buffer),
};
static const LsTensor tensor_default = { .name = ls_no_text, .signature_rank = -1 };
static const LsJsonTable tensor_table = TABLE (LsTensor, tensor, &tensor_default);

/* ---- Operators and subgraphs ----------------------------------------------------------------- */

static const LsJsonField op_fields[] = {
  FIELD ("opcode_index", UINT, LsOperator, code_index),
  { "inputs", LS_JSON_FIELD_INTS, offsetof (LsOperator, inputs), offsetof (LsOperator, n_inputs),
    .is_stated = true },
  { "outputs", LS_JSON_FIELD_INTS, offsetof (LsOperator, outputs), offsetof (LsOperator, n_outputs),
    .is_stated = true },
  { .key = "builtin_options", .kind = LS_JSON_FIELD_OPTIONS, .which = 1 },
  FIELD ("custom_options", BYTES, LsOperator, custom_options),
  { "custom_options_format", LS_JSON_FIELD_ENUM, offsetof (LsOperator, custom_options_format),
    .name_of = custom_format_name, .n_names = 1, .low = INT8_MIN, .high = INT8_MAX },
  LIST ("mutating_variable_inputs", BOOLS, LsOperator, mutating, n_mutating),
  LIST ("intermediates", INTS, LsOperator, intermediates, n_intermediates),
  { .key = "large_custom_options_offset", .kind = LS_JSON_FIELD_OUTSIDE },
  { .key = "large_custom_options_size", .kind = LS_JSON_FIELD_OUTSIDE },
  { .key = "builtin_options_2", .kind = LS_JSON_FIELD_OPTIONS, .which = 2 },
  FIELD ("debug_metadata_index", INT, LsOperator, debug_metadata_index),
};
static const LsOperator op_default = { .debug_metadata_index = -1 };
static const LsJsonTable op_table = TABLE (LsOperator, op, &op_default);

static const LsJsonField subgraph_fields[] = {
  { "tensors", LS_JSON_FIELD_TABLES, offsetof (LsSubgraph, tensors),
    offsetof (LsSubgraph, n_tensors), .is_stated = true, .is_heap = true, .table = &tensor_table },
  { "inputs", LS_JSON_FIELD_INTS, offsetof (LsSubgraph, inputs), offsetof (LsSubgraph, n_inputs),
    .is_stated = true },
  { "outputs", LS_JSON_FIELD_INTS, offsetof (LsSubgraph, outputs), offsetof (LsSubgraph, n_outputs),
    .is_stated = true },
  { "operators", LS_JSON_FIELD_TABLES, offsetof (LsSubgraph, ops), offsetof (LsSubgraph, n_ops),
    .is_stated = true, .is_heap = true, .table = &op_table },
  FIELD ("name", TEXT, LsSubgraph, name),
  FIELD ("debug_metadata_index", INT, LsSubgraph, debug_metadata_index),
};
static const LsSubgraph subgraph_default = { .name = ls_no_text, .debug_metadata_index = -1 };
const LsJsonTable ls_json_subgraph = TABLE (LsSubgraph, subgraph, &subgraph_default);

/* ---- The model ------------------------------------------------------------------------------- */

static const LsJsonField code_fields[] = {
  { "deprecated_builtin_code", LS_JSON_FIELD_INT, offsetof (LsOpCode, deprecated_code),
    .low = INT8_MIN, .high = INT8_MAX },
  FIELD ("custom_code", TEXT, LsOpCode, custom_code),
  FIELD ("version", INT, LsOpCode, version),
  { "builtin_code", LS_JSON_FIELD_ENUM, offsetof (LsOpCode, wide_code), .name_of = operator_name,
    .n_names = LS_N_BUILTIN },
};
static const LsOpCode code_default = { .version = 1 };
static const LsJsonTable code_table = TABLE (LsOpCode, code, &code_default);

static const LsJsonField buffer_fields[] = {
  { .key = "data", .kind = LS_JSON_FIELD_DATA },
  { .key = "offset", .kind = LS_JSON_FIELD_OUTSIDE },
  { .key = "size", .kind = LS_JSON_FIELD_OUTSIDE },
};
static const LsBuffer buffer_default;
static const LsJsonTable buffer_table = TABLE (LsBuffer, buffer, &buffer_default);

static const LsJsonField metadata_fields[] = {
  FIELD ("name", TEXT, LsMetadata, name),
  FIELD ("buffer", UINT, LsMetadata, buffer),
};
static const LsMetadata metadata_default = { .name = ls_no_text };
static const LsJsonTable metadata_table = TABLE (LsMetadata, metadata, &metadata_default);

static const LsJsonField port_fields[] = {
  FIELD ("name", TEXT, LsSignaturePort, name),
  FIELD ("tensor_index", UINT, LsSignaturePort, tensor),
};
static const LsSignaturePort port_default = { .name = ls_no_text };
static const LsJsonTable port_table = TABLE (LsSignaturePort, port, &port_default);

static const LsJsonField signature_fields[] = {
  { "inputs", LS_JSON_FIELD_TABLES, offsetof (LsSignature, inputs),
    offsetof (LsSignature, n_inputs), .is_stated = true, .table = &port_table },
  { "outputs", LS_JSON_FIELD_TABLES, offsetof (LsSignature, outputs),
    offsetof (LsSignature, n_outputs), .is_stated = true, .table = &port_table },
  FIELD ("signature_key", TEXT, LsSignature, key),
  FIELD ("subgraph_index", UINT, LsSignature, subgraph),
};
static const LsSignature signature_default = { .key = ls_no_text };
static const LsJsonTable signature_table = TABLE (LsSignature, signature, &signature_default);

/* The model keeps the groups' names alone: a list of pointers is a list of such records. */
static const LsJsonField group_fields[] = {
  FIELD ("name", TEXT, LsExternalGroup, name),
};
static const LsExternalGroup group_default = { .name = ls_no_text };
static const LsJsonTable group_table = TABLE (LsExternalGroup, group, &group_default);
_Static_assert(sizeof (LsExternalGroup) == sizeof (const char *), "a group is its name");

static const LsJsonField external_fields[] = {
  FIELD ("id", UINT, LsExternalBuffer, id),
  FIELD ("group", UINT, LsExternalBuffer, group),
  FIELD ("offset", UINT64, LsExternalBuffer, offset),
  FIELD ("length", UINT64, LsExternalBuffer, length),
  FIELD ("packing", TEXT, LsExternalBuffer, packing),
};
static const LsExternalBuffer external_default = { .packing = ls_no_text };
static const LsJsonTable external_table = TABLE (LsExternalBuffer, external, &external_default);

static const LsJsonField model_fields[] = {
  FIELD ("version", UINT, LsModel, version),
  { "operator_codes", LS_JSON_FIELD_TABLES, offsetof (LsModel, codes), offsetof (LsModel, n_codes),
    .is_stated = true, .is_heap = true, .table = &code_table },
  { .key = "subgraphs", .kind = LS_JSON_FIELD_GRAPHS },
  FIELD ("description", TEXT, LsModel, description),
  { "buffers", LS_JSON_FIELD_TABLES, offsetof (LsModel, buffers), offsetof (LsModel, n_buffers),
    .is_stated = true, .is_heap = true, .table = &buffer_table },
  LIST ("metadata_buffer", INTS, LsModel, metadata_buffer, n_metadata_buffer),
  { "metadata", LS_JSON_FIELD_TABLES, offsetof (LsModel, metadata), offsetof (LsModel, n_metadata),
    .table = &metadata_table },
  { "signature_defs", LS_JSON_FIELD_TABLES, offsetof (LsModel, signatures),
    offsetof (LsModel, n_signatures), .table = &signature_table },
  { "external_buffer_groups", LS_JSON_FIELD_TABLES, offsetof (LsModel, external_groups),
    offsetof (LsModel, n_external_groups), .table = &group_table },
  { "external_buffers", LS_JSON_FIELD_TABLES, offsetof (LsModel, external_buffers),
    offsetof (LsModel, n_external_buffers), .table = &external_table },
};
const LsJsonTable ls_json_model = TABLE (LsModel, model, NULL);

void
ls_json_type_key (const char *key, char *out, size_t size)
{
  snprintf (out, size, "%s_type", key);
}
