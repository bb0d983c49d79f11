/*
 * CONV_3D: input [N, D, H, W, C], filter [d, h, w, C, O], bias [O] → [N, D', H', W', O].
 *
 * Source: tflite/kernels/conv3d.cc, internal/reference/conv3d.h.
 */
#include "ops/conv.h"
#include "ops/shape.h"

static LsStatus
conv_3d_prepare (LsNode *node, LsError *error)
{
  LsConv *conv;

  LS_TRY (ls_node_arity (node, 2, 3, 1, error));

  const LsValue *in = node->in[0], *filter = node->in[1];

  LS_TRY (ls_node_rank (node, in, "the input", 5, 5, error));
  LS_TRY (ls_node_rank (node, filter, "the filter", 5, 5, error));
  LS_TRY (ls_node_types (node, in, "the input", LS_BIT (FLOAT32), error));
  LS_TRY (ls_conv_match (node, filter, "the filter", 3, in->dims[4], error));
  LS_TRY (ls_conv_new (node, 3, filter->dims, &conv, error));
  LS_TRY (ls_conv_slide (node, conv, 3, in->dims + 1, error));
  conv->batches = (size_t) in->dims[0];
  conv->in_channels = (size_t) in->dims[4];
  conv->out_channels = (size_t) filter->dims[4];

  const LsMacOperands operands = { .in = in,
                                   .weights = filter,
                                   .bias = node->n_in > 2 ? node->in[2] : NULL,
                                   .out = node->out[0],
                                   .weight_types = LS_BIT (FLOAT32),
                                   .channels = conv->out_channels,
                                   .depth = ls_dims_product (filter->dims, 0, 4),
                                   .is_kn = true };
  const int32_t dims[] = { in->dims[0], conv->axes[LS_CONV_Z].out, conv->axes[LS_CONV_Y].out,
                           conv->axes[LS_CONV_X].out, filter->dims[4] };

  LS_TRY (ls_mac_init (node, &conv->mac, &operands, error));
  LS_TRY (ls_node_output (node, 0, 5, dims, error));
  return ls_conv_plan (node, conv, error);
}

const LsOp ls_op_conv_3d = { .prepare = conv_3d_prepare, .max_version = 1, .types = "float32" };
