/*
 * TFLite Metadata: what a model says of itself, its inputs and outputs, in a FlatBuffer of its own
 * inside the file, and label files in an archive behind it.
 *
 * Source: tflite-support, metadata_schema.fbs (fields by their order there).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "base/zip.h"
#include "formats/metadata/table.h"
#include "model/model.h"

enum
{
  MODEL_NAME = 0,
  MODEL_DESCRIPTION = 1,
  MODEL_VERSION = 2,
  MODEL_SUBGRAPHS = 3,
  MODEL_AUTHOR = 4,
  MODEL_LICENSE = 5,

  SUBGRAPH_INPUTS = 2,
  SUBGRAPH_OUTPUTS = 3,

  TENSOR_NAME = 0,
  TENSOR_DESCRIPTION = 1,
  TENSOR_PROCESS_UNITS = 4,
  TENSOR_FILES = 6,

  UNIT_OPTIONS_TYPE = 0,
  UNIT_OPTIONS = 1,
  OPTIONS_ARE_NORMALIZATION = 1,
  NORMALIZATION_MEAN = 0,
  NORMALIZATION_STD = 1,

  FILE_NAME = 0,
  FILE_TYPE = 2,
  FILE_IS_AXIS_LABELS = 2,

  MAX_LABELS = 1 << 20
};

static LsFlatTable
find_root (const LsModel *model)
{
  for (uint32_t i = 0; i < ls_model_n_metadata (model); i++)
    {
      const LsMetadata *entry = ls_model_metadata (model, i);

      if (strcmp (entry->name, "TFLITE_METADATA") == 0)
        return ls_flat_root (ls_model_buffer (model, entry->buffer), "M001");
    }
  return (LsFlatTable){ { NULL, 0 }, 0 };
}

/* False: out of memory. An absent text stays NULL. */
static bool
copy_text (char **out, LsBytes text)
{
  *out = text.size > 0 ? strndup ((const char *) text.data, text.size) : NULL;
  return text.size == 0 || *out != NULL;
}

LsStatus
ls_model_card (const LsModel *model, LsModelCard *out, LsError *error)
{
  LsFlatTable root = find_root (model);

  *out = (LsModelCard){ 0 };
  if (copy_text (&out->name, ls_flat_string (&root, MODEL_NAME))
      && copy_text (&out->description, ls_flat_string (&root, MODEL_DESCRIPTION))
      && copy_text (&out->version, ls_flat_string (&root, MODEL_VERSION))
      && copy_text (&out->author, ls_flat_string (&root, MODEL_AUTHOR))
      && copy_text (&out->license, ls_flat_string (&root, MODEL_LICENSE)))
    return LS_OK;
  ls_model_card_clear (out);
  return ls_fail_no_memory (error, "metadata", root.file.size);
}

void
ls_model_card_clear (LsModelCard *card)
{
  free (card->name);
  free (card->description);
  free (card->version);
  free (card->author);
  free (card->license);
  *card = (LsModelCard){ 0 };
}

/* ---- Ports ----------------------------------------------------------------------------------- */

/* One value stands for all channels. */
static bool
read_three (const LsFlatList *list, float out[3])
{
  bool is_good = list->count == 1 || list->count == 3;

  for (uint32_t i = 0; i < 3 && is_good; i++)
    {
      out[i] = ls_flat_float_at (list, list->count == 3 ? i : 0);
      is_good = isfinite (out[i]);
    }
  return is_good;
}

static void
read_normalization (const LsFlatTable *tensor, LsPortCard *out)
{
  LsFlatList units = ls_flat_list (tensor, TENSOR_PROCESS_UNITS);

  for (uint32_t i = 0; i < units.count && !out->has_normalization; i++)
    {
      LsFlatTable unit = ls_flat_at (&units, i);
      LsFlatTable options = ls_flat_table (&unit, UNIT_OPTIONS);
      LsFlatList mean = ls_flat_list (&options, NORMALIZATION_MEAN);
      LsFlatList std = ls_flat_list (&options, NORMALIZATION_STD);

      out->has_normalization = ls_flat_byte (&unit, UNIT_OPTIONS_TYPE) == OPTIONS_ARE_NORMALIZATION
                               && read_three (&mean, out->mean) && read_three (&std, out->std)
                               && out->std[0] != 0 && out->std[1] != 0 && out->std[2] != 0;
    }
}

/* Lines of a file; the last one may lack its end. */
static LsStatus
split_labels (LsBytes text, LsPortCard *out, LsError *error)
{
  size_t n_lines = 1;

  for (size_t i = 0; i < text.size; i++)
    n_lines += text.data[i] == '\n';
  if (n_lines > MAX_LABELS)
    return LS_OK; /* no list of labels */
  out->labels = calloc (n_lines, sizeof *out->labels);
  if (out->labels == NULL)
    return ls_fail_no_memory (error, "labels", n_lines);
  for (size_t at = 0; at < text.size;)
    {
      const uint8_t *end = memchr (text.data + at, '\n', text.size - at);
      size_t length = end != NULL ? (size_t) (end - text.data) - at : text.size - at;
      size_t shown = length > 0 && text.data[at + length - 1] == '\r' ? length - 1 : length;
      char *label = strndup ((const char *) text.data + at, shown);

      if (label == NULL)
        return ls_fail_no_memory (error, "labels", length);
      out->labels[out->n_labels++] = label;
      at += length + 1;
    }
  return LS_OK;
}

/* A label file that is missing or damaged is no error: the numbers are still there. */
static LsStatus
load_labels (const LsModel *model, LsBytes name, LsPortCard *out, LsError *error)
{
  LsBytes file = model->content, text;
  LS_FREE char *wanted = strndup (name.size > 0 ? (const char *) name.data : "", name.size);
  LS_FREE void *owned = NULL;
  LsZip zip;

  if (wanted == NULL)
    return ls_fail_no_memory (error, "labels", name.size);
  if (ls_zip_open (file.data, file.size, &zip, NULL) != LS_OK)
    return LS_OK;

  const LsZipEntry *entry = ls_zip_find (&zip, wanted);
  LsStatus status = LS_OK;

  if (entry != NULL && ls_zip_read (entry, &text, &owned, NULL) == LS_OK)
    status = split_labels (text, out, error);
  ls_zip_close (&zip);
  return status;
}

static LsStatus
read_labels (const LsModel *model, const LsFlatTable *tensor, LsPortCard *out, LsError *error)
{
  LsFlatList files = ls_flat_list (tensor, TENSOR_FILES);

  /* The first list is the one without a language. */
  for (uint32_t i = 0; i < files.count; i++)
    {
      LsFlatTable file = ls_flat_at (&files, i);

      if (ls_flat_byte (&file, FILE_TYPE) == FILE_IS_AXIS_LABELS)
        return load_labels (model, ls_flat_string (&file, FILE_NAME), out, error);
    }
  return LS_OK;
}

LsStatus
ls_port_card (const LsModel *model, bool is_output, uint32_t index, LsPortCard *out, LsError *error)
{
  LsFlatTable root = find_root (model);
  LsFlatList subgraphs = ls_flat_list (&root, MODEL_SUBGRAPHS);
  LsFlatTable main_graph = ls_flat_at (&subgraphs, 0);
  LsFlatList tensors = ls_flat_list (&main_graph, is_output ? SUBGRAPH_OUTPUTS : SUBGRAPH_INPUTS);
  LsFlatTable tensor = ls_flat_at (&tensors, index);

  *out = (LsPortCard){ 0 };
  read_normalization (&tensor, out);

  LsStatus status = read_labels (model, &tensor, out, error);

  if (status == LS_OK
      && (!copy_text (&out->name, ls_flat_string (&tensor, TENSOR_NAME))
          || !copy_text (&out->description, ls_flat_string (&tensor, TENSOR_DESCRIPTION))))
    status = ls_fail_no_memory (error, "metadata", root.file.size);
  if (status != LS_OK)
    ls_port_card_clear (out);
  return status;
}

void
ls_port_card_clear (LsPortCard *card)
{
  for (uint32_t i = 0; i < card->n_labels; i++)
    free (card->labels[i]);
  free (card->labels);
  free (card->name);
  free (card->description);
  *card = (LsPortCard){ 0 };
}
