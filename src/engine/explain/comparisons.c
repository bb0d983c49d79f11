/*
 * EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER and GREATER_EQUAL: two elements.
 *
 * Sources: tflite/kernels/comparisons.cc, internal/reference/comparisons.h.
 */
#include "explain/elementwise.h"
#include "ops/elementwise.h"

#include <math.h>
#include <string.h>

typedef enum
{
  EQUAL,
  NOT_EQUAL,
  LESS,
  LESS_EQUAL,
  GREATER,
  GREATER_EQUAL
} Relation;

static const char *const signs[] = { "==", "!=", "<", "<=", ">", ">=" };

static bool
holds (Relation relation, double a, double b)
{
  switch (relation)
    {
    case EQUAL:
      return a == b;
    case NOT_EQUAL:
      return a != b;
    case LESS:
      return a < b;
    case LESS_EQUAL:
      return a <= b;
    case GREATER:
      return a > b;
    case GREATER_EQUAL:
      return a >= b;
    }
  return false;
}

/* An input in steps of 1/256 of its real values. */
static int32_t
on_grid (LsExplainer *e, const LsValue *value, const char *name, size_t at)
{
  const char *prefix = ls_explain_text (e, "%s_", name),
             *raised_id = ls_explain_text (e, "%s_raised", name),
             *scale_id = ls_explain_text (e, "%s_scale", name);
  const float scale = ls_explain_f32 (e, scale_id, "its scale", NULL, value->scale);
  const int32_t zero = ls_explain_i32 (e, ls_explain_text (e, "%s_zero_point", name),
                                       "its zero point", NULL, value->zero_point);
  const int32_t x = (int32_t) ls_explain_read (e, name, value, at);
  const int32_t raised = ls_explain_i32 (
    e, raised_id, "with 8 bits behind the point",
    ls_explain_text (e, "(int32_t) ((uint32_t) (%s - %s_zero_point) << 8)", name, name),
    (int32_t) ((uint32_t) (x - zero) << 8));

  return ls_explain_mbqm_below_one (
    e, prefix, ls_explain_text (e, "%s_grid", name), "in steps of 1/256", raised_id, raised,
    ls_explain_multiplier (e, prefix, ls_explain_text (e, "(double) %s", scale_id),
                           (double) scale));
}

static LsStatus
explain_comparison (LsExplainer *e, Relation relation, LsError *error)
{
  const LsExplainPair pair = ls_explain_pair (e, '-');
  const LsType type = pair.a->type;
  const bool is_wide = type == LS_TYPE_INT16 && relation > NOT_EQUAL;

  if (ls_type_bits (type) == 0 || ls_type_bits (type) > 32
      || (ls_type_is_float (type) && type != LS_TYPE_FLOAT32))
    return ls_explain_unsupported (e, error, "%s", ls_type_name (type));

  double a = ls_explain_get (pair.a, pair.at_a), b = ls_explain_get (pair.b, pair.at_b);

  e->out->float_value
    = holds (relation, ls_explain_real (pair.a, 0, a), ls_explain_real (pair.b, 0, b));
  if (ls_stands_for_reals (pair.a) && !is_wide)
    {
      e->out->arithmetic = "Both are put on a grid of 1/256, and compared there.";
      a = on_grid (e, pair.a, "a", pair.at_a);
      b = on_grid (e, pair.b, "b", pair.at_b);
      ls_explain_store_plain (e, ls_explain_text (e, "a_grid %s b_grid", signs[relation]),
                              holds (relation, a, b));
      return LS_OK;
    }
  e->out->arithmetic = "What is stored is compared.";
  ls_explain_read (e, "a", pair.a, pair.at_a);
  ls_explain_read (e, "b", pair.b, pair.at_b);
  ls_explain_store_plain (e, ls_explain_text (e, "a %s b", signs[relation]),
                          holds (relation, a, b));
  return LS_OK;
}

#define DEFINE(name, RELATION)                                                                     \
  LsStatus ls_explain_##name (LsExplainer *e, LsError *error)                                      \
  {                                                                                                \
    return explain_comparison (e, RELATION, error);                                                \
  }
DEFINE (equal, EQUAL)
DEFINE (not_equal, NOT_EQUAL)
DEFINE (less, LESS)
DEFINE (less_equal, LESS_EQUAL)
DEFINE (greater, GREATER)
DEFINE (greater_equal, GREATER_EQUAL)
