/*
 * Products of matrices by the packed kernels of src/engine/kernels, where the weights never change.
 * What these cannot do (weights in blocks, channels that do not begin at a panel, sums that might
 * not fit 32 bits) stays with the plain loops of mac.c.
 */
#include "ops/mac_packed.h"

#include <math.h>
#include <string.h>

#include "base/size.h"
#include "kernels/kernels.h"

enum
{
  ROWS = 24,        /* accumulated at a time on the way to outputs */
  MAX_DEPTH16 = 510 /* int16 × int8 products that surely fit 32 bits */
};

struct LsMacPacked
{
  const LsKernels *kernels;
  const void *source; /* the weights that were packed: one matrix of several, perhaps */
  const float *f32;
  const int16_t *s16;
  bool is_requantized; /* by the kernels, else by ls_mac_store() */
  LsRequant requant;   /* arrays by channel */
  size_t chunk;        /* of a line, summed in 32 bits; the whole line unless sums are wide */
  size_t chunk_count;  /* int16s of a chunk's packed weights */
};

/* ---- Packing
 * ------------------------------------------------------------------------------------- */

typedef struct
{
  const LsMac *mac;
  const unsigned char *data;
  size_t first; /* depth at which the chunk begins */
} Weights;

/* Elements k to k + count - 1 of channel @n, as integers without their zero point. */
static void
read_weights (const void *data, size_t k, size_t n, size_t count, int16_t *out)
{
  const Weights *w = data;
  const LsMacWeights *weights = &w->mac->weights;
  const size_t depth = w->first + k, step = weights->is_kn ? weights->stride : 1;
  const size_t at = weights->is_kn ? depth * weights->stride + n : n * weights->stride + depth;
  const uint8_t *u8 = w->data + at;
  const int8_t *s8 = (const int8_t *) u8;

  if (weights->type == LS_TYPE_UINT8)
    for (size_t i = 0; i < count; i++)
      out[i] = (int16_t) (u8[i * step] - weights->zero_point);
  else
    for (size_t i = 0; i < count; i++)
      out[i] = (int16_t) (s8[i * step] - weights->zero_point);
}

/* The bias as 32-bit integers, or NULL: there is none, or not of that kind. */
static const int32_t *
constant_bias (const LsMac *mac)
{
  const LsValue *bias = mac->stage.bias;

  return bias != NULL && bias->is_constant && bias->type == LS_TYPE_INT32 ? bias->data : NULL;
}

/*
 * Whether no sum of a channel, shifted left or with half of its right shift added, leaves 32 bits.
 * Converters give channels without weights biases of up to 2^30: they are well within.
 */
static bool
channel_is_safe (int64_t bias, int64_t products, int shift)
{
  const int64_t largest = (bias < 0 ? -bias : bias) + products;

  if (shift > 0)
    return shift < 31 && largest <= INT32_MAX >> shift;
  return shift >= -31 && largest + (shift < 0 ? INT64_C (1) << (-shift - 1) : 0) <= INT32_MAX;
}

static bool
sums_are_safe (const LsMac *mac)
{
  const int32_t *bias = constant_bias (mac);

  if ((mac->stage.bias != NULL && bias == NULL) || mac->depth > INT32_MAX / (255 * 255))
    return false;
  for (size_t c = 0; c < mac->channels; c++)
    if (!channel_is_safe (bias != NULL ? bias[c] : 0, (int64_t) mac->depth * 255 * 255,
                          mac->stage.multipliers[c].shift))
      return false;
  return true;
}

/* The real numbers that multipliers and shifts stand for. */
static LsStatus
take_scales (LsNode *node, const LsMac *mac, LsRequant *requant, LsError *error)
{
  float *scales = ls_node_alloc (node, mac->channels, sizeof *scales, error);

  if (scales == NULL)
    return LS_E_NO_MEMORY;
  for (size_t c = 0; c < mac->channels; c++)
    scales[c]
      = ldexpf ((float) mac->stage.multipliers[c].multiplier, mac->stage.multipliers[c].shift - 31);
  requant->scales = scales;
  return LS_OK;
}

static LsStatus
take_requant (LsNode *node, const LsMac *mac, LsMacPacked *packed, LsError *error)
{
  const LsMacStage *stage = &mac->stage;

  packed->is_requantized
    = mac->kind == LS_MAC_I32
      && (stage->rule == LS_SCALE_PER_CHANNEL || stage->rule == LS_SCALE_PER_TENSOR)
      && (stage->type == LS_TYPE_INT8 || stage->type == LS_TYPE_UINT8
          || stage->type == LS_TYPE_INT16)
      && sums_are_safe (mac);
  if (!packed->is_requantized)
    return LS_OK;

  int32_t *arrays = ls_node_alloc (node, 4 * mac->channels, sizeof *arrays, error);
  bool has_left = false;

  if (arrays == NULL)
    return LS_E_NO_MEMORY;

  int32_t *multipliers = arrays, *lefts = multipliers + mac->channels,
          *rights = lefts + mac->channels, *halves = rights + mac->channels;

  for (size_t c = 0; c < mac->channels; c++)
    {
      const int shift = stage->multipliers[c].shift;

      multipliers[c] = stage->multipliers[c].multiplier;
      lefts[c] = shift > 0 ? shift : 0;
      rights[c] = shift < 0 ? -shift : 0;
      halves[c] = shift < 0 ? 1 << (-shift - 1) : 0;
      has_left = has_left || shift > 0;
    }
  packed->requant
    = (LsRequant){ multipliers,       has_left ? lefts : NULL, rights,           halves,
                   stage->zero_point, stage->clamp.min,        stage->clamp.max, NULL };
  return node->mode == LS_MODE_FAST ? take_scales (node, mac, &packed->requant, error) : LS_OK;
}

static LsStatus
pack_f32 (LsNode *node, const LsMac *mac, LsMacPacked *packed, LsError *error)
{
  const LsMacWeights *w = &mac->weights;
  const LsValue *bias = mac->stage.bias;
  float *memory = ls_node_alloc (
    node, ls_f32_packed_count (packed->kernels, mac->channels, mac->depth), sizeof *memory, error);

  if (memory == NULL)
    return LS_E_NO_MEMORY;
  ls_f32_pack (packed->kernels, mac->channels, mac->depth, ls_mac_weights (node, mac),
               w->is_kn ? 1 : w->stride, w->is_kn ? w->stride : 1, bias != NULL ? bias->data : NULL,
               memory);
  packed->f32 = memory;
  return LS_OK;
}

static LsStatus
pack_s16 (LsNode *node, const LsMac *mac, LsMacPacked *packed, LsError *error)
{
  Weights weights = { mac, ls_mac_weights (node, mac), 0 };
  const size_t line = mac->depth / mac->n_lines;
  size_t n_chunks, count;

  LS_TRY (take_requant (node, mac, packed, error));
  packed->chunk = mac->kind == LS_MAC_I64 ? MAX_DEPTH16 : line;
  n_chunks = line / packed->chunk + (line % packed->chunk > 0);
  packed->chunk_count
    = ls_s16_packed_count (packed->kernels, mac->channels, mac->n_lines, packed->chunk);
  if (!ls_mul (&count, packed->chunk_count, n_chunks))
    count = 0;

  int16_t *memory = ls_node_alloc (node, count, sizeof *memory, error);

  if (memory == NULL)
    return LS_E_NO_MEMORY;
  for (size_t i = 0; i < n_chunks; i++)
    {
      size_t rest = line - weights.first;

      ls_s16_pack (packed->kernels, mac->channels, mac->n_lines,
                   rest < packed->chunk ? rest : packed->chunk, read_weights, &weights,
                   packed->is_requantized ? constant_bias (mac) : NULL,
                   memory + i * packed->chunk_count);
      weights.first += packed->chunk;
    }
  packed->s16 = memory;
  return LS_OK;
}

static bool
can_pack (const LsNode *node, const LsMac *mac)
{
  const LsMacWeights *w = &mac->weights;
  const bool is_byte = w->type == LS_TYPE_INT8 || w->type == LS_TYPE_UINT8;

  if (!w->value->is_constant || w->is_unpacked_late || mac->block > 0 || mac->minima.first != NULL
      || !mac->is_tiled || mac->depth == 0 || mac->channels == 0)
    return false;
  if (mac->kind == LS_MAC_F32)
    return mac->stage.late_activation == LS_ACTIVATION_NONE
           && (mac->stage.bias == NULL || mac->stage.bias->is_constant);
  /* Rows of odd depth are read in pairs, one element over their end: only in our own memory. */
  return is_byte && (mac->depth % 2 == 0 || mac->rows.is_loaded || mac->is_gathered);
}

LsStatus
ls_mac_pack (LsNode *node, LsMac *mac, LsError *error)
{
  const bool is_lined = can_pack (node, mac) && mac->kind != LS_MAC_I64 && mac->n_lines > 1
                        && mac->n_lines <= LS_MAC_LINES;

  mac->n_lines = is_lined ? mac->n_lines : 1;
  mac->line_room = mac->depth / mac->n_lines;
  if (!can_pack (node, mac))
    return LS_OK;

  LsMacPacked *packed = ls_node_alloc (node, 1, sizeof *packed, error);

  if (packed == NULL)
    return LS_E_NO_MEMORY;
  packed->kernels = ls_kernels ();
  packed->source = ls_mac_weights (node, mac);
  if (mac->kind == LS_MAC_F32)
    LS_TRY (pack_f32 (node, mac, packed, error));
  else
    LS_TRY (pack_s16 (node, mac, packed, error));
  /* Pairs must not reach from one line into the next. */
  if (mac->kind != LS_MAC_F32 && mac->n_lines > 1)
    mac->line_room += mac->line_room % 2;
  mac->packed = packed;
  node->kernel = mac->kind == LS_MAC_F32   ? "gemm f32"
                 : mac->kind == LS_MAC_I64 ? "gemm s16 wide"
                                           : "gemm s16";
  return LS_OK;
}

/* ---- Running
 * --------------------------------------------------------------------------------------- */

/* The lines of a tile from row @r and element @at of each line on. */
static LsLines
tile_lines (const LsMac *mac, const LsMacTile *tile, size_t r, size_t at, const void **room)
{
  const size_t size = mac->rows.element_size;
  const size_t before = (r * tile->row_stride + at) * size;

  for (size_t l = 0; l < mac->n_lines; l++)
    {
      const unsigned char *line
        = tile->lines != NULL ? tile->lines[l]
                              : (const unsigned char *) tile->rows + l * mac->line_room * size;

      room[l] = line == NULL ? NULL : line + before;
    }
  return (LsLines){ mac->n_lines, mac->depth / mac->n_lines, tile->row_stride, room };
}

static void
run_f32 (const LsMac *mac, const LsMacTile *tile)
{
  const LsMacPacked *p = mac->packed;
  const size_t panel = tile->first / p->kernels->f32_nr;
  const void *at[LS_MAC_LINES];
  const LsLines lines = tile_lines (mac, tile, 0, 0, at);

  p->kernels->f32_gemm (tile->n_rows, tile->end - tile->first, &lines,
                        p->f32 + panel * p->kernels->f32_nr * (mac->depth + 1),
                        (float *) (void *) tile->out + tile->first, tile->out_stride,
                        mac->stage.float_clamp.min, mac->stage.float_clamp.max);
}

static void
store_row (const LsMac *mac, const LsMacPacked *p, const int32_t *acc, float scale, size_t first,
           size_t n, unsigned char *out)
{
  LsRequant requant = p->requant;

  if (!p->is_requantized)
    {
      ls_mac_store (mac, acc, scale, first, n, out);
      return;
    }
  requant.multipliers += first;
  requant.lefts = requant.lefts == NULL ? NULL : requant.lefts + first;
  requant.rights += first;
  requant.halves += first;
  requant.scales = requant.scales == NULL ? NULL : requant.scales + first;
  if (mac->stage.type == LS_TYPE_INT8)
    p->kernels->requant_s8 (n, acc, &requant, (int8_t *) out);
  else if (mac->stage.type == LS_TYPE_UINT8)
    p->kernels->requant_u8 (n, acc, &requant, out);
  else
    p->kernels->requant_s16 (n, acc, &requant, (int16_t *) (void *) out);
}

/* Sums of @n_rows rows from @r on and @n channels from @first on: chunk after chunk where they are
 * wide. */
static void
sum_block (const LsMac *mac, const LsMacTile *tile, size_t r, size_t n_rows, size_t first, size_t n,
           int32_t *acc, int64_t *wide)
{
  const LsMacPacked *p = mac->packed;
  const size_t panel = first / p->kernels->s16_nr, line = mac->depth / mac->n_lines;
  const int16_t *weights = p->s16;
  const void *places[LS_MAC_LINES];

  for (size_t at = 0; at < line; at += p->chunk, weights += p->chunk_count)
    {
      const size_t k = line - at < p->chunk ? line - at : p->chunk;
      LsLines lines = tile_lines (mac, tile, r, at, places);

      lines.length = k;
      p->kernels->s16_gemm (n_rows, n, &lines,
                            weights
                              + panel * 2 * p->kernels->s16_nr * (mac->n_lines * ((k + 1) / 2) + 1),
                            acc, LS_MAC_BLOCK);
      if (mac->kind != LS_MAC_I64)
        continue;
      for (size_t i = 0; i < n_rows * LS_MAC_BLOCK; i++)
        wide[i] = at == 0 ? acc[i] : wide[i] + acc[i];
    }
}

static void
run_s16 (const LsMac *mac, const LsMacTile *tile)
{
  const size_t out_size = ls_type_bits (mac->stage.type) / 8;
  int32_t acc[ROWS * LS_MAC_BLOCK] = { 0 };
  int64_t wide[ROWS * LS_MAC_BLOCK];

  for (size_t c = tile->first; c < tile->end; c += LS_MAC_BLOCK)
    for (size_t r = 0; r < tile->n_rows; r += ROWS)
      {
        const size_t n = tile->end - c < LS_MAC_BLOCK ? tile->end - c : LS_MAC_BLOCK;
        const size_t n_rows = tile->n_rows - r < ROWS ? tile->n_rows - r : ROWS;

        sum_block (mac, tile, r, n_rows, c, n, acc, wide);
        for (size_t i = 0; i < n_rows; i++)
          {
            const float scale = tile->row_scales != NULL
                                  ? tile->row_scales[(r + i) * tile->row_scale_step].scale
                                  : 1;
            unsigned char *out = tile->out + ((r + i) * tile->out_stride + c) * out_size;

            if (mac->kind == LS_MAC_I64)
              ls_mac_store (mac, wide + i * LS_MAC_BLOCK, scale, c, n, out);
            else
              store_row (mac, mac->packed, acc + i * LS_MAC_BLOCK, scale, c, n, out);
          }
      }
}

/* ---- Depthwise
 * --------------------------------------------------------------------------------------- */

struct LsDepthwisePacked
{
  LsMacPacked packed;
  const void *weights; /* float, or int16 without their zero point: taps × channels */
  const void *bias;    /* as the sums; zeros when there is none */
};

/* int16 weights without their zero point. */
static const int16_t *
widen_weights (LsNode *node, const LsMac *mac, size_t count, LsError *error)
{
  const Weights source = { mac, ls_mac_weights (node, mac), 0 };
  int16_t *wide = ls_node_alloc (node, count, sizeof *wide, error);

  for (size_t i = 0; wide != NULL && i < mac->depth; i++)
    for (size_t c = 0; c < mac->channels; c++)
      read_weights (&source, i, c, 1, &wide[i * mac->channels + c]);
  return wide;
}

LsStatus
ls_depthwise_pack (LsNode *node, LsMac *mac, const LsDepthwisePacked **out, LsError *error)
{
  const LsMacWeights *w = &mac->weights;
  const LsValue *bias = mac->stage.bias;
  size_t count;

  *out = NULL;
  if (!w->value->is_constant || w->is_unpacked_late || mac->kind == LS_MAC_I64
      || mac->kind == LS_MAC_HYBRID || mac->depth > LS_DW_TAPS
      || (bias != NULL && !bias->is_constant) || !ls_mul (&count, mac->depth, mac->channels))
    return LS_OK;

  LsDepthwisePacked *p = ls_node_alloc (node, 1, sizeof *p, error);
  void *zeros = ls_node_alloc (node, mac->channels, sizeof (int32_t), error);

  if (p == NULL || zeros == NULL)
    return LS_E_NO_MEMORY;
  p->packed.kernels = ls_kernels ();
  p->bias = bias != NULL ? bias->data : zeros;
  p->weights = ls_mac_weights (node, mac);
  if (mac->kind == LS_MAC_I32)
    {
      LS_TRY (take_requant (node, mac, &p->packed, error));
      if (!p->packed.is_requantized)
        return LS_OK;
      p->weights = widen_weights (node, mac, count, error);
      if (p->weights == NULL)
        return LS_E_NO_MEMORY;
    }
  node->kernel = mac->kind == LS_MAC_F32 ? "depthwise f32" : "depthwise s16";
  *out = p;
  return LS_OK;
}

void
ls_depthwise_pixels (const LsMac *mac, const LsDepthwisePacked *p, const LsDwRun *run, int32_t *acc,
                     unsigned char *out)
{
  const LsKernels *kernels = p->packed.kernels;
  const size_t pixel_size = run->out_stride * (ls_type_bits (mac->stage.type) / 8);

  if (mac->kind == LS_MAC_F32)
    {
      kernels->f32_dw (run, p->weights, p->bias, (float *) (void *) out, mac->stage.float_clamp.min,
                       mac->stage.float_clamp.max);
      return;
    }
  kernels->s16_dw (run, p->weights, p->bias, acc);
  for (size_t i = 0; i < run->n; i++)
    store_row (mac, &p->packed, acc + i * run->acc_stride, 1, 0, mac->channels,
               out + i * pixel_size);
}

bool
ls_mac_tile_packed (const LsMac *mac, const LsMacTile *tile)
{
  const LsMacPacked *p = mac->packed;

  if (p == NULL || tile->weights != p->source
      || tile->first % (p->f32 != NULL ? p->kernels->f32_nr : p->kernels->s16_nr) != 0)
    return false;
  if (p->f32 != NULL)
    run_f32 (mac, tile);
  else
    run_s16 (mac, tile);
  return true;
}
