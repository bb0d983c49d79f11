/*
 * CONV_2D: input [N, H, W, C], filter [O, h, w, C / groups], bias [O] → [N, H', W', O].
 *
 * Source: tflite/kernels/conv.cc (Prepare). A missing bias, which LiteRT refuses, counts as 0.
 */
#include "ops/conv.h"
#include "ops/shape.h"

static LsStatus
check_groups (const LsNode *node, const LsValue *in, const LsValue *filter, LsError *error)
{
  if (filter->dims[3] < 1 || in->dims[3] < 1 || in->dims[3] % filter->dims[3] != 0)
    return ls_node_invalid (node, error,
                            "the input has %d channels, the filter %d, which makes no groups",
                            in->dims[3], filter->dims[3]);
  if (filter->dims[0] % (in->dims[3] / filter->dims[3]) != 0)
    return ls_node_invalid (node, error, "%d output channels in %d groups", filter->dims[0],
                            in->dims[3] / filter->dims[3]);
  return LS_OK;
}

static LsStatus
check (const LsNode *node, LsError *error)
{
  const LsValue *in = node->in[0], *filter = node->in[1];

  LS_TRY (ls_node_rank (node, in, "the input", 4, 4, error));
  LS_TRY (ls_node_rank (node, filter, "the filter", 4, 4, error));
  LS_TRY (check_groups (node, in, filter, error));
  /* The reference takes no account of the zero points of signed filters, and refuses them. */
  for (uint32_t i = 0; in->type != LS_TYPE_UINT8 && in->type != LS_TYPE_FLOAT32
                       && filter->quant != NULL && i < filter->quant->n_zero_points;
       i++)
    if (filter->quant->zero_points[i] != 0)
      return ls_node_invalid (node, error, "zero point %u of the filter is %lld, not 0", i,
                              (long long) filter->quant->zero_points[i]);
  return LS_OK;
}

static LsStatus
conv_2d_prepare (LsNode *node, LsError *error)
{
  LsConv *conv;

  LS_TRY (ls_node_arity (node, 2, 3, 1, error));
  LS_TRY (check (node, error));

  const LsValue *in = node->in[0], *filter = node->in[1];
  LsMacOperands operands
    = { .in = in,
        .weights = filter,
        .bias = node->n_in > 2 ? node->in[2] : NULL,
        .out = node->out[0],
        .weight_types = LS_BIT (FLOAT32) | LS_BIT (UINT8) | LS_BIT (INT8) | LS_BIT (INT4),
        .channels = (size_t) filter->dims[0],
        .rule = in->type == LS_TYPE_UINT8 ? LS_SCALE_PER_TENSOR : LS_SCALE_PER_CHANNEL };

  LS_TRY (ls_conv_new (node, 2, filter->dims + 1, &conv, error));
  LS_TRY (ls_conv_slide (node, conv, 2, in->dims + 1, error));
  conv->batches = (size_t) in->dims[0];
  conv->in_channels = (size_t) in->dims[3];
  conv->out_channels = operands.channels;
  conv->groups = conv->in_channels / (size_t) filter->dims[3];
  operands.depth = ls_dims_product (filter->dims, 1, 4);
  LS_TRY (ls_mac_init (node, &conv->mac, &operands, error));

  const int32_t dims[]
    = { in->dims[0], conv->axes[LS_CONV_Y].out, conv->axes[LS_CONV_X].out, filter->dims[0] };

  LS_TRY (ls_node_output (node, 0, 4, dims, error));
  conv->mac.rows.is_asymmetric = ls_conv_is_asymmetric (conv);
  conv->mac.rows.n_rows
    = conv->mac.kind == LS_MAC_HYBRID ? conv->batches : ls_dims_product (in->dims, 0, 3);
  conv->mac.rows.length
    = conv->mac.kind == LS_MAC_HYBRID ? ls_dims_product (in->dims, 1, 4) : conv->in_channels;
  /* These take another path through the reference's kernels. */
  if (!conv->mac.rows.is_asymmetric && operands.channels % 4 != 0)
    LS_TRY (ls_mac_find_minima (node, &conv->mac, error));
  return ls_conv_plan (node, conv, error);
}

const LsOp ls_op_conv_2d
  = { .prepare = conv_2d_prepare,
      .max_version = 8,
      .types = "float32, int8 and int4 weights (per-channel), uint8, int16 with int8 weights, "
               "hybrid (int8, int4)" };
