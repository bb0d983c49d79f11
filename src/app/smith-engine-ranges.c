#include "smith-engine-ranges-private.h"

#include <math.h>

typedef struct
{
  double low, high;
  bool by_hand;
} Ends;

struct _SmithRanges
{
  LsRanges *ranges;
  Ends *first; /* of each, as they came */
};

static void
ranges_clear (gpointer data)
{
  SmithRanges *self = data;

  ls_ranges_free (self->ranges);
  g_free (self->first);
}

SmithRanges *
smith_ranges_ref (SmithRanges *ranges)
{
  return g_atomic_rc_box_acquire (ranges);
}

void
smith_ranges_unref (SmithRanges *ranges)
{
  g_atomic_rc_box_release_full (ranges, ranges_clear);
}

SmithRanges *
smith_ranges_new_take (LsRanges *take)
{
  SmithRanges *self = g_atomic_rc_box_new0 (SmithRanges);

  self->ranges = take;
  self->first = g_new (Ends, (size_t) take->n_ranges + 1);
  for (uint32_t i = 0; i < take->n_ranges; i++)
    self->first[i] = (Ends){ take->ranges[i].low, take->ranges[i].high, take->ranges[i].by_hand };
  return self;
}

const LsRanges *
smith_ranges_peek (SmithRanges *ranges)
{
  return ranges->ranges;
}

/* From malloc, as ls_ranges_free() wants it; NULL stays NULL. FALSE: out of memory. */
static gboolean
copy_array (gpointer to, gconstpointer from, size_t size)
{
  void *copy = from != NULL ? malloc (MAX (size, 1)) : NULL;

  if (copy != NULL)
    memcpy (copy, from, size);
  memcpy (to, &copy, sizeof copy);
  return from == NULL || copy != NULL;
}

static gboolean
copy_range (LsRange *to, const LsRange *from)
{
  size_t channels = from->n_channels * sizeof (double);
  gboolean is_whole = TRUE;

  *to = *from;
  is_whole = copy_array (&to->name, from->name, strlen (from->name) + 1) && is_whole;
  is_whole = copy_array (&to->bins, from->bins, LS_RANGE_BINS * sizeof *from->bins) && is_whole;
  is_whole = copy_array (&to->channel_mean, from->channel_mean, channels) && is_whole;
  is_whole = copy_array (&to->channel_low, from->channel_low, channels) && is_whole;
  return copy_array (&to->channel_high, from->channel_high, channels) && is_whole;
}

LsRanges *
smith_copy_ranges (const LsRanges *ranges)
{
  LsRanges *copy = calloc (1, sizeof *copy);
  gboolean is_whole = copy != NULL;

  if (is_whole)
    copy->ranges = calloc ((size_t) ranges->n_ranges + 1, sizeof *copy->ranges);
  is_whole = is_whole && copy->ranges != NULL;
  for (uint32_t i = 0; is_whole && i < ranges->n_ranges; i++)
    is_whole = copy_range (&copy->ranges[copy->n_ranges++], &ranges->ranges[i]);
  if (!is_whole)
    g_clear_pointer (&copy, ls_ranges_free);
  else
    {
      copy->n_samples = ranges->n_samples;
      copy->bits = ranges->bits;
    }
  return copy;
}

SmithRanges *
smith_ranges_copy (SmithRanges *ranges)
{
  LsRanges *copy = smith_copy_ranges (ranges->ranges);
  SmithRanges *self;

  if (copy == NULL)
    return NULL;
  self = smith_ranges_new_take (copy);
  memcpy (self->first, ranges->first, sizeof *self->first * copy->n_ranges);
  return self;
}

unsigned
smith_ranges_count (SmithRanges *ranges)
{
  return ranges->ranges->n_ranges;
}

unsigned
smith_ranges_n_samples (SmithRanges *ranges)
{
  return ranges->ranges->n_samples;
}

unsigned
smith_ranges_n_by_hand (SmithRanges *ranges)
{
  unsigned n = 0;

  for (uint32_t i = 0; i < ranges->ranges->n_ranges; i++)
    n += ranges->ranges->ranges[i].by_hand;
  return n;
}

/* What lies below @end: within a bin values are taken to be spread evenly. */
static double
count_below (const LsRange *range, double end)
{
  double at = (end - range->min) / (range->max - range->min) * LS_RANGE_BINS, below = 0;

  for (int i = 0; i < LS_RANGE_BINS && i < at; i++)
    below += (double) range->bins[i] * fmin (1, at - i);
  return below;
}

/* Share of the values that the ends leave outside; 0 when no histogram was kept. */
static double
clipped_share (const LsRange *range)
{
  double total = 0, inside;

  if (range->bins == NULL || !(range->max > range->min))
    return 0;
  for (int i = 0; i < LS_RANGE_BINS; i++)
    total += (double) range->bins[i];
  inside = count_below (range, range->high) - count_below (range, range->low);
  return total > 0 ? CLAMP (1 - inside / total, 0, 1) : 0;
}

SmithRange
smith_ranges_get (SmithRanges *ranges, unsigned index)
{
  const LsRange *range = &ranges->ranges->ranges[index];

  return (SmithRange){ .name = range->name,
                       .min = range->min,
                       .max = range->max,
                       .low = range->low,
                       .high = range->high,
                       .clipped = clipped_share (range),
                       .by_hand = range->by_hand,
                       .subgraph = range->subgraph };
}

gboolean
smith_ranges_bins (SmithRanges *ranges, unsigned index, double low, double high, double *bins,
                   unsigned n_bins)
{
  const LsRange *range = &ranges->ranges->ranges[index];
  double width = (range->max - range->min) / LS_RANGE_BINS;

  for (unsigned b = 0; b < n_bins; b++)
    bins[b] = 0;
  if (range->bins == NULL || !(high > low))
    return FALSE;
  for (int i = 0; i < LS_RANGE_BINS; i++)
    {
      double middle = range->min + (i + 0.5) * width;
      double at = (middle - low) / (high - low) * n_bins;

      if (at >= 0 && at < n_bins)
        bins[(unsigned) at] += (double) range->bins[i];
    }
  return TRUE;
}

/* ---- Changing ---------------------------------------------------------------------------------
 */

gboolean
smith_ranges_set (SmithRanges *ranges, unsigned index, double low, double high)
{
  LsRange *range = &ranges->ranges->ranges[index];

  if (!isfinite (low) || !isfinite (high) || low >= high)
    return FALSE;
  range->low = low;
  range->high = high;
  range->by_hand = true;
  return TRUE;
}

void
smith_ranges_observe (SmithRanges *ranges, unsigned index, int observer, unsigned bits)
{
  LsRange *range = &ranges->ranges->ranges[index];
  LsRanges one = { .n_ranges = 1, .n_samples = ranges->ranges->n_samples, .ranges = range };
  const LsCalibrateOptions options = { .observer = (LsObserver) observer, .bits = bits };

  range->by_hand = false;
  ls_ranges_observe (&one, &options);
  range->by_hand = true;
}

void
smith_ranges_reset (SmithRanges *ranges, unsigned index)
{
  const Ends *first = &ranges->first[index];
  LsRange *range = &ranges->ranges->ranges[index];

  range->low = first->low;
  range->high = first->high;
  range->by_hand = first->by_hand;
}

gboolean
smith_ranges_save (SmithRanges *ranges, const char *path, GError **error)
{
  LsError cause = { 0 };

  if (ls_ranges_save (ranges->ranges, path, &cause) == LS_OK)
    return TRUE;
  smith_set_error (error, &cause);
  return FALSE;
}
