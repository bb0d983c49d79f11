/*
 * AVERAGE_POOL_2D, MAX_POOL_2D, L2_POOL_2D over [batch, height, width, channels].
 *
 * Source: tflite/kernels/pooling.cc, internal/reference/pooling.h and integer_ops/pooling.h: only
 * elements inside the input count, and nothing is rescaled.
 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "kernels/rows.h"
#include "ops/activation.h"
#include "ops/padding.h"
#include "ops/shape.h"

enum
{
  MAX_BLOCK = 512, /* channels that are pooled side by side */
  LEAST_BLOCK = 64 /* channels under which another thread does not pay */
};

typedef struct Pool Pool;

struct Pool
{
  LsWindow h, w;
  size_t channels, block, n_blocks;
  const LsAccumulate *accumulate;
  uint32_t neutral; /* what an accumulator begins with, in its own type */
  /* Turns the accumulators of @n channels over @count elements into outputs. */
  void (*finish) (const Pool *p, const void *acc, void *y, size_t n, int32_t count);
  LsFloatRange range;
  LsIntRange int_range;
};

/* ---- From accumulators to outputs -------------------------------------------------------------
 */

static void
finish_average_f32 (const Pool *p, const void *acc, void *y, size_t n, int32_t count)
{
  ls_row_kernels ()->average_f32 (y, acc, n, (float) count, p->range.min, p->range.max);
}

static void
finish_l2 (const Pool *p, const void *acc, void *y, size_t n, int32_t count)
{
  for (size_t i = 0; i < n; i++)
    ((float *) y)[i] = ls_clamp_f32 (sqrtf (((const float *) acc)[i] / (float) count), p->range);
}

static void
finish_max_f32 (const Pool *p, const void *acc, void *y, size_t n, int32_t count)
{
  memcpy (y, acc, n * sizeof (float));
  ls_row_kernels ()->clamp_f32 (y, n, p->range.min, p->range.max);
}

#define FINISH_INTEGERS(name, type)                                                                \
  static void finish_average_##name (const Pool *p, const void *acc, void *y, size_t n,            \
                                     int32_t count)                                                \
  {                                                                                                \
    ls_row_kernels ()->average_##name (y, acc, n, count, p->int_range.min, p->int_range.max);      \
  }                                                                                                \
                                                                                                   \
  static void finish_max_##name (const Pool *p, const void *acc, void *y, size_t n, int32_t count) \
  {                                                                                                \
    memcpy (y, acc, n * sizeof (type));                                                            \
    ls_row_kernels ()->clamp_##name (y, n, (type) p->int_range.min, (type) p->int_range.max);      \
  }

FINISH_INTEGERS (i8, int8_t)
FINISH_INTEGERS (u8, uint8_t)
FINISH_INTEGERS (i16, int16_t)

/* ---- Running ---------------------------------------------------------------------------------
 */

/* Taps of one output along both axes. */
typedef struct
{
  int32_t y0, y1, x0, x1;
} Taps;

/* Accumulates one output: @x is the input at the first tap. Rows that span the whole width follow
 * one another in memory. */
static void
accumulate (const Pool *p, void *acc, const uint8_t *x, Taps taps, size_t n)
{
  const LsAccumulate *a = p->accumulate;
  size_t rows = (size_t) (taps.x1 - taps.x0), times = (size_t) (taps.y1 - taps.y0);

  for (size_t i = 0; i < n; i++)
    memcpy ((uint8_t *) acc + i * a->acc_size, &p->neutral, a->acc_size);
  if (rows == (size_t) p->w.in)
    {
      rows *= times;
      times = 1;
    }
  for (size_t i = 0; i < times; i++)
    a->columns (acc, x + i * (size_t) p->w.in * p->channels * a->x_size, rows, p->channels, n);
}

/* Unit u is block u % n_blocks of the channels of output row u / n_blocks. */
static LsStatus
run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Pool *p = node->state;
  const size_t size = p->accumulate->x_size;
  uint64_t acc[MAX_BLOCK];

  for (size_t u = begin; u < end; u++)
    {
      const size_t first = u % p->n_blocks * p->block, row = u / p->n_blocks;
      const size_t n = p->channels - first < p->block ? p->channels - first : p->block;
      const size_t batch = row / (size_t) p->h.out;
      const int32_t o = (int32_t) (row % (size_t) p->h.out);
      uint8_t *y
        = (uint8_t *) node->out[0]->data + (row * (size_t) p->w.out * p->channels + first) * size;
      Taps taps;

      ls_window_taps (&p->h, o, &taps.y0, &taps.y1);
      for (int32_t i = 0; i < p->w.out; i++, y += p->channels * size)
        {
          ls_window_taps (&p->w, i, &taps.x0, &taps.x1);

          const int64_t in_y = (int64_t) o * p->h.stride - p->h.before + taps.y0,
                        in_x = (int64_t) i * p->w.stride - p->w.before + taps.x0;
          const size_t at
            = ((batch * (size_t) p->h.in + (size_t) in_y) * (size_t) p->w.in + (size_t) in_x)
                * p->channels
              + first;
          const int32_t count = (int32_t) ((int64_t) (taps.y1 - taps.y0) * (taps.x1 - taps.x0));

          if (count == 0)
            return ls_node_fail (node, LS_E_INVALID,
                                 "window %" PRId32 ", %" PRId32 " has nothing inside the input", o,
                                 i);
          accumulate (p, acc, (const uint8_t *) node->in[0]->data + at * size, taps, n);
          p->finish (p, acc, y, n, count);
        }
    }
  return LS_OK;
}

/* ---- Preparing -------------------------------------------------------------------------------
 */

static LsStatus
read_window (const LsNode *node, const char *axis, const char *filter, const char *stride,
             LsPadding padding, LsWindow *window, LsError *error)
{
  const int64_t size = ls_attr_int (node->def, filter, 0),
                step = ls_attr_int (node->def, stride, 0);

  if (size < 1 || step < 1)
    return ls_node_invalid (node, error,
                            "a window of %" PRId64 " in steps of %" PRId64 " along the %s", size,
                            step, axis);
  window->filter = (int32_t) size;
  window->stride = (int32_t) step;
  window->dilation = 1;
  return ls_window_init (node, axis, padding, window, error);
}

/* What the three operators do with one type. */
typedef struct
{
  uint8_t kind; /* LsAccumulateKind + 1; 0: not with this type */
  uint32_t neutral;
  void (*finish) (const Pool *p, const void *acc, void *y, size_t n, int32_t count);
} Variant;

static void
choose_blocks (const LsNode *node, Pool *p, size_t n_rows)
{
  p->block = p->channels < MAX_BLOCK ? p->channels : MAX_BLOCK;
  if (node->n_threads > 1 && n_rows < node->n_threads)
    {
      p->block = (p->channels / (2 * node->n_threads) + 15) / 16 * 16;
      p->block = p->block < LEAST_BLOCK ? LEAST_BLOCK : p->block > MAX_BLOCK ? MAX_BLOCK : p->block;
    }
  p->n_blocks = (p->channels + p->block - 1) / p->block;
}

static LsStatus
prepare (LsNode *node, const Variant variants[LS_N_TYPES], LsError *error)
{
  LsPadding padding;
  LsActivation activation;

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  const LsValue *in = node->in[0], *out = node->out[0];
  Pool *p = ls_node_alloc (node, 1, sizeof *p, error);

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  LS_TRY (ls_node_same_type (node, in, out, error));
  if (in->type >= LS_N_TYPES || variants[in->type].kind == 0)
    return ls_node_types (node, in, "input", 0, error);
  LS_TRY (ls_node_rank (node, in, "the input", 4, 4, error));
  LS_TRY (ls_node_padding (node, &padding, error));
  LS_TRY (ls_node_activation (node, &activation, error));
  p->h.in = in->dims[1];
  p->w.in = in->dims[2];
  LS_TRY (read_window (node, "height", "filter_height", "stride_h", padding, &p->h, error));
  LS_TRY (read_window (node, "width", "filter_width", "stride_w", padding, &p->w, error));
  p->range = ls_activation_float_range (activation);
  if (in->type != LS_TYPE_FLOAT32)
    LS_TRY (ls_activation_int_range (node, out, activation, &p->int_range, error));
  LS_TRY (ls_node_output (
    node, 0, 4, (const int32_t[]){ in->dims[0], p->h.out, p->w.out, in->dims[3] }, error));
  p->accumulate = &ls_row_kernels ()->accumulate[variants[in->type].kind - 1];
  p->neutral = variants[in->type].neutral;
  p->finish = variants[in->type].finish;
  p->channels = (size_t) in->dims[3];
  if (out->count == 0)
    return LS_OK;

  const size_t n_rows = (size_t) in->dims[0] * (size_t) p->h.out;

  choose_blocks (node, p, n_rows);
  ls_node_phase (
    node, run, n_rows * p->n_blocks,
    ls_grain ((size_t) p->h.filter * (size_t) p->w.in * p->block * p->accumulate->x_size));
  return LS_OK;
}

#define KIND(NAME) (LS_ACC_##NAME + 1)

static LsStatus
average_prepare (LsNode *node, LsError *error)
{
  static const Variant variants[LS_N_TYPES]
    = { [LS_TYPE_FLOAT32] = { KIND (SUM_F32), 0, finish_average_f32 },
        [LS_TYPE_INT8] = { KIND (SUM_I8), 0, finish_average_i8 },
        [LS_TYPE_UINT8] = { KIND (SUM_U8), 0, finish_average_u8 },
        [LS_TYPE_INT16] = { KIND (SUM_I16), 0, finish_average_i16 } };

  return prepare (node, variants, error);
}

static LsStatus
max_prepare (LsNode *node, LsError *error)
{
  static const Variant variants[LS_N_TYPES]
    = { [LS_TYPE_FLOAT32] = { KIND (MAX_F32), 0xff7fffff /* -FLT_MAX */, finish_max_f32 },
        [LS_TYPE_INT8] = { KIND (MAX_I8), 0x80, finish_max_i8 },
        [LS_TYPE_UINT8] = { KIND (MAX_U8), 0, finish_max_u8 },
        [LS_TYPE_INT16] = { KIND (MAX_I16), 0x8000, finish_max_i16 } };

  return prepare (node, variants, error);
}

static LsStatus
l2_prepare (LsNode *node, LsError *error)
{
  static const Variant variants[LS_N_TYPES]
    = { [LS_TYPE_FLOAT32] = { KIND (SQUARES_F32), 0, finish_l2 } };

  return prepare (node, variants, error);
}

const LsOp ls_op_average_pool_2d = { average_prepare, 0, 3, "float32, int8, uint8, int16" };
const LsOp ls_op_max_pool_2d = { max_prepare, 0, 3, "float32, int8, uint8, int16" };
const LsOp ls_op_l2_pool_2d = { l2_prepare, 0, 1, "float32" };
