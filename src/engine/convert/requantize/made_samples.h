/* Samples where there are none: smooth patterns over what the inputs' integers span. */
#ifndef LS_CONVERT_MADE_SAMPLES_H
#define LS_CONVERT_MADE_SAMPLES_H

#include "model/model.h"

/*
 * Patterns like those of pictures and sounds, always the same: lattices of noise from coarse to
 * fine, the finer the weaker. *out is NULL when an input is float and no QUANTIZE tells its range,
 * or is of open shape or too large.
 */
LsStatus ls_make_samples (const LsModel *model, LsSamples **out, LsError *error);

#endif
