/*
 * Operators whose output scale and zero point the runtime prescribes.
 *
 * Sources: tflite/kernels/activations.cc (SoftmaxPrepare, SigmoidPrepare, TanhPrepare,
 * LogSoftmaxPrepare), l2norm.cc.
 */
#include "check/rule.h"

#include <math.h>

static const struct
{
  int kind;
  LsType type;
  LsFixedRange range;
} ranges[] = {
  { LS_OP_SOFTMAX, LS_TYPE_INT8, { LS_RULE_SOFTMAX_OUTPUT_RANGE, 1.0 / 256, -128 } },
  { LS_OP_SOFTMAX, LS_TYPE_UINT8, { LS_RULE_SOFTMAX_OUTPUT_RANGE, 1.0 / 256, 0 } },
  { LS_OP_SOFTMAX, LS_TYPE_INT16, { LS_RULE_SOFTMAX_OUTPUT_RANGE, 1.0 / 32768, 0 } },
  { LS_OP_LOGISTIC, LS_TYPE_INT8, { LS_RULE_LOGISTIC_OUTPUT_RANGE, 1.0 / 256, -128 } },
  { LS_OP_LOGISTIC, LS_TYPE_UINT8, { LS_RULE_LOGISTIC_OUTPUT_RANGE, 1.0 / 256, 0 } },
  { LS_OP_LOGISTIC, LS_TYPE_INT16, { LS_RULE_LOGISTIC_OUTPUT_RANGE, 1.0 / 32768, 0 } },
  { LS_OP_TANH, LS_TYPE_INT8, { LS_RULE_TANH_OUTPUT_RANGE, 1.0 / 128, 0 } },
  { LS_OP_TANH, LS_TYPE_UINT8, { LS_RULE_TANH_OUTPUT_RANGE, 1.0 / 128, 128 } },
  { LS_OP_TANH, LS_TYPE_INT16, { LS_RULE_TANH_OUTPUT_RANGE, 1.0 / 32768, 0 } },
  { LS_OP_L2_NORMALIZATION, LS_TYPE_INT8, { LS_RULE_L2_NORM_OUTPUT_RANGE, 1.0 / 128, 0 } },
  { LS_OP_L2_NORMALIZATION, LS_TYPE_UINT8, { LS_RULE_L2_NORM_OUTPUT_RANGE, 1.0 / 128, 128 } },
  { LS_OP_LOG_SOFTMAX, LS_TYPE_INT8, { LS_RULE_LOG_SOFTMAX_OUTPUT_RANGE, 16.0 / 256, 127 } },
  { LS_OP_LOG_SOFTMAX, LS_TYPE_UINT8, { LS_RULE_LOG_SOFTMAX_OUTPUT_RANGE, 16.0 / 256, 255 } },
};

bool
ls_fixed_range (const LsOperator *op, LsType type, LsFixedRange *out)
{
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
    if (ranges[i].kind == op->kind && ranges[i].type == type)
      {
        *out = ranges[i].range;
        return true;
      }
  return false;
}

static bool
scale_is_right (LsType type, float scale, double right)
{
  /* int16 is compared with a tolerance by the runtime (activations.cc), 8 bits exactly */
  double tolerance = type == LS_TYPE_INT16 ? 1e-3 * right : 0;

  return fabs ((double) scale - right) <= tolerance;
}

static int64_t
first_zero_point (const LsTensor *tensor)
{
  return ls_n_zero_points (tensor) > 0 ? tensor->quant->zero_points[0] : 0;
}

static void
look_at_op (LsCheck *check, uint32_t graph, uint32_t index)
{
  const LsOperator *op = &check->model->graphs[graph]->view.ops[index];
  const LsTensor *in = ls_check_input (check, graph, op, 0),
                 *out = ls_check_output (check, graph, op, 0);
  LsFixedRange range;

  if (in == NULL || out == NULL || in->type != out->type || !ls_fixed_range (op, out->type, &range))
    return;
  if (ls_n_scales (out) != 1)
    {
      ls_check_add (check, range.rule, (int) graph, (int) index, op->outputs[0], check->may_rewrite,
                    "%s: the output has %u scales; for %s the runtime demands one, %.9g, and zero "
                    "point %lld",
                    ls_op_kind_text (op), ls_n_scales (out), ls_type_name (out->type), range.scale,
                    (long long) range.zero_point);
      return;
    }

  bool zero_is_right = first_zero_point (out) == range.zero_point;

  if (scale_is_right (out->type, out->quant->scales[0], range.scale) && zero_is_right)
    return;
  ls_check_add (
    check, range.rule, (int) graph, (int) index, op->outputs[0],
    ls_check_is_stored (check, LS_FIELD_SCALE, graph, (uint32_t) op->outputs[0], 0)
      && (zero_is_right
          || ls_check_is_stored (check, LS_FIELD_ZERO_POINT, graph, (uint32_t) op->outputs[0], 0)),
    "%s: the output has scale %.9g and zero point %lld; for %s the runtime demands %.9g and %lld",
    ls_op_kind_text (op), out->quant->scales[0], (long long) first_zero_point (out),
    ls_type_name (out->type), range.scale, (long long) range.zero_point);
}

const LsInspector ls_inspect_ranges = { look_at_op, NULL };

bool
ls_mend_range (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsCheck *check = ls_mender_check (mender);
  uint32_t graph = (uint32_t) finding->subgraph, t = (uint32_t) finding->tensor;
  const LsOperator *op = &check->model->graphs[graph]->view.ops[finding->op];
  LsFixedRange range;

  if (!ls_fixed_range (op, ls_check_tensor (check, graph, (int32_t) t)->type, &range))
    return ls_mender_leave (mender, "no range is prescribed");

  const LsTensor *out = ls_check_tensor (check, graph, (int32_t) t);
  const float scale = (float) range.scale;

  if (ls_n_scales (out) != 1)
    return ls_mender_scales (mender, graph, t, &scale, 1, range.zero_point);
  if (first_zero_point (out) != range.zero_point
      && !ls_mender_zero_point (mender, graph, t, 0, range.zero_point))
    return false;
  out = ls_check_tensor (check, graph, (int32_t) t);
  return scale_is_right (out->type, out->quant->scales[0], range.scale)
         || ls_mender_scale (mender, graph, t, 0, (float) range.scale);
}
