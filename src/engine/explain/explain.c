/* Finds the operator, asks its family, and holds the result against the engine's. */
#include "explain/explain.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops/shape.h"
#include "runtime/runtime.h"

static const struct
{
  int kind;
  LsExplainFn explain;
  const char *name, *source;
} explainers[] = {
#define EXPLAINER(KIND, function, source) { LS_OP_##KIND, function, #KIND, source },
#include "explain/explainers.def"
#undef EXPLAINER
};

enum
{
  N_EXPLAINERS = sizeof explainers / sizeof explainers[0]
};

const char *
ls_explain_kind (uint32_t index)
{
  return index < N_EXPLAINERS ? explainers[index].name : NULL;
}

static int
find_explainer (int kind)
{
  for (int i = 0; i < N_EXPLAINERS; i++)
    if (explainers[i].kind == kind)
      return i;
  return -1;
}

static LsStatus
fail_unknown (const LsOperator *op, LsError *error)
{
  const char *kind = ls_op_kind_text (op);

  if (ls_op_family (op) == LS_FAMILY_SHAPE)
    return ls_fail (error, LS_E_UNSUPPORTED, -1,
                    "%.60s selects elements without computing with them; explain the operator that "
                    "computes its input",
                    kind);
  if (ls_op_family (op) == LS_FAMILY_RECURRENT)
    return ls_fail (error, LS_E_UNSUPPORTED, -1,
                    "%.60s cannot be explained: it keeps a state, and an element takes many "
                    "rescaled sums in several steps",
                    kind);
  return ls_fail (error, LS_E_UNSUPPORTED, -1,
                  "%.60s cannot be explained; what can be: convolutions and other products, sums, "
                  "pools, means, softmax, curves, comparisons, resizing and moves",
                  kind);
}

/* ---- The result --------------------------------------------------------------------------------
 */

static bool
is_close (const LsExplainer *e)
{
  const LsExplanation *out = e->out;
  const double tolerance
    = 1e-5 * fmax (e->magnitude, fmax (fabs (out->value), fabs (out->engine_value)));

  if (isnan (out->value) || isnan (out->engine_value))
    return isnan (out->value) && isnan (out->engine_value);
  return out->value == out->engine_value
         || fabs (out->value - out->engine_value) <= tolerance + FLT_MIN;
}

static void
compare (LsExplainer *e)
{
  LsExplanation *out = e->out;
  const LsValue *y = e->node->out[0];
  const float scale = ls_explain_scale (y, e->channel);
  const double stored = ls_explain_get (y, e->element);

  out->engine_value = out->is_integer ? ls_explain_real (y, e->channel, stored) : stored;
  if (out->is_integer)
    {
      out->engine_stored = ls_explain_get_int (y, e->element);
      out->matches = out->stored == out->engine_stored;
      out->error_steps = scale > 0 ? (out->value - out->float_value) / (double) scale : 0;
    }
  else
    out->matches = is_close (e);
}

/* ---- The place ---------------------------------------------------------------------------------
 */

static LsStatus
check_place (const LsValue *y, int rank, const int32_t *at, LsError *error)
{
  bool is_inside = rank == y->rank;

  for (int i = 0; i < rank && is_inside; i++)
    is_inside = at[i] >= 0 && at[i] < y->dims[i];
  if (is_inside)
    return LS_OK;
  if (y->count == 0)
    return ls_fail (error, LS_E_USAGE, -1, "the output %s of shape %s has no elements",
                    y->tensor->name, LS_SHAPE (y));
  return ls_fail (error, LS_E_USAGE, -1,
                  rank == y->rank ? "place %s is not inside the output %s of shape %s"
                                  : "place %s has another number of dimensions than the output "
                                    "%s of shape %s",
                  LS_DIMS (at, rank), y->tensor->name, LS_SHAPE (y));
}

static const LsStep *
find_step (const LsFrame *frame, uint32_t op)
{
  for (uint32_t i = 0; i < frame->n_steps; i++)
    if (frame->steps[i].op == op)
      return &frame->steps[i];
  return NULL;
}

/* All that an explainer reads was computed, and is there as numbers. */
static LsStatus
check_node (const LsFrame *frame, const LsNode *node, LsError *error)
{
  const LsValue *y = node->n_out > 0 ? node->out[0] : NULL;

  if (y == NULL || ls_type_bits (y->type) == 0)
    return ls_fail (error, LS_E_UNSUPPORTED, -1, "%s has no output of numbers",
                    ls_op_kind_text (node->def));
  for (uint32_t i = 0; i <= node->n_in; i++)
    {
      const LsValue *value = i < node->n_in ? node->in[i] : y;

      if (value != NULL && value->data == NULL && value->count > 0)
        return ls_fail (error, LS_E_USAGE, -1, "tensor %s of %s was not computed",
                        value->tensor->name, ls_op_name (frame->graph, node->def));
      if (value != NULL && value->is_sparse)
        return ls_fail (error, LS_E_UNSUPPORTED, -1, "tensor %s is sparse and read as stored",
                        value->tensor->name);
    }
  return LS_OK;
}

LsStatus
ls_explain (const LsSession *session, uint32_t op, int rank, const int32_t *at, LsExplanation *out,
            LsError *error)
{
  const LsFrame *frame = session->frame;

  memset (out, 0, sizeof *out);
  out->x_operand = out->w_operand = -1;
  if (!session->options.trace || session->options.mode != LS_MODE_EXACT)
    return ls_fail (error, LS_E_USAGE, -1,
                    "only a session that traces in exact mode can be explained");
  if (!session->is_computed)
    return ls_fail (error, LS_E_USAGE, -1,
                    "the session has not run since its inputs were set: run it first");
  if (op >= frame->graph->n_ops)
    return ls_fail (error, LS_E_USAGE, -1, "there is no operator %u: the subgraph has %u", op,
                    frame->graph->n_ops);

  const LsOperator *def = &frame->graph->ops[op];
  const LsStep *step = find_step (frame, op);
  const int which = find_explainer (def->kind);

  if (which < 0)
    return fail_unknown (def, error);
  if (step == NULL)
    return ls_fail (error, LS_E_USAGE, -1, "operator %u %s is not a part of what runs", op,
                    ls_op_kind_text (def));
  LS_TRY (check_node (frame, &step->node, error));
  LS_TRY (check_place (step->node.out[0], rank, at, error));

  LsExplainer e = { .out = out, .node = &step->node };

  memcpy (e.at, at, (size_t) rank * sizeof *at);
  memcpy (out->at, e.at, sizeof e.at);
  out->element = e.element = ls_explain_index (step->node.out[0], at);
  out->subgraph = frame->index;
  out->op = op;
  out->kind = explainers[which].name;
  out->name = ls_explain_text (&e, "%s", ls_op_name (frame->graph, def));
  out->source = explainers[which].source;

  LsStatus status = explainers[which].explain (&e, error);

  ls_explain_operand (&e, "output", step->node.out[0], e.channel);
  if (status == LS_OK && e.is_out_of_memory)
    status = ls_fail_no_memory (error, "an explanation", out->n_taps * sizeof *out->taps);
  if (status != LS_OK)
    {
      ls_explanation_clear (out);
      ls_error_place (error, (int) frame->index, (int) op, -1);
      return status;
    }
  compare (&e);
  return LS_OK;
}

void
ls_explanation_clear (LsExplanation *explanation)
{
  for (uint32_t i = 0; i < explanation->n_texts; i++)
    free (explanation->texts[i]);
  free (explanation->texts);
  free (explanation->taps);
  free (explanation->steps);
  memset (explanation, 0, sizeof *explanation);
}

/* ---- Which operator ----------------------------------------------------------------------------
 */

static int64_t
find_by_output (const LsSubgraph *graph, const char *text, uint32_t *output)
{
  for (uint32_t i = 0; i < graph->n_ops; i++)
    for (uint32_t k = 0; k < graph->ops[i].n_outputs; k++)
      {
        const int32_t tensor = graph->ops[i].outputs[k];

        if (tensor >= 0 && (uint32_t) tensor < graph->n_tensors
            && strcmp (graph->tensors[tensor].name, text) == 0)
          {
            *output = k;
            return i;
          }
      }
  return -1;
}

int64_t
ls_explain_find (const LsModel *model, uint32_t subgraph, const char *text, LsError *error)
{
  const LsSubgraph *graph = ls_model_subgraph (model, subgraph);
  char *end;
  int64_t found = -1;
  uint32_t count = 0, output = 0;

  if (graph == NULL)
    {
      ls_fail (error, LS_E_USAGE, -1, "there is no subgraph %u", subgraph);
      return -1;
    }

  const unsigned long long index = strtoull (text, &end, 10);

  if (*text >= '0' && *text <= '9' && *end == '\0' && index < graph->n_ops)
    return (int64_t) index;
  found = find_by_output (graph, text, &output);
  if (found >= 0 && output > 0)
    {
      ls_fail (
        error, LS_E_USAGE, -1,
        "%.100s is output %u of operator %lld %s: only elements of output 0 can be explained", text,
        output, (long long) found, ls_op_kind_text (&graph->ops[found]));
      return -1;
    }
  if (found >= 0)
    return found;
  for (uint32_t i = 0; i < graph->n_ops; i++)
    if (strcmp (ls_op_kind_text (&graph->ops[i]), text) == 0)
      {
        found = i;
        count++;
      }
  if (count == 1)
    return found;
  if (count > 1)
    ls_fail (error, LS_E_USAGE, -1,
             "there are %u operators %s: say which by its index or its output's name", count, text);
  else
    ls_fail (error, LS_E_USAGE, -1,
             "there is no operator %.100s: neither an index below %u, nor a tensor that an "
             "operator computes, nor a kind",
             text, graph->n_ops);
  return -1;
}
