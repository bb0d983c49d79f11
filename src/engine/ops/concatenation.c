/* CONCATENATION, PACK: the inputs side by side along an axis, which PACK makes. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "ops/activation.h"
#include "ops/moves.h"
#include "ops/shape.h"

/* ---- uint8 inputs of another scale than the output (reference/concatenation.h) ----------------
 */

typedef struct
{
  LsMoves moves; /* first: see moves.h */
  size_t outer;  /* rows: the product of the dimensions before the axis */
  size_t row;    /* bytes of one in the output */
  uint32_t n;    /* inputs to be rescaled */
  struct
  {
    size_t begin, length; /* bytes within a row */
    uint8_t table[256];
  } * rescaled;
} Rescale;

static void
fill_table (uint8_t table[256], const LsValue *in, const LsValue *out)
{
  const float scale = in->scale * (1.0f / out->scale), bias = (float) -in->zero_point * scale;

  for (int i = 0; i < 256; i++)
    {
      float value = roundf ((float) i * scale + bias) + (float) out->zero_point;

      table[i] = value >= 255.0f ? 255 : value > 0.0f ? (uint8_t) value : 0;
    }
}

/* After the inputs are in place: unit k is row k. */
static LsStatus
rescale_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Rescale *r = node->state;

  for (size_t k = begin; k < end; k++)
    for (uint32_t i = 0; i < r->n; i++)
      {
        uint8_t *bytes = (uint8_t *) node->out[0]->data + k * r->row + r->rescaled[i].begin;
        const uint8_t *table = r->rescaled[i].table;

        for (size_t j = 0; j < r->rescaled[i].length; j++)
          bytes[j] = table[bytes[j]];
      }
  return LS_OK;
}

static LsStatus
add_rescaling (LsNode *node, int axis, LsError *error)
{
  Rescale *r = node->state;
  const LsValue *out = node->out[0];
  const size_t inner = ls_dims_product (out->dims, axis + 1, out->rank);
  size_t begin = 0;

  r->rescaled = ls_node_alloc (node, node->n_in, sizeof *r->rescaled, error);
  if (r->rescaled == NULL)
    return LS_E_NO_MEMORY;
  r->outer = ls_dims_product (out->dims, 0, axis);
  r->row = inner * (size_t) out->dims[axis];
  for (uint32_t i = 0; i < node->n_in; i++)
    {
      const LsValue *in = node->in[i];
      const size_t length = inner * (size_t) in->dims[axis];

      if (in->scale != out->scale || in->zero_point != out->zero_point)
        {
          r->rescaled[r->n].begin = begin;
          r->rescaled[r->n].length = length;
          fill_table (r->rescaled[r->n++].table, in, out);
        }
      begin += length;
    }
  if (r->n > 0 && out->count > 0)
    ls_node_phase (node, rescale_run, r->outer, ls_grain (r->row));
  return LS_OK;
}

/* ---- CONCATENATION ---------------------------------------------------------------------------
 */

/* LiteRT rescales uint8 alone (concatenation.cc). */
static LsStatus
check_quant (const LsNode *node, LsError *error)
{
  const LsValue *out = node->out[0];

  if (out->type == LS_TYPE_UINT8)
    {
      for (uint32_t i = 0; i < node->n_in; i++)
        if (node->in[i]->scale != out->scale && !(out->scale > 0.0f))
          return ls_node_same_quant (node, node->in[i], out, error);
      return LS_OK;
    }
  for (uint32_t i = 0; i < node->n_in; i++)
    {
      if (out->type == LS_TYPE_INT8)
        LS_TRY (ls_node_same_quant (node, node->in[i], out, error));
      if (out->type == LS_TYPE_INT16 && (node->in[i]->zero_point != 0 || out->zero_point != 0))
        return ls_node_invalid (node, error, "int16 with a zero point other than 0");
    }
  return LS_OK;
}

/* The shape of the output; scalars become a vector. */
static LsStatus
join_shapes (const LsNode *node, int axis, int32_t dims[LS_MAX_RANK], LsError *error)
{
  const LsValue *first = node->in[0];
  int64_t sum = 0;

  for (int d = 0; d < first->rank; d++)
    dims[d] = first->dims[d];
  for (uint32_t i = 0; i < node->n_in; i++)
    {
      const LsValue *in = node->in[i];
      bool fits = in->rank == first->rank;

      for (int d = 0; fits && d < in->rank; d++)
        fits = d == axis || in->dims[d] == first->dims[d];
      if (!fits)
        return ls_node_invalid (node, error,
                                "inputs of shapes %s and %s cannot be joined at axis %d",
                                LS_SHAPE (first), LS_SHAPE (in), axis);
      sum += in->rank == 0 ? 1 : in->dims[axis];
    }
  if (sum > INT32_MAX)
    return ls_node_invalid (node, error, "the joined axis would have %" PRId64 " elements", sum);
  dims[axis] = (int32_t) sum;
  return LS_OK;
}

/* Boxes of all inputs: @dims and @axis are of the output, where input i takes its share of the
 * axis.
 */
static void
add_boxes (const LsNode *node, LsMoves *moves, int rank, const int32_t *dims, int axis,
           bool is_new_axis)
{
  int32_t start[LS_MAX_RANK] = { 0 }, count[LS_MAX_RANK];

  memcpy (count, dims, (size_t) rank * sizeof count[0]);
  for (uint32_t i = 0; i < node->n_in; i++)
    {
      LsBox box;

      count[axis] = is_new_axis ? 1 : node->in[i]->dims[axis];
      ls_box_windows (&box, rank, count, (LsWindowOf){ count, NULL, NULL },
                      (LsWindowOf){ dims, start, NULL });
      ls_moves_add (moves, i, 0, &box);
      start[axis] += count[axis];
    }
}

/* ls_moves_begin() with a state that has room for a Rescale. */
static LsStatus
begin_moves (LsNode *node, LsMoves **moves, LsError *error)
{
  Rescale *r = ls_node_alloc (node, 1, sizeof *r, error);

  if (r == NULL)
    return LS_E_NO_MEMORY;
  *moves = &r->moves;
  return ls_moves_init (node, &r->moves, 0, node->n_in, node->n_in, error);
}

static LsStatus
concatenation_prepare (LsNode *node, LsError *error)
{
  LsActivation activation;
  LsMoves *moves;
  int32_t dims[LS_MAX_RANK];
  int axis = 0;

  LS_TRY (ls_node_arity (node, 1, UINT32_MAX, 1, error));
  for (uint32_t i = 1; i < node->n_in; i++)
    if (node->in[i] == NULL)
      return ls_node_invalid (node, error, "input %u is absent", i);
  LS_TRY (ls_node_activation (node, &activation, error));
  if (activation != LS_ACTIVATION_NONE)
    return ls_node_unsupported (node, error, "a fused activation function");

  const bool is_scalar = node->in[0]->rank == 0;
  const int rank = is_scalar ? 1 : node->in[0]->rank;

  LS_TRY (ls_node_axis (node, ls_attr_int (node->def, "axis", 0), rank, &axis, error));
  LS_TRY (join_shapes (node, axis, dims, error));
  LS_TRY (check_quant (node, error));
  LS_TRY (ls_node_output (node, 0, rank, dims, error));
  LS_TRY (begin_moves (node, &moves, error));
  add_boxes (node, moves, rank, dims, axis, is_scalar);
  ls_moves_end (node);
  return node->out[0]->type == LS_TYPE_UINT8 && !is_scalar ? add_rescaling (node, axis, error)
                                                           : LS_OK;
}

const LsOp ls_op_concatenation = { concatenation_prepare, 0, 7, "all" };

/* ---- PACK ------------------------------------------------------------------------------------
 */

static LsStatus
pack_prepare (LsNode *node, LsError *error)
{
  LsMoves *moves;
  int32_t dims[LS_MAX_RANK];
  int axis = 0;

  LS_TRY (ls_node_arity (node, 1, UINT32_MAX, 1, error));

  const LsValue *first = node->in[0];
  const int rank = first->rank + 1;

  for (uint32_t i = 0; i < node->n_in; i++)
    {
      if (node->in[i] == NULL)
        return ls_node_invalid (node, error, "input %u is absent", i);
      if (!ls_same_dims (first, node->in[i]))
        return ls_node_invalid (node, error, "inputs of shapes %s and %s cannot be packed",
                                LS_SHAPE (first), LS_SHAPE (node->in[i]));
      LS_TRY (ls_node_same_quant (node, node->in[i], node->out[0], error));
    }
  if (rank > LS_MAX_RANK)
    return ls_node_unsupported (node, error, "%s would get more than %d dimensions",
                                LS_SHAPE (first), LS_MAX_RANK);
  LS_TRY (ls_node_axis (node, ls_attr_int (node->def, "axis", 0), rank, &axis, error));
  for (int d = 0; d < rank; d++)
    dims[d] = d == axis ? (int32_t) node->n_in : first->dims[d - (d > axis)];
  LS_TRY (ls_node_output (node, 0, rank, dims, error));
  LS_TRY (ls_moves_begin (node, 0, node->n_in, node->n_in, &moves, error));
  add_boxes (node, moves, rank, dims, axis, true);
  ls_moves_end (node);
  return LS_OK;
}

const LsOp ls_op_pack = { pack_prepare, 0, 5, "all" };
