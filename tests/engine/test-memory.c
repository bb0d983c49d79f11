/* Values that share memory give what values of their own give. */
#include "base/random.h"
#include "graph.h"
#include "model/model.h"
#include "test.h"

enum
{
  ROWS = 6,
  N_OPS = 60,
  MOST = 2 * N_OPS + 2
};

/* A random graph of matrices: elementwise operators, views, moves, joins and splits. */
typedef struct
{
  LsModel *model;
  uint64_t state;
  int32_t values[MOST]; /* tensors that may be read */
  uint32_t n_values;
  int32_t axes, same, axis; /* constants */
  int32_t columns;
} Graph;

static uint32_t
below (Graph *graph, uint32_t end)
{
  return (uint32_t) (ls_random_next (&graph->state) % end);
}

static int32_t
pick (Graph *graph)
{
  /* Mostly late ones: short lives. */
  uint32_t n = graph->n_values, from = below (graph, 3) != 0 && n > 4 ? n - 4 : 0;

  return graph->values[from + below (graph, n - from)];
}

static int32_t
new_value (Graph *graph, int32_t rows, int32_t columns)
{
  return graph_value (graph->model, 0, LS_TYPE_FLOAT32, SHAPE (rows, columns));
}

static int32_t
add_value (Graph *graph)
{
  int32_t value = new_value (graph, ROWS, graph->columns);

  graph->values[graph->n_values++] = value;
  return value;
}

/* CONCATENATION of two along the columns, then SPLIT. */
static void
add_join_and_split (Graph *graph)
{
  int32_t a = pick (graph), b = pick (graph), wide = new_value (graph, ROWS, 2 * graph->columns);
  int32_t left = add_value (graph), right = add_value (graph);
  uint32_t at = graph_op (graph->model, 0, LS_OP_CONCATENATION, TENSORS (a, b), TENSORS (wide));

  ls_op_set_int (graph->model, ls_model_op (graph->model, 0, at), "axis", 1);
  at = graph_op (graph->model, 0, LS_OP_SPLIT, TENSORS (graph->axis, wide), TENSORS (left, right));
  ls_op_set_int (graph->model, ls_model_op (graph->model, 0, at), "num_splits", 2);
}

static void
add_op (Graph *graph)
{
  static const int unary[] = { LS_OP_RELU, LS_OP_ABS, LS_OP_NEG, LS_OP_TANH, LS_OP_SQUARE };
  int32_t x = pick (graph), turned;

  switch (below (graph, 6))
    {
    case 0:
      graph_op (graph->model, 0, LS_OP_RESHAPE, TENSORS (x, graph->same),
                TENSORS (add_value (graph)));
      break;
    case 1:
      turned = new_value (graph, graph->columns, ROWS);
      graph_op (graph->model, 0, LS_OP_TRANSPOSE, TENSORS (x, graph->axes), TENSORS (turned));
      graph_op (graph->model, 0, LS_OP_RESHAPE, TENSORS (turned, graph->same),
                TENSORS (add_value (graph)));
      break;
    case 2:
      add_join_and_split (graph);
      break;
    default:
      graph_op (graph->model, 0, unary[below (graph, sizeof unary / sizeof *unary)], TENSORS (x),
                TENSORS (add_value (graph)));
      break;
    }
}

static LsModel *
random_model (uint64_t seed, int32_t columns)
{
  Graph graph = { .model = graph_new (), .state = seed, .columns = columns };
  LsModel *model = graph.model;

  graph.axes = graph_constant (model, 0, LS_TYPE_INT32, SHAPE (2), (int32_t[]){ 1, 0 }, 8);
  graph.same = graph_constant (model, 0, LS_TYPE_INT32, SHAPE (2), (int32_t[]){ ROWS, columns }, 8);
  graph.axis = graph_constant (model, 0, LS_TYPE_INT32, SCALAR, (int32_t[]){ 1 }, 4);

  int32_t x = add_value (&graph), y = add_value (&graph);

  for (int i = 0; i < N_OPS / 2; i++)
    add_op (&graph);
  graph_ports (model, 0, TENSORS (x, y),
               TENSORS (graph.values[graph.n_values - 1], pick (&graph), pick (&graph), x));
  return model;
}

static LsSession *
run_model (const LsModel *model, uint32_t n_threads, bool trace)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;

  options.trace = trace;
  options.n_threads = n_threads;

  LsSession *session = graph_session (model, &options);

  for (uint32_t i = 0; i < 2; i++)
    ls_session_fill_input (session, i, i, NULL);
  /* The second run finds what the first left in the arena. */
  CHECK (graph_run (session) && graph_run (session));
  return session;
}

static bool
have_same_outputs (const LsSession *a, const LsSession *b)
{
  LsArray x, y;

  for (uint32_t i = 0; i < ls_session_n_outputs (a); i++)
    if (ls_session_get_output (a, i, &x, NULL) != LS_OK
        || ls_session_get_output (b, i, &y, NULL) != LS_OK || x.n_bytes != y.n_bytes
        || memcmp (x.data, y.data, x.n_bytes) != 0)
      return false;
  return true;
}

static void
shared_memory_gives_the_same_values (void)
{
  for (uint64_t seed = 0; seed < 200; seed++)
    {
      LsModel *model = random_model (seed, 40);
      LsSession *kept = run_model (model, 1, true), *shared = run_model (model, 1, false);

      CHECK (have_same_outputs (kept, shared));
      CHECK (ls_session_arena_bytes (shared) <= ls_session_arena_bytes (kept));
      ls_session_free (kept);
      ls_session_free (shared);
      ls_model_free (model);
    }
}

static void
threads_give_the_same_values (void)
{
  for (uint64_t seed = 0; seed < 20; seed++)
    {
      LsModel *model = random_model (seed, 8000);
      LsSession *one = run_model (model, 1, false), *four = run_model (model, 4, false);

      CHECK (have_same_outputs (one, four));
      ls_session_free (one);
      ls_session_free (four);
      ls_model_free (model);
    }
}

/* A chain of elementwise operators and views needs one place, which is not that of the input. */
static void
chain_works_in_one_place (void)
{
  LsModel *model = graph_new ();
  int32_t same = graph_constant (model, 0, LS_TYPE_INT32, SHAPE (1), (int32_t[]){ 256 }, 4);
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (256)), last = x;

  for (int i = 0; i < 10; i++)
    {
      int32_t a = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (256)),
              b = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (256));

      graph_op (model, 0, LS_OP_NEG, TENSORS (last), TENSORS (a));
      graph_op (model, 0, LS_OP_RESHAPE, TENSORS (a, same), TENSORS (b));
      last = b;
    }
  graph_ports (model, 0, TENSORS (x), TENSORS (last));

  LsSession *session = graph_session (model, NULL);
  LsArray view;

  CHECK (ls_session_arena_bytes (session) == 1024);
  ls_session_fill_input (session, 0, 3, NULL);
  CHECK (graph_run (session) && graph_run (session));
  CHECK (ls_session_get_tensor (session, (uint32_t) x, &view, NULL) == LS_OK);
  CHECK (graph_gives (session, 0, SHAPE (256), view.data, 1024));
  ls_session_free (session);
  ls_model_free (model);
}

/* What nobody asks for does not run: the branch is dead, unless everything is to be kept. */
static void
dead_branches_do_not_run (void)
{
  LsModel *model = graph_new ();
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (4)),
          dead = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (4)),
          y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (4));

  graph_op (model, 0, LS_OP_EXP, TENSORS (x), TENSORS (dead));
  graph_op (model, 0, LS_OP_NEG, TENSORS (x), TENSORS (y));
  graph_ports (model, 0, TENSORS (x), TENSORS (y));

  LsSession *session = graph_session (model, NULL);

  CHECK (ls_session_n_steps (session) == 1);
  ls_session_free (session);
  options.trace = true;
  session = graph_session (model, &options);
  CHECK (ls_session_n_steps (session) == 2);
  ls_session_free (session);
  ls_model_free (model);
}

int
main (void)
{
  RUN (shared_memory_gives_the_same_values);
  RUN (threads_give_the_same_values);
  RUN (chain_works_in_one_place);
  RUN (dead_branches_do_not_run);
  return done ();
}
