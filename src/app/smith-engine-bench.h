/* Timing a model: runs as they come, percentiles, time by operator. */
#pragma once

#include "smith-model.h"
#include "smith-progress.h"

typedef struct
{
  char *kind, *name, *kernel;
  uint32_t op;
  double median_us, share;
  uint64_t macs;
} SmithBenchOp;

typedef struct
{
  double load_us, prepare_us, first_us;
  double min_us, median_us, mean_us, p90_us, p99_us, max_us, stddev_us;
  double *runs_us;
  unsigned n_runs, n_threads;
  uint64_t peak_rss_kib, arena_bytes, weights_bytes, macs;
  double gmacs_per_s;
  char *isa;
  char *place;    /* the board's name; NULL: this computer */
  GPtrArray *ops; /* SmithBenchOp */
} SmithBench;

/* Runs so far, read while the timing goes on. */
typedef struct
{
  GMutex mutex;
  GArray *runs_us; /* double */
} SmithBenchFeed;

SmithBenchFeed *smith_bench_feed_new (void);
SmithBenchFeed *smith_bench_feed_ref (SmithBenchFeed *feed);
void smith_bench_feed_unref (SmithBenchFeed *feed);

void smith_engine_bench_async (SmithModel *model, unsigned n_runs, unsigned n_threads,
                               SmithBenchFeed *feed, SmithWork *work, GAsyncReadyCallback callback,
                               gpointer data);
SmithBench *smith_engine_bench_finish (GAsyncResult *result, GError **error);
void smith_bench_free (SmithBench *bench);

/* What "litesmith bench --json" printed, on any machine: the indices of operators are as they were
 * told. */
SmithBench *smith_bench_from_json (const char *text, GError **error);

/* As text of a .csv or .json file. Owned by the caller. */
char *smith_bench_to_csv (const SmithBench *bench, const char *model);
char *smith_bench_to_json (const SmithBench *bench, const char *model);
