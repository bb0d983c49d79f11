/* An explanation as text and as JSON. */
#include "explain.h"

#include <inttypes.h>
#include <string.h>

enum
{
  SHOWN_TAPS = 12,
  LABEL_CHARS = 60,
  FORMULA_WIDTH = 90 /* characters, with the numbers */
};

static const char *const kind_names[] = { "given", "computed", "loop", "result" };
static const char *const type_names[] = { "int32", "int64", "float", "double" };

static bool
is_integer_step (const LsExplainStep *step)
{
  return step->type == LS_EXPLAIN_I32 || step->type == LS_EXPLAIN_I64;
}

/* "0,3,14,2"; from malloc. */
static char *
place_text (const int32_t *at, int rank)
{
  char text[LS_MAX_RANK * 12 + 1] = "";

  for (int i = 0; i < rank; i++)
    snprintf (text + strlen (text), sizeof text - strlen (text), i > 0 ? ",%" PRId32 : "%" PRId32,
              at[i]);
  return cli_strdup (text);
}

/* Exact in 64 bits, and not worth a power of ten. */
static bool
is_whole (double value)
{
  return value > -1e15 && value < 1e15 && value == (double) (int64_t) value;
}

/* A number of a tap: exact when it is an integer. */
static void
add_number (CliTable *table, double value)
{
  cli_table_add (table, is_whole (value) ? "%.0f" : "%.7g", value);
}

/* ---- Text --------------------------------------------------------------------------------------
 */

static void
print_operands (FILE *f, const LsExplanation *e)
{
  CliTable *table = cli_table_new ("lrllll");

  for (uint32_t i = 0; i < e->n_operands; i++)
    {
      const LsExplainOperand *o = &e->operands[i];
      CLI_FREE char *name = cli_clean (o->name, 40);
      CLI_FREE char *dims = cli_format_dims (o->dims, o->rank);
      char scale[CLI_NUMBER_SIZE];

      cli_table_add (table, "%s", o->role);
      cli_table_add (table, "%d", o->tensor);
      cli_table_add (table, "%s", name);
      cli_table_add (table, "%s", ls_type_name (o->type));
      cli_table_add (table, "%s", dims);
      if (o->is_quantized)
        cli_table_add (table, "scale %s, zero point %" PRId64, cli_format_float (o->scale, scale),
                       o->zero_point);
      else
        cli_table_add (table, "%s", "");
    }
  cli_table_print (table, f);
  cli_table_free (table);
}

static int
tap_columns (const LsExplanation *e, char *columns)
{
  int n = 1;

  columns[0] = 'r';
  for (int which = 0; which < 2; which++)
    if (which == 0 || e->w_operand >= 0)
      columns[n++] = 'l';
  columns[n++] = 'r';
  if (e->a_title != NULL)
    columns[n++] = 'r';
  if (e->w_operand >= 0)
    columns[n++] = 'r';
  if (e->b_title != NULL)
    columns[n++] = 'r';
  if (e->product_title != NULL)
    columns[n++] = 'r';
  columns[n] = '\0';
  return n;
}

static void
add_tap_heads (const LsExplanation *e, CliTable *table)
{
  cli_table_add (table, "i");
  cli_table_add (table, "x at");
  if (e->w_operand >= 0)
    cli_table_add (table, "w at");
  cli_table_add (table, "x");
  if (e->a_title != NULL)
    cli_table_add (table, "%s", e->a_title);
  if (e->w_operand >= 0)
    cli_table_add (table, "w");
  if (e->b_title != NULL)
    cli_table_add (table, "%s", e->b_title);
  if (e->product_title != NULL)
    cli_table_add (table, "%s", e->product_title);
}

static void
add_tap (const LsExplanation *e, CliTable *table, uint32_t index)
{
  const LsExplainTap *tap = &e->taps[index];
  CLI_FREE char *x_at = place_text (tap->x_at, e->operands[e->x_operand].rank);

  cli_table_add (table, "%" PRIu32, index);
  cli_table_add (table, tap->is_padding ? "%s padding" : "%s", x_at);
  if (e->w_operand >= 0)
    {
      CLI_FREE char *w_at = place_text (tap->w_at, e->operands[e->w_operand].rank);

      cli_table_add (table, "%s", w_at);
    }
  add_number (table, tap->x);
  if (e->a_title != NULL)
    add_number (table, tap->a);
  if (e->w_operand >= 0)
    add_number (table, tap->w);
  if (e->b_title != NULL)
    add_number (table, tap->b);
  if (e->product_title != NULL)
    add_number (table, tap->product);
}

static void
print_taps (FILE *f, const LsExplanation *e, bool all)
{
  const uint32_t n = all || e->n_taps <= SHOWN_TAPS ? e->n_taps : SHOWN_TAPS;
  char columns[12];

  if (e->x_operand < 0 || e->n_taps == 0)
    return;
  tap_columns (e, columns);

  CliTable *table = cli_table_new (columns);

  add_tap_heads (e, table);
  for (uint32_t i = 0; i < n; i++)
    add_tap (e, table, i);
  putc ('\n', f);
  cli_table_print (table, f);
  cli_table_free (table);
  if (n < e->n_taps)
    fprintf (f, "%" PRIu32 " of %" PRIu32 " taps are shown; --all shows every one\n", n, e->n_taps);
}

/* What stands before the formula. */
enum
{
  ID,
  VALUE,
  LABEL,
  N_FIXED
};

static char *
value_text (const LsExplainStep *step)
{
  char number[CLI_NUMBER_SIZE];

  if (is_integer_step (step))
    return cli_printf ("%" PRId64, step->integer);
  return cli_strdup (step->type == LS_EXPLAIN_F32 ? cli_format_float ((float) step->real, number)
                                                  : cli_format_double (step->real, number));
}

/* The formula, and the same with numbers behind it, or below when the line would be long. */
static void
print_formula (FILE *f, const LsExplanation *e, uint32_t index, int indent)
{
  const LsExplainStep *step = &e->steps[index];
  CLI_FREE char *numbers
    = step->kind == LS_EXPLAIN_LOOP ? cli_strdup ("") : explain_numbers (e, index);
  const bool has_numbers = numbers[0] != '\0' && strcmp (numbers, step->formula) != 0;
  const bool is_long = strlen (step->formula) + strlen (numbers) > FORMULA_WIDTH;

  fputs (step->kind == LS_EXPLAIN_LOOP ? "  for each i: " : "  = ", f);
  fputs (step->formula, f);
  if (has_numbers && is_long)
    fprintf (f, "\n%*s  ", indent, "");
  if (has_numbers)
    fprintf (f, is_long ? "= %s" : " = %s", numbers);
}

static void
print_step (FILE *f, const LsExplanation *e, uint32_t index, const int widths[N_FIXED])
{
  const LsExplainStep *step = &e->steps[index];
  CLI_FREE char *value = value_text (step), *label = cli_clean (step->label, LABEL_CHARS);
  const int gap = widths[LABEL] - (int) cli_text_width (label);

  fprintf (f, "%-*s  %*s  %s", widths[ID], step->id, widths[VALUE], value, label);
  if (step->formula != NULL)
    {
      fprintf (f, "%*s", gap, "");
      print_formula (f, e, index, widths[ID] + widths[VALUE] + widths[LABEL] + 4);
    }
  putc ('\n', f);
}

/* Not a table: formulas are not to be cut. */
static void
print_steps (FILE *f, const LsExplanation *e)
{
  int widths[N_FIXED] = { 0 };

  for (uint32_t i = 0; i < e->n_steps; i++)
    {
      CLI_FREE char *value = value_text (&e->steps[i]),
                    *label = cli_clean (e->steps[i].label, LABEL_CHARS);
      const char *const texts[N_FIXED] = { e->steps[i].id, value, label };

      for (int k = 0; k < N_FIXED; k++)
        if ((int) cli_text_width (texts[k]) > widths[k])
          widths[k] = (int) cli_text_width (texts[k]);
    }
  putc ('\n', f);
  for (uint32_t i = 0; i < e->n_steps; i++)
    print_step (f, e, i, widths);
}

static void
print_result (FILE *f, const LsExplanation *e)
{
  char value[CLI_NUMBER_SIZE], real[CLI_NUMBER_SIZE];

  cli_format_float ((float) e->value, value);
  cli_format_float ((float) e->float_value, real);
  putc ('\n', f);
  if (e->is_integer)
    fprintf (
      f,
      "The stored %" PRId64 " stands for %s; real numbers give %s: an error of %+.3g steps%s."
      "\n",
      e->stored, value, real, e->error_steps, e->is_saturated ? ", and the clamp changed it" : "");
  else
    fprintf (f, "The result is %s; real numbers give %s%s.\n", value, real,
             e->is_saturated ? ", and the clamp changed it" : "");
  if (e->matches)
    fputs (e->is_integer ? "The engine computed the same.\n"
                         : "The engine computed the same number, "
                           "but for the order of the sum.\n",
           f);
  else
    fputs ("THE ENGINE COMPUTED ANOTHER NUMBER.\n", f);
}

int
explain_print_text (const LsExplanation *e, bool all, FILE *f)
{
  const LsExplainOperand *y = &e->operands[e->n_operands - 1];
  CLI_FREE char *at = place_text (e->at, y->rank);
  CLI_FREE char *name = cli_clean (e->name, 80);

  fprintf (f, "%s, operator %" PRIu32 " (%s): element %s of the output, number %" PRIu64 "\n",
           e->kind, e->op, name, at, e->element);
  fprintf (f, "%s\n(LiteRT: tflite/kernels/%s)\n\n", e->arithmetic, e->source);
  print_operands (f, e);
  print_taps (f, e, all);
  print_steps (f, e);
  print_result (f, e);
  return CLI_DONE;
}

/* ---- JSON --------------------------------------------------------------------------------------
 */

/* Integers without a point, so that 64 bits stay exact. */
static void
put_number (CliJson *json, const char *key, double value)
{
  if (is_whole (value))
    cli_json_int (json, key, (int64_t) value);
  else
    cli_json_real (json, key, value);
}

static void
put_operands (CliJson *json, const LsExplanation *e)
{
  cli_json_open (json, "operands", '[');
  for (uint32_t i = 0; i < e->n_operands; i++)
    {
      const LsExplainOperand *o = &e->operands[i];

      cli_json_open_row (json, NULL, '{');
      cli_json_string (json, "role", o->role);
      cli_json_int (json, "tensor", o->tensor);
      cli_json_string (json, "name", o->name);
      cli_json_string (json, "type", ls_type_name (o->type));
      cli_json_dims (json, "shape", o->dims, o->rank);
      if (o->is_quantized)
        {
          cli_json_float (json, "scale", o->scale);
          cli_json_int (json, "zero_point", o->zero_point);
        }
      cli_json_close (json);
    }
  cli_json_close (json);
}

static void
put_taps (CliJson *json, const LsExplanation *e)
{
  cli_json_open (json, "taps", '[');
  for (uint32_t i = 0; i < e->n_taps && e->x_operand >= 0; i++)
    {
      const LsExplainTap *tap = &e->taps[i];

      cli_json_open_row (json, NULL, '{');
      cli_json_dims (json, "x_at", tap->x_at, e->operands[e->x_operand].rank);
      if (tap->is_padding)
        cli_json_bool (json, "padding", true);
      put_number (json, "x", tap->x);
      if (e->a_title != NULL)
        put_number (json, "a", tap->a);
      if (e->w_operand >= 0)
        {
          cli_json_dims (json, "w_at", tap->w_at, e->operands[e->w_operand].rank);
          put_number (json, "w", tap->w);
        }
      if (e->b_title != NULL)
        put_number (json, "b", tap->b);
      if (e->product_title != NULL)
        put_number (json, "product", tap->product);
      cli_json_close (json);
    }
  cli_json_close (json);
}

static void
put_steps (CliJson *json, const LsExplanation *e)
{
  cli_json_open (json, "steps", '[');
  for (uint32_t i = 0; i < e->n_steps; i++)
    {
      const LsExplainStep *step = &e->steps[i];

      cli_json_open_row (json, NULL, '{');
      cli_json_string (json, "id", step->id);
      cli_json_string (json, "kind", kind_names[step->kind]);
      cli_json_string (json, "type", type_names[step->type]);
      cli_json_string (json, "label", step->label);
      if (step->start != NULL)
        cli_json_string (json, "start", step->start);
      if (step->formula != NULL)
        cli_json_string (json, "formula", step->formula);
      if (is_integer_step (step))
        cli_json_int (json, "value", step->integer);
      else if (step->type == LS_EXPLAIN_F32)
        cli_json_float (json, "value", (float) step->real);
      else
        cli_json_real (json, "value", step->real);
      cli_json_close (json);
    }
  cli_json_close (json);
}

int
explain_print_json (const LsExplanation *e, const char *model, FILE *f)
{
  CliJson *json = cli_json_new ();

  cli_json_open (json, NULL, '{');
  cli_json_string (json, "model", model);
  cli_json_uint (json, "subgraph", e->subgraph);
  cli_json_uint (json, "operator", e->op);
  cli_json_string (json, "kind", e->kind);
  cli_json_string (json, "name", e->name);
  cli_json_dims (json, "at", e->at, e->operands[e->n_operands - 1].rank);
  cli_json_uint (json, "element", e->element);
  cli_json_string (json, "arithmetic", e->arithmetic);
  cli_json_string (json, "source", e->source);
  put_operands (json, e);
  put_taps (json, e);
  put_steps (json, e);
  if (e->is_integer)
    {
      cli_json_int (json, "stored", e->stored);
      cli_json_int (json, "engine_stored", e->engine_stored);
      cli_json_real (json, "error_steps", e->error_steps);
    }
  cli_json_real (json, "value", e->value);
  cli_json_real (json, "engine_value", e->engine_value);
  cli_json_real (json, "float_value", e->float_value);
  cli_json_bool (json, "saturated", e->is_saturated);
  cli_json_bool (json, "matches", e->matches);
  return cli_json_finish (json, f);
}
