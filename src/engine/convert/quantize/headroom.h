/* Room for values that the samples did not show. */
#ifndef LS_CONVERT_HEADROOM_H
#define LS_CONVERT_HEADROOM_H

#include "model/model.h"

/*
 * Widens what was observed on @model, which the ranges belong to. With more than 8 bits one bit
 * goes for that everywhere: there are enough. With 8, the inputs of SOFTMAX and ARG_MAX get room
 * above, by how much the samples' greatest values differ.
 */
void ls_ranges_leave_room (LsRanges *ranges, const LsModel *model, unsigned bits);

#endif
