/* Every intermediate tensor in a file of its own, with an index. */
#include "run.h"

#include <string.h>

static void
add_entry (CliJson *json, const LsSubgraph *subgraph, uint32_t tensor, const LsArray *value,
           const char *file, int producer)
{
  cli_json_open_row (json, NULL, '{');
  cli_json_uint (json, "tensor", tensor);
  cli_json_string (json, "name", subgraph->tensors[tensor].name);
  cli_json_string (json, "type", ls_type_name (value->type));
  cli_json_dims (json, "shape", value->dims, value->rank);
  if (producer >= 0)
    {
      cli_json_int (json, "operator", producer);
      cli_json_string (json, "kind", ls_op_kind_text (&subgraph->ops[producer]));
    }
  cli_json_string (json, "file", file);
  cli_json_close (json);
}

/* By tensor: the operator that writes it, or -1. From malloc. */
static int32_t *
producers (const LsSubgraph *subgraph)
{
  int32_t *by_tensor = cli_alloc (subgraph->n_tensors, sizeof *by_tensor);

  for (uint32_t i = 0; i < subgraph->n_tensors; i++)
    by_tensor[i] = -1;
  for (uint32_t i = 0; i < subgraph->n_ops; i++)
    for (uint32_t k = 0; k < subgraph->ops[i].n_outputs; k++)
      if (subgraph->ops[i].outputs[k] >= 0
          && (uint32_t) subgraph->ops[i].outputs[k] < subgraph->n_tensors)
        by_tensor[subgraph->ops[i].outputs[k]] = (int32_t) i;
  return by_tensor;
}

LsStatus
run_save_trace (const RunJob *job, RunState *state, LsError *error)
{
  const LsSubgraph *subgraph = state->subgraph;
  LsStatus status = run_make_folder (&state->made, job->trace_dir, error);

  if (status != LS_OK)
    return status;

  CLI_FREE int32_t *by_tensor = producers (subgraph);
  CliJson *json = cli_json_new ();

  cli_json_open (json, NULL, '{');
  cli_json_string (json, "model", job->model_path);
  cli_json_open (json, "tensors", '[');
  for (uint32_t i = 0; i < subgraph->n_tensors && status == LS_OK; i++)
    {
      CLI_FREE char *name = cli_printf ("t%05u.npy", i);
      LsArray view;

      /* Constants are in the model; what no step computed, or has no form in a file, is left out.
       */
      if (ls_tensor_is_constant (state->model, &subgraph->tensors[i])
          || ls_session_get_tensor (state->session, i, &view, NULL) != LS_OK
          || view.type == LS_TYPE_VARIANT)
        continue;
      status = run_save (&state->made, job->trace_dir, name, &view, error);
      if (status == LS_OK)
        add_entry (json, subgraph, i, &view, name, by_tensor[i]);
    }
  if (status == LS_OK)
    return run_save_json (&state->made, job->trace_dir, "index.json", json, error);
  cli_json_free (json);
  return status;
}
