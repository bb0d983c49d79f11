/* Operators of two inputs. The expected quantized integers are LiteRT's. */
#include "one-op.h"

#include <float.h>
#include <limits.h>

static const int8_t left[12] = { -128, -100, -50, -20, -3, 0, 1, 7, 30, 64, 100, 127 },
                    right[12] = { 5, -7, 100, -128, 127, 1, -1, 33, -60, 2, 90, -45 };

static bool
gives (int kind, LsType type, const void *y, float y_scale)
{
  OneOp one = one_op (kind);

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (12), left), 0.05f, 3);
  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (12), right), 0.02f, -4);
  one_quant (one_output (&one, type, SHAPE (12), y, 12), y_scale, -10);
  return one_passes (&one);
}

#define GIVES(kind, ...) CHECK (gives (kind, LS_TYPE_INT8, (int8_t[]){ __VA_ARGS__ }, 0.04f))

static void
bytes_are_the_references (void)
{
  GIVES (LS_OP_ADD, -128, -128, -24, -101, 48, -11, -11, 14, -4, 69, 127, 125);
  GIVES (LS_OP_SUB, -128, -128, -128, 23, -83, -16, -14, -24, 52, 63, 64, 127);
  GIVES (LS_OP_MUL, -39, -2, -128, 61, -30, -10, -10, -6, -48, -1, 127, -128);
  GIVES (LS_OP_DIV, -128, 127, -42, 2, -13, -48, -52, -3, -40, 127, 54, -128);
  GIVES (LS_OP_SQUARED_DIFFERENCE, 127, 127, 127, 34, 127, -8, -9, -3, 127, 127, 127, 127);
  GIVES (LS_OP_PRELU, -39, -2, -128, 61, -30, -10, -10, -5, 24, 66, 111, 127);
  CHECK (gives (LS_OP_LESS, LS_TYPE_BOOL, (uint8_t[]){ 1, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0 }, 0));
}

static void
power_of_two_scales_shift_one_input (void)
{
  static const int16_t a[12]
    = { -32768, -20000, -9000, -1234, -1, 0, 1, 77, 2048, 12345, 30000, 32767 },
    b[12] = { 32767, 30000, 12345, 2048, 77, 1, 0, -1, -1234, -9000, -20000, -32768 },
    y[12] = { 24575, 25000, 10095, 1739, 77, 1, 0, 18, -722, -5914, -12500, -24576 };
  OneOp one = one_op (LS_OP_ADD);

  one_quant (one_input (&one, LS_TYPE_INT16, SHAPE (12), a), 0x1p-12f, 0);
  one_quant (one_input (&one, LS_TYPE_INT16, SHAPE (12), b), 0x1p-10f, 0);
  one_quant (one_output (&one, LS_TYPE_INT16, SHAPE (12), y, sizeof y), 0x1p-10f, 0);
  CHECK (one_passes (&one));
}

/* Plain numbers of one type, @n of them. */
#define PLAIN(kind, TYPE, T, n, a, b, y, attribute, value)                                         \
  do                                                                                               \
    {                                                                                              \
      OneOp one = one_op (kind);                                                                   \
      one_input (&one, TYPE, SHAPE (n), a);                                                        \
      one_input (&one, TYPE, SHAPE (n), b);                                                        \
      one_output (&one, TYPE, SHAPE (n), y, n * sizeof (T));                                       \
      one_int (&one, attribute, value);                                                            \
      CHECK (one_passes (&one));                                                                   \
    }                                                                                              \
  while (0)

static void
plain_integers_wrap (void)
{
  static const int32_t a[] = { INT32_MAX, INT32_MIN, 70000, 5 }, b[] = { 1, -1, 70000, -7 };
  static const int32_t sum[] = { INT32_MIN, INT32_MAX, 140000, -2 };
  static const int32_t product[] = { INT32_MAX, INT32_MIN, 605032704, -35 };
  static const int32_t quotient[] = { INT32_MAX, INT32_MIN, 1, -1 };
  static const int32_t rest[] = { 0, 0, 0, -2 };

  PLAIN (LS_OP_ADD, LS_TYPE_INT32, int32_t, 4, a, b, sum, "none", 0);
  PLAIN (LS_OP_MUL, LS_TYPE_INT32, int32_t, 4, a, b, product, "none", 0);
  PLAIN (LS_OP_FLOOR_DIV, LS_TYPE_INT32, int32_t, 4, a, b, quotient, "none", 0);
  PLAIN (LS_OP_FLOOR_MOD, LS_TYPE_INT32, int32_t, 4, a, b, rest, "none", 0);
}

static void
activation_is_fused (void)
{
  static const float a[] = { -3, 2, 5, INFINITY }, b[] = { 1, 1, 4, 1 }, relu6[] = { 0, 3, 6, 6 },
                     none[] = { -2, 3, 9, FLT_MAX };

  PLAIN (LS_OP_ADD, LS_TYPE_FLOAT32, float, 4, a, b, relu6, "fused_activation_function", 3);
  /* Without an activation the reference still clamps to finite numbers. */
  PLAIN (LS_OP_ADD, LS_TYPE_FLOAT32, float, 4, a, b, none, "fused_activation_function", 0);
}

static void
unsigned_integers_wrap (void)
{
  static const uint64_t a[] = { UINT64_MAX, 1 }, b[] = { 0, UINT64_MAX }, y[] = { UINT64_MAX, 0 };
  static const uint16_t p[] = { 65535, 3 }, q[] = { 65535, 4 }, pq[] = { 1, 12 };

  PLAIN (LS_OP_ADD, LS_TYPE_UINT64, uint64_t, 2, a, b, y, "none", 0);
  PLAIN (LS_OP_MUL, LS_TYPE_UINT16, uint16_t, 2, p, q, pq, "none", 0);
}

static void
inputs_broadcast (void)
{
  static const float a[] = { 1, 2, 3, 4, 5, 6 }, b[] = { 10, 20 },
                     y[] = { 11, 12, 13, 21, 22, 23, 14, 15, 16, 24, 25, 26 };
  OneOp one = one_op (LS_OP_ADD);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 1, 3), a);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (2, 1), b);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 2, 3), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
shapes_that_do_not_broadcast_are_named (void)
{
  static const float x[6];
  OneOp one = one_op (LS_OP_MUL);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), x);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2), x);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), x, sizeof x);
  CHECK (one_refused (&one, "input 0 [2, 3] and input 1 [2] do not broadcast"));
}

static void
division_by_zero_is_an_error (void)
{
  static const int32_t x[] = { 1, 2 }, zero[] = { 1, 0 };
  OneOp one = one_op (LS_OP_DIV);

  one_input (&one, LS_TYPE_INT32, SHAPE (2), x);
  one_input (&one, LS_TYPE_INT32, SHAPE (2), zero);
  one_output (&one, LS_TYPE_INT32, SHAPE (2), x, sizeof x);
  CHECK (one_refused (&one, "divided by zero"));
}

static void
half_floats_saturate (void)
{
  static const uint16_t a[] = { 0x7bff, 0x3c00, 0xfbff }, b[] = { 0x7bff, 0x3c01, 0xfbff },
                        y[] = { 0x7bff, 0x4000, 0xfbff };

  PLAIN (LS_OP_ADD, LS_TYPE_FLOAT16, uint16_t, 3, a, b, y, "none", 0);
}

static void
shifts_stay_within_the_width (void)
{
  static const int8_t x[] = { -128, 64, 5 }, by[] = { 9, -3, 1 }, y[] = { -1, 64, 2 };

  PLAIN (LS_OP_RIGHT_SHIFT, LS_TYPE_INT8, int8_t, 3, x, by, y, "none", 0);
}

static void
whole_powers_are_products (void)
{
  static const float x[] = { -2, 3, 1e30f }, cube[] = { -8, 27, FLT_MAX };
  static const float exponent = 3;
  OneOp one = one_op (LS_OP_POW);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (3), x);
  one_input (&one, LS_TYPE_FLOAT32, SCALAR, &exponent);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (3), cube, sizeof cube);
  CHECK (one_passes (&one));
}

/* A file may call the result FLOAT32: the reference computes in the type of the inputs. */
static void
sums_take_the_type_of_their_inputs (void)
{
  static const int8_t y[12] = { -128, -128, -24, -101, 48, -11, -11, 14, -4, 69, 127, 125 };
  OneOp one = one_op (LS_OP_ADD), product = one_op (LS_OP_MUL);
  bool passes;

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (12), left), 0.05f, 3);
  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (12), right), 0.02f, -4);
  product = one;
  product.kind = LS_OP_MUL;
  one_quant (one_output (&one, LS_TYPE_FLOAT32, SHAPE (12), y, sizeof y), 0.04f, -10);
  CHECK (one_run (&one, false, 1, &passes) == LS_OK);

  LsModel *model = one_model (&one, true);
  LsSession *session = NULL;
  LsPort port;

  CHECK (ls_session_new (model, NULL, &session, NULL) == LS_OK);
  CHECK (ls_session_output (session, 0, &port) && port.type == LS_TYPE_INT8);
  ls_session_free (session);
  ls_model_free (model);

  one_quant (one_output (&product, LS_TYPE_FLOAT32, SHAPE (12), y, sizeof y), 0.04f, -10);
  CHECK (one_refused (&product, "INT8"));
  one.out[0].type = LS_TYPE_INT8;
  CHECK (one_passes (&one));
}

/* Few channels, many pixels: a constant on either side. */
static void
constants_of_few_channels_are_repeated (void)
{
  enum
  {
    PIXELS = 9 * 62,
    CHANNELS = 3
  };
  static int32_t x[PIXELS * CHANNELS], minus[PIXELS * CHANNELS], from[PIXELS * CHANNELS];
  static const int32_t constant[CHANNELS] = { 100, -7, 3 };
  OneOp one = one_op (LS_OP_SUB), other = one_op (LS_OP_SUB);

  for (int32_t i = 0; i < PIXELS * CHANNELS; i++)
    {
      x[i] = i * 31 % 997;
      minus[i] = x[i] - constant[i % CHANNELS];
      from[i] = constant[i % CHANNELS] - x[i];
    }
  one_input (&one, LS_TYPE_INT32, SHAPE (1, 9, 62, CHANNELS), x);
  one_constant (&one, LS_TYPE_INT32, SHAPE (CHANNELS), constant);
  one_output (&one, LS_TYPE_INT32, SHAPE (1, 9, 62, CHANNELS), minus, sizeof minus);
  CHECK (one_passes (&one));
  one_constant (&other, LS_TYPE_INT32, SHAPE (1, CHANNELS), constant);
  one_input (&other, LS_TYPE_INT32, SHAPE (1, 9, 62, CHANNELS), x);
  one_output (&other, LS_TYPE_INT32, SHAPE (1, 9, 62, CHANNELS), from, sizeof from);
  CHECK (one_passes (&other));
}

int
main (void)
{
  RUN (bytes_are_the_references);
  RUN (constants_of_few_channels_are_repeated);
  RUN (power_of_two_scales_shift_one_input);
  RUN (plain_integers_wrap);
  RUN (activation_is_fused);
  RUN (unsigned_integers_wrap);
  RUN (inputs_broadcast);
  RUN (shapes_that_do_not_broadcast_are_named);
  RUN (division_by_zero_is_an_error);
  RUN (sums_take_the_type_of_their_inputs);
  RUN (half_floats_saturate);
  RUN (shifts_stay_within_the_width);
  RUN (whole_powers_are_products);
  return done ();
}
