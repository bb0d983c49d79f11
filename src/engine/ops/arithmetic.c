/*
 * ADD, SUB, MUL, MAXIMUM, MINIMUM, SQUARED_DIFFERENCE and ATAN2 of plain numbers. Integers wrap.
 *
 * Sources: tflite/kernels/add.cc, sub.cc, mul.cc, maximum_minimum.cc, squared_difference.cc,
 * atan2.cc, stablehlo_elementwise.h, internal/common.h (ActivationFunctionWithMinMax).
 */
#include "ops/arithmetic.h"

#include <math.h>

/* `u` forms avoid overflow of signed types; floats use themselves for U. */
#define EXPR_add(T, U) ((U) a + (U) b)
#define EXPR_sub(T, U) ((U) a - (U) b)
#define EXPR_mul(T, U) ((U) a * (U) b)
#define EXPR_max(T, U) (a > b ? a : b)
#define EXPR_min(T, U) (a < b ? a : b)
#define EXPR_squared_difference(T, U) (((U) (T) ((U) a - (U) b)) * ((U) (T) ((U) a - (U) b)))

/* NaN passes a clamp. */
#define CLAMPED(T, value)                                                                          \
  ({                                                                                               \
    T v = (T) (value);                                                                             \
    v = v < low ? low : v;                                                                         \
    high < v ? high : v;                                                                           \
  })
#define DEFINE_CLAMPED_INTEGER(op, TYPE, T, U)                                                     \
  LS_BINARY_LOOP (op##_##TYPE, T, T, T, const T low = (T) s->low;                                  \
                  const T high = (T) s->high, CLAMPED (T, EXPR_##op (T, U)))
#define CLAMPED_REAL(op)                                                                           \
  LS_BINARY_LOOP (op##_FLOAT64, double, double, double, const double low = s->params.min;          \
                  const double high = s->params.max, CLAMPED (double, EXPR_##op (double, double))) \
  LS_KERNEL_LOOP (op##_FLOAT32, op##_f32)
#define DEFINE_PLAIN(op, TYPE, T, U) LS_BINARY_LOOP (op##_##TYPE, T, T, T, , EXPR_##op (T, U))
#define PLAIN_REAL(op)                                                                             \
  DEFINE_PLAIN (op, FLOAT64, double, double)                                                       \
  LS_KERNEL_LOOP (op##_FLOAT32, op##_f32)

LS_EACH_INTEGER (DEFINE_CLAMPED_INTEGER, add)
LS_EACH_INTEGER (DEFINE_CLAMPED_INTEGER, sub)
LS_EACH_INTEGER (DEFINE_CLAMPED_INTEGER, mul)
CLAMPED_REAL (add)
CLAMPED_REAL (sub)
CLAMPED_REAL (mul)
LS_EACH_INTEGER (DEFINE_PLAIN, max)
LS_EACH_INTEGER (DEFINE_PLAIN, min)
LS_EACH_INTEGER (DEFINE_PLAIN, squared_difference)
PLAIN_REAL (max)
PLAIN_REAL (min)
PLAIN_REAL (squared_difference)
#define DEFINE_COMPLEX(op)                                                                         \
  DEFINE_PLAIN (op, COMPLEX64, _Complex float, _Complex float)                                     \
  DEFINE_PLAIN (op, COMPLEX128, _Complex double, _Complex double)
DEFINE_COMPLEX (add)
DEFINE_COMPLEX (sub)
DEFINE_COMPLEX (mul)
LS_BINARY_LOOP (atan2_FLOAT32, float, float, float, , atan2f (a, b))
LS_BINARY_LOOP (atan2_FLOAT64, double, double, double, , atan2 (a, b))
/* Bools count as 0 and 1; what is not 0 becomes 1. */
LS_BINARY_LOOP (or_BOOL, uint8_t, uint8_t, uint8_t, , (a | b) != 0)
LS_BINARY_LOOP (and_BOOL, uint8_t, uint8_t, uint8_t, , a != 0 && b != 0)

#define NUMBERS(op) LS_EACH_INTEGER (LS_LOOP_ENTRY, op) LS_REAL_ENTRIES (op)
#define COMPLEX(op) [LS_TYPE_COMPLEX64] = op##_COMPLEX64, [LS_TYPE_COMPLEX128] = op##_COMPLEX128,

static const LsBinaryLoop add_loops[LS_N_TYPES]
  = { NUMBERS (add) COMPLEX (add)[LS_TYPE_BOOL] = or_BOOL };
static const LsBinaryLoop sub_loops[LS_N_TYPES] = { NUMBERS (sub) COMPLEX (sub) };
static const LsBinaryLoop mul_loops[LS_N_TYPES]
  = { NUMBERS (mul) COMPLEX (mul)[LS_TYPE_BOOL] = and_BOOL };
static const LsBinaryLoop max_loops[LS_N_TYPES] = { NUMBERS (max)[LS_TYPE_BOOL] = or_BOOL };
static const LsBinaryLoop min_loops[LS_N_TYPES] = { NUMBERS (min)[LS_TYPE_BOOL] = and_BOOL };
static const LsBinaryLoop squared_difference_loops[LS_N_TYPES] = { NUMBERS (squared_difference) };
static const LsBinaryLoop atan2_loops[LS_N_TYPES]
  = { [LS_TYPE_FLOAT32] = atan2_FLOAT32, [LS_TYPE_FLOAT64] = atan2_FLOAT64 };

/* The least and the largest number of an integer type of up to 64 bits. */
static void
type_limits (LsType type, int64_t *low, int64_t *high)
{
  unsigned bits = ls_type_bits (type);
  bool is_unsigned = type == LS_TYPE_UINT8 || type == LS_TYPE_UINT16 || type == LS_TYPE_UINT32;

  /* UINT64 is compared as it is stored: its loop reads -1 as the largest. */
  if (type == LS_TYPE_UINT64)
    {
      *low = 0;
      *high = -1;
    }
  else if (is_unsigned)
    {
      *low = 0;
      *high = (INT64_C (1) << bits) - 1;
    }
  else
    {
      *high = (int64_t) (UINT64_MAX >> (65 - bits));
      *low = -*high - 1;
    }
}

LsStatus
ls_plain_activation (LsNode *node, LsBinary *binary, LsError *error)
{
  const float half_max = 65504.0f, bfloat16_max = 0x1.fep127f;
  LsType type = node->out[0]->type;
  LsActivation activation;

  LS_TRY (ls_node_activation (node, &activation, error));
  LsFloatRange range = ls_activation_float_range (activation);
  if (type == LS_TYPE_FLOAT64 && activation == LS_ACTIVATION_NONE)
    range = (LsFloatRange){ -INFINITY, INFINITY };
  if (type == LS_TYPE_FLOAT16 || type == LS_TYPE_BFLOAT16)
    {
      float largest = type == LS_TYPE_FLOAT16 ? half_max : bfloat16_max;

      range.min = fmaxf (range.min, -largest);
      range.max = fminf (range.max, largest);
    }
  binary->params.min = range.min;
  binary->params.max = range.max;
  if (!ls_type_is_integer (type))
    return LS_OK;
  type_limits (type, &binary->low, &binary->high);
  if (activation == LS_ACTIVATION_RELU || activation == LS_ACTIVATION_RELU6)
    binary->low = 0;
  if (activation == LS_ACTIVATION_RELU_N1_TO_1)
    binary->low = -1;
  if (activation == LS_ACTIVATION_RELU6 || activation == LS_ACTIVATION_RELU_N1_TO_1)
    binary->high = activation == LS_ACTIVATION_RELU6 ? 6 : 1;
  return LS_OK;
}

static LsStatus
plan_clamped (LsNode *node, LsBinary *binary, const LsBinaryLoop loops[LS_N_TYPES], LsError *error)
{
  LS_TRY (ls_plain_activation (node, binary, error));
  return ls_binary_choose_same (node, binary, loops, error);
}

LsStatus
ls_plan_add (LsNode *node, LsBinary *binary, LsError *error)
{
  LS_TRY (ls_binary_type_of_inputs (node, binary, error));
  if (ls_stands_for_reals (node->in[0]))
    return ls_plan_quantized_sum (node, binary, false, error);
  return plan_clamped (node, binary, add_loops, error);
}

LsStatus
ls_plan_sub (LsNode *node, LsBinary *binary, LsError *error)
{
  LS_TRY (ls_binary_type_of_inputs (node, binary, error));
  if (ls_stands_for_reals (node->in[0]))
    return ls_plan_quantized_sum (node, binary, true, error);
  return plan_clamped (node, binary, sub_loops, error);
}

LsStatus
ls_plan_mul (LsNode *node, LsBinary *binary, LsError *error)
{
  if (ls_stands_for_reals (node->out[0]))
    return ls_plan_quantized_mul (node, binary, error);
  return plan_clamped (node, binary, mul_loops, error);
}

LsStatus
ls_plan_squared_difference (LsNode *node, LsBinary *binary, LsError *error)
{
  LS_TRY (ls_binary_type_of_inputs (node, binary, error));
  if (ls_stands_for_reals (node->in[0]))
    return ls_plan_quantized_squared_difference (node, binary, error);
  return ls_binary_choose_same (node, binary, squared_difference_loops, error);
}

/* The StableHLO forms know no activation. */
static void
no_limits (const LsNode *node, LsBinary *binary)
{
  binary->params.min = -INFINITY;
  binary->params.max = INFINITY;
  type_limits (node->out[0]->type, &binary->low, &binary->high);
}

LsStatus
ls_plan_plain_add (LsNode *node, LsBinary *binary, LsError *error)
{
  no_limits (node, binary);
  return ls_binary_choose_same (node, binary, add_loops, error);
}

LsStatus
ls_plan_plain_mul (LsNode *node, LsBinary *binary, LsError *error)
{
  no_limits (node, binary);
  return ls_binary_choose_same (node, binary, mul_loops, error);
}

LsStatus
ls_plan_maximum (LsNode *node, LsBinary *binary, LsError *error)
{
  LS_TRY (ls_binary_type_of_inputs (node, binary, error));
  return ls_binary_choose_same (node, binary, max_loops, error);
}

LsStatus
ls_plan_minimum (LsNode *node, LsBinary *binary, LsError *error)
{
  LS_TRY (ls_binary_type_of_inputs (node, binary, error));
  return ls_binary_choose_same (node, binary, min_loops, error);
}

/* The reference does not broadcast: the output has the shape of input 0, and input 1, when it has
 * as many elements at least, is read in order, whatever its shape. With fewer it broadcasts here.
 */
LsStatus
ls_plan_atan2 (LsNode *node, LsBinary *binary, LsError *error)
{
  const LsValue *y = node->in[0], *x = node->in[1];

  if (!binary->plan.is_same && y->rank == x->rank && x->count >= y->count)
    ls_broadcast_plan (&binary->plan, 2, (int[]){ y->rank, y->rank },
                       (const int32_t *[]){ y->dims, y->dims }, NULL);
  binary->cost = LS_COST_FUNCTION;
  return ls_binary_choose_same (node, binary, atan2_loops, error);
}
