#include "formats/dot/picture.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/error.h"
#include "model/array.h"
#include "model/model.h"

enum
{
  SMALL_CONSTANT = 6 /* elements that are shown by value */
};

typedef struct
{
  const LsModel *model;
  const LsSubgraph *graph;
  uint32_t index;
  LsPicture *out;
  LsUses uses;
  uint32_t *node_of_op;    /* UINT32_MAX: drawn as a line of its reader */
  uint32_t *node_of_input; /* by tensor; UINT32_MAX: no input of the graph */
} Build;

/* ---- Texts ----------------------------------------------------------------------------------- */

static const char *
say (LsStore *store, const char *format, ...)
{
  char text[400];
  va_list values;

  va_start (values, format);
  vsnprintf (text, sizeof text, format, values);
  va_end (values);
  return ls_store_strdup (store, text);
}

/* "1×96×96×3 INT8" */
static void
put_shape (char *out, size_t size, const LsTensor *tensor)
{
  size_t at = 0;

  out[0] = '\0';
  for (int32_t i = 0; i < tensor->rank && at + 16 < size; i++)
    at += (size_t) snprintf (out + at, size - at, i > 0 ? "×%d" : "%d", tensor->dims[i]);
  snprintf (out + at, size - at, "%s%s", at > 0 ? " " : "scalar ", ls_type_name (tensor->type));
}

static const char *
shape_text (Build *build, const LsTensor *tensor)
{
  char text[160];

  put_shape (text, sizeof text, tensor);
  return ls_store_strdup (build->out->store, text);
}

/* The values of a small constant of integers ("1, 2"); false when it is none. */
static bool
put_values (const Build *build, uint32_t tensor, char *out, size_t size)
{
  const LsTensor *record = &build->graph->tensors[tensor];
  LsArray array;
  size_t at = 0;

  if (!ls_type_is_integer (record->type) || record->sparsity != NULL
      || ls_tensor_data (build->model, record).size > SMALL_CONSTANT * 8
      || ls_tensor_decode (build->model, build->index, tensor, LS_DECODE_DENSE, &array, NULL)
           != LS_OK)
    return false;

  size_t count = ls_array_count (&array);
  bool is_small = count > 0 && count <= SMALL_CONSTANT && record->rank <= 1;

  out[0] = '\0';
  for (size_t i = 0; is_small && i < count; i++)
    at += (size_t) snprintf (out + at, size - at, i > 0 ? ", %.0f" : "%.0f",
                             ls_array_get (&array, i));
  ls_array_clear (&array);
  return is_small;
}

/* ---- Constants ------------------------------------------------------------------------------- */

/* The constant behind a tensor through DENSIFY and DEQUANTIZE, or -1. @steps counts them. */
static int32_t
constant_behind (const Build *build, int32_t tensor, int *steps)
{
  for (*steps = 0; *steps < 8; ++*steps)
    {
      if (tensor < 0 || (uint32_t) tensor >= build->graph->n_tensors)
        return -1;
      if (ls_tensor_is_constant (build->model, &build->graph->tensors[tensor]))
        return tensor;

      int32_t producer = build->uses.producer[tensor];

      if (producer < 0)
        return -1;

      const LsOperator *op = &build->graph->ops[producer];

      if ((op->kind != LS_OP_DEQUANTIZE && op->kind != LS_OP_DENSIFY) || op->n_inputs != 1
          || op->n_outputs != 1)
        return -1;
      tensor = op->inputs[0];
    }
  return -1;
}

/* Drawn inside the operators that read it. */
static bool
is_absorbed (const Build *build, uint32_t index)
{
  const LsOperator *op = &build->graph->ops[index];
  int steps;

  if (op->n_outputs != 1 || op->outputs[0] < 0
      || (uint32_t) op->outputs[0] >= build->graph->n_tensors
      || build->uses.is_graph_output[op->outputs[0]]
      || build->uses.first[op->outputs[0]] == build->uses.first[op->outputs[0] + 1])
    return false;
  return (op->kind == LS_OP_DEQUANTIZE || op->kind == LS_OP_DENSIFY)
         && constant_behind (build, op->outputs[0], &steps) >= 0;
}

static const char *
constant_line (Build *build, int32_t constant, int steps)
{
  const LsTensor *tensor = &build->graph->tensors[constant];
  char shape[160], values[160];
  LsSparsityInfo sparsity;

  put_shape (shape, sizeof shape, tensor);
  if (tensor->sparsity != NULL
      && ls_tensor_sparsity_info (build->model, build->index, (uint32_t) constant, &sparsity, NULL)
           == LS_OK)
    return say (build->out->store, "%s, %.0f %% sparse", shape, 100 * sparsity.zero_share);
  if (steps == 0 && put_values (build, (uint32_t) constant, values, sizeof values))
    return say (build->out->store, "(%s)", values);
  return say (build->out->store, "%s%s", shape, steps > 0 ? ", dequantized" : "");
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static bool
add_line (LsPictureNode *node, const char *text)
{
  if (node->n_lines < LS_PICTURE_LINES)
    node->lines[node->n_lines++] = text;
  else
    node->lines[LS_PICTURE_LINES - 1] = "…";
  return text != NULL;
}

static bool
add_port (Build *build, const char *title, int32_t tensor)
{
  LsPictureNode *node = &build->out->nodes[build->out->n_nodes++];
  bool is_known = tensor >= 0 && (uint32_t) tensor < build->graph->n_tensors;

  *node = (LsPictureNode){ .is_port = true,
                           .title = title,
                           .name = is_known ? build->graph->tensors[tensor].name : "",
                           .color = "#3d3846" };
  return !is_known || add_line (node, shape_text (build, &build->graph->tensors[tensor]));
}

static bool
add_op (Build *build, uint32_t index)
{
  const LsOperator *op = &build->graph->ops[index];
  LsPictureNode *node = &build->out->nodes[build->out->n_nodes];
  const LsAttr *activation = ls_op_attr (op, "fused_activation_function");

  build->node_of_op[index] = build->out->n_nodes++;
  *node = (LsPictureNode){ .title = ls_op_kind_text (op),
                           .name = ls_op_name (build->graph, op),
                           .color = ls_family_color (ls_op_family (op)) };
  for (uint32_t i = 0; i < op->n_inputs; i++)
    {
      int steps;
      int32_t constant = constant_behind (build, op->inputs[i], &steps);

      if (constant >= 0 && !add_line (node, constant_line (build, constant, steps)))
        return false;
    }
  if (activation != NULL && activation->i != 0 && activation->text != NULL)
    return add_line (node, say (build->out->store, "then %s", activation->text));
  return true;
}

static bool
add_nodes (Build *build)
{
  const LsSubgraph *graph = build->graph;

  for (uint32_t i = 0; i < graph->n_inputs; i++)
    {
      if (graph->inputs[i] >= 0 && (uint32_t) graph->inputs[i] < graph->n_tensors)
        build->node_of_input[graph->inputs[i]] = build->out->n_nodes;
      if (!add_port (build, "input", graph->inputs[i]))
        return false;
    }
  for (uint32_t i = 0; i < graph->n_ops; i++)
    if (!is_absorbed (build, i) && !add_op (build, i))
      return false;
  for (uint32_t i = 0; i < graph->n_outputs; i++)
    if (!add_port (build, "output", graph->outputs[i]))
      return false;
  return true;
}

/* ---- Edges ----------------------------------------------------------------------------------- */

/* The node that gives a tensor its value, or UINT32_MAX. */
static uint32_t
source_of (const Build *build, int32_t tensor)
{
  if (tensor < 0 || (uint32_t) tensor >= build->graph->n_tensors)
    return UINT32_MAX;
  if (build->uses.producer[tensor] >= 0)
    return build->node_of_op[build->uses.producer[tensor]];
  return build->node_of_input[tensor];
}

static bool
add_edge (Build *build, int32_t tensor, uint32_t to, uint32_t op)
{
  uint32_t from = source_of (build, tensor);

  if (from == UINT32_MAX)
    return true;

  /* The shape stands once, on the edge to the first reader. */
  const uint32_t first = build->uses.first[tensor];
  bool is_labelled = first == build->uses.first[tensor + 1] || op == build->uses.consumers[first];
  LsPictureEdge *edge = &build->out->edges[build->out->n_edges++];

  *edge = (LsPictureEdge){ .from = from, .to = to };
  if (is_labelled)
    edge->label = shape_text (build, &build->graph->tensors[tensor]);
  return !is_labelled || edge->label != NULL;
}

static bool
add_edges (Build *build)
{
  const LsSubgraph *graph = build->graph;

  for (uint32_t i = 0; i < graph->n_ops; i++)
    for (uint32_t k = 0; build->node_of_op[i] != UINT32_MAX && k < graph->ops[i].n_inputs; k++)
      if (!add_edge (build, graph->ops[i].inputs[k], build->node_of_op[i], i))
        return false;
  for (uint32_t i = 0; i < graph->n_outputs; i++)
    if (!add_edge (build, graph->outputs[i], build->out->n_nodes - graph->n_outputs + i,
                   UINT32_MAX))
      return false;
  return true;
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* Arrays as large as they can become. */
static bool
reserve (Build *build)
{
  const LsSubgraph *graph = build->graph;
  LsPicture *out = build->out;
  size_t n_edges = graph->n_outputs;

  for (uint32_t i = 0; i < graph->n_ops; i++)
    n_edges += graph->ops[i].n_inputs;
  out->store = ls_store_new (NULL);
  if (out->store == NULL)
    return false;
  out->nodes
    = ls_store_alloc (out->store, ((size_t) graph->n_inputs + graph->n_ops + graph->n_outputs + 1)
                                    * sizeof *out->nodes);
  out->edges = ls_store_alloc (out->store, (n_edges + 1) * sizeof *out->edges);
  build->node_of_op = ls_store_alloc (out->store, ((size_t) graph->n_ops + 1) * sizeof (uint32_t));
  build->node_of_input
    = ls_store_alloc (out->store, ((size_t) graph->n_tensors + 1) * sizeof (uint32_t));
  if (out->nodes == NULL || out->edges == NULL || build->node_of_op == NULL
      || build->node_of_input == NULL)
    return false;
  memset (build->node_of_op, 0xff, (size_t) graph->n_ops * sizeof (uint32_t));
  memset (build->node_of_input, 0xff, (size_t) graph->n_tensors * sizeof (uint32_t));
  return true;
}

LsStatus
ls_picture_new (const LsModel *model, uint32_t subgraph, LsPicture *out, LsError *error)
{
  Build build = {
    .model = model, .graph = ls_model_subgraph (model, subgraph), .index = subgraph, .out = out
  };

  *out = (LsPicture){ 0 };
  if (build.graph == NULL)
    return ls_fail (error, LS_E_USAGE, -1, "the model has no subgraph %u: there are %u", subgraph,
                    ls_model_n_subgraphs (model));
  out->title = build.graph->name;

  bool is_good = ls_uses_init (&build.uses, build.graph) && reserve (&build) && add_nodes (&build)
                 && add_edges (&build);

  ls_uses_clear (&build.uses);
  if (is_good)
    return LS_OK;
  ls_picture_clear (out);
  return ls_fail_no_memory (error, "a picture", build.graph->n_ops);
}

void
ls_picture_clear (LsPicture *picture)
{
  ls_store_unref (picture->store);
  *picture = (LsPicture){ 0 };
}
