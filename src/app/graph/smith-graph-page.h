/* The page "Graph": layers, the graph, and what lies over it. */
#pragma once

#include "smith-document.h"

#include <gtk/gtk.h>

#define SMITH_TYPE_GRAPH_PAGE (smith_graph_page_get_type ())
G_DECLARE_FINAL_TYPE (SmithGraphPage, smith_graph_page, SMITH, GRAPH_PAGE, GtkWidget)

GtkWidget *smith_graph_page_new (SmithDocument *document);
void smith_graph_page_focus_graph (SmithGraphPage *self);
