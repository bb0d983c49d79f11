#include "convert/ranges.h"

#include <stdlib.h>

static int
compare_ranges (const void *a, const void *b)
{
  const LsRange *x = a, *y = b;

  if (x->subgraph != y->subgraph)
    return x->subgraph < y->subgraph ? -1 : 1;
  return (x->tensor > y->tensor) - (x->tensor < y->tensor);
}

void
ls_ranges_sort (LsRanges *ranges)
{
  if (ranges->n_ranges > 0)
    qsort (ranges->ranges, ranges->n_ranges, sizeof *ranges->ranges, compare_ranges);
}

const LsRange *
ls_ranges_find (const LsRanges *ranges, uint32_t subgraph, uint32_t tensor)
{
  LsRange key = { .subgraph = subgraph, .tensor = tensor };

  if (ranges == NULL || ranges->n_ranges == 0)
    return NULL;
  return bsearch (&key, ranges->ranges, ranges->n_ranges, sizeof key, compare_ranges);
}

void
ls_ranges_free (LsRanges *ranges)
{
  if (ranges == NULL)
    return;
  for (uint32_t i = 0; i < ranges->n_ranges; i++)
    {
      free (ranges->ranges[i].name);
      free (ranges->ranges[i].bins);
      free (ranges->ranges[i].channel_mean);
    }
  free (ranges->ranges);
  free (ranges);
}
