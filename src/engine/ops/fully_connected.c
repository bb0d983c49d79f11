/*
 * FULLY_CONNECTED: input of any shape seen as rows of K, weights [N, K], bias [N] → rows of N.
 *
 * Source: tflite/kernels/fully_connected.cc, internal/reference/fully_connected.h,
 * integer_ops/fully_connected.h. The reference rounds 8-bit and 16x8 sums in double, and keeps
 * fixed point for sparse and for 16-bit weights, and for shuffled ones.
 */
#include "ops/mac.h"
#include "ops/shape.h"

#include <string.h>

typedef struct
{
  LsMac mac; /* comes first: the loading phase finds it there */
  size_t n_rows;
  LsMacCut cut;
} FullyConnected;

static LsStatus
fc_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const FullyConnected *fc = node->state;
  const LsMac *mac = &fc->mac;
  const LsMacCut *cut = &fc->cut;
  const LsRowScale *scales = ls_mac_row_scales (node, mac);
  const size_t out_size = ls_type_bits (mac->stage.type) / 8;

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
            .row_scales = scales == NULL ? NULL : scales + row,
            .row_scale_step = 1,
            .weights = ls_mac_weights (node, mac),
            .first = first,
            .end = first + (rest < cut->part_channels ? rest : cut->part_channels),
            .out = (unsigned char *) node->out[0]->data + row * cut->channels * out_size,
            .out_stride = cut->channels };

      if (ls_node_is_cancelled (node))
        return LS_OK;
      ls_mac_tile (mac, &tile);
    }
  return LS_OK;
}

/* Without depth there is nothing to sum; the reference writes zeros and leaves the bias out. */
static LsStatus
zero_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  memset (node->out[0]->data, 0, node->out[0]->n_bytes);
  return LS_OK;
}

static LsStatus
make_shape (LsNode *node, LsError *error)
{
  const LsValue *in = node->in[0], *weights = node->in[1];
  int32_t dims[LS_MAX_RANK];
  size_t rows;

  LS_TRY (ls_node_rank (node, weights, "the weights", 2, 2, error));
  if (ls_attr_int (node->def, "keep_num_dims", 0))
    {
      if (in->rank < 1 || in->dims[in->rank - 1] != weights->dims[1])
        return ls_node_invalid (node, error, "input of shape %s with weights of shape %s",
                                LS_SHAPE (in), LS_SHAPE (weights));
      memcpy (dims, in->dims, sizeof dims);
      dims[in->rank - 1] = weights->dims[0];
      return ls_node_output (node, 0, in->rank, dims, error);
    }
  if (weights->dims[1] == 0)
    rows = ls_dims_product (in->dims, 0, in->rank > 0 ? in->rank - 1 : 0);
  else if (in->count % (size_t) weights->dims[1] != 0)
    return ls_node_invalid (node, error,
                            "an input of shape %s makes no rows for weights of shape %s",
                            LS_SHAPE (in), LS_SHAPE (weights));
  else
    rows = in->count / (size_t) weights->dims[1];
  if (rows > INT32_MAX)
    return ls_node_invalid (node, error, "the input has %zu rows", rows);
  dims[0] = (int32_t) rows;
  dims[1] = weights->dims[0];
  return ls_node_output (node, 0, 2, dims, error);
}

/* Hybrid weights come with any activation; the others with what is a clamp. */
static LsStatus
init_activation (const LsNode *node, LsMac *mac, LsError *error)
{
  LsActivation activation;

  LS_TRY (ls_node_activation (node, &activation, error));
  if (mac->kind == LS_MAC_HYBRID && mac->block == 0)
    mac->stage.late_activation = activation;
  else if (activation == LS_ACTIVATION_TANH || activation == LS_ACTIVATION_SIGN_BIT)
    return ls_node_unsupported (node, error, "fused activation %s with %s weights",
                                activation == LS_ACTIVATION_TANH ? "TANH" : "SIGN_BIT",
                                ls_type_name (mac->weights.value->type));
  return LS_OK;
}

static LsScaleRule
rule_of (const LsNode *node)
{
  const LsValue *weights = node->in[1];
  const bool is_per_channel = weights->quant != NULL && weights->quant->n_scales > 1;

  if (weights->tensor->sparsity == NULL && weights->type != LS_TYPE_INT16)
    return LS_SCALE_DOUBLE;
  return is_per_channel ? LS_SCALE_PER_CHANNEL : LS_SCALE_PER_TENSOR;
}

static LsStatus
fc_plan (LsNode *node, FullyConnected *fc, LsError *error)
{
  const LsValue *weights = node->in[1];
  LsMac *mac = &fc->mac;

  if (weights->quant != NULL && weights->quant->n_scales > 1)
    mac->weights.zero_point = 0; /* the reference takes no account of it */
  mac->rows.n_rows = fc->n_rows;
  mac->rows.length = mac->depth;
  mac->rows.is_asymmetric
    = mac->block > 0 || ls_attr_int (node->def, "asymmetric_quantize_inputs", 0);
  LS_TRY (ls_mac_find_minima (node, mac, error));
  mac->is_tiled = true;
  LS_TRY (ls_mac_prepare (node, mac, error));
  ls_node_want_scratch (node, mac->scratch_size, 0);
  fc->cut = ls_mac_cut (node, fc->n_rows, mac->channels);
  ls_node_phase (node, fc_run, fc->cut.n_tiles * fc->cut.n_parts,
                 ls_mac_grain (mac->depth * fc->cut.part_channels));
  return LS_OK;
}

/* ---- Shuffled weights --------------------------------------------------------------------------
 *
 * The form that converters wrote for old recurrent networks: weights in blocks of 4 channels by 16
 * depths, input and weights less 128 by a flipped sign bit, whatever their zero points say. The
 * second output is the reference's room for its shuffled input.
 */

enum
{
  SHUFFLED_CHANNELS = 4,
  SHUFFLED_DEPTHS = 16
};

static LsStatus
workspace_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const FullyConnected *fc = node->state;
  const uint8_t *in = node->in[0]->data;
  uint8_t *out = node->out[1]->data;
  const size_t depth = fc->mac.depth;

  for (size_t i = 0; i < depth; i += SHUFFLED_DEPTHS)
    for (size_t row = 0; row < fc->n_rows; row++)
      for (size_t j = i; j < i + SHUFFLED_DEPTHS; j++)
        *out++ = in[row * depth + j] ^ 0x80;
  return LS_OK;
}

static LsStatus
check_shuffled (const LsNode *node, LsError *error)
{
  const LsValue *in = node->in[0], *weights = node->in[1];

  if (in->type != LS_TYPE_UINT8 || weights->type != LS_TYPE_UINT8
      || node->out[0]->type != LS_TYPE_INT16 || node->out[1]->type != LS_TYPE_UINT8)
    return ls_node_unsupported (node, error, "shuffled weights with %s input and %s output",
                                ls_type_name (in->type), ls_type_name (node->out[0]->type));
  if (!weights->is_constant || weights->tensor->sparsity != NULL)
    return ls_node_unsupported (node, error, "shuffled weights that are no dense constant");
  if (weights->dims[0] % SHUFFLED_CHANNELS != 0 || weights->dims[1] % SHUFFLED_DEPTHS != 0
      || weights->dims[1] == 0)
    return ls_node_invalid (node, error, "shuffled weights of shape %s", LS_SHAPE (weights));
  return LS_OK;
}

static LsStatus
unshuffle (LsNode *node, LsMac *mac, LsError *error)
{
  const uint8_t *from = node->in[1]->data;
  uint8_t *plain = ls_node_alloc (node, node->in[1]->count, 1, error);

  if (plain == NULL)
    return LS_E_NO_MEMORY;
  for (size_t c = 0; c < mac->channels; c += SHUFFLED_CHANNELS)
    for (size_t d = 0; d < mac->depth; d += SHUFFLED_DEPTHS)
      for (size_t i = 0; i < SHUFFLED_CHANNELS; i++, from += SHUFFLED_DEPTHS)
        memcpy (plain + (c + i) * mac->depth + d, from, SHUFFLED_DEPTHS);
  mac->weights.data = plain;
  mac->weights.type = LS_TYPE_INT8;
  mac->weights.zero_point = 0;
  mac->rows.zero_point = 128;
  return LS_OK;
}

static LsStatus
plan_shuffled (LsNode *node, FullyConnected *fc, LsError *error)
{
  const LsValue *workspace = node->out[1];
  const int32_t dims[] = { (int32_t) fc->n_rows, (int32_t) fc->mac.depth };

  LS_TRY (unshuffle (node, &fc->mac, error));
  if (workspace->count != fc->n_rows * fc->mac.depth)
    LS_TRY (ls_node_output (node, 1, 2, dims, error));
  else
    LS_TRY (ls_node_output_like (node, 1, workspace, error));
  ls_node_phase (node, workspace_run, 1, 1);
  return LS_OK;
}

/* ------------------------------------------------------------------------------------------------
 */

static LsStatus
fc_prepare (LsNode *node, LsError *error)
{
  const bool is_shuffled = ls_attr_int (node->def, "weights_format", 0) == 1;
  FullyConnected *fc;

  LS_TRY (ls_node_arity (node, 2, 3, is_shuffled ? 2 : 1, error));
  LS_TRY (make_shape (node, error));
  if (is_shuffled)
    LS_TRY (check_shuffled (node, error));
  fc = ls_node_alloc (node, 1, sizeof *fc, error);
  if (fc == NULL)
    return LS_E_NO_MEMORY;
  node->state = fc;

  const LsValue *weights = node->in[1];
  const LsMacOperands operands = { .in = node->in[0],
                                   .weights = weights,
                                   .bias = node->n_in > 2 ? node->in[2] : NULL,
                                   .out = node->out[0],
                                   .weight_types = LS_BIT (FLOAT32) | LS_BIT (UINT8) | LS_BIT (INT8)
                                                   | LS_BIT (INT4) | LS_BIT (INT2) | LS_BIT (INT16),
                                   .channels = (size_t) weights->dims[0],
                                   .depth = (size_t) weights->dims[1],
                                   .rule = is_shuffled ? LS_SCALE_PER_TENSOR : rule_of (node) };

  LS_TRY (ls_mac_init (node, &fc->mac, &operands, error));
  LS_TRY (init_activation (node, &fc->mac, error));
  if (node->out[0]->count == 0)
    return LS_OK;
  if (weights->dims[1] == 0)
    {
      ls_node_phase (node, zero_run, 1, 1);
      return LS_OK;
    }
  fc->n_rows = node->out[0]->count / fc->mac.channels;
  if (is_shuffled)
    LS_TRY (plan_shuffled (node, fc, error));
  return fc_plan (node, fc, error);
}

const LsOp ls_op_fully_connected
  = { .prepare = fc_prepare,
      .max_version = 14,
      .types = "float32, int8 with int8, int4 and int2 weights (per-channel, sparse), uint8 "
               "(shuffled), int16 with int8, int4, int2 and int16 weights, hybrid (int8, uint8, "
               "int4, int2; in blocks)" };
