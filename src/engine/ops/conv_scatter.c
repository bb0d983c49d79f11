/*
 * Transposed convolutions with constant weights as one product of matrices: every input pixel times
 * every tap of the filter. Each line of the output then adds up the products that fall on it, so
 * that threads share the output without meeting. Wide sums, weights that change and products that
 * would take too much memory stay with the loops of conv_transpose.c.
 */
#include "ops/conv.h"

#include <math.h>
#include <string.h>

#include "ops/mac_packed.h"

enum
{
  MAX_PRODUCTS = 1 << 25 /* elements of 4 bytes that are kept between the two phases */
};

static size_t
count_taps (const LsConv *conv)
{
  return (size_t) conv->axes[LS_CONV_Z].filter * (size_t) conv->axes[LS_CONV_Y].filter
         * (size_t) conv->axes[LS_CONV_X].filter;
}

static size_t
count_inputs (const LsConv *conv)
{
  return conv->batches * (size_t) conv->axes[LS_CONV_Z].out * (size_t) conv->axes[LS_CONV_Y].out
         * (size_t) conv->axes[LS_CONV_X].out;
}

/* ---- Products ----------------------------------------------------------------------------------
 */

static LsStatus
products_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsConv *conv = node->state;
  const LsMac *mac = &conv->products;
  const LsMacCut *cut = &conv->cut;

  for (size_t unit = begin; unit < end; unit++)
    {
      const size_t row = unit / cut->n_parts * cut->tile_rows;
      const size_t first = unit % cut->n_parts * cut->part_channels;
      const size_t rest = cut->channels - first;
      const LsMacTile tile
        = { .rows = (const unsigned char *) ls_mac_rows (node, mac)
                    + row * mac->depth * mac->rows.element_size,
            .row_stride = mac->depth,
            .n_rows = cut->rows - row < cut->tile_rows ? cut->rows - row : cut->tile_rows,
            .weights = ls_mac_weights (node, mac),
            .first = first,
            .end = first + (rest < cut->part_channels ? rest : cut->part_channels),
            .out = (unsigned char *) node->scratch + conv->products_at
                   + row * cut->channels * sizeof (float),
            .out_stride = cut->channels };

      if (unit % 64 == 0 && ls_node_is_cancelled (node))
        return LS_OK;
      ls_mac_tile (mac, &tile);
    }
  return LS_OK;
}

/* ---- Adding up ---------------------------------------------------------------------------------
 */

static void
add (const LsConv *conv, void *sums, const void *products, size_t n)
{
  if (conv->mac.kind == LS_MAC_F32)
    for (size_t i = 0; i < n; i++)
      ((float *) sums)[i] += ((const float *) products)[i];
  else
    for (size_t i = 0; i < n; i++)
      ((uint32_t *) sums)[i] += ((const uint32_t *) products)[i];
}

/* Adds one line of input pixels, whose products with a line of taps begin at @products. */
static void
add_line (const LsConv *conv, const unsigned char *products, unsigned char *sums)
{
  const LsWindow *w = &conv->axes[LS_CONV_X];
  const size_t size = conv->out_channels * sizeof (float);
  const size_t pixel = conv->products.channels * sizeof (float);

  for (int32_t in = 0; in < w->out; in++)
    for (int32_t tap = 0; tap < w->filter; tap++)
      {
        const int64_t out = (int64_t) in * w->stride - w->before + (int64_t) tap * w->dilation;

        if (out >= 0 && out < w->in)
          add (conv, sums + (size_t) out * size,
               products + (size_t) in * pixel + (size_t) tap * size, conv->out_channels);
      }
}

/* Where an input position of an axis brings output position @out by a tap: false when none does. */
static bool
reaches (const LsWindow *w, int32_t out, int32_t in, int32_t *tap)
{
  const int64_t from = (int64_t) out + w->before - (int64_t) in * w->stride;

  *tap = (int32_t) (from / w->dilation);
  return from >= 0 && from % w->dilation == 0 && from / w->dilation < w->filter;
}

/* The lines of the input that reach line (@z, @y) of the output, in order. */
static void
add_lines (const LsNode *node, const LsConv *conv, size_t batch, int32_t z, int32_t y,
           unsigned char *sums)
{
  const LsWindow *wz = &conv->axes[LS_CONV_Z], *wy = &conv->axes[LS_CONV_Y];
  const LsWindow *wx = &conv->axes[LS_CONV_X];
  const unsigned char *products = (const unsigned char *) node->scratch + conv->products_at;
  const size_t tap_size = conv->out_channels * sizeof (float);
  int32_t tap_z, tap_y;

  for (int32_t in_z = 0; in_z < wz->out; in_z++)
    for (int32_t in_y = 0; in_y < wy->out && reaches (wz, z, in_z, &tap_z); in_y++)
      if (reaches (wy, y, in_y, &tap_y))
        {
          const size_t plane = batch * (size_t) wz->out + (size_t) in_z;
          const size_t line = plane * (size_t) wy->out + (size_t) in_y;
          const size_t tap = (size_t) tap_z * (size_t) wy->filter + (size_t) tap_y;

          add_line (conv,
                    products + line * (size_t) wx->out * conv->products.channels * sizeof (float)
                      + tap * (size_t) wx->filter * tap_size,
                    sums);
        }
}

static LsStatus
lines_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsConv *conv = node->state;
  const LsMac *mac = &conv->mac;
  const size_t width = (size_t) conv->axes[LS_CONV_X].in, channels = conv->out_channels;
  const size_t out_size = ls_type_bits (mac->stage.type) / 8;
  const LsRowScale *scales = ls_mac_row_scales (node, mac);
  unsigned char *sums = ls_node_thread_scratch (node, thread);

  for (size_t line = begin; line < end; line++)
    {
      int32_t at[LS_CONV_AXES];
      const size_t batch = ls_conv_place (conv, line * width, true, at);
      const float scale = scales == NULL ? 1 : scales[batch].scale;
      unsigned char *out
        = (unsigned char *) node->out[0]->data + line * width * channels * out_size;

      if (ls_node_is_cancelled (node))
        return LS_OK;
      memset (sums, 0, width * channels * sizeof (float));
      add_lines (node, conv, batch, at[LS_CONV_Z], at[LS_CONV_Y], sums);
      for (size_t x = 0; x < width; x++)
        ls_mac_store (mac, sums + x * channels * sizeof (float), scale, 0, channels,
                      out + x * channels * out_size);
    }
  return LS_OK;
}

/* ---- Planning ----------------------------------------------------------------------------------
 */

/* The filter as taps × output channels × input channels. */
static LsStatus
order_weights (LsNode *node, LsConv *conv, LsError *error)
{
  const size_t taps = count_taps (conv), channels = conv->out_channels;
  const size_t size = conv->in_channels * ls_mac_weight_size (&conv->mac);
  const unsigned char *from = ls_mac_weights (node, &conv->mac);
  unsigned char *ordered;

  if (conv->tap_stride != conv->in_channels)
    return LS_OK; /* they stand so already */
  ordered = ls_node_alloc (node, taps * channels, size, error);
  if (ordered == NULL)
    return LS_E_NO_MEMORY;
  for (size_t c = 0; c < channels; c++)
    for (size_t tap = 0; tap < taps; tap++)
      memcpy (ordered + (tap * channels + c) * size, from + (c * taps + tap) * size, size);
  conv->products.weights.data = ordered;
  return LS_OK;
}

static bool
can_scatter (const LsConv *conv)
{
  const LsMac *mac = &conv->mac;
  const LsWindow *w = conv->axes;
  size_t count = count_inputs (conv);

  if (mac->kind == LS_MAC_I64 || !mac->weights.value->is_constant || mac->weights.is_unpacked_late)
    return false;
  for (int a = 0; a < LS_CONV_AXES; a++)
    if (!ls_mul (&count, count, (size_t) w[a].filter))
      return false;
  return ls_mul (&count, count, conv->out_channels) && count <= MAX_PRODUCTS;
}

LsStatus
ls_conv_scatter_plan (LsNode *node, LsConv *conv, bool *is_planned, LsError *error)
{
  LsMac *mac = &conv->mac, *products = &conv->products;

  *is_planned = can_scatter (conv);
  if (!*is_planned)
    return LS_OK;
  *products = *mac;
  products->channels = count_taps (conv) * conv->out_channels;
  products->weights.stride = conv->in_channels;
  products->kind = mac->kind == LS_MAC_F32 ? LS_MAC_F32 : LS_MAC_I32;
  products->stage = (LsMacStage){ .type = mac->kind == LS_MAC_F32 ? LS_TYPE_FLOAT32 : LS_TYPE_INT32,
                                  .float_clamp = { -INFINITY, INFINITY } };
  products->is_tiled = true;
  LS_TRY (order_weights (node, conv, error));
  LS_TRY (ls_mac_pack (node, products, error));
  conv->cut = ls_mac_cut (node, count_inputs (conv), products->channels);
  LS_TRY (ls_mac_scratch (node, mac, count_inputs (conv) * products->channels * sizeof (float),
                          &conv->products_at, error));
  ls_node_phase (node, products_run, conv->cut.n_tiles * conv->cut.n_parts,
                 ls_mac_grain (products->depth * conv->cut.tile_rows * conv->cut.part_channels));

  const size_t width = (size_t) conv->axes[LS_CONV_X].in;

  ls_node_phase (node, lines_run, conv->n_pixels / width,
                 ls_mac_grain (width * conv->out_channels * 16));
  ls_node_want_scratch (node, mac->scratch_size, width * conv->out_channels * sizeof (float));
  return LS_OK;
}
