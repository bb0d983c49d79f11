/*
 * Which observer, and whether to equalize: what suits one model spoils another (measured: from 6 dB
 * less to 10 dB more). So each way is tried on a few samples, the best on more of them, and the
 * outputs are compared with those of the float model.
 */
#include "convert/pass.h"

#include <math.h>
#include <stdlib.h>

#include "convert/quantize/ranges.h"
#include "convert/quantize/trial.h"

enum
{
  MAX_WAYS = 16,
  MOST_SAMPLES = 24, /* of a trial */
  N_FINALISTS = 4,   /* with the first */
  RUNS_OF_WAY = 4,   /* of all runs, for each that is tried */
  FEWEST_RUNS = 8,
  MOST_RUNS = 16,
  MOST_IMPROVING_RUNS = 240 /* where time may be spent */
};

/* Multiply-adds of all runs together, more or less: what a slow processor does in a few tenths of a
 * second. Rounding and packing the weights costs, too. */
static const double most_macs = 2e9, macs_per_weight = 10;

/* What another way must be better by to be taken, in dB: few samples tell little. What equalizing
 * does to samples that nobody has seen is harder to tell. */
static const double least_gain_db = 0.1, least_equalized_db = 0.4;
/* Correcting biases is right on average, so that few samples must speak against it clearly. */
static const double least_uncorrected_db = 0.4;

/* Those first that are good most often. The first is taken untried when there are no samples. */
static const LsWay ways_of_8[] = {
  { LS_OBSERVE_PERCENTILE, 0.99999, LS_EQUALIZE_NONE, "99.999 % of the values", false, false },
  { LS_OBSERVE_PERCENTILE, 0.99999, LS_EQUALIZE_ALL, "99.999 % of the values", false, false },
  { LS_OBSERVE_MIN_MAX, 0, LS_EQUALIZE_NONE, "least and greatest", false, false },
  { LS_OBSERVE_MSE, 0, LS_EQUALIZE_NONE, "least squares", false, false },
  { LS_OBSERVE_MSE, 0, LS_EQUALIZE_ALL, "least squares", false, false },
  { LS_OBSERVE_MIN_MAX, 0, LS_EQUALIZE_ALL, "least and greatest", false, false },
  { LS_OBSERVE_PERCENTILE, 0.99999, LS_EQUALIZE_FREE, "99.999 % of the values", false, false },
  { LS_OBSERVE_MIN_MAX, 0, LS_EQUALIZE_FREE, "least and greatest", false, false },
  { LS_OBSERVE_MSE, 0, LS_EQUALIZE_FREE, "least squares", false, false },
};
/* Fine steps have room for all values; and where the observer is given, these differ, too. */
static const LsWay ways_of_16[] = {
  { LS_OBSERVE_MIN_MAX, 0, LS_EQUALIZE_NONE, "least and greatest", false, false },
  { LS_OBSERVE_MIN_MAX, 0, LS_EQUALIZE_ALL, "least and greatest", false, false },
  { LS_OBSERVE_MIN_MAX, 0, LS_EQUALIZE_FREE, "least and greatest", false, false },
};

static bool
is_given (const LsPassContext *context)
{
  return context->options->calibrate.observer != LS_OBSERVE_AUTO || context->options->ranges != NULL
         || context->grids != NULL;
}

/* Whether the person lets it be the last choice; else it only shows what the others bring. */
static bool
is_allowed (const LsPassContext *context, const LsWay *way)
{
  return context->options->equalization != LS_CHOICE_ON || way->equalize != LS_EQUALIZE_NONE;
}

static uint32_t
list_ways (const LsPassContext *context, LsCandidate *candidates)
{
  const LsConvertOptions *options = context->options;
  bool is_short = is_given (context) || options->to == LS_TO_INT16X8;
  const LsWay *ways = is_short ? ways_of_16 : ways_of_8;
  uint32_t all = is_short ? sizeof ways_of_16 / sizeof *ways : sizeof ways_of_8 / sizeof *ways;
  uint32_t n = 0;

  for (uint32_t i = 0; i < all; i++)
    if (options->equalization != LS_CHOICE_OFF || ways[i].equalize == LS_EQUALIZE_NONE)
      {
        candidates[n] = (LsCandidate){ .way = ways[i] };
        candidates[n++].way.is_uncorrected = options->bias_correction == LS_CHOICE_OFF;
      }
  return n;
}

/* How often the model may run. */
static uint32_t
count_runs (const LsPassContext *context)
{
  const LsSubgraph *graph = &context->model->graphs[0]->view;
  double macs = 1e6, runs;

  for (uint32_t i = 0; i < graph->n_ops; i++)
    macs += (double) ls_op_macs (graph, &graph->ops[i]);
  for (uint32_t b = 0; b < context->model->n_buffers; b++)
    macs += macs_per_weight * (double) context->model->buffers[b].size / sizeof (float);

  double most = context->options->improve ? MOST_IMPROVING_RUNS : MOST_RUNS;

  runs = most_macs * (context->options->improve ? 10 : 1) / macs;
  return (uint32_t) fmin (fmax (runs, FEWEST_RUNS), most);
}

/* By how much a way must be better than the first to be chosen in its place. */
static double
handicap (const LsWay *way)
{
  return way->equalize == LS_EQUALIZE_NONE ? least_gain_db : least_equalized_db;
}

static uint32_t
find_best (const LsPassContext *context, const LsCandidate *candidates, uint32_t count)
{
  uint32_t best = 0;
  double most = 0;

  for (uint32_t i = 0, n = 0; i < count; i++)
    {
      double mine = candidates[i].score - (i > 0 ? handicap (&candidates[i].way) : 0);

      if (is_allowed (context, &candidates[i].way) && (n++ == 0 || mine > most))
        {
          best = i;
          most = mine;
        }
    }
  return best;
}

/* Moves the best to the front, in their order; the first of all stays among them. */
static uint32_t
keep_best (const LsPassContext *context, LsCandidate *candidates, uint32_t count, uint32_t kept)
{
  for (uint32_t done = 1; done < kept && done < count; done++)
    {
      uint32_t best = done;

      for (uint32_t i = done + 1; i < count; i++)
        {
          bool is_first = !is_allowed (context, &candidates[best].way);

          if (is_allowed (context, &candidates[i].way)
              && (is_first || candidates[i].score > candidates[best].score))
            best = i;
        }

      LsCandidate moved = candidates[best];

      candidates[best] = candidates[done];
      candidates[done] = moved;
    }
  return count < kept ? count : kept;
}

/* ---- What each brings ------------------------------------------------------------------------ */

/* Coarse weights are what most of the error comes from: there it pays to spend the time (uint8: 2
 * dB of mobilenet_v1_0.25 and of pose_landmark_lite). */
static bool
tries_rounding (const LsConvertOptions *options)
{
  bool is_coarse = options->to == LS_TO_UINT8 || options->granularity == LS_GRANULARITY_PER_TENSOR
                   || (options->weight_bits > 0 && options->weight_bits < 8);

  return options->adaptive_rounding == LS_CHOICE_ON
         || (options->adaptive_rounding == LS_CHOICE_AUTO && (options->improve || is_coarse));
}

static LsGain *
gain_of (LsPassContext *context, LsGainKind kind)
{
  return &context->report->gains[kind];
}

static void
note_gain (LsPassContext *context, LsGainKind kind, double without_db, double with_db,
           uint32_t n_samples)
{
  LsGain *gain = gain_of (context, kind);

  gain->without_db = without_db;
  gain->with_db = with_db;
  gain->n_samples = n_samples;
}

/* The best with against the best without, where both were measured with as many samples. */
static void
note_equalization (LsPassContext *context, const LsCandidate *candidates, uint32_t count,
                   uint32_t n_samples)
{
  const LsCandidate *best[2] = { NULL, NULL };

  for (uint32_t i = 0; i < count; i++)
    {
      const LsCandidate **place = &best[candidates[i].way.equalize != LS_EQUALIZE_NONE];

      if (*place == NULL || candidates[i].score > (*place)->score)
        *place = &candidates[i];
    }
  if (best[0] != NULL && best[1] != NULL)
    note_gain (context, LS_GAIN_EQUALIZATION, best[0]->score, best[1]->score, n_samples);
}

/* Measures @way with the samples that @best was measured with. */
static LsStatus
measure_way (LsTrial *trial, const LsWay *way, uint32_t n_samples, LsCandidate *out, LsError *error)
{
  *out = (LsCandidate){ .way = *way };
  return ls_trial_run (trial, out, 1, 0, n_samples, error);
}

/* Biases as they are, against corrected ones. */
static LsStatus
try_bias (LsPassContext *context, LsTrial *trial, LsCandidate *best, uint32_t n_samples,
          LsError *error)
{
  LsChoice choice = context->options->bias_correction;
  LsCandidate other;
  LsWay way = best->way;

  /* On average it is right: a handful of samples cannot tell. */
  if (choice == LS_CHOICE_OFF || (choice == LS_CHOICE_AUTO && !context->options->improve))
    return LS_OK;
  way.is_uncorrected = true;
  LS_TRY (measure_way (trial, &way, n_samples, &other, error));
  note_gain (context, LS_GAIN_BIAS_CORRECTION, other.score, best->score, n_samples);
  if (choice == LS_CHOICE_AUTO && other.score > best->score + least_uncorrected_db)
    *best = other;
  return LS_OK;
}

/* Weights that are rounded together, over samples that the trial did not measure with. */
static LsStatus
try_rounding (LsPassContext *context, LsTrial *trial, LsCandidate *best, uint32_t n_samples,
              LsError *error)
{
  LsChoice choice = context->options->adaptive_rounding;
  LsCandidate other;
  LsWay way = best->way;

  if (!tries_rounding (context->options))
    return LS_OK;
  way.is_rounded = true;
  LS_TRY (measure_way (trial, &way, n_samples, &other, error));
  note_gain (context, LS_GAIN_ADAPTIVE_ROUNDING, best->score, other.score, n_samples);
  if (choice == LS_CHOICE_ON || other.score > best->score + least_gain_db)
    *best = other;
  return LS_OK;
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* All on a few samples, then the best on others. */
static LsStatus
choose (LsPassContext *context, LsCandidate *candidates, uint32_t *n_samples, uint32_t *best,
        LsError *error)
{
  LS_AUTO (LsTrial, ls_trial_free) trial = NULL;
  uint32_t runs = count_runs (context), count = list_ways (context, candidates);
  uint32_t all = ls_samples_count (context->options->samples);

  /* Others must be left to round with. */
  if (tries_rounding (context->options) && all > 3)
    all /= 2;
  LS_TRY (ls_trial_new (context, all < MOST_SAMPLES ? all : MOST_SAMPLES, &trial, error));
  all = ls_trial_n_samples (trial);
  if (count > runs / RUNS_OF_WAY)
    count = runs / RUNS_OF_WAY;

  uint32_t few = runs / 2 / count < all ? runs / 2 / count : all;
  uint32_t many = few + runs / 2 / N_FINALISTS < all ? few + runs / 2 / N_FINALISTS : all;

  /* All are finalists: in one turn, each is quantized once. */
  if (count <= N_FINALISTS)
    few = many;
  LS_TRY (ls_trial_run (trial, candidates, count, 0, few, error));
  note_equalization (context, candidates, count, few);
  count = keep_best (context, candidates, count, N_FINALISTS);
  if (many > few)
    LS_TRY (ls_trial_run (trial, candidates, count, few, many, error));
  note_equalization (context, candidates, count, many);
  *n_samples = many;
  *best = find_best (context, candidates, count);
  LS_TRY (try_bias (context, trial, &candidates[*best], many, error));
  return try_rounding (context, trial, &candidates[*best], many, error);
}

/* What is done without a trial. */
static LsChosen
untried (const LsConvertOptions *options)
{
  return (LsChosen){ .is_known = true,
                     .equalize
                     = options->equalization == LS_CHOICE_ON ? LS_EQUALIZE_ALL : LS_EQUALIZE_NONE,
                     .corrects_bias = options->bias_correction != LS_CHOICE_OFF,
                     .rounds = options->adaptive_rounding == LS_CHOICE_ON };
}

/* What was asked for, and what is done. */
static void
note_choices (LsPassContext *context)
{
  const LsConvertOptions *options = context->options;
  const LsChosen *chosen = &context->chosen;

  context->report->has_gains = true;
  gain_of (context, LS_GAIN_BIAS_CORRECTION)->choice = options->bias_correction;
  gain_of (context, LS_GAIN_BIAS_CORRECTION)->is_used = chosen->corrects_bias;
  gain_of (context, LS_GAIN_EQUALIZATION)->choice = options->equalization;
  gain_of (context, LS_GAIN_EQUALIZATION)->is_used = chosen->equalize != LS_EQUALIZE_NONE;
  gain_of (context, LS_GAIN_ADAPTIVE_ROUNDING)->choice = options->adaptive_rounding;
  gain_of (context, LS_GAIN_ADAPTIVE_ROUNDING)->is_used
    = chosen->rounds && options->samples != NULL;
}

static LsStatus
choose_run (LsPassContext *context, LsError *error)
{
  const LsConvertOptions *options = context->options;
  uint32_t n_samples = 0, best = 0;
  bool is_done = context->chosen.is_known;

  if (!is_done)
    context->chosen = untried (options);
  note_choices (context);
  if (is_done || options->samples == NULL || context->own_ranges == NULL)
    return LS_OK;

  LS_FREE LsCandidate *candidates = calloc (MAX_WAYS, sizeof *candidates);

  if (candidates == NULL)
    return ls_fail_no_memory (error, "a trial", MAX_WAYS * sizeof *candidates);
  LS_TRY (choose (context, candidates, &n_samples, &best, error));

  const LsWay *way = &candidates[best].way;

  if (options->ranges == NULL)
    ls_way_observe (way, context, context->own_ranges);
  context->chosen = ls_way_chosen (way);
  note_choices (context);
  return ls_pass_report (
    context, "choose", best > 0, error, "ranges span %s; %s; %.1f dB on %u samples (%.1f untried)",
    is_given (context) ? "what the observer says" : way->name,
    way->equalize == LS_EQUALIZE_NONE   ? "channels stay as they are"
    : way->equalize == LS_EQUALIZE_FREE ? "channels before depthwise convolutions are equalized"
                                        : "channels are equalized",
    candidates[best].score, n_samples, candidates[0].score);
}

const LsPass ls_pass_choose = { "choose", choose_run };
