/*
 * TRANSPOSE_CONV: output shape [4], filter [O, h, w, C], input [N, H, W, C], bias [O].
 *
 * Source: tflite/kernels/transpose_conv.cc (Prepare, Eval).
 */
#include "ops/conv.h"

static LsStatus
transpose_conv_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 3, 4, 1, error));

  const LsConvTransposed t = { .in = node->in[2],
                               .weights = node->in[1],
                               .bias = node->n_in > 3 ? node->in[3] : NULL,
                               .n_axes = 2,
                               .out_axis = 0,
                               .first_axis = 1,
                               .in_axis = 3 };

  return ls_conv_transpose_prepare_shape (node, &t, error);
}

const LsOp ls_op_transpose_conv
  = { .prepare = transpose_conv_prepare,
      .max_version = 5,
      .types = "float32, int8 (per-channel), uint8, int16 with int8 weights, hybrid (int8)" };
