#include "smith-chart.h"
#include "smith-tooltip.h"

#include <math.h>
#include <stdlib.h>

enum
{
  AXIS_HEIGHT = 18,
  MARGIN = 4,
  FONT_SIZE = 11,
  OUTLIER = 4,
  HEADROOM = 18, /* above the highest level, for its name */
  LEVEL_WIDTH = 92
};

typedef struct
{
  double value;
  char *text;
} Level;

struct _SmithChart
{
  GtkWidget parent_instance;
  SmithChartKind kind;
  double *values, *second;
  size_t n, n_second;
  char *low, *high;
  GArray *levels;
};

G_DEFINE_FINAL_TYPE (SmithChart, smith_chart, GTK_TYPE_WIDGET)

typedef struct
{
  GdkRGBA text, fill, level;
} Colors;

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

/* A few runs that something else delayed would press all others into one line: the scale of runs
 * ends at OUTLIER medians, and what lies beyond stands at its end. */
static double
end_of_runs (const SmithChart *self)
{
  g_autofree double *sorted = g_memdup2 (self->values, sizeof (double) * self->n);

  qsort (sorted, self->n, sizeof *sorted, compare_doubles);
  return OUTLIER * sorted[self->n / 2];
}

static double
greatest (const SmithChart *self)
{
  double most = 0;

  for (size_t i = 0; i < self->n; i++)
    if (isfinite (self->values[i]))
      most = fmax (most, self->values[i]);
  for (size_t i = 0; i < self->n_second; i++)
    most = fmax (most, self->second[i]);
  for (guint i = 0; i < self->levels->len; i++)
    most = fmax (most, g_array_index (self->levels, Level, i).value);
  if (self->kind == SMITH_CHART_POINTS && self->n > 0)
    most = fmin (most, end_of_runs (self));
  return most > 0 ? most : 1;
}

/* Gives the text's width. */
static double
draw_text (cairo_t *cr, const char *text, double x, double y, double align)
{
  cairo_text_extents_t size;

  if (text == NULL)
    return 0;
  cairo_text_extents (cr, text, &size);
  cairo_move_to (cr, x - align * size.x_advance, y);
  cairo_show_text (cr, text);
  return size.x_advance;
}

/* More values than pixels: the greatest of each pixel is drawn, so that no peak is lost. */
static void
draw_bars (const SmithChart *self, cairo_t *cr, double width, double height, double most)
{
  size_t n_bars = MIN (self->n, (size_t) fmax (1, floor (width)));
  double step = width / (double) n_bars, gap = step > 4 ? 1 : 0;

  for (size_t b = 0; b < n_bars; b++)
    {
      size_t begin = b * self->n / n_bars, end = MAX (begin + 1, (b + 1) * self->n / n_bars);
      double value = 0;

      for (size_t i = begin; i < end; i++)
        value = fmax (value, self->values[i]);
      value = value > 0 ? fmax (1, value / most * height) : 0;
      cairo_rectangle (cr, (double) b * step, height - value, fmax (step - gap, 0.5), value);
    }
  cairo_fill (cr);
}

/* The tops of the second row's bars as one line. */
static void
draw_second (const SmithChart *self, cairo_t *cr, double width, double height, double most)
{
  double step = width / (double) MAX (self->n_second, 1);

  cairo_set_line_width (cr, 1.5);
  cairo_move_to (cr, 0, height);
  for (size_t i = 0; i < self->n_second; i++)
    {
      double y = height - self->second[i] / most * height;

      cairo_line_to (cr, (double) i * step, y);
      cairo_line_to (cr, (double) (i + 1) * step, y);
    }
  cairo_line_to (cr, width, height);
  cairo_stroke (cr);
}

static void
draw_points (const SmithChart *self, cairo_t *cr, double width, double height, double most)
{
  double step = width / (double) MAX (self->n, 1);
  double radius = CLAMP (step / 2.5, 1.2, 3.5);

  for (size_t i = 0; i < self->n; i++)
    {
      double x = ((double) i + 0.5) * step;
      double y = height - fmin (1, self->values[i] / most) * (height - HEADROOM);

      if (self->values[i] > most)
        {
          cairo_move_to (cr, x, y - radius - 1);
          cairo_rel_line_to (cr, radius + 1, 2 * radius);
          cairo_rel_line_to (cr, -2 * (radius + 1), 0);
        }
      else
        cairo_arc (cr, x, y, radius, 0, 2 * G_PI);
      cairo_fill (cr);
    }
}

static void
draw_levels (const SmithChart *self, cairo_t *cr, double width, double height, double most,
             const Colors *colors)
{
  const double dashes[] = { 4, 3 };
  double last = -height;

  /* From the highest: of two that are close, the lower has its text below its line. */
  for (guint i = self->levels->len; i > 0; i--)
    {
      const Level *level = &g_array_index (self->levels, Level, i - 1);
      double y = height - fmin (1, level->value / most) * (height - HEADROOM);
      gboolean is_close = fabs (y - last) < FONT_SIZE + 3;

      gdk_cairo_set_source_rgba (cr, &colors->level);
      cairo_set_line_width (cr, 1);
      cairo_set_dash (cr, dashes, 2, 0);
      cairo_move_to (cr, 0, y);
      cairo_line_to (cr, width, y);
      cairo_stroke (cr);
      cairo_set_dash (cr, NULL, 0, 0);
      gdk_cairo_set_source_rgba (cr, &colors->text);
      draw_text (cr, level->text, width - 2, is_close ? y + FONT_SIZE + 2 : y - 3, 1);
      last = y;
    }
}

static void
draw (SmithChart *self, cairo_t *cr, double width, double height, const Colors *colors)
{
  double plot = height - AXIS_HEIGHT, most = greatest (self);
  /* Points leave room at the right for the names of the levels. */
  double across = self->kind == SMITH_CHART_POINTS ? fmax (width - LEVEL_WIDTH, width / 2) : width;
  GdkRGBA faint = colors->text;

  faint.alpha = 0.25f;
  cairo_select_font_face (cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size (cr, FONT_SIZE);
  gdk_cairo_set_source_rgba (cr, &colors->fill);
  if (self->n > 0 && self->kind == SMITH_CHART_POINTS)
    draw_points (self, cr, across, plot, most);
  else if (self->n > 0)
    draw_bars (self, cr, width, plot, most);
  gdk_cairo_set_source_rgba (cr, &colors->level);
  if (self->n_second > 0)
    draw_second (self, cr, width, plot, most);
  gdk_cairo_set_source_rgba (cr, &faint);
  cairo_rectangle (cr, 0, plot, width, 1);
  cairo_fill (cr);
  gdk_cairo_set_source_rgba (cr, &colors->text);
  draw_text (cr, self->low, 0, height - 4, 0);
  draw_text (cr, self->high, across, height - 4, 1);
  draw_levels (self, cr, width, plot, most, colors);
}

void
smith_chart_draw (SmithChart *self, cairo_t *cr, double width, double height)
{
  const Colors colors
    = { { 0.15f, 0.15f, 0.15f, 1 }, { 0.11f, 0.38f, 0.72f, 1 }, { 0.75f, 0.3f, 0, 1 } };

  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_translate (cr, 12, 12);
  draw (self, cr, width - 24, height - 24, &colors);
}

static void
smith_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SmithChart *self = SMITH_CHART (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  cairo_t *cr;
  Colors colors;

  gtk_style_context_get_color (style, &colors.text);
  if (!gtk_style_context_lookup_color (style, "accent_color", &colors.fill))
    colors.fill = colors.text;
  if (!gtk_style_context_lookup_color (style, "warning_color", &colors.level))
    colors.level = colors.text;
  cr = gtk_snapshot_append_cairo (snapshot,
                                  &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  cairo_translate (cr, MARGIN, MARGIN);
  draw (self, cr, width - 2 * MARGIN, height - 2 * MARGIN, &colors);
  cairo_destroy (cr);
}

static void
smith_chart_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                     int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 100 : 60;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : 110;
}

static void
smith_chart_finalize (GObject *object)
{
  SmithChart *self = SMITH_CHART (object);

  g_free (self->values);
  g_free (self->second);
  g_free (self->low);
  g_free (self->high);
  g_array_unref (self->levels);

  G_OBJECT_CLASS (smith_chart_parent_class)->finalize (object);
}

static void
smith_chart_class_init (SmithChartClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = smith_chart_finalize;
  widget_class->snapshot = smith_chart_snapshot;
  widget_class->measure = smith_chart_measure;
  gtk_widget_class_set_css_name (widget_class, "chart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
level_clear (gpointer data)
{
  g_free (((Level *) data)->text);
}

static void
smith_chart_init (SmithChart *self)
{
  self->levels = g_array_new (FALSE, FALSE, sizeof (Level));
  g_array_set_clear_func (self->levels, level_clear);
}

void
smith_chart_set (SmithChart *self, SmithChartKind kind, const double *values, size_t n,
                 const char *label, const char *low, const char *high)
{
  g_return_if_fail (SMITH_IS_CHART (self));

  self->kind = kind;
  g_free (self->values);
  self->values = g_memdup2 (values, sizeof *values * n);
  self->n = n;
  smith_chart_set_second (self, NULL, 0);
  g_free (self->low);
  self->low = g_strdup (low);
  g_free (self->high);
  self->high = g_strdup (high);
  g_array_set_size (self->levels, 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
smith_chart_set_second (SmithChart *self, const double *values, size_t n)
{
  g_return_if_fail (SMITH_IS_CHART (self));

  g_free (self->second);
  self->second = g_memdup2 (values, sizeof *values * n);
  self->n_second = n;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
smith_chart_describe (SmithChart *self, const char *text)
{
  g_return_if_fail (SMITH_IS_CHART (self));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
  smith_tooltip_set (GTK_WIDGET (self), text);
}

void
smith_chart_add_level (SmithChart *self, double value, const char *text)
{
  const Level level = { value, g_strdup (text) };

  g_return_if_fail (SMITH_IS_CHART (self));

  g_array_append_val (self->levels, level);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
