/* FULLY_CONNECTED and BATCH_MATMUL in their many forms. */
#include "numbers.h"
#include "one-op.h"

static void
rows_meet_weights (void)
{
  const float x[] = { 1, 2, 3, -4, 5, -6 }, w[] = { 1, 0, -1, 0.5f, 0.5f, 0.5f }, b[] = { 10, -1 };
  const float y[] = { 8, 2, 12, 0 };
  OneOp one = one_op (LS_OP_FULLY_CONNECTED);

  one_int (&one, "fused_activation_function", 1);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), x);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), w);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (2), b);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 2), y, sizeof y);
  CHECK (one_passes (&one));
  one_int (&one, "keep_num_dims", 1);
  one.in[0].rank = one.out[0].rank = 3;
  memcpy (one.in[0].dims, ((int32_t[]){ 1, 2, 3 }), 12);
  memcpy (one.out[0].dims, ((int32_t[]){ 1, 2, 2 }), 12);
  CHECK (one_passes (&one));
}

static void
rows_that_do_not_fit_are_refused (void)
{
  const float x[] = { 1, 2, 3, 4 };
  OneOp one = one_op (LS_OP_FULLY_CONNECTED);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 4), x);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (1, 3), x);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 1), x, 4);
  CHECK (one_refused (&one, "an input of shape [1, 4] makes no rows"));
}

static void
no_depth_gives_zeros (void)
{
  const float b[] = { 1, 2 }, y[] = { 0, 0 };
  OneOp one = one_op (LS_OP_FULLY_CONNECTED);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 0), b);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 0), b);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (2), b);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 2), y, sizeof y);
  CHECK (one_passes (&one));
}

/* Halves go away from zero, where fixed point would take -1.5 to -1. */
static void
int8_sums_are_rounded_in_double (void)
{
  const int8_t x[] = { 3, -3, 5 }, w[] = { 1 }, y[] = { 2, -2, 3 };
  OneOp one = one_op (LS_OP_FULLY_CONNECTED);

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (3, 1), x), 0.5f, 0);
  one_quant (one_constant (&one, LS_TYPE_INT8, SHAPE (1, 1), w), 1.0f, 0);
  one_quant (one_output (&one, LS_TYPE_INT8, SHAPE (3, 1), y, sizeof y), 1.0f, 0);
  CHECK (one_passes (&one));
}

static void
zero_points_of_weights_are_taken_off (void)
{
  /* (13 - 10) × (5 - 2) + (9 - 10) × (1 - 2) = 10, times 1, plus 100. */
  const uint8_t x[] = { 13, 9 }, w[] = { 5, 1 }, y[] = { 110 };
  OneOp one = one_op (LS_OP_FULLY_CONNECTED);

  one_quant (one_input (&one, LS_TYPE_UINT8, SHAPE (1, 2), x), 1.0f, 10);
  one_quant (one_constant (&one, LS_TYPE_UINT8, SHAPE (1, 2), w), 1.0f, 2);
  one_quant (one_output (&one, LS_TYPE_UINT8, SHAPE (1, 1), y, sizeof y), 1.0f, 100);
  CHECK (one_passes (&one));
}

/* Weights 1 -2 / 3 in four bits, 1 -2 / -1 0 in two: packed across the rows. */
static void
packed_weights_are_unpacked (void)
{
  const int8_t x[] = { 10, 1 }, y4[] = { 8, 27 }, y2[] = { 8, -10 };
  const uint8_t w4[] = { 0xe1, 0xd3 }, w2[] = { 0x39 };
  OneOp one = one_op (LS_OP_FULLY_CONNECTED);

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (1, 2), x), 1.0f, 0);
  one_quant (one_constant (&one, LS_TYPE_INT4, SHAPE (2, 2), w4), 1.0f, 0);
  one_quant (one_output (&one, LS_TYPE_INT8, SHAPE (1, 2), y4, sizeof y4), 1.0f, 0);
  CHECK (one_passes (&one));
  one_quant (one_fill (&one.in[1], LS_TYPE_INT2, SHAPE (2, 2), w2, 1), 1.0f, 0);
  one.in[1].is_constant = true;
  one.out[0].data = y2;
  CHECK (one_passes (&one));
}

static void
hybrid_rows_are_quantized_one_by_one (void)
{
  /* Each row's largest value becomes 127; weights are 2 × 0.5 and -1 × 0.5. */
  const float x[] = { 127, 64, 1.27f, -0.64f }, y[] = { 95.5f, 2 };
  const float z[] = { 95, 1.59f };
  const int8_t w[] = { 2, -1 };
  OneOp one = one_op (LS_OP_FULLY_CONNECTED);

  one.tolerance = 1e-6;
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 2), x);
  one_quant (one_constant (&one, LS_TYPE_INT8, SHAPE (1, 2), w), 0.5f, 0);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 1), z, sizeof z);
  CHECK (one_passes (&one));
  one_int (&one, "asymmetric_quantize_inputs", 1);
  one.out[0].data = y;
  one.tolerance = 0.02;
  CHECK (one_passes (&one));
}

/* A weight of -128 times a negative activation, within the first 16 depths and behind them. */
static void
least_hybrid_weights_follow_the_reference (void)
{
  float x[17] = { -127 }, y[] = { -16256 }, z[] = { 16256 };
  int8_t w[17] = { -128 };
  OneOp one = one_op (LS_OP_FULLY_CONNECTED);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (1, 17), x);
  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (1, 17), w), 1.0f, 0);
  one.in[1].is_constant = true;
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (1, 1), y, sizeof y);

  bool passes;

  CHECK (one_run (&one, false, 1, &passes) == LS_OK && passes);
  x[0] = w[0] = 0;
  x[16] = -127;
  w[16] = -128;
  one.out[0].data = z;
  CHECK (one_passes (&one));
}

static void
shuffled_weights_are_put_in_order (void)
{
  /* Channel c has weight c + 1 at depth c and 0 elsewhere; bytes have their sign bit flipped, so
   * stored 0 is 0. */
  uint8_t x[16], w[64] = { 0 }, workspace[16];
  int16_t y[4];
  OneOp one = one_op (LS_OP_FULLY_CONNECTED);

  for (int i = 0; i < 16; i++)
    {
      x[i] = (uint8_t) (128 + 3 * i);
      workspace[i] = (uint8_t) (3 * i);
    }
  for (int c = 0; c < 4; c++)
    {
      w[c * 16 + c] = (uint8_t) (c + 1);
      y[c] = (int16_t) ((c + 1) * 3 * c);
    }
  one_int (&one, "weights_format", 1);
  one_quant (one_input (&one, LS_TYPE_UINT8, SHAPE (1, 16), x), 1.0f, 128);
  one_quant (one_input (&one, LS_TYPE_UINT8, SHAPE (4, 16), w), 1.0f, 128);
  one.in[1].is_constant = true;
  one_quant (one_output (&one, LS_TYPE_INT16, SHAPE (1, 4), y, sizeof y), 1.0f, 0);
  one_output (&one, LS_TYPE_UINT8, SHAPE (1, 16), workspace, sizeof workspace);

  bool passes;

  CHECK (one_run (&one, false, 1, &passes) == LS_OK && passes);
}

/* A model whose weights are stored otherwise than a OneOp can say. */
static LsModel *
special_model (const LsTensor *weights, const void *data, size_t size, int32_t depth)
{
  LsModel *model = ls_model_new ();
  LsTensor tensor = { .name = "x", .rank = 2, .signature_rank = -1, .has_rank = true };
  LsOperator op = { .kind = LS_OP_FULLY_CONNECTED, .version = 1, .n_inputs = 2, .n_outputs = 1 };
  LsTensor stored = *weights;

  ls_model_add_graph (model, "main");
  tensor.dims = ls_model_ints (model, (int32_t[]){ 1, depth }, 2);
  ls_model_add_tensor (model, 0, &tensor);
  stored.name = "w";
  stored.rank = 2;
  stored.dims = ls_model_ints (model, (int32_t[]){ 2, depth }, 2);
  stored.signature_rank = -1;
  stored.has_rank = true;
  stored.buffer = (uint32_t) ls_model_add_buffer (model, data, size);
  ls_model_add_tensor (model, 0, &stored);
  tensor.name = "y";
  tensor.dims = ls_model_ints (model, (int32_t[]){ 1, 2 }, 2);
  ls_model_add_tensor (model, 0, &tensor);
  op.inputs = ls_model_ints (model, (int32_t[]){ 0, 1 }, 2);
  op.outputs = ls_model_ints (model, (int32_t[]){ 2 }, 1);
  op.code_index = (uint32_t) ls_model_ensure_code (model, LS_OP_FULLY_CONNECTED, NULL, 1);
  ls_model_insert_op (model, 0, 0, &op);
  ls_model_set_ports (model, 0, (int32_t[]){ 0 }, 1, (int32_t[]){ 2 }, 1);
  return model;
}

/* True when the model gives @y for @x, within @tolerance. Frees it. */
static bool
special_gives (LsModel *model, const float *x, int32_t depth, const float y[2], float tolerance)
{
  LsArray array = { .rank = 2,
                    .dims = { 1, depth },
                    .data = (void *) x,
                    .n_bytes = (size_t) depth * sizeof *x },
          view = { 0 };
  LsSession *session = NULL;
  LsError error = { 0 };
  bool passes = ls_session_new (model, NULL, &session, &error) == LS_OK
                && ls_session_set_input (session, 0, &array, &error) == LS_OK
                && ls_session_run (session, &error) == LS_OK
                && ls_session_get_output (session, 0, &view, &error) == LS_OK && view.n_bytes == 8
                && fabsf (((const float *) view.data)[0] - y[0]) <= tolerance
                && fabsf (((const float *) view.data)[1] - y[1]) <= tolerance;

  if (error.status != LS_OK)
    printf ("# %s\n", error.message);
  ls_session_free (session);
  ls_model_free (model);
  return passes;
}

static void
sparse_weights_are_made_dense (void)
{
  static const int32_t order[] = { 0, 1 }, segments[] = { 0, 1, 3 }, indices[] = { 2, 0, 3 };
  const LsSparseDim levels[] = { { .format = LS_DIM_DENSE, .dense_size = 2 },
                                 { .format = LS_DIM_SPARSE_CSR,
                                   .n_segments = 3,
                                   .n_indices = 3,
                                   .segments = segments,
                                   .indices = indices } };
  const LsSparsity sparsity = { 2, 0, 2, order, NULL, levels };
  const LsTensor weights = { .sparsity = &sparsity };
  const float values[] = { 5, 7, 9 }, x[] = { 1, 10, 100, 1000 }, y[] = { 500, 9007 };

  CHECK (special_gives (special_model (&weights, values, sizeof values, 4), x, 4, y, 0));
}

static void
blocks_have_their_own_scales (void)
{
  /* Two blocks of two along the depth; half floats 1, 2 and 0.5, 4. */
  static const uint16_t scales[] = { 0x3c00, 0x4000, 0x3800, 0x4400 };
  static const uint8_t nibbles[] = { 0x21, 0xf3, 0x11, 0x11 };
  const LsQuantization quant = { .details = LS_QUANT_DETAILS_BLOCKWISE,
                                 .block_scales = 3,
                                 .block_zero_points = -1,
                                 .block_size = 2 };
  const LsTensor weights = { .type = LS_TYPE_INT4, .quant = &quant };
  /* 0 … 255 is quantized with scale 1: rows are exact. */
  const float x[] = { 255, 100, 0, 10 };
  const float y[] = { 255 + 2 * 100 + 2 * (0 - 10), 0.5f * (255 + 100) + 4 * (0 + 10) };
  LsModel *model = special_model (&weights, nibbles, sizeof nibbles, 4);
  LsTensor stored = { .name = "scales",
                      .type = LS_TYPE_FLOAT16,
                      .rank = 2,
                      .dims = ls_model_ints (model, (int32_t[]){ 2, 2 }, 2),
                      .signature_rank = -1,
                      .has_rank = true,
                      .buffer = (uint32_t) ls_model_add_buffer (model, scales, sizeof scales) };

  ls_model_add_tensor (model, 0, &stored);
  CHECK (special_gives (model, x, 4, y, 1e-3f));
}

/* ---- BATCH_MATMUL ------------------------------------------------------------------------------
 */

enum
{
  M = 3,
  K = 40,
  N = 70,
  BATCHES = 4
};

static float left[BATCHES * M * K], right[BATCHES * K * N], product[BATCHES * M * N];

/* @left_step, @right_step: matrices from a batch to the next. */
static void
multiply (bool adj_x, bool adj_y, int left_step, int right_step)
{
  uint32_t state = 3;

  for (int i = 0; i < BATCHES * M * K; i++)
    left[i] = next_float (&state);
  for (int i = 0; i < BATCHES * K * N; i++)
    right[i] = next_float (&state);
  for (int i = 0; i < BATCHES * M * N; i++)
    {
      const int b = i / (M * N), m = i / N % M, n = i % N;
      double sum = 0;

      for (int k = 0; k < K; k++)
        sum += (double) left[b * left_step * M * K + (adj_x ? k * M + m : m * K + k)]
               * (double) right[b * right_step * K * N + (adj_y ? n * K + k : k * N + n)];
      product[i] = (float) sum;
    }
}

static void
matrices_are_multiplied_in_all_orders (void)
{
  for (int way = 0; way < 4; way++)
    {
      const bool adj_x = way & 1, adj_y = way & 2;
      OneOp one = one_op (LS_OP_BATCH_MATMUL);

      multiply (adj_x, adj_y, 1, 1);
      one.tolerance = 1e-6;
      one_int (&one, "adj_x", adj_x);
      one_int (&one, "adj_y", adj_y);
      one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 2, adj_x ? K : M, adj_x ? M : K), left);
      one_constant (&one, LS_TYPE_FLOAT32, SHAPE (2, 2, adj_y ? N : K, adj_y ? K : N), right);
      one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 2, M, N), product, sizeof product);
      CHECK (one_passes (&one));
    }
}

static void
matrices_broadcast (void)
{
  OneOp one = one_op (LS_OP_BATCH_MATMUL);

  one.tolerance = 1e-6;
  multiply (false, false, 1, 0);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (4, M, K), left);
  one_constant (&one, LS_TYPE_FLOAT32, SHAPE (K, N), right);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (4, M, N), product, sizeof product);
  CHECK (one_passes (&one));
  multiply (false, false, 0, 1);
  one_fill (&one.in[0], LS_TYPE_FLOAT32, SHAPE (1, M, K), left, M * K * sizeof *left);
  one_fill (&one.in[1], LS_TYPE_FLOAT32, SHAPE (4, K, N), right, sizeof right);
  CHECK (one_passes (&one));
}

static void
int32_products_know_no_zero_points (void)
{
  const int8_t x[] = { 1, 2 }, y[] = { 3, 4 };
  const int32_t z[] = { 11 };
  OneOp one = one_op (LS_OP_BATCH_MATMUL);

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (1, 2), x), 1.0f, 5);
  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (2, 1), y), 1.0f, -7);
  one_output (&one, LS_TYPE_INT32, SHAPE (1, 1), z, sizeof z);
  CHECK (one_passes (&one));
}

/* As the reference has it, whose scale of a tensor with several is 0. */
static void
scales_by_channel_make_integer_products_zero (void)
{
  const int8_t x[] = { 1, 2 }, y[] = { 3, 4, 5, 6 }, z[] = { 9, 9 };
  const float scales[] = { 1, 2 };
  OneOp one = one_op (LS_OP_BATCH_MATMUL);

  one_quant (one_input (&one, LS_TYPE_INT8, SHAPE (1, 2), x), 1.0f, 0);
  one_quant_channels (one_constant (&one, LS_TYPE_INT8, SHAPE (2, 2), y), scales, 2, 1);
  one_quant (one_output (&one, LS_TYPE_INT8, SHAPE (1, 2), z, sizeof z), 1.0f, 9);
  CHECK (one_passes (&one));
}

static void
matrices_that_do_not_fit_are_refused (void)
{
  OneOp one = one_op (LS_OP_BATCH_MATMUL);

  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), left);
  one_input (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), right);
  one_output (&one, LS_TYPE_FLOAT32, SHAPE (2, 3), product, 24);
  CHECK (one_refused (&one, "[2, 3] times [2, 3]"));
}

int
main (void)
{
  RUN (rows_meet_weights);
  RUN (rows_that_do_not_fit_are_refused);
  RUN (no_depth_gives_zeros);
  RUN (int8_sums_are_rounded_in_double);
  RUN (zero_points_of_weights_are_taken_off);
  RUN (packed_weights_are_unpacked);
  RUN (hybrid_rows_are_quantized_one_by_one);
  RUN (least_hybrid_weights_follow_the_reference);
  RUN (shuffled_weights_are_put_in_order);
  RUN (sparse_weights_are_made_dense);
  RUN (blocks_have_their_own_scales);
  RUN (matrices_are_multiplied_in_all_orders);
  RUN (matrices_broadcast);
  RUN (int32_products_know_no_zero_points);
  RUN (scales_by_channel_make_integer_products_zero);
  RUN (matrices_that_do_not_fit_are_refused);
  return done ();
}
