/* What integers span: the scales of weights, and room for values that no sample showed. */
#include <math.h>

#include "convert/constants.h"
#include "convert/quantize/headroom.h"
#include "graph.h"

enum
{
  N_CHANNELS = 5,
  N_EACH = 9,
  N_WEIGHTS = N_CHANNELS * N_EACH
};

static double
squared_error (const LsConstant *constant, const float *scales, uint32_t channel)
{
  double sum = 0;

  for (size_t i = 0; i < constant->count; i++)
    if (i / constant->inner % constant->n_channels == channel)
      {
        double value = constant->values[i], scale = scales[channel];
        double q = round (value / scale);

        CHECK (fabs (q) <= 127);
        sum += (value - q * scale) * (value - q * scale);
      }
  return sum;
}

/* Channels in either order; one of zeros, which keeps a scale that can be divided by. */
static void
weight_scales_lose_less (void)
{
  for (int is_last = 0; is_last < 2; is_last++)
    {
      float values[N_WEIGHTS], plain[N_CHANNELS], fitted[N_CHANNELS];
      LsConstant constant = { .values = values,
                              .count = N_WEIGHTS,
                              .inner = is_last ? 1 : N_EACH,
                              .n_channels = N_CHANNELS };
      LsError error;
      double before = 0, after = 0;

      for (size_t i = 0; i < N_WEIGHTS; i++)
        {
          size_t c = i / constant.inner % N_CHANNELS;

          values[i] = (float) (((int) (i * 7919 % 1009) - 504) * 0.00173 * (double) c);
        }
      ls_constant_symmetric_scales (&constant, plain);
      CHECK (ls_constant_fit_scales (&constant, true, fitted, &error) == LS_OK);
      for (uint32_t c = 0; c < N_CHANNELS; c++)
        {
          CHECK (fitted[c] > 0);
          before += squared_error (&constant, plain, c);
          after += squared_error (&constant, fitted, c);
        }
      CHECK (after < 0.8 * before);
    }
}

/* x → SOFTMAX → y */
static LsModel *
make_classifier (void)
{
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 4));
  int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 4));

  graph_op (model, 0, LS_OP_SOFTMAX, TENSORS (x), TENSORS (y));
  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  return model;
}

static void
logits_get_room (void)
{
  LsModel *model = make_classifier ();
  LsRange list[]
    = { { .name = (char *) "t0", .tensor = 0 }, { .name = (char *) "t1", .tensor = 1 } };
  LsRanges ranges = { .n_ranges = 2, .n_samples = 8, .ranges = list };

  for (int i = 0; i < 2; i++)
    {
      list[i].min = -4;
      list[i].max = 12;
      list[i].low = -2;
      list[i].high = 10;
      list[i].average_min = -3;
      list[i].average_max = 9;
    }
  ls_ranges_leave_room (&ranges, model, 8);
  CHECK (list[0].low == -4 && list[0].high > 12 && list[0].high <= 14);
  CHECK (list[1].low == -2 && list[1].high == 10);
  list[0].by_hand = true;
  ls_ranges_leave_room (&ranges, model, 16);
  CHECK (list[0].low == -4 && list[0].high <= 14);
  CHECK (list[1].low == -4 && list[1].high == 20);
  ls_model_free (model);
}

/* Units that are dead, or nearly: 0 stays exact, and a fused bound of 6 is an int32. */
static void
grids_of_nothing_can_be_used (void)
{
  static const double ends[][2] = { { 0, 0 }, { 0, 1e-30 }, { -1e-20, 0 }, { -1e-12, 1e-9 } };
  static const LsType types[] = { LS_TYPE_INT8, LS_TYPE_UINT8, LS_TYPE_INT16 };

  for (unsigned t = 0; t < sizeof types / sizeof *types; t++)
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++)
      {
        float scale;
        int64_t zero_point;

        ls_grid_of_activation (types[t], ends[i][0], ends[i][1], &scale, &zero_point);
        CHECK (scale > 0 && 6 / scale < 0x1p31f);
        CHECK (zero_point >= ls_type_lowest (types[t]) && zero_point <= ls_type_highest (types[t]));
      }
}

int
main (void)
{
  RUN (grids_of_nothing_can_be_used);
  RUN (weight_scales_lose_less);
  RUN (logits_get_room);
  return done ();
}
