/* Edits of an open model, and undoing them. From the main thread. */
#pragma once

#include "smith-model.h"

/* FALSE with @error set when the name cannot be had. The same name again is no edit. */
gboolean smith_engine_rename_tensor (SmithModel *model, unsigned subgraph, int tensor,
                                     const char *name, GError **error);
/* Borrowed until the next edit; NULL: there is no such tensor. */
const char *smith_engine_tensor_name (SmithModel *model, unsigned subgraph, int tensor);

/* Keeps what computes a tensor, which becomes the output; or what is computed from it: then it is
 * the input. */
gboolean smith_engine_cut_until (SmithModel *model, unsigned subgraph, int tensor, GError **error);
gboolean smith_engine_cut_from (SmithModel *model, unsigned subgraph, int tensor, GError **error);

/* @direction: -1 undoes, 1 does again. */
gboolean smith_engine_can_undo (SmithModel *model, int direction);
void smith_engine_undo (SmithModel *model, int direction);
