/*
 * CONV_3D_TRANSPOSE: output shape [5], filter [d, h, w, O, C], input [N, D, H, W, C], bias [O].
 *
 * Source: tflite/kernels/conv3d_transpose.cc.
 */
#include "ops/conv.h"
#include "ops/shape.h"

static LsStatus
conv_3d_transpose_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 3, 4, 1, error));

  const LsConvTransposed t = { .in = node->in[2],
                               .weights = node->in[1],
                               .bias = node->n_in > 3 ? node->in[3] : NULL,
                               .n_axes = 3,
                               .first_axis = 0,
                               .out_axis = 3,
                               .in_axis = 4 };

  LS_TRY (ls_node_types (node, t.in, "the input", LS_BIT (FLOAT32), error));
  return ls_conv_transpose_prepare_shape (node, &t, error);
}

const LsOp ls_op_conv_3d_transpose
  = { .prepare = conv_3d_transpose_prepare, .max_version = 1, .types = "float32" };
