// Where the fields that repairs write to stand in the file.
#include "tflite_generated.h"

#include "formats/tflite/bridge.h"

namespace
{

struct Place
{
  const void *at; // nullptr: the field is not stored
  uint64_t length;
};

template <typename Table>
Place
field_of (const Table *table, flatbuffers::voffset_t slot, uint64_t length)
{
  return Place{ reinterpret_cast<const flatbuffers::Table *> (table)->GetAddressOf (slot), length };
}

template <typename T>
Place
element_of (const flatbuffers::Vector<T> *list, uint32_t element)
{
  if (list == nullptr || element >= list->size ())
    return Place{ nullptr, 0 };
  return Place{ list->Data () + size_t{ element } * sizeof (T), sizeof (T) };
}

Place
constant_of (const tflite::Model *root, const tflite::Tensor *tensor, const uint8_t *data)
{
  if (root->buffers () == nullptr || tensor->buffer () >= root->buffers ()->size ())
    return Place{ nullptr, 0 };

  const tflite::Buffer *buffer = root->buffers ()->Get (tensor->buffer ());

  if (buffer->data () != nullptr && buffer->data ()->size () > 0)
    return Place{ buffer->data ()->Data (), buffer->data ()->size () };
  if (buffer->offset () > 1)
    return Place{ data + buffer->offset (), buffer->size () };
  return Place{ nullptr, 0 };
}

Place
tensor_field (const tflite::Model *root, LsField field, const tflite::Tensor *tensor,
              uint32_t element, const uint8_t *data)
{
  const tflite::QuantizationParameters *quant = tensor->quantization ();

  if (field == LS_FIELD_TENSOR_TYPE)
    return field_of (tensor, tflite::Tensor::VT_TYPE, 1);
  if (field == LS_FIELD_BUFFER_DATA)
    return constant_of (root, tensor, data);
  if (quant == nullptr)
    return Place{ nullptr, 0 };
  if (field == LS_FIELD_SCALE)
    return element_of (quant->scale (), element);
  if (field == LS_FIELD_ZERO_POINT)
    return element_of (quant->zero_point (), element);
  return field_of (quant, tflite::QuantizationParameters::VT_QUANTIZED_DIMENSION, 4);
}

Place
code_field (const tflite::Model *root, LsField field, uint32_t index)
{
  if (root->operator_codes () == nullptr || index >= root->operator_codes ()->size ())
    return Place{ nullptr, 0 };

  const tflite::OperatorCode *code = root->operator_codes ()->Get (index);

  if (field == LS_FIELD_CODE_VERSION)
    return field_of (code, tflite::OperatorCode::VT_VERSION, 4);
  if (field == LS_FIELD_CODE_DEPRECATED)
    return field_of (code, tflite::OperatorCode::VT_DEPRECATED_BUILTIN_CODE, 1);
  return field_of (code, tflite::OperatorCode::VT_BUILTIN_CODE, 4);
}

Place
signature_field (const tflite::Model *root, LsField field, uint32_t index, uint32_t port)
{
  if (root->signature_defs () == nullptr || index >= root->signature_defs ()->size ())
    return Place{ nullptr, 0 };

  const tflite::SignatureDef *signature = root->signature_defs ()->Get (index);
  const auto *ports
    = field == LS_FIELD_SIGNATURE_INPUT ? signature->inputs () : signature->outputs ();

  if (ports == nullptr || port >= ports->size ())
    return Place{ nullptr, 0 };
  return field_of (ports->Get (port), tflite::TensorMap::VT_TENSOR_INDEX, 4);
}

Place
find (const uint8_t *data, LsField field, uint32_t subgraph, uint32_t index, uint32_t element)
{
  const tflite::Model *root = tflite::GetModel (data);

  switch (field)
    {
    case LS_FIELD_CODE_VERSION:
    case LS_FIELD_CODE_DEPRECATED:
    case LS_FIELD_CODE_BUILTIN:
      return code_field (root, field, index);
    case LS_FIELD_SIGNATURE_INPUT:
    case LS_FIELD_SIGNATURE_OUTPUT:
      return signature_field (root, field, index, element);
    case LS_FIELD_SCALE:
    case LS_FIELD_ZERO_POINT:
    case LS_FIELD_QUANTIZED_DIM:
    case LS_FIELD_TENSOR_TYPE:
    case LS_FIELD_BUFFER_DATA:
      break;
    }
  if (root->subgraphs () == nullptr || subgraph >= root->subgraphs ()->size ())
    return Place{ nullptr, 0 };

  const tflite::SubGraph *graph = root->subgraphs ()->Get (subgraph);

  if (graph->tensors () == nullptr || index >= graph->tensors ()->size ())
    return Place{ nullptr, 0 };
  return tensor_field (root, field, graph->tensors ()->Get (index), element, data);
}

} // namespace

bool
ls_tflite_locate (const LsModel *model, LsField field, uint32_t subgraph, uint32_t index,
                  uint32_t element, uint64_t *offset, uint64_t *length)
{
  const uint8_t *data = static_cast<const uint8_t *> (model->locate_data);
  const Place place = find (data, field, subgraph, index, element);

  if (place.at == nullptr)
    return false;
  *offset = static_cast<uint64_t> (static_cast<const uint8_t *> (place.at) - data);
  *length = place.length;
  return true;
}
