/* The whole graph, small, and the part that is in sight; a drag moves it. */
#pragma once

#include "smith-graph-view.h"

#define SMITH_TYPE_MINIMAP (smith_minimap_get_type ())
G_DECLARE_FINAL_TYPE (SmithMinimap, smith_minimap, SMITH, MINIMAP, GtkWidget)

void smith_minimap_set_view (SmithMinimap *self, SmithGraphView *view);
