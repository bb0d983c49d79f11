/* Weights that lose their channels without data to learn from. */
#include <math.h>

#include "base/random.h"
#include "convert/requantize/made_samples.h"
#include "convert/requantize/merge.h"
#include "graph.h"
#include "npz.h"
#include "samples.h"

enum
{
  SIZE = 8,
  DEPTH = 3,
  WIDTH = 16,
  N_SAMPLES = 8
};

static uint64_t state = 1;

/* Output channels along @axis 0 or 3 are larger or smaller than one another. */
static int32_t
weights (LsModel *model, const int32_t *dims, const float *sizes, int axis)
{
  size_t n = (size_t) dims[0] * (size_t) dims[1] * (size_t) dims[2] * (size_t) dims[3];
  size_t inner = axis == 0 ? n / (size_t) dims[0] : 1, n_channels = (size_t) dims[axis];
  float values[WIDTH * WIDTH * 9];

  for (size_t i = 0; i < n; i++)
    values[i] = ls_random_float (&state) * sizes[i / inner % n_channels];
  return graph_constant (model, 0, LS_TYPE_FLOAT32, 4, dims, values, n * sizeof *values);
}

static int32_t
layer (LsModel *model, int kind, int32_t x, int32_t w, int32_t depth, int activation)
{
  int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, SIZE, SIZE, depth));
  float zeros[WIDTH] = { 0 };
  int32_t bias = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (depth), zeros,
                                 (size_t) depth * sizeof *zeros);
  uint32_t at = graph_op (model, 0, kind, TENSORS (x, w, bias), TENSORS (y));
  LsOperator *op = ls_model_op (model, 0, at);

  ls_op_set_int (model, op, "stride_w", 1);
  ls_op_set_int (model, op, "stride_h", 1);
  ls_op_set_int (model, op, "dilation_w_factor", 1);
  ls_op_set_int (model, op, "dilation_h_factor", 1);
  ls_op_set_int (model, op, "fused_activation_function", activation);
  if (kind == LS_OP_DEPTHWISE_CONV_2D)
    ls_op_set_int (model, op, "depth_multiplier", 1);
  return y;
}

/* The first layer's channels differ by up to 128 times, and the second takes that back. */
static LsModel *
make_model (void)
{
  LsModel *model = graph_new ();
  float up[WIDTH], down[WIDTH], even[WIDTH];

  for (int c = 0; c < WIDTH; c++)
    {
      up[c] = ldexpf (1, -(c % 8));
      down[c] = 1 / up[c];
      even[c] = 1;
    }

  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, SIZE, SIZE, DEPTH));
  int32_t a = layer (model, LS_OP_CONV_2D, x,
                     weights (model, (const int32_t[]){ WIDTH, 1, 1, DEPTH }, up, 0), WIDTH, 1);
  int32_t b = layer (model, LS_OP_DEPTHWISE_CONV_2D, a,
                     weights (model, (const int32_t[]){ 1, 3, 3, WIDTH }, down, 3), WIDTH, 1);
  int32_t y = layer (model, LS_OP_CONV_2D, b,
                     weights (model, (const int32_t[]){ 4, 1, 1, WIDTH }, even, 0), 4, 0);

  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  return model;
}

static LsModel *
make_integers (void)
{
  static float values[N_SAMPLES * SIZE * SIZE * DEPTH];
  LsModel *model = make_model ();
  LsSamples *seen = NULL;
  LsError error = { 0 };

  for (size_t i = 0; i < sizeof values / sizeof *values; i++)
    values[i] = ls_random_float (&state);
  npz_write (npz_path ("s.npz"),
             &(NpzArray){ "in_0", "<f4", "8, 1, 8, 8, 3", values, sizeof values }, 1);
  CHECK (ls_samples_open (model, npz_path ("s.npz"), NULL, &seen, &error) == LS_OK);

  LsModel *out = convert_with (
    model, &(LsConvertOptions){
             .to = LS_TO_INT8, .samples = seen, .calibrate.observer = LS_OBSERVE_MIN_MAX });

  ls_samples_free (seen);
  ls_model_free (model);
  return out;
}

static double
compare (const LsModel *a, const LsModel *b)
{
  LsArray input = { 0 };
  LsComparison comparison;
  LsError error = { 0 };
  double db = INFINITY;

  CHECK (ls_compare (a, b, &input, 1, 5, 1, NULL, &comparison, &error) == LS_OK);
  for (uint32_t i = 0; i < comparison.n_tensors; i++)
    if (comparison.tensors[i].is_output)
      db = comparison.tensors[i].sqnr_db;
  ls_comparison_clear (&comparison);
  return db;
}

static void
channels_are_made_alike (LsTo to)
{
  LsModel *model = make_integers (), *plain = NULL;
  LsConvertOptions options = { .to = to, .granularity = LS_GRANULARITY_PER_TENSOR };
  LsError error = { 0 };
  LsModel *out = convert_with (model, &options);

  CHECK (ls_convert_with_grids (model, &options, NULL, NULL, &plain, NULL, &error) == LS_OK);

  double before = compare (model, plain), after = compare (model, out);

  if (!(after > before + 3 && after > 20))
    printf ("# %.1f dB, rounded alone %.1f\n", after, before);
  CHECK (after > before + 3 && after > 20);
  CHECK (count_type (out, LS_TYPE_FLOAT32) == 0);
  for (uint32_t t = 0; t < ls_model_subgraph (out, 0)->n_tensors; t++)
    CHECK (ls_model_subgraph (out, 0)->tensors[t].quant->n_scales == 1);
  ls_model_free (out);
  ls_model_free (plain);
  ls_model_free (model);
}

static void
int8_channels_are_made_alike (void)
{
  channels_are_made_alike (LS_TO_INT8);
}

static void
uint8_channels_are_made_alike (void)
{
  channels_are_made_alike (LS_TO_UINT8);
}

/* They are always the same, and within what the input's integers span. */
static void
samples_are_made_up (void)
{
  LsModel *model = make_integers (), *floats = make_model ();
  LsSamples *first = NULL, *second = NULL, *none = NULL;
  LsError error = { 0 };

  CHECK (ls_make_samples (model, &first, &error) == LS_OK && first != NULL);
  CHECK (ls_make_samples (model, &second, &error) == LS_OK && second != NULL);
  CHECK (ls_make_samples (floats, &none, &error) == LS_OK && none == NULL);
  CHECK (ls_samples_count (first) == 12);
  for (uint32_t i = 0; i < ls_samples_count (first); i++)
    {
      LsArray a, b;

      CHECK (ls_samples_load (first, i, &a, &error) == LS_OK);
      CHECK (ls_samples_load (second, i, &b, &error) == LS_OK);
      CHECK (a.type == LS_TYPE_FLOAT32 && a.n_bytes == b.n_bytes
             && memcmp (a.data, b.data, a.n_bytes) == 0);
      for (size_t k = 0; k < ls_array_count (&a); k++)
        CHECK (fabs (ls_array_get (&a, k)) < 1.02);
      ls_array_clear (&a);
      ls_array_clear (&b);
    }
  ls_samples_free (first);
  ls_samples_free (second);
  ls_model_free (floats);
  ls_model_free (model);
}

int
main (void)
{
  RUN (int8_channels_are_made_alike);
  RUN (uint8_channels_are_made_alike);
  RUN (samples_are_made_up);
  npz_remove (npz_folder ());
  return done ();
}
