#include "ops/moves.h"

#include "ops/shape.h"

LsStatus
ls_moves_init (LsNode *node, LsMoves *moves, uint32_t first_in, uint32_t n_in, size_t most,
               LsError *error)
{
  node->state = moves;
  moves->most = most;
  moves->moves = ls_node_alloc (node, most, sizeof *moves->moves, error);
  moves->first_unit = ls_node_alloc (node, most + 1, sizeof *moves->first_unit, error);
  if (moves->moves == NULL || moves->first_unit == NULL)
    return LS_E_NO_MEMORY;
  return ls_plain_begin (node, &moves->plain, first_in, n_in, error);
}

LsStatus
ls_moves_begin (LsNode *node, uint32_t first_in, uint32_t n_in, size_t most, LsMoves **out,
                LsError *error)
{
  *out = ls_node_alloc (node, 1, sizeof **out, error);
  return *out == NULL ? LS_E_NO_MEMORY : ls_moves_init (node, *out, first_in, n_in, most, error);
}

static void
add (LsMoves *moves, const LsMove *from, const LsBox *box)
{
  if (moves->n == moves->most)
    return;

  LsMove *move = &moves->moves[moves->n];

  *move = *from;
  ls_copy_plan (&move->copy, box, moves->plain.size);
  moves->first_unit[moves->n + 1] = moves->first_unit[moves->n] + move->copy.n_units;
  if (move->copy.n_units > 0)
    moves->n++;
}

void
ls_moves_add (LsMoves *moves, uint32_t in, uint32_t out, const LsBox *box)
{
  add (moves, &(LsMove){ .in = in, .out = out }, box);
}

void
ls_moves_fill (LsMoves *moves, const void *element, uint32_t out, const LsBox *box)
{
  add (moves, &(LsMove){ .out = out, .constant = element }, box);
}

/* The move that unit @unit belongs to. */
static size_t
find_move (const LsMoves *moves, size_t unit)
{
  size_t low = 0, high = moves->n;

  while (high - low > 1)
    {
      size_t middle = low + (high - low) / 2;

      if (moves->first_unit[middle] <= unit)
        low = middle;
      else
        high = middle;
    }
  return low;
}

static LsStatus
moves_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsMoves *moves = node->state;

  for (size_t i = find_move (moves, begin); begin < end; i++)
    {
      const LsMove *move = &moves->moves[i];
      const size_t first = moves->first_unit[i], next = moves->first_unit[i + 1];
      const size_t stop = next < end ? next : end;
      const void *from = move->constant != NULL ? move->constant : ls_plain_in (node, move->in);

      ls_copy_run (&move->copy, from, ls_plain_out (node, move->out), begin - first, stop - first);
      begin = stop;
    }
  return LS_OK;
}

void
ls_moves_end (LsNode *node)
{
  const LsMoves *moves = node->state;
  const size_t n_units = moves->first_unit[moves->n];
  size_t bytes = 0;

  for (size_t i = 0; i < moves->n; i++)
    bytes = moves->moves[i].copy.unit_bytes > bytes ? moves->moves[i].copy.unit_bytes : bytes;
  if (n_units > 0)
    ls_node_phase (node, moves_run, n_units, ls_grain (bytes));
  ls_plain_end (node);
}
