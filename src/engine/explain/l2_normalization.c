/*
 * L2_NORMALIZATION over the last dimension: each element over the root of the sum of squares.
 *
 * Sources: tflite/kernels/internal/reference/l2normalization.h,
 * integer_ops/l2normalization.h, internal/quantization_util.cc (GetInvSqrtQuantizedMultiplierExp).
 */
#include "explain/softmax.h"
#include "ops/fixed_math.h"

#include <math.h>

static void
in_fixed_point (LsExplainer *e)
{
  const LsValue *x = e->node->in[0];
  const bool is_signed = x->type == LS_TYPE_INT8;
  const int32_t place = ls_explain_row_place (e), low = is_signed ? INT8_MIN : 0;
  uint32_t sum = 0;

  e->out->arithmetic = "8 bits: the inverse root in fixed point by Newton and Raphson; the output "
                       "has steps of 1/128.";
  e->out->a_title = "x - zero";
  e->out->product_title = "square";
  for (uint32_t i = 0; i < e->out->n_taps; i++)
    {
      LsExplainTap *tap = &e->out->taps[i];

      tap->a = tap->x - x->zero_point;
      tap->product = tap->a * tap->a;
      sum += (uint32_t) tap->product;
    }
  ls_explain_i32 (e, "input_zero_point", "zero point of the input", NULL, x->zero_point);
  ls_explain_loop_int (e, LS_EXPLAIN_I32, "sum", "of the squares", "0",
                       "sum += (x[i] - input_zero_point) * (x[i] - input_zero_point)",
                       (int32_t) sum);

  LsMultiplier m = ls_fixed_inv_sqrt ((int32_t) sum);
  int32_t scaled;

  ls_explain_i32 (e, "multiplier", "1 / sqrt (sum): 31 bits", "inv_sqrt_multiplier (sum)",
                  m.multiplier);
  ls_explain_i32 (e, "root_shift", "its power of two", "inv_sqrt_shift (sum)", m.shift);

  const int32_t mine = ls_explain_i32 (e, "mine", "the element without the zero point",
                                       ls_explain_text (e, "x[%d] - input_zero_point", place),
                                       (int32_t) e->out->taps[place].a);

  if (is_signed)
    {
      m.shift = ls_explain_i32 (e, "shift", "in steps of 1/128", "root_shift + 7", m.shift + 7);
      scaled = ls_explain_mbqm (e, "", "scaled", "RoundingDivideByPOT", "mine", mine, m);
    }
  else
    {
      const int32_t fine
        = ls_explain_i32 (e, "fine", "in steps of 1/128", "128 * mine", 128 * mine);

      scaled = ls_explain_mbqm_below_one (e, "", "scaled", "RoundingDivideByPOT", "fine", fine, m);
    }
  ls_explain_store (e,
                    ls_explain_i32 (e, "raised", "on the output's zero point",
                                    is_signed ? "scaled" : "scaled + 128",
                                    is_signed ? scaled : scaled + 128),
                    low, low + 255);
}

static void
in_floats (LsExplainer *e)
{
  const int32_t place = ls_explain_row_place (e);
  float sum = 0;

  e->out->arithmetic = "Float.";
  e->out->product_title = "square";
  for (uint32_t i = 0; i < e->out->n_taps; i++)
    {
      const float x = (float) e->out->taps[i].x;

      e->out->taps[i].product = (double) (x * x);
      sum += x * x;
    }
  ls_explain_loop_real (e, LS_EXPLAIN_F32, "sum", "of the squares", "0", "sum += x[i] * x[i]",
                        (double) sum);

  const float norm = ls_explain_f32 (e, "norm", "the root, at least 1e-6",
                                     "fmaxf (sqrtf (sum), 1e-6f)", fmaxf (sqrtf (sum), 1e-6f));

  ls_explain_store_float (e, ls_explain_text (e, "x[%d] / norm", place),
                          (float) e->out->taps[place].x / norm);
}

LsStatus
ls_explain_l2_normalization (LsExplainer *e, LsError *error)
{
  const LsValue *x = e->node->in[0];
  double squares = 0;

  LS_TRY (ls_explain_row (e, error));
  for (uint32_t i = 0; i < e->out->n_taps; i++)
    squares += pow (ls_explain_real (x, 0, e->out->taps[i].x), 2);
  e->out->float_value = ls_explain_real (x, 0, e->out->taps[ls_explain_row_place (e)].x)
                        / fmax (sqrt (squares), 1e-6);
  if (x->type == LS_TYPE_FLOAT32)
    in_floats (e);
  else if (x->type == LS_TYPE_INT8 || x->type == LS_TYPE_UINT8)
    in_fixed_point (e);
  else
    return ls_explain_unsupported (e, error, "%s", ls_type_name (x->type));
  return LS_OK;
}
