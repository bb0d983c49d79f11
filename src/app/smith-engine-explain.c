#include "smith-engine-explain.h"
#include "smith-engine.h"

#include "../cli/explain.h"

#include <glib/gi18n.h>
#include <math.h>

/* Terms that are summed to find the worst element: what takes a second. */
static const double most_terms = 2e7;

enum
{
  MAX_TAPS = 48,   /* lines; the program has all */
  MAX_TRIED = 4096 /* elements, to find the worst */
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
  g_free (explanation->place);
  g_free (explanation->text);
  g_free (explanation->json);
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

/* How far what is stored is from what real numbers give. */
static double
error_of (const LsExplanation *e)
{
  double error = e->is_integer ? fabs (e->error_steps) : fabs (e->value - e->float_value);

  return isnan (error) ? INFINITY : error;
}

static char *
place_text (const LsExplanation *e)
{
  GString *text = g_string_new ("");

  for (int i = 0; i < e->operands[e->n_operands - 1].rank; i++)
    g_string_append_printf (text, "%s%d", i > 0 ? ", " : "", e->at[i]);
  return g_string_free (text, FALSE);
}

/* What the command prints; NULL: out of memory. @model: NULL for text, else its name for JSON. */
static char *
print_whole (const LsExplanation *e, const char *model)
{
  char *text = NULL, *copy;
  size_t size = 0;
  FILE *f = open_memstream (&text, &size);

  if (f == NULL)
    return NULL;
  if (model != NULL)
    explain_print_json (e, model, f);
  else
    explain_print_text (e, true, f);
  fclose (f);
  copy = g_strdup (text);
  free (text);
  return copy;
}

static SmithExplanation *
explanation_from (const LsExplanation *from, const char *model)
{
  SmithExplanation *e = g_new0 (SmithExplanation, 1);
  char *program = ls_explanation_c (from);

  e->place = place_text (from);
  e->error = error_of (from);
  e->text = print_whole (from, NULL);
  e->json = print_whole (from, model);
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
  gboolean is_worst;
  int rank;
  int32_t at[LS_MAX_RANK];
  char **files;
  unsigned n_files;
  uint64_t seed;
  char *title;
} Order;

static void
order_free (Order *order)
{
  for (unsigned i = 0; i < order->n_files; i++)
    g_free (order->files[i]);
  g_free (order->files);
  g_free (order->title);
  g_free (order);
}

static LsStatus
run_until (LsSession *session, const Order *order, LsError *error)
{
  LsStatus status = LS_OK;

  for (uint32_t i = 0; status == LS_OK && i < ls_session_n_inputs (session); i++)
    status = smith_session_fill (session, i, i < order->n_files ? order->files[i] : NULL,
                                 order->seed, error);
  return status == LS_OK ? ls_session_run (session, error) : status;
}

static void
place_of (const LsArray *array, uint64_t element, int32_t *at)
{
  for (int i = array->rank; i-- > 0;)
    {
      at[i] = (int32_t) (element % (uint64_t) MAX (array->dims[i], 1));
      element /= (uint64_t) MAX (array->dims[i], 1);
    }
}

/* Writes the worst element's place to @at. */
static LsStatus
find_worst (const LsSession *session, const Order *order, int output, int *rank, int32_t *at,
            LsError *error)
{
  LsArray view;
  LsStatus status = ls_session_get_tensor (session, (uint32_t) output, &view, error);
  uint64_t count = status == LS_OK ? ls_array_count (&view) : 0, step = 1;
  double worst = -1;

  *rank = status == LS_OK ? view.rank : 0;
  for (uint64_t i = 0; status == LS_OK && i < count; i += step)
    {
      LsExplanation e = { 0 };
      int32_t place[LS_MAX_RANK] = { 0 };

      place_of (&view, i, place);
      status = ls_explain (session, order->op, view.rank, place, &e, error);
      if (status == LS_OK && error_of (&e) > worst)
        {
          worst = error_of (&e);
          memcpy (at, place, sizeof place);
        }
      if (i == 0 && status == LS_OK)
        {
          double tried = fmin (MAX_TRIED, most_terms / MAX (e.n_taps, 1));

          step = MAX (1, (uint64_t) ceil ((double) count / fmax (tried, 1)));
        }
      ls_explanation_clear (&e);
    }
  return status;
}

static LsStatus
explain_job (const LsModel *model, gpointer data, gpointer *out, LsError *error)
{
  const Order *order = data;
  const LsOperator *op = &ls_model_subgraph (model, order->subgraph)->ops[order->op];
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;
  LsSession *session = NULL;
  LsExplanation explanation = { 0 };
  int32_t at[LS_MAX_RANK];
  int rank = order->rank;
  LsStatus status;

  memcpy (at, order->at, sizeof at);
  options.subgraph = order->subgraph;
  options.trace = true;
  options.until = op->n_outputs > 0 ? op->outputs[0] : -1;
  status = ls_session_new (model, &options, &session, error);
  if (status == LS_OK)
    status = run_until (session, order, error);
  if (status == LS_OK && order->is_worst && op->n_outputs > 0)
    status = find_worst (session, order, op->outputs[0], &rank, at, error);
  if (status == LS_OK)
    status = ls_explain (session, order->op, rank, at, &explanation, error);
  if (status == LS_OK)
    *out = explanation_from (&explanation, order->title);
  ls_explanation_clear (&explanation);
  ls_session_free (session);
  return status;
}

static void
read_place (Order *order, const char *text)
{
  g_auto (GStrv) parts = g_strsplit_set (text, ", ", -1);

  for (char **part = parts; *part != NULL && order->rank < LS_MAX_RANK; part++)
    if ((*part)[0] != '\0')
      order->at[order->rank++] = (int32_t) CLAMP (g_ascii_strtoll (*part, NULL, 10), -1, INT32_MAX);
}

void
smith_engine_explain_async (SmithModel *model, const SmithExplainWish *wish,
                            GAsyncReadyCallback callback, gpointer data)
{
  Order *order = g_new0 (Order, 1);

  order->subgraph = wish->subgraph;
  order->op = (uint32_t) wish->op;
  order->seed = wish->seed;
  order->is_worst = wish->at == NULL;
  order->title = g_strdup (smith_model_get_title (model));
  order->files = g_new0 (char *, wish->n_files + 1);
  order->n_files = wish->n_files;
  for (unsigned i = 0; i < wish->n_files; i++)
    order->files[i] = g_strdup (wish->files[i]);
  if (wish->at != NULL)
    read_place (order, wish->at);
  smith_engine_start (model, explain_job, order, (GDestroyNotify) order_free,
                      (GDestroyNotify) smith_explanation_free, callback, data);
}

SmithExplanation *
smith_engine_explain_finish (GAsyncResult *result, GError **error)
{
  return smith_engine_finish (result, error);
}
