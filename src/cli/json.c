#include "cli.h"

#include <math.h>
#include <string.h>

enum
{
  MAX_DEPTH = 32
};

struct CliJson
{
  FILE *stream;
  char *text;
  size_t size;
  int depth;
  struct
  {
    char bracket;
    bool is_row, is_empty;
  } levels[MAX_DEPTH];
};

CliJson *
cli_json_new (void)
{
  CliJson *json = cli_alloc (1, sizeof *json);

  json->stream = open_memstream (&json->text, &json->size);
  if (json->stream == NULL)
    exit (cli_no_memory ());
  return json;
}

void
cli_json_free (CliJson *json)
{
  if (json == NULL)
    return;
  if (json->stream != NULL)
    fclose (json->stream);
  free (json->text);
  free (json);
}

/* Text in quotes: escaped, and bytes that are no UTF-8 replaced. */
static void
put_string (FILE *stream, const char *value)
{
  putc ('"', stream);
  for (const unsigned char *at = (const unsigned char *) value; *at != '\0';)
    {
      size_t run = 0;

      /* Plain ASCII goes as it is. */
      while (at[run] >= 0x20 && at[run] < 0x7f && at[run] != '"' && at[run] != '\\')
        run++;
      fwrite (at, 1, run, stream);
      at += run;
      if (*at == '\0')
        break;
      if (*at == '"' || *at == '\\')
        fprintf (stream, "\\%c", *at++);
      else if (*at <= 0x7f)
        fprintf (stream, "\\u%04x", *at++);
      else
        at += cli_put_utf8 (stream, at);
    }
  putc ('"', stream);
}

static void
begin_value (CliJson *json, const char *key)
{
  if (json->depth > 0)
    {
      bool is_row = json->levels[json->depth - 1].is_row;

      if (!json->levels[json->depth - 1].is_empty)
        fputs (is_row ? ", " : ",", json->stream);
      if (!is_row)
        fprintf (json->stream, "\n%*s", json->depth, "");
      json->levels[json->depth - 1].is_empty = false;
    }
  if (key != NULL)
    {
      put_string (json->stream, key);
      fputs (": ", json->stream);
    }
}

static void
open_level (CliJson *json, const char *key, char bracket, bool is_row)
{
  begin_value (json, key);
  putc (bracket, json->stream);
  is_row |= json->depth > 0 && json->levels[json->depth - 1].is_row;
  if (json->depth == MAX_DEPTH)
    abort ();
  json->levels[json->depth].bracket = bracket;
  json->levels[json->depth].is_row = is_row;
  json->levels[json->depth++].is_empty = true;
}

void
cli_json_open (CliJson *json, const char *key, char bracket)
{
  open_level (json, key, bracket, false);
}

void
cli_json_open_row (CliJson *json, const char *key, char bracket)
{
  open_level (json, key, bracket, true);
}

void
cli_json_close (CliJson *json)
{
  json->depth--;
  if (!json->levels[json->depth].is_empty && !json->levels[json->depth].is_row)
    fprintf (json->stream, "\n%*s", json->depth, "");
  putc (json->levels[json->depth].bracket == '{' ? '}' : ']', json->stream);
}

void
cli_json_string (CliJson *json, const char *key, const char *value)
{
  begin_value (json, key);
  if (value != NULL)
    put_string (json->stream, value);
  else
    fputs ("null", json->stream);
}

void
cli_json_int (CliJson *json, const char *key, int64_t value)
{
  begin_value (json, key);
  fprintf (json->stream, "%lld", (long long) value);
}

void
cli_json_uint (CliJson *json, const char *key, uint64_t value)
{
  begin_value (json, key);
  fprintf (json->stream, "%llu", (unsigned long long) value);
}

/* JSON has no word for what is no finite number. */
static bool
put_special (CliJson *json, double value)
{
  if (isfinite (value))
    return false;
  put_string (json->stream, isnan (value) ? "nan" : value > 0 ? "inf" : "-inf");
  return true;
}

void
cli_json_real (CliJson *json, const char *key, double value)
{
  char text[CLI_NUMBER_SIZE];

  begin_value (json, key);
  if (!put_special (json, value))
    fputs (cli_format_double (value, text), json->stream);
}

void
cli_json_float (CliJson *json, const char *key, float value)
{
  char text[CLI_NUMBER_SIZE];

  begin_value (json, key);
  if (!put_special (json, value))
    fputs (cli_format_float (value, text), json->stream);
}

void
cli_json_errors (CliJson *json, const LsComparedTensor *tensor)
{
  cli_json_real (json, "max_abs", tensor->max_abs);
  cli_json_real (json, "mean_abs", tensor->mean_abs);
  cli_json_real (json, "sqnr_db", tensor->sqnr_db);
  cli_json_real (json, "cosine", tensor->cosine);
  cli_json_real (json, "max_magnitude", tensor->max_magnitude);
}

void
cli_json_bool (CliJson *json, const char *key, bool value)
{
  begin_value (json, key);
  fputs (value ? "true" : "false", json->stream);
}

void
cli_json_dims (CliJson *json, const char *key, const int32_t *dims, int64_t rank)
{
  cli_json_open_row (json, key, '[');
  for (int64_t i = 0; i < rank; i++)
    cli_json_int (json, NULL, dims[i]);
  cli_json_close (json);
}

int
cli_json_finish (CliJson *json, FILE *stream)
{
  while (json->depth > 0)
    cli_json_close (json);
  putc ('\n', json->stream);

  bool is_good = fclose (json->stream) == 0;

  json->stream = NULL;
  is_good
    = is_good && fwrite (json->text, 1, json->size, stream) == json->size && fflush (stream) == 0;
  cli_json_free (json);
  if (is_good)
    return CLI_DONE;
  cli_message ("the report cannot be written");
  return CLI_FAILED;
}
