/* Room for values that the samples did not show. */
#include "convert/quantize/headroom.h"

#include <math.h>

#include "convert/quantize/ranges.h"

/* Half as far beyond the farthest value as that lies beyond what samples reach on average (less
 * and more lose on models that have few and many classes), and so much of the span at most. */
static const double share_of_gap = 0.5, most_of_span = 0.125;

static double
gap (double farthest, double average, double span)
{
  double beyond = fabs (farthest) - fabs (average);

  return fmin (fmax (share_of_gap * beyond, 0), most_of_span * span);
}

static void
leave_room (LsRange *range)
{
  double span = fmax (range->max, 0) - fmin (range->min, 0);

  if (range->max > 0)
    range->high = fmax (range->high, range->max + gap (range->max, range->average_max, span));
  if (range->min < 0)
    range->low = fmin (range->low, range->min);
}

/* Logits: the class with the greatest wins, so that a clipped one is a wrong class. */
static LsRange *
logits_of (const LsModel *model, LsRanges *ranges, uint32_t graph, uint32_t op)
{
  const LsOperator *reader = &model->graphs[graph]->view.ops[op];

  if ((reader->kind != LS_OP_SOFTMAX && reader->kind != LS_OP_LOG_SOFTMAX
       && reader->kind != LS_OP_ARG_MAX)
      || reader->n_inputs == 0 || reader->inputs[0] < 0)
    return NULL;
  return (LsRange *) ls_ranges_find (ranges, graph, (uint32_t) reader->inputs[0]);
}

void
ls_ranges_leave_room (LsRanges *ranges, const LsModel *model, unsigned bits)
{
  for (uint32_t i = 0; bits > 8 && i < ranges->n_ranges; i++)
    if (!ranges->ranges[i].by_hand)
      {
        ranges->ranges[i].low *= 2;
        ranges->ranges[i].high *= 2;
      }
  for (uint32_t g = 0; bits <= 8 && ranges->n_samples > 2 && g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      {
        LsRange *range = logits_of (model, ranges, g, i);

        if (range != NULL && !range->by_hand)
          leave_room (range);
      }
}
