/* One inference: inputs from files or random, outputs as plain values. */
#pragma once

#include "smith-model.h"
#include "smith-progress.h"

typedef struct
{
  char *name, *type, *shape;
} SmithPort;

/* What can be run: a signature, or a subgraph that no signature names. */
typedef struct
{
  char *label;
  unsigned subgraph;
  char *signature; /* NULL: the subgraph as it is */
} SmithEntry;

/* Array of SmithEntry, signatures first; owned by the caller. */
GPtrArray *smith_engine_entries (SmithModel *model);
/* The inputs of one of them. Array of SmithPort; owned by the caller. */
GPtrArray *smith_engine_inputs (SmithModel *model, const SmithEntry *entry);

typedef struct
{
  char *name, *type, *shape;
  char *statistics; /* "minimum 0, maximum 0.98, mean 0.1" */
  GPtrArray *top;   /* char *: "[285] 0.91", the greatest first; empty for pictures */
  /* The output as a picture of 8-bit RGB, or NULL. */
  GBytes *pixels;
  int width, height;
  gpointer array; /* the values, for saving */
} SmithOutput;

typedef struct
{
  GPtrArray *outputs; /* SmithOutput */
  double run_us;
} SmithRunResult;

typedef struct
{
  const SmithEntry *entry;
  char **files; /* for each input a path, or NULL: random values from the seed */
  unsigned n_files, n_threads;
  uint64_t seed;
} SmithRunRequest;

/* @request is copied. */
void smith_engine_run_async (SmithModel *model, const SmithRunRequest *request, SmithWork *work,
                             GAsyncReadyCallback callback, gpointer data);
SmithRunResult *smith_engine_run_finish (GAsyncResult *result, GError **error);
void smith_run_result_free (SmithRunResult *result);

/* Writes "@path" for one output, "@path" with "-0", "-1"… before the ending for several. */
gboolean smith_engine_save_outputs (SmithRunResult *result, const char *path, GError **error);
