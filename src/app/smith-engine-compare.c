#include "smith-engine-compare.h"
#include "smith-engine.h"

#include <math.h>

typedef struct
{
  char *path;
  uint64_t seed;
  unsigned n_threads;
  SmithWork *work;
} Order;

static void
order_free (Order *order)
{
  g_free (order->path);
  smith_work_unref (order->work);
  g_free (order);
}

static void
pair_free (SmithPair *pair)
{
  g_free (pair->name_a);
  g_free (pair->name_b);
  g_free (pair);
}

/* Outputs first, then from the farthest apart; what cannot be compared stands before all. */
static int
compare_pairs (gconstpointer a, gconstpointer b)
{
  const SmithPair *x = *(SmithPair *const *) a, *y = *(SmithPair *const *) b;

  if (x->is_output != y->is_output)
    return x->is_output ? -1 : 1;
  if (isnan (x->sqnr_db) != isnan (y->sqnr_db))
    return isnan (x->sqnr_db) ? -1 : 1;
  return x->sqnr_db < y->sqnr_db ? -1 : x->sqnr_db > y->sqnr_db;
}

static GPtrArray *
pairs_from (const LsComparison *comparison)
{
  GPtrArray *pairs = g_ptr_array_new_with_free_func ((GDestroyNotify) pair_free);

  for (uint32_t i = 0; i < comparison->n_tensors; i++)
    {
      const LsComparedTensor *from = &comparison->tensors[i];
      SmithPair *pair = g_new0 (SmithPair, 1);

      pair->name_a = g_strdup (from->name_a);
      pair->name_b = g_strdup (from->name_b);
      pair->tensor_a = from->tensor_a;
      pair->is_output = from->is_output;
      pair->max_abs = from->max_abs;
      pair->mean_abs = from->mean_abs;
      pair->sqnr_db = from->sqnr_db;
      pair->cosine = from->cosine;
      g_ptr_array_add (pairs, pair);
    }
  g_ptr_array_sort (pairs, compare_pairs);
  return pairs;
}

static LsStatus
compare_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const Order *order = data;
  SmithTicker ticker = { order->work->cancellable, &order->work->permille, NULL };
  LsProgress progress = smith_ticker_progress (&ticker);
  LsComparison comparison = { 0 };
  LsModel *other = NULL;
  LsStatus status = ls_model_open (order->path, &other, error);

  if (status == LS_OK)
    status = ls_compare (model, other, NULL, 0, order->seed, order->n_threads, &progress,
                         &comparison, error);
  ls_model_free (other);
  if (status == LS_OK)
    *out = pairs_from (&comparison);
  ls_comparison_clear (&comparison);
  return status;
}

void
smith_engine_compare_async (SmithModel *model, GFile *file, uint64_t seed, unsigned n_threads,
                            SmithWork *work, GAsyncReadyCallback callback, gpointer data)
{
  Order *order = g_new0 (Order, 1);

  order->path = g_file_get_path (file);
  order->seed = seed;
  order->n_threads = n_threads;
  order->work = smith_work_ref (work);
  smith_engine_start (model, compare_job, order, (GDestroyNotify) order_free,
                      (GDestroyNotify) g_ptr_array_unref, callback, data);
}

GPtrArray *
smith_engine_compare_finish (GAsyncResult *result, GError **error)
{
  return smith_engine_finish (result, error);
}
