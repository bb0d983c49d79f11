/*
 * AVERAGE_POOL_2D and MAX_POOL_2D: elements inside the image alone count, and nothing is rescaled.
 *
 * Sources: tflite/kernels/internal/reference/pooling.h, integer_ops/pooling.h.
 */
#include "explain/explain.h"
#include "ops/padding.h"

#include <float.h>

enum
{
  BATCH,
  HEIGHT,
  WIDTH,
  CHANNEL
};

static LsStatus
window (const LsExplainer *e, bool is_height, LsWindow *out, LsError *error)
{
  const LsOperator *def = e->node->def;
  LsPadding padding;

  *out = (LsWindow){ .in = e->node->in[0]->dims[is_height ? HEIGHT : WIDTH],
                     .filter
                     = (int32_t) ls_attr_int (def, is_height ? "filter_height" : "filter_width", 0),
                     .stride = (int32_t) ls_attr_int (def, is_height ? "stride_h" : "stride_w", 0),
                     .dilation = 1 };
  LS_TRY (ls_node_padding (e->node, &padding, error));
  return ls_window_init (e->node, is_height ? "height" : "width", padding, out, error);
}

static LsStatus
add_taps (LsExplainer *e, LsError *error)
{
  const LsValue *in = e->node->in[0];
  int32_t y0, y1, x0, x1;
  LsWindow wy, wx;

  LS_TRY (window (e, true, &wy, error));
  LS_TRY (window (e, false, &wx, error));
  ls_window_taps (&wy, e->at[HEIGHT], &y0, &y1);
  ls_window_taps (&wx, e->at[WIDTH], &x0, &x1);
  if ((int64_t) (y1 - y0) * (x1 - x0) > LS_EXPLAIN_MAX_TAPS)
    return ls_explain_unsupported (e, error, "a window of %d by %d", y1 - y0, x1 - x0);
  e->out->x_operand = ls_explain_operand (e, "input", in, 0);
  for (int32_t y = y0; y < y1; y++)
    for (int32_t x = x0; x < x1; x++)
      ls_explain_tap_at (
        e, in,
        (int32_t[]){ e->at[BATCH], (int32_t) ((int64_t) e->at[HEIGHT] * wy.stride - wy.before + y),
                     (int32_t) ((int64_t) e->at[WIDTH] * wx.stride - wx.before + x),
                     e->at[CHANNEL] });
  return ls_explain_check_taps (e, error);
}

/* The clamp, from the step "raised". */
static LsStatus
store (LsExplainer *e, int32_t raised, LsError *error)
{
  LsActivation activation;
  LsIntRange range;

  LS_TRY (ls_node_activation (e->node, &activation, error));
  LS_TRY (ls_activation_int_range (e->node, e->node->out[0], activation, &range, error));
  ls_explain_store (e, raised, range.min, range.max);
  return LS_OK;
}

static LsStatus
float_average (LsExplainer *e, LsError *error)
{
  float sum = 0;

  for (uint32_t i = 0; i < e->out->n_taps; i++)
    sum += (float) e->out->taps[i].x;
  e->out->arithmetic = "Float.";
  ls_explain_loop_real (e, LS_EXPLAIN_F32, "sum", "of all inside the image", "0", "sum += x[i]",
                        (double) sum);
  return ls_explain_finish_float (
    e, "average",
    ls_explain_f32 (e, "average", "over as many", "sum / N_TAPS", sum / (float) e->out->n_taps),
    error);
}

LsStatus
ls_explain_average_pool_2d (LsExplainer *e, LsError *error)
{
  const LsValue *in = e->node->in[0];
  double real = 0;
  int32_t sum = 0, average;

  LS_TRY (add_taps (e, error));

  const int32_t count = (int32_t) e->out->n_taps;

  for (int32_t i = 0; i < count; i++)
    {
      sum += in->type == LS_TYPE_FLOAT32 ? 0 : (int32_t) e->out->taps[i].x;
      real += ls_explain_real (in, 0, e->out->taps[i].x);
      e->magnitude += e->out->taps[i].x < 0 ? -e->out->taps[i].x : e->out->taps[i].x;
    }
  e->magnitude /= count > 0 ? count : 1;
  LS_TRY (ls_explain_float_value (e, real / count, error));
  if (in->type == LS_TYPE_FLOAT32)
    return float_average (e, error);
  e->out->arithmetic = "Stored integers are averaged: scale and zero point stay.";
  ls_explain_loop_int (e, LS_EXPLAIN_I32, "sum", "of all inside the image", "0", "sum += x[i]",
                       sum);
  if (in->type == LS_TYPE_UINT8)
    average = ls_explain_i32 (e, "raised", "rounded", "(sum + N_TAPS / 2) / N_TAPS",
                              (sum + count / 2) / count);
  else
    average = ls_explain_i32 (e, "raised", "rounded half away from zero",
                              "(sum > 0 ? sum + N_TAPS / 2 : sum - N_TAPS / 2) / N_TAPS",
                              (sum > 0 ? sum + count / 2 : sum - count / 2) / count);
  return store (e, average, error);
}

LsStatus
ls_explain_max_pool_2d (LsExplainer *e, LsError *error)
{
  const LsValue *in = e->node->in[0];
  const bool is_float = in->type == LS_TYPE_FLOAT32;

  LS_TRY (add_taps (e, error));

  double largest = is_float                    ? -(double) FLT_MAX
                   : in->type == LS_TYPE_INT16 ? INT16_MIN
                   : in->type == LS_TYPE_INT8  ? INT8_MIN
                                               : 0;
  const char *start = is_float ? "-0x1.fffffep127f" : ls_explain_text (e, "%.0f", largest);

  for (uint32_t i = 0; i < e->out->n_taps; i++)
    largest = e->out->taps[i].x > largest ? e->out->taps[i].x : largest;
  e->out->arithmetic = is_float ? "Float." : "Stored integers are compared: nothing is rescaled.";
  LS_TRY (ls_explain_float_value (e, ls_explain_real (in, 0, largest), error));
  if (is_float)
    {
      ls_explain_loop_real (e, LS_EXPLAIN_F32, "largest", "of all inside the image", start,
                            "largest = x[i] > largest ? x[i] : largest", largest);
      return ls_explain_finish_float (e, "largest", (float) largest, error);
    }
  ls_explain_loop_int (e, LS_EXPLAIN_I32, "raised", "the largest inside the image", start,
                       "raised = x[i] > raised ? x[i] : raised", (int64_t) largest);
  return store (e, (int32_t) largest, error);
}
