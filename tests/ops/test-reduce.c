/* Reductions and pools. */
#include "one-op.h"

static void
any_axes_are_reduced (void)
{
  /* All subsets of four axes against sums counted here. */
  const int32_t shape[] = { 2, 3, 2, 5 };
  int32_t x[60];

  for (int i = 0; i < 60; i++)
    x[i] = i * i % 97;
  for (int set = 0; set < 16; set++)
    {
      int32_t y[60] = { 0 }, axes[4], dims[4];
      int n_axes = 0;
      size_t count = 1;
      OneOp one = one_op (LS_OP_SUM);

      for (int d = 0; d < 4; d++)
        {
          dims[d] = (set >> d & 1) != 0 ? 1 : shape[d];
          count *= (size_t) dims[d];
          if ((set >> d & 1) != 0)
            axes[n_axes++] = d % 2 == 0 ? d : d - 4;
        }
      for (int i = 0; i < 60; i++)
        {
          int index[4], rest = i, at = 0;

          for (int d = 3; d >= 0; d--)
            {
              index[d] = rest % shape[d];
              rest /= shape[d];
            }
          for (int d = 0; d < 4; d++)
            at = at * dims[d] + (dims[d] == 1 ? 0 : index[d]);
          y[at] += x[i];
        }
      one_input (&one, LS_TYPE_INT32, 4, shape, x);
      one_constant (&one, LS_TYPE_INT32, SHAPE (n_axes), axes);
      one_int (&one, "keep_dims", 1);
      one_output (&one, LS_TYPE_INT32, 4, dims, y, count * 4);
      CHECK (one_passes (&one));
    }
}

static void
long_rows_are_summed (void)
{
  static float x[3 * 1000];
  float y[3] = { 0 };
  const int32_t axis[] = { 1 };
  OneOp one = one_op (LS_OP_MEAN), max = one_op (LS_OP_REDUCE_MAX);

  for (int i = 0; i < 3000; i++)
    {
      x[i] = (float) (i % 17) - 4.0f;
      y[i / 1000] += x[i] / 1000.0f;
    }
  one.tolerance = 1e-5;
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (3, 1000), x);
  one_constant (&one, LS_TYPE_INT32, SHAPE (1), axis);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (3), y, sizeof y);
  CHECK (one_passes (&one));
  x[1500] = 99.0f;
  one_input (&max, LS_TYPE_FLOAT32, SHAPE (3, 1000), x);
  one_constant (&max, LS_TYPE_INT32, SHAPE (1), axis);
  one_output (&max, LS_TYPE_FLOAT32, SHAPE (3), (const float[]){ 12, 99, 12 }, 12);
  CHECK (one_passes (&max));
}

/* (10 - 1) + (20 - 1) + (-7 - 1) = 20, times 0.5, over 3 elements, by 0.25, plus 3. */
static void
quantized_means_are_rescaled (void)
{
  const int8_t x[] = { 10, 20, -7 }, y[] = { 16 };
  const int32_t axis[] = { 0 };
  OneOp one = one_op (LS_OP_MEAN);

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (3), x), 0.5f, 1);
  one_constant (&one, LS_TYPE_INT32, SHAPE (1), axis);
  one_quant (one_output (&one, LS_TYPE_INT8, SCALAR, y, 1), 0.25f, 3);
  CHECK (one_passes (&one));
}

static void
nothing_to_reduce_gives_the_neutral_element (void)
{
  const int32_t axis[] = { 0 };
  const float x[1] = { 0 }, zeros[] = { 0, 0 };
  OneOp one = one_op (LS_OP_SUM);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (0, 2), x);
  one_constant (&one, LS_TYPE_INT32, SHAPE (1), axis);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2), zeros, sizeof zeros);
  CHECK (one_passes (&one));
}

static void
an_axis_outside_is_refused (void)
{
  const int32_t axis[] = { 2 };
  const float x[] = { 1, 2 };
  OneOp one = one_op (LS_OP_REDUCE_MIN);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 2), x);
  one_constant (&one, LS_TYPE_INT32, SHAPE (1), axis);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1), x, 4);
  CHECK (one_refused (&one, "axis 2 is not one of the 2 dimensions"));
}

/* ---- Pools ------------------------------------------------------------------------------------
 */

static void
set_window (OneOp *one, int filter, int stride, int padding)
{
  one_int (one, "filter_height", filter);
  one_int (one, "filter_width", filter);
  one_int (one, "stride_h", stride);
  one_int (one, "stride_w", stride);
  one_int (one, "padding", padding);
  one_int (one, "fused_activation_function", 0);
}

/* SAME puts the larger margin behind: 3 × 3 in steps of 2 over 4 × 4 begins at 0. */
static void
margins_do_not_count (void)
{
  const int8_t x[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, -15 };
  const int8_t average[] = { 5, 7, 11, 5 }, largest[] = { 10, 11, 14, 14 };
  OneOp one = one_op (LS_OP_AVERAGE_POOL_2D), two = one_op (LS_OP_MAX_POOL_2D);

  set_window (&one, 3, 2, 0);
  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (1, 4, 4, 1), x), 1, 0);
  one_quant (one_output (&one, LS_TYPE_INT8, SHAPE (1, 2, 2, 1), average, 4), 1, 0);
  CHECK (one_passes (&one));
  set_window (&two, 3, 2, 0);
  one_quant (one_input (&two, LS_TYPE_INT8, SHAPE (1, 4, 4, 1), x), 1, 0);
  one_quant (one_output (&two, LS_TYPE_INT8, SHAPE (1, 2, 2, 1), largest, 4), 1, 0);
  CHECK (one_passes (&two));
}

/* More channels than are pooled side by side. */
static void
many_channels_are_pooled (void)
{
  enum
  {
    CHANNELS = 700
  };
  static float x[9 * CHANNELS], y[CHANNELS];
  OneOp one = one_op (LS_OP_AVERAGE_POOL_2D);

  for (int i = 0; i < 9; i++)
    for (int c = 0; c < CHANNELS; c++)
      {
        x[i * CHANNELS + c] = (float) (i * c % 13);
        y[c] += x[i * CHANNELS + c] / 9.0f;
      }
  one.tolerance = 1e-6;
  set_window (&one, 3, 1, 1);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 3, 3, CHANNELS), x);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 1, 1, CHANNELS), y, sizeof y);
  CHECK (one_passes (&one));
}

/* LiteRT adds up and multiplies truth values too: any of them, all of them. */
static void
truth_values_are_added_and_multiplied (void)
{
  const uint8_t x[6] = { 0, 0, 1, 1, 0, 1 }, any[3] = { 0, 1, 1 }, all[3] = { 0, 1, 0 };
  const int32_t axis = 1;

  for (int i = 0; i < 2; i++)
    {
      OneOp one = one_op (i == 0 ? LS_OP_SUM : LS_OP_REDUCE_PROD);

      one_input (&one, LS_TYPE_BOOL, SHAPE (3, 2), x);
      one_constant (&one, LS_TYPE_INT32, SHAPE (1), &axis);
      one_output (&one, LS_TYPE_BOOL, SHAPE (3), i == 0 ? any : all, sizeof any);
      CHECK (one_passes (&one));
    }
}

int
main (void)
{
  RUN (any_axes_are_reduced);
  RUN (long_rows_are_summed);
  RUN (quantized_means_are_rescaled);
  RUN (nothing_to_reduce_gives_the_neutral_element);
  RUN (truth_values_are_added_and_multiplied);
  RUN (an_axis_outside_is_refused);
  RUN (margins_do_not_count);
  RUN (many_channels_are_pooled);
  return done ();
}
