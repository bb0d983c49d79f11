#include "model/history.h"

enum
{
  MAX_STEPS = 200
};

struct LsHistory
{
  LsModel *past[MAX_STEPS], *future[MAX_STEPS];
  unsigned n_past, n_future;
};

static void
drop_future (LsHistory *history)
{
  while (history->n_future > 0)
    ls_model_free (history->future[--history->n_future]);
}

bool
ls_history_begin (LsModel *model)
{
  if (model->history == NULL)
    model->history = calloc (1, sizeof *model->history);

  LsHistory *history = model->history;
  LsModel *snapshot = history != NULL ? ls_model_snapshot (model) : NULL;

  if (snapshot == NULL)
    return false;
  drop_future (history);
  if (history->n_past == MAX_STEPS)
    { /* the oldest step is forgotten */
      ls_model_free (history->past[0]);
      for (unsigned i = 1; i < MAX_STEPS; i++)
        history->past[i - 1] = history->past[i];
      history->n_past--;
    }
  history->past[history->n_past++] = snapshot;
  return true;
}

/* Swaps what the model says with what the snapshot says; the history and the store stay. */
static void
swap_records (LsModel *model, LsModel *snapshot)
{
  LsModel was = *model;

  *model = *snapshot;
  *snapshot = was;
  snapshot->history = NULL;
  snapshot->store = model->store;
  model->history = was.history;
  model->store = was.store;
}

void
ls_history_cancel (LsModel *model)
{
  LsHistory *history = model->history;
  LsModel *snapshot = history->past[--history->n_past];

  swap_records (model, snapshot);
  ls_model_free (snapshot);
}

void
ls_history_free (LsModel *model)
{
  LsHistory *history = model->history;

  if (history == NULL)
    return;
  drop_future (history);
  while (history->n_past > 0)
    ls_model_free (history->past[--history->n_past]);
  free (history);
  model->history = NULL;
}

bool
ls_edit_can_undo (const LsModel *model)
{
  return model->history != NULL && model->history->n_past > 0;
}

bool
ls_edit_can_redo (const LsModel *model)
{
  return model->history != NULL && model->history->n_future > 0;
}

void
ls_edit_undo (LsModel *model)
{
  LsHistory *history = model->history;

  if (!ls_edit_can_undo (model))
    return;

  LsModel *snapshot = history->past[--history->n_past];

  swap_records (model, snapshot);
  history->future[history->n_future++] = snapshot;
}

void
ls_edit_redo (LsModel *model)
{
  LsHistory *history = model->history;

  if (!ls_edit_can_redo (model))
    return;

  LsModel *snapshot = history->future[--history->n_future];

  swap_records (model, snapshot);
  history->past[history->n_past++] = snapshot;
}
