/* Calibration: what is seen of each tensor, whatever the number of threads. */
#include "test.h"

#include <math.h>

#include "convert/quantize/observed.h"
#include "graph.h"
#include "npz.h"

enum
{
  N_SAMPLES = 7,
  WIDTH = 4
};

static float stack[N_SAMPLES * WIDTH];

/* x → RELU → y; x → EXP → z. */
static LsModel *
make_model (void)
{
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, WIDTH));
  int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, WIDTH));
  int32_t z = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, WIDTH));

  graph_op (model, 0, LS_OP_RELU, TENSORS (x), TENSORS (y));
  graph_op (model, 0, LS_OP_EXP, TENSORS (x), TENSORS (z));
  graph_ports (model, 0, TENSORS (x), TENSORS (y, z));
  return model;
}

static LsSamples *
make_samples (const LsModel *model)
{
  LsSamples *samples;
  LsError error = { 0 };

  npz_write (npz_path ("s.npz"),
             &(NpzArray){ "in_0", "<f4", "7, 1, 4", stack, N_SAMPLES * WIDTH * 4 }, 1);
  if (ls_samples_open (model, npz_path ("s.npz"), NULL, &samples, &error) != LS_OK)
    printf ("# %s\n", error.message);
  CHECK (samples != NULL);
  return samples;
}

static void
fill_stack (void)
{
  for (int i = 0; i < N_SAMPLES * WIDTH; i++)
    stack[i] = (float) ((i * 37) % 29 - 14) * 0.37f;
}

static LsRanges *
calibrate (const LsModel *model, const LsSamples *samples, uint32_t n_threads)
{
  LsCalibrateOptions options = { .observer = LS_OBSERVE_MIN_MAX, .n_threads = n_threads };
  LsRanges *ranges;
  LsError error = { 0 };

  if (ls_calibrate (model, samples, &options, NULL, &ranges, &error) != LS_OK)
    printf ("# %s\n", error.message);
  CHECK (ranges != NULL);
  return ranges;
}

static void
ranges_are_those_of_all_samples (void)
{
  LsModel *model = make_model ();
  double min = 0, max = 0, sums[WIDTH] = { 0 };

  fill_stack ();
  for (int i = 0; i < N_SAMPLES * WIDTH; i++)
    {
      min = fmin (min, stack[i]);
      max = fmax (max, stack[i]);
      sums[i % WIDTH] += stack[i];
    }

  LsSamples *samples = make_samples (model);
  LsRanges *ranges = calibrate (model, samples, 1);
  const LsRange *x = ls_ranges_find (ranges, 0, 0), *y = ls_ranges_find (ranges, 0, 1);

  CHECK (ranges->n_ranges == 3 && ranges->n_samples == N_SAMPLES && x != NULL && y != NULL);
  CHECK (ls_ranges_find (ranges, 0, 3) == NULL && ls_ranges_find (ranges, 1, 0) == NULL);
  CHECK (x->min == min && x->max == max && x->low == min && x->high == max);
  CHECK (y->min == 0 && y->max == max);
  CHECK (x->count == N_SAMPLES * WIDTH && x->n_channels == WIDTH);
  CHECK_STR (x->name, "t0");
  for (int c = 0; c < WIDTH; c++)
    CHECK (fabs (x->channel_mean[c] - sums[c] / N_SAMPLES) < 1e-12);
  CHECK (x->average_min > min && x->average_max < max);

  uint64_t total = 0;

  for (int i = 0; i < LS_RANGE_BINS; i++)
    total += x->bins[i];
  CHECK (total == x->count && x->bins[0] > 0 && x->bins[LS_RANGE_BINS - 1] > 0);
  ls_ranges_free (ranges);
  ls_samples_free (samples);
  ls_model_free (model);
}

static bool
are_equal (const LsRanges *a, const LsRanges *b)
{
  bool is_equal = a->n_ranges == b->n_ranges;

  for (uint32_t i = 0; is_equal && i < a->n_ranges; i++)
    {
      const LsRange *x = &a->ranges[i], *y = &b->ranges[i];

      is_equal
        = x->min == y->min && x->max == y->max && x->average_min == y->average_min
          && x->n_channels == y->n_channels
          && memcmp (x->bins, y->bins, LS_RANGE_BINS * sizeof *x->bins) == 0
          && memcmp (x->channel_mean, y->channel_mean, x->n_channels * sizeof *x->channel_mean)
               == 0;
    }
  return is_equal;
}

static void
threads_do_not_change_the_result (void)
{
  LsModel *model = make_model ();

  fill_stack ();

  LsSamples *samples = make_samples (model);
  LsRanges *one = calibrate (model, samples, 1);

  for (uint32_t n = 2; n < 9; n += 3)
    {
      LsRanges *several = calibrate (model, samples, n);

      CHECK (are_equal (one, several));
      ls_ranges_free (several);
    }
  ls_ranges_free (one);
  ls_samples_free (samples);
  ls_model_free (model);
}

/* One sample of infinity does not spoil the others; when all are bad, the first one is named. */
static void
infinity_leaves_the_sample_out (void)
{
  LsModel *model = make_model ();
  LsRanges *ranges;
  LsError error = { 0 };

  fill_stack ();
  stack[5 * WIDTH + 1] = 1e3f; /* whose exponential is infinite */
  stack[6 * WIDTH] = NAN;

  LsSamples *samples = make_samples (model);

  ranges = calibrate (model, samples, 2);
  CHECK (ranges->n_samples == N_SAMPLES - 2 && ranges->n_left_out == 2);
  CHECK (ranges->left_out[0] == 5 && ranges->left_out[1] == 6);
  CHECK_STR (ranges->left_out_why, "tensor 2 (t2) holds infinity in sample 5 of the calibration");
  CHECK (ls_ranges_find (ranges, 0, 0)->count == (N_SAMPLES - 2) * WIDTH);
  ls_ranges_free (ranges);
  ls_samples_free (samples);

  for (int i = 0; i < N_SAMPLES; i++)
    stack[i * WIDTH] = INFINITY;
  samples = make_samples (model);
  CHECK (ls_calibrate (model, samples, NULL, NULL, &ranges, &error) == LS_E_INVALID);
  CHECK (ranges == NULL);
  CHECK_STR (error.message, "tensor 0 (t0) holds infinity in sample 0 of the calibration");
  ls_samples_free (samples);
  ls_model_free (model);
}

static bool
stop_at_half (void *data, double fraction, const char *what)
{
  (void) what;
  *(double *) data = fraction;
  return fraction < 0.5;
}

static void
cancelling_ends_it (void)
{
  LsModel *model = make_model ();
  double seen = -1;
  LsProgress progress = { stop_at_half, &seen };
  LsRanges *ranges;
  LsError error = { 0 };

  fill_stack ();

  LsSamples *samples = make_samples (model);

  CHECK (ls_calibrate (model, samples, NULL, &progress, &ranges, &error) == LS_E_CANCELLED);
  CHECK (ranges == NULL && seen >= 0.5 && seen < 0.9);
  ls_samples_free (samples);
  ls_model_free (model);
}

/* t1 = x; while t1 < 100: t1 += t1. */
static void
body_of_a_loop_is_seen_every_time (void)
{
  LsModel *model = graph_new ();
  static const float limit = 100;
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SCALAR);
  int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, SCALAR);
  uint32_t at = graph_op (model, 0, LS_OP_WHILE, TENSORS (x), TENSORS (y));

  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  ls_op_set_int (model, ls_model_op (model, 0, at), "cond_subgraph_index", 1);
  ls_op_set_int (model, ls_model_op (model, 0, at), "body_subgraph_index", 2);
  ls_model_add_graph (model, "cond");

  int32_t c0 = graph_value (model, 1, LS_TYPE_FLOAT32, SCALAR);
  int32_t c1 = graph_constant (model, 1, LS_TYPE_FLOAT32, SCALAR, &limit, 4);
  int32_t c2 = graph_value (model, 1, LS_TYPE_BOOL, SCALAR);

  graph_op (model, 1, LS_OP_LESS, TENSORS (c0, c1), TENSORS (c2));
  graph_ports (model, 1, TENSORS (c0), TENSORS (c2));
  ls_model_add_graph (model, "body");

  int32_t b0 = graph_value (model, 2, LS_TYPE_FLOAT32, SCALAR);
  int32_t b1 = graph_value (model, 2, LS_TYPE_FLOAT32, SCALAR);

  graph_op (model, 2, LS_OP_ADD, TENSORS (b0, b0), TENSORS (b1));
  graph_ports (model, 2, TENSORS (b0), TENSORS (b1));

  static const float starts[] = { 3, 60 };
  LsSamples *samples = NULL;

  npz_write (npz_path ("w.npz"), &(NpzArray){ "t0", "<f4", "2,", starts, 8 }, 1);
  CHECK (ls_samples_open (model, npz_path ("w.npz"), NULL, &samples, NULL) == LS_OK);

  LsRanges *ranges = calibrate (model, samples, 2);
  const LsRange *sum = ls_ranges_find (ranges, 2, (uint32_t) b1);

  /* 6, 12, 24, 48, 96, 192 and 120. */
  CHECK (sum != NULL && sum->min == 6 && sum->max == 192 && sum->count == 7);
  CHECK (ls_ranges_find (ranges, 1, (uint32_t) c1) == NULL);
  ls_ranges_free (ranges);
  ls_samples_free (samples);
  ls_model_free (model);
}

/* Values of very different sizes, one after the other and all at once. */
static void
bins_merge_exactly (void)
{
  static LsObserved all, part;
  float values[600];
  uint64_t bins[100], total = 0;

  for (int i = 0; i < 600; i++)
    values[i] = (i % 2 ? -1 : 1) * ldexpf (1.0f + (float) i / 700, (i * 7) % 60 - 40);
  for (int i = 0; i < 600; i += 60)
    {
      ls_observed_reset (&part);
      for (int k = 0; k < 60; k += 20)
        CHECK (ls_observed_add (&part, values + i + k, 20, 1, NULL) == LS_OK);
      CHECK (ls_observed_merge (&all, &part, NULL) == LS_OK);
    }
  ls_observed_reset (&part);
  CHECK (ls_observed_add (&part, values, 600, 1, NULL) == LS_OK);
  CHECK (all.count == 600 && all.min == part.min && all.max == part.max);
  CHECK (all.bins->exponent == part.bins->exponent && all.bins->first == part.bins->first);
  CHECK (memcmp (all.bins->bins, part.bins->bins, sizeof part.bins->bins) == 0);
  ls_observed_spread (&all, bins, 100);
  for (int i = 0; i < 100; i++)
    total += bins[i];
  CHECK (total == 600);
  ls_observed_clear (&all);
  ls_observed_clear (&part);
}

int
main (void)
{
  RUN (ranges_are_those_of_all_samples);
  RUN (threads_do_not_change_the_result);
  RUN (infinity_leaves_the_sample_out);
  RUN (cancelling_ends_it);
  RUN (body_of_a_loop_is_seen_every_time);
  RUN (bins_merge_exactly);
  npz_remove (npz_folder ());
  return done ();
}
