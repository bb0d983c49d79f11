/*
 * Which layer adds an error, and which inherits it.
 *
 * A runs a second time, and after each of its operators the values of a paired tensor are replaced
 * by those that B has there. So every operator of A is given what B's operator was given, and what
 * then differs was added by B's operator itself: by its weights, its rounding and its range.
 */
#include "runtime/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

LsStatus
ls_compare_layers_begin (LsCompare *compare, LsError *error)
{
  static const LsComparedLayer nothing = { .min_a = INFINITY,
                                           .max_a = -INFINITY,
                                           .min_b = INFINITY,
                                           .max_b = -INFINITY,
                                           .low = INFINITY,
                                           .high = -INFINITY };
  const LsComparison *out = compare->out;
  const size_t n_tensors = (size_t) compare->a->frame->graph->n_tensors + 1;

  compare->own = calloc ((size_t) out->n_tensors + 1, sizeof *compare->own);
  compare->pair_of = malloc (n_tensors * sizeof *compare->pair_of);
  if (compare->own == NULL || compare->pair_of == NULL)
    return ls_fail_no_memory (error, "the comparison", n_tensors * sizeof *compare->own);
  for (size_t i = 0; i < n_tensors; i++)
    compare->pair_of[i] = -1;
  for (uint32_t i = 0; i < out->n_tensors; i++)
    {
      out->tensors[i].layer = calloc (1, sizeof *out->tensors[i].layer);
      if (out->tensors[i].layer == NULL)
        return ls_fail_no_memory (error, "the comparison", sizeof *out->tensors[i].layer);
      *out->tensors[i].layer = nothing;
      compare->pair_of[out->tensors[i].tensor_a] = (int32_t) i;
    }
  return LS_OK;
}

/* ---- How values are spread ------------------------------------------------------------------- */

static void
find_ends (const LsReals *reals, size_t count, double *low, double *high)
{
  double values[LS_COMPARE_AT_A_TIME];

  for (size_t begin = 0; begin < count; begin += LS_COMPARE_AT_A_TIME)
    {
      const size_t rest = count - begin;
      const size_t n = rest < LS_COMPARE_AT_A_TIME ? rest : LS_COMPARE_AT_A_TIME;

      ls_reals_get (reals, begin, begin + n, values);
      for (size_t i = 0; i < n; i++)
        if (isfinite (values[i]))
          {
            *low = values[i] < *low ? values[i] : *low;
            *high = values[i] > *high ? values[i] : *high;
          }
    }
}

/* Every two bins become one, which makes room for as many at one side. */
static void
widen (uint64_t bins[LS_COMPARE_BINS], bool is_downwards)
{
  uint64_t wide[LS_COMPARE_BINS] = { 0 };
  const int first = is_downwards ? LS_COMPARE_BINS / 2 : 0;

  for (int i = 0; i < LS_COMPARE_BINS; i++)
    wide[first + i / 2] += bins[i];
  memcpy (bins, wide, sizeof wide);
}

/* Makes the bins span [@low, @high] too. */
static void
reach (LsComparedLayer *layer, double low, double high)
{
  if (!(low <= high))
    return;
  if (!(layer->low <= layer->high))
    {
      /* One number alone still needs some room. */
      const double room = high > low ? 0 : fmax (fabs (low) * 1e-3, 1e-30);

      layer->low = low - room;
      layer->high = high + room;
    }
  while (low < layer->low || high > layer->high)
    {
      const double width = layer->high - layer->low;
      const bool is_downwards = low < layer->low;

      if (!isfinite (2 * width))
        return;
      widen (layer->bins_a, is_downwards);
      widen (layer->bins_b, is_downwards);
      if (is_downwards)
        layer->low -= width;
      else
        layer->high += width;
    }
}

static void
count_values (const LsComparedLayer *layer, uint64_t bins[LS_COMPARE_BINS], const LsReals *reals,
              size_t count)
{
  const double bins_per_unit = LS_COMPARE_BINS / (layer->high - layer->low);
  double values[LS_COMPARE_AT_A_TIME];

  for (size_t begin = 0; begin < count; begin += LS_COMPARE_AT_A_TIME)
    {
      const size_t rest = count - begin;
      const size_t n = rest < LS_COMPARE_AT_A_TIME ? rest : LS_COMPARE_AT_A_TIME;

      ls_reals_get (reals, begin, begin + n, values);
      for (size_t i = 0; i < n; i++)
        {
          const double at = (values[i] - layer->low) * bins_per_unit;

          if (at >= 0 && at <= LS_COMPARE_BINS)
            bins[at < LS_COMPARE_BINS ? (int) at : LS_COMPARE_BINS - 1]++;
        }
    }
}

void
ls_compare_spread (LsComparedLayer *layer, const LsReals *a, const LsReals *b, size_t count)
{
  find_ends (a, count, &layer->min_a, &layer->max_a);
  find_ends (b, count, &layer->min_b, &layer->max_b);
  reach (layer, fmin (layer->min_a, layer->min_b), fmax (layer->max_a, layer->max_b));
  if (!(layer->low < layer->high))
    return;
  count_values (layer, layer->bins_a, a, count);
  count_values (layer, layer->bins_b, b, count);
}

/* ---- What a layer adds ----------------------------------------------------------------------- */

static void
add_own (LsCompareOwn *own, double x, double y)
{
  const bool is_same = x == y || (isnan (x) && isnan (y));
  const double difference = is_same ? 0 : isfinite (x) && isfinite (y) ? fabs (x - y) : INFINITY;

  own->max_abs = fmax (own->max_abs, difference);
  own->sums.has_infinite |= isinf (difference);
  if (!isfinite (x) || !isfinite (y))
    return;
  own->sums.sum_abs += difference;
  own->sums.noise += difference * difference;
  own->sums.signal += x * x;
}

/* What A's type makes of B's values is no error of B's. */
static void
round_to_float (double *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    values[i] = (double) (float) values[i];
}

/* Compares a tensor of A, which was just computed from B's values, with B's, and puts those in its
 * place. */
static void
see_tensor (LsCompare *compare, uint32_t tensor)
{
  const int32_t index = compare->pair_of[tensor];
  double x[LS_COMPARE_AT_A_TIME], y[LS_COMPARE_AT_A_TIME];
  LsArray a, b;

  if (index < 0)
    return;

  const uint32_t tensor_b = (uint32_t) compare->out->tensors[index].tensor_b;

  if (ls_session_get_tensor (compare->a, tensor, &a, NULL) != LS_OK
      || ls_session_get_tensor (compare->b, tensor_b, &b, NULL) != LS_OK
      || ls_type_bits (a.type) == 0 || ls_type_bits (b.type) == 0
      || ls_array_count (&a) != ls_array_count (&b))
    return;

  const LsReals real_a = ls_compare_reals (compare->a, tensor, &a);
  const LsReals real_b = ls_compare_reals (compare->b, tensor_b, &b);
  const size_t count = ls_array_count (&a);

  for (size_t begin = 0; begin < count; begin += LS_COMPARE_AT_A_TIME)
    {
      const size_t rest = count - begin;
      const size_t n = rest < LS_COMPARE_AT_A_TIME ? rest : LS_COMPARE_AT_A_TIME;

      ls_reals_get (&real_a, begin, begin + n, x);
      ls_reals_get (&real_b, begin, begin + n, y);
      if (a.type == LS_TYPE_FLOAT32)
        round_to_float (y, n);
      for (size_t i = 0; i < n; i++)
        {
          add_own (&compare->own[index], x[i], y[i]);
          ls_reals_put (&real_a, &a, begin + i, y[i]);
        }
    }
  compare->own[index].count += count;
}

static void
see (void *data, const LsFrame *frame, const LsStep *step)
{
  LsCompare *compare = data;

  if (step == NULL || frame != compare->a->frame)
    return;
  for (uint32_t k = 0; k < step->node.n_out; k++)
    see_tensor (compare, (uint32_t) step->node.out[k]->index);
}

/* A's inputs are what B was given, rounded as B's type wants it. */
static LsStatus
set_inputs (LsCompare *compare, LsError *error)
{
  LS_TRY (ls_session_reset (compare->a, error));
  for (uint32_t i = 0; i < compare->a->n_inputs; i++)
    {
      LsPort port;
      LsArray view;

      if (!ls_session_input (compare->b, ls_compare_find_input (compare, i), &port))
        continue;
      LS_TRY (ls_session_get_tensor (compare->b, (uint32_t) port.tensor, &view, error));
      if (ls_type_bits (view.type) > 0)
        LS_TRY (ls_compare_set_converted (compare->a, i, &view, port.quant, error));
    }
  return LS_OK;
}

LsStatus
ls_compare_layers_run (LsCompare *compare, LsError *error)
{
  const LsWatcher before = compare->a->watcher;
  LsError own = { 0 };
  LsStatus status = set_inputs (compare, &own);

  compare->a->watcher = (LsWatcher){ .see = see, .data = compare };
  if (status == LS_OK)
    status = ls_session_run (compare->a, &own);
  compare->a->watcher = before;
  if (status == LS_OK)
    return LS_OK;
  if (status == LS_E_CANCELLED || status == LS_E_NO_MEMORY)
    {
      if (error != NULL)
        *error = own;
      return status;
    }
  /* What A's operators do not take, such as an index that only B computes: the comparison itself
   * is done, and layers stay unmeasured. */
  compare->has_layers = false;
  memset (compare->own, 0, compare->out->n_tensors * sizeof *compare->own);
  return LS_OK;
}

void
ls_compare_layers_finish (LsCompare *compare)
{
  for (uint32_t i = 0; compare->own != NULL && i < compare->out->n_tensors; i++)
    {
      const LsCompareOwn *own = &compare->own[i];
      LsComparedLayer *layer = compare->out->tensors[i].layer;

      layer->sqnr_db = own->count > 0 ? ls_compare_sqnr (&own->sums) : NAN;
      layer->max_abs = own->max_abs;
      layer->mean_abs = own->sums.has_infinite ? INFINITY
                        : own->count > 0       ? own->sums.sum_abs / (double) own->count
                                               : 0;
      if (!(layer->min_a <= layer->max_a))
        layer->min_a = layer->max_a = 0;
      if (!(layer->min_b <= layer->max_b))
        layer->min_b = layer->max_b = 0;
      if (!(layer->low <= layer->high))
        layer->low = layer->high = 0;
    }
}
