/* What a board is asked over SSH. Everything ends with a sentence or with a result. */
#pragma once

#include "smith-device.h"
#include "smith-engine-bench.h"

/* "Connected: Linux aarch64, 4 cores, litesmith 0.1.0", or why not. */
void smith_remote_test_async (SmithDevice *device, SmithWork *work, GAsyncReadyCallback callback,
                              gpointer data);
/* Owned by the caller. */
char *smith_remote_test_finish (GAsyncResult *result, GError **error);

/* Copies the model's file there, times it with the litesmith that is there, and removes it. */
void smith_remote_bench_async (SmithDevice *device, SmithModel *model, unsigned n_runs,
                               unsigned n_threads, SmithWork *work, GAsyncReadyCallback callback,
                               gpointer data);
SmithBench *smith_remote_bench_finish (GAsyncResult *result, GError **error);
