/* Lists of steps, taps and texts that grow as an explainer works. */
#include "explain/explain.h"

#include <stdarg.h>
#include <stdlib.h>

/* Room for one more of @count elements; NULL, and noted, when there is none. */
static void *
grow (LsExplainer *e, void *array, size_t count, size_t *room, size_t size)
{
  if (count < *room)
    return array;

  const size_t next = *room == 0 ? 32 : *room * 2;
  void *grown = e->is_out_of_memory ? NULL : realloc (array, next * size);

  if (grown == NULL)
    e->is_out_of_memory = true;
  else
    *room = next;
  return grown;
}

const char *
ls_explain_text (LsExplainer *e, const char *format, ...)
{
  LsExplanation *out = e->out;
  char **texts = grow (e, out->texts, out->n_texts, &e->text_room, sizeof *texts);
  char *text = NULL;
  va_list args;

  if (texts == NULL)
    return "";
  out->texts = texts;
  va_start (args, format);

  const int length = vsnprintf (NULL, 0, format, args);

  va_end (args);
  if (length >= 0 && (text = malloc ((size_t) length + 1)) != NULL)
    {
      va_start (args, format);
      vsnprintf (text, (size_t) length + 1, format, args);
      va_end (args);
    }
  if (text == NULL)
    {
      e->is_out_of_memory = true;
      return "";
    }
  texts[out->n_texts++] = text;
  return text;
}

static void
add (LsExplainer *e, const LsExplainStep *step)
{
  LsExplanation *out = e->out;
  LsExplainStep *steps = grow (e, out->steps, out->n_steps, &e->step_room, sizeof *steps);

  if (steps == NULL)
    return;
  out->steps = steps;
  steps[out->n_steps++] = *step;
}

static LsExplainStep
make (LsExplainType type, const char *id, const char *label, const char *formula)
{
  return (LsExplainStep){ .kind = formula != NULL ? LS_EXPLAIN_COMPUTED : LS_EXPLAIN_GIVEN,
                          .type = type,
                          .id = id,
                          .label = label,
                          .formula = formula };
}

static int64_t
add_integer (LsExplainer *e, LsExplainStep step, int64_t value)
{
  step.integer = value;
  step.real = (double) value;
  add (e, &step);
  return value;
}

int32_t
ls_explain_i32 (LsExplainer *e, const char *id, const char *label, const char *formula,
                int32_t value)
{
  return (int32_t) add_integer (e, make (LS_EXPLAIN_I32, id, label, formula), value);
}

int64_t
ls_explain_i64 (LsExplainer *e, const char *id, const char *label, const char *formula,
                int64_t value)
{
  return add_integer (e, make (LS_EXPLAIN_I64, id, label, formula), value);
}

float
ls_explain_f32 (LsExplainer *e, const char *id, const char *label, const char *formula, float value)
{
  LsExplainStep step = make (LS_EXPLAIN_F32, id, label, formula);

  step.real = (double) value;
  add (e, &step);
  return value;
}

double
ls_explain_f64 (LsExplainer *e, const char *id, const char *label, const char *formula,
                double value)
{
  LsExplainStep step = make (LS_EXPLAIN_F64, id, label, formula);

  step.real = value;
  add (e, &step);
  return value;
}

void
ls_explain_loop_int (LsExplainer *e, LsExplainType type, const char *id, const char *label,
                     const char *start, const char *formula, int64_t value)
{
  LsExplainStep step = make (type, id, label, formula);

  step.kind = LS_EXPLAIN_LOOP;
  step.start = start;
  add_integer (e, step, value);
}

void
ls_explain_loop_real (LsExplainer *e, LsExplainType type, const char *id, const char *label,
                      const char *start, const char *formula, double value)
{
  LsExplainStep step = make (type, id, label, formula);

  step.kind = LS_EXPLAIN_LOOP;
  step.start = start;
  step.real = value;
  add (e, &step);
}

void
ls_explain_tap (LsExplainer *e, const LsExplainTap *tap)
{
  LsExplanation *out = e->out;
  LsExplainTap *taps = grow (e, out->taps, out->n_taps, &e->tap_room, sizeof *taps);

  if (taps == NULL)
    return;
  out->taps = taps;
  taps[out->n_taps++] = *tap;
}
