/*
 * Bytes as a model, in whatever format they show: opened, walked, written in both formats and read
 * again. The bytes that are written must be a model that says the same.
 */
#include "fuzz.h"

#include "fixtures.h"
#include "formats/model-equal.h"
#include "model/validate.h"

enum
{
  MAX_MEMBERS = 4 /* of an archive that are opened */
};

/* Touches everything that the model points at. */
static size_t
walk (const LsModel *model)
{
  size_t sum = 0;

  for (uint32_t g = 0; g < ls_model_n_subgraphs (model); g++)
    {
      const LsSubgraph *graph = ls_model_subgraph (model, g);

      sum += strlen (graph->name);
      for (uint32_t t = 0; t < graph->n_tensors; t++)
        {
          const LsBytes bytes = ls_tensor_data (model, &graph->tensors[t]);

          sum += strlen (graph->tensors[t].name);
          if (bytes.size > 0)
            sum += bytes.data[0] + bytes.data[bytes.size - 1];
        }
      for (uint32_t i = 0; i < graph->n_ops; i++)
        {
          sum += strlen (ls_op_kind_text (&graph->ops[i]))
                 + strlen (ls_op_name (graph, &graph->ops[i]));
          for (uint32_t k = 0; k < graph->ops[i].n_attrs; k++)
            sum += strlen (graph->ops[i].attrs[k].name);
        }
    }
  return sum;
}

/* A field that repairs write to lies in the file, where the value stands that was read. */
static void
expect_at (const LsModel *model, LsField field, uint32_t graph, uint32_t index, uint32_t element,
           const void *value, uint64_t size)
{
  uint64_t offset, length;

  if (!model->locate (model, field, graph, index, element, &offset, &length))
    return;
  if (offset > model->content.size || length > model->content.size - offset)
    fuzz_fail ("a field outside the file");
  if (value != NULL && (length < size || memcmp (model->content.data + offset, value, size) != 0))
    fuzz_fail ("a field that is not where it should be");
}

static void
locate_tensor (const LsModel *model, uint32_t graph, uint32_t index)
{
  const LsTensor *tensor = &ls_model_subgraph (model, graph)->tensors[index];
  const LsQuantization *quant = tensor->quant;

  expect_at (model, LS_FIELD_TENSOR_TYPE, graph, index, 0, NULL, 1);
  expect_at (model, LS_FIELD_BUFFER_DATA, graph, index, 0, NULL, 0);
  expect_at (model, LS_FIELD_QUANTIZED_DIM, graph, index, 0, NULL, 4);
  expect_at (model, LS_FIELD_SCALE, graph, index, UINT32_MAX, NULL, 4);
  for (uint32_t i = 0; quant != NULL && i < quant->n_scales; i++)
    expect_at (model, LS_FIELD_SCALE, graph, index, i, &quant->scales[i], 4);
  for (uint32_t i = 0; quant != NULL && i < quant->n_zero_points; i++)
    expect_at (model, LS_FIELD_ZERO_POINT, graph, index, i, &quant->zero_points[i], 8);
}

static void
locate (const LsModel *model)
{
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t t = 0; t < ls_model_subgraph (model, g)->n_tensors; t++)
      locate_tensor (model, g, t);
  expect_at (model, LS_FIELD_SCALE, model->n_graphs, 0, 0, NULL, 4);
  expect_at (model, LS_FIELD_SCALE, 0, UINT32_MAX, 0, NULL, 4);
  for (uint32_t i = 0; i <= model->n_codes; i++)
    for (int field = LS_FIELD_CODE_VERSION; field <= LS_FIELD_CODE_BUILTIN; field++)
      expect_at (model, (LsField) field, 0, i, 0, NULL, 1);
  for (uint32_t i = 0; i <= model->n_signatures; i++)
    for (uint32_t k = 0; k < 3; k++)
      {
        expect_at (model, LS_FIELD_SIGNATURE_INPUT, 0, i, k, NULL, 4);
        expect_at (model, LS_FIELD_SIGNATURE_OUTPUT, 0, i, k, NULL, 4);
      }
}

/* Any graph can be drawn without Graphviz. */
static void
draw (const LsModel *model)
{
  static const char *const endings[] = { ".svg", ".dot" };

  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
    {
      const char *path = fixture_path (endings[i]);
      LsError error = { 0 };

      if (ls_graph_save (model, 0, path, "/nonexistent", &error) != LS_OK)
        fuzz_expect_sentence (&error);
      unlink (path);
    }
}

/* Options of tables that the schema does not know cannot be written; all else can. */
static void
write_and_read (const LsModel *model, const char *ending)
{
  const char *path = fixture_path (ending);
  LsModel *again;
  LsError error = { 0 };

  if (ls_model_save (model, path, &error) != LS_OK)
    {
      if (error.status != LS_E_UNSUPPORTED && error.status != LS_E_INVALID)
        fuzz_fail (error.message);
      return;
    }
  if (ls_model_open (path, &again, &error) != LS_OK)
    fuzz_fail (error.message);
  if (again->n_graphs != model->n_graphs || again->n_buffers != model->n_buffers)
    fuzz_fail ("what was written is another model");
  if (strcmp (ending, ".tflite") == 0 && !same_model (model, again))
    fuzz_fail ("what was written says something else");
  ls_model_free (again);
  unlink (path);
}

/* Every model of an archive by its name, and one that is not there. */
static void
open_members (const uint8_t *data, size_t size)
{
  const char *path = fixture_path (".task");
  char **names;
  uint32_t count;
  LsError error = { 0 };

  fuzz_write_file (path, data, size);
  if (ls_archive_models (path, &names, &count, &error) != LS_OK)
    {
      fuzz_expect_sentence (&error);
      count = 0;
      names = NULL;
    }
  for (uint32_t i = 0; i <= count && i < MAX_MEMBERS; i++)
    {
      char member[1024];
      LsModel *model;

      snprintf (member, sizeof member, "%s!%s", path, i < count ? names[i] : "none");
      if (ls_model_open (member, &model, &error) == LS_OK)
        ls_model_free (model);
      else
        fuzz_expect_sentence (&error);
    }
  ls_npz_list_free (names, count);
  unlink (path);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  LsModel *model;
  LsError error = { 0 };

  if (size > 2 && data[0] == 'P' && data[1] == 'K')
    open_members (data, size);

  if (ls_model_parse (data, size, &model, &error) != LS_OK)
    {
      if (model != NULL)
        fuzz_fail ("an error that leaves a model");
      fuzz_expect_sentence (&error);
      return 0;
    }
  if (ls_model_validate (model, &error) != LS_OK)
    fuzz_fail (error.message);
  walk (model);
  if (model->locate != NULL)
    locate (model);
  draw (model);
  write_and_read (model, ".tflite");
  write_and_read (model, ".json");
  ls_model_free (model);
  return 0;
}
