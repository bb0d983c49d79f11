/* litesmith run */
#include "run.h"

#include <math.h>
#include <string.h>

static const CliOption options[] = {
  { "input", 'i', "NAME=FILE",
    "Feeds an input, called by its name or position. FILE is .npy, .npz, a picture or raw bytes. "
    "With --steps, NAME@STEP=FILE feeds it at that step (from 0). An .npz may come without NAME.",
    NULL },
  { "output-dir", 'o', "DIR", "Writes the outputs as DIR/000.npy, DIR/001.npy, …", NULL },
  { "trace", '\0', "DIR", "Writes every intermediate tensor as DIR/tTTTTT.npy, and index.json.",
    NULL },
  { "signature", '\0', "KEY", "Runs this signature.", NULL },
  { "subgraph", '\0', "N", "Runs this subgraph when no signature is given (default 0).", NULL },
  { "until", '\0', "TENSOR", "Computes this tensor, by name or index, and only what it needs.",
    NULL },
  { "steps", '\0', "N", "Runs N inferences in a row on one session; outputs go to DIR/STEP.",
    NULL },
  { "mode", '\0', "MODE",
    "exact gives the bytes of LiteRT's reference kernels; fast may be one step "
    "away in each operator, and quicker.",
    "exact fast" },
  { "seed", '\0', "N", "Fills inputs that are not given (default 0).", NULL },
  { "threads", 't', "N", "Threads to compute with (default 1).", NULL },
  { "mean", '\0', "X[,Y,Z]", "Subtracted from pictures, on 0…255; for red, green, blue.", NULL },
  { "std", '\0', "X[,Y,Z]", "Divides pictures after the mean.", NULL },
  { "resize", '\0', "HOW", "How pictures get the input's size.", "crop stretch pad" },
  { "bgr", '\0', NULL, "Swaps red and blue of pictures.", NULL },
  { "batch", '\0', "LIST.jsonl",
    "Works through a list: each line is {\"model\": FILE, \"inputs\": {\"0\": FILE}, "
    "\"output_dir\": DIR}, or with \"steps\": [{\"0\": FILE}, …] instead of inputs, and "
    "\"signature\" where wanted. Prints a line for each.",
    NULL },
  CLI_MEMORY_OPTION,
  CLI_JSON_OPTION,
  CLI_OPTIONS_END,
};

static bool
parse_three (const CliArgs *args, const char *option, float out[3], bool *is_given)
{
  const char *text = cli_value (args, option, NULL), *at = text;
  int n = 0;

  if (text == NULL)
    return true;
  while (n < 3)
    {
      char *end;
      float value = strtof (at, &end);

      if (end == at || !isfinite (value) || (option[0] == 's' && value == 0))
        break;
      out[n++] = value;
      at = end;
      if (*at != ',')
        break;
      at++;
    }
  if (*at != '\0' || (n != 1 && n != 3))
    {
      cli_usage_error (args, "--%s takes one number, or three with commas, not \"%s\"", option,
                       text);
      return false;
    }
  if (n == 1)
    out[1] = out[2] = out[0];
  *is_given = true;
  return true;
}

bool
cli_image_options (const CliArgs *args, LsImageOptions *out)
{
  int resize = cli_word (args, "resize");

  *out = (LsImageOptions){ LS_RESIZE_CROP, false, false, { 0, 0, 0 }, { 255, 255, 255 } };
  if (resize < 0 || !parse_three (args, "mean", out->mean, &out->has_mean_std)
      || !parse_three (args, "std", out->std, &out->has_mean_std))
    return false;
  out->resize = (LsResize) resize;
  out->bgr = cli_has (args, "bgr");
  return true;
}

static bool
read_options (const CliArgs *args, RunJob *job)
{
  uint64_t threads = 1, steps = 1, subgraph = 0;
  int mode = cli_word (args, "mode");

  *job = (RunJob){ .session = LS_SESSION_OPTIONS_INIT };
  if (mode < 0 || !cli_uint (args, "threads", 1, 1024, &threads)
      || !cli_uint (args, "steps", 1, UINT32_MAX, &steps)
      || !cli_uint (args, "subgraph", 0, UINT32_MAX, &subgraph)
      || !cli_uint (args, "seed", 0, UINT64_MAX, &job->seed)
      || !cli_image_options (args, &job->image))
    return false;
  job->output_dir = cli_value (args, "output-dir", NULL);
  job->trace_dir = cli_value (args, "trace", NULL);
  job->until = cli_value (args, "until", NULL);
  job->has_steps = cli_has (args, "steps");
  job->n_steps = (uint32_t) steps;
  job->session.n_threads = (uint32_t) threads;
  job->session.mode = (LsMode) mode;
  job->session.subgraph = (uint32_t) subgraph;
  job->session.signature = cli_value (args, "signature", NULL);
  job->session.trace = job->trace_dir != NULL;
  job->session.seed = job->seed;
  return true;
}

bool
run_read_inputs (const CliArgs *args, RunJob *job)
{
  const char *text;

  for (int cursor = 0; (text = cli_next (args, "input", &cursor)) != NULL;)
    {
      job->inputs = cli_grow (job->inputs, job->n_inputs, sizeof *job->inputs);

      RunInput *input = &job->inputs[job->n_inputs];

      if (!run_parse_input (text, job->has_steps, input))
        {
          cli_usage_error (args, "--input takes NAME=FILE, not \"%s\"", text);
          return false;
        }
      job->n_inputs++;
      if (input->step >= (int64_t) job->n_steps)
        {
          cli_usage_error (args, "\"%s\" is for step %lld, but there are %u from 0", text,
                           (long long) input->step, job->n_steps);
          return false;
        }
    }
  return true;
}

void
run_clear_inputs (RunJob *job)
{
  for (size_t i = 0; i < job->n_inputs; i++)
    free ((char *) job->inputs[i].name);
  free (job->inputs);
}

static int
run_model (const CliArgs *args, const RunJob *job)
{
  RunState state;
  int status;

  if (!run_job (job, &state))
    {
      cli_message ("%s", state.error_text);
      status = CLI_FAILED;
    }
  else
    status = cli_has (args, "json") ? run_print_json (job, &state) : run_print_text (job, &state);
  run_state_clear (&state);
  return status;
}

static int
run (const CliArgs *args)
{
  RunJob job;
  const char *list = cli_value (args, "batch", NULL);
  int status = CLI_USAGE;

  if (list != NULL ? args->n_positional > 0 : args->n_positional < 1)
    return cli_usage_error (args, "give a MODEL, or --batch and no MODEL");
  if (!read_options (args, &job))
    return CLI_USAGE;
  if (list != NULL)
    return run_batch (list, &job);
  job.model_path = args->positional[0];
  if (run_read_inputs (args, &job))
    status = run_model (args, &job);
  run_clear_inputs (&job);
  return status;
}

const CliCommand cli_run_command = {
  .name = "run",
  .arguments = "MODEL",
  .summary = "Run one inference, or several in a row, and write or show the outputs.",
  .min_args = 0,
  .max_args = 1,
  .options = options,
  .text = "An input of another shape than the file states resizes the model. Inputs of another "
          "type are converted when every value fits. Outputs keep the tensor's own type: bfloat16 "
          "stands as uint16, types below a byte as int8 or uint8, strings as fixed-width bytes.\n",
  .examples = "  litesmith run model.tflite\n"
              "  litesmith run model.tflite -i 0=cat.png --mean 127.5 --std 127.5\n"
              "  litesmith run model.tflite -i x=x.npy -o out --trace all\n",
  .run = run,
};
