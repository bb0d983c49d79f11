#include "convert/quantize/observed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "kernels/rows.h"

enum
{
  LANES = 16,             /* columns are a multiple of that, if they can */
  MOST_COLUMNS = 1024,    /* that several rows make up */
  BLOCK = 128,            /* values that are counted together */
  MOST_COUNTED = 1 << 18, /* of a tensor, more or less */
  LEAST_EXPONENT = -160,  /* below half the least float32 */
  MAX_INDEX_BITS = 40     /* of a bin's place, so that it is exact in a double */
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

/* Adds @weight for each value, for neighbours in different tables. No value lies below the first
 * bin: cutting off is rounding down. Rounding of the difference may lift one that lies just below
 * the end. */
static void
count_block (const LsBins *bins, const float *values, size_t count, uint64_t weight,
             uint64_t *evens, uint64_t *odds)
{
  int32_t places[BLOCK] = { 0 };

  ls_row_kernels ()->place_f32 (places, values, count, ldexp (1, -bins->exponent),
                                (double) bins->first, LS_OBSERVED_BINS - 1);
  for (size_t i = 0; i < count / 2 * 2; i += 2)
    {
      evens[places[i]] += weight;
      odds[places[i + 1]] += weight;
    }
  if (count % 2 > 0)
    evens[places[count - 1]] += weight;
}

/* Which of @every blocks is counted: now this, now that, so that rows of pictures do not keep step
 * with it (multiples of the golden section fall evenly everywhere). */
static size_t
chosen_block (size_t group, size_t every)
{
  return (size_t) ((uint64_t) (uint32_t) (group * 2654435769U) * every >> 32);
}

/*
 * Of many values an even part is enough: blocks, each of which counts for those that were left out
 * around it, so that all counts together are @count.
 *
 * Equal values often follow one another, above all zeros: with two tables no addition waits for the
 * one before.
 */
static void
count_values (LsBins *bins, const float *values, size_t count)
{
  size_t every = 1 + (count - 1) / MOST_COUNTED, group = every * BLOCK, i = 0;
  uint64_t other[LS_OBSERVED_BINS], *odds = count > LS_OBSERVED_BINS ? other : bins->bins;

  if (odds == other)
    memset (other, 0, sizeof other);
  for (; count - i >= group; i += group)
    count_block (bins, values + i + chosen_block (i / group, every) * BLOCK, BLOCK, every,
                 bins->bins, odds);
  for (; i < count; i += BLOCK)
    count_block (bins, values + i, count - i < BLOCK ? count - i : BLOCK, 1, bins->bins, odds);
  for (int k = 0; odds == other && k < LS_OBSERVED_BINS; k++)
    bins->bins[k] += other[k];
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

/* What columns of values hold. */
typedef struct
{
  size_t width;
  float *low, *high;
  double *sum;
  float own_ends[2][MOST_COLUMNS]; /* where several columns make up a channel */
  double own_sums[MOST_COLUMNS];
} Span;

/* Several rows of few channels are one of many columns, as vectors have them: always the same, so
 * that sums are the same on all machines. */
static void
span_init (Span *span, const LsObserved *observed)
{
  size_t n = observed->mixes_channels ? 1 : observed->n_channels, rows = LANES;

  for (size_t rest = n; rest % 2 == 0 && rows > 1; rest /= 2)
    rows /= 2;
  span->width = n * rows;
  if (!observed->mixes_channels && (rows == 1 || span->width > MOST_COLUMNS))
    {
      span->width = n;
      span->low = observed->channel_ends;
      span->high = observed->channel_ends + n;
      span->sum = observed->channel_sums;
      return;
    }
  span->low = span->own_ends[0];
  span->high = span->own_ends[1];
  span->sum = span->own_sums;
  for (size_t i = 0; i < span->width; i++)
    {
      span->low[i] = INFINITY;
      span->high[i] = -INFINITY;
      span->sum[i] = 0;
    }
}

static void
span_fill (Span *span, const float *values, size_t count)
{
  const LsRowKernels *kernels = ls_row_kernels ();
  size_t rows = count / span->width;

  kernels->span_f32 (span->low, span->high, span->sum, values, rows, span->width);
  values += rows * span->width;
  kernels->span_f32 (span->low, span->high, span->sum, values, 1, count % span->width);
}

/* The least and the greatest; false: some may not be finite. */
static bool
span_ends (const Span *span, float *min, float *max)
{
  double sum = 0;

  *min = INFINITY;
  *max = -INFINITY;
  for (size_t i = 0; i < span->width; i++)
    {
      *min = span->low[i] < *min ? span->low[i] : *min;
      *max = span->high[i] > *max ? span->high[i] : *max;
      sum += span->sum[i];
    }
  return isfinite (*min) && isfinite (*max) && isfinite (sum);
}

static void
span_to_channels (const Span *span, LsObserved *observed)
{
  uint32_t n = observed->n_channels;
  float *lows = observed->channel_ends, *highs = observed->channel_ends + n;

  for (size_t i = 0; span->low == span->own_ends[0] && i < span->width; i += n)
    for (uint32_t c = 0; c < n; c++)
      {
        lows[c] = span->low[i + c] < lows[c] ? span->low[i + c] : lows[c];
        highs[c] = span->high[i + c] > highs[c] ? span->high[i + c] : highs[c];
        observed->channel_sums[c] += span->sum[i + c];
      }
}

/* Sums of large numbers are infinite, too: only the values themselves can tell. */
static LsStatus
check_values (const float *values, size_t count, LsError *error)
{
  bool has_infinity = false;

  for (size_t i = 0; i < count; i++)
    {
      if (isnan (values[i]))
        return ls_fail (error, LS_E_INVALID, -1, "holds a value that is no number");
      has_infinity = has_infinity || isinf (values[i]);
    }
  return has_infinity ? ls_fail (error, LS_E_INVALID, -1, "holds infinity") : LS_OK;
}

LsStatus
ls_observed_add (LsObserved *observed, const float *values, size_t count, size_t channels,
                 LsError *error)
{
  float min, max;
  Span span;

  if (count == 0)
    return LS_OK;
  LS_TRY (reserve_channels (observed, channels, error));
  span_init (&span, observed);
  span_fill (&span, values, count);
  if (!span_ends (&span, &min, &max))
    LS_TRY (check_values (values, count, error));
  LS_TRY (reserve_bins (observed, min, max, error));
  observed->min = observed->count > 0 ? fmin (min, observed->min) : min;
  observed->max = observed->count > 0 ? fmax (max, observed->max) : max;
  observed->count += count;
  count_values (observed->bins, values, count);
  if (!observed->mixes_channels)
    {
      span_to_channels (&span, observed);
      observed->n_rows += count / observed->n_channels;
    }
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
