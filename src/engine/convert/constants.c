#include "convert/constants.h"

#include <math.h>
#include <string.h>

#include "base/packed.h"
#include "base/size.h"
#include "kernels/elements.h"
#include "kernels/rows.h"

LsStatus
ls_constant_floats (const LsModel *model, uint32_t graph, uint32_t tensor, LsArray *out,
                    LsError *error)
{
  LS_TRY (ls_tensor_decode (model, graph, tensor, LS_DECODE_REAL, out, error));

  /* Integers without a scale come as they are. */
  LsStatus status
    = out->type == LS_TYPE_FLOAT32 ? LS_OK : ls_array_convert (out, LS_TYPE_FLOAT32, error);

  if (status != LS_OK)
    {
      ls_array_clear (out);
      ls_error_place (error, (int) graph, -1, (int) tensor);
    }
  return status;
}

LsStatus
ls_constant_read (const LsModel *model, uint32_t graph, uint32_t tensor, int32_t axis,
                  LsConstant *out, LsError *error)
{
  LsArray real;

  *out = (LsConstant){ .axis = -1, .n_channels = 1 };
  LS_TRY (ls_constant_floats (model, graph, tensor, &real, error));
  out->values = real.data;
  out->count = out->inner = ls_array_count (&real);
  if (axis >= 0 && axis < real.rank && real.dims[axis] > 0)
    {
      out->axis = axis;
      out->n_channels = (uint32_t) real.dims[axis];
      out->inner = 1;
      for (int d = axis + 1; d < real.rank; d++)
        out->inner *= (size_t) real.dims[d];
    }
  return LS_OK;
}

void
ls_constant_clear (LsConstant *constant)
{
  free (constant->values);
  *constant = (LsConstant){ 0 };
}

int32_t
ls_type_lowest (LsType type)
{
  return type == LS_TYPE_UINT8 ? 0 : -(1 << (ls_type_bits (type) - 1));
}

int32_t
ls_type_highest (LsType type)
{
  return type == LS_TYPE_UINT8 ? 255 : (1 << (ls_type_bits (type) - 1)) - 1;
}

/* A range too narrow to divide by: everything in it is as good as 0. */
static const double least_scale = 1e-30;

void
ls_grid_of_range (LsType type, double low, double high, float *scale, int64_t *zero_point)
{
  int32_t lowest = ls_type_lowest (type), highest = ls_type_highest (type);

  low = fmin (low, 0);
  high = fmax (high, 0);
  if (type == LS_TYPE_INT16)
    {
      *scale = (float) fmax (fmax (-low, high) / highest, least_scale);
      *zero_point = 0;
      return;
    }
  *scale = (float) fmax ((high - low) / (highest - lowest), least_scale);

  double zero = round (lowest - low / *scale);

  *zero_point = (int64_t) fmin (fmax (zero, lowest), highest);
}

/* Fused bounds of up to 6 must stay below 2^31 steps (LiteRT refuses more: kernel_util.cc,
 * CalculateActivationRangeQuantizedImpl). */
static const double least_step = 0x1p-28;

void
ls_grid_of_activation (LsType type, double low, double high, float *scale, int64_t *zero_point)
{
  double least = least_step * (ls_type_highest (type) - ls_type_lowest (type));

  if (low == 0 && high == 0)
    high = 1;
  ls_grid_of_range (type, low, fmax (high, low + least), scale, zero_point);
}

void
ls_constant_largest (const LsConstant *constant, float *largest)
{
  const LsAccumulate *most = &ls_row_kernels ()->accumulate[LS_ACC_LARGEST_F32];
  size_t n = constant->n_channels, inner = constant->inner;
  size_t n_runs = inner > 0 ? constant->count / inner : 0;

  if (inner == 1 && n > 0)
    {
      most->columns (largest, constant->values, n_runs / n, n, n);
      most->columns (largest, constant->values + n_runs / n * n, 1, n, n_runs % n);
      return;
    }
  for (size_t run = 0, c = 0; run < n_runs; run++, c = c + 1 < n ? c + 1 : 0)
    most->row (&largest[c], constant->values + run * inner, inner);
}

void
ls_constant_symmetric_scales (const LsConstant *constant, float *scales)
{
  for (uint32_t c = 0; c < constant->n_channels; c++)
    scales[c] = 0;
  ls_constant_largest (constant, scales);
  for (uint32_t c = 0; c < constant->n_channels; c++)
    scales[c] = fmaxf (scales[c] / 127, (float) least_scale);
}

enum
{
  SCALE_STEPS = 24 /* scales that are tried, down to about a quarter of the greatest */
};

/* Squared error of one channel's weights in steps of @scale. */
static double
rounding_error (const LsConstant *constant, uint32_t channel, double low, double high, double scale)
{
  double sum = 0;

  for (size_t base = channel * constant->inner; base < constant->count;
       base += constant->inner * constant->n_channels)
    for (size_t i = base; i < base + constant->inner && i < constant->count; i++)
      {
        double q = fmin (fmax (round (constant->values[i] / scale), low), high);
        double error = constant->values[i] - q * scale;

        sum += error * error;
      }
  return sum;
}

LsStatus
ls_constant_weight_scales (const LsConstant *constant, LsType type, float *scales, LsError *error)
{
  double low, high;

  if (ls_type_bits (type) >= 8)
    return ls_constant_fit_scales (constant, false, scales, error);
  ls_constant_symmetric_scales (constant, scales);
  ls_constant_limits (type, true, &low, &high);
  for (uint32_t c = 0; c < constant->n_channels; c++)
    {
      double greatest = scales[c] * 127.0 / high, least = INFINITY;

      for (int step = 0; step < SCALE_STEPS; step++)
        {
          double scale = fmax (greatest * (1 - step / 32.0), least_scale);
          double loss = rounding_error (constant, c, low, high, scale);

          if (loss >= least)
            continue;
          least = loss;
          scales[c] = (float) scale;
        }
    }
  return LS_OK;
}

void
ls_constant_limits (LsType type, bool is_symmetric, double *low, double *high)
{
  switch (ls_type_bits (type))
    {
    case 64:
      *high = 0x1p62;
      *low = -*high;
      break;
    case 32:
      *high = 2147483647;
      *low = -*high;
      break;
    default:
      *high = ls_type_highest (type);
      *low = ls_type_lowest (type);
      /* Two bits have no number to spare. */
      if (is_symmetric && type != LS_TYPE_UINT8 && ls_type_bits (type) > 2)
        *low = -*high;
    }
}

/* The same for one byte, which most weights are. */
static void
encode_bytes (const LsConstant *constant, LsType type, const float *scales,
              const int64_t *zero_points, uint8_t *bytes)
{
  const LsElements *elements = ls_elements ();
  LsUnaryKernel kernel = type == LS_TYPE_UINT8 ? elements->uint8_weights : elements->int8_weights;
  size_t n_runs = constant->inner > 0 ? constant->count / constant->inner : 0;
  double low, high;

  ls_constant_limits (type, zero_points == NULL, &low, &high);
  for (size_t run = 0, c = 0; run < n_runs; run++, c = c + 1 < constant->n_channels ? c + 1 : 0)
    {
      const int32_t zero = (int32_t) (zero_points != NULL ? zero_points[c] : 0);
      const LsElementParams params = { .alpha = scales[c],
                                       .min = (float) (low - zero),
                                       .max = (float) (high - zero),
                                       .low = (int32_t) low,
                                       .high = (int32_t) high,
                                       .zero_y = zero };

      kernel (&params, constant->values + run * constant->inner, bytes + run * constant->inner,
              constant->inner);
    }
}

static void
encode (const LsConstant *constant, LsType type, const float *scales, const int64_t *zero_points,
        uint8_t *bytes)
{
  unsigned bits = ls_type_bits (type);
  double low, high;

  if (bits == 8)
    {
      encode_bytes (constant, type, scales, zero_points, bytes);
      return;
    }
  ls_constant_limits (type, zero_points == NULL, &low, &high);
  for (size_t i = 0; i < constant->count; i++)
    {
      uint32_t c = (uint32_t) (i / constant->inner % constant->n_channels);
      double q = round ((double) constant->values[i] / scales[c])
                 + (double) (zero_points != NULL ? zero_points[c] : 0);
      int64_t integer = isnan (q) ? 0 : (int64_t) fmin (fmax (q, low), high);

      /* little-endian, two's complement: the low bytes are the narrower integer */
      if (bits < 8)
        ls_packed_put (bytes, bits, i, (unsigned) integer);
      else
        memcpy (bytes + i * (bits / 8), &integer, bits / 8);
    }
}

LsStatus
ls_constant_store (LsModel *model, uint32_t graph, uint32_t tensor, const LsConstant *constant,
                   LsType type, const float *scales, const int64_t *zero_points, LsError *error)
{
  LsTensor *t = ls_model_tensor (model, graph, tensor);
  size_t size = 0;
  bool fits = ls_packed_size (&size, constant->count, ls_type_bits (type));
  LS_FREE uint8_t *bytes = fits ? calloc (size + 1, 1) : NULL;

  if (bytes == NULL)
    return ls_fail_no_memory (error, t->name, size);
  encode (constant, type, scales, zero_points, bytes);

  const LsQuantization *quant = ls_quantization_new (
    model, constant->n_channels, scales, zero_points, constant->axis < 0 ? 0 : constant->axis);

  if (quant == NULL || !ls_tensor_set_data (model, t, bytes, size))
    return ls_fail_no_memory (error, t->name, size);
  t->type = type;
  t->quant = quant;
  t->sparsity = NULL;
  return LS_OK;
}

const LsQuantization *
ls_quantization_new (LsModel *model, uint32_t count, const float *scales,
                     const int64_t *zero_points, int32_t axis)
{
  LsQuantization *quant = ls_model_alloc (model, 1, sizeof *quant);
  float *s = ls_model_alloc (model, count, sizeof *s);
  int64_t *z = ls_model_alloc (model, count, sizeof *z);

  if (quant == NULL || s == NULL || z == NULL)
    return NULL;
  memcpy (s, scales, count * sizeof *s);
  if (zero_points != NULL)
    memcpy (z, zero_points, count * sizeof *z);
  *quant = (LsQuantization){
    .n_scales = count, .n_zero_points = count, .scales = s, .zero_points = z, .axis = axis
  };
  return quant;
}
