#include "smith-engine-save.h"
#include "smith-engine.h"
#include "smith-settings.h"

typedef struct
{
  SmithFrozen *frozen;
  GFile *file;
  char *path;
  unsigned subgraph;
  int step; /* where in its edits the model stood */
} Order;

static void
order_free (Order *order)
{
  smith_frozen_unref (order->frozen);
  g_object_unref (order->file);
  g_free (order->path);
  g_free (order);
}

static void
finish_write (GTask *task, LsStatus status, const LsError *cause)
{
  GError *error = NULL;

  if (status == LS_OK)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  smith_set_error (&error, cause);
  g_task_return_error (task, error);
}

static void
save_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Order *order = data;
  LsError cause = { 0 };
  const LsModel *model;
  LsStatus status = smith_frozen_get (order->frozen, &model, &cause);

  if (status == LS_OK)
    status = ls_model_save (model, order->path, &cause);
  finish_write (task, status, &cause);
}

static void
export_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Order *order = data;
  LsError cause = { 0 };
  const LsModel *model;
  LsStatus status = smith_frozen_get (order->frozen, &model, &cause);

  if (status == LS_OK)
    status = ls_graph_save (model, order->subgraph, order->path, smith_layout_helper (), &cause);
  finish_write (task, status, &cause);
}

static GTask *
order_task (SmithModel *model, unsigned subgraph, GFile *file, GAsyncReadyCallback callback,
            gpointer data)
{
  GTask *task = g_task_new (model, NULL, callback, data);
  Order *order = g_new0 (Order, 1);

  order->frozen = smith_model_freeze (model);
  order->step = smith_model_get_step (model);
  order->file = g_object_ref (file);
  order->path = g_file_get_path (file);
  order->subgraph = subgraph;
  g_task_set_task_data (task, order, (GDestroyNotify) order_free);
  return task;
}

void
smith_engine_save_async (SmithModel *model, GFile *file, GAsyncReadyCallback callback,
                         gpointer data)
{
  g_autoptr (GTask) task = order_task (model, 0, file, callback, data);

  g_task_run_in_thread (task, save_worker);
}

void
smith_engine_export_graph_async (SmithModel *model, unsigned subgraph, GFile *file,
                                 GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = order_task (model, subgraph, file, callback, data);

  g_task_run_in_thread (task, export_worker);
}

gboolean
smith_engine_write_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
smith_engine_save_finish (GAsyncResult *result, GError **error)
{
  const Order *order = g_task_get_task_data (G_TASK (result));

  if (!smith_engine_write_finish (result, error))
    return FALSE;
  smith_model_saved (g_task_get_source_object (G_TASK (result)), order->file, order->step);
  return TRUE;
}
