/* run --batch: a list of jobs, one JSON object a line. */
#include "run.h"

#include <errno.h>
#include <string.h>

static void
add_inputs (RunJob *job, const LsJson *files, int64_t step)
{
  for (uint32_t i = 0; i < ls_json_count (files); i++)
    {
      const char *path = ls_json_string (ls_json_at (files, i));

      job->inputs = cli_grow (job->inputs, job->n_inputs, sizeof *job->inputs);
      job->inputs[job->n_inputs++]
        = (RunInput){ ls_json_key (files, i), step, path != NULL ? path : "" };
    }
}

/* Fills a job from a line; what it points at lives in the document. */
static void
read_line (const LsJson *root, RunJob *job)
{
  const LsJson *steps = ls_json_get (root, "steps");

  job->model_path = ls_json_string (ls_json_get (root, "model"));
  job->output_dir = ls_json_string (ls_json_get (root, "output_dir"));
  job->session.signature = ls_json_string (ls_json_get (root, "signature"));
  job->has_steps = steps != NULL;
  job->n_steps = steps != NULL ? ls_json_count (steps) : 1;
  add_inputs (job, ls_json_get (root, "inputs"), -1);
  for (uint32_t i = 0; i < ls_json_count (steps); i++)
    add_inputs (job, ls_json_at (steps, i), i);
}

static int
print_result (const char *model, const char *error_text)
{
  CliJson *json = cli_json_new ();

  cli_json_open_row (json, NULL, '{');
  cli_json_string (json, "model", model);
  cli_json_bool (json, "ok", error_text == NULL);
  if (error_text != NULL)
    {
      CLI_FREE char *clean = cli_clean (error_text, 1600);

      cli_json_string (json, "error", clean);
    }
  return cli_json_finish (json, stdout);
}

/* False when the line is no job, or the answer cannot be printed. */
static bool
run_line (const char *text, size_t length, const RunJob *defaults, LsError *error)
{
  LsJsonDoc *doc;
  RunJob job = *defaults;
  RunState state;

  if (ls_json_parse (text, length, &doc, error) != LS_OK)
    return false;
  read_line (ls_json_root (doc), &job);

  bool is_good = job.model_path != NULL;

  if (!is_good)
    cli_set_error (error, LS_E_FORMAT, "the line names no \"model\"");
  else
    {
      run_job (&job, &state);
      is_good = print_result (job.model_path, state.error_text) == CLI_DONE;
      if (!is_good)
        cli_set_error (error, LS_E_IO, "the answer cannot be printed");
      run_state_clear (&state);
    }
  free (job.inputs);
  ls_json_free (doc);
  return is_good;
}

int
run_batch (const char *list_path, const RunJob *defaults)
{
  FILE *list = fopen (list_path, "r");
  CLI_FREE char *text = NULL;
  size_t size = 0, number = 0;
  ssize_t length;
  int status = CLI_DONE;

  if (list == NULL)
    {
      cli_message ("%s: cannot be opened: %s", list_path, strerror (errno));
      return CLI_FAILED;
    }
  while (status == CLI_DONE && (length = getline (&text, &size, list)) >= 0)
    {
      LsError error = { 0 };

      number++;
      if (strspn (text, " \t\r\n") == (size_t) length
          || run_line (text, (size_t) length, defaults, &error))
        continue;
      cli_message ("%s: %s, in line %zu", list_path, error.message, number);
      status = CLI_FAILED;
    }
  if (ferror (list) && status == CLI_DONE)
    {
      cli_message ("%s: cannot be read: %s", list_path, strerror (errno));
      status = CLI_FAILED;
    }
  fclose (list);
  return status;
}
