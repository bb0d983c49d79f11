/* Writing models and pictures of graphs, and undoing edits. */
#pragma once

#include "smith-model.h"

void smith_engine_save_async (SmithModel *model, GFile *file, GAsyncReadyCallback callback,
                              gpointer data);
void smith_engine_export_graph_async (SmithModel *model, unsigned subgraph, GFile *file,
                                      GAsyncReadyCallback callback, gpointer data);
gboolean smith_engine_write_finish (GAsyncResult *result, GError **error);

/* @direction: -1 undoes, 1 does again. */
gboolean smith_engine_can_undo (SmithModel *model, int direction);
void smith_engine_undo (SmithModel *model, int direction);
