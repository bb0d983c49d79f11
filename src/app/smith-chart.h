/* A small drawn chart: bars over a range, or a line over positions. An image for screen readers. */
#pragma once

#include <gtk/gtk.h>

#define SMITH_TYPE_CHART (smith_chart_get_type ())
G_DECLARE_FINAL_TYPE (SmithChart, smith_chart, SMITH, CHART, GtkWidget)

typedef enum
{
  SMITH_CHART_BARS,
  SMITH_CHART_STEPS, /* one bar a position, from zero */
  SMITH_CHART_POINTS /* runs in time */
} SmithChartKind;

/* @label: accessible name. @low, @high: texts at the ends of the x axis (nullable). */
void smith_chart_set (SmithChart *self, SmithChartKind kind, const double *values, size_t n,
                      const char *label, const char *low, const char *high);
/* What a screen reader adds, and the tooltip. */
void smith_chart_describe (SmithChart *self, const char *text);
/* A second row of bars, drawn as an outline over the first; NULL takes it away. Cleared by
 * smith_chart_set(). */
void smith_chart_set_second (SmithChart *self, const double *values, size_t n);
/* Horizontal lines with a text; cleared by smith_chart_set(). */
void smith_chart_add_level (SmithChart *self, double value, const char *text);
/* Paints the chart with cairo on white, for a file. */
void smith_chart_draw (SmithChart *self, cairo_t *cr, double width, double height);
