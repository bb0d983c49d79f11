/* Single operators as integers: none stays float, and the numbers stay. */
#include <math.h>
#include <string.h>

#include "graph.h"
#include "npz.h"
#include "samples.h"

enum
{
  HEIGHT = 4,
  WIDTH = 6,
  DEPTH = 8,
  COUNT = HEIGHT * WIDTH * DEPTH,
  N_SAMPLES = 12,
  MAX_INPUTS = 2,
  N_BEFORE = 40 /* that make what stands in int8 the exception */
};

static uint32_t state = 1;

static float
noise (void)
{
  state = state * 1664525u + 1013904223u;
  return (float) (state >> 8) / 0x1p23f - 1;
}

/* What comes in: from −2 to 2, from 0.3 to 2.3, multiples of a half, of which some are alike, or 0
 * and 1 beside a plain one. */
typedef enum
{
  PLAIN,
  POSITIVE,
  STEPS,
  FLAGS,
  STEEP /* from 0.004 to 5 */
} Values;

typedef struct
{
  Values values;
  int kind;
  int n_in; /* of one shape */
  LsType out;
  int out_rank;
  int32_t out_dims[4];
  const char *option;
  int64_t value;
  /* Behind them: a constant of integers, or of one float */
  int n_constants;
  int32_t constants[2];
  float factor;
  double least_db; /* of int8 and uint8; of int16x8 20 more */
} Case;

#define SAME_SHAPE                                                                                 \
  4,                                                                                               \
  {                                                                                                \
    1, HEIGHT, WIDTH, DEPTH                                                                        \
  }
#define F32 LS_TYPE_FLOAT32
#define DB 35

static const Case cases[] = {
  { PLAIN, LS_OP_ABS, 1, F32, SAME_SHAPE, .least_db = DB },
  { PLAIN, LS_OP_ADD_N, 2, F32, SAME_SHAPE, .least_db = DB },
  { PLAIN, LS_OP_DIV, 1, F32, SAME_SHAPE, .factor = -3, .least_db = DB },
  { PLAIN, LS_OP_ELU, 1, F32, SAME_SHAPE, .least_db = DB },
  { PLAIN, LS_OP_EXP, 1, F32, SAME_SHAPE, .least_db = DB },
  { PLAIN, LS_OP_GELU, 1, F32, SAME_SHAPE, .least_db = DB },
  { POSITIVE, LS_OP_LOG, 1, F32, SAME_SHAPE, .least_db = 30 },
  { PLAIN, LS_OP_SIN, 1, F32, SAME_SHAPE, .least_db = DB },
  { PLAIN, LS_OP_COS, 1, F32, SAME_SHAPE, .least_db = DB },
  { PLAIN, LS_OP_LOG_SOFTMAX, 1, F32, SAME_SHAPE, .least_db = 30 },
  { POSITIVE, LS_OP_SQRT, 1, F32, SAME_SHAPE, .least_db = DB },
  { POSITIVE, LS_OP_RSQRT, 1, F32, SAME_SHAPE, .least_db = 30 },
  { PLAIN, LS_OP_POW, 1, F32, SAME_SHAPE, .factor = 2, .least_db = DB },
  { PLAIN, LS_OP_ZEROS_LIKE, 1, F32, SAME_SHAPE, .least_db = DB },
  { PLAIN, LS_OP_RELU_0_TO_1, 1, F32, SAME_SHAPE, .least_db = 30 },
  { PLAIN, LS_OP_RELU_N1_TO_1, 1, F32, SAME_SHAPE, .least_db = DB },
  { PLAIN, LS_OP_STABLEHLO_MULTIPLY, 2, F32, SAME_SHAPE, .least_db = 30 },
  { PLAIN, LS_OP_DEPTH_TO_SPACE, 1, F32, 4, { 1, 8, 12, 2 }, "block_size", 2, .least_db = DB },
  { PLAIN, LS_OP_SPACE_TO_DEPTH, 1, F32, 4, { 1, 2, 3, 32 }, "block_size", 2, .least_db = DB },
  { PLAIN, LS_OP_SUM, 1, F32, 2, { 1, DEPTH }, "keep_dims", 0, 2, { 1, 2 }, .least_db = DB },
  { STEPS, LS_OP_EQUAL, 2, LS_TYPE_BOOL, SAME_SHAPE, .factor = 0 },
  { STEPS, LS_OP_NOT_EQUAL, 1, LS_TYPE_BOOL, SAME_SHAPE, .factor = 0.5f },
  { STEPS, LS_OP_LESS, 2, LS_TYPE_BOOL, SAME_SHAPE, .factor = 0 },
  { STEPS, LS_OP_LESS_EQUAL, 1, LS_TYPE_BOOL, SAME_SHAPE, .factor = 1.5f },
  { STEPS, LS_OP_GREATER, 1, LS_TYPE_BOOL, SAME_SHAPE, .factor = 100 },
  { STEPS, LS_OP_GREATER_EQUAL, 2, LS_TYPE_BOOL, SAME_SHAPE, .factor = 0 },
  { STEPS, LS_OP_CAST, 1, LS_TYPE_BOOL, SAME_SHAPE, .factor = 0 },
  { PLAIN,
    LS_OP_ARG_MAX,
    1,
    LS_TYPE_INT32,
    3,
    { 1, HEIGHT, WIDTH },
    "output_type",
    2,
    1,
    { -1 },
    .factor = 0 },
};

/* @n_before: operators before that hand the first input on */
static LsModel *
make_model_behind (const Case *c, int n_before)
{
  LsModel *model = graph_new ();
  const int32_t count = c->n_constants;
  int32_t in[MAX_INPUTS + 1], ports[MAX_INPUTS], n = 0;

  for (; n < c->n_in; n++)
    ports[n] = in[n] = graph_value (model, 0, F32, SHAPE (1, HEIGHT, WIDTH, DEPTH));
  in[0] = graph_hand_on (model, 0, in[0], n_before);
  if (c->factor != 0)
    in[n++] = graph_constant (model, 0, F32, SHAPE (1), &c->factor, sizeof c->factor);
  if (count > 0)
    in[n++] = graph_constant (model, 0, LS_TYPE_INT32, count > 1, &count, c->constants,
                              (size_t) count * sizeof *c->constants);

  const int32_t out = graph_value (model, 0, c->out, c->out_rank, c->out_dims);

  const uint32_t op = graph_op (model, 0, c->kind, n, in, 1, &out);

  if (c->option != NULL)
    ls_op_set_int (model, ls_model_op (model, 0, op), c->option, c->value);
  graph_ports (model, 0, c->n_in, ports, 1, &out);
  return model;
}

static LsModel *
make_model (const Case *c)
{
  return make_model_behind (c, 0);
}

static void
fill (Values kind, int input, float *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    values[i] = kind == POSITIVE             ? 1.3f + noise ()
                : kind == STEPS              ? roundf (4 * noise ()) / 2
                : kind == STEEP              ? expf (-2 + 3.6f * noise ())
                : kind == FLAGS && input > 0 ? (float) (noise () > 0.3f)
                                             : 2 * noise ();
}

static LsModel *
quantize (const LsModel *model, const Case *c, LsTo to)
{
  static float values[MAX_INPUTS][N_SAMPLES * COUNT];
  NpzArray arrays[] = { { "in_0", "<f4", "12, 1, 4, 6, 8", values[0], sizeof values[0] },
                        { "in_1", "<f4", "12, 1, 4, 6, 8", values[1], sizeof values[1] } };
  LsSamples *seen = NULL;
  LsError error = { 0 };

  for (int i = 0; i < c->n_in; i++)
    fill (c->values, i, values[i], N_SAMPLES * COUNT);
  npz_write (npz_path ("s.npz"), arrays, c->n_in);
  CHECK (ls_samples_open (model, npz_path ("s.npz"), NULL, &seen, &error) == LS_OK);

  LsModel *out = convert_with (model, &(LsConvertOptions){ .to = to, .samples = seen });

  ls_samples_free (seen);
  return out;
}

/* Runs a model of floats or integers on @inputs; the outputs as real numbers. */
static size_t
run (const LsModel *model, const Case *c, float inputs[][COUNT], double *values)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session = graph_session (model, &options);
  const LsSubgraph *graph = ls_model_subgraph (model, 0);
  LsArray view;

  for (int k = 0; k < c->n_in; k++)
    {
      const LsTensor *tensor = &graph->tensors[graph->inputs[k]];
      const double scale = tensor->quant != NULL ? tensor->quant->scales[0] : 1,
                   zero = tensor->quant != NULL ? (double) tensor->quant->zero_points[0] : 0;
      LsArray input = { .type = F32,
                        .rank = 4,
                        .dims = { 1, HEIGHT, WIDTH, DEPTH },
                        .data = calloc (COUNT, sizeof (float)),
                        .n_bytes = COUNT * sizeof (float) };

      for (size_t i = 0; i < COUNT; i++)
        ((float *) input.data)[i]
          = tensor->quant == NULL ? inputs[k][i] : (float) (round (inputs[k][i] / scale) + zero);
      for (size_t i = 0; tensor->quant != NULL && i < COUNT; i++)
        {
          float *x = (float *) input.data + i;
          const float low = tensor->type == LS_TYPE_INT8    ? -128
                            : tensor->type == LS_TYPE_UINT8 ? 0
                                                            : -32768;

          *x = fminf (fmaxf (*x, low), tensor->type == LS_TYPE_INT16 ? 32767 : low + 255);
        }
      CHECK (ls_array_convert (&input, tensor->type, NULL) == LS_OK);
      CHECK (ls_session_set_input (session, (uint32_t) k, &input, NULL) == LS_OK);
      ls_array_clear (&input);
    }
  CHECK (graph_run (session));
  CHECK (ls_session_get_output (session, 0, &view, NULL) == LS_OK);

  const LsQuantization *quant = graph->tensors[graph->outputs[0]].quant;
  const size_t n = ls_array_count (&view);

  for (size_t i = 0; i < n; i++)
    values[i] = quant == NULL || quant->n_scales == 0
                  ? ls_array_get (&view, i)
                  : (ls_array_get (&view, i) - (double) quant->zero_points[0]) * quant->scales[0];
  ls_session_free (session);
  return n;
}

static void
check_model (LsModel *model, const Case *c, LsTo to)
{
  LsModel *out = quantize (model, c, to);
  float inputs[MAX_INPUTS][COUNT];
  double want[COUNT], got[COUNT], signal = 0, wrong = 0;
  size_t n, n_equal = 0;

  for (int k = 0; k < c->n_in; k++)
    fill (c->values, k, inputs[k], COUNT);
  n = run (model, c, inputs, want);
  CHECK (run (out, c, inputs, got) == n);
  for (size_t i = 0; i < n; i++)
    {
      n_equal += want[i] == got[i];
      signal += want[i] * want[i];
      wrong += (want[i] - got[i]) * (want[i] - got[i]);
    }

  const double db = 10 * log10 (signal / wrong),
               least = c->least_db + (to == LS_TO_INT16X8 ? 20 : 0);
  const bool is_right = c->out == F32              ? wrong == 0 || db > least
                        : c->kind == LS_OP_ARG_MAX ? n_equal >= n - 1
                                                   : wrong == 0;

  if (!is_right || count_type (out, F32) > 0)
    printf ("# %s to %d: %.1f dB, %u floats\n", ls_op_kind_name (c->kind), (int) to, db,
            count_type (out, F32));
  CHECK (is_right && count_type (out, F32) == 0);
  ls_model_free (out);
  ls_model_free (model);
}

static void
check_all (LsTo to)
{
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_model (make_model_behind (&cases[i], to == LS_TO_UINT8 ? N_BEFORE : 0), &cases[i], to);
}

static void
int8_has_no_float (void)
{
  check_all (LS_TO_INT8);
}

static void
uint8_has_no_float (void)
{
  check_all (LS_TO_UINT8);
}

/* Functions are looked up: neither floats nor int8 beside uint8. */
static void
uint8_has_tables_of_functions (void)
{
  static const int kinds[]
    = { LS_OP_ABS, LS_OP_ELU, LS_OP_EXP, LS_OP_LOG, LS_OP_RSQRT, LS_OP_SQRT };

  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
      if (cases[i].kind == kinds[k])
        {
          LsModel *model = make_model (&cases[i]), *out = quantize (model, &cases[i], LS_TO_UINT8);

          CHECK (count_ops (out, LS_OP_GATHER) == 1 && count_type (out, LS_TYPE_INT8) == 0);
          ls_model_free (out);
          check_model (model, &cases[i], LS_TO_UINT8);
        }
}

static void
int16_has_no_float (void)
{
  check_all (LS_TO_INT16X8);
}

/* Rows that no sample looks up are in the table all the same. */
static void
tables_keep_all_rows (void)
{
  static const float table[] = { 0.1f, -0.2f, 9, -7 };
  static const int32_t ids[N_SAMPLES] = { 0 };
  LsModel *model = graph_new ();
  const int32_t in[] = { graph_value (model, 0, LS_TYPE_INT32, SHAPE (1)),
                         graph_constant (model, 0, F32, SHAPE (2, 2), table, sizeof table) },
                out = graph_value (model, 0, F32, SHAPE (1, 2));
  LsSamples *seen = NULL;
  LsError error = { 0 };

  graph_op (model, 0, LS_OP_EMBEDDING_LOOKUP, 2, in, 1, &out);
  graph_ports (model, 0, 1, in, 1, &out);
  npz_write (npz_path ("t.npz"), &(NpzArray){ "in_0", "<i4", "12, 1", ids, sizeof ids }, 1);
  CHECK (ls_samples_open (model, npz_path ("t.npz"), NULL, &seen, &error) == LS_OK);

  LsModel *integers
    = convert_with (model, &(LsConvertOptions){ .to = LS_TO_INT8, .samples = seen });
  const LsSubgraph *graph = ls_model_subgraph (integers, 0);
  const LsQuantization *quant = graph->tensors[graph->outputs[0]].quant;

  CHECK (count_type (integers, F32) == 0);
  CHECK (quant != NULL && fabs (quant->scales[0] - 16.0 / 255) < 1e-3);
  ls_samples_free (seen);
  ls_model_free (integers);
  ls_model_free (model);
}

/* Near 0 LiteRT draws lines that are too long, 128 of 32,767 integers each, and takes small values
 * for 0. */
static void
steep_functions_are_looked_up (void)
{
  static const int kinds[] = { LS_OP_LOG, LS_OP_RSQRT };

  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    {
      const Case c = { STEEP, kinds[i], 1, F32, SAME_SHAPE, .least_db = 15 };
      LsModel *model = make_model (&c), *out = quantize (model, &c, LS_TO_INT16X8);

      CHECK (count_ops (out, LS_OP_GATHER) == 1 && count_ops (out, kinds[i]) == 0);
      ls_model_free (out);
      ls_model_free (model);
      check_model (make_model (&c), &c, LS_TO_INT8);
      check_model (make_model (&c), &c, LS_TO_INT16X8);
    }
}

/* Files may hold what no runtime takes; ranges from a file let it pass the calibration. */
static void
broken_operators_are_left_alone (void)
{
  static const int kinds[]
    = { LS_OP_SIN, LS_OP_DIV,   LS_OP_STABLEHLO_ADD, LS_OP_SUM, LS_OP_POW, LS_OP_SQUARED_DIFFERENCE,
        LS_OP_LOG, LS_OP_EQUAL, LS_OP_ARG_MAX };
  LsRange list[] = { { .tensor = 0, .name = (char *) "t0", .high = 2, .max = 2, .count = 1 },
                     { .tensor = 1, .name = (char *) "t1", .high = 2, .max = 2, .count = 1 } };
  const LsRanges ranges = { .n_samples = 1, .n_ranges = 2, .ranges = list };

  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    for (int n = 0; n < 2; n++)
      {
        LsModel *model = graph_new (), *out = NULL;
        const int32_t x = graph_value (model, 0, F32, SHAPE (1, 2)),
                      y = graph_value (model, 0, F32, SHAPE (1, 2));
        const LsConvertOptions options = { .to = LS_TO_INT16X8, .ranges = &ranges };

        graph_op (model, 0, kinds[i], n, &x, 1, &y);
        graph_ports (model, 0, TENSORS (x), TENSORS (y));
        CHECK (ls_convert (model, &options, NULL, &out, NULL, NULL) == LS_OK && out != NULL);
        ls_model_free (out);
        ls_model_free (model);
      }
}

/* Its ends are those that have a step at 0. */
static void
fake_quant_becomes_integer (void)
{
  const Case c = { PLAIN, LS_OP_FAKE_QUANT, 1, F32, SAME_SHAPE, "num_bits", 8, .least_db = DB };
  LsModel *model = make_model (&c);

  ls_op_set_float (model, ls_model_op (model, 0, 0), "min", 0.3);
  ls_op_set_float (model, ls_model_op (model, 0, 0), "max", 1.5);
  check_model (model, &c, LS_TO_INT8);
}

/* What is looked up is computed: a constant stays one. */
static void
functions_of_constants_keep_their_values (void)
{
  float angles[COUNT];
  LsModel *model = graph_new ();
  const Case c = { PLAIN, LS_OP_SIN, 1, F32, SAME_SHAPE, .least_db = DB };

  fill (PLAIN, 0, angles, COUNT);

  const int32_t x
    = graph_value (model, 0, F32, SHAPE (1, HEIGHT, WIDTH, DEPTH)),
    a = graph_constant (model, 0, F32, SHAPE (1, HEIGHT, WIDTH, DEPTH), angles, sizeof angles),
    s = graph_value (model, 0, F32, SHAPE (1, HEIGHT, WIDTH, DEPTH)),
    y = graph_value (model, 0, F32, SHAPE (1, HEIGHT, WIDTH, DEPTH));

  graph_op (model, 0, LS_OP_SIN, TENSORS (a), TENSORS (s));
  graph_op (model, 0, LS_OP_ADD, TENSORS (x, s), TENSORS (y));
  graph_ports (model, 0, TENSORS (x), TENSORS (y));

  LsModel *out = quantize (model, &c, LS_TO_INT8);
  float inputs[MAX_INPUTS][COUNT];
  double want[COUNT], got[COUNT], wrong = 0;

  fill (PLAIN, 0, inputs[0], COUNT);
  run (model, &c, inputs, want);
  run (out, &c, inputs, got);
  for (size_t i = 0; i < COUNT; i++)
    wrong = fmax (wrong, fabs (want[i] - got[i]));
  CHECK (wrong < 0.1);
  ls_model_free (out);
  ls_model_free (model);
}

/* SOFTMAX of scores, of which −1e9 hides some: added, chosen, or added where a flag is up. */
static LsModel *
make_masked (int how)
{
  static const float mask[DEPTH] = { 0, 0, -1e9f, 0, 0, -1e9f, 0, -0.5f }, lowest = -1e9f;
  static const bool shows[DEPTH] = { true, true, false, true, true, false, true, true };
  LsModel *model = graph_new ();
  const int32_t x = graph_value (model, 0, F32, SHAPE (1, HEIGHT, WIDTH, DEPTH)),
                y = graph_value (model, 0, F32, SHAPE (1, HEIGHT, WIDTH, DEPTH)),
                logits = graph_value (model, 0, F32, SHAPE (1, HEIGHT, WIDTH, DEPTH));

  if (how == LS_OP_ADD)
    graph_op (model, 0, how,
              TENSORS (x, graph_constant (model, 0, F32, SHAPE (DEPTH), mask, sizeof mask)),
              TENSORS (logits));
  if (how == LS_OP_SELECT_V2)
    graph_op (model, 0, how,
              TENSORS (graph_constant (model, 0, LS_TYPE_BOOL, SHAPE (DEPTH), shows, sizeof shows),
                       x, graph_constant (model, 0, F32, SHAPE (1), &lowest, sizeof lowest)),
              TENSORS (logits));
  if (how == LS_OP_MUL)
    {
      const int32_t hidden = graph_value (model, 0, F32, SHAPE (1, HEIGHT, WIDTH, DEPTH));

      graph_op (model, 0, how,
                TENSORS (y, graph_constant (model, 0, F32, SHAPE (1), &lowest, sizeof lowest)),
                TENSORS (hidden));
      graph_op (model, 0, LS_OP_ADD, TENSORS (x, hidden), TENSORS (logits));
    }

  const int32_t out = graph_value (model, 0, F32, SHAPE (1, HEIGHT, WIDTH, DEPTH));

  graph_op (model, 0, LS_OP_SOFTMAX, TENSORS (logits), TENSORS (out));
  ls_op_set_float (model, ls_model_op (model, 0, ls_model_subgraph (model, 0)->n_ops - 1), "beta",
                   1);
  graph_ports (model, 0, how == LS_OP_MUL ? 2 : 1, (int32_t[]){ x, y }, TENSORS (out));
  return model;
}

static void
masks_leave_scores_alone (void)
{
  static const int ways[] = { LS_OP_ADD, LS_OP_SELECT_V2, LS_OP_MUL };
  const Case c = { FLAGS, LS_OP_SOFTMAX, 1, F32, SAME_SHAPE, .least_db = 33 };

  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    {
      Case own = c;

      own.n_in = ways[i] == LS_OP_MUL ? 2 : 1;
      check_model (make_masked (ways[i]), &own, LS_TO_INT8);
      check_model (make_masked (ways[i]), &own, LS_TO_INT16X8);
    }
}

/* LiteRT's reference kernels are registered for no other. */
static void
versions_are_those_of_all_kernels (void)
{
  const Case c
    = { PLAIN, LS_OP_DEPTH_TO_SPACE, 1, F32, 4, { 1, 8, 12, 2 }, "block_size", 2, .least_db = DB };
  LsModel *model = make_model (&c), *out = quantize (model, &c, LS_TO_INT8);
  const LsOperator *op = &ls_model_subgraph (out, 0)->ops[0];

  CHECK (op->kind == LS_OP_DEPTH_TO_SPACE && op->version == 1);
  ls_model_free (out);
  ls_model_free (model);
}

int
main (void)
{
  RUN (int8_has_no_float);
  RUN (uint8_has_no_float);
  RUN (uint8_has_tables_of_functions);
  RUN (int16_has_no_float);
  RUN (tables_keep_all_rows);
  RUN (steep_functions_are_looked_up);
  RUN (broken_operators_are_left_alone);
  RUN (fake_quant_becomes_integer);
  RUN (functions_of_constants_keep_their_values);
  RUN (masks_leave_scores_alone);
  RUN (versions_are_those_of_all_kernels);
  npz_remove (npz_folder ());
  return done ();
}
