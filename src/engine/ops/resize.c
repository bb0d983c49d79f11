/*
 * RESIZE_BILINEAR, RESIZE_NEAREST_NEIGHBOR over [batch, height, width, channels].
 *
 * Source: tflite/kernels/internal/reference/resize_bilinear.h (floats; uint8 in floats; int8 and
 * int16 in integers of 10 fractional bits), resize_nearest_neighbor.h.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "kernels/resize.h"
#include "ops/moves.h"
#include "ops/shape.h"

/* The wanted size, and the output stated; *is_late when it is not known yet. */
static LsStatus
read_size (LsNode *node, bool *is_late, LsError *error)
{
  LsList size;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *in = node->in[0];

  LS_TRY (ls_node_same_type (node, in, node->out[0], error));
  LS_TRY (ls_node_rank (node, in, "the input", 4, 4, error));
  *is_late = !ls_input_known (node, 1);
  if (*is_late)
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_list (node, 1, &size, error));
  if (size.n != 2)
    return ls_node_invalid (node, error, "%d numbers instead of a height and a width", size.n);
  for (int i = 0; i < 2; i++)
    if (size.at[i] < 1 || size.at[i] > INT32_MAX || in->dims[1 + i] < 1 || in->dims[1 + i] > 1 << 20
        || size.at[i] > 1 << 20)
      return ls_node_invalid (node, error, "%s cannot be resized to %" PRId64 " by %" PRId64,
                              LS_SHAPE (in), size.at[0], size.at[1]);
  return ls_node_output (
    node, 0, 4,
    (const int32_t[]){ in->dims[0], (int32_t) size.at[0], (int32_t) size.at[1], in->dims[3] },
    error);
}

/* ---- RESIZE_BILINEAR -------------------------------------------------------------------------
 */

typedef struct Bilinear Bilinear;

struct Bilinear
{
  LsStretch *y, *x; /* for each output row: input rows; for each output column: elements */
  size_t row;       /* elements of an input row */
  size_t channels, width;
  void (*run_row) (const Bilinear *r, const void *a, const void *b, const LsStretch *y, void *out,
                   void *scratch);
};

static int32_t
clamp_index (int64_t index, int32_t dim)
{
  return (int32_t) (index < 0 ? 0 : index >= dim ? dim - 1 : index);
}

/* Where output position @i lies between two input positions, in floats. */
static void
place_float (LsStretch *s, int32_t i, int32_t in, int32_t out, bool is_aligned, bool is_half)
{
  const float scale
    = is_aligned && out > 1 ? (float) (in - 1) / (float) (out - 1) : (float) in / (float) out;
  const float at = is_half ? ((float) i + 0.5f) * scale - 0.5f : (float) i * scale;
  const int32_t first = clamp_index ((int64_t) floorf (at), in);

  s->at[0] = (size_t) first;
  s->at[1] = (size_t) clamp_index ((int64_t) ceilf (at), in);
  s->weights[0] = 1.0f - (at - (float) first);
  s->weights[1] = at - (float) first;
}

/* The same in integers: divisions cut off. */
static void
place_integer (LsStretch *s, int32_t i, int32_t in, int32_t out, bool is_aligned, bool is_half)
{
  const int64_t one = 1 << 10;
  const int64_t scale = is_aligned && out > 1 ? (one * (in - 1) + (out - 1) / 2) / (out - 1)
                                              : (one * in + out / 2) / out;
  const int64_t at = is_half ? i * scale + scale / 2 - one / 2 : i * scale;
  const int32_t first = clamp_index (at / one, in);

  s->at[0] = (size_t) first;
  s->at[1] = (size_t) clamp_index ((at + one - 1) / one, in);
  s->weights_10[0] = (int32_t) (one - (at - one * first));
  s->weights_10[1] = (int32_t) (at - one * first);
}

static void
row_f32 (const Bilinear *r, const void *a, const void *b, const LsStretch *y, void *out,
         void *scratch)
{
  const LsResizeKernels *k = ls_resize_kernels ();

  k->blend_f32 (scratch, a, b, r->row, y->weights);
  k->stretch_f32 (out, scratch, r->x, r->width, r->channels);
}

static void
row_i8 (const Bilinear *r, const void *a, const void *b, const LsStretch *y, void *out,
        void *scratch)
{
  const LsResizeKernels *k = ls_resize_kernels ();

  k->blend_i8 (scratch, a, b, r->row, y->weights_10);
  k->stretch_i8 (out, scratch, r->x, r->width, r->channels);
}

static void
row_i16 (const Bilinear *r, const void *a, const void *b, const LsStretch *y, void *out,
         void *scratch)
{
  const LsResizeKernels *k = ls_resize_kernels ();

  k->blend_i16 (scratch, a, b, r->row, y->weights_10);
  k->stretch_i16 (out, scratch, r->x, r->width, r->channels);
}

/* The bytes hang on the order of the float operations, which is the reference's: the upper row
 * times its weight, the lower row times its weight, each times the weights of the columns, summed
 * up. */
static void
row_u8 (const Bilinear *r, const void *upper, const void *lower, const LsStretch *y, void *out,
        void *scratch)
{
  float *a = scratch, *b = a + r->row;
  uint8_t *to = out;

  for (size_t i = 0; i < r->row; i++)
    {
      a[i] = (float) ((const uint8_t *) upper)[i] * y->weights[0];
      b[i] = (float) ((const uint8_t *) lower)[i] * y->weights[1];
    }
  for (size_t i = 0; i < r->width; i++, to += r->channels)
    {
      const LsStretch *x = &r->x[i];
      const float first = x->weights[0], second = x->weights[1];

      for (size_t c = 0; c < r->channels; c++)
        to[c] = (uint8_t) (a[x->at[0] + c] * first + b[x->at[0] + c] * first
                           + a[x->at[1] + c] * second + b[x->at[1] + c] * second + 0.5f);
    }
}

/* Unit u is one output row. */
static LsStatus
bilinear_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Bilinear *r = node->state;
  const LsValue *in = node->in[0], *out = node->out[0];
  const size_t size = ls_element_size (in->type), height = (size_t) out->dims[1];

  for (size_t u = begin; u < end; u++)
    {
      const LsStretch *y = &r->y[u % height];
      const uint8_t *batch
        = (const uint8_t *) in->data + u / height * (size_t) in->dims[1] * r->row * size;

      r->run_row (r, batch + y->at[0] * r->row * size, batch + y->at[1] * r->row * size, y,
                  (uint8_t *) out->data + u * r->width * r->channels * size,
                  ls_node_thread_scratch (node, thread));
    }
  return LS_OK;
}

static LsStatus
place_all (LsNode *node, Bilinear *r, LsError *error)
{
  const bool is_aligned = ls_attr_int (node->def, "align_corners", 0) != 0;
  const bool is_half = ls_attr_int (node->def, "half_pixel_centers", 0) != 0;
  const LsValue *in = node->in[0], *out = node->out[0];

  if (is_aligned && is_half)
    return ls_node_invalid (node, error, "align_corners and half_pixel_centers exclude each other");
  for (int axis = 0; axis < 2; axis++)
    {
      const int32_t n_in = in->dims[1 + axis], n_out = out->dims[1 + axis];
      LsStretch *s = ls_node_alloc (node, (size_t) n_out, sizeof *s, error);

      if (s == NULL)
        return LS_E_NO_MEMORY;
      for (int32_t i = 0; i < n_out; i++)
        {
          if (in->type == LS_TYPE_INT8 || in->type == LS_TYPE_INT16)
            place_integer (&s[i], i, n_in, n_out, is_aligned, is_half);
          else
            place_float (&s[i], i, n_in, n_out, is_aligned, is_half);
          s[i].at[0] *= axis == 1 ? r->channels : 1;
          s[i].at[1] *= axis == 1 ? r->channels : 1;
        }
      *(axis == 0 ? &r->y : &r->x) = s;
    }
  return LS_OK;
}

static LsStatus
bilinear_prepare (LsNode *node, LsError *error)
{
  bool is_late;
  size_t scratch;

  LS_TRY (read_size (node, &is_late, error));

  const LsValue *in = node->in[0], *out = node->out[0];

  LS_TRY (ls_node_types (
    node, in, "input", LS_BIT (FLOAT32) | LS_BIT (UINT8) | LS_BIT (INT8) | LS_BIT (INT16), error));
  if (is_late)
    return LS_OK;

  Bilinear *r = ls_node_alloc (node, 1, sizeof *r, error);

  if (r == NULL)
    return LS_E_NO_MEMORY;
  node->state = r;
  r->channels = (size_t) in->dims[3];
  r->row = (size_t) in->dims[2] * r->channels;
  r->width = (size_t) out->dims[2];
  r->run_row = in->type == LS_TYPE_FLOAT32 ? row_f32
               : in->type == LS_TYPE_INT8  ? row_i8
               : in->type == LS_TYPE_INT16 ? row_i16
                                           : row_u8;
  LS_TRY (place_all (node, r, error));
  if (!ls_mul (&scratch, r->row, 2 * sizeof (float)))
    return ls_node_invalid (node, error, "rows of %zu elements", r->row);
  ls_node_want_scratch (node, 0, scratch);
  if (out->count > 0)
    ls_node_phase (node, bilinear_run, (size_t) out->dims[0] * (size_t) out->dims[1],
                   ls_grain (4 * (r->row + r->width * r->channels)));
  return LS_OK;
}

const LsOp ls_op_resize_bilinear = { bilinear_prepare, 0, 4, "float32, uint8, int8, int16" };

/* ---- RESIZE_NEAREST_NEIGHBOR -----------------------------------------------------------------
 */

typedef struct
{
  LsPlain plain; /* first: see plain.h */
  size_t *y, *x; /* for each output row or column that of the input */
  size_t row, run, width;
} Nearest;

static int32_t
nearest (int32_t i, int32_t in, int32_t out, bool is_aligned, bool is_half)
{
  const float scale
    = is_aligned && out > 1 ? (float) (in - 1) / (float) (out - 1) : (float) in / (float) out;
  const float at = ((float) i + (is_half ? 0.5f : 0.0f)) * scale;

  return clamp_index ((int64_t) (is_aligned ? roundf (at) : floorf (at)), in);
}

/* Whole multiples are a box in which each pixel stands k times in a row: k, or 0. */
static int32_t
multiple (const size_t *from, int32_t in, int32_t out)
{
  const int32_t k = out / in;

  if (out % in != 0)
    return 0;
  for (int32_t i = 0; i < out; i++)
    if (from[i] != (size_t) (i / k))
      return 0;
  return k;
}

static LsStatus
nearest_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Nearest *r = node->state;
  const LsValue *in = node->in[0], *out = node->out[0];
  const size_t height = (size_t) out->dims[1];

  for (size_t u = begin; u < end; u++)
    {
      const uint8_t *from = (const uint8_t *) ls_plain_in (node, 0)
                            + (u / height * (size_t) in->dims[1] + r->y[u % height]) * r->row;
      uint8_t *to = (uint8_t *) ls_plain_out (node, 0) + u * r->width * r->run;

      for (size_t i = 0; i < r->width; i++)
        ls_copy_few (to + i * r->run, from + r->x[i] * r->run, r->run);
    }
  return LS_OK;
}

static LsStatus
move_multiple (LsNode *node, int32_t k_y, int32_t k_x, LsError *error)
{
  const LsValue *in = node->in[0];
  const ptrdiff_t channels = in->dims[3], row = in->dims[2] * channels, wide = row * k_x;
  LsMoves *moves;
  LsBox box = { 0 };

  LS_TRY (ls_moves_begin (node, 0, 1, 1, &moves, error));
  ls_box_add (&box, (size_t) in->dims[0] * (size_t) in->dims[1], row, wide * k_y);
  ls_box_add (&box, (size_t) k_y, 0, wide);
  ls_box_add (&box, (size_t) in->dims[2], channels, channels * k_x);
  ls_box_add (&box, (size_t) k_x, 0, channels);
  ls_box_add (&box, (size_t) channels, 1, 1);
  ls_moves_add (moves, 0, 0, &box);
  ls_moves_end (node);
  return LS_OK;
}

static LsStatus
nearest_prepare (LsNode *node, LsError *error)
{
  const bool is_aligned = ls_attr_int (node->def, "align_corners", 0) != 0;
  const bool is_half = ls_attr_int (node->def, "half_pixel_centers", 0) != 0;
  bool is_late;

  LS_TRY (read_size (node, &is_late, error));
  if (is_late)
    return LS_OK;

  const LsValue *in = node->in[0], *out = node->out[0];
  Nearest *r = ls_node_alloc (node, 1, sizeof *r, error);

  if (r == NULL)
    return LS_E_NO_MEMORY;
  r->y = ls_node_alloc (node, (size_t) out->dims[1], sizeof *r->y, error);
  r->x = ls_node_alloc (node, (size_t) out->dims[2], sizeof *r->x, error);
  if (r->y == NULL || r->x == NULL)
    return LS_E_NO_MEMORY;
  for (int32_t i = 0; i < out->dims[1]; i++)
    r->y[i] = (size_t) nearest (i, in->dims[1], out->dims[1], is_aligned, is_half);
  for (int32_t i = 0; i < out->dims[2]; i++)
    r->x[i] = (size_t) nearest (i, in->dims[2], out->dims[2], is_aligned, is_half);

  const int32_t k_y = multiple (r->y, in->dims[1], out->dims[1]),
                k_x = multiple (r->x, in->dims[2], out->dims[2]);

  if (k_y > 0 && k_x > 0)
    return move_multiple (node, k_y, k_x, error);
  node->state = r;
  LS_TRY (ls_plain_begin (node, &r->plain, 0, 1, error));
  r->run = (size_t) in->dims[3] * r->plain.size;
  r->row = (size_t) in->dims[2] * r->run;
  r->width = (size_t) out->dims[2];
  if (out->count > 0)
    ls_node_phase (node, nearest_run, (size_t) out->dims[0] * (size_t) out->dims[1],
                   ls_grain (r->width * r->run));
  ls_plain_end (node);
  return LS_OK;
}

const LsOp ls_op_resize_nearest_neighbor = { nearest_prepare, 0, 4, "all" };
