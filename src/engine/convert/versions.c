/* Raises the versions of operators to what their types and options ask for. */
#include "convert/pass.h"
#include "model/versions.h"

static LsStatus
versions_run (LsPassContext *context, LsError *error)
{
  LsModel *model = context->model;
  uint32_t n = 0;

  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t i = 0; i < model->graphs[g]->view.n_ops; i++)
      {
        LsOperator *op = ls_model_op (model, g, i);
        int version = ls_op_version (&model->graphs[g]->view, op);

        if (op->kind == LS_OP_CUSTOM || op->version >= version)
          continue;

        int code = ls_model_ensure_code (model, op->kind, NULL, version);

        if (code < 0)
          return ls_fail_no_memory (error, "an operator code", 0);
        op->code_index = (uint32_t) code;
        op->version = version;
        n++;
      }
  if (n == 0)
    return LS_OK;
  if (!ls_model_compact (model, NULL, NULL, NULL))
    return ls_fail_no_memory (error, "versions", 0);
  return ls_pass_report (context, "versions", n, error,
                         "%u operators got the version that their types need", n);
}

const LsPass ls_pass_versions = { "versions", versions_run };
