/*
 * Whether the model could run at all: it is planned as for a run, and what the plan refuses is the
 * finding. A custom operator that has no kernel here is told apart: it may belong to a delegate, or
 * a program may bring one.
 */
#include "check/inspect.h"

#include "ops/op.h"
#include "runtime/runtime.h"

/* Nobody registers a kernel under a name with control characters. */
static bool
is_a_name (const char *code)
{
  for (const char *c = code; *c != '\0'; c++)
    if ((unsigned char) *c < ' ' || *c == 0x7f)
      return false;
  return code[0] != '\0';
}

/* The rule for an operator without a kernel, else that for a plan that is refused. */
static LsRuleId
rule_of (const LsModel *model, const LsError *error)
{
  const LsSubgraph *graph
    = ls_model_subgraph (model, (uint32_t) (error->subgraph < 0 ? 0 : error->subgraph));

  if (error->status == LS_E_NO_MEMORY)
    return LS_RULE_TOO_LARGE;
  if (error->status != LS_E_UNSUPPORTED || graph == NULL || error->op < 0
      || (uint32_t) error->op >= graph->n_ops)
    return LS_RULE_CANNOT_RUN;

  const LsOperator *op = &graph->ops[error->op];

  if (op->kind != LS_OP_CUSTOM || op->custom_code == NULL || !is_a_name (op->custom_code))
    return LS_RULE_CANNOT_RUN;
  return ls_op_foreign (op->custom_code) != NULL ? LS_RULE_NO_KERNEL : LS_RULE_UNKNOWN_OPERATOR;
}

/* An input of which the file leaves the size open: what the plan says then says nothing of the
 * sizes to come. */
static bool
has_open_shape (const LsSubgraph *graph)
{
  for (uint32_t i = 0; i < graph->n_inputs; i++)
    {
      const LsTensor *tensor = graph->inputs[i] >= 0 ? &graph->tensors[graph->inputs[i]] : NULL;

      for (int32_t k = 0; tensor != NULL && k < tensor->rank; k++)
        if (tensor->dims[k] <= 0)
          return true;
    }
  return false;
}

LsStatus
ls_check_plan (const LsModel *model, LsError *error)
{
  const LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session;
  LsStatus status = ls_session_new (model, &options, &session, error);

  /* A session whose inputs may be resized keeps quiet about a plan that failed. */
  if (status == LS_OK && !session->frame->is_planned && !has_open_shape (session->frame->graph))
    status = ls_frame_plan (session->frame, error);
  ls_session_free (session);
  return status;
}

/* A fault that has a name already is told once. */
static bool
has_error (const LsReport *report)
{
  for (uint32_t i = 0; i < report->n_findings; i++)
    if (report->findings[i].severity == LS_SEVERITY_ERROR)
      return true;
  return false;
}

static void
look_at_model (LsCheck *check)
{
  LsError error = { .offset = -1, .subgraph = -1, .op = -1, .tensor = -1 };
  LsStatus status = check->model->n_graphs == 0 || has_error (check->report)
                      ? LS_OK
                      : ls_check_plan (check->model, &error);

  if (status == LS_OK || status == LS_E_CANCELLED)
    return;

  ls_check_add (check, rule_of (check->model, &error), error.subgraph < 0 ? 0 : error.subgraph,
                error.op, error.tensor, false, "%s", error.message);
}

const LsInspector ls_inspect_runs = { NULL, look_at_model };
