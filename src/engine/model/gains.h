/*
 * Gains of equalized channels: a conversion may make channels of an activation larger and divide
 * the weights behind by as much. The gains stay with the model, so that its tensors can be compared
 * with those of the source.
 */
#ifndef LS_MODEL_GAINS_H
#define LS_MODEL_GAINS_H

#include "model/model.h"

/* The nearest gain that can be kept: a power of 2 in eighths, from 2^-15.875 to 2^15.875. */
double ls_gain_round (double gain);
/* Multiplies the gains that a tensor has; @n: its last dimension. False: out of memory. */
bool ls_gains_multiply (LsModel *model, LsTensor *tensor, const double *gains, uint32_t n);
/* Writes the gains of all tensors into the model's metadata, or takes the entry out when there are
 * none. False: out of memory. */
bool ls_gains_save (LsModel *model);
/* Gives tensors the gains that the metadata has; an entry that says nothing sensible is passed
 * over. */
void ls_gains_load (LsModel *model);

#endif
