/* Writing models and pictures of graphs. */
#pragma once

#include "smith-model.h"

/* When it is finished the model is that file, and the edits so far are saved. */
void smith_engine_save_async (SmithModel *model, GFile *file, GAsyncReadyCallback callback,
                              gpointer data);
gboolean smith_engine_save_finish (GAsyncResult *result, GError **error);

void smith_engine_export_graph_async (SmithModel *model, unsigned subgraph, GFile *file,
                                      GAsyncReadyCallback callback, gpointer data);
gboolean smith_engine_write_finish (GAsyncResult *result, GError **error);
