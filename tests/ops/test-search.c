/* Operators that look for elements: where, which, how many. */
#include "one-op.h"

static void
where_gives_coordinates (void)
{
  const float x[] = { 0, -0.0f, 2, NAN, 0, 1 };
  const int64_t y[] = { 0, 2, 1, 0, 1, 2 };
  OneOp one = one_op (LS_OP_WHERE);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), x);
  one_output (&one, LS_TYPE_INT64, SHAPE (3, 2), y, sizeof y);
  CHECK (one_passes (&one));
}

static void
unique_keeps_the_first (void)
{
  const float x[] = { 3, -0.0f, 3, 0, 1 }, y[] = { 3, -0.0f, 1 };
  const int32_t which[] = { 0, 1, 0, 1, 2 };
  OneOp one = one_op (LS_OP_UNIQUE);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (5), x);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (3), y, sizeof y);
  one_output (&one, LS_TYPE_INT32, SHAPE (5), which, sizeof which);
  CHECK (one_passes (&one));
}

static void
top_k_orders_equals_by_place (void)
{
  const float x[] = { 1, 5, NAN, 5, 2, NAN, -1, -2, -3, NAN }, y[] = { 5, 5, 2, -1, -2, -3 };
  const int32_t k[] = { 3 }, which[] = { 1, 3, 4, 1, 2, 3 };
  OneOp one = one_op (LS_OP_TOPK_V2);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 5), x);
  one_constant (&one, LS_TYPE_INT32, SCALAR, k);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), y, sizeof y);
  one_output (&one, LS_TYPE_INT32, SHAPE (2, 3), which, sizeof which);
  CHECK (one_passes (&one));
  one.in[1].data = (const int32_t[]){ 6 };
  CHECK (one_refused (&one, "the 6 largest of 5 elements"));
}

/* Against a plain search of many sizes: the heap must agree with sorting. */
static void
top_k_agrees_with_counting (void)
{
  uint8_t x[300], y[300];
  int32_t which[300];

  for (int i = 0; i < 300; i++)
    x[i] = (uint8_t) (i * 37 % 101);
  for (int32_t k = 1; k <= 300; k += 23)
    {
      OneOp one = one_op (LS_OP_TOPK_V2);

      for (int i = 0; i < 300; i++)
        {
          int rank = 0; /* how many come before element i */

          for (int j = 0; j < 300; j++)
            rank += x[j] > x[i] || (x[j] == x[i] && j < i);
          if (rank < k)
            {
              y[rank] = x[i];
              which[rank] = i;
            }
        }
      one_input (&one, LS_TYPE_UINT8, SHAPE (300), x);
      one_constant (&one, LS_TYPE_INT32, SCALAR, &k);
      one_output (&one, LS_TYPE_UINT8, SHAPE (k), y, (size_t) k);
      one_output (&one, LS_TYPE_INT32, SHAPE (k), which, (size_t) k * 4);
      CHECK (one_passes (&one));
    }
}

static void
arg_max_takes_any_axis (void)
{
  const int8_t x[] = { 1, 7, 3, 7, 5, 9 };
  const int32_t first[] = { 1, 0, 1 }, axis[] = { 0 }, last[] = { -1 };
  const int64_t second[] = { 1, 2 };
  OneOp one = one_op (LS_OP_ARG_MAX), two = one_op (LS_OP_ARG_MAX);

  one_input (&one, LS_TYPE_INT8, SHAPE (2, 3), x);
  one_constant (&one, LS_TYPE_INT32, SCALAR, axis);
  one_output (&one, LS_TYPE_INT32, SHAPE (3), first, sizeof first);
  CHECK (one_passes (&one));
  one_input (&two, LS_TYPE_INT8, SHAPE (2, 3), x);
  one_constant (&two, LS_TYPE_INT32, SCALAR, last);
  one_output (&two, LS_TYPE_INT64, SHAPE (2), second, sizeof second);
  CHECK (one_passes (&two));
}

static void
cumsum_goes_both_ways (void)
{
  const int32_t x[] = { 1, 2, 3, 4, 5, 6 }, y[] = { 5, 3, 0, 11, 6, 0 }, axis[] = { 1 };
  OneOp one = one_op (LS_OP_CUMSUM);

  one_input (&one, LS_TYPE_INT32, SHAPE (2, 3), x);
  one_constant (&one, LS_TYPE_INT32, SCALAR, axis);
  one_int (&one, "exclusive", 1);
  one_int (&one, "reverse", 1);
  one_output (&one, LS_TYPE_INT32, SHAPE (2, 3), y, sizeof y);
  CHECK (one_passes (&one));
}

int
main (void)
{
  RUN (where_gives_coordinates);
  RUN (unique_keeps_the_first);
  RUN (top_k_orders_equals_by_place);
  RUN (top_k_agrees_with_counting);
  RUN (arg_max_takes_any_axis);
  RUN (cumsum_goes_both_ways);
  return done ();
}
