/* The command line: getopt_long on a command's table of options. */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <string.h>

static int
count_options (const CliCommand *command)
{
  int n = 0;

  while (command->options[n].name != NULL)
    n++;
  return n;
}

enum
{
  HELP = 1000,
  VERSION,
  FIRST_OPTION
};

/* The tables that getopt_long wants; `shorts` has room for two characters an option and more. */
static struct option *
long_options (const CliCommand *command, char *shorts)
{
  int n = count_options (command);
  struct option *longs = cli_alloc ((size_t) n + 3, sizeof *longs);

  *shorts++ = ':';
  *shorts++ = 'h';
  for (int i = 0; i < n; i++)
    {
      const CliOption *option = &command->options[i];

      longs[i]
        = (struct option){ option->name, option->value != NULL ? required_argument : no_argument,
                           NULL, FIRST_OPTION + i };
      if (option->letter != '\0')
        *shorts++ = option->letter;
      if (option->letter != '\0' && option->value != NULL)
        *shorts++ = ':';
    }
  *shorts = '\0';
  longs[n] = (struct option){ "help", no_argument, NULL, HELP };
  longs[n + 1] = (struct option){ "version", no_argument, NULL, VERSION };
  return longs;
}

static const CliOption *
option_of (const CliCommand *command, int code)
{
  if (code >= FIRST_OPTION)
    return &command->options[code - FIRST_OPTION];
  for (int i = 0; command->options[i].name != NULL; i++)
    if (command->options[i].letter == code)
      return &command->options[i];
  return NULL;
}

/* getopt keeps the culprit in argv[optind - 1], or in optopt for a short option. */
static int
bad_option (const CliArgs *args, int code, char **argv)
{
  const CliOption *option = optopt >= FIRST_OPTION || (optopt > 0 && optopt < 128)
                              ? option_of (args->command, optopt)
                              : NULL;

  if (code == ':' && option != NULL)
    return cli_usage_error (args, "--%s needs a value: %s", option->name, option->value);
  if (optopt >= FIRST_OPTION && option != NULL)
    return cli_usage_error (args, "--%s takes no value", option->name);
  if (optopt > 0 && optopt < 128)
    return cli_usage_error (args, "there is no option -%c", optopt);
  return cli_usage_error (args, "there is no option %s (or more than one begins so)",
                          argv[optind - 1]);
}

static int
take_options (CliArgs *args, const struct option *longs, const char *shorts, int argc, char **argv,
              bool *is_help)
{
  int code;

  optind = 0; /* GNU: begin anew */
  opterr = 0;
  while ((code = getopt_long (argc, argv, shorts, longs, NULL)) != -1)
    {
      *is_help = code == HELP || code == 'h' || code == VERSION;
      if (code == VERSION)
        printf ("litesmith %s\n", ls_version ());
      else if (*is_help)
        cli_print_help (args->command);
      if (*is_help)
        return CLI_DONE;
      if (code == '?' || code == ':')
        return bad_option (args, code, argv);
      args->given = cli_grow (args->given, (size_t) args->n_given, sizeof *args->given);
      args->given[args->n_given++] = (CliGiven){ option_of (args->command, code), optarg };
    }
  return CLI_DONE;
}

int
cli_args_parse (CliArgs *args, const CliCommand *command, int argc, char **argv, bool *is_help)
{
  CLI_FREE char *shorts = cli_alloc ((size_t) count_options (command) * 2 + 4, 1);
  CLI_FREE struct option *longs = long_options (command, shorts);

  *args = (CliArgs){ .command = command };
  *is_help = false;

  int status = take_options (args, longs, shorts, argc, argv, is_help);

  if (status != CLI_DONE || *is_help)
    return status;
  args->positional = argv + optind;
  args->n_positional = argc - optind;
  if (args->n_positional < command->min_args)
    return cli_usage_error (args, "too few arguments: %s %s", command->name, command->arguments);
  if (args->n_positional > command->max_args)
    return cli_usage_error (args, "\"%s\" is one argument too many",
                            args->positional[command->max_args]);
  return CLI_DONE;
}

void
cli_args_clear (CliArgs *args)
{
  free (args->given);
  *args = (CliArgs){ 0 };
}

/* A word as a shell takes it. */
static void
put_word (FILE *f, const char *word)
{
  static const char plain[]
    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:=+@%";

  if (*word != '\0' && word[strspn (word, plain)] == '\0')
    {
      fputs (word, f);
      return;
    }
  putc ('\'', f);
  for (; *word != '\0'; word++)
    if (*word == '\'')
      fputs ("'\\''", f);
    else
      putc (*word, f);
  putc ('\'', f);
}

char *
cli_command_line (const CliArgs *args)
{
  char *text = NULL;
  size_t size;
  FILE *f = open_memstream (&text, &size);

  if (f == NULL)
    exit (cli_no_memory ());
  fprintf (f, "litesmith %s", args->command->name);
  for (int i = 0; i < args->n_positional; i++)
    {
      putc (' ', f);
      put_word (f, args->positional[i]);
    }
  for (int i = 0; i < args->n_given; i++)
    {
      fprintf (f, " --%s", args->given[i].option->name);
      if (args->given[i].option->value == NULL)
        continue;
      putc (' ', f);
      put_word (f, args->given[i].value);
    }
  if (fclose (f) != 0)
    exit (cli_no_memory ());
  return text;
}

const char *
cli_next (const CliArgs *args, const char *option, int *cursor)
{
  while (*cursor < args->n_given)
    {
      const CliGiven *given = &args->given[(*cursor)++];

      if (strcmp (given->option->name, option) == 0)
        return given->value != NULL ? given->value : "";
    }
  return NULL;
}

const char *
cli_value (const CliArgs *args, const char *option, const char *otherwise)
{
  const char *value;

  for (int cursor = 0; (value = cli_next (args, option, &cursor)) != NULL;)
    otherwise = value;
  return otherwise;
}

bool
cli_has (const CliArgs *args, const char *option)
{
  return cli_value (args, option, NULL) != NULL;
}

bool
cli_uint (const CliArgs *args, const char *option, uint64_t low, uint64_t high, uint64_t *out)
{
  const char *text = cli_value (args, option, NULL);
  char *end;

  if (text == NULL)
    return true;
  errno = 0;

  unsigned long long value = strtoull (text, &end, 10);

  if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value < low || value > high)
    {
      cli_usage_error (args, "--%s takes a whole number from %llu to %llu, not \"%s\"", option,
                       (unsigned long long) low, (unsigned long long) high, text);
      return false;
    }
  *out = value;
  return true;
}

bool
cli_real (const CliArgs *args, const char *option, double low, double high, double *out)
{
  const char *text = cli_value (args, option, NULL);
  char *end;

  if (text == NULL)
    return true;

  double value = strtod (text, &end);

  if (*text == '\0' || *end != '\0' || !(value >= low && value <= high))
    {
      cli_usage_error (args, "--%s takes a number from %g to %g, not \"%s\"", option, low, high,
                       text);
      return false;
    }
  *out = value;
  return true;
}

int
cli_word (const CliArgs *args, const char *option)
{
  const char *text = cli_value (args, option, NULL), *words = NULL;
  int index = 0;

  if (text == NULL)
    return 0;
  for (int i = 0; args->command->options[i].name != NULL; i++)
    if (strcmp (args->command->options[i].name, option) == 0)
      words = args->command->options[i].words;
  for (const char *at = words; at != NULL && *at != '\0'; index++)
    {
      size_t length = strcspn (at, " ");

      if (strlen (text) == length && strncmp (at, text, length) == 0)
        return index;
      at += length + strspn (at + length, " ");
    }
  cli_usage_error (args, "--%s takes one of: %s; not \"%s\"", option, words, text);
  return -1;
}
