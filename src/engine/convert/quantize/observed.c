#include "convert/quantize/observed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/loop.h"

enum
{
  LANES = 16,
  LANE_ROWS = 64,
  BLOCK = 256,           /* values at a time: a fixed number, which compilers turn into vectors */
  LEAST_EXPONENT = -160, /* below half the least float32 */
  MAX_INDEX_BITS = 40    /* of a bin's place, so that it is exact in a double */
};

/* ---- Bins ------------------------------------------------------------------------------------ */

static int64_t
bin_of (double value, int exponent)
{
  return (int64_t) floor (ldexp (value, -exponent));
}

/* The narrowest width with which the bins reach from @min to @max. */
static int
exponent_for (double min, double max)
{
  double largest = fmax (fabs (min), fabs (max));
  int exponent = LEAST_EXPONENT;

  if (max > min)
    exponent = ilogb (max - min) - 12;
  if (largest > 0 && exponent < ilogb (largest) - MAX_INDEX_BITS)
    exponent = ilogb (largest) - MAX_INDEX_BITS;
  if (exponent < LEAST_EXPONENT)
    exponent = LEAST_EXPONENT;
  while (bin_of (max, exponent) - bin_of (min, exponent) >= LS_OBSERVED_BINS)
    exponent++;
  return exponent;
}

/* Adds counts of bins that are 2^@shift times finer. Rounding may have put a value one bin too
 * high: past the end, the last bin takes it. */
static void
add_bins (LsBins *bins, const uint64_t *counts, int64_t first, int shift)
{
  for (int64_t i = 0; i < LS_OBSERVED_BINS; i++)
    if (counts[i] > 0)
      {
        int64_t at = ((first + i) >> (shift < 62 ? shift : 62)) - bins->first;

        bins->bins[at < LS_OBSERVED_BINS ? at : LS_OBSERVED_BINS - 1] += counts[i];
      }
}

/* Moves the counts so that the bins reach from @min to @max, which include what is there. */
static void
widen (LsBins *bins, double min, double max)
{
  int exponent = exponent_for (min, max);
  int shift = exponent > bins->exponent ? exponent - bins->exponent : 0;
  int64_t first = bin_of (min, bins->exponent + shift), old_first = bins->first;
  uint64_t old[LS_OBSERVED_BINS];

  if (shift == 0 && first >= bins->first
      && bin_of (max, bins->exponent) < bins->first + LS_OBSERVED_BINS)
    return;
  memcpy (old, bins->bins, sizeof old);
  memset (bins->bins, 0, sizeof bins->bins);
  bins->exponent += shift;
  bins->first = first;
  add_bins (bins, old, old_first, shift);
}

/* The bin of each value. No value lies below the first bin: cutting off is rounding down. Rounding
 * of the difference may lift one that lies just below the end. */
static inline void
place_values (const LsBins *bins, const float *values, size_t count, int32_t *places)
{
  double inverse = ldexp (1, -bins->exponent), first = (double) bins->first;

  LS_SIMD
  for (size_t i = 0; i < count; i++)
    {
      int32_t at = (int32_t) (values[i] * inverse - first);

      places[i] = at < LS_OBSERVED_BINS ? at : LS_OBSERVED_BINS - 1;
    }
}

/* Equal values often follow one another, above all zeros: neighbours count in different tables, so
 * that no addition waits for the one before. */
static void
count_values (LsBins *bins, const float *values, size_t count)
{
  uint32_t tables[2][LS_OBSERVED_BINS] = { { 0 } };
  int32_t places[BLOCK];
  size_t i = 0;

  for (; count - i >= BLOCK; i += BLOCK)
    {
      place_values (bins, values + i, BLOCK, places);
      for (int k = 0; k < BLOCK; k += 2)
        {
          tables[0][places[k]]++;
          tables[1][places[k + 1]]++;
        }
    }
  place_values (bins, values + i, count - i, places);
  for (size_t k = 0; k < count - i; k++)
    tables[k & 1][places[k]]++;
  for (int k = 0; k < LS_OBSERVED_BINS; k++)
    bins->bins[k] += (uint64_t) tables[0][k] + tables[1][k];
}

/* Room for bins that reach from @min to @max; what was counted stays. */
static LsStatus
reserve_bins (LsObserved *observed, double min, double max, LsError *error)
{
  if (observed->bins == NULL)
    observed->bins = malloc (sizeof *observed->bins);
  if (observed->bins == NULL)
    return ls_fail_no_memory (error, "a histogram", sizeof *observed->bins);
  if (observed->count > 0)
    {
      widen (observed->bins, fmin (min, observed->min), fmax (max, observed->max));
      return LS_OK;
    }
  memset (observed->bins, 0, sizeof *observed->bins);
  observed->bins->exponent = exponent_for (min, max);
  observed->bins->first = bin_of (min, observed->bins->exponent);
  return LS_OK;
}

/* ---- Values ---------------------------------------------------------------------------------- */

/* Floats in the order of integers, so that compilers can look at many at a time; what is not finite
 * lies at the ends. */
static inline int32_t
ordered (float value)
{
  int32_t bits;

  memcpy (&bits, &value, sizeof bits);
  return bits ^ ((bits >> 31) & INT32_MAX);
}

static float
unordered (int32_t key)
{
  int32_t bits = key ^ ((key >> 31) & INT32_MAX);
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static void
find_ends (const float *values, size_t count, float *min, float *max)
{
  int32_t low = INT32_MAX, high = INT32_MIN;
  size_t i = 0;

  for (; count - i >= BLOCK; i += BLOCK)
    {
      LS_SIMD
      for (size_t k = 0; k < BLOCK; k++)
        {
          int32_t key = ordered (values[i + k]);

          low = key < low ? key : low;
          high = key > high ? key : high;
        }
    }
  for (; i < count; i++)
    {
      int32_t key = ordered (values[i]);

      low = key < low ? key : low;
      high = key > high ? key : high;
    }
  *min = unordered (low);
  *max = unordered (high);
}

static LsStatus
reserve_channels (LsObserved *observed, size_t channels, LsError *error)
{
  if (observed->count > 0 && observed->n_channels != channels)
    observed->mixes_channels = true;
  if (channels == 0 || channels > LS_OBSERVED_CHANNELS)
    observed->mixes_channels = true;
  if (observed->mixes_channels || (observed->channel_sums != NULL && observed->count > 0))
    return LS_OK;
  if (observed->channel_sums == NULL || observed->n_channels != channels)
    {
      free (observed->channel_sums);
      free (observed->channel_ends);
      observed->channel_sums = malloc (channels * sizeof *observed->channel_sums);
      observed->channel_ends = malloc (2 * channels * sizeof *observed->channel_ends);
    }
  if (observed->channel_sums == NULL || observed->channel_ends == NULL)
    return ls_fail_no_memory (error, "sums of channels", channels * sizeof (double));
  observed->n_channels = (uint32_t) channels;
  memset (observed->channel_sums, 0, channels * sizeof *observed->channel_sums);
  for (size_t c = 0; c < channels; c++)
    {
      observed->channel_ends[c] = INFINITY;
      observed->channel_ends[channels + c] = -INFINITY;
    }
  return LS_OK;
}

/* LANES channels at a time, from channel @c on: a fixed number, which compilers turn into vectors.
 * Floats take up few rows before doubles do: they lose nothing that counts. */
static void
add_lanes (LsObserved *observed, const float *values, size_t n_rows, uint32_t c)
{
  uint32_t n = observed->n_channels;
  double *sums = observed->channel_sums + c;
  float *lows = observed->channel_ends + c, *highs = lows + n;

  for (size_t begin = 0; begin < n_rows; begin += LANE_ROWS)
    {
      size_t end = n_rows - begin < LANE_ROWS ? n_rows : begin + LANE_ROWS;
      float sum[LANES] = { 0 }, low[LANES], high[LANES];

      memcpy (low, lows, sizeof low);
      memcpy (high, highs, sizeof high);
      for (size_t row = begin; row < end; row++)
        for (uint32_t k = 0; k < LANES; k++)
          {
            float value = values[row * n + c + k];

            sum[k] += value;
            low[k] = value < low[k] ? value : low[k];
            high[k] = value > high[k] ? value : high[k];
          }
      for (uint32_t k = 0; k < LANES; k++)
        sums[k] += sum[k];
      memcpy (lows, low, sizeof low);
      memcpy (highs, high, sizeof high);
    }
}

static void
add_channels (LsObserved *observed, const float *values, size_t count)
{
  uint32_t n = observed->n_channels, c = 0;
  double *sums = observed->channel_sums;
  float *lows = observed->channel_ends, *highs = observed->channel_ends + n;

  if (observed->mixes_channels)
    return;
  for (; n - c >= LANES; c += LANES)
    add_lanes (observed, values, count / n, c);
  for (size_t row = 0; c < n && row < count / n; row++)
    for (uint32_t k = c; k < n; k++)
      {
        float value = values[row * n + k];

        sums[k] += value;
        lows[k] = value < lows[k] ? value : lows[k];
        highs[k] = value > highs[k] ? value : highs[k];
      }
  observed->n_rows += count / n;
}

LsStatus
ls_observed_add (LsObserved *observed, const float *values, size_t count, size_t channels,
                 LsError *error)
{
  float min, max;

  if (count == 0)
    return LS_OK;
  find_ends (values, count, &min, &max);
  if (!isfinite (min) || !isfinite (max))
    return ls_fail (error, LS_E_INVALID, -1, "holds %s",
                    isnan (min) || isnan (max) ? "a value that is no number" : "infinity");
  LS_TRY (reserve_bins (observed, min, max, error));
  LS_TRY (reserve_channels (observed, channels, error));
  observed->min = observed->count > 0 ? fmin (min, observed->min) : min;
  observed->max = observed->count > 0 ? fmax (max, observed->max) : max;
  observed->count += count;
  count_values (observed->bins, values, count);
  add_channels (observed, values, count);
  return LS_OK;
}

/* ---- Samples --------------------------------------------------------------------------------- */

/* A mean of the first hundred samples, then one that forgets: each new sample counts for 1 %. */
static void
average (LsObserved *all, const LsObserved *sample)
{
  double share = fmax (1.0 / (all->n_merged + 1), 0.01);

  all->average_min += share * (sample->min - all->average_min);
  all->average_max += share * (sample->max - all->average_max);
  all->n_merged++;
}

LsStatus
ls_observed_merge (LsObserved *all, const LsObserved *sample, LsError *error)
{
  if (sample->count == 0)
    return LS_OK;
  LS_TRY (reserve_bins (all, sample->min, sample->max, error));
  LS_TRY (reserve_channels (all, sample->n_channels, error));

  all->min = all->count > 0 ? fmin (all->min, sample->min) : sample->min;
  all->max = all->count > 0 ? fmax (all->max, sample->max) : sample->max;
  /* A greater range never has finer bins. */
  add_bins (all->bins, sample->bins->bins, sample->bins->first,
            all->bins->exponent - sample->bins->exponent);
  all->mixes_channels |= sample->mixes_channels;
  for (uint32_t c = 0; !all->mixes_channels && c < all->n_channels; c++)
    {
      uint32_t n = all->n_channels;

      all->channel_sums[c] += sample->channel_sums[c];
      all->channel_ends[c] = fminf (all->channel_ends[c], sample->channel_ends[c]);
      all->channel_ends[n + c] = fmaxf (all->channel_ends[n + c], sample->channel_ends[n + c]);
    }
  all->n_rows += sample->n_rows;
  all->count += sample->count;
  average (all, sample);
  return LS_OK;
}

void
ls_observed_reset (LsObserved *observed)
{
  observed->count = observed->n_rows = 0;
  observed->n_merged = 0;
  observed->mixes_channels = false;
  observed->average_min = observed->average_max = 0;
}

void
ls_observed_clear (LsObserved *observed)
{
  free (observed->bins);
  free (observed->channel_sums);
  free (observed->channel_ends);
  observed->bins = NULL;
  observed->channel_sums = NULL;
  observed->channel_ends = NULL;
}

/* How many values lie below @value, were those in a bin spread evenly. */
static double
count_below (const LsObserved *observed, double value, int64_t *bin, uint64_t *before)
{
  const LsBins *bins = observed->bins;
  double place = ldexp (value, -bins->exponent) - (double) bins->first;

  for (; *bin < LS_OBSERVED_BINS && (double) (*bin + 1) <= place; (*bin)++)
    *before += bins->bins[*bin];
  if (*bin >= LS_OBSERVED_BINS)
    return (double) *before;
  return (double) *before + (place - (double) *bin) * (double) bins->bins[*bin];
}

void
ls_observed_spread (const LsObserved *observed, uint64_t *bins, uint32_t n_bins)
{
  double width = (observed->max - observed->min) / n_bins;
  uint64_t before = 0, done = 0;
  int64_t bin = 0;

  for (uint32_t i = 0; i < n_bins; i++)
    {
      double edge = observed->min + width * (i + 1);
      double below = count_below (observed, edge, &bin, &before);
      uint64_t whole = i + 1 == n_bins ? observed->count : (uint64_t) llround (below);

      whole = whole < done ? done : whole > observed->count ? observed->count : whole;
      bins[i] = whole - done;
      done = whole;
    }
}
