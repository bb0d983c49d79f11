/* Cutting a part out of a graph: from some tensors to others. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"
#include "model/edit.h"

typedef struct
{
  LsModel *model;
  uint32_t index;
  const LsSubgraph *graph;
  LsUses uses;
  uint32_t n_from, n_until;
  const uint32_t *from, *until; /* never NULL; the graph's own outputs when none were asked for */
  bool *is_from, *is_input;     /* by tensor */
  bool *is_wanted;              /* by tensor */
  bool *is_kept;                /* by operator */
  uint32_t *stack;              /* of tensors whose makers are not kept yet */
  LsError *error;
} Cut;

static LsStatus LS_PRINTF (3, 4) fail (const Cut *cut, uint32_t tensor, const char *format, ...)
{
  char text[160];
  va_list args;

  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  ls_fail (cut->error, LS_E_INVALID, -1, "tensor %u \"%.120s\" %s", tensor,
           cut->graph->tensors[tensor].name, text);
  ls_error_place (cut->error, (int) cut->index, -1, (int) tensor);
  return LS_E_INVALID;
}

/* Has its value before anything runs. */
static bool
is_given (const Cut *cut, uint32_t tensor)
{
  const LsTensor *t = &cut->graph->tensors[tensor];

  return ls_tensor_is_constant (cut->model, t) || t->external_buffer != 0 || t->is_variable;
}

/* Stands for something inside the runtime, which nobody can feed or read. */
static bool
is_handle (const Cut *cut, uint32_t tensor)
{
  const LsType type = cut->graph->tensors[tensor].type;

  return type == LS_TYPE_RESOURCE || type == LS_TYPE_VARIANT;
}

/* ---- What is asked for ----------------------------------------------------------------------- */

static LsStatus
check_lists (const Cut *cut, bool is_asked)
{
  for (uint32_t i = 0; i < cut->n_from; i++)
    {
      if (is_given (cut, cut->from[i]))
        return fail (cut, cut->from[i], "is no value that can be fed: it is a constant or a state");
      if (is_handle (cut, cut->from[i]))
        return fail (cut, cut->from[i], "is a handle of the runtime: it cannot be fed");
      if (cut->is_from[cut->from[i]])
        return fail (cut, cut->from[i], "is asked for twice as an input");
      cut->is_from[cut->from[i]] = true;
    }
  for (uint32_t i = 0; is_asked && i < cut->n_until; i++)
    {
      const uint32_t t = cut->until[i];

      if (is_handle (cut, t))
        return fail (cut, t, "is a handle of the runtime: it cannot be read");
      if (is_given (cut, t))
        return fail (cut, t, "is a constant or a state: no operator computes it");
      if (cut->is_from[t] || (cut->n_from == 0 && cut->is_input[t]))
        return fail (cut, t, "cannot be both input and output");
      for (uint32_t k = 0; k < i; k++)
        if (cut->until[k] == t)
          return fail (cut, t, "is asked for twice as an output");
    }
  return LS_OK;
}

/* ---- What that needs ------------------------------------------------------------------------- */

/* Keeps everything that computes @tensor; @goal is the output that needs it. */
static LsStatus
want (const Cut *cut, uint32_t tensor, uint32_t goal)
{
  uint32_t n = 0;

  if (cut->is_wanted[tensor])
    return LS_OK;
  cut->is_wanted[tensor] = true;
  cut->stack[n++] = tensor;
  while (n > 0)
    {
      const uint32_t t = cut->stack[--n];
      const int32_t maker = cut->uses.producer[t];

      if (cut->is_from[t] || is_given (cut, t))
        continue;
      if (cut->is_input[t] && cut->n_from > 0)
        return fail (cut, goal,
                     "cannot be computed from the inputs asked for: it needs the model's input "
                     "\"%.80s\"",
                     cut->graph->tensors[t].name);
      if (maker < 0 || cut->is_kept[maker])
        continue;
      cut->is_kept[maker] = true;
      for (uint32_t k = 0; k < cut->graph->ops[maker].n_inputs; k++)
        {
          const int32_t in = cut->graph->ops[maker].inputs[k];

          if (in < 0 || cut->is_wanted[in])
            continue;
          cut->is_wanted[in] = true;
          cut->stack[n++] = (uint32_t) in;
        }
    }
  return LS_OK;
}

static const char *
text_attr (const LsOperator *op, const char *name)
{
  const LsAttr *attr = ls_op_attr (op, name);

  return attr != NULL && attr->text != NULL ? attr->text : "";
}

/* The operator that names the variable or table which @tensor stands for; NULL: none. */
static const LsOperator *
resource_of (const Cut *cut, int32_t tensor)
{
  const int32_t maker = tensor >= 0 ? cut->uses.producer[tensor] : -1;
  const LsOperator *op = maker >= 0 ? &cut->graph->ops[maker] : NULL;

  return op != NULL && (op->kind == LS_OP_VAR_HANDLE || op->kind == LS_OP_HASHTABLE) ? op : NULL;
}

static bool
is_resource_kept (const Cut *cut, const LsOperator *resource)
{
  for (uint32_t i = 0; resource != NULL && i < cut->graph->n_ops; i++)
    {
      const LsOperator *op = &cut->graph->ops[i];

      if (cut->is_kept[i] && op->kind == resource->kind
          && strcmp (text_attr (op, "shared_name"), text_attr (resource, "shared_name")) == 0
          && strcmp (text_attr (op, "container"), text_attr (resource, "container")) == 0
          && ls_attr_int (op, "table_id", 0) == ls_attr_int (resource, "table_id", 0))
        return true;
    }
  return false;
}

static bool
keeps_resources (const Cut *cut)
{
  for (uint32_t i = 0; i < cut->graph->n_ops; i++)
    if (cut->is_kept[i]
        && (cut->graph->ops[i].kind == LS_OP_VAR_HANDLE
            || cut->graph->ops[i].kind == LS_OP_HASHTABLE))
      return true;
  return false;
}

/* Who fills a variable or table that is read. */
static bool
fills_kept (const Cut *cut, const LsOperator *op)
{
  if (op->kind == LS_OP_CALL_ONCE)
    return keeps_resources (cut);
  return (op->kind == LS_OP_ASSIGN_VARIABLE || op->kind == LS_OP_HASHTABLE_IMPORT)
         && op->n_inputs > 0 && is_resource_kept (cut, resource_of (cut, op->inputs[0]));
}

/* They stay, with all that they need. */
static LsStatus
want_effects (const Cut *cut)
{
  for (bool is_new = true; is_new;)
    {
      is_new = false;
      for (uint32_t i = 0; i < cut->graph->n_ops; i++)
        {
          const LsOperator *op = &cut->graph->ops[i];

          if (cut->is_kept[i] || !fills_kept (cut, op))
            continue;
          cut->is_kept[i] = is_new = true;
          for (uint32_t k = 0; k < op->n_inputs; k++)
            if (op->inputs[k] >= 0)
              LS_TRY (want (cut, (uint32_t) op->inputs[k], (uint32_t) op->inputs[k]));
        }
    }
  return LS_OK;
}

static LsStatus
want_all (const Cut *cut)
{
  for (uint32_t i = 0; i < cut->n_until; i++)
    LS_TRY (want (cut, cut->until[i], cut->until[i]));
  LS_TRY (want_effects (cut));
  for (uint32_t i = 0; i < cut->n_from; i++)
    if (!cut->is_wanted[cut->from[i]])
      return fail (cut, cut->from[i], "is no use as an input: no output depends on it");
  return LS_OK;
}

/* ---- The new ports --------------------------------------------------------------------------- */

static bool
is_port_name (const LsSignaturePort *ports, uint32_t count, const char *name)
{
  for (uint32_t i = 0; i < count; i++)
    if (strcmp (ports[i].name, name) == 0)
      return true;
  return false;
}

/* Ports for these tensors: under the names that they had, else those of the tensors. */
static LsSignaturePort *
make_ports (const Cut *cut, const LsSignature *s, const int32_t *tensors, uint32_t count)
{
  LsSignaturePort *ports = ls_model_alloc (cut->model, (size_t) count + 1, sizeof *ports);

  for (uint32_t i = 0; ports != NULL && i < count; i++)
    {
      const char *name = cut->graph->tensors[tensors[i]].name;
      char numbered[32];

      for (uint32_t k = 0; k < s->n_inputs; k++)
        name = s->inputs[k].tensor == (uint32_t) tensors[i] ? s->inputs[k].name : name;
      for (uint32_t k = 0; k < s->n_outputs; k++)
        name = s->outputs[k].tensor == (uint32_t) tensors[i] ? s->outputs[k].name : name;
      if (name[0] == '\0' || is_port_name (ports, i, name))
        {
          snprintf (numbered, sizeof numbered, "tensor_%" PRId32, tensors[i]);
          name = ls_model_strdup (cut->model, numbered);
        }
      if (name == NULL)
        return NULL;
      ports[i] = (LsSignaturePort){ name, (uint32_t) tensors[i] };
    }
  return ports;
}

static bool
set_signatures (const Cut *cut)
{
  LsModel *model = cut->model;
  LsSignature *signatures
    = ls_store_copy (model->store, model->signatures, model->n_signatures * sizeof *signatures);

  if (signatures == NULL)
    return false;
  for (uint32_t i = 0; i < model->n_signatures; i++)
    {
      LsSignature *s = &signatures[i];

      if (s->subgraph != cut->index)
        continue;

      LsSignaturePort *in = make_ports (cut, s, cut->graph->inputs, cut->graph->n_inputs);
      LsSignaturePort *out = make_ports (cut, s, cut->graph->outputs, cut->graph->n_outputs);

      if (in == NULL || out == NULL)
        return false;
      s->inputs = in;
      s->n_inputs = cut->graph->n_inputs;
      s->outputs = out;
      s->n_outputs = cut->graph->n_outputs;
    }
  model->signatures = signatures;
  return true;
}

/* Inputs that were asked for, or those of the graph that are needed; all outputs. */
static bool
set_ports (const Cut *cut, uint32_t *n_unused)
{
  const uint32_t most = cut->n_from > cut->graph->n_inputs ? cut->n_from : cut->graph->n_inputs;
  LS_FREE int32_t *inputs = malloc (((size_t) most + 1) * sizeof *inputs);
  LS_FREE int32_t *outputs = malloc (((size_t) cut->n_until + 1) * sizeof *outputs);
  uint32_t n = 0;

  if (inputs == NULL || outputs == NULL)
    return false;
  for (uint32_t i = 0; i < cut->n_from; i++)
    inputs[n++] = (int32_t) cut->from[i];
  *n_unused = 0;
  for (uint32_t i = 0; cut->n_from == 0 && i < cut->graph->n_inputs; i++)
    if (cut->is_wanted[cut->graph->inputs[i]])
      inputs[n++] = cut->graph->inputs[i];
    else
      ++*n_unused;
  for (uint32_t i = 0; i < cut->n_until; i++)
    outputs[i] = (int32_t) cut->until[i];
  return ls_model_set_ports (cut->model, cut->index, inputs, n, outputs, cut->n_until)
         && set_signatures (cut);
}

/* ---- The cut --------------------------------------------------------------------------------- */

static LsStatus
take_out (const Cut *cut, LsEditReport *report)
{
  LsModel *model = cut->model;
  LS_FREE bool *named = ls_subgraphs_named (model);
  uint32_t n_before = cut->graph->n_ops, n_unused, n_tensors, n_buffers, n_subgraphs;

  if (named == NULL || !set_ports (cut, &n_unused))
    return ls_fail_no_memory (cut->error, "the ports", cut->n_until);
  if (named[cut->index])
    return ls_fail (cut->error, LS_E_UNSUPPORTED, -1,
                    "subgraph %" PRIu32 " is called by another one: its inputs and outputs are set",
                    cut->index);
  for (uint32_t i = 0; i < n_before; i++)
    cut->is_kept[i] = !cut->is_kept[i];
  ls_model_remove_ops (model, cut->index, cut->is_kept);

  const uint32_t n_gone = n_before - cut->graph->n_ops;

  LS_TRY (ls_subgraphs_drop_dead (model, named, &n_subgraphs, cut->error));
  if (!ls_model_compact (model, &n_tensors, &n_buffers, NULL))
    return ls_fail_no_memory (cut->error, "the cut", 0);
  LS_TRY (ls_edit_note (report, cut->error,
                        "%" PRIu32 " of %" PRIu32 " operators, %" PRIu32 " tensors and %" PRIu32
                        " buffers were taken out",
                        n_gone, n_before, n_tensors, n_buffers));
  if (n_subgraphs > 0)
    LS_TRY (ls_edit_note (report, cut->error,
                          "%" PRIu32 " subgraphs that only those operators used were taken out",
                          n_subgraphs));
  if (n_unused > 0)
    LS_TRY (ls_edit_note (report, cut->error,
                          "%" PRIu32 " inputs that no output needs were taken out", n_unused));
  return LS_OK;
}

static void
cut_clear (Cut *cut)
{
  ls_uses_clear (&cut->uses);
  free (cut->is_from);
  free (cut->is_input);
  free (cut->is_wanted);
  free (cut->is_kept);
  free (cut->stack);
}

static bool
cut_init (Cut *cut)
{
  const size_t n = (size_t) cut->graph->n_tensors + 1;

  if (!ls_uses_init (&cut->uses, cut->graph))
    return false;
  cut->is_from = calloc (n, sizeof *cut->is_from);
  cut->is_input = calloc (n, sizeof *cut->is_input);
  cut->is_wanted = calloc (n, sizeof *cut->is_wanted);
  cut->is_kept = calloc ((size_t) cut->graph->n_ops + 1, sizeof *cut->is_kept);
  cut->stack = malloc (n * sizeof *cut->stack);
  if (cut->is_from == NULL || cut->is_input == NULL || cut->is_wanted == NULL
      || cut->is_kept == NULL || cut->stack == NULL)
    return false;
  for (uint32_t i = 0; i < cut->graph->n_inputs; i++)
    cut->is_input[cut->graph->inputs[i]] = true;
  return true;
}

static LsStatus
cut_run (Cut *cut, bool is_asked, LsEditReport *report)
{
  if (!cut_init (cut))
    return ls_fail_no_memory (cut->error, "the cut", cut->graph->n_tensors);
  LS_TRY (check_lists (cut, is_asked));
  LS_TRY (want_all (cut));
  return take_out (cut, report);
}

LsStatus
ls_cut (LsModel *model, uint32_t subgraph, const uint32_t *from, uint32_t n_from,
        const uint32_t *until, uint32_t n_until, LsEditReport *report, LsError *error)
{
  const LsSubgraph *graph = &model->graphs[subgraph]->view;
  Cut cut = { .model = model,
              .index = subgraph,
              .graph = graph,
              .n_from = n_from,
              .n_until = n_until > 0 ? n_until : graph->n_outputs,
              .from = from,
              .until = n_until > 0 ? until : (const uint32_t *) graph->outputs,
              .error = error };

  for (uint32_t i = 0; i < cut.n_from + n_until; i++)
    {
      const uint32_t t = i < n_from ? from[i] : until[i - n_from];

      if (t >= graph->n_tensors)
        return ls_fail (error, LS_E_USAGE, -1,
                        "there is no tensor %" PRIu32 " in subgraph %" PRIu32, t, subgraph);
    }

  LsStatus status = cut_run (&cut, n_until > 0, report);

  cut_clear (&cut);
  return status;
}
