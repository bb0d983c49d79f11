/* Quantization by channel, as QUANTIZE and DEQUANTIZE walk it. */
#ifndef LS_OPS_CHANNELS_H
#define LS_OPS_CHANNELS_H

#include "ops/elementwise.h"

/* Scales and zero points of a tensor along one of its dimensions. Without channels there is one,
 * and `inner` is the whole tensor. */
typedef struct
{
  size_t n_channels, inner; /* elements of a channel that lie side by side */
  const float *scales;
  const int32_t *zero_points;
} LsChannels;

/* A stretch of elements that lie in one channel, or, where `inner` is 1, in channels side by side.
 */
typedef struct
{
  size_t at, n, channel;
  size_t step; /* of the channel from element to element: 0 or 1 */
} LsChannelRun;

/* Takes memory of the node. Fails when there is no quantization, or it does not fit the shape. */
LsStatus ls_channels_init (LsChannels *channels, LsNode *node, const LsValue *value,
                           const char *what, LsError *error);
/* The stretch that begins at element @at, at most up to @end. */
LsChannelRun ls_channel_run (const LsChannels *channels, size_t at, size_t end);

#endif
