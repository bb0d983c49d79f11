/*
 * RESIZE_BILINEAR: four neighbours, of int8 and int16 in integers with 10 bits behind the point.
 *
 * Source: tflite/kernels/internal/reference/resize_bilinear.h.
 */
#include "explain/explain.h"

#include <math.h>

enum
{
  ONE = 1 << 10,
  HEIGHT = 1,
  WIDTH = 2
};

/* Where the output position lies between two input positions. */
typedef struct
{
  int32_t at[2];
  int64_t weights[2];
  float real_weights[2];
} Place;

typedef struct
{
  int32_t i, in, out;
  bool is_aligned, is_half;
} Axis;

static Axis
axis_of (const LsExplainer *e, int axis)
{
  const LsNode *node = e->node;

  return (Axis){ .i = e->at[axis],
                 .in = node->in[0]->dims[axis],
                 .out = node->out[0]->dims[axis],
                 .is_aligned
                 = ls_attr_int (node->def, "align_corners", 0) != 0 && node->out[0]->dims[axis] > 1,
                 .is_half = ls_attr_int (node->def, "half_pixel_centers", 0) != 0 };
}

static int32_t
clamp_index (int64_t index, int32_t n)
{
  return (int32_t) (index < 0 ? 0 : index >= n ? n - 1 : index);
}

/* ---- Integers ----------------------------------------------------------------------------------
 */

static void
place_integer (LsExplainer *e, const char *name, const Axis *a, Place *p)
{
  const int64_t scale = ls_explain_i64 (
    e, ls_explain_text (e, "%s_scale", name), "input steps in one of the output, times 1024",
    a->is_aligned
      ? ls_explain_text (e, "(INT64_C (1024) * %d + %d / 2) / %d", a->in - 1, a->out - 1,
                         a->out - 1)
      : ls_explain_text (e, "(INT64_C (1024) * %d + %d / 2) / %d", a->in, a->out, a->out),
    a->is_aligned ? ((int64_t) ONE * (a->in - 1) + (a->out - 1) / 2) / (a->out - 1)
                  : ((int64_t) ONE * a->in + a->out / 2) / a->out);
  const int64_t at = ls_explain_i64 (
    e, ls_explain_text (e, "%s_place", name), "where the element lies, times 1024",
    a->is_half ? ls_explain_text (e, "%d * %s_scale + %s_scale / 2 - 512", a->i, name, name)
               : ls_explain_text (e, "%d * %s_scale", a->i, name),
    a->is_half ? a->i * scale + scale / 2 - ONE / 2 : a->i * scale);

  p->at[0] = clamp_index (at / ONE, a->in);
  p->at[1] = clamp_index ((at + ONE - 1) / ONE, a->in);
  ls_explain_i32 (e, ls_explain_text (e, "%s_first", name), "the input position before", NULL,
                  p->at[0]);
  p->weights[1] = ls_explain_i64 (
    e, ls_explain_text (e, "%s_after", name), "weight of the one after",
    ls_explain_text (e, "%s_place - 1024 * %s_first", name, name), at - (int64_t) ONE * p->at[0]);
  p->weights[0]
    = ls_explain_i64 (e, ls_explain_text (e, "%s_before", name), "weight of the one before",
                      ls_explain_text (e, "1024 - %s_after", name), ONE - p->weights[1]);
}

static void
in_integers (LsExplainer *e)
{
  LsExplainTap *taps = e->out->taps;
  int64_t sum = 0;

  for (int i = 0; i < 4; i++)
    sum += (int64_t) taps[i].product;
  ls_explain_i64 (e, "sum", "each times both weights",
                  "x[0] * y_before * x_before + x[1] * y_before * x_after + x[2] * y_after * "
                  "x_before + x[3] * y_after * x_after",
                  sum);
  ls_explain_i64 (e, "half", "one half of the last place, away from zero",
                  "sum > 0 ? 1 << 19 : -(1 << 19)", sum > 0 ? 1 << 19 : -(1 << 19));
  ls_explain_store_plain (e, "(int32_t) ((sum + half) / (1 << 20))",
                          (sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
}

/* ---- Floats ------------------------------------------------------------------------------------
 */

static void
place_float (LsExplainer *e, const char *name, const Axis *a, Place *p)
{
  const float scale = ls_explain_f32 (
    e, ls_explain_text (e, "%s_scale", name), "input steps in one of the output",
    ls_explain_text (e, "(float) %d / (float) %d", a->is_aligned ? a->in - 1 : a->in,
                     a->is_aligned ? a->out - 1 : a->out),
    a->is_aligned ? (float) (a->in - 1) / (float) (a->out - 1) : (float) a->in / (float) a->out);
  const float at = ls_explain_f32 (
    e, ls_explain_text (e, "%s_place", name), "where the element lies",
    a->is_half ? ls_explain_text (e, "((float) %d + 0.5f) * %s_scale - 0.5f", a->i, name)
               : ls_explain_text (e, "(float) %d * %s_scale", a->i, name),
    a->is_half ? ((float) a->i + 0.5f) * scale - 0.5f : (float) a->i * scale);

  p->at[0] = clamp_index ((int64_t) floorf (at), a->in);
  p->at[1] = clamp_index ((int64_t) ceilf (at), a->in);
  ls_explain_i32 (e, ls_explain_text (e, "%s_first", name), "the input position before", NULL,
                  p->at[0]);
  p->real_weights[1] = ls_explain_f32 (
    e, ls_explain_text (e, "%s_after", name), "weight of the one after",
    ls_explain_text (e, "%s_place - (float) %s_first", name, name), at - (float) p->at[0]);
  p->real_weights[0]
    = ls_explain_f32 (e, ls_explain_text (e, "%s_before", name), "weight of the one before",
                      ls_explain_text (e, "1.0f - (%s_place - (float) %s_first)", name, name),
                      1.0f - (at - (float) p->at[0]));
}

/* The order of the operations is the reference's: of uint8 the byte hangs on it. */
static void
in_floats (LsExplainer *e, const Place *y, const Place *x)
{
  const LsExplainTap *t = e->out->taps;
  const float upper[2]
    = { (float) t[0].x * y->real_weights[0], (float) t[1].x * y->real_weights[0] },
    lower[2] = { (float) t[2].x * y->real_weights[1], (float) t[3].x * y->real_weights[1] };
  const float sum = ls_explain_f32 (
    e, "sum", "each times both weights",
    "x[0] * y_before * x_before + x[2] * y_after * x_before + x[1] * y_before * x_after + x[3] * "
    "y_after * x_after",
    upper[0] * x->real_weights[0] + lower[0] * x->real_weights[0] + upper[1] * x->real_weights[1]
      + lower[1] * x->real_weights[1]);

  for (int i = 0; i < 4; i++)
    e->magnitude += fabs (t[i].x);
  if (e->node->in[0]->type == LS_TYPE_UINT8)
    ls_explain_store_plain (e, "(uint8_t) (sum + 0.5f)", (uint8_t) (sum + 0.5f));
  else
    ls_explain_store_float (e, "sum", sum);
}

/* ------------------------------------------------------------------------------------------------
 */

static void
add_taps (LsExplainer *e, const Place *y, const Place *x, bool is_integer)
{
  const LsValue *in = e->node->in[0];
  double real = 0;

  for (int i = 0; i < 4; i++)
    {
      const int row = i / 2, column = i % 2;

      ls_explain_tap_at (e, in, (int32_t[]){ e->at[0], y->at[row], x->at[column], e->at[3] });
      if (e->out->taps == NULL || e->out->n_taps != (uint32_t) i + 1)
        return;

      LsExplainTap *tap = &e->out->taps[i];

      tap->a = is_integer ? (double) (y->weights[row] * x->weights[column])
                          : (double) y->real_weights[row] * (double) x->real_weights[column];
      tap->product = tap->x * tap->a;
      real += ls_explain_real (in, 0, tap->x) * (is_integer ? tap->a / (1 << 20) : tap->a);
    }
  e->out->float_value = real;
}

LsStatus
ls_explain_resize_bilinear (LsExplainer *e, LsError *error)
{
  const LsValue *in = e->node->in[0];
  const bool is_integer = in->type == LS_TYPE_INT8 || in->type == LS_TYPE_INT16;
  const Axis axes[] = { axis_of (e, HEIGHT), axis_of (e, WIDTH) };
  Place y = { .at = { 0, 0 } }, x = { .at = { 0, 0 } };

  e->out->arithmetic = is_integer ? "Four neighbours with weights of 10 bits each; scale and zero "
                                    "point stay."
                                  : "Four neighbours, weighted in floats.";
  e->out->a_title = "weight";
  e->out->product_title = "product";
  e->out->x_operand = ls_explain_operand (e, "input", in, 0);
  (is_integer ? place_integer : place_float) (e, "y", &axes[0], &y);
  (is_integer ? place_integer : place_float) (e, "x", &axes[1], &x);
  add_taps (e, &y, &x, is_integer);
  LS_TRY (ls_explain_check_taps (e, error));
  if (is_integer)
    in_integers (e);
  else
    in_floats (e, &y, &x);
  return LS_OK;
}
