#include "ops/padding.h"

LsStatus
ls_node_padding (const LsNode *node, LsPadding *out, LsError *error)
{
  int64_t value = ls_attr_int (node->def, "padding", LS_PADDING_SAME);

  if (value != LS_PADDING_SAME && value != LS_PADDING_VALID)
    return ls_node_invalid (node, error, "padding %lld is neither SAME nor VALID",
                            (long long) value);
  *out = (LsPadding) value;
  return LS_OK;
}

static int64_t
dilated_filter (const LsWindow *w)
{
  return ((int64_t) w->filter - 1) * w->dilation + 1;
}

LsStatus
ls_window_pad (const LsNode *node, const char *axis, LsWindow *w, LsError *error)
{
  if (w->in < 0 || w->filter <= 0 || w->stride <= 0 || w->dilation <= 0 || w->out < 0)
    return ls_node_invalid (node, error, "%s %d, filter %d, stride %d, dilation %d make no window",
                            axis, w->in, w->filter, w->stride, w->dilation);

  int64_t total = ((int64_t) w->out - 1) * w->stride + dilated_filter (w) - w->in;

  if (total < 0)
    total = 0;
  if (total / 2 > INT32_MAX)
    return ls_node_invalid (node, error, "%s %d with filter %d and dilation %d needs padding %lld",
                            axis, w->in, w->filter, w->dilation, (long long) (total / 2));
  w->before = (int32_t) (total / 2);
  w->odd = (int32_t) (total % 2);
  return LS_OK;
}

LsStatus
ls_window_init (const LsNode *node, const char *axis, LsPadding padding, LsWindow *w,
                LsError *error)
{
  w->out = 0;
  LS_TRY (ls_window_pad (node, axis, w, error)); /* for its checks */

  int64_t out = (int64_t) w->in + w->stride - (padding == LS_PADDING_SAME ? 1 : dilated_filter (w));

  if (out < 0 && out / w->stride < 0)
    return ls_node_invalid (node, error, "%s %d is smaller than the filter (%d, dilation %d: %lld)",
                            axis, w->in, w->filter, w->dilation, (long long) dilated_filter (w));
  out /= w->stride;
  if (out > INT32_MAX)
    return ls_node_invalid (node, error, "%s %d gives too many positions", axis, w->in);
  w->out = (int32_t) out;
  return ls_window_pad (node, axis, w, error);
}
