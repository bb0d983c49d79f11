/* REVERSE_V2, REVERSE_SEQUENCE: elements along an axis in the opposite order. */
#include <inttypes.h>
#include <string.h>

#include "ops/moves.h"
#include "ops/shape.h"

static LsStatus
reverse_prepare (LsNode *node, LsError *error)
{
  LsList list;
  bool is_reversed[LS_MAX_RANK];
  int32_t start[LS_MAX_RANK], step[LS_MAX_RANK];
  LsBox box;
  LsMoves *moves;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0];

  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_list (node, 1, &list, error));
  LS_TRY (ls_node_axes (node, &list, in->rank, is_reversed, error));
  LS_TRY (ls_node_output_like (node, 0, in, error));
  LS_TRY (ls_moves_begin (node, 0, 1, 1, &moves, error));
  for (int i = 0; i < in->rank; i++)
    {
      start[i] = is_reversed[i] ? in->dims[i] - 1 : 0;
      step[i] = is_reversed[i] ? -1 : 1;
    }
  ls_box_windows (&box, in->rank, in->dims, (LsWindowOf){ in->dims, start, step },
                  (LsWindowOf){ in->dims, NULL, NULL });
  ls_moves_add (moves, 0, 0, &box);
  ls_moves_end (node);
  return LS_OK;
}

const LsOp ls_op_reverse_v2 = { reverse_prepare, 0, 4, "all" };

/* ---- REVERSE_SEQUENCE ------------------------------------------------------------------------
 */

/* The input as [outer, a, middle, b, inner] where a and b are the batch and the sequence in the
 * order in which they stand. */
typedef struct
{
  LsPlain plain; /* first: see plain.h */
  size_t a, middle, b, inner;
  bool is_batch_first;
} Sequence;

/* Unit u is one run of `inner` elements. */
static LsStatus
sequence_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Sequence *s = node->state;
  const LsValue *lengths = node->in[1];
  const size_t run = s->inner * s->plain.size;
  const uint8_t *in = ls_plain_in (node, 0);
  uint8_t *out = ls_plain_out (node, 0);
  const size_t n_steps = s->is_batch_first ? s->b : s->a;

  for (size_t u = begin; u < end; u++)
    {
      const size_t ib = u % s->b, im = u / s->b % s->middle, ia = u / s->b / s->middle % s->a;
      const size_t base = u - ib - s->b * (im + s->middle * ia);
      const size_t batch = s->is_batch_first ? ia : ib, step = s->is_batch_first ? ib : ia;
      const int64_t length = ls_value_int (lengths, batch);

      if (length < 0 || (uint64_t) length > n_steps)
        return ls_node_fail (node, LS_E_INVALID,
                             "length %zu is %" PRId64 " in sequences of %zu elements", batch,
                             length, n_steps);

      const size_t other = step < (size_t) length ? (size_t) length - 1 - step : step;
      const size_t from = base
                          + (s->is_batch_first ? (ia * s->middle + im) * s->b + other
                                               : (other * s->middle + im) * s->b + ib);

      memcpy (out + u * run, in + from * run, run);
    }
  return LS_OK;
}

static LsStatus
reverse_sequence_prepare (LsNode *node, LsError *error)
{
  int steps = 0, batch = 0;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0], *lengths = node->in[1];

  LS_TRY (ls_node_axis (node, ls_attr_int (node->def, "seq_dim", 0), in->rank, &steps, error));
  LS_TRY (ls_node_axis (node, ls_attr_int (node->def, "batch_dim", 0), in->rank, &batch, error));
  LS_TRY (ls_node_types (node, lengths, "the lengths", LS_BIT (INT32) | LS_BIT (INT64), error));
  if (steps == batch)
    return ls_node_invalid (node, error, "dimension %d is both the batch and the sequence", batch);
  if (lengths->count != (size_t) in->dims[batch])
    return ls_node_invalid (node, error, "%zu lengths for dimension %d of %s", lengths->count,
                            batch, LS_SHAPE (in));
  LS_TRY (ls_node_output_like (node, 0, in, error));

  Sequence *s = ls_node_alloc (node, 1, sizeof *s, error);

  if (s == NULL)
    return LS_E_NO_MEMORY;
  node->state = s;

  const int first = steps < batch ? steps : batch, second = steps < batch ? batch : steps;

  s->is_batch_first = batch < steps;
  s->a = (size_t) in->dims[first];
  s->b = (size_t) in->dims[second];
  s->middle = ls_dims_product (in->dims, first + 1, second);
  s->inner = ls_dims_product (in->dims, second + 1, in->rank);
  LS_TRY (ls_plain_begin (node, &s->plain, 0, 1, error));
  if (in->count > 0)
    ls_node_phase (node, sequence_run, in->count / s->inner, ls_grain (s->inner * s->plain.size));
  ls_plain_end (node);
  return LS_OK;
}

const LsOp ls_op_reverse_sequence = { reverse_sequence_prepare, 0, 1, "all" };
