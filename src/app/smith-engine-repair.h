/* Mending: what would be written, what it does to the outputs, and doing it. */
#pragma once

#include "smith-model.h"
#include "smith-progress.h"

typedef struct
{
  char *id, *text; /* "scale 0 of conv/bias: 0.1 → 0.2" */
  int subgraph, op, tensor;
  uint64_t offset;
  GBytes *before, *after;
} SmithByteChange;

typedef struct
{
  char *id, *message; /* why the bytes cannot mend it */
  int subgraph, op, tensor;
  gboolean is_rewritable; /* the file written anew can */
} SmithLeft;

typedef struct
{
  GPtrArray *changes; /* SmithByteChange, by their offset */
  GPtrArray *left;    /* SmithLeft */
  uint64_t n_bytes;   /* that change */
  uint64_t file_size;
} SmithMending;

void smith_mending_free (SmithMending *mending);

/* The text that names one finding, with a way to mend it (nullable), for the calls below. Owned by
 * the caller. */
char *smith_fix_text (const char *id, const char *way, int subgraph, int op, int tensor);

/* @fixes: NULL for everything, else as of ls_repair_plan(). */
void smith_engine_plan_mending_async (SmithModel *model, char **fixes, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer data);
SmithMending *smith_engine_plan_mending_finish (GAsyncResult *result, GError **error);

typedef struct
{
  char *before_problem, *after_problem; /* why a model cannot run; NULL: it can */
  GPtrArray *outputs;                   /* SmithPair */
} SmithMendEffect;

void smith_mend_effect_free (SmithMendEffect *effect);

/* Runs the model as it is and as mended. @input: a file for the first input, or NULL: random. */
void smith_engine_mend_effect_async (SmithModel *model, char **fixes, const char *input,
                                     uint64_t seed, SmithWork *work, GAsyncReadyCallback callback,
                                     gpointer data);
SmithMendEffect *smith_engine_mend_effect_finish (GAsyncResult *result, GError **error);

/* Writes a mended copy; the model's own file is never written to. A model with edits is written
 * anew, with them. */
void smith_engine_repair_async (SmithModel *model, char **fixes, GFile *file,
                                GAsyncReadyCallback callback, gpointer data);
gboolean smith_engine_repair_finish (GAsyncResult *result, GError **error);

/* Mends the open model, bytes or not, as one edit that can be undone. From the main thread. */
gboolean smith_engine_mend (SmithModel *model, char **fixes, GError **error);
