/* CUMSUM: sums along an axis of all elements before, in the order of reference/cumsum.h. */
#include <string.h>

#include "ops/shape.h"

enum
{
  BLOCK = 1024 /* columns in a unit of work */
};

/* y[j] = a[j] + b[j]; integers wrap. */
typedef void (*Add) (void *y, const void *a, const void *b, size_t n);

#define ADD(name, type)                                                                            \
  static void add_##name (void *y, const void *a, const void *b, size_t n)                         \
  {                                                                                                \
    for (size_t j = 0; j < n; j++)                                                                 \
      ((type *) y)[j] = ((const type *) a)[j] + ((const type *) b)[j];                             \
  }

ADD (f32, float)
ADD (f64, double)
ADD (i32, uint32_t)
ADD (i64, uint64_t)

/* The input as [outer, n, inner]. */
typedef struct
{
  size_t n, inner, blocks, size;
  bool is_exclusive, is_reversed;
  Add add;
} Cumsum;

/* One row of the output is the row before it plus a row of the input. */
static void
sum_block (const Cumsum *c, const uint8_t *x, uint8_t *y, size_t columns)
{
  const size_t row = c->inner * c->size;

  for (size_t i = 0; i < c->n; i++)
    {
      const size_t at = c->is_reversed ? c->n - 1 - i : i,
                   before = c->is_reversed ? at + 1 : at - 1;
      const size_t added = c->is_exclusive ? before : at;

      if (i > 0)
        c->add (y + at * row, y + before * row, x + added * row, columns);
      else if (c->is_exclusive)
        memset (y + at * row, 0, columns * c->size);
      else
        memcpy (y + at * row, x + at * row, columns * c->size);
    }
}

static LsStatus
run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Cumsum *c = node->state;

  for (size_t u = begin; u < end; u++)
    {
      const size_t outer = u / c->blocks, first = u % c->blocks * BLOCK;
      const size_t at = (outer * c->n * c->inner + first) * c->size;

      sum_block (c, (const uint8_t *) node->in[0]->data + at, (uint8_t *) node->out[0]->data + at,
                 c->inner - first < BLOCK ? c->inner - first : BLOCK);
    }
  return LS_OK;
}

static LsStatus
prepare (LsNode *node, LsError *error)
{
  static const Add adders[LS_N_TYPES]
    = { [LS_TYPE_FLOAT32] = add_f32, [LS_TYPE_FLOAT64] = add_f64, [LS_TYPE_INT32] = add_i32,
        [LS_TYPE_UINT32] = add_i32,  [LS_TYPE_INT64] = add_i64,   [LS_TYPE_UINT64] = add_i64 };
  int64_t value = 0;
  int axis = 0;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0];

  LS_TRY (ls_node_same_type (node, in, node->out[0], error));
  if (in->type >= LS_N_TYPES || adders[in->type] == NULL)
    return ls_node_types (node, in, "input", 0, error);
  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_scalar (node, 1, &value, error));
  LS_TRY (ls_node_axis (node, value, in->rank, &axis, error));
  LS_TRY (ls_node_output_like (node, 0, in, error));

  Cumsum *c = ls_node_alloc (node, 1, sizeof *c, error);

  if (c == NULL)
    return LS_E_NO_MEMORY;
  node->state = c;
  c->n = (size_t) in->dims[axis];
  c->inner = ls_dims_product (in->dims, axis + 1, in->rank);
  c->blocks = (c->inner + BLOCK - 1) / BLOCK;
  c->size = ls_element_size (in->type);
  c->is_exclusive = ls_attr_int (node->def, "exclusive", 0) != 0;
  c->is_reversed = ls_attr_int (node->def, "reverse", 0) != 0;
  c->add = adders[in->type];
  if (in->count > 0)
    ls_node_phase (node, run, ls_dims_product (in->dims, 0, axis) * c->blocks,
                   ls_grain (c->n * (c->inner < BLOCK ? c->inner : BLOCK) * c->size));
  return LS_OK;
}

const LsOp ls_op_cumsum = { prepare, 0, 1, "float32, float64, int32, uint32, int64, uint64" };
