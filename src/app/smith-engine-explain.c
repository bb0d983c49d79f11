#include "smith-engine-explain.h"
#include "smith-engine.h"

#include <glib/gi18n.h>

enum
{
  MAX_TAPS = 48 /* lines; the program has all */
};

gboolean
smith_engine_can_explain (const char *kind)
{
  const char *name;

  for (uint32_t i = 0; (name = ls_explain_kind (i)) != NULL; i++)
    if (g_str_equal (name, kind))
      return TRUE;
  return FALSE;
}

char *
smith_engine_middle_of (SmithModel *model, unsigned subgraph, int op)
{
  const LsSubgraph *s = ls_model_subgraph (smith_model_peek (model), subgraph);
  const LsTensor *output;
  GString *text;

  if (s == NULL || op < 0 || (uint32_t) op >= s->n_ops || s->ops[op].n_outputs == 0
      || s->ops[op].outputs[0] < 0)
    return NULL;
  output = &s->tensors[s->ops[op].outputs[0]];
  text = g_string_new ("");
  for (int i = 0; i < output->rank; i++)
    g_string_append_printf (text, "%s%d", i > 0 ? ", " : "", MAX (output->dims[i], 1) / 2);
  return g_string_free (text, FALSE);
}

/* ---- Texts ------------------------------------------------------------------------------------
 */

static void
step_free (SmithStep *step)
{
  g_free (step->label);
  g_free (step->formula);
  g_free (step->value);
  g_free (step);
}

void
smith_explanation_free (SmithExplanation *explanation)
{
  g_free (explanation->result);
  g_free (explanation->real);
  g_free (explanation->arithmetic);
  g_free (explanation->source);
  g_ptr_array_unref (explanation->steps);
  g_ptr_array_unref (explanation->taps);
  g_free (explanation->program);
  g_free (explanation);
}

static char *
value_text (const LsExplainStep *step)
{
  if (step->type == LS_EXPLAIN_I32 || step->type == LS_EXPLAIN_I64)
    return g_strdup_printf ("%" G_GINT64_FORMAT, step->integer);
  return g_strdup_printf ("%.9g", step->real);
}

static void
add_step (SmithExplanation *e, const LsExplainStep *from)
{
  SmithStep *step = g_new0 (SmithStep, 1);

  step->label = g_strdup (from->label != NULL ? from->label : from->id);
  if (from->formula != NULL)
    step->formula = g_strdup_printf ("%s = %s", from->id, from->formula);
  if (from->kind == LS_EXPLAIN_LOOP)
    {
      g_free (step->formula);
      step->formula = g_strdup (from->formula);
    }
  step->value = value_text (from);
  g_ptr_array_add (e->steps, step);
}

/* "[0, 3, 4, 1]": a place in a tensor. */
static void
append_place (GString *text, const int32_t *at, int rank)
{
  g_string_append_c (text, '[');
  for (int i = 0; i < rank; i++)
    g_string_append_printf (text, "%s%d", i > 0 ? "," : "", at[i]);
  g_string_append_c (text, ']');
}

static void
add_tap (SmithExplanation *e, const LsExplanation *from, const LsExplainTap *tap)
{
  GString *text = g_string_new ("");

  if (from->x_operand >= 0)
    append_place (text, tap->x_at, from->operands[from->x_operand].rank);
  if (tap->is_padding)
    g_string_append_printf (text, " %s", _ ("padding"));
  g_string_append_printf (text, "  %.7g", tap->a);
  if (from->w_operand >= 0)
    g_string_append_printf (text, " × %.7g = %.9g", tap->b, tap->product);
  g_ptr_array_add (e->taps, g_string_free (text, FALSE));
}

static char *
result_text (const LsExplanation *e)
{
  if (e->is_integer)
    /* Translators: an integer as stored, and the real number it stands for. */
    return g_strdup_printf (_ ("%lld, which stands for %.7g"), (long long) e->stored, e->value);
  return g_strdup_printf ("%.9g", e->value);
}

static SmithExplanation *
explanation_from (const LsExplanation *from)
{
  SmithExplanation *e = g_new0 (SmithExplanation, 1);
  char *program = ls_explanation_c (from);

  e->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) step_free);
  e->taps = g_ptr_array_new_with_free_func (g_free);
  e->result = result_text (from);
  e->real = from->is_integer
              ? g_strdup_printf (_ ("%.7g (%.3f steps away)"), from->float_value, from->error_steps)
              : g_strdup_printf ("%.7g", from->float_value);
  e->arithmetic = g_strdup (from->arithmetic);
  e->source = g_strdup (from->source);
  e->matches = from->matches;
  e->n_taps = from->n_taps;
  for (uint32_t i = 0; i < from->n_steps; i++)
    add_step (e, &from->steps[i]);
  for (uint32_t i = 0; i < from->n_taps && i < MAX_TAPS; i++)
    add_tap (e, from, &from->taps[i]);
  e->program = g_strdup (program);
  free (program);
  return e;
}

/* ---- Work -------------------------------------------------------------------------------------
 */

typedef struct
{
  unsigned subgraph;
  uint32_t op;
  int rank;
  int32_t at[LS_MAX_RANK];
  uint64_t seed;
} Order;

static LsStatus
run_until (LsSession *session, const Order *order, LsError *error)
{
  LsStatus status = LS_OK;

  for (uint32_t i = 0; status == LS_OK && i < ls_session_n_inputs (session); i++)
    status = ls_session_fill_input (session, i, order->seed + i, error);
  return status == LS_OK ? ls_session_run (session, error) : status;
}

static LsStatus
explain_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const Order *order = data;
  const LsOperator *op = &ls_model_subgraph (model, order->subgraph)->ops[order->op];
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session = NULL;
  LsExplanation explanation = { 0 };
  LsStatus status;

  options.subgraph = order->subgraph;
  options.trace = true;
  options.until = op->n_outputs > 0 ? op->outputs[0] : -1;
  status = ls_session_new (model, &options, &session, error);
  if (status == LS_OK)
    status = run_until (session, order, error);
  if (status == LS_OK)
    status = ls_explain (session, order->op, order->rank, order->at, &explanation, error);
  if (status == LS_OK)
    *out = explanation_from (&explanation);
  ls_explanation_clear (&explanation);
  ls_session_free (session);
  return status;
}

void
smith_engine_explain_async (SmithModel *model, unsigned subgraph, int op, const char *at,
                            uint64_t seed, GAsyncReadyCallback callback, gpointer data)
{
  g_auto (GStrv) parts = g_strsplit_set (at, ", ", -1);
  Order *order = g_new0 (Order, 1);

  order->subgraph = subgraph;
  order->op = (uint32_t) op;
  order->seed = seed;
  for (char **part = parts; *part != NULL && order->rank < LS_MAX_RANK; part++)
    if ((*part)[0] != '\0')
      order->at[order->rank++] = (int32_t) CLAMP (g_ascii_strtoll (*part, NULL, 10), -1, INT32_MAX);
  smith_engine_start (model, explain_job, order, g_free, (GDestroyNotify) smith_explanation_free,
                      callback, data);
}

SmithExplanation *
smith_engine_explain_finish (GAsyncResult *result, GError **error)
{
  return smith_engine_finish (result, error);
}
