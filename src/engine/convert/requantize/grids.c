/*
 * The scales and zero points that activations take.
 *
 * Between int8 and uint8 a zero point moves by 128 and nothing else. 16-bit values keep the range
 * that their scale spans: from 0 up where an operator makes nothing negative, else both ways.
 */
#include "convert/constants.h"
#include "convert/quantize/quantize.h"
#include "convert/quantized.h"
#include "convert/requantize/requantize.h"

#include <math.h>
#include <string.h>

enum
{
  RELU = 1, /* ActivationFunctionType */
  RELU6 = 3
};

static const LsQuantization *
shifted (LsModel *model, const LsQuantization *from, int shift)
{
  LsQuantization *quant = ls_model_alloc (model, 1, sizeof *quant);
  int64_t *zero = ls_model_alloc (model, 1, sizeof *zero);

  if (quant == NULL || zero == NULL)
    return NULL;
  *zero = (from->n_zero_points > 0 ? from->zero_points[0] : 0) + shift;
  *quant = *from;
  quant->zero_points = zero;
  quant->n_zero_points = 1;
  return quant;
}

/* ---- 16 bits ------------------------------------------------------------------------------------
 */

/* Lowest and highest real value of a 16-bit tensor, and how its operator narrows that. */
static void
own_range (const LsRequantize *work, const LsTensor *tensor, const LsOperator *producer,
           double *low, double *high)
{
  const double scale = tensor->quant->scales[0];
  const int64_t activation
    = producer != NULL ? ls_attr_int (producer, "fused_activation_function", 0) : 0;

  (void) work;
  *low = -32767 * scale;
  *high = 32767 * scale;
  if (producer == NULL)
    return;
  if (activation == RELU || activation == RELU6 || producer->kind == LS_OP_RELU
      || producer->kind == LS_OP_RELU6)
    *low = 0;
  if (activation == RELU6 || producer->kind == LS_OP_RELU6)
    *high = fmin (*high, 6);
}

/* What an operator hands on has one grid on both ends, so the ranges of a group are united. */
static bool
unite (LsRequantize *work, const LsOperator *op, double *low, double *high)
{
  double least = 0, most = 0;
  bool is_changed = false;

  for (int pass = 0; pass < 2; pass++)
    for (uint32_t k = 0; k < op->n_inputs + op->n_outputs; k++)
      {
        bool is_input = k < op->n_inputs;
        int32_t t = is_input ? op->inputs[k] : op->outputs[k - op->n_inputs];

        if (t < 0 || (is_input && ls_operand_is_index (op, k)) || !work->changes[t])
          continue;
        if (pass == 0)
          {
            least = fmin (least, low[t]);
            most = fmax (most, high[t]);
            continue;
          }
        is_changed |= low[t] != least || high[t] != most;
        low[t] = least;
        high[t] = most;
      }
  return is_changed;
}

/* Ranges of every 16-bit tensor that changes. */
static void
find_ranges (LsRequantize *work, double *low, double *high)
{
  const LsSubgraph *graph = &work->model->graphs[work->graph]->view;
  bool is_changed = true;

  for (uint32_t t = 0; t < work->n_first; t++)
    {
      int32_t producer = work->uses.producer[t];

      if (!work->changes[t] || graph->tensors[t].type != LS_TYPE_INT16)
        continue;
      /* An output of an operator that hands on begins empty: it takes its inputs' range. */
      if (producer >= 0 && ls_op_hands_on (&graph->ops[producer]))
        low[t] = high[t] = 0;
      else
        own_range (work, &graph->tensors[t], producer >= 0 ? &graph->ops[producer] : NULL, &low[t],
                   &high[t]);
    }
  while (is_changed)
    {
      is_changed = false;
      for (uint32_t i = 0; i < graph->n_ops; i++)
        if (ls_op_hands_on (&graph->ops[i]) && !work->stays[i])
          is_changed |= unite (work, &graph->ops[i], low, high);
    }
}

static const LsQuantization *
grid_of_range (LsRequantize *work, uint32_t t, double low, double high)
{
  const LsSubgraph *graph = &work->model->graphs[work->graph]->view;
  int32_t producer = work->uses.producer[t];
  LsQuantRule rule;
  LsGrid fixed;
  float scale;
  int64_t zero;

  ls_grid_of_activation (work->to, low, high, &scale, &zero);
  if (low == -high && high > 0)
    { /* 0 in the middle, as the 16-bit values had it */
      scale = (float) (high / 127);
      zero = work->to == LS_TYPE_UINT8 ? 128 : 0;
    }
  if (producer >= 0 && ls_quant_rule (graph->ops[producer].kind, work->to, &rule)
      && ls_quant_fixed_grid (rule, work->to, &fixed))
    {
      scale = fixed.scale;
      zero = fixed.zero_point;
    }
  return ls_quantization_new (work->model, 1, &scale, &zero, 0);
}

bool
ls_requantize_grids (LsRequantize *work)
{
  const LsSubgraph *graph = &work->model->graphs[work->graph]->view;
  LS_FREE double *low = calloc ((size_t) work->n_first + 1, sizeof *low);
  LS_FREE double *high = calloc ((size_t) work->n_first + 1, sizeof *high);

  if (low == NULL || high == NULL)
    return false;
  find_ranges (work, low, high);
  for (uint32_t t = 0; t < work->n_first; t++)
    {
      const LsTensor *tensor = &graph->tensors[t];

      if (!work->changes[t])
        continue;
      work->grids[t]
        = tensor->type == LS_TYPE_INT16
            ? grid_of_range (work, t, low[t], high[t])
            : shifted (work->model, tensor->quant, work->to == LS_TYPE_UINT8 ? 128 : -128);
      if (work->grids[t] == NULL)
        return false;
    }
  return true;
}
