/* Timing a model. */
#include "runtime/runtime.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "runtime/clock.h"

enum
{
  DEFAULT_RUNS = 50,
  RUNS_OF_A_BLOCK = 20, /* with min_secs: unless they take too long */
  PROFILED_RUNS = 50,
  TICK_NS = 50000000 /* between two calls of the progress function */
};

typedef struct
{
  const LsBenchOptions *options;
  const LsProgress *progress;
  void (*on_run) (void *data, uint32_t run, double us);
  void *on_run_data;
  LsSession *session;
  LsBenchResult *out;
  uint32_t capacity;
} Bench;

static double
us_since (uint64_t then)
{
  return (double) (ls_now_ns () - then) / 1e3;
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* Of sorted numbers, between neighbours as numpy does it. */
static double
quantile (const double *sorted, uint32_t count, double q)
{
  double position = q * (count - 1);
  uint32_t below = (uint32_t) position;
  double rest = position - below;

  return below + 1 < count ? sorted[below] * (1 - rest) + sorted[below + 1] * rest : sorted[below];
}

static LsStatus
grow_runs (Bench *bench, LsError *error)
{
  uint32_t capacity = bench->capacity > 0 ? bench->capacity * 2 : 1024;
  double *runs = realloc (bench->out->runs_us, capacity * sizeof *runs);

  if (runs == NULL)
    return ls_fail_no_memory (error, "the times", capacity * sizeof *runs);
  bench->out->runs_us = runs;
  bench->capacity = capacity;
  return LS_OK;
}

/* How many runs are enough, and after how long fewer are. */
static uint32_t
least_runs (const LsBenchOptions *options, double *most_us)
{
  double min_us = options->min_secs * 1e6;

  *most_us = INFINITY;
  if (options->runs > 0 || min_us <= 0)
    return options->runs > 0 ? options->runs : DEFAULT_RUNS;
  *most_us = min_us > 0.25e6 ? 4 * min_us : 1e6;
  return RUNS_OF_A_BLOCK;
}

/* What happens between two runs and takes time of its own. */
static LsStatus
report_run (Bench *bench, double done, uint64_t now, uint64_t *ticked, LsError *error)
{
  LsBenchResult *out = bench->out;

  if (bench->on_run != NULL)
    bench->on_run (bench->on_run_data, out->n_runs - 1, out->runs_us[out->n_runs - 1]);
  if (now - *ticked >= TICK_NS)
    {
      *ticked = now;
      if (!ls_tick (bench->progress, done < 1 ? done : 1, "timing"))
        return ls_fail_cancelled (error);
    }
  return out->n_runs == bench->capacity ? grow_runs (bench, error) : LS_OK;
}

/* The timed runs: at least as many as asked for, and as long. The end of one is the beginning of
 * the next, so that reading the clock is not most of the time of small models. */
static LsStatus
time_runs (Bench *bench, LsError *error)
{
  LsBenchResult *out = bench->out;
  double min_us = bench->options->min_secs * 1e6, most_us, total_us = 0;
  uint32_t least = least_runs (bench->options, &most_us);

  LS_TRY (grow_runs (bench, error));

  uint64_t began = ls_now_ns (), ticked = began;

  while ((out->n_runs < least && total_us < most_us) || total_us < min_us)
    {
      LS_TRY (ls_session_run (bench->session, error));

      uint64_t ended = ls_now_ns ();
      double us = (double) (ended - began) / 1e3;

      total_us += us;
      out->runs_us[out->n_runs++] = us;
      began = ended;
      if (bench->on_run == NULL && ended - ticked < TICK_NS && out->n_runs < bench->capacity)
        continue;

      double by_count = out->n_runs / (double) least, by_time = total_us / min_us;

      LS_TRY (report_run (bench, min_us > 0 && by_time < by_count ? by_time : by_count, ended,
                          &ticked, error));
      began = ls_now_ns ();
    }
  return LS_OK;
}

static LsStatus
summarize_runs (LsBenchResult *out, LsError *error)
{
  uint32_t n = out->n_runs;
  LS_FREE double *sorted = malloc (n * sizeof *sorted);
  double sum = 0, squares = 0;

  if (sorted == NULL)
    return ls_fail_no_memory (error, "the times", n * sizeof *sorted);
  memcpy (sorted, out->runs_us, n * sizeof *sorted);
  qsort (sorted, n, sizeof *sorted, compare_doubles);
  for (uint32_t i = 0; i < n; i++)
    sum += sorted[i];
  out->mean_us = sum / n;
  for (uint32_t i = 0; i < n; i++)
    squares += (sorted[i] - out->mean_us) * (sorted[i] - out->mean_us);
  out->stddev_us = n > 1 ? sqrt (squares / (n - 1)) : 0;
  out->min_us = sorted[0];
  out->max_us = sorted[n - 1];
  out->median_us = quantile (sorted, n, 0.5);
  out->p90_us = quantile (sorted, n, 0.9);
  out->p99_us = quantile (sorted, n, 0.99);
  return LS_OK;
}

/* High-water mark of resident memory. VmHWM is this program's own; ru_maxrss may be that of the
 * process which started it. */
static uint64_t
peak_rss_kib (void)
{
  FILE *status = fopen ("/proc/self/status", "re");
  char line[256];
  unsigned long long kib = 0;

  while (status != NULL && fgets (line, sizeof line, status) != NULL)
    if (sscanf (line, "VmHWM: %llu", &kib) == 1)
      break;
  if (status != NULL)
    fclose (status);
  if (kib == 0)
    {
      struct rusage usage;

      if (getrusage (RUSAGE_SELF, &usage) == 0)
        kib = (unsigned long long) usage.ru_maxrss;
    }
  return kib;
}

static LsStatus
copy_steps (Bench *bench, LsError *error)
{
  LsBenchResult *out = bench->out;
  uint32_t n = ls_session_n_steps (bench->session);

  out->ops = calloc ((size_t) n + 1, sizeof *out->ops);
  if (out->ops == NULL)
    return ls_fail_no_memory (error, "the operators", n * sizeof *out->ops);
  for (uint32_t i = 0; i < n; i++)
    {
      LsBenchOp *op = &out->ops[i];
      LsStepInfo info = { 0 };

      ls_session_step (bench->session, i, &info);
      out->macs += info.macs;
      if (!bench->options->per_op)
        continue;
      out->n_ops++;
      *op = (LsBenchOp){ .op = info.op,
                         .kind = strdup (info.kind),
                         .name = strdup (info.name),
                         .kernel = strdup (info.kernel),
                         .macs = info.macs,
                         .bytes = info.bytes };
      if (op->kind == NULL || op->name == NULL || op->kernel == NULL)
        return ls_fail_no_memory (error, "the operators", n * sizeof *out->ops);
    }
  return LS_OK;
}

/* Runs of their own: reading the clock around every operator would show in the other times. */
static LsStatus
profile_ops (Bench *bench, LsError *error)
{
  LsBenchResult *out = bench->out;
  uint32_t n_runs = PROFILED_RUNS < out->n_runs ? PROFILED_RUNS : out->n_runs;
  size_t count;
  double sum = 0;

  if (!ls_mul (&count, n_runs, out->n_ops))
    return ls_fail_no_memory (error, "the operators' times", SIZE_MAX);

  LS_FREE double *times = calloc (count + 1, sizeof *times);

  if (times == NULL)
    return ls_fail_no_memory (error, "the operators' times", count * sizeof *times);
  bench->session->options.profile = true;
  for (uint32_t r = 0; r < n_runs; r++)
    {
      LsStepInfo info;

      LS_TRY (ls_session_run (bench->session, error));
      for (uint32_t i = 0; i < out->n_ops && ls_session_step (bench->session, i, &info); i++)
        times[(size_t) i * n_runs + r] = info.last_us;
      if (!ls_tick (bench->progress, -1, "timing each operator"))
        return ls_fail_cancelled (error);
    }
  for (uint32_t i = 0; i < out->n_ops; i++)
    {
      qsort (times + (size_t) i * n_runs, n_runs, sizeof *times, compare_doubles);
      out->ops[i].median_us = quantile (times + (size_t) i * n_runs, n_runs, 0.5);
      sum += out->ops[i].median_us;
    }
  for (uint32_t i = 0; i < out->n_ops; i++)
    out->ops[i].share = sum > 0 ? out->ops[i].median_us / sum : 0;
  return LS_OK;
}

static LsStatus
bench_session (Bench *bench, LsError *error)
{
  const LsBenchOptions *options = bench->options;
  LsBenchResult *out = bench->out;

  for (uint32_t i = 0; i < ls_session_n_inputs (bench->session); i++)
    LS_TRY (ls_session_fill_input (bench->session, i, options->seed + i, error));

  if (!ls_tick (bench->progress, 0, "first run"))
    return ls_fail_cancelled (error);

  uint64_t began = ls_now_ns ();

  LS_TRY (ls_session_run (bench->session, error));
  out->first_us = us_since (began);
  for (uint32_t i = 0; i < options->warmup; i++)
    {
      if (!ls_tick (bench->progress, 0, "warming up"))
        return ls_fail_cancelled (error);
      LS_TRY (ls_session_run (bench->session, error));
    }
  LS_TRY (time_runs (bench, error));
  LS_TRY (summarize_runs (out, error));
  LS_TRY (copy_steps (bench, error));
  out->arena_bytes = ls_session_arena_bytes (bench->session);
  out->weights_bytes = ls_session_weights_bytes (bench->session);
  out->peak_rss_kib = peak_rss_kib ();
  if (out->median_us > 0)
    out->gmacs_per_s = (double) out->macs / out->median_us / 1e3;
  return options->per_op ? profile_ops (bench, error) : LS_OK;
}

LsStatus
ls_bench (const char *path, const LsBenchOptions *options, const LsProgress *progress,
          void (*on_run) (void *data, uint32_t run, double us), void *on_run_data,
          LsBenchResult *out, LsError *error)
{
  LS_AUTO (LsModel, ls_model_free) model = NULL;
  LS_AUTO (LsSession, ls_session_free) session = NULL;
  Bench bench = { options, progress, on_run, on_run_data, NULL, out, 0 };
  uint64_t began = ls_now_ns ();

  memset (out, 0, sizeof *out);
  LS_TRY (ls_model_open (path, &model, error));
  out->load_us = us_since (began);
  began = ls_now_ns ();
  LS_TRY (ls_session_new (model, &options->session, &session, error));
  out->prepare_us = us_since (began);
  bench.session = session;

  LsStatus status = bench_session (&bench, error);

  if (status != LS_OK)
    ls_bench_result_clear (out);
  return status;
}

void
ls_bench_result_clear (LsBenchResult *result)
{
  for (uint32_t i = 0; i < result->n_ops; i++)
    {
      free (result->ops[i].kind);
      free (result->ops[i].name);
      free (result->ops[i].kernel);
    }
  free (result->ops);
  free (result->runs_us);
  memset (result, 0, sizeof *result);
}
