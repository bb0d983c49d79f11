/*
 * Values as arrays of elements of whole bytes.
 *
 * What only moves elements about need know neither packed types nor strings. Elements of 4 or 2
 * bits are spread to bytes in scratch memory before, and packed again after. Strings are moved as
 * their numbers (int32, counted through all data inputs), and the output is put together from those
 * at the end.
 *
 * The node's state begins with an LsPlain. In prepare(), when the outputs are stated:
 * ls_plain_begin(), the operator's own phases, ls_plain_end(). In run(): ls_plain_in() and
 * ls_plain_out() instead of the values' data.
 */
#ifndef LS_OPS_PLAIN_H
#define LS_OPS_PLAIN_H

#include "ops/op.h"

typedef struct
{
  size_t size;   /* bytes of an element as it is moved */
  unsigned bits; /* of an element of a packed type; else 0 */
  bool is_string;
  uint32_t first_in, n_in; /* the data inputs; all outputs are data */
  size_t *offsets;         /* into scratch: of the inputs, then of the outputs; NULL: whole bytes */
} LsPlain;

/* Inputs [first_in, first_in + n_in) and all outputs must have one type, which is input first_in's.
 */
LsStatus ls_plain_begin (LsNode *node, LsPlain *plain, uint32_t first_in, uint32_t n_in,
                         LsError *error);
void ls_plain_end (LsNode *node);

const void *ls_plain_in (const LsNode *node, uint32_t in);
void *ls_plain_out (const LsNode *node, uint32_t out);

#endif
