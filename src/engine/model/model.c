#include "model/model.h"

#include <string.h>

#include "base/size.h"
#include "model/history.h"

static void
graph_free (LsGraph *graph)
{
  if (graph == NULL)
    return;
  free ((void *) graph->view.tensors);
  free ((void *) graph->view.ops);
  free (graph);
}

/* Frees the records, not the store: what undo swaps. */
static void
records_free (LsModel *model)
{
  for (uint32_t i = 0; i < model->n_graphs; i++)
    graph_free (model->graphs[i]);
  free (model->graphs);
  free (model->buffers);
  free (model->codes);
}

LsModel *
ls_model_new (void)
{
  LS_AUTO (LsModel, ls_model_free) model = calloc (1, sizeof *model);

  if (model == NULL)
    return NULL;
  model->path = model->format = "";
  model->description = ls_no_text;
  model->version = 3;
  model->store = ls_store_new (NULL);
  if (model->store == NULL || ls_model_add_buffer (model, NULL, 0) < 0)
    return NULL;
  return ls_steal (&model);
}

void
ls_model_free (LsModel *model)
{
  if (model == NULL)
    return;
  ls_history_free (model);
  records_free (model);
  ls_store_unref (model->store);
  free (model);
}

static void *
copy_array (const void *data, uint32_t count, size_t size)
{
  size_t n_bytes;

  if (!ls_mul (&n_bytes, count, size))
    return NULL;

  void *copy = malloc (n_bytes > 0 ? n_bytes : 1);

  if (copy != NULL && n_bytes > 0)
    memcpy (copy, data, n_bytes);
  return copy;
}

static LsGraph *
graph_copy (const LsGraph *graph)
{
  LsGraph *copy = calloc (1, sizeof *copy);

  if (copy == NULL)
    return NULL;
  copy->view = graph->view;
  copy->cap_tensors = graph->view.n_tensors;
  copy->cap_ops = graph->view.n_ops;
  copy->view.tensors
    = copy_array (graph->view.tensors, graph->view.n_tensors, sizeof *graph->view.tensors);
  copy->view.ops = copy_array (graph->view.ops, graph->view.n_ops, sizeof *graph->view.ops);
  if (copy->view.tensors == NULL || copy->view.ops == NULL)
    {
      graph_free (copy);
      return NULL;
    }
  return copy;
}

/* Copies the records of @from into @to, whose own record fields are not looked at. */
static bool
records_copy (LsModel *to, const LsModel *from)
{
  to->cap_buffers = from->n_buffers;
  to->cap_codes = from->n_codes;
  to->cap_graphs = from->n_graphs;
  to->n_graphs = 0;
  to->buffers = copy_array (from->buffers, from->n_buffers, sizeof *from->buffers);
  to->codes = copy_array (from->codes, from->n_codes, sizeof *from->codes);
  to->graphs = calloc (from->n_graphs > 0 ? from->n_graphs : 1, sizeof *to->graphs);

  bool is_good = to->buffers != NULL && to->codes != NULL && to->graphs != NULL;

  for (uint32_t i = 0; is_good && i < from->n_graphs; i++)
    {
      to->graphs[i] = graph_copy (from->graphs[i]);
      is_good = to->graphs[i] != NULL;
      to->n_graphs += is_good;
    }
  return is_good;
}

LsModel *
ls_model_snapshot (const LsModel *model)
{
  LsModel *copy = malloc (sizeof *copy);

  if (copy == NULL)
    return NULL;
  *copy = *model;
  copy->history = NULL;
  copy->store = ls_store_ref (model->store);
  if (!records_copy (copy, model))
    {
      ls_model_free (copy);
      return NULL;
    }
  return copy;
}

LsModel *
ls_model_clone (const LsModel *model)
{
  LsModel *copy = ls_model_snapshot (model);
  LsStore *store = copy != NULL ? ls_store_new (model->store) : NULL;

  if (store == NULL)
    {
      ls_model_free (copy);
      return NULL;
    }
  ls_store_unref (copy->store);
  copy->store = store; /* its own from here on: clones may be changed in different threads */
  return copy;
}

/* ---- Reading -------------------------------------------------------------------------------- */

const char *
ls_model_path (const LsModel *model)
{
  return model->path;
}

const char *
ls_model_format (const LsModel *model)
{
  return model->format;
}

uint64_t
ls_model_file_size (const LsModel *model)
{
  return model->file.size;
}

LsBytes
ls_model_file (const LsModel *model)
{
  return model->file;
}

uint32_t
ls_model_version (const LsModel *model)
{
  return model->version;
}

const char *
ls_model_description (const LsModel *model)
{
  return model->description;
}

uint32_t
ls_model_n_subgraphs (const LsModel *model)
{
  return model->n_graphs;
}

const LsSubgraph *
ls_model_subgraph (const LsModel *model, uint32_t index)
{
  return index < model->n_graphs ? &model->graphs[index]->view : NULL;
}

uint32_t
ls_model_n_signatures (const LsModel *model)
{
  return model->n_signatures;
}

const LsSignature *
ls_model_signature (const LsModel *model, uint32_t index)
{
  return index < model->n_signatures ? &model->signatures[index] : NULL;
}

uint32_t
ls_model_n_buffers (const LsModel *model)
{
  return model->n_buffers;
}

LsBytes
ls_model_buffer (const LsModel *model, uint32_t index)
{
  if (index >= model->n_buffers)
    return (LsBytes){ NULL, 0 };
  return (LsBytes){ model->buffers[index].data, model->buffers[index].size };
}

uint32_t
ls_model_n_metadata (const LsModel *model)
{
  return model->n_metadata;
}

const LsMetadata *
ls_model_metadata (const LsModel *model, uint32_t index)
{
  return index < model->n_metadata ? &model->metadata[index] : NULL;
}

uint32_t
ls_model_n_op_codes (const LsModel *model)
{
  return model->n_codes;
}

const LsOpCode *
ls_model_op_code (const LsModel *model, uint32_t index)
{
  return index < model->n_codes ? &model->codes[index] : NULL;
}

LsBytes
ls_tensor_data (const LsModel *model, const LsTensor *tensor)
{
  /* Buffer 0 stands for none, whatever it holds (interpreter_builder.cc, get_readonly_data). */
  if (tensor->buffer == 0)
    return (LsBytes){ NULL, 0 };

  LsBytes bytes = ls_model_buffer (model, tensor->buffer);
  const unsigned bits = ls_type_bits (tensor->type);
  size_t count, due;

  /* A buffer may be longer than its tensor (subgraph.cc SetTensorParametersReadOnly). */
  if (bytes.size > 0 && bits != 0 && tensor->sparsity == NULL && tensor->rank >= 0
      && ls_count (&count, tensor->dims, tensor->rank) && count > 0
      && ls_packed_size (&due, count, bits) && due < bytes.size)
    bytes.size = due;
  return bytes;
}

bool
ls_tensor_is_constant (const LsModel *model, const LsTensor *tensor)
{
  /* A sparse constant of nothing but zeros stores no value. */
  return ls_tensor_data (model, tensor).size > 0 || tensor->sparsity != NULL;
}

/* ---- Adding ---------------------------------------------------------------------------------- */

void *
ls_model_alloc (LsModel *model, size_t count, size_t size)
{
  size_t n_bytes;

  return ls_mul (&n_bytes, count, size) ? ls_store_alloc (model->store, n_bytes) : NULL;
}

const char *
ls_model_strdup (LsModel *model, const char *text)
{
  return ls_store_strdup (model->store, text);
}

const int32_t *
ls_model_ints (LsModel *model, const int32_t *values, uint32_t count)
{
  return ls_store_copy (model->store, values, (size_t) count * sizeof *values);
}

/* Makes room for one more element; false: out of memory. */
static bool
grow (void **array, uint32_t count, uint32_t *capacity, size_t size)
{
  if (count < *capacity)
    return true;

  uint32_t wanted = *capacity < 8 ? 8 : *capacity;
  size_t n_bytes;

  if (wanted > UINT32_MAX / 2 || !ls_mul (&n_bytes, wanted *= 2, size))
    return false;

  void *larger = realloc (*array, n_bytes);

  if (larger == NULL)
    return false;
  *array = larger;
  *capacity = wanted;
  return true;
}

int
ls_model_add_graph (LsModel *model, const char *name)
{
  LsGraph *graph = calloc (1, sizeof *graph);

  if (graph == NULL
      || !grow ((void **) &model->graphs, model->n_graphs, &model->cap_graphs, sizeof graph))
    {
      free (graph);
      return -1;
    }
  graph->view.name = name;
  graph->view.debug_metadata_index = -1;
  model->graphs[model->n_graphs] = graph;
  return (int) model->n_graphs++;
}

int
ls_model_add_tensor (LsModel *model, uint32_t graph, const LsTensor *prototype)
{
  LsGraph *g = model->graphs[graph];
  void *tensors = (void *) g->view.tensors;

  if (!grow (&tensors, g->view.n_tensors, &g->cap_tensors, sizeof *prototype))
    return -1;
  g->view.tensors = tensors;
  ((LsTensor *) tensors)[g->view.n_tensors] = *prototype;
  return (int) g->view.n_tensors++;
}

int
ls_model_insert_op (LsModel *model, uint32_t graph, uint32_t at, const LsOperator *prototype)
{
  LsGraph *g = model->graphs[graph];
  void *memory = (void *) g->view.ops;
  LsOperator copy = *prototype; /* which may stand in the array that moves */

  if (!grow (&memory, g->view.n_ops, &g->cap_ops, sizeof copy))
    return -1;

  LsOperator *ops = memory;

  g->view.ops = ops;
  memmove (ops + at + 1, ops + at, (g->view.n_ops - at) * sizeof *ops);
  ops[at] = copy;
  g->view.n_ops++;
  return (int) at;
}

int
ls_model_add_buffer (LsModel *model, const void *data, uint64_t size)
{
  if (!grow ((void **) &model->buffers, model->n_buffers, &model->cap_buffers,
             sizeof *model->buffers))
    return -1;
  model->buffers[model->n_buffers] = (LsBuffer){ data, size, 0, false };
  return (int) model->n_buffers++;
}

int
ls_model_ensure_code (LsModel *model, int kind, const char *custom_code, int32_t version)
{
  for (uint32_t i = 0; i < model->n_codes; i++)
    {
      const LsOpCode *code = &model->codes[i];

      if (code->kind == kind && code->version == version
          && (kind != LS_OP_CUSTOM
              || strcmp (code->custom_code, custom_code != NULL ? custom_code : "") == 0))
        return (int) i;
    }
  if (!grow ((void **) &model->codes, model->n_codes, &model->cap_codes, sizeof *model->codes))
    return -1;
  model->codes[model->n_codes]
    = (LsOpCode){ kind, custom_code, version, kind < 127 ? kind : 127, kind };
  return (int) model->n_codes++;
}

bool
ls_model_set_ports (LsModel *model, uint32_t graph, const int32_t *inputs, uint32_t n_inputs,
                    const int32_t *outputs, uint32_t n_outputs)
{
  LsSubgraph *view = &model->graphs[graph]->view;
  const int32_t *in = ls_model_ints (model, inputs, n_inputs);
  const int32_t *out = ls_model_ints (model, outputs, n_outputs);

  if (in == NULL || out == NULL)
    return false;
  view->inputs = in;
  view->n_inputs = n_inputs;
  view->outputs = out;
  view->n_outputs = n_outputs;
  return true;
}
