/* What the inspector says of a selection, read from the engine's model. */
#pragma once

#include "inspect/smith-facts.h"
#include "smith-document.h"

/* Of the document's selection; of the whole model when nothing is selected. */
SmithFacts *smith_engine_facts (SmithDocument *document);

typedef struct
{
  double minimum, maximum, mean, stddev;
  double low, high;
  size_t n_bins;
  double bins[64];
  uint64_t count, n_zero, n_nan, n_inf;
} SmithHistogram;

/* All that is worked out of a constant: in a thread, because weights may be large. */
typedef struct
{
  SmithHistogram stored, real;
  gboolean has_real; /* differs from the stored values */
  /* Decoded values, densified and dequantized. */
  int rank;
  int32_t dims[8];
  float *values;
  size_t n_values;
  double *scales; /* one a channel; NULL: none or one */
  size_t n_scales;
  double least_scale, greatest_scale;
  /* Share of stored elements in cells of a picture, row by row; NULL: dense. */
  uint8_t *cells;
  int n_columns, n_rows;
  uint64_t dense_bytes, stored_bytes;
} SmithTensorDetails;

void smith_engine_tensor_async (SmithModel *model, unsigned subgraph, int tensor,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer data);
SmithTensorDetails *smith_engine_tensor_finish (GAsyncResult *result, GError **error);
void smith_tensor_details_free (SmithTensorDetails *details);

/* Saves the decoded values of a constant as .npy, in a thread. */
void smith_engine_save_tensor_async (SmithModel *model, unsigned subgraph, int tensor,
                                     const char *path, GAsyncReadyCallback callback, gpointer data);
gboolean smith_engine_save_tensor_finish (GAsyncResult *result, GError **error);
