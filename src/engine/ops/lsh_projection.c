/*
 * LSH_PROJECTION: hash functions [n, bits] of float seeds, input [m, ...], weights [m] (optional) →
 * int32: the sign of a weighted sum of fingerprints for each seed, packed n × bits into n numbers
 * (SPARSE) or one by one (DENSE).
 *
 * Source: tflite/kernels/lsh_projection.cc.
 */
#include "ops/fingerprint.h"
#include "ops/shape.h"

#include <string.h>

enum
{
  TYPE_SPARSE = 1,
  TYPE_DENSE = 2
};

typedef struct
{
  bool is_dense;
  size_t bits, n_items, item_size;
} Projection;

static int
running_sign_bit (const LsNode *node, const Projection *p, float seed, uint8_t *key)
{
  const uint8_t *item = node->in[1]->data;
  const float *weights = node->n_in > 2 && node->in[2] != NULL ? node->in[2]->data : NULL;
  double score = 0;

  memcpy (key, &seed, sizeof seed);
  for (size_t i = 0; i < p->n_items; i++, item += p->item_size)
    {
      memcpy (key + sizeof seed, item, p->item_size);

      const double value = (double) (int64_t) ls_fingerprint64 (key, sizeof seed + p->item_size);

      score += weights == NULL ? value : (double) weights[i] * value;
    }
  return score > 0;
}

static LsStatus
lsh_run (LsNode *node, size_t begin, size_t end, unsigned thread)
{
  const Projection *p = node->state;
  const float *seeds = node->in[0]->data;
  int32_t *out = node->out[0]->data;
  uint8_t *key = ls_node_thread_scratch (node, thread);

  for (size_t i = begin; i < end; i++)
    {
      uint32_t signature = 0;

      for (size_t j = 0; j < p->bits; j++)
        {
          const int bit = running_sign_bit (node, p, seeds[i * p->bits + j], key);

          if (p->is_dense)
            out[i * p->bits + j] = bit;
          signature = signature << 1 | (uint32_t) bit;
        }
      /* The reference shifts by 32 for 32 bits, which x86 takes as 0. */
      if (!p->is_dense)
        out[i] = (int32_t) (signature + (uint32_t) i * (UINT32_C (1) << (p->bits & 31)));
    }
  return LS_OK;
}

static LsStatus
check (const LsNode *node, LsError *error)
{
  LS_TRY (ls_node_arity (node, 2, 3, 1, error));

  const LsValue *hash = node->in[0], *in = node->in[1];
  const LsValue *weights = node->n_in > 2 ? node->in[2] : NULL;

  LS_TRY (ls_node_types (node, hash, "the hash functions", LS_BIT (FLOAT32), error));
  LS_TRY (ls_node_types (node, node->out[0], "the output", LS_BIT (INT32), error));
  LS_TRY (ls_node_rank (node, hash, "the hash functions", 2, 2, error));
  LS_TRY (ls_node_rank (node, in, "the input", 1, LS_MAX_RANK, error));
  if (hash->dims[1] > 32)
    return ls_node_invalid (node, error, "hash functions of %d bits; 32 are the most",
                            hash->dims[1]);
  if (in->dims[0] < 1)
    return ls_node_invalid (node, error, "its input is empty");
  if (weights == NULL)
    return LS_OK;
  LS_TRY (ls_node_types (node, weights, "the weights", LS_BIT (FLOAT32), error));
  if (weights->rank != 1 || weights->dims[0] != in->dims[0])
    return ls_node_invalid (node, error, "weights of shape %s for an input of shape %s",
                            LS_SHAPE (weights), LS_SHAPE (in));
  return LS_OK;
}

static LsStatus
lsh_prepare (LsNode *node, LsError *error)
{
  LS_TRY (check (node, error));

  const LsValue *hash = node->in[0], *in = node->in[1];
  const int64_t type = ls_attr_int (node->def, "type", 0);
  int64_t size = hash->dims[0];

  if (type != TYPE_SPARSE && type != TYPE_DENSE)
    return ls_node_invalid (node, error, "projection type %lld is neither SPARSE nor DENSE",
                            (long long) type);
  if (in->is_dynamic || in->type == LS_TYPE_STRING || ls_type_bits (in->type) < 8)
    return ls_node_unsupported (node, error, "an input of type %s", ls_type_name (in->type));

  Projection *p = ls_node_alloc (node, 1, sizeof *p, error);

  if (p == NULL)
    return LS_E_NO_MEMORY;
  node->state = p;
  *p = (Projection){ .is_dense = type == TYPE_DENSE,
                     .bits = (size_t) hash->dims[1],
                     .n_items = (size_t) in->dims[0],
                     .item_size = in->n_bytes / (size_t) in->dims[0] };
  if (p->is_dense)
    size *= hash->dims[1];
  if (size > INT32_MAX)
    return ls_node_invalid (node, error, "hash functions of shape %s", LS_SHAPE (hash));
  LS_TRY (ls_node_output (node, 0, 1, (int32_t[]){ (int32_t) size }, error));
  ls_node_want_scratch (node, 0, sizeof (float) + p->item_size);
  ls_node_phase (node, lsh_run, (size_t) hash->dims[0], 1);
  return LS_OK;
}

const LsOp ls_op_lsh_projection = { .prepare = lsh_prepare,
                                    .max_version = 1,
                                    .types = "every type of fixed size, float32 weights" };
