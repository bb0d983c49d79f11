/* litesmith bench */
#include "cli.h"

#include <errno.h>
#include <string.h>

static const CliOption options[] = {
  { "threads", 't', "N", "Threads to compute with (default 1).", NULL },
  { "warmup", '\0', "N", "Runs before the timed ones (default 5).", NULL },
  { "runs", '\0', "N",
    "Timed runs, at least (default 50; with --min-secs 20, fewer of a slow model).", NULL },
  { "min-secs", '\0', "S", "Goes on until this long was measured.", NULL },
  { "mode", '\0', "MODE",
    "exact gives the bytes of LiteRT's reference kernels; fast may be one step "
    "away in each operator, and quicker.",
    "exact fast" },
  { "signature", '\0', "KEY", "Times this signature.", NULL },
  { "seed", '\0', "N", "Fills the inputs (default 0).", NULL },
  { "per-op", '\0', NULL, "Also times every operator, in runs of their own.", NULL },
  { "csv", '\0', "FILE", "Writes every timed run, or with --per-op every operator, as CSV.", NULL },
  CLI_MEMORY_OPTION,
  CLI_JSON_OPTION,
  CLI_OPTIONS_END,
};

/* ---- JSON ------------------------------------------------------------------------------------ */

static void
json_ops (CliJson *json, const LsBenchResult *result)
{
  cli_json_open (json, "ops", '[');
  for (uint32_t i = 0; i < result->n_ops; i++)
    {
      const LsBenchOp *op = &result->ops[i];

      cli_json_open (json, NULL, '{');
      cli_json_uint (json, "index", op->op);
      cli_json_string (json, "kind", op->kind);
      cli_json_string (json, "name", op->name);
      cli_json_string (json, "kernel", op->kernel);
      cli_json_real (json, "median_us", op->median_us);
      cli_json_real (json, "share", op->share);
      cli_json_uint (json, "macs", op->macs);
      cli_json_uint (json, "bytes", op->bytes);
      cli_json_close (json);
    }
  cli_json_close (json);
}

static int
print_json (const CliArgs *args, const LsBenchOptions *bench, const LsBenchResult *result)
{
  CliJson *json = cli_json_new ();
  const struct
  {
    const char *key;
    double value;
  } times[] = {
    { "load_us", result->load_us },     { "prepare_us", result->prepare_us },
    { "first_us", result->first_us },   { "min_us", result->min_us },
    { "median_us", result->median_us }, { "mean_us", result->mean_us },
    { "p90_us", result->p90_us },       { "p99_us", result->p99_us },
    { "max_us", result->max_us },       { "stddev_us", result->stddev_us },
  };

  cli_json_open (json, NULL, '{');
  cli_json_string (json, "model", args->positional[0]);
  cli_json_uint (json, "threads", bench->session.n_threads);
  cli_json_string (json, "isa", ls_isa_name ());
  cli_json_string (json, "mode", bench->session.mode == LS_MODE_FAST ? "fast" : "exact");
  for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
    cli_json_real (json, times[i].key, times[i].value);
  cli_json_uint (json, "peak_rss_kib", result->peak_rss_kib);
  cli_json_uint (json, "arena_bytes", result->arena_bytes);
  cli_json_uint (json, "weights_bytes", result->weights_bytes);
  cli_json_uint (json, "macs", result->macs);
  cli_json_real (json, "gmacs_per_s", result->gmacs_per_s);
  cli_json_open_row (json, "runs", '[');
  for (uint32_t i = 0; i < result->n_runs; i++)
    cli_json_real (json, NULL, result->runs_us[i]);
  cli_json_close (json);
  if (bench->per_op)
    json_ops (json, result);
  return cli_json_finish (json, stdout);
}

/* ---- CSV ------------------------------------------------------------------------------------- */

/* A field in quotes, with quotes in it doubled. */
static void
put_field (FILE *file, const char *text)
{
  CLI_FREE char *clean = cli_clean (text, 1000);

  putc ('"', file);
  for (const char *at = clean; *at != '\0'; at++)
    {
      if (*at == '"')
        putc ('"', file);
      putc (*at, file);
    }
  putc ('"', file);
}

static void
put_csv (FILE *file, bool per_op, const LsBenchResult *result)
{
  char number[CLI_NUMBER_SIZE];

  fputs (per_op ? "index,kind,name,kernel,median_us,share,macs,bytes\n" : "run,us\n", file);
  for (uint32_t i = 0; !per_op && i < result->n_runs; i++)
    fprintf (file, "%u,%s\n", i, cli_format_double (result->runs_us[i], number));
  for (uint32_t i = 0; per_op && i < result->n_ops; i++)
    {
      const LsBenchOp *op = &result->ops[i];

      fprintf (file, "%u,", op->op);
      put_field (file, op->kind);
      putc (',', file);
      put_field (file, op->name);
      putc (',', file);
      put_field (file, op->kernel);
      fprintf (file, ",%s,", cli_format_double (op->median_us, number));
      fprintf (file, "%s,%llu,%llu\n", cli_format_double (op->share, number),
               (unsigned long long) op->macs, (unsigned long long) op->bytes);
    }
}

static int
write_csv (const char *path, bool per_op, const LsBenchResult *result)
{
  CliFile file;

  if (!cli_file_open (&file, path))
    return CLI_FAILED;
  put_csv (file.stream, per_op, result);
  return cli_file_commit (&file);
}

/* ---- Text ------------------------------------------------------------------------------------ */

/* The runs in their order, from the fastest at the bottom to the 99th percentile. */
static void
print_sparkline (const LsBenchResult *result)
{
  static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
  uint32_t n = result->n_runs < 60 ? result->n_runs : 60;
  double low = result->min_us, range = result->p99_us - low;

  if (n < 2)
    return;
  printf ("%-13s ", "Each run");
  for (uint32_t i = 0; i < n; i++)
    {
      double sum = 0;
      uint32_t begin = (uint32_t) ((uint64_t) i * result->n_runs / n);
      uint32_t end = (uint32_t) ((uint64_t) (i + 1) * result->n_runs / n);

      for (uint32_t k = begin; k < end; k++)
        sum += result->runs_us[k];

      double height = range > 0 ? (sum / (end - begin) - low) / range * 8 : 0;

      fputs (blocks[height < 0 ? 0 : height < 8 ? (int) height : 7], stdout);
    }
  putchar ('\n');
}

static void
print_ops (const LsBenchResult *result)
{
  CliTable *table = cli_table_new ("rlllrrr");
  static const char *const heads[]
    = { "#", "operator", "name", "kernel", "median µs", "share", "GMAC/s" };

  for (int i = 0; i < 7; i++)
    cli_table_add (table, "%s", heads[i]);
  for (uint32_t i = 0; i < result->n_ops; i++)
    {
      const LsBenchOp *op = &result->ops[i];
      CLI_FREE char *name = cli_clean (op->name, 50);

      cli_table_add (table, "%u", op->op);
      cli_table_add (table, "%s", op->kind);
      cli_table_add (table, "%s", name);
      cli_table_add (table, "%s", op->kernel);
      cli_table_add (table, "%.2f", op->median_us);
      cli_table_add (table, "%.1f %%", 100 * op->share);
      if (op->macs > 0 && op->median_us > 0)
        cli_table_add (table, "%.2f", (double) op->macs / op->median_us / 1e3);
      else
        cli_table_add (table, "%s", "");
    }
  putchar ('\n');
  cli_table_print (table, stdout);
  cli_table_free (table);
}

static int
print_text (const LsBenchOptions *bench, const LsBenchResult *result)
{
  char a[CLI_NUMBER_SIZE], b[CLI_NUMBER_SIZE];

  printf ("%-13s %u, %s kernels, %s\n", "Threads", bench->session.n_threads, ls_isa_name (),
          bench->session.mode == LS_MODE_FAST ? "fast" : "exact");
  printf ("%-13s load %.1f ms, prepare %.1f ms, first run %.3f ms\n", "Start",
          result->load_us / 1e3, result->prepare_us / 1e3, result->first_us / 1e3);
  printf ("%-13s %.3f ms median of %u runs (%.3f … %.3f, mean %.3f ± %.3f)\n", "Inference",
          result->median_us / 1e3, result->n_runs, result->min_us / 1e3, result->max_us / 1e3,
          result->mean_us / 1e3, result->stddev_us / 1e3);
  printf ("%-13s 90 %% under %.3f ms, 99 %% under %.3f ms\n", "Percentiles", result->p90_us / 1e3,
          result->p99_us / 1e3);
  print_sparkline (result);
  printf ("%-13s %s for activations, %s for weights; the process held %s at most\n", "Memory",
          cli_format_bytes (result->arena_bytes, a), cli_format_bytes (result->weights_bytes, b),
          cli_format_bytes (result->peak_rss_kib * 1024, (char[CLI_NUMBER_SIZE]){ 0 }));
  if (result->macs > 0)
    printf ("%-13s %s multiply-adds, %.2f billion a second\n", "Work",
            cli_format_count (result->macs, a), result->gmacs_per_s);
  if (bench->per_op)
    print_ops (result);
  return CLI_DONE;
}

/* ---- The command ----------------------------------------------------------------------------- */

static bool
read_options (const CliArgs *args, LsBenchOptions *out)
{
  uint64_t threads = 1, warmup, runs = 0;
  int mode = cli_word (args, "mode");

  *out = (LsBenchOptions) LS_BENCH_OPTIONS_INIT;
  warmup = out->warmup;
  if (mode < 0 || !cli_uint (args, "threads", 1, 1024, &threads)
      || !cli_uint (args, "warmup", 0, UINT32_MAX, &warmup)
      || !cli_uint (args, "runs", 1, UINT32_MAX, &runs)
      || !cli_uint (args, "seed", 0, UINT64_MAX, &out->seed)
      || !cli_real (args, "min-secs", 0, 1e6, &out->min_secs))
    return false;
  out->session.n_threads = (uint32_t) threads;
  out->session.mode = (LsMode) mode;
  out->session.signature = cli_value (args, "signature", NULL);
  out->session.seed = out->seed;
  out->warmup = (uint32_t) warmup;
  out->runs = (uint32_t) runs;
  out->per_op = cli_has (args, "per-op");
  return true;
}

static int
report (const CliArgs *args, const LsBenchOptions *bench, const LsBenchResult *result)
{
  const char *csv = cli_value (args, "csv", NULL);
  int status = csv != NULL ? write_csv (csv, bench->per_op, result) : CLI_DONE;

  if (status != CLI_DONE)
    return status;
  return cli_has (args, "json") ? print_json (args, bench, result) : print_text (bench, result);
}

static int
run (const CliArgs *args)
{
  LsBenchOptions bench;
  LsBenchResult result;
  LsError error = { 0 };
  CliProgress progress;

  if (!read_options (args, &bench)
      || !cli_may_write (args, args->positional[0], cli_value (args, "csv", "")))
    return CLI_USAGE;
  cli_progress_begin (&progress);

  LsStatus done
    = ls_bench (args->positional[0], &bench, &progress.progress, NULL, NULL, &result, &error);

  cli_progress_end (&progress);
  if (done != LS_OK)
    {
      /* Opened again only to name what the error concerns. */
      CLI_MODEL LsModel *model = NULL;

      if (error.op >= 0 || error.tensor >= 0)
        ls_model_open (args->positional[0], &model, NULL);
      return cli_fail (args->positional[0], model, &error);
    }

  int status = report (args, &bench, &result);

  ls_bench_result_clear (&result);
  return status;
}

const CliCommand cli_bench_command = {
  .name = "bench",
  .arguments = "MODEL",
  .summary = "Time inference: percentiles, memory, and operator by operator.",
  .min_args = 1,
  .max_args = 1,
  .options = options,
  .examples = "  litesmith bench model.tflite\n"
              "  litesmith bench --threads 2 --per-op model.tflite\n",
  .run = run,
};
