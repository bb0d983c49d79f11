/* Ranges of a calibration, for people to see and change. */
#pragma once

#include <gio/gio.h>

typedef struct _SmithRanges SmithRanges;

SmithRanges *smith_ranges_ref (SmithRanges *ranges);
void smith_ranges_unref (SmithRanges *ranges);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SmithRanges, smith_ranges_unref)

/* One that later changes leave alone; NULL: out of memory. */
SmithRanges *smith_ranges_copy (SmithRanges *ranges);

/* What one tensor held, and what its integers will span. */
typedef struct
{
  const char *name; /* borrowed */
  double min, max;  /* seen */
  double low, high; /* that the integers span */
  double clipped;   /* share of the values outside */
  gboolean by_hand;
  unsigned subgraph;
} SmithRange;

unsigned smith_ranges_count (SmithRanges *ranges);
unsigned smith_ranges_n_samples (SmithRanges *ranges);
/* How many were set by hand. */
unsigned smith_ranges_n_by_hand (SmithRanges *ranges);
SmithRange smith_ranges_get (SmithRanges *ranges, unsigned index);
/* Sums the histogram up into @n_bins from @low to @high, whatever of it lies there. FALSE: none was
 * kept. */
gboolean smith_ranges_bins (SmithRanges *ranges, unsigned index, double low, double high,
                            double *bins, unsigned n_bins);

/* Sets both ends by hand; FALSE when @low is not below @high or one of them is not finite. */
gboolean smith_ranges_set (SmithRanges *ranges, unsigned index, double low, double high);
/* Sets them as an observer (as SmithChoice has it) would, which counts as by hand. */
void smith_ranges_observe (SmithRanges *ranges, unsigned index, int observer, unsigned bits);
/* As they came. */
void smith_ranges_reset (SmithRanges *ranges, unsigned index);

/* JSON, as the command's --save-ranges writes it. */
gboolean smith_ranges_save (SmithRanges *ranges, const char *path, GError **error);
