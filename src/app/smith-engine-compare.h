/* Two models: on the same inputs, tensor by tensor, and their structure. */
#pragma once

#include "smith-engine-report.h"
#include "smith-model.h"
#include "smith-progress.h"

typedef struct
{
  char *name_a, *name_b;
  char *kind; /* of the operator that makes it; NULL: none */
  int tensor_a, tensor_b;
  gboolean is_output;
  double max_abs, mean_abs, sqnr_db, cosine, saturated;
  double own_db;        /* SQNR of what the layer adds itself; NAN: not known */
  double max_magnitude; /* of the first model's values */
  unsigned place;       /* in the order of the graph */
} SmithPair;

/* How often both models choose the same class. */
typedef struct
{
  char *name; /* of the output */
  unsigned n_classes;
  double top1, top5; /* shares of the samples */
} SmithAgreement;

typedef enum
{
  SMITH_PAIRS_BY_OWN,   /* those that add the most noise themselves first: the culprits */
  SMITH_PAIRS_BY_SQNR,  /* outputs, then the least SQNR first */
  SMITH_PAIRS_BY_ERROR, /* the greatest difference first, of the largest value */
  SMITH_PAIRS_BY_ENDS,  /* the most integers at the ends of their type first */
  SMITH_PAIRS_BY_GRAPH
} SmithPairOrder;

typedef struct
{
  char *text, *detail; /* "stride_w: 1 → 2"; the operator's or tensor's name */
  const char *category;
  int subgraph, op, tensor; /* of the first model; -1: none */
  int subgraph_b, op_b;     /* of the second */
} SmithDifference;

/* Operators or tensors that stand for one another; -1: only the other model has it. */
typedef struct
{
  gboolean is_op; /* else a tensor */
  int subgraph_a, subgraph_b, a, b;
} SmithPlacePair;

typedef struct
{
  GPtrArray *pairs;       /* SmithPair, outputs and then the farthest apart first */
  char *pairs_problem;    /* why there are none; NULL: there are */
  unsigned n_samples;     /* 0: random input */
  gboolean has_note;      /* nobody said how the samples' pictures are normalised */
  GPtrArray *agreements;  /* SmithAgreement; empty for models that are no classifiers */
  GPtrArray *differences; /* SmithDifference, in the order of the graph */
  GArray *places;         /* SmithPlacePair */
  char *counts;           /* "type 12 · weights 3"; "" when nothing differs */
  char *structure_problem;
  SmithEvidence *evidence; /* NULL: there are no pairs */
} SmithComparison;

void smith_comparison_sort (SmithComparison *comparison, SmithPairOrder order);

void smith_comparison_free (SmithComparison *comparison);

/* What both models get. */
typedef struct
{
  char *samples; /* a folder or a .npz file; NULL: random input */
  uint64_t seed; /* of random input */
} SmithFeed;

/* Opens the second model from @file and compares. An error only when it cannot be opened. */
void smith_engine_compare_async (SmithModel *model, GFile *file, const SmithFeed *feed,
                                 unsigned n_threads, SmithWork *work, GAsyncReadyCallback callback,
                                 gpointer data);
SmithComparison *smith_engine_compare_finish (GAsyncResult *result, GError **error);

enum
{
  SMITH_PAIR_BINS = 64
};

/* Values of one tensor in both models on the same input (the first sample), counted between the
 * same ends. */
typedef struct
{
  double low, high;
  double a[SMITH_PAIR_BINS], b[SMITH_PAIR_BINS];
} SmithPairHistogram;

void smith_engine_pair_async (SmithModel *model, GFile *file, const SmithPair *pair,
                              const SmithFeed *feed, GAsyncReadyCallback callback, gpointer data);
/* Free with g_free(). */
SmithPairHistogram *smith_engine_pair_finish (GAsyncResult *result, GError **error);
