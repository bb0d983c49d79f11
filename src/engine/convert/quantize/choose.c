/*
 * Which observer, and whether to equalize: what suits one model spoils another (measured: from 6 dB
 * less to 10 dB more). So each way is tried on a few samples, and the outputs are compared with
 * those of the float model.
 */
#include "convert/pass.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/quantize/ranges.h"

LS_DEFINE_AUTO (LsSession, ls_session_free)

enum
{
  FEW_SAMPLES = 4,
  MANY_SAMPLES = 32, /* when asked to spend time */
  MAX_OUTPUTS = 64
};

/* An output that is right to that many dB is right. */
static const double enough_db = 80;
/* What another way must be better by to be taken: few samples tell little. */
static const double least_gain_db = 0.2, least_equalized_db = 1;

typedef struct
{
  LsObserver observer;
  double percentile;
  LsEqualize equalize;
  const char *name;
} Way;

/* The first is taken untried when there is no time. */
static const Way ways[] = {
  { LS_OBSERVE_PERCENTILE, 0.99999, LS_EQUALIZE_NONE, "99.999 % of the values" },
  { LS_OBSERVE_MIN_MAX, 0, LS_EQUALIZE_NONE, "least and greatest" },
  { LS_OBSERVE_MSE, 0, LS_EQUALIZE_NONE, "least squares" },
};

typedef struct
{
  LsPassContext *context;
  uint32_t n_samples, n_outputs;
  LsArray **inputs;   /* of each sample */
  LsArray **expected; /* outputs of the float model for each sample */
} Trial;

static uint32_t
count_inputs (const Trial *trial)
{
  return trial->context->model->graphs[0]->view.n_inputs;
}

static LsStatus
open_session (const LsModel *model, LsSession **out, LsError *error)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  long n = sysconf (_SC_NPROCESSORS_ONLN);

  options.n_threads = n > 0 ? (unsigned) n : 1;
  options.mode = LS_MODE_FAST;
  return ls_session_new (model, &options, out, error);
}

static LsStatus
run_sample (const Trial *trial, LsSession *session, uint32_t sample, LsError *error)
{
  LS_TRY (ls_session_reset (session, error));
  for (uint32_t i = 0; i < count_inputs (trial); i++)
    LS_TRY (ls_session_set_input (session, i, &trial->inputs[sample][i], error));
  if (!ls_tick (trial->context->progress, -1, "try"))
    return ls_fail_cancelled (error);
  return ls_session_run (session, error);
}

/* Runs the float model and keeps what comes out. */
static LsStatus
run_reference (Trial *trial, LsError *error)
{
  LS_AUTO (LsSession, ls_session_free) session = NULL;

  LS_TRY (open_session (trial->context->model, &session, error));
  trial->n_outputs = ls_session_n_outputs (session);
  if (trial->n_outputs > MAX_OUTPUTS)
    trial->n_outputs = MAX_OUTPUTS;
  for (uint32_t s = 0; s < trial->n_samples; s++)
    {
      trial->expected[s] = calloc ((size_t) trial->n_outputs + 1, sizeof **trial->expected);
      if (trial->expected[s] == NULL)
        return ls_fail_no_memory (error, "outputs", trial->n_outputs);
      LS_TRY (run_sample (trial, session, s, error));
      for (uint32_t i = 0; i < trial->n_outputs; i++)
        {
          LsArray view, *kept = &trial->expected[s][i];

          LS_TRY (ls_session_get_output (session, i, &view, error));
          *kept = view;
          kept->data = malloc (view.n_bytes + 1);
          if (kept->data == NULL)
            return ls_fail_no_memory (error, "outputs", view.n_bytes);
          memcpy (kept->data, view.data, view.n_bytes);
        }
    }
  return LS_OK;
}

/* Adds what an output is wrong by. */
static void
add_error (const LsArray *expected, const LsArray *got, double *noise, double *power)
{
  const float *a = expected->data, *b = got->data;

  if (expected->type != LS_TYPE_FLOAT32 || got->type != LS_TYPE_FLOAT32
      || expected->n_bytes != got->n_bytes)
    return;
  for (size_t i = 0; i < expected->n_bytes / sizeof *a; i++)
    {
      double error = (double) a[i] - b[i];

      *noise += error * error;
      *power += (double) a[i] * a[i];
    }
}

/* The mean of all outputs' SQNR in dB. */
static LsStatus
measure (const Trial *trial, const LsModel *model, double *score, LsError *error)
{
  double noise[MAX_OUTPUTS] = { 0 }, power[MAX_OUTPUTS] = { 0 }, sum = 0;
  LS_AUTO (LsSession, ls_session_free) session = NULL;

  LS_TRY (open_session (model, &session, error));
  for (uint32_t s = 0; s < trial->n_samples; s++)
    {
      LS_TRY (run_sample (trial, session, s, error));
      for (uint32_t i = 0; i < trial->n_outputs; i++)
        {
          LsArray view;

          LS_TRY (ls_session_get_output (session, i, &view, error));
          add_error (&trial->expected[s][i], &view, &noise[i], &power[i]);
        }
    }
  for (uint32_t i = 0; i < trial->n_outputs; i++)
    if (power[i] > 0)
      sum += noise[i] > 0 ? fmin (10 * log10 (power[i] / noise[i]), enough_db) : enough_db;
  *score = trial->n_outputs > 0 ? sum / trial->n_outputs : 0;
  return LS_OK;
}

static void
observe (LsRanges *ranges, const LsPassContext *context, const Way *way)
{
  LsCalibrateOptions options = context->options->calibrate;

  if (options.observer == LS_OBSERVE_AUTO && context->options->to == LS_TO_INT16X8)
    options.observer = LS_OBSERVE_MIN_MAX; /* fine steps have room for all */
  else if (options.observer == LS_OBSERVE_AUTO)
    {
      options.observer = way->observer;
      options.percentile = way->percentile;
    }
  if (options.bits == 0)
    options.bits = context->options->to == LS_TO_INT16X8 ? 16 : 8;
  ls_ranges_observe (ranges, &options);
}

/* Quantizes a clone that way, with float edges, and measures it. */
static LsStatus
try_way (const Trial *trial, const Way *way, double *score, LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) clone = ls_model_clone (trial->context->model);
  LsConvertOptions options = *trial->context->options;
  LsConvertReport report = { 0 };
  LsPassContext context = { .model = clone, .options = &options, .report = &report };
  LsStatus status;

  if (clone == NULL)
    return ls_fail_no_memory (error, "a copy of the model", 0);
  options.float_io = true;
  context.equalize = way->equalize;
  status = ls_ranges_copy_for (trial->context->own_ranges, clone, &context.own_ranges, error);
  context.ranges = context.own_ranges;
  if (status == LS_OK)
    {
      observe (context.own_ranges, trial->context, way);
      status = ls_pass_equalize.run (&context, error);
    }
  if (status == LS_OK)
    status = ls_pass_quantize.run (&context, error);
  if (status == LS_OK)
    status = ls_pass_dead_code.run (&context, error);
  if (status == LS_OK)
    status = measure (trial, clone, score, error);
  ls_ranges_free (context.own_ranges);
  ls_ranges_free (context.equalized_ranges);
  ls_convert_report_clear (&report);
  return status;
}

static LsStatus
load_samples (Trial *trial, LsError *error)
{
  const LsSamples *samples = trial->context->options->samples;
  uint32_t count = ls_samples_count (samples);

  for (uint32_t s = 0; s < trial->n_samples; s++)
    {
      trial->inputs[s] = calloc ((size_t) count_inputs (trial) + 1, sizeof **trial->inputs);
      if (trial->inputs[s] == NULL)
        return ls_fail_no_memory (error, "samples", count);
      LS_TRY (ls_samples_load (samples, (uint32_t) ((uint64_t) s * count / trial->n_samples),
                               trial->inputs[s], error));
    }
  return LS_OK;
}

/* Tries the observers, then with the best of them the kinds of equalization. */
static LsStatus
choose (Trial *trial, Way *best, double *first, double *score, LsError *error)
{
  const LsConvertOptions *options = trial->context->options;
  bool is_given = options->calibrate.observer != LS_OBSERVE_AUTO;
  size_t n = is_given || !options->improve ? 1 : sizeof ways / sizeof *ways;

  for (size_t i = 0; i < n; i++)
    {
      double own;

      LS_TRY (try_way (trial, &ways[i], &own, error));
      if (i == 0)
        *first = own;
      if (i > 0 && own < *score + least_gain_db)
        continue;
      *best = ways[i];
      *score = own;
    }
  LsEqualize from = options->improve ? LS_EQUALIZE_FREE : LS_EQUALIZE_ALL;

  for (LsEqualize equalize = from; equalize <= LS_EQUALIZE_ALL; equalize++)
    {
      Way way = *best;
      double own;

      way.equalize = equalize;
      LS_TRY (try_way (trial, &way, &own, error));
      if (own < *score + least_equalized_db)
        continue;
      *best = way;
      *score = own;
    }
  return LS_OK;
}

static void
trial_clear (Trial *trial)
{
  for (uint32_t s = 0; s < trial->n_samples; s++)
    {
      for (uint32_t i = 0;
           trial->inputs != NULL && trial->inputs[s] != NULL && i < count_inputs (trial); i++)
        ls_array_clear (&trial->inputs[s][i]);
      for (uint32_t i = 0;
           trial->expected != NULL && trial->expected[s] != NULL && i < trial->n_outputs; i++)
        free (trial->expected[s][i].data);
      if (trial->inputs != NULL)
        free (trial->inputs[s]);
      if (trial->expected != NULL)
        free (trial->expected[s]);
    }
  free (trial->inputs);
  free (trial->expected);
}

static LsStatus
choose_run (LsPassContext *context, LsError *error)
{
  const LsConvertOptions *options = context->options;
  Trial trial = { .context = context };
  Way best = ways[0];
  double first = 0, score = 0;
  LsStatus status = LS_OK;

  if (options->samples == NULL || context->own_ranges == NULL)
    return LS_OK;

  uint32_t wanted = options->improve ? MANY_SAMPLES : FEW_SAMPLES;
  uint32_t count = ls_samples_count (options->samples);

  trial.n_samples = count < wanted ? count : wanted;
  trial.inputs = calloc ((size_t) trial.n_samples + 1, sizeof *trial.inputs);
  trial.expected = calloc ((size_t) trial.n_samples + 1, sizeof *trial.expected);
  if (trial.inputs == NULL || trial.expected == NULL)
    status = ls_fail_no_memory (error, "samples", count);
  if (status == LS_OK)
    status = load_samples (&trial, error);
  if (status == LS_OK)
    status = run_reference (&trial, error);
  if (status == LS_OK)
    status = choose (&trial, &best, &first, &score, error);
  trial_clear (&trial);
  LS_TRY (status);
  if (options->ranges == NULL)
    observe (context->own_ranges, context, &best);
  context->equalize = best.equalize;
  return ls_pass_report (
    context, "choose", best.equalize != LS_EQUALIZE_NONE || best.name != ways[0].name, error,
    "ranges span %s; %s; %.1f dB on %u samples (%.1f untried)",
    options->calibrate.observer == LS_OBSERVE_AUTO ? best.name : "what the observer says",
    best.equalize == LS_EQUALIZE_NONE   ? "channels stay as they are"
    : best.equalize == LS_EQUALIZE_FREE ? "channels before depthwise convolutions are equalized"
                                        : "channels are equalized",
    score, trial.n_samples, first);
}

const LsPass ls_pass_choose = { "choose", choose_run };
