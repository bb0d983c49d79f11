/* litesmith: the headless face of the engine. */
#include "cli.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define CLI_COMMAND(stem) extern const CliCommand cli_##stem##_command;
#include "commands.def"
#undef CLI_COMMAND

const CliCommand *const cli_commands[] = {
#define CLI_COMMAND(stem) &cli_##stem##_command,
#include "commands.def"
#undef CLI_COMMAND
  NULL,
};

static const CliCommand *
find_command (const char *name)
{
  for (int i = 0; cli_commands[i] != NULL; i++)
    if (strcmp (cli_commands[i]->name, name) == 0)
      return cli_commands[i];
  return NULL;
}

static int
run_command (const CliCommand *command, int argc, char **argv)
{
  CliArgs args;
  bool is_help;
  int status = cli_args_parse (&args, command, argc, argv, &is_help);
  uint64_t memory_mib = 0;

  if (status == CLI_DONE && !cli_uint (&args, "max-memory", 1, UINT64_MAX >> 20, &memory_mib))
    status = CLI_USAGE;
  ls_set_run_memory (memory_mib << 20);
  if (status == CLI_DONE && !is_help)
    status = command->run (&args);
  cli_args_clear (&args);
  if ((fflush (stdout) != 0 || ferror (stdout)) && status == CLI_DONE)
    {
      cli_message ("standard output cannot be written");
      status = CLI_FAILED;
    }
  return status;
}

/* Options that stand before any command. */
static int
run_option (int argc, char **argv)
{
  const char *option = argv[1];

  if (strcmp (option, "--version") == 0)
    printf ("litesmith %s\n", ls_version ());
  else if (strcmp (option, "--help") == 0 || strcmp (option, "-h") == 0)
    cli_print_overview (stdout);
  else if (strcmp (option, "--man") == 0)
    cli_print_man ();
  else if (strcmp (option, "--completion") != 0 || argc != 3 || !cli_print_completion (argv[2]))
    {
      cli_message ("there is no option %s (see litesmith --help)", option);
      return CLI_USAGE;
    }
  return CLI_DONE;
}

/* Files are read where they are mapped: one that another program cuts off has no more bytes. */
static void
end_cut_short (int number)
{
  static const char text[] = "litesmith: a file was cut short while it was read\n";

  (void) number;
  if (write (STDERR_FILENO, text, sizeof text - 1) < 0)
    _exit (CLI_FAILED);
  _exit (CLI_FAILED);
}

int
main (int argc, char **argv)
{
  signal (SIGBUS, end_cut_short);
  /* Where files may only be so large, writing fails as on a full disk, and what was begun goes. */
  signal (SIGXFSZ, SIG_IGN);
  if (argc < 2)
    {
      cli_print_overview (stderr);
      return CLI_USAGE;
    }
  if (argv[1][0] == '-')
    return run_option (argc, argv);

  bool is_help = strcmp (argv[1], "help") == 0;

  if (is_help && argc == 2)
    {
      cli_print_overview (stdout);
      return CLI_DONE;
    }

  const CliCommand *command = find_command (argv[is_help ? 2 : 1]);

  if (command == NULL)
    {
      cli_message ("there is no command \"%s\" (see litesmith --help)", argv[is_help ? 2 : 1]);
      return CLI_USAGE;
    }
  if (is_help)
    {
      cli_print_help (command);
      return CLI_DONE;
    }
  return run_command (command, argc - 1, argv + 1);
}
