#include "ops/rows.h"

#include "kernels/rows.h"
#include "ops/shape.h"

#include <float.h>
#include <math.h>

typedef struct
{
  LsRowFn row;
  const void *state;
  size_t depth, in_size, out_size; /* bytes of a row */
} Rows;

static LsStatus
rows_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Rows *rows = node->state;
  const uint8_t *x = node->in[0]->data;
  uint8_t *y = node->out[0]->data;

  for (size_t i = begin; i < end; i++)
    rows->row (rows->state, x + i * rows->in_size, y + i * rows->out_size, rows->depth);
  return LS_OK;
}

LsStatus
ls_rows_prepare (LsNode *node, LsRowFn row, const void *state, LsError *error)
{
  const LsValue *x = node->in[0];
  Rows *rows = ls_node_alloc (node, 1, sizeof *rows, error);

  if (rows == NULL)
    return LS_E_NO_MEMORY;
  if (x->rank < 1)
    return ls_node_invalid (node, error, "the input is a scalar");

  const size_t depth = (size_t) x->dims[x->rank - 1];

  *rows = (Rows){ .row = row, .state = state, .depth = depth };
  rows->in_size = depth * ls_element_size (x->type);
  rows->out_size = depth * ls_element_size (node->out[0]->type);
  node->state = rows;
  LS_TRY (ls_node_output_like (node, 0, x, error));
  ls_node_phase (node, rows_run, depth > 0 ? x->count / depth : 0,
                 ls_element_grain (depth * LS_COST_FUNCTION));
  return LS_OK;
}

const LsElementParams ls_unclamped = { .min = -INFINITY, .max = INFINITY };

float
ls_row_max_f32 (const float *x, size_t n)
{
  float max = -FLT_MAX;

  ls_row_kernels ()->accumulate[LS_ACC_MAX_F32].row (&max, x, n);
  return max;
}

void
ls_fixed_exps (LsFixedExps *exps, const LsSoftmaxScaling *scaling)
{
  for (int32_t i = 0; i < 256; i++)
    {
      exps->q0[i] = 0;
      if (-i >= scaling->diff_min)
        exps->q0[i] = ls_fixed_exp (ls_mbqm (-i, scaling->input), 5);
      exps->q12[i] = ls_fixed_scale (exps->q0[i], -12);
    }
}
