/* Converting: what can be done, doing it, and the report. */
#pragma once

#include "smith-model.h"
#include "smith-progress.h"

/* Names of the types to convert to, as the command has them; NULL-terminated, static. */
const char *const *smith_engine_conversions (void);
/* Whether the type needs calibration data. */
gboolean smith_engine_needs_calibration (const char *type);
/* NULL when this build can do it; else a sentence. Static. */
const char *smith_engine_conversion_problem (const char *type);

typedef struct
{
  GPtrArray *passes; /* char *: what each pass did */
  GPtrArray *notes;  /* char *: what the person should know */
  unsigned n_ops_before, n_ops_after;
  uint64_t bytes_before, bytes_after;
  double sqnr_db, cosine; /* least of the outputs; NaN: not compared */
} SmithConversion;

/* Converts, writes @file, and compares with the source on random input. */
void smith_engine_convert_async (SmithModel *model, const char *type, const char *calibration,
                                 GFile *file, SmithWork *work, GAsyncReadyCallback callback,
                                 gpointer data);
SmithConversion *smith_engine_convert_finish (GAsyncResult *result, GError **error);
void smith_conversion_free (SmithConversion *conversion);
