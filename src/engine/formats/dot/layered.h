/* The built-in layout, with the ways of long edges between the boxes of the ranks they cross. */
#ifndef LS_FORMATS_DOT_LAYERED_H
#define LS_FORMATS_DOT_LAYERED_H

#include "litesmith.h"

/* Where an edge crosses a rank: straight down at `x`, from `top` to `bottom`. */
typedef struct
{
  float x, top, bottom;
} LsCrossing;

/* Crossings of edge e: crossings[first[e]] to crossings[first[e + 1] - 1], from its tail on. */
typedef struct
{
  uint32_t *first;
  LsCrossing *crossings;
} LsRoutes;

void ls_routes_clear (LsRoutes *routes);

/* ls_layout_layered() with the routes (@routes may be NULL). */
LsStatus ls_layout_routed (LsLayoutNode *nodes, uint32_t n_nodes, const LsLayoutEdge *edges,
                           uint32_t n_edges, float node_gap, float rank_gap, LsRoutes *routes,
                           const LsProgress *progress, LsError *error);

#endif
