/*
 * SPACE_TO_DEPTH, DEPTH_TO_SPACE, SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND: blocks of the plane become
 * channels or batches, and back.
 */
#include <inttypes.h>
#include <string.h>

#include "ops/moves.h"
#include "ops/shape.h"

/* ---- Depth -----------------------------------------------------------------------------------
 */

/* The shape of the side that is wide, given the other with channels of b × b blocks, and the box
 * between them with the wide side as the source or, with @is_back, the other. */
static LsStatus
move_depth (LsNode *node, const int32_t deep[4], int32_t b, bool is_back, LsError *error)
{
  const size_t n = (size_t) deep[0], h = (size_t) deep[1], w = (size_t) deep[2];
  const ptrdiff_t block = b, c = deep[3] / b / b, row = (ptrdiff_t) deep[2] * block * c;
  const size_t dims[6] = { n, h, (size_t) b, w, (size_t) b, (size_t) c };
  const ptrdiff_t plane = (ptrdiff_t) deep[1] * block * row;
  const ptrdiff_t wide_strides[6] = { plane, block * row, row, block * c, c, 1 };
  const ptrdiff_t deep_strides[6]
    = { plane, deep[2] * (ptrdiff_t) deep[3], block * c, deep[3], c, 1 };
  LsBox box = { 0 };
  LsMoves *moves;

  LS_TRY (ls_moves_begin (node, 0, 1, 1, &moves, error));
  for (int i = 0; i < 6; i++)
    ls_box_add (&box, dims[i], is_back ? deep_strides[i] : wide_strides[i],
                is_back ? wide_strides[i] : deep_strides[i]);
  ls_moves_add (moves, 0, 0, &box);
  ls_moves_end (node);
  return LS_OK;
}

static LsStatus
read_block (const LsNode *node, int32_t *out, LsError *error)
{
  const int64_t block = ls_attr_int (node->def, "block_size", 0);

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_rank (node, node->in[0], "the input", 4, 4, error));
  if (block < 1 || block > 1 << 15)
    return ls_node_invalid (node, error, "block size %" PRId64, block);
  *out = (int32_t) block;
  return LS_OK;
}

static LsStatus
space_to_depth_prepare (LsNode *node, LsError *error)
{
  int32_t b = 1;

  LS_TRY (read_block (node, &b, error));

  const LsValue *in = node->in[0];
  int32_t dims[4] = { in->dims[0], in->dims[1] / b, in->dims[2] / b };

  if (in->dims[1] % b != 0 || in->dims[2] % b != 0
      || __builtin_mul_overflow (in->dims[3], b * b, &dims[3]))
    return ls_node_invalid (node, error, "%s cannot be cut into blocks of %" PRId32, LS_SHAPE (in),
                            b);
  LS_TRY (ls_node_output (node, 0, 4, dims, error));
  return move_depth (node, dims, b, false, error);
}

const LsOp ls_op_space_to_depth = { space_to_depth_prepare, 0, 2, "all" };

static LsStatus
depth_to_space_prepare (LsNode *node, LsError *error)
{
  int32_t b = 1;

  LS_TRY (read_block (node, &b, error));

  const LsValue *in = node->in[0];
  int32_t dims[4] = { in->dims[0], 0, 0, in->dims[3] / b / b };

  if (in->dims[3] % (b * b) != 0 || __builtin_mul_overflow (in->dims[1], b, &dims[1])
      || __builtin_mul_overflow (in->dims[2], b, &dims[2]))
    return ls_node_invalid (node, error, "%s cannot be laid out in blocks of %" PRId32,
                            LS_SHAPE (in), b);
  LS_TRY (ls_node_output (node, 0, 4, dims, error));
  return move_depth (node, in->dims, b, true, error);
}

const LsOp ls_op_depth_to_space = { depth_to_space_prepare, 0, 2, "all" };

/* ---- Batches ---------------------------------------------------------------------------------
 */

enum
{
  MAX_SPACE = LS_MAX_RANK - 2 /* dimensions that are cut: all but the first and the last */
};

/* Element o of block offset b on the batch side is element o * block + b - before of the space
 * side, where that is inside. */
typedef struct
{
  int n; /* dimensions that are cut */
  int rank;
  int32_t block[MAX_SPACE], before[MAX_SPACE], after[MAX_SPACE];
  int32_t space[LS_MAX_RANK], batch[LS_MAX_RANK]; /* shapes of the two sides */
} Blocks;

/* Block offsets that have the same elements inside. */
typedef struct
{
  int32_t first, count; /* block offsets */
  int32_t low, high;    /* elements of the batch side that are inside */
} Group;

static LsStatus
read_blocks (const LsNode *node, Blocks *blocks, LsError *error)
{
  const LsValue *in = node->in[0];
  LsList block, margins;

  LS_TRY (ls_node_rank (node, in, "the input", 2, LS_MAX_RANK, error));
  LS_TRY (ls_node_list (node, 1, &block, error));
  LS_TRY (ls_node_list (node, 2, &margins, error));
  blocks->rank = in->rank;
  blocks->n = block.n;
  if (block.n != in->rank - 2 && !(block.n == in->rank - 1 && block.n <= MAX_SPACE))
    return ls_node_invalid (node, error, "%d block sizes for an input of shape %s", block.n,
                            LS_SHAPE (in));
  if (margins.n != 2 * block.n)
    return ls_node_invalid (node, error, "%d margins for %d block sizes", margins.n, block.n);
  for (int i = 0; i < block.n; i++)
    {
      const int64_t before = margins.at[2 * i], after = margins.at[2 * i + 1];

      if (block.at[i] < 1 || block.at[i] > INT32_MAX || before < 0 || before > INT32_MAX / 4
          || after < 0 || after > INT32_MAX / 4)
        return ls_node_invalid (node, error,
                                "block size %" PRId64 " with margins %" PRId64 " and %" PRId64,
                                block.at[i], before, after);
      blocks->block[i] = (int32_t) block.at[i];
      blocks->before[i] = (int32_t) before;
      blocks->after[i] = (int32_t) after;
    }
  return LS_OK;
}

/* Along one dimension there are up to three groups: both ends of what is inside move once while b
 * goes through a block. */
static int
find_groups (const Blocks *blocks, int i, Group groups[3])
{
  const int64_t block = blocks->block[i], before = blocks->before[i];
  const int64_t dim = blocks->space[i + 1], n = blocks->batch[i + 1];
  int64_t b = 0;
  int count = 0;

  while (b < block)
    {
      /* First o with o * block + b >= before, and first with o * block + b >= before + dim; both
       * stay as they are while b grows up to the nearer of two limits. */
      int64_t low = before > b ? (before - b + block - 1) / block : 0;
      int64_t high = before + dim > b ? (before + dim - b + block - 1) / block : 0;
      int64_t next = block;

      if (low > 0 && before - (low - 1) * block < next)
        next = before - (low - 1) * block;
      if (high > 0 && before + dim - (high - 1) * block < next)
        next = before + dim - (high - 1) * block;
      high = high < n ? high : n;
      groups[count++] = (Group){ (int32_t) b, (int32_t) (next - b), (int32_t) low, (int32_t) high };
      b = next;
    }
  return count;
}

/* Strides of both sides for block offsets, batches, cut dimensions and what is left. */
typedef struct
{
  ptrdiff_t space[LS_MAX_RANK], batch[LS_MAX_RANK]; /* of the dimensions themselves */
  ptrdiff_t offset[MAX_SPACE];                      /* of block offsets, on the batch side */
} Strides;

static void
find_strides (const Blocks *blocks, Strides *s)
{
  ptrdiff_t stride;

  ls_dense_strides (blocks->space, blocks->rank, s->space);
  ls_dense_strides (blocks->batch, blocks->rank, s->batch);
  stride = s->batch[0] * blocks->space[0];
  for (int i = blocks->n - 1; i >= 0; i--)
    {
      s->offset[i] = stride;
      stride *= blocks->block[i];
    }
}

/* What of each dimension of the batch side a box spans. */
typedef struct
{
  int32_t first[MAX_SPACE], count[MAX_SPACE]; /* elements, by cut dimension */
} Span;

/* The box of one combination of groups; the batch side is `to`, the space side `from`. */
static void
make_box (const Blocks *blocks, const Strides *s, const Group *const *groups, const Span *span,
          LsBox *box)
{
  *box = (LsBox){ 0 };
  ls_box_add (box, (size_t) blocks->space[0], s->space[0], s->batch[0]);
  for (int i = 0; i < blocks->n; i++)
    {
      const ptrdiff_t from = s->space[i + 1], to = s->batch[i + 1];
      const int32_t o = span->first[i];

      ls_box_add (box, (size_t) groups[i]->count, from, s->offset[i]);
      ls_box_add (box, (size_t) span->count[i], from * blocks->block[i], to);
      box->from_offset
        += from * ((ptrdiff_t) o * blocks->block[i] + groups[i]->first - blocks->before[i]);
      box->to_offset += to * o + s->offset[i] * groups[i]->first;
    }
  for (int d = blocks->n + 1; d < blocks->rank; d++)
    ls_box_add (box, (size_t) blocks->space[d], s->space[d], s->batch[d]);
}

static void
swap_sides (LsBox *box)
{
  const LsBox old = *box;

  memcpy (box->from, old.to, sizeof box->from);
  memcpy (box->to, old.from, sizeof box->to);
  box->from_offset = old.to_offset;
  box->to_offset = old.from_offset;
}

/* Fills what one combination of groups has outside: dimension d before and after, the earlier ones
 * inside, the later ones whole. */
static void
fill_outside (LsMoves *moves, const Blocks *blocks, const Strides *s, const Group *const *groups,
              const void *fill)
{
  for (int d = 0; d < blocks->n; d++)
    for (int side = 0; side < 2; side++)
      {
        Span span;
        LsBox box;

        for (int i = 0; i < blocks->n; i++)
          {
            span.first[i] = i < d ? groups[i]->low : 0;
            span.count[i] = i < d ? groups[i]->high - groups[i]->low : blocks->batch[i + 1];
          }
        span.first[d] = side == 0 ? 0 : groups[d]->high;
        span.count[d] = side == 0 ? groups[d]->low : blocks->batch[d + 1] - groups[d]->high;
        make_box (blocks, s, groups, &span, &box);
        memset (box.from, 0, sizeof box.from);
        box.from_offset = 0;
        ls_moves_fill (moves, fill, 0, &box);
      }
}

/* All combinations of groups of all dimensions. */
static LsStatus
move_blocks (LsNode *node, const Blocks *blocks, const void *fill, LsError *error)
{
  Group groups[MAX_SPACE][3];
  int n_groups[MAX_SPACE];
  size_t n = 1;
  Strides strides;
  LsMoves *moves;

  find_strides (blocks, &strides);
  for (int i = 0; i < blocks->n; i++)
    {
      n_groups[i] = find_groups (blocks, i, groups[i]);
      n *= (size_t) n_groups[i];
    }
  LS_TRY (ls_moves_begin (node, 0, 1, n * (fill != NULL ? 1 + 2 * (size_t) blocks->n : 1), &moves,
                          error));
  for (size_t k = 0; k < n; k++)
    {
      const Group *chosen[MAX_SPACE];
      size_t rest = k;
      Span span;
      LsBox box;

      for (int i = 0; i < blocks->n; i++)
        {
          chosen[i] = &groups[i][rest % (size_t) n_groups[i]];
          rest /= (size_t) n_groups[i];
          span.first[i] = chosen[i]->low;
          span.count[i] = chosen[i]->high - chosen[i]->low;
        }
      make_box (blocks, &strides, chosen, &span, &box);
      if (fill == NULL)
        swap_sides (&box);
      ls_moves_add (moves, 0, 0, &box);
      if (fill != NULL)
        fill_outside (moves, blocks, &strides, chosen, fill);
    }
  ls_moves_end (node);
  return LS_OK;
}

static bool
is_late (LsNode *node)
{
  if (ls_input_known (node, 1) && ls_input_known (node, 2))
    return false;
  ls_node_output_dynamic (node, 0);
  return true;
}

/* The margin holds the zero point of 8- and 16-bit types, else 0 (space_to_batch_nd.cc). */
static LsStatus
space_to_batch_prepare (LsNode *node, LsError *error)
{
  Blocks blocks;
  int64_t batch;

  LS_TRY (ls_node_arity (node, 3, 3, 1, error));
  if (is_late (node))
    return LS_OK;
  LS_TRY (read_blocks (node, &blocks, error));

  const LsValue *in = node->in[0], *out = node->out[0];
  int32_t *fill = ls_node_alloc (node, 1, 16, error);

  if (fill == NULL)
    return LS_E_NO_MEMORY;
  if (ls_element_size (in->type) == 1 || ls_element_size (in->type) == 2)
    *fill = out->zero_point;
  memcpy (blocks.space, in->dims, sizeof blocks.space);
  memcpy (blocks.batch, in->dims, sizeof blocks.batch);
  batch = in->dims[0];
  for (int i = 0; i < blocks.n; i++)
    {
      const int64_t whole = (int64_t) in->dims[i + 1] + blocks.before[i] + blocks.after[i];

      if (whole % blocks.block[i] != 0 || whole > INT32_MAX)
        return ls_node_invalid (node, error,
                                "%" PRId64 " elements along dimension %d are no"
                                " multiple of the block size %" PRId32,
                                whole, i + 1, blocks.block[i]);
      blocks.batch[i + 1] = (int32_t) (whole / blocks.block[i]);
      batch *= blocks.block[i];
      if (batch > INT32_MAX)
        return ls_node_invalid (node, error, "there would be %" PRId64 " batches", batch);
    }
  blocks.batch[0] = (int32_t) batch;
  LS_TRY (ls_node_output (node, 0, blocks.rank, blocks.batch, error));
  return move_blocks (node, &blocks, fill, error);
}

const LsOp ls_op_space_to_batch_nd = { space_to_batch_prepare, 0, 4, "all but strings" };

static LsStatus
batch_to_space_prepare (LsNode *node, LsError *error)
{
  Blocks blocks;

  LS_TRY (ls_node_arity (node, 3, 3, 1, error));
  if (is_late (node))
    return LS_OK;
  LS_TRY (read_blocks (node, &blocks, error));

  const LsValue *in = node->in[0];

  memcpy (blocks.space, in->dims, sizeof blocks.space);
  memcpy (blocks.batch, in->dims, sizeof blocks.batch);
  for (int i = 0; i < blocks.n; i++)
    {
      const int64_t whole
        = (int64_t) in->dims[i + 1] * blocks.block[i] - blocks.before[i] - blocks.after[i];

      if (blocks.space[0] % blocks.block[i] != 0 || whole < 0 || whole > INT32_MAX)
        return ls_node_invalid (
          node, error,
          "%s in blocks of %" PRId32 " with crops %" PRId32 " and %" PRId32 " along dimension %d",
          LS_SHAPE (in), blocks.block[i], blocks.before[i], blocks.after[i], i + 1);
      blocks.space[i + 1] = (int32_t) whole;
      blocks.space[0] /= blocks.block[i];
    }
  LS_TRY (ls_node_output (node, 0, blocks.rank, blocks.space, error));
  return move_blocks (node, &blocks, NULL, error);
}

const LsOp ls_op_batch_to_space_nd = { batch_to_space_prepare, 0, 4, "all" };
