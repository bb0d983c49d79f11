#include "convert/edges.h"

#include <assert.h>
#include <stdlib.h>

#include "base/size.h"

int
ls_twin_tensor (LsModel *model, uint32_t graph, int32_t tensor, const char *suffix)
{
  LsTensor copy = *ls_model_tensor (model, graph, (uint32_t) tensor);
  char *name = NULL;

  if (asprintf (&name, "%s/%s", copy.name, suffix) < 0)
    return -1;
  copy.name = ls_model_strdup (model, name);
  free (name);
  return copy.name == NULL ? -1 : ls_model_add_tensor (model, graph, &copy);
}

static bool
make_cast (LsModel *model, int kind, int32_t from, int32_t to, LsOperator *out)
{
  int code = ls_model_ensure_code (model, kind, NULL, 1);

  *out = (LsOperator){ .kind = kind, .version = 1, .n_inputs = 1, .n_outputs = 1 };
  out->inputs = ls_model_ints (model, &from, 1);
  out->outputs = ls_model_ints (model, &to, 1);
  out->intermediates = out->inputs;
  out->options_type = kind == LS_OP_QUANTIZE  ? "QuantizeOptions"
                      : kind == LS_OP_DENSIFY ? "DensifyOptions"
                                              : "DequantizeOptions";
  out->debug_metadata_index = -1;
  out->code_index = (uint32_t) code;
  return code >= 0 && out->inputs != NULL && out->outputs != NULL;
}

struct LsLaterCast
{
  struct LsLaterCast *next;
  uint32_t at;
  LsOperator op;
};

bool
ls_cast_later (LsModel *model, LsLaterCasts *later, uint32_t at, int kind, int32_t from, int32_t to)
{
  LsOperator op;

  return make_cast (model, kind, from, to, &op) && ls_insert_later (model, later, at, &op);
}

bool
ls_insert_later (LsModel *model, LsLaterCasts *later, uint32_t at, const LsOperator *op)
{
  struct LsLaterCast *cast = ls_model_alloc (model, 1, sizeof *cast);

  if (cast == NULL)
    return false;
  assert (later->last == NULL || later->last->at <= at);
  cast->op = *op;
  cast->next = NULL;
  cast->at = at;
  *(later->last != NULL ? &later->last->next : &later->first) = cast;
  later->last = cast;
  later->n++;
  return true;
}

bool
ls_insert_casts (LsModel *model, uint32_t graph, LsLaterCasts *later)
{
  LsGraph *g = model->graphs[graph];
  const LsOperator *old = g->view.ops;
  const uint32_t n_old = g->view.n_ops;
  size_t n_bytes;
  uint32_t from = 0, count = 0;

  if (later->n == 0)
    return true;
  if (later->n > UINT32_MAX - n_old
      || !ls_mul (&n_bytes, (size_t) n_old + later->n, sizeof (LsOperator)))
    return false;

  LsOperator *ops = malloc (n_bytes);

  if (ops == NULL)
    return false;
  for (const struct LsLaterCast *cast = later->first; cast != NULL; cast = cast->next)
    {
      for (; from < cast->at; from++)
        ops[count++] = old[from];
      ops[count++] = cast->op;
    }
  for (; from < n_old; from++)
    ops[count++] = old[from];
  free ((void *) old);
  g->view.ops = ops;
  g->view.n_ops = g->cap_ops = count;
  *later = (LsLaterCasts){ 0 };
  return true;
}

bool
ls_op_set_output (LsModel *model, LsOperator *op, uint32_t slot, int32_t tensor)
{
  int32_t *outputs = ls_store_copy (model->store, op->outputs, op->n_outputs * sizeof *outputs);

  if (outputs == NULL)
    return false;
  outputs[slot] = tensor;
  op->outputs = outputs;
  return true;
}

bool
ls_bypass_begin (LsBypass *bypass, LsModel *model, uint32_t graph)
{
  *bypass = (LsBypass){ .model = model, .graph = graph };
  if (!ls_uses_init (&bypass->uses, &model->graphs[graph]->view))
    return false;
  bypass->becomes = ls_model_same_tensors (model, graph);
  if (bypass->becomes == NULL)
    ls_bypass_clear (bypass);
  return bypass->becomes != NULL;
}

/* What a tensor has become by now. The way there is made short for the next who asks. */
static int32_t
current (const LsBypass *bypass, int32_t tensor)
{
  int32_t *becomes = bypass->becomes;

  while (becomes[tensor] != tensor)
    {
      becomes[tensor] = becomes[becomes[tensor]];
      tensor = becomes[tensor];
    }
  return tensor;
}

static bool
redirect_producer (LsBypass *bypass, int32_t from, int32_t to)
{
  const int32_t producer = bypass->uses.producer[from];

  if (producer < 0)
    return true;

  LsOperator *op = ls_model_op (bypass->model, bypass->graph, (uint32_t) producer);

  bypass->uses.producer[to] = producer;
  for (uint32_t k = 0; k < op->n_outputs; k++)
    if (op->outputs[k] == from && !ls_op_set_output (bypass->model, op, k, to))
      return false;
  return true;
}

int
ls_bypass_op (LsBypass *bypass, const LsOperator *op)
{
  const int32_t from = current (bypass, op->inputs[0]), to = op->outputs[0];
  const LsTensor *source = &bypass->model->graphs[bypass->graph]->view.tensors[from];

  if (!bypass->uses.is_graph_output[to])
    {
      bypass->becomes[to] = from;
      return 1;
    }
  if (bypass->uses.is_graph_input[from] || bypass->uses.is_graph_output[from] || source->is_variable
      || ls_tensor_is_constant (bypass->model, source))
    return 0;
  bypass->becomes[from] = to;
  return redirect_producer (bypass, from, to) ? 1 : -1;
}

bool
ls_bypass_end (LsBypass *bypass)
{
  const uint32_t n_tensors = bypass->model->graphs[bypass->graph]->view.n_tensors;

  for (uint32_t t = 0; t < n_tensors; t++)
    bypass->becomes[t] = current (bypass, (int32_t) t);

  const bool is_done = ls_model_replace_uses (bypass->model, bypass->graph, bypass->becomes);

  ls_bypass_clear (bypass);
  return is_done;
}

void
ls_bypass_clear (LsBypass *bypass)
{
  free (bypass->becomes);
  ls_uses_clear (&bypass->uses);
  *bypass = (LsBypass){ 0 };
}
