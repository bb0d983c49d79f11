/* What calibration and the file of ranges share. */
#ifndef LS_CONVERT_RANGES_H
#define LS_CONVERT_RANGES_H

#include "base/auto.h"
#include "litesmith.h"

LS_DEFINE_AUTO (LsRanges, ls_ranges_free)

/* A copy that belongs to the tensors of another model of the same names: by subgraph, at the same
 * place where the name there is the same, else the first tensor of that name. Without a model
 * they stay with the tensors that they have. */
LsStatus ls_ranges_copy_for (const LsRanges *ranges, const LsModel *model, LsRanges **out,
                             LsError *error);

#endif
