/*
 * Which observer, and whether to equalize: what suits one model spoils another (measured: from 6 dB
 * less to 10 dB more). So each way is tried on a few samples, the best on more of them, and the
 * outputs are compared with those of the float model.
 */
#include "convert/pass.h"

#include <stdlib.h>

#include "convert/quantize/ranges.h"
#include "convert/quantize/trial.h"

enum
{
  MAX_WAYS = 16,
  MOST_SAMPLES = 24, /* of a trial */
  N_FINALISTS = 3,   /* with the first */
  RUNS_OF_WAY = 4,   /* of all runs, for each that is tried */
  FEWEST_RUNS = 8,
  MOST_RUNS = 24
};

/* Multiply-adds of all runs together, more or less: what a slow processor does in a few tenths of a
 * second. Rounding and packing the weights costs, too. */
static const double most_macs = 2e9, macs_per_weight = 10;

/* What another way must be better by to be taken, in dB: few samples tell little. What equalizing
 * does to samples that nobody has seen is harder to tell. */
static const double least_gain_db = 0.1, least_equalized_db = 0.4;

/* Those first that are good most often. The first is taken untried when there are no samples. */
static const LsWay ways_of_8[] = {
  { LS_OBSERVE_PERCENTILE, 0.99999, LS_EQUALIZE_NONE, "99.999 % of the values" },
  { LS_OBSERVE_PERCENTILE, 0.99999, LS_EQUALIZE_ALL, "99.999 % of the values" },
  { LS_OBSERVE_MIN_MAX, 0, LS_EQUALIZE_NONE, "least and greatest" },
  { LS_OBSERVE_MSE, 0, LS_EQUALIZE_NONE, "least squares" },
  { LS_OBSERVE_MSE, 0, LS_EQUALIZE_ALL, "least squares" },
  { LS_OBSERVE_MIN_MAX, 0, LS_EQUALIZE_ALL, "least and greatest" },
  { LS_OBSERVE_PERCENTILE, 0.99999, LS_EQUALIZE_FREE, "99.999 % of the values" },
  { LS_OBSERVE_MIN_MAX, 0, LS_EQUALIZE_FREE, "least and greatest" },
  { LS_OBSERVE_MSE, 0, LS_EQUALIZE_FREE, "least squares" },
};
/* Fine steps have room for all values; and where the observer is given, these differ, too. */
static const LsWay ways_of_16[] = {
  { LS_OBSERVE_MIN_MAX, 0, LS_EQUALIZE_NONE, "least and greatest" },
  { LS_OBSERVE_MIN_MAX, 0, LS_EQUALIZE_ALL, "least and greatest" },
  { LS_OBSERVE_MIN_MAX, 0, LS_EQUALIZE_FREE, "least and greatest" },
};

static bool
is_given (const LsPassContext *context)
{
  return context->options->calibrate.observer != LS_OBSERVE_AUTO || context->options->ranges != NULL
         || context->grids != NULL;
}

static uint32_t
list_ways (const LsPassContext *context, LsCandidate *candidates)
{
  bool is_short = is_given (context) || context->options->to == LS_TO_INT16X8;
  const LsWay *ways = is_short ? ways_of_16 : ways_of_8;
  uint32_t n = is_short ? sizeof ways_of_16 / sizeof *ways : sizeof ways_of_8 / sizeof *ways;

  for (uint32_t i = 0; i < n; i++)
    candidates[i] = (LsCandidate){ .way = ways[i] };
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
  runs = most_macs * (context->options->improve ? 4 : 1) / macs;
  return runs > MOST_RUNS ? MOST_RUNS : runs < FEWEST_RUNS ? FEWEST_RUNS : (uint32_t) runs;
}

/* By how much a way must be better than the first to be chosen in its place. */
static double
handicap (const LsWay *way)
{
  return way->equalize == LS_EQUALIZE_NONE ? least_gain_db : least_equalized_db;
}

static uint32_t
find_best (const LsCandidate *candidates, uint32_t count)
{
  uint32_t best = 0;

  for (uint32_t i = 1; i < count; i++)
    {
      double mine = candidates[i].score - handicap (&candidates[i].way);

      if (mine > candidates[best].score - (best > 0 ? handicap (&candidates[best].way) : 0))
        best = i;
    }
  return best;
}

/* Moves the best to the front, in their order; the first of all stays among them. */
static uint32_t
keep_best (LsCandidate *candidates, uint32_t count, uint32_t kept)
{
  for (uint32_t done = 1; done < kept && done < count; done++)
    {
      uint32_t best = done;

      for (uint32_t i = done + 1; i < count; i++)
        if (candidates[i].score > candidates[best].score)
          best = i;

      LsCandidate moved = candidates[best];

      candidates[best] = candidates[done];
      candidates[done] = moved;
    }
  return count < kept ? count : kept;
}

/* All on a few samples, then the best on others. */
static LsStatus
choose (LsPassContext *context, LsCandidate *candidates, uint32_t *n_samples, uint32_t *best,
        LsError *error)
{
  LS_AUTO (LsTrial, ls_trial_free) trial = NULL;
  uint32_t runs = count_runs (context), count = list_ways (context, candidates);
  uint32_t all = ls_samples_count (context->options->samples);

  LS_TRY (ls_trial_new (context, all < MOST_SAMPLES ? all : MOST_SAMPLES, &trial, error));
  all = ls_trial_n_samples (trial);
  if (count > runs / RUNS_OF_WAY)
    count = runs / RUNS_OF_WAY;

  uint32_t few = runs / 2 / count < all ? runs / 2 / count : all;
  uint32_t many = few + runs / 2 / N_FINALISTS < all ? few + runs / 2 / N_FINALISTS : all;

  LS_TRY (ls_trial_run (trial, candidates, count, 0, few, error));
  count = keep_best (candidates, count, N_FINALISTS);
  if (many > few)
    LS_TRY (ls_trial_run (trial, candidates, count, few, many, error));
  *n_samples = many;
  *best = find_best (candidates, count);
  return LS_OK;
}

static LsStatus
choose_run (LsPassContext *context, LsError *error)
{
  const LsConvertOptions *options = context->options;
  uint32_t n_samples = 0, best = 0;

  if (options->samples == NULL || context->own_ranges == NULL)
    return LS_OK;

  LS_FREE LsCandidate *candidates = calloc (MAX_WAYS, sizeof *candidates);

  if (candidates == NULL)
    return ls_fail_no_memory (error, "a trial", MAX_WAYS * sizeof *candidates);
  LS_TRY (choose (context, candidates, &n_samples, &best, error));

  const LsWay *way = &candidates[best].way;

  if (options->ranges == NULL)
    ls_way_observe (way, context, context->own_ranges);
  context->equalize = way->equalize;
  return ls_pass_report (
    context, "choose", best > 0, error, "ranges span %s; %s; %.1f dB on %u samples (%.1f untried)",
    is_given (context) ? "what the observer says" : way->name,
    way->equalize == LS_EQUALIZE_NONE   ? "channels stay as they are"
    : way->equalize == LS_EQUALIZE_FREE ? "channels before depthwise convolutions are equalized"
                                        : "channels are equalized",
    candidates[best].score, n_samples, candidates[0].score);
}

const LsPass ls_pass_choose = { "choose", choose_run };
