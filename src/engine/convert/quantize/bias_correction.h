/* What rounding the weights of an operator moves its sums on average. */
#ifndef LS_CONVERT_BIAS_CORRECTION_H
#define LS_CONVERT_BIAS_CORRECTION_H

#include "model/model.h"

typedef struct
{
  const LsOperator *op;
  const LsTensor *input, *output, *weights;
  const float *before, *after; /* real values of the weights */
  const double *means;         /* of the input's last dimension, over samples and places */
  uint32_t n_means;
  uint32_t n_channels; /* out: of the output */
} LsBiasShift;

/*
 * The mean of (after − before) · x for each output channel; malloc'ed. NULL when it cannot be told
 * (or out of memory): then nothing is to be corrected.
 *
 * Source of the idea: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias
 * Correction", section 4.2, with means that were seen instead of derived ones.
 */
double *ls_bias_shift (LsBiasShift *shift);

#endif
