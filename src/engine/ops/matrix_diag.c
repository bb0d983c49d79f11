/* MATRIX_DIAG, MATRIX_SET_DIAG: the innermost dimension becomes the diagonal of a matrix. */
#include <string.h>

#include "ops/moves.h"
#include "ops/shape.h"

/* Matrices of r rows and c columns. All elements off the diagonal: each of its elements but the
 * last is followed by c of them, and the last by what is left. */
static void
add_off_diagonal (LsMoves *moves, size_t n, ptrdiff_t r, ptrdiff_t c, const void *fill)
{
  const ptrdiff_t k = r < c ? r : c, last = (k - 1) * (c + 1);

  for (int part = 0; part < 2; part++)
    {
      LsBox box = { .to_offset = part == 0 ? 1 : last + 1 };

      if (k == 0)
        return;
      ls_box_add (&box, n, r * c, r * c);
      ls_box_add (&box, part == 0 ? (size_t) k - 1 : 1, c + 1, c + 1);
      ls_box_add (&box, (size_t) (part == 0 ? c : r * c - last - 1), 1, 1);
      box.from_offset = box.to_offset;
      if (fill == NULL)
        ls_moves_add (moves, 0, 0, &box);
      else
        {
          memset (box.from, 0, sizeof box.from);
          box.from_offset = 0;
          ls_moves_fill (moves, fill, 0, &box);
        }
    }
}

static void
add_diagonal (LsMoves *moves, uint32_t in, size_t n, ptrdiff_t r, ptrdiff_t c)
{
  const ptrdiff_t k = r < c ? r : c;
  LsBox box = { 0 };

  ls_box_add (&box, n, k, r * c);
  ls_box_add (&box, (size_t) k, 1, c + 1);
  ls_moves_add (moves, in, 0, &box);
}

/* What is off the diagonal is 0, not the zero point (matrix_diag.cc: FillDiagImpl). */
static LsStatus
matrix_diag_prepare (LsNode *node, LsError *error)
{
  int32_t dims[LS_MAX_RANK];
  LsMoves *moves;

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  const LsValue *in = node->in[0];

  LS_TRY (ls_node_rank (node, in, "the input", 1, LS_MAX_RANK - 1, error));
  memcpy (dims, in->dims, sizeof dims);
  dims[in->rank] = dims[in->rank - 1];
  LS_TRY (ls_node_output (node, 0, in->rank + 1, dims, error));

  const void *zero = ls_node_alloc (node, 1, 16, error);

  if (zero == NULL)
    return LS_E_NO_MEMORY;
  LS_TRY (ls_moves_begin (node, 0, 1, 3, &moves, error));
  if (moves->plain.is_string)
    return ls_node_unsupported (node, error, "strings");

  const size_t n = ls_dims_product (in->dims, 0, in->rank - 1);
  const ptrdiff_t k = in->dims[in->rank - 1];

  add_off_diagonal (moves, n, k, k, zero);
  add_diagonal (moves, 0, n, k, k);
  ls_moves_end (node);
  return LS_OK;
}

const LsOp ls_op_matrix_diag = { matrix_diag_prepare, 0, 1, "all but strings" };

static LsStatus
matrix_set_diag_prepare (LsNode *node, LsError *error)
{
  LsMoves *moves;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0], *diagonal = node->in[1];
  const int rank = in->rank;

  LS_TRY (ls_node_rank (node, in, "the input", 2, LS_MAX_RANK, error));

  const int32_t r = in->dims[rank - 2], c = in->dims[rank - 1];
  bool fits = diagonal->rank == rank - 1 && diagonal->dims[rank - 2] == (r < c ? r : c);

  for (int i = 0; fits && i < rank - 2; i++)
    fits = diagonal->dims[i] == in->dims[i];
  if (!fits)
    return ls_node_invalid (node, error, "diagonals of shape %s for matrices of shape %s",
                            LS_SHAPE (diagonal), LS_SHAPE (in));
  LS_TRY (ls_node_output_like (node, 0, in, error));
  LS_TRY (ls_moves_begin (node, 0, 2, 3, &moves, error));

  const size_t n = ls_dims_product (in->dims, 0, rank - 2);

  add_off_diagonal (moves, n, r, c, NULL);
  add_diagonal (moves, 1, n, r, c);
  ls_moves_end (node);
  return LS_OK;
}

const LsOp ls_op_matrix_set_diag = { matrix_set_diag_prepare, 0, 1, "all" };
