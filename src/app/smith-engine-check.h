/* Checking: what the page "Check" shows. Mending is in smith-engine-repair.h. */
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
  GPtrArray *problems; /* SmithProblem */
  unsigned n_partitions;
  double mac_share; /* with a target: of the multiply-adds that run on it; else negative */
} SmithCheckup;

/* @target: NULL, or a name from smith_engine_targets(). */
void smith_engine_check_async (SmithModel *model, const char *target, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data);
SmithCheckup *smith_engine_check_finish (GAsyncResult *result, GError **error);
void smith_checkup_free (SmithCheckup *checkup);

/* NULL-terminated, static. */
const char *const *smith_engine_targets (void);
