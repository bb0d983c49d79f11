/*
 * RANDOM_UNIFORM, RANDOM_STANDARD_NORMAL, MULTINOMIAL, STABLEHLO_RNG_BIT_GENERATOR.
 *
 * With seeds the numbers are TensorFlow's, and go on from run to run. Without them they come from
 * the session's seed. Sources: tflite/kernels/random_ops.cc, rng_bit_generator.cc;
 * tsl/lib/random/random_distributions.h.
 */
#include "ops/kept.h"
#include "ops/op.h"
#include "ops/philox.h"
#include "ops/shape.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* ---- The generator of a node ----------------------------------------------------------------- */

/* The state outlives prepare(), which is called before each run when the shape depends on data. */
static LsStatus
generator_prepare (LsNode *node, LsError *error)
{
  LsKept *kept = ls_node_alloc (node, 1, sizeof *kept, error);

  if (kept == NULL)
    return LS_E_NO_MEMORY;
  node->state = kept;
  return ls_kept_init (kept, node, 1, sizeof (LsPhilox), error);
}

static LsPhilox
first_state (const LsNode *node, const LsKept *kept)
{
  uint64_t low = (uint64_t) ls_attr_int (node->def, "seed", 0),
           high = (uint64_t) ls_attr_int (node->def, "seed2", 0);

  if (low == 0 && high == 0)
    {
      low = ls_node_seed (node) + UINT64_C (0x9E3779B97F4A7C15);
      high = (uint64_t) kept->id;
    }
  return ls_philox_seeded (low, high);
}

/* NULL: there is no memory, and the node has failed. */
static LsPhilox *
generator (LsNode *node)
{
  bool is_new;
  LsPhilox *state = ls_kept_open (node->state, node, &is_new);

  if (state != NULL && is_new)
    *state = first_state (node, node->state);
  return state;
}

/* ---- RANDOM_UNIFORM, RANDOM_STANDARD_NORMAL -------------------------------------------------- */

static LsStatus
uniform_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  LsPhilox *state = generator (node);
  float *out = node->out[0]->data;
  uint32_t numbers[4];

  if (state == NULL)
    return LS_E_NO_MEMORY;
  for (size_t i = 0; i < node->out[0]->count; i++)
    {
      if (i % 4 == 0)
        ls_philox_next (state, numbers);
      out[i] = ls_random_float (numbers[i % 4]);
    }
  return LS_OK;
}

/* Two uniform numbers become two normal ones (Box and Muller). */
static void
normal_pair (const uint32_t bits[2], float out[2])
{
  float u = ls_random_float (bits[0]), angle = (float) (2.0f * M_PI * ls_random_float (bits[1]));
  float radius = sqrtf (-2.0f * logf (u < 1e-7f ? 1e-7f : u));

  out[0] = sinf (angle) * radius;
  out[1] = cosf (angle) * radius;
}

static LsStatus
normal_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  LsPhilox *state = generator (node);
  float *out = node->out[0]->data, pair[2];
  uint32_t numbers[4];

  if (state == NULL)
    return LS_E_NO_MEMORY;
  for (size_t i = 0; i < node->out[0]->count; i++)
    {
      if (i % 4 == 0)
        ls_philox_next (state, numbers);
      if (i % 2 == 0)
        normal_pair (numbers + i % 4, pair);
      out[i] = pair[i % 2];
    }
  return LS_OK;
}

static LsStatus
random_prepare (LsNode *node, LsRunFn run, LsError *error)
{
  int32_t dims[LS_MAX_RANK];
  LsList list;

  LS_TRY (ls_node_arity (node, 1, 1, 1, error));
  LS_TRY (ls_node_types (node, node->in[0], "the shape", LS_BIT (INT32), error));
  LS_TRY (ls_node_rank (node, node->in[0], "the shape", 1, 1, error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (FLOAT32), error));
  LS_TRY (generator_prepare (node, error));
  ls_node_phase (node, run, 1, 1);
  if (!ls_input_known (node, 0))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_list (node, 0, &list, error));
  LS_TRY (ls_node_dims (node, &list, dims, error));
  return ls_node_output (node, 0, list.n, dims, error);
}

static LsStatus
uniform_prepare (LsNode *node, LsError *error)
{
  return random_prepare (node, uniform_run, error);
}

static LsStatus
normal_prepare (LsNode *node, LsError *error)
{
  return random_prepare (node, normal_run, error);
}

/* ---- MULTINOMIAL ----------------------------------------------------------------------------- */

/* Sums of exp (logit - largest logit), one after the other; returns the last one. Infinities and
 * NaN add nothing. */
static double
accumulate (const float *logits, size_t n, double *sums)
{
  float most = -FLT_MAX;
  double total = 0;

  for (size_t i = 0; i < n; i++)
    if (isfinite (logits[i]) && logits[i] > most)
      most = logits[i];
  for (size_t i = 0; i < n; i++)
    {
      if (isfinite (logits[i]))
        total += exp (logits[i] - (double) most);
      sums[i] = total;
    }
  return total;
}

/* The first sum above the value; n when there is none. */
static size_t
first_above (const double *sums, size_t n, double value)
{
  size_t low = 0, high = n;

  while (low < high)
    {
      size_t middle = low + (high - low) / 2;

      if (value < sums[middle])
        high = middle;
      else
        low = middle + 1;
    }
  return low;
}

static void
put_index (const LsValue *out, size_t at, size_t index)
{
  if (out->type == LS_TYPE_INT64)
    ((int64_t *) out->data)[at] = (int64_t) index;
  else
    ((int32_t *) out->data)[at] = (int32_t) index;
}

static LsStatus
multinomial_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const LsValue *logits = node->in[0], *out = node->out[0];
  size_t n_batch = (size_t) logits->dims[0], n = (size_t) logits->dims[1],
         n_samples = (size_t) out->dims[1];
  LsPhilox *state = generator (node), now;
  double *sums = node->scratch;
  uint32_t numbers[4];
  size_t used = 4;

  if (state == NULL)
    return LS_E_NO_MEMORY;
  now = *state;
  /* As many as TensorFlow sets aside for a run: 256 pairs for each sample. */
  ls_philox_skip (state, (uint64_t) n_batch * ((n_samples + 3) / 4 * 4) * 2 * 256);
  for (size_t row = 0; row < n_batch; row++)
    {
      double total = accumulate ((const float *) logits->data + row * n, n, sums);

      for (size_t i = 0; i < n_samples; i++)
        {
          if (used == 4)
            {
              ls_philox_next (&now, numbers);
              used = 0;
            }
          put_index (
            out, row * n_samples + i,
            first_above (sums, n, ls_random_double (numbers[used], numbers[used + 1]) * total));
          used += 2;
        }
    }
  return LS_OK;
}

static LsStatus
multinomial_prepare (LsNode *node, LsError *error)
{
  int64_t n_samples;

  LS_TRY (ls_node_arity (node, 2, 2, 1, error));

  const LsValue *logits = node->in[0];

  LS_TRY (ls_node_types (node, logits, "the logits", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_rank (node, logits, "the logits", 2, 2, error));
  LS_TRY (ls_node_types (node, node->in[1], "the number of samples", LS_BIT (INT32), error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (INT32) | LS_BIT (INT64), error));
  LS_TRY (generator_prepare (node, error));
  if (logits->dims[1] == 0)
    return ls_node_invalid (node, error, "there are no classes to choose from");

  size_t scratch;

  if (!ls_mul (&scratch, (size_t) logits->dims[1], sizeof (double)))
    return ls_node_invalid (node, error, "there are too many classes");
  ls_node_want_scratch (node, scratch, 0);
  ls_node_phase (node, multinomial_run, 1, 1);
  if (!ls_input_known (node, 1))
    {
      ls_node_output_dynamic (node, 0);
      return LS_OK;
    }
  LS_TRY (ls_node_scalar (node, 1, &n_samples, error));
  if (n_samples < 0)
    return ls_node_invalid (node, error, "%lld samples are asked for", (long long) n_samples);
  return ls_node_output (node, 0, 2, (const int32_t[]){ logits->dims[0], (int32_t) n_samples },
                         error);
}

/* ---- STABLEHLO_RNG_BIT_GENERATOR ------------------------------------------------------------- */

enum
{
  RNG_DEFAULT = 0, /* the schema's RngAlgorithm */
  RNG_PHILOX = 1,
  RNG_THREEFRY = 2
};

/* The state is a key of two words and a counter of two or four, as words of 32 bits. Only the first
 * two words of the counter move on. */
static LsStatus
bits_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  bool is_threefry = ls_attr_int (node->def, "algorithm", RNG_DEFAULT) == RNG_THREEFRY;
  size_t n_words = node->out[1]->n_bytes / sizeof (uint32_t), block = is_threefry ? 2 : 4;
  uint32_t words[6], numbers[4], *out = node->out[1]->data;

  memcpy (words, node->in[0]->data, node->in[0]->n_bytes);

  bool has_six = node->in[0]->count == 3;
  uint32_t counter[4] = { words[2], words[3], words[has_six ? 4 : 0], words[has_six ? 5 : 1] };

  for (size_t i = 0; i < n_words; i += block)
    {
      size_t n = n_words - i < block ? n_words - i : block;

      if (is_threefry)
        ls_threefry_block (words, counter, numbers);
      else
        ls_philox_block (words, counter, numbers);
      memcpy (out + i, numbers, n * sizeof *out);
      if (++counter[0] == 0)
        counter[1]++;
    }
  words[2] = counter[0];
  words[3] = counter[1];
  memcpy (node->out[0]->data, words, node->out[0]->n_bytes);
  return LS_OK;
}

static LsStatus
bits_prepare (LsNode *node, LsError *error)
{
  int64_t algorithm = ls_attr_int (node->def, "algorithm", RNG_DEFAULT);

  LS_TRY (ls_node_arity (node, 1, 1, 2, error));

  const LsValue *state = node->in[0];
  const LsTensor *tensor = node->out[1]->tensor;
  unsigned words = LS_BIT (INT32) | LS_BIT (UINT32) | LS_BIT (INT64) | LS_BIT (UINT64);

  LS_TRY (ls_node_types (node, state, "the state", LS_BIT (UINT64), error));
  LS_TRY (ls_node_types (node, node->out[0], "the new state", LS_BIT (UINT64), error));
  LS_TRY (ls_node_types (node, node->out[1], "the output", words, error));
  if (algorithm < RNG_DEFAULT || algorithm > RNG_THREEFRY)
    return ls_node_unsupported (node, error, "the algorithm %lld is unknown",
                                (long long) algorithm);
  if (state->rank != 1 || (state->count != 2 && (state->count != 3 || algorithm == RNG_THREEFRY)))
    return ls_node_invalid (node, error, "the state has the shape %s, but must have 2 elements%s",
                            LS_SHAPE (state), algorithm == RNG_THREEFRY ? "" : " or 3");
  LS_TRY (ls_node_output_like (node, 0, state, error));
  LS_TRY (ls_node_output (node, 1, tensor->rank, tensor->dims, error));
  ls_node_phase (node, bits_run, 1, 1);
  return LS_OK;
}

const LsOp ls_op_random_uniform = {
  .prepare = uniform_prepare,
  .flags = LS_OP_STATEFUL,
  .max_version = 1,
  .types = "float32",
};

const LsOp ls_op_random_standard_normal = {
  .prepare = normal_prepare,
  .flags = LS_OP_STATEFUL,
  .max_version = 1,
  .types = "float32",
};

const LsOp ls_op_multinomial = {
  .prepare = multinomial_prepare,
  .flags = LS_OP_STATEFUL,
  .max_version = 1,
  .types = "float32 to int32, int64",
};

const LsOp ls_op_stablehlo_rng_bit_generator = {
  .prepare = bits_prepare,
  .max_version = 1,
  .types = "uint64 to int32, uint32, int64, uint64",
};
