#include "smith-engine-layout.h"
#include "smith-engine.h"

static SmithPlacement *
placement_from_nodes (const SmithScene *scene, const LsLayoutNode *nodes)
{
  SmithPlacement *p = g_new0 (SmithPlacement, 1);

  p->n_boxes = scene->n_boxes;
  p->n_edges = scene->n_edges;
  p->centres = g_new0 (SmithPoint, (size_t) scene->n_boxes + 1);
  for (uint32_t i = 0; i < scene->n_boxes; i++)
    {
      p->centres[i] = (SmithPoint){ nodes[i].x, nodes[i].y };
      p->width = MAX (p->width, nodes[i].x + nodes[i].width / 2);
      p->height = MAX (p->height, nodes[i].y + nodes[i].height / 2);
    }
  return p;
}

SmithPlacement *
smith_engine_layout (const SmithScene *scene, GCancellable *cancellable, GError **error)
{
  g_autofree LsLayoutNode *nodes = g_new0 (LsLayoutNode, (size_t) scene->n_boxes + 1);
  g_autofree LsLayoutEdge *edges = g_new0 (LsLayoutEdge, (size_t) scene->n_edges + 1);
  SmithTicker ticker = { cancellable, NULL, NULL };
  LsProgress progress = smith_ticker_progress (&ticker);
  LsError cause = { 0 };

  for (uint32_t i = 0; i < scene->n_boxes; i++)
    nodes[i] = (LsLayoutNode){ scene->boxes[i].width, scene->boxes[i].height, 0, 0 };
  for (uint32_t e = 0; e < scene->n_edges; e++)
    edges[e] = (LsLayoutEdge){ scene->edges[e].from, scene->edges[e].to };
  if (ls_layout_layered (nodes, scene->n_boxes, edges, scene->n_edges, SMITH_NODE_GAP,
                         SMITH_RANK_GAP, &progress, &cause)
      != LS_OK)
    {
      smith_set_error (error, &cause);
      return NULL;
    }
  return placement_from_nodes (scene, nodes);
}
