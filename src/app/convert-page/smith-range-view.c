#include "smith-range-view.h"

#include <glib/gi18n.h>
#include <math.h>

enum
{
  N_BINS = 256,
  AXIS_HEIGHT = 20,
  MARGIN = 10, /* beside the plot: room for a grip at its edge */
  GRIP = 5,
  REACH = 12, /* pixels around a line that still take it */
  FONT_SIZE = 11
};

/* Of the width, beyond what is seen and spanned. */
static const double beyond = 0.04;
/* Of the width, that a key moves a line by. */
static const double key_step = 0.005;

typedef enum
{
  LINE_LOW,
  LINE_HIGH,
  LINE_NONE
} Line;

struct _SmithRangeView
{
  GtkWidget parent_instance;

  SmithRanges *ranges;
  unsigned index;
  double left, right;  /* values at the edges of the plot */
  double bins[N_BINS]; /* between them */
  Line chosen;         /* that keys move, or the pointer */
  gboolean is_dragging;
};

G_DEFINE_FINAL_TYPE (SmithRangeView, smith_range_view, GTK_TYPE_WIDGET)

enum
{
  MOVED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* ---- Places -----------------------------------------------------------------------------------
 */

static double
plot_width (SmithRangeView *self)
{
  return fmax (gtk_widget_get_width (GTK_WIDGET (self)) - 2 * MARGIN, 1);
}

static double
x_of (SmithRangeView *self, double value)
{
  return MARGIN + (value - self->left) / (self->right - self->left) * plot_width (self);
}

static double
value_at (SmithRangeView *self, double x)
{
  return self->left + (x - MARGIN) / plot_width (self) * (self->right - self->left);
}

static void
choose_window (SmithRangeView *self)
{
  const SmithRange range = smith_ranges_get (self->ranges, self->index);
  double low = fmin (range.min, range.low), high = fmax (range.max, range.high);
  double room = high > low ? beyond * (high - low) : fmax (fabs (low), 1);

  self->left = low - room;
  self->right = high + room;
  smith_ranges_bins (self->ranges, self->index, self->left, self->right, self->bins, N_BINS);
}

static Line
line_at (SmithRangeView *self, double x)
{
  const SmithRange range = smith_ranges_get (self->ranges, self->index);
  double to_low = fabs (x - x_of (self, range.low)), to_high = fabs (x - x_of (self, range.high));

  if (fmin (to_low, to_high) > REACH)
    return LINE_NONE;
  return to_low < to_high ? LINE_LOW : LINE_HIGH;
}

/* ---- Moving -----------------------------------------------------------------------------------
 */

static void
move_to (SmithRangeView *self, double value)
{
  const SmithRange range = smith_ranges_get (self->ranges, self->index);
  double least = 1e-3 * (self->right - self->left);
  double low = range.low, high = range.high;

  value = CLAMP (value, self->left, self->right);
  if (self->chosen == LINE_LOW)
    low = fmin (value, high - least);
  else
    high = fmax (value, low + least);
  g_signal_emit (self, signals[MOVED], 0, low, high);
}

static void
drag_begin_cb (SmithRangeView *self, double x, double y, GtkGestureDrag *drag)
{
  Line line = self->ranges != NULL ? line_at (self, x) : LINE_NONE;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (line == LINE_NONE)
    {
      gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  gtk_gesture_set_state (GTK_GESTURE (drag), GTK_EVENT_SEQUENCE_CLAIMED);
  self->chosen = line;
  self->is_dragging = TRUE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_update_cb (SmithRangeView *self, double dx, double dy, GtkGestureDrag *drag)
{
  double x, y;

  if (self->is_dragging && gtk_gesture_drag_get_start_point (drag, &x, &y))
    move_to (self, value_at (self, x + dx));
}

static void
drag_end_cb (SmithRangeView *self)
{
  if (!self->is_dragging)
    return;
  self->is_dragging = FALSE;
  smith_range_view_update (self);
}

static void
motion_cb (SmithRangeView *self, double x, double y)
{
  gboolean is_near = self->ranges != NULL && line_at (self, x) != LINE_NONE;

  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), is_near ? "col-resize" : NULL);
}

/* Left and right move the chosen line; up and down choose the other one. */
static gboolean
key_cb (SmithRangeView *self, guint key, guint code, GdkModifierType state)
{
  double step = key_step * (self->right - self->left);
  const SmithRange range
    = self->ranges != NULL ? smith_ranges_get (self->ranges, self->index) : (SmithRange){ 0 };

  if (self->ranges == NULL)
    return FALSE;
  if (state & GDK_SHIFT_MASK)
    step *= 10;
  if (key == GDK_KEY_Up || key == GDK_KEY_Down)
    self->chosen = self->chosen == LINE_LOW ? LINE_HIGH : LINE_LOW;
  else if (key == GDK_KEY_Left || key == GDK_KEY_Right)
    move_to (self, (self->chosen == LINE_LOW ? range.low : range.high)
                     + (key == GDK_KEY_Left ? -step : step));
  else
    return FALSE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return TRUE;
}

/* ---- Drawing ----------------------------------------------------------------------------------
 */

typedef struct
{
  GdkRGBA text, fill, clipped;
} Colors;

static Colors
find_colors (GtkWidget *widget)
{
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  Colors colors;

  gtk_style_context_get_color (style, &colors.text);
  if (!gtk_style_context_lookup_color (style, "accent_color", &colors.fill))
    colors.fill = colors.text;
  if (!gtk_style_context_lookup_color (style, "warning_color", &colors.clipped))
    colors.clipped = colors.text;
  return colors;
}

/* Logarithmic: nearly all values stand in a few bins, and the others are what clipping is about. */
static void
draw_bins (SmithRangeView *self, cairo_t *cr, double height, const Colors *colors)
{
  const SmithRange range = smith_ranges_get (self->ranges, self->index);
  double most = 0, step = plot_width (self) / N_BINS, width = self->right - self->left;

  for (int i = 0; i < N_BINS; i++)
    most = fmax (most, log1p (self->bins[i]));
  for (int i = 0; i < N_BINS && most > 0; i++)
    {
      double middle = self->left + (i + 0.5) / N_BINS * width;
      gboolean is_inside = middle >= range.low && middle <= range.high;
      double tall = log1p (self->bins[i]) / most * (height - 8);

      gdk_cairo_set_source_rgba (cr, is_inside ? &colors->fill : &colors->clipped);
      cairo_rectangle (cr, MARGIN + i * step, height - tall, fmax (step - 0.5, 0.5), tall);
      cairo_fill (cr);
    }
}

/* What lies beyond an end is shaded. */
static void
draw_line (SmithRangeView *self, cairo_t *cr, Line line, double height, const Colors *colors)
{
  const SmithRange range = smith_ranges_get (self->ranges, self->index);
  double x = round (x_of (self, line == LINE_LOW ? range.low : range.high));
  double edge = line == LINE_LOW ? MARGIN : MARGIN + plot_width (self);
  gboolean is_chosen = self->chosen == line && gtk_widget_has_focus (GTK_WIDGET (self));
  GdkRGBA shade = colors->clipped;

  shade.alpha = 0.12f;
  gdk_cairo_set_source_rgba (cr, &shade);
  cairo_rectangle (cr, fmin (x, edge), 0, fabs (x - edge), height);
  cairo_fill (cr);
  gdk_cairo_set_source_rgba (cr, &colors->text);
  cairo_rectangle (cr, x - (is_chosen ? 1.5 : 1), 0, is_chosen ? 3 : 2, height);
  cairo_fill (cr);
  cairo_arc (cr, x, height / 2, is_chosen ? GRIP + 2 : GRIP, 0, 2 * G_PI);
  cairo_fill (cr);
}

static void
draw_axis (SmithRangeView *self, cairo_t *cr, double height, const Colors *colors)
{
  GdkRGBA faint = colors->text;
  double right = MARGIN + plot_width (self);
  g_autofree char *low = g_strdup_printf ("%.4g", self->left);
  g_autofree char *high = g_strdup_printf ("%.4g", self->right);
  cairo_text_extents_t size;

  faint.alpha = 0.25f;
  gdk_cairo_set_source_rgba (cr, &faint);
  cairo_rectangle (cr, MARGIN, height, right - MARGIN, 1);
  cairo_fill (cr);
  gdk_cairo_set_source_rgba (cr, &colors->text);
  cairo_set_font_size (cr, FONT_SIZE);
  cairo_move_to (cr, MARGIN, height + AXIS_HEIGHT - 5);
  cairo_show_text (cr, low);
  cairo_text_extents (cr, high, &size);
  cairo_move_to (cr, right - size.x_advance, height + AXIS_HEIGHT - 5);
  cairo_show_text (cr, high);
  if (self->left >= 0 || self->right <= 0)
    return;
  cairo_rectangle (cr, round (x_of (self, 0)), height, 1, 5);
  cairo_fill (cr);
}

static void
smith_range_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SmithRangeView *self = SMITH_RANGE_VIEW (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  const Colors colors = find_colors (widget);
  cairo_t *cr;

  if (self->ranges == NULL)
    return;
  cr = gtk_snapshot_append_cairo (snapshot,
                                  &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  draw_bins (self, cr, height - AXIS_HEIGHT, &colors);
  draw_axis (self, cr, height - AXIS_HEIGHT, &colors);
  draw_line (self, cr, LINE_LOW, height - AXIS_HEIGHT, &colors);
  draw_line (self, cr, LINE_HIGH, height - AXIS_HEIGHT, &colors);
  cairo_destroy (cr);
}

static void
smith_range_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 160 : 120;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 480 : 220;
}

/* ---- The object -------------------------------------------------------------------------------
 */

static void
smith_range_view_dispose (GObject *object)
{
  g_clear_pointer (&SMITH_RANGE_VIEW (object)->ranges, smith_ranges_unref);

  G_OBJECT_CLASS (smith_range_view_parent_class)->dispose (object);
}

static void
smith_range_view_class_init (SmithRangeViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_range_view_dispose;
  widget_class->snapshot = smith_range_view_snapshot;
  widget_class->measure = smith_range_view_measure;
  signals[MOVED] = g_signal_new ("moved", SMITH_TYPE_RANGE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  gtk_widget_class_set_css_name (widget_class, "rangeview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
smith_range_view_init (SmithRangeView *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->right = 1;
  self->chosen = LINE_HIGH;
  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect_swapped (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Histogram"), -1);
}

void
smith_range_view_show (SmithRangeView *self, SmithRanges *ranges, unsigned index)
{
  g_return_if_fail (SMITH_IS_RANGE_VIEW (self));

  g_clear_pointer (&self->ranges, smith_ranges_unref);
  self->is_dragging = FALSE;
  if (ranges != NULL)
    self->ranges = smith_ranges_ref (ranges);
  self->index = index;
  smith_range_view_update (self);
}

void
smith_range_view_update (SmithRangeView *self)
{
  g_return_if_fail (SMITH_IS_RANGE_VIEW (self));

  if (self->ranges != NULL)
    {
      const SmithRange range = smith_ranges_get (self->ranges, self->index);
      g_autofree char *text = g_strdup_printf (
        _ ("Values from %.4g to %.4g on a logarithmic scale; the integers span %.4g to %.4g"),
        range.min, range.max, range.low, range.high);

      if (!self->is_dragging) /* what the pointer holds stays under it */
        choose_window (self);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                      text, -1);
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
