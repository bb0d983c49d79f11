/*
 * Operators that are a list of boxes, each copied from an input to an output: see strided_copy.h
 * for how a box is copied, and plain.h for packed types and strings.
 *
 * prepare() states the outputs, then ls_moves_begin(), any number of ls_moves_add() and
 * ls_moves_fill(), ls_moves_end(). The boxes of one operator must not overlap where they are
 * written.
 */
#ifndef LS_OPS_MOVES_H
#define LS_OPS_MOVES_H

#include "ops/plain.h"
#include "ops/strided_copy.h"

typedef struct
{
  LsCopy copy;
  uint32_t in, out;
  const void *constant; /* read instead of the input */
} LsMove;

typedef struct
{
  LsPlain plain; /* first: see plain.h */
  size_t n, most;
  LsMove *moves;
  size_t *first_unit; /* n + 1 of them */
} LsMoves;

/* @out becomes the node's state, with room for @most boxes. Data inputs: [first_in, first_in +
 * n_in).
 */
LsStatus ls_moves_begin (LsNode *node, uint32_t first_in, uint32_t n_in, size_t most, LsMoves **out,
                         LsError *error);
/* The same with memory that is there: @moves is the beginning of what becomes the state. */
LsStatus ls_moves_init (LsNode *node, LsMoves *moves, uint32_t first_in, uint32_t n_in, size_t most,
                        LsError *error);
/* Copies a box of input @in to output @out. */
void ls_moves_add (LsMoves *moves, uint32_t in, uint32_t out, const LsBox *box);
/* Copies from one element (as plain.h sees it) that lives as long as the state; strides are 0. */
void ls_moves_fill (LsMoves *moves, const void *element, uint32_t out, const LsBox *box);
void ls_moves_end (LsNode *node);

#endif
