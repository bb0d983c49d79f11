/* SEGMENT_SUM, UNSORTED_SEGMENT_SUM, _PROD, _MAX, _MIN: rows of the same number become one. */
#include <inttypes.h>
#include <string.h>

#include "kernels/rows.h"
#include "ops/neutral.h"
#include "ops/shape.h"

typedef struct
{
  const LsAccumulate *accumulate;
  uint64_t neutral;
  size_t row;          /* elements that one number stands for */
  bool skips_negative; /* numbers; else they are refused */
} Segments;

static LsStatus
run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Segments *s = node->state;
  const LsValue *numbers = node->in[1], *out = node->out[0];
  const size_t size = s->accumulate->x_size, row = s->row * size;

  for (size_t i = 0; i < out->count; i++)
    memcpy ((uint8_t *) out->data + i * size, &s->neutral, size);
  for (size_t i = 0; i < numbers->count; i++)
    {
      const int64_t number = ls_value_int (numbers, i);

      if (number < 0 && s->skips_negative)
        continue;
      if (number < 0 || number >= out->dims[0])
        return ls_node_fail (node, LS_E_INVALID,
                             "number %zu is %" PRId64 ", but there are %" PRId32 " segments", i,
                             number, out->dims[0]);
      s->accumulate->columns ((uint8_t *) out->data + (size_t) number * row,
                              (const uint8_t *) node->in[0]->data + i * row, 1, s->row, s->row);
    }
  return LS_OK;
}

/* States the output [n, …] behind the dimensions that the numbers have, and the work. */
static LsStatus
finish (LsNode *node, int64_t n, const uint8_t kinds[LS_N_TYPES], uint64_t neutral,
        bool skips_negative, LsError *error)
{
  const LsValue *in = node->in[0], *numbers = node->in[1];
  int32_t dims[LS_MAX_RANK + 1] = { (int32_t) n };
  int rank = 1;
  bool fits = numbers->rank <= in->rank && in->rank - numbers->rank < LS_MAX_RANK;

  for (int i = 0; fits && i < numbers->rank; i++)
    fits = numbers->dims[i] == in->dims[i];
  if (!fits || n < 0 || n > INT32_MAX)
    return ls_node_invalid (node, error, "numbers of shape %s for %s in %" PRId64 " segments",
                            LS_SHAPE (numbers), LS_SHAPE (in), n);
  for (int i = numbers->rank; i < in->rank; i++)
    dims[rank++] = in->dims[i];
  LS_TRY (ls_node_output (node, 0, rank, dims, error));

  Segments *s = ls_node_alloc (node, 1, sizeof *s, error);

  if (s == NULL)
    return LS_E_NO_MEMORY;
  node->state = s;
  s->accumulate = &ls_row_kernels ()->accumulate[kinds[in->type] - 1];
  s->neutral = neutral;
  s->row = ls_dims_product (in->dims, numbers->rank, in->rank);
  s->skips_negative = skips_negative;
  ls_node_phase (node, run, 1, 1);
  return LS_OK;
}

static LsStatus
check_types (const LsNode *node, const uint8_t kinds[LS_N_TYPES], LsError *error)
{
  const LsValue *in = node->in[0];

  LS_TRY (ls_node_same_type (node, in, node->out[0], error));
  if (in->type >= LS_N_TYPES || kinds[in->type] == 0)
    return ls_node_types (node, in, "input", 0, error);
  return ls_node_types (node, node->in[1], "the numbers", LS_BIT (INT32) | LS_BIT (INT64), error);
}

/* Element types have accumulators of the same type only here. */
#define KINDS(OP)                                                                                  \
  {                                                                                                \
    [LS_TYPE_FLOAT32] = LS_ACC_##OP##_F32 + 1, [LS_TYPE_FLOAT64] = LS_ACC_##OP##_F64 + 1,          \
    [LS_TYPE_INT32] = LS_ACC_##OP##_I32 + 1, [LS_TYPE_INT64] = LS_ACC_##OP##_I64 + 1               \
  }

/* ---- SEGMENT_SUM -----------------------------------------------------------------------------
 */

/* Numbers rise from 0 by 1 at most (segment_sum.cc: ValidateSegmentIds). */
static LsStatus
segment_sum_prepare (LsNode *node, LsError *error)
{
  static const uint8_t kinds[LS_N_TYPES] = KINDS (SUM);
  int64_t last = -1;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *numbers = node->in[1];

  LS_TRY (check_types (node, kinds, error));
  LS_TRY (ls_node_rank (node, numbers, "the numbers", 1, 1, error));
  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  for (size_t i = 0; i < numbers->count; i++)
    {
      const int64_t number = ls_value_int (numbers, i);

      if (number != last && number != last + 1)
        return ls_node_invalid (node, error, "number %zu is %" PRId64 " after %" PRId64, i, number,
                                last);
      last = number;
    }
  return finish (node, last + 1, kinds, 0, false, error);
}

const LsOp ls_op_segment_sum = { segment_sum_prepare, 0, 1, "float32, float64, int32, int64" };

/* ---- UNSORTED_SEGMENT_* ----------------------------------------------------------------------
 */

static LsStatus
unsorted_prepare (LsNode *node, const uint8_t kinds[LS_N_TYPES], uint64_t neutral, LsError *error)
{
  int64_t n = 0;

  LS_TRY (check_types (node, kinds, error));
  if (!ls_input_known (node, 2))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_scalar (node, 2, &n, error));
  return finish (node, n, kinds, neutral, true, error);
}

#define UNSORTED(name, OP, neutral)                                                                \
  static LsStatus name##_prepare (LsNode *node, LsError *error)                                    \
  {                                                                                                \
    static const uint8_t kinds[LS_N_TYPES] = KINDS (OP);                                           \
                                                                                                   \
    LS_TRY (ls_node_arity (node, 3, 3, 1, error));                                                 \
    return unsorted_prepare (node, kinds, neutral (node->in[0]->type), error);                     \
  }

#define ZERO_BITS(type) 0

UNSORTED (sum, SUM, ZERO_BITS)
UNSORTED (prod, PROD, ls_one_bits)
UNSORTED (max, MAX, ls_lowest_bits)
UNSORTED (min, MIN, ls_highest_bits)

#define TYPES "float32, float64, int32, int64"

const LsOp ls_op_unsorted_segment_sum = { sum_prepare, 0, 1, TYPES };
const LsOp ls_op_unsorted_segment_prod = { prod_prepare, 0, 1, TYPES };
const LsOp ls_op_unsorted_segment_max = { max_prepare, 0, 1, TYPES };
const LsOp ls_op_unsorted_segment_min = { min_prepare, 0, 1, TYPES };
