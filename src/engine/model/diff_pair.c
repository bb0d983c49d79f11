/*
 * Who is whose partner: operators by kind and output name where that is unique, then what lies
 * between such anchors by an alignment of the two sequences (Needleman and Wunsch, 1970) in which
 * only operators of one kind can stand together, and at last by output name alone.
 */
#include "model/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum
{
  WINDOW = 512, /* operators of each side that are aligned at a time */

  SAME_KIND = 4,
  SAME_SHAPE = 2,  /* of the first output */
  SAME_WEIGHTS = 2 /* shapes of the other operands */
};

/* What an operator looks like from outside. */
typedef struct
{
  const char *name; /* of its first output; "" */
  uint64_t kind, shape, operands;
  uint32_t op;
} Face;

static uint64_t
mix (uint64_t hash, uint64_t value)
{
  return (hash ^ value) * UINT64_C (0x9e3779b97f4a7c15) ^ hash >> 29;
}

static uint64_t
hash_shape (const LsTensor *tensor)
{
  uint64_t hash = (uint64_t) tensor->rank + 1;

  for (int32_t i = 0; i < tensor->rank; i++)
    hash = mix (hash, (uint32_t) tensor->dims[i]);
  return hash;
}

static Face
face_of (const LsSubgraph *graph, uint32_t index)
{
  const LsOperator *op = &graph->ops[index];
  Face face
    = { .name = "", .kind = ls_hash_text (LS_HASH_INIT, ls_op_kind_text (op)), .op = index };

  if (op->n_outputs > 0 && op->outputs[0] >= 0)
    {
      face.name = graph->tensors[op->outputs[0]].name;
      face.shape = hash_shape (&graph->tensors[op->outputs[0]]);
    }
  face.operands = op->n_inputs;
  for (uint32_t i = 1; i < op->n_inputs; i++)
    face.operands
      = mix (face.operands, op->inputs[i] >= 0 ? hash_shape (&graph->tensors[op->inputs[i]]) : 0);
  return face;
}

/* Makes a constant of a constant: its partner is told by who reads it, not by where it stands. */
static bool
is_helper (const LsSubgraph *graph, const LsUses *uses, const LsModel *model, uint32_t index)
{
  const LsOperator *op = &graph->ops[index];

  for (unsigned steps = 0; steps < 4; steps++)
    {
      if ((op->kind != LS_OP_DEQUANTIZE && op->kind != LS_OP_DENSIFY) || op->n_inputs != 1
          || op->inputs[0] < 0)
        return false;
      if (ls_tensor_is_constant (model, &graph->tensors[op->inputs[0]]))
        return true;
      if (uses->producer[op->inputs[0]] < 0)
        return false;
      op = &graph->ops[uses->producer[op->inputs[0]]];
    }
  return false;
}

/* The faces of A's or B's operators without a partner, in order; NULL: out of memory. */
static Face *
faces_of (const LsDiffSides *sides, bool is_b, bool with_helpers, uint32_t *count)
{
  const LsSubgraph *graph = is_b ? sides->b : sides->a;
  const LsUses *uses = is_b ? &sides->uses_b : &sides->uses_a;
  const LsModel *model = is_b ? sides->differ->b : sides->differ->a;
  const int32_t *partner = is_b ? sides->op_a : sides->op_b;
  Face *faces = malloc (((size_t) graph->n_ops + 1) * sizeof *faces);

  *count = 0;
  for (uint32_t i = 0; faces != NULL && i < graph->n_ops; i++)
    if (partner[i] < 0 && (with_helpers || !is_helper (graph, uses, model, i)))
      faces[(*count)++] = face_of (graph, i);
  return faces;
}

static void
marry (LsDiffSides *sides, uint32_t a, uint32_t b)
{
  sides->op_b[a] = (int32_t) b;
  sides->op_a[b] = (int32_t) a;
}

/* ---- By name --------------------------------------------------------------------------------- */

static int
by_name (const void *x, const void *y)
{
  return strcmp (((const Face *) x)->name, ((const Face *) y)->name);
}

static int
by_kind_and_name (const void *x, const void *y)
{
  const Face *a = x, *b = y;

  return a->kind != b->kind ? (a->kind > b->kind) - (a->kind < b->kind) : by_name (x, y);
}

/* Length of the run of equal faces at @at. */
static uint32_t
run_length (const Face *faces, uint32_t count, uint32_t at,
            int (*order) (const void *, const void *))
{
  uint32_t end = at + 1;

  while (end < count && order (&faces[at], &faces[end]) == 0)
    end++;
  return end - at;
}

/* Pairs those that are alone with what @order looks at, on both sides. */
static LsStatus
pair_by (LsDiffSides *sides, int (*order) (const void *, const void *))
{
  uint32_t n_a, n_b;
  LS_FREE Face *a = faces_of (sides, false, true, &n_a);
  LS_FREE Face *b = faces_of (sides, true, true, &n_b);

  if (a == NULL || b == NULL)
    return ls_diff_no_memory (sides->differ);
  qsort (a, n_a, sizeof *a, order);
  qsort (b, n_b, sizeof *b, order);
  for (uint32_t i = 0, k = 0; i < n_a && k < n_b;)
    {
      const int which = order (&a[i], &b[k]);
      const uint32_t run_a = run_length (a, n_a, i, order), run_b = run_length (b, n_b, k, order);

      if (which == 0 && run_a == 1 && run_b == 1 && a[i].name[0] != '\0')
        marry (sides, a[i].op, b[k].op);
      i += which <= 0 ? run_a : 0;
      k += which >= 0 ? run_b : 0;
    }
  return LS_OK;
}

/* ---- By order -------------------------------------------------------------------------------- */

static unsigned
likeness (const Face *a, const Face *b)
{
  if (a->kind != b->kind)
    return 0;
  return SAME_KIND + (a->shape == b->shape ? SAME_SHAPE : 0)
         + (a->operands == b->operands ? SAME_WEIGHTS : 0);
}

/*
 * Aligns two runs of at most WINDOW faces and marries the partners that stand before @limit_a.
 * Says where to go on.
 *
 * @score: (WINDOW + 1)² of room
 */
static void
align (LsDiffSides *sides, const Face *a, uint32_t n_a, const Face *b, uint32_t n_b,
       uint16_t *score, uint32_t limit_a, uint32_t *next_a, uint32_t *next_b)
{
  const uint32_t width = n_b + 1;

  /* score[i][k]: the best for what is left from i and k on; so the way is walked forwards */
  for (uint32_t i = n_a + 1; i-- > 0;)
    for (uint32_t k = n_b + 1; k-- > 0;)
      {
        const bool is_end = i == n_a || k == n_b;
        const unsigned same = is_end ? 0 : likeness (&a[i], &b[k]);
        unsigned best = 0;

        if (i < n_a)
          best = score[(i + 1) * width + k];
        if (k < n_b && score[i * width + k + 1] > best)
          best = score[i * width + k + 1];
        if (same > 0 && same + score[(i + 1) * width + k + 1] > best)
          best = same + score[(i + 1) * width + k + 1];
        score[i * width + k] = (uint16_t) best;
      }
  *next_a = *next_b = 0;
  for (uint32_t i = 0, k = 0; i < limit_a && k < n_b;)
    {
      const unsigned same = likeness (&a[i], &b[k]), best = score[i * width + k];

      if (same > 0 && best == same + score[(i + 1) * width + k + 1])
        {
          marry (sides, a[i++].op, b[k++].op);
          *next_a = i;
          *next_b = k;
        }
      else if (best == score[(i + 1) * width + k])
        i++;
      else
        k++;
    }
}

/* Pairs two runs of any length, window after window. */
static void
pair_runs (LsDiffSides *sides, const Face *a, uint32_t n_a, const Face *b, uint32_t n_b,
           uint16_t *score)
{
  const unsigned full = SAME_KIND + SAME_SHAPE + SAME_WEIGHTS;

  while (n_a > 0 && n_b > 0)
    {
      uint32_t step_a = 1, step_b = 1;

      if (likeness (a, b) == full)
        marry (sides, a->op, b->op);
      else
        {
          const bool is_last = n_a <= WINDOW && n_b <= WINDOW;
          const uint32_t here_a = n_a < WINDOW ? n_a : WINDOW, here_b = n_b < WINDOW ? n_b : WINDOW;

          align (sides, a, here_a, b, here_b, score, is_last ? here_a : (here_a + 1) / 2, &step_a,
                 &step_b);
          if (is_last)
            return;
          if (step_a == 0)
            { /* nothing alike: half a window of both is left alone */
              step_a = (here_a + 1) / 2;
              step_b = (here_b + 1) / 2;
            }
        }
      a += step_a;
      b += step_b;
      n_a -= step_a;
      n_b -= step_b;
    }
}

/*
 * Marks A's operators whose partners keep the order: the longest such run. Those that moved are
 * partners, too, but nothing is looked for between them.
 */
static LsStatus
find_anchors (const LsDiffSides *sides, bool *is_anchor)
{
  const uint32_t n = sides->a->n_ops;
  LS_FREE uint32_t *tail = malloc (((size_t) n + 1) * sizeof *tail); /* A's op, by length */
  LS_FREE int64_t *before = malloc (((size_t) n + 1) * sizeof *before);
  uint32_t length = 0;

  if (tail == NULL || before == NULL)
    return ls_diff_no_memory (sides->differ);
  for (uint32_t i = 0; i < n; i++)
    {
      uint32_t low = 0, high = length;

      if (sides->op_b[i] < 0)
        continue;
      while (low < high)
        {
          const uint32_t middle = low + (high - low) / 2;

          if (sides->op_b[tail[middle]] < sides->op_b[i])
            low = middle + 1;
          else
            high = middle;
        }
      before[i] = low > 0 ? (int64_t) tail[low - 1] : -1;
      tail[low] = i;
      length = low == length ? length + 1 : length;
    }
  for (int64_t i = length > 0 ? (int64_t) tail[length - 1] : -1; i >= 0; i = before[i])
    is_anchor[i] = true;
  return LS_OK;
}

/* How many of the faces from @at on stand before operator @end. */
static uint32_t
count_before (const Face *faces, uint32_t count, uint32_t at, uint32_t end)
{
  uint32_t n = 0;

  while (at + n < count && faces[at + n].op < end)
    n++;
  return n;
}

static LsStatus
pair_between (LsDiffSides *sides)
{
  uint32_t n_a, n_b, i = 0, k = 0;
  LS_FREE bool *is_anchor = calloc ((size_t) sides->a->n_ops + 1, sizeof *is_anchor);
  LS_FREE Face *a = faces_of (sides, false, false, &n_a);
  LS_FREE Face *b = faces_of (sides, true, false, &n_b);
  LS_FREE uint16_t *score = malloc ((size_t) (WINDOW + 1) * (WINDOW + 1) * sizeof *score);

  if (is_anchor == NULL || a == NULL || b == NULL || score == NULL)
    return ls_diff_no_memory (sides->differ);
  LS_TRY (find_anchors (sides, is_anchor));
  for (uint32_t op = 0; op <= sides->a->n_ops; op++)
    {
      const bool is_end = op == sides->a->n_ops;

      if (!is_end && !is_anchor[op])
        continue;

      const uint32_t run_a = count_before (a, n_a, i, op);
      const uint32_t run_b
        = count_before (b, n_b, k, is_end ? sides->b->n_ops : (uint32_t) sides->op_b[op]);

      pair_runs (sides, a + i, run_a, b + k, run_b, score);
      i += run_a;
      k += run_b;
    }
  return LS_OK;
}

/* From the last operator to the first, so that a DENSIFY follows the DEQUANTIZE behind it. */
static void
pair_helpers (LsDiffSides *sides)
{
  for (uint32_t i = sides->a->n_ops; i-- > 0;)
    {
      const LsOperator *a = &sides->a->ops[i];
      const LsOperator *b = sides->op_b[i] >= 0 ? &sides->b->ops[sides->op_b[i]] : NULL;

      for (uint32_t k = 0; b != NULL && k < a->n_inputs && k < b->n_inputs; k++)
        {
          const int32_t x = a->inputs[k] >= 0 ? sides->uses_a.producer[a->inputs[k]] : -1;
          const int32_t y = b->inputs[k] >= 0 ? sides->uses_b.producer[b->inputs[k]] : -1;

          if (x >= 0 && y >= 0 && sides->op_b[x] < 0 && sides->op_a[y] < 0
              && sides->a->ops[x].kind == sides->b->ops[y].kind
              && is_helper (sides->a, &sides->uses_a, sides->differ->a, (uint32_t) x)
              && is_helper (sides->b, &sides->uses_b, sides->differ->b, (uint32_t) y))
            marry (sides, (uint32_t) x, (uint32_t) y);
        }
    }
}

LsStatus
ls_diff_pair_ops (LsDiffSides *sides)
{
  LS_TRY (pair_by (sides, by_kind_and_name));
  LS_TRY (pair_between (sides));
  pair_helpers (sides);
  return pair_by (sides, by_name); /* of another kind now, but it gives the same value */
}

/* ---- Tensors --------------------------------------------------------------------------------- */

static void
pair_tensor (LsDiffSides *sides, int32_t a, int32_t b)
{
  if (a < 0 || b < 0 || sides->tensor_b[a] >= 0 || sides->tensor_a[b] >= 0)
    return;
  sides->tensor_b[a] = b;
  sides->tensor_a[b] = a;
}

static void
pair_lists (LsDiffSides *sides, const int32_t *a, uint32_t n_a, const int32_t *b, uint32_t n_b)
{
  for (uint32_t i = 0; i < n_a && i < n_b; i++)
    pair_tensor (sides, a[i], b[i]);
}

/* What two operators read in one place, unless operators computed it: those told already. */
static void
pair_operands (LsDiffSides *sides, const LsOperator *a, const LsOperator *b)
{
  for (uint32_t i = 0; i < a->n_inputs && i < b->n_inputs; i++)
    {
      const int32_t x = a->inputs[i], y = b->inputs[i];

      if (x < 0 || y < 0)
        continue;
      if ((sides->uses_a.producer[x] < 0 && sides->uses_b.producer[y] < 0)
          || ls_tensor_is_constant (sides->differ->a, &sides->a->tensors[x])
          || ls_tensor_is_constant (sides->differ->b, &sides->b->tensors[y]))
        pair_tensor (sides, x, y);
    }
}

/* Inputs of the same name wherever they stand. */
static void
pair_inputs_by_name (LsDiffSides *sides)
{
  for (uint32_t i = 0; i < sides->a->n_inputs && i < 1000; i++)
    for (uint32_t k = 0; k < sides->b->n_inputs && k < 1000; k++)
      if (strcmp (sides->a->tensors[sides->a->inputs[i]].name,
                  sides->b->tensors[sides->b->inputs[k]].name)
          == 0)
        pair_tensor (sides, sides->a->inputs[i], sides->b->inputs[k]);
}

void
ls_diff_pair_tensors (LsDiffSides *sides)
{
  const LsSubgraph *a = sides->a, *b = sides->b;

  for (uint32_t i = 0; i < a->n_ops; i++)
    if (sides->op_b[i] >= 0)
      pair_lists (sides, a->ops[i].outputs, a->ops[i].n_outputs, b->ops[sides->op_b[i]].outputs,
                  b->ops[sides->op_b[i]].n_outputs);
  pair_inputs_by_name (sides);
  pair_lists (sides, a->inputs, a->n_inputs, b->inputs, b->n_inputs);
  for (uint32_t i = 0; i < a->n_ops; i++)
    if (sides->op_b[i] >= 0)
      {
        const LsOperator *other = &b->ops[sides->op_b[i]];

        pair_operands (sides, &a->ops[i], other);
        pair_lists (sides, a->ops[i].intermediates, a->ops[i].n_intermediates, other->intermediates,
                    other->n_intermediates);
      }
  pair_lists (sides, a->outputs, a->n_outputs, b->outputs, b->n_outputs);
}
