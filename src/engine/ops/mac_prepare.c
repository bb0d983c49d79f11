/*
 * Sources: tflite/kernels/kernel_util.cc (PopulateConvolutionQuantizationParams,
 * GetQuantizedConvolutionMultipler), conv.cc and fully_connected.cc (which types go together, the
 * width of 16-bit sums).
 */
#include "ops/mac.h"

#include <math.h>

#include "base/half.h"
#include "base/packed.h"
#include "ops/shape.h"

enum
{
  SCRATCH_ALIGNMENT = 64
};

LsStatus
ls_mac_scratch (LsNode *node, LsMac *mac, size_t size, size_t *at, LsError *error)
{
  size_t end;

  *at = mac->scratch_size;
  if (!ls_add (&end, mac->scratch_size, size) || !ls_add (&end, end, SCRATCH_ALIGNMENT - 1))
    return ls_node_invalid (node, error, "it needs too much memory");
  mac->scratch_size = end / SCRATCH_ALIGNMENT * SCRATCH_ALIGNMENT;
  return LS_OK;
}

/* ---- Kind and types --------------------------------------------------------------------------
 */

#define BITS_SMALL (LS_BIT (INT8) | LS_BIT (INT4) | LS_BIT (INT2))

/* What goes together; the first line that fits says the kind. */
static const struct
{
  LsType in;
  unsigned weights, outs;
  LsMacKind kind;
} combinations[] = {
  { LS_TYPE_FLOAT32, LS_BIT (FLOAT32), LS_BIT (FLOAT32), LS_MAC_F32 },
  { LS_TYPE_FLOAT32, BITS_SMALL | LS_BIT (UINT8), LS_BIT (FLOAT32), LS_MAC_HYBRID },
  { LS_TYPE_INT8, BITS_SMALL, LS_BIT (INT8) | LS_BIT (INT32), LS_MAC_I32 },
  { LS_TYPE_UINT8, LS_BIT (UINT8), LS_BIT (UINT8) | LS_BIT (INT16), LS_MAC_I32 },
  { LS_TYPE_INT16, BITS_SMALL | LS_BIT (INT16), LS_BIT (INT16), LS_MAC_I64 },
};

/* 16-bit activations: the option says how wide sums and bias are; unset they are 64 bits. */
static LsStatus
wide_kind (const LsNode *node, const LsMacOperands *o, LsMac *mac, LsError *error)
{
  int64_t option = ls_attr_int (node->def, "quantized_bias_type", LS_TYPE_FLOAT32);

  if (option == LS_TYPE_FLOAT32)
    return LS_OK;
  if (option != LS_TYPE_INT32 && option != LS_TYPE_INT64)
    return ls_node_invalid (node, error, "quantized_bias_type is %s, not INT32 or INT64",
                            ls_type_name ((LsType) option));
  if (o->bias != NULL && o->bias->type != (LsType) option)
    return ls_node_invalid (node, error, "quantized_bias_type is %s, but the bias is %s",
                            ls_type_name ((LsType) option), ls_type_name (o->bias->type));
  if (option == LS_TYPE_INT32 && o->weights->type != LS_TYPE_INT16)
    mac->kind = LS_MAC_I32;
  return LS_OK;
}

static LsStatus
find_kind (const LsNode *node, const LsMacOperands *o, LsMac *mac, LsError *error)
{
  const unsigned weights = 1u << o->weights->type & o->weight_types, out = 1u << o->out->type;

  for (size_t i = 0; i < sizeof combinations / sizeof combinations[0]; i++)
    if (combinations[i].in == o->in->type && (combinations[i].weights & weights)
        && (combinations[i].outs & out))
      {
        mac->kind = combinations[i].kind;
        return o->in->type == LS_TYPE_INT16 ? wide_kind (node, o, mac, error) : LS_OK;
      }
  return ls_node_unsupported (node, error, "%s input with %s weights and %s output",
                              ls_type_name (o->in->type), ls_type_name (o->weights->type),
                              ls_type_name (o->out->type));
}

static LsStatus
check_bias (const LsNode *node, const LsMacOperands *o, const LsMac *mac, LsError *error)
{
  const LsValue *bias = o->bias;
  unsigned types = LS_BIT (INT32);

  if (bias == NULL)
    return LS_OK;
  if (mac->kind == LS_MAC_F32 || mac->kind == LS_MAC_HYBRID)
    types = LS_BIT (FLOAT32);
  else if (mac->kind == LS_MAC_I64)
    types = LS_BIT (INT32) | LS_BIT (INT64);
  LS_TRY (ls_node_types (node, bias, "the bias", types, error));
  if (bias->count != o->channels)
    return ls_node_invalid (node, error, "the bias has %zu elements for %zu channels", bias->count,
                            o->channels);
  return LS_OK;
}

/* ---- Quantization ----------------------------------------------------------------------------
 */

static LsStatus
check_zero_point (const LsNode *node, const LsValue *value, const char *what, LsError *error)
{
  int32_t low = INT8_MIN, high = INT8_MAX;

  if (value->type == LS_TYPE_UINT8)
    low = 0, high = UINT8_MAX;
  else if (value->type == LS_TYPE_INT16)
    low = high = 0;
  if (value->zero_point < low || value->zero_point > high)
    return ls_node_invalid (node, error, "the zero point of %s is %d, outside %d … %d of %s", what,
                            value->zero_point, low, high, ls_type_name (value->type));
  return LS_OK;
}

static bool
is_quantized (const LsValue *value)
{
  return value->quant != NULL && value->quant->n_scales > 0;
}

/* The weights' scale for each channel: @n_scales is 1, or one for each. */
static LsStatus
check_weight_scales (const LsNode *node, const LsMacOperands *o, LsError *error)
{
  if (!is_quantized (o->weights))
    return ls_node_invalid (node, error, "the %s weights have no scale",
                            ls_type_name (o->weights->type));
  if (o->weights->quant->n_scales != 1 && o->weights->quant->n_scales != o->channels)
    return ls_node_invalid (node, error, "the weights have %u scales for %zu channels",
                            o->weights->quant->n_scales, o->channels);
  return LS_OK;
}

static float
weight_scale (const LsValue *weights, size_t channel)
{
  return weights->quant->scales[weights->quant->n_scales > 1 ? channel : 0];
}

/* What a sum is multiplied with to become the output of channel @c. */
static double
output_scale (const LsMacOperands *o, size_t c)
{
  const float scale = weight_scale (o->weights, c);

  /* One product in float, widened then, as the reference has it where there is one multiplier. */
  if (o->rule == LS_SCALE_PER_TENSOR)
    {
      const bool is_none = o->has_tensor_scale_only && o->weights->quant->n_scales > 1;
      const float product = o->in->scale * (is_none ? 0 : scale);

      return (double) product / (double) o->out->scale;
    }
  return (double) o->in->scale * (double) scale / (double) o->out->scale;
}

static LsStatus
make_multipliers (LsNode *node, LsMac *mac, const LsMacOperands *o, LsError *error)
{
  LsMultiplier *multipliers = NULL;
  double *scales = NULL;

  if (o->rule == LS_SCALE_DOUBLE)
    scales = ls_node_alloc (node, o->channels, sizeof *scales, error);
  else
    multipliers = ls_node_alloc (node, o->channels, sizeof *multipliers, error);
  if (scales == NULL && multipliers == NULL)
    return LS_E_NO_MEMORY;

  for (size_t c = 0; c < o->channels; c++)
    {
      const double scale = output_scale (o, c);

      if (!isfinite (scale))
        return ls_node_invalid (node, error,
                                "the scales %g of the input, %g of the weights and %g of the "
                                "output make no multiplier",
                                (double) o->in->scale, (double) weight_scale (o->weights, c),
                                (double) o->out->scale);
      if (scales != NULL)
        scales[c] = scale;
      else
        multipliers[c] = ls_quantize_multiplier (scale);
    }
  mac->stage.scales = scales;
  mac->stage.multipliers = multipliers;
  return LS_OK;
}

static LsStatus
make_integer_stage (LsNode *node, LsMac *mac, const LsMacOperands *o, LsError *error)
{
  LsActivation activation;

  LS_TRY (check_zero_point (node, o->in, "the input", error));
  if (o->rule == LS_SCALE_NONE)
    return LS_OK;
  if (!is_quantized (o->in) || !is_quantized (o->out))
    return ls_node_invalid (node, error, "the %s has no scale",
                            is_quantized (o->in) ? "output" : "input");
  LS_TRY (check_weight_scales (node, o, error));
  LS_TRY (check_zero_point (node, o->out, "the output", error));
  LS_TRY (make_multipliers (node, mac, o, error));
  LS_TRY (ls_node_activation (node, &activation, error));
  mac->stage.zero_point = o->out->zero_point;
  return ls_activation_int_range (node, o->out, activation, &mac->stage.clamp, error);
}

static LsStatus
make_float_stage (LsNode *node, LsMac *mac, const LsMacOperands *o, LsError *error)
{
  LsActivation activation;
  float *scales;

  LS_TRY (ls_node_activation (node, &activation, error));
  mac->stage.float_clamp = ls_activation_float_range (activation);
  if (mac->kind == LS_MAC_F32)
    return LS_OK;

  scales = ls_node_alloc (node, o->channels, sizeof *scales, error);
  if (scales == NULL)
    return LS_E_NO_MEMORY;
  mac->stage.weight_scales = scales;
  if (mac->block > 0)
    {
      for (size_t c = 0; c < o->channels; c++)
        scales[c] = 1;
      return LS_OK;
    }
  LS_TRY (check_weight_scales (node, o, error));
  for (size_t c = 0; c < o->channels; c++)
    scales[c] = weight_scale (o->weights, c);
  return LS_OK;
}

/* Weights in blocks: a tensor of the subgraph holds channels × blocks scales. */
static LsStatus
init_blocks (LsNode *node, LsMac *mac, const LsMacOperands *o, LsError *error)
{
  const LsQuantization *quant = o->weights->quant;
  const LsValue *stored;
  float *scales;

  if (quant == NULL || quant->details != LS_QUANT_DETAILS_BLOCKWISE)
    return LS_OK;
  if (mac->kind != LS_MAC_HYBRID || o->is_kn)
    return ls_node_unsupported (node, error, "weights quantized in blocks with %s input",
                                ls_type_name (o->in->type));
  if (quant->block_size <= 0 || o->depth % (size_t) quant->block_size != 0)
    return ls_node_invalid (node, error, "blocks of %d do not divide the depth of %zu",
                            quant->block_size, o->depth);
  mac->block = (size_t) quant->block_size;
  LS_TRY (ls_node_constant (node, quant->block_scales, &stored, error));
  LS_TRY (ls_node_types (node, stored, "the scales of the blocks",
                         LS_BIT (FLOAT16) | LS_BIT (FLOAT32), error));
  if (stored->count != o->channels * (o->depth / mac->block))
    return ls_node_invalid (node, error, "%zu scales for %zu channels of %zu blocks", stored->count,
                            o->channels, o->depth / mac->block);
  scales = ls_node_alloc (node, stored->count, sizeof *scales, error);
  if (scales == NULL)
    return LS_E_NO_MEMORY;
  for (size_t i = 0; i < stored->count; i++)
    scales[i] = stored->type == LS_TYPE_FLOAT16
                  ? ls_half_to_float (((const uint16_t *) stored->data)[i])
                  : ((const float *) stored->data)[i];
  mac->block_scales = scales;
  return LS_OK;
}

/* ---- Weights ---------------------------------------------------------------------------------
 */

static LsStatus
init_weights (LsNode *node, LsMac *mac, const LsMacOperands *o, LsError *error)
{
  LsMacWeights *w = &mac->weights;
  const LsValue *value = o->weights;
  const unsigned bits = ls_type_bits (value->type);

  w->value = value;
  w->is_kn = o->is_kn;
  w->stride = o->is_kn ? o->channels : o->depth;
  w->type = bits < 8 ? LS_TYPE_INT8 : value->type;
  /* The reference takes the bytes of hybrid weights as they are. */
  if (mac->kind == LS_MAC_HYBRID)
    w->type = LS_TYPE_INT8;
  else if (mac->kind != LS_MAC_F32)
    w->zero_point = value->zero_point;
  if (bits >= 8)
    return LS_OK;
  if (!value->is_constant)
    {
      w->is_unpacked_late = true;
      return ls_mac_scratch (node, mac, value->count, &w->unpacked_at, error);
    }

  int8_t *unpacked = ls_node_alloc (node, value->count, 1, error);

  if (unpacked == NULL)
    return LS_E_NO_MEMORY;
  ls_unpack_signed (w->data != NULL ? w->data : value->data, bits, 0, value->count, unpacked);
  w->data = unpacked;
  return LS_OK;
}

LsStatus
ls_mac_init (LsNode *node, LsMac *mac, const LsMacOperands *o, LsError *error)
{
  LS_TRY (find_kind (node, o, mac, error));
  LS_TRY (check_bias (node, o, mac, error));
  LS_TRY (init_blocks (node, mac, o, error));
  mac->depth = o->depth;
  mac->channels = o->channels;
  mac->stage.type = o->out->type;
  mac->stage.bias = o->bias;
  mac->stage.rule = o->rule;
  if (mac->kind == LS_MAC_F32 || mac->kind == LS_MAC_HYBRID)
    LS_TRY (make_float_stage (node, mac, o, error));
  else
    LS_TRY (make_integer_stage (node, mac, o, error));
  mac->rows.value = o->in;
  mac->rows.zero_point = o->in->zero_point;
  mac->rows.element_size = mac->kind == LS_MAC_F32 ? sizeof (float) : sizeof (int16_t);
  mac->rows.is_loaded = o->in->type != LS_TYPE_INT16 && mac->kind != LS_MAC_F32;
  return init_weights (node, mac, o, error);
}

LsStatus
ls_mac_find_minima (LsNode *node, LsMac *mac, LsError *error)
{
  enum
  {
    VECTOR = 16 /* depths that the reference's kernels multiply at once */
  };
  const int8_t *w = mac->weights.data != NULL ? mac->weights.data : mac->weights.value->data;
  const size_t end = mac->depth / VECTOR * VECTOR;
  size_t *first, count = 0;
  uint32_t *depths;

  if (mac->kind != LS_MAC_HYBRID || !mac->weights.value->is_constant || mac->block > 0
      || mac->depth > UINT32_MAX)
    return LS_OK;
  for (size_t c = 0; c < mac->channels; c++)
    for (size_t i = 0; i < end; i++)
      count += w[c * mac->depth + i] == INT8_MIN;
  if (count == 0)
    return LS_OK;
  first = ls_node_alloc (node, mac->channels + 1, sizeof *first, error);
  depths = ls_node_alloc (node, count, sizeof *depths, error);
  if (first == NULL || depths == NULL)
    return LS_E_NO_MEMORY;
  count = 0;
  for (size_t c = 0; c < mac->channels; c++)
    {
      first[c] = count;
      for (size_t i = 0; i < end; i++)
        if (w[c * mac->depth + i] == INT8_MIN)
          depths[count++] = (uint32_t) i;
    }
  first[mac->channels] = count;
  mac->minima = (LsMacMinima){ first, depths };
  return LS_OK;
}

LsMacCut
ls_mac_cut (const LsNode *node, size_t rows, size_t channels)
{
  enum
  {
    MIN_ROWS = 12,
    MAX_ROWS = 48, /* both multiples of the rows that kernels take at once */
    TILES_PER_THREAD = 4
  };
  const size_t threads = node->n_threads > 0 ? node->n_threads : 1;
  const bool is_small = rows < MAX_ROWS * TILES_PER_THREAD * threads;
  LsMacCut cut = { .rows = rows,
                   .channels = channels,
                   .tile_rows = is_small && threads > 1 ? MIN_ROWS : MAX_ROWS,
                   .part_channels = channels > 0 ? channels : 1 };

  cut.n_tiles = rows / cut.tile_rows + (rows % cut.tile_rows > 0);
  if (threads > 1 && cut.n_tiles < TILES_PER_THREAD * threads && channels > LS_MAC_BLOCK)
    cut.part_channels = LS_MAC_BLOCK;
  cut.n_parts = channels == 0 ? 0 : (channels - 1) / cut.part_channels + 1;
  return cut;
}
