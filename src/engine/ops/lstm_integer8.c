/*
 * LSTM on int8 whose matrix products are rounded to 8 bits (8x8_8): twelve intermediate tensors,
 * coupled gates, layer normalization and projection.
 *
 * The functions between the products are computed in float. Source: tflite/kernels/lstm.cc
 * (PopulateQuantizedLstmParams8x8_8), lstm_eval.cc (LstmStepInteger8x8_8),
 * internal/reference/portable_tensor_utils.cc.
 */
#include "ops/fixed_point.h"
#include "ops/lstm_integer.h"

#include <math.h>
#include <string.h>

/* A matrix product in 8 bits, and how it goes into the sum of two. */
typedef struct
{
  LsMultiplier product, sum;
  int8_t zero_point;
} Term;

typedef struct
{
  Term input, recurrent;
  float norm_scale;
} Gate;

typedef struct
{
  Gate gates[LS_LSTM_GATES];
  LsMultiplier projection;
  int16_t cell_clip;
  int8_t proj_clip;
} Integer8;

static int32_t
term_value (const Term *term, uint32_t product)
{
  int32_t rounded = ls_clamp_i32 (ls_mbqm ((int32_t) product, term->product) + term->zero_point,
                                  INT8_MIN, INT8_MAX);

  return ls_mbqm (rounded - term->zero_point, term->sum);
}

/* A conversion that int32 cannot hold becomes INT32_MIN, as on x86. */
static int16_t
to_int16 (float x)
{
  int32_t q = x >= -0x1p31f && x < 0x1p31f ? (int32_t) x : INT32_MIN;

  return (int16_t) ls_clamp_i32 (q, INT16_MIN, INT16_MAX);
}

static void
normalize (const LsLstmGate *tensors, const Gate *gate, int32_t n, int16_t *x)
{
  const int16_t *weights = tensors->norm->data;
  const int32_t *bias = tensors->bias->data;
  const float bias_scale = 0x1p-10f * gate->norm_scale;
  float sum = 0, squares = 0;

  for (int32_t i = 0; i < n; i++)
    {
      float value = x[i];

      sum += value;
      squares += value * value;
    }

  const float mean = sum / (float) n, variance = squares / (float) n - mean * mean;
  const float inverse = 1.0f / sqrtf (variance == 0 ? 1e-8f : variance);

  for (int32_t i = 0; i < n; i++)
    {
      float value = ((float) x[i] - mean) * inverse;

      value = value * (float) weights[i] * gate->norm_scale + (float) bias[i] * bias_scale;
      x[i] = to_int16 (roundf (value * 4096.0f));
    }
}

static int16_t
logistic (int16_t x)
{
  return to_int16 (1.0f / (1.0f + expf (-((float) x * 0x1p-12f))) * 32768.0f);
}

static int16_t
tanh16 (int16_t x, int log2_scale)
{
  return to_int16 (tanhf ((float) ldexp (x, log2_scale)) * 32768.0f);
}

typedef struct
{
  int16_t *gates[LS_LSTM_GATES];
  int16_t *x, *h; /* without their zero points */
  uint32_t *input_sums, *recurrent_sums;
} Scratch;

static size_t
scratch_size (const LsLstm *lstm)
{
  size_t total = 0, n_cell = (size_t) lstm->n_cell;

  for (int i = LS_LSTM_FORGET; i < LS_LSTM_GATES; i++)
    ls_scratch_add (&total, n_cell, sizeof (int16_t));
  ls_scratch_add (&total, (size_t) lstm->sequence.depth, sizeof (int16_t));
  ls_scratch_add (&total, (size_t) lstm->n_output, sizeof (int16_t));
  for (int i = 0; i < 2; i++)
    ls_scratch_add (&total, n_cell, sizeof (uint32_t));
  return total;
}

static Scratch
take_scratch (const LsLstm *lstm, const LsLstmStep *step)
{
  size_t n_cell = (size_t) lstm->n_cell, n_output = (size_t) lstm->n_output,
         depth = (size_t) lstm->sequence.depth;
  uint8_t *at = step->scratch;
  Scratch s;

  for (int i = LS_LSTM_FORGET; i < LS_LSTM_GATES; i++)
    s.gates[i] = ls_scratch_take (&at, n_cell, sizeof (int16_t));
  s.x = ls_scratch_take (&at, depth, sizeof (int16_t));
  s.h = ls_scratch_take (&at, n_output, sizeof (int16_t));
  s.input_sums = ls_scratch_take (&at, n_cell, sizeof (uint32_t));
  s.recurrent_sums = ls_scratch_take (&at, n_cell, sizeof (uint32_t));
  ls_lstm_center (step->x, depth, lstm->x->zero_point, s.x);
  ls_lstm_center (step->h, n_output, lstm->output_state->zero_point, s.h);
  return s;
}

static void
compute_gate (const LsLstm *lstm, int which, const Scratch *s)
{
  const LsLstmGate *tensors = &lstm->gates[which];
  const Gate *gate = &((const Integer8 *) lstm->integer)->gates[which];
  size_t n = (size_t) lstm->n_cell;
  int16_t *out = s->gates[which];

  ls_lstm_products (tensors->input, s->x, NULL, s->input_sums);
  ls_lstm_products (tensors->recurrent, s->h, NULL, s->recurrent_sums);
  for (size_t i = 0; i < n; i++)
    out[i] = (int16_t) ls_clamp_i32 (term_value (&gate->input, s->input_sums[i])
                                       + term_value (&gate->recurrent, s->recurrent_sums[i]),
                                     INT16_MIN, INT16_MAX);
  normalize (tensors, gate, lstm->n_cell, out);
  for (size_t i = 0; i < n; i++)
    out[i] = which == LS_LSTM_CELL ? tanh16 (out[i], -12) : logistic (out[i]);
}

static void
project (const LsLstm *lstm, const Integer8 *p, const int16_t *hidden, int8_t *h)
{
  size_t n = (size_t) lstm->n_cell;
  const int32_t *bias = lstm->projection_bias->data;

  for (size_t i = 0; i < (size_t) lstm->n_output; i++)
    {
      const int8_t *w = (const int8_t *) lstm->projection->data + i * n;
      int64_t sum = bias[i];

      for (size_t j = 0; j < n; j++)
        sum += hidden[j] * w[j];

      h[i] = ls_lstm_clip_output (lstm, ls_mbqm64 (sum, p->projection), p->proj_clip);
    }
}

static void
integer8_step (const LsLstm *lstm, const LsLstmStep *step)
{
  const Integer8 *p = lstm->integer;
  size_t n = (size_t) lstm->n_cell;
  Scratch s = take_scratch (lstm, step);
  int16_t *c = step->c, *hidden = s.gates[LS_LSTM_FORGET];

  compute_gate (lstm, LS_LSTM_FORGET, &s);
  compute_gate (lstm, LS_LSTM_CELL, &s);
  ls_lstm_update_cell (NULL, s.gates[LS_LSTM_FORGET], s.gates[LS_LSTM_CELL], n, -15, p->cell_clip,
                       c);
  compute_gate (lstm, LS_LSTM_OUTPUT, &s);
  for (size_t i = 0; i < n; i++)
    hidden[i] = (int16_t) ls_rdbpot (s.gates[LS_LSTM_OUTPUT][i] * tanh16 (c[i], -15), 15);
  project (lstm, p, hidden, step->h);
}

/* ---- Preparing ------------------------------------------------------------------------------- */

enum
{
  N_INTERMEDIATES = 12
};

typedef struct
{
  float scale[N_INTERMEDIATES];
  int32_t zero_point[N_INTERMEDIATES];
} Intermediates;

static LsStatus
init_term (Term *term, const LsNode *node, const LsValue *weights, float x_scale,
           const Intermediates *mid, int of_sum, int of_term, LsError *error)
{
  LS_TRY (ls_lstm_multiplier (node, weights->scale * x_scale / mid->scale[of_term], &term->product,
                              error));
  LS_TRY (ls_lstm_multiplier (node, mid->scale[of_term] / mid->scale[of_sum], &term->sum, error));
  term->zero_point = (int8_t) mid->zero_point[of_term];
  return LS_OK;
}

/* Each gate has three intermediate tensors: the sum, its input part, its recurrent part. */
static LsStatus
init_gate (LsLstm *lstm, LsNode *node, int which, const Intermediates *mid, LsError *error)
{
  Gate *gate = &((Integer8 *) lstm->integer)->gates[which];
  const LsLstmGate *tensors = &lstm->gates[which];
  int first = 3 * which;
  LsMultiplier norm;

  LS_TRY (ls_lstm_check_gate (lstm, node, which, error));
  LS_TRY (
    init_term (&gate->input, node, tensors->input, lstm->x->scale, mid, first, first + 1, error));
  LS_TRY (init_term (&gate->recurrent, node, tensors->recurrent, lstm->output_state->scale, mid,
                     first, first + 2, error));
  LS_TRY (ls_lstm_multiplier (node, tensors->norm->scale, &norm, error));
  gate->norm_scale = (float) (norm.multiplier * ldexp (1.0, norm.shift - 31));
  return LS_OK;
}

/*
 * LstmStepInteger8x8_8 takes the recurrent part of the output gate with the wrong numbers: the
 * multiplier is element 11 of an array of 8, which lands on the shift of the forget gate's
 * recurrent part, and the zero point is that of the cell gate's input part. Outputs are to be the
 * same bytes.
 */
static void
follow_reference_slip (Integer8 *p)
{
  Gate *output = &p->gates[LS_LSTM_OUTPUT];

  output->recurrent.sum.multiplier = p->gates[LS_LSTM_FORGET].recurrent.sum.shift;
  output->recurrent.zero_point = p->gates[LS_LSTM_CELL].input.zero_point;
}

static LsStatus
check_form (const LsLstm *lstm, const LsNode *node, LsError *error)
{
  if (!lstm->is_cifg || !lstm->has_norm || lstm->projection == NULL
      || lstm->projection_bias == NULL)
    return ls_node_unsupported (node, error,
                                "an LSTM with 12 intermediate tensors needs coupled gates, layer "
                                "normalization, and a projection with bias");
  if (lstm->cell_state->scale != 1.0f / 32768)
    return ls_node_unsupported (node, error, "the cell state's scale is %g, but must be 1/32768",
                                (double) lstm->cell_state->scale);
  LS_TRY (ls_lstm_check_matrix (node, lstm->projection, "projection weights", lstm->n_output,
                                lstm->n_cell, error));
  return ls_recurrent_check (node, lstm->projection_bias, "projection bias", LS_TYPE_INT32,
                             lstm->n_output, error);
}

LsStatus
ls_lstm_integer8_init (LsLstm *lstm, LsNode *node, LsError *error)
{
  Integer8 *p = ls_node_alloc (node, 1, sizeof *p, error);
  Intermediates mid;

  if (p == NULL)
    return LS_E_NO_MEMORY;
  lstm->integer = p;
  LS_TRY (ls_lstm_check_scales (lstm, node, error));
  LS_TRY (check_form (lstm, node, error));
  for (uint32_t i = 0; i < N_INTERMEDIATES; i++)
    LS_TRY (ls_lstm_intermediate (node, i, &mid.scale[i], &mid.zero_point[i], error));
  for (int i = LS_LSTM_FORGET; i < LS_LSTM_GATES; i++)
    LS_TRY (init_gate (lstm, node, i, &mid, error));
  follow_reference_slip (p);
  LS_TRY (ls_lstm_multiplier (
    node, (float) (lstm->projection->scale * 0x1p-15 / lstm->output_state->scale), &p->projection,
    error));
  p->cell_clip = lstm->cell_clip < 1 ? ls_lstm_cell_clip (lstm) : 0;
  p->proj_clip = ls_lstm_proj_clip (lstm);
  lstm->step = integer8_step;
  lstm->scratch_size = scratch_size (lstm);
  return LS_OK;
}
