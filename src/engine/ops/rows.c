#include "ops/rows.h"

#include "ops/shape.h"

#include <float.h>

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

enum
{
  LANES = 8
};

float
ls_row_max_f32 (const float *x, size_t n)
{
  float max[LANES];
  size_t i = 0;

  for (size_t lane = 0; lane < LANES; lane++)
    max[lane] = -FLT_MAX;
  for (; i + LANES <= n; i += LANES)
    for (size_t lane = 0; lane < LANES; lane++)
      max[lane] = max[lane] < x[i + lane] ? x[i + lane] : max[lane];
  for (; i < n; i++)
    max[0] = max[0] < x[i] ? x[i] : max[0];
  for (size_t lane = 1; lane < LANES; lane++)
    max[0] = max[0] < max[lane] ? max[lane] : max[0];
  return max[0];
}

float
ls_row_sum_f32 (const float *x, size_t n)
{
  float sum[LANES] = { 0 };
  size_t i = 0;

  for (; i + LANES <= n; i += LANES)
    for (size_t lane = 0; lane < LANES; lane++)
      sum[lane] += x[i + lane];
  for (; i < n; i++)
    sum[0] += x[i];
  for (size_t lane = 1; lane < LANES; lane++)
    sum[0] += sum[lane];
  return sum[0];
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
