/*
 * TensorFlow Lite Micro's Fourier transforms of sound: SignalRfft, SignalIrfft, SignalFftAutoScale.
 * Complex numbers are pairs of the type itself. Integers are transformed in fixed point, divided by
 * the number of points, both ways; floats are divided by it on the way back.
 *
 * Source: tflite-micro, signal/micro/kernels/rfft.cc, irfft.cc, signal/src/fft_auto_scale.cc.
 */
#include "ops/fixed_fft.h"
#include "ops/flexmap.h"
#include "ops/recurrent.h"
#include "ops/shape.h"

#include <string.h>

enum
{
  MAX_FFT_LENGTH = 1 << 24
};

typedef struct
{
  size_t n, in_stride, out_stride;
  LsRfft real;
  LsFixedFft fixed;
} Transform;

/* ---- One row --------------------------------------------------------------------------------- */

static void
float_row (const Transform *p, const float *x, float *y, uint8_t *at, bool is_inverse)
{
  double *in = ls_scratch_take (&at, p->n + 2, sizeof *in),
         *out = ls_scratch_take (&at, p->n + 2, sizeof *out),
         *scratch = ls_scratch_take (&at, ls_rfft_scratch (p->n), sizeof *scratch);
  size_t n_in = is_inverse ? p->n + 2 : p->in_stride, n_out = is_inverse ? p->n : p->n + 2;

  memset (in, 0, (p->n + 2) * sizeof *in);
  for (size_t i = 0; i < n_in; i++)
    in[i] = x[i];
  if (is_inverse)
    ls_irfft (&p->real, in, out, scratch);
  else
    ls_rfft (&p->real, in, out, scratch);
  for (size_t i = 0; i < n_out; i++)
    y[i] = (float) (is_inverse ? out[i] / (double) p->n : out[i]);
}

static void
fixed_row (const Transform *p, const void *x, void *y, uint8_t *at, bool is_inverse)
{
  LsFixed *in = ls_scratch_take (&at, p->n / 2 + 1, sizeof *in),
          *out = ls_scratch_take (&at, p->n / 2 + 1, sizeof *out),
          *scratch = ls_scratch_take (&at, ls_fixed_fft_scratch (p->n), sizeof *scratch);
  size_t n_in = is_inverse ? p->n + 2 : p->in_stride, n_out = is_inverse ? p->n : p->n + 2;
  int32_t *to = &in->re;
  const int32_t *from = &out->re;

  memset (in, 0, (p->n + 2) * sizeof *to);
  for (size_t i = 0; i < n_in; i++)
    to[i] = p->fixed.bits == 16 ? ((const int16_t *) x)[i] : ((const int32_t *) x)[i];
  if (is_inverse)
    ls_fixed_irfft (&p->fixed, in, out, scratch);
  else
    ls_fixed_rfft (&p->fixed, in, out, scratch);
  for (size_t i = 0; i < n_out; i++)
    if (p->fixed.bits == 16)
      ((int16_t *) y)[i] = (int16_t) from[i];
    else
      ((int32_t *) y)[i] = from[i];
}

static void
run_rows (LsNode *node, size_t begin, size_t end, unsigned thread, bool is_inverse)
{
  const Transform *p = node->state;
  const LsValue *x = node->in[0], *y = node->out[0];
  uint8_t *at = ls_node_thread_scratch (node, thread);
  size_t size = ls_element_size (x->type);

  for (size_t i = begin; i < end; i++)
    {
      const uint8_t *in = (const uint8_t *) x->data + i * p->in_stride * size;
      uint8_t *out = (uint8_t *) y->data + i * p->out_stride * size;

      if (x->type == LS_TYPE_FLOAT32)
        float_row (p, (const float *) in, (float *) out, at, is_inverse);
      else
        fixed_row (p, in, out, at, is_inverse);
    }
}

static LsStatus
rfft_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  run_rows (node, begin, end, thread, false);
  return LS_OK;
}

static LsStatus
irfft_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  run_rows (node, begin, end, thread, true);
  return LS_OK;
}

/* ---- Preparing ------------------------------------------------------------------------------- */

static LsStatus
read_length (Transform *p, const LsNode *node, LsError *error)
{
  int64_t n = ls_flexmap_int (node->def->custom_options, "fft_length", 0);

  if (n < 2 || n % 2 != 0 || n > MAX_FFT_LENGTH)
    return ls_node_invalid (node, error, "a transform of %lld points", (long long) n);
  p->n = (size_t) n;
  return LS_OK;
}

/* A row of the input: at most n numbers, which zeros follow; the inverse takes n/2 + 1 pairs. */
static LsStatus
check_row (Transform *p, const LsNode *node, bool is_inverse, LsError *error)
{
  const LsValue *x = node->in[0];
  int32_t length = x->dims[x->rank - 1];

  p->in_stride = (size_t) length;
  p->out_stride = is_inverse ? p->n : p->n + 2;
  if (is_inverse && (p->in_stride < p->n + 2 || length % 2 != 0))
    return ls_node_invalid (node, error, "an inverse transform to %zu points of %d numbers", p->n,
                            length);
  if (!is_inverse && p->in_stride > p->n)
    return ls_node_invalid (node, error, "a transform of %zu points of %d numbers", p->n, length);
  return LS_OK;
}

static LsStatus
prepare_transform (Transform *p, LsNode *node, bool is_inverse, LsError *error)
{
  LsType type = node->in[0]->type;
  size_t scratch = 0;

  if (type == LS_TYPE_FLOAT32)
    {
      LS_TRY (ls_rfft_init (&p->real, node, p->n, error));
      ls_scratch_add (&scratch, p->n + 2, sizeof (double));
      ls_scratch_add (&scratch, p->n + 2, sizeof (double));
      ls_scratch_add (&scratch, ls_rfft_scratch (p->n), sizeof (double));
    }
  else
    {
      unsigned bits = type == LS_TYPE_INT16 ? 16 : 32;

      LS_TRY (ls_fixed_fft_init (&p->fixed, node, p->n, bits, is_inverse, error));
      ls_scratch_add (&scratch, p->n / 2 + 1, sizeof (LsFixed));
      ls_scratch_add (&scratch, p->n / 2 + 1, sizeof (LsFixed));
      ls_scratch_add (&scratch, ls_fixed_fft_scratch (p->n), sizeof (LsFixed));
    }
  ls_node_want_scratch (node, 0, scratch);
  return LS_OK;
}

static LsStatus
transform_prepare (LsNode *node, bool is_inverse, LsRunFn run, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  const LsValue *x = node->in[0];
  Transform *p = ls_node_alloc (node, 1, sizeof *p, error);
  int32_t dims[LS_MAX_RANK];

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  LS_TRY (ls_node_types (node, x, "the input", LS_BIT (FLOAT32) | LS_BIT (INT16) | LS_BIT (INT32),
                         error));
  LS_TRY (ls_node_same_type (node, x, node->out[0], error));
  LS_TRY (ls_node_rank (node, x, "the input", 1, LS_MAX_RANK, error));
  LS_TRY (read_length (p, node, error));
  LS_TRY (check_row (p, node, is_inverse, error));
  LS_TRY (prepare_transform (p, node, is_inverse, error));
  memcpy (dims, x->dims, sizeof dims);
  dims[x->rank - 1] = (int32_t) p->out_stride;
  LS_TRY (ls_node_output (node, 0, x->rank, dims, error));
  ls_node_phase (node, run, ls_dims_product (x->dims, 0, x->rank - 1), 1);
  return LS_OK;
}

static LsStatus
rfft_prepare (LsNode *node, LsError *error)
{
  return transform_prepare (node, false, rfft_run, error);
}

static LsStatus
irfft_prepare (LsNode *node, LsError *error)
{
  return transform_prepare (node, true, irfft_run, error);
}

/* ---- SignalFftAutoScale ---------------------------------------------------------------------- */

/* Shifts left until the largest number fills 15 bits. The largest is kept in 16 bits, so -32768
 * stays negative there, as in the source. */
static LsStatus
auto_scale_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const int16_t *x = node->in[0]->data;
  int16_t *y = node->out[0]->data;
  size_t n = node->in[0]->count;
  int max = 0, bits = 0;

  for (size_t i = 0; i < n; i++)
    if (x[i] > max)
      max = x[i];
    else if (-x[i] > max)
      max = (int16_t) -x[i];
  while (max > 0 && max << bits < 1 << 14)
    bits++;
  for (size_t i = 0; i < n; i++)
    y[i] = (int16_t) (x[i] * (1 << bits));
  *(int32_t *) node->out[1]->data = bits;
  return LS_OK;
}

static LsStatus
auto_scale_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 2, error));
  LS_TRY (ls_node_types (node, node->in[0], "the input", LS_BIT (INT16), error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (INT16), error));
  LS_TRY (ls_node_types (node, node->out[1], "the number of bits", LS_BIT (INT32), error));
  LS_TRY (ls_node_output_like (node, 0, node->in[0], error));
  LS_TRY (ls_node_output (node, 1, 0, NULL, error));
  ls_node_phase (node, auto_scale_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_signal_rfft = {
  .prepare = rfft_prepare,
  .types = "float32, int16, int32",
};

const LsOp ls_op_signal_irfft = {
  .prepare = irfft_prepare,
  .types = "float32, int16, int32",
};

const LsOp ls_op_signal_fft_auto_scale = {
  .prepare = auto_scale_prepare,
  .types = "int16",
};
