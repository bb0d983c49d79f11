/*
 * Sources: tflite/kernels/internal/common.cc (MultiplyByQuantizedMultiplier), reference/conv.h,
 * reference/integer_ops/fully_connected.h (rounding in double), portable_tensor_utils.cc (hybrid).
 */
#include "ops/mac.h"

#include <math.h>
#include <string.h>

#include "base/packed.h"
#include "kernels/elements.h"
#include "kernels/kernels.h"
#include "ops/dot.h"
#include "ops/hybrid.h"
#include "ops/mac_packed.h"

/* ---- The first phase: rows --------------------------------------------------------------------
 */

enum
{
  CHUNK = 4096 /* elements of one unit where rows play no part */
};

/* Element @i of row @r, by its index in the value's data. */
static size_t
row_element (const LsMacRows *rows, size_t r, size_t i)
{
  if (rows->transposed_rows == 0)
    return r * rows->length + i;

  const size_t matrix = r / rows->transposed_rows, row = r % rows->transposed_rows;

  return (matrix * rows->length + i) * rows->transposed_rows + row;
}

static size_t
row_step (const LsMacRows *rows)
{
  return rows->transposed_rows == 0 ? 1 : rows->transposed_rows;
}

/* A row whose elements lie apart. */
static void
widen_apart (const LsMacRows *rows, size_t at, int16_t *out)
{
  const size_t step = row_step (rows), n = rows->length;
  const int16_t zero_point = (int16_t) rows->zero_point;

  if (rows->value->type == LS_TYPE_INT8)
    for (size_t i = 0; i < n; i++)
      out[i] = (int16_t) (((const int8_t *) rows->value->data)[at + i * step] - zero_point);
  else if (rows->value->type == LS_TYPE_UINT8)
    for (size_t i = 0; i < n; i++)
      out[i] = (int16_t) (((const uint8_t *) rows->value->data)[at + i * step] - zero_point);
  else
    for (size_t i = 0; i < n; i++)
      out[i] = ((const int16_t *) rows->value->data)[at + i * step];
}

/* @n elements one after another, of one row or of several. */
static void
widen (const LsMacRows *rows, size_t at, size_t n, int16_t *out)
{
  if (rows->value->type == LS_TYPE_INT8)
    ls_kernels ()->widen_s8 (n, (const int8_t *) rows->value->data + at, rows->zero_point, out);
  else if (rows->value->type == LS_TYPE_UINT8)
    ls_kernels ()->widen_u8 (n, (const uint8_t *) rows->value->data + at, rows->zero_point, out);
  else
    memcpy (out, (const int16_t *) rows->value->data + at, n * sizeof *out);
}

static const float *
float_row (const LsMacRows *rows, size_t r, float *room)
{
  const float *x = (const float *) rows->value->data + row_element (rows, r, 0);

  if (rows->transposed_rows == 0)
    return x;
  for (size_t i = 0; i < rows->length; i++)
    room[i] = x[i * rows->transposed_rows];
  return room;
}

/* The bytes are made in the upper half of the row and spread from there, front to back, by way of a
 * block that does not overlap with what is written. */
static LsRowScale
quantize (const LsMacRows *rows, const float *x, int16_t *out)
{
  int8_t *q = (int8_t *) out + rows->length;
  const LsRowScale scale = ls_quantize_row (x, rows->length, rows->is_asymmetric, q);

  for (size_t at = 0; at < rows->length;)
    {
      int8_t block[256];
      const size_t n = rows->length - at < sizeof block ? rows->length - at : sizeof block;

      memcpy (block, q + at, n);
      ls_kernels ()->widen_s8 (n, block, scale.zero_point, out + at);
      at += n;
    }
  return scale;
}

static LsStatus
load_rows_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsMac *mac = node->state;
  const LsMacRows *rows = &mac->rows;
  unsigned char *first = (unsigned char *) node->scratch + rows->rows_at;
  const bool is_integer = mac->kind == LS_MAC_I32 || mac->kind == LS_MAC_I64;

  if (is_integer && rows->transposed_rows == 0)
    {
      widen (rows, begin * rows->length, (end - begin) * rows->length,
             (int16_t *) (void *) first + begin * rows->length);
      return LS_OK;
    }
  for (size_t r = begin; r < end; r++)
    {
      unsigned char *out = first + r * rows->length * rows->element_size;

      if (is_integer)
        widen_apart (rows, row_element (rows, r, 0), (int16_t *) (void *) out);
      else if (mac->kind == LS_MAC_F32)
        float_row (rows, r, (float *) (void *) out);
      else
        ((LsRowScale *) (void *) ((unsigned char *) node->scratch + rows->scales_at))[r]
          = quantize (rows, float_row (rows, r, ls_node_thread_scratch (node, thread)),
                      (int16_t *) (void *) out);
    }
  return LS_OK;
}

static LsStatus
unpack_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsMac *mac = node->state;
  const LsMacWeights *w = &mac->weights;
  const size_t first = begin * CHUNK;
  const size_t n = w->value->count - first < (end - begin) * CHUNK ? w->value->count - first
                                                                   : (end - begin) * CHUNK;

  ls_unpack_signed (w->value->data, ls_type_bits (w->value->type), first, n,
                    (int8_t *) node->scratch + w->unpacked_at + first);
  return LS_OK;
}

LsStatus
ls_mac_prepare (LsNode *node, LsMac *mac, LsError *error)
{
  LsMacRows *rows = &mac->rows;
  size_t count, size;

  rows->is_loaded |= rows->transposed_rows != 0;
  if (rows->is_loaded)
    {
      if (!ls_mul (&count, rows->n_rows, rows->length) || !ls_mul (&size, count, rows->element_size)
          || !ls_add (&size, size, 4))
        return ls_node_invalid (node, error, "its input is too large");
      LS_TRY (ls_mac_scratch (node, mac, size, &rows->rows_at, error));
      if (mac->kind == LS_MAC_HYBRID)
        LS_TRY (
          ls_mac_scratch (node, mac, rows->n_rows * sizeof (LsRowScale), &rows->scales_at, error));
      ls_node_phase (node, load_rows_run, rows->n_rows,
                     rows->length < CHUNK ? CHUNK / (rows->length + 1) : 1);
    }
  if (mac->weights.is_unpacked_late)
    ls_node_phase (node, unpack_run, mac->weights.value->count / CHUNK + 1, 1);
  return ls_mac_pack (node, mac, error);
}

const void *
ls_mac_rows (const LsNode *node, const LsMac *mac)
{
  if (mac->rows.is_loaded)
    return (const unsigned char *) node->scratch + mac->rows.rows_at;
  return mac->rows.value->data;
}

const LsRowScale *
ls_mac_row_scales (const LsNode *node, const LsMac *mac)
{
  if (mac->kind != LS_MAC_HYBRID)
    return NULL;
  return (const LsRowScale *) (const void *) ((const unsigned char *) node->scratch
                                              + mac->rows.scales_at);
}

const void *
ls_mac_weights (const LsNode *node, const LsMac *mac)
{
  if (mac->weights.is_unpacked_late)
    return (const unsigned char *) node->scratch + mac->weights.unpacked_at;
  return mac->weights.data != NULL ? mac->weights.data : mac->weights.value->data;
}

size_t
ls_mac_weight_size (const LsMac *mac)
{
  return ls_type_bits (mac->weights.type) / 8;
}

/* ---- Sums --------------------------------------------------------------------------------------
 */

/* Sum of x × (w - zero point) = sum of x × w - zero point × sum of x. */
static void
take_off_zero_point (const LsMac *mac, LsSums *sums, const int16_t *x, size_t k, size_t n)
{
  const int64_t sum = ls_row_sum (x, k) * mac->weights.zero_point;

  for (size_t j = 0; j < n; j++)
    if (mac->kind == LS_MAC_I64)
      sums->l[j] -= sum;
    else
      sums->u[j] -= (uint32_t) sum;
}

static void
add_wide (const LsMac *mac, LsSums *sums, const void *x, const void *w, size_t k, size_t n)
{
  const LsMacWeights *weights = &mac->weights;

  if (weights->type == LS_TYPE_INT16 && weights->is_kn)
    ls_dot_kn_i16_wide (x, w, k, weights->stride, n, sums->l);
  else if (weights->type == LS_TYPE_INT16)
    ls_dot_nk_i16_wide (x, w, k, weights->stride, n, sums->l);
  else if (weights->is_kn)
    ls_dot_kn_i8_wide (x, w, k, weights->stride, n, sums->l);
  else
    ls_dot_nk_i8_wide (x, w, k, weights->stride, n, sums->l);
}

void
ls_mac_add (const LsMac *mac, LsSums *sums, const void *x, const void *w, size_t k, size_t n)
{
  const LsMacWeights *weights = &mac->weights;

  if (mac->kind == LS_MAC_F32 && weights->is_kn)
    ls_dot_kn_f32 (x, w, k, weights->stride, n, sums->f);
  else if (mac->kind == LS_MAC_F32)
    ls_dot_nk_f32 (x, w, k, weights->stride, n, sums->f);
  else if (mac->kind == LS_MAC_I64)
    add_wide (mac, sums, x, w, k, n);
  else if (weights->type == LS_TYPE_UINT8)
    ls_dot_nk_u8 (x, w, k, weights->stride, n, sums->u);
  else if (weights->is_kn)
    ls_dot_kn_i8 (x, w, k, weights->stride, n, sums->u);
  else
    ls_dot_nk_i8 (x, w, k, weights->stride, n, sums->u);
  if (weights->zero_point != 0)
    take_off_zero_point (mac, sums, x, k, n);
}

/* ---- Outputs -----------------------------------------------------------------------------------
 */

/* Out of range, or NaN: INT32_MIN, as the x86 conversion has it. */
static int32_t
round_to_int32 (double x)
{
  x = round (x);
  return x > -2147483649.0 && x < 2147483648.0 ? (int32_t) x : INT32_MIN;
}

static int64_t
integer_bias (const LsMacStage *stage, size_t channel)
{
  if (stage->bias == NULL)
    return 0;
  return stage->bias->type == LS_TYPE_INT64 ? ((const int64_t *) stage->bias->data)[channel]
                                            : ((const int32_t *) stage->bias->data)[channel];
}

static void
write_integer (const LsMacStage *stage, int32_t value, size_t index, void *out)
{
  value = (int32_t) ((uint32_t) value + (uint32_t) stage->zero_point);
  value = ls_clamp_i32 (value, stage->clamp.min, stage->clamp.max);
  if (stage->type == LS_TYPE_INT8)
    ((int8_t *) out)[index] = (int8_t) value;
  else if (stage->type == LS_TYPE_UINT8)
    ((uint8_t *) out)[index] = (uint8_t) value;
  else
    ((int16_t *) out)[index] = (int16_t) value;
}

static void
store_i32 (const LsMacStage *stage, const uint32_t *sums, size_t first, size_t n, void *out)
{
  for (size_t j = 0; j < n; j++)
    {
      const size_t c = first + j;
      const int32_t sum = (int32_t) (sums[j] + (uint32_t) integer_bias (stage, c));

      if (stage->rule == LS_SCALE_NONE)
        ((int32_t *) out)[j] = sum;
      else if (stage->rule == LS_SCALE_DOUBLE)
        write_integer (stage, round_to_int32 ((double) sum * stage->scales[c]), j, out);
      else
        write_integer (stage, ls_mbqm (sum, stage->multipliers[c]), j, out);
    }
}

static void
store_i64 (const LsMacStage *stage, const int64_t *sums, size_t first, size_t n, void *out)
{
  for (size_t j = 0; j < n; j++)
    {
      const size_t c = first + j;
      const int64_t sum = (int64_t) ((uint64_t) sums[j] + (uint64_t) integer_bias (stage, c));

      if (stage->rule == LS_SCALE_DOUBLE)
        write_integer (stage, round_to_int32 ((double) sum * stage->scales[c]), j, out);
      else
        write_integer (stage, ls_mbqm64 (sum, stage->multipliers[c]), j, out);
    }
}

static void
store_float (const LsMac *mac, const void *sums, float row_scale, size_t first, size_t n,
             float *out)
{
  static const float nothing = -0.0f; /* what every float stays itself with */
  const LsMacStage *stage = &mac->stage;
  const LsElements *loops = ls_elements ();
  const bool is_late = stage->late_activation != LS_ACTIVATION_NONE;
  const LsElementParams scaling = { .min = -INFINITY, .max = INFINITY, .alpha = row_scale };
  const LsElementParams clamping = { .min = is_late ? -INFINITY : stage->float_clamp.min,
                                     .max = is_late ? INFINITY : stage->float_clamp.max };
  const float *bias = stage->bias != NULL ? (const float *) stage->bias->data + first : &nothing;

  if (mac->kind == LS_MAC_HYBRID && mac->block == 0)
    loops->scale_sums (&scaling, sums, 1, stage->weight_scales + first, 1, out, n);
  else if (mac->kind == LS_MAC_HYBRID)
    loops->mul_f32 (&scaling, sums, 1, &row_scale, 0, out, n);
  loops->add_f32 (&clamping, mac->kind == LS_MAC_HYBRID ? out : sums, 1, bias,
                  stage->bias != NULL ? 1 : 0, out, n);
  if (is_late)
    ls_activate_row (stage->late_activation, out, n);
}

void
ls_mac_store (const LsMac *mac, const void *sums, float row_scale, size_t first, size_t n,
              void *out)
{
  if (mac->kind == LS_MAC_I32)
    store_i32 (&mac->stage, sums, first, n, out);
  else if (mac->kind == LS_MAC_I64)
    store_i64 (&mac->stage, sums, first, n, out);
  else
    store_float (mac, sums, row_scale, first, n, out);
}

/* Blocks along the depth with a scale each: their sums are added as floats. */
static void
add_blocks (const LsMac *mac, LsSums *sums, const int16_t *x, const int8_t *w, size_t first,
            size_t n)
{
  const size_t n_blocks = mac->depth / mac->block;
  const float *scales = mac->block_scales + first * n_blocks;

  for (size_t b = 0; b < n_blocks; b++)
    {
      LsSums block = { .u = { 0 } };

      ls_mac_add (mac, &block, x + b * mac->block, w + b * mac->block, mac->block, n);
      for (size_t j = 0; j < n; j++)
        sums->f[j] += (float) (int32_t) block.u[j] * scales[j * n_blocks + b];
    }
}

/* Negative activations: 128 × x instead of -128 × x. */
static void
mind_minima (const LsMac *mac, LsSums *sums, const int16_t *x, int32_t zero_point, size_t first,
             size_t n)
{
  const LsMacMinima *m = &mac->minima;

  for (size_t j = 0; j < n; j++)
    for (size_t i = m->first[first + j]; i < m->first[first + j + 1]; i++)
      {
        const int32_t q = x[m->depths[i]] + zero_point;

        if (q < 0)
          sums->u[j] += (uint32_t) (256 * q);
      }
}

static void
sum_row (const LsMac *mac, LsSums *sums, const void *x, const unsigned char *w,
         const LsRowScale *scale, size_t first, size_t n)
{
  if (mac->block > 0)
    {
      add_blocks (mac, sums, x, (const int8_t *) w, first, n);
      return;
    }
  ls_mac_add (mac, sums, x, w, mac->depth, n);
  if (mac->minima.first != NULL)
    mind_minima (mac, sums, x, scale->zero_point, first, n);
}

void
ls_mac_tile (const LsMac *mac, const LsMacTile *tile)
{
  const size_t row_bytes = tile->row_stride * mac->rows.element_size;
  const size_t weight_bytes
    = ls_mac_weight_size (mac) * (mac->weights.is_kn ? 1 : mac->weights.stride);
  const size_t out_size = ls_type_bits (mac->stage.type) / 8;

  if (ls_mac_tile_packed (mac, tile))
    return;
  for (size_t c = tile->first; c < tile->end; c += LS_MAC_BLOCK)
    {
      const size_t n = tile->end - c < LS_MAC_BLOCK ? tile->end - c : LS_MAC_BLOCK;
      const unsigned char *w = (const unsigned char *) tile->weights + c * weight_bytes;

      for (size_t r = 0; r < tile->n_rows; r++)
        {
          const unsigned char *x = (const unsigned char *) tile->rows + r * row_bytes;
          const LsRowScale *scale
            = tile->row_scales != NULL ? tile->row_scales + r * tile->row_scale_step : NULL;
          LsSums sums = { .l = { 0 } };

          sum_row (mac, &sums, x, w, scale, c, n);
          ls_mac_store (mac, &sums, scale != NULL ? scale->scale : 1, c, n,
                        tile->out + (r * tile->out_stride + c) * out_size);
        }
    }
}

size_t
ls_mac_grain (size_t macs)
{
  enum
  {
    WORTH = 1 << 15
  };

  return macs >= WORTH ? 1 : WORTH / (macs + 1);
}
