/* litesmith edit */
#include "cli.h"

#include <errno.h>
#include <string.h>

static const CliOption options[] = {
  { "from", '\0', "TENSOR",
    "Cuts: this tensor becomes an input. May be given again. By name, by index, or by a pattern "
    "with "
    "* and ? that one name matches.",
    NULL },
  { "until", '\0', "TENSOR",
    "Cuts: this tensor becomes an output, and what it does not need goes. May be given again.",
    NULL },
  { "drop-postprocess", '\0', NULL,
    "Takes out detection post-processing and non-maximum suppression with all behind them, or "
    "else SOFTMAX, LOGISTIC, ARG_MAX and TOPK at the outputs.",
    NULL },
  { "shape", '\0', "INPUT=1x320x320x3",
    "Gives an input another shape (? leaves a dimension open); all other shapes follow.", NULL },
  { "rename", '\0', "OLD=NEW",
    "Renames tensors, inputs and outputs of signatures, and signatures that are called OLD; one * "
    "in "
    "both stands for the part that stays.",
    NULL },
  { "description", '\0', "TEXT", "Sets the description of the model.", NULL },
  { "metadata", '\0', "KEY=TEXT",
    "Sets name, description, version, author or license of the TFLite Metadata, or another entry; "
    "an empty TEXT takes it out.",
    NULL },
  { "op-version", '\0', "OPERATOR=N", "Sets the version of all operators of a kind.", NULL },
  { "subgraph", '\0', "N", "The subgraph to cut, reshape and rename in (default 0).", NULL },
  { "in-place", '\0', NULL, "Lets OUT be MODEL itself.", NULL },
  CLI_MEMORY_OPTION,
  CLI_JSON_OPTION,
  CLI_OPTIONS_END,
};

typedef struct
{
  const CliArgs *args;
  LsModel *model;
  uint32_t subgraph;
  LsEditReport report;
  uint32_t n_ops_before;
} Edit;

/* A message that fits: what the command line asks for is wrong, or the model cannot do it. */
static int
fail (const Edit *edit, const LsError *error)
{
  return cli_fail (edit->args->positional[0], edit->model, error);
}

/* Splits "KEY=TEXT" at its last '=' before @limit, or first; NULL after a message. The key is from
 * malloc. */
static char *
split (const CliArgs *args, const char *option, const char *text, const char **value)
{
  const char *at = strchr (text, '=');

  if (at == NULL || at == text)
    {
      cli_usage_error (args, "--%s takes two parts with = between them, not \"%s\"", option, text);
      return NULL;
    }
  *value = at + 1;
  return cli_printf ("%.*s", (int) (at - text), text);
}

/* ---- Steps: each gives an exit status -------------------------------------------------------- */

/* The tensors of an option, by index; NULL after a message. */
static uint32_t *
find_tensors (const Edit *edit, const char *option, uint32_t *count, int *status)
{
  uint32_t *tensors = cli_alloc ((size_t) edit->args->n_given + 1, sizeof *tensors);
  LsError error = { 0 };
  const char *name;

  *count = 0;
  for (int cursor = 0; (name = cli_next (edit->args, option, &cursor)) != NULL;)
    if (ls_edit_find_tensor (edit->model, edit->subgraph, name, &tensors[(*count)++], &error)
        != LS_OK)
      {
        *status = fail (edit, &error);
        break;
      }
  return tensors;
}

static int
cut (Edit *edit)
{
  LsError error = { 0 };
  uint32_t n_from, n_until;
  int status = CLI_DONE;
  CLI_FREE uint32_t *from = find_tensors (edit, "from", &n_from, &status);
  CLI_FREE uint32_t *until
    = status == CLI_DONE ? find_tensors (edit, "until", &n_until, &status) : NULL;

  if (status != CLI_DONE || n_from + n_until == 0)
    return status;
  if (ls_edit_cut (edit->model, edit->subgraph, from, n_from, until, n_until, &edit->report, &error)
      != LS_OK)
    return fail (edit, &error);
  return CLI_DONE;
}

static int
drop_postprocess (Edit *edit)
{
  LsError error = { 0 };

  if (cli_has (edit->args, "drop-postprocess")
      && ls_edit_drop_postprocess (edit->model, edit->subgraph, &edit->report, &error) != LS_OK)
    return fail (edit, &error);
  return CLI_DONE;
}

/* "1x320x320x3"; "?" and -1 are open. False: it is no shape. */
static bool
parse_shape (const char *text, LsEditShape *out)
{
  out->rank = 0;
  if (strcmp (text, "scalar") == 0)
    return true;
  while (out->rank < LS_MAX_RANK)
    {
      char *end = (char *) text + 1;
      long size = -1;

      errno = 0;
      if (*text != '?')
        size = strtol (text, &end, 10);
      if (end == text || errno != 0 || size < -1 || size > INT32_MAX)
        return false;
      out->dims[out->rank++] = (int32_t) size;
      if (*end == '\0')
        return true;
      if (*end != 'x' && *end != ',')
        return false;
      text = end + 1;
    }
  return false;
}

/* The position of an input: by its tensor's name, its name in a signature, or the position itself.
 */
static bool
find_input (const Edit *edit, const char *name, uint32_t *out)
{
  const LsSubgraph *graph = ls_model_subgraph (edit->model, edit->subgraph);
  char *end;
  const unsigned long position = strtoul (name, &end, 10);
  int64_t tensor = -1;

  for (uint32_t i = 0; i < ls_model_n_signatures (edit->model); i++)
    {
      const LsSignature *s = ls_model_signature (edit->model, i);

      for (uint32_t k = 0; k < s->n_inputs && s->subgraph == edit->subgraph; k++)
        if (strcmp (s->inputs[k].name, name) == 0)
          tensor = s->inputs[k].tensor;
    }
  for (uint32_t i = 0; i < graph->n_inputs; i++)
    if (strcmp (graph->tensors[graph->inputs[i]].name, name) == 0 || graph->inputs[i] == tensor)
      {
        *out = i;
        return true;
      }
  *out = (uint32_t) position;
  return *name >= '0' && *name <= '9' && *end == '\0' && position < graph->n_inputs;
}

static int
set_shapes (Edit *edit)
{
  CLI_FREE LsEditShape *shapes = cli_alloc ((size_t) edit->args->n_given + 1, sizeof *shapes);
  LsError error = { 0 };
  uint32_t n = 0;
  const char *text, *value;

  for (int cursor = 0; (text = cli_next (edit->args, "shape", &cursor)) != NULL; n++)
    {
      CLI_FREE char *name = split (edit->args, "shape", text, &value);

      if (name == NULL)
        return CLI_USAGE;
      if (!parse_shape (value, &shapes[n]))
        return cli_usage_error (edit->args, "--shape takes INPUT=1x320x320x3, not \"%s\"", text);
      if (!find_input (edit, name, &shapes[n].input))
        {
          cli_message ("%s: there is no input \"%s\"", edit->args->positional[0], name);
          return CLI_FAILED;
        }
    }
  if (n > 0
      && ls_edit_set_shapes (edit->model, edit->subgraph, shapes, n, &edit->report, &error)
           != LS_OK)
    return fail (edit, &error);
  return CLI_DONE;
}

/* What --rename names by its index, by the name that it had before anything was cut. */
static char **
rename_names (const Edit *edit)
{
  char **names = cli_alloc ((size_t) edit->args->n_given + 1, sizeof *names);
  const LsSubgraph *graph = ls_model_subgraph (edit->model, edit->subgraph);
  const char *text, *value;
  int n = 0;

  for (int cursor = 0; (text = cli_next (edit->args, "rename", &cursor)) != NULL; n++)
    {
      names[n] = split (edit->args, "rename", text, &value);
      if (names[n] == NULL)
        break;

      const int tensor = ls_subgraph_find_tensor (graph, names[n]);

      if (tensor >= 0 && graph->tensors[tensor].name[0] != '\0')
        {
          free (names[n]);
          names[n] = cli_strdup (graph->tensors[tensor].name);
        }
    }
  return names;
}

static int
rename_all (Edit *edit, char *const *names)
{
  LsError error = { 0 };
  const char *text;
  int n = 0;

  for (int cursor = 0; (text = cli_next (edit->args, "rename", &cursor)) != NULL; n++)
    {
      if (names[n] == NULL)
        return CLI_USAGE;
      if (ls_edit_rename (edit->model, edit->subgraph, names[n], strchr (text, '=') + 1,
                          &edit->report, &error)
          != LS_OK)
        return fail (edit, &error);
    }
  return CLI_DONE;
}

static int
set_texts (Edit *edit)
{
  const char *description = cli_value (edit->args, "description", NULL), *text, *value;
  LsError error = { 0 };

  if (description != NULL && ls_edit_set_description (edit->model, description, &error) != LS_OK)
    return fail (edit, &error);
  for (int cursor = 0; (text = cli_next (edit->args, "metadata", &cursor)) != NULL;)
    {
      CLI_FREE char *key = split (edit->args, "metadata", text, &value);

      if (key == NULL)
        return CLI_USAGE;
      if (ls_edit_set_metadata (edit->model, key, value, &error) != LS_OK)
        return fail (edit, &error);
    }
  return CLI_DONE;
}

static int
set_versions (Edit *edit)
{
  LsError error = { 0 };
  const char *text, *value;

  for (int cursor = 0; (text = cli_next (edit->args, "op-version", &cursor)) != NULL;)
    {
      CLI_FREE char *kind = split (edit->args, "op-version", text, &value);
      char *end;

      if (kind == NULL)
        return CLI_USAGE;

      const long version = strtol (value, &end, 10);

      if (end == value || *end != '\0' || version < 1 || version > 1000)
        return cli_usage_error (edit->args, "--op-version takes OPERATOR=N, not \"%s\"", text);
      if (ls_edit_set_op_version (edit->model, kind, (int32_t) version, &edit->report, &error)
          != LS_OK)
        return fail (edit, &error);
    }
  return CLI_DONE;
}

/* ---- The report ------------------------------------------------------------------------------ */

static void
json_ports (CliJson *json, const char *key, const LsSubgraph *graph, const int32_t *ports,
            uint32_t count)
{
  cli_json_open (json, key, '[');
  for (uint32_t i = 0; i < count; i++)
    {
      const LsTensor *tensor = &graph->tensors[ports[i]];

      cli_json_open_row (json, NULL, '{');
      cli_json_string (json, "name", tensor->name);
      cli_json_int (json, "tensor", ports[i]);
      cli_json_string (json, "type", ls_type_name (tensor->type));
      cli_json_dims (json, "shape", tensor->dims, tensor->rank);
      cli_json_close (json);
    }
  cli_json_close (json);
}

static int
print_json (const Edit *edit)
{
  const LsSubgraph *graph = ls_model_subgraph (edit->model, edit->subgraph);
  CliJson *json = cli_json_new ();

  cli_json_open (json, NULL, '{');
  cli_json_string (json, "model", edit->args->positional[0]);
  cli_json_string (json, "output", edit->args->positional[1]);
  cli_json_uint (json, "operators_before", edit->n_ops_before);
  if (graph != NULL)
    {
      cli_json_uint (json, "operators_after", graph->n_ops);
      json_ports (json, "inputs", graph, graph->inputs, graph->n_inputs);
      json_ports (json, "outputs", graph, graph->outputs, graph->n_outputs);
    }
  cli_json_open (json, "notes", '[');
  for (uint32_t i = 0; i < edit->report.n_notes; i++)
    cli_json_string (json, NULL, edit->report.notes[i]);
  return cli_json_finish (json, stdout);
}

/* "input  0: image  1×8×8×1 FLOAT32" a line. */
static void
print_ports (const LsSubgraph *graph, const char *what, const int32_t *ports, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    {
      const LsTensor *tensor = &graph->tensors[ports[i]];
      CLI_FREE char *name = cli_clean (tensor->name, 100);
      CLI_FREE char *dims = cli_format_dims (tensor->dims, tensor->rank);

      printf ("%-6s %u: %s  %s %s\n", what, i, name, dims, ls_type_name (tensor->type));
    }
}

static int
print_text (const Edit *edit)
{
  const LsSubgraph *graph = ls_model_subgraph (edit->model, edit->subgraph);

  for (uint32_t i = 0; i < edit->report.n_notes; i++)
    {
      CLI_FREE char *note = cli_clean (edit->report.notes[i], 400);

      puts (note);
    }
  if (graph == NULL)
    return CLI_DONE;
  print_ports (graph, "input", graph->inputs, graph->n_inputs);
  print_ports (graph, "output", graph->outputs, graph->n_outputs);
  printf ("%u operators → %u\n", edit->n_ops_before, graph->n_ops);
  return CLI_DONE;
}

/* ---- The command ----------------------------------------------------------------------------- */

static int
save (const Edit *edit)
{
  LsError error = { 0 };
  const LsStatus result = ls_model_save (edit->model, edit->args->positional[1], &error);

  if (result == LS_E_USAGE)
    return cli_usage_error (edit->args, "%s", error.message);
  if (result != LS_OK)
    return fail (edit, &error);
  return cli_has (edit->args, "json") ? print_json (edit) : print_text (edit);
}

/* In this order: names on the command line are those of the model as it was. */
static int
edit_model (Edit *edit)
{
  static int (*const steps[]) (Edit *) = { cut, drop_postprocess, set_shapes };
  static int (*const last_steps[]) (Edit *) = { set_texts, set_versions };
  char **names = rename_names (edit);
  int status = CLI_DONE;

  for (size_t i = 0; i < sizeof steps / sizeof *steps && status == CLI_DONE; i++)
    status = steps[i](edit);
  if (status == CLI_DONE)
    status = rename_all (edit, names);
  for (size_t i = 0; i < sizeof last_steps / sizeof *last_steps && status == CLI_DONE; i++)
    status = last_steps[i](edit);
  for (int i = 0; names[i] != NULL; i++)
    free (names[i]);
  free (names);
  return status == CLI_DONE ? save (edit) : status;
}

static int
run (const CliArgs *args)
{
  uint64_t subgraph = 0;

  if (!cli_uint (args, "subgraph", 0, INT32_MAX, &subgraph)
      || !cli_may_write (args, args->positional[0], args->positional[1]))
    return CLI_USAGE;

  CLI_MODEL LsModel *model = cli_open (args->positional[0]);

  if (model == NULL)
    return CLI_FAILED;

  Edit edit = { .args = args, .model = model, .subgraph = (uint32_t) subgraph };
  const LsSubgraph *graph = ls_model_subgraph (model, edit.subgraph);

  if (graph == NULL)
    {
      cli_message ("%s: there is no subgraph %u", args->positional[0], edit.subgraph);
      return CLI_FAILED;
    }
  edit.n_ops_before = graph->n_ops;

  const int status = edit_model (&edit);

  ls_edit_report_clear (&edit.report);
  return status;
}

const CliCommand cli_edit_command = {
  .name = "edit",
  .arguments = "MODEL OUT",
  .summary = "Cut a part out of a model, rename, reshape, set what it says of itself.",
  .min_args = 2,
  .max_args = 2,
  .options = options,
  .text = "Whatever their order on the command line, changes are made in this one: cut, "
          "post-processing, shapes, names, texts, versions; tensors are named as MODEL names them. "
          "Without --from the inputs that are needed stay, without --until the outputs. OUT is "
          ".tflite or .json, and appears whole or not at all.\n",
  .examples = "  litesmith edit model.tflite head.tflite --from features --until logits\n"
              "  litesmith edit detect.tflite raw.tflite --drop-postprocess\n"
              "  litesmith edit model.tflite small.tflite --shape 0=1x160x160x3\n"
              "  litesmith edit model.tflite named.tflite --rename serving_default_x:0=image "
              "--metadata author=Me\n",
  .run = run,
};
