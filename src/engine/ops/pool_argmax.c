/*
 * MaxPoolingWithArgmax2D, MaxUnpooling2D (MediaPipe) and MaxPoolWithArgmax, MaxUnpooling2D
 * (LiteRT's perception operators): largest elements with their places, and back. MediaPipe's places
 * are floats, counted within the window; LiteRT's are int32, counted within a picture.
 *
 * Source: mediapipe/util/tflite/operations/max_pool_argmax.cc and max_unpooling.cc,
 * tflite/kernels/perception/max_pool_with_argmax.cc and max_unpooling_2d.cc.
 */
#include <float.h>
#include <inttypes.h>
#include <string.h>

#include "ops/activation.h"
#include "ops/flexmap.h"
#include "ops/padding.h"
#include "ops/shape.h"

typedef struct
{
  LsWindow h, w;
  LsFloatRange range;
  bool is_in_window; /* places are counted within the window */
} Pool;

/* ---- Options ---------------------------------------------------------------------------------
 */

/* MediaPipe stores LiteRT's struct TfLitePoolParams as it is: ten int32, of which the last four are
 * worked out anew. */
static LsStatus
read_struct (const LsNode *node, Pool *p, LsPadding *padding, LsError *error)
{
  int32_t numbers[6];

  if (node->def->custom_options.size < sizeof numbers)
    return ls_node_invalid (node, error, "options of %zu bytes", node->def->custom_options.size);
  memcpy (numbers, node->def->custom_options.data, sizeof numbers);
  if (numbers[0] != 1 && numbers[0] != 2)
    return ls_node_invalid (node, error, "a padding of kind %" PRId32, numbers[0]);
  if (numbers[5] < LS_ACTIVATION_NONE || numbers[5] > LS_ACTIVATION_RELU6)
    return ls_node_unsupported (node, error, "an activation function of number %" PRId32,
                                numbers[5]);
  *padding = numbers[0] == 1 ? LS_PADDING_SAME : LS_PADDING_VALID;
  p->w.stride = numbers[1];
  p->h.stride = numbers[2];
  p->w.filter = numbers[3];
  p->h.filter = numbers[4];
  /* The struct numbers RELU_N1_TO_1 and RELU6 as the schema does. */
  p->range = ls_activation_float_range ((LsActivation) numbers[5]);
  return LS_OK;
}

static LsStatus
read_map (const LsNode *node, Pool *p, LsPadding *padding, LsError *error)
{
  const LsFlex root = ls_flex_root (node->def->custom_options);
  const LsFlex size = ls_flex_get (root, "ksize"), strides = ls_flex_get (root, "strides");
  const LsBytes text = ls_flex_bytes (ls_flex_get (root, "padding"));

  if (ls_flex_bool (ls_flex_get (root, "include_batch_in_index"), false))
    return ls_node_unsupported (node, error, "places counted through all batches");
  if (text.size == 4 && memcmp (text.data, "SAME", 4) == 0)
    *padding = LS_PADDING_SAME;
  else if (text.size == 5 && memcmp (text.data, "VALID", 5) == 0)
    *padding = LS_PADDING_VALID;
  else
    return ls_node_invalid (node, error, "its padding is neither SAME nor VALID");
  p->h.filter = (int32_t) ls_flex_int (ls_flex_at (size, 1), 0);
  p->w.filter = (int32_t) ls_flex_int (ls_flex_at (size, 2), 0);
  p->h.stride = (int32_t) ls_flex_int (ls_flex_at (strides, 1), 0);
  p->w.stride = (int32_t) ls_flex_int (ls_flex_at (strides, 2), 0);
  p->range = ls_activation_float_range (LS_ACTIVATION_NONE);
  return LS_OK;
}

static LsStatus
check_window (const LsNode *node, const Pool *p, LsError *error)
{
  if (p->h.filter >= 1 && p->w.filter >= 1 && p->h.stride >= 1 && p->w.stride >= 1
      && p->h.filter <= 1 << 15 && p->w.filter <= 1 << 15 && p->h.stride <= 1 << 15
      && p->w.stride <= 1 << 15)
    return LS_OK;
  return ls_node_invalid (
    node, error, "a window of %" PRId32 " by %" PRId32 " in steps of %" PRId32 " and %" PRId32,
    p->h.filter, p->w.filter, p->h.stride, p->w.stride);
}

/* ---- Pooling ---------------------------------------------------------------------------------
 */

/* The largest element of channel @c within the taps, and its place. */
static void
find_largest (const Pool *p, const float *picture, size_t channels, size_t c, int32_t oy,
              int32_t ox, float *largest, int32_t place[2])
{
  int32_t y0, y1, x0, x1;

  ls_window_taps (&p->h, oy, &y0, &y1);
  ls_window_taps (&p->w, ox, &x0, &x1);
  *largest = -FLT_MAX;
  place[0] = place[1] = 0;
  for (int32_t y = y0; y < y1; y++)
    for (int32_t x = x0; x < x1; x++)
      {
        const int32_t in_y = oy * p->h.stride - p->h.before + y,
                      in_x = ox * p->w.stride - p->w.before + x;
        const float value
          = picture[((size_t) in_y * (size_t) p->w.in + (size_t) in_x) * channels + c];

        if (value > *largest)
          {
            *largest = value;
            place[0] = p->is_in_window ? y : in_y;
            place[1] = p->is_in_window ? x : in_x;
          }
      }
}

/* Unit u is one output row. */
static LsStatus
pool_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Pool *p = node->state;
  const size_t channels = (size_t) node->in[0]->dims[3];
  const size_t picture = (size_t) p->h.in * (size_t) p->w.in * channels;

  for (size_t u = begin; u < end; u++)
    for (int32_t ox = 0; ox < p->w.out; ox++)
      for (size_t c = 0; c < channels; c++)
        {
          const size_t at = (u * (size_t) p->w.out + (size_t) ox) * channels + c;
          float largest;
          int32_t place[2];

          find_largest (p, (const float *) node->in[0]->data + u / (size_t) p->h.out * picture,
                        channels, c, (int32_t) (u % (size_t) p->h.out), ox, &largest, place);
          ((float *) node->out[0]->data)[at] = ls_clamp_f32 (largest, p->range);
          if (p->is_in_window)
            ((float *) node->out[1]->data)[at] = (float) (place[0] * p->w.filter + place[1]) + 0.1f;
          else
            ((int32_t *) node->out[1]->data)[at]
              = (int32_t) (((size_t) place[0] * (size_t) p->w.in + (size_t) place[1]) * channels
                           + c);
        }
  return LS_OK;
}

static LsStatus
prepare_pool (LsNode *node, bool is_mediapipe, LsError *error)
{
  LsPadding padding = LS_PADDING_SAME;

  LS_TRY (ls_node_arity (node, 1, 1, 2, error));

  const LsValue *in = node->in[0];
  Pool *p = ls_node_alloc (node, 1, sizeof *p, error);

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  p->is_in_window = is_mediapipe;
  LS_TRY (ls_node_types (node, in, "input", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_same_type (node, in, node->out[0], error));
  LS_TRY (ls_node_types (node, node->out[1], "the places",
                         is_mediapipe ? LS_BIT (FLOAT32) : LS_BIT (INT32), error));
  LS_TRY (ls_node_rank (node, in, "the input", 4, 4, error));
  LS_TRY (is_mediapipe ? read_struct (node, p, &padding, error)
                       : read_map (node, p, &padding, error));
  LS_TRY (check_window (node, p, error));
  p->h.in = in->dims[1];
  p->w.in = in->dims[2];
  p->h.dilation = p->w.dilation = 1;
  LS_TRY (ls_window_init (node, "height", padding, &p->h, error));
  LS_TRY (ls_window_init (node, "width", padding, &p->w, error));

  const int32_t dims[] = { in->dims[0], p->h.out, p->w.out, in->dims[3] };

  LS_TRY (ls_node_output (node, 0, 4, dims, error));
  LS_TRY (ls_node_output (node, 1, 4, dims, error));
  if (node->out[0]->count > 0)
    ls_node_phase (node, pool_run, (size_t) in->dims[0] * (size_t) p->h.out,
                   ls_grain ((size_t) p->w.in * (size_t) p->h.filter * (size_t) in->dims[3] * 4));
  return LS_OK;
}

static LsStatus
mediapipe_prepare (LsNode *node, LsError *error)
{
  return prepare_pool (node, true, error);
}

static LsStatus
perception_prepare (LsNode *node, LsError *error)
{
  return prepare_pool (node, false, error);
}

const LsOp ls_op_max_pooling_with_argmax_2d = { mediapipe_prepare, 0, 0, "float32" };
const LsOp ls_op_max_pool_with_argmax = { perception_prepare, 0, 0, "float32" };

/* ---- Unpooling -------------------------------------------------------------------------------
 */

/* Where element @at of the input goes within its output picture; -1: outside. */
static int64_t
place_of (const LsNode *node, const Pool *p, size_t at)
{
  const LsValue *in = node->in[0], *out = node->out[0];
  const int64_t picture = (int64_t) out->dims[1] * out->dims[2] * out->dims[3];

  if (!p->is_in_window)
    {
      const int32_t place = ((const int32_t *) node->in[1]->data)[at];

      return place >= 0 && place < picture ? place : -1;
    }

  const float index = ((const float *) node->in[1]->data)[at];
  const size_t channels = (size_t) in->dims[3], position = at / channels;
  const int64_t in_x = (int64_t) (position % (size_t) in->dims[2]),
                in_y = (int64_t) (position / (size_t) in->dims[2] % (size_t) in->dims[1]);

  if (!(index >= 0.0f && index < 0x1p30f))
    return -1;

  const int64_t x = in_x * p->w.stride - p->w.before + (int32_t) index % p->w.filter,
                y = in_y * p->h.stride - p->h.before + (int32_t) index / p->w.filter;

  if (x < 0 || x >= out->dims[2] || y < 0 || y >= out->dims[1])
    return -1;
  return (y * out->dims[2] + x) * out->dims[3] + (int64_t) (at % channels);
}

/* Unit u is one picture. */
static LsStatus
unpool_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Pool *p = node->state;
  const LsValue *in = node->in[0], *out = node->out[0];
  const size_t n = in->count / (size_t) in->dims[0], picture = out->count / (size_t) out->dims[0];

  for (size_t u = begin; u < end; u++)
    {
      float *to = (float *) out->data + u * picture;

      memset (to, 0, picture * sizeof *to);
      for (size_t i = u * n; i < (u + 1) * n; i++)
        {
          const int64_t place = place_of (node, p, i);

          if (place < 0)
            return ls_node_fail (node, LS_E_INVALID, "place %zu is outside the output %s", i,
                                 LS_SHAPE (out));
          to[place] = ((const float *) in->data)[i];
        }
    }
  return LS_OK;
}

/* MediaPipe's output is as many windows as the input has elements; LiteRT's is what SAME or VALID
 * pooling would come from. */
static bool
unpooled_size (const Pool *p, LsPadding padding, LsWindow *w, int32_t in, int32_t *out)
{
  const int64_t size = p->is_in_window              ? (int64_t) in * w->filter
                       : padding == LS_PADDING_SAME ? (int64_t) in * w->stride
                                                    : (int64_t) (in - 1) * w->stride + w->filter;
  const int64_t over = ((int64_t) in - 1) * w->stride + w->filter - size;

  w->before = over > 0 ? (int32_t) (over / 2) : 0;
  *out = (int32_t) size;
  return size >= 0 && size <= INT32_MAX && over <= INT32_MAX;
}

static LsStatus
unpool_prepare (LsNode *node, LsError *error)
{
  LsPadding padding = LS_PADDING_SAME;
  int32_t height, width;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0], *places = node->in[1];
  Pool *p = ls_node_alloc (node, 1, sizeof *p, error);

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  p->is_in_window = places->type == LS_TYPE_FLOAT32;
  LS_TRY (ls_node_types (node, in, "input", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_same_type (node, in, node->out[0], error));
  LS_TRY (ls_node_types (node, places, "the places", LS_BIT (FLOAT32) | LS_BIT (INT32), error));
  LS_TRY (ls_node_rank (node, in, "the input", 4, 4, error));
  if (!ls_same_dims (in, places))
    return ls_node_invalid (node, error, "places of shape %s for %s", LS_SHAPE (places),
                            LS_SHAPE (in));
  LS_TRY (read_struct (node, p, &padding, error));
  LS_TRY (check_window (node, p, error));
  if (!unpooled_size (p, padding, &p->h, in->dims[1], &height)
      || !unpooled_size (p, padding, &p->w, in->dims[2], &width))
    return ls_node_invalid (node, error, "%s with windows of %" PRId32 " by %" PRId32,
                            LS_SHAPE (in), p->h.filter, p->w.filter);
  LS_TRY (ls_node_output (node, 0, 4, (const int32_t[]){ in->dims[0], height, width, in->dims[3] },
                          error));
  if (node->out[0]->count > 0)
    ls_node_phase (node, unpool_run, (size_t) in->dims[0], 1);
  return LS_OK;
}

const LsOp ls_op_max_unpooling_2d = { unpool_prepare, 0, 0, "float32" };
