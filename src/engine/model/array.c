#include "model/array.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/half.h"
#include "base/packed.h"
#include "base/size.h"

void
ls_array_clear (LsArray *array)
{
  free (array->data);
  *array = (LsArray){ 0 };
}

size_t
ls_array_count (const LsArray *array)
{
  size_t count = 0;

  ls_count (&count, array->dims, array->rank);
  return count;
}

LsStatus
ls_array_init (LsArray *array, LsType type, int rank, const int32_t *dims, LsError *error)
{
  size_t count, n_bytes;
  unsigned bits = ls_type_bits (type);

  *array = (LsArray){ .type = type, .rank = rank };
  if (bits == 0)
    return ls_fail (error, LS_E_UNSUPPORTED, -1, "arrays of type %s cannot be made here",
                    ls_type_name (type));
  if (rank < 0 || rank > LS_MAX_RANK)
    return ls_fail (error, LS_E_UNSUPPORTED, -1, "%d dimensions are more than the %d that we take",
                    rank, LS_MAX_RANK);
  if (rank > 0)
    memcpy (array->dims, dims, (size_t) rank * sizeof *dims);
  if (!ls_count (&count, array->dims, rank) || !ls_packed_size (&n_bytes, count, bits))
    return ls_fail (error, LS_E_INVALID, -1, "the shape has a negative or too large dimension");
  array->data = calloc (n_bytes > 0 ? n_bytes : 1, 1);
  if (array->data == NULL)
    return ls_fail_no_memory (error, "an array", n_bytes);
  array->n_bytes = n_bytes;
  return LS_OK;
}

/* ---- Eight-bit floats ------------------------------------------------------------------------ */

/* @n_mantissa bits below an exponent of the rest, with the given bias; specials are the caller's.
 */
static float
float8 (uint8_t value, int n_mantissa, int bias)
{
  int exponent = (value & 0x7f) >> n_mantissa, mantissa = value & ((1 << n_mantissa) - 1);
  float magnitude
    = exponent == 0 ? ldexpf ((float) mantissa, 1 - bias - n_mantissa)
                    : ldexpf ((float) (mantissa + (1 << n_mantissa)), exponent - bias - n_mantissa);

  return value & 0x80 ? -magnitude : magnitude;
}

float
ls_float8_e4m3fn_to_float (uint8_t value)
{
  return (value & 0x7f) == 0x7f ? NAN : float8 (value, 3, 7);
}

float
ls_float8_e5m2_to_float (uint8_t value)
{
  if ((value & 0x7c) != 0x7c)
    return float8 (value, 2, 15);
  if ((value & 3) != 0)
    return NAN;
  return value & 0x80 ? -INFINITY : INFINITY;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* The element at @index as a C type, wherever it lies. */
#define LOAD(Type)                                                                                 \
  ({                                                                                               \
    Type loaded;                                                                                   \
    memcpy (&loaded, (const char *) array->data + index * sizeof loaded, sizeof loaded);           \
    loaded;                                                                                        \
  })

bool
ls_array_get_int (const LsArray *array, size_t index, int64_t *out)
{
  switch ((int) array->type)
    {
    case LS_TYPE_INT8:
      return *out = LOAD (int8_t), true;
    case LS_TYPE_UINT8:
      return *out = LOAD (uint8_t), true;
    case LS_TYPE_BOOL:
      return *out = LOAD (uint8_t) != 0, true;
    case LS_TYPE_INT16:
      return *out = LOAD (int16_t), true;
    case LS_TYPE_UINT16:
      return *out = LOAD (uint16_t), true;
    case LS_TYPE_INT32:
    case LS_TYPE_RESOURCE:
      return *out = LOAD (int32_t), true;
    case LS_TYPE_UINT32:
      return *out = LOAD (uint32_t), true;
    case LS_TYPE_INT64:
      return *out = LOAD (int64_t), true;
    case LS_TYPE_UINT64:
      return *out = LOAD (int64_t), *out >= 0;
    case LS_TYPE_INT4:
    case LS_TYPE_INT2:
      *out = ls_packed_get_signed (array->data, ls_type_bits (array->type), index);
      return true;
    case LS_TYPE_UINT4:
      *out = ls_packed_get (array->data, 4, index);
      return true;
    default:
      return false;
    }
}

double
ls_array_get (const LsArray *array, size_t index)
{
  int64_t integer;

  switch ((int) array->type)
    {
    case LS_TYPE_FLOAT32:
    case LS_TYPE_COMPLEX64:
      index *= array->type == LS_TYPE_COMPLEX64 ? 2 : 1;
      return LOAD (float);
    case LS_TYPE_FLOAT64:
    case LS_TYPE_COMPLEX128:
      index *= array->type == LS_TYPE_COMPLEX128 ? 2 : 1;
      return LOAD (double);
    case LS_TYPE_FLOAT16:
      return ls_half_to_float (LOAD (uint16_t));
    case LS_TYPE_BFLOAT16:
      return ls_bfloat16_to_float (LOAD (uint16_t));
    case LS_TYPE_FLOAT8_E4M3FN:
      return ls_float8_e4m3fn_to_float (LOAD (uint8_t));
    case LS_TYPE_FLOAT8_E5M2:
      return ls_float8_e5m2_to_float (LOAD (uint8_t));
    case LS_TYPE_UINT64:
      return (double) LOAD (uint64_t);
    default:
      return ls_array_get_int (array, index, &integer) ? (double) integer : 0;
    }
}

/* ---- Writing --------------------------------------------------------------------------------- */

#define STORE(Type, value)                                                                         \
  do                                                                                               \
    {                                                                                              \
      Type stored = (Type) (value);                                                                \
      memcpy ((char *) array->data + index * sizeof stored, &stored, sizeof stored);               \
    }                                                                                              \
  while (0)

/* Stores the low bytes of @value; the caller has checked that it fits. */
static void
put_bits (LsArray *array, size_t index, int64_t value)
{
  unsigned bits = ls_type_bits (array->type);

  switch (bits)
    {
    case 8:
      STORE (uint8_t, value);
      break;
    case 16:
      STORE (uint16_t, value);
      break;
    case 32:
      STORE (uint32_t, value);
      break;
    case 64:
      STORE (uint64_t, value);
      break;
    default:
      ls_packed_put (array->data, bits, index, (unsigned) value);
    }
}

bool
ls_array_put_int (LsArray *array, size_t index, int64_t value)
{
  unsigned bits = ls_type_bits (array->type);
  int64_t low, high;

  switch ((int) array->type)
    {
    case LS_TYPE_BOOL:
      low = 0;
      high = 1;
      break;
    case LS_TYPE_UINT8:
    case LS_TYPE_UINT16:
    case LS_TYPE_UINT32:
    case LS_TYPE_UINT64:
    case LS_TYPE_UINT4:
      low = 0;
      high = bits == 64 ? INT64_MAX : (int64_t) ((UINT64_C (1) << bits) - 1);
      break;
    case LS_TYPE_INT2:
    case LS_TYPE_INT4:
    case LS_TYPE_INT8:
    case LS_TYPE_INT16:
    case LS_TYPE_INT32:
    case LS_TYPE_INT64:
    case LS_TYPE_RESOURCE:
      high = (int64_t) ((UINT64_C (1) << (bits - 1)) - 1);
      low = -high - 1;
      break;
    default:
      return ls_array_put_real (array, index, (double) value);
    }
  if (value < low || value > high)
    return false;
  put_bits (array, index, value);
  return true;
}

bool
ls_array_put_real (LsArray *array, size_t index, double value)
{
  float narrow = (float) value;
  bool is_lost = isfinite (value) && !isfinite (narrow);

  switch ((int) array->type)
    {
    case LS_TYPE_FLOAT32:
    case LS_TYPE_COMPLEX64:
      index *= array->type == LS_TYPE_COMPLEX64 ? 2 : 1;
      STORE (float, narrow);
      return !is_lost;
    case LS_TYPE_FLOAT64:
    case LS_TYPE_COMPLEX128:
      index *= array->type == LS_TYPE_COMPLEX128 ? 2 : 1;
      STORE (double, value);
      return true;
    case LS_TYPE_FLOAT16:
      STORE (uint16_t, ls_half_from_float (narrow));
      return !isfinite (value) || isfinite (ls_half_to_float (LOAD (uint16_t)));
    case LS_TYPE_BFLOAT16:
      STORE (uint16_t, ls_bfloat16_from_float (narrow));
      return !isfinite (value) || isfinite (ls_bfloat16_to_float (LOAD (uint16_t)));
    case LS_TYPE_FLOAT8_E4M3FN:
    case LS_TYPE_FLOAT8_E5M2:
      return false;
    default:
      /* 2^63 itself does not fit an int64. */
      return value == floor (value) && value >= -0x1p63 && value < 0x1p63
             && ls_array_put_int (array, index, (int64_t) value);
    }
}

/* ---- Another type ---------------------------------------------------------------------------- */

/* True when the bytes of one type are how the other stands in files that do not know it. */
static bool
is_carrier (LsType from, LsType to)
{
  return (from == LS_TYPE_UINT16 && to == LS_TYPE_BFLOAT16)
         || (from == LS_TYPE_UINT8 && (to == LS_TYPE_FLOAT8_E4M3FN || to == LS_TYPE_FLOAT8_E5M2))
         || (from == LS_TYPE_INT32 && to == LS_TYPE_RESOURCE);
}

static bool
is_numeric (LsType type)
{
  return ls_type_is_float (type) || ls_type_is_integer (type) || type == LS_TYPE_BOOL;
}

static bool
is_complex (LsType type)
{
  return type == LS_TYPE_COMPLEX64 || type == LS_TYPE_COMPLEX128;
}

/* Copies one element; false when it does not fit. Complex arrays are handled as twice as many
 * parts. */
static bool
convert_element (const LsArray *from, LsArray *to, size_t index)
{
  int64_t integer;

  if (ls_array_get_int (from, index, &integer))
    return ls_array_put_int (to, index, integer);
  if (from->type == LS_TYPE_UINT64 && !ls_type_is_float (to->type) && !is_complex (to->type))
    return false;
  return ls_array_put_real (to, index, ls_array_get (from, index));
}

/* Complex arrays seen as arrays of their parts. */
static LsArray
parts (const LsArray *array)
{
  LsArray view = *array;

  view.type = array->type == LS_TYPE_COMPLEX64 ? LS_TYPE_FLOAT32 : LS_TYPE_FLOAT64;
  return view;
}

static LsStatus
convert_elements (const LsArray *from, LsArray *to, size_t count, LsError *error)
{
  for (size_t i = 0; i < count; i++)
    if (!convert_element (from, to, i))
      return ls_fail (error, LS_E_INVALID, -1, "element %zu is %.9g, which does not fit %s", i,
                      ls_array_get (from, i), ls_type_name (to->type));
  return LS_OK;
}

LsStatus
ls_array_convert (LsArray *array, LsType type, LsError *error)
{
  bool both_complex = is_complex (array->type) && is_complex (type);

  if (array->type == type)
    return LS_OK;
  if (is_carrier (array->type, type))
    {
      array->type = type;
      return LS_OK;
    }
  if (!both_complex && !(is_numeric (array->type) && (is_numeric (type) || is_complex (type))))
    return ls_fail (error, LS_E_INVALID, -1, "holds %s, but %s is wanted",
                    ls_type_name (array->type), ls_type_name (type));

  LsArray to;
  size_t count = ls_array_count (array);

  LS_TRY (ls_array_init (&to, type, array->rank, array->dims, error));

  LsArray from_parts = both_complex ? parts (array) : *array;
  LsArray to_parts = both_complex ? parts (&to) : to;
  LsStatus status
    = convert_elements (&from_parts, &to_parts, both_complex ? 2 * count : count, error);

  ls_array_clear (status == LS_OK ? array : &to);
  if (status == LS_OK)
    *array = to;
  return status;
}
