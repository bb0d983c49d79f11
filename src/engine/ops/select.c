/*
 * SELECT and SELECT_V2: elements of one input where a condition holds, else of another.
 *
 * SELECT takes a condition of the same shape, a scalar, or one for each element of the first
 * dimension; SELECT_V2 broadcasts all three. Sources: tflite/kernels/select.cc,
 * internal/reference/select.h.
 */
#include "kernels/elements.h"
#include "ops/broadcast.h"
#include "ops/elementwise.h"
#include "ops/shape.h"

#include <string.h>

typedef struct
{
  uint8_t bytes[16];
} Bytes16;

typedef void (*Loop) (const uint8_t *condition, size_t step_c, const void *a, size_t step_a,
                      const void *b, size_t step_b, void *y, size_t n);

typedef struct
{
  LsBroadcast plan;
  Loop loop;
  size_t size;
} Select;

#define DEFINE_LOOP(name, T)                                                                       \
  static void name (const uint8_t *condition, size_t step_c, const void *in_a, size_t step_a,      \
                    const void *in_b, size_t step_b, void *out, size_t n)                          \
  {                                                                                                \
    const T *a = in_a, *b = in_b;                                                                  \
    T *y = out;                                                                                    \
                                                                                                   \
    if (step_c != 0 && step_a != 0 && step_b != 0 && sizeof (T) == 1)                              \
      ls_elements ()->select_1 (condition, a, b, y, n);                                            \
    else if (step_c != 0 && step_a != 0 && step_b != 0 && sizeof (T) == 4)                         \
      ls_elements ()->select_4 (condition, a, b, y, n);                                            \
    else                                                                                           \
      for (size_t i = 0; i < n; i++)                                                               \
        y[i] = condition[i * step_c] ? a[i * step_a] : b[i * step_b];                              \
  }
DEFINE_LOOP (select_1, uint8_t)
DEFINE_LOOP (select_2, uint16_t)
DEFINE_LOOP (select_4, uint32_t)
DEFINE_LOOP (select_8, uint64_t)
DEFINE_LOOP (select_16, Bytes16)

static LsStatus
select_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Select *s = node->state;
  const uint8_t *condition = node->in[0]->data, *a = node->in[1]->data, *b = node->in[2]->data;
  uint8_t *y = node->out[0]->data;

  for (LsRun r = ls_run_begin (&s->plan, begin, end); r.length > 0; ls_run_next (&r))
    s->loop (condition + r.in[0], r.step[0], a + r.in[1] * s->size, r.step[1],
             b + r.in[2] * s->size, r.step[2], y + r.out * s->size, r.length);
  return LS_OK;
}

static Loop
loop_of (size_t size)
{
  switch (size)
    {
    case 1:
      return select_1;
    case 2:
      return select_2;
    case 4:
      return select_4;
    case 8:
      return select_8;
    case 16:
      return select_16;
    default:
      return NULL;
    }
}

/* The condition of SELECT in the shape that broadcasts: a row's condition stands in the first
 * dimension. */
static LsStatus
plan_rows (LsNode *node, Select *s, LsError *error)
{
  const LsValue *condition = node->in[0], *a = node->in[1], *b = node->in[2];
  int32_t dims[LS_MAX_RANK];
  int rank = condition->rank;

  if (!ls_same_dims (a, b))
    return ls_node_invalid (node, error, "inputs 1 %s and 2 %s have different shapes", LS_SHAPE (a),
                            LS_SHAPE (b));
  memcpy (dims, condition->dims, sizeof dims);
  if (rank == 1 && a->rank > 1)
    for (rank = a->rank; rank > 1; rank--)
      dims[rank - 1] = 1;
  if (rank == 1)
    rank = a->rank;
  if (condition->rank > 1 ? !ls_same_dims (condition, a)
                          : condition->rank == 1 && (a->rank == 0 || dims[0] != a->dims[0]))
    return ls_node_invalid (node, error, "condition %s does not fit %s", LS_SHAPE (condition),
                            LS_SHAPE (a));
  ls_broadcast_plan (&s->plan, 3, (int[]){ rank, a->rank, b->rank },
                     (const int32_t *[]){ dims, a->dims, b->dims }, NULL);
  return LS_OK;
}

/* Mixtures of scalars and single elements keep the shape that the model states. */
static bool
is_single (const LsNode *node)
{
  const LsTensor *y = node->out[0]->tensor;
  size_t count;

  return node->in[0]->count == 1 && node->in[1]->count == 1 && node->in[2]->count == 1 && y != NULL
         && y->rank <= LS_MAX_RANK && ls_count (&count, y->dims, y->rank) && count == 1;
}

static LsStatus
prepare (LsNode *node, bool has_rows, LsError *error)
{
  LS_TRY (ls_node_arity (node, 3, 3, 1, error));
  LS_TRY (ls_node_types (node, node->in[0], "the condition", LS_BIT (BOOL), error));
  LS_TRY (ls_node_same_type (node, node->in[1], node->in[2], error));
  LS_TRY (ls_node_same_type (node, node->in[1], node->out[0], error));

  Select *s = ls_node_alloc (node, 1, sizeof *s, error);

  if (s == NULL)
    return LS_E_NO_MEMORY;
  s->size = ls_element_size (node->in[1]->type);
  s->loop = loop_of (s->size);
  if (s->loop == NULL)
    return ls_node_unsupported (node, error, "type %s", ls_type_name (node->in[1]->type));
  if (has_rows && !is_single (node))
    LS_TRY (plan_rows (node, s, error));
  else
    LS_TRY (ls_broadcast_node (&s->plan, node, 3, error));
  node->state = s;
  if (is_single (node))
    LS_TRY (
      ls_node_output (node, 0, node->out[0]->tensor->rank, node->out[0]->tensor->dims, error));
  else
    LS_TRY (ls_node_output (node, 0, s->plan.rank, s->plan.dims, error));
  ls_node_phase (node, select_run, s->plan.count, ls_element_grain (LS_COST_MOVE));
  return LS_OK;
}

static LsStatus
select_prepare (LsNode *node, LsError *error)
{
  return prepare (node, true, error);
}

static LsStatus
select_v2_prepare (LsNode *node, LsError *error)
{
  return prepare (node, false, error);
}

const LsOp ls_op_select = { select_prepare, 0, 4, "types of whole bytes" };
const LsOp ls_op_select_v2 = { select_v2_prepare, 0, 2, "types of whole bytes" };
