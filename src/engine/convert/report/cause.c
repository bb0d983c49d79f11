/* Why a layer adds an error: what its integers span against what was seen. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "convert/report/report.h"

bool
ls_report_ends (const LsTensor *tensor, double *low, double *high)
{
  const LsQuantization *quant = tensor->quant;
  const int bits = (int) ls_type_bits (tensor->type);

  if (quant == NULL || quant->n_scales != 1 || bits < 8 || bits > 16
      || !ls_type_is_integer (tensor->type))
    return false;

  const double zero = quant->n_zero_points > 0 ? (double) quant->zero_points[0] : 0;
  const double least = tensor->type == LS_TYPE_UINT8 ? 0 : -ldexp (1, bits - 1);

  *low = (least - zero) * (double) quant->scales[0];
  *high = (least + ldexp (1, bits) - 1 - zero) * (double) quant->scales[0];
  return true;
}

double
ls_report_culpability (const LsComparedTensor *compared)
{
  const LsComparedLayer *layer = compared->layer;

  return layer != NULL && !isnan (layer->sqnr_db) ? layer->sqnr_db : compared->sqnr_db;
}

/* What A's bins tell: how many of its values lie outside B's ends, the mean square of what that
 * cuts off, and of the values. */
typedef struct
{
  double outside, cut, square;
} Seen;

static Seen
look (const LsComparedLayer *layer, double low, double high)
{
  const double width = (layer->high - layer->low) / LS_COMPARE_BINS;
  Seen seen = { 0 };
  double count = 0;

  for (int i = 0; i < LS_COMPARE_BINS; i++)
    {
      const double n = (double) layer->bins_a[i], begin = layer->low + i * width;
      const double centre = begin + width / 2;

      count += n;
      const double beyond = fmax (fmax (low - centre, centre - high), 0);

      seen.outside += beyond > 0 ? n : 0;
      seen.cut += n * beyond * beyond;
      seen.square += n * centre * centre;
    }
  seen.outside /= fmax (count, 1);
  seen.cut /= fmax (count, 1);
  seen.square /= fmax (count, 1);
  return seen;
}

const char *
ls_report_cause (const LsReportTensor *tensor, char out[LS_REPORT_CAUSE])
{
  const LsComparedTensor *compared = tensor->compared;
  const LsComparedLayer *layer = compared != NULL ? compared->layer : NULL;
  double low, high;

  out[0] = '\0';
  if (layer == NULL || !isfinite (layer->sqnr_db) || !ls_report_ends (tensor->tensor, &low, &high)
      || !(layer->low < layer->high))
    return out;

  const Seen seen = look (layer, low, high);
  const double step = (double) tensor->tensor->quant->scales[0];
  const double used = (fmin (layer->max_a, high) - fmax (layer->min_a, low)) / step;
  const double noise = seen.square / pow (10, layer->sqnr_db / 10);
  const double all = (high - low) / step + 1;

  if (seen.cut > noise / 3)
    snprintf (out, LS_REPORT_CAUSE, "clipping: %.2g %% of the values lie outside of its range",
              100 * seen.outside);
  else if (step * step / 12 > noise / 3 && used < all / 3)
    snprintf (out, LS_REPORT_CAUSE,
              "rounding of its output: its range is wide, what was seen takes %.0f of %.0f steps",
              fmax (used, 1), all);
  else if (step * step / 12 > noise / 3)
    snprintf (out, LS_REPORT_CAUSE, "rounding of its output: typical values are %.3g steps",
              sqrt (seen.square) / step);
  else
    snprintf (out, LS_REPORT_CAUSE,
              "weights or arithmetic: rounding of its output explains %.0f %% of it",
              fmin (100 * step * step / 12 / noise, 99));
  return out;
}
