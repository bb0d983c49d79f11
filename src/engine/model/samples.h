/* Samples that the engine has in memory instead of in files. */
#ifndef LS_MODEL_SAMPLES_H
#define LS_MODEL_SAMPLES_H

#include "litesmith.h"

/*
 * Samples of arrays that are as ls_samples_load() gives them: @count times as many as the model has
 * inputs. Their memory is taken over when it succeeds, and only then. (formats/samples.c)
 */
LsStatus ls_samples_of_arrays (const LsModel *model, LsArray *arrays, uint32_t count,
                               LsSamples **out, LsError *error);

#endif
