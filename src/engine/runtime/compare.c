/* Two models on the same inputs. */
#include "runtime/compare.h"

#include <math.h>
#include <string.h>

#include "model/array.h"
#include "ops/shape.h"

enum
{
  BEST = 5
};

/* ---- Inputs ---------------------------------------------------------------------------------- */

static bool
is_same_quantization (const LsQuantization *a, const LsQuantization *b)
{
  bool has_a = a != NULL && a->n_scales > 0, has_b = b != NULL && b->n_scales > 0;

  if (!has_a || !has_b)
    return has_a == has_b;
  return a->scales[0] == b->scales[0]
         && (a->n_zero_points > 0 ? a->zero_points[0] : 0)
              == (b->n_zero_points > 0 ? b->zero_points[0] : 0);
}

/* Sets an input from an array that holds the same real values in another type. */
LsStatus
ls_compare_set_converted (LsSession *session, uint32_t index, const LsArray *array,
                          const LsQuantization *quant, LsError *error)
{
  LsPort port;
  LsArray converted = { 0 };

  ls_session_input (session, index, &port);

  size_t count = 1, wanted = ls_array_count (array);

  for (int i = 0; i < port.rank; i++)
    count *= (size_t) port.dims[i];
  if (port.type == array->type && is_same_quantization (port.quant, quant))
    {
      converted = *array;
      if (count == wanted)
        {
          converted.rank = port.rank;
          memcpy (converted.dims, port.dims, sizeof port.dims);
        }
      return ls_session_set_input (session, index, &converted, error);
    }
  if (ls_type_bits (port.type) == 0 || ls_type_bits (array->type) == 0)
    return ls_fail (error, LS_E_INVALID, -1, "input %u (%s) is %s, and %s does not convert to it",
                    index, port.name, ls_type_name (port.type), ls_type_name (array->type));
  LS_TRY (ls_array_init (&converted, port.type, count == wanted ? port.rank : array->rank,
                         count == wanted ? port.dims : array->dims, error));

  LsReals from = ls_reals (array, quant), to = ls_reals (&converted, port.quant);

  for (size_t i = 0; i < wanted; i++)
    {
      double value;

      ls_reals_get (&from, i, i + 1, &value);
      ls_reals_put (&to, &converted, i, value);
    }

  LsStatus status = ls_session_set_input (session, index, &converted, error);

  ls_array_clear (&converted);
  return status;
}

LsStatus
ls_session_set_real (LsSession *session, uint32_t index, const LsArray *array, LsError *error)
{
  LsPort port;

  if (!ls_session_input (session, index, &port))
    return ls_fail (error, LS_E_INVALID, -1, "there is no input %u", index);
  return ls_compare_set_converted (session, index, array,
                                   array->type == port.type ? port.quant : NULL, error);
}

/* Which of B's inputs is A's input of that number: the one of the same name, else of the same
 * place. */
uint32_t
ls_compare_find_input (const LsCompare *compare, uint32_t index)
{
  const int64_t named = ls_names_find (&compare->inputs, compare->a->inputs[index].name);

  return named >= 0 ? (uint32_t) named : index;
}

/* A's input from the seed, or B's where A has floats and B integers: they say which reals occur,
 * and what both can hold is fair to both. */
static LsStatus
fill_inputs (LsCompare *compare, uint32_t index, uint32_t other, uint64_t seed, LsError *error)
{
  LsPort a, b;
  LsArray view;

  if (!ls_session_input (compare->a, index, &a) || !ls_session_input (compare->b, other, &b))
    return ls_fail (error, LS_E_INVALID, -1, "input %u is not in both models", index);

  const bool is_from_b = ls_type_is_float (a.type) && !ls_type_is_float (b.type) && b.quant != NULL
                         && b.quant->n_scales > 0;

  if (is_from_b)
    {
      LS_TRY (ls_session_fill_input (compare->b, other, seed, error));
      LS_TRY (ls_session_get_tensor (compare->b, (uint32_t) b.tensor, &view, error));
      return ls_compare_set_converted (compare->a, index, &view, b.quant, error);
    }
  LS_TRY (ls_session_fill_input (compare->a, index, seed, error));
  LS_TRY (ls_session_get_tensor (compare->a, (uint32_t) a.tensor, &view, error));
  return ls_compare_set_converted (compare->b, other, &view, a.quant, error);
}

static LsStatus
set_inputs (LsCompare *compare, const LsArray *inputs, uint32_t n_inputs, uint64_t seed,
            LsError *error)
{
  uint32_t n = ls_session_n_inputs (compare->a);

  if (ls_session_n_inputs (compare->b) != n)
    return ls_fail (error, LS_E_INVALID, -1, "one model has %u inputs, the other %u", n,
                    ls_session_n_inputs (compare->b));
  for (uint32_t i = 0; i < n; i++)
    {
      LsPort port;
      LsArray view;
      const uint32_t other = ls_compare_find_input (compare, i);

      if (i >= n_inputs || inputs[i].data == NULL)
        {
          LS_TRY (fill_inputs (compare, i, other, seed + i, error));
          continue;
        }
      ls_session_input (compare->a, i, &port);
      LS_TRY (ls_session_set_real (compare->a, i, &inputs[i], error));
      LS_TRY (ls_session_get_tensor (compare->a, (uint32_t) port.tensor, &view, error));
      LS_TRY (ls_compare_set_converted (compare->b, other, &view, port.quant, error));
    }
  return LS_OK;
}

/* ---- Pairs ----------------------------------------------------------------------------------- */

static void
add_element (LsComparedTensor *pair, LsCompareSums *sums, double x, double y)
{
  bool is_same = x == y || (isnan (x) && isnan (y));
  double difference = is_same ? 0 : isfinite (x) && isfinite (y) ? fabs (x - y) : INFINITY;

  pair->max_abs = fmax (pair->max_abs, difference);
  sums->has_infinite |= isinf (difference);
  if (!isfinite (x) || !isfinite (y))
    return;
  pair->max_magnitude = fmax (pair->max_magnitude, fabs (x));
  sums->sum_abs += difference;
  sums->noise += difference * difference;
  sums->signal += x * x;
  sums->norm_b += y * y;
  sums->dot += x * y;
}

static void
add_elements (LsComparedTensor *pair, LsCompareSums *sums, const LsReals *a, const LsReals *b,
              size_t count)
{
  double x[LS_COMPARE_AT_A_TIME], y[LS_COMPARE_AT_A_TIME];

  for (size_t begin = 0; begin < count; begin += LS_COMPARE_AT_A_TIME)
    {
      size_t end = count - begin < LS_COMPARE_AT_A_TIME ? count : begin + LS_COMPARE_AT_A_TIME;

      ls_reals_get (a, begin, end, x);
      ls_reals_get (b, begin, end, y);
      for (size_t i = 0; i < end - begin; i++)
        add_element (pair, sums, x[i], y[i]);
      sums->n_saturated += ls_reals_saturated (b, begin, end);
    }
  pair->count += count;
  if (pair->layer != NULL)
    ls_compare_spread (pair->layer, a, b, count);
}

double
ls_compare_sqnr (const LsCompareSums *sums)
{
  return sums->has_infinite ? -INFINITY
         : sums->noise == 0 ? INFINITY
                            : 10 * log10 (sums->signal / sums->noise);
}

static void
finish_pair (LsComparedTensor *pair, const LsCompareSums *sums)
{
  double count = pair->count > 0 ? (double) pair->count : 1;

  pair->mean_abs = sums->has_infinite ? INFINITY : sums->sum_abs / count;
  pair->saturated = (double) sums->n_saturated / count;
  pair->sqnr_db = ls_compare_sqnr (sums);
  pair->cosine = sums->signal > 0 && sums->norm_b > 0
                   ? sums->dot / sqrt (sums->signal) / sqrt (sums->norm_b)
                 : sums->signal == sums->norm_b ? 1
                                                : 0;
}

/* ---- Classes --------------------------------------------------------------------------------- */

/* The values of an output with one row, from malloc; NULL when it is none, or out of memory. */
static double *
row_of (const LsReals *reals)
{
  const LsArray *array = reals->array;
  size_t n = array->rank > 0 ? (size_t) array->dims[array->rank - 1] : 0, size;

  if (n < 2 || ls_array_count (array) != n || !ls_mul (&size, n, sizeof (double)))
    return NULL;

  double *row = malloc (size);

  if (row != NULL)
    ls_reals_get (reals, 0, n, row);
  return row;
}

static uint32_t
best_of (const double *row, uint32_t n)
{
  uint32_t best = 0;

  for (uint32_t i = 1; i < n; i++)
    if (row[i] > row[best])
      best = i;
  return best;
}

/* Where the agreement of an output is kept; made when new, NULL: out of memory. */
static LsAgreement *
agreement_of (LsCompare *compare, uint32_t output, uint32_t n_classes)
{
  LsComparison *out = compare->out;

  for (uint32_t i = 0; i < out->n_agreements; i++)
    if (out->agreements[i].output == output)
      return &out->agreements[i];
  if (out->agreements == NULL)
    out->agreements = calloc ((size_t) compare->a->n_outputs + 1, sizeof *out->agreements);

  char *name = strdup (compare->a->outputs[output].name);

  if (out->agreements == NULL || name == NULL)
    {
      free (name);
      return NULL;
    }
  out->agreements[out->n_agreements]
    = (LsAgreement){ .output = output, .name = name, .n_classes = n_classes };
  return &out->agreements[out->n_agreements++];
}

/* Counts whether both chose the same; the counts become shares at the end. */
static LsStatus
add_agreement (LsCompare *compare, uint32_t output, const LsReals *a, const LsReals *b,
               LsError *error)
{
  LS_FREE double *x = row_of (a);
  LS_FREE double *y = row_of (b);
  uint32_t n = (uint32_t) ls_array_count (a->array), n_better = 0;

  if (x == NULL || y == NULL)
    return LS_OK;

  LsAgreement *agreement = agreement_of (compare, output, n);
  uint32_t best = best_of (x, n);

  if (agreement == NULL)
    return ls_fail_no_memory (error, "the comparison", sizeof *agreement);
  for (uint32_t i = 0; i < n; i++)
    n_better += y[i] > y[best];
  agreement->top1 += best_of (y, n) == best;
  agreement->top5 += n_better < BEST;
  agreement->n_samples++;
  return LS_OK;
}

static void
finish_agreements (LsComparison *out)
{
  for (uint32_t i = 0; i < out->n_agreements; i++)
    {
      out->agreements[i].top1 /= out->agreements[i].n_samples;
      out->agreements[i].top5 /= out->agreements[i].n_samples;
    }
}

/* ---- Pairs of tensors ------------------------------------------------------------------------ */

static int64_t
output_position (const LsSession *session, uint32_t tensor)
{
  for (uint32_t i = 0; i < session->n_outputs; i++)
    if (session->outputs[i].tensor == tensor)
      return i;
  return -1;
}

/* What a tensor holds now, as the model that it was converted from would hold it. */
LsReals
ls_compare_reals (const LsSession *session, uint32_t tensor, const LsArray *array)
{
  const LsTensor *from = &session->frame->graph->tensors[tensor];
  LsReals reals = ls_reals (array, session->frame->slots[tensor].value.quant);

  if (from->channel_factors != NULL && array->rank > 0
      && array->dims[array->rank - 1] == (int32_t) from->n_channel_factors)
    {
      reals.factors = from->channel_factors;
      reals.n_factors = from->n_channel_factors;
    }
  return reals;
}

/* Adds what both models now hold in two tensors; what cannot be compared is passed over, unless it
 * is an output. */
static LsStatus
add_values (LsCompare *compare, uint32_t index, LsError *error)
{
  LsComparedTensor *pair = &compare->out->tensors[index];
  uint32_t tensor_a = (uint32_t) pair->tensor_a, tensor_b = (uint32_t) pair->tensor_b;
  LsArray a, b;

  if (ls_session_get_tensor (compare->a, tensor_a, &a, NULL) != LS_OK
      || ls_session_get_tensor (compare->b, tensor_b, &b, NULL) != LS_OK
      || ls_type_bits (a.type) == 0 || ls_type_bits (b.type) == 0)
    return LS_OK;
  if (ls_array_count (&a) != ls_array_count (&b))
    return !pair->is_output
             ? LS_OK
             : ls_fail (error, LS_E_INVALID, -1,
                        "output %s has %zu elements in one model and %zu in the other",
                        pair->name_a, ls_array_count (&a), ls_array_count (&b));

  LsReals real_a = ls_compare_reals (compare->a, tensor_a, &a);
  LsReals real_b = ls_compare_reals (compare->b, tensor_b, &b);

  add_elements (pair, &compare->sums[index], &real_a, &real_b, ls_array_count (&a));
  return !pair->is_output
           ? LS_OK
           : add_agreement (compare, (uint32_t) output_position (compare->a, tensor_a), &real_a,
                            &real_b, error);
}

/* Whether both graphs are the same operators in the same order. */
static bool
are_twins (const LsSubgraph *a, const LsSubgraph *b)
{
  if (a->n_ops != b->n_ops)
    return false;
  for (uint32_t i = 0; i < a->n_ops; i++)
    if (a->ops[i].n_outputs != b->ops[i].n_outputs
        || strcmp (ls_op_kind_text (&a->ops[i]), ls_op_kind_text (&b->ops[i])) != 0)
      return false;
  return true;
}

/* Finds B's tensor for output @k of one of A's steps; -1: none. Models without names, or with
 * others, still pair when they are the same operators in a row. */
static int64_t
partner_of (const LsCompare *compare, const LsStep *step, uint32_t k, bool *is_output)
{
  const uint32_t tensor = (uint32_t) step->node.out[k]->index;
  const char *name = compare->a->frame->graph->tensors[tensor].name;
  int64_t position = output_position (compare->a, tensor);
  int64_t other = -1;

  *is_output = position >= 0 && position < compare->b->n_outputs;
  if (*is_output)
    return compare->b->outputs[position].tensor;
  if (*name != '\0')
    other = ls_names_find (&compare->names, name);
  if (other < 0 && compare->are_twins && k < compare->b->frame->graph->ops[step->op].n_outputs)
    other = compare->b->frame->graph->ops[step->op].outputs[k];
  return other >= 0 && compare->b->frame->slots[other].value.is_constant ? -1 : other;
}

static LsStatus
make_pair (LsCompare *compare, const LsStep *step, uint32_t k, LsError *error)
{
  const LsTensor *tensors_a = compare->a->frame->graph->tensors;
  const uint32_t tensor = (uint32_t) step->node.out[k]->index;
  bool is_output;
  int64_t other = partner_of (compare, step, k, &is_output);

  if (other < 0)
    return LS_OK;

  LsComparedTensor *pair = &compare->out->tensors[compare->out->n_tensors++];

  *pair = (LsComparedTensor){ .name_a = strdup (tensors_a[tensor].name),
                              .name_b = strdup (compare->b->frame->graph->tensors[other].name),
                              .tensor_a = (int) tensor,
                              .tensor_b = (int) other,
                              .is_output = is_output,
                              .op = step->op,
                              .kind = ls_op_kind_name (step->node.def->kind) };
  if (pair->name_a == NULL || pair->name_b == NULL)
    return ls_fail_no_memory (error, "the comparison", sizeof *pair);
  return LS_OK;
}

/* All pairs, in the order of A's graph. */
static LsStatus
make_pairs (LsCompare *compare, LsError *error)
{
  const LsFrame *frame = compare->a->frame;
  size_t most = (size_t) frame->graph->n_tensors + 1;

  const LsSubgraph *other = compare->b->frame->graph;
  const bool is_sorted = ls_names_init (&compare->names, other->tensors, other->n_tensors,
                                        sizeof (LsTensor), offsetof (LsTensor, name));

  compare->are_twins = are_twins (frame->graph, other);
  compare->out->tensors = calloc (most, sizeof *compare->out->tensors);
  compare->sums = calloc (most, sizeof *compare->sums);
  if (!is_sorted || compare->out->tensors == NULL || compare->sums == NULL)
    return ls_fail_no_memory (error, "the comparison", most * sizeof *compare->sums);
  for (uint32_t i = 0; i < frame->n_order; i++)
    for (uint32_t k = 0; k < frame->order[i]->node.n_out; k++)
      LS_TRY (make_pair (compare, frame->order[i], k, error));
  return compare->has_layers ? ls_compare_layers_begin (compare, error) : LS_OK;
}

static void
clear_pair (LsComparedTensor *pair)
{
  free (pair->name_a);
  free (pair->name_b);
  free (pair->layer);
}

/* Drops pairs that never had values of the same size. */
static void
finish (LsCompare *compare)
{
  LsComparison *out = compare->out;
  uint32_t n = 0;

  ls_compare_layers_finish (compare);
  for (uint32_t i = 0; i < out->n_tensors; i++)
    {
      finish_pair (&out->tensors[i], &compare->sums[i]);
      if (out->tensors[i].count > 0 || out->tensors[i].is_output)
        out->tensors[n++] = out->tensors[i];
      else
        clear_pair (&out->tensors[i]);
    }
  out->n_tensors = n;
  finish_agreements (out);
}

/* ---- Samples --------------------------------------------------------------------------------- */

/* What a model says of an input that was made for another is of some operator within; what is wrong
 * is the input. */
static LsStatus
explain_inputs (const LsCompare *compare, LsStatus status, LsError *error)
{
  LsPort a, b;

  if (status == LS_E_CANCELLED)
    return status;
  for (uint32_t i = 0; ls_session_input (compare->a, i, &a); i++)
    {
      if (!ls_session_input (compare->b, ls_compare_find_input (compare, i), &b))
        return status;

      const LsTensor *own = &compare->a->frame->graph->tensors[a.tensor];
      const LsTensor *other = &compare->b->frame->graph->tensors[b.tensor];

      if (own->rank != other->rank
          || memcmp (own->dims, other->dims, (size_t) own->rank * sizeof own->dims[0]) != 0)
        return ls_fail (error, LS_E_INVALID, -1,
                        "the models take different inputs: %s is %s in one and %s in the other",
                        own->name, LS_DIMS (own->dims, own->rank),
                        LS_DIMS (other->dims, other->rank));
    }
  return status;
}

/* Either may have been given what the other is for. */
static LsStatus
run_one (const LsCompare *compare, LsSession *session, LsError *error)
{
  LsStatus status = ls_session_run (session, error);

  return status == LS_OK ? LS_OK : explain_inputs (compare, status, error);
}

/* Runs both on one set of inputs. @share: of the whole work that is done, and that this is. */
static LsStatus
compare_once (LsCompare *compare, const LsArray *inputs, uint32_t n_inputs, uint64_t seed,
              const double share[2], const LsProgress *progress, LsError *error)
{
  LsStatus status = set_inputs (compare, inputs, n_inputs, seed, error);

  if (status != LS_OK)
    return explain_inputs (compare, status, error);
  if (!ls_tick (progress, share[0], "running the first model"))
    return ls_fail_cancelled (error);
  LS_TRY (run_one (compare, compare->a, error));
  if (!ls_tick (progress, share[0] + share[1] * 0.4, "running the second model"))
    return ls_fail_cancelled (error);
  LS_TRY (run_one (compare, compare->b, error));
  if (compare->sums == NULL)
    LS_TRY (make_pairs (compare, error));
  for (uint32_t i = 0; i < compare->out->n_tensors; i++)
    {
      LS_TRY (add_values (compare, i, error));
      if (!ls_tick (progress, share[0] + share[1] * (0.8 + 0.2 * i / compare->out->n_tensors),
                    "comparing"))
        return ls_fail_cancelled (error);
    }
  compare->out->n_samples++;
  return compare->has_layers ? ls_compare_layers_run (compare, error) : LS_OK;
}

static bool
are_finite (const LsArray *inputs, uint32_t n_inputs)
{
  for (uint32_t i = 0; i < n_inputs; i++)
    if (!ls_array_is_finite (&inputs[i]))
      return false;
  return true;
}

static LsStatus
compare_samples (LsCompare *compare, const LsSamples *samples, uint32_t max_samples,
                 const LsProgress *progress, LsError *error)
{
  uint32_t n_inputs = ls_samples_n_inputs (samples), all = ls_samples_count (samples);
  uint32_t n = max_samples > 0 && max_samples < all ? max_samples : all;
  LS_FREE LsArray *inputs = calloc (n_inputs, sizeof *inputs);

  if (inputs == NULL)
    return ls_fail_no_memory (error, "a sample", n_inputs * sizeof *inputs);
  for (uint32_t i = 0; i < n; i++)
    {
      const double share[2] = { 0.1 + 0.9 * i / n, 0.9 / n };

      LS_TRY (ls_session_reset (compare->a, error));
      LS_TRY (ls_session_reset (compare->b, error));
      LS_TRY (ls_samples_load (samples, (uint32_t) ((uint64_t) i * all / n), inputs, error));

      LsStatus status = LS_OK;

      /* With infinity and what is no number there is nothing to compare. */
      if (are_finite (inputs, n_inputs))
        status = compare_once (compare, inputs, n_inputs, 0, share, progress, error);

      for (uint32_t k = 0; k < n_inputs; k++)
        ls_array_clear (&inputs[k]);
      if (status != LS_OK)
        return status;
    }
  if (compare->out->n_samples == 0)
    return ls_fail (error, LS_E_INVALID, -1,
                    "no sample is of use: all hold infinity, or what is no number");
  return LS_OK;
}

/* What both models are run on. */
typedef struct
{
  const LsSamples *samples; /* NULL: the inputs, or the seed */
  uint32_t max_samples;
  const LsArray *inputs;
  uint32_t n_inputs;
  uint64_t seed;
  bool has_layers;
} Task;

static LsStatus
open_sessions (LsCompare *compare, const LsModel *a, const LsModel *b, uint32_t n_threads,
               const LsProgress *progress, LsError *error)
{
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;

  options.n_threads = n_threads;
  options.trace = true;
  LS_TRY (ls_session_new (a, &options, &compare->a, error));
  if (!ls_tick (progress, 0.05, "preparing"))
    return ls_fail_cancelled (error);
  LS_TRY (ls_session_new (b, &options, &compare->b, error));
  return ls_names_init (&compare->inputs, compare->b->inputs, compare->b->n_inputs,
                        sizeof (LsSignaturePort), offsetof (LsSignaturePort, name))
           ? LS_OK
           : ls_fail_no_memory (error, "the names", compare->b->n_inputs);
}

static LsStatus
close_sessions (LsCompare *compare, LsStatus status)
{
  if (status == LS_OK)
    finish (compare);
  ls_names_clear (&compare->inputs);
  ls_names_clear (&compare->names);
  free (compare->sums);
  free (compare->own);
  free (compare->pair_of);
  ls_session_free (compare->a);
  ls_session_free (compare->b);
  if (status != LS_OK)
    ls_comparison_clear (compare->out);
  return status;
}

static LsStatus
compare_models (const LsModel *a, const LsModel *b, const Task *task, uint32_t n_threads,
                const LsProgress *progress, LsComparison *out, LsError *error)
{
  static const double share[2] = { 0.1, 0.9 };
  LsCompare compare = { .out = out, .has_layers = task->has_layers };

  memset (out, 0, sizeof *out);

  LsStatus status = open_sessions (&compare, a, b, n_threads, progress, error);

  if (status == LS_OK && task->samples != NULL)
    status = compare_samples (&compare, task->samples, task->max_samples, progress, error);
  else if (status == LS_OK)
    status
      = compare_once (&compare, task->inputs, task->n_inputs, task->seed, share, progress, error);
  return close_sessions (&compare, status);
}

LsStatus
ls_compare (const LsModel *a, const LsModel *b, const LsArray *inputs, uint32_t n_inputs,
            uint64_t seed, uint32_t n_threads, const LsProgress *progress, LsComparison *out,
            LsError *error)
{
  const Task task = { .inputs = inputs, .n_inputs = n_inputs, .seed = seed };

  return compare_models (a, b, &task, n_threads, progress, out, error);
}

LsStatus
ls_compare_samples (const LsModel *a, const LsModel *b, const LsSamples *samples,
                    uint32_t max_samples, uint32_t n_threads, const LsProgress *progress,
                    LsComparison *out, LsError *error)
{
  const Task task = { .samples = samples, .max_samples = max_samples };

  return compare_models (a, b, &task, n_threads, progress, out, error);
}

LsStatus
ls_compare_layers (const LsModel *a, const LsModel *b, const LsSamples *samples,
                   uint32_t max_samples, const LsArray *inputs, uint32_t n_inputs, uint64_t seed,
                   uint32_t n_threads, const LsProgress *progress, LsComparison *out,
                   LsError *error)
{
  const Task task = { samples, max_samples, inputs, n_inputs, seed, true };

  return compare_models (a, b, &task, n_threads, progress, out, error);
}

void
ls_comparison_clear (LsComparison *comparison)
{
  for (uint32_t i = 0; i < comparison->n_tensors; i++)
    clear_pair (&comparison->tensors[i]);
  for (uint32_t i = 0; i < comparison->n_agreements; i++)
    free (comparison->agreements[i].name);
  free (comparison->tensors);
  free (comparison->agreements);
  memset (comparison, 0, sizeof *comparison);
}
