#include "runtime/reals.h"

#include <math.h>

#include "model/array.h"

LsReals
ls_reals (const LsArray *array, const LsQuantization *quant)
{
  LsReals reals = { .array = array, .inner = 1, .channels = 1 };

  if (quant == NULL || quant->n_scales == 0 || !ls_type_is_integer (array->type))
    return reals;
  reals.quant = quant;
  if (quant->n_scales == 1 || quant->axis < 0 || quant->axis >= array->rank
      || (uint32_t) array->dims[quant->axis] != quant->n_scales)
    return reals;
  reals.channels = quant->n_scales;
  for (int i = quant->axis + 1; i < array->rank; i++)
    reals.inner *= (size_t) array->dims[i];
  return reals;
}

static void
parameters_at (const LsReals *reals, size_t index, double *scale, double *zero_point)
{
  size_t channel = reals->channels > 1 ? index / reals->inner % reals->channels : 0;
  const LsQuantization *quant = reals->quant;

  *scale = quant->scales[channel];
  *zero_point = quant->n_zero_points == 0        ? 0
                : channel < quant->n_zero_points ? (double) quant->zero_points[channel]
                                                 : (double) quant->zero_points[0];
}

static bool
is_signed_type (LsType type)
{
  return type == LS_TYPE_INT2 || type == LS_TYPE_INT4 || type == LS_TYPE_INT8
         || type == LS_TYPE_INT16 || type == LS_TYPE_INT32 || type == LS_TYPE_INT64;
}

/* The least and the greatest integer of a type. */
static void
ends_of (LsType type, double *low, double *high)
{
  int bits = (int) ls_type_bits (type);
  bool is_signed = is_signed_type (type);

  *low = is_signed ? -ldexp (1, bits - 1) : 0;
  *high = ldexp (1, is_signed ? bits - 1 : bits) - 1;
}

/* Types that most tensors have, without a call for each element; false: another type. */
static bool
get_plain (const LsArray *array, size_t begin, size_t end, double *out)
{
  size_t n = end - begin;
  const void *data = array->data;

  switch ((int) array->type)
    {
    case LS_TYPE_FLOAT32:
      for (size_t i = 0; i < n; i++)
        out[i] = ((const float *) data)[begin + i];
      return true;
    case LS_TYPE_INT8:
      for (size_t i = 0; i < n; i++)
        out[i] = ((const int8_t *) data)[begin + i];
      return true;
    case LS_TYPE_UINT8:
      for (size_t i = 0; i < n; i++)
        out[i] = ((const uint8_t *) data)[begin + i];
      return true;
    case LS_TYPE_INT16:
      for (size_t i = 0; i < n; i++)
        out[i] = ((const int16_t *) data)[begin + i];
      return true;
    default:
      return false;
    }
}

void
ls_reals_get (const LsReals *reals, size_t begin, size_t end, double *out)
{
  double scale, zero_point;

  if (!get_plain (reals->array, begin, end, out))
    for (size_t i = begin; i < end; i++)
      out[i - begin] = ls_array_get (reals->array, i);
  if (reals->quant != NULL)
    parameters_at (reals, begin, &scale, &zero_point);
  for (size_t i = begin; reals->quant != NULL && i < end; i++)
    {
      if (reals->channels > 1)
        parameters_at (reals, i, &scale, &zero_point);
      out[i - begin] = (out[i - begin] - zero_point) * scale;
    }
  for (size_t i = begin; reals->n_factors > 0 && i < end; i++)
    out[i - begin] /= (double) reals->factors[i % reals->n_factors];
}

size_t
ls_reals_saturated (const LsReals *reals, size_t begin, size_t end)
{
  double low, high, scale, zero_point;
  size_t count = 0;

  if (reals->quant == NULL)
    return 0;
  ends_of (reals->array->type, &low, &high);
  for (size_t i = begin; i < end; i++)
    {
      double value = ls_array_get (reals->array, i);

      if (value != low && value != high)
        continue;
      parameters_at (reals, i, &scale, &zero_point);
      count += value != zero_point;
    }
  return count;
}

void
ls_reals_put (const LsReals *reals, LsArray *array, size_t index, double value)
{
  double scale, zero_point;

  if (reals->n_factors > 0)
    value *= (double) reals->factors[index % reals->n_factors];
  if (reals->quant != NULL)
    {
      parameters_at (reals, index, &scale, &zero_point);
      value = scale != 0 ? round (value / scale) + zero_point : zero_point;
    }
  if (ls_type_is_integer (array->type))
    {
      double low, high;

      ends_of (array->type, &low, &high);
      value = isnan (value) ? 0 : round (fmin (fmax (value, low), high));
    }
  ls_array_put_real (array, index, value);
}

bool
ls_array_is_finite (const LsArray *array)
{
  const size_t count = ls_type_is_float (array->type) ? ls_array_count (array) : 0;
  const LsReals reals = ls_reals (array, NULL);
  double values[256];

  for (size_t begin = 0; begin < count; begin += 256)
    {
      const size_t n = count - begin < 256 ? count - begin : 256;

      ls_reals_get (&reals, begin, begin + n, values);
      for (size_t i = 0; i < n; i++)
        if (!isfinite (values[i]))
          return false;
    }
  return true;
}
