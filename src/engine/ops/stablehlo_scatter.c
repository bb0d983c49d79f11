/*
 * STABLEHLO_SCATTER: elements of the updates put, or worked, into the operand where index vectors
 * say; what would fall outside is left out. See the specification of StableHLO, and
 * stablehlo_scatter.cc.
 */
#include <inttypes.h>

#include "base/half.h"
#include "ops/shape.h"
#include "ops/view.h"

/* ---- What is done with an element: *y = f (*y, *x) --------------------------------------------
 */

typedef void (*Apply) (void *y, const void *x);

#define APPLY(name, type, wide, expression)                                                        \
  static void name (void *y, const void *x)                                                        \
  {                                                                                                \
    const wide a = (wide) * (type *) y, b = (wide) * (const type *) x;                             \
                                                                                                   \
    *(type *) y = (type) (expression);                                                             \
  }

/* @wide: where arithmetic wraps without being undefined. */
#define APPLY_ALL(name, type, wide)                                                                \
  APPLY (add_##name, type, wide, a + b)                                                            \
  APPLY (multiply_##name, type, wide, a *b)                                                        \
  APPLY (maximum_##name, type, type, a < b ? b : a)                                                \
  APPLY (minimum_##name, type, type, b < a ? b : a)

APPLY_ALL (f32, float, float)
APPLY_ALL (f64, double, double)
APPLY_ALL (i8, int8_t, uint32_t)
APPLY_ALL (u8, uint8_t, uint32_t)
APPLY_ALL (i16, int16_t, uint32_t)
APPLY_ALL (u16, uint16_t, uint32_t)
APPLY_ALL (i32, int32_t, uint32_t)
APPLY_ALL (u32, uint32_t, uint32_t)
APPLY_ALL (i64, int64_t, uint64_t)
APPLY_ALL (u64, uint64_t, uint64_t)
APPLY (add_bool, bool, bool, a || b)
APPLY (multiply_bool, bool, bool, a &&b)
APPLY (maximum_bool, bool, bool, a || b)
APPLY (minimum_bool, bool, bool, a &&b)

#define APPLY_HALF(name, expression)                                                               \
  static void name##_f16 (void *y, const void *x)                                                  \
  {                                                                                                \
    const float a = ls_half_to_float (*(uint16_t *) y),                                            \
                b = ls_half_to_float (*(const uint16_t *) x);                                      \
                                                                                                   \
    *(uint16_t *) y = ls_half_from_float (expression);                                             \
  }

APPLY_HALF (add, a + b)
APPLY_HALF (multiply, a *b)
APPLY_HALF (maximum, a < b ? b : a)
APPLY_HALF (minimum, b < a ? b : a)

#define BY_TYPE(name)                                                                              \
  {                                                                                                \
    [LS_TYPE_FLOAT32] = name##_f32, [LS_TYPE_FLOAT64] = name##_f64,                                \
    [LS_TYPE_FLOAT16] = name##_f16, [LS_TYPE_INT8] = name##_i8, [LS_TYPE_UINT8] = name##_u8,       \
    [LS_TYPE_INT16] = name##_i16, [LS_TYPE_UINT16] = name##_u16, [LS_TYPE_INT32] = name##_i32,     \
    [LS_TYPE_UINT32] = name##_u32, [LS_TYPE_INT64] = name##_i64, [LS_TYPE_UINT64] = name##_u64,    \
    [LS_TYPE_BOOL] = name##_bool                                                                   \
  }

static const struct
{
  int kind; /* of the one operator in the subgraph */
  Apply by_type[LS_N_TYPES];
} bodies[] = {
  { LS_OP_STABLEHLO_ADD, BY_TYPE (add) },
  { LS_OP_STABLEHLO_MULTIPLY, BY_TYPE (multiply) },
  { LS_OP_STABLEHLO_MAXIMUM, BY_TYPE (maximum) },
  { LS_OP_STABLEHLO_MINIMUM, BY_TYPE (minimum) },
};

/* ---- Running ---------------------------------------------------------------------------------
 */

typedef struct
{
  size_t size; /* bytes of an element */
  Apply apply; /* NULL: the update takes the place */
  /* What each dimension of the updates is: one of the operand (window), or of the indices. */
  int operand_dim[LS_MAX_RANK]; /* -1: of the indices */
  ptrdiff_t index_strides[LS_MAX_RANK];
  int n_vector; /* elements of an index vector, `vector_stride` apart */
  ptrdiff_t vector_stride;
  int vector_dims[LS_MAX_RANK]; /* the operand's dimension that an element names */
  ptrdiff_t operand_strides[LS_MAX_RANK];
} Scatter;

/* Where an element of the updates goes, in elements; -1: outside. */
static ptrdiff_t
target (const LsNode *node, const Scatter *s, const int32_t *index)
{
  const LsValue *operand = node->in[0], *updates = node->in[2];
  int64_t at[LS_MAX_RANK] = { 0 };
  ptrdiff_t vector = 0, offset = 0;

  for (int i = 0; i < updates->rank; i++)
    {
      if (s->operand_dim[i] >= 0)
        at[s->operand_dim[i]] += index[i];
      else
        vector += index[i] * s->index_strides[i];
    }
  for (int k = 0; k < s->n_vector; k++)
    {
      const int64_t start = ls_value_int (node->in[1], (size_t) (vector + k * s->vector_stride));

      if (start < -INT32_MAX || start > INT32_MAX)
        return -1;
      at[s->vector_dims[k]] += start;
    }
  for (int i = 0; i < operand->rank; i++)
    {
      if (at[i] < 0 || at[i] >= operand->dims[i])
        return -1;
      offset += (ptrdiff_t) at[i] * s->operand_strides[i];
    }
  return offset;
}

/* Updates may meet, so one thread takes them all, in their order. */
static LsStatus
scatter_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Scatter *s = node->state;
  const LsValue *updates = node->in[2];
  int32_t index[LS_MAX_RANK] = { 0 };

  for (size_t i = 0; i < updates->count; i++)
    {
      const ptrdiff_t to = target (node, s, index);
      const uint8_t *x = (const uint8_t *) updates->data + i * s->size;

      if (to >= 0 && s->apply != NULL)
        s->apply ((uint8_t *) node->out[0]->data + (size_t) to * s->size, x);
      else if (to >= 0)
        memcpy ((uint8_t *) node->out[0]->data + (size_t) to * s->size, x, s->size);
      for (int d = updates->rank - 1; d >= 0; d--)
        {
          if (++index[d] < updates->dims[d])
            break;
          index[d] = 0;
        }
    }
  return LS_OK;
}

/* ---- Preparing -------------------------------------------------------------------------------
 */

static LsStatus
read_body (const LsNode *node, Scatter *s, LsError *error)
{
  const LsSubgraph *body
    = ls_node_subgraph (node, ls_attr_int (node->def, "update_computation_subgraph_index", -1));
  const LsType type = node->in[0]->type;

  if (body == NULL)
    return ls_node_invalid (node, error, "the subgraph with its computation is missing");
  if (body->n_ops == 0)
    return LS_OK;
  for (size_t i = 0; body->n_ops == 1 && i < sizeof bodies / sizeof bodies[0]; i++)
    if (body->ops[0].kind == bodies[i].kind && type < LS_N_TYPES && bodies[i].by_type[type] != NULL)
      {
        s->apply = bodies[i].by_type[type];
        return LS_OK;
      }
  return ls_node_unsupported (node, error, "its computation of %u operators on %s", body->n_ops,
                              ls_type_name (type));
}

/* Says for each dimension of the updates what it is; false when they do not fit. */
static bool
map_dims (const LsNode *node, Scatter *s, const LsList *window, const LsList *inserted,
          int64_t vector_dim)
{
  const LsValue *operand = node->in[0], *indices = node->in[1], *updates = node->in[2];
  ptrdiff_t strides[LS_MAX_RANK];
  int next = 0, batch = 0;

  ls_dense_strides (indices->dims, indices->rank, strides);
  ls_dense_strides (operand->dims, operand->rank, s->operand_strides);
  s->vector_stride = vector_dim < indices->rank ? strides[vector_dim] : 0;
  for (int i = 0; i < updates->rank; i++)
    if (ls_list_has (window, i))
      {
        while (next < operand->rank && ls_list_has (inserted, next))
          next++;
        if (next == operand->rank)
          return false;
        s->operand_dim[i] = next++;
      }
    else
      {
        batch += batch == vector_dim ? 1 : 0;
        if (batch >= indices->rank || indices->dims[batch] != updates->dims[i])
          return false;
        s->operand_dim[i] = -1;
        s->index_strides[i] = strides[batch++];
      }
  batch += batch == vector_dim ? 1 : 0;
  return batch >= indices->rank;
}

static LsStatus
read_dims (const LsNode *node, Scatter *s, LsError *error)
{
  const LsValue *operand = node->in[0], *indices = node->in[1], *updates = node->in[2];
  const int64_t vector_dim = ls_attr_int (node->def, "index_vector_dim", 0);
  LsList window, inserted, names;

  LS_TRY (ls_node_attr_list (node, "update_window_dims", &window, error));
  LS_TRY (ls_node_attr_list (node, "inserted_window_dims", &inserted, error));
  LS_TRY (ls_node_attr_list (node, "scatter_dims_to_operand_dims", &names, error));

  bool fits = vector_dim >= 0 && vector_dim <= indices->rank && names.n <= LS_MAX_RANK
              && window.n + inserted.n == operand->rank
              && names.n == (vector_dim == indices->rank ? 1 : indices->dims[vector_dim]);

  for (int k = 0; fits && k < names.n; k++)
    {
      fits = names.at[k] >= 0 && names.at[k] < operand->rank;
      s->vector_dims[k] = (int) names.at[k];
    }
  s->n_vector = names.n;
  if (fits && map_dims (node, s, &window, &inserted, vector_dim))
    return LS_OK;
  return ls_node_invalid (node, error,
                          "the dimensions of its options do not fit shapes %s, %s"
                          " and %s",
                          LS_SHAPE (operand), LS_SHAPE (indices), LS_SHAPE (updates));
}

static LsStatus
prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 3, 3, 1, error));

  const LsValue *operand = node->in[0];

  LS_TRY (ls_node_types (node, operand, "the operand", LS_BITS_WHOLE, error));
  LS_TRY (ls_node_same_type (node, operand, node->in[2], error));
  LS_TRY (ls_node_types (node, node->in[1], "the indices", LS_BIT (INT32) | LS_BIT (INT64), error));
  LS_TRY (ls_node_output_like (node, 0, operand, error));

  Scatter *s = ls_node_alloc (node, 1, sizeof *s, error);

  if (s == NULL)
    return LS_E_NO_MEMORY;
  node->state = s;
  s->size = ls_element_size (operand->type);
  LS_TRY (read_body (node, s, error));
  LS_TRY (read_dims (node, s, error));
  LS_TRY (ls_view_phase (node, error));
  ls_node_phase (node, scatter_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_stablehlo_scatter = { prepare, LS_OP_IN_PLACE, 1, "all of whole bytes" };
