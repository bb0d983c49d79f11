/* Gathering the tensors of an LSTM direction, and walking through time. */
#include "ops/lstm.h"

#include "ops/shape.h"

#include <stdio.h>
#include <string.h>

const char *const ls_lstm_gate_names[LS_LSTM_GATES] = { "input", "forget", "cell", "output" };

static const LsValue *
slot_input (const LsNode *node, uint32_t first, uint32_t offset)
{
  return first == LS_LSTM_NO_SLOT ? NULL : ls_recurrent_input (node, first + offset);
}

static void
gather (LsLstm *lstm, const LsNode *node, const LsLstmSlots *slots)
{
  static const uint32_t peephole_offsets[LS_LSTM_GATES] = { 0, 1, 0, 2 };

  for (uint32_t i = 0; i < LS_LSTM_GATES; i++)
    {
      LsLstmGate *gate = &lstm->gates[i];

      gate->input = slot_input (node, slots->input_weights, i);
      gate->recurrent = slot_input (node, slots->recurrent_weights, i);
      gate->aux = slot_input (node, slots->aux_weights, i);
      gate->bias = slot_input (node, slots->bias, i);
      gate->norm = slot_input (node, slots->norm, i);
      if (i != LS_LSTM_CELL)
        gate->peephole = slot_input (node, slots->peephole, peephole_offsets[i]);
    }
  lstm->projection = slot_input (node, slots->projection, 0);
  lstm->projection_bias = slot_input (node, slots->projection_bias, 0);
  lstm->output_state = (LsValue *) slot_input (node, slots->output_state, 0);
  lstm->cell_state = (LsValue *) slot_input (node, slots->cell_state, 0);
}

/* An LSTM without input gate couples it to the forget gate (CIFG): then all its tensors are absent.
 */
static LsStatus
check_input_gate (LsLstm *lstm, const LsNode *node, LsError *error)
{
  LsLstmGate *gate = &lstm->gates[LS_LSTM_INPUT];

  lstm->is_cifg = gate->input == NULL;
  if (!lstm->is_cifg)
    return LS_OK;
  if (gate->recurrent != NULL || gate->bias != NULL || gate->norm != NULL)
    return ls_node_invalid (node, error,
                            "the input gate has no input weights, but recurrent weights, a bias or "
                            "normalization coefficients");
  gate->peephole = NULL;
  gate->aux = NULL;
  return LS_OK;
}

/* Fails when some gates have the tensor and others do not. The gates in @without never have it. */
static LsStatus
check_all_or_none (const LsLstm *lstm, const LsNode *node, size_t member, unsigned without,
                   const char *what, LsError *error)
{
  unsigned present = 0, wanted = 0;

  for (unsigned i = 0; i < LS_LSTM_GATES; i++)
    {
      const LsValue *value;

      if ((i == LS_LSTM_INPUT && lstm->is_cifg) || (without & 1u << i))
        continue;
      memcpy (&value, (const char *) &lstm->gates[i] + member, sizeof value);
      wanted |= 1u << i;
      present |= value != NULL ? 1u << i : 0;
    }
  if (present != 0 && present != wanted)
    return ls_node_invalid (node, error, "some gates have %s and others have none", what);
  return LS_OK;
}

/* The sizes come from the output gate, which every LSTM has. */
static LsStatus
read_sizes (LsLstm *lstm, const LsNode *node, LsError *error)
{
  const LsLstmGate *output = &lstm->gates[LS_LSTM_OUTPUT];

  if (output->input == NULL || output->recurrent == NULL)
    return ls_node_invalid (node, error, "the weights of the output gate are missing");
  LS_TRY (ls_node_rank (node, output->input, "the output gate's input weights", 2, 2, error));
  LS_TRY (
    ls_node_rank (node, output->recurrent, "the output gate's recurrent weights", 1, 2, error));
  lstm->n_cell = output->input->dims[0];
  lstm->n_output = output->recurrent->dims[output->recurrent->rank - 1];
  if (lstm->n_cell == 0 || lstm->n_output == 0)
    return ls_node_invalid (node, error, "there are %d cells and %d outputs", lstm->n_cell,
                            lstm->n_output);
  if (lstm->projection == NULL && lstm->n_output != lstm->n_cell)
    return ls_node_invalid (node, error,
                            "there are %d cells and %d outputs, but no projection between them",
                            lstm->n_cell, lstm->n_output);
  if (lstm->projection == NULL && lstm->projection_bias != NULL)
    return ls_node_invalid (node, error, "there is a projection bias, but no projection");
  return LS_OK;
}

static LsStatus
check_groups (LsLstm *lstm, const LsNode *node, LsError *error)
{
  LS_TRY (check_input_gate (lstm, node, error));
  LS_TRY (check_all_or_none (lstm, node, offsetof (LsLstmGate, peephole), 1u << LS_LSTM_CELL,
                             "peephole weights", error));
  LS_TRY (check_all_or_none (lstm, node, offsetof (LsLstmGate, norm), 0,
                             "normalization coefficients", error));
  LS_TRY (
    check_all_or_none (lstm, node, offsetof (LsLstmGate, aux), 0, "auxiliary weights", error));
  lstm->has_norm = lstm->gates[LS_LSTM_FORGET].norm != NULL;
  if (!(lstm->cell_clip >= 0) || !(lstm->proj_clip >= 0))
    return ls_node_invalid (node, error, "the clips %g and %g must not be negative",
                            (double) lstm->cell_clip, (double) lstm->proj_clip);
  return LS_OK;
}

static LsStatus
check_states (const LsLstm *lstm, const LsNode *node, LsError *error)
{
  bool is_integer = lstm->x->type == LS_TYPE_INT8;
  LsType h = is_integer ? LS_TYPE_INT8 : LS_TYPE_FLOAT32;
  LsType c = is_integer ? LS_TYPE_INT16 : LS_TYPE_FLOAT32;
  int64_t n_batch = lstm->sequence.n_batch;

  LS_TRY (ls_recurrent_state (node, lstm->output_state, "output state", h, n_batch * lstm->n_output,
                              error));
  return ls_recurrent_state (node, lstm->cell_state, "cell state", c, n_batch * lstm->n_cell,
                             error);
}

LsStatus
ls_lstm_init (LsLstm *lstm, LsNode *node, const LsLstmSlots *slots, LsError *error)
{
  gather (lstm, node, slots);
  LS_TRY (read_sizes (lstm, node, error));
  LS_TRY (check_groups (lstm, node, error));
  LS_TRY (check_states (lstm, node, error));
  if (lstm->x->type != LS_TYPE_INT8)
    return ls_lstm_float_init (lstm, node, error);
  /* LiteRT tells the two integer forms apart by the number of intermediate tensors. */
  if (node->n_mid == 12)
    return ls_lstm_integer8_init (lstm, node, error);
  return ls_lstm_integer_init (lstm, node, error);
}

void
ls_lstm_row (const LsLstm *lstm, size_t row, uint8_t *scratch)
{
  const LsSequence *s = &lstm->sequence;
  size_t n_time = (size_t) s->n_time, h_size = ls_element_size (lstm->output_state->type),
         c_size = ls_element_size (lstm->cell_state->type);
  LsLstmStep step = {
    .h = (uint8_t *) lstm->output_state->data + row * (size_t) lstm->n_output * h_size,
    .c = (uint8_t *) lstm->cell_state->data + row * (size_t) lstm->n_cell * c_size,
    .scratch = scratch,
    .row = row,
  };

  for (size_t i = 0; i < n_time; i++)
    {
      size_t t = lstm->is_backward ? n_time - 1 - i : i;
      size_t y_at = ls_sequence_at (s, row, t, lstm->y_depth) + lstm->y_offset;

      step.x
        = (const uint8_t *) lstm->x->data + ls_sequence_at (s, row, t, (size_t) s->depth) * h_size;
      if (lstm->aux != NULL)
        step.aux = (const uint8_t *) lstm->aux->data
                   + ls_sequence_at (s, row, t, (size_t) lstm->n_aux) * h_size;
      step.y = (uint8_t *) lstm->y->data + y_at * h_size;
      lstm->step (lstm, &step);
      memcpy (step.y, step.h, (size_t) lstm->n_output * h_size);
    }
}
