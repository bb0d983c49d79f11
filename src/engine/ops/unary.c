#include "ops/unary.h"

#include "base/half.h"
#include "ops/shape.h"

enum
{
  BLOCK = 256 /* elements of a 16-bit float that are widened at a time */
};

bool
ls_unary_run_kernel (const LsUnary *unary, const void *in, void *out, size_t n)
{
  unary->kernel (&unary->params, in, out, n);
  return true;
}

/* 16-bit floats: widened, computed, rounded. */
static bool
run_half (const LsUnary *unary, const void *in, void *out, size_t n)
{
  const uint16_t *x = in;
  uint16_t *y = out;
  float wide[BLOCK];

  for (size_t at = 0; at < n; at += BLOCK)
    {
      size_t count = n - at < BLOCK ? n - at : BLOCK;

      ls_elements ()->float_from_half (x + at, wide, count);
      unary->kernel (&unary->params, wide, wide, count);
      ls_elements ()->half_from_float (wide, y + at, count);
    }
  return true;
}

static bool
run_bfloat16 (const LsUnary *unary, const void *in, void *out, size_t n)
{
  const uint16_t *x = in;
  uint16_t *y = out;
  float wide[BLOCK];

  for (size_t at = 0; at < n; at += BLOCK)
    {
      size_t count = n - at < BLOCK ? n - at : BLOCK;

      for (size_t i = 0; i < count; i++)
        wide[i] = ls_bfloat16_to_float (x[at + i]);
      unary->kernel (&unary->params, wide, wide, count);
      for (size_t i = 0; i < count; i++)
        y[at + i] = ls_bfloat16_from_float (wide[i]);
    }
  return true;
}

static bool
run_table (const LsUnary *unary, const void *in, void *out, size_t n)
{
  ls_elements ()->look_up (unary->table, in, out, n);
  return true;
}

static bool
run_checked_table (const LsUnary *unary, const void *in, void *out, size_t n)
{
  const uint8_t *x = in;
  uint8_t *y = out;
  bool is_outside = false;

  for (size_t i = 0; i < n; i++)
    {
      is_outside |= unary->is_outside[x[i]];
      y[i] = unary->table[x[i]];
    }
  return !is_outside;
}

static bool
run_curve (const LsUnary *unary, const void *in, void *out, size_t n)
{
  const int16_t *x = in;
  int16_t *y = out;

  for (size_t i = 0; i < n; i++)
    y[i] = ls_lut16_at (unary->curve, x[i]);
  return true;
}

static bool
run_checked_curve (const LsUnary *unary, const void *in, void *out, size_t n)
{
  const int16_t *x = in;

  for (size_t i = 0; i < n; i++)
    if (x[i] < 0)
      return false;
  return run_curve (unary, in, out, n);
}

LsStatus
ls_unary_scales (LsNode *node, LsUnary *unary, LsError *error)
{
  const LsValue *in = node->in[0], *out = node->out[0];

  LS_TRY (ls_node_scale (node, in, "the input", error));
  LS_TRY (ls_node_scale (node, out, "the output", error));
  unary->params.zero_a = in->zero_point;
  unary->params.zero_y = out->zero_point;
  unary->in_scale = in->scale;
  unary->out_scale = out->scale;
  ls_integer_range (out->type, &unary->params.low, &unary->params.high);
  return LS_OK;
}

LsStatus
ls_unary_symmetric (const LsNode *node, LsError *error)
{
  if (node->in[0]->zero_point == 0 && node->out[0]->zero_point == 0)
    return LS_OK;
  return ls_node_invalid (node, error, "zero points of %s have to be 0, they are %d and %d",
                          ls_type_name (node->in[0]->type), node->in[0]->zero_point,
                          node->out[0]->zero_point);
}

LsStatus
ls_unary_unsupported (const LsNode *node, LsError *error)
{
  return ls_node_unsupported (node, error, "type %s", ls_type_name (node->in[0]->type));
}

static void
use_table (LsUnary *unary)
{
  unary->cost = LS_COST_MOVE;
  unary->loop = unary->complaint != NULL ? run_checked_table : run_table;
}

void
ls_unary_tabulate (LsNode *node, LsUnary *unary, int32_t (*rule) (const LsUnary *unary, int32_t x))
{
  int32_t low, high;

  ls_integer_range (node->in[0]->type, &low, &high);
  for (int32_t x = low; x <= high; x++)
    unary->table[(uint8_t) x] = (uint8_t) rule (unary, x);
  use_table (unary);
}

LsStatus
ls_unary_use_kernel (LsNode *node, LsUnary *unary, LsUnaryKernel kernel, LsError *error)
{
  int16_t x[LS_LUT8_SIZE], y[LS_LUT8_SIZE];
  int32_t low, high;

  unary->kernel = kernel;
  if (node->in[0]->type == LS_TYPE_INT16)
    {
      unary->loop = ls_unary_run_kernel;
      unary->cost = LS_COST_RESCALE;
      return ls_unary_symmetric (node, error);
    }
  if (node->in[0]->type != LS_TYPE_INT8 && node->in[0]->type != LS_TYPE_UINT8)
    return ls_unary_unsupported (node, error);
  ls_integer_range (node->in[0]->type, &low, &high);
  for (int32_t i = 0; i < LS_LUT8_SIZE; i++)
    x[i] = (int16_t) (low + i);
  kernel (&unary->params, x, y, LS_LUT8_SIZE);
  for (int32_t i = 0; i < LS_LUT8_SIZE; i++)
    unary->table[(uint8_t) x[i]] = (uint8_t) y[i];
  use_table (unary);
  return LS_OK;
}

LsStatus
ls_unary_plan_real (LsNode *node, LsUnary *unary, LsRealFn fn, const void *params, LsError *error)
{
  const LsValue *in = node->in[0], *out = node->out[0];

  LS_TRY (ls_unary_scales (node, unary, error));
  if (in->type == LS_TYPE_INT8 || in->type == LS_TYPE_UINT8)
    {
      ls_lut8_fill (unary->table, in, out, fn, params);
      use_table (unary);
    }
  else if (in->type == LS_TYPE_INT16)
    {
      ls_lut16_fill (unary->curve, in, out, fn, params);
      unary->loop = unary->complaint != NULL ? run_checked_curve : run_curve;
      unary->cost = LS_COST_RESCALE;
    }
  else
    return ls_unary_unsupported (node, error);
  return LS_OK;
}

static LsStatus
unary_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsUnary *unary = node->state;
  const uint8_t *x = node->in[0]->data;
  uint8_t *y = node->out[0]->data;

  if (!unary->loop (unary, x + begin * unary->in_size, y + begin * unary->out_size, end - begin))
    return ls_node_fail (node, LS_E_INVALID, "%s", unary->complaint);
  return LS_OK;
}

static LsStatus
choose_loop (LsNode *node, LsUnary *unary, LsError *error)
{
  switch ((int) node->in[0]->type)
    {
    case LS_TYPE_FLOAT32:
      unary->loop = ls_unary_run_kernel;
      return LS_OK;
    case LS_TYPE_FLOAT16:
      unary->loop = run_half;
      return LS_OK;
    case LS_TYPE_BFLOAT16:
      unary->loop = run_bfloat16;
      return LS_OK;
    case LS_TYPE_FLOAT64:
      unary->loop = unary->kind->f64;
      return LS_OK;
    default:
      if (unary->kind->plan_integers == NULL)
        return ls_unary_unsupported (node, error);
      return unary->kind->plan_integers (node, unary, error);
    }
}

static LsStatus
prepare (LsNode *node, const LsUnaryKind *kind, LsError *error)
{
  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_same_type (node, node->in[0], node->out[0], error));

  LsUnary *unary = ls_node_alloc (node, 1, sizeof *unary, error);

  if (unary == NULL)
    return LS_E_NO_MEMORY;
  unary->kind = kind;
  unary->cost = kind->cost;
  unary->is_approximate = ls_attr_int (node->def, "approximate", 0) != 0;
  unary->kernel = *(const LsUnaryKernel *) ((const char *) ls_elements () + kind->f32);
  if (node->def->kind == LS_OP_GELU && unary->is_approximate)
    unary->kernel = ls_elements ()->gelu_tanh_f32;
  unary->params.alpha = (float) ls_attr_float (node->def, "alpha", 0.0);
  unary->in_size = ls_element_size (node->in[0]->type);
  unary->out_size = ls_element_size (node->out[0]->type);
  LS_TRY (choose_loop (node, unary, error));
  node->state = unary;
  LS_TRY (ls_node_output_like (node, 0, node->in[0], error));
  ls_node_phase (node, unary_run, node->in[0]->count, ls_element_grain (unary->cost));
  return LS_OK;
}

#define LS_FLOATS "float32, float16, bfloat16, float64"
#define UNARY(NAME, stem, version, cost, f64, plan, types_)                                        \
  static LsStatus stem##_prepare (LsNode *node, LsError *error)                                    \
  {                                                                                                \
    static const LsUnaryKind kind                                                                  \
      = { offsetof (LsElements, stem##_f32), ls_unary_##stem##_f64, plan, cost };                  \
                                                                                                   \
    return prepare (node, &kind, error);                                                           \
  }                                                                                                \
  const LsOp ls_op_##stem = { stem##_prepare, LS_OP_IN_PLACE, version, types_ };
#include "ops/unary.def"
#undef UNARY
