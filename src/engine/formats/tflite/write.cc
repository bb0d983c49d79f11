// From the model to a flatbuffer. Constants are not copied into it: they are streamed behind it,
// and the buffers' offsets are set to where they come to stand.
#include <cstring>
#include <limits>
#include <new>
#include <vector>

#include "tflite_generated.h"

#include "formats/schema.h"
#include "formats/tflite/bridge.h"

namespace
{

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using flatbuffers::Vector;

struct Failed
{
  LsStatus status;
};

// Bytes that a custom option or a custom quantization brings into the flatbuffer itself.
constexpr uint64_t MAX_INSIDE = uint64_t{ 1 } << 30;

enum
{
  ALIGNMENT = 16, // of constants: the schema's force_align
  PLACEHOLDER = 0x7ffffff0
};

class Build
{
public:
  Build (const LsModel *model_, bool is_outer_, LsError *error_)
      : model (model_), is_outer (is_outer_), error (error_)
  {
  }

  void build ();
  void place (uint64_t *end);
  void write (LsWriter *writer);

private:
  const LsModel *model;
  const bool is_outer; // constants by offset and size in the file: for more than 2 GB
  LsError *error;
  FlatBufferBuilder fbb;
  std::vector<uint64_t> places; // of each buffer's bytes in the file
  uint64_t inside = 0;

  template <typename... Args>
  [[noreturn]] void
  fail (LsStatus status, const char *format, Args... args)
  {
    throw Failed{ ls_fail (error, status, -1, format, args...) };
  }

  template <typename T>
  Offset<Vector<T> >
  list (const T *values, uint32_t count)
  {
    return fbb.CreateVector (values, count);
  }

  template <typename T>
  Offset<Vector<T> >
  list_or_none (const T *values, uint32_t count)
  {
    return count > 0 ? fbb.CreateVector (values, count) : Offset<Vector<T> > ();
  }

  Offset<flatbuffers::String>
  text (const char *string)
  {
    return string != nullptr && string != ls_no_text ? fbb.CreateString (string)
                                                     : Offset<flatbuffers::String> ();
  }

  Offset<Vector<uint8_t> > bytes (LsBytes from, size_t alignment);
  Offset<Vector<Offset<tflite::OperatorCode> > > codes ();
  template <typename T> Offset<void> indices_of (const int32_t *values, uint32_t count);
  Offset<void> indices (const int32_t *values, uint32_t count, uint8_t width,
                        tflite::SparseIndexVector *type);
  Offset<tflite::SparsityParameters> sparsity (const LsSparsity *from);
  Offset<void> details (const LsQuantization *from, tflite::QuantizationDetails *type);
  Offset<tflite::QuantizationParameters> quantization (const LsQuantization *from);
  Offset<Vector<Offset<tflite::VariantSubType> > > variants (const LsTensor *from);
  Offset<tflite::Tensor> tensor (const LsTensor *from);
  template <typename T> Offset<void> narrowed (const LsAttr *attr);
  Offset<void> attr_vector (const LsOptionField *field, const LsAttr *attr);
  template <typename T> void add_integer (const LsOptionField *field, const LsAttr *attr);
  void add_scalar (const LsOptionField *field, const LsAttr *attr);
  Offset<void> options (const LsOperator *op, uint32_t index, const LsOptionTable **table);
  Offset<tflite::Operator> op (const LsOperator *from, uint32_t index);
  Offset<tflite::SubGraph> graph (const LsSubgraph *from);
  Offset<Vector<Offset<tflite::TensorMap> > > ports (const LsSignaturePort *from, uint32_t count);
  Offset<Vector<Offset<tflite::SignatureDef> > > signatures ();
  Offset<Vector<Offset<tflite::Metadata> > > metadata ();
  Offset<tflite::Buffer> buffer (const LsBuffer *from);
};

Offset<Vector<uint8_t> >
Build::bytes (LsBytes from, size_t alignment)
{
  if (from.size == 0)
    return Offset<Vector<uint8_t> > ();
  inside += from.size;
  if (inside > MAX_INSIDE)
    fail (LS_E_UNSUPPORTED,
          "cannot be written as .tflite: its custom options come to more than 1 GB");
  fbb.ForceVectorAlignment (from.size, 1, alignment);
  return fbb.CreateVector (from.data, from.size);
}

Offset<Vector<Offset<tflite::OperatorCode> > >
Build::codes ()
{
  std::vector<Offset<tflite::OperatorCode> > made;

  for (uint32_t i = 0; i < model->n_codes; i++)
    {
      const LsOpCode *from = &model->codes[i];
      const int larger
        = from->wide_code > from->deprecated_code ? from->wide_code : from->deprecated_code;
      int narrow = from->deprecated_code, wide = from->wide_code;

      if (larger != from->kind)
        { // not as stored: codes from 127 on do not fit the old byte (schema_utils.cc)
          narrow = from->kind < 127 ? from->kind : 127;
          wide = from->kind;
        }
      made.push_back (tflite::CreateOperatorCode (fbb, static_cast<int8_t> (narrow),
                                                  text (from->custom_code), from->version,
                                                  static_cast<tflite::BuiltinOperator> (wide)));
    }
  return fbb.CreateVector (made);
}

template <typename T>
Offset<void>
Build::indices_of (const int32_t *values, uint32_t count)
{
  std::vector<T> narrow (values, values + count);

  fbb.ForceVectorAlignment (count, sizeof (T), 4);
  return Offset<void> (fbb.CreateVector (narrow).o);
}

// Segments or indices, in the width that they were read in where they fit it.
Offset<void>
Build::indices (const int32_t *values, uint32_t count, uint8_t width,
                tflite::SparseIndexVector *type)
{
  int32_t largest = 0;

  *type = tflite::SparseIndexVector_NONE;
  if (width == 0 && count == 0)
    return Offset<void> ();
  for (uint32_t i = 0; i < count; i++)
    if (values[i] > largest)
      largest = values[i];
  if (width == 1 && largest <= UINT8_MAX)
    {
      const Offset<void> list_of = indices_of<uint8_t> (values, count);

      *type = tflite::SparseIndexVector_Uint8Vector;
      return tflite::CreateUint8Vector (fbb, list_of.o).Union ();
    }
  if (width == 2 && largest <= UINT16_MAX)
    {
      const Offset<void> list_of = indices_of<uint16_t> (values, count);

      *type = tflite::SparseIndexVector_Uint16Vector;
      return tflite::CreateUint16Vector (fbb, list_of.o).Union ();
    }
  *type = tflite::SparseIndexVector_Int32Vector;
  return tflite::CreateInt32Vector (fbb, list (values, count)).Union ();
}

Offset<tflite::SparsityParameters>
Build::sparsity (const LsSparsity *from)
{
  std::vector<Offset<tflite::DimensionMetadata> > dims;

  if (from == nullptr)
    return Offset<tflite::SparsityParameters> ();
  for (uint32_t i = 0; i < from->n_dims; i++)
    {
      const LsSparseDim *dim = &from->dims[i];
      tflite::SparseIndexVector segments_type, indices_type;
      const Offset<void> segments
        = indices (dim->segments, dim->n_segments, dim->segments_width, &segments_type);
      const Offset<void> index_list
        = indices (dim->indices, dim->n_indices, dim->indices_width, &indices_type);

      dims.push_back (tflite::CreateDimensionMetadata (
        fbb,
        dim->format == LS_DIM_DENSE ? tflite::DimensionType_DENSE
                                    : tflite::DimensionType_SPARSE_CSR,
        dim->dense_size, segments_type, segments, indices_type, index_list));
    }

  const auto order = list (from->traversal_order, from->n_traversal);
  const auto blocks = list_or_none (from->block_map, from->n_block_map);

  return tflite::CreateSparsityParameters (fbb, order, blocks, fbb.CreateVector (dims));
}

Offset<void>
Build::details (const LsQuantization *from, tflite::QuantizationDetails *type)
{
  *type = tflite::QuantizationDetails_NONE;
  switch (from->details)
    {
    case LS_QUANT_DETAILS_NONE:
      break;
    case LS_QUANT_DETAILS_CUSTOM:
      *type = tflite::QuantizationDetails_CustomQuantization;
      return tflite::CreateCustomQuantization (fbb, bytes (from->custom, ALIGNMENT)).Union ();
    case LS_QUANT_DETAILS_BLOCKWISE:
      *type = tflite::QuantizationDetails_BlockwiseQuantization;
      return tflite::CreateBlockwiseQuantization (fbb, from->block_scales, from->block_zero_points,
                                                  from->block_size)
        .Union ();
    case LS_QUANT_DETAILS_MULTI_AXIS:
      *type = tflite::QuantizationDetails_MultiAxisQuantization;
      return tflite::CreateMultiAxisQuantization (fbb, from->block_scales, from->block_zero_points,
                                                  from->block_size,
                                                  list_or_none (from->axes, from->n_axes))
        .Union ();
    }
  return Offset<void> ();
}

Offset<tflite::QuantizationParameters>
Build::quantization (const LsQuantization *from)
{
  if (from == nullptr)
    return Offset<tflite::QuantizationParameters> ();

  tflite::QuantizationDetails type;
  const auto min = list_or_none (from->min, from->n_min);
  const auto max = list_or_none (from->max, from->n_max);
  const auto scale = list_or_none (from->scales, from->n_scales);
  const auto zero_point = list_or_none (from->zero_points, from->n_zero_points);
  const Offset<void> more = details (from, &type);

  return tflite::CreateQuantizationParameters (fbb, min, max, scale, zero_point, type, more,
                                               from->axis);
}

// Reads an enum of C as the number it is, which may be none of its names.
tflite::TensorType
type_of (const LsType *type)
{
  int32_t number;

  static_assert (sizeof *type == sizeof number, "enums are ints");
  std::memcpy (&number, type, sizeof number);
  return static_cast<tflite::TensorType> (number);
}

Offset<Vector<Offset<tflite::VariantSubType> > >
Build::variants (const LsTensor *from)
{
  std::vector<Offset<tflite::VariantSubType> > made;

  if (from->n_variants == 0)
    return Offset<Vector<Offset<tflite::VariantSubType> > > ();
  for (uint32_t i = 0; i < from->n_variants; i++)
    {
      const LsVariantType *one = &from->variants[i];

      made.push_back (tflite::CreateVariantSubType (fbb, list (one->dims, one->rank),
                                                    type_of (&one->type), one->has_rank));
    }
  return fbb.CreateVector (made);
}

Offset<tflite::Tensor>
Build::tensor (const LsTensor *from)
{
  const auto shape = list (from->dims, static_cast<uint32_t> (from->rank));
  const auto name = text (from->name);
  const auto quant = quantization (from->quant);
  const auto sparse = sparsity (from->sparsity);
  const auto signature = from->signature_rank >= 0
                           ? list (from->signature, static_cast<uint32_t> (from->signature_rank))
                           : Offset<Vector<int32_t> > ();

  return tflite::CreateTensor (fbb, shape, type_of (&from->type), from->buffer, name, quant,
                               from->is_variable, sparse, signature, from->has_rank,
                               variants (from), from->external_buffer);
}

template <typename T>
Offset<void>
Build::narrowed (const LsAttr *attr)
{
  std::vector<T> values;

  for (uint32_t i = 0; i < attr->count; i++)
    values.push_back (static_cast<T> (attr->ints[i]));
  return Offset<void> (fbb.CreateVector (values).o);
}

// Vectors and strings of options: made before the table that refers to them.
Offset<void>
Build::attr_vector (const LsOptionField *field, const LsAttr *attr)
{
  if (!field->is_vector && field->stored == LS_STORED_STRING)
    return Offset<void> (fbb.CreateString (attr->text != nullptr ? attr->text : "").o);
  switch (field->stored)
    {
    case LS_STORED_BOOL:
      return narrowed<uint8_t> (attr);
    case LS_STORED_UINT8:
      return Offset<void> (fbb.CreateVector (attr->bytes.data, attr->bytes.size).o);
    case LS_STORED_INT32:
      return narrowed<int32_t> (attr);
    case LS_STORED_UINT32:
      return narrowed<uint32_t> (attr);
    case LS_STORED_INT64:
      return narrowed<int64_t> (attr);
    case LS_STORED_FLOAT32:
      return Offset<void> (fbb.CreateVector (attr->floats, attr->count).o);
    case LS_STORED_INT8:
    case LS_STORED_INT16:
    case LS_STORED_UINT16:
    case LS_STORED_UINT64:
    case LS_STORED_FLOAT64:
    case LS_STORED_STRING:
      break;
    }
  return Offset<void> ();
}

template <typename T>
void
Build::add_integer (const LsOptionField *field, const LsAttr *attr)
{
  const bool is_wide = sizeof (T) == sizeof (int64_t);

  if (!is_wide
      && (attr->i < static_cast<int64_t> (std::numeric_limits<T>::min ())
          || attr->i > static_cast<int64_t> (std::numeric_limits<T>::max ())))
    fail (LS_E_INVALID, "option %s is %lld, which its type cannot hold", attr->name,
          static_cast<long long> (attr->i));
  fbb.AddElement<T> (field->slot, static_cast<T> (attr->i));
}

void
Build::add_scalar (const LsOptionField *field, const LsAttr *attr)
{
  // Code that sets an option may not know whether the schema calls it a float.
  const double real = attr->kind == LS_ATTR_INT ? static_cast<double> (attr->i) : attr->f;

  switch (field->stored)
    {
    case LS_STORED_BOOL:
      fbb.AddElement<uint8_t> (field->slot, attr->i != 0);
      break;
    case LS_STORED_INT8:
      add_integer<int8_t> (field, attr);
      break;
    case LS_STORED_UINT8:
      add_integer<uint8_t> (field, attr);
      break;
    case LS_STORED_INT16:
      add_integer<int16_t> (field, attr);
      break;
    case LS_STORED_UINT16:
      add_integer<uint16_t> (field, attr);
      break;
    case LS_STORED_INT32:
      add_integer<int32_t> (field, attr);
      break;
    case LS_STORED_UINT32:
      add_integer<uint32_t> (field, attr);
      break;
    case LS_STORED_INT64:
    case LS_STORED_UINT64:
      add_integer<int64_t> (field, attr);
      break;
    case LS_STORED_FLOAT32:
      fbb.AddElement<float> (field->slot, static_cast<float> (real));
      break;
    case LS_STORED_FLOAT64:
      fbb.AddElement<double> (field->slot, real);
      break;
    case LS_STORED_STRING:
      break;
    }
}

// The options table from the list of attributes: those that are set.
Offset<void>
Build::options (const LsOperator *from, uint32_t index, const LsOptionTable **table)
{
  struct Made
  {
    const LsOptionField *field;
    const LsAttr *attr;
    Offset<void> list;
  };
  std::vector<Made> made;

  *table = nullptr;
  if (from->options_type == nullptr && from->n_attrs == 0)
    return Offset<void> ();
  *table = from->options_type != nullptr ? ls_schema_options_by_name (from->options_type) : nullptr;
  if (*table == nullptr)
    fail (LS_E_UNSUPPORTED, "operator %u (%.80s) has options of type %s, which cannot be written",
          index, ls_op_kind_text (from),
          from->options_type != nullptr ? from->options_type : "unknown");
  for (uint32_t i = 0; i < from->n_attrs; i++)
    {
      const LsAttr *attr = &from->attrs[i];

      if (!attr->is_set)
        continue;

      const LsOptionField *field = ls_schema_field (*table, attr->name);

      if (field == nullptr)
        fail (LS_E_INVALID, "operator %u (%.80s) has the option %s, which %s does not know", index,
              ls_op_kind_text (from), attr->name, (*table)->name);

      const bool is_list = field->is_vector || field->stored == LS_STORED_STRING;

      made.push_back (Made{ field, attr, is_list ? attr_vector (field, attr) : Offset<void> () });
    }

  const flatbuffers::uoffset_t start = fbb.StartTable ();

  for (const Made &one : made)
    {
      if (!one.list.IsNull ())
        fbb.AddOffset (one.field->slot, one.list);
      else
        add_scalar (one.field, one.attr);
    }
  return Offset<void> (fbb.EndTable (start));
}

Offset<tflite::Operator>
Build::op (const LsOperator *from, uint32_t index)
{
  const LsOptionTable *table;
  const Offset<void> option_table = options (from, index, &table);
  const auto inputs = list (from->inputs, from->n_inputs);
  const auto outputs = list (from->outputs, from->n_outputs);
  const auto intermediates = list_or_none (from->intermediates, from->n_intermediates);
  const auto mutating
    = list_or_none (reinterpret_cast<const uint8_t *> (from->mutating), from->n_mutating);
  const auto custom = bytes (from->custom_options, 1);
  tflite::OperatorBuilder builder (fbb);

  builder.add_opcode_index (from->code_index);
  builder.add_inputs (inputs);
  builder.add_outputs (outputs);
  if (table != nullptr && table->which == 1)
    {
      builder.add_builtin_options_type (static_cast<tflite::BuiltinOptions> (table->number));
      builder.add_builtin_options (option_table);
    }
  if (table != nullptr && table->which == 2)
    {
      builder.add_builtin_options_2_type (static_cast<tflite::BuiltinOptions2> (table->number));
      builder.add_builtin_options_2 (option_table);
    }
  builder.add_custom_options (custom);
  builder.add_custom_options_format (
    static_cast<tflite::CustomOptionsFormat> (from->custom_options_format));
  builder.add_mutating_variable_inputs (mutating);
  builder.add_intermediates (intermediates);
  builder.add_debug_metadata_index (from->debug_metadata_index);
  return builder.Finish ();
}

Offset<tflite::SubGraph>
Build::graph (const LsSubgraph *from)
{
  std::vector<Offset<tflite::Tensor> > tensors;
  std::vector<Offset<tflite::Operator> > ops;

  for (uint32_t i = 0; i < from->n_tensors; i++)
    tensors.push_back (tensor (&from->tensors[i]));
  for (uint32_t i = 0; i < from->n_ops; i++)
    ops.push_back (op (&from->ops[i], i));

  const auto inputs = list (from->inputs, from->n_inputs);
  const auto outputs = list (from->outputs, from->n_outputs);
  const auto tensor_list = fbb.CreateVector (tensors);
  const auto op_list = fbb.CreateVector (ops);

  return tflite::CreateSubGraph (fbb, tensor_list, inputs, outputs, op_list, text (from->name),
                                 from->debug_metadata_index);
}

Offset<Vector<Offset<tflite::TensorMap> > >
Build::ports (const LsSignaturePort *from, uint32_t count)
{
  std::vector<Offset<tflite::TensorMap> > made;

  for (uint32_t i = 0; i < count; i++)
    made.push_back (tflite::CreateTensorMap (fbb, text (from[i].name), from[i].tensor));
  return fbb.CreateVector (made);
}

Offset<Vector<Offset<tflite::SignatureDef> > >
Build::signatures ()
{
  std::vector<Offset<tflite::SignatureDef> > made;

  for (uint32_t i = 0; i < model->n_signatures; i++)
    {
      const LsSignature *from = &model->signatures[i];
      const auto inputs = ports (from->inputs, from->n_inputs);
      const auto outputs = ports (from->outputs, from->n_outputs);

      made.push_back (
        tflite::CreateSignatureDef (fbb, inputs, outputs, text (from->key), from->subgraph));
    }
  return made.empty () ? Offset<Vector<Offset<tflite::SignatureDef> > > ()
                       : fbb.CreateVector (made);
}

Offset<Vector<Offset<tflite::Metadata> > >
Build::metadata ()
{
  std::vector<Offset<tflite::Metadata> > made;

  for (uint32_t i = 0; i < model->n_metadata; i++)
    made.push_back (
      tflite::CreateMetadata (fbb, text (model->metadata[i].name), model->metadata[i].buffer));
  return made.empty () ? Offset<Vector<Offset<tflite::Metadata> > > () : fbb.CreateVector (made);
}

// A buffer whose place is filled in by place().
Offset<tflite::Buffer>
Build::buffer (const LsBuffer *from)
{
  // An empty list is more than none: LiteRT takes its tensor for a constant.
  const auto empty
    = from->size == 0 && from->data != nullptr ? list (from->data, 0) : Offset<Vector<uint8_t> > ();
  const flatbuffers::uoffset_t start = fbb.StartTable ();

  fbb.AddOffset (tflite::Buffer::VT_DATA, empty);
  if (from->size > 0 && is_outer)
    {
      fbb.AddElement<uint64_t> (tflite::Buffer::VT_OFFSET, PLACEHOLDER);
      fbb.AddElement<uint64_t> (tflite::Buffer::VT_SIZE, from->size);
    }
  else if (from->size > 0)
    fbb.AddElement<flatbuffers::uoffset_t> (tflite::Buffer::VT_DATA, PLACEHOLDER);
  return Offset<tflite::Buffer> (fbb.EndTable (start));
}

void
Build::build ()
{
  std::vector<Offset<tflite::SubGraph> > graphs;
  std::vector<Offset<tflite::Buffer> > buffers;
  std::vector<Offset<tflite::ExternalBufferGroup> > groups;
  std::vector<Offset<tflite::ExternalBuffer> > external;

  for (uint32_t i = 0; i < model->n_buffers; i++)
    buffers.push_back (buffer (&model->buffers[i]));
  for (uint32_t i = 0; i < model->n_graphs; i++)
    graphs.push_back (graph (&model->graphs[i]->view));
  for (uint32_t i = 0; i < model->n_external_groups; i++)
    groups.push_back (tflite::CreateExternalBufferGroup (fbb, text (model->external_groups[i])));
  for (uint32_t i = 0; i < model->n_external_buffers; i++)
    {
      const LsExternalBuffer *from = &model->external_buffers[i];

      external.push_back (tflite::CreateExternalBuffer (fbb, from->id, from->group, from->offset,
                                                        from->length, text (from->packing)));
    }

  const auto graph_list = fbb.CreateVector (graphs);
  const auto buffer_list = fbb.CreateVector (buffers);
  const auto group_list = groups.empty () ? 0 : fbb.CreateVector (groups);
  const auto external_list = external.empty () ? 0 : fbb.CreateVector (external);
  const auto code_list = codes ();
  const auto signature_list = signatures ();
  const auto metadata_list = metadata ();
  const auto old_metadata = list_or_none (model->metadata_buffer, model->n_metadata_buffer);
  const auto description = text (model->description);

  tflite::FinishModelBuffer (fbb, tflite::CreateModel (fbb, model->version, code_list, graph_list,
                                                       description, buffer_list, old_metadata,
                                                       metadata_list, signature_list, group_list,
                                                       external_list));
}

// Decides where each constant comes to stand, and tells the flatbuffer.
void
Build::place (uint64_t *end)
{
  const tflite::Model *made = tflite::GetModel (fbb.GetBufferPointer ());
  uint8_t *base = fbb.GetBufferPointer ();
  uint64_t at = fbb.GetSize ();

  places.assign (model->n_buffers, 0);
  for (uint32_t i = 0; i < model->n_buffers; i++)
    {
      const uint64_t size = model->buffers[i].size;

      if (size == 0)
        continue;

      tflite::Buffer *table = const_cast<tflite::Buffer *> (made->buffers ()->Get (i));
      const uint64_t head = is_outer ? 0 : sizeof (flatbuffers::uoffset_t);

      at = (at + head + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      places[i] = at;

      uint8_t *field = reinterpret_cast<flatbuffers::Table *> (table)->GetAddressOf (
        is_outer ? tflite::Buffer::VT_OFFSET : tflite::Buffer::VT_DATA);

      if (is_outer)
        flatbuffers::WriteScalar<uint64_t> (field, at);
      else
        flatbuffers::WriteScalar<flatbuffers::uoffset_t> (
          field,
          static_cast<flatbuffers::uoffset_t> (at - head - static_cast<uint64_t> (field - base)));
      at += size;
    }
  *end = at;
}

// Zeros up to @until.
void
pad (LsWriter *writer, uint64_t *at, uint64_t until, LsError *error)
{
  static const uint8_t zeros[ALIGNMENT * 2] = { 0 };

  if (ls_writer_write (writer, zeros, static_cast<size_t> (until - *at), error) != LS_OK)
    throw Failed{ LS_E_IO };
  *at = until;
}

void
Build::write (LsWriter *writer)
{
  uint64_t at = fbb.GetSize ();

  if (ls_writer_write (writer, fbb.GetBufferPointer (), fbb.GetSize (), error) != LS_OK)
    throw Failed{ LS_E_IO };
  for (uint32_t i = 0; i < model->n_buffers; i++)
    {
      const LsBuffer *from = &model->buffers[i];
      const uint32_t length = static_cast<uint32_t> (from->size);
      const uint64_t head = is_outer ? 0 : sizeof length;

      if (from->size == 0)
        continue;
      pad (writer, &at, places[i] - head, error);
      if (ls_writer_write (writer, &length, static_cast<size_t> (head), error) != LS_OK
          || ls_writer_write (writer, from->data, static_cast<size_t> (from->size), error) != LS_OK)
        throw Failed{ LS_E_IO };
      at = places[i] + from->size;
    }
  pad (writer, &at, (at + 3) / 4 * 4, error);
}

} // namespace

LsStatus
ls_tflite_write (const LsModel *model, LsWriter *writer, uint64_t *n_written, LsError *error)
{
  try
    {
      uint64_t end;
      Build inner (model, false, error);

      inner.build ();
      inner.place (&end);
      if (end < FLATBUFFERS_MAX_BUFFER_SIZE - 2 * ALIGNMENT)
        inner.write (writer);
      else
        {
          Build outer (model, true, error);

          outer.build ();
          outer.place (&end);
          outer.write (writer);
        }
      *n_written = (end + 3) / 4 * 4;
      return LS_OK;
    }
  catch (const Failed &failed)
    {
      return failed.status;
    }
  catch (const std::exception &)
    {
      return ls_fail_no_memory (error, "writing the model", 0);
    }
}
