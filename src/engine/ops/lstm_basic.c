/*
 * The five-input form of LSTM: one matrix for all gates, states as inputs and outputs.
 *
 * Source: tflite/kernels/lstm.cc (basic), internal/reference/lstm_cell.h.
 */
#include "ops/dot.h"
#include "ops/fixed16.h"
#include "ops/fixed_math.h"
#include "ops/lstm.h"
#include "ops/shape.h"

#include <string.h>

enum
{
  IN_X,
  IN_ACTIVATION,
  IN_WEIGHTS,
  IN_BIAS,
  IN_STATE,
  N_IN
};

enum
{
  OUT_ACTIVATION,
  OUT_STATE,
  OUT_CONCAT, /* x and the activation before, side by side */
  OUT_GATES,  /* before their functions: input, new input, forget, output */
  N_OUT
};

enum
{
  STATE_INTEGER_BITS = 4
};

typedef struct
{
  size_t n_input, n_output; /* depths of x and of the activation */
  LsMultiplier multiplier;
} Basic;

/* The row of an output or input, whose depth is @depth elements. */
static void *
row_of (const LsValue *value, size_t row, size_t depth)
{
  return (uint8_t *) value->data + row * depth * ls_element_size (value->type);
}

static void
concatenate (const LsNode *node, const Basic *p, size_t row)
{
  size_t size = ls_element_size (node->in[IN_X]->type);
  uint8_t *to = row_of (node->out[OUT_CONCAT], row, p->n_input + p->n_output);

  memcpy (to, row_of (node->in[IN_X], row, p->n_input), p->n_input * size);
  memcpy (to + p->n_input * size, row_of (node->in[IN_ACTIVATION], row, p->n_output),
          p->n_output * size);
}

/* The states that are variables take over what was computed. */
static void
keep_states (LsNode *node, const Basic *p, size_t row)
{
  static const int pairs[][2] = { { IN_ACTIVATION, OUT_ACTIVATION }, { IN_STATE, OUT_STATE } };

  for (int i = 0; i < 2; i++)
    {
      LsValue *in = node->in[pairs[i][0]], *out = node->out[pairs[i][1]];

      if (in->is_variable)
        memcpy (row_of (in, row, p->n_output), row_of (out, row, p->n_output),
                p->n_output * ls_element_size (out->type));
    }
}

static void
float_row (const LsNode *node, const Basic *p, size_t row)
{
  size_t n = p->n_output, depth = p->n_input + n;
  const float *x = row_of (node->out[OUT_CONCAT], row, depth),
              *before = row_of (node->in[IN_STATE], row, n), *weights = node->in[IN_WEIGHTS]->data,
              *bias = node->in[IN_BIAS]->data;
  float *gates = row_of (node->out[OUT_GATES], row, 4 * n),
        *state = row_of (node->out[OUT_STATE], row, n),
        *activation = row_of (node->out[OUT_ACTIVATION], row, n);

  memcpy (gates, bias, 4 * n * sizeof *gates);
  ls_dot_nk_f32 (x, weights, depth, depth, 4 * n, gates);
  for (size_t i = 0; i < n; i++)
    {
      state[i] = ls_recurrent_logistic (gates[i])
                   * ls_recurrent_activate (LS_ACTIVATION_TANH, gates[n + i])
                 + ls_recurrent_logistic (gates[2 * n + i]) * before[i];
      activation[i] = ls_recurrent_logistic (gates[3 * n + i])
                      * ls_recurrent_activate (LS_ACTIVATION_TANH, state[i]);
    }
}

/* Double rounding whose second half is upwards, where ls_mbqm() goes away from zero: what the
 * matrix product of the default resolver gives, which the reference uses here as well (measured).
 */
static int16_t
scale_gate (int32_t sum, LsMultiplier m)
{
  int left = m.shift > 0 ? m.shift : 0, right = m.shift > 0 ? 0 : -m.shift;
  int64_t high = ls_srdhm ((int32_t) ((uint32_t) sum << left), m.multiplier);
  int64_t rounded = right > 0 ? (high + (INT64_C (1) << (right - 1))) >> right : high;

  return (int16_t) (rounded > INT16_MAX ? INT16_MAX : rounded < INT16_MIN ? INT16_MIN : rounded);
}

static void
uint8_row (const LsNode *node, const Basic *p, size_t row, uint8_t *scratch)
{
  size_t n = p->n_output, depth = p->n_input + n;
  const uint8_t *x = row_of (node->out[OUT_CONCAT], row, depth);
  const uint32_t zero_point = (uint32_t) node->in[IN_WEIGHTS]->zero_point;
  const int16_t *before = row_of (node->in[IN_STATE], row, n);
  int16_t *gates = row_of (node->out[OUT_GATES], row, 4 * n),
          *state = row_of (node->out[OUT_STATE], row, n);
  uint8_t *activation = row_of (node->out[OUT_ACTIVATION], row, n);

  uint32_t *sums = ls_scratch_take (&scratch, 4 * n, sizeof *sums), sum_of_x = 0;
  int16_t *centered = ls_scratch_take (&scratch, depth, sizeof *centered);

  for (size_t i = 0; i < depth; i++)
    {
      centered[i] = (int16_t) (x[i] - 128);
      sum_of_x += (uint32_t) centered[i];
    }
  memcpy (sums, node->in[IN_BIAS]->data, 4 * n * sizeof *sums);
  ls_dot_nk_u8 (centered, node->in[IN_WEIGHTS]->data, depth, depth, 4 * n, sums);
  for (size_t i = 0; i < 4 * n; i++)
    gates[i] = scale_gate ((int32_t) (sums[i] - sum_of_x * zero_point), p->multiplier);
  for (size_t i = 0; i < n; i++)
    {
      int16_t taken
        = ls_fixed16_mul (ls_fixed16_logistic (gates[i]), ls_fixed16_tanh (gates[n + i], 3));
      int16_t kept = ls_fixed16_mul (ls_fixed16_logistic (gates[2 * n + i]), before[i]);

      state[i] = ls_fixed16_add (ls_fixed16_shift (taken, -STATE_INTEGER_BITS), kept);

      /* tanh is computed with 3 integer bits, where the state has 4. */
      int16_t tanh_state = ls_fixed16_tanh (ls_fixed16_shift (state[i], STATE_INTEGER_BITS - 3), 3);
      int16_t y = ls_fixed16_mul (ls_fixed16_logistic (gates[3 * n + i]), tanh_state);

      activation[i] = (uint8_t) (128 + ls_clamp_i32 (ls_rdbpot (y, 8), -128, 127));
    }
}

static LsStatus
basic_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Basic *p = node->state;

  for (size_t row = begin; row < end; row++)
    {
      concatenate (node, p, row);
      if (node->in[IN_X]->type == LS_TYPE_FLOAT32)
        float_row (node, p, row);
      else
        uint8_row (node, p, row, ls_node_thread_scratch (node, thread));
      keep_states (node, p, row);
    }
  return LS_OK;
}

/* ---- Preparing ------------------------------------------------------------------------------- */

static LsStatus
check_types (const LsNode *node, LsError *error)
{
  static const LsType quantized_in[N_IN]
    = { LS_TYPE_UINT8, LS_TYPE_UINT8, LS_TYPE_UINT8, LS_TYPE_INT32, LS_TYPE_INT16 },
    quantized_out[N_OUT] = { LS_TYPE_UINT8, LS_TYPE_INT16, LS_TYPE_UINT8, LS_TYPE_INT16 };
  bool is_float = node->in[IN_X]->type == LS_TYPE_FLOAT32, is_fine = true;

  for (int i = 0; i < N_IN; i++)
    is_fine &= node->in[i]->type == (is_float ? LS_TYPE_FLOAT32 : quantized_in[i]);
  for (int i = 0; i < N_OUT; i++)
    is_fine &= node->out[i]->type == (is_float ? LS_TYPE_FLOAT32 : quantized_out[i]);
  return is_fine ? LS_OK
                 : ls_node_unsupported (node, error,
                                        "the basic form takes FLOAT32 alone, or UINT8 "
                                        "with INT32 bias and INT16 state");
}

static LsStatus
check_matrix (const LsNode *node, int in, const char *what, int64_t rows, int64_t cols,
              LsError *error)
{
  const LsValue *value = node->in[in];

  if (value->rank != 2 || value->dims[0] != rows || value->dims[1] != cols)
    return ls_node_invalid (node, error, "the %s has the shape %s, but [%lld, %lld] is needed",
                            what, LS_SHAPE (value), (long long) rows, (long long) cols);
  return LS_OK;
}

static LsStatus
prepare_quantized (Basic *p, const LsNode *node, LsError *error)
{
  float state_scale = node->out[OUT_STATE]->scale, factor = 4096 * node->in[IN_BIAS]->scale;
  int state_log2;

  if (!(state_scale > 0) || !ls_exact_log2 (state_scale, &state_log2)
      || 15 + state_log2 != STATE_INTEGER_BITS)
    return ls_node_unsupported (node, error, "the state's scale is %g, but must be 2^-11",
                                (double) state_scale);
  if (!(factor > 0) || factor > 0x1p18f)
    return ls_node_invalid (node, error, "the bias has the scale %g",
                            (double) node->in[IN_BIAS]->scale);
  p->multiplier = ls_quantize_multiplier (factor);
  return LS_OK;
}

LsStatus
ls_lstm_basic_prepare (LsNode *node, LsError *error)
{
  if (node->n_in != N_IN)
    return ls_node_invalid (node, error, "the basic form has 5 inputs, not %u", node->n_in);
  LS_TRY (ls_node_arity (node, N_IN, N_IN, N_OUT, error));
  LS_TRY (check_types (node, error));

  Basic *p = ls_node_alloc (node, 1, sizeof *p, error);
  const LsValue *x = node->in[IN_X], *activation = node->in[IN_ACTIVATION];
  size_t scratch = 0;

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  LS_TRY (ls_node_rank (node, x, "the input", 2, 2, error));
  LS_TRY (ls_node_rank (node, activation, "the activation", 2, 2, error));

  int32_t n_batch = x->dims[0];
  int64_t n = activation->dims[1], depth = x->dims[1] + n;

  LS_TRY (check_matrix (node, IN_ACTIVATION, "activation", n_batch, n, error));
  LS_TRY (check_matrix (node, IN_WEIGHTS, "weights tensor", 4 * n, depth, error));
  LS_TRY (check_matrix (node, IN_STATE, "state", n_batch, n, error));
  if (node->in[IN_BIAS]->count != (size_t) (4 * n))
    return ls_node_invalid (node, error, "the bias has %zu elements, but %lld are needed",
                            node->in[IN_BIAS]->count, (long long) (4 * n));
  p->n_input = (size_t) x->dims[1];
  p->n_output = (size_t) n;
  if (x->type == LS_TYPE_UINT8)
    LS_TRY (prepare_quantized (p, node, error));

  const int64_t depths[N_OUT] = { n, n, depth, 4 * n };

  for (uint32_t i = 0; i < N_OUT; i++)
    LS_TRY (ls_node_output (
      node, i, 2, (const int32_t[]){ n_batch, depths[i] > INT32_MAX ? -1 : (int32_t) depths[i] },
      error));
  ls_scratch_add (&scratch, 4 * p->n_output, sizeof (uint32_t));
  ls_scratch_add (&scratch, (size_t) depth, sizeof (int16_t));
  ls_node_want_scratch (node, 0, scratch);
  ls_node_phase (node, basic_run, (size_t) n_batch, 1);
  return LS_OK;
}
