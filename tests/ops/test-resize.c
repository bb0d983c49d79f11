/* Resizing pictures. */
#include "one-op.h"

static void
set_size (OneOp *one, const int32_t *size, bool is_aligned, bool is_half)
{
  one_constant (one, LS_TYPE_INT32, SHAPE (2), size);
  one_int (one, "align_corners", is_aligned);
  one_int (one, "half_pixel_centers", is_half);
}

static void
floats_are_interpolated (void)
{
  const float x[] = { 0, 2, 4, 6 }, half[] = { 0, 0.5f, 1.5f, 2 }, aligned[] = { 0, 1, 2 };
  const int32_t four[] = { 1, 4 }, three[] = { 1, 3 };
  OneOp one = one_op (LS_OP_RESIZE_BILINEAR), two = one_op (LS_OP_RESIZE_BILINEAR);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 2, 1), x);
  set_size (&one, four, false, true);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 4, 1), half, sizeof half);
  CHECK (one_passes (&one));
  one_input (&two, LS_TYPE_FLOAT32, SHAPE (1, 1, 2, 1), x);
  set_size (&two, three, true, false);
  one_output (&two, LS_TYPE_FLOAT32, SHAPE (1, 1, 3, 1), aligned, sizeof aligned);
  CHECK (one_passes (&two));
}

/* 10 bits of fraction: 2 / 3 is 683 / 1024, so that -100 … 50 gives -100 + 150 * 683 / 1024. */
static void
bytes_are_interpolated_in_fixed_point (void)
{
  const int8_t x[] = { -100, 50 }, y[] = { -100, 0, 50 };
  const int32_t size[] = { 3, 1 };
  OneOp one = one_op (LS_OP_RESIZE_BILINEAR);

  one_input (&one, LS_TYPE_INT8, SHAPE (1, 2, 1, 1), x);
  set_size (&one, size, false, false);
  one_output (&one, LS_TYPE_INT8, SHAPE (1, 3, 1, 1), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
both_ways_of_placing_exclude_each_other (void)
{
  const float x[] = { 0, 1 };
  const int32_t size[] = { 1, 3 };
  OneOp one = one_op (LS_OP_RESIZE_BILINEAR);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 2, 1), x);
  set_size (&one, size, true, true);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 3, 1), x, 8);
  CHECK (one_refused (&one, "exclude each other"));
}

static void
nearest_repeats_or_skips (void)
{
  const uint8_t x[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
  const uint8_t twice[] = { 1, 2, 1, 2, 3, 4, 3, 4, 1, 2, 1, 2, 3, 4, 3, 4,
                            5, 6, 5, 6, 7, 8, 7, 8, 5, 6, 5, 6, 7, 8, 7, 8 };
  const uint8_t odd[] = { 1, 2, 1, 2, 3, 4 };
  const int32_t four[] = { 4, 4 }, three[] = { 1, 3 }, none[] = { 0, 3 };
  OneOp one = one_op (LS_OP_RESIZE_NEAREST_NEIGHBOR), two = one_op (LS_OP_RESIZE_NEAREST_NEIGHBOR);

  one_input (&one, LS_TYPE_UINT8, SHAPE (1, 2, 2, 2), x);
  set_size (&one, four, false, false);
  one_output (&one, LS_TYPE_UINT8, SHAPE (1, 4, 4, 2), twice, sizeof twice);
  CHECK (one_passes (&one));
  one_input (&two, LS_TYPE_UINT8, SHAPE (1, 2, 2, 2), x);
  set_size (&two, three, false, false);
  one_output (&two, LS_TYPE_UINT8, SHAPE (1, 1, 3, 2), odd, sizeof odd);
  CHECK (one_passes (&two));
  two.in[1].data = none;
  CHECK (one_refused (&two, "[1, 2, 2, 2] cannot be resized to 0 by 3"));
}

int
main (void)
{
  RUN (floats_are_interpolated);
  RUN (bytes_are_interpolated_in_fixed_point);
  RUN (both_ways_of_placing_exclude_each_other);
  RUN (nearest_repeats_or_skips);
  return done ();
}
