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
#include "base/loop.h"

enum
{
  MOST_TRIES = 32,     /* of a channel with few weights */
  MOST_WORK = 1 << 11, /* values times tries, of a channel */
  LANES = 16,
  LEAST_TRIES = 4 /* below, a search gains less than it costs */
};

/* The largest magnitude becomes anything between. */
static const float least_level = 96, most_level = 127.49f;

/* A float of that size has no bits behind the point: adding and subtracting it rounds to the
 * nearest integer, ties to even, in a way that compilers turn into vectors. */
static const float rounder = 0x1.8p23f;

/* How much the square of the errors' sum counts beside the sum of their squares, where no bias
 * takes it back: the share of the mean in inputs that RELU made, were they normal before. */
static const float weight_of_sum = 0.5f;

/* No scale is so small that the integers would have to be clipped. */
static float
error_of (const float *restrict values, size_t count, float scale, bool is_corrected)
{
  float inverse = 1 / scale, square = 0, sum = 0, squares[LANES] = { 0 }, sums[LANES] = { 0 };
  size_t i = 0;

  for (; count - i >= LANES; i += LANES)
    {
      LS_SIMD
      for (size_t k = 0; k < LANES; k++)
        {
          float error = values[i + k] - (values[i + k] * inverse + rounder - rounder) * scale;

          squares[k] += error * error;
          sums[k] += error;
        }
    }
  for (size_t k = 0; i < count; i++, k++)
    {
      float error = values[i] - (values[i] * inverse + rounder - rounder) * scale;

      squares[k] += error * error;
      sums[k] += error;
    }
  for (size_t k = 0; k < LANES; k++)
    {
      square += squares[k];
      sum += sums[k];
    }
  return is_corrected ? square : square + weight_of_sum * sum * sum;
}

static float
fit_channel (const float *values, size_t count, float scale, size_t tries, bool is_corrected)
{
  float largest = scale * 127, best = scale, least = error_of (values, count, scale, is_corrected);

  for (size_t i = 0; i < tries; i++)
    {
      float level = least_level + (most_level - least_level) * (float) i / (float) (tries - 1);
      float error = error_of (values, count, largest / level, is_corrected);

      if (error < least)
        {
          least = error;
          best = largest / level;
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
