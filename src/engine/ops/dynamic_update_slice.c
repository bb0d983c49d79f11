/*
 * DYNAMIC_UPDATE_SLICE: the operand with a box overwritten, whose place is known at run time. The
 * place is moved so that the box lies inside (dynamic_update_slice.cc: ClampStartIndices).
 */
#include "ops/plain.h"
#include "ops/shape.h"
#include "ops/strided_copy.h"

typedef struct
{
  LsPlain plain; /* first: see plain.h */
  LsCopy whole, part;
  ptrdiff_t strides[LS_MAX_RANK];
} Update;

/* Nothing to do where the output shares the operand's memory. */
static LsStatus
whole_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Update *u = node->state;
  const void *from = ls_plain_in (node, 0);
  void *to = ls_plain_out (node, 0);

  if (from != to)
    ls_copy_run (&u->whole, from, to, begin, end);
  return LS_OK;
}

static LsStatus
part_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Update *u = node->state;
  const LsValue *operand = node->in[0], *update = node->in[1];
  ptrdiff_t offset = 0;

  for (int i = 0; i < operand->rank; i++)
    {
      const int64_t last = operand->dims[i] - update->dims[i];
      const int64_t start = ls_value_int (node->in[2], (size_t) i);

      offset += (ptrdiff_t) (start < 0 ? 0 : start < last ? start : last) * u->strides[i];
    }
  ls_copy_run (&u->part, ls_plain_in (node, 1),
               (uint8_t *) ls_plain_out (node, 0) + offset * (ptrdiff_t) u->plain.size, begin, end);
  return LS_OK;
}

static LsStatus
prepare (LsNode *node, LsError *error)
{
  LsBox box;

  LS_TRY (ls_node_arity (node, 3, 3, 1, error));

  const LsValue *operand = node->in[0], *update = node->in[1], *start = node->in[2];
  bool fits = update->rank == operand->rank && start->count == (size_t) operand->rank;

  for (int i = 0; fits && i < operand->rank; i++)
    fits = update->dims[i] <= operand->dims[i];
  if (!fits)
    return ls_node_invalid (node, error, "an update of shape %s at %zu indices into %s",
                            LS_SHAPE (update), start->count, LS_SHAPE (operand));
  LS_TRY (ls_node_types (node, start, "the indices", LS_BIT (INT32) | LS_BIT (INT64), error));
  LS_TRY (ls_node_output_like (node, 0, operand, error));

  Update *u = ls_node_alloc (node, 1, sizeof *u, error);

  if (u == NULL)
    return LS_E_NO_MEMORY;
  node->state = u;
  LS_TRY (ls_plain_begin (node, &u->plain, 0, 2, error));
  ls_dense_strides (operand->dims, operand->rank, u->strides);

  const LsWindowOf all = { operand->dims, NULL, NULL };

  ls_box_windows (&box, operand->rank, operand->dims, all, all);
  ls_copy_plan (&u->whole, &box, u->plain.size);
  ls_box_windows (&box, operand->rank, update->dims, (LsWindowOf){ update->dims, NULL, NULL }, all);
  ls_copy_plan (&u->part, &box, u->plain.size);
  if (u->whole.n_units > 0)
    ls_node_phase (node, whole_run, u->whole.n_units, ls_grain (u->whole.unit_bytes));
  if (u->part.n_units > 0)
    ls_node_phase (node, part_run, u->part.n_units, ls_grain (u->part.unit_bytes));
  ls_plain_end (node);
  return LS_OK;
}

const LsOp ls_op_dynamic_update_slice = { prepare, LS_OP_IN_PLACE, 6, "all" };
