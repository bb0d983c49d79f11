/* Constants that carry a shape, and what becomes of them when the input gets another one. */
#include "model/model.h"
#include "test.h"

/* A model of one input, and operators that each read what the one before wrote. */
typedef struct
{
  LsModel *model;
  int32_t last;
} Chain;

static int32_t
add_tensor (Chain *chain, const char *name, LsType type, const int32_t *dims, int rank)
{
  const LsTensor tensor = { .name = name,
                            .type = type,
                            .rank = rank,
                            .dims = ls_model_ints (chain->model, dims, (uint32_t) rank),
                            .signature_rank = -1 };

  return ls_model_add_tensor (chain->model, 0, &tensor);
}

static int32_t
add_ints (Chain *chain, const char *name, const int32_t *values, int count)
{
  const int32_t tensor = add_tensor (chain, name, LS_TYPE_INT32, &count, 1);

  CHECK (ls_tensor_set_data (chain->model, ls_model_tensor (chain->model, 0, (uint32_t) tensor),
                             values, (uint64_t) count * sizeof *values));
  return tensor;
}

static LsOperator *
add_op (Chain *chain, int kind, const char *name, const int32_t *dims, int rank, int32_t first,
        int32_t second)
{
  const int32_t out = add_tensor (chain, name, LS_TYPE_FLOAT32, dims, rank);
  const int32_t in[] = { chain->last, first, second };
  const LsOperator op
    = { .kind = kind,
        .version = 1,
        .code_index = (uint32_t) ls_model_ensure_code (chain->model, kind, NULL, 1),
        .n_inputs = second >= 0  ? 3
                    : first >= 0 ? 2
                                 : 1,
        .n_outputs = 1,
        .inputs = ls_model_ints (chain->model, in, 3),
        .outputs = ls_model_ints (chain->model, &out, 1) };
  const uint32_t at = ls_model_subgraph (chain->model, 0)->n_ops;

  CHECK (ls_model_insert_op (chain->model, 0, at, &op) == (int) at);
  chain->last = out;
  return ls_model_op (chain->model, 0, at);
}

static Chain
begin (const int32_t *dims, int rank)
{
  Chain chain = { ls_model_new (), 0 };

  CHECK (ls_model_add_graph (chain.model, "main") == 0);
  CHECK (add_tensor (&chain, "in", LS_TYPE_FLOAT32, dims, rank) == 0);
  return chain;
}

/* Gives the input another shape. */
static LsStatus
reshape (Chain *chain, int rank, int32_t a, int32_t b, int32_t c, int32_t d, LsError *error)
{
  const LsEditShape shape = { 0, rank, { a, b, c, d } };
  const int32_t in = 0;

  CHECK (ls_model_set_ports (chain->model, 0, &in, 1, &chain->last, 1));
  return ls_edit_set_shapes (chain->model, 0, &shape, 1, NULL, error);
}

/* Whether the operator's output has that shape now. */
static bool
gives (const Chain *chain, uint32_t op, int rank, int32_t a, int32_t b, int32_t c, int32_t d)
{
  const LsSubgraph *graph = ls_model_subgraph (chain->model, 0);
  const LsTensor *out = &graph->tensors[graph->ops[op].outputs[0]];
  const int32_t dims[] = { a, b, c, d };

  return out->rank == rank && memcmp (out->dims, dims, (size_t) rank * sizeof *dims) == 0;
}

#define DIMS(...) ((const int32_t[]){ __VA_ARGS__ }), (int) (sizeof (int32_t[]){ __VA_ARGS__ } / 4)

static void
a_shared_constant_is_split_where_its_readers_part (void)
{
  Chain chain = begin (DIMS (1, 4, 4, 6));
  const int32_t shape = add_ints (&chain, "shape", DIMS (1, 16, 6));

  add_op (&chain, LS_OP_RESHAPE, "rows", DIMS (1, 16, 6), shape, -1);
  add_op (&chain, LS_OP_ABS, "abs", DIMS (1, 16, 6), -1, -1);
  add_op (&chain, LS_OP_RESHAPE, "same", DIMS (1, 16, 6), shape, -1);
  CHECK (reshape (&chain, 4, 3, 5, 4, 6, NULL) == LS_OK);
  CHECK (gives (&chain, 0, 3, 3, 20, 6, 0) && gives (&chain, 2, 3, 3, 20, 6, 0));
  ls_model_free (chain.model);
}

static void
heads_of_detectors_grow_in_their_boxes (void)
{
  Chain chain = begin (DIMS (1, 3, 3, 12));
  const int32_t shape = add_ints (&chain, "shape", DIMS (1, 27, 1, 4));

  add_op (&chain, LS_OP_RESHAPE, "boxes", DIMS (1, 27, 1, 4), shape, -1);
  CHECK (reshape (&chain, 4, 1, 5, 5, 12, NULL) == LS_OK && gives (&chain, 0, 4, 1, 75, 1, 4));
  ls_model_free (chain.model);
}

static void
what_is_not_plain_is_refused (void)
{
  LsError error = { 0 };
  Chain chain = begin (DIMS (1, 16, 6));
  const int32_t shape = add_ints (&chain, "shape", DIMS (1, 4, 4, 6));

  /* 25 tokens could be 5 × 5; nothing says so. */
  add_op (&chain, LS_OP_RESHAPE, "grid", DIMS (1, 4, 4, 6), shape, -1);
  CHECK (reshape (&chain, 3, 1, 28, 6, 0, &error) == LS_E_INVALID);
  CHECK (strstr (error.message, "operator 0 RESHAPE \"grid\"") != NULL && error.op == 0);
  CHECK (reshape (&chain, 3, 2, 16, 6, 0, NULL) == LS_OK && gives (&chain, 0, 4, 2, 4, 4, 6));
  ls_model_free (chain.model);
}

static void
a_batch_comes_out_of_the_rows_that_it_went_into (void)
{
  Chain chain = begin (DIMS (1, 5, 6));
  const int32_t rows = add_ints (&chain, "rows", DIMS (5, 6)),
                tokens = add_ints (&chain, "tokens", DIMS (1, 5, 6));

  add_op (&chain, LS_OP_RESHAPE, "flat", DIMS (5, 6), rows, -1);
  add_op (&chain, LS_OP_RESHAPE, "back", DIMS (1, 5, 6), tokens, -1);
  CHECK (reshape (&chain, 3, 4, 5, 6, 0, NULL) == LS_OK);
  CHECK (gives (&chain, 0, 2, 20, 6, 0, 0) && gives (&chain, 1, 3, 4, 5, 6, 0));
  ls_model_free (chain.model);
}

static void
pictures_are_resized_to_what_they_were_resized_to (void)
{
  Chain chain = begin (DIMS (1, 9, 9, 2));
  const int32_t twice = add_ints (&chain, "twice", DIMS (18, 18)),
                back = add_ints (&chain, "back", DIMS (9, 9));

  add_op (&chain, LS_OP_RESIZE_BILINEAR, "large", DIMS (1, 18, 18, 2), twice, -1);
  add_op (&chain, LS_OP_RESIZE_BILINEAR, "small", DIMS (1, 9, 9, 2), back, -1);
  CHECK (reshape (&chain, 4, 1, 7, 11, 2, NULL) == LS_OK);
  CHECK (gives (&chain, 0, 4, 1, 14, 22, 2) && gives (&chain, 1, 4, 1, 7, 11, 2));
  ls_model_free (chain.model);

  LsError error = { 0 };
  Chain odd = begin (DIMS (1, 9, 9, 2));

  add_op (&odd, LS_OP_RESIZE_BILINEAR, "odd", DIMS (1, 13, 13, 2),
          add_ints (&odd, "size", DIMS (13, 13)), -1);
  CHECK (reshape (&odd, 4, 1, 7, 11, 2, &error) == LS_E_INVALID);
  CHECK (strstr (error.message, "RESIZE_BILINEAR \"odd\"") != NULL);
  ls_model_free (odd.model);
}

static void
windows_over_everything_stay_so (void)
{
  Chain chain = begin (DIMS (1, 4, 4, 3));
  LsOperator *pool = add_op (&chain, LS_OP_AVERAGE_POOL_2D, "mean", DIMS (1, 1, 1, 3), -1, -1);

  CHECK (ls_op_set_int (chain.model, pool, "filter_height", 4)
         && ls_op_set_int (chain.model, pool, "filter_width", 4)
         && ls_op_set_int (chain.model, pool, "stride_h", 4)
         && ls_op_set_int (chain.model, pool, "stride_w", 4)
         && ls_op_set_int (chain.model, pool, "padding", 1));
  CHECK (reshape (&chain, 4, 1, 7, 9, 3, NULL) == LS_OK && gives (&chain, 0, 4, 1, 1, 1, 3));
  CHECK (ls_attr_int (&ls_model_subgraph (chain.model, 0)->ops[0], "filter_width", 0) == 9);
  CHECK (reshape (&chain, 4, 1, 3, 2, 3, NULL) == LS_OK && gives (&chain, 0, 4, 1, 1, 1, 3));
  ls_model_free (chain.model);
}

static void
slices_to_the_end_follow_and_others_are_refused (void)
{
  Chain chain = begin (DIMS (1, 8, 5, 3));
  const int32_t start = add_ints (&chain, "begin", DIMS (0, 0, 0, 1));

  add_op (&chain, LS_OP_SLICE, "rest", DIMS (1, 8, 5, 2), start,
          add_ints (&chain, "size", DIMS (1, 8, 5, 2)));
  CHECK (reshape (&chain, 4, 1, 6, 5, 3, NULL) == LS_OK && gives (&chain, 0, 4, 1, 6, 5, 2));
  ls_model_free (chain.model);

  LsError error = { 0 };
  Chain part = begin (DIMS (1, 8, 5, 3));
  const int32_t from = add_ints (&part, "begin", DIMS (0, 1, 0, 0));

  add_op (&part, LS_OP_SLICE, "part", DIMS (1, 4, 5, 3), from,
          add_ints (&part, "size", DIMS (1, 4, 5, 3)));
  CHECK (reshape (&part, 4, 1, 9, 5, 3, &error) == LS_E_INVALID);
  CHECK (strstr (error.message, "4 of the 8 elements of dimension 1") != NULL);
  ls_model_free (part.model);
}

static void
open_batches_leave_one_dimension_to_the_runtime (void)
{
  Chain chain = begin (DIMS (1, 4, 4, 6));
  const int32_t shape = add_ints (&chain, "shape", DIMS (1, 16, 6));

  add_op (&chain, LS_OP_RESHAPE, "rows", DIMS (1, 16, 6), shape, -1);
  CHECK (reshape (&chain, 4, -1, 4, 4, 6, NULL) == LS_OK && gives (&chain, 0, 3, 1, 16, 6, 0));

  const LsSubgraph *graph = ls_model_subgraph (chain.model, 0);
  const LsBytes bytes = ls_tensor_data (chain.model, &graph->tensors[graph->ops[0].inputs[1]]);
  static const int32_t want[] = { -1, 16, 6 };

  CHECK (bytes.size == sizeof want && memcmp (bytes.data, want, sizeof want) == 0);
  CHECK (graph->tensors[graph->outputs[0]].signature_rank == 3);
  ls_model_free (chain.model);
}

int
main (void)
{
  RUN (a_shared_constant_is_split_where_its_readers_part);
  RUN (heads_of_detectors_grow_in_their_boxes);
  RUN (what_is_not_plain_is_refused);
  RUN (a_batch_comes_out_of_the_rows_that_it_went_into);
  RUN (pictures_are_resized_to_what_they_were_resized_to);
  RUN (windows_over_everything_stay_so);
  RUN (slices_to_the_end_follow_and_others_are_refused);
  RUN (open_batches_leave_one_dimension_to_the_runtime);
  return done ();
}
