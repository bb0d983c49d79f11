/* PAD, PADV2, DILATE, STABLEHLO_PAD, MIRROR_PAD: the input among elements of one value, or with a
 * margin of its own reflection. */
#include <inttypes.h>
#include <string.h>

#include "ops/moves.h"
#include "ops/shape.h"

/* Where the input's elements stand in the output: element from + i of dimension d at first + i *
 * step, for i < count; the rest is filled. */
typedef struct
{
  int32_t dims[LS_MAX_RANK]; /* of the output */
  int32_t first[LS_MAX_RANK], step[LS_MAX_RANK], count[LS_MAX_RANK], from[LS_MAX_RANK];
} Layout;

/* What the rest is filled with: the one element of an input, or memory of its own. */
typedef struct
{
  uint32_t in; /* 0: `element` */
  const void *element;
} Fill;

static void
fill_box (LsMoves *moves, const Fill *fill, const LsBox *box)
{
  if (fill->in != 0)
    ls_moves_add (moves, fill->in, 0, box);
  else
    ls_moves_fill (moves, fill->element, 0, box);
}

/*
 * Fills what dimension @d adds: before the first element, behind the last one and between them. Of
 * the dimensions before only what the input has is spanned, of those behind all, so that the boxes
 * of all dimensions do not overlap.
 */
static void
fill_dimension (LsMoves *moves, const Fill *fill, const Layout *l, int rank, int d)
{
  ptrdiff_t strides[LS_MAX_RANK];
  const int32_t n = l->count[d], end = n == 0 ? 0 : l->first[d] + (n - 1) * l->step[d] + 1;
  const struct
  {
    int32_t first, times, length;
  } parts[3] = { { 0, 1, n == 0 ? l->dims[d] : l->first[d] },
                 { l->first[d] + 1, n > 0 ? n - 1 : 0, l->step[d] - 1 },
                 { end, n > 0, l->dims[d] - end } };

  ls_dense_strides (l->dims, rank, strides);
  for (int part = 0; part < 3; part++)
    {
      LsBox box = { .to_offset = parts[part].first * strides[d] };

      for (int i = 0; i < d; i++)
        {
          ls_box_add (&box, (size_t) l->count[i], 0, l->step[i] * strides[i]);
          box.to_offset += l->first[i] * strides[i];
        }
      ls_box_add (&box, (size_t) parts[part].times, 0, l->step[d] * strides[d]);
      ls_box_add (&box, (size_t) parts[part].length, 0, strides[d]);
      for (int i = d + 1; i < rank; i++)
        ls_box_add (&box, (size_t) l->dims[i], 0, strides[i]);
      fill_box (moves, fill, &box);
    }
}

/* Adds all boxes; output 0 is stated. */
static void
lay_out (LsNode *node, LsMoves *moves, const Layout *l, const Fill *fill)
{
  const LsValue *in = node->in[0];
  LsBox box;

  for (int d = 0; d < in->rank; d++)
    fill_dimension (moves, fill, l, in->rank, d);
  ls_box_windows (&box, in->rank, l->count, (LsWindowOf){ in->dims, l->from, NULL },
                  (LsWindowOf){ l->dims, l->first, l->step });
  ls_moves_add (moves, 0, 0, &box);
  ls_moves_end (node);
}

enum
{
  MAX_BOXES = 3 * LS_MAX_RANK + 1
};

/* ---- PAD, PADV2 ------------------------------------------------------------------------------
 */

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

/* The element that the margins are filled with: a constant, the zero point, or 0 (pad.cc). */
static LsStatus
find_fill (LsNode *node, size_t size, Fill *fill, LsError *error)
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
  *fill = (Fill){ constant != NULL ? 2 : 0, element };
  return LS_OK;
}

static LsStatus
pad_prepare (LsNode *node, LsError *error)
{
  Margins margins;
  Layout layout;
  LsMoves *moves;
  Fill fill;

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
  LS_TRY (ls_moves_begin (node, 0, 1, MAX_BOXES, &moves, error));
  if (moves->plain.is_string || (moves->plain.bits != 0 && has_value))
    return ls_node_unsupported (node, error, "input of type %s", ls_type_name (in->type));
  LS_TRY (find_fill (node, moves->plain.size, &fill, error));
  for (int i = 0; i < in->rank; i++)
    {
      layout.dims[i] = margins.dims[i];
      layout.first[i] = margins.before[i];
      layout.step[i] = 1;
      layout.count[i] = in->dims[i];
      layout.from[i] = 0;
    }
  lay_out (node, moves, &layout, &fill);
  return LS_OK;
}

const LsOp ls_op_pad = { pad_prepare, 0, 6, "all but strings" };
const LsOp ls_op_padv2 = { pad_prepare, 0, 6, "all but strings" };

/* ---- DILATE, STABLEHLO_PAD -------------------------------------------------------------------
 */

/* Spreads a dimension: @interior elements between neighbours, @low and @high at the ends, of which
 * negative ones cut off. False when the result does not fit. */
static bool
spread (Layout *l, int i, int32_t dim, int64_t low, int64_t high, int64_t interior)
{
  const int64_t step = interior + 1;
  int64_t out, length;

  if (interior < 0 || interior >= INT32_MAX || low > INT32_MAX || low < INT32_MIN
      || high > INT32_MAX || high < INT32_MIN)
    return false;
  length = dim > 0 ? (int64_t) (dim - 1) * step + 1 : 0;
  out = length + low + high;
  if (out > INT32_MAX)
    return false;

  const int64_t skipped = low < 0 ? (-low + step - 1) / step : 0, first = low + skipped * step;
  const int64_t fitting = out > first ? (out - 1 - first) / step + 1 : 0;
  const int64_t count = fitting < dim - skipped ? fitting : dim - skipped;

  l->dims[i] = out > 0 ? (int32_t) out : 0;
  l->step[i] = (int32_t) step;
  l->count[i] = count > 0 ? (int32_t) count : 0;
  l->first[i] = count > 0 ? (int32_t) first : 0;
  l->from[i] = count > 0 ? (int32_t) skipped : 0;
  return true;
}

static LsStatus
prepare_spread (LsNode *node, const Layout *layout, uint32_t fill_in, LsError *error)
{
  const LsValue *in = node->in[0], *value = node->in[fill_in];
  LsMoves *moves;

  LS_TRY (ls_node_same_type (node, in, value, error));
  if (value->count != 1)
    return ls_node_invalid (node, error, "the value to pad with has shape %s", LS_SHAPE (value));
  LS_TRY (ls_node_output (node, 0, in->rank, layout->dims, error));
  LS_TRY (ls_moves_begin (node, 0, 1, MAX_BOXES, &moves, error));
  if (moves->plain.offsets != NULL)
    return ls_node_unsupported (node, error, "input of type %s", ls_type_name (in->type));
  lay_out (node, moves, layout, &(Fill){ fill_in, NULL });
  return LS_OK;
}

static LsStatus
dilate_prepare (LsNode *node, LsError *error)
{
  Layout layout;
  LsList list;

  LS_TRY (ls_node_arity (node, 3, 3, 1, error));

  const LsValue *in = node->in[0];

  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_list (node, 1, &list, error));
  if (list.n != in->rank)
    return ls_node_invalid (node, error, "%d dilations for an input of shape %s", list.n,
                            LS_SHAPE (in));
  for (int i = 0; i < in->rank; i++)
    if (!spread (&layout, i, in->dims[i], 0, 0, list.at[i] - 1))
      return ls_node_invalid (node, error, "dimension %d of %s dilated by %" PRId64, i,
                              LS_SHAPE (in), list.at[i]);
  return prepare_spread (node, &layout, 2, error);
}

const LsOp ls_op_dilate = { dilate_prepare, 0, 1, "all of whole bytes" };

/* A dimension that is cut off whole takes all the others with it (stablehlo_pad.cc: Setup). */
static LsStatus
stablehlo_pad_prepare (LsNode *node, LsError *error)
{
  Layout layout;
  LsList low, high, interior;
  bool is_empty = false;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0];

  LS_TRY (ls_node_attr_list (node, "edge_padding_low", &low, error));
  LS_TRY (ls_node_attr_list (node, "edge_padding_high", &high, error));
  LS_TRY (ls_node_attr_list (node, "interior_padding", &interior, error));
  if (low.n != in->rank || high.n != in->rank || interior.n != in->rank)
    return ls_node_invalid (node, error, "%d, %d and %d paddings for an input of shape %s", low.n,
                            high.n, interior.n, LS_SHAPE (in));
  for (int i = 0; i < in->rank; i++)
    {
      if (!spread (&layout, i, in->dims[i], low.at[i], high.at[i], interior.at[i]))
        return ls_node_invalid (
          node, error, "dimension %d of %s with paddings %" PRId64 ", %" PRId64 " and %" PRId64, i,
          LS_SHAPE (in), low.at[i], high.at[i], interior.at[i]);
      is_empty |= layout.dims[i] == 0;
    }
  if (is_empty)
    memset (layout.dims, 0, sizeof layout.dims);
  return prepare_spread (node, &layout, 1, error);
}

const LsOp ls_op_stablehlo_pad = { stablehlo_pad_prepare, 0, 1, "all of whole bytes" };

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
