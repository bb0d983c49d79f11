/* Where each operator would run on a board, and the rule that says so. */
#ifndef LS_CHECK_TARGET_H
#define LS_CHECK_TARGET_H

#include <stdarg.h>

#include "check/rule.h"

/* Adds a finding with any id; source and remedy are left empty. */
void ls_report_add (LsCheck *check, const char *id, LsSeverity severity, int graph, int op,
                    int tensor, bool is_repairable, const char *format, va_list args);

/* Adds the target's findings and fills in where the operators of subgraph 0 run. */
LsStatus ls_check_target (LsCheck *check, const char *name, LsError *error);

/* One thing that a target asks of an operator. Gives false, with the reason in @why, when it falls
 * back. */
typedef struct
{
  const char *id;
  LsSeverity severity;
  bool falls_back; /* else it runs there all the same */
  bool (*is_met) (const LsCheck *check, const LsOperator *op, char *why, size_t why_size);
  const char *source;
} LsTargetRule;

typedef struct
{
  const char *name, *title;
  const LsTargetRule *rules;
  uint32_t n_rules;
} LsTarget;

extern const LsTarget ls_target_imx8mp_npu, ls_target_imx93_npu, ls_target_litert,
  ls_target_litert_micro;

#endif
