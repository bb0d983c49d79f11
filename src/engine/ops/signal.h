/* What TensorFlow Lite Micro's Signal operators share: reading their options and operands. */
#ifndef LS_OPS_SIGNAL_H
#define LS_OPS_SIGNAL_H

#include "ops/op.h"

/* A number among the options, 0 when it is missing; fails when it is out of range. */
LsStatus ls_signal_option (const LsNode *node, const char *name, int64_t low, int64_t high,
                           int64_t *out, LsError *error);
/* The same for a number of things; @low is not negative. */
LsStatus ls_signal_size (const LsNode *node, const char *name, int64_t low, int64_t high,
                         size_t *out, LsError *error);
/* Input @index is a vector of one of the types; *@n is its length. */
LsStatus ls_signal_vector (const LsNode *node, uint32_t index, unsigned types, size_t *n,
                           LsError *error);
/* For input 0 and output 0, which are vectors of the same length, worked on at once. */
LsStatus ls_signal_map (LsNode *node, unsigned in_types, unsigned out_types, LsRunFn run,
                        LsError *error);

/* The number of the highest bit that is set, from 1; 0 has none and gives 0. */
static inline unsigned
ls_highest_bit (uint32_t x)
{
  return x == 0 ? 0 : 32 - (unsigned) __builtin_clz (x);
}

#endif
