/*
 * Operators of two inputs that broadcast to one shape, element by element.
 *
 * binary.def lists them. The driver plans the walk (broadcast.h) and runs a typed loop over its
 * runs; 16-bit floats are widened and run the loop of float32. An operator's planner picks the loop
 * by type and works out what quantized integers need.
 */
#ifndef LS_OPS_BINARY_H
#define LS_OPS_BINARY_H

#include "kernels/elements.h"
#include "ops/activation.h"
#include "ops/broadcast.h"
#include "ops/elementwise.h"
#include "ops/fixed_point.h"

typedef struct LsBinary LsBinary;

/*
 * Computes @n elements. A step of 0 repeats the one element at @a or @b, else steps are 1. In place
 * when @y is @a. False: an element cannot be computed (LsBinary.complaint says why).
 */
typedef bool (*LsBinaryLoop) (const LsBinary *binary, const void *a, size_t step_a, const void *b,
                              size_t step_b, void *y, size_t n);

struct LsBinary
{
  LsBroadcast plan;
  LsBinaryLoop loop;
  LsRunFn run;                   /* instead of a loop: strings */
  LsBinaryLoop wide_loop;        /* the float32 loop that 16-bit floats run */
  size_t a_size, b_size, y_size; /* bytes of an element */
  const void *repeated[2];       /* a constant input several times over; NULL: as it is */
  size_t cost;
  const char *complaint;
  LsElementParams params; /* quantization, and the fused activation of floats */
  int64_t low, high;      /* the fused activation of plain integers */
  bool is_scalar_power;   /* POW: one exponent for all */
  LsMultiplier multiplier;
};

/* Chooses the loop for the types of the node, or fails. */
typedef LsStatus (*LsBinaryPlanner) (LsNode *node, LsBinary *binary, LsError *error);

#define BINARY(NAME, stem, version, planner, types)                                                \
  LsStatus planner (LsNode *node, LsBinary *binary, LsError *error);
#include "ops/binary.def"
#undef BINARY

/* The whole prepare() of such an operator. */
LsStatus ls_binary_prepare (LsNode *node, LsBinaryPlanner planner, LsError *error);

/* For planners: the loop of a table by input type; 16-bit floats take that of float32. Fails when
 * there is none. */
LsStatus ls_binary_choose (const LsNode *node, LsBinary *binary,
                           const LsBinaryLoop loops[LS_N_TYPES], LsError *error);
/* The same for operators whose output has the type of the inputs. */
LsStatus ls_binary_choose_same (const LsNode *node, LsBinary *binary,
                                const LsBinaryLoop loops[LS_N_TYPES], LsError *error);
/* For operators of which the reference gives the output the type of the inputs. */
LsStatus ls_binary_type_of_inputs (LsNode *node, LsBinary *binary, LsError *error);
/* Takes over scales' zero points and the range of the fused activation; fails where a scale is
 * missing. */
LsStatus ls_binary_quantized (LsNode *node, LsBinary *binary, LsError *error);
LsStatus ls_binary_unsupported (const LsNode *node, LsError *error);

/* The body of a loop: @setup before it, then `y` from `a` and `b`. */
#define LS_BINARY_LOOP(name, A, B, Y, setup, expression)                                           \
  static bool name (const LsBinary *s, const void *in_a, size_t step_a, const void *in_b,          \
                    size_t step_b, void *out, size_t n)                                            \
  {                                                                                                \
    const A *as = in_a;                                                                            \
    const B *bs = in_b;                                                                            \
    Y *ys = out;                                                                                   \
    bool is_bad = false;                                                                           \
    setup;                                                                                         \
                                                                                                   \
    (void) s;                                                                                      \
    if (step_a != 0 && step_b != 0)                                                                \
      LS_BINARY_FOR (A a = as[i]; B b = bs[i], Y, expression)                                      \
    else if (step_a != 0)                                                                          \
      {                                                                                            \
        const B b = *bs;                                                                           \
                                                                                                   \
        LS_BINARY_FOR (A a = as[i], Y, expression)                                                 \
      }                                                                                            \
    else                                                                                           \
      {                                                                                            \
        const A a = *as;                                                                           \
                                                                                                   \
        LS_BINARY_FOR (B b = bs[i * step_b], Y, expression)                                        \
      }                                                                                            \
    return !is_bad;                                                                                \
  }
#define LS_BINARY_FOR(load, Y, expression)                                                         \
  {                                                                                                \
    LS_SIMD                                                                                        \
    for (size_t i = 0; i < n; i++)                                                                 \
      {                                                                                            \
        load;                                                                                      \
        ys[i] = (Y) (expression);                                                                  \
      }                                                                                            \
  }

/* A loop that is a kernel of elements.def. */
#define LS_KERNEL_LOOP(name, kernel)                                                               \
  static bool name (const LsBinary *s, const void *a, size_t step_a, const void *b, size_t step_b, \
                    void *y, size_t n)                                                             \
  {                                                                                                \
    ls_elements ()->kernel (&s->params, a, step_a, b, step_b, y, n);                               \
    return true;                                                                                   \
  }

/* F (operator, type's name, C type, unsigned C type of at least 32 bits) for every such type. */
#define LS_EACH_INTEGER(F, op)                                                                     \
  F (op, INT8, int8_t, uint32_t)                                                                   \
  F (op, INT16, int16_t, uint32_t)                                                                 \
  F (op, INT32, int32_t, uint32_t)                                                                 \
  F (op, INT64, int64_t, uint64_t)                                                                 \
  F (op, UINT8, uint8_t, uint32_t)                                                                 \
  F (op, UINT16, uint16_t, uint32_t)                                                               \
  F (op, UINT32, uint32_t, uint32_t)                                                               \
  F (op, UINT64, uint64_t, uint64_t)
/* Entries of a table of loops. */
#define LS_LOOP_ENTRY(op, TYPE, T, U) [LS_TYPE_##TYPE] = op##_##TYPE,
#define LS_REAL_ENTRIES(op) [LS_TYPE_FLOAT32] = op##_FLOAT32, [LS_TYPE_FLOAT64] = op##_FLOAT64,

#endif
