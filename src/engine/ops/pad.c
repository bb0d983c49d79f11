/* PAD, PADV2, MIRROR_PAD: the input with a margin of one value, or of its own reflection. */
#include <inttypes.h>
#include <string.h>

#include "ops/moves.h"
#include "ops/shape.h"

/* How much is put before and after each dimension, and the shape that comes out. */
typedef struct
{
  int32_t before[LS_MAX_RANK], after[LS_MAX_RANK], dims[LS_MAX_RANK];
} Margins;

static LsStatus
read_margins (const LsNode *node, Margins *margins, LsError *error)
{
  const LsValue *in = node->in[0], *paddings = node->in[1];
  LsList list;

  LS_TRY (ls_node_list (node, 1, &list, error));
  if (list.n != 2 * in->rank || (paddings->rank == 2 && paddings->dims[1] != 2))
    return ls_node_invalid (node, error, "paddings of shape %s for an input of shape %s",
                            LS_SHAPE (paddings), LS_SHAPE (in));
  for (int i = 0; i < in->rank; i++)
    {
      const int64_t before = list.at[2 * i], after = list.at[2 * i + 1];

      if (before < 0 || after < 0 || before > INT32_MAX || after > INT32_MAX
          || in->dims[i] + before + after > INT32_MAX)
        return ls_node_invalid (node, error,
                                "dimension %d of %s with paddings %" PRId64 " and %" PRId64, i,
                                LS_SHAPE (in), before, after);
      margins->before[i] = (int32_t) before;
      margins->after[i] = (int32_t) after;
      margins->dims[i] = (int32_t) (in->dims[i] + before + after);
    }
  return LS_OK;
}

/* ---- PAD, PADV2 ------------------------------------------------------------------------------
 */

/* The element that the margins are filled with: a constant, the zero point, or 0 (pad.cc). */
static LsStatus
find_fill (LsNode *node, size_t size, const void **out, LsError *error)
{
  const LsValue *in = node->in[0], *output = node->out[0];
  const LsValue *constant = node->n_in == 3 ? node->in[2] : NULL;
  const bool is_small = in->type == LS_TYPE_INT8 || in->type == LS_TYPE_INT16;
  const bool is_quantized = in->type == LS_TYPE_UINT8 || (is_small && in->quant != NULL);
  int32_t *element = ls_node_alloc (node, 1, 16, error);

  if (element == NULL)
    return LS_E_NO_MEMORY;
  if (constant != NULL && constant->count != 1)
    return ls_node_invalid (node, error, "the value to pad with has shape %s", LS_SHAPE (constant));
  if (constant != NULL && is_quantized)
    LS_TRY (ls_node_same_quant (node, constant, output, error));
  if (constant == NULL && is_quantized)
    memcpy (element, &output->zero_point, size);
  *out = element;
  return LS_OK;
}

/* Fills the margins. Those of dimension d span what the earlier dimensions have inside theirs, and
 * all of the later ones, so that none overlaps another. */
static void
fill_margins (LsMoves *moves, uint32_t value_in, const void *fill, const int32_t *in_dims,
              const Margins *margins, int rank)
{
  for (int d = 0; d < rank; d++)
    for (int side = 0; side < 2; side++)
      {
        int32_t start[LS_MAX_RANK] = { 0 }, count[LS_MAX_RANK];
        LsBox box;

        for (int i = 0; i < rank; i++)
          {
            start[i] = i < d ? margins->before[i] : 0;
            count[i] = i < d ? in_dims[i] : margins->dims[i];
          }
        start[d] = side == 0 ? 0 : margins->before[d] + in_dims[d];
        count[d] = side == 0 ? margins->before[d] : margins->after[d];
        ls_box_fill (&box, rank, count, (LsWindowOf){ margins->dims, start, NULL });
        if (value_in != 0)
          ls_moves_add (moves, value_in, 0, &box);
        else
          ls_moves_fill (moves, fill, 0, &box);
      }
}

static LsStatus
pad_prepare (LsNode *node, LsError *error)
{
  Margins margins;
  LsMoves *moves;
  LsBox box;
  const void *fill = NULL;

  LS_TRY (ls_node_arity (node, 2, 3, 1, error));

  const LsValue *in = node->in[0];
  const bool has_value = node->n_in == 3 && node->in[2] != NULL;

  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (read_margins (node, &margins, error));
  LS_TRY (ls_node_output (node, 0, in->rank, margins.dims, error));
  if (has_value)
    LS_TRY (ls_node_same_type (node, in, node->in[2], error));
  LS_TRY (ls_moves_begin (node, 0, 1, 2 * LS_MAX_RANK + 1, &moves, error));
  if (moves->plain.is_string || (moves->plain.bits != 0 && has_value))
    return ls_node_unsupported (node, error, "input of type %s", ls_type_name (in->type));
  LS_TRY (find_fill (node, moves->plain.size, &fill, error));
  fill_margins (moves, has_value ? 2 : 0, fill, in->dims, &margins, in->rank);
  ls_box_windows (&box, in->rank, in->dims, (LsWindowOf){ in->dims, NULL, NULL },
                  (LsWindowOf){ margins.dims, margins.before, NULL });
  ls_moves_add (moves, 0, 0, &box);
  ls_moves_end (node);
  return LS_OK;
}

const LsOp ls_op_pad = { pad_prepare, 0, 6, "all but strings" };
const LsOp ls_op_padv2 = { pad_prepare, 0, 6, "all but strings" };

/* ---- MIRROR_PAD ------------------------------------------------------------------------------
 */

/* Along one dimension: the margin before, the input itself, the margin after. */
typedef struct
{
  int32_t from, step, to, count;
} Part;

static LsStatus
read_parts (const LsNode *node, const Margins *margins, Part parts[LS_MAX_RANK][3], LsError *error)
{
  const LsValue *in = node->in[0];
  const int32_t edge = ls_attr_int (node->def, "mode", 0) == 0 ? 1 : 0; /* REFLECT leaves it out */

  for (int i = 0; i < in->rank; i++)
    {
      const int32_t dim = in->dims[i], before = margins->before[i], after = margins->after[i];

      if (before > dim - edge || after > dim - edge)
        {
          if (before > 0 || after > 0)
            return ls_node_invalid (node, error,
                                    "dimension %d of %s cannot be mirrored by %" PRId32
                                    " and %" PRId32 " elements",
                                    i, LS_SHAPE (in), before, after);
        }
      parts[i][0] = (Part){ before - 1 + edge, -1, 0, before };
      parts[i][1] = (Part){ 0, 1, before, dim };
      parts[i][2] = (Part){ dim - 1 - edge, -1, before + dim, after };
    }
  return LS_OK;
}

/* All combinations of the parts of all dimensions; number @k in base 3 names one. */
static void
add_combination (LsMoves *moves, const LsNode *node, const Margins *margins,
                 const Part parts[LS_MAX_RANK][3], size_t k)
{
  const LsValue *in = node->in[0];
  int32_t from[LS_MAX_RANK], step[LS_MAX_RANK], to[LS_MAX_RANK], count[LS_MAX_RANK];
  LsBox box;

  for (int i = 0; i < in->rank; i++, k /= 3)
    {
      const Part *part = &parts[i][k % 3];

      if (part->count == 0)
        return;
      from[i] = part->from;
      step[i] = part->step;
      to[i] = part->to;
      count[i] = part->count;
    }
  ls_box_windows (&box, in->rank, count, (LsWindowOf){ in->dims, from, step },
                  (LsWindowOf){ margins->dims, to, NULL });
  ls_moves_add (moves, 0, 0, &box);
}

static LsStatus
mirror_pad_prepare (LsNode *node, LsError *error)
{
  Margins margins;
  Part parts[LS_MAX_RANK][3];
  LsMoves *moves;
  size_t n_boxes = 1, n_all = 1;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0];

  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  if (in->type == LS_TYPE_UINT8 || in->type == LS_TYPE_INT8 || in->type == LS_TYPE_INT16)
    LS_TRY (ls_node_same_quant (node, in, node->out[0], error));
  LS_TRY (read_margins (node, &margins, error));
  LS_TRY (read_parts (node, &margins, parts, error));
  LS_TRY (ls_node_output (node, 0, in->rank, margins.dims, error));
  for (int i = 0; i < in->rank; i++)
    {
      n_boxes *= 1u + (margins.before[i] > 0) + (margins.after[i] > 0);
      n_all *= 3;
    }
  LS_TRY (ls_moves_begin (node, 0, 1, n_boxes, &moves, error));
  for (size_t k = 0; k < n_all; k++)
    add_combination (moves, node, &margins, (const Part (*)[3]) parts, k);
  ls_moves_end (node);
  return LS_OK;
}

const LsOp ls_op_mirror_pad = { mirror_pad_prepare, 0, 3, "all" };
