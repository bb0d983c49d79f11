/*
 * Factors of equalized channels: a conversion may make channels of an activation larger and divide
 * the weights behind by as much. The factors stay with the model, so that its tensors can be
 * compared with those of the source.
 */
#ifndef LS_MODEL_CHANNEL_FACTORS_H
#define LS_MODEL_CHANNEL_FACTORS_H

#include "model/model.h"

/* The nearest factor that can be kept: a power of 2 in steps of 1/1024, up to almost 2^16 and down
 * to its inverse. */
double ls_channel_factor_round (double factor);
/* Multiplies the factors that a tensor has; @n: its last dimension. False: out of memory. */
bool ls_channel_factors_multiply (LsModel *model, LsTensor *tensor, const double *factors,
                                  uint32_t n);
/* Writes the factors of all tensors into the model's metadata, or takes the entry out when there
 * are none. False: out of memory. */
bool ls_channel_factors_save (LsModel *model);
/* Gives tensors the factors that the metadata has; an entry that says nothing sensible is passed
 * over. */
void ls_channel_factors_load (LsModel *model);

#endif
