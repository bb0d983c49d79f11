/* Which file feeds which input, and how it is read. */
#include "run.h"

#include <math.h>
#include <string.h>

bool
run_parse_input (const char *text, bool has_steps, RunInput *out)
{
  const char *equals = strchr (text, '=');

  if (equals == NULL)
    {
      char ending[16];

      cli_ending (text, ending);
      *out = (RunInput){ NULL, -1, text };
      return strcmp (ending, "npz") == 0;
    }
  if (equals == text || equals[1] == '\0')
    return false;

  char *name = cli_printf ("%.*s", (int) (equals - text), text), *at = strrchr (name, '@');

  *out = (RunInput){ name, -1, equals + 1 };
  /* Only with steps: a name may hold an @. */
  if (has_steps && at != NULL && at > name && at[1] >= '0' && at[1] <= '9')
    {
      char *end;

      out->step = strtoll (at + 1, &end, 10);
      if (*end == '\0')
        *at = '\0';
      else
        out->step = -1;
    }
  return true;
}

/* The input called @name by the signature or by the tensor, or at that position; -1: none. */
static int
find_input (const LsSession *session, const LsSubgraph *subgraph, const char *name)
{
  uint32_t n = ls_session_n_inputs (session);
  LsPort port;
  char *end;

  for (uint32_t i = 0; i < n; i++)
    if (ls_session_input (session, i, &port) && strcmp (port.name, name) == 0)
      return (int) i;
  for (uint32_t i = 0; i < n; i++)
    if (ls_session_input (session, i, &port) && port.tensor >= 0
        && (uint32_t) port.tensor < subgraph->n_tensors
        && strcmp (subgraph->tensors[port.tensor].name, name) == 0)
      return (int) i;

  unsigned long position = strtoul (name, &end, 10);

  return *name >= '0' && *name <= '9' && *end == '\0' && position < n ? (int) position : -1;
}

/* real → stored, when a picture was normalised for a quantized input. */
static LsStatus
quantize (LsArray *array, const LsPort *port, LsError *error)
{
  const LsQuantization *quant = port->quant;
  bool has_scale = quant != NULL && quant->n_scales == 1 && quant->scales[0] > 0;
  double scale = has_scale ? quant->scales[0] : 1;
  double zero = has_scale && quant->n_zero_points > 0 ? (double) quant->zero_points[0] : 0;
  unsigned bits = ls_type_bits (port->type);
  bool is_signed = port->type != LS_TYPE_UINT8 && port->type != LS_TYPE_UINT16;
  double low = is_signed ? -ldexp (1, (int) bits - 1) : 0;
  double high = is_signed ? -low - 1 : ldexp (1, (int) bits) - 1;
  float *values = array->data;

  for (size_t i = 0; i < ls_array_count (array); i++)
    values[i] = (float) fmin (fmax (nearbyint (values[i] / scale + zero), low), high);
  return ls_array_convert (array, port->type, error);
}

static LsStatus
load_npz (const char *path, uint32_t index, const LsPort *port, LsArray *out, LsError *error)
{
  char **names, in[16];
  uint32_t count;
  LsStatus status = ls_npz_list (path, &names, &count, error);
  const char *found = NULL;

  if (status != LS_OK)
    return status;
  snprintf (in, sizeof in, "in_%u", index);
  for (uint32_t i = 0; i < count && found == NULL; i++)
    if (strcmp (names[i], port->name) == 0 || strcmp (names[i], in) == 0)
      found = names[i];
  if (found == NULL && count == 1)
    found = names[0];
  if (found == NULL)
    status = cli_set_error (error, LS_E_USAGE, "has no array called \"%s\" or %s", port->name, in);
  else
    status = ls_npz_load (path, found, out, error);
  ls_npz_list_free (names, count);
  if (status == LS_OK && (status = ls_array_convert (out, port->type, error)) != LS_OK)
    ls_array_clear (out);
  return status;
}

static bool
is_picture (const char *ending)
{
  static const char *const endings[] = { "png", "jpg", "jpeg", "bmp", "ppm", "pgm" };

  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
    if (strcmp (endings[i], ending) == 0)
      return true;
  return false;
}

/* Without mean and deviation on the command line, those of the metadata. */
static LsStatus
add_normalization (const LsModel *model, uint32_t index, LsImageOptions *image, LsError *error)
{
  LsPortCard card;
  LsStatus status = image->has_mean_std ? LS_OK : ls_port_card (model, false, index, &card, error);

  if (image->has_mean_std || status != LS_OK)
    return status;
  image->has_mean_std = card.has_normalization;
  memcpy (image->mean, card.mean, sizeof card.mean);
  memcpy (image->std, card.std, sizeof card.std);
  ls_port_card_clear (&card);
  return LS_OK;
}

static LsStatus
load_picture (const LsModel *model, const char *path, uint32_t index, const LsPort *port,
              const LsArray *want, const LsImageOptions *image, LsArray *out, LsError *error)
{
  LsImageOptions options = *image;
  LsArray real = *want;
  LsStatus status = add_normalization (model, index, &options, error);
  bool is_coded = options.has_mean_std && ls_type_is_integer (port->type);

  if (is_coded)
    real.type = LS_TYPE_FLOAT32;
  if (status == LS_OK)
    status = ls_array_load (path, &real, &options, out, error);
  if (status == LS_OK && is_coded && (status = quantize (out, port, error)) != LS_OK)
    ls_array_clear (out);
  return status;
}

LsStatus
run_load_input (const LsModel *model, const char *path, uint32_t index, const LsPort *port,
                const LsImageOptions *image, LsArray *out, LsError *error)
{
  char ending[16];
  LsArray want = { .type = port->type, .rank = port->rank };

  memcpy (want.dims, port->dims, sizeof want.dims);
  cli_ending (path, ending);
  if (strcmp (ending, "npz") == 0)
    return load_npz (path, index, port, out, error);
  if (is_picture (ending))
    return load_picture (model, path, index, port, &want, image, out, error);
  return ls_array_load (path, &want, image, out, error);
}

static LsStatus
set_input (const RunJob *job, const RunState *state, const char *path, uint32_t index,
           const char **file, LsError *error)
{
  LsSession *session = state->session;
  LsPort port;
  LsArray array;

  ls_session_input (session, index, &port);
  *file = path;

  LsStatus status = run_load_input (state->model, path, index, &port, &job->image, &array, error);

  if (status != LS_OK)
    return status;
  *file = NULL;
  status = ls_session_set_input (session, index, &array, error);
  ls_array_clear (&array);
  return status;
}

/* One entry of the command line: one input, or with an .npz alone all of them. */
static LsStatus
set_inputs_from (const RunJob *job, const RunState *state, const RunInput *input, bool *is_set,
                 const char **file, LsError *error)
{
  int index = input->name != NULL ? find_input (state->session, state->subgraph, input->name) : 0;
  uint32_t n = ls_session_n_inputs (state->session);

  if (index < 0)
    return cli_set_error (error, LS_E_USAGE, "there is no input \"%s\" among the %u inputs",
                          input->name, n);
  for (uint32_t i = (uint32_t) index; i < (input->name != NULL ? (uint32_t) index + 1 : n); i++)
    {
      LsStatus status = set_input (job, state, input->path, i, file, error);

      if (status != LS_OK)
        return status;
      is_set[i] = true;
    }
  return LS_OK;
}

LsStatus
run_set_inputs (const RunJob *job, RunState *state, uint32_t step, const char **file,
                LsError *error)
{
  LsSession *session = state->session;
  uint32_t n = ls_session_n_inputs (session);
  CLI_FREE bool *is_set = cli_alloc (n, sizeof *is_set);
  LsStatus status = LS_OK;

  *file = NULL;
  for (size_t i = 0; i < job->n_inputs && status == LS_OK; i++)
    if (job->inputs[i].step == step || (job->inputs[i].step < 0 && step == 0))
      status = set_inputs_from (job, state, &job->inputs[i], is_set, file, error);
  for (uint32_t i = 0; i < n && step == 0 && status == LS_OK; i++)
    if (!is_set[i])
      status = ls_session_fill_input (session, i, job->seed + i, error);
  return status;
}
