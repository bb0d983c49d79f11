#include "run.h"

#include <string.h>

/* The tensor called `until` and the subgraph that runs. */
static LsStatus
choose (const RunJob *job, RunState *state, LsSessionOptions *options, LsError *error)
{
  const LsModel *model = state->model;
  uint32_t index = options->subgraph;

  for (uint32_t i = 0; options->signature != NULL && i < ls_model_n_signatures (model); i++)
    if (strcmp (ls_model_signature (model, i)->key, options->signature) == 0)
      index = ls_model_signature (model, i)->subgraph;
  state->subgraph = ls_model_subgraph (model, index);
  if (state->subgraph == NULL)
    return cli_set_error (error, LS_E_USAGE, "the model has no subgraph %u: there are %u", index,
                          ls_model_n_subgraphs (model));
  if (job->until == NULL)
    return LS_OK;
  options->until = ls_subgraph_find_tensor (state->subgraph, job->until);
  return options->until >= 0
           ? LS_OK
           : cli_set_error (error, LS_E_USAGE, "there is no tensor \"%s\"", job->until);
}

static LsStatus
save_outputs (const RunJob *job, RunState *state, uint32_t step, LsError *error)
{
  CLI_FREE char *name = cli_printf ("%u", step);
  CLI_FREE char *folder
    = job->has_steps ? cli_path (job->output_dir, name) : cli_strdup (job->output_dir);
  LsStatus status = run_make_folder (&state->made, folder, error);

  for (uint32_t i = 0; status == LS_OK && i < ls_session_n_outputs (state->session); i++)
    {
      CLI_FREE char *file = cli_printf ("%03u.npy", i);
      LsArray view;

      status = ls_session_get_output (state->session, i, &view, error);
      if (status == LS_OK)
        status = run_save (&state->made, folder, file, &view, error);
    }
  return status;
}

static LsStatus
run_steps (const RunJob *job, RunState *state, const char **file, LsError *error)
{
  for (uint32_t step = 0; step < job->n_steps; step++)
    {
      LsStatus status = run_set_inputs (job, state, step, file, error);

      if (status == LS_OK)
        status = ls_session_run (state->session, error);
      if (status == LS_OK && job->output_dir != NULL)
        status = save_outputs (job, state, step, error);
      if (status != LS_OK)
        return status;
    }
  return job->trace_dir != NULL ? run_save_trace (job, state, error) : LS_OK;
}

bool
run_job (const RunJob *job, RunState *state)
{
  LsSessionOptions options = job->session;
  LsError error = { 0 };
  const char *file = NULL;

  *state = (RunState){ 0 };

  LsStatus status = ls_model_open (job->model_path, &state->model, &error);

  if (status == LS_OK)
    status = choose (job, state, &options, &error);
  if (status == LS_OK)
    status = ls_session_new (state->model, &options, &state->session, &error);
  if (status == LS_OK)
    status = run_steps (job, state, &file, &error);
  if (status == LS_OK)
    return true;
  run_files_undo (&state->made);
  state->error_text = cli_error_text (file != NULL ? file : job->model_path,
                                      file != NULL ? NULL : state->model, &error);
  return false;
}

void
run_state_clear (RunState *state)
{
  ls_session_free (state->session);
  ls_model_free (state->model);
  run_files_clear (&state->made);
  free (state->error_text);
  *state = (RunState){ 0 };
}
