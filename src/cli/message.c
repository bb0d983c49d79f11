/* One line on standard error, whatever stands in the names of a hostile file. */
#include "cli.h"

#include <stdarg.h>
#include <string.h>

/* Length of the well-formed UTF-8 character at @s and its code point; 0: there is none. */
static size_t
utf8_char (const unsigned char *s, uint32_t *out)
{
  static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
  size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 0;
  uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);

  for (size_t i = 1; i < n; i++)
    {
      if ((s[i] & 0xc0) != 0x80)
        return 0;
      c = c << 6 | (s[i] & 0x3f);
    }
  if (n == 0 || c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
    return 0;
  *out = c;
  return n;
}

size_t
cli_put_utf8 (FILE *stream, const unsigned char *text)
{
  uint32_t c;
  size_t n = utf8_char (text, &c);

  fwrite (n > 0 ? text : (const unsigned char *) "\xef\xbf\xbd", 1, n > 0 ? n : 3, stream);
  return n > 0 ? n : 1;
}

/* Control characters, and marks that turn or hide text. */
static bool
is_harmful (uint32_t c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f)
         || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

char *
cli_clean (const char *text, size_t max_chars)
{
  const unsigned char *at = (const unsigned char *) text;
  size_t length = strlen (text), n_chars = 0;
  char *clean = cli_alloc (length + 1, 4), *out = clean;

  for (; *at != '\0' && n_chars < max_chars; n_chars++)
    {
      uint32_t c = 0;
      size_t n = utf8_char (at, &c);

      if (n == 0 || is_harmful (c))
        {
          memcpy (out, "\xef\xbf\xbd", 3);
          out += 3;
        }
      else
        {
          memcpy (out, at, n);
          out += n;
        }
      at += n > 0 ? n : 1;
    }
  if (*at != '\0')
    {
      memcpy (out, "…", 3);
      out += 3;
    }
  *out = '\0';
  return clean;
}

static void
put_line (const char *format, va_list values)
{
  char *text;

  if (vasprintf (&text, format, values) < 0)
    return;

  CLI_FREE char *clean = cli_clean (text, 1600);

  free (text);
  fprintf (stderr, "litesmith: %s\n", clean);
}

void
cli_message (const char *format, ...)
{
  va_list values;

  va_start (values, format);
  put_line (format, values);
  va_end (values);
}

int
cli_usage_error (const CliArgs *args, const char *format, ...)
{
  va_list values;
  char *text;

  va_start (values, format);
  if (vasprintf (&text, format, values) < 0)
    text = NULL;
  va_end (values);
  cli_message ("%s (see litesmith %s --help)", text != NULL ? text : "wrong usage",
               args != NULL && args->command != NULL ? args->command->name : "");
  free (text);
  return CLI_USAGE;
}

LsStatus
cli_set_error (LsError *error, LsStatus status, const char *format, ...)
{
  va_list values;

  *error = (LsError){ status, -1, -1, -1, -1, "" };
  va_start (values, format);
  vsnprintf (error->message, sizeof error->message, format, values);
  va_end (values);
  return status;
}

/* Longer names are cut: the line must stay a line. */
enum
{
  NAME_CHARS = 120
};

static bool
mentions (const char *message, const char *what, int index)
{
  CLI_FREE char *text = cli_printf ("%s %d", what, index);
  const char *at = strcasestr (message, text);

  return at != NULL && (at[strlen (text)] < '0' || at[strlen (text)] > '9');
}

/* ", in subgraph 1, operator 3 CONV_2D "conv1"": what the sentence itself does not say. */
static char *
place_text (const LsModel *model, const LsError *error)
{
  const LsSubgraph *subgraph = model != NULL && error->subgraph >= 0
                                 ? ls_model_subgraph (model, (uint32_t) error->subgraph)
                                 : NULL;
  CLI_FREE char *in = error->subgraph > 0 && !mentions (error->message, "subgraph", error->subgraph)
                        ? cli_printf (", in subgraph %d", error->subgraph)
                        : cli_strdup ("");
  CLI_FREE char *op = cli_strdup (""), *tensor = cli_strdup ("");

  if (error->op >= 0 && !mentions (error->message, "operator", error->op))
    {
      free (op);
      if (subgraph != NULL && (uint32_t) error->op < subgraph->n_ops)
        {
          const LsOperator *record = &subgraph->ops[error->op];
          CLI_FREE char *kind = cli_clean (ls_op_kind_text (record), NAME_CHARS);
          CLI_FREE char *name = cli_clean (ls_op_name (subgraph, record), NAME_CHARS);

          op = cli_printf (", at operator %d %s \"%s\"", error->op, kind, name);
        }
      else
        op = cli_printf (", at operator %d", error->op);
    }
  if (error->tensor >= 0 && !mentions (error->message, "tensor", error->tensor))
    {
      free (tensor);
      if (subgraph != NULL && (uint32_t) error->tensor < subgraph->n_tensors)
        {
          CLI_FREE char *name = cli_clean (subgraph->tensors[error->tensor].name, NAME_CHARS);

          tensor = cli_printf (", tensor %d \"%s\"", error->tensor, name);
        }
      else
        tensor = cli_printf (", tensor %d", error->tensor);
    }
  return cli_printf ("%s%s%s", in, op, tensor);
}

char *
cli_error_text (const char *file, const LsModel *model, const LsError *error)
{
  CLI_FREE char *place = place_text (model, error);
  CLI_FREE char *offset = error->offset >= 0 && strstr (error->message, "byte ") == NULL
                            ? cli_printf (", at byte %lld", (long long) error->offset)
                            : cli_strdup ("");

  return cli_printf ("%s: %s%s%s", file, error->message[0] != '\0' ? error->message : "failed",
                     place, offset);
}

int
cli_fail (const char *file, const LsModel *model, const LsError *error)
{
  CLI_FREE char *text = cli_error_text (file, model, error);

  cli_message ("%s", text);
  return CLI_FAILED;
}
