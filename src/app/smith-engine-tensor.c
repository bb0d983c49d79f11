/* The contents of a constant: decoded, counted and saved in a thread. */
#include "smith-engine-inspect.h"
#include "smith-engine.h"

#include <math.h>
#include <string.h>

enum
{
  MAX_CELLS = 96 /* rows and columns of the picture of sparsity */
};

typedef struct
{
  SmithFrozen *frozen;
  unsigned subgraph;
  int tensor;
  char *path;
} Order;

static void
order_free (Order *order)
{
  smith_frozen_unref (order->frozen);
  g_free (order->path);
  g_free (order);
}

void
smith_tensor_details_free (SmithTensorDetails *details)
{
  g_free (details->values);
  g_free (details->scales);
  g_free (details->cells);
  g_free (details);
}

static void
take_stats (const LsArray *array, SmithHistogram *to)
{
  LsStats s;

  ls_array_stats (array, &s);
  to->minimum = s.min;
  to->maximum = s.max;
  to->mean = s.mean;
  to->stddev = s.stddev;
  to->low = s.low;
  to->high = s.high;
  to->count = s.count;
  to->n_zero = s.n_zero;
  to->n_nan = s.n_nan;
  to->n_inf = s.n_inf;
  to->n_bins = MIN ((size_t) LS_HISTOGRAM_BINS, G_N_ELEMENTS (to->bins));
  for (size_t i = 0; i < to->n_bins; i++)
    to->bins[i] = (double) s.bins[i];
}

static void
take_values (SmithTensorDetails *details, const LsArray *real)
{
  size_t count = ls_array_count (real);

  details->rank = real->rank;
  memcpy (details->dims, real->dims, sizeof details->dims);
  details->n_values = count;
  details->values = g_try_new (float, count + 1);
  if (details->values == NULL)
    {
      details->n_values = 0;
      return;
    }
  for (size_t i = 0; i < count; i++)
    details->values[i] = (float) ls_array_get (real, i);
}

static void
take_scales (SmithTensorDetails *details, const LsQuantization *quant)
{
  if (quant == NULL || quant->n_scales < 2)
    return;
  details->n_scales = quant->n_scales;
  details->scales = g_new (double, quant->n_scales);
  details->least_scale = INFINITY;
  for (uint32_t i = 0; i < quant->n_scales; i++)
    {
      details->scales[i] = (double) quant->scales[i];
      details->least_scale = fmin (details->least_scale, details->scales[i]);
      details->greatest_scale = fmax (details->greatest_scale, details->scales[i]);
    }
}

/* The tensor as a matrix of its first dimension by all others; each cell says how much of it is not
 * zero. */
static void
take_cells (SmithTensorDetails *details)
{
  size_t rows = details->rank > 0 ? (size_t) details->dims[0] : 1;
  size_t columns = rows > 0 ? details->n_values / rows : 0;
  g_autofree uint32_t *filled = NULL, *total = NULL;

  if (columns == 0)
    return;
  details->n_rows = (int) MIN (rows, (size_t) MAX_CELLS);
  details->n_columns = (int) MIN (columns, (size_t) MAX_CELLS);
  filled = g_new0 (uint32_t, MAX_CELLS * MAX_CELLS);
  total = g_new0 (uint32_t, MAX_CELLS * MAX_CELLS);
  details->cells = g_new0 (uint8_t, MAX_CELLS * MAX_CELLS);
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++)
      {
        size_t cell = r * (size_t) details->n_rows / rows * (size_t) details->n_columns
                      + c * (size_t) details->n_columns / columns;

        total[cell]++;
        filled[cell] += details->values[r * columns + c] != 0;
      }
  for (int i = 0; i < details->n_rows * details->n_columns; i++)
    details->cells[i] = total[i] > 0 ? (uint8_t) (255.0 * filled[i] / total[i]) : 0;
}

static LsStatus
work_out (const Order *order, SmithTensorDetails *details, LsError *error)
{
  const LsModel *model;
  const LsTensor *tensor;
  LsArray array = { 0 };
  LsSparsityInfo info;
  LsStatus status = smith_frozen_get (order->frozen, &model, error);

  if (status == LS_OK)
    status = ls_tensor_decode (model, order->subgraph, (uint32_t) order->tensor, LS_DECODE_DENSE,
                               &array, error);
  if (status != LS_OK)
    return status;
  tensor = &ls_model_subgraph (model, order->subgraph)->tensors[order->tensor];
  take_stats (&array, &details->stored);
  ls_array_clear (&array);
  status = ls_tensor_decode (model, order->subgraph, (uint32_t) order->tensor, LS_DECODE_REAL,
                             &array, error);
  if (status != LS_OK)
    return status;
  take_stats (&array, &details->real);
  details->has_real = tensor->quant != NULL && tensor->quant->n_scales > 0;
  take_values (details, &array);
  ls_array_clear (&array);
  take_scales (details, tensor->quant);
  if (tensor->sparsity != NULL
      && ls_tensor_sparsity_info (model, order->subgraph, (uint32_t) order->tensor, &info, NULL)
           == LS_OK)
    {
      details->dense_bytes = info.dense_bytes;
      details->stored_bytes = info.stored_bytes;
      take_cells (details);
    }
  return LS_OK;
}

static void
tensor_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  SmithTensorDetails *details = g_new0 (SmithTensorDetails, 1);
  LsError cause = { 0 };
  GError *error = NULL;

  if (work_out (data, details, &cause) != LS_OK)
    {
      smith_tensor_details_free (details);
      smith_set_error (&error, &cause);
      g_task_return_error (task, error);
      return;
    }
  g_task_return_pointer (task, details, (GDestroyNotify) smith_tensor_details_free);
}

static GTask *
order_task (SmithModel *model, unsigned subgraph, int tensor, const char *path,
            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (model, cancellable, callback, data);
  Order *order = g_new0 (Order, 1);

  order->frozen = smith_model_freeze (model);
  order->subgraph = subgraph;
  order->tensor = tensor;
  order->path = g_strdup (path);
  g_task_set_task_data (task, order, (GDestroyNotify) order_free);
  return task;
}

void
smith_engine_tensor_async (SmithModel *model, unsigned subgraph, int tensor,
                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = order_task (model, subgraph, tensor, NULL, cancellable, callback, data);

  g_task_run_in_thread (task, tensor_worker);
}

SmithTensorDetails *
smith_engine_tensor_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
save_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Order *order = data;
  LsArray array = { 0 };
  LsError cause = { 0 };
  GError *error = NULL;
  const LsModel *model;
  LsStatus status = smith_frozen_get (order->frozen, &model, &cause);

  if (status == LS_OK)
    status = ls_tensor_decode (model, order->subgraph, (uint32_t) order->tensor, LS_DECODE_REAL,
                               &array, &cause);
  if (status == LS_OK)
    status = ls_array_save (order->path, &array, &cause);
  ls_array_clear (&array);
  if (status == LS_OK)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  smith_set_error (&error, &cause);
  g_task_return_error (task, error);
}

void
smith_engine_save_tensor_async (SmithModel *model, unsigned subgraph, int tensor, const char *path,
                                GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = order_task (model, subgraph, tensor, path, NULL, callback, data);

  g_task_run_in_thread (task, save_worker);
}

gboolean
smith_engine_save_tensor_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
