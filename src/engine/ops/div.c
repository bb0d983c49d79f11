/*
 * DIV, FLOOR_DIV and FLOOR_MOD. Division of integers by 0 ends the run, as in the reference.
 *
 * Sources: tflite/kernels/div.cc, floor_div.cc, floor_mod.cc, internal/reference/div.h,
 * floor_div.h, floor_mod.h.
 */
#include "ops/arithmetic.h"
#include "ops/fixed_math.h"

#include <math.h>

static const char division_by_zero[] = "an element is divided by zero";

/* Quotient rounded towards zero; the least number divided by -1 wraps. */
#define QUOTIENT(T, U) (b == 0 ? 0 : b == (T) -1 ? (T) (0 - (U) a) : (T) (a / b))
#define UNSIGNED_QUOTIENT(T, U) (b == 0 ? 0 : a / b)
#define REST(T) (b == 0 || b == (T) -1 ? 0 : (T) (a % b))
#define NOTE_ZERO (is_bad |= b == 0)

#define CLAMPED(T, value)                                                                          \
  ({                                                                                               \
    T v = (T) (value);                                                                             \
    v = v < low ? low : v;                                                                         \
    high < v ? high : v;                                                                           \
  })
#define LIMITS(T) const T low = (T) s->low, high = (T) s->high

/* Rounded towards minus infinity. */
#define FLOOR_QUOTIENT(T, U)                                                                       \
  ((T) (QUOTIENT (T, U) - ((REST (T) != 0 && (a < 0) != (b < 0)) ? 1 : 0)))
/* The rest has the sign of the divisor. */
#define FLOOR_REST(T)                                                                              \
  ({                                                                                               \
    T r = REST (T);                                                                                \
    r != 0 && (b < 0) != (r < 0) ? (T) (r + b) : r;                                                \
  })

#define DEFINE_SIGNED(TYPE, T, U)                                                                  \
  LS_BINARY_LOOP (div_##TYPE, T, T, T, LIMITS (T), (NOTE_ZERO, CLAMPED (T, QUOTIENT (T, U))))      \
  LS_BINARY_LOOP (floor_div_##TYPE, T, T, T, , (NOTE_ZERO, FLOOR_QUOTIENT (T, U)))                 \
  LS_BINARY_LOOP (floor_mod_##TYPE, T, T, T, , (NOTE_ZERO, FLOOR_REST (T)))
#define DEFINE_UNSIGNED(TYPE, T)                                                                   \
  LS_BINARY_LOOP (div_##TYPE, T, T, T, LIMITS (T),                                                 \
                  (NOTE_ZERO, CLAMPED (T, UNSIGNED_QUOTIENT (T, T))))                              \
  LS_BINARY_LOOP (floor_div_##TYPE, T, T, T, , (NOTE_ZERO, UNSIGNED_QUOTIENT (T, T)))              \
  LS_BINARY_LOOP (floor_mod_##TYPE, T, T, T, , (NOTE_ZERO, b == 0 ? 0 : a % b))

DEFINE_SIGNED (INT8, int8_t, uint32_t)
DEFINE_SIGNED (INT16, int16_t, uint32_t)
DEFINE_SIGNED (INT32, int32_t, uint32_t)
DEFINE_SIGNED (INT64, int64_t, uint64_t)
DEFINE_UNSIGNED (UINT8, uint8_t)
DEFINE_UNSIGNED (UINT16, uint16_t)
DEFINE_UNSIGNED (UINT32, uint32_t)
DEFINE_UNSIGNED (UINT64, uint64_t)
LS_KERNEL_LOOP (div_FLOAT32, div_f32)
LS_BINARY_LOOP (div_FLOAT64, double, double, double, const double low = s->params.min;
                const double high = s->params.max, CLAMPED (double, a / b))
LS_BINARY_LOOP (div_COMPLEX64, _Complex float, _Complex float, _Complex float, , a / b)
LS_BINARY_LOOP (div_COMPLEX128, _Complex double, _Complex double, _Complex double, , a / b)
LS_BINARY_LOOP (floor_div_FLOAT32, float, float, float, ,
                (NOTE_ZERO, floor ((double) a / (double) b)))
LS_BINARY_LOOP (floor_div_FLOAT64, double, double, double, , (NOTE_ZERO, floor (a / b)))

static inline double
floor_rest (double a, double b)
{
  double rest = fmod (a, b);

  return rest != 0 && (b < 0) != (rest < 0) ? rest + b : rest;
}

static inline float
floor_rest_f32 (float a, float b)
{
  float rest = fmodf (a, b);

  return rest != 0 && (b < 0) != (rest < 0) ? rest + b : rest;
}

LS_BINARY_LOOP (floor_mod_FLOAT32, float, float, float, , floor_rest_f32 (a, b))
LS_BINARY_LOOP (floor_mod_FLOAT64, double, double, double, , floor_rest (a, b))

#define NUMBERS(op)                                                                                \
  {                                                                                                \
    LS_EACH_INTEGER (LS_LOOP_ENTRY, op) LS_REAL_ENTRIES (op)                                       \
  }
static const LsBinaryLoop floor_div_loops[LS_N_TYPES] = NUMBERS (floor_div);
static const LsBinaryLoop floor_mod_loops[LS_N_TYPES] = NUMBERS (floor_mod);
static const LsBinaryLoop div_loops[LS_N_TYPES] = {
  LS_EACH_INTEGER (LS_LOOP_ENTRY, div) LS_REAL_ENTRIES (div) /**/
    [LS_TYPE_COMPLEX64]
  = div_COMPLEX64,
  [LS_TYPE_COMPLEX128] = div_COMPLEX128,
};

/* Sign bits beside the one that is needed. */
static inline int
headroom (int32_t x)
{
  return x == 0 ? 31 : __builtin_clrsb (x);
}

static inline int32_t
divide (int32_t a, int32_t b, const LsBinary *s)
{
  int shift;

  if (b < 0)
    {
      a = -a;
      b = -b;
    }

  int32_t inverse = ls_fixed_reciprocal (b, 31, &shift);
  int room = headroom (a);
  int32_t quotient = ls_srdhm ((int32_t) ((uint32_t) a << room), inverse);
  int right = shift + room - s->multiplier.shift;
  int32_t y = ls_rdbpot (ls_srdhm (quotient, s->multiplier.multiplier), right);

  return ls_clamp_i32 ((int32_t) ((uint32_t) y + (uint32_t) s->params.zero_y), s->params.low,
                       s->params.high);
}

#define NOTE_ZERO_POINT (is_bad |= b == s->params.zero_b)
#define DEFINE_QUANTIZED(TYPE, T)                                                                  \
  LS_BINARY_LOOP (quantized_##TYPE, T, T, T, ,                                                     \
                  (NOTE_ZERO_POINT, b == s->params.zero_b                                          \
                                      ? 0                                                          \
                                      : divide (a - s->params.zero_a, b - s->params.zero_b, s)))
DEFINE_QUANTIZED (INT8, int8_t)
DEFINE_QUANTIZED (UINT8, uint8_t)
DEFINE_QUANTIZED (INT16, int16_t)

static const LsBinaryLoop quantized_loops[LS_N_TYPES] = {
  [LS_TYPE_INT8] = quantized_INT8,
  [LS_TYPE_UINT8] = quantized_UINT8,
  [LS_TYPE_INT16] = quantized_INT16,
};

/* Narrow integers without scales run the same arithmetic with a multiplier of 0. The reference
 * does so, and what comes out is not the quotient; it is kept as it is. */
static LsStatus
plan_without_scales (LsNode *node, LsBinary *binary, LsError *error)
{
  LsActivation activation;
  LsIntRange range;

  LS_TRY (ls_node_activation (node, &activation, error));
  LS_TRY (ls_activation_int_range (node, node->out[0], activation, &range, error));
  binary->params.low = range.min;
  binary->params.high = range.max;
  return ls_binary_choose_same (node, binary, quantized_loops, error);
}

LsStatus
ls_plan_div (LsNode *node, LsBinary *binary, LsError *error)
{
  const float a = node->in[0]->scale, b = node->in[1]->scale, y = node->out[0]->scale;

  LS_TRY (ls_binary_type_of_inputs (node, binary, error));
  binary->complaint = division_by_zero;
  if (quantized_loops[node->in[0]->type] == NULL)
    {
      LS_TRY (ls_plain_activation (node, binary, error));
      return ls_binary_choose_same (node, binary, div_loops, error);
    }
  binary->cost = LS_COST_FUNCTION;
  if (!ls_is_quantized (node->in[0]))
    return plan_without_scales (node, binary, error);
  LS_TRY (ls_binary_quantized (node, binary, error));
  binary->multiplier = ls_quantize_multiplier ((double) (a / (b * y)));
  return ls_binary_choose_same (node, binary, quantized_loops, error);
}

LsStatus
ls_plan_floor_div (LsNode *node, LsBinary *binary, LsError *error)
{
  binary->complaint = division_by_zero;
  binary->cost = LS_COST_RESCALE;
  return ls_binary_choose_same (node, binary, floor_div_loops, error);
}

LsStatus
ls_plan_floor_mod (LsNode *node, LsBinary *binary, LsError *error)
{
  binary->complaint = division_by_zero;
  binary->cost = LS_COST_FUNCTION;
  return ls_binary_choose_same (node, binary, floor_mod_loops, error);
}
