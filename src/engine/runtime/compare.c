/* Two models on the same inputs. */
#include "runtime/runtime.h"

#include <math.h>
#include <string.h>

#include "model/array.h"

typedef struct
{
  const char *name;
  uint32_t tensor;
} Name;

typedef struct
{
  LsSession *a, *b;
  Name *names; /* of B's tensors, sorted */
  LsComparison *out;
} Compare;

/* ---- Real values ----------------------------------------------------------------------------- */

/* How an array's elements become real values. */
typedef struct
{
  const LsArray *array;
  const LsQuantization *quant; /* NULL: the elements are the values */
  size_t inner, channels;      /* the channel of element i is i / inner % channels */
} Reals;

static Reals
reals (const LsArray *array, const LsQuantization *quant)
{
  Reals reals = { array, NULL, 1, 1 };

  if (quant == NULL || quant->n_scales == 0 || !ls_type_is_integer (array->type))
    return reals;
  reals.quant = quant;
  if (quant->n_scales == 1 || quant->axis < 0 || quant->axis >= array->rank
      || (uint32_t) array->dims[quant->axis] != quant->n_scales)
    return reals;
  reals.channels = quant->n_scales;
  for (int i = quant->axis + 1; i < array->rank; i++)
    reals.inner *= (size_t) array->dims[i];
  return reals;
}

static void
parameters_at (const Reals *reals, size_t index, double *scale, double *zero_point)
{
  size_t channel = reals->channels > 1 ? index / reals->inner % reals->channels : 0;
  const LsQuantization *quant = reals->quant;

  *scale = quant->scales[channel];
  *zero_point = quant->n_zero_points == 0        ? 0
                : channel < quant->n_zero_points ? (double) quant->zero_points[channel]
                                                 : (double) quant->zero_points[0];
}

static double
real_at (const Reals *reals, size_t index)
{
  double value = ls_array_get (reals->array, index), scale, zero_point;

  if (reals->quant == NULL)
    return value;
  parameters_at (reals, index, &scale, &zero_point);
  return (value - zero_point) * scale;
}

static bool
is_signed_type (LsType type)
{
  return type == LS_TYPE_INT2 || type == LS_TYPE_INT4 || type == LS_TYPE_INT8
         || type == LS_TYPE_INT16 || type == LS_TYPE_INT32 || type == LS_TYPE_INT64;
}

/* The stored value nearest to @value; the ends of the type for what lies outside. */
static void
put_real (const Reals *reals, LsArray *array, size_t index, double value)
{
  double scale, zero_point;

  if (reals->quant != NULL)
    {
      parameters_at (reals, index, &scale, &zero_point);
      value = scale != 0 ? round (value / scale) + zero_point : zero_point;
    }
  if (ls_type_is_integer (array->type))
    {
      unsigned bits = ls_type_bits (array->type);
      bool is_signed = is_signed_type (array->type);
      double low = is_signed ? -ldexp (1, (int) bits - 1) : 0;
      double high = ldexp (1, is_signed ? (int) bits - 1 : (int) bits) - 1;

      value = isnan (value) ? 0 : round (fmin (fmax (value, low), high));
    }
  ls_array_put_real (array, index, value);
}

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
static LsStatus
set_converted (LsSession *session, uint32_t index, const LsArray *array,
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

  Reals from = reals (array, quant), to = reals (&converted, port.quant);

  for (size_t i = 0; i < wanted; i++)
    put_real (&to, &converted, i, real_at (&from, i));

  LsStatus status = ls_session_set_input (session, index, &converted, error);

  ls_array_clear (&converted);
  return status;
}

/* Which of B's inputs is A's input of that number: the one of the same name, else of the same
 * place. */
static uint32_t
find_input (const Compare *compare, uint32_t index)
{
  LsPort a, b;

  ls_session_input (compare->a, index, &a);
  for (uint32_t i = 0; ls_session_input (compare->b, i, &b); i++)
    if (strcmp (a.name, b.name) == 0)
      return i;
  return index;
}

static LsStatus
set_inputs (Compare *compare, const LsArray *inputs, uint32_t n_inputs, uint64_t seed,
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
      uint32_t other = find_input (compare, i);

      ls_session_input (compare->a, i, &port);
      if (i < n_inputs && inputs[i].data != NULL)
        LS_TRY (set_converted (compare->a, i, &inputs[i],
                               inputs[i].type == port.type ? port.quant : NULL, error));
      else
        LS_TRY (ls_session_fill_input (compare->a, i, seed + i, error));
      LS_TRY (ls_session_get_tensor (compare->a, (uint32_t) port.tensor, &view, error));
      LS_TRY (set_converted (compare->b, other, &view, port.quant, error));
    }
  return LS_OK;
}

/* ---- Pairs ----------------------------------------------------------------------------------- */

static int
compare_names (const void *a, const void *b)
{
  const Name *x = a, *y = b;
  int order = strcmp (x->name, y->name);

  return order != 0 ? order : (x->tensor > y->tensor) - (x->tensor < y->tensor);
}

static LsStatus
sort_names (Compare *compare, LsError *error)
{
  const LsSubgraph *graph = compare->b->frame->graph;

  compare->names = calloc ((size_t) graph->n_tensors + 1, sizeof *compare->names);
  if (compare->names == NULL)
    return ls_fail_no_memory (error, "the names", graph->n_tensors * sizeof *compare->names);
  for (uint32_t i = 0; i < graph->n_tensors; i++)
    compare->names[i] = (Name){ graph->tensors[i].name, i };
  qsort (compare->names, graph->n_tensors, sizeof *compare->names, compare_names);
  return LS_OK;
}

/* B's first tensor of that name; -1: none. */
static int64_t
find_name (const Compare *compare, const char *name)
{
  uint32_t low = 0, high = compare->b->frame->graph->n_tensors, n = high;

  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;

      if (strcmp (compare->names[middle].name, name) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == n || strcmp (compare->names[low].name, name) != 0)
    return -1;
  return compare->names[low].tensor;
}

/* What is summed up over the elements of a pair. */
typedef struct
{
  double sum_abs, signal, noise, dot, norm_b;
  bool has_infinite;
} Sums;

static void
add_element (LsComparedTensor *pair, Sums *sums, double x, double y)
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
measure (LsComparedTensor *pair, const Reals *a, const Reals *b)
{
  Sums sums = { 0 };

  for (size_t i = 0; i < pair->count; i++)
    add_element (pair, &sums, real_at (a, i), real_at (b, i));
  pair->mean_abs = sums.has_infinite ? INFINITY
                   : pair->count > 0 ? sums.sum_abs / (double) pair->count
                                     : 0;
  pair->sqnr_db = sums.has_infinite ? -INFINITY
                  : sums.noise == 0 ? INFINITY
                                    : 10 * log10 (sums.signal / sums.noise);
  pair->cosine = sums.signal > 0 && sums.norm_b > 0
                   ? sums.dot / sqrt (sums.signal) / sqrt (sums.norm_b)
                 : sums.signal == sums.norm_b ? 1
                                              : 0;
}

/* Compares two tensors; a pair that cannot be compared is passed over, unless it is an output. */
static LsStatus
add_pair (Compare *compare, uint32_t tensor_a, uint32_t tensor_b, bool is_output, LsError *error)
{
  const LsValue *value_a = &compare->a->frame->slots[tensor_a].value,
                *value_b = &compare->b->frame->slots[tensor_b].value;
  LsArray a, b;

  if (ls_session_get_tensor (compare->a, tensor_a, &a, NULL) != LS_OK
      || ls_session_get_tensor (compare->b, tensor_b, &b, NULL) != LS_OK
      || ls_type_bits (a.type) == 0 || ls_type_bits (b.type) == 0)
    return LS_OK;
  if (ls_array_count (&a) != ls_array_count (&b))
    return !is_output ? LS_OK
                      : ls_fail (error, LS_E_INVALID, -1,
                                 "output %s has %zu elements in one model and %zu in the other",
                                 value_a->tensor->name, ls_array_count (&a), ls_array_count (&b));

  LsComparedTensor *pair = &compare->out->tensors[compare->out->n_tensors++];
  Reals real_a = reals (&a, value_a->quant), real_b = reals (&b, value_b->quant);

  *pair = (LsComparedTensor){ .name_a = strdup (value_a->tensor->name),
                              .name_b = strdup (value_b->tensor->name),
                              .tensor_a = (int) tensor_a,
                              .tensor_b = (int) tensor_b,
                              .is_output = is_output,
                              .count = ls_array_count (&a) };
  if (pair->name_a == NULL || pair->name_b == NULL)
    return ls_fail_no_memory (error, "the comparison", sizeof *pair);
  measure (pair, &real_a, &real_b);
  return LS_OK;
}

static int64_t
output_position (const LsSession *session, uint32_t tensor)
{
  for (uint32_t i = 0; i < session->n_outputs; i++)
    if (session->outputs[i].tensor == tensor)
      return i;
  return -1;
}

static LsStatus
add_value (Compare *compare, uint32_t tensor, LsError *error)
{
  int64_t position = output_position (compare->a, tensor);

  if (position >= 0 && position < compare->b->n_outputs)
    return add_pair (compare, tensor, compare->b->outputs[position].tensor, true, error);

  int64_t other = find_name (compare, compare->a->frame->graph->tensors[tensor].name);

  if (other < 0 || compare->b->frame->slots[other].value.is_constant)
    return LS_OK;
  return add_pair (compare, tensor, (uint32_t) other, false, error);
}

static LsStatus
add_pairs (Compare *compare, const LsProgress *progress, LsError *error)
{
  const LsFrame *frame = compare->a->frame;

  compare->out->tensors
    = calloc ((size_t) frame->graph->n_tensors + 1, sizeof *compare->out->tensors);
  if (compare->out->tensors == NULL)
    return ls_fail_no_memory (error, "the comparison", frame->graph->n_tensors);
  for (uint32_t i = 0; i < frame->n_order; i++)
    {
      const LsNode *node = &frame->order[i]->node;

      for (uint32_t k = 0; k < node->n_out; k++)
        LS_TRY (add_value (compare, (uint32_t) node->out[k]->index, error));
      if (!ls_tick (progress, 0.8 + 0.2 * i / frame->n_order, "comparing"))
        return ls_fail_cancelled (error);
    }
  return LS_OK;
}

static LsStatus
compare_sessions (Compare *compare, const LsArray *inputs, uint32_t n_inputs, uint64_t seed,
                  const LsProgress *progress, LsError *error)
{
  LS_TRY (set_inputs (compare, inputs, n_inputs, seed, error));
  if (!ls_tick (progress, 0.2, "running the first model"))
    return ls_fail_cancelled (error);
  LS_TRY (ls_session_run (compare->a, error));
  if (!ls_tick (progress, 0.5, "running the second model"))
    return ls_fail_cancelled (error);
  LS_TRY (ls_session_run (compare->b, error));
  LS_TRY (sort_names (compare, error));
  return add_pairs (compare, progress, error);
}

LsStatus
ls_compare (const LsModel *a, const LsModel *b, const LsArray *inputs, uint32_t n_inputs,
            uint64_t seed, uint32_t n_threads, const LsProgress *progress, LsComparison *out,
            LsError *error)
{
  LS_AUTO (LsSession, ls_session_free) session_a = NULL;
  LS_AUTO (LsSession, ls_session_free) session_b = NULL;
  LsSessionOptions options = LS_SESSION_OPTIONS_INIT;

  memset (out, 0, sizeof *out);
  options.n_threads = n_threads;
  options.trace = true;
  LS_TRY (ls_session_new (a, &options, &session_a, error));
  if (!ls_tick (progress, 0.1, "preparing"))
    return ls_fail_cancelled (error);
  LS_TRY (ls_session_new (b, &options, &session_b, error));

  Compare compare = { session_a, session_b, NULL, out };
  LsStatus status = compare_sessions (&compare, inputs, n_inputs, seed, progress, error);

  free (compare.names);
  if (status != LS_OK)
    ls_comparison_clear (out);
  return status;
}

void
ls_comparison_clear (LsComparison *comparison)
{
  for (uint32_t i = 0; i < comparison->n_tensors; i++)
    {
      free (comparison->tensors[i].name_a);
      free (comparison->tensors[i].name_b);
    }
  free (comparison->tensors);
  memset (comparison, 0, sizeof *comparison);
}
