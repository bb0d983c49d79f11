/*
 * Cross-layer equalization: channels of an activation that are small beside others are made larger
 * in the product before, and as much smaller in the products behind. The function stays the same,
 * but one scale for all channels suits each of them better.
 *
 * Source of the idea: Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias
 * Correction" (2019), section 4.1; here with the ranges of channels that the calibration saw.
 */
#include "convert/pass.h"

#include <math.h>
#include <string.h>

#include "convert/constants.h"
#include "convert/edges.h"
#include "convert/parts.h"
#include "convert/quantized.h"
#include "convert/quantize/ranges.h"
#include "model/channel_factors.h"

enum
{
  RELU = 1, /* ActivationFunctionType */
  RELU6 = 3,
  MAX_BETWEEN = 4,
  N_ROUNDS = 3
};

/* A channel is enlarged so many times at most, and to that share of the largest one: what was seen
 * of it is not all that there is (without that room vww_96 loses 4 dB, pose_landmark 6). */
static const double largest_gain = 32, largest_share = 0.25;

/* One activation, how it is made, and the operators that it goes through. */
typedef struct
{
  uint32_t producer; /* operator of products */
  uint32_t n_between, between[MAX_BETWEEN];
  int32_t tensor; /* that the consumers read */
  uint32_t n_channels;
  bool has_ceiling; /* of RELU6 */
} Site;

typedef struct
{
  LsPassContext *context;
  LsModel *model;
  uint32_t graph, n_done;
  LsUses uses;
  bool is_per_tensor; /* weights have one scale */
} Work;

static const LsSubgraph *
graph_of (const Work *work)
{
  return &work->model->graphs[work->graph]->view;
}

static LsRange *
range_of (const Work *work, int32_t t)
{
  LsRange *range = (LsRange *) ls_ranges_find (work->context->ranges, work->graph, (uint32_t) t);

  return range != NULL && range->n_channels > 0 && range->channel_low != NULL
             && range->channel_high != NULL && !range->by_hand
           ? range
           : NULL;
}

static bool
is_constant (const Work *work, const LsOperator *op, uint32_t slot)
{
  return slot < op->n_inputs && op->inputs[slot] >= 0
         && ls_tensor_is_constant (work->model, &graph_of (work)->tensors[op->inputs[slot]]);
}

static const LsTensor *
weights_of (const Work *work, const LsOperator *op, const LsMacSlots *mac)
{
  return &graph_of (work)->tensors[op->inputs[mac->weights]];
}

static int32_t
out_axis (const LsOperator *op)
{
  return op->kind == LS_OP_DEPTHWISE_CONV_2D ? 3 : 0;
}

static int32_t
in_axis (const LsOperator *op)
{
  return op->kind == LS_OP_FULLY_CONNECTED ? 1 : 3;
}

/* ---- Where --------------------------------------------------------------------------------------
 */

/* f (s·x) = s·f (x) for s > 0, channel by channel. */
static bool
is_homogeneous (const Work *work, const LsOperator *op)
{
  switch (op->kind)
    {
    case LS_OP_RELU:
    case LS_OP_LEAKY_RELU:
    case LS_OP_PAD:
      return true;
    case LS_OP_MAX_POOL_2D:
    case LS_OP_AVERAGE_POOL_2D:
      return ls_attr_int (op, "fused_activation_function", 0) <= RELU;
    case LS_OP_PRELU:
      return is_constant (work, op, 1);
    default:
      return false;
    }
}

static bool
is_private (const Work *work, int32_t t)
{
  return work->uses.first[t + 1] - work->uses.first[t] == 1 && !work->uses.is_graph_output[t];
}

static bool
is_producer (const Work *work, const LsOperator *op, Site *site)
{
  int64_t activation = ls_attr_int (op, "fused_activation_function", 0);
  LsMacSlots mac;

  if (!ls_op_mac_slots (op, &mac) || !is_constant (work, op, mac.weights)
      || (activation != 0 && activation != RELU && activation != RELU6)
      || (mac.bias < op->n_inputs && op->inputs[mac.bias] >= 0
          && !is_constant (work, op, mac.bias)))
    return false;

  const LsTensor *weights = weights_of (work, op, &mac);

  site->has_ceiling = activation == RELU6;
  return weights->rank > out_axis (op) && weights->rank <= 4
         && weights->dims[out_axis (op)] == (int32_t) site->n_channels;
}

static bool
is_consumer (const Work *work, const LsOperator *op, int32_t t, uint32_t n_channels)
{
  LsMacSlots mac;

  if (!ls_op_mac_slots (op, &mac) || op->inputs[mac.input] != t
      || !is_constant (work, op, mac.weights))
    return false;

  const LsTensor *weights = weights_of (work, op, &mac);

  if (weights->rank != (op->kind == LS_OP_FULLY_CONNECTED ? 2 : 4))
    return false;

  uint32_t depth = (uint32_t) weights->dims[in_axis (op)];

  return op->kind == LS_OP_DEPTHWISE_CONV_2D ? depth % n_channels == 0 : depth == n_channels;
}

static bool
find_site (const Work *work, int32_t t, Site *site)
{
  const LsSubgraph *graph = graph_of (work);
  const LsUses *uses = &work->uses;
  const LsRange *range = range_of (work, t);

  if (range == NULL || uses->first[t] == uses->first[t + 1] || uses->is_graph_output[t])
    return false;
  *site = (Site){ .tensor = t, .n_channels = range->n_channels };
  for (uint32_t u = uses->first[t]; u < uses->first[t + 1]; u++)
    if (!is_consumer (work, &graph->ops[uses->consumers[u]], t, site->n_channels))
      return false;
  for (int32_t at = t;;)
    {
      int32_t producer = uses->producer[at];

      if (producer < 0 || range_of (work, at) == NULL
          || range_of (work, at)->n_channels != site->n_channels)
        return false;
      if (is_producer (work, &graph->ops[producer], site))
        {
          site->producer = (uint32_t) producer;
          return true;
        }
      if (!is_homogeneous (work, &graph->ops[producer]) || site->n_between == MAX_BETWEEN
          || !is_private (work, graph->ops[producer].inputs[0]))
        return false;
      site->between[site->n_between++] = (uint32_t) producer;
      at = graph->ops[producer].inputs[0];
    }
}

/* ---- How much -----------------------------------------------------------------------------------
 */

/* Adds to @largest the largest weight that each channel meets. */
static LsStatus
find_largest (const Work *work, const LsOperator *op, int32_t axis, uint32_t n, double *largest,
              LsError *error)
{
  LsMacSlots mac;
  LsConstant weights;

  ls_op_mac_slots (op, &mac);
  LS_TRY (ls_constant_read (work->model, work->graph, (uint32_t) op->inputs[mac.weights], axis,
                            &weights, error));

  uint32_t each = weights.n_channels / n;
  float top = 0;

  LS_FREE float *own = calloc ((size_t) weights.n_channels + 1, sizeof *own);

  if (own != NULL)
    ls_constant_largest (&weights, own);
  for (uint32_t c = 0; own != NULL && c < weights.n_channels; c++)
    top = fmaxf (top, own[c]);
  for (uint32_t c = 0; own != NULL && top > 0 && c < n * each; c++)
    largest[c / each] = fmax (largest[c / each], (double) own[c] / top);
  ls_constant_clear (&weights);
  return own != NULL ? LS_OK : ls_fail_no_memory (error, "equalize", n);
}

static double
peak_of (const LsRange *range, uint32_t c)
{
  return fmax (fabs (range->channel_low[c]), fabs (range->channel_high[c]));
}

/*
 * What one channel may gain: as much as its activation is small beside the largest, shared with
 * what its weights behind would lose (and those before, where one scale must do for all).
 */
static void
choose_gains (const Work *work, const Site *site, const double *behind, const double *before,
              bool behind_is_free, double *gains)
{
  const LsRange *range = range_of (work, site->tensor);
  double top = 0, reached = 0;

  for (uint32_t c = 0; c < site->n_channels; c++)
    top = fmax (top, peak_of (range, c));
  for (uint32_t c = 0; c < site->n_channels; c++)
    {
      double peak = fmax (peak_of (range, c) / top, 1 / largest_gain);
      double load = work->is_per_tensor ? sqrt (peak * fmax (before[c], 1 / largest_gain)) : peak;

      gains[c] = behind_is_free ? 1 / load : sqrt (fmax (behind[c], 1 / largest_gain) / load);
      reached = fmax (reached, gains[c] * peak_of (range, c));
    }
  for (uint32_t c = 0; c < site->n_channels; c++)
    {
      double room = largest_share * top / fmax (peak_of (range, c), top / largest_gain);

      gains[c] = fmin (gains[c] * top / reached, fmax (room, 1));
      /* A clamp at 6 does not shrink with the channel. */
      if (!(gains[c] > 0) || !isfinite (gains[c]) || (site->has_ceiling && gains[c] < 1))
        gains[c] = 1;
      gains[c] = ls_channel_factor_round (gains[c]);
    }
}

/* ---- Doing it -----------------------------------------------------------------------------------
 */

/* Multiplies (or divides) an operand of an operator along an axis. */
static LsStatus
scale_operand (Work *work, uint32_t index, uint32_t slot, int32_t axis, const double *gains,
               uint32_t n, bool divides, LsError *error)
{
  int32_t t = ls_model_op (work->model, work->graph, index)->inputs[slot];
  LsConstant constant;

  LS_TRY (ls_constant_read (work->model, work->graph, (uint32_t) t, axis, &constant, error));

  uint32_t each = constant.n_channels / n > 0 ? constant.n_channels / n : 1;

  for (size_t run = 0, c = 0; run * constant.inner < constant.count;
       run++, c = c + 1 < constant.n_channels ? c + 1 : 0)
    {
      double gain = divides ? 1 / gains[c / each] : gains[c / each];

      for (size_t i = run * constant.inner; i < (run + 1) * constant.inner; i++)
        constant.values[i] = (float) (constant.values[i] * gain);
    }

  int twin = ls_twin_tensor (work->model, work->graph, t, "equalized");
  LsStatus status = twin < 0 ? ls_fail_no_memory (error, "equalize", 0)
                             : ls_pass_set_float (work->context, work->graph, (uint32_t) twin,
                                                  constant.values, constant.count, error);

  ls_constant_clear (&constant);
  if (status == LS_OK
      && !ls_op_set_input (work->model, ls_model_op (work->model, work->graph, index), slot, twin))
    status = ls_fail_no_memory (error, "equalize", 0);
  return status;
}

/* The ranges as a calibration of the changed model would find them; the tensor remembers how much
 * larger it is. */
static LsStatus
scale_tensor (Work *work, int32_t t, const double *gains, LsError *error)
{
  LsTensor *tensor = ls_model_tensor (work->model, work->graph, (uint32_t) t);
  LsRange *range = range_of (work, t);
  double low_share = range->min < 0 ? range->low / range->min : 1;
  double high_share = range->max > 0 ? range->high / range->max : 1;
  double min = INFINITY, max = -INFINITY;

  for (uint32_t c = 0; c < range->n_channels; c++)
    {
      range->channel_low[c] *= gains[c];
      range->channel_high[c] *= gains[c];
      if (range->channel_mean != NULL)
        range->channel_mean[c] *= gains[c];
      min = fmin (min, range->channel_low[c]);
      max = fmax (max, range->channel_high[c]);
    }
  range->min = min;
  range->max = max;
  range->low = min * (min < 0 ? low_share : 1);
  range->high = max * (max > 0 ? high_share : 1);
  return ls_channel_factors_multiply (work->model, tensor, gains, range->n_channels)
           ? LS_OK
           : ls_fail_no_memory (error, tensor->name, range->n_channels);
}

static LsStatus
apply_gains (Work *work, const Site *site, const double *gains, LsError *error)
{
  const LsOperator *producer = &graph_of (work)->ops[site->producer];
  const LsUses *uses = &work->uses;
  LsMacSlots mac;

  ls_op_mac_slots (producer, &mac);
  LS_TRY (scale_operand (work, site->producer, mac.weights, out_axis (producer), gains,
                         site->n_channels, false, error));
  if (is_constant (work, producer, mac.bias))
    LS_TRY (
      scale_operand (work, site->producer, mac.bias, 0, gains, site->n_channels, false, error));
  for (uint32_t u = uses->first[site->tensor]; u < uses->first[site->tensor + 1]; u++)
    {
      const LsOperator *op = &graph_of (work)->ops[uses->consumers[u]];

      ls_op_mac_slots (op, &mac);
      LS_TRY (scale_operand (work, uses->consumers[u], mac.weights, in_axis (op), gains,
                             site->n_channels, true, error));
    }
  LS_TRY (scale_tensor (work, graph_of (work)->ops[site->producer].outputs[0], gains, error));
  for (uint32_t i = 0; i < site->n_between; i++)
    LS_TRY (scale_tensor (work, graph_of (work)->ops[site->between[i]].outputs[0], gains, error));
  work->n_done++;
  return LS_OK;
}

static LsStatus
equalize_site (Work *work, const Site *site, LsError *error)
{
  const LsUses *uses = &work->uses;
  uint32_t n = site->n_channels;
  LS_FREE double *gains = calloc (n, sizeof *gains), *behind = calloc (n, sizeof *behind),
                 *before = calloc (n, sizeof *before);
  const LsRange *range = range_of (work, site->tensor);
  bool behind_is_free = !work->is_per_tensor;

  if (gains == NULL || behind == NULL || before == NULL)
    return ls_fail_no_memory (error, "equalize", n);
  if (!(range->max > range->min))
    return LS_OK;
  for (uint32_t u = uses->first[site->tensor]; u < uses->first[site->tensor + 1]; u++)
    {
      const LsOperator *op = &graph_of (work)->ops[uses->consumers[u]];

      behind_is_free = behind_is_free && op->kind == LS_OP_DEPTHWISE_CONV_2D;
      LS_TRY (find_largest (work, op, in_axis (op), n, behind, error));
    }

  const LsOperator *producer = &graph_of (work)->ops[site->producer];

  LS_TRY (find_largest (work, producer, out_axis (producer), n, before, error));
  if (!behind_is_free && work->context->chosen.equalize == LS_EQUALIZE_FREE)
    return LS_OK;
  choose_gains (work, site, behind, before, behind_is_free, gains);
  return apply_gains (work, site, gains, error);
}

static LsStatus
equalize_graph (Work *work, LsError *error)
{
  uint32_t n_tensors = graph_of (work)->n_tensors;

  /* What one site gives, the next may pass on: one scale for all weights wants several rounds. */
  for (uint32_t round = 0; round < (work->is_per_tensor ? N_ROUNDS : 1); round++)
    for (uint32_t t = 0; t < n_tensors; t++)
      {
        Site site;

        if (!find_site (work, (int32_t) t, &site))
          continue;
        if (!ls_tick (work->context->progress, -1, "equalize"))
          return ls_fail_cancelled (error);
        LS_TRY (equalize_site (work, &site, error));
      }
  return LS_OK;
}

static LsStatus
equalize_run (LsPassContext *context, LsError *error)
{
  const LsConvertOptions *options = context->options;
  Work work = { .context = context, .model = context->model };

  if (context->chosen.equalize == LS_EQUALIZE_NONE)
    return LS_OK;
  work.is_per_tensor
    = options->to == LS_TO_UINT8 || options->granularity == LS_GRANULARITY_PER_TENSOR;
  LS_TRY (ls_ranges_copy_for (context->ranges, context->model, &context->equalized_ranges, error));
  context->ranges = context->equalized_ranges;
  for (; work.graph < context->model->n_graphs; work.graph++)
    {
      if (!ls_uses_init (&work.uses, graph_of (&work)))
        return ls_fail_no_memory (error, "equalize", 0);

      LsStatus status = equalize_graph (&work, error);

      ls_uses_clear (&work.uses);
      LS_TRY (status);
    }
  if (work.n_done == 0)
    return LS_OK;
  return ls_pass_report (context, "equalize", work.n_done, error, "%u %s channels made alike",
                         work.n_done,
                         ls_words (work.n_done, "activation had the scales of its",
                                   "activations had the scales of their"));
}

const LsPass ls_pass_equalize = { "equalize", equalize_run };
