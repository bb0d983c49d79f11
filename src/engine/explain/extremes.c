/*
 * REDUCE_MAX, REDUCE_MIN, ARG_MAX and ARG_MIN: what is stored is compared.
 *
 * Sources: tflite/kernels/reduce.cc, arg_min_max.cc, internal/reference/arg_min_max.h.
 */
#include "explain/taps.h"
#include "ops/shape.h"

#include <math.h>
#include <string.h>

/* The types whose taps are numbers of C that compare as they are stored. */
static bool
is_comparable (const LsValue *in)
{
  return in->type == LS_TYPE_FLOAT32 || in->type == LS_TYPE_INT8 || in->type == LS_TYPE_UINT8
         || in->type == LS_TYPE_INT16 || in->type == LS_TYPE_INT32;
}

static bool
wins (double a, double b, bool is_maximum)
{
  return is_maximum ? a > b : a < b;
}

static LsStatus
explain_reduce (LsExplainer *e, bool is_maximum, LsError *error)
{
  const LsValue *in = e->node->in[0];
  const bool is_float = in->type == LS_TYPE_FLOAT32;
  const char *formula
    = is_maximum ? "best = x[i] > best ? x[i] : best" : "best = x[i] < best ? x[i] : best";

  if (!is_comparable (in))
    return ls_explain_unsupported (e, error, "%s", ls_type_name (in->type));
  LS_TRY (ls_explain_reduced_taps (e, error));

  double best = e->out->taps[0].x;

  for (uint32_t i = 1; i < e->out->n_taps; i++)
    best = wins (e->out->taps[i].x, best, is_maximum) ? e->out->taps[i].x : best;
  e->out->arithmetic = "What is stored is compared: nothing is rescaled.";
  e->out->float_value = ls_explain_real (in, 0, best);
  if (is_float)
    {
      ls_explain_loop_real (e, LS_EXPLAIN_F32, "best", "of all", "x[0]", formula, best);
      ls_explain_store_float (e, "best", (float) best);
      return LS_OK;
    }
  ls_explain_loop_int (e, LS_EXPLAIN_I32, "best", "of all", "x[0]", formula, (int64_t) best);
  ls_explain_store_plain (e, "best", (int64_t) best);
  return LS_OK;
}

LsStatus
ls_explain_reduce_max (LsExplainer *e, LsError *error)
{
  return explain_reduce (e, true, error);
}

LsStatus
ls_explain_reduce_min (LsExplainer *e, LsError *error)
{
  return explain_reduce (e, false, error);
}

static LsStatus
explain_search (LsExplainer *e, bool is_maximum, LsError *error)
{
  const LsValue *in = e->node->in[0];
  int32_t at[LS_MAX_RANK] = { 0 }, best = 0;
  int axis = 0;

  if (!is_comparable (in))
    return ls_explain_unsupported (e, error, "%s", ls_type_name (in->type));
  LS_TRY (ls_node_axis (e->node, ls_explain_get_int (e->node->in[1], 0), in->rank, &axis, error));
  for (int i = 0, k = 0; i < in->rank; i++)
    at[i] = i == axis ? 0 : e->at[k++];
  e->out->x_operand = ls_explain_operand (e, "input", in, 0);
  for (; at[axis] < in->dims[axis] && at[axis] < LS_EXPLAIN_MAX_TAPS; at[axis]++)
    ls_explain_tap_at (e, in, at);
  LS_TRY (ls_explain_check_taps (e, error));
  for (uint32_t i = 1; i < e->out->n_taps; i++)
    if (wins (e->out->taps[i].x, e->out->taps[best].x, is_maximum))
      best = (int32_t) i;
  e->out->arithmetic = "What is stored is compared; of equals the first.";
  e->out->float_value = best;
  ls_explain_loop_int (
    e, LS_EXPLAIN_I32, "best", "where the best is", "0",
    is_maximum ? "best = x[i] > x[best] ? i : best" : "best = x[i] < x[best] ? i : best", best);
  ls_explain_store_plain (e, "best", best);
  return LS_OK;
}

LsStatus
ls_explain_arg_max (LsExplainer *e, LsError *error)
{
  return explain_search (e, true, error);
}

LsStatus
ls_explain_arg_min (LsExplainer *e, LsError *error)
{
  return explain_search (e, false, error);
}
