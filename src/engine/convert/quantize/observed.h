/* What a tensor held, summed up: of one sample, or of all of them. */
#ifndef LS_CONVERT_OBSERVED_H
#define LS_CONVERT_OBSERVED_H

#include "litesmith.h"

enum
{
  LS_OBSERVED_BINS = 2048,
  LS_OBSERVED_CHANNELS = 4096 /* more are not kept apart */
};

/*
 * Counts of values in bins of width 2^exponent whose edges are multiples of that width. Two of them
 * merge exactly, whatever the order: the finer one's bins fall whole into the coarser one's. So the
 * ends need not be known beforehand, and the result does not depend on the number of threads.
 */
typedef struct
{
  int exponent;
  int64_t first; /* the first bin begins at first × 2^exponent */
  uint64_t bins[LS_OBSERVED_BINS];
} LsBins;

typedef struct
{
  uint32_t subgraph, tensor;
  uint32_t op, inner; /* where @tensor is UINT32_MAX: a value inside of an operator */
  uint64_t count;     /* 0: nothing was seen, and the rest means nothing */
  double min, max;
  LsBins *bins;        /* NULL until something was seen */
  bool mixes_channels; /* the number of channels changed, or there are too many */
  uint32_t n_channels;
  uint64_t n_rows; /* values of each channel */
  double *channel_sums;
  float *channel_ends; /* the least of each channel, then the greatest */
  uint32_t n_merged;   /* samples */
  double average_min, average_max;
} LsObserved;

/* Forgets the values, but keeps the memory. */
void ls_observed_reset (LsObserved *observed);
void ls_observed_clear (LsObserved *observed);
/*
 * Takes in the values of a float32 tensor with @channels in its last dimension. LS_E_INVALID when
 * one is not finite, without naming the tensor.
 */
LsStatus ls_observed_add (LsObserved *observed, const float *values, size_t count, size_t channels,
                          LsError *error);
/* Adds what a sample held to what all before it held. */
LsStatus ls_observed_merge (LsObserved *all, const LsObserved *sample, LsError *error);
/* The bins laid over @n_bins equal parts from min to max; the counts add up to `count`. */
void ls_observed_spread (const LsObserved *observed, uint64_t *bins, uint32_t n_bins);

#endif
