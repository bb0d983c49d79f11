/*
 * RFFT2D: the two-dimensional Fourier transform of real values, the inner dimension's upper half
 * left out. Rows are transformed first, then columns; each is a unit of work.
 *
 * Source: tflite/kernels/rfft2d.cc, which computes in double precision, too.
 */
#include "ops/fft.h"
#include "ops/recurrent.h"
#include "ops/shape.h"

#include <string.h>

typedef struct
{
  LsRfft rows;
  LsFft columns;
  size_t in_height, in_width;
  size_t height, width, n_out; /* of the transform; complex numbers in a row of the output */
} Rfft2d;

/* The transformed rows: [slices, height, n_out] complex numbers in double precision. */
static double *
between (const LsNode *node)
{
  return node->scratch;
}

/* What is outside the input counts as 0. */
static LsStatus
rows_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Rfft2d *p = node->state;
  const float *x = node->in[0]->data;
  uint8_t *at = ls_node_thread_scratch (node, thread);
  double *row = ls_scratch_take (&at, p->width, sizeof *row),
         *scratch = ls_scratch_take (&at, ls_rfft_scratch (p->width), sizeof *scratch);
  size_t n = p->in_width < p->width ? p->in_width : p->width;

  for (size_t i = begin; i < end; i++)
    {
      size_t slice = i / p->height, y = i % p->height;
      double *out = between (node) + 2 * i * p->n_out;

      if (y >= p->in_height)
        {
          memset (out, 0, 2 * p->n_out * sizeof *out);
          continue;
        }
      for (size_t k = 0; k < n; k++)
        row[k] = x[(slice * p->in_height + y) * p->in_width + k];
      memset (row + n, 0, (p->width - n) * sizeof *row);
      ls_rfft (&p->rows, row, out, scratch);
    }
  return LS_OK;
}

static LsStatus
columns_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Rfft2d *p = node->state;
  float *y = node->out[0]->data;
  uint8_t *at = ls_node_thread_scratch (node, thread);
  double *in = ls_scratch_take (&at, 2 * p->height, sizeof *in),
         *out = ls_scratch_take (&at, 2 * p->height, sizeof *out),
         *scratch = ls_scratch_take (&at, 2 * p->height, sizeof *scratch);

  for (size_t i = begin; i < end; i++)
    {
      size_t first = i / p->n_out * p->height * p->n_out + i % p->n_out;

      for (size_t k = 0; k < p->height; k++)
        memcpy (in + 2 * k, between (node) + 2 * (first + k * p->n_out), 2 * sizeof *in);
      ls_fft (&p->columns, in, out, scratch);
      for (size_t k = 0; k < p->height; k++)
        {
          y[2 * (first + k * p->n_out)] = (float) out[2 * k];
          y[2 * (first + k * p->n_out) + 1] = (float) out[2 * k + 1];
        }
    }
  return LS_OK;
}

static LsStatus
plan (Rfft2d *p, LsNode *node, LsError *error)
{
  size_t n_slices = ls_dims_product (node->in[0]->dims, 0, node->in[0]->rank - 2), shared, a = 0,
         b = 0;

  LS_TRY (ls_rfft_init (&p->rows, node, p->width, error));
  LS_TRY (ls_fft_init (&p->columns, node, p->height, error));
  if (!ls_mul (&shared, node->out[0]->count, 2 * sizeof (double)))
    return ls_node_invalid (node, error, "the transform is too large");
  ls_scratch_add (&a, p->width, sizeof (double));
  ls_scratch_add (&a, ls_rfft_scratch (p->width), sizeof (double));
  for (int i = 0; i < 3; i++)
    ls_scratch_add (&b, 2 * p->height, sizeof (double));
  ls_node_want_scratch (node, shared, a > b ? a : b);
  ls_node_phase (node, rows_run, n_slices * p->height, 1);
  ls_node_phase (node, columns_run, n_slices * p->n_out, 1);
  return LS_OK;
}

static LsStatus
rfft2d_prepare (LsNode *node, LsError *error)
{
  LsList length;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *x = node->in[0];
  Rfft2d *p = ls_node_alloc (node, 1, sizeof *p, error);

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  LS_TRY (ls_node_types (node, x, "the input", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_types (node, node->in[1], "the length", LS_BIT (INT32), error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (COMPLEX64), error));
  LS_TRY (ls_node_rank (node, x, "the input", 2, LS_MAX_RANK, error));
  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_list (node, 1, &length, error));
  if (length.n != 2 || length.at[0] < 1 || length.at[1] < 1)
    return ls_node_invalid (node, error, "the length must be two numbers above 0");

  int32_t dims[LS_MAX_RANK];

  memcpy (dims, x->dims, sizeof dims);
  dims[x->rank - 2] = (int32_t) length.at[0];
  dims[x->rank - 1] = (int32_t) (length.at[1] / 2 + 1);
  LS_TRY (ls_node_output (node, 0, x->rank, dims, error));
  p->in_height = (size_t) x->dims[x->rank - 2];
  p->in_width = (size_t) x->dims[x->rank - 1];
  p->height = (size_t) length.at[0];
  p->width = (size_t) length.at[1];
  p->n_out = p->width / 2 + 1;
  return plan (p, node, error);
}

const LsOp ls_op_rfft2d = {
  .prepare = rfft2d_prepare,
  .max_version = 1,
  .types = "float32 to complex64",
};
