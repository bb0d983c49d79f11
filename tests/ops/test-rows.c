/* SOFTMAX and other operators on rows, SELECT, ADD_N. The expected integers are LiteRT's. */
#include "one-op.h"

static const int8_t bytes[12] = { -128, -100, -50, -20, -3, 0, 1, 7, 30, 64, 100, 127 };

static bool
gives (int kind, LsType from, const void *x, float x_scale, int64_t x_zero, LsType to,
       const void *y, size_t size, float y_scale, int64_t y_zero)
{
  OneOp one = one_op (kind);

  one_quant (one_input (&one, from, SHAPE (3, 4), x), x_scale, x_zero);
  one_quant (one_output (&one, to, SHAPE (3, 4), y, size), y_scale, y_zero);
  one_float (&one, "beta", 1.0);
  return one_passes (&one);
}

static void
integers_are_the_references (void)
{
  static const int16_t words[12]
    = { -25600, -20000, -10000, -4000, -600, 0, 200, 1400, 6000, 12800, 20000, 25400 };
  static const int8_t softmax8[] = { -127, -124, -82, 77, -77, -69, -66, -44, -126, -120, -77, 67 };
  static const int16_t softmax8_16[] = { -32530, -31805, -21032, 19831,  -19744, -17636,
                                         -16861, -11295, -32376, -30624, -19798, 17262 };
  static const int16_t softmax16[]
    = { 43, 229, 4610, 27886, 6194, 7416, 7874, 11285, 79, 611, 5299, 26779 };
  static const int8_t log_softmax[] = { 37, 59, 99, 123, 101, 104, 104, 109, 45, 72, 101, 123 };
  static const uint8_t log_softmax_u[]
    = { 165, 187, 227, 251, 255, 53, 53, 58, 173, 200, 229, 251 };
  static const int8_t l2[] = { -95, -75, -38, -17, -95, -48, -32, 64, 20, 46, 73, 93 };
  static const uint8_t l2_u[] = { 172, 181, 199, 209, 255, 126, 127, 130, 148, 174, 201, 221 };

  CHECK (gives (LS_OP_SOFTMAX, LS_TYPE_INT8, bytes, 0.05f, 3, LS_TYPE_INT8, softmax8,
                sizeof softmax8, 1.0f / 256, -128));
  CHECK (gives (LS_OP_SOFTMAX, LS_TYPE_INT8, bytes, 0.05f, 3, LS_TYPE_INT16, softmax8_16,
                sizeof softmax8_16, 1.0f / 32768, 0));
  CHECK (gives (LS_OP_SOFTMAX, LS_TYPE_INT16, words, 0.0003f, 0, LS_TYPE_INT16, softmax16,
                sizeof softmax16, 1.0f / 32768, 0));
  CHECK (gives (LS_OP_LOG_SOFTMAX, LS_TYPE_INT8, bytes, 0.05f, 3, LS_TYPE_INT8, log_softmax,
                sizeof log_softmax, 1.0f / 16, 127));
  CHECK (gives (LS_OP_LOG_SOFTMAX, LS_TYPE_UINT8, bytes, 0.05f, 3, LS_TYPE_UINT8, log_softmax_u,
                sizeof log_softmax_u, 1.0f / 16, 255));
  CHECK (gives (LS_OP_L2_NORMALIZATION, LS_TYPE_INT8, bytes, 0.05f, 3, LS_TYPE_INT8, l2, sizeof l2,
                1.0f / 128, 0));
  CHECK (gives (LS_OP_L2_NORMALIZATION, LS_TYPE_UINT8, bytes, 0.05f, 3, LS_TYPE_UINT8, l2_u,
                sizeof l2_u, 1.0f / 128, 128));
}

static void
softmax_of_floats_sums_to_one (void)
{
  static const float x[] = { 1, 2, 3, 4, -1000, 0, 0, 1000 };
  static const float y[]
    = { 0.0320586033f, 0.0871443187f, 0.2368828181f, 0.6439142599f, 0, 0, 0, 1 };
  OneOp one = one_op (LS_OP_SOFTMAX);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 4), x);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 4), y, sizeof y);
  one_float (&one, "beta", 1.0);
  one.tolerance = 1e-6;
  CHECK (one_passes (&one));
}

static void
softmax_names_a_wrong_output_scale (void)
{
  OneOp one = one_op (LS_OP_SOFTMAX);

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (12), bytes), 0.1f, 0);
  one_quant (one_output (&one, LS_TYPE_INT8, SHAPE (12), bytes, 12), 0.1f, 0);
  one_float (&one, "beta", 1.0);
  CHECK (one_refused (&one, "has to have the scale 1/256 and the zero point -128"));
}

static void
response_takes_in_both_neighbours (void)
{
  static const float x[] = { 1, 2, 3 }, y[] = { 1.0f / 5, 2.0f / 14, 3.0f / 13 };
  OneOp one = one_op (LS_OP_LOCAL_RESPONSE_NORMALIZATION);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 1, 3), x);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 1, 3), y, sizeof y);
  one_int (&one, "radius", 1);
  one_float (&one, "bias", 0);
  one_float (&one, "alpha", 1);
  one_float (&one, "beta", 1);
  one.tolerance = 1e-6;
  CHECK (one_passes (&one));
}

static void
select_takes_whole_rows (void)
{
  static const bool rows[] = { true, false };
  static const int16_t a[] = { 1, 2, 3, 4, 5, 6 }, b[] = { -1, -2, -3, -4, -5, -6 },
                       y[] = { 1, 2, 3, -4, -5, -6 };
  OneOp one = one_op (LS_OP_SELECT);

  one_input (&one, LS_TYPE_BOOL, SHAPE (2), rows);
  one_input (&one, LS_TYPE_INT16, SHAPE (2, 3), a);
  one_input (&one, LS_TYPE_INT16, SHAPE (2, 3), b);
  one_output (&one, LS_TYPE_INT16, SHAPE (2, 3), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
select_v2_broadcasts_three_ways (void)
{
  static const bool condition[] = { true, false };
  static const float a[] = { 1, 2, 3 }, b = 9, y[] = { 1, 2, 3, 9, 9, 9 };
  OneOp one = one_op (LS_OP_SELECT_V2);

  one_input (&one, LS_TYPE_BOOL, SHAPE (2, 1), condition);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (3), a);
  one_input (&one, LS_TYPE_FLOAT32, SCALAR, &b);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
sums_of_many_need_one_shape (void)
{
  static const int32_t a[] = { 1, 2 }, b[] = { 10, INT32_MAX }, y[] = { 12, INT32_MIN + 3 };
  OneOp one = one_op (LS_OP_ADD_N);

  one_input (&one, LS_TYPE_INT32, SHAPE (2), a);
  one_input (&one, LS_TYPE_INT32, SHAPE (2), b);
  one_input (&one, LS_TYPE_INT32, SHAPE (2), a);
  one_output (&one, LS_TYPE_INT32, SHAPE (2), y, sizeof y);
  CHECK (one_passes (&one));
  one.in[2].dims[0] = 1;
  one.in[2].n_bytes = 4;
  CHECK (one_refused (&one, "input 2 is [1], and input 0 is [2]"));
}

int
main (void)
{
  RUN (integers_are_the_references);
  RUN (softmax_of_floats_sums_to_one);
  RUN (softmax_names_a_wrong_output_scale);
  RUN (response_takes_in_both_neighbours);
  RUN (select_takes_whole_rows);
  RUN (select_v2_broadcasts_three_ways);
  RUN (sums_of_many_need_one_shape);
  return done ();
}
