/* How far apart two constants are: in bytes as stored, and in the numbers that they stand for. */
#include "model/diff.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/size.h"

bool
ls_diff_same_bytes (const LsDiffSides *sides, int32_t a, int32_t b)
{
  const LsBytes x = ls_tensor_data (sides->differ->a, &sides->a->tensors[a]);
  const LsBytes y = ls_tensor_data (sides->differ->b, &sides->b->tensors[b]);

  return x.size > 0 && x.size == y.size && memcmp (x.data, y.data, x.size) == 0;
}

static uint64_t
count_differing (LsBytes a, LsBytes b)
{
  uint64_t n = 0;

  for (size_t i = 0; i < a.size; i++)
    n += a.data[i] != b.data[i];
  return n;
}

typedef struct
{
  double signal, noise, max_abs, max_magnitude;
} Sums;

/* One value of each. What is the same, NaN included, is no noise. */
static inline void
add_values (Sums *sums, double x, double y)
{
  const double difference = x == y || (isnan (x) && isnan (y)) ? 0 : fabs (x - y);
  const double magnitude = fabs (x);

  if (isfinite (x))
    {
      sums->signal += x * x;
      sums->max_magnitude = magnitude > sums->max_magnitude ? magnitude : sums->max_magnitude;
    }
  if (isnan (difference))
    sums->max_abs = sums->noise = INFINITY;
  else
    {
      sums->noise += difference * difference;
      sums->max_abs = difference > sums->max_abs ? difference : sums->max_abs;
    }
}

static void
measure (const LsArray *a, const LsArray *b, LsDiffWeights *out)
{
  const size_t count = ls_array_count (a);
  Sums sums = { 0 };

  if (a->type == LS_TYPE_FLOAT32 && b->type == LS_TYPE_FLOAT32)
    for (size_t i = 0; i < count; i++)
      add_values (&sums, (double) ((const float *) a->data)[i],
                  (double) ((const float *) b->data)[i]);
  else
    for (size_t i = 0; i < count; i++)
      add_values (&sums, ls_array_get (a, i), ls_array_get (b, i));
  out->n_values = count;
  out->max_abs = sums.max_abs;
  out->max_magnitude = sums.max_magnitude;
  out->sqnr_db = sums.noise == 0      ? INFINITY
                 : sums.signal == 0   ? -INFINITY
                 : isinf (sums.noise) ? -INFINITY
                                      : 10 * log10 (sums.signal / sums.noise);
}

/* The constant whose real values a tensor has: itself, or what DENSIFY and DEQUANTIZE make it of;
 * -1: it is computed. */
static int32_t
find_source (const LsModel *model, const LsSubgraph *graph, const LsUses *uses, int32_t tensor)
{
  for (unsigned steps = 0; steps < 4 && tensor >= 0; steps++)
    {
      const int32_t maker = uses->producer[tensor];

      if (ls_tensor_is_constant (model, &graph->tensors[tensor]))
        return tensor;
      if (maker < 0
          || (graph->ops[maker].kind != LS_OP_DENSIFY && graph->ops[maker].kind != LS_OP_DEQUANTIZE)
          || graph->ops[maker].n_inputs != 1)
        return -1;
      tensor = graph->ops[maker].inputs[0];
    }
  return -1;
}

/* Two constants, by their indices. */
typedef struct
{
  const LsTensor *a, *b;
  int32_t index_a, index_b;
  LsBytes x, y;
} Constants;

/* The real values side by side, where there are some. A constant that cannot be decoded is left
 * with its bytes. */
static void
compare_values (const LsDiffSides *sides, const Constants *pair, LsDiffWeights *out)
{
  size_t n_a, n_b;
  LsArray x, y;

  if (!ls_count (&n_a, pair->a->dims, pair->a->rank)
      || !ls_count (&n_b, pair->b->dims, pair->b->rank) || n_a != n_b
      || ls_type_bits (pair->a->type) == 0 || ls_type_bits (pair->b->type) == 0)
    return;
  if (ls_tensor_decode (sides->differ->a, (uint32_t) sides->index_a, (uint32_t) pair->index_a,
                        LS_DECODE_REAL, &x, NULL)
      != LS_OK)
    return;
  if (ls_tensor_decode (sides->differ->b, (uint32_t) sides->index_b, (uint32_t) pair->index_b,
                        LS_DECODE_REAL, &y, NULL)
      == LS_OK)
    {
      measure (&x, &y, out);
      ls_array_clear (&y);
    }
  ls_array_clear (&x);
}

static LsStatus
add_entry (LsDiffSides *sides, LsDiffEntry *entry, bool same_form)
{
  const LsDiffWeights *weights = &entry->weights;
  char share[100], values[160] = "", name[LS_DIFF_NAME_SIZE];

  if (same_form)
    snprintf (share, sizeof share, "%" PRIu64 " of %" PRIu64 " bytes differ", weights->n_differing,
              weights->n_bytes);
  else
    snprintf (share, sizeof share, "stored in another form");
  if (weights->n_values > 0 && isinf (weights->sqnr_db) && weights->sqnr_db > 0)
    snprintf (values, sizeof values, ", the values are the same");
  else if (weights->n_values > 0)
    snprintf (values, sizeof values, ", values by %.3g at most (of %.3g), SQNR %.1f dB",
              weights->max_abs, weights->max_magnitude, weights->sqnr_db);
  return ls_diff_add (sides->differ, entry, "\"%s\": %s%s",
                      ls_diff_name (sides->a->tensors[entry->tensor_a].name, name), share, values);
}

/* Only one of the two holds still. */
static LsStatus
add_lone_constant (LsDiffSides *sides, LsDiffEntry *entry, bool is_gone)
{
  char name[LS_DIFF_NAME_SIZE];

  entry->kind = is_gone ? "constant-removed" : "constant-added";
  return ls_diff_add (sides->differ, entry, "\"%s\": constant only in %s",
                      ls_diff_name (sides->a->tensors[entry->tensor_a].name, name),
                      is_gone ? "A" : "B");
}

LsStatus
ls_diff_weights (LsDiffSides *sides, const LsDiffEntry *place)
{
  Constants pair
    = { .index_a = find_source (sides->differ->a, sides->a, &sides->uses_a, place->tensor_a),
        .index_b = find_source (sides->differ->b, sides->b, &sides->uses_b, place->tensor_b) };
  LsDiffEntry entry = *place;

  entry.category = LS_DIFF_WEIGHTS;
  entry.kind = "weights-changed";
  if (pair.index_a < 0 || pair.index_b < 0)
    return pair.index_a == pair.index_b ? LS_OK
                                        : add_lone_constant (sides, &entry, pair.index_a >= 0);
  /* Both are made of constants, which are partners themselves. */
  if (pair.index_a != place->tensor_a && sides->tensor_b[pair.index_a] == pair.index_b)
    return LS_OK;
  pair.a = &sides->a->tensors[pair.index_a];
  pair.b = &sides->b->tensors[pair.index_b];
  pair.x = ls_tensor_data (sides->differ->a, pair.a);
  pair.y = ls_tensor_data (sides->differ->b, pair.b);

  const bool same_form = pair.x.size == pair.y.size && pair.a->type == pair.b->type
                         && pair.a->sparsity == NULL && pair.b->sparsity == NULL;

  if (pair.x.size == pair.y.size && pair.a->type == pair.b->type
      && (pair.a->sparsity == NULL) == (pair.b->sparsity == NULL)
      && (pair.x.size == 0 || memcmp (pair.x.data, pair.y.data, pair.x.size) == 0))
    return LS_OK;
  entry.weights.n_bytes = pair.x.size > pair.y.size ? pair.x.size : pair.y.size;
  entry.weights.n_differing = same_form ? count_differing (pair.x, pair.y) : entry.weights.n_bytes;
  if (!sides->differ->options.skip_values)
    compare_values (sides, &pair, &entry.weights);
  return add_entry (sides, &entry, same_form);
}
