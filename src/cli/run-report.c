/* What `run` tells: every output, and the best classes where an output is a list of scores. */
#include "run.h"

#include <math.h>

enum
{
  N_BEST = 5
};

/* ---- Scores ---------------------------------------------------------------------------------- */

static double
real_value (const LsPort *port, const LsArray *view, size_t index)
{
  double value = ls_array_get (view, index);
  const LsQuantization *quant = port->quant;

  if (quant != NULL && quant->n_scales == 1 && ls_type_is_integer (view->type))
    value = (value - (quant->n_zero_points > 0 ? (double) quant->zero_points[0] : 0))
            * (double) quant->scales[0];
  return value;
}

/* Scores from 0 to 1 that add up to one, or a value for each label. */
static bool
are_scores (const LsPort *port, const LsArray *view, const LsPortCard *card)
{
  size_t count = ls_array_count (view);
  double sum = 0;

  if (ls_type_bits (view->type) == 0 || count < N_BEST || view->rank < 1
      || (size_t) view->dims[view->rank - 1] != count)
    return false;
  if (card->n_labels == count)
    return true;
  for (size_t i = 0; i < count; i++)
    {
      double value = real_value (port, view, i);

      if (!(value >= -0.01 && value <= 1.01))
        return false;
      sum += value;
    }
  return sum > 0.9 && sum < 1.1;
}

/* The indices of the largest values, the largest first. */
static void
find_best (const LsPort *port, const LsArray *view, size_t best[N_BEST])
{
  size_t n = 0;

  for (size_t i = 0; i < ls_array_count (view); i++)
    {
      size_t at = n < N_BEST ? n++ : N_BEST;

      while (at > 0 && real_value (port, view, i) > real_value (port, view, best[at - 1]))
        {
          if (at < N_BEST)
            best[at] = best[at - 1];
          at--;
        }
      if (at < N_BEST)
        best[at] = i;
    }
}

static const char *
label_of (const LsPortCard *card, size_t index)
{
  return index < card->n_labels ? card->labels[index] : NULL;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void
json_best (CliJson *json, const LsPort *port, const LsArray *view, const LsPortCard *card)
{
  size_t best[N_BEST];

  if (!are_scores (port, view, card))
    return;
  find_best (port, view, best);
  cli_json_open (json, "best", '[');
  for (int i = 0; i < N_BEST; i++)
    {
      cli_json_open_row (json, NULL, '{');
      cli_json_uint (json, "index", best[i]);
      if (label_of (card, best[i]) != NULL)
        cli_json_string (json, "label", label_of (card, best[i]));
      cli_json_real (json, "score", real_value (port, view, best[i]));
      cli_json_close (json);
    }
  cli_json_close (json);
}

static void
json_output (CliJson *json, const RunState *state, uint32_t index, const LsPortCard *card)
{
  LsPort port;
  LsArray view;
  LsStats stats;

  ls_session_output (state->session, index, &port);
  cli_json_open (json, NULL, '{');
  cli_json_uint (json, "index", index);
  cli_json_string (json, "name", port.name);
  cli_json_int (json, "tensor", port.tensor);
  cli_json_string (json, "type", ls_type_name (port.type));
  cli_json_dims (json, "shape", port.dims, port.rank);
  if (ls_session_get_output (state->session, index, &view, NULL) == LS_OK
      && ls_type_bits (view.type) > 0)
    {
      ls_array_stats (&view, &stats);
      cli_json_real (json, "min", stats.min);
      cli_json_real (json, "max", stats.max);
      cli_json_real (json, "mean", stats.mean);
      cli_json_uint (json, "nan", stats.n_nan);
      json_best (json, &port, &view, card);
    }
  cli_json_close (json);
}

/* What the metadata says of an output; nothing with --until or another subgraph. */
static void
load_card (const RunJob *job, const RunState *state, uint32_t index, LsPortCard *out)
{
  LsError error;

  *out = (LsPortCard){ 0 };
  if (job->until == NULL && state->subgraph == ls_model_subgraph (state->model, 0)
      && ls_port_card (state->model, true, index, out, &error) != LS_OK)
    exit (cli_no_memory ());
}

int
run_print_json (const RunJob *job, const RunState *state)
{
  CliJson *json = cli_json_new ();

  cli_json_open (json, NULL, '{');
  cli_json_string (json, "model", job->model_path);
  cli_json_string (json, "isa", ls_isa_name ());
  cli_json_string (json, "mode", job->session.mode == LS_MODE_FAST ? "fast" : "exact");
  cli_json_uint (json, "steps", job->n_steps);
  cli_json_open (json, "outputs", '[');
  for (uint32_t i = 0; i < ls_session_n_outputs (state->session); i++)
    {
      LsPortCard card;

      load_card (job, state, i, &card);
      json_output (json, state, i, &card);
      ls_port_card_clear (&card);
    }
  return cli_json_finish (json, stdout);
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void
print_best (const RunJob *job, const RunState *state, uint32_t index)
{
  LsPort port;
  LsArray view;
  LsPortCard card;
  size_t best[N_BEST];

  if (!ls_session_output (state->session, index, &port)
      || ls_session_get_output (state->session, index, &view, NULL) != LS_OK)
    return;
  load_card (job, state, index, &card);
  if (are_scores (&port, &view, &card))
    {
      CLI_FREE char *name = cli_clean (port.name, 100);

      find_best (&port, &view, best);
      printf ("Best of \"%s\":\n", name);
      for (int i = 0; i < N_BEST; i++)
        {
          const char *label = label_of (&card, best[i]);
          CLI_FREE char *clean = cli_clean (label != NULL ? label : "", 100);

          printf ("  %6zu  %.4f%s%s\n", best[i], real_value (&port, &view, best[i]),
                  clean[0] != '\0' ? "  " : "", clean);
        }
    }
  ls_port_card_clear (&card);
}

int
run_print_text (const RunJob *job, const RunState *state)
{
  CliTable *table = cli_table_new ("rlllrrr");
  static const char *const heads[] = { "#", "output", "type", "shape", "min", "max", "mean" };

  for (int i = 0; i < 7; i++)
    cli_table_add (table, "%s", heads[i]);
  for (uint32_t i = 0; i < ls_session_n_outputs (state->session); i++)
    {
      LsPort port;
      LsArray view;
      LsStats stats = { 0 };

      ls_session_output (state->session, i, &port);

      CLI_FREE char *dims = cli_format_dims (port.dims, port.rank);

      if (ls_session_get_output (state->session, i, &view, NULL) == LS_OK)
        ls_array_stats (&view, &stats);
      cli_table_add (table, "%u", i);
      cli_table_add (table, "%s", port.name);
      cli_table_add (table, "%s", ls_type_name (port.type));
      cli_table_add (table, "%s", dims);
      cli_table_add (table, "%.6g", stats.min);
      cli_table_add (table, "%.6g", stats.max);
      cli_table_add (table, "%.6g", stats.mean);
    }
  cli_table_print (table, stdout);
  cli_table_free (table);
  for (uint32_t i = 0; i < ls_session_n_outputs (state->session); i++)
    print_best (job, state, i);
  return CLI_DONE;
}
