/* LSTM and SVDF as integer operators: what LiteRT's kernels take for granted, and the numbers. */
#include <math.h>

#include "graph.h"
#include "npz.h"
#include "samples.h"

enum
{
  N_SAMPLES = 24,
  N_TIME = 6,
  DEPTH = 5,
  CELLS = 8,
  OUTPUTS = 6, /* of a projection */
  N_OPERANDS = 24,
  TANH = 4,
  RELU = 1
};

/* Parts that an LSTM may have. */
enum
{
  COUPLED = 1,
  PEEPHOLE = 2,
  NORM = 4,
  PROJECTION = 8,
  CLIPS = 16
};

static uint32_t state = 1;

static float
noise (float peak)
{
  state = state * 1664525u + 1013904223u;
  return ((float) (state >> 8) / 0x1p23f - 1) * peak;
}

static int32_t
constant (LsModel *model, int rank, const int32_t *dims, float offset, float peak)
{
  float values[CELLS * CELLS];
  size_t n = 1;

  for (int d = 0; d < rank; d++)
    n *= (size_t) dims[d];
  for (size_t i = 0; i < n; i++)
    values[i] = offset + noise (peak);
  return graph_constant (model, 0, LS_TYPE_FLOAT32, rank, dims, values, n * sizeof *values);
}

static int32_t
variable (LsModel *model, int rank, const int32_t *dims)
{
  int32_t t = graph_value (model, 0, LS_TYPE_FLOAT32, rank, dims);

  ls_model_tensor (model, 0, (uint32_t) t)->is_variable = true;
  return t;
}

static LsModel *
make_lstm (int kind, unsigned parts)
{
  LsModel *model = graph_new ();
  bool is_sequence = kind == LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM;
  int32_t n_out = parts & PROJECTION ? OUTPUTS : CELLS, in[N_OPERANDS];
  int32_t x = is_sequence ? graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, N_TIME, DEPTH))
                          : graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, DEPTH));
  int32_t y = is_sequence ? graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, N_TIME, n_out))
                          : graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, n_out));

  for (int i = 0; i < N_OPERANDS; i++)
    in[i] = -1;
  in[0] = x;
  for (int gate = parts & COUPLED ? 1 : 0; gate < 4; gate++)
    {
      in[1 + gate] = constant (model, SHAPE (CELLS, DEPTH), 0, 0.8f);
      in[5 + gate] = constant (model, SHAPE (CELLS, n_out), 0, 0.6f);
      in[12 + gate] = constant (model, SHAPE (CELLS), 0, 0.3f);
      if (parts & NORM)
        in[20 + gate] = constant (model, SHAPE (CELLS), 0.8f, 0.2f);
      if (parts & PEEPHOLE && gate != 2)
        in[9 + gate - (gate > 2)] = constant (model, SHAPE (CELLS), 0, 0.3f);
    }
  if (parts & PROJECTION)
    {
      in[16] = constant (model, SHAPE (OUTPUTS, CELLS), 0, 0.7f);
      in[17] = constant (model, SHAPE (OUTPUTS), 0, 0.1f);
    }
  in[18] = variable (model, SHAPE (1, n_out));
  in[19] = variable (model, SHAPE (1, CELLS));
  graph_op (model, 0, kind, N_OPERANDS, in, TENSORS (y));

  LsOperator *op = ls_model_op (model, 0, 0);

  ls_op_set_int (model, op, "fused_activation_function", TANH);
  if (parts & CLIPS)
    {
      ls_op_set_float (model, op, "cell_clip", 0.9);
      ls_op_set_float (model, op, "proj_clip", 0.4);
    }
  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  return model;
}

static LsSamples *
make_samples (const LsModel *model, float *values, const char *shape, size_t n)
{
  LsSamples *seen = NULL;
  LsError error = { 0 };

  for (size_t i = 0; i < n; i++)
    values[i] = noise (1.5f);
  npz_write (npz_path ("s.npz"), &(NpzArray){ "in_0", "<f4", shape, values, n * sizeof *values },
             1);
  if (ls_samples_open (model, npz_path ("s.npz"), NULL, &seen, &error) != LS_OK)
    printf ("# %s\n", error.message);
  CHECK (seen != NULL);
  return seen;
}

/* As integers, by samples that it makes. */
static LsModel *
quantize (const LsModel *model, LsTo to)
{
  static float values[N_SAMPLES * N_TIME * DEPTH];
  int rank = ls_model_subgraph (model, 0)->tensors[ls_model_subgraph (model, 0)->inputs[0]].rank;
  LsSamples *seen = rank == 3
                      ? make_samples (model, values, "24, 1, 6, 5", N_SAMPLES * N_TIME * DEPTH)
                      : make_samples (model, values, "24, 1, 5", N_SAMPLES * DEPTH);
  LsConvertOptions options = { .to = to, .samples = seen };
  LsModel *out = convert_with (model, &options);

  ls_samples_free (seen);
  return out;
}

/* The least SQNR of the output over inputs that nobody has seen. */
static double
compare (const LsModel *a, const LsModel *b)
{
  const LsSubgraph *graph = ls_model_subgraph (a, 0);
  const LsTensor *in = &graph->tensors[graph->inputs[0]];
  double worst = INFINITY;

  for (int round = 0; round < 4; round++)
    {
      float values[N_TIME * DEPTH];
      LsArray input = { .type = LS_TYPE_FLOAT32, .rank = in->rank, .data = values };
      LsComparison comparison;
      LsError error = { 0 };

      memcpy (input.dims, in->dims, (size_t) in->rank * sizeof *in->dims);
      input.n_bytes = ls_array_count (&input) * sizeof *values;
      for (size_t i = 0; i < ls_array_count (&input); i++)
        values[i] = noise (1.5f);
      CHECK (ls_compare (a, b, &input, 1, 0, 1, NULL, &comparison, &error) == LS_OK);
      for (uint32_t i = 0; i < comparison.n_tensors; i++)
        if (comparison.tensors[i].is_output)
          worst = fmin (worst, comparison.tensors[i].sqnr_db);
      ls_comparison_clear (&comparison);
    }
  return worst;
}

static const LsTensor *
operand (const LsModel *model, int kind, uint32_t slot)
{
  const LsSubgraph *graph = ls_model_subgraph (model, 0);

  for (uint32_t i = 0; i < graph->n_ops; i++)
    if (graph->ops[i].kind == kind)
      return &graph->tensors[graph->ops[i].inputs[slot]];
  return NULL;
}

static const LsOperator *
operator_of (const LsModel *model, int kind)
{
  const LsSubgraph *graph = ls_model_subgraph (model, 0);

  for (uint32_t i = 0; i < graph->n_ops; i++)
    if (graph->ops[i].kind == kind)
      return &graph->ops[i];
  return NULL;
}

static void
check_scales (const LsModel *out, int kind, unsigned parts)
{
  const LsSubgraph *graph = ls_model_subgraph (out, 0);
  const LsOperator *op = operator_of (out, kind);
  const LsTensor *y = &graph->tensors[op->outputs[0]], *h = operand (out, kind, 18),
                 *c = operand (out, kind, 19), *bias = operand (out, kind, 13);
  int exponent;

  CHECK (c->type == LS_TYPE_INT16 && frexpf (c->quant->scales[0], &exponent) == 0.5f);
  CHECK (h->type == LS_TYPE_INT8 && h->quant->scales[0] == y->quant->scales[0]);
  CHECK (h->quant->zero_points[0] == y->quant->zero_points[0]);
  CHECK (op->n_intermediates == 5);
  CHECK (ls_attr_float (op, "proj_clip", 0) == 0);
  CHECK (bias->type == LS_TYPE_INT32);

  double wanted = parts & NORM ? operand (out, kind, 21)->quant->scales[0] / 1024
                               : operand (out, kind, 0)->quant->scales[0]
                                   * operand (out, kind, 2)->quant->scales[0];

  CHECK (fabs (bias->quant->scales[0] / wanted - 1) < 1e-6);
  for (uint32_t i = 0; i < 5; i++)
    CHECK (graph->tensors[op->intermediates[i]].quant->n_scales == 1);
}

static void
check_lstm (int kind, unsigned parts, double least_db)
{
  LsModel *model = make_lstm (kind, parts), *out = quantize (model, LS_TO_INT8);
  double db = compare (model, out);

  CHECK (ls_model_subgraph (out, 0)->n_ops == 1);
  CHECK (count_type (out, LS_TYPE_FLOAT32) == 0);
  check_scales (out, kind, parts);
  if (!(db > least_db))
    printf ("# parts %u: %.1f dB\n", parts, db);
  CHECK (db > least_db);
  ls_model_free (out);
  ls_model_free (model);
}

static void
sequences_become_integers (void)
{
  static const unsigned forms[] = { 0,
                                    COUPLED,
                                    PEEPHOLE,
                                    NORM,
                                    PROJECTION,
                                    NORM | PROJECTION,
                                    COUPLED | PEEPHOLE | NORM,
                                    PROJECTION | CLIPS };

  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    check_lstm (LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM, forms[i], 20);
}

static void
single_steps_become_integers (void)
{
  check_lstm (LS_OP_LSTM, 0, 20);
  check_lstm (LS_OP_LSTM, NORM | PROJECTION, 18);
}

/* The kernel would read the peepholes of other cells. */
static void
peepholes_beside_a_projection_stay_float (void)
{
  const int kind = LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM;
  LsModel *model = make_lstm (kind, PEEPHOLE | PROJECTION), *out = quantize (model, LS_TO_INT8);

  CHECK (operand (out, kind, 1)->type == LS_TYPE_FLOAT32);
  CHECK (compare (model, out) > 20);
  ls_model_free (out);
  ls_model_free (model);
}

/* There are kernels with int8 ends alone. */
static void
other_integers_get_casts (void)
{
  const int kind = LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM;
  LsModel *model = make_lstm (kind, 0), *wide = quantize (model, LS_TO_INT16X8),
          *alone = quantize (model, LS_TO_UINT8);
  const int32_t y = graph_hand_on (model, 0, ls_model_subgraph (model, 0)->outputs[0], 24);

  graph_ports (model, 0, TENSORS (ls_model_subgraph (model, 0)->inputs[0]), TENSORS (y));

  LsModel *out = quantize (model, LS_TO_UINT8);

  CHECK (count_ops (wide, LS_OP_QUANTIZE) == 2 && count_ops (wide, LS_OP_DEQUANTIZE) == 0);
  CHECK (operand (wide, kind, 0)->type == LS_TYPE_INT8);
  CHECK (compare (model, wide) > 20);
  CHECK (count_ops (out, LS_OP_QUANTIZE) == 2 && count_type (out, LS_TYPE_FLOAT32) == 0);
  CHECK (operand (out, kind, 0)->type == LS_TYPE_INT8 && compare (model, out) > 20);
  /* A uint8 model of little else stays one. */
  CHECK (operand (alone, kind, 0)->type == LS_TYPE_FLOAT32 && compare (model, alone) > 20);
  ls_model_free (wide);
  ls_model_free (alone);
  ls_model_free (out);
  ls_model_free (model);
}

/* LiteRT has integer kernels for one direction alone. */
static void
both_directions_become_integers (void)
{
  const int kind = LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM;
  LsModel *model = make_lstm (kind, 0);
  LsOperator one = *ls_model_op (model, 0, 0);
  int32_t in[48], y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, N_TIME, 2 * CELLS));

  for (int k = 0; k < 48; k++)
    in[k] = k < 18 ? one.inputs[k] : k < 35 ? one.inputs[k - 17] : -1;
  for (int k = 35; k < 39; k++)
    in[k] = variable (model, SHAPE (1, CELLS));
  ls_model_remove_ops (model, 0, (const bool[]){ true });
  graph_op (model, 0, LS_OP_BIDIRECTIONAL_SEQUENCE_LSTM, 48, in, TENSORS (y));
  ls_op_set_int (model, ls_model_op (model, 0, 0), "fused_activation_function", TANH);
  ls_op_set_int (model, ls_model_op (model, 0, 0), "merge_outputs", 1);
  ls_op_set_int (model, ls_model_op (model, 0, 0), "time_major", 0);
  graph_ports (model, 0, TENSORS (one.inputs[0]), TENSORS (y));

  LsModel *out = quantize (model, LS_TO_INT8);

  CHECK (count_ops (out, kind) == 2 && count_ops (out, LS_OP_REVERSE_V2) == 2);
  CHECK (count_type (out, LS_TYPE_FLOAT32) == 0);
  CHECK (compare (model, out) > 20);
  ls_model_free (out);
  ls_model_free (model);
}

/* What is seen of each step in time is saved and loaded like ranges of tensors. */
static void
ranges_inside_are_kept (void)
{
  static float values[N_SAMPLES * N_TIME * DEPTH];
  const int kind = LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM;
  LsModel *model = make_lstm (kind, NORM);
  LsSamples *seen = make_samples (model, values, "24, 1, 6, 5", N_SAMPLES * N_TIME * DEPTH);
  LsCalibrateOptions how = { .observer = LS_OBSERVE_MIN_MAX, .n_threads = 2 };
  LsRanges *ranges = NULL, *loaded = NULL;
  LsError error = { 0 };
  uint32_t n_inside = 0;

  CHECK (ls_calibrate (model, seen, &how, NULL, &ranges, &error) == LS_OK);
  CHECK (ls_ranges_save (ranges, npz_path ("r.json"), &error) == LS_OK);
  CHECK (ls_ranges_load (model, npz_path ("r.json"), &loaded, &error) == LS_OK);
  for (uint32_t i = 0; i < loaded->n_ranges; i++)
    if (strstr (loaded->ranges[i].name, "_intermediate") != NULL)
      {
        n_inside++;
        CHECK (loaded->ranges[i].count == (uint64_t) N_SAMPLES * N_TIME * CELLS);
      }
  CHECK (n_inside == 5);

  LsConvertOptions options = { .to = LS_TO_INT8, .ranges = loaded };
  LsModel *out = convert_with (model, &options);

  CHECK (count_type (out, LS_TYPE_FLOAT32) == 0);
  CHECK (compare (model, out) > 20);
  ls_model_free (out);
  ls_ranges_free (ranges);
  ls_ranges_free (loaded);
  ls_samples_free (seen);
  ls_model_free (model);
}

static LsModel *
make_svdf (int activation)
{
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, DEPTH)),
          y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 4));
  int32_t feature = constant (model, SHAPE (8, DEPTH), 0, 1),
          time = constant (model, SHAPE (8, N_TIME), 0.2f, 1),
          bias = constant (model, SHAPE (4), 0.2f, 0.2f), memory = variable (model, SHAPE (1, 48));

  graph_op (model, 0, LS_OP_SVDF, TENSORS (x, feature, time, bias, memory), TENSORS (y));
  ls_op_set_int (model, ls_model_op (model, 0, 0), "rank", 2);
  ls_op_set_int (model, ls_model_op (model, 0, 0), "fused_activation_function", activation);
  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  return model;
}

static void
svdf_becomes_integer (void)
{
  LsModel *model = make_svdf (RELU), *out = quantize (model, LS_TO_INT8);

  CHECK (ls_model_subgraph (out, 0)->n_ops == 1);
  CHECK (count_type (out, LS_TYPE_FLOAT32) == 0);
  CHECK (operand (out, LS_OP_SVDF, 2)->type == LS_TYPE_INT16);
  CHECK (operand (out, LS_OP_SVDF, 4)->type == LS_TYPE_INT16);
  CHECK (compare (model, out) > 20);
  ls_model_free (out);
  ls_model_free (model);
}

/* With ranges from elsewhere nothing has run: what does not fit together is found all the same. */
static void
broken_operands_stay_float (void)
{
  static float values[N_SAMPLES * DEPTH];
  LsModel *model = make_svdf (RELU);
  LsSamples *seen = make_samples (model, values, "24, 1, 5", N_SAMPLES * DEPTH);
  LsRanges *ranges = NULL;
  LsError error = { 0 };
  const LsSubgraph *graph = ls_model_subgraph (model, 0);
  int32_t feature = graph->ops[0].inputs[1], time = graph->ops[0].inputs[2];

  CHECK (ls_calibrate (model, seen, NULL, NULL, &ranges, &error) == LS_OK);

  LsConvertOptions options = { .to = LS_TO_INT8, .ranges = ranges };

  for (int round = 0; round < 3; round++)
    {
      LsModel *broken = ls_model_clone (model), *out = NULL;

      if (round == 0)
        ls_model_tensor (broken, 0, (uint32_t) feature)->rank = 0;
      if (round == 1)
        ls_model_tensor (broken, 0, (uint32_t) time)->rank = 1;
      if (round == 2)
        ls_op_set_int (broken, ls_model_op (broken, 0, 0), "rank", 3);
      if (ls_convert (broken, &options, NULL, &out, NULL, &error) == LS_OK)
        CHECK (operand (out, LS_OP_SVDF, 4)->type == LS_TYPE_FLOAT32);
      ls_model_free (out);
      ls_model_free (broken);
    }
  ls_ranges_free (ranges);
  ls_samples_free (seen);
  ls_model_free (model);
}

/* The hybrid kernel reads the time weights as int8, too. */
static void
svdf_becomes_hybrid (void)
{
  LsModel *model = make_svdf (0),
          *out = convert_with (model, &(LsConvertOptions){ .to = LS_TO_DYNAMIC });

  CHECK (operand (out, LS_OP_SVDF, 1)->type == LS_TYPE_INT8);
  CHECK (operand (out, LS_OP_SVDF, 2)->type == LS_TYPE_INT8);
  CHECK (compare (model, out) > 25);
  ls_model_free (out);
  ls_model_free (model);
}

/* The hybrid kernel would read their bytes as floats. */
static void
diagonals_do_not_become_hybrid (void)
{
  const int kind = LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM;
  LsModel *model = make_lstm (kind, 0);

  for (uint32_t gate = 0; gate < 4; gate++)
    CHECK (ls_op_set_input (model, ls_model_op (model, 0, 0), 5 + gate,
                            constant (model, SHAPE (CELLS), 0, 0.6f)));

  LsModel *out = convert_with (model, &(LsConvertOptions){ .to = LS_TO_DYNAMIC });

  CHECK (count_type (out, LS_TYPE_INT8) == 0);
  CHECK (compare (model, out) > 100);
  ls_model_free (out);
  ls_model_free (model);
}

int
main (void)
{
  RUN (sequences_become_integers);
  RUN (single_steps_become_integers);
  RUN (peepholes_beside_a_projection_stay_float);
  RUN (other_integers_get_casts);
  RUN (both_directions_become_integers);
  RUN (ranges_inside_are_kept);
  RUN (svdf_becomes_integer);
  RUN (broken_operands_stay_float);
  RUN (svdf_becomes_hybrid);
  RUN (diagonals_do_not_become_hybrid);
  npz_remove (npz_folder ());
  return done ();
}
