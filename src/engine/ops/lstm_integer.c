/*
 * LSTM on int8 with 16-bit gates and cell state (8x8_16): five intermediate tensors.
 *
 * Source: tflite/kernels/lstm.cc (PopulateQuantizedLstmParams8x8_16,
 * PopulatePrecomputedZPTimesWeightsWithBias), lstm_eval.cc (LstmStepInteger8x8_16),
 * internal/reference/portable_tensor_utils.cc.
 */
#include "ops/dot.h"
#include "ops/fixed16.h"
#include "ops/fixed_math.h"
#include "ops/lstm.h"
#include "ops/lstm_integer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct
{
  LsMultiplier input, recurrent, peephole, norm;
  int32_t variance_guard;
} Gate;

typedef struct
{
  Gate gates[LS_LSTM_GATES];
  LsMultiplier hidden, projection;
  int32_t hidden_zero_point;
  int cell_log2; /* the cell state's scale is 2^cell_log2 */
  int16_t cell_clip;
  int8_t proj_clip;
} Integer;

/* ---- Running --------------------------------------------------------------------------------- */

static int32_t
saturate16 (int32_t x)
{
  return ls_clamp_i32 (x, INT16_MIN, INT16_MAX);
}

void
ls_lstm_products (const LsValue *weights, const int16_t *x, const int32_t *bias, uint32_t *sums)
{
  size_t n_rows = (size_t) weights->dims[0], n_cols = (size_t) weights->dims[1];

  if (bias != NULL)
    memcpy (sums, bias, n_rows * sizeof *sums);
  else
    memset (sums, 0, n_rows * sizeof *sums);
  ls_dot_nk_i8 (x, weights->data, n_cols, n_cols, n_rows, sums);
}

void
ls_lstm_center (const int8_t *x, size_t n, int32_t zero_point, int16_t *centered)
{
  for (size_t i = 0; i < n; i++)
    centered[i] = (int16_t) (x[i] - zero_point);
}

/*
 * The reference walks the peephole weights n_output at a time over the cells of all rows of a step
 * (CalculateLstmGateInteger8x8_16 passes n_output for n_cell). With a projection this leaves cells
 * out and shifts the weights from row to row; outputs are to be the same bytes, so it is done here
 * as there. False: cell @i of the row has none.
 */
static bool
peephole_index (const LsLstm *lstm, size_t row, size_t i, size_t *index)
{
  size_t n_cell = (size_t) lstm->n_cell, n_output = (size_t) lstm->n_output;
  bool rows_are_together = lstm->sequence.is_time_major;
  size_t n_rows = rows_are_together ? (size_t) lstm->sequence.n_batch : 1;
  size_t flat = (rows_are_together ? row : 0) * n_cell + i;

  if (n_output >= n_cell)
    {
      *index = i;
      return true;
    }
  *index = flat % n_output;
  return flat < n_rows * n_output;
}

static int16_t
add_peephole (const LsLstm *lstm, const LsLstmStep *step, const LsLstmGate *tensors,
              const Gate *gate, size_t i, int16_t sum)
{
  size_t index;

  if (!peephole_index (lstm, step->row, i, &index))
    return sum;

  int32_t product
    = ((const int16_t *) tensors->peephole->data)[index] * ((const int16_t *) step->c)[i];

  return (int16_t) saturate16 (ls_mbqm (product, gate->peephole) + sum);
}

static LsMultiplier
inverse_deviation (int64_t sum, int64_t sum_of_squares, int32_t n, int32_t guard, int32_t *mean)
{
  const int32_t two_power_20 = 1 << 20;

  *mean = (int32_t) (sum * 1024 / n);

  /* Modulo 2^64, as the reference multiplies when it runs over. */
  uint64_t squares = (uint64_t) sum_of_squares * (uint64_t) (two_power_20 / n);
  int64_t variance = (int64_t) (squares - (uint64_t) ((int64_t) *mean * *mean));
  int32_t scaled = (int32_t) (variance / two_power_20);

  return ls_fixed_inv_sqrt (scaled < 1 ? guard : scaled);
}

static void
normalize (const LsLstmGate *tensors, const Gate *gate, int32_t n, int16_t *x)
{
  const int16_t *weights = tensors->norm->data;
  const int32_t *bias = tensors->bias->data;
  int64_t sum = 0, sum_of_squares = 0;
  int32_t mean;

  for (int32_t i = 0; i < n; i++)
    {
      sum += x[i];
      sum_of_squares += x[i] * x[i];
    }

  LsMultiplier inverse = inverse_deviation (sum, sum_of_squares, n, gate->variance_guard, &mean);
  LsMultiplier scale = { gate->norm.multiplier, gate->norm.shift + 12 };

  for (int32_t i = 0; i < n; i++)
    {
      int32_t rescaled = ls_mbqm (1024 * x[i] - mean, inverse);
      /* 32-bit arithmetic that may wrap in the reference as well. */
      int32_t weighted
        = (int32_t) ((uint32_t) rescaled * (uint32_t) (int32_t) weights[i] + (uint32_t) bias[i]);
      int64_t wide = weighted;
      int32_t rounded = (int32_t) ((wide > 0 ? wide + 512 : wide - 512) / 1024);

      x[i] = (int16_t) saturate16 (ls_mbqm (rounded, scale));
    }
}

typedef struct
{
  int16_t *gates[LS_LSTM_GATES];
  int16_t *x, *h, *hidden; /* without their zero points */
  int8_t *hidden8;
  uint32_t *sums;
} Scratch;

static size_t
scratch_size (const LsLstm *lstm)
{
  size_t total = 0, n_cell = (size_t) lstm->n_cell, n_output = (size_t) lstm->n_output;

  for (int i = 0; i < LS_LSTM_GATES; i++)
    ls_scratch_add (&total, n_cell, sizeof (int16_t));
  ls_scratch_add (&total, (size_t) lstm->sequence.depth, sizeof (int16_t));
  ls_scratch_add (&total, n_output, sizeof (int16_t));
  ls_scratch_add (&total, n_cell, sizeof (int16_t));
  ls_scratch_add (&total, n_cell, sizeof (int8_t));
  ls_scratch_add (&total, n_cell > n_output ? n_cell : n_output, sizeof (uint32_t));
  return total;
}

static Scratch
take_scratch (const LsLstm *lstm, const LsLstmStep *step)
{
  size_t n_cell = (size_t) lstm->n_cell, n_output = (size_t) lstm->n_output,
         depth = (size_t) lstm->sequence.depth;
  uint8_t *at = step->scratch;
  Scratch s;

  for (int i = 0; i < LS_LSTM_GATES; i++)
    s.gates[i] = ls_scratch_take (&at, n_cell, sizeof (int16_t));
  s.x = ls_scratch_take (&at, depth, sizeof (int16_t));
  s.h = ls_scratch_take (&at, n_output, sizeof (int16_t));
  s.hidden = ls_scratch_take (&at, n_cell, sizeof (int16_t));
  s.hidden8 = ls_scratch_take (&at, n_cell, sizeof (int8_t));
  s.sums = ls_scratch_take (&at, n_cell > n_output ? n_cell : n_output, sizeof (uint32_t));
  ls_lstm_center (step->x, depth, lstm->x->zero_point, s.x);
  ls_lstm_center (step->h, n_output, lstm->output_state->zero_point, s.h);
  return s;
}

/* With layer normalization the bias comes in there. */
static void
compute_gate (const LsLstm *lstm, const LsLstmStep *step, int which, const Scratch *s)
{
  const LsLstmGate *tensors = &lstm->gates[which];
  const Gate *gate = &((const Integer *) lstm->integer)->gates[which];
  size_t n = (size_t) lstm->n_cell;
  int16_t *out = s->gates[which];

  ls_lstm_products (tensors->input, s->x, lstm->has_norm ? NULL : tensors->bias->data, s->sums);
  for (size_t i = 0; i < n; i++)
    out[i] = (int16_t) saturate16 (ls_mbqm ((int32_t) s->sums[i], gate->input));
  ls_lstm_products (tensors->recurrent, s->h, NULL, s->sums);
  for (size_t i = 0; i < n; i++)
    out[i] = (int16_t) saturate16 (out[i] + ls_mbqm ((int32_t) s->sums[i], gate->recurrent));
  for (size_t i = 0; tensors->peephole != NULL && i < n; i++)
    out[i] = add_peephole (lstm, step, tensors, gate, i, out[i]);
  if (lstm->has_norm)
    normalize (tensors, gate, lstm->n_cell, out);
  for (size_t i = 0; i < n; i++)
    out[i] = which == LS_LSTM_CELL ? ls_fixed16_tanh (out[i], 3) : ls_fixed16_logistic (out[i]);
}

void
ls_lstm_update_cell (const int16_t *input_gate, const int16_t *forget_gate,
                     const int16_t *cell_gate, size_t n, int cell_log2, int16_t clip, int16_t *c)
{
  for (size_t i = 0; i < n; i++)
    {
      int16_t kept = (int16_t) ls_rdbpot (forget_gate[i] * c[i], 15);
      int16_t take = input_gate != NULL ? input_gate[i] : (int16_t) (INT16_MAX - forget_gate[i]);
      int16_t taken = (int16_t) ls_rdbpot (take * cell_gate[i], 30 + cell_log2);
      int16_t sum = ls_fixed16_add (kept, taken);

      c[i] = clip > 0 ? (int16_t) ls_clamp_i32 (sum, -clip, clip) : sum;
    }
}

static int8_t
hidden_value (const Integer *p, int16_t output_gate, int16_t activated, int32_t zero_point)
{
  int32_t value = ls_mbqm (output_gate * activated, p->hidden) + zero_point;

  return (int8_t) ls_clamp_i32 (value, INT8_MIN, INT8_MAX);
}

static void
project (const LsLstm *lstm, const Integer *p, const Scratch *s, int8_t *h)
{
  const int32_t *bias = lstm->projection_bias != NULL ? lstm->projection_bias->data : NULL;

  ls_lstm_products (lstm->projection, s->hidden, bias, s->sums);
  for (size_t i = 0; i < (size_t) lstm->n_output; i++)
    {
      h[i]
        = ls_lstm_clip_output (lstm, ls_mbqm ((int32_t) s->sums[i], p->projection), p->proj_clip);
    }
}

static void
integer_step (const LsLstm *lstm, const LsLstmStep *step)
{
  const Integer *p = lstm->integer;
  size_t n = (size_t) lstm->n_cell;
  int16_t *c = step->c;
  Scratch s = take_scratch (lstm, step);

  for (int i = lstm->is_cifg ? LS_LSTM_FORGET : LS_LSTM_INPUT; i < LS_LSTM_OUTPUT; i++)
    compute_gate (lstm, step, i, &s);
  ls_lstm_update_cell (lstm->is_cifg ? NULL : s.gates[LS_LSTM_INPUT], s.gates[LS_LSTM_FORGET],
                       s.gates[LS_LSTM_CELL], n, p->cell_log2, p->cell_clip, c);
  compute_gate (lstm, step, LS_LSTM_OUTPUT, &s);

  /* What goes into a projection is rounded with the zero point's opposite added, which is taken
   * away again: the reference's own choice of sign. */
  bool is_projected = lstm->projection != NULL;
  int32_t zero_point = is_projected ? -p->hidden_zero_point : p->hidden_zero_point;
  int8_t *to = is_projected ? s.hidden8 : step->h;

  for (size_t i = 0; i < n; i++)
    to[i] = hidden_value (p, s.gates[LS_LSTM_OUTPUT][i], ls_fixed16_tanh (c[i], 15 + p->cell_log2),
                          zero_point);
  if (!is_projected)
    return;
  ls_lstm_center (s.hidden8, n, zero_point, s.hidden);
  project (lstm, p, &s, step->h);
}

/* ---- Preparing ------------------------------------------------------------------------------- */

LsStatus
ls_lstm_check_matrix (const LsNode *node, const LsValue *value, const char *what, int64_t n_rows,
                      int64_t n_cols, LsError *error)
{
  LS_TRY (ls_recurrent_check (node, value, what, LS_TYPE_INT8, n_rows * n_cols, error));
  if (value->rank != 2 || value->dims[0] != n_rows)
    return ls_node_invalid (node, error, "the %s must be a matrix of %lld rows", what,
                            (long long) n_rows);
  return LS_OK;
}

LsStatus
ls_lstm_check_gate (const LsLstm *lstm, const LsNode *node, int which, LsError *error)
{
  const LsLstmGate *gate = &lstm->gates[which];
  char what[64];

  snprintf (what, sizeof what, "input-to-%s weights", ls_lstm_gate_names[which]);
  LS_TRY (
    ls_lstm_check_matrix (node, gate->input, what, lstm->n_cell, lstm->sequence.depth, error));
  snprintf (what, sizeof what, "recurrent-to-%s weights", ls_lstm_gate_names[which]);
  LS_TRY (ls_lstm_check_matrix (node, gate->recurrent, what, lstm->n_cell, lstm->n_output, error));
  snprintf (what, sizeof what, "bias of the %s gate", ls_lstm_gate_names[which]);
  LS_TRY (ls_recurrent_check (node, gate->bias, what, LS_TYPE_INT32, lstm->n_cell, error));
  snprintf (what, sizeof what, "normalization of the %s gate", ls_lstm_gate_names[which]);
  if (gate->norm != NULL)
    LS_TRY (ls_recurrent_check (node, gate->norm, what, LS_TYPE_INT16, lstm->n_cell, error));
  snprintf (what, sizeof what, "peephole of the %s gate", ls_lstm_gate_names[which]);
  if (gate->peephole != NULL)
    LS_TRY (ls_recurrent_check (node, gate->peephole, what, LS_TYPE_INT16, lstm->n_cell, error));
  return LS_OK;
}

LsStatus
ls_lstm_intermediate (const LsNode *node, uint32_t index, float *scale, int32_t *zero_point,
                      LsError *error)
{
  const LsValue *value = index < node->n_mid ? node->mid[index] : NULL;

  if (value == NULL || value->quant == NULL || value->quant->n_scales == 0)
    return ls_node_invalid (node, error, "intermediate tensor %u has no scale", index);
  if (!(value->scale > 0) || isinf (value->scale))
    return ls_node_invalid (node, error, "intermediate tensor %u has the scale %g", index,
                            (double) value->scale);
  *scale = value->scale;
  *zero_point = value->zero_point;
  return LS_OK;
}

LsStatus
ls_lstm_multiplier (const LsNode *node, double real, LsMultiplier *out, LsError *error)
{
  /* The normalization shifts by 12 more. */
  if (!isfinite (real) || fabs (real) >= 0x1p18)
    return ls_node_invalid (node, error, "the scales give a factor of %g", real);
  *out = ls_quantize_multiplier (real);
  return LS_OK;
}

static LsStatus
init_gate (LsLstm *lstm, LsNode *node, int which, LsError *error)
{
  Integer *p = lstm->integer;
  Gate *gate = &p->gates[which];
  const LsLstmGate *tensors = &lstm->gates[which];
  float out_scale = 0x1p-12f, norm_scale = tensors->norm != NULL ? tensors->norm->scale : 1;
  int32_t unused;

  LS_TRY (ls_lstm_check_gate (lstm, node, which, error));
  if (lstm->has_norm)
    LS_TRY (ls_lstm_intermediate (node, (uint32_t) which, &out_scale, &unused, error));
  /* Products in float, as the reference rounds them. */
  LS_TRY (ls_lstm_multiplier (node, tensors->input->scale * lstm->x->scale / out_scale,
                              &gate->input, error));
  LS_TRY (ls_lstm_multiplier (node,
                              tensors->recurrent->scale * lstm->output_state->scale / out_scale,
                              &gate->recurrent, error));
  if (tensors->peephole != NULL)
    LS_TRY (ls_lstm_multiplier (
      node, (float) (ldexp (1.0, p->cell_log2) * tensors->peephole->scale / out_scale),
      &gate->peephole, error));
  LS_TRY (ls_lstm_multiplier (node, norm_scale, &gate->norm, error));

  float guard = 10000 * norm_scale;

  gate->variance_guard = guard >= 1 && guard < 0x1p31f ? (int32_t) guard : 1;
  return LS_OK;
}

static LsStatus
init_projection (LsLstm *lstm, LsNode *node, float hidden_scale, LsError *error)
{
  Integer *p = lstm->integer;

  LS_TRY (ls_lstm_check_matrix (node, lstm->projection, "projection weights", lstm->n_output,
                                lstm->n_cell, error));
  if (lstm->projection_bias != NULL)
    LS_TRY (ls_recurrent_check (node, lstm->projection_bias, "projection bias", LS_TYPE_INT32,
                                lstm->n_output, error));
  return ls_lstm_multiplier (node,
                             lstm->projection->scale * hidden_scale / lstm->output_state->scale,
                             &p->projection, error);
}

static float
clamp_float (float x, float low, float high)
{
  return x < low ? low : x > high ? high : x;
}

int16_t
ls_lstm_cell_clip (const LsLstm *lstm)
{
  return lstm->cell_clip > 0
           ? (int16_t) clamp_float (lstm->cell_clip / lstm->cell_state->scale, -32768, 32767)
           : 0;
}

int8_t
ls_lstm_proj_clip (const LsLstm *lstm)
{
  return lstm->proj_clip > 0 ? (int8_t) clamp_float (lstm->proj_clip / lstm->y->scale, -128, 127)
                             : 0;
}

LsStatus
ls_lstm_check_scales (const LsLstm *lstm, const LsNode *node, LsError *error)
{
  if (!(lstm->x->scale > 0) || !(lstm->output_state->scale > 0) || !(lstm->cell_state->scale > 0)
      || !(lstm->y->scale > 0))
    return ls_node_invalid (node, error,
                            "input, output and states of an integer LSTM need scales above 0");
  if (lstm->y->type != LS_TYPE_INT8)
    return ls_node_unsupported (node, error, "the output of an int8 LSTM is %s",
                                ls_type_name (lstm->y->type));
  return LS_OK;
}

LsStatus
ls_lstm_integer_init (LsLstm *lstm, LsNode *node, LsError *error)
{
  Integer *p = ls_node_alloc (node, 1, sizeof *p, error);
  float hidden_scale = 1;

  if (p == NULL)
    return LS_E_NO_MEMORY;
  lstm->integer = p;
  if (node->n_mid != 5)
    return ls_node_invalid (node, error, "an int8 LSTM has 5 or 12 intermediate tensors, not %u",
                            node->n_mid);
  LS_TRY (ls_lstm_check_scales (lstm, node, error));
  if (!ls_exact_log2 (lstm->cell_state->scale, &p->cell_log2) || p->cell_log2 > -9
      || p->cell_log2 < -15)
    return ls_node_unsupported (node, error,
                                "the cell state's scale is %g, but must be a power of two from "
                                "2^-15 to 2^-9",
                                (double) lstm->cell_state->scale);
  for (int i = lstm->is_cifg ? LS_LSTM_FORGET : LS_LSTM_INPUT; i < LS_LSTM_GATES; i++)
    LS_TRY (init_gate (lstm, node, i, error));
  LS_TRY (ls_lstm_intermediate (node, 4, &hidden_scale, &p->hidden_zero_point, error));
  LS_TRY (ls_lstm_multiplier (node, (float) (0x1p-15 / hidden_scale * 0x1p-15), &p->hidden, error));
  if (lstm->projection != NULL)
    LS_TRY (init_projection (lstm, node, hidden_scale, error));
  p->cell_clip = ls_lstm_cell_clip (lstm);
  p->proj_clip = ls_lstm_proj_clip (lstm);
  lstm->step = integer_step;
  lstm->scratch_size = scratch_size (lstm);
  return LS_OK;
}
