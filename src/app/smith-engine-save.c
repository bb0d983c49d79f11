#include "smith-engine-save.h"
#include "smith-engine.h"
#include "smith-settings.h"

typedef struct
{
  LsModel *copy; /* shares the weights: the original may be edited meanwhile */
  char *path;
  unsigned subgraph;
} Order;

static void
order_free (Order *order)
{
  ls_model_free (order->copy);
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

  finish_write (task, ls_model_save (order->copy, order->path, &cause), &cause);
}

static void
export_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Order *order = data;
  LsError cause = { 0 };

  finish_write (
    task, ls_graph_save (order->copy, order->subgraph, order->path, smith_layout_helper (), &cause),
    &cause);
}

static GTask *
order_task (SmithModel *model, unsigned subgraph, GFile *file, GAsyncReadyCallback callback,
            gpointer data)
{
  GTask *task = g_task_new (model, NULL, callback, data);
  Order *order = g_new0 (Order, 1);

  order->copy = ls_model_clone (smith_model_peek (model));
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
smith_engine_can_undo (SmithModel *model, int direction)
{
  return direction < 0 ? ls_edit_can_undo (smith_model_peek (model))
                       : ls_edit_can_redo (smith_model_peek (model));
}

void
smith_engine_undo (SmithModel *model, int direction)
{
  if (direction < 0)
    ls_edit_undo (smith_model_peek_mutable (model));
  else
    ls_edit_redo (smith_model_peek_mutable (model));
  smith_model_changed (model);
}
