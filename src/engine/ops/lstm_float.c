/*
 * LSTM on floats, with float or 8-bit weights.
 *
 * Source: tflite/kernels/lstm_eval.cc (CalculateLstmGateFloat, CalculateLstmGateHybrid,
 * UpdateLstmCellFloat, CalculateLstmOutputFloat, CalculateLstmOutputHybrid).
 */
#include "ops/lstm.h"
#include "ops/shape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum
{
  WHAT_SIZE = 64
};

/* The vectors of a step, quantized once for all gates. */
typedef struct
{
  LsVector x, aux, h;
  float *gates[LS_LSTM_GATES];
  float *hidden;
  uint32_t *products; /* as many as the larger of cells and outputs */
  uint8_t *room;      /* for one more quantized vector; NULL: float weights */
} Scratch;

static size_t
n_products (const LsLstm *lstm)
{
  return (size_t) (lstm->n_cell > lstm->n_output ? lstm->n_cell : lstm->n_output);
}

static size_t
scratch_size (const LsLstm *lstm)
{
  size_t total = 0;

  for (int i = 0; i < LS_LSTM_GATES + 1; i++)
    ls_scratch_add (&total, (size_t) lstm->n_cell, sizeof (float));
  ls_scratch_add (&total, n_products (lstm), sizeof (uint32_t));
  ls_vector_room (&total, (size_t) lstm->sequence.depth);
  ls_vector_room (&total, (size_t) lstm->n_aux);
  ls_vector_room (&total, (size_t) lstm->n_output);
  ls_vector_room (&total, (size_t) lstm->n_cell);
  return total;
}

static Scratch
take_scratch (const LsLstm *lstm, const LsLstmStep *step)
{
  uint8_t *at = step->scratch;
  uint8_t **room = lstm->gates[LS_LSTM_OUTPUT].input_matrix.is_quantized ? &at : NULL;
  Scratch s;

  for (int i = 0; i < LS_LSTM_GATES; i++)
    s.gates[i] = ls_scratch_take (&at, (size_t) lstm->n_cell, sizeof (float));
  s.hidden = ls_scratch_take (&at, (size_t) lstm->n_cell, sizeof (float));
  s.products = ls_scratch_take (&at, n_products (lstm), sizeof (uint32_t));
  ls_vector_set (&s.x, step->x, (size_t) lstm->sequence.depth, room, lstm->is_asymmetric);
  if (lstm->aux != NULL)
    ls_vector_set (&s.aux, step->aux, (size_t) lstm->n_aux, room, lstm->is_asymmetric);
  ls_vector_set (&s.h, step->h, (size_t) lstm->n_output, room, lstm->is_asymmetric);
  s.room = room != NULL ? at : NULL;
  return s;
}

/* Mean 0 and deviation 1 over the cells, then the coefficients and the bias. */
static void
normalize (float *x, size_t n, const float *coefficients, const float *bias)
{
  float sum = 0, squares = 0;

  for (size_t i = 0; i < n; i++)
    sum += x[i];

  const float mean = sum / (float) n;

  for (size_t i = 0; i < n; i++)
    squares += (x[i] - mean) * (x[i] - mean);

  const float inverse = 1.0f / sqrtf (squares / (float) n + 1e-8f);

  for (size_t i = 0; i < n; i++)
    x[i] = (x[i] - mean) * inverse * coefficients[i] + bias[i];
}

/* An 8-bit peephole is a diagonal of its own scale. */
static float
peephole_weight (const LsValue *peephole, size_t i)
{
  if (peephole->type == LS_TYPE_FLOAT32)
    return ((const float *) peephole->data)[i];
  return peephole->scale * ((const int8_t *) peephole->data)[i];
}

static void
add_recurrent (const LsLstmGate *gate, const Scratch *s, size_t n_cell, float *sums)
{
  if (!gate->is_diagonal)
    {
      ls_matrix_add (&gate->recurrent_matrix, &s->h, s->products, sums);
      return;
    }
  for (size_t i = 0; i < n_cell; i++)
    sums[i] += ((const float *) gate->recurrent->data)[i] * s->h.x[i];
}

static void
compute_gate (const LsLstm *lstm, int which, const Scratch *s, const float *c)
{
  const LsLstmGate *gate = &lstm->gates[which];
  float *out = s->gates[which];
  size_t n = (size_t) lstm->n_cell;

  if (lstm->has_norm)
    memset (out, 0, n * sizeof *out);
  else
    memcpy (out, gate->bias->data, n * sizeof *out);
  ls_matrix_add (&gate->input_matrix, &s->x, s->products, out);
  if (gate->aux != NULL)
    ls_matrix_add (&gate->aux_matrix, &s->aux, s->products, out);
  add_recurrent (gate, s, n, out);
  for (size_t i = 0; gate->peephole != NULL && i < n; i++)
    out[i] += peephole_weight (gate->peephole, i) * c[i];
  if (lstm->has_norm && lstm->shown_to != NULL)
    ls_node_show (lstm->shown_to, (LsInner) which, out, n);
  if (lstm->has_norm)
    normalize (out, n, gate->norm->data, gate->bias->data);
  for (size_t i = 0; i < n; i++)
    out[i] = which == LS_LSTM_CELL ? ls_recurrent_activate (lstm->activation, out[i])
                                   : ls_recurrent_logistic (out[i]);
}

static float
clip (float x, float limit)
{
  if (!(limit > 0))
    return x;
  return x > limit ? limit : x < -limit ? -limit : x;
}

static void
update_cell (const LsLstm *lstm, const Scratch *s, float *c)
{
  for (size_t i = 0; i < (size_t) lstm->n_cell; i++)
    {
      float forget = s->gates[LS_LSTM_FORGET][i];
      float take = lstm->is_cifg ? 1.0f - forget : s->gates[LS_LSTM_INPUT][i];

      c[i] = clip (forget * c[i] + s->gates[LS_LSTM_CELL][i] * take, lstm->cell_clip);
    }
}

static void
project (const LsLstm *lstm, Scratch *s, float *h)
{
  size_t n = (size_t) lstm->n_output;
  LsVector hidden;

  ls_vector_set (&hidden, s->hidden, (size_t) lstm->n_cell, s->room != NULL ? &s->room : NULL,
                 lstm->is_asymmetric);
  if (lstm->projection_bias != NULL)
    memcpy (h, lstm->projection_bias->data, n * sizeof *h);
  else
    memset (h, 0, n * sizeof *h);
  ls_matrix_add (&lstm->projection_matrix, &hidden, s->products, h);
  for (size_t i = 0; i < n; i++)
    h[i] = clip (h[i], lstm->proj_clip);
}

static void
float_step (const LsLstm *lstm, const LsLstmStep *step)
{
  Scratch s = take_scratch (lstm, step);
  float *c = step->c, *h = step->h;

  if (!lstm->is_cifg)
    compute_gate (lstm, LS_LSTM_INPUT, &s, c);
  compute_gate (lstm, LS_LSTM_FORGET, &s, c);
  compute_gate (lstm, LS_LSTM_CELL, &s, c);
  update_cell (lstm, &s, c);
  compute_gate (lstm, LS_LSTM_OUTPUT, &s, c);

  /* Without an activation the reference multiplies the output gate with what stands where the
   * activated cell would: the cell gate (tensor_utils.h: ApplyActivationToVector writes nothing).
   */
  const float *cell = lstm->activation == LS_ACTIVATION_NONE ? s.gates[LS_LSTM_CELL] : c;

  for (size_t i = 0; i < (size_t) lstm->n_cell; i++)
    s.hidden[i] = s.gates[LS_LSTM_OUTPUT][i] * ls_recurrent_activate (lstm->activation, cell[i]);
  if (lstm->shown_to != NULL)
    {
      ls_node_show (lstm->shown_to, LS_INNER_HIDDEN, s.hidden, (size_t) lstm->n_cell);
      ls_node_show (lstm->shown_to, LS_INNER_CELL_STATE, c, (size_t) lstm->n_cell);
    }
  if (lstm->projection != NULL)
    project (lstm, &s, h);
  else
    memcpy (h, s.hidden, (size_t) lstm->n_cell * sizeof *h);
}

/* All matrices are of one kind: what the step quantizes serves every gate. */
static LsStatus
same_kind (const LsLstm *lstm, const LsNode *node, const LsMatrix *matrix, const char *what,
           LsError *error)
{
  LsType first = lstm->gates[LS_LSTM_OUTPUT].input->type;

  if (matrix->value->type != first)
    return ls_node_unsupported (node, error, "the %s are %s, but the output gate's are %s", what,
                                ls_type_name (matrix->value->type), ls_type_name (first));
  return LS_OK;
}

static LsStatus
init_matrix (const LsLstm *lstm, LsMatrix *matrix, LsNode *node, const LsValue *value,
             const char *format, int which, int64_t n_cols, LsError *error)
{
  char what[WHAT_SIZE];

  snprintf (what, sizeof what, "%s-to-%s weights", format, ls_lstm_gate_names[which]);
  LS_TRY (
    ls_matrix_init (matrix, node, value, what, lstm->n_cell, n_cols, lstm->is_asymmetric, error));
  return same_kind (lstm, node, matrix, what, error);
}

static LsStatus
init_vectors (const LsLstm *lstm, const LsNode *node, const LsLstmGate *gate, const char *name,
              LsError *error)
{
  char what[WHAT_SIZE];

  snprintf (what, sizeof what, "bias of the %s gate", name);
  LS_TRY (ls_recurrent_check (node, gate->bias, what, LS_TYPE_FLOAT32, lstm->n_cell, error));
  snprintf (what, sizeof what, "normalization of the %s gate", name);
  if (gate->norm != NULL)
    LS_TRY (ls_recurrent_check (node, gate->norm, what, LS_TYPE_FLOAT32, lstm->n_cell, error));
  snprintf (what, sizeof what, "peephole of the %s gate", name);
  if (gate->peephole != NULL)
    LS_TRY (
      ls_recurrent_check (node, gate->peephole, what, gate->input->type, lstm->n_cell, error));
  return LS_OK;
}

static LsStatus
init_gate (LsLstm *lstm, LsNode *node, int which, LsError *error)
{
  LsLstmGate *gate = &lstm->gates[which];

  LS_TRY (init_matrix (lstm, &gate->input_matrix, node, gate->input, "input", which,
                       lstm->sequence.depth, error));
  gate->is_diagonal = gate->recurrent != NULL && gate->recurrent->rank == 1;
  /* 8-bit diagonals are refused: LiteRT reads their bytes, and what comes after them in the file,
   * as floats. */
  if (gate->is_diagonal)
    LS_TRY (ls_recurrent_check (node, gate->recurrent, "recurrent diagonal", LS_TYPE_FLOAT32,
                                lstm->n_cell, error));
  else
    LS_TRY (init_matrix (lstm, &gate->recurrent_matrix, node, gate->recurrent, "recurrent", which,
                         lstm->n_output, error));
  if (gate->is_diagonal && lstm->n_output != lstm->n_cell)
    return ls_node_invalid (node, error, "a recurrent diagonal needs as many outputs as cells");
  if (gate->aux != NULL)
    LS_TRY (init_matrix (lstm, &gate->aux_matrix, node, gate->aux, "auxiliary-input", which,
                         lstm->n_aux, error));
  return init_vectors (lstm, node, gate, ls_lstm_gate_names[which], error);
}

static LsStatus
init_projection (LsLstm *lstm, LsNode *node, LsError *error)
{
  LS_TRY (ls_matrix_init (&lstm->projection_matrix, node, lstm->projection, "projection weights",
                          lstm->n_output, lstm->n_cell, lstm->is_asymmetric, error));
  LS_TRY (same_kind (lstm, node, &lstm->projection_matrix, "projection weights", error));
  if (lstm->projection_bias == NULL)
    return LS_OK;
  return ls_recurrent_check (node, lstm->projection_bias, "projection bias", LS_TYPE_FLOAT32,
                             lstm->n_output, error);
}

LsStatus
ls_lstm_float_init (LsLstm *lstm, LsNode *node, LsError *error)
{
  if (lstm->x->type != LS_TYPE_FLOAT32)
    return ls_node_unsupported (node, error, "the input is %s, but must be FLOAT32 or INT8",
                                ls_type_name (lstm->x->type));
  LS_TRY (ls_node_same_type (node, lstm->x, lstm->y, error));
  for (int i = lstm->is_cifg ? LS_LSTM_FORGET : LS_LSTM_INPUT; i < LS_LSTM_GATES; i++)
    LS_TRY (init_gate (lstm, node, i, error));
  if (lstm->projection != NULL)
    LS_TRY (init_projection (lstm, node, error));
  lstm->step = float_step;
  lstm->shown_to = ls_node_is_watched (node) ? node : NULL;
  lstm->scratch_size = scratch_size (lstm);
  return LS_OK;
}
