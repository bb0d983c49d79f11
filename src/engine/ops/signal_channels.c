/*
 * TensorFlow Lite Micro's operators on the channels of a filter bank, in integers:
 * SignalFilterBankSpectralSubtraction, SignalPCAN, SignalFilterBankLog.
 *
 * Source: tflite-micro, signal/src/ and signal/micro/kernels/ under the same names.
 */
#include "ops/flexmap.h"
#include "ops/kept.h"
#include "ops/shape.h"
#include "ops/signal.h"

#include <math.h>
#include <string.h>

/* ---- SignalFilterBankSpectralSubtraction ----------------------------------------------------- */

typedef struct
{
  LsKept noise;
  size_t n;
  uint32_t smoothing[2], one_minus_smoothing[2]; /* of even and of odd channels */
  uint32_t min_signal_remaining;
  unsigned smoothing_bits, bits;
  bool is_clamping;
} Subtraction;

/* Takes the smoothed noise off one channel, but leaves a share of the signal. */
static uint32_t
subtract_noise (const Subtraction *p, uint32_t signal, uint32_t *noise, size_t channel)
{
  uint32_t scaled = signal << p->smoothing_bits;
  uint64_t mixed = (uint64_t) scaled * p->smoothing[channel & 1]
                   + (uint64_t) *noise * p->one_minus_smoothing[channel & 1];
  uint32_t estimate = (uint32_t) (mixed >> p->bits),
           least = (uint32_t) (((uint64_t) signal * p->min_signal_remaining) >> p->bits);

  *noise = estimate;
  if (estimate > scaled)
    {
      estimate = scaled;
      if (p->is_clamping)
        *noise = estimate;
    }

  uint32_t rest = (scaled - estimate) >> p->smoothing_bits;

  return rest > least ? rest : least;
}

static LsStatus
subtraction_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Subtraction *p = node->state;
  const uint32_t *x = node->in[0]->data;
  uint32_t *y = node->out[0]->data;
  bool is_new;
  uint32_t *noise = ls_kept_open (&p->noise, node, &is_new);

  if (noise == NULL)
    return LS_E_NO_MEMORY;
  for (size_t i = 0; i < p->n; i++)
    y[i] = subtract_noise (p, x[i], &noise[i], i);
  memcpy (node->out[1]->data, noise, p->n * sizeof *noise);
  return LS_OK;
}

static LsStatus
read_subtraction (Subtraction *p, const LsNode *node, LsError *error)
{
  const struct
  {
    const char *name;
    uint32_t *to;
    int64_t low, high;
  } options[] = {
    { "smoothing", &p->smoothing[0], INT32_MIN, INT32_MAX },
    { "alternate_smoothing", &p->smoothing[1], INT32_MIN, INT32_MAX },
    { "one_minus_smoothing", &p->one_minus_smoothing[0], INT32_MIN, INT32_MAX },
    { "alternate_one_minus_smoothing", &p->one_minus_smoothing[1], INT32_MIN, INT32_MAX },
    { "min_signal_remaining", &p->min_signal_remaining, INT32_MIN, INT32_MAX },
    { "smoothing_bits", &p->smoothing_bits, 0, 31 },
    { "spectral_subtraction_bits", &p->bits, 0, 63 },
  };
  int64_t value;

  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
    {
      LS_TRY (
        ls_signal_option (node, options[i].name, options[i].low, options[i].high, &value, error));
      *options[i].to = (uint32_t) value;
    }
  p->is_clamping = ls_flexmap_bool (node->def->custom_options, "clamping", false);
  return LS_OK;
}

static LsStatus
subtraction_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 2, error));

  Subtraction *p = ls_node_alloc (node, 1, sizeof *p, error);
  int64_t n_channels;

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  LS_TRY (read_subtraction (p, node, error));
  LS_TRY (ls_node_types (node, node->out[1], "the noise", LS_BIT (UINT32), error));
  LS_TRY (ls_signal_map (node, LS_BIT (UINT32), LS_BIT (UINT32), subtraction_run, error));
  p->n = node->in[0]->count;
  LS_TRY (
    ls_signal_option (node, "num_channels", (int64_t) p->n, (int64_t) p->n, &n_channels, error));
  LS_TRY (ls_node_output_like (node, 1, node->in[0], error));
  return ls_kept_init (&p->noise, node, p->n, sizeof (uint32_t), error);
}

const LsOp ls_op_signal_filter_bank_spectral_subtraction = {
  .prepare = subtraction_prepare,
  .flags = LS_OP_STATEFUL,
  .types = "uint32",
};

/* ---- SignalPCAN: gain control by the noise of each channel ----------------------------------- */

enum
{
  PCAN_SNR_BITS = 12,
  PCAN_OUTPUT_BITS = 6
};

/* Where the three coefficients for noise @x stand in the table of gains. */
static size_t
gain_index (uint32_t x)
{
  return x <= 2 ? x : 4 * (size_t) ls_highest_bit (x) - 6;
}

/* A parabola through the octave of @x. */
static int16_t
gain (uint32_t x, const int16_t *table)
{
  const int16_t *at = table + gain_index (x);

  if (x <= 2)
    return at[0];

  unsigned bits = ls_highest_bit (x);
  int32_t fraction = (int32_t) ((bits < 11 ? x << (11 - bits) : x >> (bits - 11)) & 0x3FF);
  int64_t slope = ((at[2] * fraction) >> 5) + (int32_t) ((uint32_t) at[1] << 5);
  /* 32 bits wrap around. */
  int32_t product = (int32_t) (uint32_t) (uint64_t) (slope * fraction + (1 << 14));

  return (int16_t) ((product >> 15) + at[0]);
}

static uint32_t
shrink (uint32_t x)
{
  if (x < UINT32_C (2) << PCAN_SNR_BITS)
    return (x * x) >> (2 + 2 * PCAN_SNR_BITS - PCAN_OUTPUT_BITS);
  return (x >> (PCAN_SNR_BITS - PCAN_OUTPUT_BITS)) - (1 << PCAN_OUTPUT_BITS);
}

static LsStatus
pcan_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const uint32_t *x = node->in[0]->data, *noise = node->in[1]->data;
  const int16_t *table = node->in[2]->data;
  uint32_t *y = node->out[0]->data;
  int64_t shift = *(const int64_t *) node->state;

  for (size_t i = 0; i < node->in[0]->count; i++)
    {
      if (gain_index (noise[i]) + (noise[i] > 2 ? 2 : 0) >= node->in[2]->count)
        return ls_node_fail (node, LS_E_INVALID, "noise of %u, with a table of %zu gains", noise[i],
                             node->in[2]->count);
      /* A negative gain becomes a large one. */
      y[i] = shrink ((uint32_t) (((uint64_t) x[i] * (uint32_t) gain (noise[i], table)) >> shift));
    }
  return LS_OK;
}

static LsStatus
pcan_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 3, 3, 1, error));

  int64_t *shift = ls_node_alloc (node, 1, sizeof *shift, error);
  size_t n_noise, n_gains;

  if (shift == NULL)
    return LS_E_NO_MEMORY;
  node->state = shift;
  LS_TRY (ls_signal_vector (node, 1, LS_BIT (UINT32), &n_noise, error));
  LS_TRY (ls_signal_vector (node, 2, LS_BIT (INT16), &n_gains, error));
  LS_TRY (ls_signal_option (node, "snr_shift", 0, 63, shift, error));
  LS_TRY (ls_signal_map (node, LS_BIT (UINT32), LS_BIT (UINT32), pcan_run, error));
  if (n_noise < node->in[0]->count)
    return ls_node_invalid (node, error, "%zu channels with the noise of %zu", node->in[0]->count,
                            n_noise);
  return LS_OK;
}

const LsOp ls_op_signal_pcan = {
  .prepare = pcan_prepare,
  .types = "uint32",
};

/* ---- SignalFilterBankLog --------------------------------------------------------------------- */

enum
{
  LOG_SEGMENTS = 128,
  LOG_BITS = 16, /* fractional bits of logarithms */
  LN_2 = 45426   /* in as many bits */
};

typedef struct
{
  int64_t scale, correction_bits;
  /* log2 (1 + k/128) - k/128, in 16 fractional bits */
  int32_t table[LOG_SEGMENTS + 2];
} Log;

/* The logarithm to the base 2 in 16 fractional bits, between the table's entries linear. */
static uint32_t
log_2 (const Log *p, uint32_t x)
{
  unsigned whole = ls_highest_bit (x) - 1;
  uint32_t rest = x - (UINT32_C (1) << whole);
  int32_t fraction
    = (int32_t) (whole < LOG_BITS ? rest << (LOG_BITS - whole) : rest >> (whole - LOG_BITS));
  int32_t unit = (1 << LOG_BITS) / LOG_SEGMENTS, segment = fraction / unit,
          slope = p->table[segment + 1] - p->table[segment];
  int32_t position = (slope * (fraction - segment * unit)) >> LOG_BITS;

  return (whole << LOG_BITS) + (uint32_t) (fraction + p->table[segment] + position);
}

static LsStatus
log_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Log *p = node->state;
  const uint32_t *x = node->in[0]->data;
  int16_t *y = node->out[0]->data;
  const uint32_t round = 1 << (LOG_BITS - 1);

  for (size_t i = 0; i < node->in[0]->count; i++)
    {
      uint32_t scaled = x[i] << p->correction_bits, value = 0;

      if (scaled > 1)
        {
          uint32_t natural = (uint32_t) (((uint64_t) LN_2 * log_2 (p, scaled) + round) >> LOG_BITS);

          value = ((uint32_t) p->scale * natural + round) >> LOG_BITS;
        }
      y[i] = (int16_t) (value < INT16_MAX ? value : INT16_MAX);
    }
  return LS_OK;
}

static LsStatus
log_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  Log *p = ls_node_alloc (node, 1, sizeof *p, error);

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  LS_TRY (ls_signal_option (node, "output_scale", INT32_MIN, INT32_MAX, &p->scale, error));
  LS_TRY (ls_signal_option (node, "input_correction_bits", 0, 31, &p->correction_bits, error));
  for (int k = 0; k < LOG_SEGMENTS; k++)
    {
      double at = (double) k / LOG_SEGMENTS;

      p->table[k] = (int32_t) lround ((log2 (1 + at) - at) * (1 << LOG_BITS));
    }
  return ls_signal_map (node, LS_BIT (UINT32), LS_BIT (INT16), log_run, error);
}

const LsOp ls_op_signal_filter_bank_log = {
  .prepare = log_prepare,
  .types = "uint32",
};
