/* Converting: what can be done, what it would do, doing it, and the report. */
#pragma once

#include "smith-engine-report.h"
#include "smith-model.h"
#include "smith-progress.h"

/* Names of the types to convert to, as the command has them; NULL-terminated, static. */
const char *const *smith_engine_conversions (void);
/* Whether activations become integers. */
gboolean smith_engine_is_integer (const char *type);
/* Whether weights alone become integers, and activations stay float. */
gboolean smith_engine_is_weights (const char *type);
/* Whether the model needs calibration data to become that; one of integers has its scales. */
gboolean smith_engine_needs_calibration (SmithModel *model, const char *type);
/* Whether the target computes with integers alone. */
gboolean smith_engine_target_is_integer (const char *target);
/* NULL when this build can do it; else a sentence. Static. */
const char *smith_engine_conversion_problem (const char *type);

/* ---- What a person chooses --------------------------------------------------------------------
 */

typedef struct
{
  int resize; /* LsResize: crop, stretch, pad */
  gboolean is_bgr;
  float mean[3], std[3]; /* on 0…255; R, G, B */
} SmithPictures;

typedef struct
{
  const char *type; /* of smith_engine_conversions() */
  char *samples;    /* folder or .npz file; NULL: none */
  /* What the integers are to span, instead of what the samples say; not changed any more. NULL:
   * none. */
  SmithRanges *ranges;
  SmithPictures pictures;
  int granularity;    /* LsGranularity: default, per channel, per tensor */
  const char *target; /* of smith_engine_targets(); NULL: any */
  int observer;       /* LsObserver: automatic, min/max, average, percentile, MSE, entropy */
  double percentile;  /* per cent of the values that the observer of that name keeps; 0: as usual */
  double min_sqnr;    /* dB that the outputs need: operators stay in float until then; 0: any */
  /* LsChoice: automatic, off, on */
  int bias_correction, equalization, adaptive_rounding;
  unsigned weight_bits;  /* of int8 weights: 8, 4 or 2; 0: 8 */
  unsigned weight_block; /* values of 4 bits that share a scale; 0: none */
  gboolean has_float_edges, improves;
  gboolean sparsifies; /* weights with zeros are stored sparsely in the end */
  int block;           /* LsSparseBlock: automatic, 1x1, 1x4, 1x16, 4x4, 16x1 */
  double min_saving;   /* share of a tensor's bytes that sparsity must save; 0: as usual */
  char **keep_float;   /* patterns of operators; NULL: none */
} SmithChoice;

/* Whether samples would be used: integers are made of them, weights may be rounded with them. */
gboolean smith_choice_takes_samples (const SmithChoice *choice);
SmithChoice *smith_choice_copy (const SmithChoice *choice);
void smith_choice_free (SmithChoice *choice);

/* Whether the model takes a picture, and how: from its metadata, else 0 and 255. @is_stated: the
 * metadata says so. */
gboolean smith_engine_pictures (SmithModel *model, SmithPictures *pictures, gboolean *is_stated);

/* How a person says that pictures become this model's input, on all pages; NULL: as the model says.
 * Borrowed until it is set again. */
void smith_engine_set_pictures (SmithModel *model, const SmithPictures *pictures);
const SmithPictures *smith_engine_get_pictures (SmithModel *model);

/* How many samples a folder or file holds, and what to know of them. */
typedef struct
{
  unsigned count;
  char *note; /* NULL: nothing */
} SmithSamples;

void smith_engine_samples_async (SmithModel *model, const SmithChoice *choice,
                                 GAsyncReadyCallback callback, gpointer data);
SmithSamples *smith_engine_samples_finish (GAsyncResult *result, GError **error);
void smith_samples_free (SmithSamples *samples);

/* ---- The conversion ---------------------------------------------------------------------------
 */

/* A tensor of the source and how far the result is from it. */
typedef struct
{
  char *name;
  int tensor;
  gboolean is_output;
  double sqnr_db, cosine;
} SmithLayerError;

enum
{
  SMITH_N_GAINS = 3 /* bias correction, equalization, adaptive rounding */
};

/* What an improvement brought: signal against noise of the outputs. */
typedef struct
{
  gboolean is_told; /* it could have been used */
  gboolean is_used;
  unsigned n_samples; /* that it was measured with; 0: not measured */
  double without_db, with_db;
} SmithGain;

typedef struct
{
  GPtrArray *passes; /* char *: what each pass did */
  GPtrArray *notes;  /* char *: what the person should know */
  unsigned n_ops_before, n_ops_after;
  uint64_t bytes_before, bytes_after;
  char *floats; /* operators that compute in float: "2 × SOFTMAX, …"; NULL: none */
  unsigned n_floats;
  double sqnr_db, cosine; /* least of the outputs; NaN: not compared */
  double top1;            /* share of samples with the same best class; NaN: no classifier */
  unsigned n_compared;    /* samples that it was measured on; 0: random input */
  double top5;            /* the same among the result's best five; NaN: no more classes */
  char *fits, *fits_not;  /* names of targets: "a, b" and "c (3), d (1)" with errors; NULL: none */
  SmithGain gains[SMITH_N_GAINS];
  GPtrArray *layers;       /* SmithLayerError, the farthest apart first */
  SmithEvidence *evidence; /* NULL: nothing was converted but tried */
} SmithConversion;

/* Of the activations' integers. */
unsigned smith_choice_bits (const SmithChoice *choice);

/* Runs the samples and chooses ranges as the conversion would: nothing is written. */
void smith_engine_calibrate_async (SmithModel *model, const SmithChoice *choice, SmithWork *work,
                                   GAsyncReadyCallback callback, gpointer data);
/* Reads ranges from a file that belongs to the model. */
void smith_engine_load_ranges_async (SmithModel *model, GFile *file, GAsyncReadyCallback callback,
                                     gpointer data);
/* Of both; owned by the caller. */
SmithRanges *smith_engine_ranges_finish (GAsyncResult *result, GError **error);

/* What the conversion would do, tried with assumed ranges: nothing is written or measured. */
void smith_engine_plan_async (SmithModel *model, const SmithChoice *choice,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer data);
/* Converts, writes @file, and compares with the source on the samples, else on random input. */
void smith_engine_convert_async (SmithModel *model, const SmithChoice *choice, GFile *file,
                                 SmithWork *work, GAsyncReadyCallback callback, gpointer data);
/* Of both. */
SmithConversion *smith_engine_convert_finish (GAsyncResult *result, GError **error);
void smith_conversion_free (SmithConversion *conversion);
