/* Converting to integers more than once, and keeping the best. */
#ifndef LS_CONVERT_SEARCH_H
#define LS_CONVERT_SEARCH_H

#include "convert/pass.h"

/* One conversion as ls_convert() does it, without trying others.
 * @chosen: NULL, or what is known already, else what was found */
LsStatus ls_convert_once (const LsModel *model, const LsConvertOptions *options, LsChosen *chosen,
                          const LsProgress *progress, LsModel **out, LsConvertReport *report,
                          LsError *error);
/* Whether the options ask for a search, and there are samples to measure with. */
bool ls_search_is_wanted (const LsConvertOptions *options);
/*
 * Converts with the ranges of several observers, measures the outputs over samples against the
 * source, and keeps the best; then leaves the operators with the greatest errors in float until
 * options->min_sqnr is reached. The same input gives the same result: what is tried is counted, not
 * timed.
 */
LsStatus ls_convert_search (const LsModel *model, const LsConvertOptions *options,
                            const LsProgress *progress, LsModel **out, LsConvertReport *report,
                            LsError *error);

/* search-measure.c: what the source gives for some of the samples. */
typedef struct LsYardstick LsYardstick;

LsStatus ls_yardstick_new (const LsModel *source, const LsSamples *samples, LsYardstick **out,
                           LsError *error);
void ls_yardstick_free (LsYardstick *yardstick);
uint32_t ls_yardstick_n_samples (const LsYardstick *yardstick);
/* Marks those of the second half that is measured, by their place among all samples. */
void ls_yardstick_hold_out (const LsYardstick *yardstick, bool *held_out);

/* Signal against noise of a model's outputs in dB, the mean over outputs. */
typedef struct
{
  double all;
  double halves[2]; /* over every second sample: what helps only one of them is luck */
} LsMeasured;

LsStatus ls_yardstick_measure (const LsYardstick *yardstick, const LsModel *model, LsMeasured *out,
                               LsError *error);
/* Whether the difference is worth having, and more than luck. */
bool ls_measured_is_better (const LsMeasured *now, const LsMeasured *before);

LS_DEFINE_AUTO (LsYardstick, ls_yardstick_free)

#endif
