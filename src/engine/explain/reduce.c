/*
 * MEAN and SUM.
 *
 * Sources: tflite/kernels/reduce.cc, internal/reference/reduce.h; for sums of int8 and int16, of
 * which the reference kernel is wrong, internal/optimized/reduce.h.
 */
#include "explain/taps.h"
#include "ops/shape.h"

#include <math.h>
#include <string.h>

LsStatus
ls_explain_reduced_taps (LsExplainer *e, LsError *error)
{
  const LsNode *node = e->node;
  const LsValue *in = node->in[0];
  bool is_reduced[LS_MAX_RANK];
  int32_t at[LS_MAX_RANK] = { 0 };
  LsList list = { 0 };
  size_t count = 1;

  list.n = in->rank == 0 ? 0 : (int) node->in[1]->count;
  if (list.n > LS_MAX_LIST)
    return ls_explain_unsupported (e, error, "%d axes", list.n);
  for (int i = 0; i < list.n; i++)
    list.at[i] = ls_explain_get_int (node->in[1], (size_t) i);
  LS_TRY (ls_node_axes (node, &list, in->rank, is_reduced, error));
  for (int i = 0, k = 0; i < in->rank; i++)
    {
      const bool keeps = node->out[0]->rank == in->rank;

      count *= is_reduced[i] ? (size_t) in->dims[i] : 1;
      if (!is_reduced[i])
        at[i] = e->at[keeps ? i : k++];
    }
  if (count > LS_EXPLAIN_MAX_TAPS || count == 0)
    return ls_explain_unsupported (e, error, "%zu elements that become one", count);
  e->out->x_operand = ls_explain_operand (e, "input", in, 0);
  for (size_t n = 0; n < count; n++)
    {
      size_t rest = n;

      for (int i = in->rank - 1; i >= 0; i--)
        if (is_reduced[i])
          {
            at[i] = (int32_t) (rest % (size_t) in->dims[i]);
            rest /= (size_t) in->dims[i];
          }
      ls_explain_tap_at (e, in, at);
    }
  return ls_explain_check_taps (e, error);
}

static LsStatus
float_result (LsExplainer *e, bool is_mean, LsError *error)
{
  float sum = 0;

  e->out->arithmetic = "Float.";
  for (uint32_t i = 0; i < e->out->n_taps; i++)
    {
      sum += (float) e->out->taps[i].x;
      e->magnitude += fabs (e->out->taps[i].x);
    }
  ls_explain_loop_real (e, LS_EXPLAIN_F32, "sum", "of all", "0", "sum += x[i]", (double) sum);
  if (is_mean)
    ls_explain_store_float (e, "sum / N_TAPS", sum / (float) e->out->n_taps);
  else
    ls_explain_store_float (e, "sum", sum);
  if (is_mean)
    e->magnitude /= e->out->n_taps;
  return LS_OK;
}

/* Takes 1 / count into the multiplier, as precisely as 31 bits allow. */
static LsMultiplier
divide_multiplier (LsExplainer *e, LsMultiplier m)
{
  const int64_t count = e->out->n_taps;
  int extra = 63 - __builtin_clzll ((uint64_t) count);

  extra = extra < 32 ? extra : 32;
  extra = extra < 31 + m.shift ? extra : 31 + m.shift;
  ls_explain_i32 (e, "extra", "bits that the division by the count may use",
                  ls_explain_text (e, "%d < 31 + shift ? %d : 31 + shift",
                                   63 - __builtin_clzll ((uint64_t) count),
                                   63 - __builtin_clzll ((uint64_t) count)),
                  extra);
  m.multiplier = ls_explain_i32 (e, "mean_multiplier", "divided by the count",
                                 "(int32_t) (((int64_t) multiplier << extra) / N_TAPS)",
                                 (int32_t) (((int64_t) m.multiplier << extra) / count));
  m.shift = ls_explain_i32 (e, "mean_shift", "its power of two", "shift - extra", m.shift - extra);
  return m;
}

static double
ratio (LsExplainer *e)
{
  const LsValue *in = e->node->in[0], *y = e->node->out[0];

  if (!(in->scale > 0))
    return ls_explain_f64 (e, "real_multiplier", "there are no scales", "1.0", 1);
  ls_explain_f32 (e, "input_scale", "scale of the input", NULL, in->scale);
  ls_explain_f32 (e, "output_scale", "scale of the output", NULL, y->scale);
  return ls_explain_f64 (e, "real_multiplier", "the two scales",
                         "(double) input_scale / output_scale",
                         (double) in->scale / (double) y->scale);
}

static LsStatus
fixed_point (LsExplainer *e, bool is_mean, int32_t sum, LsError *error)
{
  const int32_t zero = e->node->in[0]->zero_point;

  e->out->arithmetic = is_mean ? "Integers are summed, and the multiplier divides by their number."
                               : "Integers are summed and rescaled in fixed point.";

  const double real = ratio (e);
  LsMultiplier m = ls_explain_multiplier (e, "", "real_multiplier", real);

  if (is_mean)
    m = divide_multiplier (e, m);
  ls_explain_i32 (e, "input_zero_point", "zero point of the input", NULL, zero);

  const int32_t less = ls_explain_i32 (e, "accumulator", "without the zero points",
                                       "(int32_t) (sum - (int64_t) input_zero_point * N_TAPS)",
                                       (int32_t) (sum - (int64_t) zero * e->out->n_taps));

  return ls_explain_finish (e,
                            ls_explain_mbqm (e, is_mean ? "mean_" : "", "scaled",
                                             "RoundingDivideByPOT: in steps of the output",
                                             "accumulator", less, m),
                            error);
}

/* Sums of int8 and int16. */
static void
in_floats (LsExplainer *e, int32_t sum)
{
  const LsValue *in = e->node->in[0], *y = e->node->out[0];
  const double real = ratio (e);
  const int32_t low = y->type == LS_TYPE_INT8 ? INT8_MIN : INT16_MIN;
  const float scale
    = ls_explain_f32 (e, "scale", "in float", real == 1.0 ? "1.0f" : "input_scale / output_scale",
                      real == 1.0 ? 1.0f : in->scale / y->scale);

  e->out->arithmetic = "Integers are summed and rescaled in floats, with one rounding.";
  ls_explain_i32 (e, "input_zero_point", "zero point of the input", NULL, in->zero_point);
  ls_explain_i32 (e, "output_zero_point", "zero point of the output", NULL, y->zero_point);

  const float bias = ls_explain_f32 (e, "bias", "the zero points of all",
                                     "(float) -input_zero_point * scale * (float) N_TAPS",
                                     (float) -in->zero_point * scale * (float) e->out->n_taps);
  const float value
    = ls_explain_f32 (e, "scaled", "in steps of the output, half away from zero",
                      "roundf ((float) sum * scale + bias) + (float) output_zero_point",
                      roundf ((float) sum * scale + bias) + (float) y->zero_point);
  const int32_t raised = ls_explain_i32 (e, "raised", "as an integer",
                                         "(int32_t) fminf (fmaxf (scaled, -65536.0f), 65536.0f)",
                                         value > 65536.0f    ? 65536
                                         : value > -65536.0f ? (int32_t) value
                                                             : -65536);

  ls_explain_store (e, raised, low, -1 - low);
}

static LsStatus
explain (LsExplainer *e, bool is_mean, LsError *error)
{
  const LsValue *in = e->node->in[0];
  double real = 0;
  int64_t sum = 0;

  LS_TRY (ls_explain_reduced_taps (e, error));
  for (uint32_t i = 0; i < e->out->n_taps; i++)
    {
      real += ls_explain_real (in, 0, e->out->taps[i].x);
      sum += in->type == LS_TYPE_FLOAT32 ? 0 : (int64_t) e->out->taps[i].x;
    }
  e->out->float_value = is_mean ? real / e->out->n_taps : real;
  if (in->type == LS_TYPE_FLOAT32)
    return float_result (e, is_mean, error);
  if (in->type != LS_TYPE_INT8 && in->type != LS_TYPE_UINT8 && in->type != LS_TYPE_INT16)
    return ls_explain_unsupported (e, error, "%s", ls_type_name (in->type));
  ls_explain_loop_int (e, LS_EXPLAIN_I32, "sum", "of all", "0", "sum += x[i]", (int32_t) sum);
  if (is_mean || in->type == LS_TYPE_UINT8)
    return fixed_point (e, is_mean, (int32_t) sum, error);
  in_floats (e, (int32_t) sum);
  return LS_OK;
}

LsStatus
ls_explain_mean (LsExplainer *e, LsError *error)
{
  return explain (e, true, error);
}

LsStatus
ls_explain_sum (LsExplainer *e, LsError *error)
{
  return explain (e, false, error);
}
