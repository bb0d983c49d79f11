/* Sessions: planning, running, resizing. */
#include <pthread.h>
#include <stdatomic.h>

#include "graph.h"
#include "model/model.h"
#include "test.h"

static const float six[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static void
operator_without_kernel_is_named (void)
{
  LsModel *model = graph_new ();
  LsSession *session;
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsError error = { 0 };
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2, 3)),
          y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2, 3)),
          z = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2, 3)),
          axes = graph_constant (model, 0, LS_TYPE_INT32, SHAPE (2), (int32_t[]){ 1, 0 }, 8);

  graph_op (model, 0, LS_OP_TRANSPOSE, TENSORS (x, axes), TENSORS (y));
  graph_op (model, 0, LS_OP_CUSTOM, TENSORS (y), TENSORS (z));
  ls_model_op (model, 0, 1)->custom_code = "FlexNothing";
  graph_ports (model, 0, TENSORS (x), TENSORS (z));
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_UNSUPPORTED);
  CHECK (session == NULL && error.op == 1 && error.subgraph == 0);
  CHECK (strncmp (error.message, "operator 1 FlexNothing (t2): Litesmith has no kernel", 51) == 0);

  options.until = y;
  session = graph_session (model, &options);
  CHECK (session != NULL && ls_session_n_outputs (session) == 1);
  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (2, 3), six, 24) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (3, 2), ((const float[]){ 1, 4, 2, 5, 3, 6 }), 24));
  ls_session_free (session);
  ls_model_free (model);
}

/* 101 bytes of name, of which the message has 100: the last character must not be halved. */
static void
messages_stay_text_whatever_names_are (void)
{
  char name[] = "0123456789012345678901234567890123456789012345678901234567890123456789"
                "01234567890123456789012345678\xc3\xa4\n\xff";
  LsModel *model = graph_new ();
  LsSession *session;
  LsError error = { 0 };
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1)),
          y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1));

  graph_op (model, 0, LS_OP_CUSTOM, TENSORS (x), TENSORS (y));
  ls_model_op (model, 0, 0)->custom_code = "a\nb\xff";
  ls_model_tensor (model, 0, (uint32_t) y)->name = name;
  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_UNSUPPORTED);
  CHECK (strstr (error.message, "operator 0 a?b? (0123") != NULL);
  CHECK (strstr (error.message, "345678?): ") != NULL);
  ls_model_free (model);
}

static void
input_may_be_the_output (void)
{
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2));
  LsArray wrong = { LS_TYPE_FLOAT32, 1, { 3 }, (void *) six, 8 };

  graph_ports (model, 0, TENSORS (x), TENSORS (x));

  LsSession *session = graph_session (model, NULL);

  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (2), six, 8) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (2), six, 8));
  CHECK (ls_session_set_input (session, 0, &wrong, NULL) == LS_E_INVALID);
  wrong.type = LS_TYPE_INT32;
  CHECK (ls_session_set_input (session, 0, &wrong, NULL) == LS_E_INVALID);
  CHECK (ls_session_set_input (session, 1, &wrong, NULL) == LS_E_USAGE);
  CHECK (graph_run (session) && graph_gives (session, 0, SHAPE (2), six, 8));
  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (3), six, 12) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (3), six, 12));
  ls_session_free (session);
  ls_model_free (model);
}

/* x → TRANSPOSE → y */
static LsModel *
transpose_model (void)
{
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2, 3)),
          axes = graph_constant (model, 0, LS_TYPE_INT32, SHAPE (2), (int32_t[]){ 1, 0 }, 8),
          y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (3, 2));

  graph_op (model, 0, LS_OP_TRANSPOSE, TENSORS (x, axes), TENSORS (y));
  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  return model;
}

static void
another_shape_resizes_between_runs (void)
{
  LsModel *model = transpose_model ();
  LsSession *session = graph_session (model, NULL);
  LsArray cube = { LS_TYPE_FLOAT32, 3, { 1, 1, 2 }, (void *) six, 8 };
  LsError error = { 0 };

  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (2, 3), six, 24) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (3, 2), ((const float[]){ 1, 4, 2, 5, 3, 6 }), 24));
  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (2, 4), six, 32) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (4, 2), ((const float[]){ 1, 5, 2, 6, 3, 7, 4, 8 }), 32));
  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (1, 2), six, 8) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (2, 1), six, 8));

  /* What does not fit the operator is the error of the run, and can be taken back. */
  CHECK (ls_session_set_input (session, 0, &cube, NULL) == LS_OK);
  CHECK (ls_session_run (session, &error) == LS_E_INVALID && error.op == 0);
  CHECK (strncmp (error.message, "operator 0 TRANSPOSE (t2): ", 27) == 0);
  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (2, 3), six, 24) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (3, 2), ((const float[]){ 1, 4, 2, 5, 3, 6 }), 24));
  ls_session_free (session);
  ls_model_free (model);
}

static void
open_dimensions_wait_for_the_input (void)
{
  LsModel *model = transpose_model ();
  LsTensor *x = ls_model_tensor (model, 0, 0);
  LsSession *session;
  LsError error = { 0 };

  x->rank = 0; /* TRANSPOSE of a scalar by two axes makes no sense */
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_INVALID);
  x->rank = 3;
  x->dims = ls_model_ints (model, (const int32_t[]){ -1, -1, 3 }, 3);
  session = graph_session (model, NULL); /* might be another rank as well */
  CHECK (session != NULL);
  CHECK (ls_session_run (session, &error) == LS_E_INVALID);
  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (2, 3), six, 24) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (3, 2), ((const float[]){ 1, 4, 2, 5, 3, 6 }), 24));
  ls_session_free (session);
  ls_model_free (model);
}

/* x and a shape → BROADCAST_TO → TRANSPOSE → RESHAPE to a column → y */
static LsModel *
dynamic_model (void)
{
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1)),
          shape = graph_value (model, 0, LS_TYPE_INT32, SHAPE (2)),
          wide = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 1)),
          axes = graph_constant (model, 0, LS_TYPE_INT32, SHAPE (2), (int32_t[]){ 1, 0 }, 8),
          turned = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 1)),
          column = graph_constant (model, 0, LS_TYPE_INT32, SHAPE (2), (int32_t[]){ -1, 1 }, 8),
          y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 1));

  graph_op (model, 0, LS_OP_BROADCAST_TO, TENSORS (x, shape), TENSORS (wide));
  graph_op (model, 0, LS_OP_TRANSPOSE, TENSORS (wide, axes), TENSORS (turned));
  graph_op (model, 0, LS_OP_RESHAPE, TENSORS (turned, column), TENSORS (y));
  graph_ports (model, 0, TENSORS (x, shape), TENSORS (turned, y));
  return model;
}

static void
shapes_that_depend_on_data_follow_it (void)
{
  static const int32_t shapes[][2] = { { 2, 3 }, { 1, 4 }, { 1, 4 }, { 0, 5 }, { 3, 2 } };
  const float pi[] = { 3, 3, 3, 3, 3, 3 };
  LsModel *model = dynamic_model ();
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;

  for (int trace = 0; trace < 2; trace++)
    {
      options.trace = trace != 0;

      LsSession *session = graph_session (model, &options);

      for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        {
          int32_t rows = shapes[i][0], columns = shapes[i][1];
          size_t n_bytes = (size_t) (rows * columns) * 4;

          CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (1), pi, 4));
          CHECK (graph_set (session, 1, LS_TYPE_INT32, SHAPE (2), shapes[i], 8));
          CHECK (graph_run (session));
          CHECK (graph_gives (session, 0, SHAPE (columns, rows), pi, n_bytes));
          CHECK (graph_gives (session, 1, SHAPE (rows * columns, 1), pi, n_bytes));
        }
      ls_session_free (session);
    }
  ls_model_free (model);
}

static void
errors_that_depend_on_data_end_the_run (void)
{
  const int32_t wrong[] = { -3, 2 }, right[] = { 1, 1 };
  LsModel *model = dynamic_model ();
  LsSession *session = graph_session (model, NULL);
  LsError error = { 0 };

  CHECK (graph_set (session, 1, LS_TYPE_INT32, SHAPE (2), wrong, 8));
  CHECK (ls_session_run (session, &error) == LS_E_INVALID && error.op == 0);
  CHECK (graph_set (session, 1, LS_TYPE_INT32, SHAPE (2), right, 8) && graph_run (session));
  ls_session_free (session);
  ls_model_free (model);
}

/* The numbers 1 to 6 through TRANSPOSE and RESHAPE, joined to x, which is a row. */
static LsModel *
folding_model (void)
{
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 2)),
          six_of = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (2, 3), six, 24),
          axes = graph_constant (model, 0, LS_TYPE_INT32, SHAPE (2), (int32_t[]){ 1, 0 }, 8),
          turned = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (3, 2)),
          wide = graph_constant (model, 0, LS_TYPE_INT32, SHAPE (2), (int32_t[]){ 3, -1 }, 8),
          flat = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (3, 2)),
          y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (4, 2));

  graph_op (model, 0, LS_OP_TRANSPOSE, TENSORS (six_of, axes), TENSORS (turned));
  graph_op (model, 0, LS_OP_RESHAPE, TENSORS (turned, wide), TENSORS (flat));
  graph_op (model, 0, LS_OP_CONCATENATION, TENSORS (x, flat), TENSORS (y));
  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  return model;
}

static void
constants_are_folded_once (void)
{
  LsModel *model = folding_model ();
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  const float want[] = { 8, 9, 1, 4, 2, 5, 3, 6 };
  LsArray view;

  for (int trace = 0; trace < 2; trace++)
    {
      options.trace = trace != 0;

      LsSession *session = graph_session (model, &options);
      LsStepInfo step;

      CHECK (ls_session_n_steps (session) == 1 && ls_session_step (session, 0, &step));
      CHECK (step.op == 2 && !ls_session_step (session, 1, &step));
      CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (1, 2), six + 7, 8));
      CHECK (graph_run (session) && graph_gives (session, 0, SHAPE (4, 2), want, 32));
      CHECK (ls_session_get_tensor (session, 3, &view, NULL) == (trace ? LS_OK : LS_E_USAGE));
      CHECK (!trace || memcmp (view.data, want + 2, 24) == 0);

      /* Planned again, what is constant stays. */
      CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (2, 2), six + 5, 16));
      CHECK (graph_run (session) && ls_session_get_output (session, 0, &view, NULL) == LS_OK);
      CHECK (view.dims[0] == 5 && memcmp ((float *) view.data + 4, want + 2, 24) == 0);
      ls_session_free (session);
    }
  ls_model_free (model);
}

static void
constants_of_the_wrong_size_are_refused (void)
{
  LsModel *model = folding_model ();
  LsSession *session;
  LsError error = { 0 };

  ls_tensor_set_data (model, ls_model_tensor (model, 0, 1), six, 20);
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_INVALID && error.op == 0);
  CHECK (strstr (error.message, "constant tensor 1 (t1) has 20 bytes") != NULL);
  ls_tensor_set_data (model, ls_model_tensor (model, 0, 1), six, 24);
  ls_model_tensor (model, 0, 1)->rank = 9;
  ls_model_tensor (model, 0, 1)->dims
    = ls_model_ints (model, (const int32_t[]){ 1, 1, 1, 1, 1, 1, 1, 2, 3 }, 9);
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_UNSUPPORTED);
  CHECK (strstr (error.message, "9 dimensions") != NULL);
  ls_model_free (model);
}

static void
graphs_that_contradict_themselves_are_refused (void)
{
  LsSession *session;
  LsError error = { 0 };
  LsModel *model = transpose_model ();

  graph_op (model, 0, LS_OP_RESHAPE, TENSORS (0), TENSORS (2));
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_INVALID && error.op == 1);
  CHECK (strstr (error.message, "written by another operator") != NULL);
  ls_model_free (model);

  model = transpose_model ();
  ls_model_op (model, 0, 0)->inputs = ls_model_ints (model, (const int32_t[]){ 0, 77 }, 2);
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_INVALID && error.op == 0);
  ls_model_op (model, 0, 0)->inputs = ls_model_ints (model, (const int32_t[]){ 2, 1 }, 2);
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_INVALID && error.op == 0);
  CHECK (strstr (error.message, "nothing computes tensor 2") != NULL);
  ls_model_op (model, 0, 0)->outputs = ls_model_ints (model, (const int32_t[]){ 0 }, 1);
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_INVALID && error.op == 0);
  graph_ports (model, 0, TENSORS (5), TENSORS (2));
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_INVALID);
  ls_model_free (model);
}

static void
signatures_name_the_ports_in_graph_order (void)
{
  LsModel *model = dynamic_model ();
  const LsSignaturePort inputs[] = { { "size", 1 }, { "what", 0 } };
  const LsSignaturePort outputs[] = { { "column", 6 } };
  const LsSignature signature = { "fill", 0, 2, 1, inputs, outputs };
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsError error = { 0 };
  LsSession *session;
  LsPort port;

  model->signatures = &signature;
  model->n_signatures = 1;
  options.signature = "fill";
  session = graph_session (model, &options);
  CHECK (ls_session_n_inputs (session) == 2 && ls_session_n_outputs (session) == 2);
  CHECK (ls_session_input (session, 0, &port) && port.tensor == 0);
  CHECK_STR (port.name, "what");
  CHECK (ls_session_input (session, 1, &port) && port.type == LS_TYPE_INT32 && port.dims[0] == 2);
  CHECK_STR (port.name, "size");
  CHECK (ls_session_output (session, 0, &port));
  CHECK_STR (port.name, "t4");
  CHECK (ls_session_output (session, 1, &port) && !ls_session_output (session, 2, &port));
  CHECK_STR (port.name, "column");
  ls_session_free (session);
  options.signature = "empty";
  CHECK (ls_session_new (model, &options, &session, &error) == LS_E_USAGE && session == NULL);
  options.signature = NULL;
  options.subgraph = 1;
  CHECK (ls_session_new (model, &options, &session, &error) == LS_E_USAGE);
  ls_model_free (model);
}

static void
seeds_fill_inputs_the_same_everywhere (void)
{
  static const LsType types[] = { LS_TYPE_FLOAT32, LS_TYPE_INT8, LS_TYPE_INT64, LS_TYPE_BOOL };
  LsArray view;

  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    {
      LsModel *model = graph_new ();
      int32_t x = graph_value (model, 0, types[i], SHAPE (1000));

      graph_ports (model, 0, TENSORS (x), TENSORS (x));

      LsSession *session = graph_session (model, NULL);

      CHECK (ls_session_fill_input (session, 0, 1, NULL) == LS_OK);
      CHECK (ls_session_get_output (session, 0, &view, NULL) == LS_OK);

      double low = 0, high = 0;

      for (size_t k = 0; k < 1000; k++)
        {
          double value = ls_array_get (&view, k);

          low = value < low ? value : low;
          high = value > high ? value : high;
        }
      CHECK (i != 0 || (low < -0.99 && low >= -1 && high > 0.99 && high < 1));
      CHECK (i != 1 || (low < -124 && high > 123));
      CHECK (i != 2 || (low == 0 && high == 9));
      CHECK (i != 3 || (low == 0 && high == 1));
      /* splitmix64 from 1 begins with 0x910a2dec89025cc1. */
      CHECK (i != 0 || ((const float *) view.data)[0] == 0x910a2d * 0x1p-23f - 1);
      CHECK (i != 1 || ((const uint8_t *) view.data)[0] == 0x91);
      ls_session_free (session);
      ls_model_free (model);
    }
}

static void *
cancel_until_told (void *data)
{
  struct
  {
    LsSession *session;
    atomic_bool is_done;
  } *job = data;

  while (!atomic_load (&job->is_done))
    ls_session_cancel (job->session);
  return NULL;
}

static void
cancelled_run_ends_and_another_works (void)
{
  struct
  {
    LsSession *session;
    atomic_bool is_done;
  } job;
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (50000)), last = x;
  LsError error = { 0 };
  pthread_t thread;

  for (int i = 0; i < 2000; i++)
    {
      int32_t next = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (50000));

      graph_op (model, 0, LS_OP_TANH, TENSORS (last), TENSORS (next));
      last = next;
    }
  graph_ports (model, 0, TENSORS (x), TENSORS (last));
  job.session = graph_session (model, NULL);
  atomic_init (&job.is_done, false);
  CHECK (pthread_create (&thread, NULL, cancel_until_told, &job) == 0);
  CHECK (ls_session_run (job.session, &error) == LS_E_CANCELLED);
  atomic_store (&job.is_done, true);
  pthread_join (thread, NULL);
  CHECK (error.status == LS_E_CANCELLED && error.op == -1);
  ls_session_free (job.session);

  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;

  options.until = 1;
  job.session = graph_session (model, &options);
  ls_session_cancel (job.session);
  CHECK (graph_run (job.session));
  ls_session_free (job.session);
  ls_model_free (model);
}

static void
sizes_beyond_all_memory_are_refused (void)
{
  const int32_t huge[] = { 1 << 30, 1 << 15 }, huger[] = { INT32_MAX, INT32_MAX };
  LsModel *model = dynamic_model ();
  LsSession *session = graph_session (model, NULL);
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;

  CHECK (graph_set (session, 1, LS_TYPE_INT32, SHAPE (2), huge, 8));
  CHECK (ls_session_run (session, NULL) == LS_E_NO_MEMORY);
  CHECK (graph_set (session, 1, LS_TYPE_INT32, SHAPE (2), huger, 8));
  CHECK (ls_session_run (session, NULL) == LS_E_INVALID);
  ls_session_free (session);

  LsTensor *shape = ls_model_tensor (model, 0, 1);

  ls_tensor_set_data (model, shape, huge, 8);
  graph_ports (model, 0, TENSORS (0), TENSORS (6));
  options.until = 4;
  CHECK (ls_session_new (model, &options, &session, NULL) == LS_E_NO_MEMORY && session == NULL);
  ls_model_free (model);
}

static LsStatus
run_dynamic (LsSession *session, int32_t rows, int32_t columns)
{
  const int32_t shape[] = { rows, columns };

  return graph_set (session, 1, LS_TYPE_INT32, SHAPE (2), shape, 8) ? ls_session_run (session, NULL)
                                                                    : LS_E_INVALID;
}

/* Shapes that come from data, and sessions that gave memory back: both are counted. */
static void
values_may_take_so_much_memory_and_no_more (void)
{
  LsModel *model = dynamic_model ();

  ls_set_run_memory (1 << 20);

  LsSession *session = graph_session (model, NULL);

  for (int i = 0; i < 20; i++)
    {
      CHECK (run_dynamic (session, 100 + i, 200) == LS_OK);
      CHECK (run_dynamic (session, 600, 600) == LS_E_NO_MEMORY);
    }
  ls_session_free (session);
  ls_set_run_memory (0);
  session = graph_session (model, NULL);
  CHECK (run_dynamic (session, 600, 600) == LS_OK);
  CHECK (run_dynamic (session, 1 << 20, 1 << 20) == LS_E_NO_MEMORY);
  ls_session_free (session);
  ls_model_free (model);
}

/* DENSIFY takes the stored values; for any other reader the constant is dense. */
static void
sparse_constant_may_be_read_by_any_operator (void)
{
  static const float values[] = { 5, 7 };
  static const int32_t segments[] = { 0, 2 }, indices[] = { 1, 4 }, order[] = { 0 };
  static const LsSparseDim dim = { .format = LS_DIM_SPARSE_CSR,
                                   .dense_size = 6,
                                   .n_segments = 2,
                                   .segments = segments,
                                   .n_indices = 2,
                                   .indices = indices };
  static const LsSparsity sparsity
    = { .n_traversal = 1, .traversal_order = order, .n_dims = 1, .dims = &dim };

  for (int has_densify = 0; has_densify < 2; has_densify++)
    {
      LsModel *model = graph_new ();
      int32_t w = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (6), values, sizeof values),
              x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (6)),
              y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (6)),
              z = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (6));

      ls_model_tensor (model, 0, (uint32_t) w)->sparsity = &sparsity;
      graph_op (model, 0, LS_OP_ADD, TENSORS (x, w), TENSORS (y));
      if (has_densify)
        graph_op (model, 0, LS_OP_DENSIFY, TENSORS (w), TENSORS (z));
      graph_ports (model, 0, TENSORS (x), TENSORS (y));
      if (has_densify)
        ls_model_set_ports (model, 0, &x, 1, (int32_t[]){ y, z }, 2);

      LsSession *session = graph_session (model, NULL);

      CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (6), six, 24) && graph_run (session));
      CHECK (graph_gives (session, 0, SHAPE (6), ((const float[]){ 1, 7, 3, 4, 12, 6 }), 24));
      CHECK (!has_densify
             || graph_gives (session, 1, SHAPE (6), ((const float[]){ 0, 5, 0, 0, 7, 0 }), 24));
      ls_session_free (session);
      ls_model_free (model);
    }
}

/* A 1x1 convolution of int8, whose sums are scaled by 0.3: in exact mode they are rounded twice, as
 * LiteRT does, in fast mode once. */
static LsModel *
make_convolution (void)
{
  static const float scales[] = { 0.1F, 0.3F };
  static const int64_t zero_point;
  static int8_t weights[16 * 16];
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_INT8, SHAPE (1, 4, 4, 16));
  int32_t y = graph_value (model, 0, LS_TYPE_INT8, SHAPE (1, 4, 4, 16));

  for (int i = 0; i < 16 * 16; i++)
    weights[i] = (int8_t) (i * 37 % 11 - 5);

  int32_t w
    = graph_constant (model, 0, LS_TYPE_INT8, SHAPE (16, 1, 1, 16), weights, sizeof weights);
  const int32_t tensors[] = { x, w, y };
  const float *of[] = { &scales[0], &scales[1], &scales[0] };
  uint32_t op = graph_op (model, 0, LS_OP_CONV_2D, TENSORS (x, w, -1), TENSORS (y));

  for (int i = 0; i < 3; i++)
    {
      LsQuantization *quant = ls_model_alloc (model, 1, sizeof *quant);

      *quant = (LsQuantization){
        .n_scales = 1, .scales = of[i], .n_zero_points = 1, .zero_points = &zero_point
      };
      ls_model_tensor (model, 0, (uint32_t) tensors[i])->quant = quant;
    }
  ls_op_set_int (model, ls_model_op (model, 0, op), "stride_w", 1);
  ls_op_set_int (model, ls_model_op (model, 0, op), "stride_h", 1);
  graph_ports (model, 0, TENSORS (x), TENSORS (y));
  return model;
}

static void
fast_mode_is_at_most_one_step_away (void)
{
  enum
  {
    N = 4 * 4 * 16
  };
  LsModel *model = make_convolution ();
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  int8_t input[N], outputs[2][N];
  int n_away = 0;

  for (int i = 0; i < N; i++)
    input[i] = (int8_t) (i * 29 % 25 - 12);
  for (int mode = 0; mode < 2; mode++)
    {
      options.mode = mode == 0 ? LS_MODE_EXACT : LS_MODE_FAST;

      LsSession *session = graph_session (model, &options);
      LsArray view;

      CHECK (graph_set (session, 0, LS_TYPE_INT8, SHAPE (1, 4, 4, 16), input, sizeof input)
             && graph_run (session));
      CHECK (ls_session_get_output (session, 0, &view, NULL) == LS_OK && view.n_bytes == N);
      memcpy (outputs[mode], view.data, N);
      ls_session_free (session);
    }
  for (int i = 0; i < N; i++)
    {
      CHECK (abs (outputs[0][i] - outputs[1][i]) <= 1);
      n_away += outputs[0][i] != outputs[1][i];
    }
  CHECK (n_away > 0);
  ls_model_free (model);
}

int
main (void)
{
  RUN (sparse_constant_may_be_read_by_any_operator);
  RUN (operator_without_kernel_is_named);
  RUN (messages_stay_text_whatever_names_are);
  RUN (input_may_be_the_output);
  RUN (another_shape_resizes_between_runs);
  RUN (open_dimensions_wait_for_the_input);
  RUN (shapes_that_depend_on_data_follow_it);
  RUN (errors_that_depend_on_data_end_the_run);
  RUN (constants_are_folded_once);
  RUN (constants_of_the_wrong_size_are_refused);
  RUN (graphs_that_contradict_themselves_are_refused);
  RUN (signatures_name_the_ports_in_graph_order);
  RUN (seeds_fill_inputs_the_same_everywhere);
  RUN (cancelled_run_ends_and_another_works);
  RUN (sizes_beyond_all_memory_are_refused);
  RUN (values_may_take_so_much_memory_and_no_more);
  RUN (fast_mode_is_at_most_one_step_away);
  return done ();
}
