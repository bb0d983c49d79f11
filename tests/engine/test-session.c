/* Sessions: planning, running, resizing. */
#include "model/model.h"
#include "test.h"

static LsModel *
new_model (void)
{
  LsModel *model = ls_model_new ();

  ls_model_add_graph (model, "main");
  return model;
}

static int
add_tensor (LsModel *model, const char *name, LsType type, int rank, const int32_t *dims)
{
  LsTensor tensor
    = { .name = name, .type = type, .rank = rank, .signature_rank = -1, .has_rank = true };

  tensor.dims = ls_model_ints (model, dims, (uint32_t) rank);
  return ls_model_add_tensor (model, 0, &tensor);
}

static void
add_op (LsModel *model, int kind, const char *custom, int32_t in, int32_t out)
{
  LsOperator op
    = { .kind = kind, .custom_code = custom, .version = 1, .n_inputs = 1, .n_outputs = 1 };

  op.inputs = ls_model_ints (model, &in, 1);
  op.outputs = ls_model_ints (model, &out, 1);
  op.code_index = (uint32_t) ls_model_ensure_code (model, kind, custom, 1);
  ls_model_insert_op (model, 0, ls_model_subgraph (model, 0)->n_ops, &op);
}

static void
operator_without_kernel_is_named (void)
{
  LsModel *model = new_model ();
  LsSession *session;
  LsError error = { 0 };
  const int32_t dims[] = { 2 };
  int32_t x = add_tensor (model, "x", LS_TYPE_FLOAT32, 1, dims),
          y = add_tensor (model, "y", LS_TYPE_FLOAT32, 1, dims);

  add_op (model, LS_OP_CUSTOM, "FlexNothing", x, y);
  ls_model_set_ports (model, 0, &x, 1, &y, 1);
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_UNSUPPORTED);
  CHECK (session == NULL && error.op == 0 && error.subgraph == 0);
  CHECK (strncmp (error.message, "operator 0 FlexNothing (y): Litesmith has no kernel", 51) == 0);
  ls_model_free (model);
}

static void
input_may_be_the_output (void)
{
  LsModel *model = new_model ();
  LsSession *session;
  const int32_t dims[] = { 2 };
  float values[] = { 1, 2, 3 };
  LsArray array = { LS_TYPE_FLOAT32, 1, { 2 }, values, 8 }, view;
  int32_t x = add_tensor (model, "x", LS_TYPE_FLOAT32, 1, dims);

  ls_model_set_ports (model, 0, &x, 1, &x, 1);
  CHECK (ls_session_new (model, NULL, &session, NULL) == LS_OK);
  CHECK (ls_session_set_input (session, 0, &array, NULL) == LS_OK);
  CHECK (ls_session_run (session, NULL) == LS_OK);
  CHECK (ls_session_get_output (session, 0, &view, NULL) == LS_OK);
  CHECK (view.n_bytes == 8 && memcmp (view.data, values, 8) == 0);
  array.dims[0] = 3;
  CHECK (ls_session_set_input (session, 0, &array, NULL) == LS_E_INVALID);
  CHECK (ls_session_run (session, NULL) == LS_OK);
  array.n_bytes = 12;
  CHECK (ls_session_set_input (session, 0, &array, NULL) == LS_OK);
  CHECK (ls_session_run (session, NULL) == LS_OK);
  CHECK (ls_session_get_output (session, 0, &view, NULL) == LS_OK && view.n_bytes == 12);
  ls_session_free (session);
  ls_model_free (model);
}

int
main (void)
{
  RUN (operator_without_kernel_is_named);
  RUN (input_may_be_the_output);
  return done ();
}
