#include "check/rule.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "check/inspect.h"
#include "check/target.h"

const LsRule ls_rules[LS_N_RULES] = {
#define RULE(NAME, id, severity, source, remedy)                                                   \
  [LS_RULE_##NAME] = { id, LS_SEVERITY_##severity, source, remedy },
#include "check/rules.def"
#undef RULE
};

static const LsInspector *const inspectors[] = {
  &ls_inspect_bias,        &ls_inspect_weights,  &ls_inspect_ranges,
  &ls_inspect_passthrough, &ls_inspect_versions, &ls_inspect_tensors,
  &ls_inspect_codes,       &ls_inspect_buffers,  &ls_inspect_signatures,
};

enum
{
  N_INSPECTORS = sizeof inspectors / sizeof *inspectors
};

void
ls_check_add (LsCheck *check, LsRuleId rule, int graph, int op, int tensor, bool is_repairable,
              const char *format, ...)
{
  const LsRule *r = &ls_rules[rule];
  va_list args;

  va_start (args, format);
  ls_report_add (check, r->id, r->severity, graph, op, tensor, is_repairable, format, args);
  va_end (args);

  LsReport *report = check->report;

  if (!check->is_out_of_memory && report->n_findings > 0)
    {
      report->findings[report->n_findings - 1].source = r->source;
      report->findings[report->n_findings - 1].remedy = r->remedy;
    }
}

void
ls_report_add (LsCheck *check, const char *id, LsSeverity severity, int graph, int op, int tensor,
               bool is_repairable, const char *format, va_list args)
{
  LsReport *report = check->report;
  uint32_t n = report->n_findings;
  char *message = NULL;

  if (vasprintf (&message, format, args) < 0)
    message = NULL;
  if ((n & (n - 1)) == 0)
    { /* full at every power of two */
      size_t capacity = n == 0 ? 1 : (size_t) n * 2;
      LsFinding *larger = realloc (report->findings, capacity * sizeof *larger);

      if (larger == NULL)
        {
          check->is_out_of_memory = true;
          free (message);
          return;
        }
      report->findings = larger;
    }
  if (message == NULL)
    {
      check->is_out_of_memory = true;
      return;
    }
  for (char *c = message; *c != '\0'; c++)
    if ((unsigned char) *c < 0x20 || *c == 0x7f)
      *c = '?';
  report->findings[report->n_findings++] = (LsFinding){
    .id = id,
    .severity = severity,
    .subgraph = graph,
    .op = op,
    .tensor = tensor,
    .message = message,
    .source = "",
    .remedy = "",
    .is_repairable = is_repairable,
  };
}

void
ls_check_op (LsCheck *check, uint32_t graph, uint32_t op)
{
  for (size_t i = 0; i < N_INSPECTORS; i++)
    if (inspectors[i]->look_at_op != NULL)
      inspectors[i]->look_at_op (check, graph, op);
}

void
ls_check_model (LsCheck *check)
{
  for (size_t i = 0; i < N_INSPECTORS; i++)
    if (inspectors[i]->look_at_model != NULL)
      inspectors[i]->look_at_model (check);
}

LsStatus
ls_check (const LsModel *model, const char *target, LsReport *out, LsError *error)
{
  LsCheck check = { .model = model, .report = out };
  LsStatus status = LS_OK;

  *out = (LsReport){ 0 };
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      ls_check_op (&check, g, i);
  ls_check_model (&check);
  ls_inspect_runs.look_at_model (&check); /* plans a run: not for mending, which looks often */
  if (target != NULL)
    status = ls_check_target (&check, target, error);
  if (status == LS_OK && check.is_out_of_memory)
    status = ls_fail_no_memory (error, "the findings", out->n_findings * sizeof *out->findings);
  if (status != LS_OK)
    ls_report_clear (out);
  return status;
}

void
ls_report_clear (LsReport *report)
{
  for (uint32_t i = 0; i < report->n_findings; i++)
    free (report->findings[i].message);
  free (report->findings);
  free (report->on_accelerator);
  *report = (LsReport){ 0 };
}

/* ---- Questions that rules share
 * ------------------------------------------------------------------ */

const LsTensor *
ls_check_tensor (const LsCheck *check, uint32_t graph, int32_t tensor)
{
  const LsSubgraph *g = &check->model->graphs[graph]->view;

  return tensor >= 0 && (uint32_t) tensor < g->n_tensors ? &g->tensors[tensor] : NULL;
}

const LsTensor *
ls_check_input (const LsCheck *check, uint32_t graph, const LsOperator *op, uint32_t slot)
{
  return slot < op->n_inputs ? ls_check_tensor (check, graph, op->inputs[slot]) : NULL;
}

const LsTensor *
ls_check_output (const LsCheck *check, uint32_t graph, const LsOperator *op, uint32_t slot)
{
  return slot < op->n_outputs ? ls_check_tensor (check, graph, op->outputs[slot]) : NULL;
}

const char *
ls_check_name (const LsTensor *tensor, int index, char text[16])
{
  if (tensor->name[0] != '\0')
    return tensor->name;
  snprintf (text, 16, "%d", index);
  return text;
}

bool
ls_check_weighted (const LsOperator *op, LsWeighted *out)
{
  switch (op->kind)
    {
    case LS_OP_CONV_2D:
    case LS_OP_FULLY_CONNECTED:
      *out = (LsWeighted){ 0, 1, 2, 0 };
      return op->n_inputs >= 2;
    case LS_OP_DEPTHWISE_CONV_2D:
      *out = (LsWeighted){ 0, 1, 2, 3 };
      return op->n_inputs >= 2;
    case LS_OP_TRANSPOSE_CONV:
      *out = (LsWeighted){ 2, 1, 3, 0 };
      return op->n_inputs >= 3;
    default:
      return false;
    }
}

bool
ls_scale_is_valid (float scale)
{
  return scale > 0.0f && isfinite (scale);
}

bool
ls_scales_are_valid (const LsTensor *tensor)
{
  for (uint32_t i = 0; i < ls_n_scales (tensor); i++)
    if (!ls_scale_is_valid (tensor->quant->scales[i]))
      return false;
  return ls_n_scales (tensor) > 0;
}

bool
ls_integer_limits (LsType type, int64_t *low, int64_t *high)
{
  static const struct
  {
    LsType type;
    int64_t low, high;
  } limits[] = {
    { LS_TYPE_INT8, INT8_MIN, INT8_MAX },
    { LS_TYPE_UINT8, 0, UINT8_MAX },
    { LS_TYPE_INT16, INT16_MIN, INT16_MAX },
    { LS_TYPE_INT4, -8, 7 },
    { LS_TYPE_INT2, -2, 1 },
    { LS_TYPE_UINT4, 0, 15 },
    { LS_TYPE_INT32, INT32_MIN, INT32_MAX },
    { LS_TYPE_INT64, INT64_MIN, INT64_MAX },
  };

  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
    if (limits[i].type == type)
      {
        *low = limits[i].low;
        *high = limits[i].high;
        return true;
      }
  return false;
}

bool
ls_check_is_stored (const LsCheck *check, LsField field, uint32_t graph, uint32_t index,
                    uint32_t element)
{
  const LsModel *model = check->model;
  uint64_t offset, length;

  if (check->may_rewrite)
    return true;
  return model->locate != NULL
         && model->locate (model, field, graph, index, element, &offset, &length);
}
