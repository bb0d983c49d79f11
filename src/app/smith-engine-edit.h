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

/* Each of the following gives FALSE with @error set, and then the model is as it was. @notes: what
 * was done, a line each; owned by the caller. */

/* @from, @until: tensors by name, index or pattern, commas between; "": as they are. */
gboolean smith_engine_cut (SmithModel *model, unsigned subgraph, const char *from,
                           const char *until, char **notes, GError **error);
gboolean smith_engine_rename (SmithModel *model, unsigned subgraph, const char *from,
                              const char *to, char **notes, GError **error);
gboolean smith_engine_drop_postprocess (SmithModel *model, unsigned subgraph, char **notes,
                                        GError **error);
/* @shapes: "1x96x96x3" for each input, NULL at the end; those that are as before stay. */
gboolean smith_engine_set_shapes (SmithModel *model, unsigned subgraph, const char *const *shapes,
                                  char **notes, GError **error);
/* @key: "" for the description, else as of ls_edit_set_metadata(). */
gboolean smith_engine_set_metadata (SmithModel *model, const char *key, const char *text,
                                    GError **error);
gboolean smith_engine_set_op_version (SmithModel *model, const char *kind, int version,
                                      char **notes, GError **error);

/* Name and shape of each input in turn: char *. Owned by the caller. */
GPtrArray *smith_engine_input_shapes (SmithModel *model, unsigned subgraph);
/* Kinds of the model's operators, each once. Owned by the caller. */
char **smith_engine_op_kinds (SmithModel *model);
/* The lowest version that operators of a kind have; 1: there are none. */
int smith_engine_op_version (SmithModel *model, const char *kind);
char *smith_engine_description (SmithModel *model);
