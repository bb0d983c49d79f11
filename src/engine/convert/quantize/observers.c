/* Observers: from what a tensor held to what the integers will span. */
#include <math.h>
#include <string.h>

#include "litesmith.h"

enum
{
  ENDS = 128,          /* places that are tried for an end, from none to all of it */
  MAX_LEVELS = 1 << 10 /* that the search tells apart */
};

/* A histogram with what makes clipping errors cheap: sums of counts, of values and of their
 * squares before each bin. */
typedef struct
{
  const LsRange *range;
  double width; /* of a bin */
  double counts[LS_RANGE_BINS + 1], values[LS_RANGE_BINS + 1], squares[LS_RANGE_BINS + 1];
  double zeros; /* in the bin of 0, which integers hold exactly */
} Sums;

static double
centre (const Sums *sums, int bin)
{
  return sums->range->min + (bin + 0.5) * sums->width;
}

/* The bin in which @value lies, LS_RANGE_BINS behind the last. */
static int
bin_of (const Sums *sums, double value)
{
  double at = sums->width > 0 ? (value - sums->range->min) / sums->width : 0;

  return at <= 0 ? 0 : at >= LS_RANGE_BINS ? LS_RANGE_BINS : (int) at;
}

static void
sum_up (Sums *sums, const LsRange *range)
{
  sums->range = range;
  sums->width = (range->max - range->min) / LS_RANGE_BINS;
  sums->counts[0] = sums->values[0] = sums->squares[0] = 0;
  for (int i = 0; i < LS_RANGE_BINS; i++)
    {
      double n = (double) range->bins[i], x = centre (sums, i);

      sums->counts[i + 1] = sums->counts[i] + n;
      sums->values[i + 1] = sums->values[i] + n * x;
      sums->squares[i + 1] = sums->squares[i] + n * x * x;
    }
  int zero = bin_of (sums, 0);

  sums->zeros = range->min <= 0 && zero < LS_RANGE_BINS ? (double) range->bins[zero] : 0;
}

/* Σ (x - end)² over bins [begin, end_bin). */
static double
distance (const Sums *sums, int begin, int end_bin, double end)
{
  return sums->squares[end_bin] - sums->squares[begin]
         - 2 * end * (sums->values[end_bin] - sums->values[begin])
         + end * end * (sums->counts[end_bin] - sums->counts[begin]);
}

/* An end of what integers span: how many values lie before it, and what clipping there costs. */
typedef struct
{
  double at, count, clipped;
} End;

static End
low_end (const Sums *sums, double at)
{
  int bin = bin_of (sums, at);

  return (End){ at, sums->counts[bin], bin > 0 ? fmax (distance (sums, 0, bin, at), 0) : 0 };
}

static End
high_end (const Sums *sums, double at)
{
  int bin = bin_of (sums, at);
  bool is_clipped = bin < LS_RANGE_BINS;

  return (End){ at, sums->counts[bin],
                is_clipped ? fmax (distance (sums, bin, LS_RANGE_BINS, at), 0) : 0 };
}

/* Squared error of all values when @levels steps span low to high: rounding inside, clipping
 * outside. */
static inline double
squared_error (const Sums *sums, End low, End high, double levels)
{
  double step = (high.at - low.at) / levels, inside = high.count - low.count - sums->zeros;

  return (inside > 0 ? inside : 0) * step * step / 12 + low.clipped + high.clipped;
}

/* Zero must be one of the numbers that integers stand for (LiteRT's quantization specification), so
 * the ends lie on either side of it. */
static void
observe_squares (LsRange *range, double levels)
{
  Sums sums;
  End highs[ENDS + 1];
  double min = fmin (range->min, 0), max = fmax (range->max, 0);
  double least = INFINITY;

  sum_up (&sums, range);
  range->low = min;
  range->high = max;
  for (int k = 0; k <= ENDS; k++)
    highs[k] = high_end (&sums, max * k / ENDS);
  for (int i = min < 0 ? 1 : ENDS; i <= ENDS; i++)
    {
      End low = low_end (&sums, min * i / ENDS);

      for (int k = max > 0 ? 1 : ENDS; k <= ENDS; k++)
        {
          double error = squared_error (&sums, low, highs[k], levels);

          /* Of equals the widest. */
          if (error <= least)
            {
              least = error;
              range->low = low.at;
              range->high = highs[k].at;
            }
        }
    }
}

/* ---- Divergence ------------------------------------------------------------------------------ */

/*
 * What a histogram, cut to bins [first, last) with the rest in its outermost bins, loses when
 * @levels integers stand for it: Kullback-Leibler divergence, as in Migacz, "8-bit inference with
 * TensorRT" (2017).
 */
static double
divergence (const Sums *sums, int first, int last, int levels)
{
  const uint64_t *bins = sums->range->bins;
  double total = sums->counts[LS_RANGE_BINS], sum = 0, lost = 0;
  int n = last - first;

  for (int level = 0; level < levels; level++)
    {
      int begin = first + (int) ((int64_t) n * level / levels);
      int end = first + (int) ((int64_t) n * (level + 1) / levels), n_used = 0;
      double inside = sums->counts[end] - sums->counts[begin];

      for (int i = begin; i < end; i++)
        n_used += bins[i] > 0;
      for (int i = begin; i < end; i++)
        {
          double p = (double) bins[i], q = n_used > 0 ? inside / n_used : 0;

          p += i == first ? sums->counts[first] : 0;
          p += i == last - 1 ? total - sums->counts[last] : 0;
          if (p > 0 && bins[i] > 0)
            sum += p * log (p / q);
          else if (p > 0)
            lost += p;
        }
    }
  /* Values that went where there were none cost as much as all that is known of them. */
  return (sum + lost * log (total)) / total;
}

static void
observe_divergence (LsRange *range, int levels)
{
  Sums sums;
  double min = fmin (range->min, 0), max = fmax (range->max, 0), least = INFINITY;

  sum_up (&sums, range);
  range->low = min;
  range->high = max;
  for (int i = ENDS; i >= 16; i -= 2)
    {
      double low = min * i / ENDS, high = max * i / ENDS;
      int first = bin_of (&sums, low), last = bin_of (&sums, high);

      if (last - first < levels)
        break;

      double lost = divergence (&sums, first, last, levels);

      if (lost < least)
        {
          least = lost;
          range->low = low;
          range->high = high;
        }
    }
}

/* ---- The others ------------------------------------------------------------------------------ */

static void
observe_min_max (LsRange *range)
{
  range->low = range->min;
  range->high = range->max;
}

/* The value below which @share of all lie. */
static double
quantile (const Sums *sums, double share)
{
  double wanted = share * sums->counts[LS_RANGE_BINS];
  int bin = 0;

  while (bin < LS_RANGE_BINS - 1 && sums->counts[bin + 1] < wanted)
    bin++;

  double inside = sums->counts[bin + 1] - sums->counts[bin];
  double part = inside > 0 ? (wanted - sums->counts[bin]) / inside : 0;

  return sums->range->min + (bin + fmin (fmax (part, 0), 1)) * sums->width;
}

/* What is left out is shared by both sides. */
static void
observe_percentile (LsRange *range, double kept)
{
  Sums sums;

  sum_up (&sums, range);
  range->low = quantile (&sums, (1 - kept) / 2);
  range->high = quantile (&sums, 1 - (1 - kept) / 2);
}

static void
observe (LsRange *range, LsObserver observer, double kept, double levels)
{
  bool has_bins = range->bins != NULL && range->max > range->min;

  observe_min_max (range);
  if (observer == LS_OBSERVE_AVERAGE && range->average_min <= range->average_max)
    {
      range->low = range->average_min;
      range->high = range->average_max;
    }
  else if (observer == LS_OBSERVE_PERCENTILE && has_bins)
    observe_percentile (range, kept);
  else if (observer == LS_OBSERVE_MSE && has_bins)
    observe_squares (range, levels);
  else if (observer == LS_OBSERVE_ENTROPY && has_bins && levels < MAX_LEVELS)
    observe_divergence (range, (int) levels);
}

void
ls_ranges_observe (LsRanges *ranges, const LsCalibrateOptions *options)
{
  static const LsCalibrateOptions defaults = { .observer = LS_OBSERVE_AUTO };
  const LsCalibrateOptions *use = options != NULL ? options : &defaults;
  double kept = use->percentile > 0 && use->percentile <= 1 ? use->percentile : 0.9999;
  double levels = ldexp (1, use->bits > 0 && use->bits <= 32 ? (int) use->bits : 8) - 1;

  ranges->bits = use->bits > 0 ? use->bits : 8;
  for (uint32_t i = 0; i < ranges->n_ranges; i++)
    if (!ranges->ranges[i].by_hand)
      observe (&ranges->ranges[i], use->observer, kept, levels);
}
