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

/*
 * The samples that are not left out, as samples of their own. They read from @samples, which must
 * outlive them. (formats/samples.c)
 *
 * @left_out: by sample
 */
LsStatus ls_samples_part (const LsSamples *samples, const bool *left_out, LsSamples **out,
                          LsError *error);
/* Whether numbers may be infinite or none: pictures and integers are not. */
bool ls_samples_may_be_infinite (const LsSamples *samples);
/* What a sample is called: its file, or "sample 3" of others. */
void ls_samples_name (const LsSamples *samples, uint32_t index, char *out, size_t size);

#endif
