/*
 * Mfcc: mel-frequency cepstral coefficients of spectrogram frames. Power is turned into magnitude,
 * summed under triangles on the mel scale, and the logarithms go through a cosine transform.
 *
 * Source: tflite/kernels/mfcc.cc, internal/mfcc.cc, mfcc_mel_filterbank.cc, mfcc_dct.cc.
 */
#include "ops/flexmap.h"
#include "ops/op.h"
#include "ops/recurrent.h"
#include "ops/shape.h"

#include <math.h>
#include <string.h>

enum
{
  MAX_CHANNELS = 1 << 16,
  UNUSED_BIN = -2
};

typedef struct
{
  size_t n_bins, n_channels, n_coefficients;
  double low, high; /* limits in Hz */
  /* Tables that need the sample rate. A bin counts `weights` for its channel, and the rest for the
   * next one; channel -1 is below the first. */
  int32_t *channels;
  double *weights, *centres; /* centres: n_channels + 1 of them, in mel */
  double *cosines;
  size_t first_bin, last_bin;
  bool is_empty; /* the highest bin is not in the spectrogram: all coefficients are 0 */
} Mfcc;

static double
to_mel (double hz)
{
  return 1127.0 * log1p (hz / 700.0);
}

static double
bin_weight (const Mfcc *p, int32_t channel, double mel)
{
  if (channel < 0)
    return (p->centres[0] - mel) / (p->centres[0] - to_mel (p->low));
  return (p->centres[channel + 1] - mel) / (p->centres[channel + 1] - p->centres[channel]);
}

static void
fill_bands (Mfcc *p, double sample_rate)
{
  double low = to_mel (p->low), spacing = (to_mel (p->high) - low) / (double) (p->n_channels + 1);
  double hz_per_bin = 0.5 * sample_rate / (double) (p->n_bins - 1);
  double last = p->high / hz_per_bin, first = 1.5 + p->low / hz_per_bin;
  size_t channel = 0;

  for (size_t i = 0; i <= p->n_channels; i++)
    p->centres[i] = low + spacing * (double) (i + 1);
  p->is_empty = last >= (double) p->n_bins;
  p->first_bin = first < (double) p->n_bins ? (size_t) first : p->n_bins;
  p->last_bin = p->is_empty ? 0 : (size_t) last;
  for (size_t i = 0; i < p->n_bins; i++)
    {
      double mel = to_mel ((double) i * hz_per_bin);

      p->channels[i] = UNUSED_BIN;
      p->weights[i] = 0;
      if (i < p->first_bin || i > p->last_bin)
        continue;
      while (channel < p->n_channels && p->centres[channel] < mel)
        channel++;
      p->channels[i] = (int32_t) channel - 1;
      p->weights[i] = bin_weight (p, p->channels[i], mel);
    }
}

static bool
set_sample_rate (const LsNode *node, Mfcc *p)
{
  int64_t rate = ls_value_int (node->in[1], 0);

  if (rate > 0)
    fill_bands (p, (double) rate);
  return rate > 0;
}

static LsStatus
bands_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  return set_sample_rate (node, node->state)
           ? LS_OK
           : ls_node_fail (node, LS_E_INVALID, "the sample rate is not above 0");
}

static void
sum_bands (const Mfcc *p, const float *power, double *bands)
{
  memset (bands, 0, p->n_channels * sizeof *bands);
  for (size_t i = p->first_bin; i <= p->last_bin && i < p->n_bins; i++)
    {
      double magnitude = sqrt (power[i]), weighted = magnitude * p->weights[i];
      int32_t channel = p->channels[i];

      if (channel >= 0)
        bands[channel] += weighted;
      if ((size_t) (channel + 1) < p->n_channels)
        bands[channel + 1] += magnitude - weighted;
    }
}

static void
run_frame (const Mfcc *p, const float *power, float *y, double *bands)
{
  if (p->is_empty)
    {
      memset (y, 0, p->n_coefficients * sizeof *y);
      return;
    }
  sum_bands (p, power, bands);
  for (size_t i = 0; i < p->n_channels; i++)
    bands[i] = log (bands[i] < 1e-12 ? 1e-12 : bands[i]);
  for (size_t i = 0; i < p->n_coefficients; i++)
    {
      double sum = 0;

      for (size_t k = 0; k < p->n_channels; k++)
        sum += p->cosines[i * p->n_channels + k] * bands[k];
      y[i] = (float) sum;
    }
}

static LsStatus
mfcc_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Mfcc *p = node->state;

  for (size_t i = begin; i < end; i++)
    run_frame (p, (const float *) node->in[0]->data + i * p->n_bins,
               (float *) node->out[0]->data + i * p->n_coefficients,
               ls_node_thread_scratch (node, thread));
  return LS_OK;
}

/* ---- Preparing ------------------------------------------------------------------------------- */

static LsStatus
read_options (Mfcc *p, const LsNode *node, LsError *error)
{
  LsBytes options = node->def->custom_options;
  int64_t n_channels = ls_flexmap_int (options, "filterbank_channel_count", 0),
          n_coefficients = ls_flexmap_int (options, "dct_coefficient_count", 0);

  /* LiteRT reads the limits as whole numbers. */
  p->high = (double) ls_flexmap_int (options, "upper_frequency_limit", 0);
  p->low = (double) ls_flexmap_int (options, "lower_frequency_limit", 0);
  if (n_channels < 1 || n_channels > MAX_CHANNELS || n_coefficients < 1
      || n_coefficients > n_channels)
    return ls_node_invalid (node, error, "%lld coefficients of %lld channels",
                            (long long) n_coefficients, (long long) n_channels);
  if (p->low < 0 || p->high <= p->low)
    return ls_node_invalid (node, error, "frequencies from %g to %g Hz", p->low, p->high);
  p->n_channels = (size_t) n_channels;
  p->n_coefficients = (size_t) n_coefficients;
  return LS_OK;
}

static LsStatus
alloc_tables (Mfcc *p, LsNode *node, LsError *error)
{
  size_t n_cosines = p->n_coefficients * p->n_channels;

  p->channels = ls_node_alloc (node, p->n_bins, sizeof *p->channels, error);
  p->weights = ls_node_alloc (node, p->n_bins, sizeof *p->weights, error);
  p->centres = ls_node_alloc (node, p->n_channels + 1, sizeof *p->centres, error);
  p->cosines = ls_node_alloc (node, n_cosines, sizeof *p->cosines, error);
  if (p->channels == NULL || p->weights == NULL || p->centres == NULL || p->cosines == NULL)
    return LS_E_NO_MEMORY;

  double norm = sqrt (2.0 / (double) p->n_channels), step = M_PI / (double) p->n_channels;

  for (size_t i = 0; i < p->n_coefficients; i++)
    for (size_t k = 0; k < p->n_channels; k++)
      p->cosines[i * p->n_channels + k] = norm * cos ((double) i * step * ((double) k + 0.5));
  return LS_OK;
}

static LsStatus
check_inputs (const LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 2, 2, 1, error));
  LS_TRY (ls_node_types (node, node->in[0], "the spectrogram", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_types (node, node->in[1], "the sample rate", LS_BIT (INT32), error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_rank (node, node->in[0], "the spectrogram", 3, 3, error));
  if (node->in[1]->count != 1 || node->in[0]->dims[2] < 2)
    return ls_node_invalid (node, error, "the spectrogram has the shape %s, the sample rate %s",
                            LS_SHAPE (node->in[0]), LS_SHAPE (node->in[1]));
  return LS_OK;
}

static LsStatus
mfcc_prepare (LsNode *node, LsError *error)
{
  LS_TRY (check_inputs (node, error));

  const LsValue *x = node->in[0];
  Mfcc *p = ls_node_alloc (node, 1, sizeof *p, error);
  size_t scratch = 0;

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  p->n_bins = (size_t) x->dims[2];
  LS_TRY (read_options (p, node, error));
  LS_TRY (alloc_tables (p, node, error));
  LS_TRY (ls_node_output (
    node, 0, 3, (const int32_t[]){ x->dims[0], x->dims[1], (int32_t) p->n_coefficients }, error));
  ls_scratch_add (&scratch, p->n_channels, sizeof (double));
  ls_node_want_scratch (node, 0, scratch);
  if (!ls_input_known (node, 1))
    ls_node_phase (node, bands_run, 1, 1);
  else if (!set_sample_rate (node, p))
    return ls_node_invalid (node, error, "the sample rate is not above 0");
  ls_node_phase (node, mfcc_run, ls_dims_product (x->dims, 0, 2), 1);
  return LS_OK;
}

const LsOp ls_op_mfcc = {
  .prepare = mfcc_prepare,
  .max_version = 1,
  .types = "float32",
};
