#include "ops/binary.h"

#include <string.h>

#include "base/half.h"
#include "ops/shape.h"

enum
{
  BLOCK = 256 /* elements of a 16-bit float that are widened at a time */
};

/* 16-bit floats: widened, computed, and rounded unless the output has another type (bool). */
#define DEFINE_WIDENED(name, widen, narrow)                                                        \
  static bool name (const LsBinary *binary, const void *in_a, size_t step_a, const void *in_b,     \
                    size_t step_b, void *out, size_t n)                                            \
  {                                                                                                \
    const uint16_t *a = in_a, *b = in_b;                                                           \
    const bool is_narrow = binary->y_size == sizeof (uint16_t);                                    \
    float wide_a[BLOCK], wide_b[BLOCK], wide_y[BLOCK];                                             \
    bool is_fine = true;                                                                           \
                                                                                                   \
    for (size_t at = 0; at < n; at += BLOCK)                                                       \
      {                                                                                            \
        const size_t count = n - at < BLOCK ? n - at : BLOCK;                                      \
        uint8_t *y = (uint8_t *) out + at * binary->y_size;                                        \
                                                                                                   \
        for (size_t i = 0; i < count; i++)                                                         \
          {                                                                                        \
            wide_a[i] = widen (a[(at + i) * step_a]);                                              \
            wide_b[i] = widen (b[(at + i) * step_b]);                                              \
          }                                                                                        \
        is_fine &= binary->wide_loop (binary, wide_a, 1, wide_b, 1,                                \
                                      is_narrow ? (void *) wide_y : y, count);                     \
        for (size_t i = 0; i < count && is_narrow; i++)                                            \
          ((uint16_t *) (void *) y)[i] = narrow (wide_y[i]);                                       \
      }                                                                                            \
    return is_fine;                                                                                \
  }

DEFINE_WIDENED (run_half, ls_half_to_float, ls_half_from_float)
DEFINE_WIDENED (run_bfloat16, ls_bfloat16_to_float, ls_bfloat16_from_float)

LsStatus
ls_binary_unsupported (const LsNode *node, LsError *error)
{
  return ls_node_unsupported (node, error, "types %s and %s to %s",
                              ls_type_name (node->in[0]->type), ls_type_name (node->in[1]->type),
                              ls_type_name (node->out[0]->type));
}

LsStatus
ls_binary_choose (const LsNode *node, LsBinary *binary, const LsBinaryLoop loops[LS_N_TYPES],
                  LsError *error)
{
  LsType type = node->in[0]->type;

  LS_TRY (ls_node_same_type (node, node->in[0], node->in[1], error));
  binary->loop = loops[type];
  if (type == LS_TYPE_FLOAT16 || type == LS_TYPE_BFLOAT16)
    {
      binary->wide_loop = loops[LS_TYPE_FLOAT32];
      if (binary->wide_loop != NULL)
        binary->loop = type == LS_TYPE_FLOAT16 ? run_half : run_bfloat16;
    }
  return binary->loop != NULL ? LS_OK : ls_binary_unsupported (node, error);
}

LsStatus
ls_binary_choose_same (const LsNode *node, LsBinary *binary, const LsBinaryLoop loops[LS_N_TYPES],
                       LsError *error)
{
  LS_TRY (ls_node_same_type (node, node->in[0], node->out[0], error));
  return ls_binary_choose (node, binary, loops, error);
}

LsStatus
ls_binary_type_of_inputs (LsNode *node, LsBinary *binary, LsError *error)
{
  LS_TRY (ls_node_same_type (node, node->in[0], node->in[1], error));
  LS_TRY (ls_node_output_type (node, 0, node->in[1]->type, error));
  binary->y_size = ls_element_size (node->out[0]->type);
  return LS_OK;
}

LsStatus
ls_binary_quantized (LsNode *node, LsBinary *binary, LsError *error)
{
  const LsValue *a = node->in[0], *b = node->in[1], *y = node->out[0];
  LsActivation activation;
  LsIntRange range;

  LS_TRY (ls_node_scale (node, a, "input 0", error));
  LS_TRY (ls_node_scale (node, b, "input 1", error));
  LS_TRY (ls_node_scale (node, y, "the output", error));
  LS_TRY (ls_node_activation (node, &activation, error));
  LS_TRY (ls_activation_int_range (node, y, activation, &range, error));
  binary->params.zero_a = a->zero_point;
  binary->params.zero_b = b->zero_point;
  binary->params.zero_y = y->zero_point;
  binary->params.low = range.min;
  binary->params.high = range.max;
  binary->cost = LS_COST_RESCALE;
  return LS_OK;
}

/* How many runs of @length make one long enough that walking costs little: a divisor of @count. */
static size_t
runs_together (size_t count, size_t length)
{
  enum
  {
    LONG = 512 /* elements */
  };
  size_t n = length < LONG ? LONG / length : 1;

  n = n < count ? n : count;
  while (count % n != 0)
    n--;
  return n;
}

/*
 * A constant over channels, of which there may be few, against pixels, of which there are many: the
 * constant is repeated until a run of it is worth a loop.
 */
static LsStatus
repeat_constant (LsNode *node, LsBinary *binary, uint32_t k, LsError *error)
{
  LsBroadcast *plan = &binary->plan;
  const LsValue *constant = node->in[k];
  const size_t size = k == 0 ? binary->a_size : binary->b_size;

  if (plan->n_levels != 2 || !constant->is_constant || constant->data == NULL
      || constant->count != plan->sizes[1] || plan->strides[k][0] != 0 || plan->strides[k][1] != 1
      || plan->strides[1 - k][1] != 1)
    return LS_OK;

  const size_t n = runs_together (plan->sizes[0], plan->sizes[1]);
  unsigned char *copies = ls_node_alloc (node, n * constant->count, size, error);

  if (copies == NULL)
    return LS_E_NO_MEMORY;
  for (size_t i = 0; i < n; i++)
    memcpy (copies + i * constant->count * size, constant->data, constant->count * size);
  binary->repeated[k] = copies;
  plan->sizes[0] /= n;
  plan->sizes[1] *= n;
  plan->strides[1 - k][0] *= n;
  return LS_OK;
}

static LsStatus
binary_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsBinary *binary = node->state;
  const uint8_t *a = binary->repeated[0] != NULL ? binary->repeated[0] : node->in[0]->data;
  const uint8_t *b = binary->repeated[1] != NULL ? binary->repeated[1] : node->in[1]->data;
  uint8_t *y = node->out[0]->data;
  bool is_fine = true;

  for (LsRun r = ls_run_begin (&binary->plan, begin, end); r.length > 0; ls_run_next (&r))
    is_fine &= binary->loop (binary, a + r.in[0] * binary->a_size, r.step[0],
                             b + r.in[1] * binary->b_size, r.step[1], y + r.out * binary->y_size,
                             r.length);
  if (!is_fine)
    return ls_node_fail (node, LS_E_INVALID, "%s", binary->complaint);
  return LS_OK;
}

LsStatus
ls_binary_prepare (LsNode *node, LsBinaryPlanner planner, LsError *error)
{
  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  LsBinary *binary = ls_node_alloc (node, 1, sizeof *binary, error);

  if (binary == NULL)
    return LS_E_NO_MEMORY;
  LS_TRY (ls_broadcast_node (&binary->plan, node, 2, error));
  binary->a_size = ls_element_size (node->in[0]->type);
  binary->b_size = ls_element_size (node->in[1]->type);
  binary->y_size = ls_element_size (node->out[0]->type);
  binary->cost = LS_COST_MOVE;
  LS_TRY (planner (node, binary, error));
  node->state = binary;
  LS_TRY (ls_node_output (node, 0, binary->plan.rank, binary->plan.dims, error));
  for (uint32_t k = 0; binary->run == NULL && k < 2; k++)
    LS_TRY (repeat_constant (node, binary, k, error));
  ls_node_phase (node, binary->run != NULL ? binary->run : binary_run, binary->plan.count,
                 ls_element_grain (binary->cost));
  return LS_OK;
}

#define BINARY(NAME, stem, version, planner, types)                                                \
  static LsStatus stem##_prepare (LsNode *node, LsError *error)                                    \
  {                                                                                                \
    return ls_binary_prepare (node, planner, error);                                               \
  }                                                                                                \
  const LsOp ls_op_##stem = { stem##_prepare, LS_OP_IN_PLACE, version, types };
#include "ops/binary.def"
#undef BINARY
