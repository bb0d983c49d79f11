/* Operators that copy boxes: permuted, cut, joined, padded, repeated. */
#include "one-op.h"

static const float sixteen[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

static void
transpose_permutes (void)
{
  const int32_t perm[] = { 2, 0, -2 };
  const float y[] = { 0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11 };
  OneOp one = one_op (LS_OP_TRANSPOSE);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 3, 2), sixteen);
  one_constant (&one, LS_TYPE_INT32, SHAPE (3), perm);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 2, 3), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
transpose_refuses_a_repeated_dimension (void)
{
  const int32_t perm[] = { 0, 0 };
  OneOp one = one_op (LS_OP_TRANSPOSE);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (5, 1), sixteen);
  one_constant (&one, LS_TYPE_INT32, SHAPE (2), perm);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (5, 5), sixteen, 0);
  CHECK (one_refused (&one, "has dimension 0 twice"));
}

static void
four_bit_elements_are_moved (void)
{
  const int32_t perm[] = { 1, 0 };
  const uint8_t x[] = { 0x10, 0x32, 0x54, 0x76, 0x08 }; /* 0 1 2 / 3 4 5 / 6 7 8 */
  const uint8_t y[] = { 0x30, 0x16, 0x74, 0x52, 0x08 }; /* 0 3 6 / 1 4 7 / 2 5 8 */
  OneOp one = one_op (LS_OP_TRANSPOSE);

  one_input (&one, LS_TYPE_INT4, SHAPE (3, 3), x);
  one_constant (&one, LS_TYPE_INT32, SHAPE (2), perm);
  one_output (&one, LS_TYPE_INT4, SHAPE (3, 3), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
strings_are_moved (void)
{
  static const struct
  {
    int32_t n, at[4];
    char text[6];
  } x = { 3, { 20, 21, 23, 26 }, "abbccc" };
  static const struct
  {
    int32_t n, at[3];
    char text[5];
  } y = { 2, { 16, 18, 21 }, "bbccc" };
  const int32_t begin[] = { 1 }, size[] = { -1 };
  OneOp one = one_op (LS_OP_SLICE);

  one_input (&one, LS_TYPE_STRING, SHAPE (3), &x)->n_bytes = 26;
  one_constant (&one, LS_TYPE_INT32, SHAPE (1), begin);
  one_constant (&one, LS_TYPE_INT32, SHAPE (1), size);
  one_output (&one, LS_TYPE_STRING, SHAPE (2), &y, 21);
  CHECK (one_passes (&one));
}

static void
reshape_finds_the_open_dimension (void)
{
  const int32_t shape[] = { 2, -1, 2 };
  OneOp one = one_op (LS_OP_RESHAPE);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (3, 4), sixteen);
  one_constant (&one, LS_TYPE_INT32, SHAPE (3), shape);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 3, 2), sixteen, 48);
  CHECK (one_passes (&one));
  one.in[0].dims[0] = 2;
  one.in[0].n_bytes = 32;
  one.out[0] = (OneValue){ .rank = 3, .dims = { 2, 2, 2 }, .data = sixteen, .n_bytes = 32 };
  CHECK (one_passes (&one));
  one.in[0].dims[1] = 3;
  one.in[0].n_bytes = 24;
  CHECK (one_refused (&one, "does not hold the 6 elements of [2, 3]"));
}

static void
strided_slice_follows_its_masks (void)
{
  const int32_t begin[] = { 0, 0, -1 }, end[] = { 0, 0, 0 }, strides[] = { 1, 1, -2 };
  const float y[] = { 3, 1, 7, 5, 11, 9, 15, 13 };
  OneOp one = one_op (LS_OP_STRIDED_SLICE);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 2, 4), sixteen);
  one_constant (&one, LS_TYPE_INT32, SHAPE (3), begin);
  one_constant (&one, LS_TYPE_INT32, SHAPE (3), end);
  one_constant (&one, LS_TYPE_INT32, SHAPE (3), strides);
  one_int (&one, "ellipsis_mask", 2);
  one_int (&one, "new_axis_mask", 1);
  one_int (&one, "end_mask", 4);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 2, 2, 2), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
strided_slice_refuses_an_index_outside (void)
{
  const int32_t begin[] = { 2 }, end[] = { 3 }, strides[] = { 1 };
  OneOp one = one_op (LS_OP_STRIDED_SLICE);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2), sixteen);
  one_constant (&one, LS_TYPE_INT32, SHAPE (1), begin);
  one_constant (&one, LS_TYPE_INT32, SHAPE (1), end);
  one_constant (&one, LS_TYPE_INT32, SHAPE (1), strides);
  one_int (&one, "shrink_axis_mask", 1);
  one_output (&one, LS_TYPE_FLOAT32, SCALAR, sixteen, 4);
  CHECK (one_refused (&one, "index 2 with stride 1 is outside a dimension of 2"));
}

static void
uint8_of_other_scales_is_rescaled (void)
{
  const uint8_t a[] = { 0, 10, 20, 200 }, b[] = { 1, 2, 3, 4 };
  const uint8_t y[] = { 0, 10, 20, 200, 130, 132, 134, 136 };
  OneOp one = one_op (LS_OP_CONCATENATION);

  one_quant (one_input (&one, LS_TYPE_UINT8, SHAPE (2, 2), a), 0.5f, 128);
  one_quant (one_input (&one, LS_TYPE_UINT8, SHAPE (2, 2), b), 1.0f, 0);
  one_int (&one, "axis", 0);
  one_quant (one_output (&one, LS_TYPE_UINT8, SHAPE (4, 2), y, sizeof y), 0.5f, 128);
  CHECK (one_passes (&one));
}

static void
pads_are_filled (void)
{
  const int32_t paddings[] = { 1, 0, 0, 2 };
  const int8_t x[] = { 1, 2, 3, 4 }, y[] = { -7, -7, -7, -7, 1, 2, -7, -7, 3, 4, -7, -7 };
  OneOp one = one_op (LS_OP_PAD);

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (2, 2), x), 0.1f, -7);
  one_constant (&one, LS_TYPE_INT32, SHAPE (2, 2), paddings);
  one_quant (one_output (&one, LS_TYPE_INT8, SHAPE (3, 4), y, sizeof y), 0.1f, -7);
  CHECK (one_passes (&one));

  const int64_t wide[] = { 0, 0, 2, 1 };
  const float mirrored[] = { 2, 1, 0, 1, 2, 1, 5, 4, 3, 4, 5, 4 };
  OneOp mirror = one_op (LS_OP_MIRROR_PAD);

  one_input (&mirror, LS_TYPE_FLOAT32, SHAPE (2, 3), sixteen);
  one_constant (&mirror, LS_TYPE_INT64, SHAPE (2, 2), wide);
  one_int (&mirror, "mode", 0);
  one_output (&mirror, LS_TYPE_FLOAT32, SHAPE (2, 6), mirrored, sizeof mirrored);
  CHECK (one_passes (&mirror));
}

/* Blocks of 3 with margins that leave different elements inside for different offsets. */
static void
space_to_batch_and_back (void)
{
  const int32_t block[] = { 3 }, margins[] = { 2, 2 };
  const float x[] = { 1, 2, 3, 4, 5 }, y[] = { 0, 2, 5, 0, 3, 0, 1, 4, 0 };
  OneOp there = one_op (LS_OP_SPACE_TO_BATCH_ND), back = one_op (LS_OP_BATCH_TO_SPACE_ND);

  one_input (&there, LS_TYPE_FLOAT32, SHAPE (1, 5, 1), x);
  one_constant (&there, LS_TYPE_INT32, SHAPE (1), block);
  one_constant (&there, LS_TYPE_INT32, SHAPE (1, 2), margins);
  one_output (&there, LS_TYPE_FLOAT32, SHAPE (3, 3, 1), y, sizeof y);
  CHECK (one_passes (&there));
  one_input (&back, LS_TYPE_FLOAT32, SHAPE (3, 3, 1), y);
  one_constant (&back, LS_TYPE_INT32, SHAPE (1), block);
  one_constant (&back, LS_TYPE_INT32, SHAPE (1, 2), margins);
  one_output (&back, LS_TYPE_FLOAT32, SHAPE (1, 5, 1), x, sizeof x);
  CHECK (one_passes (&back));
}

static void
split_takes_what_is_left (void)
{
  const int32_t sizes[] = { 1, -1 }, axis[] = { -1 };
  const float a[] = { 0, 4, 8, 12 }, b[] = { 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15 };
  OneOp one = one_op (LS_OP_SPLIT_V);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (4, 4), sixteen);
  one_constant (&one, LS_TYPE_INT32, SHAPE (2), sizes);
  one_constant (&one, LS_TYPE_INT32, SCALAR, axis);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (4, 1), a, sizeof a);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (4, 3), b, sizeof b);
  CHECK (one_passes (&one));
}

/* The options state the number of parts as well: LiteRT refuses a model that contradicts itself. */
static void
split_refuses_another_number_of_parts (void)
{
  static const int kinds[] = { LS_OP_SPLIT, LS_OP_UNPACK };
  const int32_t axis[] = { 0 };

  for (int i = 0; i < 2; i++)
    {
      OneOp one = one_op (kinds[i]);

      if (kinds[i] == LS_OP_SPLIT)
        one_constant (&one, LS_TYPE_INT32, SCALAR, axis);
      one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 4), sixteen);
      one_int (&one, kinds[i] == LS_OP_SPLIT ? "num_splits" : "num", i == 0 ? -2 : INT32_MAX);
      one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 4), sixteen, 16);
      one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 4), sixteen + 4, 16);
      CHECK (one_refused (&one, i == 0 ? "num_splits is -2, but there are 2 outputs"
                                       : "num is 2147483647, but there are 2 outputs"));
    }
}

static void
strided_slice_refuses_more_indices_than_dimensions (void)
{
  const int32_t begin[] = { 0, 0, 0 }, end[] = { 4, 4, 1 }, step[] = { 1, 1, 1 };
  OneOp one = one_op (LS_OP_STRIDED_SLICE);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (4, 4), sixteen);
  one_constant (&one, LS_TYPE_INT32, SHAPE (3), begin);
  one_constant (&one, LS_TYPE_INT32, SHAPE (3), end);
  one_constant (&one, LS_TYPE_INT32, SHAPE (3), step);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (4, 4), sixteen, sizeof sixteen);
  CHECK (one_refused (&one, "3 indices for [4, 4]"));
}

static void
matrix_diag_is_zero_elsewhere (void)
{
  const float y[] = { 0, 0, 0, 1, 2, 0, 0, 3 };
  OneOp one = one_op (LS_OP_MATRIX_DIAG);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 2), sixteen);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 2, 2), y, sizeof y);
  CHECK (one_passes (&one));
}

int
main (void)
{
  RUN (transpose_permutes);
  RUN (transpose_refuses_a_repeated_dimension);
  RUN (four_bit_elements_are_moved);
  RUN (strings_are_moved);
  RUN (reshape_finds_the_open_dimension);
  RUN (strided_slice_follows_its_masks);
  RUN (strided_slice_refuses_an_index_outside);
  RUN (uint8_of_other_scales_is_rescaled);
  RUN (pads_are_filled);
  RUN (space_to_batch_and_back);
  RUN (split_takes_what_is_left);
  RUN (split_refuses_another_number_of_parts);
  RUN (strided_slice_refuses_more_indices_than_dimensions);
  RUN (matrix_diag_is_zero_elsewhere);
  return done ();
}
