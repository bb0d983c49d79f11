/* What the edits share: notes of what was done, and steps that are taken back when they fail. */
#ifndef LS_MODEL_EDIT_H
#define LS_MODEL_EDIT_H

#include "model/model.h"

/* Appends a sentence; nothing when @report is NULL. */
LsStatus ls_edit_note (LsEditReport *report, LsError *error, const char *format, ...)
  LS_PRINTF (3, 4);
/* Ends a step that ls_history_begin() began: the model is checked, and put back as it was when
 * @status or the check says so. */
LsStatus ls_edit_end (LsModel *model, LsStatus status, LsError *error);
LsStatus ls_edit_check_subgraph (const LsModel *model, uint32_t subgraph, LsError *error);

/* cut.c, postprocess.c: ls_edit_cut(), ls_edit_drop_postprocess() inside a step that was begun, and
 * without the metadata's lists of ports. */
LsStatus ls_cut (LsModel *model, uint32_t subgraph, const uint32_t *from, uint32_t n_from,
                 const uint32_t *until, uint32_t n_until, LsEditReport *report, LsError *error);
LsStatus ls_drop_postprocess (LsModel *model, uint32_t subgraph, LsEditReport *report,
                              LsError *error);
/* subgraphs.c: takes out subgraphs that operators named in @before (by subgraph) and now none does,
 * and numbers the others anew. */
bool *ls_subgraphs_named (const LsModel *model); /* by subgraph; NULL: out of memory */
bool ls_op_names_subgraph (const LsOperator *op, uint32_t graph);
LsStatus ls_subgraphs_drop_dead (LsModel *model, const bool *before, uint32_t *n_dropped,
                                 LsError *error);

#endif
