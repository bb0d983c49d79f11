#include "convert/quantize/trial.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"
#include "convert/quantize/headroom.h"
#include "convert/quantize/ranges.h"

LS_DEFINE_AUTO (LsSession, ls_session_free)

enum
{
  MAX_BYTES = 64 << 20 /* of outputs that are kept */
};

/* An output that is right to that many dB is right. */
static const double enough_db = 80;

struct LsTrial
{
  LsPassContext *context;
  LsModel *model; /* that of the context, with more outputs */
  const LsSamples *samples;
  LsPool *pool;
  uint32_t n_samples, n_known, n_inputs, n_outputs;
  bool *held_out;     /* by sample of all: those that have been measured with */
  LsArray **expected; /* outputs of the float model, of the samples that are known */
  /* Work that threads share. */
  LsCandidate *candidates;
  uint32_t n_jobs, begin, end;
  unsigned n_session_threads;
  atomic_bool is_over;
  pthread_mutex_t lock; /* for the rest */
  LsStatus status;
  LsError error;
};

/* ---- Running ------------------------------------------------------------------------------------
 */

static LsStatus
tick (LsTrial *trial, LsError *error)
{
  bool goes_on;

  pthread_mutex_lock (&trial->lock);
  goes_on = ls_tick (trial->context->progress, -1, "try");
  pthread_mutex_unlock (&trial->lock);
  return goes_on && !atomic_load (&trial->is_over) ? LS_OK : ls_fail_cancelled (error);
}

static LsStatus
open_session (const LsTrial *trial, const LsModel *model, LsSession **out, LsError *error)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;

  options.n_threads = trial->n_session_threads;
  options.mode = LS_MODE_FAST;
  return ls_session_new (model, &options, out, error);
}

static uint32_t
common_divisor (uint32_t a, uint32_t b)
{
  return b == 0 ? a : common_divisor (b, a % b);
}

/* Where the sample stands among all: any few that follow one another are spread over them. */
static uint32_t
place_of (const LsTrial *trial, uint32_t sample)
{
  uint64_t all = ls_samples_count (trial->samples), n = trial->n_samples;
  uint32_t stride = (uint32_t) (n * 5 / 8) + 1;

  while (common_divisor (stride, (uint32_t) n) != 1)
    stride++;
  return (uint32_t) ((uint64_t) sample * stride % n * all / n);
}

static LsStatus
run_sample (LsTrial *trial, LsSession *session, uint32_t sample, LsError *error)
{
  uint32_t n = trial->n_inputs;
  LS_FREE LsArray *inputs = calloc ((size_t) n + 1, sizeof *inputs);

  if (inputs == NULL)
    return ls_fail_no_memory (error, "a sample", n * sizeof *inputs);
  LS_TRY (tick (trial, error));
  LS_TRY (ls_samples_load (trial->samples, place_of (trial, sample), inputs, error));

  LsStatus status = ls_session_reset (session, error);

  for (uint32_t i = 0; i < n; i++)
    {
      if (status == LS_OK)
        status = ls_session_set_input (session, i, &inputs[i], error);
      ls_array_clear (&inputs[i]);
    }
  return status == LS_OK ? ls_session_run (session, error) : status;
}

typedef struct
{
  LsPoolFn work;
  LsTrial *trial;
  uint32_t first;
} Jobs;

static void
do_jobs (void *data, size_t begin, size_t end, unsigned thread)
{
  const Jobs *jobs = data;

  jobs->work (jobs->trial, jobs->first + begin, jobs->first + end, thread);
}

/* Has @n_jobs done by the threads; the first that fails ends them. Those that are left when each
 * thread had as many as the others share all threads among their sessions. */
static LsStatus
share_out (LsTrial *trial, LsPoolFn work, uint32_t n_jobs, LsError *error)
{
  unsigned n_threads = ls_pool_n_threads (trial->pool);
  uint32_t n_left = n_jobs % n_threads;
  Jobs jobs = { work, trial, 0 };

  trial->n_jobs = n_jobs;
  trial->n_session_threads = 1;
  ls_pool_run (trial->pool, do_jobs, &jobs, n_jobs - n_left, 1);
  if (n_left > 0)
    {
      jobs.first = n_jobs - n_left;
      trial->n_session_threads = n_threads / n_left;
      ls_pool_run (trial->pool, do_jobs, &jobs, n_left, 1);
    }
  if (trial->status != LS_OK && error != NULL)
    *error = trial->error;
  return trial->status;
}

static void
note_failure (LsTrial *trial, LsStatus status, const LsError *error)
{
  pthread_mutex_lock (&trial->lock);
  if (trial->status == LS_OK)
    {
      trial->status = status;
      trial->error = *error;
    }
  atomic_store (&trial->is_over, true);
  pthread_mutex_unlock (&trial->lock);
}

/* ---- The float model ----------------------------------------------------------------------------
 */

static LsStatus
keep_outputs (LsTrial *trial, const LsSession *session, uint32_t sample, LsError *error)
{
  LsArray *kept = calloc ((size_t) trial->n_outputs + 1, sizeof *kept);

  trial->expected[sample] = kept;
  if (kept == NULL)
    return ls_fail_no_memory (error, "outputs", trial->n_outputs);
  for (uint32_t i = 0; i < trial->n_outputs; i++)
    {
      LsArray view;

      LS_TRY (ls_session_get_output (session, i, &view, error));
      kept[i] = view;
      kept[i].data = malloc (view.n_bytes + 1);
      if (kept[i].data == NULL)
        return ls_fail_no_memory (error, "outputs", view.n_bytes);
      memcpy (kept[i].data, view.data, view.n_bytes);
    }
  return LS_OK;
}

static LsStatus
run_reference (LsTrial *trial, uint32_t begin, uint32_t end, LsError *error)
{
  LS_AUTO (LsSession, ls_session_free) session = NULL;

  LS_TRY (open_session (trial, trial->model, &session, error));
  for (uint32_t s = begin; s < end; s++)
    {
      LS_TRY (run_sample (trial, session, s, error));
      LS_TRY (keep_outputs (trial, session, s, error));
    }
  return LS_OK;
}

static void
run_reference_job (void *data, size_t begin, size_t end, unsigned thread)
{
  LsTrial *trial = data;
  uint64_t n = trial->end - trial->n_known;
  LsError error = { 0 };
  LsStatus status = run_reference (trial, trial->n_known + (uint32_t) (begin * n / trial->n_jobs),
                                   trial->n_known + (uint32_t) (end * n / trial->n_jobs), &error);

  (void) thread;
  if (status != LS_OK)
    note_failure (trial, status, &error);
}

/* ---- Candidates ---------------------------------------------------------------------------------
 */

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

      /* A sample that the calibration left out tells nothing here either. */
      if (!isfinite (a[i]))
        continue;
      *noise += error * error;
      *power += (double) a[i] * a[i];
    }
}

static LsStatus
measure (LsTrial *trial, const LsModel *model, LsCandidate *candidate, LsError *error)
{
  LS_AUTO (LsSession, ls_session_free) session = NULL;
  double sum = 0;

  LS_TRY (open_session (trial, model, &session, error));
  for (uint32_t s = trial->begin; s < trial->end; s++)
    {
      LS_TRY (run_sample (trial, session, s, error));
      for (uint32_t i = 0; i < trial->n_outputs; i++)
        {
          LsArray view;

          LS_TRY (ls_session_get_output (session, i, &view, error));
          add_error (&trial->expected[s][i], &view, &candidate->noise[i], &candidate->power[i]);
        }
    }
  for (uint32_t i = 0; i < trial->n_outputs; i++)
    if (candidate->power[i] > 0)
      sum += candidate->noise[i] > 0
               ? fmin (10 * log10 (candidate->power[i] / candidate->noise[i]), enough_db)
               : enough_db;
  candidate->score = trial->n_outputs > 0 ? sum / trial->n_outputs : 0;
  return LS_OK;
}

LsChosen
ls_way_chosen (const LsWay *way)
{
  return (LsChosen){ .is_known = true,
                     .equalize = way->equalize,
                     .corrects_bias = !way->is_uncorrected,
                     .rounds = way->is_rounded };
}

void
ls_way_observe (const LsWay *way, const LsPassContext *context, LsRanges *ranges)
{
  LsCalibrateOptions options = context->options->calibrate;

  if (context->grids != NULL
      || (context->options->ranges != NULL && options.observer == LS_OBSERVE_AUTO))
    return;
  if (options.observer == LS_OBSERVE_AUTO)
    {
      options.observer = way->observer;
      options.percentile = way->percentile;
    }
  if (options.bits == 0)
    options.bits = context->options->to == LS_TO_INT16X8 ? 16 : 8;
  ls_ranges_observe (ranges, &options);
  if (context->options->calibrate.observer == LS_OBSERVE_AUTO)
    ls_ranges_leave_room (ranges, context->model, options.bits);
}

/* The passes of a candidate tell nobody how far they are, but stop when the trial does. */
static bool
goes_on (void *data, double fraction, const char *what)
{
  (void) fraction, (void) what;
  return tick (data, NULL) == LS_OK;
}

/* Quantizes a clone that way, with float edges, and measures it. */
static LsStatus
try_candidate (LsTrial *trial, LsCandidate *candidate, LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) clone = ls_model_clone (trial->model);
  LsConvertOptions options = *trial->context->options;
  LsConvertReport report = { 0 };
  const LsProgress progress = { goes_on, trial };
  LsPassContext context
    = { .model = clone, .options = &options, .report = &report, .progress = &progress };
  LsStatus status;

  if (clone == NULL)
    return ls_fail_no_memory (error, "a copy of the model", 0);
  options.float_io = true;
  context.chosen = ls_way_chosen (&candidate->way);
  context.chosen.held_out = trial->held_out;
  status = ls_ranges_copy_for (trial->context->own_ranges, clone, &context.own_ranges, error);
  context.ranges = context.own_ranges;
  if (status == LS_OK)
    {
      ls_way_observe (&candidate->way, trial->context, context.own_ranges);
      status = ls_pass_equalize.run (&context, error);
    }
  if (status == LS_OK)
    status = ls_pass_quantize.run (&context, error);
  if (status == LS_OK)
    status = ls_pass_dead_code.run (&context, error);
  ls_ranges_free (context.own_ranges);
  ls_ranges_free (context.equalized_ranges);
  ls_convert_report_clear (&report);
  return status == LS_OK ? measure (trial, clone, candidate, error) : status;
}

static void
try_job (void *data, size_t begin, size_t end, unsigned thread)
{
  LsTrial *trial = data;
  LsError error = { 0 };

  (void) thread;
  for (size_t i = begin; i < end && !atomic_load (&trial->is_over); i++)
    {
      LsStatus status = try_candidate (trial, &trial->candidates[i], &error);

      if (status != LS_OK)
        note_failure (trial, status, &error);
    }
}

LsStatus
ls_trial_run (LsTrial *trial, LsCandidate *candidates, uint32_t count, uint32_t begin, uint32_t end,
              LsError *error)
{
  uint32_t n_threads = ls_pool_n_threads (trial->pool);

  trial->begin = begin;
  trial->end = end;
  if (end > trial->n_known)
    {
      uint32_t n = end - trial->n_known;

      LS_TRY (share_out (trial, run_reference_job, n < n_threads ? n : n_threads, error));
      for (uint32_t s = trial->n_known; s < end; s++)
        trial->held_out[place_of (trial, s)] = true;
      trial->n_known = end;
    }
  trial->candidates = candidates;
  return share_out (trial, try_job, count, error);
}

/* ---- Life ---------------------------------------------------------------------------------------
 */

/*
 * What an output is squeezed from becomes one, too: near the ends of SOFTMAX and LOGISTIC nothing
 * but their own steps is left to see, and with few classes the rest is luck.
 */
static LsStatus
add_logits (LsTrial *trial, LsError *error)
{
  const LsSubgraph *graph = &trial->model->graphs[0]->view;
  uint32_t n = graph->n_outputs;
  LS_FREE int32_t *outputs = malloc ((2 * (size_t) n + 1) * sizeof *outputs);

  if (outputs == NULL)
    return ls_fail_no_memory (error, "a trial", n * sizeof *outputs);
  memcpy (outputs, graph->outputs, n * sizeof *outputs);
  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      const LsOperator *op = &graph->ops[i];
      bool is_squeezed = op->kind == LS_OP_SOFTMAX || op->kind == LS_OP_LOGISTIC;

      for (uint32_t k = 0; is_squeezed && k < graph->n_outputs; k++)
        if (op->n_inputs == 1 && graph->outputs[k] == op->outputs[0] && n < 2 * graph->n_outputs)
          outputs[n++] = op->inputs[0];
    }
  return n == graph->n_outputs
             || ls_model_set_ports (trial->model, 0, graph->inputs, graph->n_inputs, outputs, n)
           ? LS_OK
           : ls_fail_no_memory (error, "a trial", n * sizeof *outputs);
}

/* As many samples as may keep their outputs. */
static void
count_outputs (LsTrial *trial)
{
  const LsSubgraph *graph = &trial->model->graphs[0]->view;
  size_t n_bytes = 1;

  trial->n_inputs = graph->n_inputs;
  trial->n_outputs = graph->n_outputs < LS_TRIAL_OUTPUTS ? graph->n_outputs : LS_TRIAL_OUTPUTS;
  for (uint32_t i = 0; i < trial->n_outputs; i++)
    {
      const LsTensor *tensor = &graph->tensors[graph->outputs[i]];
      size_t count = sizeof (float);

      for (int32_t d = 0; d < tensor->rank; d++)
        if (tensor->dims[d] > 0 && count < MAX_BYTES)
          count *= (size_t) tensor->dims[d];
      n_bytes += count;
    }
  if (trial->n_samples > MAX_BYTES / n_bytes)
    trial->n_samples = MAX_BYTES / n_bytes > 0 ? (uint32_t) (MAX_BYTES / n_bytes) : 1;
}

LsStatus
ls_trial_new (LsPassContext *context, uint32_t n_samples, LsTrial **out, LsError *error)
{
  LsTrial *trial = calloc (1, sizeof *trial);
  long n_threads = context->options->calibrate.n_threads;

  *out = trial;
  if (trial == NULL)
    return ls_fail_no_memory (error, "a trial", sizeof *trial);
  if (n_threads == 0)
    n_threads = sysconf (_SC_NPROCESSORS_ONLN);
  pthread_mutex_init (&trial->lock, NULL);
  trial->context = context;
  trial->samples = context->options->samples;
  trial->n_samples = n_samples;
  trial->model = ls_model_clone (context->model);
  if (trial->model == NULL)
    return ls_fail_no_memory (error, "a copy of the model", 0);
  LS_TRY (add_logits (trial, error));
  count_outputs (trial);
  trial->pool = ls_pool_new (n_threads > 0 ? (unsigned) n_threads : 1);
  trial->expected = calloc ((size_t) trial->n_samples + 1, sizeof *trial->expected);
  trial->held_out
    = calloc ((size_t) ls_samples_count (trial->samples) + 1, sizeof *trial->held_out);
  if (trial->pool == NULL || trial->expected == NULL || trial->held_out == NULL)
    return ls_fail_no_memory (error, "samples", n_samples);
  return LS_OK;
}

void
ls_trial_free (LsTrial *trial)
{
  if (trial == NULL)
    return;
  for (uint32_t s = 0; trial->expected != NULL && s < trial->n_samples; s++)
    {
      for (uint32_t i = 0; trial->expected[s] != NULL && i < trial->n_outputs; i++)
        free (trial->expected[s][i].data);
      free (trial->expected[s]);
    }
  free (trial->expected);
  free (trial->held_out);
  ls_pool_free (trial->pool);
  ls_model_free (trial->model);
  pthread_mutex_destroy (&trial->lock);
  free (trial);
}

uint32_t
ls_trial_n_samples (const LsTrial *trial)
{
  return trial->n_samples;
}
