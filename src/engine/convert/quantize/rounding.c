#include "convert/quantize/rounding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/pool.h"
#include "convert/parts.h"
#include "convert/quantize/gram.h"
#include "kernels/rows.h"
#include "runtime/runtime.h"

LS_DEFINE_AUTO (LsPool, ls_pool_free)

enum
{
  MAX_BYTES = 192 << 20, /* of the sums that are gathered in one run over the samples */
  MAX_SAMPLES = 32,
  FEWEST_SAMPLES = 2,
  MAX_PASSES = 12 /* over the weights of a channel; a few are enough */
};

/* Rows that are looked at for each input of an operator: fewer would be learnt by heart. */
static const double rows_per_input = 2, least_rows = 1024;
/* Against learning by heart: each input also counts alone, with that share of a mean input. */
static const double damping = 0.03;

enum
{
  FEWEST_ROWS = 4,  /* inputs for each row */
  ROWS_FOR_HALF = 1 /* rows for each input with which ties between inputs count half */
};

bool
ls_rounding_is_wanted (const LsPassContext *context)
{
  const LsConvertOptions *options = context->options;

  return context->chosen.rounds && options->samples != NULL
         && ls_samples_count (options->samples) > 0;
}

/* ---- What is rounded ------------------------------------------------------------------------- */

/* Whether this operator alone reads the tensor. */
static bool
is_own (const LsSubgraph *graph, int32_t tensor, uint32_t op)
{
  for (uint32_t i = 0; i < graph->n_ops; i++)
    for (uint32_t k = 0; k < graph->ops[i].n_inputs; k++)
      if (graph->ops[i].inputs[k] == tensor && i != op)
        return false;
  return true;
}

LsStatus
ls_rounding_add (LsRounding *rounding, uint32_t op, uint32_t weights_slot,
                 const LsConstant *weights, LsType type, const float *scales,
                 const int64_t *zero_point, bool is_centred, LsError *error)
{
  const LsSubgraph *graph = &rounding->context->model->graphs[rounding->graph]->view;
  int32_t tensor = graph->ops[op].inputs[weights_slot];
  LsGram gram;

  if (rounding->graph != 0 || !is_own (graph, tensor, op)
      || !ls_gram_init (&gram, graph, &graph->ops[op], &graph->tensors[tensor])
      || weights->count != gram.channels * gram.depth
      || (weights->n_channels != 1 && weights->n_channels != gram.channels))
    return LS_OK;

  LsRounded *list = realloc (rounding->list, (rounding->n + 1) * sizeof *list);

  if (list == NULL)
    return ls_fail_no_memory (error, "weights", sizeof *list);
  rounding->list = list;

  LsRounded *one = &list[rounding->n++];

  *one = (LsRounded){ .op = op,
                      .weights = tensor,
                      .count = weights->count,
                      .n_scales = weights->n_channels,
                      .is_centred = is_centred,
                      .values = malloc ((weights->count + 1) * sizeof *one->values),
                      .scales = malloc (((size_t) weights->n_channels + 1) * sizeof *one->scales) };
  if (one->values == NULL || one->scales == NULL)
    return ls_fail_no_memory (error, "weights", weights->count * sizeof *one->values);
  memcpy (one->values, weights->values, weights->count * sizeof *one->values);
  memcpy (one->scales, scales, weights->n_channels * sizeof *one->scales);
  ls_constant_limits (type, zero_point == NULL, &one->low, &one->high);
  if (zero_point != NULL)
    {
      one->low -= (double) *zero_point;
      one->high -= (double) *zero_point;
    }
  return LS_OK;
}

const float *
ls_rounding_values (const LsRounding *rounding, int32_t weights)
{
  for (uint32_t i = 0; rounding != NULL && i < rounding->n; i++)
    if (rounding->list[i].weights == weights && rounding->list[i].is_done)
      return rounding->list[i].values;
  return NULL;
}

void
ls_rounding_clear (LsRounding *rounding)
{
  for (uint32_t i = 0; i < rounding->n; i++)
    {
      free (rounding->list[i].values);
      free (rounding->list[i].scales);
    }
  free (rounding->list);
  *rounding = (LsRounding){ 0 };
}

/* ---- Gathering ------------------------------------------------------------------------------- */

/* Operators whose sums are gathered in one run over the samples. */
typedef struct
{
  LsRounding *rounding;
  LsSession *session;
  LsPool *pool;
  LsGram *grams; /* by place in rounding->list */
  uint32_t begin, end;
  uint32_t sample, n_samples;
  uint32_t places[MAX_SAMPLES]; /* of the samples among all */
  bool has_failed;              /* out of memory */
} Batch;

static void
see (void *data, const LsFrame *frame, const LsStep *step)
{
  Batch *batch = data;

  if (step == NULL || frame->depth > 0)
    return;
  for (uint32_t i = batch->begin; i < batch->end; i++)
    {
      LsGram *gram = &batch->grams[i];
      const LsValue *in = step->node.in[0], *out = step->node.out[0];
      double rows = fmax (rows_per_input * (double) gram->depth, least_rows) / batch->n_samples;

      if (batch->rounding->list[i].op != step->op || in == NULL || in->data == NULL
          || in->type != LS_TYPE_FLOAT32 || in->is_sparse || in->count == 0)
        continue;
      if (!ls_gram_add (gram, in->data, in->dims, out->dims, in->count, (size_t) ceil (rows),
                        batch->sample * 7919U, batch->pool))
        batch->has_failed = true;
    }
}

static LsStatus
run_sample (Batch *batch, LsError *error)
{
  const LsSamples *samples = batch->rounding->context->options->samples;
  uint32_t n_inputs = ls_samples_n_inputs (samples);
  LS_FREE LsArray *inputs = calloc ((size_t) n_inputs + 1, sizeof *inputs);

  if (inputs == NULL)
    return ls_fail_no_memory (error, "a sample", n_inputs * sizeof *inputs);
  LS_TRY (ls_samples_load (samples, batch->places[batch->sample], inputs, error));

  LsStatus status = ls_session_reset (batch->session, error);

  for (uint32_t i = 0; i < n_inputs; i++)
    {
      if (status == LS_OK)
        status = ls_session_set_real (batch->session, i, &inputs[i], error);
      ls_array_clear (&inputs[i]);
    }
  if (status == LS_OK)
    status = ls_session_run (batch->session, error);
  if (status == LS_OK && batch->has_failed)
    status = ls_fail_no_memory (error, "sums of products", 0);
  return status;
}

/* ---- Rounding -------------------------------------------------------------------------------- */

typedef struct
{
  LsRounded *rounded;
  const LsGram *gram;
  double *before, *after; /* by channel */
  float *scratch;         /* 2 × depth for each thread */
} Solve;

static double
product (const float *a, const float *b, size_t count)
{
  double sum = 0;

  for (size_t i = 0; i < count; i++)
    sum += (double) a[i] * b[i];
  return sum;
}

/* One pass over a channel: each weight goes the whole steps that make the error least while the
 * others stay. Gives whether any went. */
static bool
improve (const Solve *solve, size_t channel, const float *sums, float *errors, float *slopes)
{
  const LsRounded *rounded = solve->rounded;
  const LsGram *gram = solve->gram;
  float scale = rounded->scales[rounded->n_scales > 1 ? channel : 0];
  const float *values = rounded->values + channel * gram->stride;
  const LsRowKernels *kernels = ls_row_kernels ();
  bool is_changed = false;

  for (size_t i = 0; i < gram->depth; i++)
    {
      const float *line = sums + i * gram->depth;
      double wanted = line[i] > 0 ? (double) slopes[i] / ((double) line[i] * scale) : 0;
      double q = round (((double) values[i * gram->step] - errors[i]) / scale);
      double to = fmin (fmax (q + round (wanted), rounded->low), rounded->high);
      float move = (float) ((to - q) * scale);

      if (fabs (wanted) < 0.501 || to == q)
        continue;
      errors[i] -= move;
      kernels->add_scaled_f32 (slopes, -move, line, gram->depth);
      is_changed = true;
    }
  return is_changed;
}

static void
solve_channel (const Solve *solve, size_t channel, float *errors)
{
  LsRounded *rounded = solve->rounded;
  const LsGram *gram = solve->gram;
  size_t depth = gram->depth, group = channel / (gram->channels / gram->n_groups);
  float scale = rounded->scales[rounded->n_scales > 1 ? channel : 0], *slopes = errors + depth;
  float *values = rounded->values + channel * gram->stride;
  const float *sums = gram->sums + group * depth * depth;

  for (size_t i = 0; i < depth; i++)
    {
      double q = fmin (fmax (round ((double) values[i * gram->step] / scale), rounded->low),
                       rounded->high);

      errors[i] = (float) (values[i * gram->step] - q * scale);
    }
  for (size_t i = 0; i < depth; i++)
    slopes[i] = ls_row_kernels ()->dot_f32 (sums + i * depth, errors, depth);
  solve->before[channel] = product (errors, slopes, depth);
  for (int pass = 0; pass < MAX_PASSES && improve (solve, channel, sums, errors, slopes); pass++)
    ;
  solve->after[channel] = product (errors, slopes, depth);
  for (size_t i = 0; i < depth; i++)
    {
      double q = round (((double) values[i * gram->step] - errors[i]) / scale);

      values[i * gram->step] = (float) (q * scale);
    }
}

static void
solve_channels (void *data, size_t begin, size_t end, unsigned thread)
{
  const Solve *solve = data;

  for (size_t c = begin; c < end; c++)
    solve_channel (solve, c, solve->scratch + thread * 2 * solve->gram->depth);
}

/*
 * Few rows tell little of how inputs hang together: the fewer they are, the more each input counts
 * alone (the matrix shrinks to its diagonal). Without any ties the weights go to the nearest.
 */
static void
shrink (LsGram *gram)
{
  size_t depth = gram->depth;
  double kept = (double) gram->n_rows / (double) (gram->n_rows + ROWS_FOR_HALF * depth);

  for (size_t g = 0; g < gram->n_groups; g++)
    {
      float *sums = gram->sums + g * depth * depth;
      double trace = 0;

      for (size_t i = 0; i < depth; i++)
        trace += sums[i * depth + i];
      for (size_t i = 0; i < depth; i++)
        for (size_t k = 0; k < depth; k++)
          sums[i * depth + k]
            = (float) (i == k ? sums[i * depth + k] + damping * trace / (double) depth
                              : sums[i * depth + k] * kept);
    }
}

static LsStatus
solve_one (Batch *batch, uint32_t index, LsError *error)
{
  LsRounded *rounded = &batch->rounding->list[index];
  LsGram *gram = &batch->grams[index];
  size_t n_threads = ls_pool_n_threads (batch->pool);
  LS_FREE double *errors = calloc (2 * gram->channels + 1, sizeof *errors);
  LS_FREE float *scratch = calloc (2 * gram->depth * n_threads + 1, sizeof *scratch);
  Solve solve = { rounded, gram, errors, errors + gram->channels, scratch };

  if (errors == NULL || scratch == NULL)
    return ls_fail_no_memory (error, "errors", gram->channels * sizeof *errors);
  /* Nothing is learnt of many inputs from a handful of rows. */
  if (gram->n_rows < 2 || gram->n_rows * FEWEST_ROWS < gram->depth)
    return LS_OK;
  ls_gram_finish (gram, rounded->is_centred);
  shrink (gram);
  ls_pool_run (batch->pool, solve_channels, &solve, gram->channels, 1);
  for (size_t c = 0; c < gram->channels; c++)
    {
      rounded->before += solve.before[c];
      rounded->after += solve.after[c];
    }
  rounded->is_done = true;
  return LS_OK;
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* As many operators as the memory allows, at least one. */
static LsStatus
begin_batch (Batch *batch, LsError *error)
{
  const LsRounding *rounding = batch->rounding;
  const LsSubgraph *graph = &rounding->context->model->graphs[rounding->graph]->view;
  size_t bytes = 0;

  for (batch->end = batch->begin; batch->end < rounding->n; batch->end++)
    {
      const LsRounded *rounded = &rounding->list[batch->end];
      LsGram *gram = &batch->grams[batch->end];

      ls_gram_init (gram, graph, &graph->ops[rounded->op], &graph->tensors[rounded->weights]);
      bytes += ls_gram_bytes (gram);
      if (bytes > MAX_BYTES && batch->end > batch->begin)
        break;
      if (!ls_gram_begin (gram))
        return ls_fail_no_memory (error, "sums of products", ls_gram_bytes (gram));
    }
  return LS_OK;
}

static LsStatus
run_batch (Batch *batch, LsError *error)
{
  const LsProgress *progress = batch->rounding->context->progress;

  LS_TRY (begin_batch (batch, error));
  for (batch->sample = 0; batch->sample < batch->n_samples; batch->sample++)
    {
      double done
        = batch->begin + (double) batch->sample / batch->n_samples * (batch->end - batch->begin);

      if (!ls_tick (progress, done / batch->rounding->n, "rounding"))
        return ls_fail_cancelled (error);
      LS_TRY (run_sample (batch, error));
    }
  for (uint32_t i = batch->begin; i < batch->end; i++)
    {
      LS_TRY (solve_one (batch, i, error));
      ls_gram_clear (&batch->grams[i]);
      if (!ls_tick (progress, (double) i / batch->rounding->n, "rounding"))
        return ls_fail_cancelled (error);
    }
  return LS_OK;
}

/* How much less the error of the operators' outputs became, in the mean over them. */
static LsStatus
report_gain (const LsRounding *rounding, LsError *error)
{
  double sum = 0;
  uint32_t n = 0;

  for (uint32_t i = 0; i < rounding->n; i++)
    if (rounding->list[i].is_done && rounding->list[i].after > 0)
      {
        sum += 10 * log10 (rounding->list[i].before / rounding->list[i].after);
        n++;
      }
  return ls_pass_report (rounding->context, "rounding", n, error,
                         "the weights of %u %s were rounded together: the errors of their outputs "
                         "are %.1f dB less in the mean",
                         n, ls_words (n, "operator", "operators"), n > 0 ? sum / n : 0);
}

static LsStatus
run_all (Batch *batch, LsError *error)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsWatcher watcher = { .see = see, .data = batch };

  LS_TRY (ls_session_new_watched (batch->rounding->context->model, &options, &watcher,
                                  &batch->session, error));
  for (; batch->begin < batch->rounding->n; batch->begin = batch->end)
    LS_TRY (run_batch (batch, error));
  return report_gain (batch->rounding, error);
}

/* Spread over those that are not held out; over all when that is too few. */
static void
choose_samples (Batch *batch)
{
  const LsPassContext *context = batch->rounding->context;
  const bool *held_out = context->chosen.held_out;
  uint32_t all = ls_samples_count (context->options->samples), n_free = 0, seen = 0;

  for (uint32_t s = 0; held_out != NULL && s < all; s++)
    n_free += !held_out[s];
  if (n_free < FEWEST_SAMPLES)
    {
      held_out = NULL;
      n_free = all;
    }

  uint32_t wanted = n_free < MAX_SAMPLES ? n_free : MAX_SAMPLES;

  for (uint32_t s = 0; s < all && batch->n_samples < wanted; s++)
    if (held_out == NULL || !held_out[s])
      {
        if (seen == (uint32_t) ((uint64_t) batch->n_samples * n_free / wanted))
          batch->places[batch->n_samples++] = s;
        seen++;
      }
}

LsStatus
ls_rounding_run (LsRounding *rounding, LsError *error)
{
  long n = sysconf (_SC_NPROCESSORS_ONLN);
  LS_AUTO (LsPool, ls_pool_free) pool = ls_pool_new (n > 0 ? (unsigned) n : 1);
  Batch batch = { .rounding = rounding,
                  .pool = pool,
                  .grams = calloc ((size_t) rounding->n + 1, sizeof *batch.grams) };

  choose_samples (&batch);

  LsStatus status = pool == NULL || batch.grams == NULL
                      ? ls_fail_no_memory (error, "sums of products", rounding->n)
                      : run_all (&batch, error);

  for (uint32_t i = 0; batch.grams != NULL && i < rounding->n; i++)
    ls_gram_clear (&batch.grams[i]);
  free (batch.grams);
  ls_session_free (batch.session);
  return status;
}
