#include "smith-engine.h"

typedef struct
{
  SmithJob job;
  SmithFrozen *frozen;
  gpointer order;
  GDestroyNotify order_free, result_free;
} Start;

static void
start_free (gpointer data)
{
  Start *start = data;

  start->order_free (start->order);
  smith_frozen_unref (start->frozen);
  g_free (start);
}

static void
job_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Start *start = data;
  const LsModel *model;
  gpointer result = NULL;
  LsError cause = { 0 };
  GError *error = NULL;
  LsStatus status = smith_frozen_get (start->frozen, &model, &cause);

  if (status == LS_OK)
    status = start->job (model, start->order, &result, &cause);
  if (status == LS_OK)
    {
      g_task_return_pointer (task, result, start->result_free);
      return;
    }
  cause.status = status;
  smith_set_error (&error, &cause);
  g_task_return_error (task, error);
}

void
smith_engine_start_cancellable (SmithModel *model, SmithJob job, gpointer take,
                                GDestroyNotify order_free, GDestroyNotify result_free,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer data)
{
  g_autoptr (GTask) task = g_task_new (model, cancellable, callback, data);
  Start *start = g_new0 (Start, 1);

  start->job = job;
  start->frozen = smith_model_freeze (model);
  start->order = take;
  start->order_free = order_free;
  start->result_free = result_free;
  g_task_set_task_data (task, start, start_free);
  g_task_run_in_thread (task, job_worker);
}

void
smith_engine_start (SmithModel *model, SmithJob job, gpointer take, GDestroyNotify order_free,
                    GDestroyNotify result_free, GAsyncReadyCallback callback, gpointer data)
{
  smith_engine_start_cancellable (model, job, take, order_free, result_free, NULL, callback, data);
}

gpointer
smith_engine_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
