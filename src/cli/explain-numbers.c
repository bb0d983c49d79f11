/* A formula of an explanation with the numbers in the place of the names. */
#include "explain.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

static bool
is_name_char (char c)
{
  return isalnum ((unsigned char) c) || c == '_';
}

/* The value of the step called so before step @before; negative ones in parentheses. */
static bool
put_step (FILE *f, const LsExplanation *e, uint32_t before, const char *name, size_t length)
{
  char number[CLI_NUMBER_SIZE];

  if (length == 6 && strncmp (name, "N_TAPS", length) == 0)
    return fprintf (f, "%" PRIu32, e->n_taps) > 0;
  for (uint32_t i = 0; i < before; i++)
    {
      const LsExplainStep *step = &e->steps[i];

      if (strlen (step->id) != length || strncmp (step->id, name, length) != 0)
        continue;
      if (step->type == LS_EXPLAIN_I32 || step->type == LS_EXPLAIN_I64)
        snprintf (number, sizeof number, "%" PRId64, step->integer);
      else if (step->type == LS_EXPLAIN_F32)
        cli_format_float ((float) step->real, number);
      else
        cli_format_double (step->real, number);
      return fprintf (f, number[0] == '-' ? "(%s)" : "%s", number) > 0;
    }
  return false;
}

/* "x[3]": the tap as stored. Gives how many characters it was; 0: it is none. */
static size_t
put_tap (FILE *f, const LsExplanation *e, const char *at)
{
  char *end;

  if (at[0] != 'x' || at[1] != '[' || !isdigit ((unsigned char) at[2]))
    return 0;

  const unsigned long index = strtoul (at + 2, &end, 10);

  if (*end != ']' || index >= e->n_taps)
    return 0;
  fprintf (f, e->taps[index].x < 0 ? "(%.9g)" : "%.9g", e->taps[index].x);
  return (size_t) (end + 1 - at);
}

static size_t
cast_length (const char *at)
{
  static const char *const casts[] = { "(double) ", "(float) ", "(int32_t) ", "(int64_t) " };

  for (size_t i = 0; i < sizeof casts / sizeof casts[0]; i++)
    if (strncmp (at, casts[i], strlen (casts[i])) == 0)
      return strlen (casts[i]);
  return 0;
}

char *
explain_numbers (const LsExplanation *e, uint32_t step)
{
  const char *at = e->steps[step].formula;
  char *text = NULL;
  size_t size, n_names = 0;
  FILE *f = open_memstream (&text, &size);

  if (f == NULL)
    exit (cli_no_memory ());
  while (*at != '\0')
    {
      size_t n = 0;

      while (is_name_char (at[n]) || (n > 0 && isdigit ((unsigned char) *at) && at[n] == '.'))
        n++;

      const size_t tap = put_tap (f, e, at), cast = n == 0 ? cast_length (at) : 0;

      if (tap == 0 && cast == 0)
        {
          const bool is_known = n > 0 && put_step (f, e, step, at, n);

          n_names += is_known;
          n = n > 0 ? n : 1;
          if (!is_known)
            fwrite (at, 1, n, f);
        }
      n_names += tap > 0;
      at += tap > 0 ? tap : cast > 0 ? cast : n;
    }
  if (fclose (f) != 0)
    exit (cli_no_memory ());
  if (n_names == 0)
    text[0] = '\0';
  return text;
}
