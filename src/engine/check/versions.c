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

static void
look_at_op (LsCheck *check, uint32_t graph, uint32_t index)
{
  const LsSubgraph *g = &check->model->graphs[graph]->view;
  const LsOperator *op = &g->ops[index];

  if (ls_op_version_is_low (g, op))
    ls_check_add (check, LS_RULE_OPERATOR_VERSION, (int) graph, (int) index, -1,
                  ls_check_is_stored (check, LS_FIELD_CODE_VERSION, graph, op->code_index, 0),
                  "%s says version %d, but its types and options need version %d",
                  ls_op_kind_text (op), op->version, ls_needed_version (check->model, graph, op));
}

const LsInspector ls_inspect_versions = { look_at_op, NULL };

/*
 * Operators share a code: the version must do for all of them that are in want of one, and the
 * others get it with them. In a file that is written anew the code is parted instead, so that
 * operators which want nothing keep what they state.
 */
bool
ls_mend_version (LsMender *mender, const LsFinding *finding, const char *way)
{
  const LsModel *model = ls_mender_check (mender)->model;
  const LsOperator *op = &model->graphs[finding->subgraph]->view.ops[finding->op];
  uint32_t code = op->code_index;
  int needed = ls_needed_version (model, (uint32_t) finding->subgraph, op);
  bool is_parted = false;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      {
        const LsOperator *other = &model->graphs[g]->view.ops[i];

        if (other->code_index != code)
          continue;
        if (ls_op_version_is_low (&model->graphs[g]->view, other))
          needed = at_least (needed, ls_needed_version (model, g, other));
        else
          is_parted = ls_mender_check (mender)->may_rewrite;
      }
  return is_parted
           ? ls_mender_op_version (mender, (uint32_t) finding->subgraph, (uint32_t) finding->op,
                                   ls_needed_version (model, (uint32_t) finding->subgraph, op))
           : ls_mender_version (mender, code, needed);
}
