// From a verified flatbuffer to the model. Nothing of weight is copied: names, shapes, scales and
// constants stay where they are in the file.
#include <cstring>
#include <map>
#include <new>

// The verifier notes how far the flatbuffer reaches, so that an archive behind it can be told.
#define FLATBUFFERS_TRACK_VERIFIER_BUFFER_SIZE
#include "tflite_generated.h"

#include "formats/schema.h"
#include "formats/tflite/bridge.h"
#include "formats/tflite/stored.h"
#include "formats/tflite/verify.h"
extern "C"
{
#include "model/validate.h"
}

static_assert (FLATBUFFERS_LITTLEENDIAN, "vectors of the file are read in place");

namespace
{

// Thrown when the error is filled; never leaves this file.
struct Failed
{
  LsStatus status;
};

const int32_t no_ints[1] = { 0 };

class Reader
{
public:
  Reader (const uint8_t *data_, size_t size_, LsModel *model_, LsError *error_)
      : data (data_), size (size_), model (model_), error (error_),
        budget (uint64_t{ SHARING } * size_ + (1 << 20))
  {
  }

  void read ();

private:
  // Honest files state each list once. One that states the same long list for every tensor would
  // cost time and memory out of proportion to its size.
  static constexpr unsigned SHARING = 16;

  const uint8_t *data;
  size_t size;
  LsModel *model;
  LsError *error;
  uint64_t budget;
  uint64_t end = 0; // of the flatbuffer and its outer data
  // What was made of a place in the file, by what it was read as: a broken file may state one
  // place as two things.
  std::map<std::pair<const void *, const void *>, const void *> made;

  template <typename... Args>
  [[noreturn]] void
  fail (LsStatus status, int64_t at, const char *format, Args... args)
  {
    throw Failed{ ls_fail (error, status, at, format, args...) };
  }

  template <typename T>
  T *
  allocate (size_t count)
  {
    void *memory = ls_model_alloc (model, count, sizeof (T));

    if (memory == nullptr)
      throw std::bad_alloc ();
    return static_cast<T *> (memory);
  }

  static int
  check_added (int index)
  {
    if (index < 0)
      throw std::bad_alloc ();
    return index;
  }

  int64_t
  offset_of (const void *place) const
  {
    return static_cast<const uint8_t *> (place) - data;
  }

  void
  charge (const void *place, uint64_t n_bytes)
  {
    if (n_bytes > budget)
      fail (LS_E_FORMAT, offset_of (place),
            "is malformed: its tables state the same list again and again");
    budget -= n_bytes;
  }

  static const char *
  text (const flatbuffers::String *string)
  {
    return string != nullptr ? string->c_str () : ls_no_text;
  }

  // A copy with elements of another type, made once for a vector that is stated several times.
  template <typename To, typename From>
  uint32_t
  convert (const flatbuffers::Vector<From> *vector, const To **out)
  {
    *out = reinterpret_cast<const To *> (no_ints);
    if (vector == nullptr || vector->size () == 0)
      return 0;
    charge (vector, uint64_t{ vector->size () } * sizeof (From));

    static const char read_as = 0; // one for each pair of types
    const void *&known = made[{ vector, &read_as }];

    if (known == nullptr)
      {
        To *copy = allocate<To> (vector->size ());
        const uint8_t *from = vector->Data ();

        for (uint32_t i = 0; i < vector->size (); i++)
          {
            From value;

            std::memcpy (&value, from + size_t{ i } * sizeof (From), sizeof (From));
            copy[i] = static_cast<To> (value);
          }
        known = copy;
      }
    *out = static_cast<const To *> (known);
    return vector->size ();
  }

  // The elements where they stand in the file.
  template <typename T>
  uint32_t
  list (const flatbuffers::Vector<T> *vector, const T **out)
  {
    if (vector == nullptr || vector->size () == 0)
      {
        *out = reinterpret_cast<const T *> (no_ints);
        return 0;
      }
    if (reinterpret_cast<uintptr_t> (vector->Data ()) % alignof (T) != 0)
      return convert (vector, out);
    charge (vector, uint64_t{ vector->size () } * sizeof (T));
    *out = vector->data ();
    return vector->size ();
  }

  LsBytes
  bytes (const flatbuffers::Vector<uint8_t> *vector)
  {
    if (vector == nullptr)
      return LsBytes{ nullptr, 0 };
    return LsBytes{ vector->data (), vector->size () };
  }

  bool outer_bytes (uint64_t offset, uint64_t length, LsBytes *out);
  [[noreturn]] void fail_outer_buffer (const tflite::Model *root, uint32_t buffer);
  void read_buffers (const tflite::Model *root);
  void read_codes (const tflite::Model *root);
  void read_quantization (const tflite::QuantizationParameters *from, LsTensor *tensor);
  uint32_t read_indices (tflite::SparseIndexVector type, const void *table, const int32_t **out,
                         uint8_t *width);
  void read_sparsity (const tflite::SparsityParameters *from, LsTensor *tensor);
  void read_variants (const tflite::Tensor *from, LsTensor *tensor);
  void align_constant (int type, uint32_t buffer);
  void read_tensor (uint32_t graph, const tflite::Tensor *from);
  void read_value (const LsOptionField *field, const flatbuffers::Table *table, LsAttr *attr);
  void read_vector (const LsOptionField *field, const void *place, LsAttr *attr);
  const LsAttr *read_attrs (const LsOptionTable *options, const flatbuffers::Table *table);
  void read_options (const tflite::Operator *from, uint32_t index, LsOperator *op);
  void read_op (const tflite::SubGraph *subgraph, uint32_t graph, uint32_t index);
  void read_graph (const tflite::SubGraph *from);
  const LsSignaturePort *
  read_ports (const flatbuffers::Vector<flatbuffers::Offset<tflite::TensorMap> > *from,
              uint32_t *count);
  void read_signatures (const tflite::Model *root);
  void read_metadata (const tflite::Model *root);
  void read_external (const tflite::Model *root);
  void find_appended ();
};

// Bytes that the flatbuffer places in the file around it; false when they lie outside.
bool
Reader::outer_bytes (uint64_t offset, uint64_t length, LsBytes *out)
{
  uint64_t last;

  if (__builtin_add_overflow (offset, length, &last) || last > size)
    return false;
  if (last > end)
    end = last;
  *out = LsBytes{ data + offset, static_cast<size_t> (length) };
  return true;
}

void
Reader::fail_outer_buffer (const tflite::Model *root, uint32_t buffer)
{
  const tflite::Buffer *from = root->buffers ()->Get (buffer);

  if (root->subgraphs () != nullptr)
    for (const tflite::SubGraph *graph : *root->subgraphs ())
      for (uint32_t t = 0; graph->tensors () != nullptr && t < graph->tensors ()->size (); t++)
        if (graph->tensors ()->Get (t)->buffer () == buffer)
          fail (LS_E_FORMAT, offset_of (from),
                "buffer %u of tensor %u (%.80s) is %llu bytes at offset %llu, past the end of the "
                "file of %zu bytes",
                buffer, t, text (graph->tensors ()->Get (t)->name ()),
                static_cast<unsigned long long> (from->size ()),
                static_cast<unsigned long long> (from->offset ()), size);
  fail (LS_E_FORMAT, offset_of (from),
        "buffer %u is %llu bytes at offset %llu, past the end of the file of %zu bytes", buffer,
        static_cast<unsigned long long> (from->size ()),
        static_cast<unsigned long long> (from->offset ()), size);
}

void
Reader::read_buffers (const tflite::Model *root)
{
  if (root->buffers () == nullptr || root->buffers ()->size () == 0)
    return;
  model->n_buffers = 0;
  for (uint32_t i = 0; i < root->buffers ()->size (); i++)
    {
      const tflite::Buffer *from = root->buffers ()->Get (i);
      LsBytes slice = bytes (from->data ());
      // Offsets 0 and 1 stand for "none" (interpreter_builder.cc, get_readonly_data).
      const bool is_outer = slice.size == 0 && from->offset () > 1;

      if (is_outer && !outer_bytes (from->offset (), from->size (), &slice))
        fail_outer_buffer (root, i);

      const int index = check_added (ls_model_add_buffer (model, slice.data, slice.size));
      LsBuffer *buffer = &model->buffers[index];

      buffer->is_external = is_outer;
      if (slice.size > 0)
        buffer->file_offset = static_cast<uint64_t> (offset_of (slice.data));
    }
}

void
Reader::read_codes (const tflite::Model *root)
{
  const uint32_t n = root->operator_codes () != nullptr ? root->operator_codes ()->size () : 0;

  model->codes = static_cast<LsOpCode *> (std::calloc (n + size_t{ 1 }, sizeof (LsOpCode)));
  if (model->codes == nullptr)
    throw std::bad_alloc ();
  model->cap_codes = n;
  for (; model->n_codes < n; model->n_codes++)
    {
      const tflite::OperatorCode *from = root->operator_codes ()->Get (model->n_codes);
      LsOpCode *code = &model->codes[model->n_codes];
      const int wide = static_cast<int> (from->builtin_code ()),
                narrow = from->deprecated_builtin_code ();

      // The larger of the two is the right one (schema_utils.cc, GetBuiltinCode).
      code->kind = wide > narrow ? wide : narrow;
      code->deprecated_code = narrow;
      code->wide_code = wide;
      code->version = from->version ();
      if (from->custom_code () != nullptr)
        code->custom_code = text (from->custom_code ());
    }
}

void
Reader::read_quantization (const tflite::QuantizationParameters *from, LsTensor *tensor)
{
  if (from == nullptr)
    return;

  LsQuantization *quant = allocate<LsQuantization> (1);

  tensor->quant = quant;
  quant->n_scales = list (from->scale (), &quant->scales);
  quant->n_min = list (from->min (), &quant->min);
  quant->n_max = list (from->max (), &quant->max);
  quant->n_zero_points = list (from->zero_point (), &quant->zero_points);
  quant->axis = from->quantized_dimension ();
  if (const auto *custom = from->details_as_CustomQuantization ())
    {
      quant->details = LS_QUANT_DETAILS_CUSTOM;
      quant->custom = bytes (custom->custom ());
    }
  else if (const auto *blocks = from->details_as_BlockwiseQuantization ())
    {
      quant->details = LS_QUANT_DETAILS_BLOCKWISE;
      quant->block_scales = blocks->scales ();
      quant->block_zero_points = blocks->zero_points ();
      quant->block_size = blocks->block_size ();
    }
  else if (const auto *axes = from->details_as_MultiAxisQuantization ())
    {
      quant->details = LS_QUANT_DETAILS_MULTI_AXIS;
      quant->block_scales = axes->scales ();
      quant->block_zero_points = axes->zero_points ();
      quant->block_size = axes->block_size ();
      quant->n_axes = list (axes->quantized_dimensions (), &quant->axes);
    }
}

// Segments or indices of a sparse dimension, widened to 32 bits.
uint32_t
Reader::read_indices (tflite::SparseIndexVector type, const void *table, const int32_t **out,
                      uint8_t *width)
{
  *out = no_ints;
  *width = 0;
  if (table == nullptr)
    return 0;
  switch (type)
    {
    case tflite::SparseIndexVector_Int32Vector:
      *width = 4;
      return list (static_cast<const tflite::Int32Vector *> (table)->values (), out);
    case tflite::SparseIndexVector_Uint16Vector:
      *width = 2;
      return convert (static_cast<const tflite::Uint16Vector *> (table)->values (), out);
    case tflite::SparseIndexVector_Uint8Vector:
      *width = 1;
      return convert (static_cast<const tflite::Uint8Vector *> (table)->values (), out);
    case tflite::SparseIndexVector_NONE:
      break;
    }
  return 0;
}

void
Reader::read_sparsity (const tflite::SparsityParameters *from, LsTensor *tensor)
{
  if (from == nullptr)
    return;

  LsSparsity *sparsity = allocate<LsSparsity> (1);
  const uint32_t n = from->dim_metadata () != nullptr ? from->dim_metadata ()->size () : 0;
  LsSparseDim *dims = allocate<LsSparseDim> (n);

  sparsity->n_traversal = list (from->traversal_order (), &sparsity->traversal_order);
  sparsity->n_block_map = list (from->block_map (), &sparsity->block_map);
  sparsity->n_dims = n;
  sparsity->dims = dims;
  for (uint32_t i = 0; i < n; i++)
    {
      const tflite::DimensionMetadata *one = from->dim_metadata ()->Get (i);

      dims[i].format
        = one->format () == tflite::DimensionType_DENSE ? LS_DIM_DENSE : LS_DIM_SPARSE_CSR;
      if (one->format () != tflite::DimensionType_DENSE
          && one->format () != tflite::DimensionType_SPARSE_CSR)
        fail (LS_E_UNSUPPORTED, offset_of (one),
              "tensor %.80s is sparse in a way that is unknown: dimension %u has format %d",
              tensor->name, i, static_cast<int> (one->format ()));
      dims[i].dense_size = one->dense_size ();
      dims[i].n_segments = read_indices (one->array_segments_type (), one->array_segments (),
                                         &dims[i].segments, &dims[i].segments_width);
      dims[i].n_indices = read_indices (one->array_indices_type (), one->array_indices (),
                                        &dims[i].indices, &dims[i].indices_width);
    }
  tensor->sparsity = sparsity;
}

// Types are kept as the file states them, also numbers that are no LsType.
void
set_type (LsType *type, tflite::TensorType from)
{
  const int32_t number = static_cast<int32_t> (from);

  static_assert (sizeof *type == sizeof number, "enums are ints");
  std::memcpy (type, &number, sizeof number);
}

void
Reader::read_variants (const tflite::Tensor *from, LsTensor *tensor)
{
  const auto *list_from = from->variant_tensors ();

  if (list_from == nullptr || list_from->size () == 0)
    return;

  LsVariantType *variants = allocate<LsVariantType> (list_from->size ());

  for (uint32_t i = 0; i < list_from->size (); i++)
    {
      const tflite::VariantSubType *one = list_from->Get (i);

      set_type (&variants[i].type, one->type ());
      variants[i].has_rank = one->has_rank ();
      variants[i].rank = list (one->shape (), &variants[i].dims);
    }
  tensor->n_variants = list_from->size ();
  tensor->variants = variants;
}

// Constants are read in place by their type. A writer that did not align one costs a copy.
void
Reader::align_constant (int type, uint32_t index)
{
  if (type < 0 || type >= LS_N_TYPES || index >= model->n_buffers)
    return;

  const unsigned width = ls_type_bits (static_cast<LsType> (type)) / 8;
  LsBuffer *buffer = &model->buffers[index];

  if (buffer->size == 0 || width == 0
      || reinterpret_cast<uintptr_t> (buffer->data) % (width > 8 ? 8 : width) == 0)
    return;
  charge (buffer->data, buffer->size);

  uint8_t *copy = allocate<uint8_t> (buffer->size);

  std::memcpy (copy, buffer->data, buffer->size);
  buffer->data = copy;
}

void
Reader::read_tensor (uint32_t graph, const tflite::Tensor *from)
{
  LsTensor tensor = LsTensor ();

  tensor.name = text (from->name ());
  set_type (&tensor.type, from->type ());
  tensor.rank = static_cast<int32_t> (list (from->shape (), &tensor.dims));
  tensor.signature_rank = -1;
  if (from->shape_signature () != nullptr)
    tensor.signature_rank
      = static_cast<int32_t> (list (from->shape_signature (), &tensor.signature));
  tensor.has_rank = from->has_rank ();
  tensor.is_variable = from->is_variable ();
  tensor.buffer = from->buffer ();
  tensor.external_buffer = from->external_buffer ();
  read_quantization (from->quantization (), &tensor);
  read_sparsity (from->sparsity (), &tensor);
  read_variants (from, &tensor);
  align_constant (static_cast<int> (from->type ()), tensor.buffer);
  check_added (ls_model_add_tensor (model, graph, &tensor));
}

void
Reader::read_vector (const LsOptionField *field, const void *place, LsAttr *attr)
{
  switch (field->stored)
    {
    case LS_STORED_BOOL:
      attr->count
        = convert (static_cast<const flatbuffers::Vector<uint8_t> *> (place), &attr->ints);
      break;
    case LS_STORED_UINT8:
      attr->bytes = bytes (static_cast<const flatbuffers::Vector<uint8_t> *> (place));
      break;
    case LS_STORED_INT32:
      attr->count
        = convert (static_cast<const flatbuffers::Vector<int32_t> *> (place), &attr->ints);
      break;
    case LS_STORED_UINT32:
      attr->count
        = convert (static_cast<const flatbuffers::Vector<uint32_t> *> (place), &attr->ints);
      break;
    case LS_STORED_INT64:
      attr->count
        = convert (static_cast<const flatbuffers::Vector<int64_t> *> (place), &attr->ints);
      break;
    case LS_STORED_FLOAT32:
      attr->count = list (static_cast<const flatbuffers::Vector<float> *> (place), &attr->floats);
      break;
    case LS_STORED_INT8:
    case LS_STORED_INT16:
    case LS_STORED_UINT16:
    case LS_STORED_UINT64:
    case LS_STORED_FLOAT64:
    case LS_STORED_STRING: // no option of the schema is a vector of these: see describe()
      break;
    }
}

// Fills an option that the file states, at @place.
void
Reader::read_value (const LsOptionField *field, const flatbuffers::Table *table, LsAttr *attr)
{
  const uint8_t *place = table->GetAddressOf (field->slot);

  if (place == nullptr)
    return;
  // The generated verifier passes over deprecated fields; those of the schema are numbers.
  if (field->is_deprecated
      && (field->is_vector || field->stored == LS_STORED_STRING
          || static_cast<size_t> (place - data) > size - sizeof (int64_t)))
    return;
  attr->is_set = true;
  if (field->is_vector || field->stored == LS_STORED_STRING)
    {
      const uint8_t *target = place + scalar<flatbuffers::uoffset_t> (place);

      if (field->is_vector)
        read_vector (field, target, attr);
      else
        attr->text = reinterpret_cast<const flatbuffers::String *> (target)->c_str ();
    }
  else if (field->stored == LS_STORED_FLOAT32)
    attr->f = static_cast<double> (scalar<float> (place));
  else if (field->stored == LS_STORED_FLOAT64)
    attr->f = scalar<double> (place);
  else
    {
      attr->i = stored_integer (field->stored, place);
      attr->text = ls_schema_enum_text (field, attr->i);
    }
}

const LsAttr *
Reader::read_attrs (const LsOptionTable *options, const flatbuffers::Table *table)
{
  const void *&known = made[{ table, options }];

  if (known == nullptr)
    {
      LsAttr *attrs = allocate<LsAttr> (options->n_fields);

      for (uint32_t i = 0; i < options->n_fields; i++)
        {
          attrs[i] = options->fields[i].attr;
          read_value (&options->fields[i], table, &attrs[i]);
        }
      known = attrs;
    }
  return static_cast<const LsAttr *> (known);
}

// What the model calls options of a table that the schema does not know: they cannot be written.
const char *
unknown_options (LsModel *model, int which, int number)
{
  char name[48];

  std::snprintf (name, sizeof name, "BuiltinOptions%s %d", which == 2 ? "2" : "", number);
  return ls_model_strdup (model, name);
}

void
Reader::read_options (const tflite::Operator *from, uint32_t index, LsOperator *op)
{
  const void *first = from->builtin_options (), *second = from->builtin_options_2 ();
  const int which = first != nullptr ? 1 : 2;
  const void *table = first != nullptr ? first : second;
  const int number = which == 1 ? static_cast<int> (from->builtin_options_type ())
                                : static_cast<int> (from->builtin_options_2_type ());

  if (table == nullptr || number == 0)
    return;
  if (first != nullptr && second != nullptr && from->builtin_options_2_type () != 0
      && from->builtin_options_type () != 0)
    fail (LS_E_INVALID, offset_of (from), "operator %u has options of two kinds at once, %s and %s",
          index, tflite::EnumNameBuiltinOptions (from->builtin_options_type ()),
          tflite::EnumNameBuiltinOptions2 (from->builtin_options_2_type ()));

  const LsOptionTable *options = ls_schema_options (which, number);

  if (options == nullptr)
    {
      op->options_type = unknown_options (model, which, number);
      if (op->options_type == nullptr)
        throw std::bad_alloc ();
      return;
    }
  op->options_type = options->name;
  op->n_attrs = options->n_fields;
  op->attrs = read_attrs (options, static_cast<const flatbuffers::Table *> (table));
}

void
Reader::read_op (const tflite::SubGraph *subgraph, uint32_t graph, uint32_t index)
{
  const tflite::Operator *from = subgraph->operators ()->Get (index);
  LsOperator op = LsOperator ();

  op.code_index = from->opcode_index ();
  op.n_inputs = list (from->inputs (), &op.inputs);
  op.n_outputs = list (from->outputs (), &op.outputs);
  op.n_intermediates = list (from->intermediates (), &op.intermediates);
  op.n_mutating = convert (from->mutating_variable_inputs (), &op.mutating);
  read_options (from, index, &op);
  op.custom_options = bytes (from->custom_options ());
  if (from->custom_options () == nullptr && from->large_custom_options_offset () > 1
      && !outer_bytes (from->large_custom_options_offset (), from->large_custom_options_size (),
                       &op.custom_options))
    fail (LS_E_FORMAT, offset_of (from),
          "operator %u of subgraph %u has custom options past the end of the file: %llu bytes at "
          "offset %llu",
          index, graph, static_cast<unsigned long long> (from->large_custom_options_size ()),
          static_cast<unsigned long long> (from->large_custom_options_offset ()));
  op.custom_options_format = static_cast<int32_t> (from->custom_options_format ());
  op.debug_metadata_index = from->debug_metadata_index ();
  check_added (ls_model_insert_op (model, graph, index, &op));
}

void
Reader::read_graph (const tflite::SubGraph *from)
{
  const uint32_t g
    = static_cast<uint32_t> (check_added (ls_model_add_graph (model, text (from->name ()))));
  LsSubgraph *view = &model->graphs[g]->view;

  view->n_inputs = list (from->inputs (), &view->inputs);
  view->n_outputs = list (from->outputs (), &view->outputs);
  view->debug_metadata_index = from->debug_metadata_index ();
  if (from->tensors () != nullptr)
    for (const tflite::Tensor *tensor : *from->tensors ())
      read_tensor (g, tensor);
  if (from->operators () != nullptr)
    for (uint32_t i = 0; i < from->operators ()->size (); i++)
      read_op (from, g, i);
}

const LsSignaturePort *
Reader::read_ports (const flatbuffers::Vector<flatbuffers::Offset<tflite::TensorMap> > *from,
                    uint32_t *count)
{
  *count = from != nullptr ? from->size () : 0;

  LsSignaturePort *ports = allocate<LsSignaturePort> (*count);

  for (uint32_t i = 0; i < *count; i++)
    ports[i] = LsSignaturePort{ text (from->Get (i)->name ()), from->Get (i)->tensor_index () };
  return ports;
}

void
Reader::read_signatures (const tflite::Model *root)
{
  const uint32_t n = root->signature_defs () != nullptr ? root->signature_defs ()->size () : 0;
  LsSignature *signatures = allocate<LsSignature> (n);

  for (uint32_t i = 0; i < n; i++)
    {
      const tflite::SignatureDef *from = root->signature_defs ()->Get (i);

      signatures[i].key = text (from->signature_key ());
      signatures[i].subgraph = from->subgraph_index ();
      signatures[i].inputs = read_ports (from->inputs (), &signatures[i].n_inputs);
      signatures[i].outputs = read_ports (from->outputs (), &signatures[i].n_outputs);
    }
  model->signatures = signatures;
  model->n_signatures = n;
}

void
Reader::read_metadata (const tflite::Model *root)
{
  const uint32_t n = root->metadata () != nullptr ? root->metadata ()->size () : 0;
  LsMetadata *metadata = allocate<LsMetadata> (n);

  for (uint32_t i = 0; i < n; i++)
    metadata[i] = LsMetadata{ text (root->metadata ()->Get (i)->name ()),
                              root->metadata ()->Get (i)->buffer () };
  model->metadata = metadata;
  model->n_metadata = n;
  model->n_metadata_buffer = list (root->metadata_buffer (), &model->metadata_buffer);
}

void
Reader::read_external (const tflite::Model *root)
{
  const auto *groups = root->external_buffer_groups ();
  const auto *buffers = root->external_buffers ();

  if (groups != nullptr)
    {
      const char **names = allocate<const char *> (groups->size ());

      for (uint32_t i = 0; i < groups->size (); i++)
        names[i] = text (groups->Get (i)->name ());
      model->external_groups = names;
      model->n_external_groups = groups->size ();
    }
  if (buffers != nullptr)
    {
      LsExternalBuffer *made_of = allocate<LsExternalBuffer> (buffers->size ());

      for (uint32_t i = 0; i < buffers->size (); i++)
        {
          const tflite::ExternalBuffer *from = buffers->Get (i);

          made_of[i] = LsExternalBuffer{ from->id (), from->group (), from->offset (),
                                         from->length (), text (from->packing ()) };
        }
      model->external_buffers = made_of;
      model->n_external_buffers = buffers->size ();
    }
}

// What follows the flatbuffer and its outer data, if it is more than padding.
void
Reader::find_appended ()
{
  if (end >= size)
    return;

  size_t from = static_cast<size_t> (end);

  while (from < size && data[from] == 0)
    from++;
  // Padding before an archive is not part of it; of other data the start is not known.
  if (size - from >= 4 && std::memcmp (data + from, "PK\3\4", 4) == 0)
    model->appended = LsBytes{ data + from, size - from };
  else if (from < size)
    model->appended = LsBytes{ data + end, static_cast<size_t> (size - end) };
}

void
Reader::read ()
{
  flatbuffers::Verifier verifier = make_verifier (data, size);

  if (!verify (verifier, data))
    {
      if (!ls_tflite_diagnose (data, size, error))
        fail (LS_E_FORMAT, -1, "is malformed: its tables do not fit the file of %zu bytes", size);
      throw Failed{ LS_E_FORMAT };
    }
  end = verifier.GetComputedSize ();
  if (end == 0)
    end = size;

  const tflite::Model *root = tflite::GetModel (data);

  model->version = root->version ();
  model->description = text (root->description ());
  read_buffers (root);
  read_codes (root);
  if (root->subgraphs () != nullptr)
    for (const tflite::SubGraph *graph : *root->subgraphs ())
      read_graph (graph);
  if (ls_model_resolve_codes (model, error) != LS_OK)
    throw Failed{ LS_E_INVALID };
  read_signatures (root);
  read_metadata (root);
  read_external (root);
  find_appended ();
}

} // namespace

LsStatus
ls_tflite_read (const uint8_t *data, size_t size, LsModel *model, LsError *error)
{
  try
    {
      Reader (data, size, model, error).read ();
      return LS_OK;
    }
  catch (const Failed &failed)
    {
      return failed.status;
    }
  catch (const std::exception &)
    {
      return ls_fail_no_memory (error, "the model", size);
    }
}

bool
ls_tflite_verify (const uint8_t *data, size_t size)
{
  flatbuffers::Verifier verifier = make_verifier (data, size);

  return size >= 8 && verify (verifier, data);
}
