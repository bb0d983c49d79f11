/*
 * DEPTHWISE_CONV_2D: input [N, H, W, C], filter [1, h, w, C × m], bias [C × m] → [N, H', W', C ×
 * m]: output channel c × m + i sees input channel c alone.
 *
 * Sources: tflite/kernels/depthwise_conv.cc, internal/reference/depthwiseconv_float.h,
 * depthwiseconv_uint8.h, integer_ops/depthwise_conv.h. 16-bit sums have always 64 bits; hybrid
 * inputs are always quantized with a zero point.
 */
#include "ops/conv.h"
#include "ops/mac_packed.h"
#include "ops/shape.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

/* sums[c × m + i] += x[c] × w[c × m + i] */
#define DEFINE_TAP(name, X, W, Sum, Product)                                                       \
  static void name (const LsConv *conv, const void *row, const void *weights, void *out)           \
  {                                                                                                \
    const X *restrict x = row;                                                                     \
    const W *restrict w = weights;                                                                 \
    Sum *restrict sums = out;                                                                      \
    const Product zero_point = (Product) conv->mac.weights.zero_point;                             \
    const size_t m = conv->multiplier, n = conv->in_channels;                                      \
                                                                                                   \
    for (size_t c = 0; m == 1 && c < n; c++)                                                       \
      sums[c] += (Sum) ((Product) x[c] * ((Product) w[c] - zero_point));                           \
    for (size_t c = 0; m > 1 && c < n; c++)                                                        \
      for (size_t i = c * m; i < (c + 1) * m; i++)                                                 \
        sums[i] += (Sum) ((Product) x[c] * ((Product) w[i] - zero_point));                         \
  }

DEFINE_TAP (tap_f32, float, float, float, float)
DEFINE_TAP (tap_i8, int16_t, int8_t, uint32_t, int32_t)
DEFINE_TAP (tap_u8, int16_t, uint8_t, uint32_t, int32_t)
DEFINE_TAP (tap_wide, int16_t, int8_t, int64_t, int32_t)

static void
add_tap (const LsConv *conv, const void *x, const void *w, void *sums)
{
  if (conv->mac.kind == LS_MAC_F32)
    tap_f32 (conv, x, w, sums);
  else if (conv->mac.kind == LS_MAC_I64)
    tap_wide (conv, x, w, sums);
  else if (conv->mac.weights.type == LS_TYPE_UINT8)
    tap_u8 (conv, x, w, sums);
  else
    tap_i8 (conv, x, w, sums);
}

static size_t
sum_size (const LsConv *conv)
{
  return conv->mac.kind == LS_MAC_I64 ? sizeof (int64_t) : sizeof (int32_t);
}

/* All taps of one output pixel that lie in the image. */
static void
add_taps (const LsNode *node, const LsConv *conv, size_t batch, const int32_t *at, void *sums)
{
  const LsWindow *wy = &conv->axes[LS_CONV_Y], *wx = &conv->axes[LS_CONV_X];
  const size_t pixel_size = conv->in_channels * conv->mac.rows.element_size;
  const size_t tap_size = conv->out_channels * ls_mac_weight_size (&conv->mac);
  const unsigned char *weights = ls_mac_weights (node, &conv->mac);
  const unsigned char *image = (const unsigned char *) ls_mac_rows (node, &conv->mac)
                               + batch * (size_t) wy->in * (size_t) wx->in * pixel_size;
  int32_t first_y, end_y, first_x, end_x;

  ls_window_taps (wy, at[LS_CONV_Y], &first_y, &end_y);
  ls_window_taps (wx, at[LS_CONV_X], &first_x, &end_x);
  for (int32_t y = first_y; y < end_y; y++)
    for (int32_t x = first_x; x < end_x; x++)
      {
        const int64_t in_y
          = (int64_t) at[LS_CONV_Y] * wy->stride - wy->before + (int64_t) y * wy->dilation;
        const int64_t in_x
          = (int64_t) at[LS_CONV_X] * wx->stride - wx->before + (int64_t) x * wx->dilation;

        add_tap (conv, image + (size_t) (in_y * wx->in + in_x) * pixel_size,
                 weights + ((size_t) y * (size_t) wx->filter + (size_t) x) * tap_size, sums);
      }
}

static LsStatus
depthwise_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsConv *conv = node->state;
  const LsMac *mac = &conv->mac;
  const size_t pixel_size = conv->out_channels * (ls_type_bits (mac->stage.type) / 8);
  const LsRowScale *scales = ls_mac_row_scales (node, mac);
  unsigned char *sums = ls_node_thread_scratch (node, thread);
  unsigned char *out = node->out[0]->data;

  for (size_t pixel = begin; pixel < end; pixel++)
    {
      int32_t at[LS_CONV_AXES];
      const size_t batch = ls_conv_place (conv, pixel, false, at);

      if (pixel % 256 == 0 && ls_node_is_cancelled (node))
        return LS_OK;
      memset (sums, 0, conv->out_channels * sum_size (conv));
      add_taps (node, conv, batch, at, sums);
      for (size_t c = 0; c < conv->out_channels; c += LS_MAC_BLOCK)
        {
          const size_t rest = conv->out_channels - c;
          const size_t n = rest < LS_MAC_BLOCK ? rest : LS_MAC_BLOCK;

          ls_mac_store (mac, sums + c * sum_size (conv), scales == NULL ? 1 : scales[batch].scale,
                        c, n, out + pixel * pixel_size + c * (ls_type_bits (mac->stage.type) / 8));
        }
    }
  return LS_OK;
}

/* The row of the image that each tap of an output pixel reads; NULL outside. */
static void
find_taps (const LsNode *node, const LsConv *conv, size_t batch, const int32_t *at,
           const void **rows)
{
  const LsWindow *wy = &conv->axes[LS_CONV_Y], *wx = &conv->axes[LS_CONV_X];
  const size_t pixel_size = conv->in_channels * conv->mac.rows.element_size;
  const unsigned char *image = (const unsigned char *) ls_mac_rows (node, &conv->mac)
                               + batch * (size_t) wy->in * (size_t) wx->in * pixel_size;

  for (int32_t y = 0; y < wy->filter; y++)
    {
      const int64_t in_y
        = (int64_t) at[LS_CONV_Y] * wy->stride - wy->before + (int64_t) y * wy->dilation;

      for (int32_t x = 0; x < wx->filter; x++)
        {
          const int64_t in_x
            = (int64_t) at[LS_CONV_X] * wx->stride - wx->before + (int64_t) x * wx->dilation;
          const bool is_inside = in_y >= 0 && in_y < wy->in && in_x >= 0 && in_x < wx->in;

          *rows++ = is_inside ? image + (size_t) (in_y * wx->in + in_x) * pixel_size : NULL;
        }
    }
}

/* Pixels that are summed together: their sums stay in the cache. */
static size_t
longest_run (const LsConv *conv)
{
  enum
  {
    ROOM = 8192
  };

  return ROOM / conv->out_channels > 0 ? ROOM / conv->out_channels : 1;
}

/* How many pixels from @x on see the same taps along the width: the inner ones, else one. */
static size_t
run_length (const LsConv *conv, int32_t x)
{
  const size_t most = longest_run (conv);
  const size_t inner
    = x >= conv->inner_first && x < conv->inner_end ? (size_t) (conv->inner_end - x) : 1;

  return inner < most ? inner : most;
}

static LsStatus
depthwise_packed_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsConv *conv = node->state;
  const size_t pixel_size = conv->out_channels * (ls_type_bits (conv->mac.stage.type) / 8);
  int32_t *acc = ls_node_thread_scratch (node, thread);
  unsigned char *out = node->out[0]->data;
  const void *rows[LS_DW_TAPS];
  LsDwRun run = { .channels = conv->out_channels,
                  .taps = conv->mac.depth,
                  .rows = rows,
                  .step = (size_t) conv->axes[LS_CONV_X].stride * conv->in_channels,
                  .out_stride = conv->out_channels,
                  .acc_stride = conv->out_channels };

  for (size_t pixel = begin; pixel < end; pixel += run.n)
    {
      int32_t at[LS_CONV_AXES];
      const size_t batch = ls_conv_place (conv, pixel, false, at);

      run.n = run_length (conv, at[LS_CONV_X]);
      run.n = end - pixel < run.n ? end - pixel : run.n;
      find_taps (node, conv, batch, at, rows);
      ls_depthwise_pixels (&conv->mac, conv->depthwise, &run, acc, out + pixel * pixel_size);
    }
  return LS_OK;
}

static LsStatus
depthwise_plan (LsNode *node, LsConv *conv, LsError *error)
{
  const LsWindow *wy = &conv->axes[LS_CONV_Y], *wx = &conv->axes[LS_CONV_X];

  if (node->out[0]->count == 0)
    return LS_OK;
  LS_TRY (ls_mac_prepare (node, &conv->mac, error));
  conv->n_pixels = node->out[0]->count / conv->out_channels;
  ls_conv_find_inner (conv);
  ls_node_want_scratch (node, conv->mac.scratch_size,
                        longest_run (conv) * conv->out_channels * sum_size (conv));
  conv->depthwise = NULL;
  if (conv->multiplier == 1)
    LS_TRY (ls_depthwise_pack (node, &conv->mac, &conv->depthwise, error));
  ls_node_phase (node, conv->depthwise != NULL ? depthwise_packed_run : depthwise_run,
                 conv->n_pixels,
                 ls_mac_grain ((size_t) wy->filter * (size_t) wx->filter * conv->out_channels));
  return LS_OK;
}

static LsStatus
depthwise_prepare (LsNode *node, LsError *error)
{
  LsConv *conv;

  LS_TRY (ls_node_arity (node, 2, 3, 1, error));

  const LsValue *in = node->in[0], *filter = node->in[1];

  LS_TRY (ls_node_rank (node, in, "the input", 4, 4, error));
  LS_TRY (ls_node_rank (node, filter, "the filter", 4, 4, error));
  LS_TRY (ls_conv_match (node, filter, "the filter", 0, 1, error));
  if (in->dims[3] < 1 || filter->dims[3] < 1 || filter->dims[3] % in->dims[3] != 0)
    return ls_node_invalid (node, error, "the filter makes %d channels from %d", filter->dims[3],
                            in->dims[3]);
  LS_TRY (ls_conv_new (node, 2, filter->dims + 1, &conv, error));
  LS_TRY (ls_conv_slide (node, conv, 2, in->dims + 1, error));
  conv->batches = (size_t) in->dims[0];
  conv->in_channels = (size_t) in->dims[3];
  conv->out_channels = (size_t) filter->dims[3];
  conv->multiplier = conv->out_channels / conv->in_channels;

  const LsMacOperands operands
    = { .in = in,
        .weights = filter,
        .bias = node->n_in > 2 ? node->in[2] : NULL,
        .out = node->out[0],
        .weight_types = LS_BIT (FLOAT32) | LS_BIT (UINT8) | LS_BIT (INT8) | LS_BIT (INT4),
        .channels = conv->out_channels,
        .depth = ls_dims_product (filter->dims, 1, 3),
        .is_kn = true,
        .rule = in->type == LS_TYPE_UINT8 ? LS_SCALE_PER_TENSOR : LS_SCALE_PER_CHANNEL };
  const int32_t dims[]
    = { in->dims[0], conv->axes[LS_CONV_Y].out, conv->axes[LS_CONV_X].out, filter->dims[3] };

  LS_TRY (ls_mac_init (node, &conv->mac, &operands, error));
  if (in->type != LS_TYPE_UINT8)
    conv->mac.weights.zero_point = 0; /* the reference takes no account of it */
  conv->mac.rows.is_asymmetric = true;
  conv->mac.rows.n_rows
    = conv->mac.kind == LS_MAC_HYBRID ? conv->batches : ls_dims_product (in->dims, 0, 3);
  conv->mac.rows.length
    = conv->mac.kind == LS_MAC_HYBRID ? ls_dims_product (in->dims, 1, 4) : conv->in_channels;
  LS_TRY (ls_node_output (node, 0, 4, dims, error));
  return depthwise_plan (node, conv, error);
}

const LsOp ls_op_depthwise_conv_2d
  = { .prepare = depthwise_prepare,
      .max_version = 7,
      .types = "float32, int8 and int4 weights (per-channel), uint8, int16 with int8 weights, "
               "hybrid (int8)" };
