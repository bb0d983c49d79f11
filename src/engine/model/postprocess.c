/* Taking out what only reads the answer off the network. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/edit.h"

typedef enum
{
  NO_TAIL,
  CARRIER, /* hands values on: between a tail and the output */
  TAIL,    /* at an output: an activation or a choice */
  END      /* wherever it stands, what is behind it goes, too */
} Part;

/* Custom operators that turn what a network says into detections and poses. */
static bool
reads_off (const char *custom_code)
{
  static const char *const names[]
    = { "Detection_PostProcess", "DetectionPostProcess", "NonMaxSuppression", "PosenetDecoder" };

  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (custom_code != NULL && strcasestr (custom_code, names[i]) != NULL)
      return true;
  return false;
}

static Part
part_of (const LsOperator *op)
{
  switch (op->kind)
    {
    case LS_OP_RESHAPE:
    case LS_OP_SQUEEZE:
    case LS_OP_EXPAND_DIMS:
    case LS_OP_CAST:
    case LS_OP_QUANTIZE:
    case LS_OP_DEQUANTIZE:
      return CARRIER;
    case LS_OP_SOFTMAX:
    case LS_OP_LOG_SOFTMAX:
    case LS_OP_LOGISTIC:
    case LS_OP_ARG_MAX:
    case LS_OP_ARG_MIN:
    case LS_OP_TOPK_V2:
      return TAIL;
    case LS_OP_NON_MAX_SUPPRESSION_V4:
    case LS_OP_NON_MAX_SUPPRESSION_V5:
      return END;
    case LS_OP_CUSTOM:
      return reads_off (op->custom_code) ? END : NO_TAIL;
    default:
      return NO_TAIL;
    }
}

typedef struct
{
  LsModel *model;
  uint32_t index;
  const LsSubgraph *graph;
  LsUses uses;
  bool *is_gone;   /* by operator */
  bool *is_output; /* by tensor: taken into `outputs` */
  uint32_t n_outputs;
  uint32_t *outputs;
  LsError *error;
} Drop;

/* Every operator from an END on; gives how many. */
static uint32_t
mark_ends (const Drop *drop)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < drop->graph->n_ops; i++)
    {
      const LsOperator *op = &drop->graph->ops[i];
      bool is_gone = part_of (op) == END;

      for (uint32_t k = 0; k < op->n_inputs && !is_gone; k++)
        {
          const int32_t maker = op->inputs[k] >= 0 ? drop->uses.producer[op->inputs[k]] : -1;

          is_gone = maker >= 0 && drop->is_gone[maker];
        }
      drop->is_gone[i] = is_gone;
      n += is_gone;
    }
  return n;
}

/* Whether only operators that go read what an operator writes. */
static bool
is_last (const Drop *drop, const LsOperator *op)
{
  for (uint32_t k = 0; k < op->n_outputs; k++)
    for (uint32_t r = drop->uses.first[op->outputs[k]]; r < drop->uses.first[op->outputs[k] + 1];
         r++)
      if (!drop->is_gone[drop->uses.consumers[r]])
        return false;
  return true;
}

/* The tail above an output, through carriers; -1: there is none. */
static int32_t
find_tail (const Drop *drop, int32_t tensor)
{
  for (unsigned steps = 0; steps < 8; steps++)
    {
      const int32_t maker = drop->uses.producer[tensor];
      const Part part = maker >= 0 ? part_of (&drop->graph->ops[maker]) : NO_TAIL;

      if (part == TAIL)
        return maker;
      if (part != CARRIER || drop->graph->ops[maker].inputs[0] < 0)
        return -1;
      tensor = drop->graph->ops[maker].inputs[0];
    }
  return -1;
}

/* Takes what stands between a tail and an output with it; false (and nothing is marked) when
 * somebody else reads from there. */
static bool
mark_tail (const Drop *drop, int32_t tail, int32_t output)
{
  const int32_t last = drop->uses.producer[output];
  int32_t at = last;

  for (; at != tail && is_last (drop, &drop->graph->ops[at]);
       at = drop->uses.producer[drop->graph->ops[at].inputs[0]])
    drop->is_gone[at] = true;
  if (at == tail && is_last (drop, &drop->graph->ops[at]))
    {
      drop->is_gone[at] = true;
      return true;
    }
  for (int32_t back = last; back != at;
       back = drop->uses.producer[drop->graph->ops[back].inputs[0]])
    drop->is_gone[back] = false;
  return false;
}

static void
add_output (Drop *drop, int32_t tensor)
{
  if (!drop->is_output[tensor])
    drop->outputs[drop->n_outputs++] = (uint32_t) tensor;
  drop->is_output[tensor] = true;
}

/* An output without its tails: ARG_MAX, and SOFTMAX in front of it. */
static int32_t
strip (const Drop *drop, int32_t output)
{
  for (unsigned steps = 0; steps < 4; steps++)
    {
      const int32_t tail = find_tail (drop, output);

      if (tail < 0 || !mark_tail (drop, tail, output))
        return output;
      output = drop->graph->ops[tail].inputs[0];
    }
  return output;
}

/* What an operator that goes reads from those that stay. */
static void
add_boundary (Drop *drop)
{
  for (uint32_t i = 0; i < drop->graph->n_ops; i++)
    for (uint32_t k = 0; drop->is_gone[i] && k < drop->graph->ops[i].n_inputs; k++)
      {
        const int32_t t = drop->graph->ops[i].inputs[k];
        const int32_t maker = t >= 0 ? drop->uses.producer[t] : -1;

        if (maker >= 0 && !drop->is_gone[maker])
          add_output (drop, t);
      }
}

static LsStatus
note_gone (const Drop *drop, LsEditReport *report)
{
  for (uint32_t i = 0; i < drop->graph->n_ops; i++)
    if (drop->is_gone[i])
      LS_TRY (ls_edit_note (
        report, drop->error, "operator %" PRIu32 " %.60s \"%.100s\" was taken out", i,
        ls_op_kind_text (&drop->graph->ops[i]), ls_op_name (drop->graph, &drop->graph->ops[i])));
  for (uint32_t i = 0; i < drop->n_outputs; i++)
    LS_TRY (ls_edit_note (report, drop->error, "output %" PRIu32 " is \"%.100s\" now", i,
                          drop->graph->tensors[drop->outputs[i]].name));
  return LS_OK;
}

static LsStatus
fail_none (const Drop *drop)
{
  const LsSubgraph *graph = drop->graph;
  const int32_t maker = graph->n_outputs > 0 ? drop->uses.producer[graph->outputs[0]] : -1;

  return ls_fail (drop->error, LS_E_INVALID, -1,
                  "there is no post-processing to take out: the model ends in %.80s",
                  maker >= 0 ? ls_op_kind_text (&graph->ops[maker]) : "its inputs");
}

/* Where detections are read off, the activations in front of that belong to the network; elsewhere
 * the tails at the outputs go. */
static LsStatus
drop_run (Drop *drop, LsEditReport *report)
{
  const LsSubgraph *graph = drop->graph;
  bool has_ends, is_any = false;

  drop->is_gone = calloc ((size_t) graph->n_ops + 1, sizeof *drop->is_gone);
  drop->is_output = calloc ((size_t) graph->n_tensors + 1, sizeof *drop->is_output);
  drop->outputs = malloc (((size_t) graph->n_tensors + 1) * sizeof *drop->outputs);
  if (!ls_uses_init (&drop->uses, graph) || drop->is_gone == NULL || drop->is_output == NULL
      || drop->outputs == NULL)
    return ls_fail_no_memory (drop->error, "the outputs", graph->n_tensors);
  has_ends = mark_ends (drop) > 0;
  for (uint32_t i = 0; i < graph->n_outputs; i++)
    {
      const int32_t output = graph->outputs[i], maker = drop->uses.producer[output];

      if (has_ends && maker >= 0 && drop->is_gone[maker])
        continue;

      const int32_t stripped = has_ends ? output : strip (drop, output);

      is_any |= stripped != output;
      add_output (drop, stripped);
    }
  if (has_ends)
    add_boundary (drop);
  if (!has_ends && !is_any)
    return fail_none (drop);
  for (uint32_t i = 0; i < drop->n_outputs; i++)
    if (drop->uses.producer[drop->outputs[i]] < 0)
      return ls_fail (drop->error, LS_E_INVALID, -1,
                      "nothing would be left: the model is post-processing alone");
  LS_TRY (note_gone (drop, report));
  return ls_cut (drop->model, drop->index, NULL, 0, drop->outputs, drop->n_outputs, report,
                 drop->error);
}

LsStatus
ls_drop_postprocess (LsModel *model, uint32_t subgraph, LsEditReport *report, LsError *error)
{
  Drop drop = {
    .model = model, .index = subgraph, .graph = &model->graphs[subgraph]->view, .error = error
  };
  const LsStatus status = drop_run (&drop, report);

  ls_uses_clear (&drop.uses);
  free (drop.is_gone);
  free (drop.is_output);
  free (drop.outputs);
  return status;
}
