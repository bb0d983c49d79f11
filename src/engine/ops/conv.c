/*
 * The plain convolution as a product of matrices: the taps of an output pixel are gathered into a
 * row, and a tile of rows is multiplied with the filter. Taps outside the image are 0.
 *
 * Sources: tflite/kernels/conv.cc, internal/reference/conv.h, conv3d.h, integer_ops/conv.h.
 */
#include "ops/conv.h"

#include <string.h>

#include "ops/shape.h"

static const struct
{
  const char *name, *stride, *dilation;
} axis_names[LS_CONV_AXES] = {
  { "depth", "stride_d", "dilation_d_factor" },
  { "height", "stride_h", "dilation_h_factor" },
  { "width", "stride_w", "dilation_w_factor" },
};

static LsStatus
read_factor (const LsNode *node, const char *name, int64_t otherwise, int32_t *out, LsError *error)
{
  int64_t value = ls_attr_int (node->def, name, otherwise);

  if (value < 1 || value > INT32_MAX)
    return ls_node_invalid (node, error, "%s is %lld", name, (long long) value);
  *out = (int32_t) value;
  return LS_OK;
}

LsStatus
ls_conv_new (LsNode *node, int n_axes, const int32_t *filter, LsConv **out, LsError *error)
{
  LsConv *conv = ls_node_alloc (node, 1, sizeof *conv, error);
  /* Without options there is no stride, as the schema has it; custom operators bring their own. */
  const int64_t no_stride = node->def->kind == LS_OP_CUSTOM ? 1 : 0;

  if (conv == NULL)
    return LS_E_NO_MEMORY;
  node->state = conv;
  conv->groups = conv->multiplier = 1;
  for (int a = 0; a < LS_CONV_AXES; a++)
    {
      LsWindow *w = &conv->axes[a];
      const int given = a - (LS_CONV_AXES - n_axes);

      *w = (LsWindow){ .in = 1, .filter = 1, .stride = 1, .dilation = 1, .out = 1 };
      if (given < 0)
        continue;
      w->filter = filter[given];
      LS_TRY (read_factor (node, axis_names[a].stride, no_stride, &w->stride, error));
      LS_TRY (read_factor (node, axis_names[a].dilation, 1, &w->dilation, error));
    }
  *out = conv;
  return LS_OK;
}

LsStatus
ls_conv_slide (LsNode *node, LsConv *conv, int n_axes, const int32_t *in, LsError *error)
{
  LsPadding padding;

  LS_TRY (ls_node_padding (node, &padding, error));
  for (int a = LS_CONV_AXES - n_axes; a < LS_CONV_AXES; a++)
    {
      conv->axes[a].in = in[a - (LS_CONV_AXES - n_axes)];
      LS_TRY (ls_window_init (node, axis_names[a].name, padding, &conv->axes[a], error));
    }
  return LS_OK;
}

LsStatus
ls_conv_match (const LsNode *node, const LsValue *value, const char *what, int axis, int32_t size,
               LsError *error)
{
  if (value->dims[axis] != size)
    return ls_node_invalid (node, error, "%s has shape %s, its dimension %d should be %d", what,
                            LS_SHAPE (value), axis, size);
  return LS_OK;
}

size_t
ls_conv_place (const LsConv *conv, size_t pixel, bool is_transposed, int32_t at[LS_CONV_AXES])
{
  for (int a = LS_CONV_AXES - 1; a >= 0; a--)
    {
      const size_t size = (size_t) (is_transposed ? conv->axes[a].in : conv->axes[a].out);

      at[a] = (int32_t) (pixel % size);
      pixel /= size;
    }
  return pixel;
}

bool
ls_conv_is_asymmetric (const LsConv *conv)
{
  const LsQuantization *quant = conv->mac.weights.value->quant;

  if (conv->groups > 1)
    return true;
  for (uint32_t i = 1; quant != NULL && i < quant->n_scales; i++)
    if (quant->scales[i] != quant->scales[0])
      return true;
  return false;
}

/* ---- Gathering ---------------------------------------------------------------------------------
 */

/* One row of taps along the width: where it begins in the image and in the gathered row. */
typedef struct
{
  const unsigned char *image;
  unsigned char *row;
  size_t pixel, tap; /* bytes of a pixel of the image; of a tap of the row */
} Line;

static void
gather_line (const LsConv *conv, Line line, int32_t x)
{
  const LsWindow *w = &conv->axes[LS_CONV_X];
  const ptrdiff_t origin = (ptrdiff_t) x * w->stride - w->before;
  int32_t first, end;

  ls_window_taps (w, x, &first, &end);
  if (w->dilation == 1 && line.pixel == line.tap)
    {
      if (end > first)
        memcpy (line.row + (size_t) first * line.tap,
                line.image + (size_t) (origin + first) * line.pixel,
                (size_t) (end - first) * line.tap);
      return;
    }
  for (int32_t k = first; k < end; k++)
    memcpy (line.row + (size_t) k * line.tap,
            line.image + (size_t) (origin + (ptrdiff_t) k * w->dilation) * line.pixel, line.tap);
}

/* The taps of one output pixel and one group, 0 outside the image. */
static void
gather (const LsConv *conv, const unsigned char *image, size_t pixel, size_t group,
        unsigned char *row)
{
  const LsWindow *const w = conv->axes;
  const size_t size = conv->mac.rows.element_size;
  const size_t tap = conv->in_channels / conv->groups * size, at_pixel = conv->in_channels * size;
  const size_t line_room
    = conv->mac.n_lines > 1 ? conv->mac.line_room * size : (size_t) w[LS_CONV_X].filter * tap;
  int32_t at[LS_CONV_AXES], first_z, end_z, first_y, end_y;
  const size_t batch = ls_conv_place (conv, pixel, false, at);

  memset (row, 0, conv->mac.n_lines * conv->mac.line_room * size);
  ls_window_taps (&w[LS_CONV_Z], at[LS_CONV_Z], &first_z, &end_z);
  ls_window_taps (&w[LS_CONV_Y], at[LS_CONV_Y], &first_y, &end_y);
  for (int32_t z = first_z; z < end_z; z++)
    for (int32_t y = first_y; y < end_y; y++)
      {
        const size_t in_z = (size_t) ((int64_t) at[LS_CONV_Z] * w[LS_CONV_Z].stride
                                      - w[LS_CONV_Z].before + (int64_t) z * w[LS_CONV_Z].dilation);
        const size_t in_y = (size_t) ((int64_t) at[LS_CONV_Y] * w[LS_CONV_Y].stride
                                      - w[LS_CONV_Y].before + (int64_t) y * w[LS_CONV_Y].dilation);
        const size_t line = (batch * (size_t) w[LS_CONV_Z].in + in_z) * (size_t) w[LS_CONV_Y].in;
        const size_t tap_line = (size_t) z * (size_t) w[LS_CONV_Y].filter + (size_t) y;

        gather_line (conv,
                     (Line){ .image = image + (line + in_y) * (size_t) w[LS_CONV_X].in * at_pixel
                                      + group * tap,
                             .row = row + tap_line * line_room,
                             .pixel = at_pixel,
                             .tap = tap },
                     at[LS_CONV_X]);
      }
}

/* Each output pixel is one input pixel: the image is the matrix of rows already. */
static bool
is_pointwise (const LsConv *conv)
{
  for (int a = 0; a < LS_CONV_AXES; a++)
    if (conv->axes[a].filter != 1 || conv->axes[a].stride != 1 || conv->axes[a].before != 0
        || conv->axes[a].in != conv->axes[a].out)
      return false;
  return conv->groups == 1;
}

/* ---- Reading lines in the image ---------------------------------------------------------------
 */

void
ls_conv_find_inner (LsConv *conv)
{
  const LsWindow *w = &conv->axes[LS_CONV_X];
  const int64_t reach = (int64_t) (w->filter - 1) * w->dilation;

  conv->inner_first = 0;
  conv->inner_end = w->out;
  while (conv->inner_first < w->out && (int64_t) conv->inner_first * w->stride < w->before)
    conv->inner_first++;
  while (conv->inner_end > conv->inner_first
         && (int64_t) (conv->inner_end - 1) * w->stride - w->before + reach >= w->in)
    conv->inner_end--;
}

/*
 * Inner pixels need no gathering where a row of the filter is one line of the image; the next
 * pixel's begins a stride further on. It pays where there are more of them than a tile of the
 * kernels has rows.
 */
static bool
reads_lines (const LsConv *conv)
{
  enum
  {
    WORTH = 12
  };
  const LsWindow *w = &conv->axes[LS_CONV_X];
  const LsMac *mac = &conv->mac;

  return mac->packed != NULL && mac->kind != LS_MAC_I64 && w->dilation == 1 && conv->groups == 1
         && mac->n_lines * (size_t) w->filter * conv->in_channels == mac->depth
         && (mac->kind == LS_MAC_F32 || mac->rows.is_loaded)
         && conv->inner_end - conv->inner_first >= WORTH;
}

/* The lines of an inner pixel; NULL above and below the image. */
static void
find_lines (const LsConv *conv, const unsigned char *image, size_t batch, const int32_t *at,
            const void **lines)
{
  const LsWindow *wz = &conv->axes[LS_CONV_Z], *wy = &conv->axes[LS_CONV_Y],
                 *wx = &conv->axes[LS_CONV_X];
  const size_t x = (size_t) ((int64_t) at[LS_CONV_X] * wx->stride - wx->before);
  const size_t pixel_size = conv->in_channels * conv->mac.rows.element_size;

  for (int32_t tz = 0; tz < wz->filter; tz++)
    for (int32_t ty = 0; ty < wy->filter; ty++)
      {
        const int64_t z
          = (int64_t) at[LS_CONV_Z] * wz->stride - wz->before + (int64_t) tz * wz->dilation;
        const int64_t y
          = (int64_t) at[LS_CONV_Y] * wy->stride - wy->before + (int64_t) ty * wy->dilation;
        const bool is_inside = z >= 0 && z < wz->in && y >= 0 && y < wy->in;
        const size_t line = (batch * (size_t) wz->in + (size_t) z) * (size_t) wy->in + (size_t) y;

        *lines++ = is_inside ? image + (line * (size_t) wx->in + x) * pixel_size : NULL;
      }
}

/* ---- Running -----------------------------------------------------------------------------------
 */

/* Where the rows of some pixels stand. Gives how many of the @n pixels that holds for. */
static size_t
find_rows (const LsConv *conv, const unsigned char *image, size_t pixel, size_t n, size_t group,
           unsigned char *room, const void **lines, LsMacTile *tile)
{
  const size_t size = conv->mac.rows.element_size;
  const size_t row_stride = conv->mac.n_lines * conv->mac.line_room;
  const size_t width = (size_t) conv->axes[LS_CONV_X].out;
  const size_t x = pixel % width, first = (size_t) conv->inner_first,
               end = (size_t) conv->inner_end;
  int32_t at[LS_CONV_AXES];

  tile->lines = NULL;
  if (end > first && x >= first && x < end)
    {
      const size_t batch = ls_conv_place (conv, pixel, false, at);

      find_lines (conv, image, batch, at, lines);
      tile->lines = lines;
      tile->row_stride = (size_t) conv->axes[LS_CONV_X].stride * conv->in_channels;
      return end - x < n ? end - x : n;
    }
  if (end > first)
    {
      const size_t edge = x < first ? first - x : width - x + first;

      n = edge < n ? edge : n;
    }
  for (size_t i = 0; i < n; i++)
    gather (conv, image, pixel + i, group, room + i * row_stride * size);
  tile->rows = room;
  tile->row_stride = row_stride;
  return n;
}

/* Rows of a tile that lie in one batch share the scale of hybrid inputs. */
static void
run_group (LsNode *node, const LsConv *conv, size_t pixel, size_t n, size_t group, LsMacTile *tile,
           unsigned char *room)
{
  const LsMac *mac = &conv->mac;
  const size_t out_size = conv->out_channels * (ls_type_bits (mac->stage.type) / 8);
  const unsigned char *image = ls_mac_rows (node, mac);
  const void *lines[LS_MAC_LINES];

  for (size_t i = 0; i < n; i += tile->n_rows)
    {
      tile->out = (unsigned char *) node->out[0]->data + (pixel + i) * out_size;
      if (is_pointwise (conv))
        {
          tile->n_rows = n;
          tile->rows = image + pixel * mac->depth * mac->rows.element_size;
        }
      else
        tile->n_rows = find_rows (conv, image, pixel + i, n - i, group, room, lines, tile);
      ls_mac_tile (mac, tile);
    }
}

static void
run_tile (LsNode *node, const LsConv *conv, size_t pixel, size_t n, size_t part, unsigned thread)
{
  const LsMac *mac = &conv->mac;
  const size_t per_batch = conv->n_pixels / conv->batches;
  const size_t per_group = conv->out_channels / conv->groups;
  const size_t first = part * conv->cut.part_channels;
  const size_t rest = conv->out_channels - first;
  const size_t end = first + (rest < conv->cut.part_channels ? rest : conv->cut.part_channels);
  const LsRowScale *scales = ls_mac_row_scales (node, mac);
  LsMacTile tile = { .row_stride = mac->depth,
                     .weights = ls_mac_weights (node, mac),
                     .row_scales = scales == NULL ? NULL : scales + pixel / per_batch,
                     .out_stride = conv->out_channels };

  for (size_t group = first / per_group; group * per_group < end; group++)
    {
      tile.first = group * per_group > first ? group * per_group : first;
      tile.end = (group + 1) * per_group < end ? (group + 1) * per_group : end;
      run_group (node, conv, pixel, n, group, &tile, ls_node_thread_scratch (node, thread));
    }
}

static LsStatus
conv_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsConv *conv = node->state;
  const LsMacCut *cut = &conv->cut;
  const size_t per_batch = conv->n_pixels / conv->batches;
  const size_t tiles = cut->n_tiles / conv->batches; /* in each batch */

  for (size_t unit = begin; unit < end; unit++)
    {
      const size_t tile = unit / cut->n_parts, batch = tile / tiles;
      const size_t at = tile % tiles * cut->tile_rows;
      const size_t n = per_batch - at < cut->tile_rows ? per_batch - at : cut->tile_rows;

      if (unit % 64 == 0 && ls_node_is_cancelled (node))
        return LS_OK;
      run_tile (node, conv, batch * per_batch + at, n, unit % cut->n_parts, thread);
    }
  return LS_OK;
}

LsStatus
ls_conv_plan (LsNode *node, LsConv *conv, LsError *error)
{
  LsMac *mac = &conv->mac;
  size_t row_size;

  if (node->out[0]->count == 0)
    return LS_OK;
  mac->is_tiled = true;
  mac->is_gathered = !is_pointwise (conv);
  if (conv->groups == 1)
    mac->n_lines = (size_t) conv->axes[LS_CONV_Z].filter * (size_t) conv->axes[LS_CONV_Y].filter;
  LS_TRY (ls_mac_prepare (node, mac, error));
  ls_conv_find_inner (conv);
  if (!reads_lines (conv))
    conv->inner_end = conv->inner_first;
  conv->n_pixels = node->out[0]->count / conv->out_channels;
  conv->cut = ls_mac_cut (node, conv->n_pixels / conv->batches, conv->out_channels);
  conv->cut.n_tiles *= conv->batches;
  if (!ls_mul (&row_size, mac->n_lines * mac->line_room, mac->rows.element_size)
      || !ls_mul (&row_size, row_size, conv->cut.tile_rows) || !ls_add (&row_size, row_size, 4))
    return ls_node_invalid (node, error, "its filter is too large");
  /* The loading phase keeps its own rows there: hybrid rows are transposed only by matrices. */
  ls_node_want_scratch (node, mac->scratch_size, row_size);
  ls_node_phase (node, conv_run, conv->cut.n_tiles * conv->cut.n_parts,
                 ls_mac_grain (mac->depth * conv->cut.tile_rows * conv->cut.part_channels));
  return LS_OK;
}
