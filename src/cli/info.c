/* litesmith info */
#include "describe.h"

#include <string.h>

static const CliOption options[] = {
  { "operators", '\0', NULL, "Lists every operator, with its operands and options.", NULL },
  { "tensors", '\0', NULL, "Lists every tensor.", NULL },
  CLI_JSON_OPTION,
  CLI_OPTIONS_END,
};

/* What stands in a short entry of printable text ("min_runtime_version": "2.8.0"); false: none. */
static bool
metadata_text (const LsModel *model, const LsMetadata *metadata, char out[65])
{
  LsBytes bytes = ls_model_buffer (model, metadata->buffer);
  size_t length = 0;

  while (length < bytes.size && length < 64 && bytes.data[length] >= ' '
         && bytes.data[length] < 0x7f)
    length++;
  for (size_t i = length; i < bytes.size; i++)
    if (bytes.data[i] != '\0')
      return false;
  snprintf (out, 65, "%.*s", (int) length, length > 0 ? (const char *) bytes.data : "");
  return length > 0;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void
json_ports (CliJson *json, const char *key, const LsSubgraph *subgraph, const int32_t *tensors,
            uint32_t count)
{
  cli_json_open (json, key, '[');
  for (uint32_t i = 0; i < count; i++)
    {
      if (tensors[i] < 0 || (uint32_t) tensors[i] >= subgraph->n_tensors)
        continue;

      const LsTensor *tensor = &subgraph->tensors[tensors[i]];

      cli_json_open (json, NULL, '{');
      cli_json_int (json, "tensor", tensors[i]);
      cli_json_string (json, "name", tensor->name);
      cli_json_string (json, "type", ls_type_name (tensor->type));
      cli_json_dims (json, "shape", tensor->dims, tensor->rank);
      if (tensor->signature_rank >= 0)
        cli_json_dims (json, "shape_signature", tensor->signature, tensor->signature_rank);
      json_quantization (json, "quantization", tensor->quant);
      cli_json_close (json);
    }
  cli_json_close (json);
}

static void
json_operator (CliJson *json, const LsSubgraph *subgraph, uint32_t index)
{
  const LsOperator *op = &subgraph->ops[index];

  cli_json_open (json, NULL, '{');
  cli_json_uint (json, "index", index);
  cli_json_string (json, "kind", ls_op_kind_text (op));
  if (op->custom_code != NULL)
    cli_json_bool (json, "custom", true);
  cli_json_string (json, "name", ls_op_name (subgraph, op));
  cli_json_int (json, "version", op->version);
  cli_json_dims (json, "inputs", op->inputs, op->n_inputs);
  cli_json_dims (json, "outputs", op->outputs, op->n_outputs);
  if (op->n_intermediates > 0)
    cli_json_dims (json, "intermediates", op->intermediates, op->n_intermediates);
  cli_json_uint (json, "macs", ls_op_macs (subgraph, op));
  json_attrs (json, "options", op);
  if (op->custom_options.size > 0)
    cli_json_uint (json, "custom_options_bytes", op->custom_options.size);
  cli_json_close (json);
}

static void
json_subgraph (CliJson *json, const CliArgs *args, const LsModel *model, uint32_t index)
{
  const LsSubgraph *subgraph = ls_model_subgraph (model, index);

  cli_json_open (json, NULL, '{');
  cli_json_string (json, "name", subgraph->name);
  cli_json_uint (json, "operators", subgraph->n_ops);
  cli_json_uint (json, "tensors", subgraph->n_tensors);
  json_ports (json, "inputs", subgraph, subgraph->inputs, subgraph->n_inputs);
  json_ports (json, "outputs", subgraph, subgraph->outputs, subgraph->n_outputs);
  if (cli_has (args, "operators"))
    {
      cli_json_open (json, "operator_list", '[');
      for (uint32_t i = 0; i < subgraph->n_ops; i++)
        json_operator (json, subgraph, i);
      cli_json_close (json);
    }
  if (cli_has (args, "tensors"))
    {
      cli_json_open (json, "tensor_list", '[');
      for (uint32_t i = 0; i < subgraph->n_tensors; i++)
        {
          json_tensor_open (json, NULL, model, index, i);
          cli_json_bool (json, "sparse", subgraph->tensors[i].sparsity != NULL);
          cli_json_close (json);
        }
      cli_json_close (json);
    }
  cli_json_close (json);
}

static void
json_signature_ports (CliJson *json, const char *key, const LsSignaturePort *ports, uint32_t count)
{
  cli_json_open (json, key, '[');
  for (uint32_t i = 0; i < count; i++)
    {
      cli_json_open_row (json, NULL, '{');
      cli_json_string (json, "name", ports[i].name);
      cli_json_uint (json, "tensor", ports[i].tensor);
      cli_json_close (json);
    }
  cli_json_close (json);
}

static void
json_signatures (CliJson *json, const LsModel *model)
{
  cli_json_open (json, "signatures", '[');
  for (uint32_t i = 0; i < ls_model_n_signatures (model); i++)
    {
      const LsSignature *signature = ls_model_signature (model, i);

      cli_json_open (json, NULL, '{');
      cli_json_string (json, "key", signature->key);
      cli_json_uint (json, "subgraph", signature->subgraph);
      json_signature_ports (json, "inputs", signature->inputs, signature->n_inputs);
      json_signature_ports (json, "outputs", signature->outputs, signature->n_outputs);
      cli_json_close (json);
    }
  cli_json_close (json);
}

static void
json_tallies (CliJson *json, const LsSummary *summary)
{
  cli_json_open (json, "operators", '[');
  for (uint32_t i = 0; i < summary->n_op_tallies; i++)
    {
      cli_json_open_row (json, NULL, '{');
      cli_json_string (json, "kind", summary->op_tallies[i].name);
      cli_json_uint (json, "count", summary->op_tallies[i].count);
      cli_json_uint (json, "macs", summary->op_tallies[i].macs);
      cli_json_close (json);
    }
  cli_json_close (json);
  cli_json_open (json, "tensors", '[');
  for (uint32_t i = 0; i < summary->n_type_tallies; i++)
    {
      cli_json_open_row (json, NULL, '{');
      cli_json_string (json, "type", summary->type_tallies[i].name);
      cli_json_uint (json, "count", summary->type_tallies[i].count);
      cli_json_uint (json, "constant_bytes", summary->type_tallies[i].bytes);
      cli_json_close (json);
    }
  cli_json_close (json);
}

static void
json_numbers (CliJson *json, const LsModel *model, const LsSummary *summary)
{
  cli_json_uint (json, "n_operators", summary->n_ops);
  cli_json_uint (json, "n_tensors", summary->n_tensors);
  cli_json_uint (json, "parameters", summary->n_parameters);
  cli_json_uint (json, "macs", summary->macs);
  cli_json_open (json, "quantization", '{');
  cli_json_string (json, "scheme", summary->scheme);
  cli_json_uint (json, "per_tensor", summary->n_per_tensor);
  cli_json_uint (json, "per_channel", summary->n_per_channel);
  cli_json_uint (json, "blockwise", summary->n_blockwise);
  cli_json_close (json);
  cli_json_open (json, "sparsity", '{');
  cli_json_uint (json, "tensors", summary->n_sparse);
  cli_json_uint (json, "saved_bytes", summary->sparse_saved_bytes);
  cli_json_close (json);
  cli_json_open (json, "buffers", '{');
  cli_json_uint (json, "count", ls_model_n_buffers (model));
  cli_json_uint (json, "constants", summary->n_constants);
  cli_json_uint (json, "constant_bytes", summary->constant_bytes);
  cli_json_close (json);
  cli_json_open (json, "metadata", '[');
  for (uint32_t i = 0; i < ls_model_n_metadata (model); i++)
    {
      const LsMetadata *metadata = ls_model_metadata (model, i);
      char text[65];

      cli_json_open_row (json, NULL, '{');
      cli_json_string (json, "name", metadata->name);
      cli_json_uint (json, "bytes", ls_model_buffer (model, metadata->buffer).size);
      if (metadata_text (model, metadata, text))
        cli_json_string (json, "text", text);
      cli_json_close (json);
    }
  cli_json_close (json);
}

/* The models of an archive, so that a program can open each as FILE!NAME. */
static void
json_archive (CliJson *json, const char *path)
{
  char **names;
  uint32_t count;

  if (ls_archive_models (path, &names, &count, NULL) != LS_OK || count == 0)
    return;
  cli_json_open (json, "models", '[');
  for (uint32_t i = 0; i < count; i++)
    cli_json_string (json, NULL, names[i]);
  cli_json_close (json);
  ls_npz_list_free (names, count);
}

static int
print_json (const CliArgs *args, const LsModel *model, const LsSummary *summary)
{
  CliJson *json = cli_json_new ();

  cli_json_open (json, NULL, '{');
  cli_json_string (json, "model", args->positional[0]);
  cli_json_string (json, "format", ls_model_format (model));
  json_archive (json, args->positional[0]);
  cli_json_uint (json, "version", ls_model_version (model));
  cli_json_string (json, "description", ls_model_description (model));
  cli_json_uint (json, "file_size", ls_model_file_size (model));
  json_numbers (json, model, summary);
  json_tallies (json, summary);
  json_signatures (json, model);
  cli_json_open (json, "subgraphs", '[');
  for (uint32_t i = 0; i < ls_model_n_subgraphs (model); i++)
    json_subgraph (json, args, model, i);
  return cli_json_finish (json, stdout);
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void
print_name (const char *label, const char *text)
{
  CLI_FREE char *clean = cli_clean (text, 200);

  printf ("%-13s %s\n", label, clean);
}

static void
print_ports (const char *label, const LsSubgraph *subgraph, const int32_t *tensors, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    {
      if (tensors[i] < 0 || (uint32_t) tensors[i] >= subgraph->n_tensors)
        continue;

      const LsTensor *tensor = &subgraph->tensors[tensors[i]];
      CLI_FREE char *operand = describe_operand (subgraph, tensors[i]);
      CLI_FREE char *quant = describe_quantization (tensor->quant);
      CLI_FREE char *name = cli_clean (tensor->name, 100);

      printf ("  %s %u: %s  %s%s%s\n", label, i, name, operand,
              tensor->quant != NULL && tensor->quant->n_scales > 0 ? ", " : "",
              tensor->quant != NULL && tensor->quant->n_scales > 0 ? quant : "");
    }
}

static void
print_card (const LsModel *model)
{
  LsModelCard card;
  LsError error;

  if (ls_model_card (model, &card, &error) != LS_OK)
    exit (cli_no_memory ());

  const struct
  {
    const char *label, *text;
  } lines[] = { { "Name", card.name },
                { "About", card.description },
                { "Release", card.version },
                { "Author", card.author },
                { "License", card.license } };

  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
    if (lines[i].text != NULL)
      print_name (lines[i].label, lines[i].text);
  ls_model_card_clear (&card);
}

static void
print_metadata (const LsModel *model)
{
  for (uint32_t i = 0; i < ls_model_n_metadata (model); i++)
    {
      const LsMetadata *metadata = ls_model_metadata (model, i);
      CLI_FREE char *name = cli_clean (metadata->name, 100);
      char text[65], size[CLI_NUMBER_SIZE];

      if (!metadata_text (model, metadata, text))
        text[0] = '\0';
      printf ("%-13s %s, %s%s%s\n", i == 0 ? "Metadata" : "", name,
              cli_format_bytes (ls_model_buffer (model, metadata->buffer).size, size),
              text[0] != '\0' ? ": " : "", text);
    }
}

static void
print_head (const LsModel *model, const LsSummary *summary)
{
  char a[CLI_NUMBER_SIZE], b[CLI_NUMBER_SIZE];

  printf ("%-13s %s, version %u\n", "Format", ls_model_format (model), ls_model_version (model));
  if (ls_model_description (model)[0] != '\0')
    print_name ("Description", ls_model_description (model));
  print_card (model);
  printf ("%-13s %s\n", "Size", cli_format_bytes (ls_model_file_size (model), a));
  printf ("%-13s %s (%s of constants)\n", "Parameters", cli_format_count (summary->n_parameters, a),
          cli_format_bytes (summary->constant_bytes, b));
  printf ("%-13s %s multiply-adds for one inference\n", "Work",
          cli_format_count (summary->macs, a));
  printf ("%-13s %s", "Numbers", summary->scheme);
  if (summary->n_per_tensor + summary->n_per_channel + summary->n_blockwise > 0)
    printf (": %u tensors per tensor, %u per channel, %u blockwise", summary->n_per_tensor,
            summary->n_per_channel, summary->n_blockwise);
  putchar ('\n');
  if (summary->n_sparse > 0)
    printf ("%-13s %u sparse tensors, which save %s\n", "Sparsity", summary->n_sparse,
            cli_format_bytes (summary->sparse_saved_bytes, a));
  print_metadata (model);
}

static void
print_signatures (const LsModel *model)
{
  for (uint32_t i = 0; i < ls_model_n_signatures (model); i++)
    {
      const LsSignature *signature = ls_model_signature (model, i);
      CLI_FREE char *key = cli_clean (signature->key, 100);

      printf ("\nSignature \"%s\" of subgraph %u\n", key, signature->subgraph);
      for (uint32_t k = 0; k < signature->n_inputs + signature->n_outputs; k++)
        {
          bool is_input = k < signature->n_inputs;
          const LsSignaturePort *port
            = is_input ? &signature->inputs[k] : &signature->outputs[k - signature->n_inputs];
          CLI_FREE char *name = cli_clean (port->name, 100);

          printf ("  %s %s: tensor %u\n", is_input ? "input " : "output", name, port->tensor);
        }
    }
}

static void
print_tallies (const LsSummary *summary)
{
  CliTable *table = cli_table_new ("lrr");
  char number[CLI_NUMBER_SIZE];

  cli_table_add (table, "operator");
  cli_table_add (table, "count");
  cli_table_add (table, "multiply-adds");
  for (uint32_t i = 0; i < summary->n_op_tallies; i++)
    {
      cli_table_add (table, "%s", summary->op_tallies[i].name);
      cli_table_add (table, "%u", summary->op_tallies[i].count);
      cli_table_add (table, "%s",
                     summary->op_tallies[i].macs > 0
                       ? cli_format_count (summary->op_tallies[i].macs, number)
                       : "");
    }
  putchar ('\n');
  cli_table_print (table, stdout);
  cli_table_free (table);
  table = cli_table_new ("lrr");
  cli_table_add (table, "type");
  cli_table_add (table, "tensors");
  cli_table_add (table, "constants");
  for (uint32_t i = 0; i < summary->n_type_tallies; i++)
    {
      cli_table_add (table, "%s", summary->type_tallies[i].name);
      cli_table_add (table, "%u", summary->type_tallies[i].count);
      cli_table_add (table, "%s", cli_format_bytes (summary->type_tallies[i].bytes, number));
    }
  putchar ('\n');
  cli_table_print (table, stdout);
  cli_table_free (table);
}

static void
print_operators (const LsSubgraph *subgraph)
{
  CliTable *table = cli_table_new ("rlllrl");
  static const char *const heads[]
    = { "#", "operator", "name", "output", "multiply-adds", "options" };
  char number[CLI_NUMBER_SIZE];

  for (int i = 0; i < 6; i++)
    cli_table_add (table, "%s", heads[i]);
  for (uint32_t i = 0; i < subgraph->n_ops; i++)
    {
      const LsOperator *op = &subgraph->ops[i];
      CLI_FREE char *operand = describe_operand (subgraph, op->n_outputs > 0 ? op->outputs[0] : -1);
      CLI_FREE char *attrs = describe_attrs (op);
      CLI_FREE char *name = cli_clean (ls_op_name (subgraph, op), 50);
      uint64_t macs = ls_op_macs (subgraph, op);

      cli_table_add (table, "%u", i);
      cli_table_add (table, "%s", ls_op_kind_text (op));
      cli_table_add (table, "%s", name);
      cli_table_add (table, "%s", operand);
      cli_table_add (table, "%s", macs > 0 ? cli_format_count (macs, number) : "");
      cli_table_add (table, "%s", attrs);
    }
  putchar ('\n');
  cli_table_print (table, stdout);
  cli_table_free (table);
}

static void
print_tensors (const LsModel *model, const LsSubgraph *subgraph)
{
  CliTable *table = cli_table_new ("rlllrl");
  static const char *const heads[] = { "#", "tensor", "type", "shape", "constant", "quantization" };
  char number[CLI_NUMBER_SIZE];

  for (int i = 0; i < 6; i++)
    cli_table_add (table, "%s", heads[i]);
  for (uint32_t i = 0; i < subgraph->n_tensors; i++)
    {
      const LsTensor *tensor = &subgraph->tensors[i];
      CLI_FREE char *dims = cli_format_dims (tensor->dims, tensor->rank);
      CLI_FREE char *quant = describe_quantization (tensor->quant);
      CLI_FREE char *name = cli_clean (tensor->name, 60);
      uint64_t n_bytes = ls_tensor_data (model, tensor).size;

      cli_table_add (table, "%u", i);
      cli_table_add (table, "%s", name);
      cli_table_add (table, "%s%s", ls_type_name (tensor->type),
                     tensor->sparsity != NULL ? ", sparse" : "");
      cli_table_add (table, "%s", dims);
      cli_table_add (table, "%s", n_bytes > 0 ? cli_format_bytes (n_bytes, number) : "");
      cli_table_add (table, "%s", tensor->quant != NULL ? quant : "");
    }
  putchar ('\n');
  cli_table_print (table, stdout);
  cli_table_free (table);
}

static int
print_text (const CliArgs *args, const LsModel *model, const LsSummary *summary)
{
  print_head (model, summary);
  for (uint32_t i = 0; i < ls_model_n_subgraphs (model); i++)
    {
      const LsSubgraph *subgraph = ls_model_subgraph (model, i);
      CLI_FREE char *name = cli_clean (subgraph->name, 100);

      printf ("\nSubgraph %u%s%s%s: %u operators, %u tensors\n", i, name[0] != '\0' ? " \"" : "",
              name, name[0] != '\0' ? "\"" : "", subgraph->n_ops, subgraph->n_tensors);
      print_ports ("input ", subgraph, subgraph->inputs, subgraph->n_inputs);
      print_ports ("output", subgraph, subgraph->outputs, subgraph->n_outputs);
      if (cli_has (args, "operators"))
        print_operators (subgraph);
      if (cli_has (args, "tensors"))
        print_tensors (model, subgraph);
    }
  print_signatures (model);
  if (!cli_has (args, "operators"))
    print_tallies (summary);
  return CLI_DONE;
}

static int
run (const CliArgs *args)
{
  CLI_MODEL LsModel *model = cli_open (args->positional[0]);
  LsSummary summary;
  LsError error = { 0 };

  if (model == NULL)
    return CLI_FAILED;
  if (ls_model_summarize (model, &summary, &error) != LS_OK)
    return cli_fail (args->positional[0], model, &error);

  int status = cli_has (args, "json") ? print_json (args, model, &summary)
                                      : print_text (args, model, &summary);

  ls_summary_clear (&summary);
  return status;
}

const CliCommand cli_info_command = {
  .name = "info",
  .arguments = "MODEL",
  .summary = "Show what is in a model: ports, operators, types, parameters, quantization.",
  .min_args = 1,
  .max_args = 1,
  .options = options,
  .text
  = "Of an archive (.task) the first model is taken, here and in every other command; FILE!NAME "
    "is another one of it, and FILE!INNER!NAME one of an archive inside.\n",
  .examples = "  litesmith info model.tflite\n  litesmith info --operators model.tflite\n"
              "  litesmith info 'face_landmarker.task!face_blendshapes.tflite'\n",
  .run = run,
};
