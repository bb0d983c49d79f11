/* litesmith explain */
#include "explain.h"

#include <string.h>

#include "run.h"

static const CliOption options[] = {
  { "at", '\0', "N,H,W,C", "The element: its place in the operator's first output, from 0.", NULL },
  { "input", 'i', "NAME=FILE",
    "Feeds an input, called by its name or position; the others are filled from the seed.", NULL },
  { "seed", '\0', "N", "Fills inputs that are not given (default 0).", NULL },
  { "subgraph", '\0', "N", "The subgraph that has the operator, and runs (default 0).", NULL },
  { "all", '\0', NULL, "Shows every tap, not the first dozen.", NULL },
  { "mean", '\0', "X[,Y,Z]", "Subtracted from pictures, on 0…255; for red, green, blue.", NULL },
  { "std", '\0', "X[,Y,Z]", "Divides pictures after the mean.", NULL },
  { "resize", '\0', "HOW", "How pictures get the input's size.", "crop stretch pad" },
  { "bgr", '\0', NULL, "Swaps red and blue of pictures.", NULL },
  CLI_MEMORY_OPTION,
  CLI_JSON_OPTION,
  { "c", '\0', NULL, "Prints a C program with the numbers as arrays and constants instead of text.",
    NULL },
  CLI_OPTIONS_END,
};

typedef struct
{
  int rank;
  int32_t at[LS_MAX_RANK];
} Place;

/* "0,3,14,2"; a scalar's place is "". */
static bool
parse_place (const CliArgs *args, Place *out)
{
  const char *text = cli_value (args, "at", ""), *at = text;

  *out = (Place){ 0 };
  while (*at != '\0')
    {
      char *end;
      const long value = strtol (at, &end, 10);

      if (end == at || value < INT32_MIN || value > INT32_MAX || out->rank == LS_MAX_RANK
          || (*end != ',' && *end != '\0') || (*end == ',' && end[1] == '\0'))
        {
          cli_usage_error (args, "--at takes up to %d numbers with commas, not \"%s\"", LS_MAX_RANK,
                           text);
          return false;
        }
      out->at[out->rank++] = (int32_t) value;
      at = *end == ',' ? end + 1 : end;
    }
  return true;
}

/* The session with everything up to the operator computed; false after a message. */
static bool
run_until (const RunJob *job, RunState *state, uint32_t op)
{
  const LsOperator *def = &state->subgraph->ops[op];
  LsSessionOptions session = job->session;
  LsError error = { 0 };
  const char *file = NULL;

  session.trace = true;
  session.until = def->n_outputs > 0 ? def->outputs[0] : -1;

  LsStatus status = ls_session_new (state->model, &session, &state->session, &error);

  if (status == LS_OK)
    status = run_set_inputs (job, state, 0, &file, &error);
  if (status == LS_OK)
    status = ls_session_run (state->session, &error);
  if (status != LS_OK)
    cli_fail (file != NULL ? file : job->model_path, file != NULL ? NULL : state->model, &error);
  return status == LS_OK;
}

static int
print (const CliArgs *args, const LsExplanation *e)
{
  if (cli_has (args, "json"))
    return explain_print_json (e, args->positional[0], stdout);
  if (!cli_has (args, "c"))
    return explain_print_text (e, cli_has (args, "all"), stdout);

  CLI_FREE char *program = ls_explanation_c (e);

  if (program == NULL)
    return cli_no_memory ();
  fputs (program, stdout);
  return CLI_DONE;
}

/* A difference is a fault of ours, and must not be overlooked. */
static int
report (const CliArgs *args, const LsExplanation *e)
{
  const int status = print (args, e);

  if (status != CLI_DONE || e->matches)
    return status;
  if (e->is_integer)
    cli_message ("%s: operator %u %s: the explanation ends with %lld, but the engine computed "
                 "%lld: one of them is wrong, please report it",
                 args->positional[0], e->op, e->kind, (long long) e->stored,
                 (long long) e->engine_stored);
  else
    cli_message ("%s: operator %u %s: the explanation ends with %.9g, but the engine computed "
                 "%.9g: one of them is wrong, please report it",
                 args->positional[0], e->op, e->kind, e->value, e->engine_value);
  return CLI_FAILED;
}

/* Without --at: say what it could be. */
static int
ask_for_place (const CliArgs *args, const RunState *state, uint32_t op)
{
  const LsOperator *def = &state->subgraph->ops[op];
  LsArray y = { 0 };

  ls_session_get_tensor (state->session, (uint32_t) def->outputs[0], &y, NULL);

  CLI_FREE char *shape = cli_format_dims (y.dims, y.rank);

  return cli_usage_error (args,
                          "say which element with --at: the output of operator %u %s has the "
                          "shape %s",
                          op, ls_op_kind_text (def), shape);
}

static int
explain (const CliArgs *args, const RunJob *job, RunState *state, const Place *place)
{
  LsExplanation explanation;
  LsError error = { 0 };
  const int64_t op
    = ls_explain_find (state->model, job->session.subgraph, args->positional[1], &error);

  if (op < 0)
    return cli_fail (job->model_path, state->model, &error);
  state->subgraph = ls_model_subgraph (state->model, job->session.subgraph);
  if (!run_until (job, state, (uint32_t) op))
    return CLI_FAILED;
  if (!cli_has (args, "at") && state->subgraph->ops[op].n_outputs > 0)
    return ask_for_place (args, state, (uint32_t) op);
  if (ls_explain (state->session, (uint32_t) op, place->rank, place->at, &explanation, &error)
      != LS_OK)
    return cli_fail (job->model_path, state->model, &error);

  const int status = report (args, &explanation);

  ls_explanation_clear (&explanation);
  return status;
}

static int
run (const CliArgs *args)
{
  RunJob job
    = { .model_path = args->positional[0], .n_steps = 1, .session = LS_SESSION_OPTIONS_INIT };
  RunState state = { 0 };
  uint64_t subgraph = 0;
  Place place;
  int status = CLI_USAGE;

  if (cli_has (args, "json") && cli_has (args, "c"))
    return cli_usage_error (args, "--json and --c exclude each other");
  if (!cli_uint (args, "seed", 0, UINT64_MAX, &job.seed)
      || !cli_uint (args, "subgraph", 0, UINT32_MAX, &subgraph)
      || !cli_image_options (args, &job.image) || !parse_place (args, &place))
    return CLI_USAGE;
  job.session.seed = job.seed;
  job.session.subgraph = (uint32_t) subgraph;
  if (run_read_inputs (args, &job))
    {
      state.model = cli_open (job.model_path);
      status = state.model != NULL ? explain (args, &job, &state, &place) : CLI_FAILED;
    }
  run_state_clear (&state);
  run_clear_inputs (&job);
  return status;
}

const CliCommand cli_explain_command = {
  .name = "explain",
  .arguments = "MODEL OPERATOR",
  .summary = "Show how one element of an operator's output is computed, step by step.",
  .min_args = 2,
  .max_args = 2,
  .options = options,
  .text
  = "OPERATOR is an index, the name of an output, or a kind that the model has once. The model "
    "runs "
    "up to it; then the element is computed anew, by code of its own, with LiteRT's reference "
    "rules: the taps, the sum, the bias, the multiplier and its shift, each rounding, the clamp, "
    "and beside the stored integer what real numbers would give. Exit status 1 and a message say "
    "when the result is not what the engine computed.\n",
  .examples = "  litesmith explain model.tflite CONV_2D --at 0,3,14,2\n"
              "  litesmith explain model.tflite 12 --at 0,5 -i 0=cat.png --all\n"
              "  litesmith explain model.tflite logits --at 0,5 --c > element.c\n",
  .run = run,
};
