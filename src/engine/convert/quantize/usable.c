#include "convert/quantize/usable.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "model/samples.h"
#include "runtime/reals.h"

enum
{
  NAMED = 3 /* in a sentence */
};

/* Which input of the sample is no good; the number of inputs: none. */
static LsStatus
look_at (const LsSamples *samples, uint32_t index, LsArray *inputs, uint32_t *culprit,
         LsError *error)
{
  const uint32_t n = ls_samples_n_inputs (samples);

  LS_TRY (ls_samples_load (samples, index, inputs, error));
  *culprit = n;
  for (uint32_t i = 0; i < n; i++)
    {
      if (*culprit == n && !ls_array_is_finite (&inputs[i]))
        *culprit = i;
      ls_array_clear (&inputs[i]);
    }
  return LS_OK;
}

typedef struct
{
  bool *left_out; /* by sample */
  uint32_t n_left_out, input;
  char names[120]; /* of the first */
} Found;

static void
add_name (const LsSamples *samples, uint32_t index, Found *found)
{
  const size_t at = strlen (found->names);
  char name[60];

  if (found->n_left_out >= NAMED)
    return;
  ls_samples_name (samples, index, name, sizeof name);
  snprintf (found->names + at, sizeof found->names - at, "%s%s", at > 0 ? ", " : "", name);
}

static LsStatus
look_at_all (const LsSamples *samples, const LsProgress *progress, Found *found, LsError *error)
{
  const uint32_t n_inputs = ls_samples_n_inputs (samples), n = ls_samples_count (samples);
  LS_FREE LsArray *inputs = calloc ((size_t) n_inputs + 1, sizeof *inputs);

  if (inputs == NULL)
    return ls_fail_no_memory (error, "a sample", n_inputs * sizeof *inputs);
  for (uint32_t i = 0; i < n; i++)
    {
      uint32_t culprit;

      if (!ls_tick (progress, -1, "reading the samples"))
        return ls_fail_cancelled (error);
      LS_TRY (look_at (samples, i, inputs, &culprit, error));
      if (culprit == n_inputs)
        continue;
      add_name (samples, i, found);
      found->left_out[i] = true;
      if (found->n_left_out++ == 0)
        found->input = culprit;
    }
  return LS_OK;
}

LsStatus
ls_samples_usable (const LsSamples *samples, const LsProgress *progress, LsSamples **out,
                   char note[LS_USABLE_NOTE], LsError *error)
{
  const uint32_t n = ls_samples_count (samples);
  Found found = { .left_out = NULL };

  *out = NULL;
  note[0] = '\0';
  if (!ls_samples_may_be_infinite (samples))
    return LS_OK;

  LS_FREE bool *left_out = calloc ((size_t) n + 1, sizeof *left_out);

  if (left_out == NULL)
    return ls_fail_no_memory (error, "samples", n);
  found.left_out = left_out;
  LS_TRY (look_at_all (samples, progress, &found, error));
  if (found.n_left_out == 0)
    return LS_OK;
  if (found.n_left_out == n)
    return ls_fail (error, LS_E_INVALID, -1,
                    "no sample is of use: input %u holds infinity, or what is no number, in %s%s",
                    found.input, found.names, n > NAMED ? ", …" : "");
  snprintf (note, LS_USABLE_NOTE,
            "%u of %u samples %s left out, for an input holds infinity, or what is no number, in "
            "%s%s",
            found.n_left_out, n, found.n_left_out == 1 ? "is" : "are", found.names,
            found.n_left_out > NAMED ? ", …" : "");
  return ls_samples_part (samples, left_out, out, error);
}
