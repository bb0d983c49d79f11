/*
 * RNN, UNIDIRECTIONAL_SEQUENCE_RNN and BIDIRECTIONAL_SEQUENCE_RNN:
 * h = activation (W x + W_aux aux + R h + bias), step by step.
 *
 * Each row of the batch in each direction is a unit of work. Sources: tflite/kernels/basic_rnn.cc,
 * unidirectional_sequence_rnn.cc, bidirectional_sequence_rnn.cc, internal/kernel_utils.cc.
 */
#include "ops/activation.h"
#include "ops/recurrent.h"
#include "ops/shape.h"

#include <string.h>

enum
{
  MAX_DIRECTIONS = 2
};

typedef struct
{
  LsSequence sequence;
  LsMatrix input, recurrent, aux;
  const LsValue *x, *aux_x, *bias; /* aux_x NULL: none */
  LsValue *state, *y;
  size_t n_units, y_offset, y_depth;
  size_t aux_depth; /* of the auxiliary input */
  size_t aux_step;  /* what the walk over it takes as its depth: see aux_step_like_reference() */
  size_t n_passes;  /* how often the sequence is walked */
  bool is_backward, is_asymmetric;
  LsActivation activation;
} Cell;

typedef struct
{
  int n_directions;
  size_t n_batch;
  Cell cells[MAX_DIRECTIONS];
} Layer;

static void
scratch_sizes (const Cell *cell, size_t *total)
{
  ls_scratch_add (total, cell->n_units, sizeof (uint32_t));
  ls_vector_room (total, (size_t) cell->sequence.depth);
  ls_vector_room (total, cell->n_units);
  ls_vector_room (total, cell->aux_depth);
}

static void
step (const Cell *cell, const float *x, const float *aux_x, float *h, float *y, uint8_t *scratch)
{
  uint8_t **room = cell->input.is_quantized ? &scratch : NULL;
  uint32_t *products = ls_scratch_take (&scratch, cell->n_units, sizeof *products);
  LsVector vx, vh, vaux;

  ls_vector_set (&vx, x, (size_t) cell->sequence.depth, room, cell->is_asymmetric);
  ls_vector_set (&vh, h, cell->n_units, room, cell->is_asymmetric);
  memcpy (y, cell->bias->data, cell->n_units * sizeof *y);
  ls_matrix_add (&cell->input, &vx, products, y);
  if (aux_x != NULL)
    {
      ls_vector_set (&vaux, aux_x, cell->aux_depth, room, cell->is_asymmetric);
      ls_matrix_add (&cell->aux, &vaux, products, y);
    }
  ls_matrix_add (&cell->recurrent, &vh, products, y);
  for (size_t i = 0; i < cell->n_units; i++)
    y[i] = ls_recurrent_activate (cell->activation, y[i]);
  memcpy (h, y, cell->n_units * sizeof *h);
}

/* The auxiliary input at (row, t), as far apart as the reference has it. */
static const float *
aux_at (const Cell *cell, size_t row, size_t t)
{
  const LsSequence *s = &cell->sequence;

  if (cell->aux_x == NULL)
    return NULL;

  size_t index = s->is_time_major ? t * (size_t) s->n_batch * cell->aux_step + row * cell->aux_depth
                                  : (row * (size_t) s->n_time + t) * cell->aux_step;

  return (const float *) cell->aux_x->data + index;
}

static void
run_row (const Cell *cell, size_t row, uint8_t *scratch)
{
  const LsSequence *s = &cell->sequence;
  size_t n_time = (size_t) s->n_time;
  const float *x = cell->x->data;
  float *y = cell->y->data, *h = (float *) cell->state->data + row * cell->n_units;

  for (size_t i = 0; i < n_time * cell->n_passes; i++)
    {
      size_t step_in_pass = i % n_time,
             t = cell->is_backward ? n_time - 1 - step_in_pass : step_in_pass;

      step (cell, x + ls_sequence_at (s, row, t, (size_t) s->depth), aux_at (cell, row, t), h,
            y + ls_sequence_at (s, row, t, cell->y_depth) + cell->y_offset, scratch);
    }
}

static LsStatus
layer_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Layer *layer = node->state;
  uint8_t *scratch = ls_node_thread_scratch (node, thread);

  for (size_t i = begin; i < end; i++)
    run_row (&layer->cells[i / layer->n_batch], i % layer->n_batch, scratch);
  return LS_OK;
}

/* ---- Preparing ------------------------------------------------------------------------------- */

/* Checks weights, bias and state, which stand together from input @first on. */
static LsStatus
cell_init (Cell *cell, LsNode *node, uint32_t first, LsError *error)
{
  const LsValue *weights = ls_recurrent_input (node, first);

  if (weights == NULL || weights->rank != 2)
    return ls_node_invalid (node, error, "the input weights are missing, or no matrix");
  cell->is_asymmetric = ls_attr_int (node->def, "asymmetric_quantize_inputs", 0) != 0;
  LS_TRY (ls_node_activation (node, &cell->activation, error));

  int32_t n_units = weights->dims[0];

  cell->n_units = (size_t) n_units;
  cell->n_passes = 1;
  LS_TRY (ls_matrix_init (&cell->input, node, weights, "input weights", n_units,
                          cell->sequence.depth, cell->is_asymmetric, error));
  LS_TRY (ls_matrix_init (&cell->recurrent, node, ls_recurrent_input (node, first + 1),
                          "recurrent weights", n_units, n_units, cell->is_asymmetric, error));
  LS_TRY (ls_node_same_type (node, weights, cell->recurrent.value, error));
  cell->bias = ls_recurrent_input (node, first + 2);
  LS_TRY (ls_recurrent_check (node, cell->bias, "bias", LS_TYPE_FLOAT32, n_units, error));
  cell->state = (LsValue *) ls_recurrent_input (node, first + 3);
  LS_TRY (ls_recurrent_state (node, cell->state, "hidden state", LS_TYPE_FLOAT32,
                              (int64_t) cell->sequence.n_batch * n_units, error));
  cell->y_depth = cell->n_units;
  return LS_OK;
}

static Layer *
layer_new (LsNode *node, uint32_t n_in, int n_directions, LsError *error)
{
  if (node->n_in != n_in || node->in[0] == NULL || node->n_out == 0)
    {
      ls_node_invalid (node, error, "there are %u inputs and %u outputs, but %u inputs are needed",
                       node->n_in, node->n_out, n_in);
      return NULL;
    }

  Layer *layer = ls_node_alloc (node, 1, sizeof *layer, error);

  if (layer != NULL)
    layer->n_directions = n_directions;
  node->state = layer;
  return layer;
}

static LsStatus
check_floats (const LsNode *node, LsError *error)
{
  LS_TRY (ls_node_types (node, node->in[0], "the input", LS_BIT (FLOAT32), error));
  for (uint32_t i = 0; i < node->n_out; i++)
    LS_TRY (ls_node_types (node, node->out[i], "the output", LS_BIT (FLOAT32), error));
  return LS_OK;
}

static void
layer_plan (Layer *layer, LsNode *node)
{
  size_t most = 0;

  layer->n_batch = (size_t) layer->cells[0].sequence.n_batch;
  for (int i = 0; i < layer->n_directions; i++)
    {
      size_t size = 0;

      scratch_sizes (&layer->cells[i], &size);
      most = size > most ? size : most;
    }
  ls_node_want_scratch (node, 0, most);
  ls_node_phase (node, layer_run, layer->n_batch * (size_t) layer->n_directions, 1);
}

static LsStatus
rnn_prepare (LsNode *node, LsError *error)
{
  Layer *layer = layer_new (node, 5, 1, error);

  if (layer == NULL)
    return LS_E_INVALID;
  LS_TRY (check_floats (node, error));

  Cell *cell = &layer->cells[0];
  const LsValue *x = node->in[0];

  LS_TRY (ls_node_rank (node, x, "the input", 2, 2, error));
  cell->sequence = (LsSequence){ x->dims[0], 1, x->dims[1], true };
  cell->x = x;
  cell->y = node->out[0];
  LS_TRY (cell_init (cell, node, 1, error));
  LS_TRY (
    ls_node_output (node, 0, 2, (const int32_t[]){ x->dims[0], (int32_t) cell->n_units }, error));
  layer_plan (layer, node);
  return LS_OK;
}

static LsStatus
unidirectional_prepare (LsNode *node, LsError *error)
{
  Layer *layer = layer_new (node, 5, 1, error);

  if (layer == NULL)
    return LS_E_INVALID;
  LS_TRY (check_floats (node, error));

  Cell *cell = &layer->cells[0];

  LS_TRY (ls_sequence_init (&cell->sequence, node, node->in[0],
                            ls_attr_int (node->def, "time_major", 0) != 0, error));
  cell->x = node->in[0];
  cell->y = node->out[0];
  LS_TRY (cell_init (cell, node, 1, error));
  LS_TRY (ls_sequence_output (&cell->sequence, node, 0, (int64_t) cell->n_units, error));
  layer_plan (layer, node);
  return LS_OK;
}

/* ---- Both directions ------------------------------------------------------------------------- */

enum
{
  AUX_INPUT = 9,
  AUX_WEIGHTS = 10 /* forward, then backward */
};

/*
 * Time first, or with 8-bit weights, the reference steps over the auxiliary input by the depth of
 * the input. Outputs are to be the same, so this follows it as long as it stays inside.
 */
static size_t
aux_step_like_reference (const Cell *cell)
{
  size_t depth = (size_t) cell->sequence.depth;
  bool steps_by_input = cell->sequence.is_time_major || cell->input.is_quantized;

  return steps_by_input && depth <= cell->aux_depth ? depth : cell->aux_depth;
}

static LsStatus
aux_init (Cell *cell, LsNode *node, const LsValue *weights, LsError *error)
{
  const LsValue *x = node->in[0], *aux = node->in[AUX_INPUT];

  if (aux == NULL)
    return ls_node_invalid (node, error,
                            "there are auxiliary weights, but there is no auxiliary input");
  LS_TRY (ls_node_same_type (node, x, aux, error));
  LS_TRY (ls_node_rank (node, aux, "the auxiliary input", 3, 3, error));
  if (aux->dims[0] != x->dims[0] || aux->dims[1] != x->dims[1])
    return ls_node_invalid (node, error, "the auxiliary input has the shape %s, the input %s",
                            LS_SHAPE (aux), LS_SHAPE (x));
  cell->aux_x = aux;
  cell->aux_depth = (size_t) aux->dims[2];
  LS_TRY (ls_matrix_init (&cell->aux, node, weights, "auxiliary weights", (int64_t) cell->n_units,
                          aux->dims[2], cell->is_asymmetric, error));
  cell->aux_step = aux_step_like_reference (cell);
  return ls_node_same_type (node, cell->input.value, weights, error);
}

/*
 * Without auxiliary weights the auxiliary input is the backward cell's input (stacked layers
 * without cross links). The reference does so only when time comes first; else it reads the input
 * again.
 */
static const LsValue *
backward_input (const LsNode *node, bool is_time_major)
{
  const LsValue *aux = node->in[AUX_INPUT];
  bool has_weights = node->in[AUX_WEIGHTS] != NULL;

  return aux != NULL && !has_weights && is_time_major ? aux : node->in[0];
}

static LsStatus
direction_init (Cell *cell, LsNode *node, int which, LsError *error)
{
  bool is_time_major = ls_attr_int (node->def, "time_major", 0) != 0;
  const LsValue *weights = node->in[AUX_WEIGHTS + which];

  cell->is_backward = which == 1;
  cell->x = cell->is_backward ? backward_input (node, is_time_major) : node->in[0];
  LS_TRY (ls_node_same_type (node, node->in[0], cell->x, error));
  if (!ls_same_dims (cell->x, node->in[0]))
    return ls_node_invalid (node, error, "the auxiliary input has the shape %s, the input %s",
                            LS_SHAPE (cell->x), LS_SHAPE (node->in[0]));
  LS_TRY (ls_sequence_init (&cell->sequence, node, cell->x, is_time_major, error));
  LS_TRY (cell_init (cell, node, cell->is_backward ? 5 : 1, error));
  /* The reference walks the whole sequence once for each step of it; the state goes on. */
  if (is_time_major && cell->input.is_quantized)
    cell->n_passes = (size_t) cell->sequence.n_time;
  return weights != NULL ? aux_init (cell, node, weights, error) : LS_OK;
}

static LsStatus
bidirectional_outputs (Layer *layer, LsNode *node, bool is_merged, LsError *error)
{
  Cell *forward = &layer->cells[0], *backward = &layer->cells[1];

  forward->y = node->out[0];
  backward->y = node->out[is_merged ? 0 : 1];
  if (is_merged)
    {
      backward->y_offset = forward->n_units;
      forward->y_depth = backward->y_depth = forward->n_units + backward->n_units;
    }
  LS_TRY (ls_sequence_output (&forward->sequence, node, 0, (int64_t) forward->y_depth, error));
  if (is_merged)
    return LS_OK;
  return ls_sequence_output (&backward->sequence, node, 1, (int64_t) backward->y_depth, error);
}

static LsStatus
bidirectional_prepare (LsNode *node, LsError *error)
{
  bool is_merged = ls_attr_int (node->def, "merge_outputs", 0) != 0;
  Layer *layer = layer_new (node, 12, MAX_DIRECTIONS, error);

  if (layer == NULL)
    return LS_E_INVALID;
  if (node->n_out != (is_merged ? 1u : 2u))
    return ls_node_invalid (node, error, "there are %u outputs, but %d are needed", node->n_out,
                            is_merged ? 1 : 2);
  if ((node->in[AUX_WEIGHTS] == NULL) != (node->in[AUX_WEIGHTS + 1] == NULL))
    return ls_node_invalid (node, error, "only one direction has auxiliary weights");
  LS_TRY (check_floats (node, error));
  for (int i = 0; i < MAX_DIRECTIONS; i++)
    LS_TRY (direction_init (&layer->cells[i], node, i, error));
  LS_TRY (
    ls_node_same_type (node, layer->cells[0].input.value, layer->cells[1].input.value, error));
  LS_TRY (bidirectional_outputs (layer, node, is_merged, error));
  layer_plan (layer, node);
  return LS_OK;
}

#define RNN_TYPES "float32, hybrid (int8, uint8 weights)"

const LsOp ls_op_rnn = {
  .prepare = rnn_prepare,
  .flags = LS_OP_STATEFUL,
  .max_version = 3,
  .types = RNN_TYPES,
};

const LsOp ls_op_unidirectional_sequence_rnn = {
  .prepare = unidirectional_prepare,
  .flags = LS_OP_STATEFUL,
  .max_version = 3,
  .types = RNN_TYPES,
};

const LsOp ls_op_bidirectional_sequence_rnn = {
  .prepare = bidirectional_prepare,
  .flags = LS_OP_STATEFUL,
  .max_version = 3,
  .types = RNN_TYPES,
};
