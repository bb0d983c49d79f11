/* Timing a file, and comparing two models, on the samples. */
#include <math.h>
#include <string.h>

#include "graph.h"
#include "model/model.h"
#include "test.h"

static const char *samples;

static const char *
sample (const char *name)
{
  static char path[1024];

  snprintf (path, sizeof path, "%s/%s", samples, name);
  return path;
}

static void
count_run (void *data, uint32_t run, double us)
{
  uint32_t *n = data;

  CHECK (run == *n && us >= 0);
  (*n)++;
}

static void
bench_tells_what_it_measured (void)
{
  LsBenchOptions options
    = { .session = LS_SESSION_OPTIONS_INIT, .warmup = 1, .runs = 7, .per_op = true };
  LsBenchResult result;
  uint32_t n = 0;
  double share = 0;

  CHECK (ls_bench (sample ("digits.tflite"), &options, NULL, count_run, &n, &result, NULL)
         == LS_OK);
  CHECK (result.n_runs == 7 && n == 7 && result.load_us > 0 && result.prepare_us > 0);
  CHECK (result.min_us > 0 && result.min_us <= result.median_us);
  CHECK (result.median_us <= result.p90_us && result.p90_us <= result.p99_us);
  CHECK (result.p99_us <= result.max_us && result.mean_us >= result.min_us);
  CHECK (result.macs > 0 && result.gmacs_per_s > 0 && result.peak_rss_kib > 100);
  CHECK (result.arena_bytes > 0 && result.weights_bytes > 0 && result.n_ops > 3);
  for (uint32_t i = 0; i < result.n_ops; i++)
    {
      CHECK (result.ops[i].kind[0] != '\0' && result.ops[i].kernel[0] != '\0');
      share += result.ops[i].share;
    }
  CHECK (fabs (share - 1) < 1e-9);
  ls_bench_result_clear (&result);
}

static void
bench_goes_on_as_long_as_asked (void)
{
  LsBenchOptions options = { .session = LS_SESSION_OPTIONS_INIT, .min_secs = 0.02 };
  LsBenchResult result;
  double sum = 0;

  CHECK (ls_bench (sample ("digits-int8.tflite"), &options, NULL, NULL, NULL, &result, NULL)
         == LS_OK);
  for (uint32_t i = 0; i < result.n_runs; i++)
    sum += result.runs_us[i];
  CHECK (sum >= 20000 && result.n_ops == 0);
  ls_bench_result_clear (&result);
}

/* Counts the ticks of the runs before those that count. */
static bool
count_warmups (void *data, double fraction, const char *what)
{
  uint32_t *n = data;

  *n += strcmp (what, "warming up") == 0;
  return true;
}

static void
warmup_is_as_long_as_asked (void)
{
  LsBenchOptions options = LS_BENCH_OPTIONS_INIT;
  uint32_t n = 0;
  LsProgress progress = { count_warmups, &n };
  LsBenchResult result;

  options.runs = 1;
  CHECK (ls_bench (sample ("digits.tflite"), &options, &progress, NULL, NULL, &result, NULL)
         == LS_OK);
  CHECK (n == 5);
  ls_bench_result_clear (&result);
  n = 0;
  options.warmup = 0;
  CHECK (ls_bench (sample ("digits.tflite"), &options, &progress, NULL, NULL, &result, NULL)
         == LS_OK);
  CHECK (n == 0 && result.n_runs == 1);
  ls_bench_result_clear (&result);
}

static bool
refuse (void *data, double fraction, const char *what)
{
  return false;
}

static void
bench_fails_with_a_sentence (void)
{
  LsBenchOptions options = { .session = LS_SESSION_OPTIONS_INIT };
  LsProgress progress = { refuse, NULL };
  LsBenchResult result;
  LsError error = { 0 };

  CHECK (ls_bench (sample ("none.tflite"), &options, NULL, NULL, NULL, &result, &error) == LS_E_IO);
  CHECK (error.message[0] != '\0' && result.runs_us == NULL);
  CHECK (ls_bench (sample ("digits.tflite"), &options, &progress, NULL, NULL, &result, &error)
         == LS_E_CANCELLED);
  CHECK (result.runs_us == NULL);
}

static void
model_equals_itself (void)
{
  LsModel *model;
  LsComparison comparison;
  uint32_t n_outputs = 0;

  CHECK (ls_model_open (sample ("digits.tflite"), &model, NULL) == LS_OK);
  CHECK (ls_compare (model, model, NULL, 0, 5, 1, NULL, &comparison, NULL) == LS_OK);
  CHECK (comparison.n_tensors > 3);
  for (uint32_t i = 0; i < comparison.n_tensors; i++)
    {
      const LsComparedTensor *pair = &comparison.tensors[i];

      CHECK (pair->tensor_a == pair->tensor_b && pair->max_abs == 0 && pair->mean_abs == 0);
      CHECK (isinf (pair->sqnr_db) && pair->sqnr_db > 0 && fabs (pair->cosine - 1) < 1e-9);
      n_outputs += pair->is_output;
    }
  CHECK (n_outputs == 1);
  ls_comparison_clear (&comparison);
  ls_model_free (model);
}

/* x → RELU → TANH, in float or with 8 bits; both call their tensors the same. */
static LsModel *
curve_model (LsType type)
{
  static const float scale[] = { 1 / 128.0f };
  static const int64_t zero[] = { 0 };
  static const LsQuantization quant
    = { .n_scales = 1, .n_zero_points = 1, .scales = scale, .zero_points = zero };
  LsModel *model = graph_new ();

  for (uint32_t i = 0; i < 3; i++)
    {
      graph_value (model, 0, type, SHAPE (500));
      if (type == LS_TYPE_INT8)
        ls_model_tensor (model, 0, i)->quant = &quant;
    }
  graph_op (model, 0, LS_OP_RELU, TENSORS (0), TENSORS (1));
  graph_op (model, 0, LS_OP_TANH, TENSORS (1), TENSORS (2));
  graph_ports (model, 0, TENSORS (0), TENSORS (2));
  return model;
}

static void
quantized_model_is_near_its_original (void)
{
  LsModel *real = curve_model (LS_TYPE_FLOAT32), *stored = curve_model (LS_TYPE_INT8);
  LsComparison comparison;

  for (int swap = 0; swap < 2; swap++)
    {
      CHECK (ls_compare (swap ? stored : real, swap ? real : stored, NULL, 0, 1, 1, NULL,
                         &comparison, NULL)
             == LS_OK);
      CHECK (comparison.n_tensors == 2 && comparison.tensors[1].is_output);
      for (uint32_t i = 0; i < comparison.n_tensors; i++)
        {
          const LsComparedTensor *pair = &comparison.tensors[i];

          CHECK (pair->count == 500 && pair->max_magnitude > 0.7 && pair->max_magnitude < 1);
          /* The inputs are reals that both hold, so that RELU gives the same in both. */
          CHECK (pair->max_abs < 0.01 && (pair->max_abs == 0) == (i == 0) && pair->sqnr_db > 35);
          CHECK (pair->cosine > 0.999);
        }
      ls_comparison_clear (&comparison);
    }
  ls_model_free (real);
  ls_model_free (stored);
}

/* x → ADD @first → ADD 1 */
static LsModel *
sum_model (float first)
{
  static const float one = 1;
  LsModel *model = graph_new ();

  for (int i = 0; i < 3; i++)
    graph_value (model, 0, LS_TYPE_FLOAT32, SHAPE (500));

  const int32_t c = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (1), &first, sizeof first);
  const int32_t d = graph_constant (model, 0, LS_TYPE_FLOAT32, SHAPE (1), &one, sizeof one);

  graph_op (model, 0, LS_OP_ADD, TENSORS (0, c), TENSORS (1));
  graph_op (model, 0, LS_OP_ADD, TENSORS (1, d), TENSORS (2));
  graph_ports (model, 0, TENSORS (0), TENSORS (2));
  return model;
}

static uint64_t
sum_of (const uint64_t bins[LS_COMPARE_BINS])
{
  uint64_t sum = 0;

  for (int i = 0; i < LS_COMPARE_BINS; i++)
    sum += bins[i];
  return sum;
}

/* Both tensors differ, but only the first operator is to blame. */
static void
layer_that_adds_the_error_is_told_from_the_one_that_inherits_it (void)
{
  LsModel *a = sum_model (0.5f), *b = sum_model (0.75f);
  LsComparison comparison;

  CHECK (ls_compare_layers (a, b, NULL, 0, NULL, 0, 1, 1, NULL, &comparison, NULL) == LS_OK);
  CHECK (comparison.n_tensors == 2);

  const LsComparedTensor *first = &comparison.tensors[0], *second = &comparison.tensors[1];

  CHECK (first->layer != NULL && second->layer != NULL);
  CHECK (fabs (first->max_abs - 0.25) < 1e-6 && fabs (second->max_abs - 0.25) < 1e-6);
  CHECK (fabs (first->layer->max_abs - 0.25) < 1e-6);
  CHECK (fabs (first->layer->sqnr_db - first->sqnr_db) < 1e-6);
  CHECK (isinf (second->layer->sqnr_db) && second->layer->max_abs == 0);
  for (int i = 0; i < 2; i++)
    {
      const LsComparedLayer *layer = comparison.tensors[i].layer;

      CHECK (sum_of (layer->bins_a) == 500 && sum_of (layer->bins_b) == 500);
      CHECK (layer->low < layer->high && layer->bins_a[0] > 0 && layer->bins_b[0] == 0);
      CHECK (layer->bins_b[LS_COMPARE_BINS - 1] > 0 && layer->bins_a[LS_COMPARE_BINS - 1] == 0);
    }
  ls_comparison_clear (&comparison);
  ls_model_free (a);
  ls_model_free (b);
}

/* Another tool renames all tensors, or leaves them without names. */
static void
models_without_names_are_paired_by_their_operators (void)
{
  LsModel *a = sum_model (0.5f), *b = sum_model (0.75f);
  LsComparison comparison;

  for (int round = 0; round < 2; round++)
    {
      for (uint32_t i = 0; i < 5; i++)
        {
          ls_model_tensor (a, 0, i)->name = round == 0 ? ls_model_strdup (a, "") : "x";
          ls_model_tensor (b, 0, i)->name = round == 0 ? ls_model_strdup (b, "") : "y";
        }
      CHECK (ls_compare (a, b, NULL, 0, 1, 1, NULL, &comparison, NULL) == LS_OK);
      CHECK (comparison.n_tensors == 2 && comparison.tensors[0].tensor_b == 1);
      CHECK (fabs (comparison.tensors[0].max_abs - 0.25) < 1e-6);
      ls_comparison_clear (&comparison);
    }
  ls_model_free (a);
  ls_model_free (b);
}

static void
models_that_do_not_match_are_refused (void)
{
  LsModel *model = curve_model (LS_TYPE_FLOAT32), *other = curve_model (LS_TYPE_FLOAT32);
  LsComparison comparison;
  LsError error = { 0 };

  graph_ports (other, 0, TENSORS (0, 0), TENSORS (2));
  CHECK (ls_compare (model, other, NULL, 0, 1, 1, NULL, &comparison, &error) == LS_E_INVALID);
  CHECK (error.message[0] != '\0' && comparison.tensors == NULL);
  ls_model_free (other);
  CHECK (ls_model_open (sample ("digits.tflite"), &other, NULL) == LS_OK);
  CHECK (ls_compare (model, other, NULL, 0, 1, 1, NULL, &comparison, &error) == LS_E_INVALID);
  CHECK (strstr (error.message, "different inputs") != NULL);
  CHECK (strstr (error.message, "500") != NULL && strstr (error.message, "[1, 8, 8, 1]") != NULL);
  /* Floats take what the integers of the other are for. */
  ls_model_free (model);
  model = curve_model (LS_TYPE_INT8);
  CHECK (ls_compare (other, model, NULL, 0, 1, 1, NULL, &comparison, &error) == LS_E_INVALID);
  CHECK (strstr (error.message, "different inputs") != NULL);
  ls_model_free (model);
  ls_model_free (other);
}

int
main (int argc, char **argv)
{
  samples = argc > 1 ? argv[1] : "data/samples";
  RUN (bench_tells_what_it_measured);
  RUN (bench_goes_on_as_long_as_asked);
  RUN (warmup_is_as_long_as_asked);
  RUN (bench_fails_with_a_sentence);
  RUN (model_equals_itself);
  RUN (quantized_model_is_near_its_original);
  RUN (layer_that_adds_the_error_is_told_from_the_one_that_inherits_it);
  RUN (models_without_names_are_paired_by_their_operators);
  RUN (models_that_do_not_match_are_refused);
  return done ();
}
