/* Observers: from what a tensor held to what the integers will span. */
#include "litesmith.h"

static void
observe_min_max (LsRange *range)
{
  range->low = range->min;
  range->high = range->max;
}

void
ls_ranges_observe (LsRanges *ranges, const LsCalibrateOptions *options)
{
  for (uint32_t i = 0; i < ranges->n_ranges; i++)
    {
      LsRange *range = &ranges->ranges[i];

      if (range->by_hand)
        continue;
      observe_min_max (range);
      if (options != NULL && options->observer == LS_OBSERVE_AVERAGE)
        {
          range->low = range->average_min;
          range->high = range->average_max;
        }
    }
}
