/* CAST, BITCAST, QUANTIZE, DEQUANTIZE, FAKE_QUANT. The expected integers are LiteRT's. */
#include "one-op.h"

#include <complex.h>
#include <limits.h>

static const int8_t bytes[12] = { -128, -100, -50, -20, -3, 0, 1, 7, 30, 64, 100, 127 };

#define CONVERTS(kind, FROM, x, TO, y)                                                             \
  do                                                                                               \
    {                                                                                              \
      OneOp one = one_op (kind);                                                                   \
      one_input (&one, LS_TYPE_##FROM, SHAPE (sizeof x / sizeof *x), x);                           \
      one_output (&one, LS_TYPE_##TO, SHAPE (sizeof x / sizeof *x), y, sizeof y);                  \
      CHECK (one_passes (&one));                                                                   \
    }                                                                                              \
  while (0)

static void
casts_to_integers_saturate (void)
{
  static const float x[] = { -1e30f, -1.9f, 1.9f, 300, INFINITY, NAN };
  static const int8_t int8[] = { -128, -1, 1, 127, 127, 127 };
  static const uint32_t uint32[] = { 0, 0, 1, 300, UINT32_MAX, UINT32_MAX };
  static const bool truth[] = { true, true, true, true, true, true };

  CONVERTS (LS_OP_CAST, FLOAT32, x, INT8, int8);
  CONVERTS (LS_OP_CAST, FLOAT32, x, UINT32, uint32);
  CONVERTS (LS_OP_CAST, FLOAT32, x, BOOL, truth);
}

static void
casts_between_integers_lose_high_bits (void)
{
  static const int32_t x[] = { 300, -1, 128, INT32_MIN };
  static const int8_t int8[] = { 44, -1, -128, 0 };
  static const uint64_t uint64[] = { 300, UINT64_MAX, 128, 0xffffffff80000000 },
                        huge[] = { UINT64_MAX, 1ull << 63 };
  static const float large[] = { 0x1p64f, 0x1p63f };

  CONVERTS (LS_OP_CAST, INT32, x, INT8, int8);
  CONVERTS (LS_OP_CAST, INT32, x, UINT64, uint64);
  CONVERTS (LS_OP_CAST, UINT64, huge, FLOAT32, large);
}

static void
packed_integers_are_cast (void)
{
  static const uint8_t int4[] = { 0x78, 0x0f }; /* -8, 7, -1 */
  static const float x[] = { -8, 7, -1 }, far[] = { -9.5f, 7.9f, -1.5f };
  OneOp one = one_op (LS_OP_CAST);

  one_input (&one, LS_TYPE_INT4, SHAPE (3), int4);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (3), x, sizeof x);
  CHECK (one_passes (&one));
  one = one_op (LS_OP_CAST);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (3), far);
  one_output (&one, LS_TYPE_INT4, SHAPE (3), int4, sizeof int4);
  CHECK (one_passes (&one));
}

static void
complex_numbers_lose_their_imaginary_part (void)
{
  static const float _Complex x[] = { 2.5f + 1.0f * I, -3.0f };
  static const int32_t y[] = { 2, -3 };

  CONVERTS (LS_OP_CAST, COMPLEX64, x, INT32, y);
}

static void
bitcast_moves_bytes_between_dimensions (void)
{
  static const int32_t x[] = { 0x04030201, 0x08070605 };
  static const uint8_t y[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
  OneOp one = one_op (LS_OP_BITCAST);

  one_input (&one, LS_TYPE_INT32, SHAPE (2), x);
  one_output (&one, LS_TYPE_UINT8, SHAPE (2, 4), y, sizeof y);
  CHECK (one_passes (&one));
  one = one_op (LS_OP_BITCAST);
  one_input (&one, LS_TYPE_UINT8, SHAPE (2, 4), y);
  one_output (&one, LS_TYPE_INT32, SHAPE (2), x, sizeof x);
  CHECK (one_passes (&one));
  one = one_op (LS_OP_BITCAST);
  one_input (&one, LS_TYPE_UINT8, SHAPE (4, 2), y);
  one_output (&one, LS_TYPE_INT32, SHAPE (4), x, sizeof x);
  CHECK (one_refused (&one, "the last dimension of [4, 2] has to be 4"));
}

static void
floats_are_quantized_half_away_from_zero (void)
{
  static const float x[] = { -1e9f, -1.25f, -0.5f, -0.49f, 0.5f, 1.5f, 2.5f, 1e9f };
  static const int8_t y[] = { -128, -2, 0, 0, 2, 4, 6, 127 };
  OneOp one = one_op (LS_OP_QUANTIZE);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (8), x);
  one_quant (one_output (&one, LS_TYPE_INT8, SHAPE (8), y, sizeof y), 0.5f, 1);
  CHECK (one_passes (&one));
}

static void
integers_are_requantized (void)
{
  static const int8_t int8[] = { -114, -94, -58, -36, -24, -22, -21, -17, -1, 24, 49, 69 };
  static const int16_t int16[]
    = { -6550, -5150, -2650, -1150, -300, -150, -100, 200, 1350, 3050, 4850, 6200 };
  OneOp one = one_op (LS_OP_QUANTIZE);

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (12), bytes), 0.05f, 3);
  one_quant (one_output (&one, LS_TYPE_INT8, SHAPE (12), int8, sizeof int8), 0.07f, -20);
  CHECK (one_passes (&one));
  one_quant (one_fill (&one.out[0], LS_TYPE_INT16, SHAPE (12), int16, sizeof int16), 0.001f, 0);
  CHECK (one_passes (&one));
}

/* A tensor with three channels along its last dimension but one. */
static LsSession *
by_channel (LsModel **model, int kind, LsType from, LsType to)
{
  static const float scales[] = { 1, 2, 4 };
  static const int64_t zero_points[] = { 0, 1, 2 };
  static const LsQuantization quant = {
    .n_scales = 3, .n_zero_points = 3, .scales = scales, .zero_points = zero_points, .axis = 1
  };
  OneOp one = one_op (kind);
  LsSession *session = NULL;

  one_input (&one, from, SHAPE (2, 3, 1), bytes);
  one_output (&one, to, SHAPE (2, 3, 1), bytes, 0);
  *model = one_model (&one, false);
  ls_model_tensor (*model, 0, from == LS_TYPE_FLOAT32 ? 1 : 0)->quant = &quant;
  CHECK (ls_session_new (*model, NULL, &session, NULL) == LS_OK);
  return session;
}

static void
channels_have_their_own_scales (void)
{
  static const int8_t stored[] = { 5, 5, 5, -1, -1, -1 };
  static const float real[] = { 5, 8, 12, -1, -4, -12 };
  LsArray in = { LS_TYPE_FLOAT32, 3, { 2, 3, 1 }, (void *) real, sizeof real }, out;
  LsModel *model;
  LsSession *session = by_channel (&model, LS_OP_QUANTIZE, LS_TYPE_FLOAT32, LS_TYPE_INT8);

  CHECK (ls_session_set_input (session, 0, &in, NULL) == LS_OK);
  CHECK (ls_session_run (session, NULL) == LS_OK);
  CHECK (ls_session_get_output (session, 0, &out, NULL) == LS_OK);
  CHECK (memcmp (out.data, stored, sizeof stored) == 0);
  ls_session_free (session);
  ls_model_free (model);

  in = (LsArray){ LS_TYPE_INT8, 3, { 2, 3, 1 }, (void *) stored, sizeof stored };
  session = by_channel (&model, LS_OP_DEQUANTIZE, LS_TYPE_INT8, LS_TYPE_FLOAT32);
  CHECK (ls_session_set_input (session, 0, &in, NULL) == LS_OK);
  CHECK (ls_session_run (session, NULL) == LS_OK);
  CHECK (ls_session_get_output (session, 0, &out, NULL) == LS_OK);
  CHECK (memcmp (out.data, real, sizeof real) == 0);
  ls_session_free (session);
  ls_model_free (model);
}

static void
scales_that_are_no_numbers_are_refused (void)
{
  static const float x[12];
  OneOp one = one_op (LS_OP_DEQUANTIZE);

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (12), bytes), NAN, 0);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (12), x, sizeof x);
  CHECK (one_refused (&one, "has a scale of nan"));
}

static void
fake_quantization_rounds_to_steps (void)
{
  static const float x[] = { -1e9f, -1.25f, -0.5f, -0.49f, 0.5f, 1.5f, 2.5f, 1e9f },
                     y[] = { -1, -1, -0.4f, -0.4f, 0.6f, 1.6f, 2, 2 };
  OneOp one = one_op (LS_OP_FAKE_QUANT);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (8), x);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (8), y, sizeof y);
  one_float (&one, "min", -1);
  one_float (&one, "max", 2);
  one_int (&one, "num_bits", 4);
  one.tolerance = 1e-6;
  CHECK (one_passes (&one));
}

int
main (void)
{
  RUN (casts_to_integers_saturate);
  RUN (casts_between_integers_lose_high_bits);
  RUN (packed_integers_are_cast);
  RUN (complex_numbers_lose_their_imaginary_part);
  RUN (bitcast_moves_bytes_between_dimensions);
  RUN (floats_are_quantized_half_away_from_zero);
  RUN (integers_are_requantized);
  RUN (channels_have_their_own_scales);
  RUN (scales_that_are_no_numbers_are_refused);
  RUN (fake_quantization_rounds_to_steps);
  return done ();
}
