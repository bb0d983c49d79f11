/* CONV_2D, DEPTHWISE_CONV_2D and TRANSPOSE_CONV: the taps of an output pixel. */
#include "explain/products.h"
#include "ops/padding.h"

#include <string.h>

enum
{
  BATCH,
  HEIGHT,
  WIDTH,
  CHANNEL
};

/* A window along an axis. @in: the size that it slides over. */
static LsStatus
window (const LsExplainer *e, const char *axis, int32_t in, int32_t filter, LsWindow *out,
        LsError *error)
{
  const bool is_height = axis[0] == 'h';
  LsPadding padding;

  *out = (LsWindow){ .in = in,
                     .filter = filter,
                     .stride
                     = (int32_t) ls_attr_int (e->node->def, is_height ? "stride_h" : "stride_w", 1),
                     .dilation = (int32_t) ls_attr_int (
                       e->node->def, is_height ? "dilation_h_factor" : "dilation_w_factor", 1) };
  LS_TRY (ls_node_padding (e->node, &padding, error));
  return ls_window_init (e->node, axis, padding, out, error);
}

/* The input position of tap @k of output position @o; what is outside int32 is outside the image.
 */
static int32_t
tap_at (const LsWindow *w, int32_t o, int32_t k)
{
  const int64_t at = (int64_t) o * w->stride - w->before + (int64_t) k * w->dilation;

  return at > INT32_MAX ? INT32_MAX : (int32_t) at;
}

/* Hybrid: all of one image shares a scale. */
static void
set_image_row (LsExplainProducts *p, int32_t batch)
{
  const LsValue *in = p->in;

  p->row_step = 1;
  p->row_length = in->dims[BATCH] > 0 ? in->count / (size_t) in->dims[BATCH] : 0;
  p->row_begin = (size_t) batch * p->row_length;
}

static bool
has_several_scales (const LsValue *weights)
{
  const LsQuantization *quant = weights->quant;

  for (uint32_t i = 1; quant != NULL && i < quant->n_scales; i++)
    if (quant->scales[i] != quant->scales[0])
      return true;
  return false;
}

static LsScaleRule
scale_rule (const LsValue *in)
{
  return in->type == LS_TYPE_UINT8 ? LS_SCALE_PER_TENSOR : LS_SCALE_PER_CHANNEL;
}

/* How many taps of a row come in whole vectors: those where -128 matters. */
static size_t
whole_vectors (const LsValue *weights)
{
  enum
  {
    VECTOR = 16
  };
  const size_t depth = weights->dims[0] > 0 ? weights->count / (size_t) weights->dims[0] : 0;

  return weights->is_constant ? depth / VECTOR * VECTOR : 0;
}

LsStatus
ls_explain_conv_2d (LsExplainer *e, LsError *error)
{
  const LsNode *node = e->node;
  const LsValue *in = node->in[0], *filter = node->in[1];
  const int32_t channel = e->at[CHANNEL], depth = filter->dims[CHANNEL];
  const int32_t groups = in->dims[CHANNEL] / depth;
  const int32_t first = channel / (filter->dims[0] / groups) * depth;
  LsExplainProducts p = { .in = in,
                          .weights = filter,
                          .bias = node->n_in > 2 ? node->in[2] : NULL,
                          .channel = (size_t) channel,
                          .rule = scale_rule (in),
                          .is_asymmetric = groups > 1 || has_several_scales (filter) };
  LsWindow wy, wx;

  LS_TRY (window (e, "height", in->dims[HEIGHT], filter->dims[HEIGHT], &wy, error));
  LS_TRY (window (e, "width", in->dims[WIDTH], filter->dims[WIDTH], &wx, error));
  set_image_row (&p, e->at[BATCH]);
  if (!p.is_asymmetric && filter->dims[0] % 4 != 0)
    p.n_minding = whole_vectors (filter);
  LS_TRY (ls_explain_products_begin (e, &p, filter->count / (size_t) filter->dims[0], error));
  for (int32_t y = 0; y < wy.filter; y++)
    for (int32_t x = 0; x < wx.filter; x++)
      for (int32_t c = 0; c < depth; c++)
        {
          const int32_t in_y = tap_at (&wy, e->at[HEIGHT], y), in_x = tap_at (&wx, e->at[WIDTH], x);

          ls_explain_product (e, &p, (int32_t[]){ e->at[BATCH], in_y, in_x, first + c },
                              (int32_t[]){ channel, y, x, c });
        }
  return ls_explain_products_end (e, &p, error);
}

LsStatus
ls_explain_depthwise_conv_2d (LsExplainer *e, LsError *error)
{
  const LsNode *node = e->node;
  const LsValue *in = node->in[0], *filter = node->in[1];
  const int32_t channel = e->at[CHANNEL];
  const int32_t from = channel / (filter->dims[CHANNEL] / in->dims[CHANNEL]);
  LsExplainProducts p = { .in = in,
                          .weights = filter,
                          .bias = node->n_in > 2 ? node->in[2] : NULL,
                          .channel = (size_t) channel,
                          .rule = scale_rule (in),
                          .ignores_weight_zero = in->type != LS_TYPE_UINT8,
                          .is_asymmetric = true };
  LsWindow wy, wx;

  LS_TRY (window (e, "height", in->dims[HEIGHT], filter->dims[HEIGHT], &wy, error));
  LS_TRY (window (e, "width", in->dims[WIDTH], filter->dims[WIDTH], &wx, error));
  set_image_row (&p, e->at[BATCH]);
  LS_TRY (ls_explain_products_begin (e, &p, (size_t) wy.filter * (size_t) wx.filter, error));
  for (int32_t y = 0; y < wy.filter; y++)
    for (int32_t x = 0; x < wx.filter; x++)
      {
        const int32_t in_y = tap_at (&wy, e->at[HEIGHT], y), in_x = tap_at (&wx, e->at[WIDTH], x);

        ls_explain_product (e, &p, (int32_t[]){ e->at[BATCH], in_y, in_x, from },
                            (int32_t[]){ 0, y, x, channel });
      }
  return ls_explain_products_end (e, &p, error);
}

/* The input position that tap @k brings to output position @o; false when there is none. */
static bool
reach (const LsWindow *w, int32_t o, int32_t k, int32_t *at)
{
  const int64_t from = (int64_t) o + w->before - (int64_t) k * w->dilation;

  *at = (int32_t) (from / w->stride);
  return from >= 0 && from % w->stride == 0 && from / w->stride < w->out;
}

LsStatus
ls_explain_transpose_conv (LsExplainer *e, LsError *error)
{
  const LsNode *node = e->node;
  const LsValue *in = node->in[2], *filter = node->in[1], *y = node->out[0];
  const int32_t channel = e->at[CHANNEL];
  LsExplainProducts p = { .in = in,
                          .weights = filter,
                          .bias = node->n_in > 3 ? node->in[3] : NULL,
                          .channel = (size_t) channel,
                          .rule = scale_rule (in),
                          .ignores_weight_zero = in->type != LS_TYPE_UINT8,
                          .is_asymmetric = true };
  LsWindow wy, wx;
  int32_t in_y, in_x;

  LS_TRY (window (e, "height", y->dims[HEIGHT], filter->dims[HEIGHT], &wy, error));
  LS_TRY (window (e, "width", y->dims[WIDTH], filter->dims[WIDTH], &wx, error));
  set_image_row (&p, e->at[BATCH]);
  LS_TRY (ls_explain_products_begin (e, &p, filter->count / (size_t) filter->dims[0], error));
  for (int32_t ky = wy.filter - 1; ky >= 0; ky--)
    for (int32_t kx = wx.filter - 1; kx >= 0; kx--)
      for (int32_t c = 0; c < in->dims[CHANNEL]; c++)
        if (reach (&wy, e->at[HEIGHT], ky, &in_y) && reach (&wx, e->at[WIDTH], kx, &in_x))
          ls_explain_product (e, &p, (int32_t[]){ e->at[BATCH], in_y, in_x, c },
                              (int32_t[]){ channel, ky, kx, c });
  return ls_explain_products_end (e, &p, error);
}
