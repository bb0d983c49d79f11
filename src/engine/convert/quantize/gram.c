#include "convert/quantize/gram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/rows.h"

/* What the bias takes back of the mean's products: nearly all. It knows the means of channels, not
 * those of each tap, and the integer model's means are not quite these (measured: 1 loses 2 dB of
 * digits and 1 dB of a landmark model, 0 loses 7 dB and 1 dB). */
static const double corrected = 0.9;

enum
{
  MAX_DEPTH = 2304, /* 21 MB */
  MOST_ROWS = 64,   /* that are added at a time */
  LINES = 4,
  MOST_ROOM = 1 << 16 /* floats that they take, unless LS_PRODUCT_ROWS are more */
};

/* ---- Shape ----------------------------------------------------------------------------------- */

static void
take_window (LsGram *gram, const LsTensor *weights)
{
  static const char *const strides[] = { "stride_h", "stride_w" };
  static const char *const dilations[] = { "dilation_h_factor", "dilation_w_factor" };

  for (int d = 0; d < 2; d++)
    {
      gram->taps[d] = weights->dims[1 + d];
      gram->strides[d] = (int) ls_attr_int (gram->op, strides[d], 1);
      gram->dilations[d] = (int) ls_attr_int (gram->op, dilations[d], 1);
    }
  gram->is_same = ls_attr_int (gram->op, "padding", 0) == 0;
}

static bool
init_matrix (LsGram *gram, const LsTensor *weights)
{
  gram->n_groups = 1;
  gram->depth = gram->stride = (size_t) weights->dims[1];
  gram->channels = (size_t) weights->dims[0];
  gram->step = 1;
  return gram->depth <= MAX_DEPTH;
}

static bool
init_window (LsGram *gram, const LsTensor *weights, size_t in_channels)
{
  bool is_depthwise = gram->op->kind == LS_OP_DEPTHWISE_CONV_2D;

  take_window (gram, weights);

  size_t taps = (size_t) gram->taps[0] * (size_t) gram->taps[1], width = (size_t) weights->dims[3];

  gram->channels = is_depthwise ? width : (size_t) weights->dims[0];
  gram->n_groups = is_depthwise ? in_channels : in_channels / width;
  gram->depth = is_depthwise ? taps : taps * width;
  gram->step = is_depthwise ? width : 1;
  gram->stride = is_depthwise ? 1 : gram->depth;
  return gram->n_groups > 0 && gram->channels % gram->n_groups == 0
         && (is_depthwise || in_channels % width == 0) && gram->depth <= MAX_DEPTH;
}

bool
ls_gram_init (LsGram *gram, const LsSubgraph *graph, const LsOperator *op, const LsTensor *weights)
{
  const LsTensor *input = &graph->tensors[op->inputs[0]];
  bool is_window = op->kind == LS_OP_CONV_2D || op->kind == LS_OP_DEPTHWISE_CONV_2D;

  *gram = (LsGram){ .op = op, .taps = { 1, 1 }, .strides = { 1, 1 }, .dilations = { 1, 1 } };
  for (int d = 0; d < weights->rank; d++)
    if (weights->dims[d] < 1)
      return false;
  if (op->kind == LS_OP_FULLY_CONNECTED && weights->rank == 2)
    return init_matrix (gram, weights);
  return is_window && weights->rank == 4 && input->rank == 4 && input->dims[3] > 0
         && init_window (gram, weights, (size_t) input->dims[3]);
}

size_t
ls_gram_bytes (const LsGram *gram)
{
  return gram->n_groups * gram->depth * gram->depth * sizeof *gram->sums;
}

bool
ls_gram_begin (LsGram *gram)
{
  gram->n_rows = 0;
  gram->sums = calloc (gram->n_groups * gram->depth * gram->depth, sizeof *gram->sums);
  gram->means = calloc (gram->n_groups * gram->depth, sizeof *gram->means);
  return gram->sums != NULL && gram->means != NULL;
}

void
ls_gram_clear (LsGram *gram)
{
  free (gram->sums);
  free (gram->means);
  gram->sums = NULL;
  gram->means = NULL;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

typedef struct
{
  LsGram *gram;
  const float *values;
  const int32_t *in, *out;
  size_t width; /* inputs of all groups */
  size_t n;     /* multiple of LS_PRODUCT_ROWS */
  float *rows;  /* n × width; by group, then tap, then channel of the group; then room for sums */
} Rows;

/* First input row or column of the window at the output's beginning, which is not positive. */
static int
pad_before (const Rows *rows, int axis)
{
  const LsGram *gram = rows->gram;
  int reach = (gram->taps[axis] - 1) * gram->dilations[axis] + 1;
  int total = (rows->out[1 + axis] - 1) * gram->strides[axis] + reach - rows->in[1 + axis];

  return gram->is_same && total > 0 ? total / 2 : 0;
}

/* The inputs that the output pixel @at sees; zeros in the padding. */
static void
gather_window (const Rows *rows, size_t at, float *row)
{
  const LsGram *gram = rows->gram;
  const int32_t *in = rows->in, *out = rows->out;
  size_t channels = (size_t) in[3], part = channels / gram->n_groups;
  int x = (int) (at % (size_t) out[2]), y = (int) (at / (size_t) out[2] % (size_t) out[1]);
  size_t batch = at / ((size_t) out[1] * (size_t) out[2]), n_taps = gram->depth / part;

  for (int tap = 0; tap < gram->taps[0] * gram->taps[1]; tap++)
    {
      int iy
        = y * gram->strides[0] - pad_before (rows, 0) + tap / gram->taps[1] * gram->dilations[0];
      int ix
        = x * gram->strides[1] - pad_before (rows, 1) + tap % gram->taps[1] * gram->dilations[1];
      bool is_inside = iy >= 0 && iy < in[1] && ix >= 0 && ix < in[2];
      size_t pixel
        = is_inside ? (batch * (size_t) in[1] + (size_t) iy) * (size_t) in[2] + (size_t) ix : 0;

      for (size_t g = 0; g < gram->n_groups; g++)
        {
          float *to = row + (g * n_taps + (size_t) tap) * part;
          const float *from = rows->values + pixel * channels + g * part;

          if (part == 1)
            *to = is_inside ? *from : 0;
          else if (is_inside)
            memcpy (to, from, part * sizeof *to);
          else
            memset (to, 0, part * sizeof *to);
        }
    }
}

static void
gather (const Rows *rows, size_t at, float *row)
{
  if (rows->gram->op->kind == LS_OP_FULLY_CONNECTED)
    memcpy (row, rows->values + at * rows->width, rows->width * sizeof *row);
  else
    gather_window (rows, at, row);
}

/* Adds the products of the rows to lines [begin, end) of all groups' matrices, up to the diagonal
 * and a little beyond. */
static void
add_lines (void *data, size_t begin, size_t end, unsigned thread)
{
  const Rows *rows = data;
  size_t depth = rows->gram->depth, width = rows->width, some;

  (void) thread;
  for (size_t line = begin; line < end; line += some)
    {
      size_t i = line % depth;

      some = end - line < depth - i ? end - line : depth - i;
      some = some < LINES ? some : LINES;
      for (size_t r = 0; r < rows->n; r += LS_PRODUCT_ROWS)
        {
          const float *x = rows->rows + r * width + line - i;

          ls_row_kernels ()->add_products_f32 (rows->gram->sums + line * depth, depth, some, x + i,
                                               x, width, i + some);
        }
    }
}

/* Squares of great numbers are infinite, too: such rows are no loss. */
static bool
is_finite_row (const float *row, size_t width)
{
  return isfinite (ls_row_kernels ()->dot_f32 (row, row, width));
}

/* What was gathered goes to the sums, and the room is zeros again. */
static void
add_rows (Rows *rows, LsPool *pool)
{
  LsGram *gram = rows->gram;
  float *sums = rows->rows + rows->n * rows->width;

  ls_pool_run (pool, add_lines, rows, rows->width, 64);
  ls_row_kernels ()->accumulate[LS_ACC_SUM_F32].columns (sums, rows->rows, rows->n, rows->width,
                                                         rows->width);
  for (size_t k = 0; k < rows->width; k++)
    gram->means[k] += sums[k];
  memset (rows->rows, 0, (rows->n + 1) * rows->width * sizeof *rows->rows);
}

/* Rows that fit the room, and one more, which holds zeros. NULL: out of memory. */
static float *
make_room (size_t width, size_t *n)
{
  size_t most = MOST_ROOM / width / LS_PRODUCT_ROWS * LS_PRODUCT_ROWS;

  *n = most > MOST_ROWS ? MOST_ROWS : most < LS_PRODUCT_ROWS ? LS_PRODUCT_ROWS : most;
  return calloc ((*n + 1) * width, sizeof (float));
}

bool
ls_gram_add (LsGram *gram, const float *values, const int32_t *in, const int32_t *out, size_t count,
             size_t max_rows, size_t seed, LsPool *pool)
{
  Rows rows = { gram, values, in, out, gram->n_groups * gram->depth, 0, NULL };
  bool is_matrix = gram->op->kind == LS_OP_FULLY_CONNECTED;
  size_t all
    = is_matrix ? count / gram->depth : (size_t) out[0] * (size_t) out[1] * (size_t) out[2];
  size_t n = all < max_rows ? all : max_rows, n_full = 0;

  rows.rows = make_room (rows.width, &rows.n);
  if (rows.rows == NULL)
    return false;
  for (size_t i = 0; i < n; i++)
    {
      float *row = rows.rows + n_full * rows.width;

      gather (&rows, (i * all / n + seed % (all / n)) % all, row);
      if (!is_finite_row (row, rows.width))
        {
          memset (row, 0, rows.width * sizeof *row);
          continue;
        }
      gram->n_rows++;
      if (++n_full < rows.n)
        continue;
      add_rows (&rows, pool);
      n_full = 0;
    }
  if (n_full > 0)
    add_rows (&rows, pool);
  free (rows.rows);
  return true;
}

void
ls_gram_finish (LsGram *gram, bool is_centred)
{
  size_t depth = gram->depth;
  double share = gram->n_rows > 0 ? 1.0 / (double) gram->n_rows : 0;

  for (size_t g = 0; g < gram->n_groups; g++)
    {
      float *sums = gram->sums + g * depth * depth;
      double *means = gram->means + g * depth;

      for (size_t i = 0; i < depth; i++)
        means[i] *= share;
      for (size_t i = 0; i < depth; i++)
        for (size_t k = 0; k <= i; k++)
          {
            double value
              = sums[i * depth + k] * share - (is_centred ? corrected * means[i] * means[k] : 0);

            sums[i * depth + k] = sums[k * depth + i] = (float) value;
          }
    }
}
