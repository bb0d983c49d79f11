#include "ops/channels.h"

#include "ops/shape.h"

#include <math.h>

static LsStatus
check_axis (const LsNode *node, const LsValue *value, const char *what, LsError *error)
{
  const LsQuantization *quant = value->quant;

  if (quant->axis < 0 || quant->axis >= value->rank
      || (uint32_t) value->dims[quant->axis] != quant->n_scales)
    return ls_node_invalid (node, error, "%s has %u scales along dimension %d of %s", what,
                            quant->n_scales, quant->axis, LS_SHAPE (value));
  return LS_OK;
}

LsStatus
ls_channels_init (LsChannels *channels, LsNode *node, const LsValue *value, const char *what,
                  LsError *error)
{
  const LsQuantization *quant = value->quant;

  if (!ls_is_quantized (value))
    return ls_node_invalid (node, error, "%s is %s without quantization", what,
                            ls_type_name (value->type));

  int32_t *zero_points = ls_node_alloc (node, quant->n_scales, sizeof *zero_points, error);

  if (zero_points == NULL)
    return LS_E_NO_MEMORY;
  for (uint32_t i = 0; i < quant->n_scales; i++)
    {
      if (!(quant->scales[i] > 0.0f) || !isfinite (quant->scales[i]))
        return ls_node_invalid (node, error, "scale %u of %s is %g", i, what,
                                (double) quant->scales[i]);
      if (quant->n_zero_points > 0)
        zero_points[i]
          = (int32_t) quant->zero_points[quant->n_zero_points == quant->n_scales ? i : 0];
    }
  *channels = (LsChannels){
    .n_channels = 1, .inner = value->count, .scales = quant->scales, .zero_points = zero_points
  };
  if (quant->n_scales == 1)
    return LS_OK;
  LS_TRY (check_axis (node, value, what, error));
  channels->n_channels = quant->n_scales;
  channels->inner = ls_dims_product (value->dims, quant->axis + 1, value->rank);
  return LS_OK;
}

LsChannelRun
ls_channel_run (const LsChannels *channels, size_t at, size_t end)
{
  const size_t channel = at / channels->inner % channels->n_channels;
  const bool is_side_by_side = channels->inner == 1;
  size_t left
    = is_side_by_side ? channels->n_channels - channel : channels->inner - at % channels->inner;

  return (LsChannelRun){ at, left < end - at ? left : end - at, channel, is_side_by_side };
}
