/* Windows, segments, spread elements, slices at index vectors. */
#include "one-op.h"

static const float nine[9] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static void
elements_are_spread (void)
{
  const int32_t dilations[] = { 1, 3 };
  const float value[] = { -1 }, y[] = { 1, -1, -1, 2, -1, -1, 3, 4, -1, -1, 5, -1, -1, 6 };
  OneOp one = one_op (LS_OP_DILATE);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), nine);
  one_constant (&one, LS_TYPE_INT32, SHAPE (2), dilations);
  one_constant (&one, LS_TYPE_FLOAT32, SCALAR, value);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 7), y, sizeof y);
  CHECK (one_passes (&one));
}

/* Negative paddings cut off, here an element and one of those between. */
static void
negative_paddings_cut (void)
{
  const float value[] = { 0 }, y[] = { 0, 2, 0, 0, 3, 0 };
  const int64_t low[] = { -2 }, high[] = { 1 }, interior[] = { 2 };
  OneOp one = one_op (LS_OP_STABLEHLO_PAD);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (3), nine);
  one_input (&one, LS_TYPE_FLOAT32, SCALAR, value);
  one_ints (&one, "edge_padding_low", low, 1);
  one_ints (&one, "edge_padding_high", high, 1);
  one_ints (&one, "interior_padding", interior, 1);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (6), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
segments_are_summed (void)
{
  const int32_t numbers[] = { 0, 0, 1 }, mixed[] = { 1, -1, 1 }, n[] = { 3 };
  const float y[] = { 5, 7, 9, 7, 8, 9 };
  const float lowest = -3.40282347e38f;
  const float largest[] = { lowest, lowest, lowest, 7, 8, 9, lowest, lowest, lowest };
  OneOp one = one_op (LS_OP_SEGMENT_SUM), two = one_op (LS_OP_UNSORTED_SEGMENT_MAX);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (3, 3), nine);
  one_constant (&one, LS_TYPE_INT32, SHAPE (3), numbers);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), y, sizeof y);
  CHECK (one_passes (&one));
  one_input (&two, LS_TYPE_FLOAT32, SHAPE (3, 3), nine);
  one_constant (&two, LS_TYPE_INT32, SHAPE (3), mixed);
  one_constant (&two, LS_TYPE_INT32, SCALAR, n);
  one_output (&two, LS_TYPE_FLOAT32, SHAPE (3, 3), largest, sizeof largest);
  CHECK (one_passes (&two));
  one.in[1].data = mixed;
  CHECK (one_refused (&one, "number 0 is 1 after -1"));
}

static void
windows_are_reduced (void)
{
  const int64_t window[] = { 2, 1 }, strides[] = { 1, 1 }, dilations[] = { 1, 1 };
  const float init[] = { 100 }, y[] = { 105, 107, 109, 111, 113, 115 };
  OneOp one = one_op (LS_OP_REDUCE_WINDOW);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (3, 3), nine);
  one_input (&one, LS_TYPE_FLOAT32, SCALAR, init);
  one_constant (&one, LS_TYPE_INT64, SHAPE (2), window);
  one_constant (&one, LS_TYPE_INT64, SHAPE (2), strides);
  one_constant (&one, LS_TYPE_INT64, SHAPE (2), dilations);
  one_int (&one, "reduce_function", 1);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), y, sizeof y);
  CHECK (one_passes (&one));
}

/* Numbers are truth values as in C: 0 is false, and the result is 1 or 0. */
static void
windows_of_numbers_are_joined (void)
{
  const int64_t window[] = { 2, 1 }, ones[] = { 1, 1 };
  const float x[] = { 0, 0.5f, -2, 0, 0, 3 }, no[] = { 0 }, yes[] = { 7 };
  const float any[] = { 0, 1, 1 }, all[] = { 0, 0, 1 };

  for (int function = 5; function <= 6; function++)
    {
      OneOp one = one_op (LS_OP_REDUCE_WINDOW);

      one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), x);
      one_input (&one, LS_TYPE_FLOAT32, SCALAR, function == 5 ? yes : no);
      one_constant (&one, LS_TYPE_INT64, SHAPE (2), window);
      one_constant (&one, LS_TYPE_INT64, SHAPE (2), ones);
      one_constant (&one, LS_TYPE_INT64, SHAPE (2), ones);
      one_int (&one, "reduce_function", function);
      one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 3), function == 5 ? all : any, sizeof any);
      CHECK (one_passes (&one));
    }
}

/* The second slice would begin outside and is moved. */
static void
slices_are_moved_inside (void)
{
  const int32_t indices[] = { 0, 1, 2, 9 };
  const int64_t offset[] = { 1 }, collapsed[] = { 0 }, map[] = { 0, 1 }, sizes[] = { 1, 2 };
  const float y[] = { 2, 3, 8, 9 };
  OneOp one = one_op (LS_OP_STABLEHLO_GATHER);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (3, 3), nine);
  one_constant (&one, LS_TYPE_INT32, SHAPE (2, 2), indices);
  one_ints (&one, "offset_dims", offset, 1);
  one_ints (&one, "collapsed_slice_dims", collapsed, 1);
  one_ints (&one, "start_index_map", map, 2);
  one_ints (&one, "slice_sizes", sizes, 2);
  one_int (&one, "index_vector_dim", 1);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 2), y, sizeof y);
  CHECK (one_passes (&one));
}

int
main (void)
{
  RUN (elements_are_spread);
  RUN (negative_paddings_cut);
  RUN (segments_are_summed);
  RUN (windows_are_reduced);
  RUN (windows_of_numbers_are_joined);
  RUN (slices_are_moved_inside);
  return done ();
}
