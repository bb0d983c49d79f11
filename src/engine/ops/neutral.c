#include "ops/neutral.h"

#include <float.h>
#include <string.h>

static uint64_t
float_bits (float value)
{
  uint32_t bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static uint64_t
double_bits (double value)
{
  uint64_t bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

uint64_t
ls_lowest_bits (LsType type)
{
  switch ((int) type)
    {
    case LS_TYPE_FLOAT32:
      return float_bits (-FLT_MAX);
    case LS_TYPE_FLOAT64:
      return double_bits (-DBL_MAX);
    case LS_TYPE_INT8:
      return (uint8_t) INT8_MIN;
    case LS_TYPE_INT16:
      return (uint16_t) INT16_MIN;
    case LS_TYPE_INT32:
      return (uint32_t) INT32_MIN;
    case LS_TYPE_INT64:
      return (uint64_t) INT64_MIN;
    default:
      return 0;
    }
}

uint64_t
ls_highest_bits (LsType type)
{
  switch ((int) type)
    {
    case LS_TYPE_FLOAT32:
      return float_bits (FLT_MAX);
    case LS_TYPE_FLOAT64:
      return double_bits (DBL_MAX);
    case LS_TYPE_INT8:
      return INT8_MAX;
    case LS_TYPE_UINT8:
      return UINT8_MAX;
    case LS_TYPE_INT16:
      return INT16_MAX;
    case LS_TYPE_INT32:
      return INT32_MAX;
    case LS_TYPE_INT64:
      return INT64_MAX;
    case LS_TYPE_BOOL:
      return 1;
    default:
      return 0;
    }
}

uint64_t
ls_one_bits (LsType type)
{
  return type == LS_TYPE_FLOAT32   ? float_bits (1.0f)
         : type == LS_TYPE_FLOAT64 ? double_bits (1.0)
                                   : 1;
}
