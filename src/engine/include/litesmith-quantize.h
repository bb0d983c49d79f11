/*
 * A part of litesmith.h, which includes it: samples, calibration, and what a conversion to integers
 * may be told. Include litesmith.h.
 */
#ifndef LITESMITH_QUANTIZE_H
#define LITESMITH_QUANTIZE_H

#include "litesmith-model.h"

#ifdef __cplusplus
extern "C"
{
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

  /* ---- Samples -------------------------------------------------------------------------------
   */

  /*
   * The samples of a calibration: a .npz file, or a folder of .npz, .npy, pictures
   * or raw bytes (.raw, .bin), taken in the order of their names' bytes. They belong to the inputs
   * of subgraph 0 of a model, are read one at a time, and may be read from several threads at once.
   */
  typedef struct LsSamples LsSamples;

  LsStatus ls_samples_open (const LsModel *model, const char *path, const LsImageOptions *image,
                            LsSamples **out, LsError *error);
  void ls_samples_free (LsSamples *samples);
  uint32_t ls_samples_count (const LsSamples *samples);
  uint32_t ls_samples_n_inputs (const LsSamples *samples); /* of the model */
  /* What the person should know of how they are read (pictures whose normalisation nobody stated);
   * NULL: nothing. */
  const char *ls_samples_note (const LsSamples *samples);
  /*
   * Reads sample @index: @inputs has as many arrays as the model has inputs; the caller clears
   * them. Each has the type of its input, but FLOAT32 and real numbers where that is quantized.
   */
  LsStatus ls_samples_load (const LsSamples *samples, uint32_t index, LsArray *inputs,
                            LsError *error);

  /* ---- Ranges --------------------------------------------------------------------------------
   */

  typedef enum
  {
    LS_OBSERVE_AUTO,       /* the default: whatever gives the better numbers */
    LS_OBSERVE_MIN_MAX,    /* least and greatest of all samples */
    LS_OBSERVE_AVERAGE,    /* moving average of each sample's least and greatest */
    LS_OBSERVE_PERCENTILE, /* all but the outermost share of values */
    LS_OBSERVE_MSE,        /* least squared error of the quantized values */
    LS_OBSERVE_ENTROPY     /* least Kullback-Leibler divergence of the quantized histogram */
  } LsObserver;

  enum
  {
    LS_RANGE_BINS = 2048
  };

  /* What a tensor of a float model held over all samples. */
  typedef struct
  {
    uint32_t subgraph, tensor;
    char *name;       /* of the tensor; ranges belong to names when they are loaded */
    double min, max;  /* seen */
    double low, high; /* chosen by the observer or by hand: what the integers will span */
    bool by_hand;     /* low and high were set by a person: no observer changes them */
    uint64_t count;   /* values seen */
    double average_min, average_max; /* moving average over samples */
    uint64_t *bins;       /* LS_RANGE_BINS equal parts from min to max; NULL when not kept */
    uint32_t n_channels;  /* of the last dimension; 0 when not kept */
    double *channel_mean; /* n_channels means over samples: bias correction */
    double *channel_low, *channel_high; /* n_channels ends: equalization; NULL when not kept */
  } LsRange;

  typedef struct
  {
    uint32_t n_ranges, n_samples;
    uint32_t bits;   /* of the integers that low and high were chosen for; 0: not known */
    LsRange *ranges; /* by subgraph, then tensor */
    /* Samples that made some tensor infinite or no number, in order: they do not count. */
    uint32_t n_left_out;
    uint32_t *left_out;
    char *left_out_why; /* which tensor the first of them spoiled; NULL: none was left out */
  } LsRanges;

  typedef struct
  {
    LsObserver observer;
    double percentile;  /* share of values kept by LS_OBSERVE_PERCENTILE; 0: 0.9999 */
    uint32_t n_threads; /* samples at a time; 0: one for each processor */
    uint32_t bits;      /* of the integers that the ranges are for; 0: 8 */
  } LsCalibrateOptions;

  /*
   * Runs every sample through a float model with all tensors kept, each from the model's initial
   * state, and notes what each float tensor of each subgraph held. Constants have no range. A
   * sample with which a tensor is not finite is left out; LS_E_INVALID when that is all of them.
   */
  LsStatus ls_calibrate (const LsModel *model, const LsSamples *samples,
                         const LsCalibrateOptions *options, const LsProgress *progress,
                         LsRanges **out, LsError *error);
  /* Chooses low and high again, without running; those set by hand stay. */
  void ls_ranges_observe (LsRanges *ranges, const LsCalibrateOptions *options);
  /*
   * JSON, with everything that is in them. Loading finds tensors by name; what the model does not
   * have stays with `tensor` UINT32_MAX, because a pass may still make it.
   */
  LsStatus ls_ranges_save (const LsRanges *ranges, const char *path, LsError *error);
  LsStatus ls_ranges_load (const LsModel *model, const char *path, LsRanges **out, LsError *error);
  /* NULL when the tensor has none. */
  const LsRange *ls_ranges_find (const LsRanges *ranges, uint32_t subgraph, uint32_t tensor);
  void ls_ranges_free (LsRanges *ranges);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
