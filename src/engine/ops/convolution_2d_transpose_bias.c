/*
 * Convolution2DTransposeBias of MediaPipe: input [N, H, W, C], filter [O, h, w, C], bias [O]. The
 * options are three little-endian int32: padding (1: SAME, 2: VALID), stride of width, of height.
 *
 * Source: mediapipe/util/tflite/operations/transpose_conv_bias.cc.
 */
#include "ops/conv.h"
#include "ops/shape.h"

#include <string.h>

typedef struct
{
  int32_t padding, stride_w, stride_h;
} Options;

/* What SAME takes off an output axis, and half of which stands before it. */
static int32_t
padding_of (const Options *options, int32_t in, int32_t filter, int32_t stride)
{
  const int32_t padding = filter - (in - 1) % stride - 1;

  return options->padding == 1 && padding > 0 ? padding : 0;
}

static LsStatus
init_axis (const LsNode *node, const Options *options, LsWindow *w, int32_t in, int32_t stride,
           LsError *error)
{
  if (stride < 1 || in < 1 || w->filter < 1)
    return ls_node_invalid (node, error, "%d input pixels with filter %d and stride %d", in,
                            w->filter, stride);

  const int32_t padding = padding_of (options, in, w->filter, stride);
  const int64_t size = (int64_t) stride * (in - 1) + w->filter - padding;

  if (size > INT32_MAX || size < 0)
    return ls_node_invalid (node, error, "%d input pixels with stride %d make too large an output",
                            in, stride);
  w->in = (int32_t) size;
  w->out = in;
  w->stride = stride;
  w->before = padding / 2;
  return LS_OK;
}

static LsStatus
check (const LsNode *node, LsError *error)
{
  for (uint32_t i = 0; i < 3; i++)
    LS_TRY (ls_node_types (node, node->in[i], "an input", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_rank (node, node->in[0], "the input", 4, 4, error));
  LS_TRY (ls_node_rank (node, node->in[1], "the filter", 4, 4, error));
  return ls_conv_match (node, node->in[1], "the filter", 3, node->in[0]->dims[3], error);
}

static LsStatus
prepare (LsNode *node, LsError *error)
{
  Options options;
  LsConv *conv;

  LS_TRY (ls_node_arity (node, 3, 3, 1, error));
  LS_TRY (check (node, error));
  if (node->def->custom_options.size < sizeof options)
    return ls_node_invalid (node, error, "its options have %zu bytes instead of %zu",
                            node->def->custom_options.size, sizeof options);
  memcpy (&options, node->def->custom_options.data, sizeof options);

  const LsValue *in = node->in[0], *filter = node->in[1];

  LS_TRY (ls_conv_new (node, 2, filter->dims + 1, &conv, error));
  LS_TRY (init_axis (node, &options, &conv->axes[LS_CONV_Y], in->dims[1], options.stride_h, error));
  LS_TRY (init_axis (node, &options, &conv->axes[LS_CONV_X], in->dims[2], options.stride_w, error));
  conv->batches = (size_t) in->dims[0];
  conv->in_channels = (size_t) in->dims[3];
  conv->out_channels = (size_t) filter->dims[0];
  conv->tap_stride = conv->in_channels;

  const LsMacOperands operands = { .in = in,
                                   .weights = filter,
                                   .bias = node->in[2],
                                   .out = node->out[0],
                                   .weight_types = LS_BIT (FLOAT32),
                                   .channels = conv->out_channels,
                                   .depth = conv->in_channels };
  const int32_t dims[]
    = { in->dims[0], conv->axes[LS_CONV_Y].in, conv->axes[LS_CONV_X].in, filter->dims[0] };

  LS_TRY (ls_mac_init (node, &conv->mac, &operands, error));
  conv->mac.weights.stride = ls_dims_product (filter->dims, 1, 4);
  LS_TRY (ls_node_output (node, 0, 4, dims, error));
  return ls_conv_transpose_plan (node, conv, error);
}

const LsOp ls_op_convolution_2d_transpose_bias = { .prepare = prepare, .types = "float32" };
