/* Samples that hold numbers. */
#ifndef LS_CONVERT_QUANTIZE_USABLE_H
#define LS_CONVERT_QUANTIZE_USABLE_H

#include "litesmith.h"

enum
{
  LS_USABLE_NOTE = 300
};

/*
 * Finds samples with values that are infinite or no numbers: with them nothing can be measured.
 *
 * @out:  the others, which read from @samples; NULL when they are all of use
 * @note: which are left out
 *
 * LS_E_INVALID when none is of use.
 */
LsStatus ls_samples_usable (const LsSamples *samples, const LsProgress *progress, LsSamples **out,
                            char note[LS_USABLE_NOTE], LsError *error);

#endif
