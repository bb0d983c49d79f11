/* Calibration: every sample through the float model, and what each tensor held. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"
#include "convert/quantize/cells.h"
#include "convert/quantize/observed.h"
#include "convert/quantize/ranges.h"
#include "model/model.h"
#include "model/samples.h"
#include "runtime/runtime.h"

enum
{
  MAX_BYTES = 256 << 20 /* of the histograms of all threads */
};

typedef struct
{
  const LsModel *model;
  const LsSamples *samples;
  const LsProgress *progress;
  uint32_t n_samples, n_observed;
  int64_t **places; /* by subgraph, by tensor: index into what is observed; -1: it is not */
  int64_t **inner;  /* by subgraph, by operator: the same of its first value inside */
  LsObserved *all;  /* of the samples before `turn` */
  atomic_uint next;
  atomic_bool is_over;  /* cancelled, or failed */
  pthread_mutex_t lock; /* for the rest, and for calling `progress` */
  pthread_cond_t turned;
  uint32_t turn; /* samples are taken in in their order, whoever ran them */
  uint32_t n_left_out;
  uint32_t *left_out;   /* samples that held something that is not finite; room for all */
  LsError left_out_why; /* of the first of them */
  LsStatus status;
  LsError error;
} Calibration;

/* One thread's session and the sample that runs in it. */
typedef struct
{
  Calibration *calibration;
  LsSession *session;
  LsObserved *seen;
  uint32_t sample;
  bool has_failed;
  LsError error;
} Runner;

/* ---- Values ---------------------------------------------------------------------------------- */

/* The sample is over. @value: what could not be observed, or was made of that. */
static void
fail_sample (Runner *runner, const LsFrame *frame, const LsValue *value, LsStatus status,
             const LsError *error)
{
  if (runner->has_failed)
    return;
  runner->has_failed = true;
  if (status == LS_E_INVALID)
    ls_fail (&runner->error, status, -1, "tensor %d (%.120s)%s %s in sample %u of the calibration",
             value->index, value->tensor->name, frame->depth > 0 ? " of a subgraph" : "",
             error->message, runner->sample);
  else
    runner->error = *error;
  ls_session_cancel (runner->session);
}

static void
see_value (Runner *runner, const LsFrame *frame, const LsValue *value)
{
  int64_t at = value != NULL ? runner->calibration->places[frame->index][value->index] : -1;
  LsError error = { 0 };

  if (at < 0 || value->data == NULL || value->type != LS_TYPE_FLOAT32 || value->is_sparse)
    return;

  size_t channels = value->rank > 0 ? (size_t) value->dims[value->rank - 1] : 1;
  LsStatus status
    = ls_observed_add (&runner->seen[at], value->data, value->count, channels, &error);

  if (status != LS_OK)
    fail_sample (runner, frame, value, status, &error);
}

/* What an operator holds at each step in time: of the cell state the run shows only the last. */
static void
see_inner (void *data, const LsNode *node, LsInner inner, const float *values, size_t count)
{
  Runner *runner = data;
  const LsFrame *frame = node->frame;
  int64_t at = runner->calibration->inner[frame->index][ls_step (node)->op];
  LsError error = { 0 };

  if (at < 0)
    return;
  at = inner == LS_INNER_CELL_STATE
         ? runner->calibration->places[frame->index][node->in[LS_LSTM_CELL_STATE]->index]
         : at + inner;

  LsStatus status
    = at < 0 ? LS_OK : ls_observed_add (&runner->seen[at], values, count, count, &error);

  if (status != LS_OK)
    fail_sample (runner, frame, node->out[0], status, &error);
}

/* What has its value before the first step: inputs, and what was folded. */
static void
see_frame (Runner *runner, const LsFrame *frame)
{
  for (uint32_t i = 0; i < frame->graph->n_inputs; i++)
    see_value (runner, frame, &ls_slot (frame, frame->graph->inputs[i])->value);
  for (uint32_t i = 0; i < frame->n_steps; i++)
    for (uint32_t k = 0; frame->steps[i].is_folded && k < frame->steps[i].node.n_out; k++)
      see_value (runner, frame, frame->steps[i].node.out[k]);
}

/* Tells how far it is, unless another thread is just doing so. */
static void
tell (Runner *runner, const LsFrame *frame, const LsStep *step)
{
  Calibration *calibration = runner->calibration;

  if (frame->depth == 0 && pthread_mutex_trylock (&calibration->lock) == 0)
    {
      double part = (double) step->op / (frame->graph->n_ops + 1);
      double done = (calibration->turn + part) / calibration->n_samples;

      if (!atomic_load (&calibration->is_over)
          && !ls_tick (calibration->progress, done, "calibrating"))
        {
          calibration->status = ls_fail_cancelled (&calibration->error);
          atomic_store (&calibration->is_over, true);
        }
      pthread_mutex_unlock (&calibration->lock);
    }
  if (atomic_load (&calibration->is_over))
    ls_session_cancel (runner->session);
}

static void
see (void *data, const LsFrame *frame, const LsStep *step)
{
  Runner *runner = data;

  if (step == NULL)
    {
      see_frame (runner, frame);
      return;
    }
  for (uint32_t k = 0; k < step->node.n_out; k++)
    see_value (runner, frame, step->node.out[k]);
  /* State that the operator has just written. */
  for (uint32_t k = 0; k < step->node.n_in; k++)
    if (step->node.in[k] != NULL && step->node.in[k]->is_variable)
      see_value (runner, frame, step->node.in[k]);
  tell (runner, frame, step);
}

/* ---- A sample -------------------------------------------------------------------------------- */

static LsStatus
set_inputs (LsSession *session, LsArray *inputs, uint32_t n_inputs, LsError *error)
{
  for (uint32_t i = 0; i < n_inputs; i++)
    {
      LsPort port;

      if (ls_session_input (session, i, &port))
        LS_TRY (ls_array_convert (&inputs[i], port.type, error));
      LS_TRY (ls_session_set_input (session, i, &inputs[i], error));
    }
  return LS_OK;
}

/* Says with which sample the run failed. */
static void
name_sample (const Runner *runner, LsError *error)
{
  char name[100];
  const size_t at = error != NULL ? strlen (error->message) : 0;

  ls_samples_name (runner->calibration->samples, runner->sample, name, sizeof name);
  if (at > 0)
    snprintf (error->message + at, sizeof error->message - at, ", in %s", name);
}

static LsStatus
run_sample (Runner *runner, LsError *error)
{
  const LsSamples *samples = runner->calibration->samples;
  uint32_t n_inputs = ls_samples_n_inputs (samples);
  LS_FREE LsArray *inputs = calloc (n_inputs, sizeof *inputs);

  if (inputs == NULL)
    return ls_fail_no_memory (error, "a sample", n_inputs * sizeof *inputs);
  runner->has_failed = false;
  LS_TRY (ls_samples_load (samples, runner->sample, inputs, error));

  LsStatus status = ls_session_reset (runner->session, error);

  if (status == LS_OK)
    status = set_inputs (runner->session, inputs, n_inputs, error);
  if (status == LS_OK)
    status = ls_session_run (runner->session, error);
  if (status != LS_OK && status != LS_E_CANCELLED)
    name_sample (runner, error);
  if (runner->has_failed && error != NULL)
    *error = runner->error;
  for (uint32_t i = 0; i < n_inputs; i++)
    ls_array_clear (&inputs[i]);
  return runner->has_failed ? runner->error.status : status;
}

/* One bad recording among many is no reason to have none of them. */
static void
leave_out (Calibration *calibration, uint32_t sample, const LsError *cause)
{
  if (calibration->n_left_out == 0)
    calibration->left_out_why = *cause;
  calibration->left_out[calibration->n_left_out++] = sample;
}

/* Waits for the samples before this one and adds it to them. */
static void
take_in (Runner *runner, LsStatus status, const LsError *cause)
{
  Calibration *calibration = runner->calibration;
  LsError error = *cause;

  pthread_mutex_lock (&calibration->lock);
  while (calibration->turn != runner->sample && !atomic_load (&calibration->is_over))
    pthread_cond_wait (&calibration->turned, &calibration->lock);
  for (uint32_t i = 0; status == LS_OK && i < calibration->n_observed; i++)
    status = ls_observed_merge (&calibration->all[i], &runner->seen[i], &error);
  if (runner->has_failed && status == LS_E_INVALID && !atomic_load (&calibration->is_over))
    {
      leave_out (calibration, runner->sample, &error);
      status = LS_OK;
    }
  if (!atomic_load (&calibration->is_over))
    {
      calibration->turn++;
      if (status == LS_OK
          && !ls_tick (calibration->progress, (double) calibration->turn / calibration->n_samples,
                       "calibrating"))
        status = ls_fail_cancelled (&error);
      if (status != LS_OK)
        {
          calibration->status = status;
          calibration->error = error;
          atomic_store (&calibration->is_over, true);
        }
    }
  pthread_cond_broadcast (&calibration->turned);
  pthread_mutex_unlock (&calibration->lock);
}

static LsStatus
runner_init (Runner *runner, Calibration *calibration, LsError *error)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsWatcher watcher = { .see = see, .data = runner, .see_inner = see_inner };

  *runner = (Runner){ .calibration = calibration };
  runner->seen = calloc ((size_t) calibration->n_observed + 1, sizeof *runner->seen);
  if (runner->seen == NULL)
    return ls_fail_no_memory (error, "a session", calibration->n_observed);
  LS_TRY (ls_session_new_watched (calibration->model, &options, &watcher, &runner->session, error));

  uint32_t n = ls_session_n_inputs (runner->session);

  if (n != ls_samples_n_inputs (calibration->samples))
    return ls_fail (error, LS_E_INVALID, -1, "the samples are for %u inputs, the model has %u",
                    ls_samples_n_inputs (calibration->samples), n);
  return LS_OK;
}

static void
runner_clear (Runner *runner)
{
  for (uint32_t i = 0; runner->seen != NULL && i < runner->calibration->n_observed; i++)
    ls_observed_clear (&runner->seen[i]);
  free (runner->seen);
  ls_session_free (runner->session);
}

/* A thread's work: samples until there are no more. */
static void
run_samples (void *data, size_t begin, size_t end, unsigned thread)
{
  Calibration *calibration = data;
  LsError error = { 0 };
  Runner runner;
  uint32_t sample = atomic_fetch_add (&calibration->next, 1);

  (void) begin, (void) end, (void) thread;
  if (sample >= calibration->n_samples)
    return;

  LsStatus made = runner_init (&runner, calibration, &error);

  for (; sample < calibration->n_samples && !atomic_load (&calibration->is_over);
       sample = atomic_fetch_add (&calibration->next, 1))
    {
      runner.sample = sample;
      for (uint32_t i = 0; made == LS_OK && i < calibration->n_observed; i++)
        ls_observed_reset (&runner.seen[i]);

      LsStatus status = made == LS_OK ? run_sample (&runner, &error) : made;

      take_in (&runner, status, &error);
    }
  runner_clear (&runner);
}

/* ---- All of them ----------------------------------------------------------------------------- */

/* Every float32 tensor that is no constant of the model, and what is inside of operators. */
static LsStatus
choose_places (Calibration *calibration, uint32_t g, LsError *error)
{
  const LsModel *model = calibration->model;
  const LsSubgraph *graph = &model->graphs[g]->view;

  calibration->places[g] = calloc ((size_t) graph->n_tensors + 1, sizeof (int64_t));
  calibration->inner[g] = calloc ((size_t) graph->n_ops + 1, sizeof (int64_t));
  if (calibration->places[g] == NULL || calibration->inner[g] == NULL)
    return ls_fail_no_memory (error, "ranges", graph->n_tensors * sizeof (int64_t));
  for (uint32_t i = 0; i < graph->n_tensors; i++)
    {
      bool is_seen = graph->tensors[i].type == LS_TYPE_FLOAT32
                     && !ls_tensor_is_constant (model, &graph->tensors[i]);

      calibration->places[g][i] = is_seen ? (int64_t) calibration->n_observed++ : -1;
    }
  for (uint32_t i = 0; i < graph->n_ops; i++)
    {
      bool is_seen = ls_op_is_lstm (&graph->ops[i]);

      calibration->inner[g][i] = is_seen ? (int64_t) calibration->n_observed : -1;
      calibration->n_observed += is_seen ? LS_N_INTERMEDIATES : 0;
    }
  return LS_OK;
}

static void
name_places (Calibration *calibration, uint32_t g)
{
  const LsSubgraph *graph = &calibration->model->graphs[g]->view;

  for (uint32_t i = 0; i < graph->n_tensors; i++)
    if (calibration->places[g][i] >= 0)
      calibration->all[calibration->places[g][i]] = (LsObserved){ .subgraph = g, .tensor = i };
  for (uint32_t i = 0; i < graph->n_ops; i++)
    for (uint32_t k = 0; k < LS_N_INTERMEDIATES && calibration->inner[g][i] >= 0; k++)
      calibration->all[calibration->inner[g][i] + k]
        = (LsObserved){ .subgraph = g, .tensor = UINT32_MAX, .op = i, .inner = k };
}

static LsStatus
choose_tensors (Calibration *calibration, LsError *error)
{
  const LsModel *model = calibration->model;

  calibration->places = calloc (model->n_graphs + 1, sizeof *calibration->places);
  calibration->inner = calloc (model->n_graphs + 1, sizeof *calibration->inner);
  if (calibration->places == NULL || calibration->inner == NULL)
    return ls_fail_no_memory (error, "ranges", model->n_graphs);
  for (uint32_t g = 0; g < model->n_graphs; g++)
    LS_TRY (choose_places (calibration, g, error));
  calibration->all = calloc ((size_t) calibration->n_observed + 1, sizeof *calibration->all);
  calibration->left_out = malloc (((size_t) calibration->n_samples + 1) * sizeof (uint32_t));
  if (calibration->all == NULL || calibration->left_out == NULL)
    return ls_fail_no_memory (error, "ranges", calibration->n_observed * sizeof (LsObserved));
  for (uint32_t g = 0; g < model->n_graphs; g++)
    name_places (calibration, g);
  return LS_OK;
}

static LsStatus
run_all (Calibration *calibration, uint32_t n_threads, LsError *error)
{
  if (n_threads == 0)
    {
      long n = sysconf (_SC_NPROCESSORS_ONLN);

      n_threads = n > 0 ? (uint32_t) n : 1;
    }
  if (n_threads > calibration->n_samples)
    n_threads = calibration->n_samples;

  /* Each has histograms of its own. */
  size_t n_bytes = (calibration->n_observed + 1) * sizeof (LsBins);

  if (n_threads > MAX_BYTES / n_bytes)
    n_threads = MAX_BYTES / n_bytes > 0 ? (uint32_t) (MAX_BYTES / n_bytes) : 1;

  LsPool *pool = ls_pool_new (n_threads);

  if (pool == NULL)
    return ls_fail_no_memory (error, "threads", n_threads);
  ls_pool_run (pool, run_samples, calibration, n_threads, 1);
  ls_pool_free (pool);
  if (calibration->status == LS_OK && calibration->n_left_out > 0
      && calibration->n_left_out == calibration->n_samples)
    {
      calibration->status = LS_E_INVALID;
      calibration->error = calibration->left_out_why;
    }
  if (calibration->status != LS_OK && error != NULL)
    *error = calibration->error;
  return calibration->status;
}

/* From malloc. */
static char *
name_of (const LsModel *model, const LsObserved *observed)
{
  const LsSubgraph *graph = &model->graphs[observed->subgraph]->view;

  return observed->tensor == UINT32_MAX
           ? ls_lstm_inner_name (graph, &graph->ops[observed->op], (LsInner) observed->inner)
           : strdup (graph->tensors[observed->tensor].name);
}

static LsStatus
make_range (const LsModel *model, const LsObserved *observed, LsRange *range, LsError *error)
{
  *range = (LsRange){ .subgraph = observed->subgraph,
                      .tensor = observed->tensor,
                      .name = name_of (model, observed),
                      .min = observed->min,
                      .max = observed->max,
                      .count = observed->count,
                      .average_min = observed->average_min,
                      .average_max = observed->average_max,
                      .bins = calloc (LS_RANGE_BINS, sizeof *range->bins) };
  if (range->name == NULL || range->bins == NULL)
    return ls_fail_no_memory (error, "ranges", LS_RANGE_BINS * sizeof *range->bins);
  ls_observed_spread (observed, range->bins, LS_RANGE_BINS);
  if (observed->mixes_channels || observed->n_rows == 0)
    return LS_OK;
  range->channel_mean = calloc (observed->n_channels, sizeof *range->channel_mean);
  range->channel_low = calloc (observed->n_channels, sizeof *range->channel_low);
  range->channel_high = calloc (observed->n_channels, sizeof *range->channel_high);
  if (range->channel_mean == NULL || range->channel_low == NULL || range->channel_high == NULL)
    return ls_fail_no_memory (error, "ranges", observed->n_channels * sizeof (double));
  range->n_channels = observed->n_channels;
  for (uint32_t c = 0; c < observed->n_channels; c++)
    {
      range->channel_mean[c] = observed->channel_sums[c] / (double) observed->n_rows;
      range->channel_low[c] = observed->channel_ends[c];
      range->channel_high[c] = observed->channel_ends[observed->n_channels + c];
    }
  return LS_OK;
}

static LsStatus
make_ranges (Calibration *calibration, LsRanges **out, LsError *error)
{
  LS_AUTO (LsRanges, ls_ranges_free) ranges = calloc (1, sizeof *ranges);

  if (ranges != NULL)
    ranges->ranges = calloc ((size_t) calibration->n_observed + 1, sizeof *ranges->ranges);
  if (ranges == NULL || ranges->ranges == NULL)
    return ls_fail_no_memory (error, "ranges", calibration->n_observed * sizeof (LsRange));
  ranges->n_samples = calibration->n_samples - calibration->n_left_out;
  if (calibration->n_left_out > 0)
    {
      ranges->n_left_out = calibration->n_left_out;
      ranges->left_out = ls_steal (&calibration->left_out);
      ranges->left_out_why = strdup (calibration->left_out_why.message);
      if (ranges->left_out_why == NULL)
        return ls_fail_no_memory (error, "ranges", 0);
    }
  for (uint32_t i = 0; i < calibration->n_observed; i++)
    if (calibration->all[i].count > 0)
      LS_TRY (make_range (calibration->model, &calibration->all[i],
                          &ranges->ranges[ranges->n_ranges++], error));
  *out = ls_steal (&ranges);
  return LS_OK;
}

static void
calibration_clear (Calibration *calibration)
{
  for (uint32_t i = 0; calibration->all != NULL && i < calibration->n_observed; i++)
    ls_observed_clear (&calibration->all[i]);
  free (calibration->all);
  for (uint32_t g = 0; calibration->places != NULL && g < calibration->model->n_graphs; g++)
    free (calibration->places[g]);
  free (calibration->places);
  for (uint32_t g = 0; calibration->inner != NULL && g < calibration->model->n_graphs; g++)
    free (calibration->inner[g]);
  free (calibration->inner);
  free (calibration->left_out);
  pthread_mutex_destroy (&calibration->lock);
  pthread_cond_destroy (&calibration->turned);
}

LsStatus
ls_calibrate (const LsModel *model, const LsSamples *samples, const LsCalibrateOptions *options,
              const LsProgress *progress, LsRanges **out, LsError *error)
{
  Calibration calibration = { .model = model,
                              .samples = samples,
                              .progress = progress,
                              .n_samples = ls_samples_count (samples) };

  *out = NULL;
  pthread_mutex_init (&calibration.lock, NULL);
  pthread_cond_init (&calibration.turned, NULL);

  LsStatus status = choose_tensors (&calibration, error);

  if (status == LS_OK)
    status = run_all (&calibration, options != NULL ? options->n_threads : 0, error);
  if (status == LS_OK)
    status = make_ranges (&calibration, out, error);
  if (status == LS_OK)
    ls_ranges_observe (*out, options);
  calibration_clear (&calibration);
  return status;
}
