/* LSTM, UNIDIRECTIONAL_SEQUENCE_LSTM and BIDIRECTIONAL_SEQUENCE_LSTM. */
#include "ops/lstm.h"

#include "ops/shape.h"

enum
{
  MAX_DIRECTIONS = 2,
  KERNEL_BASIC = 1 /* the schema's LSTMKernelType */
};

typedef struct
{
  int n_directions;
  size_t n_batch;
  LsLstm directions[MAX_DIRECTIONS];
} Layer;

/* A unit is one row of the batch in one direction. */
static LsStatus
layer_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Layer *layer = node->state;
  uint8_t *scratch = ls_node_thread_scratch (node, thread);

  for (size_t i = begin; i < end; i++)
    ls_lstm_row (&layer->directions[i / layer->n_batch], i % layer->n_batch, scratch);
  return LS_OK;
}

static void
layer_plan (Layer *layer, LsNode *node)
{
  size_t scratch = 0, n_rows = layer->n_batch * (size_t) layer->n_directions;

  for (int i = 0; i < layer->n_directions; i++)
    if (layer->directions[i].scratch_size > scratch)
      scratch = layer->directions[i].scratch_size;
  ls_node_want_scratch (node, 0, scratch);
  ls_node_phase (node, layer_run, n_rows, ls_node_is_watched (node) ? n_rows : 1);
}

static Layer *
layer_new (LsNode *node, int n_directions, LsError *error)
{
  Layer *layer = ls_node_alloc (node, 1, sizeof *layer, error);

  if (layer != NULL)
    layer->n_directions = n_directions;
  node->state = layer;
  return layer;
}

static LsStatus
read_options (LsLstm *lstm, const LsNode *node, LsError *error)
{
  lstm->cell_clip = (float) ls_attr_float (node->def, "cell_clip", 0);
  lstm->proj_clip = (float) ls_attr_float (node->def, "proj_clip", 0);
  lstm->is_asymmetric = ls_attr_int (node->def, "asymmetric_quantize_inputs", 0) != 0;
  return ls_node_activation (node, &lstm->activation, error);
}

static const LsLstmSlots one_direction = {
  .input_weights = 1,
  .recurrent_weights = 5,
  .peephole = 9,
  .bias = 12,
  .projection = 16,
  .projection_bias = 17,
  .output_state = 18,
  .cell_state = 19,
  .norm = 20,
  .aux_weights = LS_LSTM_NO_SLOT,
};

/* The forms with 20 inputs are older and have no layer normalization. */
static LsStatus
check_one_direction (const LsNode *node, LsError *error)
{
  if (node->n_in != 20 && node->n_in != 24)
    return ls_node_invalid (node, error, "there are %u inputs, but 20 or 24 are needed",
                            node->n_in);
  if (node->n_out != 1 || node->in[0] == NULL)
    return ls_node_invalid (node, error, "there must be an input and one output");
  return LS_OK;
}

static LsStatus
one_direction_init (LsLstm *lstm, LsNode *node, LsError *error)
{
  lstm->x = node->in[0];
  lstm->y = node->out[0];
  LS_TRY (read_options (lstm, node, error));
  LS_TRY (ls_lstm_init (lstm, node, &one_direction, error));
  lstm->y_depth = (size_t) lstm->n_output;
  return LS_OK;
}

static LsStatus
lstm_prepare (LsNode *node, LsError *error)
{
  if (ls_attr_int (node->def, "kernel_type", 0) == KERNEL_BASIC)
    return ls_lstm_basic_prepare (node, error);
  LS_TRY (check_one_direction (node, error));

  const LsValue *x = node->in[0];
  Layer *layer = layer_new (node, 1, error);

  if (layer == NULL)
    return LS_E_NO_MEMORY;
  LS_TRY (ls_node_rank (node, x, "the input", 2, 2, error));

  LsLstm *lstm = &layer->directions[0];

  lstm->sequence = (LsSequence){ x->dims[0], 1, x->dims[1], true };
  layer->n_batch = (size_t) x->dims[0];
  LS_TRY (one_direction_init (lstm, node, error));
  LS_TRY (ls_node_output (node, 0, 2, (const int32_t[]){ x->dims[0], lstm->n_output }, error));
  layer_plan (layer, node);
  return LS_OK;
}

static LsStatus
unidirectional_prepare (LsNode *node, LsError *error)
{
  LS_TRY (check_one_direction (node, error));

  Layer *layer = layer_new (node, 1, error);

  if (layer == NULL)
    return LS_E_NO_MEMORY;

  LsLstm *lstm = &layer->directions[0];

  LS_TRY (ls_sequence_init (&lstm->sequence, node, node->in[0],
                            ls_attr_int (node->def, "time_major", 0) != 0, error));
  layer->n_batch = (size_t) lstm->sequence.n_batch;
  LS_TRY (one_direction_init (lstm, node, error));
  LS_TRY (ls_sequence_output (&lstm->sequence, node, 0, lstm->n_output, error));
  layer_plan (layer, node);
  return LS_OK;
}

/* ---- Both directions ------------------------------------------------------------------------- */

static const LsLstmSlots both_directions[MAX_DIRECTIONS] = {
  {
    .input_weights = 1,
    .recurrent_weights = 5,
    .peephole = 9,
    .bias = 12,
    .projection = 16,
    .projection_bias = 17,
    .output_state = 35,
    .cell_state = 36,
    .norm = LS_LSTM_NO_SLOT,
    .aux_weights = 40,
  },
  {
    .input_weights = 18,
    .recurrent_weights = 22,
    .peephole = 26,
    .bias = 29,
    .projection = 33,
    .projection_bias = 34,
    .output_state = 37,
    .cell_state = 38,
    .norm = LS_LSTM_NO_SLOT,
    .aux_weights = 44,
  },
};

enum
{
  AUX_INPUT = 39,
  AUX_FORWARD_FORGET = 41
};

static LsStatus
check_aux (const LsNode *node, const LsValue *x, const LsValue *aux, bool has_weights,
           LsError *error)
{
  if (aux == NULL)
    return has_weights ? ls_node_invalid (
             node, error, "there are auxiliary weights, but there is no auxiliary input")
                       : LS_OK;
  LS_TRY (ls_node_same_type (node, x, aux, error));
  LS_TRY (ls_node_rank (node, aux, "the auxiliary input", 3, 3, error));
  if (aux->dims[0] != x->dims[0] || aux->dims[1] != x->dims[1]
      || (!has_weights && aux->dims[2] != x->dims[2]))
    return ls_node_invalid (node, error, "the auxiliary input has the shape %s, the input %s",
                            LS_SHAPE (aux), LS_SHAPE (x));
  return LS_OK;
}

/* With auxiliary weights both directions read the auxiliary input beside the input; without them
 * it is the backward direction's input (stacked layers without cross links). */
static LsStatus
direction_init (LsLstm *lstm, LsNode *node, int which, LsError *error)
{
  const LsValue *x = node->in[0], *aux = node->in[AUX_INPUT];
  bool has_weights = node->in[AUX_FORWARD_FORGET] != NULL;

  LS_TRY (check_aux (node, x, aux, has_weights, error));
  lstm->is_backward = which == 1;
  lstm->x = !has_weights && aux != NULL && lstm->is_backward ? aux : x;
  LS_TRY (ls_sequence_init (&lstm->sequence, node, lstm->x,
                            ls_attr_int (node->def, "time_major", 1) != 0, error));
  if (has_weights)
    {
      lstm->aux = aux;
      lstm->n_aux = aux->dims[2];
    }
  lstm->y = node->out[which < (int) node->n_out ? which : 0];
  LS_TRY (read_options (lstm, node, error));
  return ls_lstm_init (lstm, node, &both_directions[which], error);
}

static LsStatus
bidirectional_outputs (Layer *layer, LsNode *node, bool is_merged, LsError *error)
{
  LsLstm *forward = &layer->directions[0], *backward = &layer->directions[1];
  size_t n_forward = (size_t) forward->n_output, n_backward = (size_t) backward->n_output;

  forward->y_depth = is_merged ? n_forward + n_backward : n_forward;
  backward->y_depth = is_merged ? n_forward + n_backward : n_backward;
  backward->y_offset = is_merged ? n_forward : 0;
  LS_TRY (ls_sequence_output (&forward->sequence, node, 0, (int64_t) forward->y_depth, error));
  if (is_merged)
    return LS_OK;
  return ls_sequence_output (&backward->sequence, node, 1, (int64_t) backward->y_depth, error);
}

static LsStatus
bidirectional_prepare (LsNode *node, LsError *error)
{
  bool is_merged = ls_attr_int (node->def, "merge_outputs", 0) != 0;

  if (node->n_in != 48 || node->in[0] == NULL || node->n_out != (is_merged ? 1u : 2u))
    return ls_node_invalid (node, error,
                            "there are %u inputs and %u outputs, but 48 and %d are "
                            "needed",
                            node->n_in, node->n_out, is_merged ? 1 : 2);
  LS_TRY (ls_node_types (node, node->in[0], "the input", LS_BIT (FLOAT32), error));

  Layer *layer = layer_new (node, MAX_DIRECTIONS, error);

  if (layer == NULL)
    return LS_E_NO_MEMORY;
  for (int i = 0; i < MAX_DIRECTIONS; i++)
    LS_TRY (direction_init (&layer->directions[i], node, i, error));
  layer->n_batch = (size_t) layer->directions[0].sequence.n_batch;
  LS_TRY (bidirectional_outputs (layer, node, is_merged, error));
  layer_plan (layer, node);
  return LS_OK;
}

const LsOp ls_op_lstm = {
  .prepare = lstm_prepare,
  .flags = LS_OP_STATEFUL,
  .max_version = 4,
  .types
  = "float32, hybrid (int8, uint8 weights), int8 (16-bit or 8-bit gates), uint8 (basic form)",
};

const LsOp ls_op_unidirectional_sequence_lstm = {
  .prepare = unidirectional_prepare,
  .flags = LS_OP_STATEFUL,
  .max_version = 4,
  .types = "float32, hybrid (int8, uint8 weights), int8 (16-bit gates)",
};

const LsOp ls_op_bidirectional_sequence_lstm = {
  .prepare = bidirectional_prepare,
  .flags = LS_OP_STATEFUL,
  .max_version = 3,
  .types = "float32, hybrid (int8, uint8 weights)",
};
