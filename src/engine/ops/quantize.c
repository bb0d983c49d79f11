/*
 * QUANTIZE: floats to integers, for the whole tensor or by channel, and integers to integers of
 * another scale.
 *
 * Sources: tflite/kernels/quantize.cc, internal/reference/quantize.h, requantize.h.
 */
#include "kernels/elements.h"
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

struct Quantize
{
  LsChannels channels;
  LsUnaryKernel kernel; /* from float, to elements of float_size bytes */
  size_t float_size;
  Loop loop;
  size_t in_size, out_size;
  unsigned packed_bits; /* of an output element that is less than a byte; else 0 */
  int32_t in_zero, out_zero, low, high;
  LsRescale rescale;
  uint8_t table[256];
};

/* Elements [begin, end) to those at @y. */
static void
quantize_floats (const Quantize *q, const float *x, size_t begin, size_t end, uint8_t *y)
{
  LsElementParams params = { .low = q->low, .high = q->high };

  for (size_t at = begin; at < end;)
    {
      const LsChannelRun run = ls_channel_run (&q->channels, at, end);
      const size_t n = run.step == 0 ? run.n : 1;

      for (size_t i = 0; i < run.n; i += n)
        {
          params.alpha = q->channels.scales[run.channel + i * run.step];
          params.zero_y = q->channels.zero_points[run.channel + i * run.step];
          q->kernel (&params, x + at + i, y + (at + i - begin) * q->float_size, n);
        }
      at += run.n;
    }
}

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
  ls_elements ()->look_up (q->table, in, out, n);
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
/* Place of a type among `kinds`; -1: not there. */
static int
kind_of (LsType type)
{
  for (int i = 0; i < N_KINDS; i++)
    if (kinds[i] == type)
      return i;
  return -1;
}

static LsStatus
float_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Quantize *q = node->state;

  quantize_floats (q, node->in[0]->data, begin, end,
                   (uint8_t *) node->out[0]->data + begin * q->out_size);
  return LS_OK;
}

/* Elements of less than a byte, all by one thread: a byte is shared by its neighbours. */
static LsStatus
packed_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Quantize *q = node->state;
  uint8_t *y = node->out[0]->data, bytes[BLOCK];

  memset (y, 0, node->out[0]->n_bytes);
  for (size_t at = begin; at < end; at += BLOCK)
    {
      const size_t n = end - at < BLOCK ? end - at : BLOCK;

      quantize_floats (q, node->in[0]->data, at, at + n, bytes);
      for (size_t i = 0; i < n; i++)
        ls_packed_put (y, q->packed_bits, at + i, bytes[i]);
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

/* The kernel from floats to an integer type; NULL: there is none. */
static LsUnaryKernel
kernel_to (LsType type)
{
  const LsElements *elements = ls_elements ();

  switch ((int) type)
    {
    case LS_TYPE_INT8:
      return elements->float_to_int8;
    case LS_TYPE_UINT8:
    case LS_TYPE_INT4:
    case LS_TYPE_UINT4:
    case LS_TYPE_INT2:
      return elements->float_to_uint8;
    case LS_TYPE_INT16:
      return elements->float_to_int16;
    case LS_TYPE_INT32:
      return elements->float_to_int32;
    default:
      return NULL;
    }
}

static LsStatus
plan_floats (LsNode *node, Quantize *q, LsError *error)
{
  const LsValue *y = node->out[0];
  const size_t count = node->in[0]->count;

  q->kernel = kernel_to (y->type);
  if (q->kernel == NULL)
    return unsupported (node, error);
  LS_TRY (ls_channels_init (&q->channels, node, y, "the output", error));
  q->float_size = q->out_size > 0 ? q->out_size : 1;
  q->packed_bits = ls_type_bits (y->type);
  if (q->out_size == 0)
    ls_node_phase (node, packed_run, count, count);
  else
    ls_node_phase (node, float_run, count, ls_element_grain (LS_COST_RESCALE));
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
