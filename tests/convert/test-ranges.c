/* Ranges: how observers choose them, and the file that keeps them. */
#include "test.h"

#include <math.h>

#include "convert/quantize/ranges.h"
#include "graph.h"
#include "npz.h"

/* One tensor t0 with nearly all values in [-1, 1] and a few far out at 100. */
static LsRanges *
make_ranges (void)
{
  LsRanges *ranges = calloc (1, sizeof *ranges);
  LsRange *range = calloc (1, sizeof *range);

  *ranges = (LsRanges){ .n_ranges = 1, .n_samples = 3, .ranges = range };
  *range = (LsRange){ .name = strdup ("t0"),
                      .min = -1,
                      .max = 100,
                      .low = -1,
                      .high = 100,
                      .count = 1000002,
                      .average_min = -0.75,
                      .average_max = 40,
                      .bins = calloc (LS_RANGE_BINS, sizeof (uint64_t)),
                      .n_channels = 2,
                      .channel_mean = calloc (2, sizeof (double)) };
  range->channel_mean[0] = 0.1;
  range->channel_mean[1] = -1.0 / 3;
  for (int i = 0; i < 40; i++)
    range->bins[i] = 25000;
  range->bins[LS_RANGE_BINS - 1] = 2;
  return ranges;
}

static const LsRange *
observe (LsRanges *ranges, LsObserver observer, double percentile, uint32_t bits)
{
  LsCalibrateOptions options
    = { .observer = observer, .percentile = percentile, .n_threads = 1, .bits = bits };

  ls_ranges_observe (ranges, &options);
  return &ranges->ranges[0];
}

static void
observers_clip_outliers (void)
{
  LsRanges *ranges = make_ranges ();
  const LsRange *range = observe (ranges, LS_OBSERVE_MIN_MAX, 0, 8);

  CHECK (range->low == -1 && range->high == 100);
  range = observe (ranges, LS_OBSERVE_AVERAGE, 0, 8);
  CHECK (range->low == -0.75 && range->high == 40);
  range = observe (ranges, LS_OBSERVE_PERCENTILE, 0.999, 8);
  CHECK (range->low > -1 && range->low < -0.99 && range->high > 0.9 && range->high < 1.1);
  range = observe (ranges, LS_OBSERVE_MSE, 0, 8);
  CHECK (range->low <= -0.9 && range->high < 90 && range->high > 40);
  /* Sixteen bits lose little to width and much to clipping. */
  range = observe (ranges, LS_OBSERVE_MSE, 0, 16);
  CHECK (range->low <= -0.95 && range->high == 100);
  range = observe (ranges, LS_OBSERVE_ENTROPY, 0, 8);
  CHECK (range->low <= 0 && range->high > 10 && range->high <= 100);
  ls_ranges_free (ranges);
}

static void
ranges_by_hand_stay (void)
{
  LsRanges *ranges = make_ranges ();

  ranges->ranges[0].by_hand = true;
  ranges->ranges[0].high = 7;
  CHECK (observe (ranges, LS_OBSERVE_MIN_MAX, 0, 8)->high == 7);
  ls_ranges_free (ranges);
}

static LsModel *
make_model (void)
{
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 2));
  int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 2));

  graph_op (model, 0, LS_OP_RELU, TENSORS (x), TENSORS (y));
  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  return model;
}

static void
file_keeps_everything (void)
{
  LsRanges *ranges = make_ranges (), *loaded;
  LsModel *model = make_model ();
  LsError error = { 0 };

  ranges->ranges[0].by_hand = true;
  CHECK (ls_ranges_save (ranges, npz_path ("r.json"), &error) == LS_OK);
  if (ls_ranges_load (model, npz_path ("r.json"), &loaded, &error) != LS_OK)
    printf ("# %s\n", error.message);
  CHECK (loaded != NULL && loaded->n_samples == 3 && loaded->n_ranges == 1);

  const LsRange *a = &ranges->ranges[0], *b = ls_ranges_find (loaded, 0, 0);

  CHECK (b != NULL && b->by_hand && b->min == a->min && b->max == a->max && b->count == a->count);
  CHECK (b->average_min == a->average_min && b->n_channels == 2);
  CHECK (memcmp (a->channel_mean, b->channel_mean, 2 * sizeof (double)) == 0);
  CHECK (memcmp (a->bins, b->bins, LS_RANGE_BINS * sizeof *a->bins) == 0);
  ls_ranges_free (loaded);

  /* A tensor of that name elsewhere takes it; a name that is gone belongs to none. */
  ls_model_tensor (model, 0, 0)->name = "other";
  ls_model_tensor (model, 0, 1)->name = "t0";
  CHECK (ls_ranges_load (model, npz_path ("r.json"), &loaded, &error) == LS_OK);
  CHECK (ls_ranges_find (loaded, 0, 1) != NULL && ls_ranges_find (loaded, 0, 0) == NULL);
  ls_ranges_free (loaded);
  ls_model_tensor (model, 0, 1)->name = "gone";
  CHECK (ls_ranges_load (model, npz_path ("r.json"), &loaded, &error) == LS_E_INVALID);
  CHECK (loaded == NULL && strstr (error.message, "none of the 1 ranges") != NULL);
  ls_ranges_free (ranges);
  ls_model_free (model);
}

/* Cut anywhere, or with any byte changed, a file is read or refused with a sentence. */
static void
damaged_files_do_no_harm (void)
{
  static const char text[]
    = "{\"format\": \"litesmith ranges\", \"version\": 1, \"samples\": 2, \"ranges\": [\n"
      "{\"name\": \"t0\", \"subgraph\": 0, \"tensor\": 0, \"min\": -1, \"max\": 1, \"low\": -1, "
      "\"high\": 1, \"count\": 4, \"channel_mean\": [0, 0.5]}]}";
  LsModel *model = make_model ();
  LsRanges *ranges;
  char copy[sizeof text];

  for (size_t i = 0; i < 3 * (sizeof text - 1); i++)
    {
      LsError error = { 0 };
      size_t at = i % (sizeof text - 1);

      memcpy (copy, text, sizeof text);
      copy[at] = i / (sizeof text - 1) == 0 ? '9' : i / (sizeof text - 1) == 1 ? '-' : copy[at];
      npz_write_bytes (npz_path ("d.json"), copy, i < 2 * (sizeof text - 1) ? sizeof text - 1 : at);
      if (ls_ranges_load (model, npz_path ("d.json"), &ranges, &error) != LS_OK)
        CHECK (error.message[0] != '\0' && ranges == NULL);
      ls_ranges_free (ranges);
    }
  npz_write_bytes (npz_path ("d.json"), text, sizeof text - 1);
  CHECK (ls_ranges_load (model, npz_path ("d.json"), &ranges, NULL) == LS_OK);
  ls_ranges_free (ranges);
  ls_model_free (model);
}

int
main (void)
{
  RUN (observers_clip_outliers);
  RUN (ranges_by_hand_stay);
  RUN (file_keeps_everything);
  RUN (damaged_files_do_no_harm);
  npz_remove (npz_folder ());
  return done ();
}
