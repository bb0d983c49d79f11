#include "convert/quantize/bias_correction.h"

#include <stdlib.h>

enum
{
  SAME = 0, /* Padding of the schema */
  MAX_TAPS = 64,
  LANES = 4
};

/* The share of outputs along an axis for which a tap of the window lies inside of the input. */
static void
tap_shares (const LsBiasShift *shift, int axis, const char *stride_name, const char *dilation_name,
            double *shares, int32_t n_taps)
{
  const int64_t in = shift->input->dims[axis], out = shift->output->dims[axis];
  const int64_t stride = ls_attr_int (shift->op, stride_name, 1);
  const int64_t dilation = ls_attr_int (shift->op, dilation_name, 1);
  int64_t total = (out - 1) * stride + (n_taps - 1) * dilation + 1 - in;
  int64_t before = ls_attr_int (shift->op, "padding", SAME) == SAME && total > 0 ? total / 2 : 0;

  for (int32_t k = 0; k < n_taps; k++)
    {
      int64_t n_inside = 0;

      for (int64_t o = 0; o < out; o++)
        {
          int64_t at = o * stride + k * dilation - before;

          n_inside += at >= 0 && at < in;
        }
      shares[k] = out > 0 ? (double) n_inside / (double) out : 1;
    }
}

/* Σ (after − before) × mean of @count weights of one output; several sums, so that no addition
 * waits for the one before. */
static double
moved_by (const float *before, const float *after, const double *means, size_t count)
{
  double sums[LANES] = { 0 };
  size_t i = 0;

  for (; i + LANES <= count; i += LANES)
    for (size_t k = 0; k < LANES; k++)
      sums[k] += ((double) after[i + k] - before[i + k]) * means[i + k];
  for (; i < count; i++)
    sums[0] += ((double) after[i] - before[i]) * means[i];
  return sums[0] + sums[1] + sums[2] + sums[3];
}

/* The weights of one tap that begin at @first: those of all channels, or those of output @o. */
static void
add_tap (const LsBiasShift *shift, size_t first, int32_t o, double share, double *moved)
{
  const float *before = shift->before + first, *after = shift->after + first;
  uint32_t depth = (uint32_t) shift->weights->dims[3];

  if (shift->op->kind == LS_OP_DEPTHWISE_CONV_2D)
    {
      uint32_t each = shift->n_channels / shift->n_means;

      for (uint32_t k = 0; k < depth; k++)
        moved[k] += ((double) after[k] - before[k]) * shift->means[k / each] * share;
      return;
    }

  uint32_t group = shift->n_means / depth, source = (uint32_t) o / (shift->n_channels / group);

  moved[o] += moved_by (before, after, shift->means + (size_t) source * depth, depth) * share;
}

/* Adds up (after − before) × mean of the input × share of the outputs that see it. */
static void
add_window (const LsBiasShift *shift, const double *y, const double *x, double *moved)
{
  const int32_t *dims = shift->weights->dims;
  size_t i = 0;

  for (int32_t o = 0; o < dims[0]; o++)
    for (int32_t ky = 0; ky < dims[1]; ky++)
      for (int32_t kx = 0; kx < dims[2]; kx++, i += (size_t) dims[3])
        add_tap (shift, i, o, y[ky] * x[kx], moved);
}

static bool
is_window (const LsBiasShift *shift)
{
  const LsTensor *weights = shift->weights;
  uint32_t depth;

  if (weights->rank != 4 || shift->input->rank != 4 || shift->output->rank != 4
      || weights->dims[1] > MAX_TAPS || weights->dims[2] > MAX_TAPS || weights->dims[3] < 1
      || shift->input->dims[3] != (int32_t) shift->n_means || shift->output->dims[3] < 1)
    return false;
  depth = (uint32_t) weights->dims[3];
  if (shift->op->kind == LS_OP_DEPTHWISE_CONV_2D)
    return depth % shift->n_means == 0 && depth == (uint32_t) shift->output->dims[3];

  uint32_t groups = shift->n_means / depth;

  return shift->n_means % depth == 0 && weights->dims[0] == shift->output->dims[3]
         && (uint32_t) weights->dims[0] % groups == 0;
}

static bool
shift_window (LsBiasShift *shift, double *moved)
{
  double y[MAX_TAPS], x[MAX_TAPS];
  const int32_t *dims = shift->weights->dims;

  if (shift->op->kind == LS_OP_TRANSPOSE_CONV)
    {
      /* Each output sees one tap in stride × stride. */
      for (int32_t k = 0; k < MAX_TAPS; k++)
        {
          y[k] = 1.0 / (double) ls_attr_int (shift->op, "stride_h", 1);
          x[k] = 1.0 / (double) ls_attr_int (shift->op, "stride_w", 1);
        }
    }
  else
    {
      tap_shares (shift, 1, "stride_h", "dilation_h_factor", y, dims[1]);
      tap_shares (shift, 2, "stride_w", "dilation_w_factor", x, dims[2]);
    }
  add_window (shift, y, x, moved);
  return true;
}

static bool
shift_matrix (LsBiasShift *shift, double *moved)
{
  size_t depth = (size_t) shift->weights->dims[1], i = 0;

  if (depth % shift->n_means != 0)
    return false;
  for (uint32_t c = 0; c < shift->n_channels; c++)
    for (size_t k = 0; k < depth; k++, i++)
      moved[c] += ((double) shift->after[i] - shift->before[i]) * shift->means[k % shift->n_means];
  return true;
}

double *
ls_bias_shift (LsBiasShift *shift)
{
  bool is_matrix = shift->op->kind == LS_OP_FULLY_CONNECTED && shift->weights->rank == 2
                   && shift->weights->dims[1] > 0;

  if (!is_matrix && !is_window (shift))
    return NULL;
  shift->n_channels = (uint32_t) (is_matrix ? shift->weights->dims[0] : shift->output->dims[3]);

  double *moved = calloc ((size_t) shift->n_channels + 1, sizeof *moved);
  bool is_known
    = moved != NULL && (is_matrix ? shift_matrix (shift, moved) : shift_window (shift, moved));

  if (is_known)
    return moved;
  free (moved);
  return NULL;
}
