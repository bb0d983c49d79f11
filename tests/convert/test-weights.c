/* Integer weights in float models, narrow ones, and weights that are rounded together. */
#include <math.h>

#include "graph.h"
#include "npz.h"
#include "samples.h"

enum
{
  N_WORDS = 24,
  WIDTH = 64,
  N_UNITS = 40,
  N_ROWS = 5,
  N_SAMPLES = 16,
  ROWS_EACH = 8
};

static float
noise (uint32_t *state)
{
  *state = *state * 1664525U + 1013904223U;
  return (float) (*state >> 8) / (1 << 24) - 0.5F;
}

static void
fill (float *values, size_t count, uint32_t seed)
{
  for (size_t i = 0; i < count; i++)
    values[i] = noise (&seed) + noise (&seed) + noise (&seed);
}

/* Words → rows of a table → FULLY_CONNECTED. */
static LsModel *
make_table (void)
{
  static float table[N_WORDS * WIDTH], weights[N_UNITS * WIDTH];
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_INT32, SHAPE (N_ROWS));
  int32_t rows = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (N_ROWS, WIDTH));
  int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (N_ROWS, N_UNITS));

  fill (table, N_WORDS * WIDTH, 1);
  fill (weights, N_UNITS * WIDTH, 2);

  int32_t t
    = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (N_WORDS, WIDTH), table, sizeof table);
  int32_t w
    = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (N_UNITS, WIDTH), weights, sizeof weights);

  graph_op (model, 0, LS_OP_EMBEDDING_LOOKUP, TENSORS (x, t), TENSORS (rows));
  graph_op (model, 0, LS_OP_FULLY_CONNECTED, TENSORS (rows, w, -1), TENSORS (y));
  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  return model;
}

static void
run_table (const LsModel *model, float *out)
{
  static const int32_t words[N_ROWS] = { 3, 0, 23, 11, 3 };
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session = graph_session (model, &options);
  LsArray view;

  CHECK (graph_set (session, 0, LS_TYPE_INT32, SHAPE (N_ROWS), words, sizeof words)
         && graph_run (session));
  CHECK (ls_session_get_output (session, 0, &view, NULL) == LS_OK
         && view.n_bytes == N_ROWS * N_UNITS * sizeof *out);
  memcpy (out, view.data, view.n_bytes);
  ls_session_free (session);
}

static double
sqnr (const float *wanted, const float *got, size_t count)
{
  double signal = 0, error = 0;

  for (size_t i = 0; i < count; i++)
    {
      signal += (double) wanted[i] * wanted[i];
      error += ((double) wanted[i] - got[i]) * ((double) wanted[i] - got[i]);
    }
  return 10 * log10 (signal / error);
}

/* How near the converted table is to the float one, in dB. */
static double
table_sqnr (const LsModel *model, const LsModel *converted)
{
  float wanted[N_ROWS * N_UNITS], got[N_ROWS * N_UNITS];

  run_table (model, wanted);
  run_table (converted, got);
  return sqnr (wanted, got, N_ROWS * N_UNITS);
}

static void
weights_alone_are_behind_dequantize (void)
{
  static const struct
  {
    uint32_t bits;
    LsType type;
    double least_db;
  } cases[] = { { 8, LS_TYPE_INT8, 38 }, { 4, LS_TYPE_INT4, 14 }, { 2, LS_TYPE_INT2, 3 } };
  LsModel *model = make_table ();

  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      LsModel *out = convert_with (
        model, &(LsConvertOptions){ .to = LS_TO_WEIGHTS, .weight_bits = cases[i].bits });

      CHECK (count_type (out, cases[i].type) == 2);
      CHECK (count_ops (out, LS_OP_DEQUANTIZE) == 1);
      CHECK (table_sqnr (model, out) > cases[i].least_db);
      ls_model_free (out);
    }
  ls_model_free (model);
}

/* A scale for every 32 values is nearer than one for a row. */
static void
blocks_have_their_scales (void)
{
  LsModel *model = make_table ();
  LsModel *rows
    = convert_with (model, &(LsConvertOptions){ .to = LS_TO_DYNAMIC, .weight_bits = 4 });
  LsModel *blocks
    = convert_with (model, &(LsConvertOptions){ .to = LS_TO_DYNAMIC, .weight_block = 32 });

  CHECK (count_type (rows, LS_TYPE_INT4) == 2 && count_type (rows, LS_TYPE_FLOAT16) == 0);
  CHECK (count_type (blocks, LS_TYPE_INT4) == 2 && count_type (blocks, LS_TYPE_FLOAT16) == 2);
  CHECK (count_ops (blocks, LS_OP_DEQUANTIZE) == 0);
  CHECK (table_sqnr (model, rows) > 13);
  CHECK (table_sqnr (model, blocks) > table_sqnr (model, rows));
  for (uint32_t t = 0; t < ls_model_subgraph (blocks, 0)->n_tensors; t++)
    {
      const LsTensor *tensor = &ls_model_subgraph (blocks, 0)->tensors[t];

      if (tensor->type == LS_TYPE_INT4)
        CHECK (tensor->quant->details == LS_QUANT_DETAILS_BLOCKWISE
               && tensor->quant->block_size == 32 && tensor->quant->block_zero_points == -1);
    }
  ls_model_free (rows);
  ls_model_free (blocks);
  ls_model_free (model);
}

/* Rows whose values hang together: errors can cancel. */
static void
fill_rows (float *rows)
{
  uint32_t seed = 7;

  for (int r = 0; r < N_SAMPLES * ROWS_EACH; r++)
    {
      float common[4];

      for (int i = 0; i < 4; i++)
        common[i] = noise (&seed);
      for (int k = 0; k < WIDTH; k++)
        rows[r * WIDTH + k] = common[k % 4] + 0.2F * noise (&seed);
    }
}

static LsModel *
make_dense (void)
{
  static float weights[N_UNITS * WIDTH];
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (ROWS_EACH, WIDTH));
  int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (ROWS_EACH, N_UNITS));

  fill (weights, N_UNITS * WIDTH, 3);

  int32_t w
    = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (N_UNITS, WIDTH), weights, sizeof weights);

  graph_op (model, 0, LS_OP_FULLY_CONNECTED, TENSORS (x, w, -1), TENSORS (y));
  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  return model;
}

static void
run_dense (const LsModel *model, const float *rows, float *out)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session = graph_session (model, &options);
  LsArray view;

  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (ROWS_EACH, WIDTH), rows,
                    ROWS_EACH * WIDTH * sizeof *rows)
         && graph_run (session));
  CHECK (ls_session_get_output (session, 0, &view, NULL) == LS_OK
         && view.n_bytes == ROWS_EACH * N_UNITS * sizeof *out);
  memcpy (out, view.data, view.n_bytes);
  ls_session_free (session);
}

/* Weights rounded together give better outputs, also for rows that were not among the samples. */
static void
round_together (LsTo to, LsChoice choice, bool improve)
{
  static float rows[N_SAMPLES * ROWS_EACH * WIDTH];
  float wanted[ROWS_EACH * N_UNITS], got[2][ROWS_EACH * N_UNITS];
  LsModel *model = make_dense ();
  LsSamples *data = NULL;
  LsError error = { 0 };

  fill_rows (rows);
  /* The last sample is kept back. */
  npz_write (npz_path ("r.npz"),
             &(NpzArray){ "in_0", "<f4", "15, 8, 64", rows,
                          (N_SAMPLES - 1) * ROWS_EACH * WIDTH * sizeof *rows },
             1);
  CHECK (ls_samples_open (model, npz_path ("r.npz"), NULL, &data, &error) == LS_OK);

  const float *kept_back = rows + (N_SAMPLES - 1) * ROWS_EACH * WIDTH;

  run_dense (model, kept_back, wanted);
  for (int i = 0; i < 2; i++)
    {
      LsModel *out = convert_with (
        model, &(LsConvertOptions){ .to = to,
                                    .samples = data,
                                    .float_io = true,
                                    .weight_bits = 4,
                                    .improve = improve,
                                    .adaptive_rounding = i == 0 ? LS_CHOICE_OFF : choice });

      CHECK (count_type (out, LS_TYPE_INT4) == 1);
      run_dense (out, kept_back, got[i]);
      ls_model_free (out);
    }

  double nearest = sqnr (wanted, got[0], ROWS_EACH * N_UNITS);
  double together = sqnr (wanted, got[1], ROWS_EACH * N_UNITS);

  printf ("# %.1f dB, rounded together %.1f dB\n", nearest, together);
  CHECK (nearest > 10 && together > nearest + 3);
  ls_samples_free (data);
  ls_model_free (model);
}

static void
weights_are_rounded_together (void)
{
  round_together (LS_TO_INT8, LS_CHOICE_ON, false);
  round_together (LS_TO_WEIGHTS, LS_CHOICE_ON, false);
  round_together (LS_TO_WEIGHTS, LS_CHOICE_AUTO, true);
  round_together (LS_TO_DYNAMIC, LS_CHOICE_AUTO, true);
}

/* Convolutions of a real model, with every type of weights. */
static void
convolutions_take_four_bits (void)
{
  LsModel *model = open_sample ("digits.tflite");
  LsModel *out = convert_with (model, &(LsConvertOptions){ .to = LS_TO_DYNAMIC, .weight_bits = 4 });

  CHECK (count_type (out, LS_TYPE_INT4) > 0);
  ls_model_free (out);
  ls_model_free (model);
}

/* LiteRT runs depthwise convolutions of floats with int8 weights alone. */
static void
depthwise_weights_keep_eight_bits (void)
{
  static float weights[3 * 3 * WIDTH];
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 4, 4, WIDTH));
  int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 4, 4, WIDTH));

  fill (weights, 3 * 3 * WIDTH, 9);

  int32_t w
    = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 3, 3, WIDTH), weights, sizeof weights);
  uint32_t at = graph_op (model, 0, LS_OP_DEPTHWISE_CONV_2D, TENSORS (x, w, -1), TENSORS (y));

  ls_op_set_int (model, ls_model_op (model, 0, at), "stride_h", 1);
  ls_op_set_int (model, ls_model_op (model, 0, at), "stride_w", 1);
  ls_op_set_int (model, ls_model_op (model, 0, at), "depth_multiplier", 1);
  graph_ports (model, 0, TENSORS (x), TENSORS (y));

  LsModel *dynamic
    = convert_with (model, &(LsConvertOptions){ .to = LS_TO_DYNAMIC, .weight_bits = 4 });
  LsModel *alone
    = convert_with (model, &(LsConvertOptions){ .to = LS_TO_WEIGHTS, .weight_bits = 4 });

  CHECK (count_type (dynamic, LS_TYPE_INT8) == 1 && count_type (dynamic, LS_TYPE_INT4) == 0);
  CHECK (count_type (alone, LS_TYPE_INT4) == 1 && count_ops (alone, LS_OP_DEQUANTIZE) == 1);
  ls_model_free (dynamic);
  ls_model_free (alone);
  ls_model_free (model);
}

/* Two operators with the same weights: their integers are stored once. */
static void
shared_weights_are_stored_once (void)
{
  static float weights[WIDTH * WIDTH];
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (ROWS_EACH, WIDTH));
  int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (ROWS_EACH, WIDTH));
  int32_t z = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (ROWS_EACH, WIDTH));

  fill (weights, WIDTH * WIDTH, 4);

  int32_t w
    = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (WIDTH, WIDTH), weights, sizeof weights);

  graph_op (model, 0, LS_OP_FULLY_CONNECTED, TENSORS (x, w, -1), TENSORS (y));
  graph_op (model, 0, LS_OP_FULLY_CONNECTED, TENSORS (y, w, -1), TENSORS (z));
  graph_ports (model, 0, TENSORS (x), TENSORS (z));

  LsRange list[3] = { 0 };
  LsRanges ranges = { .n_ranges = 3, .n_samples = 1, .ranges = list };

  for (uint32_t i = 0; i < 3; i++)
    list[i] = (LsRange){ .tensor = (uint32_t) (i == 0   ? x
                                               : i == 1 ? y
                                                        : z),
                         .low = -4,
                         .high = 4,
                         .min = -4,
                         .max = 4,
                         .count = 1 };
  for (uint32_t i = 0; i < 3; i++)
    list[i].name = (char *) ls_model_subgraph (model, 0)->tensors[list[i].tensor].name;

  LsModel *out = convert_with (model, &(LsConvertOptions){ .to = LS_TO_INT8, .ranges = &ranges });
  const LsSubgraph *graph = ls_model_subgraph (out, 0);

  CHECK (graph->n_ops == 2);
  CHECK (graph->tensors[graph->ops[0].inputs[1]].buffer
         == graph->tensors[graph->ops[1].inputs[1]].buffer);
  ls_model_free (out);
  ls_model_free (model);
}

/* for (i = 0; i < x; i++) y = relu (w · y): the counter and the condition stay float. */
static LsModel *
make_loop (void)
{
  static const float one = 1;
  static float weights[WIDTH * WIDTH];
  LsModel *model = graph_new ();
  int32_t in[2], out[2], c[3], b[4];

  fill (weights, WIDTH * WIDTH, 5);
  for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
    weights[i] *= 0.25F;
  in[0] = graph_value (model, 0, LS_TYPE_FLOAT32, SCALAR);
  in[1] = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (ROWS_EACH, WIDTH));
  out[0] = graph_value (model, 0, LS_TYPE_FLOAT32, SCALAR);
  out[1] = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (ROWS_EACH, WIDTH));

  uint32_t at = graph_op (model, 0, LS_OP_WHILE, 2, in, 2, out);

  graph_ports (model, 0, 2, in, 2, out);
  ls_op_set_int (model, ls_model_op (model, 0, at), "cond_subgraph_index", 1);
  ls_op_set_int (model, ls_model_op (model, 0, at), "body_subgraph_index", 2);
  for (uint32_t g = 1; g < 3; g++)
    {
      ls_model_add_graph (model, g == 1 ? "cond" : "body");
      c[0] = graph_value (model, g, LS_TYPE_FLOAT32, SCALAR);
      c[1] = graph_value (model, g, LS_TYPE_FLOAT32, SHAPE (ROWS_EACH, WIDTH));
      c[2] = graph_constant (model, g, LS_TYPE_FLOAT32, SCALAR, &one, sizeof one);
      if (g == 1)
        {
          b[0] = graph_value (model, g, LS_TYPE_BOOL, SCALAR);
          graph_op (model, g, LS_OP_LESS, TENSORS (c[2], c[0]), 1, b);
          graph_ports (model, g, 2, c, 1, b);
          continue;
        }
      b[0] = graph_value (model, g, LS_TYPE_FLOAT32, SCALAR);
      b[1] = graph_value (model, g, LS_TYPE_FLOAT32, SHAPE (ROWS_EACH, WIDTH));
      b[2] = graph_value (model, g, LS_TYPE_FLOAT32, SHAPE (ROWS_EACH, WIDTH));
      b[3]
        = graph_constant (model, g, LS_TYPE_FLOAT32, SHAPE (WIDTH, WIDTH), weights, sizeof weights);
      graph_op (model, g, LS_OP_SUB, TENSORS (c[0], c[2]), 1, b);
      graph_op (model, g, LS_OP_FULLY_CONNECTED, TENSORS (c[1], b[3], -1), TENSORS (b[2]));
      graph_op (model, g, LS_OP_RELU, TENSORS (b[2]), TENSORS (b[1]));
      graph_ports (model, g, 2, c, 2, b);
    }
  return model;
}

static void
run_loop (const LsModel *model, const float *rows, float *out)
{
  static const float times = 3.5F;
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session = graph_session (model, &options);
  LsArray view;

  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SCALAR, &times, sizeof times)
         && graph_set (session, 1, LS_TYPE_FLOAT32, SHAPE (ROWS_EACH, WIDTH), rows,
                       ROWS_EACH * WIDTH * sizeof *rows)
         && graph_run (session));
  CHECK (ls_session_get_output (session, 1, &view, NULL) == LS_OK
         && view.n_bytes == ROWS_EACH * WIDTH * sizeof *out);
  memcpy (out, view.data, view.n_bytes);
  ls_session_free (session);
}

static void
bodies_compute_with_integers (void)
{
  static float rows[N_SAMPLES * ROWS_EACH * WIDTH], times[N_SAMPLES];
  float wanted[ROWS_EACH * WIDTH], got[ROWS_EACH * WIDTH];
  LsModel *model = make_loop ();
  LsSamples *data = NULL;
  LsError error = { 0 };

  fill_rows (rows);
  for (int i = 0; i < N_SAMPLES; i++)
    times[i] = 1.5F + (float) (i % 4);

  const NpzArray arrays[] = { { "in_0", "<f4", "16,", times, sizeof times },
                              { "in_1", "<f4", "16, 8, 64", rows, sizeof rows } };

  npz_write (npz_path ("l.npz"), arrays, 2);
  CHECK (ls_samples_open (model, npz_path ("l.npz"), NULL, &data, &error) == LS_OK);

  LsModel *out = convert_with (
    model, &(LsConvertOptions){ .to = LS_TO_INT8, .samples = data, .float_io = true });
  unsigned n_integer = 0;
  const LsSubgraph *body = ls_model_subgraph (out, 2);

  for (uint32_t i = 0; i < body->n_ops; i++)
    if (body->ops[i].kind == LS_OP_FULLY_CONNECTED)
      n_integer += body->tensors[body->ops[i].inputs[1]].type == LS_TYPE_INT8
                   && body->tensors[body->ops[i].outputs[0]].type == LS_TYPE_INT8;
    else if (body->ops[i].kind == LS_OP_SUB)
      CHECK (body->tensors[body->ops[i].outputs[0]].type == LS_TYPE_FLOAT32);
  CHECK (n_integer == 1);
  run_loop (model, rows, wanted);
  run_loop (out, rows, got);
  printf ("# %.1f dB\n", sqnr (wanted, got, ROWS_EACH * WIDTH));
  CHECK (sqnr (wanted, got, ROWS_EACH * WIDTH) > 25);
  ls_model_free (out);
  ls_samples_free (data);
  ls_model_free (model);
}

int
main (int argc, char **argv)
{
  samples = argc > 1 ? argv[1] : "data/samples";
  RUN (weights_alone_are_behind_dequantize);
  RUN (blocks_have_their_scales);
  RUN (weights_are_rounded_together);
  RUN (convolutions_take_four_bits);
  RUN (depthwise_weights_keep_eight_bits);
  RUN (shared_weights_are_stored_once);
  RUN (bodies_compute_with_integers);
  npz_remove (npz_folder ());
  return done ();
}
