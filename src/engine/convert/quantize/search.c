#include "convert/quantize/search.h"

#include <math.h>
#include <string.h>

#include "convert/quantize/ranges.h"

enum
{
  MAX_TRIES = 24,
  COMPARED_SAMPLES = 4 /* to find the operators with the greatest errors */
};

/* Multiply-adds of all trials together, more or less: what a slow processor does in a minute. */
static const double most_macs = 6e10;

/* What is tried for all tensors at once. */
static const struct
{
  LsObserver observer;
  double percentile;
  const char *name;
} candidates[] = {
  { LS_OBSERVE_MSE, 0, "mse" },
  { LS_OBSERVE_PERCENTILE, 0.9999, "percentile 99.99" },
  { LS_OBSERVE_PERCENTILE, 0.99999, "percentile 99.999" },
  { LS_OBSERVE_PERCENTILE, 0.999, "percentile 99.9" },
};

enum
{
  N_CANDIDATES = sizeof candidates / sizeof candidates[0]
};

typedef struct
{
  const LsModel *source;
  const LsConvertOptions *options;
  const LsProgress *progress;
  const LsYardstick *yardstick;
  uint32_t n_tries, max_tries;
  /* The best so far. */
  LsModel *model;
  LsConvertReport report;
  LsMeasured measured;
  double first_db;
  LsChosen chosen;  /* by the first conversion, and kept by the others */
  const char *name; /* of what was best for all tensors */
} Search;

/* Integer weights between floats: all that can be better is their rounding. */
static bool
has_float_values (const LsConvertOptions *options)
{
  return options->to == LS_TO_DYNAMIC || options->to == LS_TO_WEIGHTS;
}

bool
ls_search_is_wanted (const LsConvertOptions *options)
{
  if (options->samples != NULL && has_float_values (options))
    return options->improve && options->adaptive_rounding == LS_CHOICE_AUTO;

  bool is_eight = options->to == LS_TO_INT8 || options->to == LS_TO_UINT8;
  bool is_integer = is_eight || options->to == LS_TO_INT16X8;
  bool tries = (is_eight && options->calibrate.observer == LS_OBSERVE_AUTO)
               || options->adaptive_rounding == LS_CHOICE_AUTO;

  return options->samples != NULL && is_integer
         && ((options->improve && tries) || options->min_sqnr > 0);
}

/* ---- One trial ------------------------------------------------------------------------------- */

/* Converts with these options, and keeps the result when it is better. */
static LsStatus
try_options (Search *search, const LsConvertOptions *options, bool *is_better, LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) model = NULL;
  LsConvertReport report;
  LsMeasured measured;

  *is_better = false;
  search->n_tries++;
  if (!ls_tick (search->progress, (double) search->n_tries / (search->max_tries + 1),
                "looking for better ranges"))
    return ls_fail_cancelled (error);
  LS_TRY (ls_convert_once (search->source, options, &search->chosen, NULL, &model, &report, error));

  LsStatus status = ls_yardstick_measure (search->yardstick, model, &measured, error);

  *is_better = status == LS_OK
               && (search->model == NULL || ls_measured_is_better (&measured, &search->measured));
  if (*is_better)
    {
      LsModel *worse = search->model;
      LsConvertReport old = search->report;

      /* What each improvement brings was found out once. */
      if (old.has_gains)
        memcpy (report.gains, old.gains, sizeof report.gains);
      search->model = ls_steal (&model);
      search->report = report;
      search->measured = measured;
      model = worse;
      report = old;
    }
  ls_convert_report_clear (&report);
  return status;
}

static LsStatus
try_ranges (Search *search, const LsRanges *ranges, bool *is_better, LsError *error)
{
  LsConvertOptions options = *search->options;

  options.ranges = ranges;
  return try_options (search, &options, is_better, error);
}

/* ---- Observers ------------------------------------------------------------------------------- */

/* The same ranges, chosen by another observer. */
static LsStatus
observe_as (const Search *search, const LsRanges *ranges, int candidate, LsRanges **out,
            LsError *error)
{
  LsCalibrateOptions calibrate = search->options->calibrate;

  LS_TRY (ls_ranges_copy_for (ranges, NULL, out, error));
  calibrate.observer = candidates[candidate].observer;
  calibrate.percentile = candidates[candidate].percentile;
  ls_ranges_observe (*out, &calibrate);
  /* An end beyond all that was seen is room that was left for what was not. */
  for (uint32_t i = 0; i < ranges->n_ranges; i++)
    {
      const LsRange *range = &ranges->ranges[i];

      if (range->high > range->max)
        (*out)->ranges[i].high = range->high;
      if (range->low < range->min)
        (*out)->ranges[i].low = range->low;
    }
  return LS_OK;
}

static void
take_ends (LsRanges *to, const LsRanges *from, uint32_t begin, uint32_t end)
{
  for (uint32_t i = begin; i < end; i++)
    {
      to->ranges[i].low = from->ranges[i].low;
      to->ranges[i].high = from->ranges[i].high;
    }
}

static bool
differ (const LsRanges *a, const LsRanges *b, uint32_t begin, uint32_t end)
{
  for (uint32_t i = begin; i < end; i++)
    if (a->ranges[i].low != b->ranges[i].low || a->ranges[i].high != b->ranges[i].high)
      return true;
  return false;
}

/* Tries the other observer's ends for a run of tensors, then for its halves, as long as there are
 * tries left; those that help stay. Broad first. */
static LsStatus
refine (Search *search, LsRanges *now, const LsRanges *other, uint32_t parts, LsError *error)
{
  LS_AUTO (LsRanges, ls_ranges_free) trial = NULL;
  uint32_t n = now->n_ranges;

  LS_TRY (ls_ranges_copy_for (now, NULL, &trial, error));
  for (uint32_t p = 0; p < parts && search->n_tries < search->max_tries; p++)
    {
      uint32_t begin = (uint32_t) ((uint64_t) n * p / parts);
      uint32_t end = (uint32_t) ((uint64_t) n * (p + 1) / parts);
      bool is_better;

      if (!differ (now, other, begin, end))
        continue;
      take_ends (trial, other, begin, end);
      LS_TRY (try_ranges (search, trial, &is_better, error));
      take_ends (is_better ? now : trial, is_better ? trial : now, begin, end);
    }
  return LS_OK;
}

static LsStatus
try_observers (Search *search, const LsRanges *first, LsError *error)
{
  LS_AUTO (LsRanges, ls_ranges_free) best = NULL;
  LS_AUTO (LsRanges, ls_ranges_free) other = NULL;

  LS_TRY (ls_ranges_copy_for (first, NULL, &best, error));
  for (int c = 0; c < N_CANDIDATES && search->n_tries < search->max_tries; c++)
    {
      LsRanges *ranges = NULL;
      bool is_better = false;
      LsStatus status = observe_as (search, first, c, &ranges, error);

      if (status == LS_OK)
        status = try_ranges (search, ranges, &is_better, error);
      if (is_better || other == NULL)
        {
          /* The best of before, or the first that was no better, is what tensors may go back to. */
          ls_ranges_free (other);
          other = is_better ? ls_steal (&best) : ls_steal (&ranges);
        }
      if (is_better)
        {
          best = ls_steal (&ranges);
          search->name = candidates[c].name;
        }
      ls_ranges_free (ranges);
      if (status != LS_OK)
        return status;
    }
  for (uint32_t parts = 2;
       other != NULL && parts < 2 * best->n_ranges && search->n_tries < search->max_tries;
       parts *= 2)
    LS_TRY (refine (search, best, other, parts, error));
  return LS_OK;
}

/* ---- Operators in float ---------------------------------------------------------------------- */

/* By how much the error of an operator's output is greater than that of its inputs, in dB. */
static double
loss_of (const LsModel *source, const LsComparison *comparison, const LsComparedTensor *tensor)
{
  const LsSubgraph *graph = ls_model_subgraph (source, 0);
  const LsOperator *op = &graph->ops[tensor->op];
  double before = 60;

  for (uint32_t i = 0; i < comparison->n_tensors; i++)
    for (uint32_t k = 0; k < op->n_inputs; k++)
      if (comparison->tensors[i].tensor_a == op->inputs[k])
        before = fmin (before, comparison->tensors[i].sqnr_db);
  return before - tensor->sqnr_db;
}

static bool
is_kept (const char *const *names, uint32_t count, const char *name)
{
  for (uint32_t i = 0; i < count; i++)
    if (strcmp (names[i], name) == 0)
      return true;
  return false;
}

/* The operator that adds most error and is not kept yet, by name, from malloc; NULL: none. */
static LsStatus
find_culprit (const Search *search, const char *const *names, uint32_t count, char **out,
              LsError *error)
{
  LsComparison comparison;
  const char *worst = NULL;
  double most = 0;

  *out = NULL;
  LS_TRY (ls_compare_samples (search->source, search->model, search->options->samples,
                              COMPARED_SAMPLES, 1, NULL, &comparison, error));
  for (uint32_t i = 0; i < comparison.n_tensors; i++)
    {
      const LsComparedTensor *tensor = &comparison.tensors[i];
      double loss = loss_of (search->source, &comparison, tensor);

      if (loss > most && !is_kept (names, count, tensor->name_a))
        {
          most = loss;
          worst = tensor->name_a;
        }
    }
  *out = worst != NULL ? strdup (worst) : NULL;
  ls_comparison_clear (&comparison);
  return worst == NULL || *out != NULL ? LS_OK : ls_fail_no_memory (error, "a name", 0);
}

/* Leaves one operator after the other in float. */
static LsStatus
keep_until (Search *search, char **names, uint32_t room, uint32_t *count, LsError *error)
{
  while (search->measured.all < search->options->min_sqnr && *count < room)
    {
      LsConvertOptions options = *search->options;
      bool is_better;

      LS_TRY (find_culprit (search, (const char *const *) names, *count, &names[*count], error));
      if (names[*count] == NULL)
        return LS_OK;
      ++*count;
      options.ranges = search->report.ranges;
      options.keep_float = (const char *const *) names;
      options.n_keep = *count;
      LS_TRY (try_options (search, &options, &is_better, error));
    }
  return LS_OK;
}

static LsStatus
keep_culprits (Search *search, LsError *error)
{
  uint32_t n_own = search->options->n_keep, count = n_own;
  uint32_t room = n_own + ls_model_subgraph (search->source, 0)->n_ops;
  LS_FREE char **names = calloc ((size_t) room + 1, sizeof *names);

  if (names == NULL)
    return ls_fail_no_memory (error, "names", room * sizeof *names);
  for (uint32_t i = 0; i < n_own; i++)
    names[i] = (char *) search->options->keep_float[i];

  LsStatus status = keep_until (search, names, room, &count, error);

  for (uint32_t i = n_own; i < count; i++)
    free (names[i]);
  if (status != LS_OK)
    return status;

  LsPassContext context = { .model = search->model, .report = &search->report };

  if (search->measured.all < search->options->min_sqnr)
    return ls_pass_note (&context, error,
                         "the outputs reach %.1f dB, not the %.1f dB that were asked for%s",
                         search->measured.all, search->options->min_sqnr,
                         search->options->float_io ? ""
                                                   : " (with float inputs and outputs, there may "
                                                     "be more: --io float32)");
  return ls_pass_report (&context, "keep-float", count - n_own, error,
                         "%u operators with the greatest errors stay in float: %.1f dB",
                         count - n_own, search->measured.all);
}

/* ---- All of it ------------------------------------------------------------------------------- */

static uint32_t
tries_for (const LsModel *model, uint32_t n_samples)
{
  const LsSubgraph *graph = ls_model_subgraph (model, 0);
  double macs = 1e6;

  for (uint32_t i = 0; i < graph->n_ops; i++)
    macs += (double) ls_op_macs (graph, &graph->ops[i]);

  double tries = most_macs / macs / n_samples;

  return tries > MAX_TRIES          ? MAX_TRIES
         : tries < N_CANDIDATES + 1 ? N_CANDIDATES + 1
                                    : (uint32_t) tries;
}

/* Fine steps have room for all that was seen, and an observer that was asked for is obeyed. */
static bool
has_choice_of_ranges (const LsConvertOptions *options)
{
  return options->improve && options->to != LS_TO_INT16X8
         && options->calibrate.observer == LS_OBSERVE_AUTO;
}

/* The search for ranges, with weights that are rounded each to the nearest. */
static LsStatus
search_ranges (Search *search, LsError *error)
{
  LsRanges *first = NULL;

  LS_TRY (ls_ranges_copy_for (search->report.ranges, NULL, &first, error));

  LsStatus status = try_observers (search, first, error);

  ls_ranges_free (first);
  return status;
}

/* Ranges are searched without the rounding, which takes long, and rounded for in the end. */
static LsStatus
search_around_rounding (Search *search, LsError *error)
{
  LsConvertOptions options = *search->options;
  Search own = *search;
  bool is_better;

  options.ranges = search->report.ranges;
  own.model = NULL;
  own.report = (LsConvertReport){ 0 };
  own.chosen.rounds = false;

  LsStatus status = try_options (&own, &options, &is_better, error);

  if (status == LS_OK)
    status = search_ranges (&own, error);
  search->n_tries = own.n_tries;
  if (status == LS_OK && own.name != NULL)
    {
      options.ranges = own.report.ranges;
      search->name = own.name;
      status = try_options (search, &options, &is_better, error);
    }
  ls_model_free (own.model);
  ls_convert_report_clear (&own.report);
  return status;
}

/* Rounds with half of the samples and measures with the other half; when that is better, all of
 * them are for rounding. */
static LsStatus
search_rounding (Search *search, LsError *error)
{
  uint32_t n = ls_samples_count (search->options->samples);
  LS_FREE bool *held_out = calloc ((size_t) n + 1, sizeof *held_out);
  LsConvertOptions options = *search->options;
  LsMeasured measured[2];

  if (held_out == NULL)
    return ls_fail_no_memory (error, "samples", n);
  ls_yardstick_hold_out (search->yardstick, held_out);
  for (int i = 0; i < 2; i++)
    {
      LS_AUTO (LsModel, ls_model_free) model = NULL;
      LsChosen chosen = { .is_known = true, .rounds = i > 0, .held_out = held_out };

      LS_TRY (
        ls_convert_once (search->source, &options, &chosen, search->progress, &model, NULL, error));
      LS_TRY (ls_yardstick_measure (search->yardstick, model, &measured[i], error));
    }
  search->chosen
    = (LsChosen){ .is_known = true, .rounds = measured[1].halves[1] > measured[0].halves[1] };
  LS_TRY (ls_convert_once (search->source, &options, &search->chosen, search->progress,
                           &search->model, &search->report, error));
  search->report.has_gains = true;
  search->report.gains[LS_GAIN_ADAPTIVE_ROUNDING]
    = (LsGain){ .choice = options.adaptive_rounding,
                .is_used = search->chosen.rounds,
                .n_samples = ls_yardstick_n_samples (search->yardstick) / 2,
                .without_db = measured[0].halves[1],
                .with_db = measured[1].halves[1] };
  return LS_OK;
}

/* The plain conversion, and beside it what is chosen with more time; the better one stays, over all
 * samples and not only over those that chose. */
static LsStatus
try_first (Search *search, LsError *error)
{
  LsConvertOptions plain = *search->options;
  bool is_better;

  plain.improve = false;
  LS_TRY (try_options (search, &plain, &is_better, error));
  search->first_db = search->measured.all;
  if (!search->options->improve)
    return LS_OK;

  LsChosen chosen = search->chosen;
  bool has_gains = search->report.has_gains;

  search->chosen = (LsChosen){ 0 };
  search->report.has_gains = false; /* not to be taken for those of the other */
  LS_TRY (try_options (search, search->options, &is_better, error));
  if (!is_better)
    {
      search->chosen = chosen;
      search->report.has_gains = has_gains;
    }
  return LS_OK;
}

static LsStatus
search_all (Search *search, LsError *error)
{
  LS_TRY (try_first (search, error));
  if (search->report.ranges == NULL)
    return LS_OK; /* it went from integers to integers */
  if (has_choice_of_ranges (search->options))
    LS_TRY (search->chosen.rounds ? search_around_rounding (search, error)
                                  : search_ranges (search, error));

  LsPassContext context = { .model = search->model, .report = &search->report };

  LS_TRY (ls_pass_report (
    &context, "search", search->n_tries, error,
    "%u conversions were measured over %u samples: %.1f dB became %.1f dB%s%s", search->n_tries,
    ls_yardstick_n_samples (search->yardstick), search->first_db, search->measured.all,
    search->name != NULL ? ", mostly " : "", search->name != NULL ? search->name : ""));
  return search->options->min_sqnr > 0 ? keep_culprits (search, error) : LS_OK;
}

LsStatus
ls_convert_search (const LsModel *model, const LsConvertOptions *options,
                   const LsProgress *progress, LsModel **out, LsConvertReport *report,
                   LsError *error)
{
  LS_AUTO (LsYardstick, ls_yardstick_free) yardstick = NULL;

  *out = NULL;
  LS_TRY (ls_yardstick_new (model, options->samples, &yardstick, error));

  Search search = { .source = model,
                    .options = options,
                    .progress = progress,
                    .yardstick = yardstick,
                    .max_tries = tries_for (model, ls_yardstick_n_samples (yardstick)) };
  LsStatus status
    = has_float_values (options) ? search_rounding (&search, error) : search_all (&search, error);

  if (status == LS_OK)
    *out = ls_steal (&search.model);
  ls_model_free (search.model);
  if (report != NULL && status == LS_OK)
    *report = search.report;
  else
    ls_convert_report_clear (&search.report);
  return status;
}
