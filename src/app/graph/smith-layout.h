/*
 * Lays a scene out: by Graphviz in the helper process, with a deadline; else by the built-in
 * layered layout, so that there is always a picture.
 */
#pragma once

#include "smith-scene.h"

#include <gio/gio.h>

typedef enum
{
  SMITH_LAYOUT_BUILT_IN, /* at once: no process */
  SMITH_LAYOUT_GRAPHVIZ  /* falls back on the built-in one */
} SmithLayoutWay;

enum
{
  /* More boxes than this are not given to Graphviz: it would take longer than anybody waits. */
  SMITH_LAYOUT_MAX_GRAPHVIZ = 2000,
  /* What Graphviz may take before the built-in layout is shown meanwhile. */
  SMITH_LAYOUT_PATIENCE_MS = 150,
  SMITH_LAYOUT_DEADLINE_MS = 5000
};

/* Works in a thread. Cancelling kills the helper. The scene is only read. */
void smith_layout_async (SmithScene *scene, SmithLayoutWay way, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer data);
SmithPlacement *smith_layout_finish (GAsyncResult *result, GError **error);

/* The same in the caller's thread. */
SmithPlacement *smith_layout_run (const SmithScene *scene, SmithLayoutWay way,
                                  GCancellable *cancellable, GError **error);

/* Reads the helper's answer; NULL when it is not what it should be. */
SmithPlacement *smith_layout_parse (const char *answer, uint32_t n_boxes, uint32_t n_edges);
