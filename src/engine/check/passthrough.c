/*
 * Operators that copy or choose integers: both ends must have one scale and zero point, or the
 * numbers change their meaning on the way. Sources: tflite/kernels/pooling.cc, pad.cc,
 * concatenation.cc; elsewhere the runtime is silent.
 */
#include "check/rule.h"

#include <math.h>

/* Kind and the operand that holds the integers. */
static const struct
{
  int kind;
  uint32_t data;
} movers[] = {
  { LS_OP_RESHAPE, 0 },
  { LS_OP_SQUEEZE, 0 },
  { LS_OP_EXPAND_DIMS, 0 },
  { LS_OP_TRANSPOSE, 0 },
  { LS_OP_MAX_POOL_2D, 0 },
  { LS_OP_AVERAGE_POOL_2D, 0 },
  { LS_OP_PAD, 0 },
  { LS_OP_SLICE, 0 },
  { LS_OP_STRIDED_SLICE, 0 },
  { LS_OP_GATHER, 0 },
  { LS_OP_GATHER_ND, 0 },
  { LS_OP_SPACE_TO_DEPTH, 0 },
  { LS_OP_DEPTH_TO_SPACE, 0 },
  { LS_OP_BATCH_TO_SPACE_ND, 0 },
  { LS_OP_SPACE_TO_BATCH_ND, 0 },
  { LS_OP_RESIZE_BILINEAR, 0 },
  { LS_OP_RESIZE_NEAREST_NEIGHBOR, 0 },
  { LS_OP_SPLIT, 1 },
  { LS_OP_SPLIT_V, 0 },
  { LS_OP_UNPACK, 0 },
  { LS_OP_MIRROR_PAD, 0 },
  { LS_OP_TILE, 0 },
  { LS_OP_REVERSE_V2, 0 },
  { LS_OP_BROADCAST_TO, 0 },
};

static int64_t
zero_of (const LsTensor *tensor)
{
  return ls_n_zero_points (tensor) > 0 ? tensor->quant->zero_points[0] : 0;
}

static bool
is_comparable (const LsTensor *a, const LsTensor *b)
{
  return a != NULL && b != NULL && a->type == b->type
         && (a->type == LS_TYPE_INT8 || a->type == LS_TYPE_UINT8 || a->type == LS_TYPE_INT16)
         && ls_n_scales (a) == 1 && ls_n_scales (b) == 1 && ls_scales_are_valid (a);
}

/* An output that lost its scale on the way. */
static bool
lacks_scale (const LsTensor *in, const LsTensor *out)
{
  return in != NULL && out != NULL && in->type == out->type
         && (in->type == LS_TYPE_INT8 || in->type == LS_TYPE_UINT8 || in->type == LS_TYPE_INT16)
         && ls_n_scales (in) == 1 && ls_scales_are_valid (in) && ls_n_scales (out) == 0;
}

static bool
are_alike (const LsTensor *a, const LsTensor *b)
{
  float x = a->quant->scales[0], y = b->quant->scales[0];

  return fabs ((double) x - y) <= 1e-5 * x && zero_of (a) == zero_of (b);
}

static void
report (LsCheck *check, uint32_t graph, uint32_t index, const LsTensor *in, const LsTensor *out,
        int32_t blamed, bool is_repairable)
{
  const LsOperator *op = &check->model->graphs[graph]->view.ops[index];

  ls_check_add (
    check, LS_RULE_PASSTHROUGH_SCALE_MISMATCH, (int) graph, (int) index, blamed,
    is_repairable && ls_check_is_stored (check, LS_FIELD_SCALE, graph, (uint32_t) blamed, 0),
    "%s hands integers on, but its input has scale %.9g and zero point %lld, its output %.9g "
    "and %lld",
    ls_op_kind_text (op), in->quant->scales[0], (long long) zero_of (in), out->quant->scales[0],
    (long long) zero_of (out));
}

/* int8 and int16 inputs of these must be as the output is (uint8 is rescaled by the kernel). */
static void
look_at_joined (LsCheck *check, uint32_t graph, uint32_t index, const LsOperator *op)
{
  const LsTensor *out = ls_check_output (check, graph, op, 0);
  const LsTensor *first = ls_check_input (check, graph, op, 0);
  bool inputs_agree = true;

  if (out == NULL || out->type == LS_TYPE_UINT8)
    return;
  for (uint32_t k = 0; k < op->n_inputs; k++)
    {
      const LsTensor *in = ls_check_input (check, graph, op, k);

      inputs_agree = inputs_agree && is_comparable (in, out) && are_alike (first, in);
    }
  for (uint32_t k = 0; k < op->n_inputs; k++)
    {
      const LsTensor *in = ls_check_input (check, graph, op, k);

      if (!is_comparable (in, out) || are_alike (in, out))
        continue;
      report (check, graph, index, in, out, inputs_agree ? op->outputs[0] : op->inputs[k],
              inputs_agree);
      if (inputs_agree)
        return;
    }
}

static bool
find_data (const LsOperator *op, uint32_t *data)
{
  for (size_t i = 0; i < sizeof movers / sizeof *movers; i++)
    if (movers[i].kind == op->kind)
      {
        *data = movers[i].data;
        return true;
      }
  return false;
}

static void
look_at_op (LsCheck *check, uint32_t graph, uint32_t index)
{
  const LsOperator *op = &check->model->graphs[graph]->view.ops[index];
  uint32_t data;

  if (op->kind == LS_OP_CONCATENATION || op->kind == LS_OP_PACK)
    look_at_joined (check, graph, index, op);
  if (!find_data (op, &data))
    return;

  const LsTensor *in = ls_check_input (check, graph, op, data);

  for (uint32_t k = 0; k < op->n_outputs; k++)
    {
      const LsTensor *out = ls_check_output (check, graph, op, k);

      if (is_comparable (in, out) && !are_alike (in, out))
        report (check, graph, index, in, out, op->outputs[k], true);
      if (lacks_scale (in, out))
        ls_check_add (check, LS_RULE_PASSTHROUGH_SCALE_MISMATCH, (int) graph, (int) index,
                      op->outputs[k], check->may_rewrite,
                      "%s hands integers on; its input has scale %.9g and zero point %lld, its "
                      "output none",
                      ls_op_kind_text (op), in->quant->scales[0], (long long) zero_of (in));
    }
}

const LsInspector ls_inspect_passthrough = { look_at_op, NULL };

bool
ls_mend_passthrough (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsCheck *check = ls_mender_check (mender);
  uint32_t graph = (uint32_t) finding->subgraph, t = (uint32_t) finding->tensor, data = 0;
  const LsOperator *op = &check->model->graphs[graph]->view.ops[finding->op];

  find_data (op, &data);

  const LsTensor *in = ls_check_input (check, graph, op, data);
  const LsTensor *out = ls_check_tensor (check, graph, (int32_t) t);
  bool is_output = false;

  for (uint32_t k = 0; k < op->n_outputs; k++)
    is_output |= op->outputs[k] == (int32_t) t;
  if (is_output && lacks_scale (in, out))
    return ls_mender_scales (mender, graph, t, in->quant->scales, 1, zero_of (in));
  if (!is_output || !is_comparable (in, out))
    return ls_mender_leave (mender,
                            "the inputs of %s differ from one another: only a conversion can make "
                            "them alike",
                            ls_op_kind_text (op));
  if (zero_of (in) != zero_of (out) && !ls_mender_zero_point (mender, graph, t, 0, zero_of (in)))
    return false;
  out = ls_check_tensor (check, graph, (int32_t) t);
  return in->quant->scales[0] == out->quant->scales[0]
         || ls_mender_scale (mender, graph, t, 0, in->quant->scales[0]);
}
