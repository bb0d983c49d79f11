/*
 * One scale for weights that had one for each channel, without data: the model's own scales tell
 * what its activations span, samples that are made up how that is shared among their channels.
 */
#ifndef LS_CONVERT_MERGE_H
#define LS_CONVERT_MERGE_H

#include "convert/pass.h"

/* Whether the wish has channels merged, and nothing to learn from was given. */
bool ls_merge_is_wanted (const LsModel *model, const LsConvertOptions *options);

/*
 * Converts both ways, by rounding alone and through the float model with channels equalized and
 * biases corrected, and gives the model whose outputs are nearer to those of @model.
 */
LsStatus ls_convert_merged (const LsModel *model, const LsConvertOptions *options,
                            const LsProgress *progress, LsModel **out, LsConvertReport *report,
                            LsError *error);

/* convert.c: one conversion. @grids: the model of integers whose scales are the ranges, or NULL */
LsStatus ls_convert_with_grids (const LsModel *model, const LsConvertOptions *options,
                                const LsModel *grids, const LsProgress *progress, LsModel **out,
                                LsConvertReport *report, LsError *error);

/* The ranges of tensors that the model of integers has by name become those of its scales. What
 * samples showed of the channels is stretched to them. */
void ls_ranges_take_grids (LsRanges *ranges, const LsModel *model);

#endif
