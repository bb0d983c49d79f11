/* Numbers of any type as bits, for accumulators to begin with. */
#ifndef LS_OPS_NEUTRAL_H
#define LS_OPS_NEUTRAL_H

#include "litesmith.h"

/* In the low bytes; 0 for types that have no such number. Floats: the largest finite ones. */
uint64_t ls_lowest_bits (LsType type);
uint64_t ls_highest_bits (LsType type);
uint64_t ls_one_bits (LsType type);

#endif
