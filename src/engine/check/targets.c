/* Targets: the names, and running an operator past a target's rules. */
#include "check/target.h"

#include <stdlib.h>
#include <string.h>

static const LsTarget *const targets[] = {
  &ls_target_imx8mp_npu,
  &ls_target_imx93_npu,
  &ls_target_litert,
  &ls_target_litert_micro,
};

enum
{
  N_TARGETS = sizeof targets / sizeof *targets
};

uint32_t
ls_target_count (void)
{
  return N_TARGETS;
}

const char *
ls_target_name (uint32_t index)
{
  return index < N_TARGETS ? targets[index]->name : NULL;
}

static void add (LsCheck *check, const LsTargetRule *rule, uint32_t op, const char *format, ...)
  LS_PRINTF (4, 5);

static void
add (LsCheck *check, const LsTargetRule *rule, uint32_t op, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  ls_report_add (check, rule->id, rule->severity, 0, (int) op, -1, false, format, args);
  va_end (args);
  if (!check->is_out_of_memory)
    check->report->findings[check->report->n_findings - 1].source = rule->source;
}

/* Whether the operator runs on the accelerator; the first rule that it breaks is reported. */
static bool
runs_there (LsCheck *check, const LsTarget *target, uint32_t index)
{
  const LsOperator *op = &check->model->graphs[0]->view.ops[index];
  char why[160];

  for (uint32_t i = 0; i < target->n_rules; i++)
    {
      const LsTargetRule *rule = &target->rules[i];

      why[0] = '\0';
      if (rule->is_met (check, op, why, sizeof why))
        continue;
      add (check, rule, index,
           rule->falls_back ? "%s does not run on the %s: %s" : "%s runs on the %s, but %s",
           ls_op_kind_text (op), target->title, why);
      if (rule->falls_back)
        return false;
    }
  return true;
}

LsStatus
ls_check_target (LsCheck *check, const char *name, LsError *error)
{
  const LsTarget *target = NULL;
  LsReport *report = check->report;
  uint64_t macs = 0, macs_there = 0;

  for (size_t i = 0; i < N_TARGETS; i++)
    if (strcmp (targets[i]->name, name) == 0)
      target = targets[i];
  if (target == NULL)
    return ls_fail (
      error, LS_E_USAGE, -1,
      "there is no target %s; there are imx8mp-npu, imx93-npu, litert and litert-micro", name);
  if (check->model->n_graphs == 0)
    return LS_OK;

  const LsSubgraph *graph = &check->model->graphs[0]->view;

  report->n_ops = graph->n_ops;
  report->on_accelerator = calloc ((size_t) graph->n_ops + 1, sizeof *report->on_accelerator);
  if (report->on_accelerator == NULL)
    return ls_fail_no_memory (error, "a report", graph->n_ops);
  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      uint64_t of_op = ls_op_macs (graph, &graph->ops[i]);
      bool is_there = runs_there (check, target, i);

      report->on_accelerator[i] = is_there;
      macs += of_op;
      macs_there += is_there ? of_op : 0;
      if (is_there && (i == 0 || !report->on_accelerator[i - 1]))
        report->n_partitions++;
    }
  report->mac_share = macs > 0 ? (double) macs_there / (double) macs : 0.0;
  return LS_OK;
}
