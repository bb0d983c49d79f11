/*
 * An open model as the window sees it. No type of the engine appears here; smith-engine-*.c fill
 * these objects and structs.
 */
#pragma once

#include "graph/smith-net.h"

#include <gio/gio.h>

#define SMITH_TYPE_MODEL (smith_model_get_type ())
G_DECLARE_FINAL_TYPE (SmithModel, smith_model, SMITH, MODEL, GObject)

/* Opens in a thread; the graph of the first subgraph is built there as well. */
void smith_model_open_async (GFile *file, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer data);
/* Owned by the caller. The error's message is the engine's sentence. */
SmithModel *smith_model_open_finish (GAsyncResult *result, GError **error);

GFile *smith_model_get_file (SmithModel *self);
const char *smith_model_get_path (SmithModel *self);
/* The file's name. */
const char *smith_model_get_title (SmithModel *self);
/* "TFLite · full int8 · 31 operators · 475 k parameters · 14 M MACs" */
const char *smith_model_get_summary (SmithModel *self);

unsigned smith_model_get_n_subgraphs (SmithModel *self);
/* Borrowed; NULL when out of range or out of memory. Built at the first call. */
SmithNet *smith_model_get_net (SmithModel *self, unsigned subgraph);

/*
 * Signals: "changed" when names, constants or operators changed: nets handed out before stay valid,
 * but old; "saved" when the model became another file, or its edits were written.
 */

/* Whether there are edits that no file has. */
gboolean smith_model_is_modified (SmithModel *self);
/* Where in its edits the model stands, to hand to smith_model_saved() when they were written. */
int smith_model_get_step (SmithModel *self);
void smith_model_saved (SmithModel *self, GFile *file, int step);
