/* Subgraphs inside subgraphs, and what lives as long as the session. */
#include "graph.h"
#include "model/model.h"
#include "test.h"

static void
set_attr (LsModel *model, uint32_t graph, uint32_t op, const char *name, int64_t value)
{
  ls_op_set_int (model, ls_model_op (model, graph, op), name, value);
}

static void
set_text (LsModel *model, uint32_t graph, uint32_t op, const char *name, const char *text)
{
  LsAttr *attr = ls_model_alloc (model, 1, sizeof *attr);

  *attr = (LsAttr){ .name = name, .kind = LS_ATTR_STRING, .is_set = true, .text = text };
  ls_model_op (model, graph, op)->attrs = attr;
  ls_model_op (model, graph, op)->n_attrs = 1;
}

/* A subgraph of one operator on two values; its index. */
static uint32_t
binary_graph (LsModel *model, int kind, LsType result)
{
  uint32_t graph = (uint32_t) ls_model_add_graph (model, "binary");
  int32_t a = graph_value (model, graph, LS_TYPE_FLOAT32, SHAPE (2)),
          b = graph_value (model, graph, LS_TYPE_FLOAT32, SHAPE (2)),
          c = graph_value (model, graph, result, SHAPE (2));

  graph_op (model, graph, kind, TENSORS (a, b), TENSORS (c));
  graph_ports (model, graph, TENSORS (a, b), TENSORS (c));
  return graph;
}

static void
branches_are_planned_for_the_shapes_they_get (void)
{
  const float x[] = { 1, 2, 3 }, y[] = { 10, 20, 30 };
  const uint8_t yes = 1, no = 0;
  LsModel *model = graph_new ();
  uint32_t add = binary_graph (model, LS_OP_ADD, LS_TYPE_FLOAT32),
           mul = binary_graph (model, LS_OP_MUL, LS_TYPE_FLOAT32);
  int32_t which = graph_value (model, 0, LS_TYPE_BOOL, SHAPE (1)),
          a = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2)),
          b = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2)),
          c = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2));

  graph_op (model, 0, LS_OP_IF, TENSORS (which, a, b), TENSORS (c));
  set_attr (model, 0, 0, "then_subgraph_index", add);
  set_attr (model, 0, 0, "else_subgraph_index", mul);
  graph_ports (model, 0, TENSORS (which, a, b), TENSORS (c));

  LsSession *session = graph_session (model, NULL);

  CHECK (graph_set (session, 0, LS_TYPE_BOOL, SHAPE (1), &yes, 1));
  CHECK (graph_set (session, 1, LS_TYPE_FLOAT32, SHAPE (2), x, 8));
  CHECK (graph_set (session, 2, LS_TYPE_FLOAT32, SHAPE (2), y, 8) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (2), ((const float[]){ 11, 22 }), 8));
  CHECK (graph_set (session, 0, LS_TYPE_BOOL, SHAPE (1), &no, 1) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (2), ((const float[]){ 10, 40 }), 8));
  CHECK (graph_set (session, 1, LS_TYPE_FLOAT32, SHAPE (3), x, 12));
  CHECK (graph_set (session, 2, LS_TYPE_FLOAT32, SHAPE (3), y, 12) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (3), ((const float[]){ 10, 40, 90 }), 12));
  CHECK (graph_set (session, 0, LS_TYPE_BOOL, SHAPE (1), &yes, 1) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (3), ((const float[]){ 11, 22, 33 }), 12));
  ls_session_free (session);
  ls_model_free (model);
}

/* Subgraph @graph calls @callee with its only input @n_calls times in a row. */
static void
add_calls (LsModel *model, uint32_t graph, uint32_t callee, int n_calls)
{
  int32_t first = graph_value (model, graph, LS_TYPE_FLOAT32, SHAPE (2)), last = first;

  for (int i = 0; i < n_calls; i++)
    {
      int32_t next = graph_value (model, graph, LS_TYPE_FLOAT32, SHAPE (2));
      uint32_t op = graph_op (model, graph, LS_OP_CALL, TENSORS (last), TENSORS (next));

      set_attr (model, graph, op, "subgraph", callee);
      last = next;
    }
  if (n_calls == 0)
    {
      last = graph_value (model, graph, LS_TYPE_FLOAT32, SHAPE (2));
      graph_op (model, graph, LS_OP_NEG, TENSORS (first), TENSORS (last));
    }
  graph_ports (model, graph, TENSORS (first), TENSORS (last));
}

static void
recursion_without_end_is_refused (void)
{
  LsModel *model = graph_new ();
  LsSession *session;
  LsError error = { 0 };

  add_calls (model, 0, 0, 1);
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_UNSUPPORTED && session == NULL);
  CHECK (strstr (error.message, "more than 64 deep") != NULL);
  ls_model_free (model);
}

static void
calls_that_multiply_are_bounded (void)
{
  LsModel *model = graph_new ();
  LsSession *session;
  LsError error = { 0 };

  for (uint32_t i = 0; i < 40; i++)
    {
      add_calls (model, i, i + 1, 2);
      ls_model_add_graph (model, "callee");
    }
  add_calls (model, 40, 0, 0);
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_UNSUPPORTED && session == NULL);
  CHECK (strstr (error.message, "instances") != NULL);
  ls_model_free (model);
}

static void
deep_calls_give_their_value (void)
{
  const float x[] = { 1, -2 };
  LsModel *model = graph_new ();

  for (uint32_t i = 0; i < 8; i++)
    {
      add_calls (model, i, i + 1, 2);
      ls_model_add_graph (model, "callee");
    }
  add_calls (model, 8, 0, 0);

  LsSession *session = graph_session (model, NULL);

  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (2), x, 8) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (2), x, 8)); /* negated 256 times */
  ls_session_free (session);
  ls_model_free (model);
}

/* Adds the input to a variable, which begins as what CALL_ONCE puts there. */
static LsModel *
counter_model (void)
{
  const float hundred[] = { 100, 200 };
  LsModel *model = graph_new ();
  uint32_t once = (uint32_t) ls_model_add_graph (model, "once");

  for (uint32_t g = 0; g <= once; g++)
    {
      int32_t handle = graph_value (model, g, LS_TYPE_RESOURCE, SCALAR);

      graph_op (model, g, LS_OP_VAR_HANDLE, NO_TENSORS, TENSORS (handle));
      set_text (model, g, 0, "shared_name", "total");
    }

  int32_t start = graph_constant (model, once, LS_TYPE_FLOAT32, SHAPE (2), hundred, 8);
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2)),
          old = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2)),
          sum = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2));

  graph_op (model, once, LS_OP_ASSIGN_VARIABLE, TENSORS (0, start), NO_TENSORS);
  graph_ports (model, once, NO_TENSORS, NO_TENSORS);
  graph_op (model, 0, LS_OP_CALL_ONCE, NO_TENSORS, NO_TENSORS);
  set_attr (model, 0, 1, "init_subgraph_index", once);
  graph_op (model, 0, LS_OP_READ_VARIABLE, TENSORS (0), TENSORS (old));
  graph_op (model, 0, LS_OP_ADD, TENSORS (x, old), TENSORS (sum));
  graph_op (model, 0, LS_OP_ASSIGN_VARIABLE, TENSORS (0, sum), NO_TENSORS);
  graph_ports (model, 0, TENSORS (x), TENSORS (sum));
  return model;
}

static void
variables_last_as_long_as_the_session (void)
{
  const float one[] = { 1, 2 };
  LsModel *model = counter_model ();
  LsSession *session = graph_session (model, NULL), *other = graph_session (model, NULL);

  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (2), one, 8));
  CHECK (graph_run (session) && graph_run (session) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (2), ((const float[]){ 103, 206 }), 8));
  CHECK (graph_set (other, 0, LS_TYPE_FLOAT32, SHAPE (2), one, 8) && graph_run (other));
  CHECK (graph_gives (other, 0, SHAPE (2), ((const float[]){ 101, 202 }), 8));
  CHECK (ls_session_reset (session, NULL) == LS_OK && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (2), ((const float[]){ 101, 202 }), 8));
  /* A resize that fails and is taken back leaves the state. */
  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (3), ((const float[]){ 1, 2, 3 }), 12));
  CHECK (ls_session_run (session, NULL) != LS_OK);
  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (2), one, 8) && graph_run (session));
  CHECK (graph_gives (session, 0, SHAPE (2), ((const float[]){ 102, 204 }), 8));
  ls_session_free (session);
  ls_session_free (other);
  ls_model_free (model);
}

static int32_t
variable (LsModel *model, uint32_t number)
{
  const int32_t handle = graph_value (model, 0, LS_TYPE_RESOURCE, SCALAR);
  char name[16];

  snprintf (name, sizeof name, "v%u", number);
  graph_op (model, 0, LS_OP_VAR_HANDLE, NO_TENSORS, TENSORS (handle));
  set_text (model, 0, ls_model_subgraph (model, 0)->n_ops - 1, "shared_name",
            ls_model_strdup (model, name));
  return handle;
}

/* More of them than any table begins with. */
static void
each_of_many_variables_has_its_value (void)
{
  LsModel *model = graph_new ();
  int32_t outputs[100];

  for (uint32_t i = 0; i < 100; i++)
    {
      const float value = (float) i;
      const int32_t constant = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (1), &value, 4),
                    handle = variable (model, i);

      graph_op (model, 0, LS_OP_ASSIGN_VARIABLE, TENSORS (handle, constant), NO_TENSORS);
    }
  for (uint32_t i = 0; i < 100; i++)
    {
      const int32_t handle = variable (model, 99 - i);

      outputs[i] = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1));
      graph_op (model, 0, LS_OP_READ_VARIABLE, TENSORS (handle), TENSORS (outputs[i]));
    }
  ls_model_set_ports (model, 0, NULL, 0, outputs, 100);

  LsSession *session = graph_session (model, NULL);

  CHECK (graph_run (session));
  for (uint32_t i = 0; i < 100; i++)
    CHECK (graph_gives (session, i, SHAPE (1), &(const float){ (float) (99 - i) }, 4));
  ls_session_free (session);
  ls_model_free (model);
}

static void
errors_inside_name_the_subgraph (void)
{
  LsModel *model = graph_new ();
  LsSession *session;
  LsError error = { 0 };

  add_calls (model, 0, 1, 1);
  ls_model_add_graph (model, "callee");
  add_calls (model, 1, 0, 0);
  ls_model_op (model, 1, 0)->kind = LS_OP_CUSTOM;
  ls_model_op (model, 1, 0)->custom_code = "FlexNothing";
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_UNSUPPORTED);
  CHECK (error.subgraph == 1 && error.op == 0);
  CHECK (strncmp (error.message, "operator 0 FlexNothing (t1) of subgraph 1: ", 43) == 0);
  ls_model_op (model, 1, 0)->kind = LS_OP_ADD; /* of one input */
  CHECK (ls_session_new (model, NULL, &session, &error) == LS_E_INVALID);
  CHECK (strncmp (error.message, "operator 0 ADD (t1) of subgraph 1: ", 35) == 0);
  ls_model_free (model);
}

/* A tensor that is a variable begins at zero and is the operator's to keep: SVDF's state. */
static void
state_tensors_are_reset (void)
{
  const float ones[] = { 1, 1, 1, 1 };
  LsModel *model = graph_new ();
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 2)),
          feature = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 2), ones, 8),
          time = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 4), ones, 16),
          state = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 4)),
          y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (1, 1));
  const float sums[] = { 2, 4, 6, 8, 8 };

  ls_model_tensor (model, 0, (uint32_t) state)->is_variable = true;
  graph_op (model, 0, LS_OP_SVDF, TENSORS (x, feature, time, -1, state), TENSORS (y));
  set_attr (model, 0, 0, "rank", 1);
  graph_ports (model, 0, TENSORS (x), TENSORS (y));

  LsSession *session = graph_session (model, NULL);

  CHECK (graph_set (session, 0, LS_TYPE_FLOAT32, SHAPE (1, 2), ones, 8));
  for (int round = 0; round < 2; round++)
    {
      for (int i = 0; i < 5; i++)
        CHECK (graph_run (session) && graph_gives (session, 0, SHAPE (1, 1), &sums[i], 4));
      CHECK (ls_session_reset (session, NULL) == LS_OK);
    }
  ls_session_free (session);
  ls_model_free (model);
}

int
main (void)
{
  RUN (branches_are_planned_for_the_shapes_they_get);
  RUN (recursion_without_end_is_refused);
  RUN (calls_that_multiply_are_bounded);
  RUN (deep_calls_give_their_value);
  RUN (variables_last_as_long_as_the_session);
  RUN (each_of_many_variables_has_its_value);
  RUN (errors_inside_name_the_subgraph);
  RUN (state_tensors_are_reset);
  return done ();
}
