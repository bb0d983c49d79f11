/* Range, spread and histogram of an array. */
#include <math.h>
#include <string.h>

#include "litesmith.h"

static bool
is_numeric (LsType type)
{
  return ls_type_bits (type) > 0 && type != LS_TYPE_RESOURCE;
}

/* Counts, range, mean and spread; the spread by Welford's rule, which does not cancel. */
static void
measure (const LsArray *array, size_t count, LsStats *out)
{
  double mean = 0, squares = 0;
  uint64_t n = 0;

  for (size_t i = 0; i < count; i++)
    {
      double value = ls_array_get (array, i);

      if (isnan (value))
        out->n_nan++;
      else if (isinf (value))
        out->n_inf++;
      else
        {
          double before = value - mean;

          out->n_zero += value == 0;
          out->min = n == 0 || value < out->min ? value : out->min;
          out->max = n == 0 || value > out->max ? value : out->max;
          mean += before / (double) ++n;
          squares += before * (value - mean);
        }
    }
  out->mean = mean;
  out->stddev = n > 0 ? sqrt (squares / (double) n) : 0;
}

void
ls_array_stats (const LsArray *array, LsStats *out)
{
  size_t count = is_numeric (array->type) && array->data != NULL ? ls_array_count (array) : 0;

  *out = (LsStats){ .count = count };
  measure (array, count, out);
  out->low = out->min;
  out->high = out->max;
  for (size_t i = 0; i < count; i++)
    {
      double value = ls_array_get (array, i);
      /* Halves keep the width finite where the range spans all doubles. */
      double width = out->high / 2 - out->low / 2;

      if (!isfinite (value))
        continue;

      double at = width > 0 ? (value / 2 - out->low / 2) / width * LS_HISTOGRAM_BINS : 0;

      out->bins[at < LS_HISTOGRAM_BINS ? (int) at : LS_HISTOGRAM_BINS - 1]++;
    }
}
