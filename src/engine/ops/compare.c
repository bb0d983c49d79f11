/*
 * EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL.
 *
 * 8-bit integers with scales are put on a common grid of 1/256 first, and so are 16-bit ones for
 * EQUAL and NOT_EQUAL. Sources: tflite/kernels/comparisons.cc, internal/reference/comparisons.h,
 * string_comparisons.h.
 */
#include "ops/binary.h"
#include "ops/strings.h"

#define EXPR_equal(a, b) ((a) == (b))
#define EXPR_not_equal(a, b) ((a) != (b))
#define EXPR_less(a, b) ((a) < (b))
#define EXPR_less_equal(a, b) ((a) <= (b))
#define EXPR_greater(a, b) ((a) > (b))
#define EXPR_greater_equal(a, b) ((a) >= (b))

#define DEFINE_PLAIN(op, TYPE, T, U) LS_BINARY_LOOP (op##_##TYPE, T, T, uint8_t, , EXPR_##op (a, b))

#define SETUP const LsElementParams q = s->params
#define ON_GRID(x, zero, to) ls_rescale ((int32_t) ((uint32_t) (x - zero) << q.left_shift), to)
#define DEFINE_QUANTIZED(op, TYPE, T)                                                              \
  LS_BINARY_LOOP (op##_quantized_##TYPE, T, T, uint8_t, SETUP,                                     \
                  EXPR_##op (ON_GRID (a, q.zero_a, q.a), ON_GRID (b, q.zero_b, q.b)))

#define DEFINE_COMPARISON(op)                                                                      \
  LS_EACH_INTEGER (DEFINE_PLAIN, op)                                                               \
  DEFINE_PLAIN (op, FLOAT64, double, double)                                                       \
  LS_KERNEL_LOOP (op##_FLOAT32, op##_f32)                                                          \
  DEFINE_PLAIN (op, BOOL, bool, bool)                                                              \
  DEFINE_QUANTIZED (op, INT8, int8_t)                                                              \
  DEFINE_QUANTIZED (op, UINT8, uint8_t)                                                            \
  DEFINE_QUANTIZED (op, INT16, int16_t)                                                            \
  static const LsBinaryLoop op##_loops[LS_N_TYPES]                                                 \
    = { LS_EACH_INTEGER (LS_LOOP_ENTRY, op) LS_REAL_ENTRIES (op)[LS_TYPE_BOOL] = op##_BOOL };      \
  static const LsBinaryLoop op##_quantized_loops[LS_N_TYPES]                                       \
    = { [LS_TYPE_INT8] = op##_quantized_INT8,                                                      \
        [LS_TYPE_UINT8] = op##_quantized_UINT8,                                                    \
        [LS_TYPE_INT16] = op##_quantized_INT16 };

DEFINE_COMPARISON (equal)
DEFINE_COMPARISON (not_equal)
DEFINE_COMPARISON (less)
DEFINE_COMPARISON (less_equal)
DEFINE_COMPARISON (greater)
DEFINE_COMPARISON (greater_equal)

/* The grid of one input, of the steps 1/256 of its real values. */
static LsStatus
plan_grid (const LsNode *node, const LsValue *value, const char *what, LsRescale *rescale,
           int32_t *zero, LsError *error)
{
  LS_TRY (ls_node_scale (node, value, what, error));
  *rescale = ls_rescale_below_one (ls_quantize_multiplier ((double) value->scale));
  *zero = value->zero_point;
  return LS_OK;
}

static LsStatus
plan (LsNode *node, LsBinary *binary, const LsBinaryLoop plain[LS_N_TYPES],
      const LsBinaryLoop quantized[LS_N_TYPES], bool has_wide, LsError *error)
{
  const LsValue *a = node->in[0], *b = node->in[1];

  if (node->out[0]->type != LS_TYPE_BOOL)
    return ls_binary_unsupported (node, error);
  if (!ls_stands_for_reals (a) || (a->type == LS_TYPE_INT16 && !has_wide))
    return ls_binary_choose (node, binary, plain, error);
  LS_TRY (plan_grid (node, a, "input 0", &binary->params.a, &binary->params.zero_a, error));
  LS_TRY (plan_grid (node, b, "input 1", &binary->params.b, &binary->params.zero_b, error));
  binary->params.left_shift = 8;
  binary->cost = LS_COST_RESCALE;
  return ls_binary_choose (node, binary, quantized, error);
}

static LsStatus
run_strings (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsBinary *binary = node->state;
  const LsValue *a = node->in[0], *b = node->in[1];
  const bool is_equal = node->def->kind == LS_OP_EQUAL;
  bool *y = node->out[0]->data;
  LsStrings texts_a, texts_b;

  if (!ls_strings_open (a->data, a->n_bytes, &texts_a)
      || !ls_strings_open (b->data, b->n_bytes, &texts_b))
    return ls_node_fail (node, LS_E_FORMAT, "a string tensor's offsets leave its buffer");
  for (LsRun r = ls_run_begin (&binary->plan, begin, end); r.length > 0; ls_run_next (&r))
    for (size_t i = 0; i < r.length; i++)
      y[r.out + i] = ls_strings_equal (ls_strings_get (&texts_a, r.in[0] + i * r.step[0]),
                                       ls_strings_get (&texts_b, r.in[1] + i * r.step[1]))
                     == is_equal;
  return LS_OK;
}

/* Strings are only compared for equality. */
static LsStatus
plan_equality (LsNode *node, LsBinary *binary, const LsBinaryLoop plain[LS_N_TYPES],
               const LsBinaryLoop quantized[LS_N_TYPES], LsError *error)
{
  if (node->in[0]->type != LS_TYPE_STRING)
    return plan (node, binary, plain, quantized, true, error);
  if (node->in[1]->type != LS_TYPE_STRING || node->out[0]->type != LS_TYPE_BOOL)
    return ls_binary_unsupported (node, error);
  binary->run = run_strings;
  binary->cost = LS_COST_FUNCTION;
  return LS_OK;
}

LsStatus
ls_plan_equal (LsNode *node, LsBinary *binary, LsError *error)
{
  return plan_equality (node, binary, equal_loops, equal_quantized_loops, error);
}

LsStatus
ls_plan_not_equal (LsNode *node, LsBinary *binary, LsError *error)
{
  return plan_equality (node, binary, not_equal_loops, not_equal_quantized_loops, error);
}

#define DEFINE_PLANNER(op)                                                                         \
  LsStatus ls_plan_##op (LsNode *node, LsBinary *binary, LsError *error)                           \
  {                                                                                                \
    return plan (node, binary, op##_loops, op##_quantized_loops, false, error);                    \
  }
DEFINE_PLANNER (less)
DEFINE_PLANNER (less_equal)
DEFINE_PLANNER (greater)
DEFINE_PLANNER (greater_equal)
