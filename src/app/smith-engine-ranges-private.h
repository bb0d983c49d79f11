/* What smith-engine-*.c know of ranges. */
#pragma once

#include "smith-engine-ranges.h"
#include "smith-engine.h"

SmithRanges *smith_ranges_new_take (LsRanges *take);
const LsRanges *smith_ranges_peek (SmithRanges *ranges);
/* NULL: out of memory. Free with ls_ranges_free(). */
LsRanges *smith_copy_ranges (const LsRanges *ranges);
