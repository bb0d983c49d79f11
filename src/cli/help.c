/* Help, the manual page and completion, all from the tables of the commands. */
#include "cli.h"

#include <string.h>

static const CliOption common[] = {
  { "help", 'h', NULL, "Print this help.", NULL },
  { "version", '\0', NULL, "Print the version.", NULL },
  CLI_OPTIONS_END,
};

/* Prints @text in lines of at most 79 columns behind @indent spaces; the cursor is at @column. */
static void
print_wrapped (const char *text, size_t column, size_t indent)
{
  const size_t width = 79;

  while (*text != '\0')
    {
      size_t length = strcspn (text, " \n"), columns = 0;

      for (size_t i = 0; i < length; i++)
        columns += ((unsigned char) text[i] & 0xc0) != 0x80;
      if (column > indent && column + 1 + columns > width)
        column = (putchar ('\n'), 0);
      if (column < indent)
        column += (size_t) printf ("%*s", (int) (indent - column), "");
      else if (column > indent)
        column += (size_t) printf (" ");
      fwrite (text, 1, length, stdout);
      column += columns;
      text += length;
      if (*text == '\n')
        column = (putchar ('\n'), 0);
      text += *text != '\0';
    }
  if (column > 0)
    putchar ('\n');
}

/* What an option is for, and the words that it takes where the text does not name them all. Caller
 * frees. */
static char *
explain_option (const CliOption *option)
{
  char words[200], list[200] = "";
  bool names_all = true;

  snprintf (words, sizeof words, "%s", option->words != NULL ? option->words : "");
  for (char *rest, *word = strtok_r (words, " ", &rest); word != NULL;
       word = strtok_r (NULL, " ", &rest))
    {
      size_t length = strlen (list);

      names_all = names_all && strstr (option->help, word) != NULL;
      snprintf (list + length, sizeof list - length, length > 0 ? ", %s" : "%s", word);
    }
  return names_all ? cli_printf ("%s", option->help)
                   : cli_printf ("%s One of: %s.", option->help, list);
}

static void
print_options (const CliOption *options)
{
  enum
  {
    HELP_COLUMN = 28
  };

  for (; options->name != NULL; options++)
    {
      char left[80];
      int length = options->letter != '\0'
                     ? snprintf (left, sizeof left, "  -%c, ", options->letter)
                     : snprintf (left, sizeof left, "      ");

      length += snprintf (left + length, sizeof left - (size_t) length, "--%s%s%s", options->name,
                          options->value != NULL ? " " : "",
                          options->value != NULL ? options->value : "");
      fputs (left, stdout);
      if (length > HELP_COLUMN - 2)
        length = (putchar ('\n'), 0);

      CLI_FREE char *text = explain_option (options);

      print_wrapped (text, (size_t) length, HELP_COLUMN);
    }
}

void
cli_print_help (const CliCommand *command)
{
  printf ("Usage: litesmith %s [OPTION…] %s\n\n", command->name, command->arguments);
  print_wrapped (command->summary, 0, 0);
  if (command->text != NULL)
    {
      putchar ('\n');
      print_wrapped (command->text, 0, 0);
    }
  printf ("\nOptions:\n");
  print_options (command->options);
  print_options (common);
  if (command->examples != NULL)
    printf ("\nExamples:\n%s", command->examples);
}

void
cli_print_overview (FILE *stream)
{
  fprintf (stream, "Usage: litesmith COMMAND [OPTION…] ARGUMENTS\n\n"
                   "Opens, shows, mends, converts, runs and times neural-network models.\n\n"
                   "Commands:\n");
  for (int i = 0; cli_commands[i] != NULL; i++)
    fprintf (stream, "  %-9s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
  fprintf (stream,
           "\nlitesmith COMMAND --help tells more. Exit status: 0 done, 1 the work failed,\n"
           "2 wrong usage.\n");
}

/* ---- The manual page ------------------------------------------------------------------------- */

/* Text for roff: what it would take for its own is escaped. */
static void
print_roff (const char *text)
{
  bool is_start = true;

  for (; *text != '\0'; text++)
    {
      if (is_start && (*text == '.' || *text == '\''))
        fputs ("\\&", stdout);
      if (*text == '-')
        fputs ("\\-", stdout);
      else if (*text == '\\')
        fputs ("\\e", stdout);
      else
        putchar (*text);
      is_start = *text == '\n';
    }
}

static void
print_man_options (const CliOption *options)
{
  for (; options->name != NULL; options++)
    {
      printf (".TP\n\\fB");
      if (options->letter != '\0')
        printf ("\\-%c\\fR, \\fB", options->letter);
      print_roff ("--");
      print_roff (options->name);
      printf ("\\fR");
      if (options->value != NULL)
        {
          printf (" \\fI");
          print_roff (options->value);
          printf ("\\fR");
        }
      putchar ('\n');

      CLI_FREE char *text = explain_option (options);

      print_roff (text);
      putchar ('\n');
    }
}

static void
print_man_command (const CliCommand *command)
{
  printf (".SS \"");
  print_roff (command->name);
  putchar (' ');
  print_roff (command->arguments);
  printf ("\"\n");
  print_roff (command->summary);
  putchar ('\n');
  if (command->text != NULL)
    {
      printf (".PP\n");
      for (const char *at = command->text; *at != '\0';)
        {
          size_t length = strcspn (at, "\n");
          CLI_FREE char *line = cli_printf ("%.*s", (int) length, at);

          print_roff (line);
          printf ("\n.PP\n");
          at += length + (at[length] == '\n');
          at += *at == '\n';
        }
    }
  print_man_options (command->options);
  if (command->examples != NULL)
    {
      printf (".PP\nExamples:\n.PP\n.nf\n");
      print_roff (command->examples);
      printf (".fi\n");
    }
}

void
cli_print_man (void)
{
  printf (".TH LITESMITH 1 \"\" \"litesmith %s\" \"User Commands\"\n"
          ".SH NAME\nlitesmith \\- look into, mend, convert, run and time neural networks\n"
          ".SH SYNOPSIS\n.B litesmith\n\\fICOMMAND\\fR [\\fIOPTION\\fR...] \\fIARGUMENTS\\fR\n"
          ".SH DESCRIPTION\n"
          "Results go to standard output; messages, and a progress bar on a terminal, to standard "
          "error.\nAn error is one line: the file, what is wrong, and where. Outputs are written "
          "beside their place and renamed into it.\n"
          ".SH COMMANDS\n",
          ls_version ());
  for (int i = 0; cli_commands[i] != NULL; i++)
    print_man_command (cli_commands[i]);
  printf (".SH COMMON OPTIONS\n");
  print_man_options (common);
  printf (".SH EXIT STATUS\n.TP\n.B 0\nDone.\n.TP\n.B 1\nThe work failed: a bad model, an "
          "unsupported operator, a difference over the tolerance.\n.TP\n.B 2\nWrong usage.\n"
          ".SH ENVIRONMENT\n.TP\n.B LITESMITH_ISA\nAsks for kernels of a lesser instruction set "
          "than the processor has, such as \\fBscalar\\fR.\n.TP\n.B LITESMITH_LAYOUT\nThe program "
          "that lays out and renders graphs, when it is not the one that was installed.\n");
}

/* ---- Completion ------------------------------------------------------------------------------ */

/* 'f' a file, 'd' a folder, 'w' one of the words, 'n' anything else, '-' a switch. */
static char
kind_of (const CliOption *option)
{
  if (option->value == NULL)
    return '-';
  if (option->words != NULL)
    return 'w';
  if (strcmp (option->value, "DIR") == 0)
    return 'd';
  return strstr (option->value, "FILE") != NULL || strstr (option->value, "LIST") != NULL
             || strcmp (option->value, "PATH") == 0
           ? 'f'
           : 'n';
}

static void
print_bash_command (const CliCommand *command)
{
  printf ("  %s)\n    case $prev in\n", command->name);
  for (const CliOption *option = command->options; option->name != NULL; option++)
    {
      char kind = kind_of (option);

      if (kind == '-')
        continue;
      printf ("    --%s", option->name);
      if (option->letter != '\0')
        printf ("|-%c", option->letter);
      if (kind == 'w')
        printf (") COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return;;\n", option->words);
      else
        printf (") COMPREPLY=(%s); return;;\n", kind == 'd'   ? "$(compgen -d -- \"$cur\")"
                                                : kind == 'f' ? "$(compgen -f -- \"${cur#*=}\")"
                                                              : "");
    }
  printf ("    esac\n    opts='");
  for (const CliOption *option = command->options; option->name != NULL; option++)
    printf ("--%s ", option->name);
  printf ("--help';;\n");
}

static void
print_bash (void)
{
  printf ("# bash completion for litesmith\n_litesmith ()\n{\n"
          "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} opts=\n"
          "  compopt -o filenames 2>/dev/null\n"
          "  if [ \"$COMP_CWORD\" = 1 ]; then\n    COMPREPLY=($(compgen -W '");
  for (int i = 0; cli_commands[i] != NULL; i++)
    printf ("%s ", cli_commands[i]->name);
  printf ("--help --version' -- \"$cur\"))\n    return\n  fi\n  case ${COMP_WORDS[1]} in\n");
  for (int i = 0; cli_commands[i] != NULL; i++)
    print_bash_command (cli_commands[i]);
  printf ("  esac\n  case $cur in\n  -*) COMPREPLY=($(compgen -W \"$opts\" -- \"$cur\"));;\n"
          "  *) COMPREPLY=($(compgen -f -- \"$cur\"));;\n  esac\n}\n"
          "complete -F _litesmith litesmith\n");
}

/* @text inside single quotes of a shell, without what @special names. */
static void
print_quoted (const char *text, const char *special)
{
  for (; *text != '\0'; text++)
    if (*text == '\'')
      fputs ("'\\''", stdout);
    else if (strchr (special, *text) != NULL)
      printf ("\\%c", *text);
    else
      putchar (*text);
}

static void
print_zsh_options (const CliOption *options)
{
  for (; options->name != NULL; options++)
    {
      char kind = kind_of (options);

      printf (" \\\n    '*--%s[", options->name);
      print_quoted (options->help, "[]:");
      printf ("]");
      if (kind == 'w')
        printf (":%s:(%s)", options->value, options->words);
      else if (kind != '-')
        printf (":%s:%s", options->value, kind == 'd' ? "_files -/" : kind == 'f' ? "_files" : "");
      putchar ('\'');
    }
}

static void
print_zsh (void)
{
  printf ("#compdef litesmith\n_litesmith ()\n{\n  local -a commands\n  commands=(\n");
  for (int i = 0; cli_commands[i] != NULL; i++)
    {
      printf ("    '%s:", cli_commands[i]->name);
      print_quoted (cli_commands[i]->summary, ":");
      printf ("'\n");
    }
  printf ("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
          "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n");
  for (int i = 0; cli_commands[i] != NULL; i++)
    {
      printf ("  %s) _arguments -s", cli_commands[i]->name);
      print_zsh_options (cli_commands[i]->options);
      print_zsh_options (common);
      printf (" \\\n    '*:file:_files';;\n");
    }
  printf ("  esac\n}\n_litesmith \"$@\"\n");
}

static void
print_fish_options (const char *command, const CliOption *options)
{
  for (; options->name != NULL; options++)
    {
      char kind = kind_of (options);

      printf ("complete -c litesmith -n '__fish_seen_subcommand_from %s' -l %s", command,
              options->name);
      if (options->letter != '\0')
        printf (" -s %c", options->letter);
      if (kind == 'w')
        printf (" -x -a '%s'", options->words);
      else if (kind != '-')
        printf (kind == 'n' ? " -x" : " -r");
      printf (" -d '");
      print_quoted (options->help, "");
      printf ("'\n");
    }
}

static void
print_fish (void)
{
  printf ("# fish completion for litesmith\n");
  for (int i = 0; cli_commands[i] != NULL; i++)
    {
      const char *name = cli_commands[i]->name;

      printf ("complete -c litesmith -n __fish_use_subcommand -a %s -d '", name);
      print_quoted (cli_commands[i]->summary, "");
      printf ("'\n");
      print_fish_options (name, cli_commands[i]->options);
      print_fish_options (name, common);
    }
}

bool
cli_print_completion (const char *shell)
{
  static const struct
  {
    const char *name;
    void (*print) (void);
  } shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };

  for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
    if (strcmp (shells[i].name, shell) == 0)
      return shells[i].print (), true;
  return false;
}
