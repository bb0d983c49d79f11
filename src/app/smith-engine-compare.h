/* Two models: on the same inputs, tensor by tensor, and their structure. */
#pragma once

#include "smith-model.h"
#include "smith-progress.h"

typedef struct
{
  char *name_a, *name_b;
  char *kind; /* of the operator that makes it; NULL: none */
  int tensor_a, tensor_b;
  gboolean is_output;
  double max_abs, mean_abs, sqnr_db, cosine, saturated;
} SmithPair;

typedef struct
{
  char *text, *detail; /* "stride_w: 1 → 2"; the operator's or tensor's name */
  const char *category;
  int subgraph, op, tensor; /* of the first model; -1: none */
} SmithDifference;

typedef struct
{
  GPtrArray *pairs;       /* SmithPair, outputs and then the farthest apart first */
  char *pairs_problem;    /* why there are none; NULL: there are */
  GPtrArray *differences; /* SmithDifference, in the order of the graph */
  char *counts;           /* "type 12 · weights 3"; "" when nothing differs */
  char *structure_problem;
} SmithComparison;

void smith_comparison_free (SmithComparison *comparison);

/* Opens the second model from @file and compares. An error only when it cannot be opened. */
void smith_engine_compare_async (SmithModel *model, GFile *file, uint64_t seed, unsigned n_threads,
                                 SmithWork *work, GAsyncReadyCallback callback, gpointer data);
SmithComparison *smith_engine_compare_finish (GAsyncResult *result, GError **error);

enum
{
  SMITH_PAIR_BINS = 64
};

/* Values of one tensor in both models on the same input, counted between the same ends. */
typedef struct
{
  double low, high;
  double a[SMITH_PAIR_BINS], b[SMITH_PAIR_BINS];
} SmithPairHistogram;

void smith_engine_pair_async (SmithModel *model, GFile *file, const SmithPair *pair, uint64_t seed,
                              GAsyncReadyCallback callback, gpointer data);
/* Free with g_free(). */
SmithPairHistogram *smith_engine_pair_finish (GAsyncResult *result, GError **error);
