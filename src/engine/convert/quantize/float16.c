/*
 * Float constants become float16 with a DEQUANTIZE behind them: half the size, the same kernels.
 *
 * Biases and other small constants stay: a tensor and an operator would cost more bytes than they
 * save. So do constants that float16 cannot hold (too large, or so small that digits are lost).
 */
#include "convert/pass.h"

#include <math.h>
#include <string.h>

#include "base/half.h"
#include "convert/constants.h"
#include "convert/edges.h"
#include "convert/parts.h"
#include "convert/quantized.h"

enum
{
  LEAST_COUNT = 64 /* elements of a constant that is worth an operator */
};

/* Squared error over squared values: 60 dB. Rounding alone gives about 76. */
static const double worst_noise = 1e-6;

typedef struct
{
  LsPassContext *context;
  uint32_t graph, n_done, n_lossy;
  LsLaterCasts later;
} Work;

/* Whether some operator takes the tensor as its weights, or as its bias. */
static bool
is_operand (const LsSubgraph *graph, const LsUses *uses, uint32_t t, bool as_bias)
{
  LsMacSlots mac;

  for (uint32_t u = uses->first[t]; u < uses->first[t + 1]; u++)
    {
      const LsOperator *op = &graph->ops[uses->consumers[u]];

      if (!ls_op_mac_slots (op, &mac))
        continue;

      uint32_t slot = as_bias ? mac.bias : mac.weights;

      if (slot < op->n_inputs && op->inputs[slot] == (int32_t) t)
        return true;
    }
  return false;
}

/* Custom operators may want their constants at once; in recurrent ones a small error goes round
 * and grows (13 dB of an LSTM's output, measured). */
static bool
needs_float (const LsOperator *op)
{
  return op->kind == LS_OP_CUSTOM || ls_op_family (op) == LS_FAMILY_RECURRENT;
}

/* A state is no constant, and biases are small. */
static bool
is_candidate (const LsModel *model, const LsSubgraph *graph, const LsUses *uses, uint32_t t)
{
  const LsTensor *tensor = &graph->tensors[t];

  if (tensor->type != LS_TYPE_FLOAT32 || tensor->is_variable || uses->is_graph_output[t]
      || uses->first[t] == uses->first[t + 1] || !ls_tensor_is_constant (model, tensor)
      || is_operand (graph, uses, t, true))
    return false;
  for (uint32_t u = uses->first[t]; u < uses->first[t + 1]; u++)
    if (needs_float (&graph->ops[uses->consumers[u]]))
      return false;
  return true;
}

/* False when too much would be lost. */
static bool
round_to_half (const float *values, size_t count, uint16_t *halves)
{
  double noise = 0, power = 0;

  for (size_t i = 0; i < count; i++)
    {
      halves[i] = ls_half_from_float (values[i]);

      double error = (double) ls_half_to_float (halves[i]) - values[i];

      noise += error * error;
      power += (double) values[i] * values[i];
    }
  return noise <= worst_noise * power;
}

static LsStatus
shrink (Work *work, uint32_t t, LsError *error)
{
  LsModel *model = work->context->model;
  LsArray real;

  LS_TRY (ls_constant_floats (model, work->graph, t, &real, error));

  size_t count = ls_array_count (&real);
  LS_FREE uint16_t *halves = malloc ((count + 1) * sizeof *halves);
  bool is_fine = halves != NULL && round_to_half (real.data, count, halves);

  ls_array_clear (&real);
  if (halves == NULL)
    return ls_fail_no_memory (error, "float16", count);
  if (!is_fine)
    {
      work->n_lossy++;
      return LS_OK;
    }

  int half = ls_twin_tensor (model, work->graph, (int32_t) t, "float16");

  if (half < 0)
    return ls_fail_no_memory (error, "float16", 0);

  LsTensor *source = ls_model_tensor (model, work->graph, (uint32_t) half);
  LsTensor *result = ls_model_tensor (model, work->graph, t);

  source->type = LS_TYPE_FLOAT16;
  source->quant = NULL;
  if (!ls_tensor_set_data (model, source, halves, count * sizeof *halves)
      || !ls_cast_later (model, &work->later, 0, LS_OP_DEQUANTIZE, half, (int32_t) t))
    return ls_fail_no_memory (error, "float16", count);
  result->buffer = 0;
  result->external_buffer = 0;
  work->n_done++;
  return LS_OK;
}

/* Lists the tensors to shrink, which inserting operators would disturb. @least: constants of fewer
 * elements stay, unless they are weights. */
static uint32_t
list_candidates (const LsModel *model, const LsSubgraph *graph, const LsUses *uses, size_t least,
                 uint32_t *list)
{
  uint32_t n = 0;

  for (uint32_t t = 0; t < graph->n_tensors; t++)
    if (is_candidate (model, graph, uses, t)
        && (ls_tensor_data (model, &graph->tensors[t]).size / sizeof (float) >= least
            || is_operand (graph, uses, t, false)))
      list[n++] = t;
  return n;
}

static LsStatus
shrink_graph (Work *work, size_t least, LsError *error)
{
  LsModel *model = work->context->model;
  const LsSubgraph *graph = &model->graphs[work->graph]->view;
  LS_FREE uint32_t *list = malloc (((size_t) graph->n_tensors + 1) * sizeof *list);
  LsUses uses;

  if (list == NULL || !ls_uses_init (&uses, graph))
    return ls_fail_no_memory (error, "float16", graph->n_tensors);

  uint32_t n = list_candidates (model, graph, &uses, least, list);

  ls_uses_clear (&uses);
  /* All at the beginning, in order: DEQUANTIZE of a constant runs once. */
  for (uint32_t i = 0; i < n; i++)
    LS_TRY (shrink (work, list[i], error));
  if (!ls_insert_casts (model, work->graph, &work->later))
    return ls_fail_no_memory (error, "float16", n);
  return LS_OK;
}

static LsStatus
float16_run (LsPassContext *context, LsError *error)
{
  Work work = { .context = context };

  /* A model of small constants alone gets what it asked for all the same. */
  for (size_t least = LEAST_COUNT; work.n_done == 0; least = 0)
    {
      for (work.graph = 0; work.graph < context->model->n_graphs; work.graph++)
        LS_TRY (shrink_graph (&work, least, error));
      if (least == 0)
        break;
      if (work.n_done == 0)
        work.n_lossy = 0;
    }
  if (work.n_lossy > 0)
    LS_TRY (ls_pass_note (context, error, "%u %s float32: float16 would lose too many of %s digits",
                          work.n_lossy, ls_words (work.n_lossy, "constant stays", "constants stay"),
                          ls_words (work.n_lossy, "its", "their")));
  return ls_pass_report (context, "float16", work.n_done, error, "%u %s became float16",
                         work.n_done, ls_words (work.n_done, "constant", "constants"));
}

const LsPass ls_pass_float16 = { "float16", float16_run };
