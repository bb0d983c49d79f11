/* How the values of each tensor are spread, against what its integers can hold. */
#include <math.h>
#include <stdlib.h>

#include "convert/report/report.h"

enum
{
  PLOT_WIDTH = 260,
  PLOT_HEIGHT = 80,
  MAX_PLOTS = 120
};

/* A picture of values from @low to @high. */
typedef struct
{
  double low, high;
  double bins[2][LS_COMPARE_BINS]; /* of the float model, and of the other */
  double bins_low, bins_high;      /* what those span */
  double min, max;                 /* what was seen */
  bool has_two;
} Plot;

static double
place_of (const Plot *plot, double value)
{
  const double width = plot->high - plot->low;

  return (width > 0 ? (value - plot->low) / width : 0.5) * PLOT_WIDTH;
}

static bool
fill_plot (const LsReportTensor *tensor, Plot *plot)
{
  const LsComparedLayer *layer = tensor->compared != NULL ? tensor->compared->layer : NULL;
  const LsRange *range = tensor->range;

  *plot = (Plot){ .has_two = layer != NULL };
  if (layer != NULL && layer->low < layer->high)
    {
      for (int i = 0; i < LS_COMPARE_BINS; i++)
        {
          plot->bins[0][i] = (double) layer->bins_a[i];
          plot->bins[1][i] = (double) layer->bins_b[i];
        }
      plot->bins_low = layer->low;
      plot->bins_high = layer->high;
      plot->min = fmin (layer->min_a, layer->min_b);
      plot->max = fmax (layer->max_a, layer->max_b);
    }
  else if (range != NULL && range->bins != NULL)
    {
      for (int i = 0; i < LS_RANGE_BINS; i++)
        plot->bins[0][i * LS_COMPARE_BINS / LS_RANGE_BINS] += (double) range->bins[i];
      plot->bins_low = plot->min = range->min;
      plot->bins_high = plot->max = range->max;
    }
  plot->low = plot->min;
  plot->high = plot->max;
  return plot->low < plot->high;
}

/* Ends of the integers far beyond what was seen would leave nothing to look at. */
static void
make_room (Plot *plot, double low, double high)
{
  const double width = plot->max - plot->min;

  plot->low = fmax (fmin (low, plot->low), plot->min - 3 * width);
  plot->high = fmin (fmax (high, plot->high), plot->max + 3 * width);
}

static void
put_line (FILE *file, const Plot *plot, double value, const char *look)
{
  if (value < plot->low || value > plot->high)
    return;
  fprintf (file, "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\"/>", look,
           place_of (plot, value), place_of (plot, value), PLOT_HEIGHT);
}

/* Heights are of the logarithm: tails would not be seen otherwise. */
static void
put_bins (FILE *file, const Plot *plot, int which, double most)
{
  const double width = (plot->bins_high - plot->bins_low) / LS_COMPARE_BINS;

  fprintf (file, "<path class=\"%s\" d=\"M%.1f %d", which == 0 ? "h" : "b",
           place_of (plot, plot->min), PLOT_HEIGHT);
  for (int i = 0; i < LS_COMPARE_BINS; i++)
    {
      const double begin = plot->bins_low + i * width;

      if (begin + width > plot->min && begin < plot->max)
        fprintf (file, "V%.1fH%.1f", PLOT_HEIGHT * (1 - log1p (plot->bins[which][i]) / most),
                 place_of (plot, fmin (begin + width, plot->max)));
    }
  fprintf (file, "V%d%s\"/>", PLOT_HEIGHT, which == 0 ? "z" : "");
}

static void
put_plot (FILE *file, const LsReportTensor *tensor, Plot *plot)
{
  double most = 1, low, high;
  const bool has_ends = ls_report_ends (tensor->tensor, &low, &high);

  if (has_ends)
    make_room (plot, low, high);
  for (int i = 0; i < LS_COMPARE_BINS; i++)
    most = fmax (most, log1p (fmax (plot->bins[0][i], plot->bins[1][i])));
  fprintf (file, "<svg viewBox=\"-1 -1 %d %d\" width=\"100%%\">", PLOT_WIDTH + 2, PLOT_HEIGHT + 3);
  put_bins (file, plot, 0, most);
  if (plot->has_two)
    put_bins (file, plot, 1, most);
  if (plot->low < 0 && plot->high > 0)
    put_line (file, plot, 0, "zero");
  if (has_ends)
    {
      put_line (file, plot, low, "cut");
      put_line (file, plot, high, "cut");
    }
  fputs ("</svg>", file);
}

static void
put_caption (FILE *file, const LsReportTensor *tensor, const Plot *plot)
{
  const LsQuantization *quant = tensor->tensor->quant;
  const LsComparedTensor *compared = tensor->compared;
  char text[LS_REPORT_NAME], db[LS_REPORT_NUMBER];
  double low, high;

  fputs ("<figcaption>", file);
  if (tensor->op >= 0)
    fprintf (file, "%d ", tensor->op);
  ls_report_put_html (file, ls_report_short_name (tensor->tensor->name, 100, text));
  fprintf (file, "<br><span class=\"soft\">seen %.4g … %.4g", plot->min, plot->max);
  if (ls_report_ends (tensor->tensor, &low, &high))
    fprintf (file, "; %s holds %.4g … %.4g in steps of %.4g", ls_type_name (tensor->tensor->type),
             low, high, (double) quant->scales[0]);
  if (compared != NULL && isfinite (compared->sqnr_db))
    fprintf (file, "; %.1f dB", compared->sqnr_db);
  if (compared != NULL && compared->layer != NULL && isfinite (compared->layer->sqnr_db))
    fprintf (file, ", adds %s", ls_report_own_db (compared, db));
  fputs ("</span></figcaption>", file);
}

/* The noise that a tensor must at least have to be drawn, so that not too many are. */
static int
compare_doubles (const void *a, const void *b)
{
  const double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
culpability (const LsReportTensor *tensor)
{
  return tensor->compared != NULL ? ls_report_culpability (tensor->compared) : INFINITY;
}

/* The greatest signal to noise that is still drawn. */
static double
find_limit (const LsReportFacts *facts)
{
  double *all = malloc (((size_t) facts->n_tensors + 1) * sizeof *all);
  double limit = INFINITY;

  for (uint32_t i = 0; all != NULL && i < facts->n_tensors; i++)
    all[i] = culpability (&facts->tensors[i]);
  if (all != NULL && facts->n_tensors > MAX_PLOTS)
    {
      qsort (all, facts->n_tensors, sizeof *all, compare_doubles);
      limit = all[MAX_PLOTS - 1];
    }
  free (all);
  return limit;
}

static void
put_heading (FILE *file, const LsReportFacts *facts)
{
  const LsQuantizeReport *report = facts->report;

  fputs ("<h2>Values, and what the integers hold</h2>\n<p class=\"soft\">How often each value was "
         "seen, on a logarithmic scale, from the least to the greatest. ",
         file);
  if (facts->has_layers)
    {
      fputs ("Grey: in ", file);
      ls_report_put_html (file, ls_report_file_name (report->source_name));
      fputs (". Line: in ", file);
      ls_report_put_html (file, ls_report_file_name (report->result_name));
      fputs (". ", file);
    }
  fputs ("Dashed: the ends of the integers", file);
  if (facts->n_tensors > MAX_PLOTS)
    fprintf (file, ". The %d tensors with the greatest errors, in the order of the graph",
             MAX_PLOTS);
  fputs (".</p>\n<div class=\"plots\">\n", file);
}

void
ls_report_put_spreads (FILE *file, const LsReportFacts *facts)
{
  const double limit = find_limit (facts);
  uint32_t n = 0;

  for (uint32_t i = 0; i < facts->n_tensors && n < MAX_PLOTS; i++)
    {
      const LsReportTensor *tensor = &facts->tensors[i];
      Plot plot;

      if (culpability (tensor) > limit || !fill_plot (tensor, &plot))
        continue;
      if (n++ == 0)
        put_heading (file, facts);
      fputs ("<figure>", file);
      put_plot (file, tensor, &plot);
      put_caption (file, tensor, &plot);
      fputs ("</figure>\n", file);
    }
  if (n > 0)
    fputs ("</div>\n", file);
}
