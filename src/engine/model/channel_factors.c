#include "model/channel_factors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/json.h"
#include "base/names.h"

static const char entry_name[] = "litesmith.channel_factors";

enum
{
  STEPS_PER_OCTAVE = 1024,
  MAX_STEPS = 16383
};

static int
steps_of (double factor)
{
  if (!(factor > 0) || !isfinite (factor))
    return 0;

  double steps = round (log2 (factor) * STEPS_PER_OCTAVE);

  return (int) fmin (fmax (steps, -MAX_STEPS), MAX_STEPS);
}

static float
factor_of (int steps)
{
  return (float) exp2 ((double) steps / STEPS_PER_OCTAVE);
}

double
ls_channel_factor_round (double factor)
{
  return factor_of (steps_of (factor));
}

static bool
has_channels (const LsTensor *tensor, uint32_t n)
{
  return n > 0 && tensor->rank > 0 && tensor->dims[tensor->rank - 1] == (int32_t) n;
}

bool
ls_channel_factors_multiply (LsModel *model, LsTensor *tensor, const double *factors, uint32_t n)
{
  if (!has_channels (tensor, n))
    return true;

  float *product = ls_model_alloc (model, n, sizeof *product);

  if (product == NULL)
    return false;
  for (uint32_t c = 0; c < n; c++)
    product[c]
      = (float) (c < tensor->n_channel_factors ? factors[c] * (double) tensor->channel_factors[c]
                                               : factors[c]);
  tensor->channel_factors = product;
  tensor->n_channel_factors = n;
  return true;
}

/* ---- Metadata -------------------------------------------------------------------------------- */

static void
put_tensor (FILE *file, uint32_t graph, const LsTensor *tensor, bool is_first)
{
  fprintf (file, "%s{\"subgraph\":%u,\"name\":", is_first ? "" : ",", graph);
  ls_json_put_string (file, tensor->name);
  fputs (",\"steps\":[", file);
  for (uint32_t c = 0; c < tensor->n_channel_factors; c++)
    fprintf (file, c > 0 ? ",%d" : "%d", steps_of ((double) tensor->channel_factors[c]));
  fputs ("]}", file);
}

/* The entry's text, from malloc; *size 0: no tensor has factors. NULL: out of memory. */
static char *
format_entry (const LsModel *model, size_t *size)
{
  char *text = NULL;
  FILE *file = open_memstream (&text, size);
  bool is_first = true;

  if (file == NULL)
    return NULL;
  fprintf (file, "{\"steps_per_octave\":%d,\"tensors\":[", STEPS_PER_OCTAVE);
  for (uint32_t g = 0; g < model->n_graphs; g++)
    for (uint32_t t = 0; t < model->graphs[g]->view.n_tensors; t++)
      if (model->graphs[g]->view.tensors[t].channel_factors != NULL)
        {
          put_tensor (file, g, &model->graphs[g]->view.tensors[t], is_first);
          is_first = false;
        }
  fputs ("]}", file);

  bool is_whole = !ferror (file);

  if (fclose (file) != 0 || !is_whole)
    {
      free (text);
      return NULL;
    }
  if (is_first)
    *size = 0;
  return text;
}

/* Whether the model's one entry is @text already, or there is none and should be none. */
static bool
is_saved (const LsModel *model, const char *text, size_t size)
{
  uint32_t n_entries = 0;
  bool is_same = size == 0;

  for (uint32_t i = 0; i < model->n_metadata; i++)
    if (strcmp (model->metadata[i].name, entry_name) == 0)
      {
        LsBytes old = ls_model_buffer (model, model->metadata[i].buffer);

        is_same = size > 0 && old.size == size && memcmp (old.data, text, size) == 0;
        n_entries++;
      }
  return is_same && n_entries <= 1;
}

/* A buffer of an old entry that nothing else reads, else a new one; -1: out of memory. */
static int
find_buffer (LsModel *model)
{
  int found = -1;

  for (uint32_t i = 0; i < model->n_metadata; i++)
    if (strcmp (model->metadata[i].name, entry_name) == 0 && model->metadata[i].buffer > 0)
      found = (int) model->metadata[i].buffer;
  for (uint32_t i = 0; i < model->n_metadata; i++)
    if ((int) model->metadata[i].buffer == found
        && strcmp (model->metadata[i].name, entry_name) != 0)
      found = -1;
  for (uint32_t g = 0; g < model->n_graphs && found >= 0; g++)
    for (uint32_t t = 0; t < model->graphs[g]->view.n_tensors && found >= 0; t++)
      if ((int) model->graphs[g]->view.tensors[t].buffer == found)
        found = -1;
  return found >= 0 ? found : ls_model_add_buffer (model, NULL, 0);
}

/* Puts @text in the place of the entries that there are. */
static bool
replace_entries (LsModel *model, const char *text, size_t size)
{
  LsMetadata *metadata = ls_model_alloc (model, (size_t) model->n_metadata + 1, sizeof *metadata);
  uint32_t n = 0;

  if (metadata == NULL)
    return false;
  for (uint32_t i = 0; i < model->n_metadata; i++)
    if (strcmp (model->metadata[i].name, entry_name) != 0)
      metadata[n++] = model->metadata[i];
  if (size > 0)
    {
      const uint8_t *data = ls_store_copy (model->store, text, size);
      int buffer = data != NULL ? find_buffer (model) : -1;

      if (buffer < 0)
        return false;
      model->buffers[buffer] = (LsBuffer){ .data = data, .size = size };
      metadata[n++] = (LsMetadata){ entry_name, (uint32_t) buffer };
    }
  model->metadata = metadata;
  model->n_metadata = n;
  return true;
}

bool
ls_channel_factors_save (LsModel *model)
{
  size_t size;
  LS_FREE char *text = format_entry (model, &size);

  return text != NULL && (is_saved (model, text, size) || replace_entries (model, text, size));
}

/* ---- Reading --------------------------------------------------------------------------------- */

typedef struct
{
  LsModel *model;
  uint32_t graph;
  LsNames names; /* of the graph's tensors; NULL: not sorted yet */
} Finder;

/* NULL: there is none of that name. */
static LsTensor *
find_tensor (Finder *finder, uint32_t graph, const char *name)
{
  const LsSubgraph *view = &finder->model->graphs[graph]->view;

  if (finder->names.sorted == NULL || finder->graph != graph)
    {
      ls_names_clear (&finder->names);
      finder->graph = graph;
      if (!ls_names_init (&finder->names, view->tensors, view->n_tensors, sizeof *view->tensors,
                          offsetof (LsTensor, name)))
        return NULL;
    }

  int64_t found = ls_names_find (&finder->names, name);

  return found >= 0 ? ls_model_tensor (finder->model, graph, (uint32_t) found) : NULL;
}

static void
load_tensor (Finder *finder, const LsJson *entry)
{
  double graph = ls_json_number (ls_json_get (entry, "subgraph"), -1);
  const char *name = ls_json_string (ls_json_get (entry, "name"));
  const LsJson *steps = ls_json_get (entry, "steps");
  uint32_t n = ls_json_count (steps);

  /* Entries stand in the order of the subgraphs, so each is sorted once. */
  if (name == NULL || !(graph >= finder->graph) || graph >= finder->model->n_graphs)
    return;

  LsTensor *tensor = find_tensor (finder, (uint32_t) graph, name);

  if (tensor == NULL || !has_channels (tensor, n) || tensor->channel_factors != NULL)
    return;

  float *factors = ls_model_alloc (finder->model, n, sizeof *factors);

  for (uint32_t c = 0; factors != NULL && c < n; c++)
    {
      double step = ls_json_number (ls_json_at (steps, c), 0);

      factors[c] = factor_of (fabs (step) <= MAX_STEPS ? (int) step : 0);
    }
  tensor->channel_factors = factors;
  tensor->n_channel_factors = factors != NULL ? n : 0;
}

void
ls_channel_factors_load (LsModel *model)
{
  for (uint32_t i = 0; i < model->n_metadata; i++)
    {
      LsBytes text = ls_model_buffer (model, model->metadata[i].buffer);
      Finder finder = { .model = model };
      LsJsonDoc *doc;

      if (strcmp (model->metadata[i].name, entry_name) != 0 || text.data == NULL
          || ls_json_parse ((const char *) text.data, text.size, &doc, NULL) != LS_OK)
        continue;

      const LsJson *root = ls_json_root (doc), *tensors = ls_json_get (root, "tensors");
      uint32_t n = ls_json_number (ls_json_get (root, "steps_per_octave"), 0) == STEPS_PER_OCTAVE
                     ? ls_json_count (tensors)
                     : 0;

      for (uint32_t k = 0; k < n; k++)
        load_tensor (&finder, ls_json_at (tensors, k));
      ls_names_clear (&finder.names);
      ls_json_free (doc);
      return;
    }
}
