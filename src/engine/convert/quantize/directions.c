/*
 * BIDIRECTIONAL_SEQUENCE_LSTM becomes two of one direction, because LiteRT has integer kernels for
 * these alone: the second reads the sequence reversed in time, and what it gives is reversed again.
 */
#include "convert/edges.h"
#include "convert/pass.h"
#include "convert/quantize/cells.h"

enum
{
  N_IN = 48,
  N_OF_ONE = 20,
  N_WEIGHTS = 17, /* operands 1 … of one direction, but for its states */
  FORWARD = 1,
  BACKWARD = 18,
  FORWARD_STATES = 35,
  BACKWARD_STATES = 37,
  AUX_INPUT = 39, /* with its weights to the end; without any it is what the second reads */
  TANH = 4        /* ActivationFunctionType of the schema; the integer kernels have no other */
};

typedef struct
{
  LsPassContext *context;
  LsModel *model;
  uint32_t graph, at; /* of the original, whose place the first of the new ones takes */
  LsOperator original;
  bool is_time_major, has_first;
  LsLaterCasts later;
} Split;

static bool
is_fit (const Split *split)
{
  const LsOperator *op = &split->original;
  const LsTensor *tensors = split->model->graphs[split->graph]->view.tensors;

  if (op->kind != LS_OP_BIDIRECTIONAL_SEQUENCE_LSTM || op->n_inputs != N_IN || op->inputs[0] < 0
      || ls_attr_int (op, "fused_activation_function", 0) != TANH
      || op->n_outputs != (ls_attr_int (op, "merge_outputs", 0) != 0 ? 1 : 2))
    return false;
  for (uint32_t k = AUX_INPUT + 1; k < N_IN; k++)
    if (op->inputs[k] >= 0)
      return false;
  for (uint32_t k = 0; k < op->n_outputs; k++)
    if (op->outputs[k] < 0 || tensors[op->outputs[k]].rank != 3)
      return false;

  /* The output gates, which every form has, tell how many outputs there are. */
  int32_t forward = op->inputs[FORWARD + 7], backward = op->inputs[BACKWARD + 7];

  return forward >= 0 && backward >= 0 && tensors[forward].rank == 2 && tensors[backward].rank == 2
         && tensors[op->inputs[0]].rank == 3 && tensors[op->inputs[0]].type == LS_TYPE_FLOAT32;
}

/* A tensor like another, but for the last dimension (0: as it is); -1: out of memory. */
static int32_t
add_tensor (Split *split, int32_t like, const char *suffix, int32_t depth)
{
  int twin = ls_twin_tensor (split->model, split->graph, like, suffix);

  if (twin < 0 || depth == 0)
    return twin;

  LsTensor *tensor = ls_model_tensor (split->model, split->graph, (uint32_t) twin);
  const int32_t dims[] = { tensor->dims[0], tensor->dims[1], depth };

  tensor->dims = ls_model_ints (split->model, dims, 3);
  tensor->signature_rank = -1;
  return tensor->dims != NULL ? twin : -1;
}

/* An operator of one output without options; false: out of memory. */
static bool
make_op (Split *split, int kind, const char *options, const int32_t *in, uint32_t n_in, int32_t out,
         LsOperator *op)
{
  LsModel *model = split->model;
  int code = ls_model_ensure_code (model, kind, NULL, 1);

  *op = (LsOperator){ .kind = kind,
                      .version = 1,
                      .code_index = (uint32_t) code,
                      .n_inputs = n_in,
                      .n_outputs = 1,
                      .options_type = options,
                      .debug_metadata_index = -1 };
  op->inputs = op->intermediates = ls_model_ints (model, in, n_in);
  op->outputs = ls_model_ints (model, &out, 1);
  return code >= 0 && out >= 0 && op->inputs != NULL && op->outputs != NULL;
}

/* The first takes the place of the original, the others follow it. */
static bool
place_op (Split *split, const LsOperator *op)
{
  if (split->has_first)
    return ls_insert_later (split->model, &split->later, split->at + 1, op);
  split->has_first = true;
  *ls_model_op (split->model, split->graph, split->at) = *op;
  return true;
}

static bool
add_direction (Split *split, int32_t x, uint32_t weights, uint32_t states, int32_t out)
{
  static const char *const floats[] = { "cell_clip", "proj_clip" };
  const LsOperator *from = &split->original;
  int32_t in[N_OF_ONE] = { x };
  LsOperator op;

  for (uint32_t k = 0; k < N_WEIGHTS; k++)
    in[1 + k] = from->inputs[weights + k];
  in[LS_LSTM_OUTPUT_STATE] = from->inputs[states];
  in[LS_LSTM_CELL_STATE] = from->inputs[states + 1];
  if (!make_op (split, LS_OP_UNIDIRECTIONAL_SEQUENCE_LSTM, "UnidirectionalSequenceLSTMOptions", in,
                N_OF_ONE, out, &op))
    return false;
  for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
    if (!ls_op_set_float (split->model, &op, floats[i], ls_attr_float (from, floats[i], 0)))
      return false;
  return ls_op_set_int (split->model, &op, "fused_activation_function", TANH)
         && ls_op_set_int (split->model, &op, "time_major", split->is_time_major)
         && place_op (split, &op);
}

static bool
add_reverse (Split *split, int32_t from, int32_t to)
{
  const int32_t axis = split->is_time_major ? 0 : 1, one = 1;
  LsTensor tensor = { .name = ls_model_strdup (split->model, "time_axis"),
                      .type = LS_TYPE_INT32,
                      .rank = 1,
                      .has_rank = true,
                      .signature_rank = -1,
                      .dims = ls_model_ints (split->model, &one, 1) };
  LsOperator op;

  if (tensor.name == NULL || tensor.dims == NULL
      || !ls_tensor_set_data (split->model, &tensor, &axis, sizeof axis))
    return false;

  const int32_t in[] = { from, ls_model_add_tensor (split->model, split->graph, &tensor) };

  return in[1] >= 0 && make_op (split, LS_OP_REVERSE_V2, "ReverseV2Options", in, 2, to, &op)
         && place_op (split, &op);
}

static bool
add_merge (Split *split, int32_t forward, int32_t backward, int32_t out)
{
  const int32_t in[] = { forward, backward };
  LsOperator op;

  return make_op (split, LS_OP_CONCATENATION, "ConcatenationOptions", in, 2, out, &op)
         && ls_op_set_int (split->model, &op, "axis", 2)
         && ls_op_set_int (split->model, &op, "fused_activation_function", 0)
         && place_op (split, &op);
}

/* Puts the two and what is around them in the operator's place; false: out of memory. */
static bool
split_op (Split *split)
{
  const LsOperator *op = &split->original;
  const LsTensor *tensors = split->model->graphs[split->graph]->view.tensors;
  bool is_merged = op->n_outputs == 1;
  int32_t n_forward = tensors[op->inputs[FORWARD + 7]].dims[1],
          n_backward = tensors[op->inputs[BACKWARD + 7]].dims[1];
  int32_t x = op->inputs[0], out = op->outputs[is_merged ? 0 : 1];
  int32_t second = op->inputs[AUX_INPUT] >= 0 ? op->inputs[AUX_INPUT] : x;
  int32_t reversed = add_tensor (split, second, "reversed", 0);
  int32_t forward = is_merged ? add_tensor (split, out, "forward", n_forward) : op->outputs[0];
  int32_t against = add_tensor (split, out, "against_time", is_merged ? n_backward : 0);
  int32_t backward = is_merged ? add_tensor (split, out, "backward", n_backward) : out;

  if (reversed < 0 || forward < 0 || against < 0 || backward < 0)
    return false;
  return add_direction (split, x, FORWARD, FORWARD_STATES, forward)
         && add_reverse (split, second, reversed)
         && add_direction (split, reversed, BACKWARD, BACKWARD_STATES, against)
         && add_reverse (split, against, backward)
         && (!is_merged || add_merge (split, forward, backward, out));
}

static LsStatus
split_graph (LsPassContext *context, uint32_t graph, uint32_t *n_split, LsError *error)
{
  Split split = { .context = context, .model = context->model, .graph = graph };
  const LsSubgraph *view = &context->model->graphs[graph]->view;

  for (uint32_t i = 0; i < view->n_ops; i++)
    {
      split.at = i;
      split.has_first = false;
      split.original = view->ops[i];
      split.is_time_major = ls_attr_int (&split.original, "time_major", 1) != 0;
      if (!is_fit (&split) || ls_pass_keeps_float (context, graph, i))
        continue;
      if (!split_op (&split))
        return ls_fail_no_memory (error, "BIDIRECTIONAL_SEQUENCE_LSTM", 0);
      *n_split += 1;
    }
  return ls_insert_casts (context->model, graph, &split.later)
           ? LS_OK
           : ls_fail_no_memory (error, "BIDIRECTIONAL_SEQUENCE_LSTM", split.later.n);
}

static LsStatus
directions_run (LsPassContext *context, LsError *error)
{
  uint32_t n_split = 0;

  for (uint32_t g = 0; g < context->model->n_graphs; g++)
    LS_TRY (split_graph (context, g, &n_split, error));
  if (n_split == 0)
    return LS_OK;
  return ls_pass_report (context, "directions", n_split, error,
                         "%u BIDIRECTIONAL_SEQUENCE_LSTM became one LSTM for each direction",
                         n_split);
}

const LsPass ls_pass_directions = { "directions", directions_run };
