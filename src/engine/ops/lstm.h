/*
 * One direction of an LSTM layer, shared by LSTM, UNIDIRECTIONAL_SEQUENCE_LSTM and
 * BIDIRECTIONAL_SEQUENCE_LSTM.
 *
 * Each row of the batch is a unit of work: it walks through time on its own, so threads never wait
 * for one another. Sources: tflite/kernels/lstm.cc, lstm_eval.cc, lstm_shared.h,
 * unidirectional_sequence_lstm.cc, bidirectional_sequence_lstm.cc.
 */
#ifndef LS_OPS_LSTM_H
#define LS_OPS_LSTM_H

#include "ops/activation.h"
#include "ops/recurrent.h"

/* In the order in which the operators list their inputs. */
enum
{
  LS_LSTM_INPUT,
  LS_LSTM_FORGET,
  LS_LSTM_CELL,
  LS_LSTM_OUTPUT,
  LS_LSTM_GATES
};

enum
{
  LS_LSTM_NO_SLOT = 1000
};

/* The operator input at which each group of tensors begins. The peephole group has no cell gate. */
typedef struct
{
  uint32_t input_weights, recurrent_weights, peephole, bias, projection, projection_bias, norm,
    aux_weights, output_state, cell_state;
} LsLstmSlots;

typedef struct
{
  const LsValue *input, *recurrent, *aux;  /* weights [n_cell, …]; NULL: absent */
  const LsValue *peephole, *bias, *norm;   /* [n_cell] */
  LsMatrix input_matrix, recurrent_matrix; /* float and hybrid */
  LsMatrix aux_matrix;
  bool is_diagonal; /* recurrent weights [n_cell]: the diagonal of a matrix */
} LsLstmGate;

/* One step in time of one row of the batch. */
typedef struct
{
  const void *x, *aux;
  void *h, *c; /* output state and cell state: read and written */
  void *y;
  uint8_t *scratch;
  size_t row;
} LsLstmStep;

typedef struct LsLstm LsLstm;

struct LsLstm
{
  LsSequence sequence; /* of the input */
  int32_t n_cell, n_output, n_aux;
  bool is_backward, is_cifg, has_norm, is_asymmetric;
  LsActivation activation;
  float cell_clip, proj_clip; /* 0: none */

  const LsNode *shown_to; /* the node, when somebody watches its inside; else NULL */

  const LsValue *x, *aux;
  LsValue *y, *output_state, *cell_state;
  size_t y_offset, y_depth; /* where in the last dimension of the output, and how large that is */

  LsLstmGate gates[LS_LSTM_GATES];
  const LsValue *projection, *projection_bias;
  LsMatrix projection_matrix;

  size_t scratch_size; /* of one row */
  void (*step) (const LsLstm *lstm, const LsLstmStep *step);
  void *integer; /* parameters of the integer schemes */
};

/*
 * Gathers and checks the tensors of one direction, whose sequence, x, aux and options are filled
 * in, and picks the arithmetic.
 */
LsStatus ls_lstm_init (LsLstm *lstm, LsNode *node, const LsLstmSlots *slots, LsError *error);
/* Takes row @row through the sequence. @scratch: lstm->scratch_size bytes */
void ls_lstm_row (const LsLstm *lstm, size_t row, uint8_t *scratch);

/* The schemes, each in its file; sizes and all-or-none rules were checked before. */
LsStatus ls_lstm_float_init (LsLstm *lstm, LsNode *node, LsError *error);
LsStatus ls_lstm_integer_init (LsLstm *lstm, LsNode *node, LsError *error);
LsStatus ls_lstm_integer8_init (LsLstm *lstm, LsNode *node, LsError *error);

/* The five-input form of LSTM (kernel_type BASIC). */
LsStatus ls_lstm_basic_prepare (LsNode *node, LsError *error);

extern const char *const ls_lstm_gate_names[LS_LSTM_GATES];

#endif
