/*
 * TensorFlow Lite Micro's operators on samples and spectra, in integers: SignalWindow,
 * SignalEnergy, SignalFilterBank, SignalFilterBankSquareRoot.
 *
 * Source: tflite-micro, signal/src/ and signal/micro/kernels/ under the same names.
 */
#include "ops/shape.h"
#include "ops/signal.h"

#include <string.h>

/* ---- SignalWindow: samples times weights, shifted -------------------------------------------- */

static LsStatus
window_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const int16_t *x = node->in[0]->data, *window = node->in[1]->data;
  int16_t *y = node->out[0]->data;
  size_t n = node->in[1]->count;
  int64_t shift = *(const int64_t *) node->state;

  for (size_t i = begin * n; i < end * n; i++)
    {
      int32_t product = (x[i] * window[i % n]) >> shift;

      y[i] = (int16_t) (product < INT16_MIN   ? INT16_MIN
                        : product > INT16_MAX ? INT16_MAX
                                              : product);
    }
  return LS_OK;
}

static LsStatus
window_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *x = node->in[0];
  int64_t *shift = ls_node_alloc (node, 1, sizeof *shift, error);
  size_t n;

  if (shift == NULL)
    return LS_E_NO_MEMORY;
  node->state = shift;
  LS_TRY (ls_node_types (node, x, "the input", LS_BIT (INT16), error));
  LS_TRY (ls_signal_vector (node, 1, LS_BIT (INT16), &n, error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (INT16), error));
  LS_TRY (ls_signal_option (node, "shift", 0, 31, shift, error));
  if (x->rank < 1 || n == 0 || x->count % n != 0)
    return ls_node_invalid (node, error, "a window of %zu weights for samples of the shape %s", n,
                            LS_SHAPE (x));
  LS_TRY (ls_node_output_like (node, 0, x, error));
  ls_node_phase (node, window_run, x->count / n, ls_grain (4 * n));
  return LS_OK;
}

const LsOp ls_op_signal_window = {
  .prepare = window_prepare,
  .types = "int16",
};

/* ---- SignalEnergy: the squared magnitudes of some complex numbers, 0 for the others -----------
 */

typedef struct
{
  int64_t begin, end;
} Range;

static LsStatus
energy_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Range *range = node->state;
  const int16_t *x = node->in[0]->data;
  uint32_t *y = node->out[0]->data;

  memset (y, 0, node->out[0]->n_bytes);
  for (int64_t i = range->begin; i < range->end; i++)
    {
      int32_t re = x[2 * i], im = x[2 * i + 1];

      y[i] = (uint32_t) (re * re) + (uint32_t) (im * im);
    }
  return LS_OK;
}

static LsStatus
energy_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  Range *range = ls_node_alloc (node, 1, sizeof *range, error);
  size_t n;

  if (range == NULL)
    return LS_E_NO_MEMORY;
  node->state = range;
  LS_TRY (ls_signal_vector (node, 0, LS_BIT (INT16), &n, error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (UINT32), error));
  LS_TRY (ls_signal_option (node, "start_index", 0, (int64_t) (n / 2), &range->begin, error));
  LS_TRY (ls_signal_option (node, "end_index", 0, (int64_t) (n / 2), &range->end, error));
  LS_TRY (ls_node_output (node, 0, 1, (const int32_t[]){ node->in[0]->dims[0] / 2 }, error));
  ls_node_phase (node, energy_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_signal_energy = {
  .prepare = energy_prepare,
  .types = "int16",
};

/* ---- SignalFilterBank ------------------------------------------------------------------------ */

/* A range of a channel that lies inside its table of @n entries. */
static bool
is_inside (int16_t start, int16_t width, size_t n)
{
  return width <= 0 || (start >= 0 && (size_t) start + (size_t) width <= n);
}

/* The energy of each bin goes to two neighbours: by its weight to one channel, by its unweight to
 * the next. What comes before the first channel is dropped. */
static LsStatus
filter_bank_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const uint32_t *x = node->in[0]->data;
  const int16_t *weights = node->in[1]->data, *unweights = node->in[2]->data,
                *starts = node->in[3]->data, *weight_starts = node->in[4]->data,
                *widths = node->in[5]->data;
  uint64_t *y = node->out[0]->data, carried = 0;

  for (size_t c = 0; c <= node->out[0]->count; c++)
    {
      uint64_t weighted = carried, unweighted = 0;

      if (!is_inside (starts[c], widths[c], node->in[0]->count)
          || !is_inside (weight_starts[c], widths[c], node->in[1]->count))
        return ls_node_fail (node, LS_E_INVALID,
                             "channel %zu has %d bins from %d, with weights from %d; there are "
                             "%zu bins and %zu weights",
                             c, widths[c], starts[c], weight_starts[c], node->in[0]->count,
                             node->in[1]->count);
      for (int j = 0; j < widths[c]; j++)
        {
          uint64_t energy = x[starts[c] + j];

          weighted += (uint64_t) weights[weight_starts[c] + j] * energy;
          unweighted += (uint64_t) unweights[weight_starts[c] + j] * energy;
        }
      if (c > 0)
        y[c - 1] = weighted;
      carried = unweighted;
    }
  return LS_OK;
}

static LsStatus
filter_bank_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 6, 6, 1, error));

  int64_t n_channels;
  size_t n, n_weights, n_unweights;

  LS_TRY (ls_signal_vector (node, 0, LS_BIT (UINT32), &n, error));
  LS_TRY (ls_signal_vector (node, 1, LS_BIT (INT16), &n_weights, error));
  LS_TRY (ls_signal_vector (node, 2, LS_BIT (INT16), &n_unweights, error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (UINT64), error));
  LS_TRY (ls_signal_option (node, "num_channels", 0, INT32_MAX - 1, &n_channels, error));
  if (n_unweights < n_weights)
    return ls_node_invalid (node, error, "%zu weights, %zu unweights", n_weights, n_unweights);
  for (uint32_t i = 3; i < 6; i++)
    {
      LS_TRY (ls_signal_vector (node, i, LS_BIT (INT16), &n, error));
      if (n < (size_t) n_channels + 1)
        return ls_node_invalid (node, error, "input %u has %zu entries for %lld channels", i, n,
                                (long long) n_channels);
    }
  LS_TRY (ls_node_output (node, 0, 1, (const int32_t[]){ (int32_t) n_channels }, error));
  ls_node_phase (node, filter_bank_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_signal_filter_bank = {
  .prepare = filter_bank_prepare,
  .types = "uint32",
};

/* ---- SignalFilterBankSquareRoot -------------------------------------------------------------- */

/* The nearest integer to the square root, but never more than half the bits of @x hold. */
static uint32_t
square_root (uint64_t x)
{
  uint64_t root = 0, rest = x, limit = x >> 32 == 0 ? UINT16_MAX : UINT32_MAX;

  for (uint64_t bit = UINT64_C (1) << 62; bit != 0; bit >>= 2)
    {
      bool is_set = rest >= root + bit;

      rest -= is_set ? root + bit : 0;
      root = (root >> 1) + (is_set ? bit : 0);
    }
  return (uint32_t) (rest > root && root != limit ? root + 1 : root);
}

static LsStatus
square_root_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const uint64_t *x = node->in[0]->data;
  int32_t shift = *(const int32_t *) node->in[1]->data;
  uint32_t *y = node->out[0]->data;

  if (shift < 0 || shift > 31)
    return ls_node_fail (node, LS_E_INVALID, "a shift by %d bits", shift);
  for (size_t i = 0; i < node->in[0]->count; i++)
    y[i] = square_root (x[i]) >> shift;
  return LS_OK;
}

static LsStatus
square_root_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 2, 2, 1, error));
  LS_TRY (ls_node_types (node, node->in[1], "the shift", LS_BIT (INT32), error));
  if (node->in[1]->count != 1)
    return ls_node_invalid (node, error, "a shift of the shape %s", LS_SHAPE (node->in[1]));
  return ls_signal_map (node, LS_BIT (UINT64), LS_BIT (UINT32), square_root_run, error);
}

const LsOp ls_op_signal_filter_bank_square_root = {
  .prepare = square_root_prepare,
  .types = "uint64",
};
