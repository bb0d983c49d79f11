#include "smith-engine-bench.h"
#include "smith-engine.h"

#include <string.h>

/* ---- The feed ---------------------------------------------------------------------------------
 */

SmithBenchFeed *
smith_bench_feed_new (void)
{
  SmithBenchFeed *feed = g_atomic_rc_box_new0 (SmithBenchFeed);

  g_mutex_init (&feed->mutex);
  feed->runs_us = g_array_new (FALSE, FALSE, sizeof (double));
  return feed;
}

SmithBenchFeed *
smith_bench_feed_ref (SmithBenchFeed *feed)
{
  return g_atomic_rc_box_acquire (feed);
}

static void
feed_clear (SmithBenchFeed *feed)
{
  g_mutex_clear (&feed->mutex);
  g_array_unref (feed->runs_us);
}

void
smith_bench_feed_unref (SmithBenchFeed *feed)
{
  g_atomic_rc_box_release_full (feed, (GDestroyNotify) feed_clear);
}

/* ---- Timing -----------------------------------------------------------------------------------
 */

typedef struct
{
  char *path;
  unsigned n_runs, n_threads;
  SmithBenchFeed *feed;
  SmithWork *work;
} Order;

static void
order_free (Order *order)
{
  g_free (order->path);
  smith_bench_feed_unref (order->feed);
  smith_work_unref (order->work);
  g_free (order);
}

static void
bench_op_free (SmithBenchOp *op)
{
  g_free (op->kind);
  g_free (op->name);
  g_free (op->kernel);
  g_free (op);
}

void
smith_bench_free (SmithBench *bench)
{
  g_free (bench->runs_us);
  g_free (bench->isa);
  g_free (bench->place);
  g_ptr_array_unref (bench->ops);
  g_free (bench);
}

static void
run_cb (void *data, uint32_t run, double us)
{
  SmithBenchFeed *feed = data;

  g_mutex_lock (&feed->mutex);
  g_array_append_val (feed->runs_us, us);
  g_mutex_unlock (&feed->mutex);
}

static void
add_ops (SmithBench *bench, const LsBenchResult *from)
{
  bench->ops = g_ptr_array_new_with_free_func ((GDestroyNotify) bench_op_free);
  for (uint32_t i = 0; i < from->n_ops; i++)
    {
      SmithBenchOp *op = g_new0 (SmithBenchOp, 1);

      op->op = from->ops[i].op;
      op->kind = g_strdup (from->ops[i].kind);
      op->name = g_strdup (from->ops[i].name);
      op->kernel = g_strdup (from->ops[i].kernel);
      op->median_us = from->ops[i].median_us;
      op->share = from->ops[i].share;
      op->macs = from->ops[i].macs;
      g_ptr_array_add (bench->ops, op);
    }
}

static SmithBench *
bench_from (const LsBenchResult *from, unsigned n_threads)
{
  SmithBench *bench = g_new0 (SmithBench, 1);

  bench->load_us = from->load_us;
  bench->prepare_us = from->prepare_us;
  bench->first_us = from->first_us;
  bench->min_us = from->min_us;
  bench->median_us = from->median_us;
  bench->mean_us = from->mean_us;
  bench->p90_us = from->p90_us;
  bench->p99_us = from->p99_us;
  bench->max_us = from->max_us;
  bench->stddev_us = from->stddev_us;
  bench->n_runs = from->n_runs;
  bench->runs_us = g_memdup2 (from->runs_us, sizeof (double) * from->n_runs);
  bench->n_threads = n_threads;
  bench->peak_rss_kib = from->peak_rss_kib;
  bench->arena_bytes = from->arena_bytes;
  bench->weights_bytes = from->weights_bytes;
  bench->macs = from->macs;
  bench->gmacs_per_s = from->gmacs_per_s;
  bench->isa = g_strdup (ls_isa_name ());
  add_ops (bench, from);
  return bench;
}

static LsStatus
bench_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const Order *order = data;
  LsBenchOptions options = LS_BENCH_OPTIONS_INIT;
  SmithTicker ticker = { order->work->cancellable, &order->work->permille, NULL };
  LsProgress progress = smith_ticker_progress (&ticker);
  LsBenchResult result = { 0 };
  LsStatus status;

  options.session.n_threads = order->n_threads;
  options.runs = order->n_runs;
  options.per_op = true;
  status = ls_bench (order->path, &options, &progress, run_cb, order->feed, &result, error);
  if (status == LS_OK)
    *out = bench_from (&result, order->n_threads);
  ls_bench_result_clear (&result);
  return status;
}

void
smith_engine_bench_async (SmithModel *model, unsigned n_runs, unsigned n_threads,
                          SmithBenchFeed *feed, SmithWork *work, GAsyncReadyCallback callback,
                          gpointer data)
{
  Order *order = g_new0 (Order, 1);

  order->path = g_strdup (smith_model_get_path (model));
  order->n_runs = n_runs;
  order->n_threads = n_threads;
  order->feed = smith_bench_feed_ref (feed);
  order->work = smith_work_ref (work);
  smith_engine_start (model, bench_job, order, (GDestroyNotify) order_free,
                      (GDestroyNotify) smith_bench_free, callback, data);
}

SmithBench *
smith_engine_bench_finish (GAsyncResult *result, GError **error)
{
  return smith_engine_finish (result, error);
}

/* ---- Files ------------------------------------------------------------------------------------
 */

/* Greater than any figure that can be true, and small enough for every integer. */
#define MOST 1e15

static double
positive (const LsJson *number)
{
  double value = ls_json_number (number, 0);

  return value > 0 ? MIN (value, MOST) : 0;
}

static double
positive_of (const LsJson *object, const char *key)
{
  return positive (ls_json_get (object, key));
}

static char *
string_of (const LsJson *object, const char *key)
{
  const char *text = ls_json_string (ls_json_get (object, key));

  return text != NULL ? g_utf8_make_valid (text, -1) : g_strdup ("");
}

/* The figures that both kinds of file have, under the command's names. */
#define FIGURES(X)                                                                                 \
  X (load_us)                                                                                      \
  X (prepare_us)                                                                                   \
  X (first_us) X (min_us) X (median_us) X (mean_us) X (p90_us) X (p99_us) X (max_us) X (stddev_us)

static void
read_ops (SmithBench *bench, const LsJson *ops)
{
  bench->ops = g_ptr_array_new_with_free_func ((GDestroyNotify) bench_op_free);
  for (uint32_t i = 0; i < ls_json_count (ops); i++)
    {
      const LsJson *from = ls_json_at (ops, i);
      SmithBenchOp *op = g_new0 (SmithBenchOp, 1);

      op->op = (uint32_t) MIN (positive_of (from, "index"), G_MAXINT);
      op->kind = string_of (from, "kind");
      op->name = string_of (from, "name");
      op->kernel = string_of (from, "kernel");
      op->median_us = positive_of (from, "median_us");
      op->share = positive_of (from, "share");
      op->macs = (uint64_t) positive_of (from, "macs");
      g_ptr_array_add (bench->ops, op);
    }
}

static SmithBench *
bench_from_json (const LsJson *root)
{
  SmithBench *bench = g_new0 (SmithBench, 1);
  const LsJson *runs = ls_json_get (root, "runs");

#define READ(figure) bench->figure = positive_of (root, #figure);
  FIGURES (READ)
#undef READ
  bench->gmacs_per_s = positive_of (root, "gmacs_per_s");
  bench->n_threads = (unsigned) MIN (positive_of (root, "threads"), G_MAXINT);
  bench->peak_rss_kib = (uint64_t) positive_of (root, "peak_rss_kib");
  bench->arena_bytes = (uint64_t) positive_of (root, "arena_bytes");
  bench->weights_bytes = (uint64_t) positive_of (root, "weights_bytes");
  bench->macs = (uint64_t) positive_of (root, "macs");
  bench->isa = string_of (root, "isa");
  bench->n_runs = ls_json_count (runs);
  bench->runs_us = g_new0 (double, (size_t) bench->n_runs + 1);
  for (unsigned i = 0; i < bench->n_runs; i++)
    bench->runs_us[i] = positive (ls_json_at (runs, i));
  read_ops (bench, ls_json_get (root, "ops"));
  return bench;
}

SmithBench *
smith_bench_from_json (const char *text, GError **error)
{
  LsJsonDoc *doc = NULL;
  LsError cause = { 0 };
  SmithBench *bench = NULL;

  if (ls_json_parse (text, strlen (text), &doc, &cause) != LS_OK)
    smith_set_error (error, &cause);
  else if (ls_json_count (ls_json_get (ls_json_root (doc), "runs")) == 0)
    g_set_error_literal (error, SMITH_ERROR, LS_E_FORMAT, "it has no runs");
  else
    bench = bench_from_json (ls_json_root (doc));
  ls_json_free (doc);
  return bench;
}

static void
append_number (GString *text, const char *format, const char *name, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, "%.3f", value);
  g_string_append_printf (text, format, name, number);
}

char *
smith_bench_to_csv (const SmithBench *bench, const char *model)
{
  GString *text = g_string_new ("figure,value\n");
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (text, "model,\"%s\"\nisa,%s\nthreads,%u\n", model, bench->isa,
                          bench->n_threads);
#define ROW(figure) append_number (text, "%s,%s\n", #figure, bench->figure);
  FIGURES (ROW)
#undef ROW
  g_string_append (text, "\nrun,us\n");
  for (unsigned i = 0; i < bench->n_runs; i++)
    g_string_append_printf (text, "%u,%s\n", i,
                            g_ascii_formatd (number, sizeof number, "%.3f", bench->runs_us[i]));
  g_string_append (text, "\nindex,kind,name,kernel,median_us,share,macs\n");
  for (guint i = 0; i < bench->ops->len; i++)
    {
      const SmithBenchOp *op = bench->ops->pdata[i];

      g_string_append_printf (text, "%u,%s,\"%s\",%s,", op->op, op->kind, op->name, op->kernel);
      g_string_append_printf (text, "%s,",
                              g_ascii_formatd (number, sizeof number, "%.3f", op->median_us));
      g_string_append_printf (text, "%s,%" G_GUINT64_FORMAT "\n",
                              g_ascii_formatd (number, sizeof number, "%.5f", op->share), op->macs);
    }
  return g_string_free (text, FALSE);
}

static void
append_json_string (GString *text, const char *value)
{
  g_string_append_c (text, '"');
  for (const char *c = value; *c != '\0'; c++)
    if (*c == '"' || *c == '\\')
      g_string_append_printf (text, "\\%c", *c);
    else if ((unsigned char) *c < 32)
      g_string_append_printf (text, "\\u%04x", (unsigned) *c);
    else
      g_string_append_c (text, *c);
  g_string_append_c (text, '"');
}

static void
append_json_op (GString *text, const SmithBenchOp *op)
{
  g_string_append_printf (text, "{\"index\": %u, \"kind\": ", op->op);
  append_json_string (text, op->kind);
  g_string_append (text, ", \"name\": ");
  append_json_string (text, op->name);
  g_string_append (text, ", \"kernel\": ");
  append_json_string (text, op->kernel);
  append_number (text, ", \"%s\": %s", "median_us", op->median_us);
  append_number (text, ", \"%s\": %s", "share", op->share);
  g_string_append_printf (text, ", \"macs\": %" G_GUINT64_FORMAT "}", op->macs);
}

char *
smith_bench_to_json (const SmithBench *bench, const char *model)
{
  GString *text = g_string_new ("{\n  \"model\": ");
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  append_json_string (text, model);
  g_string_append_printf (text, ",\n  \"isa\": \"%s\",\n  \"threads\": %u", bench->isa,
                          bench->n_threads);
#define MEMBER(figure) append_number (text, ",\n  \"%s\": %s", #figure, bench->figure);
  FIGURES (MEMBER)
#undef MEMBER
  g_string_append (text, ",\n  \"runs\": [");
  for (unsigned i = 0; i < bench->n_runs; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                            g_ascii_formatd (number, sizeof number, "%.3f", bench->runs_us[i]));
  g_string_append (text, "],\n  \"ops\": [");
  for (guint i = 0; i < bench->ops->len; i++)
    {
      g_string_append (text, i > 0 ? ",\n    " : "\n    ");
      append_json_op (text, bench->ops->pdata[i]);
    }
  g_string_append (text, "\n  ]\n}\n");
  return g_string_free (text, FALSE);
}
