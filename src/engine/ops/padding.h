/*
 * Windows that slide over an image: convolutions and pools. SAME and VALID give the output's size
 * and how far the first window stands outside.
 *
 * Source: tflite/kernels/padding.h (ComputeOutSizeChecked, ComputePaddingWithOffsetChecked).
 */
#ifndef LS_OPS_PADDING_H
#define LS_OPS_PADDING_H

#include "ops/op.h"

/* The schema's Padding. */
typedef enum
{
  LS_PADDING_SAME,
  LS_PADDING_VALID
} LsPadding;

/* One axis of a sliding window. Tap k of output o reads input o * stride + k * dilation - before.
 */
typedef struct
{
  int32_t in, filter, stride, dilation; /* given; filter, stride, dilation >= 1 */
  int32_t out;                          /* output positions */
  int32_t before;                       /* padding in front */
  int32_t odd;                          /* 1 when the padding behind is larger by one */
} LsWindow;

/* The node's option `padding`. */
LsStatus ls_node_padding (const LsNode *node, LsPadding *out, LsError *error);

/*
 * Fills `out`, `before` and `odd` of a window whose first four fields are set. Fails with @axis
 * ("height") in the sentence when a size is not positive, nothing fits or a number overflows.
 */
LsStatus ls_window_init (const LsNode *node, const char *axis, LsPadding padding, LsWindow *window,
                         LsError *error);

/*
 * The padding that belongs to an output size which is known already (transposed convolutions):
 * fills `before` and `odd` for `out` as set.
 */
LsStatus ls_window_pad (const LsNode *node, const char *axis, LsWindow *window, LsError *error);

/* The taps [*first, *end) of output position @o that lie inside the input. */
static inline void
ls_window_taps (const LsWindow *w, int32_t o, int32_t *first, int32_t *end)
{
  int64_t start = (int64_t) o * w->stride - w->before; /* may be negative */
  int64_t rest = (int64_t) w->in - start;
  int64_t from = start < 0 ? (-start + w->dilation - 1) / w->dilation : 0;
  int64_t to = rest <= 0 ? 0 : (rest + w->dilation - 1) / w->dilation;

  if (to > w->filter)
    to = w->filter;
  *first = (int32_t) (from < to ? from : to);
  *end = (int32_t) to;
}

#endif
