/*
 * The graph of a document, drawn, panned and zoomed. Accessible as an image with a description;
 * the list of layers beside it is its twin for the keyboard and for screen readers.
 */
#pragma once

#include "smith-document.h"
#include "smith-scene.h"
#include "smith-viewport.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_GRAPH_VIEW (smith_graph_view_get_type ())
G_DECLARE_FINAL_TYPE (SmithGraphView, smith_graph_view, SMITH, GRAPH_VIEW, GtkWidget)

GtkWidget *smith_graph_view_new (void);
void smith_graph_view_set_document (SmithGraphView *self, SmithDocument *document);

/* NULL until the first layout is done. Borrowed. Emitted when it changes: "scene-changed"; when the
 * viewport moves: "viewport-changed". */
SmithScene *smith_graph_view_get_scene (SmithGraphView *self);
const SmithViewport *smith_graph_view_get_viewport (SmithGraphView *self);
gboolean smith_graph_view_is_busy (SmithGraphView *self);

void smith_graph_view_zoom (SmithGraphView *self, double factor);
void smith_graph_view_set_zoom (SmithGraphView *self, double zoom);
void smith_graph_view_fit (SmithGraphView *self);
void smith_graph_view_centre_on (SmithGraphView *self, double x, double y);
/* Brings the selection into sight. */
void smith_graph_view_show_pick (SmithGraphView *self);
