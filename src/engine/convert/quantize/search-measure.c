/* Measuring models against what their source gives. */
#include <math.h>
#include <string.h>

#include "base/size.h"
#include "convert/quantize/search.h"
#include "runtime/reals.h"
#include "runtime/runtime.h"

enum
{
  MAX_SAMPLES = 32,
  MAX_BYTES = 64 << 20 /* of outputs that are kept */
};

/* An output counts for no less and no more than this: one that is hopeless, or exact, must not hide
 * the others. */
static const double least_db = -10, most_db = 70;

/* In dB: less is not worth another choice. */
static const double least_gain = 0.05;

struct LsYardstick
{
  const LsSamples *samples;
  uint32_t n_inputs, n_outputs, n_samples;
  size_t *counts; /* by output: values of a sample */
  float **wanted; /* by sample, then output */
};

static uint32_t
sample_at (const LsYardstick *yardstick, uint32_t index)
{
  uint64_t all = ls_samples_count (yardstick->samples);

  return (uint32_t) (index * all / yardstick->n_samples);
}

void
ls_yardstick_hold_out (const LsYardstick *yardstick, bool *held_out)
{
  for (uint32_t s = 1; s < yardstick->n_samples; s += 2)
    held_out[sample_at (yardstick, s)] = true;
}

/* One sample through a session. */
static LsStatus
run_sample (const LsYardstick *yardstick, uint32_t index, LsSession *session, LsError *error)
{
  uint32_t n = yardstick->n_inputs;
  LS_FREE LsArray *inputs = calloc (n, sizeof *inputs);

  if (inputs == NULL)
    return ls_fail_no_memory (error, "a sample", n * sizeof *inputs);
  LS_TRY (ls_samples_load (yardstick->samples, sample_at (yardstick, index), inputs, error));

  LsStatus status = ls_session_reset (session, error);

  for (uint32_t i = 0; i < n; i++)
    {
      if (status == LS_OK)
        status = ls_session_set_real (session, i, &inputs[i], error);
      ls_array_clear (&inputs[i]);
    }
  return status == LS_OK ? ls_session_run (session, error) : status;
}

static LsStatus
output_reals (const LsSession *session, uint32_t index, LsArray *view, LsReals *out, LsError *error)
{
  LsPort port;

  LS_TRY (ls_session_get_output (session, index, view, error));
  ls_session_output (session, index, &port);
  *out = ls_reals (view, port.quant);
  return LS_OK;
}

/* Indices and texts have no noise. */
static bool
is_real (const LsSession *session, uint32_t index)
{
  LsPort port;

  return ls_session_output (session, index, &port)
         && (ls_type_is_float (port.type) || (port.quant != NULL && port.quant->n_scales > 0));
}

/* ---- What is wanted -------------------------------------------------------------------------- */

/* Keeps the outputs of a sample; those that are no real numbers stay NULL. */
static LsStatus
keep_outputs (LsYardstick *yardstick, uint32_t sample, const LsSession *session, LsError *error)
{
  for (uint32_t i = 0; i < yardstick->n_outputs; i++)
    {
      float **place = &yardstick->wanted[(size_t) sample * yardstick->n_outputs + i];
      LsArray view;
      LsReals reals;

      if (!is_real (session, i))
        continue;
      LS_TRY (output_reals (session, i, &view, &reals, error));

      size_t count = ls_array_count (&view);

      *place = calloc (count + 1, sizeof **place);
      if (*place == NULL)
        return ls_fail_no_memory (error, "outputs", count * sizeof **place);
      if (sample == 0)
        yardstick->counts[i] = count;
      else if (yardstick->counts[i] != count)
        yardstick->counts[i] = 0; /* of no fixed size: not measured */
      for (size_t k = 0; k < count; k++)
        {
          double value;

          ls_reals_get (&reals, k, k + 1, &value);
          (*place)[k] = (float) value;
        }
    }
  return LS_OK;
}

static LsStatus
run_source (LsYardstick *yardstick, LsSession *session, LsError *error)
{
  for (uint32_t s = 0; s < yardstick->n_samples; s++)
    {
      LS_TRY (run_sample (yardstick, s, session, error));
      LS_TRY (keep_outputs (yardstick, s, session, error));
      if (s > 0)
        continue;

      size_t n_bytes = sizeof (float);

      for (uint32_t i = 0; i < yardstick->n_outputs; i++)
        n_bytes += yardstick->counts[i] * sizeof (float);
      if (n_bytes > MAX_BYTES / yardstick->n_samples)
        yardstick->n_samples = MAX_BYTES / n_bytes > 0 ? (uint32_t) (MAX_BYTES / n_bytes) : 1;
    }
  return LS_OK;
}

LsStatus
ls_yardstick_new (const LsModel *source, const LsSamples *samples, LsYardstick **out,
                  LsError *error)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LS_AUTO (LsSession, ls_session_free) session = NULL;
  LS_AUTO (LsYardstick, ls_yardstick_free) yardstick = calloc (1, sizeof *yardstick);

  *out = NULL;
  if (yardstick == NULL)
    return ls_fail_no_memory (error, "a measure", sizeof *yardstick);
  LS_TRY (ls_session_new (source, &options, &session, error));
  yardstick->samples = samples;
  yardstick->n_inputs = ls_samples_n_inputs (samples);
  yardstick->n_outputs = ls_session_n_outputs (session);
  yardstick->n_samples = ls_samples_count (samples);
  if (yardstick->n_samples > MAX_SAMPLES)
    yardstick->n_samples = MAX_SAMPLES;
  yardstick->counts = calloc ((size_t) yardstick->n_outputs + 1, sizeof *yardstick->counts);
  yardstick->wanted
    = calloc ((size_t) MAX_SAMPLES * yardstick->n_outputs + 1, sizeof *yardstick->wanted);
  if (yardstick->counts == NULL || yardstick->wanted == NULL)
    return ls_fail_no_memory (error, "a measure", yardstick->n_outputs);
  LS_TRY (run_source (yardstick, session, error));
  *out = ls_steal (&yardstick);
  return LS_OK;
}

void
ls_yardstick_free (LsYardstick *yardstick)
{
  if (yardstick == NULL)
    return;
  for (size_t i = 0; yardstick->wanted != NULL && i < (size_t) MAX_SAMPLES * yardstick->n_outputs;
       i++)
    free (yardstick->wanted[i]);
  free (yardstick->wanted);
  free (yardstick->counts);
  free (yardstick);
}

uint32_t
ls_yardstick_n_samples (const LsYardstick *yardstick)
{
  return yardstick->n_samples;
}

/* ---- Measuring ------------------------------------------------------------------------------- */

typedef struct
{
  double signal, noise;
} Sums;

static LsStatus
add_outputs (const LsYardstick *yardstick, uint32_t sample, const LsSession *session, Sums *sums,
             LsError *error)
{
  for (uint32_t i = 0; i < yardstick->n_outputs && i < ls_session_n_outputs (session); i++)
    {
      const float *wanted = yardstick->wanted[(size_t) sample * yardstick->n_outputs + i];
      LsArray view;
      LsReals reals;

      if (wanted == NULL || yardstick->counts[i] == 0)
        continue;
      LS_TRY (output_reals (session, i, &view, &reals, error));
      if (ls_array_count (&view) != yardstick->counts[i])
        return ls_fail (error, LS_E_INVALID, -1, "output %u changed its size", i);
      for (size_t k = 0; k < yardstick->counts[i]; k++)
        {
          double value, x = wanted[k];

          ls_reals_get (&reals, k, k + 1, &value);
          if (!isfinite (x))
            continue;
          sums[i].signal += x * x;
          sums[i].noise += (x - value) * (x - value);
        }
    }
  return LS_OK;
}

static double
mean_db (const Sums *sums, uint32_t count)
{
  double sum = 0;
  uint32_t n = 0;

  for (uint32_t i = 0; i < count; i++)
    {
      if (sums[i].signal <= 0)
        continue;

      double db = sums[i].noise > 0 ? 10 * log10 (sums[i].signal / sums[i].noise) : most_db;

      sum += isnan (db) ? least_db : fmin (fmax (db, least_db), most_db);
      n++;
    }
  return n > 0 ? sum / n : 0;
}

LsStatus
ls_yardstick_measure (const LsYardstick *yardstick, const LsModel *model, LsMeasured *out,
                      LsError *error)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LS_AUTO (LsSession, ls_session_free) session = NULL;
  uint32_t n = yardstick->n_outputs;
  LS_FREE Sums *sums = calloc (2 * (size_t) n + 1, sizeof *sums);

  *out = (LsMeasured){ 0 };
  if (sums == NULL)
    return ls_fail_no_memory (error, "a measure", n * sizeof *sums);
  LS_TRY (ls_session_new (model, &options, &session, error));
  for (uint32_t s = 0; s < yardstick->n_samples; s++)
    {
      LS_TRY (run_sample (yardstick, s, session, error));
      LS_TRY (add_outputs (yardstick, s, session, sums + (s % 2) * n, error));
    }
  out->halves[0] = mean_db (sums, n);
  out->halves[1] = mean_db (sums + n, n);
  for (uint32_t i = 0; i < n; i++)
    {
      sums[i].signal += sums[n + i].signal;
      sums[i].noise += sums[n + i].noise;
    }
  out->all = mean_db (sums, n);
  return LS_OK;
}

bool
ls_measured_is_better (const LsMeasured *now, const LsMeasured *before)
{
  return now->all > before->all + least_gain && now->halves[0] > before->halves[0]
         && now->halves[1] > before->halves[1];
}
