/*
 * Scales of symmetric int8 weights that round with the least squared error. The largest magnitude
 * needs not become 127: with few weights in a channel (9 in a depthwise convolution) luck differs
 * much from scale to scale, and the best of many has half the error.
 */
#include "convert/constants.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "kernels/rows.h"

enum
{
  MOST_TRIES = 4 * LS_SCALE_LANES - 1, /* of a channel with few weights */
  MOST_WORK = 1 << 11,                 /* values times tries, of a channel */
  LEAST_TRIES = 4                      /* below, a search gains less than it costs */
};

/* The largest magnitude becomes anything between. */
static const float least_level = 96, most_level = 127.49f;

/* How much the square of the errors' sum counts beside the sum of their squares, where no bias
 * takes it back: the share of the mean in inputs that RELU made, were they normal before. */
static const float weight_of_sum = 0.5f;

/* Of @scale and of @tries others the one with the least error. None is so small that the integers
 * would have to be clipped. */
static float
fit_channel (const float *values, size_t count, float scale, size_t tries, bool is_corrected)
{
  float scales[MOST_TRIES + 1], squares[MOST_TRIES + 1], sums[MOST_TRIES + 1];
  float best = scale, least = INFINITY;

  for (size_t i = 0; i <= MOST_TRIES; i++)
    scales[i] = scale;
  for (size_t i = 0; i < tries; i++)
    scales[i + 1]
      = scale * 127 / (least_level + (most_level - least_level) * (float) i / (float) (tries - 1));
  ls_row_kernels ()->rounding_errors_f32 (squares, sums, values, count, scales,
                                          (tries / LS_SCALE_LANES + 1) * LS_SCALE_LANES);
  for (size_t i = 0; i <= tries; i++)
    {
      float error = squares[i] + (is_corrected ? 0 : weight_of_sum * sums[i] * sums[i]);

      if (error < least)
        {
          least = error;
          best = scales[i];
        }
    }
  return best;
}

LsStatus
ls_constant_fit_scales (const LsConstant *constant, bool is_corrected, float *scales,
                        LsError *error)
{
  uint32_t n = constant->n_channels;
  size_t count = n > 0 ? constant->count / n : 0;
  size_t tries = count > 0 ? MOST_WORK / count : 0;

  ls_constant_symmetric_scales (constant, scales);
  if (tries < LEAST_TRIES)
    return LS_OK;

  LS_FREE float *values = malloc (count * sizeof *values);

  if (values == NULL)
    return ls_fail_no_memory (error, "weights", count * sizeof *values);
  for (uint32_t c = 0; c < n; c++)
    {
      size_t inner = constant->inner;

      if (!(scales[c] > FLT_MIN) || !isfinite (scales[c]))
        continue; /* zeros, or nothing that can be rounded */
      for (size_t i = 0; i < count; i += inner)
        for (size_t k = 0; k < inner; k++)
          values[i + k] = constant->values[i * n + c * inner + k];
      scales[c] = fit_channel (values, count, scales[c], tries < MOST_TRIES ? tries : MOST_TRIES,
                               is_corrected);
    }
  return LS_OK;
}
