/*
 * The arithmetic of one output element, step by step.
 *
 * An explainer is a function for a family of operators and a line for each kind in explainers.def.
 * It reads the values of a node that has run, and computes one element by the rules of LiteRT's
 * reference kernels, noting every number as a step. It never calls the kernel: what it finds is
 * held against the kernel's result.
 */
#ifndef LS_EXPLAIN_EXPLAIN_H
#define LS_EXPLAIN_EXPLAIN_H

#include "base/error.h"
#include "ops/activation.h"
#include "ops/fixed_point.h"
#include "ops/op.h"

typedef struct
{
  LsExplanation *out;
  const LsNode *node;
  int32_t at[LS_MAX_RANK]; /* of output 0 */
  size_t element;
  size_t tap_room, step_room, text_room;
  bool is_out_of_memory; /* sticks; looked at once in the end */
  double magnitude;      /* sum of |product| of float sums: what rounding errors are measured by */
  size_t channel;        /* of the output's scales that the element belongs to */
} LsExplainer;

typedef LsStatus (*LsExplainFn) (LsExplainer *e, LsError *error);

#define EXPLAINER(KIND, function, source) LsStatus function (LsExplainer *e, LsError *error);
#include "explain/explainers.def"
#undef EXPLAINER

/* ---- Steps. All texts are literals, or from ls_explain_text(). Values are returned. -----------
 */

/* A formatted text that lives as long as the explanation; "" when out of memory. */
const char *ls_explain_text (LsExplainer *e, const char *format, ...) LS_PRINTF (2, 3);
/* @formula NULL: given. */
int32_t ls_explain_i32 (LsExplainer *e, const char *id, const char *label, const char *formula,
                        int32_t value);
int64_t ls_explain_i64 (LsExplainer *e, const char *id, const char *label, const char *formula,
                        int64_t value);
float ls_explain_f32 (LsExplainer *e, const char *id, const char *label, const char *formula,
                      float value);
double ls_explain_f64 (LsExplainer *e, const char *id, const char *label, const char *formula,
                       double value);
/* A step that goes over the taps: @formula is a statement about x[i] and w[i]. */
void ls_explain_loop_int (LsExplainer *e, LsExplainType type, const char *id, const char *label,
                          const char *start, const char *formula, int64_t value);
void ls_explain_loop_real (LsExplainer *e, LsExplainType type, const char *id, const char *label,
                           const char *start, const char *formula, double value);
void ls_explain_tap (LsExplainer *e, const LsExplainTap *tap);

/* ---- Operands ---------------------------------------------------------------------------------
 */

/* Notes a tensor; @channel: of its scales. Gives its number. */
int ls_explain_operand (LsExplainer *e, const char *role, const LsValue *value, size_t channel);
/* Element of a value as a number: integers of up to 64 bits, packed ones and floats. */
double ls_explain_get (const LsValue *value, size_t index);
int64_t ls_explain_get_int (const LsValue *value, size_t index);
/* The element at a place; and the place of an element. */
size_t ls_explain_index (const LsValue *value, const int32_t *at);
void ls_explain_place (const LsValue *value, size_t index, int32_t at[LS_MAX_RANK]);
/* The real number of a stored one, for the computation without rounding: in double. */
double ls_explain_real (const LsValue *value, size_t channel, double stored);
/* The scale of a channel, 0 without. */
float ls_explain_scale (const LsValue *value, size_t channel);
/* Element @index of a value as a given step; its value. */
double ls_explain_read (LsExplainer *e, const char *id, const LsValue *value, size_t index);
/* A tap that is an element alone. */
void ls_explain_tap_at (LsExplainer *e, const LsValue *value, const int32_t *at);
/* Fails when the taps did not find memory, or there are none. */
LsStatus ls_explain_check_taps (const LsExplainer *e, LsError *error);
/* Element of an operand that broadcasts to the output's place. */
size_t ls_explain_broadcast (const LsExplainer *e, const LsValue *value);

/* ---- What several families end with -----------------------------------------------------------
 */

/* Steps from a real number to its multiplier and shift. Ids are @prefix and "multiplier",
 * "shift". */
LsMultiplier ls_explain_multiplier (LsExplainer *e, const char *prefix, const char *real_id,
                                    double real);
/* MultiplyByQuantizedMultiplier of the step @x_id, of 32 bits, step by step. The last step is
 * called @id. */
int32_t ls_explain_mbqm (LsExplainer *e, const char *prefix, const char *id, const char *label,
                         const char *x_id, int32_t x, LsMultiplier m);
/* The same for numbers below one: all shifting is to the right. */
int32_t ls_explain_mbqm_below_one (LsExplainer *e, const char *prefix, const char *id,
                                   const char *label, const char *x_id, int32_t x, LsMultiplier m);
/* Zero point, clamp of the activation, result: from the step "scaled". */
LsStatus ls_explain_finish (LsExplainer *e, int32_t scaled, LsError *error);
/* The steps that operators of one quantized input begin with: scales, zero point, the element `a`,
 * and `difference`, which is given: the element without the zero point. */
int32_t ls_explain_difference (LsExplainer *e);
/* Zero point, clamp to given bounds, result: from the step "scaled". */
void ls_explain_raise (LsExplainer *e, int32_t scaled, int32_t zero_point, int32_t low,
                       int32_t high);
/* The same with the output's zero point and its type's bounds. */
void ls_explain_raise_to_type (LsExplainer *e, int32_t scaled);
/* Clamps "raised" to given bounds and stores it. */
void ls_explain_store (LsExplainer *e, int32_t raised, int32_t low, int32_t high);
/* Stores an integer as it is: the formula's value. */
void ls_explain_store_plain (LsExplainer *e, const char *formula, int64_t value);
/* A float result; @formula in terms of the steps. */
void ls_explain_store_float (LsExplainer *e, const char *formula, float value);
/* The clamp of a float operator's fused activation, and the result from the step @id. */
LsStatus ls_explain_finish_float (LsExplainer *e, const char *id, float value, LsError *error);
/* The activation of the computation without rounding. */
LsStatus ls_explain_float_value (LsExplainer *e, double value, LsError *error);

/* LS_E_UNSUPPORTED with the operator's kind in front. */
LsStatus ls_explain_unsupported (const LsExplainer *e, LsError *error, const char *format, ...)
  LS_PRINTF (3, 4);

#endif
