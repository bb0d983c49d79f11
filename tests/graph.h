/*
 * Models of several operators, made in a few lines:
 *
 *   LsModel *model = graph_new ();
 *   int32_t x = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2, 3));
 *   int32_t y = graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (2, 3));
 *   graph_op (model, 0, LS_OP_RELU, TENSORS (x), TENSORS (y));
 *   graph_ports (model, 0, TENSORS (x), TENSORS (y));
 */
#ifndef LS_TESTS_GRAPH_H
#define LS_TESTS_GRAPH_H

#include "model/model.h"
#include "test.h"

#ifndef SHAPE
#define SHAPE(...)                                                                                 \
  (int) (sizeof ((const int32_t[]){ __VA_ARGS__ }) / sizeof (int32_t)), (const int32_t[])          \
  {                                                                                                \
    __VA_ARGS__                                                                                    \
  }
#define SCALAR 0, NULL
#endif
#define TENSORS(...) SHAPE (__VA_ARGS__)
#define NO_TENSORS 0, NULL

static inline LsModel *
graph_new (void)
{
  LsModel *model = ls_model_new ();

  ls_model_add_graph (model, "main");
  return model;
}

/* A tensor that is computed, called "tN" after its index. */
static inline int32_t
graph_value (LsModel *model, uint32_t graph, LsType type, int rank, const int32_t *dims)
{
  char name[32];

  snprintf (name, sizeof name, "t%u", ls_model_subgraph (model, graph)->n_tensors);

  LsTensor tensor = { .name = ls_model_strdup (model, name),
                      .type = type,
                      .rank = rank,
                      .dims = ls_model_ints (model, dims, (uint32_t) rank),
                      .signature_rank = -1,
                      .has_rank = true };

  return ls_model_add_tensor (model, graph, &tensor);
}

static inline int32_t
graph_constant (LsModel *model, uint32_t graph, LsType type, int rank, const int32_t *dims,
                const void *data, size_t n_bytes)
{
  int32_t index = graph_value (model, graph, type, rank, dims);

  ls_tensor_set_data (model, ls_model_tensor (model, graph, (uint32_t) index), data, n_bytes);
  return index;
}

/* Appends an operator; its index. */
static inline uint32_t
graph_op (LsModel *model, uint32_t graph, int kind, int n_in, const int32_t *in, int n_out,
          const int32_t *out)
{
  uint32_t at = ls_model_subgraph (model, graph)->n_ops;
  LsOperator op = { .kind = kind,
                    .version = 1,
                    .n_inputs = (uint32_t) n_in,
                    .inputs = ls_model_ints (model, in, (uint32_t) n_in),
                    .n_outputs = (uint32_t) n_out,
                    .outputs = ls_model_ints (model, out, (uint32_t) n_out),
                    .code_index = (uint32_t) ls_model_ensure_code (model, kind, NULL, 1) };

  ls_model_insert_op (model, graph, at, &op);
  return at;
}

/* Hands a value on @n times, by RESHAPE to the shape it has; the last. */
static inline int32_t
graph_hand_on (LsModel *model, uint32_t graph, int32_t t, int n)
{
  for (int i = 0; i < n; i++)
    {
      const LsTensor tensor = *ls_model_tensor (model, graph, (uint32_t) t);
      const int32_t shape = graph_constant (model, graph, LS_TYPE_INT32, SHAPE (tensor.rank),
                                            tensor.dims, (size_t) tensor.rank * sizeof (int32_t));
      const int32_t next = graph_value (model, graph, tensor.type, tensor.rank, tensor.dims);

      graph_op (model, graph, LS_OP_RESHAPE, TENSORS (t, shape), TENSORS (next));
      t = next;
    }
  return t;
}

static inline void
graph_ports (LsModel *model, uint32_t graph, int n_in, const int32_t *in, int n_out,
             const int32_t *out)
{
  ls_model_set_ports (model, graph, in, (uint32_t) n_in, out, (uint32_t) n_out);
}

/* The session of a model with the options given; NULL, with the reason as a comment, when there is
 * none. */
static inline LsSession *
graph_session (const LsModel *model, const LsSessionOptions *options)
{
  LsSession *session;
  LsError error = { 0 };

  if (ls_session_new (model, options, &session, &error) != LS_OK)
    printf ("# %s\n", error.message);
  return session;
}

static inline bool
graph_set (LsSession *session, uint32_t index, LsType type, int rank, const int32_t *dims,
           const void *data, size_t n_bytes)
{
  LsArray array = { .type = type, .rank = rank, .data = (void *) data, .n_bytes = n_bytes };
  LsError error = { 0 };

  if (rank > 0)
    memcpy (array.dims, dims, (size_t) rank * sizeof *dims);
  if (ls_session_set_input (session, index, &array, &error) != LS_OK)
    printf ("# %s\n", error.message);
  return error.status == LS_OK;
}

static inline bool
graph_run (LsSession *session)
{
  LsError error = { 0 };

  if (ls_session_run (session, &error) != LS_OK)
    printf ("# %s\n", error.message);
  return error.status == LS_OK;
}

/* Whether an output has that shape and those bytes. */
static inline bool
graph_gives (const LsSession *session, uint32_t index, int rank, const int32_t *dims,
             const void *data, size_t n_bytes)
{
  LsArray view;

  return ls_session_get_output (session, index, &view, NULL) == LS_OK && view.rank == rank
         && (rank == 0 || memcmp (view.dims, dims, (size_t) rank * sizeof *dims) == 0)
         && view.n_bytes == n_bytes && memcmp (view.data, data, n_bytes) == 0;
}

#endif
