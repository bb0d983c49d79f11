/*
 * ARG_MAX, ARG_MIN: where along an axis the largest or smallest element is; of equals the first.
 * NaN never wins over a number (reference/arg_min_max.h).
 */
#include "ops/shape.h"

enum
{
  BLOCK = 64 /* columns that are searched side by side */
};

/* @x: [n, stride] of which @columns (at most BLOCK) are looked at; fills at[0 … columns). */
typedef void (*Search) (const void *x, size_t n, size_t stride, size_t columns, int32_t *at);

#define SEARCH(name, type, wins)                                                                   \
  static void search_##name (const void *data, size_t n, size_t stride, size_t columns,            \
                             int32_t *at)                                                          \
  {                                                                                                \
    const type *x = data;                                                                          \
    type best[BLOCK];                                                                              \
                                                                                                   \
    for (size_t j = 0; j < columns; j++)                                                           \
      {                                                                                            \
        best[j] = x[j];                                                                            \
        at[j] = 0;                                                                                 \
      }                                                                                            \
    for (size_t i = 1; i < n; i++)                                                                 \
      for (size_t j = 0; j < columns; j++)                                                         \
        if (wins (x[i * stride + j], best[j]))                                                     \
          {                                                                                        \
            best[j] = x[i * stride + j];                                                           \
            at[j] = (int32_t) i;                                                                   \
          }                                                                                        \
  }

#define LARGER(a, b) ((a) > (b))
#define SMALLER(a, b) ((a) < (b))

#define BOTH(name, type)                                                                           \
  SEARCH (max_##name, type, LARGER)                                                                \
  SEARCH (min_##name, type, SMALLER)

BOTH (f32, float)
BOTH (f64, double)
BOTH (i8, int8_t)
BOTH (u8, uint8_t)
BOTH (i16, int16_t)
BOTH (i32, int32_t)
BOTH (i64, int64_t)

static const Search searches[2][LS_N_TYPES] = {
  { [LS_TYPE_FLOAT32] = search_max_f32,
    [LS_TYPE_FLOAT64] = search_max_f64,
    [LS_TYPE_INT8] = search_max_i8,
    [LS_TYPE_UINT8] = search_max_u8,
    [LS_TYPE_BOOL] = search_max_u8,
    [LS_TYPE_INT16] = search_max_i16,
    [LS_TYPE_INT32] = search_max_i32,
    [LS_TYPE_INT64] = search_max_i64 },
  { [LS_TYPE_FLOAT32] = search_min_f32,
    [LS_TYPE_FLOAT64] = search_min_f64,
    [LS_TYPE_INT8] = search_min_i8,
    [LS_TYPE_UINT8] = search_min_u8,
    [LS_TYPE_BOOL] = search_min_u8,
    [LS_TYPE_INT16] = search_min_i16,
    [LS_TYPE_INT32] = search_min_i32,
    [LS_TYPE_INT64] = search_min_i64 },
};

/* The input as [outer, n, inner]. */
typedef struct
{
  size_t n, inner, blocks, size;
  Search search;
} ArgMinMax;

/* Unit u is block u % blocks of outer u / blocks. */
static LsStatus
run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const ArgMinMax *a = node->state;
  const LsValue *out = node->out[0];

  for (size_t u = begin; u < end; u++)
    {
      const size_t outer = u / a->blocks, first = u % a->blocks * BLOCK;
      const size_t columns = a->inner - first < BLOCK ? a->inner - first : BLOCK;
      const uint8_t *x
        = (const uint8_t *) node->in[0]->data + (outer * a->n * a->inner + first) * a->size;
      int32_t at[BLOCK];

      a->search (x, a->n, a->inner, columns, at);
      for (size_t j = 0; j < columns; j++)
        if (out->type == LS_TYPE_INT64)
          ((int64_t *) out->data)[outer * a->inner + first + j] = at[j];
        else
          ((int32_t *) out->data)[outer * a->inner + first + j] = at[j];
    }
  return LS_OK;
}

static LsStatus
prepare (LsNode *node, const Search *table, LsError *error)
{
  int64_t value = 0;
  int axis = 0, rank = 0;
  int32_t dims[LS_MAX_RANK];

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0];

  if (in->type >= LS_N_TYPES || table[in->type] == NULL)
    return ls_node_types (node, in, "input", 0, error);
  LS_TRY (ls_node_types (node, node->out[0], "output", LS_BIT (INT32) | LS_BIT (INT64), error));
  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_scalar (node, 1, &value, error));
  LS_TRY (ls_node_axis (node, value, in->rank, &axis, error));
  for (int i = 0; i < in->rank; i++)
    if (i != axis)
      dims[rank++] = in->dims[i];
  LS_TRY (ls_node_output (node, 0, rank, dims, error));
  if (in->dims[axis] == 0 && node->out[0]->count > 0)
    return ls_node_invalid (node, error, "axis %d of %s is empty", axis, LS_SHAPE (in));

  ArgMinMax *a = ls_node_alloc (node, 1, sizeof *a, error);

  if (a == NULL)
    return LS_E_NO_MEMORY;
  node->state = a;
  a->n = (size_t) in->dims[axis];
  a->inner = ls_dims_product (in->dims, axis + 1, in->rank);
  a->blocks = (a->inner + BLOCK - 1) / BLOCK;
  a->size = ls_element_size (in->type);
  a->search = table[in->type];
  if (node->out[0]->count > 0)
    ls_node_phase (node, run, ls_dims_product (in->dims, 0, axis) * a->blocks,
                   ls_grain (a->n * (a->inner < BLOCK ? a->inner : BLOCK) * a->size));
  return LS_OK;
}

static LsStatus
arg_max_prepare (LsNode *node, LsError *error)
{
  return prepare (node, searches[0], error);
}

static LsStatus
arg_min_prepare (LsNode *node, LsError *error)
{
  return prepare (node, searches[1], error);
}

#define TYPES "float32, float64, int8, uint8, int16, int32, int64, bool"

const LsOp ls_op_arg_max = { arg_max_prepare, 0, 3, TYPES };
const LsOp ls_op_arg_min = { arg_min_prepare, 0, 3, TYPES };
