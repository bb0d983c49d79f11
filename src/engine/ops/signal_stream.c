/*
 * TensorFlow Lite Micro's operators that hold sound back from run to run: SignalFramer,
 * SignalStacker, SignalDelay, SignalOverlapAdd.
 *
 * Source: tflite-micro, signal/micro/kernels/framer.cc, stacker.cc, delay.cc, overlap_add.cc.
 */
#include "ops/flexmap.h"
#include "ops/kept.h"
#include "ops/shape.h"
#include "ops/signal.h"

#include <string.h>

enum
{
  MAX_SAMPLES = 1 << 24 /* of a frame, a stack, a delay: more is a broken file */
};

/* Takes @n samples off the front of a line of @n_held. */
static void
discard (int16_t *line, size_t n_held, size_t n)
{
  memmove (line, line + n, (n_held - n) * sizeof *line);
}

/* ---- SignalFramer: overlapping frames of a row ------------------------------------------------
 */

typedef struct
{
  LsKept kept;
  size_t size, step, capacity;
  size_t n_rows, n_frames;
  bool is_prefilled;
} Framer;

/* What a row has kept: the number of samples, then the samples. */
typedef struct
{
  size_t n;
  int16_t line[];
} Row;

static size_t
row_size (size_t capacity)
{
  return (sizeof (Row) + capacity * sizeof (int16_t) + sizeof (size_t) - 1) / sizeof (size_t)
         * sizeof (size_t);
}

/* False while there are too few samples for a frame. */
static bool
take_frame (const Framer *p, Row *row, const int16_t *x, int16_t *y)
{
  memcpy (row->line + row->n, x, p->step * sizeof *x);
  row->n += p->step;
  if (row->n < p->size)
    return false;
  memcpy (y, row->line, p->size * sizeof *y);
  discard (row->line, row->n, p->step);
  row->n -= p->step;
  return true;
}

static LsStatus
framer_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Framer *p = node->state;
  const int16_t *x = node->in[0]->data;
  int16_t *y = node->out[0]->data;
  bool is_new, is_valid = true;
  uint8_t *kept = ls_kept_open (&p->kept, node, &is_new);

  if (kept == NULL)
    return LS_E_NO_MEMORY;
  memset (y, 0, node->out[0]->n_bytes);
  for (size_t i = 0; i < p->n_rows; i++)
    {
      Row *row = (Row *) (kept + i * row_size (p->capacity));

      if (is_new && p->is_prefilled)
        row->n = p->size - p->step;
      for (size_t f = i * p->n_frames; f < (i + 1) * p->n_frames; f++)
        is_valid &= take_frame (p, row, x + f * p->step, y + f * p->size);
    }
  *(bool *) node->out[1]->data = is_valid;
  return LS_OK;
}

/* Frames of @frame_size samples each @frame_step samples. */
static LsStatus
read_framer (Framer *p, const LsNode *node, LsError *error)
{
  const LsValue *x = node->in[0];
  size_t length = (size_t) x->dims[x->rank - 1];

  LS_TRY (ls_signal_size (node, "frame_size", 1, MAX_SAMPLES, &p->size, error));
  LS_TRY (ls_signal_size (node, "frame_step", 1, MAX_SAMPLES, &p->step, error));
  p->is_prefilled = ls_flexmap_bool (node->def->custom_options, "prefill", false);
  if (length < p->step || length % p->step != 0 || (p->is_prefilled && p->size < p->step))
    return ls_node_invalid (node, error, "frames of %zu samples each %zu, of %zu samples%s",
                            p->size, p->step, length, p->is_prefilled ? ", prefilled" : "");
  p->n_frames = length / p->step;
  p->n_rows = ls_dims_product (x->dims, 0, x->rank - 1);
  p->capacity = (p->size + p->step - 1) / p->step * p->step;
  return LS_OK;
}

static LsStatus
framer_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 2, error));

  const LsValue *x = node->in[0];
  Framer *p = ls_node_alloc (node, 1, sizeof *p, error);
  int32_t dims[LS_MAX_RANK];

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  LS_TRY (ls_node_types (node, x, "the input", LS_BIT (INT16), error));
  LS_TRY (ls_node_rank (node, x, "the input", 1, LS_MAX_RANK - 1, error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (INT16), error));
  LS_TRY (ls_node_types (node, node->out[1], "the validity", LS_BIT (BOOL), error));
  LS_TRY (read_framer (p, node, error));
  memcpy (dims, x->dims, sizeof dims);
  dims[x->rank - 1] = (int32_t) p->n_frames;
  dims[x->rank] = (int32_t) p->size;
  LS_TRY (ls_node_output (node, 0, x->rank + 1, dims, error));
  LS_TRY (ls_node_output (node, 1, 0, NULL, error));
  LS_TRY (ls_kept_init (&p->kept, node, p->n_rows, row_size (p->capacity), error));
  ls_node_phase (node, framer_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_signal_framer = {
  .prepare = framer_prepare,
  .flags = LS_OP_STATEFUL,
  .types = "int16",
};

/* ---- SignalStacker: the last frames side by side ----------------------------------------------
 */

typedef struct
{
  LsKept kept;
  size_t n_channels, n_left, size, step; /* the last two in samples */
} Stacker;

/* The first frame stands for those before it. */
static LsStatus
stacker_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Stacker *p = node->state;
  int16_t *y = node->out[0]->data;
  bool is_new;
  Row *row = ls_kept_open (&p->kept, node, &is_new);

  if (row == NULL)
    return LS_E_NO_MEMORY;
  for (size_t i = 0; i <= (is_new ? p->n_left : 0); i++, row->n += p->n_channels)
    memcpy (row->line + row->n, node->in[0]->data, p->n_channels * sizeof *y);

  bool is_valid = row->n >= p->size;

  if (is_valid)
    {
      memcpy (y, row->line, p->size * sizeof *y);
      discard (row->line, row->n, p->step);
      row->n -= p->step;
    }
  else
    memset (y, 0, p->size * sizeof *y);
  *(bool *) node->out[1]->data = is_valid;
  return LS_OK;
}

static LsStatus
read_stacker (Stacker *p, const LsNode *node, LsError *error)
{
  size_t n_right, n_steps, n_frames;

  LS_TRY (ls_signal_size (node, "num_channels", 1, MAX_SAMPLES, &p->n_channels, error));
  LS_TRY (ls_signal_size (node, "stacker_left_context", 0, MAX_SAMPLES, &p->n_left, error));
  LS_TRY (ls_signal_size (node, "stacker_right_context", 0, MAX_SAMPLES, &n_right, error));
  LS_TRY (ls_signal_size (node, "stacker_step", 1, MAX_SAMPLES, &n_steps, error));
  n_frames = p->n_left + 1 + n_right;
  if (node->in[0]->count != p->n_channels || n_frames > MAX_SAMPLES / p->n_channels
      || n_steps > n_frames)
    return ls_node_invalid (node, error,
                            "stacks of %zu frames of %zu channels each %zu frames, from an input "
                            "of the shape %s",
                            n_frames, p->n_channels, n_steps, LS_SHAPE (node->in[0]));
  p->size = n_frames * p->n_channels;
  p->step = n_steps * p->n_channels;
  return LS_OK;
}

static LsStatus
stacker_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 2, error));

  Stacker *p = ls_node_alloc (node, 1, sizeof *p, error);

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  LS_TRY (ls_node_types (node, node->in[0], "the input", LS_BIT (INT16), error));
  LS_TRY (ls_node_rank (node, node->in[0], "the input", 1, 1, error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (INT16), error));
  LS_TRY (ls_node_types (node, node->out[1], "the validity", LS_BIT (BOOL), error));
  LS_TRY (read_stacker (p, node, error));
  LS_TRY (ls_node_output (node, 0, 1, (const int32_t[]){ (int32_t) p->size }, error));
  LS_TRY (ls_node_output (node, 1, 0, NULL, error));
  LS_TRY (ls_kept_init (&p->kept, node, 1, row_size (p->size), error));
  ls_node_phase (node, stacker_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_signal_stacker = {
  .prepare = stacker_prepare,
  .flags = LS_OP_STATEFUL,
  .types = "int16",
};

/* ---- SignalDelay ----------------------------------------------------------------------------- */

typedef struct
{
  LsKept kept;
  size_t n_rows, length, delay;
} Delay;

/* What is held back comes out first, then the input; what has no place yet is held back. */
static void
delay_row (const Delay *p, int16_t *line, const int16_t *x, int16_t *y)
{
  size_t n = p->delay < p->length ? p->delay : p->length, n_direct = p->length - n;

  memcpy (y, line, n * sizeof *y);
  memcpy (y + n, x, n_direct * sizeof *y);
  discard (line, p->delay, n);
  memcpy (line + p->delay - n, x + n_direct, n * sizeof *x);
}

static LsStatus
delay_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Delay *p = node->state;
  const int16_t *x = node->in[0]->data;
  int16_t *y = node->out[0]->data;
  bool is_new;
  int16_t *lines = ls_kept_open (&p->kept, node, &is_new);

  if (lines == NULL)
    return LS_E_NO_MEMORY;
  for (size_t i = 0; i < p->n_rows; i++)
    delay_row (p, lines + i * p->delay, x + i * p->length, y + i * p->length);
  return LS_OK;
}

static LsStatus
delay_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  const LsValue *x = node->in[0];
  Delay *p = ls_node_alloc (node, 1, sizeof *p, error);

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  LS_TRY (ls_node_types (node, x, "the input", LS_BIT (INT16), error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (INT16), error));
  LS_TRY (ls_node_rank (node, x, "the input", 1, LS_MAX_RANK, error));
  LS_TRY (ls_signal_size (node, "delay_length", 0, MAX_SAMPLES, &p->delay, error));
  p->length = (size_t) x->dims[x->rank - 1];
  p->n_rows = ls_dims_product (x->dims, 0, x->rank - 1);
  LS_TRY (ls_node_output_like (node, 0, x, error));
  LS_TRY (ls_kept_init (&p->kept, node, p->n_rows, p->delay * sizeof (int16_t), error));
  ls_node_phase (node, delay_run, x->count > 0, 1);
  return LS_OK;
}

const LsOp ls_op_signal_delay = {
  .prepare = delay_prepare,
  .flags = LS_OP_STATEFUL,
  .types = "int16",
};

/* ---- SignalOverlapAdd ------------------------------------------------------------------------ */

typedef struct
{
  LsKept kept;
  size_t n_rows, n_frames, size, step;
} Overlap;

static void
add_float (float *line, const float *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    line[i] += x[i];
}

static void
add_int16 (int16_t *line, const int16_t *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      int sum = line[i] + x[i];

      line[i] = (int16_t) (sum < INT16_MIN ? INT16_MIN : sum > INT16_MAX ? INT16_MAX : sum);
    }
}

/* Adds each frame to the row's line, of which a step's length is then finished. */
static LsStatus
overlap_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Overlap *p = node->state;
  const uint8_t *x = node->in[0]->data;
  uint8_t *y = node->out[0]->data;
  bool is_new, is_float = node->in[0]->type == LS_TYPE_FLOAT32;
  size_t size = is_float ? sizeof (float) : sizeof (int16_t);
  uint8_t *lines = ls_kept_open (&p->kept, node, &is_new);

  if (lines == NULL)
    return LS_E_NO_MEMORY;
  for (size_t f = 0; f < p->n_rows * p->n_frames; f++)
    {
      uint8_t *line = lines + f / p->n_frames * p->size * size;

      if (is_float)
        add_float ((float *) line, (const float *) x + f * p->size, p->size);
      else
        add_int16 ((int16_t *) line, (const int16_t *) x + f * p->size, p->size);
      memcpy (y + f * p->step * size, line, p->step * size);
      memmove (line, line + p->step * size, (p->size - p->step) * size);
      memset (line + (p->size - p->step) * size, 0, p->step * size);
    }
  return LS_OK;
}

static LsStatus
overlap_prepare (LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));

  const LsValue *x = node->in[0];
  Overlap *p = ls_node_alloc (node, 1, sizeof *p, error);
  int32_t dims[LS_MAX_RANK];

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  LS_TRY (ls_node_types (node, x, "the input", LS_BIT (INT16) | LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_same_type (node, x, node->out[0], error));
  LS_TRY (ls_node_rank (node, x, "the input", 2, LS_MAX_RANK, error));
  p->size = (size_t) x->dims[x->rank - 1];
  p->n_frames = (size_t) x->dims[x->rank - 2];
  p->n_rows = ls_dims_product (x->dims, 0, x->rank - 2);
  LS_TRY (ls_signal_size (node, "frame_step", 1, (int64_t) p->size, &p->step, error));

  size_t length;

  if (!ls_mul (&length, p->n_frames, p->step) || length > INT32_MAX)
    return ls_node_invalid (node, error, "%zu frames with a step of %zu", p->n_frames, p->step);
  memcpy (dims, x->dims, sizeof dims);
  dims[x->rank - 2] = (int32_t) length;
  LS_TRY (ls_node_output (node, 0, x->rank - 1, dims, error));
  LS_TRY (ls_kept_init (&p->kept, node, p->n_rows, p->size * ls_element_size (x->type), error));
  ls_node_phase (node, overlap_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_signal_overlap_add = {
  .prepare = overlap_prepare,
  .flags = LS_OP_STATEFUL,
  .types = "float32, int16",
};
