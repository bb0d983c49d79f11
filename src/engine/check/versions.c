/* Operator versions that are below what types and options ask for. */
#include "check/rule.h"
#include "model/versions.h"

static int
at_least (int a, int b)
{
  return a > b ? a : b;
}

int
ls_needed_version (const LsModel *model, uint32_t graph, const LsOperator *op)
{
  const LsSubgraph *g = &model->graphs[graph]->view;

  return at_least (ls_op_version_by_options (g, op), ls_op_version_by_types (g, op));
}

/*
 * Converters of the years between often wrote the version of int8 for int16, and every runtime
 * takes that. Version 1 is from before any signed integers: that is worth a word.
 */
static void
look_at_op (LsCheck *check, uint32_t graph, uint32_t index)
{
  const LsSubgraph *g = &check->model->graphs[graph]->view;
  const LsOperator *op = &g->ops[index];

  if (op->version < ls_op_version_by_options (g, op)
      || (op->version == 1 && ls_op_version_by_types (g, op) > 1))
    ls_check_add (check, LS_RULE_OPERATOR_VERSION, (int) graph, (int) index, -1,
                  ls_check_is_stored (check, LS_FIELD_CODE_VERSION, graph, op->code_index, 0),
                  "%s says version %d, but its types and options need version %d",
                  ls_op_kind_text (op), op->version, ls_needed_version (check->model, graph, op));
}

const LsInspector ls_inspect_versions = { look_at_op, NULL };

/* Operators share a code: the version must do for all of them. */
bool
ls_mend_version (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsModel *model = ls_mender_check (mender)->model;
  uint32_t code = model->graphs[finding->subgraph]->view.ops[finding->op].code_index;
  int needed = 1;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      if (model->graphs[g]->view.ops[i].code_index == code)
        needed = at_least (needed, ls_needed_version (model, g, &model->graphs[g]->view.ops[i]));
  return ls_mender_version (mender, code, needed);
}
