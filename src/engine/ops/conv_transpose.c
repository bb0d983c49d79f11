/*
 * Transposed convolutions, computed from the output's side: an output pixel sums the input pixels
 * whose windows reach it, so that threads share the output without meeting.
 *
 * Sources: tflite/kernels/transpose_conv.cc, conv3d_transpose.cc, internal/reference/
 * transpose_conv.h, conv3d_transpose.h, integer_ops/transpose_conv.h.
 */
#include "ops/conv.h"

#include "ops/shape.h"

/* A tap of the filter and the input position that it brings to an output position. */
typedef struct
{
  int32_t tap, at;
} Reach;

/* The taps along an axis that reach output position @o, at most `filter` of them, in the order of
 * the input. */
static int32_t
find_reaches (const LsWindow *w, int32_t o, Reach *reaches)
{
  int32_t n = 0;

  for (int32_t tap = w->filter - 1; tap >= 0; tap--)
    {
      const int64_t from = (int64_t) o + w->before - (int64_t) tap * w->dilation;

      if (from >= 0 && from % w->stride == 0 && from / w->stride < w->out)
        reaches[n++] = (Reach){ tap, (int32_t) (from / w->stride) };
    }
  return n;
}

typedef struct
{
  const Reach *reaches[LS_CONV_AXES];
  int32_t n[LS_CONV_AXES];
} Reached;

/* Sums of channels [first, first + n) of one output pixel. */
static void
add_pixel (const LsNode *node, const LsConv *conv, size_t batch, const Reached *reached,
           size_t first, size_t n, LsSums *sums)
{
  const LsMac *mac = &conv->mac;
  const LsWindow *const w = conv->axes;
  const size_t pixel_size = conv->in_channels * mac->rows.element_size;
  const size_t weight_size = ls_mac_weight_size (mac);
  const unsigned char *image = ls_mac_rows (node, mac);
  const unsigned char *weights = (const unsigned char *) ls_mac_weights (node, mac)
                                 + first * mac->weights.stride * weight_size;

  for (int32_t z = 0; z < reached->n[LS_CONV_Z]; z++)
    for (int32_t y = 0; y < reached->n[LS_CONV_Y]; y++)
      for (int32_t x = 0; x < reached->n[LS_CONV_X]; x++)
        {
          const Reach rz = reached->reaches[LS_CONV_Z][z], ry = reached->reaches[LS_CONV_Y][y],
                      rx = reached->reaches[LS_CONV_X][x];
          const size_t plane = batch * (size_t) w[LS_CONV_Z].out + (size_t) rz.at;
          const size_t line = plane * (size_t) w[LS_CONV_Y].out + (size_t) ry.at;
          const size_t pixel = line * (size_t) w[LS_CONV_X].out + (size_t) rx.at;
          const size_t tap_line = (size_t) rz.tap * (size_t) w[LS_CONV_Y].filter + (size_t) ry.tap;
          const size_t tap = tap_line * (size_t) w[LS_CONV_X].filter + (size_t) rx.tap;

          ls_mac_add (mac, sums, image + pixel * pixel_size,
                      weights + tap * conv->tap_stride * weight_size, conv->in_channels, n);
        }
}

static LsStatus
transpose_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsConv *conv = node->state;
  const LsMac *mac = &conv->mac;
  const size_t out_size = ls_type_bits (mac->stage.type) / 8;
  const LsRowScale *scales = ls_mac_row_scales (node, mac);
  unsigned char *out = node->out[0]->data;

  for (size_t pixel = begin; pixel < end; pixel++)
    {
      Reach *room = ls_node_thread_scratch (node, thread);
      Reached reached;
      int32_t at[LS_CONV_AXES];
      const size_t batch = ls_conv_place (conv, pixel, true, at);

      if (pixel % 256 == 0 && ls_node_is_cancelled (node))
        return LS_OK;
      for (int a = 0; a < LS_CONV_AXES; room += conv->axes[a].filter, a++)
        {
          reached.reaches[a] = room;
          reached.n[a] = find_reaches (&conv->axes[a], at[a], room);
        }
      for (size_t c = 0; c < conv->out_channels; c += LS_MAC_BLOCK)
        {
          const size_t rest = conv->out_channels - c;
          const size_t n = rest < LS_MAC_BLOCK ? rest : LS_MAC_BLOCK;
          LsSums sums = { .l = { 0 } };

          add_pixel (node, conv, batch, &reached, c, n, &sums);
          ls_mac_store (mac, &sums, scales == NULL ? 1 : scales[batch].scale, c, n,
                        out + (pixel * conv->out_channels + c) * out_size);
        }
    }
  return LS_OK;
}

LsStatus
ls_conv_transpose_plan (LsNode *node, LsConv *conv, LsError *error)
{
  LsMac *mac = &conv->mac;
  size_t n_reaches = 0, macs = conv->in_channels * conv->out_channels;
  bool is_planned;

  if (node->out[0]->count == 0)
    return LS_OK;
  LS_TRY (ls_mac_prepare (node, mac, error));
  conv->n_pixels = node->out[0]->count / conv->out_channels;
  LS_TRY (ls_conv_scatter_plan (node, conv, &is_planned, error));
  if (is_planned)
    return LS_OK;
  for (int a = 0; a < LS_CONV_AXES; a++)
    {
      n_reaches += (size_t) conv->axes[a].filter;
      macs *= (size_t) conv->axes[a].filter / (size_t) conv->axes[a].stride + 1;
    }
  ls_node_want_scratch (node, mac->scratch_size, n_reaches * sizeof (Reach));
  ls_node_phase (node, transpose_run, conv->n_pixels, ls_mac_grain (macs));
  return LS_OK;
}

/* The window slides over the output, and must stop as often as the input has pixels. */
static LsStatus
check_input (const LsNode *node, const LsConv *conv, const LsConvTransposed *t, const int32_t *dims,
             LsError *error)
{
  if (dims[0] != t->in->dims[0])
    return ls_node_invalid (node, error, "the input has %d batches, the output %d", t->in->dims[0],
                            dims[0]);
  for (int i = 0; i < t->n_axes; i++)
    if (conv->axes[LS_CONV_AXES - t->n_axes + i].out != t->in->dims[1 + i])
      return ls_node_invalid (node, error,
                              "an output of shape %s needs %d input pixels along axis %d, the "
                              "input has shape %s",
                              LS_DIMS (dims, t->n_axes + 2),
                              conv->axes[LS_CONV_AXES - t->n_axes + i].out, 1 + i,
                              LS_SHAPE (t->in));
  return ls_conv_match (node, t->weights, "the filter", t->out_axis, dims[t->n_axes + 1], error);
}

LsStatus
ls_conv_transpose_prepare (LsNode *node, const LsConvTransposed *t, const int32_t *dims,
                           LsError *error)
{
  const LsValue *in = t->in, *weights = t->weights;
  const int rank = t->n_axes + 2;
  LsConv *conv;

  LS_TRY (ls_conv_new (node, t->n_axes, weights->dims + t->first_axis, &conv, error));
  LS_TRY (ls_conv_slide (node, conv, t->n_axes, dims + 1, error));
  LS_TRY (check_input (node, conv, t, dims, error));
  LS_TRY (ls_conv_match (node, weights, "the filter", t->in_axis, in->dims[rank - 1], error));
  conv->batches = (size_t) in->dims[0];
  conv->in_channels = (size_t) weights->dims[t->in_axis];
  conv->out_channels = (size_t) weights->dims[t->out_axis];
  /* Channels, or taps, are outermost in the filter. */
  conv->tap_stride = conv->in_channels * (t->out_axis == 0 ? 1 : conv->out_channels);

  const LsMacOperands operands
    = { .in = in,
        .weights = weights,
        .bias = t->bias,
        .out = node->out[0],
        .weight_types = LS_BIT (FLOAT32) | LS_BIT (UINT8) | LS_BIT (INT8),
        .channels = conv->out_channels,
        .depth = conv->in_channels,
        .rule = in->type == LS_TYPE_UINT8 ? LS_SCALE_PER_TENSOR : LS_SCALE_PER_CHANNEL };

  LS_TRY (ls_mac_init (node, &conv->mac, &operands, error));
  if (in->type != LS_TYPE_UINT8)
    conv->mac.weights.zero_point = 0; /* the reference takes no account of it */
  if (t->out_axis == 0)
    conv->mac.weights.stride = weights->count / (conv->out_channels > 0 ? conv->out_channels : 1);
  conv->mac.rows.is_asymmetric = true;
  conv->mac.rows.n_rows
    = conv->mac.kind == LS_MAC_HYBRID ? conv->batches : ls_dims_product (in->dims, 0, rank - 1);
  conv->mac.rows.length
    = conv->mac.kind == LS_MAC_HYBRID ? ls_dims_product (in->dims, 1, rank) : conv->in_channels;
  LS_TRY (ls_node_output (node, 0, rank, dims, error));
  return ls_conv_transpose_plan (node, conv, error);
}

LsStatus
ls_conv_transpose_prepare_shape (LsNode *node, const LsConvTransposed *t, LsError *error)
{
  int32_t dims[LS_MAX_RANK];
  LsList list;

  LS_TRY (ls_node_rank (node, t->in, "the input", t->n_axes + 2, t->n_axes + 2, error));
  LS_TRY (ls_node_rank (node, t->weights, "the filter", t->n_axes + 2, t->n_axes + 2, error));
  LS_TRY (ls_node_types (node, node->in[0], "the output shape", LS_BIT (INT32), error));
  if (!ls_input_known (node, 0))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_list (node, 0, &list, error));
  if (list.n != t->n_axes + 2)
    return ls_node_invalid (node, error, "the output shape has %d dimensions instead of %d", list.n,
                            t->n_axes + 2);
  LS_TRY (ls_node_dims (node, &list, dims, error));
  return ls_conv_transpose_prepare (node, t, dims, error);
}
