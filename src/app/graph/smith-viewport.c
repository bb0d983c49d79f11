#include "smith-viewport.h"

#include <math.h>

/* Room around the graph, in widget pixels. */
static const double MARGIN = 24;

void
smith_viewport_zoom_at (SmithViewport *v, double factor, double px, double py)
{
  double zoom = CLAMP (v->zoom * factor, SMITH_ZOOM_MIN, SMITH_ZOOM_MAX);

  v->x += px / v->zoom - px / zoom;
  v->y += py / v->zoom - py / zoom;
  v->zoom = zoom;
  smith_viewport_clamp (v);
}

void
smith_viewport_pan (SmithViewport *v, double dx, double dy)
{
  v->x += dx / v->zoom;
  v->y += dy / v->zoom;
  smith_viewport_clamp (v);
}

void
smith_viewport_resize (SmithViewport *v, double width, double height)
{
  if (v->width > 0 && v->zoom > 0)
    v->x += (v->width - width) / 2 / v->zoom;
  v->width = width;
  v->height = height;
}

static double
fitting_zoom (const SmithViewport *v)
{
  double across = (v->width - 2 * MARGIN) / MAX (v->world_width, 1);
  double down = (v->height - 2 * MARGIN) / MAX (v->world_height, 1);

  return CLAMP (MIN (across, down), SMITH_ZOOM_MIN, 1.0);
}

static void
centre (SmithViewport *v)
{
  v->x = (v->world_width - v->width / v->zoom) / 2;
  v->y = (v->world_height - v->height / v->zoom) / 2;
}

void
smith_viewport_fit (SmithViewport *v)
{
  v->zoom = fitting_zoom (v);
  centre (v);
}

void
smith_viewport_begin (SmithViewport *v)
{
  double across = (v->width - 2 * MARGIN) / MAX (v->world_width, 1);

  v->zoom = fitting_zoom (v);
  if (v->zoom >= SMITH_ZOOM_LEGIBLE)
    {
      centre (v);
      return;
    }
  v->zoom = CLAMP (across, SMITH_ZOOM_LEGIBLE, 1.0);
  v->x = (v->world_width - v->width / v->zoom) / 2;
  v->y = -MARGIN / v->zoom;
}

static void
reveal_axis (double *at, double extent, double begin, double length, double room)
{
  if (length + 2 * room > extent)
    *at = begin + length / 2 - extent / 2;
  else if (begin - room < *at)
    *at = begin - room;
  else if (begin + length + room > *at + extent)
    *at = begin + length + room - extent;
}

void
smith_viewport_reveal (SmithViewport *v, double x, double y, double width, double height)
{
  double room = 2 * MARGIN / v->zoom;

  reveal_axis (&v->x, v->width / v->zoom, x, width, room);
  reveal_axis (&v->y, v->height / v->zoom, y, height, room);
  smith_viewport_clamp (v);
}

void
smith_viewport_centre_on (SmithViewport *v, double x, double y)
{
  v->x = x - v->width / v->zoom / 2;
  v->y = y - v->height / v->zoom / 2;
  smith_viewport_clamp (v);
}

static double
clamp_axis (double at, double extent, double world)
{
  /* Up to three quarters of the view may be empty, so that the graph's ends can be in its middle.
   */
  double slack = extent * 0.75;

  return CLAMP (at, -slack, MAX (world - extent + slack, -slack));
}

void
smith_viewport_clamp (SmithViewport *v)
{
  v->x = clamp_axis (v->x, v->width / v->zoom, v->world_width);
  v->y = clamp_axis (v->y, v->height / v->zoom, v->world_height);
}

void
smith_viewport_to_world (const SmithViewport *v, double px, double py, double *x, double *y)
{
  *x = v->x + px / v->zoom;
  *y = v->y + py / v->zoom;
}

SmithViewport
smith_viewport_between (const SmithViewport *from, const SmithViewport *to, double t)
{
  SmithViewport v = *to;
  double from_x = from->x + from->width / from->zoom / 2;
  double from_y = from->y + from->height / from->zoom / 2;
  double to_x = to->x + to->width / to->zoom / 2, to_y = to->y + to->height / to->zoom / 2;

  v.zoom = from->zoom * pow (to->zoom / from->zoom, t);
  v.x = from_x + (to_x - from_x) * t - v.width / v.zoom / 2;
  v.y = from_y + (to_y - from_y) * t - v.height / v.zoom / 2;
  return v;
}
