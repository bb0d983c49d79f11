/* Operators that read or write where indices say, and shapes as values. */
#include "one-op.h"

static const float twelve[12] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };

static void
gather_keeps_batches_apart (void)
{
  const int64_t indices[] = { 2, 0, 1, 1 };
  const float y[] = { 4, 5, 0, 1, 8, 9, 8, 9 };
  OneOp one = one_op (LS_OP_GATHER);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 3, 2), twelve);
  one_constant (&one, LS_TYPE_INT64, SHAPE (2, 2), indices);
  one_int (&one, "axis", 1);
  one_int (&one, "batch_dims", -1);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 2, 2), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
an_index_outside_is_named (void)
{
  const int32_t indices[] = { 0, 3 }, pairs[] = { 0, 0, 1, -1 };
  OneOp one = one_op (LS_OP_GATHER), nd = one_op (LS_OP_GATHER_ND);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (3, 4), twelve);
  one_constant (&one, LS_TYPE_INT32, SHAPE (2), indices);
  one_int (&one, "axis", 0);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 4), twelve, 32);
  CHECK (one_refused (&one, "index 1 is 3, but the dimension has 3 elements"));
  one_input (&nd, LS_TYPE_FLOAT32, SHAPE (3, 4), twelve);
  one_constant (&nd, LS_TYPE_INT32, SHAPE (2, 2), pairs);
  one_output (&nd, LS_TYPE_FLOAT32, SHAPE (2), twelve, 8);
  CHECK (one_refused (&nd, "index 1 is -1 along dimension 1 of [3, 4]"));
}

static void
scatter_adds_up (void)
{
  const int32_t indices[] = { 2, 0, 2 }, shape[] = { 3, 2 };
  const int8_t updates[] = { 1, 2, 3, 4, 127, 6 }, y[] = { 3, 4, 0, 0, -128, 8 };
  OneOp one = one_op (LS_OP_SCATTER_ND);

  one_constant (&one, LS_TYPE_INT32, SHAPE (3, 1), indices);
  one_input (&one, LS_TYPE_INT8, SHAPE (3, 2), updates);
  one_constant (&one, LS_TYPE_INT32, SHAPE (2), shape);
  one_output (&one, LS_TYPE_INT8, SHAPE (3, 2), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
one_hot_leaves_out_what_is_outside (void)
{
  const int32_t indices[] = { 1, -1, 5 }, depth[] = { 2 };
  const uint8_t on[] = { 9 }, off[] = { 4 }, y[] = { 4, 4, 4, 9, 4, 4 };
  OneOp one = one_op (LS_OP_ONE_HOT);

  one_input (&one, LS_TYPE_INT32, SHAPE (3), indices);
  one_constant (&one, LS_TYPE_INT32, SCALAR, depth);
  one_constant (&one, LS_TYPE_UINT8, SCALAR, on);
  one_constant (&one, LS_TYPE_UINT8, SCALAR, off);
  one_int (&one, "axis", 0);
  one_output (&one, LS_TYPE_UINT8, SHAPE (2, 3), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
an_update_is_moved_inside (void)
{
  const float update[] = { -1, -2, -3, -4 }, y[] = { 0, 1, 2, 3, 4, 5, -1, -2, 8, 9, -3, -4 };
  const int32_t start[] = { 9, 2 };
  OneOp one = one_op (LS_OP_DYNAMIC_UPDATE_SLICE);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (3, 4), twelve);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 2), update);
  one_constant (&one, LS_TYPE_INT32, SHAPE (2), start);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (3, 4), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
shapes_are_values (void)
{
  const int64_t y[] = { 3, 4 };
  const int32_t start[] = { 7 }, limit[] = { 0 }, delta[] = { -3 }, range[] = { 7, 4, 1 };
  OneOp one = one_op (LS_OP_SHAPE), two = one_op (LS_OP_RANGE);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (3, 4), twelve);
  one_output (&one, LS_TYPE_INT64, SHAPE (2), y, sizeof y);
  CHECK (one_passes (&one));
  one_constant (&two, LS_TYPE_INT32, SCALAR, start);
  one_constant (&two, LS_TYPE_INT32, SCALAR, limit);
  one_input (&two, LS_TYPE_INT32, SCALAR, delta);
  one_output (&two, LS_TYPE_INT32, SHAPE (3), range, sizeof range);
  CHECK (one_passes (&two));
  two.in[2].data = limit;
  CHECK (one_refused (&two, "a range from 7 to 0 in steps of 0"));
}

int
main (void)
{
  RUN (gather_keeps_batches_apart);
  RUN (an_index_outside_is_named);
  RUN (scatter_adds_up);
  RUN (one_hot_leaves_out_what_is_outside);
  RUN (an_update_is_moved_inside);
  RUN (shapes_are_values);
  return done ();
}
