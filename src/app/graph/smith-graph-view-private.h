/* Shared by smith-graph-view.c (state and drawing) and smith-graph-input.c. */
#pragma once

#include "smith-graph-view.h"
#include "smith-paint.h"

#include <adwaita.h>

struct _SmithGraphView
{
  GtkWidget parent_instance;

  SmithDocument *document;
  GCancellable *working; /* the scene or layout under way; NULL: none */
  guint patience;        /* shows the built-in layout when Graphviz takes long */

  SmithScene *scene, *next_scene; /* shown; waiting for its layout */
  SmithNet *shown_net;            /* the viewport belongs to it */
  GskRenderNode **nodes;          /* of each box, made when first seen */
  SmithPaint *paint;

  SmithViewport viewport, from_viewport, to_viewport;
  gboolean is_placed; /* the viewport was set for this graph */
  AdwAnimation *flight, *glide;
  SmithPoint *glide_from;
  SmithPlacement *glide_to;

  int selected_box, selected_edge, hovered_box;
  double drag_x, drag_y, pointer_x, pointer_y, pinch_zoom;
  gboolean is_dragging;
};

void smith_graph_view_add_controllers (SmithGraphView *self);
/* The viewport has changed: draws, and tells. */
void smith_graph_view_moved (SmithGraphView *self);
void smith_graph_view_stop_flight (SmithGraphView *self);
SmithPaint *smith_graph_view_ensure_paint (SmithGraphView *self);
/* The widget's snapshot. */
void smith_graph_view_draw (GtkWidget *widget, GtkSnapshot *snapshot);
