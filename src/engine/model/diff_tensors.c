/* What tells two tensors apart. */
#include "model/diff.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/size.h"

typedef struct
{
  LsDiffSides *sides;
  const LsTensor *a, *b;
  LsDiffEntry place; /* with both tensors in it */
} Pair;

enum
{
  VALUE_SIZE = 200
};

/* Adds "conv1": WHAT BEFORE → AFTER. */
static LsStatus
add_change (const Pair *pair, LsDiffCategory category, const char *kind, const char *field,
            const char *before, const char *after)
{
  LsDiffEntry entry = pair->place;
  char name[LS_DIFF_NAME_SIZE], short_before[LS_DIFF_NAME_SIZE], short_after[LS_DIFF_NAME_SIZE];

  entry.category = category;
  entry.kind = kind;
  entry.field = (char *) field;
  entry.before = (char *) before;
  entry.after = (char *) after;
  return ls_diff_add (pair->sides->differ, &entry, "\"%s\": %s %s → %s",
                      ls_diff_name (pair->a->name, name), field,
                      ls_diff_name (before, short_before), ls_diff_name (after, short_after));
}

/* ---- Type and shape -------------------------------------------------------------------------- */

static void
put_dims (char out[VALUE_SIZE], const int32_t *dims, int32_t rank)
{
  int at = snprintf (out, VALUE_SIZE, "%s", rank == 0 ? "scalar" : "");

  for (int32_t i = 0; i < rank && at < VALUE_SIZE - 20; i++)
    at += snprintf (out + at, (size_t) (VALUE_SIZE - at), "%s%" PRId32, i > 0 ? "×" : "", dims[i]);
}

static bool
same_dims (const int32_t *a, int32_t rank_a, const int32_t *b, int32_t rank_b)
{
  return rank_a == rank_b && (rank_a <= 0 || memcmp (a, b, (size_t) rank_a * sizeof *a) == 0);
}

/* An open shape that says no more than the shape does is as good as none. */
static bool
has_open_dim (const LsTensor *tensor)
{
  for (int32_t i = 0; i < tensor->signature_rank; i++)
    if (tensor->signature[i] < 0)
      return true;
  return false;
}

static LsStatus
compare_shape (const Pair *pair)
{
  const LsTensor *a = pair->a, *b = pair->b;
  char before[VALUE_SIZE] = "fixed", after[VALUE_SIZE] = "fixed";

  if (!same_dims (a->dims, a->rank, b->dims, b->rank))
    {
      put_dims (before, a->dims, a->rank);
      put_dims (after, b->dims, b->rank);
      return add_change (pair, LS_DIFF_SHAPE, "shape-changed", "shape", before, after);
    }
  if ((!has_open_dim (a) && !has_open_dim (b))
      || same_dims (a->signature, a->signature_rank, b->signature, b->signature_rank))
    return LS_OK;
  if (has_open_dim (a))
    put_dims (before, a->signature, a->signature_rank);
  if (has_open_dim (b))
    put_dims (after, b->signature, b->signature_rank);
  return add_change (pair, LS_DIFF_SHAPE, "open-shape-changed", "open shape", before, after);
}

static LsStatus
compare_type (const Pair *pair)
{
  const LsTensor *a = pair->a, *b = pair->b;

  if (a->type != b->type)
    LS_TRY (add_change (pair, LS_DIFF_TYPE, "type-changed", "type", ls_type_name (a->type),
                        ls_type_name (b->type)));
  if (a->is_variable != b->is_variable)
    LS_TRY (add_change (pair, LS_DIFF_TYPE, "variable-changed", "variable",
                        a->is_variable ? "yes" : "no", b->is_variable ? "yes" : "no"));
  if ((a->sparsity != NULL) != (b->sparsity != NULL))
    LS_TRY (add_change (pair, LS_DIFF_TYPE, "sparsity-changed", "storage",
                        a->sparsity != NULL ? "sparse" : "dense",
                        b->sparsity != NULL ? "sparse" : "dense"));
  return LS_OK;
}

/* ---- Quantization ---------------------------------------------------------------------------- */

/* NULL also for one that states nothing. */
static const LsQuantization *
quantization_of (const LsTensor *tensor)
{
  const LsQuantization *quant = tensor->quant;

  if (quant == NULL || (quant->n_scales == 0 && quant->details == LS_QUANT_DETAILS_NONE))
    return NULL;
  return quant;
}

static void
put_quantization (char out[VALUE_SIZE], const LsQuantization *quant)
{
  char scale[LS_DIFF_NUMBER];

  if (quant->details == LS_QUANT_DETAILS_BLOCKWISE)
    snprintf (out, VALUE_SIZE, "blocks of %" PRId32, quant->block_size);
  else if (quant->n_scales == 0)
    snprintf (out, VALUE_SIZE, "of another form");
  else if (quant->n_scales > 1)
    snprintf (out, VALUE_SIZE, "%u scales along dimension %" PRId32, quant->n_scales, quant->axis);
  else
    snprintf (out, VALUE_SIZE, "scale %s, zero point %" PRId64,
              ls_diff_real (quant->scales[0], scale),
              quant->n_zero_points > 0 ? quant->zero_points[0] : 0);
}

static LsStatus
compare_scales (const Pair *pair, const LsQuantization *a, const LsQuantization *b)
{
  char before[VALUE_SIZE], after[VALUE_SIZE], name[LS_DIFF_NAME_SIZE];
  LsDiffEntry entry = pair->place;
  uint32_t n = 0;
  double most = 0;

  for (uint32_t i = 0; i < a->n_scales; i++)
    if (memcmp (&a->scales[i], &b->scales[i], sizeof *a->scales) != 0)
      {
        const double change = fabs ((double) b->scales[i] / (double) a->scales[i] - 1);

        n++;
        most = change > most ? change : most;
      }
  if (n == 0)
    return LS_OK;
  if (a->n_scales == 1)
    return add_change (pair, LS_DIFF_QUANTIZATION, "scale-changed", "scale",
                       ls_diff_real (a->scales[0], before), ls_diff_real (b->scales[0], after));
  entry.category = LS_DIFF_QUANTIZATION;
  entry.kind = "scale-changed";
  entry.field = "scales";
  return ls_diff_add (pair->sides->differ, &entry,
                      "\"%s\": %u of %u scales differ, by %.3g %% at most",
                      ls_diff_name (pair->a->name, name), n, a->n_scales, most * 100);
}

static int64_t
zero_point (const LsQuantization *quant, uint32_t index)
{
  return index < quant->n_zero_points ? quant->zero_points[index]
         : quant->n_zero_points == 1  ? quant->zero_points[0]
                                      : 0;
}

static LsStatus
compare_zero_points (const Pair *pair, const LsQuantization *a, const LsQuantization *b)
{
  const uint32_t count = a->n_scales;
  char before[VALUE_SIZE], after[VALUE_SIZE], name[LS_DIFF_NAME_SIZE];
  uint32_t n = 0, first = 0;

  for (uint32_t i = count; i-- > 0;)
    if (zero_point (a, i) != zero_point (b, i))
      {
        n++;
        first = i;
      }
  if (n == 0)
    return LS_OK;
  snprintf (before, sizeof before, "%" PRId64, zero_point (a, first));
  snprintf (after, sizeof after, "%" PRId64, zero_point (b, first));
  if (count == 1)
    return add_change (pair, LS_DIFF_QUANTIZATION, "zero-point-changed", "zero point", before,
                       after);

  LsDiffEntry entry = pair->place;

  entry.category = LS_DIFF_QUANTIZATION;
  entry.kind = "zero-point-changed";
  entry.field = "zero points";
  return ls_diff_add (pair->sides->differ, &entry,
                      "\"%s\": %u of %u zero points differ, the first %s → %s",
                      ls_diff_name (pair->a->name, name), n, count, before, after);
}

static bool
same_range (const LsQuantization *a, const LsQuantization *b)
{
  return a->n_min == b->n_min && a->n_max == b->n_max
         && (a->n_min == 0 || memcmp (a->min, b->min, a->n_min * sizeof *a->min) == 0)
         && (a->n_max == 0 || memcmp (a->max, b->max, a->n_max * sizeof *a->max) == 0);
}

static void
put_range (char out[VALUE_SIZE], const LsQuantization *quant)
{
  char low[LS_DIFF_NUMBER], high[LS_DIFF_NUMBER];

  if (quant->n_min == 1 && quant->n_max == 1)
    snprintf (out, VALUE_SIZE, "%s to %s", ls_diff_real (quant->min[0], low),
              ls_diff_real (quant->max[0], high));
  else if (quant->n_min == 0 && quant->n_max == 0)
    snprintf (out, VALUE_SIZE, "none");
  else
    snprintf (out, VALUE_SIZE, "%u values",
              quant->n_min > quant->n_max ? quant->n_min : quant->n_max);
}

static LsStatus
compare_quantization (const Pair *pair)
{
  const LsQuantization *a = quantization_of (pair->a), *b = quantization_of (pair->b);
  char before[VALUE_SIZE] = "none", after[VALUE_SIZE] = "none";

  if (a == NULL && b == NULL)
    return LS_OK;
  if (a != NULL)
    put_quantization (before, a);
  if (b != NULL)
    put_quantization (after, b);
  if (a == NULL || b == NULL)
    return add_change (pair, LS_DIFF_QUANTIZATION,
                       a == NULL ? "quantization-added" : "quantization-removed", "quantization",
                       before, after);
  if (a->details != b->details || a->n_scales != b->n_scales
      || (a->n_scales > 1 && a->axis != b->axis)
      || (a->details == LS_QUANT_DETAILS_BLOCKWISE && a->block_size != b->block_size))
    return add_change (pair, LS_DIFF_QUANTIZATION, "granularity-changed", "quantization", before,
                       after);
  LS_TRY (compare_scales (pair, a, b));
  LS_TRY (compare_zero_points (pair, a, b));
  if (same_range (a, b))
    return LS_OK;
  put_range (before, a);
  put_range (after, b);
  return add_change (pair, LS_DIFF_QUANTIZATION, "range-changed", "noted range", before, after);
}

/* ---- All of them ----------------------------------------------------------------------------- */

/* The operators to which people count a tensor: who writes it, else who reads it first. */
static void
find_owner (const LsDiffSides *sides, LsDiffEntry *entry)
{
  const int32_t a = entry->tensor_a;
  int32_t op = sides->uses_a.producer[a];

  if (op < 0 && sides->uses_a.first[a] < sides->uses_a.first[a + 1]
      && ls_tensor_is_constant (sides->differ->a, &sides->a->tensors[a]))
    op = (int32_t) sides->uses_a.consumers[sides->uses_a.first[a]];
  if (op < 0)
    return;
  entry->op_a = op;
  entry->op_b = sides->op_b[op];
}

static LsStatus
compare_tensors (LsDiffSides *sides, int32_t a, int32_t b)
{
  Pair pair = { sides, &sides->a->tensors[a], &sides->b->tensors[b],
                ls_diff_entry (sides, LS_DIFF_TYPE, NULL) };

  pair.place.tensor_a = a;
  pair.place.tensor_b = b;
  find_owner (sides, &pair.place);
  if (strcmp (pair.a->name, pair.b->name) != 0)
    LS_TRY (add_change (&pair, LS_DIFF_NAME, "tensor-renamed", "name", pair.a->name, pair.b->name));
  LS_TRY (compare_type (&pair));
  LS_TRY (compare_shape (&pair));
  LS_TRY (compare_quantization (&pair));
  return ls_diff_weights (sides, &pair.place);
}

LsStatus
ls_diff_tensors (LsDiffSides *sides)
{
  LsDiffer *differ = sides->differ;
  const uint32_t n = sides->a->n_tensors;

  for (uint32_t i = 0; i < n; i++)
    {
      if (sides->tensor_b[i] >= 0)
        LS_TRY (compare_tensors (sides, (int32_t) i, sides->tensor_b[i]));
      if (i % 16 == 0 && !ls_tick (differ->progress, (double) i / n, "comparing"))
        return ls_fail_cancelled (differ->error);
    }
  return LS_OK;
}
