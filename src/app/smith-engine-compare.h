/* Two models on the same inputs, tensor by tensor. */
#pragma once

#include "smith-model.h"
#include "smith-progress.h"

typedef struct
{
  char *name_a, *name_b;
  int tensor_a;
  gboolean is_output;
  double max_abs, mean_abs, sqnr_db, cosine;
} SmithPair;

/* Opens the second model from @file and compares. Array of SmithPair, the farthest apart first. */
void smith_engine_compare_async (SmithModel *model, GFile *file, uint64_t seed, unsigned n_threads,
                                 SmithWork *work, GAsyncReadyCallback callback, gpointer data);
GPtrArray *smith_engine_compare_finish (GAsyncResult *result, GError **error);
