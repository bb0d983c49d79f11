/* LOGICAL_AND, LOGICAL_OR, BITWISE_XOR, RIGHT_SHIFT, and StableHLO's AND and SHIFT_LEFT. Sources:
 * tflite/kernels/logical.cc, bitwise_xor.cc, right_shift.cc, stablehlo_elementwise.h,
 * stablehlo_shift_left.cc. */
#include "ops/binary.h"

#define BITS(T) ((T) (sizeof (T) * 8))
/* Shifts outside the width are taken as the nearest one within it. */
#define DEFINE_LOOPS(op, TYPE, T, U)                                                               \
  LS_BINARY_LOOP (and_##TYPE, T, T, T, , a &b)                                                     \
  LS_BINARY_LOOP (xor_##TYPE, T, T, T, , a ^ b)                                                    \
  LS_BINARY_LOOP (right_##TYPE, T, T, T, , a >> (b < 1 ? 0 : b > BITS (T) - 1 ? BITS (T) - 1 : b))
LS_EACH_INTEGER (DEFINE_LOOPS, )

/* In the reference a shift to the left is done on an int, on which shifts count modulo 32. */
#define DEFINE_LEFT(op, TYPE, T, U)                                                                \
  LS_BINARY_LOOP (left_##TYPE, T, T, T, , (U) a << ((U) b & (sizeof (U) * 8 - 1)))
LS_EACH_INTEGER (DEFINE_LEFT, )

LS_BINARY_LOOP (and_BOOL, uint8_t, uint8_t, uint8_t, , a != 0 && b != 0)
LS_BINARY_LOOP (or_BOOL, uint8_t, uint8_t, uint8_t, , (a | b) != 0)
LS_BINARY_LOOP (xor_BOOL, uint8_t, uint8_t, uint8_t, , (a != 0) != (b != 0))

#define INTEGERS(op) LS_EACH_INTEGER (LS_LOOP_ENTRY, op)
static const LsBinaryLoop and_loops[LS_N_TYPES] = { INTEGERS (and)[LS_TYPE_BOOL] = and_BOOL };
static const LsBinaryLoop xor_loops[LS_N_TYPES] = { INTEGERS (xor)[LS_TYPE_BOOL] = xor_BOOL };
static const LsBinaryLoop right_loops[LS_N_TYPES] = { INTEGERS (right) };
static const LsBinaryLoop left_loops[LS_N_TYPES] = { INTEGERS (left) };
static const LsBinaryLoop bool_and_loops[LS_N_TYPES] = { [LS_TYPE_BOOL] = and_BOOL };
static const LsBinaryLoop bool_or_loops[LS_N_TYPES] = { [LS_TYPE_BOOL] = or_BOOL };

#define DEFINE_PLANNER(name, loops)                                                                \
  LsStatus name (LsNode *node, LsBinary *binary, LsError *error)                                   \
  {                                                                                                \
    return ls_binary_choose_same (node, binary, loops, error);                                     \
  }
DEFINE_PLANNER (ls_plan_logical_and, bool_and_loops)
DEFINE_PLANNER (ls_plan_logical_or, bool_or_loops)
DEFINE_PLANNER (ls_plan_bitwise_xor, xor_loops)
DEFINE_PLANNER (ls_plan_plain_and, and_loops)
DEFINE_PLANNER (ls_plan_right_shift, right_loops)
DEFINE_PLANNER (ls_plan_shift_left, left_loops)
