/* litesmith graph */
#include "cli.h"

#include <string.h>

static const CliOption options[] = {
  { "output", 'o', "FILE", "Where to draw: .svg, .png, .pdf or .dot. Required.", NULL },
  { "subgraph", '\0', "N", "Which subgraph (default 0).", NULL },
  CLI_OPTIONS_END,
};

bool
cli_is_drawing (const char *ending)
{
  static const char *const endings[] = { "dot", "svg", "png", "pdf" };

  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
    if (strcmp (endings[i], ending) == 0)
      return true;
  return false;
}

static int
run (const CliArgs *args)
{
  const char *output = cli_value (args, "output", NULL);
  char ending[16];
  uint64_t subgraph = 0;
  LsError error = { 0 };

  if (output == NULL)
    return cli_usage_error (args, "give -o FILE");
  cli_ending (output, ending);
  if (!cli_is_drawing (ending))
    return cli_usage_error (args, "\"%s\" ends in none of .svg, .png, .pdf, .dot", output);
  if (!cli_uint (args, "subgraph", 0, UINT32_MAX, &subgraph)
      || !cli_may_write (args, args->positional[0], output))
    return CLI_USAGE;

  CLI_MODEL LsModel *model = cli_open (args->positional[0]);

  if (model == NULL)
    return CLI_FAILED;
  if (ls_graph_save (model, (uint32_t) subgraph, output, NULL, &error) != LS_OK)
    return cli_fail (args->positional[0], model, &error);
  return CLI_DONE;
}

const CliCommand cli_graph_command = {
  .name = "graph",
  .arguments = "MODEL",
  .summary = "Draw the graph into a file.",
  .min_args = 1,
  .max_args = 1,
  .options = options,
  .text = "Graphviz lays the graph out when litesmith-layout is installed; else SVG takes the "
          "built-in layout. PNG and PDF need litesmith-layout.\n",
  .examples = "  litesmith graph model.tflite -o model.svg\n",
  .run = run,
};
