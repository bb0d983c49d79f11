// Numbers as a flatbuffer stores them, at any address. C++, for this folder alone.
#ifndef LS_FORMATS_TFLITE_STORED_H
#define LS_FORMATS_TFLITE_STORED_H

#include <cstring>

#include "formats/schema.h"

template <typename T>
T
scalar (const uint8_t *place)
{
  T value;

  std::memcpy (&value, place, sizeof value);
  return value;
}

inline int64_t
stored_integer (LsStored stored, const uint8_t *place)
{
  switch (stored)
    {
    case LS_STORED_BOOL:
      return *place != 0;
    case LS_STORED_INT8:
      return scalar<int8_t> (place);
    case LS_STORED_UINT8:
      return *place;
    case LS_STORED_INT16:
      return scalar<int16_t> (place);
    case LS_STORED_UINT16:
      return scalar<uint16_t> (place);
    case LS_STORED_INT32:
      return scalar<int32_t> (place);
    case LS_STORED_UINT32:
      return scalar<uint32_t> (place);
    case LS_STORED_INT64:
    case LS_STORED_UINT64:
      return scalar<int64_t> (place);
    case LS_STORED_FLOAT32:
    case LS_STORED_FLOAT64:
    case LS_STORED_STRING:
      break;
    }
  return 0;
}

#endif
