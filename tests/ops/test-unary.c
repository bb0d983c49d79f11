/* Operators of one input. The expected integers are LiteRT's, the reals the C library's. */
#include "one-op.h"

#include "ops/fixed_math.h"
#include "kernels/real_math.h"

#include <float.h>

static const int8_t bytes[12] = { -128, -100, -50, -20, -3, 0, 1, 7, 30, 64, 100, 127 };
static const int16_t words[12]
  = { -32768, -20000, -9000, -1234, -1, 0, 1, 77, 2048, 12345, 30000, 32767 };

/* One operator from @x with a scale and a zero point to @y with others. */
static bool
gives (int kind, double alpha, LsType type, const void *x, float in_scale, int64_t in_zero,
       const void *y, size_t size, float out_scale, int64_t out_zero)
{
  OneOp one = one_op (kind);

  one_quant (one_input (&one, type, SHAPE (12), x), in_scale, in_zero);
  one_quant (one_output (&one, type, SHAPE (12), y, size), out_scale, out_zero);
  one_float (&one, "alpha", alpha);
  return one_passes (&one);
}

#define GIVES8(kind, alpha, in_scale, in_zero, out_scale, out_zero, ...)                           \
  CHECK (gives (kind, alpha, LS_TYPE_INT8, bytes, in_scale, in_zero, (int8_t[]){ __VA_ARGS__ },    \
                sizeof bytes, out_scale, out_zero))
#define GIVES16(kind, in_scale, out_scale, ...)                                                    \
  CHECK (gives (kind, 0, LS_TYPE_INT16, words, in_scale, 0, (int16_t[]){ __VA_ARGS__ },            \
                sizeof words, out_scale, 0))

static void
bytes_are_the_references (void)
{
  GIVES8 (LS_OP_HARD_SWISH, 0, 0.05f, -3, 0.04f, -10, -10, -10, -16, -18, -10, -8, -7, -3, 22, 74,
          119, 127);
  GIVES8 (LS_OP_LOGISTIC, 0, 0.06f, 4, 1.0f / 256, -128, -128, -128, -118, -79, -26, -15, -11, 11,
          84, 121, 127, 127);
  GIVES8 (LS_OP_RELU6, 0, 0.07f, -20, 0.03f, -128, -128, -128, -128, -128, -88, -81, -79, -65, -11,
          68, 72, 72);
  GIVES8 (LS_OP_LEAKY_RELU, -0.3, 0.05f, 3, 0.06f, 1, 34, 27, 15, 7, 3, 2, 2, 4, 24, 52, 82, 104);
  GIVES8 (LS_OP_RSQRT, 0, 0.01f, -128, 0.05f, -128, 127, -90, -105, -109, -110, -110, -110, -111,
          -112, -114, -115, -115);
  GIVES8 (LS_OP_ABS, 0, 0.05f, 2, 0.03f, -5, 127, 127, 82, 32, 3, -2, -3, 3, 42, 98, 127, 127);
}

static void
words_are_the_references (void)
{
  GIVES16 (LS_OP_LOGISTIC, 0.0003f, 0x1p-15f, 2, 81, 2064, 13386, 16381, 16384, 16387, 16573, 21265,
           31980, 32764, 32766);
  GIVES16 (LS_OP_TANH, 0.0003f, 0x1p-15f, -32767, -32767, -32473, -11605, -11, 0, 11, 758, 17931,
           32729, 32767, 32767);
  GIVES16 (LS_OP_TANH, 0x1p-12f, 0x1p-15f, -32767, -32764, -31968, -9584, -8, 0, 8, 616, 15143,
           32611, 32767, 32767);
  GIVES16 (LS_OP_GELU, 0.0002f, 0.0003f, 0, 0, -215, -331, -1, -1, -1, 25, 899, 8174, 19999, 21844);
  GIVES16 (LS_OP_EXP, 0.0002f, 0.02f, 0, 1, 8, 39, 50, 50, 50, 51, 75, 591, 20168, 32767);
}

static void
root_of_a_negative_number_is_an_error (void)
{
  OneOp one = one_op (LS_OP_SQRT);

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (12), bytes), 0.1f, 0);
  one_quant (one_output (&one, LS_TYPE_INT8, SHAPE (12), bytes, 12), 0.1f, 0);
  CHECK (one_refused (&one, "negative"));
}

static void
missing_scales_are_named (void)
{
  OneOp one = one_op (LS_OP_TANH);

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (12), bytes), 0.1f, 0);
  one_output (&one, LS_TYPE_INT8, SHAPE (12), bytes, 12);
  CHECK (one_refused (&one, "the output is INT8 without quantization"));
}

static void
types_without_a_rule_are_named (void)
{
  OneOp one = one_op (LS_OP_CEIL);

  one_input (&one, LS_TYPE_INT16, SHAPE (12), words);
  one_output (&one, LS_TYPE_INT16, SHAPE (12), words, 24);
  CHECK (one_refused (&one, "INT16"));
}

static void
half_floats_are_rounded_once (void)
{
  static const uint16_t x[] = { 0x3c00, 0xbc00, 0x0000, 0x7c00, 0x4900 }; /* 1, -1, 0, ∞, 10 */
  static const uint16_t y[] = { 0x4170, 0x35e3, 0x3c00, 0x7c00, 0x7561 }; /* exp of them */
  OneOp one = one_op (LS_OP_EXP);

  one_input (&one, LS_TYPE_FLOAT16, SHAPE (5), x);
  one_output (&one, LS_TYPE_FLOAT16, SHAPE (5), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
nothing_in_gives_nothing (void)
{
  OneOp one = one_op (LS_OP_RELU);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (0, 3), words);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (0, 3), words, 0);
  CHECK (one_passes (&one));
}

/* Within @tolerance of the C library's, relative to the result. */
static bool
is_near (float (*fn) (float), double (*exact) (double), float x, double tolerance)
{
  double want = exact ((double) x);
  float got = fn (x), rounded = (float) want;

  if (isnan (want) || isinf (rounded) || isinf (got))
    return isnan (want) ? isnan (got) : got == rounded;
  return fabs ((double) got - want) <= tolerance * fabs (want) + 2e-45;
}

static double
logistic (double x)
{
  return 1.0 / (1.0 + exp (-x));
}

static float
erfc_of (float x)
{
  return ls_erfc_f32 (x);
}

static float
expm1_of (float x)
{
  return ls_expm1_f32 (x);
}

static void
real_functions_are_the_librarys (void)
{
  static const float odd[]
    = { 0.0f,     -0.0f,   INFINITY, -INFINITY, NAN,      FLT_MAX, -FLT_MAX, 1e-40f, -1e-40f,
        88.7228f, 88.723f, -87.3f,   -103.9f,   -103.98f, -104.1f, 0.34f,    0.625f, -0.625f };

  for (int i = -40000; i < 40000 + (int) (sizeof odd / sizeof *odd); i++)
    {
      float x = i < 40000 ? (float) i * 0.0029f : odd[i - 40000];

      CHECK (is_near (ls_exp_f32, exp, x, 3e-7));
      CHECK (is_near (expm1_of, expm1, x, 5e-7));
      CHECK (is_near (ls_tanh_f32, tanh, x, 3e-7));
      CHECK (is_near (ls_logistic_f32, logistic, x, 4e-7));
      CHECK (fabsf (x) > 9.0f || is_near (erfc_of, erfc, x, 1e-5));
      if (test_is_failing)
        {
          printf ("# at %.9g\n", (double) x);
          return;
        }
    }
}

static void
fixed_point_functions_are_near_the_real_ones (void)
{
  const double q31 = 2147483648.0;
  int shift;

  for (int32_t a = -(1 << 30); a <= 0; a += 999983)
    CHECK (fabs (ls_fixed_exp (a, 5) / q31 - exp (a / (double) (1 << 26))) < 1e-6);
  CHECK (ls_fixed_exp (0, 5) == INT32_MAX);
  for (int32_t x = 1 << 19; x < 1 << 29; x += 9999991)
    {
      CHECK (fabs (ls_fixed_log (x) / (double) (1 << 26) - log (x / (double) (1 << 19))) < 1e-6);

      int32_t reciprocal = ls_fixed_reciprocal (x, 12, &shift);

      CHECK (fabs (ldexp (reciprocal / q31, -shift) * (x / (double) (1 << 19)) - 1.0) < 1e-7);
    }
  for (int32_t x = 2; x < 1 << 29; x = x * 3 + 1)
    {
      LsMultiplier m = ls_fixed_inv_sqrt (x);

      CHECK (fabs (ldexp (m.multiplier / q31, m.shift) * sqrt (x) - 1.0) < 1e-5);
    }
}

static void
rescaling_without_branches_is_the_same (void)
{
  uint32_t seed = 1;

  for (int i = 0; i < 200000; i++)
    {
      seed = seed * 1664525u + 1013904223u;

      int32_t x = (int32_t) seed >> (i % 24);
      LsMultiplier m = { (int32_t) (seed * 2654435761u >> 1), i % 40 - 31 };

      CHECK (ls_rescale (x, ls_rescale_from (m)) == ls_mbqm (x, m));
      if (test_is_failing)
        return;
    }
}

int
main (void)
{
  RUN (bytes_are_the_references);
  RUN (words_are_the_references);
  RUN (root_of_a_negative_number_is_an_error);
  RUN (missing_scales_are_named);
  RUN (types_without_a_rule_are_named);
  RUN (half_floats_are_rounded_once);
  RUN (nothing_in_gives_nothing);
  RUN (real_functions_are_the_librarys);
  RUN (fixed_point_functions_are_near_the_real_ones);
  RUN (rescaling_without_branches_is_the_same);
  return done ();
}
