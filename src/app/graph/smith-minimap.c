#include "smith-minimap.h"
#include "smith-paint.h"

#include <math.h>

enum
{
  MAX_SIDE = 150,
  MIN_SIDE = 36,
  MARGIN = 6
};

struct _SmithMinimap
{
  GtkWidget parent_instance;
  SmithGraphView *view;
  GdkTexture *picture; /* of the scene; made again with each scene */
  SmithScene *drawn;
  int width, height; /* of the picture */
};

G_DEFINE_FINAL_TYPE (SmithMinimap, smith_minimap, GTK_TYPE_WIDGET)

static void
choose_size (SmithMinimap *self, const SmithScene *scene)
{
  double side = MAX_SIDE / fmax (scene->width, scene->height);

  self->width = CLAMP ((int) (scene->width * side), MIN_SIDE, MAX_SIDE);
  self->height = CLAMP ((int) (scene->height * side), MIN_SIDE, MAX_SIDE);
}

static void
draw_boxes (cairo_t *cr, const SmithScene *scene, double sx, double sy)
{
  for (uint32_t i = 0; i < scene->n_boxes; i++)
    {
      const SmithBox *box = &scene->boxes[i];
      GdkRGBA color = smith_paint_family_color (box->family);

      gdk_cairo_set_source_rgba (cr, &color);
      cairo_rectangle (cr, box->x * sx, box->y * sy, fmax (1, box->width * sx),
                       fmax (0.7, box->height * sy));
      cairo_fill (cr);
    }
}

/* A picture in memory: 50,000 rectangles are drawn once, not in every frame. */
static void
make_picture (SmithMinimap *self, SmithScene *scene)
{
  cairo_surface_t *surface;
  cairo_t *cr;
  g_autoptr (GBytes) bytes = NULL;

  g_clear_object (&self->picture);
  self->drawn = scene;
  choose_size (self, scene);
  surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 2 * self->width, 2 * self->height);
  cr = cairo_create (surface);
  draw_boxes (cr, scene, 2.0 * self->width / scene->width, 2.0 * self->height / scene->height);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  bytes = g_bytes_new (cairo_image_surface_get_data (surface),
                       (gsize) cairo_image_surface_get_stride (surface) * 2 * (gsize) self->height);
  self->picture = gdk_memory_texture_new (2 * self->width, 2 * self->height, GDK_MEMORY_DEFAULT,
                                          bytes, (gsize) cairo_image_surface_get_stride (surface));
  cairo_surface_destroy (surface);
}

static void
scene_changed_cb (SmithMinimap *self)
{
  SmithScene *scene = smith_graph_view_get_scene (self->view);

  if (scene == NULL)
    return;
  make_picture (self, scene);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
viewport_changed_cb (SmithMinimap *self)
{
  const SmithViewport *v = smith_graph_view_get_viewport (self->view);
  gboolean is_whole = v->x <= 0 && v->y <= 0 && v->x + v->width / v->zoom >= v->world_width
                      && v->y + v->height / v->zoom >= v->world_height;

  /* Nothing to find where everything is in sight. */
  gtk_widget_set_opacity (GTK_WIDGET (self), is_whole ? 0 : 1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
smith_minimap_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SmithMinimap *self = SMITH_MINIMAP (widget);
  const SmithViewport *v;
  GdkRGBA color, veil;
  double sx, sy, x, y, right, bottom;

  if (self->picture == NULL)
    return;
  v = smith_graph_view_get_viewport (self->view);
  sx = self->width / fmax (v->world_width, 1);
  sy = self->height / fmax (v->world_height, 1);
  x = CLAMP (v->x * sx, 0, self->width) + MARGIN;
  y = CLAMP (v->y * sy, 0, self->height) + MARGIN;
  right = CLAMP ((v->x + v->width / v->zoom) * sx, 0, self->width) + MARGIN;
  bottom = CLAMP ((v->y + v->height / v->zoom) * sy, 0, self->height) + MARGIN;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  gtk_snapshot_append_texture (
    snapshot, self->picture,
    &GRAPHENE_RECT_INIT (MARGIN, MARGIN, (float) self->width, (float) self->height));

  const graphene_rect_t seen = GRAPHENE_RECT_INIT (
    (float) x, (float) y, (float) fmax (right - x, 4), (float) fmax (bottom - y, 4));
  GskRoundedRect rounded;
  const float widths[4] = { 1.5f, 1.5f, 1.5f, 1.5f };
  const GdkRGBA colors[4] = { color, color, color, color };

  veil = color;
  veil.alpha = 0.12f;
  gsk_rounded_rect_init_from_rect (&rounded, &seen, 2);
  gtk_snapshot_append_color (snapshot, &veil, &seen);
  gtk_snapshot_append_border (snapshot, &rounded, widths, colors);
}

static void
smith_minimap_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  SmithMinimap *self = SMITH_MINIMAP (widget);
  int side = orientation == GTK_ORIENTATION_HORIZONTAL ? self->width : self->height;

  *minimum = *natural = side + 2 * MARGIN;
}

static void
move_to (SmithMinimap *self, double x, double y)
{
  const SmithViewport *v = smith_graph_view_get_viewport (self->view);

  if (self->picture == NULL || gtk_widget_get_opacity (GTK_WIDGET (self)) == 0)
    return;
  smith_graph_view_centre_on (self->view, (x - MARGIN) / self->width * v->world_width,
                              (y - MARGIN) / self->height * v->world_height);
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, gpointer data)
{
  move_to (data, x, y);
}

static void
drag_update_cb (GtkGestureDrag *gesture, double dx, double dy, gpointer data)
{
  double x, y;

  gtk_gesture_drag_get_start_point (gesture, &x, &y);
  move_to (data, x + dx, y + dy);
}

static void
smith_minimap_dispose (GObject *object)
{
  SmithMinimap *self = SMITH_MINIMAP (object);

  g_clear_object (&self->picture);

  G_OBJECT_CLASS (smith_minimap_parent_class)->dispose (object);
}

static void
smith_minimap_class_init (SmithMinimapClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = smith_minimap_dispose;
  widget_class->snapshot = smith_minimap_snapshot;
  widget_class->measure = smith_minimap_measure;
  gtk_widget_class_set_css_name (widget_class, "minimap");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
smith_minimap_init (SmithMinimap *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  self->width = self->height = MIN_SIDE;
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}

void
smith_minimap_set_view (SmithMinimap *self, SmithGraphView *view)
{
  g_return_if_fail (SMITH_IS_MINIMAP (self));

  self->view = view;
  g_signal_connect_object (view, "scene-changed", G_CALLBACK (scene_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (view, "viewport-changed", G_CALLBACK (viewport_changed_cb), self,
                           G_CONNECT_SWAPPED);
}
