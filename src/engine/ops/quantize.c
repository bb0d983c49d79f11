/*
 * QUANTIZE: floats to integers, for the whole tensor or by channel, and integers to integers of
 * another scale.
 *
 * Sources: tflite/kernels/quantize.cc, internal/reference/quantize.h, requantize.h.
 */
#include "ops/channels.h"
#include "ops/fixed_point.h"
#include "ops/shape.h"

#include "base/packed.h"

#include <string.h>

enum
{
  BLOCK = 256
};

typedef struct Quantize Quantize;
/* Elements [0, n) at @x to those at @y. */
typedef void (*Loop) (const Quantize *q, const void *x, void *y, size_t n);
/* Floats; the channel of element i is channel + i × step. */
typedef void (*FloatLoop) (const Quantize *q, const float *x, size_t channel, size_t step, void *y,
                           size_t n);

struct Quantize
{
  LsChannels channels;
  FloatLoop float_loop;
  Loop loop;
  size_t in_size, out_size;
  unsigned packed_bits; /* of an output element that is less than a byte; else 0 */
  int32_t in_zero, out_zero, low, high;
  LsRescale rescale;
  uint8_t table[256];
};

/* Half away from zero; what does not fit an int32 becomes the least one. */
static inline int32_t
quantize (float x, float scale, int32_t zero_point, int32_t low, int32_t high)
{
  float real = x / scale;
  int32_t whole = ls_int_from_float (real);
  float rest = real - (float) whole;
  uint32_t rounded = (uint32_t) whole + (rest >= 0.5f) - (rest <= -0.5f);

  rounded = real >= -0x1p31f && real < 0x1p31f ? rounded : (uint32_t) INT32_MIN;
  return ls_clamp_i32 ((int32_t) (rounded + (uint32_t) zero_point), low, high);
}

#define DEFINE_FLOAT_LOOP(name, T)                                                                 \
  static void name (const Quantize *q, const float *x, size_t channel, size_t step, void *out,     \
                    size_t n)                                                                      \
  {                                                                                                \
    const float *scales = q->channels.scales + channel;                                            \
    const int32_t *zero_points = q->channels.zero_points + channel;                                \
    const int32_t low = q->low, high = q->high;                                                    \
    T *y = out;                                                                                    \
                                                                                                   \
    if (step == 0)                                                                                 \
      {                                                                                            \
        const float scale = *scales;                                                               \
        const int32_t zero_point = *zero_points;                                                   \
                                                                                                   \
        LS_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++)                                                             \
          y[i] = (T) quantize (x[i], scale, zero_point, low, high);                                \
      }                                                                                            \
    else                                                                                           \
      {                                                                                            \
        LS_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++)                                                             \
          y[i] = (T) quantize (x[i], scales[i], zero_points[i], low, high);                        \
      }                                                                                            \
  }
DEFINE_FLOAT_LOOP (float_to_int8, int8_t)
DEFINE_FLOAT_LOOP (float_to_uint8, uint8_t)
DEFINE_FLOAT_LOOP (float_to_int16, int16_t)
DEFINE_FLOAT_LOOP (float_to_int32, int32_t)

static inline int32_t
requantize (int32_t x, const Quantize *q)
{
  int32_t y = ls_rescale ((int32_t) ((uint32_t) x - (uint32_t) q->in_zero), q->rescale);

  return ls_clamp_i32 ((int32_t) ((uint32_t) y + (uint32_t) q->out_zero), q->low, q->high);
}

#define DEFINE_LOOP(from, From, to, To)                                                            \
  static void from##_to_##to (const Quantize *quantizer, const void *in, void *out, size_t n)      \
  {                                                                                                \
    const Quantize q = { .in_zero = quantizer->in_zero,                                            \
                         .out_zero = quantizer->out_zero,                                          \
                         .low = quantizer->low,                                                    \
                         .high = quantizer->high,                                                  \
                         .rescale = quantizer->rescale };                                          \
    const From *x = in;                                                                            \
    To *y = out;                                                                                   \
                                                                                                   \
    LS_SIMD                                                                                        \
    for (size_t i = 0; i < n; i++)                                                                 \
      y[i] = (To) requantize (x[i], &q);                                                           \
  }
#define DEFINE_LOOPS(from, From)                                                                   \
  DEFINE_LOOP (from, From, int8, int8_t)                                                           \
  DEFINE_LOOP (from, From, uint8, uint8_t)                                                         \
  DEFINE_LOOP (from, From, int16, int16_t)                                                         \
  DEFINE_LOOP (from, From, int32, int32_t)
DEFINE_LOOPS (int8, int8_t)
DEFINE_LOOPS (uint8, uint8_t)
DEFINE_LOOPS (int16, int16_t)
DEFINE_LOOPS (int32, int32_t)

static void
by_table (const Quantize *q, const void *in, void *out, size_t n)
{
  const uint8_t *x = in;
  uint8_t *y = out;

  for (size_t i = 0; i < n; i++)
    y[i] = q->table[x[i]];
}

/* Rows: from; columns: to; both in the order INT8, UINT8, INT16, INT32. */
static const LsType kinds[] = { LS_TYPE_INT8, LS_TYPE_UINT8, LS_TYPE_INT16, LS_TYPE_INT32 };
enum
{
  N_KINDS = sizeof kinds / sizeof *kinds
};
static const Loop loops[N_KINDS][N_KINDS] = {
  { int8_to_int8, int8_to_uint8, int8_to_int16, int8_to_int32 },
  { uint8_to_int8, uint8_to_uint8, uint8_to_int16, uint8_to_int32 },
  { int16_to_int8, int16_to_uint8, int16_to_int16, int16_to_int32 },
  { int32_to_int8, int32_to_uint8, int32_to_int16, int32_to_int32 },
};
static const FloatLoop float_loops[N_KINDS]
  = { float_to_int8, float_to_uint8, float_to_int16, float_to_int32 };

/* Place of a type among `kinds`; -1: not there. */
static int
kind_of (LsType type)
{
  for (int i = 0; i < N_KINDS; i++)
    if (kinds[i] == type)
      return i;
  return -1;
}

static void
run_floats (const Quantize *q, const float *x, uint8_t *y, size_t begin, size_t end)
{
  for (size_t at = begin; at < end;)
    {
      LsChannelRun run = ls_channel_run (&q->channels, at, end);

      q->float_loop (q, x + at, run.channel, run.step, y + at * q->out_size, run.n);
      at += run.n;
    }
}

static LsStatus
float_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  run_floats (node->state, node->in[0]->data, node->out[0]->data, begin, end);
  return LS_OK;
}

/* Elements of less than a byte, all by one thread: a byte is shared by its neighbours. */
static LsStatus
packed_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Quantize *q = node->state;
  uint8_t *y = node->out[0]->data;
  int8_t bytes[BLOCK];

  memset (y, 0, node->out[0]->n_bytes);
  for (size_t at = begin; at < end; at += BLOCK)
    {
      size_t n = end - at < BLOCK ? end - at : BLOCK;

      for (size_t done = 0; done < n;)
        {
          LsChannelRun run = ls_channel_run (&q->channels, at + done, at + n);

          q->float_loop (q, (const float *) node->in[0]->data + run.at, run.channel, run.step,
                         bytes + done, run.n);
          done += run.n;
        }
      for (size_t i = 0; i < n; i++)
        ls_packed_put (y, q->packed_bits, at + i, (unsigned) bytes[i]);
    }
  return LS_OK;
}

static LsStatus
integer_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Quantize *q = node->state;

  q->loop (q, (const uint8_t *) node->in[0]->data + begin * q->in_size,
           (uint8_t *) node->out[0]->data + begin * q->out_size, end - begin);
  return LS_OK;
}

static LsStatus
unsupported (const LsNode *node, LsError *error)
{
  return ls_node_unsupported (node, error, "%s to %s", ls_type_name (node->in[0]->type),
                              ls_type_name (node->out[0]->type));
}

static LsStatus
plan_floats (LsNode *node, Quantize *q, LsError *error)
{
  const LsType type = node->out[0]->type;
  const bool is_packed = type == LS_TYPE_INT4 || type == LS_TYPE_UINT4 || type == LS_TYPE_INT2;
  const int kind = kind_of (is_packed ? LS_TYPE_INT8 : type);

  if (kind < 0)
    return unsupported (node, error);
  LS_TRY (ls_channels_init (&q->channels, node, node->out[0], "the output", error));
  q->float_loop = float_loops[kind];
  if (is_packed)
    {
      q->packed_bits = ls_type_bits (type);
      ls_node_phase (node, packed_run, node->in[0]->count, node->in[0]->count);
    }
  else
    ls_node_phase (node, float_run, node->in[0]->count, ls_element_grain (LS_COST_RESCALE));
  return LS_OK;
}

static LsStatus
plan_integers (LsNode *node, Quantize *q, LsError *error)
{
  const LsValue *x = node->in[0], *y = node->out[0];
  const int from = kind_of (x->type), to = kind_of (y->type);
  size_t cost = LS_COST_RESCALE;

  if (from < 0 || to < 0)
    return unsupported (node, error);
  LS_TRY (ls_node_scale (node, x, "the input", error));
  LS_TRY (ls_node_scale (node, y, "the output", error));
  q->in_zero = x->zero_point;
  q->out_zero = y->zero_point;
  q->rescale = ls_rescale_from (ls_quantize_multiplier ((double) x->scale / (double) y->scale));
  q->loop = loops[from][to];
  if (q->in_size == 1 && q->out_size == 1)
    {
      for (int i = 0; i < 256; i++)
        {
          uint8_t byte = (uint8_t) i;

          q->loop (q, &byte, &q->table[i], 1);
        }
      q->loop = by_table;
      cost = LS_COST_MOVE;
    }
  ls_node_phase (node, integer_run, x->count, ls_element_grain (cost));
  return LS_OK;
}

static LsStatus
quantize_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  Quantize *q = ls_node_alloc (node, 1, sizeof *q, error);

  if (q == NULL)
    return LS_E_NO_MEMORY;
  q->in_size = ls_element_size (node->in[0]->type);
  q->out_size = ls_element_size (node->out[0]->type);
  ls_integer_range (node->out[0]->type, &q->low, &q->high);
  node->state = q;
  LS_TRY (ls_node_output_like (node, 0, node->in[0], error));
  if (node->in[0]->type == LS_TYPE_FLOAT32)
    return plan_floats (node, q, error);
  return plan_integers (node, q, error);
}

const LsOp ls_op_quantize
  = { quantize_prepare, LS_OP_IN_PLACE, 6,
      "float32 (per-channel) to int8, uint8, int16, int32, int4; any of these to another" };
