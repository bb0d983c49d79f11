/* Which part of the graph is seen, and how large. Plain arithmetic. */
#pragma once

#include <glib.h>

typedef struct
{
  double x, y;          /* graph point at the widget's top left corner */
  double zoom;          /* widget pixels a graph unit */
  double width, height; /* of the widget */
  double world_width, world_height;
} SmithViewport;

#define SMITH_ZOOM_MIN 0.01
#define SMITH_ZOOM_MAX 6.0
/* Below this a box's text cannot be read: nothing fits smaller by itself. */
#define SMITH_ZOOM_LEGIBLE 0.75

/* The widget has another size: what was in the middle from left to right stays there, and the top
 * stays at the top. */
void smith_viewport_resize (SmithViewport *v, double width, double height);
/* Zooms by @factor, keeping the graph point under widget point (@px, @py) still. */
void smith_viewport_zoom_at (SmithViewport *v, double factor, double px, double py);
void smith_viewport_pan (SmithViewport *v, double dx, double dy);
/* Shows everything; never larger than life. */
void smith_viewport_fit (SmithViewport *v);
/* Shows the whole when it stays legible, else its beginning, legible. */
void smith_viewport_begin (SmithViewport *v);
/* Moves as little as needed to show a rectangle with some room around it. */
void smith_viewport_reveal (SmithViewport *v, double x, double y, double width, double height);
void smith_viewport_centre_on (SmithViewport *v, double x, double y);
/* Keeps some of the graph in sight. */
void smith_viewport_clamp (SmithViewport *v);
void smith_viewport_to_world (const SmithViewport *v, double px, double py, double *x, double *y);
/* On the way from @from to @to, @t from 0 to 1; the zoom moves by equal factors. */
SmithViewport smith_viewport_between (const SmithViewport *from, const SmithViewport *to, double t);
