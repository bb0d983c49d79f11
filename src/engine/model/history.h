/* Undo: a stack of record snapshots. */
#ifndef LS_MODEL_HISTORY_H
#define LS_MODEL_HISTORY_H

#include "model/model.h"

/* The records of a model as they are now, sharing its store; NULL: out of memory. */
LsModel *ls_model_snapshot (const LsModel *model);
/* To be called before a change that can be undone; false: out of memory. */
bool ls_history_begin (LsModel *model);
/* Takes the step that begin() made back without a trace: the change failed. */
void ls_history_cancel (LsModel *model);
void ls_history_free (LsModel *model);

#endif
