/*
 * Shapes that stretch to one another, and the walk over their elements.
 *
 * Neighbouring dimensions that all inputs walk the same way are merged, so that two equal shapes
 * are one run, a bias over channels is runs of the channels, and a scalar is one run with step 0.
 * A kernel is then a loop over a run: each input either advances by one element or stands still.
 *
 *   for (LsRun r = ls_run_begin (plan, begin, end); r.length > 0; ls_run_next (&r))
 *     add (y + r.out, a + r.in[0], r.step[0], b + r.in[1], r.step[1], r.length);
 *
 * Any range of output elements can be walked, so that threads share the work by output ranges.
 * The rule is NumPy's and LiteRT's (kernel_util.cc: CalculateShapeForBroadcast): dimensions are
 * aligned at the last one; they are equal, or one of them is 1.
 */
#ifndef LS_OPS_BROADCAST_H
#define LS_OPS_BROADCAST_H

#include "ops/op.h"

enum
{
  LS_BROADCAST_INPUTS = 3
};

typedef struct
{
  uint32_t n_in;
  int rank; /* of the output */
  int32_t dims[LS_MAX_RANK];
  size_t count; /* elements of the output */
  bool is_same; /* every input has the output's shape */
  /* The output's dimensions without those of size 1 and with neighbours merged, outermost first.
   * There is at least one; the last one is the run, with strides of 0 or 1. */
  int n_levels;
  size_t sizes[LS_MAX_RANK];
  size_t strides[LS_BROADCAST_INPUTS][LS_MAX_RANK]; /* elements; 0: the input is repeated */
} LsBroadcast;

/* A stretch of output elements, and where each input stands at its first one. */
typedef struct
{
  const LsBroadcast *plan;
  size_t length; /* 0: the walk is over */
  size_t out;    /* index of the first output element */
  size_t in[LS_BROADCAST_INPUTS];
  size_t step[LS_BROADCAST_INPUTS]; /* 0 or 1, the same for all runs of a plan */
  size_t end;
  size_t index[LS_MAX_RANK];
} LsRun;

/* Plans the walk over the node's first @n_in inputs (1 to 3). Fails when the shapes do not fit. */
LsStatus ls_broadcast_node (LsBroadcast *plan, const LsNode *node, uint32_t n_in, LsError *error);
/* The same for shapes alone. @clash (nullable): the pair of inputs that do not fit. False: they do
 * not, or the output has too many elements. */
bool ls_broadcast_plan (LsBroadcast *plan, uint32_t n_in, const int *ranks,
                        const int32_t *const *dims, uint32_t clash[2]);

/* Begins a walk over output elements [begin, end). */
LsRun ls_run_begin (const LsBroadcast *plan, size_t begin, size_t end);
/* Moves on to the next run. */
void ls_run_next (LsRun *run);

#endif
