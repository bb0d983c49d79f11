/*
 * Cuts that keep the metadata in step: what it says of inputs and outputs is a list with an entry
 * for each, which readers hold against the model. Entries of ports that stay lead to their old
 * tables.
 *
 * Source: tflite-support, metadata_schema.fbs.
 */
#include <string.h>

#include "formats/metadata/edit.h"
#include "model/edit.h"
#include "model/history.h"

enum
{
  MODEL_SUBGRAPHS = 3,

  SUBGRAPH_NAME = 0,
  SUBGRAPH_DESCRIPTION = 1,
  SUBGRAPH_INPUTS = 2,
  SUBGRAPH_OUTPUTS = 3,
  SUBGRAPH_FILES = 4,
  N_FIELDS = 5, /* what follows there is of steps around all ports, and of groups of them */

  VTABLE_SIZE = 16, /* 4 + 2 * N_FIELDS, on whole words */
  TABLE_SIZE = 4 + 4 * N_FIELDS,
  PORT_VTABLE_SIZE = 8, /* with the name alone, on whole words */
  PORT_TABLE_SIZE = 8
};

/* Names of the ports before the cut, in the model's store; tensors are numbered anew by it. */
typedef struct
{
  uint32_t count;
  const char **names;
} Ports;

/* A payload that is written from its start to its end; its offsets lead forwards. */
typedef struct
{
  LsModel *model;
  uint8_t *bytes;
  uint32_t at, size, old_at; /* relative to the payload's start */
} Payload;

static bool
ports_init (Ports *ports, LsModel *model, const LsSubgraph *graph, const int32_t *tensors,
            uint32_t count)
{
  ports->count = count;
  ports->names = ls_model_alloc (model, (size_t) count + 1, sizeof *ports->names);
  for (uint32_t i = 0; ports->names != NULL && i < count; i++)
    ports->names[i] = graph->tensors[tensors[i]].name;
  return ports->names != NULL;
}

/* Where the port stood before, by the name of its tensor; -1: it was none. */
static int64_t
find_port (const Ports *ports, const char *name)
{
  for (uint32_t i = 0; i < ports->count; i++)
    if (strcmp (ports->names[i], name) == 0)
      return i;
  return -1;
}

static uint32_t
aligned (size_t size)
{
  return (uint32_t) ((size + 3) / 4 * 4);
}

static void
put32 (Payload *payload, uint32_t at, uint32_t value)
{
  memcpy (payload->bytes + at, &value, sizeof value);
}

static void
put16 (Payload *payload, uint32_t at, uint32_t value)
{
  const uint16_t narrow = (uint16_t) value;

  memcpy (payload->bytes + at, &narrow, sizeof narrow);
}

/* The offset at @at leads to @target. */
static void
lead (Payload *payload, uint32_t at, uint32_t target)
{
  put32 (payload, at, target - at);
}

/* A table that says a port's name and no more. */
static void
put_port (Payload *payload, const char *name)
{
  const uint32_t vtable = payload->at, table = vtable + PORT_VTABLE_SIZE,
                 text = table + PORT_TABLE_SIZE;
  const size_t length = strlen (name);

  put16 (payload, vtable, 6);
  put16 (payload, vtable + 2, PORT_TABLE_SIZE);
  put16 (payload, vtable + 4, 4);
  put32 (payload, table, table - vtable);
  lead (payload, table + 4, text);
  put32 (payload, text, (uint32_t) length);
  memcpy (payload->bytes + text + 4, name, length);
  payload->at = text + aligned (4 + length + 1);
}

static uint32_t
port_room (const char *name)
{
  return PORT_VTABLE_SIZE + PORT_TABLE_SIZE + aligned (4 + strlen (name) + 1);
}

/* A list of ports, and behind it the new ones. */
static void
put_ports (Payload *payload, const LsSubgraph *graph, const int32_t *tensors, uint32_t count,
           const Ports *before, const LsFlatList *old)
{
  const uint32_t list = payload->at;

  put32 (payload, list, count);
  payload->at = list + 4 + 4 * count;
  for (uint32_t i = 0; i < count; i++)
    {
      const char *name = graph->tensors[tensors[i]].name;
      const int64_t was = find_port (before, name);
      const uint32_t old_table = was >= 0 ? ls_flat_at (old, (uint32_t) was).at : 0;

      if (old_table != 0)
        {
          lead (payload, list + 4 + 4 * i, payload->old_at + old_table);
          continue;
        }
      lead (payload, list + 4 + 4 * i, payload->at + PORT_VTABLE_SIZE);
      put_port (payload, name);
    }
}

/* Most that the lists can take. */
static size_t
ports_room (const LsSubgraph *graph)
{
  size_t size = 8;

  for (uint32_t i = 0; i < graph->n_inputs; i++)
    size += 4 + port_room (graph->tensors[graph->inputs[i]].name);
  for (uint32_t i = 0; i < graph->n_outputs; i++)
    size += 4 + port_room (graph->tensors[graph->outputs[i]].name);
  return size;
}

static void
put_subgraph (Payload *payload, const LsSubgraph *graph, const LsFlatTable *old,
              const Ports *inputs, const Ports *outputs)
{
  const uint32_t vtable = payload->at, table = vtable + VTABLE_SIZE;
  const LsFlatList old_inputs = ls_flat_list (old, SUBGRAPH_INPUTS);
  const LsFlatList old_outputs = ls_flat_list (old, SUBGRAPH_OUTPUTS);

  put16 (payload, vtable, 4 + 2 * N_FIELDS);
  put16 (payload, vtable + 2, TABLE_SIZE);
  put32 (payload, table, table - vtable);
  payload->at = table + TABLE_SIZE;
  for (uint32_t i = 0; i < N_FIELDS; i++)
    {
      const bool is_port = i == SUBGRAPH_INPUTS || i == SUBGRAPH_OUTPUTS;
      const uint32_t old_target = ls_flat_table (old, i).at, at = table + 4 + 4 * i;

      if (!is_port && old_target == 0)
        continue;
      put16 (payload, vtable + 4 + 2 * i, 4 + 4 * i);
      lead (payload, at, is_port ? payload->at : payload->old_at + old_target);
      if (i == SUBGRAPH_INPUTS)
        put_ports (payload, graph, graph->inputs, graph->n_inputs, inputs, &old_inputs);
      else if (i == SUBGRAPH_OUTPUTS)
        put_ports (payload, graph, graph->outputs, graph->n_outputs, outputs, &old_outputs);
    }
}

/* Where the metadata describes this subgraph, it describes its ports of now. */
static LsStatus
fit_metadata (LsModel *model, uint32_t subgraph, const Ports *inputs, const Ports *outputs,
              LsError *error)
{
  const LsSubgraph *graph = &model->graphs[subgraph]->view;
  LsFlatTable root = { { NULL, 0 }, 0 };

  for (uint32_t i = 0; i < model->n_metadata; i++)
    if (strcmp (model->metadata[i].name, LS_METADATA_ENTRY) == 0)
      root = ls_flat_root (ls_model_buffer (model, model->metadata[i].buffer), "M001");

  const LsFlatList subgraphs = ls_flat_list (&root, MODEL_SUBGRAPHS);
  const LsFlatTable old = ls_flat_at (&subgraphs, subgraph);

  if (old.at == 0 || subgraphs.count > model->n_graphs)
    return LS_OK;

  const size_t size
    = 4 + 4 * (size_t) subgraphs.count + VTABLE_SIZE + TABLE_SIZE + ports_room (graph);
  Payload payload = { .model = model, .bytes = ls_model_alloc (model, size, 1) };

  if (payload.bytes == NULL || size > INT32_MAX / 2)
    return ls_fail_no_memory (error, "metadata", size);
  payload.old_at = (uint32_t) ls_metadata_distance (size);
  put32 (&payload, 0, subgraphs.count);
  payload.at = 4 + 4 * subgraphs.count;
  for (uint32_t i = 0; i < subgraphs.count; i++)
    lead (&payload, 4 + 4 * i,
          i == subgraph ? payload.at + VTABLE_SIZE
                        : payload.old_at + ls_flat_at (&subgraphs, i).at);
  put_subgraph (&payload, graph, &old, inputs, outputs);
  return ls_metadata_replace (model, MODEL_SUBGRAPHS, (LsBytes){ payload.bytes, size }, error);
}

/* ---- The edits ------------------------------------------------------------------------------- */

/* What is to be done inside the step. */
typedef struct
{
  bool is_drop;
  const uint32_t *from, *until;
  uint32_t n_from, n_until;
} How;

static LsStatus
run (LsModel *model, uint32_t subgraph, const How *how, LsEditReport *report, LsError *error)
{
  const LsSubgraph *graph = &model->graphs[subgraph]->view;
  const LsGraph *kept = model->graphs[subgraph];
  Ports inputs, outputs;

  if (!ports_init (&inputs, model, graph, graph->inputs, graph->n_inputs)
      || !ports_init (&outputs, model, graph, graph->outputs, graph->n_outputs))
    return ls_fail_no_memory (error, "the ports", graph->n_inputs);
  if (how->is_drop)
    LS_TRY (ls_drop_postprocess (model, subgraph, report, error));
  else
    LS_TRY (
      ls_cut (model, subgraph, how->from, how->n_from, how->until, how->n_until, report, error));
  /* Subgraphs before it may have gone: then the metadata's list no longer fits at all. */
  if (subgraph >= model->n_graphs || model->graphs[subgraph] != kept)
    return LS_OK;
  return fit_metadata (model, subgraph, &inputs, &outputs, error);
}

static LsStatus
edit (LsModel *model, uint32_t subgraph, const How *how, LsEditReport *report, LsError *error)
{
  LS_TRY (ls_edit_check_subgraph (model, subgraph, error));
  if (!ls_history_begin (model))
    return ls_fail_no_memory (error, "a step to be undone", 0);
  return ls_edit_end (model, run (model, subgraph, how, report, error), error);
}

LsStatus
ls_edit_cut (LsModel *model, uint32_t subgraph, const uint32_t *from, uint32_t n_from,
             const uint32_t *until, uint32_t n_until, LsEditReport *report, LsError *error)
{
  const How how = { .from = from, .until = until, .n_from = n_from, .n_until = n_until };

  return edit (model, subgraph, &how, report, error);
}

LsStatus
ls_edit_drop_postprocess (LsModel *model, uint32_t subgraph, LsEditReport *report, LsError *error)
{
  return edit (model, subgraph, &(How){ .is_drop = true }, report, error);
}
