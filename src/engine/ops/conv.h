/*
 * Convolutions of two and three dimensions, plain, grouped, depthwise and transposed: one set of
 * parameters, from which kernels are chosen.
 */
#ifndef LS_OPS_CONV_H
#define LS_OPS_CONV_H

#include "ops/mac.h"
#include "ops/padding.h"

enum
{
  LS_CONV_Z,
  LS_CONV_Y,
  LS_CONV_X,
  LS_CONV_AXES
};

typedef struct
{
  LsMac mac; /* comes first: the loading phase finds it there */
  /* Depth, height, width; in two dimensions the depth is 1 everywhere. Transposed: `in` is the
   * output's size and `out` the input's, since they undo the convolution with this window. */
  LsWindow axes[LS_CONV_AXES];
  size_t batches, in_channels, out_channels;
  size_t groups;
  size_t multiplier; /* depthwise: output channels of each input channel */
  size_t n_pixels;   /* of the output, over all batches */
  LsMacCut cut;
  int32_t inner_first, inner_end; /* output columns, see ls_conv_find_inner() */
  size_t tap_stride;              /* transposed: weights from a tap to the next */
  LsMac products;     /* transposed: each input pixel times each tap, when they come first */
  size_t products_at; /* in the node's scratch memory */
  const struct LsDepthwisePacked *depthwise; /* NULL: the plain loops */
} LsConv;

/* Makes a clean LsConv the node's state and reads strides, dilations and filter sizes.
 * @filter: the filter's spatial dimensions, @n_axes of them (2 or 3). */
LsStatus ls_conv_new (LsNode *node, int n_axes, const int32_t *filter, LsConv **out,
                      LsError *error);
/* Computes output sizes and padding from the input's spatial dimensions. @in: n_axes of them. */
LsStatus ls_conv_slide (LsNode *node, LsConv *conv, int n_axes, const int32_t *in, LsError *error);
/* The pixel of that number: batch and position along the axes. @size: the axes' sizes. */
size_t ls_conv_place (const LsConv *conv, size_t pixel, bool is_transposed,
                      int32_t at[LS_CONV_AXES]);

/* Notes the output columns whose taps all lie in the image along the width. */
void ls_conv_find_inner (LsConv *conv);

/* What operators of a family have in common once ls_mac_init() is done: phases and scratch
 * memory. */
LsStatus ls_conv_plan (LsNode *node, LsConv *conv, LsError *error);
LsStatus ls_conv_transpose_plan (LsNode *node, LsConv *conv, LsError *error);

/* Plans a transposed convolution as a product of matrices, where that can be done. */
LsStatus ls_conv_scatter_plan (LsNode *node, LsConv *conv, bool *is_planned, LsError *error);

/* Fails unless @value has that many elements along its dimension @axis. */
LsStatus ls_conv_match (const LsNode *node, const LsValue *value, const char *what, int axis,
                        int32_t size, LsError *error);

/* Hybrid weights whose scales differ by channel, or grouped ones, meet inputs quantized with a zero
 * point; others symmetric ones (conv.cc). */
bool ls_conv_is_asymmetric (const LsConv *conv);

/* Inputs 0 … of TRANSPOSE_CONV and CONV_3D_TRANSPOSE: output shape, weights, input, bias. */
typedef struct
{
  const LsValue *in, *weights, *bias;
  int n_axes;
  int out_axis, in_axis; /* of the weights: where their channels stand */
  int first_axis;        /* of the weights: their first spatial dimension */
} LsConvTransposed;

/* The rest of prepare() for a transposed convolution whose output has these dimensions. */
LsStatus ls_conv_transpose_prepare (LsNode *node, const LsConvTransposed *t, const int32_t *dims,
                                    LsError *error);
/* The same with the output's shape in input 0, which may be unknown before the run. */
LsStatus ls_conv_transpose_prepare_shape (LsNode *node, const LsConvTransposed *t, LsError *error);

#endif
