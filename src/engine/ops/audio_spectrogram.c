/*
 * AudioSpectrogram: the power, or the magnitude, of overlapping windows of sound. A window is
 * weighed with a Hann curve and filled up with zeros to a power of two.
 *
 * Source: tflite/kernels/audio_spectrogram.cc, internal/spectrogram.cc.
 */
#include "ops/fft.h"
#include "ops/flexmap.h"
#include "ops/recurrent.h"
#include "ops/shape.h"

#include <math.h>
#include <string.h>

typedef struct
{
  LsRfft fft;
  size_t window_size, stride, n_channels, n_frames, n_bins;
  bool is_squared;
  double *window;
} Spectrogram;

static void
run_frame (const LsNode *node, const Spectrogram *p, size_t frame, uint8_t *at)
{
  size_t channel = frame / p->n_frames, first = frame % p->n_frames * p->stride;
  const float *x = node->in[0]->data;
  float *y = (float *) node->out[0]->data + frame * p->n_bins;
  double *in = ls_scratch_take (&at, p->fft.n, sizeof *in),
         *out = ls_scratch_take (&at, 2 * p->n_bins, sizeof *out),
         *scratch = ls_scratch_take (&at, ls_rfft_scratch (p->fft.n), sizeof *scratch);

  for (size_t i = 0; i < p->window_size; i++)
    in[i] = x[(first + i) * p->n_channels + channel] * p->window[i];
  memset (in + p->window_size, 0, (p->fft.n - p->window_size) * sizeof *in);
  ls_rfft (&p->fft, in, out, scratch);
  for (size_t i = 0; i < p->n_bins; i++)
    {
      float power = (float) (out[2 * i] * out[2 * i] + out[2 * i + 1] * out[2 * i + 1]);

      y[i] = p->is_squared ? power : sqrtf (power);
    }
}

static LsStatus
spectrogram_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  for (size_t i = begin; i < end; i++)
    run_frame (node, node->state, i, ls_node_thread_scratch (node, thread));
  return LS_OK;
}

static LsStatus
read_options (Spectrogram *p, const LsNode *node, LsError *error)
{
  LsBytes options = node->def->custom_options;
  int64_t window_size = ls_flexmap_int (options, "window_size", 0),
          stride = ls_flexmap_int (options, "stride", 0);

  if (window_size < 2 || window_size > 1 << 24 || stride < 1 || stride > INT32_MAX)
    return ls_node_invalid (node, error, "a window of %lld samples every %lld samples",
                            (long long) window_size, (long long) stride);
  p->window_size = (size_t) window_size;
  p->stride = (size_t) stride;
  p->is_squared = ls_flexmap_bool (options, "magnitude_squared", false);
  return LS_OK;
}

static LsStatus
prepare_transform (Spectrogram *p, LsNode *node, LsError *error)
{
  size_t n = 2;

  while (n < p->window_size)
    n *= 2;
  p->n_bins = n / 2 + 1;
  p->window = ls_node_alloc (node, p->window_size, sizeof *p->window, error);
  if (p->window == NULL)
    return LS_E_NO_MEMORY;
  for (size_t i = 0; i < p->window_size; i++)
    p->window[i] = 0.5 - 0.5 * cos (2.0 * M_PI * (double) i / (double) p->window_size);
  return ls_rfft_init (&p->fft, node, n, error);
}

static LsStatus
spectrogram_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  const LsValue *x = node->in[0];
  Spectrogram *p = ls_node_alloc (node, 1, sizeof *p, error);
  size_t scratch = 0;

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  LS_TRY (ls_node_types (node, x, "the input", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_rank (node, x, "the input", 2, 2, error));
  LS_TRY (read_options (p, node, error));
  LS_TRY (prepare_transform (p, node, error));

  size_t n_samples = (size_t) x->dims[0];

  p->n_channels = (size_t) x->dims[1];
  if (n_samples >= p->window_size)
    p->n_frames = 1 + (n_samples - p->window_size) / p->stride;
  LS_TRY (ls_node_output (
    node, 0, 3, (const int32_t[]){ x->dims[1], (int32_t) p->n_frames, (int32_t) p->n_bins },
    error));
  ls_scratch_add (&scratch, p->fft.n, sizeof (double));
  ls_scratch_add (&scratch, 2 * p->n_bins, sizeof (double));
  ls_scratch_add (&scratch, ls_rfft_scratch (p->fft.n), sizeof (double));
  ls_node_want_scratch (node, 0, scratch);
  ls_node_phase (node, spectrogram_run, p->n_channels * p->n_frames, 1);
  return LS_OK;
}

const LsOp ls_op_audio_spectrogram = {
  .prepare = spectrogram_prepare,
  .max_version = 1,
  .types = "float32",
};
