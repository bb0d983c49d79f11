/*
 * Between the engine and the window: included by smith-engine-*.c alone, which are the only files
 * here that know litesmith.h.
 */
#pragma once

#include "graph/smith-scene.h"
#include "smith-model.h"

#include "litesmith.h"

#define SMITH_ERROR (smith_error_quark ())
GQuark smith_error_quark (void);

/* The only way from LsError to GError: the sentence, and the place when the engine knows it. A
 * cancel becomes G_IO_ERROR_CANCELLED. */
void smith_set_error (GError **error, const LsError *cause);

/* Opens a file as a copy of it: a window is open all day, and the tool that made the file may write
 * it again meanwhile. Maps it when it is so large that a copy would hurt more. */
LsStatus smith_load_model (const char *path, LsModel **model, LsError *error);

/* Work in a thread: fills @result, or @error. @order: what the caller asked for. */
typedef LsStatus (*SmithJob) (const LsModel *model, gpointer order, gpointer *result,
                              LsError *error);

/* Does @job and hands its result, or its error, to @callback in the main thread. @take: freed with
 * @order_free; a result that nobody takes with @result_free. */
void smith_engine_start (SmithModel *model, SmithJob job, gpointer take, GDestroyNotify order_free,
                         GDestroyNotify result_free, GAsyncReadyCallback callback, gpointer data);
/* As above; a result that comes after a cancel is nobody's, and the error G_IO_ERROR_CANCELLED. */
void smith_engine_start_cancellable (SmithModel *model, SmithJob job, gpointer take,
                                     GDestroyNotify order_free, GDestroyNotify result_free,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer data);
/* The result, owned by the caller; NULL with @error set when the job failed. */
gpointer smith_engine_finish (GAsyncResult *result, GError **error);

/* The engine's model; valid as long as the object. Borrowed, for the main thread: edits change it.
 */
const LsModel *smith_model_peek (SmithModel *self);
/* The one that edits change: from the main thread. */
LsModel *smith_model_peek_mutable (SmithModel *self);

/* The model as it is now, for threads: later edits leave it alone. */
typedef struct
{
  LsModel *model; /* NULL: out of memory */
} SmithFrozen;

/* From the main thread; cheap, because all who ask between two edits share one. */
SmithFrozen *smith_model_freeze (SmithModel *self);
void smith_frozen_unref (SmithFrozen *frozen);
/* Reports that there is no memory, when that is so. */
LsStatus smith_frozen_get (const SmithFrozen *frozen, const LsModel **model, LsError *error);
/* After an edit of the mutable model: @steps is 1 for one done or done again, -1 for one undone;
 * @is_new: what was undone is lost. Emits "changed". */
void smith_model_stepped (SmithModel *self, int steps, gboolean is_new);
/* Makes an object of a model that the engine gave. @take: owned from now on. @file: nullable. */
SmithModel *smith_model_new_take (LsModel *take, GFile *file);

/* In smith-engine-compare.c: SmithPair, outputs and then the farthest apart first. */
GPtrArray *smith_pairs_from (const LsComparison *comparison);

/* In smith-engine-net.c. NULL: there is no such subgraph. */
SmithNet *smith_net_from_model (const LsModel *model, unsigned subgraph);

/* "1×96×96×3"; "" for a scalar. Owned by the caller. */
char *smith_shape_text (const int32_t *dims, int rank);
/* "f32", "i8": static. */
const char *smith_type_short (LsType type);

/* Fills an input from a picture or an array, or without @file from @seed. */
LsStatus smith_session_fill (LsSession *session, uint32_t index, const char *file, uint64_t seed,
                             LsError *error);

/* Progress of long work that is polled by the window, and its cancel. */
typedef struct
{
  GCancellable *cancellable;
  int *permille;     /* written atomically; nullable */
  const char **what; /* the same */
} SmithTicker;

LsProgress smith_ticker_progress (SmithTicker *ticker);
