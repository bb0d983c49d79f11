/* DEQUANTIZE. Sources: tflite/kernels/dequantize.cc, dequantize.h,
 * internal/reference/dequantize.h. */
#include "ops/dequantize.h"

#include "kernels/elements.h"

#include "base/half.h"
#include "base/packed.h"
#include "ops/shape.h"

enum
{
  BLOCK = 256
};

/* The reference multiplies in double and rounds; while the difference is exact in a float, a
 * product of floats is the same number. */
#define DEFINE_STRETCH(name, T)                                                                    \
  static void name (const LsChannels *channels, const T *x, LsChannelRun run, float *y)            \
  {                                                                                                \
    const float *scales = channels->scales + run.channel;                                          \
    const int32_t *zero_points = channels->zero_points + run.channel;                              \
    const LsElementParams params = { .alpha = *scales, .zero_a = *zero_points };                   \
                                                                                                   \
    if (run.step == 0)                                                                             \
      ls_elements ()->float_from_##name (&params, x, y, run.n);                                    \
    else                                                                                           \
      for (size_t i = 0; i < run.n; i++)                                                           \
        y[i] = scales[i] * (float) ((int32_t) x[i] - zero_points[i]);                              \
  }                                                                                                \
  static void name##_range (const LsDequantize *dequantize, const void *in, size_t begin,          \
                            size_t end, float *y)                                                  \
  {                                                                                                \
    const T *x = in;                                                                               \
                                                                                                   \
    for (size_t at = begin; at < end;)                                                             \
      {                                                                                            \
        LsChannelRun run = ls_channel_run (&dequantize->channels, at, end);                        \
                                                                                                   \
        name (&dequantize->channels, x + at, run, y + (at - begin));                               \
        at += run.n;                                                                               \
      }                                                                                            \
  }
DEFINE_STRETCH (int8, int8_t)
DEFINE_STRETCH (uint8, uint8_t)
DEFINE_STRETCH (int16, int16_t)
DEFINE_STRETCH (uint16, uint16_t)

static void
int32_range (const LsDequantize *dequantize, const void *in, size_t begin, size_t end, float *y)
{
  const LsChannels *channels = &dequantize->channels;
  const int32_t *x = in;

  for (size_t i = begin; i < end; i++)
    {
      const size_t channel = i / channels->inner % channels->n_channels;

      y[i - begin] = (float) ((double) channels->scales[channel]
                              * (double) ((int64_t) x[i] - channels->zero_points[channel]));
    }
}

#define DEFINE_PACKED(name, bits, get)                                                             \
  static void name##_range (const LsDequantize *dequantize, const void *in, size_t begin,          \
                            size_t end, float *y)                                                  \
  {                                                                                                \
    int8_t bytes[BLOCK];                                                                           \
                                                                                                   \
    for (size_t at = begin; at < end;)                                                             \
      {                                                                                            \
        LsChannelRun run                                                                           \
          = ls_channel_run (&dequantize->channels, at, end - at < BLOCK ? end : at + BLOCK);       \
                                                                                                   \
        for (size_t i = 0; i < run.n; i++)                                                         \
          bytes[i] = (int8_t) get (in, bits, at + i);                                              \
        int8 (&dequantize->channels, bytes, run, y + (at - begin));                                \
        at += run.n;                                                                               \
      }                                                                                            \
  }
DEFINE_PACKED (int4, 4, ls_packed_get_signed)
DEFINE_PACKED (int2, 2, ls_packed_get_signed)
DEFINE_PACKED (uint4, 4, ls_packed_get)

static void
half_range (const LsDequantize *dequantize, const void *in, size_t begin, size_t end, float *y)
{
  ls_elements ()->float_from_half ((const uint16_t *) in + begin, y, end - begin);
}

static void
bfloat16_range (const LsDequantize *dequantize, const void *in, size_t begin, size_t end, float *y)
{
  const uint16_t *x = in;

  for (size_t i = begin; i < end; i++)
    y[i - begin] = ls_bfloat16_to_float (x[i]);
}

LsStatus
ls_dequantize_init (LsDequantize *dequantize, LsNode *node, const LsValue *value, LsError *error)
{
  static const LsDequantizeFn ranges[LS_N_TYPES] = {
    [LS_TYPE_INT8] = int8_range,    [LS_TYPE_UINT8] = uint8_range,
    [LS_TYPE_INT16] = int16_range,  [LS_TYPE_UINT16] = uint16_range,
    [LS_TYPE_INT32] = int32_range,  [LS_TYPE_INT4] = int4_range,
    [LS_TYPE_INT2] = int2_range,    [LS_TYPE_UINT4] = uint4_range,
    [LS_TYPE_FLOAT16] = half_range, [LS_TYPE_BFLOAT16] = bfloat16_range,
  };

  dequantize->fn = (unsigned) value->type < LS_N_TYPES ? ranges[value->type] : NULL;
  if (dequantize->fn == NULL)
    return ls_node_unsupported (node, error, "type %s", ls_type_name (value->type));
  if (ls_type_is_float (value->type))
    return LS_OK;
  return ls_channels_init (&dequantize->channels, node, value, "the input", error);
}

static LsStatus
dequantize_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsDequantize *dequantize = node->state;

  dequantize->fn (dequantize, node->in[0]->data, begin, end, (float *) node->out[0]->data + begin);
  return LS_OK;
}

static LsStatus
dequantize_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (FLOAT32), error));

  LsDequantize *dequantize = ls_node_alloc (node, 1, sizeof *dequantize, error);

  if (dequantize == NULL)
    return LS_E_NO_MEMORY;
  LS_TRY (ls_dequantize_init (dequantize, node, node->in[0], error));
  node->state = dequantize;
  LS_TRY (ls_node_output_like (node, 0, node->in[0], error));
  ls_node_phase (node, dequantize_run, node->in[0]->count, ls_element_grain (LS_COST_MOVE));
  return LS_OK;
}

const LsOp ls_op_dequantize
  = { dequantize_prepare, 0, 9,
      "int8, uint8, int16, uint16, int32, int4, uint4, int2 (per-channel), float16, bfloat16" };
