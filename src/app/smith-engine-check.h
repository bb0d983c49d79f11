/* Checking and repairing: what the page "Check" shows. */
#pragma once

#include "smith-document.h"

typedef struct
{
  char *id, *message, *source, *remedy;
  char *kind; /* of the operator, or "" */
  SmithMark severity;
  int subgraph, op, tensor; /* -1: none */
  gboolean is_repairable;
} SmithProblem;

typedef struct
{
  char *text, *id;
  uint64_t offset;
  char *before, *after; /* "3f 80 00 00" */
  int subgraph, op, tensor;
} SmithByteChange;

typedef struct
{
  GPtrArray *problems; /* SmithProblem */
  GPtrArray *changes;  /* SmithByteChange: what a repair would write */
  GPtrArray *left;     /* char *: why something is left as it is */
  unsigned n_partitions;
  double mac_share; /* with a target: of the multiply-adds that run on it; else negative */
} SmithCheckup;

/* @target: NULL, or a name from smith_engine_targets(). */
void smith_engine_check_async (SmithModel *model, const char *target, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data);
SmithCheckup *smith_engine_check_finish (GAsyncResult *result, GError **error);
void smith_checkup_free (SmithCheckup *checkup);

/* Writes a mended copy; the model's own file is never written to. */
void smith_engine_repair_async (SmithModel *model, GFile *file, GAsyncReadyCallback callback,
                                gpointer data);
gboolean smith_engine_repair_finish (GAsyncResult *result, GError **error);

/* NULL-terminated, static. */
const char *const *smith_engine_targets (void);
