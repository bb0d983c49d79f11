/* What calibration and the file of ranges share. */
#ifndef LS_CONVERT_RANGES_H
#define LS_CONVERT_RANGES_H

#include "base/auto.h"
#include "litesmith.h"

LS_DEFINE_AUTO (LsRanges, ls_ranges_free)

/* Orders them as ls_ranges_find() expects. */
void ls_ranges_sort (LsRanges *ranges);

#endif
